/* SPDX-License-Identifier: Apache-2.0 */

/* The service of the device, and its GATT client. */

#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "device.h"

/* ---- The service ---- */

static uint8_t value[VALUE_MAX] = "hello";
static uint16_t value_len = 5;
static uint8_t long_value[300];

static ssize_t read_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, value, value_len);
}

static ssize_t read_long(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			 uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, long_value, sizeof(long_value));
}

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	if (offset > VALUE_MAX) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	if (len > VALUE_MAX - offset) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	memcpy(value + offset, buf, len);
	value_len = offset + len;
	print_hex("stored", bt_conn_index(conn), offset, buf, len);
	return len;
}

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t flags)
{
	printf("subscribers %u\n", flags);
}

BT_GATT_SERVICE_DEFINE(service, BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0x1a00)),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a01),
					      BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE |
						      BT_GATT_CHRC_WRITE_WITHOUT_RESP,
					      BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, read_value,
					      write_value, NULL),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a02),
					      BT_GATT_CHRC_NOTIFY | BT_GATT_CHRC_INDICATE,
					      BT_GATT_PERM_NONE, NULL, NULL, NULL),
		       BT_GATT_CCC(ccc_changed, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a03), BT_GATT_CHRC_READ,
					      BT_GATT_PERM_READ, read_long, NULL, NULL), );

static int do_notify(const struct words *w)
{
	uint8_t data[VALUE_MAX];
	size_t len = bytes(w, 1, data);

	return bt_gatt_notify(NULL, &attr_service[3], data, len);
}

static void on_confirmed(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	printf("confirmed %u %u\n", bt_conn_index(conn), err);
}

static int do_indicate(const struct words *w)
{
	static struct bt_gatt_indicate_params params;
	uint8_t data[VALUE_MAX];

	params = (struct bt_gatt_indicate_params){
		.attr = &attr_service[3], .func = on_confirmed, .data = data};
	params.len = bytes(w, 1, data);
	return bt_gatt_indicate(NULL, &params);
}

/* ---- GATT client: one procedure of a kind at a time ---- */

static void uuid_text(const struct bt_uuid *uuid, char *text, size_t size)
{
	uint8_t big_endian[BT_UUID_SIZE_128];

	if (uuid->type == BT_UUID_TYPE_128) {
		sys_memcpy_swap(big_endian, BT_UUID_128(uuid)->val, sizeof(big_endian));
		bin2hex(big_endian, sizeof(big_endian), text, size);
	} else {
		snprintf(text, size, "%04x", BT_UUID_16(uuid)->val);
	}
}

static void on_mtu(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	printf("mtu %u %u %u\n", bt_conn_index(conn), err, bt_gatt_get_mtu(conn));
}

static int do_mtu(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_exchange_params params = {.func = on_mtu};

	return bt_gatt_exchange_mtu(conn, &params);
}

static uint8_t on_discovered(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			     struct bt_gatt_discover_params *params)
{
	char uuid[33];

	if (attr == NULL) {
		printf("discovered %u %u\n", bt_conn_index(conn), params->err);
		return BT_GATT_ITER_STOP;
	}
	if (params->type == BT_GATT_DISCOVER_PRIMARY) {
		const struct bt_gatt_service_val *val = attr->user_data;

		uuid_text(val->uuid, uuid, sizeof(uuid));
		printf("service %u %u %u %s\n", bt_conn_index(conn), attr->handle, val->end_handle,
		       uuid);
	} else if (params->type == BT_GATT_DISCOVER_CHARACTERISTIC) {
		const struct bt_gatt_chrc *chrc = attr->user_data;

		uuid_text(chrc->uuid, uuid, sizeof(uuid));
		printf("characteristic %u %u %u %s\n", bt_conn_index(conn), chrc->value_handle,
		       chrc->properties, uuid);
	} else {
		uuid_text(attr->uuid, uuid, sizeof(uuid));
		printf("descriptor %u %u %s\n", bt_conn_index(conn), attr->handle, uuid);
	}
	return BT_GATT_ITER_CONTINUE;
}

