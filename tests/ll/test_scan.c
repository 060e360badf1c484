/* SPDX-License-Identifier: Apache-2.0 */

/* Scanning, Core 6.0 Vol 6 Part B 4.4.3. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "ll/bench.h"
#include "ll/raw_radio.h"

static struct bench bench;
static struct raw_radio radio;

static void a_scanner_reports_what_is_advertised(void **state)
{
	static const uint8_t data[32] = {3, 2, 1, 6};
	const struct bt_hci_evt_le_advertising_info *info;
	const struct raw_event *event;
	bt_addr_le_t addr;

	bench_begin(&bench, 2);
	addr = raw_public_addr(&bench.dev[0]);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_ADV_DATA, data, sizeof(data));
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 160});
	raw_scan_start(&bench.dev[1], false, false);
	for (int i = 0; i < 10; i++) {
		event = raw_expect_le(&bench.dev[1], BT_HCI_EVT_LE_ADVERTISING_REPORT, 500);
		assert_int_equal(event->params[0], 1);
		info = (const void *)(event->params + 1);
		assert_int_equal(info->evt_type, 0);
		assert_true(bt_addr_le_eq(&info->addr, &addr));
		assert_int_equal(info->length, 3);
		assert_memory_equal(info->data, data + 1, 3);
		assert_int_equal((int8_t)info->data[3], -50);
	}
	bench_end(&bench);
}

static size_t reports_in(struct raw_host *host, uint32_t ms)
{
	raw_forget(host);
	host->reports_seen = 0;
	host->drop_reports = true;
	raw_run_ms(ms);
	return host->reports_seen;
}

/* Each event is on three channels: a window of a tenth of the interval hears about a tenth. */
static void windows_and_intervals_are_honoured(void **state)
{
	struct raw_host *s;
	size_t all, tenth;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32, .type = 3});
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 160, 0, 160, 0, 0, 0));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	all = reports_in(s, 60000);
	raw_scan_stop(s);
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 160, 0, 16, 0, 0, 0));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	tenth = reports_in(s, 60000);
	/* 20 to 30 ms an event, all heard on the one channel; and a tenth of them. */
	assert_in_range(all, 2000, 3000);
	assert_in_range(tenth, all / 13, all / 8);
	bench_end(&bench);
}

static void the_channel_rotates_with_the_interval(void **state)
{
	struct raw_host *s;
	size_t heard;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	/* Only on 38: a third of the time. */
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32, .type = 3, .channels = 2});
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 160, 0, 160, 0, 0, 0));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	heard = reports_in(s, 60000);
	assert_in_range(heard, 2000 / 3 - 50, 3000 / 3 + 50);
	bench_end(&bench);
}

static void duplicates_are_filtered_until_the_scan_begins_anew(void **state)
{
	struct raw_host *s;

	bench_begin(&bench, 4);
	s = &bench.dev[3];
	for (int i = 0; i < 3; i++) {
		raw_adv_start(&bench.dev[i], &(struct raw_adv){.interval = 32});
	}
	raw_scan_start(s, true, true);
	/* Of each its advertising and its scan response. */
	assert_int_equal(reports_in(s, 3000), 6);
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 1));
	assert_int_equal(reports_in(s, 3000), 6);
	bench_end(&bench);
}

/* With the answer known and duplicates filtered there is nothing to ask for. */
static void who_has_answered_is_not_asked_again(void **state)
{
	unsigned int requests = 0;

	bench_begin(&bench, 2);
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32});
	raw_scan_start(&bench.dev[1], true, true);
	raw_run_ms(3000);
	for (size_t i = 0; i < bench.traced; i++) {
		requests += bench.trace[i].sender == 1;
	}
	assert_int_equal(requests, 1);
	bench_end(&bench);
}

/* A scan that was on before goes on while initiating, and behind it. */
static void a_scan_goes_on_beside_an_initiator(void **state)
{
	bt_addr_le_t ghost = {.type = 1, .a = {{1, 2, 3, 4, 5, 0xc6}}};
	struct raw_host *s;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32, .type = 3});
	raw_scan_start(s, false, false);
	raw_create_conn(s, &ghost, NULL);
	assert_true(reports_in(s, 1000) > 20);
	raw_do(s, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	assert_true(reports_in(s, 1000) > 20);
	raw_scan_stop(s);
	assert_int_equal(reports_in(s, 1000), 0);
	/* And an initiator alone reports nothing. */
	raw_create_conn(s, &ghost, NULL);
	assert_int_equal(reports_in(s, 1000), 0);
	bench_end(&bench);
}

/* A report that the host did not take is not a duplicate afterwards. */
static void a_report_without_a_buffer_is_counted_and_comes_again(void **state)
{
	struct fav_air_stats stats;
	struct raw_host *s;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	raw_scan_start(s, false, true);
	s->refuse_evt = true;
	raw_adv_start(&bench.dev[0], &(struct raw_adv){.interval = 32});
	raw_run_ms(1000);
	assert_int_equal(s->reports_seen, 0);
	fav_air_stats_get(bench.air, &stats);
	assert_in_range(stats.hci_dropped, 10, 60);
	s->refuse_evt = false;
	assert_int_equal(reports_in(s, 1000), 1);
	bench_end(&bench);
}

