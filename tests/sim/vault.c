/* SPDX-License-Identifier: Apache-2.0 */
#include "vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct vault vault;

const uint16_t vault_perms[] = {
	BT_GATT_PERM_NONE,
	BT_GATT_PERM_READ | BT_GATT_PERM_WRITE,
	BT_GATT_PERM_READ_ENCRYPT | BT_GATT_PERM_WRITE_ENCRYPT,
	BT_GATT_PERM_READ_AUTHEN | BT_GATT_PERM_WRITE_AUTHEN,
	BT_GATT_PERM_READ_LESC | BT_GATT_PERM_WRITE_LESC,
};

static ssize_t read_vault(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	vault.reads++;
	if (vault.refuse != 0) {
		return BT_GATT_ERR(vault.refuse);
	}
	return bt_gatt_attr_read(conn, attr, buf, len, offset, VAULT_TEXT, strlen(VAULT_TEXT));
}

static ssize_t write_vault(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	if (vault.refuse != 0) {
		return BT_GATT_ERR(vault.refuse);
	}
	if (offset + len > sizeof(vault.written)) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	memcpy(&vault.written[offset], buf, len);
	vault.len = offset + len;
	vault.writes++;
	return len;
}

static const struct bt_gatt_attr attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xff10)),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xff11),
			       BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE | BT_GATT_CHRC_NOTIFY |
				       BT_GATT_CHRC_INDICATE,
			       BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, read_vault, write_vault,
			       NULL),
	BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
};

BUILD_ASSERT(ARRAY_SIZE(attrs) == VAULT_ATTRS, "enum vault_attr names each");

void vault_begin(struct sim *sim, size_t i)
{
	memset(&vault, 0, sizeof(vault));
	memcpy(vault.attrs, attrs, sizeof(attrs));
	vault.service = (struct bt_gatt_service)BT_GATT_SERVICE(vault.attrs);
	sim_on(sim, i);
	assert_int_equal(0, bt_gatt_service_register(&vault.service));
}

void vault_end(struct sim *sim, size_t i)
{
	sim_on(sim, i);
	assert_int_equal(0, bt_gatt_service_unregister(&vault.service));
}

void vault_permit(enum vault_attr attr, uint16_t perm)
{
	vault.attrs[attr].perm = perm;
}

uint16_t vault_handle(enum vault_attr attr)
{
	return vault.attrs[attr].handle;
}
