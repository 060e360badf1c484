/* SPDX-License-Identifier: Apache-2.0 */
#include "deadlines.h"

static void run_at(struct deadlines *deadlines, uint64_t at_us)
{
	if (at_us < deadlines->next_us) {
		deadlines->next_us = at_us;
		k_work_reschedule(&deadlines->work, at_us > (uint64_t)k_uptime_ticks()
							    ? K_TIMEOUT_ABS_US(at_us)
							    : K_NO_WAIT);
	}
}

void deadlines__init(struct deadlines *deadlines, k_work_handler_t handler)
{
	k_work_init_delayable(&deadlines->work, handler);
	deadlines->next_us = UINT64_MAX;
}

void deadlines__stop(struct deadlines *deadlines)
{
	k_work_cancel_delayable(&deadlines->work);
	deadlines->next_us = UINT64_MAX;
}

void deadlines__set(struct deadlines *deadlines, deadline_t *deadline, uint32_t from_now_ms)
{
	uint64_t at_us = (uint64_t)k_uptime_ticks() + (uint64_t)from_now_ms * USEC_PER_MSEC;

	*deadline = at_us + 1;
	run_at(deadlines, at_us);
}

struct deadlines *deadlines__of(struct k_work *work)
{
	return CONTAINER_OF(k_work_delayable_from_work(work), struct deadlines, work);
}

void deadlines__begin(struct deadlines *deadlines)
{
	deadlines->next_us = UINT64_MAX;
	deadlines->now_us = (uint64_t)k_uptime_ticks();
}

bool deadlines__over(struct deadlines *deadlines, deadline_t *deadline)
{
	if (*deadline == 0) {
		return false;
	}
	if (*deadline - 1 <= deadlines->now_us) {
		*deadline = 0;
		return true;
	}
	run_at(deadlines, *deadline - 1);
	return false;
}
