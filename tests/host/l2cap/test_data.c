/* SPDX-License-Identifier: Apache-2.0 */

/* SDUs in segments of every size, and the credits for them, segment by segment. */

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

#define SDU_MAX 65535
/* Of the largest SDU as a chain. */
#define FRAGMENT 1300

NET_BUF_POOL_FIXED_DEFINE(tx_pool, 80, BT_L2CAP_SDU_BUF_SIZE(FRAGMENT), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(big_pool, 2, SDU_MAX, 0, NULL);

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static int teardown(void **state)
{
	int err = ends_teardown(state);

	assert_int_equal(0, fav_net_buf_pool_used(&tx_pool));
	assert_int_equal(0, fav_net_buf_pool_used(&big_pool));
	return err;
}

/* Packets take whole segments. */
static int setup(void **state)
{
	int err = ends_setup(state);

	bench_disable(fav_host_current());
	bench_config.acl_len = 600;
	bench_config.acl_count = 200;
	assert_int_equal(0, bench_enable(fav_host_current()));
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	return err;
}

/* ---- Sending ---- */

/* The peer's channel: its sizes, and credits. */
static void open_with(uint16_t mtu, uint16_t mps, uint16_t credits)
{
	uint8_t params[10] = {PSM, 0, 0x41, 0};

	sys_put_le16(mtu, params + 4);
	sys_put_le16(mps, params + 6);
	sys_put_le16(credits, params + 8);
	respond(SIG_CREDIT_CONN_REQ, 1, params, sizeof(params));
	sent_forget();
	assert_int_equal(BT_L2CAP_CONNECTED, chans[0].state);
}

static void close_again(void)
{
	uint8_t cids[4] = {0, 0, 0x41, 0};

	sys_put_le16(chans[0].rx.cid, cids);
	respond(SIG_DISCONNECT_REQ, 2, cids, sizeof(cids));
	sent_forget();
	assert_int_equal(BT_L2CAP_DISCONNECTED, chans[0].state);
	chans[0].rx.mtu = 100;
	ends.accepted = 0;
}

/* An SDU in fragments of at most so many bytes: every third of them without room in front, every
 * fourth followed by an empty one. */
static struct net_buf *sdu(size_t len, size_t fragment)
{
	struct net_buf *head = net_buf_alloc(&tx_pool, K_NO_WAIT);
	struct net_buf *last = head;
	size_t at = 0;

	net_buf_reserve(head, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	for (size_t n = 1; at < len; n++) {
		size_t part = MIN(len - at, fragment);

		if (last != head) {
			net_buf_frag_add(head, last);
		}
		for (size_t i = 0; i < part; i++, at++) {
			net_buf_add_u8(last, pattern(at));
		}
		if (n % 4 == 0) {
			net_buf_frag_add(head, net_buf_alloc(&tx_pool, K_NO_WAIT));
		}
		if (at < len) {
			last = net_buf_alloc(&tx_pool, K_NO_WAIT);
			assert_non_null(last);
			net_buf_reserve(last, n % 3 == 0 ? 0 : BT_L2CAP_CHAN_SEND_RESERVE);
		}
	}
	return head;
}

/* What the peer has of the SDU. */
static size_t heard_bytes;
static size_t heard_frames;

/* The segments that the host has sent, which are of that SDU and no longer than that. */
static void heard_more(size_t len, uint16_t mps)
{
	for (unsigned int i = 0; i < bench_packets(); i++) {
		const struct bench_packet *packet = bench_packet(i);
		const uint8_t *data = packet->payload + 4;
		uint16_t left = sys_get_le16(packet->payload);

		assert_int_equal(0x41, sys_get_le16(packet->payload + 2));
		assert_int_equal(packet->len, 4 + left);
		assert_in_range(left, 1, mps);
		if (heard_frames++ == 0) {
			assert_int_equal(len, sys_get_le16(data));
			data += 2;
			left -= 2;
		}
		while (left-- > 0) {
			assert_int_equal(pattern(heard_bytes++), *data++);
		}
	}
	assert_in_range(heard_bytes, 0, len);
}

static void give(uint16_t credits)
{
	uint8_t params[4] = {0x41, 0};

	sys_put_le16(credits, params + 2);
	respond(SIG_FLOW_CREDIT_IND, 3, params, sizeof(params));
}

/* All of an SDU, in segments no longer than mps, each of which is paid for. */
static void sdu_goes(size_t len, size_t fragment, uint16_t mps)
{
	unsigned int sents = ends.sents;

	heard_bytes = heard_frames = 0;
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, sdu(len, fragment)));
	while (ends.sents == sents) {
		size_t had = heard_frames + (size_t)chans[0].tx.credits + bench_packets();

		heard_more(len, mps);
		sent_forget();
		assert_true(heard_frames <= had);
		if (chans[0].tx.credits == 0 && bench_packets() == 0 && ends.sents == sents) {
			give(3);
		}
	}
	assert_int_equal(len, heard_bytes);
	assert_int_equal(0, fav_net_buf_pool_used(&tx_pool));
}

