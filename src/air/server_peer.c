/* SPDX-License-Identifier: Apache-2.0 */

#include "air/server_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/logging/log.h>
#include <zephyr/net_buf.h>

#include "air/air_internal.h"
#include "hci/h4_link.h"

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

#define EVT_CMD_COMPLETE 0x0e
#define EVT_CMD_STATUS   0x0f

struct peer {
	struct fav_air *air;
	struct fav_hci *hci; /* its controller */
	struct h4_link link;
	void (*gone)(void *ctx, struct peer *peer);
	void *ctx;
	struct fav_irq ready; /* a buffer came back that somebody waits for */
	bool refused;         /* the controller was refused a buffer */
	char name[96];        /* for log lines */

	struct net_buf_pool cmd, acl, up;
	FAV_NET_BUF_STORAGE(cmd_storage, CMD_COUNT, CMD_SIZE, 0);
	FAV_NET_BUF_STORAGE(acl_storage, ACL_COUNT, ACL_SIZE, 0);
	FAV_NET_BUF_STORAGE(up_storage, UP_COUNT, EVT_SIZE, 0);
};

/* ---- Buffers that come back ---- */

static void came_back(struct peer *peer, struct net_buf *buf)
{
	net_buf_destroy(buf);
	if (peer->refused || h4_link__is_held(&peer->link)) {
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

	if (peer->refused && fav_net_buf_pool_free(&peer->up) > CMD_COUNT) {
		peer->refused = false;
		fav_hci_rx_ready(peer->hci);
	}
	h4_link__resume(&peer->link);
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

	if (fav_hci_send(peer->hci, buf) < 0) {
		net_buf_unref(buf);
	}
}

static void say_lost(const struct peer *peer, int err)
{
	if (err == -EPIPE && h4__is_between(&peer->link.h4)) {
		LOG_INF("%s: has left", peer->name);
	} else if (err == -EPIPE) {
		LOG_WRN("%s: has left in the middle of a packet", peer->name);
	} else {
		LOG_WRN("%s: dropped: %s", peer->name, strerror(-err));
	}
}

static void down_lost(void *ctx, int err)
{
	struct peer *peer = ctx;

	say_lost(peer, err);
	peer->gone(peer->ctx, peer);
}

static const struct fav_hci_client down_client = {
	.alloc = down_alloc,
	.recv = down_recv,
	.lost = down_lost,
};

/* ---- Up: from the controller to the stream ---- */

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

	if (h4_link__send(&peer->link, buf) < 0) {
		net_buf_unref(buf);
	}
}

static void up_lost(void *ctx, int err)
{
	struct peer *peer = ctx;

	LOG_WRN("%s: its controller has given up: it takes no events", peer->name);
	h4_link__lose(&peer->link, err);
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
	*err = join(peer, device);
	if (*err < 0) {
		free(peer);
		return NULL;
	}
	snprintf(peer->name, sizeof(peer->name), "%s: %s", url, peer->hci->name);
	h4_link__start(&peer->link, H4_CONTROLLER, stream, &down_client, peer, peer->name);
	LOG_INF("%s: has come", peer->name);
	return peer;
}

const bt_addr_t *peer__public_addr(const struct peer *peer)
{
	return air__public_addr(peer->hci);
}

bool peer__has_left(const struct peer *peer)
{
	return fav_stream_has_ended(peer->link.stream);
}

void peer__see_off(struct peer *peer)
{
	say_lost(peer, h4_link__read_out(&peer->link));
}

void peer__destroy(struct peer *peer)
{
	fav_air_remove(peer->air, peer->hci);
	h4_link__stop(&peer->link);
	fav_irq_cancel(&peer->ready);
	free(peer);
}
