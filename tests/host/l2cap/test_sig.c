/* SPDX-License-Identifier: Apache-2.0 */

/* Channels by number, and the signalling channel. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"
#include "host/l2cap_sig.h"
#include "peer.h"

#define SETTLE_MS CONFIG_BT_CONN_PARAM_UPDATE_TIMEOUT

static const struct bt_le_conn_param fast = BT_LE_CONN_PARAM_INIT(6, 9, 1, 100);

static int start(uint8_t role)
{
	bench_start(true);
	heard_start();
	peer_connect(role);
	return 0;
}

static int setup_central(void **state)
{
	return start(BT_CONN_ROLE_CENTRAL);
}

static int setup_peripheral(void **state)
{
	return start(BT_CONN_ROLE_PERIPHERAL);
}

static int teardown(void **state)
{
	heard_forget();
	fav_fault_alloc_at(0);
	bench_stop();
	return 0;
}

#define arrive(bytes) arrive_on(L2CAP_CID_SIG, bytes, sizeof(bytes) - 1)

/* The index-th signalling PDU that the host sent, completed so that there is room for more. */
static void sent_is(unsigned int index, const void *bytes, size_t len)
{
	const struct bench_packet *packet = bench_packet(index);

	assert_int_equal(index + 1, bench_packets());
	assert_int_equal(4 + len, packet->len);
	assert_int_equal(len, sys_get_le16(packet->payload));
	assert_int_equal(L2CAP_CID_SIG, sys_get_le16(packet->payload + 2));
	assert_memory_equal(bytes, packet->payload + 4, len);
	bench_completed(HANDLE, 1);
}

#define sent(index, bytes) sent_is(index, bytes, sizeof(bytes) - 1)

/* ---- Channels ---- */

static struct {
	unsigned int connected, disconnected, received;
} heard_on;

static void on_connected(struct bt_conn *unused)
{
	heard_on.connected++;
}

static void on_disconnected(struct bt_conn *unused)
{
	heard_on.disconnected++;
}

static void on_recv(struct bt_conn *unused, struct net_buf *buf)
{
	heard_on.received++;
	net_buf_unref(buf);
}

static const struct l2cap_fixed smp = {
	.cid = L2CAP_CID_SMP,
	.connected = on_connected,
	.disconnected = on_disconnected,
	.recv = on_recv,
};

static void test_a_channel_gets_its_own_and_nothing_else(void **state)
{
	struct l2cap *l2cap = host__l2cap(fav_host_current());
	struct l2cap_fixed bad = smp;

	memset(&heard_on, 0, sizeof(heard_on));
	assert_int_equal(0, l2cap__fixed_register(l2cap, &smp));
	assert_int_equal(-EEXIST, l2cap__fixed_register(l2cap, &smp));
	bad.cid = 0;
	assert_int_equal(-EINVAL, l2cap__fixed_register(l2cap, &bad));
	bad.cid = 0x0040;
	assert_int_equal(-EINVAL, l2cap__fixed_register(l2cap, &bad));
	arrive_on(L2CAP_CID_SMP, "", 0);
	arrive_on(L2CAP_CID_SMP, "abc", 3);
	assert_int_equal(2, heard_on.received);
	assert_int_equal(0, dropped());
	bench_disconnected(HANDLE, 0x13);
	assert_int_equal(1, heard_on.disconnected);
	bench_connect(0, HANDLE, 1, bench_addr(1));
	assert_int_equal(1, heard_on.connected);
}

static void test_pdus_for_no_channel_are_counted(void **state)
{
	static const uint16_t cids[] = {0, 1, 3, L2CAP_CID_ATT, 7, 8, 0x3f, 0x40, 0xffff};

	for (size_t i = 0; i < ARRAY_SIZE(cids); i++) {
		arrive_on(cids[i], "abc", 3);
		assert_int_equal(i + 1, dropped());
	}
	assert_int_equal(0, bench_packets());
}

/* ---- Connection parameter update, as central ---- */

