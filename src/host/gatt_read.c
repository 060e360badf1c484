/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_req.h"
#include "gatt.h"
#include "uuid.h"

/*
 * Reading: Core 6.0 Vol 3 Part G 4.8. A procedure for each form; all of them end by ended().
 */

static bool ended(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_read_params *params = req->params;

	(void)params->func(conn, err, params, NULL, 0);
	return false;
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return ended(conn, req, gatt__err(err));
}

/* false: the callback said to stop, and params are no longer ours. */
static bool report(struct bt_conn *conn, struct att_req *req, const void *data, size_t len)
{
	struct bt_gatt_read_params *params = req->params;

	return params->func(conn, 0, params, data, (uint16_t)len) == BT_GATT_ITER_CONTINUE;
}

/* ---- One value, by as many requests as it takes: 4.8.1, 4.8.3 ---- */

static int single_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	req->mtu = req->bearer->mtu;
	fav_writer_u8(pdu, req->offset == 0 ? BT_ATT_OP_READ_REQ : BT_ATT_OP_READ_BLOB_REQ);
	fav_writer_le16(pdu, req->handle);
	if (req->offset != 0) {
		fav_writer_le16(pdu, req->offset);
	}
	return 0;
}

static bool single_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	struct bt_gatt_read_params *params = req->params;
	size_t len = fav_cursor_remaining(rsp);

	if (req->offset + len > BT_ATT_MAX_ATTRIBUTE_LEN) {
		return ended(conn, req, BT_ATT_ERR_UNLIKELY);
	}
	/* An empty part is the end; but a value that is empty is told. */
	if ((len > 0 || req->step == 0) && !report(conn, req, rsp->at, len)) {
		return false;
	}
	if (req->aborted != 0) {
		return true;
	}
	req->step = 1;
	req->offset += (uint16_t)len;
	params->single.offset = req->offset;
	if (len < (size_t)req->mtu - 1 || req->offset == BT_ATT_MAX_ATTRIBUTE_LEN) {
		return ended(conn, req, 0);
	}
	return true;
}

static bool single_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	/* The part before was the last: 4.8.3. */
	if (req->step != 0 &&
	    (err == BT_ATT_ERR_INVALID_OFFSET || err == BT_ATT_ERR_ATTRIBUTE_NOT_LONG)) {
		return ended(conn, req, 0);
	}
	return failed(conn, req, err);
}

static const struct att_proc read_single = {
	.build = single_build,
	.response = single_response,
	.failed = single_failed,
};

/* ---- All values of a type: 4.8.2 ---- */

static int by_uuid_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_read_params *params = req->params;

	fav_writer_u8(pdu, BT_ATT_OP_READ_TYPE_REQ);
	fav_writer_le16(pdu, req->handle);
	fav_writer_le16(pdu, req->end);
	uuid__write(pdu, params->by_uuid.uuid);
	return 0;
}

static bool by_uuid_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	struct bt_gatt_read_params *params = req->params;
	size_t len = fav_cursor_u8(rsp);

	if (len < 2 || fav_cursor_remaining(rsp) == 0 || fav_cursor_remaining(rsp) % len != 0) {
		return ended(conn, req, BT_ATT_ERR_UNLIKELY);
	}
	while (fav_cursor_remaining(rsp) > 0) {
		uint16_t handle = fav_cursor_le16(rsp);
		const uint8_t *value = fav_cursor_bytes(rsp, len - 2);

		if (handle < req->handle || handle > req->end) {
			return ended(conn, req, BT_ATT_ERR_UNLIKELY);
		}
		params->by_uuid.start_handle = handle;
		if (!report(conn, req, value, len - 2)) {
			return false;
		}
		if (req->aborted != 0) {
			return true;
		}
		if (handle == req->end) {
			return ended(conn, req, 0);
		}
		req->handle = handle + 1;
	}
	return true;
}

static bool by_uuid_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	/* Behind the last one there is none: that is the end, but nothing at all is an error. */
	if (err == BT_ATT_ERR_ATTRIBUTE_NOT_FOUND && req->started && req->value != req->handle) {
		return ended(conn, req, 0);
	}
	return failed(conn, req, err);
}

