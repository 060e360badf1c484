/* SPDX-License-Identifier: Apache-2.0 */

/* An event of a train that we are synchronized to, Core 6.0 Vol 6 Part B 4.4.5. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_per.h"
#include "controller/ll_sync.h"

/* What every receiver adds to the drift of the sleep clocks, 4.2.2. */
#define JITTER_US 16

static struct ll_sync *sync_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_sync, act);
}

static uint32_t interval_us(const struct ll_sync *sync)
{
	return sync->interval * (uint32_t)LL_PER_INTERVAL_US;
}

static uint64_t widening_us(const struct ll_sync *sync)
{
	uint64_t ppm = ll__conn_sca_ppm(sync->sca) + ll__conn_sca_ppm(CTL_SCA_CODE);
	uint64_t widening = DIV_ROUND_UP((sync->anchor_us - sync->heard_us) * ppm, 1000000);

	return MIN(widening + JITTER_US, interval_us(sync) / 2 - RADIO_T_IFS_US);
}

static void advance(struct ll_sync *sync, uint16_t events)
{
	sync->counter += events;
	sync->anchor_us += events * (uint64_t)interval_us(sync);
}

void ll__sync_plan(struct ll_sync *sync, uint64_t now_us)
{
	while (sync->anchor_us - widening_us(sync) <= now_us) {
		advance(sync, 1);
	}
	sync->phase = LL_SYNC_TRAIN;
	ll__sched_at(&sync->ctl->sched, &sync->act, sync->anchor_us - widening_us(sync));
}

static void listen(struct ll_sync *sync, uint64_t from_us)
{
	struct radio *radio = sync->ctl->config.radio;

	radio->api->listen(radio, &(struct radio_listen){
					  .from_us = from_us,
					  .until_us = sync->until_us + radio__sync_us(sync->phy),
					  .channel = sync->channel,
					  .phy = sync->phy,
					  .access_address = sync->access_address,
					  .crc_init = sync->crc_init,
				  });
}

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_sync *sync = sync_of(act);

	if (sync->phase == LL_SYNC_TRAIN) {
		sync->channel = ll__csa2(sync->counter, sync->csa2_id, &sync->map);
		sync->until_us = sync->anchor_us + sync->window_us + widening_us(sync);
		sync->len = 0;
		sync->links = 0;
		sync->has_adi = false;
		sync->truncated = false;
		sync->tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF;
	}
	listen(sync, now_us);
}

/* Duplicates are those with the ADI of the last report, 4.4.3.5. */
static bool is_duplicate(const struct ll_sync *sync)
{
	return sync->param.filter_duplicates && sync->has_adi && sync->reported &&
	       sync->reported_adi == sync->adi;
}

static void tell(struct ll_sync *sync)
{
	if (!sync->param.reports || is_duplicate(sync) || !ctl__evt_per_report(sync)) {
		return;
	}
	sync->reported = sync->has_adi && !sync->truncated;
	sync->reported_adi = sync->adi;
}

/* The event is over; events: how far the next one is. */
static void end_event(struct ll_sync *sync, uint16_t events, uint64_t now_us)
{
	advance(sync, events);
	ll__sync_plan(sync, now_us);
	ll__sched_done(&sync->ctl->sched, &sync->act, now_us);
}

static void missed(struct ll_sync *sync, uint64_t now_us)
{
	if (sync->phase == LL_SYNC_CHAIN) {
		sync->truncated = true;
		tell(sync);
		end_event(sync, 1 + sync->param.skip, now_us);
	} else if (ll__sync_missed(sync, now_us)) {
		end_event(sync, 1, now_us);
	}
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	missed(sync_of(act), now_us);
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	missed(sync_of(act), now_us);
}

static void append(struct ll_sync *sync, const struct ll_ext_pdu *ext)
{
	uint16_t len = MIN(ext->data_len, (uint16_t)(LL_SYNC_DATA_MAX - sync->len));

	if (len != 0) {
		memcpy(sync->data + sync->len, ext->data, len);
		sync->len += len;
	}
	sync->truncated = len < ext->data_len;
}

/* Be there for the next packet of the chain. */
static bool follow(struct ll_sync *sync, const struct ll_aux_ptr *aux, const struct radio_rx *rx)
{
	uint64_t from_us;

	if (aux->offset_us == 0 || aux->phy != sync->phy || ++sync->links == LL_FOLLOW_LINKS_MAX) {
		return false;
	}
	ll__aux_window(aux, rx->start_us, &from_us, &sync->until_us);
	if (sync->until_us <= rx->end_us) {
		return false;
	}
	sync->channel = aux->channel;
	ll__sched_at(&sync->ctl->sched, &sync->act, MAX(from_us, rx->end_us + 1));
	return true;
}

static void take(struct ll_sync *sync, const struct ll_ext_pdu *ext, const struct radio_rx *rx)
{
	append(sync, ext);
	if (ext->has_aux && !sync->truncated) {
		sync->phase = LL_SYNC_CHAIN;
		if (follow(sync, &ext->aux, rx)) {
			ll__sched_done(&sync->ctl->sched, &sync->act, rx->end_us);
		} else {
			missed(sync, rx->end_us);
		}
		return;
	}
	tell(sync);
	end_event(sync, 1 + sync->param.skip, rx->end_us);
}

static void on_train(struct ll_sync *sync, const struct ll_ext_pdu *ext, const struct radio_rx *rx)
{
	sync->rssi_dbm = rx->rssi_dbm;
	if (ext->has_tx_power) {
		sync->tx_power = ext->tx_power;
	}
	sync->has_adi = ext->has_adi;
	sync->adi = ext->adi;
	ll__sync_heard(sync, rx->start_us);
	take(sync, ext, rx);
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct ll_sync *sync = sync_of(act);
	struct ll_ext_pdu ext;

	if (!rx->crc_ok || rx->len < LL_HDR_SIZE ||
	    (rx->pdu[0] & LL_ADV_TYPE_MASK) != LL_ADV_EXT_IND ||
	    !ll__ext_read(rx->pdu, rx->len, &ext)) {
		missed(sync, rx->end_us);
	} else if (sync->phase == LL_SYNC_TRAIN) {
		on_train(sync, &ext, rx);
	} else if (sync->has_adi && ext.has_adi && sync->adi != ext.adi) {
		missed(sync, rx->end_us);
	} else {
		take(sync, &ext, rx);
	}
}

const struct ll_act_ops ll__sync_act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_lost,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};
