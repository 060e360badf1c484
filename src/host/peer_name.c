/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/settings/settings.h>
#include <zephyr/sys/util.h>

#include "peer_name.h"

#define ADDR_DIGITS (2 * BT_ADDR_SIZE)

BUILD_ASSERT(CONFIG_BT_ID_MAX <= 10, "an identity is one digit in a name");

void peer_name__encode(char *name, size_t size, const char *subtree, uint8_t id,
		       const bt_addr_le_t *addr)
{
	const uint8_t *a = addr->a.val;
	int len = snprintf(name, size, "%s/%02x%02x%02x%02x%02x%02x%u", subtree, a[5], a[4], a[3],
			   a[2], a[1], a[0], addr->type);

	if (id != BT_ID_DEFAULT) {
		(void)snprintf(name + len, size - (size_t)len, "/%u", id);
	}
}

bool peer_name__decode(const char *key, uint8_t *id, bt_addr_le_t *addr)
{
	const char *id_text;
	char again[SETTINGS_MAX_NAME_LEN + 1];

	if (key == NULL || settings_name_next(key, &id_text) != ADDR_DIGITS + 1 ||
	    hex2bin(key, ADDR_DIGITS, addr->a.val, BT_ADDR_SIZE) != BT_ADDR_SIZE) {
		return false;
	}
	sys_mem_swap(addr->a.val, BT_ADDR_SIZE);
	addr->type = (uint8_t)(key[ADDR_DIGITS] - '0');
	*id = id_text == NULL ? BT_ID_DEFAULT : (uint8_t)(id_text[0] - '0');
	peer_name__encode(again, sizeof(again), "", *id, addr);
	return *id < CONFIG_BT_ID_MAX && bt_addr_le_is_identity(addr) &&
	       strcmp(again + strlen("/"), key) == 0;
}
