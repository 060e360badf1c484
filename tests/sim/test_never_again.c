/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of these happened to another integration of a BLE host; none happens here. (The link found
 * in its own callback, the enable cycles, and indications told from notifications are in
 * test_link.c and test_gatt.c; a synchronous controller and commands without answer are in
 * tests/host.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>

#include "client.h"
#include "peers.h"
#include "server.h"
#include "sim.h"

static struct sim sim;
static struct client_found found;
static struct client_result result;

static void begin(void)
{
	client_and_server_begin(&sim, &found);
}

static void end(void)
{
	client_and_server_end(&sim);
}

/* "a BLE call made inside an event callback fails, hangs or re-enters": here all that a peripheral
 * can do, from within a write callback. */
static uint32_t inside;

static void do_everything(struct bt_conn *conn)
{
	struct bt_gatt_service extra = {0};

	assert_int_equal(inside, 0);
	inside++;
	assert_int_equal(bt_gatt_notify(conn, &server.attrs[SERVER_STREAM], "now", 3), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(bt_set_name("inside"), 0);
	assert_int_equal(bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM_1M), 0);
	assert_int_equal(bt_gatt_service_unregister(&extra), -ENOENT);
	inside--;
}

static void a_callback_may_call_everything_and_is_not_entered_again(void **state)
{
	struct client_subscription subscription;

	begin();
	client_subscribe(peers[0].conn, &found, 2, BT_GATT_CCC_NOTIFY, &subscription);
	server.on_write = do_everything;
	for (uint32_t i = 1; i <= 20; i++) {
		client_write(peers[0].conn, found.value[0], "go", 2, &result);
		assert_int_equal(result.err, 0);
		assert_true(sim_until_count(&subscription.notifications, i, 1000));
	}
	peers_unlink(&sim, 0, 1);
	end();
}

static void hang_up(struct bt_conn *conn)
{
	assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN), 0);
}

static void a_write_callback_may_disconnect(void **state)
{
	begin();
	server.on_write = hang_up;
	client_write(peers[0].conn, found.value[0], "go", 2, &result);
	assert_int_equal(result.ends, 1);
	assert_true(sim_until_count(&peers[0].disconnects, 1, 5000));
	assert_true(sim_until_count(&peers[1].disconnects, 1, 5000));
	end();
}

/* "a notification that arrives before or without a subscription is lost" */
static volatile uint32_t unheard;
static uint16_t unheard_handle;
static uint8_t unheard_opcode;

static void on_unheard(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		       uint16_t len)
{
	unheard_opcode = opcode;
	unheard_handle = handle;
	unheard++;
}

static void a_notification_without_a_subscription_is_heard(void **state)
{
	struct bt_gatt_cb cb = {.unsubscribed_notify = on_unheard};
	struct bt_gatt_notify_params params = {.data = "x", .len = 1, .ignore_subscription = true};

	begin();
	unheard = 0;
	sim_on(&sim, 0);
	bt_gatt_cb_register(&cb);
	sim_on(&sim, 1);
	params.attr = &server.attrs[SERVER_STREAM];
	assert_int_equal(bt_gatt_notify_cb(peers[1].conn, &params), 0);
	assert_true(sim_until_count(&unheard, 1, 1000));
	assert_int_equal(unheard_handle, found.value[2]);
	assert_int_equal(unheard_opcode, BT_ATT_OP_NOTIFY);
	sim_on(&sim, 0);
	assert_int_equal(bt_gatt_cb_unregister(&cb), 0);
	peers_unlink(&sim, 0, 1);
	end();
}

/* "an empty characteristic gives no read result" */
static void an_empty_value_is_a_result(void **state)
{
	begin();
	client_read(peers[0].conn, found.value[1], &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(result.len, 0);
	assert_int_equal(result.ends, 1);
	assert_int_equal(result.calls, 2); /* the empty value, and the end */
	peers_unlink(&sim, 0, 1);
	end();
}

/* "a second write-done reported when the link drops" */
static void a_finished_write_ends_once_also_when_the_link_drops(void **state)
{
	begin();
	client_write(peers[0].conn, found.value[0], "w", 1, &result);
	assert_int_equal(result.ends, 1);
	peers_unlink(&sim, 0, 1);
	sim_run_ms(1000);
	assert_int_equal(result.ends, 1);
	end();
}

static volatile uint32_t dropped_ends;
static uint8_t dropped_err;

static void on_dropped_write(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	dropped_err = err;
	dropped_ends++;
}

static void a_write_in_flight_ends_once_when_the_link_drops(void **state)
{
	struct bt_gatt_write_params params = {.func = on_dropped_write, .data = "w", .length = 1};

	begin();
	dropped_ends = 0;
	params.handle = found.value[0];
	sim_on(&sim, 0);
	assert_int_equal(bt_gatt_write(peers[0].conn, &params), 0);
	fav_air_power_off(sim.air, sim.dev[1].hci);
	assert_true(sim_until_count(&peers[0].disconnects, 1, 10000));
	assert_int_equal(dropped_ends, 1);
	assert_int_not_equal(dropped_err, 0);
	sim_run_ms(40000);
	assert_int_equal(dropped_ends, 1);
	end();
}

/* "info.id (identity) used where the connection handle was meant" */
static void handle_index_and_identity_are_three_things(void **state)
{
	struct bt_conn_info info;
	uint16_t handles[4];

	sim_begin(&sim, 5);
	peers_begin(&sim);
	for (size_t i = 1; i < 5; i++) {
		peers_link(&sim, 0, i, 40);
		handles[i - 1] = peers[0].handle;
		assert_int_equal(bt_conn_get_info(peers[0].conn, &info), 0);
		assert_int_equal(info.id, BT_ID_DEFAULT);
		for (size_t j = 0; j + 1 < i; j++) {
			assert_int_not_equal(handles[j], handles[i - 1]);
		}
	}
	for (size_t i = 1; i < 5; i++) {
		peers_unlink(&sim, i, 0);
	}
	peers_end(&sim);
	sim_end(&sim);
}

/* "GATT client requests that sit in a queue until the next poll (5 s stalls)": a request leaves in
 * the next connection event, and its answer comes in the one after. */
static void no_request_waits_for_more_than_the_radio(void **state)
{
	struct bt_conn_info info;
	uint32_t limit_us;

	begin();
	sim_run_ms(
		8000); /* let the link's own procedures end, the peripheral's wish after 5 s too */
	assert_int_equal(bt_conn_get_info(peers[0].conn, &info), 0);
	limit_us = 2 * info.le.interval_us + 5000;
	for (int i = 0; i < 50; i++) {
		sim_run_ms(13);
		client_write(peers[0].conn, found.value[0], "q", 1, &result);
		assert_int_equal(result.err, 0);
		assert_in_range(result.took_us, 1, limit_us);
		client_read(peers[0].conn, found.value[0], &result);
		assert_in_range(result.took_us, 1, limit_us);
	}
	peers_unlink(&sim, 0, 1);
	end();
}

/* "scan results dropped under load: what the controller reports, the program gets" */
static volatile uint32_t heard[SIM_DEVICES];

static void count_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			 struct net_buf_simple *buf)
{
	for (size_t i = 0; i < sim.count; i++) {
		if (bt_addr_le_eq(addr, &sim.dev[i].addr)) {
			heard[i]++;
		}
	}
	/* A slow program: it asks the controller something for each report. */
	assert_int_equal(bt_le_filter_accept_list_clear(), 0);
}

