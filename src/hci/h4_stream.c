/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include <favonius/loop.h>
#include <favonius/stream.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>

#include "hci/air_join.h"
#include "hci/h4.h"
#include "hci/h4_stream.h"

LOG_MODULE_REGISTER(h4_stream);

/* How long a peer may take to accept a connection. */
#define OPEN_TIMEOUT K_SECONDS(10)

/* A listener whose queue is full, and an air that is just starting or ending, are tried again. */
#define RETRIES     40
#define RETRY_PAUSE K_MSEC(50)

/* Bytes read before others have their turn. */
#define READ_BUDGET 16384

/*
 * Created by h4_stream__create(), freed by fav_hci_destroy(). stream is there from open() to
 * close(), the packets in tx from send() until they are written.
 */
struct h4_stream {
	struct fav_hci hci;
	struct fav_stream *stream;
	struct h4 h4;
	sys_slist_t tx;      /* of struct net_buf; what is written of the first is pulled from it */
	struct fav_irq lost; /* tells the client, outside of its own call */
	int err;             /* why nothing goes through any more, or 0 */
	struct k_sem opened;
	int open_err;
	char *air; /* the air to start when nobody listens, or NULL */
	char url[];
};

static struct h4_stream *of(struct fav_hci *hci)
{
	return CONTAINER_OF(hci, struct h4_stream, hci);
}

static void lose(struct h4_stream *s, int err)
{
	if (s->err == 0) {
		s->err = err;
		fav_stream_read_enable(s->stream, false);
		fav_irq_raise(&s->lost);
	}
}

static void tell_lost(struct fav_irq *irq)
{
	struct h4_stream *s = CONTAINER_OF(irq, struct h4_stream, lost);

	s->hci.client->lost(s->hci.ctx, s->err);
}

/* ---- Up ---- */

static struct net_buf *client_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				    size_t len)
{
	struct h4_stream *s = ctx;

	return s->hci.client->alloc(s->hci.ctx, type, hdr, hdr_len, len);
}

static void client_recv(void *ctx, struct net_buf *buf)
{
	struct h4_stream *s = ctx;

	s->hci.client->recv(s->hci.ctx, buf);
}

static const struct h4_client h4_client = {.alloc = client_alloc, .recv = client_recv};

static void on_readable(void *ctx)
{
	struct h4_stream *s = ctx;
	int budget = READ_BUDGET;

	while (budget > 0 && s->err == 0) {
		size_t max;
		uint8_t *dst = h4__want(&s->h4, &max);
		int got;

		if (max == 0) {
			fav_stream_read_enable(s->stream, false);
			return;
		}
		got = fav_stream_read(s->stream, dst, max);
		if (got == -EAGAIN) {
			return;
		}
		if (got < 0) {
			lose(s, got);
			return;
		}
		budget -= got;
		if (h4__got(&s->h4, got) < 0) {
			lose(s, -EPROTO);
		}
	}
}

static void h4_stream_rx_ready(struct fav_hci *hci)
{
	struct h4_stream *s = of(hci);

	if (s->err != 0 || !h4__is_held(&s->h4)) {
		return;
	}
	if (h4__resume(&s->h4) < 0) {
		lose(s, -EPROTO);
	} else {
		fav_stream_read_enable(s->stream, !h4__is_held(&s->h4));
	}
}

/* ---- Down ---- */

static struct net_buf *tx_head(struct h4_stream *s)
{
	sys_snode_t *node = sys_slist_peek_head(&s->tx);

	return node == NULL ? NULL : CONTAINER_OF(node, struct net_buf, node);
}

static void tx_drop_head(struct h4_stream *s)
{
	net_buf_unref(CONTAINER_OF(sys_slist_get(&s->tx), struct net_buf, node));
}

static void tx_write(struct h4_stream *s)
{
	struct net_buf *buf;

	while (s->err == 0 && (buf = tx_head(s)) != NULL) {
		int done = fav_stream_write(s->stream, buf->data, buf->len);

		if (done < 0) {
			lose(s, done);
			return;
		}
		net_buf_pull(buf, done);
		if (buf->len > 0) {
			return;
		}
		tx_drop_head(s);
	}
}

static void on_writable(void *ctx)
{
	tx_write(ctx);
}

