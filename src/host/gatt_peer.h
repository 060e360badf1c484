/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_PEER_H_
#define FAV_HOST_GATT_PEER_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/kernel.h>

#include "deadlines.h"
#include "gatt_hash.h"

/*
 * What this side, as server, knows of its clients: of each link, and of each bonded client, which
 * it knows again. Core 6.0 Vol 3 Part G 2.4, 2.5.2, 3.3.3.3.
 *
 *     gatt_peer.c      bonded clients: what is kept of them, and when it holds for a link
 *     gatt_peer_set.c  that in the settings: bt/ccc and bt/cf
 *     gatt_aware.c     Client Supported Features; who is aware of the database's changes
 *     gatt_changed.c   Service Changed
 *
 * A link begins with nothing, whatever its peer's address. What is kept of a bonded client holds
 * from the moment on that the link is encrypted with the keys of its bond: it is `trusted`.
 *
 * Of a bonded client that is away nothing is noted when the database changes. It is known by the
 * hash of the database it was last aware of, which is compared when it is back: so what happened to
 * the database in between, in this process or the one before, makes no difference.
 */

struct gatt;

/* Client Supported Features, 7.2. */
#define GATT_FEATURE_ROBUST_CACHING BIT(0)
#define GATT_FEATURE_EATT           BIT(1)
#define GATT_FEATURE_NOTIFY_MULT    BIT(2)
#define GATT_FEATURES_KNOWN \
	(GATT_FEATURE_ROBUST_CACHING | GATT_FEATURE_EATT | GATT_FEATURE_NOTIFY_MULT)

/* Service Changed of a link: the range of handles that its client is still to be told of. */
struct gatt_changed {
	deadline_t due;       /* when it is sent */
	uint16_t first, last; /* 0: nothing */
	bool sending;
};

struct gatt_link {
	bool trusted;
	uint8_t features; /* GATT_FEATURE_* */
	bool unaware;     /* of the database's last change */
	bool hash_read;   /* since then */
	struct gatt_changed changed;
};

/* A value of a Client Characteristic Configuration that is not 0. */
struct gatt_peer_ccc {
	uint16_t handle;
	uint16_t tag; /* of the characteristic, gatt_ccc.c: another one may have its handles now */
	uint8_t value;
};

/* A bonded client. */
struct gatt_peer {
	bool used;
	bool ccc_dirty, cf_dirty; /* not yet in the settings as they are here */
	uint8_t id;
	bt_addr_le_t addr;
	uint8_t features;
	bool hash_known;
	uint8_t hash[GATT_HASH_LEN]; /* of the database that it is aware of */
	uint16_t ccc_count;
	struct gatt_peer_ccc ccc[CONFIG_BT_GATT_CCC_MAX]; /* in handle order */
};

struct gatt_peers {
	struct gatt_peer places[CONFIG_BT_MAX_PAIRED];
	struct k_work_delayable save;
	int64_t saved_ms; /* when it ran last */
	bool ever_saved;
};

/* ---- gatt_peer.c ---- */

void gatt_peer__init(struct gatt *gatt);
void gatt_peer__disable(struct gatt *gatt);
void gatt_peer__connected(struct gatt *gatt, struct bt_conn *conn);
void gatt_peer__disconnected(struct gatt *gatt, struct bt_conn *conn);
/* Something of the link has changed that is kept when it is trusted. */
void gatt_peer__keep(struct gatt *gatt, struct bt_conn *conn);
/* The place of that peer, or one for it; NULL: there are as many bonded ones already. */
struct gatt_peer *gatt_peer__place(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr);
/* From the security manager, which registers nothing lower: see struct sec_upper. */
void gatt_peer__secured(struct gatt *gatt, struct bt_conn *conn);
void gatt_peer__bonded(struct gatt *gatt, struct bt_conn *conn);
void gatt_peer__unbonded(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr);

/* ---- gatt_peer_set.c ---- */

/* Save what is dirty. */
void gatt_peer_set__save(struct gatt *gatt);
void gatt_peer_set__erase(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr);

/* ---- gatt_aware.c ---- */

/* The database has changed for this client. */
void gatt_aware__lost(struct bt_conn *conn);
/* A Service Changed indication was confirmed, and nothing has changed since. */
void gatt_aware__confirmed(struct bt_conn *conn);
/* Whether nothing but Service Changed may be sent to the client. */
bool gatt_aware__is_blocked(const struct bt_conn *conn);

ssize_t gatt_aware__read_features(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				  uint16_t len, uint16_t offset);
ssize_t gatt_aware__write_features(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				   const void *buf, uint16_t len, uint16_t offset, uint8_t flags);
ssize_t gatt_aware__read_hash(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset);

/* ---- gatt_changed.c ---- */

void gatt_changed__init(struct gatt *gatt);
void gatt_changed__disable(struct gatt *gatt);
/* These handles have changed, for all clients. */
void gatt_changed__mark(struct gatt *gatt, uint16_t first, uint16_t last);
/* One client is to be told of them. */
void gatt_changed__owe(struct gatt *gatt, struct bt_conn *conn, uint16_t first, uint16_t last);
void gatt_changed__disconnected(struct gatt_link *link);

#endif
