/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include <favonius/posix.h>
#include <zephyr/toolchain.h>

#include "state.h"

/* The critical section: a mutex that its holder may enter again. `holder` is 0 when nobody is in;
 * only the thread itself can find its own identity there. */
static struct {
	pthread_mutex_t mutex;
	atomic_uintptr_t holder;
	unsigned int depth;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static unsigned int lock(void)
{
	uintptr_t self = (uintptr_t)pthread_self();

	if (atomic_load_explicit(&state.holder, memory_order_relaxed) != self) {
		pthread_mutex_lock(&state.mutex);
		atomic_store_explicit(&state.holder, self, memory_order_relaxed);
	}
	return state.depth++;
}

static void unlock(unsigned int key)
{
	state.depth = key;
	if (key == 0) {
		atomic_store_explicit(&state.holder, 0, memory_order_relaxed);
		pthread_mutex_unlock(&state.mutex);
	}
}

static int entropy(void *dst, size_t len)
{
	uint8_t *at = dst;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno != EINTR) {
			return -EIO;
		}
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
	return 0;
}

/* One write, so that lines of several processes do not mix. */
static void log_line(const char *line)
{
	struct iovec parts[] = {
		{.iov_base = (void *)(uintptr_t)line, .iov_len = strlen(line)},
		{.iov_base = (void *)(uintptr_t) "\n", .iov_len = 1},
	};
	ssize_t written = writev(STDERR_FILENO, parts, 2);

	(void)written;
}

static const char *log_levels(void)
{
	return getenv("FAVONIUS_LOG");
}

static FUNC_NORETURN void panic(const char *what)
{
	log_line(what);
	abort();
}

const struct fav_port fav_port_posix = {
	.name = "posix",
	.now_us = posix__now_us,
	.idle = posix__idle,
	.poll = posix__poll,
	.wake = posix__wake,
	.lock = lock,
	.unlock = unlock,
	.entropy = entropy,
	.log_line = log_line,
	.log_levels = log_levels,
	.panic = panic,
	.files = &posix__files,
};

const struct fav_port *const fav_port_default = &fav_port_posix;
