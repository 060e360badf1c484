/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_follow.h"

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/ll_primary.h"

/* 4.2.2, 4.2.3: how far the packet may miss the place that its pointer says, beside the drift. */
#define JITTER_US 16

#define PPM_ACCURATE 50
#define PPM_OTHER    500
#define PPM_OWN      50

static struct ll_follow *follow_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_follow, act);
}

static struct ll_follow *take(struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < LL_FOLLOWS_MAX; i++) {
		if (!ctl->follows[i].used) {
			ctl->follows[i].used = true;
			return &ctl->follows[i];
		}
	}
	return NULL;
}

static void release(struct ll_follow *follow, uint64_t now_us)
{
	follow->used = false;
	ll__sched_done(&follow->ctl->sched, &follow->act, now_us);
}

void ll__aux_window(const struct ll_aux_ptr *aux, uint64_t start_us, uint64_t *from_us,
		    uint64_t *until_us)
{
	uint64_t ppm = PPM_OWN + (aux->accurate ? PPM_ACCURATE : PPM_OTHER);
	uint64_t widening_us = DIV_ROUND_UP(aux->offset_us * ppm, 1000000) + JITTER_US;

	*from_us = start_us + aux->offset_us - widening_us;
	*until_us = start_us + aux->offset_us + aux->unit_us + widening_us;
}

/* Be there when the packet comes. False: it is not one that we can hear. */
static bool follow_ptr(struct ll_follow *follow, const struct ll_aux_ptr *aux,
		       const struct radio_rx *rx)
{
	uint64_t from_us;

	/* 2.3.4.5: an offset of 0 points nowhere. */
	if (aux->offset_us == 0 || !ctl__has_phy((uint8_t)aux->phy)) {
		return false;
	}
	ll__aux_window(aux, rx->start_us, &from_us, &follow->until_us);
	if (follow->until_us <= rx->end_us) {
		return false;
	}
	follow->channel = aux->channel;
	follow->phy = aux->phy;
	ll__sched_at(&follow->ctl->sched, &follow->act, MAX(from_us, rx->end_us + 1));
	return true;
}

/* ---- On the primary channels ---- */

/* What ADV_EXT_IND and AUX_ADV_IND both may tell. */
static bool learn(struct ll_follow *follow, const struct ll_ext_pdu *ext, int8_t rssi_dbm)
{
	struct ctl_ext_report *report = &follow->report;

	if (ext->has_adv) {
		follow->has_peer = true;
		if (!ll__privacy_peer(follow->ctl, &ext->adv, &follow->peer)) {
			return false;
		}
		report->addr = ll__privacy_told(&follow->peer);
	}
	if (ext->has_target) {
		report->evt_type |= BT_HCI_LE_ADV_EVT_TYPE_DIRECT;
		report->direct_addr = ext->target;
	}
	if (ext->has_tx_power) {
		report->tx_power = ext->tx_power;
	}
	if (ext->has_adi) {
		follow->has_adi = true;
		follow->adi = ext->adi;
		report->sid = LL_ADI_SID(ext->adi);
	}
	report->rssi_dbm = rssi_dbm;
	return true;
}

static void begin(struct ll_follow *follow, enum radio_phy phy)
{
	follow->phase = LL_FOLLOW_AUX;
	follow->has_adi = false;
	follow->has_peer = false;
	follow->links = 0;
	follow->act.age = 0;
	follow->report = (struct ctl_ext_report){
		.addr.type = BT_ADDR_LE_ANONYMOUS,
		.primary = phy,
		.sid = BT_HCI_LE_EXT_ADV_SID_INVALID,
		.tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF,
		.data = follow->data,
	};
}

void ll__follow_primary(struct fav_controller *ctl, const struct radio_rx *rx, enum radio_phy phy)
{
	struct ll_follow *follow;
	struct ll_ext_pdu ext;

	if (ctl->family != CTL_EXTENDED || !ll__ext_read(rx->pdu, rx->len, &ext)) {
		return;
	}
	follow = take(ctl);
	if (follow == NULL) {
		return;
	}
	begin(follow, phy);
	if (!learn(follow, &ext, rx->rssi_dbm)) {
		follow->used = false;
	} else if (ext.has_aux) {
		follow->used = follow_ptr(follow, &ext.aux, rx);
	} else {
		if (ll__scan_is_on(&ctl->scan) && ext.mode == LL_EXT_PLAIN) {
			(void)ll__ext_scan_adv(follow, &ext, rx->end_us, 0);
		}
		follow->used = false;
	}
}

/* ---- On the secondary channels ---- */

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_follow *follow = follow_of(act);

	ll__primary_listen(follow->ctl->config.radio, follow->phy, follow->channel, now_us,
			   follow->until_us + radio__sync_us(follow->phy));
}

/* What was awaited did not come, or not whole. */
static void missed(struct ll_follow *follow, uint64_t now_us)
{
	if (follow->phase == LL_FOLLOW_CHAIN) {
		(void)ll__ext_scan_chain(follow, NULL);
	} else if (follow->phase == LL_FOLLOW_SCAN_RSP) {
		(void)ll__ext_scan_rsp(follow, NULL);
	}
	release(follow, now_us);
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	missed(follow_of(act), now_us);
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	missed(follow_of(act), now_us);
}

static void send(struct ll_follow *follow, enum ll_follow_phase phase, const uint8_t *pdu,
		 uint64_t end_us)
{
	follow->phase = phase;
	ll__primary_send(follow->ctl->config.radio, follow->phy, follow->channel, pdu,
			 end_us + RADIO_T_IFS_US);
}

