/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Enhanced credit-based connections, several with one request: Core 6.0 Vol 3 Part A 4.25 and 4.26.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"
#include "l2cap_sig.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

#define CHANS_MAX BT_L2CAP_ECRED_CHAN_MAX_PER_REQ

/* ---- Channels that are named together ---- */

size_t l2cap_ecred__count(struct bt_l2cap_chan **chans)
{
	size_t count = 0;

	while (count < CHANS_MAX && chans[count] != NULL) {
		count++;
	}
	return count;
}

bool l2cap_ecred__is_twice(struct bt_l2cap_chan **chans, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (chans[i] == chans[index]) {
			return true;
		}
	}
	return false;
}

size_t l2cap_ecred__asked(struct bt_conn *conn, uint8_t ident, bt_l2cap_chan_state_t state,
			  struct l2cap_coc_ref *refs)
{
	size_t count = 0;

	for (uint16_t i = 0; i < L2CAP_COC_CIDS && count < CHANS_MAX; i++) {
		const struct bt_l2cap_le_chan *ch =
			l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (ch != NULL && ch->ecred && ch->state == state && ch->ident == ident) {
			refs[count++] = l2cap_coc__ref(ch);
		}
	}
	return count;
}

/* One request, or response, says one size for all its channels: the smallest. */
static void sizes_join(struct bt_l2cap_le_chan **chs, size_t count)
{
	struct bt_l2cap_le_endpoint all = chs[0]->rx;

	for (size_t i = 1; i < count; i++) {
		all.mtu = MIN(all.mtu, chs[i]->rx.mtu);
		all.mps = MIN(all.mps, chs[i]->rx.mps);
		all.credits = MIN(all.credits, chs[i]->rx.credits);
	}
	for (size_t i = 0; i < count; i++) {
		chs[i]->rx.mtu = all.mtu;
		chs[i]->rx.mps = all.mps;
		chs[i]->rx.credits = all.credits;
	}
}

/* 4.26: the other results refuse all, whatever identifiers follow. */
static bool result_opens_some(uint16_t result)
{
	return result == BT_L2CAP_LE_SUCCESS || result == BT_L2CAP_LE_ERR_NO_RESOURCES ||
	       result == BT_L2CAP_LE_ERR_INVALID_SCID || result == BT_L2CAP_LE_ERR_SCID_IN_USE;
}

/* ---- Connect ---- */

static void unadd_all(struct bt_l2cap_le_chan **chs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		l2cap_coc__unadd(chs[i]);
	}
}

static int connectable(struct bt_conn *conn, struct bt_l2cap_chan **chans, size_t count,
		       uint16_t psm)
{
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++) {
		err = l2cap_ecred__is_twice(chans, i)
			      ? -EINVAL
			      : l2cap_coc__connectable(conn, chans[i], psm, BT_L2CAP_ECRED_MIN_MTU);
		/* 4.25: at least one. */
		if (err == 0 && BT_L2CAP_LE_CHAN(chans[i])->rx.credits == 0) {
			err = -EINVAL;
		}
	}
	return err;
}

/* All get a slot, or none does. */
static int add_all(struct bt_conn *conn, struct bt_l2cap_le_chan **chs, size_t count, uint16_t psm)
{
	for (size_t i = 0; i < count; i++) {
		int err = l2cap_coc__add(conn, chs[i], true);

		if (err != 0) {
			unadd_all(chs, i);
			return err;
		}
		chs[i]->psm = psm;
	}
	return 0;
}

/* In the order of their identifiers, in which the response is read: identifiers go round. */
static void order(struct bt_l2cap_le_chan **chs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = i; j > 0 && chs[j]->rx.cid < chs[j - 1]->rx.cid; j--) {
			struct bt_l2cap_le_chan *before = chs[j - 1];

			chs[j - 1] = chs[j];
			chs[j] = before;
		}
	}
}

int l2cap_ecred__conn_req_send(struct bt_l2cap_le_chan **chs, size_t count, uint8_t ident)
{
	struct bt_conn *conn = chs[0]->chan.conn;
	struct net_buf *buf = l2cap_sig__new(conn, SIG_ECRED_CONN_REQ, ident,
					     (uint16_t)((4 + count) * sizeof(uint16_t)));

	if (buf == NULL) {
		return -ENOMEM;
	}
	order(chs, count);
	net_buf_add_le16(buf, chs[0]->psm);
	net_buf_add_le16(buf, chs[0]->rx.mtu);
	net_buf_add_le16(buf, chs[0]->rx.mps);
	net_buf_add_le16(buf, (uint16_t)chs[0]->rx.credits);
	for (size_t i = 0; i < count; i++) {
		net_buf_add_le16(buf, chs[i]->rx.cid);
	}
	return l2cap_sig__send(conn, buf);
}

