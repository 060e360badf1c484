/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers that differ, that want setting up, and that go away. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/quirks.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "host/acl.h"
#include "host/conn.h"
#include "host/hci_core.h"
#include "host/host.h"
#include "host/scripted.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

/* ---- Quirks ---- */

static const struct hci_info *info(void)
{
	return hci__info(host__hci(s.host));
}

static void a_known_controller_is_not_believed_everything(void **state)
{
	scripted_begin(&s);
	s.manufacturer = 0x03e0;
	s.le_features[1] |= BIT(BT_LE_FEAT_BIT_EXT_ADV - 8);
	scripted_enable(&s);
	assert_false(hci__has_command(host__hci(s.host), 37, 5));
	assert_false(hci__has_command(host__hci(s.host), 35, 2));
	assert_true(hci__has_command(host__hci(s.host), 35, 1));
	assert_false(hci__has_le_feature(host__hci(s.host), BT_LE_FEAT_BIT_EXT_ADV));
	assert_true(hci__has_le_feature(host__hci(s.host), BT_LE_FEAT_BIT_PHY_2M));
	scripted_down(&s);
}

static void any_other_is(void **state)
{
	scripted_begin(&s);
	s.le_features[1] |= BIT(BT_LE_FEAT_BIT_EXT_ADV - 8);
	scripted_enable(&s);
	assert_true(hci__has_command(host__hci(s.host), 37, 5));
	assert_true(hci__has_le_feature(host__hci(s.host), BT_LE_FEAT_BIT_EXT_ADV));
	assert_int_equal(info()->acl_count, s.acl_count);
	scripted_down(&s);
}

/* Each range ends where it says; the smallest limit counts. */
static void rows_of_the_program_hold_in_their_ranges(void **state)
{
	static const struct fav_quirk rows[] = {
		{.manufacturer = FAV_QUIRK_ANY, .acl_count_max = 6, .acl_len_max = 200},
		{.manufacturer = 0x1234, .version_max = BT_HCI_VERSION_5_4, .acl_count_max = 3},
		{.manufacturer = 0x1234,
		 .version_min = BT_HCI_VERSION_5_4 + 1,
		 .features = BIT64(BT_LE_FEAT_BIT_DLE)},
		{.manufacturer = 0x1234,
		 .subversion_min = 8,
		 .subversion_max = 9,
		 .acl_len_max = 27},
		{.manufacturer = 0x1234, .subversion_min = 9, .acl_count_max = 2},
		{.manufacturer = 0x1235, .acl_count_max = 1},
	};
	static const struct {
		uint16_t manufacturer, subversion, len, count;
	} cases[] = {
		{0x1111, 0, 200, 6}, {0x1234, 7, 200, 3},  {0x1234, 8, 27, 3},
		{0x1234, 9, 27, 2},  {0x1234, 10, 200, 2}, {0x1235, 8, 200, 1},
	};

	scripted_begin(&s);
	assert_int_equal(fav_host_quirks_set(s.host, rows, ARRAY_SIZE(rows)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		s.manufacturer = cases[i].manufacturer;
		s.lmp_subversion = cases[i].subversion;
		scripted_enable(&s);
		assert_int_equal(info()->acl_len, cases[i].len);
		assert_int_equal(info()->acl_count, cases[i].count);
		assert_true(hci__has_le_feature(host__hci(s.host), BT_LE_FEAT_BIT_DLE));
		assert_int_equal(fav_host_quirks_set(s.host, NULL, 0), -EBUSY);
		assert_int_equal(bt_disable(), 0);
	}
	assert_int_equal(fav_host_quirks_set(s.host, NULL, 0), 0);
	scripted_enable(&s);
	assert_int_equal(info()->acl_count, s.acl_count);
	scripted_down(&s);
}

/* ---- Set-up ---- */

#define OP_VENDOR BT_OP(BT_OGF_VS, 0x0006)

static int setup_calls, setup_result;

static int on_setup(struct bt_host *host, struct fav_hci *hci, void *user)
{
	struct net_buf *buf = bt_hci_cmd_alloc(K_SECONDS(1));

	setup_calls++;
	assert_ptr_equal(host, s.host);
	assert_ptr_equal(hci, &s.hci);
	assert_ptr_equal(user, &setup_calls);
	assert_false(bt_is_ready());
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -EAGAIN);
	assert_non_null(buf);
	net_buf_add_mem(buf, "\1\2\3\4\5\6", 6);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, buf, NULL), 0);
	return setup_result;
}

