/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/hci_role.h"

#include <zephyr/bluetooth/hci_types.h>

#include "controller/ctl.h"

#define UNIT_US 625 /* of advertising and scan intervals */

bool ctl__has_own_addr(struct fav_controller *ctl, uint8_t type, uint8_t entry, uint64_t now_us)
{
	struct ll_own own;

	return ll__privacy_own(ctl, type, ctl__random_addr(ctl), entry, now_us, &own);
}

struct ll_window ctl__window(uint16_t interval, uint16_t window)
{
	return (struct ll_window){true, interval * (uint32_t)UNIT_US, window * (uint32_t)UNIT_US};
}

uint8_t ctl__initiate(struct fav_controller *ctl, const struct ll_init_param *param,
		      uint64_t now_us)
{
	uint8_t entry;

	if (ctl->init.enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	/* 7.8.12: with the accept list, the random address must be set in any case. */
	entry = param->use_accept_list ? LL_RESOLVE_NONE : ll__privacy_entry(ctl, &param->peer);
	if (!ctl__has_own_addr(ctl, param->own_addr_type, entry, now_us)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (!param->use_accept_list && ll__conn_has_peer(ctl, &param->peer)) {
		return BT_HCI_ERR_CONN_ALREADY_EXISTS;
	}
	if (!ll__conn_has_room(ctl)) {
		return BT_HCI_ERR_CONN_LIMIT_EXCEEDED;
	}
	ll__init_start(ctl, param, now_us);
	return BT_HCI_ERR_SUCCESS;
}
