/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: waiting for them, their credits, what does not belong to them; and what arrives while
 * somebody waits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/hci_core.h"
#include "host/host.h"
#include "host/scripted.h"

#define OP_VENDOR BT_OP(BT_OGF_VS, 0x0001)

static struct scripted s;

static uint32_t dropped(void)
{
	struct fav_host_stats stats;

	fav_host_stats_get(s.host, &stats);
	return stats.evt_dropped;
}

static int setup(void **state)
{
	scripted_up(&s);
	scripted_forget(&s);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

/* ---- bt_hci_cmd_*() ---- */

static void the_answer_is_handed_over_status_first(void **state)
{
	struct net_buf *rsp = NULL;

	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_READ_BD_ADDR, NULL, &rsp), 0);
	assert_non_null(rsp);
	assert_int_equal(rsp->len, 7);
	assert_int_equal(rsp->data[0], BT_HCI_ERR_SUCCESS);
	assert_memory_equal(&rsp->data[1], s.public_addr.val, 6);
	net_buf_unref(rsp);
}

static void parameters_arrive_as_given(void **state)
{
	struct net_buf *buf = bt_hci_cmd_alloc(K_NO_WAIT);
	const struct scripted_cmd *cmd;

	net_buf_add_mem(buf, "abc", 3);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, buf, NULL), 0);
	cmd = scripted_sent(&s, OP_VENDOR);
	assert_int_equal(cmd->len, 3);
	assert_memory_equal(cmd->params, "abc", 3);
}

static void each_status_has_its_errno(void **state)
{
	static const struct {
		uint8_t status;
		int err;
	} cases[] = {
		{BT_HCI_ERR_INVALID_PARAM, -EINVAL},
		{BT_HCI_ERR_CMD_DISALLOWED, -EACCES},
		{BT_HCI_ERR_MEM_CAPACITY_EXCEEDED, -ENOMEM},
		{BT_HCI_ERR_CONN_LIMIT_EXCEEDED, -ECONNREFUSED},
		{BT_HCI_ERR_UNKNOWN_CMD, -ENOTSUP},
		{BT_HCI_ERR_UNKNOWN_CONN_ID, -ENOTCONN},
		{BT_HCI_ERR_HW_FAILURE, -EIO},
		{0xee, -EIO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net_buf *rsp = NULL;

		scripted_obey(&s);
		scripted_refuse(&s, OP_VENDOR, cases[i].status);
		assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, &rsp), cases[i].err);
		assert_null(rsp);
	}
}

static void commands_need_an_enabled_host(void **state)
{
	struct net_buf *buf = bt_hci_cmd_alloc(K_NO_WAIT);

	assert_int_equal(bt_disable(), 0);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, buf, NULL), -EAGAIN);
	assert_int_equal(bt_hci_cmd_send(OP_VENDOR, NULL), -EAGAIN);
}

static void buffers_run_out_and_come_back(void **state)
{
	struct net_buf *bufs[CONFIG_BT_BUF_CMD_TX_COUNT];

	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		bufs[i] = bt_hci_cmd_alloc(K_NO_WAIT);
		assert_non_null(bufs[i]);
	}
	assert_null(bt_hci_cmd_alloc(K_NO_WAIT));
	assert_null(bt_hci_cmd_create(OP_VENDOR, 0));
	assert_int_equal(bt_hci_cmd_send(OP_VENDOR, NULL), -ENOMEM);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ENOMEM);
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		assert_int_equal(bt_hci_cmd_send(OP_VENDOR, bufs[i]), 0);
	}
	/* The call that may wait waits for one of these. */
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), 0);
	assert_int_equal(scripted_count(&s, OP_VENDOR), ARRAY_SIZE(bufs) + 1);
}

static int interrupt_err;

static void at_interrupt(struct fav_timeout *t)
{
	interrupt_err = bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL);
}

