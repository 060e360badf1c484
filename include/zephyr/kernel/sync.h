/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_SYNC_H_
#define ZEPHYR_KERNEL_SYNC_H_

#include <zephyr/kernel/timeout.h>

/** @file
 * Semaphores, mutexes, condition variables, events.
 *
 * Context: loop, both levels, where nothing else is said.
 */

/** A counting semaphore. */
struct k_sem {
	/** @cond private */
	struct fav_wait_q wait_q_;
	unsigned int count;
	unsigned int limit;
	/** @endcond */
};

#define K_SEM_MAX_LIMIT UINT_MAX
#define K_SEM_DEFINE(name, initial_count, count_limit)                          \
	struct k_sem name = {.count = (initial_count), .limit = (count_limit)}; \
	BUILD_ASSERT((count_limit) != 0 && (initial_count) <= (count_limit))

/** Make @p sem one of @p initial_count.
 * @param limit  Highest count, from 1.
 * @retval 0        Made.
 * @retval -EINVAL  @p limit is 0 or below @p initial_count.
 * Context: loop, both levels.
 */
int k_sem_init(struct k_sem *sem, unsigned int initial_count, unsigned int limit);

/** Take one, waiting for it up to @p timeout.
 * @retval 0             Taken.
 * @retval -EBUSY        K_NO_WAIT and there was none.
 * @retval -EAGAIN       @p timeout passed, or k_sem_reset() was called.
 * @retval -EWOULDBLOCK  Would wait at interrupt level (the number is -EAGAIN's).
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);

/** Give one: to who waits longest of the most urgent, else to the count, which stops at its limit.
 * Context: loop, both levels.
 */
void k_sem_give(struct k_sem *sem);

/** Set the count to 0; who waits gets -EAGAIN. Context: loop, both levels. */
void k_sem_reset(struct k_sem *sem);

/** @return The count. Context: loop, both levels. */
static inline unsigned int k_sem_count_get(const struct k_sem *sem)
{
	return sem->count;
}

/** A recursive lock. Without threads there is one owner, to whom it is always free; it counts. */
struct k_mutex {
	/** @cond private */
	uint32_t lock_count;
	/** @endcond */
};

#define K_MUTEX_DEFINE(name) struct k_mutex name = {0}

/** Make @p mutex an unlocked one. @retval 0 Always. Context: loop, both levels. */
int k_mutex_init(struct k_mutex *mutex);

/** Lock; never has to wait. @retval 0 Always. Context: thread. */
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);

/** Undo one lock.
 * @retval 0        Undone.
 * @retval -EINVAL  Not locked.
 * Context: thread.
 */
int k_mutex_unlock(struct k_mutex *mutex);

/** A condition variable. */
struct k_condvar {
	/** @cond private */
	struct fav_wait_q wait_q_;
	/** @endcond */
};

#define K_CONDVAR_DEFINE(name) struct k_condvar name = {{NULL}}

/** @retval 0 Always. Context: loop, both levels. */
int k_condvar_init(struct k_condvar *condvar);

/** Unlock @p mutex, wait for a signal, lock @p mutex again (in every case).
 * @retval 0             Signalled.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait.
 */
int k_condvar_wait(struct k_condvar *condvar, struct k_mutex *mutex, k_timeout_t timeout);

/** Wake one who waits. @retval 0 Always. Context: loop, both levels. */
int k_condvar_signal(struct k_condvar *condvar);

/** Wake all who wait. @return How many. Context: loop, both levels. */
int k_condvar_broadcast(struct k_condvar *condvar);

/** 32 flags to wait for. */
struct k_event {
	/** @cond private */
	struct fav_wait_q wait_q_;
	uint32_t events;
	/** @endcond */
};

#define K_EVENT_DEFINE(name) struct k_event name = {{NULL}, 0}

/** Make @p event one without flags. Context: loop, both levels. */
void k_event_init(struct k_event *event);

/** Set the flags of @p events too. @return Which of these were set before. Context: loop. */
uint32_t k_event_post(struct k_event *event, uint32_t events);

/** Make @p events the flags. @return The flags before. Context: loop, both levels. */
uint32_t k_event_set(struct k_event *event, uint32_t events);

/** Make the flags in @p events_mask what they are in @p events. @return These before. */
uint32_t k_event_set_masked(struct k_event *event, uint32_t events, uint32_t events_mask);

/** Clear the flags in @p events. @return Which of these were set. Context: loop, both levels. */
uint32_t k_event_clear(struct k_event *event, uint32_t events);

/** Wait until one of @p events is set.
 * @param reset  Clear all flags first.
 * @return Those of @p events that are set; 0 when @p timeout passed or it cannot wait here.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
uint32_t k_event_wait(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout);

/** As k_event_wait(), until all of @p events are set. */
uint32_t k_event_wait_all(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout);

/** @return Which of @p events_mask are set. Context: loop, both levels. */
static inline uint32_t k_event_test(const struct k_event *event, uint32_t events_mask)
{
	return event->events & events_mask;
}

#endif
