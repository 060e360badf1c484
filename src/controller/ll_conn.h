/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_CONN_H_
#define FAV_CONTROLLER_LL_CONN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/net_buf.h>

#include "controller/ll_chan.h"
#include "controller/ll_ctrl.h"
#include "controller/ll_enc.h"
#include "controller/ll_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/ll_sched.h"
#include "controller/radio.h"

/*
 * A connection, Core 6.0 Vol 6 Part B 4.5.
 *
 *   ll_conn.c        its life: created, supervised, closed
 *   ll_conn_plan.c   when and where its next event is
 *   ll_conn_event.c  an event on the radio
 *   ll_conn_tx.c     what it sends: control PDUs and ACL data, one PDU in flight
 *   ll_conn_rx.c     what it has received: control PDUs to ll_ctrl.c, data to the host
 *   ll_ctrl.c        the link layer control protocol, one file a procedure
 *
 * A slot of fav_controller.conns; free when !used. Closed only by ll__conn_close().
 */

struct fav_controller;

enum ll_role {
	LL_CENTRAL = 0,
	LL_PERIPHERAL = 1,
};

#define LL_UNIT_US         1250  /* of intervals, offsets, window sizes */
#define LL_TIMEOUT_UNIT_US 10000 /* of supervision timeouts */

/* transmitWindowDelay of a CONNECT_IND, Core 6.0 Vol 6 Part B 4.5.3. */
#define LL_WINDOW_DELAY_US 1250

/* Data length, 4.5.10: the time of a PDU. 251 octets with a MIC take 2120 us on 1M, 17040 us on
 * Coded with S=8; 27 take 2704 us there. */
#define LL_DATA_TIME_MIN_US       328
#define LL_DATA_TIME_UNCODED_US   2120
#define LL_DATA_TIME_CODED_MIN_US 2704
#define LL_DATA_TIME_MAX_US       17040

/* Bits of LE Set PHY and of LL_PHY_REQ: 1M, 2M, Coded. */
#define LL_PHYS 0x07

/* Limits of Core 6.0 Vol 6 Part B 4.5.1, 4.5.2 and Vol 4 Part E 7.8.12. */
#define LL_INTERVAL_MIN 6
#define LL_INTERVAL_MAX 3200
#define LL_LATENCY_MAX  499
#define LL_TIMEOUT_MIN  10
#define LL_TIMEOUT_MAX  3200

/* An event in progress. */
struct ll_conn_event {
	bool more;       /* our last packet had MD set */
	bool peer_more;  /* the peer's last good one had, in this event or before */
	bool heard;      /* a packet came, right or wrong */
	bool refused;    /* our host did not take the last PDU */
	bool useful;     /* something was received, or acknowledged */
	bool squeezed;   /* there was no room for the PDU that waits */
	bool answered;   /* a packet of ours has gone */
	uint8_t bad_crc; /* in a row */
	uint8_t unacked; /* packets in a row that the peer has answered without acknowledging them
			  */
	/* Length of the peer's longest payload, in this event and in the last one before in which
	 * it was heard. */
	uint8_t peer_len, peer_len_before;
};

/* The PDU that is sent until it is acknowledged. */
enum ll_tx_kind {
	LL_TX_NONE,
	LL_TX_EMPTY,
	LL_TX_CTRL,
	LL_TX_DATA,
};

struct ll_conn_tx {
	enum ll_tx_kind kind;
	bool sn, nesn;      /* transmitSeqNum, nextExpectedSeqNum */
	bool started;       /* of the first packet of data, the ACL header is off */
	uint8_t llid;       /* of the next fragment of it */
	uint16_t fragment;  /* bytes of it that are in flight */
	sys_slist_t data;   /* of net_buf: ACL packets from the host */
	uint16_t completed; /* acknowledged and not yet told to the host */
	uint8_t opcode;     /* of the control PDU in flight, which may be encrypted */
	uint8_t pdu[RADIO_PDU_MAX];
};

struct ll_conn {
	struct ll_act act;
	struct fav_controller *ctl;
	bool used;
	uint16_t handle;
	enum ll_role role;
	struct ll_own own;
	struct ll_peer peer;
	uint32_t access_address, crc_init;

	/* Where the events are. */
	struct ll_chan_map chan_map;
	uint8_t channel, hop, unmapped;
	bool csa2;
	uint16_t csa2_id;

	/* When they are. counter and anchor_us are of the event in progress or else the next. */
	uint16_t interval; /* 1.25 ms */
	uint16_t latency;
	uint16_t timeout; /* 10 ms */
	uint8_t peer_sca; /* sleep clock accuracy code of the peer */
	uint16_t counter;
	uint64_t anchor_us;
	uint64_t sync_us;   /* the last anchor that was certain */
	int32_t drift_rest; /* what our clock has drifted beside, millionths of a microsecond */
	uint32_t window_us; /* transmit window of the next anchor, 0 when it is known */

	/* Whether the peer is there. */
	struct fav_timeout watch;
	uint64_t heard_us;
	bool established;
	int8_t rssi_dbm;
	uint8_t end_reason; /* the event in progress is the last, for this reason */
	bool peer_overruns; /* it has sent beyond the next anchor */

	enum radio_phy tx_phy, rx_phy;
	struct ll_past past;
	uint16_t acl_to_host; /* ACL packets that the host has not completed */

