/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A connection event, Core 6.0 Vol 6 Part B 4.5.1, 4.5.6, 4.5.9.
 *
 *     central:     send -> listen -> send ... while either side has more data
 *     peripheral:  listen -> send -> listen ...
 *
 * It ends when neither side has more, a packet is missing, two in a row are wrong, or time is up.
 */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

#define BAD_CRC_MAX 2
/* A peer that answers so often without acknowledging has no buffer: it is asked again later. */
#define UNACKED_MAX 2
/* So many events are enough to be heard in one, of a link on which anything can be heard. */
#define URGENT_EVENTS 12

static struct ll_conn *conn_of(struct ll_act *act)
{
	return CONTAINER_OF(act, struct ll_conn, act);
}

static void end_event(struct ll_conn *conn, uint64_t now_us)
{
	struct fav_controller *ctl = conn->ctl;

	if (conn->end_reason != 0) {
		ll__conn_close(conn, conn->end_reason, now_us);
		return;
	}
	ll__conn_plan_next(conn, now_us);
	if (conn->event.squeezed && !conn->event.useful) {
		ll__sched_pass(&ctl->sched, &conn->act, now_us);
	} else if (!conn->event.useful && !ll__tx_pending(conn)) {
		ll__sched_done_idle(&ctl->sched, &conn->act, now_us);
	} else {
		ll__sched_done(&ctl->sched, &conn->act, now_us);
	}
}

/* 4.5.1: an event must be over T_IFS before the next one. */
static uint64_t event_end_us(const struct ll_conn *conn)
{
	return conn->anchor_us + ll__conn_interval_us(conn) - RADIO_T_IFS_US;
}

/* A new PDU that would take longer than room_us waits, but for a part of it. */
static void send(struct ll_conn *conn, uint64_t at_us, uint64_t room_us)
{
	struct radio *radio = conn->ctl->config.radio;
	struct radio_tx tx = {
		.start_us = at_us,
		.channel = conn->channel,
		.phy = conn->tx_phy,
		.access_address = conn->access_address,
		.crc_init = conn->crc_init,
	};

	tx.pdu = ll__tx_pdu(conn, room_us, &tx.len);
	conn->event.answered = true;
	conn->event.more = (tx.pdu[0] & LL_DATA_MD) != 0;
	radio->api->tx(radio, &tx);
}

static void listen(struct ll_conn *conn, uint64_t from_us, uint64_t until_us)
{
	struct radio *radio = conn->ctl->config.radio;

	radio->api->listen(radio, &(struct radio_listen){
					  .from_us = from_us,
					  .until_us = until_us + radio__sync_us(conn->rx_phy),
					  .channel = conn->channel,
					  .phy = conn->rx_phy,
					  .access_address = conn->access_address,
					  .crc_init = conn->crc_init,
				  });
}

/* The longest payload to expect of the peer. One that has announced nothing more is expected to
 * send nothing more; ours waits when it has no room. One that has is expected to go on as before.
 */
static uint16_t expected_len(const struct ll_conn *conn)
{
	return conn->event.peer_more ? MAX(conn->event.peer_len, conn->event.peer_len_before) : 0;
}

/* The least to leave time for before the next anchor, which the peer minds as we do (4.5.1): what
 * does not fit it does not begin, or sends a part of. Were it to go on all the same, one event
 * would be lost to that, and no other. */
static uint16_t least_len(const struct ll_conn *conn)
{
	uint16_t len = expected_len(conn);

	return conn->peer_overruns ? len : MIN(len, LL_DATA_LEN_MIN);
}

static uint32_t answer_us(const struct ll_conn *conn, uint16_t len)
{
	return RADIO_T_IFS_US + radio__airtime_us(conn->rx_phy, LL_HDR_SIZE + len);
}

/* When an exchange ends that begins at at_us with a PDU of len bytes, if the peer goes on as
 * before; 4.5.1: and T_IFS. */
