/* SPDX-License-Identifier: Apache-2.0 */

/*
 * LE credit-based connections, credits and disconnection: Core 6.0 Vol 3 Part A 4.6, 4.7, 4.22 to
 * 4.24.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"
#include "l2cap_sig.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

/* ---- Connect ---- */

int bt_l2cap_chan_connect(struct bt_conn *conn, struct bt_l2cap_chan *chan, uint16_t psm)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);
	const struct bt_l2cap_le_endpoint wished = ch->rx;
	int err = l2cap_coc__connectable(conn, chan, psm, BT_L2CAP_LE_MIN_MTU);

	if (err != 0) {
		return err;
	}
	err = l2cap_coc__add(conn, ch, false);
	if (err == 0) {
		ch->psm = psm;
		err = l2cap_coc__begin(&ch, 1);
		if (err != 0) {
			l2cap_coc__unadd(ch);
		}
	}
	if (err != 0) {
		ch->rx = wished;
	}
	return err;
}

int l2cap_coc__conn_req_send(struct bt_l2cap_le_chan *ch, uint8_t ident)
{
	struct bt_conn *conn = ch->chan.conn;
	struct net_buf *buf =
		l2cap_sig__new(conn, SIG_CREDIT_CONN_REQ, ident, 5 * sizeof(uint16_t));

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_le16(buf, ch->psm);
	net_buf_add_le16(buf, ch->rx.cid);
	net_buf_add_le16(buf, ch->rx.mtu);
	net_buf_add_le16(buf, ch->rx.mps);
	net_buf_add_le16(buf, (uint16_t)ch->rx.credits);
	return l2cap_sig__send(conn, buf);
}

struct conn_req {
	uint16_t psm;
	struct bt_l2cap_le_endpoint asked;
};

/* The channel that the request leads to; NULL with *result. */
static struct bt_l2cap_le_chan *conn_req_accept(struct bt_conn *conn, const struct conn_req *req,
						uint16_t *result)
{
	*result = l2cap_coc__server_check(conn, req->psm);
	if (*result != BT_L2CAP_LE_SUCCESS) {
		return NULL;
	}
	if (!l2cap_coc__cid_valid(req->asked.cid)) {
		*result = BT_L2CAP_LE_ERR_INVALID_SCID;
		return NULL;
	}
	if (l2cap_coc__by_remote(conn, req->asked.cid) != NULL) {
		*result = BT_L2CAP_LE_ERR_SCID_IN_USE;
		return NULL;
	}
	if (req->asked.mtu < BT_L2CAP_LE_MIN_MTU || req->asked.mps < BT_L2CAP_LE_MIN_MTU ||
	    req->asked.mps > BT_L2CAP_MAX_MPS) {
		*result = BT_L2CAP_LE_ERR_UNACCEPT_PARAMS;
		return NULL;
	}
	return l2cap_coc__server_accept(conn, req->psm, false, &req->asked, result);
}

static void conn_rsp_send(struct bt_conn *conn, uint8_t ident, const struct bt_l2cap_le_chan *ch,
			  uint16_t result)
{
	struct net_buf *buf =
		l2cap_sig__answer(conn, SIG_CREDIT_CONN_RSP, ident, 5 * sizeof(uint16_t));

	net_buf_add_le16(buf, ch != NULL ? ch->rx.cid : 0);
	net_buf_add_le16(buf, ch != NULL ? ch->rx.mtu : 0);
	net_buf_add_le16(buf, ch != NULL ? ch->rx.mps : 0);
	net_buf_add_le16(buf, ch != NULL ? (uint16_t)ch->rx.credits : 0);
	net_buf_add_le16(buf, result);
	(void)l2cap_sig__send(conn, buf);
}

