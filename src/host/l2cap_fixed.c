/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fixed channels of the application's, Core 6.0 Vol 3 Part A 2.1.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

BUILD_ASSERT(CONFIG_BT_CONN_TX_USER_DATA_SIZE >= L2CAP_USER_DATA);

static bool cid_usable(const struct l2cap *l2cap, uint16_t cid)
{
	return cid != 0 && cid < L2CAP_COC_CID_FIRST &&
	       (cid >= L2CAP_FIXED_MAX || l2cap->fixed[cid] == NULL);
}

/* The channel that the application gives; NULL: none, or one that cannot be. */
static struct bt_l2cap_chan *asked_for(struct bt_conn *conn,
				       const struct bt_l2cap_fixed_chan *fixed)
{
	struct bt_l2cap_chan *chan = NULL;

	if (fixed->accept(conn, &chan) != 0 || chan == NULL || !conn__is_connected(conn)) {
		return NULL;
	}
	if (chan->ops == NULL || chan->conn != NULL) {
		LOG_ERR("fixed channel 0x%04x is in use, or has no ops", fixed->cid);
		return NULL;
	}
	return chan;
}

static void up(struct bt_conn *conn, const struct bt_l2cap_fixed_chan *fixed)
{
	struct l2cap_coc *coc = l2cap_coc__of(conn);
	struct bt_l2cap_chan *chan;
	struct bt_l2cap_le_chan *ch;

	if (!cid_usable(host__l2cap(coc->host), fixed->cid)) {
		LOG_ERR("fixed channel 0x%04x is not to be had", fixed->cid);
		return;
	}
	if (*l2cap_coc__place(conn, fixed->cid) != NULL) {
		return;
	}
	chan = asked_for(conn, fixed);
	if (chan == NULL) {
		return;
	}
	ch = BT_L2CAP_LE_CHAN(chan);
	chan->conn = conn;
	chan->destroy = fixed->destroy;
	ch->rx.cid = fixed->cid;
	ch->tx.cid = fixed->cid;
	ch->state = BT_L2CAP_CONNECTED;
	ch->next_ = NULL;
	*l2cap_coc__place(conn, fixed->cid) = ch;
	if (chan->ops->connected != NULL) {
		chan->ops->connected(chan);
	}
}

void l2cap_fixed__connected(struct bt_conn *conn)
{
	STRUCT_SECTION_FOREACH(bt_l2cap_fixed_chan, fixed) {
		/* A callback may end the link. */
		if (conn__is_connected(conn)) {
			up(conn, fixed);
		}
	}
}

static void down(struct bt_l2cap_le_chan *ch)
{
	const struct bt_l2cap_chan_ops *ops = ch->chan.ops;

	ch->state = BT_L2CAP_DISCONNECTED;
	if (ops->disconnected != NULL) {
		ops->disconnected(&ch->chan);
	}
	ch->chan.conn = NULL;
	if (ch->chan.destroy != NULL) {
		ch->chan.destroy(&ch->chan);
	}
	if (ops->released != NULL) {
		ops->released(&ch->chan);
	}
}

void l2cap_fixed__disconnected(struct bt_conn *conn)
{
	for (uint16_t cid = 0; cid < L2CAP_COC_CID_FIRST; cid++) {
		struct bt_l2cap_le_chan **place = l2cap_coc__place(conn, cid);
		struct bt_l2cap_le_chan *ch = *place;

		if (ch != NULL) {
			*place = ch->next_;
			down(ch);
		}
	}
}

bool l2cap_fixed__recv(struct bt_conn *conn, uint16_t cid, struct net_buf *buf)
{
	struct bt_l2cap_le_chan *ch = *l2cap_coc__place(conn, cid);

	if (ch == NULL || ch->chan.ops->recv == NULL) {
		return false;
	}
	(void)ch->chan.ops->recv(&ch->chan, buf);
	net_buf_unref(buf);
	return true;
}

int l2cap_fixed__send(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	if (buf->frags != NULL || buf->ref != 1 ||
	    net_buf_headroom(buf) < BT_L2CAP_CHAN_SEND_RESERVE ||
	    buf->user_data_size < L2CAP_USER_DATA) {
		return -EINVAL;
	}
	return l2cap__send(chan->conn, BT_L2CAP_LE_CHAN(chan)->tx.cid, buf, NULL, NULL);
}
