/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/lines.h"

void lines__init(struct lines *lines, void (*line)(void *ctx, const char *text, size_t len),
		 void *ctx)
{
	lines->line = line;
	lines->ctx = ctx;
	lines->len = 0;
}

static void emit(struct lines *lines)
{
	size_t len = lines->len;

	/* A terminal's line end. */
	if (len > 0 && lines->text[len - 1] == '\r') {
		len--;
	}
	lines->len = 0;
	lines->text[len] = '\0';
	lines->line(lines->ctx, lines->text, len);
}

void lines__put(struct lines *lines, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			emit(lines);
			continue;
		}
		if (lines->len == LINES_MAX) {
			emit(lines);
		}
		lines->text[lines->len++] = data[i];
	}
}

void lines__end(struct lines *lines)
{
	if (lines->len > 0) {
		emit(lines);
	}
}
