/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Periodic Advertising Sync Transfer, Core 6.0 Vol 6 Part B 5.1.13: one LL_PERIODIC_SYNC_IND, which
 * nothing answers. The place of the train is told from the anchor of a connection event.
 */

#include "controller/ll_past.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_per.h"

/* Connection events between the one that is told and the one in which it is heard. */
#define PAST_EVENTS 256

/* Of sid_type_sca. */
#define SID_MASK   0x0f
#define ADV_RANDOM BIT(4)
#define SCA_SHIFT  5

/* A train that we follow, from the anchor on. */
static void sync_info_of(const struct ll_sync *sync, uint64_t anchor_us, struct ll_sync_info *info)
{
	uint32_t interval_us = sync->interval * (uint32_t)LL_PER_INTERVAL_US;
	uint64_t at_us = sync->anchor_us;
	uint16_t counter = sync->counter;

	while (at_us < anchor_us + LL_SYNC_INFO_AHEAD_US) {
		at_us += interval_us;
		counter++;
	}
	*info = (struct ll_sync_info){
		.offset_us = at_us - anchor_us < LL_SYNC_OFFSET_END_US
				     ? (uint32_t)(at_us - anchor_us)
				     : 0,
		.interval = sync->interval,
		.sca = sync->sca,
		.access_address = sync->access_address,
		.crc_init = sync->crc_init,
		.counter = counter,
	};
	memcpy(info->chan_map, sync->map.bits, sizeof(info->chan_map));
}

static uint8_t phy_bit(enum radio_phy phy)
{
	return BIT(MIN(phy, RADIO_CODED_S8) - RADIO_1M);
}

static void of_sync(const struct ll_sync *sync, uint64_t anchor_us, struct ll_sync_info *info,
		    struct ll_periodic_sync_ind *ind)
{
	sync_info_of(sync, anchor_us, info);
	ind->sid_type_sca = sync->sid | (sync->air.type == BT_ADDR_LE_RANDOM ? ADV_RANDOM : 0);
	ind->phy = phy_bit(sync->phy);
	ind->adv_a = sync->air.a;
}

static void of_set(const struct ll_set *set, uint64_t anchor_us, struct ll_sync_info *info,
		   struct ll_periodic_sync_ind *ind)
{
	const bt_addr_le_t *air = &set->legacy.own.air;

	ll__per_adv_sync_info(&set->per, anchor_us, info);
	ind->sid_type_sca = set->per.sid | (air->type == BT_ADDR_LE_RANDOM ? ADV_RANDOM : 0);
	ind->phy = phy_bit(set->per.phy);
	ind->adv_a = air->a;
}

/* False: what was to be handed over is gone. */
static bool fill(struct ll_conn *conn, struct ll_periodic_sync_ind *ind)
{
	const struct ll_past_send *send = &conn->ctrl.past;
	struct fav_controller *ctl = conn->ctl;
	struct ll_sync_info info;

	if (send->of_set) {
		const struct ll_set *set = ll__set_get(ctl, (uint8_t)send->handle);

		if (set == NULL || !set->per.on) {
			return false;
		}
		of_set(set, conn->anchor_us, &info, ind);
	} else {
		const struct ll_sync *sync = ll__sync_get(ctl, send->handle);

		if (sync == NULL) {
			return false;
		}
		of_sync(sync, conn->anchor_us, &info, ind);
	}
	ind->id = sys_cpu_to_le16(send->service_data);
	ll__sync_info_write(&info, ind->sync_info);
	ind->sid_type_sca |= CTL_SCA_CODE << SCA_SHIFT;
	ind->conn_event_count = sys_cpu_to_le16(conn->counter);
	ind->sync_conn_event_count = sys_cpu_to_le16(conn->counter);
	ind->last_pa_event_counter = sys_cpu_to_le16(info.counter - 1);
	return true;
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	struct ll_periodic_sync_ind ind = {0};

	if (fill(conn, &ind)) {
		ll__ctrl_send(conn, LL_PERIODIC_SYNC_IND, &ind, sizeof(ind), now_us);
	}
	ll__ctrl_local_done(conn, now_us);
}

const struct ll_proc_ops ll__past_proc = {.start = start};

/* ---- Receiving ---- */

static enum radio_phy phy_of(uint8_t bits)
{
	switch (bits) {
	case BIT(RADIO_2M - 1):
		return RADIO_2M;
	case BIT(RADIO_CODED_S8 - 1):
		return RADIO_CODED_S8;
	default:
		return RADIO_1M;
	}
}

void ll__past_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_periodic_sync_ind *ind = (const void *)data;
	struct fav_controller *ctl = conn->ctl;
	int16_t events = (int16_t)(sys_le16_to_cpu(ind->conn_event_count) - conn->counter);
	uint64_t anchor_us =
		conn->anchor_us + (uint64_t)(events * (int64_t)ll__conn_interval_us(conn));
	uint8_t sid = ind->sid_type_sca & SID_MASK;
	bt_addr_le_t air = {
		.type = (ind->sid_type_sca & ADV_RANDOM) ? BT_ADDR_LE_RANDOM : BT_ADDR_LE_PUBLIC,
		.a = ind->adv_a,
	};
	struct ll_sync_info info;
	struct ll_sync *sync;
	struct ll_peer peer;

	ll__sync_info_read(ind->sync_info, &info);
	/* An anchor far from this one is a lie, or too old to be of use: 5.1.13 has it near. */
	if (!conn->past.on || __builtin_popcount(ind->phy) != 1 ||
	    ind->phy > BIT(RADIO_CODED_S8 - 1) || !IN_RANGE(events, -PAST_EVENTS, PAST_EVENTS) ||
	    !ll__privacy_peer(ctl, &air, &peer) || ll__sync_has(ctl, &peer.id, sid)) {
		return;
	}
	sync = ll__sync_begin(ctl, &info, phy_of(ind->phy), anchor_us, now_us);
	if (sync != NULL) {
		sync->param = conn->past.param;
		ll__sync_name(sync, &peer, sid);
		sync->handed_over = true;
		sync->conn_handle = conn->handle;
		sync->service_data = sys_le16_to_cpu(ind->id);
	}
}
