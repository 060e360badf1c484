/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att.h"
#include "att_tx.h"
#include "conn.h"
#include "gatt_perm.h"
#include "gatt_service.h"
#include "gatt_value.h"

int gatt_value__find(const struct bt_conn *conn, const struct bt_uuid *uuid,
		     const struct bt_gatt_attr *attr, uint8_t property, struct gatt_value *value)
{
	const struct gatt *gatt = conn != NULL ? gatt__of(conn) : gatt__current();
	const struct gatt_db *db = &gatt->db;

	if (uuid == NULL && attr == NULL) {
		return -EINVAL;
	}
	if (uuid != NULL) {
		attr = gatt_db__find_type(db, attr, 0, uuid);
	}
	value->gatt = gatt;
	if (attr == NULL || !gatt_db__locate(db, attr, &value->at)) {
		return -ENOENT;
	}
	/* Permissions are those of the value, never of its declaration. */
	if (gatt_db__is_chrc(attr)) {
		const struct bt_gatt_chrc *chrc = attr->user_data;

		if ((chrc->properties & property) == 0) {
			return -EINVAL;
		}
		if (!gatt_db__step_to_value(db, &value->at)) {
			return -ENOENT;
		}
	}
	value->ccc = value->at;
	if (!gatt_ccc__step_to(gatt, &value->ccc)) {
		value->ccc = (struct gatt_at){0};
	}
	return 0;
}

int gatt_value__check(const struct att_bearer *bearer, const struct gatt_value *value, uint16_t len,
		      uint16_t kind, bool ignore_subscription)
{
	struct bt_conn *conn = bearer->conn;

	if (IS_ENABLED(CONFIG_BT_GATT_ENFORCE_SUBSCRIPTION) && !ignore_subscription &&
	    (gatt_ccc__get(value->gatt, conn, value->ccc.handle) & kind) == 0) {
		return -EINVAL;
	}
	if (!gatt_perm__may_send(conn, value->at.attr)) {
		return -EPERM;
	}
	if (gatt_aware__is_blocked(conn) && value->at.attr != gatt_service__changed_value()) {
		conn__tx_refused(conn);
		return -EAGAIN;
	}
	return len > bearer->mtu - ATT_VALUE_HEADER ? -EMSGSIZE : 0;
}

struct bt_conn *gatt_value__next_subscriber(const struct gatt_value *value, uint16_t kind,
					    uint8_t *index)
{
	const struct gatt *gatt = value->gatt;
	const struct bt_gatt_ccc_managed_user_data *ccc;

	for (; *index < CONFIG_BT_MAX_CONN && value->ccc.attr != NULL; (*index)++) {
		struct bt_conn *conn = conn__by_index(gatt->host, *index);

		if (conn == NULL || att__bearer(conn) == NULL ||
		    (gatt_ccc__get(gatt, conn, value->ccc.handle) & kind) == 0) {
			continue;
		}
		ccc = value->ccc.attr->user_data;
		if (ccc->cfg_match == NULL || ccc->cfg_match(conn, value->ccc.attr)) {
			(*index)++;
			return conn;
		}
	}
	return NULL;
}

bool bt_gatt_is_subscribed(struct bt_conn *conn, const struct bt_gatt_attr *attr, uint16_t ccc_type)
{
	const struct gatt *gatt;
	struct gatt_at at;

	if (conn == NULL || attr == NULL || att__bearer(conn) == NULL) {
		return false;
	}
	gatt = gatt__of(conn);
	if (!gatt_db__locate(&gatt->db, attr, &at)) {
		return false;
	}
	if (attr->write != bt_gatt_attr_write_ccc) {
		if (gatt_db__is_chrc(attr) && !gatt_db__step_to_value(&gatt->db, &at)) {
			return false;
		}
		if (!gatt_ccc__step_to(gatt, &at)) {
			return false;
		}
	}
	return (gatt_ccc__get(gatt, conn, at.handle) & ccc_type) != 0;
}
