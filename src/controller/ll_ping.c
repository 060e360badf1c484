/* SPDX-License-Identifier: Apache-2.0 */

/*
 * LE ping, Core 6.0 Vol 6 Part B 5.1.8, and the authenticated payload timeout, 5.4: on an encrypted
 * connection a packet with a MIC comes at least that often, or the host is told. Empty packets have
 * none; so a connection without data is asked for one in time.
 */

#include <favonius/port.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define TIMEOUT_DEFAULT 3000 /* 10 ms, Vol 4 Part E 7.3.94 */
#define UNIT_US         10000

/* Events in which the peer can be reached, lost packets included, for question and answer. */
#define ANSWER_EVENTS 6

static uint64_t timeout_us(const struct ll_conn *conn)
{
	return conn->enc.payload_timeout * (uint64_t)UNIT_US;
}

/* How long before the end the peer is asked. */
static uint64_t margin_us(const struct ll_conn *conn)
{
	uint64_t needed_us =
		ANSWER_EVENTS * (1ULL + conn->latency) * (uint64_t)ll__conn_interval_us(conn);

	return MIN(timeout_us(conn) / 2, MAX(timeout_us(conn) / 4, needed_us));
}

static bool running(const struct ll_conn *conn)
{
	return conn->enc.rx_on && !ll__enc_busy(&conn->enc);
}

void ll__ping_init(struct ll_conn *conn)
{
	conn->enc.payload_timeout = TIMEOUT_DEFAULT;
}

void ll__ping_restart(struct ll_conn *conn, uint64_t now_us)
{
	conn->enc.authentic_us = now_us;
	conn->enc.pinged = false;
	ll__conn_watch(conn);
}

uint64_t ll__ping_deadline_us(const struct ll_conn *conn)
{
	uint64_t end_us = conn->enc.authentic_us + timeout_us(conn);

	if (!running(conn)) {
		return FAV_FOREVER_US;
	}
	return conn->enc.pinged ? end_us : end_us - margin_us(conn);
}

void ll__ping_due(struct ll_conn *conn, uint64_t now_us)
{
	if (ll__ping_deadline_us(conn) > now_us) {
		return;
	}
	if (now_us >= conn->enc.authentic_us + timeout_us(conn)) {
		conn->enc.authentic_us = now_us;
		conn->enc.pinged = false;
		ctl__evt_payload_timeout(conn);
	} else {
		conn->enc.pinged = true;
		ll__ctrl_want(conn, LL_PROC_PING, now_us);
	}
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	ll__ctrl_send(conn, LL_PING_REQ, NULL, 0, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

/* Any answer is authenticated, and all that was asked for. */
static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	ll__ctrl_local_done(conn, now_us);
}

const struct ll_proc_ops ll__ping_proc = {.start = start, .rejected = rejected};

void ll__ping_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	ll__ctrl_send(conn, LL_PING_RSP, NULL, 0, now_us);
}

void ll__ping_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	if (conn->ctrl.local == LL_PROC_PING) {
		ll__ctrl_local_done(conn, now_us);
	}
}
