/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The other side of bumble-bench: its service, and a server of channels, whose packets are
 *
 *     type (1)  flags (1)  sequence (4)  timestamp (4)  payload
 *
 * of which those of type SEQUENCE are counted and acknowledged: each one, or the last alone. In a
 * channel, each has its length before it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "device.h"

#define PACKET_MAX  2048
#define HEADER_LEN  10
#define ACK_LEN     6
#define LENGTH_SIZE 2

enum packet_type {
	RESET,
	SEQUENCE,
	ACK,
};
#define FLAG_LAST BIT(0)

#define SERVICE \
	BT_UUID_DECLARE_128(BT_UUID_128_ENCODE(0x50db505c, 0x8ac4, 0x4738, 0x8448, 0x3b1d9cc09cc5))
#define TX \
	BT_UUID_DECLARE_128(BT_UUID_128_ENCODE(0xe789c754, 0x41a1, 0x45f4, 0xa948, 0xa0a1a90dba53))
#define RX \
	BT_UUID_DECLARE_128(BT_UUID_128_ENCODE(0x016a2cc7, 0xe14b, 0x4819, 0x935f, 0x1f56eae4098d))

static struct {
	bool each;
	unsigned int count;
} bench;

/* Bytes of the acknowledgement that is due; 0: none. */
static size_t take(const uint8_t *packet, size_t len, uint8_t ack[ACK_LEN])
{
	bool last;

	if (len < HEADER_LEN || packet[0] != SEQUENCE) {
		bench.count = 0;
		return 0;
	}
	if (sys_get_le32(&packet[2]) != bench.count) {
		printf("bench-lost %u\n", bench.count);
	}
	bench.count++;
	last = (packet[1] & FLAG_LAST) != 0;
	if (last) {
		printf("bench-done %u\n", bench.count);
	}
	if (!bench.each && !last) {
		return 0;
	}
	ack[0] = ACK;
	memcpy(&ack[1], &packet[1], ACK_LEN - 1);
	return ACK_LEN;
}

/* ---- By GATT ---- */

static ssize_t on_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			uint16_t len, uint16_t offset, uint8_t flags)
{
	uint8_t ack[ACK_LEN];
	size_t ack_len = take(buf, len, ack);

	/* The characteristic to notify comes two attributes after the one that is written. */
	if (ack_len != 0 && bt_gatt_notify(conn, attr + 2, ack, ack_len) < 0) {
		return BT_GATT_ERR(BT_ATT_ERR_INSUFFICIENT_RESOURCES);
	}
	return len;
}

BT_GATT_SERVICE_DEFINE(speed, BT_GATT_PRIMARY_SERVICE(SERVICE),
		       BT_GATT_CHARACTERISTIC(TX,
					      BT_GATT_CHRC_WRITE | BT_GATT_CHRC_WRITE_WITHOUT_RESP,
					      BT_GATT_PERM_WRITE, NULL, on_write, NULL),
		       BT_GATT_CHARACTERISTIC(RX, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL,
					      NULL, NULL),
		       BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE), );

/* ---- By a channel ---- */

NET_BUF_POOL_FIXED_DEFINE(ack_pool, 64, BT_L2CAP_SDU_BUF_SIZE(LENGTH_SIZE + ACK_LEN), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(packet_pool, 8, PACKET_MAX, 0, NULL);

static struct stream {
	struct bt_l2cap_le_chan le;
	uint8_t packet[LENGTH_SIZE + PACKET_MAX];
	size_t len;
} stream;

static int acknowledge(const uint8_t *ack, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&ack_pool, K_NO_WAIT);
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_be16(buf, len);
	net_buf_add_mem(buf, ack, len);
	err = bt_l2cap_chan_send(&stream.le.chan, buf);
	if (err < 0) {
		net_buf_unref(buf);
	}
	return err;
}

/* Packets end where they end, not where SDUs do. */
static int take_byte(uint8_t byte)
{
	uint8_t ack[ACK_LEN];
	size_t ack_len;

	if (stream.len == sizeof(stream.packet)) {
		return -EMSGSIZE;
	}
	stream.packet[stream.len++] = byte;
	if (stream.len < LENGTH_SIZE ||
	    stream.len < LENGTH_SIZE + (size_t)sys_get_be16(stream.packet)) {
		return 0;
	}
	ack_len = take(stream.packet + LENGTH_SIZE, stream.len - LENGTH_SIZE, ack);
	stream.len = 0;
	return ack_len != 0 ? acknowledge(ack, ack_len) : 0;
}

static int on_sdu(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	int err = 0;

	for (size_t i = 0; i < buf->len && err == 0; i++) {
		err = take_byte(buf->data[i]);
	}
	return err;
}

static struct net_buf *on_alloc(struct bt_l2cap_chan *chan)
{
	return net_buf_alloc(&packet_pool, K_NO_WAIT);
}

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	static const struct bt_l2cap_chan_ops ops = {.recv = on_sdu, .alloc_buf = on_alloc};

	if (stream.le.chan.conn != NULL) {
		return -ENOMEM;
	}
	stream = (struct stream){.le = {.chan.ops = &ops, .rx.mtu = PACKET_MAX}};
	*chan = &stream.le.chan;
	return 0;
}

/* bench each|last PSM: which packets to acknowledge, where to listen. */
static int do_bench(const struct words *w)
{
	static struct bt_l2cap_server server = {.accept = on_accept};

	bench.each = is(w, 1, "each");
	server.psm = number(w, 2);
	return bt_l2cap_server_register(&server);
}

const struct command bench_commands[] = {
	{"bench", do_bench},
	{NULL, NULL},
};
