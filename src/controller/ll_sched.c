/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_sched.h"

#include <zephyr/sys/util.h>

/* How many turns the average is of. */
#define FAIR_OF 8
/* Where it begins: far from 0, so that one may be behind it. */
#define FAIR_FROM_US (1000 * (uint64_t)LL_ARREARS_US)

static unsigned int weight(const struct ll_act *act)
{
	return act->prio + act->age;
}

/* ---- Activities that share ---- */

static bool share(const struct ll_act *a, const struct ll_act *b)
{
	return a->ops->need != NULL && b->ops->need != NULL;
}

/* Its moment is over: does it want more time than it has had? */
static void set_wants(struct ll_sched *sched, struct ll_act *act, bool wants)
{
	sched->wanting += wants - act->wants;
	act->wants = wants;
}

static void moment_over(struct ll_sched *sched, struct ll_act *act)
{
	enum ll_need need = act->ops->need != NULL ? act->ops->need(act) : LL_NEED_NONE;

	/* A deadline says nothing about it. */
	if (need != LL_NEED_URGENT) {
		set_wants(sched, act, need == LL_NEED_TURN);
	}
}

/* At its moment: time that it did not want is not owed to it, nor does it owe for ever what others
 * did not. */
static void settle(const struct ll_sched *sched, struct ll_act *act)
{
	uint64_t most_us = act->wants ? LL_ARREARS_US : LL_CREDIT_US;

	act->used_us = CLAMP(act->used_us, sched->fair_us - most_us, sched->fair_us + most_us);
}

/* A turn begins: what those who take turns have had, on average. */
static void follow(struct ll_sched *sched, const struct ll_act *act)
{
	if (act->ops->need != NULL && act->ops->need(act) == LL_NEED_TURN) {
		sched->fair_us -= sched->fair_us / FAIR_OF;
		sched->fair_us += act->used_us / FAIR_OF;
	}
}

/* Who goes first, by itself: so that of any number there is always one that nobody is before. */
enum rank {
	RANK_NONE,
	RANK_TURN,   /* by the time that they have had */
	RANK_MOMENT, /* by the moments that they have lost */
	RANK_URGENT, /* likewise */
};

/* Whether it takes less of the time than its share beside those who want more than they have, and
 * has not had more than these by doing so again and again. */
static bool is_light(const struct ll_sched *sched, const struct ll_act *act)
{
	return act->spent_us == 0 || (act->spent_us * (sched->wanting + 1ULL) <= act->period_us &&
				      act->used_us <= sched->fair_us + LL_TURN_US);
}

/* Whether it takes its turns with the others, even if for once it goes before them. */
static bool takes_turns(const struct ll_sched *sched, const struct ll_act *act)
{
	enum ll_need need = act->ops->need(act);

	return act->wants || need == LL_NEED_TURN ||
	       (need == LL_NEED_MOMENT && !is_light(sched, act));
}

static enum rank rank(const struct ll_sched *sched, const struct ll_act *act)
{
	switch (act->ops->need(act)) {
	case LL_NEED_NONE:
		return RANK_NONE;
	case LL_NEED_URGENT:
		return RANK_URGENT;
	default:
		return takes_turns(sched, act) && act->passed < LL_TURN_WAITS ? RANK_TURN
									      : RANK_MOMENT;
	}
}

/* What would be lost to all if the radio were left for act's moment instead. */
static uint64_t waste_us(const struct ll_act *act, const struct ll_step *step)
{
	return act->at_us > step->from_us ? act->at_us - step->from_us : 0;
}

/* Whether act's moment ends the owner's turn. */
static bool ends_turn(const struct ll_sched *sched, const struct ll_act *act,
		      const struct ll_act *owner, const struct ll_step *step)
{
	return act->used_us + LL_TURN_US + LL_TURN_WASTE * waste_us(act, step) <
	       owner->used_us + (step->end_us - sched->began_us);
}

/* Whether act has lost so many moments more than the owner. */
static bool has_lost_more(const struct ll_act *act, const struct ll_act *owner,
			  const struct ll_step *step)
{
	return act->passed > owner->passed + waste_us(act, step) / LL_MOMENT_WASTE_US;
}

/* Whether act's moment goes before the owner's step. */
static bool before_equal(const struct ll_sched *sched, const struct ll_act *act,
			 const struct ll_act *owner, const struct ll_step *step)
{
	enum rank mine = rank(sched, act), owners = rank(sched, owner);

	if (mine != owners) {
		return mine > owners;
	}
	return mine == RANK_TURN ? ends_turn(sched, act, owner, step)
				 : has_lost_more(act, owner, step);
}

