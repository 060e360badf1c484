/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static int evaluations;

static int evaluated_once(int value)
{
	evaluations++;
	return value;
}

static void durations_are_microseconds(void **state)
{
	static const k_timeout_t constant = K_MSEC(7);
	uint16_t small = 3;

	assert_int_equal(constant.ticks, 7000);
	assert_int_equal(K_USEC(5).ticks, 5);
	assert_int_equal(K_SECONDS(2).ticks, 2000000);
	assert_int_equal(K_MINUTES(1).ticks, 60000000);
	assert_int_equal(K_HOURS(1).ticks, 3600000000);
	assert_int_equal(K_MSEC(small).ticks, 3000);
	evaluations = 0;
	assert_int_equal(K_MSEC(evaluated_once(4)).ticks, 4000);
	assert_int_equal(evaluations, 1);
}

static void durations_round_up(void **state)
{
	assert_int_equal(K_NSEC(1).ticks, 1);
	assert_int_equal(K_NSEC(1000).ticks, 1);
	assert_int_equal(K_NSEC(1001).ticks, 2);
	assert_int_equal(k_ticks_to_ms_ceil64(1), 1);
	assert_int_equal(k_ticks_to_ms_floor64(1999), 1);
}

static void nothing_becomes_forever_but_forever(void **state)
{
	volatile int negative = -1;
	volatile int64_t most = INT64_MAX;
	volatile uint64_t more = UINT64_MAX;

	assert_int_equal(K_MSEC(0).ticks, 0);
	assert_int_equal(K_MSEC(-1).ticks, 0);
	assert_int_equal(K_MSEC(negative).ticks, 0);
	assert_true(K_MSEC(INT64_MAX).ticks > 0);
	assert_true(K_SECONDS(most).ticks > 0);
	assert_true(K_USEC(more).ticks > 0);
	assert_true(K_TIMEOUT_ABS_MS(most).ticks < -1);
	assert_true(K_TIMEOUT_EQ(SYS_TIMEOUT_MS(SYS_FOREVER_MS), K_FOREVER));
	assert_int_equal(SYS_TIMEOUT_MS(3).ticks, 3000);
	assert_true(fav_deadline_us(K_SECONDS(most)) < FAV_FOREVER_US);
	assert_true(fav_deadline_us(K_FOREVER) == FAV_FOREVER_US);
}

static void sleep_takes_its_time(void **state)
{
	uint64_t start_us = fav_now_us();

	assert_int_equal(k_msleep(2), 0);
	bench_assert_elapsed(start_us, 2000);
	start_us = fav_now_us();
	assert_int_equal(k_usleep(150), 0);
	bench_assert_elapsed(start_us, 150);
	start_us = fav_now_us();
	assert_int_equal(k_sleep(K_USEC(1)), 0);
	bench_assert_elapsed(start_us, 1);
}

static void absolute_timeouts_are_moments_of_uptime(void **state)
{
	k_msleep(1);
	assert_int_equal(k_sleep(K_TIMEOUT_ABS_MS(3)), 0);
	assert_true(k_uptime_get() >= 3);
	assert_int_equal(k_sleep(K_TIMEOUT_ABS_MS(1)), 0);
}

static void timepoints_count_down(void **state)
{
	k_timepoint_t end = sys_timepoint_calc(K_MSEC(2));
	k_timepoint_t forever = sys_timepoint_calc(K_FOREVER);

	assert_true(sys_timepoint_timeout(end).ticks <= 2000);
	assert_false(sys_timepoint_expired(forever));
	assert_true(K_TIMEOUT_EQ(sys_timepoint_timeout(forever), K_FOREVER));
	assert_true(sys_timepoint_cmp(end, forever) < 0);
	k_msleep(2);
	assert_true(sys_timepoint_expired(end));
	assert_true(K_TIMEOUT_EQ(sys_timepoint_timeout(end), K_NO_WAIT));
}

static void uptime_delta_moves_its_reference(void **state)
{
	int64_t reference = k_uptime_get();

	k_msleep(3);
	assert_true(k_uptime_delta(&reference) >= 3);
	assert_true(reference >= 3 && reference <= k_uptime_get());
}

int suite_time(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(durations_are_microseconds),
		bench_test(durations_round_up),
		bench_test(nothing_becomes_forever_but_forever),
		bench_test(sleep_takes_its_time),
		bench_test(absolute_timeouts_are_moments_of_uptime),
		bench_test(timepoints_count_down),
		bench_test(uptime_delta_moves_its_reference),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
