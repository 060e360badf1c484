/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The link layer control protocol, Core 6.0 Vol 6 Part B 5: each procedure in both roles, with a
 * peer that refuses, is silent, collides or lies.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

#define INTERVAL_MS 30

static struct bench bench;
static struct raw_host *const c = &bench.dev[0], *const p = &bench.dev[1];
static uint16_t ch, ph;

static void begin(void)
{
	bench_begin(&bench, 2);
	raw_connect(c, p, NULL, &ch, &ph);
	raw_run_ms(200);
	raw_forget(c);
	raw_forget(p);
	bench_trace(&bench);
}

/* The link has survived, and carries data. */
static void end_alive(void)
{
	static struct stream down;

	stream_begin(&down, c, ch, p);
	stream_send(&down, 20);
	stream_finish(&down, 2000);
	assert_false(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE));
	assert_false(raw_has(p, BT_HCI_EVT_DISCONN_COMPLETE));
	bench_end(&bench);
}

static struct raw_host *host_of(bool central)
{
	return central ? c : p;
}

static uint16_t handle_of(bool central)
{
	return central ? ch : ph;
}

/* That many control PDUs with that opcode were sent by that side, retransmissions included. */
static unsigned int sent(bool central, uint8_t opcode)
{
	unsigned int count = 0;
	int at = 0;

	while ((at = bench_find_ctrl(&bench, at, central ? 0 : 1, opcode)) >= 0) {
		count++;
		at++;
	}
	return count;
}

/* Who begins a procedure in a test: cmocka's state. */
static bool by_central(void **state)
{
	return *(bool *)*state;
}

/* ---- Version exchange, 5.1.5 ---- */

/*
 *   X                        Y
 *   |-- VERSION_IND -------->|
 *   |<-------- VERSION_IND --|   host X: Read Remote Version Information Complete
 */
static void versions_are_exchanged_once(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central);
	const struct raw_event *event;

	begin();
	for (int i = 0; i < 3; i++) {
		raw_do(x, BT_HCI_OP_READ_REMOTE_VERSION_INFO,
		       RAW_BYTES(RAW_LE16(handle_of(central))));
		event = raw_expect(x, BT_HCI_EVT_REMOTE_VERSION_INFO, 200);
		assert_int_equal(event->params[0], 0);
		assert_int_equal(sys_get_le16(event->params + 1), handle_of(central));
		assert_int_equal(event->params[3], 0x0e);
		assert_int_equal(sys_get_le16(event->params + 4), 0xffff);
	}
	assert_int_equal(sent(true, LL_VERSION_IND), 1);
	assert_int_equal(sent(false, LL_VERSION_IND), 1);
	end_alive();
}

static void both_may_ask_for_the_version_at_once(void **state)
{
	begin();
	raw_send_cmd(c, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ch)));
	raw_send_cmd(p, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_REMOTE_VERSION_INFO, 200)->params[0], 0);
	assert_int_equal(raw_expect(p, BT_HCI_EVT_REMOTE_VERSION_INFO, 200)->params[0], 0);
	assert_int_equal(sent(true, LL_VERSION_IND), 1);
	assert_int_equal(sent(false, LL_VERSION_IND), 1);
	end_alive();
}

/* ---- Feature exchange, 5.1.4 ---- */

/*
 *   C                                P
 *   |-- FEATURE_REQ ---------------->|        |<---- PERIPHERAL_FEATURE_REQ --|
 *   |<---------------- FEATURE_RSP --|   or   |-- FEATURE_RSP -------------->|
 */
static void features_are_exchanged(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central);
	const struct raw_event *event;

	begin();
	for (int i = 0; i < 2; i++) {
		raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES,
		       RAW_BYTES(RAW_LE16(handle_of(central))));
		event = raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200);
		assert_int_equal(event->params[0], 0);
		assert_memory_equal(event->params + 3, ctl__le_features, 8);
	}
	assert_int_equal(sent(central, central ? LL_FEATURE_REQ : LL_PERIPHERAL_FEATURE_REQ), 1);
	assert_int_equal(sent(!central, LL_FEATURE_RSP), 1);
	end_alive();
}

