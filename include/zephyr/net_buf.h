/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_NET_BUF_H_
#define ZEPHYR_NET_BUF_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/byteorder.h>

/** @file
 * Network buffers: one run of memory with headroom and tailroom, so that each layer puts its header
 * in front without copying; pools of them, reference counts, fragment chains.
 *
 * Adding past the end, or taking more than there is, is a mistake of the program and is asserted:
 * code that reads what came from outside uses favonius/cursor.h, or checks the length first.
 *
 * Context: loop, both levels; a call that can wait says so.
 */

/** The bytes of a buffer. */
struct net_buf_simple {
	uint8_t *data;  /**< First byte of the content. */
	uint16_t len;   /**< Bytes of content. */
	uint16_t size;  /**< Bytes of memory. */
	uint8_t *__buf; /**< First byte of the memory. */
};

/** Define a buffer of @p _size bytes, to be used after net_buf_simple_init(). */
#define NET_BUF_SIMPLE_DEFINE(_name, _size) \
	uint8_t _name##_memory_[_size];     \
	struct net_buf_simple _name = {     \
		.data = _name##_memory_, .len = 0, .size = (_size), .__buf = _name##_memory_}
#define NET_BUF_SIMPLE_DEFINE_STATIC(_name, _size) \
	static uint8_t _name##_memory_[_size];     \
	static struct net_buf_simple _name = {     \
		.data = _name##_memory_, .len = 0, .size = (_size), .__buf = _name##_memory_}

/** A buffer of @p _size bytes that lives in the enclosing block. */
#define NET_BUF_SIMPLE(_size)                 \
	((struct net_buf_simple *)(&(struct { \
		struct net_buf_simple buf;    \
		uint8_t data[_size];          \
	}){.buf = {.size = (_size)}}))

/** Empty @p buf, whose memory follows it (NET_BUF_SIMPLE()) or is set, and reserve headroom. */
static inline void net_buf_simple_init(struct net_buf_simple *buf, size_t reserve_head)
{
	if (buf->__buf == NULL) {
		buf->__buf = (uint8_t *)buf + sizeof(*buf);
	}
	__ASSERT_NO_MSG(reserve_head <= buf->size);
	buf->data = buf->__buf + reserve_head;
	buf->len = 0;
}

/** Make @p buf a full one over @p size bytes at @p data, which stay the caller's. */
static inline void net_buf_simple_init_with_data(struct net_buf_simple *buf, void *data,
						 size_t size)
{
	__ASSERT_NO_MSG(size <= UINT16_MAX);
	buf->__buf = data;
	buf->data = data;
	buf->size = (uint16_t)size;
	buf->len = (uint16_t)size;
}

/** Empty @p buf, without headroom. */
static inline void net_buf_simple_reset(struct net_buf_simple *buf)
{
	buf->len = 0;
	buf->data = buf->__buf;
}

/** Make @p clone another view of the content of @p original. */
void net_buf_simple_clone(const struct net_buf_simple *original, struct net_buf_simple *clone);

/** Give the empty @p buf headroom of @p reserve bytes. */
static inline void net_buf_simple_reserve(struct net_buf_simple *buf, size_t reserve)
{
	__ASSERT_NO_MSG(buf->len == 0 && reserve <= buf->size);
	buf->data = buf->__buf + reserve;
}

/** @return Bytes that fit in front of the content. */
static inline size_t net_buf_simple_headroom(const struct net_buf_simple *buf)
{
	return (size_t)(buf->data - buf->__buf);
}

/** @return Bytes that fit behind the content. */
static inline size_t net_buf_simple_tailroom(const struct net_buf_simple *buf)
{
	return buf->size - net_buf_simple_headroom(buf) - buf->len;
}

/** @return Bytes of content that there can be with the present headroom. */
static inline uint16_t net_buf_simple_max_len(const struct net_buf_simple *buf)
{
	return (uint16_t)(buf->size - net_buf_simple_headroom(buf));
}

/** @return Behind the last byte of content. */
static inline uint8_t *net_buf_simple_tail(const struct net_buf_simple *buf)
{
	return buf->data + buf->len;
}

/** Make the content @p len bytes longer. @return The new bytes, to be filled in. */
static inline void *net_buf_simple_add(struct net_buf_simple *buf, size_t len)
{
	uint8_t *tail = net_buf_simple_tail(buf);

	__ASSERT(net_buf_simple_tailroom(buf) >= len, "%zu bytes of tailroom, %zu wanted",
		 net_buf_simple_tailroom(buf), len);
	buf->len = (uint16_t)(buf->len + len);
	return tail;
}

/** Add a copy of @p len bytes. @return The copy. */
static inline void *net_buf_simple_add_mem(struct net_buf_simple *buf, const void *mem, size_t len)
{
	void *tail = net_buf_simple_add(buf, len);

	return len > 0 ? memcpy(tail, mem, len) : tail;
}

/** Add a byte. @return Where it is. */
static inline uint8_t *net_buf_simple_add_u8(struct net_buf_simple *buf, uint8_t val)
{
	uint8_t *byte = net_buf_simple_add(buf, 1);

	*byte = val;
	return byte;
}

/** Make the content @p len bytes longer at its front. @return The new front, to be filled in. */
static inline void *net_buf_simple_push(struct net_buf_simple *buf, size_t len)
{
	__ASSERT(net_buf_simple_headroom(buf) >= len, "%zu bytes of headroom, %zu wanted",
		 net_buf_simple_headroom(buf), len);
	buf->data -= len;
	buf->len = (uint16_t)(buf->len + len);
	return buf->data;
}

/** Put a copy of @p len bytes in front. @return The copy. */
static inline void *net_buf_simple_push_mem(struct net_buf_simple *buf, const void *mem, size_t len)
{
	void *front = net_buf_simple_push(buf, len);

	return len > 0 ? memcpy(front, mem, len) : front;
}

/** Put a byte in front. */
static inline void net_buf_simple_push_u8(struct net_buf_simple *buf, uint8_t val)
{
	*(uint8_t *)net_buf_simple_push(buf, 1) = val;
}

/** Take @p len bytes from the front. @return The new front. */
static inline void *net_buf_simple_pull(struct net_buf_simple *buf, size_t len)
{
	__ASSERT(buf->len >= len, "%u bytes of content, %zu wanted", buf->len, len);
	buf->len = (uint16_t)(buf->len - len);
	buf->data += len;
	return buf->data;
}

/** Take @p len bytes from the front. @return The old front: what was taken. */
static inline void *net_buf_simple_pull_mem(struct net_buf_simple *buf, size_t len)
{
	void *front = buf->data;

	net_buf_simple_pull(buf, len);
	return front;
}

/** Take a byte from the front. */
static inline uint8_t net_buf_simple_pull_u8(struct net_buf_simple *buf)
{
	return *(uint8_t *)net_buf_simple_pull_mem(buf, 1);
}

/** Take @p len bytes from the end. @return What was taken. */
static inline void *net_buf_simple_remove_mem(struct net_buf_simple *buf, size_t len)
{
	__ASSERT(buf->len >= len, "%u bytes of content, %zu wanted", buf->len, len);
	buf->len = (uint16_t)(buf->len - len);
	return buf->data + buf->len;
}

/** Take a byte from the end. */
static inline uint8_t net_buf_simple_remove_u8(struct net_buf_simple *buf)
{
	return *(uint8_t *)net_buf_simple_remove_mem(buf, 1);
}

/** Add a value of 16 to 64 bits, in either byte order, at the end. */
void net_buf_simple_add_le16(struct net_buf_simple *buf, uint16_t val);
void net_buf_simple_add_le24(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_add_le32(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_add_le40(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_add_le48(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_add_le64(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_add_be16(struct net_buf_simple *buf, uint16_t val);
void net_buf_simple_add_be24(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_add_be32(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_add_be40(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_add_be48(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_add_be64(struct net_buf_simple *buf, uint64_t val);

/** Put a value in front. */
void net_buf_simple_push_le16(struct net_buf_simple *buf, uint16_t val);
void net_buf_simple_push_le24(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_push_le32(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_push_le40(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_push_le48(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_push_le64(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_push_be16(struct net_buf_simple *buf, uint16_t val);
void net_buf_simple_push_be24(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_push_be32(struct net_buf_simple *buf, uint32_t val);
void net_buf_simple_push_be40(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_push_be48(struct net_buf_simple *buf, uint64_t val);
void net_buf_simple_push_be64(struct net_buf_simple *buf, uint64_t val);

/** Take a value from the front. */
uint16_t net_buf_simple_pull_le16(struct net_buf_simple *buf);
uint32_t net_buf_simple_pull_le24(struct net_buf_simple *buf);
uint32_t net_buf_simple_pull_le32(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_le40(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_le48(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_le64(struct net_buf_simple *buf);
uint16_t net_buf_simple_pull_be16(struct net_buf_simple *buf);
uint32_t net_buf_simple_pull_be24(struct net_buf_simple *buf);
uint32_t net_buf_simple_pull_be32(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_be40(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_be48(struct net_buf_simple *buf);
uint64_t net_buf_simple_pull_be64(struct net_buf_simple *buf);

/** Take a value from the end. */
uint16_t net_buf_simple_remove_le16(struct net_buf_simple *buf);
uint32_t net_buf_simple_remove_le24(struct net_buf_simple *buf);
uint32_t net_buf_simple_remove_le32(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_le40(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_le48(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_le64(struct net_buf_simple *buf);
uint16_t net_buf_simple_remove_be16(struct net_buf_simple *buf);
uint32_t net_buf_simple_remove_be24(struct net_buf_simple *buf);
uint32_t net_buf_simple_remove_be32(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_be40(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_be48(struct net_buf_simple *buf);
uint64_t net_buf_simple_remove_be64(struct net_buf_simple *buf);

/** What net_buf_simple_save() keeps. */
struct net_buf_simple_state {
	uint16_t offset;
	uint16_t len;
};

/** Remember where the content begins and how long it is. */
static inline void net_buf_simple_save(const struct net_buf_simple *buf,
				       struct net_buf_simple_state *state)
{
	state->offset = (uint16_t)net_buf_simple_headroom(buf);
	state->len = buf->len;
}

/** Undo what was pulled, pushed and added since net_buf_simple_save(). */
static inline void net_buf_simple_restore(struct net_buf_simple *buf,
					  const struct net_buf_simple_state *state)
{
	buf->data = buf->__buf + state->offset;
	buf->len = state->len;
}

struct net_buf_pool;

/** A buffer of a pool. */
struct net_buf {
	sys_snode_t node;      /**< For whoever owns the buffer: a list or queue. */
	struct net_buf *frags; /**< Next fragment, of which this one holds a reference. */
	struct net_buf_pool *pool;
	uint16_t ref;           /**< References; freed with the last. */
	uint8_t flags;          /**< NET_BUF_EXTERNAL_DATA. */
	uint8_t user_data_size; /**< Bytes at @ref user_data. */
	union {
		struct {
			uint8_t *data;  /**< First byte of the content. */
			uint16_t len;   /**< Bytes of content. */
			uint16_t size;  /**< Bytes of memory. */
			uint8_t *__buf; /**< First byte of the memory. */
		};
		struct net_buf_simple b; /**< The same, for the net_buf_simple calls. */
	};
	uint8_t user_data[] __aligned(sizeof(void *)); /**< The owner's. */
};

/** The data came with the buffer (net_buf_alloc_with_data()) and is not the pool's. */
#define NET_BUF_EXTERNAL_DATA BIT(0)

/** @cond private: where a pool's data comes from. */
struct net_buf_data_cb {
	/* size: wanted in, got out; NULL when there is none. */
	uint8_t *(*alloc)(struct net_buf *buf, size_t *size);
	/* One more user of the data; NULL: data cannot be shared. */
	uint8_t *(*ref)(struct net_buf *buf, uint8_t *data);
	/* One user less. NULL: nothing to do. */
	void (*unref)(struct net_buf *buf, uint8_t *data);
};
extern const struct net_buf_data_cb net_buf_fixed_cb;
extern const struct net_buf_data_cb net_buf_heap_cb;
extern const struct net_buf_data_cb net_buf_var_cb;
/** @endcond */

/** A pool. Statically defined, or set up in a struct by fav_net_buf_pool_init(). */
struct net_buf_pool {
	/** @cond private */
	struct net_buf *free_;
	struct fav_wait_q wait_q_;
	uint8_t *storage_;
	size_t stride_;
	const struct net_buf_data_cb *data_cb_;
	struct k_heap *heap_; /* net_buf_var_cb: where its data comes from */
	/** @endcond */
	uint16_t buf_count;     /**< Buffers there are. */
	uint16_t uninit_count;  /**< Of these, never used. */
	uint16_t avail_count;   /**< Of these, free now. */
	uint16_t max_used;      /**< Most that were in use at once. */
	uint16_t data_size;     /**< Bytes of each; 0: chosen by net_buf_alloc_len(). */
	uint8_t user_data_size; /**< Bytes of user data of each. */
	/** Called when the last reference goes; must end with net_buf_destroy(). NULL: just that.
	 */
	void (*destroy)(struct net_buf *buf);
	const char *name; /**< For messages; may be NULL. */
};

/** @cond private: buffers begin at multiples of this. */
#define FAV_NET_BUF_ALIGN 8U
#define FAV_NET_BUF_STRIDE_(data_size, ud_size)                          \
	(sizeof(struct net_buf) + ROUND_UP(ud_size, FAV_NET_BUF_ALIGN) + \
	 ROUND_UP(data_size, FAV_NET_BUF_ALIGN))
/** @endcond */

/** Bytes of storage that fav_net_buf_pool_init() needs; the storage is aligned to 8. */
#define FAV_NET_BUF_STORAGE_SIZE(count, data_size, ud_size) \
	((count)*FAV_NET_BUF_STRIDE_(data_size, ud_size))

/** A member of a struct: storage of a pool for fav_net_buf_pool_init(). */
#define FAV_NET_BUF_STORAGE(name, count, data_size, ud_size)                         \
	uint8_t name[FAV_NET_BUF_STORAGE_SIZE(count, data_size, ud_size)] __aligned( \
		FAV_NET_BUF_ALIGN)

/** @cond private */
#define FAV_NET_BUF_POOL_DEFINE_(_linkage, _name, _count, _inline_size, _data_size, _ud_size, \
				 _destroy, _cb, _heap)                                        \
	BUILD_ASSERT((_ud_size) <= UINT8_MAX && (_data_size) <= UINT16_MAX);                  \
	static FAV_NET_BUF_STORAGE(_name##_storage_, _count, _inline_size, _ud_size);         \
	_linkage struct net_buf_pool _name = {                                                \
		.storage_ = _name##_storage_,                                                 \
		.stride_ = FAV_NET_BUF_STRIDE_(_inline_size, _ud_size),                       \
		.data_cb_ = (_cb),                                                            \
		.heap_ = (_heap),                                                             \
		.buf_count = (_count),                                                        \
		.uninit_count = (_count),                                                     \
		.avail_count = (_count),                                                      \
		.data_size = (_data_size),                                                    \
		.user_data_size = (_ud_size),                                                 \
		.destroy = (_destroy),                                                        \
		.name = #_name,                                                               \
	}
/** @endcond */

/** A pool of @p _count buffers of @p _data_size bytes each. */
#define NET_BUF_POOL_FIXED_DEFINE(_name, _count, _data_size, _ud_size, _destroy)              \
	FAV_NET_BUF_POOL_DEFINE_(, _name, _count, _data_size, _data_size, _ud_size, _destroy, \
				 &net_buf_fixed_cb, NULL)
#define NET_BUF_POOL_FIXED_DEFINE_STATIC(_name, _count, _data_size, _ud_size, _destroy)   \
	FAV_NET_BUF_POOL_DEFINE_(static, _name, _count, _data_size, _data_size, _ud_size, \
				 _destroy, &net_buf_fixed_cb, NULL)
#define NET_BUF_POOL_DEFINE(_name, _count, _size, _ud_size, _destroy) \
	NET_BUF_POOL_FIXED_DEFINE(_name, _count, _size, _ud_size, _destroy)

/** A pool whose data is taken from k_malloc() with net_buf_alloc_len(). */
#define NET_BUF_POOL_HEAP_DEFINE(_name, _count, _ud_size, _destroy) \
	FAV_NET_BUF_POOL_DEFINE_(, _name, _count, 0, 0, _ud_size, _destroy, &net_buf_heap_cb, NULL)

/** A pool whose data is taken from a heap of @p _data_size bytes of its own with
 * net_buf_alloc_len().
 */
#define NET_BUF_POOL_VAR_DEFINE(_name, _count, _data_size, _ud_size, _destroy)               \
	K_HEAP_DEFINE_STATIC(_name##_heap_, _data_size);                                     \
	FAV_NET_BUF_POOL_DEFINE_(, _name, _count, 0, 0, _ud_size, _destroy, &net_buf_var_cb, \
				 &_name##_heap_)

/** Set up a pool of fixed buffers at run time; an extension: host instances own their pools.
 *
 * @param storage         Aligned to 8; the caller's, used until the pool is.
 * @param storage_len     Bytes there, at least FAV_NET_BUF_STORAGE_SIZE().
 * @param count           Buffers, from 1.
 * @param data_size       Bytes of each, to 65535.
 * @param user_data_size  Bytes of user data of each, to 255.
 * @param destroy         See struct net_buf_pool; may be NULL.
 * @retval 0        Set up, all free.
 * @retval -EINVAL  A number is out of range, or @p storage is not aligned.
 * @retval -ENOMEM  @p storage_len is too small.
 */
__must_check int fav_net_buf_pool_init(struct net_buf_pool *pool, void *storage, size_t storage_len,
				       uint16_t count, size_t data_size, size_t user_data_size,
				       void (*destroy)(struct net_buf *buf));

/** @return Buffers of @p pool that are free. */
static inline uint16_t fav_net_buf_pool_free(const struct net_buf_pool *pool)
{
	return pool->avail_count;
}

/** @return Buffers of @p pool that are in use; 0 when nothing leaked. */
static inline uint16_t fav_net_buf_pool_used(const struct net_buf_pool *pool)
{
	return (uint16_t)(pool->buf_count - pool->avail_count);
}

/** @return The index of @p buf in its pool, from 0. */
int net_buf_id(const struct net_buf *buf);

/** Take a buffer of the pool's size, with one reference and empty.
 * @param timeout  How long to wait for one.
 * @return NULL when there was none in time, the pool has no fixed size, fault injection, or it
 *         cannot wait here (zephyr/kernel.h).
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
struct net_buf *net_buf_alloc_fixed(struct net_buf_pool *pool, k_timeout_t timeout);

/** net_buf_alloc_fixed() under its usual name. */
static inline struct net_buf *net_buf_alloc(struct net_buf_pool *pool, k_timeout_t timeout)
{
	return net_buf_alloc_fixed(pool, timeout);
}

/** The same with at least @p size bytes of data, on every kind of pool. Waits for a buffer, not for
 * memory of a heap.
 */
struct net_buf *net_buf_alloc_len(struct net_buf_pool *pool, size_t size, k_timeout_t timeout);

/** The same with the @p size bytes at @p data as its full data, which must outlive the buffer. */
struct net_buf *net_buf_alloc_with_data(struct net_buf_pool *pool, void *data, size_t size,
					k_timeout_t timeout);

/** Give up a reference to @p buf. With the last one its destroy function runs, the buffer goes back
 * to its pool, and the reference it held on its fragment is given up in turn.
 */
void net_buf_unref(struct net_buf *buf);

/** Give @p buf back to its pool: how a pool's destroy function ends. */
void net_buf_destroy(struct net_buf *buf);

/** Take one more reference. @return @p buf. */
struct net_buf *net_buf_ref(struct net_buf *buf);

/** Make a buffer of the same pool with the same content and user data: one that shares the data
 * where the pool allows it (heap, var, external), else a copy. Fragments are not followed.
 * @return NULL as net_buf_alloc_len().
 */
struct net_buf *net_buf_clone(struct net_buf *buf, k_timeout_t timeout);

/** Empty @p buf, which has no fragments, without headroom. */
void net_buf_reset(struct net_buf *buf);

/** @return The user data. */
static inline void *net_buf_user_data(const struct net_buf *buf)
{
	return (void *)buf->user_data;
}

/** Copy the user data of @p src.
 * @retval 0        Copied.
 * @retval -EINVAL  @p dst or @p src is NULL, or @p dst has room for less.
 */
int net_buf_user_data_copy(struct net_buf *dst, const struct net_buf *src);

/** Give the empty @p buf headroom of @p reserve bytes. */
static inline void net_buf_reserve(struct net_buf *buf, size_t reserve)
{
	net_buf_simple_reserve(&buf->b, reserve);
}

static inline void *net_buf_add(struct net_buf *buf, size_t len)
{
	return net_buf_simple_add(&buf->b, len);
}

static inline void *net_buf_add_mem(struct net_buf *buf, const void *mem, size_t len)
{
	return net_buf_simple_add_mem(&buf->b, mem, len);
}

static inline uint8_t *net_buf_add_u8(struct net_buf *buf, uint8_t val)
{
	return net_buf_simple_add_u8(&buf->b, val);
}

static inline void *net_buf_push(struct net_buf *buf, size_t len)
{
	return net_buf_simple_push(&buf->b, len);
}

static inline void *net_buf_push_mem(struct net_buf *buf, const void *mem, size_t len)
{
	return net_buf_simple_push_mem(&buf->b, mem, len);
}

static inline void net_buf_push_u8(struct net_buf *buf, uint8_t val)
{
	net_buf_simple_push_u8(&buf->b, val);
}

static inline void *net_buf_pull(struct net_buf *buf, size_t len)
{
	return net_buf_simple_pull(&buf->b, len);
}

static inline void *net_buf_pull_mem(struct net_buf *buf, size_t len)
{
	return net_buf_simple_pull_mem(&buf->b, len);
}

static inline uint8_t net_buf_pull_u8(struct net_buf *buf)
{
	return net_buf_simple_pull_u8(&buf->b);
}

static inline void *net_buf_remove_mem(struct net_buf *buf, size_t len)
{
	return net_buf_simple_remove_mem(&buf->b, len);
}

static inline uint8_t net_buf_remove_u8(struct net_buf *buf)
{
	return net_buf_simple_remove_u8(&buf->b);
}

static inline size_t net_buf_tailroom(const struct net_buf *buf)
{
	return net_buf_simple_tailroom(&buf->b);
}

static inline size_t net_buf_headroom(const struct net_buf *buf)
{
	return net_buf_simple_headroom(&buf->b);
}

static inline uint16_t net_buf_max_len(const struct net_buf *buf)
{
	return net_buf_simple_max_len(&buf->b);
}

static inline uint8_t *net_buf_tail(const struct net_buf *buf)
{
	return net_buf_simple_tail(&buf->b);
}

/** Add a value of 16 to 64 bits, in either byte order, at the end. */
static inline void net_buf_add_le16(struct net_buf *buf, uint16_t val)
{
	net_buf_simple_add_le16(&buf->b, val);
}

static inline void net_buf_add_le24(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_add_le24(&buf->b, val);
}

static inline void net_buf_add_le32(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_add_le32(&buf->b, val);
}

static inline void net_buf_add_le40(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_le40(&buf->b, val);
}

static inline void net_buf_add_le48(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_le48(&buf->b, val);
}

static inline void net_buf_add_le64(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_le64(&buf->b, val);
}

static inline void net_buf_add_be16(struct net_buf *buf, uint16_t val)
{
	net_buf_simple_add_be16(&buf->b, val);
}

static inline void net_buf_add_be24(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_add_be24(&buf->b, val);
}

static inline void net_buf_add_be32(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_add_be32(&buf->b, val);
}

static inline void net_buf_add_be40(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_be40(&buf->b, val);
}

static inline void net_buf_add_be48(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_be48(&buf->b, val);
}

static inline void net_buf_add_be64(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_add_be64(&buf->b, val);
}

/** Put a value in front. */
static inline void net_buf_push_le16(struct net_buf *buf, uint16_t val)
{
	net_buf_simple_push_le16(&buf->b, val);
}

static inline void net_buf_push_le24(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_push_le24(&buf->b, val);
}

static inline void net_buf_push_le32(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_push_le32(&buf->b, val);
}

static inline void net_buf_push_le40(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_le40(&buf->b, val);
}

static inline void net_buf_push_le48(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_le48(&buf->b, val);
}

static inline void net_buf_push_le64(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_le64(&buf->b, val);
}

static inline void net_buf_push_be16(struct net_buf *buf, uint16_t val)
{
	net_buf_simple_push_be16(&buf->b, val);
}

static inline void net_buf_push_be24(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_push_be24(&buf->b, val);
}

static inline void net_buf_push_be32(struct net_buf *buf, uint32_t val)
{
	net_buf_simple_push_be32(&buf->b, val);
}

static inline void net_buf_push_be40(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_be40(&buf->b, val);
}

static inline void net_buf_push_be48(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_be48(&buf->b, val);
}

static inline void net_buf_push_be64(struct net_buf *buf, uint64_t val)
{
	net_buf_simple_push_be64(&buf->b, val);
}

/** Take a value from the front. */
static inline uint16_t net_buf_pull_le16(struct net_buf *buf)
{
	return net_buf_simple_pull_le16(&buf->b);
}

static inline uint32_t net_buf_pull_le24(struct net_buf *buf)
{
	return net_buf_simple_pull_le24(&buf->b);
}

static inline uint32_t net_buf_pull_le32(struct net_buf *buf)
{
	return net_buf_simple_pull_le32(&buf->b);
}

static inline uint64_t net_buf_pull_le40(struct net_buf *buf)
{
	return net_buf_simple_pull_le40(&buf->b);
}

static inline uint64_t net_buf_pull_le48(struct net_buf *buf)
{
	return net_buf_simple_pull_le48(&buf->b);
}

static inline uint64_t net_buf_pull_le64(struct net_buf *buf)
{
	return net_buf_simple_pull_le64(&buf->b);
}

static inline uint16_t net_buf_pull_be16(struct net_buf *buf)
{
	return net_buf_simple_pull_be16(&buf->b);
}

static inline uint32_t net_buf_pull_be24(struct net_buf *buf)
{
	return net_buf_simple_pull_be24(&buf->b);
}

static inline uint32_t net_buf_pull_be32(struct net_buf *buf)
{
	return net_buf_simple_pull_be32(&buf->b);
}

static inline uint64_t net_buf_pull_be40(struct net_buf *buf)
{
	return net_buf_simple_pull_be40(&buf->b);
}

static inline uint64_t net_buf_pull_be48(struct net_buf *buf)
{
	return net_buf_simple_pull_be48(&buf->b);
}

static inline uint64_t net_buf_pull_be64(struct net_buf *buf)
{
	return net_buf_simple_pull_be64(&buf->b);
}

/** Take a value from the end. */
static inline uint16_t net_buf_remove_le16(struct net_buf *buf)
{
	return net_buf_simple_remove_le16(&buf->b);
}

static inline uint32_t net_buf_remove_le24(struct net_buf *buf)
{
	return net_buf_simple_remove_le24(&buf->b);
}

static inline uint32_t net_buf_remove_le32(struct net_buf *buf)
{
	return net_buf_simple_remove_le32(&buf->b);
}

static inline uint64_t net_buf_remove_le40(struct net_buf *buf)
{
	return net_buf_simple_remove_le40(&buf->b);
}

static inline uint64_t net_buf_remove_le48(struct net_buf *buf)
{
	return net_buf_simple_remove_le48(&buf->b);
}

static inline uint64_t net_buf_remove_le64(struct net_buf *buf)
{
	return net_buf_simple_remove_le64(&buf->b);
}

static inline uint16_t net_buf_remove_be16(struct net_buf *buf)
{
	return net_buf_simple_remove_be16(&buf->b);
}

static inline uint32_t net_buf_remove_be24(struct net_buf *buf)
{
	return net_buf_simple_remove_be24(&buf->b);
}

static inline uint32_t net_buf_remove_be32(struct net_buf *buf)
{
	return net_buf_simple_remove_be32(&buf->b);
}

static inline uint64_t net_buf_remove_be40(struct net_buf *buf)
{
	return net_buf_simple_remove_be40(&buf->b);
}

static inline uint64_t net_buf_remove_be48(struct net_buf *buf)
{
	return net_buf_simple_remove_be48(&buf->b);
}

static inline uint64_t net_buf_remove_be64(struct net_buf *buf)
{
	return net_buf_simple_remove_be64(&buf->b);
}

/** Put @p buf last in @p list, with the reference the caller had. */
static inline void net_buf_slist_put(sys_slist_t *list, struct net_buf *buf)
{
	sys_slist_append(list, &buf->node);
}

/** Take the first of @p list with its reference. @return NULL when empty. */
static inline struct net_buf *net_buf_slist_get(sys_slist_t *list)
{
	sys_snode_t *node = sys_slist_get(list);

	return node != NULL ? CONTAINER_OF(node, struct net_buf, node) : NULL;
}

/** Put @p buf last in @p fifo, with the reference the caller had. */
static inline void net_buf_put(struct k_fifo *fifo, struct net_buf *buf)
{
	k_fifo_put(fifo, buf);
}

/** Take the first of @p fifo with its reference, waiting as k_fifo_get(). */
static inline struct net_buf *net_buf_get(struct k_fifo *fifo, k_timeout_t timeout)
{
	return k_fifo_get(fifo, timeout);
}

/** @return The last fragment of the chain; @p frags itself when it has none. */
struct net_buf *net_buf_frag_last(struct net_buf *frags);

/** Insert the chain @p frag behind @p parent, which takes over the caller's reference. */
void net_buf_frag_insert(struct net_buf *parent, struct net_buf *frag);

/** Append the chain @p frag to @p head, which takes over the caller's reference.
 * @param head  NULL: @p frag becomes the head.
 * @return The head of the chain.
 */
struct net_buf *net_buf_frag_add(struct net_buf *head, struct net_buf *frag);

/** Unlink and unref @p frag.
 * @param parent  The fragment before; NULL: @p frag is the head.
 * @return The fragment after it; NULL when there is none.
 */
struct net_buf *net_buf_frag_del(struct net_buf *parent, struct net_buf *frag);

/** @return Bytes of content in the whole chain. */
static inline size_t net_buf_frags_len(const struct net_buf *buf)
{
	size_t bytes = 0;

	for (; buf != NULL; buf = buf->frags) {
		bytes += buf->len;
	}
	return bytes;
}

/** Copy up to @p len bytes of the chain @p src, from @p offset on, to @p dst of @p dst_len bytes.
 * @return Bytes copied.
 */
size_t net_buf_linearize(void *dst, size_t dst_len, const struct net_buf *src, size_t offset,
			 size_t len);

/** Supplies a fragment of at least one byte, up to @p size; NULL when there is none. */
typedef struct net_buf *(*net_buf_allocator_cb)(k_timeout_t timeout, void *user_data, size_t size);

/** Append @p len bytes to the chain, in new fragments where the last is full.
 * @param allocate_cb  NULL: from the pool of the last fragment.
 * @return Bytes appended; fewer than @p len when no fragment was to be had.
 */
size_t net_buf_append_bytes(struct net_buf *buf, size_t len, const void *value, k_timeout_t timeout,
			    net_buf_allocator_cb allocate_cb, void *user_data);

/** Take @p len bytes from the front of the chain, freeing fragments that become empty.
 * @return What is left of the chain; NULL when nothing is.
 */
struct net_buf *net_buf_skip(struct net_buf *buf, size_t len);

/** @return How many bytes of the chain, from @p offset on, are the same as those at @p data. */
size_t net_buf_data_match(const struct net_buf *buf, size_t offset, const void *data, size_t len);

#endif
