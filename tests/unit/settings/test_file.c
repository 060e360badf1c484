/* SPDX-License-Identifier: Apache-2.0 */
/* The store in a file, on a disk that fails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/loop.h>
#include <favonius/settings.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/util.h>

#include "disk.h"
#include "settings/image.h"

#define PATH "dir/settings"

static struct fav_settings settings;
static struct fav_settings_file file;

static void use(void)
{
	settings_src_register(&file.ram.store);
	settings_dst_register(&file.ram.store);
}

static int open_store(void)
{
	fav_settings_reset(&settings);
	int err = fav_settings_file_open(&file, &disk_files, PATH);

	if (err == 0) {
		use();
	}
	return err;
}

static void reopen(void)
{
	fav_settings_file_close(&file);
	assert_int_equal(open_store(), 0);
}

static int setup(void **state)
{
	disk_format();
	fav_settings_select(&settings);
	return open_store();
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_fault_alloc_at(0);
	fav_settings_file_close(&file);
	fav_settings_reset(&settings);
	fav_settings_select(NULL);
	fav_kernel_usage_get(&usage);
	return usage.heap_blocks == 0 && disk_open_count() == 0 ? 0 : -1;
}

static int save(const char *name, const char *value)
{
	return settings_save_one(name, value, strlen(value));
}

/* All of the settings in one line: "a=1 b=2 ". */
static int add_value(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg,
		     void *param)
{
	char value[SETTINGS_MAX_VAL_LEN + 1];
	char *text = param;
	ssize_t got = read_cb(cb_arg, value, sizeof(value) - 1);

	assert_int_equal(got, len);
	value[got] = '\0';
	sprintf(text + strlen(text), "%s=%s ", key, value);
	return 0;
}

static const char *all(void)
{
	static char text[16384];

	text[0] = '\0';
	assert_int_equal(settings_load_subtree_direct(NULL, add_value, text), 0);
	return text;
}

static void values_come_back(void **state)
{
	assert_int_equal(save("bt/name", "one"), 0);
	assert_int_equal(save("a", "2"), 0);
	assert_int_equal(save("bt/name", "three"), 0);
	reopen();
	assert_string_equal(all(), "a=2 bt/name=three ");
	assert_int_equal(settings_delete("a"), 0);
	assert_int_equal(settings_delete("none"), 0);
	reopen();
	assert_string_equal(all(), "bt/name=three ");
	assert_int_equal(settings_delete("bt/name"), 0);
	reopen();
	assert_string_equal(all(), "");
	assert_int_equal(disk_get(PATH ".bad", NULL, 0), -ENOENT);
}

static void what_is_saved_already_is_not_written(void **state)
{
	assert_int_equal(save("a", "1"), 0);
	disk_fail_at(0, 0);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(settings_delete("b"), 0);
	assert_int_equal(disk_ops(), 0);
}

static void a_write_may_take_less_than_all(void **state)
{
	disk_write_max(3);
	assert_int_equal(save("a", "a long value"), 0);
	reopen();
	assert_string_equal(all(), "a=a long value ");
}

static void the_path_is_the_storage(void **state)
{
	void *storage;

	assert_int_equal(settings_storage_get(&storage), 0);
	assert_string_equal(storage, PATH);
	assert_int_equal(settings_storage_get(NULL), -EINVAL);
}

static void nobody_else_can_open_it(void **state)
{
	static struct fav_settings_file other;

	assert_int_equal(fav_settings_file_open(&other, &disk_files, PATH), -EBUSY);
	assert_int_equal(fav_settings_file_open(&other, &disk_files, "dir/other"), 0);
	fav_settings_file_close(&other);
}

static void a_path_must_fit(void **state)
{
	static struct fav_settings_file other;
	char path[FAV_PATH_MAX + 1];

	assert_int_equal(fav_settings_file_open(&other, &disk_files, ""), -EINVAL);
	assert_int_equal(fav_settings_file_open(&other, NULL, "x"), -ENOTSUP);
	memset(path, 'a', sizeof(path));
	for (size_t len = FAV_PATH_MAX - 5; len <= FAV_PATH_MAX; len++) {
		path[len] = '\0';
		assert_int_equal(fav_settings_file_open(&other, &disk_files, path), -ENAMETOOLONG);
		path[len] = 'a';
	}
}

