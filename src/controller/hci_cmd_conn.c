/* SPDX-License-Identifier: Apache-2.0 */

/* Commands about one connection, Core 6.0 Vol 4 Part E 7.1, 7.5, 7.8. All begin with its handle. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"
#include "controller/hci_evt.h"

#define NO_TX_PREF 0x01
#define NO_RX_PREF 0x02

static struct ll_conn *conn_of(struct fav_controller *ctl, const uint8_t *params)
{
	return ll__conn_get(ctl, sys_get_le16(params));
}

/* Return parameters of many begin with the handle, also when the command fails. */
static struct ll_conn *conn_of_rsp(struct fav_controller *ctl, const uint8_t *params, uint8_t *rsp)
{
	memcpy(rsp, params, 2);
	return conn_of(ctl, params);
}

/* 7.1.6: the reasons that a host may give. */
static bool reason_ok(uint8_t reason)
{
	switch (reason) {
	case BT_HCI_ERR_AUTH_FAIL:
	case BT_HCI_ERR_REMOTE_USER_TERM_CONN:
	case BT_HCI_ERR_REMOTE_LOW_RESOURCES:
	case BT_HCI_ERR_REMOTE_POWER_OFF:
	case BT_HCI_ERR_UNSUPP_REMOTE_FEATURE:
	case BT_HCI_ERR_PAIRING_NOT_SUPPORTED:
	case BT_HCI_ERR_UNACCEPT_CONN_PARAM:
		return true;
	default:
		return false;
	}
}

static uint8_t disconnect(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of(ctl, params);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (!reason_ok(params[2])) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (conn->ctrl.terminate_reason != 0) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	conn->ctrl.terminate_reason = params[2];
	ll__ctrl_want(conn, LL_PROC_TERMINATE, now_us);
	return BT_HCI_ERR_SUCCESS;
}

