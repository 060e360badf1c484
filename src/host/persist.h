/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_PERSIST_H_
#define FAV_HOST_PERSIST_H_

#include <stdbool.h>
#include <stddef.h>

#include <favonius/host.h>
#include <favonius/settings.h>

/*
 * A host's place in settings: which it is, and whether it is used at all. The layers that keep
 * something save and read it through here, so that each host has its own.
 */

/* In the host; survives disable. */
struct persist {
	struct bt_host *host;
	struct fav_settings *settings; /* NULL: the default ones */
	bool on;
};

void persist__init(struct persist *persist, struct bt_host *host);

/* At bt_enable(), before all that reads: with CONFIG_BT_SETTINGS the default settings are used
 * unless others were chosen. Returns 0, or what settings_subsys_init() said. */
int persist__enable(struct bt_host *host);

/* Whether the host keeps anything. */
bool persist__is_on(struct bt_host *host);
/* Whether what settings_load() is giving is of this host's settings. */
bool persist__is_loading(struct bt_host *host);

/* Save, or with len 0 delete, one value. 0 also where the host keeps nothing; else as
 * settings_save_one(), with a line in the log. */
int persist__save(struct bt_host *host, const char *name, const void *value, size_t len);
/* Read at most size bytes of a value. Returns how many; -ENOENT: there is none, or the host keeps
 * nothing; else as settings_load_one(). */
ssize_t persist__load(struct bt_host *host, const char *name, void *value, size_t size);

#endif
