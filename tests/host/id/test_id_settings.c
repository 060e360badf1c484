/* SPDX-License-Identifier: Apache-2.0 */
/* Identities in the settings. A host that is made anew stands for a process that is started again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/bonds.h>
#include <favonius/host.h>
#include <favonius/settings.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/settings/settings.h>

#include "host/host.h"
#include "host/id.h"
#include "host/keys.h"
#include "host/scripted.h"
#include "unit/settings/disk.h"

#define PATH "identities"

static struct scripted s;
static struct fav_settings settings;
static struct fav_settings_file file;

static const bt_addr_le_t peer = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
static bt_addr_le_t static_addr = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

/* ---- Bench ---- */

static int store_open(void)
{
	int err = fav_settings_file_open(&file, &disk_files, PATH);

	fav_settings_select(&settings);
	if (err == 0) {
		settings_src_register(&file.ram.store);
		settings_dst_register(&file.ram.store);
	}
	return err;
}

static void store_close(void)
{
	fav_settings_reset(&settings);
	fav_settings_file_close(&file);
	fav_settings_select(NULL);
}

/* A host with its store, not enabled. */
static void begin(void)
{
	scripted_begin(&s);
	assert_int_equal(store_open(), 0);
	fav_host_settings_set(s.host, &settings);
}

static void end(void)
{
	fav_host_select(s.host);
	(void)bt_disable();
	store_close();
	scripted_down(&s);
}

static void restart(void)
{
	end();
	begin();
	scripted_enable(&s);
}

/* What the host has. */
struct ids {
	size_t count;
	bt_addr_le_t addrs[CONFIG_BT_ID_MAX];
	uint8_t irks[CONFIG_BT_ID_MAX][16];
};

static struct ids ids(void)
{
	struct ids got = {.count = CONFIG_BT_ID_MAX};

	bt_id_get(got.addrs, &got.count);
	for (uint8_t i = 0; i < got.count; i++) {
		(void)fav_id_irk_get(s.host, i, got.irks[i]);
	}
	return got;
}

static bool same(const struct ids *a, const struct ids *b)
{
	return a->count == b->count &&
	       memcmp(a->addrs, b->addrs, a->count * sizeof(a->addrs[0])) == 0 &&
	       memcmp(a->irks, b->irks, a->count * 16) == 0;
}

static void assert_same(const struct ids *before)
{
	struct ids now = ids();

	assert_true(same(before, &now));
}

static int setup(void **state)
{
	disk_format();
	begin();
	return 0;
}

static int teardown(void **state)
{
	end();
	return 0;
}

/* ---- Tests ---- */

static void identities_and_their_keys_come_back(void **state)
{
	struct ids before;

	scripted_enable(&s);
	assert_int_equal(bt_id_create(&static_addr, NULL), 1);
	assert_int_equal(bt_id_create(NULL, NULL), 2);
	assert_int_equal(bt_id_create(NULL, NULL), 3);
	assert_int_equal(bt_id_delete(2), 0);
	before = ids();
	assert_int_equal(before.count, 4);
	assert_int_equal(before.addrs[0].type, BT_ADDR_LE_PUBLIC);
	restart();
	assert_same(&before);
	assert_int_equal(bt_id_reset(2, NULL, NULL), 2);
	assert_int_equal(bt_id_delete(3), 0);
	before = ids();
	assert_int_equal(before.count, 3);
	restart();
	assert_same(&before);
}

static void a_static_address_that_was_made_comes_back(void **state)
{
	struct ids before;

	memset(&s.public_addr, 0, 6);
	scripted_enable(&s);
	before = ids();
	assert_int_equal(before.addrs[0].type, BT_ADDR_LE_RANDOM);
	end();
	begin();
	memset(&s.public_addr, 0, 6);
	scripted_enable(&s);
	assert_same(&before);
}

static void another_controller_has_another_address_and_the_same_key(void **state)
{
	struct ids before, now;

	scripted_enable(&s);
	before = ids();
	end();
	begin();
	s.public_addr.val[1] ^= 0xff;
	scripted_enable(&s);
	now = ids();
	assert_memory_equal(&now.addrs[0].a, &s.public_addr, 6);
	assert_memory_equal(now.irks[0], before.irks[0], 16);
}

static void an_identity_that_the_program_makes_each_time_keeps_its_key(void **state)
{
	uint8_t irk[16] = {9, 8, 7};
	struct ids before, now;

	assert_int_equal(bt_id_create(&static_addr, NULL), 0);
	scripted_enable(&s);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	before = ids();
	end();
	begin();
	assert_int_equal(bt_id_create(&static_addr, NULL), 0);
	scripted_enable(&s);
	assert_same(&before);
	/* Unless it gives one. */
	end();
	begin();
	assert_int_equal(bt_id_create(&static_addr, irk), 0);
	scripted_enable(&s);
	now = ids();
	assert_int_equal(now.count, 2);
	assert_memory_equal(now.irks[0], irk, 16);
	assert_memory_equal(now.irks[1], before.irks[1], 16);
	before = ids();
	restart();
	assert_same(&before);
}

static void what_the_program_makes_prevails_over_what_was_kept(void **state)
{
	bt_addr_le_t other = static_addr;
	struct ids now;

	scripted_enable(&s);
	end();
	begin();
	other.a.val[0] = 0x77;
	assert_int_equal(bt_id_create(&other, NULL), 0);
	scripted_enable(&s);
	now = ids();
	assert_int_equal(now.count, 1);
	assert_memory_equal(&now.addrs[0], &other, sizeof(other));
	restart();
	assert_same(&now);
}

