/* SPDX-License-Identifier: Apache-2.0 */

/* Serial lines, on pseudo-terminals: how they are set, and what happens when they go. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/stream.h>
#include <zephyr/sys/util.h>

#include "unit/hci/wait.h"

static int master;
static char dev[64];
static struct fav_stream *stream;
static int opened, end;
static uint8_t got[64];
static size_t got_len;

static void on_opened(void *ctx, int err)
{
	assert_int_equal(err, 0);
	opened++;
}

static void on_readable(void *ctx)
{
	int n = fav_stream_read(stream, got + got_len, sizeof(got) - got_len);

	if (n > 0) {
		got_len += (size_t)n;
	} else if (n != -EAGAIN) {
		end = n;
		fav_stream_read_enable(stream, false);
	}
}

static const struct fav_stream_client client = {.opened = on_opened, .readable = on_readable};

static int plug_in(void **state)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, dev, sizeof(dev)), 0);
	opened = 0;
	end = 0;
	got_len = 0;
	return 0;
}

static int pull_out(void **state)
{
	if (master >= 0) {
		close(master);
		master = -1;
	}
	return 0;
}

static int open_line(const char *options)
{
	char url[128];

	snprintf(url, sizeof(url), "serial:%s%s", dev, options);
	return fav_stream_open(url, &client, NULL, &stream);
}

static struct termios modes(void)
{
	int fd = open(dev, O_RDWR | O_NOCTTY | O_NONBLOCK);
	struct termios tio;

	assert_true(fd >= 0);
	assert_int_equal(tcgetattr(fd, &tio), 0);
	close(fd);
	return tio;
}

static void a_line_has_the_speed_and_flow_control_that_its_url_says(void **state)
{
	static const struct {
		const char *options;
		speed_t speed;
		bool rtscts;
	} cases[] = {
		{"", B115200, false},
		{",9600", B9600, false},
		{",1000000", B1000000, false},
		{",4000000", B4000000, false},
		{",921600,rtscts", B921600, true},
		{",3000000,rtscts", B3000000, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct termios tio;

		assert_int_equal(open_line(cases[i].options), 0);
		tio = modes();
		assert_int_equal(cfgetospeed(&tio), cases[i].speed);
		assert_int_equal(cfgetispeed(&tio), cases[i].speed);
		assert_int_equal((tio.c_cflag & CRTSCTS) != 0, cases[i].rtscts);
		assert_int_equal(tio.c_cflag & CSIZE, CS8);
		assert_int_equal(tio.c_cflag & (PARENB | CSTOPB), 0);
		assert_int_equal(tio.c_lflag & (ICANON | ECHO | ISIG), 0);
		assert_int_equal(tio.c_iflag & (IXON | ICRNL), 0);
		assert_int_equal(tio.c_oflag & OPOST, 0);
		fav_stream_close(stream);
	}
}

static void the_speed_can_be_changed(void **state)
{
	struct termios tio;

	assert_int_equal(open_line(",115200,rtscts"), 0);
	assert_int_equal(fav_stream_speed_set(stream, 3000000), 0);
	tio = modes();
	assert_int_equal(cfgetospeed(&tio), B3000000);
	assert_true(tio.c_cflag & CRTSCTS);
	assert_int_equal(fav_stream_speed_set(stream, 12345), -EINVAL);
	fav_stream_close(stream);
}

static void a_line_has_one_user(void **state)
{
	struct fav_stream *first;

	assert_int_equal(open_line(""), 0);
	first = stream;
	assert_int_equal(open_line(""), -EBUSY);
	fav_stream_close(first);
	assert_int_equal(open_line(""), 0);
	fav_stream_close(stream);
}

static void a_line_that_is_pulled_out_is_gone(void **state)
{
	assert_int_equal(open_line(""), 0);
	fav_stream_read_enable(stream, true);
	assert_int_equal(write(master, "abc", 3), 3);
	assert_true(WAIT_FOR(got_len == 3));
	pull_out(NULL);
	assert_true(WAIT_FOR(end != 0));
	assert_int_equal(end, -ENODEV);
	assert_int_equal(fav_stream_write(stream, "x", 1), -ENODEV);
	fav_stream_close(stream);
	assert_int_equal(open_line(""), -ENOENT);
}

/* Bytes that came before the line was opened are nobody's. */
static void what_was_there_before_is_forgotten(void **state)
{
	int other = open(dev, O_RDWR | O_NOCTTY | O_NONBLOCK);

	assert_true(other >= 0);
	assert_int_equal(write(master, "old\n", 4), 4);
	assert_int_equal(open_line(""), 0);
	fav_stream_read_enable(stream, true);
	settle();
	assert_int_equal(got_len, 0);
	assert_int_equal(write(master, "new", 3), 3);
	assert_true(WAIT_FOR(got_len == 3));
	assert_memory_equal(got, "new", 3);
	fav_stream_close(stream);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_line_has_the_speed_and_flow_control_that_its_url_says, plug_in, pull_out),
		cmocka_unit_test_setup_teardown(the_speed_can_be_changed, plug_in, pull_out),
		cmocka_unit_test_setup_teardown(a_line_has_one_user, plug_in, pull_out),
		cmocka_unit_test_setup_teardown(a_line_that_is_pulled_out_is_gone, plug_in,
						pull_out),
		cmocka_unit_test_setup_teardown(what_was_there_before_is_forgotten, plug_in,
						pull_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
