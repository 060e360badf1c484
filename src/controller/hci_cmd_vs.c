/* SPDX-License-Identifier: Apache-2.0 */

/* Vendor commands, under the numbers that Zephyr's controllers have for them. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

#define OP_READ_VERSION      BT_OP(BT_OGF_VS, 0x0001)
#define OP_READ_COMMANDS     BT_OP(BT_OGF_VS, 0x0002)
#define OP_READ_FEATURES     BT_OP(BT_OGF_VS, 0x0003)
#define OP_WRITE_BD_ADDR     BT_OP(BT_OGF_VS, 0x0006)
#define OP_READ_STATIC_ADDRS BT_OP(BT_OGF_VS, 0x0009)
#define OP_READ_KEY_ROOTS    BT_OP(BT_OGF_VS, 0x000a)

/* One static address with its identity root, zero: there is none. */
#define STATIC_ADDRS_RSP_LEN (1 + BT_ADDR_SIZE + 16)

static uint8_t read_version(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	/* Hardware platform and variant 0: none; firmware variant 0: a standard controller;
	 * version 0, revision 1, build 0. */
	sys_put_le16(1, rsp + 6);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_commands(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	ctl__cmd_vs_bitmap(rsp);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t write_bd_addr(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	if (ctl__is_on(ctl) || ctl->conn_count != 0) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	memcpy(&ctl->public_addr, params, sizeof(ctl->public_addr));
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_static_addrs(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				 uint8_t *rsp, uint64_t now_us)
{
	bt_addr_t *addr = (bt_addr_t *)(rsp + 1);

	rsp[0] = 1;
	memcpy(addr, &ctl->config.public_addr, sizeof(*addr));
	BT_ADDR_SET_STATIC(addr);
	return BT_HCI_ERR_SUCCESS;
}

/* All zero: no feature of the vendor's, no identity root and no encryption root, which a host then
 * makes itself. */
static uint8_t read_nothing(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{OP_READ_VERSION, 0, 12, 0, 0, CTL_COMPLETE, read_version},
	{OP_READ_COMMANDS, 0, 64, 0, 1, CTL_COMPLETE, read_commands},
	{OP_READ_FEATURES, 0, 8, 0, 2, CTL_COMPLETE, read_nothing},
	{OP_WRITE_BD_ADDR, 6, 0, 0, 5, CTL_COMPLETE, write_bd_addr},
	{OP_READ_STATIC_ADDRS, 0, STATIC_ADDRS_RSP_LEN, 1, 0, CTL_COMPLETE, read_static_addrs},
	{OP_READ_KEY_ROOTS, 0, 16 + 16, 1, 1, CTL_COMPLETE, read_nothing},
};

const struct ctl_cmd_table ctl__cmds_vs = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
