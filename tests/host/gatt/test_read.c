/* SPDX-License-Identifier: Apache-2.0 */

/* Reading from servers that answer, refuse, say nothing, or lie. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/att/peer.h"

static uint8_t got[1024];
static size_t got_len;
static unsigned int parts, ends, stop_after;
static uint8_t end_err;
static uint16_t handles[8];
static struct bt_gatt_read_params params;

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *p,
		       const void *data, uint16_t len)
{
	assert_ptr_equal(p, &params);
	assert_int_equal(ends, 0);
	if (data == NULL) {
		ends++;
		end_err = err;
		return BT_GATT_ITER_STOP;
	}
	assert_int_equal(err, 0);
	assert_true(got_len + len <= sizeof(got));
	memcpy(&got[got_len], data, len);
	got_len += len;
	if (p->handle_count == 0) {
		handles[parts % ARRAY_SIZE(handles)] = p->by_uuid.start_handle;
	}
	parts++;
	return stop_after > 0 && --stop_after == 0 ? BT_GATT_ITER_STOP : BT_GATT_ITER_CONTINUE;
}

static void forget(void)
{
	got_len = 0;
	parts = 0;
	ends = 0;
	stop_after = 0;
	end_err = 0xff;
}

static int setup(void **state)
{
	forget();
	peers_up();
	return 0;
}

static void read_single(uint16_t handle, uint16_t offset)
{
	params = (struct bt_gatt_read_params){
		.func = on_read, .handle_count = 1, .single = {.handle = handle, .offset = offset}};
	assert_int_equal(bt_gatt_read(peers[0].conn, &params), 0);
}

static void read_by_uuid(const struct bt_uuid *uuid, uint16_t start, uint16_t end)
{
	params = (struct bt_gatt_read_params){
		.func = on_read,
		.by_uuid = {.start_handle = start, .end_handle = end, .uuid = uuid}};
	assert_int_equal(bt_gatt_read(peers[0].conn, &params), 0);
}

static void expect_end(uint8_t err, unsigned int n, const void *data, size_t len)
{
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, err);
	assert_int_equal(parts, n);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, data, len);
	peer_expect_nothing();
}

/* ---- One value ---- */

static void short_value_is_one_part_and_the_end(void **state)
{
	read_single(7, 0);
	peer_expect(BYTES(0x0a, LE16(7)));
	peer_send(BYTES(0x0b, 'h', 'i'));
	expect_end(0, 1, "hi", 2);
}

static void empty_value_is_one_part_of_no_bytes_and_the_end(void **state)
{
	read_single(7, 0);
	peer_skip(1);
	peer_send(BYTES(0x0b));
	expect_end(0, 1, "", 0);
}

static void long_value_comes_in_parts(void **state)
{
	uint8_t rsp[23] = {0x0b, 1, 2, 3};

	read_single(7, 0);
	peer_expect(BYTES(0x0a, LE16(7)));
	peer_send(rsp, sizeof(rsp));
	peer_expect(BYTES(0x0c, LE16(7), LE16(22)));
	rsp[0] = 0x0d;
	peer_send(rsp, sizeof(rsp));
	peer_expect(BYTES(0x0c, LE16(7), LE16(44)));
	peer_send(BYTES(0x0d, 9));
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, 0);
	assert_int_equal(parts, 3);
	assert_int_equal(got_len, 45);
	assert_int_equal(params.single.offset, 45);
}

static void value_that_fills_the_pdu_ends_with_an_empty_part(void **state)
{
	uint8_t rsp[23] = {0x0b};

	read_single(7, 0);
	peer_send(rsp, sizeof(rsp));
	peer_send(BYTES(0x0d));
	peer_skip(2);
	expect_end(0, 1, &rsp[1], 22);
}

static void value_that_fills_the_pdu_may_end_with_an_error(void **state)
{
	static const uint8_t errs[] = {BT_ATT_ERR_INVALID_OFFSET, BT_ATT_ERR_ATTRIBUTE_NOT_LONG};
	uint8_t rsp[23] = {0x0b};

	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		forget();
		read_single(7, 0);
		peer_send(rsp, sizeof(rsp));
		peer_error(0x0c, 7, errs[i]);
		peer_skip(2);
		expect_end(0, 1, &rsp[1], 22);
	}
}

static void longest_value_ends_at_512_bytes(void **state)
{
	uint8_t rsp[65] = {0x0b};

	peer_mtu(65);
	read_single(7, 0);
	for (int i = 0; i < 8; i++) {
		peer_skip(1);
		peer_send(rsp, sizeof(rsp));
		rsp[0] = 0x0d;
	}
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, 0);
	assert_int_equal(got_len, 512);
	peer_expect_nothing();
}

static void endless_value_ends(void **state)
{
	uint8_t rsp[23] = {0x0b};
	unsigned int count = 0;

	read_single(7, 0);
	while (ends == 0) {
		assert_true(count++ < 30);
		peer_skip(1);
		peer_send(rsp, sizeof(rsp));
		rsp[0] = 0x0d;
	}
	assert_int_equal(end_err, BT_ATT_ERR_UNLIKELY);
}

