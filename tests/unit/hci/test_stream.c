/* SPDX-License-Identifier: Apache-2.0 */

/* Streams and listeners of the posix port, over loopback. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <favonius/process.h>
#include <favonius/stream.h>

#include "unit/hci/wait.h"

static char dir[64];
static char unix_url[96];

/* One end of a stream, and what happened to it. */
struct end {
	struct fav_stream *stream;
	int opened, open_err;
	int readables, writables;
	uint8_t data[1000000];
	size_t len;
	int read_err;
};

static void on_opened(void *ctx, int err)
{
	struct end *end = ctx;

	assert_true(k_is_in_isr());
	end->opened++;
	end->open_err = err;
}

static void on_readable(void *ctx)
{
	struct end *end = ctx;
	int got = fav_stream_read(end->stream, end->data + end->len, sizeof(end->data) - end->len);

	end->readables++;
	if (got >= 0) {
		end->len += got;
	} else if (got != -EAGAIN) {
		end->read_err = got;
		fav_stream_read_enable(end->stream, false);
	}
}

static void on_writable(void *ctx)
{
	((struct end *)ctx)->writables++;
}

static const struct fav_stream_client client = {
	.opened = on_opened,
	.readable = on_readable,
	.writable = on_writable,
};

static struct end near_end, far_end;
static struct fav_listener *listener;

static void accepted(void *ctx, struct fav_stream *stream)
{
	struct end *end = ctx;

	assert_null(end->stream);
	end->stream = stream;
	fav_stream_client_set(stream, &client, end);
}

static int setup_dir(void **state)
{
	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	snprintf(unix_url, sizeof(unix_url), "unix:%s/s", dir);
	return 0;
}

static int remove_dir(void **state)
{
	fav_temp_dir_remove(dir);
	return 0;
}

static int setup(void **state)
{
	memset(&near_end, 0, sizeof(near_end));
	memset(&far_end, 0, sizeof(far_end));
	listener = NULL;
	return 0;
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_stream_close(near_end.stream);
	fav_stream_close(far_end.stream);
	fav_listener_close(listener);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts + usage.irqs, 0);
	return 0;
}

static void listen_and_open(const char *url)
{
	assert_int_equal(fav_listener_open(url, accepted, &far_end, &listener), 0);
	assert_int_equal(
		fav_stream_open(fav_listener_url(listener), &client, &near_end, &near_end.stream),
		0);
	assert_int_equal(near_end.opened, 0);
	assert_true(WAIT_FOR(near_end.opened && far_end.stream != NULL));
	assert_int_equal(near_end.open_err, 0);
	fav_stream_read_enable(near_end.stream, true);
	fav_stream_read_enable(far_end.stream, true);
}

static const char *const both[] = {unix_url, "tcp:127.0.0.1:0"};

static void bytes_go_both_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		setup(NULL);
		listen_and_open(both[i]);
		assert_int_equal(fav_stream_write(near_end.stream, "ping", 4), 4);
		assert_true(WAIT_FOR(far_end.len == 4));
		assert_memory_equal(far_end.data, "ping", 4);
		assert_int_equal(fav_stream_write(far_end.stream, "pong!", 5), 5);
		assert_true(WAIT_FOR(near_end.len == 5));
		assert_memory_equal(near_end.data, "pong!", 5);
		if (i == 0) {
			teardown(NULL);
		}
	}
}

/* Descriptors of this process with that TCP option set so. */
static int sockets_with(int option, int value)
{
	int count = 0;

	for (int fd = 3; fd < 64; fd++) {
		int is = 0;
		socklen_t len = sizeof(is);

		count += getsockopt(fd, IPPROTO_TCP, option, &is, &len) == 0 && is == value;
	}
	return count;
}

/* A machine that is switched off says nothing: the connection ends by itself. */
static void a_tcp_peer_out_of_reach_is_noticed(void **state)
{
	assert_int_equal(sockets_with(TCP_USER_TIMEOUT, 20000), 0);
	listen_and_open("tcp:127.0.0.1:0");
	assert_int_equal(sockets_with(TCP_USER_TIMEOUT, 20000), 1);
	assert_int_equal(sockets_with(TCP_KEEPIDLE, 5), 1);
}

