/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

/* The rules of favonius/loop.h. */

static int runs;

static void count_work(struct k_work *work)
{
	runs++;
}

static void count_timeout(struct fav_timeout *t)
{
	runs++;
}

static void count_irq(struct fav_irq *irq)
{
	runs++;
}

static void check_isr(void *ctx)
{
	assert_true(k_is_in_isr());
	runs++;
}

static void check_no_isr(void *ctx)
{
	assert_false(k_is_in_isr());
	runs++;
}

static void is_in_isr_at_interrupt_level_only(void **state)
{
	runs = 0;
	assert_false(k_is_in_isr());
	bench_at_interrupt_level(check_isr, NULL);
	bench_in_work(check_no_isr, NULL);
	assert_false(k_is_in_isr());
	assert_int_equal(runs, 2);
}

static void irq_handler_in_isr(struct fav_irq *irq)
{
	check_isr(NULL);
}

static void irq_runs_at_interrupt_level(void **state)
{
	struct fav_irq irq = {.handler = irq_handler_in_isr};

	runs = 0;
	fav_irq_raise(&irq);
	assert_int_equal(runs, 0);
	fav_process();
	assert_int_equal(runs, 1);
}

static void irq_raised_twice_runs_once(void **state)
{
	struct fav_irq irq = {.handler = count_irq};

	runs = 0;
	fav_irq_raise(&irq);
	fav_irq_raise(&irq);
	fav_process();
	fav_process();
	assert_int_equal(runs, 1);
	fav_irq_raise(&irq);
	fav_process();
	assert_int_equal(runs, 2);
}

static void irq_cancelled_does_not_run(void **state)
{
	struct fav_irq irqs[3] = {
		{.handler = count_irq}, {.handler = count_irq}, {.handler = count_irq}};

	for (int cancelled = 0; cancelled < 3; cancelled++) {
		runs = 0;
		for (int i = 0; i < 3; i++) {
			fav_irq_raise(&irqs[i]);
		}
		assert_true(fav_irq_cancel(&irqs[cancelled]));
		assert_false(fav_irq_cancel(&irqs[cancelled]));
		fav_process();
		assert_int_equal(runs, 2);
	}
}

static void reraise_three_times(struct fav_irq *irq)
{
	if (++runs < 3) {
		fav_irq_raise(irq);
	}
}

static void irq_may_be_raised_again_by_its_handler(void **state)
{
	struct fav_irq irq = {.handler = reraise_three_times};

	runs = 0;
	fav_irq_raise(&irq);
	fav_process();
	assert_int_equal(runs, 3);
}

static void process_runs_both_levels(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	struct k_work work;

	runs = 0;
	k_work_init(&work, count_work);
	fav_timeout_start(&timeout, fav_now_us());
	k_work_submit(&work);
	assert_int_equal(fav_process(), FAV_FOREVER_US);
	assert_int_equal(runs, 2);
}

static void process_returns_the_next_deadline(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	uint64_t at_us = fav_now_us() + 60000000;

	fav_timeout_start(&timeout, at_us);
	assert_int_equal(fav_process(), at_us);
	assert_true(fav_timeout_stop(&timeout));
	assert_int_equal(fav_process(), FAV_FOREVER_US);
}

static void resubmit(struct k_work *work)
{
	runs++;
	k_work_submit(work);
}

static void process_returns_while_work_keeps_arriving(void **state)
{
	struct k_work work;

	runs = 0;
	k_work_init(&work, resubmit);
	k_work_submit(&work);
	assert_true(fav_process() <= fav_now_us());
	assert_true(runs > 0);
	k_work_cancel(&work);
}

static void rearm_in_the_past(struct fav_timeout *t)
{
	runs++;
	fav_timeout_start(t, 0);
}

static void a_timeout_that_is_always_due_starves_nobody(void **state)
{
	struct fav_timeout timeout = {.handler = rearm_in_the_past};
	struct k_work work;

	runs = 0;
	k_work_init(&work, count_work);
	fav_timeout_start(&timeout, 0);
	k_work_submit(&work);
	fav_process();
	assert_false(k_work_is_pending(&work));
	fav_timeout_stop(&timeout);
}

