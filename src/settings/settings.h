/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_SETTINGS_SETTINGS_H_
#define FAV_SETTINGS_SETTINGS_H_

#include <favonius/settings.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/__assert.h>

/*
 * The current settings, for a call of the Zephyr-named API: at thread level only, because a
 * back-end may take as long as a disk.
 */
static inline struct fav_settings *settings__enter(void)
{
	__ASSERT(!k_is_in_isr(), "settings at interrupt level");
	return fav_settings_current();
}

/* Of the handlers with names at or below subtree (NULL: all) call each, of the current settings,
 * registered and static, until it returns false. Handlers may register handlers meanwhile. */
typedef bool (*settings__each_t)(const struct settings_handler_static *handler, void *ctx);
void settings__each_handler(const char *subtree, settings__each_t each, void *ctx);

/* The first failure of several: err, or else next. */
static inline int settings__first(int err, int next)
{
	return err != 0 ? err : next;
}

#endif
