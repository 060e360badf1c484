/* SPDX-License-Identifier: Apache-2.0 */

/* Linux's HCI user channel: what each refusal of the kernel is told as, and its packets as bytes.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <zephyr/sys/util.h>

#include "port/posix/packets.h"
#include "port/posix/stream.h"
#include "port/posix/user_channel.h"
#include "unit/hci/wait.h"

/* ---- A kernel of the test's ---- */

static int socket_err, bind_err, bound_adapter, bound_channel, ends[2];

static int fake_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, 31);
	assert_int_equal(type, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_int_equal(protocol, 1);
	if (socket_err != 0) {
		errno = socket_err;
		return -1;
	}
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	return ends[0];
}

static int fake_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	uint16_t fields[3];

	assert_int_equal(fd, ends[0]);
	assert_int_equal(len, sizeof(fields));
	memcpy(fields, addr, sizeof(fields));
	assert_int_equal(fields[0], 31);
	bound_adapter = fields[1];
	bound_channel = fields[2];
	errno = bind_err;
	return bind_err != 0 ? -1 : 0;
}

static const struct user_channel_ops fake = {.socket = fake_socket, .bind = fake_bind};

/* What is logged meanwhile. */
static char said[4096];
static int said_fd, stderr_fd;

static void hear(void)
{
	char name[] = "/tmp/fav-said-XXXXXX";

	said_fd = mkstemp(name);
	assert_true(said_fd >= 0);
	unlink(name);
	fflush(stderr);
	stderr_fd = dup(STDERR_FILENO);
	assert_true(dup2(said_fd, STDERR_FILENO) >= 0);
}

static void heard(void)
{
	ssize_t len;

	fflush(stderr);
	assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
	close(stderr_fd);
	len = pread(said_fd, said, sizeof(said) - 1, 0);
	assert_true(len >= 0);
	said[len] = '\0';
	close(said_fd);
}

static void each_refusal_says_what_to_do(void **state)
{
	static const struct {
		int socket_err, bind_err, told;
		const char *says;
	} cases[] = {
		{EAFNOSUPPORT, 0, -EAFNOSUPPORT, "this kernel has no Bluetooth"},
		{EPROTONOSUPPORT, 0, -EAFNOSUPPORT, "no HCI sockets"},
		{EPERM, 0, -EPERM, "CAP_NET_ADMIN"},
		{0, EPERM, -EPERM, "CAP_NET_ADMIN"},
		{0, EACCES, -EPERM, "CAP_NET_ADMIN"},
		{0, ENODEV, -ENODEV, "no such adapter"},
		{0, EBUSY, -EBUSY, "the adapter is up"},
		{0, EUSERS, -EBUSY, "another program"},
		{0, ERFKILL, -ERFKILL, "rfkill unblock"},
		{0, EINVAL, -EAFNOSUPPORT, "older than 3.13"},
		{0, ENOMEM, -ENOMEM, "hci:3"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int err;

		socket_err = cases[i].socket_err;
		bind_err = cases[i].bind_err;
		hear();
		err = posix__user_channel_open("3", &fake);
		heard();
		assert_int_equal(err, cases[i].told);
		if (strstr(said, cases[i].says) == NULL || strstr(said, "hci:3") == NULL) {
			fail_msg("errno %d: said: %s",
				 cases[i].socket_err != 0 ? cases[i].socket_err : cases[i].bind_err,
				 said);
		}
		if (socket_err == 0) {
			/* Ours was closed. */
			assert_int_equal(fcntl(ends[0], F_GETFD), -1);
			close(ends[1]);
		}
	}
}

static void only_a_number_names_an_adapter(void **state)
{
	static const char *const wrong[] = {"",   "x",  "0x1",   "-1",    "+1",
					    " 1", "1 ", "65535", "123456"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(posix__user_channel_check(wrong[i]), -EINVAL);
		assert_int_equal(posix__user_channel_open(wrong[i], &fake), -EINVAL);
	}
	assert_int_equal(posix__user_channel_check("0"), 0);
	assert_int_equal(posix__user_channel_check("65534"), 0);
}

/* ---- Its packets ---- */

static struct fav_stream *stream;
static uint8_t got[8192];
static size_t got_len, chunk;
static int end;
static bool writable, pauses;

static void on_readable(void *ctx)
{
	int n = fav_stream_read(stream, got + got_len, chunk);

	if (n > 0) {
		got_len += (size_t)n;
		fav_stream_read_enable(stream, !pauses);
	} else if (n != -EAGAIN) {
		end = n;
		fav_stream_read_enable(stream, false);
	}
}

static void on_writable(void *ctx)
{
	writable = true;
}

static const struct fav_stream_client client = {.readable = on_readable, .writable = on_writable};

static void begin(void)
{
	int fd;

	socket_err = 0;
	bind_err = 0;
	got_len = 0;
	end = 0;
	pauses = false;
	chunk = sizeof(got);
	fd = posix__user_channel_open("7", &fake);
	assert_int_equal(fd, ends[0]);
	assert_int_equal(bound_adapter, 7);
	assert_int_equal(bound_channel, 1);
	assert_int_equal(posix__stream_wrap(fd, POSIX_STREAM_PACKETS, &stream), 0);
	fav_stream_client_set(stream, &client, NULL);
}

static void finish(void)
{
	fav_stream_close(stream);
	close(ends[1]);
}

/* A reader that takes a byte at a time gets each, though the descriptor tells of none. */
static void a_packet_is_read_in_any_pieces(void **state)
{
	static const size_t chunks[] = {1, 2, 3, 5, 100, 4000};
	static const uint8_t one[] = {4, 0x0e, 4, 1, 3, 0x0c, 0}, two[] = {4, 0xff, 1, 9};

	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		begin();
		chunk = chunks[i];
		fav_stream_read_enable(stream, true);
		assert_int_equal(send(ends[1], one, sizeof(one), 0), sizeof(one));
		assert_int_equal(send(ends[1], two, sizeof(two), 0), sizeof(two));
		assert_true(WAIT_FOR(got_len == sizeof(one) + sizeof(two)));
		assert_memory_equal(got, one, sizeof(one));
		assert_memory_equal(got + sizeof(one), two, sizeof(two));
		finish();
	}
}

