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
	&ctl__cmds_le,      &ctl__cmds_gap,  &ctl__cmds_cancel, &ctl__cmds_conn, &ctl__cmds_enc,
	&ctl__cmds_set,     &ctl__cmds_per,  &ctl__cmds_sync,   &ctl__cmds_past, &ctl__cmds_ext,
	&ctl__cmds_privacy, &ctl__cmds_base, &ctl__cmds_vs,
};

static const struct ctl_cmd *find(uint16_t opcode, enum ctl_cmd_family *family)
{
	*family = CTL_ANY;
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (size_t i = 0; i < tables[t]->count; i++) {
			if (tables[t]->cmds[i].opcode == opcode) {
				*family = tables[t]->family;
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

static bool answered_by_status(const struct ctl_cmd *cmd)
{
	return cmd->answer == CTL_STATUS || cmd->answer == CTL_STATUS_VAR;
}

void ctl__cmd_reply(struct fav_controller *ctl)
{
	enum ctl_cmd_family family;
	const struct ctl_cmd *cmd = find(ctl->down.opcode, &family);

	if (answered_by_status(cmd)) {
		send_status(ctl, BT_HCI_ERR_SUCCESS);
	} else {
		send_complete(ctl, BT_HCI_ERR_SUCCESS, (const uint8_t[1]){0}, 0);
	}
}

static bool has_list(const struct ctl_cmd *cmd)
{
	return cmd->answer == CTL_LIST || cmd->answer == CTL_COMPLETE_VAR ||
	       cmd->answer == CTL_STATUS_VAR;
}

/* A command whose parameters are wrong does not yet decide for its family. */
static uint8_t run_of_family(struct fav_controller *ctl, const struct ctl_cmd *cmd,
			     enum ctl_cmd_family family, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	enum ctl_cmd_family former = ctl->family;
	uint8_t status;

	if (family != CTL_ANY && former != CTL_ANY && family != former) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (family != CTL_ANY) {
		ctl->family = family;
	}
	status = cmd->run(ctl, params, len, rsp, now_us);
	if (status == BT_HCI_ERR_INVALID_PARAM) {
		ctl->family = former;
	}
	return status;
}

void ctl__cmd_run(struct fav_controller *ctl, uint16_t opcode, const uint8_t *params, uint8_t len,
		  uint64_t now_us)
{
	enum ctl_cmd_family family;
	const struct ctl_cmd *cmd = find(opcode, &family);
	uint8_t rsp[RSP_MAX] = {0};
	uint8_t status = BT_HCI_ERR_INVALID_PARAM;

	ctl->down.opcode = opcode;
	ctl->down.replied = false;
	if (cmd == NULL) {
		send_status(ctl, BT_HCI_ERR_UNKNOWN_CMD);
		return;
	}
	if (len == cmd->len || (has_list(cmd) && len > cmd->len)) {
		status = run_of_family(ctl, cmd, family, params, len, rsp, now_us);
	}
	if (ctl->down.replied || (cmd->answer == CTL_LIST && status == BT_HCI_ERR_SUCCESS)) {
		return;
	}
	if (answered_by_status(cmd)) {
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
