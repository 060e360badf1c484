/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_OUTPUT_H_
#define FAV_CLI_OUTPUT_H_

#include <stdbool.h>
#include <stddef.h>

#include <favonius/process.h>

/*
 * One of our standard streams, behind a buffer: whoever reads it slowly holds back the devices that
 * write to it, never the air.
 */

#define OUTPUT_SIZE 65536

struct output {
	struct fav_stream *stream; /* NULL when there is none, or nobody reads it any more */
	void (*room)(void *ctx); /* output__has_room() has become true; also when the reader left */
	void *ctx;
	bool wanted; /* room() is due */
	size_t first, len;
	char data[OUTPUT_SIZE];
};

/* A stream that is closed is no error: what is written to it goes nowhere. */
void output__open(struct output *output, enum fav_std which, void (*room)(void *ctx), void *ctx);

/* Whether len bytes can be put; if not, room() follows. */
bool output__has_room(struct output *output, size_t len);

/* Put what there is room for; the rest is lost, so ask first. */
void output__put(struct output *output, const char *data, size_t len);

bool output__is_empty(const struct output *output);

/* Whether its reader has left. */
bool output__is_broken(const struct output *output);

void output__close(struct output *output);

#endif
