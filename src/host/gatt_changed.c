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
#define RETRY_MS 10

static void send(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_changed *changed = &gatt_peer__link(conn)->changed;
	uint8_t value[4];
	int err;

	if (changed->first == 0 || changed->sending) {
		return;
	}
	sys_put_le16(changed->first, &value[0]);
	sys_put_le16(changed->last, &value[2]);
	changed->sending = true;
	gatt->changed_params.data = value;
	gatt->changed_params.len = sizeof(value);
	err = bt_gatt_indicate(conn, &gatt->changed_params);
	gatt->changed_params.data = NULL;
	changed->sending = err == 0;
	if (err == -ENOMEM) {
		deadlines__set(&gatt->changed_due, &changed->due, RETRY_MS);
	} else {
		/* On its way; or the client has unsubscribed, or its link is going. */
		changed->first = 0;
	}
}

static void run(struct k_work *work)
{
	struct gatt *gatt = CONTAINER_OF(deadlines__of(work), struct gatt, changed_due);
	struct bt_host *previous = host__enter(gatt->host);

	deadlines__begin(&gatt->changed_due);
	for (uint8_t i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		struct bt_conn *conn = conn__by_index(gatt->host, i);

		if (deadlines__over(&gatt->changed_due, &gatt->links[i].changed.due) &&
		    conn != NULL) {
			send(gatt, conn);
		}
	}
	host__leave(previous);
}

static void ended(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	struct gatt_changed *changed = &gatt_peer__link(conn)->changed;

	changed->sending = false;
	if (changed->first != 0) {
		deadlines__set(&gatt__of(conn)->changed_due, &changed->due, 0);
	} else if (err == 0) {
		gatt_aware__confirmed(conn);
	}
}

void gatt_changed__init(struct gatt *gatt)
{
	deadlines__init(&gatt->changed_due, run);
	gatt->changed_params = (struct bt_gatt_indicate_params){
		.attr = gatt_service__changed_value(),
		.func = ended,
	};
}

void gatt_changed__disable(struct gatt *gatt)
{
	deadlines__stop(&gatt->changed_due);
}

void gatt_changed__owe(struct gatt *gatt, struct bt_conn *conn, uint16_t first, uint16_t last)
{
	struct gatt_changed *changed = &gatt_peer__link(conn)->changed;
	uint16_t ccc = gatt_db__handle(&gatt->db, gatt_service__changed_value() + 1);

	if ((gatt_ccc__get(gatt, conn, ccc) & BT_GATT_CCC_INDICATE) == 0) {
		return;
	}
	changed->last = changed->first == 0 ? last : MAX(changed->last, last);
	changed->first = changed->first == 0 ? first : MIN(changed->first, first);
	deadlines__set(&gatt->changed_due, &changed->due, 0);
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
	deadlines__clear(&link->changed.due);
	link->changed.first = 0;
}
