/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <favonius/port.h>
#include <zephyr/sys/util.h>

#include "state.h"
#include "watch.h"

/*
 * Waiting: one ppoll() on the epoll descriptor that holds all watches, and on the descriptors of
 * the innermost fav_posix_poll(). ppoll() rather than epoll_pwait(), whose timeout is milliseconds.
 *
 * wake() costs a system call only while the loop sleeps. The loop sets `sleeping`, then looks at
 * `woken`; a foreign thread sets `woken`, then looks at `sleeping`: one of them sees the other.
 */

/* Events taken from the system at once. */
#define BATCH 64

/* A sleep is cut at this, far below what timespec arithmetic can hold. */
#define LONGEST_SLEEP_US (24ULL * 3600 * 1000000)

static struct {
	bool open;
	int epoll_fd;
	int wake_fd;
	atomic_bool sleeping, woken;
	struct posix_poll *polls; /* innermost first */
	int watches;

	/* Events taken and not yet handed out: a removed watch is taken out of them. */
	struct epoll_event events[BATCH];
	int event_at, event_count;
} state;

uint64_t posix__now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int open_fds(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (epoll_fd < 0 || wake_fd < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
		int err = errno;

		close(epoll_fd);
		close(wake_fd);
		errno = err;
		return -1;
	}
	state.epoll_fd = epoll_fd;
	state.wake_fd = wake_fd;
	state.open = true;
	return 0;
}

/* The descriptors are made when first needed. -1: not, with errno set. */
static int need_fds(void)
{
	return state.open ? 0 : open_fds();
}

void posix__wake(void)
{
	uint64_t one = 1;
	ssize_t written;

	atomic_store(&state.woken, true);
	if (atomic_load(&state.sleeping)) {
		/* It fails only when the counter is full, which ends the sleep as well. */
		written = write(state.wake_fd, &one, sizeof(one));
		(void)written;
	}
}

static void hand_out(const struct epoll_event *event)
{
	struct fav_posix_watch *watch = event->data.ptr;
	short revents = 0;

	if (watch == NULL) {
		uint64_t count;
		ssize_t got = read(state.wake_fd, &count, sizeof(count));

		(void)got;
		return;
	}
	revents |= (event->events & EPOLLIN) != 0 ? POLLIN : 0;
	revents |= (event->events & EPOLLOUT) != 0 ? POLLOUT : 0;
	revents |= (event->events & EPOLLHUP) != 0 ? POLLHUP : 0;
	revents |= (event->events & EPOLLERR) != 0 ? POLLERR : 0;
	watch->ready(watch, revents);
}

static void run_watches(void)
{
	state.event_count = epoll_wait(state.epoll_fd, state.events, BATCH, 0);
	for (state.event_at = 0; state.event_at < state.event_count; state.event_at++) {
		const struct epoll_event *event = &state.events[state.event_at];

		/* No events: its watch has been removed meanwhile. */
		if (event->events != 0) {
			hand_out(event);
		}
	}
	state.event_count = 0;
}

/* One ppoll() on everything. */
static void look(const struct timespec *timeout)
{
	struct posix_poll *poll = state.polls;
	struct pollfd own = {.events = POLLIN};
	struct pollfd *fds = poll != NULL ? poll->fds : &own;
	nfds_t count = poll != NULL ? poll->count : 1;
	int ready;

	fds[0].fd = state.epoll_fd;
	ready = ppoll(fds, count, timeout, NULL);
	atomic_store(&state.sleeping, false);
	atomic_store(&state.woken, false);
	if (ready < 0) {
		if (poll != NULL) {
			poll->err = errno;
		}
		return;
	}
	if (poll != NULL) {
		poll->ready = ready - (fds[0].revents != 0);
	}
	if (fds[0].revents != 0) {
		run_watches();
	}
}

int posix__idle(uint64_t until_us)
{
	struct timespec timeout = {0};
	uint64_t sleep_us = 0;
	uint64_t now_us;

	if (need_fds() != 0) {
		return -errno;
	}
	atomic_store(&state.sleeping, true);
	now_us = posix__now_us();
	if (!atomic_load(&state.woken) && until_us > now_us) {
		sleep_us = MIN(until_us - now_us, LONGEST_SLEEP_US);
	}
	timeout.tv_sec = (time_t)(sleep_us / 1000000);
	timeout.tv_nsec = (long)(sleep_us % 1000000) * 1000;
	look(&timeout);
	return 0;
}

void posix__poll(void)
{
	static const struct timespec at_once = {0};

	if (state.polls != NULL) {
		look(&at_once);
	} else if (state.watches > 0) {
		run_watches();
	}
}

void posix__poll_begin(struct posix_poll *poll)
{
	poll->outer = state.polls;
	state.polls = poll;
}

void posix__poll_end(struct posix_poll *poll)
{
	state.polls = poll->outer;
}

static uint32_t epoll_events(short events)
{
	return ((events & POLLIN) != 0 ? (uint32_t)EPOLLIN : 0) |
	       ((events & POLLOUT) != 0 ? (uint32_t)EPOLLOUT : 0);
}

/* Bring what the system polls for w in line with w->events. epoll always reports errors, so a watch
 * that wants nothing is not in its set at all. */
static int update(struct fav_posix_watch *w, bool wanted)
{
	struct epoll_event event = {.events = epoll_events(w->events), .data.ptr = w};
	int op = !w->polled_ ? EPOLL_CTL_ADD : wanted ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;

	if (!wanted && !w->polled_) {
		return 0;
	}
	if (epoll_ctl(state.epoll_fd, op, w->fd, &event) != 0) {
		return -errno;
	}
	w->polled_ = wanted;
	return 0;
}

int fav_posix_watch_add(struct fav_posix_watch *w)
{
	int err;

	if (need_fds() != 0) {
		return -errno;
	}
	w->polled_ = false;
	err = update(w, w->events != 0);
	if (err == 0) {
		w->added_ = true;
		state.watches++;
	}
	return err;
}

static void forget_events(const struct fav_posix_watch *w)
{
	for (int i = state.event_at; i < state.event_count; i++) {
		if (state.events[i].data.ptr == w) {
			state.events[i].events = 0;
		}
	}
}

void fav_posix_watch_remove(struct fav_posix_watch *w)
{
	if (!w->added_) {
		return;
	}
	(void)update(w, false);
	forget_events(w);
	w->added_ = false;
	state.watches--;
}

int fav_posix_watch_set_events(struct fav_posix_watch *w, short events)
{
	if (w->events == events) {
		return 0;
	}
	w->events = events;
	if (!w->added_) {
		return 0;
	}
	if (events == 0) {
		forget_events(w);
	}
	return update(w, events != 0);
}
