/* SPDX-License-Identifier: Apache-2.0 */

/* Extended scanning and initiating, Core 6.0 Vol 4 Part E 7.8.64 to 7.8.66. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"
#include "controller/hci_role.h"

#define DURATION_UNIT_US 10000
#define PERIOD_UNIT_US   1280000

#define SCAN_TIME_MIN     0x0004
#define FILTER_POLICY_MAX 3

/* What may be scanned on; and initiated on besides. */
#define SCAN_PHYS (BT_HCI_LE_EXT_SCAN_PHY_1M | BT_HCI_LE_EXT_SCAN_PHY_CODED)
#define INIT_PHYS (SCAN_PHYS | BT_HCI_LE_EXT_SCAN_PHY_2M)

static bool scan_timing_ok(uint16_t interval, uint16_t window)
{
	return window >= SCAN_TIME_MIN && window <= interval;
}

/* Whether the controller has all PHYs of the bits, which stand for those from 1M on. */
static bool has_phys(uint8_t phys)
{
	for (uint8_t phy = BT_HCI_LE_PHY_1M; phys != 0; phy++, phys >>= 1) {
		if ((phys & 1) && !ctl__has_phy(phy)) {
			return false;
		}
	}
	return true;
}

static uint8_t check_phys(uint8_t phys, uint8_t known)
{
	if ((phys & SCAN_PHYS) == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return (phys & ~known) || !has_phys(phys) ? BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL
						  : BT_HCI_ERR_SUCCESS;
}

static uint8_t check_scan_param(const struct bt_hci_cp_le_set_ext_scan_param *cp, uint8_t len)
{
	unsigned int count = (unsigned int)__builtin_popcount(cp->phys);

	if (cp->own_addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM ||
	    cp->filter_policy > FILTER_POLICY_MAX ||
	    len != sizeof(*cp) + count * sizeof(cp->p[0])) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (cp->p[i].type > 1 || !scan_timing_ok(sys_le16_to_cpu(cp->p[i].interval),
							 sys_le16_to_cpu(cp->p[i].window))) {
			return BT_HCI_ERR_INVALID_PARAM;
		}
	}
	return check_phys(cp->phys, SCAN_PHYS);
}

