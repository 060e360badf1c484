/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_PORT_POSIX_STATE_H_
#define FAV_PORT_POSIX_STATE_H_

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <favonius/files.h>

/*
 * What the port's files share. The port table has no context argument, because there is one port a
 * process as there is one kernel; so this room has one writable object, in idle.c.
 */

/* The descriptors of a call to fav_posix_poll(), while it waits. */
struct posix_poll {
	struct posix_poll *outer; /* of main, when a work item polls meanwhile */
	struct pollfd *fds;       /* fds[0] is the port's own; the caller's follow */
	nfds_t count;             /* entries of fds */
	int ready;                /* the caller's descriptors with revents */
	int err;                  /* errno that ends the call: EINTR, ... */
};

int posix__idle(uint64_t until_us);
void posix__poll(void);
void posix__wake(void);

/* Let idle() look at the descriptors of poll too, until posix__poll_end(). */
void posix__poll_begin(struct posix_poll *poll);
void posix__poll_end(struct posix_poll *poll);

uint64_t posix__now_us(void);

extern const struct fav_files posix__files;

#endif
