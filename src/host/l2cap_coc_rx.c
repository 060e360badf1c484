/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Segments (K-frames) to SDUs, and the credits for them: Core 6.0 Vol 3 Part A 3.4, 10.1.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

uint16_t l2cap_coc_rx__sdu_segments(const struct bt_l2cap_le_chan *ch)
{
	return (uint16_t)DIV_ROUND_UP((uint32_t)ch->rx.mtu + BT_L2CAP_SDU_HDR_SIZE, ch->rx.mps);
}

void l2cap_coc_rx__drop(struct bt_l2cap_le_chan *ch)
{
	struct net_buf *buf;

	if (ch->rx_sdu_ != NULL) {
		net_buf_unref(ch->rx_sdu_);
		ch->rx_sdu_ = NULL;
	}
	while ((buf = net_buf_slist_get(&ch->rx_held_)) != NULL) {
		net_buf_unref(buf);
	}
	ch->rx_held_count_ = 0;
	ch->rx_sdu_len_ = 0;
	ch->rx_got_ = 0;
}

/* ---- Credits ---- */

/* The application does not take what comes: once for each time that it stops. */
static void window_shrink(struct bt_l2cap_le_chan *ch)
{
	if (ch->rx_stalled_ || ch->rx_window_max_ == 0) {
		return;
	}
	ch->rx_stalled_ = true;
	ch->rx_paced_ = true;
	ch->rx_smooth_ = 0;
	ch->rx_window_ = MAX(ch->rx_window_ / 2, l2cap_coc_rx__sdu_segments(ch));
}

/* It has taken an SDU at once: doubled until it stops for the first time, then by one for each
 * window of SDUs. */
static void window_grow(struct bt_l2cap_le_chan *ch)
{
	uint32_t window = ch->rx_window_;

	ch->rx_stalled_ = false;
	if (window >= ch->rx_window_max_) {
		return;
	}
	if (!ch->rx_paced_) {
		ch->rx_window_ = (uint16_t)MIN(2 * window, ch->rx_window_max_);
	} else if (++ch->rx_smooth_ >= window) {
		ch->rx_smooth_ = 0;
		ch->rx_window_++;
	}
}

static void credits_top_up(struct bt_l2cap_le_chan *ch)
{
	uint16_t late = MIN(ch->rx_window_ / 2, L2CAP_COC_CREDITS_LATE);
	uint16_t credits;

	if (ch->chan.ops->seg_recv != NULL || ch->rx_in_progress_ > 0 || ch->rx_held_count_ > 0 ||
	    ch->rx.credits > late) {
		return;
	}
	credits = ch->rx_window_ - (uint16_t)ch->rx.credits;
	if (l2cap_coc__credits_send(ch, credits) == -ENOMEM) {
		l2cap_coc__starve(ch);
		return;
	}
	ch->rx.credits += credits;
}

int bt_l2cap_chan_give_credits(struct bt_l2cap_chan *chan, uint16_t additional_credits)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);

	atomic_val_t given = ch->rx.credits;

	if (ch->state == BT_L2CAP_CONNECTED && chan->ops->seg_recv != NULL) {
		given += ch->rx_window_;
	}
	if (additional_credits == 0 || given + additional_credits > UINT16_MAX) {
		return -EINVAL;
	}
	if (ch->state == BT_L2CAP_DISCONNECTED) {
		ch->rx.credits += additional_credits;
		return 0;
	}
	if (ch->state != BT_L2CAP_CONNECTED) {
		return -ENOTCONN;
	}
	if (chan->ops->seg_recv == NULL) {
		return -EINVAL;
	}
	/* Those that find no buffer go out together with others later. */
	ch->rx_window_ += additional_credits;
	l2cap_coc_rx__resume(ch);
	return 0;
}

/* Of a channel with seg_recv, rx_window_ are the credits given by the application and not yet
 * sent. */
static void credits_owed_send(struct bt_l2cap_le_chan *ch)
{
	uint16_t credits = ch->rx_window_;

	if (credits == 0) {
		return;
	}
	if (l2cap_coc__credits_send(ch, credits) == -ENOMEM) {
		l2cap_coc__starve(ch);
		return;
	}
	ch->rx_window_ = 0;
	ch->rx.credits += credits;
}