static const struct att_proc read_by_uuid = {
	.build = by_uuid_build,
	.response = by_uuid_response,
	.failed = by_uuid_failed,
};

/* ---- Several values: 4.8.4, 4.8.5 ---- */

static int multiple_build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_read_params *params = req->params;

	fav_writer_u8(pdu, params->multiple.variable ? BT_ATT_OP_READ_MULT_VL_REQ
						     : BT_ATT_OP_READ_MULT_REQ);
	for (size_t i = 0; i < params->handle_count; i++) {
		fav_writer_le16(pdu, params->multiple.handles[i]);
	}
	return fav_writer_ok(pdu) ? 0 : -EINVAL;
}

static bool multiple_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	if (!report(conn, req, rsp->at, fav_cursor_remaining(rsp))) {
		return false;
	}
	return req->aborted != 0 ? true : ended(conn, req, 0);
}

static const struct att_proc read_multiple = {
	.build = multiple_build,
	.response = multiple_response,
	.failed = failed,
};

static bool variable_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	const struct bt_gatt_read_params *params = req->params;
	size_t count = params->handle_count;

	/* The list may end early, and its last value be cut, where the MTU ends: Part F 3.4.4.12.
	 */
	for (size_t i = 0; i < count && fav_cursor_remaining(rsp) > 0; i++) {
		uint16_t len = fav_cursor_le16(rsp);
		struct fav_cursor value = fav_cursor_sub(rsp, MIN(len, fav_cursor_remaining(rsp)));

		if (!fav_cursor_ok(rsp)) {
			return ended(conn, req, BT_ATT_ERR_UNLIKELY);
		}
		if (!report(conn, req, value.at, fav_cursor_remaining(&value))) {
			return false;
		}
		if (req->aborted != 0) {
			return true;
		}
	}
	return ended(conn, req, fav_cursor_remaining(rsp) > 0 ? BT_ATT_ERR_UNLIKELY : 0);
}

static const struct att_proc read_variable = {
	.build = multiple_build,
	.response = variable_response,
	.failed = failed,
};

/* ---- */

static const struct att_proc *multiple_proc(const struct bt_gatt_read_params *params)
{
	if (params->multiple.variable) {
		return IS_ENABLED(CONFIG_BT_GATT_READ_MULT_VAR_LEN) ? &read_variable : NULL;
	}
	return IS_ENABLED(CONFIG_BT_GATT_READ_MULTIPLE) ? &read_multiple : NULL;
}

static bool is_valid(const struct bt_gatt_read_params *params)
{
	if (params->handle_count == 0) {
		return params->by_uuid.uuid != NULL && params->by_uuid.start_handle != 0 &&
		       params->by_uuid.start_handle <= params->by_uuid.end_handle;
	}
	if (params->handle_count == 1) {
		return params->single.handle != 0 &&
		       params->single.offset <= BT_ATT_MAX_ATTRIBUTE_LEN;
	}
	for (size_t i = 0; params->multiple.handles != NULL && i < params->handle_count; i++) {
		if (params->multiple.handles[i] == 0) {
			return false;
		}
	}
	return params->multiple.handles != NULL;
}

static int read_several(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	const struct att_proc *proc = multiple_proc(params);

	return proc != NULL ? att_req__run(conn, params->chan_opt, proc, params) : -ENOTSUP;
}

int bt_gatt_read(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	const struct att_proc *proc;
	struct att_req *req;
	int err;

	if (conn == NULL || params == NULL || params->func == NULL || !is_valid(params)) {
		return -EINVAL;
	}
	if (params->handle_count > 1) {
		return read_several(conn, params);
	}
	proc = params->handle_count == 1 ? &read_single : &read_by_uuid;
	err = att_req__new(conn, params->chan_opt, proc, params, &req);
	if (err != 0) {
		return err;
	}
	if (params->handle_count == 1) {
		req->handle = params->single.handle;
		req->offset = params->single.offset;
	} else {
		req->handle = params->by_uuid.start_handle;
		req->end = params->by_uuid.end_handle;
		req->value = req->handle;
	}
	return att_req__start(ATT_DIR_REQUEST, req);
}
