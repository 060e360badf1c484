/* SPDX-License-Identifier: Apache-2.0 */
#include "att_ops.h"
#include "att_rx.h"
#include "att_server.h"
#include "att_tx.h"
#include "conn.h"
#include "gatt_aware.h"

/*
 * A PDU that must be answered is handled only when there is a buffer for the answer. Until then it
 * is held, and all behind it, so that the order stays. Held are at most one request, as the peer
 * must wait for its answer before the next (Core 6.0 Vol 3 Part F 3.3.2), and ATT_HELD_MAX PDUs;
 * a peer that sends more in the meantime loses them, counted.
 */

static bool is_request(const struct att_op *op, uint8_t opcode)
{
	return op != NULL ? op->kind == ATT_REQUEST : (opcode & ATT_OP_COMMAND_FLAG) == 0;
}

static bool needs_reply(const struct att_op *op, uint8_t opcode)
{
	return is_request(op, opcode) || (op != NULL && op->kind == ATT_INDICATION);
}

/* Core 6.0 Vol 3 Part F 3.4.1.1. */
static void error_write(struct fav_writer *rsp, uint8_t opcode, uint16_t handle, uint8_t err)
{
	rsp->at = rsp->start;
	rsp->bad = false;
	fav_writer_u8(rsp, BT_ATT_OP_ERROR_RSP);
	fav_writer_u8(rsp, opcode);
	fav_writer_le16(rsp, handle);
	fav_writer_u8(rsp, err);
}

static void request(struct att_bearer *bearer, const struct att_op *op, uint8_t opcode,
		    struct fav_cursor *req, struct fav_writer *rsp)
{
	uint16_t handle = 0;
	uint8_t err;

	if (op == NULL) {
		err = BT_ATT_ERR_NOT_SUPPORTED;
	} else if (fav_cursor_remaining(req) < op->min_len) {
		err = BT_ATT_ERR_INVALID_PDU;
	} else {
		/* The opcodes of responses follow those of their requests: 3.4.8. */
		fav_writer_u8(rsp, opcode + 1);
		err = gatt_aware__request(bearer, opcode, *req);
		if (err != 0) {
			handle = fav_cursor_le16(req);
		} else {
			err = op->request(bearer, req, rsp, &handle);
		}
	}
	if (err != 0) {
		error_write(rsp, opcode, handle, err);
	}
}

/* Handle a PDU that is answered. */
static void answered(struct att_bearer *bearer, const struct att_op *op, uint8_t opcode,
		     struct fav_cursor *pdu, struct net_buf *reply, struct fav_writer *rsp)
{
	struct bt_conn *conn = bearer->conn;

	if (is_request(op, opcode)) {
		request(bearer, op, opcode, pdu, rsp);
	} else {
		fav_writer_u8(rsp, BT_ATT_OP_CONFIRM);
		op->take(bearer, opcode, pdu);
	}
	if (bearer->conn != conn) {
		/* A callback has disabled the host. */
		net_buf_unref(reply);
		return;
	}
	att_tx__finish(reply, rsp);
	att_tx__reply_send(bearer, reply);
	if (opcode == BT_ATT_OP_MTU_REQ) {
		att_mtu__answered(bearer);
	}
}

/* false: it must wait. */
static bool handle(struct att_bearer *bearer, const struct net_buf *buf)
{
	struct fav_cursor pdu = fav_cursor_of_buf(&buf->b);
	uint8_t opcode = fav_cursor_u8(&pdu);
	const struct att_op *op = att_ops__find(opcode);
	struct fav_writer rsp;
	struct net_buf *reply;

	if (!needs_reply(op, opcode)) {
		if (op == NULL || fav_cursor_remaining(&pdu) < op->min_len ||
		    ((opcode & ATT_OP_COMMAND_FLAG) != 0 && !gatt_aware__command(bearer))) {
			att__dropped(bearer);
		} else {
			op->take(bearer, opcode, &pdu);
		}
		return true;
	}
	if (op != NULL && op->kind == ATT_INDICATION && fav_cursor_remaining(&pdu) < op->min_len) {
		att__dropped(bearer);
		return true;
	}
	reply = att_tx__reply_alloc(bearer, &rsp);
	if (reply == NULL) {
		return false;
	}
	answered(bearer, op, opcode, &pdu, reply, &rsp);
	return true;
}

/* false: there is no place for it. */
static bool hold(struct att_bearer *bearer, struct net_buf *buf)
{
	bool request_pdu = is_request(att_ops__find(buf->data[0]), buf->data[0]);

	if (bearer->held_count >= ATT_HELD_MAX || (request_pdu && bearer->held_request)) {
		att__dropped(bearer);
		return false;
	}
	bearer->held_count++;
	bearer->held_request = bearer->held_request || request_pdu;
	net_buf_slist_put(&bearer->held, buf);
	return true;
}

static void give_back(struct att_bearer *bearer, struct net_buf *buf)
{
	if (bearer->enhanced != NULL) {
		(void)bt_l2cap_chan_recv_complete(&bearer->enhanced->chan.chan, buf);
	} else {
		net_buf_unref(buf);
	}
}

bool att_rx__recv(struct att_bearer *bearer, struct net_buf *buf)
{
	if (buf->len == 0) {
		att__dropped(bearer);
		return false;
	}
	return (bearer->held_count > 0 || !handle(bearer, buf)) && hold(bearer, buf);
}

void att_rx__resume(struct att_bearer *bearer)
{
	struct net_buf *buf;

	while (bearer->conn != NULL && bearer->held_count > 0) {
		buf = CONTAINER_OF(sys_slist_peek_head(&bearer->held), struct net_buf, node);
		/* Held while it is handled: a callback may make more arrive, or clear all. */
		net_buf_ref(buf);
		if (!handle(bearer, buf)) {
			net_buf_unref(buf);
			return;
		}
		if (bearer->held_count > 0) {
			(void)sys_slist_get(&bearer->held);
			bearer->held_count--;
			bearer->held_request =
				bearer->held_request &&
				!is_request(att_ops__find(buf->data[0]), buf->data[0]);
			give_back(bearer, buf);
		}
		net_buf_unref(buf);
	}
}

void att_rx__clear(struct att_bearer *bearer)
{
	struct net_buf *buf;

	while ((buf = net_buf_slist_get(&bearer->held)) != NULL) {
		give_back(bearer, buf);
	}
	bearer->held_count = 0;
	bearer->held_request = false;
}
