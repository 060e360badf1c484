/* SPDX-License-Identifier: Apache-2.0 */
/* Names, handlers, loading and saving, on stores in memory and with the program. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/loop.h>
#include <favonius/settings.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/util.h>

static struct fav_settings settings;
static struct fav_settings_ram ram;

/* What handlers were called with: "set bt/name=one " and so on. */
static char calls[4096];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t len = strlen(calls);
	va_list args;

	va_start(args, format);
	vsnprintf(calls + len, sizeof(calls) - len, format, args);
	va_end(args);
}

static int setup(void **state)
{
	calls[0] = '\0';
	fav_settings_select(&settings);
	fav_settings_ram_init(&ram);
	settings_src_register(&ram.store);
	settings_dst_register(&ram.store);
	return settings_subsys_init();
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_fault_alloc_at(0);
	fav_settings_ram_close(&ram);
	fav_settings_reset(&settings);
	fav_settings_select(NULL);
	fav_kernel_usage_get(&usage);
	return usage.heap_blocks == 0 ? 0 : -1;
}

static int save(const char *name, const char *value)
{
	return settings_save_one(name, value, strlen(value));
}

static int note_set(const char *handler, const char *key, size_t len, settings_read_cb read_cb,
		    void *cb_arg)
{
	char value[64] = {0};

	assert_ptr_equal(fav_settings_current(), &settings);
	assert_int_equal(read_cb(cb_arg, value, sizeof(value)), len);
	/* Again, and shorter: from the beginning. */
	assert_int_equal(read_cb(cb_arg, value, 1), 1);
	note("%s:%s=%s ", handler, key == NULL ? "-" : key, value);
	return 0;
}

/* ---- Names ---- */

static void steq_compares_words(void **state)
{
	static const struct {
		const char *name, *key;
		int result;
		const char *next;
	} cases[] = {
		{"bt/mesh/iv", "bt", 1, "mesh/iv"},
		{"bt/mesh/iv", "bt/mesh", 1, "iv"},
		{"bt/mesh/iv", "bt/mesh/iv", 1, NULL},
		{"bt/mesh/iv", "b", 0, NULL},
		{"bt/mesh/iv", "bt/", 0, NULL},
		{"bt/mesh/iv", "bta", 0, NULL},
		{"bt", "bt/mesh", 0, NULL},
		{"bt=1", "bt", 1, NULL},
		{"bt=1/2", "bt=1", 0, NULL},
		{"bt/", "bt", 1, ""},
		{"", "", 1, NULL},
		{"/a", "", 1, "a"},
		{NULL, "a", 0, NULL},
		{"a", NULL, 0, NULL},
	};
	const char *next;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		next = "?";
		assert_int_equal(settings_name_steq(cases[i].name, cases[i].key, &next),
				 cases[i].result);
		assert_int_equal(settings_name_steq(cases[i].name, cases[i].key, NULL),
				 cases[i].result);
		if (cases[i].next == NULL) {
			assert_null(next);
		} else {
			assert_string_equal(next, cases[i].next);
		}
	}
}

static void next_measures_a_word(void **state)
{
	const char *next;

	assert_int_equal(settings_name_next("bt/mesh", &next), 2);
	assert_string_equal(next, "mesh");
	assert_int_equal(settings_name_next("mesh", &next), 4);
	assert_null(next);
	assert_int_equal(settings_name_next("me=sh/a", &next), 2);
	assert_null(next);
	assert_int_equal(settings_name_next("", &next), 0);
	assert_int_equal(settings_name_next("/a", &next), 0);
	assert_string_equal(next, "a");
	assert_int_equal(settings_name_next(NULL, &next), 0);
	assert_null(next);
	assert_int_equal(settings_name_next("ab", NULL), 2);
}

