/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_req.h"
#include "att_tx.h"
#include "gatt_value.h"

/*
 * Indications: Core 6.0 Vol 3 Part G 4.11. Each client's is a transaction of its bearer; params
 * counts those that have not ended.
 */

static int build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_indicate_params *params = req->params;

	fav_writer_u8(pdu, BT_ATT_OP_INDICATE);
	fav_writer_le16(pdu, req->handle);
	fav_writer_bytes(pdu, params->data, params->len);
	return fav_writer_ok(pdu) ? 0 : -EMSGSIZE;
}

static bool ended(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_indicate_params *params = req->params;

	if (params->func != NULL) {
		params->func(conn, params, err);
	}
	if (--params->_ref == 0 && params->destroy != NULL) {
		params->destroy(params);
	}
	return false;
}

static bool confirmed(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return ended(conn, req, 0);
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return ended(conn, req, gatt__err(err));
}

static const struct att_proc indicate = {
	.build = build,
	.response = confirmed,
	.failed = failed,
};

/* Take a request for one client. */
static int prepare(struct bt_conn *conn, const struct gatt_value *value,
		   struct bt_gatt_indicate_params *params, bool ignore_subscription,
		   struct att_req **req)
{
	struct att_bearer *bearer;
	int err = att_tx__value_choose(conn, params->chan_opt, &bearer);

	if (err == 0) {
		err = gatt_value__check(bearer, value, params->len, BT_GATT_CCC_INDICATE,
					ignore_subscription);
	}
	if (err == 0) {
		err = att_req__choose(conn, params->chan_opt, ATT_DIR_INDICATION, &bearer);
	}
	if (err == 0) {
		err = att_req__alloc(bearer, &indicate, params, req);
	}
	if (err == 0) {
		(*req)->handle = value->at.handle;
	}
	return err;
}

static int indicate_one(struct bt_conn *conn, const struct gatt_value *value,
			struct bt_gatt_indicate_params *params)
{
	struct att_req *req;
	int err = prepare(conn, value, params, params->ignore_subscription, &req);

	if (err == 0) {
		params->_ref = 1;
		err = att_req__start(ATT_DIR_INDICATION, req);
	}
	return err;
}

/* To each subscriber for whom that is possible; but when there is not enough memory for all of
 * them, to none. */
static int indicate_all(const struct gatt_value *value, struct bt_gatt_indicate_params *params)
{
	struct att_req *reqs[CONFIG_BT_MAX_CONN];
	struct bt_conn *conn;
	uint8_t index = 0, count = 0;
	int err = 0, first_err = -ENOTCONN;

	while (err != -ENOMEM &&
	       (conn = gatt_value__next_subscriber(value, BT_GATT_CCC_INDICATE, &index)) != NULL) {
		err = prepare(conn, value, params, true, &reqs[count]);
		if (err != 0) {
			first_err = first_err == -ENOTCONN ? err : first_err;
			continue;
		}
		err = att_req__build(reqs[count++]);
	}
	params->_ref = count;
	for (uint8_t i = 0; i < count; i++) {
		if (err == -ENOMEM) {
			att_req__free(host__att(value->gatt->host), reqs[i]);
		} else {
			att_req__queue(ATT_DIR_INDICATION, reqs[i]);
		}
	}
	if (err == -ENOMEM) {
		return err;
	}
	return count > 0 ? 0 : first_err;
}

int bt_gatt_indicate(struct bt_conn *conn, struct bt_gatt_indicate_params *params)
{
	struct gatt_value value;
	int err = -EINVAL;

	if (params != NULL && (params->data != NULL || params->len == 0)) {
		err = gatt_value__find(conn, params->uuid, params->attr, BT_GATT_CHRC_INDICATE,
				       &value);
	}
	if (err != 0) {
		return err;
	}
	return conn != NULL ? indicate_one(conn, &value, params) : indicate_all(&value, params);
}
