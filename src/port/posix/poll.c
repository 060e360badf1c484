/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <favonius/posix.h>

#include "state.h"

/* Descriptors for which no memory is allocated. */
#define FEW_FDS 16

struct call {
	struct posix_poll poll;
	bool (*stop)(void *ctx);
	void *ctx;
};

static bool has_ended(void *ctx)
{
	struct call *call = ctx;

	if (call->poll.ready == 0 && call->poll.err == 0 && call->stop != NULL &&
	    call->stop(call->ctx)) {
		call->poll.err = EINTR;
	}
	return call->poll.ready != 0 || call->poll.err != 0;
}

/* Let the loop run, then look at the descriptors: once, or until the time has passed. */
static void wait_for_fds(struct call *call, int64_t timeout_us)
{
	/* Without limit, but not K_FOREVER: descriptors end this wait in a work item too. */
	k_timeout_t timeout = timeout_us < 0 ? K_USEC(FAV_TICKS_MAX_) : K_USEC(timeout_us);
	int err;

	if (timeout_us == 0) {
		k_yield();
		(void)has_ended(call);
		return;
	}
	err = fav_wait_for(has_ended, call, timeout);
	if (err != 0 && err != -EAGAIN) {
		call->poll.err = -err;
	}
}

static int result_of(const struct posix_poll *poll, struct pollfd *fds, nfds_t nfds)
{
	if (poll->ready == 0 && poll->err != 0) {
		errno = poll->err;
		return -1;
	}
	for (nfds_t i = 0; i < nfds; i++) {
		fds[i].revents = poll->ready > 0 ? poll->fds[i + 1].revents : 0;
	}
	return poll->ready;
}

int fav_posix_poll_us(struct pollfd *fds, nfds_t nfds, int64_t timeout_us, bool (*stop)(void *ctx),
		      void *ctx)
{
	struct pollfd few[FEW_FDS + 1];
	struct call call = {
		.poll = {.fds = few, .count = nfds + 1},
		.stop = stop,
		.ctx = ctx,
	};
	int result;

	if (k_is_in_isr() || fav_kernel_port() != &fav_port_posix) {
		errno = EAGAIN;
		return -1;
	}
	if (nfds > FEW_FDS) {
		call.poll.fds = calloc(nfds + 1, sizeof(*fds));
		if (call.poll.fds == NULL) {
			errno = ENOMEM;
			return -1;
		}
	}
	call.poll.fds[0] = (struct pollfd){.fd = -1, .events = POLLIN};
	if (nfds > 0) {
		memcpy(call.poll.fds + 1, fds, nfds * sizeof(*fds));
	}
	posix__poll_begin(&call.poll);
	wait_for_fds(&call, timeout_us);
	posix__poll_end(&call.poll);
	result = result_of(&call.poll, fds, nfds);
	if (call.poll.fds != few) {
		int err = errno;

		free(call.poll.fds);
		errno = err;
	}
	return result;
}

int fav_posix_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
	return fav_posix_poll_us(fds, nfds, timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000, NULL,
				 NULL);
}

int fav_posix_sleep_us(uint64_t us)
{
	return fav_posix_poll_us(NULL, 0, (int64_t)MIN(us, (uint64_t)FAV_TICKS_MAX_), NULL, NULL) <
			       0
		       ? -errno
		       : 0;
}
