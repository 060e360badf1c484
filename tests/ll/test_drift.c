/* SPDX-License-Identifier: Apache-2.0 */

/* Sleep clocks that drift, and the windows that catch it, Core 6.0 Vol 6 Part B 4.2.2, 4.5.7. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/util.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"
#include "ll/stream.h"

static void begin(int16_t c_ppm, int16_t p_ppm, const struct raw_params *params)
{
	bench_begin(&bench, 2);
	((struct fav_controller *)c->hci)->config.drift_ppm = c_ppm;
	((struct fav_controller *)p->hci)->config.drift_ppm = p_ppm;
	pair_link(params, 500);
}

/* The central's intervals are what its clock makes of them. */
static void a_central_keeps_the_time_of_its_own_clock(void **state)
{
	uint64_t first_us, last_us = 0;
	unsigned int events = 0;

	begin(40, -40, &(struct raw_params){.interval = 80, .timeout = 400});
	bench_trace(&bench);
	raw_run_ms(10000);
	first_us = bench.trace[0].start_us;
	for (size_t i = 0; i < bench.traced; i++) {
		if (bench.trace[i].sender == bench.trace[0].sender) {
			last_us = bench.trace[i].start_us;
			events++;
		}
	}
	/* 100 ms and 4 us. */
	assert_in_range(last_us - first_us, (events - 1) * 100004U - 1, (events - 1) * 100004U + 1);
	/* Each is answered. */
	assert_in_range(bench.traced, 2 * events - 1, 2 * events);
	assert_false(pair_is_lost());
	bench_end(&bench);
}

/* Both at the limit of what they announce, in opposite directions, with the longest of sleeps. */
static void drift_within_the_announced_accuracy_is_caught(void **state)
{
	static const struct raw_params params[] = {
		{.interval = 6, .timeout = 100},
		{.interval = 3200, .timeout = 3200},
		{.interval = 80, .latency = 100, .timeout = 3200},
	};
	static struct stream down;

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		for (int16_t sign = -1; sign <= 1; sign += 2) {
			begin(50 * sign, -50 * sign, &params[i]);
			raw_run_ms(120000);
			assert_false(pair_is_lost());
			stream_begin(&down, c, ch, p);
			stream_send(&down, 20);
			stream_finish(&down, 60000);
			bench_end(&bench);
			p->user = NULL;
		}
	}
}

/* Farther apart than both announce: 600 us in a sleep of 2 s, and the window is 216 us wide. */
static void drift_beyond_the_announced_accuracy_loses_the_link(void **state)
{
	for (int16_t sign = -1; sign <= 1; sign += 2) {
		begin(150 * sign, -150 * sign,
		      &(struct raw_params){.interval = 1600, .timeout = 900});
		raw_run_ms(60000);
		assert_true(pair_is_lost());
		bench_end(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_central_keeps_the_time_of_its_own_clock),
		cmocka_unit_test(drift_within_the_announced_accuracy_is_caught),
		cmocka_unit_test(drift_beyond_the_announced_accuracy_loses_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
