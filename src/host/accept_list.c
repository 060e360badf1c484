/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "hci_core.h"
#include "host.h"

/* The filter accept list, Core 6.0 Vol 4 Part E 7.8.15 to 7.8.17: kept by the controller alone. */

static int change(uint16_t opcode, const bt_addr_le_t *addr, size_t len)
{
	struct bt_host *host = fav_host_current();

	return host__is_ready(host) ? hci__cmd_sync(host__hci(host), opcode, addr, len) : -EAGAIN;
}

int bt_le_filter_accept_list_add(const bt_addr_le_t *addr)
{
	return addr != NULL ? change(BT_HCI_OP_LE_ADD_DEV_TO_FAL, addr, sizeof(*addr)) : -EINVAL;
}

int bt_le_filter_accept_list_remove(const bt_addr_le_t *addr)
{
	return addr != NULL ? change(BT_HCI_OP_LE_REM_DEV_FROM_FAL, addr, sizeof(*addr)) : -EINVAL;
}

int bt_le_filter_accept_list_clear(void)
{
	return change(BT_HCI_OP_LE_CLEAR_FAL, NULL, 0);
}
