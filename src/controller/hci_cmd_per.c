/* SPDX-License-Identifier: Apache-2.0 */

/* Periodic advertising, Core 6.0 Vol 4 Part E 7.8.61 to 7.8.63. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

/* 7.8.61: of the properties there is but one. */
#define PROPS_KNOWN BT_HCI_LE_ADV_PROP_TX_POWER

#define ENABLE_KNOWN (BT_HCI_LE_SET_PER_ADV_ENABLE_ENABLE | BT_HCI_LE_SET_PER_ADV_ENABLE_ADI)

bool ctl__may_be_periodic(uint16_t props)
{
	return !(props & (BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN |
			  BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_ANON));
}

/* Whether an event with so much data is over before the next one. */
static bool fits(const struct ll_set *set, uint16_t interval, uint16_t len)
{
	return ll__chain_us(set->param.secondary, len) <
	       interval * (uint64_t)LL_PER_INTERVAL_US - RADIO_T_MAFS_US;
}

static uint8_t set_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_per_adv_param *cp = (const void *)params;
	uint16_t min = sys_le16_to_cpu(cp->min_interval), max = sys_le16_to_cpu(cp->max_interval);
	uint16_t props = sys_le16_to_cpu(cp->props);
	struct ll_set *set = ll__set_get(ctl, cp->handle);

	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (min < BT_HCI_LE_PER_ADV_INTERVAL_MIN || min > max || (props & ~PROPS_KNOWN) ||
	    !ctl__may_be_periodic(set->param.props)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set->per.wanted) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (!fits(set, max, set->per.data.len)) {
		return BT_HCI_ERR_PACKET_TOO_LONG;
	}
	set->per.configured = true;
	set->per.interval = max;
	set->per.with_tx_power = props & BT_HCI_LE_ADV_PROP_TX_POWER;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_data(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_per_adv_data *cp = (const void *)params;
	struct ll_set *set = ll__set_get(ctl, cp->handle);
	uint8_t err;

	if (len != sizeof(*cp) + cp->len) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (!set->per.configured) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (cp->op == BT_HCI_LE_PER_ADV_OP_UNCHANGED_DATA) {
		if (!set->per.wanted || !set->per.with_adi || set->per.data.len == 0 ||
		    cp->len != 0) {
			return BT_HCI_ERR_INVALID_PARAM;
		}
		ll__per_adv_data_changed(&set->per);
		return BT_HCI_ERR_SUCCESS;
	}
	if (set->per.wanted && !fits(set, set->per.interval, cp->len)) {
		return BT_HCI_ERR_PACKET_TOO_LONG;
	}
	err = ll__set_data_put(&set->per.data, cp->op, cp->data, cp->len, set->per.wanted);
	if (err == BT_HCI_ERR_SUCCESS || err == BT_HCI_ERR_MEM_CAPACITY_EXCEEDED) {
		ll__per_adv_data_changed(&set->per);
	}
	return err;
}

static uint8_t enable(struct ll_set *set, bool with_adi, uint64_t now_us)
{
	struct ll_per_adv *per = &set->per;

	if (!per->configured || per->data.partial) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (!fits(set, per->interval, per->data.len)) {
		return BT_HCI_ERR_PACKET_TOO_LONG;
	}
	per->wanted = true;
	per->with_adi = with_adi;
	if (set->enabled) {
		ll__per_adv_begin(per, set->param.secondary, set->param.sid, now_us);
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_per_adv_enable *cp = (const void *)params;
	struct ll_set *set = ll__set_get(ctl, cp->handle);

	if (cp->enable & ~ENABLE_KNOWN) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (cp->enable & BT_HCI_LE_SET_PER_ADV_ENABLE_ENABLE) {
		return enable(set, cp->enable & BT_HCI_LE_SET_PER_ADV_ENABLE_ADI, now_us);
	}
	ll__per_adv_stop(&set->per, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_SET_PER_ADV_PARAM, 7, 0, 37, 2, CTL_COMPLETE, set_param},
	{BT_HCI_OP_LE_SET_PER_ADV_DATA, 3, 0, 37, 3, CTL_COMPLETE_VAR, set_data},
	{BT_HCI_OP_LE_SET_PER_ADV_ENABLE, 2, 0, 37, 4, CTL_COMPLETE, set_enable},
};

const struct ctl_cmd_table ctl__cmds_per = {cmds, ARRAY_SIZE(cmds), CTL_EXTENDED};
