/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_ctrl.h"

#include <string.h>

#include <favonius/port.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* Procedure response timeout, Core 6.0 Vol 6 Part B 5.2. */
#define RESPONSE_TIMEOUT_US 40000000

/* An instant is at least six events ahead, 5.1.1, 5.1.2, 5.1.10. */
#define INSTANT_EVENTS 6

static const struct ll_proc_ops *const procs[LL_PROC_COUNT] = {
	[LL_PROC_TERMINATE] = &ll__terminate_proc,
	[LL_PROC_FEATURE] = &ll__feature_proc,
	[LL_PROC_VERSION] = &ll__version_proc,
	[LL_PROC_DLE] = &ll__dle_proc,
	[LL_PROC_ENC] = &ll__enc_proc,
	[LL_PROC_PHY] = &ll__phy_proc,
	[LL_PROC_CHAN_MAP] = &ll__chan_map_proc,
	[LL_PROC_CONN_UPDATE] = &ll__conn_update_proc,
	[LL_PROC_CONN_PARAM] = &ll__conn_param_proc,
	[LL_PROC_PING] = &ll__ping_proc,
	[LL_PROC_PAST] = &ll__past_proc,
};

static void rx_unknown_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
static void rx_reject(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);
static void rx_reject_ext(struct ll_conn *conn, const uint8_t *data, uint64_t now_us);

/* Who may receive it. */
#define BY_CENTRAL    BIT(LL_CENTRAL)
#define BY_PERIPHERAL BIT(LL_PERIPHERAL)
#define BY_BOTH       (BY_CENTRAL | BY_PERIPHERAL)

struct entry {
	ll_ctrl_fn handler; /* NULL: unknown here */
	uint8_t len;        /* opcode and CtrData, exactly */
	uint8_t by;
};

static const struct entry table[] = {
	[LL_CONNECTION_UPDATE_IND] = {ll__conn_update_rx_ind, 12, BY_PERIPHERAL},
	[LL_CHANNEL_MAP_IND] = {ll__chan_map_rx_ind, 8, BY_PERIPHERAL},
	[LL_TERMINATE_IND] = {ll__terminate_rx_ind, 2, BY_BOTH},
	[LL_ENC_REQ] = {ll__enc_rx_req, 23, BY_PERIPHERAL},
	[LL_ENC_RSP] = {ll__enc_rx_rsp, 13, BY_CENTRAL},
	[LL_START_ENC_REQ] = {ll__enc_rx_start_req, 1, BY_CENTRAL},
	[LL_START_ENC_RSP] = {ll__enc_rx_start_rsp, 1, BY_BOTH},
	[LL_UNKNOWN_RSP] = {rx_unknown_rsp, 2, BY_BOTH},
	[LL_FEATURE_REQ] = {ll__feature_rx_req, 9, BY_PERIPHERAL},
	[LL_FEATURE_RSP] = {ll__feature_rx_rsp, 9, BY_BOTH},
	[LL_PAUSE_ENC_REQ] = {ll__enc_rx_pause_req, 1, BY_PERIPHERAL},
	[LL_PAUSE_ENC_RSP] = {ll__enc_rx_pause_rsp, 1, BY_BOTH},
	[LL_VERSION_IND] = {ll__version_rx_ind, 6, BY_BOTH},
	[LL_REJECT_IND] = {rx_reject, 2, BY_BOTH},
	[LL_PERIPHERAL_FEATURE_REQ] = {ll__feature_rx_req, 9, BY_CENTRAL},
	[LL_CONNECTION_PARAM_REQ] = {ll__conn_param_rx_req, 24, BY_BOTH},
	[LL_CONNECTION_PARAM_RSP] = {ll__conn_param_rx_rsp, 24, BY_CENTRAL},
	[LL_REJECT_EXT_IND] = {rx_reject_ext, 3, BY_BOTH},
	[LL_PING_REQ] = {ll__ping_rx_req, 1, BY_BOTH},
	[LL_PING_RSP] = {ll__ping_rx_rsp, 1, BY_BOTH},
	[LL_LENGTH_REQ] = {ll__dle_rx_req, 9, BY_BOTH},
	[LL_LENGTH_RSP] = {ll__dle_rx_rsp, 9, BY_BOTH},
	[LL_PHY_REQ] = {ll__phy_rx_req, 3, BY_BOTH},
	[LL_PHY_RSP] = {ll__phy_rx_rsp, 3, BY_CENTRAL},
	[LL_PHY_UPDATE_IND] = {ll__phy_rx_update, 5, BY_PERIPHERAL},
	[LL_PERIODIC_SYNC_IND] = {ll__past_rx_ind, 35, BY_BOTH},
};

