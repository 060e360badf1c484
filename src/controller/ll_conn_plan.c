/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* What every receiver adds to the drift of the sleep clocks, 4.2.2. */
#define SLEEP_JITTER_US 16

/* Sleep clock accuracy by its code, ppm, 2.3.3.1. */
static const uint16_t sca_ppm[8] = {500, 250, 150, 100, 75, 50, 30, 20};

uint16_t ll__conn_sca_ppm(uint8_t code)
{
	return sca_ppm[code];
}

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

/* How long so many intervals are by our sleep clock. What is less than a microsecond is kept for
 * the next time. */
static uint64_t own_span_us(struct ll_conn *conn, uint64_t events)
{
	uint64_t span_us = events * ll__conn_interval_us(conn);
	int64_t drift = (int64_t)span_us * conn->ctl->config.drift_ppm + conn->drift_rest;

	conn->drift_rest = (int32_t)(drift % 1000000);
	return (uint64_t)((int64_t)span_us + drift / 1000000);
}

static void advance(struct ll_conn *conn, uint16_t events, uint64_t now_us)
{
	conn->counter += events;
	conn->anchor_us += own_span_us(conn, events);
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
	conn->anchor_us -= own_span_us(conn, events);
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

/* What a place is chosen from: so many in an interval, from the anchor of a connection with the
 * same interval on. A power of two: as connections come, they halve the widest gaps. */
#define PLACES 256

#define COMBS_MAX (CTL_CONN_MAX + LL_SETS_MAX + LL_SYNCS_MAX)

/* Another's anchors, a connection's or those of periodic advertising that is sent or followed: one
 * at at_us, and as far as they matter one every period_us. */
struct comb {
	uint64_t at_us;
	uint32_t period_us;
};

/* Anchors of two intervals meet modulo the greatest common divisor of these. */
static unsigned int combs_of(const struct fav_controller *ctl, const struct ll_conn *but,
			     uint32_t interval_us, struct comb combs[COMBS_MAX])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		const struct ll_conn *conn = &ctl->conns[i];

		if (conn->used && conn != but) {
			struct ll_beat beat = ll__conn_beat(conn);
			uint32_t period_us = gcd(interval_us, beat.interval * (uint32_t)LL_UNIT_US);

			combs[count++] = (struct comb){beat.anchor_us, period_us};
		}
	}
	for (unsigned int i = 0; i < ctl->set_count; i++) {
		const struct ll_per_adv *per = &ctl->sets[i]->per;

		if (per->on) {
			uint32_t period_us = gcd(interval_us, ll__per_adv_interval_us(per));

			combs[count++] = (struct comb){per->anchor_us, period_us};
		}
	}
	for (unsigned int i = 0; i < LL_SYNCS_MAX; i++) {
		const struct ll_sync *sync = &ctl->syncs[i];

		if (sync->used) {
			uint32_t period_us =
				gcd(interval_us, sync->interval * (uint32_t)LL_PER_INTERVAL_US);

			combs[count++] = (struct comb){sync->anchor_us, period_us};
		}
	}
	return count;
}

static uint32_t phase_us(uint64_t at_us, const struct comb *comb)
{
	return (uint32_t)(at_us >= comb->at_us
				  ? (at_us - comb->at_us) % comb->period_us
				  : (comb->period_us - (comb->at_us - at_us) % comb->period_us) %
					    comb->period_us);
}

/* How far events at at_us keep from all others, at the closest. */
static uint32_t room_us(const struct comb *combs, unsigned int count, uint64_t at_us)
{
	uint32_t room = UINT32_MAX;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t apart_us = phase_us(at_us, &combs[i]);

		room = MIN(room, MIN(apart_us, combs[i].period_us - apart_us));
	}
	return room;
}

/* One of the same interval, if there is one: its anchor is a place. */
static const struct comb *likest(const struct comb *combs, unsigned int count, uint32_t interval_us)
{
	for (unsigned int i = 0; i < count; i++) {
		if (combs[i].period_us == interval_us) {
			return &combs[i];
		}
	}
	return &combs[0];
}

uint32_t ll__conn_place(const struct fav_controller *ctl, const struct ll_conn *conn,
			uint64_t base_us, uint16_t interval)
{
	struct comb combs[COMBS_MAX];
	uint32_t interval_us = interval * (uint32_t)LL_UNIT_US;
	unsigned int count = combs_of(ctl, conn, interval_us, combs);
	uint32_t best = 0, place_us = 0, since_us;

	if (count == 0) {
		return 0;
	}
	since_us = phase_us(base_us, likest(combs, count, interval_us));
	for (uint64_t i = 0; i < PLACES; i++) {
		uint32_t offset_us =
			(uint32_t)(i * interval_us / PLACES + interval_us - since_us) % interval_us;
		uint32_t room = room_us(combs, count, base_us + offset_us);

		if (room > best) {
			best = room;
			place_us = offset_us;
		}
	}
	return place_us;
}
