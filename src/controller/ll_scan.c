/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_scan.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"
#include "controller/hci_evt_ext.h"
#include "controller/ll_primary.h"

#define SCAN_REQ_AIRTIME_US 176
#define SCAN_RSP_MAX_US     376
#define SCAN_NEED_US        (2 * RADIO_T_IFS_US + SCAN_REQ_AIRTIME_US + SCAN_RSP_MAX_US)

#define UPPER_LIMIT_MAX 256

/* Event_Type of LE Advertising Report, Core 6.0 Vol 4 Part E 7.7.65.2. */
#define REPORT_SCAN_RSP 0x04
static const uint8_t report_types[] = {
	[LL_ADV_IND] = 0x00,
	[LL_ADV_DIRECT_IND] = 0x01,
	[LL_ADV_SCAN_IND] = 0x02,
	[LL_ADV_NONCONN_IND] = 0x03,
};

/* The same in LE Extended Advertising Report, 7.7.65.13. */
#define EXT_SCAN (BT_HCI_LE_ADV_EVT_TYPE_SCAN | BT_HCI_LE_ADV_EVT_TYPE_LEGACY)
#define EXT_CONN (BT_HCI_LE_ADV_EVT_TYPE_CONN | BT_HCI_LE_ADV_EVT_TYPE_LEGACY)
static const uint8_t ext_types[] = {
	[0x00] = EXT_SCAN | BT_HCI_LE_ADV_EVT_TYPE_CONN,
	[0x01] = EXT_CONN | BT_HCI_LE_ADV_EVT_TYPE_DIRECT,
	[0x02] = EXT_SCAN,
	[0x03] = BT_HCI_LE_ADV_EVT_TYPE_LEGACY,
	[REPORT_SCAN_RSP] = EXT_SCAN | BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP,
};

static bool is_advertising(uint8_t type)
{
	return type <= LL_ADV_NONCONN_IND || type == LL_ADV_SCAN_IND;
}

/* ---- Reports ---- */

/* The host uses the extended commands: legacy PDUs in their terms, 7.7.65.13. */
static bool tell_extended(struct fav_controller *ctl, const struct radio_rx *rx,
			  const bt_addr_le_t *addr, uint8_t type, const uint8_t *data, uint8_t len)
{
	struct ctl_ext_report report = {
		.evt_type = ext_types[type],
		.addr = *addr,
		.primary = RADIO_1M,
		.sid = BT_HCI_LE_EXT_ADV_SID_INVALID,
		.tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF,
		.rssi_dbm = rx->rssi_dbm,
		.data = data,
		.len = len,
	};

	if (type == REPORT_SCAN_RSP && ctl->scan.asked_connectable) {
		report.evt_type |= BT_HCI_LE_ADV_EVT_TYPE_CONN;
	}
	if (type == report_types[LL_ADV_DIRECT_IND]) {
		ll__primary_addr(rx->pdu, 1, &report.direct_addr);
	}
	return ctl__evt_ext_report(ctl, &report);
}

static bool tell(struct fav_controller *ctl, const struct radio_rx *rx, const bt_addr_le_t *addr,
		 uint8_t type, const uint8_t *data, uint8_t len)
{
	return ctl->family == CTL_EXTENDED
		       ? tell_extended(ctl, rx, addr, type, data, len)
		       : ctl__evt_adv_report(ctl, type, addr, data, len, rx->rssi_dbm);
}

/* The identity decides what is a duplicate: a private address that changes makes no new device. */
static void report(struct fav_controller *ctl, const struct radio_rx *rx,
		   const struct ll_peer *peer, uint8_t type, uint8_t what)
{
	struct ll_scan *scan = &ctl->scan;
	const uint8_t *data = rx->pdu + LL_HDR_SIZE + BT_ADDR_SIZE;
	uint8_t len = rx->pdu[1] - BT_ADDR_SIZE;
	bt_addr_le_t told = ll__privacy_told(peer);

	if (scan->filter_duplicates && ll__seen_has(&scan->seen, &peer->id, LL_SEEN_NO_ADI, what)) {
		return;
	}
	/* ADV_DIRECT_IND carries the target's address, and no data. */
	if (type == report_types[LL_ADV_DIRECT_IND]) {
		len = 0;
	}
	/* A report that the host could not take must come again. */
	if (tell(ctl, rx, &told, type, data, len) && scan->filter_duplicates) {
		ll__seen_add(&scan->seen, &peer->id, LL_SEEN_NO_ADI, what);
	}
}