/* ---- Sending ---- */

void ll__ctrl_send(struct ll_conn *conn, uint8_t opcode, const void *data, uint8_t len,
		   uint64_t now_us)
{
	struct ll_ctrl *ctrl = &conn->ctrl;
	struct ll_ctrl_pdu *pdu = &ctrl->queue[(ctrl->head + ctrl->count) % LL_CTRL_QUEUE];

	__ASSERT_NO_MSG(ctrl->count < LL_CTRL_QUEUE && len <= LL_CTRL_DATA_MAX);
	pdu->len = len + 1;
	pdu->data[0] = opcode;
	if (len != 0) {
		memcpy(pdu->data + 1, data, len);
	}
	ctrl->count++;
	ll__conn_wake(conn, now_us);
}

void ll__ctrl_reject(struct ll_conn *conn, uint8_t opcode, uint8_t error, uint64_t now_us)
{
	struct ll_reject_ext_ind ext = {.opcode = opcode, .error = error};

	/* 2.4.2.18: LL_REJECT_IND for a peer that lacks the other. One that is not known to has it
	 * when it uses a procedure that is not older; encryption is. */
	bool has_ext = conn->ctrl.features_known
			       ? conn->ctrl.features[0] & CTL_FEATURE_EXT_REJECT
			       : opcode != LL_ENC_REQ && opcode != LL_PAUSE_ENC_REQ;

	if (!has_ext) {
		ll__ctrl_send(conn, LL_REJECT_IND, &error, sizeof(error), now_us);
	} else {
		ll__ctrl_send(conn, LL_REJECT_EXT_IND, &ext, sizeof(ext), now_us);
	}
}

static void send_unknown(struct ll_conn *conn, uint8_t opcode, uint64_t now_us)
{
	ll__ctrl_send(conn, LL_UNKNOWN_RSP, &opcode, sizeof(opcode), now_us);
}

bool ll__ctrl_is_busy(const struct ll_conn *conn)
{
	const struct ll_ctrl *ctrl = &conn->ctrl;

	return ctrl->count != 0 || ctrl->local != LL_PROC_NONE || ctrl->remote != LL_PROC_NONE ||
	       ctrl->instant.kind != LL_INSTANT_NONE;
}

bool ll__ctrl_can_rx(const struct ll_conn *conn)
{
	return conn->ctrl.count + LL_CTRL_ANSWERS <= LL_CTRL_QUEUE;
}

/* ---- The local procedure ---- */

static bool may_begin(const struct ll_conn *conn, enum ll_proc proc)
{
	const struct ll_ctrl *ctrl = &conn->ctrl;

	if (proc == LL_PROC_TERMINATE) {
		return true;
	}
	/* 5.1.3: nothing else is sent while keys change, and what the peer has begun must not wait
	 * for its answer until then. */
	if (ll__enc_busy(&conn->enc) || (proc == LL_PROC_ENC && ctrl->remote != LL_PROC_NONE)) {
		return false;
	}
	/* 5.3: not beside one of the peer's that it is incompatible with. */
	return !procs[proc]->has_instant ||
	       (ctrl->instant.kind == LL_INSTANT_NONE &&
		(ctrl->remote == LL_PROC_NONE || !procs[ctrl->remote]->has_instant));
}

/* The next one that may begin, or LL_PROC_NONE. */
static enum ll_proc choose(const struct ll_conn *conn)
{
	for (enum ll_proc proc = LL_PROC_NONE + 1; proc < LL_PROC_COUNT; proc++) {
		if ((conn->ctrl.wanted & BIT(proc)) && may_begin(conn, proc)) {
			return proc;
		}
	}
	return LL_PROC_NONE;
}

