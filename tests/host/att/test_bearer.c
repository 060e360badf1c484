/* SPDX-License-Identifier: Apache-2.0 */

/* A bearer: what it does with PDUs of each kind, the MTU, and having no buffers. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/kernel.h>

#include "host/att.h"
#include "host/host.h"
#include "peer.h"

static unsigned int mtu_updates;
static uint16_t mtu_tx, mtu_rx;
static bool send_in_update;

static void mtu_updated(struct bt_conn *conn, uint16_t tx, uint16_t rx)
{
	mtu_updates++;
	mtu_tx = tx;
	mtu_rx = rx;
	if (send_in_update) {
		uint8_t value[97] = {0};

		assert_int_equal(
			bt_gatt_write_without_response(conn, 3, value, sizeof(value), false), 0);
	}
}

static struct bt_gatt_cb callbacks = {.att_mtu_updated = mtu_updated};

static int setup(void **state)
{
	mtu_updates = 0;
	send_in_update = false;
	peers_up();
	bt_gatt_cb_register(&callbacks);
	return 0;
}

static unsigned int exchanges;
static uint8_t exchange_err;

static void exchanged(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	exchanges++;
	exchange_err = err;
}

static struct bt_gatt_exchange_params exchange = {.func = exchanged};

static int setup_client(void **state)
{
	exchanges = 0;
	exchange_err = 0xff;
	return setup(state);
}

/* ---- Kinds of PDU ---- */

static void unknown_request_is_refused(void **state)
{
	peer_send(BYTES(0x3f, 1, 2, 3));
	peer_expect_error(0x3f, 0, BT_ATT_ERR_NOT_SUPPORTED);
}

static void unknown_command_is_counted_and_ignored(void **state)
{
	peer_send(BYTES(0x7f, 1, 2, 3));
	peer_expect_nothing();
	assert_int_equal(peers_stats().att_dropped, 1);
}

static void signed_write_is_counted_and_ignored(void **state)
{
	uint8_t pdu[15] = {BT_ATT_OP_SIGNED_WRITE_CMD, LE16(3)};

	peer_send(pdu, sizeof(pdu));
	peer_expect_nothing();
	assert_int_equal(peers_stats().att_dropped, 1);
}

static void empty_pdu_is_counted_and_ignored(void **state)
{
	peer_send("", 0);
	peer_expect_nothing();
	assert_int_equal(peers_stats().att_dropped, 1);
}

static void responses_that_nobody_asked_for_are_counted_and_ignored(void **state)
{
	static const uint8_t opcodes[] = {
		BT_ATT_OP_ERROR_RSP,        BT_ATT_OP_MTU_RSP,           BT_ATT_OP_FIND_INFO_RSP,
		BT_ATT_OP_FIND_TYPE_RSP,    BT_ATT_OP_READ_TYPE_RSP,     BT_ATT_OP_READ_RSP,
		BT_ATT_OP_READ_BLOB_RSP,    BT_ATT_OP_READ_MULT_RSP,     BT_ATT_OP_READ_GROUP_RSP,
		BT_ATT_OP_WRITE_RSP,        BT_ATT_OP_PREPARE_WRITE_RSP, BT_ATT_OP_EXEC_WRITE_RSP,
		BT_ATT_OP_READ_MULT_VL_RSP, BT_ATT_OP_CONFIRM,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		peer_send(BYTES(opcodes[i], 0x0a, 3, 0, 1));
		peer_expect_nothing();
		assert_int_equal(peers_stats().att_dropped, i + 1);
	}
}

