/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

/* ---- Procedures ---- */

struct backend_op *backend_op_get(struct backend *b)
{
	struct backend_op *op = b->free_ops;

	if (op != NULL) {
		b->free_ops = op->next;
		memset(op, 0, sizeof(*op));
	}
	return op;
}

void backend_op_put(struct backend *b, struct backend_op *op)
{
	op->next = b->free_ops;
	b->free_ops = op;
}

void backend_gattc_start(struct backend *b)
{
	b->free_ops = NULL;
	for (size_t i = 0; i < MP_ARRAY_SIZE(b->ops); i++) {
		backend_op_put(b, &b->ops[i]);
	}
}

void backend_gattc_stop(struct backend *b)
{
	b->free_ops = NULL;
}

/* The connection and a procedure for a call from Python, or the errno to return. */
static int begin(uint16_t conn_handle, struct bt_conn **conn, struct backend_op **op)
{
	int err = 0;

	*conn = backend_conn_for_call(conn_handle, &err);
	if (*conn == NULL) {
		return err;
	}
	*op = backend_op_get(backend_get());
	return *op == NULL ? MP_ENOMEM : 0;
}

/* Gives the procedure back when it could not be started. */
static int started(struct backend_op *op, int err)
{
	if (err != 0) {
		backend_op_put(backend_get(), op);
	}
	return -err;
}

/* ---- Discovery ---- */

/* The end; the event is what says so to Python. */
static uint8_t discovered_all(struct bt_conn *conn, struct backend_op *op, uint8_t event)
{
	struct backend *b = backend_get();
	uint8_t err = op->discover.params.err;

	backend_op_put(b, op);
	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_discover_complete(event, bt_conn_index(conn),
									 err));
	}
	return BT_GATT_ITER_STOP;
}

static uint8_t service_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			     struct bt_gatt_discover_params *params)
{
	struct backend *b = backend_get();
	uint32_t session = b->session;
	const struct bt_gatt_service_val *service;
	mp_obj_bluetooth_uuid_t uuid;

	if (attr == NULL) {
		return discovered_all(conn,
				      CONTAINER_OF(params, struct backend_op, discover.params),
				      MP_BLUETOOTH_IRQ_GATTC_SERVICE_DONE);
	}
	if (!b->on) {
		return BT_GATT_ITER_STOP;
	}
	service = attr->user_data;
	backend_uuid_to_mp(&uuid, service->uuid);
	BACKEND_EVENT(b, mp_bluetooth_gattc_on_primary_service_result(
				 bt_conn_index(conn), attr->handle, service->end_handle, &uuid));
	return backend_session(b, session) ? BT_GATT_ITER_CONTINUE : BT_GATT_ITER_STOP;
}

/* What is below first is not reported. */
static int discover(uint16_t conn_handle, const struct bt_gatt_discover_params *params,
		    uint16_t first, const mp_obj_bluetooth_uuid_t *uuid)
{
	struct bt_conn *conn;
	struct backend_op *op;
	int err = begin(conn_handle, &conn, &op);

	if (err != 0) {
		return err;
	}
	op->discover.params = *params;
	op->discover.first = first;
	op->discover.last = params->end_handle;
	if (uuid != NULL) {
		backend_uuid_from_mp(&op->discover.uuid, uuid);
		if (params->type == BT_GATT_DISCOVER_PRIMARY) {
			op->discover.params.uuid = &op->discover.uuid.uuid;
		} else {
			op->discover.filter = true;
		}
	}
	return started(op, bt_gatt_discover(conn, &op->discover.params));
}

int mp_bluetooth_gattc_discover_primary_services(uint16_t conn_handle,
						 const mp_obj_bluetooth_uuid_t *uuid)
{
	const struct bt_gatt_discover_params params = {
		.func = service_found,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = BT_GATT_DISCOVER_PRIMARY,
	};

	return discover(conn_handle, &params, params.start_handle, uuid);
}

