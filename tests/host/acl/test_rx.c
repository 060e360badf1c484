/* SPDX-License-Identifier: Apache-2.0 */

/* Packets to PDUs: joined in every way they may be split, and never beyond what they say. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "bench.h"
#include "heard.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"

#define HANDLE 0x10
#define HDR    4

static struct {
	unsigned int count;
	uint16_t len;
	uint8_t data[CONFIG_BT_BUF_ACL_RX_SIZE];
	struct bt_conn *conn;
	void (*then)(struct bt_conn *conn);
} got;

static void channel_recv(struct bt_conn *conn, struct net_buf *buf)
{
	got.count++;
	got.len = buf->len;
	got.conn = conn;
	memcpy(got.data, buf->data, buf->len);
	net_buf_unref(buf);
	if (got.then != NULL) {
		got.then(conn);
	}
}

static const struct l2cap_fixed channel = {
	.cid = L2CAP_CID_ATT,
	.recv = channel_recv,
};

static int setup(void **state)
{
	memset(&got, 0, sizeof(got));
	bench_start(true);
	heard_start();
	assert_int_equal(0, l2cap__fixed_register(host__l2cap(fav_host_current()), &channel));
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_run();
	return 0;
}

static int teardown(void **state)
{
	heard_forget();
	bench_stop();
	return 0;
}

static uint32_t acl_dropped(void)
{
	return host__stats(fav_host_current())->acl_dropped;
}

static uint32_t l2cap_dropped(void)
{
	return host__stats(fav_host_current())->l2cap_dropped;
}

/* A PDU of len bytes that says it has said; its bytes count from 0. */
static const uint8_t *pdu_of(size_t len, uint16_t said)
{
	static uint8_t pdu[HDR + 2048];

	sys_put_le16(said, pdu);
	sys_put_le16(L2CAP_CID_ATT, pdu + 2);
	for (size_t i = 0; i < len; i++) {
		pdu[HDR + i] = (uint8_t)i;
	}
	return pdu;
}

static void whole(size_t len)
{
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(len, (uint16_t)len), HDR + len);
}

/* The link still works: nothing of what was is left. */
static void next_pdu_arrives(void)
{
	unsigned int before = got.count;

	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(3, 3), HDR);
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu_of(3, 3) + HDR, 3);
	assert_int_equal(before + 1, got.count);
	assert_int_equal(3, got.len);
}

/* ---- Joining ---- */

static void test_a_pdu_in_one_packet(void **state)
{
	for (size_t len = 0; len <= BT_L2CAP_RX_MTU; len++) {
		whole(len);
		assert_int_equal(len + 1, got.count);
		assert_int_equal(len, got.len);
		assert_memory_equal(pdu_of(len, 0) + HDR, got.data, len);
	}
	assert_ptr_equal(conn__by_handle(fav_host_current(), HANDLE), got.conn);
}

static void test_a_pdu_in_packets_of_every_size(void **state)
{
	for (size_t len = 0; len <= 60; len++) {
		for (size_t step = 1; step <= len + HDR; step++) {
			const uint8_t *pdu = pdu_of(len, (uint16_t)len);
			unsigned int before = got.count;

			for (size_t at = 0; at < len + HDR; at += step) {
				assert_int_equal(before, got.count);
				bench_acl_in(HANDLE, at == 0 ? BT_ACL_START : BT_ACL_CONT, pdu + at,
					     MIN(step, len + HDR - at));
			}
			assert_int_equal(before + 1, got.count);
			assert_int_equal(len, got.len);
			assert_memory_equal(pdu + HDR, got.data, len);
		}
	}
	assert_int_equal(0, acl_dropped());
}

