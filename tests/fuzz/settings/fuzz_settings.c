/* SPDX-License-Identifier: Apache-2.0 */

/* Byte 0 chooses what the rest is: a file of settings as it stands; such a file whose checksums are
 * put right first, so that what is behind them is reached; names, for all that takes one; or what a
 * program tells of the values that it keeps. Whatever it is: what can be loaded can be saved, and
 * comes back.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <favonius/settings.h>
#include <zephyr/logging/log_ctrl.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/util.h>

#include "unit/settings/disk.h"

#define PATH "settings"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fav_settings settings;
static struct fav_settings_file file;

static void need(bool what)
{
	if (!what) {
		abort();
	}
}

static void open_store(void)
{
	fav_settings_reset(&settings);
	need(fav_settings_file_open(&file, &disk_files, PATH) == 0);
	settings_src_register(&file.ram.store);
	settings_dst_register(&file.ram.store);
}

/* ---- What is loaded ---- */

struct loaded {
	unsigned int count;
	uint32_t sum;
};

static int add(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg, void *param)
{
	struct loaded *loaded = param;
	uint8_t value[SETTINGS_MAX_VAL_LEN];
	ssize_t got = read_cb(cb_arg, value, sizeof(value));

	need(key != NULL && got >= 0 && (size_t)got == len && len > 0);
	loaded->count++;
	loaded->sum = crc32_ieee_update(loaded->sum, (const uint8_t *)key, strlen(key));
	loaded->sum = crc32_ieee_update(loaded->sum, value, len);
	return 0;
}

static struct loaded load(void)
{
	struct loaded loaded = {0};

	need(settings_load_subtree_direct(NULL, add, &loaded) == 0);
	return loaded;
}

/* ---- A file ---- */

/* As far as the lengths lead. */
static void put_right(uint8_t *bytes, size_t size)
{
	size_t at = 24;
	uint32_t crc;

	if (size < at) {
		return;
	}
	memcpy(bytes, "FavSet\r\n\1\0\0\0", 12);
	sys_put_le32((uint32_t)size, bytes + 16);
	crc = crc32_ieee(bytes, 20);
	sys_put_le32(crc, bytes + 20);
	while (size - at >= 9) {
		size_t len = 5u + sys_get_le16(bytes + at) + sys_get_le16(bytes + at + 2);

		if (len + 4 > size - at) {
			return;
		}
		crc = crc32_ieee_update(crc, bytes + at, len);
		sys_put_le32(crc, bytes + at + len);
		at += len + 4;
	}
}

static void try_file(const uint8_t *data, size_t size)
{
	struct loaded before, after;
	int err;

	disk_put(PATH, data, size);
	open_store();
	before = load();
	need(before.count == 0 || disk_get(PATH ".bad", NULL, 0) == -ENOENT);
	err = settings_save_one("fuzz", "value", 5);
	need(err == 0 || err == -ENOSPC);
	before = load();
	fav_settings_file_close(&file);
	open_store();
	after = load();
	need(after.count == before.count && after.sum == before.sum);
	fav_settings_file_close(&file);
}

/* ---- Names ---- */

static char name[300];
static char name_of_handler[100];

static int set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return key != NULL ? (int)strlen(key) : 0;
}

static void try_name(void)
{
	const char *next;
	int len = settings_name_next(name, &next);
	size_t size = strlen(name);
	uint8_t value[4];

	need(len >= 0 && (size_t)len <= size);
	need(next == NULL || (next > name && next <= name + size));
	(void)settings_name_steq(name, name_of_handler, &next);
	need(next == NULL || (next > name && next <= name + size));
	(void)settings_runtime_set(name, "v", 1);
	(void)settings_runtime_commit(name);
	if (settings_save_one(name, "abc", 3) == 0) {
		need(settings_load_one(name, value, sizeof(value)) == 3);
		need(settings_load_subtree(name) == 0);
		need(load().count == 1);
		need(settings_delete(name) == 0);
	} else {
		need(settings_load_one(name, value, sizeof(value)) == -EINVAL);
		need(settings_delete(name) == -EINVAL);
	}
	need(load().count == 0);
}

static void try_names(const uint8_t *data, size_t size)
{
	struct settings_handler handler = {.name = name_of_handler, .h_set = set};
	size_t first = MIN(size, sizeof(name_of_handler) - 1) / 3;

	memcpy(name_of_handler, data, first);
	name_of_handler[first] = '\0';
	size = MIN(size - first, sizeof(name) - 1);
	memcpy(name, data + first, size);
	name[size] = '\0';
	open_store();
	(void)settings_register(&handler);
	try_name();
	fav_settings_file_close(&file);
}

/* ---- A program ---- */

struct kept {
	const uint8_t *data;
	size_t size;
};

/* A value is two lengths, the name and the value, whatever they say. */
static int keeper_load(void *ctx, unsigned int index, char *to, size_t name_size, void *value,
		       size_t value_size)
{
	struct kept *kept = ctx;
	size_t name_len, len;

	if (kept->size < 3) {
		return -ENOENT;
	}
	name_len = MIN(kept->data[0], kept->size - 3);
	len = sys_get_le16(kept->data + 1);
	memcpy(to, kept->data + 3, MIN(name_len, name_size));
	memset(value, kept->data[0], MIN(len, value_size));
	kept->data += 3 + name_len;
	kept->size -= 3 + name_len;
	return (int16_t)len;
}

static void try_program(const uint8_t *data, size_t size)
{
	static const struct fav_settings_keeper keeper = {.load = keeper_load};
	struct kept kept = {.data = data, .size = size};
	struct fav_settings_program program;
	struct loaded loaded = {0};

	fav_settings_reset(&settings);
	fav_settings_program_init(&program, &keeper, &kept);
	settings_src_register(&program.store);
	(void)settings_load_subtree_direct(NULL, add, &loaded);
	fav_settings_reset(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[DISK_FILE_MAX - 100];
	struct fav_kernel_usage usage;

	if (size == 0) {
		return 0;
	}
	(void)fav_kernel_port(); /* the first use sets the levels of the environment */
	(void)fav_log_levels_set("off");
	disk_format();
	fav_settings_select(&settings);
	size = MIN(size - 1, sizeof(bytes));
	memcpy(bytes, data + 1, size);
	switch (data[0] % 4) {
	case 0:
		try_file(bytes, size);
		break;
	case 1:
		put_right(bytes, size);
		try_file(bytes, size);
		break;
	case 2:
		try_names(bytes, size);
		break;
	default:
		try_program(bytes, size);
		break;
	}
	fav_settings_select(NULL);
	fav_kernel_usage_get(&usage);
	need(usage.heap_blocks == 0 && disk_open_count() == 0);
	return 0;
}
