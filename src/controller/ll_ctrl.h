/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_CTRL_H_
#define FAV_CONTROLLER_LL_CTRL_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ll_chan.h"
#include "controller/ll_past.h"
#include "controller/ll_pdu.h"
#include "controller/radio.h"

/*
 * The link layer control protocol, Core 6.0 Vol 6 Part B 5.
 *
 * A connection has at most one procedure of its own and one of the peer's in progress. Those that
 * the host asked for meanwhile wait in `wanted`. A received PDU goes through the table in ll_ctrl.c
 * to the file of its procedure; so do rejections of the local one.
 */

struct ll_conn;

enum ll_proc {
	LL_PROC_NONE,
	LL_PROC_TERMINATE,
	LL_PROC_FEATURE,
	LL_PROC_VERSION,
	LL_PROC_DLE,
	LL_PROC_ENC,
	LL_PROC_PHY,
	LL_PROC_CHAN_MAP,
	LL_PROC_CONN_UPDATE,
	LL_PROC_CONN_PARAM,
	LL_PROC_PING,
	LL_PROC_PAST,
	LL_PROC_COUNT,
};

/* What a file of a procedure gives to ll_ctrl.c. */
struct ll_proc_ops {
	/* Begin: send the first PDU, or finish at once. */
	void (*start)(struct ll_conn *conn, uint64_t now_us);
	/* The peer answered opcode with an HCI error code (LL_UNKNOWN_RSP: unsupported). */
	void (*rejected)(struct ll_conn *conn, uint8_t error, uint64_t now_us);
	/* Incompatible with others of this kind: 5.3. */
	bool has_instant;
};

/* CtrData of the longest PDU that is sent, LL_PERIODIC_SYNC_IND. */
#define LL_CTRL_DATA_MAX sizeof(struct ll_periodic_sync_ind)
/* PDUs that wait to be sent. One received PDU causes at most LL_CTRL_ANSWERS. */
#define LL_CTRL_QUEUE   8
#define LL_CTRL_ANSWERS 3

struct ll_ctrl_pdu {
	uint8_t len; /* opcode and CtrData */
	uint8_t data[1 + LL_CTRL_DATA_MAX];
};

/* A change that happens at a connection event that both sides have agreed on. */
enum ll_instant_kind {
	LL_INSTANT_NONE,
	LL_INSTANT_UPDATE,
	LL_INSTANT_CHAN_MAP,
	LL_INSTANT_PHY,
};

struct ll_instant {
	enum ll_instant_kind kind;
	uint16_t counter;
	uint32_t offset_us; /* of a central's new anchors from the old one, in the window of update
			     */
	union {
		struct ll_connection_update_ind update; /* host byte order */
		struct ll_chan_map chan_map;
		struct ll_phy_update_ind phy;
	};
};

/* Connection parameters that a host wants, or a peer asks for. */
struct ll_conn_wish {
	uint16_t interval_min, interval_max; /* 1.25 ms */
	uint16_t latency;
	uint16_t timeout; /* 10 ms */
};

struct ll_ctrl {
	struct ll_ctrl_pdu queue[LL_CTRL_QUEUE];
	uint8_t head, count;

	uint16_t wanted; /* bit of each ll_proc to begin */
	enum ll_proc local, remote;
	uint64_t local_deadline_us, remote_deadline_us; /* response timeout, FAV_FOREVER_US: none */
	bool remote_at_host; /* LL_CONNECTION_PARAM_REQ waits for our host's answer */
	struct ll_instant instant;

	uint8_t terminate_reason; /* ours; 0 when the host has not asked */
	uint8_t peer_reason;      /* the peer's; 0 when it has not */
	uint8_t farewells;        /* packets sent since then: its acknowledgement */

	bool features_known;
	uint8_t features[8]; /* the peer's */
	bool feature_event;  /* the host awaits one */

	bool version_known, version_sent, version_event;
	struct ll_version_ind version; /* host byte order */

	/* Data length, 4.5.10: what we want, what the peer can, what is in effect. */
	uint16_t max_tx_octets, max_tx_time_us;
	uint16_t remote_rx_octets, remote_rx_time_us, remote_tx_octets, remote_tx_time_us;
	uint16_t tx_octets, tx_time_us, rx_octets, rx_time_us;
	bool dle_unsupported;

	uint8_t phy_tx_prefs, phy_rx_prefs; /* what our host wants of this connection */
	uint8_t phy_peer_tx, phy_peer_rx;
	enum radio_phy phy_coding; /* of what we send on Coded */
	bool phy_event;
	bool phy_unsupported;

