/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_sched.h"

#include <zephyr/sys/util.h>

static unsigned int weight(const struct ll_act *act)
{
	return act->prio + act->age;
}

/* ---- Activities that share ---- */

static bool share(const struct ll_act *a, const struct ll_act *b)
{
	return a->ops->need != NULL && b->ops->need != NULL;
}

/* What counts as used before a turn begins: credit does not grow without end. */
static uint64_t used_us(const struct ll_sched *sched, const struct ll_act *act)
{
	uint64_t least_us = sched->most_us > LL_CREDIT_US ? sched->most_us - LL_CREDIT_US : 0;

	return MAX(act->used_us, least_us);
}

/* Whether one with much to do goes before one with little. */
static bool may_interrupt(const struct ll_act *turn, const struct ll_act *moment)
{
	return turn->passed >= LL_TURN_WAITS && moment->passed == 0;
}

/* Whether act's moment goes before the owner's turn, which will have lasted until until_us. */
static bool before_equal(const struct ll_sched *sched, const struct ll_act *act,
			 const struct ll_act *owner, uint64_t until_us)
{
	enum ll_need need = act->ops->need(act), owners = owner->ops->need(owner);

	if (need == LL_NEED_TURN && owners == LL_NEED_MOMENT) {
		return may_interrupt(act, owner);
	}
	if (need == LL_NEED_MOMENT && owners == LL_NEED_TURN) {
		return !may_interrupt(owner, act);
	}
	if (need != owners) {
		return need > owners;
	}
	if (need == LL_NEED_MOMENT) {
		return act->passed > owner->passed;
	}
	return used_us(sched, act) + LL_TURN_US <
	       used_us(sched, owner) + (until_us - sched->began_us);
}

static bool before(const struct ll_sched *sched, const struct ll_act *act,
		   const struct ll_act *owner, uint64_t until_us)
{
	return share(act, owner) ? before_equal(sched, act, owner, until_us)
				 : weight(act) >= weight(owner);
}

/* The owner's turn is over. */
static void account(struct ll_sched *sched, uint64_t now_us)
{
	struct ll_act *owner = sched->owner;

	if (owner->ops->need != NULL) {
		owner->used_us = used_us(sched, owner) + (now_us - sched->began_us);
		sched->most_us = MAX(sched->most_us, owner->used_us);
	}
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

static void lost(struct ll_act *act, const struct ll_act *to, uint64_t now_us)
{
	if (share(act, to)) {
		act->passed = older(act->passed);
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

	if (owner_stays(sched, act)) {
		lost(act, owner, now_us);
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
	sched->most_us = 0;
	radio->client = &radio_client;
	radio->ctx = sched;
}

void ll__sched_act_init(struct ll_act *act, const struct ll_act_ops *ops, uint8_t prio)
{
	act->ops = ops;
	act->prio = prio;
	act->age = 0;
	act->passed = 0;
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
	if (sched->owner == act) {
		take_away(sched);
		idle(sched, now_us);
	}
}

void ll__sched_done(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	act->age = 0;
	act->passed = 0;
	if (sched->owner == act) {
		account(sched, now_us);
		take_away(sched);
		idle(sched, now_us);
	}
}

void ll__sched_pass(struct ll_sched *sched, struct ll_act *act, uint64_t now_us)
{
	account(sched, now_us);
	act->passed = older(act->passed);
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

bool ll__sched_fits(const struct ll_sched *sched, const struct ll_act *act, uint64_t end_us)
{
	struct ll_act *other;

	SYS_DLIST_FOR_EACH_CONTAINER((sys_dlist_t *)&sched->agenda, other, node) {
		if (other->at_us >= end_us) {
			break;
		}
		if (before(sched, other, act, end_us)) {
			return false;
		}
	}
	return true;
}