static void test_a_valid_request_is_accepted_then_applied(void **state)
{
	const uint8_t *params;

	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	assert_int_equal(1, heard.param_req);
	assert_int_equal(9, heard.param.interval_max);
	sent(0, "\x13\x07\x02\x00\x00\x00");
	params = bench_last_of(BT_HCI_OP_LE_CONN_UPDATE)->params;
	assert_int_equal(6, sys_get_le16(params + 2));
	assert_int_equal(9, sys_get_le16(params + 4));
	assert_int_equal(1, sys_get_le16(params + 6));
	assert_int_equal(100, sys_get_le16(params + 8));
}

static bool decline(struct bt_conn *asked, struct bt_le_conn_param *param)
{
	return false;
}

static void test_the_application_may_decline(void **state)
{
	heard.on_param_req = decline;
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	sent(0, "\x13\x07\x02\x00\x01\x00");
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CONN_UPDATE));
}

static void test_an_invalid_request_is_declined_without_asking(void **state)
{
	arrive("\x12\x07\x08\x00\x09\x00\x06\x00\x01\x00\x64\x00");
	sent(0, "\x13\x07\x02\x00\x01\x00");
	arrive("\x12\x08\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff");
	sent(1, "\x13\x08\x02\x00\x01\x00");
	assert_int_equal(0, heard.param_req);
}

/* Each of the four values at each of its limits, and the timeout against the others: 4.20. */
static void test_each_value_beyond_its_limits_is_declined(void **state)
{
	static const struct bt_le_conn_param bad[] = {
		BT_LE_CONN_PARAM_INIT(5, 9, 0, 100),     BT_LE_CONN_PARAM_INIT(0, 9, 0, 100),
		BT_LE_CONN_PARAM_INIT(6, 3201, 0, 3200), BT_LE_CONN_PARAM_INIT(10, 9, 0, 100),
		BT_LE_CONN_PARAM_INIT(6, 6, 500, 3200),  BT_LE_CONN_PARAM_INIT(6, 6, 0, 9),
		BT_LE_CONN_PARAM_INIT(6, 6, 0, 3201),    BT_LE_CONN_PARAM_INIT(3200, 3200, 3, 3200),
		BT_LE_CONN_PARAM_INIT(40, 40, 0, 10),
	};
	static const struct bt_le_conn_param good[] = {
		BT_LE_CONN_PARAM_INIT(6, 6, 0, 10),
		BT_LE_CONN_PARAM_INIT(3200, 3200, 2, 3200),
		BT_LE_CONN_PARAM_INIT(6, 6, 499, 3200),
		BT_LE_CONN_PARAM_INIT(39, 39, 0, 10),
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad) + ARRAY_SIZE(good); i++) {
		bool valid = i >= ARRAY_SIZE(bad);
		const struct bt_le_conn_param *param = valid ? &good[i - ARRAY_SIZE(bad)] : &bad[i];
		uint8_t request[12] = {0x12, 7, 8, 0};
		const uint8_t response[] = {0x13, 7, 2, 0, valid ? 0 : 1, 0};

		sys_put_le16(param->interval_min, request + 4);
		sys_put_le16(param->interval_max, request + 6);
		sys_put_le16(param->latency, request + 8);
		sys_put_le16(param->timeout, request + 10);
		arrive_on(L2CAP_CID_SIG, request, sizeof(request));
		sent_is((unsigned int)i, response, sizeof(response));
		assert_int_equal(valid ? i - ARRAY_SIZE(bad) + 1 : 0, heard.param_req);
	}
}

/* The link is reliable: the same again is another one. */
static void test_a_request_that_comes_twice_is_answered_twice(void **state)
{
	heard.on_param_req = decline;
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	sent(0, "\x13\x07\x02\x00\x01\x00");
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	sent(1, "\x13\x07\x02\x00\x01\x00");
	assert_int_equal(2, heard.param_req);
}

static bool vanish(struct bt_conn *asked, struct bt_le_conn_param *param)
{
	bench_disconnected(HANDLE, 0x13);
	return true;
}

static void test_a_link_that_goes_in_the_callback_gets_no_answer(void **state)
{
	heard.on_param_req = vanish;
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	assert_int_equal(0, bench_packets());
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CONN_UPDATE));
}

