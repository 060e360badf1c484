/* SPDX-License-Identifier: Apache-2.0 */
/* Bonds that the program keeps, and what is left of keys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/bonds.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "host/host.h"
#include "host/id.h"
#include "host/keys.h"
#include "host/scripted.h"
#include "host/smp.h"

static struct scripted s;

static const bt_addr_le_t peer = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};

/* ---- The program ---- */

static struct {
	uint8_t key[FAV_BOND_KEY_LEN];
	uint8_t bond[FAV_BOND_LEN];
	bool used;
} kept[4];
static int fail_with;

static int keep(struct bt_host *host, const uint8_t *key, const uint8_t *bond)
{
	if (fail_with != 0) {
		return fail_with;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!kept[i].used || memcmp(kept[i].key, key, FAV_BOND_KEY_LEN) == 0) {
			kept[i].used = true;
			memcpy(kept[i].key, key, FAV_BOND_KEY_LEN);
			memcpy(kept[i].bond, bond, FAV_BOND_LEN);
			return 0;
		}
	}
	return -ENOSPC;
}

static int forget(struct bt_host *host, const uint8_t *key)
{
	if (fail_with != 0) {
		return fail_with;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (memcmp(kept[i].key, key, FAV_BOND_KEY_LEN) == 0) {
			kept[i].used = false;
		}
	}
	return 0;
}

static const struct fav_bond_keeper keeper = {.save = keep, .erase = forget};

/* ---- Bench ---- */

static int setup(void **state)
{
	memset(kept, 0, sizeof(kept));
	fail_with = 0;
	scripted_up(&s);
	assert_int_equal(fav_bonds_keep(s.host, &keeper), 0);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

static int bond_with(uint8_t id, const bt_addr_le_t *addr)
{
	struct keys_bond bond = {
		.id = id,
		.addr = *addr,
		.has = KEYS_SC_LTK | KEYS_PEER_IRK,
		.flags = KEYS_SC | KEYS_AUTHENTICATED,
		.key_size = 16,
	};

	memset(bond.peer_ltk.value, 0xa7, 16);
	memset(bond.irk, 0xc3, 16);
	return keys__commit(host__keys(s.host), &bond, NULL, NULL);
}

/* ---- Tests ---- */

static void a_bond_is_kept_and_comes_back(void **state)
{
	const struct keys_bond *bond;

	assert_int_equal(bond_with(0, &peer), 0);
	assert_true(kept[0].used);
	assert_true(fav_bonds_has(s.host, 0, &peer));
	/* Its name is ours and the peer's. */
	assert_int_equal(kept[0].key[0], BT_ADDR_LE_PUBLIC);
	assert_memory_equal(&kept[0].key[1], &s.public_addr, 6);
	assert_int_equal(kept[0].key[7], BT_ADDR_LE_PUBLIC);
	assert_memory_equal(&kept[0].key[8], &peer.a, 6);
	assert_memory_equal(kept[0].bond, kept[0].key, FAV_BOND_KEY_LEN);
	/* Another run. */
	assert_int_equal(fav_bonds_keep(s.host, &keeper), 0);
	assert_false(fav_bonds_has(s.host, 0, &peer));
	assert_true(kept[0].used);
	assert_int_equal(fav_bonds_restore(s.host, kept[0].bond, FAV_BOND_LEN), 0);
	bond = keys__find(host__keys(s.host), 0, &peer);
	assert_non_null(bond);
	assert_int_equal(bond->peer_ltk.value[3], 0xa7);
	assert_int_equal(bond->flags, KEYS_SC | KEYS_AUTHENTICATED);
	assert_int_equal(fav_bonds_restore(s.host, kept[0].bond, FAV_BOND_LEN), 0);
	assert_int_equal(bt_unpair(0, &peer), 0);
	assert_false(kept[0].used);
}

static void a_bond_of_another_identity_goes_there(void **state)
{
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	assert_int_equal(bond_with(1, &peer), 0);
	assert_int_equal(fav_bonds_keep(s.host, &keeper), 0);
	assert_int_equal(fav_bonds_restore(s.host, kept[0].bond, FAV_BOND_LEN), 0);
	assert_true(fav_bonds_has(s.host, 1, &peer));
	assert_false(fav_bonds_has(s.host, 0, &peer));
	/* With the identity it goes, and its keeper hears of it while its name is known. */
	assert_int_equal(bt_id_delete(1), 0);
	assert_false(kept[0].used);
	assert_int_equal(fav_bonds_restore(s.host, kept[0].bond, FAV_BOND_LEN), -EINVAL);
}

static void what_cannot_be_kept_is_no_bond(void **state)
{
	fail_with = -ENOSPC;
	assert_int_equal(bond_with(0, &peer), -ENOSPC);
	assert_false(fav_bonds_has(s.host, 0, &peer));
}

static void what_cannot_be_forgotten_stays(void **state)
{
	assert_int_equal(bond_with(0, &peer), 0);
	fail_with = -EIO;
	assert_int_equal(bt_unpair(0, &peer), -EIO);
	assert_int_equal(bt_unpair(0, NULL), -EIO);
	assert_true(fav_bonds_has(s.host, 0, &peer));
	fail_with = 0;
	assert_int_equal(bt_unpair(0, &peer), 0);
	assert_false(fav_bonds_has(s.host, 0, &peer));
}

static void an_identity_whose_bonds_cannot_be_forgotten_stays(void **state)
{
	bt_addr_le_t before[2], after[2];
	size_t count = 2;

	assert_int_equal(bt_id_create(NULL, NULL), 1);
	bt_id_get(before, &count);
	assert_int_equal(bond_with(1, &peer), 0);
	fail_with = -EIO;
	assert_int_equal(bt_id_reset(1, NULL, NULL), -EIO);
	assert_int_equal(bt_id_delete(1), -EIO);
	bt_id_get(after, &count);
	assert_memory_equal(before, after, sizeof(before));
	assert_true(fav_bonds_has(s.host, 1, &peer));
	fail_with = 0;
	assert_int_equal(bt_id_reset(1, NULL, NULL), 1);
	assert_false(fav_bonds_has(s.host, 1, &peer));
}

static void bytes_that_are_no_bond_are_refused(void **state)
{
	uint8_t bytes[FAV_BOND_LEN + 1];

	assert_int_equal(bond_with(0, &peer), 0);
	memcpy(bytes, kept[0].bond, FAV_BOND_LEN);
	bytes[FAV_BOND_LEN] = 0;
	assert_int_equal(fav_bonds_keep(s.host, &keeper), 0);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		if (len != FAV_BOND_LEN) {
			assert_int_equal(fav_bonds_restore(s.host, bytes, len), -EINVAL);
		}
	}
	/* Of another device of ours; no version, no keys, a key of 17 bytes. */
	for (size_t i = 0; i < 4; i++) {
		static const size_t at[] = {3, FAV_BOND_KEY_LEN, FAV_BOND_KEY_LEN + 1,
					    FAV_BOND_KEY_LEN + 3};
		static const uint8_t wrong[] = {0x77, 9, 0, 17};
		uint8_t right = bytes[at[i]];

		bytes[at[i]] = wrong[i];
		assert_int_equal(fav_bonds_restore(s.host, bytes, FAV_BOND_LEN), -EINVAL);
		bytes[at[i]] = right;
	}
	assert_int_equal(fav_bonds_restore(s.host, bytes, FAV_BOND_LEN), 0);
}