/* What was left when reading was disabled comes when it is enabled. */
static void a_reader_that_pauses_misses_nothing(void **state)
{
	static const uint8_t one[] = {4, 0x0e, 4, 1, 3, 0x0c, 0};

	begin();
	chunk = 3;
	pauses = true;
	fav_stream_read_enable(stream, true);
	assert_int_equal(send(ends[1], one, sizeof(one), 0), sizeof(one));
	assert_true(WAIT_FOR(got_len >= 3));
	settle();
	assert_int_equal(got_len, 3);
	fav_stream_read_enable(stream, true);
	assert_true(WAIT_FOR(got_len >= 6));
	settle();
	assert_int_equal(got_len, 6);
	pauses = false;
	fav_stream_read_enable(stream, true);
	assert_true(WAIT_FOR(got_len == sizeof(one)));
	assert_memory_equal(got, one, sizeof(one));
	finish();
}

static void each_write_is_one_packet(void **state)
{
	uint8_t packet[600] = {2}, back[1000];
	int sent = 0, read_back = 0;

	begin();
	writable = false;
	while (fav_stream_write(stream, packet, sizeof(packet)) == sizeof(packet)) {
		sent++;
		assert_true(sent < 10000);
	}
	assert_true(sent > 0);
	settle();
	assert_false(writable);
	while (recv(ends[1], back, sizeof(back), 0) == sizeof(packet)) {
		read_back++;
	}
	assert_int_equal(read_back, sent);
	assert_true(WAIT_FOR(writable));
	finish();
}

static void an_adapter_that_is_pulled_out_is_gone(void **state)
{
	begin();
	fav_stream_read_enable(stream, true);
	close(ends[1]);
	assert_true(WAIT_FOR(end != 0));
	assert_int_equal(end, -ENODEV);
	assert_int_equal(fav_stream_write(stream, "\1\3\14\0", 4), -ENODEV);
	fav_stream_close(stream);
}

static void a_packet_longer_than_any_is_an_error(void **state)
{
	static uint8_t packet[PACKET_MAX + 1];

	begin();
	fav_stream_read_enable(stream, true);
	assert_int_equal(send(ends[1], packet, sizeof(packet), 0), sizeof(packet));
	assert_true(WAIT_FOR(end != 0));
	assert_int_equal(end, -EMSGSIZE);
	finish();
}

/* What this machine says, whatever it is, is one of the answers above. */
static void the_machine_that_runs_this_gives_an_answer(void **state)
{
	struct fav_stream *opened = NULL;
	int err = fav_stream_open("hci:65534", &client, NULL, &opened);

	if (err == 0) {
		fav_stream_close(opened);
	}
	assert_true(err == -EAFNOSUPPORT || err == -EPERM || err == -ENODEV);
	assert_int_equal(fav_stream_url_check("hci:0"), 0);
	assert_int_equal(fav_stream_url_check("hci:"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_says_what_to_do),
		cmocka_unit_test(only_a_number_names_an_adapter),
		cmocka_unit_test(a_packet_is_read_in_any_pieces),
		cmocka_unit_test(a_reader_that_pauses_misses_nothing),
		cmocka_unit_test(each_write_is_one_packet),
		cmocka_unit_test(an_adapter_that_is_pulled_out_is_gone),
		cmocka_unit_test(a_packet_longer_than_any_is_an_error),
		cmocka_unit_test(the_machine_that_runs_this_gives_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
