/* SPDX-License-Identifier: Apache-2.0 */

/* Connections on LE Coded, Core 6.0 Vol 6 Part B 2.2, 4.5.10, 5.1.10. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"
#include "ll/stream.h"

#define ALL_PHYS   0, 7, 7
#define PREFER_ANY 0
#define PREFER_S2  1
#define PREFER_S8  2

/* Of a PDU of len bytes: preamble 80, access address 256, CI 16, TERM1 24 us, then each bit 8 or
 * 2 us, with 3 bits of TERM2; 2.2. */
#define S8_US(len) (376 + ((2 + (len) + 3) * 8 + 3) * 8)
#define S2_US(len) (376 + ((2 + (len) + 3) * 8 + 3) * 2)

static void begin(uint16_t interval)
{
	bench_begin(&bench, 2);
	pair_link(&(struct raw_params){.interval = interval, .timeout = 400}, interval * 20);
}

static void set_phy(struct raw_host *host, uint16_t handle, uint8_t phys, uint8_t option)
{
	raw_do(host, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(handle), 0, phys, phys, option, 0));
}

/* Both are on Coded, by the wish of the central, whose coding that is. */
static void go_coded(uint8_t option)
{
	set_phy(c, ch, 4, option);
	(void)raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 5000);
	(void)raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(true, 3, 3);
	pair_check_phys(false, 3, 3);
}

/* The longest payload that a device has sent since bench_trace(). */
static uint16_t longest_of(uint8_t sender, uint32_t *airtime_us)
{
	uint16_t longest = 0;

	for (size_t i = 0; i < bench.traced; i++) {
		if (bench.trace[i].sender == sender && bench.trace[i].len >= longest + 2) {
			longest = bench.trace[i].len - 2;
			*airtime_us = bench.trace[i].airtime_us;
		}
	}
	return longest;
}

/*
 *   C                              P
 *   |-- PHY_REQ(Coded) ----------->|        |<------- PHY_REQ(Coded) --|
 *   |<----------- PHY_RSP(all) ----|
 *   |-- PHY_UPDATE_IND(instant) -->|   or   |-- PHY_UPDATE_IND ------->|
 *   |  instant                     |
 *   |== Coded, S=8 ================|   both hosts: LE PHY Update Complete (3, 3)
 */
static void both_directions_go_to_coded(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	const struct raw_event *event;

	begin(24);
	set_phy(x, pair_handle(central), 4, PREFER_ANY);
	event = raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	assert_int_equal(event->params[0], 0);
	assert_int_equal(event->params[3], 3);
	assert_int_equal(event->params[4], 3);
	event = raw_expect_le(y, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 100);
	assert_int_equal(event->params[3], 3);
	assert_int_equal(event->params[4], 3);
	bench_trace(&bench);
	raw_run_ms(300);
	assert_true(bench.traced >= 18);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_int_equal(bench.trace[i].phy, 3);
		assert_int_equal(bench.trace[i].airtime_us, S8_US(0));
	}
	/* And back. */
	set_phy(x, pair_handle(central), 1, PREFER_ANY);
	(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(true, 1, 1);
	pair_check_phys(false, 1, 1);
	pair_end_alive();
}

/* Each side has its own coding, which a receiver learns from the packet. */
static void a_side_sends_with_the_coding_that_its_host_prefers(void **state)
{
	static const uint32_t empty_us[] = {
		[PREFER_ANY] = S8_US(0), [PREFER_S2] = S2_US(0), [PREFER_S8] = S8_US(0)};
	static const uint8_t options[] = {PREFER_S2, PREFER_S8, PREFER_ANY, PREFER_S2};

	begin(24);
	go_coded(PREFER_S2);
	for (size_t n = 0; n < ARRAY_SIZE(options); n++) {
		set_phy(c, ch, 4, options[n]);
		(void)raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
		raw_run_ms(100);
		bench_trace(&bench);
		raw_run_ms(300);
		for (size_t i = 0; i < bench.traced; i++) {
			assert_int_equal(bench.trace[i].airtime_us, bench.trace[i].sender == 0
									    ? empty_us[options[n]]
									    : S8_US(0));
		}
		pair_check_phys(true, 3, 3);
	}
	pair_end_alive();
}

/* Who likes all of them equally gets the fastest; Coded is for who asks for nothing else. */
static void of_all_phys_the_fastest_is_taken(void **state)
{
	begin(24);
	raw_do(c, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ch), ALL_PHYS, 0, 0));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(true, 2, 2);
	set_phy(c, ch, 5, PREFER_ANY);
	(void)raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(true, 1, 1);
	pair_end_alive();
}

/*
 *   C                              P   whose host wants 1M and 2M only
 *   |-- PHY_REQ(Coded) ----------->|
 *   |<----------- PHY_RSP(1M|2M) --|
 *   |-- PHY_UPDATE_IND(none) ----->|   host C: LE PHY Update Complete (1, 1)
 */
