/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_WIRE_H_
#define FAV_CONTROLLER_HCI_WIRE_H_

#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>

/*
 * One direction of a transport that takes its time: each packet comes out latency_us after it went
 * in, in order. With a latency of 0 it comes out at once, from within hci_wire__put().
 *
 * Packets are the buffers that they are in anyway; only so many are on the way at a time.
 */

/* All that a host may send before the controller has taken anything. */
#define HCI_WIRE_MAX 320

struct hci_wire {
	/* A packet has come out at now_us; the callee's. */
	void (*out)(struct hci_wire *wire, struct net_buf *buf, uint64_t now_us);
	uint32_t latency_us;
	struct fav_timeout timer; /* for the first */
	sys_slist_t packets;      /* of net_buf */
	uint16_t head, count;
	uint64_t due_us[HCI_WIRE_MAX]; /* of each packet, the first at head */
};

void hci_wire__init(struct hci_wire *wire, uint32_t latency_us,
		    void (*out)(struct hci_wire *wire, struct net_buf *buf, uint64_t now_us));

/* How many more fit. */
uint16_t hci_wire__room(const struct hci_wire *wire);

/* There must be room. */
void hci_wire__put(struct hci_wire *wire, struct net_buf *buf);

/* What is on the way is freed. */
void hci_wire__reset(struct hci_wire *wire);

#endif
