/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

/* The element is elsewhere: this link begins a struct node, which is k_malloc()'s. */
#define ALLOCATED ((uintptr_t)1)

struct node {
	struct fav_queue_link link;
	void *data;
};

static struct fav_queue_link *next_of(const struct fav_queue_link *link)
{
	return (struct fav_queue_link *)(link->next_and_flag & ~ALLOCATED);
}

static void set_next(struct fav_queue_link *link, const struct fav_queue_link *next)
{
	link->next_and_flag = (uintptr_t)next | (link->next_and_flag & ALLOCATED);
}

static void *data_of(struct fav_queue_link *link)
{
	return (link->next_and_flag & ALLOCATED) != 0 ? CONTAINER_OF(link, struct node, link)->data
						      : (void *)link;
}

/* The element of a link that has left the queue. */
static void *release(struct fav_queue_link *link)
{
	void *data = data_of(link);

	if (data != link) {
		k_free(link);
	}
	return data;
}

void k_queue_init(struct k_queue *queue)
{
	*queue = (struct k_queue){0};
}

void k_queue_cancel_wait(struct k_queue *queue)
{
	struct fav_waiter *waiter = wait__first(&queue->wait_q_);

	if (waiter != NULL) {
		waiter->data = NULL;
		wait__wake(waiter, 0);
	}
}

/* Insert link, whose flag is set, behind prev; NULL: first. Who waits gets the element instead. */
static void insert(struct k_queue *queue, struct fav_queue_link *prev, struct fav_queue_link *link)
{
	struct fav_waiter *waiter = wait__first(&queue->wait_q_);

	if (waiter != NULL) {
		waiter->data = release(link);
		wait__wake(waiter, 0);
		return;
	}
	set_next(link, prev != NULL ? next_of(prev) : queue->head);
	if (prev != NULL) {
		set_next(prev, link);
	} else {
		queue->head = link;
	}
	if (queue->tail == prev) {
		queue->tail = link;
	}
}

void k_queue_insert(struct k_queue *queue, void *prev, void *data)
{
	struct fav_queue_link *link = data;

	link->next_and_flag = 0;
	insert(queue, prev, link);
}

void k_queue_append(struct k_queue *queue, void *data)
{
	k_queue_insert(queue, queue->tail, data);
}

void k_queue_prepend(struct k_queue *queue, void *data)
{
	k_queue_insert(queue, NULL, data);
}

static int32_t alloc_insert(struct k_queue *queue, struct fav_queue_link *prev, void *data)
{
	struct node *node = k_malloc(sizeof(*node));

	if (node == NULL) {
		return -ENOMEM;
	}
	*node = (struct node){.link = {ALLOCATED}, .data = data};
	insert(queue, prev, &node->link);
	return 0;
}

int32_t k_queue_alloc_append(struct k_queue *queue, void *data)
{
	return alloc_insert(queue, queue->tail, data);
}

int32_t k_queue_alloc_prepend(struct k_queue *queue, void *data)
{
	return alloc_insert(queue, NULL, data);
}

int k_queue_append_list(struct k_queue *queue, void *head, void *tail)
{
	struct fav_queue_link *at = head;

	if (head == NULL || tail == NULL) {
		return -EINVAL;
	}
	while (at != NULL) {
		/* Before the element is queued: its first word changes then. */
		struct fav_queue_link *next = at == tail ? NULL : next_of(at);

		k_queue_append(queue, at);
		at = next;
	}
	return 0;
}

int k_queue_merge_slist(struct k_queue *queue, sys_slist_t *list)
{
	int err = k_queue_append_list(queue, list->head, list->tail);

	sys_slist_init(list);
	return err;
}

/* Unlink link, which comes behind prev (NULL: it is the first). */
static void unlink_behind(struct k_queue *queue, struct fav_queue_link *prev,
			  struct fav_queue_link *link)
{
	if (prev != NULL) {
		set_next(prev, next_of(link));
	} else {
		queue->head = next_of(link);
	}
	if (queue->tail == link) {
		queue->tail = prev;
	}
}

void *k_queue_get(struct k_queue *queue, k_timeout_t timeout)
{
	struct fav_queue_link *link = queue->head;
	struct fav_waiter waiter = {0};

	if (link != NULL) {
		unlink_behind(queue, NULL, link);
		return release(link);
	}
	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT) || wait__on(&queue->wait_q_, &waiter, timeout) != 0) {
		return NULL;
	}
	return waiter.data;
}

/* Find data's link. prev receives the one before. */
static struct fav_queue_link *find(const struct k_queue *queue, const void *data,
				   struct fav_queue_link **prev)
{
	*prev = NULL;
	for (struct fav_queue_link *at = queue->head; at != NULL; at = next_of(at)) {
		if (data_of(at) == data) {
			return at;
		}
		*prev = at;
	}
	return NULL;
}

bool k_queue_remove(struct k_queue *queue, void *data)
{
	struct fav_queue_link *prev;
	struct fav_queue_link *link = find(queue, data, &prev);

	if (link == NULL) {
		return false;
	}
	unlink_behind(queue, prev, link);
	(void)release(link);
	return true;
}

bool k_queue_unique_append(struct k_queue *queue, void *data)
{
	struct fav_queue_link *prev;

	if (find(queue, data, &prev) != NULL) {
		return false;
	}
	k_queue_append(queue, data);
	return true;
}

void *k_queue_peek_head(struct k_queue *queue)
{
	return queue->head != NULL ? data_of(queue->head) : NULL;
}

void *k_queue_peek_tail(struct k_queue *queue)
{
	return queue->tail != NULL ? data_of(queue->tail) : NULL;
}
