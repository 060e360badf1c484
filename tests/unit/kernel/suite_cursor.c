/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <favonius/cursor.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};

static void fields_are_read_in_order(void **state)
{
	struct fav_cursor c = fav_cursor_of(bytes, sizeof(bytes));

	assert_int_equal(fav_cursor_u8(&c), 1);
	assert_int_equal(fav_cursor_le16(&c), 0x0302);
	assert_int_equal(fav_cursor_le24(&c), 0x060504);
	assert_int_equal(fav_cursor_le32(&c), 0x0a090807);
	assert_false(fav_cursor_done(&c));
	assert_true(fav_cursor_le64(&c) == 0x1211100f0e0d0c0bULL);
	assert_true(fav_cursor_ok(&c));
	assert_true(fav_cursor_done(&c));
	assert_int_equal(fav_cursor_remaining(&c), 0);
}

static void beyond_the_end_are_zeros_for_good(void **state)
{
	struct fav_cursor c = fav_cursor_of(bytes, 3);
	uint8_t copy[2] = {7, 7};

	assert_int_equal(fav_cursor_le32(&c), 0);
	assert_false(fav_cursor_ok(&c));
	/* What was left is not read either. */
	assert_int_equal(fav_cursor_u8(&c), 0);
	assert_int_equal(fav_cursor_remaining(&c), 0);
	assert_null(fav_cursor_bytes(&c, 0));
	assert_false(fav_cursor_copy(&c, copy, 2));
	assert_int_equal(copy[0] | copy[1], 0);
	assert_false(fav_cursor_done(&c));
}

static void every_width_checks_its_length(void **state)
{
	for (size_t len = 0; len < 8; len++) {
		struct fav_cursor c = fav_cursor_of(bytes, len);

		(void)fav_cursor_le64(&c);
		assert_false(fav_cursor_ok(&c));
		c = fav_cursor_of(bytes, len);
		(void)fav_cursor_le32(&c);
		assert_int_equal(fav_cursor_ok(&c), len >= 4);
		c = fav_cursor_of(bytes, len);
		(void)fav_cursor_le24(&c);
		assert_int_equal(fav_cursor_ok(&c), len >= 3);
		c = fav_cursor_of(bytes, len);
		(void)fav_cursor_le16(&c);
		assert_int_equal(fav_cursor_ok(&c), len >= 2);
		c = fav_cursor_of(bytes, len);
		(void)fav_cursor_s8(&c);
		assert_int_equal(fav_cursor_ok(&c), len >= 1);
	}
}

static void ranges_are_passed_over(void **state)
{
	struct net_buf_simple buf;
	struct fav_cursor c, sub;
	uint8_t copy[2];

	net_buf_simple_init_with_data(&buf, (void *)(uintptr_t)bytes, sizeof(bytes));
	c = fav_cursor_of_buf(&buf);
	assert_ptr_equal(fav_cursor_bytes(&c, 2), bytes);
	assert_true(fav_cursor_skip(&c, 1));
	assert_true(fav_cursor_copy(&c, copy, 2));
	assert_memory_equal(copy, bytes + 3, 2);
	sub = fav_cursor_sub(&c, 3);
	assert_int_equal(fav_cursor_remaining(&sub), 3);
	assert_int_equal(fav_cursor_u8(&sub), 6);
	assert_int_equal(fav_cursor_u8(&c), 9);
	assert_int_equal(fav_cursor_le32(&sub), 0);
	assert_false(fav_cursor_ok(&sub));
	assert_true(fav_cursor_ok(&c));
	sub = fav_cursor_sub(&c, 100);
	assert_false(fav_cursor_ok(&sub));
	assert_false(fav_cursor_ok(&c));
	assert_false(fav_cursor_skip(&c, SIZE_MAX));
}

static void nothing_is_read_from_nothing(void **state)
{
	struct fav_cursor c = fav_cursor_of(NULL, 0);

	assert_true(fav_cursor_done(&c));
	assert_true(fav_cursor_skip(&c, 0));
	assert_int_equal(fav_cursor_u8(&c), 0);
	assert_false(fav_cursor_ok(&c));
}

static void fields_are_written_in_order(void **state)
{
	uint8_t out[18];
	struct fav_writer w = fav_writer_of(out, sizeof(out));

	fav_writer_u8(&w, 1);
	fav_writer_le16(&w, 0x0302);
	fav_writer_le24(&w, 0x060504);
	fav_writer_le32(&w, 0x0a090807);
	assert_int_equal(fav_writer_len(&w), 10);
	assert_int_equal(fav_writer_room(&w), 8);
	fav_writer_le64(&w, 0x1211100f0e0d0c0bULL);
	assert_true(fav_writer_ok(&w));
	assert_memory_equal(out, bytes, sizeof(out));
}

static void what_does_not_fit_is_not_written(void **state)
{
	uint8_t out[6] = {0};
	struct fav_writer w = fav_writer_of(out, 5);

	fav_writer_bytes(&w, bytes, 3);
	fav_writer_le32(&w, 0xffffffff);
	assert_false(fav_writer_ok(&w));
	fav_writer_u8(&w, 0xff);
	assert_null(fav_writer_add(&w, 0));
	assert_int_equal(fav_writer_len(&w), 3);
	assert_int_equal(out[3] | out[4] | out[5], 0);
}

int suite_cursor(void)
{
	const struct CMUnitTest tests[] = {
		units_test(fields_are_read_in_order),
		units_test(beyond_the_end_are_zeros_for_good),
		units_test(every_width_checks_its_length),
		units_test(ranges_are_passed_over),
		units_test(nothing_is_read_from_nothing),
		units_test(fields_are_written_in_order),
		units_test(what_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
