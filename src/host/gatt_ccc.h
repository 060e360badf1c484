/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_CCC_H_
#define FAV_HOST_GATT_CCC_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

#include "gatt_db.h"
#include "gatt_peer.h"

/*
 * What each client has written to each Client Characteristic Configuration. It lives with the link,
 * outside of the attributes, which may be constant and shared between hosts. What outlives the link
 * is gatt_peer.h's.
 */

struct gatt;

struct gatt_ccc_entry {
	uint16_t handle; /* of the descriptor */
	/* Of each link four bits: BT_GATT_CCC_*, and whether the client has written it on this
	 * link.
	 */
	uint8_t values[DIV_ROUND_UP(CONFIG_BT_MAX_CONN, 2)];
};
#define GATT_CCC_WRITTEN BIT(3)

/* In handle order. */
struct gatt_ccc_table {
	uint16_t count;
	struct gatt_ccc_entry entries[CONFIG_BT_GATT_CCC_MAX];
};

/* The descriptors of a range come and go. add: -ENOMEM, and none is added. */
int gatt_ccc__add(struct gatt *gatt, const struct gatt_range *range);
void gatt_ccc__remove(struct gatt *gatt, const struct gatt_range *range);

/* Go on from a characteristic's value to its descriptor; false: it has none. */
bool gatt_ccc__step_to(const struct gatt *gatt, struct gatt_at *at);
/* BT_GATT_CCC_*; 0 also for what is no such descriptor. */
uint8_t gatt_ccc__get(const struct gatt *gatt, const struct bt_conn *conn, uint16_t ccc_handle);

/* Whether any is not 0 for the link. */
bool gatt_ccc__any(const struct gatt *gatt, const struct bt_conn *conn);
/* All that are not 0 for the link, into a list of CONFIG_BT_GATT_CCC_MAX; whether that has changed
 * it. */
bool gatt_ccc__collect(const struct gatt *gatt, const struct bt_conn *conn,
		       struct gatt_peer_ccc *list, uint16_t *count);
/* Give a value of before to the link: where there is still the same characteristic, whose CCC the
 * link is secure enough to write and has not written. Calls out. */
void gatt_ccc__restore(struct gatt *gatt, struct bt_conn *conn, const struct gatt_peer_ccc *ccc);

void gatt_ccc__disconnected(struct gatt *gatt, struct bt_conn *conn);

#endif
