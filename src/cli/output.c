/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/output.h"

#include <string.h>

#include <zephyr/sys/util.h>

static void flush(struct output *output)
{
	while (output->len > 0 && output->stream != NULL) {
		size_t run = MIN(output->len, OUTPUT_SIZE - output->first);
		int done = fav_stream_write(output->stream, output->data + output->first, run);

		if (done < 0) {
			output__close(output);
			break;
		}
		output->first = (output->first + done) % OUTPUT_SIZE;
		output->len -= done;
		if ((size_t)done < run) {
			break;
		}
	}
}

static void on_writable(void *ctx)
{
	struct output *output = ctx;

	flush(output);
	if (output->wanted) {
		output->wanted = false;
		output->room(output->ctx);
	}
}

static const struct fav_stream_client client = {.writable = on_writable};

void output__open(struct output *output, enum fav_std which, void (*room)(void *ctx), void *ctx)
{
	memset(output, 0, sizeof(*output));
	output->room = room;
	output->ctx = ctx;
	if (fav_stream_std(which, &client, output, &output->stream) < 0) {
		output->stream = NULL;
	}
}

bool output__has_room(struct output *output, size_t len)
{
	if (output->stream == NULL || OUTPUT_SIZE - output->len >= len) {
		return true;
	}
	output->wanted = true;
	return false;
}

void output__put(struct output *output, const char *data, size_t len)
{
	if (output->stream == NULL) {
		return;
	}
	len = MIN(len, OUTPUT_SIZE - output->len);
	for (size_t i = 0; i < len; i++) {
		output->data[(output->first + output->len++) % OUTPUT_SIZE] = data[i];
	}
	flush(output);
}

bool output__is_empty(const struct output *output)
{
	return output->stream == NULL || output->len == 0;
}

bool output__is_broken(const struct output *output)
{
	return output->stream == NULL;
}

void output__close(struct output *output)
{
	fav_stream_close(output->stream);
	output->stream = NULL;
	output->len = 0;
}
