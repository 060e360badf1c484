/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>

#include <favonius/loop.h>
#include <port/posix/watch.h>

#include "posix_suites.h"

/* A pair of connected sockets; ends[0] is watched. */
static struct bench {
	struct fav_posix_watch watch;
	int ends[2];
	int calls;
	short revents;
} benches[2];

static struct bench *bench_of(struct fav_posix_watch *w)
{
	return CONTAINER_OF(w, struct bench, watch);
}

static void read_one(struct fav_posix_watch *w, short revents)
{
	struct bench *b = bench_of(w);
	char byte;

	assert_true(k_is_in_isr());
	b->calls++;
	b->revents = revents;
	if ((revents & POLLIN) != 0 && read(w->fd, &byte, 1) == 0) {
		fav_posix_watch_remove(w);
	}
}

static int setup(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct bench *b = &benches[i];

		*b = (struct bench){0};
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b->ends) != 0) {
			return -1;
		}
		b->watch = (struct fav_posix_watch){
			.fd = b->ends[0], .events = POLLIN, .ready = read_one};
	}
	return posix_setup(state);
}

static int teardown(void **state)
{
	for (int i = 0; i < 2; i++) {
		fav_posix_watch_remove(&benches[i].watch);
		close(benches[i].ends[0]);
		if (benches[i].ends[1] >= 0) {
			close(benches[i].ends[1]);
		}
	}
	return posix_teardown(state);
}

#define watch_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void send_to(struct bench *b, const char *text)
{
	assert_int_equal(write(b->ends[1], text, strlen(text)), strlen(text));
}

static void ready_is_called_while_data_waits(void **state)
{
	struct bench *b = &benches[0];

	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	fav_process();
	assert_int_equal(b->calls, 0);
	send_to(b, "abc");
	while (b->calls < 3) {
		assert_int_equal(fav_wait(K_SECONDS(10)), 0);
	}
	assert_int_equal(b->revents, POLLIN);
	fav_process();
	assert_int_equal(b->calls, 3);
}

static void process_polls_without_waiting(void **state)
{
	struct bench *b = &benches[0];

	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	send_to(b, "a");
	fav_process();
	assert_int_equal(b->calls, 1);
}

static bool has_been_called(void *ctx)
{
	return ((const struct bench *)ctx)->calls > 0;
}

static void a_wait_ends_when_a_descriptor_is_ready(void **state)
{
	struct bench *b = &benches[0];

	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	send_to(b, "a");
	assert_int_equal(fav_wait_for(has_been_called, b, K_FOREVER), 0);
}

static void wait_in_work(struct k_work *work)
{
	assert_int_equal(fav_wait_for(has_been_called, &benches[0], K_SECONDS(10)), 0);
}

static void a_wait_in_a_work_item_serves_descriptors(void **state)
{
	struct k_work work;

	assert_int_equal(fav_posix_watch_add(&benches[0].watch), 0);
	send_to(&benches[0], "a");
	k_work_init(&work, wait_in_work);
	k_work_submit(&work);
	fav_process();
	assert_int_equal(benches[0].calls, 1);
}

static void hang_up_is_reported(void **state)
{
	struct bench *b = &benches[0];

	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	close(b->ends[1]);
	b->ends[1] = -1;
	fav_process();
	assert_true(b->revents & POLLHUP);
}

static void without_events_nothing_is_reported(void **state)
{
	struct bench *b = &benches[0];

	b->watch.events = 0;
	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	send_to(b, "a");
	close(b->ends[1]);
	b->ends[1] = -1;
	fav_process();
	assert_int_equal(b->calls, 0);
	assert_int_equal(fav_posix_watch_set_events(&b->watch, POLLIN), 0);
	fav_process();
	assert_int_not_equal(b->calls, 0);
}

static void events_can_be_changed(void **state)
{
	struct bench *b = &benches[0];

	assert_int_equal(fav_posix_watch_add(&b->watch), 0);
	assert_int_equal(fav_posix_watch_set_events(&b->watch, POLLIN | POLLOUT), 0);
	fav_process();
	assert_int_equal(b->revents, POLLOUT);
	assert_int_equal(fav_posix_watch_set_events(&b->watch, POLLIN), 0);
	b->calls = 0;
	fav_process();
	assert_int_equal(b->calls, 0);
	assert_int_equal(fav_posix_watch_set_events(&b->watch, 0), 0);
	assert_int_equal(fav_posix_watch_set_events(&b->watch, 0), 0);
}

static void remove_both(struct fav_posix_watch *w, short revents)
{
	bench_of(w)->calls++;
	for (int i = 0; i < 2; i++) {
		fav_posix_watch_remove(&benches[i].watch);
	}
}

static void silence_other(struct fav_posix_watch *w, short revents)
{
	struct bench *other = bench_of(w) == &benches[0] ? &benches[1] : &benches[0];

	bench_of(w)->calls++;
	fav_posix_watch_set_events(w, 0);
	fav_posix_watch_set_events(&other->watch, 0);
}

static void both_ready(void (*ready)(struct fav_posix_watch *w, short revents))
{
	for (int i = 0; i < 2; i++) {
		benches[i].watch.ready = ready;
		assert_int_equal(fav_posix_watch_add(&benches[i].watch), 0);
		send_to(&benches[i], "a");
	}
	fav_process();
	assert_int_equal(benches[0].calls + benches[1].calls, 1);
}

static void a_watch_removed_by_another_is_not_called(void **state)
{
	both_ready(remove_both);
}

static void a_watch_silenced_by_another_is_not_called(void **state)
{
	both_ready(silence_other);
}

static void removing_twice_is_harmless(void **state)
{
	assert_int_equal(fav_posix_watch_add(&benches[0].watch), 0);
	fav_posix_watch_remove(&benches[0].watch);
	fav_posix_watch_remove(&benches[0].watch);
	assert_int_equal(fav_posix_watch_add(&benches[0].watch), 0);
}

static void errors_of_the_system_are_returned(void **state)
{
	struct fav_posix_watch bad = {.fd = -1, .events = POLLIN, .ready = read_one};
	struct fav_posix_watch twice;

	assert_int_equal(fav_posix_watch_add(&bad), -EBADF);
	assert_int_equal(fav_posix_watch_add(&benches[0].watch), 0);
	twice = (struct fav_posix_watch){
		.fd = benches[0].watch.fd, .events = POLLIN, .ready = read_one};
	assert_int_equal(fav_posix_watch_add(&twice), -EEXIST);
	bad.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fav_posix_watch_add(&bad), -EPERM);
	close(bad.fd);
}

int suite_watch(void)
{
	const struct CMUnitTest tests[] = {
		watch_test(ready_is_called_while_data_waits),
		watch_test(process_polls_without_waiting),
		watch_test(a_wait_ends_when_a_descriptor_is_ready),
		watch_test(a_wait_in_a_work_item_serves_descriptors),
		watch_test(hang_up_is_reported),
		watch_test(without_events_nothing_is_reported),
		watch_test(events_can_be_changed),
		watch_test(a_watch_removed_by_another_is_not_called),
		watch_test(a_watch_silenced_by_another_is_not_called),
		watch_test(removing_twice_is_harmless),
		watch_test(errors_of_the_system_are_returned),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
