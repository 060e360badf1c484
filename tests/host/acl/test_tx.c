/* SPDX-License-Identifier: Apache-2.0 */

/* PDUs to packets: fragments, turns, the controller's buffers, and what is reported of them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/byteorder.h>

#include "bench.h"
#include "heard.h"
#include "host/acl.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"

#define PDU_MAX   1200
#define PDU_COUNT 64
#define HDR       4

NET_BUF_POOL_FIXED_DEFINE(pdus, PDU_COUNT, L2CAP_HEADROOM + PDU_MAX, L2CAP_USER_DATA, NULL);

/* What was reported, in order: which PDU, and how. */
static struct {
	unsigned int count;
	uintptr_t user[1024];
	int err[1024];
	void (*then)(struct bt_conn *conn, uintptr_t user, int err);
} reports;

static void reported(struct bt_conn *conn, void *user, int err)
{
	assert_true(reports.count < ARRAY_SIZE(reports.user));
	reports.user[reports.count] = (uintptr_t)user;
	reports.err[reports.count++] = err;
	if (reports.then != NULL) {
		reports.then(conn, (uintptr_t)user, err);
	}
}

static int setup_with(uint16_t acl_len, uint16_t acl_count)
{
	memset(&reports, 0, sizeof(reports));
	bench_start(false);
	bench_config.acl_len = acl_len;
	bench_config.acl_count = acl_count;
	assert_int_equal(0, bench_enable(fav_host_current()));
	heard_start();
	return 0;
}

static int setup(void **state)
{
	return setup_with(251, 8);
}

static int setup_small(void **state)
{
	return setup_with(27, 1);
}

static int teardown(void **state)
{
	heard_forget();
	fav_fault_alloc_at(0);
	reports.then = NULL;
	bench_stop();
	assert_int_equal(0, fav_net_buf_pool_used(&pdus));
	return 0;
}

static struct bt_conn *link_up(uint16_t handle)
{
	bench_connect(0, handle, 1, bench_addr((uint8_t)handle));
	bench_run();
	bench_packets_forget();
	return conn__by_handle(fav_host_current(), handle);
}

static uint8_t pattern(uintptr_t seed, size_t i)
{
	return (uint8_t)(seed * 31 + i * 7 + i / 251);
}

static struct net_buf *pdu_new(uintptr_t seed, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&pdus, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_reserve(buf, L2CAP_HEADROOM);
	for (size_t i = 0; i < len; i++) {
		net_buf_add_u8(buf, pattern(seed, i));
	}
	return buf;
}

static int send_to(struct bt_conn *conn, uintptr_t seed, size_t len)
{
	struct net_buf *buf = pdu_new(seed, len);
	int err = l2cap__send(conn, L2CAP_CID_ATT, buf, reported, (void *)seed);

	if (err != 0) {
		assert_int_equal(len, buf->len);
		net_buf_unref(buf);
	}
	return err;
}

/* Reads packets from the index-th on as one PDU; returns how many they are. */
static unsigned int pdu_check(unsigned int index, uint16_t handle, uintptr_t seed, size_t len)
{
	uint8_t pdu[HDR + PDU_MAX];
	size_t have = 0;
	unsigned int packets = 0;

	while (have < len + HDR) {
		const struct bench_packet *packet = bench_packet(index + packets);

		assert_int_equal(handle, bt_acl_handle(packet->handle));
		assert_int_equal(packets == 0 ? BT_ACL_START_NO_FLUSH : BT_ACL_CONT,
				 bt_acl_flags(packet->handle));
		assert_true(packet->len > 0 && have + packet->len <= len + HDR);
		memcpy(pdu + have, packet->payload, packet->len);
		have += packet->len;
		packets++;
	}
	assert_int_equal(len, sys_get_le16(pdu));
	assert_int_equal(L2CAP_CID_ATT, sys_get_le16(pdu + 2));
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pattern(seed, i), pdu[HDR + i]);
	}
	return packets;
}

