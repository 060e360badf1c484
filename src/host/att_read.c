/* SPDX-License-Identifier: Apache-2.0 */
#include "att_server.h"
#include "gatt.h"
#include "gatt_perm.h"
#include "uuid.h"

/*
 * Reading: Core 6.0 Vol 3 Part F 3.4.4.
 */

/* The longest value in one element of a list whose length is one byte, with the element's other
 * fields, 3.4.4.2 and 3.4.4.10. */
#define LIST_ELEMENT_MAX 255U

/* Read the attribute with that handle as the peer may. 0, with the length; or an ATT error code. */
static uint8_t read_value(struct att_bearer *bearer, uint16_t handle, void *buf, size_t room,
			  uint16_t offset, size_t *len)
{
	const struct bt_gatt_attr *attr = gatt_db__find(&gatt__of(bearer->conn)->db, handle);
	uint16_t asked = (uint16_t)MIN(room, BT_ATT_MAX_ATTRIBUTE_LEN);
	uint8_t err;
	ssize_t ret;

	if (attr == NULL) {
		return BT_ATT_ERR_INVALID_HANDLE;
	}
	err = gatt_perm__check(bearer->conn, attr, GATT_READ);
	if (err != 0) {
		return err;
	}
	ret = attr->read(bearer->conn, attr, buf, asked, offset);
	if (ret < 0) {
		return ret >= -UINT8_MAX ? (uint8_t)-ret : BT_ATT_ERR_UNLIKELY;
	}
	if (ret > asked) {
		return BT_ATT_ERR_UNLIKELY;
	}
	*len = (size_t)ret;
	return 0;
}

/* Read into a response, as much as fits. */
static uint8_t read_into(struct att_bearer *bearer, uint16_t handle, uint16_t offset,
			 struct fav_writer *rsp)
{
	size_t len;
	uint8_t err = read_value(bearer, handle, rsp->at, fav_writer_room(rsp), offset, &len);

	if (err == 0) {
		(void)fav_writer_add(rsp, len);
	}
	return err;
}

uint8_t att_server__read(struct att_bearer *bearer, struct fav_cursor *req, struct fav_writer *rsp,
			 uint16_t *handle)
{
	*handle = fav_cursor_le16(req);
	if (!fav_cursor_done(req)) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	return read_into(bearer, *handle, 0, rsp);
}

uint8_t att_server__read_blob(struct att_bearer *bearer, struct fav_cursor *req,
			      struct fav_writer *rsp, uint16_t *handle)
{
	uint16_t offset;

	*handle = fav_cursor_le16(req);
	offset = fav_cursor_le16(req);
	if (!fav_cursor_done(req)) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	return read_into(bearer, *handle, offset, rsp);
}

uint8_t att_server__read_mult(struct att_bearer *bearer, struct fav_cursor *req,
			      struct fav_writer *rsp, uint16_t *handle)
{
	if (!IS_ENABLED(CONFIG_BT_GATT_READ_MULTIPLE)) {
		return BT_ATT_ERR_NOT_SUPPORTED;
	}
	if (fav_cursor_remaining(req) % 2 != 0) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	/* Each is checked, also those whose value does not fit any more. */
	while (fav_cursor_remaining(req) > 0 && bearer->conn != NULL) {
		uint8_t err;

		*handle = fav_cursor_le16(req);
		err = read_into(bearer, *handle, 0, rsp);
		if (err != 0) {
			return err;
		}
	}
	return 0;
}

uint8_t att_server__read_mult_vl(struct att_bearer *bearer, struct fav_cursor *req,
				 struct fav_writer *rsp, uint16_t *handle)
{
	uint8_t *scratch = bearer->att->scratch;

	if (!IS_ENABLED(CONFIG_BT_GATT_READ_MULT_VAR_LEN)) {
		return BT_ATT_ERR_NOT_SUPPORTED;
	}
	if (fav_cursor_remaining(req) % 2 != 0) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	while (fav_cursor_remaining(req) > 0 && bearer->conn != NULL) {
		size_t len;
		uint8_t err;

		*handle = fav_cursor_le16(req);
		err = read_value(bearer, *handle, scratch, BT_ATT_MAX_ATTRIBUTE_LEN, 0, &len);
		if (err != 0) {
			return err;
		}
		/* The length is the value's, also of the one that is cut: 3.4.4.12. */
		if (fav_writer_room(rsp) >= 2) {
			fav_writer_le16(rsp, (uint16_t)len);
			fav_writer_bytes(rsp, scratch, MIN(len, fav_writer_room(rsp)));
		}
	}
	return 0;
}