static void segments_are_no_longer_than_any_mps(void **state)
{
	for (uint16_t mps = BT_L2CAP_LE_MIN_MTU; mps <= 600; mps++) {
		const uint16_t lens[] = {0, 1, mps - 3, mps - 2, mps - 1, mps, 2 * mps - 2, 900};

		open_with(FRAGMENT, mps, 3);
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
			sdu_goes(lens[i], FRAGMENT, mps);
		}
		close_again();
	}
}

static void a_chain_of_fragments_of_any_size_is_one_sdu(void **state)
{
	static const uint16_t sizes[] = {23, 24, 64, 100, 245, 247, 517, 600};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		open_with(900, sizes[i], 2);
		for (size_t fragment = 15; fragment < 60; fragment += 1 + fragment / 7) {
			sdu_goes(700, fragment, sizes[i]);
		}
		close_again();
	}
}

static void the_largest_sdu_goes_in_segments_of_any_size(void **state)
{
	static const uint16_t sizes[] = {23, 64, 247, 517, 65533};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		open_with(SDU_MAX, sizes[i], 10);
		sdu_goes(SDU_MAX, FRAGMENT, sizes[i]);
		close_again();
	}
}

/* What somebody else holds is not written to. */
static void an_sdu_that_is_shared_is_copied(void **state)
{
	struct net_buf *buf;
	uint8_t before[600];

	open_with(900, 50, 100);
	heard_bytes = heard_frames = 0;
	buf = sdu(500, FRAGMENT);
	memcpy(before, buf->data, 500);
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, net_buf_ref(buf)));
	while (heard_bytes < 500) {
		heard_more(500, 50);
		sent_forget();
	}
	assert_memory_equal(before, buf->__buf + BT_L2CAP_SDU_CHAN_SEND_RESERVE, 500);
	net_buf_unref(buf);
}

/* The peer's MPS falls while an SDU is on its way. */
static void segments_get_shorter_when_the_peer_says_so(void **state)
{
	unsigned int before;

	open_two_enhanced();
	chans[0].tx.mtu = 900;
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, sdu(900, FRAGMENT)));
	bench_run();
	assert_int_equal(4 + MIN(100, BT_L2CAP_TX_MTU), bench_packet(0)->len);
	sent_forget();
	sig("\x19\x03\x06\x00\x84\x03\x40\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x00\x00");
	sig("\x16\x09\x04\x00\x50\x00\x05\x00");
	before = bench_packets();
	assert_true(before > 0);
	for (unsigned int i = 0; i < before; i++) {
		assert_int_equal(68, bench_packet(i)->len);
	}
	sent_forget();
}

/* BT_L2CAP_STATUS_OUT: the peer has given credits; each change is told. */
static void status_says_whether_there_are_credits(void **state)
{
	open_with(100, 50, 1);
	assert_int_equal(1, ends.statuses);
	assert_true(ends.can_send);
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, sdu(100, FRAGMENT)));
	assert_int_equal(2, ends.statuses);
	assert_false(ends.can_send);
	give(5);
	assert_int_equal(3, ends.statuses);
	assert_true(ends.can_send);
	give(5);
	assert_int_equal(3, ends.statuses);
	sent_forget();
	close_again();
	ends.statuses = 0;
	open_with(100, 50, 0);
	assert_int_equal(0, ends.statuses);
	assert_int_equal(0, bt_l2cap_chan_send(&chans[0].chan, sdu(10, FRAGMENT)));
	nothing_sent();
	give(1);
	assert_int_equal(2, ends.statuses);
	assert_int_equal(1, bench_packets());
	sent_forget();
	assert_int_equal(2, ends.sents);
}

static void what_cannot_be_sent_stays_the_callers(void **state)
{
	struct net_buf *buf = sdu(100, FRAGMENT);

	assert_int_equal(-EINVAL, bt_l2cap_chan_send(NULL, buf));
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, NULL));
	assert_int_equal(-ENOTCONN, bt_l2cap_chan_send(&chans[0].chan, buf));
	open_with(99, 50, 100);
	assert_int_equal(-EMSGSIZE, bt_l2cap_chan_send(&chans[0].chan, buf));
	assert_int_equal(100, buf->len);
	net_buf_pull(buf, 1);
	net_buf_reset(buf);
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE - 1);
	assert_int_equal(-EINVAL, bt_l2cap_chan_send(&chans[0].chan, buf));
	assert_int_equal(0, buf->len);
	net_buf_unref(buf);
	nothing_sent();
}

/* ---- Receiving ---- */