/* ---- Fragments ---- */

static void test_a_pdu_that_fits_leaves_in_its_own_buffer(void **state)
{
	struct bt_conn *conn = link_up(1);
	struct net_buf *buf = pdu_new(1, 247);
	const uint8_t *data = buf->data;

	assert_int_equal(0, l2cap__send(conn, L2CAP_CID_ATT, buf, NULL, NULL));
	assert_int_equal(1, bench_packets());
	assert_ptr_equal(data - HDR, bench_packet(0)->data);
	pdu_check(0, 1, 1, 247);
}

static void test_the_last_packet_of_a_long_pdu_leaves_in_its_own_buffer(void **state)
{
	struct bt_conn *conn = link_up(1);
	struct net_buf *buf = pdu_new(1, 248);
	const uint8_t *data = buf->data;

	bench_hold(true);
	assert_int_equal(0, l2cap__send(conn, L2CAP_CID_ATT, buf, NULL, NULL));
	assert_int_equal(2, bench_packets());
	assert_ptr_equal(data + 247, bench_packet(1)->data);
	pdu_check(0, 1, 1, 248);
}

static void test_all_sizes_through_one_buffer_of_27_bytes(void **state)
{
	struct bt_conn *conn = link_up(1);

	for (size_t len = 0; len <= 517; len++) {
		unsigned int packets = 0;

		bench_packets_forget();
		assert_int_equal(0, send_to(conn, len, len));
		while (packets < bench_packets()) {
			packets++;
			assert_int_equal(packets, bench_packets());
			assert_int_equal(len, reports.count);
			bench_completed(1, 1);
			bench_run();
		}
		assert_int_equal((len + HDR + 26) / 27, packets);
		pdu_check(0, 1, len, len);
		assert_int_equal(len + 1, reports.count);
		assert_int_equal(0, reports.err[len]);
		assert_int_equal(len, reports.user[len]);
	}
}

static void test_all_sizes_with_a_transport_that_keeps_every_buffer(void **state)
{
	struct bt_conn *conn = link_up(1);

	bench_hold(true);
	for (size_t len = 1; len <= 520; len += 13) {
		unsigned int packets;

		bench_packets_forget();
		assert_int_equal(0, send_to(conn, len, len));
		bench_run();
		packets = pdu_check(0, 1, len, len);
		bench_release();
		bench_completed(1, (uint16_t)packets);
		bench_run();
	}
}

static void test_when_the_transport_keeps_all_copies_sending_goes_on_as_they_come_back(void **state)
{
	struct bt_conn *conn;

	bench_disable(fav_host_current());
	bench_config.acl_len = 27;
	bench_config.acl_count = 64;
	assert_int_equal(0, bench_enable(fav_host_current()));
	conn = link_up(1);
	bench_hold(true);
	assert_int_equal(0, send_to(conn, 1, 27 * 20));
	bench_run();
	assert_int_equal(ACL_COPY_COUNT, bench_packets());
	bench_release();
	bench_run();
	assert_int_equal(21, bench_packets());
	pdu_check(0, 1, 1, 27 * 20);
}

static void test_a_controller_with_large_buffers_gets_large_packets(void **state)
{
	struct bt_conn *conn;

	bench_disable(fav_host_current());
	bench_config.acl_len = 600;
	assert_int_equal(0, bench_enable(fav_host_current()));
	conn = link_up(1);
	assert_int_equal(0, send_to(conn, 1, 596));
	assert_int_equal(1, pdu_check(0, 1, 1, 596));
	bench_completed(1, 1);
	bench_packets_forget();
	assert_int_equal(0, send_to(conn, 2, 1100));
	pdu_check(0, 1, 2, 1100);
}

static void test_unusable_controllers_are_refused(void **state)
{
	bench_disable(fav_host_current());
	bench_config.acl_len = 26;
	assert_int_equal(-EIO, bench_enable(fav_host_current()));
	bench_disable(fav_host_current());
	bench_config.acl_len = 27;
	bench_config.acl_count = 0;
	assert_int_equal(-EIO, bench_enable(fav_host_current()));
}

