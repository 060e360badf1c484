/* SPDX-License-Identifier: Apache-2.0 */

/* Synchronizing to periodic advertising, Core 6.0 Vol 4 Part E 7.8.67 to 7.8.73, 7.8.88; and
 * handing it over. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"
#include "controller/hci_evt_per.h"

#define SID_MAX         0x0f
#define SKIP_MAX        0x01f3
#define TIMEOUT_MIN     0x000a
#define TIMEOUT_MAX     0x4000
#define TIMEOUT_UNIT_US 10000
#define CTE_TYPE_KNOWN  0x1f
#define OPTIONS_KNOWN                                        \
	(BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_USE_LIST |         \
	 BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_REPORTS_DISABLED | \
	 BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_FILTER_DUPLICATE)
#define RECV_KNOWN                                  \
	(BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_ENABLE | \
	 BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_FILTER_DUPLICATE)

static uint8_t check_create(const struct bt_hci_cp_le_per_adv_create_sync *cp, bool use_list)
{
	bool filter = cp->options & BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_FILTER_DUPLICATE;
	bool no_reports = cp->options & BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_REPORTS_DISABLED;

	if ((cp->options & ~OPTIONS_KNOWN) || (filter && no_reports) ||
	    (!use_list && (cp->sid > SID_MAX || cp->addr.type > BT_ADDR_LE_RANDOM_ID)) ||
	    sys_le16_to_cpu(cp->skip) > SKIP_MAX ||
	    !IN_RANGE(sys_le16_to_cpu(cp->sync_timeout), TIMEOUT_MIN, TIMEOUT_MAX) ||
	    (cp->cte_type & ~CTE_TYPE_KNOWN)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t create(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		      uint64_t now_us)
{
	const struct bt_hci_cp_le_per_adv_create_sync *cp = (const void *)params;
	bool use_list = cp->options & BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_USE_LIST;
	struct ll_sync_create want = {
		.pending = true,
		.use_list = use_list,
		.addr = {.type = cp->addr.type & ~BT_HCI_OWN_ADDR_RPA_MASK, .a = cp->addr.a},
		.sid = cp->sid,
		.param =
			{
				.skip = sys_le16_to_cpu(cp->skip),
				.timeout_us = sys_le16_to_cpu(cp->sync_timeout) *
					      (uint64_t)TIMEOUT_UNIT_US,
				.reports = !(cp->options &
					     BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_REPORTS_DISABLED),
				.filter_duplicates =
					cp->options &
					BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_FILTER_DUPLICATE,
			},
	};
	uint8_t err = check_create(cp, use_list);

	if (err != 0) {
		return err;
	}
	if (ctl->sync_create.pending) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (!use_list && ll__sync_has(ctl, &want.addr, want.sid)) {
		return BT_HCI_ERR_CONN_ALREADY_EXISTS;
	}
	ctl->sync_create = want;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t create_cancel(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	if (!ctl->sync_create.pending) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ll__sync_give_up(ctl, now_us);
	ctl__cmd_reply(ctl);
	ctl__evt_sync_established(ctl, BT_HCI_ERR_OP_CANCELLED_BY_HOST, NULL);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t terminate(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	struct ll_sync *sync = ll__sync_get(ctl, sys_get_le16(params));

	if (sync == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	ll__sync_end(sync, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t recv_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_per_adv_recv_enable *cp = (const void *)params;
	struct ll_sync *sync = ll__sync_get(ctl, sys_le16_to_cpu(cp->handle));

	if (cp->enable & ~RECV_KNOWN) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (sync == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	sync->param.reports = cp->enable & BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_ENABLE;
	sync->param.filter_duplicates =
		cp->enable & BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_FILTER_DUPLICATE;
	sync->reported = false;
	return BT_HCI_ERR_SUCCESS;
}

/* ---- The list: it must not change while an attempt goes by it ---- */

static uint8_t check_list(const struct fav_controller *ctl,
			  const struct bt_hci_cp_le_add_dev_to_per_adv_list *cp)
{
	if (cp->addr.type > BT_ADDR_LE_RANDOM || cp->sid > SID_MAX) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return ctl->sync_create.pending ? BT_HCI_ERR_CMD_DISALLOWED : BT_HCI_ERR_SUCCESS;
}

