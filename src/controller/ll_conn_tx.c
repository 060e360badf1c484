/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a connection sends. One PDU is in flight: it stays in tx.pdu, sent again and again, until
 * the peer acknowledges it. It is encrypted where it is put there, once.
 *
 * A PDU of data takes as much as it may of an L2CAP PDU, of one packet from the host or of several,
 * and less where that is what the time still allows: time before a moment that is another's is of
 * no use else.
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

/* What is left of a packet's data. */
static uint16_t data_len(const struct ll_conn *conn, const struct net_buf *buf)
{
	return buf == head(conn) && conn->tx.started ? buf->len : buf->len - BT_HCI_ACL_HDR_SIZE;
}

static struct net_buf *next(const struct net_buf *buf)
{
	return buf->node.next != NULL ? CONTAINER_OF(buf->node.next, struct net_buf, node) : NULL;
}

/* The packet behind this one when it goes on with the same L2CAP PDU, Vol 4 Part E 5.4.2. */
static struct net_buf *next_part(const struct net_buf *buf)
{
	struct net_buf *part = next(buf);

	return part != NULL && bt_acl_flags_pb(bt_acl_flags(sys_get_le16(part->data))) ==
				       BT_ACL_CONT
		       ? part
		       : NULL;
}

/* What goes into the next PDU of data, with all the room in the world. */
static uint16_t fragment_len(const struct ll_conn *conn)
{
	uint16_t most = ll__dle_tx_octets(conn), len = 0;

	for (const struct net_buf *buf = head(conn); buf != NULL && len < most;
	     buf = next_part(buf)) {
		len += data_len(conn, buf);
	}
	return MIN(len, most);
}

/* Whether there is data behind the first len bytes of it. */
static bool has_data_behind(const struct ll_conn *conn, uint16_t len)
{
	const struct net_buf *buf = head(conn);

	while (buf != NULL && len >= data_len(conn, buf)) {
		len -= data_len(conn, buf);
		buf = next(buf);
	}
	return buf != NULL;
}

/* The next PDU when none is in flight. */
struct plan {
	enum ll_tx_kind kind;
	uint16_t len; /* of its data */
};

static uint16_t pdu_len(const struct ll_conn *conn, uint16_t len)
{
	return LL_HDR_SIZE + len + (conn->enc.tx_on && len != 0 ? CRYPTO_MIC_LEN : 0);
}

static struct plan plan(const struct ll_conn *conn)
{
	const struct ll_ctrl *ctrl = &conn->ctrl;

	if (ctrl->count != 0) {
		return (struct plan){LL_TX_CTRL, ctrl->queue[ctrl->head].len};
	}
	if (head(conn) != NULL && data_may_go(conn)) {
		return (struct plan){LL_TX_DATA, fragment_len(conn)};
	}
	return (struct plan){LL_TX_EMPTY, 0};
}

/* The same within room_us. No part of a packet is shorter than every link's packets may be. */
static struct plan plan_within(const struct ll_conn *conn, uint64_t room_us)
{
	struct plan next_pdu = plan(conn);
	uint64_t us = radio__airtime_us(conn->tx_phy, pdu_len(conn, next_pdu.len)), over;

	if (us <= room_us) {
		return next_pdu;
	}
	over = DIV_ROUND_UP(us - room_us, radio__byte_us(conn->tx_phy));
	if (next_pdu.kind == LL_TX_DATA && next_pdu.len >= over + LL_DATA_LEN_MIN) {
		return (struct plan){LL_TX_DATA, next_pdu.len - (uint16_t)over};
	}
	return (struct plan){LL_TX_EMPTY, 0};
}

uint16_t ll__tx_len(const struct ll_conn *conn)
{
	return conn->tx.kind != LL_TX_NONE ? LL_HDR_SIZE + conn->tx.pdu[1]
					   : pdu_len(conn, plan(conn).len);
}