static bool tell_unresolved(struct fav_controller *ctl, const struct radio_rx *rx,
			    const bt_addr_le_t *addr, const bt_addr_le_t *target)
{
	struct ctl_ext_report report = {
		.evt_type = EXT_CONN | BT_HCI_LE_ADV_EVT_TYPE_DIRECT,
		.addr = *addr,
		.direct_addr = {.type = BT_ADDR_LE_UNRESOLVED, .a = target->a},
		.primary = RADIO_1M,
		.sid = BT_HCI_LE_EXT_ADV_SID_INVALID,
		.tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF,
		.rssi_dbm = rx->rssi_dbm,
	};

	return ctl->family == CTL_EXTENDED
		       ? ctl__evt_ext_report(ctl, &report)
		       : ctl__evt_direct_report(ctl, addr, target, rx->rssi_dbm);
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
		report(ctl, rx, peer, report_types[LL_ADV_DIRECT_IND], LL_SEEN_ADV);
		break;
	case LL_TARGET_UNRESOLVED:
		if ((scan->param.filter_policy & LL_SCAN_FILTER_EXTENDED) &&
		    !(scan->filter_duplicates &&
		      ll__seen_has(&scan->seen, &peer->id, LL_SEEN_NO_ADI, LL_SEEN_ADV)) &&
		    tell_unresolved(ctl, rx, &told, &target) && scan->filter_duplicates) {
			ll__seen_add(&scan->seen, &peer->id, LL_SEEN_NO_ADI, LL_SEEN_ADV);
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
void ll__scan_asked(struct fav_controller *ctl, bool success)
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

bool ll__scan_may_ask(struct ll_scan *scan)
{
	if (scan->backoff > 1) {
		scan->backoff--;
		return false;
	}
	return true;
}

static void ask(struct fav_controller *ctl, const struct radio_rx *rx, const struct ll_peer *peer)
{
	struct ll_scan *scan = &ctl->scan;
	struct ll_own own;

	if (scan->filter_duplicates &&
	    ll__seen_has(&scan->seen, &peer->id, LL_SEEN_NO_ADI, LL_SEEN_RSP)) {
		return;
	}
	if (!ll__scan_may_ask(scan)) {
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
	scan->asked_connectable = (rx->pdu[0] & LL_ADV_TYPE_MASK) == LL_ADV_IND;
	(void)ll__listen_send(ctl, LL_LISTEN_SCAN_REQ, scan->req, rx->end_us, SCAN_NEED_US);
}

bool ll__scan_accepts(struct fav_controller *ctl, const struct ll_peer *peer)
{
	return !(ctl->scan.param.filter_policy & LL_SCAN_FILTER_ACCEPT) ||
	       ll__accept_has(&ctl->accept, &peer->id);
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
	if (!ll__privacy_peer(ctl, &air, &peer) || !ll__scan_accepts(ctl, &peer)) {
		return;
	}
	if (type == LL_ADV_DIRECT_IND) {
		report_directed(ctl, rx, &peer);
		return;
	}
	report(ctl, rx, &peer, report_types[type], LL_SEEN_ADV);
	if (scan->param.active[LL_PRIMARY_1M] && (type == LL_ADV_IND || type == LL_ADV_SCAN_IND)) {
		ask(ctl, rx, &peer);
	}
}

void ll__scan_rsp(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_scan *scan = &ctl->scan;
	bt_addr_le_t addr;

	if (!ll__scan_is_on(scan)) {
		return;
	}
	if (rx == NULL || (rx->pdu[0] & LL_ADV_TYPE_MASK) != LL_SCAN_RSP ||
	    rx->pdu[1] > BT_ADDR_SIZE + LL_ADV_DATA_MAX) {
		ll__scan_asked(ctl, false);
		return;
	}
	ll__primary_addr(rx->pdu, 0, &addr);
	if (!bt_addr_le_eq(&addr, &scan->asked.air)) {
		ll__scan_asked(ctl, false);
		return;
	}
	ll__scan_asked(ctl, true);
	report(ctl, rx, &scan->asked, REPORT_SCAN_RSP, LL_SEEN_RSP);
}

void ll__scan_init(struct fav_controller *ctl)
{
	struct ll_scan *scan = &ctl->scan;

	/* Core 6.0 Vol 4 Part E 7.8.10 has no defaults; these are passive, 10 ms of 10 ms. */
	scan->enabled = false;
	scan->param = (struct ll_scan_param){.window[LL_PRIMARY_1M] = {true, 10000, 10000}};
	ll__scan_limit_init(scan);
}

void ll__scan_start(struct fav_controller *ctl, bool filter_duplicates, uint64_t now_us)
{
	struct ll_scan *scan = &ctl->scan;

	ll__scan_limit(ctl, 0, 0, false, now_us);
	scan->enabled = true;
	scan->filter_duplicates = filter_duplicates;
	scan->upper_limit = 1;
	scan->backoff = 1;
	scan->successes = 0;
	scan->failures = 0;
	ll__seen_forget(&scan->seen);
	ll__listen_update(ctl, now_us);
}

void ll__scan_stop(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->scan.enabled = false;
	fav_timeout_stop(&ctl->scan.timer);
	ll__listen_update(ctl, now_us);
}
