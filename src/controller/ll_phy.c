/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PHY update, Core 6.0 Vol 6 Part B 5.1.10.
 *
 *     central begins:     PHY_REQ ->   <- PHY_RSP   PHY_UPDATE_IND ->  instant
 *     peripheral begins:  <- PHY_REQ                PHY_UPDATE_IND ->  instant
 */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define PHY_BIT_1M    0x01
#define PHY_BIT_2M    0x02
#define PHY_BIT_CODED 0x04

/* PHY_Options of LE Set PHY, Vol 4 Part E 7.8.49. */
#define OPTION_MASK 0x03
#define OPTION_S2   1

static void tell_host(struct ll_conn *conn, uint8_t status, bool changed)
{
	if (conn->ctrl.phy_event || changed) {
		conn->ctrl.phy_event = false;
		ctl__evt_phy(conn, status);
	}
}

/* The update is over: it was whose it was. */
static void finish(struct ll_conn *conn, uint8_t status, bool changed, uint64_t now_us)
{
	tell_host(conn, status, changed);
	if (conn->ctrl.local == LL_PROC_PHY) {
		ll__ctrl_local_done(conn, now_us);
	} else {
		ll__ctrl_remote_done(conn, now_us);
	}
}

static void send(struct ll_conn *conn, uint8_t opcode, uint64_t now_us)
{
	struct ll_phy phy = {
		.tx_phys = conn->ctrl.phy_tx_prefs,
		.rx_phys = conn->ctrl.phy_rx_prefs,
	};

	ll__ctrl_send(conn, opcode, &phy, sizeof(phy), now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->ctrl.phy_unsupported) {
		finish(conn, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, false, now_us);
		return;
	}
	send(conn, LL_PHY_REQ, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	conn->ctrl.phy_unsupported = error == BT_HCI_ERR_UNSUPP_REMOTE_FEATURE;
	finish(conn, error, false, now_us);
}

const struct ll_proc_ops ll__phy_proc = {.start = start, .rejected = rejected, .has_instant = true};

/* The PHY for one direction: the fastest that both want; 0 when it stays as it is. */
static uint8_t choose(uint8_t tx_prefs, uint8_t rx_prefs, enum radio_phy present)
{
	uint8_t both = tx_prefs & rx_prefs;
	uint8_t phy = 0;

	if (both & PHY_BIT_2M) {
		phy = PHY_BIT_2M;
	} else if (both & PHY_BIT_1M) {
		phy = PHY_BIT_1M;
	} else if (both & PHY_BIT_CODED) {
		phy = PHY_BIT_CODED;
	}
	return phy == BIT(radio__phy_hci(present) - 1) ? 0 : phy;
}

/* The central decides. */
static void decide(struct ll_conn *conn, const struct ll_phy *peer, uint64_t now_us)
{
	struct ll_instant *instant = &conn->ctrl.instant;
	struct ll_phy_update_ind ind = {
		.phy_c_to_p = choose(conn->ctrl.phy_tx_prefs, peer->rx_phys, conn->tx_phy),
		.phy_p_to_c = choose(peer->tx_phys, conn->ctrl.phy_rx_prefs, conn->rx_phy),
	};

	conn->ctrl.local_deadline_us = FAV_FOREVER_US;
	if (ind.phy_c_to_p == 0 && ind.phy_p_to_c == 0) {
		ll__ctrl_send(conn, LL_PHY_UPDATE_IND, &ind, sizeof(ind), now_us);
		finish(conn, BT_HCI_ERR_SUCCESS, false, now_us);
		return;
	}
	instant->kind = LL_INSTANT_PHY;
	instant->counter = ll__ctrl_instant_choose(conn);
	instant->phy = ind;
	ind.instant = sys_cpu_to_le16(instant->counter);
	ll__ctrl_send(conn, LL_PHY_UPDATE_IND, &ind, sizeof(ind), now_us);
}

void ll__phy_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_phy *peer = (const void *)data;

	if (!ll__ctrl_remote_begin(conn, LL_PROC_PHY, LL_PHY_REQ, now_us)) {
		return;
	}
	if (conn->role == LL_CENTRAL) {
		decide(conn, peer, now_us);
	} else {
		send(conn, LL_PHY_RSP, now_us);
		ll__ctrl_expect(conn, false, now_us);
	}
}

void ll__phy_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	if (conn->ctrl.local == LL_PROC_PHY && conn->ctrl.instant.kind == LL_INSTANT_NONE) {
		decide(conn, (const void *)data, now_us);
	}
}

/* None, or one that we know. */
static bool phy_ok(uint8_t bits)
{
	return (bits & ~LL_PHYS) == 0 && (bits & (bits - 1)) == 0;
}

static bool update_ok(const struct ll_phy_update_ind *ind)
{
	return phy_ok(ind->phy_c_to_p) && phy_ok(ind->phy_p_to_c);
}

void ll__phy_rx_update(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_phy_update_ind *ind = (const void *)data;
	struct ll_instant *instant = &conn->ctrl.instant;
	bool local = conn->ctrl.local == LL_PROC_PHY && conn->ctrl.remote != LL_PROC_PHY;

	if (!local && conn->ctrl.remote != LL_PROC_PHY) {
		return;
	}
	if (local) {
		conn->ctrl.local_deadline_us = FAV_FOREVER_US;
	} else {
		conn->ctrl.remote_deadline_us = FAV_FOREVER_US;
	}
	if ((ind->phy_c_to_p == 0 && ind->phy_p_to_c == 0) || !update_ok(ind)) {
		finish(conn, BT_HCI_ERR_SUCCESS, false, now_us);
		return;
	}
	if (ll__ctrl_instant_begin(conn, LL_INSTANT_PHY, sys_le16_to_cpu(ind->instant))) {
		instant->phy = *ind;
	}
}

static enum radio_phy phy_of(uint8_t bit, enum radio_phy coding)
{
	switch (bit) {
	case PHY_BIT_2M:
		return RADIO_2M;
	case PHY_BIT_CODED:
		return coding;
	default:
		return RADIO_1M;
	}
}

void ll__phy_coding_set(struct ll_conn *conn, uint16_t options)
{
	conn->ctrl.phy_coding =
		(options & OPTION_MASK) == OPTION_S2 ? RADIO_CODED_S2 : RADIO_CODED_S8;
	if (conn->tx_phy >= RADIO_CODED_S8) {
		conn->tx_phy = conn->ctrl.phy_coding;
	}
}

void ll__phy_apply(struct ll_conn *conn, uint64_t now_us)
{
	const struct ll_phy_update_ind *ind = &conn->ctrl.instant.phy;
	uint8_t tx = conn->role == LL_CENTRAL ? ind->phy_c_to_p : ind->phy_p_to_c;
	uint8_t rx = conn->role == LL_CENTRAL ? ind->phy_p_to_c : ind->phy_c_to_p;

	if (tx != 0) {
		conn->tx_phy = phy_of(tx, conn->ctrl.phy_coding);
	}
	if (rx != 0) {
		/* A receiver takes both codings, and expects the longer one. */
		conn->rx_phy = phy_of(rx, RADIO_CODED_S8);
	}
	ll__dle_update(conn, true);
	finish(conn, BT_HCI_ERR_SUCCESS, true, now_us);
}
