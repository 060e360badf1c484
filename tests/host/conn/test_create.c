/* SPDX-License-Identifier: Apache-2.0 */

/* Attempts to connect: how they start, and each way in which they end. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "bench.h"
#include "heard.h"
#include "host/conn.h"

#define PARAM BT_LE_CONN_PARAM_DEFAULT

static struct bt_conn *attempt;

static int setup(void **state)
{
	bench_start(true);
	heard_start();
	attempt = NULL;
	return 0;
}

static int teardown(void **state)
{
	bt_conn_unref(attempt);
	heard_forget();
	bench_stop();
	return 0;
}

static void create(void)
{
	assert_int_equal(0,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &attempt));
	assert_non_null(attempt);
}

static enum bt_conn_state state_of(struct bt_conn *conn)
{
	struct bt_conn_info info;

	assert_int_equal(0, bt_conn_get_info(conn, &info));
	return info.state;
}

/* What is left of the last attempt is nothing: another goes through. */
static void another_works(void)
{
	struct bt_conn *conn = NULL;

	heard.on_connected = NULL;
	assert_int_equal(0, bt_conn_le_create(bench_addr(9), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	bench_connect(0, 0x77, 0, bench_addr(9));
	assert_int_equal(BT_CONN_STATE_CONNECTED, state_of(conn));
	bench_disconnected(0x77, 0x13);
	bt_conn_unref(conn);
}

static void found_everywhere(struct bt_conn *conn, uint8_t err)
{
	struct bt_conn *found = bt_conn_lookup_addr_le(0, bench_addr(1));

	assert_int_equal(0, err);
	assert_ptr_equal(conn, found);
	bt_conn_unref(found);
	found = bt_conn_lookup_index(bt_conn_index(conn));
	assert_ptr_equal(conn, found);
	bt_conn_unref(found);
	assert_ptr_equal(conn, conn__by_handle(fav_host_current(), 0x40));
	assert_ptr_equal(conn, conn__by_index(fav_host_current(), bt_conn_index(conn)));
	assert_ptr_equal(conn, attempt);
	assert_int_equal(BT_CONN_STATE_CONNECTED, state_of(conn));
}

static void test_a_connection_is_found_in_the_callback_that_announces_it(void **state)
{
	heard.on_connected = found_everywhere;
	create();
	assert_int_equal(BT_CONN_STATE_CONNECTING, state_of(attempt));
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(1, heard.connected);
}

static void completes_meanwhile(void)
{
	bench_connect(0, 0x40, 0, bench_addr(1));
}

static void test_the_link_may_come_before_the_command_has_its_status(void **state)
{
	heard.on_connected = found_everywhere;
	bench_during(BT_HCI_OP_LE_CREATE_CONN, completes_meanwhile);
	create();
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_CONN_STATE_CONNECTED, state_of(attempt));
	bench_pass_ms(10000);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
}

static void test_the_command_says_what_was_asked_for(void **state)
{
	const struct bench_command *command;
	struct bt_hci_cp_le_create_conn cp;

	create();
	command = bench_last_of(BT_HCI_OP_LE_CREATE_CONN);
	assert_int_equal(sizeof(cp), command->len);
	memcpy(&cp, command->params, sizeof(cp));
	assert_int_equal(0x60, sys_le16_to_cpu(cp.scan_interval));
	assert_int_equal(0x60, sys_le16_to_cpu(cp.scan_window));
	assert_int_equal(BT_HCI_LE_CREATE_CONN_FP_NO_FILTER, cp.filter_policy);
	assert_true(bt_addr_le_eq(bench_addr(1), &cp.peer_addr));
	assert_int_equal(bench_own_addr.type, cp.own_addr_type);
	assert_int_equal(24, sys_le16_to_cpu(cp.conn_interval_min));
	assert_int_equal(40, sys_le16_to_cpu(cp.conn_interval_max));
	assert_int_equal(400, sys_le16_to_cpu(cp.supervision_timeout));
}

static void test_bad_arguments_are_refused(void **state)
{
	struct bt_conn_le_create_param scan = *BT_CONN_LE_CREATE_CONN;
	struct bt_le_conn_param param = *PARAM;
	struct bt_conn *conn = NULL;

	assert_int_equal(-EINVAL, bt_conn_le_create(NULL, &scan, &param, &conn));
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), NULL, &param, &conn));
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), &scan, NULL, &conn));
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), &scan, &param, NULL));
	scan.interval = 3;
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), &scan, &param, &conn));
	scan.interval = 0x30;
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), &scan, &param, &conn));
	scan = *BT_CONN_LE_CREATE_CONN;
	param.interval_min = 5;
	assert_int_equal(-EINVAL, bt_conn_le_create(bench_addr(1), &scan, &param, &conn));
	scan.options = BT_CONN_LE_OPT_CODED;
	assert_int_equal(-ENOTSUP, bt_conn_le_create(bench_addr(1), &scan, PARAM, &conn));
	assert_null(conn);
	assert_int_equal(0, bench_commands());
	bench_disable(fav_host_current());
	assert_int_equal(-EAGAIN,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
}

