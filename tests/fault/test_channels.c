/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of L2CAP channels: five opened with one request, SDUs both ways, a reconfiguration, an
 * SDU of 65535 bytes, closed from both sides. The n-th allocation fails, or the n-th packet is
 * lost: it all happens none the less. The link dies after the n-th packet: what was asked for ends,
 * once; what has arrived is whole; nothing is left behind; and the same without a fault works right
 * after.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/loop.h>
#include <zephyr/bluetooth/l2cap.h>

#include "sim/peers.h"
#include "sim/sim.h"

#define ADVERTISING_ACCESS_ADDRESS 0x8e89bed6

#define CHANS     BT_L2CAP_ECRED_CHAN_MAX_PER_REQ
#define MTU_FIRST 2000
#define SDU_MAX   65535
#define FRAGMENT  3000

/* Longer than any timeout that a fault leads to: RTX's 30 s, an HCI command's 10 s, supervision's 4
 * s, one after the other, and the data itself. */
#define LIMIT_MS 60000

static struct sim sim;

struct end {
	struct bt_l2cap_le_chan le;
	uint32_t connects, disconnects, releases, sents, recvs, reconfigs;
};
/* By device: a asks, b accepts. */
static struct end ends[2][CHANS];
static size_t accepted;
static uint32_t wrong, asked, received_bytes;
static struct bt_l2cap_server server;

NET_BUF_POOL_FIXED_DEFINE(tx_pool, 64, BT_L2CAP_SDU_BUF_SIZE(FRAGMENT), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(rx_pool, CHANS, SDU_MAX, 0, NULL);

static struct end *end_of(struct bt_l2cap_chan *chan)
{
	return CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct end, le);
}

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static void on_connected(struct bt_l2cap_chan *chan)
{
	end_of(chan)->connects++;
}

static void on_disconnected(struct bt_l2cap_chan *chan)
{
	end_of(chan)->disconnects++;
}

static void on_released(struct bt_l2cap_chan *chan)
{
	end_of(chan)->releases++;
}

static void on_sent(struct bt_l2cap_chan *chan)
{
	end_of(chan)->sents++;
}

static void on_reconfigured(struct bt_l2cap_chan *chan)
{
	end_of(chan)->reconfigs++;
}

static struct net_buf *on_alloc(struct bt_l2cap_chan *chan)
{
	return net_buf_alloc(&rx_pool, K_NO_WAIT);
}

static int on_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	for (size_t i = 0; i < buf->len; i++) {
		wrong += buf->data[i] != pattern(i);
	}
	received_bytes += buf->len;
	end_of(chan)->recvs++;
	return 0;
}

static const struct bt_l2cap_chan_ops ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.released = on_released,
	.sent = on_sent,
	.reconfigured = on_reconfigured,
	.alloc_buf = on_alloc,
	.recv = on_recv,
};

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *unused,
		     struct bt_l2cap_chan **chan)
{
	*chan = &ends[1][accepted++ % CHANS].le.chan;
	return 0;
}

/* ---- The run: never asserts but on what cannot be, whatever fails ---- */

static bool is_open(const struct end *end)
{
	return end->le.state == BT_L2CAP_CONNECTED;
}

static bool is_over(const struct end *end)
{
	return end->le.state == BT_L2CAP_DISCONNECTED;
}

static bool all_decided(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (ends[0][i].connects + ends[0][i].disconnects == 0) {
			return false;
		}
	}
	return true;
}

static bool all_over(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (!is_over(&ends[0][i]) || !is_over(&ends[1][i])) {
			return false;
		}
	}
	return true;
}

/* Of each open channel, what the other side sent has come. */
static uint32_t recvs_wanted;
static bool all_received(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		for (size_t side = 0; side < 2; side++) {
			if (is_open(&ends[side][i]) && ends[side][i].recvs < recvs_wanted) {
				return false;
			}
		}
	}
	return true;
}

static bool all_reconfigured(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (is_open(&ends[1][i]) && ends[1][i].reconfigs == 0) {
			return false;
		}
	}
	return true;
}

static struct end *largest_from;
static bool largest_sent(void)
{
	return !is_open(largest_from) || largest_from->sents == recvs_wanted;
}

/* Checked every few milliseconds of virtual time: faults may leave nothing to wait for. */
static bool until(bool (*reached)(void))
{
	for (uint32_t ms = 0; ms < LIMIT_MS; ms += 5) {
		if (reached()) {
			return true;
		}
		sim_run_ms(5);
	}
	return reached();
}

/* The application's own buffers are not what is tested. */
static struct net_buf *buffer(void)
{
	struct net_buf *buf;

	while ((buf = net_buf_alloc(&tx_pool, K_NO_WAIT)) == NULL) {
		assert_true(fav_net_buf_pool_free(&tx_pool) > 0);
	}
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	return buf;
}

static struct net_buf *sdu(size_t len)
{
	struct net_buf *head = buffer();
	struct net_buf *last = head;