static void test_a_pdu_longer_than_any_buffer_is_refused(void **state)
{
	static uint8_t bytes[UINT16_MAX];
	struct bt_conn *conn = link_up(1);
	struct net_buf *buf = net_buf_alloc_with_data(&pdus, bytes, sizeof(bytes), K_NO_WAIT);

	assert_non_null(buf);
	assert_int_equal(-EMSGSIZE, l2cap__send(conn, L2CAP_CID_ATT, buf, reported, NULL));
	net_buf_unref(buf);
}

/* ---- Turns ---- */

static void test_no_more_packets_than_the_controller_has_buffers(void **state)
{
	struct bt_conn *conn = link_up(1);

	for (uintptr_t i = 0; i < 30; i++) {
		assert_int_equal(0, send_to(conn, i, 20));
	}
	assert_int_equal(8, bench_packets());
	bench_completed(1, 3);
	assert_int_equal(11, bench_packets());
	assert_int_equal(3, reports.count);
	while (reports.count < 30) {
		bench_completed(1, 1);
	}
	for (unsigned int i = 0; i < 30; i++) {
		pdu_check(i, 1, i, 20);
		assert_int_equal(i, reports.user[i]);
		assert_int_equal(0, reports.err[i]);
	}
}

/* How many of the packets from the index-th on are of that link. */
static unsigned int packets_of(unsigned int from, uint16_t handle)
{
	unsigned int count = 0;

	for (unsigned int i = from; i < bench_packets(); i++) {
		count += bt_acl_handle(bench_packet(i)->handle) == handle;
	}
	return count;
}

static void test_a_link_leaves_a_buffer_for_each_other(void **state)
{
	struct bt_conn *busy = link_up(1);
	struct bt_conn *other = link_up(2);

	link_up(3);
	for (uintptr_t i = 0; i < 20; i++) {
		assert_int_equal(0, send_to(busy, i, 20));
	}
	assert_int_equal(6, bench_packets());
	/* Nothing is ever completed on the first link: the second still gets on. */
	for (uintptr_t i = 0; i < 20; i++) {
		assert_int_equal(0, send_to(other, i, 20));
	}
	assert_true(packets_of(0, 2) >= 1);
	for (unsigned int done = 0; done < 20; done++) {
		assert_int_equal(done, reports.count);
		bench_completed(2, 1);
	}
	assert_int_equal(20, packets_of(0, 2));
	assert_int_equal(6, packets_of(0, 1));
}

static void test_links_that_stall_leave_a_buffer_for_each_other(void **state)
{
	struct bt_conn *conns[4];

	for (uint16_t i = 0; i < 4; i++) {
		conns[i] = link_up((uint16_t)(i + 1));
	}
	/* Nothing is ever completed on the first three, which begin one after the other. */
	for (unsigned int link = 0; link < 3; link++) {
		for (uintptr_t i = 0; i < 10; i++) {
			assert_int_equal(0, send_to(conns[link], i, 20));
		}
		assert_true(packets_of(0, (uint16_t)(link + 1)) >= 1);
	}
	for (uintptr_t i = 0; i < 10; i++) {
		assert_int_equal(0, send_to(conns[3], i, 20));
	}
	for (unsigned int done = 0; done < 10; done++) {
		assert_true(packets_of(0, 4) > done);
		bench_completed(4, 1);
	}
	assert_int_equal(10, packets_of(0, 4));
	/* The last one over leaves nothing behind that keeps the others from what is free. */
	bench_disconnected(4, 0x13);
	for (unsigned int i = 0; i < 30; i++) {
		bench_completed((uint16_t)(1 + i % 3), 1);
	}
	assert_int_equal(30, packets_of(0, 1) + packets_of(0, 2) + packets_of(0, 3));
}

