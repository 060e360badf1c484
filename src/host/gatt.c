/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "att.h"
#include "att_req.h"
#include "conn.h"
#include "gatt.h"
#include "gatt_service.h"
#include "sec.h"

/*
 * What a host's GATT is made of, and what it hears from ATT.
 */

struct gatt *gatt__current(void)
{
	return host__gatt(fav_host_current());
}

static void connected(struct bt_conn *conn)
{
	gatt_peer__connected(gatt__of(conn), conn);
	gatt_subscribe__connected(gatt__of(conn), conn);
}

static void disconnected(struct bt_conn *conn)
{
	gatt_peer__disconnected(gatt__of(conn), conn);
	gatt_subscribe__disconnected(gatt__of(conn), conn);
	gatt_ccc__disconnected(gatt__of(conn), conn);
}

static void mtu_updated(struct bt_conn *conn, uint16_t mtu)
{
	struct listeners_run run;
	struct bt_gatt_cb *cb;

	LISTENERS_FOR_EACH(&gatt__of(conn)->callbacks, &run, cb, node) {
		if (cb->att_mtu_updated != NULL) {
			cb->att_mtu_updated(conn, mtu, mtu);
		}
	}
}

static void value(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		  uint16_t len)
{
	struct gatt *gatt = gatt__of(conn);
	struct listeners_run run;
	struct bt_gatt_cb *cb;

	if (gatt_subscribe__value(gatt, conn, opcode, handle, data, len)) {
		return;
	}
	host__stats(gatt->host)->notify_unheard++;
	LISTENERS_FOR_EACH(&gatt->callbacks, &run, cb, node) {
		if (cb->unsubscribed_notify != NULL) {
			cb->unsubscribed_notify(conn, opcode, handle, data, len);
		}
	}
}

static const struct att_upper upper = {
	.connected = connected,
	.disconnected = disconnected,
	.mtu_updated = mtu_updated,
	.value = value,
};

/* Server first: a request of ours may make the peer ask. */
static void secured(struct bt_conn *conn, enum bt_security_err err)
{
	if (att__bearer(conn) != NULL) {
		gatt_peer__secured(gatt__of(conn), conn);
	}
	if (att__bearer(conn) != NULL) {
		att_req__secured(conn, err == BT_SECURITY_ERR_SUCCESS);
	}
}

static void bonded(struct bt_conn *conn)
{
	gatt_peer__bonded(gatt__of(conn), conn);
}

static void unbonded(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	gatt_peer__unbonded(host__gatt(host), id, addr);
}

static const struct sec_upper security = {
	.changed = secured,
	.bonded = bonded,
	.unbonded = unbonded,
};

void gatt__init(struct gatt *gatt, struct bt_host *host)
{
	memset(gatt, 0, sizeof(*gatt));
	gatt->host = host;
	gatt_changed__init(gatt);
	gatt_peer__init(gatt);
	sec__upper_register(host, &security);
	/* Here, so that services can be registered behind these before bt_enable(). */
	gatt->init_err = gatt_service__init(gatt);
}

int gatt__enable(struct bt_host *host)
{
	struct gatt *gatt = host__gatt(host);

	att__upper_register(host__att(host), &upper);
	return gatt->init_err;
}

void gatt__disable(struct bt_host *host)
{
	gatt_changed__disable(host__gatt(host));
	gatt_peer__disable(host__gatt(host));
}

void bt_gatt_cb_register(struct bt_gatt_cb *cb)
{
	(void)listeners__add(&gatt__current()->callbacks, &cb->node);
}

int bt_gatt_cb_unregister(struct bt_gatt_cb *cb)
{
	return listeners__remove(&gatt__current()->callbacks, &cb->node);
}

int bt_gatt_authorization_cb_register(const struct bt_gatt_authorization_cb *cb)
{
	struct gatt *gatt = gatt__current();

	if (cb != NULL && gatt->authorization != NULL) {
		return -EALREADY;
	}
	gatt->authorization = cb;
	return 0;
}

uint16_t bt_gatt_get_mtu(struct bt_conn *conn)
{
	const struct att_bearer *bearer = NULL;
	uint16_t mtu = 0;

	while (conn != NULL && (bearer = att__bearer_next(conn, bearer)) != NULL) {
		mtu = MAX(mtu, bearer->mtu);
	}
	return mtu;
}

uint16_t bt_gatt_get_uatt_mtu(struct bt_conn *conn)
{
	const struct att_bearer *bearer = conn != NULL ? att__bearer(conn) : NULL;

	return bearer != NULL ? bearer->mtu : 0;
}
