/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_tx.h"
#include "conn.h"
#include "gatt_value.h"

/*
 * Notifications: Core 6.0 Vol 3 Part G 4.10.
 */

static int notify_one(struct bt_conn *conn, const struct gatt_value *value,
		      const struct bt_gatt_notify_params *params, bool ignore_subscription)
{
	struct att_bearer *bearer;
	int err = att_tx__value_choose(conn, params->chan_opt, &bearer);

	if (err == 0) {
		err = gatt_value__check(bearer, value, params->len, BT_GATT_CCC_NOTIFY,
					ignore_subscription);
	}
	return err != 0 ? err
			: att_tx__value(bearer, BT_ATT_OP_NOTIFY, value->at.handle, params->data,
					params->len, params->func, params->user_data);
}

/* Each subscriber gets it for whom that is possible; the first failure is the result. */
static int notify_all(const struct gatt_value *value, const struct bt_gatt_notify_params *params)
{
	struct bt_conn *conn;
	uint8_t index = 0;
	int result = 0;

	while ((conn = gatt_value__next_subscriber(value, BT_GATT_CCC_NOTIFY, &index)) != NULL) {
		int err = notify_one(conn, value, params, true);

		result = result != 0 ? result : err;
	}
	return result;
}

int bt_gatt_notify_cb(struct bt_conn *conn, struct bt_gatt_notify_params *params)
{
	struct gatt_value value;
	int err;

	if (params == NULL || (params->data == NULL && params->len > 0)) {
		return -EINVAL;
	}
	err = gatt_value__find(conn, params->uuid, params->attr, BT_GATT_CHRC_NOTIFY, &value);
	if (err != 0) {
		return err;
	}
	return conn != NULL ? notify_one(conn, &value, params, params->ignore_subscription)
			    : notify_all(&value, params);
}

/* Add one to a PDU of several: Part F 3.4.7.4. */
static int multiple_add(const struct att_bearer *bearer, const struct bt_gatt_notify_params *params,
			struct fav_writer *pdu)
{
	struct gatt_value value;
	int err = gatt_value__find(bearer->conn, NULL, params->attr, BT_GATT_CHRC_NOTIFY, &value);

	if (err == 0) {
		err = gatt_value__check(bearer, &value, 0, BT_GATT_CCC_NOTIFY,
					params->ignore_subscription);
	}
	if (err != 0) {
		return err;
	}
	fav_writer_le16(pdu, value.at.handle);
	fav_writer_le16(pdu, params->len);
	fav_writer_bytes(pdu, params->data, params->len);
	return fav_writer_ok(pdu) ? 0 : -ERANGE;
}

static int multiple_check(struct bt_conn *conn, uint16_t num_params,
			  const struct bt_gatt_notify_params params[])
{
	if (conn == NULL || params == NULL || num_params < 2) {
		return -EINVAL;
	}
	for (uint16_t i = 0; i < num_params; i++) {
		if (params[i].uuid != NULL || params[i].func != params[0].func ||
		    params[i].chan_opt != params[0].chan_opt ||
		    params[i].user_data != params[0].user_data ||
		    (params[i].data == NULL && params[i].len > 0)) {
			return -EINVAL;
		}
	}
	for (uint16_t i = 0; i < num_params; i++) {
		if (!params[i].ignore_subscription &&
		    (gatt_peer__link(conn)->features & GATT_FEATURE_NOTIFY_MULT) == 0) {
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

int bt_gatt_notify_multiple(struct bt_conn *conn, uint16_t num_params,
			    struct bt_gatt_notify_params params[])
{
	struct att_bearer *bearer;
	struct fav_writer pdu;
	struct net_buf *buf;
	int err = multiple_check(conn, num_params, params);

	if (err == 0) {
		err = att_tx__value_choose(conn, params[0].chan_opt, &bearer);
	}
	if (err == 0) {
		err = att_tx__value_begin(bearer, params[0].func != NULL, &buf, &pdu);
	}
	if (err != 0) {
		return err;
	}
	fav_writer_u8(&pdu, BT_ATT_OP_NOTIFY_MULT);
	for (uint16_t i = 0; i < num_params && err == 0; i++) {
		err = multiple_add(bearer, &params[i], &pdu);
	}
	if (err != 0) {
		net_buf_unref(buf);
		return err;
	}
	return att_tx__value_send(bearer, buf, &pdu, params[0].func, params[0].user_data,
				  num_params);
}