static void expect_no_process(void *ctx)
{
	struct k_work *work = ctx;

	k_work_submit(work);
	fav_process();
	assert_true(k_work_is_pending(work));
}

static void process_does_nothing_but_from_main(void **state)
{
	struct k_work work;

	runs = 0;
	k_work_init(&work, count_work);
	bench_in_work(expect_no_process, &work);
	fav_process();
	assert_int_equal(runs, 1);
	bench_at_interrupt_level(expect_no_process, &work);
	fav_process();
	assert_int_equal(runs, 2);
}

static struct k_work nested;

static void wait_and_expect_no_work(void *ctx)
{
	runs = 0;
	k_work_submit(&nested);
	k_msleep(2);
	assert_int_equal(runs, 0);
	assert_true(k_work_is_pending(&nested));
}

static void a_wait_in_a_work_item_runs_no_work(void **state)
{
	k_work_init(&nested, count_work);
	bench_in_work(wait_and_expect_no_work, NULL);
	fav_process();
	assert_int_equal(runs, 1);
}

static void wait_and_expect_timeouts(void *ctx)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	struct fav_irq irq = {.handler = count_irq};

	runs = 0;
	fav_irq_raise(&irq);
	fav_timeout_start(&timeout, fav_now_us() + 500);
	k_msleep(2);
	assert_int_equal(runs, 2);
}

static void a_wait_in_a_work_item_runs_interrupt_level(void **state)
{
	bench_in_work(wait_and_expect_timeouts, NULL);
}

static void a_wait_in_main_runs_both_levels(void **state)
{
	k_work_init(&nested, count_work);
	wait_and_expect_timeouts(NULL);
	runs = 0;
	k_work_submit(&nested);
	k_msleep(1);
	assert_int_equal(runs, 1);
}

static void a_wait_under_sched_lock_runs_interrupt_level_alone(void **state)
{
	k_work_init(&nested, count_work);
	k_sched_lock();
	k_sched_lock();
	k_sched_unlock();
	wait_and_expect_no_work(NULL);
	k_sched_unlock();
	k_work_cancel(&nested);
	k_sched_lock();
	wait_and_expect_timeouts(NULL);
	k_sched_unlock();
}

static void wait_forever(void *ctx)
{
	struct k_sem sem;

	k_sem_init(&sem, 0, 1);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), -EDEADLK);
	k_sem_give(&sem);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
}

static void forever_in_a_work_item_is_a_deadlock(void **state)
{
	bench_in_work(wait_forever, NULL);
}

static void forever_under_sched_lock_is_a_deadlock(void **state)
{
	k_sched_lock();
	wait_forever(NULL);
	k_sched_unlock();
}

static bool never(void *ctx)
{
	return false;
}

static bool always(void *ctx)
{
	return true;
}

static void wait_at_interrupt_level(void *ctx)
{
	struct k_sem sem;

	k_sem_init(&sem, 0, 1);
	assert_int_equal(k_sem_take(&sem, K_MSEC(1)), -EWOULDBLOCK);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), -EWOULDBLOCK);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), -EBUSY);
	k_sem_give(&sem);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), 0);
	assert_int_equal(k_sleep(K_MSEC(3)), 3);
	assert_int_equal(fav_wait_for(never, NULL, K_MSEC(1)), -EWOULDBLOCK);
	assert_int_equal(fav_wait_for(always, NULL, K_MSEC(1)), 0);
	assert_int_equal(fav_wait(K_MSEC(1)), -EWOULDBLOCK);
	k_yield();
	runs++;
}

static void interrupt_level_never_waits(void **state)
{
	runs = 0;
	bench_at_interrupt_level(wait_at_interrupt_level, NULL);
	assert_int_equal(runs, 1);
}

static void wait_returns_after_its_timeout(void **state)
{
	uint64_t start_us = fav_now_us();

	assert_int_equal(fav_wait(K_MSEC(2)), -EAGAIN);
	bench_assert_elapsed(start_us, 2000);
}

static void wait_returns_after_what_was_due(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};

	runs = 0;
	fav_timeout_start(&timeout, fav_now_us() + 1000);
	while (runs == 0) {
		assert_int_equal(fav_wait(K_SECONDS(10)), 0);
	}
	fav_timeout_start(&timeout, 0);
	assert_int_equal(fav_wait(K_FOREVER), 0);
	assert_int_equal(runs, 2);
}