	struct ll_conn_event event;
	struct ll_conn_tx tx;
	struct ll_ctrl ctrl;
	struct ll_enc enc;
};

static inline uint32_t ll__conn_interval_us(const struct ll_conn *conn)
{
	return conn->interval * (uint32_t)LL_UNIT_US;
}

/* transmitWindowDelay of an AUX_CONNECT_REQ on that PHY, 4.5.3. */
static inline uint32_t ll__conn_aux_delay_us(enum radio_phy phy)
{
	return phy >= RADIO_CODED_S8 ? 3750 : 2500;
}

/* Whether these may be a connection's parameters, Core 6.0 Vol 6 Part B 4.5.2. */
bool ll__conn_params_ok(uint16_t interval, uint16_t latency, uint16_t timeout);

/* NULL when there is none. */
struct ll_conn *ll__conn_get(struct fav_controller *ctl, uint16_t handle);

/* Whether another one may be created. */
bool ll__conn_has_room(const struct fav_controller *ctl);
/* Whether there is one with that identity or, of a peer without one, that address. */
bool ll__conn_has_peer(const struct fav_controller *ctl, const bt_addr_le_t *id);

/* Who meets whom, and how. */
struct ll_conn_new {
	enum ll_role role;
	struct ll_own own;
	struct ll_peer peer;
	const struct ll_connect_ind *ind;
	bool csa2;
	enum radio_phy phy;
	uint32_t window_delay_us; /* transmitWindowDelay, 4.5.3 */
	uint64_t created_us;      /* end of CONNECT_IND or AUX_CONNECT_REQ */
	uint64_t anchor_us;       /* central: the first anchor that it has chosen */
};

/* The connection exists and its host is told. The caller has made sure that there is room and that
 * the CONNECT_IND is valid. */
struct ll_conn *ll__conn_create(struct fav_controller *ctl, const struct ll_conn_new *new_conn);

/* It exists no more and its host is told, unless reason is 0. */
void ll__conn_close(struct ll_conn *conn, uint8_t reason, uint64_t now_us);

/* Have the supervision look again: a procedure has set a deadline. */
void ll__conn_watch(struct ll_conn *conn);

/* ---- ll_conn_plan.c ---- */

/* The first event, and each next one; the latter also applies what is due at its instant. */
void ll__conn_plan_first(struct ll_conn *conn, const struct ll_conn_new *new_conn);
void ll__conn_plan_next(struct ll_conn *conn, uint64_t now_us);

/* There is something to send: end a peripheral's sleep over events that it may skip. */
void ll__conn_wake(struct ll_conn *conn, uint64_t now_us);

/* A sleep clock accuracy by its code, 0 to 7. */
uint16_t ll__conn_sca_ppm(uint8_t code);

/* Half of the receive window around the anchor at at_us. */
uint32_t ll__conn_widening_us(const struct ll_conn *conn, uint64_t at_us);

/* When a connection's events are: an anchor, and the interval, 1.25 ms. */
struct ll_beat {
	uint64_t anchor_us;
	uint16_t interval;
};
/* As from the instant on, where a change has been agreed: several may change at once, and must keep
 * apart from where the others go, not from where they come from. */
struct ll_beat ll__conn_beat(const struct ll_conn *conn);

/* Where a central's anchors, every interval, lie farthest from the other connections': the offset
 * of the first from base_us, microseconds below the interval. conn: the one that moves there, NULL
 * for a new one. */
uint32_t ll__conn_place(const struct fav_controller *ctl, const struct ll_conn *conn,
			uint64_t base_us, uint16_t interval);

/* ---- ll_conn_event.c ---- */

extern const struct ll_act_ops ll__conn_act_ops;

/* ---- ll_conn_tx.c ---- */

/* The PDU to send now; *len is its length. Of what would take longer than room_us a part goes, or
 * else an empty one. One in flight goes as it is. */
const uint8_t *ll__tx_pdu(struct ll_conn *conn, uint64_t room_us, uint16_t *len);

/* The length that it would have with all the room in the world. */
uint16_t ll__tx_len(const struct ll_conn *conn);

/* Whether it takes no longer than room_us, and is not empty when something waits. */
bool ll__tx_fits(const struct ll_conn *conn, uint64_t room_us);

/* Whether something waits behind the PDU in flight, and whether that one is worth sending again. */
bool ll__tx_has_next(const struct ll_conn *conn);
/* Whether there is more to send than the next PDU. */
bool ll__tx_has_much(const struct ll_conn *conn);
bool ll__tx_pending(const struct ll_conn *conn);

/* The PDU in flight was acknowledged. */
void ll__tx_acked(struct ll_conn *conn, uint64_t now_us);

/* Queue an ACL packet, header first; taken. */
void ll__tx_data(struct ll_conn *conn, struct net_buf *buf, uint64_t now_us);

/* Free what waits. */
void ll__tx_flush(struct ll_conn *conn);

/* ---- ll_conn_rx.c ---- */

/* A new PDU with a right CRC. False: it cannot be taken now, or its MIC is wrong and the connection
 * ends; it must not be acknowledged. */
bool ll__rx_pdu(struct ll_conn *conn, const uint8_t *pdu, uint64_t now_us);

#endif
