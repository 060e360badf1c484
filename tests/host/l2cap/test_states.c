/* SPDX-License-Identifier: Apache-2.0 */

/* Channels and servers that end in every state, from either side, and within callbacks. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "ends.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap_sig.h"

/* Channel 0x0041 of the peer's, sizes 100, one credit. */
#define ACCEPTED "\x41\x00\x64\x00\x64\x00\x01\x00\x00\x00"
#define REFUSED  "\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00"

static uint8_t connect(void)
{
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	return asked(SIG_CREDIT_CONN_REQ);
}

static void called_off(void)
{
	assert_int_equal(1, ends.disconnects);
	assert_int_equal(1, ends.releases);
	assert_int_equal(0, ends.connects);
	assert_int_equal(-ECANCELED, chans[0].connect_err);
	assert_null(chans[0].chan.conn);
}

/* ---- An attempt is called off ---- */

static void an_attempt_that_is_called_off_is_closed_when_the_peer_accepts(void **state)
{
	uint8_t ident = connect();

	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	assert_int_equal(-EALREADY, bt_l2cap_chan_disconnect(&chans[0].chan));
	bench_run();
	nothing_sent();
	response(SIG_CREDIT_CONN_RSP, ident, ACCEPTED);
	assert_int_equal(0, ends.connects);
	response(SIG_DISCONNECT_RSP, asked(SIG_DISCONNECT_REQ), "\x41\x00\x40\x00");
	called_off();
}

static void an_attempt_that_is_called_off_ends_when_the_peer_refuses(void **state)
{
	uint8_t ident = connect();

	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	response(SIG_CREDIT_CONN_RSP, ident, REFUSED);
	called_off();
	nothing_sent();
}

/* A refusal for security raises nothing then. */
static void an_attempt_that_is_called_off_is_not_made_again(void **state)
{
	uint8_t ident = connect();

	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	response(SIG_CREDIT_CONN_RSP, ident, "\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00");
	called_off();
	assert_int_equal(0, bench_security.times);
}

static void an_attempt_that_is_called_off_ends_without_answer(void **state)
{
	(void)connect();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	bench_pass_ms(29000);
	assert_int_equal(0, ends.disconnects);
	bench_pass_ms(2000);
	called_off();
}

/* A peer that says "pending" for ever keeps nobody's memory. */
static void an_attempt_that_is_called_off_is_not_kept_pending(void **state)
{
	struct bt_l2cap_chan *one[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan};
	uint8_t ident;

	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, one, 0x25));
	ident = asked(SIG_ECRED_CONN_REQ);
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	for (int i = 0; i < 4; i++) {
		response(SIG_ECRED_CONN_RSP, ident, "\x00\x00\x00\x00\x00\x00\x0d\x00\x00\x00");
		bench_pass_ms(10000);
	}
	called_off();
}

static void one_of_an_enhanced_request_may_be_called_off(void **state)
{
	struct bt_l2cap_chan *two[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan,
								      &chans[1].chan};
	uint8_t ident;

	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, two, 0x25));
	ident = asked(SIG_ECRED_CONN_REQ);
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	response(SIG_ECRED_CONN_RSP, ident, "\x64\x00\x64\x00\x01\x00\x00\x00\x41\x00\x42\x00");
	assert_int_equal(1, ends.connects);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[1].state);
	response(SIG_DISCONNECT_RSP, asked(SIG_DISCONNECT_REQ), "\x41\x00\x40\x00");
	assert_int_equal(1, ends.releases);
	assert_int_equal(-ECANCELED, chans[0].connect_err);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[1].state);
}

static void an_attempt_that_waits_for_security_is_called_off_at_once(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	assert_int_equal(0, ends.disconnects);
	bench_run();
	called_off();
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	nothing_sent();
}

static void the_link_may_go_after_an_attempt_was_called_off(void **state)
{
	(void)connect();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(1, ends.releases);
	assert_int_equal(-ECANCELED, chans[0].connect_err);
}

/* ---- Why it ended ---- */

