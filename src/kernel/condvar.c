/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

int k_condvar_init(struct k_condvar *condvar)
{
	*condvar = (struct k_condvar){0};
	return 0;
}

int k_condvar_wait(struct k_condvar *condvar, struct k_mutex *mutex, k_timeout_t timeout)
{
	struct fav_waiter waiter = {0};
	int err;

	(void)k_mutex_unlock(mutex);
	err = K_TIMEOUT_EQ(timeout, K_NO_WAIT) ? -EAGAIN
					       : wait__on(&condvar->wait_q_, &waiter, timeout);
	(void)k_mutex_lock(mutex, K_FOREVER);
	return err;
}

int k_condvar_signal(struct k_condvar *condvar)
{
	struct fav_waiter *waiter = wait__first(&condvar->wait_q_);

	if (waiter != NULL) {
		wait__wake(waiter, 0);
	}
	return 0;
}

int k_condvar_broadcast(struct k_condvar *condvar)
{
	return wait__wake_all(&condvar->wait_q_, 0);
}
