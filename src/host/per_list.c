/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's list of periodic advertisers, Core 6.0 Vol 4 Part E 7.8.70 to 7.8.72. */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "hci_core.h"
#include "host.h"

static int command(uint16_t opcode, const void *cp, size_t len)
{
	struct bt_host *host = fav_host_current();

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (!IS_ENABLED(CONFIG_BT_PER_ADV_SYNC) || !hci__uses_ext(host__hci(host)) ||
	    !hci__has_le_feature(host__hci(host), BT_LE_FEAT_BIT_PER_ADV)) {
		return -ENOTSUP;
	}
	return hci__cmd_sync(host__hci(host), opcode, cp, len);
}

static bool is_valid(const bt_addr_le_t *addr, uint8_t sid)
{
	return addr != NULL && addr->type <= BT_ADDR_LE_RANDOM && sid <= BT_GAP_SID_MAX;
}

int bt_le_per_adv_list_add(const bt_addr_le_t *addr, uint8_t sid)
{
	struct bt_hci_cp_le_add_dev_to_per_adv_list cp = {.sid = sid};

	if (!is_valid(addr, sid)) {
		return -EINVAL;
	}
	bt_addr_le_copy(&cp.addr, addr);
	return command(BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, &cp, sizeof(cp));
}

int bt_le_per_adv_list_remove(const bt_addr_le_t *addr, uint8_t sid)
{
	struct bt_hci_cp_le_rem_dev_from_per_adv_list cp = {.sid = sid};

	if (!is_valid(addr, sid)) {
		return -EINVAL;
	}
	bt_addr_le_copy(&cp.addr, addr);
	return command(BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST, &cp, sizeof(cp));
}

int bt_le_per_adv_list_clear(void)
{
	return command(BT_HCI_OP_LE_CLEAR_PER_ADV_LIST, NULL, 0);
}
