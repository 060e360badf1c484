/* SPDX-License-Identifier: Apache-2.0 */

/*
 * SDUs to segments (K-frames), Core 6.0 Vol 3 Part A 3.4.
 */

#include <errno.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>

#include "acl.h"
#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

BUILD_ASSERT(BT_L2CAP_CHAN_SEND_RESERVE == L2CAP_HEADROOM);

/* Segments of one channel in the link's queue and the controller: a part of what the controller
 * takes, as channels share it, for all that is queued is before the next ATT PDU; within these. */
#define FRAMES_MIN 2
#define FRAMES_MAX 16

/* ---- A segment's buffer ---- */

/* In a view's user data, behind the queue's own: the buffer whose memory it shows. */
static struct net_buf **shown(struct net_buf *view)
{
	return (struct net_buf **)((uint8_t *)net_buf_user_data(view) + L2CAP_USER_DATA);
}

static void view_destroy(struct net_buf *view)
{
	struct l2cap_coc *coc = CONTAINER_OF(view->pool, struct l2cap_coc, views);
	struct net_buf *whole = *shown(view);

	net_buf_destroy(view);
	net_buf_unref(whole);
	l2cap_coc__freed(coc);
}

static void copy_destroy(struct net_buf *copy)
{
	struct l2cap_coc *coc = CONTAINER_OF(copy->pool, struct l2cap_coc, copies);

	net_buf_destroy(copy);
	l2cap_coc__freed(coc);
}

void l2cap_coc_tx__init(struct l2cap_coc *coc)
{
	int err = fav_net_buf_pool_init(&coc->views, coc->view_storage, sizeof(coc->view_storage),
					L2CAP_COC_VIEWS, 0,
					L2CAP_USER_DATA + sizeof(struct net_buf *), view_destroy);

	__ASSERT(err == 0, "pool of views: %d", err);
	err = fav_net_buf_pool_init(&coc->copies, coc->copy_storage, sizeof(coc->copy_storage),
				    L2CAP_COC_COPIES, L2CAP_HEADROOM + CONFIG_BT_L2CAP_TX_MTU,
				    L2CAP_USER_DATA, copy_destroy);
	__ASSERT(err == 0, "pool of copies: %d", err);
	ARG_UNUSED(err);
}

/* Whether the place in front of buf's content is ours to write on: nobody else holds the buffer,
 * and no clone its memory. */
static bool writable(const struct net_buf *buf)
{
	return buf->ref == 1 && net_buf_headroom(buf) >= L2CAP_HEADROOM &&
	       (buf->flags & NET_BUF_EXTERNAL_DATA) == 0 && buf->pool->data_cb_->ref == NULL;
}

/* The next fragment of the SDU that has something in it. */
static void empty_skip(struct bt_l2cap_le_chan *ch)
{
	while (ch->tx_sdu_->len == 0 && ch->tx_sdu_->frags != NULL) {
		struct net_buf *empty = ch->tx_sdu_;

		ch->tx_sdu_ = empty->frags;
		empty->frags = NULL;
		net_buf_unref(empty);
	}
}

static struct net_buf *view_make(struct l2cap_coc *coc, struct net_buf *whole, uint16_t len)
{
	struct net_buf *view =
		net_buf_alloc_with_data(&coc->views, whole->__buf, whole->size, K_NO_WAIT);

	if (view == NULL) {
		return NULL;
	}
	view->data = whole->data;
	view->len = len;
	*shown(view) = net_buf_ref(whole);
	net_buf_pull(whole, len);
	return view;
}

static struct net_buf *copy_make(struct bt_l2cap_le_chan *ch, struct l2cap_coc *coc, uint16_t len)
{
	struct net_buf *copy = net_buf_alloc(&coc->copies, K_NO_WAIT);

	if (copy == NULL) {
		return NULL;
	}
	net_buf_reserve(copy, L2CAP_HEADROOM);
	while (len > 0) {
		uint16_t part = MIN(len, ch->tx_sdu_->len);

		net_buf_add_mem(copy, net_buf_pull_mem(ch->tx_sdu_, part), part);
		len -= part;
		if (len > 0) {
			empty_skip(ch);
		}
	}
	return copy;
}

/* The next len bytes of the SDU; NULL: no buffer now. */
static struct net_buf *frame_make(struct bt_l2cap_le_chan *ch, uint16_t len)
{
	struct l2cap_coc *coc = l2cap_coc__of(ch->chan.conn);

	empty_skip(ch);
	if (ch->tx_sdu_->len >= len && writable(ch->tx_sdu_)) {
		return view_make(coc, ch->tx_sdu_, len);
	}
	return copy_make(ch, coc, len);
}

/* ---- Sending ---- */

/* What a segment's report says: the channel's CID and generation, and whether it ends an SDU. */
#define REPORT_INDEX_MASK 0x3f
#define REPORT_LAST       BIT(7)
#define REPORT_GENERATION 8

static void *report_of(const struct bt_l2cap_le_chan *ch, bool last)
{
	uintptr_t report = (uintptr_t)(ch->rx.cid - L2CAP_COC_CID_FIRST) |
			   (uintptr_t)ch->generation_ << REPORT_GENERATION;

	return (void *)(report | (last ? REPORT_LAST : 0));
}

static void frames_set(struct bt_l2cap_le_chan *ch, uint16_t frames)
{
	struct l2cap_coc_link *link = l2cap_coc__link(ch->chan.conn);

	link->senders += (frames > 0) - (ch->tx_frames_ > 0);
	ch->tx_frames_ = frames;
}

