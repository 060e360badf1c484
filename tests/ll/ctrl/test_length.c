/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The data length update, Core 6.0 Vol 6 Part B 5.1.9: by command and by default, and with a peer
 * that does not have it or offers nonsense.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/ctrl/ctrl.h"

/* The longest PDU that 600 bytes of data make. */
static size_t longest_pdu(bool from_central)
{
	static struct stream stream;
	size_t longest = 0;

	bench_trace(&bench);
	stream_begin(&stream, pair_host(from_central), pair_handle(from_central),
		     pair_host(!from_central));
	stream_send(&stream, 600);
	stream_finish(&stream, 2000);
	for (size_t i = 0; i < bench.traced; i++) {
		longest = MAX(longest, bench.trace[i].len);
	}
	return longest;
}

/*
 *   X                      Y
 *   |-- LENGTH_REQ ------->|
 *   |<------- LENGTH_RSP --|   both hosts: LE Data Length Change
 */
static void longer_packets_are_agreed_on(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	const struct raw_event *event;

	ctrl_begin();
	raw_do(x, BT_HCI_OP_LE_SET_DATA_LEN,
	       RAW_BYTES(RAW_LE16(pair_handle(central)), 251, 0, RAW_LE16(2120)));
	event = raw_expect_le(x, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 251);
	assert_int_equal(sys_get_le16(event->params + 4), 2120);
	assert_int_equal(sys_get_le16(event->params + 6), 27);
	event = raw_expect_le(y, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 27);
	assert_int_equal(sys_get_le16(event->params + 6), 251);
	assert_int_equal(sys_get_le16(event->params + 8), 2120);
	assert_int_equal(longest_pdu(central), 2 + 251);
	pair_end_alive();
}

static void the_suggested_length_is_negotiated_for_new_connections(void **state)
{
	const struct raw_event *event;

	bench_begin(&bench, 2);
	raw_do(c, BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, RAW_BYTES(100, 0, RAW_LE16(2120)));
	raw_connect(c, p, NULL, &ch, &ph);
	event = raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	assert_int_equal(sys_get_le16(event->params + 2), 100);
	pair_end_alive();
}

/* A time too short for the octets bounds the packets as well. */
static void the_time_bounds_the_octets(void **state)
{
	ctrl_begin();
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(1000)));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	/* (14 + n) * 8 <= 1000, with room for a MIC. */
	assert_int_equal(longest_pdu(true), 2 + 111);
	pair_end_alive();
}

/* A peer that offers less than every device must take counts as offering that. */
static void nonsensical_lengths_do_no_harm(void **state)
{
	struct ll_length zero = {0};

	ctrl_begin();
	peer_say(p, ph, LL_LENGTH_REQ, &zero, sizeof(zero));
	raw_run_ms(200);
	assert_int_equal(ctrl_sent(true, LL_LENGTH_RSP), 1);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE));
	pair_end_alive();
}

static void a_peer_without_data_length_is_remembered(void **state)
{
	uint8_t opcode = LL_LENGTH_REQ;

	ctrl_begin();
	peer_silence(p, ph);
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120)));
	peer_say(p, ph, LL_UNKNOWN_RSP, &opcode, 1);
	raw_run_ms(200);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_SET_DATA_LEN,
				 RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120))),
			 BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH_ROLES(longer_packets_are_agreed_on),
		cmocka_unit_test(the_suggested_length_is_negotiated_for_new_connections),
		cmocka_unit_test(the_time_bounds_the_octets),
		cmocka_unit_test(nonsensical_lengths_do_no_harm),
		cmocka_unit_test(a_peer_without_data_length_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
