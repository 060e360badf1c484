/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_scan.h"

#include <string.h>

#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"
#include "controller/ll_primary.h"

#define SCAN_REQ_AIRTIME_US 176
#define SCAN_RSP_MAX_US     376
#define SCAN_NEED_US        (2 * RADIO_T_IFS_US + SCAN_REQ_AIRTIME_US + SCAN_RSP_MAX_US)

#define UPPER_LIMIT_MAX 256

#define SEEN_RANDOM 0x01
#define SEEN_ADV    0x02
#define SEEN_RSP    0x04

/* Event_Type of LE Advertising Report, Core 6.0 Vol 4 Part E 7.7.65.2. */
#define REPORT_SCAN_RSP 0x04
static const uint8_t report_types[] = {
	[LL_ADV_IND] = 0x00,
	[LL_ADV_DIRECT_IND] = 0x01,
	[LL_ADV_SCAN_IND] = 0x02,
	[LL_ADV_NONCONN_IND] = 0x03,
};

static bool is_advertising(uint8_t type)
{
	return type <= LL_ADV_NONCONN_IND || type == LL_ADV_SCAN_IND;
}

/* ---- Duplicates, 4.4.3.5: the address decides, not the data ---- */

static unsigned int bucket_of(const bt_addr_le_t *addr)
{
	uint32_t hash = 2166136261U ^ addr->type;

	for (unsigned int i = 0; i < BT_ADDR_SIZE; i++) {
		hash = (hash ^ addr->a.val[i]) * 16777619U;
	}
	return (hash ^ (hash >> 16)) % LL_SCAN_SEEN_BUCKETS;
}

static struct ll_scan_seen *seen_find(struct ll_scan *scan, const bt_addr_le_t *addr)
{
	struct ll_scan_seen *bucket = scan->seen[bucket_of(addr)];

	for (unsigned int i = 0; i < LL_SCAN_SEEN_WAYS; i++) {
		if (bucket[i].generation == scan->generation &&
		    (bucket[i].flags & SEEN_RANDOM) == addr->type &&
		    bt_addr_eq(&bucket[i].addr, &addr->a)) {
			return &bucket[i];
		}
	}
	return NULL;
}

static bool was_seen(struct ll_scan *scan, const bt_addr_le_t *addr, uint8_t what)
{
	const struct ll_scan_seen *seen = seen_find(scan, addr);

	return seen != NULL && (seen->flags & what);
}

static void mark_seen(struct ll_scan *scan, const bt_addr_le_t *addr, uint8_t what)
{
	struct ll_scan_seen *seen = seen_find(scan, addr);
	unsigned int bucket = bucket_of(addr);

	if (seen == NULL) {
		seen = &scan->seen[bucket][scan->seen_next[bucket]];
		scan->seen_next[bucket] = (scan->seen_next[bucket] + 1) % LL_SCAN_SEEN_WAYS;
		seen->addr = addr->a;
		seen->flags = addr->type & SEEN_RANDOM;
		seen->generation = scan->generation;
	}
	seen->flags |= what;
}

static void forget_seen(struct ll_scan *scan)
{
	if (++scan->generation == 0) {
		memset(scan->seen, 0, sizeof(scan->seen));
		scan->generation = 1;
	}
}

/* ---- Reports ---- */

/* The identity decides what is a duplicate: a private address that changes makes no new device. */
static void report(struct fav_controller *ctl, const struct radio_rx *rx,
		   const struct ll_peer *peer, uint8_t type, uint8_t what)
{
	struct ll_scan *scan = &ctl->scan;
	const uint8_t *data = rx->pdu + LL_HDR_SIZE + BT_ADDR_SIZE;
	uint8_t len = rx->pdu[1] - BT_ADDR_SIZE;
	bt_addr_le_t told = ll__privacy_told(peer);

	if (scan->filter_duplicates && was_seen(scan, &peer->id, what)) {
		return;
	}
	/* ADV_DIRECT_IND carries the target's address, and no data. */
	if (type == report_types[LL_ADV_DIRECT_IND]) {
		len = 0;
	}
	/* A report that the host could not take must come again. */
	if (ctl__evt_adv_report(ctl, type, &told, data, len, rx->rssi_dbm) &&
	    scan->filter_duplicates) {
		mark_seen(scan, &peer->id, what);
	}
}

/* 4.3.3: the extended filter policies let private targets through that may be ours. */
static void report_directed(struct fav_controller *ctl, const struct radio_rx *rx,
			    const struct ll_peer *peer)
{
	struct ll_scan *scan = &ctl->scan;
	bt_addr_le_t target, told = ll__privacy_told(peer);

	ll__primary_addr(rx->pdu, 1, &target);
	switch (ll__privacy_is_us(ctl, scan->param.own_addr_type, ctl__random_addr(ctl), peer,
				  &target)) {
	case LL_TARGET_US:
		report(ctl, rx, peer, report_types[LL_ADV_DIRECT_IND], SEEN_ADV);
		break;
	case LL_TARGET_UNRESOLVED:
		if ((scan->param.filter_policy & LL_SCAN_FILTER_EXTENDED) &&
		    !(scan->filter_duplicates && was_seen(scan, &peer->id, SEEN_ADV)) &&
		    ctl__evt_direct_report(ctl, &told, &target, rx->rssi_dbm) &&
		    scan->filter_duplicates) {
			mark_seen(scan, &peer->id, SEEN_ADV);
		}
		break;
	default:
		break;
	}
}

