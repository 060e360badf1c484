/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The channels of each link, by their identifiers; how they begin and end.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"
#include "l2cap_sig.h"

LOG_MODULE_REGISTER(bt_l2cap_coc);

/* How soon to look again when an allocation failed although nothing of it will come back. */
#define RETRY K_MSEC(10)

/* ---- The table ---- */

struct bt_l2cap_le_chan **l2cap_coc__place(const struct bt_conn *conn, uint16_t cid)
{
	struct bt_l2cap_le_chan **place = &l2cap_coc__link(conn)->chains[cid % L2CAP_COC_CHAINS];

	while (*place != NULL && (*place)->rx.cid != cid) {
		place = &(*place)->next_;
	}
	return place;
}

struct bt_l2cap_le_chan *l2cap_coc__by_cid(const struct bt_conn *conn, uint16_t cid)
{
	return l2cap_coc__cid_valid(cid) ? *l2cap_coc__place(conn, cid) : NULL;
}

struct bt_l2cap_le_chan *l2cap_coc__by_remote(const struct bt_conn *conn, uint16_t cid)
{
	const struct l2cap_coc_link *link = l2cap_coc__link(conn);

	if (!l2cap_coc__cid_valid(cid)) {
		return NULL;
	}
	for (size_t i = 0; i < L2CAP_COC_CHAINS; i++) {
		for (struct bt_l2cap_le_chan *ch = link->chains[i]; ch != NULL; ch = ch->next_) {
			if (ch->tx.cid == cid) {
				return ch;
			}
		}
	}
	return NULL;
}

struct l2cap_coc_ref l2cap_coc__ref(const struct bt_l2cap_le_chan *ch)
{
	return (struct l2cap_coc_ref){
		.conn = ch->chan.conn,
		.cid = ch->rx.cid,
		.generation = ch->generation_,
	};
}

struct bt_l2cap_le_chan *l2cap_coc__deref(struct l2cap_coc_ref ref)
{
	struct bt_l2cap_le_chan *ch = *l2cap_coc__place(ref.conn, ref.cid);

	return ch != NULL && ch->generation_ == ref.generation ? ch : NULL;
}

bool l2cap_coc__alive(struct l2cap_coc_ref ref)
{
	return l2cap_coc__deref(ref) != NULL;
}

/* ---- What waits for buffers ---- */

void l2cap_coc__starve(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc *coc = l2cap_coc__of(ch->chan.conn);

	if (!ch->starved_) {
		ch->starved_ = true;
		sys_slist_append(&coc->starved, &ch->chan.node);
	}
	/* Unless it is to run anyway. */
	k_work_schedule(&coc->resume, RETRY);
}

void l2cap_coc__freed(struct l2cap_coc *coc)
{
	if (!sys_slist_is_empty(&coc->starved)) {
		k_work_reschedule(&coc->resume, K_NO_WAIT);
	}
}

static void resume_one(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);

	if (ch->disc_owed_) {
		if (l2cap_coc__disconnect_send(ch) == -ENOMEM) {
			l2cap_coc__starve(ch);
		} else {
			ch->disc_owed_ = false;
		}
		return;
	}
	bt_conn_ref(ref.conn);
	l2cap_coc_rx__resume(ch);
	ch = l2cap_coc__deref(ref);
	if (ch != NULL) {
		l2cap_coc_tx__pump(ch);
	}
	bt_conn_unref(ref.conn);
}

/* Each that waits now once: callbacks may add, and take away. */
static void resume(struct k_work *work)
{
	struct l2cap_coc *coc =
		CONTAINER_OF(k_work_delayable_from_work(work), struct l2cap_coc, resume);
	struct bt_host *previous = host__enter(coc->host);
	size_t count = sys_slist_len(&coc->starved);
	sys_snode_t *node;

	while (count-- > 0 && (node = sys_slist_get(&coc->starved)) != NULL) {
		struct bt_l2cap_le_chan *ch =
			CONTAINER_OF(node, struct bt_l2cap_le_chan, chan.node);

		ch->starved_ = false;
		resume_one(ch);
	}
	host__leave(previous);
}

/* ---- Beginning ---- */