static bool before(const struct ll_sched *sched, const struct ll_act *act,
		   const struct ll_act *owner, const struct ll_step *step)
{
	return share(act, owner) ? before_equal(sched, act, owner, step)
				 : weight(act) >= weight(owner);
}

/* Whether act has a deadline, has lost moments for all that, and the owner has none. */
static bool must_not_miss(const struct ll_sched *sched, const struct ll_act *act,
			  const struct ll_act *owner)
{
	return share(act, owner) && act->passed >= LL_TURN_WAITS &&
	       rank(sched, act) == RANK_URGENT && rank(sched, owner) != RANK_URGENT;
}

/* The owner's turn is over. */
static void account(struct ll_sched *sched, uint64_t now_us)
{
	struct ll_act *owner = sched->owner;

	owner->spent_us = (uint32_t)(now_us - sched->began_us);
	owner->used_us += owner->spent_us;
}

/* ---- The agenda ---- */

static struct ll_act *agenda_head(const struct ll_sched *sched)
{
	return SYS_DLIST_PEEK_HEAD_CONTAINER((sys_dlist_t *)&sched->agenda, (struct ll_act *)NULL,
					     node);
}

static void rearm(struct ll_sched *sched)
{
	const struct ll_act *head = agenda_head(sched);

	if (head == NULL) {
		fav_timeout_stop(&sched->timer);
	} else if (!fav_timeout_is_armed(&sched->timer) || sched->timer.at_us != head->at_us) {
		fav_timeout_start(&sched->timer, head->at_us);
	}
}

static void give(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	follow(sched, act);
	sched->owner = act;
	sched->began_us = now_us;
	act->ops->start(act, now_us);
}

/* Nobody has the radio: the background may go on. */
static void idle(struct ll_sched *sched, uint64_t now_us)
{
	if (sched->owner == NULL && sched->background != NULL) {
		give(sched, sched->background, now_us);
	}
}

static void take_away(struct ll_sched *sched)
{
	sched->radio->api->stop(sched->radio);
	sched->owner = NULL;
}

static uint8_t older(uint8_t age)
{
	return age < UINT8_MAX ? age + 1 : age;
}

/* One that takes turns does not count those of the others, unless it has a deadline. */
static void passed_to(const struct ll_sched *sched, struct ll_act *act, bool turn)
{
	if (!turn || !takes_turns(sched, act) || act->ops->need(act) == LL_NEED_URGENT) {
		act->passed = older(act->passed);
	}
}

static void lost(struct ll_sched *sched, struct ll_act *act, const struct ll_act *to,
		 uint64_t now_us)
{
	moment_over(sched, act);
	if (share(act, to)) {
		passed_to(sched, act, takes_turns(sched, to));
	} else {
		act->age = older(act->age);
	}
	act->ops->lost(act, now_us);
}

/* Whether the owner goes on at another's moment. */
static bool owner_stays(const struct ll_sched *sched, const struct ll_act *act)
{
	const struct ll_act *owner = sched->owner;

	if (owner == NULL || owner == sched->background) {
		return false;
	}
	/* Equals are never cut off: the packets of one event belong together, and it is short. */
	return share(act, owner) || owner->prio == act->prio || weight(owner) >= weight(act);
}

static void claim(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	struct ll_act *owner = sched->owner;

	act->period_us = now_us - act->last_us;
	act->last_us = now_us;
	settle(sched, act);
	if (owner_stays(sched, act)) {
		lost(sched, act, owner, now_us);
		return;
	}
	if (owner != NULL) {
		uint8_t age = older(owner->age);

		account(sched, now_us);
		take_away(sched);
		owner->ops->abort(owner, now_us);
		owner->age = age;
	}
	give(sched, act, now_us);
}

static void agenda_due(struct fav_timeout *timer)
{
	struct ll_sched *sched = CONTAINER_OF(timer, struct ll_sched, timer);
	uint64_t now_us = timer->at_us;
	struct ll_act *act = agenda_head(sched);

	/* One at a time: a handler may cancel or add others. */
	if (act != NULL && act->at_us <= now_us) {
		sys_dlist_remove(&act->node);
		claim(sched, act, now_us);
	}
	rearm(sched);
}

static void on_tx_done(void *ctx, uint64_t end_us)
{
	struct ll_sched *sched = ctx;

	sched->owner->ops->tx_done(sched->owner, end_us);
}

static void on_rx(void *ctx, const struct radio_rx *rx)
{
	struct ll_sched *sched = ctx;

	sched->owner->ops->rx(sched->owner, rx);
}

