/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_req.h"
#include "att_server.h"
#include "gatt.h"

/*
 * Server Configuration: Core 6.0 Vol 3 Part G 4.3.1.
 */

static int build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	fav_writer_u8(pdu, BT_ATT_OP_MTU_REQ);
	fav_writer_le16(pdu, att_mtu__own(att__bearer(conn)));
	return 0;
}

static bool ended(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_exchange_params *params = req->params;

	params->func(conn, err, params);
	return false;
}

/* false: the response is malformed. */
static bool take(struct bt_conn *conn, struct fav_cursor *rsp)
{
	uint16_t their_mtu = fav_cursor_le16(rsp);

	if (!fav_cursor_done(rsp) || their_mtu < BT_ATT_DEFAULT_LE_MTU) {
		return false;
	}
	att_mtu__agree(att__bearer(conn), their_mtu);
	return true;
}

static bool response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return ended(conn, req, take(conn, rsp) ? 0 : BT_ATT_ERR_INVALID_PDU);
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	struct att_bearer *bearer = att__bearer(conn);

	if (bearer != NULL && !req->started) {
		bearer->mtu_asked = false;
	}
	return ended(conn, req, gatt__err(err));
}

/* The server has taken the MTU on, whether we still want to know or not. */
static bool cancelled_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	(void)take(conn, rsp);
	return false;
}

static bool cancelled_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return false;
}

static const struct att_proc cancelled = {
	.response = cancelled_response,
	.failed = cancelled_failed,
};

static const struct att_proc exchange = {
	.build = build,
	.response = response,
	.failed = failed,
	.cancelled = &cancelled,
};

int bt_gatt_exchange_mtu(struct bt_conn *conn, struct bt_gatt_exchange_params *params)
{
	struct att_bearer *bearer;
	int err;

	if (conn == NULL || params == NULL || params->func == NULL) {
		return -EINVAL;
	}
	bearer = att__bearer(conn);
	if (bearer == NULL) {
		return -ENOTCONN;
	}
	if (bearer->mtu_asked) {
		return -EALREADY;
	}
	err = att_req__run(conn, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, &exchange, params);
	if (err == 0) {
		bearer->mtu_asked = true;
	}
	return err;
}
