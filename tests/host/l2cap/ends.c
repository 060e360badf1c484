/* SPDX-License-Identifier: Apache-2.0 */
#include "ends.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

struct bt_l2cap_le_chan chans[CHANS];
struct bt_l2cap_server server;
struct ends ends;

static void once(void (**what)(void))
{
	void (*fn)(void) = *what;

	*what = NULL;
	if (fn != NULL) {
		fn();
	}
}

static void on_connected(struct bt_l2cap_chan *chan)
{
	ends.connects++;
	once(&ends.in_connected);
}

static void on_disconnected(struct bt_l2cap_chan *chan)
{
	assert_non_null(chan->conn);
	ends.disconnects++;
	once(&ends.in_disconnected);
}

static void on_released(struct bt_l2cap_chan *chan)
{
	assert_null(chan->conn);
	ends.releases++;
	once(&ends.in_released);
}

static void on_sent(struct bt_l2cap_chan *chan)
{
	ends.sents++;
}

static void on_status(struct bt_l2cap_chan *chan, atomic_t *status)
{
	ends.statuses++;
	ends.can_send = atomic_test_bit(status, BT_L2CAP_STATUS_OUT);
}

static void on_reconfigured(struct bt_l2cap_chan *chan)
{
	ends.reconfigs++;
	once(&ends.in_reconfigured);
}

static int on_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	ends.recvs++;
	ends.last_len = buf->len;
	ends.last = buf;
	once(&ends.in_recv);
	return ends.recv_result;
}

static void on_seg(struct bt_l2cap_chan *chan, size_t sdu_len, off_t offset,
		   struct net_buf_simple *seg)
{
	assert_true((size_t)offset + seg->len <= sdu_len);
	ends.segs++;
	once(&ends.in_seg);
}

const struct bt_l2cap_chan_ops end_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.released = on_released,
	.sent = on_sent,
	.status = on_status,
	.reconfigured = on_reconfigured,
	.recv = on_recv,
};

static struct net_buf *on_alloc_buf(struct bt_l2cap_chan *chan)
{
	ends.allocs++;
	return ends.alloc_buf != NULL ? ends.alloc_buf() : NULL;
}

static struct net_buf *on_alloc_seg(struct bt_l2cap_chan *chan)
{
	return ends.alloc_seg != NULL ? ends.alloc_seg() : NULL;
}

const struct bt_l2cap_chan_ops buf_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.released = on_released,
	.sent = on_sent,
	.reconfigured = on_reconfigured,
	.recv = on_recv,
	.alloc_buf = on_alloc_buf,
	.alloc_seg = on_alloc_seg,
};

const struct bt_l2cap_chan_ops seg_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.released = on_released,
	.sent = on_sent,
	.reconfigured = on_reconfigured,
	.seg_recv = on_seg,
};

static int on_accept(struct bt_conn *unused, struct bt_l2cap_server *from,
		     struct bt_l2cap_chan **chan)
{
	once(&ends.in_accept);
	if (ends.accept_err != 0) {
		return ends.accept_err;
	}
	if (ends.accepted == CHANS) {
		return -ENOMEM;
	}
	*chan = &chans[ends.accepted++].chan;
	return 0;
}

int ends_setup(void **state)
{
	bench_start(true);
	heard_start();
	memset(chans, 0, sizeof(chans));
	for (size_t i = 0; i < CHANS; i++) {
		chans[i].chan.ops = &end_ops;
		chans[i].rx.mtu = 100;
	}
	ends = (struct ends){0};
	server = (struct bt_l2cap_server){.psm = PSM, .accept = on_accept};
	assert_int_equal(0, bt_l2cap_server_register(&server));
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	return 0;
}

int ends_teardown(void **state)
{
	int err = bt_l2cap_server_unregister(&server);

	assert_true(err == 0 || err == -ENOENT);
	heard_forget();
	bench_stop();
	assert_int_equal(ends.disconnects, ends.releases);
	return 0;
}

void sent_forget(void)
{
	unsigned int sent = bench_packets();

	/* What leaves when these are completed is news. */
	bench_packets_forget();
	if (sent > 0) {
		bench_completed(HANDLE, (uint16_t)sent);
	}
	bench_run();
}

void answer_is(const void *bytes, size_t len)
{
	const struct bench_packet *packet;

	assert_int_not_equal(0, bench_packets());
	packet = bench_packet(bench_packets() - 1);
	assert_int_equal(L2CAP_CID_SIG, sys_get_le16(packet->payload + 2));
	assert_int_equal(4 + len, packet->len);
	assert_memory_equal(bytes, packet->payload + 4, len);
	sent_forget();
}

uint8_t asked(uint8_t code)
{
	const struct bench_packet *packet;
	uint8_t ident;

	assert_int_not_equal(0, bench_packets());
	packet = bench_packet(bench_packets() - 1);
	assert_int_equal(code, packet->payload[4]);
	ident = packet->payload[5];
	sent_forget();
	return ident;
}

void respond(uint8_t code, uint8_t ident, const void *params, uint8_t len)
{
	uint8_t command[4 + UINT8_MAX] = {code, ident, len, 0};

	memcpy(command + 4, params, len);
	arrive_on(L2CAP_CID_SIG, command, 4u + len);
}

void nothing_sent(void)
{
	assert_int_equal(0, bench_packets());
}

void open_le(void)
{
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x01\x0a\x00\x40\x00\x64\x00\x66\x00\x01\x00\x00\x00");
	assert_int_equal(1, ends.connects);
}

void open_two_enhanced(void)
{
	sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	sent_forget();
	assert_int_equal(2, ends.connects);
}

void closed_by_us(void)
{
	const struct bench_packet *packet = bench_packet(bench_packets() - 1);
	uint8_t response[8] = {0x07, packet->payload[5], 4, 0, 0x41, 0, 0x40, 0};

	assert_int_equal(0x06, packet->payload[4]);
	assert_memory_equal("\x04\x00\x41\x00\x40\x00", packet->payload + 6, 6);
	sent_forget();
	assert_int_equal(0, ends.disconnects);
	/* Whatever comes meanwhile is dropped: work on a channel that ends. */
	frame(0x40, "\x02\x00xx");
	sig("\x16\x09\x04\x00\x41\x00\x05\x00");
	nothing_sent();
	assert_int_equal(0, ends.recvs);
	arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	assert_int_equal(1, ends.disconnects);
	assert_int_equal(1, ends.releases);
	/* A second response is for nothing (esp-nimble#103). */
	arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	assert_int_equal(1, ends.disconnects);
}
