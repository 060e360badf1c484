/* SPDX-License-Identifier: Apache-2.0 */

/* What `favonius air` and `favonius run` do alike with their air. */

#include <errno.h>
#include <stdio.h>
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
