/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "att.h"
#include "conn.h"
#include "gatt.h"
#include "keys.h"
#include "smp.h"

/* A client that changes its mind all the time makes no more than one write to the settings in: */
#define SAVE_INTERVAL_MS 1000

static uint8_t identity_of(const struct bt_conn *conn)
{
	struct bt_conn_info info;

	(void)bt_conn_get_info(conn, &info);
	return info.id;
}

/* ---- The table ---- */

static struct gatt_peer *find(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(gatt->peers.places); i++) {
		struct gatt_peer *peer = &gatt->peers.places[i];

		if (peer->used && peer->id == id && bt_addr_le_eq(&peer->addr, addr)) {
			return peer;
		}
	}
	return NULL;
}

/* A free place, else that of somebody whose bond is gone: settings may have outlived it. */
static struct gatt_peer *vacant(struct gatt *gatt)
{
	struct keys *keys = host__keys(gatt->host);
	struct gatt_peer *orphan = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(gatt->peers.places); i++) {
		struct gatt_peer *peer = &gatt->peers.places[i];

		if (!peer->used) {
			return peer;
		}
		if (orphan == NULL && keys__find(keys, peer->id, &peer->addr) == NULL) {
			orphan = peer;
		}
	}
	return orphan;
}

struct gatt_peer *gatt_peer__place(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr)
{
	struct gatt_peer *peer = find(gatt, id, addr);

	if (peer == NULL) {
		peer = vacant(gatt);
		if (peer != NULL) {
			memset(peer, 0, sizeof(*peer));
			peer->used = true;
			peer->id = id;
			peer->addr = *addr;
		}
	}
	return peer;
}

/* ---- Keeping ---- */

static void save(struct k_work *work)
{
	struct gatt_peers *peers =
		CONTAINER_OF(k_work_delayable_from_work(work), struct gatt_peers, save);
	struct gatt *gatt = CONTAINER_OF(peers, struct gatt, peers);
	struct bt_host *previous = host__enter(gatt->host);

	peers->saved_ms = k_uptime_get();
	peers->ever_saved = true;
	gatt_peer_set__save(gatt);
	host__leave(previous);
}

/* The first change at once, those that follow together. */
static void save_soon(struct gatt_peers *peers)
{
	int64_t wait_ms = peers->saved_ms + SAVE_INTERVAL_MS - k_uptime_get();

	k_work_schedule(&peers->save,
			peers->ever_saved && wait_ms > 0 ? K_MSEC(wait_ms) : K_NO_WAIT);
}

/* While the client is unaware, the hash stays that of the database it knew. */
static void take_cf(struct gatt *gatt, struct gatt_peer *peer, const struct gatt_link *link)
{
	const uint8_t *hash = link->unaware ? NULL : gatt_hash__get(&gatt->hash, &gatt->db);

	if (peer->features != link->features) {
		peer->features = link->features;
		peer->cf_dirty = true;
	}
	if (hash != NULL && (!peer->hash_known || memcmp(peer->hash, hash, GATT_HASH_LEN) != 0)) {
		memcpy(peer->hash, hash, GATT_HASH_LEN);
		peer->hash_known = true;
		peer->cf_dirty = true;
	}
}

void gatt_peer__keep(struct gatt *gatt, struct bt_conn *conn)
{
	const struct gatt_link *link = gatt_peer__link(conn);
	const bt_addr_le_t *addr = bt_conn_get_dst(conn);
	uint8_t id = identity_of(conn);
	struct gatt_peer *peer;

	if (!link->trusted ||
	    (link->features == 0 && !gatt_ccc__any(gatt, conn) && find(gatt, id, addr) == NULL)) {
		return;
	}
	peer = gatt_peer__place(gatt, id, addr);
	if (peer == NULL) {
		return;
	}
	if (gatt_ccc__collect(gatt, conn, peer->ccc, &peer->ccc_count)) {
		peer->ccc_dirty = true;
	}
	take_cf(gatt, peer, link);
	if (peer->ccc_dirty || peer->cf_dirty) {
		save_soon(&gatt->peers);
	}
}

