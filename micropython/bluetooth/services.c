/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

/* Characteristic properties that travel in the declaration: Core 6.0 Vol 3 Part G 3.3.1.1. */
#define PROPERTIES 0x7f

/* Attributes point to these as long as they are registered. */
static const struct bt_uuid_16 uuid_primary = BT_UUID_INIT_16(BT_UUID_GATT_PRIMARY_VAL);
static const struct bt_uuid_16 uuid_chrc = BT_UUID_INIT_16(BT_UUID_GATT_CHRC_VAL);
static const struct bt_uuid_16 uuid_ccc = BT_UUID_INIT_16(BT_UUID_GATT_CCC_VAL);

/* The host keeps what each client wrote; the module needs nothing of it. */
static const struct bt_gatt_ccc_managed_user_data ccc;

/* ---- Building the attributes of a service ---- */

static uint16_t permissions(uint16_t flags)
{
	static const struct {
		uint16_t flag;
		uint16_t perm;
	} map[] = {
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_READ, BT_GATT_PERM_READ},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_READ_ENCRYPTED, BT_GATT_PERM_READ_ENCRYPT},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_READ_AUTHENTICATED, BT_GATT_PERM_READ_AUTHEN},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_WRITE, BT_GATT_PERM_WRITE},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_WRITE_NO_RESPONSE, BT_GATT_PERM_WRITE},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_WRITE_ENCRYPTED, BT_GATT_PERM_WRITE_ENCRYPT},
		{MP_BLUETOOTH_CHARACTERISTIC_FLAG_WRITE_AUTHENTICATED, BT_GATT_PERM_WRITE_AUTHEN},
	};
	uint16_t perm = 0;

	for (size_t i = 0; i < MP_ARRAY_SIZE(map); i++) {
		if (flags & map[i].flag) {
			perm |= map[i].perm;
		}
	}
	return perm;
}

static bool has_ccc(uint16_t flags)
{
	return flags & (MP_BLUETOOTH_CHARACTERISTIC_FLAG_NOTIFY |
			MP_BLUETOOTH_CHARACTERISTIC_FLAG_INDICATE);
}

static void add(struct backend_service *service, struct bt_gatt_attr attr)
{
	service->svc.attrs[service->svc.attr_count++] = attr;
}

static void add_declaration(struct backend_service *service, const struct bt_uuid *uuid)
{
	add(service,
	    (struct bt_gatt_attr)BT_GATT_ATTRIBUTE(&uuid_primary.uuid, BT_GATT_PERM_READ,
						   bt_gatt_attr_read_service, NULL, (void *)uuid));
}

static void add_value(struct backend_service *service, const struct bt_uuid *uuid, uint16_t flags)
{
	add(service,
	    (struct bt_gatt_attr)BT_GATT_ATTRIBUTE(uuid, permissions(flags), backend_value_read,
						   backend_value_write, NULL));
}

static void add_characteristic(struct backend_service *service, struct bt_gatt_chrc *chrc,
			       const struct bt_uuid *uuid, uint16_t flags)
{
	*chrc = (struct bt_gatt_chrc)BT_GATT_CHRC_INIT(uuid, 0, flags & PROPERTIES);
	add(service, (struct bt_gatt_attr)BT_GATT_ATTRIBUTE(&uuid_chrc.uuid, BT_GATT_PERM_READ,
							    bt_gatt_attr_read_chrc, NULL, chrc));
	add_value(service, uuid, flags);
	if (has_ccc(flags)) {
		add(service, (struct bt_gatt_attr)BT_GATT_ATTRIBUTE(
				     &uuid_ccc.uuid, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE,
				     bt_gatt_attr_read_ccc, bt_gatt_attr_write_ccc, (void *)&ccc));
	}
}

/* ---- The list of services ---- */

static void append(struct backend *b, struct backend_service *service)
{
	if (b->services == NULL) {
		b->services = service;
	} else {
		b->services_end->next = service;
	}
	b->services_end = service;
}

void backend_services_clear(struct backend *b)
{
	for (struct backend_service *s = b->services; s != NULL; s = s->next) {
		if (s->registered) {
			(void)bt_gatt_service_unregister(&s->svc);
			s->registered = false;
		}
	}
	b->services = NULL;
	b->services_end = NULL;
	b->attrs = NULL;
	b->attr_count = 0;
	b->registrations++;
	mp_bluetooth_gatts_db_reset(b->db);
}

