/* SPDX-License-Identifier: Apache-2.0 */

/*
 * L2CAP channels. A channel and its buffers are one block of MicroPython's heap, which the backend
 * keeps and uses again: the host points into it.
 *
 * Received SDUs stay here until Python has read them (-EINPROGRESS), and meanwhile the peer gets no
 * more credits. Of those that are sent, TX_SDUS may be on their way.
 */

#include <string.h>

#include "backend.h"

#define RX_SDUS 2
#define TX_SDUS 4

/* What disconnect says of an attempt that got no answer from the peer. */
#define STATUS_NO_ANSWER 0xff

struct backend_chan {
	struct backend_chan *next;
	struct bt_l2cap_le_chan le;
	bool used;      /* from connect or accept to released */
	bool up;        /* connected was raised */
	bool stalled;   /* _IRQ_L2CAP_SEND_READY is owed */
	uint16_t conn;  /* handle */
	sys_slist_t rx; /* SDUs to be read */
	uint8_t *rx_memory;
	uint32_t rx_size;
	uint8_t *tx_memory[TX_SDUS];
	uint32_t tx_size[TX_SDUS];
	struct net_buf_pool rx_pool, tx_pool;
	FAV_NET_BUF_STORAGE(rx_storage, RX_SDUS, 0, 0);
	FAV_NET_BUF_STORAGE(tx_storage, TX_SDUS, 0, 0);
};

struct backend_listener {
	struct backend_listener *next;
	struct bt_l2cap_server server;
	uint16_t mtu;
};

static struct backend_chan *of(struct bt_l2cap_chan *chan)
{
	return CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct backend_chan, le);
}

static void rx_clear(struct backend_chan *c)
{
	struct net_buf *buf;

	while ((buf = net_buf_slist_get(&c->rx)) != NULL) {
		net_buf_unref(buf);
	}
}

/* ---- Callbacks ---- */

static void connected(struct bt_l2cap_chan *chan)
{
	struct backend *b = backend_get();
	struct backend_chan *c = of(chan);

	c->used = true;
	c->up = true;
	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_on_l2cap_connect(c->conn, c->le.rx.cid, c->le.psm,
							       c->le.rx.mtu, c->le.tx.mtu));
	}
}

static void disconnected(struct bt_l2cap_chan *chan)
{
	struct backend *b = backend_get();
	struct backend_chan *c = of(chan);
	uint16_t status = 0;

	rx_clear(c);
	c->stalled = false;
	if (!c->up) {
		status = c->le.connect_err > 0 ? (uint16_t)c->le.connect_err : STATUS_NO_ANSWER;
	}
	c->up = false;
	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_on_l2cap_disconnect(c->conn, c->le.rx.cid, c->le.psm,
								  status));
	}
}

static void released(struct bt_l2cap_chan *chan)
{
	of(chan)->used = false;
}

static void sent(struct bt_l2cap_chan *chan)
{
	struct backend *b = backend_get();
	struct backend_chan *c = of(chan);

	/* Its buffer may be the transport's still. */
	if (b->on && c->stalled && fav_net_buf_pool_free(&c->tx_pool) > 0) {
		c->stalled = false;
		BACKEND_EVENT(b, mp_bluetooth_on_l2cap_send_ready(c->conn, c->le.rx.cid, 0));
	}
}

static struct net_buf *alloc_buf(struct bt_l2cap_chan *chan)
{
	struct backend_chan *c = of(chan);
	/* The data is set when it is known which buffer it is. */
	struct net_buf *buf = net_buf_alloc_with_data(&c->rx_pool, c->rx_memory, 0, K_NO_WAIT);

	if (buf != NULL) {
		net_buf_simple_init_with_data(
			&buf->b, c->rx_memory + net_buf_id(buf) * c->le.rx.mtu, c->le.rx.mtu);
		buf->len = 0;
	}
	return buf;
}

static int recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct backend *b = backend_get();
	struct backend_chan *c = of(chan);

	if (!b->on || buf->len == 0) {
		return 0;
	}
	net_buf_slist_put(&c->rx, buf);
	BACKEND_EVENT(b, mp_bluetooth_on_l2cap_recv(c->conn, c->le.rx.cid));
	return -EINPROGRESS;
}

static const struct bt_l2cap_chan_ops ops = {
	.connected = connected,
	.disconnected = disconnected,
	.released = released,
	.sent = sent,
	.alloc_buf = alloc_buf,
	.recv = recv,
};

