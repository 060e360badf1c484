/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation, and the n-th command, of enabling, advertising, scanning and disabling fail,
 * for every n: a clean error, a consistent state, and a second try that works. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "each.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static int reports;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	reports++;
}

static void begin(void)
{
	scripted_begin(&s);
	reports = 0;
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

/* A report that found no buffer came later, not never. */
static void check(void)
{
	assert_int_equal(reports, 1);
}

static const struct each_run all = {
	.s = &s,
	.begin = begin,
	.run = run,
	.recover = recover,
	.check = check,
};

static void any_allocation_may_fail(void **state)
{
	struct each_result result = each_allocation_fails(&all);

	assert_in_range(result.runs, 30, 200);
	assert_true(result.errors > 0);
}

static void any_command_may_be_refused_or_unanswered(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT,
						   SCRIPTED_NO_CREDIT, SCRIPTED_WRONG_OPCODE};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		struct each_result result = each_command_meets(&all, deeds[i]);

		assert_int_equal(result.errors, result.runs);
	}
}

static void the_transport_may_go_at_any_command(void **state)
{
	each_command_loses_the_transport(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(any_command_may_be_refused_or_unanswered),
		cmocka_unit_test(the_transport_may_go_at_any_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