static void test_the_largest_pdu_in_packets_of_27_bytes(void **state)
{
	const uint8_t *pdu = pdu_of(BT_L2CAP_RX_MTU, BT_L2CAP_RX_MTU);

	for (size_t at = 0; at < CONFIG_BT_BUF_ACL_RX_SIZE; at += 27) {
		bench_acl_in(HANDLE, at == 0 ? BT_ACL_START : BT_ACL_CONT, pdu + at,
			     MIN(27, CONFIG_BT_BUF_ACL_RX_SIZE - at));
	}
	assert_int_equal(1, got.count);
	assert_int_equal(BT_L2CAP_RX_MTU, got.len);
}

static void test_links_are_joined_apart(void **state)
{
	const uint8_t *pdu = pdu_of(10, 10);

	bench_connect(0, HANDLE + 1, 1, bench_addr(2));
	bench_acl_in(HANDLE, BT_ACL_START, pdu, 7);
	bench_acl_in(HANDLE + 1, BT_ACL_START, pdu, 8);
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu + 7, 7);
	assert_int_equal(1, got.count);
	assert_ptr_equal(conn__by_handle(fav_host_current(), HANDLE), got.conn);
	bench_acl_in(HANDLE + 1, BT_ACL_CONT, pdu + 8, 6);
	assert_int_equal(2, got.count);
	assert_int_equal(0, acl_dropped());
}

/* ---- Lies ---- */

/* The radio's PDU is shorter than the L2CAP length in it, and nothing follows. */
static void test_cve_2019_17517_truncated_l2cap_is_never_delivered(void **state)
{
	for (size_t sent = 1; sent < HDR + 20; sent++) {
		bench_acl_in(HANDLE, BT_ACL_START, pdu_of(20, 20), sent);
		assert_int_equal(sent - 1, got.count);
		next_pdu_arrives();
		assert_int_equal(sent, acl_dropped());
	}
}

/* The radio's PDU is longer than the L2CAP length in it. */
static void test_cve_2019_17519_overlong_packet_is_dropped(void **state)
{
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(30, 29), HDR + 30);
	assert_int_equal(0, got.count);
	assert_int_equal(1, acl_dropped());
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(30, 0), HDR + 30);
	assert_int_equal(0, got.count);
	next_pdu_arrives();
}

/* Fragments that together are longer than the L2CAP length. */
static void test_cve_2019_16336_overflow_by_continuation_is_dropped(void **state)
{
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(10, 10), HDR + 9);
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu_of(100, 100), 100);
	assert_int_equal(0, got.count);
	assert_int_equal(1, acl_dropped());
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu_of(1, 1), 1);
	assert_int_equal(2, acl_dropped());
	next_pdu_arrives();
}

static void test_cve_2019_17518_a_length_beyond_all_buffers_is_skipped(void **state)
{
	const uint8_t *pdu = pdu_of(1000, 1000);

	for (size_t at = 0; at < HDR + 1000; at += 251) {
		bench_acl_in(HANDLE, at == 0 ? BT_ACL_START : BT_ACL_CONT, pdu + at,
			     MIN(251, HDR + 1000 - at));
	}
	assert_int_equal(1, l2cap_dropped());
	assert_int_equal(0, acl_dropped());
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu, 1);
	assert_int_equal(1, acl_dropped());
	next_pdu_arrives();
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(20, 0xffff), HDR + 20);
	assert_int_equal(2, l2cap_dropped());
	next_pdu_arrives();
}

static void test_one_byte_too_long_is_too_long(void **state)
{
	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(20, BT_L2CAP_RX_MTU + 1), HDR + 20);
	assert_int_equal(1, l2cap_dropped());
	next_pdu_arrives();
}

/* The length is not known yet when the buffer is full. */
static void test_cve_2019_19195_fragments_of_a_header_never_leave_the_buffer(void **state)
{
	static uint8_t bytes[BENCH_ACL_MAX];

	bench_acl_in(HANDLE, BT_ACL_START, pdu_of(0, 0xffff), 3);
	bench_acl_in(HANDLE, BT_ACL_CONT, bytes, sizeof(bytes));
	assert_int_equal(1, acl_dropped());
	assert_int_equal(0, got.count);
	next_pdu_arrives();
}

