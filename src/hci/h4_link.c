/* SPDX-License-Identifier: Apache-2.0 */

#include "hci/h4_link.h"

#include <errno.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

/* Bytes read before others have their turn. */
#define READ_BUDGET 16384
/* More than a socket holds. */
#define READ_OUT_MAX (64 * READ_BUDGET)

void h4_link__lose(struct h4_link *link, int err)
{
	if (link->err == 0) {
		link->err = err;
		fav_stream_read_enable(link->stream, false);
		fav_irq_raise(&link->lost);
	}
}

static void tell_lost(struct fav_irq *irq)
{
	struct h4_link *link = CONTAINER_OF(irq, struct h4_link, lost);

	link->client->lost(link->ctx, link->err);
}

/* ---- In ---- */

static void take(struct h4_link *link, size_t len)
{
	if (h4__got(&link->h4, len) < 0) {
		h4_link__lose(link, -EPROTO);
	}
}

/* Where bytes belong that are to be read now, and in *max how many; NULL, and no more of them,
 * while the client has no buffer for them. */
static uint8_t *want(struct h4_link *link, size_t *max)
{
	uint8_t *dst = h4__want(&link->h4, max);

	if (*max == 0) {
		fav_stream_read_enable(link->stream, false);
		return NULL;
	}
	return dst;
}

/* What was read ahead goes where it belongs. Returns false when nothing may follow it. */
static bool take_ahead(struct h4_link *link)
{
	while (link->err == 0 && link->ahead_at < link->ahead_end) {
		size_t len;
		uint8_t *dst = want(link, &len);

		if (dst == NULL) {
			return false;
		}
		len = MIN(len, (size_t)(link->ahead_end - link->ahead_at));
		memcpy(dst, link->ahead + link->ahead_at, len);
		link->ahead_at += len;
		take(link, len);
	}
	return link->err == 0;
}

/* Reads once. Returns how many bytes came, or 0 when there are, for all that is known, no more. */
static int read_some(struct h4_link *link)
{
	size_t max;
	uint8_t *dst = want(link, &max);
	bool ahead = max < sizeof(link->ahead);
	int got;

	if (dst == NULL) {
		return 0;
	}
	max = ahead ? sizeof(link->ahead) : max;
	got = fav_stream_read(link->stream, ahead ? link->ahead : dst, max);
	if (got < 0) {
		if (got != -EAGAIN) {
			h4_link__lose(link, got);
		}
		return 0;
	}
	if (ahead) {
		link->ahead_at = 0;
		link->ahead_end = got;
	} else {
		take(link, got);
	}
	return take_ahead(link) && (size_t)got == max ? got : 0;
}

static void on_readable(void *ctx)
{
	struct h4_link *link = ctx;
	int budget = READ_BUDGET;
	int got;

	if (!take_ahead(link)) {
		return;
	}
	do {
		got = read_some(link);
		budget -= got;
	} while (got > 0 && budget > 0);
}

int h4_link__read_out(struct h4_link *link)
{
	for (size_t read = 0; link->err == 0 && read < READ_OUT_MAX; read += READ_BUDGET) {
		on_readable(link);
	}
	fav_irq_cancel(&link->lost);
	return link->err != 0 ? link->err : -EPIPE;
}

static void on_more(struct fav_irq *irq)
{
	on_readable(CONTAINER_OF(irq, struct h4_link, more));
}

void h4_link__resume(struct h4_link *link)
{
	if (link->err != 0 || !h4__is_held(&link->h4)) {
		return;
	}
	if (h4__resume(&link->h4) < 0) {
		h4_link__lose(link, -EPROTO);
		return;
	}
	fav_stream_read_enable(link->stream, !h4__is_held(&link->h4));
	if (!h4__is_held(&link->h4) && link->ahead_at < link->ahead_end) {
		fav_irq_raise(&link->more);
	}
}

bool h4_link__is_held(const struct h4_link *link)
{
	return h4__is_held(&link->h4);
}

/* ---- Out ---- */

static void write_queue(struct h4_link *link)
{
	sys_snode_t *node;

	while (link->err == 0 && (node = sys_slist_peek_head(&link->tx)) != NULL) {
		struct net_buf *buf = CONTAINER_OF(node, struct net_buf, node);
		int done = fav_stream_write(link->stream, buf->data, buf->len);

		if (done < 0) {
			h4_link__lose(link, done);
			return;
		}
		net_buf_pull(buf, done);
		if (buf->len > 0) {
			return;
		}
		net_buf_unref(net_buf_slist_get(&link->tx));
	}
}

static void on_writable(void *ctx)
{
	write_queue(ctx);
}

int h4_link__send(struct h4_link *link, struct net_buf *buf)
{
	bool idle = sys_slist_is_empty(&link->tx);

	if (link->err != 0) {
		return -ENOTCONN;
	}
	if (buf->data[0] == FAV_H4_CMD) {
		h4__sent(&link->h4, sys_get_le16(buf->data + 1));
	}
	net_buf_slist_put(&link->tx, buf);
	if (idle) {
		write_queue(link);
	}
	return 0;
}

/* ---- Start and stop ---- */

static const struct fav_stream_client stream_client = {
	.readable = on_readable,
	.writable = on_writable,
};

void h4_link__start(struct h4_link *link, enum h4_side side, struct fav_stream *stream,
		    const struct fav_hci_client *client, void *ctx, const char *name)
{
	link->client = client;
	link->ctx = ctx;
	link->stream = stream;
	link->lost.handler = tell_lost;
	link->more.handler = on_more;
	link->ahead_at = link->ahead_end = 0;
	link->err = 0;
	sys_slist_init(&link->tx);
	h4__init(&link->h4, side, client, ctx, name);
	fav_stream_client_set(stream, &stream_client, link);
	fav_stream_read_enable(stream, true);
}

void h4_link__stop(struct h4_link *link)
{
	struct net_buf *buf;

	fav_irq_cancel(&link->lost);
	fav_irq_cancel(&link->more);
	fav_stream_close(link->stream);
	link->stream = NULL;
	h4__reset(&link->h4);
	while ((buf = net_buf_slist_get(&link->tx)) != NULL) {
		net_buf_unref(buf);
	}
}
