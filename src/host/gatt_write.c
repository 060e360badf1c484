/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "att_req.h"
#include "att_tx.h"
#include "gatt.h"
#include "smp_sign.h"

/*
 * Writing: Core 6.0 Vol 3 Part G 4.9.
 *
 * A long write prepares part after part, then executes. Each part must be echoed as it was sent;
 * when one is not, or is refused, what has been prepared is cancelled before the error is told.
 */

/* Execute Write's flags. */
#define EXECUTE_CANCEL 0
#define EXECUTE_WRITE  1

/* In a long write's att_req. */
#define STEP_PREPARE 0
#define STEP_EXECUTE 1
#define STEP_CANCEL  2 /* then req->err is told */

static bool ended(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_write_params *params = req->params;

	params->func(conn, err, params);
	return false;
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return ended(conn, req, gatt__err(err));
}

/* ---- In one PDU: 4.9.3 ---- */

static int short_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_write_params *params = req->params;

	fav_writer_u8(pdu, BT_ATT_OP_WRITE_REQ);
	fav_writer_le16(pdu, params->handle);
	fav_writer_bytes(pdu, params->data, params->length);
	return 0;
}

static bool short_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return ended(conn, req, fav_cursor_done(rsp) ? 0 : BT_ATT_ERR_UNLIKELY);
}

static const struct att_proc write_short = {
	.build = short_build,
	.response = short_response,
	.failed = failed,
	.copied = true,
};

/* ---- In parts: 4.9.4 ---- */

static void execute_build(struct fav_writer *pdu, uint8_t flags)
{
	fav_writer_u8(pdu, BT_ATT_OP_EXEC_WRITE_REQ);
	fav_writer_u8(pdu, flags);
}

static int long_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_write_params *params = req->params;

	if (req->step != STEP_PREPARE) {
		execute_build(pdu, req->step == STEP_EXECUTE ? EXECUTE_WRITE : EXECUTE_CANCEL);
		return 0;
	}
	fav_writer_u8(pdu, BT_ATT_OP_PREPARE_WRITE_REQ);
	fav_writer_le16(pdu, params->handle);
	fav_writer_le16(pdu, params->offset + req->offset);
	req->value = (uint16_t)MIN(fav_writer_room(pdu), (size_t)(params->length - req->offset));
	fav_writer_bytes(pdu, (const uint8_t *)params->data + req->offset, req->value);
	return 0;
}

static bool is_echo(const struct att_req *req, struct fav_cursor *rsp)
{
	const struct bt_gatt_write_params *params = req->params;
	uint16_t handle = fav_cursor_le16(rsp);
	uint16_t offset = fav_cursor_le16(rsp);

	return handle == params->handle && offset == params->offset + req->offset &&
	       fav_cursor_remaining(rsp) == req->value &&
	       memcmp(rsp->at, (const uint8_t *)params->data + req->offset, req->value) == 0;
}

static bool cancel_then_tell(struct att_req *req, uint8_t err)
{
	req->step = STEP_CANCEL;
	req->err = err;
	return true;
}

static bool long_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	const struct bt_gatt_write_params *params = req->params;

	if (req->step != STEP_PREPARE) {
		return ended(conn, req, req->err);
	}
	if (!is_echo(req, rsp)) {
		return cancel_then_tell(req, BT_ATT_ERR_UNLIKELY);
	}
	req->offset += req->value;
	if (req->offset == params->length) {
		req->step = STEP_EXECUTE;
	}
	return true;
}

static bool long_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	if (err > 0 && req->step == STEP_PREPARE) {
		return cancel_then_tell(req, (uint8_t)err);
	}
	return ended(conn, req, req->step == STEP_CANCEL ? req->err : gatt__err(err));
}

/* Cancelled by the application, which has been told: only the server is left. */
static int cancelled_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	execute_build(pdu, EXECUTE_CANCEL);
	return 0;
}

static bool cancelled_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return req->opcode == BT_ATT_OP_PREPARE_WRITE_REQ;
}

static bool cancelled_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return err > 0 && req->opcode == BT_ATT_OP_PREPARE_WRITE_REQ;
}

static const struct att_proc write_cancelled = {
	.build = cancelled_build,
	.response = cancelled_response,
	.failed = cancelled_failed,
};

static const struct att_proc write_long = {
	.build = long_build,
	.response = long_response,
	.failed = long_failed,
	.cancelled = &write_cancelled,
};

/* ---- */

int bt_gatt_write(struct bt_conn *conn, struct bt_gatt_write_params *params)
{
	struct att_bearer *bearer;
	struct att_req *req;
	bool fits;
	int err;

	if (conn == NULL || params == NULL || params->func == NULL || params->handle == 0 ||
	    (params->data == NULL && params->length > 0) ||
	    (size_t)params->offset + params->length > BT_ATT_MAX_ATTRIBUTE_LEN) {
		return -EINVAL;
	}
	err = att_req__choose(conn, params->chan_opt, ATT_DIR_REQUEST, &bearer);
	if (err != 0) {
		return err;
	}
	fits = params->offset == 0 && params->length <= bearer->mtu - ATT_VALUE_HEADER;
	err = att_req__alloc(bearer, fits ? &write_short : &write_long, params, &req);
	return err != 0 ? err : att_req__start(ATT_DIR_REQUEST, req);
}

/* 4.9.2 */
static int write_signed(struct bt_conn *conn, uint16_t handle, const void *data, uint16_t length,
			bt_gatt_complete_func_t func, void *user_data)
{
	uint8_t signature[SMP_SIGN_LEN];
	struct att_bearer *bearer;
	struct fav_writer pdu;
	struct net_buf *buf;
	int err = att_tx__value_choose(conn, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, &bearer);

	if (err == 0 && length > bearer->mtu - ATT_VALUE_HEADER - SMP_SIGN_LEN) {
		err = -EMSGSIZE;
	}
	if (err == 0) {
		err = att_tx__value_begin(bearer, func != NULL, &buf, &pdu);
	}
	if (err != 0) {
		return err;
	}
	fav_writer_u8(&pdu, BT_ATT_OP_SIGNED_WRITE_CMD);
	fav_writer_le16(&pdu, handle);
	fav_writer_bytes(&pdu, data, length);
	err = smp_sign__make(conn, pdu.start, fav_writer_len(&pdu), signature);
	if (err != 0) {
		net_buf_unref(buf);
		return err == -ENOENT ? -ENOTSUP : err;
	}
	fav_writer_bytes(&pdu, signature, sizeof(signature));
	return att_tx__value_send(bearer, buf, &pdu, func, user_data, 1);
}

int bt_gatt_write_without_response_cb(struct bt_conn *conn, uint16_t handle, const void *data,
				      uint16_t length, bool sign, bt_gatt_complete_func_t func,
				      void *user_data)
{
	struct att_bearer *bearer;
	int err;

	if (conn == NULL || handle == 0 || (data == NULL && length > 0)) {
		return -EINVAL;
	}
	/* What is encrypted is authenticated already. */
	if (sign && bt_conn_get_security(conn) == BT_SECURITY_L1) {
		return write_signed(conn, handle, data, length, func, user_data);
	}
	err = att_tx__value_choose(conn, BT_ATT_CHAN_OPT_NONE, &bearer);
	return err != 0 ? err
			: att_tx__value(bearer, BT_ATT_OP_WRITE_CMD, handle, data, length, func,
					user_data);
}
