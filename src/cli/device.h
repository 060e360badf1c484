/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_DEVICE_H_
#define FAV_CLI_DEVICE_H_

#include <stdbool.h>
#include <stddef.h>

#include <favonius/loop.h>
#include <favonius/process.h>

#include "cli/lines.h"
#include "cli/output.h"

/*
 * One device of `favonius run`: a child process whose lines are prefixed with its name.
 *
 * Its life: found (device__find) -> started -> ended, its output read to the end -> done.
 */

#define DEVICE_NAME_MAX 40
#define DEVICE_ARGS_MAX 32

struct device;

/* Whom a device belongs to. */
struct device_owner {
	/* A line, before it is printed. */
	void (*line)(void *ctx, struct device *device, const char *text);
	/* It has ended and all it wrote has been read. */
	void (*done)(void *ctx, struct device *device);
	void *ctx;
	struct output *out, *err; /* where lines go */
};

/* One of its two streams. */
struct device_pipe {
	struct device *device;
	struct fav_stream *stream; /* NULL when it has ended */
	struct output *output;
	struct lines lines;
};

struct device {
	const struct device_owner *owner;
	char name[DEVICE_NAME_MAX + 1];
	const char *colour; /* an escape sequence, or "" */
	char *words;        /* what argv points into */
	char program[4096]; /* argv[0] when it had to be looked for */
	const char *argv[DEVICE_ARGS_MAX + 2];
	struct fav_child *child;
	struct device_pipe out, err;
	struct fav_timeout drain; /* until then its pipes may stay open after its end */
	bool started, ended, done;
	bool foreground; /* it shares our input and our process group */
	struct fav_child_end end;
};

/* Make device what spec says: "[NAME=]FILE [ARGUMENT...]". Prints what is wrong with it.
 * 0, -EINVAL, -ENOENT, -EACCES, -ENOMEM. */
int device__find(struct device *device, const char *spec, const struct device_owner *owner);

/* env as in struct fav_child_config; foreground: it has our standard input. Prints why when it
 * cannot be started. */
int device__start(struct device *device, struct fav_processes *processes, const char *const *env,
		  bool foreground);

/* Read on, after output__has_room() was false. */
void device__resume(struct device *device);

/* No effect once it has ended. */
void device__signal(struct device *device, enum fav_signal signal);

/* Kills it if it still runs. */
void device__free(struct device *device);

#endif
