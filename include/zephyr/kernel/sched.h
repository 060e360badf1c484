/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_SCHED_H_
#define ZEPHYR_KERNEL_SCHED_H_

#include <zephyr/kernel/timeout.h>

/** @file
 * Sleeping, the level that runs, and critical sections.
 */

/** Sleep.
 * @return 0 when @p timeout has passed; else the milliseconds that were left, rounded up: all of
 *         them at interrupt level, and -1 (K_TICKS_FOREVER) for a K_FOREVER that cannot be waited.
 * Context: thread, may wait.
 */
int32_t k_sleep(k_timeout_t timeout);

/** Sleep @p ms milliseconds. @return As k_sleep(). Context: thread, may wait. */
static inline int32_t k_msleep(int32_t ms)
{
	return k_sleep(K_MSEC(ms));
}

/** Sleep @p us microseconds.
 * @return 0; the microseconds that were left when it could not wait (interrupt level).
 * Context: thread, may wait.
 */
int32_t k_usleep(int32_t us);

/** Let @p usec_to_wait microseconds pass. Interrupt level runs meanwhile, work items do not; at
 * interrupt level it spins on the clock, and returns at once when the clock stands still while
 * code runs (sim port). Context: loop, both levels.
 */
void k_busy_wait(uint32_t usec_to_wait);

/** From main: run all that is due on both levels. From a work item: run interrupt level. At
 * interrupt level it has no effect. Never waits. Context: loop, both levels.
 */
void k_yield(void);

/** Let waits run interrupt level alone until k_sched_unlock(); nests. Context: thread. */
void k_sched_lock(void);

/** Undo one k_sched_lock(). Context: thread. */
void k_sched_unlock(void);

/** @return true at interrupt level. Context: loop, both levels. */
bool k_is_in_isr(void);

/** @return false: without threads nothing preempts thread level. */
static inline int k_is_preempt_thread(void)
{
	return 0;
}

static inline bool k_is_pre_kernel(void)
{
	return false;
}

/** Enter a critical section against hardware interrupts and foreign threads; nests.
 * @return The key for irq_unlock(). Context: any, including ISR and foreign threads.
 */
unsigned int irq_lock(void);

/** Leave the critical section of @p key. Context: as irq_lock(). */
void irq_unlock(unsigned int key);

/** A critical section with a name; on one context it is irq_lock(). */
struct k_spinlock {
	uint8_t unused_; /**< @cond private @endcond */
};

typedef struct {
	unsigned int key;
} k_spinlock_key_t;

/** Enter. Context: any. */
static inline k_spinlock_key_t k_spin_lock(struct k_spinlock *l)
{
	(void)l;
	return (k_spinlock_key_t){irq_lock()};
}

/** Leave. Context: any. */
static inline void k_spin_unlock(struct k_spinlock *l, k_spinlock_key_t key)
{
	(void)l;
	irq_unlock(key.key);
}

/** End the program: something that must not happen has happened. Context: any. */
FUNC_NORETURN void fav_panic(const char *what);

#define k_panic() fav_panic("k_panic")
#define k_oops()  fav_panic("k_oops")

#endif
