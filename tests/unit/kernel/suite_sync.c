/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static struct k_sem sem;

static void give_sem(struct k_work *work)
{
	k_sem_give(&sem);
}

static void give_sem_in_isr(struct fav_timeout *t)
{
	k_sem_give(&sem);
}

static void reset_sem(struct k_work *work)
{
	k_sem_reset(&sem);
}

static void sem_counts_to_its_limit(void **state)
{
	assert_int_equal(k_sem_init(&sem, 1, 2), 0);
	k_sem_give(&sem);
	k_sem_give(&sem);
	assert_int_equal(k_sem_count_get(&sem), 2);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), 0);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), -EBUSY);
}

static void sem_init_checks_its_arguments(void **state)
{
	assert_int_equal(k_sem_init(&sem, 0, 0), -EINVAL);
	assert_int_equal(k_sem_init(&sem, 3, 2), -EINVAL);
	assert_int_equal(k_sem_init(&sem, 0, K_SEM_MAX_LIMIT), 0);
}

static void sem_take_times_out(void **state)
{
	uint64_t start_us = fav_now_us();

	k_sem_init(&sem, 0, 1);
	assert_int_equal(k_sem_take(&sem, K_MSEC(2)), -EAGAIN);
	bench_assert_elapsed(start_us, 2000);
	k_sem_give(&sem);
	assert_int_equal(k_sem_count_get(&sem), 1);
}

static void sem_is_given_by_work(void **state)
{
	struct k_work work;

	k_sem_init(&sem, 0, 1);
	k_work_init(&work, give_sem);
	k_work_submit(&work);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
	assert_int_equal(k_sem_count_get(&sem), 0);
}

static void take_in_work(void *ctx)
{
	struct fav_timeout timeout = {.handler = give_sem_in_isr};

	fav_timeout_start(&timeout, fav_now_us() + 100);
	assert_int_equal(k_sem_take(&sem, K_SECONDS(10)), 0);
}

static void sem_is_given_at_interrupt_level_to_work_that_waits(void **state)
{
	k_sem_init(&sem, 0, 1);
	bench_in_work(take_in_work, NULL);
}

static void sem_reset_wakes_with_eagain(void **state)
{
	struct k_work work;

	k_sem_init(&sem, 0, 5);
	k_work_init(&work, reset_sem);
	k_work_submit(&work);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), -EAGAIN);
	k_sem_give(&sem);
	k_sem_give(&sem);
	k_sem_reset(&sem);
	assert_int_equal(k_sem_count_get(&sem), 0);
}

static void give_twice(struct k_work *work)
{
	k_sem_give(&sem);
	/* Handed to who waits: the count is untouched and has room for one more. */
	assert_int_equal(k_sem_count_get(&sem), 0);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), -EBUSY);
	k_sem_give(&sem);
	assert_int_equal(k_sem_count_get(&sem), 1);
}

static void sem_is_handed_over_and_cannot_be_stolen(void **state)
{
	struct k_work work;

	k_sem_init(&sem, 0, 1);
	k_work_init(&work, give_twice);
	k_work_submit(&work);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
	assert_int_equal(k_sem_count_get(&sem), 1);
}

static void wait_below(struct k_work *work)
{
	struct fav_timeout timeout = {.handler = give_sem_in_isr};

	/* Main waits on it as well; the work item is the more urgent. */
	fav_timeout_start(&timeout, fav_now_us() + 100);
	assert_int_equal(k_sem_take(&sem, K_SECONDS(10)), 0);
	k_sem_give(&sem);
}

static void of_two_who_wait_the_work_item_is_served_first(void **state)
{
	struct k_work work;

	k_sem_init(&sem, 0, 1);
	k_work_init(&work, wait_below);
	k_work_submit(&work);
	assert_int_equal(k_sem_take(&sem, K_SECONDS(10)), 0);
}

static void outlast_main(struct k_work *work)
{
	k_msleep(3);
	k_sem_give(&sem);
}

static void a_timeout_passes_while_a_work_item_waits(void **state)
{
	struct k_work work;

	k_sem_init(&sem, 0, 1);
	k_work_init(&work, outlast_main);
	k_work_submit(&work);
	assert_int_equal(k_sem_take(&sem, K_MSEC(1)), -EAGAIN);
	assert_int_equal(k_sem_count_get(&sem), 1);
}

static K_SEM_DEFINE(defined_sem, 1, 1);

static void a_defined_sem_needs_no_init(void **state)
{
	assert_int_equal(k_sem_take(&defined_sem, K_NO_WAIT), 0);
	assert_int_equal(k_sem_take(&defined_sem, K_NO_WAIT), -EBUSY);
	k_sem_give(&defined_sem);
}

