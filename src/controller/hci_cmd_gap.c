/* SPDX-License-Identifier: Apache-2.0 */

/* Advertising, scanning and initiating, Core 6.0 Vol 4 Part E 7.8.5 to 7.8.13. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"
#include "controller/hci_evt.h"
#include "controller/hci_role.h"

#define UNIT_US 625 /* of advertising and scan intervals */

#define ADV_INTERVAL_MIN  0x0020
#define ADV_INTERVAL_MAX  0x4000
#define ADV_CHANNELS_ALL  0x07
#define SCAN_INTERVAL_MIN 0x0004
#define SCAN_INTERVAL_MAX 0x4000

static uint8_t check_adv_param(const struct bt_hci_cp_le_set_adv_param *cp)
{
	uint16_t min = sys_le16_to_cpu(cp->min_interval), max = sys_le16_to_cpu(cp->max_interval);
	bool directed = cp->type == LL_ADV_KIND_DIRECT_HIGH || cp->type == LL_ADV_KIND_DIRECT_LOW;

	if (cp->type > LL_ADV_KIND_DIRECT_LOW || cp->channel_map == 0 ||
	    (cp->channel_map & ~ADV_CHANNELS_ALL) != 0 || cp->filter_policy > 3 ||
	    cp->own_addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM ||
	    ((directed || (cp->own_addr_type & BT_HCI_OWN_ADDR_RPA_MASK)) &&
	     cp->direct_addr.type > BT_ADDR_LE_RANDOM)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	/* High duty cycle has a timing of its own, and the intervals are ignored. */
	if (cp->type != LL_ADV_KIND_DIRECT_HIGH &&
	    (min < ADV_INTERVAL_MIN || max > ADV_INTERVAL_MAX || min > max)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_adv_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_adv_param *cp = (const void *)params;
	struct ll_adv_param *param = &ctl->adv.param;
	uint8_t err = check_adv_param(cp);

	if (err != 0) {
		return err;
	}
	if (ctl->adv.enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	param->interval_us = sys_le16_to_cpu(cp->max_interval) * (uint32_t)UNIT_US;
	param->kind = cp->type;
	param->own_addr_type = cp->own_addr_type;
	param->channel_map = cp->channel_map;
	param->filter_policy = cp->filter_policy;
	param->direct_addr = cp->direct_addr;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_tx_power(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = 0; /* dBm */
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t take_data(const uint8_t *params, uint8_t *data, uint8_t *data_len)
{
	if (params[0] > LL_ADV_DATA_MAX) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	*data_len = params[0];
	memcpy(data, params + 1, params[0]);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_adv_data(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	return take_data(params, ctl->adv.data, &ctl->adv.data_len);
}

static uint8_t set_scan_rsp_data(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				 uint8_t *rsp, uint64_t now_us)
{
	return take_data(params, ctl->adv.rsp, &ctl->adv.rsp_len);
}

static bool is_connectable(enum ll_adv_kind kind)
{
	return kind != LL_ADV_KIND_SCAN && kind != LL_ADV_KIND_NONCONN;
}

static uint8_t set_adv_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	const struct ll_adv_param *param = &ctl->adv.param;

	if (params[0] > 1) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (params[0] == 0) {
		ll__adv_stop(&ctl->adv, now_us);
		return BT_HCI_ERR_SUCCESS;
	}
	if (!ctl__has_own_addr(ctl, param->own_addr_type,
			       ll__privacy_entry(ctl, &param->direct_addr), now_us)) {
		return BT_HCI_ERR_INVALID_PARAM; /* 7.8.9: the random address was never set */
	}
	if (is_connectable(param->kind) && !ll__conn_has_room(ctl)) {
		return BT_HCI_ERR_CONN_LIMIT_EXCEEDED;
	}
	if (!ctl->adv.enabled) {
		ll__adv_start(&ctl->adv, ctl__random_addr(ctl), now_us);
	}
	return BT_HCI_ERR_SUCCESS;
}

static bool scan_timing_ok(uint16_t interval, uint16_t window)
{
	return IN_RANGE(interval, SCAN_INTERVAL_MIN, SCAN_INTERVAL_MAX) &&
	       window >= SCAN_INTERVAL_MIN && window <= interval;
}

static uint8_t set_scan_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_scan_param *cp = (const void *)params;
	struct ll_scan_param *param = &ctl->scan.param;
	uint16_t interval = sys_le16_to_cpu(cp->interval), window = sys_le16_to_cpu(cp->window);

	if (cp->scan_type > 1 || !scan_timing_ok(interval, window) || cp->filter_policy > 3 ||
	    cp->addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (ctl->scan.enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	param->active[LL_PRIMARY_1M] = cp->scan_type;
	param->window[LL_PRIMARY_1M] = ctl__window(interval, window);
	param->own_addr_type = cp->addr_type;
	param->filter_policy = cp->filter_policy;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_scan_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			       uint8_t *rsp, uint64_t now_us)
{
	if (params[0] > 1 || params[1] > 1) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (params[0] == 0) {
		ll__scan_stop(ctl, now_us);
		return BT_HCI_ERR_SUCCESS;
	}
	/* A passive scanner sends nothing, and needs no address; 7.8.11 asks for it all the same.
	 */
	if (!ctl__has_own_addr(ctl, ctl->scan.param.own_addr_type, LL_RESOLVE_NONE, now_us)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	ll__scan_start(ctl, params[1], now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t check_create(const struct bt_hci_cp_le_create_conn *cp)
{
	uint16_t min = sys_le16_to_cpu(cp->conn_interval_min);
	uint16_t max = sys_le16_to_cpu(cp->conn_interval_max);

	if (!scan_timing_ok(sys_le16_to_cpu(cp->scan_interval), sys_le16_to_cpu(cp->scan_window)) ||
	    cp->filter_policy > 1 || min < LL_INTERVAL_MIN || min > max ||
	    !ll__conn_params_ok(max, sys_le16_to_cpu(cp->conn_latency),
				sys_le16_to_cpu(cp->supervision_timeout)) ||
	    sys_le16_to_cpu(cp->min_ce_len) > sys_le16_to_cpu(cp->max_ce_len)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	/* Peer types 2 and 3 are identities as well, of hosts without LE Set Privacy Mode. */
	if ((cp->filter_policy == 0 && cp->peer_addr.type > BT_ADDR_LE_RANDOM_ID) ||
	    cp->own_addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t create_conn(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_create_conn *cp = (const void *)params;
	struct ll_init_param param = {
		.window[LL_PRIMARY_1M] = ctl__window(sys_le16_to_cpu(cp->scan_interval),
						     sys_le16_to_cpu(cp->scan_window)),
		.phys = BIT(RADIO_1M - 1),
		.use_accept_list = cp->filter_policy,
		.peer = {.type = cp->peer_addr.type & ~BT_HCI_OWN_ADDR_RPA_MASK,
			 .a = cp->peer_addr.a},
		.own_addr_type = cp->own_addr_type,
		.conn[0] = {sys_le16_to_cpu(cp->conn_interval_max),
			    sys_le16_to_cpu(cp->conn_latency),
			    sys_le16_to_cpu(cp->supervision_timeout)},
	};
	uint8_t err = check_create(cp);

	return err != 0 ? err : ctl__initiate(ctl, &param, now_us);
}

static uint8_t create_conn_cancel(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				  uint8_t *rsp, uint64_t now_us)
{
	static const bt_addr_le_t nobody;

	if (!ctl->init.enabled || ll__init_is_sending(ctl)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ll__init_stop(ctl, now_us);
	ctl__cmd_reply(ctl);
	ctl__evt_connect_failed(ctl, BT_HCI_ERR_UNKNOWN_CONN_ID, BT_HCI_ROLE_CENTRAL,
				ctl->init.param.use_accept_list ? &nobody : &ctl->init.param.peer);
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_SET_ADV_PARAM, 15, 0, 25, 5, CTL_COMPLETE, set_adv_param},
	{BT_HCI_OP_LE_READ_ADV_CHAN_TX_POWER, 0, 1, 25, 6, CTL_COMPLETE, read_tx_power},
	{BT_HCI_OP_LE_SET_ADV_DATA, 32, 0, 25, 7, CTL_COMPLETE, set_adv_data},
	{BT_HCI_OP_LE_SET_SCAN_RSP_DATA, 32, 0, 26, 0, CTL_COMPLETE, set_scan_rsp_data},
	{BT_HCI_OP_LE_SET_ADV_ENABLE, 1, 0, 26, 1, CTL_COMPLETE, set_adv_enable},
	{BT_HCI_OP_LE_SET_SCAN_PARAM, 7, 0, 26, 2, CTL_COMPLETE, set_scan_param},
	{BT_HCI_OP_LE_SET_SCAN_ENABLE, 2, 0, 26, 3, CTL_COMPLETE, set_scan_enable},
	{BT_HCI_OP_LE_CREATE_CONN, 25, 0, 26, 4, CTL_STATUS, create_conn},
};

const struct ctl_cmd_table ctl__cmds_gap = {cmds, ARRAY_SIZE(cmds), CTL_LEGACY};

/* Of both families. */
static const struct ctl_cmd cancel[] = {
	{BT_HCI_OP_LE_CREATE_CONN_CANCEL, 0, 0, 26, 5, CTL_COMPLETE, create_conn_cancel},
};

const struct ctl_cmd_table ctl__cmds_cancel = {cancel, ARRAY_SIZE(cancel), CTL_ANY};
