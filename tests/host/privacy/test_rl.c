/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's resolving list, which the host keeps in step with its bonds. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>

#include "host/host.h"
#include "host/id.h"
#include "host/keys.h"
#include "peers.h"

/* What the controller's list has, from the commands that it was sent. */
static struct list {
	size_t count;
	struct bt_hci_cp_le_add_dev_to_rl entries[32];
	uint8_t modes[32];
	bool on;
	bool quiet_broken;
} list;

static void list_remove(const bt_addr_le_t *addr)
{
	for (size_t i = 0; i < list.count; i++) {
		if (bt_addr_le_eq(&list.entries[i].peer_id_addr, addr)) {
			list.count--;
			memmove(&list.entries[i], &list.entries[i + 1],
				(list.count - i) * sizeof(list.entries[0]));
			return;
		}
	}
	fail_msg("removed what was not in the list");
}

/* Replay all commands since the last Reset, as a controller that holds the host to the rules. */
static void list_read(void)
{
	bool adv = false, scan = false, init = false;

	assert_true(s.cmd_count <= SCRIPTED_LOG);
	list = (struct list){0};
	for (uint32_t i = 0; i < s.cmd_count; i++) {
		const struct scripted_cmd *cmd = &s.log[i];
		bool change = true;

		switch (cmd->opcode) {
		case BT_HCI_OP_RESET:
			list = (struct list){0};
			adv = scan = init = false;
			change = false;
			break;
		case BT_HCI_OP_LE_ADD_DEV_TO_RL:
			memcpy(&list.entries[list.count++], cmd->params, sizeof(list.entries[0]));
			break;
		case BT_HCI_OP_LE_REM_DEV_FROM_RL:
			list_remove((const void *)cmd->params);
			break;
		case BT_HCI_OP_LE_CLEAR_RL:
			list.count = 0;
			break;
		case BT_HCI_OP_LE_SET_ADDR_RES_ENABLE:
			list.on = cmd->params[0] != 0;
			break;
		case BT_HCI_OP_LE_SET_PRIVACY_MODE:
			assert_memory_equal(&list.entries[list.count - 1].peer_id_addr, cmd->params,
					    7);
			list.modes[list.count - 1] = cmd->params[7];
			break;
		case BT_HCI_OP_LE_SET_ADV_ENABLE:
			adv = cmd->params[0] != 0;
			change = false;
			break;
		case BT_HCI_OP_LE_SET_SCAN_ENABLE:
			scan = cmd->params[0] != 0;
			change = false;
			break;
		case BT_HCI_OP_LE_CREATE_CONN:
			init = true;
			change = false;
			break;
		case BT_HCI_OP_LE_CREATE_CONN_CANCEL:
			init = false;
			change = false;
			break;
		default:
			change = false;
		}
		if (change && (adv || scan || init)) {
			list.quiet_broken = true;
		}
	}
	assert_false(list.quiet_broken);
}

static bool is_listed(uint8_t n)
{
	bt_addr_le_t addr = peers_addr(n);

	list_read();
	for (size_t i = 0; i < list.count; i++) {
		if (bt_addr_le_eq(&list.entries[i].peer_id_addr, &addr)) {
			return true;
		}
	}
	return false;
}

static void a_bond_enters_the_list_and_leaves_it(void **state)
{
	bt_addr_le_t addr = peers_addr(1);
	uint8_t irk[16];

	peers_up(true, 8);
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	list_read();
	assert_int_equal(list.count, 0);
	assert_false(list.on);
	peers_bond(0, 1);
	scripted_settle();
	assert_true(is_listed(1));
	assert_true(list.on);
	peers_irk(1, irk);
	assert_memory_equal(list.entries[0].peer_irk, irk, 16);
	assert_memory_equal(list.entries[0].local_irk, id__irk(host__id(s.host), 0), 16);
	assert_int_equal(list.modes[0], BT_HCI_LE_PRIVACY_MODE_DEVICE);
	assert_int_equal(bt_unpair(0, &addr), 0);
	scripted_settle();
	assert_false(is_listed(1));
	assert_false(list.on);
	peers_down();
}