static void the_accept_list_filters_reports(void **state)
{
	const struct bt_hci_evt_le_advertising_info *info;
	struct raw_host *s;
	bt_addr_le_t wanted;

	bench_begin(&bench, 4);
	s = &bench.dev[3];
	wanted = raw_public_addr(&bench.dev[1]);
	for (int i = 0; i < 3; i++) {
		raw_adv_start(&bench.dev[i], &(struct raw_adv){.interval = 32});
	}
	raw_do(s, BT_HCI_OP_LE_ADD_DEV_TO_FAL, &wanted, sizeof(wanted));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 16, 0, 16, 0, 0, 1));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	for (int i = 0; i < 20; i++) {
		info = (const void *)(raw_expect_le(s, BT_HCI_EVT_LE_ADVERTISING_REPORT, 500)
					      ->params +
				      1);
		assert_true(bt_addr_le_eq(&info->addr, &wanted));
	}
	assert_int_equal(raw_cmd(s, BT_HCI_OP_LE_CLEAR_FAL, NULL, 0), BT_HCI_ERR_CMD_DISALLOWED);
	bench_end(&bench);
}

static void directed_advertising_for_others_is_not_reported(void **state)
{
	bt_addr_le_t target;

	bench_begin(&bench, 3);
	target = raw_public_addr(&bench.dev[1]);
	raw_adv_start(&bench.dev[0],
		      &(struct raw_adv){.interval = 32, .type = 4, .direct = target});
	raw_scan_start(&bench.dev[1], false, false);
	raw_scan_start(&bench.dev[2], false, false);
	raw_run_ms(500);
	assert_true(bench.dev[1].reports_seen > 5);
	assert_int_equal(bench.dev[2].reports_seen, 0);
	assert_int_equal(bench.dev[1].events[0].params[2], 1);  /* ADV_DIRECT_IND */
	assert_int_equal(bench.dev[1].events[0].params[10], 0); /* without data */
	bench_end(&bench);
}

/*
 *   A                     S
 *   |-- ADV_IND --------->|
 *   |      X-- SCAN_REQ --|   never answered: the backoff grows, and requests get rare
 */
static void requests_back_off_while_nobody_answers(void **state)
{
	unsigned int first = 0, last = 0;
	bt_addr_t ghost = {{1, 2, 3, 4, 5, 6}};
	uint8_t pdu[8] = {6, 6};
	struct raw_host *s;

	bench_begin(&bench, 1);
	s = &bench.dev[0];
	memcpy(pdu + 2, &ghost, 6);
	raw_radio_begin(&radio, bench.air);
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(1, 0, 0x40, 0, 0x40, 0, 0));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	s->drop_reports = true;
	for (int i = 0; i < 1000; i++) {
		raw_radio_send(&radio, pdu, sizeof(pdu));
		raw_run_ms(10);
		if (i == 99) {
			bench_trace(&bench);
		}
	}
	for (size_t i = 0; i < bench.traced; i++) {
		last += (bench.trace[i].pdu[0] & 0x0f) == 3;
	}
	first = s->reports_seen >= 1000;
	assert_true(first);
	/* Nine hundred chances; with the limit at 256 a request comes about every 128th. */
	assert_in_range(last, 2, 40);
	raw_radio_end(&radio);
	bench_end(&bench);
}

/* The medium: two that send at once on one channel are both lost. */
static void packets_that_overlap_are_not_heard(void **state)
{
	static const uint8_t pdu[8] = {2, 6, 1, 2, 3, 4, 5, 6};
	static struct raw_radio other;
	struct fav_air_stats before, after;
	struct raw_host *s;

	bench_begin(&bench, 1);
	s = &bench.dev[0];
	raw_radio_begin(&radio, bench.air);
	raw_radio_begin(&other, bench.air);
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 0, 0x40, 0, 0x40, 0, 0));
	raw_do(s, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0));
	raw_radio_send(&radio, pdu, sizeof(pdu));
	raw_radio_send(&other, pdu, sizeof(pdu));
	raw_run_ms(10);
	assert_int_equal(s->reports_seen, 0);
	/* One that begins behind the other's access address spoils the other, which is heard. */
	fav_air_stats_get(bench.air, &before);
	raw_radio_send(&radio, pdu, sizeof(pdu));
	k_sleep(K_USEC(60));
	raw_radio_send(&other, pdu, sizeof(pdu));
	raw_run_ms(10);
	fav_air_stats_get(bench.air, &after);
	assert_int_equal(s->reports_seen, 0);
	assert_int_equal(after.corrupted - before.corrupted, 1);
	/* One after the other. */
	raw_radio_send(&radio, pdu, sizeof(pdu));
	raw_run_ms(1);
	raw_radio_send(&other, pdu, sizeof(pdu));
	raw_run_ms(10);
	assert_int_equal(s->reports_seen, 2);
	raw_radio_end(&radio);
	raw_radio_end(&other);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scanner_reports_what_is_advertised),
		cmocka_unit_test(windows_and_intervals_are_honoured),
		cmocka_unit_test(the_channel_rotates_with_the_interval),
		cmocka_unit_test(duplicates_are_filtered_until_the_scan_begins_anew),
		cmocka_unit_test(who_has_answered_is_not_asked_again),
		cmocka_unit_test(a_scan_goes_on_beside_an_initiator),
		cmocka_unit_test(a_report_without_a_buffer_is_counted_and_comes_again),
		cmocka_unit_test(the_accept_list_filters_reports),
		cmocka_unit_test(directed_advertising_for_others_is_not_reported),
		cmocka_unit_test(requests_back_off_while_nobody_answers),
		cmocka_unit_test(packets_that_overlap_are_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
