/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_QUEUE_H_
#define ZEPHYR_KERNEL_QUEUE_H_

#include <zephyr/kernel/timeout.h>
#include <zephyr/sys/slist.h>

/** @file
 * Queues of elements (k_queue, k_fifo, k_lifo), of words (k_stack) and of messages (k_msgq).
 *
 * An element's first word is the queue's while it is in there; the _alloc_ forms leave it alone and
 * take a node from k_malloc() instead.
 *
 * Context: loop, both levels, where nothing else is said.
 */

/** @cond private: the first word of an element: the next one's address, and in the lowest bit
 * whether this is not the element but a node of k_queue_alloc_append().
 */
struct fav_queue_link {
	uintptr_t next_and_flag;
};
/** @endcond */

/** A queue of elements. */
struct k_queue {
	/** @cond private */
	struct fav_queue_link *head, *tail;
	struct fav_wait_q wait_q_;
	/** @endcond */
};

#define Z_QUEUE_INITIALIZER(obj) \
	{                        \
		NULL, NULL,      \
		{                \
			NULL     \
		}                \
	}
#define K_QUEUE_DEFINE(name) struct k_queue name = Z_QUEUE_INITIALIZER(name)

/** Make @p queue an empty one. Context: loop, both levels. */
void k_queue_init(struct k_queue *queue);

/** Let one who waits return NULL. Context: loop, both levels. */
void k_queue_cancel_wait(struct k_queue *queue);

/** Put @p data last. Context: loop, both levels. */
void k_queue_append(struct k_queue *queue, void *data);

/** Put @p data first. Context: loop, both levels. */
void k_queue_prepend(struct k_queue *queue, void *data);

/** Put @p data behind @p prev, which is in the queue; NULL: first. Context: loop, both levels. */
void k_queue_insert(struct k_queue *queue, void *prev, void *data);

/** Put @p data last without using its first word.
 * @retval 0        Queued.
 * @retval -ENOMEM  No memory for its node.
 * Context: loop, both levels.
 */
int32_t k_queue_alloc_append(struct k_queue *queue, void *data);

/** Put @p data first without using its first word. @retval -ENOMEM No memory for its node. */
int32_t k_queue_alloc_prepend(struct k_queue *queue, void *data);

/** Append the chain from @p head to @p tail, linked by first words, whose last is NULL.
 * @retval -EINVAL  @p head or @p tail is NULL.
 */
int k_queue_append_list(struct k_queue *queue, void *head, void *tail);

/** Append all of @p list, which becomes empty. @retval -EINVAL It was empty. */
int k_queue_merge_slist(struct k_queue *queue, sys_slist_t *list);

/** Take the first, waiting for it up to @p timeout.
 * @return NULL when there was none in time, after k_queue_cancel_wait(), or when it cannot wait
 *         here (zephyr/kernel.h).
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
void *k_queue_get(struct k_queue *queue, k_timeout_t timeout);

/** Unlink @p data, searching. @return true when it was there. Context: loop, both levels. */
bool k_queue_remove(struct k_queue *queue, void *data);

/** Append @p data unless it is there, searching. @return true when appended. */
bool k_queue_unique_append(struct k_queue *queue, void *data);

/** @return 0 when there is an element. Context: loop, both levels. */
static inline int k_queue_is_empty(const struct k_queue *queue)
{
	return queue->head == NULL;
}

/** @return The first, left in place; NULL when empty. */
void *k_queue_peek_head(struct k_queue *queue);

/** @return The last, left in place; NULL when empty. */
void *k_queue_peek_tail(struct k_queue *queue);

/** First in, first out. The calls are those of k_queue. */
struct k_fifo {
	struct k_queue _queue; /**< @cond private @endcond */
};

#define Z_FIFO_INITIALIZER(obj)                 \
	{                                       \
		Z_QUEUE_INITIALIZER(obj._queue) \
	}
#define K_FIFO_DEFINE(name) struct k_fifo name = Z_FIFO_INITIALIZER(name)

#define k_fifo_init(fifo)            k_queue_init(&(fifo)->_queue)
#define k_fifo_cancel_wait(fifo)     k_queue_cancel_wait(&(fifo)->_queue)
#define k_fifo_put(fifo, data)       k_queue_append(&(fifo)->_queue, (data))
#define k_fifo_alloc_put(fifo, data) k_queue_alloc_append(&(fifo)->_queue, (data))
#define k_fifo_put_list(fifo, head, tail) \
	((void)k_queue_append_list(&(fifo)->_queue, (head), (tail)))
#define k_fifo_put_slist(fifo, list) ((void)k_queue_merge_slist(&(fifo)->_queue, (list)))
#define k_fifo_get(fifo, timeout)    k_queue_get(&(fifo)->_queue, (timeout))
#define k_fifo_is_empty(fifo)        k_queue_is_empty(&(fifo)->_queue)
#define k_fifo_peek_head(fifo)       k_queue_peek_head(&(fifo)->_queue)
#define k_fifo_peek_tail(fifo)       k_queue_peek_tail(&(fifo)->_queue)

/** Last in, first out. The calls are those of k_queue. */
struct k_lifo {
	struct k_queue _queue; /**< @cond private @endcond */
};

#define Z_LIFO_INITIALIZER(obj)                 \
	{                                       \
		Z_QUEUE_INITIALIZER(obj._queue) \
	}
