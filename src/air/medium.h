/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_MEDIUM_H_
#define FAV_AIR_MEDIUM_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <zephyr/sys/dlist.h>
#include <zephyr/sys/slist.h>

#include "air/signal_path.h"
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
 *  - noise, jammers and those that it stood out against may still spoil it, by chance;
 *  - a loss that was set for the link, and an observer's verdict, may make it worse.
 *
 * Chances are drawn where neither outcome is certain, in the order in which packets end, so they
 * follow from the seed. A packet weaker than the receiver's noise is not there for that receiver.
 *
 * A delay that was set for the link moves the packet at that receiver, not what it collides with.
 * One that ends there before a delayed one has ended is not heard.
 *
 * So a packet costs one timeout and the listeners of its channel.
 */

/* Signal to interference at which a packet is received all the same, dB; what receivers of the
 * Core Specification must stand on the same channel is 21 dB (Vol 6 Part A 4.2), what is
 * usual is about 10. */
#define MEDIUM_CAPTURE_DB 10

/* A packet of that strength arrives for sure if it is alone, on each PHY. */
#define MEDIUM_LOUD_DBM -80

/* Packets that may overlap one; with more it counts as lost everywhere. */
#define MEDIUM_HITS_MAX 8

struct medium_node;

/* A packet that overlaps another one. */
struct medium_hit {
	const struct medium_node *sender;
	uint64_t start_us, end_us;
	uint32_t access_address;
};

/* One device's radio on the medium. */
struct medium_node {
	struct radio radio; /* first: what its controller sees */
	struct fav_air *air;
	const struct fav_hci *hci; /* for observers */
	struct place place;
	sys_slist_t losses; /* of struct link_loss: of what it hears */
	sys_dnode_t node;   /* in its channel's listeners or packets */
	enum {
		MEDIUM_IDLE,
		MEDIUM_LISTENING,
		MEDIUM_SENDING
	} state;
	struct fav_timeout timer; /* the end of the packet, or of the window */

	struct radio_listen listen;
	struct fav_timeout late; /* the end of a packet that was delayed on its way here */
	struct radio_rx late_rx; /* it, with its bytes below */
	uint8_t late_pdu[RADIO_PDU_MAX];

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
	sys_dlist_t jammers;   /* of struct fav_air_jammer */
	uint64_t random;
	uint64_t packets, received, corrupted;
};

void medium__init(struct medium *medium, uint64_t seed);

/* Idle, on no channel. */
void medium__node_init(struct medium_node *node, struct fav_air *air);

/* How strong the sender's packets arrive, dBm. */
double medium__rssi_dbm(const struct medium_node *sender, const struct medium_node *receiver);

/* When a receiver knows the access address of what the sender sends. */
uint64_t medium__sync_us(const struct medium_node *sender);

/* Whether something happens that has that chance. */
bool medium__chance(struct medium *medium, double chance);

/* The worse of two; not MAX(), which would ask twice for what it compares. */
static inline enum fav_air_verdict medium__worse(enum fav_air_verdict a, enum fav_air_verdict b)
{
	return a > b ? a : b;
}

/* What becomes of the packet that the sender has sent, before observers are asked. */
enum fav_air_verdict medium__judge(const struct medium_node *sender,
				   const struct medium_node *receiver);

/* The chance, 0 to 1, that a packet of that sender is lost at the receiver. */
double medium__link_loss(const struct medium_node *sender, const struct medium_node *receiver);

/* How long a packet of that sender takes to the receiver, us. */
uint32_t medium__link_delay_us(const struct medium_node *sender,
			       const struct medium_node *receiver);

/* The power of all jammers there and then, mW; *change_us comes down to when that may change. */
double medium__jamming_mw(struct medium *medium, const struct place *place, uint8_t channel,
			  uint64_t now_us, uint64_t *change_us);

/* Off the medium, whatever it was doing. */
void medium__node_remove(struct medium_node *node);

#endif
