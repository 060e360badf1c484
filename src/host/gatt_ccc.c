/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "att.h"
#include "conn.h"
#include "gatt.h"
#include "gatt_perm.h"
#include "uuid.h"

#define BITS (BT_GATT_CCC_NOTIFY | BT_GATT_CCC_INDICATE)

static unsigned int entry_at(const struct gatt_ccc_table *table, uint32_t handle)
{
	unsigned int low = 0, high = table->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (table->entries[middle].handle < handle) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static uint8_t value_of(const struct gatt_ccc_entry *entry, uint8_t link)
{
	return entry->values[link / 2] >> link % 2 * 4 & 0xf;
}

static void value_set(struct gatt_ccc_entry *entry, uint8_t link, uint8_t value)
{
	uint8_t *both = &entry->values[link / 2];

	*both = (uint8_t)((*both & 0xf0 >> link % 2 * 4) | value << link % 2 * 4);
}

static struct gatt_ccc_entry *find(struct gatt_ccc_table *table, uint16_t handle)
{
	unsigned int i = entry_at(table, handle);

	return i < table->count && table->entries[i].handle == handle ? &table->entries[i] : NULL;
}

/* Only those whose state this file keeps: an application may have callbacks of its own. */
static bool is_managed(const struct bt_gatt_attr *attr)
{
	return attr->write == bt_gatt_attr_write_ccc;
}

/* ---- The table ---- */

int gatt_ccc__add(struct gatt *gatt, const struct gatt_range *range)
{
	struct gatt_ccc_table *table = &gatt->cccs;
	unsigned int at = entry_at(table, range->first);
	uint16_t count = 0;

	for (uint16_t i = 0; i < range->count; i++) {
		count += is_managed(&range->attrs[i]);
	}
	if (count > CONFIG_BT_GATT_CCC_MAX - table->count) {
		return -ENOMEM;
	}
	memmove(&table->entries[at + count], &table->entries[at],
		(table->count - at) * sizeof(table->entries[0]));
	memset(&table->entries[at], 0, count * sizeof(table->entries[0]));
	table->count += count;
	for (uint16_t i = 0; i < range->count; i++) {
		if (is_managed(&range->attrs[i])) {
			table->entries[at++].handle =
				range->service != NULL ? range->attrs[i].handle : range->first + i;
		}
	}
	return 0;
}

void gatt_ccc__remove(struct gatt *gatt, const struct gatt_range *range)
{
	struct gatt_ccc_table *table = &gatt->cccs;
	unsigned int first = entry_at(table, range->first);
	unsigned int end = first;

	while (end < table->count && table->entries[end].handle <= range->last) {
		end++;
	}
	memmove(&table->entries[first], &table->entries[end],
		(table->count - end) * sizeof(table->entries[0]));
	table->count -= end - first;
}

bool gatt_ccc__step_to(const struct gatt *gatt, struct gatt_at *at)
{
	while (gatt_db__step(&gatt->db, at)) {
		if (uuid__16(at->attr->uuid) == BT_UUID_GATT_CCC_VAL) {
			return true;
		}
		if (gatt_db__is_chrc(at->attr) || gatt_db__is_service(at->attr)) {
			return false;
		}
	}
	return false;
}

uint8_t gatt_ccc__get(const struct gatt *gatt, const struct bt_conn *conn, uint16_t ccc_handle)
{
	const struct gatt_ccc_table *table = &gatt->cccs;
	unsigned int i = entry_at(table, ccc_handle);

	if (i == table->count || table->entries[i].handle != ccc_handle) {
		return 0;
	}
	return value_of(&table->entries[i], conn__index(conn)) & BITS;
}

/* ---- What clients write ---- */

static uint8_t aggregate(const struct gatt_ccc_entry *entry)
{
	uint8_t value = 0;

	for (uint8_t i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		value |= value_of(entry, i);
	}
	return value & BITS;
}

/* Set one client's value, and tell the application when that changes what all want together. */
static void set(const struct bt_conn *conn, const struct bt_gatt_attr *attr,
		struct gatt_ccc_entry *entry, uint8_t value)
{
	const struct bt_gatt_ccc_managed_user_data *ccc = attr->user_data;
	uint8_t before = aggregate(entry);
	uint8_t after;

	value_set(entry, conn__index(conn), value);
	after = aggregate(entry);
	if (after != before && ccc->cfg_changed != NULL) {
		ccc->cfg_changed(attr, after);
	}
}

void gatt_ccc__disconnected(struct gatt *gatt, struct bt_conn *conn)
{
	struct gatt_ccc_table *table = &gatt->cccs;
	uint32_t handle = 0;
	unsigned int i;

	/* By handle: a callback may change the table. */
	while ((i = entry_at(table, handle)) < table->count) {
		struct gatt_ccc_entry *entry = &table->entries[i];

		handle = (uint32_t)entry->handle + 1;
		if (value_of(entry, conn__index(conn)) != 0) {
			set(conn, gatt_db__find(&gatt->db, entry->handle), entry, 0);
		}
	}
}

/* ---- What outlives a link ---- */

/* FNV-1a */
static uint32_t mix(uint32_t sum, const struct bt_uuid *uuid)
{
	uint8_t bytes[BT_UUID_SIZE_128];

	uuid__to_128(uuid, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		sum = (sum ^ bytes[i]) * 16777619U;
	}
	return sum;
}

/* What tells a characteristic from another one at the same handles: its type and its service's. */
static uint16_t tag_of(const struct gatt_db *db, uint16_t ccc_handle)
{
	uint32_t service = 2166136261U, chrc = service;
	struct gatt_at at;

	GATT_DB_FOREACH(db, gatt_db__group_start(db, ccc_handle), ccc_handle, at)
	{
		if (gatt_db__is_service(at.attr)) {
			service = mix(2166136261U, at.attr->user_data);
		} else if (gatt_db__is_chrc(at.attr)) {
			chrc = mix(service,
				   ((const struct bt_gatt_chrc *)at.attr->user_data)->uuid);
		}
	}
	return (uint16_t)(chrc ^ chrc >> 16);
}

bool gatt_ccc__any(const struct gatt *gatt, const struct bt_conn *conn)
{
	for (uint16_t i = 0; i < gatt->cccs.count; i++) {
		if ((value_of(&gatt->cccs.entries[i], conn__index(conn)) & BITS) != 0) {
			return true;
		}
	}
	return false;
}

bool gatt_ccc__collect(const struct gatt *gatt, const struct bt_conn *conn,
		       struct gatt_peer_ccc *list, uint16_t *count)
{
	uint16_t before = *count, n = 0;
	bool changed = false;

	for (uint16_t i = 0; i < gatt->cccs.count; i++) {
		const struct gatt_ccc_entry *entry = &gatt->cccs.entries[i];
		const struct gatt_peer_ccc ccc = {
			.handle = entry->handle,
			.tag = tag_of(&gatt->db, entry->handle),
			.value = value_of(entry, conn__index(conn)) & BITS,
		};

		if (ccc.value == 0) {
			continue;
		}
		changed |= n >= before || list[n].handle != ccc.handle || list[n].tag != ccc.tag ||
			   list[n].value != ccc.value;
		list[n++] = ccc;
	}
	*count = n;
	return changed || n != before;
}

void gatt_ccc__restore(struct gatt *gatt, struct bt_conn *conn, const struct gatt_peer_ccc *ccc)
{
	struct gatt_ccc_entry *entry = find(&gatt->cccs, ccc->handle);
	const struct bt_gatt_attr *attr = gatt_db__find(&gatt->db, ccc->handle);

	if (entry == NULL || attr == NULL || value_of(entry, conn__index(conn)) != 0 ||
	    tag_of(&gatt->db, ccc->handle) != ccc->tag ||
	    !gatt_perm__is_secure(conn, attr, GATT_WRITE)) {
		return;
	}
	set(conn, attr, entry, ccc->value);
}

ssize_t bt_gatt_attr_read_ccc(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset)
{
	const struct gatt *gatt = conn != NULL ? gatt__of(conn) : gatt__current();
	uint8_t bytes[2] = {0};

	if (conn != NULL) {
		sys_put_le16(gatt_ccc__get(gatt, conn, gatt_db__handle(&gatt->db, attr)), bytes);
	}
	return bt_gatt_attr_read(conn, attr, buf, len, offset, bytes, sizeof(bytes));
}

ssize_t bt_gatt_attr_write_ccc(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			       const void *buf, uint16_t len, uint16_t offset, uint8_t flags)
{
	const struct bt_gatt_ccc_managed_user_data *ccc = attr->user_data;
	struct gatt *gatt = gatt__of(conn);
	uint16_t handle = gatt_db__handle(&gatt->db, attr);
	struct gatt_ccc_entry *entry = find(&gatt->cccs, handle);
	uint16_t value;
	ssize_t ret;

	if (offset != 0) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	if (len == 0 || len > 2) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	if (entry == NULL) {
		return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
	}
	/* The other bits are reserved, which means: to be ignored. */
	value = *(const uint8_t *)buf & BITS;
	if (ccc->cfg_write != NULL) {
		ret = ccc->cfg_write(conn, attr, value);
		if (ret < 0) {
			return ret;
		}
		if (ret != 1 && ret != 2) {
			return BT_GATT_ERR(BT_ATT_ERR_UNLIKELY);
		}
		/* It may have changed the database. */
		entry = find(&gatt->cccs, handle);
		if (entry == NULL) {
			return len;
		}
	}
	set(conn, attr, entry, (uint8_t)value | GATT_CCC_WRITTEN);
	if (att__bearer(conn) != NULL) {
		gatt_peer__keep(gatt, conn);
	}
	return len;
}
