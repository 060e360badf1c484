/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_enc.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* ---- Packets, Vol 6 Part E 2 ---- */

/* Of the first header byte, what is authenticated: not NESN, SN and MD, which change when the
 * packet is sent again. */
#define HEADER_MASK 0xe3

#define DIRECTION_CENTRAL 0x80 /* in the last byte of the counter */

void ll__enc_session(struct ll_enc *enc, const uint8_t ltk[CRYPTO_KEY_LEN])
{
	uint8_t key[CRYPTO_KEY_LEN], skd[16], session[CRYPTO_KEY_LEN];

	sys_memcpy_swap(key, ltk, sizeof(key));
	sys_memcpy_swap(skd, enc->skd, sizeof(skd));
	/* A library that fails leaves a key that the peer does not have: no packet will pass. */
	(void)crypto__aes(key, skd, session);
	crypto__ccm_init(&enc->ccm, session);
	enc->tx_counter = 0;
	enc->rx_counter = 0;
	crypto__wipe(key, sizeof(key));
	crypto__wipe(session, sizeof(session));
}

/* 2.1: 39 bits of counter, the direction, the IV. */
static void make_nonce(const struct ll_enc *enc, bool by_central, uint64_t counter,
		       uint8_t nonce[CRYPTO_NONCE_LEN])
{
	sys_put_le32((uint32_t)counter, nonce);
	nonce[4] = ((uint8_t)(counter >> 32) & 0x7f) | (by_central ? DIRECTION_CENTRAL : 0);
	memcpy(nonce + 5, enc->iv, sizeof(enc->iv));
}

void ll__enc_seal(struct ll_enc *enc, bool by_central, uint8_t header, const uint8_t *plain,
		  uint8_t len, uint8_t *cipher)
{
	uint8_t nonce[CRYPTO_NONCE_LEN];

	make_nonce(enc, by_central, enc->tx_counter++, nonce);
	/* When it fails, the packet is zeros, and the peer ends the connection. */
	(void)crypto__ccm_encrypt(&enc->ccm, nonce, header & HEADER_MASK, plain, len, cipher);
}

bool ll__enc_open(const struct ll_enc *enc, bool by_central, uint8_t header, const uint8_t *cipher,
		  uint8_t len, uint8_t *plain)
{
	uint8_t nonce[CRYPTO_NONCE_LEN];

	/* An empty PDU has no MIC, 2.4: a MIC alone is not one that a peer sends. */
	if (len <= CRYPTO_MIC_LEN) {
		return false;
	}
	make_nonce(enc, by_central, enc->rx_counter, nonce);
	return crypto__ccm_decrypt(&enc->ccm, nonce, header & HEADER_MASK, cipher, len, plain) == 0;
}

void ll__enc_opened(struct ll_enc *enc, uint64_t now_us)
{
	enc->rx_counter++;
	enc->authentic_us = now_us;
	enc->pinged = false;
}

void ll__enc_wipe(struct ll_enc *enc)
{
	crypto__ccm_destroy(&enc->ccm);
	crypto__wipe(enc->ltk, sizeof(enc->ltk));
}

/* ---- What passes while a procedure runs, Vol 6 Part B 5.1.3.1 and 5.1.3.2 ---- */

#define NO_OPCODE 0xff

static const uint8_t awaited[] = {
	[LL_ENC_IDLE] = NO_OPCODE,
	[LL_ENC_AWAIT_PAUSE_RSP] = LL_PAUSE_ENC_RSP,
	[LL_ENC_AWAIT_REQ] = LL_ENC_REQ,
	[LL_ENC_AWAIT_RSP] = LL_ENC_RSP,
	[LL_ENC_AWAIT_KEY] = NO_OPCODE,
	[LL_ENC_AWAIT_START_REQ] = LL_START_ENC_REQ,
	[LL_ENC_AWAIT_START_RSP] = LL_START_ENC_RSP,
};

static bool is_enc(uint8_t opcode)
{
	return (opcode >= LL_ENC_REQ && opcode <= LL_START_ENC_RSP) || opcode == LL_PAUSE_ENC_REQ ||
	       opcode == LL_PAUSE_ENC_RSP;
}

static bool is_always_allowed(uint8_t opcode)
{
	return opcode == LL_TERMINATE_IND || opcode == LL_REJECT_IND ||
	       opcode == LL_REJECT_EXT_IND || opcode == LL_UNKNOWN_RSP;
}

/* A peripheral may go on until it has heard of the procedure, and a central hears that from its
 * first answer. */
static bool may_not_know(const struct ll_conn *conn)
{
	return conn->role == LL_CENTRAL &&
	       (conn->enc.state == LL_ENC_AWAIT_PAUSE_RSP ||
		(conn->enc.state == LL_ENC_AWAIT_RSP && !conn->enc.refresh));
}

/* It has one procedure of its own at most: more than one such PDU is not worth keeping. */
static void hold(struct ll_enc_held *held, const uint8_t *pdu, uint8_t len)
{
	if (held->len == 0) {
		held->len = MIN(len, sizeof(held->data));
		memcpy(held->data, pdu, held->len);
	}
}

enum ll_enc_verdict ll__enc_check(struct ll_conn *conn, uint8_t llid, const uint8_t *payload,
				  uint8_t len)
{
	struct ll_enc *enc = &conn->enc;
	uint8_t opcode = payload[0];

	if (!ll__enc_busy(enc)) {
		return LL_ENC_PASS;
	}
	/* Who leaves does not take part any more: of a procedure that goes on nothing is heeded. */
	if (llid == LL_LLID_CTRL && conn->ctrl.terminate_reason != 0) {
		return LL_ENC_PASS;
	}
	if (llid != LL_LLID_CTRL) {
		return may_not_know(conn) ? LL_ENC_PASS : LL_ENC_UNEXPECTED;
	}
	if (is_always_allowed(opcode) || opcode == awaited[enc->state]) {
		return LL_ENC_PASS;
	}
	if (!may_not_know(conn) || is_enc(opcode)) {
		return LL_ENC_UNEXPECTED;
	}
	hold(&enc->held, payload, len);
	return LL_ENC_HELD;
}

void ll__enc_break(struct ll_conn *conn)
{
	conn->end_reason = BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL;
}
