/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/posix.h>

#include "posix_suites.h"

int posix_setup(void **state)
{
	return fav_kernel_init(&fav_port_posix);
}

int posix_teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_kernel_usage_get(&usage);
	return usage.timeouts + usage.works + usage.irqs + usage.heap_blocks != 0 ? -1 : 0;
}

static void it_is_the_default(void **state)
{
	assert_ptr_equal(fav_port_default, &fav_port_posix);
}

static void the_clock_never_steps_back(void **state)
{
	uint64_t before_us = fav_port_posix.now_us();

	for (int i = 0; i < 1000; i++) {
		uint64_t now_us = fav_port_posix.now_us();

		assert_true(now_us >= before_us);
		before_us = now_us;
	}
}

static void idle_waits_until_the_deadline(void **state)
{
	uint64_t until_us = fav_port_posix.now_us() + 1500;

	assert_int_equal(fav_port_posix.idle(until_us), 0);
	assert_true(fav_port_posix.now_us() >= until_us);
	assert_int_equal(fav_port_posix.idle(0), 0);
}

static void wake_ends_the_next_idle(void **state)
{
	fav_port_posix.wake();
	/* Would not return in the test's lifetime. */
	assert_int_equal(fav_port_posix.idle(FAV_FOREVER_US), 0);
}

static struct k_sem sem;

static void give(struct fav_irq *irq)
{
	assert_true(k_is_in_isr());
	k_sem_give(&sem);
}

static struct fav_irq irq = {.handler = give};

static void *raise_after_a_while(void *ctx)
{
	usleep(2000);
	fav_irq_raise(&irq);
	return NULL;
}

static void a_foreign_thread_wakes_the_sleeping_loop(void **state)
{
	pthread_t thread;

	k_sem_init(&sem, 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, raise_after_a_while, NULL), 0);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
	pthread_join(thread, NULL);
}

#define RAISES 20000

static unsigned int handled;
static unsigned int raised_count;
static unsigned int handled_before_last;

static void count_handled(struct fav_irq *counted)
{
	handled++;
}

static struct fav_irq counted = {.handler = count_handled};

static void *raise_often(void *ctx)
{
	for (int i = 0; i < RAISES; i++) {
		fav_irq_raise(&counted);
		__atomic_add_fetch(&raised_count, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static bool all_are_raised(void *ctx)
{
	return __atomic_load_n(&raised_count, __ATOMIC_SEQ_CST) == 2 * RAISES;
}

static bool one_more_was_handled(void *ctx)
{
	return handled > handled_before_last;
}

static void no_raise_of_several_threads_is_lost(void **state)
{
	pthread_t threads[2];

	handled = 0;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, raise_often, NULL), 0);
	}
	while (!all_are_raised(NULL)) {
		(void)fav_wait(K_MSEC(1));
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	fav_process();
	assert_in_range(handled, 1, 2 * RAISES);
	/* Nothing is left behind: the next raise is handled too. */
	handled_before_last = handled;
	fav_irq_raise(&counted);
	assert_int_equal(fav_wait_for(one_more_was_handled, NULL, K_SECONDS(10)), 0);
	assert_int_equal(handled, handled_before_last + 1);
}

static void *lock_and_count(void *ctx)
{
	unsigned int *shared = ctx;

	for (int i = 0; i < 10000; i++) {
		unsigned int outer = fav_port_posix.lock();
		unsigned int inner = fav_port_posix.lock();

		(*shared)++;
		fav_port_posix.unlock(inner);
		(*shared)++;
		fav_port_posix.unlock(outer);
	}
	return NULL;
}

static void the_lock_nests_and_excludes(void **state)
{
	unsigned int shared = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, lock_and_count, &shared), 0);
	lock_and_count(&shared);
	pthread_join(thread, NULL);
	assert_int_equal(shared, 40000);
}

static void *lock_and_tell(void *ctx)
{
	unsigned int key = fav_port_posix.lock();

	__atomic_store_n((bool *)ctx, true, __ATOMIC_SEQ_CST);
	fav_port_posix.unlock(key);
	return NULL;
}

static void the_lock_is_held_until_the_outermost_unlock(void **state)
{
	unsigned int outer = fav_port_posix.lock();
	bool entered = false;
	pthread_t thread;

	fav_port_posix.unlock(fav_port_posix.lock());
	assert_int_equal(pthread_create(&thread, NULL, lock_and_tell, &entered), 0);
	usleep(5000);
	assert_false(__atomic_load_n(&entered, __ATOMIC_SEQ_CST));
	fav_port_posix.unlock(outer);
	pthread_join(thread, NULL);
	assert_true(entered);
}

static void entropy_differs(void **state)
{
	uint8_t first[32] = {0}, second[32] = {0};

	assert_int_equal(fav_port_posix.entropy(first, sizeof(first)), 0);
	assert_int_equal(fav_port_posix.entropy(second, sizeof(second)), 0);
	assert_memory_not_equal(first, second, sizeof(first));
}

static void log_lines_go_to_standard_error(void **state)
{
	int saved = dup(STDERR_FILENO), ends[2];
	char text[16] = "";

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	fav_port_posix.log_line("a line");
	dup2(saved, STDERR_FILENO);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 7);
	assert_string_equal(text, "a line\n");
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		posix_test(it_is_the_default),
		posix_test(the_clock_never_steps_back),
		posix_test(idle_waits_until_the_deadline),
		posix_test(wake_ends_the_next_idle),
		posix_test(a_foreign_thread_wakes_the_sleeping_loop),
		posix_test(no_raise_of_several_threads_is_lost),
		posix_test(the_lock_nests_and_excludes),
		posix_test(the_lock_is_held_until_the_outermost_unlock),
		posix_test(entropy_differs),
		posix_test(log_lines_go_to_standard_error),
	};

	return cmocka_run_group_tests_name("posix", tests, NULL, NULL) + suite_watch() +
	       suite_poll();
}
