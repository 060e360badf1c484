/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_req.h"
#include "gatt.h"
#include "uuid.h"

/*
 * Discovery: Core 6.0 Vol 3 Part G 4.4 to 4.7.
 *
 * Each type is one kind of request, repeated from behind the last handle found to the end of the
 * range, or the error Attribute Not Found; a table says which, and what one element of the response
 * is. An included service with a 128-bit UUID takes one Read more, for that UUID.
 *
 * Handles that do not grow, or are out of the range, end the discovery: so it ends with any server.
 *
 * In the att_req: handle is where the next request begins, end the range's end; value and offset
 * are the included service's handles while its UUID is being read.
 */

#define STEP_LIST         0
#define STEP_INCLUDE_UUID 1

/* What the callback is shown. */
struct found {
	uint16_t handle;
	uint16_t last; /* the element's last handle: where the search goes on */
	struct bt_uuid_128 uuid;
	union {
		struct bt_gatt_service_val service;
		struct bt_gatt_include include;
		struct bt_gatt_chrc chrc;
		struct bt_gatt_cep cep;
		struct bt_gatt_ccc ccc;
		struct bt_gatt_scc scc;
		struct bt_gatt_cpf cpf;
	};
};

enum verdict {
	REPORT,
	SKIP,
	BROKEN,  /* the server breaks the rules */
	READ_ON, /* the UUID must be read first */
};

struct kind {
	uint8_t opcode;
	uint16_t list_type; /* 0: the params' UUID, or none */
	uint16_t attr_type; /* of what is found; 0: the UUID in found */
	bool has_value;
	enum verdict (*parse)(const struct bt_gatt_discover_params *params, struct att_req *req,
			      struct fav_cursor *element, struct found *found);
};

static bool wanted(const struct bt_gatt_discover_params *params, const struct bt_uuid *uuid)
{
	return params->uuid == NULL || bt_uuid_cmp(params->uuid, uuid) == 0;
}

static enum verdict report_if(bool report)
{
	return report ? REPORT : SKIP;
}

/* ---- Elements of responses ---- */

static enum verdict parse_group(const struct bt_gatt_discover_params *params, struct att_req *req,
				struct fav_cursor *element, struct found *found)
{
	found->last = fav_cursor_le16(element);
	found->service.end_handle = found->last;
	found->service.uuid = &found->uuid.uuid;
	if (!uuid__read(element, fav_cursor_remaining(element), &found->uuid) ||
	    found->last < found->handle) {
		return BROKEN;
	}
	return report_if(wanted(params, &found->uuid.uuid));
}

static enum verdict parse_handles(const struct bt_gatt_discover_params *params, struct att_req *req,
				  struct fav_cursor *element, struct found *found)
{
	found->last = fav_cursor_le16(element);
	found->service.end_handle = found->last;
	found->service.uuid = params->uuid;
	return fav_cursor_done(element) && found->last >= found->handle ? REPORT : BROKEN;
}

static enum verdict parse_include(const struct bt_gatt_discover_params *params, struct att_req *req,
				  struct fav_cursor *element, struct found *found)
{
	found->include.start_handle = fav_cursor_le16(element);
	found->include.end_handle = fav_cursor_le16(element);
	found->include.uuid = &found->uuid.uuid;
	if (!fav_cursor_ok(element) || found->include.start_handle == 0) {
		return BROKEN;
	}
	if (fav_cursor_done(element)) {
		req->value = found->include.start_handle;
		req->offset = found->include.end_handle;
		return READ_ON;
	}
	if (!uuid__read(element, BT_UUID_SIZE_16, &found->uuid) || !fav_cursor_done(element)) {
		return BROKEN;
	}
	return report_if(wanted(params, &found->uuid.uuid));
}

static enum verdict parse_chrc(const struct bt_gatt_discover_params *params, struct att_req *req,
			       struct fav_cursor *element, struct found *found)
{
	found->chrc.properties = fav_cursor_u8(element);
	found->chrc.value_handle = fav_cursor_le16(element);
	found->chrc.uuid = &found->uuid.uuid;
	if (!uuid__read(element, fav_cursor_remaining(element), &found->uuid) ||
	    found->chrc.value_handle <= found->handle) {
		return BROKEN;
	}
	return report_if(wanted(params, &found->uuid.uuid));
}

static enum verdict parse_info(const struct bt_gatt_discover_params *params, struct att_req *req,
			       struct fav_cursor *element, struct found *found)
{
	uint16_t type;