/* Tell Python of the characteristic that was held back until its end was known. */
static void report_held(struct backend *b, struct bt_conn *conn, struct backend_op *op,
			uint16_t end_handle)
{
	if (op->discover.held) {
		mp_obj_bluetooth_uuid_t uuid = op->discover.held_uuid;

		op->discover.held = false;
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_characteristic_result(
					 bt_conn_index(conn), op->value_handle, end_handle,
					 op->discover.properties, &uuid));
	}
}

static uint8_t characteristic_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				    struct bt_gatt_discover_params *params)
{
	struct backend *b = backend_get();
	struct backend_op *op = CONTAINER_OF(params, struct backend_op, discover.params);
	uint32_t session = b->session;
	const struct bt_gatt_chrc *chrc;

	if (b->on) {
		report_held(b, conn, op,
			    attr == NULL ? op->discover.last : (uint16_t)(attr->handle - 1));
	}
	if (b->session != session) {
		return BT_GATT_ITER_STOP;
	}
	if (attr == NULL) {
		return discovered_all(conn, op, MP_BLUETOOTH_IRQ_GATTC_CHARACTERISTIC_DONE);
	}
	chrc = attr->user_data;
	if (!op->discover.filter || bt_uuid_cmp(chrc->uuid, &op->discover.uuid.uuid) == 0) {
		op->discover.held = true;
		op->discover.properties = chrc->properties;
		op->value_handle = chrc->value_handle;
		backend_uuid_to_mp(&op->discover.held_uuid, chrc->uuid);
	}
	return BT_GATT_ITER_CONTINUE;
}

/* All are asked for and filtered here, because the next one tells where one ends. */
int mp_bluetooth_gattc_discover_characteristics(uint16_t conn_handle, uint16_t start_handle,
						uint16_t end_handle,
						const mp_obj_bluetooth_uuid_t *uuid)
{
	const struct bt_gatt_discover_params params = {
		.func = characteristic_found,
		.start_handle = start_handle,
		.end_handle = end_handle,
		.type = BT_GATT_DISCOVER_CHARACTERISTIC,
	};

	return discover(conn_handle, &params, start_handle, uuid);
}

static uint8_t descriptor_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				struct bt_gatt_discover_params *params)
{
	struct backend *b = backend_get();
	struct backend_op *op = CONTAINER_OF(params, struct backend_op, discover.params);
	uint32_t session = b->session;
	mp_obj_bluetooth_uuid_t uuid;

	if (attr == NULL) {
		return discovered_all(conn, op, MP_BLUETOOTH_IRQ_GATTC_DESCRIPTOR_DONE);
	}
	if (b->on && attr->handle >= op->discover.first) {
		backend_uuid_to_mp(&uuid, attr->uuid);
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_descriptor_result(bt_conn_index(conn),
									 attr->handle, &uuid));
	}
	return backend_session(b, session) ? BT_GATT_ITER_CONTINUE : BT_GATT_ITER_STOP;
}

/* The module gives the value's handle as start: what follows it is reported, of every type. */
int mp_bluetooth_gattc_discover_descriptors(uint16_t conn_handle, uint16_t start_handle,
					    uint16_t end_handle)
{
	uint16_t first = (uint16_t)MIN(start_handle + 1, UINT16_MAX);
	const struct bt_gatt_discover_params params = {
		.func = descriptor_found,
		.start_handle = MIN(first, end_handle),
		.end_handle = end_handle,
		.type = BT_GATT_DISCOVER_ATTRIBUTE,
	};

	return discover(conn_handle, &params, first, NULL);
}

/* ---- Reading and writing ---- */