static void begin_next(struct ll_conn *conn, uint64_t now_us)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	while (ctrl->local == LL_PROC_NONE && ctrl->wanted != 0 && conn->end_reason == 0 &&
	       ll__ctrl_can_rx(conn)) {
		enum ll_proc proc = choose(conn);

		if (proc == LL_PROC_NONE) {
			return;
		}
		ctrl->wanted &= (uint16_t)~BIT(proc);
		ctrl->local = proc;
		procs[proc]->start(conn, now_us);
	}
}

void ll__ctrl_want(struct ll_conn *conn, enum ll_proc proc, uint64_t now_us)
{
	conn->ctrl.wanted |= (uint16_t)BIT(proc);
	/* 5.1.6: nothing holds up a termination. */
	if (proc == LL_PROC_TERMINATE) {
		conn->ctrl.local = LL_PROC_NONE;
		conn->ctrl.wanted = (uint16_t)BIT(proc);
		conn->ctrl.count = 0;
	}
	begin_next(conn, now_us);
}

void ll__ctrl_expect(struct ll_conn *conn, bool local, uint64_t now_us)
{
	if (local) {
		conn->ctrl.local_deadline_us = now_us + RESPONSE_TIMEOUT_US;
	} else {
		conn->ctrl.remote_deadline_us = now_us + RESPONSE_TIMEOUT_US;
	}
	ll__conn_watch(conn);
}

void ll__ctrl_local_done(struct ll_conn *conn, uint64_t now_us)
{
	conn->ctrl.local = LL_PROC_NONE;
	conn->ctrl.local_deadline_us = FAV_FOREVER_US;
	begin_next(conn, now_us);
}

/* ---- The peer's procedure ---- */

bool ll__ctrl_remote_begin(struct ll_conn *conn, enum ll_proc proc, uint8_t opcode, uint64_t now_us)
{
	struct ll_ctrl *ctrl = &conn->ctrl;
	enum ll_proc local = ctrl->local;

	if (procs[proc]->has_instant && conn->role == LL_CENTRAL) {
		/* 5.3: of two incompatible procedures the central's goes on. */
		if (local != LL_PROC_NONE && procs[local]->has_instant) {
			ll__ctrl_reject(conn, opcode,
					local == proc ? BT_HCI_ERR_LL_PROC_COLLISION
						      : BT_HCI_ERR_DIFF_TRANS_COLLISION,
					now_us);
			return false;
		}
	}
	ctrl->remote = proc;
	return true;
}

void ll__ctrl_remote_done(struct ll_conn *conn, uint64_t now_us)
{
	conn->ctrl.remote = LL_PROC_NONE;
	conn->ctrl.remote_deadline_us = FAV_FOREVER_US;
	begin_next(conn, now_us);
}

uint64_t ll__ctrl_deadline_us(const struct ll_conn *conn)
{
	return MIN(conn->ctrl.local_deadline_us, conn->ctrl.remote_deadline_us);
}

/* ---- Instants ---- */

uint16_t ll__ctrl_instant_choose(const struct ll_conn *conn)
{
	return (uint16_t)(conn->counter + conn->latency + INSTANT_EVENTS + 1);
}

bool ll__ctrl_instant_begin(struct ll_conn *conn, enum ll_instant_kind kind, uint16_t counter)
{
	/* 5.5: in the past, modulo 2^16. */
	if ((uint16_t)(counter - conn->counter) >= 0x7fff) {
		conn->end_reason = BT_HCI_ERR_INSTANT_PASSED;
		return false;
	}
	/* Two at once are not allowed, and taking over one of them would lose the link anyway. */
	if (conn->ctrl.instant.kind != LL_INSTANT_NONE) {
		conn->end_reason = BT_HCI_ERR_DIFF_TRANS_COLLISION;
		return false;
	}
	conn->ctrl.instant.kind = kind;
	conn->ctrl.instant.counter = counter;
	return true;
}

void ll__ctrl_instant(struct ll_conn *conn, uint64_t now_us)
{
	static void (*const apply[])(struct ll_conn * conn, uint64_t now_us) = {
		[LL_INSTANT_UPDATE] = ll__conn_update_apply,
		[LL_INSTANT_CHAN_MAP] = ll__chan_map_apply,
		[LL_INSTANT_PHY] = ll__phy_apply,
	};
	struct ll_instant *instant = &conn->ctrl.instant;
	enum ll_instant_kind kind = instant->kind;

	if (kind == LL_INSTANT_NONE || conn->counter != instant->counter) {
		return;
	}
	instant->kind = LL_INSTANT_NONE;
	apply[kind](conn, now_us);
}

