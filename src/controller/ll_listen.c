/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_listen.h"

#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/ll_primary.h"

/* A window that ends while a packet arrives, or is answered, is looked at again after this. */
#define EDGE_RETRY_US 400

static struct fav_controller *ctl_of(struct ll_act *act)
{
	return CONTAINER_OF(CONTAINER_OF(act, struct ll_listen, act), struct fav_controller,
			    listen);
}

static enum radio_phy phy_of(const struct fav_controller *ctl)
{
	return ll__primary_phy(ctl->listen.phy);
}

/* For advertising PDUs, until something else happens. */
static void listen_open(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->listen.phase = LL_LISTEN_ADV;
	ll__primary_listen(ctl->config.radio, phy_of(ctl), ctl->listen.channel, now_us,
			   FAV_FOREVER_US);
}

static void on_start(struct ll_act *act, uint64_t now_us)
{
	listen_open(ctl_of(act), now_us);
}

static void on_abort(struct ll_act *act, uint64_t now_us)
{
	/* What was being asked or offered has not reached anybody: a later PDU brings it again. */
	ctl_of(act)->listen.phase = LL_LISTEN_ADV;
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct fav_controller *ctl = ctl_of(act);

	if (ctl->listen.phase == LL_LISTEN_CONNECT) {
		/* The initiator is off now; a scanner goes on, unless the connection has the radio.
		 */
		ctl->listen.phase = LL_LISTEN_ADV;
		listen_open(ctl, end_us);
		ll__init_connected(ctl, end_us);
		return;
	}
	ctl->listen.phase = LL_LISTEN_SCAN_RSP;
	ll__primary_listen_ifs(ctl->config.radio, RADIO_1M, ctl->listen.channel, end_us);
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct fav_controller *ctl = ctl_of(act);
	bool usable = rx->crc_ok && rx->len >= LL_HDR_SIZE + BT_ADDR_SIZE &&
		      rx->len == LL_HDR_SIZE + rx->pdu[1];

	if (ctl->listen.phase == LL_LISTEN_SCAN_RSP) {
		listen_open(ctl, rx->end_us);
		ll__scan_rsp(ctl, usable ? rx : NULL);
		return;
	}
	if (!usable) {
		return;
	}
	if ((rx->pdu[0] & LL_ADV_TYPE_MASK) == LL_ADV_EXT_IND) {
		ll__follow_primary(ctl, rx, phy_of(ctl));
		return;
	}
	if (ctl->init.enabled && ll__init_adv(ctl, rx)) {
		return;
	}
	if (ll__scan_is_on(&ctl->scan)) {
		ll__scan_adv(ctl, rx);
	}
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	struct fav_controller *ctl = ctl_of(act);

	listen_open(ctl, now_us);
	ll__scan_rsp(ctl, NULL);
}

static const struct ll_act_ops act_ops = {
	.start = on_start,
	.abort = on_abort,
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};

/* Whether it would cut something off to leave the channel now. */
static bool busy(struct fav_controller *ctl, uint64_t now_us)
{
	struct radio *radio = ctl->config.radio;

	return ctl->sched.owner == &ctl->listen.act &&
	       (ctl->listen.phase != LL_LISTEN_ADV || radio->api->receiving(radio, now_us));
}

static struct ll_listen_turn *present(struct ll_listen *listen)
{
	return &listen->turns[listen->phy];
}

static bool is_continuous(const struct ll_window *window)
{
	return window->length_us >= window->interval_us;
}

/* Whose window is next: on two PHYs, the one that is due, and of two that are due the other one. */
static enum ll_primary_phy next_phy(const struct ll_listen *listen)
{
	const struct ll_listen_turn *m1 = &listen->turns[LL_PRIMARY_1M];
	const struct ll_listen_turn *coded = &listen->turns[LL_PRIMARY_CODED];

	if (!m1->window.on || !coded->window.on) {
		return m1->window.on ? LL_PRIMARY_1M : LL_PRIMARY_CODED;
	}
	if (m1->next_us == coded->next_us) {
		return listen->phy == LL_PRIMARY_1M ? LL_PRIMARY_CODED : LL_PRIMARY_1M;
	}
	return m1->next_us < coded->next_us ? LL_PRIMARY_1M : LL_PRIMARY_CODED;
}

