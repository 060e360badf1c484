/* SPDX-License-Identifier: Apache-2.0 */

/* Advertising, as it is on the air, Core 6.0 Vol 6 Part B 4.4.2. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "ll/bench.h"
#include "ll/raw_radio.h"

#define ADV_IND         0
#define ADV_DIRECT_IND  1
#define ADV_NONCONN_IND 2
#define SCAN_REQ        3
#define SCAN_RSP        4
#define CONNECT_IND     5
#define ADV_SCAN_IND    6

static struct bench bench;
static struct raw_radio radio;

static uint64_t end_of(int i)
{
	return bench.trace[i].start_us + bench.trace[i].airtime_us;
}

static size_t count_adv(int sender, int type, int channel)
{
	size_t count = 0;
	int at = 0;

	while ((at = bench_find_adv(&bench, at, sender, type, channel)) >= 0) {
		count++;
		at++;
	}
	return count;
}

/*
 *   A
 *   |-- ADV_IND ch 37 -->
 *   |-- ADV_IND ch 38 -->   within 10 ms of one another
 *   |-- ADV_IND ch 39 -->
 *   |   interval + 0..10 ms
 *   |-- ADV_IND ch 37 -->
 */
static void an_advertiser_sends_on_three_channels_each_interval_plus_delay(void **state)
{
	static const uint8_t data[32] = {3, 2, 1, 6};
	uint64_t last_us = 0;
	unsigned int delays = 0;
	int at = 0;

	bench_begin(&bench, 1);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_ADV_DATA, data, sizeof(data));
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 160});
	raw_run_ms(5000);
	for (int event = 0; event < 40; event++) {
		const struct bench_packet *first = &bench.trace[at];
		uint64_t before_us = first->start_us;

		for (int channel = 37; channel <= 39; channel++, at++) {
			const struct bench_packet *p = &bench.trace[at];

			assert_int_equal(p->channel, channel);
			assert_int_equal(p->access_address, 0x8e89bed6);
			assert_int_equal(p->pdu[0] & 0x0f, ADV_IND);
			assert_int_equal(p->len, 2 + 6 + 3);
			assert_int_equal(p->airtime_us, (1 + 4 + 11 + 3) * 8);
			assert_in_range(p->start_us - before_us, 0, 10000);
			before_us = p->start_us;
		}
		if (event > 0) {
			uint64_t gap_us = first->start_us - last_us;

			assert_in_range(gap_us, 100000, 110000);
			delays += gap_us > 100000;
		}
		last_us = first->start_us;
	}
	assert_true(delays > 30);
	bench_end(&bench);
}

static void only_the_channels_of_the_map_are_used(void **state)
{
	bench_begin(&bench, 1);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.channels = 5, .type = 3});
	raw_run_ms(1000);
	assert_true(count_adv(0, ADV_NONCONN_IND, 37) >= 9);
	assert_int_equal(count_adv(0, ADV_NONCONN_IND, 38), 0);
	assert_true(count_adv(0, ADV_NONCONN_IND, 39) >= 9);
	bench_end(&bench);
}

static void data_set_while_advertising_is_in_the_next_event(void **state)
{
	static const uint8_t data[32] = {3, 2, 1, 6};
	uint64_t set_us;

	bench_begin(&bench, 1);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.type = 3});
	raw_run_ms(350);
	set_us = raw_now_us();
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_ADV_DATA, data, sizeof(data));
	raw_run_ms(500);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_int_equal(bench.trace[i].len, bench.trace[i].start_us < set_us ? 8 : 11);
	}
	bench_end(&bench);
}

/*
 *   A                     S
 *   |-- ADV_IND --------->|
 *   |      150 us         |
 *   |<-------- SCAN_REQ --|
 *   |      150 us         |
 *   |-- SCAN_RSP -------->|     both are reported
 */
static void an_active_scanner_asks_and_is_answered(void **state)
{
	static const uint8_t rsp[32] = {5, 4, 9, 'a', 'i', 'r'};
	const struct bt_hci_evt_le_advertising_info *info;
	struct raw_host *a, *s;
	int adv, req, answer;

	bench_begin(&bench, 2);
	a = &bench.dev[0];
	s = &bench.dev[1];
	raw_do(a, BT_HCI_OP_LE_SET_SCAN_RSP_DATA, rsp, sizeof(rsp));
	raw_scan_start(s, true, false);
	raw_adv_start(a, &(struct raw_adv){.interval = 160});
	raw_run_ms(300);

	req = bench_find_adv(&bench, 0, 1, SCAN_REQ, 0);
	assert_true(req > 0);
	adv = req - 1;
	answer = bench_find_adv(&bench, req, 0, SCAN_RSP, 0);
	assert_int_equal(answer, req + 1);
	assert_int_equal(bench.trace[req].channel, bench.trace[adv].channel);
	assert_int_equal(bench.trace[req].start_us, end_of(adv) + 150);
	assert_int_equal(bench.trace[answer].start_us, end_of(req) + 150);
	assert_int_equal(bench.trace[req].len, 2 + 12);

	info = (const void *)(raw_expect_le(s, BT_HCI_EVT_LE_ADVERTISING_REPORT, 100)->params + 1);
	assert_int_equal(info->evt_type, 0);
	info = (const void *)(raw_expect_le(s, BT_HCI_EVT_LE_ADVERTISING_REPORT, 100)->params + 1);
	assert_int_equal(info->evt_type, 4);
	assert_int_equal(info->length, 5);
	assert_memory_equal(info->data, rsp + 1, 5);
	bench_end(&bench);
}

