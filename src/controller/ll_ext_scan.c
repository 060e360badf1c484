/* SPDX-License-Identifier: Apache-2.0 */

/* What a scanner makes of extended advertising, Core 6.0 Vol 6 Part B 4.4.3. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/ll_follow.h"

/* The longest answer to AUX_SCAN_REQ, without its chain. */
#define RSP_LEN_MAX (LL_HDR_SIZE + LL_EXT_PAYLOAD_MAX)

static bt_addr_le_t seen_addr(const struct ll_follow *follow)
{
	static const bt_addr_le_t nobody = {.type = BT_ADDR_LE_ANONYMOUS};

	return follow->has_peer ? follow->peer.id : nobody;
}

static uint32_t seen_adi(const struct ll_follow *follow)
{
	return follow->has_adi ? follow->adi : LL_SEEN_NO_ADI;
}

static uint8_t seen_what(const struct ll_follow *follow)
{
	return (follow->report.evt_type & BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP) ? LL_SEEN_RSP
									   : LL_SEEN_ADV;
}

static bool was_seen(struct ll_follow *follow, uint8_t what)
{
	struct ll_scan *scan = &follow->ctl->scan;
	bt_addr_le_t addr = seen_addr(follow);

	return scan->filter_duplicates && ll__seen_has(&scan->seen, &addr, seen_adi(follow), what);
}

static void tell(struct ll_follow *follow)
{
	struct ll_scan *scan = &follow->ctl->scan;
	bt_addr_le_t addr = seen_addr(follow);
	uint8_t what = seen_what(follow);

	if (!ll__scan_is_on(scan) || was_seen(follow, what)) {
		return;
	}
	/* What the host could not take, or is not whole, must come again. */
	if (ctl__evt_ext_report(follow->ctl, &follow->report) && !follow->report.truncated &&
	    scan->filter_duplicates) {
		ll__seen_add(&scan->seen, &addr, seen_adi(follow), what);
	}
}

/* 4.3.3: whom the PDU calls, when it calls somebody. */
static bool is_called(struct ll_follow *follow)
{
	struct fav_controller *ctl = follow->ctl;
	struct ctl_ext_report *report = &follow->report;

	if (!(report->evt_type & BT_HCI_LE_ADV_EVT_TYPE_DIRECT)) {
		return true;
	}
	switch (ll__privacy_is_us(ctl, ctl->scan.param.own_addr_type, ctl__random_addr(ctl),
				  &follow->peer, &report->direct_addr)) {
	case LL_TARGET_US:
		return true;
	case LL_TARGET_UNRESOLVED:
		report->direct_addr.type = BT_ADDR_LE_UNRESOLVED;
		return ctl->scan.param.filter_policy & LL_SCAN_FILTER_EXTENDED;
	default:
		return false;
	}
}

/* An accept list may have anonymous advertisers, Core 6.0 Vol 4 Part E 7.8.16. */
static bool accepts(struct ll_follow *follow)
{
	static const bt_addr_le_t anonymous = {.type = BT_ADDR_LE_ANONYMOUS};
	struct fav_controller *ctl = follow->ctl;

	if (follow->has_peer) {
		return ll__scan_accepts(ctl, &follow->peer);
	}
	return !(ctl->scan.param.filter_policy & LL_SCAN_FILTER_ACCEPT) ||
	       ll__accept_has(&ctl->accept, &anonymous);
}

static void append(struct ll_follow *follow, const struct ll_ext_pdu *ext)
{
	struct ctl_ext_report *report = &follow->report;
	uint16_t len = MIN(ext->data_len, (uint16_t)(LL_FOLLOW_DATA_MAX - report->len));

	if (len != 0) {
		memcpy(follow->data + report->len, ext->data, len);
		report->len += len;
	}
	report->truncated = len < ext->data_len;
}

/* The data of this PDU, and whether more come. */
static enum ll_ext_next take_data(struct ll_follow *follow, const struct ll_ext_pdu *ext)
{
	append(follow, ext);
	if (ext->has_aux && !follow->report.truncated) {
		return LL_EXT_CHAIN;
	}
	tell(follow);
	return LL_EXT_STOP;
}

static enum ll_ext_next ask(struct ll_follow *follow, uint64_t end_us, uint64_t room_us)
{
	struct fav_controller *ctl = follow->ctl;
	struct ll_scan *scan = &ctl->scan;
	uint64_t answered_us = end_us + 2 * RADIO_T_IFS_US +
			       radio__airtime_us(follow->phy, sizeof(follow->req)) +
			       radio__airtime_us(follow->phy, RSP_LEN_MAX);
	struct ll_own own;

	if (was_seen(follow, LL_SEEN_RSP) || answered_us > room_us || !ll__scan_may_ask(scan) ||
	    !ll__privacy_own(ctl, scan->param.own_addr_type, ctl__random_addr(ctl),
			     follow->peer.entry, end_us, &own)) {
		return LL_EXT_STOP;
	}
	follow->req[0] = LL_SCAN_REQ | (own.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_TXADD : 0) |
			 (follow->peer.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_RXADD : 0);
	follow->req[1] = LL_ADDR_PAIR_LEN;
	memcpy(follow->req + LL_HDR_SIZE, &own.air.a, BT_ADDR_SIZE);
	memcpy(follow->req + LL_HDR_SIZE + BT_ADDR_SIZE, &follow->peer.air.a, BT_ADDR_SIZE);
	return LL_EXT_ASK;
}

static bool is_active(const struct ll_follow *follow)
{
	return follow->ctl->scan.param
		.active[follow->report.primary == RADIO_1M ? LL_PRIMARY_1M : LL_PRIMARY_CODED];
}

enum ll_ext_next ll__ext_scan_adv(struct ll_follow *follow, const struct ll_ext_pdu *ext,
				  uint64_t end_us, uint64_t room_us)
{
	if (ext->mode == LL_EXT_CONNECTABLE) {
		follow->report.evt_type |= BT_HCI_LE_ADV_EVT_TYPE_CONN;
	} else if (ext->mode == LL_EXT_SCANNABLE) {
		follow->report.evt_type |= BT_HCI_LE_ADV_EVT_TYPE_SCAN;
	}
	/* 2.3.1.2: only plain advertising may be anonymous. */
	if ((!follow->has_peer && ext->mode != LL_EXT_PLAIN) || !accepts(follow) ||
	    !is_called(follow)) {
		return LL_EXT_STOP;
	}
	if (ext->has_sync) {
		follow->report.interval = ext->sync.interval;
	}
	if (ext->mode != LL_EXT_SCANNABLE) {
		return take_data(follow, ext);
	}
	tell(follow);
	return is_active(follow) ? ask(follow, end_us, room_us) : LL_EXT_STOP;
}

enum ll_ext_next ll__ext_scan_rsp(struct ll_follow *follow, const struct ll_ext_pdu *ext)
{
	bool answered = ext != NULL && ext->has_adv &&
			bt_addr_le_eq(&ext->adv, &follow->peer.air) &&
			!(ext->has_adi && ext->adi != follow->adi);

	if (!ll__scan_is_on(&follow->ctl->scan)) {
		return LL_EXT_STOP;
	}
	ll__scan_asked(follow->ctl, answered);
	if (!answered) {
		return LL_EXT_STOP;
	}
	follow->report.evt_type |= BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP;
	return take_data(follow, ext);
}

enum ll_ext_next ll__ext_scan_chain(struct ll_follow *follow, const struct ll_ext_pdu *ext)
{
	if (ext == NULL) {
		follow->report.truncated = true;
		tell(follow);
		return LL_EXT_STOP;
	}
	return take_data(follow, ext);
}