static void a_wait_that_nothing_can_end_is_a_deadlock(void **state)
{
	struct k_sem sem;

	if (!bench_is_virtual()) {
		skip(); /* there a descriptor or a foreign thread might */
	}
	k_sem_init(&sem, 0, 1);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), -EDEADLK);
	/* The one that waited is forgotten. */
	k_sem_give(&sem);
	assert_int_equal(k_sem_count_get(&sem), 1);
	assert_int_equal(fav_wait(K_FOREVER), -EDEADLK);
	assert_int_equal(fav_wait_for(never, NULL, K_FOREVER), -EDEADLK);
	assert_int_equal(k_sleep(K_FOREVER), K_TICKS_FOREVER);
}

static bool has_run(void *ctx)
{
	return runs > 0;
}

static void wait_for_ends_when_done(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	uint64_t start_us = fav_now_us();

	runs = 0;
	assert_int_equal(fav_wait_for(has_run, NULL, K_NO_WAIT), -EAGAIN);
	assert_int_equal(fav_wait_for(has_run, NULL, K_MSEC(1)), -EAGAIN);
	bench_assert_elapsed(start_us, 1000);
	start_us = fav_now_us();
	fav_timeout_start(&timeout, start_us + 1500);
	assert_int_equal(fav_wait_for(has_run, NULL, K_FOREVER), 0);
	bench_assert_elapsed(start_us, 1500);
}

static void init_is_refused_while_something_is_queued(void **state)
{
	const struct fav_port *port = fav_kernel_port();
	struct fav_timeout timeout = {.handler = count_timeout};
	struct fav_irq irq = {.handler = count_irq};
	struct k_work work;

	fav_timeout_start(&timeout, fav_now_us() + 1000000);
	assert_int_equal(fav_kernel_init(port), -EBUSY);
	fav_timeout_stop(&timeout);
	k_work_init(&work, count_work);
	k_work_submit(&work);
	assert_int_equal(fav_kernel_init(port), -EBUSY);
	k_work_cancel(&work);
	fav_irq_raise(&irq);
	assert_int_equal(fav_kernel_init(port), -EBUSY);
	fav_irq_cancel(&irq);
	assert_int_equal(fav_kernel_init(port), 0);
}

static void uptime_starts_with_the_kernel(void **state)
{
	uint64_t start_us = fav_now_us();
	int64_t uptime_us;

	k_msleep(2);
	assert_true(k_uptime_get() >= 2);
	assert_int_equal(fav_kernel_init(fav_kernel_port()), 0);
	uptime_us = k_uptime_ticks();
	assert_true(uptime_us <= (int64_t)(fav_now_us() - start_us) - 2000);
}

static void usage_counts_what_is_alive(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	struct fav_irq irq = {.handler = count_irq};
	struct fav_kernel_usage usage;
	struct k_work work;
	void *block = k_malloc(10);

	k_work_init(&work, count_work);
	k_work_submit(&work);
	fav_irq_raise(&irq);
	fav_timeout_start(&timeout, 0);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts, 1);
	assert_int_equal(usage.works, 1);
	assert_int_equal(usage.irqs, 1);
	assert_int_equal(usage.heap_blocks, 1);
	k_free(block);
	fav_process();
}

struct order {
	struct fav_timeout timeout;
	int number;
};

static int order_seen[4], order_count;

static void note_order(struct fav_timeout *t)
{
	order_seen[order_count++] = CONTAINER_OF(t, struct order, timeout)->number;
}

static void timeouts_of_one_moment_run_in_the_order_of_arming(void **state)
{
	struct order orders[4];
	uint64_t at_us = fav_now_us() + 1000;

	order_count = 0;
	for (int i = 0; i < 4; i++) {
		orders[i] = (struct order){.timeout.handler = note_order, .number = i};
		fav_timeout_start(&orders[i].timeout, at_us);
	}
	/* Armed again: now the last of its moment. */
	fav_timeout_start(&orders[0].timeout, at_us);
	k_msleep(2);
	assert_int_equal(order_count, 4);
	assert_int_equal(order_seen[0], 1);
	assert_int_equal(order_seen[1], 2);
	assert_int_equal(order_seen[2], 3);
	assert_int_equal(order_seen[3], 0);
}