static void test_a_busy_link_among_many_idle_ones_has_half_of_the_buffers(void **state)
{
	struct bt_conn *busy = link_up(1);

	for (uint16_t i = 2; i <= 16; i++) {
		link_up(i);
	}
	for (uintptr_t i = 0; i < 20; i++) {
		assert_int_equal(0, send_to(busy, i, 20));
	}
	assert_int_equal(4, bench_packets());
	assert_int_equal(0, send_to(conn__by_handle(fav_host_current(), 16), 0, 20));
	assert_int_equal(5, bench_packets());
}

static void test_links_that_wait_share_evenly(void **state)
{
	struct bt_conn *conns[4];

	for (uint16_t i = 0; i < 4; i++) {
		conns[i] = link_up((uint16_t)(i + 1));
	}
	for (uintptr_t i = 0; i < 12; i++) {
		for (unsigned int j = 0; j < 4; j++) {
			assert_int_equal(0, send_to(conns[j], i, 20));
		}
	}
	assert_int_equal(8, bench_packets());
	/* Links 2 to 4 are served; the first is silent. */
	for (unsigned int round = 0; round < 9; round++) {
		for (uint16_t handle = 2; handle <= 4; handle++) {
			bench_completed(handle, 1);
		}
	}
	assert_true(packets_of(0, 1) <= 5);
	for (uint16_t handle = 2; handle <= 4; handle++) {
		assert_true(packets_of(0, handle) >= 9);
	}
}

/* Of 64 links one has the radio. What it gives back must not go to those that wait for it, each of
 * which has its part, or it has nothing more to send. */
static void test_the_link_whose_packets_leave_gets_the_buffers_back(void **state)
{
	struct bt_conn *active, *waiting;

	bench_disable(fav_host_current());
	bench_config.acl_count = 9;
	assert_int_equal(0, bench_enable(fav_host_current()));
	active = link_up(1);
	waiting = link_up(2);
	link_up(3);
	for (uintptr_t i = 0; i < 30; i++) {
		assert_int_equal(0, send_to(active, i, 20));
	}
	for (uintptr_t i = 0; i < 30; i++) {
		assert_int_equal(0, send_to(waiting, i, 20));
	}
	for (int i = 0; i < 20; i++) {
		bench_completed(1, 1);
	}
	/* At least a third of the nine, but not all that it might have. */
	assert_in_range(packets_of(0, 2), 3, 4);
	assert_in_range(packets_of(0, 1), 20 + 5, 30);
}

static void test_sixteen_links_on_four_buffers_all_finish(void **state)
{
	unsigned int served = 0;

	bench_disable(fav_host_current());
	bench_config.acl_len = 27;
	bench_config.acl_count = 4;
	assert_int_equal(0, bench_enable(fav_host_current()));
	for (uint16_t i = 1; i <= 16; i++) {
		link_up(i);
	}
	for (uint16_t i = 1; i <= 16; i++) {
		struct bt_conn *conn = conn__by_handle(fav_host_current(), i);

		for (uintptr_t j = 0; j < 3; j++) {
			assert_int_equal(0, send_to(conn, i, 100));
		}
	}
	while (served < bench_packets()) {
		bench_completed(bt_acl_handle(bench_packet(served)->handle), 1);
		served++;
		bench_run();
	}
	assert_int_equal(16 * 3, reports.count);
	assert_int_equal(16 * 3 * 4, served);
}

static void test_fragments_of_a_link_stay_together_in_its_order(void **state)
{
	struct bt_conn *conn = link_up(1);
	unsigned int at = 0;

	for (uintptr_t i = 0; i < 6; i++) {
		assert_int_equal(0, send_to(conn, i, 30 + 40 * i));
	}
	for (unsigned int i = 0; i < bench_packets(); i++) {
		bench_completed(1, 1);
		bench_run();
	}
	for (uintptr_t i = 0; i < 6; i++) {
		at += pdu_check(at, 1, i, 30 + 40 * i);
		assert_int_equal(i, reports.user[i]);
	}
}

