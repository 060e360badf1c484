/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_conn.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

/* A connection that is not heard of within so many intervals was never established, 4.5.2. */
#define ESTABLISH_INTERVALS 6

bool ll__conn_params_ok(uint16_t interval, uint16_t latency, uint16_t timeout)
{
	/* timeout > (1 + latency) * interval * 2, in units of 10 ms and 1.25 ms. */
	return IN_RANGE(interval, LL_INTERVAL_MIN, LL_INTERVAL_MAX) && latency <= LL_LATENCY_MAX &&
	       IN_RANGE(timeout, LL_TIMEOUT_MIN, LL_TIMEOUT_MAX) &&
	       timeout * 4U > (1U + latency) * interval;
}

struct ll_conn *ll__conn_get(struct fav_controller *ctl, uint16_t handle)
{
	return handle < CTL_CONN_MAX && ctl->conns[handle].used ? &ctl->conns[handle] : NULL;
}

bool ll__conn_has_room(const struct fav_controller *ctl)
{
	return ctl->conn_count < CTL_CONN_MAX;
}

bool ll__conn_has_peer(const struct fav_controller *ctl, const bt_addr_le_t *id)
{
	for (unsigned int i = 0; ctl->conn_count != 0 && i < CTL_CONN_MAX; i++) {
		if (ctl->conns[i].used && bt_addr_le_eq(&ctl->conns[i].peer.id, id)) {
			return true;
		}
	}
	return false;
}

static uint64_t supervision_end_us(const struct ll_conn *conn)
{
	if (!conn->established) {
		return conn->heard_us + ESTABLISH_INTERVALS * (uint64_t)ll__conn_interval_us(conn);
	}
	return conn->heard_us + conn->timeout * (uint64_t)LL_TIMEOUT_UNIT_US;
}

/* Why the connection ends when a deadline has passed; 0 when none has. */
static uint8_t overdue(const struct ll_conn *conn, uint64_t now_us)
{
	uint8_t reason = 0;

	if (supervision_end_us(conn) <= now_us) {
		reason =
			conn->established ? BT_HCI_ERR_CONN_TIMEOUT : BT_HCI_ERR_CONN_FAIL_TO_ESTAB;
	} else if (ll__ctrl_deadline_us(conn) <= now_us) {
		reason = BT_HCI_ERR_LL_RESP_TIMEOUT;
	}
	/* A termination of ours succeeds in every case, 5.1.6. */
	return reason != 0 && conn->ctrl.local == LL_PROC_TERMINATE ? BT_HCI_ERR_LOCALHOST_TERM_CONN
								    : reason;
}

/* The timer runs ahead of what it watches: on expiry it looks whether the deadline has moved. */
static void watch_due(struct fav_timeout *timer)
{
	struct ll_conn *conn = CONTAINER_OF(timer, struct ll_conn, watch);
	uint8_t reason = overdue(conn, timer->at_us);

	if (reason != 0) {
		ll__conn_close(conn, reason, timer->at_us);
	} else {
		ll__ping_due(conn, timer->at_us);
		ll__conn_watch(conn);
	}
}

void ll__conn_watch(struct ll_conn *conn)
{
	uint64_t at_us = MIN(supervision_end_us(conn),
			     MIN(ll__ctrl_deadline_us(conn), ll__ping_deadline_us(conn)));

	if (!fav_timeout_is_armed(&conn->watch) || conn->watch.at_us > at_us) {
		fav_timeout_start(&conn->watch, at_us);
	}
}

static struct ll_conn *slot_take(struct fav_controller *ctl)
{
	struct ll_conn *conn;

	do {
		conn = &ctl->conns[ctl->conn_next];
		ctl->conn_next = (ctl->conn_next + 1) % CTL_CONN_MAX;
	} while (conn->used);
	memset(conn, 0, sizeof(*conn));
	conn->used = true;
	conn->ctl = ctl;
	conn->handle = (uint16_t)ARRAY_INDEX(ctl->conns, conn);
	ctl->conn_count++;
	return conn;
}

struct ll_conn *ll__conn_create(struct fav_controller *ctl, const struct ll_conn_new *new_conn)
{
	const struct ll_connect_ind *ind = new_conn->ind;
	struct ll_conn *conn = slot_take(ctl);

	conn->role = new_conn->role;
	conn->own = new_conn->own;
	conn->peer = new_conn->peer;
	conn->access_address = sys_le32_to_cpu(ind->access_address);
	conn->crc_init = sys_get_le24(ind->crc_init);
	conn->hop = ind->hop_sca & 0x1f;
	conn->csa2 = new_conn->csa2;
	conn->csa2_id = ll__csa2_id(conn->access_address);
	conn->interval = sys_le16_to_cpu(ind->interval);
	conn->latency = sys_le16_to_cpu(ind->latency);
	conn->timeout = sys_le16_to_cpu(ind->timeout);
	conn->peer_sca = new_conn->role == LL_PERIPHERAL ? ind->hop_sca >> 5 : CTL_SCA_CODE;
	conn->heard_us = new_conn->created_us;
	conn->tx_phy = new_conn->phy;
	conn->rx_phy = new_conn->phy;
	sys_slist_init(&conn->tx.data);
	(void)ll__chan_map_set(&conn->chan_map, ind->chan_map);
	ll__sched_act_init(&conn->act, &ll__conn_act_ops, LL_PRIO_CONN);
	conn->watch.handler = watch_due;
	ll__ctrl_init(conn);
	conn->past = ctl->defaults.past;
	if (conn->role == LL_CENTRAL) {
		ctl->central_count++;
	}
	ll__conn_plan_first(conn, new_conn);
	ll__conn_watch(conn);
	ctl__evt_connected(conn);
	/* 4.5.10: longer PDUs than a new connection has are negotiated at once. */
	if (ctl->defaults.tx_octets > LL_DATA_LEN_MIN) {
		ll__ctrl_want(conn, LL_PROC_DLE, new_conn->created_us);
	}
	return conn;
}

void ll__conn_close(struct ll_conn *conn, uint8_t reason, uint64_t now_us)
{
	struct fav_controller *ctl = conn->ctl;

	ll__sched_cancel(&ctl->sched, &conn->act, now_us);
	fav_timeout_stop(&conn->watch);
	ll__tx_flush(conn);
	ll__enc_wipe(&conn->enc);
	/* The host's buffers are its own again: Disconnection Complete says so, Vol 4 Part E 4.1.2.
	 */
	ctl->up.host_acl_free += conn->acl_to_host;
	conn->used = false;
	ctl->conn_count--;
	if (conn->role == LL_CENTRAL) {
		ctl->central_count--;
	}
	if (reason != 0) {
		ctl__evt_disconnected(conn, reason);
	}
}
