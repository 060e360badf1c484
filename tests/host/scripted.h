/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_SCRIPTED_H_
#define TESTS_HOST_SCRIPTED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <favonius/host.h>
#include <favonius/loop.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/hci_types.h>

/*
 * A controller without a radio, for tests of the host: it answers every command sanely unless told
 * otherwise, notes what it was sent, and sends whatever events a test makes up.
 *
 *     struct scripted s;
 *     scripted_up(&s);       virtual time, a host of its own, enabled and current
 *     ...
 *     scripted_down(&s);     disabled and destroyed; fails the test if anything is left
 *
 * What it sends it sends from an interrupt of its own, never from within a call of the host, unless
 * inside_send is set. A packet that finds no buffer is held, with all behind it.
 */

#define SCRIPTED_LOG   256 /* Commands noted: the latest. */
#define SCRIPTED_OUT   512 /* Packets that can wait to go up. */
#define SCRIPTED_ACL   128 /* ACL packets noted: the first since scripted_forget(). */
#define SCRIPTED_PKT   600 /* Bytes of the longest packet. */
#define SCRIPTED_RULES 16

/* What becomes of a command. */
enum scripted_deed {
	SCRIPTED_ANSWER,       /* The sane answer. */
	SCRIPTED_REFUSE,       /* An answer of its usual kind with the status of the rule. */
	SCRIPTED_SILENT,       /* Nothing at all. */
	SCRIPTED_TWICE,        /* The sane answer twice. */
	SCRIPTED_WRONG_OPCODE, /* The sane answer for another command, one that was never sent. */
	SCRIPTED_SHORT,        /* Command Complete with a status alone. */
	SCRIPTED_EMPTY,        /* Command Complete without even a status. */
	SCRIPTED_TRUNCATED,    /* Command Complete cut off before the opcode. */
	SCRIPTED_NO_CREDIT,    /* The sane answer with Num_HCI_Command_Packets 0. */
	SCRIPTED_LATE,         /* The sane answer after the delay of the rule. */
	SCRIPTED_LOSE,         /* The transport is lost. */
};

struct scripted_rule {
	uint16_t opcode; /* 0: any. */
	uint32_t nth;    /* Of those from now, 1 is the next; 0: each. */
	enum scripted_deed deed;
	uint8_t status;    /* SCRIPTED_REFUSE */
	uint32_t delay_ms; /* SCRIPTED_LATE */
};

struct scripted_cmd {
	uint16_t opcode;
	uint8_t len;
	uint8_t params[255];
};

struct scripted_acl_pkt {
	uint16_t handle; /* With its flags. */
	uint16_t len;
	uint8_t data[SCRIPTED_PKT];
};

struct scripted {
	struct fav_hci hci;
	struct bt_host *host;

	/* Set before scripted_enable() to be another controller. */
	bt_addr_t public_addr;
	uint8_t hci_version;
	uint16_t manufacturer, lmp_subversion;
	uint8_t commands[64];
	uint8_t lmp_features[8];
	uint8_t le_features[8];
	uint16_t acl_len;
	uint8_t acl_count;
	uint8_t accept_list_size;
	uint8_t resolving_list_size; /* with BT_LE_FEAT_BIT_PRIVACY */
	uint16_t max_adv_data_len;
	uint8_t adv_sets;

	bool inside_send;    /* Answer from within send(). */
	bool hold_completed; /* Do not complete ACL packets; scripted_complete() does. */
	bool no_follow_up;   /* Do not send the event that follows a Command Status by itself. */

	/* Since the last Reset: the kind of commands that it has taken for advertising, scanning
	 * and connecting. It refuses the other, Core 6.0 Vol 4 Part E 3.1.1. */
	bool legacy_used, ext_used;

	struct scripted_rule rules[SCRIPTED_RULES];
	size_t rule_count;

	struct scripted_cmd log[SCRIPTED_LOG];
	uint32_t cmd_count; /* Commands so far. */
	uint32_t opens, closes;
	struct scripted_acl_pkt acl[SCRIPTED_ACL];
	uint32_t acl_packets;    /* ACL packets so far. */
	uint32_t host_completed; /* Packets that the host has reported completed. */
	uint16_t acl_in_hand;    /* ACL packets not completed. */
	uint16_t acl_in_hand_max;

