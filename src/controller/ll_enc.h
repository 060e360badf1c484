/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_ENC_H_
#define FAV_CONTROLLER_LL_ENC_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ll_ctrl.h"
#include "crypto/crypto.h"

/*
 * Encryption of a connection, Core 6.0 Vol 6 Part B 5.1.3 and Part E.
 *
 *   ll_enc.c        packets: session key, nonces, MIC; what may pass while the keys change
 *   ll_enc_start.c  the encryption start procedure
 *   ll_enc_pause.c  the encryption pause procedure, which a refresh begins with
 *   ll_ping.c       LE ping and the authenticated payload timeout
 *
 * A PDU is encrypted where it is put in flight, and decrypted before anything looks into it. While
 * a procedure runs, data waits, no other procedure begins, and what the peer must not send ends the
 * connection: it never falls back to plain text.
 */

struct ll_conn;

/* What the procedure waits for. */
enum ll_enc_state {
	LL_ENC_IDLE,
	LL_ENC_AWAIT_PAUSE_RSP,
	LL_ENC_AWAIT_REQ, /* peripheral, paused */
	LL_ENC_AWAIT_RSP,
	LL_ENC_AWAIT_KEY, /* peripheral: its host's */
	LL_ENC_AWAIT_START_REQ,
	LL_ENC_AWAIT_START_RSP,
};

/* A PDU of the peer's that came too early; longer ones are malformed, and remain so. */
struct ll_enc_held {
	uint8_t len; /* 0: none */
	uint8_t data[1 + LL_CTRL_DATA_MAX + 1];
};

struct ll_enc {
	enum ll_enc_state state;
	bool tx_on, rx_on; /* encrypted, from the next PDU on */
	bool refresh;      /* the procedure replaces the keys of an encrypted connection */

	/* Little endian, as in PDUs and HCI. */
	uint8_t ltk[CRYPTO_KEY_LEN], rand[8], ediv[2]; /* of the central's host */
	uint8_t skd[16], iv[8];                        /* the central's half, the peripheral's */

	struct crypto_ccm ccm;
	uint64_t tx_counter, rx_counter;
	struct ll_enc_held held;

	uint16_t payload_timeout; /* authenticated payload timeout, 10 ms */
	uint64_t authentic_us;    /* when it began to run */
	bool pinged;              /* since then */
};

static inline bool ll__enc_busy(const struct ll_enc *enc)
{
	return enc->state != LL_ENC_IDLE;
}

/* ---- ll_enc.c: packets; by_central tells whose ---- */

/* The session key for the SKD that both have given; counters begin. */
void ll__enc_session(struct ll_enc *enc, const uint8_t ltk[CRYPTO_KEY_LEN]);

/* cipher holds len + CRYPTO_MIC_LEN bytes. The next packet has the next counter. */
void ll__enc_seal(struct ll_enc *enc, bool by_central, uint8_t header, const uint8_t *plain,
		  uint8_t len, uint8_t *cipher);

/* len counts the MIC; plain holds len - CRYPTO_MIC_LEN bytes. False: the MIC is wrong. The counter
 * stays: ll__enc_opened() when the PDU was taken. */
bool ll__enc_open(const struct ll_enc *enc, bool by_central, uint8_t header, const uint8_t *cipher,
		  uint8_t len, uint8_t *plain);
void ll__enc_opened(struct ll_enc *enc, uint64_t now_us);

/* ---- ll_enc.c: what passes ---- */

enum ll_enc_verdict {
	LL_ENC_PASS,
	LL_ENC_HELD,       /* kept until the procedure is over */
	LL_ENC_UNEXPECTED, /* the connection must end */
};

/* A PDU was received, decrypted if it had to be. */
enum ll_enc_verdict ll__enc_check(struct ll_conn *conn, uint8_t llid, const uint8_t *payload,
				  uint8_t len);

/* The connection ends at once, as 5.1.3 asks for. */
void ll__enc_break(struct ll_conn *conn);

/* Forget the keys. */
void ll__enc_wipe(struct ll_enc *enc);

/* ---- Procedures ---- */

extern const struct ll_proc_ops ll__enc_proc;

/* Our central's host wants encryption with this key; it has made sure that none is going on. */
void ll__enc_want(struct ll_conn *conn, const uint8_t ltk[CRYPTO_KEY_LEN], uint64_t now_us);

/* Our peripheral's host answers LE Long Term Key Request; NULL: it has no key. False: it was not
 * asked. */
bool ll__enc_key_reply(struct ll_conn *conn, const uint8_t *ltk, uint64_t now_us);

/* A PDU of ours was acknowledged. */
void ll__enc_acked(struct ll_conn *conn, uint8_t opcode);

void ll__enc_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__enc_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__enc_rx_start_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__enc_rx_start_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__enc_rx_pause_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__enc_rx_pause_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);

/* Between the two procedures' files: the central sends LL_ENC_REQ; it pauses. */
void ll__enc_request(struct ll_conn *conn, uint64_t now_us);
void ll__enc_pause(struct ll_conn *conn, uint64_t now_us);

/* ---- ll_ping.c ---- */

extern const struct ll_proc_ops ll__ping_proc;

void ll__ping_init(struct ll_conn *conn);
void ll__ping_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);

/* The timeout runs from now on, when the connection is encrypted. */
void ll__ping_restart(struct ll_conn *conn, uint64_t now_us);
uint64_t ll__ping_deadline_us(const struct ll_conn *conn);
/* Do what is due. */
void ll__ping_due(struct ll_conn *conn, uint64_t now_us);

#endif
