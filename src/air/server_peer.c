/* SPDX-License-Identifier: Apache-2.0 */

#include "air/server_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/logging/log.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/slist.h>

#include "hci/h4.h"

LOG_MODULE_REGISTER(air_server);

/* The longest packets: a command, an event, ACL data of what a virtual controller takes. */
#define CMD_SIZE (1 + 3 + 255)
#define EVT_SIZE (1 + 2 + 255)
#define ACL_SIZE (1 + 4 + 251)

/* A host sends one command at a time unless it ignores its credits. */
#define CMD_COUNT 4
/* What a controller keeps until the other side has it, and one to be refused. */
#define ACL_COUNT 16
/* Events and data for a host that is slow to read; CMD_COUNT of them only for replies. */
#define UP_COUNT 32

/* Bytes read before others have their turn. */
#define READ_BUDGET 8192

#define EVT_CMD_COMPLETE 0x0e
#define EVT_CMD_STATUS   0x0f

struct peer {
	struct fav_air *air;
	struct fav_hci *hci; /* its controller */
	struct fav_stream *stream;
	struct h4 h4;
	void (*gone)(void *ctx, struct peer *peer);
	void *ctx;
	struct fav_irq ready; /* a buffer came back that somebody waits for */
	struct fav_irq leave; /* gone() is due */
	bool leaving;
	bool refused;   /* the controller was refused a buffer */
	sys_slist_t tx; /* of net_buf, to the stream */
	char name[96];  /* for log lines */

	struct net_buf_pool cmd, acl, up;
	FAV_NET_BUF_STORAGE(cmd_storage, CMD_COUNT, CMD_SIZE, 0);
	FAV_NET_BUF_STORAGE(acl_storage, ACL_COUNT, ACL_SIZE, 0);
	FAV_NET_BUF_STORAGE(up_storage, UP_COUNT, EVT_SIZE, 0);
};

static void leave(struct peer *peer)
{
	if (!peer->leaving) {
		peer->leaving = true;
		fav_stream_read_enable(peer->stream, false);
		fav_irq_raise(&peer->leave);
	}
}

static void tell_gone(struct fav_irq *irq)
{
	struct peer *peer = CONTAINER_OF(irq, struct peer, leave);

	peer->gone(peer->ctx, peer);
}

static void stream_ended(struct peer *peer, int err)
{
	if (err == -EPIPE) {
		LOG_INF("%s: has left", peer->name);
	} else {
		LOG_WRN("%s: dropped: %s", peer->name, strerror(-err));
	}
	leave(peer);
}

/* ---- Buffers that come back ---- */

static void came_back(struct peer *peer, struct net_buf *buf)
{
	net_buf_destroy(buf);
	if (peer->refused || h4__is_held(&peer->h4)) {
		fav_irq_raise(&peer->ready);
	}
}

static void cmd_freed(struct net_buf *buf)
{
	came_back(CONTAINER_OF(buf->pool, struct peer, cmd), buf);
}

static void acl_freed(struct net_buf *buf)
{
	came_back(CONTAINER_OF(buf->pool, struct peer, acl), buf);
}

static void up_freed(struct net_buf *buf)
{
	came_back(CONTAINER_OF(buf->pool, struct peer, up), buf);
}

static void go_on(struct fav_irq *irq)
{
	struct peer *peer = CONTAINER_OF(irq, struct peer, ready);

	if (peer->leaving) {
		return;
	}
	if (peer->refused && fav_net_buf_pool_free(&peer->up) > CMD_COUNT) {
		peer->refused = false;
		fav_hci_rx_ready(peer->hci);
	}
	if (!h4__is_held(&peer->h4)) {
		return;
	}
	if (h4__resume(&peer->h4) < 0) {
		stream_ended(peer, -EPROTO);
	} else {
		fav_stream_read_enable(peer->stream, !h4__is_held(&peer->h4));
	}
}

/* ---- Down: from the stream to the controller ---- */

/* As many replies can be due as commands are with the controller. */
static bool can_reply(const struct peer *peer)
{
	return fav_net_buf_pool_free(&peer->up) > fav_net_buf_pool_used(&peer->cmd);
}

static struct net_buf *down_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				  size_t len)
{
	struct peer *peer = ctx;

	if (type == FAV_H4_ACL) {
		return net_buf_alloc(&peer->acl, K_NO_WAIT);
	}
	return can_reply(peer) ? net_buf_alloc(&peer->cmd, K_NO_WAIT) : NULL;
}

static void down_recv(void *ctx, struct net_buf *buf)
{
	struct peer *peer = ctx;

	if (peer->leaving || fav_hci_send(peer->hci, buf) < 0) {
		net_buf_unref(buf);
	}
}

static const struct h4_client down_client = {.alloc = down_alloc, .recv = down_recv};

static void on_readable(void *ctx)
{
	struct peer *peer = ctx;
	int budget = READ_BUDGET;

	while (budget > 0 && !peer->leaving) {
		size_t max;
		uint8_t *dst = h4__want(&peer->h4, &max);
		int got;

		if (max == 0) {
			fav_stream_read_enable(peer->stream, false);
			return;
		}
		got = fav_stream_read(peer->stream, dst, max);
		if (got == -EAGAIN) {
			return;
		}
		if (got < 0) {
			stream_ended(peer, got);
			return;
		}
		budget -= got;
		if (h4__got(&peer->h4, got) < 0) {
			stream_ended(peer, -EPROTO);
		}
	}
}

