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
 * raises the loser's priority by one until it has finished once, so that nobody starves; but what
 * has begun is not cut off by one that began with the same priority.
 *
 * Activities that share (connections) ask before each step on the radio (ll__sched_fits) and are
 * never cut off by each other. First is who needs it more (enum ll_need). Those that have much to
 * do are compared by the time that they have had, as start-time fair queueing does: one goes on
 * over another's moment until it is LL_TURN_US ahead of it. So the time is used, however the
 * moments lie, and whoever wants it gets the same. Nobody counts as more than LL_CREDIT_US behind.
 * Beside those with little to do, who come first, they do not starve: one that has lost
 * LL_TURN_WAITS moments in a row goes first once, but not twice in a row before the same one.
 *
 * The background activity has the radio whenever nobody else does, and yields to everybody.
 */

struct ll_act;

/* How much an activity that shares needs its next moment. */
enum ll_need {
	LL_NEED_NONE,   /* it may as well miss it */
	LL_NEED_TURN,   /* it has much to do, and can wait for its turn */
	LL_NEED_MOMENT, /* it has little to do, now */
	LL_NEED_URGENT, /* a deadline is near */
};

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
	/* NULL for what does not share. */
	enum ll_need (*need)(const struct ll_act *act);
};

struct ll_act {
	const struct ll_act_ops *ops;
	uint64_t at_us;
	sys_dnode_t node;
	uint8_t prio;
	uint8_t age; /* losses since it last finished; to what it shares with they do not count */
	/* For what shares. */
	uint8_t passed;   /* moments in a row that went to equals */
	uint64_t used_us; /* radio time, never far behind the others' */
};

struct ll_sched {
	struct radio *radio;
	struct fav_timeout timer;
	sys_dlist_t agenda; /* of struct ll_act, by at_us, then by arrival */
	struct ll_act *owner;
	struct ll_act *background;
	uint64_t began_us; /* the owner */
	uint64_t most_us;  /* used_us of the one that has had most */
};

/* A turn is long beside an exchange of two long packets (5 ms on 1M), because a part of one is
 * wasted where it ends. */
#define LL_TURN_US    40000
#define LL_TURN_WAITS 3
#define LL_CREDIT_US  (4 * LL_TURN_US)

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

/* The owner gives the radio back without having done what it wanted to, and counts as a loser. */
void ll__sched_pass(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Set or (NULL) clear who has the radio when nobody else does. */
void ll__sched_background(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Until when the radio may be kept without harm to one of at least that priority, losses aside: who
 * goes by it does not wait for those that wait for it. */
uint64_t ll__sched_room_below(const struct ll_sched *sched, unsigned int prio);

/* Until when act may keep the radio without harm to one of at least its priority. */
uint64_t ll__sched_room(const struct ll_sched *sched, const struct ll_act *act);

/* Whether the owner, which shares, may keep the radio until end_us. */
bool ll__sched_fits(const struct ll_sched *sched, const struct ll_act *act, uint64_t end_us);

#endif