/* ---- Channels ---- */

/* One that accept has given away is the host's before connected says so: a peer may ask for several
 * with one request. */
static bool is_idle(const struct backend_chan *c)
{
	return !c->used && c->le.state == BT_L2CAP_DISCONNECTED &&
	       fav_net_buf_pool_used(&c->rx_pool) == 0 && fav_net_buf_pool_used(&c->tx_pool) == 0;
}

static struct backend_chan *block_get(struct backend *b)
{
	struct backend_chan *c;
	int err;

	for (c = b->chans; c != NULL; c = c->next) {
		if (is_idle(c)) {
			return c;
		}
	}
	c = m_new_maybe(struct backend_chan, 1);
	if (c == NULL) {
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	err = fav_net_buf_pool_init(&c->rx_pool, c->rx_storage, sizeof(c->rx_storage), RX_SDUS, 0,
				    0, NULL);
	__ASSERT(err == 0, "pool of received SDUs: %d", err);
	err = fav_net_buf_pool_init(&c->tx_pool, c->tx_storage, sizeof(c->tx_storage), TX_SDUS, 0,
				    0, NULL);
	__ASSERT(err == 0, "pool of sent SDUs: %d", err);
	c->next = b->chans;
	b->chans = c;
	return c;
}

/* A channel to be connected; NULL: no memory. */
static struct backend_chan *chan_get(struct backend *b, uint16_t conn_handle, uint16_t mtu)
{
	struct backend_chan *c = block_get(b);
	uint32_t size = (uint32_t)RX_SDUS * mtu;
	uint32_t segments = DIV_ROUND_UP(mtu + BT_L2CAP_SDU_HDR_SIZE, BT_L2CAP_RX_MTU);

	if (c == NULL) {
		return NULL;
	}
	if (c->rx_size < size) {
		c->rx_memory = m_new_maybe(uint8_t, size);
		c->rx_size = c->rx_memory != NULL ? size : 0;
		if (c->rx_memory == NULL) {
			return NULL;
		}
	}
	memset(&c->le, 0, sizeof(c->le));
	c->le.chan.ops = &ops;
	c->le.rx.mtu = mtu;
	c->conn = conn_handle;
	c->up = false;
	c->stalled = false;
	sys_slist_init(&c->rx);
	(void)bt_l2cap_chan_give_credits(&c->le.chan, (uint16_t)(RX_SDUS * segments));
	c->used = true;
	return c;
}

/* The channel, as backend_for_call(); NULL also, with EINVAL: there is none of that name. */
static struct backend_chan *chan_for_call(uint16_t conn_handle, uint16_t cid, int *err)
{
	const struct backend *b = backend_for_call(err);
	struct backend_chan *c;

	if (b == NULL) {
		return NULL;
	}
	for (c = b->chans; c != NULL; c = c->next) {
		if (c->used && c->up && c->conn == conn_handle && c->le.rx.cid == cid) {
			return c;
		}
	}
	*err = MP_EINVAL;
	return NULL;
}

/* ---- Calls from Python ---- */

static int accept(struct bt_conn *conn, struct bt_l2cap_server *server, struct bt_l2cap_chan **chan)
{
	struct backend *b = backend_get();
	struct backend_listener *l = CONTAINER_OF(server, struct backend_listener, server);
	uint32_t session = b->session;
	uint16_t handle = bt_conn_index(conn);
	struct backend_chan *c;
	mp_int_t refused;

	if (!b->on) {
		return -ENOMEM;
	}
	BACKEND_EVENT(b, refused = mp_bluetooth_on_l2cap_accept(handle, server->asked_rx.cid,
								server->psm, l->mtu,
								server->asked_tx.mtu));
	if (refused != 0 || !backend_session(b, session)) {
		return -EACCES;
	}
	c = chan_get(b, handle, l->mtu);
	if (c == NULL) {
		return -ENOMEM;
	}
	/* Where the host refuses it yet, nobody releases it: connected says that it is used. */
	c->used = false;
	*chan = &c->le.chan;
	return 0;
}

int mp_bluetooth_l2cap_listen(uint16_t psm, uint16_t mtu)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);
	struct backend_listener *l;

	if (b == NULL) {
		return err;
	}
	l = m_new_maybe(struct backend_listener, 1);
	if (l == NULL) {
		return MP_ENOMEM;
	}
	*l = (struct backend_listener){
		.server = {.psm = psm, .accept = accept},
		.mtu = mtu,
	};
	err = psm == 0 ? -EINVAL : bt_l2cap_server_register(&l->server);
	if (err != 0) {
		return -err;
	}
	l->next = b->listeners;
	b->listeners = l;
	return 0;
}

