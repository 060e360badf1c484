/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static int runs;
static int result;

static void count(struct k_work *work)
{
	assert_false(k_is_in_isr());
	runs++;
}

static struct k_work item;
static struct k_work_delayable delayed;
static struct k_work_sync sync_unused;

static int setup(void **state)
{
	runs = 0;
	k_work_init(&item, count);
	k_work_init_delayable(&delayed, count);
	return bench_setup(state);
}

#define work_test(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static void submitted_twice_runs_once(void **state)
{
	assert_int_equal(k_work_submit(&item), 1);
	assert_int_equal(k_work_submit(&item), 0);
	assert_int_equal(k_work_busy_get(&item), K_WORK_QUEUED);
	fav_process();
	assert_int_equal(runs, 1);
	assert_int_equal(k_work_busy_get(&item), 0);
}

static int order[3], order_count;

static void note_first(struct k_work *work)
{
	order[order_count++] = 1;
}

static void note_second(struct k_work *work)
{
	order[order_count++] = 2;
}

static void items_run_in_the_order_of_submission(void **state)
{
	struct k_work first, second;

	order_count = 0;
	k_work_init(&first, note_first);
	k_work_init(&second, note_second);
	k_work_submit(&second);
	k_work_submit(&first);
	fav_process();
	assert_int_equal(order_count, 2);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
}

static void resubmit_once(struct k_work *work)
{
	assert_int_equal(k_work_busy_get(work), K_WORK_RUNNING);
	if (++runs == 1) {
		result = k_work_submit(work);
	}
}

static void resubmitted_while_running_runs_again(void **state)
{
	k_work_init(&item, resubmit_once);
	k_work_submit(&item);
	fav_process();
	assert_int_equal(result, 2);
	assert_int_equal(runs, 2);
}

static void free_self(struct k_work *work)
{
	runs++;
	k_free(work);
}

static void an_item_may_free_itself(void **state)
{
	struct k_work *work = k_malloc(sizeof(*work));

	k_work_init(work, free_self);
	k_work_submit(work);
	fav_process();
	assert_int_equal(runs, 1);
}

static void cancelled_does_not_run(void **state)
{
	k_work_submit(&item);
	assert_int_equal(k_work_cancel(&item), 0);
	assert_false(k_work_cancel_sync(&item, &sync_unused));
	k_work_submit(&item);
	assert_true(k_work_cancel_sync(&item, &sync_unused));
	fav_process();
	assert_int_equal(runs, 0);
}

static void cancel_self(struct k_work *work)
{
	runs++;
	k_work_submit(work);
	result = k_work_cancel(work);
}

static void cancelled_from_its_handler_is_still_running(void **state)
{
	k_work_init(&item, cancel_self);
	k_work_submit(&item);
	fav_process();
	assert_int_equal(result, K_WORK_RUNNING);
	assert_int_equal(runs, 1);
}

static void flush_waits_for_the_item(void **state)
{
	assert_false(k_work_flush(&item, &sync_unused));
	k_work_submit(&item);
	assert_true(k_work_flush(&item, &sync_unused));
	assert_int_equal(runs, 1);
}

static void flush_item(void *ctx)
{
	k_work_submit(&item);
	assert_false(k_work_flush(&item, &sync_unused));
}

static void flush_in_a_work_item_does_not_hang(void **state)
{
	bench_in_work(flush_item, NULL);
	fav_process();
	assert_int_equal(runs, 1);
}

static void submit_item(void *ctx)
{
	k_work_submit(&item);
	assert_int_equal(runs, 0);
}

static void submitted_at_interrupt_level_runs_at_thread_level(void **state)
{
	bench_at_interrupt_level(submit_item, NULL);
	fav_process();
	assert_int_equal(runs, 1);
}

static void submitting_to_a_queue_needs_a_started_one(void **state)
{
	struct k_work_q queue;

	k_work_queue_init(&queue);
	assert_int_equal(k_work_submit_to_queue(NULL, &item), -EINVAL);
	assert_int_equal(k_work_submit_to_queue(&queue, &item), -ENODEV);
	assert_int_equal(k_work_schedule_for_queue(NULL, &delayed, K_MSEC(1)), -EINVAL);
	assert_int_equal(k_work_schedule_for_queue(&queue, &delayed, K_MSEC(1)), -ENODEV);
	k_work_queue_start(&queue, NULL, 0, 0, NULL);
	assert_int_equal(k_work_submit_to_queue(&queue, &item), 1);
	fav_process();
	assert_int_equal(runs, 1);
}