/* One PDU's worth, as on other ports: the first part is the result, and the end. */
static uint8_t value_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
			  const void *data, uint16_t length)
{
	struct backend *b = backend_get();
	struct backend_op *op = CONTAINER_OF(params, struct backend_op, read);
	uint16_t handle = op->value_handle;
	uint32_t session = b->session;
	const uint8_t *bytes = data;

	backend_op_put(b, op);
	if (b->on && data != NULL) {
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_data_available(
					 MP_BLUETOOTH_IRQ_GATTC_READ_RESULT, bt_conn_index(conn),
					 handle, &bytes, &length, 1));
	}
	if (backend_session(b, session)) {
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_read_write_status(
					 MP_BLUETOOTH_IRQ_GATTC_READ_DONE, bt_conn_index(conn),
					 handle, err));
	}
	return BT_GATT_ITER_STOP;
}

int mp_bluetooth_gattc_read(uint16_t conn_handle, uint16_t value_handle)
{
	struct bt_conn *conn;
	struct backend_op *op;
	int err = begin(conn_handle, &conn, &op);

	if (err != 0) {
		return err;
	}
	op->value_handle = value_handle;
	op->read = (struct bt_gatt_read_params){
		.func = value_read,
		.handle_count = 1,
		.single.handle = value_handle,
	};
	return started(op, bt_gatt_read(conn, &op->read));
}

static void value_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	struct backend *b = backend_get();
	struct backend_op *op = CONTAINER_OF(params, struct backend_op, write);
	uint16_t handle = op->value_handle;

	backend_op_put(b, op);
	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_read_write_status(
					 MP_BLUETOOTH_IRQ_GATTC_WRITE_DONE, bt_conn_index(conn),
					 handle, err));
	}
}

static int write_without_response(struct backend *b, struct bt_conn *conn, uint16_t value_handle,
				  const uint8_t *value, uint16_t len)
{
	int err = backend_sending(b, conn);

	if (err != 0) {
		return -err;
	}
	err = bt_gatt_write_without_response_cb(conn, value_handle, value, len, false, backend_sent,
						NULL);
	if (err != 0) {
		backend_sent(conn, NULL);
	}
	return -err;
}

static int write_with_response(uint16_t conn_handle, uint16_t value_handle, const uint8_t *value,
			       uint16_t len)
{
	struct bt_conn *conn;
	struct backend_op *op;
	int err = begin(conn_handle, &conn, &op);

	if (err != 0) {
		return err;
	}
	op->value_handle = value_handle;
	op->write = (struct bt_gatt_write_params){
		.func = value_written,
		.handle = value_handle,
		.data = value,
		.length = len,
	};
	return started(op, bt_gatt_write(conn, &op->write));
}

/* A value longer than one PDU is cut to what fits, as on other ports. */
int mp_bluetooth_gattc_write(uint16_t conn_handle, uint16_t value_handle, const uint8_t *value,
			     size_t value_len, unsigned int mode)
{
	int err = 0;
	struct bt_conn *conn = backend_conn_for_call(conn_handle, &err);
	uint16_t len;

	if (conn == NULL) {
		return err;
	}
	len = backend_fitting(conn, value_len);
	switch (mode) {
	case MP_BLUETOOTH_WRITE_MODE_NO_RESPONSE:
		return write_without_response(backend_get(), conn, value_handle, value, len);
	case MP_BLUETOOTH_WRITE_MODE_WITH_RESPONSE:
		return write_with_response(conn_handle, value_handle, value, len);
	default:
		return MP_EINVAL;
	}
}

static void mtu_exchanged(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	/* bt_gatt_cb.att_mtu_updated tells Python. */
	backend_op_put(backend_get(), CONTAINER_OF(params, struct backend_op, exchange));
}

int mp_bluetooth_gattc_exchange_mtu(uint16_t conn_handle)
{
	struct bt_conn *conn;
	struct backend_op *op;
	int err = begin(conn_handle, &conn, &op);

	if (err != 0) {
		return err;
	}
	op->exchange.func = mtu_exchanged;
	return started(op, bt_gatt_exchange_mtu(conn, &op->exchange));
}
