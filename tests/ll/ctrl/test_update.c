/* SPDX-License-Identifier: Apache-2.0 */

/*
 * New parameters and channels of a connection, Core 6.0 Vol 6 Part B 5.1.1, 5.1.2, 5.1.7: with
 * hosts that agree and refuse, requests that cross, and instants that cannot be.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/ctrl/ctrl.h"

/* ---- Connection update, 5.1.1 ---- */

/*
 *   C                                       P
 *   |-- CONNECTION_UPDATE_IND(instant) ---->|
 *   |  instant                              |   both hosts: update complete
 *   |-- every 50 ms ----------------------->|
 */
static void the_central_updates_the_parameters_at_an_instant(void **state)
{
	int at, next;

	ctrl_begin();
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 40, 40, 0, 300));
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	assert_int_equal(ctrl_sent(true, LL_CONNECTION_UPDATE_IND), 1);
	bench_trace(&bench);
	raw_run_ms(1000);
	for (at = 2; (size_t)at + 2 < bench.traced; at = next) {
		next = at + 2;
		assert_int_equal(bench.trace[next].start_us - bench.trace[at].start_us, 50000);
		assert_int_equal(bench.trace[next].sender, bench.trace[at].sender);
	}
	pair_end_alive();
}

/* At the instant the last packet is 200 ms old, or more: the new timeout runs from there. */
static void a_timeout_shorter_than_the_old_interval_loses_nobody(void **state)
{
	ctrl_begin();
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 160, 160, 0, 400));
	ctrl_check_update(c, 160, 0, 400);
	ctrl_check_update(p, 160, 0, 400);
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 24, 24, 0, 10));
	ctrl_check_update(c, 24, 0, 10);
	ctrl_check_update(p, 24, 0, 10);
	raw_run_ms(2000);
	pair_end_alive();
}

/*
 *   C                                          P
 *   |-- CONNECTION_UPDATE_IND ---------------->|   window: 3.75 ms behind the old anchor, 2.5 ms
 *   |  instant                                 |
 *   |   old anchor + 5 ms: within the window   |
 */
static void the_new_anchor_may_be_anywhere_in_its_window(void **state)
{
	struct ll_connection_update_ind ind = {
		.win_size = 2, .win_offset = 3, .interval = 40, .timeout = 300};
	struct ll_instant *instant;

	ctrl_begin();
	ind.instant = peer_conn(c, ch)->counter + 10;
	peer_say(c, ch, LL_CONNECTION_UPDATE_IND, &ind, sizeof(ind));
	instant = &peer_conn(c, ch)->ctrl.instant;
	instant->kind = LL_INSTANT_UPDATE;
	instant->counter = ind.instant;
	instant->update = ind;
	instant->offset_us = 5000;
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	bench_trace(&bench);
	raw_run_ms(1000);
	/* Each event has its answer. */
	assert_in_range(bench.traced, 38, 42);
	pair_end_alive();
}

/* A central that has not asked for features goes straight to the update, which is another procedure
 * than the peripheral's request. */
static void a_parameter_request_into_an_update_is_refused(void **state)
{
	ctrl_begin();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ph, 80, 80, 0, 300));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_DIFF_TRANS_COLLISION);
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	pair_end_alive();
}

static void updates_survive_loss(void **state)
{
	ctrl_begin();
	bench.loss_percent = 20;
	bench.verdict = bench_lossy;
	for (uint16_t i = 0; i < 20; i++) {
		uint16_t interval = 12 + i % 2 * 30;

		raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, interval, interval, 0, 300));
		ctrl_check_update(c, interval, 0, 300);
		ctrl_check_update(p, interval, 0, 300);
	}
	bench.verdict = NULL;
	pair_end_alive();
}

/* ---- Connection parameters request, 5.1.7 ---- */

static void exchange_features(void)
{
	raw_do(c, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ch)));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200);
	raw_forget(c);
	bench_trace(&bench);
}

static void check_request(struct raw_host *host, uint16_t handle, uint16_t min, uint16_t max)
{
	const struct raw_event *event = raw_expect_le(host, BT_HCI_EVT_LE_CONN_PARAM_REQ, 500);

	assert_int_equal(sys_get_le16(event->params), handle);
	assert_int_equal(sys_get_le16(event->params + 2), min);
	assert_int_equal(sys_get_le16(event->params + 4), max);
}

