/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Connection parameters request, Core 6.0 Vol 6 Part B 5.1.7. The peer's host is asked.
 *
 *     central begins:     PARAM_REQ ->  (host)  <- PARAM_RSP   CONNECTION_UPDATE_IND ->
 *     peripheral begins:  <- PARAM_REQ  (host)                 CONNECTION_UPDATE_IND ->
 *
 * With a peer that lacks it, a central goes on to CONNECTION_UPDATE_IND, and a peripheral fails.
 */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

static void send(struct ll_conn *conn, uint8_t opcode, const struct ll_conn_wish *wish,
		 uint64_t now_us)
{
	struct ll_connection_param param = {
		.interval_min = sys_cpu_to_le16(wish->interval_min),
		.interval_max = sys_cpu_to_le16(wish->interval_max),
		.latency = sys_cpu_to_le16(wish->latency),
		.timeout = sys_cpu_to_le16(wish->timeout),
		.reference_counter = sys_cpu_to_le16(conn->counter),
	};

	/* No preferred offsets. */
	memset(param.offset, 0xff, sizeof(param.offset));
	ll__ctrl_send(conn, opcode, &param, sizeof(param), now_us);
}

static void failed(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	if (conn->ctrl.update_event) {
		conn->ctrl.update_event = false;
		ctl__evt_conn_update(conn, error);
	}
	ll__ctrl_local_done(conn, now_us);
}

/* Go on as the plain connection update. */
static void fall_back(struct ll_conn *conn, uint64_t now_us)
{
	conn->ctrl.local = LL_PROC_CONN_UPDATE;
	conn->ctrl.local_deadline_us = FAV_FOREVER_US;
	ll__conn_update_send(conn, &conn->ctrl.wish, now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	/* A central asks only a peer that is known to understand; a peripheral has no other way. */
	if (conn->role == LL_CENTRAL &&
	    (!conn->ctrl.features_known || conn->ctrl.param_unsupported)) {
		fall_back(conn, now_us);
	} else if (conn->ctrl.param_unsupported) {
		failed(conn, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, now_us);
	} else {
		send(conn, LL_CONNECTION_PARAM_REQ, &conn->ctrl.wish, now_us);
		ll__ctrl_expect(conn, true, now_us);
	}
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	if (error == BT_HCI_ERR_UNSUPP_REMOTE_FEATURE) {
		conn->ctrl.param_unsupported = true;
		if (conn->role == LL_CENTRAL) {
			fall_back(conn, now_us);
			return;
		}
	}
	failed(conn, error, now_us);
}

const struct ll_proc_ops ll__conn_param_proc = {
	.start = start, .rejected = rejected, .has_instant = true};

static bool read_wish(const uint8_t *data, struct ll_conn_wish *wish)
{
	const struct ll_connection_param *param = (const void *)data;

	wish->interval_min = sys_le16_to_cpu(param->interval_min);
	wish->interval_max = sys_le16_to_cpu(param->interval_max);
	wish->latency = sys_le16_to_cpu(param->latency);
	wish->timeout = sys_le16_to_cpu(param->timeout);
	return wish->interval_min >= LL_INTERVAL_MIN && wish->interval_min <= wish->interval_max &&
	       ll__conn_params_ok(wish->interval_max, wish->latency, wish->timeout);
}

void ll__conn_param_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	if (!ll__ctrl_remote_begin(conn, LL_PROC_CONN_PARAM, LL_CONNECTION_PARAM_REQ, now_us)) {
		return;
	}
	if (!read_wish(data, &ctrl->peer_wish)) {
		ll__ctrl_reject(conn, LL_CONNECTION_PARAM_REQ, BT_HCI_ERR_INVALID_LL_PARAM, now_us);
		ll__ctrl_remote_done(conn, now_us);
	} else if (!ctl__le_evt_on(conn->ctl, BT_HCI_EVT_LE_CONN_PARAM_REQ)) {
		ll__ctrl_reject(conn, LL_CONNECTION_PARAM_REQ, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE,
				now_us);
		ll__ctrl_remote_done(conn, now_us);
	} else {
		ctrl->remote_at_host = true;
		ctl__evt_param_req(conn);
	}
}

void ll__conn_param_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	struct ll_conn_wish wish;

	if (conn->ctrl.local != LL_PROC_CONN_PARAM) {
		return;
	}
	if (!read_wish(data, &wish)) {
		ll__ctrl_reject(conn, LL_CONNECTION_PARAM_RSP, BT_HCI_ERR_INVALID_LL_PARAM, now_us);
		failed(conn, BT_HCI_ERR_INVALID_LL_PARAM, now_us);
		return;
	}
	conn->ctrl.local_deadline_us = FAV_FOREVER_US;
	conn->ctrl.local = LL_PROC_CONN_UPDATE;
	ll__conn_update_send(conn, &wish, now_us);
}

bool ll__conn_param_reply(struct ll_conn *conn, const struct ll_conn_wish *wish, uint8_t error,
			  uint64_t now_us)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	if (!ctrl->remote_at_host) {
		return false;
	}
	ctrl->remote_at_host = false;
	if (error != 0) {
		ll__ctrl_reject(conn, LL_CONNECTION_PARAM_REQ, error, now_us);
		ll__ctrl_remote_done(conn, now_us);
	} else if (conn->role == LL_CENTRAL) {
		ll__conn_update_send(conn, wish, now_us);
	} else {
		send(conn, LL_CONNECTION_PARAM_RSP, wish, now_us);
		ll__ctrl_expect(conn, false, now_us);
	}
	return true;
}
