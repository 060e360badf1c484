/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <favonius/cursor.h>
#include <favonius/settings.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/sys/util.h>

#include "crypto/crypto.h"
#include "host.h"
#include "id.h"
#include "keys.h"
#include "keys_settings.h"
#include "peer_name.h"
#include "persist.h"

#define SUBTREE "bt/keys"
#define VERSION 1
/* version, has, flags, key size, age, two LTKs (rand, ediv, value), IRK, two CSRKs */
#define VALUE_LEN (4 + 4 + 2 * (8 + 2 + SMP_KEY_LEN) + 3 * SMP_KEY_LEN)

#define HAS_ALL                                                                          \
	(KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_SC_LTK | KEYS_PEER_IRK | KEYS_PEER_CSRK | \
	 KEYS_LOCAL_CSRK)
#define FLAGS_ALL (KEYS_AUTHENTICATED | KEYS_SC | KEYS_OOB | KEYS_NETWORK_PRIVACY)

static struct keys *keys_of(struct bt_host *host)
{
	return host__keys(host);
}

/* ---- Values ---- */

static void encode_ltk(struct fav_writer *w, const struct keys_ltk *ltk)
{
	fav_writer_bytes(w, ltk->rand, sizeof(ltk->rand));
	fav_writer_le16(w, ltk->ediv);
	fav_writer_bytes(w, ltk->value, sizeof(ltk->value));
}

static void decode_ltk(struct fav_cursor *c, struct keys_ltk *ltk)
{
	(void)fav_cursor_copy(c, ltk->rand, sizeof(ltk->rand));
	ltk->ediv = fav_cursor_le16(c);
	(void)fav_cursor_copy(c, ltk->value, sizeof(ltk->value));
}

static void encode_bond(uint8_t value[VALUE_LEN], const struct keys_bond *bond, uint32_t age)
{
	struct fav_writer w = fav_writer_of(value, VALUE_LEN);

	fav_writer_u8(&w, VERSION);
	fav_writer_u8(&w, bond->has);
	fav_writer_u8(&w, bond->flags);
	fav_writer_u8(&w, bond->key_size);
	fav_writer_le32(&w, age);
	encode_ltk(&w, &bond->peer_ltk);
	encode_ltk(&w, &bond->local_ltk);
	fav_writer_bytes(&w, bond->irk, SMP_KEY_LEN);
	fav_writer_bytes(&w, bond->peer_csrk, SMP_KEY_LEN);
	fav_writer_bytes(&w, bond->local_csrk, SMP_KEY_LEN);
	__ASSERT_NO_MSG(fav_writer_ok(&w) && fav_writer_room(&w) == 0);
}

static bool decode_bond(const uint8_t *value, size_t len, struct keys_bond *bond)
{
	struct fav_cursor c = fav_cursor_of(value, len);
	uint8_t version = fav_cursor_u8(&c);

	bond->has = fav_cursor_u8(&c);
	bond->flags = fav_cursor_u8(&c);
	bond->key_size = fav_cursor_u8(&c);
	bond->age = fav_cursor_le32(&c);
	decode_ltk(&c, &bond->peer_ltk);
	decode_ltk(&c, &bond->local_ltk);
	(void)fav_cursor_copy(&c, bond->irk, SMP_KEY_LEN);
	(void)fav_cursor_copy(&c, bond->peer_csrk, SMP_KEY_LEN);
	(void)fav_cursor_copy(&c, bond->local_csrk, SMP_KEY_LEN);
	return fav_cursor_done(&c) && version == VERSION && (bond->has & ~HAS_ALL) == 0 &&
	       (bond->flags & ~FLAGS_ALL) == 0;
}

/* ---- The store behind the table ---- */

static int save(struct bt_host *host, const struct keys_bond *bond)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];
	uint8_t value[VALUE_LEN];
	int err;

	peer_name__encode(name, sizeof(name), SUBTREE, bond->id, &bond->addr);
	/* The age that the table is about to give it. */
	encode_bond(value, bond, keys_of(host)->clock + 1);
	err = persist__save(host, name, value, sizeof(value));
	crypto__wipe(value, sizeof(value));
	return err;
}

static int erase(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	peer_name__encode(name, sizeof(name), SUBTREE, id, addr);
	return persist__save(host, name, NULL, 0);
}

static const struct keys_store store = {.save = save, .erase = erase};

void fav_host_settings_set(struct bt_host *host, struct fav_settings *settings)
{
	struct persist *persist = host__persist(host);

	persist->settings = settings;
	persist->on = true;
	keys__store_register(keys_of(host), &store);
	id__moved(host);
}

int keys_settings__enable(struct bt_host *host)
{
	if (persist__is_on(host) && keys_of(host)->store == NULL) {
		keys__store_register(keys_of(host), &store);
	}
	return 0;
}

void keys_settings__disable(struct bt_host *host)
{
}

/* ---- Loading ---- */

static int set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	struct keys *keys = keys_of(fav_host_current());
	struct keys_bond bond = {0};
	uint8_t value[VALUE_LEN];
	ssize_t got;
	int err = -EINVAL;

	if (keys->store != &store || !persist__is_loading(fav_host_current())) {
		return 0;
	}
	got = read_cb(cb_arg, value, sizeof(value));
	if (got < 0) {
		return (int)got;
	}
	if (len == sizeof(value) && peer_name__decode(key, &bond.id, &bond.addr) &&
	    decode_bond(value, (size_t)got, &bond)) {
		err = keys__restore(keys, &bond);
	}
	crypto__wipe(value, sizeof(value));
	crypto__wipe(&bond, sizeof(bond));
	return err;
}

SETTINGS_STATIC_HANDLER_DEFINE(bt_keys, SUBTREE, NULL, set, NULL, NULL);
