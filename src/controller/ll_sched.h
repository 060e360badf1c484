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
 * Activities that share (connections) ask before each step on the radio (ll__sched_first) and are
 * never cut off by each other. First is who needs it more (enum ll_need); of two with a deadline,
 * or with little to do, the one that has lost more moments in a row.
 *
 * Those that have much to do are compared by the time that they have had, as start-time fair
 * queueing does: one goes on over another's moment until it is LL_TURN_US ahead of it. So the time
 * is used, however the moments lie, and whoever wants it gets the same. The time from the end of a
 * step to the moment for which there was no further one is lost to all: the more of it there would
 * be, the farther ahead one may go, LL_TURN_WASTE times as much.
 *
 * Nobody is owed time that it did not want, nor owes time that nobody else did: LL_CREDIT_US either
 * way at most. For those that do want it the account is kept, up to LL_ARREARS_US: else who has had
 * a few moments less than the others would stay behind for ever.
 *
 * Those with little to do come first, as long as they take no more than their share of the time:
 * one that has just one packet each time is no lighter than one that has many. And one with much to
 * do that has lost LL_TURN_WAITS moments in a row to such as have not, and more than these, goes
 * before them, once.
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
	uint8_t passed;              /* moments in a row that went to equals, but for their turns */
	bool left_to_turn;           /* whom it has last found to go first takes turns, too */
	bool wants;                  /* its last moment left it with much to do */
	uint64_t used_us;            /* radio time, beside that of the others */
	uint64_t last_us, period_us; /* its last moment, and from the one before to that */
	uint32_t spent_us; /* what its last turn took, 0 when nobody had anything to say */
};

struct ll_sched {
	struct radio *radio;
	struct fav_timeout timer;
	sys_dlist_t agenda; /* of struct ll_act, by at_us, then by arrival */
	struct ll_act *owner;
	struct ll_act *background;
	uint64_t began_us;    /* the owner */
	unsigned int wanting; /* how many have much to do */
	uint64_t fair_us;     /* used_us of those, about */
};

/* A turn is long beside an exchange of two long packets (5 ms on 1M), because a part of one is
 * wasted where it ends. */
#define LL_TURN_US    40000
#define LL_TURN_WASTE 8
/* A moment lost outweighs that much time lost to all. */
#define LL_MOMENT_WASTE_US 2000
#define LL_TURN_WAITS      3
#define LL_CREDIT_US       (4 * LL_TURN_US)
#define LL_ARREARS_US      4000000

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

/* The same when nobody had anything to say: the time that it has used does not count. */
void ll__sched_done_idle(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* The owner gives the radio back without having done what it wanted to, and counts as a loser. */
void ll__sched_pass(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Set or (NULL) clear who has the radio when nobody else does. */
void ll__sched_background(struct ll_sched *sched, struct ll_act *act, uint64_t now_us);

/* Until when the radio may be kept without harm to one of at least that priority, losses aside: who
 * goes by it does not wait for those that wait for it. */
uint64_t ll__sched_room_below(const struct ll_sched *sched, unsigned int prio);

/* Until when act may keep the radio without harm to one of at least its priority. */
uint64_t ll__sched_room(const struct ll_sched *sched, const struct ll_act *act);

/* When the next moment is, whosever. */
uint64_t ll__sched_next_us(const struct ll_sched *sched);

/* A step of the owner's on the radio: until end_us it will most likely take, and until latest_us if
 * the peer says all that it may. */
struct ll_step {
	uint64_t from_us, end_us, latest_us;
};

/* Whose moment comes before the end of a step of the owner, which shares, and goes first; before
 * its latest end, who has a deadline. NULL when nobody's does. */
const struct ll_act *ll__sched_first(struct ll_sched *sched, struct ll_act *act,
				     const struct ll_step *step);

#endif