static void names_have_limits(void **state)
{
	char name[SETTINGS_MAX_NAME_LEN + 2];
	static const char *const bad[] = {NULL, "", "a=b", "a\nb", "a\x7f", "\x1b"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(settings_save_one(bad[i], "v", 1), -EINVAL);
		assert_int_equal(settings_delete(bad[i]), -EINVAL);
		assert_int_equal(settings_load_one(bad[i], name, 1), -EINVAL);
		assert_int_equal(settings_get_val_len(bad[i]), -EINVAL);
		assert_int_equal(settings_runtime_set(bad[i], "v", 1), -EINVAL);
		assert_int_equal(settings_runtime_get(bad[i], name, 1), -EINVAL);
		assert_int_equal(settings_runtime_commit(bad[i]), -EINVAL);
	}
	memset(name, 'n', sizeof(name));
	name[SETTINGS_MAX_NAME_LEN + 1] = '\0';
	assert_int_equal(save(name, "v"), -EINVAL);
	name[SETTINGS_MAX_NAME_LEN] = '\0';
	assert_int_equal(save(name, "v"), 0);
	assert_int_equal(settings_get_val_len(name), 1);
	assert_int_equal(save("\xc3\xa9t\xc3\xa9 1", "v"), 0);
}

/* ---- One value ---- */

static void one_value_is_saved_read_and_deleted(void **state)
{
	char buf[8] = "........";

	assert_int_equal(settings_load_one("a/b", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(settings_get_val_len("a/b"), 0);
	assert_int_equal(save("a/b", "12345"), 0);
	assert_int_equal(save("a/b/c", "x"), 0);
	assert_int_equal(settings_load_one("a/b", buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "12345...", 8);
	assert_int_equal(settings_load_one("a/b", buf, 2), 2);
	assert_int_equal(settings_load_one("a/b", buf, 0), 0);
	assert_int_equal(settings_load_one("a/b", NULL, 2), -EINVAL);
	assert_int_equal(settings_load_one("none", buf, 0), -ENOENT);
	assert_int_equal(settings_get_val_len("a/b"), 5);
	assert_int_equal(settings_load_one("a", buf, 2), -ENOENT);
	assert_int_equal(settings_delete("a/b"), 0);
	assert_int_equal(settings_delete("a/b"), 0);
	assert_int_equal(settings_get_val_len("a/b"), 0);
	assert_int_equal(settings_get_val_len("a/b/c"), 1);
	assert_int_equal(settings_save_one("a/b/c", "x", 0), 0);
	assert_int_equal(settings_get_val_len("a/b/c"), 0);
}

static void values_have_limits(void **state)
{
	static uint8_t value[SETTINGS_MAX_VAL_LEN + 1];
	char name[16];
	int err = 0;
	int n;

	assert_int_equal(settings_save_one("a", value, sizeof(value)), -EINVAL);
	for (n = 0; err == 0; n++) {
		snprintf(name, sizeof(name), "%03d", n);
		err = settings_save_one(name, value, SETTINGS_MAX_VAL_LEN);
	}
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(n - 1, (CONFIG_FAV_SETTINGS_MAX_BYTES - 24) / (SETTINGS_MAX_VAL_LEN + 12));
	assert_int_equal(settings_get_val_len("000"), SETTINGS_MAX_VAL_LEN);
	assert_int_equal(settings_delete("000"), 0);
	assert_int_equal(settings_save_one(name, value, SETTINGS_MAX_VAL_LEN), 0);
}

static void without_a_back_end_there_is_nothing(void **state)
{
	static struct fav_settings empty;
	char buf[4];
	void *storage;

	assert_ptr_equal(fav_settings_select(&empty), &settings);
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(save("a", "1"), -ENOENT);
	assert_int_equal(settings_save(), -ENOENT);
	assert_int_equal(settings_load_one("a", buf, 4), -ENOENT);
	assert_int_equal(settings_load(), 0);
	assert_int_equal(settings_storage_get(&storage), -ENOENT);
	assert_ptr_equal(fav_settings_select(&settings), &empty);
	assert_int_equal(settings_storage_get(&storage), -ENOTSUP);
}

static void instances_do_not_see_each_other(void **state)
{
	static struct fav_settings other;
	static struct fav_settings_ram other_ram;

	fav_settings_ram_init(&other_ram);
	assert_int_equal(save("a", "1"), 0);
	fav_settings_select(&other);
	settings_src_register(&other_ram.store);
	settings_dst_register(&other_ram.store);
	assert_int_equal(settings_get_val_len("a"), 0);
	assert_int_equal(save("a", "22"), 0);
	fav_settings_select(&settings);
	assert_int_equal(settings_get_val_len("a"), 1);
	fav_settings_reset(&other);
	fav_settings_ram_close(&other_ram);
}

static void the_default_ones_are_in_memory_where_there_are_no_files(void **state)
{
	fav_settings_select(NULL);
	assert_int_equal(save("a", "1"), -ENOENT);
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(settings_get_val_len("a"), 1);
	fav_settings_reset(NULL);
	assert_int_equal(settings_get_val_len("a"), 0);
	/* Its own back-end, when the program has registered one. */
	settings_dst_register(&ram.store);
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(save("b", "1"), 0);
	fav_settings_reset(NULL);
	fav_settings_select(&settings);
	assert_int_equal(settings_get_val_len("b"), 1);
}

/* ---- Handlers ---- */

static int bt_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return note_set("bt", key, len, read_cb, cb_arg);
}

static int keys_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return note_set("keys", key, len, read_cb, cb_arg);
}

static int refusing_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	note("refused ");
	return -EINVAL;
}