static void the_store_has_an_end(void **state)
{
	char value[SETTINGS_MAX_VAL_LEN];
	char name[16];
	int err = 0;
	int n;

	/* The disk's file is smaller than a store may be: it says so first. */
	memset(value, 'v', sizeof(value));
	for (n = 0; err == 0; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		err = settings_save_one(name, value, sizeof(value));
	}
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(n - 1, DISK_FILE_MAX / (SETTINGS_MAX_VAL_LEN + 11));
	assert_int_equal(settings_get_val_len(name), 0);
	assert_int_equal(settings_delete("n0"), 0);
	assert_int_equal(settings_save_one(name, value, sizeof(value)), 0);
	reopen();
	assert_int_equal(settings_get_val_len(name), sizeof(value));
}

/* ---- Faults ---- */

/* The change under test, from "a=1 b=2 c=3 " to CHANGED. */
#define BEFORE "a=1 b=2 c=3 "

static void prepare(void)
{
	disk_format();
	assert_int_equal(open_store(), 0);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(save("b", "2"), 0);
	assert_int_equal(save("c", "3"), 0);
}

static int change_one(void)
{
	return save("b", "a longer value than before");
}

static int delete_one(void)
{
	return settings_delete("b");
}

static int export_two(int (*export_func)(const char *name, const void *val, size_t val_len))
{
	int err = export_func("a", "9", 1);

	return err != 0 ? err : export_func("d", "8", 1);
}

static struct settings_handler two = {.name = "two", .h_export = export_two};

static int save_two(void)
{
	assert_int_equal(settings_register(&two), 0);
	return settings_save();
}

static const struct change {
	int (*make)(void);
	const char *after;
} changes[] = {
	{change_one, "a=1 b=a longer value than before c=3 "},
	{delete_one, "a=1 c=3 "},
	{save_two, "a=9 b=2 c=3 d=8 "},
};

static void assert_one_of(const char *text, const char *before, const char *after)
{
	if (strcmp(text, before) != 0) {
		assert_string_equal(text, after);
	}
}

static void cut_power(const struct change *change, struct disk_cut cut, unsigned int n,
		      bool *reached)
{
	int err;

	prepare();
	disk_cut_at(n, cut);
	err = change->make();
	*reached = disk_ops() >= n;
	fav_settings_file_close(&file);
	disk_power_on();
	assert_int_equal(open_store(), 0);
	/* What was said to be saved is, whatever the disk may lose. */
	assert_one_of(all(), err == 0 ? change->after : BEFORE, change->after);
	assert_int_equal(disk_get(PATH ".bad", NULL, 0), -ENOENT);
	assert_int_equal(disk_get(PATH ".new", NULL, 0), -ENOENT);
	assert_int_equal(save("b", "again"), 0);
	reopen();
	assert_non_null(strstr(all(), "b=again "));
	fav_settings_file_close(&file);
}

static void a_power_cut_leaves_the_old_or_the_new(void **state)
{
	unsigned int cuts = 0;

	fav_settings_file_close(&file);
	disk_write_max(0);
	for (size_t c = 0; c < ARRAY_SIZE(changes); c++) {
		for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
			const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};
			bool reached = true;

			for (unsigned int n = 1; reached; n++, cuts++) {
				cut_power(&changes[c], cut, n, &reached);
			}
		}
	}
	/* create, write, sync, close, rename, sync_dir; and one past the end */
	assert_int_equal(cuts, ARRAY_SIZE(changes) * DISK_BYTES_COUNT * 4 * 7);
	assert_int_equal(open_store(), 0);
}

