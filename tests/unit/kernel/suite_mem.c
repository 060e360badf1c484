/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <favonius/fault.h>

K_MEM_SLAB_DEFINE_STATIC(slab, 32, 3, 8);
K_HEAP_DEFINE_STATIC(heap, 1024);

static void *held;

static void free_held(struct k_work *work)
{
	k_mem_slab_free(&slab, held);
}

static void slab_hands_out_its_blocks(void **state)
{
	void *blocks[3], *none;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(k_mem_slab_alloc(&slab, &blocks[i], K_NO_WAIT), 0);
		memset(blocks[i], i, 32);
	}
	assert_int_equal(k_mem_slab_alloc(&slab, &none, K_NO_WAIT), -ENOMEM);
	assert_null(none);
	assert_int_equal(k_mem_slab_num_free_get(&slab), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(util_memeq(blocks[i], (uint8_t)i, 32));
		k_mem_slab_free(&slab, blocks[i]);
	}
	assert_int_equal(k_mem_slab_num_used_get(&slab), 0);
	assert_int_equal(k_mem_slab_max_used_get(&slab), 3);
}

static void slab_gives_a_freed_block_to_who_waits(void **state)
{
	struct sys_memory_stats stats;
	void *blocks[3], *block;
	struct k_work work;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(k_mem_slab_alloc(&slab, &blocks[i], K_NO_WAIT), 0);
	}
	assert_int_equal(k_mem_slab_alloc(&slab, &block, K_MSEC(1)), -EAGAIN);
	held = blocks[1];
	k_work_init(&work, free_held);
	k_work_submit(&work);
	assert_int_equal(k_mem_slab_alloc(&slab, &block, K_FOREVER), 0);
	assert_ptr_equal(block, held);
	for (int i = 0; i < 3; i++) {
		k_mem_slab_free(&slab, blocks[i]);
	}
	assert_int_equal(k_mem_slab_runtime_stats_get(&slab, &stats), 0);
	assert_int_equal(stats.free_bytes, 96);
	assert_int_equal(k_mem_slab_runtime_stats_get(NULL, &stats), -EINVAL);
}

static void slab_init_checks_its_arguments(void **state)
{
	uint64_t memory[8];
	struct k_mem_slab own;
	void *block;

	assert_int_equal(k_mem_slab_init(&own, memory, 12, 2), -EINVAL);
	assert_int_equal(k_mem_slab_init(&own, (char *)memory + 1, 16, 2), -EINVAL);
	assert_int_equal(k_mem_slab_init(&own, memory, 0, 2), -EINVAL);
	assert_int_equal(k_mem_slab_init(&own, memory, 32, 2), 0);
	assert_int_equal(k_mem_slab_alloc(&own, &block, K_NO_WAIT), 0);
	k_mem_slab_free(&own, block);
}

static void malloc_is_aligned_and_freed(void **state)
{
	void *a = k_malloc(1), *b = k_calloc(3, 5), *c = k_aligned_alloc(256, 20);

	assert_int_equal((uintptr_t)a % 16, 0);
	assert_int_equal((uintptr_t)b % 16, 0);
	assert_int_equal((uintptr_t)c % 256, 0);
	assert_true(util_memeq(b, 0, 15));
	a = k_realloc(a, 1000);
	assert_non_null(a);
	assert_null(k_realloc(a, 0));
	assert_null(k_malloc(0));
	assert_null(k_malloc(SIZE_MAX));
	assert_null(k_malloc(CONFIG_HEAP_MEM_POOL_SIZE + 1000));
	assert_null(k_calloc(SIZE_MAX / 2, 3));
	k_free(b);
	k_free(c);
	k_free(NULL);
}

static void the_whole_heap_can_be_had(void **state)
{
	void *all = k_malloc(CONFIG_HEAP_MEM_POOL_SIZE);

	assert_non_null(all);
	k_free(all);
}

static void free_heap_block(struct k_work *work)
{
	k_heap_free(&heap, held);
}

static void heap_gives_freed_memory_to_who_waits(void **state)
{
	uint64_t start_us = fav_now_us();
	struct k_work work;
	void *mem;

	held = k_heap_alloc(&heap, 800, K_NO_WAIT);
	assert_non_null(held);
	assert_null(k_heap_alloc(&heap, 800, K_NO_WAIT));
	assert_null(k_heap_alloc(&heap, 800, K_MSEC(1)));
	bench_assert_elapsed(start_us, 1000);
	k_work_init(&work, free_heap_block);
	k_work_submit(&work);
	mem = k_heap_aligned_alloc(&heap, 64, 800, K_FOREVER);
	assert_int_equal((uintptr_t)mem % 64, 0);
	k_heap_free(&heap, mem);
	mem = k_heap_calloc(&heap, 10, 10, K_NO_WAIT);
	assert_true(util_memeq(mem, 0, 100));
	mem = k_heap_realloc(&heap, mem, 900, K_NO_WAIT);
	assert_non_null(mem);
	assert_null(k_heap_realloc(&heap, mem, 2000, K_NO_WAIT));
	k_heap_free(&heap, mem);
	assert_int_equal(sys_heap_used_blocks(&heap.heap), 0);
}

static void the_nth_allocation_fails(void **state)
{
	void *mem;

	fav_fault_alloc_at(2);
	mem = k_malloc(10);
	assert_non_null(mem);
	assert_null(k_malloc(10));
	k_free(mem);
	assert_int_equal(k_mem_slab_alloc(&slab, &mem, K_NO_WAIT), 0);
	k_mem_slab_free(&slab, mem);
	assert_int_equal(fav_fault_alloc_count(), 3);
	fav_fault_alloc_at(1);
	assert_int_equal(k_mem_slab_alloc(&slab, &mem, K_FOREVER), -ENOMEM);
	fav_fault_alloc_at(0);
	assert_int_equal(fav_fault_alloc_count(), 0);
	mem = k_malloc(10);
	assert_non_null(mem);
	k_free(mem);
}

int suite_mem(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(slab_hands_out_its_blocks),
		bench_test(slab_gives_a_freed_block_to_who_waits),
		bench_test(slab_init_checks_its_arguments),
		bench_test(malloc_is_aligned_and_freed),
		bench_test(the_whole_heap_can_be_had),
		bench_test(heap_gives_freed_memory_to_who_waits),
		bench_test(the_nth_allocation_fails),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