static int rx_prepare_segments(struct bt_l2cap_le_chan *ch, uint16_t min)
{
	if (ch->rx.mps == 0) {
		ch->rx.mps = BT_L2CAP_RX_MTU;
	}
	ch->rx_window_ = 0;
	ch->rx_window_max_ = 0;
	return ch->rx.mps < min || ch->rx.mps > BT_L2CAP_RX_MTU ? -EINVAL : 0;
}

static void rx_prepare_sdus(struct bt_l2cap_le_chan *ch, uint16_t min)
{
	uint32_t mps = (uint32_t)ch->rx.mtu + BT_L2CAP_SDU_HDR_SIZE;

	ch->rx.mps = (uint16_t)CLAMP(mps, min, BT_L2CAP_RX_MTU);
	ch->rx_window_ = l2cap_coc_rx__sdu_segments(ch);
	ch->rx_window_max_ = MAX(ch->rx_window_, CONFIG_FAV_BT_L2CAP_WINDOW);
	if (ch->rx.credits > 0) {
		/* The application's wish: for good. */
		ch->rx_window_ = (uint16_t)ch->rx.credits;
		ch->rx_window_max_ = 0;
	}
	ch->rx.credits = ch->rx_window_;
}

int l2cap_coc__rx_prepare(struct bt_l2cap_le_chan *ch, uint16_t min)
{
	const struct bt_l2cap_chan_ops *ops = ch->chan.ops;

	if (ops == NULL || (ops->recv != NULL) == (ops->seg_recv != NULL)) {
		return -EINVAL;
	}
	if (ch->rx.mtu == 0) {
		ch->rx.mtu = BT_L2CAP_SDU_RX_MTU;
	}
	if (ops->recv != NULL && ops->alloc_buf == NULL) {
		ch->rx.mtu = MIN(ch->rx.mtu, BT_L2CAP_SDU_RX_MTU);
	}
	if (ch->rx.mtu < min) {
		return -EINVAL;
	}
	if (ops->seg_recv != NULL) {
		return rx_prepare_segments(ch, min);
	}
	rx_prepare_sdus(ch, min);
	return 0;
}

static void rtx_expired(struct bt_l2cap_le_chan *ch)
{
	if (ch->state == BT_L2CAP_CONNECTED) {
		LOG_WRN("channel 0x%04x: no response", ch->rx.cid);
		l2cap_ecred__reconf_failed(ch);
	} else {
		l2cap_coc__end(ch, -ETIMEDOUT);
	}
}

/* A callback may end the link. */
static void rtx_look(struct l2cap_coc *coc, struct bt_conn *conn)
{
	for (uint16_t i = 0; i < L2CAP_COC_CIDS; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (ch != NULL && deadlines__over(&coc->rtx, &ch->rtx_us_)) {
			rtx_expired(ch);
		}
	}
}

static void rtx_run(struct k_work *work)
{
	struct l2cap_coc *coc = CONTAINER_OF(deadlines__of(work), struct l2cap_coc, rtx);
	struct bt_host *previous = host__enter(coc->host);

	deadlines__begin(&coc->rtx);
	for (uint8_t i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		struct bt_conn *conn = bt_conn_ref(conn__by_index(coc->host, i));

		if (conn != NULL) {
			rtx_look(coc, conn);
			bt_conn_unref(conn);
		}
	}
	host__leave(previous);
}

void l2cap_coc__rtx(struct bt_l2cap_le_chan *ch, uint32_t ms)
{
	deadlines__set(&l2cap_coc__of(ch->chan.conn)->rtx, &ch->rtx_us_, ms);
}

