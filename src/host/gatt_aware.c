/* SPDX-License-Identifier: Apache-2.0 */
#include "att.h"
#include "att_server.h"
#include "conn.h"
#include "gatt.h"
#include "gatt_aware.h"
#include "uuid.h"

/*
 * Which clients know of the database's last change: Core 6.0 Vol 3 Part G 2.5.2.1.
 *
 *     aware --(the database changes)--> unaware
 *     unaware --(it reads the hash, then sends another request)--> aware
 *     unaware --(it confirms Service Changed; one bearer alone)--> aware
 *     unaware --(it was told Database Out Of Sync, then sends another request; one bearer)--> aware
 *
 * A client that has asked for robust caching is refused one request a bearer while it is unaware;
 * its commands are ignored, and it gets no values.
 */

static bool has_one_bearer(const struct bt_conn *conn)
{
	return att__bearer_count(conn) == 1;
}

static void forget_told(struct bt_conn *conn)
{
	struct att_bearer *bearer = NULL;

	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		bearer->out_of_sync_told = false;
	}
}

void gatt_aware__lost(struct bt_conn *conn)
{
	struct gatt_link *link = gatt_peer__link(conn);

	link->unaware = true;
	link->hash_read = false;
	forget_told(conn);
}

static void found(struct bt_conn *conn)
{
	struct gatt *gatt = gatt__of(conn);
	struct gatt_link *link = gatt_peer__link(conn);

	link->unaware = false;
	link->hash_read = false;
	forget_told(conn);
	gatt_peer__keep(gatt, conn);
	conn__tx_freed(gatt->host);
}

void gatt_aware__confirmed(struct bt_conn *conn)
{
	if (gatt_peer__link(conn)->unaware && has_one_bearer(conn)) {
		found(conn);
	}
}

static bool is_robust(const struct gatt_link *link)
{
	return link->unaware && (link->features & GATT_FEATURE_ROBUST_CACHING) != 0;
}

bool gatt_aware__is_blocked(const struct bt_conn *conn)
{
	return IS_ENABLED(CONFIG_BT_GATT_ENFORCE_CHANGE_UNAWARE) &&
	       is_robust(gatt_peer__link(conn));
}

/* ---- What ATT asks ---- */

/* Whether it is about attributes by their handles. Discovery is not, nor the hash read as 7.3 has
 * it. An execution is about those of the parts that were prepared. */
static bool is_by_handle(uint8_t opcode, struct fav_cursor req)
{
	struct bt_uuid_128 type;
	uint16_t start, end, uuid;

	switch (opcode) {
	case BT_ATT_OP_READ_REQ:
	case BT_ATT_OP_READ_BLOB_REQ:
	case BT_ATT_OP_READ_MULT_REQ:
	case BT_ATT_OP_READ_MULT_VL_REQ:
	case BT_ATT_OP_WRITE_REQ:
	case BT_ATT_OP_PREPARE_WRITE_REQ:
		return true;
	case BT_ATT_OP_EXEC_WRITE_REQ:
		return fav_cursor_u8(&req) != 0;
	case BT_ATT_OP_READ_TYPE_REQ:
		start = fav_cursor_le16(&req);
		end = fav_cursor_le16(&req);
		if (!uuid__read(&req, fav_cursor_remaining(&req), &type)) {
			return false;
		}
		uuid = uuid__16(&type.uuid);
		return uuid != BT_UUID_GATT_INCLUDE_VAL && uuid != BT_UUID_GATT_CHRC_VAL &&
		       (start != BT_ATT_FIRST_ATTRIBUTE_HANDLE ||
			end != BT_ATT_LAST_ATTRIBUTE_HANDLE);
	default:
		return false;
	}
}

uint8_t gatt_aware__request(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor req)
{
	struct gatt_link *link = gatt_peer__link(bearer->conn);

	if (!link->unaware) {
		return 0;
	}
	if (link->hash_read || (bearer->out_of_sync_told && has_one_bearer(bearer->conn))) {
		found(bearer->conn);
		return 0;
	}
	if (!is_robust(link) || bearer->out_of_sync_told || !is_by_handle(opcode, req)) {
		return 0;
	}
	bearer->out_of_sync_told = true;
	if (opcode == BT_ATT_OP_EXEC_WRITE_REQ) {
		/* Its handles may be of other attributes now. */
		att_prepare__clear(bearer);
	}
	return BT_ATT_ERR_DB_OUT_OF_SYNC;
}

bool gatt_aware__command(struct att_bearer *bearer)
{
	return !is_robust(gatt_peer__link(bearer->conn));
}

/* ---- The characteristics ---- */

ssize_t gatt_aware__read_features(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				  uint16_t len, uint16_t offset)
{
	uint8_t features = conn != NULL ? gatt_peer__link(conn)->features : 0;

	return bt_gatt_attr_read(conn, attr, buf, len, offset, &features, sizeof(features));
}

/* 7.2: bits are set for good; those that we do not know are ignored. */
ssize_t gatt_aware__write_features(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				   const void *buf, uint16_t len, uint16_t offset, uint8_t flags)
{
	struct gatt_link *link = gatt_peer__link(conn);
	uint8_t features;

	if (offset != 0) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	if (len == 0) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	features = *(const uint8_t *)buf & GATT_FEATURES_KNOWN;
	if ((link->features & ~features) != 0) {
		return BT_GATT_ERR(BT_ATT_ERR_VALUE_NOT_ALLOWED);
	}
	if (features != link->features) {
		link->features = features;
		gatt_peer__keep(gatt__of(conn), conn);
	}
	return len;
}

ssize_t gatt_aware__read_hash(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset)
{
	struct gatt *gatt = conn != NULL ? gatt__of(conn) : gatt__current();
	const uint8_t *hash = gatt_hash__get(&gatt->hash, &gatt->db);

	if (hash == NULL) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
	}
	if (conn != NULL && gatt_peer__link(conn)->unaware) {
		gatt_peer__link(conn)->hash_read = true;
	}
	return bt_gatt_attr_read(conn, attr, buf, len, offset, hash, GATT_HASH_LEN);
}