static void requests_that_are_too_short_are_refused(void **state)
{
	static const struct {
		uint8_t opcode;
		uint8_t len;
	} least[] = {
		{BT_ATT_OP_MTU_REQ, 2},        {BT_ATT_OP_FIND_INFO_REQ, 4},
		{BT_ATT_OP_FIND_TYPE_REQ, 6},  {BT_ATT_OP_READ_TYPE_REQ, 6},
		{BT_ATT_OP_READ_REQ, 2},       {BT_ATT_OP_READ_BLOB_REQ, 4},
		{BT_ATT_OP_READ_MULT_REQ, 4},  {BT_ATT_OP_READ_GROUP_REQ, 6},
		{BT_ATT_OP_WRITE_REQ, 2},      {BT_ATT_OP_PREPARE_WRITE_REQ, 4},
		{BT_ATT_OP_EXEC_WRITE_REQ, 1}, {BT_ATT_OP_READ_MULT_VL_REQ, 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(least); i++) {
		for (uint8_t len = 0; len < least[i].len; len++) {
			uint8_t pdu[8] = {least[i].opcode};

			peer_send(pdu, 1u + len);
			peer_expect_error(least[i].opcode, 0, BT_ATT_ERR_INVALID_PDU);
		}
	}
}

static void values_that_are_too_short_are_counted_and_ignored(void **state)
{
	peer_send(BYTES(BT_ATT_OP_NOTIFY, 1));
	peer_send(BYTES(BT_ATT_OP_INDICATE, 1));
	peer_send(BYTES(BT_ATT_OP_NOTIFY_MULT, 1, 0, 0, 0));
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, 1));
	peer_send(BYTES(BT_ATT_OP_NOTIFY, LE16(0), 1));
	peer_expect_nothing();
	assert_int_equal(peers_stats().att_dropped, 5);
}

/* ---- MTU ---- */

static void server_answers_with_its_own_mtu(void **state)
{
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(100)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 100);
	assert_int_equal(bt_gatt_get_uatt_mtu(peers[0].conn), 100);
	assert_int_equal(mtu_updates, 1);
	assert_int_equal(mtu_tx, 100);
	assert_int_equal(mtu_rx, 100);
}

static void server_answers_with_the_mtu_chosen_at_run_time(void **state)
{
	assert_int_equal(bt_att_preferred_mtu_set(200), 0);
	assert_int_equal(bt_att_preferred_mtu_get(), 200);
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(517)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(200)));
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 200);
}

static void mtu_out_of_range_cannot_be_chosen(void **state)
{
	assert_int_equal(bt_att_preferred_mtu_set(22), -EINVAL);
	assert_int_equal(bt_att_preferred_mtu_set(CONFIG_BT_L2CAP_TX_MTU + 1), -EINVAL);
	assert_int_equal(bt_att_preferred_mtu_set(23), 0);
	assert_int_equal(bt_att_preferred_mtu_set(CONFIG_BT_L2CAP_TX_MTU), 0);
}

static void second_request_for_the_mtu_changes_nothing(void **state)
{
	peer_mtu(100);
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(50)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 100);
	assert_int_equal(mtu_updates, 1);
}

static void mtu_below_the_least_is_refused(void **state)
{
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(22)));
	peer_expect_error(BT_ATT_OP_MTU_REQ, 0, BT_ATT_ERR_INVALID_PDU);
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(100), 0));
	peer_expect_error(BT_ATT_OP_MTU_REQ, 0, BT_ATT_ERR_INVALID_PDU);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
	assert_int_equal(mtu_updates, 0);
}

static void client_asks_for_the_mtu(void **state)
{
	assert_int_equal(bt_att_preferred_mtu_set(150), 0);
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(150)));
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(185)));
	assert_int_equal(exchanges, 1);
	assert_int_equal(exchange_err, 0);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 150);
	assert_int_equal(mtu_updates, 1);
}

static void client_asks_for_the_mtu_once(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), -EALREADY);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(185)));
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), -EALREADY);
	assert_int_equal(exchanges, 1);
}

static void both_ask_for_the_mtu_and_say_the_same_twice(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	/* The choice is for links to come, not for what has been said on this one. */
	assert_int_equal(bt_att_preferred_mtu_set(60), 0);
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(185)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(185)));
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 185);
	assert_int_equal(exchanges, 1);
}

static void server_refuses_to_exchange_the_mtu(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	peer_error(BT_ATT_OP_MTU_REQ, 0, BT_ATT_ERR_NOT_SUPPORTED);
	assert_int_equal(exchanges, 1);
	assert_int_equal(exchange_err, BT_ATT_ERR_NOT_SUPPORTED);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
}

static void server_lies_about_its_mtu(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(5)));
	assert_int_equal(exchanges, 1);
	assert_int_equal(exchange_err, BT_ATT_ERR_INVALID_PDU);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
}