/* What came behind it is answered behind it. The other allocations are the controller's, and its
 * command's.
 */
static void test_a_request_without_buffer_is_answered_later(void **state)
{
	for (uint32_t n = 2; n <= 5; n += 3) {
		bench_packets_forget();
		fav_fault_alloc_at(n);
		bench_acl_in(HANDLE, BT_ACL_START,
			     "\x0c\x00\x05\x00\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00",
			     16);
		bench_acl_in(HANDLE, BT_ACL_START, "\x04\x00\x05\x00\x30\x08\x00\x00", 8);
		bench_run();
		fav_fault_alloc_at(0);
		assert_int_equal(2, bench_packets());
		assert_memory_equal("\x13\x07\x02\x00\x00\x00", bench_packet(0)->payload + 4, 6);
		assert_memory_equal("\x01\x08\x02\x00\x00\x00", bench_packet(1)->payload + 4, 6);
		bench_completed(HANDLE, (uint16_t)bench_packets());
	}
	assert_int_equal(0, dropped());
}

/* ---- As peripheral ---- */

static void ask(void)
{
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	bench_pass_ms(SETTLE_MS);
	sent(0, "\x12\x01\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	assert_int_equal(-EBUSY, bt_conn_le_param_update(conn, &fast));
}

static void test_a_response_ends_the_request(void **state)
{
	ask();
	arrive("\x13\x01\x02\x00\x00\x00");
	assert_int_equal(0, dropped());
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	sent(1, "\x12\x02\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	arrive("\x13\x02\x02\x00\x01\x00");
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
}

/* For each reason, with the data that it has, or without; and for one that there is not. */
static void test_a_rejection_ends_the_request(void **state)
{
	static const struct {
		uint8_t len;
		uint8_t params[6];
	} rejections[] = {
		{2, {0, 0}}, {4, {1, 0, 23, 0}}, {2, {1, 0}}, {6, {2, 0, 0x40, 0, 0x41, 0}},
		{2, {2, 0}}, {2, {0xff, 0xff}},
	};

	ask();
	for (unsigned int i = 0; i < ARRAY_SIZE(rejections); i++) {
		uint8_t command[10] = {0x01, (uint8_t)(i + 1), rejections[i].len, 0};

		memcpy(command + 4, rejections[i].params, rejections[i].len);
		arrive_on(L2CAP_CID_SIG, command, 4u + rejections[i].len);
		assert_int_equal(0, dropped());
		assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
		bench_completed(HANDLE, 1);
	}
}

static void test_responses_to_something_else_are_ignored(void **state)
{
	ask();
	arrive("\x13\x02\x02\x00\x00\x00");
	arrive("\x13\x01\x01\x00\x00");
	arrive("\x13\x01\x03\x00\x00\x00\x00");
	arrive("\x01\x02\x02\x00\x00\x00");
	arrive("\x01\x01\x01\x00\x00");
	assert_int_equal(5, dropped());
	assert_int_equal(-EBUSY, bt_conn_le_param_update(conn, &fast));
	assert_int_equal(1, bench_packets());
	arrive("\x13\x01\x02\x00\x00\x00");
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
}

static void test_a_peer_that_never_responds_is_forgotten(void **state)
{
	ask();
	bench_pass_ms(29999);
	assert_int_equal(-EBUSY, bt_conn_le_param_update(conn, &fast));
	bench_pass_ms(1);
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	arrive("\x13\x01\x02\x00\x00\x00");
	assert_int_equal(1, dropped());
}

static void test_identifiers_go_round_without_zero(void **state)
{
	uint8_t response[] = {0x13, 1, 2, 0, 0, 0};

	ask();
	arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	for (unsigned int i = 1; i < 600; i++) {
		assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
		response[1] = bench_packet(i)->payload[5];
		assert_int_equal(i % 255 + 1, response[1]);
		bench_completed(HANDLE, 1);
		arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	}
	assert_int_equal(0, dropped());
}

static void test_a_request_without_buffer_is_refused_and_tx_ready_follows(void **state)
{
	bench_pass_ms(SETTLE_MS);
	bench_completed(HANDLE, 1);
	arrive("\x13\x01\x02\x00\x00\x00");
	fav_fault_alloc_at(1);
	assert_int_equal(-ENOMEM, bt_conn_le_param_update(conn, &fast));
	assert_int_equal(0, heard.tx_ready);
	bench_run();
	assert_int_equal(1, heard.tx_ready);
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
}

static void test_a_peripheral_is_not_asked(void **state)
{
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	sent(0, "\x01\x07\x02\x00\x00\x00");
	assert_int_equal(0, heard.param_req);
}

static void test_the_request_goes_with_the_link(void **state)
{
	ask();
	bench_disconnected(HANDLE, 0x13);
	bench_run();
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_run();
	arrive("\x13\x01\x02\x00\x00\x00");
	assert_int_equal(1, dropped());
}

/* ---- What is not understood ---- */

static void test_unknown_commands_are_rejected(void **state)
{
	arrive("\x1b\x05\x0a\x00\x80\x00\x40\x00\x17\x00\x17\x00\x01\x00");
	sent(0, "\x01\x05\x02\x00\x00\x00");
	arrive("\x08\x06\x00\x00");
	sent(1, "\x01\x06\x02\x00\x00\x00");
	arrive("\xff\xff\x01\x00\x00");
	sent(2, "\x01\xff\x02\x00\x00\x00");
	arrive("\x12\x07\x02\x00\x06\x00");
	sent(3, "\x01\x07\x02\x00\x00\x00");
}

static void test_a_disconnection_request_names_its_invalid_channels(void **state)
{
	arrive("\x06\x05\x04\x00\x41\x00\x42\x00");
	sent(0, "\x01\x05\x06\x00\x02\x00\x41\x00\x42\x00");
	arrive("\x06\x06\x03\x00\x41\x00\x42");
	sent(1, "\x01\x06\x02\x00\x00\x00");
}

static void test_a_request_beyond_the_mtu_is_rejected_with_it(void **state)
{
	uint8_t command[24] = {0x17, 9, 20, 0};

	arrive_on(L2CAP_CID_SIG, command, sizeof(command));
	sent(0, "\x01\x09\x04\x00\x01\x00\x17\x00");
	command[0] = 0x13;
	arrive_on(L2CAP_CID_SIG, command, sizeof(command));
	assert_int_equal(1, bench_packets());
	assert_int_equal(1, dropped());
}

static void test_malformed_commands_are_ignored(void **state)
{
	arrive("");
	arrive("\x12");
	arrive("\x12\x07");
	arrive("\x12\x07\x08");
	arrive("\x12\x07\x08\x00\x06\x00\x09\x00\x01\x00\x64");
	arrive("\x12\x07\x07\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	arrive("\x12\x00\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00");
	arrive("\x12\x07\xff\xff\x06\x00\x09\x00\x01\x00\x64\x00");
	/* Two in one PDU: 4. */
	arrive("\x08\x01\x00\x00\x08\x02\x00\x00");
	assert_int_equal(9, dropped());
	assert_int_equal(0, bench_packets());
	assert_int_equal(0, heard.param_req);
}

static void test_unasked_responses_get_no_answer(void **state)
{
	static const uint8_t codes[] = {0x01, 0x07, 0x13, 0x15, 0x16, 0x18, 0x1a};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		uint8_t command[] = {codes[i], 1, 2, 0, 0, 0};

		arrive_on(L2CAP_CID_SIG, command, sizeof(command));
		assert_int_equal(i + 1, dropped());
	}
	assert_int_equal(0, bench_packets());
}

/* A peer that never lets us send costs no more than the channel's buffers. */
static void test_a_flood_of_requests_takes_no_more_than_its_buffers(void **state)
{
	for (unsigned int i = 0; i < 1000; i++) {
		arrive("\x08\x01\x00\x00");
	}
	assert_int_equal(8, bench_packets());
	bench_hold(true);
	for (unsigned int i = 0; i < 1000; i++) {
		arrive("\x08\x01\x00\x00");
	}
	assert_true(fav_net_buf_pool_used(&host__l2cap_sig(fav_host_current())->pool) <=
		    L2CAP_SIG_LINK_MAX);
	assert_true(dropped() > 0);
	for (unsigned int i = 0; i < 24; i++) {
		bench_completed(HANDLE, 1);
		bench_release();
		bench_run();
	}
	bench_hold(false);
	bench_packets_forget();
	arrive("\x08\x02\x00\x00");
	sent(0, "\x01\x02\x02\x00\x00\x00");
}

#define STALLED 3

/* The transport keeps what some links' peers are answered with: they have all buffers but one of
 * each other link's. As long as that link's answers leave at once, it has all of them. */
static void test_links_that_stall_leave_others_their_signalling(void **state)
{
	const uint8_t command[] = {4, 0, 5, 0, 8, 1, 0, 0};
	const uint16_t other = HANDLE + STALLED;

	for (uint16_t handle = HANDLE + 1; handle <= other; handle++) {
		bench_connect(0, handle, BT_CONN_ROLE_PERIPHERAL, bench_addr((uint8_t)handle));
		bench_run();
	}
	bench_hold(true);
	for (unsigned int i = 0; i < 2 * L2CAP_SIG_LINK_MAX; i++) {
		for (uint16_t handle = HANDLE; handle < other; handle++) {
			unsigned int before = bench_packets();

			bench_acl_in(handle, BT_ACL_START, command, sizeof(command));
			bench_run();
			bench_completed(handle, (uint16_t)(bench_packets() - before));
		}
	}
	assert_in_range(bench_packets(), L2CAP_SIG_LINK_MAX, L2CAP_SIG_COUNT - 1);
	bench_hold(false);
	bench_packets_forget();
	for (unsigned int i = 0; i < 100; i++) {
		bench_acl_in(other, BT_ACL_START, command, sizeof(command));
		bench_run();
		assert_int_equal(i + 1, bench_packets());
		bench_completed(other, 1);
	}
	bench_release();
	for (uint16_t handle = HANDLE; handle <= other; handle++) {
		bench_disconnected(handle, 0x13);
	}
	bench_run();
}

int main(void)
{
#define TEST_C(name) cmocka_unit_test_setup_teardown(name, setup_central, teardown)
#define TEST_P(name) cmocka_unit_test_setup_teardown(name, setup_peripheral, teardown)
	const struct CMUnitTest tests[] = {
		TEST_P(test_a_channel_gets_its_own_and_nothing_else),
		TEST_P(test_pdus_for_no_channel_are_counted),
		TEST_C(test_a_valid_request_is_accepted_then_applied),
		TEST_C(test_the_application_may_decline),
		TEST_C(test_an_invalid_request_is_declined_without_asking),
		TEST_C(test_each_value_beyond_its_limits_is_declined),
		TEST_C(test_a_request_that_comes_twice_is_answered_twice),
		TEST_C(test_a_link_that_goes_in_the_callback_gets_no_answer),
		TEST_C(test_a_request_without_buffer_is_answered_later),
		TEST_P(test_a_response_ends_the_request),
		TEST_P(test_a_rejection_ends_the_request),
		TEST_P(test_responses_to_something_else_are_ignored),
		TEST_P(test_a_peer_that_never_responds_is_forgotten),
		TEST_P(test_identifiers_go_round_without_zero),
		TEST_P(test_a_request_without_buffer_is_refused_and_tx_ready_follows),
		TEST_P(test_a_peripheral_is_not_asked),
		TEST_P(test_the_request_goes_with_the_link),
		TEST_C(test_unknown_commands_are_rejected),
		TEST_P(test_a_disconnection_request_names_its_invalid_channels),
		TEST_P(test_a_request_beyond_the_mtu_is_rejected_with_it),
		TEST_C(test_malformed_commands_are_ignored),
		TEST_P(test_unasked_responses_get_no_answer),
		TEST_P(test_a_flood_of_requests_takes_no_more_than_its_buffers),
		TEST_P(test_links_that_stall_leave_others_their_signalling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