/* Of the index-th packet, which begins a PDU: the first byte behind its header. */
static uint8_t first_byte(unsigned int index)
{
	assert_int_equal(BT_ACL_START_NO_FLUSH, bt_acl_flags(bench_packet(index)->handle));
	return bench_packet(index)->payload[HDR];
}

static void test_credits_pass_data_but_neither_a_pdu_begun_nor_signalling(void **state)
{
	static const uint8_t order[] = {1, 10, 11, 12, 2, 3};
	struct bt_conn *conn = link_up(1);
	unsigned int index = 0;

	/* The first packet of three of PDU 1 has left. */
	assert_int_equal(0, send_to(conn, 1, 70));
	assert_int_equal(0, send_to(conn, 2, 10));
	assert_int_equal(0, l2cap__signal(conn, pdu_new(10, 10), true));
	assert_int_equal(0, l2cap__signal(conn, pdu_new(11, 10), true));
	assert_int_equal(0, l2cap__signal(conn, pdu_new(12, 10), true));
	assert_int_equal(0, send_to(conn, 3, 10));
	for (int i = 0; i < 8; i++) {
		bench_completed(1, 1);
		bench_run();
	}
	assert_int_equal(3 + 5, bench_packets());
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_int_equal(pattern(order[i], 0), first_byte(index));
		index += order[i] == 1 ? 3 : 1;
	}
	/* Other signalling waits its turn, and credits behind it with it. */
	bench_packets_forget();
	for (uint8_t i = 1; i <= 3; i++) {
		assert_int_equal(0, send_to(conn, i, 10));
	}
	assert_int_equal(0, l2cap__signal(conn, pdu_new(10, 10), false));
	assert_int_equal(0, send_to(conn, 4, 10));
	assert_int_equal(0, l2cap__signal(conn, pdu_new(11, 10), true));
	for (int i = 0; i < 6; i++) {
		bench_completed(1, 1);
		bench_run();
	}
	assert_int_equal(6, bench_packets());
	assert_int_equal(pattern(10, 0), first_byte(3));
	assert_int_equal(pattern(11, 0), first_byte(4));
	assert_int_equal(pattern(4, 0), first_byte(5));
}

static void test_more_pdus_than_records_wait_for_one(void **state)
{
	struct bt_conn *conn;

	bench_disable(fav_host_current());
	bench_config.acl_count = 255;
	assert_int_equal(0, bench_enable(fav_host_current()));
	conn = link_up(1);
	for (uintptr_t i = 0; i < PDU_COUNT; i++) {
		assert_int_equal(0, send_to(conn, i, 1));
	}
	for (uintptr_t i = 0; i < 8; i++) {
		assert_int_equal(0, send_to(conn, i, 1));
	}
	assert_int_equal(ACL_RECORDS, bench_packets());
	bench_completed(1, 8);
	assert_int_equal(ACL_RECORDS + 8, bench_packets());
	bench_completed(1, ACL_RECORDS);
	assert_int_equal(ACL_RECORDS + 8, reports.count);
}

/* ---- Reports ---- */

static void send_another(struct bt_conn *conn, uintptr_t user, int err)
{
	if (err == 0 && user < 50) {
		assert_int_equal(0, send_to(conn, user + 1, 20));
	} else if (err != 0) {
		assert_int_equal(-ENOTCONN, send_to(conn, user + 1, 20));
	}
}

static void nothing_waits(struct bt_conn *conn, uintptr_t user, int err)
{
	assert_int_equal(MIN(user + 8, 20), bench_packets());
}

static void test_the_controller_is_busy_again_before_the_report(void **state)
{
	struct bt_conn *conn = link_up(1);

	reports.then = nothing_waits;
	for (uintptr_t i = 1; i <= 20; i++) {
		assert_int_equal(0, send_to(conn, i, 20));
	}
	while (reports.count < 20) {
		bench_completed(1, 1);
	}
}

