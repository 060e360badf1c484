/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"

/*
 * Armed timeouts: a pairing heap inside the timeouts themselves.
 *
 * The order is by deadline, then by the order of arming, so that equal deadlines run first come,
 * first served. A node's children are a list from child_ by next_; prev_ is the previous sibling,
 * or the parent for the first of them. Arming is O(1), expiry and disarming O(log n) amortised. All
 * is iterative: the depth of the heap costs no stack.
 */

static bool is_before(const struct fav_timeout *a, const struct fav_timeout *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq_ < b->seq_;
}

/* Make the later of two roots the first child of the earlier one, which is returned. */
static struct fav_timeout *meld(struct fav_timeout *a, struct fav_timeout *b)
{
	if (is_before(b, a)) {
		struct fav_timeout *earlier = b;

		b = a;
		a = earlier;
	}
	b->next_ = a->child_;
	if (b->next_ != NULL) {
		b->next_->prev_ = b;
	}
	b->prev_ = a;
	a->child_ = b;
	a->next_ = NULL;
	a->prev_ = NULL;
	return a;
}

/* Join a list of siblings into one heap: pairs from left to right, the pairs from right to left. */
static struct fav_timeout *join(struct fav_timeout *first)
{
	struct fav_timeout *pairs = NULL; /* a stack by next_ */
	struct fav_timeout *root;

	while (first != NULL) {
		struct fav_timeout *a = first;
		struct fav_timeout *b = a->next_;

		first = b != NULL ? b->next_ : NULL;
		a->next_ = NULL;
		a->prev_ = NULL;
		if (b != NULL) {
			b->next_ = NULL;
			b->prev_ = NULL;
			a = meld(a, b);
		}
		a->next_ = pairs;
		pairs = a;
	}
	if (pairs == NULL) {
		return NULL;
	}
	root = pairs;
	pairs = pairs->next_;
	root->next_ = NULL;
	while (pairs != NULL) {
		struct fav_timeout *pair = pairs;

		pairs = pair->next_;
		pair->next_ = NULL;
		root = meld(root, pair);
	}
	return root;
}

static void unlink_timeout(struct fav_timeout *t)
{
	struct kernel *k = &kernel__root;
	struct fav_timeout *below = join(t->child_);

	if (t == k->timeouts.root) {
		k->timeouts.root = below;
	} else {
		if (t->prev_->child_ == t) {
			t->prev_->child_ = t->next_;
		} else {
			t->prev_->next_ = t->next_;
		}
		if (t->next_ != NULL) {
			t->next_->prev_ = t->prev_;
		}
		if (below != NULL) {
			k->timeouts.root = meld(k->timeouts.root, below);
		}
	}
	t->child_ = NULL;
	t->next_ = NULL;
	t->prev_ = NULL;
	t->armed_ = false;
	k->timeouts.count--;
}

void fav_timeout_start(struct fav_timeout *t, uint64_t at_us)
{
	struct kernel *k = &kernel__root;

	if (t->armed_) {
		unlink_timeout(t);
	}
	t->at_us = at_us;
	t->seq_ = k->timeouts.seq++;
	t->child_ = NULL;
	t->next_ = NULL;
	t->prev_ = NULL;
	t->armed_ = true;
	k->timeouts.count++;
	k->timeouts.root = k->timeouts.root != NULL ? meld(k->timeouts.root, t) : t;
}

bool fav_timeout_stop(struct fav_timeout *t)
{
	if (!t->armed_) {
		return false;
	}
	unlink_timeout(t);
	return true;
}

void timeout__run_due(uint64_t now_us, uint32_t limit)
{
	struct fav_timeout *t;

	while (limit-- > 0 && (t = kernel__root.timeouts.root) != NULL && t->at_us <= now_us) {
		unlink_timeout(t);
		t->handler(t);
	}
}

uint64_t fav_now_us(void)
{
	return kernel__now_us();
}

int64_t k_uptime_ticks(void)
{
	uint64_t now_us = kernel__now_us();

	return (int64_t)(now_us - kernel__root.start_us);
}

static uint64_t add_saturated(uint64_t moment_us, uint64_t duration_us)
{
	return duration_us < FAV_FOREVER_US - moment_us ? moment_us + duration_us
							: FAV_FOREVER_US - 1;
}

uint64_t fav_deadline_us(k_timeout_t timeout)
{
	uint64_t now_us = kernel__now_us();

	if (K_TIMEOUT_EQ(timeout, K_FOREVER)) {
		return FAV_FOREVER_US;
	}
	if (!Z_IS_TIMEOUT_RELATIVE(timeout)) {
		return add_saturated(kernel__root.start_us, (uint64_t)(-2 - timeout.ticks));
	}
	return add_saturated(now_us, (uint64_t)timeout.ticks);
}

k_timepoint_t sys_timepoint_calc(k_timeout_t timeout)
{
	return (k_timepoint_t){fav_deadline_us(timeout)};
}

k_timeout_t sys_timepoint_timeout(k_timepoint_t timepoint)
{
	uint64_t now_us = kernel__now_us();

	if (timepoint.tick == FAV_FOREVER_US) {
		return K_FOREVER;
	}
	return timepoint.tick > now_us ? K_TICKS(timepoint.tick - now_us) : K_NO_WAIT;
}