	if (!uuid__read(element, fav_cursor_remaining(element), &found->uuid)) {
		return BROKEN;
	}
	type = uuid__16(&found->uuid.uuid);
	if (params->type == BT_GATT_DISCOVER_DESCRIPTOR && type >= BT_UUID_GATT_PRIMARY_VAL &&
	    type <= BT_UUID_GATT_CHRC_VAL) {
		return SKIP;
	}
	return report_if(wanted(params, &found->uuid.uuid));
}

static enum verdict parse_std_desc(const struct bt_gatt_discover_params *params,
				   struct att_req *req, struct fav_cursor *element,
				   struct found *found)
{
	if (uuid__16(params->uuid) == BT_UUID_GATT_CPF_VAL) {
		found->cpf.format = fav_cursor_u8(element);
		found->cpf.exponent = fav_cursor_s8(element);
		found->cpf.unit = fav_cursor_le16(element);
		found->cpf.name_space = fav_cursor_u8(element);
		found->cpf.description = fav_cursor_le16(element);
	} else {
		/* The others are 16 bits each, in structs alike. */
		found->ccc.flags = fav_cursor_le16(element);
	}
	return fav_cursor_done(element) ? REPORT : BROKEN;
}

static const struct kind by_uuid = {BT_ATT_OP_FIND_TYPE_REQ, BT_UUID_GATT_PRIMARY_VAL,
				    BT_UUID_GATT_PRIMARY_VAL, true, parse_handles};

static const struct kind kinds[] = {
	[BT_GATT_DISCOVER_PRIMARY] = {BT_ATT_OP_READ_GROUP_REQ, BT_UUID_GATT_PRIMARY_VAL,
				      BT_UUID_GATT_PRIMARY_VAL, true, parse_group},
	[BT_GATT_DISCOVER_SECONDARY] = {BT_ATT_OP_READ_GROUP_REQ, BT_UUID_GATT_SECONDARY_VAL,
					BT_UUID_GATT_SECONDARY_VAL, true, parse_group},
	[BT_GATT_DISCOVER_INCLUDE] = {BT_ATT_OP_READ_TYPE_REQ, BT_UUID_GATT_INCLUDE_VAL,
				      BT_UUID_GATT_INCLUDE_VAL, true, parse_include},
	[BT_GATT_DISCOVER_CHARACTERISTIC] = {BT_ATT_OP_READ_TYPE_REQ, BT_UUID_GATT_CHRC_VAL,
					     BT_UUID_GATT_CHRC_VAL, true, parse_chrc},
	[BT_GATT_DISCOVER_DESCRIPTOR] = {BT_ATT_OP_FIND_INFO_REQ, 0, 0, false, parse_info},
	[BT_GATT_DISCOVER_ATTRIBUTE] = {BT_ATT_OP_FIND_INFO_REQ, 0, 0, false, parse_info},
	[BT_GATT_DISCOVER_STD_CHAR_DESC] = {BT_ATT_OP_READ_TYPE_REQ, 0, 0, true, parse_std_desc},
};

static const struct kind *kind_of(const struct bt_gatt_discover_params *params)
{
	if (params->type == BT_GATT_DISCOVER_PRIMARY && params->uuid != NULL) {
		return &by_uuid;
	}
	return &kinds[params->type];
}

/* ---- Requests ---- */

static int build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	const struct bt_gatt_discover_params *params = req->params;
	const struct kind *kind = kind_of(params);

	if (req->step == STEP_INCLUDE_UUID) {
		fav_writer_u8(pdu, BT_ATT_OP_READ_REQ);
		fav_writer_le16(pdu, req->value);
		return 0;
	}
	fav_writer_u8(pdu, kind->opcode);
	fav_writer_le16(pdu, req->handle);
	fav_writer_le16(pdu, req->end);
	if (kind->list_type != 0) {
		fav_writer_le16(pdu, kind->list_type);
	}
	if (kind == &by_uuid || params->type == BT_GATT_DISCOVER_STD_CHAR_DESC) {
		uuid__write(pdu, params->uuid);
	}
	return 0;
}

static bool ended(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_discover_params *params = req->params;

	params->err = err;
	(void)params->func(conn, NULL, params);
	return false;
}

/* false: the callback said to stop, and params are no longer ours. */
static bool report(struct bt_conn *conn, struct att_req *req, const struct kind *kind,
		   struct found *found)
{
	struct bt_gatt_discover_params *params = req->params;
	struct bt_uuid_16 type = BT_UUID_INIT_16(kind->attr_type);
	struct bt_gatt_attr attr = {
		.uuid = kind->attr_type != 0 ? &type.uuid
			: kind->has_value    ? params->uuid
					     : &found->uuid.uuid,
		.user_data = kind->has_value ? &found->service : NULL,
		.handle = found->handle,
	};

