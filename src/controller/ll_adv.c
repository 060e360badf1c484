/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_adv.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"
#include "controller/ll_primary.h"

/* advDelay, 4.4.2.2.1. */
#define ADV_DELAY_MAX_US 10000
/* High duty cycle directed: same channel again, and the whole; 4.4.2.4.3. */
#define HIGH_INTERVAL_US    3750
#define HIGH_DURATION_US    1280000
#define INTERVAL_DEFAULT_US 1280000

#define SCAN_REQ_AIRTIME_US    176
#define CONNECT_IND_AIRTIME_US 352

static struct ll_adv *adv_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_adv, act);
}

static bool is_scannable(const struct ll_adv *adv)
{
	return adv->param.kind == LL_ADV_KIND_IND || adv->param.kind == LL_ADV_KIND_SCAN;
}

static bool is_directed(const struct ll_adv *adv)
{
	return adv->param.kind == LL_ADV_KIND_DIRECT_HIGH ||
	       adv->param.kind == LL_ADV_KIND_DIRECT_LOW;
}

static bool is_connectable(const struct ll_adv *adv)
{
	return adv->param.kind == LL_ADV_KIND_IND || is_directed(adv);
}

/* 6.2: an address that has had its time changes between two events. */
void ll__adv_choose_addresses(struct ll_adv *adv, bool directed, uint64_t now_us)
{
	struct fav_controller *ctl = adv->ctl;
	uint8_t entry = ll__privacy_entry(ctl, &adv->param.direct_addr);
	struct ll_own own;

	/* The list may have changed, and leave no address: the former one stays. */
	if (ll__privacy_own(ctl, adv->param.own_addr_type, adv->random, entry, now_us, &own)) {
		adv->own = own;
	}
	if (directed) {
		adv->target = ll__privacy_target(ctl, adv->param.own_addr_type, entry,
						 &adv->param.direct_addr, now_us);
	}
}

static void build(struct ll_adv *adv)
{
	static const uint8_t types[] = {
		[LL_ADV_KIND_IND] = LL_ADV_IND | LL_ADV_CHSEL,
		[LL_ADV_KIND_DIRECT_HIGH] = LL_ADV_DIRECT_IND | LL_ADV_CHSEL,
		[LL_ADV_KIND_SCAN] = LL_ADV_SCAN_IND,
		[LL_ADV_KIND_NONCONN] = LL_ADV_NONCONN_IND,
		[LL_ADV_KIND_DIRECT_LOW] = LL_ADV_DIRECT_IND | LL_ADV_CHSEL,
	};
	uint8_t tx_add = adv->own.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_TXADD : 0;
	uint8_t *payload = adv->pdu + LL_HDR_SIZE + BT_ADDR_SIZE;

	adv->pdu[0] = types[adv->param.kind] | tx_add;
	memcpy(adv->pdu + LL_HDR_SIZE, &adv->own.air.a, BT_ADDR_SIZE);
	if (is_directed(adv)) {
		adv->pdu[0] |= adv->target.type == BT_ADDR_LE_RANDOM ? LL_ADV_RXADD : 0;
		adv->pdu[1] = LL_ADDR_PAIR_LEN;
		memcpy(payload, &adv->target.a, BT_ADDR_SIZE);
	} else {
		adv->pdu[1] = BT_ADDR_SIZE + adv->data_len;
		memcpy(payload, adv->data, adv->data_len);
	}
	adv->rsp_pdu[0] = LL_SCAN_RSP | tx_add;
	adv->rsp_pdu[1] = BT_ADDR_SIZE + adv->rsp_len;
	memcpy(adv->rsp_pdu + LL_HDR_SIZE, &adv->own.air.a, BT_ADDR_SIZE);
	memcpy(adv->rsp_pdu + LL_HDR_SIZE + BT_ADDR_SIZE, adv->rsp, adv->rsp_len);
}

static uint8_t channel_of(const struct ll_adv *adv)
{
	return LL_ADV_CHANNEL_FIRST + adv->channel;
}

/* The longest that one channel's packets can take. */
static uint32_t channel_need_us(const struct ll_adv *adv)
{
	uint32_t need_us = radio__airtime_us(RADIO_1M, LL_HDR_SIZE + adv->pdu[1]);

	if (is_connectable(adv)) {
		need_us += RADIO_T_IFS_US + CONNECT_IND_AIRTIME_US;
	}
	if (is_scannable(adv)) {
		need_us += 2 * RADIO_T_IFS_US + SCAN_REQ_AIRTIME_US +
			   radio__airtime_us(RADIO_1M, LL_HDR_SIZE + adv->rsp_pdu[1]);
	}
	return need_us;
}

void ll__adv_postpone(struct ll_adv *adv, struct ll_act *act, uint64_t at_us, uint64_t now_us)
{
	uint8_t age = act->age;

	ll__sched_at(&adv->ctl->sched, act, at_us);
	ll__sched_done(&adv->ctl->sched, act, now_us);
	act->age = age < UINT8_MAX ? age + 1 : age;
}

