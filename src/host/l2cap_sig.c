/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Signalling: requests and responses paired by an identifier, one command a PDU on LE.
 *
 * Connection parameter update is here, channels register theirs; the rest is rejected. There is one
 * request for parameters on the way; when no response comes within RTX, it is forgotten.
 */

#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>

#include "conn.h"
#include "hci_core.h"
#include "host.h"
#include "l2cap.h"
#include "l2cap_sig.h"

LOG_MODULE_DECLARE(bt_l2cap);

/* 4.21 */
#define PARAM_ACCEPTED 0x0000
#define PARAM_REJECTED 0x0001

/* How long to wait for a response; 6.2.1 allows 1 to 60 s. */
#define RTX_MS 30000

static struct l2cap_sig *sig_of(const struct bt_conn *conn)
{
	return host__l2cap_sig(conn__host(conn));
}

static struct l2cap_sig_chan *chan_of(const struct bt_conn *conn)
{
	return &sig_of(conn)->chans[conn__index(conn)];
}

void l2cap_sig__drop(struct bt_conn *conn, const char *why)
{
	host__stats(conn__host(conn))->l2cap_dropped++;
	LOG_WRN("signalling: %s", why);
}

/* ---- Sending ---- */

static bool may_hold(const struct l2cap_sig *sig, const struct l2cap_sig_chan *chan)
{
	return chan->held == 0 ||
	       (chan->held < L2CAP_SIG_LINK_MAX &&
		fav_net_buf_pool_free(&sig->pool) > MAX(sig->links_up - sig->holders, 0));
}

static struct net_buf *hold(struct bt_conn *conn)
{
	struct l2cap_sig *sig = sig_of(conn);
	struct l2cap_sig_chan *chan = chan_of(conn);
	struct net_buf *buf = may_hold(sig, chan) ? net_buf_alloc(&sig->pool, K_NO_WAIT) : NULL;

	if (buf != NULL) {
		sig->links[net_buf_id(buf)] = (uint8_t)conn__index(conn);
		sig->holders += chan->held++ == 0 ? 1 : 0;
	}
	return buf;
}

static void let_go(struct l2cap_sig *sig, const struct net_buf *buf)
{
	struct l2cap_sig_chan *chan = &sig->chans[sig->links[net_buf_id(buf)]];

	sig->holders -= --chan->held == 0 ? 1 : 0;
}

static struct net_buf *begun(struct net_buf *buf, uint8_t code, uint8_t ident, uint16_t params_len)
{
	net_buf_reserve(buf, L2CAP_HEADROOM);
	net_buf_add_u8(buf, code);
	net_buf_add_u8(buf, ident);
	net_buf_add_le16(buf, params_len);
	return buf;
}

struct net_buf *l2cap_sig__new(struct bt_conn *conn, uint8_t code, uint8_t ident,
			       uint16_t params_len)
{
	struct net_buf *buf = hold(conn);

	return buf != NULL ? begun(buf, code, ident, params_len) : NULL;
}

struct net_buf *l2cap_sig__answer(struct bt_conn *conn, uint8_t code, uint8_t ident,
				  uint16_t params_len)
{
	struct l2cap_sig_chan *chan = chan_of(conn);
	struct net_buf *buf = chan->reserved;

	__ASSERT(buf != NULL, "a second answer, or to no request");
	chan->reserved = NULL;
	return begun(buf, code, ident, params_len);
}

void l2cap_sig__refused(struct bt_conn *conn)
{
	conn__tx_refused(conn);
	if (fav_net_buf_pool_used(&sig_of(conn)->pool) == 0) {
		/* An injected fault: none will come back to tell of. */
		conn__tx_freed(conn__host(conn));
	}
}

int l2cap_sig__send(struct bt_conn *conn, struct net_buf *buf)
{
	return l2cap__signal(conn, buf, false);
}

void l2cap_sig__reject(struct bt_conn *conn, uint8_t ident, uint16_t reason, const uint16_t *data,
		       size_t count)
{
	struct net_buf *buf = l2cap_sig__answer(conn, SIG_COMMAND_REJECT, ident,
						(uint16_t)(sizeof(reason) + count * sizeof(*data)));

	net_buf_add_le16(buf, reason);
	for (size_t i = 0; i < count; i++) {
		net_buf_add_le16(buf, data[i]);
	}
	(void)l2cap_sig__send(conn, buf);
}

/* ---- Our request ---- */

static void pending_end(struct l2cap_sig_chan *chan)
{
	chan->pending = 0;
	deadlines__clear(&chan->rtx);
}

static void rtx_expired(struct k_work *work)
{
	struct l2cap_sig *sig = CONTAINER_OF(deadlines__of(work), struct l2cap_sig, rtx);

	deadlines__begin(&sig->rtx);
	for (size_t i = 0; i < ARRAY_SIZE(sig->chans); i++) {
		struct l2cap_sig_chan *chan = &sig->chans[i];

		if (deadlines__over(&sig->rtx, &chan->rtx)) {
			LOG_WRN("signalling: no response to request %u", chan->pending);
			chan->pending = 0;
		}
	}
}

