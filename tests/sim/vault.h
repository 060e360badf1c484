/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_VAULT_H_
#define TESTS_SIM_VAULT_H_

#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

#include "sim.h"

/*
 * A service with one characteristic whose permissions a test chooses: it holds "open", takes what
 * is written, and notifies and indicates.
 */

#define VAULT_TEXT "open"

enum vault_attr {
	VAULT_VALUE = 2,
	VAULT_CCC = 3,
	VAULT_ATTRS,
};

extern struct vault {
	struct bt_gatt_service service;
	struct bt_gatt_attr attrs[VAULT_ATTRS];
	uint8_t written[64]; /* the last write */
	uint16_t len;
	uint32_t writes, reads;
	uint8_t refuse; /* what reads and writes are refused with, when not 0 */
} vault;

/* Register it on device i, its value and CCC open to all. */
void vault_begin(struct sim *sim, size_t i);
void vault_end(struct sim *sim, size_t i);
/* Permissions of an attribute, BT_GATT_PERM_*. */
void vault_permit(enum vault_attr attr, uint16_t perm);
uint16_t vault_handle(enum vault_attr attr);

/* The permissions that want a level, by level; 0: none. */
extern const uint16_t vault_perms[];

#endif
