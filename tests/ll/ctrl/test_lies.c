/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Control procedures, Core 6.0 Vol 6 Part B 5, in each other's way; and with a peer that is silent,
 * sends what does not exist, or never stops.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/ctrl/ctrl.h"

/* ---- Everything at once ---- */

static void procedures_wait_for_one_another(void **state)
{
	static const uint8_t map[5] = {0xff, 0xff, 0, 0, 0};

	ctrl_begin();
	for (int side = 0; side < 2; side++) {
		struct raw_host *x = pair_host(side == 0);
		uint16_t xh = pair_handle(side == 0);

		raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(xh), 0, 2, 2, 0, 0));
		raw_do(x, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(xh)));
		raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(xh)));
		raw_do(x, BT_HCI_OP_LE_SET_DATA_LEN,
		       RAW_BYTES(RAW_LE16(xh), 251, 0, RAW_LE16(2120)));
	}
	raw_do(c, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, map, sizeof(map));
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE, CTRL_UPDATE(ch, 40, 40, 0, 300));
	for (int side = 0; side < 2; side++) {
		struct raw_host *x = pair_host(side == 0);

		(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 3000);
		(void)raw_expect(x, BT_HCI_EVT_REMOTE_VERSION_INFO, 3000);
		(void)raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 3000);
		(void)raw_expect_le(x, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 3000);
		/* The central may ask the peripheral's host first. */
		if (side == 1 && raw_wait_le(p, BT_HCI_EVT_LE_CONN_PARAM_REQ, 1000) != NULL) {
			raw_do(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY,
			       CTRL_UPDATE(ph, 40, 40, 0, 300));
		}
	}
	ctrl_check_update(c, 40, 0, 300);
	ctrl_check_update(p, 40, 0, 300);
	raw_run_ms(1000);
	raw_do(p, BT_HCI_OP_LE_READ_CHAN_MAP, RAW_BYTES(RAW_LE16(ph)));
	assert_memory_equal(p->rsp + 2, map, sizeof(map));
	pair_end_alive();
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
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);

	for (size_t i = 0; i < ARRAY_SIZE(procs); i++) {
		uint8_t params[14];
		uint64_t asked_us;

		if (!(central ? procs[i].central : procs[i].peripheral)) {
			continue;
		}
		ctrl_begin();
		peer_silence(y, pair_handle(!central));
		memcpy(params, procs[i].params, sizeof(params));
		sys_put_le16(pair_handle(central), params);
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
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);

	ctrl_begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int at;

		bench_trace(&bench);
		peer_say(x, pair_handle(central), bad[i].opcode, zeros, bad[i].len);
		raw_run_ms(100);
		at = bench_find_ctrl(&bench, 0, central ? 1 : 0, LL_UNKNOWN_RSP);
		if (at < 0) {
			fail_msg("no answer to opcode 0x%02x", bad[i].opcode);
		}
		assert_int_equal(bench.trace[at].len, 2 + 2);
		assert_int_equal(bench.trace[at].pdu[3], bad[i].opcode);
	}
	pair_end_alive();
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
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);

	ctrl_begin();
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		peer_say(x, pair_handle(central), answers[i].opcode, zeros, answers[i].len);
		raw_run_ms(100);
	}
	for (size_t i = 0; i < bench.traced; i++) {
		assert_true(bench.trace[i].sender == (central ? 0 : 1) || bench.trace[i].len == 2);
	}
	pair_end_alive();
}

static void what_only_the_other_role_may_send_is_unknown(void **state)
{
	static const uint8_t zeros[23];

	ctrl_begin();
	peer_say(p, ph, LL_CONNECTION_UPDATE_IND, zeros, 11);
	raw_run_ms(100);
	peer_say(p, ph, LL_CHANNEL_MAP_IND, zeros, 7);
	raw_run_ms(100);
	peer_say(p, ph, LL_FEATURE_REQ, zeros, 8);
	raw_run_ms(100);
	assert_int_equal(ctrl_sent(true, LL_UNKNOWN_RSP), 3);
	peer_say(c, ch, LL_PERIPHERAL_FEATURE_REQ, zeros, 8);
	raw_run_ms(100);
	assert_int_equal(ctrl_sent(false, LL_UNKNOWN_RSP), 1);
	pair_end_alive();
}

/* A peer that never stops asking is served in turn, and holds nothing up. */
static void a_flood_of_requests_is_served_within_bounds(void **state)
{
	struct ll_version_ind version = {0};
	uint8_t reject = 1;

	ctrl_begin();
	for (int round = 0; round < 200; round++) {
		while (ll__ctrl_can_rx(peer_conn(c, ch))) {
			peer_say(c, ch, LL_PING_REQ, NULL, 0);
			peer_say(c, ch, LL_VERSION_IND, &version, sizeof(version));
			peer_say(c, ch, 0x77, &reject, 1);
		}
		raw_run_ms(INTERVAL_MS);
	}
	raw_run_ms(1000);
	pair_end_alive();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(procedures_wait_for_one_another),
		PAIR_BOTH_ROLES(a_peer_that_never_answers_is_left_after_40_s),
		PAIR_BOTH_ROLES(what_is_unknown_or_malformed_is_answered_so),
		PAIR_BOTH_ROLES(answers_out_of_place_are_ignored),
		cmocka_unit_test(what_only_the_other_role_may_send_is_unknown),
		cmocka_unit_test(a_flood_of_requests_is_served_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