void l2cap_coc__on_conn_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	const struct conn_req req = {
		.psm = fav_cursor_le16(params),
		.asked.cid = fav_cursor_le16(params),
		.asked.mtu = fav_cursor_le16(params),
		.asked.mps = fav_cursor_le16(params),
		.asked.credits = fav_cursor_le16(params),
	};
	struct bt_l2cap_le_chan *ch;
	uint16_t result;

	if (!fav_cursor_done(params)) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	ch = conn_req_accept(conn, &req, &result);
	if (ch != NULL) {
		l2cap_coc__open(ch, req.asked.cid, req.asked.mtu, req.asked.mps,
				(uint16_t)req.asked.credits);
	}
	conn_rsp_send(conn, ident, ch, result);
	if (ch != NULL) {
		l2cap_coc__announce(ch);
	}
}

/* Which of ours waits for that response. */
static struct bt_l2cap_le_chan *waiting(const struct bt_conn *conn, uint8_t ident,
					bt_l2cap_chan_state_t state)
{
	for (uint16_t i = 0; i < L2CAP_COC_CIDS; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (ch != NULL && ch->state == state && ch->ident == ident) {
			return ch;
		}
	}
	return NULL;
}

void l2cap_coc__on_conn_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t cid = fav_cursor_le16(params);
	uint16_t mtu = fav_cursor_le16(params);
	uint16_t mps = fav_cursor_le16(params);
	uint16_t credits = fav_cursor_le16(params);
	uint16_t result = fav_cursor_le16(params);
	struct bt_l2cap_le_chan *ch = waiting(conn, ident, BT_L2CAP_CONNECTING);

	if (!fav_cursor_done(params) || ch == NULL || ch->ecred) {
		l2cap_sig__drop(conn, "response to no request");
	} else if (result != BT_L2CAP_LE_SUCCESS) {
		if (l2cap_coc__called_off(ch) || !l2cap_coc_sec__refused(&ch, 1, result)) {
			l2cap_coc__end(ch, result);
		}
	} else if (!l2cap_coc__cid_valid(cid)) {
		l2cap_sig__drop(conn, "channel that cannot be");
		l2cap_coc__end(ch, -EPROTO);
	} else if (l2cap_coc__by_remote(conn, cid) != NULL) {
		l2cap_coc__end_both(l2cap_coc__by_remote(conn, cid), ch);
	} else if (mtu < BT_L2CAP_LE_MIN_MTU || mps < BT_L2CAP_LE_MIN_MTU ||
		   mps > BT_L2CAP_MAX_MPS) {
		l2cap_coc__open(ch, cid, mtu, mps, credits);
		ch->connect_err = -EPROTO;
		l2cap_coc__close(ch, "MTU or MPS out of range");
	} else {
		l2cap_coc__open(ch, cid, mtu, mps, credits);
		l2cap_coc__announce(ch);
	}
}

bool l2cap_coc__waits(struct bt_conn *conn, uint8_t ident)
{
	for (uint16_t i = 0; i < L2CAP_COC_CIDS; i++) {
		const struct bt_l2cap_le_chan *ch =
			l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (ch != NULL && ch->ident == ident) {
			return true;
		}
	}
	return false;
}

bool l2cap_coc__on_rejected(struct bt_conn *conn, uint8_t ident)
{
	struct bt_l2cap_le_chan *ch;
	bool any = false;

	/* One request may be for several channels; a callback may open others. */
	for (size_t i = 0; i < BT_L2CAP_ECRED_CHAN_MAX_PER_REQ; i++) {
		ch = waiting(conn, ident, BT_L2CAP_CONNECTING);
		if (ch != NULL) {
			any = true;
			l2cap_coc__end(ch, -EPROTO);
		}
	}
	ch = waiting(conn, ident, BT_L2CAP_DISCONNECTING);
	if (ch != NULL) {
		l2cap_coc__end(ch, 0);
		return true;
	}
	ch = waiting(conn, ident, BT_L2CAP_CONNECTED);
	if (ch != NULL) {
		l2cap_ecred__reconf_failed(ch);
		return true;
	}
	return any;
}

