/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_SERVICE_H_
#define FAV_HOST_GATT_SERVICE_H_

#include <zephyr/bluetooth/gatt.h>

struct gatt;

/*
 * The host's own services.
 */

/* Add them to an empty database: -ENOMEM. */
int gatt_service__init(struct gatt *gatt);
/* The value of Service Changed; its Client Characteristic Configuration is behind it. */
const struct bt_gatt_attr *gatt_service__changed_value(void);

#endif
