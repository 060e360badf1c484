/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption pause, Core 6.0 Vol 6 Part B 5.1.3.2: the first half of a refresh.
 *
 *     central               peripheral
 *        PAUSE_ENC_REQ ->                   encrypted
 *                    <- PAUSE_ENC_RSP       encrypted; from its acknowledgement on all PDUs are
 *        PAUSE_ENC_RSP ->                   plain
 *        ENC_REQ ->                         ll_enc_start.c
 *
 * Nothing but these passes in plain text.
 */

#include <zephyr/bluetooth/hci_types.h>

#include "controller/ctl.h"

void ll__enc_pause(struct ll_conn *conn, uint64_t now_us)
{
	conn->enc.state = LL_ENC_AWAIT_PAUSE_RSP;
	ll__ctrl_send(conn, LL_PAUSE_ENC_REQ, NULL, 0, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

void ll__enc_rx_pause_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;

	if (!enc->tx_on) {
		ll__ctrl_reject(conn, LL_PAUSE_ENC_REQ, BT_HCI_ERR_LMP_PDU_NOT_ALLOWED, now_us);
		return;
	}
	conn->ctrl.remote_at_host = false;
	conn->ctrl.remote = LL_PROC_ENC;
	enc->refresh = true;
	enc->state = LL_ENC_AWAIT_PAUSE_RSP;
	ll__ctrl_send(conn, LL_PAUSE_ENC_RSP, NULL, 0, now_us);
	ll__ctrl_expect(conn, false, now_us);
}

void ll__enc_rx_pause_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_enc *enc = &conn->enc;

	if (enc->state != LL_ENC_AWAIT_PAUSE_RSP) {
		return;
	}
	if (conn->role == LL_CENTRAL) {
		enc->tx_on = false;
		enc->rx_on = false;
		ll__ctrl_send(conn, LL_PAUSE_ENC_RSP, NULL, 0, now_us);
		ll__enc_request(conn, now_us);
	} else if (enc->rx_on) {
		/* Before it can have had ours. */
		ll__enc_break(conn);
	} else {
		enc->state = LL_ENC_AWAIT_REQ;
		ll__ctrl_expect(conn, false, now_us);
	}
}
