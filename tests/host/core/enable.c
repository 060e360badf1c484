/* SPDX-License-Identifier: Apache-2.0 */
/* bt_enable() and bt_disable(), with each kind of controller at each of their commands. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/scripted.h"

static struct scripted s;
static int ready_calls, ready_err;

static void on_ready(int err)
{
	ready_calls++;
	ready_err = err;
	assert_ptr_equal(fav_host_current(), s.host);
}

static void enabling_resets_the_controller_first(void **state)
{
	scripted_begin(&s);
	assert_false(bt_is_ready());
	assert_int_equal(bt_enable(NULL), 0);
	assert_true(bt_is_ready());
	assert_int_equal(s.log[0].opcode, BT_HCI_OP_RESET);
	assert_int_equal(bt_enable(NULL), -EALREADY);
	assert_int_equal(bt_disable(), 0);
	assert_false(bt_is_ready());
	assert_int_equal(s.opens, 1);
	assert_int_equal(s.closes, 1);
	assert_int_equal(bt_disable(), -EALREADY);
	scripted_down(&s);
}

static void a_callback_makes_enabling_asynchronous(void **state)
{
	ready_calls = 0;
	scripted_begin(&s);
	assert_int_equal(bt_enable(on_ready), 0);
	assert_int_equal(ready_calls, 0);
	assert_int_equal(bt_enable(on_ready), -EALREADY);
	scripted_settle();
	assert_int_equal(ready_calls, 1);
	assert_int_equal(ready_err, 0);
	assert_true(bt_is_ready());
	scripted_down(&s);
}

static void disabling_before_enabling_began_cancels_it(void **state)
{
	ready_calls = 0;
	scripted_begin(&s);
	assert_int_equal(bt_enable(on_ready), 0);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(ready_calls, 1);
	assert_int_equal(ready_err, -ECANCELED);
	scripted_settle();
	assert_int_equal(ready_calls, 1);
	assert_int_equal(s.cmd_count, 0);
	scripted_down(&s);
}

static struct bt_host *work_host;
static int work_err;

static void enable_in_work(struct k_work *work)
{
	fav_host_select(work_host);
	work_err = bt_enable(NULL);
}

static void enabling_works_inside_a_work_item(void **state)
{
	struct k_work work;

	scripted_begin(&s);
	work_host = s.host;
	work_err = 1;
	k_work_init(&work, enable_in_work);
	k_work_submit(&work);
	scripted_settle();
	assert_int_equal(work_err, 0);
	assert_true(bt_is_ready());
	scripted_down(&s);
}

static void an_answer_may_come_from_within_the_call_that_asked(void **state)
{
	scripted_begin(&s);
	s.inside_send = true;
	scripted_enable(&s);
	scripted_down(&s);
}

static void disable_in_work(struct k_work *work)
{
	fav_host_select(work_host);
	work_err = bt_disable();
}

static void disabling_while_enabling_waits_is_refused(void **state)
{
	struct k_work work;

	scripted_begin(&s);
	work_host = s.host;
	k_work_init(&work, disable_in_work);
	k_work_submit(&work);
	assert_int_equal(bt_enable(NULL), 0);
	assert_int_equal(work_err, -EBUSY);
	assert_true(bt_is_ready());
	scripted_down(&s);
}

static void at_interrupt(struct fav_timeout *t)
{
	work_err = bt_enable(NULL);
}

static void enabling_cannot_wait_at_interrupt_level(void **state)
{
	struct fav_timeout t = {.handler = at_interrupt};

	scripted_begin(&s);
	work_err = 0;
	fav_timeout_start(&t, 0);
	scripted_settle();
	assert_int_equal(work_err, -EWOULDBLOCK);
	scripted_down(&s);
}

static void fifty_cycles_leave_nothing(void **state)
{
	scripted_begin(&s);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(bt_enable(NULL), 0);
		assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, BT_ADDR_LE_ANY, NULL, 0, -40);
		assert_int_equal(bt_disable(), 0);
	}
	assert_int_equal(s.opens, 50);
	assert_int_equal(s.closes, 50);
	scripted_down(&s);
}

/* ---- Another controller than ours ---- */

static void a_controller_without_le_is_no_device(void **state)
{
	scripted_begin(&s);
	s.lmp_features[4] = 0;
	assert_int_equal(bt_enable(NULL), -ENODEV);
	scripted_down(&s);
}

static void a_controller_without_usable_buffers_is_no_device(void **state)
{
	scripted_begin(&s);
	s.acl_len = 26;
	assert_int_equal(bt_enable(NULL), -ENODEV);
	scripted_down(&s);
}

static void le_may_share_the_buffers_of_br_edr(void **state)
{
	scripted_begin(&s);
	s.acl_count = 0;
	scripted_enable(&s);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_READ_BUFFER_SIZE));
	scripted_down(&s);
}