static uint8_t list_add(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_add_dev_to_per_adv_list *cp = (const void *)params;
	uint8_t err = check_list(ctl, cp);

	if (err != 0) {
		return err;
	}
	if (ll__per_list_has(&ctl->per_list, &cp->addr, cp->sid)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return ll__per_list_add(&ctl->per_list, &cp->addr, cp->sid)
		       ? BT_HCI_ERR_SUCCESS
		       : BT_HCI_ERR_MEM_CAPACITY_EXCEEDED;
}

static uint8_t list_remove(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_add_dev_to_per_adv_list *cp = (const void *)params;
	uint8_t err = check_list(ctl, cp);

	if (err != 0) {
		return err;
	}
	return ll__per_list_remove(&ctl->per_list, &cp->addr, cp->sid)
		       ? BT_HCI_ERR_SUCCESS
		       : BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
}

static uint8_t list_clear(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	if (ctl->sync_create.pending) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl->per_list.count = 0;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t list_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = LL_PER_LIST_MAX;
	return BT_HCI_ERR_SUCCESS;
}

/* ---- Sync transfer, 7.8.89 to 7.8.92; of neither family of advertising commands ---- */

/* The connection that the command names, whose handle the answer begins with in any case. */
static struct ll_conn *conn_of_rsp(struct fav_controller *ctl, const uint8_t *params, uint8_t *rsp)
{
	memcpy(rsp, params, 2);
	return ll__conn_get(ctl, sys_get_le16(params));
}

static uint8_t hand_over(struct ll_conn *conn, const struct ll_past_send *past, uint64_t now_us)
{
	if (conn->ctrl.features_known && !(conn->ctrl.features[3] & CTL_FEATURE_3_PAST_RX)) {
		return BT_HCI_ERR_UNSUPP_REMOTE_FEATURE;
	}
	if (conn->ctrl.wanted & BIT(LL_PROC_PAST)) {
		return BT_HCI_ERR_CONTROLLER_BUSY;
	}
	conn->ctrl.past = *past;
	ll__ctrl_want(conn, LL_PROC_PAST, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t transfer_sync(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_per_adv_sync_transfer *cp = (const void *)params;
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);
	struct ll_past_send past = {
		.handle = sys_le16_to_cpu(cp->sync_handle),
		.service_data = sys_le16_to_cpu(cp->service_data),
	};

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (ll__sync_get(ctl, past.handle) == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	return hand_over(conn, &past, now_us);
}

static uint8_t transfer_set(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_per_adv_set_info_transfer *cp = (const void *)params;
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);
	const struct ll_set *set = ll__set_get(ctl, cp->adv_handle);
	struct ll_past_send past = {
		.of_set = true,
		.handle = cp->adv_handle,
		.service_data = sys_le16_to_cpu(cp->service_data),
	};

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (!set->per.on) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	return hand_over(conn, &past, now_us);
}

/* Mode, skip, timeout and CTE type, as both commands end. */
static uint8_t read_past(const struct bt_hci_cp_le_default_past_param *cp, struct ll_past *past)
{
	if (cp->mode > BT_HCI_LE_PAST_MODE_SYNC_FILTER_DUP ||
	    sys_le16_to_cpu(cp->skip) > SKIP_MAX ||
	    !IN_RANGE(sys_le16_to_cpu(cp->timeout), TIMEOUT_MIN, TIMEOUT_MAX) ||
	    (cp->cte_type & ~CTE_TYPE_KNOWN)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	*past = (struct ll_past){
		.on = cp->mode != BT_HCI_LE_PAST_MODE_NO_SYNC,
		.param =
			{
				.skip = sys_le16_to_cpu(cp->skip),
				.timeout_us =
					sys_le16_to_cpu(cp->timeout) * (uint64_t)TIMEOUT_UNIT_US,
				.reports = cp->mode >= BT_HCI_LE_PAST_MODE_SYNC,
				.filter_duplicates =
					cp->mode == BT_HCI_LE_PAST_MODE_SYNC_FILTER_DUP,
			},
	};
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t past_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);

	/* Behind the handle it is as the default. */
	return conn == NULL ? BT_HCI_ERR_UNKNOWN_CONN_ID
			    : read_past((const void *)(params + 2), &conn->past);
}

static uint8_t default_past_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				  uint8_t *rsp, uint64_t now_us)
{
	return read_past((const void *)params, &ctl->defaults.past);
}

static const struct ctl_cmd past_cmds[] = {
	{BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER, 6, 2, 40, 6, CTL_COMPLETE, transfer_sync},
	{BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER, 5, 2, 40, 7, CTL_COMPLETE, transfer_set},
	{BT_HCI_OP_LE_PAST_PARAM, 8, 2, 41, 0, CTL_COMPLETE, past_param},
	{BT_HCI_OP_LE_DEFAULT_PAST_PARAM, 6, 0, 41, 1, CTL_COMPLETE, default_past_param},
};

const struct ctl_cmd_table ctl__cmds_past = {past_cmds, ARRAY_SIZE(past_cmds), CTL_ANY};

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, 14, 0, 38, 0, CTL_STATUS, create},
	{BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, 0, 0, 38, 1, CTL_COMPLETE, create_cancel},
	{BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC, 2, 0, 38, 2, CTL_COMPLETE, terminate},
	{BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, 8, 0, 38, 3, CTL_COMPLETE, list_add},
	{BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST, 8, 0, 38, 4, CTL_COMPLETE, list_remove},
	{BT_HCI_OP_LE_CLEAR_PER_ADV_LIST, 0, 0, 38, 5, CTL_COMPLETE, list_clear},
	{BT_HCI_OP_LE_READ_PER_ADV_LIST_SIZE, 0, 1, 38, 6, CTL_COMPLETE, list_size},
	{BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, 3, 0, 40, 5, CTL_COMPLETE, recv_enable},
};

const struct ctl_cmd_table ctl__cmds_sync = {cmds, ARRAY_SIZE(cmds), CTL_EXTENDED};