static void nobody_waits_at_interrupt_level(void **state)
{
	struct fav_timeout t = {.handler = at_interrupt};

	fav_timeout_start(&t, 0);
	scripted_settle();
	assert_int_equal(interrupt_err, -EWOULDBLOCK);
}

/* ---- Time and credits ---- */

static void silence_ends_in_a_timeout_and_the_host_stays_usable(void **state)
{
	struct fav_host_stats stats;
	int64_t start = k_uptime_get();

	scripted_silence(&s, OP_VENDOR);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ETIMEDOUT);
	assert_int_equal(k_uptime_get() - start, CONFIG_BT_HCI_CMD_TIMEOUT_MS);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.cmd_timeouts, 1);
	assert_true(bt_is_ready());
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
}

static void an_answer_that_comes_too_late_is_counted(void **state)
{
	scripted_rule(&s, (struct scripted_rule){.opcode = OP_VENDOR,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = CONFIG_BT_HCI_CMD_TIMEOUT_MS + 5});
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ETIMEDOUT);
	scripted_run_ms(10);
	assert_int_equal(dropped(), 1);
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
}

static void an_answer_nobody_asked_for_is_counted(void **state)
{
	scripted_cmd_complete(&s, 1, OP_VENDOR, "\0", 1);
	scripted_cmd_status(&s, 1, OP_VENDOR, 0);
	scripted_settle();
	assert_int_equal(dropped(), 2);
}

static void without_credits_commands_wait(void **state)
{
	scripted_rule(&s, (struct scripted_rule){
				  .opcode = OP_VENDOR, .nth = 1, .deed = SCRIPTED_NO_CREDIT});
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), 0);
	assert_int_equal(bt_hci_cmd_send(OP_VENDOR, NULL), 0);
	scripted_run_ms(100);
	assert_int_equal(scripted_count(&s, OP_VENDOR), 1);
	/* No command, only credits: Core 6.0 Vol 4 Part E 7.7.14. */
	scripted_cmd_complete(&s, 1, BT_OP_NOP, NULL, 0);
	scripted_settle();
	assert_int_equal(scripted_count(&s, OP_VENDOR), 2);
	assert_int_equal(dropped(), 0);
}

static void credits_that_never_come_time_out_too(void **state)
{
	scripted_rule(&s, (struct scripted_rule){
				  .opcode = OP_VENDOR, .nth = 1, .deed = SCRIPTED_NO_CREDIT});
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), 0);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ETIMEDOUT);
	assert_int_equal(scripted_count(&s, OP_VENDOR), 1);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), 0);
}

static void one_command_at_a_time_is_with_the_controller(void **state)
{
	scripted_rule(
		&s, (struct scripted_rule){
			    .opcode = OP_VENDOR, .nth = 1, .deed = SCRIPTED_LATE, .delay_ms = 50});
	assert_int_equal(bt_hci_cmd_send(OP_VENDOR, NULL), 0);
	assert_int_equal(bt_hci_cmd_send(BT_HCI_OP_LE_RAND, NULL), 0);
	scripted_run_ms(49);
	assert_int_equal(s.cmd_count, 1);
	scripted_run_ms(2);
	assert_int_equal(s.cmd_count, 2);
	assert_int_equal(s.log[1].opcode, BT_HCI_OP_LE_RAND);
}

static void a_loss_ends_the_wait(void **state)
{
	scripted_rule(&s, (struct scripted_rule){.opcode = OP_VENDOR, .deed = SCRIPTED_LOSE});
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ENODEV);
	assert_false(bt_is_ready());
}

/* ---- Commands that are not waited for ---- */

static struct {
	int calls;
	int err;
	uint8_t status;
	uint16_t rsp_len;
	int events_before;
} done;
static int events;

static void on_done(struct bt_host *host, void *user, int err, uint8_t status,
		    struct net_buf_simple *rsp)
{
	assert_ptr_equal(user, &done);
	assert_ptr_equal(fav_host_current(), host);
	done.calls++;
	done.err = err;
	done.status = status;
	done.rsp_len = rsp->len;
	done.events_before = events;
}

