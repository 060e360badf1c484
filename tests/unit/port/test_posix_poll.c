/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/posix.h>

#include "posix_suites.h"

static int ends[2];
static int runs;

static int setup(void **state)
{
	runs = 0;
	return pipe(ends) != 0 ? -1 : posix_setup(state);
}

static int teardown(void **state)
{
	close(ends[0]);
	close(ends[1]);
	return posix_teardown(state);
}

#define poll_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct pollfd in(void)
{
	return (struct pollfd){.fd = ends[0], .events = POLLIN, .revents = 0x7f};
}

static void send_byte(struct k_work *work)
{
	assert_int_equal(write(ends[1], "x", 1), 1);
	runs++;
}

static void count_work(struct k_work *work)
{
	runs++;
}

static void count_expiry(struct k_timer *timer)
{
	runs++;
}

static void ready_descriptors_are_found_at_once(void **state)
{
	struct pollfd fds[2] = {in(), {.fd = ends[1], .events = POLLOUT}};

	assert_int_equal(fav_posix_poll(fds, 2, 0), 1);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLOUT);
	send_byte(NULL);
	assert_int_equal(fav_posix_poll(fds, 2, -1), 2);
	assert_int_equal(fds[0].revents, POLLIN);
}

static void it_times_out(void **state)
{
	uint64_t start_us = fav_now_us();
	struct pollfd fd = in();

	assert_int_equal(fav_posix_poll(&fd, 1, 2), 0);
	assert_true(fav_now_us() - start_us >= 2000);
	assert_int_equal(fd.revents, 0);
	assert_int_equal(fav_posix_poll(&fd, 1, 0), 0);
	assert_int_equal(fav_posix_poll(NULL, 0, 0), 0);
}

static void work_runs_while_it_waits(void **state)
{
	struct pollfd fd = in();
	struct k_work_delayable dwork;

	k_work_init_delayable(&dwork, send_byte);
	k_work_schedule(&dwork, K_MSEC(1));
	assert_int_equal(fav_posix_poll(&fd, 1, -1), 1);
	assert_int_equal(fd.revents, POLLIN);
	assert_int_equal(runs, 1);
}

static void without_waiting_what_is_due_runs(void **state)
{
	struct k_work work;

	k_work_init(&work, count_work);
	k_work_submit(&work);
	assert_int_equal(fav_posix_poll(NULL, 0, 0), 0);
	assert_int_equal(runs, 1);
}

static struct k_work other;

static void poll_in_work(struct k_work *work)
{
	struct pollfd fd = in();
	struct k_timer timer;

	k_work_submit(&other);
	k_timer_init(&timer, count_expiry, NULL);
	k_timer_start(&timer, K_USEC(100), K_NO_WAIT);
	assert_int_equal(fav_posix_poll(&fd, 1, 2), 0);
	assert_int_equal(runs, 1);
	assert_true(k_work_is_pending(&other));
	/* Without limit: a descriptor ends it, whatever the level. */
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(fav_posix_poll(&fd, 1, -1), 1);
	assert_int_equal(fav_posix_poll(&fd, 1, 0), 1);
	/* Main polls the same end, and must still find it. */
}

static void in_a_work_item_interrupt_level_runs_alone(void **state)
{
	struct pollfd fd = in();
	struct k_work work;

	k_work_init(&other, count_work);
	k_work_init(&work, poll_in_work);
	k_work_submit(&work);
	assert_int_equal(fav_posix_poll(&fd, 1, -1), 1);
	assert_int_equal(fd.revents, POLLIN);
	fav_process();
	assert_int_equal(runs, 2);
}

static void poll_at_interrupt_level(struct fav_timeout *t)
{
	assert_int_equal(fav_posix_poll(NULL, 0, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fav_posix_sleep_us(1), -EAGAIN);
	runs++;
}

static void at_interrupt_level_it_fails(void **state)
{
	struct fav_timeout timeout = {.handler = poll_at_interrupt_level};

	fav_timeout_start(&timeout, 0);
	fav_process();
	assert_int_equal(runs, 1);
}

static void many_descriptors_are_polled(void **state)
{
	struct pollfd fds[100];

	for (int i = 0; i < 100; i++) {
		fds[i] = in();
	}
	fds[50].fd = -1;
	send_byte(NULL);
	assert_int_equal(fav_posix_poll(fds, 100, -1), 99);
	assert_int_equal(fds[50].revents, 0);
	assert_int_equal(fds[99].revents, POLLIN);
}

static void a_closed_descriptor_is_told(void **state)
{
	struct pollfd fd = {.fd = dup(ends[0]), .events = POLLIN};

	close(fd.fd);
	assert_int_equal(fav_posix_poll(&fd, 1, -1), 1);
	assert_int_equal(fd.revents, POLLNVAL);
}

static void on_alarm(int number)
{
	runs++;
}

/* Every millisecond, so that none can be missed by coming before the wait. */
static void alarms(bool on)
{
	struct itimerval often = {{0, on ? 1000 : 0}, {0, on ? 1000 : 0}};
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void a_signal_ends_it(void **state)
{
	struct pollfd fd = in();

	alarms(true);
	assert_int_equal(fav_posix_poll(&fd, 1, -1), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(fav_posix_sleep_us(100000000), -EINTR);
	alarms(false);
	assert_true(runs > 0);
}

static bool has_run(void *ctx)
{
	return runs > 0;
}

static void a_reason_of_the_callers_ends_it(void **state)
{
	struct k_work_delayable dwork;

	k_work_init_delayable(&dwork, count_work);
	k_work_schedule(&dwork, K_USEC(500));
	assert_int_equal(fav_posix_poll_us(NULL, 0, -1, has_run, NULL), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(fav_posix_poll_us(NULL, 0, 0, has_run, NULL), -1);
}

static void sleeping_takes_its_time(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_timer timer;

	k_timer_init(&timer, count_expiry, NULL);
	k_timer_start(&timer, K_USEC(100), K_NO_WAIT);
	assert_int_equal(fav_posix_sleep_us(300), 0);
	assert_true(fav_now_us() - start_us >= 300);
	assert_int_equal(runs, 1);
	assert_int_equal(fav_posix_sleep_us(0), 0);
}

int suite_poll(void)
{
	const struct CMUnitTest tests[] = {
		poll_test(ready_descriptors_are_found_at_once),
		poll_test(it_times_out),
		poll_test(work_runs_while_it_waits),
		poll_test(without_waiting_what_is_due_runs),
		poll_test(in_a_work_item_interrupt_level_runs_alone),
		poll_test(at_interrupt_level_it_fails),
		poll_test(many_descriptors_are_polled),
		poll_test(a_closed_descriptor_is_told),
		poll_test(a_signal_ends_it),
		poll_test(a_reason_of_the_callers_ends_it),
		poll_test(sleeping_takes_its_time),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
