/* SPDX-License-Identifier: Apache-2.0 */
/* Private addresses of our own: which role has which, and when they change. */
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
#include "host/rpa.h"
#include "host/scripted.h"

#define TIMEOUT_S 20

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_PUBLIC, {{9, 8, 7, 6, 5, 4}}};
static uint32_t failed;
static uint8_t failed_err;

/* ---- Bench ---- */

static void up(enum fav_own_addr policy)
{
	scripted_up(&s);
	assert_int_equal(fav_host_own_addr_set(s.host, BT_ID_DEFAULT, policy), 0);
	assert_int_equal(bt_le_set_rpa_timeout(TIMEOUT_S), 0);
}

static int advertise(void)
{
	return bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0);
}

/* The random address that the controller has, as an address. */
static bt_addr_le_t random_addr(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS);
	bt_addr_le_t addr = {.type = BT_ADDR_LE_RANDOM};

	assert_non_null(cmd);
	memcpy(addr.a.val, cmd->params, sizeof(addr.a.val));
	return addr;
}

static bool is_ours(const bt_addr_le_t *addr, uint8_t id)
{
	return rpa__matches(id__irk(host__id(s.host), id), addr);
}

static uint8_t adv_type(void)
{
	return ((const struct bt_hci_cp_le_set_adv_param *)scripted_sent(&s,
									 BT_HCI_OP_LE_SET_ADV_PARAM)
			->params)
		->own_addr_type;
}

static uint8_t scan_type(void)
{
	return ((const struct bt_hci_cp_le_set_scan_param *)scripted_sent(
			&s, BT_HCI_OP_LE_SET_SCAN_PARAM)
			->params)
		->addr_type;
}

static uint8_t init_type(void)
{
	return ((const struct bt_hci_cp_le_create_conn *)scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN)
			->params)
		->own_addr_type;
}

/* What of a kind of command came last: 1 or 0, enabled or not. */
static uint8_t last_enable(uint16_t opcode)
{
	return scripted_sent(&s, opcode)->params[0];
}

static struct bt_conn *create(void)
{
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	struct bt_conn *conn = NULL;

	param.timeout = 100 * 60;
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn), 0);
	return conn;
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	if (err != 0) {
		failed++;
		failed_err = err;
	}
}

static struct bt_conn_cb conn_cb = {.connected = on_connected};

/* The next attempts to connect are noted when they fail. */
static void watch(void)
{
	failed = 0;
	assert_int_equal(bt_conn_cb_register(&conn_cb), 0);
}

static void down(void)
{
	(void)bt_conn_cb_unregister(&conn_cb);
	scripted_down(&s);
}

/* The link is there, and was made with that address of ours. */
static void check_link(struct bt_conn *conn, const bt_addr_le_t *local)
{
	struct bt_conn_info info;

	assert_int_equal(bt_conn_get_info(conn, &info), 0);
	assert_int_equal(info.state, BT_CONN_STATE_CONNECTED);
	assert_memory_equal(info.le.local, local, sizeof(*local));
}

/* ---- Which role has which ---- */

static void a_private_host_has_a_resolvable_address_in_every_role(void **state)
{
	bt_addr_le_t addr;
	struct bt_conn *conn;
	struct bt_conn_info info;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(advertise(), 0);
	assert_int_equal(adv_type(), BT_ADDR_LE_RANDOM);
	addr = random_addr();
	assert_true(is_ours(&addr, BT_ID_DEFAULT));
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	assert_int_equal(scan_type(), BT_ADDR_LE_RANDOM);
	conn = create();
	assert_int_equal(init_type(), BT_ADDR_LE_RANDOM);
	/* They share it. */
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 1);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(bt_conn_get_info(conn, &info), 0);
	assert_memory_equal(info.le.local, &addr, sizeof(addr));
	assert_int_equal(info.le.src->type, BT_ADDR_LE_PUBLIC);
	bt_conn_unref(conn);
	down();
}

