/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

int k_sem_init(struct k_sem *sem, unsigned int initial_count, unsigned int limit)
{
	if (limit == 0 || initial_count > limit) {
		return -EINVAL;
	}
	*sem = (struct k_sem){.count = initial_count, .limit = limit};
	return 0;
}

int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	struct fav_waiter waiter = {0};

	if (sem->count > 0) {
		sem->count--;
		return 0;
	}
	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		return -EBUSY;
	}
	return wait__on(&sem->wait_q_, &waiter, timeout);
}

void k_sem_give(struct k_sem *sem)
{
	struct fav_waiter *waiter = wait__first(&sem->wait_q_);

	if (waiter != NULL) {
		wait__wake(waiter, 0);
	} else if (sem->count < sem->limit) {
		sem->count++;
	}
}

void k_sem_reset(struct k_sem *sem)
{
	sem->count = 0;
	wait__wake_all(&sem->wait_q_, -EAGAIN);
}