static void every_report_reaches_a_slow_program(void **state)
{
	struct fav_host_stats stats;
	struct fav_air_stats air;
	uint32_t sum = 0;

	sim_begin(&sim, 19);
	for (size_t i = 1; i < sim.count; i++) {
		sim_on(&sim, i);
		assert_int_equal(
			bt_le_adv_start(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, 160, 160, NULL),
					NULL, 0, NULL, 0),
			0);
	}
	memset((void *)heard, 0, sizeof(heard));
	sim_on(&sim, 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE,
							   BT_LE_SCAN_OPT_NONE, 96, 96),
					  count_report),
			 0);
	sim_run_ms(10000);
	for (size_t i = 1; i < sim.count; i++) {
		/* 100 ms and an advDelay of 5 ms on the average: about 95 events of three packets,
		 * of which the scanner is on one channel; few collide. */
		assert_in_range(heard[i], 60, 105);
		sum += heard[i];
	}
	fav_host_stats_get(fav_host_current(), &stats);
	fav_air_stats_get(sim.air, &air);
	assert_int_equal(stats.adv_reports_dropped, 0);
	assert_int_equal(air.hci_dropped, 0);
	assert_true(sum > 18 * 60);
	sim_end(&sim);
}

/* "a deep callback chain overflowing a 4 KiB stack": a write's callback notifies, the
 * notification's callback writes again, through both hosts and the air. Were these calls nested,
 * 200 rounds would need a stack to match; they are one turn of the loop after another. */
static uintptr_t stack_top;
static uintptr_t stack_deepest;
static volatile uint32_t rounds;

static void note_depth(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	stack_deepest = MAX(stack_deepest, stack_top - here);
}

static void notify_back(struct bt_conn *conn)
{
	note_depth();
	assert_int_equal(bt_gatt_notify(conn, &server.attrs[SERVER_STREAM], "d", 1), 0);
}

static uint8_t write_again(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			   const void *data, uint16_t length)
{
	if (!data) {
		return BT_GATT_ITER_STOP;
	}
	note_depth();
	rounds++;
	assert_int_equal(bt_gatt_write_without_response(conn, found.value[0], "d", 1, false), 0);
	return BT_GATT_ITER_CONTINUE;
}

static void a_long_chain_of_callbacks_needs_no_more_stack_than_a_short_one(void **state)
{
	struct client_subscription subscription;
	uintptr_t after_one;

	begin();
	stack_top = (uintptr_t)__builtin_frame_address(0);
	stack_deepest = 0;
	rounds = 0;
	client_subscribe(peers[0].conn, &found, 2, BT_GATT_CCC_NOTIFY, &subscription);
	subscription.params.notify = write_again;
	server.on_write = notify_back;
	sim_on(&sim, 0);
	assert_int_equal(
		bt_gatt_write_without_response(peers[0].conn, found.value[0], "d", 1, false), 0);
	assert_true(sim_until_count(&rounds, 1, 5000));
	after_one = stack_deepest;
	assert_true(sim_until_count(&rounds, 200, 60000));
	assert_int_equal(stack_deepest, after_one);
	peers_unlink(&sim, 0, 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callback_may_call_everything_and_is_not_entered_again),
		cmocka_unit_test(a_write_callback_may_disconnect),
		cmocka_unit_test(a_notification_without_a_subscription_is_heard),
		cmocka_unit_test(an_empty_value_is_a_result),
		cmocka_unit_test(a_finished_write_ends_once_also_when_the_link_drops),
		cmocka_unit_test(a_write_in_flight_ends_once_when_the_link_drops),
		cmocka_unit_test(handle_index_and_identity_are_three_things),
		cmocka_unit_test(no_request_waits_for_more_than_the_radio),
		cmocka_unit_test(every_report_reaches_a_slow_program),
		cmocka_unit_test(a_long_chain_of_callbacks_needs_no_more_stack_than_a_short_one),
	};

	return SIM_RUN(tests);
}
