/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_cmd.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* Num_HCI_Command_Packets: one at a time. */
#define CREDITS 1

#define RSP_MAX 64

static const struct ctl_cmd_table *const tables[] = {
	&ctl__cmds_le,      &ctl__cmds_gap,  &ctl__cmds_conn, &ctl__cmds_enc,
	&ctl__cmds_privacy, &ctl__cmds_base, &ctl__cmds_vs,
};

static const struct ctl_cmd *find(uint16_t opcode)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (size_t i = 0; i < tables[t]->count; i++) {
			if (tables[t]->cmds[i].opcode == opcode) {
				return &tables[t]->cmds[i];
			}
		}
	}
	return NULL;
}

static void send_complete(struct fav_controller *ctl, uint8_t status, const uint8_t *rsp,
			  uint8_t rsp_len)
{
	uint8_t *evt = ctl__evt(ctl, BT_HCI_EVT_CMD_COMPLETE, 4 + rsp_len);

	evt[0] = CREDITS;
	sys_put_le16(ctl->down.opcode, evt + 1);
	evt[3] = status;
	if (rsp_len > 0) {
		memcpy(evt + 4, rsp, rsp_len);
	}
	ctl__evt_send(ctl);
	ctl->down.replied = true;
}

static void send_status(struct fav_controller *ctl, uint8_t status)
{
	uint8_t *evt = ctl__evt(ctl, BT_HCI_EVT_CMD_STATUS, 4);

	evt[0] = status;
	evt[1] = CREDITS;
	sys_put_le16(ctl->down.opcode, evt + 2);
	ctl__evt_send(ctl);
	ctl->down.replied = true;
}

void ctl__cmd_reply(struct fav_controller *ctl)
{
	const struct ctl_cmd *cmd = find(ctl->down.opcode);

	if (cmd->answer == CTL_STATUS) {
		send_status(ctl, BT_HCI_ERR_SUCCESS);
	} else {
		send_complete(ctl, BT_HCI_ERR_SUCCESS, (const uint8_t[1]){0}, 0);
	}
}

void ctl__cmd_run(struct fav_controller *ctl, uint16_t opcode, const uint8_t *params, uint8_t len,
		  uint64_t now_us)
{
	const struct ctl_cmd *cmd = find(opcode);
	uint8_t rsp[RSP_MAX] = {0};
	uint8_t status = BT_HCI_ERR_INVALID_PARAM;

	ctl->down.opcode = opcode;
	ctl->down.replied = false;
	if (cmd == NULL) {
		send_status(ctl, BT_HCI_ERR_UNKNOWN_CMD);
		return;
	}
	if (len == cmd->len || (cmd->answer == CTL_LIST && len > cmd->len)) {
		status = cmd->run(ctl, params, len, rsp, now_us);
	}
	if (ctl->down.replied || (cmd->answer == CTL_LIST && status == BT_HCI_ERR_SUCCESS)) {
		return;
	}
	if (cmd->answer == CTL_STATUS) {
		send_status(ctl, status);
	} else {
		send_complete(ctl, status, rsp, cmd->rsp_len);
	}
}

static void add_to_bitmap(const struct ctl_cmd_table *table, uint8_t bitmap[64])
{
	for (size_t i = 0; i < table->count; i++) {
		bitmap[table->cmds[i].octet] |= (uint8_t)BIT(table->cmds[i].bit);
	}
}

void ctl__cmd_bitmap(uint8_t bitmap[64])
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		if (tables[t] != &ctl__cmds_vs) {
			add_to_bitmap(tables[t], bitmap);
		}
	}
}

void ctl__cmd_vs_bitmap(uint8_t bitmap[64])
{
	add_to_bitmap(&ctl__cmds_vs, bitmap);
}
