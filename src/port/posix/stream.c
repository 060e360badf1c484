/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/process.h>
#include <favonius/stream.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/address.h"
#include "port/posix/packets.h"
#include "port/posix/serial.h"
#include "port/posix/stream.h"
#include "port/posix/user_channel.h"
#include "port/posix/watch.h"

LOG_MODULE_REGISTER(posix_stream);

struct fav_stream {
	const struct fav_stream_client *client;
	void *ctx;
	int fd;
	enum posix_stream_kind kind;
	struct fav_posix_watch watch;
	bool connecting; /* until opened() has been called */
	bool want_read;  /* the client's wish */
	bool want_write; /* the last write took less than all */
	struct fav_irq opened;
	int open_err;
	struct addrinfo *addresses; /* of a host, tried in turn */
	struct addrinfo *next;
	const struct posix_stream_owner *owner; /* NULL: none */
	void *owner_ctx;
	struct fav_irq poked;
	struct packets *packets; /* POSIX_STREAM_PACKETS */
};

/* A regular file cannot be watched and need not be: it is always ready. */
static void watch_for(struct fav_stream *s, short events)
{
	int err;

	if (s->watch.added_) {
		err = fav_posix_watch_set_events(&s->watch, events);
	} else if (events == 0) {
		return;
	} else {
		s->watch.events = events;
		err = fav_posix_watch_add(&s->watch);
	}
	if (err < 0 && err != -EPERM) {
		LOG_ERR("descriptor %d cannot be watched: %s", s->fd, strerror(-err));
	}
}

static void update_watch(struct fav_stream *s)
{
	short events = 0;

	if (s->connecting) {
		events = POLLOUT;
	} else {
		events |= s->want_read ? POLLIN : 0;
		events |= s->want_write ? POLLOUT : 0;
	}
	watch_for(s, events);
}

static void finish_open(struct fav_stream *s, int err)
{
	s->open_err = err;
	watch_for(s, 0);
	fav_irq_raise(&s->opened);
}

static void tell_opened(struct fav_irq *irq)
{
	struct fav_stream *s = CONTAINER_OF(irq, struct fav_stream, opened);

	s->connecting = false;
	if (s->open_err == 0) {
		update_watch(s);
	}
	if (s->client->opened != NULL) {
		s->client->opened(s->ctx, s->open_err);
	}
}

/* ---- Opening ---- */

/* 0: open; -EINPROGRESS: writable() will tell. */
static int try_connect(struct fav_stream *s, int family, const struct sockaddr *addr, socklen_t len)
{
	int one = 1;

	s->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0) {
		return -errno;
	}
	s->watch.fd = s->fd;
	if (family != AF_UNIX) {
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		posix__tcp_watch(s->fd);
	}
	return connect(s->fd, addr, len) < 0 ? -errno : 0;
}

static void drop_fd(struct fav_stream *s)
{
	if (s->fd < 0) {
		return;
	}
	fav_posix_watch_remove(&s->watch);
	if (s->kind != POSIX_STREAM_SHARED) {
		close(s->fd);
	}
	s->fd = -1;
	s->watch.fd = -1;
}

/* Try the addresses of a host until one answers or is under way; err is the last one's error. */
static void connect_next(struct fav_stream *s, int err)
{
	while (s->next != NULL) {
		struct addrinfo *ai = s->next;

		s->next = ai->ai_next;
		drop_fd(s);
		err = try_connect(s, ai->ai_family, ai->ai_addr, ai->ai_addrlen);
		if (err == -EINPROGRESS) {
			update_watch(s);
			return;
		}
		if (err == 0) {
			break;
		}
	}
	finish_open(s, err);
}

static int begin_unix(struct fav_stream *s, const char *path)
{
	struct sockaddr_un addr;
	int err = posix__unix_address(path, &addr);

	if (err < 0) {
		return err;
	}
	s->kind = POSIX_STREAM_SOCKET;
	finish_open(s, try_connect(s, AF_UNIX, (struct sockaddr *)&addr, sizeof(addr)));
	return 0;
}

static int begin_tcp(struct fav_stream *s, const char *host_port)
{
	int err = posix__tcp_addresses(host_port, false, &s->addresses);

	if (err < 0) {
		return err;
	}
	s->kind = POSIX_STREAM_SOCKET;
	s->next = s->addresses;
	connect_next(s, -EADDRNOTAVAIL);
	return 0;
}

static int begin_pty(struct fav_stream *s, const char *spec)
{
	LOG_ERR("pty:%s: only a listener makes one; open the serial:DEV that it tells", spec);
	return -ENOTSUP;
}

/* fd is the stream's in any case. */
static int take_packets(struct fav_stream *s, int fd)
{
	s->kind = POSIX_STREAM_PACKETS;
	s->fd = fd;
	s->watch.fd = fd;
	s->packets = calloc(1, sizeof(*s->packets));
	return s->packets != NULL ? 0 : -ENOMEM;
}

