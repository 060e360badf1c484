/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "host.h"
#include "persist.h"

LOG_MODULE_REGISTER(bt_persist);

void persist__init(struct persist *persist, struct bt_host *host)
{
	*persist = (struct persist){.host = host};
}

int persist__enable(struct bt_host *host)
{
	struct persist *persist = host__persist(host);
	struct fav_settings *before;
	int err;

	if (IS_ENABLED(CONFIG_BT_SETTINGS)) {
		persist->on = true;
	}
	if (!persist->on) {
		return 0;
	}
	before = fav_settings_select(persist->settings);
	err = settings_subsys_init();
	fav_settings_select(before);
	return err;
}

bool persist__is_on(struct bt_host *host)
{
	return host__persist(host)->on;
}

bool persist__is_loading(struct bt_host *host)
{
	struct persist *persist = host__persist(host);
	struct fav_settings *loaded = fav_settings_select(persist->settings);
	bool same = fav_settings_current() == loaded;

	fav_settings_select(loaded);
	return persist->on && same;
}

int persist__save(struct bt_host *host, const char *name, const void *value, size_t len)
{
	struct persist *persist = host__persist(host);
	struct fav_settings *before;
	int err;

	if (!persist->on) {
		return 0;
	}
	before = fav_settings_select(persist->settings);
	err = settings_save_one(name, len > 0 ? value : NULL, len);
	fav_settings_select(before);
	if (err != 0) {
		LOG_ERR("%s: cannot be %s: %d", name, len > 0 ? "saved" : "deleted", err);
	}
	return err;
}

ssize_t persist__load(struct bt_host *host, const char *name, void *value, size_t size)
{
	struct persist *persist = host__persist(host);
	struct fav_settings *before;
	ssize_t len;

	if (!persist->on) {
		return -ENOENT;
	}
	before = fav_settings_select(persist->settings);
	len = settings_load_one(name, value, size);
	fav_settings_select(before);
	return len;
}
