/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/net_buf.h>

#include "root.h"
#include "wait.h"

/*
 * Buffers and their pools.
 *
 * A pool's storage is a row of buffers, each a struct net_buf, its user data, and for fixed pools
 * its data. Free ones are a list by `frags`; those never used are not in it but at the end of the
 * storage, so that a statically defined pool needs no initialisation. A buffer is in use from
 * net_buf_alloc_*() until net_buf_destroy().
 */

static size_t user_data_room(const struct net_buf_pool *pool)
{
	return ROUND_UP((size_t)pool->user_data_size, FAV_NET_BUF_ALIGN);
}

int fav_net_buf_pool_init(struct net_buf_pool *pool, void *storage, size_t storage_len,
			  uint16_t count, size_t data_size, size_t user_data_size,
			  void (*destroy)(struct net_buf *buf))
{
	if (count == 0 || data_size > UINT16_MAX || user_data_size > UINT8_MAX ||
	    (uintptr_t)storage % FAV_NET_BUF_ALIGN != 0) {
		return -EINVAL;
	}
	if (storage_len < FAV_NET_BUF_STORAGE_SIZE(count, data_size, user_data_size)) {
		return -ENOMEM;
	}
	*pool = (struct net_buf_pool){
		.storage_ = storage,
		.stride_ = FAV_NET_BUF_STRIDE_(data_size, user_data_size),
		.data_cb_ = &net_buf_fixed_cb,
		.buf_count = count,
		.uninit_count = count,
		.avail_count = count,
		.data_size = (uint16_t)data_size,
		.user_data_size = (uint8_t)user_data_size,
		.destroy = destroy,
	};
	return 0;
}

int net_buf_id(const struct net_buf *buf)
{
	return (int)((size_t)((const uint8_t *)buf - buf->pool->storage_) / buf->pool->stride_);
}

static uint8_t *fixed_data(struct net_buf *buf)
{
	return buf->user_data + user_data_room(buf->pool);
}

static uint8_t *fixed_alloc(struct net_buf *buf, size_t *size)
{
	if (*size > buf->pool->data_size) {
		return NULL;
	}
	*size = buf->pool->data_size;
	return fixed_data(buf);
}

const struct net_buf_data_cb net_buf_fixed_cb = {.alloc = fixed_alloc};

/* Data of a heap, which clones share: the number of its users stands in front. */
struct shared {
	uint32_t users;
	uint8_t data[] __aligned(16);
};

static struct shared *shared_of(uint8_t *data)
{
	return (struct shared *)(void *)(data - offsetof(struct shared, data));
}

static uint8_t *shared_init(struct shared *shared)
{
	if (shared == NULL) {
		return NULL;
	}
	shared->users = 1;
	return shared->data;
}

static uint8_t *shared_ref(struct net_buf *buf, uint8_t *data)
{
	shared_of(data)->users++;
	return data;
}

static uint8_t *heap_alloc(struct net_buf *buf, size_t *size)
{
	return shared_init(k_malloc(sizeof(struct shared) + *size));
}

static void heap_unref(struct net_buf *buf, uint8_t *data)
{
	if (--shared_of(data)->users == 0) {
		k_free(shared_of(data));
	}
}

const struct net_buf_data_cb net_buf_heap_cb = {
	.alloc = heap_alloc,
	.ref = shared_ref,
	.unref = heap_unref,
};

static uint8_t *var_alloc(struct net_buf *buf, size_t *size)
{
	return shared_init(
		k_heap_alloc(buf->pool->heap_, sizeof(struct shared) + *size, K_NO_WAIT));
}

static void var_unref(struct net_buf *buf, uint8_t *data)
{
	if (--shared_of(data)->users == 0) {
		k_heap_free(buf->pool->heap_, shared_of(data));
	}
}

const struct net_buf_data_cb net_buf_var_cb = {
	.alloc = var_alloc,
	.ref = shared_ref,
	.unref = var_unref,
};

static struct net_buf *take(struct net_buf_pool *pool)
{
	struct net_buf *buf = pool->free_;

	if (buf != NULL) {
		pool->free_ = buf->frags;
	} else if (pool->uninit_count > 0) {
		size_t index = (size_t)(pool->buf_count - pool->uninit_count);

		buf = (struct net_buf *)(void *)(pool->storage_ + index * pool->stride_);
		buf->pool = pool;
		pool->uninit_count--;
	} else {
		return NULL;
	}
	pool->avail_count--;
	pool->max_used = MAX(pool->max_used, fav_net_buf_pool_used(pool));
	return buf;
}

/* One that somebody gives back. */
static struct net_buf *wait_for(struct net_buf_pool *pool, k_timeout_t timeout)
{
	struct fav_waiter waiter = {0};

	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		return NULL;
	}
	return wait__on(&pool->wait_q_, &waiter, timeout) == 0 ? waiter.data : NULL;
}

/* Take a buffer that nobody has, to be given to begin() or back. */
static inline struct net_buf *take_waiting(struct net_buf_pool *pool, k_timeout_t timeout)
{
	struct net_buf *buf;

	if (fault__alloc()) {
		return NULL;
	}
	buf = take(pool);
	return likely(buf != NULL) ? buf : wait_for(pool, timeout);
}