int mp_bluetooth_l2cap_connect(uint16_t conn_handle, uint16_t psm, uint16_t mtu)
{
	int err = 0;
	struct bt_conn *conn = backend_conn_for_call(conn_handle, &err);
	struct backend_chan *c;

	if (conn == NULL) {
		return err;
	}
	c = chan_get(backend_get(), conn_handle, mtu);
	if (c == NULL) {
		return MP_ENOMEM;
	}
	err = bt_l2cap_chan_connect(conn, &c->le.chan, psm);
	if (err != 0) {
		c->used = false;
	}
	return -err;
}

int mp_bluetooth_l2cap_disconnect(uint16_t conn_handle, uint16_t cid)
{
	int err = 0;
	struct backend_chan *c = chan_for_call(conn_handle, cid, &err);

	return c == NULL ? err : -bt_l2cap_chan_disconnect(&c->le.chan);
}

/* A buffer with a copy of the SDU; NULL: no memory. The caller has seen that one is free. */
static struct net_buf *sdu_make(struct backend_chan *c, const uint8_t *data, size_t len)
{
	size_t size = BT_L2CAP_SDU_BUF_SIZE(len);
	struct net_buf *buf = net_buf_alloc_with_data(&c->tx_pool, c, 0, K_NO_WAIT);
	int id;

	if (buf == NULL) {
		return NULL;
	}
	id = net_buf_id(buf);
	if (c->tx_size[id] < size) {
		c->tx_memory[id] = m_new_maybe(uint8_t, size);
		c->tx_size[id] = c->tx_memory[id] != NULL ? size : 0;
	}
	if (c->tx_memory[id] == NULL) {
		net_buf_unref(buf);
		return NULL;
	}
	net_buf_simple_init_with_data(&buf->b, c->tx_memory[id], size);
	buf->len = 0;
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, data, len);
	return buf;
}

int mp_bluetooth_l2cap_send(uint16_t conn_handle, uint16_t cid, const uint8_t *buf, size_t len,
			    bool *stalled)
{
	int err = 0;
	struct backend_chan *c = chan_for_call(conn_handle, cid, &err);
	struct net_buf *sdu;

	if (c == NULL) {
		return err;
	}
	if (len > c->le.tx.mtu || BT_L2CAP_SDU_BUF_SIZE(len) > UINT16_MAX) {
		return MP_EINVAL;
	}
	if (fav_net_buf_pool_free(&c->tx_pool) == 0) {
		c->stalled = true;
		return MP_EBUSY;
	}
	sdu = sdu_make(c, buf, len);
	if (sdu == NULL) {
		return MP_ENOMEM;
	}
	err = bt_l2cap_chan_send(&c->le.chan, sdu);
	if (err != 0) {
		net_buf_unref(sdu);
		return -err;
	}
	c->stalled = fav_net_buf_pool_free(&c->tx_pool) == 0;
	*stalled = c->stalled;
	return 0;
}

int mp_bluetooth_l2cap_recvinto(uint16_t conn_handle, uint16_t cid, uint8_t *buf, size_t *len)
{
	int err = 0;
	struct backend_chan *c = chan_for_call(conn_handle, cid, &err);
	struct net_buf *sdu;

	if (c == NULL) {
		return err;
	}
	sdu = SYS_SLIST_PEEK_HEAD_CONTAINER(&c->rx, sdu, node);
	if (sdu == NULL || buf == NULL) {
		*len = sdu == NULL ? 0 : sdu->len;
		return 0;
	}
	*len = MIN(*len, sdu->len);
	memcpy(buf, net_buf_pull_mem(sdu, *len), *len);
	if (sdu->len == 0) {
		net_buf_slist_get(&c->rx);
		(void)bt_l2cap_chan_recv_complete(&c->le.chan, sdu);
	}
	return 0;
}

void backend_l2cap_stop(struct backend *b)
{
	for (; b->listeners != NULL; b->listeners = b->listeners->next) {
		(void)bt_l2cap_server_unregister(&b->listeners->server);
	}
}
