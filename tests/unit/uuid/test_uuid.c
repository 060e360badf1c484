/* SPDX-License-Identifier: Apache-2.0 */

/* UUIDs: comparing, making, writing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/uuid.h>

#include "host/uuid.h"

#define NUS BT_UUID_128_ENCODE(0x6e400001, 0xb5a3, 0xf393, 0xe0a9, 0xe50e24dcca9e)

static const uint8_t nus[] = {0x9e, 0xca, 0xdc, 0x24, 0x0e, 0xe5, 0xa9, 0xe0,
			      0x93, 0xf3, 0xa3, 0xb5, 0x01, 0x00, 0x40, 0x6e};

static void encode_gives_the_bytes_of_a_pdu(void **state)
{
	const uint8_t bytes[] = {NUS};
	const uint8_t short_bytes[] = {BT_UUID_16_ENCODE(0x1234), BT_UUID_32_ENCODE(0x12345678)};

	assert_memory_equal(bytes, nus, sizeof(nus));
	assert_memory_equal(short_bytes, "\x34\x12\x78\x56\x34\x12", 6);
}

static void short_uuids_equal_the_long_ones_they_stand_for(void **state)
{
	const struct bt_uuid *u16 = BT_UUID_DECLARE_16(0x180d);
	const struct bt_uuid *u32 = BT_UUID_DECLARE_32(0x0000180d);
	const struct bt_uuid *u128 = BT_UUID_DECLARE_128(
		BT_UUID_128_ENCODE(0x0000180d, 0x0000, 0x1000, 0x8000, 0x00805f9b34fb));

	assert_int_equal(bt_uuid_cmp(u16, u16), 0);
	assert_int_equal(bt_uuid_cmp(u16, u32), 0);
	assert_int_equal(bt_uuid_cmp(u16, u128), 0);
	assert_int_equal(bt_uuid_cmp(u32, u128), 0);
	assert_int_equal(bt_uuid_cmp(u128, u128), 0);
}

static void order_is_the_same_for_all_sizes(void **state)
{
	const struct bt_uuid *ascending[] = {
		BT_UUID_DECLARE_16(0x0001),
		BT_UUID_DECLARE_16(0x0100),
		BT_UUID_DECLARE_128(
			BT_UUID_128_ENCODE(0x00000100, 0x0000, 0x1000, 0x8000, 0x00805f9b34fc)),
		BT_UUID_DECLARE_32(0x00010000),
		BT_UUID_DECLARE_32(0xffffffff),
		BT_UUID_DECLARE_128(
			BT_UUID_128_ENCODE(0xffffffff, 0xffff, 0xffff, 0xffff, 0xffffffffffff)),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ascending); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(ascending); j++) {
			int order = bt_uuid_cmp(ascending[i], ascending[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void create_takes_2_4_or_16_bytes(void **state)
{
	struct bt_uuid_128 uuid;

	for (int len = 0; len <= 20; len++) {
		bool good = len == 2 || len == 4 || len == 16;

		assert_int_equal(bt_uuid_create(&uuid.uuid, nus, (uint8_t)len), good);
	}
	assert_true(bt_uuid_create(&uuid.uuid, nus, 2));
	assert_int_equal(bt_uuid_cmp(&uuid.uuid, BT_UUID_DECLARE_16(0xca9e)), 0);
	assert_true(bt_uuid_create(&uuid.uuid, nus, 4));
	assert_int_equal(bt_uuid_cmp(&uuid.uuid, BT_UUID_DECLARE_32(0x24dcca9e)), 0);
	assert_true(bt_uuid_create(&uuid.uuid, nus, 16));
	assert_int_equal(bt_uuid_cmp(&uuid.uuid, BT_UUID_DECLARE_128(NUS)), 0);
}

static void text_is_lower_case_and_cut_to_fit(void **state)
{
	char text[BT_UUID_STR_LEN];

	bt_uuid_to_str(BT_UUID_DECLARE_16(0x0ab), text, sizeof(text));
	assert_string_equal(text, "00ab");
	bt_uuid_to_str(BT_UUID_DECLARE_32(0xabcdef), text, sizeof(text));
	assert_string_equal(text, "00abcdef");
	bt_uuid_to_str(BT_UUID_DECLARE_128(NUS), text, sizeof(text));
	assert_string_equal(text, "6e400001-b5a3-f393-e0a9-e50e24dcca9e");
	bt_uuid_to_str(BT_UUID_DECLARE_128(NUS), text, 5);
	assert_string_equal(text, "6e40");
	text[0] = 'x';
	bt_uuid_to_str(BT_UUID_DECLARE_16(0x1234), text, 0);
	assert_int_equal(text[0], 'x');
}

static void pdus_hold_16_or_128_bits(void **state)
{
	struct fav_cursor c = fav_cursor_of(nus, 3);
	struct bt_uuid_128 uuid;
	uint8_t bytes[32];
	struct fav_writer w = fav_writer_of(bytes, sizeof(bytes));

	assert_false(uuid__read(&c, 4, &uuid));
	c = fav_cursor_of(nus, sizeof(nus));
	assert_false(uuid__read(&c, 4, &uuid));
	c = fav_cursor_of(nus, sizeof(nus));
	assert_true(uuid__read(&c, 2, &uuid));
	uuid__write(&w, &uuid.uuid);
	uuid__write(&w, BT_UUID_DECLARE_32(0x12345678));
	assert_int_equal(fav_writer_len(&w), 18);
	assert_memory_equal(bytes, "\x9e\xca\xfb\x34\x9b\x5f\x80\0\0\x80\0\x10\0\0\x78\x56\x34\x12",
			    18);
	assert_int_equal(uuid__size(BT_UUID_DECLARE_32(1)), 16);
	assert_int_equal(uuid__size(BT_UUID_GAP), 2);
	assert_int_equal(uuid__16(BT_UUID_DECLARE_32(0x1800)), 0);
	w = fav_writer_of(bytes, 10);
	uuid__write(&w, BT_UUID_DECLARE_32(1));
	assert_false(fav_writer_ok(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encode_gives_the_bytes_of_a_pdu),
		cmocka_unit_test(short_uuids_equal_the_long_ones_they_stand_for),
		cmocka_unit_test(order_is_the_same_for_all_sizes),
		cmocka_unit_test(create_takes_2_4_or_16_bytes),
		cmocka_unit_test(text_is_lower_case_and_cut_to_fit),
		cmocka_unit_test(pdus_hold_16_or_128_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