static void test_one_attempt_at_a_time_and_one_link_with_a_peer(void **state)
{
	struct bt_conn *conn = NULL;

	create();
	assert_int_equal(-EALREADY,
			 bt_conn_le_create(bench_addr(2), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(-EINVAL,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	assert_null(conn);
	another_works();
}

static void test_a_refusal_is_an_error_without_a_callback(void **state)
{
	bench_refuse(BT_HCI_OP_LE_CREATE_CONN, BT_HCI_ERR_CONN_LIMIT_EXCEEDED);
	assert_int_equal(-EIO,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &attempt));
	assert_null(attempt);
	assert_int_equal(0, heard.connected);
	assert_false(conn__any_referenced(fav_host_current()));
	another_works();
}

static void test_a_silent_controller_is_an_error_and_its_late_link_is_ended(void **state)
{
	bench_silence(BT_HCI_OP_LE_CREATE_CONN);
	assert_int_equal(-ETIMEDOUT,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &attempt));
	assert_null(attempt);
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(0, heard.connected);
	assert_int_equal(0x40, bench_last_of(BT_HCI_OP_DISCONNECT)->params[0]);
	bench_run();
	another_works();
}

static void another_from_the_callback(struct bt_conn *conn, uint8_t err)
{
	another_works();
}

static void test_the_timeout_cancels_and_the_next_attempt_works_at_once(void **state)
{
	heard.on_connected = another_from_the_callback;
	create();
	bench_pass_ms(CONFIG_BT_CREATE_CONN_TIMEOUT * 1000 - 1);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_pass_ms(1);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	assert_int_equal(0, heard.connected);
	bench_connect(BT_HCI_ERR_UNKNOWN_CONN_ID, 0, 0, bench_addr(1));
	assert_int_equal(BT_CONN_STATE_DISCONNECTED, state_of(attempt));
	assert_int_equal(2, heard.connected);
	bench_pass_ms(60000);
	assert_int_equal(2, heard.connected);
}

static void test_the_timeout_is_the_callers(void **state)
{
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;

	param.timeout = 1;
	assert_int_equal(0, bt_conn_le_create(bench_addr(1), &param, PARAM, &attempt));
	bench_pass_ms(9);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_pass_ms(1);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_connect(BT_HCI_ERR_UNKNOWN_CONN_ID, 0, 0, bench_addr(1));
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
}

static void test_a_link_that_beats_the_timeouts_cancel_stays(void **state)
{
	create();
	bench_pass_ms(CONFIG_BT_CREATE_CONN_TIMEOUT * 1000);
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(1, heard.connected);
	assert_int_equal(0, heard.err);
	bench_pass_ms(60000);
	assert_int_equal(BT_CONN_STATE_CONNECTED, state_of(attempt));
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_DISCONNECT));
}