static int connect(struct bt_conn *conn, struct bt_l2cap_chan **chans, size_t count, uint16_t psm)
{
	struct bt_l2cap_le_chan *chs[CHANS_MAX];
	int err = connectable(conn, chans, count, psm);

	for (size_t i = 0; i < count; i++) {
		chs[i] = BT_L2CAP_LE_CHAN(chans[i]);
	}
	if (err == 0) {
		err = add_all(conn, chs, count, psm);
	}
	if (err != 0) {
		return err;
	}
	sizes_join(chs, count);
	err = l2cap_coc__begin(chs, count);
	if (err != 0) {
		unadd_all(chs, count);
	}
	return err;
}

int bt_l2cap_ecred_chan_connect(struct bt_conn *conn, struct bt_l2cap_chan **chans, uint16_t psm)
{
	struct bt_l2cap_le_endpoint wished[CHANS_MAX];
	size_t count = l2cap_ecred__count(chans);
	int err;

	if (count == 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		wished[i] = BT_L2CAP_LE_CHAN(chans[i])->rx;
	}
	err = connect(conn, chans, count, psm);
	for (size_t i = 0; i < count && err != 0; i++) {
		BT_L2CAP_LE_CHAN(chans[i])->rx = wished[i];
	}
	return err;
}

/* ---- The peer connects ---- */

struct conn_req {
	uint16_t psm;
	uint16_t mtu;
	uint16_t mps;
	uint16_t credits;
	uint16_t scids[CHANS_MAX];
	size_t count; /* Of the scids, at most CHANS_MAX. */
	bool malformed;
};

static struct conn_req conn_req_read(struct fav_cursor *params)
{
	struct conn_req req = {
		.psm = fav_cursor_le16(params),
		.mtu = fav_cursor_le16(params),
		.mps = fav_cursor_le16(params),
		.credits = fav_cursor_le16(params),
	};

	while (req.count < CHANS_MAX && fav_cursor_remaining(params) >= sizeof(uint16_t)) {
		req.scids[req.count++] = fav_cursor_le16(params);
	}
	req.malformed = !fav_cursor_done(params) || req.count == 0;
	return req;
}

static uint16_t conn_req_check(struct bt_conn *conn, const struct conn_req *req)
{
	if (req->malformed) {
		return BT_L2CAP_LE_ERR_INVALID_PARAMS;
	}
	if (req->mtu < BT_L2CAP_ECRED_MIN_MTU || req->mps < BT_L2CAP_ECRED_MIN_MPS ||
	    req->mps > BT_L2CAP_MAX_MPS || req->credits == 0) {
		return BT_L2CAP_LE_ERR_INVALID_PARAMS;
	}
	return l2cap_coc__server_check(conn, req->psm);
}

/* Opens what can be; *refs[i] of those that were not have no conn. */
static uint16_t conn_req_open(struct bt_conn *conn, const struct conn_req *req,
			      struct l2cap_coc_ref *refs)
{
	uint16_t result = BT_L2CAP_LE_SUCCESS;
	bool any = false;

	for (size_t i = 0; i < req->count; i++) {
		uint16_t refused = BT_L2CAP_LE_SUCCESS;
		struct bt_l2cap_le_chan *ch = NULL;

		if (!l2cap_coc__cid_valid(req->scids[i])) {
			refused = BT_L2CAP_LE_ERR_INVALID_SCID;
		} else if (l2cap_coc__by_remote(conn, req->scids[i]) != NULL) {
			refused = BT_L2CAP_LE_ERR_SCID_IN_USE;
		} else {
			const struct bt_l2cap_le_endpoint tx = {
				.cid = req->scids[i],
				.mtu = req->mtu,
				.mps = req->mps,
				.credits = req->credits,
			};

			ch = l2cap_coc__server_accept(conn, req->psm, true, &tx, &refused);
		}
		if (ch != NULL) {
			l2cap_coc__open(ch, req->scids[i], req->mtu, req->mps, req->credits);
			refs[i] = l2cap_coc__ref(ch);
			any = true;
		} else if (result == BT_L2CAP_LE_SUCCESS) {
			result = refused;
		}
	}
	return any && !result_opens_some(result) ? BT_L2CAP_LE_ERR_NO_RESOURCES : result;
}

/* NULL: it was not opened, or accept of a later one has closed it. */
static struct bt_l2cap_le_chan *opened(struct l2cap_coc_ref ref)
{
	struct bt_l2cap_le_chan *ch = ref.conn != NULL ? l2cap_coc__deref(ref) : NULL;

	return ch != NULL && ch->state == BT_L2CAP_CONNECTED ? ch : NULL;
}