static void the_hook_comes_before_the_reset(void **state)
{
	scripted_begin(&s);
	setup_calls = 0;
	setup_result = 0;
	assert_int_equal(fav_host_setup_set(s.host, on_setup, &setup_calls), 0);
	scripted_enable(&s);
	assert_int_equal(fav_host_setup_set(s.host, NULL, NULL), -EBUSY);
	assert_int_equal(setup_calls, 1);
	assert_int_equal(s.log[0].opcode, OP_VENDOR);
	assert_memory_equal(s.log[0].params, "\1\2\3\4\5\6", 6);
	assert_int_equal(s.log[1].opcode, BT_HCI_OP_RESET);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_int_equal(setup_calls, 2);
	scripted_down(&s);
}

static void a_hook_that_fails_fails_enabling(void **state)
{
	scripted_begin(&s);
	setup_result = -ENOENT;
	assert_int_equal(fav_host_setup_set(s.host, on_setup, &setup_calls), 0);
	assert_int_equal(bt_enable(NULL), -ENOENT);
	assert_int_equal(s.closes, 1);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -EAGAIN);
	setup_result = 0;
	scripted_enable(&s);
	scripted_down(&s);
}

static int answers[3];

static int setup_meets(struct bt_host *host, struct fav_hci *hci, void *user)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		answers[i] = bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL);
	}
	return 0;
}

/* Refused, silent, and answered. */
static void the_hook_hears_what_becomes_of_its_commands(void **state)
{
	scripted_begin(&s);
	assert_int_equal(fav_host_setup_set(s.host, setup_meets, NULL), 0);
	scripted_rule(&s, (struct scripted_rule){.opcode = OP_VENDOR,
						 .nth = 1,
						 .deed = SCRIPTED_REFUSE,
						 .status = BT_HCI_ERR_UNKNOWN_CMD});
	scripted_rule(
		&s, (struct scripted_rule){.opcode = OP_VENDOR, .nth = 1, .deed = SCRIPTED_SILENT});
	scripted_enable(&s);
	assert_int_equal(answers[0], -ENOTSUP);
	assert_int_equal(answers[1], -ETIMEDOUT);
	assert_int_equal(answers[2], 0);
	scripted_down(&s);
}

/* ---- Loss ---- */

static int lost_calls, lost_err, lost_disconnects, enable_result;
static bool enable_again;

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	assert_int_equal(lost_calls, 0);
	assert_int_equal(reason, BT_HCI_ERR_CONN_TIMEOUT);
	lost_disconnects++;
}

static void on_lost(struct bt_host *host, int err)
{
	assert_ptr_equal(host, s.host);
	assert_ptr_equal(fav_host_current(), host);
	assert_false(k_is_in_isr());
	assert_false(bt_is_ready());
	lost_calls++;
	lost_err = err;
	if (enable_again) {
		assert_int_equal(bt_disable(), 0);
		enable_result = bt_enable(NULL);
	}
}

static struct fav_host_cb host_cb = {.lost = on_lost};
static struct bt_conn_cb conn_cb = {.disconnected = on_disconnected};

static void begin_loss(uint16_t manufacturer)
{
	scripted_begin(&s);
	s.manufacturer = manufacturer;
	lost_calls = 0;
	lost_disconnects = 0;
	lost_err = 0;
	enable_again = false;
	assert_int_equal(fav_host_cb_register(s.host, &host_cb), 0);
	scripted_enable(&s);
	assert_int_equal(bt_conn_cb_register(&conn_cb), 0);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
}

static void end_loss(void)
{
	bt_conn_cb_unregister(&conn_cb);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	scripted_down(&s);
}

static void check_lost(int err)
{
	scripted_settle();
	assert_int_equal(lost_calls, 1);
	assert_int_equal(lost_err, err);
	assert_int_equal(lost_disconnects, 1);
	assert_false(bt_is_ready());
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_int_equal(lost_calls, 1);
}

static void the_application_is_told_after_its_connections(void **state)
{
	begin_loss(0);
	scripted_lose(&s, -ENODEV);
	check_lost(-ENODEV);
	end_loss();
}

