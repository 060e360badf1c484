/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_WORK_H_
#define ZEPHYR_KERNEL_WORK_H_

#include <zephyr/kernel/sched.h>
#include <zephyr/sys/dlist.h>

/** @file
 * Work items: functions that the loop runs at thread level, one after the other, in the order they
 * were submitted. All queues share the loop; a struct k_work_q of one's own counts and drains.
 *
 * Context: loop, both levels, where nothing else is said.
 */

struct k_work;
struct k_work_q;
struct k_work_delayable;

/** Runs at thread level; may wait (interrupt level runs meanwhile), may submit @p work again, and
 * may free it: the kernel does not touch @p work after the call.
 */
typedef void (*k_work_handler_t)(struct k_work *work);

/** Bits of k_work_busy_get(). */
enum {
	K_WORK_RUNNING = BIT(0),   /**< Its handler runs. */
	K_WORK_CANCELING = BIT(1), /**< Never seen without threads. */
	K_WORK_QUEUED = BIT(2),    /**< In a queue. */
	K_WORK_DELAYED = BIT(3),   /**< Its delay runs. */
	K_WORK_FLUSHING = BIT(4),  /**< Never seen: flushing needs no marker. */
};

/** A work item. The memory is the caller's; it must stay valid while queued. */
struct k_work {
	/** @cond private */
	sys_dnode_t node;
	k_work_handler_t handler;
	struct k_work_q *queue;
	uint32_t flags; /* K_WORK_QUEUED */
			/** @endcond */
};

#define Z_WORK_INITIALIZER(work_handler)  \
	{                                 \
		.handler = (work_handler) \
	}
#define K_WORK_DEFINE(work, work_handler) struct k_work work = Z_WORK_INITIALIZER(work_handler)

/** A work item with a delay in front. */
struct k_work_delayable {
	struct k_work work;
	/** @cond private */
	struct fav_timeout timeout_;
	struct k_work_q *queue;
	/** @endcond */
};

/** @cond private */
void fav_work_delay_expired(struct fav_timeout *t);
/** @endcond */

#define Z_WORK_DELAYABLE_INITIALIZER(work_handler)                      \
	{                                                               \
		.work = Z_WORK_INITIALIZER(work_handler), .timeout_ = { \
			.handler = fav_work_delay_expired               \
		}                                                       \
	}
#define K_WORK_DELAYABLE_DEFINE(work, work_handler) \
	struct k_work_delayable work = Z_WORK_DELAYABLE_INITIALIZER(work_handler)

/** For the cancel and flush calls; unused without threads. */
struct k_work_sync {
	uint8_t unused_; /**< @cond private @endcond */
};

/** Accepted and unused: priorities mean nothing on one context. */
struct k_work_queue_config {
	const char *name;
	bool no_yield;
	bool essential;
};

/** A queue. */
struct k_work_q {
	/** @cond private */
	uint32_t pending;
	bool started, draining, plugged;
	/** @endcond */
};

/** @cond private */
struct k_work_q *fav_sys_work_q(void);
/** @endcond */

/** The queue of k_work_submit() and k_work_schedule(). */
#define k_sys_work_q (*fav_sys_work_q())

/** Make @p work an idle item. Context: loop, both levels. */
void k_work_init(struct k_work *work, k_work_handler_t handler);

/** @return The K_WORK_ bits that hold; 0 when idle. Context: loop, both levels. */
int k_work_busy_get(const struct k_work *work);

/** @return true when queued or running. Context: loop, both levels. */
static inline bool k_work_is_pending(const struct k_work *work)
{
	return k_work_busy_get(work) != 0;
}

/** Queue @p work, once.
 * @retval 0         It was queued already.
 * @retval 1         Queued.
 * @retval 2         Queued; it is running now and will run again.
 * @retval -EBUSY    The queue is draining or plugged.
 * @retval -EINVAL   @p queue is NULL.
 * @retval -ENODEV   @p queue has not been started.
 * Context: loop, both levels.
 */
int k_work_submit_to_queue(struct k_work_q *queue, struct k_work *work);

/** k_work_submit_to_queue() on the system's queue. @return As that. Context: loop, both levels. */
int k_work_submit(struct k_work *work);

/** Take @p work out of its queue.
 * @return The K_WORK_ bits that hold after: K_WORK_RUNNING from within its handler, else 0.
 * Context: loop, both levels.
 */
int k_work_cancel(struct k_work *work);

/** As k_work_cancel(). Nothing has to be waited for: one context runs one item.
 * @return true when it was queued or running.
 * Context: loop, both levels.
 */
bool k_work_cancel_sync(struct k_work *work, struct k_work_sync *sync);

/** Wait until @p work is not queued any more. From a work item it cannot wait, and returns at once
 * with a log line.
 * @return true when it had to wait.
 * Context: main, may wait.
 */
