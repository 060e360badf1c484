/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_DB_H_
#define FAV_HOST_GATT_DB_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

/*
 * The attributes of a host by handle: services, in handle order, each an array of attributes in
 * handle order. A handle is found by two binary searches, or one where a service has no gaps.
 */

/* One service. */
struct gatt_range {
	uint16_t first, last; /* handles */
	uint16_t count;
	const struct bt_gatt_attr *attrs;
	const struct bt_gatt_service *service; /* NULL: defined statically, handles not in attrs */
};

/* The host's own services and the applications'. */
#define GATT_DB_SERVICES (CONFIG_BT_GATT_SERVICE_MAX + 2)

struct gatt_db {
	uint16_t count;
	struct gatt_range ranges[GATT_DB_SERVICES];
};

/* An attribute and where it is, as long as the database does not change. */
struct gatt_at {
	const struct bt_gatt_attr *attr;
	const struct gatt_range *range;
	uint16_t handle;
};

/* Add a static service behind all others. -ENOMEM: no room or no handles. */
int gatt_db__add_static(struct gatt_db *db, const struct bt_gatt_attr *attrs, size_t count);
/* Add a service, giving handles to its attributes. Errors: bt_gatt_service_register(). */
int gatt_db__add(struct gatt_db *db, struct bt_gatt_service *service, struct gatt_range *range);
/* Take it out; range receives where it was. -ENOENT. */
int gatt_db__remove(struct gatt_db *db, struct bt_gatt_service *service, struct gatt_range *range);
bool gatt_db__has(const struct gatt_db *db, const struct bt_gatt_service *service);

/* The attribute with that handle; NULL. */
const struct bt_gatt_attr *gatt_db__find(const struct gatt_db *db, uint16_t handle);
/* The first attribute with handle `from` (up to 0x10000) or higher. */
bool gatt_db__next(const struct gatt_db *db, uint32_t from, struct gatt_at *at);
/* Where an attribute is; false: not there. */
bool gatt_db__locate(const struct gatt_db *db, const struct bt_gatt_attr *attr, struct gatt_at *at);
/* Go on to the next one: from an attribute to its neighbour there is nothing to search. The
 * database has not changed since `at` was found. */
bool gatt_db__step(const struct gatt_db *db, struct gatt_at *at);
/* Go on from a characteristic's declaration to its value: at the handle that it says, or behind. */
bool gatt_db__step_to_value(const struct gatt_db *db, struct gatt_at *at);
/* The first of that type among the next `count` attributes (0: all) from `from` on; NULL: from the
 * lowest handle. NULL also when `from` is not there. */
const struct bt_gatt_attr *gatt_db__find_type(const struct gatt_db *db,
					      const struct bt_gatt_attr *from, uint16_t count,
					      const struct bt_uuid *uuid);
/* 0: not there. */
uint16_t gatt_db__handle(const struct gatt_db *db, const struct bt_gatt_attr *attr);
/* The value handle of a characteristic declaration: what it says, or the handle behind its own. 0:
 * not there. */
uint16_t gatt_db__value_handle(const struct gatt_db *db, const struct bt_gatt_attr *chrc);
/* The first handle of the array of services that has that one; itself, when there is none. */
uint16_t gatt_db__group_start(const struct gatt_db *db, uint16_t handle);
/* The last handle of the service whose declaration has that handle. */
uint16_t gatt_db__group_end(const struct gatt_db *db, uint16_t handle);

/* Each attribute of start..end as `at`, whatever changes meanwhile. */
#define GATT_DB_FOREACH(db, start, end, at)                                                     \
	for (uint32_t from_ = (start); gatt_db__next(db, from_, &(at)) && (at).handle <= (end); \
	     from_ = (uint32_t)(at).handle + 1)

/* Whether attr declares a primary or secondary service; a characteristic. */
bool gatt_db__is_service(const struct bt_gatt_attr *attr);
bool gatt_db__is_chrc(const struct bt_gatt_attr *attr);

#endif
