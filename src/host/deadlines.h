/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_DEADLINES_H_
#define FAV_HOST_DEADLINES_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/kernel.h>

/*
 * Time limits that many objects have and that seldom run out, with one timer for all of them. Each
 * object has a deadline, of 8 bytes, in place of a work item with a timer of its own. To set one is
 * a store, unless it is before all others; to clear one is a store: the timer may then run for
 * nothing, and looks which is next.
 *
 * The work item's handler asks deadlines__over() of each object:
 *
 *     deadlines__begin(&layer->deadlines);
 *     for (each object) {
 *             if (deadlines__over(&layer->deadlines, &object->deadline_us)) { ... }
 *     }
 *
 * What is set while it runs is set as ever. All at thread level.
 */

/* When an object's time is over, by k_uptime_ticks(), and 1; 0: it has no limit. */
typedef uint64_t deadline_t;

struct deadlines {
	struct k_work_delayable work;
	uint64_t next_us; /* when the work runs; UINT64_MAX: it does not */
	uint64_t now_us;  /* while it runs: when it began */
};

void deadlines__init(struct deadlines *deadlines, k_work_handler_t handler);
/* No deadline counts any more until one is set. */
void deadlines__stop(struct deadlines *deadlines);
void deadlines__set(struct deadlines *deadlines, deadline_t *deadline, uint32_t from_now_ms);
static inline void deadlines__clear(deadline_t *deadline)
{
	*deadline = 0;
}
static inline bool deadlines__is_set(const deadline_t *deadline)
{
	return *deadline != 0;
}

/* For the handler. over: the time is over, and the deadline cleared. */
struct deadlines *deadlines__of(struct k_work *work);
void deadlines__begin(struct deadlines *deadlines);
bool deadlines__over(struct deadlines *deadlines, deadline_t *deadline);

#endif
