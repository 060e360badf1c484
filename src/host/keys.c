/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "crypto/crypto.h"
#include "keys.h"
#include "rpa.h"

void keys__init(struct keys *keys, struct bt_host *host)
{
	*keys = (struct keys){
		.host = host,
		.evict_oldest = IS_ENABLED(CONFIG_BT_KEYS_OVERWRITE_OLDEST),
	};
}

void keys__store_register(struct keys *keys, const struct keys_store *store)
{
	keys->store = store;
}

/* ---- Finding ---- */

struct keys_bond *keys__find(struct keys *keys, uint8_t id, const bt_addr_le_t *addr)
{
	struct keys_bond *bond = NULL;

	while ((bond = keys__next(keys, id, bond)) != NULL) {
		if (bt_addr_le_eq(&bond->addr, addr)) {
			return bond;
		}
	}
	return NULL;
}

struct keys_bond *keys__resolve(struct keys *keys, uint8_t id, const bt_addr_le_t *rpa)
{
	struct keys_bond *bond = NULL;

	if (!bt_addr_le_is_rpa(rpa)) {
		return NULL;
	}
	while ((bond = keys__next(keys, id, bond)) != NULL) {
		if ((bond->has & KEYS_PEER_IRK) != 0 && rpa__matches(bond->irk, rpa)) {
			return bond;
		}
	}
	return NULL;
}

struct keys_bond *keys__next(struct keys *keys, uint8_t id, const struct keys_bond *after)
{
	size_t i = after != NULL ? (size_t)(after - keys->bonds) + 1 : 0;

	for (; i < ARRAY_SIZE(keys->bonds); i++) {
		if (keys->bonds[i].has != 0 && keys->bonds[i].id == id) {
			return &keys->bonds[i];
		}
	}
	return NULL;
}

/* ---- Changing ---- */

static int erase(struct keys *keys, uint8_t id, const bt_addr_le_t *addr)
{
	return keys->store != NULL ? keys->store->erase(keys->host, id, addr) : 0;
}

typedef bool (*in_use_t)(struct bt_host *host, const struct keys_bond *bond);

static bool any_has_network_privacy(const struct keys *keys)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys->bonds); i++) {
		if (keys->bonds[i].has != 0 && (keys->bonds[i].flags & KEYS_NETWORK_PRIVACY) != 0) {
			return true;
		}
	}
	return false;
}

/* A bond, or (NULL) which there are, is another one now. */
static void changed(struct keys *keys, struct keys_bond *bond)
{
	keys->network_privacy = any_has_network_privacy(keys);
	keys->serial = keys->serial == UINT32_MAX ? 1 : keys->serial + 1;
	if (bond != NULL) {
		bond->serial = keys->serial;
	}
	if (keys->changed != NULL) {
		keys->changed(keys->host);
	}
}

/* The least recently used bond of whom no link is there. */
static struct keys_bond *oldest(struct keys *keys, in_use_t in_use)
{
	struct keys_bond *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys->bonds); i++) {
		struct keys_bond *bond = &keys->bonds[i];

		if (bond->has != 0 && (in_use == NULL || !in_use(keys->host, bond)) &&
		    (found == NULL || bond->age < found->age)) {
			found = bond;
		}
	}
	return found;
}

/* The place of that peer's bond, else a free one, else the oldest where that may give way. */
static struct keys_bond *place(struct keys *keys, const struct keys_bond *bond, in_use_t in_use)
{
	struct keys_bond *same = keys__find(keys, bond->id, &bond->addr);

	if (same != NULL) {
		return same;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys->bonds); i++) {
		if (keys->bonds[i].has == 0) {
			return &keys->bonds[i];
		}
	}
	return keys->evict_oldest ? oldest(keys, in_use) : NULL;
}

bool keys__has_place(struct keys *keys, const struct keys_bond *bond, in_use_t in_use)
{
	return place(keys, bond, in_use) != NULL;
}

static bool is_same_peer(const struct keys_bond *a, const struct keys_bond *b)
{
	return a->has != 0 && a->id == b->id && bt_addr_le_eq(&a->addr, &b->addr);
}

/* The new bond is in the store before the old one leaves it: a power cut leaves both, not none. */
int keys__commit(struct keys *keys, const struct keys_bond *bond, in_use_t in_use,
		 struct keys_bond *evicted)
{
	struct keys_bond *at = place(keys, bond, in_use);
	struct keys_bond old;
	int err = 0;

	if (evicted != NULL) {
		evicted->has = 0;
	}
	if (at == NULL) {
		return -ENOMEM;
	}
	if (keys->store != NULL) {
		err = keys->store->save(keys->host, bond);
	}
	if (err != 0) {
		return err;
	}
	old = *at;
	*at = *bond;
	keys__touch(keys, at);
	changed(keys, at);
	if (old.has != 0 && !is_same_peer(&old, bond)) {
		/* What stays in the store gives way again when it is loaded. */
		(void)erase(keys, old.id, &old.addr);
		if (evicted != NULL) {
			evicted->id = old.id;
			evicted->addr = old.addr;
			evicted->has = old.has;
		}
	}
	crypto__wipe(&old, sizeof(old));
	return 0;
}

int keys__restore(struct keys *keys, const struct keys_bond *bond)
{
	struct keys_bond *at;
	int err = 0;

	if (bond->has == 0 || bond->key_size < 7 || bond->key_size > SMP_KEY_LEN ||
	    !bt_addr_le_is_identity(&bond->addr)) {
		return -EINVAL;
	}
	at = place(keys, bond, NULL);
	if (at == NULL) {
		return -ENOMEM;
	}
	if (at->has != 0 && !is_same_peer(at, bond)) {
		/* Power was cut between the saving of a bond and the erasing of the one that gave
		 * way to it. */
		if (bond->age < at->age) {
			(void)erase(keys, bond->id, &bond->addr);
			return 0;
		}
		err = keys__remove(keys, at);
	}
	if (err == 0) {
		*at = *bond;
		keys->clock = MAX(keys->clock, bond->age);
		changed(keys, at);
	}
	return err;
}

int keys__remove(struct keys *keys, struct keys_bond *bond)
{
	int err = erase(keys, bond->id, &bond->addr);

	if (err == 0) {
		crypto__wipe(bond, sizeof(*bond));
		changed(keys, NULL);
	}
	return err;
}

void keys__wipe(struct keys *keys)
{
	crypto__wipe(keys->bonds, sizeof(keys->bonds));
	changed(keys, NULL);
}

void keys__renumber(struct keys *keys, uint8_t id)
{
	struct keys_bond *bond = NULL;

	while ((bond = keys__next(keys, id, bond)) != NULL) {
		changed(keys, bond);
	}
}

void keys__touch(struct keys *keys, struct keys_bond *bond)
{
	bond->age = ++keys->clock;
}

bt_security_t keys__level(uint8_t flags, uint8_t key_size)
{
	if ((flags & KEYS_AUTHENTICATED) == 0) {
		return BT_SECURITY_L2;
	}
	return (flags & KEYS_SC) != 0 && key_size == SMP_KEY_LEN ? BT_SECURITY_L4 : BT_SECURITY_L3;
}
