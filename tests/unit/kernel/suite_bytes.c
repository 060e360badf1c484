/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <zephyr/sys/byteorder.h>

#define VALUE 0x0102030405060708ULL

static const uint8_t little[] = {8, 7, 6, 5, 4, 3, 2, 1};
static const uint8_t big[] = {1, 2, 3, 4, 5, 6, 7, 8};

#define CHECK_WIDTH(bits)                                                     \
	do {                                                                  \
		uint64_t value = VALUE & (UINT64_MAX >> (64 - (bits)));       \
		uint8_t out[8];                                               \
                                                                              \
		assert_true(sys_get_le##bits(little) == value);               \
		assert_true(sys_get_be##bits(big + 8 - (bits) / 8) == value); \
		sys_put_le##bits(value, out);                                 \
		assert_memory_equal(out, little, (bits) / 8);                 \
		sys_put_be##bits(value, out);                                 \
		assert_memory_equal(out, big + 8 - (bits) / 8, (bits) / 8);   \
	} while (0)

static void values_are_put_and_got_in_both_orders(void **state)
{
	CHECK_WIDTH(16);
	CHECK_WIDTH(24);
	CHECK_WIDTH(32);
	CHECK_WIDTH(40);
	CHECK_WIDTH(48);
	CHECK_WIDTH(64);
}

static void values_are_turned_in_place(void **state)
{
	uint16_t le16;

	memcpy(&le16, little, 2);
	assert_int_equal(sys_le16_to_cpu(le16), 0x0708);
	assert_int_equal(sys_cpu_to_le16(0x0708), le16);
	assert_int_equal(sys_be16_to_cpu(sys_cpu_to_be16(0x1234)), 0x1234);
	assert_int_equal(sys_be32_to_cpu(sys_cpu_to_be32(0x12345678)), 0x12345678);
	assert_int_equal(sys_cpu_to_be32(0x12345678), BSWAP_32(sys_cpu_to_le32(0x12345678)));
	assert_int_equal(BSWAP_24(0x123456), 0x563412);
	assert_true(sys_be64_to_cpu(sys_cpu_to_be64(VALUE)) == VALUE);
}

static void bytes_are_reversed(void **state)
{
	uint8_t out[8];

	sys_memcpy_swap(out, little, 8);
	assert_memory_equal(out, big, 8);
	sys_mem_swap(out, 8);
	assert_memory_equal(out, little, 8);
	sys_mem_swap(out, 3);
	assert_int_equal(out[0], 6);
	assert_int_equal(out[1], 7);
	assert_int_equal(out[2], 8);
	assert_int_equal(out[3], 5);
	sys_mem_swap(out, 0);
	sys_memcpy_swap(out, little, 0);
}

int suite_bytes(void)
{
	const struct CMUnitTest tests[] = {
		units_test(values_are_put_and_got_in_both_orders),
		units_test(values_are_turned_in_place),
		units_test(bytes_are_reversed),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