	return params->func(conn, &attr, params) == BT_GATT_ITER_CONTINUE;
}

/* How long an element is, after the fields in front of the list have been read; 0: broken. */
static size_t element_len(const struct kind *kind, struct fav_cursor *rsp)
{
	uint8_t format;

	switch (kind->opcode) {
	case BT_ATT_OP_FIND_TYPE_REQ:
		return 4;
	case BT_ATT_OP_FIND_INFO_REQ:
		format = fav_cursor_u8(rsp);
		return format == 1 ? 2 + BT_UUID_SIZE_16 : format == 2 ? 2 + BT_UUID_SIZE_128 : 0;
	default:
		return fav_cursor_u8(rsp);
	}
}

static bool list_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	const struct bt_gatt_discover_params *params = req->params;
	const struct kind *kind = kind_of(params);
	size_t len = element_len(kind, rsp);

	if (len == 0 || fav_cursor_remaining(rsp) == 0 || fav_cursor_remaining(rsp) % len != 0) {
		return ended(conn, req, BT_ATT_ERR_UNLIKELY);
	}
	while (fav_cursor_remaining(rsp) > 0) {
		struct fav_cursor element = fav_cursor_sub(rsp, len);
		struct found found = {.handle = fav_cursor_le16(&element)};
		enum verdict verdict;

		found.last = found.handle;
		if (found.handle < req->handle || found.handle > req->end) {
			return ended(conn, req, BT_ATT_ERR_UNLIKELY);
		}
		verdict = kind->parse(params, req, &element, &found);
		if (verdict == BROKEN) {
			return ended(conn, req, BT_ATT_ERR_UNLIKELY);
		}
		if (verdict == READ_ON) {
			req->handle = found.handle;
			req->step = STEP_INCLUDE_UUID;
			return true;
		}
		if (verdict == REPORT && !report(conn, req, kind, &found)) {
			return false;
		}
		if (req->aborted != 0) {
			return true;
		}
		if (found.last >= req->end) {
			return ended(conn, req, 0);
		}
		req->handle = found.last + 1;
	}
	return true;
}

/* The declaration of a service that is included at req->handle. */
static bool uuid_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	const struct bt_gatt_discover_params *params = req->params;
	struct found found = {.handle = req->handle};

	found.include.start_handle = req->value;
	found.include.end_handle = req->offset;
	found.include.uuid = &found.uuid.uuid;
	if (!uuid__read(rsp, fav_cursor_remaining(rsp), &found.uuid)) {
		return ended(conn, req, BT_ATT_ERR_UNLIKELY);
	}
	if (wanted(params, &found.uuid.uuid) && !report(conn, req, kind_of(params), &found)) {
		return false;
	}
	if (req->aborted != 0) {
		return true;
	}
	if (req->handle == req->end) {
		return ended(conn, req, 0);
	}
	req->handle++;
	req->step = STEP_LIST;
	return true;
}

static bool response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return req->step == STEP_INCLUDE_UUID ? uuid_response(conn, req, rsp)
					      : list_response(conn, req, rsp);
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	bool searched = err == BT_ATT_ERR_ATTRIBUTE_NOT_FOUND && req->step == STEP_LIST;

	return ended(conn, req, searched ? 0 : gatt__err(err));
}

static const struct att_proc discover = {
	.build = build,
	.response = response,
	.failed = failed,
};

static bool is_std_desc(const struct bt_uuid *uuid)
{
	uint16_t type = uuid != NULL ? uuid__16(uuid) : 0;

	return type == BT_UUID_GATT_CEP_VAL || type == BT_UUID_GATT_CCC_VAL ||
	       type == BT_UUID_GATT_SCC_VAL || type == BT_UUID_GATT_CPF_VAL;
}

int bt_gatt_discover(struct bt_conn *conn, struct bt_gatt_discover_params *params)
{
	struct att_req *req;
	int err;

	if (conn == NULL || params == NULL || params->func == NULL || params->start_handle == 0 ||
	    params->start_handle > params->end_handle || params->type >= ARRAY_SIZE(kinds) ||
	    (params->type == BT_GATT_DISCOVER_STD_CHAR_DESC && !is_std_desc(params->uuid))) {
		return -EINVAL;
	}
	err = att_req__new(conn, params->chan_opt, &discover, params, &req);
	if (err != 0) {
		return err;
	}
	req->handle = params->start_handle;
	req->end = params->end_handle;
	return att_req__start(ATT_DIR_REQUEST, req);
}
