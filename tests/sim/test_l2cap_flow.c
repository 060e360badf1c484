/* SPDX-License-Identifier: Apache-2.0 */
/* Credits of L2CAP channels between hosts over the air: what keeps a link busy, and what a channel
 * that nobody reads may cost the others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/sys/byteorder.h>

#include "client.h"
#include "peers.h"
#include "sim.h"

#define LINKS  4
#define QUEUED 4
#define SDU    245 /* With its length it fills a packet of 251 bytes. */
#define KEPT   128

static struct sim sim;

/* One end of a channel; sends all the time while it streams. */
struct end {
	struct bt_l2cap_le_chan le;
	size_t device;
	bool streams;
	uint16_t sent_number, queued; /* SDUs: the next one's number; on their way */
	uint32_t connects, disconnects, recvs, wrong;
	bool reads; /* false: no buffers, or keeps what it gets */
	struct net_buf *kept[KEPT];
	uint32_t kept_count;
};

/* Of each link two channels: [0] to be slow, [1] beside it. */
static struct end central[LINKS][2], peripheral[LINKS][2];
static struct bt_l2cap_server servers[LINKS];
static size_t accepted[LINKS];
static struct bt_conn *conns[LINKS];

NET_BUF_POOL_FIXED_DEFINE(tx_pool, 4 * LINKS * QUEUED, BT_L2CAP_SDU_BUF_SIZE(SDU), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(rx_pool, 1, SDU, 0, NULL);

static struct end *end_of(struct bt_l2cap_chan *chan)
{
	return CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct end, le);
}

/* ---- Sending ---- */

static void pump(struct end *end)
{
	size_t before = sim_current(&sim);

	sim_on(&sim, end->device);
	while (end->streams && end->queued < QUEUED && end->le.state == BT_L2CAP_CONNECTED) {
		struct net_buf *buf = net_buf_alloc(&tx_pool, K_NO_WAIT);

		if (buf == NULL) {
			break; /* An injected fault. */
		}
		net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
		net_buf_add_le16(buf, end->sent_number);
		memset(net_buf_add(buf, SDU - 2), (uint8_t)end->sent_number, SDU - 2);
		assert_int_equal(bt_l2cap_chan_send(&end->le.chan, buf), 0);
		end->sent_number++;
		end->queued++;
	}
	sim_on(&sim, before);
}

static void on_sent(struct bt_l2cap_chan *chan)
{
	end_of(chan)->queued--;
	pump(end_of(chan));
}

static void stream(struct end *end, bool on)
{
	end->streams = on;
	pump(end);
}

/* ---- Receiving ---- */

static void on_connected(struct bt_l2cap_chan *chan)
{
	end_of(chan)->connects++;
}

static void on_disconnected(struct bt_l2cap_chan *chan)
{
	end_of(chan)->disconnects++;
}

static int on_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct end *end = end_of(chan);

	end->wrong += buf->len != SDU || sys_get_le16(buf->data) != (uint16_t)end->recvs ||
		      buf->data[2] != (uint8_t)end->recvs ||
		      buf->data[SDU - 1] != (uint8_t)end->recvs;
	end->recvs++;
	if (!end->reads) {
		assert_true(end->kept_count < KEPT);
		end->kept[end->kept_count++] = buf;
		return -EINPROGRESS;
	}
	return 0;
}

static struct net_buf *on_alloc(struct bt_l2cap_chan *chan)
{
	return end_of(chan)->reads ? net_buf_alloc(&rx_pool, K_NO_WAIT) : NULL;
}

/* SDUs as they came, and in buffers of the application's. */
static const struct bt_l2cap_chan_ops plain_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.sent = on_sent,
	.recv = on_recv,
};
static const struct bt_l2cap_chan_ops buffer_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.sent = on_sent,
	.recv = on_recv,
	.alloc_buf = on_alloc,
};

static void complete_kept(struct end *end)
{
	sim_on(&sim, end->device);
	while (end->kept_count > 0) {
		struct net_buf *buf = end->kept[--end->kept_count];

		assert_int_equal(bt_l2cap_chan_recv_complete(&end->le.chan, buf), 0);
	}
}

/* ---- Links ---- */

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	size_t i = (size_t)(server - servers);

	*chan = &peripheral[i][accepted[i]++].le.chan;
	return 0;
}