static void a_power_cut_while_opening_loses_nothing(void **state)
{
	static struct fav_settings_file other;

	for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
		const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};
		bool reached = true;

		for (unsigned int n = 1; reached; n++) {
			fav_settings_file_close(&file);
			prepare();
			fav_settings_file_close(&file);
			disk_put(PATH ".new", "rest", 4);
			disk_cut_at(n, cut);
			if (fav_settings_file_open(&other, &disk_files, PATH) == 0) {
				fav_settings_file_close(&other);
			}
			reached = disk_ops() >= n;
			disk_power_on();
			assert_int_equal(open_store(), 0);
			assert_string_equal(all(), BEFORE);
		}
	}
}

static void fail_operation(const struct change *change, int fail, unsigned int n, bool *reached)
{
	char now[256];
	int err;

	prepare();
	disk_fail_at(n, fail);
	err = change->make();
	*reached = disk_ops() >= n;
	assert_int_equal(err, *reached ? fail : 0);
	disk_fail_at(0, 0);
	snprintf(now, sizeof(now), "%s", all());
	assert_one_of(now, err == 0 ? change->after : BEFORE, change->after);
	/* What is told is what is in the file. */
	reopen();
	assert_string_equal(all(), now);
	assert_int_equal(change == &changes[2] ? settings_register(&two) : 0, 0);
	assert_int_equal(change == &changes[2] ? settings_save() : change->make(), 0);
	reopen();
	assert_string_equal(all(), change->after);
	fav_settings_file_close(&file);
}

static void each_operation_can_fail(void **state)
{
	static const int fails[] = {-EIO, -ENOSPC};

	fav_settings_file_close(&file);
	for (size_t c = 0; c < ARRAY_SIZE(changes); c++) {
		for (size_t f = 0; f < ARRAY_SIZE(fails); f++) {
			bool reached = true;

			for (unsigned int n = 1; reached; n++) {
				fail_operation(&changes[c], fails[f], n, &reached);
			}
		}
	}
	assert_int_equal(open_store(), 0);
}

static void other_errors_of_the_disk_are_eio(void **state)
{
	disk_fail_at(2, -EROFS);
	assert_int_equal(save("a", "1"), -EIO);
}

static void each_operation_of_opening_can_fail(void **state)
{
	bool reached;
	unsigned int n = 0;
	int err;

	fav_settings_file_close(&file);
	do {
		prepare();
		fav_settings_file_close(&file);
		disk_fail_at(++n, -EACCES);
		err = open_store();
		reached = disk_ops() >= n;
		disk_fail_at(0, 0);
		if (err != 0) {
			assert_int_equal(err, -EACCES);
			assert_int_equal(disk_open_count(), 0);
			assert_int_equal(open_store(), 0);
		}
		/* Removing .new and closing what was read may fail: nothing is lost by it. */
		assert_string_equal(all(), BEFORE);
		fav_settings_file_close(&file);
	} while (reached);
	/* lock, remove, open, length, read, close */
	assert_int_equal(n, 7);
	assert_int_equal(open_store(), 0);
}

static void each_allocation_can_fail(void **state)
{
	fav_settings_file_close(&file);
	for (size_t c = 0; c < ARRAY_SIZE(changes); c++) {
		uint32_t n = 0;
		int err;

		do {
			prepare();
			fav_fault_alloc_at(++n);
			err = changes[c].make();
			fav_fault_alloc_at(0);
			assert_int_equal(err, err == 0 ? 0 : -ENOMEM);
			/* A save of several ends with those that a handler could hand over. */
			if (n == 2 && changes[c].make == save_two) {
				assert_string_equal(all(), "a=9 b=2 c=3 ");
			} else {
				assert_string_equal(all(), err == 0 ? changes[c].after : BEFORE);
			}
			fav_settings_file_close(&file);
		} while (err != 0);
		assert_true(n > 1);
	}
	prepare();
	fav_settings_file_close(&file);
	fav_fault_alloc_at(1);
	assert_int_equal(open_store(), -ENOMEM);
	fav_fault_alloc_at(0);
	assert_int_equal(open_store(), 0);
	assert_string_equal(all(), BEFORE);
}