	for (size_t at = 0; at < len; at++) {
		if (last->len == FRAGMENT) {
			last = buffer();
			net_buf_frag_add(head, last);
		}
		net_buf_add_u8(last, pattern(at));
	}
	return head;
}

static int send(struct end *from, size_t len)
{
	struct net_buf *buf = sdu(len);
	int err = bt_l2cap_chan_send(&from->le.chan, buf);

	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

/* Where buffers are all on their way, a call is made again; it is not in vain for ever. */
static bool again(int err, uint32_t *tries)
{
	if (err == -ENOMEM && (*tries)++ < 20) {
		sim_run_ms(10);
		return true;
	}
	return false;
}

static int open_all(void)
{
	struct bt_l2cap_chan *chans[CHANS];
	uint32_t tries = 0;
	int err;

	for (size_t i = 0; i < CHANS; i++) {
		chans[i] = &ends[0][i].le.chan;
	}
	do {
		sim_on(&sim, 0);
		err = bt_l2cap_ecred_chan_connect(peers[0].conn, chans, server.psm);
	} while (peers[0].conn != NULL && again(err, &tries));
	if (err != 0) {
		return err;
	}
	asked = CHANS;
	if (!until(all_decided)) {
		return -ETIMEDOUT;
	}
	for (size_t i = 0; i < CHANS; i++) {
		if (!is_open(&ends[0][i])) {
			return -ECONNREFUSED;
		}
	}
	return 0;
}

static int exchange(void)
{
	recvs_wanted = 1;
	for (size_t i = 0; i < CHANS; i++) {
		for (size_t side = 0; side < 2; side++) {
			int err = send(&ends[side][i], MTU_FIRST / (i + 1));

			if (err != 0) {
				return err;
			}
		}
	}
	return until(all_received) ? 0 : -ETIMEDOUT;
}

static int reconfigure(void)
{
	struct bt_l2cap_chan *chans[CHANS];
	uint32_t tries = 0;
	int err;

	for (size_t i = 0; i < CHANS; i++) {
		chans[i] = &ends[1][i].le.chan;
	}
	do {
		sim_on(&sim, 1);
		err = bt_l2cap_ecred_chan_reconfigure(chans, SDU_MAX);
	} while (again(err, &tries));
	if (err != 0) {
		return err;
	}
	if (!until(all_reconfigured)) {
		return -ETIMEDOUT;
	}
	return ends[0][2].le.tx.mtu == SDU_MAX ? 0 : -EPROTO;
}

static int send_largest(void)
{
	int err;

	largest_from = &ends[0][2];
	recvs_wanted = 2;
	err = send(largest_from, SDU_MAX);
	if (err != 0) {
		return err;
	}
	if (!until(largest_sent)) {
		return -ETIMEDOUT;
	}
	sim_run_ms(100);
	return is_open(largest_from) && received_bytes > SDU_MAX ? 0 : -EPIPE;
}

/* Requests name channels in the order of their identifiers, which go round. */
static struct end *other_end(const struct end *of_a)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (is_open(&ends[1][i]) && ends[1][i].le.rx.cid == of_a->le.tx.cid) {
			return &ends[1][i];
		}
	}
	return NULL;
}

static int close_all(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		/* From one side, from the other, from both. */
		struct end *sides[] = {i % 3 != 1 ? &ends[0][i] : NULL,
				       i % 3 != 0 ? other_end(&ends[0][i]) : NULL};

		for (size_t side = 0; side < 2; side++) {
			int err = sides[side] != NULL
					  ? bt_l2cap_chan_disconnect(&sides[side]->le.chan)
					  : 0;

			if (err != 0 && err != -ENOTCONN) {
				return err;
			}
		}
	}
	return until(all_over) ? 0 : -ETIMEDOUT;
}

static int (*const steps[])(void) = {open_all, exchange, reconfigure, send_largest, close_all};

/* 0, or the error of the step that failed. */
static int run(void)
{
	int err = 0;

	memset(ends, 0, sizeof(ends));
	for (size_t i = 0; i < CHANS; i++) {
		for (size_t side = 0; side < 2; side++) {
			ends[side][i].le.chan.ops = &ops;
			ends[side][i].le.rx.mtu = MTU_FIRST;
		}
	}
	accepted = 0;
	wrong = asked = received_bytes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(steps) && err == 0 && peers[0].conn != NULL; i++) {
		err = steps[i]();
	}
	return peers[0].conn == NULL ? -ENOTCONN : err;
}

/* ---- The judge ---- */

static void linked(void)
{
	if (peers[0].conn == NULL && peers[1].conn == NULL) {
		peers_link(&sim, 0, 1, 6);
		sim_run_ms(300);
	}
	assert_non_null(peers[0].conn);
	assert_non_null(peers[1].conn);
}

/* After a fault the channels that are open are closed with the link, which may be gone already. */
static void unlinked(const char *what, uint32_t n)
{
	if (peers[0].conn != NULL && peers[1].conn != NULL) {
		peers_unlink(&sim, 0, 1);
	}
	for (uint32_t ms = 0; ms < 20000 && (peers[0].conn != NULL || peers[1].conn != NULL);
	     ms += 100) {
		sim_run_ms(100);
	}
	if (peers[0].conn != NULL || peers[1].conn != NULL) {
		fail_msg("%s %u: a side has kept its link", what, n);
	}
}