static int send_async(uint16_t opcode)
{
	memset(&done, 0, sizeof(done));
	return hci__cmd_send(host__hci(s.host), opcode, NULL, on_done, &done);
}

static void done_gets_the_answer(void **state)
{
	assert_int_equal(send_async(BT_HCI_OP_READ_BD_ADDR), 0);
	assert_int_equal(done.calls, 0);
	scripted_settle();
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.err, 0);
	assert_int_equal(done.status, 0);
	assert_int_equal(done.rsp_len, 6);
}

static void done_gets_the_refusal(void **state)
{
	scripted_refuse(&s, OP_VENDOR, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(send_async(OP_VENDOR), 0);
	scripted_settle();
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.err, 0);
	assert_int_equal(done.status, BT_HCI_ERR_CMD_DISALLOWED);
}

static void done_gets_the_timeout(void **state)
{
	scripted_silence(&s, OP_VENDOR);
	assert_int_equal(send_async(OP_VENDOR), 0);
	scripted_run_ms(CONFIG_BT_HCI_CMD_TIMEOUT_MS + 1);
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.err, -ETIMEDOUT);
}

static void done_gets_the_loss_before_the_host_goes_down(void **state)
{
	scripted_silence(&s, OP_VENDOR);
	assert_int_equal(send_async(OP_VENDOR), 0);
	scripted_lose(&s, -EPIPE);
	assert_int_equal(done.calls, 0);
	scripted_settle();
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.err, -ENODEV);
}

static void done_gets_the_disabling(void **state)
{
	scripted_silence(&s, OP_VENDOR);
	assert_int_equal(send_async(OP_VENDOR), 0);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(done.calls, 1);
	assert_true(done.err < 0);
}

static bool on_vendor_event(struct net_buf_simple *buf)
{
	events++;
	return buf->len == 2;
}

static void done_comes_in_its_place_among_the_events(void **state)
{
	events = 0;
	assert_int_equal(bt_hci_register_vnd_evt_cb(on_vendor_event), 0);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	assert_int_equal(send_async(OP_VENDOR), 0);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "abc", 3);
	scripted_settle();
	assert_int_equal(done.events_before, 1);
	assert_int_equal(events, 2);
	assert_int_equal(dropped(), 1);
}

/* ---- What arrives while a call in a callback waits ---- */

static int nested_err;
static uint16_t nested_opcode;

static bool send_in_callback(struct net_buf_simple *buf)
{
	events++;
	if (events == 1) {
		nested_err = bt_hci_cmd_send_sync(nested_opcode, NULL, NULL);
		/* Others waited in order. */
		assert_int_equal(events, 1);
	}
	return true;
}

static void a_call_in_a_callback_waits_and_events_keep_their_order(void **state)
{
	events = 0;
	nested_err = 1;
	nested_opcode = OP_VENDOR;
	bt_hci_register_vnd_evt_cb(send_in_callback);
	for (int i = 0; i < 5; i++) {
		scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	}
	scripted_settle();
	assert_int_equal(nested_err, 0);
	assert_int_equal(events, 5);
}

static void a_flood_of_reports_does_not_hold_up_a_call_in_a_callback(void **state)
{
	struct fav_host_stats stats;

	events = 0;
	nested_err = 1;
	nested_opcode = OP_VENDOR;
	bt_hci_register_vnd_evt_cb(send_in_callback);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	for (int i = 0; i < 100; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, BT_ADDR_LE_ANY, NULL, 0, -40);
	}
	scripted_run_ms(10);
	assert_int_equal(nested_err, 0);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.adv_reports_dropped, 100 - CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT);
}

