/* SPDX-License-Identifier: Apache-2.0 */
/* Bonds in the settings. A host that is made anew stands for a process that is started again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/host.h>
#include <favonius/loop.h>
#include <favonius/settings.h>
#include <zephyr/sys/util.h>

#include "host/host.h"
#include "host/smp.h"
#include "unit/settings/disk.h"

#define PATH      "bonds"
#define VALUE_LEN 108

static struct bt_host *host;
static struct keys *keys;
static struct fav_settings settings;
static struct fav_settings_file file;

static const bt_addr_le_t public = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
static const bt_addr_le_t fixed = {BT_ADDR_LE_RANDOM, {{0xff, 0, 0, 0, 0, 0xc0}}};

/* ---- Bench ---- */

static void start(void)
{
	assert_int_equal(fav_settings_file_open(&file, &disk_files, PATH), 0);
	fav_settings_select(&settings);
	settings_src_register(&file.ram.store);
	settings_dst_register(&file.ram.store);
	host = fav_host_create();
	assert_non_null(host);
	fav_host_select(host);
	keys = host__keys(host);
	fav_host_settings_set(host, &settings);
}

static void stop(void)
{
	assert_int_equal(fav_host_destroy(host), 0);
	fav_settings_reset(&settings);
	fav_settings_file_close(&file);
}

static void restart(void)
{
	stop();
	start();
	assert_int_equal(settings_load(), 0);
}

static int setup(void **state)
{
	disk_format();
	start();
	return 0;
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_fault_alloc_at(0);
	stop();
	fav_settings_select(NULL);
	fav_kernel_usage_get(&usage);
	return usage.heap_blocks == 0 ? 0 : -1;
}

/* Every byte of the keys is another one. */
static struct keys_bond bond_of(uint8_t id, const bt_addr_le_t *addr, uint8_t seed)
{
	struct keys_bond bond;

	memset(&bond, 0, sizeof(bond));
	for (size_t i = 0; i < SMP_KEY_LEN; i++) {
		bond.peer_ltk.value[i] = (uint8_t)(seed + i);
		bond.local_ltk.value[i] = (uint8_t)(seed + 16 + i);
		bond.irk[i] = (uint8_t)(seed + 32 + i);
		bond.peer_csrk[i] = (uint8_t)(seed + 48 + i);
		bond.local_csrk[i] = (uint8_t)(seed + 64 + i);
	}
	memset(bond.peer_ltk.rand, seed + 80, sizeof(bond.peer_ltk.rand));
	memset(bond.local_ltk.rand, seed + 81, sizeof(bond.local_ltk.rand));
	bond.peer_ltk.ediv = (uint16_t)(0x1200 + seed);
	bond.local_ltk.ediv = (uint16_t)(0x3400 + seed);
	bond.id = id;
	bond.addr = *addr;
	bond.has =
		KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_PEER_IRK | KEYS_PEER_CSRK | KEYS_LOCAL_CSRK;
	bond.flags = KEYS_AUTHENTICATED;
	bond.key_size = 16;
	return bond;
}

static int commit(const struct keys_bond *bond)
{
	return keys__commit(keys, bond, NULL, NULL);
}

static void assert_has(const struct keys_bond *bond)
{
	const struct keys_bond *found = keys__find(keys, bond->id, &bond->addr);
	struct keys_bond same;

	assert_non_null(found);
	same = *found;
	same.age = bond->age;
	assert_memory_equal(&same.peer_ltk.rand, bond->peer_ltk.rand, 8);
	assert_memory_equal(&same.local_ltk.rand, bond->local_ltk.rand, 8);
	assert_memory_equal(&same.peer_ltk.value, bond->peer_ltk.value, 16);
	assert_memory_equal(&same.local_ltk.value, bond->local_ltk.value, 16);
	assert_int_equal(same.peer_ltk.ediv, bond->peer_ltk.ediv);
	assert_int_equal(same.local_ltk.ediv, bond->local_ltk.ediv);
	assert_memory_equal(same.irk, bond->irk, 16);
	assert_memory_equal(same.peer_csrk, bond->peer_csrk, 16);
	assert_memory_equal(same.local_csrk, bond->local_csrk, 16);
	assert_int_equal(same.has, bond->has);
	assert_int_equal(same.flags, bond->flags);
	assert_int_equal(same.key_size, bond->key_size);
}