static int static_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	return note_set("static", key, len, read_cb, cb_arg);
}

static int static_commit(void)
{
	note("static ");
	return 0;
}

SETTINGS_STATIC_HANDLER_DEFINE(of_test, "static", NULL, static_set, static_commit, NULL);
SETTINGS_STATIC_HANDLER_DEFINE_WITH_CPRIO(last, "static/last", NULL, NULL, static_commit, NULL, 99);

static void the_longest_name_gets_the_value(void **state)
{
	struct settings_handler bt = {.name = "bt", .h_set = bt_set};
	struct settings_handler keys = {.name = "bt/keys", .h_set = keys_set};
	struct settings_handler bad = {.name = "bad", .h_set = refusing_set};
	struct settings_handler mute = {.name = "mute"};
	struct settings_handler same = {.name = "static", .h_set = bt_set};
	struct settings_handler none = {.name = ""};

	assert_int_equal(settings_register(&keys), 0);
	assert_int_equal(settings_register(&bt), 0);
	assert_int_equal(settings_register(&bt), -EEXIST);
	assert_int_equal(settings_register(&same), -EEXIST);
	assert_int_equal(settings_register(&none), -EINVAL);
	assert_int_equal(settings_register(NULL), -EINVAL);
	assert_int_equal(settings_register(&bad), 0);
	assert_int_equal(settings_register(&mute), 0);
	assert_int_equal(save("bt/keys/1", "k1"), 0);
	assert_int_equal(save("bt/keysmith", "s"), 0);
	assert_int_equal(save("bt", "b"), 0);
	assert_int_equal(save("bad/1", "?"), 0);
	assert_int_equal(save("mute/1", "?"), 0);
	assert_int_equal(save("nobody", "?"), 0);
	assert_int_equal(save("static/x", "s"), 0);
	assert_int_equal(settings_load(), 0);
	assert_string_equal(calls,
			    "refused bt:-=b keys:1=k1 bt:keysmith=s static:x=s static static ");
	calls[0] = '\0';
	assert_int_equal(settings_load_subtree("bt/keys"), 0);
	assert_string_equal(calls, "keys:1=k1 ");
}

static int commits[3];

static int commit_0(void)
{
	note("0 ");
	return commits[0];
}

static int commit_1(void)
{
	note("1 ");
	return commits[1];
}

static int commit_2(void)
{
	note("2 ");
	return commits[2];
}

static void commits_go_by_priority(void **state)
{
	struct settings_handler h[] = {
		{.name = "h0", .h_commit = commit_0},
		{.name = "h1", .h_commit = commit_1},
		{.name = "h1/sub", .h_commit = commit_2},
	};

	commits[0] = commits[2] = 0;
	commits[1] = -EIO;
	assert_int_equal(settings_register_with_cprio(&h[0], 5), 0);
	assert_int_equal(settings_register_with_cprio(&h[1], -1), 0);
	assert_int_equal(settings_register_with_cprio(&h[2], INT32_MIN), 0);
	assert_int_equal(settings_commit(), -EIO);
	assert_string_equal(calls, "2 1 static 0 static ");
	calls[0] = '\0';
	commits[0] = -EACCES;
	assert_int_equal(settings_load(), -EIO);
	assert_string_equal(calls, "2 1 static 0 static ");
	calls[0] = '\0';
	assert_int_equal(settings_commit_subtree("h1"), -EIO);
	assert_string_equal(calls, "2 1 ");
	assert_int_equal(settings_runtime_commit("h0/x"), -EACCES);
	assert_int_equal(settings_runtime_commit("none"), -EINVAL);
}

