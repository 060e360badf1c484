/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What an application does with a channel that is there: close it, send, give back what it
 * received.
 */

#include <errno.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"

bool l2cap_coc__called_off(const struct bt_l2cap_le_chan *ch)
{
	return ch->state == BT_L2CAP_CONNECTING &&
	       atomic_test_bit(ch->chan.status, BT_L2CAP_STATUS_SHUTDOWN);
}

/* There is no request with which to take back a request: its answer is waited for. Without one, the
 * channel ends as soon as the caller has returned. */
static void call_off(struct bt_l2cap_le_chan *ch)
{
	atomic_set_bit(ch->chan.status, BT_L2CAP_STATUS_SHUTDOWN);
	if (atomic_test_and_clear_bit(ch->chan.status, BT_L2CAP_STATUS_ENCRYPT_PENDING)) {
		l2cap_coc__rtx(ch, 0);
	}
}

int bt_l2cap_chan_disconnect(struct bt_l2cap_chan *chan)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);

	if (chan->conn == NULL) {
		return -ENOTCONN;
	}
	if (l2cap_fixed__is(chan)) {
		return -EINVAL;
	}
	switch (ch->state) {
	case BT_L2CAP_CONNECTED:
		l2cap_coc__close(ch, NULL);
		return 0;
	case BT_L2CAP_CONNECTING:
		if (l2cap_coc__called_off(ch)) {
			return -EALREADY;
		}
		call_off(ch);
		return 0;
	case BT_L2CAP_DISCONNECTING:
		return -EALREADY;
	default:
		return -ENOTCONN;
	}
}

int bt_l2cap_chan_send(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct bt_host *previous;
	int err;

	if (chan == NULL || buf == NULL) {
		return -EINVAL;
	}
	if (chan->conn == NULL) {
		return -ENOTCONN;
	}
	previous = host__enter(conn__host(chan->conn));
	err = l2cap_fixed__is(chan) ? l2cap_fixed__send(chan, buf)
				    : l2cap_coc_tx__send(BT_L2CAP_LE_CHAN(chan), buf);
	host__leave(previous);
	return err;
}

int bt_l2cap_chan_recv_complete(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);

	if (buf == NULL) {
		return -EINVAL;
	}
	net_buf_unref(buf);
	if (chan->conn == NULL || ch->state != BT_L2CAP_CONNECTED || ch->rx_in_progress_ == 0) {
		return 0;
	}
	ch->rx_in_progress_--;
	if (ch->rx_held_count_ > 0) {
		/* Not from here: the application may be in its recv. */
		l2cap_coc__starve(ch);
		l2cap_coc__freed(l2cap_coc__of(chan->conn));
	} else {
		l2cap_coc_rx__resume(ch);
	}
	return 0;
}
