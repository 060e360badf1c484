/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <zephyr/sys/__assert.h>
#include <zephyr/sys/sys_heap.h>
#include <zephyr/sys/util.h>

/*
 * The memory is a row of blocks, each a header and its payload, ended by a header of size 0 that
 * counts as used. Free blocks are in lists by class: class c holds blocks of 32 << c bytes to the
 * next power of two. No two neighbours are free. Allocation takes from the request's own class what
 * fits among its first few, else any block of the next class that has one, which always fits; the
 * rest of its own class is searched last.
 */

#define ALIGN     16U
#define USED      ((size_t)1)
#define MIN_BLOCK 32U
/* Blocks of the request's own class that are tried before a higher class is. */
#define OWN_TRIES 8

struct fav_heap_block {
	size_t size;                   /* bytes, header included, and USED */
	struct fav_heap_block *before; /* the neighbour at lower addresses; NULL for the first */
	/* The payload. While free it begins with the links of the class's list. */
	struct fav_heap_block *next __aligned(ALIGN);
	struct fav_heap_block *prev;
};

#define HEADER offsetof(struct fav_heap_block, next)
BUILD_ASSERT(HEADER == ALIGN && sizeof(struct fav_heap_block) <= MIN_BLOCK);

#ifdef __SANITIZE_ADDRESS__
void __asan_poison_memory_region(void const volatile *at, size_t size);
void __asan_unpoison_memory_region(void const volatile *at, size_t size);
#else
#define __asan_poison_memory_region(at, size)   ((void)(at), (void)(size))
#define __asan_unpoison_memory_region(at, size) ((void)(at), (void)(size))
#endif

static size_t size_of(const struct fav_heap_block *b)
{
	return b->size & ~USED;
}

static bool is_used(const struct fav_heap_block *b)
{
	return (b->size & USED) != 0;
}

static struct fav_heap_block *at_offset(struct fav_heap_block *b, size_t offset)
{
	return (struct fav_heap_block *)((char *)b + offset);
}

static struct fav_heap_block *after(struct fav_heap_block *b)
{
	return at_offset(b, size_of(b));
}

static void *payload(struct fav_heap_block *b)
{
	return (char *)b + HEADER;
}

static struct fav_heap_block *block_of(void *mem)
{
	return (struct fav_heap_block *)((char *)mem - HEADER);
}

static unsigned int class_of(size_t size)
{
	unsigned int log2 = (unsigned int)LOG2((unsigned long long)(size / MIN_BLOCK));

	return MIN(log2, SYS_HEAP_CLASSES - 1U);
}

static void list_add(struct sys_heap *heap, struct fav_heap_block *b)
{
	unsigned int class = class_of(size_of(b));

	__asan_unpoison_memory_region(payload(b), MIN_BLOCK - HEADER);
	b->prev = NULL;
	b->next = heap->free[class];
	if (b->next != NULL) {
		b->next->prev = b;
	}
	heap->free[class] = b;
	heap->classes |= (uint32_t)1 << class;
}

static void list_remove(struct sys_heap *heap, struct fav_heap_block *b)
{
	unsigned int class = class_of(size_of(b));

	if (b->prev != NULL) {
		b->prev->next = b->next;
	} else {
		heap->free[class] = b->next;
	}
	if (b->next != NULL) {
		b->next->prev = b->prev;
	}
	if (heap->free[class] == NULL) {
		heap->classes &= ~((uint32_t)1 << class);
	}
}

void sys_heap_init(struct sys_heap *heap, void *mem, size_t bytes)
{
	uintptr_t start = ROUND_UP((uintptr_t)mem, ALIGN);
	size_t lost = start - (uintptr_t)mem;
	size_t size = bytes > lost ? ROUND_DOWN(bytes - lost, ALIGN) : 0;

	memset(heap, 0, sizeof(*heap));
	if (size < MIN_BLOCK + HEADER) {
		return;
	}
	__asan_unpoison_memory_region(mem, bytes);
	heap->first = (struct fav_heap_block *)start;
	heap->first->size = size - HEADER;
	heap->first->before = NULL;
	heap->end = after(heap->first);
	heap->end->size = USED;
	heap->end->before = heap->first;
	list_add(heap, heap->first);
}