/* ---- Receiving ---- */

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	if (conn->ctrl.local != LL_PROC_NONE && procs[conn->ctrl.local]->rejected != NULL) {
		procs[conn->ctrl.local]->rejected(conn, error, now_us);
	}
}

/* The procedure whose request has that opcode. */
static enum ll_proc proc_of(uint8_t opcode)
{
	switch (opcode) {
	case LL_FEATURE_REQ:
	case LL_PERIPHERAL_FEATURE_REQ:
		return LL_PROC_FEATURE;
	case LL_VERSION_IND:
		return LL_PROC_VERSION;
	case LL_LENGTH_REQ:
		return LL_PROC_DLE;
	case LL_ENC_REQ:
	case LL_PAUSE_ENC_REQ:
		return LL_PROC_ENC;
	case LL_PHY_REQ:
		return LL_PROC_PHY;
	case LL_PING_REQ:
		return LL_PROC_PING;
	case LL_CONNECTION_PARAM_REQ:
		return LL_PROC_CONN_PARAM;
	default:
		return LL_PROC_NONE;
	}
}

static void rejected_opcode(struct ll_conn *conn, uint8_t opcode, uint8_t error, uint64_t now_us)
{
	enum ll_proc proc = proc_of(opcode);

	if (proc != LL_PROC_NONE && proc == conn->ctrl.local) {
		rejected(conn, error, now_us);
	} else if (opcode == LL_CONNECTION_PARAM_RSP && conn->ctrl.remote == LL_PROC_CONN_PARAM) {
		/* The central does not go on with what it asked for. */
		ll__ctrl_remote_done(conn, now_us);
	}
}

static void rx_unknown_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	rejected_opcode(conn, data[0], BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, now_us);
}

static void rx_reject(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	rejected(conn, data[0], now_us);
}

static void rx_reject_ext(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	rejected_opcode(conn, data[0], data[1], now_us);
}

/* These are answers: an answer to them could go on for ever. */
static bool is_answer(uint8_t opcode)
{
	return opcode == LL_UNKNOWN_RSP || opcode == LL_REJECT_IND || opcode == LL_REJECT_EXT_IND;
}

void ll__ctrl_rx(struct ll_conn *conn, const uint8_t *pdu, uint8_t len, uint64_t now_us)
{
	uint8_t opcode = pdu[0];
	const struct entry *entry = opcode < ARRAY_SIZE(table) ? &table[opcode] : NULL;

	if (conn->ctrl.terminate_reason != 0 && opcode != LL_TERMINATE_IND) {
		return;
	}
	if (entry != NULL && entry->handler != NULL && (entry->by & BIT(conn->role)) &&
	    len == entry->len) {
		entry->handler(conn, pdu + 1, now_us);
	} else if (ll__enc_busy(&conn->enc)) {
		/* 5.1.3: malformed, of those that it waits for. */
		ll__enc_break(conn);
	} else if (!is_answer(opcode)) {
		/* 5.4: not supported, not allowed in this role, or malformed. */
		send_unknown(conn, opcode, now_us);
	}
}

void ll__ctrl_acked(struct ll_conn *conn, uint8_t opcode, uint64_t now_us)
{
	if (opcode == LL_TERMINATE_IND) {
		conn->end_reason = BT_HCI_ERR_LOCALHOST_TERM_CONN;
		return;
	}
	/* There is room in the queue again. */
	begin_next(conn, now_us);
}

void ll__ctrl_init(struct ll_conn *conn)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	ctrl->local_deadline_us = FAV_FOREVER_US;
	ctrl->remote_deadline_us = FAV_FOREVER_US;
	ctrl->max_tx_octets = conn->ctl->defaults.tx_octets;
	ctrl->max_tx_time_us = conn->ctl->defaults.tx_time_us;
	ctrl->phy_coding = RADIO_CODED_S8;
	ctrl->phy_tx_prefs = conn->ctl->defaults.tx_phys;
	ctrl->phy_rx_prefs = conn->ctl->defaults.rx_phys;
	ll__dle_init(conn);
	ll__ping_init(conn);
}
