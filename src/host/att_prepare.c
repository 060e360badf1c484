/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "att_server.h"
#include "att_write.h"

/*
 * Queued writes: Core 6.0 Vol 3 Part F 3.4.6.
 *
 * What a peer prepares is kept in blocks of one pool for all bearers: a part takes one, and as many
 * more as its value needs. At the execution the parts are written in their order; those that
 * continue one another, as in a long write, are put together and written as one.
 */

/* Execute Write's flag for writing; 0 cancels. */
#define WRITE 1

void att_prepare__init(struct att *att)
{
	for (int i = 0; i < CONFIG_BT_ATT_PREPARE_COUNT; i++) {
		sys_slist_append(&att->free_prepared, &att->prepared_memory[i].node);
	}
}

void att_prepare__clear(struct att_bearer *bearer)
{
	sys_slist_merge_slist(&bearer->att->free_prepared, &bearer->prepared);
}

static struct att_prepared *block(sys_slist_t *list)
{
	sys_snode_t *node = sys_slist_peek_head(list);

	return node != NULL ? CONTAINER_OF(node, struct att_prepared, node) : NULL;
}

/* Copy a value into blocks at the end of a list; false: there are not enough. */
static bool store(struct att *att, sys_slist_t *list, uint16_t handle, uint16_t offset,
		  struct fav_cursor *value)
{
	do {
		struct att_prepared *part = block(&att->free_prepared);

		if (part == NULL) {
			return false;
		}
		(void)sys_slist_get(&att->free_prepared);
		part->handle = handle;
		part->offset = offset;
		part->len = (uint16_t)MIN(fav_cursor_remaining(value), ATT_PREPARED_DATA);
		(void)fav_cursor_copy(value, part->data, part->len);
		sys_slist_append(list, &part->node);
		handle = 0;
	} while (fav_cursor_remaining(value) > 0);
	return true;
}

uint8_t att_server__prepare(struct att_bearer *bearer, struct fav_cursor *req,
			    struct fav_writer *rsp, uint16_t *handle)
{
	const struct bt_gatt_attr *attr;
	uint16_t offset;
	sys_slist_t parts;
	size_t len;
	uint8_t err;

	*handle = fav_cursor_le16(req);
	offset = fav_cursor_le16(req);
	len = fav_cursor_remaining(req);
	err = att_write__check(bearer, *handle, &attr);
	if (err != 0) {
		return err;
	}
	if ((attr->perm & BT_GATT_PERM_PREPARE_WRITE) != 0) {
		err = att_write__call(bearer, attr, req->at, (uint16_t)len, offset,
				      BT_GATT_WRITE_FLAG_PREPARE);
		if (err != 0) {
			return err;
		}
	}
	if (bearer->conn == NULL) {
		return BT_ATT_ERR_UNLIKELY;
	}
	fav_writer_le16(rsp, *handle);
	fav_writer_le16(rsp, offset);
	fav_writer_bytes(rsp, req->at, len);
	if (!fav_writer_ok(rsp)) {
		/* Longer than the MTU. */
		return BT_ATT_ERR_INVALID_PDU;
	}
	sys_slist_init(&parts);
	if (!store(bearer->att, &parts, *handle, offset, req)) {
		sys_slist_merge_slist(&bearer->att->free_prepared, &parts);
		return BT_ATT_ERR_PREPARE_QUEUE_FULL;
	}
	sys_slist_merge_slist(&bearer->prepared, &parts);
	return 0;
}

/* Take the first part, and all that continue it, into the scratch. */
static uint8_t assemble(struct att_bearer *bearer, uint16_t *handle, uint16_t *offset, size_t *len)
{
	struct att_prepared *part = block(&bearer->prepared);

	*handle = part->handle;
	*offset = part->offset;
	*len = 0;
	if (part->offset > BT_ATT_MAX_ATTRIBUTE_LEN) {
		return BT_ATT_ERR_INVALID_OFFSET;
	}
	do {
		if (*offset + *len + part->len > BT_ATT_MAX_ATTRIBUTE_LEN) {
			return BT_ATT_ERR_INVALID_ATTRIBUTE_LEN;
		}
		memcpy(&bearer->att->scratch[*len], part->data, part->len);
		*len += part->len;
		(void)sys_slist_get(&bearer->prepared);
		sys_slist_prepend(&bearer->att->free_prepared, &part->node);
		part = block(&bearer->prepared);
	} while (part != NULL && (part->handle == 0 ||
				  (part->handle == *handle && part->offset == *offset + *len)));
	return 0;
}

static uint8_t execute(struct att_bearer *bearer, uint16_t *handle)
{
	/* The bearer can end in a callback, which empties the list. */
	while (!sys_slist_is_empty(&bearer->prepared)) {
		const struct bt_gatt_attr *attr;
		uint16_t offset;
		size_t len;
		uint8_t err = assemble(bearer, handle, &offset, &len);

		if (err == 0) {
			err = att_write__check(bearer, *handle, &attr);
		}
		if (err == 0) {
			err = att_write__call(bearer, attr, bearer->att->scratch, (uint16_t)len,
					      offset, BT_GATT_WRITE_FLAG_EXECUTE);
		}
		if (err != 0) {
			return err;
		}
	}
	return 0;
}

uint8_t att_server__execute(struct att_bearer *bearer, struct fav_cursor *req,
			    struct fav_writer *rsp, uint16_t *handle)
{
	uint8_t flags = fav_cursor_u8(req);
	uint8_t err = 0;

	if (!fav_cursor_done(req) || flags > WRITE) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	if (flags == WRITE) {
		err = execute(bearer, handle);
	}
	att_prepare__clear(bearer);
	return err;
}
