/* SPDX-License-Identifier: Apache-2.0 */

/* Fixed channels of the application's. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "ends.h"
#include "host/conn.h"
#include "host/host.h"

#define CID       0x003e
#define CID_OTHER 0x003f
/* A second link. */
#define HANDLE_2 0x11

/* What accept gives; NULL: it says no. */
static struct bt_l2cap_chan *given[2];
static void (*in_accept)(void);
static unsigned int destroys;

static int accept(size_t which, struct bt_l2cap_chan **chan)
{
	if (in_accept != NULL) {
		in_accept();
	}
	*chan = given[which];
	return given[which] != NULL ? 0 : -ENOTSUP;
}

static int accept_one(struct bt_conn *unused, struct bt_l2cap_chan **chan)
{
	return accept(0, chan);
}

static int accept_other(struct bt_conn *unused, struct bt_l2cap_chan **chan)
{
	return accept(1, chan);
}

static int accept_never(struct bt_conn *unused, struct bt_l2cap_chan **chan)
{
	fail();
	return 0;
}

static void on_destroy(struct bt_l2cap_chan *chan)
{
	assert_null(chan->conn);
	destroys++;
}

BT_L2CAP_FIXED_CHANNEL_DEFINE(one) = {.cid = CID, .accept = accept_one, .destroy = on_destroy};
BT_L2CAP_FIXED_CHANNEL_DEFINE(other) = {.cid = CID_OTHER, .accept = accept_other};
/* None of these is to be had. */
BT_L2CAP_FIXED_CHANNEL_DEFINE(none) = {.cid = 0, .accept = accept_never};
BT_L2CAP_FIXED_CHANNEL_DEFINE(signalling) = {.cid = L2CAP_CID_SIG, .accept = accept_never};
BT_L2CAP_FIXED_CHANNEL_DEFINE(dynamic) = {.cid = 0x0040, .accept = accept_never};
BT_L2CAP_FIXED_CHANNEL_DEFINE(beyond) = {.cid = 0xffff, .accept = accept_never};

NET_BUF_POOL_FIXED_DEFINE(pool, 2, BT_L2CAP_BUF_SIZE(10), CONFIG_BT_CONN_TX_USER_DATA_SIZE, NULL);
NET_BUF_POOL_FIXED_DEFINE(bare_pool, 1, BT_L2CAP_BUF_SIZE(10), 0, NULL);

static int setup(void **state)
{
	given[0] = given[1] = NULL;
	in_accept = NULL;
	destroys = 0;
	return ends_setup(state);
}

static int teardown(void **state)
{
	in_accept = NULL;
	assert_int_equal(0, fav_net_buf_pool_used(&pool));
	assert_int_equal(0, fav_net_buf_pool_used(&bare_pool));
	return ends_teardown(state);
}

/* A new link, for which accept gives these. */
static void link_with(struct bt_l2cap_chan *first, struct bt_l2cap_chan *second)
{
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	given[0] = first;
	given[1] = second;
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	bench_packets_forget();
}

static struct net_buf *pdu(void)
{
	struct net_buf *buf = net_buf_alloc(&pool, K_NO_WAIT);

	net_buf_reserve(buf, BT_L2CAP_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, "xy", 2);
	return buf;
}

static void a_fixed_channel_is_on_each_link_that_wants_it(void **state)
{
	frame(CID, "abc");
	assert_int_equal(1, dropped());
	link_with(&chans[0].chan, NULL);
	assert_int_equal(1, ends.connects);
	frame(CID, "abc");
	assert_int_equal(1, ends.recvs);
	assert_int_equal(3, ends.last_len);
	frame(CID, "");
	assert_int_equal(2, ends.recvs);
	frame(CID_OTHER, "abc");
	assert_int_equal(2, dropped());
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(1, ends.disconnects);
	assert_int_equal(1, ends.releases);
	assert_int_equal(1, destroys);
	assert_null(chans[0].chan.conn);
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	assert_int_equal(2, ends.connects);
}

static void what_is_sent_leaves_as_it_is(void **state)
{
	link_with(&chans[0].chan, NULL);
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, pdu()));
	assert_int_equal(1, bench_packets());
	assert_memory_equal("\x02\x00\x3e\x00xy", bench_packet(0)->payload, 6);
	sent_forget();
}

