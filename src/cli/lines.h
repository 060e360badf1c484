/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_LINES_H_
#define FAV_CLI_LINES_H_

#include <stddef.h>

/*
 * Bytes into lines. A line longer than LINES_MAX is cut into several, so that a program that never
 * ends its line needs no memory.
 */

#define LINES_MAX 1000

struct lines {
	/* One line without its end; valid during the call. */
	void (*line)(void *ctx, const char *text, size_t len);
	void *ctx;
	size_t len;
	char text[LINES_MAX + 1];
};

void lines__init(struct lines *lines, void (*line)(void *ctx, const char *text, size_t len),
		 void *ctx);

void lines__put(struct lines *lines, const char *data, size_t len);

/* Nothing more comes: what there is of a line is one. */
void lines__end(struct lines *lines);

#endif
