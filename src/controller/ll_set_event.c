/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An extended advertising event, Core 6.0 Vol 6 Part B 4.4.2.
 *
 *     ADV_EXT_IND on each primary channel -> AUX_ADV_IND
 *         plain:        -> AUX_CHAIN_IND ...
 *         scannable:    -> listen -> AUX_SCAN_RSP -> AUX_CHAIN_IND ...
 *         connectable:  -> listen -> AUX_CONNECT_RSP -> a connection
 *
 * The whole is one stay on the radio, so that no auxiliary packet that was pointed to is missing.
 */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_ext.h"
#include "controller/ll_primary.h"
#include "controller/ll_set.h"

/* So often it makes way for others of its priority plus one, before these must make way for it. Of
 * its own priority, whoever comes first goes first. */
#define PATIENCE 8

static struct ll_set *set_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_set, act);
}

static void end_event(struct ll_set *set, bool completed, uint64_t now_us)
{
	if (ll__set_event_over(set, completed, now_us)) {
		ll__adv_advance(&set->legacy, &set->act, now_us);
	}
}

static void send_aux(struct ll_set *set, enum ll_set_phase phase, enum radio_aux aux,
		     uint64_t at_us, uint8_t channel)
{
	set->event.phase = phase;
	set->event.channel = channel;
	ll__aux_send(set->ctl->config.radio, set->param.secondary, channel, set->pdu, at_us, aux);
}

/* On the next used primary channel from `channel` on; false when there is none. */
static bool send_primary(struct ll_set *set, uint8_t channel, uint64_t at_us)
{
	channel = ll__adv_next_channel(&set->legacy, channel);
	if (channel == LL_ADV_CHANNELS) {
		return false;
	}
	set->event.phase = LL_SET_PRIMARY;
	set->event.primary = channel;
	(void)ll__set_write_primary(set, at_us);
	ll__primary_send(set->ctl->config.radio, set->param.primary, LL_ADV_CHANNEL_FIRST + channel,
			 set->pdu, at_us);
	return true;
}

static void send_aux_adv(struct ll_set *set)
{
	uint64_t at_us = set->event.chain.next_us;
	uint8_t channel = set->event.chain.channel;

	if (!ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN)) {
		set->event.chain.data = &set->data;
	}
	ll__set_write_aux(set, at_us);
	send_aux(set, LL_SET_AUX, RADIO_AUX_ADV, at_us, channel);
}

/* Data that have changed since would not be those of the ADI. */
static bool has_more(const struct ll_set *set)
{
	return ll__chain_has_more(&set->event.chain) && set->event.did == set->did;
}

static void send_chain(struct ll_set *set)
{
	uint64_t at_us = set->event.chain.next_us;
	uint8_t channel = set->event.chain.channel;

	ll__set_write_chain(set, at_us);
	send_aux(set, LL_SET_DATA, RADIO_AUX_CHAIN, at_us, channel);
}

static void begin_event(struct ll_set *set, uint64_t now_us)
{
	unsigned int channels = (unsigned int)__builtin_popcount(set->legacy.param.channel_map);

	set->event = (struct ll_set_event){
		.did = set->did,
		.chain = {.channel = ctl__random_channel(set->ctl), .next_us = now_us},
	};
	set->event.chain.next_us = now_us +
				   channels * (ll__set_write_primary(set, now_us) + LL_ADV_GAP_US) -
				   LL_ADV_GAP_US + RADIO_T_MAFS_US;
	(void)send_primary(set, 0, now_us);
}

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_set *set = set_of(act);
	uint64_t room_us;

	ll__adv_choose_addresses(&set->legacy, ll__set_has(set, BT_HCI_LE_ADV_PROP_DIRECT), now_us);
	room_us = ll__sched_room_below(&set->ctl->sched, act->prio + 1U + act->age / PATIENCE);
	if (now_us + ll__set_need_us(set) > room_us) {
		ll__adv_postpone(&set->legacy, act, room_us + LL_ADV_ROOM_RETRY_US, now_us);
		return;
	}
	begin_event(set, now_us);
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	ll__sched_at(&set_of(act)->ctl->sched, act, now_us + LL_ADV_LOST_RETRY_US);
}

