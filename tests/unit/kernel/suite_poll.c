/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static struct k_poll_signal signal_;

static void raise_signal(struct k_work *work)
{
	k_poll_signal_raise(&signal_, 42);
}

static void poll_finds_what_is_ready(void **state)
{
	struct k_poll_event events[4];
	struct k_fifo fifo;
	struct k_sem sem;
	void *element[2];

	k_fifo_init(&fifo);
	k_sem_init(&sem, 0, 1);
	k_poll_signal_init(&signal_);
	k_poll_event_init(&events[0], K_POLL_TYPE_SIGNAL, K_POLL_MODE_NOTIFY_ONLY, &signal_);
	k_poll_event_init(&events[1], K_POLL_TYPE_SEM_AVAILABLE, K_POLL_MODE_NOTIFY_ONLY, &sem);
	k_poll_event_init(&events[2], K_POLL_TYPE_FIFO_DATA_AVAILABLE, K_POLL_MODE_NOTIFY_ONLY,
			  &fifo);
	k_poll_event_init(&events[3], K_POLL_TYPE_IGNORE, K_POLL_MODE_NOTIFY_ONLY, NULL);
	assert_int_equal(k_poll(events, 4, K_NO_WAIT), -EAGAIN);
	k_sem_give(&sem);
	k_fifo_put(&fifo, element);
	assert_int_equal(k_poll(events, 4, K_NO_WAIT), 0);
	assert_int_equal(events[0].state, K_POLL_STATE_NOT_READY);
	assert_int_equal(events[1].state, K_POLL_STATE_SEM_AVAILABLE);
	assert_int_equal(events[2].state, K_POLL_STATE_FIFO_DATA_AVAILABLE);
	assert_int_equal(events[3].state, K_POLL_STATE_NOT_READY);
	/* It takes nothing. */
	assert_int_equal(k_sem_count_get(&sem), 1);
}

static void poll_waits_for_a_signal(void **state)
{
	struct k_poll_event event =
		K_POLL_EVENT_INITIALIZER(K_POLL_TYPE_SIGNAL, K_POLL_MODE_NOTIFY_ONLY, &signal_);
	uint64_t start_us = fav_now_us();
	unsigned int signaled;
	struct k_work work;
	int result;

	k_poll_signal_init(&signal_);
	assert_int_equal(k_poll(&event, 1, K_MSEC(1)), -EAGAIN);
	bench_assert_elapsed(start_us, 1000);
	k_work_init(&work, raise_signal);
	k_work_submit(&work);
	assert_int_equal(k_poll(&event, 1, K_FOREVER), 0);
	assert_int_equal(event.state, K_POLL_STATE_SIGNALED);
	k_poll_signal_check(&signal_, &signaled, &result);
	assert_true(signaled);
	assert_int_equal(result, 42);
	k_poll_signal_reset(&signal_);
	k_poll_signal_check(&signal_, &signaled, &result);
	assert_false(signaled);
}

int suite_poll(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(poll_finds_what_is_ready),
		bench_test(poll_waits_for_a_signal),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