static void so_has_one_whose_controller_has_sets(void **state)
{
	const struct bt_hci_cp_le_set_adv_set_random_addr *set;
	struct bt_le_oob oob;
	bt_addr_le_t addr;

	scripted_begin(&s);
	s.le_features[BT_LE_FEAT_BIT_EXT_ADV / 8] |= BIT(BT_LE_FEAT_BIT_EXT_ADV % 8);
	scripted_enable(&s);
	assert_int_equal(fav_host_own_addr_set(s.host, BT_ID_DEFAULT, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(bt_le_set_rpa_timeout(TIMEOUT_S), 0);
	assert_int_equal(bt_le_oob_get_local(BT_ID_DEFAULT, &oob), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	assert_int_equal(advertise(), 0);
	for (int i = 0; i < 2; i++) {
		/* The advertiser has the scanner's, as if there were one random address. */
		addr = random_addr();
		set = (const void *)scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR)->params;
		assert_memory_equal(&set->bdaddr, &addr.a, 6);
		assert_true(i == 1 || bt_addr_le_eq(&addr, &oob.addr));
		scripted_run_ms(1000 * TIMEOUT_S + 10);
	}
	down();
}

static void a_host_that_is_not_private_has_its_identity(void **state)
{
	scripted_up(&s);
	assert_int_equal(advertise(), 0);
	assert_int_equal(adv_type(), BT_ADDR_LE_PUBLIC);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	assert_int_equal(scan_type(), BT_ADDR_LE_PUBLIC);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS));
	/* And nothing changes. */
	scripted_forget(&s);
	scripted_run_ms(2 * 1000 * CONFIG_BT_RPA_TIMEOUT);
	assert_int_equal(s.cmd_count, 0);
	down();
}

static void use_identity_prevails(void **state)
{
	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN_IDENTITY, NULL, 0, NULL, 0), 0);
	assert_int_equal(adv_type(), BT_ADDR_LE_PUBLIC);
	down();
}

static void a_host_without_a_name_is_connectable_with_another_address_each_time(void **state)
{
	bt_addr_le_t first, second;

	up(FAV_OWN_ADDR_NRPA);
	assert_int_equal(advertise(), 0);
	assert_int_equal(adv_type(), BT_ADDR_LE_RANDOM);
	first = random_addr();
	assert_true(BT_ADDR_IS_NRPA(&first.a));
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(advertise(), 0);
	second = random_addr();
	assert_true(BT_ADDR_IS_NRPA(&second.a));
	assert_memory_not_equal(&first, &second, sizeof(first));
	down();
}

