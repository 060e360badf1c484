/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "wait.h"

/* Reads of a clock that shows the same microsecond before it is taken to stand still. */
#define CLOCK_READS 10000

/* Sleep until the end of timeout. Returns the ticks that are left: 0, or K_TICKS_FOREVER. */
static k_ticks_t sleep_ticks(k_timeout_t timeout)
{
	struct fav_waiter waiter = {0};
	k_timepoint_t end = sys_timepoint_calc(timeout);

	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		k_yield();
		return 0;
	}
	return wait__on(NULL, &waiter, timeout) == -EAGAIN && waiter.woken
		       ? 0
		       : sys_timepoint_timeout(end).ticks;
}

int32_t k_sleep(k_timeout_t timeout)
{
	k_ticks_t left = sleep_ticks(timeout);

	if (left == K_TICKS_FOREVER) {
		return (int32_t)K_TICKS_FOREVER;
	}
	return (int32_t)MIN(k_ticks_to_ms_ceil64((uint64_t)left), (uint64_t)INT32_MAX);
}

int32_t k_usleep(int32_t us)
{
	/* Never more than us. */
	return (int32_t)sleep_ticks(K_USEC(us));
}

static bool has_passed(void *ctx)
{
	return sys_timepoint_expired(*(const k_timepoint_t *)ctx);
}

static void spin(k_timepoint_t end)
{
	uint64_t seen_us = fav_now_us();

	for (int reads = 0; !sys_timepoint_expired(end) && reads < CLOCK_READS; reads++) {
		uint64_t now_us = fav_now_us();

		if (now_us != seen_us) {
			seen_us = now_us;
			reads = 0;
		}
	}
}

static void nothing(struct fav_timeout *t)
{
}

void k_busy_wait(uint32_t usec_to_wait)
{
	k_timepoint_t end = sys_timepoint_calc(K_USEC(usec_to_wait));
	/* Gives the loop a deadline: it idles until there is something to run. */
	struct fav_timeout timeout = {.handler = nothing};

	if (k_is_in_isr()) {
		spin(end);
		return;
	}
	fav_timeout_start(&timeout, end.tick);
	(void)loop__until(false, has_passed, &end);
	fav_timeout_stop(&timeout);
}

void k_yield(void)
{
	if (k_is_in_isr()) {
		return;
	}
	if (loop__may_run_work()) {
		(void)fav_process();
	} else {
		loop__poll_sources();
		loop__interrupts();
	}
}

void k_sched_lock(void)
{
	kernel__root.sched_locks++;
}

void k_sched_unlock(void)
{
	__ASSERT(kernel__root.sched_locks > 0, "k_sched_unlock() without k_sched_lock()");
	kernel__root.sched_locks--;
}

bool k_is_in_isr(void)
{
	return kernel__root.in_isr;
}

unsigned int irq_lock(void)
{
	return kernel__port()->lock();
}

void irq_unlock(unsigned int key)
{
	kernel__port()->unlock(key);
}

void fav_panic(const char *what)
{
	kernel__port()->panic(what);
}
