/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <favonius/sim.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/check.h>

#define CONFIG_SAMPLE_ON  1
#define CONFIG_SAMPLE_OFF 0

#define PLUS_ONE(x)    ((x) + 1)
#define INDEX(i, base) ((base) + (i))

static void macros_choose_by_option(void **state)
{
	assert_int_equal(IS_ENABLED(CONFIG_SAMPLE_ON), 1);
	assert_int_equal(IS_ENABLED(CONFIG_SAMPLE_OFF), 0);
	assert_int_equal(IS_ENABLED(CONFIG_SAMPLE_UNDEFINED), 0);
	assert_int_equal(COND_CODE_1(CONFIG_SAMPLE_ON, (1), (2)), 1);
	assert_int_equal(COND_CODE_1(CONFIG_SAMPLE_UNDEFINED, (1), (2)), 2);
	assert_int_equal(COND_CODE_0(CONFIG_SAMPLE_OFF, (1), (2)), 1);
	assert_int_equal(0 IF_ENABLED(CONFIG_SAMPLE_ON, (+3)), 3);
	assert_int_equal(0 IF_ENABLED(CONFIG_SAMPLE_UNDEFINED, (+3)), 0);
}

static void macros_repeat(void **state)
{
	int each[] = {FOR_EACH(PLUS_ONE, (, ), 1, 2, 3)};
	int list[] = {LISTIFY(4, INDEX, (, ), 10)};

	assert_int_equal(ARRAY_SIZE(each), 3);
	assert_int_equal(each[2], 4);
	assert_int_equal(ARRAY_SIZE(list), 4);
	assert_int_equal(list[3], 13);
	assert_int_equal(NUM_VA_ARGS(), 0);
	assert_int_equal(NUM_VA_ARGS(a, b), 2);
	assert_int_equal(GET_ARG_N(2, 5, 6, 7), 6);
}

static void arithmetic_rounds(void **state)
{
	assert_int_equal(ROUND_UP(13, 4), 16);
	assert_int_equal(ROUND_DOWN(13, 4), 12);
	assert_int_equal(DIV_ROUND_UP(13, 4), 4);
	assert_int_equal(DIV_ROUND_CLOSEST(-7, 2), -4);
	assert_int_equal(CLAMP(5, 1, 3), 3);
	assert_int_equal(CLAMP(0, 1, 3), 1);
	assert_true(IN_RANGE(3, 1, 3));
	assert_int_equal(GENMASK(5, 2), 0x3c);
	assert_int_equal(LOG2(9), 3);
	assert_int_equal(LOG2CEIL(9), 4);
	assert_int_equal(NHPOT(9), 16);
	assert_true(IS_POWER_OF_TWO(8) && !IS_POWER_OF_TWO(0) && !IS_POWER_OF_TWO(6));
}

static void hexadecimal_goes_both_ways(void **state)
{
	uint8_t bytes[3];
	char text[7];

	assert_int_equal(hex2bin("0aFf10", 6, bytes, 3), 3);
	assert_memory_equal(bytes, "\x0a\xff\x10", 3);
	assert_int_equal(bin2hex(bytes, 3, text, sizeof(text)), 6);
	assert_string_equal(text, "0aff10");
	assert_int_equal(bin2hex(bytes, 3, text, 6), 0);
	assert_int_equal(bin2hex(bytes, 3, text, 0), 0);
	assert_int_equal(hex2bin("abc", 3, bytes, 3), 2);
	assert_memory_equal(bytes, "\x0a\xbc", 2);
	assert_int_equal(hex2bin("0g", 2, bytes, 3), 0);
	assert_int_equal(hex2bin("00112233", 8, bytes, 3), 0);
	assert_int_equal(char2hex('x', bytes), -EINVAL);
	assert_int_equal(hex2char(16, text), -EINVAL);
}

static void utf8_is_cut_between_characters(void **state)
{
	char text[8];

	assert_string_equal(utf8_lcpy(text, "abc", sizeof(text)), "abc");
	assert_string_equal(utf8_lcpy(text, "abcdefghi", sizeof(text)), "abcdefg");
	/* Two, three and four bytes, each cut in the middle. */
	assert_string_equal(utf8_lcpy(text, "abcdef\xc3\xa9", sizeof(text)), "abcdef");
	assert_string_equal(utf8_lcpy(text, "abcde\xe2\x82\xac", sizeof(text)), "abcde");
	assert_string_equal(utf8_lcpy(text, "abcd\xf0\x9f\x98\x80", sizeof(text)), "abcd");
	assert_string_equal(utf8_lcpy(text, "abcd\xe2\x82\xacx", sizeof(text)), "abcd\xe2\x82\xac");
	strcpy(text, "");
	assert_string_equal(utf8_trunc(text), "");
}

static void atomic_bits_cross_words(void **state)
{
	ATOMIC_DEFINE(bits, 100) = {0};
	atomic_t word = ATOMIC_INIT(5);

	assert_false(atomic_test_and_set_bit(bits, 70));
	assert_true(atomic_test_and_set_bit(bits, 70));
	assert_true(atomic_test_bit(bits, 70));
	assert_false(atomic_test_bit(bits, 6));
	atomic_set_bit_to(bits, 99, true);
	atomic_set_bit_to(bits, 70, false);
	assert_false(atomic_test_and_clear_bit(bits, 70));
	assert_true(atomic_test_and_clear_bit(bits, 99));
	assert_int_equal(atomic_add(&word, 3), 5);
	assert_int_equal(atomic_sub(&word, 1), 8);
	assert_int_equal(atomic_inc(&word), 7);
	assert_int_equal(atomic_dec(&word), 8);
	assert_int_equal(atomic_or(&word, 8), 7);
	assert_int_equal(atomic_and(&word, 8), 15);
	assert_true(atomic_cas(&word, 8, 1));
	assert_false(atomic_cas(&word, 8, 2));
	assert_int_equal(atomic_clear(&word), 1);
	assert_int_equal(atomic_get(&word), 0);
}

static void assertions_name_what_failed(void **state)
{
	expect_violation(__ASSERT(1 > 2, "number %d", 5));
	expect_violation(__ASSERT_NO_MSG(false));
	expect_violation(k_panic());
	expect_violation(k_sched_unlock());
	CHECKIF(false)
	{
		fail();
	}
}

static void random_numbers_depend_on_the_seed_alone(void **state)
{
	uint64_t first[4], again[4], other[4];

	fav_sim_reset(7);
	sys_rand_get(first, sizeof(first));
	fav_sim_reset(7);
	assert_int_equal(sys_csrand_get(again, sizeof(again)), 0);
	fav_sim_reset(8);
	sys_rand_get(other, sizeof(other));
	assert_memory_equal(first, again, sizeof(first));
	assert_memory_not_equal(first, other, sizeof(first));
	assert_memory_not_equal(&first[0], &first[1], sizeof(first[0]));
}

int suite_util(void)
{
	const struct CMUnitTest tests[] = {
		units_test(macros_choose_by_option),
		units_test(macros_repeat),
		units_test(arithmetic_rounds),
		units_test(hexadecimal_goes_both_ways),
		units_test(utf8_is_cut_between_characters),
		units_test(atomic_bits_cross_words),
		units_test(assertions_name_what_failed),
		units_test(random_numbers_depend_on_the_seed_alone),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