static void value_is_read_from_an_offset(void **state)
{
	read_single(7, 5);
	peer_expect(BYTES(0x0c, LE16(7), LE16(5)));
	peer_send(BYTES(0x0d, 'x'));
	expect_end(0, 1, "x", 1);
}

static void error_of_the_first_part_is_told_whatever_it_is(void **state)
{
	read_single(7, 5);
	peer_skip(1);
	peer_error(0x0c, 7, BT_ATT_ERR_INVALID_OFFSET);
	expect_end(BT_ATT_ERR_INVALID_OFFSET, 0, "", 0);
}

static void error_of_a_further_part_is_told(void **state)
{
	uint8_t rsp[23] = {0x0b};

	read_single(7, 0);
	peer_send(rsp, sizeof(rsp));
	peer_skip(2);
	peer_error(0x0c, 7, BT_ATT_ERR_AUTHORIZATION);
	expect_end(BT_ATT_ERR_AUTHORIZATION, 1, &rsp[1], 22);
}

static void callback_stops_it(void **state)
{
	uint8_t rsp[23] = {0x0b};

	stop_after = 1;
	read_single(7, 0);
	peer_send(rsp, sizeof(rsp));
	peer_skip(1);
	assert_int_equal(parts, 1);
	assert_int_equal(ends, 0);
	peer_expect_nothing();
}

static uint8_t on_read_then_again(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *p,
				  const void *data, uint16_t len)
{
	if (data == NULL && ++ends < 3) {
		assert_int_equal(bt_gatt_read(conn, p), 0);
	}
	return BT_GATT_ITER_CONTINUE;
}

static void params_are_used_again_from_the_last_callback(void **state)
{
	read_single(7, 0);
	params.func = on_read_then_again;
	for (int i = 0; i < 3; i++) {
		params.single.offset = 0;
		peer_skip(1);
		peer_send(BYTES(i == 0 ? 0x0b : 0x0d, 'x'));
	}
	assert_int_equal(ends, 3);
	peer_expect_nothing();
}

/* ---- By type ---- */

static void values_of_a_type(void **state)
{
	read_by_uuid(BT_UUID_DECLARE_16(0x2a00), 1, 0xffff);
	peer_expect(BYTES(0x08, LE16(1), LE16(0xffff), LE16(0x2a00)));
	peer_send(BYTES(0x09, 4, LE16(3), 'a', 'b', LE16(9), 'c', 'd'));
	peer_expect(BYTES(0x08, LE16(10), LE16(0xffff), LE16(0x2a00)));
	peer_send(BYTES(0x09, 2, LE16(12)));
	peer_expect(BYTES(0x08, LE16(13), LE16(0xffff), LE16(0x2a00)));
	peer_error(0x08, 13, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, 3, "abcd", 4);
	assert_int_equal(handles[0], 3);
	assert_int_equal(handles[1], 9);
	assert_int_equal(handles[2], 12);
}

