/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define UUID(n) \
	BT_UUID_DECLARE_128(BT_UUID_128_ENCODE(0xfa500000 + (n), 0x1d5e, 0x4b8f, 0x9c3a, 0x0b1e5e))

struct server server;

static ssize_t read_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, server.value, server.len);
}

static ssize_t read_empty(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, NULL, 0);
}

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	if (offset > sizeof(server.value)) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	if (len > sizeof(server.value) - offset) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	memcpy(server.value + offset, buf, len);
	server.len = offset + len;
	server.writes++;
	if (server.on_write) {
		server.on_write(conn);
	}
	return len;
}

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t value)
{
	server.ccc = value;
}

static struct bt_gatt_attr attrs[] = {
	BT_GATT_PRIMARY_SERVICE(UUID(0)),
	BT_GATT_CHARACTERISTIC(
		UUID(1), BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE | BT_GATT_CHRC_WRITE_WITHOUT_RESP,
		BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, read_value, write_value, NULL),
	BT_GATT_CHARACTERISTIC(UUID(2), BT_GATT_CHRC_READ, BT_GATT_PERM_READ, read_empty, NULL,
			       NULL),
	BT_GATT_CHARACTERISTIC(UUID(3), BT_GATT_CHRC_NOTIFY | BT_GATT_CHRC_INDICATE,
			       BT_GATT_PERM_NONE, NULL, NULL, NULL),
	BT_GATT_CCC(ccc_changed, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
};

BUILD_ASSERT(ARRAY_SIZE(attrs) == SERVER_ATTRS, "enum server_attr names each");

const struct bt_uuid *const server_uuid = UUID(0);

void server_reset(void)
{
	memset(&server, 0, sizeof(server));
	memcpy(server.attrs, attrs, sizeof(attrs));
	server.service = (struct bt_gatt_service)BT_GATT_SERVICE(server.attrs);
}

void server_begin(struct sim *sim, size_t i)
{
	server_reset();
	sim_on(sim, i);
	assert_int_equal(bt_gatt_service_register(&server.service), 0);
}

void server_end(struct sim *sim, size_t i)
{
	sim_on(sim, i);
	assert_int_equal(bt_gatt_service_unregister(&server.service), 0);
}
