/* SPDX-License-Identifier: Apache-2.0 */

/* Writing to servers that answer, refuse, say nothing, or lie. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>

#include "host/att/peer.h"

static unsigned int ends, sent;
static uint8_t end_err;
static struct bt_gatt_write_params params;
static uint8_t data[512];

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *p)
{
	assert_ptr_equal(p, &params);
	ends++;
	end_err = err;
}

static void on_sent(struct bt_conn *conn, void *user_data)
{
	assert_ptr_equal(user_data, &sent);
	sent++;
}

static int setup(void **state)
{
	ends = 0;
	sent = 0;
	end_err = 0xff;
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)(i * 7);
	}
	peers_up();
	return 0;
}

static void write_at(uint16_t offset, uint16_t len)
{
	params = (struct bt_gatt_write_params){
		.func = on_written, .handle = 7, .offset = offset, .data = data, .length = len};
	assert_int_equal(bt_gatt_write(peers[0].conn, &params), 0);
}

static void expect_end(uint8_t err)
{
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, err);
	peer_expect_nothing();
}

/* A Prepare Write Request for that part must come, and is echoed. */
static void echo(uint16_t offset, uint16_t at, size_t n)
{
	uint8_t pdu[5 + 512] = {0x16, LE16(7), LE16(offset)};

	memcpy(&pdu[5], &data[at], n);
	peer_expect(pdu, 5 + n);
	pdu[0] = 0x17;
	peer_send(pdu, 5 + n);
}

static void short_value_is_one_request(void **state)
{
	write_at(0, 3);
	peer_expect(BYTES(0x12, LE16(7), 0, 7, 14));
	peer_send(BYTES(0x13));
	expect_end(0);
}

static void empty_value_is_one_request(void **state)
{
	write_at(0, 0);
	peer_expect(BYTES(0x12, LE16(7)));
	peer_send(BYTES(0x13));
	expect_end(0);
}

static void value_is_copied_when_it_fits(void **state)
{
	peers_hold(true);
	write_at(0, 1);
	data[0] = 0x55;
	peers_release();
	peer_expect(BYTES(0x12, LE16(7), 0));
	peer_send(BYTES(0x13));
	expect_end(0);
}

static void refusal_is_told(void **state)
{
	write_at(0, 3);
	peer_skip(1);
	peer_error(0x12, 7, BT_ATT_ERR_WRITE_NOT_PERMITTED);
	expect_end(BT_ATT_ERR_WRITE_NOT_PERMITTED);
}

static void long_value_is_prepared_and_executed(void **state)
{
	write_at(0, 50);
	echo(0, 0, 18);
	echo(18, 18, 18);
	echo(36, 36, 14);
	assert_int_equal(ends, 0);
	peer_expect(BYTES(0x18, 1));
	peer_send(BYTES(0x19));
	expect_end(0);
}

static void value_at_an_offset_is_prepared(void **state)
{
	write_at(300, 20);
	echo(300, 0, 18);
	echo(318, 18, 2);
	peer_expect(BYTES(0x18, 1));
	peer_send(BYTES(0x19));
	expect_end(0);
}

static void longest_value_with_the_largest_mtu_is_one_request(void **state)
{
	size_t len;

	peer_mtu(517);
	write_at(0, 512);
	assert_int_equal(peer_next(&len)[0], 0x12);
	assert_int_equal(len, 515);
	peer_send(BYTES(0x13));
	expect_end(0);
}

static void refused_part_is_cancelled_and_told_once(void **state)
{
	write_at(0, 50);
	echo(0, 0, 18);
	peer_skip(1);
	peer_error(0x16, 7, BT_ATT_ERR_PREPARE_QUEUE_FULL);
	assert_int_equal(ends, 0);
	peer_expect(BYTES(0x18, 0));
	peer_send(BYTES(0x19));
	expect_end(BT_ATT_ERR_PREPARE_QUEUE_FULL);
}

