/* SPDX-License-Identifier: Apache-2.0 */
#include "att_server.h"
#include "att_write.h"
#include "gatt.h"
#include "gatt_perm.h"
#include "smp_sign.h"

/*
 * Writing: Core 6.0 Vol 3 Part F 3.4.5.
 */

uint8_t att_write__check(struct att_bearer *bearer, uint16_t handle,
			 const struct bt_gatt_attr **attr)
{
	*attr = gatt_db__find(&gatt__of(bearer->conn)->db, handle);
	if (*attr == NULL) {
		return BT_ATT_ERR_INVALID_HANDLE;
	}
	return gatt_perm__check(bearer->conn, *attr, GATT_WRITE);
}

uint8_t att_write__call(struct att_bearer *bearer, const struct bt_gatt_attr *attr,
			const void *data, uint16_t len, uint16_t offset, uint8_t flags)
{
	ssize_t ret = attr->write(bearer->conn, attr, data, len, offset, flags);
	ssize_t good = (flags & BT_GATT_WRITE_FLAG_PREPARE) != 0 ? 0 : len;

	if (ret < 0 && ret >= -UINT8_MAX) {
		return (uint8_t)-ret;
	}
	return ret == good ? 0 : BT_ATT_ERR_UNLIKELY;
}

static uint8_t write_value(struct att_bearer *bearer, uint16_t handle, struct fav_cursor *value,
			   uint8_t flags)
{
	const struct bt_gatt_attr *attr;
	size_t len = fav_cursor_remaining(value);
	uint8_t err = att_write__check(bearer, handle, &attr);

	if (err != 0) {
		return err;
	}
	if (len > BT_ATT_MAX_ATTRIBUTE_LEN) {
		return BT_ATT_ERR_INVALID_ATTRIBUTE_LEN;
	}
	return att_write__call(bearer, attr, value->at, (uint16_t)len, 0, flags);
}

uint8_t att_server__write(struct att_bearer *bearer, struct fav_cursor *req, struct fav_writer *rsp,
			  uint16_t *handle)
{
	*handle = fav_cursor_le16(req);
	return write_value(bearer, *handle, req, 0);
}

void att_server__write_cmd(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu)
{
	uint16_t handle = fav_cursor_le16(pdu);

	/* Nobody is told of an error: 3.4.5.3. */
	(void)write_value(bearer, handle, pdu, BT_GATT_WRITE_FLAG_CMD);
}

/* 3.4.5.4, Part C 10.4.2: who may sign need not on an encrypted link, and nobody may sign there. */
static bool is_signed(struct att_bearer *bearer, uint8_t opcode, const struct fav_cursor *pdu)
{
	struct fav_writer message = fav_writer_of(bearer->att->scratch, BT_ATT_MAX_ATTRIBUTE_LEN);
	struct fav_cursor all = *pdu;
	struct fav_cursor body = fav_cursor_sub(&all, fav_cursor_remaining(&all) - SMP_SIGN_LEN);

	if (bt_conn_get_security(bearer->conn) > BT_SECURITY_L1) {
		return false;
	}
	fav_writer_u8(&message, opcode);
	fav_writer_bytes(&message, body.at, fav_cursor_remaining(&body));
	return fav_writer_ok(&message) &&
	       smp_sign__check(bearer->conn, message.start, fav_writer_len(&message), all.at) == 0;
}

void att_server__signed_write_cmd(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu)
{
	struct fav_cursor value;
	uint16_t handle;

	if (!is_signed(bearer, opcode, pdu)) {
		att__dropped(bearer);
		return;
	}
	handle = fav_cursor_le16(pdu);
	value = fav_cursor_sub(pdu, fav_cursor_remaining(pdu) - SMP_SIGN_LEN);
	(void)write_value(bearer, handle, &value, BT_GATT_WRITE_FLAG_CMD);
}
