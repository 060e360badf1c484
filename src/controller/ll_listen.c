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

/* For advertising PDUs, until something else happens. */
static void listen_open(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->listen.phase = LL_LISTEN_ADV;
	ll__primary_listen(ctl->config.radio, ctl->listen.channel, now_us, FAV_FOREVER_US);
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
		ll__init_sent(ctl, end_us);
		return;
	}
	ctl->listen.phase = LL_LISTEN_SCAN_RSP;
	ll__primary_listen_ifs(ctl->config.radio, ctl->listen.channel, end_us);
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
	if (ctl->init.enabled && ll__init_adv(ctl, rx)) {
		return;
	}
	if (ctl->scan.enabled) {
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

static void open_window(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_listen *listen = &ctl->listen;

	listen->channel = listen->channel + 1 < LL_ADV_CHANNEL_FIRST + LL_ADV_CHANNELS
				  ? listen->channel + 1
				  : LL_ADV_CHANNEL_FIRST;
	if (listen->open) {
		ll__sched_background(&ctl->sched, NULL, now_us);
	}
	listen->open = true;
	ll__sched_background(&ctl->sched, &listen->act, now_us);
	fav_timeout_start(&listen->timer,
			  listen->window_us + MIN(listen->length_us, listen->interval_us));
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
	if (listen->open && listen->length_us < listen->interval_us) {
		listen->open = false;
		ll__sched_background(&ctl->sched, NULL, now_us);
		listen->window_us += listen->interval_us;
		fav_timeout_start(timer, listen->window_us);
		return;
	}
	if (listen->open) {
		listen->window_us += listen->interval_us;
	}
	open_window(ctl, now_us);
}

void ll__listen_init(struct fav_controller *ctl)
{
	struct ll_listen *listen = &ctl->listen;

	*listen = (struct ll_listen){
		.timer.handler = timer_due,
		.channel = LL_ADV_CHANNEL_FIRST + LL_ADV_CHANNELS - 1,
	};
	ll__sched_act_init(&listen->act, &act_ops, 0);
}

void ll__listen_update(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_listen *listen = &ctl->listen;
	uint32_t interval_us, length_us;
	bool on = true;

	if (ctl->init.enabled) {
		interval_us = ctl->init.param.interval_us;
		length_us = ctl->init.param.window_us;
	} else if (ctl->scan.enabled) {
		interval_us = ctl->scan.param.interval_us;
		length_us = ctl->scan.param.window_us;
	} else {
		interval_us = 0;
		length_us = 0;
		on = false;
	}
	if (on && listen->on && interval_us == listen->interval_us &&
	    length_us == listen->length_us) {
		return;
	}
	fav_timeout_stop(&listen->timer);
	listen->on = on;
	listen->interval_us = interval_us;
	listen->length_us = length_us;
	if (on) {
		listen->window_us = now_us;
		open_window(ctl, now_us);
	} else {
		listen->open = false;
		ll__sched_background(&ctl->sched, NULL, now_us);
	}
}

bool ll__listen_send(struct fav_controller *ctl, enum ll_listen_phase phase, const uint8_t *pdu,
		     uint64_t end_us, uint32_t need_us)
{
	if (end_us + need_us > ll__sched_room(&ctl->sched, &ctl->listen.act)) {
		return false;
	}
	ctl->listen.phase = phase;
	ll__primary_send(ctl->config.radio, ctl->listen.channel, pdu, end_us + RADIO_T_IFS_US);
	return true;
}