#define K_LIFO_DEFINE(name) struct k_lifo name = Z_LIFO_INITIALIZER(name)

#define k_lifo_init(lifo)            k_queue_init(&(lifo)->_queue)
#define k_lifo_put(lifo, data)       k_queue_prepend(&(lifo)->_queue, (data))
#define k_lifo_alloc_put(lifo, data) k_queue_alloc_prepend(&(lifo)->_queue, (data))
#define k_lifo_get(lifo, timeout)    k_queue_get(&(lifo)->_queue, (timeout))

typedef uintptr_t stack_data_t;

/** A stack of words. */
struct k_stack {
	/** @cond private */
	struct fav_wait_q wait_q_;
	stack_data_t *base, *next, *top;
	bool allocated;
	/** @endcond */
};

#define K_STACK_DEFINE(name, stack_num_entries)             \
	stack_data_t name##_words_[stack_num_entries];      \
	struct k_stack name = {                             \
		.base = name##_words_,                      \
		.next = name##_words_,                      \
		.top = name##_words_ + (stack_num_entries), \
	}

/** Make @p stack an empty one of @p num_entries words at @p buffer. Context: loop. */
void k_stack_init(struct k_stack *stack, stack_data_t *buffer, uint32_t num_entries);

/** The same with words from k_malloc().
 * @retval -ENOMEM  No memory.
 */
int32_t k_stack_alloc_init(struct k_stack *stack, uint32_t num_entries);

/** Free what k_stack_alloc_init() took. @retval -EAGAIN Somebody waits on it. */
int k_stack_cleanup(struct k_stack *stack);

/** Push.
 * @retval 0        Pushed.
 * @retval -ENOMEM  Full.
 * Context: loop, both levels.
 */
int k_stack_push(struct k_stack *stack, stack_data_t data);

/** Pop, waiting up to @p timeout.
 * @retval 0             Popped.
 * @retval -EBUSY        K_NO_WAIT and empty.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_stack_pop(struct k_stack *stack, stack_data_t *data, k_timeout_t timeout);

/** A ring of messages of one size. */
struct k_msgq {
	/** @cond private */
	struct fav_wait_q readers_, writers_;
	size_t msg_size;
	uint32_t max_msgs;
	char *buffer_start;
	uint32_t read_index, used_msgs;
	bool allocated;
	/** @endcond */
};

/** What k_msgq_get_attrs() tells. */
struct k_msgq_attrs {
	size_t msg_size;
	uint32_t max_msgs;
	uint32_t used_msgs;
};

#define K_MSGQ_DEFINE(name, q_msg_size, q_max_msgs, q_align)                      \
	static char name##_ring_[(q_max_msgs) * (q_msg_size)] __aligned(q_align); \
	struct k_msgq name = {                                                    \
		.msg_size = (q_msg_size),                                         \
		.max_msgs = (q_max_msgs),                                         \
		.buffer_start = name##_ring_,                                     \
	}

/** Make @p msgq an empty one of @p max_msgs messages of @p msg_size bytes at @p buffer. */
void k_msgq_init(struct k_msgq *msgq, char *buffer, size_t msg_size, uint32_t max_msgs);

/** The same with memory from k_malloc().
 * @retval -EINVAL  The size overflows.
 * @retval -ENOMEM  No memory.
 */
int k_msgq_alloc_init(struct k_msgq *msgq, size_t msg_size, uint32_t max_msgs);

/** Free what k_msgq_alloc_init() took. @retval -EBUSY Somebody waits on it. */
int k_msgq_cleanup(struct k_msgq *msgq);

/** Copy one message in, last, waiting for room up to @p timeout.
 * @retval 0             Queued.
 * @retval -ENOMSG       K_NO_WAIT and full, or k_msgq_purge() was called.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_msgq_put(struct k_msgq *msgq, const void *data, k_timeout_t timeout);

/** Copy one message in, first; never waits. @retval -ENOMSG Full. Context: loop, both levels. */
int k_msgq_put_front(struct k_msgq *msgq, const void *data);

/** Copy the first message out, waiting for it up to @p timeout.
 * @retval 0             Received.
 * @retval -ENOMSG       K_NO_WAIT and empty.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_msgq_get(struct k_msgq *msgq, void *data, k_timeout_t timeout);

/** Copy the first message out and leave it. @retval -ENOMSG Empty. Context: loop, both levels. */
int k_msgq_peek(struct k_msgq *msgq, void *data);

/** Copy message @p idx, 0 the first, and leave it. @retval -ENOMSG There is none. */
int k_msgq_peek_at(struct k_msgq *msgq, void *data, uint32_t idx);

/** Drop all messages; writers that wait get -ENOMSG. Context: loop, both levels. */
void k_msgq_purge(struct k_msgq *msgq);

/** Read the sizes of @p msgq and how many messages wait in it. */
void k_msgq_get_attrs(struct k_msgq *msgq, struct k_msgq_attrs *attrs);

/** @return Messages that wait in @p msgq; messages for which there is room. */
static inline uint32_t k_msgq_num_used_get(const struct k_msgq *msgq)
{
	return msgq->used_msgs;
}

static inline uint32_t k_msgq_num_free_get(const struct k_msgq *msgq)
{
	return msgq->max_msgs - msgq->used_msgs;
}

#endif
