/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a connection sends. One PDU is in flight: it stays in tx.pdu, sent again and again, until
 * the peer acknowledges it. It is encrypted where it is put there, once.
 */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

static struct net_buf *head(const struct ll_conn *conn)
{
	sys_snode_t *node = sys_slist_peek_head((sys_slist_t *)&conn->tx.data);

	return node != NULL ? CONTAINER_OF(node, struct net_buf, node) : NULL;
}

static void packet_done(struct ll_conn *conn)
{
	net_buf_unref(net_buf_slist_get(&conn->tx.data));
	conn->tx.started = false;
	conn->ctl->down.acl_used--;
}

/* Take the ACL header off the first packet. */
static void packet_begin(struct ll_conn *conn, struct net_buf *buf)
{
	uint8_t pb = bt_acl_flags_pb(bt_acl_flags(sys_get_le16(buf->data)));

	net_buf_pull(buf, BT_HCI_ACL_HDR_SIZE);
	conn->tx.llid = pb == BT_ACL_CONT ? LL_LLID_CONT : LL_LLID_START;
	conn->tx.started = true;
}

static void fill(struct ll_conn *conn, enum ll_tx_kind kind, uint8_t llid, const void *data,
		 uint16_t len)
{
	struct ll_conn_tx *tx = &conn->tx;

	tx->kind = kind;
	tx->pdu[0] = llid;
	tx->pdu[1] = (uint8_t)len;
	if (conn->enc.tx_on && len != 0) {
		tx->pdu[1] += CRYPTO_MIC_LEN;
		ll__enc_seal(&conn->enc, conn->role == LL_CENTRAL, llid, data, (uint8_t)len,
			     tx->pdu + LL_HDR_SIZE);
	} else {
		memcpy(tx->pdu + LL_HDR_SIZE, data, len);
	}
}

/* Whether data may go: not behind a termination, nor while keys change. */
static bool data_may_go(const struct ll_conn *conn)
{
	return conn->ctrl.terminate_reason == 0 && !ll__enc_busy(&conn->enc);
}

static void fill_empty(struct ll_conn *conn)
{
	fill(conn, LL_TX_EMPTY, LL_LLID_CONT, "", 0);
}

/* What of the first packet of data goes into the next PDU. */
static uint16_t fragment_len(const struct ll_conn *conn, const struct net_buf *buf)
{
	uint16_t left = conn->tx.started ? buf->len : buf->len - BT_HCI_ACL_HDR_SIZE;

	return MIN(left, ll__dle_tx_octets(conn));
}

uint16_t ll__tx_len(const struct ll_conn *conn)
{
	const struct ll_ctrl *ctrl = &conn->ctrl;
	const struct net_buf *buf = head(conn);
	uint16_t mic = conn->enc.tx_on ? CRYPTO_MIC_LEN : 0;

	if (conn->tx.kind != LL_TX_NONE) {
		return LL_HDR_SIZE + conn->tx.pdu[1];
	}
	if (ctrl->count != 0) {
		return LL_HDR_SIZE + ctrl->queue[ctrl->head].len + mic;
	}
	if (buf != NULL && data_may_go(conn)) {
		return LL_HDR_SIZE + fragment_len(conn, buf) + mic;
	}
	return LL_HDR_SIZE;
}

/* Put the next PDU in flight. */
static void load(struct ll_conn *conn)
{
	struct ll_ctrl *ctrl = &conn->ctrl;
	struct net_buf *buf = head(conn);

	if (ctrl->count != 0) {
		const struct ll_ctrl_pdu *pdu = &ctrl->queue[ctrl->head];

		conn->tx.opcode = pdu->data[0];
		fill(conn, LL_TX_CTRL, LL_LLID_CTRL, pdu->data, pdu->len);
		ctrl->head = (ctrl->head + 1) % LL_CTRL_QUEUE;
		ctrl->count--;
	} else if (buf != NULL && data_may_go(conn)) {
		if (!conn->tx.started) {
			packet_begin(conn, buf);
		}
		conn->tx.fragment = fragment_len(conn, buf);
		fill(conn, LL_TX_DATA, conn->tx.llid, buf->data, conn->tx.fragment);
	} else {
		fill_empty(conn);
	}
}

bool ll__tx_has_next(const struct ll_conn *conn)
{
	const struct net_buf *buf = head(conn);

	if (conn->ctrl.count != 0) {
		return true;
	}
	if (buf == NULL || !data_may_go(conn)) {
		return false;
	}
	if (conn->tx.kind == LL_TX_DATA) {
		return buf->len > conn->tx.fragment || buf->node.next != NULL;
	}
	return true;
}

bool ll__tx_has_much(const struct ll_conn *conn)
{
	const struct net_buf *buf = head(conn);

	if (conn->tx.kind != LL_TX_NONE || conn->ctrl.count != 0 || buf == NULL) {
		return ll__tx_has_next(conn);
	}
	return data_may_go(conn) &&
	       (buf->node.next != NULL || buf->len > BT_HCI_ACL_HDR_SIZE + fragment_len(conn, buf));
}

bool ll__tx_pending(const struct ll_conn *conn)
{
	return conn->tx.kind == LL_TX_CTRL || conn->tx.kind == LL_TX_DATA || ll__tx_has_next(conn);
}

const uint8_t *ll__tx_pdu(struct ll_conn *conn, uint64_t room_us, uint16_t *len)
{
	struct ll_conn_tx *tx = &conn->tx;

	if (tx->kind == LL_TX_NONE) {
		if (radio__airtime_us(conn->tx_phy, ll__tx_len(conn)) <= room_us) {
			load(conn);
		} else {
			fill_empty(conn);
		}
	}
	tx->pdu[0] = (tx->pdu[0] & LL_DATA_LLID_MASK) | (tx->nesn ? LL_DATA_NESN : 0) |
		     (tx->sn ? LL_DATA_SN : 0) | (ll__tx_has_next(conn) ? LL_DATA_MD : 0);
	*len = LL_HDR_SIZE + tx->pdu[1];
	return tx->pdu;
}

static void data_acked(struct ll_conn *conn)
{
	struct net_buf *buf = head(conn);

	net_buf_pull(buf, conn->tx.fragment);
	conn->tx.llid = LL_LLID_CONT;
	if (buf->len == 0) {
		packet_done(conn);
		ctl__up_completed(conn);
	}
}

void ll__tx_acked(struct ll_conn *conn, uint64_t now_us)
{
	enum ll_tx_kind kind = conn->tx.kind;

	conn->tx.kind = LL_TX_NONE;
	if (kind == LL_TX_DATA) {
		data_acked(conn);
	} else if (kind == LL_TX_CTRL) {
		ll__enc_acked(conn, conn->tx.opcode);
		ll__ctrl_acked(conn, conn->tx.opcode, now_us);
	}
}

void ll__tx_data(struct ll_conn *conn, struct net_buf *buf, uint64_t now_us)
{
	/* A fragment without data has no PDU of its own, 2.4.1. */
	if (buf->len == BT_HCI_ACL_HDR_SIZE) {
		net_buf_unref(buf);
		conn->ctl->down.acl_used--;
		ctl__up_completed(conn);
		return;
	}
	net_buf_slist_put(&conn->tx.data, buf);
	ll__conn_wake(conn, now_us);
}

void ll__tx_flush(struct ll_conn *conn)
{
	while (head(conn) != NULL) {
		packet_done(conn);
	}
	conn->tx.kind = LL_TX_NONE;
	conn->tx.completed = 0;
}
