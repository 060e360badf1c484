/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Signalling: requests and responses paired by an identifier, one command a PDU on LE.
 *
 * Connection parameter update is what exists now; the rest is rejected. A channel has one request
 * of its own on the way; when no response comes within RTX, it is forgotten.
 */

#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>

#include "conn.h"
#include "host.h"
#include "l2cap.h"
#include "l2cap_sig.h"

LOG_MODULE_DECLARE(bt_l2cap);

/* 4, table 4.2. */
#define SIG_COMMAND_REJECT   0x01
#define SIG_DISCONNECT_REQ   0x06
#define SIG_DISCONNECT_RSP   0x07
#define SIG_PARAM_UPDATE_REQ 0x12
#define SIG_PARAM_UPDATE_RSP 0x13
#define SIG_CREDIT_CONN_RSP  0x15
#define SIG_FLOW_CREDIT_IND  0x16
#define SIG_ECRED_CONN_RSP   0x18
#define SIG_ECRED_RECONF_RSP 0x1a

/* 4.1, table 4.3 */
#define REJECT_NOT_UNDERSTOOD 0x0000
#define REJECT_MTU_EXCEEDED   0x0001
#define REJECT_INVALID_CID    0x0002

/* 4.21 */
#define PARAM_ACCEPTED 0x0000
#define PARAM_REJECTED 0x0001

/* How long to wait for a response; 6.2.1 allows 1 to 60 s. */
#define RTX_MS 30000

/* A command that arrived. */
struct command {
	uint8_t code;
	uint8_t ident;
	struct fav_cursor params;
};

static struct l2cap_sig *sig_of(const struct bt_conn *conn)
{
	return host__l2cap_sig(conn__host(conn));
}

static struct l2cap_sig_chan *chan_of(const struct bt_conn *conn)
{
	return &sig_of(conn)->chans[conn__index(conn)];
}

static void drop(struct bt_conn *conn, const char *why)
{
	host__stats(conn__host(conn))->l2cap_dropped++;
	LOG_WRN("signalling: %s", why);
}

/* ---- Sending ---- */

/* A command with room for its parameters, NULL when there is no buffer. */
static struct net_buf *command_new(struct bt_conn *conn, uint8_t code, uint8_t ident,
				   uint16_t params_len)
{
	struct net_buf *buf = net_buf_alloc(&sig_of(conn)->pool, K_NO_WAIT);

	if (buf == NULL) {
		return NULL;
	}
	net_buf_reserve(buf, L2CAP_HEADROOM);
	net_buf_add_u8(buf, code);
	net_buf_add_u8(buf, ident);
	net_buf_add_le16(buf, params_len);
	return buf;
}

