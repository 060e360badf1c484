/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_LOOP_H_
#define FAVONIUS_LOOP_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/port.h>
#include <zephyr/kernel.h>
#include <zephyr/kernel/timeout.h> /* struct fav_timeout and its calls */

/** @file
 * The loop: the one context in which everything runs when CONFIG_MULTITHREADING is off.
 *
 * It has two levels, which are what Zephyr's programs know as "ISR" and "thread":
 *
 *  - interrupt level: fav_timeout and k_timer handlers, fav_irq handlers, a port's event sources
 *    (file descriptors). They are short, never wait, and may run while something else waits.
 *    k_is_in_isr() is true there.
 *  - thread level: the program's main function and work items. Work items never nest.
 *
 * A call that waits (k_sleep(), k_sem_take(), an HCI command with a reply, ...) made
 *
 *  - from main, outside any work item: runs both levels while it waits, as other threads would.
 *  - from a work item, so from every bt_* callback, or under k_sched_lock(): runs the interrupt
 *    level alone. Everything else waits in order. With K_FOREVER it fails with -EDEADLK and a log
 *    line, because what would end the wait may be a work item that cannot run.
 *  - from interrupt level: never waits; it fails with -EWOULDBLOCK (K_NO_WAIT is allowed).
 */

/** Run all that is due on both levels, then return; never waits.
 *
 * Allowed from main only; from a work item or an interrupt-level handler it does nothing.
 *
 * @return The time of the next deadline, in microseconds on the port's clock; FAV_FOREVER_US when
 *         only an event can bring more work; the present time when work is left because new work
 *         kept arriving.
 * Context: main.
 */
uint64_t fav_process(void);

/** Wait until an event or a deadline, then run all that is due. One turn of a main loop.
 *
 * @param timeout  The longest wait; K_FOREVER has no limit.
 * @retval 0         Something may have run.
 * @retval -EAGAIN   @p timeout has passed.
 * @retval -EDEADLK  Nothing is pending and nothing can come (on the sim port).
 * @retval -EWOULDBLOCK  Not called from main: nothing has run.
 * Context: main.
 */
int fav_wait(k_timeout_t timeout);

/** Wait until @p done is true, running what the caller's level allows (see above).
 *
 * @param done     Asked before waiting and after everything that has run; must not wait.
 * @param ctx      Handed to @p done.
 * @param timeout  The longest wait; K_NO_WAIT asks once.
 * @retval 0             @p done was true.
 * @retval -EAGAIN       @p timeout has passed (K_NO_WAIT: at once).
 * @retval -EWOULDBLOCK  Would wait at interrupt level.
 * @retval -EDEADLK      K_FOREVER in a work item or under k_sched_lock(), or nothing is pending and
 *                       nothing can come (on the sim port).
 * Context: thread, may wait; with K_NO_WAIT loop, both levels.
 */
int fav_wait_for(bool (*done)(void *ctx), void *ctx, k_timeout_t timeout);

/** @return true where a wait lets work items run: in main. false in a work item and under
 * k_sched_lock(), where it runs interrupt level alone, and at interrupt level.
 * Context: loop, both levels.
 */
bool fav_wait_runs_work(void);

/** Put the kernel on another port, with nothing queued and no time passed.
 *
 * For tests that switch to the sim port, and for programs that supply a port of their own.
 *
 * @param port  Stays the caller's; must outlive the kernel's use.
 * @retval 0       Done.
 * @retval -EBUSY  Timeouts, work or interrupts are still queued; fav_kernel_report() names them.
 * Context: main.
 */
int fav_kernel_init(const struct fav_port *port);

/** The port in use. Context: any, including ISR. */
const struct fav_port *fav_kernel_port(void);

/** What is alive in the kernel; everything is 0 when a test has cleaned up. */
struct fav_kernel_usage {
	uint32_t timeouts;    /**< Timeouts armed: timers, delayable work, sleepers. */
	uint32_t works;       /**< Work items queued. */
	uint32_t irqs;        /**< fav_irq raised and not yet run. */
	uint32_t heap_blocks; /**< Blocks of k_malloc() not yet freed. */
};

/** Read what is alive. Context: loop, both levels. */
void fav_kernel_usage_get(struct fav_kernel_usage *usage);

/** Log what is alive, one line each, with its handler's address: up to 20 lines, at the error
 * level. Context: loop, both levels.
 */
void fav_kernel_report(void);

/** A software interrupt: a handler that runs soon, at interrupt level, on the loop.
 *
 * How a foreign thread, an ISR, or an in-process device hands something to the loop. Memory is the
 * caller's and must stay valid while raised. Zero-initialise, then set @p handler.
 */
struct fav_irq {
	void (*handler)(struct fav_irq *irq); /**< Interrupt level; @p irq may be raised again. */
	/** @cond private */
	struct fav_irq *next_;
	bool raised_;
	/** @endcond */
};

/** Raise @p irq; raising it while raised has no effect. Context: any, ISR and foreign threads. */
void fav_irq_raise(struct fav_irq *irq);

/** Take @p irq back. @return true when it was raised and had not run. Context: loop. */
bool fav_irq_cancel(struct fav_irq *irq);

#endif
