/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a connection has received. Data goes into the host's own buffers at once; a host without one
 * leaves the PDU unacknowledged, and the peer sends it again, with the same counter.
 */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* A PDU of 251 bytes for a host with buffers of 27. */
#define PIECES_MAX DIV_ROUND_UP(LL_DATA_LEN_MAX, LL_DATA_LEN_MIN)

/* As many ACL packets as the host's buffers need; all of them or none. */
static bool to_host(struct ll_conn *conn, uint8_t pb, const uint8_t *data, uint16_t len)
{
	struct fav_controller *ctl = conn->ctl;
	uint16_t piece = ctl->up.host_acl_len;
	unsigned int count = DIV_ROUND_UP(len, piece);
	struct net_buf *bufs[PIECES_MAX];

	if (ctl->up.flow_on && ctl->up.host_acl_free < count) {
		return false;
	}
	for (unsigned int i = 0; i < count; i++) {
		uint16_t offset = (uint16_t)(i * piece);

		bufs[i] = ctl__up_acl_alloc(ctl, conn->handle, i == 0 ? pb : BT_ACL_CONT,
					    MIN(piece, len - offset));
		if (bufs[i] == NULL) {
			while (i-- > 0) {
				net_buf_unref(bufs[i]);
			}
			return false;
		}
		net_buf_add_mem(bufs[i], data + offset, MIN(piece, len - offset));
	}
	if (ctl->up.flow_on) {
		ctl->up.host_acl_free -= (uint16_t)count;
		conn->acl_to_host += (uint16_t)count;
	}
	for (unsigned int i = 0; i < count; i++) {
		ctl__up_acl_send(ctl, bufs[i]);
	}
	return true;
}

static bool take(struct ll_conn *conn, uint8_t llid, const uint8_t *payload, uint8_t len,
		 uint64_t now_us)
{
	switch (ll__enc_check(conn, llid, payload, len)) {
	case LL_ENC_HELD:
		return true;
	case LL_ENC_UNEXPECTED:
		ll__enc_break(conn);
		return false;
	default:
		break;
	}
	switch (llid) {
	case LL_LLID_CTRL:
		if (!ll__ctrl_can_rx(conn)) {
			return false;
		}
		ll__ctrl_rx(conn, payload, len, now_us);
		return true;
	case LL_LLID_START:
		return to_host(conn, BT_ACL_START, payload, len);
	case LL_LLID_CONT:
		return to_host(conn, BT_ACL_CONT, payload, len);
	default:
		/* Of no use: acknowledged all the same. */
		return true;
	}
}

bool ll__rx_pdu(struct ll_conn *conn, const uint8_t *pdu, uint64_t now_us)
{
	const uint8_t *payload = pdu + LL_HDR_SIZE;
	uint8_t plain[LL_DATA_LEN_MAX];
	uint8_t llid = pdu[0] & LL_DATA_LLID_MASK;
	uint8_t len = pdu[1];

	/* Empty ones are never encrypted. */
	if (len == 0) {
		return true;
	}
	if (!conn->enc.rx_on) {
		return take(conn, llid, payload, len, now_us);
	}
	if (!ll__enc_open(&conn->enc, conn->role != LL_CENTRAL, pdu[0], payload, len, plain)) {
		ll__enc_break(conn);
		return false;
	}
	if (!take(conn, llid, plain, len - CRYPTO_MIC_LEN, now_us)) {
		return false;
	}
	ll__enc_opened(&conn->enc, now_us);
	return true;
}