static void test_sending_from_the_report_of_what_was_sent(void **state)
{
	struct bt_conn *conn = link_up(1);

	reports.then = send_another;
	assert_int_equal(0, send_to(conn, 1, 20));
	while (reports.count < 50) {
		bench_completed(1, 1);
	}
	assert_int_equal(50, bench_packets());
	assert_int_equal(0, send_to(conn, 60, 20));
	bench_disconnected(1, 0x13);
	assert_int_equal(51, reports.count);
	assert_int_equal(-ENOTCONN, reports.err[50]);
}

static void test_a_link_that_goes_reports_all_once_in_order(void **state)
{
	/* Gone after each number of completed packets of four PDUs of three packets each. */
	for (unsigned int done = 0; done <= 12; done++) {
		struct bt_conn *conn;

		memset(&reports, 0, sizeof(reports));
		conn = link_up(1);
		for (uintptr_t i = 0; i < 4; i++) {
			assert_int_equal(0, send_to(conn, i, 77));
		}
		for (unsigned int i = 0; i < done; i++) {
			bench_completed(1, 1);
			bench_run();
		}
		bench_disconnected(1, 0x13);
		bench_run();
		assert_int_equal(4, reports.count);
		for (unsigned int i = 0; i < 4; i++) {
			assert_int_equal(i, reports.user[i]);
			assert_int_equal(i < done / 3 ? 0 : -ENOTCONN, reports.err[i]);
		}
		assert_int_equal(0, fav_net_buf_pool_used(&pdus));
		assert_int_equal(-ENOTCONN, send_to(conn, 9, 20));
	}
	/* The controller's buffer has come back each time. */
	assert_int_equal(1, host__acl(fav_host_current())->credits);
}

static void disable_at_report(struct bt_conn *conn, uintptr_t user, int err)
{
	if (err == 0) {
		bench_disable(fav_host_current());
	}
}

static void test_the_host_may_be_disabled_in_a_report(void **state)
{
	struct bt_conn *conn = link_up(1);

	link_up(2);
	reports.then = disable_at_report;
	for (uintptr_t i = 0; i < 20; i++) {
		assert_int_equal(0, send_to(conn, i, 20));
	}
	bench_completed(1, 5);
	assert_int_equal(20, reports.count);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(i, reports.user[i]);
		assert_int_equal(i == 0 ? 0 : -ENOTCONN, reports.err[i]);
	}
	assert_int_equal(2, heard.disconnected);
}

static void test_buffers_of_a_gone_link_serve_the_others(void **state)
{
	struct bt_conn *stalled = link_up(1);
	struct bt_conn *other = link_up(2);

	for (uintptr_t i = 0; i < 20; i++) {
		assert_int_equal(0, send_to(stalled, i, 20));
	}
	for (uintptr_t i = 100; i < 120; i++) {
		assert_int_equal(0, send_to(other, i, 20));
	}
	assert_int_equal(1, packets_of(0, 2));
	bench_disconnected(1, BT_HCI_ERR_CONN_TIMEOUT);
	assert_int_equal(8, packets_of(0, 2));
}

/* ---- Lies ---- */

static uint32_t events_dropped(void)
{
	return host__stats(fav_host_current())->evt_dropped;
}

static void test_more_completions_than_packets_are_counted_and_ignored(void **state)
{
	struct bt_conn *conn = link_up(1);

	assert_int_equal(0, send_to(conn, 1, 20));
	bench_completed(1, 0xffff);
	assert_int_equal(1, reports.count);
	assert_int_equal(1, events_dropped());
	assert_int_equal(8, host__acl(fav_host_current())->credits);
	bench_completed(1, 1);
	bench_completed(2, 1);
	bench_completed(0x0fff, 1);
	assert_int_equal(4, events_dropped());
	assert_int_equal(8, host__acl(fav_host_current())->credits);
}

