/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_KERNEL_WAIT_H_
#define FAV_KERNEL_WAIT_H_

#include <zephyr/kernel.h>

/*
 * Who waits for an object, and how it is woken.
 *
 * A waiter lives on the stack of the call that waits. Without threads there are at most two at a
 * time: main, and the work item that ran while main waited; the latter has the higher priority, so
 * a queue serves the newest first. Objects hand over directly: what is given to a waiter is never
 * seen by anybody else.
 */
struct fav_waiter {
	struct fav_waiter *next;
	struct fav_wait_q *q; /* NULL when woken, or sleeping on no object */
	struct fav_timeout timeout;
	int result;
	bool woken;
	void *data; /* the object's: what is handed over, or what is wanted */
};

/* Wait on q (NULL: on time alone) until wait__wake() or the timeout. Returns the waker's result,
 * -EAGAIN after the timeout, -EWOULDBLOCK at interrupt level, -EDEADLK where nothing could end the
 * wait. Not for K_NO_WAIT: objects have their own answer to that. */
int wait__on(struct fav_wait_q *q, struct fav_waiter *w, k_timeout_t timeout);

/* The waiter to be served next, NULL when nobody waits. */
static inline struct fav_waiter *wait__first(const struct fav_wait_q *q)
{
	return q->first_;
}

/* Unlink w and let its wait__on() return result. */
void wait__wake(struct fav_waiter *w, int result);

/* Wake all. Returns how many. */
int wait__wake_all(struct fav_wait_q *q, int result);

/* true when a call here may wait that long; else *err is what it returns, and a log line has told
 * of -EDEADLK. */
bool wait__allowed(k_timeout_t timeout, int *err);

#endif
