/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_CMD_H_
#define FAV_CONTROLLER_HCI_CMD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HCI commands, Core 6.0 Vol 4 Part E 7. Each hci_cmd_*.c has a table of those that it executes;
 * hci_cmd.c finds a command there, checks its length and answers it. What the controller tells of
 * its commands is derived from the tables.
 */

struct fav_controller;

/* Executes a command: params holds len bytes; rsp, zeroed, takes the return parameters behind the
 * status. Returns the status. One that causes events must call ctl__cmd_reply() before these. */
typedef uint8_t (*ctl_cmd_fn)(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			      uint8_t *rsp, uint64_t now_us);

/* How it is answered. */
enum ctl_cmd_answer {
	CTL_COMPLETE, /* Command Complete */
	CTL_STATUS,   /* Command Status; an event tells the rest */
	CTL_LIST,     /* not, unless it is wrong; its length is at least that of the table */
	/* As CTL_COMPLETE and CTL_STATUS, with a length that is at least that of the table. */
	CTL_COMPLETE_VAR,
	CTL_STATUS_VAR,
};

/* A host uses the legacy advertising commands or the extended ones, not both, until it resets the
 * controller; 3.1.1. */
enum ctl_cmd_family {
	CTL_ANY,
	CTL_LEGACY,
	CTL_EXTENDED,
};

struct ctl_cmd {
	uint16_t opcode;
	uint8_t len;        /* of the parameters */
	uint8_t rsp_len;    /* of the return parameters behind the status */
	uint8_t octet, bit; /* in the supported commands, 6.27; in the vendor's bitmap */
	enum ctl_cmd_answer answer;
	ctl_cmd_fn run;
};

struct ctl_cmd_table {
	const struct ctl_cmd *cmds;
	size_t count;
	enum ctl_cmd_family family;
};

extern const struct ctl_cmd_table ctl__cmds_base, ctl__cmds_le, ctl__cmds_gap, ctl__cmds_cancel,
	ctl__cmds_conn, ctl__cmds_enc, ctl__cmds_set, ctl__cmds_per, ctl__cmds_sync, ctl__cmds_past,
	ctl__cmds_ext, ctl__cmds_privacy, ctl__cmds_vs;

/* Execute the command and answer it. */
void ctl__cmd_run(struct fav_controller *ctl, uint16_t opcode, const uint8_t *params, uint8_t len,
		  uint64_t now_us);

/* Whether an advertising set with these properties may have periodic advertising. */
bool ctl__may_be_periodic(uint16_t props);

/* Answer the command at hand with success before it has ended. */
void ctl__cmd_reply(struct fav_controller *ctl);

/* The supported commands as bitmaps: of 6.27, and of the vendor commands. */
void ctl__cmd_bitmap(uint8_t bitmap[64]);
void ctl__cmd_vs_bitmap(uint8_t bitmap[64]);

#endif