uint8_t l2cap_sig__ident_of_indication(struct bt_conn *conn)
{
	struct l2cap_sig_chan *chan = chan_of(conn);

	do {
		chan->ident = chan->ident == UINT8_MAX ? 1 : chan->ident + 1;
	} while (chan->ident == chan->pending);
	return chan->ident;
}

uint8_t l2cap_sig__ident(struct bt_conn *conn)
{
	const struct l2cap_sig_upper *upper = sig_of(conn)->upper;
	uint8_t ident;

	/* There are more identifiers than requests can wait. */
	do {
		ident = l2cap_sig__ident_of_indication(conn);
	} while (upper != NULL && upper->waits(conn, ident));
	return ident;
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
	buf = l2cap_sig__new(conn, SIG_PARAM_UPDATE_REQ, l2cap_sig__ident(conn),
			     4 * sizeof(uint16_t));
	if (buf == NULL) {
		l2cap_sig__refused(conn);
		return -ENOMEM;
	}
	net_buf_add_le16(buf, param->interval_min);
	net_buf_add_le16(buf, param->interval_max);
	net_buf_add_le16(buf, param->latency);
	net_buf_add_le16(buf, param->timeout);
	err = l2cap_sig__send(conn, buf);
	if (err == 0) {
		chan->pending = chan->ident;
		deadlines__set(&sig_of(conn)->rtx, &chan->rtx, RTX_MS);
	}
	return err;
}

/* ---- The peer's commands ---- */

static void on_param_update_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	struct bt_le_conn_param param = {
		.interval_min = fav_cursor_le16(params),
		.interval_max = fav_cursor_le16(params),
		.latency = fav_cursor_le16(params),
		.timeout = fav_cursor_le16(params),
	};
	struct bt_conn_info info;
	struct net_buf *buf;
	bool accepted;

	/* Only a central is asked, 4.20. */
	if (!fav_cursor_done(params) || bt_conn_get_info(conn, &info) != 0 ||
	    info.role != BT_CONN_ROLE_CENTRAL) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	accepted = conn__param_ask(conn, &param);
	buf = l2cap_sig__answer(conn, SIG_PARAM_UPDATE_RSP, ident, sizeof(uint16_t));
	net_buf_add_le16(buf, accepted ? PARAM_ACCEPTED : PARAM_REJECTED);
	(void)l2cap_sig__send(conn, buf);
	if (accepted) {
		conn__param_apply(conn, &param);
	}
}

static void on_param_update_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t result = fav_cursor_le16(params);

	if (ident != chan_of(conn)->pending || !fav_cursor_done(params)) {
		l2cap_sig__drop(conn, "response to no request");
		return;
	}
	pending_end(chan_of(conn));
	LOG_DBG("connection parameters %s", result == PARAM_ACCEPTED ? "accepted" : "rejected");
}

static void on_command_reject(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	uint16_t reason = fav_cursor_le16(params);

	const struct l2cap_sig_upper *upper = sig_of(conn)->upper;

	if (fav_cursor_ok(params) && upper != NULL && upper->rejected(conn, ident)) {
		return;
	}
	if (ident != chan_of(conn)->pending || !fav_cursor_ok(params)) {
		l2cap_sig__drop(conn, "rejection of no request");
		return;
	}
	pending_end(chan_of(conn));
	LOG_DBG("request rejected: %u", reason);
}

static const struct l2cap_sig_entry commands[] = {
	{SIG_COMMAND_REJECT, false, on_command_reject},
	{SIG_PARAM_UPDATE_REQ, true, on_param_update_req},
	{SIG_PARAM_UPDATE_RSP, false, on_param_update_rsp},
};

static void on_unknown(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params)
{
	l2cap_sig__reject(conn, ident, SIG_REJECT_NOT_UNDERSTOOD, NULL, 0);
}

static const struct l2cap_sig_entry *entry_in(const struct l2cap_sig_entry *table, size_t count,
					      uint8_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].code == code) {
			return &table[i];
		}
	}
	return NULL;
}

static const struct l2cap_sig_entry *entry_of(const struct bt_conn *conn, uint8_t code)
{
	static const struct l2cap_sig_entry unknown = {0, true, on_unknown};
	const struct l2cap_sig_upper *upper = sig_of(conn)->upper;
	const struct l2cap_sig_entry *entry = entry_in(commands, ARRAY_SIZE(commands), code);

	if (entry == NULL && upper != NULL) {
		entry = entry_in(upper->commands, upper->count, code);
	}
	return entry != NULL ? entry : &unknown;
}

/* 4: one command a PDU on LE; what is not, and an identifier of 0, is ignored. false: it cannot be
 * answered now, and nothing was done. */
