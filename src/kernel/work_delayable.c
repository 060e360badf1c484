/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"

void fav_work_delay_expired(struct fav_timeout *t)
{
	struct k_work_delayable *dwork = CONTAINER_OF(t, struct k_work_delayable, timeout_);

	/* A queue that has been plugged meanwhile takes nothing, as for any late submission. */
	(void)k_work_submit_to_queue(dwork->queue, &dwork->work);
}

void k_work_init_delayable(struct k_work_delayable *dwork, k_work_handler_t handler)
{
	*dwork = (struct k_work_delayable){
		.work = Z_WORK_INITIALIZER(handler),
		.timeout_.handler = fav_work_delay_expired,
	};
}

static bool is_delayed(const struct k_work_delayable *dwork)
{
	return fav_timeout_is_armed(&dwork->timeout_);
}

int k_work_delayable_busy_get(const struct k_work_delayable *dwork)
{
	return k_work_busy_get(&dwork->work) | (is_delayed(dwork) ? (int)K_WORK_DELAYED : 0);
}

k_ticks_t k_work_delayable_remaining_get(const struct k_work_delayable *dwork)
{
	uint64_t now_us = fav_now_us();

	return is_delayed(dwork) && dwork->timeout_.at_us > now_us
		       ? (k_ticks_t)MIN(dwork->timeout_.at_us - now_us, (uint64_t)FAV_TICKS_MAX_)
		       : 0;
}

k_ticks_t k_work_delayable_expires_get(const struct k_work_delayable *dwork)
{
	return k_uptime_ticks() + k_work_delayable_remaining_get(dwork);
}

static int start_delay(struct k_work_q *queue, struct k_work_delayable *dwork, k_timeout_t delay)
{
	if (queue == NULL) {
		return -EINVAL;
	}
	if (!queue->started) {
		return -ENODEV;
	}
	if (K_TIMEOUT_EQ(delay, K_NO_WAIT)) {
		return k_work_submit_to_queue(queue, &dwork->work);
	}
	dwork->queue = queue;
	fav_timeout_start(&dwork->timeout_, fav_deadline_us(delay));
	return 1;
}

int k_work_schedule_for_queue(struct k_work_q *queue, struct k_work_delayable *dwork,
			      k_timeout_t delay)
{
	if ((k_work_delayable_busy_get(dwork) & ~K_WORK_RUNNING) != 0) {
		return 0;
	}
	return start_delay(queue, dwork, delay);
}

int k_work_schedule(struct k_work_delayable *dwork, k_timeout_t delay)
{
	return k_work_schedule_for_queue(fav_sys_work_q(), dwork, delay);
}

int k_work_reschedule_for_queue(struct k_work_q *queue, struct k_work_delayable *dwork,
				k_timeout_t delay)
{
	fav_timeout_stop(&dwork->timeout_);
	return start_delay(queue, dwork, delay);
}

int k_work_reschedule(struct k_work_delayable *dwork, k_timeout_t delay)
{
	return k_work_reschedule_for_queue(fav_sys_work_q(), dwork, delay);
}

int k_work_cancel_delayable(struct k_work_delayable *dwork)
{
	fav_timeout_stop(&dwork->timeout_);
	return k_work_cancel(&dwork->work);
}

bool k_work_cancel_delayable_sync(struct k_work_delayable *dwork, struct k_work_sync *sync)
{
	bool was_pending = k_work_delayable_is_pending(dwork);

	(void)k_work_cancel_delayable(dwork);
	return was_pending;
}

bool k_work_flush_delayable(struct k_work_delayable *dwork, struct k_work_sync *sync)
{
	if (fav_timeout_stop(&dwork->timeout_)) {
		(void)k_work_submit_to_queue(dwork->queue, &dwork->work);
	}
	return k_work_flush(&dwork->work, sync);
}