/* Nothing is left of what the channel was before. */
static void reset(struct bt_l2cap_le_chan *ch)
{
	atomic_set(ch->chan.status, 0);
	ch->rtx_us_ = 0;
	ch->next_ = NULL;
	memset(&ch->tx, 0, sizeof(ch->tx));
	ch->pending_rx_mtu = 0;
	ch->pending_rx_mps = 0;
	ch->ident = 0;
	ch->connect_err = 0;
	ch->starved_ = false;
	ch->disc_owed_ = false;
	ch->sec_again_ = false;
	sys_slist_init(&ch->tx_queue_);
	ch->tx_sdu_ = NULL;
	ch->tx_left_ = 0;
	ch->tx_frames_ = 0;
	ch->tx_sdus_ = 0;
	ch->rx_sdu_ = NULL;
	ch->rx_sdu_len_ = 0;
	ch->rx_got_ = 0;
	sys_slist_init(&ch->rx_held_);
	ch->rx_held_count_ = 0;
	ch->rx_in_progress_ = 0;
	ch->rx_paced_ = false;
	ch->rx_stalled_ = false;
	ch->rx_smooth_ = 0;
	ch->rx_running_ = false;
}

uint16_t l2cap_coc__cid_free(const struct bt_conn *conn)
{
	const struct l2cap_coc_link *link = l2cap_coc__link(conn);

	for (uint16_t n = 0; n < L2CAP_COC_CIDS; n++) {
		uint16_t cid = L2CAP_COC_CID_FIRST + (link->next + n) % L2CAP_COC_CIDS;

		if (l2cap_coc__by_cid(conn, cid) == NULL) {
			return cid;
		}
	}
	return 0;
}

int l2cap_coc__add(struct bt_conn *conn, struct bt_l2cap_le_chan *ch, bool ecred)
{
	uint16_t cid = l2cap_coc__cid_free(conn);

	if (cid == 0) {
		return -ENOMEM;
	}
	reset(ch);
	ch->chan.conn = conn;
	ch->rx.cid = cid;
	ch->generation_ = l2cap_coc__link(conn)->generation++;
	*l2cap_coc__place(conn, cid) = ch;
	ch->ecred = ecred;
	ch->state = BT_L2CAP_CONNECTING;
	return 0;
}

/* The place is free; the channel is not announced as anything. */
static void take_out(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc *coc = l2cap_coc__of(ch->chan.conn);
	struct l2cap_coc_link *link = l2cap_coc__link(ch->chan.conn);

	link->next = (ch->rx.cid - L2CAP_COC_CID_FIRST + 1) % L2CAP_COC_CIDS;
	__ASSERT(l2cap_coc__by_cid(ch->chan.conn, ch->rx.cid) == ch, "no channel of the link's");
	*l2cap_coc__place(ch->chan.conn, ch->rx.cid) = ch->next_;
	if (ch->starved_) {
		sys_slist_find_and_remove(&coc->starved, &ch->chan.node);
		ch->starved_ = false;
	}
	deadlines__clear(&ch->rtx_us_);
	l2cap_coc_tx__drop(ch);
	l2cap_coc_tx__forget(ch);
	l2cap_coc_rx__drop(ch);
	ch->state = BT_L2CAP_DISCONNECTED;
	ch->ident = 0;
	ch->rx.credits = 0;
	if (sys_slist_is_empty(&coc->starved)) {
		k_work_cancel_delayable(&coc->resume);
	}
}

void l2cap_coc__unadd(struct bt_l2cap_le_chan *ch)
{
	take_out(ch);
	ch->chan.conn = NULL;
}

void l2cap_coc__open(struct bt_l2cap_le_chan *ch, uint16_t cid, uint16_t mtu, uint16_t mps,
		     uint16_t credits)
{
	deadlines__clear(&ch->rtx_us_);
	ch->tx = (struct bt_l2cap_le_endpoint){
		.cid = cid,
		.mtu = mtu,
		.mps = mps,
		.credits = credits,
	};
	ch->ident = 0;
	ch->connect_err = l2cap_coc__called_off(ch) ? -ECANCELED : 0;
	ch->state = BT_L2CAP_CONNECTED;
	atomic_set_bit_to(ch->chan.status, BT_L2CAP_STATUS_OUT, credits > 0);
}

void l2cap_coc__announce(struct bt_l2cap_le_chan *ch)
{
	struct l2cap_coc_ref ref = l2cap_coc__ref(ch);

	if (ch->connect_err != 0) {
		l2cap_coc__close(ch, NULL);
		return;
	}
	if (ch->chan.ops->connected != NULL) {
		ch->chan.ops->connected(&ch->chan);
	}
	ch = l2cap_coc__deref(ref);
	if (ch != NULL && ch->state == BT_L2CAP_CONNECTED && ch->tx.credits > 0 &&
	    ch->chan.ops->status != NULL) {
		ch->chan.ops->status(&ch->chan, ch->chan.status);
	}
}

