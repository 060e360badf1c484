/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption start, Core 6.0 Vol 6 Part B 5.1.3.1. The central's host begins it.
 *
 *     central                     peripheral
 *        ENC_REQ(Rand, EDIV) ->                  plain
 *                              <- ENC_RSP        plain; its host is asked for the key
 *                        <- START_ENC_REQ        plain; from its acknowledgement on all PDUs
 *        START_ENC_RSP ->                        are encrypted
 *                        <- START_ENC_RSP
 *
 * or, when its host has no key:  <- REJECT_IND or REJECT_EXT_IND(PIN or Key Missing)
 *
 * A refresh pauses the encryption first (ll_enc_pause.c) and then never ends in plain text: what
 * would refuse a first start ends the connection.
 */

#include <string.h>

#include <favonius/port.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define SKD_HALF 8
#define IV_HALF  4

/* Our half of both, at which: 0 the central's, 1 the peripheral's. */
static void make_half(struct ll_conn *conn, unsigned int which)
{
	sys_put_le64(ctl__random(conn->ctl), conn->enc.skd + which * SKD_HALF);
	sys_put_le32((uint32_t)ctl__random(conn->ctl), conn->enc.iv + which * IV_HALF);
}

/* The procedure is over: the keys are in use, or it was refused. */
static void finish(struct ll_conn *conn, uint8_t status, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;
	struct ll_enc_held held = enc->held;
	bool refresh = enc->refresh;

	enc->state = LL_ENC_IDLE;
	enc->refresh = false;
	enc->held.len = 0;
	crypto__wipe(enc->ltk, sizeof(enc->ltk));
	ll__ping_restart(conn, now_us);
	ctl__evt_encryption(conn, status, refresh);
	if (held.len != 0) {
		ll__ctrl_rx(conn, held.data, held.len, now_us);
	}
	if (conn->role == LL_CENTRAL) {
		ll__ctrl_local_done(conn, now_us);
	} else {
		ll__ctrl_remote_done(conn, now_us);
	}
}

/* ---- Central ---- */

void ll__enc_want(struct ll_conn *conn, const uint8_t ltk[CRYPTO_KEY_LEN], uint64_t now_us)
{
	memcpy(conn->enc.ltk, ltk, sizeof(conn->enc.ltk));
	ll__ctrl_want(conn, LL_PROC_ENC, now_us);
}

void ll__enc_request(struct ll_conn *conn, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;
	struct ll_enc_req req;

	make_half(conn, 0);
	memcpy(req.rand, enc->rand, sizeof(req.rand));
	memcpy(req.ediv, enc->ediv, sizeof(req.ediv));
	memcpy(req.skd, enc->skd, sizeof(req.skd));
	memcpy(req.iv, enc->iv, sizeof(req.iv));
	enc->state = LL_ENC_AWAIT_RSP;
	ll__ctrl_send(conn, LL_ENC_REQ, &req, sizeof(req), now_us);
	ll__ctrl_expect(conn, true, now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->enc.tx_on) {
		conn->enc.refresh = true;
		ll__enc_pause(conn, now_us);
	} else if (conn->ctrl.features_known &&
		   !(conn->ctrl.features[0] & CTL_FEATURE_ENCRYPTION)) {
		finish(conn, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, now_us);
	} else {
		ll__enc_request(conn, now_us);
	}
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	const struct ll_enc *enc = &conn->enc;
	bool in_use = enc->tx_on && enc->state == LL_ENC_AWAIT_PAUSE_RSP;
	bool not_yet = !enc->tx_on && !enc->refresh;

	/* Not paused, or never encrypted: all stays as it was. A peer may not say that it
	 * succeeded. */
	if (in_use || not_yet) {
		finish(conn, error != 0 ? error : BT_HCI_ERR_UNSPECIFIED, now_us);
	} else {
		ll__enc_break(conn);
	}
}

const struct ll_proc_ops ll__enc_proc = {.start = start, .rejected = rejected};

void ll__enc_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_enc_rsp *rsp = (const void *)data;

	if (conn->enc.state != LL_ENC_AWAIT_RSP) {
		return;
	}
	memcpy(conn->enc.skd + SKD_HALF, rsp->skd, SKD_HALF);
	memcpy(conn->enc.iv + IV_HALF, rsp->iv, IV_HALF);
	conn->enc.state = LL_ENC_AWAIT_START_REQ;
	ll__ctrl_expect(conn, true, now_us);
}