static void test_disconnect_cancels_and_may_be_repeated(void **state)
{
	create();
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	assert_int_equal(0, heard.connected);
	bench_connect(BT_HCI_ERR_UNKNOWN_CONN_ID, 0, 0, bench_addr(1));
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	assert_int_equal(-ENOTCONN, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	another_works();
}

static void test_a_link_that_beats_the_applications_cancel_is_reported_and_ended(void **state)
{
	create();
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(1, heard.connected);
	assert_int_equal(0, heard.err);
	assert_int_equal(BT_CONN_STATE_DISCONNECTING, state_of(attempt));
	bench_disconnected(0x40, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(1, heard.disconnected);
	another_works();
}

static void test_a_cancel_that_came_too_late_for_the_controller_is_no_error(void **state)
{
	create();
	bench_refuse(BT_HCI_OP_LE_CREATE_CONN_CANCEL, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(0, heard.err);
	bench_disconnected(0x40, BT_HCI_ERR_LOCALHOST_TERM_CONN);
}

static void test_a_link_may_come_while_the_cancel_waits_for_its_answer(void **state)
{
	create();
	bench_during(BT_HCI_OP_LE_CREATE_CONN_CANCEL, completes_meanwhile);
	bench_refuse(BT_HCI_OP_LE_CREATE_CONN_CANCEL, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_CONN_STATE_DISCONNECTING, state_of(attempt));
	bench_disconnected(0x40, BT_HCI_ERR_LOCALHOST_TERM_CONN);
}

static void test_a_cancel_that_fails_leaves_the_attempt(void **state)
{
	create();
	bench_silence(BT_HCI_OP_LE_CREATE_CONN_CANCEL);
	assert_int_equal(-ETIMEDOUT, bt_conn_disconnect(attempt, 0x13));
	assert_int_equal(BT_CONN_STATE_CONNECTING, state_of(attempt));
	bench_connect(0, 0x40, 0, bench_addr(1));
	assert_int_equal(BT_CONN_STATE_CONNECTED, state_of(attempt));
}

static void test_a_cancel_that_the_controller_forgets_is_reported_after_a_while(void **state)
{
	create();
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	bench_pass_ms(CONFIG_BT_HCI_CMD_TIMEOUT_MS);
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	another_works();
}

static void test_a_timeout_without_command_buffer_cancels_when_there_is_one(void **state)
{
	create();
	bench_cmd_buffers(0);
	bench_pass_ms(CONFIG_BT_CREATE_CONN_TIMEOUT * 1000 + 100);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_cmd_buffers(4);
	bench_pass_ms(100);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_connect(BT_HCI_ERR_UNKNOWN_CONN_ID, 0, 0, bench_addr(1));
}

static void test_an_attempt_that_the_controller_gives_up_is_reported(void **state)
{
	create();
	bench_connect(BT_HCI_ERR_CONN_FAIL_TO_ESTAB, 0, 0, bench_addr(1));
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_CONN_FAIL_TO_ESTAB, heard.err);
	assert_int_equal(BT_CONN_STATE_DISCONNECTED, state_of(attempt));
	another_works();
}

static void test_a_link_with_somebody_else_is_ended_and_the_attempt_fails(void **state)
{
	create();
	bench_connect(0, 0x40, 0, bench_addr(2));
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNSPECIFIED, heard.err);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_DISCONNECT));
	bench_run();
	another_works();
}

static void test_scanning_hinders_where_the_controller_says_so(void **state)
{
	struct bt_host *host = fav_host_current();

	bench_disable(host);
	bench_config.le_states = UINT64_MAX & ~BIT64(22);
	bench_enable(host);
	conn__scanning_set(host, CONN_SCANNING_PASSIVE);
	assert_int_equal(-EAGAIN,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &attempt));
	conn__scanning_set(host, CONN_SCANNING_ACTIVE);
	create();
	bench_connect(0, 0x40, 0, bench_addr(1));
}