static void test_a_continuation_of_nothing_is_dropped(void **state)
{
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu_of(10, 10), HDR + 10);
	assert_int_equal(1, acl_dropped());
	next_pdu_arrives();
}

static void test_empty_packets_change_nothing(void **state)
{
	const uint8_t *pdu = pdu_of(10, 10);

	bench_acl_in(HANDLE, BT_ACL_START, NULL, 0);
	assert_int_equal(1, acl_dropped());
	bench_acl_in(HANDLE, BT_ACL_START, pdu, 5);
	bench_acl_in(HANDLE, BT_ACL_CONT, NULL, 0);
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu + 5, 9);
	assert_int_equal(1, got.count);
}

static void test_malformed_headers_are_dropped(void **state)
{
	static const uint8_t packets[][8] = {
		{0x10},
		{0x10, 0x20, 0x00},
		{0x10, 0x20, 0x05, 0x00, 0, 0, 4, 0}, /* Says one more than there is. */
		{0x10, 0x20, 0x03, 0x00, 0, 0, 4, 0}, /* Says one less. */
		{0x10, 0x60, 0x04, 0x00, 0, 0, 4, 0}, /* Broadcast. */
		{0x10, 0x00, 0x04, 0x00, 0, 0, 4, 0}, /* A start that only hosts send. */
		{0x10, 0x30, 0x04, 0x00, 0, 0, 4, 0}, /* Complete, of AMP. */
		{0x11, 0x20, 0x04, 0x00, 0, 0, 4, 0}, /* No such link. */
		{0xff, 0x2f, 0x04, 0x00, 0, 0, 4, 0}, /* No such handle. */
	};
	static const size_t lens[] = {1, 3, 8, 8, 8, 8, 8, 8, 8};

	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		bench_acl_raw(packets[i], lens[i]);
		assert_int_equal(i + 1, acl_dropped());
	}
	bench_acl_raw(NULL, 0);
	assert_int_equal(0, got.count);
	next_pdu_arrives();
}

static void test_a_link_that_goes_frees_what_it_began(void **state)
{
	const uint8_t *pdu = pdu_of(10, 10);

	bench_acl_in(HANDLE, BT_ACL_START, pdu, 5);
	bench_disconnected(HANDLE, 0x13);
	bench_run();
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_acl_in(HANDLE, BT_ACL_CONT, pdu + 5, 9);
	assert_int_equal(0, got.count);
	assert_int_equal(1, acl_dropped());
	next_pdu_arrives();
}

static void go(struct bt_conn *conn)
{
	bench_disable(fav_host_current());
}

static void test_the_host_may_be_disabled_while_a_pdu_is_handled(void **state)
{
	got.then = go;
	whole(5);
	assert_int_equal(1, got.count);
	assert_int_equal(1, heard.disconnected);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_pdu_in_one_packet),
		TEST(test_a_pdu_in_packets_of_every_size),
		TEST(test_the_largest_pdu_in_packets_of_27_bytes),
		TEST(test_links_are_joined_apart),
		TEST(test_cve_2019_17517_truncated_l2cap_is_never_delivered),
		TEST(test_cve_2019_17519_overlong_packet_is_dropped),
		TEST(test_cve_2019_16336_overflow_by_continuation_is_dropped),
		TEST(test_cve_2019_17518_a_length_beyond_all_buffers_is_skipped),
		TEST(test_one_byte_too_long_is_too_long),
		TEST(test_cve_2019_19195_fragments_of_a_header_never_leave_the_buffer),
		TEST(test_a_continuation_of_nothing_is_dropped),
		TEST(test_empty_packets_change_nothing),
		TEST(test_malformed_headers_are_dropped),
		TEST(test_a_link_that_goes_frees_what_it_began),
		TEST(test_the_host_may_be_disabled_while_a_pdu_is_handled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
