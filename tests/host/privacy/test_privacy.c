/* SPDX-License-Identifier: Apache-2.0 */
/* Peers with private addresses: the controller's resolving list, and resolving in the host. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/host.h"
#include "host/id.h"
#include "host/keys.h"
#include "host/rpa.h"
#include "host/scripted.h"

static struct scripted s;

/* ---- Bench ---- */

static bt_addr_le_t peer_addr(uint8_t n)
{
	return (bt_addr_le_t){BT_ADDR_LE_PUBLIC, {{n, 2, 3, 4, 5, 6}}};
}

static void irk_of(uint8_t n, uint8_t irk[16])
{
	memset(irk, 0x80 + n, 16);
}

static bt_addr_le_t rpa_of(uint8_t n)
{
	bt_addr_le_t rpa = {.type = BT_ADDR_LE_RANDOM};
	uint8_t irk[16];

	irk_of(n, irk);
	assert_int_equal(rpa__create(irk, &rpa.a), 0);
	return rpa;
}

static void bond_with(uint8_t id, uint8_t n)
{
	struct keys_bond bond = {
		.id = id,
		.addr = peer_addr(n),
		.has = KEYS_SC_LTK | KEYS_PEER_IRK,
		.flags = KEYS_SC,
		.key_size = 16,
	};

	irk_of(n, bond.irk);
	memset(bond.peer_ltk.value, n, 16);
	assert_int_equal(keys__commit(host__keys(s.host), &bond, NULL, NULL), 0);
}

static void begin(bool privacy, uint8_t size)
{
	scripted_begin(&s);
	if (privacy) {
		s.le_features[0] |= BIT(BT_LE_FEAT_BIT_PRIVACY);
	}
	s.resolving_list_size = size;
}

static void up(bool privacy, uint8_t size)
{
	begin(privacy, size);
	scripted_enable(&s);
}

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
	bt_addr_le_t addr = peer_addr(n);

	list_read();
	for (size_t i = 0; i < list.count; i++) {
		if (bt_addr_le_eq(&list.entries[i].peer_id_addr, &addr)) {
			return true;
		}
	}
	return false;
}

static bt_addr_le_t seen;
static uint32_t seen_count;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *data)
{
	bt_addr_le_copy(&seen, addr);
	seen_count++;
}

static uint32_t connects;
static uint8_t connect_err;
static bt_addr_le_t connected_dst;

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	struct bt_conn *found;

	connects++;
	connect_err = err;
	bt_addr_le_copy(&connected_dst, bt_conn_get_dst(conn));
	if (err == 0) {
		found = bt_conn_lookup_addr_le(BT_ID_DEFAULT, bt_conn_get_dst(conn));
		assert_ptr_equal(found, conn);
		bt_conn_unref(found);
	}
}

static struct bt_conn_cb conn_cb = {.connected = on_connected};

static int setup(void **state)
{
	connects = 0;
	seen_count = 0;
	return 0;
}

static void watch(void)
{
	assert_int_equal(bt_conn_cb_register(&conn_cb), 0);
}

static void down(void)
{
	(void)bt_conn_cb_unregister(&conn_cb);
	scripted_down(&s);
}

static struct bt_conn *create(const bt_addr_le_t *addr)
{
	struct bt_conn *conn = NULL;

	assert_int_equal(
		bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	return conn;
}

static const struct bt_hci_cp_le_create_conn *create_cmd(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN);

	return cmd != NULL ? (const void *)cmd->params : NULL;
}

/* LE Enhanced Connection Complete. */
static void enh_connected(uint8_t role, const bt_addr_le_t *peer, const bt_addr_t *peer_rpa)
{
	struct bt_hci_evt_le_enh_conn_complete evt = {
		.handle = 1,
		.role = role,
		.peer_addr = *peer,
		.interval = 24,
		.supv_timeout = 400,
	};

	if (peer_rpa != NULL) {
		evt.peer_rpa = *peer_rpa;
	}
	scripted_le_evt(&s, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, &evt, sizeof(evt));
	scripted_settle();
}

/* ---- The list in step with the bonds ---- */

static void a_bond_enters_the_list_and_leaves_it(void **state)
{
	bt_addr_le_t addr = peer_addr(1);
	uint8_t irk[16];

	up(true, 8);
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	list_read();
	assert_int_equal(list.count, 0);
	assert_false(list.on);
	bond_with(0, 1);
	scripted_settle();
	assert_true(is_listed(1));
	assert_true(list.on);
	irk_of(1, irk);
	assert_memory_equal(list.entries[0].peer_irk, irk, 16);
	assert_memory_equal(list.entries[0].local_irk, id__irk(host__id(s.host), 0), 16);
	assert_int_equal(list.modes[0], BT_HCI_LE_PRIVACY_MODE_DEVICE);
	assert_int_equal(bt_unpair(0, &addr), 0);
	scripted_settle();
	assert_false(is_listed(1));
	assert_false(list.on);
	down();
}