/* ---- Active scanning ---- */

static void backoff_restart(struct fav_controller *ctl)
{
	ctl->scan.backoff = 1 + ctl__random_below(ctl, ctl->scan.upper_limit);
}

/* 4.4.3.2: two failures in a row double the limit, two successes halve it. */
static void backoff_result(struct fav_controller *ctl, bool success)
{
	struct ll_scan *scan = &ctl->scan;

	if (success) {
		scan->failures = 0;
		if (++scan->successes == 2) {
			scan->successes = 0;
			scan->upper_limit = MAX(scan->upper_limit / 2, 1);
		}
	} else {
		scan->successes = 0;
		if (++scan->failures == 2) {
			scan->failures = 0;
			scan->upper_limit = MIN(scan->upper_limit * 2, UPPER_LIMIT_MAX);
		}
	}
	backoff_restart(ctl);
}

static void ask(struct fav_controller *ctl, const struct radio_rx *rx, const struct ll_peer *peer)
{
	struct ll_scan *scan = &ctl->scan;
	struct ll_own own;

	if (scan->filter_duplicates && was_seen(scan, &peer->id, SEEN_RSP)) {
		return;
	}
	if (scan->backoff > 1) {
		scan->backoff--;
		return;
	}
	if (!ll__privacy_own(ctl, scan->param.own_addr_type, ctl__random_addr(ctl), peer->entry,
			     rx->end_us, &own)) {
		return;
	}
	scan->req[0] = LL_SCAN_REQ | (own.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_TXADD : 0) |
		       (peer->air.type == BT_ADDR_LE_RANDOM ? LL_ADV_RXADD : 0);
	scan->req[1] = LL_ADDR_PAIR_LEN;
	memcpy(scan->req + LL_HDR_SIZE, &own.air.a, BT_ADDR_SIZE);
	memcpy(scan->req + LL_HDR_SIZE + BT_ADDR_SIZE, &peer->air.a, BT_ADDR_SIZE);
	scan->asked = *peer;
	(void)ll__listen_send(ctl, LL_LISTEN_SCAN_REQ, scan->req, rx->end_us, SCAN_NEED_US);
}

void ll__scan_adv(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_scan *scan = &ctl->scan;
	uint8_t type = rx->pdu[0] & LL_ADV_TYPE_MASK;
	bt_addr_le_t air;
	struct ll_peer peer;

	if (!is_advertising(type) || rx->pdu[1] > BT_ADDR_SIZE + LL_ADV_DATA_MAX ||
	    (type == LL_ADV_DIRECT_IND && rx->pdu[1] != LL_ADDR_PAIR_LEN)) {
		return;
	}
	ll__primary_addr(rx->pdu, 0, &air);
	if (!ll__privacy_peer(ctl, &air, &peer) ||
	    ((scan->param.filter_policy & LL_SCAN_FILTER_ACCEPT) &&
	     !ll__accept_has(&ctl->accept, &peer.id))) {
		return;
	}
	if (type == LL_ADV_DIRECT_IND) {
		report_directed(ctl, rx, &peer);
		return;
	}
	report(ctl, rx, &peer, report_types[type], SEEN_ADV);
	if (scan->param.active && (type == LL_ADV_IND || type == LL_ADV_SCAN_IND)) {
		ask(ctl, rx, &peer);
	}
}

void ll__scan_rsp(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_scan *scan = &ctl->scan;
	bt_addr_le_t addr;

	if (!scan->enabled) {
		return;
	}
	if (rx == NULL || (rx->pdu[0] & LL_ADV_TYPE_MASK) != LL_SCAN_RSP ||
	    rx->pdu[1] > BT_ADDR_SIZE + LL_ADV_DATA_MAX) {
		backoff_result(ctl, false);
		return;
	}
	ll__primary_addr(rx->pdu, 0, &addr);
	if (!bt_addr_le_eq(&addr, &scan->asked.air)) {
		backoff_result(ctl, false);
		return;
	}
	backoff_result(ctl, true);
	report(ctl, rx, &scan->asked, REPORT_SCAN_RSP, SEEN_RSP);
}

void ll__scan_init(struct fav_controller *ctl)
{
	struct ll_scan *scan = &ctl->scan;

	/* Core 6.0 Vol 4 Part E 7.8.10 has no defaults; these are passive, 10 ms of 10 ms. */
	scan->enabled = false;
	scan->param = (struct ll_scan_param){.interval_us = 10000, .window_us = 10000};
}

void ll__scan_start(struct fav_controller *ctl, bool filter_duplicates, uint64_t now_us)
{
	struct ll_scan *scan = &ctl->scan;

	scan->enabled = true;
	scan->filter_duplicates = filter_duplicates;
	scan->upper_limit = 1;
	scan->backoff = 1;
	scan->successes = 0;
	scan->failures = 0;
	forget_seen(scan);
	ll__listen_update(ctl, now_us);
}

void ll__scan_stop(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->scan.enabled = false;
	ll__listen_update(ctl, now_us);
}
