/* SPDX-License-Identifier: Apache-2.0 */

/* Feature exchange, Core 6.0 Vol 6 Part B 5.1.4. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

static void tell_host(struct ll_conn *conn, uint8_t status)
{
	if (conn->ctrl.feature_event) {
		conn->ctrl.feature_event = false;
		ctl__evt_features(conn, status);
	}
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->ctrl.features_known) {
		tell_host(conn, BT_HCI_ERR_SUCCESS);
		ll__ctrl_local_done(conn, now_us);
		return;
	}
	ll__ctrl_send(conn, conn->role == LL_CENTRAL ? LL_FEATURE_REQ : LL_PERIPHERAL_FEATURE_REQ,
		      ctl__le_features, sizeof(ctl__le_features), now_us);
	ll__ctrl_expect(conn, true, now_us);
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	tell_host(conn, error);
	ll__ctrl_local_done(conn, now_us);
}

const struct ll_proc_ops ll__feature_proc = {.start = start, .rejected = rejected};

static void learn(struct ll_conn *conn, const uint8_t *features)
{
	memcpy(conn->ctrl.features, features, sizeof(conn->ctrl.features));
	conn->ctrl.features_known = true;
	conn->ctrl.param_unsupported = !(features[0] & CTL_FEATURE_CONN_PARAM);
	conn->ctrl.dle_unsupported = !(features[0] & CTL_FEATURE_DLE);
	conn->ctrl.phy_unsupported = !(features[1] & CTL_FEATURE_1_2M);
}

void ll__feature_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	uint8_t rsp[8];

	learn(conn, data);
	/* Octet 0 is what both have, the others are our own, 2.4.2.10. */
	memcpy(rsp, ctl__le_features, sizeof(rsp));
	rsp[0] &= data[0];
	ll__ctrl_send(conn, LL_FEATURE_RSP, rsp, sizeof(rsp), now_us);
}

void ll__feature_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	if (conn->ctrl.local != LL_PROC_FEATURE) {
		return;
	}
	learn(conn, data);
	tell_host(conn, BT_HCI_ERR_SUCCESS);
	ll__ctrl_local_done(conn, now_us);
}
