/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_MEDIUM_H_
#define FAV_AIR_MEDIUM_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <zephyr/sys/dlist.h>

#include "controller/radio.h"

/*
 * The medium: who hears which packet, and how well.
 *
 * Each channel knows its listeners and the packets on it. A packet is judged once, when it ends,
 * for each listener that has been tuned to it since its preamble:
 *
 *  - another packet on the channel that overlaps its preamble or access address: not heard;
 *  - one that begins later: heard with a wrong CRC;
 *  - unless this packet is stronger there by MEDIUM_CAPTURE_DB, and the receiver was not already
 *    receiving the other one;
 *  - an observer's verdict may make it worse.
 *
 * So a packet costs one timeout and the listeners of its channel.
 */

/* Signal to interference at which a packet is received all the same, dB; what receivers of the
 * Core Specification must stand on the same channel is 21 dB (Vol 6 Part A 4.2), what is
 * usual is about 10. */
#define MEDIUM_CAPTURE_DB 10

/* Packets that may overlap one; with more it counts as lost everywhere. */
#define MEDIUM_HITS_MAX 8

struct medium_node;

/* A packet that overlaps another one. */
struct medium_hit {
	const struct medium_node *sender;
	uint64_t start_us;
	uint32_t access_address;
};

/* One device's radio on the medium. */
struct medium_node {
	struct radio radio; /* first: what its controller sees */
	struct fav_air *air;
	const struct fav_hci *hci; /* for observers */
	sys_dnode_t node;          /* in its channel's listeners or packets */
	enum {
		MEDIUM_IDLE,
		MEDIUM_LISTENING,
		MEDIUM_SENDING
	} state;
	struct fav_timeout timer; /* the end of the packet, or of the window */

	struct radio_listen listen;

	struct radio_tx tx;
	uint64_t end_us;
	uint8_t hit_count;
	bool crowded; /* more hits than fit */
	struct medium_hit hits[MEDIUM_HITS_MAX];
};

struct medium_channel {
	sys_dlist_t listeners; /* of struct medium_node */
	sys_dlist_t packets;   /* of struct medium_node: sending, or about to */
};

struct medium {
	struct medium_channel channels[RADIO_CHANNELS];
	sys_dlist_t observers; /* of struct fav_air_observer */
	uint64_t packets, received, corrupted;
};

void medium__init(struct medium *medium);

/* Idle, on no channel. */
void medium__node_init(struct medium_node *node, struct fav_air *air);

/* Off the medium, whatever it was doing. */
void medium__node_remove(struct medium_node *node);

#endif