/* LE Advertising Report with three reports without data, Core 6.0 Vol 4 Part E 7.7.65.2. */
static void every_report_of_a_dropped_event_is_counted(void **state)
{
	uint8_t evt[2 + 3 * 10] = {BT_HCI_EVT_LE_ADVERTISING_REPORT, 3};
	struct fav_host_stats stats;

	events = 0;
	nested_err = 1;
	nested_opcode = OP_VENDOR;
	bt_hci_register_vnd_evt_cb(send_in_callback);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	for (int i = 0; i < 100; i++) {
		scripted_evt(&s, BT_HCI_EVT_LE_META_EVENT, evt, sizeof(evt));
	}
	scripted_run_ms(10);
	assert_int_equal(nested_err, 0);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.adv_reports_dropped,
			 3 * (100 - CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT));
}

static bool wait_for_buffer_in_callback(struct net_buf_simple *buf)
{
	struct net_buf *bufs[CONFIG_BT_BUF_CMD_TX_COUNT];

	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		bufs[i] = bt_hci_cmd_alloc(K_NO_WAIT);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		assert_int_equal(bt_hci_cmd_send(OP_VENDOR, bufs[i]), 0);
	}
	nested_err = bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL);
	return true;
}

static void that_flood_does_not_hold_up_a_wait_for_a_buffer(void **state)
{
	int64_t start = k_uptime_get();

	nested_err = 1;
	bt_hci_register_vnd_evt_cb(wait_for_buffer_in_callback);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	for (int i = 0; i < 100; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, BT_ADDR_LE_ANY, NULL, 0, -40);
	}
	scripted_settle();
	assert_int_equal(nested_err, 0);
	assert_int_equal(k_uptime_get(), start);
}

static void events_beside_that_flood_are_kept(void **state)
{
	events = 0;
	nested_err = 1;
	nested_opcode = OP_VENDOR;
	bt_hci_register_vnd_evt_cb(send_in_callback);
	for (int i = 0; i < 1 + CONFIG_BT_BUF_EVT_RX_COUNT + 10; i++) {
		scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	}
	scripted_run_ms(10);
	assert_int_equal(nested_err, 0);
	assert_int_equal(events, 1 + CONFIG_BT_BUF_EVT_RX_COUNT + 10);
}

static struct k_work stop_work;
static int work_err;

static void command_in_work(struct k_work *work)
{
	fav_host_select(s.host);
	work_err = bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL);
}

static void waits_nest(void **state)
{
	work_err = 1;
	k_work_init(&stop_work, command_in_work);
	k_work_submit(&stop_work);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_RAND,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = 20});
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
	assert_int_equal(work_err, 0);
}

static void disable_in_work(struct k_work *work)
{
	fav_host_select(s.host);
	work_err = bt_disable();
}

static void disabling_waits_its_turn_behind_a_silent_command(void **state)
{
	work_err = 1;
	k_work_init(&stop_work, disable_in_work);
	k_work_submit(&stop_work);
	scripted_silence(&s, OP_VENDOR);
	assert_int_equal(bt_hci_cmd_send_sync(OP_VENDOR, NULL, NULL), -ETIMEDOUT);
	assert_int_equal(work_err, 0);
	assert_false(bt_is_ready());
}

static bool disable_in_callback(struct net_buf_simple *buf)
{
	events++;
	assert_int_equal(bt_disable(), 0);
	return true;
}

static void disabling_in_a_callback_ends_the_dispatch(void **state)
{
	events = 0;
	bt_hci_register_vnd_evt_cb(disable_in_callback);
	for (int i = 0; i < 5; i++) {
		scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	}
	scripted_settle();
	assert_int_equal(events, 1);
	assert_false(bt_is_ready());
}

static bool restart_in_callback(struct net_buf_simple *buf)
{
	events++;
	if (events == 1) {
		assert_int_equal(bt_disable(), 0);
		assert_int_equal(bt_enable(NULL), 0);
	}
	return true;
}