/* It never was connected, whatever ends it in the end. */
static void a_channel_that_was_never_announced_says_why_it_ended(void **state)
{
	for (int how = 0; how < 4; how++) {
		uint8_t ident = connect();

		ends.releases = ends.disconnects = 0;
		/* An MTU of 22. */
		response(SIG_CREDIT_CONN_RSP, ident, "\x41\x00\x16\x00\x64\x00\x01\x00\x00\x00");
		ident = asked(SIG_DISCONNECT_REQ);
		switch (how) {
		case 0:
			respond(SIG_DISCONNECT_RSP, ident,
				(uint8_t[]){0x41, 0, (uint8_t)chans[0].rx.cid, 0}, 4);
			break;
		case 1:
			response(SIG_COMMAND_REJECT, ident, "\x00\x00");
			break;
		case 2:
			bench_pass_ms(31000);
			break;
		default:
			bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
			bench_run();
			break;
		}
		assert_int_equal(1, ends.releases);
		assert_int_equal(-EPROTO, chans[0].connect_err);
	}
	assert_int_equal(0, ends.connects);
}

/* ---- A call that failed changed nothing ---- */

static void credits_stay_given_when_connect_fails(void **state)
{
	struct bt_l2cap_chan *one[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan};

	chans[0].chan.ops = &seg_ops;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 7));
	fav_fault_alloc_at(1);
	assert_int_equal(-ENOMEM, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	fav_fault_alloc_at(1);
	assert_int_equal(-ENOMEM, bt_l2cap_ecred_chan_connect(conn, one, 0x25));
	fav_fault_alloc_at(0);
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, one, 0x25));
	assert_int_equal(7, sys_get_le16(bench_packet(0)->payload + 14));
	sent_forget();
}

/* All buffers of the link wait in its queue: the call is refused, and may be made again when it is
 * told so. */
static void a_call_without_buffer_is_told_when_there_is_one(void **state)
{
	struct bt_l2cap_chan *two[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan,
								      &chans[1].chan};

	open_two_enhanced();
	for (unsigned int i = 0; i < 100; i++) {
		sig("\x08\x01\x00\x00");
	}
	assert_int_equal(-ENOMEM, bt_l2cap_ecred_chan_reconfigure(two, 300));
	assert_int_equal(-ENOMEM, bt_l2cap_chan_connect(conn, &chans[2].chan, 0x25));
	two[0] = &chans[3].chan;
	two[1] = NULL;
	assert_int_equal(-ENOMEM, bt_l2cap_ecred_chan_connect(conn, two, 0x25));
	bench_run();
	assert_int_equal(0, heard.tx_ready);
	/* What the peer has asked before is answered before. */
	for (unsigned int i = 0; i < 24; i++) {
		bench_completed(HANDLE, 1);
		bench_run();
	}
	assert_int_equal(1, heard.tx_ready);
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, two, 0x25));
	sent_forget();
}

/* The library's own first credits are not taken for the application's wish by the next connect. */
static void a_failed_connect_does_not_fix_the_window(void **state)
{
	uint8_t ident;

	fav_fault_alloc_at(1);
	assert_int_equal(-ENOMEM, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	fav_fault_alloc_at(0);
	ident = connect();
	response(SIG_CREDIT_CONN_RSP, ident, ACCEPTED);
	arrive_on(chans[0].rx.cid, "\x01\x00x", 3);
	/* Grown: by more than the one that was used. */
	assert_true(sys_get_le16(bench_packet(bench_packets() - 1)->payload + 10) > 1);
	sent_forget();
}

static struct bt_l2cap_le_chan many[L2CAP_COC_CIDS];

/* All identifiers are taken: the application's sizes and credits stay as they were. */
static void without_an_identifier_nothing_changes(void **state)
{
	struct bt_l2cap_chan *two[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan,
								      &chans[1].chan};

	memset(many, 0, sizeof(many));
	for (size_t i = 0; i < L2CAP_COC_CIDS - 1; i++) {
		many[i].chan.ops = &end_ops;
		assert_int_equal(0, bt_l2cap_chan_connect(conn, &many[i].chan, 0x25));
		sent_forget();
	}
	chans[0].rx.mtu = 200;
	assert_int_equal(-ENOMEM, bt_l2cap_ecred_chan_connect(conn, two, 0x25));
	assert_int_equal(200, chans[0].rx.mtu);
	assert_int_equal(0, chans[0].rx.credits);
	assert_int_equal(0, chans[1].rx.credits);
	assert_null(chans[0].chan.conn);
	assert_null(chans[1].chan.conn);
	nothing_sent();
	(void)connect();
	assert_int_equal(-ENOMEM, bt_l2cap_chan_connect(conn, &chans[1].chan, 0x25));
	/* And of a peer's request. */
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x01\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00");
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(L2CAP_COC_CIDS, ends.releases);
}

/* A channel that was one of SDUs is one of segments next. */
static void a_channel_may_change_its_kind_between_lives(void **state)
{
	open_two_enhanced();
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	chans[0].chan.ops = &seg_ops;
	chans[0].rx.mtu = 100;
	chans[0].rx.mps = 100;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 2));
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	ends.accepted = 0;
	sig("\x17\x02\x0a\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00");
	sent_forget();
	assert_int_equal(0, bt_l2cap_ecred_chan_reconfigure_explicit(
				    (struct bt_l2cap_chan *[]){&chans[0].chan}, 1, 200, 100));
	response(SIG_ECRED_RECONF_RSP, asked(SIG_ECRED_RECONF_REQ), "\x00\x00");
	assert_int_equal(2, chans[0].rx.credits);
	frame(0x40, "\x01\x00x");
	/* The application has given none; what it gives is what the peer gets. */
	nothing_sent();
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	assert_int_equal(1, sys_get_le16(bench_packet(0)->payload + 10));
	sent_forget();
}