static void refused_cancel_tells_the_first_error(void **state)
{
	write_at(0, 50);
	peer_skip(1);
	peer_error(0x16, 7, BT_ATT_ERR_PREPARE_QUEUE_FULL);
	peer_skip(1);
	peer_error(0x18, 7, BT_ATT_ERR_NOT_SUPPORTED);
	expect_end(BT_ATT_ERR_PREPARE_QUEUE_FULL);
}

static void refused_execution_is_told(void **state)
{
	write_at(0, 22);
	echo(0, 0, 18);
	echo(18, 18, 4);
	peer_skip(1);
	peer_error(0x18, 7, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	expect_end(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
}

/* The server echoes another handle, offset, value, less, or more. */
static void false_echoes_are_cancelled(void **state)
{
	for (int lie = 0; lie < 5; lie++) {
		uint8_t pdu[5 + 19] = {0x17, LE16(7), LE16(0)};
		size_t len = 5 + 18;

		ends = 0;
		write_at(0, 50);
		peer_skip(1);
		memcpy(&pdu[5], data, 18);
		pdu[1] += lie == 0;
		pdu[3] += lie == 1;
		pdu[22] += lie == 2;
		len -= lie == 3;
		len += lie == 4;
		peer_send(pdu, len);
		assert_int_equal(ends, 0);
		peer_expect(BYTES(0x18, 0));
		peer_send(BYTES(0x19));
		expect_end(BT_ATT_ERR_UNLIKELY);
	}
}

static void response_with_something_behind_it_is_an_error(void **state)
{
	write_at(0, 1);
	peer_skip(1);
	peer_send(BYTES(0x13, 1));
	expect_end(BT_ATT_ERR_UNLIKELY);
}

static void cancelled_long_write_is_cancelled_at_the_server(void **state)
{
	write_at(0, 50);
	echo(0, 0, 18);
	bt_gatt_cancel(peers[0].conn, &params);
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, BT_ATT_ERR_UNLIKELY);
	/* The part that is on its way is answered first. */
	echo(18, 18, 18);
	peer_expect(BYTES(0x18, 0));
	peer_send(BYTES(0x19));
	assert_int_equal(ends, 1);
	peer_expect_nothing();
}

/* Cancelled between two parts, while the second has no buffer yet. */
static void long_write_cancelled_while_it_waits_for_memory_is_cancelled_too(void **state)
{
	uint8_t echoed[5 + 18] = {0x17, LE16(7), LE16(0)};

	write_at(0, 50);
	peer_skip(1);
	memcpy(&echoed[5], data, 18);
	peer_post(echoed, sizeof(echoed));
	fav_fault_alloc_at(2);
	scripted_settle();
	fav_fault_alloc_at(0);
	peer_expect_nothing();
	bt_gatt_cancel(peers[0].conn, &params);
	assert_int_equal(ends, 1);
	peer_expect(BYTES(0x18, 0));
	peer_send(BYTES(0x19));
	assert_int_equal(ends, 1);
}

static void bad_arguments_are_refused(void **state)
{
	struct bt_gatt_write_params good = {
		.func = on_written, .handle = 7, .data = data, .length = 1};
	struct bt_gatt_write_params bad = good;
	struct bt_conn *conn = bt_conn_ref(peers[0].conn);

	assert_int_equal(bt_gatt_write(NULL, &good), -EINVAL);
	assert_int_equal(bt_gatt_write(conn, NULL), -EINVAL);
	bad.func = NULL;
	assert_int_equal(bt_gatt_write(conn, &bad), -EINVAL);
	bad = good;
	bad.handle = 0;
	assert_int_equal(bt_gatt_write(conn, &bad), -EINVAL);
	bad = good;
	bad.data = NULL;
	assert_int_equal(bt_gatt_write(conn, &bad), -EINVAL);
	bad = good;
	bad.offset = 512;
	assert_int_equal(bt_gatt_write(conn, &bad), -EINVAL);
	assert_int_equal(bt_gatt_write_without_response(NULL, 7, data, 1, false), -EINVAL);
	assert_int_equal(bt_gatt_write_without_response(conn, 0, data, 1, false), -EINVAL);
	assert_int_equal(bt_gatt_write_without_response(conn, 7, NULL, 1, false), -EINVAL);
	assert_int_equal(bt_gatt_write_without_response(conn, 7, data, 1, true), -ENOTSUP);
	assert_int_equal(bt_gatt_write_without_response(conn, 7, data, 21, false), -EMSGSIZE);
	peer_disconnect(0);
	assert_int_equal(bt_gatt_write(conn, &good), -ENOTCONN);
	assert_int_equal(bt_gatt_write_without_response(conn, 7, data, 1, false), -ENOTCONN);
	bt_conn_unref(conn);
}

static void command_is_one_pdu_and_its_callback_once(void **state)
{
	assert_int_equal(
		bt_gatt_write_without_response_cb(peers[0].conn, 7, data, 2, false, on_sent, &sent),
		0);
	peer_expect(BYTES(0x52, LE16(7), 0, 7));
	assert_int_equal(sent, 1);
	assert_int_equal(bt_gatt_write_without_response(peers[0].conn, 7, data, 20, false), 0);
	peer_skip(1);
}

static void silence_ends_it_after_30_s(void **state)
{
	write_at(0, 50);
	scripted_run_ms(30010);
	peer_skip(1);
	expect_end(BT_ATT_ERR_UNLIKELY);
}

/* A write-done comes once, also when the link drops around it. */
static void end_of_the_link_ends_it_once(void **state)
{
	write_at(0, 50);
	echo(0, 0, 18);
	peer_disconnect(0);
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, BT_ATT_ERR_UNLIKELY);
}