static uint64_t exchange_end_us(const struct ll_conn *conn, uint64_t at_us, uint16_t len)
{
	return at_us + radio__airtime_us(conn->tx_phy, len) + answer_us(conn, expected_len(conn));
}

static uint64_t left_us(uint64_t until_us, uint64_t from_us)
{
	return until_us > from_us ? until_us - from_us : 0;
}

/* Whose moment goes before an exchange that begins at at_us with a PDU of len bytes, of ours or of
 * the peer's. */
static const struct ll_act *first(struct ll_conn *conn, uint64_t at_us, uint16_t len)
{
	uint64_t end_us = exchange_end_us(conn, at_us, len);
	uint16_t more = conn->ctrl.rx_octets - MIN(conn->ctrl.rx_octets, expected_len(conn));
	struct ll_step step = {
		.from_us = at_us,
		.end_us = MIN(end_us, event_end_us(conn)),
		.latest_us = end_us + more * radio__byte_us(conn->rx_phy),
	};

	return ll__sched_first(&conn->ctl->sched, &conn->act, &step);
}

/* Whether an exchange that fits only because one of its packets is made short may begin: in time
 * that nobody else has a use for, not if another's moment comes before. Nor beside those with
 * little to do, with whom a link gets a turn for having had nothing. */
static bool may_be_short(const struct ll_conn *conn, const struct ll_act *before, uint64_t until_us)
{
	return ll__sched_next_us(&conn->ctl->sched) >= until_us &&
	       (before == NULL ||
		(before->ops->need != NULL && before->ops->need(before) == LL_NEED_TURN));
}

/* How long a packet of ours may be that begins an exchange at at_us, if it has up to len bytes:
 * until the next event, and T_IFS before somebody else's that goes first: an answer may be late by
 * jitter and range, and at the other's moment the radio must be free. */
static uint64_t room_us(struct ll_conn *conn, uint64_t at_us, uint16_t len)
{
	const struct ll_act *before = first(conn, at_us, len);
	uint64_t until_us = before != NULL ? before->at_us - RADIO_T_IFS_US : event_end_us(conn);
	uint64_t whole_us = left_us(until_us, at_us + answer_us(conn, expected_len(conn)));
	bool alone = before == NULL;

	if (alone && !conn->event.answered) {
		return left_us(until_us, at_us + answer_us(conn, 0));
	}
	if (alone && radio__airtime_us(conn->tx_phy, len) <= whole_us) {
		return whole_us;
	}
	if (!may_be_short(conn, before, until_us)) {
		return 0;
	}
	return alone ? left_us(until_us, at_us + answer_us(conn, least_len(conn))) : whole_us;
}

/* Leave the event to those who are before it. */
static void pass(struct ll_conn *conn, uint64_t now_us)
{
	ll__conn_plan_next(conn, now_us);
	ll__sched_pass(&conn->ctl->sched, &conn->act, now_us);
}

/* An event has at least one exchange, of empty PDUs if there is no room for more, or with a PDU in
 * flight that no event can hold; without room for that it is left to those who are before it. */
static void central_first(struct ll_conn *conn, uint64_t at_us)
{
	uint16_t len = ll__tx_len(conn);
	uint64_t space_us = room_us(conn, at_us, len);
	uint64_t empty_us = radio__airtime_us(conn->tx_phy, LL_HDR_SIZE);

	if (ll__tx_fits(conn, space_us)) {
		send(conn, at_us, space_us);
	} else if (conn->tx.kind == LL_TX_NONE && empty_us <= room_us(conn, at_us, LL_HDR_SIZE)) {
		conn->event.squeezed = true;
		send(conn, at_us, 0);
	} else if (conn->tx.kind != LL_TX_NONE && first(conn, at_us, len) == NULL) {
		send(conn, at_us, 0);
	} else {
		pass(conn, at_us);
	}
}

/* A peripheral's first exchange takes at least the window, a packet and its answer. */
static void peripheral_first(struct ll_conn *conn, uint64_t now_us)
{
	uint64_t until_us = 2 * conn->anchor_us - now_us + conn->window_us;

	if (first(conn, until_us, LL_HDR_SIZE) == NULL) {
		listen(conn, now_us, until_us);
	} else {
		pass(conn, now_us);
	}
}

