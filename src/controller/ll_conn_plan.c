/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* What every receiver adds to the drift of the sleep clocks, 4.2.2. */
#define SLEEP_JITTER_US 16

/* Sleep clock accuracy by its code, ppm, 2.3.3.1. */
static const uint16_t sca_ppm[8] = {500, 250, 150, 100, 75, 50, 30, 20};

/* Time on the radio that a new connection is given where that is possible. */
#define PLACE_SLOT_US 2500
#define PLACE_TRIES   256

uint32_t ll__conn_widening_us(const struct ll_conn *conn, uint64_t at_us)
{
	uint64_t ppm = sca_ppm[conn->peer_sca] + sca_ppm[CTL_SCA_CODE];
	uint64_t since_us = at_us > conn->sync_us ? at_us - conn->sync_us : 0;
	uint64_t widening_us = DIV_ROUND_UP(since_us * ppm, 1000000) + SLEEP_JITTER_US;

	/* 4.5.7: at most half an interval less T_IFS. */
	return (uint32_t)MIN(widening_us, ll__conn_interval_us(conn) / 2 - RADIO_T_IFS_US);
}

/* When the next event needs the radio: a peripheral must be early. */
static uint64_t start_us(const struct ll_conn *conn)
{
	return conn->role == LL_CENTRAL
		       ? conn->anchor_us
		       : conn->anchor_us - ll__conn_widening_us(conn, conn->anchor_us);
}

static void enqueue(struct ll_conn *conn)
{
	ll__sched_at(&conn->ctl->sched, &conn->act, start_us(conn));
}

static void choose_channel(struct ll_conn *conn, uint16_t events)
{
	if (conn->csa2) {
		conn->channel = ll__csa2(conn->counter, conn->csa2_id, &conn->chan_map);
	} else {
		conn->channel = ll__csa1(&conn->unmapped, conn->hop, events, &conn->chan_map);
	}
}

void ll__conn_plan_first(struct ll_conn *conn, const struct ll_conn_new *new_conn)
{
	const struct ll_connect_ind *ind = new_conn->ind;

	conn->sync_us = new_conn->created_us;
	if (conn->role == LL_CENTRAL) {
		conn->anchor_us = new_conn->anchor_us;
	} else {
		conn->anchor_us = new_conn->created_us + new_conn->window_delay_us +
				  sys_le16_to_cpu(ind->win_offset) * (uint64_t)LL_UNIT_US;
		conn->window_us = ind->win_size * (uint32_t)LL_UNIT_US;
	}
	choose_channel(conn, 1);
	enqueue(conn);
}

static void advance(struct ll_conn *conn, uint16_t events, uint64_t now_us)
{
	conn->counter += events;
	conn->anchor_us += events * (uint64_t)ll__conn_interval_us(conn);
	ll__ctrl_instant(conn, now_us);
	choose_channel(conn, events);
}

/* A peripheral may sleep over events while it has nothing to say and nothing is being agreed. */
static bool may_skip(const struct ll_conn *conn)
{
	return conn->role == LL_PERIPHERAL && conn->latency != 0 && conn->established &&
	       conn->window_us == 0 && conn->event.heard && !ll__tx_pending(conn) &&
	       conn->ctrl.local == LL_PROC_NONE && conn->ctrl.remote == LL_PROC_NONE &&
	       conn->ctrl.instant.kind == LL_INSTANT_NONE;
}

void ll__conn_plan_next(struct ll_conn *conn, uint64_t now_us)
{
	advance(conn, may_skip(conn) ? 1 + conn->latency : 1, now_us);
	/* Events that have gone by meanwhile. */
	while (start_us(conn) < now_us) {
		advance(conn, 1, now_us);
	}
	enqueue(conn);
}

void ll__conn_wake(struct ll_conn *conn, uint64_t now_us)
{
	uint64_t earliest_us = now_us + ll__conn_widening_us(conn, conn->anchor_us);
	uint32_t interval_us = ll__conn_interval_us(conn);
	uint64_t events;

	/* In the middle of an event, or the next is the next anyway. */
	if (conn->role == LL_CENTRAL || conn->ctl->sched.owner == &conn->act ||
	    conn->anchor_us < earliest_us + interval_us ||
	    conn->anchor_us <= conn->sync_us + interval_us) {
		return;
	}
	events = (conn->anchor_us - MAX(earliest_us, conn->sync_us + interval_us)) / interval_us;
	conn->counter -= (uint16_t)events;
	conn->anchor_us -= events * interval_us;
	if (!conn->csa2) {
		/* Back by as many hops: forward by so many less than the period. */
		(void)ll__csa1(&conn->unmapped, conn->hop,
			       LL_DATA_CHANNELS - (uint32_t)(events % LL_DATA_CHANNELS),
			       &conn->chan_map);
	}
	choose_channel(conn, 0);
	enqueue(conn);
}

/* ---- Where a new central's events go ---- */

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* How far events of conn and events at at_us every interval_us keep apart, at the closest. Anchors
 * of two periods meet modulo the greatest common divisor of these. */
static uint32_t distance_us(const struct ll_conn *conn, uint64_t at_us, uint32_t interval_us)
{
	uint32_t period_us = gcd(interval_us, ll__conn_interval_us(conn));
	uint32_t apart_us;

	apart_us = (uint32_t)(at_us >= conn->anchor_us
				      ? (at_us - conn->anchor_us) % period_us
				      : period_us - (conn->anchor_us - at_us) % period_us);
	return MIN(apart_us, period_us - apart_us);
}

static uint32_t room_us(const struct fav_controller *ctl, uint64_t at_us, uint32_t interval_us)
{
	uint32_t room = UINT32_MAX;

	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		if (ctl->conns[i].used) {
			room = MIN(room, distance_us(&ctl->conns[i], at_us, interval_us));
		}
	}
	return room;
}

uint16_t ll__conn_place(const struct fav_controller *ctl, uint64_t base_us, uint16_t interval)
{
	uint32_t interval_us = interval * (uint32_t)LL_UNIT_US;
	uint32_t best = 0;
	uint16_t place = 0;

	if (ctl->conn_count == 0) {
		return 0;
	}
	for (uint16_t offset = 0; offset < MIN(interval, PLACE_TRIES); offset++) {
		uint32_t room = room_us(ctl, base_us + offset * (uint64_t)LL_UNIT_US, interval_us);

		if (room > best) {
			best = room;
			place = offset;
		}
		if (best >= PLACE_SLOT_US) {
			break;
		}
	}
	return place;
}