/* Begin a procedure whose end is an event; *awaited says that the host awaits it. */
static uint8_t begin(struct ll_conn *conn, bool *awaited, enum ll_proc proc, uint64_t now_us)
{
	if (*awaited) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl__cmd_reply(conn->ctl);
	*awaited = true;
	ll__ctrl_want(conn, proc, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_remote_version(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				   uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of(ctl, params);

	return conn == NULL ? BT_HCI_ERR_UNKNOWN_CONN_ID
			    : begin(conn, &conn->ctrl.version_event, LL_PROC_VERSION, now_us);
}

static uint8_t read_remote_features(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				    uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of(ctl, params);

	return conn == NULL ? BT_HCI_ERR_UNKNOWN_CONN_ID
			    : begin(conn, &conn->ctrl.feature_event, LL_PROC_FEATURE, now_us);
}

static uint8_t read_tx_power(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	if (conn_of_rsp(ctl, params, rsp) == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	/* 0: current, 1: maximum; both are 0 dBm. */
	return params[2] <= 1 ? BT_HCI_ERR_SUCCESS : BT_HCI_ERR_INVALID_PARAM;
}

static uint8_t read_rssi(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	rsp[2] = (uint8_t)conn->rssi_dbm;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_chan_map(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	memcpy(rsp + 2, conn->chan_map.bits, sizeof(conn->chan_map.bits));
	return BT_HCI_ERR_SUCCESS;
}

/* The parameters that LE Connection Update and the reply to a request have behind the handle. */
static struct ll_conn_wish read_wish(const uint8_t *params)
{
	return (struct ll_conn_wish){
		.interval_min = sys_get_le16(params + 2),
		.interval_max = sys_get_le16(params + 4),
		.latency = sys_get_le16(params + 6),
		.timeout = sys_get_le16(params + 8),
	};
}

static bool wish_ok(const struct ll_conn_wish *wish, uint16_t min_ce, uint16_t max_ce)
{
	return wish->interval_min >= LL_INTERVAL_MIN && wish->interval_min <= wish->interval_max &&
	       ll__conn_params_ok(wish->interval_max, wish->latency, wish->timeout) &&
	       min_ce <= max_ce;
}

static uint8_t conn_update(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of(ctl, params);
	struct ll_conn_wish wish = read_wish(params);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (!wish_ok(&wish, sys_get_le16(params + 10), sys_get_le16(params + 12))) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	/* 7.8.18: a peripheral can only ask, with a procedure that the peer may lack. */
	if (conn->role == LL_PERIPHERAL && conn->ctrl.param_unsupported) {
		return BT_HCI_ERR_UNSUPP_REMOTE_FEATURE;
	}
	if (!conn->ctrl.update_event) {
		conn->ctrl.wish = wish;
	}
	return begin(conn, &conn->ctrl.update_event, LL_PROC_CONN_PARAM, now_us);
}

static uint8_t param_reply(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);
	struct ll_conn_wish wish = read_wish(params);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (!wish_ok(&wish, sys_get_le16(params + 10), sys_get_le16(params + 12))) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return ll__conn_param_reply(conn, &wish, 0, now_us) ? BT_HCI_ERR_SUCCESS
							    : BT_HCI_ERR_CMD_DISALLOWED;
}

static uint8_t param_neg_reply(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			       uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (params[2] == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return ll__conn_param_reply(conn, NULL, params[2], now_us) ? BT_HCI_ERR_SUCCESS
								   : BT_HCI_ERR_CMD_DISALLOWED;
}

static uint8_t set_data_len(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);
	uint16_t octets = sys_get_le16(params + 2), time_us = sys_get_le16(params + 4);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (!IN_RANGE(octets, LL_DATA_LEN_MIN, LL_DATA_LEN_MAX) ||
	    !IN_RANGE(time_us, LL_DATA_TIME_MIN_US, LL_DATA_TIME_MAX_US)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (conn->ctrl.dle_unsupported) {
		return BT_HCI_ERR_UNSUPP_REMOTE_FEATURE;
	}
	conn->ctrl.max_tx_octets = octets;
	conn->ctrl.max_tx_time_us = time_us;
	ll__ctrl_want(conn, LL_PROC_DLE, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_phy(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = conn_of_rsp(ctl, params, rsp);

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	rsp[2] = radio__phy_hci(conn->tx_phy);
	rsp[3] = radio__phy_hci(conn->rx_phy);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_phy(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		       uint64_t now_us)
{
	struct ll_conn *conn = conn_of(ctl, params);
	uint8_t tx = (params[2] & NO_TX_PREF) ? LL_PHYS : params[3];
	uint8_t rx = (params[2] & NO_RX_PREF) ? LL_PHYS : params[4];

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (tx == 0 || rx == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (((tx | rx) & ~LL_PHYS) != 0) {
		return BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL;
	}
	if (!conn->ctrl.phy_event) {
		ll__phy_coding_set(conn, sys_get_le16(params + 5));
		conn->ctrl.phy_tx_prefs = tx;
		conn->ctrl.phy_rx_prefs = rx;
	}
	return begin(conn, &conn->ctrl.phy_event, LL_PROC_PHY, now_us);
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_DISCONNECT, 3, 0, 0, 5, CTL_STATUS, disconnect},
	{BT_HCI_OP_READ_REMOTE_VERSION_INFO, 2, 0, 2, 7, CTL_STATUS, read_remote_version},
	{BT_HCI_OP_READ_TX_POWER_LEVEL, 3, 3, 10, 2, CTL_COMPLETE, read_tx_power},
	{BT_HCI_OP_READ_RSSI, 2, 3, 15, 5, CTL_COMPLETE, read_rssi},
	{BT_HCI_OP_LE_CONN_UPDATE, 14, 0, 27, 2, CTL_STATUS, conn_update},
	{BT_HCI_OP_LE_READ_CHAN_MAP, 2, 7, 27, 4, CTL_COMPLETE, read_chan_map},
	{BT_HCI_OP_LE_READ_REMOTE_FEATURES, 2, 0, 27, 5, CTL_STATUS, read_remote_features},
	{BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, 14, 2, 33, 4, CTL_COMPLETE, param_reply},
	{BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY, 3, 2, 33, 5, CTL_COMPLETE, param_neg_reply},
	{BT_HCI_OP_LE_SET_DATA_LEN, 6, 2, 33, 6, CTL_COMPLETE, set_data_len},
	{BT_HCI_OP_LE_READ_PHY, 2, 4, 35, 4, CTL_COMPLETE, read_phy},
	{BT_HCI_OP_LE_SET_PHY, 7, 0, 35, 6, CTL_STATUS, set_phy},
};

const struct ctl_cmd_table ctl__cmds_conn = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
