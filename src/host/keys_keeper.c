/* SPDX-License-Identifier: Apache-2.0 */

/*
 * favonius/bonds.h: bonds that the program keeps, and the keys of identities.
 *
 * A bond as the program has it: our address and the peer's, then what keys_code.h makes.
 */

#include <errno.h>
#include <string.h>

#include <favonius/bonds.h>
#include <favonius/cursor.h>
#include <zephyr/sys/__assert.h>

#include "conn.h"
#include "crypto/crypto.h"
#include "host.h"
#include "id.h"
#include "keys.h"
#include "keys_code.h"
#include "own_addr.h"

BUILD_ASSERT(FAV_BOND_KEY_LEN == 2 * (1 + BT_ADDR_SIZE));
BUILD_ASSERT(FAV_BOND_LEN == FAV_BOND_KEY_LEN + KEYS_CODE_LEN);

/* ---- Names ---- */

static void put_addr(struct fav_writer *w, const bt_addr_le_t *addr)
{
	fav_writer_u8(w, addr->type);
	fav_writer_bytes(w, addr->a.val, sizeof(addr->a.val));
}

static void get_addr(struct fav_cursor *c, bt_addr_le_t *addr)
{
	addr->type = fav_cursor_u8(c);
	(void)fav_cursor_copy(c, addr->a.val, sizeof(addr->a.val));
}

/* -ENOENT: the identity is gone. */
static int put_key(struct bt_host *host, uint8_t key[FAV_BOND_KEY_LEN], uint8_t id,
		   const bt_addr_le_t *peer)
{
	const bt_addr_le_t *own = id__addr(host__id(host), id);
	struct fav_writer w = fav_writer_of(key, FAV_BOND_KEY_LEN);

	if (own == NULL) {
		return -ENOENT;
	}
	put_addr(&w, own);
	put_addr(&w, peer);
	return 0;
}

static bool find_identity(struct bt_host *host, const bt_addr_le_t *own, uint8_t *id)
{
	for (uint8_t i = 0; i < host__id(host)->count; i++) {
		if (bt_addr_le_eq(&host__id(host)->identities[i], own) &&
		    !bt_addr_le_eq(own, BT_ADDR_LE_ANY)) {
			*id = i;
			return true;
		}
	}
	return false;
}

/* ---- The store behind the table ---- */

static int save(struct bt_host *host, const struct keys_bond *bond)
{
	struct keys *keys = host__keys(host);
	uint8_t bytes[FAV_BOND_LEN];
	int err = put_key(host, bytes, bond->id, &bond->addr);

	if (err == 0) {
		keys_code__encode(&bytes[FAV_BOND_KEY_LEN], bond, keys->clock + 1);
		err = keys->keeper->save(host, bytes, bytes);
	}
	crypto__wipe(bytes, sizeof(bytes));
	return err;
}

static int erase(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	uint8_t key[FAV_BOND_KEY_LEN];
	int err = put_key(host, key, id, addr);

	return err == 0 ? host__keys(host)->keeper->erase(host, key) : err;
}

static const struct keys_store store = {.save = save, .erase = erase};

int fav_bonds_keep(struct bt_host *host, const struct fav_bond_keeper *keeper)
{
	struct keys *keys = host__keys(host);

	if (conn__any_linked(host)) {
		return -EBUSY;
	}
	keys__wipe(keys);
	keys->keeper = keeper;
	keys__store_register(keys, keeper != NULL ? &store : NULL);
	return 0;
}

int fav_bonds_restore(struct bt_host *host, const void *bytes, size_t len)
{
	struct keys *keys = host__keys(host);
	struct fav_cursor c = fav_cursor_of(bytes, len);
	struct keys_bond bond = {0};
	bt_addr_le_t own;
	int err = -EINVAL;

	get_addr(&c, &own);
	get_addr(&c, &bond.addr);
	if (fav_cursor_ok(&c) && find_identity(host, &own, &bond.id)) {
		if (keys__find(keys, bond.id, &bond.addr) != NULL) {
			return 0;
		}
		if (keys_code__decode((const uint8_t *)bytes + FAV_BOND_KEY_LEN,
				      len - FAV_BOND_KEY_LEN, &bond)) {
			err = keys__restore(keys, &bond);
		}
	}
	crypto__wipe(&bond, sizeof(bond));
	return err;
}

bool fav_bonds_has(struct bt_host *host, uint8_t id, const bt_addr_le_t *peer)
{
	return keys__find(host__keys(host), id, peer) != NULL;
}

/* ---- Keys of identities ---- */

int fav_id_irk_get(struct bt_host *host, uint8_t id, uint8_t irk[16])
{
	const uint8_t *key = id__irk(host__id(host), id);

	if (key == NULL) {
		return -EINVAL;
	}
	memcpy(irk, key, SMP_KEY_LEN);
	return 0;
}

int fav_id_irk_set(struct bt_host *host, uint8_t id, const uint8_t irk[16])
{
	static const uint8_t zero[SMP_KEY_LEN];
	const bt_addr_le_t *addr = id__addr(host__id(host), id);
	bt_addr_le_t same;
	int err;

	if (addr == NULL || crypto__compare(irk, zero, sizeof(zero)) == 0) {
		return -EINVAL;
	}
	if (crypto__compare(irk, id__irk(host__id(host), id), SMP_KEY_LEN) == 0) {
		return 0;
	}
	same = *addr;
	err = id__put(host, id, &same, irk);
	if (err == 0) {
		/* The next one is made with it, and so are those of the controller. */
		host__own_addrs(host)->rpa_valid = false;
		keys__renumber(host__keys(host), id);
	}
	return err;
}