static void test_the_accept_list_connects_to_whoever_comes(void **state)
{
	struct bt_conn *conn;

	assert_int_equal(-EINVAL, bt_conn_create_auto_stop());
	assert_int_equal(0, bt_conn_le_create_auto(BT_CONN_LE_CREATE_CONN_AUTO, PARAM));
	assert_int_equal(BT_HCI_LE_CREATE_CONN_FP_FILTER,
			 bench_last_of(BT_HCI_OP_LE_CREATE_CONN)->params[4]);
	assert_int_equal(-EALREADY, bt_conn_le_create_auto(BT_CONN_LE_CREATE_CONN_AUTO, PARAM));
	bench_pass_ms(600000);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN_CANCEL));
	bench_connect(0, 0x40, 0, bench_addr(5));
	conn = bt_conn_lookup_addr_le(0, bench_addr(5));
	assert_ptr_equal(heard.conn, conn);
	bt_conn_unref(conn);
	assert_int_equal(-EINVAL, bt_conn_create_auto_stop());
	bench_disconnected(0x40, 0x13);
}

static void test_the_accept_list_is_stopped(void **state)
{
	assert_int_equal(0, bt_conn_le_create_auto(BT_CONN_LE_CREATE_CONN_AUTO, PARAM));
	assert_int_equal(0, bt_conn_create_auto_stop());
	bench_connect(BT_HCI_ERR_UNKNOWN_CONN_ID, 0, 0, bench_addr(0));
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	another_works();
}

static void test_a_full_table_refuses(void **state)
{
	struct bt_conn *conn = NULL;

	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		bench_connect(0, (uint16_t)i, 1, bench_addr((uint8_t)(i + 10)));
	}
	assert_int_equal(CONFIG_BT_MAX_CONN, heard.connected);
	assert_int_equal(-ENOMEM,
			 bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	assert_null(conn);
	bench_run();
	bench_disconnected(3, 0x13);
	another_works();
}

static void disables(void)
{
	bench_disable(fav_host_current());
}

static void test_the_host_may_be_disabled_while_the_command_waits(void **state)
{
	bench_during(BT_HCI_OP_LE_CREATE_CONN, disables);
	create();
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	assert_int_equal(BT_CONN_STATE_DISCONNECTED, state_of(attempt));
}

static void test_disable_ends_an_attempt(void **state)
{
	create();
	bench_disable(fav_host_current());
	assert_int_equal(1, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	assert_int_equal(-ENOTCONN, bt_conn_disconnect(attempt, 0x13));
	assert_int_equal(0, bench_enable(fav_host_current()));
	another_works();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_connection_is_found_in_the_callback_that_announces_it),
		TEST(test_the_link_may_come_before_the_command_has_its_status),
		TEST(test_the_command_says_what_was_asked_for),
		TEST(test_bad_arguments_are_refused),
		TEST(test_one_attempt_at_a_time_and_one_link_with_a_peer),
		TEST(test_a_refusal_is_an_error_without_a_callback),
		TEST(test_a_silent_controller_is_an_error_and_its_late_link_is_ended),
		TEST(test_the_timeout_cancels_and_the_next_attempt_works_at_once),
		TEST(test_the_timeout_is_the_callers),
		TEST(test_a_link_that_beats_the_timeouts_cancel_stays),
		TEST(test_disconnect_cancels_and_may_be_repeated),
		TEST(test_a_link_that_beats_the_applications_cancel_is_reported_and_ended),
		TEST(test_a_cancel_that_came_too_late_for_the_controller_is_no_error),
		TEST(test_a_link_may_come_while_the_cancel_waits_for_its_answer),
		TEST(test_a_cancel_that_fails_leaves_the_attempt),
		TEST(test_a_cancel_that_the_controller_forgets_is_reported_after_a_while),
		TEST(test_a_timeout_without_command_buffer_cancels_when_there_is_one),
		TEST(test_an_attempt_that_the_controller_gives_up_is_reported),
		TEST(test_a_link_with_somebody_else_is_ended_and_the_attempt_fails),
		TEST(test_scanning_hinders_where_the_controller_says_so),
		TEST(test_the_accept_list_connects_to_whoever_comes),
		TEST(test_the_accept_list_is_stopped),
		TEST(test_a_full_table_refuses),
		TEST(test_the_host_may_be_disabled_while_the_command_waits),
		TEST(test_disable_ends_an_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