static int begin_serial(struct fav_stream *s, const char *spec)
{
	int fd = posix__serial_open(spec);

	if (fd < 0) {
		return fd;
	}
	s->kind = POSIX_STREAM_LINE;
	s->fd = fd;
	s->watch.fd = fd;
	finish_open(s, 0);
	return 0;
}

static int begin_hci(struct fav_stream *s, const char *spec)
{
	int fd = posix__user_channel_open(spec, NULL);
	int err = fd < 0 ? fd : take_packets(s, fd);

	if (err == 0) {
		finish_open(s, 0);
	}
	return err;
}

/* ---- Events ---- */

static void connect_ended(struct fav_stream *s)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err == 0) {
		finish_open(s, 0);
	} else {
		connect_next(s, -err);
	}
}

static void can_write(struct fav_stream *s)
{
	s->want_write = false;
	update_watch(s);
	if (s->client->writable != NULL) {
		s->client->writable(s->ctx);
	}
}

/* One callback a turn: the client may have closed the stream in it. What else is ready comes with
 * the next turn. */
static void on_ready(struct fav_posix_watch *watch, short events)
{
	struct fav_stream *s = CONTAINER_OF(watch, struct fav_stream, watch);
	bool broken = (events & (POLLERR | POLLHUP)) != 0;

	if (s->connecting) {
		connect_ended(s);
	} else if (s->want_write && ((events & POLLOUT) != 0 || broken)) {
		can_write(s);
	} else if (s->want_read && ((events & POLLIN) != 0 || broken)) {
		s->client->readable(s->ctx);
	}
}

/* ---- The peer ---- */

int32_t fav_stream_peer_process(const struct fav_stream *s)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	/* Of other sockets than local ones it is 0, and of what is no socket an error. */
	return getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid > 0
		       ? peer.pid
		       : 0;
}

bool fav_stream_has_ended(const struct fav_stream *s)
{
	struct pollfd fd = {.fd = s->fd};

	return s->kind == POSIX_STREAM_SOCKET && poll(&fd, 1, 0) == 1 &&
	       (fd.revents & (POLLHUP | POLLERR)) != 0;
}

/* ---- The public functions ---- */

static void poke(struct fav_irq *irq)
{
	struct fav_stream *s = CONTAINER_OF(irq, struct fav_stream, poked);

	if (s->want_read) {
		s->client->readable(s->ctx);
	} else if (s->want_write) {
		can_write(s);
	}
}

static struct fav_stream *make(void)
{
	struct fav_stream *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->fd = -1;
		s->watch.fd = -1;
		s->watch.ready = on_ready;
		s->opened.handler = tell_opened;
		s->poked.handler = poke;
	}
	return s;
}

int posix__stream_wrap(int fd, enum posix_stream_kind kind, struct fav_stream **stream)
{
	struct fav_stream *s = make();

	if (s == NULL) {
		return -ENOMEM;
	}
	if (kind == POSIX_STREAM_PACKETS) {
		int err = take_packets(s, fd);

		if (err < 0) {
			free(s);
			return err;
		}
	}
	s->fd = fd;
	s->watch.fd = fd;
	s->kind = kind;
	*stream = s;
	return 0;
}

void posix__stream_set_owner(struct fav_stream *s, const struct posix_stream_owner *owner,
			     void *ctx)
{
	s->owner = owner;
	s->owner_ctx = ctx;
}

void posix__stream_poke(struct fav_stream *s)
{
	fav_irq_raise(&s->poked);
}

int fav_stream_std(enum fav_std which, const struct fav_stream_client *client, void *ctx,
		   struct fav_stream **stream)
{
	int err;

	if (fcntl(which, F_GETFD) < 0) {
		return -errno;
	}
	err = posix__stream_wrap(which, POSIX_STREAM_SHARED, stream);
	if (err == 0) {
		fav_stream_client_set(*stream, client, ctx);
	}
	return err;
}

int fav_stream_open(const char *url, const struct fav_stream_client *client, void *ctx,
		    struct fav_stream **stream)
{
	static int (*const begin[])(struct fav_stream *, const char *) = {
		[POSIX_UNIX] = begin_unix, [POSIX_TCP] = begin_tcp, [POSIX_SERIAL] = begin_serial,
		[POSIX_HCI] = begin_hci,   [POSIX_PTY] = begin_pty,
	};
	enum posix_scheme scheme;
	const char *rest;
	struct fav_stream *s;
	int err = posix__url_scheme(url, &scheme, &rest);

	if (err < 0) {
		return err;
	}
	s = make();
	if (s == NULL) {
		return -ENOMEM;
	}
	s->client = client;
	s->ctx = ctx;
	s->connecting = true;
	err = begin[scheme](s, rest);
	if (err < 0) {
		fav_stream_close(s);
		return err;
	}
	*stream = s;
	return 0;
}

void fav_stream_client_set(struct fav_stream *s, const struct fav_stream_client *client, void *ctx)
{
	s->client = client;
	s->ctx = ctx;
}

static bool is_over(const struct fav_stream *s)
{
	return s->owner != NULL && s->owner->is_over(s->owner_ctx);
}

