/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_CLIENT_H_
#define TESTS_SIM_CLIENT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

#include "sim.h"

/*
 * A GATT client whose calls run the simulation until the answer is there, so that a test reads as
 * the sequence of what happens. Each fails the test when nothing has come after 65 s, longer than
 * an ATT transaction may take.
 */

/* The end of a procedure: an ATT error or 0, and how many callbacks there were. */
struct client_result {
	volatile bool done;
	uint8_t err;
	uint32_t calls;
	uint32_t ends; /* callbacks that said that it is over: exactly 1 */
	uint8_t data[600];
	uint16_t len;
	int64_t took_us; /* virtual time from the call to its end */
};

struct client_found {
	uint16_t service_start, service_end;
	uint16_t value[8]; /* value handles of characteristics, in order */
	uint8_t properties[8];
	size_t count;
	uint16_t ccc; /* the first CCC's handle */
};

/* Two devices, a the client, b with the service of server.h; linked at 30 ms, and discovered. */
void client_and_server_begin(struct sim *sim, struct client_found *found);
/* All off; the link, if it is still there. */
void client_and_server_end(struct sim *sim);

/* Discover the service uuid with its characteristics and first CCC. Returns whether it is there. */
bool client_discover(struct bt_conn *conn, const struct bt_uuid *uuid, struct client_found *found);
void client_read(struct bt_conn *conn, uint16_t handle, struct client_result *result);
void client_write(struct bt_conn *conn, uint16_t handle, const void *data, uint16_t len,
		  struct client_result *result);
void client_exchange_mtu(struct bt_conn *conn, struct client_result *result);

/* A write that is not waited for. */
struct client_writing {
	struct bt_gatt_write_params params;
	volatile bool done;
	uint8_t err;
	uint32_t ends;
};
void client_write_start(struct bt_conn *conn, uint16_t handle, const void *data, uint16_t len,
			struct client_writing *writing);

/* A subscription and what came through it. */
struct client_subscription {
	struct bt_gatt_subscribe_params params;
	volatile uint32_t notifications, indications, ends;
	uint8_t last[600];
	uint16_t last_len;
};

/* value: BT_GATT_CCC_NOTIFY or _INDICATE. */
void client_subscribe(struct bt_conn *conn, const struct client_found *found, size_t characteristic,
		      uint16_t value, struct client_subscription *subscription);
void client_unsubscribe(struct bt_conn *conn, struct client_subscription *subscription);

#endif
