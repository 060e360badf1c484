/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_POLL_H_
#define ZEPHYR_KERNEL_POLL_H_

#include <zephyr/kernel/queue.h>
#include <zephyr/kernel/sync.h>

/** @file
 * Waiting for one of several objects.
 *
 * Context: loop, both levels, where nothing else is said.
 */

/** A flag with a result. */
struct k_poll_signal {
	/** @cond private */
	unsigned int signaled;
	int result;
	/** @endcond */
};

#define K_POLL_SIGNAL_INITIALIZER(obj) \
	{                              \
		0, 0                   \
	}

#define K_POLL_TYPE_IGNORE              0
#define K_POLL_TYPE_SIGNAL              1
#define K_POLL_TYPE_SEM_AVAILABLE       2
#define K_POLL_TYPE_DATA_AVAILABLE      3
#define K_POLL_TYPE_FIFO_DATA_AVAILABLE K_POLL_TYPE_DATA_AVAILABLE
#define K_POLL_TYPE_MSGQ_DATA_AVAILABLE 4

#define K_POLL_STATE_NOT_READY           0
#define K_POLL_STATE_SIGNALED            BIT(0)
#define K_POLL_STATE_SEM_AVAILABLE       BIT(1)
#define K_POLL_STATE_DATA_AVAILABLE      BIT(2)
#define K_POLL_STATE_FIFO_DATA_AVAILABLE K_POLL_STATE_DATA_AVAILABLE
#define K_POLL_STATE_MSGQ_DATA_AVAILABLE BIT(3)
#define K_POLL_STATE_CANCELLED           BIT(4)

enum k_poll_modes {
	K_POLL_MODE_NOTIFY_ONLY, /**< The only one: k_poll() takes nothing. */
};

/** One object to wait for. */
struct k_poll_event {
	uint8_t tag;    /**< The user's. */
	uint8_t type;   /**< A K_POLL_TYPE_. */
	uint8_t mode;   /**< K_POLL_MODE_NOTIFY_ONLY. */
	uint32_t state; /**< K_POLL_STATE_ bits, set by k_poll(); the user sets them to 0 before. */
	union {
		void *obj;
		struct k_poll_signal *signal;
		struct k_sem *sem;
		struct k_fifo *fifo;
		struct k_queue *queue;
		struct k_msgq *msgq;
	};
};

#define K_POLL_EVENT_INITIALIZER(_type, _mode, _obj)            \
	{                                                       \
		.type = (_type), .mode = (_mode), .obj = (_obj) \
	}
#define K_POLL_EVENT_STATIC_INITIALIZER(_type, _mode, _obj, _tag)              \
	{                                                                      \
		.tag = (_tag), .type = (_type), .mode = (_mode), .obj = (_obj) \
	}

/** Make @p event one that waits for @p obj, of the K_POLL_TYPE_ @p type. */
void k_poll_event_init(struct k_poll_event *event, uint32_t type, int mode, void *obj);

/** Wait until one of @p events is ready; the state of each ready one is set.
 * @retval 0             One is ready.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_poll(struct k_poll_event *events, int num_events, k_timeout_t timeout);

/** Make @p sig a flag that is not set. */
void k_poll_signal_init(struct k_poll_signal *sig);

/** Take the flag back. Context: loop, both levels. */
void k_poll_signal_reset(struct k_poll_signal *sig);

/** Read the flag and its result. Context: loop, both levels. */
void k_poll_signal_check(struct k_poll_signal *sig, unsigned int *signaled, int *result);

/** Set the flag with @p result. @retval 0 Always. Context: loop, both levels. */
int k_poll_signal_raise(struct k_poll_signal *sig, int result);

#endif