static void ends_are(size_t links, const struct bt_l2cap_chan_ops *ops)
{
	memset(central, 0, sizeof(central));
	memset(peripheral, 0, sizeof(peripheral));
	memset(accepted, 0, sizeof(accepted));
	for (size_t i = 0; i < links; i++) {
		for (size_t n = 0; n < 2; n++) {
			central[i][n] = (struct end){.reads = true};
			peripheral[i][n] = (struct end){.device = 1 + i, .reads = true};
			central[i][n].le.chan.ops = peripheral[i][n].le.chan.ops = ops;
			central[i][n].le.rx.mtu = peripheral[i][n].le.rx.mtu = SDU;
		}
	}
}

/* Device 0 with so many others, and two channels to each. */
static void begin(size_t links, uint16_t interval_1250us, const struct bt_l2cap_chan_ops *ops)
{
	ends_are(links, ops);
	sim_begin(&sim, 1 + links);
	peers_begin(&sim);
	for (size_t i = 0; i < links; i++) {
		peers_link(&sim, 0, 1 + i, interval_1250us);
		conns[i] = peers[0].conn;
	}
	sim_run_ms(10 * interval_1250us * 2);
	for (size_t i = 0; i < links; i++) {
		servers[i] = (struct bt_l2cap_server){.accept = on_accept};
		sim_on(&sim, 1 + i);
		assert_int_equal(bt_l2cap_server_register(&servers[i]), 0);
		sim_on(&sim, 0);
		for (size_t n = 0; n < 2; n++) {
			assert_int_equal(bt_l2cap_chan_connect(conns[i], &central[i][n].le.chan,
							       servers[i].psm),
					 0);
			assert_true(sim_until_count(&central[i][n].connects, 1, 20000));
		}
	}
}

static void end(size_t links)
{
	for (size_t i = 0; i < links; i++) {
		stream(&central[i][0], false);
		stream(&central[i][1], false);
		stream(&peripheral[i][0], false);
		stream(&peripheral[i][1], false);
	}
	for (size_t i = 0; i < links; i++) {
		if (peers[1 + i].conn != NULL) {
			peers_unlink(&sim, 1 + i, 0);
		}
		sim_on(&sim, 1 + i);
		assert_int_equal(bt_l2cap_server_unregister(&servers[i]), 0);
	}
	peers_end(&sim);
	sim_end(&sim);
	assert_int_equal(fav_net_buf_pool_used(&tx_pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&rx_pool), 0);
}

/* ---- Tests ---- */

/* Credits that wait behind a full queue come when the peer has none left, and an event in which
 * both sides wait for them ends: links that shared the radio at long intervals carried a quarter.
 */
static void links_full_both_ways_never_fall_silent(void **state)
{
	uint32_t received = 0;

	begin(LINKS, 320, &plain_ops);
	for (size_t i = 0; i < LINKS; i++) {
		stream(&central[i][0], true);
		stream(&peripheral[i][0], true);
	}
	sim_run_ms(4000);
	for (size_t i = 0; i < LINKS; i++) {
		received -= central[i][0].recvs + peripheral[i][0].recvs;
	}
	sim_run_ms(8000);
	for (size_t i = 0; i < LINKS; i++) {
		received += central[i][0].recvs + peripheral[i][0].recvs;
		assert_int_equal(central[i][0].wrong + peripheral[i][0].wrong, 0);
	}
	/* 2120 us and T_IFS each: nine tenths of what goes through in 8 s. */
	assert_true(received > 8000000 / (2120 + 150) * 9 / 10);
	end(LINKS);
}

/* Sends until nothing of it is on its way, and is not read. */
static void fill(struct end *from)
{
	uint16_t before;

	do {
		before = from->sent_number;
		sim_run_ms(1000);
	} while (from->sent_number != before);
}

static void beside_goes_on(void)
{
	uint32_t before = peripheral[0][1].recvs;
	struct client_result result;
	struct client_found gap;

	sim_on(&sim, 0);
	assert_true(client_discover(conns[0], BT_UUID_GAP, &gap));
	client_read(conns[0], gap.value[0], &result);
	assert_int_equal(result.err, 0);
	stream(&central[0][1], true);
	assert_true(sim_until_count(&peripheral[0][1].recvs, before + 200, 20000));
	stream(&central[0][1], false);
}

/* A channel that took what came lets the peer run far ahead. When it stops, the rest of the link
 * must not. */