static uint8_t set_scan_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_scan_param *cp = (const void *)params;
	const struct bt_hci_ext_scan_phy *phy = cp->p;
	uint8_t err = check_scan_param(cp, len);
	struct ll_scan_param param = {
		.own_addr_type = cp->own_addr_type,
		.filter_policy = cp->filter_policy,
	};

	if (err != 0) {
		return err;
	}
	if (ctl->scan.enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	for (unsigned int i = 0; i < LL_PRIMARY_PHYS; i++) {
		if (cp->phys & BIT(ll__primary_phy(i) - RADIO_1M)) {
			param.window[i] = ctl__window(sys_le16_to_cpu(phy->interval),
						      sys_le16_to_cpu(phy->window));
			param.active[i] = phy->type;
			phy++;
		}
	}
	ctl->scan.param = param;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_scan_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			       uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_scan_enable *cp = (const void *)params;
	uint64_t duration_us = sys_le16_to_cpu(cp->duration) * (uint64_t)DURATION_UNIT_US;
	uint64_t period_us = sys_le16_to_cpu(cp->period) * (uint64_t)PERIOD_UNIT_US;

	if (cp->enable > 1 || cp->filter_dup > BT_HCI_LE_EXT_SCAN_FILTER_DUP_ENABLE_RESET) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (!cp->enable) {
		ll__scan_stop(ctl, now_us);
		return BT_HCI_ERR_SUCCESS;
	}
	/* A period needs a duration, of less than it; the filter that forgets needs a period. */
	if ((period_us != 0 && duration_us != 0 && duration_us >= period_us) ||
	    (cp->filter_dup == BT_HCI_LE_EXT_SCAN_FILTER_DUP_ENABLE_RESET &&
	     (period_us == 0 || duration_us == 0)) ||
	    !ctl__has_own_addr(ctl, ctl->scan.param.own_addr_type, LL_RESOLVE_NONE, now_us)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	ll__scan_start(ctl, cp->filter_dup, now_us);
	ll__scan_limit(ctl, duration_us, duration_us != 0 ? period_us : 0,
		       cp->filter_dup == BT_HCI_LE_EXT_SCAN_FILTER_DUP_ENABLE_RESET, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static bool conn_ok(const struct bt_hci_ext_conn_phy *phy)
{
	uint16_t min = sys_le16_to_cpu(phy->conn_interval_min);
	uint16_t max = sys_le16_to_cpu(phy->conn_interval_max);

	return min >= LL_INTERVAL_MIN && min <= max &&
	       ll__conn_params_ok(max, sys_le16_to_cpu(phy->conn_latency),
				  sys_le16_to_cpu(phy->supervision_timeout)) &&
	       sys_le16_to_cpu(phy->min_ce_len) <= sys_le16_to_cpu(phy->max_ce_len);
}

static uint8_t check_create(const struct bt_hci_cp_le_ext_create_conn *cp, uint8_t len)
{
	const struct bt_hci_ext_conn_phy *phy = cp->p;
	uint8_t err;

	if (cp->filter_policy > 1 || cp->own_addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM ||
	    (cp->filter_policy == 0 && cp->peer_addr.type > BT_ADDR_LE_RANDOM_ID) ||
	    len != sizeof(*cp) + (unsigned int)__builtin_popcount(cp->phys) * sizeof(cp->p[0])) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	err = check_phys(cp->phys, INIT_PHYS);
	if (err != 0) {
		return err;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(((struct ll_init_param *)0)->conn); i++) {
		bool scanned = BIT(i) & SCAN_PHYS;

		if (!(cp->phys & BIT(i))) {
			continue;
		}
		if (!conn_ok(phy) ||
		    (scanned && !scan_timing_ok(sys_le16_to_cpu(phy->scan_interval),
						sys_le16_to_cpu(phy->scan_window)))) {
			return BT_HCI_ERR_INVALID_PARAM;
		}
		phy++;
	}
	return BT_HCI_ERR_SUCCESS;
}

static void read_phys(const struct bt_hci_cp_le_ext_create_conn *cp, struct ll_init_param *param)
{
	const struct bt_hci_ext_conn_phy *phy = cp->p;

	for (unsigned int i = 0; i < ARRAY_SIZE(param->conn); i++) {
		if (!(cp->phys & BIT(i))) {
			continue;
		}
		param->conn[i] = (struct ll_init_conn){
			sys_le16_to_cpu(phy->conn_interval_max),
			sys_le16_to_cpu(phy->conn_latency),
			sys_le16_to_cpu(phy->supervision_timeout),
		};
		if (BIT(i) & SCAN_PHYS) {
			param->window[i == 0 ? LL_PRIMARY_1M : LL_PRIMARY_CODED] =
				ctl__window(sys_le16_to_cpu(phy->scan_interval),
					    sys_le16_to_cpu(phy->scan_window));
		}
		phy++;
	}
}

static uint8_t create_conn(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_ext_create_conn *cp = (const void *)params;
	uint8_t err = check_create(cp, len);
	struct ll_init_param param = {
		.phys = cp->phys,
		.use_accept_list = cp->filter_policy,
		.peer = {.type = cp->peer_addr.type & ~BT_HCI_OWN_ADDR_RPA_MASK,
			 .a = cp->peer_addr.a},
		.own_addr_type = cp->own_addr_type,
	};

	if (err != 0) {
		return err;
	}
	read_phys(cp, &param);
	return ctl__initiate(ctl, &param, now_us);
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, 3, 0, 37, 5, CTL_COMPLETE_VAR, set_scan_param},
	{BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, 6, 0, 37, 6, CTL_COMPLETE, set_scan_enable},
	{BT_HCI_OP_LE_EXT_CREATE_CONN, 10, 0, 37, 7, CTL_STATUS_VAR, create_conn},
};

const struct ctl_cmd_table ctl__cmds_ext = {cmds, ARRAY_SIZE(cmds), CTL_EXTENDED};
