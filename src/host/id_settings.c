/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Identities in the settings, see id.h. The values are Zephyr's: the addresses one behind the
 * other, type first, and the keys.
 */

#include <errno.h>
#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/logging/log.h>

#include "crypto/crypto.h"
#include "host.h"
#include "id.h"
#include "persist.h"

LOG_MODULE_REGISTER(bt_id_settings);

#define NAME_ID  "bt/id"
#define NAME_IRK "bt/irk"

#define ADDR_LEN (1 + BT_ADDR_SIZE)
#define IDS_LEN  (CONFIG_BT_ID_MAX * ADDR_LEN)

/* A number may be deleted, the default one may not. */
static bool is_one(const bt_addr_le_t *addr, uint8_t number)
{
	return addr->type <= BT_ADDR_LE_RANDOM &&
	       ((number != BT_ID_DEFAULT && bt_addr_le_eq(addr, BT_ADDR_LE_ANY)) ||
		(bt_addr_le_is_identity(addr) && !bt_addr_eq(&addr->a, BT_ADDR_ANY)));
}

/* Returns how many there are; 0: none, or not what we save. */
static uint8_t decode(bt_addr_le_t addrs[CONFIG_BT_ID_MAX], const uint8_t *value, size_t len)
{
	struct fav_cursor c = fav_cursor_of(value, len);
	uint8_t count = (uint8_t)(len / ADDR_LEN);

	for (uint8_t i = 0; i < count; i++) {
		addrs[i].type = fav_cursor_u8(&c);
		(void)fav_cursor_copy(&c, addrs[i].a.val, BT_ADDR_SIZE);
		if (!is_one(&addrs[i], i)) {
			return 0;
		}
	}
	return fav_cursor_done(&c) ? count : 0;
}

/* Which of the kept identities are those that the application has made, by number. */
static bool is_continued(const struct id *id, const bt_addr_le_t *kept, uint8_t count)
{
	if (count < id->count) {
		return false;
	}
	for (uint8_t i = 0; i < id->count; i++) {
		if (!bt_addr_le_eq(&id->identities[i], &kept[i])) {
			return false;
		}
	}
	return true;
}

static bool is_zero(const uint8_t irk[SMP_KEY_LEN])
{
	static const uint8_t zero[SMP_KEY_LEN];

	return crypto__compare(irk, zero, sizeof(zero)) == 0;
}

/* A key that is missing, because power was cut before it was saved, nobody can know. */
static void take(struct id *id, const bt_addr_le_t *kept, uint8_t count,
		 uint8_t irks[][SMP_KEY_LEN])
{
	for (uint8_t i = 0; i < count; i++) {
		bt_addr_le_copy(&id->identities[i], &kept[i]);
		if (id->irk_preset[i]) {
			continue;
		}
		if (!is_zero(irks[i])) {
			memcpy(id->irks[i], irks[i], SMP_KEY_LEN);
		} else if (is_zero(id->irks[i])) {
			(void)crypto__random(id->irks[i], SMP_KEY_LEN);
		}
	}
	id->count = count;
}

bool id_settings__load(struct bt_host *host)
{
	struct id *id = host__id(host);
	uint8_t value[IDS_LEN], irks[CONFIG_BT_ID_MAX][SMP_KEY_LEN] = {0};
	bt_addr_le_t kept[CONFIG_BT_ID_MAX];
	ssize_t len = persist__load(host, NAME_ID, value, sizeof(value));
	uint8_t count = len > 0 ? decode(kept, value, (size_t)len) : 0;
	bool use = count > 0 && is_continued(id, kept, count);

	if (use) {
		(void)persist__load(host, NAME_IRK, irks, sizeof(irks));
		take(id, kept, count, irks);
		crypto__wipe(irks, sizeof(irks));
	} else if (len != -ENOENT) {
		LOG_WRN(NAME_ID ": %s", count == 0 ? "not read, identities are made anew"
						   : "others than those that the program has made");
	}
	return use;
}

int id_settings__save(struct bt_host *host)
{
	const struct id *id = host__id(host);
	uint8_t value[IDS_LEN];
	struct fav_writer w = fav_writer_of(value, sizeof(value));
	int err;

	err = persist__save(host, NAME_IRK, id->irks, (size_t)id->count * SMP_KEY_LEN);
	if (err != 0) {
		return err;
	}
	for (uint8_t i = 0; i < id->count; i++) {
		fav_writer_u8(&w, id->identities[i].type);
		fav_writer_bytes(&w, id->identities[i].a.val, BT_ADDR_SIZE);
	}
	return persist__save(host, NAME_ID, value, (size_t)id->count * ADDR_LEN);
}
