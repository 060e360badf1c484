/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_WRITE_H_
#define FAV_HOST_ATT_WRITE_H_

#include "att.h"

/*
 * What plain and prepared writes share. Results are 0 or an ATT error code.
 */

/* Find the attribute, if the peer may write it. */
uint8_t att_write__check(struct att_bearer *bearer, uint16_t handle,
			 const struct bt_gatt_attr **attr);
/* Call its write callback; flags are BT_GATT_WRITE_FLAG_*. */
uint8_t att_write__call(struct att_bearer *bearer, const struct bt_gatt_attr *attr,
			const void *data, uint16_t len, uint16_t offset, uint8_t flags);

#endif