static void go_on(struct ll_follow *follow, enum ll_ext_next next, const struct ll_ext_pdu *ext,
		  const struct radio_rx *rx)
{
	switch (next) {
	case LL_EXT_ASK:
		send(follow, LL_FOLLOW_SCAN_REQ, follow->req, rx->end_us);
		break;
	case LL_EXT_CHAIN:
		follow->phase = LL_FOLLOW_CHAIN;
		if (follow_ptr(follow, &ext->aux, rx)) {
			ll__sched_done(&follow->ctl->sched, &follow->act, rx->end_us);
		} else {
			missed(follow, rx->end_us);
		}
		break;
	default:
		release(follow, rx->end_us);
		break;
	}
}

static const bt_addr_le_t *called(const struct ll_follow *follow)
{
	return (follow->report.evt_type & BT_HCI_LE_ADV_EVT_TYPE_DIRECT)
		       ? &follow->report.direct_addr
		       : NULL;
}

static void on_aux_adv(struct ll_follow *follow, const struct ll_ext_pdu *ext,
		       const struct radio_rx *rx)
{
	struct fav_controller *ctl = follow->ctl;
	uint64_t room_us = ll__sched_room(&ctl->sched, &follow->act);

	if ((follow->has_adi && ext->has_adi && follow->adi != ext->adi) ||
	    !learn(follow, ext, rx->rssi_dbm)) {
		release(follow, rx->end_us);
		return;
	}
	follow->report.secondary = follow->phy;
	if (ext->has_sync && follow->has_peer && follow->has_adi && ll__scan_is_on(&ctl->scan)) {
		ll__sync_offer(ctl, &follow->peer, follow->report.sid, &ext->sync, follow->phy,
			       rx->start_us);
	}
	if (ctl->init.enabled && ext->mode == LL_EXT_CONNECTABLE && follow->has_peer &&
	    ll__init_aux(ctl, &follow->peer.air, called(follow), follow->phy, rx->end_us,
			 room_us)) {
		send(follow, LL_FOLLOW_CONNECT_REQ, ctl->init.pdu, rx->end_us);
		return;
	}
	if (!ll__scan_is_on(&ctl->scan)) {
		release(follow, rx->end_us);
		return;
	}
	go_on(follow, ll__ext_scan_adv(follow, ext, rx->end_us, room_us), ext, rx);
}

static void on_chain(struct ll_follow *follow, const struct ll_ext_pdu *ext,
		     const struct radio_rx *rx)
{
	/* A chain without end is not followed for ever. */
	if ((follow->has_adi && ext->has_adi && follow->adi != ext->adi) ||
	    ++follow->links == LL_FOLLOW_LINKS_MAX) {
		missed(follow, rx->end_us);
	} else {
		go_on(follow, ll__ext_scan_chain(follow, ext), ext, rx);
	}
}

static void on_connect_rsp(struct ll_follow *follow, const struct radio_rx *rx)
{
	struct fav_controller *ctl = follow->ctl;
	bool answered = rx->crc_ok && ll__init_answered(ctl, rx);

	release(follow, rx->end_us);
	if (answered) {
		ll__init_connected(ctl, rx->end_us);
	}
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct ll_follow *follow = follow_of(act);
	struct ll_ext_pdu ext;

	if (follow->phase == LL_FOLLOW_CONNECT_RSP) {
		on_connect_rsp(follow, rx);
		return;
	}
	if (!rx->crc_ok || (rx->pdu[0] & LL_ADV_TYPE_MASK) != LL_ADV_EXT_IND ||
	    !ll__ext_read(rx->pdu, rx->len, &ext)) {
		missed(follow, rx->end_us);
		return;
	}
	switch (follow->phase) {
	case LL_FOLLOW_AUX:
		on_aux_adv(follow, &ext, rx);
		break;
	case LL_FOLLOW_SCAN_RSP:
		go_on(follow, ll__ext_scan_rsp(follow, &ext), &ext, rx);
		break;
	default:
		on_chain(follow, &ext, rx);
		break;
	}
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct ll_follow *follow = follow_of(act);

	follow->phase =
		follow->phase == LL_FOLLOW_SCAN_REQ ? LL_FOLLOW_SCAN_RSP : LL_FOLLOW_CONNECT_RSP;
	ll__primary_listen_ifs(follow->ctl->config.radio, follow->phy, follow->channel, end_us);
}

static const struct ll_act_ops act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_lost,
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};

void ll__follow_init(struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < LL_FOLLOWS_MAX; i++) {
		ctl->follows[i].ctl = ctl;
		ctl->follows[i].data = ctl->follow_data[i];
		ctl->follows[i].used = false;
		ll__sched_act_init(&ctl->follows[i].act, &act_ops, LL_PRIO_ADV);
	}
}

void ll__follow_stop_all(struct fav_controller *ctl, uint64_t now_us)
{
	for (unsigned int i = 0; i < LL_FOLLOWS_MAX; i++) {
		if (ctl->follows[i].used) {
			ctl->follows[i].used = false;
			ll__sched_cancel(&ctl->sched, &ctl->follows[i].act, now_us);
		}
	}
}

bool ll__follow_is_connecting(const struct fav_controller *ctl)
{
	const struct ll_follow *follow;

	for (unsigned int i = 0; i < LL_FOLLOWS_MAX; i++) {
		follow = &ctl->follows[i];
		if (follow->used && (follow->phase == LL_FOLLOW_CONNECT_REQ ||
				     follow->phase == LL_FOLLOW_CONNECT_RSP)) {
			return true;
		}
	}
	return false;
}