static bool handle(struct bt_conn *conn, struct net_buf *buf)
{
	struct l2cap_sig_chan *chan = chan_of(conn);
	struct fav_cursor c = fav_cursor_of_buf(&buf->b);
	uint8_t code = fav_cursor_u8(&c);
	uint8_t ident = fav_cursor_u8(&c);
	uint16_t len = fav_cursor_le16(&c);
	const struct l2cap_sig_entry *entry = entry_of(conn, code);
	static const uint16_t mtu = L2CAP_SIG_MTU;

	if (entry->is_request) {
		chan->reserved = hold(conn);
		if (chan->reserved == NULL) {
			return false;
		}
	}
	if (!fav_cursor_ok(&c) || ident == 0) {
		l2cap_sig__drop(conn, "malformed command");
	} else if (buf->len > L2CAP_SIG_MTU && entry->is_request) {
		l2cap_sig__reject(conn, ident, SIG_REJECT_MTU_EXCEEDED, &mtu, 1);
	} else if (len != fav_cursor_remaining(&c)) {
		l2cap_sig__drop(conn, "command of another length than it says");
	} else {
		entry->handler(conn, ident, &c);
	}
	if (chan->reserved != NULL) {
		net_buf_unref(chan->reserved);
		chan->reserved = NULL;
	}
	return true;
}

/* A flood of requests is dropped, and so is what would leave others no buffers to receive in. */
static void wait(struct bt_conn *conn, struct net_buf *buf)
{
	struct l2cap_sig *sig = sig_of(conn);
	struct l2cap_sig_chan *chan = chan_of(conn);

	if (chan->waiting_count == L2CAP_SIG_WAITING_MAX || hci__acl_scarce(host__hci(sig->host))) {
		l2cap_sig__drop(conn, "no buffer for a response");
		net_buf_unref(buf);
		return;
	}
	net_buf_slist_put(&chan->waiting, buf);
	chan->waiting_count++;
	sig->waiting++;
	if (fav_net_buf_pool_used(&sig->pool) == 0) {
		/* An injected fault: none will come back to go on with. */
		k_work_submit(&sig->resume);
	}
}

/* What came first is handled first: a channel's credits behind its beginning. */
static void recv(struct bt_conn *conn, struct net_buf *buf)
{
	if (chan_of(conn)->waiting_count > 0 || !handle(conn, buf)) {
		wait(conn, buf);
	} else {
		net_buf_unref(buf);
	}
}

/* A handler may end the link, and another may begin in its place. */
static void resume_link(struct bt_conn *conn, struct l2cap_sig_chan *chan)
{
	while (chan->conn == conn && chan->waiting_count > 0) {
		struct net_buf *buf = net_buf_slist_get(&chan->waiting);

		if (!handle(conn, buf)) {
			sys_slist_prepend(&chan->waiting, &buf->node);
			return;
		}
		net_buf_unref(buf);
		if (chan->conn == conn) {
			chan->waiting_count--;
			sig_of(conn)->waiting--;
		}
	}
}

static void resume(struct k_work *work)
{
	struct l2cap_sig *sig = CONTAINER_OF(work, struct l2cap_sig, resume);
	struct bt_host *previous = host__enter(sig->host);

	for (size_t i = 0; i < ARRAY_SIZE(sig->chans); i++) {
		struct bt_conn *conn = bt_conn_ref(sig->chans[i].conn);

		if (conn != NULL) {
			resume_link(conn, &sig->chans[i]);
			bt_conn_unref(conn);
		}
	}
	host__leave(previous);
}

/* ---- The channel ---- */

static void connected(struct bt_conn *conn)
{
	struct l2cap_sig_chan *chan = chan_of(conn);

	sig_of(conn)->links_up++;
	chan->conn = conn;
	chan->ident = 0;
	chan->pending = 0;
}

static void disconnected(struct bt_conn *conn)
{
	struct l2cap_sig_chan *chan = chan_of(conn);
	struct net_buf *buf;

	pending_end(chan);
	chan->conn = NULL;
	while ((buf = net_buf_slist_get(&chan->waiting)) != NULL) {
		net_buf_unref(buf);
	}
	sig_of(conn)->waiting -= chan->waiting_count;
	chan->waiting_count = 0;
	sig_of(conn)->links_up--;
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

	let_go(sig, buf);
	net_buf_destroy(buf);
	conn__tx_freed(sig->host);
	if (sig->waiting > 0) {
		k_work_submit(&sig->resume);
	}
	if (sig->upper != NULL) {
		sig->upper->freed(sig->host);
	}
}

void l2cap_sig__upper_register(struct l2cap_sig *sig, const struct l2cap_sig_upper *upper)
{
	sig->upper = upper;
}

void l2cap_sig__init(struct l2cap_sig *sig, struct bt_host *host)
{
	int err;

	*sig = (struct l2cap_sig){.host = host};
	deadlines__init(&sig->rtx, rtx_expired);
	k_work_init(&sig->resume, resume);
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
	deadlines__stop(&host__l2cap_sig(host)->rtx);
	k_work_cancel(&host__l2cap_sig(host)->resume);
}
