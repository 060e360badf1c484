/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Versions and features, Core 6.0 Vol 6 Part B 5.1.4, 5.1.5, and pings, 5.1.8: in both roles, with
 * a peer that has asked already, asks at the same time, or does not know the procedure.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "ll/ctrl/ctrl.h"

/* ---- Version exchange, 5.1.5 ---- */

/*
 *   X                        Y
 *   |-- VERSION_IND -------->|
 *   |<-------- VERSION_IND --|   host X: Read Remote Version Information Complete
 */
static void versions_are_exchanged_once(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);
	const struct raw_event *event;

	ctrl_begin();
	for (int i = 0; i < 3; i++) {
		raw_do(x, BT_HCI_OP_READ_REMOTE_VERSION_INFO,
		       RAW_BYTES(RAW_LE16(pair_handle(central))));
		event = raw_expect(x, BT_HCI_EVT_REMOTE_VERSION_INFO, 200);
		assert_int_equal(event->params[0], 0);
		assert_int_equal(sys_get_le16(event->params + 1), pair_handle(central));
		assert_int_equal(event->params[3], 0x0e);
		assert_int_equal(sys_get_le16(event->params + 4), 0xffff);
	}
	assert_int_equal(ctrl_sent(true, LL_VERSION_IND), 1);
	assert_int_equal(ctrl_sent(false, LL_VERSION_IND), 1);
	pair_end_alive();
}

static void both_may_ask_for_the_version_at_once(void **state)
{
	ctrl_begin();
	raw_send_cmd(c, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ch)));
	raw_send_cmd(p, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_REMOTE_VERSION_INFO, 200)->params[0], 0);
	assert_int_equal(raw_expect(p, BT_HCI_EVT_REMOTE_VERSION_INFO, 200)->params[0], 0);
	assert_int_equal(ctrl_sent(true, LL_VERSION_IND), 1);
	assert_int_equal(ctrl_sent(false, LL_VERSION_IND), 1);
	pair_end_alive();
}

/* ---- Feature exchange, 5.1.4 ---- */

/*
 *   C                                P
 *   |-- FEATURE_REQ ---------------->|        |<---- PERIPHERAL_FEATURE_REQ --|
 *   |<---------------- FEATURE_RSP --|   or   |-- FEATURE_RSP -------------->|
 */
static void features_are_exchanged(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);
	const struct raw_event *event;

	ctrl_begin();
	for (int i = 0; i < 2; i++) {
		raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES,
		       RAW_BYTES(RAW_LE16(pair_handle(central))));
		event = raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200);
		assert_int_equal(event->params[0], 0);
		assert_memory_equal(event->params + 3, ctl__le_features, 8);
	}
	assert_int_equal(ctrl_sent(central, central ? LL_FEATURE_REQ : LL_PERIPHERAL_FEATURE_REQ),
			 1);
	assert_int_equal(ctrl_sent(!central, LL_FEATURE_RSP), 1);
	pair_end_alive();
}

/* 2.4.2.10: octet 0 of the answer is what both have. */
static void the_answer_tells_the_features_of_both(void **state)
{
	static const uint8_t few[8] = {CTL_FEATURE_DLE | CTL_FEATURE_EXT_REJECT, 0xff};
	int at;

	ctrl_begin();
	peer_say(p, ph, LL_PERIPHERAL_FEATURE_REQ, few, sizeof(few));
	raw_run_ms(100);
	at = bench_find_ctrl(&bench, 0, 0, LL_FEATURE_RSP);
	assert_true(at >= 0);
	assert_int_equal(bench.trace[at].pdu[3], few[0]);
	assert_int_equal(bench.trace[at].pdu[4], ctl__le_features[1]);
	pair_end_alive();
}

/*
 *   X                                Y
 *   |-- (PERIPHERAL_)FEATURE_REQ --->|
 *   |<---------------- UNKNOWN_RSP --|   host X: Unsupported Remote Feature
 */
static void a_peer_without_feature_exchange_is_reported(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	uint8_t opcode = central ? LL_FEATURE_REQ : LL_PERIPHERAL_FEATURE_REQ;

	ctrl_begin();
	peer_silence(y, pair_handle(!central));
	raw_do(x, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(pair_handle(central))));
	peer_say(y, pair_handle(!central), LL_UNKNOWN_RSP, &opcode, 1);
	assert_int_equal(raw_expect_le(x, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 300)->params[0],
			 BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	bench_end(&bench);
}

static void a_ping_is_answered(void **state)
{
	bool central = pair_by_central(state);

	ctrl_begin();
	peer_say(pair_host(central), pair_handle(central), LL_PING_REQ, NULL, 0);
	raw_run_ms(100);
	assert_int_equal(ctrl_sent(!central, LL_PING_RSP), 1);
	pair_end_alive();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH_ROLES(versions_are_exchanged_once),
		cmocka_unit_test(both_may_ask_for_the_version_at_once),
		PAIR_BOTH_ROLES(features_are_exchanged),
		cmocka_unit_test(the_answer_tells_the_features_of_both),
		PAIR_BOTH_ROLES(a_peer_without_feature_exchange_is_reported),
		PAIR_BOTH_ROLES(a_ping_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
