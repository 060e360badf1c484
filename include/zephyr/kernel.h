/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_H_
#define ZEPHYR_KERNEL_H_

/** @file
 * Zephyr's kernel, with CONFIG_MULTITHREADING off: one context, the loop (favonius/loop.h).
 *
 * What this means for every object here:
 *
 *  - "ISR" is the loop's interrupt level (handlers of timers, fav_timeout, fav_irq, descriptors);
 *    "thread" is main and work items. Foreign threads and hardware interrupts hand things over
 *    with fav_irq_raise() and call nothing else here.
 *  - A call that waits runs the loop meanwhile. In a work item, or under k_sched_lock(), it runs
 *    interrupt level alone; there K_FOREVER fails with -EDEADLK. At interrupt level a call that
 *    would wait fails with -EWOULDBLOCK. On the sim port a wait that nothing can end fails with
 *    -EDEADLK. Calls that return a pointer return NULL in these cases.
 *  - When two callers wait (main, and a work item that ran meanwhile), the work item is served
 *    first: it has the higher priority, as Zephyr's system work queue has.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include <zephyr/types.h>
#include <zephyr/toolchain.h>
#include <zephyr/sys/util.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/atomic.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/dlist.h>
#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/printk.h>

#include <zephyr/kernel/timeout.h>
#include <zephyr/kernel/sched.h>
#include <zephyr/kernel/work.h>
#include <zephyr/kernel/sync.h>
#include <zephyr/kernel/queue.h>
#include <zephyr/kernel/mem.h>
#include <zephyr/kernel/poll.h>

#endif