/* ---- Up: from the controller to the stream ---- */

static void tx_write(struct peer *peer)
{
	sys_snode_t *node;

	while (!peer->leaving && (node = sys_slist_peek_head(&peer->tx)) != NULL) {
		struct net_buf *buf = CONTAINER_OF(node, struct net_buf, node);
		int done = fav_stream_write(peer->stream, buf->data, buf->len);

		if (done < 0) {
			stream_ended(peer, done);
			return;
		}
		net_buf_pull(buf, done);
		if (buf->len > 0) {
			return;
		}
		net_buf_unref(net_buf_slist_get(&peer->tx));
	}
}

static void on_writable(void *ctx)
{
	tx_write(ctx);
}

static const struct fav_stream_client stream_client = {
	.readable = on_readable,
	.writable = on_writable,
};

static bool is_reply(uint8_t type, const uint8_t *hdr)
{
	return type == FAV_H4_EVT && (hdr[0] == EVT_CMD_COMPLETE || hdr[0] == EVT_CMD_STATUS);
}

static struct net_buf *up_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				size_t len)
{
	struct peer *peer = ctx;
	uint16_t kept_back = is_reply(type, hdr) ? 0 : CMD_COUNT;
	struct net_buf *buf = NULL;

	if (fav_net_buf_pool_free(&peer->up) > kept_back) {
		buf = net_buf_alloc(&peer->up, K_NO_WAIT);
	}
	if (buf == NULL) {
		peer->refused = true;
	}
	return buf;
}

static void up_recv(void *ctx, struct net_buf *buf)
{
	struct peer *peer = ctx;
	bool idle = sys_slist_is_empty(&peer->tx);

	net_buf_slist_put(&peer->tx, buf);
	if (idle) {
		tx_write(peer);
	}
}

static void up_lost(void *ctx, int err)
{
	struct peer *peer = ctx;

	LOG_WRN("%s: dropped: its controller has given up: %s", peer->name, strerror(-err));
	leave(peer);
}

static const struct fav_hci_client up_client = {
	.alloc = up_alloc,
	.recv = up_recv,
	.lost = up_lost,
};

/* ---- Life ---- */

static int init_pools(struct peer *peer)
{
	int err = fav_net_buf_pool_init(&peer->cmd, peer->cmd_storage, sizeof(peer->cmd_storage),
					CMD_COUNT, CMD_SIZE, 0, cmd_freed);

	if (err == 0) {
		err = fav_net_buf_pool_init(&peer->acl, peer->acl_storage,
					    sizeof(peer->acl_storage), ACL_COUNT, ACL_SIZE, 0,
					    acl_freed);
	}
	if (err == 0) {
		err = fav_net_buf_pool_init(&peer->up, peer->up_storage, sizeof(peer->up_storage),
					    UP_COUNT, EVT_SIZE, 0, up_freed);
	}
	return err;
}

static int join(struct peer *peer, const struct fav_air_device *device)
{
	struct fav_air_device wish = {.acl_count = ACL_COUNT - 1};
	int err = init_pools(peer);

	if (err < 0) {
		return err;
	}
	if (device != NULL) {
		wish.name = device->name;
		wish.public_addr = device->public_addr;
	}
	err = fav_air_add(peer->air, &wish, &peer->hci);
	if (err < 0) {
		return err;
	}
	err = fav_hci_open(peer->hci, &up_client, peer);
	if (err < 0) {
		fav_air_remove(peer->air, peer->hci);
	}
	return err;
}

struct peer *peer__create(struct fav_air *air, const struct fav_air_device *device,
			  struct fav_stream *stream, const char *url,
			  void (*gone)(void *ctx, struct peer *peer), void *ctx, int *err)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL) {
		*err = -ENOMEM;
		return NULL;
	}
	peer->air = air;
	peer->gone = gone;
	peer->ctx = ctx;
	peer->ready.handler = go_on;
	peer->leave.handler = tell_gone;
	sys_slist_init(&peer->tx);
	*err = join(peer, device);
	if (*err < 0) {
		free(peer);
		return NULL;
	}
	snprintf(peer->name, sizeof(peer->name), "%s: %s", url, peer->hci->name);
	h4__init(&peer->h4, H4_CONTROLLER, &down_client, peer, peer->name);
	peer->stream = stream;
	fav_stream_client_set(stream, &stream_client, peer);
	fav_stream_read_enable(stream, true);
	LOG_INF("%s: has come", peer->name);
	return peer;
}

void peer__destroy(struct peer *peer)
{
	struct net_buf *buf;

	peer->leaving = true;
	fav_stream_close(peer->stream);
	fav_air_remove(peer->air, peer->hci);
	h4__reset(&peer->h4);
	while ((buf = net_buf_slist_get(&peer->tx)) != NULL) {
		net_buf_unref(buf);
	}
	fav_irq_cancel(&peer->ready);
	fav_irq_cancel(&peer->leave);
	free(peer);
}
