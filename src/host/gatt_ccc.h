/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_CCC_H_
#define FAV_HOST_GATT_CCC_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

#include "gatt_db.h"

/*
 * What each client has written to each Client Characteristic Configuration. It lives with the link,
 * outside of the attributes, which may be constant and shared between hosts.
 */

struct gatt;

struct gatt_ccc_entry {
	uint16_t handle; /* of the descriptor */
	uint8_t value[CONFIG_BT_MAX_CONN];
};

/* In handle order. */
struct gatt_ccc_table {
	uint16_t count;
	struct gatt_ccc_entry entries[CONFIG_BT_GATT_CCC_MAX];
};

/* The descriptors of a range come and go. add: -ENOMEM, and none is added. */
int gatt_ccc__add(struct gatt *gatt, const struct gatt_range *range);
void gatt_ccc__remove(struct gatt *gatt, const struct gatt_range *range);

/* The descriptor of the characteristic whose value has that handle; false: it has none. */
bool gatt_ccc__of_value(const struct gatt *gatt, uint16_t value_handle, struct gatt_at *ccc);
/* BT_GATT_CCC_*; 0 also for what is no such descriptor. */
uint8_t gatt_ccc__get(const struct gatt *gatt, const struct bt_conn *conn, uint16_t ccc_handle);

void gatt_ccc__disconnected(struct gatt *gatt, struct bt_conn *conn);

#endif
