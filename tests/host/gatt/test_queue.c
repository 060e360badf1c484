/* SPDX-License-Identifier: Apache-2.0 */

/* Procedures that wait for one another, are cancelled, and are started from callbacks. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "host/att/peer.h"

#define MANY (CONFIG_BT_ATT_REQ_COUNT + 2)

static char order[128];
static struct bt_gatt_read_params reads[MANY];
static unsigned int ready;
static void (*in_callback)(struct bt_conn *conn, struct bt_gatt_read_params *params);

/* Letters: the read's index from a; upper case when it ended with an error. */
static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t len)
{
	size_t at = strlen(order);

	if (in_callback != NULL) {
		in_callback(conn, params);
	}
	if (data != NULL) {
		return BT_GATT_ITER_CONTINUE;
	}
	assert_true(at < sizeof(order) - 1);
	order[at] = (char)((err == 0 ? 'a' : 'A') + (params - reads));
	order[at + 1] = '\0';
	return BT_GATT_ITER_STOP;
}

static void on_ready(struct bt_conn *conn)
{
	ready++;
}

static struct bt_conn_cb conn_callbacks = {.tx_ready = on_ready};

static int setup(void **state)
{
	order[0] = '\0';
	ready = 0;
	in_callback = NULL;
	for (int i = 0; i < MANY; i++) {
		reads[i] = (struct bt_gatt_read_params){.func = on_read,
							.handle_count = 1,
							.single = {.handle = (uint16_t)(i + 1)}};
	}
	peers_up();
	(void)bt_conn_cb_register(&conn_callbacks);
	return 0;
}

static int teardown(void **state)
{
	(void)bt_conn_cb_unregister(&conn_callbacks);
	peers_down();
	return 0;
}

static int start(int i)
{
	return bt_gatt_read(peers[0].conn, &reads[i]);
}

static void answer(int i)
{
	peer_expect(BYTES(0x0a, LE16(i + 1)));
	peer_send(BYTES(0x0b, 'x'));
}

static void procedures_wait_and_go_in_order(void **state)
{
	for (int i = 0; i < 5; i++) {
		assert_int_equal(start(i), 0);
	}
	assert_int_equal(peer_n_waiting(0), 1);
	for (int i = 0; i < 5; i++) {
		answer(i);
	}
	assert_string_equal(order, "abcde");
}

static void too_many_procedures_are_told_and_so_is_room(void **state)
{
	for (int i = 0; i < CONFIG_BT_ATT_REQ_COUNT; i++) {
		assert_int_equal(start(i), 0);
	}
	assert_int_equal(start(CONFIG_BT_ATT_REQ_COUNT), -ENOMEM);
	assert_int_equal(ready, 0);
	answer(0);
	assert_int_equal(ready, 1);
	assert_int_equal(start(CONFIG_BT_ATT_REQ_COUNT), 0);
	for (int i = 1; i < CONFIG_BT_ATT_REQ_COUNT + 1; i++) {
		answer(i);
	}
	assert_int_equal(strlen(order), CONFIG_BT_ATT_REQ_COUNT + 1);
}

static void links_do_not_wait_for_one_another(void **state)
{
	peer_connect(1);
	assert_int_equal(start(0), 0);
	assert_int_equal(bt_gatt_read(peers[1].conn, &reads[1]), 0);
	peer_n_expect(1, BYTES(0x0a, LE16(2)));
	peer_n_send(1, BYTES(0x0b));
	assert_string_equal(order, "b");
	answer(0);
	assert_string_equal(order, "ba");
}

static void queued_procedure_is_cancelled(void **state)
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(start(i), 0);
	}
	bt_gatt_cancel(peers[0].conn, &reads[1]);
	assert_string_equal(order, "B");
	answer(0);
	answer(2);
	assert_string_equal(order, "Bac");
	bt_gatt_cancel(peers[0].conn, &reads[1]);
	bt_gatt_cancel(peers[0].conn, NULL);
	bt_gatt_cancel(NULL, &reads[1]);
	assert_string_equal(order, "Bac");
}

static void answer_to_a_cancelled_procedure_is_swallowed(void **state)
{
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	bt_gatt_cancel(peers[0].conn, &reads[0]);
	assert_string_equal(order, "A");
	/* The next waits for the answer: ATT has one request at a time. */
	assert_int_equal(peer_n_waiting(0), 1);
	answer(0);
	assert_string_equal(order, "A");
	answer(1);
	assert_string_equal(order, "Ab");
	assert_int_equal(peers_stats().att_dropped, 0);
}