	struct ll_conn_wish wish;      /* our host's */
	struct ll_conn_wish peer_wish; /* awaiting our host's answer */
	bool param_unsupported;
	struct ll_past_send past; /* while LL_PROC_PAST is wanted */
	bool update_event;        /* our host awaits LE Connection Update Complete */
};

/* A new connection's state. */
void ll__ctrl_init(struct ll_conn *conn);

/* An LL control PDU: opcode and CtrData, len from 1. */
void ll__ctrl_rx(struct ll_conn *conn, const uint8_t *pdu, uint8_t len, uint64_t now_us);

/* Whether any PDU could be answered now. */
bool ll__ctrl_can_rx(const struct ll_conn *conn);

/* Whether a procedure is in progress, or a PDU waits. */
bool ll__ctrl_is_busy(const struct ll_conn *conn);

/* The PDU was acknowledged. */
void ll__ctrl_acked(struct ll_conn *conn, uint8_t opcode, uint64_t now_us);

/* What is due at the event conn->counter. */
void ll__ctrl_instant(struct ll_conn *conn, uint64_t now_us);

/* No answer in time: 5.2. */
uint64_t ll__ctrl_deadline_us(const struct ll_conn *conn);

/* ---- For the files of the procedures ---- */

/* Have the local procedure begin, now or when the present one ends. */
void ll__ctrl_want(struct ll_conn *conn, enum ll_proc proc, uint64_t now_us);

/* Queue a PDU; data holds len bytes of CtrData. */
void ll__ctrl_send(struct ll_conn *conn, uint8_t opcode, const void *data, uint8_t len,
		   uint64_t now_us);
void ll__ctrl_reject(struct ll_conn *conn, uint8_t opcode, uint8_t error, uint64_t now_us);

/* Start or restart the response timeout of a procedure; 40 s. */
void ll__ctrl_expect(struct ll_conn *conn, bool local, uint64_t now_us);

/* A procedure is over. */
void ll__ctrl_local_done(struct ll_conn *conn, uint64_t now_us);
void ll__ctrl_remote_done(struct ll_conn *conn, uint64_t now_us);

/* The peer begins proc with opcode. False: it collides and was rejected, 5.3. */
bool ll__ctrl_remote_begin(struct ll_conn *conn, enum ll_proc proc, uint8_t opcode,
			   uint64_t now_us);

/* Take over the instant of a received PDU. False when it has passed, or another is pending: the
 * connection ends. */
bool ll__ctrl_instant_begin(struct ll_conn *conn, enum ll_instant_kind kind, uint16_t counter);
/* An instant that a central chooses: far enough for the peer to hear of it. */
uint16_t ll__ctrl_instant_choose(const struct ll_conn *conn);

/* ---- Procedures: the operations, then what the host may ask for ---- */

extern const struct ll_proc_ops ll__terminate_proc, ll__feature_proc, ll__version_proc,
	ll__dle_proc, ll__phy_proc, ll__past_proc, ll__chan_map_proc, ll__conn_update_proc,
	ll__conn_param_proc;

typedef void (*ll_ctrl_fn)(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);

void ll__terminate_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__feature_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__feature_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__version_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__dle_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__dle_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__phy_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__phy_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__phy_rx_update(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__chan_map_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__conn_update_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__conn_param_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__conn_param_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__past_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
void ll__ping_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);

/* A packet has left: maybe the one that acknowledges the peer's LL_TERMINATE_IND. */
void ll__terminate_sent(struct ll_conn *conn);
/* The peer has answered a packet. */
void ll__terminate_answered(struct ll_conn *conn);

void ll__chan_map_apply(struct ll_conn *conn, uint64_t now_us);
void ll__conn_update_apply(struct ll_conn *conn, uint64_t now_us);
/* The PHY_Options of our host: which coding it prefers when we send on Coded; from the next packet
 * on. */
void ll__phy_coding_set(struct ll_conn *conn, uint16_t options);
void ll__phy_apply(struct ll_conn *conn, uint64_t now_us);

/* 27 octets each way, as every connection begins. */
void ll__dle_init(struct ll_conn *conn);
/* Recompute the lengths in effect; tells the host when they changed. */
void ll__dle_update(struct ll_conn *conn, bool tell_host);
/* Octets of a data PDU that the lengths and the PHY allow. */
uint16_t ll__dle_tx_octets(const struct ll_conn *conn);

/* The central begins LL_CONNECTION_UPDATE_IND with these parameters. */
void ll__conn_update_send(struct ll_conn *conn, const struct ll_conn_wish *wish, uint64_t now_us);

/* Our host answers the peer's LL_CONNECTION_PARAM_REQ; error 0 accepts with wish. False: it has
 * none to answer. */
bool ll__conn_param_reply(struct ll_conn *conn, const struct ll_conn_wish *wish, uint8_t error,
			  uint64_t now_us);

#endif