/* ---- Disconnect ---- */

int l2cap_coc__disconnect_send(struct bt_l2cap_le_chan *ch)
{
	uint8_t ident = l2cap_sig__ident(ch->chan.conn);
	struct net_buf *buf =
		l2cap_sig__new(ch->chan.conn, SIG_DISCONNECT_REQ, ident, 2 * sizeof(uint16_t));

	if (buf == NULL) {
		return -ENOMEM;
	}
	ch->ident = ident;
	net_buf_add_le16(buf, ch->tx.cid);
	net_buf_add_le16(buf, ch->rx.cid);
	return l2cap_sig__send(ch->chan.conn, buf);
}

void l2cap_coc__on_disconnect_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t cids[2] = {fav_cursor_le16(params), fav_cursor_le16(params)};
	struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, cids[0]);
	struct net_buf *buf;

	if (!fav_cursor_done(params)) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	if (ch == NULL || ch->state == BT_L2CAP_CONNECTING) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_INVALID_CID, cids, ARRAY_SIZE(cids));
		return;
	}
	if (ch->tx.cid != cids[1]) {
		/* 4.6: discarded silently. */
		l2cap_sig__drop(conn, "disconnection of half a channel");
		return;
	}
	buf = l2cap_sig__answer(conn, SIG_DISCONNECT_RSP, ident, sizeof(cids));
	net_buf_add_le16(buf, cids[0]);
	net_buf_add_le16(buf, cids[1]);
	(void)l2cap_sig__send(conn, buf);
	l2cap_coc__end(ch, 0);
}

void l2cap_coc__on_disconnect_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t dcid = fav_cursor_le16(params);
	uint16_t scid = fav_cursor_le16(params);
	struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, scid);

	if (!fav_cursor_done(params) || ch == NULL || ch->state != BT_L2CAP_DISCONNECTING ||
	    ch->ident != ident || ch->tx.cid != dcid) {
		l2cap_sig__drop(conn, "response to no request");
		return;
	}
	l2cap_coc__end(ch, 0);
}

/* ---- Credits ---- */

int l2cap_coc__credits_send(struct bt_l2cap_le_chan *ch, uint16_t credits)
{
	struct bt_conn *conn = ch->chan.conn;
	struct net_buf *buf =
		l2cap_sig__new(conn, SIG_FLOW_CREDIT_IND, l2cap_sig__ident_of_indication(conn),
			       2 * sizeof(uint16_t));

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_le16(buf, ch->rx.cid);
	net_buf_add_le16(buf, credits);
	return l2cap__signal(conn, buf, true);
}

void l2cap_coc__on_credits(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t cid = fav_cursor_le16(params);
	uint16_t credits = fav_cursor_le16(params);
	struct bt_l2cap_le_chan *ch = l2cap_coc__by_remote(conn, cid);
	struct l2cap_coc_ref ref;
	bool had;

	if (!fav_cursor_done(params) || credits == 0 || ch == NULL ||
	    ch->state != BT_L2CAP_CONNECTED) {
		/* One for a channel that we are closing crossed our request. */
		if (ch == NULL || ch->state != BT_L2CAP_DISCONNECTING) {
			l2cap_sig__drop(conn, "credits for nothing");
		}
		return;
	}
	if (ch->tx.credits + credits > UINT16_MAX) {
		l2cap_coc__close(ch, "more credits than there can be");
		return;
	}
	ref = l2cap_coc__ref(ch);
	had = ch->tx.credits > 0;
	ch->tx.credits += credits;
	if (!had) {
		atomic_set_bit(ch->chan.status, BT_L2CAP_STATUS_OUT);
		if (ch->chan.ops->status != NULL) {
			ch->chan.ops->status(&ch->chan, ch->chan.status);
			ch = l2cap_coc__deref(ref);
		}
	}
	if (ch != NULL) {
		l2cap_coc_tx__pump(ch);
	}
}
