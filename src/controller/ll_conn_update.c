/* SPDX-License-Identifier: Apache-2.0 */

/* Connection update, Core 6.0 Vol 6 Part B 5.1.1: the central decides, both change at the instant.
 */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define WIN_SIZE 1

struct ll_beat ll__conn_beat(const struct ll_conn *conn)
{
	const struct ll_instant *instant = &conn->ctrl.instant;
	uint16_t events = instant->counter - conn->counter;

	if (instant->kind != LL_INSTANT_UPDATE) {
		return (struct ll_beat){conn->anchor_us, conn->interval};
	}
	return (struct ll_beat){
		.anchor_us = conn->anchor_us + events * (uint64_t)ll__conn_interval_us(conn) +
			     (conn->role == LL_CENTRAL
				      ? instant->offset_us
				      : instant->update.win_offset * (uint64_t)LL_UNIT_US),
		.interval = instant->update.interval,
	};
}

/* What a range allows: the interval that most probably keeps its distance from the other links'
 * events is one that they have; else the longest. */
static uint16_t choose_interval(const struct ll_conn *conn, const struct ll_conn_wish *wish)
{
	const struct fav_controller *ctl = conn->ctl;
	uint16_t interval = 0;

	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		const struct ll_conn *other = &ctl->conns[i];

		if (other->used && other != conn && other->role == LL_CENTRAL) {
			uint16_t theirs = ll__conn_beat(other).interval;

			if (IN_RANGE(theirs, wish->interval_min, wish->interval_max)) {
				interval = MAX(interval, theirs);
			}
		}
	}
	return interval != 0 ? interval : wish->interval_max;
}

/* Where the new anchors begin, from the old one at the instant: apart from other links' events. */
static uint32_t choose_offset_us(const struct ll_conn *conn, uint16_t interval)
{
	uint16_t events = conn->ctrl.instant.counter - conn->counter;

	if (interval == conn->interval) {
		return 0;
	}
	return ll__conn_place(conn->ctl, conn,
			      conn->anchor_us + events * (uint64_t)ll__conn_interval_us(conn),
			      interval);
}

void ll__conn_update_send(struct ll_conn *conn, const struct ll_conn_wish *wish, uint64_t now_us)
{
	struct ll_instant *instant = &conn->ctrl.instant;
	struct ll_connection_update_ind ind;
	uint16_t interval = choose_interval(conn, wish);

	instant->kind = LL_INSTANT_UPDATE;
	instant->counter = ll__ctrl_instant_choose(conn);
	instant->offset_us = choose_offset_us(conn, interval);
	instant->update = (struct ll_connection_update_ind){
		.win_size = WIN_SIZE,
		.win_offset = (uint16_t)(instant->offset_us / LL_UNIT_US),
		.interval = interval,
		.latency = wish->latency,
		.timeout = wish->timeout,
	};
	ind = (struct ll_connection_update_ind){
		.win_size = WIN_SIZE,
		.win_offset = sys_cpu_to_le16(instant->update.win_offset),
		.interval = sys_cpu_to_le16(interval),
		.latency = sys_cpu_to_le16(wish->latency),
		.timeout = sys_cpu_to_le16(wish->timeout),
		.instant = sys_cpu_to_le16(instant->counter),
	};
	ll__ctrl_send(conn, LL_CONNECTION_UPDATE_IND, &ind, sizeof(ind), now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	ll__conn_update_send(conn, &conn->ctrl.wish, now_us);
}

const struct ll_proc_ops ll__conn_update_proc = {.start = start, .has_instant = true};

void ll__conn_update_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_connection_update_ind *ind = (const void *)data;
	struct ll_connection_update_ind update = {
		.win_size = ind->win_size,
		.win_offset = sys_le16_to_cpu(ind->win_offset),
		.interval = sys_le16_to_cpu(ind->interval),
		.latency = sys_le16_to_cpu(ind->latency),
		.timeout = sys_le16_to_cpu(ind->timeout),
	};

	/* There is no way to refuse; a link with such parameters could not be kept. */
	if (!ll__conn_params_ok(update.interval, update.latency, update.timeout) ||
	    update.win_offset > update.interval ||
	    !IN_RANGE(update.win_size, 1, MIN(8, update.interval - 1))) {
		conn->end_reason = BT_HCI_ERR_INVALID_LL_PARAM;
		return;
	}
	if (ll__ctrl_instant_begin(conn, LL_INSTANT_UPDATE, sys_le16_to_cpu(ind->instant))) {
		conn->ctrl.instant.update = update;
		/* It is the answer to a request that is on its way, ours or the peer's. */
		if (conn->ctrl.local == LL_PROC_CONN_PARAM) {
			conn->ctrl.local_deadline_us = FAV_FOREVER_US;
		}
		conn->ctrl.remote_deadline_us = FAV_FOREVER_US;
	}
}

void ll__conn_update_apply(struct ll_conn *conn, uint64_t now_us)
{
	const struct ll_connection_update_ind *update = &conn->ctrl.instant.update;
	bool changed = conn->interval != update->interval || conn->latency != update->latency ||
		       conn->timeout != update->timeout;

	/* The new timeout may be shorter than the old interval, in which nobody could be heard. */
	conn->heard_us = MAX(conn->heard_us, conn->anchor_us);
	if (conn->role == LL_CENTRAL) {
		conn->anchor_us += conn->ctrl.instant.offset_us;
	} else {
		conn->anchor_us += update->win_offset * (uint64_t)LL_UNIT_US;
		conn->window_us = update->win_size * (uint32_t)LL_UNIT_US;
	}
	conn->interval = update->interval;
	ll__dle_update(conn, true);
	conn->latency = update->latency;
	conn->timeout = update->timeout;
	ll__conn_watch(conn);
	if (changed || conn->ctrl.update_event) {
		conn->ctrl.update_event = false;
		ctl__evt_conn_update(conn, BT_HCI_ERR_SUCCESS);
	}
	if (conn->ctrl.remote == LL_PROC_CONN_PARAM) {
		ll__ctrl_remote_done(conn, now_us);
	}
	if (conn->ctrl.local == LL_PROC_CONN_PARAM || conn->ctrl.local == LL_PROC_CONN_UPDATE) {
		ll__ctrl_local_done(conn, now_us);
	}
}
