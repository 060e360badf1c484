/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#ifdef BENCH_POSIX
#include <favonius/posix.h>
#else
#include <favonius/sim.h>
#endif

bool bench_is_virtual(void)
{
#ifdef BENCH_POSIX
	return false;
#else
	return true;
#endif
}

int bench_setup(void **state)
{
#ifdef BENCH_POSIX
	assert_int_equal(fav_kernel_init(&fav_port_posix), 0);
#else
	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
#endif
	return 0;
}

int bench_teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_kernel_usage_get(&usage);
	if (usage.timeouts + usage.works + usage.irqs + usage.heap_blocks != 0) {
		fav_kernel_report();
		return -1;
	}
	return 0;
}

void bench_assert_elapsed(uint64_t start_us, uint64_t us)
{
	uint64_t elapsed_us = fav_now_us() - start_us;

	if (bench_is_virtual()) {
		assert_int_equal(elapsed_us, us);
	} else {
		assert_true(elapsed_us >= us);
	}
}

struct count {
	const int *count;
	int n;
};

static bool is_reached(void *ctx)
{
	const struct count *wanted = ctx;

	return *wanted->count >= wanted->n;
}

void bench_wait_for_count(const int *count, int n)
{
	struct count wanted = {.count = count, .n = n};

	assert_int_equal(fav_wait_for(is_reached, &wanted, K_SECONDS(30)), 0);
}

struct call {
	struct fav_timeout timeout;
	struct k_work work;
	void (*fn)(void *ctx);
	void *ctx;
	bool done;
};

static void call_from_timeout(struct fav_timeout *t)
{
	struct call *call = CONTAINER_OF(t, struct call, timeout);

	call->fn(call->ctx);
	call->done = true;
}

static void call_from_work(struct k_work *work)
{
	struct call *call = CONTAINER_OF(work, struct call, work);

	call->fn(call->ctx);
	call->done = true;
}

static bool is_done(void *ctx)
{
	return ((const struct call *)ctx)->done;
}

void bench_at_interrupt_level(void (*fn)(void *ctx), void *ctx)
{
	struct call call = {.timeout.handler = call_from_timeout, .fn = fn, .ctx = ctx};

	fav_timeout_start(&call.timeout, 0);
	assert_int_equal(fav_wait_for(is_done, &call, K_SECONDS(10)), 0);
}

void bench_in_work(void (*fn)(void *ctx), void *ctx)
{
	struct call call = {.fn = fn, .ctx = ctx};

	k_work_init(&call.work, call_from_work);
	assert_int_equal(k_work_submit(&call.work), 1);
	assert_int_equal(fav_wait_for(is_done, &call, K_SECONDS(10)), 0);
}