	struct {
		uint16_t len;
		uint8_t data[SCRIPTED_PKT];
	} out[SCRIPTED_OUT];
	uint32_t out_put, out_got;
	bool refused; /* The host had no buffer. */
	struct fav_irq irq;
	struct fav_timeout late;
	struct scripted_cmd late_cmd;
};

/* A sane controller with address 00:11:22:33:44:55, not attached to anything. */
void scripted_init(struct scripted *s);

/* Before scripted_enable(): a controller with extended and periodic advertising, all PHYs, and room
 * for 1650 bytes. */
void scripted_ext(struct scripted *s);
/* Virtual time from 0, scripted_init(), and a new disabled host on it, which becomes current. */
void scripted_begin(struct scripted *s);
/* bt_enable(), which must succeed. */
void scripted_enable(struct scripted *s);
/* Both. */
void scripted_up(struct scripted *s);
/* Disable, where enabled, destroy the host, and fail the test if anything is left. */
void scripted_down(struct scripted *s);

/* Let a rule hold from now on; the first that matches a command decides. */
void scripted_rule(struct scripted *s, struct scripted_rule rule);
/* No rules any more. */
void scripted_obey(struct scripted *s);
/* Refuse each command of opcode with status. */
void scripted_refuse(struct scripted *s, uint16_t opcode, uint8_t status);
/* Leave each command of opcode unanswered. */
void scripted_silence(struct scripted *s, uint16_t opcode);

/* Let all go up that is on its way and all be done that follows, without time passing. */
void scripted_settle(void);
/* The same, and then until ms of virtual time have passed. */
void scripted_run_ms(uint32_t ms);

/* Send up an event, an LE event, bytes as they are (indicator first), an ACL packet (boundary
 * flags BT_ACL_*). */
void scripted_evt(struct scripted *s, uint8_t code, const void *params, size_t len);
void scripted_le_evt(struct scripted *s, uint8_t subevent, const void *params, size_t len);
void scripted_raw(struct scripted *s, const void *packet, size_t len);
void scripted_acl_in(struct scripted *s, uint16_t handle, uint8_t flags, const void *data,
		     size_t len);
/* Command Complete with its return parameters, status first. */
void scripted_cmd_complete(struct scripted *s, uint8_t ncmd, uint16_t opcode, const void *rp,
			   size_t len);
void scripted_cmd_status(struct scripted *s, uint8_t ncmd, uint16_t opcode, uint8_t status);
/* Number Of Completed Packets. */
void scripted_complete(struct scripted *s, uint16_t handle, uint16_t count);
/* LE Connection Complete: interval 24 (30 ms), latency 0, timeout 400 (4 s). */
void scripted_connected(struct scripted *s, uint8_t status, uint16_t handle, uint8_t role,
			const bt_addr_le_t *peer);
/* Disconnection Complete. */
void scripted_disconnected(struct scripted *s, uint16_t handle, uint8_t reason);
/* An advertising report. */
void scripted_report(struct scripted *s, uint8_t type, const bt_addr_le_t *addr, const void *data,
		     uint8_t len, int8_t rssi);
/* LE Advertising Set Terminated. */
void scripted_set_terminated(struct scripted *s, uint8_t status, uint8_t adv_handle,
			     uint16_t conn_handle, uint8_t events);
/* An extended advertising report: info, with its length put right, then the data. */
void scripted_ext_report(struct scripted *s, struct bt_hci_evt_le_ext_advertising_info info,
			 const void *data, uint8_t len);
/* The transport is lost, now. */
void scripted_lose(struct scripted *s, int err);

/* The latest command of opcode that was sent down; NULL: none. */
const struct scripted_cmd *scripted_sent(const struct scripted *s, uint16_t opcode);
/* The n-th of opcode that is in the log, from 0; NULL: there are not so many. */
const struct scripted_cmd *scripted_nth(const struct scripted *s, uint16_t opcode, uint32_t n);
/* How many commands of opcode are in the log. */
uint32_t scripted_count(const struct scripted *s, uint16_t opcode);
/* Forget all commands and ACL packets noted. */
void scripted_forget(struct scripted *s);

#endif
