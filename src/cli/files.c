/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define CHUNK 65536

/* All of it, in a buffer that grows. */
static int read_all(FILE *file, size_t max, char **text, size_t *len)
{
	size_t size = 0, got;

	*len = 0;
	do {
		if (size - *len < CHUNK + 1) {
			size_t more = 2 * size + CHUNK + 1;
			char *bigger = realloc(*text, more);

			if (bigger == NULL) {
				return ENOMEM;
			}
			*text = bigger;
			size = more;
		}
		got = fread(*text + *len, 1, CHUNK, file);
		*len += got;
	} while (got > 0 && *len <= max);
	(*text)[*len] = '\0';
	return ferror(file) ? errno : *len > max ? EFBIG : 0;
}

char *cli__read_file(const char *path, size_t max, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	int err;

	if (file == NULL) {
		return NULL;
	}
	err = read_all(file, max, &text, len);
	fclose(file);
	if (err != 0) {
		free(text);
		text = NULL;
		errno = err;
	}
	return text;
}