static void a_host_that_is_not_private_keeps_its_key_to_itself(void **state)
{
	uint8_t zero[16] = {0};

	up(true, 8);
	bond_with(0, 1);
	scripted_settle();
	assert_true(is_listed(1));
	assert_memory_equal(list.entries[0].local_irk, zero, 16);
	/* Becoming private, it gives it. */
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_memory_not_equal(list.entries[0].local_irk, zero, 16);
	down();
}

static void pairing_again_changes_the_entry(void **state)
{
	struct keys_bond again;
	uint8_t irk[16];

	up(true, 8);
	bond_with(0, 1);
	scripted_settle();
	again = *keys__next(host__keys(s.host), 0, NULL);
	irk_of(9, again.irk);
	assert_int_equal(keys__commit(host__keys(s.host), &again, NULL, NULL), 0);
	scripted_settle();
	assert_true(is_listed(1));
	assert_int_equal(list.count, 1);
	irk_of(9, irk);
	assert_memory_equal(list.entries[0].peer_irk, irk, 16);
	down();
}

static void using_a_bond_changes_nothing(void **state)
{
	up(true, 8);
	bond_with(0, 1);
	bond_with(0, 2);
	scripted_settle();
	scripted_forget(&s);
	keys__touch(host__keys(s.host), keys__next(host__keys(s.host), 0, NULL));
	scripted_settle();
	assert_int_equal(s.cmd_count, 0);
	down();
}

static void bonds_enter_the_list_while_all_is_paused(void **state)
{
	bt_addr_le_t other = peer_addr(77);
	struct bt_conn *conn;

	up(true, 8);
	watch();
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	conn = create(&other);
	bond_with(0, 1);
	scripted_settle();
	assert_true(is_listed(1)); /* and holds the host to the rules */
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_ENABLE)->params[0], 1);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_CREATE_CONN), 2);
	assert_int_equal(connects, 0);
	bt_conn_unref(conn);
	down();
}

static void after_a_power_cycle_the_list_is_there_again(void **state)
{
	up(true, 8);
	bond_with(0, 1);
	bond_with(0, 2);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	/* And what happens to bonds meanwhile. */
	assert_int_equal(bt_unpair(0, &(bt_addr_le_t){0, {{2, 2, 3, 4, 5, 6}}}), 0);
	bond_with(0, 3);
	scripted_forget(&s);
	scripted_enable(&s);
	assert_true(is_listed(1));
	assert_false(is_listed(2));
	assert_true(is_listed(3));
	assert_true(list.on);
	down();
}

static void the_latest_bonds_are_in_a_list_that_is_too_short(void **state)
{
	up(true, 2);
	bond_with(0, 1);
	bond_with(0, 2);
	bond_with(0, 3);
	bond_with(0, 4);
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
	down();
}

static void one_peer_of_two_identities_has_one_entry(void **state)
{
	up(true, 8);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	bond_with(0, 1);
	bond_with(1, 1);
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
	down();
}

static void an_eviction_takes_its_peer_out_of_the_list(void **state)
{
	up(true, 32);
	for (uint8_t n = 0; n < CONFIG_BT_MAX_PAIRED; n++) {
		bond_with(0, n);
		scripted_settle();
	}
	scripted_forget(&s);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_true(is_listed(0));
	host__keys(s.host)->evict_oldest = true;
	bond_with(0, 100);
	scripted_settle();
	assert_true(is_listed(100));
	assert_false(is_listed(0));
	assert_int_equal(list.count, CONFIG_BT_MAX_PAIRED);
	down();
}

static void network_privacy_mode_is_told_and_kept(void **state)
{
	bt_addr_le_t addr = peer_addr(1);

	up(true, 8);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_NETWORK), -ENOENT);
	assert_int_equal(bt_le_set_privacy_mode(0, NULL, BT_LE_PRIVACY_MODE_NETWORK), -EINVAL);
	bond_with(0, 1);
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
	down();
}

