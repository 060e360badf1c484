/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

#include "root.h"

LOG_MODULE_REGISTER(kernel);

static void unlink_waiter(struct fav_waiter *w)
{
	if (w->q == NULL) {
		return;
	}
	for (struct fav_waiter **at = &w->q->first_; *at != NULL; at = &(*at)->next) {
		if (*at == w) {
			*at = w->next;
			break;
		}
	}
	w->q = NULL;
}

void wait__wake(struct fav_waiter *w, int result)
{
	unlink_waiter(w);
	fav_timeout_stop(&w->timeout);
	w->result = result;
	w->woken = true;
}

int wait__wake_all(struct fav_wait_q *q, int result)
{
	int count = 0;

	while (q->first_ != NULL) {
		wait__wake(q->first_, result);
		count++;
	}
	return count;
}

static void timed_out(struct fav_timeout *t)
{
	wait__wake(CONTAINER_OF(t, struct fav_waiter, timeout), -EAGAIN);
}

static bool is_woken(void *ctx)
{
	return ((const struct fav_waiter *)ctx)->woken;
}

bool wait__allowed(k_timeout_t timeout, int *err)
{
	if (k_is_in_isr()) {
		*err = -EWOULDBLOCK;
		return false;
	}
	if (K_TIMEOUT_EQ(timeout, K_FOREVER) && !loop__may_run_work()) {
		LOG_ERR("wait with K_FOREVER in a work item or under k_sched_lock()");
		*err = -EDEADLK;
		return false;
	}
	return true;
}

int wait__on(struct fav_wait_q *q, struct fav_waiter *w, k_timeout_t timeout)
{
	int err;

	if (!wait__allowed(timeout, &err)) {
		return err;
	}
	w->woken = false;
	w->timeout = (struct fav_timeout){.handler = timed_out};
	w->q = q;
	if (q != NULL) {
		w->next = q->first_;
		q->first_ = w;
	}
	if (!K_TIMEOUT_EQ(timeout, K_FOREVER)) {
		fav_timeout_start(&w->timeout, fav_deadline_us(timeout));
	}
	err = loop__until(loop__may_run_work(), is_woken, w);
	if (err != 0) {
		unlink_waiter(w);
		return err;
	}
	return w->result;
}
