/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_MEM_H_
#define ZEPHYR_KERNEL_MEM_H_

#include <zephyr/kernel/timeout.h>
#include <zephyr/sys/sys_heap.h>

/** @file
 * Memory: slabs of equal blocks, heaps, k_malloc(). Every allocation asks favonius/fault.h first.
 *
 * Context: loop, both levels, where nothing else is said.
 */

/** Blocks of one size; allocation and release are O(1). */
struct k_mem_slab {
	/** @cond private */
	struct fav_wait_q wait_q_;
	char *buffer;
	void *free_list;
	size_t block_size;
	uint32_t num_blocks;
	uint32_t fresh; /* blocks that were never used, at the end of buffer */
	uint32_t num_used;
	uint32_t max_used;
	/** @endcond */
};

#define K_MEM_SLAB_INITIALIZER_(block_memory, slab_block_size, slab_num_blocks) \
	{                                                                       \
		.buffer = (block_memory), .block_size = (slab_block_size),      \
		.num_blocks = (slab_num_blocks), .fresh = (slab_num_blocks),    \
	}
#define K_MEM_SLAB_DEFINE_IN_(linkage, name, slab_block_size, slab_num_blocks, slab_align)       \
	BUILD_ASSERT((slab_block_size) % sizeof(void *) == 0);                                   \
	static char name##_blocks_[(slab_num_blocks) * (slab_block_size)] __aligned(slab_align); \
	linkage struct k_mem_slab name =                                                         \
		K_MEM_SLAB_INITIALIZER_(name##_blocks_, slab_block_size, slab_num_blocks)
/** @param slab_block_size  Bytes, a multiple of sizeof(void *).
 *  @param slab_align       Bytes, a power of two, at least sizeof(void *).
 */
#define K_MEM_SLAB_DEFINE(name, slab_block_size, slab_num_blocks, slab_align) \
	K_MEM_SLAB_DEFINE_IN_(, name, slab_block_size, slab_num_blocks, slab_align)
#define K_MEM_SLAB_DEFINE_STATIC(name, slab_block_size, slab_num_blocks, slab_align) \
	K_MEM_SLAB_DEFINE_IN_(static, name, slab_block_size, slab_num_blocks, slab_align)

/** What k_mem_slab_runtime_stats_get() tells, bytes. */
struct sys_memory_stats {
	size_t free_bytes;
	size_t allocated_bytes;
	size_t max_allocated_bytes;
};

/** Make @p slab @p num_blocks free blocks of @p block_size bytes at @p buffer.
 * @retval 0        Made.
 * @retval -EINVAL  @p block_size or @p buffer is not a multiple of sizeof(void *), or 0.
 * Context: loop, both levels.
 */
int k_mem_slab_init(struct k_mem_slab *slab, void *buffer, size_t block_size, uint32_t num_blocks);

/** Take a block, waiting for one up to @p timeout.
 * @param mem  Receives its address; NULL when none is got.
 * @retval 0             Taken.
 * @retval -ENOMEM       K_NO_WAIT and there was none, or fault injection.
 * @retval -EAGAIN       @p timeout passed.
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      Nothing could end the wait; see zephyr/kernel.h.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int k_mem_slab_alloc(struct k_mem_slab *slab, void **mem, k_timeout_t timeout);

/** Give @p mem back: to who waits, or to the slab. Context: loop, both levels. */
void k_mem_slab_free(struct k_mem_slab *slab, void *mem);

/** @return Blocks that are in use, the most that were at once, blocks that are free. */
static inline uint32_t k_mem_slab_num_used_get(const struct k_mem_slab *slab)
{
	return slab->num_used;
}

static inline uint32_t k_mem_slab_max_used_get(const struct k_mem_slab *slab)
{
	return slab->max_used;
}

static inline uint32_t k_mem_slab_num_free_get(const struct k_mem_slab *slab)
{
	return slab->num_blocks - slab->num_used;
}

/** Read how much of @p slab is in use.
 * @retval 0        Read.
 * @retval -EINVAL  An argument is NULL.
 */
int k_mem_slab_runtime_stats_get(struct k_mem_slab *slab, struct sys_memory_stats *stats);

/** A heap of one's own. */
struct k_heap {
	/** @cond private */
	struct sys_heap heap;
	struct fav_wait_q wait_q_;
	void *memory; /* K_HEAP_DEFINE: becomes the heap when first used */
	size_t memory_size;
	/** @endcond */
};

#define K_HEAP_DEFINE_IN_(linkage, name, bytes)                                            \
	static char name##_memory_[ROUND_UP(bytes, 16) + SYS_HEAP_OVERHEAD] __aligned(16); \
	linkage struct k_heap name = {.memory = name##_memory_,                            \
				      .memory_size = sizeof(name##_memory_)}
#define K_HEAP_DEFINE(name, bytes)        K_HEAP_DEFINE_IN_(, name, bytes)
#define K_HEAP_DEFINE_STATIC(name, bytes) K_HEAP_DEFINE_IN_(static, name, bytes)

/** Make @p h the heap of @p bytes at @p mem. Context: loop, both levels. */
void k_heap_init(struct k_heap *h, void *mem, size_t bytes);

/** Take @p bytes, aligned to 16, waiting for them up to @p timeout.
 * @return NULL when there were none in time, @p bytes is 0, or it cannot wait here.
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
void *k_heap_alloc(struct k_heap *h, size_t bytes, k_timeout_t timeout);

/** The same aligned to @p align, a power of two. */
void *k_heap_aligned_alloc(struct k_heap *h, size_t align, size_t bytes, k_timeout_t timeout);

/** The same set to 0, @p num times @p size bytes. */
void *k_heap_calloc(struct k_heap *h, size_t num, size_t size, k_timeout_t timeout);

/** Change the size of @p ptr, which may move; NULL allocates. On failure @p ptr stays. */
void *k_heap_realloc(struct k_heap *h, void *ptr, size_t bytes, k_timeout_t timeout);

/** Give @p mem back; NULL has no effect. Context: loop, both levels. */
void k_heap_free(struct k_heap *h, void *mem);

/** Take @p size bytes of the system's heap (CONFIG_HEAP_MEM_POOL_SIZE), aligned to 16.
 * @return NULL when there are none, or @p size is 0. Never waits.
 * Context: loop, both levels.
 */
void *k_malloc(size_t size);

/** The same aligned to @p align, a power of two. */
void *k_aligned_alloc(size_t align, size_t size);

/** The same set to 0; NULL when @p nmemb * @p size overflows. */
void *k_calloc(size_t nmemb, size_t size);

/** Change the size of @p ptr, which may move; on failure it stays. @p size 0 frees: NULL. */
void *k_realloc(void *ptr, size_t size);

/** Give @p ptr back; NULL has no effect. Context: loop, both levels. */
void k_free(void *ptr);

#endif