static unsigned int count(void)
{
	unsigned int bonds = 0;

	for (uint8_t id = 0; id < CONFIG_BT_ID_MAX; id++) {
		struct keys_bond *bond = NULL;

		while ((bond = keys__next(keys, id, bond)) != NULL) {
			bonds++;
		}
	}
	return bonds;
}

/* ---- Tests ---- */

static void bonds_come_back_after_a_restart(void **state)
{
	struct keys_bond a = bond_of(0, &public, 1);
	struct keys_bond b = bond_of(1, &fixed, 100);

	b.has = KEYS_SC_LTK;
	b.flags = KEYS_SC | KEYS_OOB;
	b.key_size = 7;
	assert_int_equal(commit(&a), 0);
	assert_int_equal(commit(&b), 0);
	restart();
	assert_int_equal(count(), 2);
	assert_has(&a);
	assert_has(&b);
}

static void names_are_those_of_zephyr(void **state)
{
	struct keys_bond a = bond_of(0, &public, 1);
	struct keys_bond b = bond_of(3, &fixed, 2);

	assert_int_equal(commit(&a), 0);
	assert_int_equal(commit(&b), 0);
	assert_int_equal(settings_get_val_len("bt/keys/0605040302010"), VALUE_LEN);
	assert_int_equal(settings_get_val_len("bt/keys/c000000000ff1/3"), VALUE_LEN);
}

static void a_bond_that_is_removed_stays_away(void **state)
{
	struct keys_bond a = bond_of(0, &public, 1);
	struct keys_bond b = bond_of(0, &fixed, 2);

	assert_int_equal(commit(&a), 0);
	assert_int_equal(commit(&b), 0);
	keys__remove(keys, keys__find(keys, 0, &public));
	restart();
	assert_int_equal(count(), 1);
	assert_has(&b);
}

static void a_bond_that_cannot_be_saved_is_not_made(void **state)
{
	struct keys_bond a = bond_of(0, &public, 1);
	struct keys_bond other = bond_of(0, &public, 50);

	disk_fail_at(2, -ENOSPC);
	assert_int_equal(commit(&a), -ENOSPC);
	assert_int_equal(count(), 0);
	assert_int_equal(commit(&a), 0);
	disk_fail_at(2, -EIO);
	assert_int_equal(commit(&other), -EIO);
	assert_has(&a);
	fav_fault_alloc_at(1);
	assert_int_equal(commit(&other), -ENOMEM);
	fav_fault_alloc_at(0);
	assert_has(&a);
	restart();
	assert_has(&a);
	assert_int_equal(commit(&other), 0);
	restart();
	assert_has(&other);
}

static void a_power_cut_leaves_the_old_bond_or_the_new(void **state)
{
	struct keys_bond old = bond_of(0, &public, 1);
	struct keys_bond new = bond_of(0, &public, 50);
	struct keys_bond other = bond_of(0, &fixed, 99);

	for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
		const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};
		bool reached = true;

		for (unsigned int n = 1; reached; n++) {
			stop();
			disk_format();
			start();
			assert_int_equal(commit(&old), 0);
			assert_int_equal(commit(&other), 0);
			disk_cut_at(n, cut);
			bool made = commit(&new) == 0;
			reached = disk_ops() >= n;
			assert_true(made || reached);
			stop();
			disk_power_on();
			start();
			assert_int_equal(settings_load(), 0);
			assert_int_equal(count(), 2);
			assert_has(&other);
			if (made || keys__find(keys, 0, &public)->irk[0] != old.irk[0]) {
				assert_has(&new);
			} else {
				assert_has(&old);
			}
		}
	}
}

