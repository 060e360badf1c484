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
	} else {
		ll__sched_done(&ctl->sched, &conn->act, now_us);
	}
}

/* 4.5.1: an event must be over T_IFS before the next one. */
static uint64_t event_end_us(const struct ll_conn *conn)
{
	return conn->anchor_us + ll__conn_interval_us(conn) - RADIO_T_IFS_US;
}

/* A new PDU that would end after until_us waits, and an empty one goes. */
static void send(struct ll_conn *conn, uint64_t at_us, uint64_t until_us)
{
	struct radio *radio = conn->ctl->config.radio;
	struct radio_tx tx = {
		.start_us = at_us,
		.channel = conn->channel,
		.phy = conn->tx_phy,
		.access_address = conn->access_address,
		.crc_init = conn->crc_init,
	};

	tx.pdu = ll__tx_pdu(conn, until_us - at_us, &tx.len);
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
 * send nothing more; ours waits when it has no room. One that has is expected to go on as before:
 * if it does not, as no peripheral does that minds its own next anchor, the next event is lost to
 * what it sends. */
static uint16_t expected_len(const struct ll_conn *conn)
{
	return conn->event.peer_more ? MAX(conn->event.peer_len, conn->event.peer_len_before) : 0;
}

/* When an exchange ends that begins at at_us with a packet of len bytes; 4.5.1: and T_IFS. */
static uint64_t exchange_end_us(const struct ll_conn *conn, uint64_t at_us, uint16_t len)
{
	return at_us + radio__airtime_us(conn->tx_phy, len) + RADIO_T_IFS_US +
	       radio__airtime_us(conn->rx_phy, LL_HDR_SIZE + expected_len(conn));
}

/* Whether one more exchange fits before the next event, and before somebody else's. */
static bool has_time(const struct ll_conn *conn, uint64_t at_us, uint16_t len)
{
	uint64_t end_us = exchange_end_us(conn, at_us, len);

	return end_us <= event_end_us(conn) &&
	       ll__sched_fits(&conn->ctl->sched, &conn->act, end_us);
}

/* Leave the event to those who are before it. */
static void pass(struct ll_conn *conn, uint64_t now_us)
{
	ll__conn_plan_next(conn, now_us);
	ll__sched_pass(&conn->ctl->sched, &conn->act, now_us);
}

/* An event has at least one exchange; one without room even for an empty PDU is left to those who
 * are before it. */
static void central_first(struct ll_conn *conn, uint64_t at_us)
{
	if (has_time(conn, at_us, ll__tx_len(conn))) {
		send(conn, at_us, event_end_us(conn));
	} else if (conn->tx.kind == LL_TX_NONE && has_time(conn, at_us, LL_HDR_SIZE)) {
		conn->event.squeezed = true;
		send(conn, at_us, at_us);
	} else {
		pass(conn, at_us);
	}
}

/* A peripheral's first exchange takes at least the window, a packet and its answer. */
static void peripheral_first(struct ll_conn *conn, uint64_t now_us)
{
	uint64_t until_us = 2 * conn->anchor_us - now_us + conn->window_us;

	if (ll__sched_fits(&conn->ctl->sched, &conn->act,
			   exchange_end_us(conn, until_us, LL_HDR_SIZE))) {
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
		.peer_len_before = conn->event.peer_len,
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
	       ll__sched_fits(&conn->ctl->sched, &conn->act,
			      exchange_end_us(conn, from_us, ll__tx_len(conn)));
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

	if (conn->end_reason == 0 && listening && !conn->event.refused &&
	    conn->event.unacked < UNACKED_MAX &&
	    has_time(conn, rx->end_us + RADIO_T_IFS_US, ll__tx_len(conn))) {
		send(conn, rx->end_us + RADIO_T_IFS_US, event_end_us(conn));
	} else {
		end_event(conn, rx->end_us);
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
		central_next(conn, rx);
	} else {
		send(conn, rx->end_us + RADIO_T_IFS_US, event_end_us(conn));
	}
}

static void on_rx_timeout(struct ll_act *act, uint64_t now_us)
{
	end_event(conn_of(act), now_us);
}

/* Control procedures count events, and a supervision timeout runs: one exchange will do. */
static bool urgent(const struct ll_conn *conn)
{
	uint64_t half_us = conn->timeout * (uint64_t)LL_TIMEOUT_UNIT_US / 2;

	if (conn->ctl->sched.owner == &conn->act && conn->event.heard) {
		return false;
	}
	return !conn->established || conn->end_reason != 0 || ll__ctrl_is_busy(conn) ||
	       conn->tx.kind == LL_TX_CTRL || conn->act.at_us > conn->heard_us + half_us;
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