/* 2.4.2.10: octet 0 of the answer is what both have. */
static void the_answer_tells_the_features_of_both(void **state)
{
	static const uint8_t few[8] = {CTL_FEATURE_DLE | CTL_FEATURE_EXT_REJECT, 0xff};
	int at;

	begin();
	peer_say(p, ph, LL_PERIPHERAL_FEATURE_REQ, few, sizeof(few));
	raw_run_ms(100);
	at = bench_find_ctrl(&bench, 0, 0, LL_FEATURE_RSP);
	assert_true(at >= 0);
	assert_int_equal(bench.trace[at].pdu[3], few[0]);
	assert_int_equal(bench.trace[at].pdu[4], ctl__le_features[1]);
	end_alive();
}

/*
 *   X                                Y
 *   |-- (PERIPHERAL_)FEATURE_REQ --->|
 *   |<---------------- UNKNOWN_RSP --|   host X: Unsupported Remote Feature
 */
static void a_peer_without_feature_exchange_is_reported(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	uint8_t opcode = central ? LL_FEATURE_REQ : LL_PERIPHERAL_FEATURE_REQ;

	begin();
	peer_silence(y, handle_of(!central));
	raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(handle_of(central))));
	peer_say(y, handle_of(!central), LL_UNKNOWN_RSP, &opcode, 1);
	assert_int_equal(raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 300)->params[0],
			 BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	bench_end(&bench);
}

/* ---- Data length, 5.1.9 ---- */

/*
 *   X                      Y
 *   |-- LENGTH_REQ ------->|
 *   |<------- LENGTH_RSP --|   both hosts: LE Data Length Change
 */
static void longer_packets_are_agreed_on(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	static struct stream stream;
	const struct raw_event *event;
	size_t longest = 0;

	begin();
	raw_do(x, BT_HCI_OP_LE_SET_DATA_LEN,
	       RAW_BYTES(RAW_LE16(handle_of(central)), 251, 0, RAW_LE16(2120)));
	event = raw_expect_le(x, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 251);
	assert_int_equal(sys_get_le16(event->params + 4), 2120);
	assert_int_equal(sys_get_le16(event->params + 6), 27);
	event = raw_expect_le(y, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 27);
	assert_int_equal(sys_get_le16(event->params + 6), 251);
	assert_int_equal(sys_get_le16(event->params + 8), 2120);
	bench_trace(&bench);
	stream_begin(&stream, x, handle_of(central), y);
	stream_send(&stream, 600);
	stream_finish(&stream, 2000);
	for (size_t i = 0; i < bench.traced; i++) {
		longest = MAX(longest, bench.trace[i].len);
	}
	assert_int_equal(longest, 2 + 251);
	y->user = NULL;
	end_alive();
}

static void the_suggested_length_is_negotiated_for_new_connections(void **state)
{
	const struct raw_event *event;

	bench_begin(&bench, 2);
	raw_do(c, BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, RAW_BYTES(100, 0, RAW_LE16(2120)));
	raw_connect(c, p, NULL, &ch, &ph);
	event = raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 100);
	end_alive();
}

/* A time too short for the octets bounds the packets as well. */
static void the_time_bounds_the_octets(void **state)
{
	static struct stream stream;
	size_t longest = 0;

	begin();
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(1000)));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	bench_trace(&bench);
	stream_begin(&stream, c, ch, p);
	stream_send(&stream, 600);
	stream_finish(&stream, 2000);
	for (size_t i = 0; i < bench.traced; i++) {
		longest = MAX(longest, bench.trace[i].len);
	}
	/* (14 + n) * 8 <= 1000, with room for a MIC. */
	assert_int_equal(longest, 2 + 111);
	p->user = NULL;
	end_alive();
}

