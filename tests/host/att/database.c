/* SPDX-License-Identifier: Apache-2.0 */

#include "database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

uint8_t database_value[512];
uint16_t database_value_len;
struct database_write database_writes[32];
unsigned int database_write_count;
unsigned int database_changes;
uint16_t database_changed_to;
ssize_t database_ccc_answer;
bool database_match;
void (*database_on_read)(struct bt_conn *conn, const struct bt_gatt_attr *attr);
void (*database_on_write)(struct bt_conn *conn, const struct bt_gatt_attr *attr);

static ssize_t read_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	if (database_on_read != NULL) {
		database_on_read(conn, attr);
	}
	return bt_gatt_attr_read(conn, attr, buf, len, offset, database_value, database_value_len);
}

static ssize_t read_text(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			 uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, attr->user_data,
				 (uint16_t)strlen(attr->user_data));
}

static ssize_t refuse_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			   uint16_t len, uint16_t offset)
{
	return BT_GATT_ERR(0x80);
}

static void note(const struct bt_gatt_attr *attr, const void *buf, uint16_t len, uint16_t offset,
		 uint8_t flags)
{
	struct database_write *write;

	assert_true(database_write_count < ARRAY_SIZE(database_writes));
	assert_true(len <= sizeof(write->data));
	write = &database_writes[database_write_count++];
	write->handle = attr->handle;
	write->len = len;
	write->offset = offset;
	write->flags = flags;
	memcpy(write->data, buf, len);
}

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	note(attr, buf, len, offset, flags);
	if (database_on_write != NULL) {
		database_on_write(conn, attr);
	}
	if (offset > database_value_len) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	memcpy(&database_value[offset], buf, len);
	database_value_len = offset + len;
	return len;
}

static ssize_t write_any(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			 uint16_t len, uint16_t offset, uint8_t flags)
{
	note(attr, buf, len, offset, flags);
	return len;
}

static ssize_t refuse_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			    uint16_t len, uint16_t offset, uint8_t flags)
{
	return BT_GATT_ERR(0x80);
}

/* Takes even values only. */
static ssize_t ask_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			 uint16_t len, uint16_t offset, uint8_t flags)
{
	note(attr, buf, len, offset, flags);
	if (len > 0 && *(const uint8_t *)buf % 2 != 0) {
		return BT_GATT_ERR(BT_ATT_ERR_VALUE_NOT_ALLOWED);
	}
	return (flags & BT_GATT_WRITE_FLAG_PREPARE) != 0 ? 0 : len;
}

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t value)
{
	database_changes++;
	database_changed_to = value;
}

static ssize_t ccc_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, uint16_t value)
{
	return database_ccc_answer;
}

static bool ccc_match(struct bt_conn *conn, const struct bt_gatt_attr *attr)
{
	return database_match;
}

static struct bt_gatt_ccc_managed_user_data ccc =
	BT_GATT_CCC_MANAGED_USER_DATA_INIT(ccc_changed, ccc_write, ccc_match);

static const struct bt_uuid_128 other_uuid = BT_UUID_INIT_128(OTHER_BYTES);
static const struct bt_uuid_128 name_uuid = BT_UUID_INIT_128(NAME_BYTES);

static struct bt_gatt_attr first_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0x1234)),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa01),
			       BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE | BT_GATT_CHRC_NOTIFY |
				       BT_GATT_CHRC_INDICATE,
			       BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, read_value, write_value,
			       NULL),
	BT_GATT_CCC_MANAGED(&ccc, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
	BT_GATT_CUD("text", BT_GATT_PERM_READ),
	BT_GATT_CHARACTERISTIC(&name_uuid.uuid, BT_GATT_CHRC_READ, BT_GATT_PERM_READ, read_text,
			       NULL, (void *)"hello"),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa02), BT_GATT_CHRC_WRITE, BT_GATT_PERM_WRITE,
			       NULL, write_any, NULL),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa03), 0, BT_GATT_PERM_NONE, read_value,
			       write_value, NULL),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa04), BT_GATT_CHRC_READ,
			       BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, refuse_read, refuse_write,
			       NULL),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa05), BT_GATT_CHRC_WRITE,
			       BT_GATT_PERM_WRITE | BT_GATT_PERM_PREPARE_WRITE, NULL, ask_write,
			       NULL),
};

static struct bt_gatt_attr second_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(&other_uuid.uuid),
	BT_GATT_INCLUDE_SERVICE(&first_attrs[0]),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa06), BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       read_text, NULL, (void *)""),
};

static struct bt_gatt_attr third_attrs[] = {
	BT_GATT_SECONDARY_SERVICE(BT_UUID_DECLARE_16(0x4321)),
	BT_GATT_INCLUDE_SERVICE(&second_attrs[0]),
};

static struct bt_gatt_service services[] = {
	BT_GATT_SERVICE(first_attrs),
	BT_GATT_SERVICE(second_attrs),
	BT_GATT_SERVICE(third_attrs),
};

void database_up(void)
{
	memcpy(database_value, "value", 5);
	database_value_len = 5;
	database_write_count = 0;
	database_changes = 0;
	database_changed_to = 0;
	database_ccc_answer = 2;
	database_match = true;
	database_on_read = NULL;
	database_on_write = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		assert_int_equal(bt_gatt_service_register(&services[i]), 0);
	}
	assert_int_equal(first_attrs[0].handle, DB_FIRST);
	assert_int_equal(third_attrs[1].handle, DB_LAST);
}

void database_down(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		if (bt_gatt_service_is_registered(&services[i])) {
			assert_int_equal(bt_gatt_service_unregister(&services[i]), 0);
		}
	}
}

struct bt_gatt_attr *database_attr(uint16_t handle)
{
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		uint16_t first = services[i].attrs[0].handle;

		if (handle >= first && handle < first + services[i].attr_count) {
			return &services[i].attrs[handle - first];
		}
	}
	fail_msg("no attribute at %u", handle);
	return NULL;
}

int database_setup(void **state)
{
	peers_up();
	database_up();
	return 0;
}

int database_teardown(void **state)
{
	database_down();
	peers_down();
	return 0;
}