static void exchange_with_bad_arguments_is_refused(void **state)
{
	struct bt_gatt_exchange_params without = {0};

	assert_int_equal(bt_gatt_exchange_mtu(NULL, &exchange), -EINVAL);
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, NULL), -EINVAL);
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &without), -EINVAL);
}

static void mtu_of_no_link_is_zero(void **state)
{
	assert_int_equal(bt_gatt_get_mtu(NULL), 0);
}

static void mtu_is_forgotten_with_the_link(void **state)
{
	peer_mtu(100);
	peer_disconnect(0);
	peer_connect(0);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
}

/* What the callback sends in the new size comes behind what allows it. */
static void mtu_goes_up_only_behind_the_response(void **state)
{
	const uint8_t *pdu;
	size_t len;

	send_in_update = true;
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(100)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	pdu = peer_next(&len);
	assert_int_equal(pdu[0], BT_ATT_OP_WRITE_CMD);
	assert_int_equal(len, 100);
}

/* ---- A peer that does not answer ---- */

static void silent_peer_ends_the_bearer_after_30_s(void **state)
{
	static struct bt_gatt_write_params write = {.handle = 3, .data = "x", .length = 1};

	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	scripted_run_ms(29990);
	assert_int_equal(exchanges, 0);
	scripted_run_ms(20);
	assert_int_equal(exchanges, 1);
	assert_int_equal(exchange_err, BT_ATT_ERR_UNLIKELY);
	/* Nothing more is asked, or told, of it ... */
	write.func = (bt_gatt_write_func_t)1;
	assert_int_equal(bt_gatt_write(peers[0].conn, &write), -ETIMEDOUT);
	assert_int_equal(bt_gatt_write_without_response(peers[0].conn, 3, "x", 1, false),
			 -ETIMEDOUT);
	/* ... a late answer is none ... */
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(100)));
	assert_int_equal(peers_stats().att_dropped, 1);
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), 23);
	/* ... but it is answered. */
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	peer_expect(BYTES(BT_ATT_OP_READ_RSP, 0x00, 0x18));
}

static void new_link_after_a_timeout_works(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	scripted_run_ms(30010);
	peer_disconnect(0);
	peer_connect(0);
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	peer_expect(BYTES(BT_ATT_OP_MTU_REQ, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(100)));
	assert_int_equal(exchanges, 2);
	assert_int_equal(exchange_err, 0);
}

static void answered_request_does_not_time_out(void **state)
{
	assert_int_equal(bt_gatt_exchange_mtu(peers[0].conn, &exchange), 0);
	scripted_run_ms(29000);
	peer_send(BYTES(BT_ATT_OP_MTU_RSP, LE16(100)));
	scripted_run_ms(60000);
	assert_int_equal(exchanges, 1);
	assert_int_equal(bt_gatt_write_without_response(peers[0].conn, 3, "x", 1, false), 0);
}

/* ---- No buffers ---- */

static void cve_2019_19192_sequential_requests_wait_for_their_replies(void **state)
{
	peers_hold(true);
	for (int i = 0; i < 3; i++) {
		peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	}
	assert_int_equal(peer_n_waiting(0), 2);
	/* One request is kept; a peer that sends more than it may loses the others. */
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(3)));
	assert_int_equal(peers_stats().att_dropped, 1);
	peers_release();
	assert_int_equal(peer_n_waiting(0), 3);
}

static void commands_behind_a_held_request_keep_their_order(void **state)
{
	peers_hold(true);
	for (int i = 0; i < 3; i++) {
		peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	}
	for (int i = 0; i < 20; i++) {
		peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(1), 0));
	}
	/* Eight PDUs are held in all, which leaves room for seven commands. */
	assert_int_equal(peers_stats().att_dropped, 13);
	peers_release();
	assert_int_equal(peer_n_waiting(0), 3);
}

static void held_requests_are_freed_with_the_link(void **state)
{
	peers_hold(true);
	for (int i = 0; i < 3; i++) {
		peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	}
	peers_controller.acl_in_hand = 0;
	peers_hold(false);
	peer_disconnect(0);
}

/* What the controller holds is completed, link by link, until nothing more comes. */
static void release_each(void)
{
	unsigned int completed[PEERS] = {0};
	bool more = true;

	while (more) {
		more = false;
		for (unsigned int n = 0; n < PEERS; n++) {
			unsigned int count = peers[n].put - completed[n];

			if (count > 0) {
				more = true;
				completed[n] += count;
				scripted_complete(&peers_controller, peers[n].handle, count);
				peers_collect();
			}
		}
	}
	peers_hold(false);
}

