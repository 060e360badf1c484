/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
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
#include "persist.h"

#define SUBTREE "bt/keys"
#define VERSION 1
/* version, has, flags, key size, age, two LTKs (rand, ediv, value), IRK, two CSRKs */
#define VALUE_LEN (4 + 4 + 2 * (8 + 2 + SMP_KEY_LEN) + 3 * SMP_KEY_LEN)

#define HAS_ALL                                                                          \
	(KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_SC_LTK | KEYS_PEER_IRK | KEYS_PEER_CSRK | \
	 KEYS_LOCAL_CSRK)
#define FLAGS_ALL (KEYS_AUTHENTICATED | KEYS_SC | KEYS_OOB)

static struct keys *keys_of(struct bt_host *host)
{
	return host__keys(host);
}

/* ---- Names: 12 digits of the address, one of its type, and perhaps our identity ---- */

#define ADDR_DIGITS (2 * BT_ADDR_SIZE)

static void encode_name(char *name, size_t size, uint8_t id, const bt_addr_le_t *addr)
{
	const uint8_t *a = addr->a.val;
	int len = snprintf(name, size, SUBTREE "/%02x%02x%02x%02x%02x%02x%u", a[5], a[4], a[3],
			   a[2], a[1], a[0], addr->type);

	if (id != BT_ID_DEFAULT) {
		(void)snprintf(name + len, size - (size_t)len, "/%u", id);
	}
}

/* The only name that a bond has is the one that we would give it. */
static bool decode_name(const char *key, struct keys_bond *bond)
{
	const char *id_text;
	char again[SETTINGS_MAX_NAME_LEN + 1];

	if (key == NULL || settings_name_next(key, &id_text) != ADDR_DIGITS + 1 ||
	    hex2bin(key, ADDR_DIGITS, bond->addr.a.val, BT_ADDR_SIZE) != BT_ADDR_SIZE) {
		return false;
	}
	sys_mem_swap(bond->addr.a.val, BT_ADDR_SIZE);
	bond->addr.type = (uint8_t)(key[ADDR_DIGITS] - '0');
	bond->id = id_text == NULL ? BT_ID_DEFAULT : (uint8_t)(id_text[0] - '0');
	encode_name(again, sizeof(again), bond->id, &bond->addr);
	return bond->id < CONFIG_BT_ID_MAX && bt_addr_le_is_identity(&bond->addr) &&
	       strcmp(again + strlen(SUBTREE "/"), key) == 0;
}

BUILD_ASSERT(CONFIG_BT_ID_MAX <= 10, "an identity is one digit in a name");

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

	encode_name(name, sizeof(name), bond->id, &bond->addr);
	/* The age that the table is about to give it. */
	encode_bond(value, bond, keys_of(host)->clock + 1);
	err = persist__save(host, name, value, sizeof(value));
	crypto__wipe(value, sizeof(value));
	return err;
}

static int erase(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	encode_name(name, sizeof(name), id, addr);
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
	if (len == sizeof(value) && decode_name(key, &bond) &&
	    decode_bond(value, (size_t)got, &bond)) {
		err = keys__restore(keys, &bond);
	}
	crypto__wipe(value, sizeof(value));
	crypto__wipe(&bond, sizeof(bond));
	return err;
}

SETTINGS_STATIC_HANDLER_DEFINE(bt_keys, SUBTREE, NULL, set, NULL, NULL);
