/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "image.h"
#include "settings.h"

/* The store in memory, and the half of every store that is an image on a medium. */

static struct fav_settings_ram *ram_of(struct settings_store *cs)
{
	return CONTAINER_OF(cs, struct fav_settings_ram, store);
}

static void replace(struct settings_image **at, struct settings_image *image)
{
	image__unref(*at);
	*at = image;
}

/* ---- Loading ---- */

static ssize_t read_record(void *cb_arg, void *data, size_t len)
{
	const struct settings_record *record = cb_arg;

	len = MIN(len, record->value_len);
	if (len > 0) {
		memcpy(data, record->value, len);
	}
	return (ssize_t)len;
}

/* Give out what the store has now of a value that it had when the loading began. */
static int give(struct fav_settings_ram *ram, struct settings_record *record,
		const struct settings_load_arg *arg)
{
	struct settings_image *image = image__ref(ram->image);
	int err = 0;

	if (image__find(image, record->name, record)) {
		err = settings_call_set_handler(record->name, record->value_len, read_record,
						record, arg);
	}
	image__unref(image);
	return err;
}

static int ram_load(struct settings_store *cs, const struct settings_load_arg *arg)
{
	struct fav_settings_ram *ram = ram_of(cs);
	struct settings_image *image = image__ref(ram->image);
	struct settings_record record;
	size_t at = 0;
	int err = 0;

	while (err == 0 && image__next(image, &at, &record)) {
		if (ram->image == image) {
			err = settings_call_set_handler(record.name, record.value_len, read_record,
							&record, arg);
		} else {
			err = give(ram, &record, arg);
		}
	}
	image__unref(image);
	return err;
}

static ssize_t ram_load_one(struct settings_store *cs, const char *name, char *buf, size_t buf_len)
{
	struct settings_record record;

	if (!image__find(ram_of(cs)->image, name, &record)) {
		return -ENOENT;
	}
	return read_record(&record, buf, buf_len);
}

static ssize_t ram_get_val_len(struct settings_store *cs, const char *name)
{
	struct settings_record record;

	return image__find(ram_of(cs)->image, name, &record) ? record.value_len : -ENOENT;
}

/* ---- Saving ---- */

static int persist(struct fav_settings_ram *ram, const struct settings_image *image, bool *stored)
{
	*stored = true;
	return ram->persist == NULL ? 0 : ram->persist(ram, image, stored);
}

static int ram_save_start(struct settings_store *cs)
{
	struct fav_settings_ram *ram = ram_of(cs);

	if (ram->batches++ == 0) {
		ram->saved = image__ref(ram->image);
	}
	return 0;
}

static bool is_saved(const struct fav_settings_ram *ram, const char *name, const char *value,
		     size_t len)
{
	struct settings_record record;

	if (!image__find(ram->image, name, &record)) {
		return len == 0;
	}
	return len == record.value_len && memcmp(value, record.value, len) == 0;
}

static int ram_save(struct settings_store *cs, const char *name, const char *value, size_t val_len)
{
	struct fav_settings_ram *ram = ram_of(cs);
	struct settings_image *next;
	bool stored = true;
	int err;

	if (is_saved(ram, name, value, val_len)) {
		return 0;
	}
	err = image__with(ram->image, name, value, val_len, &next);
	if (err != 0) {
		return err;
	}
	if (ram->batches == 0) {
		err = persist(ram, next, &stored);
	}
	if (stored) {
		replace(&ram->image, next);
	} else {
		image__unref(next);
	}
	return err;
}

static int ram_save_end(struct settings_store *cs)
{
	struct fav_settings_ram *ram = ram_of(cs);
	bool stored = true;
	int err = 0;

	if (--ram->batches > 0) {
		return 0;
	}
	if (ram->image != ram->saved) {
		err = persist(ram, ram->image, &stored);
	}
	if (!stored) {
		replace(&ram->image, image__ref(ram->saved));
	}
	replace(&ram->saved, NULL);
	return err;
}

static void *ram_storage_get(struct settings_store *cs)
{
	struct fav_settings_ram *ram = ram_of(cs);

	return ram->persist == NULL ? NULL : CONTAINER_OF(ram, struct fav_settings_file, ram)->path;
}

static const struct settings_store_itf itf = {
	.csi_load = ram_load,
	.csi_load_one = ram_load_one,
	.csi_get_val_len = ram_get_val_len,
	.csi_save_start = ram_save_start,
	.csi_save = ram_save,
	.csi_save_end = ram_save_end,
	.csi_storage_get = ram_storage_get,
};

void fav_settings_ram_init(struct fav_settings_ram *ram)
{
	*ram = (struct fav_settings_ram){.store.cs_itf = &itf};
}

void fav_settings_ram_close(struct fav_settings_ram *ram)
{
	replace(&ram->image, NULL);
	replace(&ram->saved, NULL);
}