static void a_controller_of_4_0_is_asked_for_nothing_newer(void **state)
{
	scripted_begin(&s);
	s.hci_version = BT_HCI_VERSION_4_0;
	memset(s.commands, 0, sizeof(s.commands));
	memset(s.le_features, 0, sizeof(s.le_features));
	scripted_enable(&s);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_READ_MAX_DATA_LEN));
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_DEFAULT_PHY));
	assert_null(scripted_sent(&s, BT_HCI_OP_SET_CTL_TO_HOST_FLOW));
	assert_null(scripted_sent(&s, BT_HCI_OP_READ_BD_ADDR));
	scripted_down(&s);
}

static void host_flow_control_tells_the_buffers_there_are(void **state)
{
	const struct scripted_cmd *cmd;

	scripted_up(&s);
	cmd = scripted_sent(&s, BT_HCI_OP_HOST_BUFFER_SIZE);
	assert_non_null(cmd);
	assert_int_equal(sys_get_le16(&cmd->params[0]), CONFIG_BT_BUF_ACL_RX_SIZE + 4);
	assert_int_equal(sys_get_le16(&cmd->params[3]), CONFIG_BT_BUF_ACL_RX_COUNT);
	cmd = scripted_sent(&s, BT_HCI_OP_SET_CTL_TO_HOST_FLOW);
	assert_non_null(cmd);
	assert_int_equal(cmd->params[0], BT_HCI_CTL_TO_HOST_FLOW_ENABLE);
	scripted_down(&s);
}

/* ---- Each command of enabling, in each bad way ---- */

static uint32_t commands_of_enabling(void)
{
	uint32_t count;

	scripted_up(&s);
	count = s.cmd_count;
	scripted_down(&s);
	assert_in_range(count, 10, 40);
	return count;
}

/* Enables with the rule at each command in turn: cleanly 0 or one of the errors, and then again
 * with success. expect_fail: it must fail at each. */
static void at_each_command(struct scripted_rule rule, bool expect_fail)
{
	uint32_t count = commands_of_enabling();

	for (uint32_t n = 1; n <= count; n++) {
		int err;

		scripted_begin(&s);
		rule.nth = n;
		scripted_rule(&s, rule);
		err = bt_enable(NULL);
		assert_true(err <= 0);
		assert_true(!expect_fail || err < 0);
		assert_int_equal(bt_is_ready(), err == 0);
		assert_true(err == 0 || s.closes == s.opens);
		scripted_obey(&s);
		if (err != 0) {
			assert_int_equal(bt_enable(NULL), 0);
		}
		scripted_run_ms(1);
		scripted_down(&s);
	}
}

static void a_refusal_at_any_command_fails_cleanly(void **state)
{
	at_each_command(
		(struct scripted_rule){.deed = SCRIPTED_REFUSE, .status = BT_HCI_ERR_UNSPECIFIED},
		true);
}

static void silence_at_any_command_times_out(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_SILENT}, true);
	scripted_begin(&s);
	scripted_silence(&s, BT_HCI_OP_RESET);
	assert_int_equal(bt_enable(NULL), -ETIMEDOUT);
	assert_int_equal(k_uptime_get(), CONFIG_BT_HCI_CMD_TIMEOUT_MS);
	scripted_down(&s);
}

static void an_answer_twice_at_any_command_does_no_harm(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_TWICE}, false);
}

static void an_answer_for_another_command_is_none(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_WRONG_OPCODE}, true);
}

static void an_answer_without_its_parameters_is_not_read(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_SHORT}, false);
	scripted_begin(&s);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_READ_BUFFER_SIZE,
						 .deed = SCRIPTED_SHORT});
	assert_int_equal(bt_enable(NULL), -EPROTO);
	scripted_down(&s);
}

static void an_answer_without_status_is_malformed(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_EMPTY}, true);
}

static void a_truncated_answer_is_none(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_TRUNCATED}, true);
}

static void a_late_answer_is_an_answer(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_LATE,
					       .delay_ms = CONFIG_BT_HCI_CMD_TIMEOUT_MS - 1},
			false);
}

static void an_answer_after_the_timeout_is_dropped(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_LATE,
					       .delay_ms = CONFIG_BT_HCI_CMD_TIMEOUT_MS + 1},
			true);
}

static void the_transport_may_be_lost_at_any_command(void **state)
{
	at_each_command((struct scripted_rule){.deed = SCRIPTED_LOSE}, true);
}

/* ---- Loss ---- */

static void after_a_loss_calls_fail_until_disabled_and_enabled(void **state)
{
	scripted_up(&s);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_lose(&s, -EPIPE);
	assert_false(bt_is_ready());
	scripted_settle();
	assert_int_equal(bt_le_adv_stop(), -EAGAIN);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -EAGAIN);
	assert_int_equal(bt_enable(NULL), -EALREADY);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(bt_enable(NULL), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_down(&s);
}