/* ---- Segments as they come ---- */

static void segment_give(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	uint32_t offset = ch->rx_got_;
	uint32_t sdu_len = ch->rx_sdu_len_;

	ch->rx_got_ += buf->len;
	if (ch->rx_got_ == sdu_len) {
		ch->rx_got_ = 0;
		ch->rx_sdu_len_ = 0;
		ch->rx_running_ = false;
	}
	ch->chan.ops->seg_recv(&ch->chan, sdu_len, (off_t)offset, &buf->b);
}

/* ---- SDUs ---- */

/* Hands the SDU over; takes its reference. */
static void sdu_give(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	struct net_buf *sdu = ch->rx_sdu_;
	int err;

	ch->rx_sdu_ = NULL;
	ch->rx_got_ = 0;
	ch->rx_sdu_len_ = 0;
	ch->rx_running_ = false;
	/* Counted before: it may be completed from within. */
	ch->rx_in_progress_++;
	err = ch->chan.ops->recv(&ch->chan, sdu);
	ch = l2cap_coc__deref(ref);
	if (err == -EINPROGRESS) {
		if (ch != NULL) {
			window_shrink(ch);
		}
		return;
	}
	net_buf_unref(sdu);
	if (ch == NULL || ch->state != BT_L2CAP_CONNECTED) {
		return;
	}
	if (ch->rx_in_progress_ > 0) {
		ch->rx_in_progress_--;
	}
	if (err != 0) {
		l2cap_coc__close(ch, "the application wants no more");
	} else {
		window_grow(ch);
	}
}

/* The next fragment of the SDU; NULL: there is none, or the channel is no more. */
static struct net_buf *fragment_next(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	struct net_buf *next =
		ch->chan.ops->alloc_seg != NULL ? ch->chan.ops->alloc_seg(&ch->chan) : NULL;

	if (next == NULL) {
		return NULL;
	}
	ch = l2cap_coc__deref(ref);
	if (ch == NULL || ch->rx_sdu_ == NULL || net_buf_tailroom(next) == 0) {
		net_buf_unref(next);
		return NULL;
	}
	net_buf_frag_add(ch->rx_sdu_, next);
	return next;
}

/* A copy of the segment behind the SDU; false: no room for it, or the channel is no more. */
static bool sdu_append(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct net_buf *last = net_buf_frag_last(ch->rx_sdu_);

	while (buf->len > 0) {
		uint16_t part = (uint16_t)MIN(buf->len, net_buf_tailroom(last));

		net_buf_add_mem(last, net_buf_pull_mem(buf, part), part);
		if (buf->len == 0) {
			break;
		}
		last = fragment_next(ch);
		if (last == NULL) {
			return false;
		}
	}
	return true;
}

/* The SDU's buffer; false: not now, or the channel is no more. */
static bool sdu_begin(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	struct net_buf *sdu;

	if (ch->chan.ops->alloc_buf == NULL) {
		ch->rx_sdu_ = l2cap_coc_keep__sdu(ch, buf);
		return true;
	}
	sdu = ch->chan.ops->alloc_buf(&ch->chan);
	ch = l2cap_coc__deref(ref);
	if (ch == NULL || ch->state != BT_L2CAP_CONNECTED) {
		if (sdu != NULL) {
			net_buf_unref(sdu);
		}
		return false;
	}
	if (sdu == NULL) {
		window_shrink(ch);
		return false;
	}
	ch->rx_sdu_ = sdu;
	return true;
}

/* Adds a segment that has been checked; the reference stays the caller's. false: as sdu_begin(). */
static bool sdu_go_on(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	uint16_t len = buf->len;
	bool stored = true;

	if (ch->rx_sdu_ == NULL && !sdu_begin(ch, buf)) {
		return false;
	}
	if (ch->rx_sdu_ != buf) {
		stored = sdu_append(ch, buf);
		ch = l2cap_coc__deref(ref);
		if (ch == NULL || ch->state != BT_L2CAP_CONNECTED) {
			return false;
		}
	}
	ch->rx_got_ += len;
	if (!stored) {
		l2cap_coc__close(ch, "no room for an SDU");
	} else if (ch->rx_got_ == ch->rx_sdu_len_) {
		sdu_give(ch);
	}
	return true;
}