static void a_host_that_is_not_private_keeps_its_key_to_itself(void **state)
{
	uint8_t zero[16] = {0};

	peers_up(true, 8);
	peers_bond(0, 1);
	scripted_settle();
	assert_true(is_listed(1));
	assert_memory_equal(list.entries[0].local_irk, zero, 16);
	/* Becoming private, it gives it. */
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_memory_not_equal(list.entries[0].local_irk, zero, 16);
	peers_down();
}

static void pairing_again_changes_the_entry(void **state)
{
	struct keys_bond again;
	uint8_t irk[16];

	peers_up(true, 8);
	peers_bond(0, 1);
	scripted_settle();
	again = *keys__next(host__keys(s.host), 0, NULL);
	peers_irk(9, again.irk);
	assert_int_equal(keys__commit(host__keys(s.host), &again, NULL, NULL), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(list.count, 1);
	peers_irk(9, irk);
	assert_memory_equal(list.entries[0].peer_irk, irk, 16);
	peers_down();
}

static void using_a_bond_changes_nothing(void **state)
{
	peers_up(true, 8);
	peers_bond(0, 1);
	peers_bond(0, 2);
	scripted_settle();
	scripted_forget(&s);
	keys__touch(host__keys(s.host), keys__next(host__keys(s.host), 0, NULL));
	scripted_settle();
	assert_int_equal(s.cmd_count, 0);
	peers_down();
}

static void bonds_enter_the_list_while_all_is_paused(void **state)
{
	bt_addr_le_t other = peers_addr(77);
	struct bt_conn *conn;

	peers_up(true, 8);
	peers_watch();
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	conn = peers_create(&other);
	peers_bond(0, 1);
	scripted_settle();
	assert_true(is_listed(1)); /* and holds the host to the rules */
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_ENABLE)->params[0], 1);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_CREATE_CONN), 2);
	assert_int_equal(told.connects, 0);
	bt_conn_unref(conn);
	peers_down();
}

static void after_a_power_cycle_the_list_is_there_again(void **state)
{
	peers_up(true, 8);
	peers_bond(0, 1);
	peers_bond(0, 2);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	/* And what happens to bonds meanwhile. */
	assert_int_equal(bt_unpair(0, &(bt_addr_le_t){0, {{2, 2, 3, 4, 5, 6}}}), 0);
	peers_bond(0, 3);
	scripted_forget(&s);
	scripted_enable(&s);
	assert_true(is_listed(1));
	assert_false(is_listed(2));
	assert_true(is_listed(3));
	assert_true(list.on);
	peers_down();
}

static void the_latest_bonds_are_in_a_list_that_is_too_short(void **state)
{
	peers_up(true, 2);
	peers_bond(0, 1);
	peers_bond(0, 2);
	peers_bond(0, 3);
	peers_bond(0, 4);
	scripted_settle();
	assert_false(is_listed(1));
	assert_false(is_listed(2));
	assert_true(is_listed(3));
	assert_true(is_listed(4));
	/* A place that becomes free is for the next. */
	assert_int_equal(bt_unpair(0, &(bt_addr_le_t){0, {{4, 2, 3, 4, 5, 6}}}), 0);
	scripted_settle();
	assert_true(is_listed(2));
	assert_true(is_listed(3));
	peers_down();
}