static int export_h0(int (*export_func)(const char *name, const void *val, size_t val_len))
{
	return export_func("h0/v", "0", 1);
}

static int export_h1(int (*export_func)(const char *name, const void *val, size_t val_len))
{
	assert_int_equal(export_func("h1/v", "1", 1), 0);
	return -EPERM;
}

static int export_nested(int (*export_func)(const char *name, const void *val, size_t val_len))
{
	return settings_save_subtree("h0");
}

static void save_asks_every_handler(void **state)
{
	struct settings_handler h[] = {
		{.name = "h1", .h_export = export_h1},
		{.name = "h0", .h_export = export_h0},
		{.name = "h2", .h_export = export_nested},
	};

	for (size_t i = 0; i < ARRAY_SIZE(h); i++) {
		assert_int_equal(settings_register(&h[i]), 0);
	}
	assert_int_equal(settings_save_subtree("h0"), 0);
	assert_int_equal(settings_get_val_len("h1/v"), 0);
	assert_int_equal(settings_save(), -EPERM);
	assert_int_equal(settings_get_val_len("h0/v"), 1);
	assert_int_equal(settings_get_val_len("h1/v"), 1);
}

static int runtime_get(const char *key, char *val, int val_len_max)
{
	return snprintf(val, (size_t)val_len_max, "%s", key);
}

static void runtime_values_go_past_the_store(void **state)
{
	struct settings_handler h = {.name = "h", .h_get = runtime_get, .h_set = keys_set};
	struct settings_handler mute = {.name = "mute"};
	char buf[8];

	assert_int_equal(settings_register(&h), 0);
	assert_int_equal(settings_register(&mute), 0);
	assert_int_equal(settings_runtime_set("h/x/y", "val", 3), 0);
	assert_string_equal(calls, "keys:x/y=val ");
	assert_int_equal(settings_get_val_len("h/x/y"), 0);
	assert_int_equal(settings_runtime_get("h/x", buf, sizeof(buf)), 1);
	assert_string_equal(buf, "x");
	assert_int_equal(settings_runtime_set("h/x", NULL, 1), -EINVAL);
	assert_int_equal(settings_runtime_set("none", "v", 1), -EINVAL);
	assert_int_equal(settings_runtime_get("none", buf, 1), -EINVAL);
	assert_int_equal(settings_runtime_set("mute", "v", 1), -ENOTSUP);
	assert_int_equal(settings_runtime_get("mute", buf, 1), -ENOTSUP);
	assert_int_equal(settings_runtime_commit("mute"), 0);
}

/* ---- Changes while values are loaded ---- */

static int changing_set(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg)
{
	char value[8] = {0};

	if (strcmp(key, "1") == 0) {
		assert_int_equal(settings_delete("h/1"), 0);
		assert_int_equal(settings_delete("h/2"), 0);
		assert_int_equal(save("h/3", "new"), 0);
		assert_int_equal(save("h/5", "late"), 0);
	}
	assert_int_equal(read_cb(cb_arg, value, sizeof(value)), len);
	note("%s=%s ", key, value);
	return 0;
}

static void a_handler_may_change_what_is_being_loaded(void **state)
{
	struct settings_handler h = {.name = "h", .h_set = changing_set};

	assert_int_equal(settings_register(&h), 0);
	assert_int_equal(save("h/1", "one"), 0);
	assert_int_equal(save("h/2", "two"), 0);
	assert_int_equal(save("h/3", "old"), 0);
	assert_int_equal(save("h/4", "four"), 0);
	assert_int_equal(settings_load_subtree("h"), 0);
	assert_string_equal(calls, "1=one 3=new 4=four ");
	calls[0] = '\0';
	assert_int_equal(settings_load_subtree("h"), 0);
	assert_string_equal(calls, "3=new 4=four 5=late ");
}

static int stop_at(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg, void *param)
{
	note("%s ", key == NULL ? "-" : key);
	return key != NULL && strcmp(key, param) == 0 ? -EPERM : 0;
}