static struct k_work_q own;

static void submit_to_own(struct k_work *work)
{
	runs++;
	if (work != &item) {
		assert_int_equal(k_work_submit_to_queue(&own, &item), 1);
	}
}

static void draining_runs_all_and_refuses_strangers(void **state)
{
	struct k_work chained;

	k_work_queue_init(&own);
	k_work_queue_start(&own, NULL, 0, 0, NULL);
	assert_int_equal(k_work_queue_drain(&own, false), 0);
	k_work_init(&chained, submit_to_own);
	k_work_submit_to_queue(&own, &chained);
	assert_int_equal(k_work_queue_drain(&own, true), 1);
	assert_int_equal(runs, 2);
	assert_int_equal(k_work_submit_to_queue(&own, &item), -EBUSY);
	assert_int_equal(k_work_queue_unplug(&own), 0);
	assert_int_equal(k_work_queue_unplug(&own), -EALREADY);
	assert_int_equal(k_work_submit_to_queue(&own, &item), 1);
	fav_process();
}

static void drain_own(void *ctx)
{
	k_work_submit_to_queue(&own, &item);
	assert_int_equal(k_work_queue_drain(&own, false), -EDEADLK);
}

static void draining_in_a_work_item_does_not_hang(void **state)
{
	k_work_queue_init(&own);
	k_work_queue_start(&own, NULL, 0, 0, NULL);
	bench_in_work(drain_own, NULL);
	fav_process();
}

static void schedule_runs_after_the_delay(void **state)
{
	uint64_t start_us;

	assert_int_equal(k_work_schedule(&delayed, K_MSEC(2)), 1);
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_DELAYED);
	assert_true(k_work_delayable_remaining_get(&delayed) <= 2000);
	assert_true(k_work_delayable_expires_get(&delayed) >= 2000);
	assert_true(k_work_flush_delayable(&delayed, &sync_unused));
	assert_int_equal(runs, 1);

	start_us = fav_now_us();
	assert_int_equal(k_work_schedule(&delayed, K_MSEC(2)), 1);
	while (k_work_delayable_is_pending(&delayed)) {
		(void)fav_wait(K_FOREVER);
	}
	bench_assert_elapsed(start_us, 2000);
	assert_int_equal(runs, 2);
	assert_int_equal(k_work_delayable_remaining_get(&delayed), 0);
}

static void schedule_does_not_move_a_scheduled_one(void **state)
{
	assert_int_equal(k_work_schedule(&delayed, K_MSEC(1)), 1);
	assert_int_equal(k_work_schedule(&delayed, K_SECONDS(100)), 0);
	assert_int_equal(k_work_schedule(&delayed, K_NO_WAIT), 0);
	k_msleep(2);
	assert_int_equal(runs, 1);
}

static void schedule_does_not_delay_a_queued_one(void **state)
{
	assert_int_equal(k_work_schedule(&delayed, K_NO_WAIT), 1);
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_QUEUED);
	assert_int_equal(k_work_schedule(&delayed, K_MSEC(1)), 0);
	k_msleep(3);
	assert_int_equal(runs, 1);
}

static void reschedule_moves_a_scheduled_one(void **state)
{
	assert_int_equal(k_work_schedule(&delayed, K_MSEC(1)), 1);
	assert_int_equal(k_work_reschedule(&delayed, K_SECONDS(100)), 1);
	k_msleep(2);
	assert_int_equal(runs, 0);
	assert_int_equal(k_work_reschedule(&delayed, K_NO_WAIT), 1);
	assert_int_equal(k_work_reschedule(&delayed, K_NO_WAIT), 0);
	fav_process();
	assert_int_equal(runs, 1);
}

static void reschedule_of_a_queued_one_runs_it_again_later(void **state)
{
	assert_int_equal(k_work_reschedule(&delayed, K_NO_WAIT), 1);
	assert_int_equal(k_work_reschedule(&delayed, K_SECONDS(1000)), 1);
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_QUEUED | K_WORK_DELAYED);
	fav_process();
	assert_int_equal(runs, 1);
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_DELAYED);
	assert_true(k_work_flush_delayable(&delayed, &sync_unused));
	assert_int_equal(runs, 2);
}

