/* SPDX-License-Identifier: Apache-2.0 */

/* LE commands about the controller as a whole, Core 6.0 Vol 4 Part E 7.8. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

/* All combinations of states that 7.8.27 names: bits 0 to 41. */
#define LE_STATES 0x3ffffffffffU

#define NO_TX_PREF 0x01
#define NO_RX_PREF 0x02

static uint8_t set_event_mask(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	ctl->up.le_event_mask = sys_get_le64(params);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_buffer_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				uint8_t *rsp, uint64_t now_us)
{
	sys_put_le16(ctl->config.acl_len, rsp);
	rsp[2] = ctl->config.acl_count;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_features(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	memcpy(rsp, ctl__le_features, sizeof(ctl__le_features));
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_random_address(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				  uint8_t *rsp, uint64_t now_us)
{
	if (ctl__addr_in_use(ctl)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	memcpy(&ctl->random_addr, params, sizeof(ctl->random_addr));
	ctl->random_set = true;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t rand_number(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	sys_put_le64(ctl__random(ctl), rsp);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_states(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	sys_put_le64(LE_STATES, rsp);
	return BT_HCI_ERR_SUCCESS;
}

/* 7.8.15 to 7.8.17: the list must not change while something filters by it. */
static bool accept_list_in_use(const struct fav_controller *ctl)
{
	return (ctl->adv.enabled && ctl->adv.param.filter_policy != 0) ||
	       (ctl->scan.enabled && ctl->scan.param.filter_policy != 0) ||
	       (ctl->init.enabled && ctl->init.param.use_accept_list) || ll__set_any_filters(ctl);
}

static uint8_t check_accept(const struct fav_controller *ctl, const bt_addr_le_t *addr)
{
	/* 0xff stands for anonymous advertisers, which legacy advertising has none of. */
	if (addr->type > BT_ADDR_LE_RANDOM && addr->type != BT_ADDR_LE_ANONYMOUS) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return accept_list_in_use(ctl) ? BT_HCI_ERR_CMD_DISALLOWED : BT_HCI_ERR_SUCCESS;
}

static uint8_t accept_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			   uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = LL_ACCEPT_MAX;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t accept_clear(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	if (accept_list_in_use(ctl)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl->accept.count = 0;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t accept_add(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	const bt_addr_le_t *addr = (const void *)params;
	uint8_t err = check_accept(ctl, addr);

	if (err == BT_HCI_ERR_SUCCESS && !ll__accept_add(&ctl->accept, addr)) {
		err = BT_HCI_ERR_MEM_CAPACITY_EXCEEDED;
	}
	return err;
}

static uint8_t accept_remove(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	const bt_addr_le_t *addr = (const void *)params;
	uint8_t err = check_accept(ctl, addr);

	if (err == BT_HCI_ERR_SUCCESS) {
		ll__accept_remove(&ctl->accept, addr);
	}
	return err;
}

static uint8_t set_chan_class(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	struct ll_chan_map map;

	/* 7.8.19 asks for one channel at least, but a map of one could not be used: 1.4.1. */
	if (!ll__chan_map_set(&map, params)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	memcpy(ctl->host_chan_map, params, sizeof(ctl->host_chan_map));
	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		if (ctl->conns[i].used && ctl->conns[i].role == LL_CENTRAL) {
			ll__ctrl_want(&ctl->conns[i], LL_PROC_CHAN_MAP, now_us);
		}
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_default_data_len(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				     uint8_t *rsp, uint64_t now_us)
{
	sys_put_le16(ctl->defaults.tx_octets, rsp);
	sys_put_le16(ctl->defaults.tx_time_us, rsp + 2);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t write_default_data_len(struct fav_controller *ctl, const uint8_t *params,
				      uint8_t len, uint8_t *rsp, uint64_t now_us)
{
	uint16_t octets = sys_get_le16(params), time_us = sys_get_le16(params + 2);

	if (!IN_RANGE(octets, LL_DATA_LEN_MIN, LL_DATA_LEN_MAX) ||
	    !IN_RANGE(time_us, LL_DATA_TIME_MIN_US, LL_DATA_TIME_MAX_US)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	ctl->defaults.tx_octets = octets;
	ctl->defaults.tx_time_us = time_us;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_max_data_len(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				 uint8_t *rsp, uint64_t now_us)
{
	sys_put_le16(LL_DATA_LEN_MAX, rsp);
	sys_put_le16(LL_DATA_TIME_MAX_US, rsp + 2);
	sys_put_le16(LL_DATA_LEN_MAX, rsp + 4);
	sys_put_le16(LL_DATA_TIME_MAX_US, rsp + 6);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_default_phy(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			       uint8_t *rsp, uint64_t now_us)
{
	uint8_t tx = (params[0] & NO_TX_PREF) ? LL_PHYS : params[1];
	uint8_t rx = (params[0] & NO_RX_PREF) ? LL_PHYS : params[2];

	/* 7.8.48: at least one PHY, none that is reserved, none that we lack. */
	if (tx == 0 || rx == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (((tx | rx) & ~LL_PHYS) != 0) {
		return BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL;
	}
	ctl->defaults.tx_phys = tx;
	ctl->defaults.rx_phys = rx;
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_SET_EVENT_MASK, 8, 0, 25, 0, CTL_COMPLETE, set_event_mask},
	{BT_HCI_OP_LE_READ_BUFFER_SIZE, 0, 3, 25, 1, CTL_COMPLETE, read_buffer_size},
	/* There are no ISO buffers: three bytes of zero. */
	{BT_HCI_OP_LE_READ_BUFFER_SIZE_V2, 0, 6, 41, 5, CTL_COMPLETE, read_buffer_size},
	{BT_HCI_OP_LE_READ_LOCAL_FEATURES, 0, 8, 25, 2, CTL_COMPLETE, read_features},
	{BT_HCI_OP_LE_SET_RANDOM_ADDRESS, 6, 0, 25, 4, CTL_COMPLETE, set_random_address},
	{BT_HCI_OP_LE_READ_FAL_SIZE, 0, 1, 26, 6, CTL_COMPLETE, accept_size},
	{BT_HCI_OP_LE_CLEAR_FAL, 0, 0, 26, 7, CTL_COMPLETE, accept_clear},
	{BT_HCI_OP_LE_ADD_DEV_TO_FAL, 7, 0, 27, 0, CTL_COMPLETE, accept_add},
	{BT_HCI_OP_LE_REM_DEV_FROM_FAL, 7, 0, 27, 1, CTL_COMPLETE, accept_remove},
	{BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, 5, 0, 27, 3, CTL_COMPLETE, set_chan_class},
	{BT_HCI_OP_LE_RAND, 0, 8, 27, 7, CTL_COMPLETE, rand_number},
	{BT_HCI_OP_LE_READ_SUPP_STATES, 0, 8, 28, 3, CTL_COMPLETE, read_states},
	{BT_HCI_OP_LE_READ_DEFAULT_DATA_LEN, 0, 4, 33, 7, CTL_COMPLETE, read_default_data_len},
	{BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, 4, 0, 34, 0, CTL_COMPLETE, write_default_data_len},
	{BT_HCI_OP_LE_READ_MAX_DATA_LEN, 0, 8, 35, 3, CTL_COMPLETE, read_max_data_len},
	{BT_HCI_OP_LE_SET_DEFAULT_PHY, 3, 0, 35, 5, CTL_COMPLETE, set_default_phy},
};

const struct ctl_cmd_table ctl__cmds_le = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