static int command_send(struct bt_conn *conn, struct net_buf *buf)
{
	int err = l2cap__send(conn, L2CAP_CID_SIG, buf, NULL, NULL);

	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

/* A response that finds no buffer is not sent; the peer asks again. */
static void respond(struct bt_conn *conn, struct net_buf *buf)
{
	if (buf == NULL) {
		drop(conn, "no buffer for a response");
	} else if (command_send(conn, buf) != 0) {
		LOG_DBG("signalling: the link is gone before a response");
	}
}

static void reject(struct bt_conn *conn, uint8_t ident, uint16_t reason, const uint16_t *data,
		   size_t count)
{
	struct net_buf *buf = command_new(conn, SIG_COMMAND_REJECT, ident,
					  (uint16_t)(sizeof(reason) + count * sizeof(*data)));

	if (buf != NULL) {
		net_buf_add_le16(buf, reason);
		for (size_t i = 0; i < count; i++) {
			net_buf_add_le16(buf, data[i]);
		}
	}
	respond(conn, buf);
}

/* ---- Our request ---- */

static void pending_end(struct l2cap_sig_chan *chan)
{
	chan->pending = 0;
	k_work_cancel_delayable(&chan->rtx);
}

static void rtx_expired(struct k_work *work)
{
	struct l2cap_sig_chan *chan =
		CONTAINER_OF(k_work_delayable_from_work(work), struct l2cap_sig_chan, rtx);

	LOG_WRN("signalling: no response to request %u", chan->pending);
	chan->pending = 0;
}

static int param_request(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	struct l2cap_sig_chan *chan = chan_of(conn);
	struct net_buf *buf;
	int err;

	if (chan->conn == NULL) {
		return -ENOTCONN;
	}
	if (chan->pending != 0) {
		return -EBUSY;
	}
	chan->ident = chan->ident == UINT8_MAX ? 1 : chan->ident + 1;
	buf = command_new(conn, SIG_PARAM_UPDATE_REQ, chan->ident, 4 * sizeof(uint16_t));
	if (buf == NULL) {
		conn__tx_refused(conn);
		if (fav_net_buf_pool_used(&sig_of(conn)->pool) == 0) {
			/* An injected fault: none will come back to tell of. */
			conn__tx_freed(conn__host(conn));
		}
		return -ENOMEM;
	}
	net_buf_add_le16(buf, param->interval_min);
	net_buf_add_le16(buf, param->interval_max);
	net_buf_add_le16(buf, param->latency);
	net_buf_add_le16(buf, param->timeout);
	err = command_send(conn, buf);
	if (err == 0) {
		chan->pending = chan->ident;
		k_work_reschedule(&chan->rtx, K_MSEC(RTX_MS));
	}
	return err;
}

/* ---- The peer's commands ---- */

static void on_param_update_req(struct bt_conn *conn, struct command *cmd)
{
	struct bt_le_conn_param param = {
		.interval_min = fav_cursor_le16(&cmd->params),
		.interval_max = fav_cursor_le16(&cmd->params),
		.latency = fav_cursor_le16(&cmd->params),
		.timeout = fav_cursor_le16(&cmd->params),
	};
	struct bt_conn_info info;
	struct net_buf *buf;
	bool accepted;

	/* Only a central is asked, 4.20. */
	if (!fav_cursor_done(&cmd->params) || bt_conn_get_info(conn, &info) != 0 ||
	    info.role != BT_CONN_ROLE_CENTRAL) {
		reject(conn, cmd->ident, REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	accepted = conn__param_ask(conn, &param);
	buf = command_new(conn, SIG_PARAM_UPDATE_RSP, cmd->ident, sizeof(uint16_t));
	if (buf != NULL) {
		net_buf_add_le16(buf, accepted ? PARAM_ACCEPTED : PARAM_REJECTED);
	}
	respond(conn, buf);
	if (accepted) {
		conn__param_apply(conn, &param);
	}
}

static void on_param_update_rsp(struct bt_conn *conn, struct command *cmd)
{
	uint16_t result = fav_cursor_le16(&cmd->params);

	if (cmd->ident != chan_of(conn)->pending || !fav_cursor_done(&cmd->params)) {
		drop(conn, "response to no request");
		return;
	}
	pending_end(chan_of(conn));
	LOG_DBG("connection parameters %s", result == PARAM_ACCEPTED ? "accepted" : "rejected");
}

static void on_command_reject(struct bt_conn *conn, struct command *cmd)
{
	uint16_t reason = fav_cursor_le16(&cmd->params);

	if (cmd->ident != chan_of(conn)->pending || !fav_cursor_ok(&cmd->params)) {
		drop(conn, "rejection of no request");
		return;
	}
	pending_end(chan_of(conn));
	LOG_DBG("request rejected: %u", reason);
}

/* There are no channels to disconnect yet: 4.6. */
static void on_disconnect_req(struct bt_conn *conn, struct command *cmd)
{
	uint16_t cids[2] = {fav_cursor_le16(&cmd->params), fav_cursor_le16(&cmd->params)};

	if (!fav_cursor_done(&cmd->params)) {
		reject(conn, cmd->ident, REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	reject(conn, cmd->ident, REJECT_INVALID_CID, cids, ARRAY_SIZE(cids));
}

/* Responses and indications that match nothing of ours: 4.1 wants no answer to them. */
static void on_unmatched(struct bt_conn *conn, struct command *cmd)
{
	drop(conn, "response to no request");
}

struct command_entry {
	uint8_t code;
	bool is_request; /* Whoever sends it waits for an answer. */
	void (*handler)(struct bt_conn *conn, struct command *cmd);
};

static const struct command_entry commands[] = {
	{SIG_COMMAND_REJECT, false, on_command_reject},
	{SIG_DISCONNECT_REQ, true, on_disconnect_req},
	{SIG_DISCONNECT_RSP, false, on_unmatched},
	{SIG_PARAM_UPDATE_REQ, true, on_param_update_req},
	{SIG_PARAM_UPDATE_RSP, false, on_param_update_rsp},
	{SIG_CREDIT_CONN_RSP, false, on_unmatched},
	{SIG_FLOW_CREDIT_IND, false, on_unmatched},
	{SIG_ECRED_CONN_RSP, false, on_unmatched},
	{SIG_ECRED_RECONF_RSP, false, on_unmatched},
};

static void on_unknown(struct bt_conn *conn, struct command *cmd)
{
	reject(conn, cmd->ident, REJECT_NOT_UNDERSTOOD, NULL, 0);
}

static const struct command_entry *entry_of(uint8_t code)
{
	static const struct command_entry unknown = {0, true, on_unknown};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].code == code) {
			return &commands[i];
		}
	}
	return &unknown;
}

/* 4: one command a PDU on LE; what is not, and an identifier of 0, is ignored. */
static void recv(struct bt_conn *conn, struct net_buf *buf)
{
	struct fav_cursor c = fav_cursor_of_buf(&buf->b);
	struct command cmd = {.code = fav_cursor_u8(&c), .ident = fav_cursor_u8(&c)};
	uint16_t len = fav_cursor_le16(&c);
	const struct command_entry *entry = entry_of(cmd.code);
	static const uint16_t mtu = L2CAP_SIG_MTU;

	if (!fav_cursor_ok(&c) || cmd.ident == 0) {
		drop(conn, "malformed command");
	} else if (buf->len > L2CAP_SIG_MTU && entry->is_request) {
		reject(conn, cmd.ident, REJECT_MTU_EXCEEDED, &mtu, 1);
	} else if (len != fav_cursor_remaining(&c)) {
		drop(conn, "command of another length than it says");
	} else {
		cmd.params = c;
		entry->handler(conn, &cmd);
	}
	net_buf_unref(buf);
}

/* ---- The channel ---- */

static void connected(struct bt_conn *conn)
{
	struct l2cap_sig_chan *chan = chan_of(conn);

	chan->conn = conn;
	chan->ident = 0;
	chan->pending = 0;
}

static void disconnected(struct bt_conn *conn)
{
	pending_end(chan_of(conn));
	chan_of(conn)->conn = NULL;
}

static const struct l2cap_fixed channel = {
	.cid = L2CAP_CID_SIG,
	.connected = connected,
	.disconnected = disconnected,
	.recv = recv,
};

static void buffer_destroy(struct net_buf *buf)
{
	struct l2cap_sig *sig = CONTAINER_OF(buf->pool, struct l2cap_sig, pool);

	net_buf_destroy(buf);
	conn__tx_freed(sig->host);
}

void l2cap_sig__init(struct l2cap_sig *sig, struct bt_host *host)
{
	int err;

	*sig = (struct l2cap_sig){.host = host};
	for (size_t i = 0; i < ARRAY_SIZE(sig->chans); i++) {
		k_work_init_delayable(&sig->chans[i].rtx, rtx_expired);
	}
	err = fav_net_buf_pool_init(&sig->pool, sig->storage, sizeof(sig->storage), L2CAP_SIG_COUNT,
				    L2CAP_HEADROOM + L2CAP_SIG_MTU, L2CAP_USER_DATA,
				    buffer_destroy);
	__ASSERT(err == 0, "pool of signalling commands: %d", err);
}

int l2cap_sig__enable(struct bt_host *host)
{
	struct l2cap *l2cap = host__l2cap(host);

	l2cap->param_request = param_request;
	return l2cap__fixed_register(l2cap, &channel);
}

void l2cap_sig__disable(struct bt_host *host)
{
	host__l2cap(host)->param_request = NULL;
}