static void a_peer_that_does_not_want_coded_keeps_its_phy(void **state)
{
	const struct raw_event *event;

	bench_begin(&bench, 2);
	raw_do(p, BT_HCI_OP_LE_SET_DEFAULT_PHY, RAW_BYTES(0, 3, 3));
	raw_connect(c, p, NULL, &ch, &ph);
	raw_run_ms(200);
	set_phy(c, ch, 4, PREFER_S8);
	event = raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	assert_int_equal(event->params[0], 0);
	assert_int_equal(event->params[3], 1);
	assert_int_equal(event->params[4], 1);
	pair_check_phys(false, 1, 1);
	pair_end_alive();
}

/*
 *   C                              P
 *   |-- LENGTH_REQ(17040 us) ----->|
 *   |<-------- LENGTH_RSP(17040) --|   host C: LE Data Length Change (251, 17040)
 *   |== Coded ====================>|   and again, when the interval leaves less
 *
 * connEffectiveMaxTxTimeCoded, 4.5.10: beside the peer's longest packet, 17040 us, and two T_IFS
 * the interval leaves 12660 us of 30 ms, that is 182 octets; nothing of 15 ms, which counts as the
 * 2704 us of 27 octets; and all there is of 400 ms.
 */
static void the_interval_bounds_the_length_of_packets_on_coded(void **state)
{
	static const struct {
		uint16_t interval, time_us, octets;
	} rows[] = {{12, 2704, 27}, {24, 12660, 182}, {320, 17040, 251}};
	static struct stream up, down;

	for (size_t n = 0; n < ARRAY_SIZE(rows); n++) {
		uint32_t airtime_us = 0;
		const struct raw_event *event;

		begin(rows[n].interval);
		for (int side = 0; side < 2; side++) {
			raw_do(side ? p : c, BT_HCI_OP_LE_SET_DATA_LEN,
			       RAW_BYTES(RAW_LE16(side ? ph : ch), 251, 0, RAW_LE16(17040)));
			event = raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 5000);
			assert_int_equal(sys_get_le16(event->params + (side ? 8 : 4)), 17040);
		}
		raw_run_ms(3000);
		raw_forget(c);
		go_coded(PREFER_S8);
		if (rows[n].time_us != 17040) {
			event = raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 5000);
			assert_int_equal(sys_get_le16(event->params + 2), 251);
			assert_int_equal(sys_get_le16(event->params + 4), rows[n].time_us);
		}
		assert_false(raw_has_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE));
		stream_begin(&down, c, ch, p);
		stream_begin(&up, p, ph, c);
		bench_trace(&bench);
		for (int i = 0; i < 5; i++) {
			stream_send(&down, 251);
			stream_send(&up, 251);
		}
		stream_finish(&down, 20000);
		stream_finish(&up, 20000);
		assert_int_equal(longest_of(0, &airtime_us), rows[n].octets);
		assert_int_equal(airtime_us, S8_US(rows[n].octets));
		assert_int_equal(longest_of(1, &airtime_us), rows[n].octets);
		pair_end_alive();
	}
}

/* A peer that is known not to have Coded is not told of Coded's times. */
static void a_peer_without_coded_hears_of_2120_us(void **state)
{
	const struct ll_length *req;
	int at;

	begin(24);
	peer_conn(p, ph)->ctrl.features_known = true;
	peer_conn(p, ph)->ctrl.features[1] = CTL_FEATURE_1_2M;
	bench_trace(&bench);
	raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ph), 251, 0, RAW_LE16(17040)));
	raw_run_ms(300);
	at = bench_find_ctrl(&bench, 0, 1, LL_LENGTH_REQ);
	assert_true(at >= 0);
	req = (const void *)(bench.trace[at].pdu + LL_HDR_SIZE + 1);
	assert_int_equal(sys_le16_to_cpu(req->max_rx_time), 2120);
	assert_int_equal(sys_le16_to_cpu(req->max_tx_time), 2120);
	pair_end_alive();
}

/* By 7 dB, as the medium has it: at 110 m (-101 dBm) a link on 1M ends, one on Coded with S=8
 * lives. */
static void coded_reaches_farther(void **state)
{
	for (int coded = 0; coded < 2; coded++) {
		begin(24);
		if (coded) {
			go_coded(PREFER_S8);
		}
		fav_air_position_set(bench.air, p->hci, 110, 0);
		raw_run_ms(8000);
		assert_int_equal(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE), !coded);
		assert_int_equal(raw_has(p, BT_HCI_EVT_DISCONN_COMPLETE), !coded);
		bench_end(&bench);
	}
}

/* The longest packet of an encrypted link is 255 bytes behind the header. */
static void a_packet_with_a_mic_takes_17040_us(void **state)
{
	assert_int_equal(radio__airtime_us(RADIO_CODED_S8, 2 + 255), 17040);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S8, 2 + 31), 2704);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S2, 2 + 255), 4542);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH_ROLES(both_directions_go_to_coded),
		cmocka_unit_test(a_side_sends_with_the_coding_that_its_host_prefers),
		cmocka_unit_test(of_all_phys_the_fastest_is_taken),
		cmocka_unit_test(a_peer_that_does_not_want_coded_keeps_its_phy),
		cmocka_unit_test(the_interval_bounds_the_length_of_packets_on_coded),
		cmocka_unit_test(a_peer_without_coded_hears_of_2120_us),
		cmocka_unit_test(coded_reaches_farther),
		cmocka_unit_test(a_packet_with_a_mic_takes_17040_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