/* A peer that offers less than every device must take counts as offering that. */
static void nonsensical_lengths_do_no_harm(void **state)
{
	struct ll_length zero = {0};

	begin();
	peer_say(p, ph, LL_LENGTH_REQ, &zero, sizeof(zero));
	raw_run_ms(200);
	assert_int_equal(sent(true, LL_LENGTH_RSP), 1);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE));
	end_alive();
}

static void a_peer_without_data_length_is_remembered(void **state)
{
	uint8_t opcode = LL_LENGTH_REQ;

	begin();
	peer_silence(p, ph);
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120)));
	peer_say(p, ph, LL_UNKNOWN_RSP, &opcode, 1);
	raw_run_ms(200);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_SET_DATA_LEN,
				 RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120))),
			 BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	bench_end(&bench);
}

/* ---- PHY update, 5.1.10 ---- */

static void check_phys(struct raw_host *host, uint16_t handle, uint8_t tx, uint8_t rx)
{
	raw_do(host, BT_HCI_OP_LE_READ_PHY, RAW_BYTES(RAW_LE16(handle)));
	assert_int_equal(host->rsp[2], tx);
	assert_int_equal(host->rsp[3], rx);
}

/*
 *   C                              P
 *   |-- PHY_REQ ------------------>|        |<-------------- PHY_REQ --|
 *   |<------------------ PHY_RSP --|
 *   |-- PHY_UPDATE_IND(instant) -->|   or   |-- PHY_UPDATE_IND ------->|
 *   |  instant                     |
 *   |== 2M ========================|   both hosts: LE PHY Update Complete
 */
static void both_directions_go_to_2m(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	const struct raw_event *event;

	begin();
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(handle_of(central)), 0, 2, 2, 0, 0));
	event = raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	assert_int_equal(event->params[0], 0);
	assert_int_equal(event->params[3], 2);
	assert_int_equal(event->params[4], 2);
	event = raw_expect_le(y, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 100);
	assert_int_equal(event->params[0], 0);
	check_phys(c, ch, 2, 2);
	check_phys(p, ph, 2, 2);
	bench_trace(&bench);
	raw_run_ms(300);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_int_equal(bench.trace[i].phy, 2);
		assert_int_equal(bench.trace[i].airtime_us, (2 + 4 + 2 + 3) * 4);
	}
	/* What is already so ends at once, and is told to who asked. */
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(handle_of(central)), 0, 2, 2, 0, 0));
	event = raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 300);
	assert_int_equal(event->params[0], 0);
	raw_run_ms(300);
	assert_false(raw_has_le(y, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE));
	/* And back. */
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(handle_of(central)), 0, 1, 1, 0, 0));
	(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	check_phys(c, ch, 1, 1);
	check_phys(p, ph, 1, 1);
	end_alive();
}

static void one_direction_goes_to_2m(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central);

	begin();
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(handle_of(central)), 0, 2, 1, 0, 0));
	(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	check_phys(x, handle_of(central), 2, 1);
	check_phys(host_of(!central), handle_of(!central), 1, 2);
	end_alive();
}

/*
 *   C                        P
 *   |-- PHY_REQ ------------>|
 *   |<------------ PHY_REQ --|    both at once: the central's goes on
 *   |-- REJECT_EXT_IND ----->|    LL Procedure Collision
 *   |<------------ PHY_RSP --|
 *   |-- PHY_UPDATE_IND ----->|
 */
static void of_two_phy_updates_the_centrals_goes_on(void **state)
{
	begin();
	raw_send_cmd(c, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ch), 0, 2, 2, 0, 0));
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0],
			 BT_HCI_ERR_LL_PROC_COLLISION);
	assert_int_equal(raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	assert_int_equal(sent(true, LL_REJECT_EXT_IND), 1);
	check_phys(c, ch, 2, 2);
	check_phys(p, ph, 2, 2);
	end_alive();
}

