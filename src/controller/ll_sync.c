/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_sync.h"

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_per.h"

/* 4.4.5: so many events are tried before the attempt has failed. */
#define ATTEMPTS 6

/* Core 6.0 Vol 6 Part B 2.3.4.6: the least interval, 7.5 ms. */
#define INTERVAL_MIN 6

/* ---- The Periodic Advertiser list ---- */

static int list_find(const struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid)
{
	for (int i = 0; i < list->count; i++) {
		if (list->entries[i].sid == sid && bt_addr_le_eq(&list->entries[i].addr, addr)) {
			return i;
		}
	}
	return -1;
}

bool ll__per_list_has(const struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid)
{
	return list_find(list, addr, sid) >= 0;
}

bool ll__per_list_add(struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid)
{
	if (list->count == LL_PER_LIST_MAX) {
		return false;
	}
	list->entries[list->count].addr = *addr;
	list->entries[list->count++].sid = sid;
	return true;
}

bool ll__per_list_remove(struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid)
{
	int i = list_find(list, addr, sid);

	if (i >= 0) {
		list->entries[i] = list->entries[--list->count];
	}
	return i >= 0;
}

/* ---- Which there are ---- */

struct ll_sync *ll__sync_get(struct fav_controller *ctl, uint16_t handle)
{
	return handle < LL_SYNCS_MAX && ctl->syncs[handle].used && ctl->syncs[handle].established
		       ? &ctl->syncs[handle]
		       : NULL;
}

bool ll__sync_has(const struct fav_controller *ctl, const bt_addr_le_t *id, uint8_t sid)
{
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		if (ctl->syncs[i].used && ctl->syncs[i].sid == sid &&
		    bt_addr_le_eq(&ctl->syncs[i].id, id)) {
			return true;
		}
	}
	return false;
}

static struct ll_sync *slot_take(struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		if (!ctl->syncs[i].used) {
			return &ctl->syncs[i];
		}
	}
	return NULL;
}

/* The timer runs ahead of what it watches. */
static void watch_due(struct fav_timeout *timer)
{
	struct ll_sync *sync = CONTAINER_OF(timer, struct ll_sync, watch);
	uint64_t end_us = sync->heard_us + sync->param.timeout_us;

	if (timer->at_us < end_us) {
		fav_timeout_start(timer, end_us);
		return;
	}
	ll__sync_end(sync, timer->at_us);
	ctl__evt_sync_lost(sync);
}

static void init(struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		ctl->syncs[i].ctl = ctl;
		ctl->syncs[i].data = ctl->sync_data[i];
		ctl->syncs[i].used = false;
		ctl->syncs[i].watch.handler = watch_due;
		ll__sched_act_init(&ctl->syncs[i].act, &ll__sync_act_ops, LL_PRIO_ADV);
	}
	ctl->sync_create.pending = false;
	ctl->per_list.count = 0;
}

void ll__sync_reset(struct fav_controller *ctl, uint64_t now_us)
{
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		if (ctl->syncs[i].used) {
			ll__sync_end(&ctl->syncs[i], now_us);
		}
	}
	init(ctl);
}

/* ---- Life ---- */

struct ll_sync *ll__sync_begin(struct fav_controller *ctl, const struct ll_sync_info *info,
			       enum radio_phy phy, uint64_t start_us, uint64_t now_us)
{
	struct ll_sync *sync = slot_take(ctl);

	if (sync == NULL || info->offset_us == 0 || info->interval < INTERVAL_MIN ||
	    !ctl__has_phy((uint8_t)phy) || !ll__chan_map_set(&sync->map, info->chan_map)) {
		return NULL;
	}
	sync->used = true;
	sync->established = false;
	sync->attempts = 0;
	sync->handed_over = false;
	sync->reported = false;
	sync->phy = phy;
	sync->interval = info->interval;
	sync->sca = info->sca;
	sync->access_address = info->access_address;
	sync->crc_init = info->crc_init;
	sync->csa2_id = ll__csa2_id(info->access_address);
	sync->counter = info->counter;
	sync->anchor_us = start_us + info->offset_us;
	sync->window_us = info->unit_us;
	sync->heard_us = start_us;
	sync->phase = LL_SYNC_TRAIN;
	sync->act.age = 0;
	ll__sync_plan(sync, now_us);
	return sync;
}

void ll__sync_name(struct ll_sync *sync, const struct ll_peer *peer, uint8_t sid)
{
	sync->id = peer->id;
	sync->told = ll__privacy_told(peer);
	sync->air = peer->air;
	sync->sid = sid;
}

void ll__sync_end(struct ll_sync *sync, uint64_t now_us)
{
	sync->used = false;
	fav_timeout_stop(&sync->watch);
	ll__sched_cancel(&sync->ctl->sched, &sync->act, now_us);
}

static bool is_wanted(const struct fav_controller *ctl, const struct ll_peer *peer, uint8_t sid)
{
	const struct ll_sync_create *create = &ctl->sync_create;

	if (!create->pending || ll__sync_has(ctl, &peer->id, sid)) {
		return false;
	}
	if (create->use_list) {
		return ll__per_list_has(&ctl->per_list, &peer->id, sid);
	}
	return sid == create->sid && (bt_addr_le_eq(&peer->id, &create->addr) ||
				      bt_addr_le_eq(&peer->air, &create->addr));
}

/* One at a time is tried. */
static bool is_trying(const struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		if (ctl->syncs[i].used && !ctl->syncs[i].established &&
		    !ctl->syncs[i].handed_over) {
			return true;
		}
	}
	return false;
}

void ll__sync_offer(struct fav_controller *ctl, const struct ll_peer *peer, uint8_t sid,
		    const struct ll_sync_info *info, enum radio_phy phy, uint64_t start_us)
{
	struct ll_sync *sync;

	if (!is_wanted(ctl, peer, sid) || is_trying(ctl)) {
		return;
	}
	sync = ll__sync_begin(ctl, info, phy, start_us, start_us);
	if (sync != NULL) {
		sync->param = ctl->sync_create.param;
		ll__sync_name(sync, peer, sid);
	}
}

void ll__sync_give_up(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->sync_create.pending = false;
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		if (ctl->syncs[i].used && !ctl->syncs[i].established &&
		    !ctl->syncs[i].handed_over) {
			ll__sync_end(&ctl->syncs[i], now_us);
		}
	}
}

/* Whose attempt it was hears of its end. */
static void tell_attempt(struct ll_sync *sync, uint8_t status)
{
	if (sync->handed_over) {
		ctl__evt_past_received(sync, status);
	} else {
		sync->ctl->sync_create.pending = false;
		ctl__evt_sync_established(sync->ctl, status, sync);
	}
}

void ll__sync_heard(struct ll_sync *sync, uint64_t start_us)
{
	sync->anchor_us = start_us;
	sync->heard_us = start_us;
	sync->window_us = 0;
	if (!sync->established) {
		sync->established = true;
		fav_timeout_start(&sync->watch, start_us + sync->param.timeout_us);
		tell_attempt(sync, BT_HCI_ERR_SUCCESS);
	}
}

bool ll__sync_missed(struct ll_sync *sync, uint64_t now_us)
{
	if (sync->established || ++sync->attempts < ATTEMPTS) {
		return true;
	}
	ll__sync_end(sync, now_us);
	tell_attempt(sync, BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	return false;
}
