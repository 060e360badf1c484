/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "root.h"
#include "wait.h"

/* What a waiter for heap memory wants; its data is this, then what it got. */
struct want {
	size_t align;
	size_t bytes;
	void *got;
};

void k_heap_init(struct k_heap *h, void *mem, size_t bytes)
{
	*h = (struct k_heap){0};
	sys_heap_init(&h->heap, mem, bytes);
}

/* A statically defined heap has its memory laid out when it is first used. */
static struct sys_heap *heap_of(struct k_heap *h)
{
	if (h->memory != NULL) {
		sys_heap_init(&h->heap, h->memory, h->memory_size);
		h->memory = NULL;
	}
	return &h->heap;
}

void *k_heap_aligned_alloc(struct k_heap *h, size_t align, size_t bytes, k_timeout_t timeout)
{
	struct want want = {.align = align, .bytes = bytes};
	struct fav_waiter waiter = {.data = &want};

	if (fault__alloc()) {
		return NULL;
	}
	want.got = sys_heap_aligned_alloc(heap_of(h), align, bytes);
	if (want.got == NULL && bytes > 0 && !K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		(void)wait__on(&h->wait_q_, &waiter, timeout);
	}
	return want.got;
}

void *k_heap_alloc(struct k_heap *h, size_t bytes, k_timeout_t timeout)
{
	return k_heap_aligned_alloc(h, 0, bytes, timeout);
}

void *k_heap_calloc(struct k_heap *h, size_t num, size_t size, k_timeout_t timeout)
{
	size_t bytes;
	void *mem;

	if (__builtin_mul_overflow(num, size, &bytes)) {
		return NULL;
	}
	mem = k_heap_alloc(h, bytes, timeout);
	return mem != NULL ? memset(mem, 0, bytes) : NULL;
}

/* Memory came back: serve those who wait, as far as it goes. */
static void serve_waiters(struct k_heap *h)
{
	struct fav_waiter *next;

	for (struct fav_waiter *w = wait__first(&h->wait_q_); w != NULL; w = next) {
		struct want *want = w->data;

		next = w->next;
		want->got = sys_heap_aligned_alloc(&h->heap, want->align, want->bytes);
		if (want->got != NULL) {
			wait__wake(w, 0);
		}
	}
}

void *k_heap_realloc(struct k_heap *h, void *ptr, size_t bytes, k_timeout_t timeout)
{
	void *moved;

	if (bytes == 0) {
		k_heap_free(h, ptr);
		return NULL;
	}
	if (fault__alloc()) {
		return NULL;
	}
	moved = sys_heap_realloc(heap_of(h), ptr, bytes);
	if (moved == NULL && !K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		moved = k_heap_alloc(h, bytes, timeout);
		if (moved != NULL && ptr != NULL) {
			memcpy(moved, ptr, MIN(bytes, sys_heap_usable_size(&h->heap, ptr)));
			sys_heap_free(&h->heap, ptr);
		}
	}
	serve_waiters(h);
	return moved;
}

void k_heap_free(struct k_heap *h, void *mem)
{
	sys_heap_free(&h->heap, mem);
	serve_waiters(h);
}

void *k_malloc(size_t size)
{
	return k_heap_alloc(&kernel__root.heap, size, K_NO_WAIT);
}

void *k_aligned_alloc(size_t align, size_t size)
{
	return k_heap_aligned_alloc(&kernel__root.heap, align, size, K_NO_WAIT);
}

void *k_calloc(size_t nmemb, size_t size)
{
	return k_heap_calloc(&kernel__root.heap, nmemb, size, K_NO_WAIT);
}

void *k_realloc(void *ptr, size_t size)
{
	return k_heap_realloc(&kernel__root.heap, ptr, size, K_NO_WAIT);
}

void k_free(void *ptr)
{
	k_heap_free(&kernel__root.heap, ptr);
}
