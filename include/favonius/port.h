/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_PORT_H_
#define FAVONIUS_PORT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @file
 * The port interface: all that the kernel asks of the machine below it.
 *
 * A port is one constant table of functions. The kernel never reads a clock, sleeps or takes
 * entropy in another way, so that a simulation is the same program on another port.
 */

struct fav_files;

/** A deadline that never comes. */
#define FAV_FOREVER_US UINT64_MAX

/** What a machine gives the kernel. */
struct fav_port {
	/** Name for log lines and errors: "posix", "sim", ... */
	const char *name;

	/** Monotonic time since an arbitrary start, in microseconds; never steps back.
	 * Context: any, including ISR.
	 */
	uint64_t (*now_us)(void);

	/** Wait until now_us() reaches @p until_us, wake() is called, or an event source of the
	 * port (a file descriptor, an interrupt) has run its handler. May return early.
	 * A wake() that came since the last idle() makes this one return at once.
	 * @param until_us  Absolute; FAV_FOREVER_US waits for an event alone.
	 * @retval 0         Returned for one of the reasons above.
	 * @retval -EDEADLK  @p until_us is FAV_FOREVER_US and no source of this port could ever
	 *                   end the wait (the sim port, whose only source is its clock).
	 * Context: loop only.
	 */
	int (*idle)(uint64_t until_us);

	/** Run the handlers of event sources that are ready, without waiting. NULL where event
	 * sources are interrupts and need no poll.
	 * Context: loop only.
	 */
	void (*poll)(void);

	/** End the current or the next idle(). Context: any, including ISR and foreign threads. */
	void (*wake)(void);

	/** Enter a critical section against ISRs and foreign threads; nests.
	 * @return The key for unlock().
	 */
	unsigned int (*lock)(void);

	/** Leave the critical section entered by the lock() that returned @p key. */
	void (*unlock)(unsigned int key);

	/** Fill @p dst with @p len bytes fit for keys (on sim: from the seed, reproducible).
	 * @retval 0     Filled.
	 * @retval -EIO  No entropy to be had; @p dst is unspecified.
	 */
	int (*entropy)(void *dst, size_t len);

	/** Write one complete log line, without its line end. Context: any, including ISR. */
	void (*log_line)(const char *line);

	/** What log lines the user asked for, as FAVONIUS_LOG (zephyr/logging/log.h); asked once,
	 * when the kernel starts on the port. NULL, the function or its result: nothing asked.
	 */
	const char *(*log_levels)(void);

	/** End the program after a violated invariant of our own; never returns. */
	void (*panic)(const char *what) __attribute__((noreturn));

	/** Files (favonius/files.h); NULL where there are none. */
	const struct fav_files *files;
};

/** The port that the kernel starts on: each port library for a real machine defines it; in a
 * program with the sim port alone it is that.
 */
extern const struct fav_port *const fav_port_default;

#endif