static void frame_comes(uint16_t cid, size_t *at, size_t len, uint16_t mps)
{
	uint8_t data[BT_L2CAP_RX_MTU];
	uint16_t n = 0;

	if (*at == 0) {
		sys_put_le16((uint16_t)len, data);
		n = 2;
	}
	while (n < mps && *at < len) {
		data[n++] = pattern((*at)++);
	}
	arrive_on(cid, data, n);
}

/* An SDU comes in segments of that size, as far as there are credits, which are never fewer than
 * one when all has been taken. */
static void sdu_comes(size_t len, uint16_t mps)
{
	size_t at = 0;

	do {
		assert_int_not_equal(0, chans[0].rx.credits);
		frame_comes(chans[0].rx.cid, &at, len, mps);
		sent_forget();
	} while (at < len);
}

static struct net_buf *big(void)
{
	return net_buf_alloc(&big_pool, K_NO_WAIT);
}

static void segments_of_any_size_are_joined(void **state)
{
	chans[0].chan.ops = &buf_ops;
	chans[0].rx.mtu = 2000;
	ends.alloc_buf = big;
	open_with(100, 100, 1);
	for (uint16_t mps = 3; mps <= BT_L2CAP_RX_MTU; mps++) {
		unsigned int recvs = ends.recvs;

		sdu_comes(2000 - mps % 100, mps);
		assert_int_equal(recvs + 1, ends.recvs);
		assert_int_equal(2000 - mps % 100, ends.last_len);
	}
}

static void the_largest_sdu_comes_in_segments_of_any_size(void **state)
{
	static const uint16_t sizes[] = {23, 64, 247, 517};

	chans[0].chan.ops = &buf_ops;
	ends.alloc_buf = big;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		chans[0].rx.mtu = SDU_MAX;
		open_with(100, 100, 1);
		sdu_comes(SDU_MAX, sizes[i]);
		assert_int_equal(i + 1, ends.recvs);
		assert_int_equal(SDU_MAX, ends.last_len);
		close_again();
	}
}

static void a_first_segment_may_have_the_length_alone(void **state)
{
	open_with(100, 100, 1);
	arrive_on(chans[0].rx.cid, "\x03\x00", 2);
	sent_forget();
	assert_int_equal(0, ends.recvs);
	arrive_on(chans[0].rx.cid, "abc", 3);
	assert_int_equal(1, ends.recvs);
	assert_int_equal(3, ends.last_len);
	sent_forget();
}

/* What the application makes of an SDU decides. */
static void an_application_that_wants_no_more_closes_the_channel(void **state)
{
	open_with(100, 100, 1);
	ends.recv_result = -EIO;
	arrive_on(chans[0].rx.cid, "\x01\x00x", 3);
	assert_int_equal(1, ends.recvs);
	assert_int_equal(BT_L2CAP_DISCONNECTING, chans[0].state);
	(void)asked(SIG_DISCONNECT_REQ);
}

/* Kept, and given back after the channel has ended, and after its link. */
static void an_sdu_that_is_kept_outlives_its_channel(void **state)
{
	chans[0].chan.ops = &buf_ops;
	ends.alloc_buf = big;
	ends.recv_result = -EINPROGRESS;
	open_with(100, 100, 1);
	arrive_on(chans[0].rx.cid, "\x01\x00x", 3);
	nothing_sent();
	close_again();
	assert_int_equal(1, ends.releases);
	assert_int_equal(1, fav_net_buf_pool_used(&big_pool));
	assert_int_equal(0, bt_l2cap_chan_recv_complete(&chans[0].chan, ends.last));
	assert_int_equal(0, fav_net_buf_pool_used(&big_pool));
	assert_int_equal(-EINVAL, bt_l2cap_chan_recv_complete(&chans[0].chan, NULL));
	nothing_sent();
}

static void empty_sdus_are_sdus(void **state)
{
	open_with(100, 100, 1);
	sdu_comes(0, 100);
	sdu_comes(0, 100);
	assert_int_equal(2, ends.recvs);
	assert_int_equal(0, ends.last_len);
}

/* An empty segment in the middle is one that costs a credit and says nothing. */
static void an_empty_segment_costs_a_credit(void **state)
{
	open_with(100, 100, 1);
	arrive_on(chans[0].rx.cid, "\x02\x00x", 3);
	sent_forget();
	arrive_on(chans[0].rx.cid, "", 0);
	sent_forget();
	assert_int_equal(0, ends.recvs);
	arrive_on(chans[0].rx.cid, "y", 1);
	assert_int_equal(1, ends.recvs);
	sent_forget();
}

/* ---- Credits by hand ---- */