void ll__adv_advance(struct ll_adv *adv, struct ll_act *act, uint64_t now_us)
{
	if (adv->param.kind == LL_ADV_KIND_DIRECT_HIGH) {
		adv->event_us += HIGH_INTERVAL_US;
	} else {
		adv->event_us +=
			adv->param.interval_us + ctl__random_below(adv->ctl, ADV_DELAY_MAX_US + 1);
	}
	/* What was postponed a long way, behind connections, does not come in a burst. */
	adv->event_us = MAX(adv->event_us, now_us);
	ll__sched_at(&adv->ctl->sched, act, adv->event_us);
	ll__sched_done(&adv->ctl->sched, act, now_us);
}

static void end_event(struct ll_adv *adv, uint64_t now_us)
{
	if (adv->owner->event_over == NULL || adv->owner->event_over(adv, now_us)) {
		ll__adv_advance(adv, &adv->act, now_us);
	}
}

uint8_t ll__adv_next_channel(const struct ll_adv *adv, uint8_t channel)
{
	while (channel < LL_ADV_CHANNELS && !(adv->param.channel_map & BIT(channel))) {
		channel++;
	}
	return channel;
}

/* Send on the first used channel from `channel` on; without one, or without room, end the event. */
static void next_channel(struct ll_adv *adv, uint8_t channel, uint64_t at_us, uint64_t now_us)
{
	struct fav_controller *ctl = adv->ctl;

	channel = ll__adv_next_channel(adv, channel);
	if (channel == LL_ADV_CHANNELS ||
	    at_us + channel_need_us(adv) > ll__sched_room(&ctl->sched, &adv->act)) {
		end_event(adv, now_us);
		return;
	}
	adv->channel = channel;
	adv->phase = LL_ADV_SEND;
	ll__primary_send(ctl->config.radio, RADIO_1M, channel_of(adv), adv->pdu, at_us);
}

static void high_duty_over(struct ll_adv *adv, uint64_t now_us)
{
	ll__adv_stop(adv, now_us);
	if (adv->owner->timed_out != NULL) {
		adv->owner->timed_out(adv, now_us);
	}
}

static void legacy_timed_out(struct ll_adv *adv, uint64_t now_us)
{
	ctl__evt_connect_failed(adv->ctl, BT_HCI_ERR_ADV_TIMEOUT, BT_HCI_ROLE_PERIPHERAL,
				&adv->param.direct_addr);
}

const struct ll_adv_owner ll__adv_legacy_owner = {.timed_out = legacy_timed_out};

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_adv *adv = adv_of(act);
	struct fav_controller *ctl = adv->ctl;

	if (adv->param.kind == LL_ADV_KIND_DIRECT_HIGH && now_us >= adv->high_end_us) {
		high_duty_over(adv, now_us);
		return;
	}
	ll__adv_choose_addresses(adv, is_directed(adv), now_us);
	build(adv);
	if (now_us + channel_need_us(adv) > ll__sched_room(&ctl->sched, act)) {
		ll__adv_postpone(adv, act, now_us + LL_ADV_ROOM_RETRY_US, now_us);
		return;
	}
	next_channel(adv, 0, now_us, now_us);
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	ll__sched_at(&adv_of(act)->ctl->sched, act, now_us + LL_ADV_LOST_RETRY_US);
}

static void on_abort(struct ll_act *act, uint64_t now_us)
{
	end_event(adv_of(act), now_us);
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct ll_adv *adv = adv_of(act);

	if (adv->phase == LL_ADV_ANSWER || !(is_connectable(adv) || is_scannable(adv))) {
		next_channel(adv, adv->channel + 1, end_us + LL_ADV_GAP_US, end_us);
		return;
	}
	adv->phase = LL_ADV_LISTEN;
	ll__primary_listen_ifs(adv->ctl->config.radio, RADIO_1M, channel_of(adv), end_us);
}

/* A request's two addresses: whether it is us that it asks, and who asks, if that may be. */
static bool is_for_us(struct ll_adv *adv, const uint8_t *pdu, struct ll_peer *from)
{
	bt_addr_le_t sender, advertiser;

	ll__primary_addr(pdu, 0, &sender);
	ll__primary_addr(pdu, 1, &advertiser);
	return bt_addr_le_eq(&advertiser, &adv->own.air) &&
	       ll__privacy_peer(adv->ctl, &sender, from);
}

/* 6.2.2: whom a directed event calls may answer by that name, or by another of its own. */
static bool is_target(const struct ll_adv *adv, const struct ll_peer *peer)
{
	return bt_addr_le_eq(&peer->id, &adv->param.direct_addr) ||
	       bt_addr_le_eq(&peer->air, &adv->target);
}

bool ll__adv_takes_scan(struct ll_adv *adv, bool directed, const struct radio_rx *rx,
			struct ll_peer *from)
{
	if (rx->len != LL_HDR_SIZE + LL_ADDR_PAIR_LEN || !is_for_us(adv, rx->pdu, from)) {
		return false;
	}
	if (directed) {
		return is_target(adv, from);
	}
	return !(adv->param.filter_policy & LL_ADV_FILTER_SCAN) ||
	       ll__accept_has(&adv->ctl->accept, &from->id);
}

