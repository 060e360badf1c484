/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reconfiguration of enhanced channels: Core 6.0 Vol 3 Part A 4.27 and 4.28.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"
#include "l2cap_sig.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

#define CHANS_MAX BT_L2CAP_ECRED_CHAN_MAX_PER_REQ

/* ---- We ask ---- */

static int reconfigurable(struct bt_l2cap_chan **chans, size_t count, uint16_t mtu, uint16_t mps)
{
	if (count == 0 || count > CHANS_MAX || mps < BT_L2CAP_ECRED_MIN_MPS ||
	    mps > BT_L2CAP_RX_MTU) {
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chans[i]);

		if (ch->state != BT_L2CAP_CONNECTED) {
			return -ENOTCONN;
		}
		if (!ch->ecred || l2cap_ecred__is_twice(chans, i) ||
		    chans[i]->conn != chans[0]->conn || mtu < ch->rx.mtu ||
		    (count > 1 && mps < ch->rx.mps) ||
		    (chans[i]->ops->recv != NULL && chans[i]->ops->alloc_buf == NULL &&
		     mtu > BT_L2CAP_SDU_RX_MTU)) {
			return -EINVAL;
		}
		if (ch->ident != 0) {
			return -EBUSY;
		}
	}
	return 0;
}

int bt_l2cap_ecred_chan_reconfigure_explicit(struct bt_l2cap_chan **chans, size_t chan_count,
					     uint16_t mtu, uint16_t mps)
{
	int err = reconfigurable(chans, chan_count, mtu, mps);
	struct bt_conn *conn;
	struct net_buf *buf;
	uint8_t ident;

	if (err != 0) {
		return err;
	}
	conn = chans[0]->conn;
	ident = l2cap_sig__ident(conn);
	buf = l2cap_sig__new(conn, SIG_ECRED_RECONF_REQ, ident,
			     (uint16_t)((2 + chan_count) * sizeof(uint16_t)));
	if (buf == NULL) {
		l2cap_sig__refused(conn);
		return -ENOMEM;
	}
	net_buf_add_le16(buf, mtu);
	net_buf_add_le16(buf, mps);
	for (size_t i = 0; i < chan_count; i++) {
		net_buf_add_le16(buf, BT_L2CAP_LE_CHAN(chans[i])->rx.cid);
	}
	err = l2cap_sig__send(conn, buf);
	if (err != 0) {
		return err;
	}
	for (size_t i = 0; i < chan_count; i++) {
		struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chans[i]);

		ch->ident = ident;
		ch->pending_rx_mtu = mtu;
		ch->pending_rx_mps = mps;
		l2cap_coc__rtx(ch, L2CAP_COC_RTX_MS);
	}
	return 0;
}

int bt_l2cap_ecred_chan_reconfigure(struct bt_l2cap_chan **chans, uint16_t mtu)
{
	size_t count = l2cap_ecred__count(chans);
	uint32_t mps = (uint32_t)mtu + BT_L2CAP_SDU_HDR_SIZE;

	mps = CLAMP(mps, BT_L2CAP_ECRED_MIN_MPS, BT_L2CAP_RX_MTU);
	/* Never smaller than it was. */
	for (size_t i = 0; i < count; i++) {
		mps = MAX(mps, BT_L2CAP_LE_CHAN(chans[i])->rx.mps);
	}
	return bt_l2cap_ecred_chan_reconfigure_explicit(chans, count, mtu, (uint16_t)mps);
}

static void reconfigured(struct bt_l2cap_le_chan *ch, bool accepted)
{
	deadlines__clear(&ch->rtx_us_);
	ch->ident = 0;
	if (accepted) {
		ch->rx.mtu = ch->pending_rx_mtu;
		ch->rx.mps = ch->pending_rx_mps;
		if (ch->rx_window_max_ > 0) {
			ch->rx_window_ = MAX(ch->rx_window_, l2cap_coc_rx__sdu_segments(ch));
			ch->rx_window_max_ = MAX(ch->rx_window_max_, ch->rx_window_);
		}
	}
	ch->pending_rx_mtu = 0;
	ch->pending_rx_mps = 0;
	if (ch->chan.ops->reconfigured != NULL) {
		ch->chan.ops->reconfigured(&ch->chan);
	}
}