static void a_controller_without_privacy_is_not_asked(void **state)
{
	up(false, 8);
	bond_with(0, 1);
	scripted_settle();
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_READ_RL_SIZE));
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_ADD_DEV_TO_RL));
	down();
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
		bt_addr_le_t addr = peer_addr(1), rpa;

		up(true, 8);
		scripted_rule(&s,
			      (struct scripted_rule){.opcode = opcodes[i / ARRAY_SIZE(deeds)],
						     .deed = deeds[i % ARRAY_SIZE(deeds)],
						     .status = BT_HCI_ERR_MEM_CAPACITY_EXCEEDED});
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
		bond_with(0, 2);
		bond_with(0, 1);
		scripted_run_ms(60000);
		assert_int_equal(bt_unpair(0, &(bt_addr_le_t){0, {{2, 2, 3, 4, 5, 6}}}), 0);
		scripted_run_ms(60000);
		rpa = rpa_of(1);
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
		scripted_settle();
		assert_memory_equal(&seen, &addr, sizeof(addr));
		scripted_obey(&s);
		down();
	}
}

static void enabling_with_a_controller_that_fails_is_survived(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT, SCRIPTED_SHORT,
						   SCRIPTED_LOSE};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		begin(true, 8);
		scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_READ_RL_SIZE,
							 .deed = deeds[i],
							 .status = BT_HCI_ERR_UNSPECIFIED});
		assert_int_not_equal(bt_enable(NULL), 0);
		scripted_obey(&s);
		if (deeds[i] != SCRIPTED_LOSE) {
			scripted_enable(&s);
		}
		down();
	}
}

/* ---- Resolving in the host ---- */

static void a_report_has_the_identity_of_a_bonded_peer(void **state)
{
	for (int privacy = 0; privacy < 2; privacy++) {
		bt_addr_le_t addr = peer_addr(1), rpa, stranger;

		/* One entry, for the other one. */
		up(privacy != 0, 1);
		bond_with(0, 1);
		bond_with(0, 2);
		scripted_settle();
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
		rpa = rpa_of(1);
		for (int i = 0; i < 3; i++) {
			scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
			scripted_settle();
			assert_memory_equal(&seen, &addr, sizeof(addr));
		}
		stranger = rpa_of(9);
		for (int i = 0; i < 3; i++) {
			scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &stranger, NULL, 0, -40);
			scripted_settle();
			assert_memory_equal(&seen, &stranger, sizeof(addr));
		}
		/* What was looked up in vain is found when the bond is there. */
		bond_with(0, 9);
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &stranger, NULL, 0, -40);
		scripted_settle();
		addr = peer_addr(9);
		assert_memory_equal(&seen, &addr, sizeof(addr));
		assert_int_equal(bt_unpair(0, NULL), 0);
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
		scripted_settle();
		assert_memory_equal(&seen, &rpa, sizeof(addr));
		down();
	}
}

static void what_the_controller_resolved_is_an_identity(void **state)
{
	bt_addr_le_t addr = peer_addr(1), resolved = addr;

	up(true, 8);
	bond_with(0, 1);
	scripted_settle();
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
	resolved.type = BT_ADDR_LE_PUBLIC_ID;
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &resolved, NULL, 0, -40);
	scripted_settle();
	assert_memory_equal(&seen, &addr, sizeof(addr));
	down();
}

static void a_link_is_known_by_the_identity(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;
	struct bt_conn_info info;
	struct bt_conn *conn;

	up(false, 0);
	watch();
	bond_with(0, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	rpa = rpa_of(1);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &rpa);
	scripted_settle();
	assert_int_equal(connects, 1);
	assert_memory_equal(&connected_dst, &addr, sizeof(addr));
	conn = bt_conn_lookup_addr_le(0, &addr);
	assert_non_null(conn);
	assert_int_equal(bt_conn_get_info(conn, &info), 0);
	assert_memory_equal(info.le.remote, &rpa, sizeof(rpa));
	assert_memory_equal(info.le.dst, &addr, sizeof(addr));
	bt_conn_unref(conn);
	down();
}

static void a_link_that_the_controller_resolved_is_known_by_the_identity(void **state)
{
	bt_addr_le_t addr = peer_addr(1), identity = addr, rpa;
	struct bt_conn_info info;
	struct bt_conn *conn;

	up(true, 8);
	watch();
	bond_with(0, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_settle();
	rpa = rpa_of(1);
	identity.type = BT_ADDR_LE_PUBLIC_ID;
	enh_connected(BT_HCI_ROLE_PERIPHERAL, &identity, &rpa.a);
	assert_int_equal(connects, 1);
	assert_memory_equal(&connected_dst, &addr, sizeof(addr));
	conn = bt_conn_lookup_addr_le(0, &addr);
	assert_non_null(conn);
	assert_int_equal(bt_conn_get_info(conn, &info), 0);
	assert_memory_equal(info.le.remote, &rpa, sizeof(rpa));
	bt_conn_unref(conn);
	down();
}

static void network_privacy_mode_does_not_hear_the_identity_address(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;

	up(false, 0);
	watch();
	bond_with(0, 1);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_NETWORK), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &addr, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(seen_count, 0);
	rpa = rpa_of(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(seen_count, 1);
	/* A link from there is ended, and nobody hears of it. */
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &addr);
	scripted_settle();
	assert_int_equal(connects, 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_DISCONNECT)->params[2], BT_HCI_ERR_AUTH_FAIL);
	down();
}