static bool on_scan_req(struct ll_adv *adv, const struct radio_rx *rx)
{
	struct ll_peer from;

	if (!is_scannable(adv) || !ll__adv_takes_scan(adv, false, rx, &from)) {
		return false;
	}
	if (adv->owner->scan_request != NULL) {
		adv->owner->scan_request(adv, &from);
	}
	adv->phase = LL_ADV_ANSWER;
	ll__primary_send(adv->ctl->config.radio, RADIO_1M, channel_of(adv), adv->rsp_pdu,
			 rx->end_us + RADIO_T_IFS_US);
	return true;
}

/* A connection that could not work is not entered: Core 6.0 Vol 6 Part B 2.3.3.1, 4.5. */
static bool connect_ind_ok(const struct ll_connect_ind *ind)
{
	uint16_t interval = sys_le16_to_cpu(ind->interval);
	uint8_t hop = ind->hop_sca & 0x1f;
	struct ll_chan_map map;

	return ll__chan_map_set(&map, ind->chan_map) && IN_RANGE(hop, 5, 16) &&
	       ll__conn_params_ok(interval, sys_le16_to_cpu(ind->latency),
				  sys_le16_to_cpu(ind->timeout)) &&
	       sys_le16_to_cpu(ind->win_offset) <= interval &&
	       IN_RANGE(ind->win_size, 1, MIN(8, interval - 1));
}

bool ll__adv_takes_connect(struct ll_adv *adv, bool directed, const struct radio_rx *rx,
			   struct ll_conn_new *made)
{
	const struct ll_connect_ind *ind = (const void *)(rx->pdu + LL_HDR_SIZE);
	struct fav_controller *ctl = adv->ctl;

	if (rx->len != LL_HDR_SIZE + sizeof(*ind) || !is_for_us(adv, rx->pdu, &made->peer) ||
	    !connect_ind_ok(ind)) {
		return false;
	}
	made->role = LL_PERIPHERAL;
	made->own = adv->own;
	made->ind = ind;
	made->created_us = rx->end_us;
	if (directed) {
		if (!is_target(adv, &made->peer)) {
			return false;
		}
	} else if ((adv->param.filter_policy & LL_ADV_FILTER_CONNECT) &&
		   !ll__accept_has(&ctl->accept, &made->peer.id)) {
		return false;
	}
	return ll__conn_has_room(ctl) && !ll__conn_has_peer(ctl, &made->peer.id);
}

static bool on_connect_ind(struct ll_adv *adv, const struct radio_rx *rx)
{
	struct ll_conn_new made = {
		.csa2 = rx->pdu[0] & LL_ADV_CHSEL,
		.phy = RADIO_1M,
		.window_delay_us = LL_WINDOW_DELAY_US,
	};
	const struct ll_conn *conn;

	if (!is_connectable(adv) || !ll__adv_takes_connect(adv, is_directed(adv), rx, &made)) {
		return false;
	}
	ll__adv_stop(adv, rx->end_us);
	conn = ll__conn_create(adv->ctl, &made);
	if (adv->owner->connected != NULL) {
		adv->owner->connected(adv, conn);
	}
	return true;
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct ll_adv *adv = adv_of(act);
	uint8_t type = ll__primary_type(rx);
	bool taken = false;

	if (type == LL_SCAN_REQ) {
		taken = on_scan_req(adv, rx);
	} else if (type == LL_CONNECT_IND) {
		taken = on_connect_ind(adv, rx);
	}
	if (!taken) {
		next_channel(adv, adv->channel + 1, rx->end_us + LL_ADV_GAP_US, rx->end_us);
	}
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	struct ll_adv *adv = adv_of(act);

	next_channel(adv, adv->channel + 1, now_us + LL_ADV_GAP_US, now_us);
}

static const struct ll_act_ops act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_abort,
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};

void ll__adv_init(struct ll_adv *adv, struct fav_controller *ctl, const struct ll_adv_owner *owner)
{
	memset(adv, 0, sizeof(*adv));
	adv->ctl = ctl;
	adv->owner = owner;
	ll__sched_act_init(&adv->act, &act_ops, LL_PRIO_ADV);
	adv->param.interval_us = INTERVAL_DEFAULT_US;
	adv->param.channel_map = 0x07;
}

void ll__adv_start(struct ll_adv *adv, const bt_addr_t *random, uint64_t now_us)
{
	adv->random = random;
	adv->enabled = true;
	adv->act.age = 0;
	adv->event_us = now_us;
	adv->high_end_us = now_us + HIGH_DURATION_US;
	ll__sched_at(&adv->ctl->sched, &adv->act, now_us);
}

void ll__adv_stop(struct ll_adv *adv, uint64_t now_us)
{
	if (adv->enabled) {
		adv->enabled = false;
		ll__sched_cancel(&adv->ctl->sched, &adv->act, now_us);
	}
}
