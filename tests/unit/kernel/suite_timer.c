/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static int expiries, stops;
static uint64_t expired_at_us;

static void on_expiry(struct k_timer *timer)
{
	assert_true(k_is_in_isr());
	expired_at_us = fav_now_us();
	expiries++;
}

static void on_stop(struct k_timer *timer)
{
	stops++;
}

static void start_counting(struct k_timer *timer)
{
	expiries = 0;
	stops = 0;
	k_timer_init(timer, on_expiry, on_stop);
}

static void one_shot_expires_once(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_MSEC(1), K_NO_WAIT);
	k_msleep(3);
	assert_int_equal(expiries, 1);
	assert_true(expired_at_us - start_us >= 1000);
	k_timer_start(&timer, K_NO_WAIT, K_FOREVER);
	k_msleep(1);
	assert_int_equal(expiries, 2);
	assert_int_equal(k_timer_remaining_get(&timer), 0);
}

static void periodic_does_not_drift(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_MSEC(1), K_MSEC(2));
	k_msleep(10);
	k_timer_stop(&timer);
	/* At 1, 3, 5, 7, 9 ms; a late loop makes up for what it missed. */
	assert_true(expiries >= 5);
	if (bench_is_virtual()) {
		assert_int_equal(expiries, 5);
		assert_int_equal(expired_at_us - start_us, 9000);
	}
}

static void status_counts_and_is_cleared_by_reading(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_USEC(500), K_USEC(500));
	k_msleep(2);
	k_timer_stop(&timer);
	assert_int_equal(k_timer_status_get(&timer), expiries);
	assert_int_equal(k_timer_status_get(&timer), 0);
}

static void starting_resets_the_status(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_NO_WAIT, K_NO_WAIT);
	fav_process();
	k_timer_start(&timer, K_SECONDS(10), K_NO_WAIT);
	assert_int_equal(k_timer_status_get(&timer), 0);
	k_timer_stop(&timer);
}

static void status_sync_waits_for_an_expiry(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_timer timer;

	start_counting(&timer);
	assert_int_equal(k_timer_status_sync(&timer), 0);
	k_timer_start(&timer, K_MSEC(1), K_NO_WAIT);
	assert_int_equal(k_timer_status_sync(&timer), 1);
	bench_assert_elapsed(start_us, 1000);
	assert_int_equal(k_timer_status_sync(&timer), 0);
}

static struct k_timer synced;

static void sync_in_work(void *ctx)
{
	k_timer_start(&synced, K_MSEC(1), K_NO_WAIT);
	assert_int_equal(k_timer_status_sync(&synced), 1);
}

static void status_sync_works_in_a_work_item(void **state)
{
	start_counting(&synced);
	bench_in_work(sync_in_work, NULL);
}

static void stop_synced(struct k_work *work)
{
	k_timer_stop(&synced);
}

static void stopping_ends_status_sync(void **state)
{
	struct k_work work;

	start_counting(&synced);
	k_work_init(&work, stop_synced);
	k_work_submit(&work);
	k_timer_start(&synced, K_SECONDS(100), K_NO_WAIT);
	assert_int_equal(k_timer_status_sync(&synced), 0);
	assert_int_equal(stops, 1);
}

static void stop_runs_its_function_on_a_running_timer_only(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_stop(&timer);
	assert_int_equal(stops, 0);
	k_timer_start(&timer, K_SECONDS(1), K_NO_WAIT);
	k_timer_stop(&timer);
	assert_int_equal(stops, 1);
	assert_int_equal(expiries, 0);
}

static void starting_with_forever_stops(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_MSEC(1), K_MSEC(1));
	k_timer_start(&timer, K_FOREVER, K_NO_WAIT);
	k_msleep(2);
	assert_int_equal(expiries, 0);
	assert_int_equal(stops, 0);
}

static void restarting_moves_the_expiry(void **state)
{
	struct k_timer timer;
	uint64_t start_us = fav_now_us();

	start_counting(&timer);
	k_timer_start(&timer, K_MSEC(1), K_NO_WAIT);
	k_timer_start(&timer, K_MSEC(3), K_NO_WAIT);
	assert_int_equal(k_timer_status_sync(&timer), 1);
	bench_assert_elapsed(start_us, 3000);
	assert_int_equal(expiries, 1);
}

static void restart_self(struct k_timer *timer)
{
	if (++expiries < 3) {
		k_timer_start(timer, K_USEC(100), K_NO_WAIT);
	}
}

static void stop_self(struct k_timer *timer)
{
	expiries++;
	k_timer_stop(timer);
}

static void expiry_may_restart_and_stop_its_timer(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_init(&timer, restart_self, NULL);
	k_timer_start(&timer, K_USEC(100), K_NO_WAIT);
	bench_wait_for_count(&expiries, 3);
	k_msleep(1);
	assert_int_equal(expiries, 3);

	start_counting(&timer);
	k_timer_init(&timer, stop_self, NULL);
	k_timer_start(&timer, K_USEC(100), K_USEC(100));
	k_msleep(2);
	assert_int_equal(expiries, 1);
}

static void remaining_counts_down(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_start(&timer, K_SECONDS(10), K_NO_WAIT);
	k_msleep(2);
	assert_true(k_timer_remaining_ticks(&timer) <= 9998000);
	assert_true(k_timer_remaining_get(&timer) <= 9998);
	assert_true(k_timer_expires_ticks(&timer) >= 10000000);
	k_timer_stop(&timer);
	assert_int_equal(k_timer_remaining_ticks(&timer), 0);
}

static void user_data_is_kept(void **state)
{
	struct k_timer timer;

	start_counting(&timer);
	k_timer_user_data_set(&timer, &timer);
	assert_ptr_equal(k_timer_user_data_get(&timer), &timer);
}

static K_TIMER_DEFINE(defined, on_expiry, NULL);

static void a_defined_timer_needs_no_init(void **state)
{
	expiries = 0;
	k_timer_start(&defined, K_USEC(10), K_NO_WAIT);
	k_msleep(1);
	assert_int_equal(expiries, 1);
}

int suite_timer(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(one_shot_expires_once),
		bench_test(periodic_does_not_drift),
		bench_test(status_counts_and_is_cleared_by_reading),
		bench_test(starting_resets_the_status),
		bench_test(status_sync_waits_for_an_expiry),
		bench_test(status_sync_works_in_a_work_item),
		bench_test(stopping_ends_status_sync),
		bench_test(stop_runs_its_function_on_a_running_timer_only),
		bench_test(starting_with_forever_stops),
		bench_test(restarting_moves_the_expiry),
		bench_test(expiry_may_restart_and_stop_its_timer),
		bench_test(remaining_counts_down),
		bench_test(user_data_is_kept),
		bench_test(a_defined_timer_needs_no_init),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