static void open_window(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_listen *listen = &ctl->listen;
	struct ll_listen_turn *turn = present(listen);
	/* Of one PHY they stay in their places when one has ended late. */
	uint64_t start_us = turn->next_us;

	turn->channel = turn->channel + 1 < LL_ADV_CHANNEL_FIRST + LL_ADV_CHANNELS
				? turn->channel + 1
				: LL_ADV_CHANNEL_FIRST;
	listen->channel = turn->channel;
	if (listen->both) {
		start_us = now_us;
	}
	turn->next_us = MAX(turn->next_us + turn->window.interval_us, start_us);
	if (listen->open) {
		ll__sched_background(&ctl->sched, NULL, now_us);
	}
	listen->open = true;
	ll__sched_background(&ctl->sched, &listen->act, now_us);
	fav_timeout_start(&listen->timer,
			  start_us + MIN(turn->window.length_us, turn->window.interval_us));
}

static void close_window(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_listen *listen = &ctl->listen;

	listen->open = false;
	ll__sched_background(&ctl->sched, NULL, now_us);
}

static void timer_due(struct fav_timeout *timer)
{
	struct ll_listen *listen = CONTAINER_OF(timer, struct ll_listen, timer);
	struct fav_controller *ctl = ctl_of(&listen->act);
	uint64_t now_us = timer->at_us;

	if (listen->open && busy(ctl, now_us)) {
		fav_timeout_start(timer, now_us + EDGE_RETRY_US);
		return;
	}
	if (listen->open && !is_continuous(&present(listen)->window)) {
		close_window(ctl, now_us);
	}
	listen->phy = next_phy(listen);
	if (present(listen)->next_us > now_us && !listen->open) {
		fav_timeout_start(timer, present(listen)->next_us);
	} else {
		open_window(ctl, now_us);
	}
}

void ll__listen_init(struct fav_controller *ctl)
{
	struct ll_listen *listen = &ctl->listen;

	*listen = (struct ll_listen){.timer.handler = timer_due};
	for (unsigned int i = 0; i < LL_PRIMARY_PHYS; i++) {
		listen->turns[i].channel = LL_ADV_CHANNEL_FIRST + LL_ADV_CHANNELS - 1;
	}
	ll__sched_act_init(&listen->act, &act_ops, 0);
}

static bool is_same(const struct ll_window *a, const struct ll_window *b)
{
	return a->on == b->on &&
	       (!a->on || (a->interval_us == b->interval_us && a->length_us == b->length_us));
}

/* The windows that are wanted, or NULL. */
static const struct ll_window *wanted(const struct fav_controller *ctl)
{
	if (ctl->init.enabled) {
		return ctl->init.param.window;
	}
	return ll__scan_is_on(&ctl->scan) ? ctl->scan.param.window : NULL;
}

void ll__listen_update(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_listen *listen = &ctl->listen;
	const struct ll_window *windows = wanted(ctl);
	bool same = listen->on == (windows != NULL);

	for (unsigned int i = 0; windows != NULL && i < LL_PRIMARY_PHYS; i++) {
		same = same && is_same(&listen->turns[i].window, &windows[i]);
	}
	if (same) {
		return;
	}
	fav_timeout_stop(&listen->timer);
	listen->on = windows != NULL;
	if (!listen->on) {
		close_window(ctl, now_us);
		ll__follow_stop_all(ctl, now_us);
		return;
	}
	for (unsigned int i = 0; i < LL_PRIMARY_PHYS; i++) {
		listen->turns[i].window = windows[i];
		listen->turns[i].next_us = now_us;
	}
	listen->both = windows[LL_PRIMARY_1M].on && windows[LL_PRIMARY_CODED].on;
	listen->phy = windows[LL_PRIMARY_1M].on ? LL_PRIMARY_1M : LL_PRIMARY_CODED;
	open_window(ctl, now_us);
}

bool ll__listen_send(struct fav_controller *ctl, enum ll_listen_phase phase, const uint8_t *pdu,
		     uint64_t end_us, uint32_t need_us)
{
	if (end_us + need_us > ll__sched_room(&ctl->sched, &ctl->listen.act)) {
		return false;
	}
	ctl->listen.phase = phase;
	ll__primary_send(ctl->config.radio, RADIO_1M, ctl->listen.channel, pdu,
			 end_us + RADIO_T_IFS_US);
	return true;
}
