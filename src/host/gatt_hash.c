/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"
#include "gatt_hash.h"
#include "uuid.h"

/* How much of an attribute goes into the hash: Core 6.0 Vol 3 Part G 7.3.1. */
enum part {
	NOTHING,
	TYPE,  /* handle and type */
	VALUE, /* and the value, which no peer can change */
};

static enum part part_of(const struct bt_gatt_attr *attr)
{
	switch (uuid__16(attr->uuid)) {
	case BT_UUID_GATT_PRIMARY_VAL:
	case BT_UUID_GATT_SECONDARY_VAL:
	case BT_UUID_GATT_INCLUDE_VAL:
	case BT_UUID_GATT_CHRC_VAL:
	case BT_UUID_GATT_CEP_VAL:
		return VALUE;
	case BT_UUID_GATT_CUD_VAL:
	case BT_UUID_GATT_CCC_VAL:
	case BT_UUID_GATT_SCC_VAL:
	case BT_UUID_GATT_CPF_VAL:
	case BT_UUID_GATT_CAF_VAL:
		return TYPE;
	default:
		return NOTHING;
	}
}

/* The longest is an inclusion, or a characteristic with a 128-bit type. */
#define VALUE_MAX (1 + 2 + BT_UUID_SIZE_128)

static void feed(struct crypto_cmac *cmac, void *user)
{
	const struct gatt_db *db = user;
	uint8_t bytes[2 + 2 + VALUE_MAX];
	struct gatt_at at;

	GATT_DB_FOREACH(db, BT_ATT_FIRST_ATTRIBUTE_HANDLE, BT_ATT_LAST_ATTRIBUTE_HANDLE, at)
	{
		enum part part = part_of(at.attr);
		struct fav_writer w = fav_writer_of(bytes, sizeof(bytes));
		ssize_t len = 0;

		if (part == NOTHING) {
			continue;
		}
		fav_writer_le16(&w, at.handle);
		uuid__write(&w, at.attr->uuid);
		if (part == VALUE && at.attr->read != NULL) {
			len = at.attr->read(NULL, at.attr, w.at, VALUE_MAX, 0);
		}
		if (len > 0) {
			(void)fav_writer_add(&w, (size_t)len);
		}
		crypto__cmac_add(cmac, bytes, fav_writer_len(&w));
	}
}

const uint8_t *gatt_hash__get(struct gatt_hash *hash, const struct gatt_db *db)
{
	static const uint8_t zero[CRYPTO_KEY_LEN];
	uint8_t mac[CRYPTO_MAC_LEN];

	if (!hash->valid) {
		if (crypto__cmac_fed(zero, feed, (void *)db, mac) != 0) {
			return NULL;
		}
		sys_memcpy_swap(hash->value, mac, sizeof(mac));
		hash->valid = true;
	}
	return hash->value;
}

void gatt_hash__invalidate(struct gatt_hash *hash)
{
	hash->valid = false;
}