static void judge(const char *what, uint32_t n)
{
	for (size_t side = 0; side < 2; side++) {
		for (size_t i = 0; i < CHANS; i++) {
			const struct end *end = &ends[side][i];
			uint32_t begun = side == 0 ? (asked > 0 ? 1 : 0) : end->connects;

			/* One of b's may have ended before it was announced. */
			if (!is_over(end) || end->disconnects != end->releases ||
			    end->connects > 1 || end->disconnects > 1 || end->disconnects < begun) {
				fail_msg("%s %u: channel %zu of %zu: state %u, %u connected, "
					 "%u disconnected, %u released",
					 what, n, i, side, end->le.state, end->connects,
					 end->disconnects, end->releases);
			}
		}
	}
	if (wrong > 0) {
		fail_msg("%s %u: %u bytes are wrong", what, n, wrong);
	}
	if (fav_net_buf_pool_used(&tx_pool) + fav_net_buf_pool_used(&rx_pool) > 0) {
		fail_msg("%s %u: %u and %u buffers are left", what, n,
			 fav_net_buf_pool_used(&tx_pool), fav_net_buf_pool_used(&rx_pool));
	}
}

static void run_clean(const char *after, uint32_t n)
{
	int err;

	linked();
	err = run();
	if (err != 0) {
		fail_msg("after %s %u, a run without fault failed with %d", after, n, err);
	}
	judge(after, n);
}

static void begin(void)
{
	sim_begin(&sim, 2);
	peers_begin(&sim);
	server = (struct bt_l2cap_server){.accept = on_accept};
	sim_on(&sim, 1);
	assert_int_equal(bt_l2cap_server_register(&server), 0);
	sim_on(&sim, 0);
	run_clean("nothing", 0);
}

static void end(void)
{
	unlinked("end", 0);
	sim_on(&sim, 1);
	assert_int_equal(bt_l2cap_server_unregister(&server), 0);
	peers_end(&sim);
	sim_end(&sim);
}

static void any_failing_allocation_is_made_up_for(void **state)
{
	uint32_t tried = UINT32_MAX;
	uint32_t n;

	begin();
	for (n = 1; n <= tried; n++) {
		int err;

		linked();
		fav_fault_alloc_at(n);
		err = run();
		tried = fav_fault_alloc_count();
		fav_fault_alloc_at(0);
		if (err != 0) {
			fail_msg("allocation %u ended the run with %d", n, err);
		}
		judge("allocation", n);
	}
	print_message("%u allocations\n", n);
	assert_true(n > 500);
	end();
}

/* ---- The air ---- */

static uint32_t packets, lost_first, lost_last;

static void count_packet(void *ctx, const struct fav_air_packet *packet)
{
	packets += packet->access_address != ADVERTISING_ACCESS_ADDRESS;
}

static enum fav_air_verdict lose(void *ctx, const struct fav_air_packet *packet)
{
	return packet->access_address != ADVERTISING_ACCESS_ADDRESS && packets > lost_first &&
			       packets <= lost_last
		       ? FAV_AIR_LOSE
		       : FAV_AIR_DELIVER;
}

static struct fav_air_observer observer = {.on_packet = count_packet, .verdict = lose};

static uint32_t begin_on_air(void)
{
	lost_first = lost_last = UINT32_MAX;
	begin();
	fav_air_observer_add(sim.air, &observer);
	packets = 0;
	run_clean("counting", 0);
	return packets;
}

static void end_on_air(void)
{
	fav_air_observer_remove(sim.air, &observer);
	end();
}

static void any_lost_packet_changes_nothing(void **state)
{
	uint32_t whole = begin_on_air();

	print_message("%u packets\n", whole);
	assert_true(whole > 600);
	for (uint32_t n = 0; n < whole; n++) {
		linked();
		packets = 0;
		lost_first = n;
		lost_last = n + 1;
		run_clean("packet", n);
	}
	lost_first = lost_last = UINT32_MAX;
	end_on_air();
}

/* All of what is not data, and of the data, which are all alike, some. */
static void a_link_that_dies_after_any_packet_ends_cleanly(void **state)
{
	uint32_t whole = begin_on_air();

	for (uint32_t n = 0; n < whole; n += n < 100 || n + 60 > whole ? 1 : 5) {
		linked();
		packets = 0;
		lost_first = n;
		lost_last = UINT32_MAX;
		(void)run();
		unlinked("death", n);
		lost_first = UINT32_MAX;
		judge("death", n);
		if (n % 16 == 0) {
			run_clean("death", n);
		}
	}
	run_clean("death", whole);
	end_on_air();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_failing_allocation_is_made_up_for),
		cmocka_unit_test(any_lost_packet_changes_nothing),
		cmocka_unit_test(a_link_that_dies_after_any_packet_ends_cleanly),
	};

	return SIM_RUN(tests);
}
