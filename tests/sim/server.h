/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_SERVER_H_
#define TESTS_SIM_SERVER_H_

#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

#include "sim.h"

/*
 * A GATT service with one characteristic of each kind that tests want, on one device at a time.
 */

enum server_attr {
	SERVER_VALUE = 2,  /* read, write, write without response; up to 512 bytes */
	SERVER_EMPTY = 4,  /* read; its value has no byte */
	SERVER_STREAM = 6, /* notify, indicate */
	SERVER_CCC = 7,
	SERVER_ATTRS,
};

struct server {
	struct bt_gatt_service service;
	struct bt_gatt_attr attrs[SERVER_ATTRS];
	uint8_t value[512];
	uint16_t len;
	volatile uint32_t writes;
	volatile uint16_t ccc;
	/* Runs inside the write callback, when set. */
	void (*on_write)(struct bt_conn *conn);
};

extern struct server server;
extern const struct bt_uuid *const server_uuid;

/* Forget all notes, and make the service anew, to be registered. */
void server_reset(void);
/* server_reset(), and register on device i. */
void server_begin(struct sim *sim, size_t i);
void server_end(struct sim *sim, size_t i);

#endif