static void frame_sent(struct bt_conn *conn, void *user, int err)
{
	uintptr_t report = (uintptr_t)user;
	const struct l2cap_coc_ref ref = {
		.conn = conn,
		.cid = L2CAP_COC_CID_FIRST + (report & REPORT_INDEX_MASK),
		.generation = (uint16_t)(report >> REPORT_GENERATION),
	};
	struct bt_l2cap_le_chan *ch = l2cap_coc__deref(ref);

	if (ch == NULL) {
		return;
	}
	frames_set(ch, ch->tx_frames_ - 1);
	if (err != 0 || ch->state != BT_L2CAP_CONNECTED) {
		return;
	}
	if (report & REPORT_LAST) {
		ch->tx_sdus_--;
		if (ch->chan.ops->sent != NULL) {
			ch->chan.ops->sent(&ch->chan);
			ch = l2cap_coc__deref(ref);
		}
	}
	if (ch != NULL) {
		l2cap_coc_tx__pump(ch);
	}
}

/* The longest segment that fills link-layer PDUs and fits one packet of the controller. */
static uint16_t frame_whole(const struct bt_conn *conn)
{
	uint16_t packet = host__acl(conn__host(conn))->len;
	uint16_t pdu = conn__tx_octets(conn);

	packet = packet >= pdu ? packet / pdu * pdu : packet;
	return packet - BT_L2CAP_HDR_SIZE;
}

/* Short segments cost more credits: only where what there is takes the SDU to its end, for a peer
 * may give no more before it has all of it. */
static uint16_t frame_len(const struct bt_l2cap_le_chan *ch)
{
	uint32_t most = MIN(ch->tx.mps, BT_L2CAP_TX_MTU);
	uint32_t whole = frame_whole(ch->chan.conn);

	if (most > whole && ch->tx_left_ > whole &&
	    DIV_ROUND_UP(ch->tx_left_, whole) <= (uint32_t)ch->tx.credits) {
		most = whole;
	}
	return (uint16_t)MIN(most, ch->tx_left_);
}

static uint16_t frames_limit(const struct bt_l2cap_le_chan *ch)
{
	uint16_t senders = MAX(l2cap_coc__link(ch->chan.conn)->senders, 1);

	return CLAMP(host__acl(conn__host(ch->chan.conn))->count / senders, FRAMES_MIN, FRAMES_MAX);
}

/* Whether there is an SDU to go on with. */
static bool sdu_take(struct bt_l2cap_le_chan *ch)
{
	if (ch->tx_sdu_ == NULL) {
		ch->tx_sdu_ = net_buf_slist_get(&ch->tx_queue_);
		if (ch->tx_sdu_ != NULL) {
			ch->tx_left_ = (uint32_t)net_buf_frags_len(ch->tx_sdu_);
		}
	}
	return ch->tx_sdu_ != NULL;
}

/* false: not now. */
static bool frame_send(struct bt_l2cap_le_chan *ch)
{
	uint16_t len = frame_len(ch);
	struct net_buf *frame = frame_make(ch, len);
	bool last = len == ch->tx_left_;

	if (frame == NULL) {
		l2cap_coc__starve(ch);
		return false;
	}
	ch->tx_left_ -= len;
	if (last) {
		net_buf_unref(ch->tx_sdu_);
		ch->tx_sdu_ = NULL;
	}
	if (l2cap__send(ch->chan.conn, ch->tx.cid, frame, frame_sent, report_of(ch, last)) != 0) {
		/* The link is going; the channel ends with it. */
		net_buf_unref(frame);
		return false;
	}
	ch->tx.credits--;
	frames_set(ch, ch->tx_frames_ + 1);
	return true;
}

void l2cap_coc_tx__pump(struct bt_l2cap_le_chan *ch)
{
	bool had = ch->tx.credits > 0;

	if (ch->state != BT_L2CAP_CONNECTED) {
		return;
	}
	while (ch->tx.credits > 0 && sdu_take(ch) && ch->tx_frames_ < frames_limit(ch)) {
		if (!frame_send(ch)) {
			break;
		}
	}
	if (had && ch->tx.credits == 0) {
		atomic_clear_bit(ch->chan.status, BT_L2CAP_STATUS_OUT);
		if (ch->chan.ops->status != NULL) {
			ch->chan.ops->status(&ch->chan, ch->chan.status);
		}
	}
}

void l2cap_coc_tx__forget(struct bt_l2cap_le_chan *ch)
{
	frames_set(ch, 0);
}

void l2cap_coc_tx__drop(struct bt_l2cap_le_chan *ch)
{
	struct net_buf *buf;

	if (ch->tx_sdu_ != NULL) {
		net_buf_unref(ch->tx_sdu_);
		ch->tx_sdu_ = NULL;
	}
	while ((buf = net_buf_slist_get(&ch->tx_queue_)) != NULL) {
		net_buf_unref(buf);
	}
}

int l2cap_coc_tx__send(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	size_t len = net_buf_frags_len(buf);

	if (ch->state == BT_L2CAP_DISCONNECTING) {
		return -ESHUTDOWN;
	}
	if (ch->state != BT_L2CAP_CONNECTED || !conn__is_connected(ch->chan.conn)) {
		return -ENOTCONN;
	}
	if (len > ch->tx.mtu) {
		return -EMSGSIZE;
	}
	if (net_buf_headroom(buf) < BT_L2CAP_SDU_CHAN_SEND_RESERVE) {
		return -EINVAL;
	}
	if (ch->tx_sdus_ >= BT_L2CAP_CHAN_TX_SDU_MAX) {
		return -EAGAIN;
	}
	net_buf_push_le16(buf, (uint16_t)len);
	net_buf_slist_put(&ch->tx_queue_, buf);
	ch->tx_sdus_++;
	l2cap_coc_tx__pump(ch);
	return 0;
}
