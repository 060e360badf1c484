/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att.h"
#include "conn.h"
#include "gatt.h"
#include "gatt_service.h"

/*
 * Service Changed: Core 6.0 Vol 3 Part G 7.1.
 *
 * All that changes for a client within one turn of the loop is one range. While it is being
 * indicated, what changes next is collected. A client that confirms with nothing collected is aware
 * of the database as it is.
 */

/* How soon to try again without a buffer. */
#define RETRY K_MSEC(10)

static void send(struct k_work *work)
{
	struct gatt_changed *changed =
		CONTAINER_OF(k_work_delayable_from_work(work), struct gatt_changed, work);
	struct bt_host *previous;
	int err;

	if (changed->first == 0 || changed->sending) {
		return;
	}
	previous = host__enter(changed->gatt->host);
	sys_put_le16(changed->first, &changed->value[0]);
	sys_put_le16(changed->last, &changed->value[2]);
	changed->sending = true;
	err = bt_gatt_indicate(changed->conn, &changed->params);
	changed->sending = err == 0;
	if (err == -ENOMEM) {
		k_work_reschedule(&changed->work, RETRY);
	} else {
		/* On its way; or the client has unsubscribed, or its link is going. */
		changed->first = 0;
	}
	host__leave(previous);
}

static void ended(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	struct gatt_changed *changed = CONTAINER_OF(params, struct gatt_changed, params);

	changed->sending = false;
	if (changed->first != 0) {
		k_work_reschedule(&changed->work, K_NO_WAIT);
	} else if (err == 0) {
		gatt_aware__confirmed(conn);
	}
}

void gatt_changed__init(struct gatt *gatt)
{
	for (int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		struct gatt_changed *changed = &gatt->links[i].changed;

		k_work_init_delayable(&changed->work, send);
		changed->gatt = gatt;
		changed->params = (struct bt_gatt_indicate_params){
			.attr = gatt_service__changed_value(),
			.func = ended,
			.data = changed->value,
			.len = sizeof(changed->value),
		};
	}
}

void gatt_changed__owe(struct gatt *gatt, struct bt_conn *conn, uint16_t first, uint16_t last)
{
	struct gatt_changed *changed = &gatt_peer__link(conn)->changed;
	uint16_t ccc = gatt_db__handle(&gatt->db, gatt_service__changed_value() + 1);

	if ((gatt_ccc__get(gatt, conn, ccc) & BT_GATT_CCC_INDICATE) == 0) {
		return;
	}
	changed->conn = conn;
	changed->last = changed->first == 0 ? last : MAX(changed->last, last);
	changed->first = changed->first == 0 ? first : MIN(changed->first, first);
	k_work_reschedule(&changed->work, K_NO_WAIT);
}

void gatt_changed__mark(struct gatt *gatt, uint16_t first, uint16_t last)
{
	gatt_hash__invalidate(&gatt->hash);
	for (uint8_t i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		struct bt_conn *conn = conn__by_index(gatt->host, i);

		if (conn != NULL && att__bearer(conn) != NULL) {
			gatt_aware__lost(conn);
			gatt_changed__owe(gatt, conn, first, last);
		}
	}
}

void gatt_changed__disconnected(struct gatt_link *link)
{
	(void)k_work_cancel_delayable(&link->changed.work);
	link->changed.first = 0;
	link->changed.conn = NULL;
}
