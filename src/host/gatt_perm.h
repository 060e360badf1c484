/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_PERM_H_
#define FAV_HOST_GATT_PERM_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

/*
 * What a peer may do with an attribute: Core 6.0 Vol 3 Part F 3.2.5, Part C 10.3.1.
 */

enum gatt_access {
	GATT_READ,
	GATT_WRITE,
};

/* 0, or the ATT error code with which it is refused: permissions, the link's security, callbacks,
 * authorization, in this order. */
uint8_t gatt_perm__check(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			 enum gatt_access access);
/* Whether the access is permitted at all, and at the link's security. */
bool gatt_perm__is_secure(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			  enum gatt_access access);
/* Whether the link is as secure as the value demands of a reader, for sending it unasked: also
 * true for a value that cannot be read at all. */
bool gatt_perm__may_send(struct bt_conn *conn, const struct bt_gatt_attr *value);

#endif
