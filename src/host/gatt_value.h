/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_VALUE_H_
#define FAV_HOST_GATT_VALUE_H_

#include "att.h"
#include "gatt.h"

/*
 * What notifications and indications share: which value, and who wants it.
 */

struct gatt_value {
	const struct gatt *gatt;
	struct gatt_at at;  /* the value's attribute */
	struct gatt_at ccc; /* its Client Characteristic Configuration; attr NULL: none */
};

/* Find the value that an application means by a characteristic's declaration, the value itself, or
 * a type to look for from there on, in the database of the host of conn, or with NULL of the
 * current one. property is what the declaration must have, when it is given:
 * BT_GATT_CHRC_*. -EINVAL, -ENOENT: see bt_gatt_notify_cb(). */
int gatt_value__find(const struct bt_conn *conn, const struct bt_uuid *uuid,
		     const struct bt_gatt_attr *attr, uint8_t property, struct gatt_value *value);

/* May len bytes of it be sent on that bearer? kind is BT_GATT_CCC_*; ignore_subscription: whatever
 * the client has written. 0, or -EINVAL, -EPERM, -EAGAIN, -EMSGSIZE: see bt_gatt_notify_cb(). */
int gatt_value__check(const struct att_bearer *bearer, const struct gatt_value *value, uint16_t len,
		      uint16_t kind, bool ignore_subscription);

/* The next connection, from *index on, whose client has subscribed and is approved of; NULL. */
struct bt_conn *gatt_value__next_subscriber(const struct gatt_value *value, uint16_t kind,
					    uint8_t *index);

#endif
