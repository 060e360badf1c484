/* SPDX-License-Identifier: Apache-2.0 */

#include "port/posix/pty.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/stream.h"
#include "port/posix/watch.h"

LOG_MODULE_REGISTER(posix_pty);

#define NAME_SIZE 64

/* More than a reader asks for at once. */
#define LATE_SIZE 1024

struct pty {
	int fd; /* our side */
	fav_accepted_t accepted;
	void *ctx;
	char name[NAME_SIZE];      /* of the other side */
	struct fav_stream *stream; /* of whom is served, else NULL */
	bool over;                 /* who is served has closed it */
	bool dropped;
	bool used;                   /* somebody has had it open since it was cleaned */
	struct fav_irq change;       /* settle() is due */
	struct fav_posix_watch news; /* inotify: openings and closings */
	struct fav_posix_watch rest; /* our side, while dropped: what is read and forgotten */

	/* What was read of the next one for the last one, who had left meanwhile. */
	uint8_t late[LATE_SIZE];
	size_t late_len;

	/* How often the other side is open, and of what is to be told yet, how much is our own. */
	unsigned int openers, own_openings, own_closings;
};

/* ---- What happens at the other side ---- */

static bool is_open(const struct pty *pty)
{
	struct pollfd fd = {.fd = pty->fd, .events = POLLIN};

	return poll(&fd, 1, 0) != 1 || (fd.revents & POLLHUP) == 0;
}

static void opened(struct pty *pty)
{
	if (pty->own_openings > 0) {
		pty->own_openings--;
	} else {
		pty->openers++;
		pty->used = true;
	}
}

static void nobody_left(struct pty *pty)
{
	pty->openers = 0;
	pty->over = pty->stream != NULL;
	pty->dropped = false;
}

static void closed(struct pty *pty)
{
	if (pty->own_closings > 0) {
		pty->own_closings--;
	} else if (pty->openers > 1) {
		pty->openers--;
	} else {
		nobody_left(pty);
	}
}

/* Take what inotify has to tell. Events of a file carry no name, so all have one size. Equal ones
 * in a row are told as one, so the count is put right by what is so now. */
static void listen_up(struct pty *pty)
{
	struct inotify_event events[16];
	ssize_t got;

	while ((got = read(pty->news.fd, events, sizeof(events))) > 0) {
		for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++) {
			if ((events[i].mask & IN_OPEN) != 0) {
				opened(pty);
			} else if ((events[i].mask & IN_CLOSE) != 0) {
				closed(pty);
			}
		}
	}
	if (is_open(pty)) {
		pty->openers = MAX(pty->openers, 1);
		pty->used = true;
	} else if (pty->openers > 0) {
		nobody_left(pty);
	}
}

/* ---- Free ---- */

/* The modes of the other side, and nothing in it that the next one would read. It must be open for
 * that, which it is not any more. */
