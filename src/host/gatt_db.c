/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "gatt_db.h"
#include "uuid.h"

bool gatt_db__is_service(const struct bt_gatt_attr *attr)
{
	uint16_t type = uuid__16(attr->uuid);

	return type == BT_UUID_GATT_PRIMARY_VAL || type == BT_UUID_GATT_SECONDARY_VAL;
}

bool gatt_db__is_chrc(const struct bt_gatt_attr *attr)
{
	return uuid__16(attr->uuid) == BT_UUID_GATT_CHRC_VAL;
}

/* ---- Looking up ---- */

/* The index of the first range that does not end before handle; db->count when all do. */
static unsigned int range_at(const struct gatt_db *db, uint32_t handle)
{
	unsigned int low = 0, high = db->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (db->ranges[middle].last < handle) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static uint16_t handle_at(const struct gatt_range *range, unsigned int index)
{
	return range->service == NULL ? (uint16_t)(range->first + index)
				      : range->attrs[index].handle;
}

static unsigned int index_search(const struct gatt_range *range, uint32_t handle)
{
	unsigned int low = 0, high = range->count - 1;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (handle_at(range, middle) < handle) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* The index of the first attribute with that handle or higher; the range reaches that far. */
static unsigned int index_at(const struct gatt_range *range, uint32_t handle)
{
	if (handle <= range->first) {
		return 0;
	}
	/* Without gaps there is nothing to search. */
	return range->last - range->first + 1 == range->count ? handle - range->first
							      : index_search(range, handle);
}

bool gatt_db__next(const struct gatt_db *db, uint32_t from, struct gatt_at *at)
{
	unsigned int i = range_at(db, from);
	const struct gatt_range *range = &db->ranges[i];
	unsigned int index;

	if (i == db->count) {
		return false;
	}
	index = index_at(range, from);
	at->attr = &range->attrs[index];
	at->range = range;
	at->handle = handle_at(range, index);
	return true;
}

bool gatt_db__step(const struct gatt_db *db, struct gatt_at *at)
{
	unsigned int index = (unsigned int)(at->attr - at->range->attrs) + 1;

	if (index == at->range->count) {
		if (++at->range == &db->ranges[db->count]) {
			return false;
		}
		index = 0;
	}
	at->attr = &at->range->attrs[index];
	at->handle = handle_at(at->range, index);
	return true;
}

const struct bt_gatt_attr *gatt_db__find(const struct gatt_db *db, uint16_t handle)
{
	struct gatt_at at;

	return handle != 0 && gatt_db__next(db, handle, &at) && at.handle == handle ? at.attr
										    : NULL;
}

bool gatt_db__locate(const struct gatt_db *db, const struct bt_gatt_attr *attr, struct gatt_at *at)
{
	/* The handle may be that of another host's database, or of none any more. */
	if (attr->handle != 0) {
		return gatt_db__next(db, attr->handle, at) && at->attr == attr;
	}
	/* Only static services, of which there are few, have no handles in their attributes. */
	for (uint16_t i = 0; i < db->count; i++) {
		const struct gatt_range *range = &db->ranges[i];

		if (range->service == NULL && attr >= range->attrs &&
		    attr < range->attrs + range->count) {
			at->attr = attr;
			at->range = range;
			at->handle = range->first + (uint16_t)(attr - range->attrs);
			return true;
		}
	}
	return false;
}

uint16_t gatt_db__handle(const struct gatt_db *db, const struct bt_gatt_attr *attr)
{
	struct gatt_at at;

	return gatt_db__locate(db, attr, &at) ? at.handle : 0;
}

const struct bt_gatt_attr *gatt_db__find_type(const struct gatt_db *db,
					      const struct bt_gatt_attr *from, uint16_t count,
					      const struct bt_uuid *uuid)
{
	uint32_t left = count != 0 ? count : UINT32_MAX;
	struct gatt_at at;
	bool found = from != NULL ? gatt_db__locate(db, from, &at)
				  : gatt_db__next(db, BT_ATT_FIRST_ATTRIBUTE_HANDLE, &at);

	while (found && bt_uuid_cmp(uuid, at.attr->uuid) != 0) {
		found = --left > 0 && gatt_db__step(db, &at);
	}
	return found ? at.attr : NULL;
}

static uint16_t said_value_handle(const struct bt_gatt_attr *chrc)
{
	return ((const struct bt_gatt_chrc *)chrc->user_data)->value_handle;
}

bool gatt_db__step_to_value(const struct gatt_db *db, struct gatt_at *at)
{
	uint16_t said = said_value_handle(at->attr);

	return said != 0 ? gatt_db__next(db, said, at) && at->handle == said
			 : gatt_db__step(db, at);
}

uint16_t gatt_db__value_handle(const struct gatt_db *db, const struct bt_gatt_attr *chrc)
{
	struct gatt_at at;

	/* A declaration that a discovery has found is in no database of ours. */
	if (said_value_handle(chrc) != 0) {
		return said_value_handle(chrc);
	}
	if (!gatt_db__locate(db, chrc, &at)) {
		return 0;
	}
	return gatt_db__step(db, &at) ? at.handle : 0;
}

uint16_t gatt_db__group_start(const struct gatt_db *db, uint16_t handle)
{
	unsigned int i = range_at(db, handle);

	return i < db->count && db->ranges[i].first <= handle ? db->ranges[i].first : handle;
}

uint16_t gatt_db__group_end(const struct gatt_db *db, uint16_t handle)
{
	unsigned int i = range_at(db, handle);
	const struct gatt_range *range = &db->ranges[i];
	unsigned int index;

	if (i == db->count || handle < range->first) {
		return handle;
	}
	/* An array may declare several services. */
	for (index = index_at(range, handle) + 1; index < range->count; index++) {
		if (gatt_db__is_service(&range->attrs[index])) {
			return handle_at(range, index - 1);
		}
	}
	return range->last;
}

/* ---- Changing ---- */

static void insert(struct gatt_db *db, unsigned int i, const struct gatt_range *range)
{
	memmove(&db->ranges[i + 1], &db->ranges[i], (db->count - i) * sizeof(db->ranges[0]));
	db->ranges[i] = *range;
	db->count++;
}

static uint32_t behind_last(const struct gatt_db *db)
{
	return db->count > 0 ? (uint32_t)db->ranges[db->count - 1].last + 1 : 1;
}

int gatt_db__add_static(struct gatt_db *db, const struct bt_gatt_attr *attrs, size_t count)
{
	uint32_t first = behind_last(db);
	struct gatt_range range = {.attrs = attrs};

	if (db->count == GATT_DB_SERVICES ||
	    count > BT_ATT_LAST_ATTRIBUTE_HANDLE + (size_t)1 - first) {
		return -ENOMEM;
	}
	range.first = (uint16_t)first;
	range.last = (uint16_t)(first + count - 1);
	range.count = (uint16_t)count;
	insert(db, db->count, &range);
	return 0;
}

/* The first free run of count handles; 0 when there is none. */
static uint32_t gap(const struct gatt_db *db, size_t count)
{
	uint32_t from = behind_last(db);

	if (from + count - 1 <= BT_ATT_LAST_ATTRIBUTE_HANDLE) {
		return from;
	}
	from = 1;
	for (uint16_t i = 0; i < db->count; i++) {
		if (db->ranges[i].first >= from + count) {
			return from;
		}
		from = (uint32_t)db->ranges[i].last + 1;
	}
	return 0;
}

static bool is_explicit(const struct bt_gatt_attr *attr)
{
	return attr->handle != 0 && !attr->_auto_assigned_handle;
}

/* The handle of attribute i, behind that of the one before it; 0 when it cannot have one. */
static uint32_t handle_for(const struct bt_gatt_attr *attr, uint32_t previous)
{
	uint32_t handle = is_explicit(attr) ? attr->handle : previous + 1;

	return handle > previous && handle <= BT_ATT_LAST_ATTRIBUTE_HANDLE ? handle : 0;
}

/* Where service is to go. */
static int place(const struct gatt_db *db, const struct bt_gatt_service *service,
		 struct gatt_range *range)
{
	const struct bt_gatt_attr *attrs = service->attrs;
	uint32_t handle = is_explicit(&attrs[0]) ? attrs[0].handle : gap(db, service->attr_count);
	unsigned int i;

	if (handle == 0) {
		return -ENOMEM;
	}
	range->first = (uint16_t)handle;
	for (size_t at = 1; at < service->attr_count; at++) {
		handle = handle_for(&attrs[at], handle);
		if (handle == 0) {
			return -EINVAL;
		}
	}
	range->last = (uint16_t)handle;
	i = range_at(db, range->first);
	return i < db->count && db->ranges[i].first <= range->last ? -EINVAL : 0;
}

int gatt_db__add(struct gatt_db *db, struct bt_gatt_service *service, struct gatt_range *range)
{
	uint32_t handle;
	int err;

	if (db->count == GATT_DB_SERVICES || service->attr_count > BT_ATT_LAST_ATTRIBUTE_HANDLE) {
		return -ENOMEM;
	}
	range->attrs = service->attrs;
	range->count = (uint16_t)service->attr_count;
	range->service = service;
	err = place(db, service, range);
	if (err != 0) {
		return err;
	}
	handle = range->first - 1;
	for (size_t i = 0; i < service->attr_count; i++) {
		struct bt_gatt_attr *attr = &service->attrs[i];

		attr->_auto_assigned_handle = !is_explicit(attr);
		handle = attr->_auto_assigned_handle ? handle + 1 : attr->handle;
		attr->handle = (uint16_t)handle;
	}
	insert(db, range_at(db, range->first), range);
	return 0;
}

static uint16_t index_of(const struct gatt_db *db, const struct bt_gatt_service *service)
{
	uint16_t i = 0;

	while (i < db->count && db->ranges[i].service != service) {
		i++;
	}
	return i;
}

bool gatt_db__has(const struct gatt_db *db, const struct bt_gatt_service *service)
{
	return index_of(db, service) < db->count;
}

int gatt_db__remove(struct gatt_db *db, struct bt_gatt_service *service, struct gatt_range *range)
{
	uint16_t i = index_of(db, service);

	if (i == db->count) {
		return -ENOENT;
	}
	*range = db->ranges[i];
	db->count--;
	memmove(&db->ranges[i], &db->ranges[i + 1], (db->count - i) * sizeof(db->ranges[0]));
	for (size_t at = 0; at < service->attr_count; at++) {
		if (service->attrs[at]._auto_assigned_handle) {
			service->attrs[at].handle = 0;
			service->attrs[at]._auto_assigned_handle = 0;
		}
	}
	return 0;
}
