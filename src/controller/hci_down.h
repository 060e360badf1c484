/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_DOWN_H_
#define FAV_CONTROLLER_HCI_DOWN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>

#include "controller/hci_wire.h"

/*
 * Packets from the host, through the wire. send() only queues; a timeout of the present moment
 * works through the queue, so that a command happens behind everything in the air that is due
 * before it, and no event comes from within the host's own call.
 *
 * Bounded: one command is executed while the host takes events; the advertised number of ACL
 * packets is kept. What a host sends beyond its credits is refused, and it is told of lost data.
 */

struct fav_controller;

/* Commands that wait; a host that keeps to its one credit never has more than one, but may add
 * Host Number Of Completed Packets, which need none. */
#define CTL_DOWN_MAX 64

struct ctl_down {
	struct hci_wire wire;
	struct fav_timeout timer;
	sys_slist_t queue; /* of net_buf, out of the wire */
	uint16_t queued;   /* and in it */
	uint16_t acl_used; /* ACL packets that connections hold */
	bool complained;   /* about a host that ignores flow control */
	bool replied;      /* the command at hand */
	uint16_t opcode;   /* of it */
};

extern const struct fav_hci_api ctl__hci_api;

void ctl__down_init(struct fav_controller *ctl);
/* What waits is freed. */
void ctl__down_reset(struct fav_controller *ctl);

/* The host takes events again. */
void ctl__down_resume(struct fav_controller *ctl);

#endif