/* Links whose peers take nothing, as many as there can be: the last one's request is handled all
 * the same, and in the end all are. */
static void links_that_stall_keep_no_reply_from_another(void **state)
{
	struct att *att = host__att(peers_controller.host);
	unsigned int last = PEERS - 1;

	for (unsigned int n = 1; n < PEERS; n++) {
		peer_connect(n);
	}
	peers_hold(true);
	for (unsigned int n = 0; n < last; n++) {
		for (int i = 0; i < 2; i++) {
			peer_n_send(n, BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
		}
	}
	assert_int_equal(peers_controller.acl_in_hand, peers_controller.acl_count);
	assert_int_equal(att->reply_shares.held[last], 0);
	peer_n_send(last, BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	assert_int_equal(att->reply_shares.held[last], 1);
	release_each();
	for (unsigned int n = 0; n < last; n++) {
		assert_int_equal(peer_n_waiting(n), 2);
	}
	assert_int_equal(peer_n_waiting(last), 1);
	assert_int_equal(peers_stats().att_dropped, 0);
}

static void request_is_answered_although_the_first_allocation_fails(void **state)
{
	peer_post(BYTES(BT_ATT_OP_READ_REQ, LE16(1)));
	/* The received packet has its buffer when the reply is refused one. */
	fav_fault_alloc_at(2);
	scripted_run_ms(50);
	fav_fault_alloc_at(0);
	peer_expect(BYTES(BT_ATT_OP_READ_RSP, 0x00, 0x18));
}

static void err_to_str_names_codes(void **state)
{
	assert_string_equal(bt_att_err_to_str(BT_ATT_ERR_INVALID_HANDLE),
			    "BT_ATT_ERR_INVALID_HANDLE");
	assert_string_equal(bt_att_err_to_str(0xff), "BT_ATT_ERR_OUT_OF_RANGE");
	assert_string_equal(bt_att_err_to_str(0x80), "(unknown)");
}

#define TEST(name)        cmocka_unit_test_setup_teardown(name, setup, peers_teardown)
#define TEST_CLIENT(name) cmocka_unit_test_setup_teardown(name, setup_client, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unknown_request_is_refused),
		TEST(unknown_command_is_counted_and_ignored),
		TEST(signed_write_is_counted_and_ignored),
		TEST(empty_pdu_is_counted_and_ignored),
		TEST(responses_that_nobody_asked_for_are_counted_and_ignored),
		TEST(requests_that_are_too_short_are_refused),
		TEST(values_that_are_too_short_are_counted_and_ignored),
		TEST(server_answers_with_its_own_mtu),
		TEST(server_answers_with_the_mtu_chosen_at_run_time),
		TEST(mtu_out_of_range_cannot_be_chosen),
		TEST(second_request_for_the_mtu_changes_nothing),
		TEST(mtu_below_the_least_is_refused),
		TEST_CLIENT(client_asks_for_the_mtu),
		TEST_CLIENT(client_asks_for_the_mtu_once),
		TEST_CLIENT(both_ask_for_the_mtu_and_say_the_same_twice),
		TEST_CLIENT(server_refuses_to_exchange_the_mtu),
		TEST_CLIENT(server_lies_about_its_mtu),
		TEST_CLIENT(exchange_with_bad_arguments_is_refused),
		TEST(mtu_of_no_link_is_zero),
		TEST(mtu_is_forgotten_with_the_link),
		TEST(mtu_goes_up_only_behind_the_response),
		TEST_CLIENT(silent_peer_ends_the_bearer_after_30_s),
		TEST_CLIENT(new_link_after_a_timeout_works),
		TEST_CLIENT(answered_request_does_not_time_out),
		TEST(cve_2019_19192_sequential_requests_wait_for_their_replies),
		TEST(commands_behind_a_held_request_keep_their_order),
		TEST(held_requests_are_freed_with_the_link),
		TEST(links_that_stall_keep_no_reply_from_another),
		TEST(request_is_answered_although_the_first_allocation_fails),
		TEST(err_to_str_names_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
