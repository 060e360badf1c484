/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wait.h"

/*
 * Readers wait only while the ring is empty, writers only while it is full, so that at most one of
 * the two queues is in use. A reader's waiter->data is where its message goes, a writer's where it
 * comes from.
 */

void k_msgq_init(struct k_msgq *msgq, char *buffer, size_t msg_size, uint32_t max_msgs)
{
	*msgq = (struct k_msgq){.msg_size = msg_size, .max_msgs = max_msgs, .buffer_start = buffer};
}

int k_msgq_alloc_init(struct k_msgq *msgq, size_t msg_size, uint32_t max_msgs)
{
	size_t bytes;
	char *buffer;

	if (__builtin_mul_overflow(msg_size, (size_t)max_msgs, &bytes)) {
		return -EINVAL;
	}
	buffer = k_malloc(bytes);
	if (buffer == NULL) {
		return -ENOMEM;
	}
	k_msgq_init(msgq, buffer, msg_size, max_msgs);
	msgq->allocated = true;
	return 0;
}

int k_msgq_cleanup(struct k_msgq *msgq)
{
	if (wait__first(&msgq->readers_) != NULL || wait__first(&msgq->writers_) != NULL) {
		return -EBUSY;
	}
	if (msgq->allocated) {
		k_free(msgq->buffer_start);
		msgq->allocated = false;
	}
	return 0;
}

/* The place of message idx; idx == used_msgs is the next free one. */
static char *place(const struct k_msgq *msgq, uint32_t idx)
{
	return msgq->buffer_start +
	       ((size_t)msgq->read_index + idx) % msgq->max_msgs * msgq->msg_size;
}

/* Hand data to a reader that waits. */
static bool give_to_reader(struct k_msgq *msgq, const void *data)
{
	struct fav_waiter *reader = wait__first(&msgq->readers_);

	if (reader == NULL) {
		return false;
	}
	memcpy(reader->data, data, msgq->msg_size);
	wait__wake(reader, 0);
	return true;
}

static bool put(struct k_msgq *msgq, const void *data)
{
	if (give_to_reader(msgq, data)) {
		return true;
	}
	if (msgq->used_msgs == msgq->max_msgs) {
		return false;
	}
	memcpy(place(msgq, msgq->used_msgs), data, msgq->msg_size);
	msgq->used_msgs++;
	return true;
}

int k_msgq_put(struct k_msgq *msgq, const void *data, k_timeout_t timeout)
{
	struct fav_waiter waiter = {.data = (void *)(uintptr_t)data};

	if (put(msgq, data)) {
		return 0;
	}
	return K_TIMEOUT_EQ(timeout, K_NO_WAIT) ? -ENOMSG
						: wait__on(&msgq->writers_, &waiter, timeout);
}

int k_msgq_put_front(struct k_msgq *msgq, const void *data)
{
	if (give_to_reader(msgq, data)) {
		return 0;
	}
	if (msgq->used_msgs == msgq->max_msgs) {
		return -ENOMSG;
	}
	msgq->read_index = (msgq->read_index + msgq->max_msgs - 1) % msgq->max_msgs;
	msgq->used_msgs++;
	memcpy(place(msgq, 0), data, msgq->msg_size);
	return 0;
}

int k_msgq_get(struct k_msgq *msgq, void *data, k_timeout_t timeout)
{
	struct fav_waiter waiter = {.data = data};
	struct fav_waiter *writer;

	if (k_msgq_peek(msgq, data) != 0) {
		return K_TIMEOUT_EQ(timeout, K_NO_WAIT)
			       ? -ENOMSG
			       : wait__on(&msgq->readers_, &waiter, timeout);
	}
	msgq->read_index = (msgq->read_index + 1) % msgq->max_msgs;
	msgq->used_msgs--;
	writer = wait__first(&msgq->writers_);
	if (writer != NULL) {
		(void)put(msgq, writer->data);
		wait__wake(writer, 0);
	}
	return 0;
}

int k_msgq_peek_at(struct k_msgq *msgq, void *data, uint32_t idx)
{
	if (idx >= msgq->used_msgs) {
		return -ENOMSG;
	}
	memcpy(data, place(msgq, idx), msgq->msg_size);
	return 0;
}

int k_msgq_peek(struct k_msgq *msgq, void *data)
{
	return k_msgq_peek_at(msgq, data, 0);
}

void k_msgq_purge(struct k_msgq *msgq)
{
	msgq->used_msgs = 0;
	msgq->read_index = 0;
	wait__wake_all(&msgq->writers_, -ENOMSG);
}

void k_msgq_get_attrs(struct k_msgq *msgq, struct k_msgq_attrs *attrs)
{
	*attrs = (struct k_msgq_attrs){
		.msg_size = msgq->msg_size,
		.max_msgs = msgq->max_msgs,
		.used_msgs = msgq->used_msgs,
	};
}