static void test_a_completion_event_that_lies_about_its_length_is_dropped(void **state)
{
	static const uint8_t more[] = {2, 1, 0, 1, 0};
	static const uint8_t none[] = {0};
	struct bt_conn *conn = link_up(1);

	assert_int_equal(0, send_to(conn, 1, 20));
	bench_evt(BT_HCI_EVT_NUM_COMPLETED_PACKETS, more, sizeof(more));
	assert_int_equal(1, events_dropped());
	bench_evt(BT_HCI_EVT_NUM_COMPLETED_PACKETS, none, sizeof(none));
	assert_int_equal(0, reports.count);
	bench_completed(1, 1);
	assert_int_equal(1, reports.count);
}

static void test_one_event_completes_several_links(void **state)
{
	static const uint8_t both[] = {2, 1, 0, 1, 0, 2, 0, 1, 0};

	assert_int_equal(0, send_to(link_up(1), 1, 20));
	assert_int_equal(0, send_to(link_up(2), 2, 20));
	bench_evt(BT_HCI_EVT_NUM_COMPLETED_PACKETS, both, sizeof(both));
	assert_int_equal(2, reports.count);
}

/* ---- Faults ---- */

static void test_any_allocation_may_fail(void **state)
{
	uint32_t allocations = 1;

	for (uint32_t n = 1; n <= allocations; n++) {
		struct bt_conn *conn = link_up(1);
		struct net_buf *buf = pdu_new(n, 200);
		unsigned int served = 0;

		reports.count = 0;
		fav_fault_alloc_at(n);
		assert_int_equal(0, l2cap__send(conn, L2CAP_CID_ATT, buf, reported, NULL));
		bench_run();
		while (served < bench_packets()) {
			served++;
			bench_completed(1, 1);
			bench_run();
		}
		allocations = fav_fault_alloc_count();
		fav_fault_alloc_at(0);
		assert_int_equal(8, served);
		pdu_check(0, 1, n, 200);
		assert_int_equal(1, reports.count);
		assert_int_equal(0, reports.err[0]);
		bench_disconnected(1, 0x13);
		bench_run();
	}
	assert_true(allocations >= 7);
}

int main(void)
{
#define TEST(name)       cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_pdu_that_fits_leaves_in_its_own_buffer),
		TEST(test_the_last_packet_of_a_long_pdu_leaves_in_its_own_buffer),
		TEST_SMALL(test_all_sizes_through_one_buffer_of_27_bytes),
		TEST(test_all_sizes_with_a_transport_that_keeps_every_buffer),
		TEST(test_when_the_transport_keeps_all_copies_sending_goes_on_as_they_come_back),
		TEST(test_a_controller_with_large_buffers_gets_large_packets),
		TEST(test_unusable_controllers_are_refused),
		TEST(test_a_pdu_longer_than_any_buffer_is_refused),
		TEST(test_no_more_packets_than_the_controller_has_buffers),
		TEST(test_a_link_leaves_a_buffer_for_each_other),
		TEST(test_links_that_stall_leave_a_buffer_for_each_other),
		TEST(test_a_busy_link_among_many_idle_ones_has_half_of_the_buffers),
		TEST(test_links_that_wait_share_evenly),
		TEST(test_the_link_whose_packets_leave_gets_the_buffers_back),
		TEST(test_sixteen_links_on_four_buffers_all_finish),
		TEST_SMALL(test_fragments_of_a_link_stay_together_in_its_order),
		TEST_SMALL(test_credits_pass_data_but_neither_a_pdu_begun_nor_signalling),
		TEST(test_more_pdus_than_records_wait_for_one),
		TEST(test_the_controller_is_busy_again_before_the_report),
		TEST(test_sending_from_the_report_of_what_was_sent),
		TEST_SMALL(test_a_link_that_goes_reports_all_once_in_order),
		TEST(test_the_host_may_be_disabled_in_a_report),
		TEST(test_buffers_of_a_gone_link_serve_the_others),
		TEST(test_more_completions_than_packets_are_counted_and_ignored),
		TEST(test_a_completion_event_that_lies_about_its_length_is_dropped),
		TEST(test_one_event_completes_several_links),
		TEST_SMALL(test_any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
