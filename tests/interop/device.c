/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A device for tests against other stacks: the default host on the controller that FAVONIUS_HCI
 * names. It does what the lines of its standard input say and prints one event a line:
 *
 *     WORD ARGUMENT...     ->  ok WORD | error WORD ERRNO
 *
 * and whatever happens later (connected, report, value, ...) as a line of its own. Links are named
 * by their index, attributes by their handle in decimal, values in hexadecimal ("-" is empty),
 * addresses as AA:BB:CC:DD:EE:FF/random or /public. The commands are the tables at
 * the ends of device_*.c.
 *
 * Its one service has three characteristics: 2a01 can be read and written, 512 bytes long at most;
 * 2a02 can be subscribed; 2a03 is 300 bytes that can only be read.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <favonius/posix.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/sys/util.h>

#include "device.h"

/* ---- On and off ---- */

static int do_on(const struct words *w)
{
	int err = bt_enable(NULL);
	bt_addr_le_t addr;
	size_t count = 1;
	char text[ADDR_SIZE];

	if (err == 0) {
		bt_id_get(&addr, &count);
		printf("address %s\n", addr_text(&addr, text));
	}
	return err;
}

static int do_off(const struct words *w)
{
	return bt_disable();
}

/* ---- Lines ---- */

static const struct command device_commands[] = {
	{"on", do_on},
	{"off", do_off},
	{NULL, NULL},
};

static const struct command *const commands[] = {device_commands,   gap_commands,   gatt_commands,
						 security_commands, l2cap_commands, bench_commands};
static const struct link_command *const link_commands[] = {
	gap_link_commands, gatt_link_commands, security_link_commands, l2cap_link_commands};

static int run_on_link(const struct link_command *command, const struct words *w)
{
	struct bt_conn *conn = bt_conn_lookup_index(number(w, 1));
	int err;

	if (conn == NULL) {
		return -ENOTCONN;
	}
	err = command->run(w, conn);
	bt_conn_unref(conn);
	return err;
}

static int run(const struct words *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		for (const struct command *c = commands[i]; c->name != NULL; c++) {
			if (is(w, 0, c->name)) {
				return c->run(w);
			}
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(link_commands); i++) {
		for (const struct link_command *c = link_commands[i]; c->name != NULL; c++) {
			if (is(w, 0, c->name)) {
				return run_on_link(c, w);
			}
		}
	}
	return -ENOSYS;
}

static void run_line(char *line)
{
	struct words w = {0};
	char *rest = line;
	int err;

	while (w.count < WORDS_MAX && (w.word[w.count] = strtok_r(rest, " ", &rest)) != NULL) {
		w.count++;
	}
	err = run(&w);
	if (err < 0) {
		printf("error %s %d\n", word(&w, 0), -err);
	} else {
		printf("ok %s\n", word(&w, 0));
	}
}

/* Whole lines of what has been read; the rest stays. */
static size_t run_lines(char *text, size_t len)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', text + len - line)) != NULL) {
		*end = '\0';
		run_line(line);
		line = end + 1;
	}
	len -= line - text;
	memmove(text, line, len);
	return len;
}

int main(void)
{
	static char text[LINE_MAX_];
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t len = 0;
	ssize_t more;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (gap_init() < 0 || gatt_init() < 0 || security_init() < 0) {
		return 1;
	}
	while (fav_posix_poll(&input, 1, -1) >= 0) {
		more = read(STDIN_FILENO, text + len, sizeof(text) - len);
		if (more <= 0) {
			break;
		}
		len = run_lines(text, len + more);
	}
	(void)bt_disable();
	return 0;
}