static void conn_rsp_send(struct bt_conn *conn, uint8_t ident, const struct l2cap_coc_ref *refs,
			  size_t count, uint16_t result)
{
	struct net_buf *buf = l2cap_sig__answer(conn, SIG_ECRED_CONN_RSP, ident,
						(uint16_t)((4 + count) * sizeof(uint16_t)));
	struct bt_l2cap_le_chan *chs[CHANS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (opened(refs[i]) != NULL) {
			chs[n++] = opened(refs[i]);
		}
	}
	if (n > 0) {
		sizes_join(chs, n);
	}
	if (n < count && result == BT_L2CAP_LE_SUCCESS) {
		result = BT_L2CAP_LE_ERR_NO_RESOURCES;
	}
	net_buf_add_le16(buf, n > 0 ? chs[0]->rx.mtu : 0);
	net_buf_add_le16(buf, n > 0 ? chs[0]->rx.mps : 0);
	net_buf_add_le16(buf, n > 0 ? (uint16_t)chs[0]->rx.credits : 0);
	net_buf_add_le16(buf, result);
	for (size_t i = 0; i < count; i++) {
		net_buf_add_le16(buf, opened(refs[i]) != NULL ? refs[i].cid : 0);
	}
	(void)l2cap_sig__send(conn, buf);
}

void l2cap_ecred__on_conn_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	const struct conn_req req = conn_req_read(params);
	uint16_t result = conn_req_check(conn, &req);
	struct l2cap_coc_ref refs[CHANS_MAX] = {0};

	bt_conn_ref(conn);
	if (result == BT_L2CAP_LE_SUCCESS) {
		result = conn_req_open(conn, &req, refs);
	}
	conn_rsp_send(conn, ident, refs, req.count, result);
	for (size_t i = 0; i < req.count; i++) {
		struct bt_l2cap_le_chan *ch = opened(refs[i]);

		if (ch != NULL) {
			l2cap_coc__announce(ch);
		}
	}
	bt_conn_unref(conn);
}

/* ---- The response to ours ---- */

struct conn_rsp {
	uint16_t mtu;
	uint16_t mps;
	uint16_t credits;
	uint16_t result;
};

static bool result_is_pending(uint16_t result)
{
	return result >= BT_L2CAP_LE_PENDING && result <= BT_L2CAP_LE_PENDING_AUTHORIZATION;
}

/* One channel of the request; cid 0: not opened. */
static void conn_rsp_apply(struct bt_l2cap_le_chan *ch, const struct conn_rsp *rsp, uint16_t cid)
{
	struct bt_conn *conn = ch->chan.conn;

	if (cid == 0 || !result_opens_some(rsp->result)) {
		l2cap_coc__end(ch, rsp->result != BT_L2CAP_LE_SUCCESS ? rsp->result : -EPROTO);
	} else if (!l2cap_coc__cid_valid(cid)) {
		l2cap_coc__end(ch, -EPROTO);
	} else if (l2cap_coc__by_remote(conn, cid) != NULL) {
		l2cap_coc__end_both(l2cap_coc__by_remote(conn, cid), ch);
	} else {
		l2cap_coc__open(ch, cid, rsp->mtu, rsp->mps, rsp->credits);
		if (rsp->mtu < BT_L2CAP_ECRED_MIN_MTU || rsp->mps < BT_L2CAP_ECRED_MIN_MPS ||
		    rsp->mps > BT_L2CAP_MAX_MPS) {
			ch->connect_err = -EPROTO;
			l2cap_coc__close(ch, "MTU or MPS out of range");
		} else {
			l2cap_coc__announce(ch);
		}
	}
}

/* Another response follows; RTX goes on from here (6.2.2), but for what is not waited for. */
static void wait_on(const struct l2cap_coc_ref *refs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (!l2cap_coc__called_off(ch)) {
			l2cap_coc__rtx(ch, L2CAP_COC_RTX_MS);
		}
	}
}

/* The results for lack of security refuse all, 4.26: those that are still wanted wait for more of
 * it. The others are left to end. */
static void refused_for_security(const struct l2cap_coc_ref *refs, size_t count, uint16_t result)
{
	struct bt_l2cap_le_chan *chs[CHANS_MAX];
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (!l2cap_coc__called_off(ch)) {
			chs[wanted++] = ch;
		}
	}
	if (wanted > 0) {
		(void)l2cap_coc_sec__refused(chs, wanted, result);
	}
}

void l2cap_ecred__on_conn_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	const struct conn_rsp rsp = {
		.mtu = fav_cursor_le16(params),
		.mps = fav_cursor_le16(params),
		.credits = fav_cursor_le16(params),
		.result = fav_cursor_le16(params),
	};
	struct l2cap_coc_ref refs[CHANS_MAX];
	size_t count = l2cap_ecred__asked(conn, ident, BT_L2CAP_CONNECTING, refs);

	if (!fav_cursor_ok(params) || count == 0) {
		l2cap_sig__drop(conn, "response to no request");
		return;
	}
	if (result_is_pending(rsp.result)) {
		wait_on(refs, count);
		return;
	}
	refused_for_security(refs, count, rsp.result);
	bt_conn_ref(conn);
	for (size_t i = 0; i < count; i++) {
		/* A response may be shorter than the request, where all is refused. */
		uint16_t cid =
			fav_cursor_remaining(params) >= sizeof(cid) ? fav_cursor_le16(params) : 0;
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (ch != NULL && ch->state == BT_L2CAP_CONNECTING && ch->ident == ident) {
			conn_rsp_apply(ch, &rsp, cid);
		}
	}
	bt_conn_unref(conn);
}
