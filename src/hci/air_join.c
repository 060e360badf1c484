/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <favonius/process.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "hci/air_join.h"

LOG_MODULE_REGISTER(air_join);

#define PATH_SIZE 4096

/* An air that nobody uses any more ends after so many seconds. */
#define LINGER_S "5"

/* Longer than any machine needs to start one small program. */
#define START_TIMEOUT K_SECONDS(10)

bool air__name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > AIR_NAME_MAX || name[0] == '.') {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && strchr("-_.", name[i]) == NULL) {
			return false;
		}
	}
	return true;
}

int air__url(const char *name, char *url, size_t size)
{
	char dir[PATH_SIZE];
	int err;

	if (!air__name_is_valid(name)) {
		LOG_ERR("air:%s: a name has 1 to %d letters, digits, '-', '_' or '.', "
			"and '.' not first",
			name, AIR_NAME_MAX);
		return -EINVAL;
	}
	err = fav_runtime_dir(dir, sizeof(dir));
	if (err < 0) {
		return err;
	}
	if ((size_t)snprintf(url, size, "unix:%s/%s.sock", dir, name) >= size) {
		LOG_ERR("air:%s: the path %s is too long for a socket", name, dir);
		return -ENAMETOOLONG;
	}
	return 0;
}

/* Waiting for what a new air prints. */
struct starting {
	struct fav_stream *output;
	struct k_sem over;
	char *said;
	size_t size, len;
};

/* The first line tells that it listens, the end that it never will. */
static void output_readable(void *ctx)
{
	struct starting *starting = ctx;
	size_t room = starting->size - 1 - starting->len;
	char waste[256];
	int got = room > 0 ? fav_stream_read(starting->output, starting->said + starting->len, room)
			   : fav_stream_read(starting->output, waste, sizeof(waste));

	if (got == -EAGAIN) {
		return;
	}
	if (got > 0 && room > 0) {
		starting->len += got;
		starting->said[starting->len] = '\0';
	}
	if (got < 0 || strstr(starting->said, "listening on") != NULL) {
		fav_stream_read_enable(starting->output, false);
		k_sem_give(&starting->over);
	}
}

static const struct fav_stream_client output_client = {.readable = output_readable};

int air__start(const char *name, char *said, size_t size)
{
	char program[PATH_SIZE];
	const char *const argv[] = {program, "air", name, "--linger", LINGER_S, NULL};
	struct starting starting = {.said = said, .size = size};
	int err = fav_program_find("FAVONIUS_AIR", "favonius", program, sizeof(program));

	said[0] = '\0';
	if (err < 0) {
		LOG_ERR("air:%s: no air listens and there is no favonius command to start one: "
			"set FAVONIUS_AIR to it, or put it into PATH (%s)",
			name, strerror(-err));
		return -ENOENT;
	}
	err = fav_daemon_start(argv, &starting.output);
	if (err < 0) {
		LOG_ERR("air:%s: cannot run %s: %s", name, program, strerror(-err));
		return err;
	}
	k_sem_init(&starting.over, 0, 1);
	fav_stream_client_set(starting.output, &output_client, &starting);
	fav_stream_read_enable(starting.output, true);
	err = k_sem_take(&starting.over, START_TIMEOUT);
	fav_stream_close(starting.output);
	if (err < 0) {
		LOG_ERR("air:%s: %s did not listen within 10 s", name, program);
		return -EIO;
	}
	return 0;
}
