/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "ll/bench.h"

static struct bench bench;

/*
 *   A                              air
 *   |-- ADV_IND ch 37 ------------->|
 *   |-- ADV_IND ch 38 ------------->|   within 10 ms of one another
 *   |-- ADV_IND ch 39 ------------->|
 *   |   interval + 0..10 ms         |
 *   |-- ADV_IND ch 37 ------------->|
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

		for (int channel = 37; channel <= 39; channel++, at++) {
			const struct bench_packet *p = &bench.trace[at];

			assert_int_equal(p->channel, channel);
			assert_int_equal(p->access_address, 0x8e89bed6);
			assert_int_equal(p->pdu[0] & 0x0f, 0);
			assert_int_equal(p->len, 2 + 6 + 3);
			assert_int_equal(p->airtime_us, (1 + 4 + 11 + 3) * 8);
			assert_in_range(p->start_us - first->start_us, 0, 10000 * 2);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_advertiser_sends_on_three_channels_each_interval_plus_delay),
		cmocka_unit_test(a_scanner_reports_what_is_advertised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