/* ---- Connection update, 5.1.1 ---- */

static void check_conn_update(struct raw_host *host, uint16_t interval, uint16_t latency,
			      uint16_t timeout)
{
	const struct raw_event *event =
		raw_expect_le(host, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 2000);

	assert_int_equal(event->params[0], 0);
	assert_int_equal(sys_get_le16(event->params + 3), interval);
	assert_int_equal(sys_get_le16(event->params + 5), latency);
	assert_int_equal(sys_get_le16(event->params + 7), timeout);
}

#define UPDATE(handle, min, max, latency, timeout)                                               \
	RAW_BYTES(RAW_LE16(handle), RAW_LE16(min), RAW_LE16(max), latency, 0, RAW_LE16(timeout), \
		  0, 0, 0, 0)

/*
 *   C                                       P
 *   |-- CONNECTION_UPDATE_IND(instant) ---->|
 *   |  instant                              |   both hosts: update complete
 *   |-- every 50 ms ----------------------->|
 */
static void the_central_updates_the_parameters_at_an_instant(void **state)
{
	int at, next;

	begin();
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, 40, 40, 0, 300));
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	assert_int_equal(sent(true, LL_CONNECTION_UPDATE_IND), 1);
	bench_trace(&bench);
	raw_run_ms(1000);
	for (at = 2; (size_t)at + 2 < bench.traced; at = next) {
		next = at + 2;
		assert_int_equal(bench.trace[next].start_us - bench.trace[at].start_us, 50000);
		assert_int_equal(bench.trace[next].sender, bench.trace[at].sender);
	}
	end_alive();
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

	begin();
	ind.instant = peer_conn(c, ch)->counter + 10;
	peer_say(c, ch, LL_CONNECTION_UPDATE_IND, &ind, sizeof(ind));
	instant = &peer_conn(c, ch)->ctrl.instant;
	instant->kind = LL_INSTANT_UPDATE;
	instant->counter = ind.instant;
	instant->update = ind;
	instant->offset_us = 5000;
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	bench_trace(&bench);
	raw_run_ms(1000);
	/* Each event has its answer. */
	assert_in_range(bench.traced, 38, 42);
	end_alive();
}

/* A central that has not asked for features goes straight to the update, which is another procedure
 * than the peripheral's request. */
static void a_parameter_request_into_an_update_is_refused(void **state)
{
	begin();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ph, 80, 80, 0, 300));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_DIFF_TRANS_COLLISION);
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	end_alive();
}

