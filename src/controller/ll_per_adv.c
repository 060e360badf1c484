/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_per_adv.h"

#include <string.h>

#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* When the first event is at the soonest, so that a scanner may hear of it before; and the longest
 * interval that is searched for a place among the other trains and connections. */
#define FIRST_US  20000
#define PLACE_MAX 80

#define OWN_TX_POWER_DBM 0

static struct ll_per_adv *per_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_per_adv, act);
}

static void plan_next(struct ll_per_adv *per, uint64_t now_us)
{
	do {
		per->counter++;
		per->anchor_us += ll__per_adv_interval_us(per);
	} while (per->anchor_us < now_us);
	ll__sched_at(&per->ctl->sched, &per->act, per->anchor_us);
}

static void end_event(struct ll_per_adv *per, uint64_t now_us)
{
	plan_next(per, now_us);
	ll__sched_done(&per->ctl->sched, &per->act, now_us);
}

static void send(struct ll_per_adv *per, struct ll_ext_pdu *ext, enum radio_aux aux,
		 uint8_t channel, uint64_t at_us)
{
	struct radio *radio = per->ctl->config.radio;

	if (per->with_adi) {
		ext->has_adi = true;
		ext->adi = LL_ADI(per->sid, per->event_did);
	}
	radio->api->tx(radio, &(struct radio_tx){
				      .start_us = at_us,
				      .channel = channel,
				      .phy = per->phy,
				      .access_address = per->access_address,
				      .crc_init = per->crc_init,
				      .aux = aux,
				      .pdu = per->pdu,
				      .len = ll__chain_write(per->ctl, &per->chain, ext, per->phy,
							     at_us, per->pdu),
			      });
}

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_per_adv *per = per_of(act);
	struct ll_ext_pdu ext = {
		.has_tx_power = per->with_tx_power,
		.tx_power = OWN_TX_POWER_DBM,
	};

	per->event_did = per->did;
	per->chain = (struct ll_chain){.data = &per->data};
	send(per, &ext, RADIO_AUX_SYNC, ll__csa2(per->counter, per->csa2_id, &per->map), now_us);
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	plan_next(per_of(act), now_us);
}

static void on_abort(struct ll_act *act, uint64_t now_us)
{
	end_event(per_of(act), now_us);
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct ll_per_adv *per = per_of(act);
	struct ll_ext_pdu ext = {0};

	/* Data that have changed since would not be those of the event. */
	if (ll__chain_has_more(&per->chain) && per->event_did == per->did) {
		send(per, &ext, RADIO_AUX_CHAIN, per->chain.channel, per->chain.next_us);
	} else {
		end_event(per, end_us);
	}
}

static const struct ll_act_ops act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_abort,
	.tx_done = on_tx_done,
};

void ll__per_adv_init(struct ll_per_adv *per, struct fav_controller *ctl)
{
	per->ctl = ctl;
	per->did = (uint16_t)ctl__random_below(ctl, 0x1000);
	ll__sched_act_init(&per->act, &act_ops, LL_PRIO_CONN);
}

void ll__per_adv_begin(struct ll_per_adv *per, enum radio_phy phy, uint8_t sid, uint64_t now_us)
{
	struct fav_controller *ctl = per->ctl;

	if (per->on || !per->wanted) {
		return;
	}
	per->phy = phy;
	per->sid = sid;
	per->access_address = ll__init_access_address(ctl);
	per->crc_init = (uint32_t)ctl__random(ctl) & 0xffffff;
	per->csa2_id = ll__csa2_id(per->access_address);
	(void)ll__chan_map_set(&per->map, ctl->host_chan_map);
	per->counter = (uint16_t)ctl__random(ctl);
	per->anchor_us = now_us + FIRST_US;
	per->anchor_us += ll__conn_place(ctl, NULL, per->anchor_us, MIN(per->interval, PLACE_MAX));
	per->on = true;
	per->act.age = 0;
	ll__sched_at(&ctl->sched, &per->act, per->anchor_us);
}

void ll__per_adv_stop(struct ll_per_adv *per, uint64_t now_us)
{
	per->wanted = false;
	if (per->on) {
		per->on = false;
		ll__sched_cancel(&per->ctl->sched, &per->act, now_us);
	}
}

void ll__per_adv_sync_info(const struct ll_per_adv *per, uint64_t start_us,
			   struct ll_sync_info *info)
{
	uint64_t anchor_us = per->anchor_us;
	uint16_t counter = per->counter;

	/* Not the event in progress, nor one that begins before the packet has ended. */
	while (anchor_us < start_us + LL_SYNC_INFO_AHEAD_US) {
		anchor_us += ll__per_adv_interval_us(per);
		counter++;
	}
	*info = (struct ll_sync_info){
		.offset_us = anchor_us - start_us < LL_SYNC_OFFSET_END_US
				     ? (uint32_t)(anchor_us - start_us)
				     : 0,
		.interval = per->interval,
		.sca = CTL_SCA_CODE,
		.access_address = per->access_address,
		.crc_init = per->crc_init,
		.counter = counter,
	};
	memcpy(info->chan_map, per->map.bits, sizeof(info->chan_map));
}

void ll__per_adv_data_changed(struct ll_per_adv *per)
{
	per->did = (uint16_t)((per->did + 1) & 0x0fff);
}
