/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_PTY_H_
#define FAV_POSIX_PTY_H_

#include <stddef.h>

#include <favonius/stream.h>

/*
 * A pseudo-terminal that a program opens as if it were a serial line, closes, and opens again.
 *
 *      free --opened--> served --closed by the program--> free
 *                          |
 *                          +--its stream was closed here--> dropped --closed by the program--> free
 *
 * From its opening to its last closing a terminal is one peer: accepted() gets a stream for it.
 * Nobody can be thrown out of a terminal, so what one sends who was dropped is read and forgotten,
 * until it has closed it.
 *
 * The descriptor of our side does not tell of an opening, nor of a closing that an opening follows
 * at once; inotify tells of both, in their order.
 */

struct pty;

/* Make one. url receives `serial:DEV`, what a program opens. accepted() is called at interrupt
 * level. 0, -ENOMEM, or what the operating system says. */
int pty__open(fav_accepted_t accepted, void *ctx, char *url, size_t size, struct pty **made)
	__attribute__((warn_unused_result));

/* The stream that accepted() got stays open. NULL is allowed. */
void pty__close(struct pty *pty);

#endif