static void schedule_self(struct k_work *work)
{
	struct k_work_delayable *dwork = k_work_delayable_from_work(work);

	if (++runs == 1) {
		result = k_work_schedule(dwork, K_MSEC(1));
	} else if (runs == 2) {
		result = k_work_schedule(dwork, K_NO_WAIT);
	}
}

static void a_running_one_can_be_scheduled(void **state)
{
	k_work_init_delayable(&delayed, schedule_self);
	k_work_schedule(&delayed, K_NO_WAIT);
	fav_process();
	assert_int_equal(result, 1);
	bench_wait_for_count(&runs, 3);
	assert_int_equal(result, 2);
}

static void cancelling_ends_the_delay_and_the_queueing(void **state)
{
	k_work_schedule(&delayed, K_MSEC(1));
	assert_int_equal(k_work_cancel_delayable(&delayed), 0);
	k_work_schedule(&delayed, K_NO_WAIT);
	assert_true(k_work_cancel_delayable_sync(&delayed, &sync_unused));
	assert_false(k_work_cancel_delayable_sync(&delayed, &sync_unused));
	k_msleep(2);
	assert_int_equal(runs, 0);
}

static void cancel_delayed(void *ctx)
{
	/* Its delay has passed at this very moment: it is queued, and must not run any more. */
	k_work_cancel_delayable(&delayed);
}

static void cancelled_after_its_delay_and_before_its_turn_it_does_not_run(void **state)
{
	k_work_schedule(&delayed, K_MSEC(1));
	k_sched_lock();
	k_msleep(2);
	k_sched_unlock();
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_QUEUED);
	bench_at_interrupt_level(cancel_delayed, NULL);
	fav_process();
	assert_int_equal(runs, 0);
}

static void scheduled_forever_waits_to_be_rescheduled(void **state)
{
	assert_int_equal(k_work_schedule(&delayed, K_FOREVER), 1);
	k_msleep(1);
	assert_int_equal(k_work_delayable_busy_get(&delayed), K_WORK_DELAYED);
	assert_int_equal(k_work_reschedule(&delayed, K_NO_WAIT), 1);
	fav_process();
	assert_int_equal(runs, 1);
}

static void flush_of_a_delayed_one_runs_it_now(void **state)
{
	k_work_schedule(&delayed, K_SECONDS(1000));
	assert_true(k_work_flush_delayable(&delayed, &sync_unused));
	assert_int_equal(runs, 1);
	assert_false(k_work_flush_delayable(&delayed, &sync_unused));
}

static K_WORK_DEFINE(defined_work, count);
static K_WORK_DELAYABLE_DEFINE(defined_delayable, count);

static void defined_items_need_no_init(void **state)
{
	k_work_submit(&defined_work);
	k_work_schedule(&defined_delayable, K_USEC(10));
	k_msleep(1);
	assert_int_equal(runs, 2);
}

int suite_work(void)
{
	const struct CMUnitTest tests[] = {
		work_test(submitted_twice_runs_once),
		work_test(items_run_in_the_order_of_submission),
		work_test(resubmitted_while_running_runs_again),
		work_test(an_item_may_free_itself),
		work_test(cancelled_does_not_run),
		work_test(cancelled_from_its_handler_is_still_running),
		work_test(flush_waits_for_the_item),
		work_test(flush_in_a_work_item_does_not_hang),
		work_test(submitted_at_interrupt_level_runs_at_thread_level),
		work_test(submitting_to_a_queue_needs_a_started_one),
		work_test(draining_runs_all_and_refuses_strangers),
		work_test(draining_in_a_work_item_does_not_hang),
		work_test(schedule_runs_after_the_delay),
		work_test(schedule_does_not_move_a_scheduled_one),
		work_test(schedule_does_not_delay_a_queued_one),
		work_test(reschedule_moves_a_scheduled_one),
		work_test(reschedule_of_a_queued_one_runs_it_again_later),
		work_test(a_running_one_can_be_scheduled),
		work_test(cancelling_ends_the_delay_and_the_queueing),
		work_test(cancelled_after_its_delay_and_before_its_turn_it_does_not_run),
		work_test(scheduled_forever_waits_to_be_rescheduled),
		work_test(flush_of_a_delayed_one_runs_it_now),
		work_test(defined_items_need_no_init),
	};

	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