const struct bt_gatt_attr *backend_attr(const struct backend *b, uint16_t handle)
{
	uint16_t index = handle - b->first_handle;

	return index < b->attr_count ? b->attrs[index] : NULL;
}

/* ---- What the module calls: begin, each service, end ---- */

int mp_bluetooth_gatts_register_service_begin(bool append_to)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	if (b == NULL) {
		return err;
	}
	if (append_to) {
		return MP_EOPNOTSUPP; /* the module never asks for it */
	}
	backend_services_clear(b);
	return 0;
}

int mp_bluetooth_gatts_register_service(mp_obj_bluetooth_uuid_t *service_uuid,
					mp_obj_bluetooth_uuid_t **characteristic_uuids,
					uint16_t *characteristic_flags,
					mp_obj_bluetooth_uuid_t **descriptor_uuids,
					uint16_t *descriptor_flags, uint8_t *num_descriptors,
					uint16_t *handles, size_t num_characteristics)
{
	struct backend *b = backend_get();
	struct backend_service *service = m_new0(struct backend_service, 1);
	struct bt_uuid_128 *uuid;
	size_t descriptors = 0;

	for (size_t i = 0; i < num_characteristics; i++) {
		descriptors += num_descriptors[i];
	}
	/* At most a declaration, a value and a CCC for each characteristic. */
	service->svc.attrs = m_new0(struct bt_gatt_attr, 1 + 3 * num_characteristics + descriptors);
	service->uuids = m_new0(struct bt_uuid_128, 1 + num_characteristics + descriptors);
	service->chrcs = m_new0(struct bt_gatt_chrc, num_characteristics);
	service->handles = handles;

	uuid = service->uuids;
	backend_uuid_from_mp(uuid, service_uuid);
	add_declaration(service, &uuid->uuid);
	for (size_t i = 0; i < num_characteristics; i++) {
		uuid++;
		backend_uuid_from_mp(uuid, characteristic_uuids[i]);
		add_characteristic(service, &service->chrcs[i], &uuid->uuid,
				   characteristic_flags[i]);
		for (size_t j = 0; j < num_descriptors[i]; j++) {
			uuid++;
			backend_uuid_from_mp(uuid, *descriptor_uuids++);
			add_value(service, &uuid->uuid, *descriptor_flags++);
		}
	}
	append(b, service);
	return 0;
}

/* The handles of values and descriptors, in order, are what the module wants to know. */
static void report_handles(struct backend *b, struct backend_service *service)
{
	uint16_t *next = service->handles;

	for (size_t i = 0; i < service->svc.attr_count; i++) {
		const struct bt_gatt_attr *attr = &service->svc.attrs[i];

		b->attrs[attr->handle - b->first_handle] = &service->svc.attrs[i];
		if (attr->read == backend_value_read) {
			*next++ = attr->handle;
			mp_bluetooth_gatts_db_create_entry(b->db, attr->handle,
							   MP_BLUETOOTH_DEFAULT_ATTR_LEN);
		}
	}
	service->handles = NULL;
}

static int register_all(struct backend *b)
{
	for (struct backend_service *s = b->services; s != NULL; s = s->next) {
		int err = bt_gatt_service_register(&s->svc);

		if (err != 0) {
			return err;
		}
		s->registered = true;
	}
	return 0;
}

int mp_bluetooth_gatts_register_service_end(void)
{
	struct backend *b = backend_get();
	const struct bt_gatt_service *last;
	int err;

	if (b->services == NULL) {
		return 0;
	}
	err = register_all(b);
	if (err != 0) {
		backend_services_clear(b);
		return -err;
	}
	last = &b->services_end->svc;
	b->first_handle = b->services->svc.attrs[0].handle;
	b->attr_count = last->attrs[last->attr_count - 1].handle + 1 - b->first_handle;
	b->attrs = m_new0(struct bt_gatt_attr *, b->attr_count);
	for (struct backend_service *s = b->services; s != NULL; s = s->next) {
		report_handles(b, s);
	}
	return 0;
}
