/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "wait.h"

/*
 * Free blocks are a list by their first word. Blocks that were never used are not in it: they are
 * the last `fresh` ones of the buffer, so that a statically defined slab needs no initialisation.
 */

int k_mem_slab_init(struct k_mem_slab *slab, void *buffer, size_t block_size, uint32_t num_blocks)
{
	if (block_size == 0 || (block_size | (uintptr_t)buffer) % sizeof(void *) != 0) {
		return -EINVAL;
	}
	*slab = (struct k_mem_slab)K_MEM_SLAB_INITIALIZER_(buffer, block_size, num_blocks);
	return 0;
}

static void *take(struct k_mem_slab *slab)
{
	void *block = slab->free_list;

	if (block != NULL) {
		slab->free_list = *(void **)block;
	} else if (slab->fresh > 0) {
		block = slab->buffer + (slab->num_blocks - slab->fresh) * slab->block_size;
		slab->fresh--;
	} else {
		return NULL;
	}
	slab->num_used++;
	slab->max_used = MAX(slab->max_used, slab->num_used);
	return block;
}

int k_mem_slab_alloc(struct k_mem_slab *slab, void **mem, k_timeout_t timeout)
{
	struct fav_waiter waiter = {0};
	int err;

	*mem = NULL;
	if (fault__alloc()) {
		return -ENOMEM;
	}
	*mem = take(slab);
	if (*mem != NULL) {
		return 0;
	}
	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		return -ENOMEM;
	}
	err = wait__on(&slab->wait_q_, &waiter, timeout);
	*mem = err == 0 ? waiter.data : NULL;
	return err;
}

void k_mem_slab_free(struct k_mem_slab *slab, void *mem)
{
	struct fav_waiter *waiter = wait__first(&slab->wait_q_);

	__ASSERT(slab->num_used > 0 && (char *)mem >= slab->buffer &&
			 (size_t)((char *)mem - slab->buffer) % slab->block_size == 0 &&
			 (size_t)((char *)mem - slab->buffer) / slab->block_size < slab->num_blocks,
		 "%p is no block of slab %p", mem, (void *)slab);
	if (waiter != NULL) {
		waiter->data = mem;
		wait__wake(waiter, 0);
		return;
	}
	*(void **)mem = slab->free_list;
	slab->free_list = mem;
	slab->num_used--;
}

int k_mem_slab_runtime_stats_get(struct k_mem_slab *slab, struct sys_memory_stats *stats)
{
	if (slab == NULL || stats == NULL) {
		return -EINVAL;
	}
	*stats = (struct sys_memory_stats){
		.free_bytes = k_mem_slab_num_free_get(slab) * slab->block_size,
		.allocated_bytes = slab->num_used * slab->block_size,
		.max_allocated_bytes = slab->max_used * slab->block_size,
	};
	return 0;
}