static void a_power_cut_leaves_the_bond_or_none(void **state)
{
	struct keys_bond bond = bond_of(0, &public, 1);

	for (unsigned int v = 0; v < DISK_BYTES_COUNT * 4; v++) {
		const struct disk_cut cut = {v / 4, (v & 1) != 0, (v & 2) != 0};
		bool reached = true;

		for (unsigned int n = 1; reached; n++) {
			stop();
			disk_format();
			start();
			assert_int_equal(commit(&bond), 0);
			disk_cut_at(n, cut);
			keys__remove(keys, keys__find(keys, 0, &public));
			reached = disk_ops() >= n;
			stop();
			disk_power_on();
			start();
			assert_int_equal(settings_load(), 0);
			if (count() != 0) {
				assert_true(reached);
				assert_has(&bond);
			}
		}
	}
}

static void a_value_that_is_no_bond_is_refused(void **state)
{
	static const char *const names[] = {
		"bt/keys",
		"bt/keys/",
		"bt/keys/060504030201",
		"bt/keys/06050403020100",
		"bt/keys/0605040302012",
		"bt/keys/060504030201/",
		"bt/keys/0605040302010/0",
		"bt/keys/0605040302010/01",
		"bt/keys/0605040302010/4",
		"bt/keys/0605040302010/",
		"bt/keys/0605040302010/1/",
		"bt/keys/060504030201x",
		"bt/keys/x605040302010",
		"bt/keys/00000000000f1", /* not static */
		"bt/keys/C000000000ff1",
		"bt/keys/0605040302010/\xff",
	};
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {{0, 0}, {0, 2}, {1, 0}, {1, 0x40}, {2, 0x10}, {3, 6}, {3, 17}};
	struct keys_bond bond = bond_of(0, &public, 1);
	uint8_t value[VALUE_LEN + 1] = {0};

	assert_int_equal(commit(&bond), 0);
	assert_int_equal(settings_load_one("bt/keys/0605040302010", value, VALUE_LEN), VALUE_LEN);
	keys__remove(keys, keys__find(keys, 0, &public));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(settings_save_one(names[i], value, VALUE_LEN), 0);
		assert_int_equal(settings_load_subtree("bt"), 0);
		assert_int_equal(count(), 0);
		assert_int_equal(settings_delete(names[i]), 0);
	}
	for (size_t len = 1; len <= sizeof(value); len++) {
		if (len != VALUE_LEN) {
			assert_int_equal(settings_runtime_set("bt/keys/0605040302010", value, len),
					 -EINVAL);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint8_t right = value[wrong[i].at];

		value[wrong[i].at] = wrong[i].value;
		assert_int_equal(settings_runtime_set("bt/keys/0605040302010", value, VALUE_LEN),
				 -EINVAL);
		value[wrong[i].at] = right;
	}
	assert_int_equal(count(), 0);
	assert_int_equal(settings_runtime_set("bt/keys/0605040302010", value, VALUE_LEN), 0);
	assert_has(&bond);
}

static void more_bonds_than_places_are_left_in_the_store(void **state)
{
	char name[SETTINGS_MAX_NAME_LEN];
	struct keys_bond bond = bond_of(0, &public, 1);
	uint8_t value[VALUE_LEN];

	assert_int_equal(commit(&bond), 0);
	assert_int_equal(settings_load_one("bt/keys/0605040302010", value, VALUE_LEN), VALUE_LEN);
	for (unsigned int n = 1; n < CONFIG_BT_MAX_PAIRED + 5; n++) {
		snprintf(name, sizeof(name), "bt/keys/0605040302%02x0", 1 + n);
		assert_int_equal(settings_save_one(name, value, VALUE_LEN), 0);
	}
	restart();
	assert_int_equal(count(), CONFIG_BT_MAX_PAIRED);
	assert_int_equal(settings_get_val_len(name), VALUE_LEN);
}

