/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where MicroPython waits, Bluetooth runs.
 *
 * The port waits in a few calls of the C library (mpconfigvariant.mk names them, the linker sends
 * them here as __wrap_NAME) and in two macros of its HAL. While Bluetooth is active each becomes
 * one poll over what the caller waits for, the transport, and the next timer; else it stays what it
 * was.
 *
 * A wait ends early, as if by a signal, when a Python handler has put something into MicroPython's
 * scheduler: callers then handle what is pending and wait again.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "py/gc.h"
#include "py/mphal.h"
#include "py/mpthread.h"
#include "py/runtime.h"

#include <favonius/loop.h>
#include <favonius/posix.h>

#include "../bluetooth/backend.h"
#include "favonius_select.h"
#undef poll

int __real_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
int __real_select(int nfds, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv);
ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
ssize_t __real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr,
			socklen_t *addr_len);
int __real_accept(int fd, struct sockaddr *addr, socklen_t *addr_len);
int __real_usleep(useconds_t us);
int __real_sched_yield(void);

/* Only MicroPython's first thread runs the loop, and not while the collector runs finalisers, in
 * which no Python handler could allocate. */
static bool loop_runs(void)
{
	const struct backend *b;

	if (!mp_thread_is_main_thread()) {
		return false;
	}
	b = backend_get();
	return b != NULL && b->on && !gc_is_locked();
}

static bool pending(void *ctx)
{
	return MP_STATE_VM(sched_state) == MP_SCHED_PENDING ||
	       MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL;
}

/* ---- Waiting for descriptors ---- */

int __wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
	if (!loop_runs()) {
		return __real_poll(fds, nfds, timeout_ms);
	}
	return fav_posix_poll_us(fds, nfds, timeout_ms < 0 ? -1 : timeout_ms * 1000LL, pending,
				 NULL);
}

/* What is not a descriptor (a ThreadSafeFlag of asyncio, which aioble waits for) is looked at by
 * modselect.c once a millisecond. Only Python code makes it ready: a handler, a scheduled function;
 * after these we return at once. Another thread's doing, or a stream written in Python that goes by
 * the clock, is seen after this many milliseconds at the latest. */
#define OBJECTS_MS 10

static bool handler_has_run(void *ctx)
{
	const uint32_t *count = ctx;

	return backend_get()->event_count != *count || pending(NULL);
}

int favonius_mp_poll(struct pollfd *fds, nfds_t nfds, int period_ms, mp_uint_t start_ms,
		     mp_uint_t timeout_ms)
{
	bool limited = timeout_ms != (mp_uint_t)-1;
	mp_uint_t passed = mp_hal_ticks_ms() - start_ms;
	mp_uint_t left = limited && passed < timeout_ms ? timeout_ms - passed : 0;
	uint32_t count;

	/* With descriptors alone, the period is what is left. */
	if (period_ms != 1 || (limited && left <= 1) || !loop_runs()) {
		return __wrap_poll(fds, nfds, period_ms);
	}
	count = backend_get()->event_count;
	return fav_posix_poll_us(fds, nfds,
				 limited ? MIN(left, OBJECTS_MS) * 1000 : OBJECTS_MS * 1000,
				 handler_has_run, &count);
}

/* How long a call on fd may block, in microseconds, -1 for ever: as its O_NONBLOCK and SO_RCVTIMEO
 * say (socket.settimeout() sets the latter). */
static int64_t patience_us(int fd)
{
	struct timeval tv = {0};
	socklen_t len = sizeof(tv);
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_NONBLOCK)) {
		return 0;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len) != 0 ||
	    (tv.tv_sec == 0 && tv.tv_usec == 0)) {
		return -1;
	}
	return tv.tv_sec * 1000000LL + tv.tv_usec;
}

/* Wait until fd can be read. False with errno set: as the call itself would have failed. True: make
 * the call, which does not block any more. */
static bool readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int64_t patience;
	int ready;

	if (!loop_runs() || __real_poll(&pfd, 1, 0) != 0) {
		return true;
	}
	patience = patience_us(fd);
	if (patience == 0) {
		return true;
	}
	ready = fav_posix_poll_us(&pfd, 1, patience, pending, NULL);
	if (ready == 0) {
		errno = EAGAIN;
	}
	return ready > 0;
}

