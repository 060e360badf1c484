/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/uuid.h>
#include <zephyr/sys/byteorder.h>

#include "uuid.h"

/* The Bluetooth Base UUID, least significant byte first; a short UUID takes its top four bytes:
 * Core 6.0 Vol 3 Part B 2.5.1. */
static const uint8_t base[BT_UUID_SIZE_128] = {
	BT_UUID_128_ENCODE(0x00000000, 0x0000, 0x1000, 0x8000, 0x00805f9b34fb)};
#define BASE_VALUE 12

void uuid__to_128(const struct bt_uuid *uuid, uint8_t out[BT_UUID_SIZE_128])
{
	if (uuid->type == BT_UUID_TYPE_128) {
		memcpy(out, BT_UUID_128(uuid)->val, BT_UUID_SIZE_128);
		return;
	}
	memcpy(out, base, sizeof(base));
	sys_put_le32(uuid->type == BT_UUID_TYPE_16 ? BT_UUID_16(uuid)->val : BT_UUID_32(uuid)->val,
		     &out[BASE_VALUE]);
}

int bt_uuid_cmp(const struct bt_uuid *u1, const struct bt_uuid *u2)
{
	uint8_t a[BT_UUID_SIZE_128], b[BT_UUID_SIZE_128];

	if (u1->type == BT_UUID_TYPE_16 && u2->type == BT_UUID_TYPE_16) {
		return (int)BT_UUID_16(u1)->val - (int)BT_UUID_16(u2)->val;
	}
	uuid__to_128(u1, a);
	uuid__to_128(u2, b);
	for (int i = BT_UUID_SIZE_128 - 1; i >= 0; i--) {
		if (a[i] != b[i]) {
			return (int)a[i] - (int)b[i];
		}
	}
	return 0;
}

bool bt_uuid_create(struct bt_uuid *uuid, const uint8_t *data, uint8_t data_len)
{
	switch (data_len) {
	case BT_UUID_SIZE_16:
		uuid->type = BT_UUID_TYPE_16;
		BT_UUID_16(uuid)->val = sys_get_le16(data);
		return true;
	case BT_UUID_SIZE_32:
		uuid->type = BT_UUID_TYPE_32;
		BT_UUID_32(uuid)->val = sys_get_le32(data);
		return true;
	case BT_UUID_SIZE_128:
		uuid->type = BT_UUID_TYPE_128;
		memcpy(BT_UUID_128(uuid)->val, data, BT_UUID_SIZE_128);
		return true;
	default:
		return false;
	}
}

void bt_uuid_to_str(const struct bt_uuid *uuid, char *str, size_t len)
{
	const uint8_t *v;

	switch (uuid->type) {
	case BT_UUID_TYPE_16:
		(void)snprintf(str, len, "%04x", BT_UUID_16(uuid)->val);
		return;
	case BT_UUID_TYPE_32:
		(void)snprintf(str, len, "%08x", (unsigned int)BT_UUID_32(uuid)->val);
		return;
	default:
		v = BT_UUID_128(uuid)->val;
		(void)snprintf(str, len, "%08x-%04x-%04x-%04x-%08x%04x",
			       (unsigned int)sys_get_le32(&v[12]), sys_get_le16(&v[10]),
			       sys_get_le16(&v[8]), sys_get_le16(&v[6]),
			       (unsigned int)sys_get_le32(&v[2]), sys_get_le16(&v[0]));
		return;
	}
}

uint16_t uuid__16(const struct bt_uuid *uuid)
{
	return uuid->type == BT_UUID_TYPE_16 ? BT_UUID_16(uuid)->val : 0;
}

bool uuid__read(struct fav_cursor *c, size_t len, struct bt_uuid_128 *uuid)
{
	const uint8_t *bytes = fav_cursor_bytes(c, len);

	/* The 16-bit form fits into the same storage; ATT has no 32-bit one. */
	return bytes != NULL && len != BT_UUID_SIZE_32 &&
	       bt_uuid_create(&uuid->uuid, bytes, (uint8_t)len);
}

void uuid__write(struct fav_writer *w, const struct bt_uuid *uuid)
{
	uint8_t *to;

	if (uuid->type == BT_UUID_TYPE_16) {
		fav_writer_le16(w, BT_UUID_16(uuid)->val);
		return;
	}
	to = fav_writer_add(w, BT_UUID_SIZE_128);
	if (to != NULL) {
		uuid__to_128(uuid, to);
	}
}

size_t uuid__size(const struct bt_uuid *uuid)
{
	return uuid->type == BT_UUID_TYPE_16 ? BT_UUID_SIZE_16 : BT_UUID_SIZE_128;
}
