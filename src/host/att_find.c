/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "att_server.h"
#include "gatt.h"
#include "gatt_perm.h"
#include "uuid.h"

/*
 * Find Information and Find By Type Value: Core 6.0 Vol 3 Part F 3.4.3.
 */

/* Formats of a Find Information Response, 3.4.3.2. */
#define FORMAT_16  1
#define FORMAT_128 2

uint8_t att_server__find_info(struct att_bearer *bearer, struct fav_cursor *req,
			      struct fav_writer *rsp, uint16_t *handle)
{
	const struct gatt_db *db = &gatt__of(bearer->conn)->db;
	uint16_t start = fav_cursor_le16(req);
	uint16_t end = fav_cursor_le16(req);
	size_t size = 0;
	struct gatt_at at;

	*handle = start;
	if (!fav_cursor_done(req)) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	if (att_server__range_check(start, end) != 0) {
		return BT_ATT_ERR_INVALID_HANDLE;
	}
	GATT_DB_FOREACH(db, start, end, at)
	{
		if (size == 0) {
			size = uuid__size(at.attr->uuid);
			fav_writer_u8(rsp, size == BT_UUID_SIZE_16 ? FORMAT_16 : FORMAT_128);
		}
		if (uuid__size(at.attr->uuid) != size || fav_writer_room(rsp) < 2 + size) {
			break;
		}
		fav_writer_le16(rsp, at.handle);
		uuid__write(rsp, at.attr->uuid);
	}
	return size == 0 ? BT_ATT_ERR_ATTRIBUTE_NOT_FOUND : 0;
}

/* Whether the attribute's value, as the peer could read it, is that of the cursor. */
static bool value_is(struct att_bearer *bearer, const struct bt_gatt_attr *attr,
		     const struct fav_cursor *value)
{
	uint8_t *scratch = bearer->att->scratch;
	ssize_t len;

	if (gatt_perm__check(bearer->conn, attr, GATT_READ) != 0) {
		return false;
	}
	len = attr->read(bearer->conn, attr, scratch, BT_ATT_MAX_ATTRIBUTE_LEN, 0);
	return len >= 0 && (size_t)len == fav_cursor_remaining(value) &&
	       memcmp(scratch, value->at, (size_t)len) == 0;
}

uint8_t att_server__find_type(struct att_bearer *bearer, struct fav_cursor *req,
			      struct fav_writer *rsp, uint16_t *handle)
{
	const struct gatt_db *db = &gatt__of(bearer->conn)->db;
	struct bt_conn *conn = bearer->conn;
	uint16_t start = fav_cursor_le16(req);
	uint16_t end = fav_cursor_le16(req);
	uint16_t type = fav_cursor_le16(req);
	struct gatt_at at;
	bool found = false;

	*handle = start;
	if (att_server__range_check(start, end) != 0) {
		return BT_ATT_ERR_INVALID_HANDLE;
	}
	GATT_DB_FOREACH(db, start, end, at)
	{
		if (fav_writer_room(rsp) < 4 || bearer->conn != conn) {
			break;
		}
		if (uuid__16(at.attr->uuid) != type || !value_is(bearer, at.attr, req)) {
			continue;
		}
		found = true;
		fav_writer_le16(rsp, at.handle);
		/* Only services are groups: Part G 2.5.3. */
		fav_writer_le16(rsp, type == BT_UUID_GATT_PRIMARY_VAL ||
						     type == BT_UUID_GATT_SECONDARY_VAL
					     ? gatt_db__group_end(db, at.handle)
					     : at.handle);
	}
	return found ? 0 : BT_ATT_ERR_ATTRIBUTE_NOT_FOUND;
}