static void who_is_not_scannable_or_not_asked_does_not_answer(void **state)
{
	bt_addr_le_t other;
	struct raw_host *a;

	bench_begin(&bench, 2);
	a = &bench.dev[0];
	other = raw_public_addr(&bench.dev[1]);
	raw_scan_start(&bench.dev[1], true, false);
	raw_adv_start(a, &(struct raw_adv){.type = 3}); /* not scannable */
	raw_run_ms(500);
	raw_adv_stop(a);
	raw_adv_start(a, &(struct raw_adv){.type = 4, .direct = other}); /* directed, low */
	raw_run_ms(500);
	raw_adv_stop(a);
	assert_int_equal(count_adv(1, SCAN_REQ, 0), 0);
	/* Scannable, with the accept list as filter and nobody on it. */
	raw_adv_start(a, &(struct raw_adv){.type = 2, .policy = 1});
	raw_run_ms(500);
	assert_true(count_adv(1, SCAN_REQ, 0) > 0);
	assert_int_equal(count_adv(0, SCAN_RSP, 0), 0);
	raw_adv_stop(a);
	raw_do(a, BT_HCI_OP_LE_ADD_DEV_TO_FAL, &other, sizeof(other));
	raw_adv_start(a, &(struct raw_adv){.type = 2, .policy = 1});
	raw_run_ms(2000);
	assert_true(count_adv(0, SCAN_RSP, 0) > 0);
	bench_end(&bench);
}

/*
 *   A                        P
 *   |-- ADV_DIRECT_IND ----->|   again on the same channel within 3.75 ms,
 *   |       ...              |   for 1.28 s
 *   host <- LE Connection Complete: Advertising Timeout
 */
static void high_duty_directed_advertising_ends_after_1280_ms(void **state)
{
	bt_addr_le_t peer = {.type = 1, .a = {{1, 2, 3, 4, 5, 0xc6}}};
	const struct raw_event *event;
	uint64_t last_us = 0;
	int at = 0;

	bench_begin(&bench, 1);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.type = 1, .direct = peer});
	event = raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 2000);
	assert_int_equal(event->params[0], BT_HCI_ERR_ADV_TIMEOUT);
	assert_in_range(event->at_us, 1276000, 1290000);
	while ((at = bench_find_adv(&bench, at, 0, ADV_DIRECT_IND, 37)) >= 0) {
		const struct bench_packet *p = &bench.trace[at++];

		assert_memory_equal(p->pdu + 8, &peer.a, 6);
		assert_int_equal(p->pdu[0] & 0x80, 0x80);
		if (last_us != 0) {
			assert_in_range(p->start_us - last_us, 1, 3750);
		}
		last_us = p->start_us;
	}
	raw_run_ms(100);
	assert_true(bench.trace[bench.traced - 1].start_us < 1290000);
	/* It is off: parameters may be set again. */
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.type = 3});
	bench_end(&bench);
}

static void a_directed_advertiser_connects_only_to_its_target(void **state)
{
	bt_addr_le_t own, target;

	bench_begin(&bench, 3);
	own = raw_public_addr(&bench.dev[0]);
	target = raw_public_addr(&bench.dev[1]);
	raw_adv_start(&bench.dev[0],
		      &(struct raw_adv){.interval = 32, .type = 4, .direct = target});
	raw_create_conn(&bench.dev[2], &own, NULL);
	raw_run_ms(500);
	assert_int_equal(count_adv(2, CONNECT_IND, 0), 0);
	raw_create_conn(&bench.dev[1], &own, NULL);
	(void)raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	bench_end(&bench);
}

