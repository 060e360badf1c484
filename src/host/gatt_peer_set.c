/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is kept of bonded clients, in the settings, where their bonds are. bt/ccc has the values of
 * their Client Characteristic Configurations, bt/cf their Client Supported Features and the hash of
 * the database that they know, which is all that it takes to tell them of changes. Both are worth
 * something only together with the bond: without it nobody comes to use them.
 */

#include <errno.h>
#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/settings/settings.h>

#include "gatt.h"
#include "peer_name.h"
#include "persist.h"

#define CCC_SUBTREE "bt/ccc"
#define CF_SUBTREE  "bt/cf"
#define VERSION     1

/* version; then of each handle, tag, value */
#define CCC_LEN      5
#define CCC_LEN_MAX  (1 + CONFIG_BT_GATT_CCC_MAX * CCC_LEN)
#define CCC_VALUE_OK (BT_GATT_CCC_NOTIFY | BT_GATT_CCC_INDICATE)
/* version, features, whether the hash is known, hash */
#define CF_LEN (3 + GATT_HASH_LEN)

BUILD_ASSERT(CCC_LEN_MAX <= CONFIG_FAV_SETTINGS_MAX_VAL_LEN);

/* ---- Saving ---- */

static int write(struct gatt *gatt, const char *subtree, const struct gatt_peer *peer,
		 const void *value, size_t len)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	peer_name__encode(name, sizeof(name), subtree, peer->id, &peer->addr);
	return persist__save(gatt->host, name, value, len);
}

static int ccc_write(struct gatt *gatt, const struct gatt_peer *peer)
{
	uint8_t value[CCC_LEN_MAX];
	struct fav_writer w = fav_writer_of(value, sizeof(value));

	fav_writer_u8(&w, VERSION);
	for (uint16_t i = 0; i < peer->ccc_count; i++) {
		fav_writer_le16(&w, peer->ccc[i].handle);
		fav_writer_le16(&w, peer->ccc[i].tag);
		fav_writer_u8(&w, peer->ccc[i].value);
	}
	return write(gatt, CCC_SUBTREE, peer, value, peer->ccc_count > 0 ? fav_writer_len(&w) : 0);
}

static int cf_write(struct gatt *gatt, const struct gatt_peer *peer)
{
	uint8_t value[CF_LEN];
	struct fav_writer w = fav_writer_of(value, sizeof(value));

	fav_writer_u8(&w, VERSION);
	fav_writer_u8(&w, peer->features);
	fav_writer_u8(&w, peer->hash_known);
	fav_writer_bytes(&w, peer->hash, GATT_HASH_LEN);
	return write(gatt, CF_SUBTREE, peer, value, fav_writer_len(&w));
}

/* What cannot be saved now is tried again with the next change. */
void gatt_peer_set__save(struct gatt *gatt)
{
	for (size_t i = 0; i < ARRAY_SIZE(gatt->peers.places); i++) {
		struct gatt_peer *peer = &gatt->peers.places[i];

		if (peer->used && peer->ccc_dirty) {
			peer->ccc_dirty = ccc_write(gatt, peer) != 0;
		}
		if (peer->used && peer->cf_dirty) {
			peer->cf_dirty = cf_write(gatt, peer) != 0;
		}
	}
}

void gatt_peer_set__erase(struct gatt *gatt, uint8_t id, const bt_addr_le_t *addr)
{
	const struct gatt_peer gone = {.id = id, .addr = *addr};

	(void)write(gatt, CCC_SUBTREE, &gone, NULL, 0);
	(void)write(gatt, CF_SUBTREE, &gone, NULL, 0);
}

/* ---- Loading ---- */

/* In handle order, as they were saved, and none of value 0. */
static bool ccc_decode(struct fav_cursor *c, struct gatt_peer *peer)
{
	uint16_t count = 0;
	uint16_t before = 0;

	if (fav_cursor_u8(c) != VERSION || fav_cursor_remaining(c) % CCC_LEN != 0) {
		return false;
	}
	while (fav_cursor_remaining(c) > 0 && count < ARRAY_SIZE(peer->ccc)) {
		struct gatt_peer_ccc *ccc = &peer->ccc[count++];

		ccc->handle = fav_cursor_le16(c);
		ccc->tag = fav_cursor_le16(c);
		ccc->value = fav_cursor_u8(c);
		if (ccc->handle <= before || ccc->value == 0 || (ccc->value & ~CCC_VALUE_OK) != 0) {
			return false;
		}
		before = ccc->handle;
	}
	peer->ccc_count = count;
	return fav_cursor_done(c);
}

static bool cf_decode(struct fav_cursor *c, struct gatt_peer *peer)
{
	uint8_t version = fav_cursor_u8(c);
	uint8_t features = fav_cursor_u8(c);
	uint8_t known = fav_cursor_u8(c);

	(void)fav_cursor_copy(c, peer->hash, GATT_HASH_LEN);
	peer->features = features & GATT_FEATURES_KNOWN;
	peer->hash_known = known != 0;
	return fav_cursor_done(c) && version == VERSION && features == peer->features;
}

static int load(const char *key, settings_read_cb read_cb, void *cb_arg,
		bool (*decode)(struct fav_cursor *c, struct gatt_peer *peer))
{
	struct gatt *gatt = gatt__current();
	uint8_t value[CCC_LEN_MAX];
	struct fav_cursor c;
	struct gatt_peer *peer;
	bt_addr_le_t addr;
	ssize_t len;
	uint8_t id;

	if (!persist__is_loading(gatt->host)) {
		return 0;
	}
	len = read_cb(cb_arg, value, sizeof(value));
	if (len < 0) {
		return (int)len;
	}
	if (!peer_name__decode(key, &id, &addr)) {
		return -EINVAL;
	}
	peer = gatt_peer__place(gatt, id, &addr);
	if (peer == NULL) {
		return -ENOMEM;
	}
	c = fav_cursor_of(value, (size_t)len);
	if (!decode(&c, peer)) {
		/* It is as if the client had never written any. */
		memset(peer, 0, sizeof(*peer));
		return -EINVAL;
	}
	return 0;
}

static int ccc_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return load(key, read_cb, cb_arg, ccc_decode);
}

static int cf_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return load(key, read_cb, cb_arg, cf_decode);
}

SETTINGS_STATIC_HANDLER_DEFINE(bt_ccc, CCC_SUBTREE, NULL, ccc_set, NULL, NULL);
SETTINGS_STATIC_HANDLER_DEFINE(bt_cf, CF_SUBTREE, NULL, cf_set, NULL, NULL);