static void each_identity_has_a_key_of_its_own(void **state)
{
	struct bt_le_adv_param param = *BT_LE_ADV_CONN_FAST_1;
	uint8_t irk[16] = {1, 2, 3};
	bt_addr_le_t addr;

	up(FAV_OWN_ADDR_RPA);
	param.id = (uint8_t)bt_id_create(NULL, irk);
	assert_int_equal(param.id, 1);
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), 0);
	addr = random_addr();
	assert_true(rpa__matches(irk, &addr));
	assert_false(is_ours(&addr, BT_ID_DEFAULT));
	/* The controller has one random address: the other identity's must wait. */
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), -EBUSY);
	assert_int_equal(fav_host_own_addr_set(s.host, 1, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	down();
}

static void what_is_no_policy_is_refused(void **state)
{
	scripted_up(&s);
	assert_int_equal(fav_host_own_addr_set(s.host, 1, FAV_OWN_ADDR_RPA), -EINVAL);
	assert_int_equal(fav_host_own_addr_set(s.host, 0, (enum fav_own_addr)3), -EINVAL);
	assert_int_equal(bt_le_set_rpa_timeout(0), -EINVAL);
	assert_int_equal(bt_le_set_rpa_timeout(3601), -EINVAL);
	assert_int_equal(bt_le_set_rpa_timeout(1), 0);
	assert_int_equal(bt_le_set_rpa_timeout(3600), 0);
	down();
}

/* ---- When they change ---- */

static void an_address_changes_on_time_while_all_is_paused(void **state)
{
	bt_addr_le_t first, second, third;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(advertise(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	first = random_addr();
	scripted_run_ms(1000 * TIMEOUT_S - 10);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 1);
	scripted_forget(&s);
	scripted_run_ms(20);
	second = random_addr();
	assert_memory_not_equal(&first, &second, sizeof(first));
	assert_true(is_ours(&second, BT_ID_DEFAULT));
	assert_int_equal(s.cmd_count, 5);
	assert_int_equal(s.log[0].opcode, BT_HCI_OP_LE_SET_ADV_ENABLE);
	assert_int_equal(s.log[0].params[0], 0);
	assert_int_equal(s.log[1].opcode, BT_HCI_OP_LE_SET_SCAN_ENABLE);
	assert_int_equal(s.log[1].params[0], 0);
	assert_int_equal(s.log[2].opcode, BT_HCI_OP_LE_SET_RANDOM_ADDRESS);
	assert_int_equal(s.log[3].opcode, BT_HCI_OP_LE_SET_ADV_ENABLE);
	assert_int_equal(s.log[3].params[0], 1);
	assert_int_equal(s.log[4].opcode, BT_HCI_OP_LE_SET_SCAN_ENABLE);
	assert_int_equal(s.log[4].params[0], 1);
	scripted_run_ms(1000 * TIMEOUT_S);
	third = random_addr();
	assert_memory_not_equal(&second, &third, sizeof(second));
	down();
}

static void one_that_was_not_used_when_it_expired_is_not_used_again(void **state)
{
	bt_addr_le_t first, second;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(advertise(), 0);
	first = random_addr();
	assert_int_equal(bt_le_adv_stop(), 0);
	scripted_run_ms(500 * TIMEOUT_S);
	/* Still the same: stopping and starting is no way to get through addresses. */
	assert_int_equal(advertise(), 0);
	second = random_addr();
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(bt_le_adv_stop(), 0);
	scripted_run_ms(1000 * TIMEOUT_S);
	assert_int_equal(advertise(), 0);
	second = random_addr();
	assert_memory_not_equal(&first, &second, sizeof(first));
	down();
}

static void non_resolvable_ones_change_too(void **state)
{
	bt_addr_le_t first, second;

	up(FAV_OWN_ADDR_NRPA);
	assert_int_equal(advertise(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	first = random_addr();
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	second = random_addr();
	assert_true(BT_ADDR_IS_NRPA(&second.a));
	assert_memory_not_equal(&first, &second, sizeof(first));
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 2);
	down();
}

static void an_attempt_to_connect_pauses_and_goes_on(void **state)
{
	struct bt_conn *conn;
	bt_addr_le_t addr;

	up(FAV_OWN_ADDR_RPA);
	watch();
	conn = create();
	scripted_forget(&s);
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	assert_int_equal(s.cmd_count, 3);
	assert_int_equal(s.log[0].opcode, BT_HCI_OP_LE_CREATE_CONN_CANCEL);
	assert_int_equal(s.log[1].opcode, BT_HCI_OP_LE_SET_RANDOM_ADDRESS);
	assert_int_equal(s.log[2].opcode, BT_HCI_OP_LE_CREATE_CONN);
	assert_int_equal(failed, 0);
	addr = random_addr();
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	check_link(conn, &addr);
	bt_conn_unref(conn);
	down();
}

static void an_attempt_that_becomes_a_link_instead_of_pausing_has_the_old_address(void **state)
{
	struct bt_conn *conn;
	bt_addr_le_t addr;

	up(FAV_OWN_ADDR_RPA);
	conn = create();
	addr = random_addr();
	s.no_follow_up = true;
	scripted_refuse(&s, BT_HCI_OP_LE_CREATE_CONN_CANCEL, BT_HCI_ERR_CMD_DISALLOWED);
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &peer);
	s.no_follow_up = false;
	scripted_settle();
	check_link(conn, &addr);
	bt_conn_unref(conn);
	down();
}

static void nothing_changes_before_an_attempt_has_paused(void **state)
{
	struct bt_conn *conn;

	up(FAV_OWN_ADDR_RPA);
	conn = create();
	s.no_follow_up = true;
	scripted_run_ms(1000 * TIMEOUT_S + 100);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 1);
	s.no_follow_up = false;
	scripted_connected(&s, BT_HCI_ERR_UNKNOWN_CONN_ID, 0, BT_HCI_ROLE_CENTRAL, NULL);
	scripted_settle();
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 2);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_CREATE_CONN), 2);
	bt_conn_unref(conn);
	down();
}