static void reconf_ended(struct bt_conn *conn, uint8_t ident, bool accepted)
{
	struct l2cap_coc_ref refs[CHANS_MAX];
	size_t count = l2cap_ecred__asked(conn, ident, BT_L2CAP_CONNECTED, refs);

	bt_conn_ref(conn);
	for (size_t i = 0; i < count; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (ch != NULL && ch->state == BT_L2CAP_CONNECTED && ch->ident == ident) {
			reconfigured(ch, accepted);
		}
	}
	bt_conn_unref(conn);
}

void l2cap_ecred__reconf_failed(struct bt_l2cap_le_chan *ch)
{
	reconf_ended(ch->chan.conn, ch->ident, false);
}

void l2cap_ecred__on_reconf_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t result = fav_cursor_le16(params);
	struct l2cap_coc_ref refs[CHANS_MAX];

	if (!fav_cursor_done(params) ||
	    l2cap_ecred__asked(conn, ident, BT_L2CAP_CONNECTED, refs) == 0) {
		l2cap_sig__drop(conn, "response to no request");
		return;
	}
	reconf_ended(conn, ident, result == BT_L2CAP_RECONF_SUCCESS);
}

/* ---- The peer asks ---- */

struct reconf {
	uint16_t mtu;
	uint16_t mps;
	struct bt_l2cap_le_chan *chs[CHANS_MAX];
	size_t count;
};

static bool is_named(const struct reconf *reconf, const struct bt_l2cap_le_chan *ch)
{
	for (size_t i = 0; i < reconf->count; i++) {
		if (reconf->chs[i] == ch) {
			return true;
		}
	}
	return false;
}

/* 4.27, 4.28: the peer may not make less of it, but for the MPS of one channel. */
static uint16_t reconf_check(struct bt_conn *conn, struct reconf *reconf, struct fav_cursor *params)
{
	size_t wanted = fav_cursor_remaining(params) / sizeof(uint16_t);

	if (wanted == 0 || wanted > CHANS_MAX || reconf->mtu < BT_L2CAP_ECRED_MIN_MTU ||
	    reconf->mps < BT_L2CAP_ECRED_MIN_MPS || reconf->mps > BT_L2CAP_MAX_MPS) {
		return BT_L2CAP_RECONF_OTHER_UNACCEPT;
	}
	while (fav_cursor_remaining(params) >= sizeof(uint16_t)) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__by_remote(conn, fav_cursor_le16(params));

		if (ch == NULL || !ch->ecred || ch->state != BT_L2CAP_CONNECTED) {
			return BT_L2CAP_RECONF_INVALID_CID;
		}
		if (is_named(reconf, ch)) {
			return BT_L2CAP_RECONF_OTHER_UNACCEPT;
		}
		if (reconf->mtu < ch->tx.mtu) {
			return BT_L2CAP_RECONF_INVALID_MTU;
		}
		if (reconf->mps < ch->tx.mps && wanted > 1) {
			return BT_L2CAP_RECONF_INVALID_MPS;
		}
		reconf->chs[reconf->count++] = ch;
	}
	return fav_cursor_done(params) ? BT_L2CAP_RECONF_SUCCESS : BT_L2CAP_RECONF_OTHER_UNACCEPT;
}

void l2cap_ecred__on_reconf_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	struct reconf reconf = {
		.mtu = fav_cursor_le16(params),
		.mps = fav_cursor_le16(params),
	};
	struct l2cap_coc_ref refs[CHANS_MAX];
	uint16_t result;
	struct net_buf *buf;

	if (!fav_cursor_ok(params)) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	result = reconf_check(conn, &reconf, params);
	buf = l2cap_sig__answer(conn, SIG_ECRED_RECONF_RSP, ident, sizeof(uint16_t));
	net_buf_add_le16(buf, result);
	(void)l2cap_sig__send(conn, buf);
	if (result != BT_L2CAP_RECONF_SUCCESS) {
		return;
	}
	for (size_t i = 0; i < reconf.count; i++) {
		reconf.chs[i]->tx.mtu = reconf.mtu;
		reconf.chs[i]->tx.mps = reconf.mps;
		refs[i] = l2cap_coc__ref(reconf.chs[i]);
	}
	bt_conn_ref(conn);
	for (size_t i = 0; i < reconf.count; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (ch != NULL && ch->chan.ops->reconfigured != NULL) {
			ch->chan.ops->reconfigured(&ch->chan);
		}
	}
	bt_conn_unref(conn);
}