/* ---- End ---- */

/* What ended an attempt first is why there is no connection. */
static int why_not(const struct bt_l2cap_le_chan *ch, int why)
{
	if (ch->state == BT_L2CAP_CONNECTING) {
		return l2cap_coc__called_off(ch) ? -ECANCELED : why;
	}
	return ch->connect_err;
}

void l2cap_coc__end(struct bt_l2cap_le_chan *ch, int why)
{
	struct bt_conn *conn = bt_conn_ref(ch->chan.conn);
	const struct bt_l2cap_chan_ops *ops = ch->chan.ops;

	ch->connect_err = why_not(ch, why);
	take_out(ch);
	if (ops->disconnected != NULL) {
		ops->disconnected(&ch->chan);
	}
	/* Used again from the callback. */
	if (ch->state == BT_L2CAP_DISCONNECTED) {
		ch->chan.conn = NULL;
		if (ch->chan.destroy != NULL) {
			ch->chan.destroy(&ch->chan);
		}
		if (ops->released != NULL) {
			ops->released(&ch->chan);
		}
	}
	bt_conn_unref(conn);
}

void l2cap_coc__close(struct bt_l2cap_le_chan *ch, const char *why)
{
	if (ch->state != BT_L2CAP_CONNECTED) {
		return;
	}
	if (why != NULL) {
		host__stats(conn__host(ch->chan.conn))->l2cap_dropped++;
		LOG_WRN("channel 0x%04x is closed: %s", ch->rx.cid, why);
	}
	ch->state = BT_L2CAP_DISCONNECTING;
	atomic_set_bit(ch->chan.status, BT_L2CAP_STATUS_SHUTDOWN);
	l2cap_coc_tx__drop(ch);
	l2cap_coc_rx__drop(ch);
	/* Also without an answer, and without a buffer to ask with, it ends. */
	l2cap_coc__rtx(ch, L2CAP_COC_RTX_MS);
	if (l2cap_coc__disconnect_send(ch) == -ENOMEM) {
		ch->disc_owed_ = true;
		l2cap_coc__starve(ch);
	}
}

void l2cap_coc__end_both(struct bt_l2cap_le_chan *ch, struct bt_l2cap_le_chan *attempt)
{
	l2cap_coc__close(ch, "one identifier for two");
	l2cap_coc__end(attempt, -EPROTO);
}

/* ---- Links ---- */

static void connected(struct bt_conn *conn)
{
	l2cap_coc__link(conn)->next = 0;
	l2cap_coc__link(conn)->sec_level = BT_SECURITY_L1;
	l2cap_fixed__connected(conn);
}

static void disconnected(struct bt_conn *conn)
{
	for (uint16_t i = 0; i < L2CAP_COC_CIDS; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (ch != NULL) {
			l2cap_coc__end(ch, -ENOTCONN);
		}
	}
	l2cap_fixed__disconnected(conn);
}

static bool recv(struct bt_conn *conn, uint16_t cid, struct net_buf *buf)
{
	struct bt_l2cap_le_chan *ch;

	if (cid < L2CAP_COC_CID_FIRST) {
		return l2cap_fixed__recv(conn, cid, buf);
	}
	ch = l2cap_coc__by_cid(conn, cid);
	if (ch == NULL || ch->state == BT_L2CAP_CONNECTING) {
		return false;
	}
	if (ch->state == BT_L2CAP_DISCONNECTING) {
		/* It crossed our request. */
		net_buf_unref(buf);
		return true;
	}
	l2cap_coc_rx__recv(ch, buf);
	return true;
}

static const struct l2cap_upper upper = {
	.connected = connected,
	.disconnected = disconnected,
	.recv = recv,
	.security_changed = l2cap_coc_sec__changed,
};