/* An error of the system as ours: who is gone, the peer or the device itself. */
static int end_of(const struct fav_stream *s, int err)
{
	bool gone = err == EPIPE || err == ECONNRESET;

	switch (s->kind) {
	case POSIX_STREAM_LINE:
	case POSIX_STREAM_PACKETS:
		/* A line that was pulled out reads as ended, and then gives these. */
		return gone || err == EIO || err == ENXIO || err == ENODEV ? -ENODEV : -err;
	case POSIX_STREAM_FILE:
		/* EIO: a pty whose other end has been closed. */
		return gone || err == EIO ? -EPIPE : -err;
	default:
		return gone ? -EPIPE : -err;
	}
}

/* Where a part of a packet is left, the descriptor does not tell of it: the stream does. */
static ssize_t read_some(struct fav_stream *s, void *dst, size_t len)
{
	ssize_t got;

	if (s->kind != POSIX_STREAM_PACKETS) {
		return read(s->fd, dst, len);
	}
	got = packets__read(s->packets, s->fd, dst, len);
	if (packets__has_more(s->packets)) {
		posix__stream_poke(s);
	}
	return got;
}

int fav_stream_read(struct fav_stream *s, void *dst, size_t len)
{
	ssize_t got;

	if (is_over(s)) {
		return -EPIPE;
	}
	if (s->owner != NULL) {
		size_t first = s->owner->read_first(s->owner_ctx, dst, len);

		if (first > 0) {
			return (int)first;
		}
	}
	do {
		got = read_some(s, dst, MIN(len, (size_t)INT_MAX));
	} while (got < 0 && errno == EINTR);
	if (got > 0 && is_over(s)) {
		s->owner->read_late(s->owner_ctx, dst, (size_t)got);
		return -EPIPE;
	}
	if (got > 0) {
		return (int)got;
	}
	return got < 0 && errno == EWOULDBLOCK ? -EAGAIN : end_of(s, got == 0 ? EPIPE : errno);
}

static bool has_packet(const struct fav_stream *s)
{
	return s->packets != NULL && packets__has_more(s->packets);
}

void fav_stream_read_enable(struct fav_stream *s, bool enable)
{
	if (s->want_read != enable) {
		s->want_read = enable;
		if (!s->connecting) {
			update_watch(s);
		}
		/* What it has been poked for meanwhile. */
		if (enable && (s->owner != NULL || has_packet(s))) {
			posix__stream_poke(s);
		}
	}
}

/* A descriptor that may block takes at most this much when it is ready for anything at all. */
#define SHARED_CHUNK ((size_t)PIPE_BUF)

static ssize_t write_some(struct fav_stream *s, const void *src, size_t len)
{
	struct pollfd ready = {.fd = s->fd, .events = POLLOUT};

	switch (s->kind) {
	case POSIX_STREAM_SOCKET:
	case POSIX_STREAM_PACKETS:
		return send(s->fd, src, len, MSG_NOSIGNAL);
	case POSIX_STREAM_SHARED:
		if (poll(&ready, 1, 0) <= 0) {
			errno = EAGAIN;
			return -1;
		}
		return write(s->fd, src, MIN(len, SHARED_CHUNK));
	case POSIX_STREAM_FILE:
	case POSIX_STREAM_LINE:
		break;
	}
	return write(s->fd, src, len);
}

int fav_stream_write(struct fav_stream *s, const void *src, size_t len)
{
	size_t done = 0;

	if (is_over(s)) {
		return -EPIPE;
	}
	while (done < len) {
		ssize_t wrote = write_some(s, (const uint8_t *)src + done, len - done);

		if (wrote > 0) {
			done += wrote;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			s->want_write = true;
			update_watch(s);
			break;
		} else if (errno != EINTR) {
			return end_of(s, errno);
		}
	}
	return done;
}

int fav_stream_speed_set(struct fav_stream *s, uint32_t baud)
{
	return s->kind == POSIX_STREAM_LINE ? posix__serial_speed(s->fd, baud) : -ENOTSUP;
}

void fav_stream_close(struct fav_stream *s)
{
	if (s == NULL) {
		return;
	}
	fav_irq_cancel(&s->opened);
	fav_irq_cancel(&s->poked);
	drop_fd(s);
	if (s->addresses != NULL) {
		freeaddrinfo(s->addresses);
	}
	if (s->owner != NULL) {
		s->owner->closed(s->owner_ctx);
	}
	free(s->packets);
	free(s);
}

int fav_stream_url_check(const char *url)
{
	enum posix_scheme scheme;
	const char *rest;
	struct sockaddr_un addr;
	int err = posix__url_scheme(url, &scheme, &rest);

	if (err < 0) {
		return err;
	}
	switch (scheme) {
	case POSIX_UNIX:
		return posix__unix_address(rest, &addr) < 0 ? -EINVAL : 0;
	case POSIX_TCP:
		return posix__tcp_check(rest);
	case POSIX_SERIAL:
		return posix__serial_check(rest);
	case POSIX_HCI:
		return posix__user_channel_check(rest);
	case POSIX_PTY:
		return rest[0] == '\0' ? 0 : -EINVAL;
	}
	return -ENOTSUP;
}