static void what_is_no_identity_is_not_read(void **state)
{
	uint8_t value[64] = {0};
	struct ids now;

	for (size_t len = 1; len <= sizeof(value); len++) {
		for (int fill = 0; fill < 3; fill++) {
			memset(value, fill == 0 ? 0 : fill == 1 ? 0xff : 0x41, sizeof(value));
			assert_int_equal(settings_save_one("bt/id", value, len), 0);
			assert_int_equal(settings_save_one("bt/irk", value, len), 0);
			scripted_enable(&s);
			now = ids();
			assert_int_equal(now.count, 1);
			assert_memory_equal(&now.addrs[0].a, &s.public_addr, 6);
			restart();
			assert_same(&now);
			end();
			disk_format();
			begin();
		}
	}
}

static void a_key_that_was_not_saved_is_made_anew(void **state)
{
	struct ids before, now;

	scripted_enable(&s);
	before = ids();
	assert_int_equal(settings_delete("bt/irk"), 0);
	restart();
	now = ids();
	assert_memory_equal(now.addrs, before.addrs, sizeof(now.addrs[0]));
	assert_memory_not_equal(now.irks[0], (uint8_t[16]){0}, 16);
	restart();
	assert_same(&now);
}

static void what_cannot_be_saved_is_not_made(void **state)
{
	struct ids before;

	scripted_enable(&s);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	before = ids();
	/* The disk is full for one write. */
	disk_fail_at(1, -ENOSPC);
	assert_int_equal(bt_id_create(NULL, NULL), -ENOSPC);
	assert_same(&before);
	disk_fail_at(1, -ENOSPC);
	assert_int_equal(bt_id_reset(1, NULL, NULL), -ENOSPC);
	assert_same(&before);
	disk_fail_at(1, -ENOSPC);
	assert_int_equal(bt_id_delete(1), -ENOSPC);
	assert_same(&before);
	disk_fail_at(0, 0);
	restart();
	assert_same(&before);
}

static int bond(uint8_t id)
{
	struct keys_bond bond = {
		.id = id, .addr = peer, .has = KEYS_SC_LTK, .flags = KEYS_SC, .key_size = 16};

	return keys__commit(host__keys(s.host), &bond, NULL, NULL);
}

/* What the power cut interrupts. */
static void create(void)
{
	(void)bt_id_create(NULL, NULL);
}

static void reset(void)
{
	(void)bt_id_reset(1, NULL, NULL);
}

static void delete (void)
{
	(void)bt_id_delete(1);
}

/* Whatever is cut: the default identity and the others stay as they were, the one that changes is
 * the old or a new one, and there is no bond with a peer that knows it by another key. */
static void power_is_cut(void (*deed)(void), const struct disk_cut *cut)
{
	bool reached = true;

	for (unsigned int n = 1; reached; n++) {
		struct ids before, after, now;

		end();
		disk_format();
		begin();
		scripted_enable(&s);
		assert_int_equal(bt_id_create(&static_addr, NULL), 1);
		assert_int_equal(bt_id_create(NULL, NULL), 2);
		assert_int_equal(bond(1), 0);
		before = ids();
		disk_cut_at(n, *cut);
		deed();
		reached = disk_ops() >= n;
		after = ids();
		end();
		disk_power_on();
		begin();
		scripted_enable(&s);
		assert_int_equal(settings_load(), 0);
		now = ids();
		assert_memory_equal(now.addrs, before.addrs, sizeof(now.addrs[0]));
		assert_memory_equal(now.irks[0], before.irks[0], 16);
		assert_memory_equal(&now.addrs[2], &before.addrs[2], sizeof(now.addrs[0]));
		assert_memory_equal(now.irks[2], before.irks[2], 16);
		if (!reached) {
			assert_true(same(&now, &after));
		}
		if (fav_bonds_has(s.host, 1, &peer)) {
			assert_memory_equal(&now.addrs[1], &before.addrs[1], sizeof(now.addrs[0]));
			assert_memory_equal(now.irks[1], before.irks[1], 16);
		}
	}
}

static void a_power_cut_leaves_each_identity_its_key(void **state)
{
	static void (*const deeds[])(void) = {create, reset, delete};

	for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
		const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};

		for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
			power_is_cut(deeds[i], &cut);
		}
	}
}

static void a_power_cut_at_the_first_start_is_survived(void **state)
{
	for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
		const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};
		bool reached = true;

		for (unsigned int n = 1; reached; n++) {
			struct ids now;

			end();
			disk_format();
			begin();
			disk_cut_at(n, cut);
			(void)bt_enable(NULL);
			reached = disk_ops() >= n;
			end();
			disk_power_on();
			begin();
			scripted_enable(&s);
			now = ids();
			assert_int_equal(now.count, 1);
			restart();
			assert_same(&now);
		}
	}
}

#define ID_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ID_TEST(identities_and_their_keys_come_back),
		ID_TEST(a_static_address_that_was_made_comes_back),
		ID_TEST(another_controller_has_another_address_and_the_same_key),
		ID_TEST(an_identity_that_the_program_makes_each_time_keeps_its_key),
		ID_TEST(what_the_program_makes_prevails_over_what_was_kept),
		ID_TEST(what_is_no_identity_is_not_read),
		ID_TEST(a_key_that_was_not_saved_is_made_anew),
		ID_TEST(what_cannot_be_saved_is_not_made),
		ID_TEST(a_power_cut_leaves_each_identity_its_key),
		ID_TEST(a_power_cut_at_the_first_start_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
