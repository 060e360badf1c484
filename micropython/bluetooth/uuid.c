/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "backend.h"

/* A struct bt_uuid_128 is room for any kind. */
void backend_uuid_from_mp(struct bt_uuid_128 *uuid, const mp_obj_bluetooth_uuid_t *mp)
{
	(void)bt_uuid_create(&uuid->uuid, mp->data, mp->type);
}

void backend_uuid_to_mp(mp_obj_bluetooth_uuid_t *mp, const struct bt_uuid *uuid)
{
	mp->base.type = &mp_type_bluetooth_uuid;
	switch (uuid->type) {
	case BT_UUID_TYPE_16:
		mp->type = MP_BLUETOOTH_UUID_TYPE_16;
		sys_put_le16(BT_UUID_16(uuid)->val, mp->data);
		break;
	case BT_UUID_TYPE_32:
		mp->type = MP_BLUETOOTH_UUID_TYPE_32;
		sys_put_le32(BT_UUID_32(uuid)->val, mp->data);
		break;
	default:
		mp->type = MP_BLUETOOTH_UUID_TYPE_128;
		memcpy(mp->data, BT_UUID_128(uuid)->val, sizeof(mp->data));
		break;
	}
}
