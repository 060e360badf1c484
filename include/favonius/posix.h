/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_POSIX_H_
#define FAVONIUS_POSIX_H_

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <favonius/port.h>

/** @file
 * For programs that embed Favonius in a process: their own waits, with the loop running meanwhile.
 *
 * A program that replaces its poll(), select() and sleep calls by these keeps Bluetooth alive
 * wherever it waits, and costs no CPU while nothing happens. From main both levels of the loop run;
 * from a work item (any bt_* callback) interrupt level alone (favonius/loop.h).
 */

/** The port of a POSIX process, which is fav_port_default. */
extern const struct fav_port fav_port_posix;

/** poll(2) with the loop running.
 *
 * @param fds         As poll(2)'s; revents are set when the result is 0 or more.
 * @param nfds        Entries of @p fds; 0 just waits.
 * @param timeout_ms  Milliseconds; 0 looks once, < 0 waits without limit (in a work item too).
 * @return How many descriptors have revents; 0 when the time has passed; -1 with errno set:
 *         EINTR (a signal was caught while it waited), EAGAIN (interrupt level, or the kernel is on
 *         another port), or what poll(2) gives (EFAULT, EINVAL, ENOMEM).
 * Context: thread, may wait.
 */
int fav_posix_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);

/** fav_posix_poll() with microseconds and a reason of one's own to stop.
 *
 * @param timeout_us  Microseconds; 0 looks once, < 0 waits without limit.
 * @param stop        Asked after everything that has run, before each wait; true ends the call as a
 *                    signal would (EINTR). NULL: none.
 * @param ctx         Handed to @p stop.
 * @return As fav_posix_poll().
 * Context: thread, may wait.
 */
int fav_posix_poll_us(struct pollfd *fds, nfds_t nfds, int64_t timeout_us, bool (*stop)(void *ctx),
		      void *ctx);

/** Sleep with the loop running.
 * @param us  Microseconds.
 * @retval 0        They have passed.
 * @retval -EINTR   A signal was caught before.
 * @retval -EAGAIN  Interrupt level, or the kernel is on another port.
 * Context: thread, may wait.
 */
int fav_posix_sleep_us(uint64_t us);

#endif