static void on_start(struct ll_act *act, uint64_t now_us)
{
	struct ll_conn *conn = conn_of(act);

	conn->event = (struct ll_conn_event){
		.peer_more = conn->event.peer_more,
		.peer_len_before =
			conn->event.heard ? conn->event.peer_len : conn->event.peer_len_before,
	};
	if (conn->role == LL_CENTRAL) {
		central_first(conn, now_us);
	} else {
		peripheral_first(conn, now_us);
	}
}

static void on_lost(struct ll_act *act, uint64_t now_us)
{
	ll__conn_plan_next(conn_of(act), now_us);
}

static void on_abort(struct ll_act *act, uint64_t now_us)
{
	end_event(conn_of(act), now_us);
}

/* Whether a peripheral that has sent should listen on: not when even the shortest exchange would go
 * beyond the event, for then it would miss the next anchor. */
static bool may_listen_on(struct ll_conn *conn, uint64_t end_us)
{
	uint64_t from_us = end_us + RADIO_T_IFS_US;
	uint64_t shortest_us = radio__airtime_us(conn->rx_phy, LL_HDR_SIZE) + RADIO_T_IFS_US +
			       radio__airtime_us(conn->tx_phy, LL_HDR_SIZE);

	return (conn->event.more || conn->event.peer_more) && conn->end_reason == 0 &&
	       from_us + shortest_us <= event_end_us(conn) &&
	       first(conn, from_us, ll__tx_len(conn)) == NULL;
}

static void on_tx_done(struct ll_act *act, uint64_t end_us)
{
	struct ll_conn *conn = conn_of(act);

	ll__terminate_sent(conn);
	if (conn->role == LL_PERIPHERAL && !may_listen_on(conn, end_us)) {
		end_event(conn, end_us);
		return;
	}
	listen(conn, end_us + RADIO_T_IFS_US - RADIO_JITTER_US,
	       end_us + RADIO_T_IFS_US + RADIO_JITTER_US + RADIO_RANGE_US);
}

/* Core 6.0 Vol 6 Part B 4.5.9. */
static void acknowledge(struct ll_conn *conn, const struct radio_rx *rx)
{
	bool sn = rx->pdu[0] & LL_DATA_SN, nesn = rx->pdu[0] & LL_DATA_NESN;

	if (conn->tx.kind == LL_TX_NONE) {
		/* A peripheral has sent nothing yet. */
	} else if (nesn != conn->tx.sn) {
		conn->tx.sn = !conn->tx.sn;
		conn->event.unacked = 0;
		conn->event.useful |= conn->tx.kind != LL_TX_EMPTY;
		ll__tx_acked(conn, rx->end_us);
	} else {
		conn->event.unacked++;
	}
	if (sn == conn->tx.nesn) {
		conn->event.refused = !ll__rx_pdu(conn, rx->pdu, rx->end_us);
		conn->event.useful |= rx->pdu[1] != 0;
		conn->tx.nesn ^= !conn->event.refused;
	}
}

static void central_next(struct ll_conn *conn, const struct radio_rx *rx)
{
	/* The peer listens on when one side has announced more. What it has announced in a bad
	 * packet is not known: most likely what it did in the last good one. */
	bool listening = conn->event.more || conn->event.peer_more;
	uint64_t at_us = rx->end_us + RADIO_T_IFS_US, space_us;

	if (conn->end_reason == 0 && listening && !conn->event.refused &&
	    conn->event.unacked < UNACKED_MAX &&
	    ll__tx_fits(conn, space_us = room_us(conn, at_us, ll__tx_len(conn)))) {
		send(conn, at_us, space_us);
	} else {
		end_event(conn, rx->end_us);
	}
}