/*
 *   C                                P
 *   |<--- CONNECTION_PARAM_REQ ------|      |-- CONNECTION_PARAM_REQ ------->|
 *   host C is asked, and agrees      |      |           host P is asked, and agrees
 *   |                                |      |<-- CONNECTION_PARAM_RSP -------|
 *   |-- CONNECTION_UPDATE_IND ------>|      |-- CONNECTION_UPDATE_IND ------>|
 */
static void a_parameter_request_asks_the_other_host(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	uint16_t xh = pair_handle(central), yh = pair_handle(!central);

	ctrl_begin();
	exchange_features();
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(xh, 40, 80, 2, 300));
	check_request(y, yh, 40, 80);
	assert_int_equal(raw_cmd(x, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(xh, 40, 80, 2, 300)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(y, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, CTRL_UPDATE(yh, 48, 56, 1, 300));
	ctrl_check_update(x, 56, 1, 300);
	ctrl_check_update(y, 56, 1, 300);
	assert_int_equal(ctrl_sent(central, LL_CONNECTION_PARAM_REQ), 1);
	assert_int_equal(ctrl_sent(true, LL_CONNECTION_UPDATE_IND), 1);
	/* There is nothing to answer now. */
	assert_int_equal(
		raw_cmd(y, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, CTRL_UPDATE(yh, 48, 56, 1, 300)),
		BT_HCI_ERR_CMD_DISALLOWED);
	pair_end_alive();
}

/*
 *   X                              Y
 *   |-- CONNECTION_PARAM_REQ ----->|    host Y refuses
 *   |<----------- REJECT_EXT_IND --|    host X: update complete with that error
 */
static void a_host_may_refuse_parameters(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	uint16_t xh = pair_handle(central), yh = pair_handle(!central);

	ctrl_begin();
	exchange_features();
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(xh, 40, 80, 2, 300));
	check_request(y, yh, 40, 80);
	raw_do(y, BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY,
	       RAW_BYTES(RAW_LE16(yh), BT_HCI_ERR_UNACCEPT_CONN_PARAM));
	assert_int_equal(raw_expect_le(x, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_UNACCEPT_CONN_PARAM);
	assert_false(raw_has_le(y, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE));
	pair_end_alive();
}

/*
 *   C                              P
 *   |-- CONNECTION_PARAM_REQ ----->|    host P has masked the event
 *   |<----------- REJECT_EXT_IND --|    Unsupported Remote Feature
 *   |-- CONNECTION_UPDATE_IND ---->|    a central does without
 */
static void a_masked_request_is_refused_and_a_central_does_without(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);

	ctrl_begin();
	exchange_features();
	raw_do(y, BT_HCI_OP_LE_SET_EVENT_MASK, RAW_BYTES(0x1f, 0, 0, 0, 0, 0, 0, 0));
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(pair_handle(central), 40, 40, 0, 300));
	if (central) {
		ctrl_check_update(c, 40, 0, 300);
		ctrl_check_update(p, 40, 0, 300);
	} else {
		assert_int_equal(
			raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	}
	pair_end_alive();
}

/*
 *   C                              P
 *   |-- CONNECTION_PARAM_REQ ----->|
 *   |<----- CONNECTION_PARAM_REQ --|    both at once: the central's goes on
 *   |-- REJECT_EXT_IND ----------->|    LL Procedure Collision
 */
static void of_two_parameter_requests_the_centrals_goes_on(void **state)
{
	ctrl_begin();
	exchange_features();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ph, 80, 80, 0, 300));
	check_request(p, ph, 40, 40);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_LL_PROC_COLLISION);
	raw_do(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, CTRL_UPDATE(ph, 40, 40, 0, 300));
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	pair_end_alive();
}

/* Incompatible procedures of different kinds: 5.3, Different Transaction Collision. */
static void a_phy_request_into_a_connection_update_is_refused(void **state)
{
	ctrl_begin();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0],
			 BT_HCI_ERR_DIFF_TRANS_COLLISION);
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	pair_end_alive();
}

/* ---- Channel map, 5.1.2 ---- */

/*
 *   C                                    P
 *   |-- CHANNEL_MAP_IND(instant) ------->|
 *   |  instant                           |
 *   |== only channels 10 to 17 ==========|
 */