static const struct l2cap_sig_entry commands[] = {
	{SIG_DISCONNECT_REQ, true, l2cap_coc__on_disconnect_req},
	{SIG_DISCONNECT_RSP, false, l2cap_coc__on_disconnect_rsp},
	{SIG_CREDIT_CONN_REQ, true, l2cap_coc__on_conn_req},
	{SIG_CREDIT_CONN_RSP, false, l2cap_coc__on_conn_rsp},
	{SIG_FLOW_CREDIT_IND, false, l2cap_coc__on_credits},
	{SIG_ECRED_CONN_REQ, true, l2cap_ecred__on_conn_req},
	{SIG_ECRED_CONN_RSP, false, l2cap_ecred__on_conn_rsp},
	{SIG_ECRED_RECONF_REQ, true, l2cap_ecred__on_reconf_req},
	{SIG_ECRED_RECONF_RSP, false, l2cap_ecred__on_reconf_rsp},
};

static void sig_freed(struct bt_host *host)
{
	l2cap_coc__freed(host__l2cap_coc(host));
}

static const struct l2cap_sig_upper sig_upper = {
	.commands = commands,
	.count = ARRAY_SIZE(commands),
	.waits = l2cap_coc__waits,
	.rejected = l2cap_coc__on_rejected,
	.freed = sig_freed,
};

/* ---- The layer ---- */

void l2cap_coc__init(struct l2cap_coc *coc, struct bt_host *host)
{
	memset(coc, 0, sizeof(*coc));
	coc->host = host;
	k_work_init_delayable(&coc->resume, resume);
	deadlines__init(&coc->rtx, rtx_run);
	l2cap_coc_tx__init(coc);
}

int l2cap_coc__enable(struct bt_host *host)
{
	l2cap__upper_register(host__l2cap(host), &upper);
	l2cap_sig__upper_register(host__l2cap_sig(host), &sig_upper);
	return 0;
}

void l2cap_coc__disable(struct bt_host *host)
{
	struct l2cap_coc *coc = host__l2cap_coc(host);

	l2cap_sig__upper_register(host__l2cap_sig(host), NULL);
	l2cap__upper_register(host__l2cap(host), NULL);
	k_work_cancel_delayable(&coc->resume);
	deadlines__stop(&coc->rtx);
}

bool l2cap_coc__is_idle(const struct l2cap_coc *coc)
{
	return fav_net_buf_pool_used(&coc->views) == 0 &&
	       fav_net_buf_pool_used(&coc->copies) == 0 && sys_slist_is_empty(&coc->starved);
}

/* ---- Asking ---- */

int l2cap_coc__ask(struct bt_l2cap_le_chan **chs, size_t count)
{
	struct bt_conn *conn = chs[0]->chan.conn;
	uint8_t ident = l2cap_sig__ident(conn);
	int err = chs[0]->ecred ? l2cap_ecred__conn_req_send(chs, count, ident)
				: l2cap_coc__conn_req_send(chs[0], ident);

	for (size_t i = 0; i < count && err == 0; i++) {
		chs[i]->ident = ident;
		chs[i]->connect_err = 0;
		l2cap_coc__rtx(chs[i], L2CAP_COC_RTX_MS);
	}
	return err;
}

int l2cap_coc__begin(struct bt_l2cap_le_chan **chs, size_t count)
{
	struct bt_conn *conn = chs[0]->chan.conn;
	bt_security_t level = BT_SECURITY_L0;
	int err;

	for (size_t i = 0; i < count; i++) {
		level = MAX(level, chs[i]->required_sec_level);
	}
	if (level > bt_conn_get_security(conn)) {
		return l2cap_coc_sec__wait(chs, count, level, -EACCES);
	}
	err = l2cap_coc__ask(chs, count);
	if (err == -ENOMEM) {
		l2cap_sig__refused(conn);
	}
	return err;
}

int l2cap_coc__connectable(struct bt_conn *conn, struct bt_l2cap_chan *chan, uint16_t psm,
			   uint16_t min)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);

	if (psm == 0 || psm > UINT8_MAX) {
		return -EINVAL;
	}
	if (ch->state != BT_L2CAP_DISCONNECTED) {
		return -EALREADY;
	}
	if (!conn__is_connected(conn)) {
		return -ENOTCONN;
	}
	return l2cap_coc__rx_prepare(ch, min);
}