/* ---- Arrival ---- */

/* Takes the SDU's length from its first segment, and checks; NULL, or what is wrong. */
static const char *segment_check(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	if (ch->rx.credits == 0) {
		return "a segment without credit";
	}
	if (buf->len > ch->rx.mps) {
		return "a segment longer than agreed";
	}
	return NULL;
}

/* rx_running_: an SDU has begun, its length is known. */
static const char *sdu_check(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	if (!ch->rx_running_) {
		if (buf->len < BT_L2CAP_SDU_HDR_SIZE) {
			return "a first segment without the SDU's length";
		}
		ch->rx_sdu_len_ = net_buf_pull_le16(buf);
		ch->rx_got_ = 0;
		ch->rx_running_ = true;
		if (ch->rx_sdu_len_ > ch->rx.mtu) {
			return "an SDU longer than agreed";
		}
	}
	return buf->len > ch->rx_sdu_len_ - ch->rx_got_ ? "more than the SDU's length" : NULL;
}

/* A segment in its turn; the reference stays the caller's. false: not now, hold it. */
static bool take(struct bt_l2cap_le_chan *ch, struct net_buf *buf, bool checked)
{
	const char *wrong = checked ? NULL : sdu_check(ch, buf);

	if (wrong != NULL) {
		l2cap_coc__close(ch, wrong);
		return true;
	}
	if (ch->chan.ops->seg_recv != NULL) {
		segment_give(ch, buf);
		return true;
	}
	return sdu_go_on(ch, buf);
}

/* Until it is its turn; the reference stays the caller's. */
static void hold(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct net_buf *kept = l2cap_coc_keep__segment(ch, buf);

	if (kept == NULL) {
		l2cap_coc__close(ch, "no memory for what the application does not take");
		return;
	}
	net_buf_slist_put(&ch->rx_held_, kept);
	ch->rx_held_count_++;
	l2cap_coc__starve(ch);
}

void l2cap_coc_rx__recv(struct bt_l2cap_le_chan *ch, struct net_buf *buf)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	const char *wrong = segment_check(ch, buf);

	if (wrong != NULL) {
		net_buf_unref(buf);
		l2cap_coc__close(ch, wrong);
		return;
	}
	ch->rx.credits--;
	bt_conn_ref(ref.conn);
	if (ch->rx_held_count_ > 0) {
		hold(ch, buf);
	} else if (!take(ch, buf, false) && (ch = l2cap_coc__deref(ref)) != NULL &&
		   ch->state == BT_L2CAP_CONNECTED) {
		hold(ch, buf);
	}
	net_buf_unref(buf);
	ch = l2cap_coc__deref(ref);
	if (ch != NULL && ch->state == BT_L2CAP_CONNECTED) {
		credits_top_up(ch);
	}
	bt_conn_unref(ref.conn);
}

void l2cap_coc_rx__resume(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);
	/* The first of the held began an SDU that found no buffer: its length has been taken. */
	bool checked = ch->rx_sdu_ == NULL && ch->rx_running_;

	if (ch->state != BT_L2CAP_CONNECTED) {
		return;
	}
	if (ch->chan.ops->seg_recv != NULL) {
		credits_owed_send(ch);
		return;
	}
	while (ch->rx_held_count_ > 0) {
		struct net_buf *buf = net_buf_slist_get(&ch->rx_held_);
		bool taken;

		ch->rx_held_count_--;
		taken = take(ch, buf, checked);
		ch = l2cap_coc__deref(ref);
		if (ch == NULL || ch->state != BT_L2CAP_CONNECTED || taken) {
			net_buf_unref(buf);
		} else {
			sys_slist_prepend(&ch->rx_held_, &buf->node);
			ch->rx_held_count_++;
			l2cap_coc__starve(ch);
			return;
		}
		if (ch == NULL || ch->state != BT_L2CAP_CONNECTED) {
			return;
		}
		checked = false;
	}
	credits_top_up(ch);
}