static void a_channel_map_is_used_from_its_instant_on(void **state)
{
	static const uint8_t map[5] = {0, 0xfc, 0x03, 0, 0};

	ctrl_begin();
	raw_do(c, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, map, sizeof(map));
	raw_run_ms(500);
	raw_do(p, BT_HCI_OP_LE_READ_CHAN_MAP, RAW_BYTES(RAW_LE16(ph)));
	assert_memory_equal(p->rsp + 2, map, sizeof(map));
	bench_trace(&bench);
	raw_run_ms(3000);
	assert_true(bench.traced > 150);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_in_range(bench.trace[i].channel, 10, 17);
	}
	pair_end_alive();
}

/* ---- Lies about instants and parameters ---- */

static void an_instant_in_the_past_ends_the_connection(void **state)
{
	struct ll_channel_map_ind map = {.chan_map = {0xff, 0xff, 0, 0, 0}};

	ctrl_begin();
	map.instant = sys_cpu_to_le16(peer_conn(c, ch)->counter - 3);
	peer_say(c, ch, LL_CHANNEL_MAP_IND, &map, sizeof(map));
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
			 BT_HCI_ERR_INSTANT_PASSED);
	bench_end(&bench);
}

static void two_instants_at_once_end_the_connection(void **state)
{
	struct ll_channel_map_ind map = {.chan_map = {0xff, 0xff, 0, 0, 0}};

	ctrl_begin();
	map.instant = sys_cpu_to_le16(peer_conn(c, ch)->counter + 20);
	peer_say(c, ch, LL_CHANNEL_MAP_IND, &map, sizeof(map));
	peer_say(c, ch, LL_CHANNEL_MAP_IND, &map, sizeof(map));
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
			 BT_HCI_ERR_DIFF_TRANS_COLLISION);
	bench_end(&bench);
}

static void impossible_parameters_end_the_connection(void **state)
{
	static const struct ll_connection_update_ind bad[] = {
		{1, 0, 0, 0, 100, 0},    {1, 0, 5, 0, 100, 0},  {1, 0, 3201, 0, 3200, 0},
		{1, 0, 24, 500, 100, 0}, {1, 0, 24, 0, 9, 0},   {1, 0, 24, 0, 3201, 0},
		{1, 0, 400, 9, 100, 0},  {0, 0, 24, 0, 100, 0}, {9, 0, 24, 0, 100, 0},
		{1, 25, 24, 0, 100, 0},  {6, 0, 6, 0, 100, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ll_connection_update_ind ind = bad[i];

		ctrl_begin();
		ind.instant = peer_conn(c, ch)->counter + 20;
		peer_say(c, ch, LL_CONNECTION_UPDATE_IND, &ind, sizeof(ind));
		assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
				 BT_HCI_ERR_INVALID_LL_PARAM);
		bench_end(&bench);
	}
}

static void a_request_with_impossible_parameters_is_refused(void **state)
{
	struct ll_connection_param param = {.interval_min = 3, .interval_max = 2};
	int at;

	ctrl_begin();
	peer_say(p, ph, LL_CONNECTION_PARAM_REQ, &param, sizeof(param));
	raw_run_ms(100);
	at = bench_find_ctrl(&bench, 0, 0, LL_REJECT_EXT_IND);
	assert_true(at >= 0);
	assert_int_equal(bench.trace[at].pdu[3], LL_CONNECTION_PARAM_REQ);
	assert_int_equal(bench.trace[at].pdu[4], BT_HCI_ERR_INVALID_LL_PARAM);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_CONN_PARAM_REQ));
	pair_end_alive();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_central_updates_the_parameters_at_an_instant),
		cmocka_unit_test(a_timeout_shorter_than_the_old_interval_loses_nobody),
		cmocka_unit_test(the_new_anchor_may_be_anywhere_in_its_window),
		cmocka_unit_test(a_parameter_request_into_an_update_is_refused),
		cmocka_unit_test(updates_survive_loss),
		PAIR_BOTH_ROLES(a_parameter_request_asks_the_other_host),
		PAIR_BOTH_ROLES(a_host_may_refuse_parameters),
		PAIR_BOTH_ROLES(a_masked_request_is_refused_and_a_central_does_without),
		cmocka_unit_test(of_two_parameter_requests_the_centrals_goes_on),
		cmocka_unit_test(a_phy_request_into_a_connection_update_is_refused),
		cmocka_unit_test(a_channel_map_is_used_from_its_instant_on),
		cmocka_unit_test(an_instant_in_the_past_ends_the_connection),
		cmocka_unit_test(two_instants_at_once_end_the_connection),
		cmocka_unit_test(impossible_parameters_end_the_connection),
		cmocka_unit_test(a_request_with_impossible_parameters_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