/* discover CONN services|characteristics|descriptors */
static int do_discover(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_discover_params params;

	params = (struct bt_gatt_discover_params){
		.func = on_discovered,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = is(w, 2, "services")          ? BT_GATT_DISCOVER_PRIMARY
			: is(w, 2, "characteristics") ? BT_GATT_DISCOVER_CHARACTERISTIC
						      : BT_GATT_DISCOVER_DESCRIPTOR,
	};
	return bt_gatt_discover(conn, &params);
}

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t length)
{
	static uint8_t whole[VALUE_MAX];
	static size_t len;

	if (data != NULL) {
		length = MIN(length, VALUE_MAX - len);
		memcpy(whole + len, data, length);
		len += length;
		return BT_GATT_ITER_CONTINUE;
	}
	print_hex("value", bt_conn_index(conn), err, whole, len);
	len = 0;
	return BT_GATT_ITER_STOP;
}

/* read CONN HANDLE [enhanced] */
static int do_read(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_read_params params;

	params = (struct bt_gatt_read_params){
		.func = on_read,
		.handle_count = 1,
		.single = {.handle = number(w, 2)},
		.chan_opt =
			is(w, 3, "enhanced") ? BT_ATT_CHAN_OPT_ENHANCED_ONLY : BT_ATT_CHAN_OPT_NONE,
	};
	return bt_gatt_read(conn, &params);
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	printf("written %u %u\n", bt_conn_index(conn), err);
}

static int do_write(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_write_params params;
	static uint8_t data[VALUE_MAX];

	params = (struct bt_gatt_write_params){
		.func = on_written, .handle = number(w, 2), .data = data};
	params.length = bytes(w, 3, data);
	return bt_gatt_write(conn, &params);
}

static int do_command(const struct words *w, struct bt_conn *conn)
{
	uint8_t data[VALUE_MAX];
	size_t len = bytes(w, 3, data);

	return bt_gatt_write_without_response(conn, number(w, 2), data, len, false);
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t length)
{
	if (data == NULL) {
		printf("unsubscribed %u\n", bt_conn_index(conn));
		return BT_GATT_ITER_STOP;
	}
	print_hex(params->received_opcode == BT_ATT_OP_INDICATE ? "indicated" : "notified",
		  bt_conn_index(conn), params->value_handle, data, length);
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	printf("subscribed %u %u\n", bt_conn_index(conn), err);
}

static struct bt_gatt_subscribe_params subscription;

/* subscribe CONN VALUE CCC notify|indicate */
static int do_subscribe(const struct words *w, struct bt_conn *conn)
{
	subscription = (struct bt_gatt_subscribe_params){
		.notify = on_value,
		.subscribe = on_subscribed,
		.value_handle = number(w, 2),
		.ccc_handle = number(w, 3),
		.value = is(w, 4, "indicate") ? BT_GATT_CCC_INDICATE : BT_GATT_CCC_NOTIFY,
	};
	return bt_gatt_subscribe(conn, &subscription);
}

static int do_unsubscribe(const struct words *w, struct bt_conn *conn)
{
	return bt_gatt_unsubscribe(conn, &subscription);
}

/* ---- Enhanced bearers ---- */

static void on_mtu_updated(struct bt_conn *conn, uint16_t tx, uint16_t rx)
{
	printf("bearers %u %zu\n", bt_conn_index(conn), bt_eatt_count(conn));
}

static int do_enhanced(const struct words *w)
{
	static struct bt_gatt_cb cb = {.att_mtu_updated = on_mtu_updated};

	bt_gatt_cb_register(&cb);
	return bt_eatt_set_enabled(true);
}

/* bearers CONN COUNT */
static int do_bearers(const struct words *w, struct bt_conn *conn)
{
	return bt_eatt_connect(conn, number(w, 2));
}

int gatt_init(void)
{
	for (size_t i = 0; i < sizeof(long_value); i++) {
		long_value[i] = i;
	}
	return 0;
}

const struct command gatt_commands[] = {
	{"notify", do_notify},
	{"indicate", do_indicate},
	{"enhanced", do_enhanced},
	{NULL, NULL},
};

const struct link_command gatt_link_commands[] = {
	{"mtu", do_mtu},
	{"discover", do_discover},
	{"read", do_read},
	{"write", do_write},
	{"command", do_command},
	{"subscribe", do_subscribe},
	{"unsubscribe", do_unsubscribe},
	{"bearers", do_bearers},
	{NULL, NULL},
};