/* ---- Damage ---- */

static void assert_refused(const uint8_t *bytes, size_t len)
{
	uint8_t bad[DISK_FILE_MAX];

	fav_settings_file_close(&file);
	disk_format();
	disk_put(PATH, bytes, len);
	assert_int_equal(open_store(), 0);
	assert_string_equal(all(), "");
	assert_int_equal(disk_get(PATH, NULL, 0), -ENOENT);
	assert_int_equal(disk_get(PATH ".bad", bad, sizeof(bad)), len);
	assert_memory_equal(bad, bytes, len);
	assert_int_equal(save("a", "1"), 0);
	reopen();
	assert_string_equal(all(), "a=1 ");
}

static void each_damaged_bit_is_seen(void **state)
{
	uint8_t image[256];
	int len;

	fav_settings_file_close(&file);
	prepare();
	len = disk_get(PATH, image, sizeof(image));
	assert_true(len > 0);
	for (int bit = 0; bit < len * 8; bit++) {
		image[bit / 8] ^= BIT(bit % 8);
		assert_refused(image, len);
		image[bit / 8] ^= BIT(bit % 8);
	}
}

static void each_length_but_its_own_is_refused(void **state)
{
	uint8_t image[256] = {0};
	int len;

	fav_settings_file_close(&file);
	prepare();
	len = disk_get(PATH, image, sizeof(image));
	for (int other = 0; other < len + 20; other++) {
		if (other != len) {
			assert_refused(image, other);
		}
	}
}

static void a_mixture_of_two_files_is_refused(void **state)
{
	uint8_t first[256], second[256];
	int len;

	fav_settings_file_close(&file);
	prepare();
	len = disk_get(PATH, first, sizeof(first));
	assert_int_equal(save("b", "7"), 0);
	assert_int_equal(disk_get(PATH, second, sizeof(second)), len);
	for (int cut = 1; cut < len; cut++) {
		uint8_t mixed[256];

		memcpy(mixed, first, cut);
		memcpy(mixed + cut, second + cut, len - cut);
		if (memcmp(mixed, first, len) != 0 && memcmp(mixed, second, len) != 0) {
			assert_refused(mixed, len);
		}
	}
}

static void other_files_are_refused(void **state)
{
	static const char text[] = "[settings]\nthis = is somebody else's file\n";
	uint8_t image[DISK_FILE_MAX] = {0};
	int len;

	assert_refused((const uint8_t *)text, sizeof(text) - 1);
	assert_refused(image, sizeof(image));
	/* A version that is not ours, with everything else as it should be. */
	len = disk_get(PATH, image, sizeof(image));
	image[8] = 2;
	sys_put_le32(crc32_ieee(image, 20), image + 20);
	assert_refused(image, len);
}

/* A file with sound checksums, and records that none may have. */
struct made {
	const char *name;
	uint16_t name_len, value_len;
};

static size_t make(const struct made *records, size_t count, uint8_t *bytes)
{
	size_t at = IMAGE_HEADER_SIZE;
	uint32_t crc;

	for (size_t i = 0; i < count; i++) {
		at += IMAGE_RECORD_OVERHEAD + records[i].name_len + records[i].value_len;
	}
	memset(bytes, 0, at);
	memcpy(bytes, IMAGE_MAGIC "\1", 9);
	sys_put_le32((uint32_t)at, bytes + 16);
	crc = crc32_ieee(bytes, 20);
	sys_put_le32(crc, bytes + 20);
	at = IMAGE_HEADER_SIZE;
	for (size_t i = 0; i < count; i++) {
		size_t len = 5u + records[i].name_len + records[i].value_len;

		sys_put_le16(records[i].name_len, bytes + at);
		sys_put_le16(records[i].value_len, bytes + at + 2);
		memcpy(bytes + at + 4, records[i].name, records[i].name_len);
		crc = crc32_ieee_update(crc, bytes + at, len);
		sys_put_le32(crc, bytes + at + len);
		at += len + 4;
	}
	return at;
}