static void a_direct_load_can_be_stopped(void **state)
{
	assert_int_equal(save("h", "0"), 0);
	assert_int_equal(save("h/1", "1"), 0);
	assert_int_equal(save("h/2", "2"), 0);
	assert_int_equal(save("hh", "3"), 0);
	assert_int_equal(settings_load_subtree_direct("h", stop_at, (void *)"1"), 0);
	assert_string_equal(calls, "- 1 ");
	calls[0] = '\0';
	assert_int_equal(settings_load_subtree_direct("h", stop_at, (void *)""), 0);
	assert_string_equal(calls, "- 1 2 ");
	calls[0] = '\0';
	assert_int_equal(settings_load_subtree_direct(NULL, stop_at, (void *)""), 0);
	assert_string_equal(calls, "h h/1 h/2 hh ");
	assert_int_equal(settings_load_subtree_direct("h", NULL, NULL), -EINVAL);
}

static void of_two_sources_the_later_counts(void **state)
{
	static struct fav_settings_ram second;
	char buf[4];

	fav_settings_ram_init(&second);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(save("b", "1"), 0);
	settings_src_register(&second.store);
	settings_src_register(&second.store);
	settings_dst_register(&second.store);
	assert_int_equal(save("a", "22"), 0);
	assert_int_equal(settings_load_one("a", buf, 4), 2);
	assert_int_equal(settings_load_one("b", buf, 4), 1);
	assert_int_equal(settings_load_subtree_direct("a", stop_at, (void *)""), 0);
	assert_string_equal(calls, "- - ");
	/* Who stops does not hear of the next. */
	calls[0] = '\0';
	assert_int_equal(save("a/1", "1"), 0);
	settings_dst_register(&ram.store);
	assert_int_equal(save("a/1", "1"), 0);
	assert_int_equal(settings_load_subtree_direct("a", stop_at, (void *)"1"), 0);
	assert_string_equal(calls, "- 1 ");
	fav_settings_ram_close(&second);
}

static void each_allocation_can_fail(void **state)
{
	assert_int_equal(save("a", "1"), 0);
	fav_fault_alloc_at(1);
	assert_int_equal(save("a", "22"), -ENOMEM);
	assert_int_equal(settings_get_val_len("a"), 1);
	fav_fault_alloc_at(1);
	assert_int_equal(settings_delete("a"), -ENOMEM);
	assert_int_equal(settings_get_val_len("a"), 1);
	assert_int_equal(settings_delete("a"), 0);
}

/* ---- With the program ---- */

static struct {
	const char *name;
	const char *value;
	int len; /* 0: strlen(value) */
} kept[8];
static int save_result;

static int keeper_save(void *ctx, const char *name, const void *value, size_t len)
{
	assert_ptr_equal(ctx, kept);
	note("%s=%.*s ", name, (int)len, len > 0 ? (const char *)value : "");
	return save_result;
}

static int keeper_load(void *ctx, unsigned int index, char *name, size_t name_size, void *value,
		       size_t value_size)
{
	if (index >= ARRAY_SIZE(kept) || kept[index].name == NULL) {
		return -ENOENT;
	}
	assert_int_equal(name_size, SETTINGS_MAX_NAME_LEN + 1);
	strncpy(name, kept[index].name, name_size);
	if (kept[index].len != 0) {
		return kept[index].len;
	}
	memcpy(value, kept[index].value, strlen(kept[index].value));
	return (int)strlen(kept[index].value);
}

static const struct fav_settings_keeper keeper = {.save = keeper_save, .load = keeper_load};
static struct fav_settings_program program;

static void use_program(const struct fav_settings_keeper *with)
{
	fav_settings_reset(&settings);
	memset(kept, 0, sizeof(kept));
	save_result = 0;
	fav_settings_program_init(&program, with, kept);
	settings_src_register(&program.store);
	settings_dst_register(&program.store);
}

static void a_program_can_keep_the_values(void **state)
{
	struct settings_handler h = {.name = "h", .h_set = keys_set};
	char buf[8];
	void *storage;

	use_program(&keeper);
	assert_int_equal(settings_register(&h), 0);
	kept[0].name = "h/1", kept[0].value = "one";
	kept[1].name = "h/2", kept[1].value = "two";
	kept[2].name = "other", kept[2].value = "x";
	assert_int_equal(settings_load_subtree("h"), 0);
	assert_string_equal(calls, "keys:1=one keys:2=two ");
	assert_int_equal(settings_load_one("h/2", buf, sizeof(buf)), 3);
	assert_int_equal(settings_get_val_len("h/2"), 3);
	assert_int_equal(settings_get_val_len("h"), 0);
	calls[0] = '\0';
	assert_int_equal(save("h/1", "1"), 0);
	assert_int_equal(settings_delete("h/2"), 0);
	assert_string_equal(calls, "h/1=1 h/2= ");
	save_result = -EPERM;
	assert_int_equal(save("h/1", "1"), -EPERM);
	assert_int_equal(settings_storage_get(&storage), -ENOTSUP);
}