static void updates_survive_loss(void **state)
{
	begin();
	bench.loss_percent = 20;
	bench.verdict = bench_lossy;
	for (uint16_t i = 0; i < 20; i++) {
		uint16_t interval = 12 + i % 2 * 30;

		raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, interval, interval, 0, 300));
		check_conn_update(c, interval, 0, 300);
		check_conn_update(p, interval, 0, 300);
	}
	bench.verdict = NULL;
	end_alive();
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
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	uint16_t xh = handle_of(central), yh = handle_of(!central);

	begin();
	exchange_features();
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(xh, 40, 80, 2, 300));
	check_request(y, yh, 40, 80);
	assert_int_equal(raw_cmd(x, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(xh, 40, 80, 2, 300)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(y, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, UPDATE(yh, 48, 56, 1, 300));
	check_conn_update(x, 56, 1, 300);
	check_conn_update(y, 56, 1, 300);
	assert_int_equal(sent(central, LL_CONNECTION_PARAM_REQ), 1);
	assert_int_equal(sent(true, LL_CONNECTION_UPDATE_IND), 1);
	/* There is nothing to answer now. */
	assert_int_equal(raw_cmd(y, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, UPDATE(yh, 48, 56, 1, 300)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	end_alive();
}

/*
 *   X                              Y
 *   |-- CONNECTION_PARAM_REQ ----->|    host Y refuses
 *   |<----------- REJECT_EXT_IND --|    host X: update complete with that error
 */
static void a_host_may_refuse_parameters(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	uint16_t xh = handle_of(central), yh = handle_of(!central);

	begin();
	exchange_features();
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(xh, 40, 80, 2, 300));
	check_request(y, yh, 40, 80);
	raw_do(y, BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY,
	       RAW_BYTES(RAW_LE16(yh), BT_HCI_ERR_UNACCEPT_CONN_PARAM));
	assert_int_equal(raw_expect_le(x, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_UNACCEPT_CONN_PARAM);
	assert_false(raw_has_le(y, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE));
	end_alive();
}

/*
 *   C                              P
 *   |-- CONNECTION_PARAM_REQ ----->|    host P has masked the event
 *   |<----------- REJECT_EXT_IND --|    Unsupported Remote Feature
 *   |-- CONNECTION_UPDATE_IND ---->|    a central does without
 */
static void a_masked_request_is_refused_and_a_central_does_without(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);

	begin();
	exchange_features();
	raw_do(y, BT_HCI_OP_LE_SET_EVENT_MASK, RAW_BYTES(0x1f, 0, 0, 0, 0, 0, 0, 0));
	raw_do(x, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(handle_of(central), 40, 40, 0, 300));
	if (central) {
		check_conn_update(c, 40, 0, 300);
		check_conn_update(p, 40, 0, 300);
	} else {
		assert_int_equal(
			raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	}
	end_alive();
}

/*
 *   C                              P
 *   |-- CONNECTION_PARAM_REQ ----->|
 *   |<----- CONNECTION_PARAM_REQ --|    both at once: the central's goes on
 *   |-- REJECT_EXT_IND ----------->|    LL Procedure Collision
 */
static void of_two_parameter_requests_the_centrals_goes_on(void **state)
{
	begin();
	exchange_features();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ph, 80, 80, 0, 300));
	check_request(p, ph, 40, 40);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 500)->params[0],
			 BT_HCI_ERR_LL_PROC_COLLISION);
	raw_do(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, UPDATE(ph, 40, 40, 0, 300));
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	end_alive();
}

/* Incompatible procedures of different kinds: 5.3, Different Transaction Collision. */
static void a_phy_request_into_a_connection_update_is_refused(void **state)
{
	begin();
	raw_send_cmd(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, 40, 40, 0, 300));
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0],
			 BT_HCI_ERR_DIFF_TRANS_COLLISION);
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	end_alive();
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

	begin();
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
	end_alive();
}

/* ---- Everything at once ---- */

static void procedures_wait_for_one_another(void **state)
{
	static const uint8_t map[5] = {0xff, 0xff, 0, 0, 0};

	begin();
	for (int side = 0; side < 2; side++) {
		struct raw_host *x = host_of(side == 0);
		uint16_t xh = handle_of(side == 0);

		raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(xh), 0, 2, 2, 0, 0));
		raw_do(x, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(xh)));
		raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(xh)));
		raw_do(x, BT_HCI_OP_LE_SET_DATA_LEN,
		       RAW_BYTES(RAW_LE16(xh), 251, 0, RAW_LE16(2120)));
	}
	raw_do(c, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, map, sizeof(map));
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, UPDATE(ch, 40, 40, 0, 300));
	for (int side = 0; side < 2; side++) {
		struct raw_host *x = host_of(side == 0);

		(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 3000);
		(void)raw_expect(x, BT_HCI_EVT_REMOTE_VERSION_INFO, 3000);
		(void)raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 3000);
		(void)raw_expect_le(x, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 3000);
		/* The central may ask the peripheral's host first. */
		if (side == 1 && raw_wait_le(p, BT_HCI_EVT_LE_CONN_PARAM_REQ, 1000) != NULL) {
			raw_do(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, UPDATE(ph, 40, 40, 0, 300));
		}
	}
	check_conn_update(c, 40, 0, 300);
	check_conn_update(p, 40, 0, 300);
	raw_run_ms(1000);
	raw_do(p, BT_HCI_OP_LE_READ_CHAN_MAP, RAW_BYTES(RAW_LE16(ph)));
	assert_memory_equal(p->rsp + 2, map, sizeof(map));
	end_alive();
}