/* ---- Knowing again ---- */

/* By the address again each time: what is restored calls out, and may change the table. */
static void restore_ccc(struct gatt *gatt, struct bt_conn *conn, uint8_t id,
			const bt_addr_le_t *addr)
{
	const struct gatt_peer *peer;
	struct gatt_peer_ccc ccc;

	for (uint16_t i = 0; (peer = find(gatt, id, addr)) != NULL && i < peer->ccc_count; i++) {
		ccc = peer->ccc[i];
		gatt_ccc__restore(gatt, conn, &ccc);
		if (att__bearer(conn) == NULL) {
			return;
		}
	}
}

static bool knows_database(struct gatt *gatt, const struct gatt_peer *peer)
{
	const uint8_t *hash = gatt_hash__get(&gatt->hash, &gatt->db);

	return peer->hash_known && hash != NULL && memcmp(peer->hash, hash, GATT_HASH_LEN) == 0;
}

static void know_again(struct gatt *gatt, struct bt_conn *conn, const struct gatt_peer *peer)
{
	const bt_addr_le_t addr = peer->addr;
	bool knows = knows_database(gatt, peer);

	gatt_peer__link(conn)->features |= peer->features;
	restore_ccc(gatt, conn, peer->id, &addr);
	if (!knows && att__bearer(conn) != NULL) {
		gatt_aware__lost(conn);
		gatt_changed__owe(gatt, conn, BT_ATT_FIRST_ATTRIBUTE_HANDLE,
				  BT_ATT_LAST_ATTRIBUTE_HANDLE);
	}
}

void gatt_peer__secured(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_link *link = gatt_peer__link(conn);
	bool trusted = sec__is_bonded(conn);
	const struct gatt_peer *peer;

	if (trusted == link->trusted) {
		return;
	}
	peer = trusted ? find(gatt, identity_of(conn), bt_conn_get_dst(conn)) : NULL;
	if (peer != NULL) {
		know_again(gatt, conn, peer);
	}
	/* Nothing is kept before all is restored. Then what was written before, too. */
	if (att__bearer(conn) != NULL) {
		link->trusted = trusted;
		gatt_peer__keep(gatt, conn);
	}
}

/* A new bond begins with what holds on the link it was made on. */
void gatt_peer__bonded(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_peer *peer = find(gatt, identity_of(conn), bt_conn_get_dst(conn));

	if (peer != NULL) {
		peer->hash_known = false;
		peer->cf_dirty = true;
	}
	gatt_peer__link(conn)->trusted = true;
	gatt_peer__keep(gatt, conn);
}

void gatt_peer__unbonded(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr)
{
	struct gatt_peer *peer = find(gatt, id, addr);
	struct bt_conn *conn = bt_conn_lookup_addr_le(id, addr);

	if (conn != NULL) {
		/* It is being disconnected; what it still writes is not kept. */
		gatt_peer__link(conn)->trusted = false;
		bt_conn_unref(conn);
	}
	if (peer != NULL) {
		memset(peer, 0, sizeof(*peer));
		gatt_peer_set__erase(gatt, id, addr);
	}
}

/* ---- Links ---- */

void gatt_peer__connected(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_link *link = gatt_peer__link(conn);

	link->trusted = false;
	link->features = 0;
	link->unaware = false;
	link->hash_read = false;
}

void gatt_peer__disconnected(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_link *link = gatt_peer__link(conn);

	link->trusted = false;
	gatt_changed__disconnected(link);
}

void gatt_peer__init(struct gatt *gatt)
{
	k_work_init_delayable(&gatt->peers.save, save);
}

void gatt_peer__disable(struct gatt *gatt)
{
	(void)k_work_cancel_delayable(&gatt->peers.save);
	gatt_peer_set__save(gatt);
}
