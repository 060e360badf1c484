/* SPDX-License-Identifier: Apache-2.0 */

/* Packets that take their time through the air, Core 6.0 Vol 6 Part B 4.2.1, 4.2.3. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/util.h>

#include "ll/pair.h"
#include "ll/stream.h"

static void delay(uint32_t there_us, uint32_t back_us)
{
	assert_int_equal(fav_air_link_delay_set(bench.air, c->hci, p->hci, there_us), 0);
	assert_int_equal(fav_air_link_delay_set(bench.air, p->hci, c->hci, back_us), 0);
}

static void begin(uint32_t there_us, uint32_t back_us)
{
	bench_begin(&bench, 2);
	delay(there_us, back_us);
	pair_link(NULL, 500);
}

/* The peripheral answers T_IFS after it has heard the anchor, which is later than it was sent. */
static void anchors_are_seen_later(void **state)
{
	unsigned int answers = 0;

	for (uint32_t there_us = 0; there_us <= 5; there_us++) {
		begin(there_us, 10 - there_us);
		bench_trace(&bench);
		raw_run_ms(1000);
		for (size_t i = 1; i < bench.traced; i++) {
			const struct bench_packet *anchor = &bench.trace[i - 1];

			if (anchor->sender == 0 && bench.trace[i].sender == 1) {
				assert_int_equal(bench.trace[i].start_us,
						 anchor->start_us + anchor->airtime_us + 150 +
							 there_us);
				answers++;
			}
		}
		bench_end(&bench);
	}
	assert_in_range(answers, 6 * 32, 6 * 34);
}

static void data_goes_both_ways_over_the_range(void **state)
{
	begin(5, 5);
	stream_exchange(c, ch, p, ph, &(struct stream_load){.count = 85, .len = 10, .more = 7});
	bench_end(&bench);
}

static void an_answer_beyond_the_range_is_not_heard(void **state)
{
	begin(5, 5);
	delay(5, 6);
	assert_non_null(raw_wait(c, BT_HCI_EVT_DISCONN_COMPLETE, 0, 5000));
	bench_end(&bench);
}

static void a_delay_out_of_range_is_refused(void **state)
{
	bench_begin(&bench, 2);
	assert_int_equal(
		fav_air_link_delay_set(bench.air, c->hci, p->hci, FAV_AIR_LINK_DELAY_MAX_US + 1),
		-EINVAL);
	bench_end(&bench);
}

static void a_delay_and_a_loss_are_set_apart(void **state)
{
	begin(5, 5);
	assert_int_equal(fav_air_link_loss_set(bench.air, c->hci, p->hci, 1000000), 0);
	delay(0, 0);
	assert_non_null(raw_wait(c, BT_HCI_EVT_DISCONN_COMPLETE, 0, 5000));
	bench_end(&bench);
}

static uint64_t hash_of_a_run(uint64_t seed)
{
	uint64_t hash;

	bench_begin_with(&bench, 2, NULL, seed);
	delay(4, 3);
	raw_connect(c, p, NULL, &ch, &ph);
	raw_run_ms(3000);
	hash = bench.hash;
	bench_end(&bench);
	return hash;
}

static void the_same_seed_gives_the_same_air(void **state)
{
	uint64_t hash = hash_of_a_run(5);

	assert_true(hash_of_a_run(5) == hash);
	assert_false(hash_of_a_run(100) == hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anchors_are_seen_later),
		cmocka_unit_test(data_goes_both_ways_over_the_range),
		cmocka_unit_test(an_answer_beyond_the_range_is_not_heard),
		cmocka_unit_test(a_delay_out_of_range_is_refused),
		cmocka_unit_test(a_delay_and_a_loss_are_set_apart),
		cmocka_unit_test(the_same_seed_gives_the_same_air),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
