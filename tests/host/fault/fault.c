/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation, and the n-th command, of enabling, advertising, scanning and disabling fail,
 * for every n: a clean error, a consistent state, and a second try that works. Received ACL data
 * and its flow control. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/hci_core.h"
#include "host/host.h"
#include "host/scripted.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static int reports;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	reports++;
}

/* The whole run; the first error ends it. */
static int run(void)
{
	const struct bt_data sd[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "abc", 3)};
	int err = bt_is_ready() ? 0 : bt_enable(NULL);

	if (err == 0) {
		err = bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, sd, 1);
	}
	if (err == 0) {
		err = bt_le_adv_update_data(sd, 1, NULL, 0);
	}
	if (err == 0) {
		err = bt_le_filter_accept_list_add(&peer);
	}
	if (err == 0) {
		err = bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report);
	}
	if (err == 0) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, "\x02\x01\x06", 3, -70);
		scripted_run_ms(2000);
		err = bt_le_scan_stop();
	}
	if (err == 0) {
		err = bt_le_adv_stop();
	}
	return err;
}

/* After a failure nothing is half done: what runs can be stopped, and all can be run again. */
static void recover(void)
{
	if (bt_is_ready()) {
		assert_int_equal(bt_le_scan_stop(), 0);
		assert_int_equal(bt_le_adv_stop(), 0);
	}
	assert_int_equal(run(), 0);
}

static void any_allocation_may_fail(void **state)
{
	uint32_t failures = 0;
	uint32_t count;

	scripted_begin(&s);
	fav_fault_alloc_at(0);
	assert_int_equal(run(), 0);
	count = fav_fault_alloc_count();
	scripted_down(&s);
	assert_in_range(count, 30, 200);

	for (uint32_t n = 1; n <= count; n++) {
		int err;

		scripted_begin(&s);
		reports = 0;
		fav_fault_alloc_at(n);
		err = run();
		fav_fault_alloc_at(0);
		assert_true(err == 0 || err == -ENOMEM);
		failures += err != 0;
		/* A report that found no buffer came later, not never. */
		assert_true(err != 0 || reports == 1);
		recover();
		scripted_down(&s);
	}
	assert_true(failures > 0);
}

static void any_command_may_be_refused_or_unanswered(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT,
						   SCRIPTED_NO_CREDIT, SCRIPTED_WRONG_OPCODE};
	uint32_t count;

	scripted_begin(&s);
	assert_int_equal(run(), 0);
	count = s.cmd_count;
	scripted_down(&s);

	for (size_t d = 0; d < ARRAY_SIZE(deeds); d++) {
		/* A credit that does not come is missed by the command after. */
		uint32_t last = deeds[d] == SCRIPTED_NO_CREDIT ? count - 1 : count;

		for (uint32_t n = 1; n <= last; n++) {
			scripted_begin(&s);
			scripted_rule(&s, (struct scripted_rule){.nth = n,
								 .deed = deeds[d],
								 .status = BT_HCI_ERR_HW_FAILURE});
			assert_true(run() < 0);
			scripted_obey(&s);
			recover();
			scripted_down(&s);
		}
	}
}

static void the_transport_may_go_at_any_command(void **state)
{
	uint32_t count;

	scripted_begin(&s);
	assert_int_equal(run(), 0);
	count = s.cmd_count;
	scripted_down(&s);

	for (uint32_t n = 1; n <= count; n++) {
		scripted_begin(&s);
		scripted_rule(&s, (struct scripted_rule){.nth = n, .deed = SCRIPTED_LOSE});
		assert_true(run() < 0);
		scripted_obey(&s);
		scripted_settle();
		assert_false(bt_is_ready());
		(void)bt_disable();
		recover();
		scripted_down(&s);
	}
}

/* ---- ACL data from the controller ---- */

#define HELD_MAX CONFIG_BT_BUF_ACL_RX_COUNT
static struct net_buf *held[HELD_MAX];
static size_t held_count;

static void hold(struct bt_host *host, struct net_buf *buf)
{
	assert_true(held_count < HELD_MAX);
	held[held_count++] = buf;
}

static void release(void)
{
	while (held_count > 0) {
		net_buf_unref(held[--held_count]);
	}
}

static void acl_up(void)
{
	scripted_up(&s);
	held_count = 0;
	hci__acl_register(host__hci(s.host), hold, NULL);
}

static void each_buffer_given_back_is_told_to_the_controller(void **state)
{
	acl_up();
	for (int i = 0; i < 5; i++) {
		scripted_acl_in(&s, 1 + i % 2, BT_ACL_START, "abcd", 4);
	}
	scripted_settle();
	assert_int_equal(held_count, 5);
	assert_int_equal(s.host_completed, 0);
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, 5);
	/* One command for all that were given back together. */
	assert_int_equal(scripted_count(&s, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS), 1);
	scripted_down(&s);
}

static void buffers_of_a_link_that_ended_are_not_told(void **state)
{
	acl_up();
	scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	scripted_acl_in(&s, 2, BT_ACL_START, "abcd", 4);
	scripted_disconnected(&s, 1, BT_HCI_ERR_CONN_TIMEOUT);
	scripted_settle();
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, 1);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS)->params[1], 2);
	scripted_down(&s);
}

static void completions_wait_for_a_command_buffer(void **state)
{
	struct net_buf *bufs[CONFIG_BT_BUF_CMD_TX_COUNT];

	acl_up();
	scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	scripted_settle();
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		bufs[i] = bt_hci_cmd_alloc(K_NO_WAIT);
	}
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		net_buf_unref(bufs[i]);
	}
	scripted_settle();
	assert_int_equal(s.host_completed, 1);
	scripted_down(&s);
}

static void more_data_than_buffers_waits_in_the_transport(void **state)
{
	acl_up();
	for (int i = 0; i < HELD_MAX + 3; i++) {
		scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	}
	scripted_settle();
	assert_int_equal(held_count, HELD_MAX);
	assert_int_equal(s.out_put - s.out_got, 3);
	release();
	scripted_settle();
	assert_int_equal(held_count, 3);
	release();
	scripted_down(&s);
}

static void buffers_given_back_after_disabling_do_no_harm(void **state)
{
	acl_up();
	scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	release();
	scripted_settle();
	scripted_enable(&s);
	scripted_settle();
	assert_int_equal(s.host_completed, 0);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(any_command_may_be_refused_or_unanswered),
		cmocka_unit_test(the_transport_may_go_at_any_command),
		cmocka_unit_test(each_buffer_given_back_is_told_to_the_controller),
		cmocka_unit_test(buffers_of_a_link_that_ended_are_not_told),
		cmocka_unit_test(completions_wait_for_a_command_buffer),
		cmocka_unit_test(more_data_than_buffers_waits_in_the_transport),
		cmocka_unit_test(buffers_given_back_after_disabling_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
