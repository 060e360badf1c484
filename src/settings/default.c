/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/toolchain.h>

#include <favonius/loop.h>

#include "settings.h"

LOG_MODULE_REGISTER(settings_default);

#define RAM_ONLY  "ram:"
#define FILE_NAME "/settings"

/* The settings behind the Zephyr-named API, the back-end that they have unless the program gives
 * them another, and the current ones: NULL before the first use. */
static struct {
	struct fav_settings settings;
	enum {
		NONE,
		RAM,
		IN_FILE,
	} opened;
	struct fav_settings_file file; /* RAM: its `ram` alone */
} default_settings;
static struct fav_settings *current;

/* ---- Instances ---- */

struct fav_settings *fav_settings_current(void)
{
	return current != NULL ? current : &default_settings.settings;
}

struct fav_settings *fav_settings_select(struct fav_settings *settings)
{
	struct fav_settings *before = fav_settings_current();

	current = settings;
	return before;
}

static void close_default(void)
{
	switch (default_settings.opened) {
	case RAM:
		fav_settings_ram_close(&default_settings.file.ram);
		break;
	case IN_FILE:
		fav_settings_file_close(&default_settings.file);
		break;
	case NONE:
		break;
	}
	default_settings.opened = NONE;
}

void fav_settings_reset(struct fav_settings *settings)
{
	if (settings == NULL || settings == &default_settings.settings) {
		settings = &default_settings.settings;
		close_default();
	}
	*settings = (struct fav_settings){0};
}

void settings_src_register(struct settings_store *cs)
{
	sys_slist_t *sources = &fav_settings_current()->sources;

	if (!sys_slist_find(sources, &cs->cs_next, NULL)) {
		sys_slist_append(sources, &cs->cs_next);
	}
}

void settings_dst_register(struct settings_store *cs)
{
	fav_settings_current()->destination = cs;
}

/* ---- The default back-end ---- */

static int default_path(const struct fav_files *files, char *path)
{
	int err = files->state_dir(path, FAV_PATH_MAX - sizeof(FILE_NAME) + 1);

	if (err == -ENOENT) {
		LOG_ERR("no place for settings: neither HOME nor XDG_STATE_HOME is set; "
			"FAVONIUS_SETTINGS names a file");
	} else if (err != 0) {
		LOG_ERR("%s: no place for settings: %s", path, strerror(-err));
	} else {
		strcat(path, FILE_NAME);
	}
	return err;
}

static int open_file(const struct fav_files *files, const char *named)
{
	char path[FAV_PATH_MAX];
	int err = 0;

	if (named == NULL || named[0] == '\0') {
		err = default_path(files, path);
		named = path;
	}
	if (err == 0) {
		err = fav_settings_file_open(&default_settings.file, files, named);
	}
	return err;
}

__weak int settings_backend_init(void)
{
	const struct fav_files *files = fav_kernel_port()->files;
	const char *named = getenv("FAVONIUS_SETTINGS");
	int err;

	close_default();
	if (files == NULL || (named != NULL && strcmp(named, RAM_ONLY) == 0)) {
		fav_settings_ram_init(&default_settings.file.ram);
		default_settings.opened = RAM;
	} else {
		err = open_file(files, named);
		if (err != 0) {
			return err;
		}
		default_settings.opened = IN_FILE;
	}
	settings_src_register(&default_settings.file.ram.store);
	settings_dst_register(&default_settings.file.ram.store);
	return 0;
}

int settings_subsys_init(void)
{
	struct fav_settings *settings = settings__enter();
	int err = 0;

	if (settings->ready) {
		return 0;
	}
	if (settings == &default_settings.settings && sys_slist_is_empty(&settings->sources) &&
	    settings->destination == NULL) {
		err = settings_backend_init();
	}
	settings->ready = err == 0;
	return err;
}