static void the_key_of_an_identity_can_be_given(void **state)
{
	uint8_t irk[16], given[16] = {1, 2, 3}, zero[16] = {0};

	assert_int_equal(fav_id_irk_get(s.host, 0, irk), 0);
	assert_memory_not_equal(irk, zero, 16);
	assert_int_equal(fav_id_irk_get(s.host, 1, irk), -EINVAL);
	assert_int_equal(fav_id_irk_set(s.host, 1, given), -EINVAL);
	assert_int_equal(fav_id_irk_set(s.host, 0, zero), -EINVAL);
	assert_int_equal(fav_id_irk_set(s.host, 0, given), 0);
	assert_int_equal(fav_id_irk_get(s.host, 0, irk), 0);
	assert_memory_equal(irk, given, 16);
	/* Also over bt_disable(). */
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_int_equal(fav_id_irk_get(s.host, 0, irk), 0);
	assert_memory_equal(irk, given, 16);
}

static void a_keeper_does_not_change_under_links(void **state)
{
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(fav_bonds_keep(s.host, NULL), -EBUSY);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(fav_bonds_keep(s.host, NULL), 0);
}

/* The kernel's heap is one block of ours, so what was freed can be looked at. */
static bool is_found(const void *memory, size_t len, const uint8_t pattern[16])
{
	for (size_t i = 0; i + 16 <= len; i++) {
		if (memcmp((const uint8_t *)memory + i, pattern, 16) == 0) {
			return true;
		}
	}
	return false;
}

static void a_destroyed_host_leaves_no_keys(void **state)
{
	struct keys *keys = host__keys(s.host);
	struct id *id = host__id(s.host);
	struct smp *smp = host__smp(s.host);
	struct bt_le_oob oob;
	uint8_t ltk[16], irk[16], own[16], secret[16];

	memset(ltk, 0xa7, sizeof(ltk));
	memset(irk, 0xc3, sizeof(irk));
	assert_int_equal(bond_with(0, &peer), 0);
	assert_int_equal(fav_id_irk_get(s.host, 0, own), 0);
	assert_int_equal(bt_le_oob_get_local(0, &oob), 0);
	memcpy(secret, smp->oob_pair.secret, sizeof(secret));
	assert_true(is_found(keys, sizeof(*keys), ltk));
	assert_true(is_found(keys, sizeof(*keys), irk));
	assert_true(is_found(id, sizeof(*id), own));
	assert_true(is_found(smp, sizeof(*smp), secret));
	scripted_down(&s);
	assert_false(is_found(keys, sizeof(*keys), ltk));
	assert_false(is_found(keys, sizeof(*keys), irk));
	assert_false(is_found(id, sizeof(*id), own));
	assert_false(is_found(smp, sizeof(*smp), secret));
	scripted_up(&s);
}

#define KEEPER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPER_TEST(a_bond_is_kept_and_comes_back),
		KEEPER_TEST(a_bond_of_another_identity_goes_there),
		KEEPER_TEST(what_cannot_be_kept_is_no_bond),
		KEEPER_TEST(what_cannot_be_forgotten_stays),
		KEEPER_TEST(an_identity_whose_bonds_cannot_be_forgotten_stays),
		KEEPER_TEST(bytes_that_are_no_bond_are_refused),
		KEEPER_TEST(the_key_of_an_identity_can_be_given),
		KEEPER_TEST(a_keeper_does_not_change_under_links),
		KEEPER_TEST(a_destroyed_host_leaves_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
