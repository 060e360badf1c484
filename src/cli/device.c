/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/device.h"

#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/util.h>

/* How long what a device has left behind may keep its pipes open. */
#define DRAIN_US 1000000

#define COLOUR_END "\033[0m"
#define PREFIX_MAX (DEVICE_NAME_MAX + 24)

/* Bytes read at once, and the most that they can become when each is a line. */
#define CHUNK     512
#define CHUNK_OUT (CHUNK * (PREFIX_MAX + 1) + LINES_MAX)

BUILD_ASSERT(CHUNK_OUT <= OUTPUT_SIZE);

static void finish_if_done(struct device *device)
{
	if (device->ended && device->out.stream == NULL && device->err.stream == NULL &&
	    !device->done) {
		device->done = true;
		fav_timeout_stop(&device->drain);
		device->owner->done(device->owner->ctx, device);
	}
}

static void pipe_ended(struct device_pipe *pipe)
{
	fav_stream_close(pipe->stream);
	pipe->stream = NULL;
	lines__end(&pipe->lines);
}

static void on_line(void *ctx, const char *text, size_t len)
{
	struct device_pipe *pipe = ctx;
	struct device *device = pipe->device;
	char prefix[PREFIX_MAX];
	int prefix_len = snprintf(prefix, sizeof(prefix), "%s%s:%s ", device->colour, device->name,
				  device->colour[0] == '\0' ? "" : COLOUR_END);

	output__put(pipe->output, prefix, prefix_len);
	output__put(pipe->output, text, len);
	output__put(pipe->output, "\n", 1);
	device->owner->line(device->owner->ctx, device, text);
}

static void on_readable(void *ctx)
{
	struct device_pipe *pipe = ctx;
	char data[CHUNK];
	int got;

	if (!output__has_room(pipe->output, CHUNK_OUT)) {
		fav_stream_read_enable(pipe->stream, false);
		return;
	}
	got = fav_stream_read(pipe->stream, data, sizeof(data));
	if (got > 0) {
		lines__put(&pipe->lines, data, got);
	} else if (got != -EAGAIN) {
		pipe_ended(pipe);
		finish_if_done(pipe->device);
	}
}

static const struct fav_stream_client pipe_client = {.readable = on_readable};

static void pipe_open(struct device_pipe *pipe, struct device *device, struct fav_stream *stream,
		      struct output *output)
{
	pipe->device = device;
	pipe->stream = stream;
	pipe->output = output;
	lines__init(&pipe->lines, on_line, pipe);
	fav_stream_client_set(stream, &pipe_client, pipe);
	fav_stream_read_enable(stream, true);
}

static void drain_over(struct fav_timeout *t)
{
	struct device *device = CONTAINER_OF(t, struct device, drain);

	if (device->out.stream != NULL) {
		pipe_ended(&device->out);
	}
	if (device->err.stream != NULL) {
		pipe_ended(&device->err);
	}
	finish_if_done(device);
}

static void on_ended(void *ctx, const struct fav_child_end *end)
{
	struct device *device = ctx;

	device->ended = true;
	device->end = *end;
	device->drain.handler = drain_over;
	fav_timeout_start(&device->drain, fav_kernel_port()->now_us() + DRAIN_US);
	finish_if_done(device);
}

int device__start(struct device *device, struct fav_processes *processes, const char *const *env,
		  bool foreground)
{
	struct fav_child_config config = {
		.argv = device->argv,
		.env = env,
		.foreground = foreground,
		.ended = on_ended,
		.ctx = device,
	};
	int err = fav_child_start(processes, &config, &device->child);

	if (err < 0) {
		fprintf(stderr, "favonius run: %s: cannot run %s: %s\n", device->name,
			device->argv[0], strerror(-err));
		return err;
	}
	device->started = true;
	device->foreground = foreground;
	pipe_open(&device->out, device, fav_child_stdout(device->child), device->owner->out);
	pipe_open(&device->err, device, fav_child_stderr(device->child), device->owner->err);
	return 0;
}

void device__resume(struct device *device)
{
	if (device->out.stream != NULL) {
		fav_stream_read_enable(device->out.stream, true);
	}
	if (device->err.stream != NULL) {
		fav_stream_read_enable(device->err.stream, true);
	}
}

void device__signal(struct device *device, enum fav_signal signal)
{
	if (device->started && !device->ended) {
		fav_child_signal(device->child, signal);
	}
}

void device__free(struct device *device)
{
	fav_timeout_stop(&device->drain);
	fav_stream_close(device->out.stream);
	fav_stream_close(device->err.stream);
	fav_child_release(device->child);
	k_free(device->words);
}