/* The first answer goes in any case, or a PDU that an event cannot hold would end the link. */
static void peripheral_next(struct ll_conn *conn, const struct radio_rx *rx)
{
	uint64_t at_us = rx->end_us + RADIO_T_IFS_US;
	uint64_t space_us = left_us(event_end_us(conn), at_us);

	if (conn->event.answered && conn->tx.kind != LL_TX_NONE && !ll__tx_fits(conn, space_us)) {
		end_event(conn, rx->end_us);
	} else {
		send(conn, at_us, space_us);
	}
}

static void on_rx(struct ll_act *act, const struct radio_rx *rx)
{
	struct ll_conn *conn = conn_of(act);
	bool good = rx->crc_ok && rx->len >= LL_HDR_SIZE && rx->len == LL_HDR_SIZE + rx->pdu[1] &&
		    rx->pdu[1] <= LL_DATA_LEN_MAX + (conn->enc.rx_on ? CRYPTO_MIC_LEN : 0);

	if (conn->role == LL_PERIPHERAL && !conn->event.heard) {
		conn->anchor_us = rx->start_us;
		conn->sync_us = rx->start_us;
		conn->window_us = 0;
	}
	conn->event.heard = true;
	/* 4.5.1: the length is assumed to be right even when the CRC is not. */
	if (rx->len >= LL_HDR_SIZE) {
		conn->event.peer_len = MAX(conn->event.peer_len, rx->pdu[1]);
	}
	conn->rssi_dbm = rx->rssi_dbm;
	if (good) {
		conn->event.bad_crc = 0;
		conn->event.peer_more = (rx->pdu[0] & LL_DATA_MD) != 0;
		conn->heard_us = rx->end_us;
		if (!conn->established) {
			conn->established = true;
			ll__conn_watch(conn);
		}
		ll__terminate_answered(conn);
		acknowledge(conn, rx);
		if (conn->end_reason == BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL) {
			/* 5.1.3: at once, without an acknowledgement. */
			end_event(conn, rx->end_us);
			return;
		}
	} else if (++conn->event.bad_crc == BAD_CRC_MAX) {
		end_event(conn, rx->end_us);
		return;
	}
	if (conn->role == LL_CENTRAL) {
		conn->peer_overruns |= rx->end_us > event_end_us(conn) + RADIO_T_IFS_US;
		central_next(conn, rx);
	} else {
		peripheral_next(conn, rx);
	}
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	end_event(conn_of(act), now_us);
}

/* Whether the supervision timeout is so near that a link must have each event. */
static bool may_time_out(const struct ll_conn *conn)
{
	uint64_t timeout_us = conn->timeout * (uint64_t)LL_TIMEOUT_UNIT_US;
	uint64_t events_us = URGENT_EVENTS * (1ULL + conn->latency) * ll__conn_interval_us(conn);

	return conn->act.at_us > conn->heard_us + timeout_us - MIN(events_us, timeout_us / 2);
}

/* Control procedures count events, and a supervision timeout runs: one exchange will do. */
static bool urgent(const struct ll_conn *conn)
{
	if (conn->ctl->sched.owner == &conn->act && conn->event.heard) {
		return false;
	}
	return !conn->established || conn->end_reason != 0 || ll__ctrl_is_busy(conn) ||
	       conn->tx.kind == LL_TX_CTRL || may_time_out(conn);
}

/* Whether nothing was said last time, and both sides have agreed that the peripheral may sleep. */
static bool may_miss(const struct ll_conn *conn)
{
	return conn->act.passed < conn->latency && !conn->event.useful && !ll__tx_pending(conn);
}

static enum ll_need need(const struct ll_act *act)
{
	const struct ll_conn *conn = CONTAINER_OF(act, struct ll_conn, act);

	if (urgent(conn)) {
		return LL_NEED_URGENT;
	}
	if (ll__tx_has_much(conn) || conn->event.peer_more) {
		return LL_NEED_TURN;
	}
	return may_miss(conn) ? LL_NEED_NONE : LL_NEED_MOMENT;
}

const struct ll_act_ops ll__conn_act_ops = {
	.start = on_start,
	.lost = on_lost,
	.abort = on_abort,
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
	.need = need,
};