static void no_value_of_a_type_is_an_error(void **state)
{
	read_by_uuid(BT_UUID_DECLARE_16(0x2a00), 1, 0xffff);
	peer_skip(1);
	peer_error(0x08, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(BT_ATT_ERR_ATTRIBUTE_NOT_FOUND, 0, "", 0);
}

static void last_handle_of_the_range_ends_it(void **state)
{
	read_by_uuid(BT_UUID_DECLARE_16(0x2a00), 1, 9);
	peer_skip(1);
	peer_send(BYTES(0x09, 3, LE16(9), 'a'));
	expect_end(0, 1, "a", 1);
}

static void lies_about_a_type_end_it(void **state)
{
	static const struct {
		uint8_t len;
		uint8_t rsp[12];
	} lies[] = {
		{1, {0x09}},
		{2, {0x09, 0}},
		{2, {0x09, 4}},
		{3, {0x09, 1, 5}},
		{5, {0x09, 4, LE16(5), 1}},
		{6, {0x09, 4, LE16(4), 1, 2}},
		{6, {0x09, 4, LE16(51), 1, 2}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		forget();
		read_by_uuid(BT_UUID_DECLARE_16(0x2a00), 5, 50);
		peer_skip(1);
		peer_send(lies[i].rsp, lies[i].len);
		if (lies[i].len == 1) {
			/* No response at all: it is ignored. */
			assert_int_equal(ends, 0);
			peer_error(0x08, 5, BT_ATT_ERR_UNLIKELY);
		}
		expect_end(BT_ATT_ERR_UNLIKELY, 0, "", 0);
	}
}

/* ---- Several ---- */

static uint16_t two[] = {3, 9};

static void read_two(bool variable)
{
	params = (struct bt_gatt_read_params){.func = on_read,
					      .handle_count = 2,
					      .multiple = {.handles = two, .variable = variable}};
	assert_int_equal(bt_gatt_read(peers[0].conn, &params), 0);
}

static void several_values_come_joined(void **state)
{
	read_two(false);
	peer_expect(BYTES(0x0e, LE16(3), LE16(9)));
	peer_send(BYTES(0x0f, 'a', 'b', 'c'));
	expect_end(0, 1, "abc", 3);
}

static void several_variable_values_come_apart(void **state)
{
	read_two(true);
	peer_expect(BYTES(0x20, LE16(3), LE16(9)));
	peer_send(BYTES(0x21, LE16(0), LE16(2), 'a', 'b'));
	expect_end(0, 2, "ab", 2);
}

static void last_variable_value_may_be_cut(void **state)
{
	read_two(true);
	peer_skip(1);
	peer_send(BYTES(0x21, LE16(1), 'x', LE16(9), 'a', 'b'));
	expect_end(0, 2, "xab", 3);
}

static void variable_values_that_lie_end_it(void **state)
{
	read_two(true);
	peer_skip(1);
	peer_send(BYTES(0x21, LE16(1), 'x', 9));
	expect_end(BT_ATT_ERR_UNLIKELY, 1, "x", 1);
	forget();
	read_two(true);
	peer_skip(1);
	peer_send(BYTES(0x21, LE16(1), 'x', LE16(1), 'y', LE16(1), 'z'));
	expect_end(BT_ATT_ERR_UNLIKELY, 2, "xy", 2);
}

static void several_handles_must_fit(void **state)
{
	uint16_t many[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

	params = (struct bt_gatt_read_params){
		.func = on_read, .handle_count = 12, .multiple = {.handles = many}};
	assert_int_equal(bt_gatt_read(peers[0].conn, &params), -EINVAL);
	params.handle_count = 11;
	assert_int_equal(bt_gatt_read(peers[0].conn, &params), 0);
	peer_skip(1);
	peer_error(0x0e, 3, BT_ATT_ERR_READ_NOT_PERMITTED);
	expect_end(BT_ATT_ERR_READ_NOT_PERMITTED, 0, "", 0);
}

/* ---- Bad arguments, silence ---- */

static void bad_arguments_are_refused(void **state)
{
	struct bt_gatt_read_params p = {.func = on_read, .handle_count = 1};
	struct bt_conn *conn = bt_conn_ref(peers[0].conn);

	assert_int_equal(bt_gatt_read(NULL, &p), -EINVAL);
	assert_int_equal(bt_gatt_read(conn, NULL), -EINVAL);
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p.single.handle = 1;
	p.single.offset = 513;
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p.single.offset = 0;
	p.func = NULL;
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p = (struct bt_gatt_read_params){.func = on_read, .handle_count = 2};
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p.multiple.handles = (uint16_t[]){1, 0};
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p = (struct bt_gatt_read_params){
		.func = on_read,
		.by_uuid = {.start_handle = 2, .end_handle = 1, .uuid = BT_UUID_GAP}};
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p.by_uuid.start_handle = 0;
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	p = (struct bt_gatt_read_params){.func = on_read,
					 .by_uuid = {.start_handle = 1, .end_handle = 1}};
	assert_int_equal(bt_gatt_read(conn, &p), -EINVAL);
	peer_disconnect(0);
	p = (struct bt_gatt_read_params){
		.func = on_read, .handle_count = 1, .single = {.handle = 1}};
	assert_int_equal(bt_gatt_read(conn, &p), -ENOTCONN);
	bt_conn_unref(conn);
}

static void silence_ends_it_after_30_s(void **state)
{
	read_single(7, 0);
	scripted_run_ms(30010);
	peer_skip(1);
	expect_end(BT_ATT_ERR_UNLIKELY, 0, "", 0);
}

static void end_of_the_link_ends_it(void **state)
{
	read_single(7, 0);
	peer_disconnect(0);
	assert_int_equal(ends, 1);
	assert_int_equal(end_err, BT_ATT_ERR_UNLIKELY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(short_value_is_one_part_and_the_end),
		TEST(empty_value_is_one_part_of_no_bytes_and_the_end),
		TEST(long_value_comes_in_parts),
		TEST(value_that_fills_the_pdu_ends_with_an_empty_part),
		TEST(value_that_fills_the_pdu_may_end_with_an_error),
		TEST(longest_value_ends_at_512_bytes),
		TEST(endless_value_ends),
		TEST(value_is_read_from_an_offset),
		TEST(error_of_the_first_part_is_told_whatever_it_is),
		TEST(error_of_a_further_part_is_told),
		TEST(callback_stops_it),
		TEST(params_are_used_again_from_the_last_callback),
		TEST(values_of_a_type),
		TEST(no_value_of_a_type_is_an_error),
		TEST(last_handle_of_the_range_ends_it),
		TEST(lies_about_a_type_end_it),
		TEST(several_values_come_joined),
		TEST(several_variable_values_come_apart),
		TEST(last_variable_value_may_be_cut),
		TEST(variable_values_that_lie_end_it),
		TEST(several_handles_must_fit),
		TEST(bad_arguments_are_refused),
		TEST(silence_ends_it_after_30_s),
		TEST(end_of_the_link_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
