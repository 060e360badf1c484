/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

/* ---- Access by clients ---- */

/* Ask Python; 0 allows. Any other number is the ATT error, as far as it fits into one. */
static uint8_t ask(struct backend *b, const struct bt_conn *conn, uint16_t handle)
{
	mp_int_t answer;

	BACKEND_EVENT(b, answer = mp_bluetooth_gatts_on_read_request(bt_conn_index(conn), handle));
	return answer >= 0 && answer <= UINT8_MAX ? (uint8_t)answer : BT_ATT_ERR_UNLIKELY;
}

ssize_t backend_value_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			   uint16_t len, uint16_t offset)
{
	struct backend *b = backend_get();
	uint32_t registrations = b->registrations;
	mp_bluetooth_gatts_db_entry_t *entry;
	uint8_t refused;

	if (!b->on || conn == NULL) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
	}
	refused = ask(b, conn, attr->handle);
	if (registrations != b->registrations) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY); /* attr is gone */
	}
	if (refused != 0) {
		return BT_GATT_ERR(refused);
	}
	entry = mp_bluetooth_gatts_db_lookup(b->db, attr->handle);
	if (entry == NULL) {
		return BT_GATT_ERR(BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	}
	return bt_gatt_attr_read(conn, attr, buf, len, offset, entry->data,
				 (uint16_t)MIN(entry->data_len, BT_ATT_MAX_ATTRIBUTE_LEN));
}

/* What does not fit into the buffer is cut off, as gatts_set_buffer() is documented. */
ssize_t backend_value_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			    uint16_t len, uint16_t offset, uint8_t flags)
{
	struct backend *b = backend_get();
	mp_bluetooth_gatts_db_entry_t *entry;
	size_t at, stored;

	if (flags & BT_GATT_WRITE_FLAG_PREPARE) {
		return 0;
	}
	entry = b->on ? mp_bluetooth_gatts_db_lookup(b->db, attr->handle) : NULL;
	if (entry == NULL) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
	}
	at = offset + (entry->append ? entry->data_len : 0);
	if (offset > 0 && !entry->append && at > entry->data_len) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	at = MIN(at, entry->data_alloc);
	stored = MIN(len, entry->data_alloc - at);
	memcpy(entry->data + at, buf, stored);
	entry->data_len = at + stored;
	BACKEND_EVENT(b, mp_bluetooth_gatts_on_write(bt_conn_index(conn), attr->handle));
	return len;
}

/* ---- Access by Python ---- */

/* The module takes no error here, so an unknown handle reads as empty. */
int mp_bluetooth_gatts_read(uint16_t value_handle, const uint8_t **value, size_t *value_len)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	*value = (const uint8_t *)"";
	*value_len = 0;
	if (b == NULL) {
		return err;
	}
	return mp_bluetooth_gatts_db_read(b->db, value_handle, value, value_len);
}

int mp_bluetooth_gatts_set_buffer(uint16_t value_handle, size_t len, bool append)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	return b == NULL ? err : mp_bluetooth_gatts_db_resize(b->db, value_handle, len, append);
}

/* ---- Values to clients ---- */

uint16_t backend_fitting(struct bt_conn *conn, size_t len)
{
	uint16_t mtu = bt_gatt_get_mtu(conn);

	return mtu < 3 ? 0 : (uint16_t)MIN(len, (size_t)mtu - 3);
}

static int notify(struct backend *b, struct bt_conn *conn, const struct bt_gatt_attr *attr,
		  const uint8_t *value, size_t len)
{
	struct bt_gatt_notify_params params = {
		.attr = attr,
		.data = value,
		.len = backend_fitting(conn, len),
		.func = backend_sent,
		.ignore_subscription = true,
	};
	int err = backend_sending(b, conn);

	if (err != 0) {
		return err;
	}
	err = bt_gatt_notify_cb(conn, &params);
	if (err != 0) {
		backend_sent(conn, NULL);
	}
	return err;
}

static void indicated(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	struct backend *b = backend_get();
	struct backend_op *op = CONTAINER_OF(params, struct backend_op, indicate);

	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gatts_on_indicate_complete(bt_conn_index(conn),
									 op->value_handle, err));
	}
}

static void indication_freed(struct bt_gatt_indicate_params *params)
{
	backend_op_put(backend_get(), CONTAINER_OF(params, struct backend_op, indicate));
}

static int indicate(struct backend *b, struct bt_conn *conn, const struct bt_gatt_attr *attr,
		    const uint8_t *value, size_t len)
{
	struct backend_op *op = backend_op_get(b);
	int err;

	if (op == NULL) {
		return -ENOMEM;
	}
	op->value_handle = attr->handle;
	op->indicate = (struct bt_gatt_indicate_params){
		.attr = attr,
		.func = indicated,
		.destroy = indication_freed,
		.data = value,
		.len = backend_fitting(conn, len),
		.ignore_subscription = true,
	};
	err = bt_gatt_indicate(conn, &op->indicate);
	if (err != 0) {
		backend_op_put(b, op);
	}
	return err;
}

int mp_bluetooth_gatts_notify_indicate(uint16_t conn_handle, uint16_t value_handle, int gatts_op,
				       const uint8_t *value, size_t value_len)
{
	int err = 0;
	struct backend *b = backend_get();
	struct bt_conn *conn = backend_conn_for_call(conn_handle, &err);
	const struct bt_gatt_attr *attr;

	if (conn == NULL) {
		return err;
	}
	attr = backend_attr(b, value_handle);
	if (attr == NULL) {
		return MP_EINVAL;
	}
	if (value == NULL) {
		mp_bluetooth_gatts_db_entry_t *entry =
			mp_bluetooth_gatts_db_lookup(b->db, value_handle);

		if (entry == NULL) {
			return MP_EINVAL;
		}
		value = entry->data;
		value_len = entry->data_len;
	}
	return gatts_op == MP_BLUETOOTH_GATTS_OP_NOTIFY
		       ? -notify(b, conn, attr, value, value_len)
		       : -indicate(b, conn, attr, value, value_len);
}

static int send_update(struct backend *b, const struct bt_gatt_attr *attr, const uint8_t *value,
		       size_t len)
{
	int result = 0;

	for (size_t i = 0; i < MP_ARRAY_SIZE(b->links); i++) {
		struct bt_conn *conn = b->links[i].conn;
		int err = 0;

		if (conn == NULL) {
			continue;
		}
		if (bt_gatt_is_subscribed(conn, attr, BT_GATT_CCC_NOTIFY)) {
			err = notify(b, conn, attr, value, len);
		} else if (bt_gatt_is_subscribed(conn, attr, BT_GATT_CCC_INDICATE)) {
			err = indicate(b, conn, attr, value, len);
		}
		result = err != 0 ? err : result;
	}
	return result;
}

/* The value is stored in any case; an error means that a subscriber did not get it. */
int mp_bluetooth_gatts_write(uint16_t value_handle, const uint8_t *value, size_t value_len,
			     bool update)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);
	const struct bt_gatt_attr *attr;

	if (b == NULL) {
		return err;
	}
	err = mp_bluetooth_gatts_db_write(b->db, value_handle, value, value_len);
	attr = backend_attr(b, value_handle);
	if (err != 0 || !update || attr == NULL) {
		return err;
	}
	return -send_update(b, attr, value, value_len);
}
