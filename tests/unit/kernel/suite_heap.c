/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <favonius/sim.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/sys_heap.h>

#define BLOCKS 100
#define STEPS  20000

static uint8_t memory[16384] __aligned(16);

struct block {
	uint8_t *mem;
	size_t len;
	uint8_t fill;
};

static void check(const struct block *b)
{
	assert_true(util_memeq(b->mem, b->fill, b->len));
}

static void fill(struct block *b, void *mem, size_t len)
{
	b->mem = mem;
	b->len = len;
	b->fill = sys_rand8_get();
	memset(mem, b->fill, len);
}

static size_t random_len(void)
{
	size_t len = 1 + sys_rand32_get() % 40;

	return sys_rand8_get() % 8 == 0 ? len * 20 : len;
}

static void step_of(struct sys_heap *heap, struct block *b)
{
	size_t len = random_len(), align = (size_t)1 << sys_rand8_get() % 9;
	uint8_t *mem;

	if (b->mem == NULL) {
		mem = sys_heap_aligned_alloc(heap, align, len);
		if (mem != NULL) {
			assert_int_equal((uintptr_t)mem % MAX(align, (size_t)16), 0);
			assert_true(sys_heap_usable_size(heap, mem) >= len);
			fill(b, mem, len);
		}
		return;
	}
	check(b);
	if (sys_rand8_get() % 2 == 0) {
		sys_heap_free(heap, b->mem);
		b->mem = NULL;
		return;
	}
	mem = sys_heap_realloc(heap, b->mem, len);
	if (mem != NULL) {
		assert_true(util_memeq(mem, b->fill, MIN(len, b->len)));
		fill(b, mem, len);
	}
}

static void random_use_keeps_the_heap_whole(void **state)
{
	struct block blocks[BLOCKS] = {0};
	struct sys_heap heap;
	void *most;

	fav_sim_reset(units_seed());
	sys_heap_init(&heap, memory + 3, sizeof(memory) - 3);
	most = sys_heap_alloc(&heap, sizeof(memory) - SYS_HEAP_OVERHEAD - 16);
	assert_non_null(most);
	sys_heap_free(&heap, most);
	for (int step = 0; step < STEPS; step++) {
		step_of(&heap, &blocks[sys_rand32_get() % BLOCKS]);
		if (step % 16 == 0) {
			assert_true(sys_heap_validate(&heap));
		}
	}
	for (int i = 0; i < BLOCKS; i++) {
		if (blocks[i].mem != NULL) {
			check(&blocks[i]);
			sys_heap_free(&heap, blocks[i].mem);
		}
	}
	assert_true(sys_heap_validate(&heap));
	assert_int_equal(sys_heap_used_blocks(&heap), 0);
	assert_int_equal(heap.used_bytes, 0);
	/* Everything has been joined again. */
	most = sys_heap_alloc(&heap, sizeof(memory) - SYS_HEAP_OVERHEAD - 16);
	assert_non_null(most);
	sys_heap_free(&heap, most);
}

static void a_heap_without_room_gives_nothing(void **state)
{
	struct sys_heap heap;

	for (size_t size = 0; size < 48; size++) {
		sys_heap_init(&heap, memory, size);
		assert_null(sys_heap_alloc(&heap, 1));
		assert_true(sys_heap_validate(&heap));
	}
	sys_heap_init(&heap, memory, 64);
	assert_non_null(sys_heap_alloc(&heap, 1));
}

static void nothing_or_too_much_is_refused(void **state)
{
	struct sys_heap heap;

	sys_heap_init(&heap, memory, sizeof(memory));
	assert_null(sys_heap_alloc(&heap, 0));
	assert_null(sys_heap_alloc(&heap, SIZE_MAX));
	assert_null(sys_heap_alloc(&heap, SIZE_MAX - 15));
	assert_null(sys_heap_aligned_alloc(&heap, 32, SIZE_MAX - 40));
	assert_null(sys_heap_realloc(&heap, NULL, 0));
	assert_true(sys_heap_validate(&heap));
}

static void freeing_twice_is_asserted(void **state)
{
	struct sys_heap heap;
	void *mem;

	sys_heap_init(&heap, memory, sizeof(memory));
	mem = sys_heap_alloc(&heap, 100);
	(void)sys_heap_alloc(&heap, 100);
	sys_heap_free(&heap, mem);
	expect_violation(sys_heap_free(&heap, mem));
}

static void shrinking_gives_memory_back(void **state)
{
	struct sys_heap heap;
	void *mem, *other;

	sys_heap_init(&heap, memory, sizeof(memory));
	mem = sys_heap_alloc(&heap, 12000);
	assert_null(sys_heap_alloc(&heap, 8000));
	assert_ptr_equal(sys_heap_realloc(&heap, mem, 100), mem);
	other = sys_heap_alloc(&heap, 8000);
	assert_non_null(other);
	/* It grows in place while there is room behind it, else it moves. */
	sys_heap_free(&heap, other);
	assert_ptr_equal(sys_heap_realloc(&heap, mem, 4000), mem);
	assert_true(sys_heap_validate(&heap));
}

static void damage_is_found(void **state)
{
	struct sys_heap heap;
	uint8_t *mem;

	sys_heap_init(&heap, memory, sizeof(memory));
	mem = sys_heap_alloc(&heap, 100);
	assert_true(sys_heap_validate(&heap));
	heap.used_bytes++;
	assert_false(sys_heap_validate(&heap));
	heap.used_bytes--;
	sys_heap_free(&heap, mem);
	assert_true(sys_heap_validate(&heap));
}

int suite_heap(void)
{
	const struct CMUnitTest tests[] = {
		units_test(random_use_keeps_the_heap_whole),
		units_test(a_heap_without_room_gives_nothing),
		units_test(nothing_or_too_much_is_refused),
		units_test(freeing_twice_is_asserted),
		units_test(shrinking_gives_memory_back),
		units_test(damage_is_found),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