/* It is the caller's: empty, with size bytes of memory at data. */
static void begin(struct net_buf *buf, uint8_t *data, uint16_t size)
{
	buf->node.next = NULL;
	buf->frags = NULL;
	buf->ref = 1;
	buf->flags = 0;
	buf->user_data_size = buf->pool->user_data_size;
	buf->b = (struct net_buf_simple){.data = data, .size = size, .__buf = data};
}

/* Give buf, which has no data, back to its pool. */
static void give_back(struct net_buf *buf)
{
	struct net_buf_pool *pool = buf->pool;
	struct fav_waiter *waiter = wait__first(&pool->wait_q_);

	buf->ref = 0;
	if (waiter != NULL) {
		waiter->data = buf;
		wait__wake(waiter, 0);
		return;
	}
	buf->frags = pool->free_;
	pool->free_ = buf;
	pool->avail_count++;
}

struct net_buf *net_buf_alloc_len(struct net_buf_pool *pool, size_t size, k_timeout_t timeout)
{
	struct net_buf *buf;
	uint8_t *data = NULL;

	if (size > UINT16_MAX) {
		return NULL;
	}
	buf = take_waiting(pool, timeout);
	if (buf == NULL) {
		return NULL;
	}
	if (size > 0) {
		data = pool->data_cb_->alloc(buf, &size);
		if (data == NULL) {
			give_back(buf);
			return NULL;
		}
	}
	begin(buf, data, (uint16_t)size);
	return buf;
}

/* Data of one size is the buffer's own: there is nothing to look for, and nothing to fail. */
struct net_buf *net_buf_alloc_fixed(struct net_buf_pool *pool, k_timeout_t timeout)
{
	struct net_buf *buf = take_waiting(pool, timeout);

	if (buf != NULL) {
		begin(buf, pool->data_size > 0 ? fixed_data(buf) : NULL, pool->data_size);
	}
	return buf;
}

struct net_buf *net_buf_alloc_with_data(struct net_buf_pool *pool, void *data, size_t size,
					k_timeout_t timeout)
{
	struct net_buf *buf = size <= UINT16_MAX ? take_waiting(pool, timeout) : NULL;

	if (buf != NULL) {
		begin(buf, data, (uint16_t)size);
		buf->len = (uint16_t)size;
		buf->flags = NET_BUF_EXTERNAL_DATA;
	}
	return buf;
}

void net_buf_destroy(struct net_buf *buf)
{
	const struct net_buf_data_cb *cb = buf->pool->data_cb_;

	__ASSERT(buf->ref == 0, "buffer %p is still referenced", (void *)buf);
	if (cb->unref != NULL && buf->__buf != NULL && (buf->flags & NET_BUF_EXTERNAL_DATA) == 0) {
		cb->unref(buf, buf->__buf);
	}
	buf->__buf = NULL;
	give_back(buf);
}

void net_buf_unref(struct net_buf *buf)
{
	while (buf != NULL) {
		struct net_buf *next = buf->frags;

		__ASSERT(buf->ref > 0, "buffer %p is free", (void *)buf);
		if (--buf->ref > 0) {
			return;
		}
		buf->frags = NULL;
		if (buf->pool->destroy != NULL) {
			buf->pool->destroy(buf);
		} else {
			net_buf_destroy(buf);
		}
		buf = next;
	}
}

struct net_buf *net_buf_ref(struct net_buf *buf)
{
	__ASSERT(buf->ref > 0 && buf->ref < UINT16_MAX, "buffer %p has %u references", (void *)buf,
		 buf->ref);
	buf->ref++;
	return buf;
}

/* Give clone the data of buf: shared where that is possible, else copied. */
static bool clone_data(struct net_buf *clone, struct net_buf *buf)
{
	const struct net_buf_data_cb *cb = buf->pool->data_cb_;
	size_t size = buf->size;
	uint8_t *data;

	clone->flags = buf->flags;
	if (buf->__buf == NULL || (buf->flags & NET_BUF_EXTERNAL_DATA) != 0) {
		clone->b = buf->b;
		return true;
	}
	if (cb->ref != NULL) {
		(void)cb->ref(buf, buf->__buf);
		clone->b = buf->b;
		return true;
	}
	data = cb->alloc(clone, &size);
	if (data == NULL) {
		return false;
	}
	begin(clone, data, (uint16_t)size);
	net_buf_reserve(clone, net_buf_headroom(buf));
	net_buf_add_mem(clone, buf->data, buf->len);
	return true;
}

struct net_buf *net_buf_clone(struct net_buf *buf, k_timeout_t timeout)
{
	struct net_buf *clone = take_waiting(buf->pool, timeout);

	if (clone == NULL) {
		return NULL;
	}
	begin(clone, NULL, 0);
	if (!clone_data(clone, buf)) {
		give_back(clone);
		return NULL;
	}
	(void)net_buf_user_data_copy(clone, buf);
	return clone;
}

void net_buf_reset(struct net_buf *buf)
{
	__ASSERT(buf->flags == 0 && buf->frags == NULL, "buffer %p cannot be reset", (void *)buf);
	net_buf_simple_reset(&buf->b);
}

int net_buf_user_data_copy(struct net_buf *dst, const struct net_buf *src)
{
	if (dst == NULL || src == NULL || dst->user_data_size < src->user_data_size) {
		return -EINVAL;
	}
	if (dst != src) {
		memcpy(dst->user_data, src->user_data, src->user_data_size);
	}
	return 0;
}