bool k_work_flush(struct k_work *work, struct k_work_sync *sync);

/** Make @p queue one that is not started. Context: loop, both levels. */
void k_work_queue_init(struct k_work_q *queue);

/** Start @p queue. Without threads @p stack and @p prio have no use.
 * Context: loop, both levels.
 */
void k_work_queue_start(struct k_work_q *queue, void *stack, size_t stack_size, int prio,
			const struct k_work_queue_config *cfg);

/** Wait until @p queue is empty; only work of its own items is accepted meanwhile.
 * @param plug  Accept nothing after it, until k_work_queue_unplug().
 * @retval 0             Nothing was queued.
 * @retval 1             Drained.
 * @retval -EDEADLK      From a work item: its queue cannot become empty.
 * @retval -EWOULDBLOCK  From interrupt level.
 * Context: main, may wait.
 */
int k_work_queue_drain(struct k_work_q *queue, bool plug);

/** Let a plugged queue accept work again. @retval -EALREADY It was not plugged. Context: loop. */
int k_work_queue_unplug(struct k_work_q *queue);

/** Make @p dwork an idle item. Context: loop, both levels. */
void k_work_init_delayable(struct k_work_delayable *dwork, k_work_handler_t handler);

/** The delayable item of @p work, as its handler gets it. */
static inline struct k_work_delayable *k_work_delayable_from_work(struct k_work *work)
{
	return CONTAINER_OF(work, struct k_work_delayable, work);
}

/** @return The K_WORK_ bits that hold; 0 when idle. Context: loop, both levels. */
int k_work_delayable_busy_get(const struct k_work_delayable *dwork);

/** @return true when delayed, queued or running. Context: loop, both levels. */
static inline bool k_work_delayable_is_pending(const struct k_work_delayable *dwork)
{
	return k_work_delayable_busy_get(dwork) != 0;
}

/** @return k_uptime_ticks() when it will be submitted; the present when no delay runs. */
k_ticks_t k_work_delayable_expires_get(const struct k_work_delayable *dwork);

/** @return Ticks until it will be submitted; 0 when no delay runs. */
k_ticks_t k_work_delayable_remaining_get(const struct k_work_delayable *dwork);

/** Submit @p dwork after @p delay, unless it is delayed or queued already: then nothing changes.
 * @param delay  K_NO_WAIT submits now. K_FOREVER: delayed until rescheduled or cancelled.
 * @retval 0        Already delayed or queued.
 * @retval 1        Scheduled.
 * @retval 2        K_NO_WAIT and its handler runs: it will run again.
 * @retval -EBUSY   K_NO_WAIT and the queue is draining or plugged.
 * @retval -EINVAL  @p queue is NULL.
 * @retval -ENODEV  @p queue has not been started.
 * Context: loop, both levels.
 */
int k_work_schedule_for_queue(struct k_work_q *queue, struct k_work_delayable *dwork,
			      k_timeout_t delay);

/** k_work_schedule_for_queue() on the system's queue. @return As that.
 * Context: loop, both levels.
 */
int k_work_schedule(struct k_work_delayable *dwork, k_timeout_t delay);

/** Submit @p dwork after @p delay from now, whatever delay ran before. One that is queued already
 * runs, and again after the delay (K_NO_WAIT: once).
 * @retval 0        K_NO_WAIT and it was queued already.
 * @retval 1        Scheduled.
 * @retval 2        K_NO_WAIT and its handler runs: it will run again.
 * @retval -EBUSY   K_NO_WAIT and the queue is draining or plugged.
 * @retval -EINVAL  @p queue is NULL.
 * @retval -ENODEV  @p queue has not been started.
 * Context: loop, both levels.
 */
int k_work_reschedule_for_queue(struct k_work_q *queue, struct k_work_delayable *dwork,
				k_timeout_t delay);

/** k_work_reschedule_for_queue() on the system's queue. @return As that.
 * Context: loop, both levels.
 */
int k_work_reschedule(struct k_work_delayable *dwork, k_timeout_t delay);

/** End the delay and take @p dwork out of its queue.
 * @return The K_WORK_ bits that hold after: K_WORK_RUNNING from within its handler, else 0.
 * Context: loop, both levels.
 */
int k_work_cancel_delayable(struct k_work_delayable *dwork);

/** As k_work_cancel_delayable(). @return true when it was delayed, queued or running.
 * Context: loop, both levels.
 */
bool k_work_cancel_delayable_sync(struct k_work_delayable *dwork, struct k_work_sync *sync);

/** End the delay, submitting @p dwork now, and wait as k_work_flush() does.
 * @return true when it had to wait.
 * Context: main, may wait.
 */
bool k_work_flush_delayable(struct k_work_delayable *dwork, struct k_work_sync *sync);

#endif
