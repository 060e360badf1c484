/* SPDX-License-Identifier: Apache-2.0 */

/* What `favonius air` and `favonius run` do alike with their air. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>

#include "cli/cli.h"

bool cli__capture(const char *command, struct fav_air *air, const char *path,
		  struct fav_air_capture **capture)
{
	int err = fav_air_capture_start(air, path, capture);

	if (err < 0) {
		fprintf(stderr, "favonius %s: --pcap %s: %s\n", command, path,
			err == -EBUSY ? "another capture is being written there" : strerror(-err));
	}
	return err == 0;
}

/* The most that a scenario may have; what is read is one byte more. */
#define SCENARIO_MAX 1000000

/* The bytes of a file, to be freed; NULL with errno. */
static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = file != NULL ? malloc(SCENARIO_MAX + 1) : NULL;
	int err = 0;

	if (text != NULL) {
		*len = fread(text, 1, SCENARIO_MAX + 1, file);
		err = ferror(file) ? errno : *len > SCENARIO_MAX ? EFBIG : 0;
	}
	if (file != NULL) {
		fclose(file);
	}
	if (err != 0) {
		free(text);
		text = NULL;
		errno = err;
	}
	return text;
}

int cli__scenario(const char *command, struct fav_air *air, const char *path)
{
	char message[600];
	size_t len;
	char *text = read_file(path, &len);
	int err;

	if (text == NULL) {
		fprintf(stderr, "favonius %s: --scenario %s: %s\n", command, path, strerror(errno));
		return CLI_USAGE;
	}
	err = fav_air_scenario_load(air, path, text, len, message, sizeof(message));
	free(text);
	if (err < 0) {
		fprintf(stderr, "favonius %s: %s\n", command, message);
	}
	return err < 0 ? CLI_USAGE : CLI_OK;
}