void ll__enc_rx_start_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;

	if (enc->state != LL_ENC_AWAIT_START_REQ) {
		return;
	}
	ll__enc_session(enc, enc->ltk);
	if (conn->ctl->config.key_used != NULL) {
		conn->ctl->config.key_used(conn->ctl->config.owner, enc->ltk);
	}
	enc->tx_on = true;
	enc->rx_on = true;
	enc->state = LL_ENC_AWAIT_START_RSP;
	ll__ctrl_send(conn, LL_START_ENC_RSP, NULL, 0, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

/* ---- Peripheral ---- */

void ll__enc_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_enc_req *req = (const void *)data;
	struct ll_enc *enc = &conn->enc;
	struct ll_enc_rsp rsp;

	/* The keys in use change in a refresh alone. */
	if (enc->tx_on) {
		ll__ctrl_reject(conn, LL_ENC_REQ, BT_HCI_ERR_LMP_PDU_NOT_ALLOWED, now_us);
		return;
	}
	/* A procedure that the central has not finished is one that it has given up. */
	conn->ctrl.remote_at_host = false;
	conn->ctrl.remote = LL_PROC_ENC;
	conn->ctrl.remote_deadline_us = FAV_FOREVER_US;
	memcpy(enc->skd, req->skd, SKD_HALF);
	memcpy(enc->iv, req->iv, IV_HALF);
	make_half(conn, 1);
	memcpy(rsp.skd, enc->skd + SKD_HALF, SKD_HALF);
	memcpy(rsp.iv, enc->iv + IV_HALF, IV_HALF);
	enc->state = LL_ENC_AWAIT_KEY;
	ll__ctrl_send(conn, LL_ENC_RSP, &rsp, sizeof(rsp), now_us);
	if (ctl__le_evt_on(conn->ctl, BT_HCI_EVT_LE_LTK_REQUEST)) {
		ctl__evt_ltk_request(conn, req->rand, req->ediv);
	} else {
		(void)ll__enc_key_reply(conn, NULL, now_us);
	}
}

static void no_key(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->enc.refresh) {
		conn->ctrl.terminate_reason = BT_HCI_ERR_PIN_OR_KEY_MISSING;
		ll__ctrl_want(conn, LL_PROC_TERMINATE, now_us);
		return;
	}
	ll__ctrl_reject(conn, LL_ENC_REQ, BT_HCI_ERR_PIN_OR_KEY_MISSING, now_us);
	conn->enc.state = LL_ENC_IDLE;
	ll__ctrl_remote_done(conn, now_us);
}

bool ll__enc_key_reply(struct ll_conn *conn, const uint8_t *ltk, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;

	if (enc->state != LL_ENC_AWAIT_KEY || conn->ctrl.terminate_reason != 0) {
		return false;
	}
	if (ltk == NULL) {
		no_key(conn, now_us);
		return true;
	}
	ll__enc_session(enc, ltk);
	enc->state = LL_ENC_AWAIT_START_RSP;
	ll__ctrl_send(conn, LL_START_ENC_REQ, NULL, 0, now_us);
	ll__ctrl_expect(conn, false, now_us);
	return true;
}

void ll__enc_acked(struct ll_conn *conn, uint8_t opcode)
{
	struct ll_enc *enc = &conn->enc;

	/* The central has these now, and changes with its next PDU, in both directions. Ours that
	 * may come before START_ENC_RSP, a LL_TERMINATE_IND, is in the form that it expects. */
	if (opcode == LL_START_ENC_REQ && enc->state == LL_ENC_AWAIT_START_RSP) {
		enc->rx_on = true;
		enc->tx_on = true;
	} else if (opcode == LL_PAUSE_ENC_RSP && enc->state == LL_ENC_AWAIT_PAUSE_RSP &&
		   conn->role == LL_PERIPHERAL) {
		enc->rx_on = false;
		enc->tx_on = false;
	}
}

/* ---- Both ---- */

void ll__enc_rx_start_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;

	if (enc->state != LL_ENC_AWAIT_START_RSP) {
		return;
	}
	/* In plain text it proves nothing: a central that has not waited for START_ENC_REQ. */
	if (!enc->rx_on) {
		ll__enc_break(conn);
		return;
	}
	if (conn->role == LL_PERIPHERAL) {
		ll__ctrl_send(conn, LL_START_ENC_RSP, NULL, 0, now_us);
	}
	finish(conn, BT_HCI_ERR_SUCCESS, now_us);
}