/* ---- Servers ---- */

static void take_away(void)
{
	assert_int_equal(0, bt_l2cap_server_unregister(&server));
	/* The caller's memory again. */
	memset(&server, 0xa5, sizeof(server));
	server.psm = 0;
}

static void a_server_may_be_taken_away_in_its_accept(void **state)
{
	ends.in_accept = take_away;
	open_le();
	assert_int_equal(-ENOENT, bt_l2cap_server_unregister(&server));
	sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00");
	/* What is open stays. */
	frame(0x40, "\x01\x00x");
	assert_int_equal(1, ends.recvs);
	sent_forget();
}

/* The others of the request that is being answered find nobody. */
static void a_server_may_be_taken_away_within_an_enhanced_request(void **state)
{
	ends.in_accept = take_away;
	sig("\x17\x02\x0e\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00\x52\x00");
	answer("\x18\x02\x0e\x00\x64\x00\x66\x00\x01\x00\x04\x00\x40\x00\x00\x00\x00\x00");
	assert_int_equal(1, ends.connects);
	assert_int_equal(1, ends.accepted);
}

static void a_server_may_be_taken_away_in_any_callback(void **state)
{
	void (**const callbacks[])(void) = {&ends.in_connected, &ends.in_recv,
					    &ends.in_disconnected, &ends.in_released};
	const struct bt_l2cap_server as_it_was = {.psm = PSM, .accept = server.accept};

	assert_int_equal(0, bt_l2cap_server_unregister(&server));
	for (uint32_t i = 0; i < ARRAY_SIZE(callbacks); i++) {
		uint8_t cids[] = {0, 0, 0x41, 0};

		server = as_it_was;
		assert_int_equal(0, bt_l2cap_server_register(&server));
		*callbacks[i] = take_away;
		ends.accepted = 0;
		sig("\x14\x02\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
		sent_forget();
		arrive_on(chans[0].rx.cid, "\x01\x00x", 3);
		sent_forget();
		sys_put_le16(chans[0].rx.cid, cids);
		respond(SIG_DISCONNECT_REQ, 9, cids, sizeof(cids));
		sent_forget();
		assert_int_equal(i + 1, ends.connects);
		assert_int_equal(i + 1, ends.recvs);
		assert_int_equal(i + 1, ends.releases);
		assert_null(*callbacks[i]);
	}
}

static void a_server_is_listened_on_again_where_it_was(void **state)
{
	int (*accept)(struct bt_conn *, struct bt_l2cap_server *, struct bt_l2cap_chan **) =
		server.accept;

	open_le();
	for (uint16_t i = 0; i < 5; i++) {
		assert_int_equal(0, bt_l2cap_server_unregister(&server));
		assert_int_equal(-ENOENT, bt_l2cap_server_unregister(&server));
		server = (struct bt_l2cap_server){.psm = PSM, .accept = accept};
		assert_int_equal(0, bt_l2cap_server_register(&server));
		assert_int_equal(-EADDRINUSE, bt_l2cap_server_register(&server));
	}
	sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x41\x00\x64\x00\x66\x00\x01\x00\x00\x00");
	assert_int_equal(2, ends.connects);
}

/* The peer waits for security, asks again, and nobody listens any more. */
static void a_server_may_be_taken_away_between_two_requests(void **state)
{
	server.sec_level = BT_SECURITY_L2;
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x01\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00");
	take_away();
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	sig("\x14\x02\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00");
}

static void dynamic_psms_are_all_given_out_once(void **state)
{
	static struct bt_l2cap_server others[129];

	memset(others, 0, sizeof(others));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		others[i].accept = server.accept;
		/* One is the server's own. */
		assert_int_equal(i < 127 ? 0 : -ENOMEM, bt_l2cap_server_register(&others[i]));
		if (i < 127) {
			assert_in_range(others[i].psm, 0x81, 0xff);
		}
	}
	/* What is free is found. */
	assert_int_equal(0, bt_l2cap_server_unregister(&others[50]));
	assert_int_equal(0, bt_l2cap_server_register(&others[128]));
	assert_int_equal(0x81 + 50, others[128].psm);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (i != 50 && i != 127) {
			assert_int_equal(0, bt_l2cap_server_unregister(&others[i]));
		}
	}
}

