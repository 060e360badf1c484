/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/stream.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/address.h"
#include "port/posix/pty.h"
#include "port/posix/stream.h"
#include "port/posix/watch.h"

LOG_MODULE_REGISTER(posix_listener);

/* How long peers wait before they are tried again when no descriptor was free. */
#define PAUSE_US 100000

#define URL_MAX 300

struct fav_listener {
	fav_accepted_t accepted;
	void *ctx;
	int fd;          /* -1: a pty */
	struct pty *pty; /* NULL: a socket */
	struct fav_posix_watch watch;
	struct fav_timeout pause;
	bool paused;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* of a unix socket, or empty */
	struct stat file;                                       /* what we made there */
	char url[URL_MAX];
};

/* ---- Accepting ---- */

static void end_pause(struct fav_timeout *t)
{
	struct fav_listener *l = CONTAINER_OF(t, struct fav_listener, pause);

	fav_posix_watch_set_events(&l->watch, POLLIN);
}

static void pause_accepting(struct fav_listener *l, int err)
{
	if (!l->paused) {
		l->paused = true;
		LOG_ERR("%s: peers wait: %s", l->url, strerror(err));
	}
	fav_posix_watch_set_events(&l->watch, 0);
	fav_timeout_start(&l->pause, fav_kernel_port()->now_us() + PAUSE_US);
}

static void on_peer(struct fav_posix_watch *watch, short events)
{
	struct fav_listener *l = CONTAINER_OF(watch, struct fav_listener, watch);
	struct fav_stream *stream;
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0) {
		/* All else concerns that peer alone, which has gone again. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			pause_accepting(l, errno);
		}
		return;
	}
	l->paused = false;
	if (l->path[0] == '\0') {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	if (posix__stream_wrap(fd, POSIX_STREAM_SOCKET, &stream) < 0) {
		LOG_ERR("%s: a peer is refused: no memory", l->url);
		close(fd);
		return;
	}
	l->accepted(l->ctx, stream);
}

/* ---- unix ---- */

/* Hold the folder of path while a dead socket in it is replaced, so that two starters do not each
 * remove what the other has just made. A folder that is not ours is not held: others could make us
 * wait there. Returns a descriptor to close, or -1. */
static int hold_folder(const char *path)
{
	char copy[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid()) {
		flock(fd, LOCK_EX);
	}
	return fd;
}

/* 0 when nobody holds the socket at addr, else an errno. A datagram socket asks, which a stream's
 * socket refuses as the wrong kind, so that whoever listens there hears nothing of it. */
static int is_dead(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0) {
		return -errno;
	}
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? errno : 0;
	close(fd);
	switch (err) {
	case ECONNREFUSED:
		return 0;
	case EACCES:
	case EPERM:
		return -err;
	default:
		return -EADDRINUSE;
	}
}

/* 0 when nothing is in the way any more. */
static int clear_way(const struct sockaddr_un *addr)
{
	struct stat st;
	int err;

	if (lstat(addr->sun_path, &st) < 0) {
		return 0;
	}
	if (!S_ISSOCK(st.st_mode)) {
		return -EEXIST;
	}
	err = is_dead(addr);
	if (err < 0) {
		return err;
	}
	return unlink(addr->sun_path) < 0 ? -errno : 0;
}

static int bind_unix(struct fav_listener *l, const struct sockaddr_un *addr)
{
	int err = clear_way(addr);

	if (err < 0) {
		return err;
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		return -errno;
	}
	if (bind(l->fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0) {
		return -errno;
	}
	memcpy(l->path, addr->sun_path, sizeof(l->path));
	if (lstat(l->path, &l->file) < 0 || listen(l->fd, SOMAXCONN) < 0) {
		return -errno;
	}
	snprintf(l->url, sizeof(l->url), "unix:%s", l->path);
	return 0;
}

static int listen_unix(struct fav_listener *l, const char *path)
{
	struct sockaddr_un addr;
	int held;
	int err = posix__unix_address(path, &addr);

	if (err < 0) {
		return err;
	}
	held = hold_folder(path);
	err = bind_unix(l, &addr);
	if (held >= 0) {
		close(held);
	}
	return err;
}

/* ---- tcp ---- */

static int bind_tcp(struct fav_listener *l, const struct addrinfo *ai)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int one = 1;

	l->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		return -errno;
	}
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(l->fd, SOMAXCONN) < 0 ||
	    getsockname(l->fd, (struct sockaddr *)&addr, &len) < 0) {
		return -errno;
	}
	posix__tcp_url((struct sockaddr *)&addr, len, l->url, sizeof(l->url));
	return 0;
}

static int listen_tcp(struct fav_listener *l, const char *host_port)
{
	struct addrinfo *list;
	int err = posix__tcp_addresses(host_port, true, &list);

	if (err == 0) {
		err = bind_tcp(l, list);
		freeaddrinfo(list);
	}
	return err;
}

static int listen_serial(struct fav_listener *l, const char *spec)
{
	LOG_ERR("serial:%s: nobody can listen there; expected unix:PATH or tcp:HOST:PORT", spec);
	return -ENOTSUP;
}

static int listen_hci(struct fav_listener *l, const char *spec)
{
	LOG_ERR("hci:%s: nobody can listen there; expected unix:PATH or tcp:HOST:PORT", spec);
	return -ENOTSUP;
}

static int listen_pty(struct fav_listener *l, const char *spec)
{
	if (spec[0] != '\0') {
		LOG_ERR("pty:%s: nothing may follow 'pty:'", spec);
		return -EINVAL;
	}
	return pty__open(l->accepted, l->ctx, l->url, sizeof(l->url), &l->pty);
}

/* ---- The public functions ---- */

int fav_listener_open(const char *url, fav_accepted_t accepted, void *ctx,
		      struct fav_listener **listener)
{
	static int (*const begin[])(struct fav_listener *, const char *) = {
		[POSIX_UNIX] = listen_unix,     [POSIX_TCP] = listen_tcp,
		[POSIX_SERIAL] = listen_serial, [POSIX_PTY] = listen_pty,
		[POSIX_HCI] = listen_hci,
	};
	enum posix_scheme scheme;
	const char *rest;
	struct fav_listener *l;
	int err = posix__url_scheme(url, &scheme, &rest);

	if (err < 0) {
		return err;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		return -ENOMEM;
	}
	l->fd = -1;
	l->accepted = accepted;
	l->ctx = ctx;
	l->pause.handler = end_pause;
	l->watch.ready = on_peer;
	err = begin[scheme](l, rest);
	if (err == 0 && l->fd >= 0) {
		l->watch.fd = l->fd;
		l->watch.events = POLLIN;
		err = fav_posix_watch_add(&l->watch);
	}
	if (err < 0) {
		fav_listener_close(l);
		return err;
	}
	*listener = l;
	return 0;
}

const char *fav_listener_url(const struct fav_listener *l)
{
	return l->url;
}

static void remove_file(const struct fav_listener *l)
{
	struct stat st;

	if (l->path[0] != '\0' && lstat(l->path, &st) == 0 && st.st_dev == l->file.st_dev &&
	    st.st_ino == l->file.st_ino) {
		unlink(l->path);
	}
}

void fav_listener_close(struct fav_listener *l)
{
	if (l == NULL) {
		return;
	}
	fav_timeout_stop(&l->pause);
	remove_file(l);
	pty__close(l->pty);
	if (l->fd >= 0) {
		fav_posix_watch_remove(&l->watch);
		close(l->fd);
	}
	free(l);
}
