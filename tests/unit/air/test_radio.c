/* SPDX-License-Identifier: Apache-2.0 */

/* Airtimes and the channel selection algorithms, against what the Core Specification says. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/util.h>

#include "controller/ll_chan.h"
#include "controller/radio.h"

static void airtimes_are_exact(void **state)
{
	/* Core 6.0 Vol 6 Part B 2.1, 2.2, 2.4.1: PDU lengths with the 2 bytes of header. */
	assert_int_equal(radio__airtime_us(RADIO_1M, 2), 80);
	assert_int_equal(radio__airtime_us(RADIO_1M, 2 + 34), 352);
	assert_int_equal(radio__airtime_us(RADIO_1M, 2 + 37), 376);
	assert_int_equal(radio__airtime_us(RADIO_1M, 2 + 27 + 4), 328);
	assert_int_equal(radio__airtime_us(RADIO_1M, 2 + 251 + 4), 2120);
	assert_int_equal(radio__airtime_us(RADIO_2M, 2), 44);
	assert_int_equal(radio__airtime_us(RADIO_2M, 2 + 251 + 4), 1064);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S8, 2), 720);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S8, 2 + 251 + 4), 17040);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S2, 2), 462);
	assert_int_equal(radio__airtime_us(RADIO_CODED_S2, 2 + 251 + 4), 4542);
	assert_int_equal(radio__sync_us(RADIO_1M), 40);
	assert_int_equal(radio__sync_us(RADIO_2M), 24);
	assert_int_equal(radio__sync_us(RADIO_CODED_S8), 336);
}

/* The exchange that bounds throughput: a full PDU, T_IFS, an empty one, T_IFS. */
static void the_full_exchange_takes_what_the_specification_says(void **state)
{
	assert_int_equal(radio__airtime_us(RADIO_1M, 2 + 251) + radio__airtime_us(RADIO_1M, 2) +
				 2 * RADIO_T_IFS_US,
			 2468);
	assert_int_equal(radio__airtime_us(RADIO_2M, 2 + 251) + radio__airtime_us(RADIO_2M, 2) +
				 2 * RADIO_T_IFS_US,
			 1392);
}

/* Vol 6 Part B 4.5.8.2, by hand. */
static void algorithm_1_hops_and_remaps(void **state)
{
	static const uint8_t all[5] = {0xff, 0xff, 0xff, 0xff, 0x1f};
	static const uint8_t some[5] = {0x00, 0x06, 0xe0, 0x00, 0x1e};
	static const uint8_t unmapped[] = {7, 14, 21, 28, 35, 5, 12, 19};
	struct ll_chan_map map;
	uint8_t last = 0;

	assert_true(ll__chan_map_set(&map, all));
	for (size_t i = 0; i < ARRAY_SIZE(unmapped); i++) {
		assert_int_equal(ll__csa1(&last, 7, 1, &map), unmapped[i]);
	}
	/* Used: 9 10 21 22 23 33 34 35 36. */
	assert_true(ll__chan_map_set(&map, some));
	assert_int_equal(map.count, 9);
	last = 0;
	assert_int_equal(ll__csa1(&last, 7, 1, &map), 35); /* 7 mod 9: the eighth */
}

static void algorithm_1_skips_events(void **state)
{
	static const uint8_t all[5] = {0xff, 0xff, 0xff, 0xff, 0x1f};
	struct ll_chan_map map;
	uint8_t one = 0, many = 0;

	assert_true(ll__chan_map_set(&map, all));
	for (int i = 0; i < 100; i++) {
		(void)ll__csa1(&one, 11, 1, &map);
	}
	assert_int_equal(ll__csa1(&many, 11, 100, &map), one);
}

/* Vol 6 Part C 3: access address 0x8E89BED6. */
static void algorithm_2_gives_the_sample_data(void **state)
{
	static const uint8_t all[5] = {0xff, 0xff, 0xff, 0xff, 0x1f};
	static const uint8_t nine[5] = {0x00, 0x06, 0xe0, 0x00, 0x1e};
	static const struct {
		uint16_t counter;
		uint8_t channel;
	} with_all[] = {{0, 25}, {1, 20}, {2, 6}, {3, 21}},
	  with_nine[] = {{6, 23}, {7, 9}, {8, 34}};
	struct ll_chan_map map;
	uint16_t id = ll__csa2_id(0x8e89bed6);

	assert_int_equal(id, 0x305f);
	assert_true(ll__chan_map_set(&map, all));
	for (size_t i = 0; i < ARRAY_SIZE(with_all); i++) {
		assert_int_equal(ll__csa2(with_all[i].counter, id, &map), with_all[i].channel);
	}
	assert_true(ll__chan_map_set(&map, nine));
	for (size_t i = 0; i < ARRAY_SIZE(with_nine); i++) {
		assert_int_equal(ll__csa2(with_nine[i].counter, id, &map), with_nine[i].channel);
	}
}

static void only_used_channels_come_out_evenly(void **state)
{
	static const uint8_t bits[5] = {0x00, 0x06, 0xe0, 0x00, 0x1e};
	unsigned int counts[LL_DATA_CHANNELS] = {0};
	struct ll_chan_map map;

	assert_true(ll__chan_map_set(&map, bits));
	for (uint32_t i = 0; i < 65536; i++) {
		counts[ll__csa2((uint16_t)i, 0x1234, &map)]++;
	}
	for (unsigned int channel = 0; channel < LL_DATA_CHANNELS; channel++) {
		if (bits[channel / 8] & BIT(channel % 8)) {
			assert_in_range(counts[channel], 65536 / 9 - 700, 65536 / 9 + 700);
		} else {
			assert_int_equal(counts[channel], 0);
		}
	}
}

static void a_map_that_cannot_be_used_is_not_taken(void **state)
{
	static const uint8_t good[5] = {3, 0, 0, 0, 0};
	static const uint8_t bad[][5] = {
		{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 0, 0, 0, 0x10}, {0xff, 0, 0, 0, 0x20}};
	struct ll_chan_map map = {0};

	assert_true(ll__chan_map_set(&map, good));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(ll__chan_map_set(&map, bad[i]));
		assert_int_equal(map.count, 2);
		assert_memory_equal(map.bits, good, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(airtimes_are_exact),
		cmocka_unit_test(the_full_exchange_takes_what_the_specification_says),
		cmocka_unit_test(algorithm_1_hops_and_remaps),
		cmocka_unit_test(algorithm_1_skips_events),
		cmocka_unit_test(algorithm_2_gives_the_sample_data),
		cmocka_unit_test(only_used_channels_come_out_evenly),
		cmocka_unit_test(a_map_that_cannot_be_used_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
