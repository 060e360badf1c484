/* SPDX-License-Identifier: Apache-2.0 */

/* Prepared writes: what is written at the end, and what is refused. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "database.h"
#include "host/att.h"
#include "host/host.h"
#include "peer.h"

/* Prepare n bytes of value `from`, `from` + 1, ... which must be echoed. */
static void prepare(uint16_t handle, uint16_t offset, uint8_t from, size_t n)
{
	uint8_t pdu[5 + 512] = {BT_ATT_OP_PREPARE_WRITE_REQ, LE16(handle), LE16(offset)};

	for (size_t i = 0; i < n; i++) {
		pdu[5 + i] = (uint8_t)(from + i);
	}
	peer_send(pdu, 5 + n);
	pdu[0] = BT_ATT_OP_PREPARE_WRITE_RSP;
	peer_expect(pdu, 5 + n);
}

static void execute(void)
{
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
}

static void long_write_comes_as_one(void **state)
{
	for (uint16_t at = 0; at < 90; at += 18) {
		prepare(H_WRITE, at, (uint8_t)at, 18);
	}
	assert_int_equal(database_write_count, 0);
	execute();
	assert_int_equal(database_write_count, 1);
	assert_int_equal(database_writes[0].len, 90);
	assert_int_equal(database_writes[0].offset, 0);
	assert_int_equal(database_writes[0].flags, BT_GATT_WRITE_FLAG_EXECUTE);
	for (int i = 0; i < 90; i++) {
		assert_int_equal(database_writes[0].data[i], i);
	}
}

static void longest_value_in_one_part(void **state)
{
	peer_mtu(517);
	prepare(H_WRITE, 0, 0, 512);
	execute();
	assert_int_equal(database_write_count, 1);
	assert_int_equal(database_writes[0].len, 512);
	assert_int_equal(database_writes[0].data[511], 511 & 0xff);
}

static void parts_that_do_not_continue_come_apart_in_their_order(void **state)
{
	prepare(H_WRITE, 0, 1, 4);
	prepare(H_ASK, 0, 2, 4);
	prepare(H_WRITE, 10, 3, 4);
	prepare(H_WRITE, 4, 4, 0);
	database_write_count = 0;
	execute();
	assert_int_equal(database_write_count, 4);
	assert_int_equal(database_writes[0].handle, H_WRITE);
	assert_int_equal(database_writes[1].handle, H_ASK);
	assert_int_equal(database_writes[2].offset, 10);
	assert_int_equal(database_writes[3].len, 0);
	assert_int_equal(database_writes[3].offset, 4);
}

static void cancel_writes_nothing(void **state)
{
	prepare(H_WRITE, 0, 1, 4);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 0));
	peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
	execute();
	assert_int_equal(database_write_count, 0);
}

static void error_in_the_execution_names_the_handle_and_drops_the_rest(void **state)
{
	prepare(H_WRITE, 0, 1, 4);
	prepare(H_REFUSE, 0, 1, 4);
	prepare(H_WRITE, 0, 1, 4);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_REFUSE, 0x80);
	assert_int_equal(database_write_count, 1);
	execute();
	assert_int_equal(database_write_count, 1);
}

static void offset_past_the_value_is_refused_by_its_callback(void **state)
{
	prepare(H_VALUE, 7, 1, 4);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_VALUE, BT_ATT_ERR_INVALID_OFFSET);
}

static void offset_past_any_value_is_refused(void **state)
{
	prepare(H_WRITE, 513, 1, 4);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_WRITE, BT_ATT_ERR_INVALID_OFFSET);
	prepare(H_WRITE, 0xffff, 1, 4);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_WRITE, BT_ATT_ERR_INVALID_OFFSET);
	assert_int_equal(database_write_count, 0);
}

static void value_of_more_than_512_bytes_is_refused(void **state)
{
	prepare(H_WRITE, 510, 1, 3);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_WRITE, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	assert_int_equal(database_write_count, 0);
}

static void permission_is_checked_again_at_the_execution(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_WRITE);

	prepare(H_WRITE, 0, 1, 4);
	attr->perm = BT_GATT_PERM_NONE;
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_WRITE, BT_ATT_ERR_WRITE_NOT_PERMITTED);
	attr->perm = BT_GATT_PERM_WRITE;
}

static void attribute_may_be_gone_at_the_execution(void **state)
{
	prepare(H_WRITE, 0, 1, 4);
	database_down();
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_WRITE, BT_ATT_ERR_INVALID_HANDLE);
}

static void peers_prepare_apart(void **state)
{
	peer_connect(1);
	prepare(H_WRITE, 0, 1, 4);
	peer_n_send(1, BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_n_expect(1, BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
	assert_int_equal(database_write_count, 0);
	execute();
	assert_int_equal(database_write_count, 1);
}

static void what_was_prepared_goes_with_the_link(void **state)
{
	prepare(H_WRITE, 0, 1, 4);
	peer_disconnect(0);
	assert_true(att__is_idle(host__att(peers_controller.host)));
	peer_connect(0);
	execute();
	assert_int_equal(database_write_count, 0);
}

/* Fills the queue, and finds an end to it: an error, the queue as it was, and all free at last. */
static void cve_2024_24746_prepare_write_loop(void **state)
{
	unsigned int count = 0;
	const uint8_t *rsp;
	size_t len;

	for (;; count++) {
		assert_true(count <= CONFIG_BT_ATT_PREPARE_COUNT);
		peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_WRITE), LE16(0), 1));
		rsp = peer_next(&len);
		if (rsp[0] == BT_ATT_OP_ERROR_RSP) {
			break;
		}
	}
	assert_int_equal(count, CONFIG_BT_ATT_PREPARE_COUNT);
	assert_int_equal(rsp[4], BT_ATT_ERR_PREPARE_QUEUE_FULL);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 0));
	peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
	assert_true(att__is_idle(host__att(peers_controller.host)));
	prepare(H_WRITE, 0, 1, 4);
	execute();
	assert_int_equal(database_write_count, 1);
}

static void long_part_that_does_not_fit_leaves_nothing_behind(void **state)
{
	uint8_t pdu[5 + 512] = {BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_WRITE), LE16(0)};
	const uint8_t *rsp;
	unsigned int count = 0;
	size_t len;

	peer_mtu(517);
	do {
		peer_send(pdu, sizeof(pdu));
		rsp = peer_next(&len);
		count += rsp[0] == BT_ATT_OP_PREPARE_WRITE_RSP;
	} while (rsp[0] == BT_ATT_OP_PREPARE_WRITE_RSP);
	assert_int_equal(rsp[4], BT_ATT_ERR_PREPARE_QUEUE_FULL);
	execute();
	assert_int_equal(database_write_count, count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, database_setup, database_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(long_write_comes_as_one),
		TEST(longest_value_in_one_part),
		TEST(parts_that_do_not_continue_come_apart_in_their_order),
		TEST(cancel_writes_nothing),
		TEST(error_in_the_execution_names_the_handle_and_drops_the_rest),
		TEST(offset_past_the_value_is_refused_by_its_callback),
		TEST(offset_past_any_value_is_refused),
		TEST(value_of_more_than_512_bytes_is_refused),
		TEST(permission_is_checked_again_at_the_execution),
		TEST(attribute_may_be_gone_at_the_execution),
		TEST(peers_prepare_apart),
		TEST(what_was_prepared_goes_with_the_link),
		TEST(cve_2024_24746_prepare_write_loop),
		TEST(long_part_that_does_not_fit_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