ssize_t __wrap_read(int fd, void *buf, size_t len)
{
	return readable(fd) ? __real_read(fd, buf, len) : -1;
}

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	return (flags & MSG_DONTWAIT) || readable(fd) ? __real_recv(fd, buf, len, flags) : -1;
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr,
			socklen_t *addr_len)
{
	return (flags & MSG_DONTWAIT) || readable(fd)
		       ? __real_recvfrom(fd, buf, len, flags, addr, addr_len)
		       : -1;
}

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *addr_len)
{
	return readable(fd) ? __real_accept(fd, addr, addr_len) : -1;
}

/* ---- Waiting for time ---- */

/* time.sleep(): without descriptors. It counts on what is left being in tv after EINTR, as on
 * Linux. */
int __wrap_select(int nfds, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv)
{
	uint64_t start, total, passed;
	int ret;

	if (nfds != 0 || tv == NULL || !loop_runs()) {
		return __real_select(nfds, r, w, e, tv);
	}
	start = fav_kernel_port()->now_us();
	total = (uint64_t)tv->tv_sec * 1000000 + (uint64_t)tv->tv_usec;
	ret = fav_posix_poll_us(NULL, 0, (int64_t)total, pending, NULL);
	passed = MIN(fav_kernel_port()->now_us() - start, total);
	tv->tv_sec = (time_t)((total - passed) / 1000000);
	tv->tv_usec = (suseconds_t)((total - passed) % 1000000);
	return ret;
}

/* time.sleep_us(): does not handle what is pending, so nothing but a signal ends it early. */
int __wrap_usleep(useconds_t us)
{
	if (!loop_runs()) {
		return __real_usleep(us);
	}
	return fav_posix_poll_us(NULL, 0, us, NULL, NULL);
}

/* machine.idle(): until something has happened, at most the millisecond that its documentation
 * says. */
int __wrap_sched_yield(void)
{
	if (!loop_runs()) {
		return __real_sched_yield();
	}
	favonius_mp_wait_ms(1);
	return 0;
}

/* MICROPY_INTERNAL_WFE: until something has happened; timeout_ms is -1 for no limit. */
void favonius_mp_wait_ms(mp_uint_t timeout_ms)
{
	if (!loop_runs()) {
		__real_usleep(500); /* as the port does */
	} else if (backend_get()->events > 0) {
		/* In a handler nothing that Python could wait for happens but time. */
		(void)fav_posix_poll_us(NULL, 0, 1000, pending, NULL);
	} else if (!pending(NULL)) {
		(void)fav_wait(timeout_ms == (mp_uint_t)-1 ? K_FOREVER : K_MSEC(timeout_ms));
	}
}

/* time.sleep_ms() */
void favonius_mp_delay_ms(mp_uint_t ms)
{
	mp_uint_t start = mp_hal_ticks_ms();

	for (;;) {
		mp_uint_t passed;

		mp_handle_pending(true);
		passed = mp_hal_ticks_ms() - start;
		if (passed >= ms) {
			return;
		}
		if (loop_runs()) {
			(void)fav_posix_poll_us(NULL, 0, (int64_t)(ms - passed) * 1000, pending,
						NULL);
		} else {
			favonius_mp_wait_ms(1);
		}
	}
}

/* ---- Not waiting at all ---- */

/* How long a program that never waits keeps Bluetooth waiting. */
#define BUSY_US 1000

/* Called every few branches of the program. Not from within a handler or a scheduled function,
 * which other events must not interrupt. */
void favonius_mp_busy(void)
{
	struct backend *b;
	uint64_t now;

	if (!mp_thread_is_main_thread()) {
		return;
	}
	b = backend_get();
	if (b == NULL || !b->on || MP_STATE_VM(sched_state) < 0) {
		return;
	}
	now = fav_kernel_port()->now_us();
	if (now - b->busy_us >= BUSY_US) {
		b->busy_us = now;
		(void)fav_process();
	}
}
