/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_SYS_HEAP_H_
#define ZEPHYR_SYS_SYS_HEAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @file
 * The allocator under k_heap and k_malloc(): free blocks in classes by size, neighbours joined when
 * freed, alignment 16. Nothing is locked. Context: loop, both levels.
 */

/** Bytes of a heap's memory that are never handed out. */
#define SYS_HEAP_OVERHEAD 64

/** Classes of free blocks: powers of two. */
#define SYS_HEAP_CLASSES 32

struct fav_heap_block;

/** A heap over memory of the caller's. */
struct sys_heap {
	/** @cond private */
	struct fav_heap_block *first, *end;
	struct fav_heap_block *free[SYS_HEAP_CLASSES];
	uint32_t classes; /* bit n: free[n] is not empty */
	uint32_t used_blocks;
	size_t used_bytes, max_used_bytes;
	/** @endcond */
};

/** Make @p heap one over @p bytes at @p mem, of which it is the only user. Memory too small for any
 * block makes a heap from which nothing can be had.
 */
void sys_heap_init(struct sys_heap *heap, void *mem, size_t bytes);

/** @return @p bytes, aligned to 16; NULL when @p bytes is 0 or there are not that many in a row. */
void *sys_heap_alloc(struct sys_heap *heap, size_t bytes);

/** The same aligned to @p align, a power of two; 0 means 16. */
void *sys_heap_aligned_alloc(struct sys_heap *heap, size_t align, size_t bytes);

/** Change the size of @p ptr, which may move; NULL allocates, 0 bytes frees. On failure NULL, and
 * @p ptr stays.
 */
void *sys_heap_realloc(struct sys_heap *heap, void *ptr, size_t bytes);

/** Give @p mem back; NULL has no effect. Freeing twice, or what is not the heap's, is asserted. */
void sys_heap_free(struct sys_heap *heap, void *mem);

/** @return How many bytes of @p mem may be used: at least what was asked for. */
size_t sys_heap_usable_size(struct sys_heap *heap, void *mem);

/** Walk the whole heap and check its structure. @return false when it is damaged. */
bool sys_heap_validate(struct sys_heap *heap);

/** @return Blocks not yet freed. */
static inline uint32_t sys_heap_used_blocks(const struct sys_heap *heap)
{
	return heap->used_blocks;
}

#endif
