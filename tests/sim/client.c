/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/kernel.h>

#include "peers.h"
#include "server.h"

/* Longer than an ATT transaction may take, and the security that it may wait for. */
#define LIMIT_MS 65000

/* The procedure in flight: one at a time, as the calls wait. */
static struct client_result *current;

static void begin(struct client_result *result)
{
	memset(result, 0, sizeof(*result));
	result->took_us = -(int64_t)k_ticks_to_us_floor64(k_uptime_ticks());
	current = result;
}

static void end(uint8_t err)
{
	current->err = err;
	current->ends++;
	if (!current->done) {
		current->took_us += (int64_t)k_ticks_to_us_floor64(k_uptime_ticks());
	}
	current->done = true;
}

/* ---- Discovery ---- */

static struct client_found *finding;

static uint8_t on_service(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			  struct bt_gatt_discover_params *params)
{
	if (!attr) {
		end(params->err);
		return BT_GATT_ITER_STOP;
	}
	const struct bt_gatt_service_val *service = attr->user_data;

	finding->service_start = attr->handle;
	finding->service_end = service->end_handle;
	return BT_GATT_ITER_CONTINUE;
}

static uint8_t on_characteristic(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				 struct bt_gatt_discover_params *params)
{
	if (!attr) {
		end(params->err);
		return BT_GATT_ITER_STOP;
	}
	const struct bt_gatt_chrc *chrc = attr->user_data;

	if (finding->count < ARRAY_SIZE(finding->value)) {
		finding->value[finding->count] = chrc->value_handle;
		finding->properties[finding->count] = chrc->properties;
		finding->count++;
	}
	return BT_GATT_ITER_CONTINUE;
}

static uint8_t on_descriptor(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			     struct bt_gatt_discover_params *params)
{
	if (!attr) {
		end(params->err);
		return BT_GATT_ITER_STOP;
	}
	if (!finding->ccc && bt_uuid_cmp(attr->uuid, BT_UUID_GATT_CCC) == 0) {
		finding->ccc = attr->handle;
	}
	return BT_GATT_ITER_CONTINUE;
}

static void discover(struct bt_conn *conn, struct bt_gatt_discover_params *params)
{
	struct client_result result;

	begin(&result);
	assert_int_equal(bt_gatt_discover(conn, params), 0);
	assert_true(sim_until(&result.done, LIMIT_MS));
	assert_int_equal(result.ends, 1);
	assert_int_equal(result.err, 0);
}

bool client_discover(struct bt_conn *conn, const struct bt_uuid *uuid, struct client_found *found)
{
	struct bt_gatt_discover_params params = {
		.uuid = uuid,
		.func = on_service,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = BT_GATT_DISCOVER_PRIMARY,
	};

	memset(found, 0, sizeof(*found));
	finding = found;
	discover(conn, &params);
	if (!found->service_start) {
		return false;
	}
	params = (struct bt_gatt_discover_params){
		.func = on_characteristic,
		.start_handle = found->service_start,
		.end_handle = found->service_end,
		.type = BT_GATT_DISCOVER_CHARACTERISTIC,
	};
	discover(conn, &params);
	params = (struct bt_gatt_discover_params){
		.func = on_descriptor,
		.start_handle = found->service_start,
		.end_handle = found->service_end,
		.type = BT_GATT_DISCOVER_DESCRIPTOR,
	};
	discover(conn, &params);
	return true;
}

/* ---- Values ---- */

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t length)
{
	current->calls++;
	if (err || !data) {
		end(err);
		return BT_GATT_ITER_STOP;
	}
	assert_true(current->len + length <= sizeof(current->data));
	memcpy(current->data + current->len, data, length);
	current->len += length;
	return BT_GATT_ITER_CONTINUE;
}

void client_read(struct bt_conn *conn, uint16_t handle, struct client_result *result)
{
	struct bt_gatt_read_params params = {
		.func = on_read,
		.handle_count = 1,
		.single = {.handle = handle},
	};

	begin(result);
	assert_int_equal(bt_gatt_read(conn, &params), 0);
	assert_true(sim_until(&result->done, LIMIT_MS));
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	current->calls++;
	end(err);
}

void client_write(struct bt_conn *conn, uint16_t handle, const void *data, uint16_t len,
		  struct client_result *result)
{
	struct bt_gatt_write_params params = {
		.func = on_written,
		.handle = handle,
		.data = data,
		.length = len,
	};

	begin(result);
	assert_int_equal(bt_gatt_write(conn, &params), 0);
	assert_true(sim_until(&result->done, LIMIT_MS));
}

static void on_started_written(struct bt_conn *conn, uint8_t err,
			       struct bt_gatt_write_params *params)
{
	struct client_writing *writing = CONTAINER_OF(params, struct client_writing, params);

	writing->err = err;
	writing->ends++;
	writing->done = true;
}

void client_write_start(struct bt_conn *conn, uint16_t handle, const void *data, uint16_t len,
			struct client_writing *writing)
{
	*writing = (struct client_writing){
		.params = {.func = on_started_written,
			   .handle = handle,
			   .data = data,
			   .length = len},
	};
	assert_int_equal(bt_gatt_write(conn, &writing->params), 0);
}

static void on_mtu(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	current->calls++;
	end(err);
}

void client_exchange_mtu(struct bt_conn *conn, struct client_result *result)
{
	struct bt_gatt_exchange_params params = {.func = on_mtu};

	begin(result);
	assert_int_equal(bt_gatt_exchange_mtu(conn, &params), 0);
	assert_true(sim_until(&result->done, LIMIT_MS));
}

/* ---- Subscriptions ---- */

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t length)
{
	struct client_subscription *subscription =
		CONTAINER_OF(params, struct client_subscription, params);

	if (!data) {
		subscription->ends++;
		return BT_GATT_ITER_STOP;
	}
	memcpy(subscription->last, data, length);
	subscription->last_len = length;
	if (params->received_opcode == BT_ATT_OP_INDICATE) {
		subscription->indications++;
	} else {
		subscription->notifications++;
	}
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	end(err);
}

void client_subscribe(struct bt_conn *conn, const struct client_found *found, size_t characteristic,
		      uint16_t value, struct client_subscription *subscription)
{
	struct client_result result;

	memset(subscription, 0, sizeof(*subscription));
	subscription->params.notify = on_value;
	subscription->params.subscribe = on_subscribed;
	subscription->params.value_handle = found->value[characteristic];
	subscription->params.ccc_handle = found->ccc;
	subscription->params.value = value;
	begin(&result);
	assert_int_equal(bt_gatt_subscribe(conn, &subscription->params), 0);
	assert_true(sim_until(&result.done, LIMIT_MS));
	assert_int_equal(result.err, 0);
}

void client_unsubscribe(struct bt_conn *conn, struct client_subscription *subscription)
{
	struct client_result result;

	begin(&result);
	assert_int_equal(bt_gatt_unsubscribe(conn, &subscription->params), 0);
	assert_true(sim_until(&result.done, LIMIT_MS));
	assert_int_equal(result.err, 0);
}

/* ---- A test's frame ---- */

void client_and_server_begin(struct sim *sim, struct client_found *found)
{
	sim_begin(sim, 2);
	peers_begin(sim);
	server_begin(sim, 1);
	peers_link(sim, 0, 1, 24);
	sim_on(sim, 0);
	assert_true(client_discover(peers[0].conn, server_uuid, found));
}

void client_and_server_end(struct sim *sim)
{
	if (peers[0].conn != NULL) {
		peers_unlink(sim, 0, 1);
	}
	server_end(sim, 1);
	peers_end(sim);
	sim_end(sim);
}