static void error_to_a_cancelled_procedure_is_swallowed(void **state)
{
	assert_int_equal(start(0), 0);
	bt_gatt_cancel(peers[0].conn, &reads[0]);
	peer_skip(1);
	peer_error(0x0a, 1, BT_ATT_ERR_INVALID_HANDLE);
	assert_string_equal(order, "A");
	assert_int_equal(start(1), 0);
	answer(1);
}

static void silence_after_a_cancel_still_ends_the_bearer(void **state)
{
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	bt_gatt_cancel(peers[0].conn, &reads[0]);
	scripted_run_ms(30010);
	assert_string_equal(order, "AB");
	assert_int_equal(start(2), -ETIMEDOUT);
}

static void cancel_self(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	in_callback = NULL;
	bt_gatt_cancel(conn, params);
}

static void procedure_is_cancelled_in_its_own_callback(void **state)
{
	in_callback = cancel_self;
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	answer(0);
	assert_string_equal(order, "A");
	answer(1);
	assert_string_equal(order, "Ab");
}

static void start_next(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	in_callback = NULL;
	assert_int_equal(start(2), 0);
}

static void procedure_started_in_a_callback_waits_its_turn(void **state)
{
	in_callback = start_next;
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	answer(0);
	answer(1);
	answer(2);
	assert_string_equal(order, "abc");
}

static void disable(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	in_callback = NULL;
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(start(2), -ENOTCONN);
}

static void host_disabled_in_a_callback_ends_each_once(void **state)
{
	in_callback = disable;
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	peer_skip(1);
	peer_post(BYTES(0x0b, 'x'));
	scripted_settle();
	assert_string_equal(order, "BA");
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
}

static void end_of_the_link_ends_each_once(void **state)
{
	for (int i = 0; i < 4; i++) {
		assert_int_equal(start(i), 0);
	}
	bt_gatt_cancel(peers[0].conn, &reads[0]);
	peer_disconnect(0);
	assert_string_equal(order, "ABCD");
}

static void start_again(struct bt_conn *conn, struct bt_gatt_read_params *params)
{
	assert_int_equal(bt_gatt_read(conn, params), -ENOTCONN);
}

static void nothing_starts_from_the_callbacks_of_a_link_that_ended(void **state)
{
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	in_callback = start_again;
	peer_disconnect(0);
	assert_string_equal(order, "AB");
}

static void nothing_starts_from_the_callbacks_of_a_host_that_is_disabled(void **state)
{
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	in_callback = start_again;
	assert_int_equal(bt_disable(), 0);
	assert_string_equal(order, "AB");
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
}

static void silence_ends_each_once(void **state)
{
	for (int i = 0; i < 4; i++) {
		assert_int_equal(start(i), 0);
	}
	scripted_run_ms(30010);
	assert_string_equal(order, "ABCD");
	scripted_run_ms(60000);
	assert_string_equal(order, "ABCD");
}

/* A server's bearer and a client's are one: neither waits for the other. */
static void requests_both_ways_at_once(void **state)
{
	assert_int_equal(start(0), 0);
	peer_send(BYTES(0x0a, LE16(1)));
	peer_expect(BYTES(0x0a, LE16(1)));
	peer_expect(BYTES(0x0b, 0x00, 0x18));
	peer_send(BYTES(0x0b, 'x'));
	assert_string_equal(order, "a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(procedures_wait_and_go_in_order),
		TEST(too_many_procedures_are_told_and_so_is_room),
		TEST(links_do_not_wait_for_one_another),
		TEST(queued_procedure_is_cancelled),
		TEST(answer_to_a_cancelled_procedure_is_swallowed),
		TEST(error_to_a_cancelled_procedure_is_swallowed),
		TEST(silence_after_a_cancel_still_ends_the_bearer),
		TEST(procedure_is_cancelled_in_its_own_callback),
		TEST(procedure_started_in_a_callback_waits_its_turn),
		TEST(host_disabled_in_a_callback_ends_each_once),
		TEST(end_of_the_link_ends_each_once),
		TEST(nothing_starts_from_the_callbacks_of_a_link_that_ended),
		TEST(nothing_starts_from_the_callbacks_of_a_host_that_is_disabled),
		TEST(silence_ends_each_once),
		TEST(requests_both_ways_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
