/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include <errno.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>

#include "world.h"

#define QUEUED 4 /* values of each flow on their way from its application */
#define PSM    0x80
#define SDU    512

/* One way of a link. */
struct flow {
	unsigned int queued;
	struct bt_l2cap_le_chan chan; /* the sender's end */
};

static struct {
	const struct traffic_kind *kind;
	unsigned int links;
	uint16_t mtu;
	bool on;
	struct flow flows[TRAFFIC_LINKS][2]; /* [1]: from the central */
	struct bt_conn *central[TRAFFIC_LINKS];
	struct bt_gatt_subscribe_params params[TRAFFIC_LINKS];
	struct bt_l2cap_server servers[TRAFFIC_LINKS];
	bool listening[TRAFFIC_LINKS];
	uint8_t value[SDU];
} traffic;

uint64_t traffic_received[TRAFFIC_LINKS];

NET_BUF_POOL_FIXED_DEFINE(sdus, TRAFFIC_LINKS * 2 * (QUEUED + 1), BT_L2CAP_SDU_BUF_SIZE(SDU), 0,
			  NULL);

static void fill(unsigned int i, bool from_central)
{
	struct flow *flow = &traffic.flows[i][from_central];

	while (traffic.on && flow->queued < QUEUED) {
		int err = traffic.kind->send(i, from_central);

		if (err != 0) {
			/* A link that was lost counts as one that starves. */
			NEED(err == -ENOMEM || err == -EAGAIN || err == -ENOTCONN);
			return;
		}
		flow->queued++;
	}
}

static void one_sent(unsigned int i, bool from_central)
{
	traffic.flows[i][from_central].queued--;
	fill(i, from_central);
}

/* Each value begins with its link. */
static void on_received(size_t device, const void *data, uint16_t len)
{
	traffic_received[((const uint8_t *)data)[0]] += len;
}

static void on_ready(struct bt_conn *conn)
{
	size_t device = world_current();

	if (device > 0) {
		if (device <= traffic.links && traffic.kind->from_peripheral) {
			fill((unsigned int)device - 1, false);
		}
		return;
	}
	for (unsigned int i = 0; i < traffic.links && traffic.kind->from_central; i++) {
		if (traffic.central[i] == conn) {
			fill(i, true);
		}
	}
}

static uint16_t value_len(void)
{
	return traffic.mtu - traffic.kind->overhead;
}

/* ---- ATT ---- */

static void sent(struct bt_conn *conn, void *user_data)
{
	one_sent((unsigned int)(uintptr_t)user_data, traffic.kind->from_central);
}

static void open_notify(unsigned int i)
{
	world_subscribe(traffic.central[i], 0, &traffic.params[i]);
}

static int send_notify(unsigned int i, bool from_central)
{
	struct bt_gatt_notify_params params = {
		.attr = world_value_attr(1 + i),
		.data = traffic.value,
		.len = value_len(),
		.func = sent,
		.user_data = (void *)(uintptr_t)i,
	};

	traffic.value[0] = (uint8_t)i;
	world_on(1 + i);
	return bt_gatt_notify_cb(world.dev[1 + i].conn, &params);
}

static void open_write(unsigned int i)
{
}

static int send_write(unsigned int i, bool from_central)
{
	traffic.value[0] = (uint8_t)i;
	world_on(0);
	return bt_gatt_write_without_response_cb(traffic.central[i], world_value_handle(),
						 traffic.value, value_len(), false, sent,
						 (void *)(uintptr_t)i);
}

/* ---- L2CAP: SDUs of one segment each ---- */

static struct flow *flow_of(struct bt_l2cap_chan *chan, unsigned int *i, bool *from_central)
{
	size_t n = (size_t)(CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct flow, chan) -
			    &traffic.flows[0][0]);

	*i = (unsigned int)(n / 2);
	*from_central = n % 2;
	return &traffic.flows[n / 2][n % 2];
}

static void on_chan_sent(struct bt_l2cap_chan *chan)
{
	unsigned int i;
	bool from_central;

	(void)flow_of(chan, &i, &from_central);
	one_sent(i, from_central);
}

static int on_chan_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	on_received(world_current(), buf->data, buf->len);
	return 0;
}

static const struct bt_l2cap_chan_ops chan_ops = {.sent = on_chan_sent, .recv = on_chan_recv};

static struct bt_l2cap_chan *chan_of(unsigned int i, bool central)
{
	struct bt_l2cap_le_chan *chan = &traffic.flows[i][central].chan;

	chan->chan.ops = &chan_ops;
	chan->rx.mtu = MAX(value_len(), BT_L2CAP_LE_MIN_MTU);
	return &chan->chan;
}

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	*chan = chan_of((unsigned int)(server - traffic.servers), false);
	return 0;
}

static void open_chan(unsigned int i)
{
	struct bt_l2cap_le_chan *near = BT_L2CAP_LE_CHAN(chan_of(i, true));
	uint64_t end_us = world_now_us() + 20000000;

	traffic.servers[i] = (struct bt_l2cap_server){.psm = PSM, .accept = on_accept};
	world_on(1 + i);
	NEED(bt_l2cap_server_register(&traffic.servers[i]) == 0);
	traffic.listening[i] = true;
	world_on(0);
	NEED(bt_l2cap_chan_connect(traffic.central[i], &near->chan, PSM) == 0);
	while (near->state != BT_L2CAP_CONNECTED) {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_MSEC(10));
	}
}

static int send_chan(unsigned int i, bool from_central)
{
	struct net_buf *buf = net_buf_alloc(&sdus, K_NO_WAIT);
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	traffic.value[0] = (uint8_t)i;
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, traffic.value, value_len());
	world_on(from_central ? 0 : 1 + i);
	err = bt_l2cap_chan_send(&traffic.flows[i][from_central].chan.chan, buf);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

const struct traffic_kind traffic_kinds[4] = {
	{"notify", false, true, open_notify, send_notify, 3},
	{"write", true, false, open_write, send_write, 3},
	{"l2cap", true, false, open_chan, send_chan, 2},
	{"l2cap both ways", true, true, open_chan, send_chan, 2},
};

/* ---- All ---- */

static void find_links(void)
{
	struct bt_conn *conn;

	for (unsigned int i = 0; i < traffic.links; i++) {
		world_on(0);
		conn = bt_conn_lookup_addr_le(BT_ID_DEFAULT, &world.dev[1 + i].addr);
		NEED(conn != NULL);
		traffic.central[i] = conn;
		bt_conn_unref(conn); /* the host's, as long as the link lasts */
	}
}

void traffic_begin(const struct traffic_kind *kind, unsigned int links, uint16_t mtu)
{
	memset(&traffic, 0, sizeof(traffic));
	memset(traffic_received, 0, sizeof(traffic_received));
	traffic.kind = kind;
	traffic.links = links;
	traffic.mtu = mtu;
	find_links();
	for (unsigned int i = 0; i < links; i++) {
		kind->open(i);
	}
	world.received = on_received;
	world.tx_ready = on_ready;
	traffic.on = true;
	for (unsigned int i = 0; i < links; i++) {
		if (kind->from_peripheral) {
			fill(i, false);
		}
		if (kind->from_central) {
			fill(i, true);
		}
	}
}

void traffic_end(void)
{
	traffic.on = false;
	world.received = NULL;
	world.tx_ready = NULL;
	for (unsigned int i = 0; i < traffic.links; i++) {
		if (traffic.listening[i]) {
			world_on(1 + i);
			NEED(bt_l2cap_server_unregister(&traffic.servers[i]) == 0);
		}
	}
}
