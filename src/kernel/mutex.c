/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/kernel.h>

int k_mutex_init(struct k_mutex *mutex)
{
	mutex->lock_count = 0;
	return 0;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	mutex->lock_count++;
	return 0;
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	if (mutex->lock_count == 0) {
		return -EINVAL;
	}
	mutex->lock_count--;
	return 0;
}