static void the_oldest_bond_is_so_after_a_restart(void **state)
{
	bt_addr_le_t addr = public;
	struct keys_bond evicted;
	struct keys_bond bond;

	/* Their names sort the other way round. */
	for (unsigned int n = 0; n < 3 * CONFIG_BT_MAX_PAIRED; n++) {
		addr.a.val[0] = (uint8_t)(200 - n % CONFIG_BT_MAX_PAIRED);
		bond = bond_of(0, &addr, (uint8_t)n);
		assert_int_equal(commit(&bond), 0);
	}
	restart();
	bond = bond_of(0, &fixed, 7);
	assert_int_equal(commit(&bond), -ENOMEM);
	keys->evict_oldest = true;
	assert_int_equal(keys__commit(keys, &bond, NULL, &evicted), 0);
	assert_int_equal(evicted.addr.a.val[0], 200);
	/* And the new one is the newest. */
	assert_int_equal(keys__find(keys, 0, &fixed)->age, keys->clock);
	assert_int_equal(keys->clock, 3 * CONFIG_BT_MAX_PAIRED + 1);
	restart();
	assert_has(&bond);
	assert_null(keys__find(keys, 0, &evicted.addr));
}

static void each_host_has_its_own(void **state)
{
	static struct fav_settings other_settings;
	static struct fav_settings_ram ram;
	struct bt_host *other = fav_host_create();
	struct keys_bond bond = bond_of(0, &public, 1);

	assert_int_equal(commit(&bond), 0);
	fav_settings_ram_init(&ram);
	fav_settings_select(&other_settings);
	settings_src_register(&ram.store);
	settings_dst_register(&ram.store);
	fav_host_settings_set(other, &other_settings);
	/* Whichever settings are current, a bond goes to its host's. */
	bond.addr = fixed;
	assert_int_equal(commit(&bond), 0);
	assert_int_equal(settings_get_val_len("bt/keys/c000000000ff1"), 0);
	/* What is loaded is not given to a host whose it is not. */
	fav_host_select(other);
	fav_settings_select(&settings);
	assert_int_equal(settings_load(), 0);
	assert_null(keys__next(host__keys(other), 0, NULL));
	fav_host_select(host);
	restart();
	assert_int_equal(count(), 2);
	fav_settings_reset(&other_settings);
	fav_settings_ram_close(&ram);
	assert_int_equal(fav_host_destroy(other), 0);
}

static void a_host_without_settings_takes_no_bond(void **state)
{
	struct bt_host *other = fav_host_create();
	struct keys_bond bond = bond_of(0, &public, 1);
	uint8_t value[VALUE_LEN];

	assert_int_equal(commit(&bond), 0);
	assert_int_equal(settings_load_one("bt/keys/0605040302010", value, VALUE_LEN), VALUE_LEN);
	fav_host_select(other);
	assert_int_equal(settings_load(), 0);
	assert_null(keys__next(host__keys(other), 0, NULL));
	/* Of the default settings neither, which it would have if it had any. */
	fav_settings_select(NULL);
	assert_int_equal(settings_runtime_set("bt/keys/0605040302010", value, VALUE_LEN), 0);
	assert_null(keys__next(host__keys(other), 0, NULL));
	fav_settings_select(&settings);
	fav_host_select(host);
	assert_int_equal(fav_host_destroy(other), 0);
}

int main(void)
{
#define KEYS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		KEYS_TEST(bonds_come_back_after_a_restart),
		KEYS_TEST(names_are_those_of_zephyr),
		KEYS_TEST(a_bond_that_is_removed_stays_away),
		KEYS_TEST(a_bond_that_cannot_be_saved_is_not_made),
		KEYS_TEST(a_power_cut_leaves_the_old_bond_or_the_new),
		KEYS_TEST(a_power_cut_leaves_the_bond_or_none),
		KEYS_TEST(a_value_that_is_no_bond_is_refused),
		KEYS_TEST(more_bonds_than_places_are_left_in_the_store),
		KEYS_TEST(the_oldest_bond_is_so_after_a_restart),
		KEYS_TEST(each_host_has_its_own),
		KEYS_TEST(a_host_without_settings_takes_no_bond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
