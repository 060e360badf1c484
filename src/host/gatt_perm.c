/* SPDX-License-Identifier: Apache-2.0 */
#include "gatt.h"
#include "gatt_perm.h"
#include "sec.h"

/* Each permission bit, for each access, and the security of the link that it takes. An access that
 * no bit allows is refused; when several bits are set the strictest counts. */
static const struct {
	uint16_t bit[2]; /* by enum gatt_access */
	bt_security_t level;
} rules[] = {
	{{BT_GATT_PERM_READ, BT_GATT_PERM_WRITE}, BT_SECURITY_L1},
	{{BT_GATT_PERM_READ_ENCRYPT, BT_GATT_PERM_WRITE_ENCRYPT}, BT_SECURITY_L2},
	{{BT_GATT_PERM_READ_AUTHEN, BT_GATT_PERM_WRITE_AUTHEN}, BT_SECURITY_L3},
	{{BT_GATT_PERM_READ_LESC, BT_GATT_PERM_WRITE_LESC}, BT_SECURITY_L4},
};

static const uint8_t not_permitted[] = {
	[GATT_READ] = BT_ATT_ERR_READ_NOT_PERMITTED,
	[GATT_WRITE] = BT_ATT_ERR_WRITE_NOT_PERMITTED,
};

/* BT_SECURITY_L0: nothing allows it. */
static bt_security_t needed(const struct bt_gatt_attr *attr, enum gatt_access access)
{
	bt_security_t level = BT_SECURITY_L0;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((attr->perm & rules[i].bit[access]) != 0) {
			level = rules[i].level;
		}
	}
	return level;
}

static bool authorized(struct bt_conn *conn, const struct bt_gatt_attr *attr,
		       enum gatt_access access)
{
	const struct bt_gatt_authorization_cb *cb = gatt__of(conn)->authorization;
	bool (*ask)(struct bt_conn *, const struct bt_gatt_attr *);

	if (cb == NULL) {
		return true;
	}
	ask = access == GATT_READ ? cb->read_authorize : cb->write_authorize;
	return ask == NULL || ask(conn, attr);
}

static const uint8_t security_errors[] = {
	[SEC_LACKS_AUTHENTICATION] = BT_ATT_ERR_AUTHENTICATION,
	[SEC_LACKS_ENCRYPTION] = BT_ATT_ERR_INSUFFICIENT_ENCRYPTION,
	[SEC_LACKS_KEY_SIZE] = BT_ATT_ERR_ENCRYPTION_KEY_SIZE,
};

uint8_t gatt_perm__check(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			 enum gatt_access access)
{
	bool has_callback = access == GATT_READ ? attr->read != NULL : attr->write != NULL;
	bt_security_t level = needed(attr, access);

	if (level == BT_SECURITY_L0 || !has_callback) {
		return not_permitted[access];
	}
	if (bt_conn_get_security(conn) < level) {
		return security_errors[sec__lacks(conn, level)];
	}
	return authorized(conn, attr, access) ? 0 : BT_ATT_ERR_AUTHORIZATION;
}

bool gatt_perm__is_secure(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			  enum gatt_access access)
{
	bt_security_t level = needed(attr, access);

	return level != BT_SECURITY_L0 && bt_conn_get_security(conn) >= level;
}

bool gatt_perm__may_send(struct bt_conn *conn, const struct bt_gatt_attr *value)
{
	return bt_conn_get_security(conn) >= needed(value, GATT_READ);
}