static void what_a_program_tells_is_checked(void **state)
{
	char longest[SETTINGS_MAX_NAME_LEN + 2];
	struct settings_handler h = {.name = "h", .h_set = keys_set};

	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	use_program(&keeper);
	assert_int_equal(settings_register(&h), 0);
	kept[0].name = "", kept[0].value = "x";
	kept[1].name = "h=1", kept[1].value = "x";
	kept[2].name = longest, kept[2].value = "x"; /* fills the buffer: no terminator */
	kept[3].name = "h/3", kept[3].value = "";
	kept[4].name = "h/4", kept[4].len = SETTINGS_MAX_VAL_LEN + 1;
	kept[5].name = "h/5", kept[5].value = "good";
	assert_int_equal(settings_load(), 0);
	assert_string_equal(calls, "keys:5=good static static ");
	kept[4].len = -EIO;
	assert_int_equal(settings_load_subtree("h"), -EIO);
}

static int endless_load(void *ctx, unsigned int index, char *name, size_t name_size, void *value,
			size_t value_size)
{
	return index % 2 == 0 ? 0 : INT32_MAX;
}

static int nothing_load(void *ctx, unsigned int index, char *name, size_t name_size, void *value,
			size_t value_size)
{
	return 0;
}

static void a_program_that_never_ends_does_not_hold_us(void **state)
{
	static const struct fav_settings_keeper endless = {.load = endless_load};
	static const struct fav_settings_keeper nothing = {.load = nothing_load};
	static const struct fav_settings_keeper neither;

	use_program(&endless);
	assert_int_equal(settings_load(), -ENOSPC);
	use_program(&nothing);
	assert_int_equal(settings_load(), -ENOSPC);
	use_program(&neither);
	assert_int_equal(settings_load(), 0);
	assert_int_equal(save("a", "1"), -ENOTSUP);
	use_program(&keeper);
	fav_fault_alloc_at(1);
	assert_int_equal(settings_load_subtree("h"), -ENOMEM);
}

static void the_checksum_is_that_of_ieee(void **state)
{
	static const uint8_t digits[] = "123456789";

	assert_int_equal(crc32_ieee(digits, 9), 0xcbf43926);
	assert_int_equal(crc32_ieee(NULL, 0), 0);
	for (size_t cut = 0; cut <= 9; cut++) {
		assert_int_equal(crc32_ieee_update(crc32_ieee(digits, cut), digits + cut, 9 - cut),
				 0xcbf43926);
	}
}

int main(void)
{
#define SETTINGS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		SETTINGS_TEST(steq_compares_words),
		SETTINGS_TEST(next_measures_a_word),
		SETTINGS_TEST(names_have_limits),
		SETTINGS_TEST(one_value_is_saved_read_and_deleted),
		SETTINGS_TEST(values_have_limits),
		SETTINGS_TEST(without_a_back_end_there_is_nothing),
		SETTINGS_TEST(instances_do_not_see_each_other),
		SETTINGS_TEST(the_default_ones_are_in_memory_where_there_are_no_files),
		SETTINGS_TEST(the_longest_name_gets_the_value),
		SETTINGS_TEST(commits_go_by_priority),
		SETTINGS_TEST(save_asks_every_handler),
		SETTINGS_TEST(runtime_values_go_past_the_store),
		SETTINGS_TEST(a_handler_may_change_what_is_being_loaded),
		SETTINGS_TEST(a_direct_load_can_be_stopped),
		SETTINGS_TEST(of_two_sources_the_later_counts),
		SETTINGS_TEST(each_allocation_can_fail),
		SETTINGS_TEST(a_program_can_keep_the_values),
		SETTINGS_TEST(what_a_program_tells_is_checked),
		SETTINGS_TEST(a_program_that_never_ends_does_not_hold_us),
		SETTINGS_TEST(the_checksum_is_that_of_ieee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