static void end_of_the_link_behind_the_answer_is_no_second_end(void **state)
{
	write_at(0, 1);
	peer_post(BYTES(0x13));
	peer_disconnect(0);
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, 0);
}

static void nth_allocation_fails_in_a_long_write(void **state)
{
	for (uint32_t n = 1; n < 20; n++) {
		int err;

		ends = 0;
		params = (struct bt_gatt_write_params){
			.func = on_written, .handle = 7, .data = data, .length = 30};
		fav_fault_alloc_at(n);
		err = bt_gatt_write(peers[0].conn, &params);
		if (err != 0) {
			fav_fault_alloc_at(0);
			assert_int_equal(err, -ENOMEM);
			scripted_run_ms(20);
			peer_expect_nothing();
			assert_int_equal(ends, 0);
			continue;
		}
		for (int step = 0; step < 2; step++) {
			uint16_t at = (uint16_t)(step * 18);

			/* What the transport is refused it asks for again, what the bearer is
			 * refused it makes up for. */
			scripted_run_ms(50);
			echo(at, at, step == 0 ? 18 : 12);
		}
		scripted_run_ms(50);
		peer_expect(BYTES(0x18, 1));
		peer_send(BYTES(0x19));
		scripted_run_ms(50);
		fav_fault_alloc_at(0);
		expect_end(0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(short_value_is_one_request),
		TEST(empty_value_is_one_request),
		TEST(value_is_copied_when_it_fits),
		TEST(refusal_is_told),
		TEST(long_value_is_prepared_and_executed),
		TEST(value_at_an_offset_is_prepared),
		TEST(longest_value_with_the_largest_mtu_is_one_request),
		TEST(refused_part_is_cancelled_and_told_once),
		TEST(refused_cancel_tells_the_first_error),
		TEST(refused_execution_is_told),
		TEST(false_echoes_are_cancelled),
		TEST(response_with_something_behind_it_is_an_error),
		TEST(cancelled_long_write_is_cancelled_at_the_server),
		TEST(long_write_cancelled_while_it_waits_for_memory_is_cancelled_too),
		TEST(bad_arguments_are_refused),
		TEST(command_is_one_pdu_and_its_callback_once),
		TEST(silence_ends_it_after_30_s),
		TEST(end_of_the_link_ends_it_once),
		TEST(end_of_the_link_behind_the_answer_is_no_second_end),
		TEST(nth_allocation_fails_in_a_long_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
