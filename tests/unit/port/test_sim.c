/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>

static int setup(void **state)
{
	fav_sim_reset(1);
	return fav_kernel_init(&fav_port_sim);
}

static void it_is_the_default_when_alone(void **state)
{
	assert_ptr_equal(fav_port_default, &fav_port_sim);
}

static void the_clock_stands_still_while_code_runs(void **state)
{
	assert_int_equal(fav_port_sim.now_us(), 0);
	assert_int_equal(fav_port_sim.now_us(), 0);
}

static void idle_jumps_to_the_deadline(void **state)
{
	assert_int_equal(fav_port_sim.idle(12345), 0);
	assert_int_equal(fav_port_sim.now_us(), 12345);
	/* Never back. */
	assert_int_equal(fav_port_sim.idle(5), 0);
	assert_int_equal(fav_port_sim.now_us(), 12345);
}

static void idle_without_a_deadline_is_a_deadlock(void **state)
{
	assert_int_equal(fav_port_sim.idle(FAV_FOREVER_US), -EDEADLK);
	assert_int_equal(fav_port_sim.now_us(), 0);
}

static void wake_ends_the_next_idle(void **state)
{
	fav_port_sim.wake();
	assert_int_equal(fav_port_sim.idle(FAV_FOREVER_US), 0);
	fav_port_sim.wake();
	assert_int_equal(fav_port_sim.idle(100), 0);
	assert_int_equal(fav_port_sim.now_us(), 0);
	assert_int_equal(fav_port_sim.idle(100), 0);
	assert_int_equal(fav_port_sim.now_us(), 100);
}

static void reset_starts_over(void **state)
{
	uint8_t first[33], again[33];

	assert_int_equal(fav_port_sim.idle(100), 0);
	fav_sim_reset(5);
	assert_int_equal(fav_port_sim.now_us(), 0);
	assert_int_equal(fav_port_sim.entropy(first, sizeof(first)), 0);
	fav_sim_reset(5);
	assert_int_equal(fav_port_sim.entropy(again, sizeof(again)), 0);
	assert_memory_equal(first, again, sizeof(first));
}

static void entropy_looks_random(void **state)
{
	uint8_t bytes[4096];
	unsigned int ones = 0;

	assert_int_equal(fav_port_sim.entropy(bytes, sizeof(bytes)), 0);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ones += (unsigned int)__builtin_popcount(bytes[i]);
	}
	/* 16384 expected, standard deviation 91. */
	assert_in_range(ones, 15900, 16900);
}

static void on_expiry(struct k_timer *timer)
{
	struct k_sem *sem = k_timer_user_data_get(timer);

	k_sem_give(sem);
}

static void a_year_passes_at_once(void **state)
{
	struct k_timer timer;
	struct k_sem sem;

	k_sem_init(&sem, 0, K_SEM_MAX_LIMIT);
	k_timer_init(&timer, on_expiry, NULL);
	k_timer_user_data_set(&timer, &sem);
	k_timer_start(&timer, K_HOURS(1), K_HOURS(1));
	for (int hour = 1; hour <= 8760; hour++) {
		assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
		assert_int_equal(k_uptime_ticks(), hour * 3600000000LL);
	}
	k_timer_stop(&timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_default_when_alone),
		cmocka_unit_test_setup(the_clock_stands_still_while_code_runs, setup),
		cmocka_unit_test_setup(idle_jumps_to_the_deadline, setup),
		cmocka_unit_test_setup(idle_without_a_deadline_is_a_deadlock, setup),
		cmocka_unit_test_setup(wake_ends_the_next_idle, setup),
		cmocka_unit_test_setup(reset_starts_over, setup),
		cmocka_unit_test_setup(entropy_looks_random, setup),
		cmocka_unit_test_setup(a_year_passes_at_once, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