static void what_cannot_be_sent_stays_the_callers(void **state)
{
	struct net_buf *buf = net_buf_alloc(&bare_pool, K_NO_WAIT);

	link_with(&chans[0].chan, NULL);
	net_buf_reserve(buf, BT_L2CAP_CHAN_SEND_RESERVE);
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, buf));
	net_buf_unref(buf);
	buf = pdu();
	net_buf_reset(buf);
	net_buf_reserve(buf, BT_L2CAP_CHAN_SEND_RESERVE - 1);
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, buf));
	net_buf_reset(buf);
	net_buf_reserve(buf, BT_L2CAP_CHAN_SEND_RESERVE);
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, net_buf_ref(buf)));
	net_buf_unref(buf);
	net_buf_frag_add(buf, pdu());
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, buf));
	net_buf_unref(buf);
	nothing_sent();
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	buf = pdu();
	assert_int_equal(-ENOTCONN, bt_l2cap_chan_send(&chans[0].chan, buf));
	net_buf_unref(buf);
}

static void it_is_not_connected_nor_closed(void **state)
{
	link_with(&chans[0].chan, NULL);
	assert_int_equal(-EINVAL, bt_l2cap_chan_disconnect(&chans[0].chan));
	assert_int_equal(-EALREADY, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	/* The peer cannot, either. */
	sig("\x06\x05\x04\x00\x3e\x00\x3e\x00");
	answer("\x01\x05\x06\x00\x02\x00\x3e\x00\x3e\x00");
	sig("\x16\x05\x04\x00\x3e\x00\x01\x00");
	sig("\x19\x05\x06\x00\xc8\x00\xc8\x00\x3e\x00");
	answer("\x1a\x05\x02\x00\x03\x00");
	frame(CID, "abc");
	assert_int_equal(1, ends.recvs);
}

static void both_channels_have_their_own(void **state)
{
	link_with(&chans[0].chan, &chans[1].chan);
	assert_int_equal(2, ends.connects);
	frame(CID, "abc");
	frame(CID_OTHER, "abcd");
	assert_int_equal(2, ends.recvs);
	assert_int_equal(4, ends.last_len);
	assert_int_equal(CID, chans[0].rx.cid);
	assert_int_equal(CID_OTHER, chans[1].rx.cid);
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(2, ends.releases);
	assert_int_equal(1, destroys);
}

/* One that another link has, or without ops, is none. */
static void a_channel_that_cannot_be_is_none(void **state)
{
	chans[1].chan.ops = NULL;
	link_with(&chans[0].chan, &chans[1].chan);
	assert_int_equal(1, ends.connects);
	assert_null(chans[1].chan.conn);
	bench_connect(0, HANDLE_2, BT_CONN_ROLE_PERIPHERAL, bench_addr(2));
	bench_run();
	assert_int_equal(1, ends.connects);
	assert_ptr_equal(conn, chans[0].chan.conn);
	bench_disconnected(HANDLE_2, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(0, ends.releases);
	frame(CID, "abc");
	assert_int_equal(1, ends.recvs);
}

static void end_link(void)
{
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
}

static void disable_host(void)
{
	bench_disable(fav_host_current());
}

/* In every callback; and on the link after that the channels are there again. */
static void any_callback_may_end_the_link(void **state)
{
	void (**const callbacks[])(void) = {&in_accept, &ends.in_connected, &ends.in_recv,
					    &ends.in_disconnected, &ends.in_released};
	void (*const ways[])(void) = {end_link, disable_host};

	for (size_t i = 0; i < ARRAY_SIZE(callbacks) * ARRAY_SIZE(ways); i++) {
		void (*way)(void) = ways[i % ARRAY_SIZE(ways)];
		void (**callback)(void) = callbacks[i / ARRAY_SIZE(ways)];

		bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
		bench_run();
		ends.connects = ends.disconnects = ends.releases = 0;
		given[0] = &chans[0].chan;
		given[1] = &chans[1].chan;
		*callback = way;
		bench_connect(0, HANDLE, BT_CONN_ROLE_PERIPHERAL, bench_addr(1));
		bench_run();
		frame(CID, "abc");
		bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
		bench_run();
		*callback = NULL;
		assert_int_equal(ends.connects, ends.disconnects);
		assert_int_equal(ends.connects, ends.releases);
		assert_null(chans[0].chan.conn);
		assert_null(chans[1].chan.conn);
		if (way == disable_host) {
			assert_int_equal(0, bench_enable(fav_host_current()));
		}
		ends.connects = ends.disconnects = ends.releases = 0;
		peer_connect(BT_CONN_ROLE_PERIPHERAL);
		assert_int_equal(2, ends.connects);
		given[0] = given[1] = NULL;
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_fixed_channel_is_on_each_link_that_wants_it),
		TEST(what_is_sent_leaves_as_it_is),
		TEST(what_cannot_be_sent_stays_the_callers),
		TEST(it_is_not_connected_nor_closed),
		TEST(both_channels_have_their_own),
		TEST(a_channel_that_cannot_be_is_none),
		TEST(any_callback_may_end_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