static void on_abort(struct ll_act *act, uint64_t now_us)
{
	end_event(set_of(act), false, now_us);
}

static void primary_sent(struct ll_set *set, uint64_t end_us)
{
	if (send_primary(set, set->event.primary + 1, end_us + LL_ADV_GAP_US)) {
		return;
	}
	if (ll__set_has_aux(set) && set->event.chain.next_us > end_us) {
		send_aux_adv(set);
	} else {
		end_event(set, true, end_us);
	}
}

static void aux_sent(struct ll_set *set, uint64_t end_us)
{
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN)) {
		set->event.phase = LL_SET_LISTEN;
		ll__primary_listen_ifs(set->ctl->config.radio, set->param.secondary,
				       set->event.channel, end_us);
	} else if (has_more(set)) {
		send_chain(set);
	} else {
		end_event(set, true, end_us);
	}
}

/* The peer has AUX_CONNECT_RSP: the connection is there, 4.4.2.6. */
static void connect_sent(struct ll_set *set, uint64_t end_us)
{
	struct fav_controller *ctl = set->ctl;
	struct ll_conn_new made = set->event.made;
	struct ll_connect_ind ind = set->event.ind;
	const struct ll_conn *conn;

	made.ind = &ind;
	ll__set_stop(set, end_us);
	conn = ll__conn_create(ctl, &made);
	ll__set_terminated(set, BT_HCI_ERR_SUCCESS, conn, end_us);
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct ll_set *set = set_of(act);

	switch (set->event.phase) {
	case LL_SET_PRIMARY:
		primary_sent(set, end_us);
		break;
	case LL_SET_AUX:
		aux_sent(set, end_us);
		break;
	case LL_SET_CONNECT:
		connect_sent(set, end_us);
		break;
	default:
		if (has_more(set)) {
			send_chain(set);
		} else {
			end_event(set, true, end_us);
		}
		break;
	}
}

static bool on_scan_req(struct ll_set *set, const struct radio_rx *rx)
{
	uint64_t at_us = rx->end_us + RADIO_T_IFS_US;
	struct ll_peer from;

	if (!ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN) ||
	    !ll__adv_takes_scan(&set->legacy, ll__set_has(set, BT_HCI_LE_ADV_PROP_DIRECT), rx,
				&from)) {
		return false;
	}
	set->event.chain.data = &set->rsp;
	ll__set_write_scan_rsp(set, at_us);
	send_aux(set, LL_SET_DATA, RADIO_AUX_SCAN_RSP, at_us, set->event.channel);
	if (set->param.notify) {
		ctl__evt_scan_request(set->ctl, set->handle, &from);
	}
	return true;
}

static bool on_connect_req(struct ll_set *set, const struct radio_rx *rx)
{
	struct ll_conn_new *made = &set->event.made;

	if (!ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN) ||
	    !ll__adv_takes_connect(&set->legacy, ll__set_has(set, BT_HCI_LE_ADV_PROP_DIRECT), rx,
				   made)) {
		return false;
	}
	set->event.ind = *made->ind;
	made->csa2 = true; /* 4.5.8.1 */
	made->phy = set->param.secondary;
	made->window_delay_us = ll__conn_aux_delay_us(made->phy);
	ll__set_write_connect_rsp(set);
	send_aux(set, LL_SET_CONNECT, RADIO_AUX_ADV, rx->end_us + RADIO_T_IFS_US,
		 set->event.channel);
	return true;
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct ll_set *set = set_of(act);
	uint8_t type = ll__primary_type(rx);
	bool taken = false;

	if (type == LL_SCAN_REQ) {
		taken = on_scan_req(set, rx);
	} else if (type == LL_CONNECT_IND) {
		taken = on_connect_req(set, rx);
	}
	if (!taken) {
		end_event(set, true, rx->end_us);
	}
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	end_event(set_of(act), true, now_us);
}

const struct ll_act_ops ll__set_act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_abort,
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};