static void the_accept_list_chooses_who_may_connect(void **state)
{
	bt_addr_le_t own, friend;

	bench_begin(&bench, 3);
	own = raw_public_addr(&bench.dev[0]);
	friend = raw_public_addr(&bench.dev[1]);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_ADD_DEV_TO_FAL, &friend, sizeof(friend));
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32, .policy = 2});
	raw_create_conn(&bench.dev[2], &own, NULL);
	raw_run_ms(1000);
	assert_true(count_adv(2, CONNECT_IND, 0) > 0);
	assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	raw_create_conn(&bench.dev[1], &own, NULL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	bench_end(&bench);
}

static void stopped_means_silent(void **state)
{
	size_t before;

	bench_begin(&bench, 1);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.type = 3});
	raw_run_ms(500);
	raw_adv_stop(&bench.dev[0]);
	before = bench.traced;
	raw_run_ms(2000);
	assert_int_equal(bench.traced, before);
	raw_adv_stop(&bench.dev[0]);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.type = 3});
	raw_do(&bench.dev[0], BT_HCI_OP_RESET, NULL, 0);
	before = bench.traced;
	raw_run_ms(2000);
	assert_int_equal(bench.traced, before);
	bench_end(&bench);
}

static void a_random_address_must_be_set_before_it_is_used(void **state)
{
	static const uint8_t addr[6] = {1, 2, 3, 4, 5, 0xc6};
	struct raw_host *a;

	bench_begin(&bench, 1);
	a = &bench.dev[0];
	raw_do(a, BT_HCI_OP_LE_SET_ADV_PARAM,
	       RAW_BYTES(0xa0, 0, 0xa0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0));
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1)),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(a, BT_HCI_OP_LE_SET_RANDOM_ADDRESS, addr, sizeof(addr));
	raw_do(a, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1));
	raw_run_ms(100);
	assert_int_equal(bench.trace[0].pdu[0], ADV_NONCONN_IND | 0x40);
	assert_memory_equal(bench.trace[0].pdu + 2, addr, 6);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_RANDOM_ADDRESS, addr, sizeof(addr)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	bench_end(&bench);
}

/* CONNECT_IND of a peer that lies: no connection comes of it, and advertising goes on. */
static void cve_2019_19193_a_connect_ind_that_cannot_work(void **state)
{
	/* AA, CRC init, window 1, offset 0, interval 24, latency 0, timeout 200, all channels, hop
	 * 7 */
	static const uint8_t good[22] = {0x11, 0x22, 0x54, 0x71, 1,    2, 3,   1,
					 0,    0,    24,   0,    0,    0, 200, 0,
					 0xff, 0xff, 0xff, 0xff, 0x1f, 7};
	static const struct {
		uint8_t at, value;
	} lies[] = {
		{7, 0},  {7, 30}, {9, 2},  {10, 0},  {10, 5},    {13, 2},
		{14, 1}, {14, 0}, {21, 4}, {21, 17}, {20, 0xff}, {11, 0x80},
	};
	uint8_t pdu[2 + 34] = {CONNECT_IND, 34, 9, 9, 9, 9, 9, 9};
	bt_addr_le_t own;

	bench_begin(&bench, 1);
	own = raw_public_addr(&bench.dev[0]);
	raw_radio_begin(&radio, bench.air);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32});
	memcpy(pdu + 8, &own.a, 6);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(pdu + 14, good, sizeof(good));
		pdu[14 + lies[i].at] = lies[i].value;
		raw_radio_answer(&radio, ADV_IND, &own.a, pdu, sizeof(pdu));
		raw_run_ms(100);
		assert_true(radio.answered);
		assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	}
	memcpy(pdu + 14, good, sizeof(good));
	pdu[1] = 33; /* a length that is not CONNECT_IND's */
	raw_radio_answer(&radio, ADV_IND, &own.a, pdu, sizeof(pdu) - 1);
	raw_run_ms(100);
	assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	pdu[1] = 34;
	raw_radio_answer(&radio, ADV_IND, &own.a, pdu, sizeof(pdu));
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	raw_radio_end(&radio);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_advertiser_sends_on_three_channels_each_interval_plus_delay),
		cmocka_unit_test(only_the_channels_of_the_map_are_used),
		cmocka_unit_test(data_set_while_advertising_is_in_the_next_event),
		cmocka_unit_test(an_active_scanner_asks_and_is_answered),
		cmocka_unit_test(who_is_not_scannable_or_not_asked_does_not_answer),
		cmocka_unit_test(high_duty_directed_advertising_ends_after_1280_ms),
		cmocka_unit_test(a_directed_advertiser_connects_only_to_its_target),
		cmocka_unit_test(the_accept_list_chooses_who_may_connect),
		cmocka_unit_test(stopped_means_silent),
		cmocka_unit_test(a_random_address_must_be_set_before_it_is_used),
		cmocka_unit_test(cve_2019_19193_a_connect_ind_that_cannot_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
