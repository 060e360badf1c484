/* SPDX-License-Identifier: Apache-2.0 */

/*
 * L2CAP channels. They are named by a number from 0, in the order in which they are asked for. What
 * is sent counts up from a byte, and what is received is checked for doing so:
 *
 *     sdu CHANNEL LENGTH FIRST good|spoilt
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/util.h>

#include "device.h"

#define CHANNELS 8
#define SDU_MAX  4096

NET_BUF_POOL_FIXED_DEFINE(tx_pool, 64, BT_L2CAP_SDU_BUF_SIZE(SDU_MAX), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(rx_pool, 16, SDU_MAX, 0, NULL);

static struct channel {
	struct bt_l2cap_le_chan le;
	bool used;
	struct net_buf *held;
} channels[CHANNELS];

/* For channels that are made from now on. */
static struct {
	uint16_t mtu, credits;
	bool holds; /* each SDU, until "release" */
} settings = {.mtu = 1024};

static unsigned int index_of(struct bt_l2cap_chan *chan)
{
	return CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct channel, le) - channels;
}

static void on_open(struct bt_l2cap_chan *chan)
{
	const struct bt_l2cap_le_chan *le = BT_L2CAP_LE_CHAN(chan);

	printf("channel-open %u %u %u %u %u\n", index_of(chan), le->psm, le->tx.mtu, le->rx.mtu,
	       le->ecred);
}

static void on_closed(struct bt_l2cap_chan *chan)
{
	printf("channel-closed %u %d\n", index_of(chan), BT_L2CAP_LE_CHAN(chan)->connect_err);
}

static void on_released(struct bt_l2cap_chan *chan)
{
	channels[index_of(chan)].used = false;
}

static void on_sent(struct bt_l2cap_chan *chan)
{
	printf("sdu-sent %u\n", index_of(chan));
}

static struct net_buf *on_alloc(struct bt_l2cap_chan *chan)
{
	return net_buf_alloc(&rx_pool, K_NO_WAIT);
}

static int on_sdu(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct channel *channel = &channels[index_of(chan)];
	bool good = true;

	for (size_t i = 0; i < buf->len; i++) {
		good = good && buf->data[i] == (uint8_t)(buf->data[0] + i);
	}
	printf("sdu %u %u %u %s\n", index_of(chan), buf->len, buf->len ? buf->data[0] : 0,
	       good ? "good" : "spoilt");
	if (settings.holds && channel->held == NULL) {
		channel->held = buf;
		return -EINPROGRESS;
	}
	return 0;
}

static void on_reconfigured(struct bt_l2cap_chan *chan)
{
	const struct bt_l2cap_le_chan *le = BT_L2CAP_LE_CHAN(chan);

	printf("channel-sizes %u %u %u\n", index_of(chan), le->tx.mtu, le->rx.mtu);
}

static const struct bt_l2cap_chan_ops ops = {
	.connected = on_open,
	.disconnected = on_closed,
	.released = on_released,
	.sent = on_sent,
	.alloc_buf = on_alloc,
	.recv = on_sdu,
	.reconfigured = on_reconfigured,
};

static struct channel *new_channel(void)
{
	for (size_t i = 0; i < CHANNELS; i++) {
		struct channel *channel = &channels[i];

		if (!channel->used) {
			*channel = (struct channel){
				.used = true, .le = {.chan.ops = &ops, .rx.mtu = settings.mtu}};
			if (settings.credits != 0) {
				(void)bt_l2cap_chan_give_credits(&channel->le.chan,
								 settings.credits);
			}
			return channel;
		}
	}
	return NULL;
}

/* channel-settings MTU CREDITS [hold]; 0 credits: the library's own */
static int do_settings(const struct words *w)
{
	settings.mtu = number(w, 1);
	settings.credits = number(w, 2);
	settings.holds = is(w, 3, "hold");
	return 0;
}

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	struct channel *channel = new_channel();

	if (channel == NULL) {
		return -ENOMEM;
	}
	*chan = &channel->le.chan;
	return 0;
}

/* listen PSM [LEVEL] */
static int do_listen(const struct words *w)
{
	static struct bt_l2cap_server servers[2];
	static size_t count;
	struct bt_l2cap_server *server;

	if (count == ARRAY_SIZE(servers)) {
		return -ENOMEM;
	}
	server = &servers[count++];
	*server = (struct bt_l2cap_server){
		.psm = number(w, 1), .sec_level = number(w, 2), .accept = on_accept};
	return bt_l2cap_server_register(server);
}

/* channel CONN PSM */
static int do_channel(const struct words *w, struct bt_conn *conn)
{
	struct channel *channel = new_channel();
	int err;

	if (channel == NULL) {
		return -ENOMEM;
	}
	err = bt_l2cap_chan_connect(conn, &channel->le.chan, number(w, 2));
	channel->used = err == 0;
	return err;
}

/* channels CONN PSM COUNT: enhanced ones, at once */
static int do_channels(const struct words *w, struct bt_conn *conn)
{
	struct bt_l2cap_chan *asked[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {NULL};
	int err;

	for (unsigned int i = 0; i < MIN(number(w, 3), ARRAY_SIZE(asked)); i++) {
		asked[i] = &new_channel()->le.chan;
	}
	err = bt_l2cap_ecred_chan_connect(conn, asked, number(w, 2));
	for (size_t i = 0; i < ARRAY_SIZE(asked) && asked[i] != NULL; i++) {
		channels[index_of(asked[i])].used = err == 0;
	}
	return err;
}

static struct channel *channel_of(const struct words *w)
{
	return &channels[number(w, 1) % CHANNELS];
}

/* send CHANNEL LENGTH FIRST */
static int do_send(const struct words *w)
{
	struct net_buf *buf = net_buf_alloc(&tx_pool, K_NO_WAIT);
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	for (unsigned int i = 0; i < MIN(number(w, 2), SDU_MAX); i++) {
		net_buf_add_u8(buf, number(w, 3) + i);
	}
	err = bt_l2cap_chan_send(&channel_of(w)->le.chan, buf);
	if (err < 0) {
		net_buf_unref(buf);
	}
	return err;
}

/* release CHANNEL: what was held */
static int do_release(const struct words *w)
{
	struct channel *channel = channel_of(w);
	struct net_buf *held = channel->held;

	settings.holds = false;
	channel->held = NULL;
	return bt_l2cap_chan_recv_complete(&channel->le.chan, held);
}

/* close CHANNEL */
static int do_close(const struct words *w)
{
	return bt_l2cap_chan_disconnect(&channel_of(w)->le.chan);
}

/* reconfigure CHANNEL MTU */
static int do_reconfigure(const struct words *w)
{
	struct bt_l2cap_chan *chans[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&channel_of(w)->le.chan};

	return bt_l2cap_ecred_chan_reconfigure(chans, number(w, 2));
}

const struct command l2cap_commands[] = {
	{"channel-settings", do_settings},
	{"listen", do_listen},
	{"send", do_send},
	{"release", do_release},
	{"close", do_close},
	{"reconfigure", do_reconfigure},
	{NULL, NULL},
};

const struct link_command l2cap_link_commands[] = {
	{"channel", do_channel},
	{"channels", do_channels},
	{NULL, NULL},
};