static void a_timeout_in_the_past_does_not_run_in_start(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};

	runs = 0;
	fav_timeout_start(&timeout, 0);
	assert_int_equal(runs, 0);
	assert_true(fav_timeout_is_armed(&timeout));
	fav_process();
	assert_int_equal(runs, 1);
	assert_false(fav_timeout_is_armed(&timeout));
	assert_int_equal(timeout.at_us, 0);
	assert_false(fav_timeout_stop(&timeout));
}

static void yield_runs_what_is_due(void **state)
{
	struct k_work work;

	runs = 0;
	k_work_init(&work, count_work);
	k_work_submit(&work);
	k_yield();
	assert_int_equal(runs, 1);
	k_work_submit(&work);
	assert_int_equal(k_sleep(K_NO_WAIT), 0);
	assert_int_equal(runs, 2);
}

static struct fav_irq raised_by_work = {.handler = count_irq};

static void raise_in_work(struct k_work *work)
{
	fav_irq_raise(&raised_by_work);
}

static void expect_irq_ran(struct k_work *work)
{
	assert_int_equal(runs, 1);
	runs++;
}

static void interrupt_level_comes_between_work_items(void **state)
{
	struct k_work first, second;

	runs = 0;
	k_work_init(&first, raise_in_work);
	k_work_init(&second, expect_irq_ran);
	k_work_submit(&first);
	k_work_submit(&second);
	fav_process();
	assert_int_equal(runs, 2);
}

static void busy_wait_runs_interrupt_level_alone(void **state)
{
	struct fav_timeout timeout = {.handler = count_timeout};
	uint64_t start_us = fav_now_us();
	struct k_work work;

	runs = 0;
	k_work_init(&work, count_work);
	k_work_submit(&work);
	fav_timeout_start(&timeout, start_us + 100);
	k_busy_wait(300);
	bench_assert_elapsed(start_us, 300);
	assert_int_equal(runs, 1);
	k_work_cancel(&work);
}

static void call_busy_wait(void *ctx)
{
	uint64_t start_us = fav_now_us();

	k_busy_wait(200);
	assert_true(bench_is_virtual() || fav_now_us() - start_us >= 200);
}

static void busy_wait_at_interrupt_level_spins(void **state)
{
	bench_at_interrupt_level(call_busy_wait, NULL);
}

int suite_loop(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(is_in_isr_at_interrupt_level_only),
		bench_test(irq_runs_at_interrupt_level),
		bench_test(irq_raised_twice_runs_once),
		bench_test(irq_cancelled_does_not_run),
		bench_test(irq_may_be_raised_again_by_its_handler),
		bench_test(process_runs_both_levels),
		bench_test(process_returns_the_next_deadline),
		bench_test(process_returns_while_work_keeps_arriving),
		bench_test(a_timeout_that_is_always_due_starves_nobody),
		bench_test(process_does_nothing_but_from_main),
		bench_test(a_wait_in_a_work_item_runs_no_work),
		bench_test(a_wait_in_a_work_item_runs_interrupt_level),
		bench_test(a_wait_in_main_runs_both_levels),
		bench_test(a_wait_under_sched_lock_runs_interrupt_level_alone),
		bench_test(forever_in_a_work_item_is_a_deadlock),
		bench_test(forever_under_sched_lock_is_a_deadlock),
		bench_test(interrupt_level_never_waits),
		bench_test(wait_returns_after_its_timeout),
		bench_test(wait_returns_after_what_was_due),
		bench_test(a_wait_that_nothing_can_end_is_a_deadlock),
		bench_test(wait_for_ends_when_done),
		bench_test(init_is_refused_while_something_is_queued),
		bench_test(uptime_starts_with_the_kernel),
		bench_test(usage_counts_what_is_alive),
		bench_test(timeouts_of_one_moment_run_in_the_order_of_arming),
		bench_test(a_timeout_in_the_past_does_not_run_in_start),
		bench_test(yield_runs_what_is_due),
		bench_test(interrupt_level_comes_between_work_items),
		bench_test(busy_wait_runs_interrupt_level_alone),
		bench_test(busy_wait_at_interrupt_level_spins),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
