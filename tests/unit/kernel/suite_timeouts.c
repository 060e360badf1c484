/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <favonius/sim.h>
#include <zephyr/random/random.h>

/* The pairing heap against a reference that searches. */

#define COUNT 200
#define STEPS 20000

struct entry {
	struct fav_timeout timeout;
	bool armed;
	uint64_t at_us;
	uint64_t order; /* of arming */
};

static struct entry entries[COUNT];
static uint64_t armings;
static uint64_t expiries;

static const struct entry *reference_first(void)
{
	const struct entry *first = NULL;

	for (int i = 0; i < COUNT; i++) {
		const struct entry *e = &entries[i];

		if (e->armed && (first == NULL || e->at_us < first->at_us ||
				 (e->at_us == first->at_us && e->order < first->order))) {
			first = e;
		}
	}
	return first;
}

static void expired(struct fav_timeout *t)
{
	struct entry *e = CONTAINER_OF(t, struct entry, timeout);

	assert_ptr_equal(e, reference_first());
	assert_int_equal(t->at_us, e->at_us);
	assert_false(fav_timeout_is_armed(t));
	e->armed = false;
	expiries++;
}

static void arm(struct entry *e)
{
	/* Few distinct moments, so that many are equal. */
	e->at_us = fav_now_us() + sys_rand32_get() % 50;
	e->order = armings++;
	e->armed = true;
	fav_timeout_start(&e->timeout, e->at_us);
}

static void disarm(struct entry *e)
{
	assert_int_equal(fav_timeout_stop(&e->timeout), e->armed);
	e->armed = false;
}

static void expiries_come_in_order(void **state)
{
	fav_sim_reset(units_seed());
	armings = 0;
	expiries = 0;
	for (int i = 0; i < COUNT; i++) {
		entries[i] = (struct entry){.timeout.handler = expired};
	}
	for (int step = 0; step < STEPS; step++) {
		struct entry *e = &entries[sys_rand32_get() % COUNT];
		const struct entry *first;
		uint64_t next_us;

		switch (sys_rand8_get() % 8) {
		case 0:
			disarm(e);
			break;
		case 1:
			k_usleep(1);
			break;
		default:
			arm(e);
		}
		next_us = fav_process();
		first = reference_first();
		assert_true(next_us == (first != NULL ? first->at_us : FAV_FOREVER_US));
	}
	k_msleep(1);
	assert_null(reference_first());
	assert_true(expiries > STEPS / 20);
}

static void starting_one_that_is_armed_moves_it(void **state)
{
	struct entry *e = &entries[0];

	*e = (struct entry){.timeout.handler = expired};
	expiries = 0;
	e->armed = true;
	e->at_us = 500;
	fav_timeout_start(&e->timeout, 100);
	fav_timeout_start(&e->timeout, 500);
	k_usleep(400);
	assert_int_equal(expiries, 0);
	k_usleep(100);
	assert_int_equal(expiries, 1);
}

static uint64_t at_run_us;

static void note_at(struct fav_timeout *t)
{
	at_run_us = t->at_us;
}

static void a_late_handler_reads_the_moment_that_was_asked_for(void **state)
{
	struct fav_timeout timeout = {.handler = note_at};

	k_usleep(1000);
	fav_timeout_start(&timeout, 10);
	fav_process();
	assert_int_equal(at_run_us, 10);
	assert_int_equal(fav_now_us(), 1000);
}

int suite_timeouts(void)
{
	const struct CMUnitTest tests[] = {
		units_test(expiries_come_in_order),
		units_test(starting_one_that_is_armed_moves_it),
		units_test(a_late_handler_reads_the_moment_that_was_asked_for),
	};

	return cmocka_run_group_tests_name("timeouts", tests, NULL, NULL);
}
