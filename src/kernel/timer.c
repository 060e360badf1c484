/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "wait.h"

static bool is_periodic(const struct k_timer *timer)
{
	return timer->period.ticks > 0;
}

void fav_timer_expired(struct fav_timeout *t)
{
	struct k_timer *timer = CONTAINER_OF(t, struct k_timer, timeout_);

	/* Before the handler, which may stop or restart the timer; from the deadline, not from the
	 * clock, so that a late loop does not make the timer drift. */
	if (is_periodic(timer)) {
		uint64_t period_us = (uint64_t)timer->period.ticks;

		fav_timeout_start(t, t->at_us < FAV_FOREVER_US - period_us ? t->at_us + period_us
									   : FAV_FOREVER_US - 1);
	}
	timer->status++;
	wait__wake_all(&timer->wait_q_, 0);
	if (timer->expiry_fn != NULL) {
		timer->expiry_fn(timer);
	}
}

void k_timer_init(struct k_timer *timer, k_timer_expiry_t expiry_fn, k_timer_stop_t stop_fn)
{
	*timer = (struct k_timer){
		.timeout_.handler = fav_timer_expired,
		.expiry_fn = expiry_fn,
		.stop_fn = stop_fn,
	};
}

void k_timer_start(struct k_timer *timer, k_timeout_t duration, k_timeout_t period)
{
	fav_timeout_stop(&timer->timeout_);
	if (K_TIMEOUT_EQ(duration, K_FOREVER)) {
		return;
	}
	timer->period = period;
	timer->status = 0;
	fav_timeout_start(&timer->timeout_, fav_deadline_us(duration));
}

void k_timer_stop(struct k_timer *timer)
{
	if (!fav_timeout_stop(&timer->timeout_)) {
		return;
	}
	wait__wake_all(&timer->wait_q_, 0);
	if (timer->stop_fn != NULL) {
		timer->stop_fn(timer);
	}
}

uint32_t k_timer_status_get(struct k_timer *timer)
{
	uint32_t status = timer->status;

	timer->status = 0;
	return status;
}

uint32_t k_timer_status_sync(struct k_timer *timer)
{
	if (timer->status == 0 && fav_timeout_is_armed(&timer->timeout_)) {
		struct fav_waiter waiter = {0};
		/* Not K_FOREVER: the timer itself, at interrupt level, ends this wait. */
		(void)wait__on(&timer->wait_q_, &waiter, K_TICKS(FAV_TICKS_MAX_));
	}
	return k_timer_status_get(timer);
}

k_ticks_t k_timer_remaining_ticks(const struct k_timer *timer)
{
	uint64_t now_us = fav_now_us();

	return fav_timeout_is_armed(&timer->timeout_) && timer->timeout_.at_us > now_us
		       ? (k_ticks_t)MIN(timer->timeout_.at_us - now_us, (uint64_t)FAV_TICKS_MAX_)
		       : 0;
}

k_ticks_t k_timer_expires_ticks(const struct k_timer *timer)
{
	return k_uptime_ticks() + k_timer_remaining_ticks(timer);
}