/* ---- A silent peer, 5.2 ---- */

/*
 *   X                      Y
 *   |-- request ---------->|
 *   |    40 s              |   the link is lost: LL Response Timeout
 */
static void a_peer_that_never_answers_is_left_after_40_s(void **state)
{
	static const struct {
		uint16_t opcode;
		uint8_t len, params[14];
		bool central, peripheral;
	} procs[] = {
		{BT_HCI_OP_READ_REMOTE_VERSION_INFO, 2, {0}, true, true},
		{BT_HCI_OP_LE_READ_REMOTE_FEATURES, 2, {0}, true, true},
		{BT_HCI_OP_LE_SET_DATA_LEN, 6, {0, 0, 251, 0, 0x48, 0x08}, true, true},
		{BT_HCI_OP_LE_SET_PHY, 7, {0, 0, 0, 2, 2, 0, 0}, true, true},
		{BT_HCI_OP_LE_CONN_UPDATE, 14, {0, 0, 40, 0, 40, 0, 0, 0, 100, 0}, false, true},
	};
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);

	for (size_t i = 0; i < ARRAY_SIZE(procs); i++) {
		uint8_t params[14];
		uint64_t asked_us;

		if (!(central ? procs[i].central : procs[i].peripheral)) {
			continue;
		}
		begin();
		peer_silence(y, handle_of(!central));
		memcpy(params, procs[i].params, sizeof(params));
		sys_put_le16(handle_of(central), params);
		raw_do(x, procs[i].opcode, params, procs[i].len);
		asked_us = raw_now_us();
		assert_int_equal(raw_expect(x, BT_HCI_EVT_DISCONN_COMPLETE, 41000)->params[3],
				 BT_HCI_ERR_LL_RESP_TIMEOUT);
		assert_in_range(raw_now_us() - asked_us, 39900000, 40100000);
		bench_end(&bench);
	}
}

/* ---- Unknown and malformed PDUs, 5.4 ---- */

/*
 *   X                        Y
 *   |-- opcode ------------->|
 *   |<-- UNKNOWN_RSP(opcode)-|
 */
static void what_is_unknown_or_malformed_is_answered_so(void **state)
{
	static const struct {
		uint8_t opcode, len; /* of CtrData */
	} bad[] = {
		{0x19, 2}, /* LL_MIN_USED_CHANNELS_IND: not supported here */
		{0x1a, 3},
		{0x2f, 0},
		{0xff, 5},
		{LL_VERSION_IND, 4},
		{LL_VERSION_IND, 6},
		{LL_LENGTH_REQ, 7},
		{LL_LENGTH_REQ, 9},
		{LL_PHY_REQ, 0},
		{LL_PING_REQ, 1},
		{LL_START_ENC_REQ, 1},
		{LL_PAUSE_ENC_REQ, 1},
		{LL_CONNECTION_PARAM_REQ, 22},
	};
	static const uint8_t zeros[23];
	bool central = by_central(state);
	struct raw_host *x = host_of(central);

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int at;

		bench_trace(&bench);
		peer_say(x, handle_of(central), bad[i].opcode, zeros, bad[i].len);
		raw_run_ms(100);
		at = bench_find_ctrl(&bench, 0, central ? 1 : 0, LL_UNKNOWN_RSP);
		if (at < 0) {
			fail_msg("no answer to opcode 0x%02x", bad[i].opcode);
		}
		assert_int_equal(bench.trace[at].len, 2 + 2);
		assert_int_equal(bench.trace[at].pdu[3], bad[i].opcode);
	}
	end_alive();
}

