/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_PORT_POSIX_WATCH_H_
#define FAV_PORT_POSIX_WATCH_H_

#include <poll.h>
#include <stdbool.h>

#include <zephyr/toolchain.h>

/*
 * File descriptors as event sources of the loop.
 *
 * A watch is its user's memory, valid while added. One watch a descriptor. It is level-triggered:
 * ready() is called on every turn of the loop while an event lasts. Context of all calls: loop,
 * both levels; in a ready() too, on any watch.
 */

struct fav_posix_watch {
	int fd;
	short events; /* POLLIN, POLLOUT; 0: nothing is reported, not even POLLHUP */
	/* Interrupt level. revents has POLLIN, POLLOUT, POLLHUP, POLLERR; the last two come unasked
	 * while events is not 0. May remove any watch, and free this one. */
	void (*ready)(struct fav_posix_watch *w, short revents);
	bool added_, polled_;
};

/* -EEXIST: the descriptor is watched already. -EPERM: it cannot be polled (a regular file).
 * -EBADF, -ENOMEM, -ENOSPC: as epoll_ctl(2). */
__must_check int fav_posix_watch_add(struct fav_posix_watch *w);

/* Must come before close(fd). Removing one that is not added has no effect. */
void fav_posix_watch_remove(struct fav_posix_watch *w);

/* Change events; the same ones again cost nothing. Errors as fav_posix_watch_add(). */
int fav_posix_watch_set_events(struct fav_posix_watch *w, short events);

#endif