static void an_attempt_cancelled_while_it_pauses_ends(void **state)
{
	struct bt_conn *conn;

	up(FAV_OWN_ADDR_RPA);
	watch();
	conn = create();
	s.no_follow_up = true;
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN), 0);
	scripted_connected(&s, BT_HCI_ERR_UNKNOWN_CONN_ID, 0, BT_HCI_ROLE_CENTRAL, NULL);
	scripted_settle();
	assert_int_equal(failed, 1);
	assert_int_equal(failed_err, BT_HCI_ERR_UNKNOWN_CONN_ID);
	scripted_run_ms(60000);
	assert_int_equal(failed, 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_CREATE_CONN), 1);
	s.no_follow_up = false;
	bt_conn_unref(conn);
	down();
}

static void a_controller_that_never_pauses_loses_the_attempt(void **state)
{
	struct bt_conn *conn;

	up(FAV_OWN_ADDR_RPA);
	watch();
	conn = create();
	s.no_follow_up = true;
	scripted_run_ms(200000);
	assert_int_equal(failed, 1);
	s.no_follow_up = false;
	bt_conn_unref(conn);
	down();
}

static void connect_now(struct fav_timeout *t)
{
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
}

/* The controller makes a link while it is being told to stop: the event is before the answer. */
static void a_link_made_in_the_last_moment_has_the_old_address(void **state)
{
	struct fav_timeout link = {.handler = connect_now};
	struct bt_conn *conn;
	bt_addr_le_t addr;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(advertise(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	addr = random_addr();
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_ADV_ENABLE,
						 .nth = 1,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = 10});
	fav_timeout_start(&link, fav_now_us() + 1000 * (1000 * TIMEOUT_S + 5));
	scripted_run_ms(1000 * TIMEOUT_S + 100);
	conn = bt_conn_lookup_addr_le(BT_ID_DEFAULT, &peer);
	assert_non_null(conn);
	check_link(conn, &addr);
	/* It has ended the advertising, which does not go on; scanning does, with another address.
	 */
	assert_int_equal(last_enable(BT_HCI_OP_LE_SET_ADV_ENABLE), 0);
	assert_int_equal(last_enable(BT_HCI_OP_LE_SET_SCAN_ENABLE), 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 2);
	assert_int_equal(advertise(), 0);
	bt_conn_unref(conn);
	down();
}

static void a_refused_change_keeps_the_address_and_is_tried_again(void **state)
{
	bt_addr_le_t first, second;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(advertise(), 0);
	first = random_addr();
	scripted_refuse(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS, BT_HCI_ERR_CMD_DISALLOWED);
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	assert_int_equal(last_enable(BT_HCI_OP_LE_SET_ADV_ENABLE), 1);
	scripted_obey(&s);
	scripted_run_ms(1000 * TIMEOUT_S + 10);
	assert_int_equal(last_enable(BT_HCI_OP_LE_SET_ADV_ENABLE), 1);
	second = random_addr();
	assert_memory_not_equal(&first, &second, sizeof(first));
	down();
}

static void a_controller_that_is_silent_while_paused_is_survived(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_SET_ADV_ENABLE,
		BT_HCI_OP_LE_SET_SCAN_ENABLE,
		BT_HCI_OP_LE_SET_RANDOM_ADDRESS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		up(FAV_OWN_ADDR_RPA);
		assert_int_equal(advertise(), 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
		scripted_silence(&s, opcodes[i]);
		scripted_run_ms(3 * 1000 * TIMEOUT_S);
		scripted_obey(&s);
		down();
	}
}

