/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Received data that stays: what the application does not take yet, or will not give back soon.
 *
 * The controller's data comes in CONFIG_BT_BUF_ACL_RX_COUNT buffers. Were a channel that nobody
 * reads to fill them, every link would fall silent. So what stays while more than half of them are
 * in use goes to the heap; its size is what the peer had credits for.
 */

#include <zephyr/kernel.h>

#include "conn.h"
#include "hci_core.h"
#include "host.h"
#include "l2cap_coc.h"

/* A buffer of the heap is a pool of one, followed by its storage. */
#define STORAGE_AT ROUND_UP(sizeof(struct net_buf_pool), FAV_NET_BUF_ALIGN)

static void heap_destroy(struct net_buf *buf)
{
	struct net_buf_pool *pool = buf->pool;

	net_buf_destroy(buf);
	k_free(pool);
}

static struct net_buf *heap_buf(size_t size)
{
	size_t storage = FAV_NET_BUF_STORAGE_SIZE(1, size, 0);
	struct net_buf_pool *pool = k_malloc(STORAGE_AT + storage);
	struct net_buf *buf;

	if (pool == NULL) {
		return NULL;
	}
	if (fav_net_buf_pool_init(pool, (uint8_t *)pool + STORAGE_AT, storage, 1, size, 0,
				  heap_destroy) != 0 ||
	    (buf = net_buf_alloc(pool, K_NO_WAIT)) == NULL) {
		k_free(pool);
		return NULL;
	}
	return buf;
}

static bool scarce(const struct bt_l2cap_le_chan *ch)
{
	return hci__acl_scarce(host__hci(conn__host(ch->chan.conn)));
}

struct net_buf *l2cap_coc_keep__segment(const struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct net_buf *copy;

	if (!scarce(ch)) {
		return net_buf_ref(buf);
	}
	copy = heap_buf(buf->len);
	if (copy != NULL) {
		net_buf_add_mem(copy, buf->data, buf->len);
	}
	return copy;
}

struct net_buf *l2cap_coc_keep__sdu(const struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct net_buf *empty = scarce(ch) ? heap_buf(ch->rx_sdu_len_) : NULL;

	return empty != NULL ? empty : net_buf_ref(buf);
}