static void records_that_none_may_have_are_refused(void **state)
{
	static const char longest[SETTINGS_MAX_NAME_LEN + 1] = {[0 ... SETTINGS_MAX_NAME_LEN] =
									'n'};
	static const struct made bad[][2] = {
		{{"b", 1, 1}, {"a", 1, 1}},
		{{"a", 1, 1}, {"a", 1, 1}},
		{{"a", 1, 1}, {"b", 1, 0}},
		{{"", 0, 1}, {"a", 1, 1}},
		{{"a", 1, 1}, {"b\0c", 3, 1}},
		{{"a", 1, 1}, {"b=", 2, 1}},
		{{"a", 1, 1}, {longest, sizeof(longest), 1}},
		{{"a", 1, 1}, {"b", 1, SETTINGS_MAX_VAL_LEN + 1}},
	};
	static const struct made good[] = {{"a", 1, 1},
					   {longest, SETTINGS_MAX_NAME_LEN, SETTINGS_MAX_VAL_LEN}};
	static uint8_t bytes[DISK_FILE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_refused(bytes, make(bad[i], 2, bytes));
	}
	fav_settings_file_close(&file);
	disk_put(PATH, bytes, make(good, 2, bytes));
	assert_int_equal(open_store(), 0);
	assert_int_equal(settings_get_val_len("a"), 1);
}

static void what_was_put_aside_survives_a_power_cut(void **state)
{
	const struct disk_cut lose_all = {DISK_BYTES_LOST, false, false};

	fav_settings_file_close(&file);
	disk_format();
	disk_put(PATH, "foreign", 7);
	assert_int_equal(open_store(), 0);
	disk_cut_at(1, lose_all);
	assert_int_equal(save("a", "1"), -EIO);
	fav_settings_file_close(&file);
	disk_power_on();
	assert_int_equal(disk_get(PATH ".bad", NULL, 0), 7);
	assert_int_equal(open_store(), 0);
}

static void what_cannot_be_put_aside_is_not_overwritten(void **state)
{
	bool reached;
	unsigned int n = 0;
	int err;

	fav_settings_file_close(&file);
	do {
		disk_format();
		disk_put(PATH, "foreign", 7);
		disk_fail_at(++n, -EROFS);
		err = open_store();
		reached = disk_ops() >= n;
		disk_fail_at(0, 0);
		if (err == 0) {
			fav_settings_file_close(&file);
		} else {
			assert_int_equal(disk_open_count(), 0);
		}
		/* Under one name or the other. */
		if (disk_get(PATH, NULL, 0) != 7) {
			assert_int_equal(disk_get(PATH ".bad", NULL, 0), 7);
		}
	} while (reached);
	assert_int_equal(open_store(), 0);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		FILE_TEST(values_come_back),
		FILE_TEST(what_is_saved_already_is_not_written),
		FILE_TEST(a_write_may_take_less_than_all),
		FILE_TEST(the_path_is_the_storage),
		FILE_TEST(nobody_else_can_open_it),
		FILE_TEST(a_path_must_fit),
		FILE_TEST(the_store_has_an_end),
		FILE_TEST(a_power_cut_leaves_the_old_or_the_new),
		FILE_TEST(a_power_cut_while_opening_loses_nothing),
		FILE_TEST(each_operation_can_fail),
		FILE_TEST(other_errors_of_the_disk_are_eio),
		FILE_TEST(each_operation_of_opening_can_fail),
		FILE_TEST(each_allocation_can_fail),
		FILE_TEST(each_damaged_bit_is_seen),
		FILE_TEST(each_length_but_its_own_is_refused),
		FILE_TEST(a_mixture_of_two_files_is_refused),
		FILE_TEST(other_files_are_refused),
		FILE_TEST(records_that_none_may_have_are_refused),
		FILE_TEST(what_was_put_aside_survives_a_power_cut),
		FILE_TEST(what_cannot_be_put_aside_is_not_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
