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
#include "keys_code.h"
#include "keys_settings.h"
#include "peer_name.h"
#include "persist.h"

#define SUBTREE "bt/keys"

static struct keys *keys_of(struct bt_host *host)
{
	return host__keys(host);
}

/* ---- The store behind the table ---- */

static int save(struct bt_host *host, const struct keys_bond *bond)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];
	uint8_t value[KEYS_CODE_LEN];
	int err;

	peer_name__encode(name, sizeof(name), SUBTREE, bond->id, &bond->addr);
	/* The age that the table is about to give it. */
	keys_code__encode(value, bond, keys_of(host)->clock + 1);
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

/* ---- Loading ---- */

static int set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	struct keys *keys = keys_of(fav_host_current());
	struct keys_bond bond = {0};
	uint8_t value[KEYS_CODE_LEN];
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
	    keys_code__decode(value, (size_t)got, &bond)) {
		err = keys__restore(keys, &bond);
	}
	crypto__wipe(value, sizeof(value));
	crypto__wipe(&bond, sizeof(bond));
	return err;
}

SETTINGS_STATIC_HANDLER_DEFINE(bt_keys, SUBTREE, NULL, set, NULL, NULL);