static void a_hardware_error_is_told(void **state)
{
	uint8_t code = 7;

	begin_loss(0);
	scripted_evt(&s, BT_HCI_EVT_HARDWARE_ERROR, &code, 1);
	check_lost(-EIO);
	end_loss();
}

static void a_controller_that_resets_itself_is_lost(void **state)
{
	uint8_t status = 0;

	begin_loss(0);
	scripted_cmd_complete(&s, 1, BT_HCI_OP_RESET, &status, 1);
	check_lost(-ECONNRESET);
	end_loss();
}

/* The answer to a command that stands behind the restart never comes: it ends with it. */
static void a_command_on_its_way_ends_with_the_reset(void **state)
{
	uint8_t status = 0;

	begin_loss(0);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_SCAN_PARAM,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	scripted_cmd_complete(&s, 1, BT_HCI_OP_RESET, &status, 1);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -ENODEV);
	check_lost(-ECONNRESET);
	end_loss();
}

/* The host's own reset is none that it did not ask for. */
static void a_reset_of_ours_is_no_loss(void **state)
{
	begin_loss(0);
	bt_conn_cb_unregister(&conn_cb);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_int_equal(lost_calls, 0);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	scripted_down(&s);
}

/* No Operation only tells credits, unless the controller is one of whom it is known. */
static void no_operation_is_a_restart_of_some(void **state)
{
	begin_loss(0);
	scripted_cmd_complete(&s, 1, BT_OP_NOP, NULL, 0);
	scripted_settle();
	assert_int_equal(lost_calls, 0);
	assert_true(bt_is_ready());
	bt_conn_cb_unregister(&conn_cb);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	scripted_down(&s);

	begin_loss(0x05f1);
	/* Between a command and its answer it tells that another may be sent. */
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_RAND,
						 .nth = 1,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = 10});
	scripted_cmd_complete(&s, 1, BT_OP_NOP, NULL, 0);
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
	scripted_settle();
	assert_int_equal(lost_calls, 0);
	scripted_cmd_complete(&s, 1, BT_OP_NOP, NULL, 0);
	check_lost(-ECONNRESET);
	end_loss();
}

static void a_fatal_event_is_the_end_of_some(void **state)
{
	uint8_t fatal[9] = {2};

	begin_loss(0);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, fatal, sizeof(fatal));
	scripted_evt(&s, BT_HCI_EVT_VENDOR, NULL, 0);
	scripted_settle();
	assert_int_equal(lost_calls, 0);
	bt_conn_cb_unregister(&conn_cb);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	scripted_down(&s);

	begin_loss(0x0059);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, NULL, 0);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, fatal, sizeof(fatal));
	check_lost(-EIO);
	end_loss();
}

static void the_callback_may_enable_again(void **state)
{
	begin_loss(0);
	enable_again = true;
	for (int i = 0; i < 20; i++) {
		lost_calls = 0;
		scripted_lose(&s, -EPIPE);
		scripted_settle();
		assert_int_equal(lost_calls, 1);
		assert_int_equal(enable_result, 0);
		assert_true(bt_is_ready());
	}
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 2, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	end_loss();
}

static void one_that_cannot_be_enabled_again_stays_off(void **state)
{
	begin_loss(0);
	enable_again = true;
	scripted_silence(&s, BT_HCI_OP_RESET);
	scripted_lose(&s, -EPIPE);
	scripted_settle();
	assert_int_equal(lost_calls, 1);
	assert_int_equal(enable_result, -ETIMEDOUT);
	assert_int_equal(bt_disable(), -EALREADY);
	scripted_obey(&s);
	scripted_enable(&s);
	end_loss();
}

/* What enabling or disabling itself finds out is its own to report. */
static void a_loss_while_enabling_is_its_result(void **state)
{
	scripted_begin(&s);
	lost_calls = 0;
	assert_int_equal(fav_host_cb_register(s.host, &host_cb), 0);
	assert_int_equal(fav_host_cb_register(s.host, &host_cb), -EEXIST);
	assert_int_equal(fav_host_cb_register(s.host, NULL), -EINVAL);
	scripted_rule(&s, (struct scripted_rule){.nth = 3, .deed = SCRIPTED_LOSE});
	assert_int_equal(bt_enable(NULL), -ENODEV);
	scripted_settle();
	assert_int_equal(lost_calls, 0);
	scripted_obey(&s);
	scripted_enable(&s);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_RESET, .deed = SCRIPTED_LOSE});
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(lost_calls, 0);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), -ENOENT);
	scripted_down(&s);
}