static int h4_stream_send(struct fav_hci *hci, struct net_buf *buf)
{
	struct h4_stream *s = of(hci);
	bool idle = sys_slist_is_empty(&s->tx);

	if (s->err != 0) {
		return -ENOTCONN;
	}
	sys_slist_append(&s->tx, &buf->node);
	if (idle) {
		tx_write(s);
	}
	return 0;
}

/* ---- Open and close ---- */

static void on_opened(void *ctx, int err)
{
	struct h4_stream *s = ctx;

	s->open_err = err;
	k_sem_give(&s->opened);
}

static const struct fav_stream_client stream_client = {
	.opened = on_opened,
	.readable = on_readable,
	.writable = on_writable,
};

static int connect_once(struct h4_stream *s)
{
	int err;

	k_sem_init(&s->opened, 0, 1);
	err = fav_stream_open(s->url, &stream_client, s, &s->stream);
	if (err < 0) {
		return err;
	}
	err = k_sem_take(&s->opened, OPEN_TIMEOUT);
	if (err == 0) {
		err = s->open_err;
	} else if (err == -EAGAIN) {
		err = -ETIMEDOUT;
	}
	if (err < 0) {
		fav_stream_close(s->stream);
		s->stream = NULL;
	}
	return err;
}

static bool nobody_listens(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED;
}

/* What a starting air may have to say. */
#define SAID_SIZE 400

static int connect_stream(struct h4_stream *s)
{
	char said[SAID_SIZE] = "";
	int err = connect_once(s);
	bool starting = s->air != NULL && nobody_listens(err);

	if (starting) {
		int start_err = air__start(s->air, said, sizeof(said));

		if (start_err < 0) {
			return start_err;
		}
		err = connect_once(s);
	}
	for (int i = 0; i < RETRIES && (err == -EAGAIN || (starting && nobody_listens(err))); i++) {
		k_sleep(RETRY_PAUSE);
		err = connect_once(s);
	}
	if (starting && err < 0) {
		LOG_ERR("air:%s: the air that was started said: %s", s->air, said);
	}
	return err;
}

static const char *advice(int err)
{
	switch (err) {
	case -ECONNREFUSED:
	case -ENOENT:
		return "is there a controller, or a running favonius air?";
	case -EACCES:
	case -EPERM:
		return "this user may not open it";
	case -ETIMEDOUT:
	case -EAGAIN:
		return "it is there but does not answer";
	case -EBUSY:
		return "another program uses it";
	default:
		return "cannot open it";
	}
}

static int h4_stream_open(struct fav_hci *hci)
{
	struct h4_stream *s = of(hci);
	int err;

	s->err = 0;
	h4__init(&s->h4, H4_HOST, &h4_client, s, s->url);
	err = connect_stream(s);
	if (err < 0) {
		LOG_ERR("%s: %s: %s", s->url, strerror(-err), advice(err));
		return err;
	}
	fav_stream_read_enable(s->stream, true);
	return 0;
}

static void h4_stream_close(struct fav_hci *hci)
{
	struct h4_stream *s = of(hci);

	fav_irq_cancel(&s->lost);
	fav_stream_close(s->stream);
	s->stream = NULL;
	h4__reset(&s->h4);
	while (!sys_slist_is_empty(&s->tx)) {
		tx_drop_head(s);
	}
}

static void h4_stream_destroy(struct fav_hci *hci)
{
	k_free(of(hci));
}

static const struct fav_hci_api h4_stream_api = {
	.open = h4_stream_open,
	.send = h4_stream_send,
	.rx_ready = h4_stream_rx_ready,
	.close = h4_stream_close,
	.destroy = h4_stream_destroy,
};

int h4_stream__create(const char *url, const char *air, struct fav_hci **hci)
{
	size_t url_size = strlen(url) + 1;
	size_t air_size = air == NULL ? 0 : strlen(air) + 1;
	struct h4_stream *s = k_calloc(1, sizeof(*s) + url_size + air_size);

	if (s == NULL) {
		return -ENOMEM;
	}
	memcpy(s->url, url, url_size);
	if (air != NULL) {
		s->air = s->url + url_size;
		memcpy(s->air, air, air_size);
	}
	s->hci.api = &h4_stream_api;
	s->hci.name = s->url;
	s->lost.handler = tell_lost;
	sys_slist_init(&s->tx);
	*hci = &s->hci;
	return 0;
}
