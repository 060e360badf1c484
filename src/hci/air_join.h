/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_AIR_JOIN_H_
#define FAV_HCI_AIR_JOIN_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Local airs by name: where they listen, and how one is started.
 */

#define AIR_NAME_DEFAULT "default"
#define AIR_NAME_MAX     64

/* Letters, digits, '-', '_' and '.', not first; 1 to AIR_NAME_MAX of them: safe as a file name. */
bool air__name_is_valid(const char *name);

/* The URL where the air of that name listens; makes the folder of its socket. -EINVAL (no such
 * name), -ENAMETOOLONG, or as fav_runtime_dir(); all logged. */
int air__url(const char *name, char *url, size_t size);

/* Start the air of that name in the background and wait until it listens, or has ended because it
 * cannot: perhaps since another starter was faster. What it printed then is in said. Thread level.
 * -ENOENT: there is no favonius command; -EIO: it does neither; logged. */
int air__start(const char *name, char *said, size_t size);

#endif
