/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_set.h"

#include <stdlib.h>
#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_ext.h"

#define DURATION_UNIT_US 10000

static struct ll_set *set_of(struct ll_adv *adv)
{
	return CONTAINER_OF(adv, struct ll_set, legacy);
}

/* ---- As the owner of its legacy advertiser ---- */

static bool legacy_event_over(struct ll_adv *adv, uint64_t now_us)
{
	return ll__set_event_over(set_of(adv), true, now_us);
}

static void legacy_scan_request(struct ll_adv *adv, const struct ll_peer *from)
{
	if (set_of(adv)->param.notify) {
		ctl__evt_scan_request(adv->ctl, set_of(adv)->handle, from);
	}
}

static void legacy_timed_out(struct ll_adv *adv, uint64_t now_us)
{
	ll__set_terminated(set_of(adv), BT_HCI_ERR_ADV_TIMEOUT, NULL, now_us);
}

static void legacy_connected(struct ll_adv *adv, const struct ll_conn *conn)
{
	ll__set_terminated(set_of(adv), BT_HCI_ERR_SUCCESS, conn, conn->heard_us);
}

static const struct ll_adv_owner legacy_owner = {
	.event_over = legacy_event_over,
	.scan_request = legacy_scan_request,
	.timed_out = legacy_timed_out,
	.connected = legacy_connected,
};

/* ---- Which there are ---- */

struct ll_set *ll__set_get(struct fav_controller *ctl, uint8_t handle)
{
	for (unsigned int i = 0; i < ctl->set_count; i++) {
		if (ctl->sets[i]->handle == handle) {
			return ctl->sets[i];
		}
	}
	return NULL;
}

bool ll__set_any(const struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < ctl->set_count; i++) {
		if (ctl->sets[i]->enabled) {
			return true;
		}
	}
	return false;
}

bool ll__set_any_filters(const struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < ctl->set_count; i++) {
		if (ctl->sets[i]->enabled && ctl->sets[i]->legacy.param.filter_policy != 0) {
			return true;
		}
	}
	return false;
}

/* In an event the set gets to it when that is over. */
static void duration_over(struct fav_timeout *timer)
{
	struct ll_set *set = CONTAINER_OF(timer, struct ll_set, timer);
	const struct ll_act *owner = set->ctl->sched.owner;

	set->expired = true;
	if (owner != &set->act && owner != &set->legacy.act) {
		ll__set_terminated(set, BT_HCI_ERR_ADV_TIMEOUT, NULL, timer->at_us);
	}
}

struct ll_set *ll__set_create(struct fav_controller *ctl, uint8_t handle)
{
	struct ll_set *set;

	if (ctl->set_count == LL_SETS_MAX) {
		return NULL;
	}
	set = calloc(1, sizeof(*set));
	if (set == NULL) {
		return NULL;
	}
	set->ctl = ctl;
	set->handle = handle;
	set->did = (uint16_t)ctl__random_below(ctl, 0x1000);
	set->timer.handler = duration_over;
	ll__adv_init(&set->legacy, ctl, &legacy_owner);
	ll__sched_act_init(&set->act, &ll__set_act_ops, LL_PRIO_ADV);
	ll__per_adv_init(&set->per, ctl);
	ctl->sets[ctl->set_count++] = set;
	return set;
}

void ll__set_remove(struct ll_set *set)
{
	struct fav_controller *ctl = set->ctl;
	unsigned int i = 0;

	while (ctl->sets[i] != set) {
		i++;
	}
	ctl->sets[i] = ctl->sets[--ctl->set_count];
	free(set);
}

void ll__set_remove_all(struct fav_controller *ctl, uint64_t now_us)
{
	while (ctl->set_count != 0) {
		struct ll_set *set = ctl->sets[--ctl->set_count];

		ll__set_stop(set, now_us);
		ll__per_adv_stop(&set->per, now_us);
		free(set);
	}
}

void ll__set_data_changed(struct ll_set *set)
{
	set->did = (uint16_t)((set->did + 1) & 0x0fff);
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY)) {
		set->legacy.data_len = (uint8_t)set->data.len;
		memcpy(set->legacy.data, set->data.bytes, set->data.len);
		set->legacy.rsp_len = (uint8_t)set->rsp.len;
		memcpy(set->legacy.rsp, set->rsp.bytes, set->rsp.len);
	}
}

/* ---- Life ---- */

static const bt_addr_t *random_of(const struct ll_set *set)
{
	return set->random_set ? &set->random : NULL;
}

bool ll__set_has_addr(struct ll_set *set, uint64_t now_us)
{
	const struct ll_adv_param *param = &set->legacy.param;
	struct ll_own own;

	return ll__privacy_own(set->ctl, param->own_addr_type, random_of(set),
			       ll__privacy_entry(set->ctl, &param->direct_addr), now_us, &own);
}

void ll__set_start(struct ll_set *set, uint16_t duration_10ms, uint8_t max_events, uint64_t now_us)
{
	ll__set_stop(set, now_us);
	set->enabled = true;
	set->expired = false;
	set->events = 0;
	set->max_events = max_events;
	if (duration_10ms != 0) {
		fav_timeout_start(&set->timer, now_us + duration_10ms * (uint64_t)DURATION_UNIT_US);
	}
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY)) {
		ll__adv_start(&set->legacy, random_of(set), now_us);
		return;
	}
	ll__per_adv_begin(&set->per, set->param.secondary, set->param.sid, now_us);
	set->legacy.random = random_of(set);
	set->legacy.event_us = now_us;
	set->act.age = 0;
	ll__sched_at(&set->ctl->sched, &set->act, now_us);
}

void ll__set_stop(struct ll_set *set, uint64_t now_us)
{
	if (!set->enabled) {
		return;
	}
	set->enabled = false;
	fav_timeout_stop(&set->timer);
	ll__adv_stop(&set->legacy, now_us);
	ll__sched_cancel(&set->ctl->sched, &set->act, now_us);
}

void ll__set_terminated(struct ll_set *set, uint8_t status, const struct ll_conn *conn,
			uint64_t now_us)
{
	ll__set_stop(set, now_us);
	ctl__evt_set_terminated(set->ctl, status, set->handle, conn,
				(uint8_t)MIN(set->events, UINT8_MAX));
}

bool ll__set_event_over(struct ll_set *set, bool completed, uint64_t now_us)
{
	set->events += completed;
	if (set->max_events != 0 && set->events >= set->max_events) {
		ll__set_terminated(set, BT_HCI_ERR_LIMIT_REACHED, NULL, now_us);
	} else if (set->expired) {
		ll__set_terminated(set, BT_HCI_ERR_ADV_TIMEOUT, NULL, now_us);
	}
	return set->enabled;
}
