/* SPDX-License-Identifier: Apache-2.0 */

/* Commands of privacy, Core 6.0 Vol 4 Part E 7.8.38 to 7.8.45, 7.8.77. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

/* The list must not change under a role that resolves by it. */
static bool list_in_use(const struct fav_controller *ctl)
{
	return ctl->resolve.enabled && ctl__is_on(ctl);
}

/* Of the commands that change the entry of an identity. */
static uint8_t check_change(const struct fav_controller *ctl, const bt_addr_le_t *id)
{
	if (id->type > BT_ADDR_LE_RANDOM) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return list_in_use(ctl) ? BT_HCI_ERR_CMD_DISALLOWED : BT_HCI_ERR_SUCCESS;
}

static uint8_t add(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		   uint64_t now_us)
{
	static const uint8_t status[] = {
		[LL_RESOLVE_ADDED] = BT_HCI_ERR_SUCCESS,
		[LL_RESOLVE_FULL] = BT_HCI_ERR_MEM_CAPACITY_EXCEEDED,
		[LL_RESOLVE_CONFLICT] = BT_HCI_ERR_INVALID_PARAM,
	};
	const struct bt_hci_cp_le_add_dev_to_rl *cp = (const void *)params;
	uint8_t err = check_change(ctl, &cp->peer_id_addr);

	if (err != 0) {
		return err;
	}
	return status[ll__resolve_add(&ctl->resolve, &cp->peer_id_addr, cp->peer_irk,
				      cp->local_irk)];
}

static uint8_t remove_one(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	const bt_addr_le_t *id = (const void *)params;
	uint8_t err = check_change(ctl, id);

	if (err == 0 && !ll__resolve_remove(&ctl->resolve, id)) {
		err = BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	return err;
}

static uint8_t clear(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		     uint64_t now_us)
{
	if (list_in_use(ctl)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ll__resolve_clear(&ctl->resolve);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = LL_RESOLVE_MAX;
	return BT_HCI_ERR_SUCCESS;
}

/* The two commands that read an address; what tells it has none when the key is all zeros. */
static uint8_t read_rpa(struct fav_controller *ctl, const bt_addr_le_t *id, uint8_t *rsp,
			uint64_t now_us,
			const bt_addr_t *(*what)(struct fav_controller *ctl,
						 struct ll_resolve_entry *entry, uint64_t now_us))
{
	struct ll_resolve_entry *entry = ll__resolve_find(&ctl->resolve, id);
	const bt_addr_t *rpa = entry == NULL ? NULL : what(ctl, entry, now_us);

	if (id->type > BT_ADDR_LE_RANDOM) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (rpa == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	memcpy(rsp, rpa, sizeof(*rpa));
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_peer(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	return read_rpa(ctl, (const void *)params, rsp, now_us, ll__privacy_remote);
}

static uint8_t read_local(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	return read_rpa(ctl, (const void *)params, rsp, now_us, ll__privacy_local);
}

static uint8_t set_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	if (params[0] > BT_HCI_ADDR_RES_ENABLE) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (ctl__is_on(ctl)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ll__resolve_enable(&ctl->resolve, params[0]);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_bounds(struct fav_controller *ctl, uint16_t min_s, uint16_t max_s,
			  uint64_t now_us)
{
	if (min_s < LL_RPA_TIMEOUT_MIN || max_s > LL_RPA_TIMEOUT_MAX || min_s > max_s) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	ll__privacy_timeout(ctl, min_s, max_s, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_timeout(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	uint16_t timeout_s = sys_get_le16(params);

	return set_bounds(ctl, timeout_s, timeout_s, now_us);
}

static uint8_t set_timeout_v2(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	return set_bounds(ctl, sys_get_le16(params), sys_get_le16(params + 2), now_us);
}

static uint8_t set_mode(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_privacy_mode *cp = (const void *)params;
	uint8_t err = check_change(ctl, &cp->id_addr);
	struct ll_resolve_entry *entry;

	if (cp->mode > BT_HCI_LE_PRIVACY_MODE_DEVICE) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (err != 0) {
		return err;
	}
	entry = ll__resolve_find(&ctl->resolve, &cp->id_addr);
	if (entry == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	entry->device_privacy = cp->mode == BT_HCI_LE_PRIVACY_MODE_DEVICE;
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_ADD_DEV_TO_RL, 39, 0, 34, 3, CTL_COMPLETE, add},
	{BT_HCI_OP_LE_REM_DEV_FROM_RL, 7, 0, 34, 4, CTL_COMPLETE, remove_one},
	{BT_HCI_OP_LE_CLEAR_RL, 0, 0, 34, 5, CTL_COMPLETE, clear},
	{BT_HCI_OP_LE_READ_RL_SIZE, 0, 1, 34, 6, CTL_COMPLETE, read_size},
	{BT_HCI_OP_LE_READ_PEER_RPA, 7, 6, 34, 7, CTL_COMPLETE, read_peer},
	{BT_HCI_OP_LE_READ_LOCAL_RPA, 7, 6, 35, 0, CTL_COMPLETE, read_local},
	{BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, 1, 0, 35, 1, CTL_COMPLETE, set_enable},
	{BT_HCI_OP_LE_SET_RPA_TIMEOUT, 2, 0, 35, 2, CTL_COMPLETE, set_timeout},
	{BT_HCI_OP_LE_SET_PRIVACY_MODE, 8, 0, 39, 2, CTL_COMPLETE, set_mode},
	/* Core 6.1. */
	{BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2, 4, 0, 48, 2, CTL_COMPLETE, set_timeout_v2},
};

const struct ctl_cmd_table ctl__cmds_privacy = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