/* ---- Connecting to an identity ---- */

static void the_controller_finds_a_peer_that_it_can_resolve(void **state)
{
	bt_addr_le_t addr = peer_addr(1), identity = addr, rpa;
	struct bt_conn *conn;

	up(true, 8);
	watch();
	bond_with(0, 1);
	scripted_settle();
	conn = create(&addr);
	assert_memory_equal(&create_cmd()->peer_addr, &addr, sizeof(addr));
	rpa = rpa_of(1);
	identity.type = BT_ADDR_LE_PUBLIC_ID;
	enh_connected(BT_HCI_ROLE_CENTRAL, &identity, &rpa.a);
	assert_int_equal(connects, 1);
	assert_int_equal(connect_err, 0);
	bt_conn_unref(conn);
	down();
}

static void a_private_address_stands_for_its_identity(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;
	struct bt_conn *conn, *again = NULL;

	up(false, 0);
	watch();
	bond_with(0, 1);
	rpa = rpa_of(1);
	conn = create(&rpa);
	assert_memory_equal(bt_conn_get_dst(conn), &addr, sizeof(addr));
	assert_memory_equal(&create_cmd()->peer_addr, &rpa, sizeof(rpa));
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &rpa);
	scripted_settle();
	assert_int_equal(connects, 1);
	assert_int_equal(connect_err, 0);
	/* It is linked already, under any address of its. */
	rpa = rpa_of(1);
	assert_int_equal(
		bt_conn_le_create(&rpa, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &again),
		-EINVAL);
	bt_conn_unref(conn);
	down();
}

static void a_peer_that_only_the_host_can_resolve_is_searched_for(void **state)
{
	bt_addr_le_t addr = peer_addr(1), other, rpa;
	struct bt_conn *conn;

	up(false, 0);
	watch();
	bond_with(0, 1);
	conn = create(&addr);
	assert_null(create_cmd());
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 1);
	other = rpa_of(2);
	rpa = rpa_of(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &other, NULL, 0, -40);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_NONCONN_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_null(create_cmd());
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 0);
	assert_memory_equal(&create_cmd()->peer_addr, &rpa, sizeof(rpa));
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &rpa);
	scripted_settle();
	assert_int_equal(connects, 1);
	assert_int_equal(connect_err, 0);
	assert_memory_equal(&connected_dst, &addr, sizeof(addr));
	bt_conn_unref(conn);
	down();
}

static void a_peer_that_was_just_seen_is_not_searched_for(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;
	struct bt_conn *conn;

	up(false, 0);
	bond_with(0, 1);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
	rpa = rpa_of(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(bt_le_scan_stop(), 0);
	conn = create(&addr);
	assert_memory_equal(&create_cmd()->peer_addr, &rpa, sizeof(rpa));
	bt_conn_unref(conn);
	down();
}

static void a_search_ends_with_its_time_or_by_a_cancel(void **state)
{
	for (int cancel = 0; cancel < 2; cancel++) {
		bt_addr_le_t addr = peer_addr(1);
		struct bt_conn *conn;

		up(false, 0);
		watch();
		connects = 0;
		bond_with(0, 1);
		conn = create(&addr);
		if (cancel != 0) {
			assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN),
					 0);
			scripted_settle();
		} else {
			scripted_run_ms(1000 * CONFIG_BT_CREATE_CONN_TIMEOUT + 10);
		}
		assert_int_equal(connects, 1);
		assert_int_equal(connect_err, BT_HCI_ERR_UNKNOWN_CONN_ID);
		assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 0);
		assert_null(scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN_CANCEL));
		bt_conn_unref(conn);
		down();
	}
}

static void a_search_shares_with_an_application_that_scans(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;
	struct bt_conn *conn;

	up(false, 0);
	watch();
	bond_with(0, 1);
	conn = create(&addr);
	/* The application begins, and ends, while the search goes on. */
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), -EALREADY);
	rpa = rpa_of(5);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(seen_count, 1);
	assert_int_equal(bt_le_scan_stop(), 0);
	scripted_settle();
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_int_equal(seen_count, 1);
	rpa = rpa_of(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_memory_equal(&create_cmd()->peer_addr, &rpa, sizeof(rpa));
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 0);
	bt_conn_unref(conn);
	down();
}