static void one_peer_of_two_identities_has_one_entry(void **state)
{
	peers_up(true, 8);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	peers_bond(0, 1);
	peers_bond(1, 1);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(list.count, 1);
	/* The other takes its place. */
	assert_int_equal(bt_unpair(1, NULL), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(bt_unpair(0, NULL), 0);
	scripted_settle();
	assert_false(is_listed(1));
	peers_down();
}

static void an_eviction_takes_its_peer_out_of_the_list(void **state)
{
	peers_up(true, 32);
	for (uint8_t n = 0; n < CONFIG_BT_MAX_PAIRED; n++) {
		peers_bond(0, n);
		scripted_settle();
	}
	scripted_forget(&s);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_true(is_listed(0));
	host__keys(s.host)->evict_oldest = true;
	peers_bond(0, 100);
	scripted_settle();
	assert_true(is_listed(100));
	assert_false(is_listed(0));
	assert_int_equal(list.count, CONFIG_BT_MAX_PAIRED);
	peers_down();
}

static void network_privacy_mode_is_told_and_kept(void **state)
{
	bt_addr_le_t addr = peers_addr(1);

	peers_up(true, 8);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_NETWORK), -ENOENT);
	assert_int_equal(bt_le_set_privacy_mode(0, NULL, BT_LE_PRIVACY_MODE_NETWORK), -EINVAL);
	peers_bond(0, 1);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, (enum bt_le_privacy_mode)2), -EINVAL);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_NETWORK), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(list.modes[0], BT_HCI_LE_PRIVACY_MODE_NETWORK);
	assert_int_equal(bt_disable(), 0);
	scripted_forget(&s);
	scripted_enable(&s);
	assert_true(is_listed(1));
	assert_int_equal(list.modes[0], BT_HCI_LE_PRIVACY_MODE_NETWORK);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_DEVICE), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(list.modes[0], BT_HCI_LE_PRIVACY_MODE_DEVICE);
	peers_down();
}

static void a_controller_without_privacy_is_not_asked(void **state)
{
	peers_up(false, 8);
	peers_bond(0, 1);
	scripted_settle();
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_READ_RL_SIZE));
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_ADD_DEV_TO_RL));
	peers_down();
}

static void a_controller_that_fails_leaves_it_to_the_host(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_ADD_DEV_TO_RL,
		BT_HCI_OP_LE_SET_PRIVACY_MODE,
		BT_HCI_OP_LE_SET_ADDR_RES_ENABLE,
		BT_HCI_OP_LE_REM_DEV_FROM_RL,
	};
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT,
						   SCRIPTED_TRUNCATED, SCRIPTED_EMPTY};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes) * ARRAY_SIZE(deeds); i++) {
		bt_addr_le_t addr = peers_addr(1), rpa;

		peers_up(true, 8);
		scripted_rule(&s,
			      (struct scripted_rule){.opcode = opcodes[i / ARRAY_SIZE(deeds)],
						     .deed = deeds[i % ARRAY_SIZE(deeds)],
						     .status = BT_HCI_ERR_MEM_CAPACITY_EXCEEDED});
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
		peers_bond(0, 2);
		peers_bond(0, 1);
		scripted_run_ms(60000);
		assert_int_equal(bt_unpair(0, &(bt_addr_le_t){0, {{2, 2, 3, 4, 5, 6}}}), 0);
		scripted_run_ms(60000);
		rpa = peers_rpa(1);
		peers_report(&rpa);
		assert_memory_equal(&told.reported, &addr, sizeof(addr));
		scripted_obey(&s);
		peers_down();
	}
}

static void enabling_with_a_controller_that_fails_is_survived(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT, SCRIPTED_SHORT,
						   SCRIPTED_LOSE};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		peers_begin(true, 8);
		scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_READ_RL_SIZE,
							 .deed = deeds[i],
							 .status = BT_HCI_ERR_UNSPECIFIED});
		assert_int_not_equal(bt_enable(NULL), 0);
		scripted_obey(&s);
		if (deeds[i] != SCRIPTED_LOSE) {
			scripted_enable(&s);
		}
		peers_down();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bond_enters_the_list_and_leaves_it),
		cmocka_unit_test(a_host_that_is_not_private_keeps_its_key_to_itself),
		cmocka_unit_test(pairing_again_changes_the_entry),
		cmocka_unit_test(using_a_bond_changes_nothing),
		cmocka_unit_test(bonds_enter_the_list_while_all_is_paused),
		cmocka_unit_test(after_a_power_cycle_the_list_is_there_again),
		cmocka_unit_test(the_latest_bonds_are_in_a_list_that_is_too_short),
		cmocka_unit_test(one_peer_of_two_identities_has_one_entry),
		cmocka_unit_test(an_eviction_takes_its_peer_out_of_the_list),
		cmocka_unit_test(network_privacy_mode_is_told_and_kept),
		cmocka_unit_test(a_controller_without_privacy_is_not_asked),
		cmocka_unit_test(a_controller_that_fails_leaves_it_to_the_host),
		cmocka_unit_test(enabling_with_a_controller_that_fails_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