bool ll__tx_fits(const struct ll_conn *conn, uint64_t room_us)
{
	if (conn->tx.kind == LL_TX_NONE && plan(conn).kind != LL_TX_EMPTY) {
		return plan_within(conn, room_us).kind != LL_TX_EMPTY;
	}
	return radio__airtime_us(conn->tx_phy, ll__tx_len(conn)) <= room_us;
}

/* The next so many bytes of data, out of as many packets as they are in. */
static void fill_data(struct ll_conn *conn, uint16_t len)
{
	const struct net_buf *buf = head(conn);
	uint8_t gathered[LL_DATA_LEN_MAX];
	uint16_t got = 0;

	if (!conn->tx.started) {
		packet_begin(conn, head(conn));
	}
	conn->tx.fragment = len;
	if (len <= buf->len) {
		fill(conn, LL_TX_DATA, conn->tx.llid, buf->data, len);
		return;
	}
	for (; got < len; buf = next(buf)) {
		uint16_t part = MIN(data_len(conn, buf), len - got);

		memcpy(gathered + got, net_buf_tail(buf) - data_len(conn, buf), part);
		got += part;
	}
	fill(conn, LL_TX_DATA, conn->tx.llid, gathered, len);
}

/* Put the next PDU in flight. */
static void load(struct ll_conn *conn, struct plan next_pdu)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	if (next_pdu.kind == LL_TX_CTRL) {
		const struct ll_ctrl_pdu *pdu = &ctrl->queue[ctrl->head];

		conn->tx.opcode = pdu->data[0];
		fill(conn, LL_TX_CTRL, LL_LLID_CTRL, pdu->data, pdu->len);
		ctrl->head = (ctrl->head + 1) % LL_CTRL_QUEUE;
		ctrl->count--;
	} else if (next_pdu.kind == LL_TX_DATA) {
		fill_data(conn, next_pdu.len);
	} else {
		fill(conn, LL_TX_EMPTY, LL_LLID_CONT, "", 0);
	}
}

bool ll__tx_has_next(const struct ll_conn *conn)
{
	if (conn->ctrl.count != 0) {
		return true;
	}
	return data_may_go(conn) &&
	       has_data_behind(conn, conn->tx.kind == LL_TX_DATA ? conn->tx.fragment : 0);
}

bool ll__tx_has_much(const struct ll_conn *conn)
{
	if (conn->tx.kind != LL_TX_NONE || conn->ctrl.count != 0) {
		return ll__tx_has_next(conn);
	}
	return data_may_go(conn) && has_data_behind(conn, fragment_len(conn));
}

bool ll__tx_pending(const struct ll_conn *conn)
{
	return conn->tx.kind == LL_TX_CTRL || conn->tx.kind == LL_TX_DATA || ll__tx_has_next(conn);
}

const uint8_t *ll__tx_pdu(struct ll_conn *conn, uint64_t room_us, uint16_t *len)
{
	struct ll_conn_tx *tx = &conn->tx;

	if (tx->kind == LL_TX_NONE) {
		load(conn, plan_within(conn, room_us));
	}
	tx->pdu[0] = (tx->pdu[0] & LL_DATA_LLID_MASK) | (tx->nesn ? LL_DATA_NESN : 0) |
		     (tx->sn ? LL_DATA_SN : 0) | (ll__tx_has_next(conn) ? LL_DATA_MD : 0);
	*len = LL_HDR_SIZE + tx->pdu[1];
	return tx->pdu;
}

static void data_acked(struct ll_conn *conn)
{
	while (conn->tx.fragment > 0) {
		struct net_buf *buf = head(conn);
		uint16_t part;

		if (!conn->tx.started) {
			packet_begin(conn, buf);
		}
		part = MIN(buf->len, conn->tx.fragment);
		net_buf_pull(buf, part);
		conn->tx.fragment -= part;
		if (buf->len == 0) {
			packet_done(conn);
			ctl__up_completed(conn);
		}
	}
	conn->tx.llid = LL_LLID_CONT;
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
