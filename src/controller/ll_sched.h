/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SCHED_H_
#define FAV_CONTROLLER_LL_SCHED_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/sys/dlist.h>

#include "controller/radio.h"

/*
 * Who has the radio. A controller has one radio and many activities: connections, an advertiser,
 * and the listener on the primary channels (scanner and initiator).
 *
 * A timed activity says when it wants the radio next (ll__sched_at). At that moment it gets it
 * (start), and gives it back (ll__sched_done). When another one has it, the higher priority goes
 * on; the loser hears of it (lost, or abort when it had begun) and plans its next moment. Each loss
 * raises the loser's priority by one until it has finished once, so that nobody starves.
 *
 * The background activity has the radio whenever nobody else does, and yields to everybody.
 */

struct ll_act;

struct ll_act_ops {
	/* The radio is this activity's, idle, until ll__sched_done(). now_us is its at_us. */
	void (*start)(struct ll_act *act, uint64_t now_us);
	/* Another activity has the radio at at_us. NULL for the background. */
	void (*lost)(struct ll_act *act, uint64_t now_us);
	/* The radio was taken away in the middle. */
	void (*abort)(struct ll_act *act, uint64_t now_us);
	/* From the radio, while it is this activity's. */
	void (*tx_done)(struct ll_act *act, uint64_t end_us);
	void (*rx)(struct ll_act *act, const struct radio_rx *rx);
	void (*rx_timeout)(struct ll_act *act, uint64_t now_us);
};

struct ll_act {
	const struct ll_act_ops *ops;
	uint64_t at_us;
	sys_dnode_t node;
	uint8_t prio;
	uint8_t age; /* losses since it last finished */
};

struct ll_sched {
	struct radio *radio;
	struct fav_timeout timer;
	sys_dlist_t agenda; /* of struct ll_act, by at_us, then by arrival */
	struct ll_act *owner;
	struct ll_act *background;
};

#define LL_PRIO_ADV  2
#define LL_PRIO_CONN 3

/* Sets the radio's client. */
void ll__sched_init(struct ll_sched *sched, struct radio *radio);

void ll__sched_act_init(struct ll_act *act, const struct ll_act_ops *ops, uint8_t prio);

/* Ask for the radio at at_us; moves an earlier wish. */
void ll__sched_at(struct ll_sched *sched, struct ll_act *act, uint64_t at_us);

/* Withdraw: off the agenda, and off the radio at once when it has it. No callback comes. */
void ll__sched_cancel(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* The owner gives the radio back; it is stopped. */
void ll__sched_done(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Set or (NULL) clear who has the radio when nobody else does. */
void ll__sched_background(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Until when act may keep the radio without harm to one of at least its priority. */
uint64_t ll__sched_room(const struct ll_sched *sched, const struct ll_act *act);

#endif
