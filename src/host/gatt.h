/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_H_
#define FAV_HOST_GATT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>
#include <zephyr/kernel.h>

#include "conn.h"
#include "gatt_ccc.h"
#include "gatt_db.h"
#include "gatt_hash.h"
#include "gatt_peer.h"
#include "host.h"
#include "listeners.h"

/*
 * GATT of one host: the database and what clients want of it; what this side wants of servers.
 * Core 6.0 Vol 3 Part G.
 */

/* Subscriptions that wait for a peer to connect: bt_gatt_resubscribe(). */
struct gatt_absent {
	sys_slist_t subs; /* empty: the place is free */
	uint8_t id;
	bt_addr_le_t peer;
};

struct gatt {
	struct bt_host *host;
	int init_err; /* gatt_service__init(), for bt_enable() to return */
	struct gatt_db db;
	struct gatt_ccc_table cccs;
	struct gatt_hash hash;
	struct gatt_link links[CONFIG_BT_MAX_CONN]; /* clients, by link */
	struct deadlines changed_due;               /* gatt_changed.due */
	struct bt_gatt_indicate_params changed_params;
	struct gatt_peers peers;    /* and those that are bonded */
	struct listeners callbacks; /* struct bt_gatt_cb */
	const struct bt_gatt_authorization_cb *authorization;

	/* Client: struct bt_gatt_subscribe_params of each link. */
	sys_slist_t subs[CONFIG_BT_MAX_CONN];
	/* The one behind that whose callback runs. */
	struct bt_gatt_subscribe_params *next_sub;
	struct gatt_absent absent[CONFIG_BT_MAX_CONN];
};

/* For host.c, above att. What is registered stays over disable. */
void gatt__init(struct gatt *gatt, struct bt_host *host);
int gatt__enable(struct bt_host *host);
void gatt__disable(struct bt_host *host);

static inline struct gatt *gatt__of(const struct bt_conn *conn)
{
	return host__gatt(conn__host(conn));
}

static inline struct gatt_link *gatt_peer__link(const struct bt_conn *conn)
{
	return &gatt__of(conn)->links[conn__index(conn)];
}

struct gatt *gatt__current(void);

/* gatt_subscribe.c */
void gatt_subscribe__connected(struct gatt *gatt, struct bt_conn *conn);
void gatt_subscribe__disconnected(struct gatt *gatt, struct bt_conn *conn);
/* A value has come. false: nobody subscribed to it. */
bool gatt_subscribe__value(struct gatt *gatt, struct bt_conn *conn, uint8_t opcode, uint16_t handle,
			   const void *data, uint16_t len);

/* Turn what an att_proc failed with into what client callbacks are told. */
static inline uint8_t gatt__err(int err)
{
	return err > 0 ? (uint8_t)err : BT_ATT_ERR_UNLIKELY;
}

#endif
