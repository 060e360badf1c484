/* SPDX-License-Identifier: Apache-2.0 */
#include "gatt.h"

/*
 * The application's view of the local database.
 */

void bt_gatt_foreach_attr_type(uint16_t start_handle, uint16_t end_handle,
			       const struct bt_uuid *uuid, const void *attr_data,
			       uint16_t num_matches, bt_gatt_attr_func_t func, void *user_data)
{
	const struct gatt_db *db = &gatt__current()->db;
	uint32_t left = num_matches != 0 ? num_matches : UINT32_MAX;
	struct gatt_at at;

	GATT_DB_FOREACH(db, start_handle, end_handle, at)
	{
		if (uuid != NULL && bt_uuid_cmp(uuid, at.attr->uuid) != 0) {
			continue;
		}
		if (attr_data != NULL && attr_data != at.attr->user_data) {
			continue;
		}
		if (func(at.attr, at.handle, user_data) == BT_GATT_ITER_STOP || --left == 0) {
			return;
		}
	}
}

struct bt_gatt_attr *bt_gatt_attr_next(const struct bt_gatt_attr *attr)
{
	const struct gatt_db *db = &gatt__current()->db;
	uint16_t handle = attr != NULL ? gatt_db__handle(db, attr) : 0;
	struct gatt_at at;

	/* Zephyr's type, though a static attribute is constant. */
	return handle != 0 && gatt_db__next(db, (uint32_t)handle + 1, &at)
		       ? (struct bt_gatt_attr *)at.attr
		       : NULL;
}

struct bt_gatt_attr *bt_gatt_find_by_uuid(const struct bt_gatt_attr *attr, uint16_t attr_count,
					  const struct bt_uuid *uuid)
{
	return (struct bt_gatt_attr *)gatt_db__find_type(&gatt__current()->db, attr, attr_count,
							 uuid);
}

uint16_t bt_gatt_attr_get_handle(const struct bt_gatt_attr *attr)
{
	return attr != NULL ? gatt_db__handle(&gatt__current()->db, attr) : 0;
}

uint16_t bt_gatt_attr_value_handle(const struct bt_gatt_attr *attr)
{
	if (attr == NULL || !gatt_db__is_chrc(attr)) {
		return 0;
	}
	return gatt_db__value_handle(&gatt__current()->db, attr);
}