static int disconnects;
static uint8_t disconnect_reason;

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	disconnects++;
	disconnect_reason = reason;
	/* The host is going down: nothing works any more, and nothing hangs. */
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -EAGAIN);
}

static void links_end_with_the_host_and_say_why(void **state)
{
	static struct bt_conn_cb cb = {.disconnected = on_disconnected};
	const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

	scripted_up(&s);
	assert_int_equal(bt_conn_cb_register(&cb), 0);
	disconnects = 0;
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(disconnects, 1);
	assert_int_equal(disconnect_reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);

	scripted_enable(&s);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	scripted_lose(&s, -EPIPE);
	scripted_settle();
	assert_int_equal(disconnects, 2);
	assert_int_equal(disconnect_reason, BT_HCI_ERR_CONN_TIMEOUT);
	bt_conn_cb_unregister(&cb);
	scripted_down(&s);
}

static void a_loss_may_be_answered_by_disabling_at_once(void **state)
{
	scripted_up(&s);
	scripted_lose(&s, -EPIPE);
	assert_int_equal(bt_disable(), 0);
	scripted_down(&s);
}

static void a_hardware_error_is_a_loss(void **state)
{
	uint8_t code = 7;

	scripted_up(&s);
	scripted_evt(&s, BT_HCI_EVT_HARDWARE_ERROR, &code, 1);
	scripted_settle();
	assert_false(bt_is_ready());
	scripted_down(&s);
}

static void a_packet_longer_than_agreed_is_a_loss(void **state)
{
	uint8_t data[CONFIG_BT_BUF_ACL_RX_SIZE + 5] = {0};

	scripted_up(&s);
	scripted_acl_in(&s, 0, BT_ACL_START, data, sizeof(data));
	scripted_settle();
	assert_false(bt_is_ready());
	scripted_down(&s);
}

static void a_silent_controller_can_be_disabled(void **state)
{
	scripted_up(&s);
	scripted_rule(&s, (struct scripted_rule){.deed = SCRIPTED_SILENT});
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(s.closes, 1);
	scripted_down(&s);
}

static void the_controller_cannot_be_changed_while_enabled(void **state)
{
	scripted_up(&s);
	assert_int_equal(fav_host_hci_set(s.host, NULL), -EBUSY);
	assert_int_equal(fav_host_destroy(s.host), -EBUSY);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enabling_resets_the_controller_first),
		cmocka_unit_test(a_callback_makes_enabling_asynchronous),
		cmocka_unit_test(disabling_before_enabling_began_cancels_it),
		cmocka_unit_test(enabling_works_inside_a_work_item),
		cmocka_unit_test(an_answer_may_come_from_within_the_call_that_asked),
		cmocka_unit_test(disabling_while_enabling_waits_is_refused),
		cmocka_unit_test(enabling_cannot_wait_at_interrupt_level),
		cmocka_unit_test(fifty_cycles_leave_nothing),
		cmocka_unit_test(a_controller_without_le_is_no_device),
		cmocka_unit_test(a_controller_without_usable_buffers_is_no_device),
		cmocka_unit_test(le_may_share_the_buffers_of_br_edr),
		cmocka_unit_test(a_controller_of_4_0_is_asked_for_nothing_newer),
		cmocka_unit_test(host_flow_control_tells_the_buffers_there_are),
		cmocka_unit_test(a_refusal_at_any_command_fails_cleanly),
		cmocka_unit_test(silence_at_any_command_times_out),
		cmocka_unit_test(an_answer_twice_at_any_command_does_no_harm),
		cmocka_unit_test(an_answer_for_another_command_is_none),
		cmocka_unit_test(an_answer_without_its_parameters_is_not_read),
		cmocka_unit_test(an_answer_without_status_is_malformed),
		cmocka_unit_test(a_truncated_answer_is_none),
		cmocka_unit_test(a_late_answer_is_an_answer),
		cmocka_unit_test(an_answer_after_the_timeout_is_dropped),
		cmocka_unit_test(the_transport_may_be_lost_at_any_command),
		cmocka_unit_test(after_a_loss_calls_fail_until_disabled_and_enabled),
		cmocka_unit_test(links_end_with_the_host_and_say_why),
		cmocka_unit_test(a_loss_may_be_answered_by_disabling_at_once),
		cmocka_unit_test(a_hardware_error_is_a_loss),
		cmocka_unit_test(a_packet_longer_than_agreed_is_a_loss),
		cmocka_unit_test(a_silent_controller_can_be_disabled),
		cmocka_unit_test(the_controller_cannot_be_changed_while_enabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
