/* SPDX-License-Identifier: Apache-2.0 */

/* Time limits of many objects on one timer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/kernel.h>

#include "host/deadlines.h"

#define COUNT 3

static struct deadlines deadlines;
static deadline_t objects[COUNT];
static uint32_t over_at_ms[COUNT]; /* 0: not yet */
static unsigned int runs;
static uint32_t again_ms; /* for which object 0 sets its own again; 0: it does not */

static void look(struct k_work *work)
{
	runs++;
	deadlines__begin(deadlines__of(work));
	for (int i = 0; i < COUNT; i++) {
		if (deadlines__over(&deadlines, &objects[i])) {
			over_at_ms[i] = k_uptime_get_32();
			if (i == 0 && again_ms != 0) {
				deadlines__set(&deadlines, &objects[i], again_ms);
				again_ms = 0;
			}
		}
	}
}

static int setup(void **state)
{
	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	memset(objects, 0, sizeof(objects));
	memset(over_at_ms, 0, sizeof(over_at_ms));
	runs = 0;
	again_ms = 0;
	deadlines__init(&deadlines, look);
	/* Not at the very beginning of time, where nothing can be told from "not yet". */
	k_msleep(1);
	return 0;
}

static int teardown(void **state)
{
	deadlines__stop(&deadlines);
	return 0;
}

static uint32_t in_ms(uint32_t ms)
{
	return k_uptime_get_32() + ms;
}

static void each_is_over_at_its_own_time(void **state)
{
	const uint32_t at[COUNT] = {in_ms(30), in_ms(10), in_ms(20)};

	deadlines__set(&deadlines, &objects[0], 30);
	deadlines__set(&deadlines, &objects[1], 10);
	deadlines__set(&deadlines, &objects[2], 20);
	k_msleep(9);
	assert_int_equal(runs, 0);
	k_msleep(100);
	assert_memory_equal(over_at_ms, at, sizeof(at));
	assert_int_equal(runs, COUNT);
}

static void one_that_is_cleared_is_never_over(void **state)
{
	deadlines__set(&deadlines, &objects[0], 10);
	deadlines__set(&deadlines, &objects[1], 20);
	deadlines__clear(&objects[0]);
	assert_false(deadlines__is_set(&objects[0]));
	k_msleep(100);
	assert_int_equal(over_at_ms[0], 0);
	assert_int_not_equal(over_at_ms[1], 0);
}

static void one_that_is_set_again_counts_from_then_on(void **state)
{
	uint32_t at;

	deadlines__set(&deadlines, &objects[0], 10);
	k_msleep(5);
	at = in_ms(10);
	deadlines__set(&deadlines, &objects[0], 10);
	k_msleep(100);
	assert_int_equal(over_at_ms[0], at);
}

static void one_may_be_set_while_it_is_over(void **state)
{
	uint32_t at = in_ms(30);

	again_ms = 20;
	deadlines__set(&deadlines, &objects[0], 10);
	k_msleep(100);
	assert_int_equal(over_at_ms[0], at);
	assert_int_equal(runs, 2);
}

static void no_time_at_all_is_at_once_and_not_within_the_call(void **state)
{
	uint32_t at = k_uptime_get_32();

	deadlines__set(&deadlines, &objects[0], 0);
	assert_int_equal(runs, 0);
	k_yield();
	k_msleep(1);
	assert_int_equal(over_at_ms[0], at);
}

static void stopped_none_is_over_until_one_is_set(void **state)
{
	deadlines__set(&deadlines, &objects[0], 10);
	deadlines__stop(&deadlines);
	k_msleep(100);
	assert_int_equal(runs, 0);
	deadlines__clear(&objects[0]);
	deadlines__set(&deadlines, &objects[1], 10);
	k_msleep(100);
	assert_int_equal(over_at_ms[0], 0);
	assert_int_not_equal(over_at_ms[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_is_over_at_its_own_time, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_cleared_is_never_over, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_set_again_counts_from_then_on, setup,
						teardown),
		cmocka_unit_test_setup_teardown(one_may_be_set_while_it_is_over, setup, teardown),
		cmocka_unit_test_setup_teardown(no_time_at_all_is_at_once_and_not_within_the_call,
						setup, teardown),
		cmocka_unit_test_setup_teardown(stopped_none_is_over_until_one_is_set, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