/* An answer to an answer would never end; and answers that nobody asked for change nothing. */
static void answers_out_of_place_are_ignored(void **state)
{
	static const struct {
		uint8_t opcode, len;
	} answers[] = {
		{LL_UNKNOWN_RSP, 0},    {LL_UNKNOWN_RSP, 1}, {LL_UNKNOWN_RSP, 5},
		{LL_REJECT_IND, 1},     {LL_REJECT_IND, 0},  {LL_REJECT_EXT_IND, 2},
		{LL_FEATURE_RSP, 8},    {LL_LENGTH_RSP, 8},  {LL_PING_RSP, 0},
		{LL_REJECT_EXT_IND, 7},
	};
	static const uint8_t zeros[23];
	bool central = by_central(state);
	struct raw_host *x = host_of(central);

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		peer_say(x, handle_of(central), answers[i].opcode, zeros, answers[i].len);
		raw_run_ms(100);
	}
	for (size_t i = 0; i < bench.traced; i++) {
		assert_true(bench.trace[i].sender == (central ? 0 : 1) || bench.trace[i].len == 2);
	}
	end_alive();
}

static void what_only_the_other_role_may_send_is_unknown(void **state)
{
	static const uint8_t zeros[23];

	begin();
	peer_say(p, ph, LL_CONNECTION_UPDATE_IND, zeros, 11);
	raw_run_ms(100);
	peer_say(p, ph, LL_CHANNEL_MAP_IND, zeros, 7);
	raw_run_ms(100);
	peer_say(p, ph, LL_FEATURE_REQ, zeros, 8);
	raw_run_ms(100);
	assert_int_equal(sent(true, LL_UNKNOWN_RSP), 3);
	peer_say(c, ch, LL_PERIPHERAL_FEATURE_REQ, zeros, 8);
	raw_run_ms(100);
	assert_int_equal(sent(false, LL_UNKNOWN_RSP), 1);
	end_alive();
}

static void a_ping_is_answered(void **state)
{
	bool central = by_central(state);

	begin();
	peer_say(host_of(central), handle_of(central), LL_PING_REQ, NULL, 0);
	raw_run_ms(100);
	assert_int_equal(sent(!central, LL_PING_RSP), 1);
	end_alive();
}

/* ---- Lies about instants and parameters ---- */

static void an_instant_in_the_past_ends_the_connection(void **state)
{
	struct ll_channel_map_ind map = {.chan_map = {0xff, 0xff, 0, 0, 0}};

	begin();
	map.instant = sys_cpu_to_le16(peer_conn(c, ch)->counter - 3);
	peer_say(c, ch, LL_CHANNEL_MAP_IND, &map, sizeof(map));
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
			 BT_HCI_ERR_INSTANT_PASSED);
	bench_end(&bench);
}

static void two_instants_at_once_end_the_connection(void **state)
{
	struct ll_channel_map_ind map = {.chan_map = {0xff, 0xff, 0, 0, 0}};

	begin();
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

		begin();
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

	begin();
	peer_say(p, ph, LL_CONNECTION_PARAM_REQ, &param, sizeof(param));
	raw_run_ms(100);
	at = bench_find_ctrl(&bench, 0, 0, LL_REJECT_EXT_IND);
	assert_true(at >= 0);
	assert_int_equal(bench.trace[at].pdu[3], LL_CONNECTION_PARAM_REQ);
	assert_int_equal(bench.trace[at].pdu[4], BT_HCI_ERR_INVALID_LL_PARAM);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_CONN_PARAM_REQ));
	end_alive();
}