static int make_clean(struct pty *pty)
{
	int fd = open(pty->name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios tio;
	int err = 0;

	if (fd < 0) {
		return -errno;
	}
	pty->own_openings++;
	pty->own_closings++;
	/* Not what the other side has written: somebody may have opened it meanwhile. */
	if (tcflush(fd, TCIFLUSH) < 0 || tcgetattr(fd, &tio) < 0) {
		err = -errno;
	} else {
		cfmakeraw(&tio);
		err = tcsetattr(fd, TCSANOW, &tio) < 0 ? -errno : 0;
	}
	close(fd);
	return err;
}

/* What the last one has written goes with it, unless the next one is there already. */
static void forget_rest(const struct pty *pty)
{
	char data[4096];

	while (!is_open(pty) && read(pty->fd, data, sizeof(data)) > 0) {
	}
}

static void become_free(struct pty *pty)
{
	int err;

	if (!pty->used || is_open(pty)) {
		return;
	}
	pty->used = false;
	pty->late_len = 0;
	forget_rest(pty);
	err = make_clean(pty);
	if (err < 0) {
		LOG_WRN("%s: not cleaned: %s", pty->name, strerror(-err));
	}
}

/* ---- Served ---- */

static bool stream_is_over(void *ctx)
{
	struct pty *pty = ctx;

	listen_up(pty);
	return pty->over;
}

/* It is the next one's if there is one: who leaves has read its last reply, and so have we what it
 * asked for, while who comes writes at once. */
static void read_late(void *ctx, const void *data, size_t len)
{
	struct pty *pty = ctx;

	pty->late_len = pty->openers > 0 && len <= sizeof(pty->late) ? len : 0;
	memcpy(pty->late, data, pty->late_len);
}

static size_t read_first(void *ctx, void *dst, size_t len)
{
	struct pty *pty = ctx;
	size_t first = MIN(len, pty->late_len);

	memcpy(dst, pty->late, first);
	pty->late_len -= first;
	memmove(pty->late, pty->late + first, pty->late_len);
	return first;
}

static void stream_closed(void *ctx)
{
	struct pty *pty = ctx;

	listen_up(pty);
	pty->stream = NULL;
	pty->dropped = !pty->over && pty->openers > 0;
	if (!pty->dropped) {
		become_free(pty);
	}
	pty->over = false;
	fav_irq_raise(&pty->change);
}

static const struct posix_stream_owner stream_owner = {
	.is_over = stream_is_over,
	.read_late = read_late,
	.read_first = read_first,
	.closed = stream_closed,
};

static void serve(struct pty *pty)
{
	int fd = fcntl(pty->fd, F_DUPFD_CLOEXEC, 0);
	int err = fd < 0 ? -errno : posix__stream_wrap(fd, POSIX_STREAM_FILE, &pty->stream);

	if (err < 0) {
		LOG_ERR("%s: a peer is refused: %s", pty->name, strerror(-err));
		pty->dropped = true;
		if (fd >= 0) {
			close(fd);
		}
		return;
	}
	posix__stream_set_owner(pty->stream, &stream_owner, pty);
	if (pty->late_len > 0) {
		posix__stream_poke(pty->stream);
	}
	pty->accepted(pty->ctx, pty->stream);
}

/* ---- From one to another ---- */

static void set_forgetting(struct pty *pty, bool on)
{
	int err = fav_posix_watch_set_events(&pty->rest, on ? POLLIN : 0);

	if (err < 0) {
		LOG_ERR("%s: %s", pty->name, strerror(-err));
	}
}

/* Do what follows from what was told. */
static void settle(struct pty *pty)
{
	if (pty->over) {
		posix__stream_poke(pty->stream);
	} else if (pty->openers > 0 && pty->stream == NULL && !pty->dropped) {
		serve(pty);
	}
	set_forgetting(pty, pty->dropped);
}

static void change_due(struct fav_irq *irq)
{
	settle(CONTAINER_OF(irq, struct pty, change));
}

static void on_news(struct fav_posix_watch *watch, short events)
{
	struct pty *pty = CONTAINER_OF(watch, struct pty, news);

	listen_up(pty);
	if (pty->stream == NULL && pty->openers == 0) {
		become_free(pty);
	}
	settle(pty);
}

static void on_rest(struct fav_posix_watch *watch, short events)
{
	struct pty *pty = CONTAINER_OF(watch, struct pty, rest);
	char data[4096];

	/* Its end is told elsewhere, soon. */
	if (read(pty->fd, data, sizeof(data)) <= 0) {
		set_forgetting(pty, false);
	}
}

/* ---- Life ---- */

static int make(struct pty *pty)
{
	int flags;
	int err;

	pty->fd = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty->fd < 0) {
		return -errno;
	}
	flags = fcntl(pty->fd, F_GETFL);
	if (flags < 0 || fcntl(pty->fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(pty->fd, F_SETFD, FD_CLOEXEC) < 0 || grantpt(pty->fd) < 0 ||
	    unlockpt(pty->fd) < 0) {
		return -errno;
	}
	err = ptsname_r(pty->fd, pty->name, sizeof(pty->name));
	return err != 0 ? -err : make_clean(pty);
}

/* From now on: make_clean() was before, and is not told of. */
static int begin(struct pty *pty)
{
	int err;

	pty->own_openings = 0;
	pty->own_closings = 0;
	pty->news.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (pty->news.fd < 0 ||
	    inotify_add_watch(pty->news.fd, pty->name, IN_OPEN | IN_CLOSE) < 0) {
		return -errno;
	}
	err = fav_posix_watch_add(&pty->news);
	if (err == 0) {
		pty->rest.fd = pty->fd;
		err = fav_posix_watch_add(&pty->rest);
	}
	return err;
}

int pty__open(fav_accepted_t accepted, void *ctx, char *url, size_t size, struct pty **made)
{
	struct pty *pty = calloc(1, sizeof(*pty));
	int err;

	if (pty == NULL) {
		return -ENOMEM;
	}
	pty->accepted = accepted;
	pty->ctx = ctx;
	pty->change.handler = change_due;
	pty->news = (struct fav_posix_watch){.fd = -1, .events = POLLIN, .ready = on_news};
	pty->rest.ready = on_rest;
	err = make(pty);
	if (err == 0) {
		err = begin(pty);
	}
	if (err < 0) {
		pty__close(pty);
		return err;
	}
	snprintf(url, size, "serial:%s", pty->name);
	*made = pty;
	return 0;
}

void pty__close(struct pty *pty)
{
	if (pty == NULL) {
		return;
	}
	if (pty->stream != NULL) {
		posix__stream_set_owner(pty->stream, NULL, NULL);
	}
	fav_irq_cancel(&pty->change);
	fav_posix_watch_remove(&pty->news);
	fav_posix_watch_remove(&pty->rest);
	if (pty->news.fd >= 0) {
		close(pty->news.fd);
	}
	if (pty->fd >= 0) {
		close(pty->fd);
	}
	free(pty);
}