static void mutex_is_recursive(void **state)
{
	struct k_mutex mutex;

	assert_int_equal(k_mutex_init(&mutex), 0);
	assert_int_equal(k_mutex_unlock(&mutex), -EINVAL);
	assert_int_equal(k_mutex_lock(&mutex, K_FOREVER), 0);
	assert_int_equal(k_mutex_lock(&mutex, K_NO_WAIT), 0);
	assert_int_equal(k_mutex_unlock(&mutex), 0);
	assert_int_equal(k_mutex_unlock(&mutex), 0);
	assert_int_equal(k_mutex_unlock(&mutex), -EINVAL);
}

static struct k_condvar condvar;
static struct k_mutex guard;

static void signal_condvar(struct k_work *work)
{
	assert_int_equal(k_mutex_unlock(&guard), -EINVAL);
	k_condvar_signal(&condvar);
}

static void broadcast_condvar(struct k_work *work)
{
	assert_int_equal(k_condvar_broadcast(&condvar), 1);
}

static void condvar_waits_with_the_mutex_unlocked(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_work work;

	k_condvar_init(&condvar);
	k_mutex_init(&guard);
	k_mutex_lock(&guard, K_FOREVER);
	assert_int_equal(k_condvar_wait(&condvar, &guard, K_NO_WAIT), -EAGAIN);
	assert_int_equal(k_condvar_wait(&condvar, &guard, K_MSEC(1)), -EAGAIN);
	bench_assert_elapsed(start_us, 1000);
	k_work_init(&work, signal_condvar);
	k_work_submit(&work);
	assert_int_equal(k_condvar_wait(&condvar, &guard, K_FOREVER), 0);
	k_work_init(&work, broadcast_condvar);
	k_work_submit(&work);
	assert_int_equal(k_condvar_wait(&condvar, &guard, K_FOREVER), 0);
	assert_int_equal(k_mutex_unlock(&guard), 0);
	assert_int_equal(k_condvar_signal(&condvar), 0);
	assert_int_equal(k_condvar_broadcast(&condvar), 0);
}

static struct k_event event;

static void post_two(struct k_work *work)
{
	k_event_post(&event, BIT(1));
	k_event_post(&event, BIT(2));
	/* Who waited for both has both, whatever is cleared before it runs. */
	k_event_clear(&event, BIT(2));
}

static void event_flags_are_set_and_cleared(void **state)
{
	k_event_init(&event);
	assert_int_equal(k_event_post(&event, 0x3), 0);
	assert_int_equal(k_event_post(&event, 0x6), 0x2);
	assert_int_equal(k_event_test(&event, 0xff), 0x7);
	assert_int_equal(k_event_clear(&event, 0x9), 0x1);
	assert_int_equal(k_event_set(&event, 0x10), 0x6);
	assert_int_equal(k_event_set_masked(&event, 0x3, 0x11), 0x10);
	assert_int_equal(k_event_test(&event, UINT32_MAX), 0x1);
}

static void event_waits_for_any_or_all(void **state)
{
	struct k_work work;

	k_event_init(&event);
	k_event_set(&event, BIT(0));
	assert_int_equal(k_event_wait(&event, 0x3, false, K_NO_WAIT), 0x1);
	assert_int_equal(k_event_wait(&event, 0x3, true, K_NO_WAIT), 0);
	assert_int_equal(k_event_wait_all(&event, 0x6, false, K_MSEC(1)), 0);
	k_work_init(&work, post_two);
	k_work_submit(&work);
	assert_int_equal(k_event_wait_all(&event, 0x6, false, K_FOREVER), 0x6);
	k_event_set(&event, 0);
	k_work_submit(&work);
	assert_int_equal(k_event_wait(&event, 0x6, false, K_FOREVER), 0x2);
}

int suite_sync(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(sem_counts_to_its_limit),
		bench_test(sem_init_checks_its_arguments),
		bench_test(sem_take_times_out),
		bench_test(sem_is_given_by_work),
		bench_test(sem_is_given_at_interrupt_level_to_work_that_waits),
		bench_test(sem_reset_wakes_with_eagain),
		bench_test(sem_is_handed_over_and_cannot_be_stolen),
		bench_test(of_two_who_wait_the_work_item_is_served_first),
		bench_test(a_timeout_passes_while_a_work_item_waits),
		bench_test(a_defined_sem_needs_no_init),
		bench_test(mutex_is_recursive),
		bench_test(condvar_waits_with_the_mutex_unlocked),
		bench_test(event_flags_are_set_and_cleared),
		bench_test(event_waits_for_any_or_all),
	};

	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