static void a_full_stream_takes_less_and_says_when_it_takes_more(void **state)
{
	static uint8_t chunk[65536];
	size_t sent = 0;

	listen_and_open(unix_url);
	fav_stream_read_enable(far_end.stream, false);
	for (int i = 0; i < 1000; i++) {
		int done = fav_stream_write(near_end.stream, chunk, sizeof(chunk));

		assert_true(done >= 0);
		sent += done;
		if ((size_t)done < sizeof(chunk)) {
			break;
		}
	}
	settle();
	assert_int_equal(near_end.writables, 0);
	assert_int_equal(far_end.readables, 0);
	/* Level-triggered, and it stops when held. */
	far_end.len = 0;
	fav_stream_read_enable(far_end.stream, true);
	while (sent > 0 && WAIT_FOR(far_end.len > 0)) {
		sent -= MIN(sent, far_end.len);
		far_end.len = 0;
	}
	assert_int_equal(sent, 0);
	assert_true(WAIT_FOR(near_end.writables == 1));
	settle();
	assert_int_equal(near_end.writables, 1);
}

static void the_end_comes_after_the_last_byte(void **state)
{
	listen_and_open(unix_url);
	fav_stream_read_enable(far_end.stream, false);
	assert_int_equal(fav_stream_write(near_end.stream, "last", 4), 4);
	fav_stream_close(near_end.stream);
	near_end.stream = NULL;
	settle();
	assert_int_equal(far_end.readables, 0);
	fav_stream_read_enable(far_end.stream, true);
	assert_true(WAIT_FOR(far_end.read_err != 0));
	assert_int_equal(far_end.len, 4);
	assert_int_equal(far_end.read_err, -EPIPE);
	assert_int_equal(fav_stream_write(far_end.stream, "x", 1), -EPIPE);
}

static void nobody_listens(void **state)
{
	assert_int_equal(fav_stream_open(unix_url, &client, &near_end, &near_end.stream), 0);
	assert_true(WAIT_FOR(near_end.opened));
	assert_int_equal(near_end.open_err, -ENOENT);
	fav_stream_close(near_end.stream);

	near_end.opened = 0;
	assert_int_equal(fav_stream_open("tcp:127.0.0.1:1", &client, &near_end, &near_end.stream),
			 0);
	assert_true(WAIT_FOR(near_end.opened));
	assert_int_equal(near_end.open_err, -ECONNREFUSED);
}

static void closing_while_opening_calls_nobody(void **state)
{
	assert_int_equal(fav_stream_open(unix_url, &client, &near_end, &near_end.stream), 0);
	fav_stream_close(near_end.stream);
	near_end.stream = NULL;
	settle();
	assert_int_equal(near_end.opened, 0);
}

static void an_address_in_use_is_refused(void **state)
{
	struct fav_listener *second = NULL;
	char url[64];

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		assert_int_equal(fav_listener_open(both[i], accepted, &far_end, &listener), 0);
		snprintf(url, sizeof(url), "%s", fav_listener_url(listener));
		assert_int_equal(fav_listener_open(url, accepted, &far_end, &second), -EADDRINUSE);
		assert_null(second);
		/* The attempt has not broken the one that is there. */
		memset(&near_end, 0, sizeof(near_end));
		assert_int_equal(fav_stream_open(url, &client, &near_end, &near_end.stream), 0);
		assert_true(WAIT_FOR(near_end.opened));
		assert_int_equal(near_end.open_err, 0);
		fav_stream_close(near_end.stream);
		near_end.stream = NULL;
		settle();
		fav_stream_close(far_end.stream);
		far_end.stream = NULL;
		fav_listener_close(listener);
		listener = NULL;
	}
}

static bool is_there(void)
{
	return fav_path_kind(unix_url + strlen("unix:")) != FAV_PATH_NONE;
}

static void the_socket_file_goes_with_the_listener(void **state)
{
	assert_int_equal(fav_listener_open(unix_url, accepted, &far_end, &listener), 0);
	assert_true(is_there());
	fav_listener_close(listener);
	listener = NULL;
	assert_false(is_there());
}

static void a_dead_socket_is_replaced(void **state)
{
	char other[96], moved[112];

	/* A listener that ends without removing its file: the file is moved away and back. */
	snprintf(other, sizeof(other), "%s", unix_url + strlen("unix:"));
	snprintf(moved, sizeof(moved), "%s.moved", other);
	assert_int_equal(fav_listener_open(unix_url, accepted, &far_end, &listener), 0);
	assert_int_equal(rename(other, moved), 0);
	fav_listener_close(listener);
	assert_int_equal(rename(moved, other), 0);
	assert_true(is_there());

	assert_int_equal(fav_listener_open(unix_url, accepted, &far_end, &listener), 0);
}