/* A PHY that does not exist, or two at once, is not gone to. */
static void a_phy_update_to_nowhere_changes_nothing(void **state)
{
	static const uint8_t phys[] = {3, 5, 8, 0xff};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(phys); i++) {
		struct ll_phy phy = {1, 1};
		struct ll_phy_update_ind ind = {.phy_c_to_p = phys[i]};

		peer_say(c, ch, LL_PHY_REQ, &phy, sizeof(phy));
		ind.instant = peer_conn(c, ch)->counter + 8;
		peer_say(c, ch, LL_PHY_UPDATE_IND, &ind, sizeof(ind));
		raw_run_ms(500);
		check_phys(p, ph, 1, 1);
	}
	end_alive();
}

/* A peer that never stops asking is served in turn, and holds nothing up. */
static void a_flood_of_requests_is_served_within_bounds(void **state)
{
	struct ll_version_ind version = {0};
	uint8_t reject = 1;

	begin();
	for (int round = 0; round < 200; round++) {
		while (ll__ctrl_can_rx(peer_conn(c, ch))) {
			peer_say(c, ch, LL_PING_REQ, NULL, 0);
			peer_say(c, ch, LL_VERSION_IND, &version, sizeof(version));
			peer_say(c, ch, 0x77, &reject, 1);
		}
		raw_run_ms(INTERVAL_MS);
	}
	raw_run_ms(1000);
	end_alive();
}

static bool role_central = true, role_peripheral;

#define BOTH_ROLES(test)                                                  \
	{#test " (central)", test, NULL, NULL, &role_central},            \
	{                                                                 \
#test " (peripheral)", test, NULL, NULL, &role_peripheral \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_ROLES(versions_are_exchanged_once),
		cmocka_unit_test(both_may_ask_for_the_version_at_once),
		BOTH_ROLES(features_are_exchanged),
		cmocka_unit_test(the_answer_tells_the_features_of_both),
		BOTH_ROLES(a_peer_without_feature_exchange_is_reported),
		BOTH_ROLES(longer_packets_are_agreed_on),
		cmocka_unit_test(the_suggested_length_is_negotiated_for_new_connections),
		cmocka_unit_test(the_time_bounds_the_octets),
		cmocka_unit_test(nonsensical_lengths_do_no_harm),
		cmocka_unit_test(a_peer_without_data_length_is_remembered),
		BOTH_ROLES(both_directions_go_to_2m),
		BOTH_ROLES(one_direction_goes_to_2m),
		cmocka_unit_test(of_two_phy_updates_the_centrals_goes_on),
		cmocka_unit_test(the_central_updates_the_parameters_at_an_instant),
		cmocka_unit_test(the_new_anchor_may_be_anywhere_in_its_window),
		cmocka_unit_test(a_parameter_request_into_an_update_is_refused),
		cmocka_unit_test(updates_survive_loss),
		BOTH_ROLES(a_parameter_request_asks_the_other_host),
		BOTH_ROLES(a_host_may_refuse_parameters),
		BOTH_ROLES(a_masked_request_is_refused_and_a_central_does_without),
		cmocka_unit_test(of_two_parameter_requests_the_centrals_goes_on),
		cmocka_unit_test(a_phy_request_into_a_connection_update_is_refused),
		cmocka_unit_test(a_channel_map_is_used_from_its_instant_on),
		cmocka_unit_test(procedures_wait_for_one_another),
		BOTH_ROLES(a_peer_that_never_answers_is_left_after_40_s),
		BOTH_ROLES(what_is_unknown_or_malformed_is_answered_so),
		BOTH_ROLES(answers_out_of_place_are_ignored),
		cmocka_unit_test(what_only_the_other_role_may_send_is_unknown),
		BOTH_ROLES(a_ping_is_answered),
		cmocka_unit_test(an_instant_in_the_past_ends_the_connection),
		cmocka_unit_test(two_instants_at_once_end_the_connection),
		cmocka_unit_test(impossible_parameters_end_the_connection),
		cmocka_unit_test(a_request_with_impossible_parameters_is_refused),
		cmocka_unit_test(a_phy_update_to_nowhere_changes_nothing),
		cmocka_unit_test(a_flood_of_requests_is_served_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