/* Bytes of the block for a request; 0 when it is 0 or too much for any heap. */
static size_t block_size(size_t bytes)
{
	if (bytes == 0 || bytes > SIZE_MAX / 2) {
		return 0;
	}
	return MAX(ROUND_UP(bytes, ALIGN) + HEADER, MIN_BLOCK);
}

static struct fav_heap_block *first_fit(struct fav_heap_block *b, size_t size, int tries)
{
	for (; b != NULL && tries != 0; b = b->next, tries--) {
		if (size_of(b) >= size) {
			return b;
		}
	}
	return NULL;
}

static struct fav_heap_block *find(struct sys_heap *heap, size_t size)
{
	unsigned int class = class_of(size);
	struct fav_heap_block *b = first_fit(heap->free[class], size, OWN_TRIES);
	uint32_t higher = heap->classes & ~(uint32_t)(((uint64_t)2 << class) - 1);

	if (b == NULL && higher != 0) {
		b = heap->free[__builtin_ctz(higher)];
	}
	return b != NULL ? b : first_fit(heap->free[class], size, -1);
}

/* Cut what b has beyond size off as a free block. b is in no list. */
static void trim(struct sys_heap *heap, struct fav_heap_block *b, size_t size)
{
	size_t rest = size_of(b) - size;
	struct fav_heap_block *cut, *behind;

	if (rest < MIN_BLOCK) {
		return;
	}
	behind = after(b);
	cut = at_offset(b, size);
	__asan_unpoison_memory_region(cut, HEADER);
	b->size = size | (b->size & USED);
	if (!is_used(behind)) {
		list_remove(heap, behind);
		rest += size_of(behind);
		behind = after(behind);
	}
	cut->size = rest;
	cut->before = b;
	behind->before = cut;
	list_add(heap, cut);
}

static void count_used(struct sys_heap *heap, size_t size)
{
	heap->used_bytes += size;
	heap->max_used_bytes = MAX(heap->max_used_bytes, heap->used_bytes);
}

static void *use(struct sys_heap *heap, struct fav_heap_block *b, size_t bytes)
{
	b->size |= USED;
	heap->used_blocks++;
	count_used(heap, size_of(b));
	__asan_poison_memory_region(payload(b), size_of(b) - HEADER);
	__asan_unpoison_memory_region(payload(b), bytes);
	return payload(b);
}

void *sys_heap_alloc(struct sys_heap *heap, size_t bytes)
{
	size_t size = block_size(bytes);
	struct fav_heap_block *b = size > 0 ? find(heap, size) : NULL;

	if (b == NULL) {
		return NULL;
	}
	list_remove(heap, b);
	trim(heap, b, size);
	return use(heap, b, bytes);
}

void *sys_heap_aligned_alloc(struct sys_heap *heap, size_t align, size_t bytes)
{
	size_t size = block_size(bytes);
	struct fav_heap_block *b, *aligned;
	uintptr_t at;

	__ASSERT((align & (align - 1)) == 0, "alignment %zu is no power of two", align);
	if (align <= ALIGN) {
		return sys_heap_alloc(heap, bytes);
	}
	/* With room for the worst gap in front, which must hold a block of its own. */
	if (size == 0 || align > SIZE_MAX / 4) {
		return NULL;
	}
	b = find(heap, size + align + MIN_BLOCK);
	if (b == NULL) {
		return NULL;
	}
	list_remove(heap, b);
	at = ROUND_UP((uintptr_t)payload(b), align);
	while (at != (uintptr_t)payload(b) && at - (uintptr_t)payload(b) < MIN_BLOCK) {
		at += align;
	}
	aligned = block_of((void *)at);
	if (aligned != b) {
		size_t gap = (size_t)((char *)aligned - (char *)b);

		__asan_unpoison_memory_region(aligned, HEADER);
		aligned->size = size_of(b) - gap;
		aligned->before = b;
		after(aligned)->before = aligned;
		b->size = gap;
		list_add(heap, b);
	}
	trim(heap, aligned, size);
	return use(heap, aligned, bytes);
}