static void credits_by_hand_are_all_there_are(void **state)
{
	size_t at = 0;

	chans[0].chan.ops = &seg_ops;
	chans[0].rx.mps = 50;
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 0));
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	open_with(100, 100, 1);
	frame_comes(chans[0].rx.cid, &at, 100, 50);
	frame_comes(chans[0].rx.cid, &at, 100, 50);
	assert_int_equal(2, ends.segs);
	nothing_sent();
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 3));
	assert_int_equal(3, sys_get_le16(bench_packet(0)->payload + 10));
	sent_forget();
	frame_comes(chans[0].rx.cid, &at, 100, 50);
	assert_int_equal(3, ends.segs);
	nothing_sent();
	assert_int_equal(2, chans[0].rx.credits);
}

static void credits_by_hand_are_at_most_65535(void **state)
{
	chans[0].chan.ops = &seg_ops;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 65535));
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	open_with(100, 100, 1);
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	arrive_on(chans[0].rx.cid, "\x01\x00x", 3);
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 2));
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	sent_forget();
	/* Of a channel of SDUs they are the library's. */
	ends.accepted = 1;
	respond(SIG_CREDIT_CONN_REQ, 2, "\x80\x00\x42\x00\x64\x00\x64\x00\x01\x00", 10);
	sent_forget();
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[1].chan, 1));
}

/* Without a buffer they wait, and go together. */
static void credits_that_find_no_buffer_are_not_lost(void **state)
{
	chans[0].chan.ops = &seg_ops;
	open_with(100, 100, 1);
	fav_fault_alloc_at(1);
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 4));
	fav_fault_alloc_at(1);
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 5));
	fav_fault_alloc_at(0);
	nothing_sent();
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 65535 - 8));
	bench_pass_ms(20);
	assert_int_equal(1, bench_packets());
	assert_int_equal(9, sys_get_le16(bench_packet(0)->payload + 10));
	sent_forget();
	assert_int_equal(9, chans[0].rx.credits);
}

static void give_one_more(void)
{
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	ends.in_seg = give_one_more;
}

/* The largest SDU through one credit. */
static void one_credit_by_hand_is_enough_for_ever(void **state)
{
	size_t at = 0;

	chans[0].chan.ops = &seg_ops;
	chans[0].rx.mtu = SDU_MAX;
	chans[0].rx.mps = 64;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	ends.in_seg = give_one_more;
	open_with(100, 100, 1);
	while (at < SDU_MAX) {
		assert_int_equal(1, chans[0].rx.credits);
		frame_comes(chans[0].rx.cid, &at, SDU_MAX, 64);
		sent_forget();
	}
	assert_int_equal(DIV_ROUND_UP(SDU_MAX + 2, 64), ends.segs);
	ends.in_seg = NULL;
}

static void one_too_long_for_the_chosen_mps_ends_the_channel(void **state)
{
	uint8_t segment[51] = {100, 0};

	chans[0].chan.ops = &seg_ops;
	chans[0].rx.mps = 50;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 9));
	open_with(100, 100, 1);
	arrive_on(chans[0].rx.cid, segment, 50);
	assert_int_equal(1, ends.segs);
	arrive_on(chans[0].rx.cid, segment, 51);
	assert_int_equal(1, ends.segs);
	assert_int_equal(BT_L2CAP_DISCONNECTING, chans[0].state);
	sent_forget();
}

static void a_peer_may_give_65535_credits_and_no_more(void **state)
{
	open_with(100, 100, 1);
	give(65534);
	assert_int_equal(65535, chans[0].tx.credits);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[0].state);
	give(1);
	assert_int_equal(BT_L2CAP_DISCONNECTING, chans[0].state);
	sent_forget();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(segments_are_no_longer_than_any_mps),
		TEST(a_chain_of_fragments_of_any_size_is_one_sdu),
		TEST(the_largest_sdu_goes_in_segments_of_any_size),
		TEST(an_sdu_that_is_shared_is_copied),
		TEST(segments_get_shorter_when_the_peer_says_so),
		TEST(status_says_whether_there_are_credits),
		TEST(what_cannot_be_sent_stays_the_callers),
		TEST(segments_of_any_size_are_joined),
		TEST(the_largest_sdu_comes_in_segments_of_any_size),
		TEST(a_first_segment_may_have_the_length_alone),
		TEST(an_application_that_wants_no_more_closes_the_channel),
		TEST(an_sdu_that_is_kept_outlives_its_channel),
		TEST(empty_sdus_are_sdus),
		TEST(an_empty_segment_costs_a_credit),
		TEST(credits_by_hand_are_all_there_are),
		TEST(credits_by_hand_are_at_most_65535),
		TEST(credits_that_find_no_buffer_are_not_lost),
		TEST(one_credit_by_hand_is_enough_for_ever),
		TEST(one_too_long_for_the_chosen_mps_ends_the_channel),
		TEST(a_peer_may_give_65535_credits_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