/* One unanswered command is an error of its own; two, with nothing between, are the controller's
 * end. */
static void silence_is_a_loss(void **state)
{
	scripted_begin(&s);
	lost_calls = 0;
	enable_again = false;
	assert_int_equal(fav_host_cb_register(s.host, &host_cb), 0);
	scripted_enable(&s);
	scripted_rule(&s, (struct scripted_rule){.deed = SCRIPTED_SILENT});
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), -ETIMEDOUT);
	/* Something comes from it: it lives. */
	scripted_report(&s, BT_HCI_ADV_NONCONN_IND, &peer, NULL, 0, -50);
	scripted_settle();
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), -ETIMEDOUT);
	scripted_settle();
	assert_int_equal(lost_calls, 0);
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), -ETIMEDOUT);
	scripted_settle();
	assert_int_equal(lost_calls, 1);
	assert_int_equal(lost_err, -ETIMEDOUT);
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), -EAGAIN);
	scripted_obey(&s);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	assert_int_equal(fav_host_cb_unregister(s.host, &host_cb), 0);
	scripted_down(&s);
}

/* ---- Data before its connection ---- */

/* An ATT Exchange MTU Request. */
static const uint8_t mtu_req[] = {3, 0, 4, 0, 0x02, 23, 0};

static uint32_t dropped(void)
{
	struct fav_host_stats stats;

	fav_host_stats_get(s.host, &stats);
	return stats.acl_dropped;
}

static void begin_late(bool late)
{
	scripted_begin(&s);
	s.hci.late_events = late;
	scripted_enable(&s);
}

static void data_may_overtake_its_connection(void **state)
{
	begin_late(true);
	scripted_acl_in(&s, 1, BT_ACL_START, mtu_req, sizeof(mtu_req));
	scripted_settle();
	assert_int_equal(dropped(), 0);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(dropped(), 0);
	assert_int_equal(s.acl_packets, 1); /* the response */
	scripted_down(&s);
}

static void only_where_that_is_known_to_happen(void **state)
{
	begin_late(false);
	scripted_acl_in(&s, 1, BT_ACL_START, mtu_req, sizeof(mtu_req));
	scripted_settle();
	assert_int_equal(dropped(), 1);
	scripted_down(&s);
}

/* Of no connection at all, or too much: counted, and nothing waits. */
static void it_is_held_for_a_moment(void **state)
{
	begin_late(true);
	for (int i = 0; i < 6; i++) {
		scripted_acl_in(&s, 1, BT_ACL_START, mtu_req, sizeof(mtu_req));
	}
	scripted_settle();
	assert_int_equal(dropped(), 2);
	scripted_run_ms(99);
	assert_int_equal(dropped(), 2);
	scripted_run_ms(2);
	assert_int_equal(dropped(), 6);
	scripted_acl_in(&s, 1, BT_ACL_START, mtu_req, sizeof(mtu_req));
	scripted_settle();
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_controller_is_not_believed_everything),
		cmocka_unit_test(any_other_is),
		cmocka_unit_test(rows_of_the_program_hold_in_their_ranges),
		cmocka_unit_test(the_hook_comes_before_the_reset),
		cmocka_unit_test(a_hook_that_fails_fails_enabling),
		cmocka_unit_test(the_hook_hears_what_becomes_of_its_commands),
		cmocka_unit_test(the_application_is_told_after_its_connections),
		cmocka_unit_test(a_hardware_error_is_told),
		cmocka_unit_test(a_controller_that_resets_itself_is_lost),
		cmocka_unit_test(a_command_on_its_way_ends_with_the_reset),
		cmocka_unit_test(a_reset_of_ours_is_no_loss),
		cmocka_unit_test(no_operation_is_a_restart_of_some),
		cmocka_unit_test(a_fatal_event_is_the_end_of_some),
		cmocka_unit_test(the_callback_may_enable_again),
		cmocka_unit_test(one_that_cannot_be_enabled_again_stays_off),
		cmocka_unit_test(a_loss_while_enabling_is_its_result),
		cmocka_unit_test(silence_is_a_loss),
		cmocka_unit_test(data_may_overtake_its_connection),
		cmocka_unit_test(only_where_that_is_known_to_happen),
		cmocka_unit_test(it_is_held_for_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