void sys_heap_free(struct sys_heap *heap, void *mem)
{
	struct fav_heap_block *b, *neighbour;

	if (mem == NULL) {
		return;
	}
	b = block_of(mem);
	__ASSERT(b >= heap->first && b < heap->end && is_used(b) && after(b)->before == b,
		 "%p is not allocated", mem);
	__asan_poison_memory_region(mem, size_of(b) - HEADER);
	heap->used_blocks--;
	heap->used_bytes -= size_of(b);
	b->size &= ~USED;
	neighbour = after(b);
	if (!is_used(neighbour)) {
		list_remove(heap, neighbour);
		b->size += size_of(neighbour);
	}
	neighbour = b->before;
	if (neighbour != NULL && !is_used(neighbour)) {
		list_remove(heap, neighbour);
		neighbour->size += size_of(b);
		b = neighbour;
	}
	after(b)->before = b;
	list_add(heap, b);
}

/* Make the used block b, of which bytes are to be used, size long where it is. */
static bool resize_in_place(struct sys_heap *heap, struct fav_heap_block *b, size_t size)
{
	struct fav_heap_block *behind = after(b);
	size_t had = size_of(b);

	if (had < size) {
		if (is_used(behind) || had + size_of(behind) < size) {
			return false;
		}
		list_remove(heap, behind);
		b->size += size_of(behind);
		after(b)->before = b;
	}
	trim(heap, b, size);
	heap->used_bytes -= had;
	count_used(heap, size_of(b));
	return true;
}

void *sys_heap_realloc(struct sys_heap *heap, void *ptr, size_t bytes)
{
	size_t size = block_size(bytes);
	struct fav_heap_block *b;
	void *moved;

	if (ptr == NULL) {
		return sys_heap_alloc(heap, bytes);
	}
	if (bytes == 0) {
		sys_heap_free(heap, ptr);
		return NULL;
	}
	b = block_of(ptr);
	if (size > 0 && resize_in_place(heap, b, size)) {
		__asan_poison_memory_region(ptr, size_of(b) - HEADER);
		__asan_unpoison_memory_region(ptr, bytes);
		return ptr;
	}
	moved = sys_heap_alloc(heap, bytes);
	if (moved != NULL) {
		/* All that the old block holds: how much of it was asked for is not known. */
		__asan_unpoison_memory_region(ptr, size_of(b) - HEADER);
		memcpy(moved, ptr, size_of(b) - HEADER);
		sys_heap_free(heap, ptr);
	}
	return moved;
}

size_t sys_heap_usable_size(struct sys_heap *heap, void *mem)
{
	return size_of(block_of(mem)) - HEADER;
}

static bool is_listed(const struct sys_heap *heap, const struct fav_heap_block *b)
{
	const struct fav_heap_block *at = heap->free[class_of(size_of(b))];

	while (at != NULL && at != b) {
		at = at->next;
	}
	return at == b;
}

bool sys_heap_validate(struct sys_heap *heap)
{
	struct fav_heap_block *before = NULL;
	uint32_t used_blocks = 0, free_blocks = 0;
	size_t used_bytes = 0;

	for (struct fav_heap_block *b = heap->first; b != NULL && b != heap->end; b = after(b)) {
		bool both_free = before != NULL && !is_used(before) && !is_used(b);

		if (b->before != before || both_free || size_of(b) < MIN_BLOCK ||
		    size_of(b) > (size_t)((char *)heap->end - (char *)b) ||
		    (!is_used(b) && !is_listed(heap, b))) {
			return false;
		}
		used_blocks += is_used(b);
		free_blocks += !is_used(b);
		used_bytes += is_used(b) ? size_of(b) : 0;
		before = b;
	}
	for (unsigned int class = 0; class < SYS_HEAP_CLASSES; class ++) {
		if ((heap->free[class] != NULL) != (heap->classes >> class & 1)) {
			return false;
		}
		for (struct fav_heap_block *b = heap->free[class]; b != NULL; b = b->next) {
			free_blocks--;
		}
	}
	return (heap->end == NULL || heap->end->before == before) && free_blocks == 0 &&
	       used_blocks == heap->used_blocks && used_bytes == heap->used_bytes;
}