static void on_rx_timeout(void *ctx, uint64_t now_us)
{
	struct ll_sched *sched = ctx;

	sched->owner->ops->rx_timeout(sched->owner, now_us);
}

static const struct radio_client radio_client = {
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};

void ll__sched_init(struct ll_sched *sched, struct radio *radio)
{
	sched->radio = radio;
	sched->timer.handler = agenda_due;
	sys_dlist_init(&sched->agenda);
	sched->owner = NULL;
	sched->background = NULL;
	sched->fair_us = FAIR_FROM_US;
	sched->wanting = 0;
	radio->client = &radio_client;
	radio->ctx = sched;
}

void ll__sched_act_init(struct ll_act *act, const struct ll_act_ops *ops, uint8_t prio)
{
	act->ops = ops;
	act->prio = prio;
	act->age = 0;
	act->passed = 0;
	act->wants = false;
	act->spent_us = 0;
	act->last_us = 0;
	act->period_us = 0;
	act->used_us = 0;
	sys_dnode_init(&act->node);
}

void ll__sched_at(struct ll_sched *sched, struct ll_act *act, uint64_t at_us)
{
	sys_dnode_t *node;

	if (sys_dnode_is_linked(&act->node)) {
		sys_dlist_remove(&act->node);
	}
	act->at_us = at_us;
	/* From the tail: what has just run asks for a moment behind the others'. */
	for (node = sys_dlist_peek_tail(&sched->agenda); node != NULL;
	     node = sys_dlist_peek_prev(&sched->agenda, node)) {
		if (CONTAINER_OF(node, struct ll_act, node)->at_us <= at_us) {
			break;
		}
	}
	if (node == NULL) {
		sys_dlist_prepend(&sched->agenda, &act->node);
	} else if (sys_dlist_is_tail(&sched->agenda, node)) {
		sys_dlist_append(&sched->agenda, &act->node);
	} else {
		sys_dlist_insert(sys_dlist_peek_next(&sched->agenda, node), &act->node);
	}
	rearm(sched);
}

void ll__sched_cancel(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	if (sys_dnode_is_linked(&act->node)) {
		sys_dlist_remove(&act->node);
		rearm(sched);
	}
	set_wants(sched, act, false);
	if (sched->owner == act) {
		take_away(sched);
		idle(sched, now_us);
	}
}

static void done(struct ll_sched *sched, struct ll_act *act, bool was_idle, uint64_t now_us)
{
	act->age = 0;
	act->passed = 0;
	moment_over(sched, act);
	if (sched->owner == act) {
		account(sched, was_idle ? sched->began_us : now_us);
		take_away(sched);
		idle(sched, now_us);
	}
}

void ll__sched_done(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	done(sched, act, false, now_us);
}

void ll__sched_done_idle(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	done(sched, act, true, now_us);
}

void ll__sched_pass(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	account(sched, now_us);
	moment_over(sched, act);
	passed_to(sched, act, act->left_to_turn);
	take_away(sched);
	idle(sched, now_us);
}

void ll__sched_background(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	struct ll_act *old = sched->background;

	sched->background = act;
	if (old != NULL && old != act && sched->owner == old) {
		take_away(sched);
	}
	idle(sched, now_us);
}

uint64_t ll__sched_room_below(const struct ll_sched *sched, unsigned int prio)
{
	struct ll_act *other;

	SYS_DLIST_FOR_EACH_CONTAINER((sys_dlist_t *)&sched->agenda, other, node) {
		if (other->prio >= prio) {
			return other->at_us;
		}
	}
	return FAV_FOREVER_US;
}

uint64_t ll__sched_room(const struct ll_sched *sched, const struct ll_act *act)
{
	struct ll_act *other;

	SYS_DLIST_FOR_EACH_CONTAINER((sys_dlist_t *)&sched->agenda, other, node) {
		if (weight(other) >= weight(act)) {
			return other->at_us;
		}
	}
	return FAV_FOREVER_US;
}

uint64_t ll__sched_next_us(const struct ll_sched *sched)
{
	const struct ll_act *head = agenda_head(sched);

	return head != NULL ? head->at_us : FAV_FOREVER_US;
}

const struct ll_act *ll__sched_first(struct ll_sched *sched, struct ll_act *act,
				     const struct ll_step *step)
{
	struct ll_act *other;

	SYS_DLIST_FOR_EACH_CONTAINER(&sched->agenda, other, node) {
		if (other->at_us >= step->latest_us) {
			break;
		}
		if (other->at_us < step->end_us ? before(sched, other, act, step)
						: must_not_miss(sched, other, act)) {
			act->left_to_turn = share(other, act) && takes_turns(sched, other);
			return other;
		}
	}
	return NULL;
}