/* A list of elements of one length, `fixed` bytes and a value: Read By Type and By Group Type. */
struct list {
	struct att_bearer *bearer;
	struct fav_writer *rsp;
	uint8_t *element_len; /* in the response; NULL: still empty */
	size_t fixed;
};

/* Add the attribute's value behind the handle, and the group's end when fixed has room for it.
 * 0: added. < 0: it ends the list. > 0: so it does, and is the error when the list is empty. */
static int list_add(struct list *list, const struct gatt_at *at)
{
	struct fav_writer *rsp = list->rsp;
	const struct gatt_db *db = &gatt__of(list->bearer->conn)->db;
	/* Behind opcode and length, and the same for all: a longer one must not look as long. */
	size_t longest = MIN(list->bearer->mtu - 2U, LIST_ELEMENT_MAX) - list->fixed;
	size_t len;
	uint8_t err;

	if (list->element_len != NULL && fav_writer_room(rsp) < *list->element_len) {
		return -1;
	}
	err = read_value(list->bearer, at->handle, list->bearer->att->scratch, longest, 0, &len);
	if (err != 0) {
		return err;
	}
	if (list->element_len == NULL) {
		list->element_len = rsp->at;
		fav_writer_u8(rsp, (uint8_t)(list->fixed + len));
	} else if (list->fixed + len != *list->element_len) {
		return -1;
	}
	fav_writer_le16(rsp, at->handle);
	if (list->fixed == 4) {
		fav_writer_le16(rsp, gatt_db__group_end(db, at->handle));
	}
	fav_writer_bytes(rsp, list->bearer->att->scratch, len);
	return 0;
}

/* All attributes of start..end of that type, into the list. */
static uint8_t list_fill(struct list *list, uint16_t start, uint16_t end,
			 const struct bt_uuid *type, uint16_t *handle)
{
	const struct gatt_db *db = &gatt__of(list->bearer->conn)->db;
	struct gatt_at at;
	int err = 0;

	GATT_DB_FOREACH(db, start, end, at)
	{
		if (bt_uuid_cmp(at.attr->uuid, type) != 0) {
			continue;
		}
		err = list_add(list, &at);
		if (err != 0 || list->bearer->conn == NULL) {
			break;
		}
	}
	if (list->element_len != NULL) {
		return 0;
	}
	if (err > 0) {
		*handle = at.handle;
		return (uint8_t)err;
	}
	return BT_ATT_ERR_ATTRIBUTE_NOT_FOUND;
}

/* The parameters that both have: a range and a type. */
static uint8_t range_and_type(struct fav_cursor *req, uint16_t *start, uint16_t *end,
			      struct bt_uuid_128 *type, uint16_t *handle)
{
	*start = fav_cursor_le16(req);
	*end = fav_cursor_le16(req);
	if (!uuid__read(req, fav_cursor_remaining(req), type)) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	*handle = *start;
	return att_server__range_check(*start, *end);
}

uint8_t att_server__read_type(struct att_bearer *bearer, struct fav_cursor *req,
			      struct fav_writer *rsp, uint16_t *handle)
{
	struct list list = {.bearer = bearer, .rsp = rsp, .fixed = 2};
	struct bt_uuid_128 type;
	uint16_t start, end;
	uint8_t err = range_and_type(req, &start, &end, &type, handle);

	return err != 0 ? err : list_fill(&list, start, end, &type.uuid, handle);
}

uint8_t att_server__read_group(struct att_bearer *bearer, struct fav_cursor *req,
			       struct fav_writer *rsp, uint16_t *handle)
{
	struct list list = {.bearer = bearer, .rsp = rsp, .fixed = 4};
	struct bt_uuid_128 type;
	uint16_t start, end;
	uint8_t err = range_and_type(req, &start, &end, &type, handle);

	if (err != 0) {
		return err;
	}
	/* Which types are groups is GATT's to say: Part G 2.5.3. */
	if (bt_uuid_cmp(&type.uuid, BT_UUID_GATT_PRIMARY) != 0 &&
	    bt_uuid_cmp(&type.uuid, BT_UUID_GATT_SECONDARY) != 0) {
		return BT_ATT_ERR_UNSUPPORTED_GROUP_TYPE;
	}
	return list_fill(&list, start, end, &type.uuid, handle);
}