static void a_search_survives_the_change_of_our_address(void **state)
{
	bt_addr_le_t addr = peer_addr(1), rpa;
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	struct bt_conn *conn = NULL;

	up(false, 0);
	watch();
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(bt_le_set_rpa_timeout(5), 0);
	bond_with(0, 1);
	param.timeout = 6000;
	assert_int_equal(bt_conn_le_create(&addr, &param, BT_LE_CONN_PARAM_DEFAULT, &conn), 0);
	scripted_run_ms(5500);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 2);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], 1);
	rpa = rpa_of(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_memory_equal(&create_cmd()->peer_addr, &rpa, sizeof(rpa));
	bt_conn_unref(conn);
	down();
}

static void a_search_that_the_controller_refuses_is_told(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_SET_SCAN_PARAM,
		BT_HCI_OP_LE_SET_SCAN_ENABLE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		bt_addr_le_t addr = peer_addr(1);
		struct bt_conn *conn = NULL;

		up(false, 0);
		bond_with(0, 1);
		scripted_refuse(&s, opcodes[i], BT_HCI_ERR_CMD_DISALLOWED);
		assert_int_equal(bt_conn_le_create(&addr, BT_CONN_LE_CREATE_CONN,
						   BT_LE_CONN_PARAM_DEFAULT, &conn),
				 -EACCES);
		assert_null(conn);
		scripted_obey(&s);
		conn = create(&addr);
		bt_conn_unref(conn);
		down();
	}
}

static void a_host_that_ends_while_it_searches_leaves_nothing(void **state)
{
	for (int lose = 0; lose < 2; lose++) {
		bt_addr_le_t addr = peer_addr(1);
		struct bt_conn *conn;

		up(false, 0);
		watch();
		connects = 0;
		bond_with(0, 1);
		conn = create(&addr);
		if (lose != 0) {
			scripted_lose(&s, -EPIPE);
			scripted_settle();
		} else {
			assert_int_equal(bt_disable(), 0);
		}
		assert_int_equal(connects, 1);
		bt_conn_unref(conn);
		down();
	}
}

#define PRIVACY_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PRIVACY_TEST(a_bond_enters_the_list_and_leaves_it),
		PRIVACY_TEST(a_host_that_is_not_private_keeps_its_key_to_itself),
		PRIVACY_TEST(pairing_again_changes_the_entry),
		PRIVACY_TEST(using_a_bond_changes_nothing),
		PRIVACY_TEST(bonds_enter_the_list_while_all_is_paused),
		PRIVACY_TEST(after_a_power_cycle_the_list_is_there_again),
		PRIVACY_TEST(the_latest_bonds_are_in_a_list_that_is_too_short),
		PRIVACY_TEST(one_peer_of_two_identities_has_one_entry),
		PRIVACY_TEST(an_eviction_takes_its_peer_out_of_the_list),
		PRIVACY_TEST(network_privacy_mode_is_told_and_kept),
		PRIVACY_TEST(a_controller_without_privacy_is_not_asked),
		PRIVACY_TEST(a_controller_that_fails_leaves_it_to_the_host),
		PRIVACY_TEST(enabling_with_a_controller_that_fails_is_survived),
		PRIVACY_TEST(a_report_has_the_identity_of_a_bonded_peer),
		PRIVACY_TEST(what_the_controller_resolved_is_an_identity),
		PRIVACY_TEST(a_link_is_known_by_the_identity),
		PRIVACY_TEST(a_link_that_the_controller_resolved_is_known_by_the_identity),
		PRIVACY_TEST(network_privacy_mode_does_not_hear_the_identity_address),
		PRIVACY_TEST(the_controller_finds_a_peer_that_it_can_resolve),
		PRIVACY_TEST(a_private_address_stands_for_its_identity),
		PRIVACY_TEST(a_peer_that_only_the_host_can_resolve_is_searched_for),
		PRIVACY_TEST(a_peer_that_was_just_seen_is_not_searched_for),
		PRIVACY_TEST(a_search_ends_with_its_time_or_by_a_cancel),
		PRIVACY_TEST(a_search_shares_with_an_application_that_scans),
		PRIVACY_TEST(a_search_survives_the_change_of_our_address),
		PRIVACY_TEST(a_search_that_the_controller_refuses_is_told),
		PRIVACY_TEST(a_host_that_ends_while_it_searches_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