static void a_transport_lost_while_paused_is_survived(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_SET_ADV_ENABLE,
		BT_HCI_OP_LE_SET_SCAN_ENABLE,
		BT_HCI_OP_LE_CREATE_CONN_CANCEL,
		BT_HCI_OP_LE_SET_RANDOM_ADDRESS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct bt_conn *conn;

		up(FAV_OWN_ADDR_RPA);
		assert_int_equal(advertise(), 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
		conn = create();
		scripted_settle();
		scripted_rule(&s,
			      (struct scripted_rule){.opcode = opcodes[i], .deed = SCRIPTED_LOSE});
		scripted_run_ms(1000 * TIMEOUT_S + 10);
		assert_false(bt_is_ready());
		scripted_obey(&s);
		bt_conn_unref(conn);
		down();
	}
}

/* ---- Out of band ---- */

static void data_out_of_band_has_the_address_that_will_be_advertised(void **state)
{
	struct bt_le_oob oob, again;
	bt_addr_le_t addr;

	up(FAV_OWN_ADDR_RPA);
	assert_int_equal(bt_le_oob_get_local(BT_ID_DEFAULT, &oob), 0);
	assert_true(is_ours(&oob.addr, BT_ID_DEFAULT));
	assert_int_equal(advertise(), 0);
	addr = random_addr();
	assert_memory_equal(&addr, &oob.addr, sizeof(addr));
	/* While advertising: it changes for that. */
	assert_int_equal(bt_le_oob_get_local(BT_ID_DEFAULT, &again), 0);
	assert_memory_not_equal(&again.addr, &oob.addr, sizeof(addr));
	scripted_settle();
	addr = random_addr();
	assert_memory_equal(&addr, &again.addr, sizeof(addr));
	assert_int_equal(last_enable(BT_HCI_OP_LE_SET_ADV_ENABLE), 1);
	/* For its whole time. */
	scripted_run_ms(1000 * TIMEOUT_S - 10);
	addr = random_addr();
	assert_memory_equal(&addr, &again.addr, sizeof(addr));
	down();
}

static void data_out_of_band_of_a_host_that_is_not_private_has_its_identity(void **state)
{
	struct bt_le_oob oob;

	scripted_up(&s);
	assert_int_equal(bt_le_oob_get_local(BT_ID_DEFAULT, &oob), 0);
	assert_int_equal(oob.addr.type, BT_ADDR_LE_PUBLIC);
	assert_memory_equal(&oob.addr.a, &s.public_addr, 6);
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_host_has_a_resolvable_address_in_every_role),
		cmocka_unit_test(so_has_one_whose_controller_has_sets),
		cmocka_unit_test(a_host_that_is_not_private_has_its_identity),
		cmocka_unit_test(use_identity_prevails),
		cmocka_unit_test(
			a_host_without_a_name_is_connectable_with_another_address_each_time),
		cmocka_unit_test(each_identity_has_a_key_of_its_own),
		cmocka_unit_test(what_is_no_policy_is_refused),
		cmocka_unit_test(an_address_changes_on_time_while_all_is_paused),
		cmocka_unit_test(one_that_was_not_used_when_it_expired_is_not_used_again),
		cmocka_unit_test(non_resolvable_ones_change_too),
		cmocka_unit_test(an_attempt_to_connect_pauses_and_goes_on),
		cmocka_unit_test(
			an_attempt_that_becomes_a_link_instead_of_pausing_has_the_old_address),
		cmocka_unit_test(nothing_changes_before_an_attempt_has_paused),
		cmocka_unit_test(an_attempt_cancelled_while_it_pauses_ends),
		cmocka_unit_test(a_controller_that_never_pauses_loses_the_attempt),
		cmocka_unit_test(a_link_made_in_the_last_moment_has_the_old_address),
		cmocka_unit_test(a_refused_change_keeps_the_address_and_is_tried_again),
		cmocka_unit_test(a_controller_that_is_silent_while_paused_is_survived),
		cmocka_unit_test(a_transport_lost_while_paused_is_survived),
		cmocka_unit_test(data_out_of_band_has_the_address_that_will_be_advertised),
		cmocka_unit_test(data_out_of_band_of_a_host_that_is_not_private_has_its_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
