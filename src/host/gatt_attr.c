/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gatt.h"
#include "uuid.h"

/*
 * Read callbacks for the usual values, which are encoded in memory first.
 */

ssize_t bt_gatt_attr_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t buf_len, uint16_t offset, const void *value, uint16_t value_len)
{
	uint16_t len;

	if (offset > value_len) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	len = MIN(buf_len, value_len - offset);
	if (len > 0) {
		memcpy(buf, (const uint8_t *)value + offset, len);
	}
	return len;
}

static ssize_t read_written(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			    uint16_t len, uint16_t offset, const struct fav_writer *value)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, value->start,
				 (uint16_t)fav_writer_len(value));
}

ssize_t bt_gatt_attr_read_service(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				  uint16_t len, uint16_t offset)
{
	uint8_t bytes[BT_UUID_SIZE_128];
	struct fav_writer value = fav_writer_of(bytes, sizeof(bytes));

	uuid__write(&value, attr->user_data);
	return read_written(conn, attr, buf, len, offset, &value);
}

ssize_t bt_gatt_attr_read_included(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				   uint16_t len, uint16_t offset)
{
	const struct gatt_db *db = conn != NULL ? &gatt__of(conn)->db : &gatt__current()->db;
	const struct bt_gatt_attr *service = attr->user_data;
	uint16_t handle = gatt_db__handle(db, service);
	uint8_t bytes[2 + 2 + BT_UUID_SIZE_16];
	struct fav_writer value = fav_writer_of(bytes, sizeof(bytes));
	const struct bt_uuid *uuid;

	if (handle == 0) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
	}
	uuid = service->user_data;
	fav_writer_le16(&value, handle);
	fav_writer_le16(&value, gatt_db__group_end(db, handle));
	/* Only a 16-bit UUID is part of it: Core 6.0 Vol 3 Part G 3.2. */
	if (uuid->type == BT_UUID_TYPE_16) {
		uuid__write(&value, uuid);
	}
	return read_written(conn, attr, buf, len, offset, &value);
}

ssize_t bt_gatt_attr_read_chrc(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			       uint16_t len, uint16_t offset)
{
	const struct gatt_db *db = conn != NULL ? &gatt__of(conn)->db : &gatt__current()->db;
	const struct bt_gatt_chrc *chrc = attr->user_data;
	uint8_t bytes[1 + 2 + BT_UUID_SIZE_128];
	struct fav_writer value = fav_writer_of(bytes, sizeof(bytes));

	fav_writer_u8(&value, chrc->properties);
	fav_writer_le16(&value, gatt_db__value_handle(db, attr));
	uuid__write(&value, chrc->uuid);
	return read_written(conn, attr, buf, len, offset, &value);
}

ssize_t bt_gatt_attr_read_cep(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset)
{
	const struct bt_gatt_cep *cep = attr->user_data;
	uint8_t bytes[2];

	sys_put_le16(cep->properties, bytes);
	return bt_gatt_attr_read(conn, attr, buf, len, offset, bytes, sizeof(bytes));
}

ssize_t bt_gatt_attr_read_cud(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset)
{
	const char *text = attr->user_data;

	return bt_gatt_attr_read(conn, attr, buf, len, offset, text, (uint16_t)strlen(text));
}

ssize_t bt_gatt_attr_read_cpf(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset)
{
	const struct bt_gatt_cpf *cpf = attr->user_data;
	uint8_t bytes[7];
	struct fav_writer value = fav_writer_of(bytes, sizeof(bytes));

	fav_writer_u8(&value, cpf->format);
	fav_writer_u8(&value, (uint8_t)cpf->exponent);
	fav_writer_le16(&value, cpf->unit);
	fav_writer_u8(&value, cpf->name_space);
	fav_writer_le16(&value, cpf->description);
	return read_written(conn, attr, buf, len, offset, &value);
}