static void a_channel_that_nobody_reads_holds_up_nobody(const struct bt_l2cap_chan_ops *ops)
{
	struct end *from, *to;

	begin(1, 24, ops);
	from = &central[0][0];
	to = &peripheral[0][0];
	for (int round = 0; round < 3; round++) {
		stream(from, true);
		assert_true(sim_until_count(&to->recvs, to->recvs + 1000, 60000));
		to->reads = false;
		fill(from);
		beside_goes_on();
		to->reads = true;
		complete_kept(to);
		assert_true(sim_until_count(&to->recvs, to->recvs + 300, 60000));
		stream(from, false);
	}
	assert_int_equal(to->wrong + peripheral[0][1].wrong, 0);
	assert_int_equal(to->disconnects, 0);
	sim_run_ms(2000);
	assert_int_equal(to->recvs, from->sent_number);
	end(1);
}

static void a_channel_without_buffers_holds_up_nobody(void **state)
{
	a_channel_that_nobody_reads_holds_up_nobody(&buffer_ops);
}

static void a_channel_that_keeps_its_sdus_holds_up_nobody(void **state)
{
	a_channel_that_nobody_reads_holds_up_nobody(&plain_ops);
}

/* SDUs that can be sent to somebody who takes none. */
static uint32_t ahead(struct end *from, struct end *to)
{
	uint32_t before = to->recvs + (uint32_t)from->le.tx.credits, most;

	to->reads = false;
	fill(from);
	most = from->sent_number - from->queued;
	assert_true(before > 0 && most > 0);
	return most - to->recvs;
}

static void the_window_follows_the_application(void **state)
{
	struct end *from, *to;
	uint32_t window;

	begin(1, 24, &buffer_ops);
	from = &central[0][0];
	to = &peripheral[0][0];
	stream(from, true);
	assert_true(sim_until_count(&to->recvs, 1000, 60000));
	window = ahead(from, to);
	assert_in_range(window, CONFIG_FAV_BT_L2CAP_WINDOW / 4, CONFIG_FAV_BT_L2CAP_WINDOW);
	/* One stop halves it. */
	to->reads = true;
	assert_true(sim_until_count(&to->recvs, to->recvs + 200, 60000));
	window = ahead(from, to);
	assert_in_range(window, 1, CONFIG_FAV_BT_L2CAP_WINDOW / 2 + 5);
	/* Many, to one SDU, but not for good. */
	for (int i = 0; i < 8; i++) {
		to->reads = true;
		assert_true(sim_until_count(&to->recvs, to->recvs + 1, 60000));
		window = ahead(from, to);
	}
	assert_in_range(window, 1, 4);
	to->reads = true;
	assert_true(sim_until_count(&to->recvs, to->recvs + 2000, 300000));
	assert_true(ahead(from, to) > 20);
	assert_int_equal(to->wrong, 0);
	end(1);
}

/* Whichever allocation fails while a channel is not read: it goes on whole, or is closed, and
 * nothing is left. Returns how often it was closed. */
static uint32_t run_out_while_nobody_reads(const struct bt_l2cap_chan_ops *ops)
{
	uint32_t closed = 0;

	for (uint32_t n = 1; n < 240; n++) {
		struct end *from, *to;

		begin(1, 24, ops);
		from = &central[0][0];
		to = &peripheral[0][0];
		stream(from, true);
		assert_true(sim_until_count(&to->recvs, 500, 60000));
		to->reads = false;
		fav_fault_alloc_at(n);
		fill(from);
		fav_fault_alloc_at(0);
		to->reads = true;
		complete_kept(to);
		sim_run_ms(1000);
		assert_int_equal(to->wrong, 0);
		assert_true(to->disconnects == 1 || to->recvs >= 501);
		closed += to->disconnects;
		end(1);
	}
	return closed;
}

/* A segment that cannot be kept has nowhere to go. */
static void memory_may_run_out_while_there_are_no_buffers(void **state)
{
	assert_in_range(run_out_while_nobody_reads(&buffer_ops), 10, 120);
}

/* An SDU that cannot be copied is handed over as it came. */
static void memory_may_run_out_while_sdus_are_kept(void **state)
{
	assert_int_equal(run_out_while_nobody_reads(&plain_ops), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_full_both_ways_never_fall_silent),
		cmocka_unit_test(a_channel_without_buffers_holds_up_nobody),
		cmocka_unit_test(a_channel_that_keeps_its_sdus_holds_up_nobody),
		cmocka_unit_test(the_window_follows_the_application),
		cmocka_unit_test(memory_may_run_out_while_there_are_no_buffers),
		cmocka_unit_test(memory_may_run_out_while_sdus_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