static void the_file_of_another_is_left_alone(void **state)
{
	char path[96], url[112];
	FILE *file;

	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(url, sizeof(url), "unix:%s", path);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(fav_listener_open(url, accepted, &far_end, &listener), -EEXIST);
	assert_int_equal(fav_path_kind(path), FAV_PATH_FILE);

	/* What took the place of our socket file is not ours to remove. */
	assert_int_equal(fav_listener_open(unix_url, accepted, &far_end, &listener), 0);
	assert_int_equal(rename(path, unix_url + strlen("unix:")), 0);
	fav_listener_close(listener);
	listener = NULL;
	assert_true(is_there());
	assert_int_equal(remove(unix_url + strlen("unix:")), 0);
}

static void what_nobody_can_listen_on(void **state)
{
	assert_int_equal(fav_listener_open("serial:/dev/null", accepted, NULL, &listener),
			 -ENOTSUP);
	assert_int_equal(fav_listener_open("air:", accepted, NULL, &listener), -ENOTSUP);
	assert_int_equal(fav_listener_open("tcp:nowhere", accepted, NULL, &listener), -EINVAL);
	assert_int_equal(fav_listener_open("unix:/nonexistent/x", accepted, NULL, &listener),
			 -ENOENT);
}

static void a_serial_line_must_be_one(void **state)
{
	assert_int_equal(fav_stream_open("serial:/dev/null", &client, &near_end, &near_end.stream),
			 -ENOTTY);
	assert_int_equal(
		fav_stream_open("serial:/nonexistent", &client, &near_end, &near_end.stream),
		-ENOENT);
}

static void a_standard_stream_takes_bytes(void **state)
{
	assert_int_equal(fav_stream_std(FAV_STDERR, &client, &near_end, &near_end.stream), 0);
	assert_int_equal(fav_stream_write(near_end.stream, "\n", 1), 1);
	fav_stream_close(near_end.stream);
	near_end.stream = NULL;
	assert_true(fprintf(stderr, "still open\n") > 0);
}

static void who_is_at_the_other_end_is_known(void **state)
{
	listen_and_open(unix_url);
	assert_int_equal(fav_stream_peer_process(far_end.stream), getpid());
}

static void tcp_has_no_process(void **state)
{
	listen_and_open("tcp:127.0.0.1:0");
	assert_int_equal(fav_stream_peer_process(far_end.stream), 0);
}

static void an_end_is_seen_before_what_was_sent_is_read(void **state)
{
	listen_and_open(unix_url);
	fav_stream_read_enable(far_end.stream, false);
	assert_false(fav_stream_has_ended(far_end.stream));
	assert_int_equal(fav_stream_write(near_end.stream, "last", 4), 4);
	assert_false(fav_stream_has_ended(far_end.stream));
	fav_stream_close(near_end.stream);
	near_end.stream = NULL;
	assert_true(fav_stream_has_ended(far_end.stream));
	fav_stream_read_enable(far_end.stream, true);
	assert_true(WAIT_FOR(far_end.read_err == -EPIPE));
	assert_memory_equal(far_end.data, "last", 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_both_ways),
		TEST(a_tcp_peer_out_of_reach_is_noticed),
		TEST(a_full_stream_takes_less_and_says_when_it_takes_more),
		TEST(the_end_comes_after_the_last_byte),
		TEST(nobody_listens),
		TEST(closing_while_opening_calls_nobody),
		TEST(an_address_in_use_is_refused),
		TEST(the_socket_file_goes_with_the_listener),
		TEST(a_dead_socket_is_replaced),
		TEST(the_file_of_another_is_left_alone),
		TEST(what_nobody_can_listen_on),
		TEST(a_serial_line_must_be_one),
		TEST(a_standard_stream_takes_bytes),
		TEST(who_is_at_the_other_end_is_known),
		TEST(tcp_has_no_process),
		TEST(an_end_is_seen_before_what_was_sent_is_read),
	};

	return cmocka_run_group_tests(tests, setup_dir, remove_dir);
}