static void enabling_again_in_a_callback_starts_over(void **state)
{
	events = 0;
	bt_hci_register_vnd_evt_cb(restart_in_callback);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	scripted_settle();
	assert_int_equal(events, 1);
	assert_true(bt_is_ready());
	scripted_evt(&s, BT_HCI_EVT_VENDOR, "ab", 2);
	scripted_settle();
	assert_int_equal(events, 2);
}

/* ---- Events that are wrong ---- */

static void nonsense_is_counted_and_dropped(void **state)
{
	static const uint8_t no_such_event[] = {FAV_H4_EVT, 0x7e, 0};
	static const uint8_t no_such_le[] = {FAV_H4_EVT, BT_HCI_EVT_LE_META_EVENT, 1, 0xee};
	static const uint8_t empty_le[] = {FAV_H4_EVT, BT_HCI_EVT_LE_META_EVENT, 0};
	static const uint8_t short_disc[] = {FAV_H4_EVT, BT_HCI_EVT_DISCONN_COMPLETE, 2, 0, 0};
	static const uint8_t short_conn[] = {FAV_H4_EVT, BT_HCI_EVT_LE_META_EVENT, 2,
					     BT_HCI_EVT_LE_CONN_COMPLETE, 0};
	static const uint8_t wrong_len[] = {FAV_H4_EVT, BT_HCI_EVT_VENDOR, 7, 0};
	uint32_t before = dropped();

	scripted_raw(&s, no_such_event, sizeof(no_such_event));
	scripted_raw(&s, no_such_le, sizeof(no_such_le));
	scripted_raw(&s, empty_le, sizeof(empty_le));
	scripted_raw(&s, short_disc, sizeof(short_disc));
	scripted_raw(&s, short_conn, sizeof(short_conn));
	scripted_raw(&s, wrong_len, sizeof(wrong_len));
	scripted_settle();
	assert_int_equal(dropped() - before, 6);
	assert_true(bt_is_ready());
}

static void every_status_has_a_text(void **state)
{
	for (unsigned int i = 0; i < 256; i++) {
		assert_non_null(bt_hci_err_to_str((uint8_t)i));
	}
	assert_string_equal(bt_hci_err_to_str(BT_HCI_ERR_CONN_TIMEOUT), "Connection Timeout");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_is_handed_over_status_first),
		TEST(parameters_arrive_as_given),
		TEST(each_status_has_its_errno),
		TEST(commands_need_an_enabled_host),
		TEST(buffers_run_out_and_come_back),
		TEST(nobody_waits_at_interrupt_level),
		TEST(silence_ends_in_a_timeout_and_the_host_stays_usable),
		TEST(an_answer_that_comes_too_late_is_counted),
		TEST(an_answer_nobody_asked_for_is_counted),
		TEST(without_credits_commands_wait),
		TEST(credits_that_never_come_time_out_too),
		TEST(one_command_at_a_time_is_with_the_controller),
		TEST(a_loss_ends_the_wait),
		TEST(done_gets_the_answer),
		TEST(done_gets_the_refusal),
		TEST(done_gets_the_timeout),
		TEST(done_gets_the_loss_before_the_host_goes_down),
		TEST(done_gets_the_disabling),
		TEST(done_comes_in_its_place_among_the_events),
		TEST(a_call_in_a_callback_waits_and_events_keep_their_order),
		TEST(every_report_of_a_dropped_event_is_counted),
		TEST(a_flood_of_reports_does_not_hold_up_a_call_in_a_callback),
		TEST(that_flood_does_not_hold_up_a_wait_for_a_buffer),
		TEST(events_beside_that_flood_are_kept),
		TEST(waits_nest),
		TEST(disabling_waits_its_turn_behind_a_silent_command),
		TEST(disabling_in_a_callback_ends_the_dispatch),
		TEST(enabling_again_in_a_callback_starts_over),
		TEST(nonsense_is_counted_and_dropped),
		TEST(every_status_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
