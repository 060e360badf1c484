/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/logging/log.h>

#include "att.h"
#include "conn.h"
#include "gatt.h"
#include "gatt_service.h"
#include "uuid.h"

LOG_MODULE_REGISTER(bt_gatt);

/*
 * Registration of services, and the two that every host has: GAP, Core 6.0 Vol 3 Part C 12, and
 * GATT, Part G 7. Their attributes are constant and the same for all hosts.
 */

/* ---- GAP ---- */

static ssize_t read_name(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			 uint16_t len, uint16_t offset)
{
	const char *name = bt_get_name();

	return bt_gatt_attr_read(conn, attr, buf, len, offset, name, (uint16_t)strlen(name));
}

static ssize_t read_appearance(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			       uint16_t len, uint16_t offset)
{
	uint8_t value[2];

	sys_put_le16(bt_get_appearance(), value);
	return bt_gatt_attr_read(conn, attr, buf, len, offset, value, sizeof(value));
}

static const struct bt_gatt_attr gap[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_GAP),
	BT_GATT_CHARACTERISTIC(BT_UUID_GAP_DEVICE_NAME, BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       read_name, NULL, NULL),
	BT_GATT_CHARACTERISTIC(BT_UUID_GAP_APPEARANCE, BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       read_appearance, NULL, NULL),
};

/* ---- GATT ---- */

/* Server Supported Features: Part G 7.4. */
#define FEATURE_EATT BIT(0)

static ssize_t read_features(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			     uint16_t len, uint16_t offset)
{
	struct bt_host *host = conn != NULL ? conn__host(conn) : fav_host_current();
	uint8_t features = host__att(host)->eatt ? FEATURE_EATT : 0;

	return bt_gatt_attr_read(conn, attr, buf, len, offset, &features, sizeof(features));
}

static const struct bt_gatt_ccc_managed_user_data changed_ccc;

static const struct bt_gatt_attr gatt_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_GATT),
	BT_GATT_CHARACTERISTIC(BT_UUID_GATT_SC, BT_GATT_CHRC_INDICATE, BT_GATT_PERM_NONE, NULL,
			       NULL, NULL),
	BT_GATT_CCC_MANAGED(&changed_ccc, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
#if defined(CONFIG_BT_GATT_CACHING)
	BT_GATT_CHARACTERISTIC(BT_UUID_GATT_CLIENT_FEATURES, BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE,
			       BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, gatt_aware__read_features,
			       gatt_aware__write_features, NULL),
	BT_GATT_CHARACTERISTIC(BT_UUID_GATT_DB_HASH, BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       gatt_aware__read_hash, NULL, NULL),
#endif
	BT_GATT_CHARACTERISTIC(BT_UUID_GATT_SERVER_FEATURES, BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       read_features, NULL, NULL),
};

/* The value of Service Changed, in the array above. */
#define CHANGED_VALUE 2

static int add_static(struct gatt *gatt, const struct bt_gatt_attr *attrs, size_t count)
{
	int err = gatt_db__add_static(&gatt->db, attrs, count);

	return err != 0 ? err : gatt_ccc__add(gatt, &gatt->db.ranges[gatt->db.count - 1]);
}

int gatt_service__init(struct gatt *gatt)
{
	int err = add_static(gatt, gap, ARRAY_SIZE(gap));

	if (err == 0) {
		err = add_static(gatt, gatt_attrs, ARRAY_SIZE(gatt_attrs));
	}
	STRUCT_SECTION_FOREACH(bt_gatt_service_static, service) {
		if (err == 0) {
			err = add_static(gatt, service->attrs, service->attr_count);
		}
	}
	if (err != 0) {
		LOG_ERR("more services than CONFIG_BT_GATT_SERVICE_MAX or CCC descriptors than "
			"CONFIG_BT_GATT_CCC_MAX");
	}
	return err;
}

const struct bt_gatt_attr *gatt_service__changed_value(void)
{
	return &gatt_attrs[CHANGED_VALUE];
}

/* ---- Registration ---- */

static bool is_ours(const struct bt_gatt_attr *declaration)
{
	uint16_t uuid = uuid__16(declaration->user_data);

	return uuid == BT_UUID_GAP_VAL || uuid == BT_UUID_GATT_VAL;
}

static bool is_well_formed(const struct bt_gatt_service *svc)
{
	for (size_t i = 0; i < svc->attr_count; i++) {
		if (svc->attrs[i].uuid == NULL) {
			return false;
		}
	}
	return gatt_db__is_service(&svc->attrs[0]) && svc->attrs[0].user_data != NULL;
}

int bt_gatt_service_register(struct bt_gatt_service *svc)
{
	struct gatt *gatt = gatt__current();
	struct gatt_range range;
	int err;

	if (svc == NULL || svc->attrs == NULL || svc->attr_count == 0 || !is_well_formed(svc)) {
		return -EINVAL;
	}
	if (is_ours(&svc->attrs[0]) || gatt_db__has(&gatt->db, svc)) {
		return -EALREADY;
	}
	err = gatt_db__add(&gatt->db, svc, &range);
	if (err != 0) {
		return err;
	}
	err = gatt_ccc__add(gatt, &range);
	if (err != 0) {
		(void)gatt_db__remove(&gatt->db, svc, &range);
		return err;
	}
	gatt_changed__mark(gatt, range.first, range.last);
	return 0;
}

int bt_gatt_service_unregister(struct bt_gatt_service *svc)
{
	struct gatt *gatt = gatt__current();
	struct gatt_range range;
	int err;

	if (svc == NULL) {
		return -EINVAL;
	}
	err = gatt_db__remove(&gatt->db, svc, &range);
	if (err != 0) {
		return err;
	}
	gatt_ccc__remove(gatt, &range);
	gatt_changed__mark(gatt, range.first, range.last);
	return 0;
}

bool bt_gatt_service_is_registered(const struct bt_gatt_service *svc)
{
	return svc != NULL && gatt_db__has(&gatt__current()->db, svc);
}
