/* SPDX-License-Identifier: Apache-2.0 */

/* Commands that are not of LE: baseband, informational, Core 6.0 Vol 4 Part E 7.3, 7.4. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

/* LMP features of a device without BR/EDR, Core 6.0 Vol 2 Part C 3.3. */
#define LMP_BREDR_NOT_SUPPORTED 0x20 /* octet 4 */
#define LMP_LE_SUPPORTED        0x40 /* octet 4 */

/* Controller to host flow control, 7.3.38. */
#define FLOW_ACL_ON 0x01

static uint8_t set_event_mask(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	ctl->up.event_mask = sys_get_le64(params);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_event_mask_2(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				uint8_t *rsp, uint64_t now_us)
{
	ctl->up.event_mask_2 = sys_get_le64(params);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t reset(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		     uint64_t now_us)
{
	ctl__reset(ctl, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_flow(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	if (params[0] > 3) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (ctl->conn_count != 0) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl->up.flow_on = params[0] & FLOW_ACL_ON;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t host_buffer_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_host_buffer_size *cp = (const void *)params;
	uint16_t acl_len = sys_le16_to_cpu(cp->acl_mtu);
	uint16_t acl_count = sys_le16_to_cpu(cp->acl_pkts);

	if (acl_len < LL_DATA_LEN_MIN || acl_count == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (ctl->conn_count != 0) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl->up.host_acl_len = MIN(acl_len, LL_DATA_LEN_MAX);
	ctl->up.host_acl_count = acl_count;
	ctl->up.host_acl_free = acl_count;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t host_completed(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_host_num_completed_packets *cp = (const void *)params;

	if (len != sizeof(*cp) + cp->num_handles * sizeof(cp->h[0])) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	for (unsigned int i = 0; i < cp->num_handles; i++) {
		struct ll_conn *conn = ll__conn_get(ctl, sys_le16_to_cpu(cp->h[i].handle));
		uint16_t count = sys_le16_to_cpu(cp->h[i].count);

		/* A host may complete packets of a connection that has just ended. */
		if (conn != NULL) {
			if (count > conn->acl_to_host) {
				return BT_HCI_ERR_INVALID_PARAM;
			}
			conn->acl_to_host -= count;
			ctl->up.host_acl_free += count;
		}
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_version(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = CTL_VERSION;
	rsp[3] = CTL_VERSION;
	sys_put_le16(CTL_COMPANY, rsp + 4);
	sys_put_le16(CTL_SUBVERSION, rsp + 6);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_commands(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	ctl__cmd_bitmap(rsp);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_features(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	rsp[4] = LMP_BREDR_NOT_SUPPORTED | LMP_LE_SUPPORTED;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_buffer_size(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				uint8_t *rsp, uint64_t now_us)
{
	sys_put_le16(ctl->config.acl_len, rsp);
	sys_put_le16(ctl->config.acl_count, rsp + 3);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_bd_addr(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			    uint8_t *rsp, uint64_t now_us)
{
	memcpy(rsp, &ctl->public_addr, sizeof(ctl->public_addr));
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_SET_EVENT_MASK, 8, 0, 5, 6, CTL_COMPLETE, set_event_mask},
	{BT_HCI_OP_RESET, 0, 0, 5, 7, CTL_COMPLETE, reset},
	{BT_HCI_OP_SET_CTL_TO_HOST_FLOW, 1, 0, 10, 5, CTL_COMPLETE, set_flow},
	{BT_HCI_OP_HOST_BUFFER_SIZE, 7, 0, 10, 6, CTL_COMPLETE, host_buffer_size},
	{BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS, 1, 0, 10, 7, CTL_LIST, host_completed},
	{BT_HCI_OP_SET_EVENT_MASK_PAGE_2, 8, 0, 22, 2, CTL_COMPLETE, set_event_mask_2},
	{BT_HCI_OP_READ_LOCAL_VERSION_INFO, 0, 8, 14, 3, CTL_COMPLETE, read_version},
	{BT_HCI_OP_READ_SUPPORTED_COMMANDS, 0, 64, 14, 4, CTL_COMPLETE, read_commands},
	{BT_HCI_OP_READ_LOCAL_FEATURES, 0, 8, 14, 5, CTL_COMPLETE, read_features},
	{BT_HCI_OP_READ_BUFFER_SIZE, 0, 7, 14, 7, CTL_COMPLETE, read_buffer_size},
	{BT_HCI_OP_READ_BD_ADDR, 0, 6, 15, 1, CTL_COMPLETE, read_bd_addr},
};

const struct ctl_cmd_table ctl__cmds_base = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