/* ---- Within callbacks ---- */

static void close_first(void)
{
	(void)bt_l2cap_chan_disconnect(&chans[0].chan);
}

static void end_link(void)
{
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
}

static void disable_host(void)
{
	bench_disable(fav_host_current());
}

/* Every callback closes the channel, ends the link, disables the host; each time it ends once. */
static void any_callback_may_end_it_in_any_way(void **state)
{
	void (**const callbacks[])(void) = {&ends.in_accept, &ends.in_connected, &ends.in_recv,
					    &ends.in_disconnected, &ends.in_released};
	void (*const ways[])(void) = {close_first, end_link, disable_host};

	for (size_t i = 0; i < ARRAY_SIZE(callbacks) * ARRAY_SIZE(ways); i++) {
		void (*way)(void) = ways[i % ARRAY_SIZE(ways)];

		ends.accepted = ends.connects = ends.disconnects = ends.releases = 0;
		*callbacks[i / ARRAY_SIZE(ways)] = way;
		sig("\x14\x02\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
		frame(0x40, "\x02\x00xx");
		sig("\x06\x05\x04\x00\x40\x00\x41\x00");
		bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
		bench_run();
		assert_in_range(ends.connects, 0, 1);
		assert_int_equal(ends.connects, ends.disconnects);
		assert_int_equal(ends.connects, ends.releases);
		assert_null(chans[0].chan.conn);
		assert_int_equal(BT_L2CAP_DISCONNECTED, chans[0].state);
		bench_packets_forget();
		if (way == disable_host) {
			assert_int_equal(0, bench_enable(fav_host_current()));
		}
		peer_connect(BT_CONN_ROLE_PERIPHERAL);
	}
}

NET_BUF_POOL_FIXED_DEFINE(small_pool, 4, 10, 0, NULL);
static unsigned int segs_given;

static struct net_buf *small(void)
{
	return net_buf_alloc(&small_pool, K_NO_WAIT);
}

static struct net_buf *small_and_close(void)
{
	struct net_buf *buf = segs_given++ == 1 ? net_buf_alloc(&small_pool, K_NO_WAIT) : small();

	if (segs_given == 2) {
		close_first();
	}
	return buf;
}

static struct net_buf *small_and_link_ends(void)
{
	struct net_buf *buf = small();

	end_link();
	memset(&chans[0], 0xa5, sizeof(chans[0]));
	return buf;
}

static void small_begin(struct net_buf *(*alloc_buf)(void), struct net_buf *(*alloc_seg)(void))
{
	chans[0].chan.ops = &buf_ops;
	ends.alloc_buf = alloc_buf;
	ends.alloc_seg = alloc_seg;
	segs_given = 0;
	open_le();
}

/* In fragments: the application's buffers are of ten bytes. */
static void an_sdu_is_received_in_fragments(void **state)
{
	small_begin(small, small);
	frame(0x40, "\x1e\x00"
		    "0123456789abcdefghijABCDEFGHIJ");
	assert_int_equal(1, ends.recvs);
	assert_int_equal(10, ends.last_len);
	assert_int_equal(0, fav_net_buf_pool_used(&small_pool));
	sent_forget();
}

static void a_channel_may_be_closed_when_it_asks_for_a_fragment(void **state)
{
	small_begin(small, small_and_close);
	frame(0x40, "\x1e\x00"
		    "0123456789abcdefghijABCDEFGHIJ");
	assert_int_equal(0, ends.recvs);
	assert_int_equal(0, fav_net_buf_pool_used(&small_pool));
	closed_by_us();
}

static void the_link_may_end_when_a_channel_asks_for_a_fragment(void **state)
{
	small_begin(small, small_and_link_ends);
	frame(0x40, "\x1e\x00"
		    "0123456789abcdefghijABCDEFGHIJ");
	assert_int_equal(0, ends.recvs);
	assert_int_equal(1, ends.releases);
	assert_int_equal(0, fav_net_buf_pool_used(&small_pool));
	memset(&chans[0], 0, sizeof(chans[0]));
}

static void the_link_may_end_when_a_channel_asks_for_a_buffer(void **state)
{
	small_begin(small_and_link_ends, small);
	frame(0x40, "\x1e\x00"
		    "0123456789abcdefghijABCDEFGHIJ");
	assert_int_equal(0, ends.recvs);
	assert_int_equal(1, ends.releases);
	assert_int_equal(0, fav_net_buf_pool_used(&small_pool));
	memset(&chans[0], 0, sizeof(chans[0]));
}

static void without_a_fragment_the_channel_is_closed(void **state)
{
	small_begin(small, NULL);
	frame(0x40, "\x1e\x00"
		    "0123456789abcdefghijABCDEFGHIJ");
	assert_int_equal(0, fav_net_buf_pool_used(&small_pool));
	closed_by_us();
}

/* The peer's frames, credits, and its own end, cross our request. */
static void the_peers_end_crosses_ours(void **state)
{
	open_le();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	(void)asked(SIG_DISCONNECT_REQ);
	sig("\x06\x05\x04\x00\x40\x00\x41\x00");
	answer("\x07\x05\x04\x00\x40\x00\x41\x00");
	assert_int_equal(1, ends.releases);
	assert_int_equal(0, dropped());
}

static void an_end_without_confirmation_comes_after_thirty_seconds(void **state)
{
	open_le();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	(void)asked(SIG_DISCONNECT_REQ);
	bench_pass_ms(29999);
	assert_int_equal(0, ends.releases);
	bench_pass_ms(1);
	assert_int_equal(1, ends.releases);
	assert_int_equal(0, chans[0].connect_err);
}

/* No buffer for the request: it is sent when there is one, and not twice. */
static void an_end_that_finds_no_buffer_is_asked_for_later(void **state)
{
	open_le();
	fav_fault_alloc_at(1);
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	nothing_sent();
	fav_fault_alloc_at(0);
	bench_pass_ms(20);
	assert_int_equal(1, bench_packets());
	closed_by_us();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ends_setup, ends_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_attempt_that_is_called_off_is_closed_when_the_peer_accepts),
		TEST(an_attempt_that_is_called_off_ends_when_the_peer_refuses),
		TEST(an_attempt_that_is_called_off_is_not_made_again),
		TEST(an_attempt_that_is_called_off_ends_without_answer),
		TEST(an_attempt_that_is_called_off_is_not_kept_pending),
		TEST(one_of_an_enhanced_request_may_be_called_off),
		TEST(an_attempt_that_waits_for_security_is_called_off_at_once),
		TEST(the_link_may_go_after_an_attempt_was_called_off),
		TEST(a_channel_that_was_never_announced_says_why_it_ended),
		TEST(credits_stay_given_when_connect_fails),
		TEST(a_call_without_buffer_is_told_when_there_is_one),
		TEST(a_failed_connect_does_not_fix_the_window),
		TEST(without_an_identifier_nothing_changes),
		TEST(a_channel_may_change_its_kind_between_lives),
		TEST(a_server_may_be_taken_away_in_its_accept),
		TEST(a_server_may_be_taken_away_within_an_enhanced_request),
		TEST(a_server_may_be_taken_away_in_any_callback),
		TEST(a_server_is_listened_on_again_where_it_was),
		TEST(a_server_may_be_taken_away_between_two_requests),
		TEST(dynamic_psms_are_all_given_out_once),
		TEST(any_callback_may_end_it_in_any_way),
		TEST(an_sdu_is_received_in_fragments),
		TEST(a_channel_may_be_closed_when_it_asks_for_a_fragment),
		TEST(the_link_may_end_when_a_channel_asks_for_a_fragment),
		TEST(the_link_may_end_when_a_channel_asks_for_a_buffer),
		TEST(without_a_fragment_the_channel_is_closed),
		TEST(the_peers_end_crosses_ours),
		TEST(an_end_without_confirmation_comes_after_thirty_seconds),
		TEST(an_end_that_finds_no_buffer_is_asked_for_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
