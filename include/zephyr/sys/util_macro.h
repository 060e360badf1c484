/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_UTIL_MACRO_H_
#define ZEPHYR_SYS_UTIL_MACRO_H_

/** @file
 * Macros that the preprocessor alone can evaluate.
 */

#define BIT(n)        (1UL << (n))
#define BIT64(n)      (1ULL << (n))
#define BIT_MASK(n)   (BIT(n) - 1UL)
#define BIT64_MASK(n) (BIT64(n) - 1ULL)
/** Set or clear bit @p bit of the variable @p var. */
#define WRITE_BIT(var, bit, set) ((var) = (set) ? ((var) | BIT(bit)) : ((var) & ~BIT(bit)))

#define UTIL_CAT(a, b)   UTIL_CAT_(a, b)
#define UTIL_CAT_(a, b)  a##b
#define UTIL_EXPAND(...) __VA_ARGS__
#define UTIL_EAT(...)
#define STRINGIFY(s)      FAV_STRINGIFY_(s)
#define FAV_STRINGIFY_(s) #s
#define _DO_CONCAT(x, y)  x##y
#define _CONCAT(x, y)     _DO_CONCAT(x, y)
#define CONCAT(x, y)      _CONCAT(x, y)

/** 1 when the option is defined as 1, else 0; usable in C and in #if. An option that is defined as
 * another value, or undefined, counts as disabled.
 */
#define IS_ENABLED(config)       FAV_IS_ENABLED_1_(config)
#define FAV_IS_ENABLED_1_(value) FAV_IS_ENABLED_2_(FAV_ENABLED_##value)
/* FAV_ENABLED_1 turns one argument into two, which moves the 1 to second place. */
#define FAV_ENABLED_1                 unused,
#define FAV_IS_ENABLED_2_(one_or_two) FAV_IS_ENABLED_3_(one_or_two 1, 0)
#define FAV_IS_ENABLED_3_(a, b, ...)  b

/** Expands to the contents of the parenthesised @p yes when @p flag is 1, else of @p no. */
#define COND_CODE_1(flag, yes, no)       FAV_COND_1_(flag, yes, no)
#define FAV_COND_1_(flag, yes, no)       FAV_COND_2_(FAV_ENABLED_##flag, yes, no)
#define FAV_COND_2_(one_or_two, yes, no) FAV_COND_3_(one_or_two yes, no)
#define FAV_COND_3_(a, b, ...)           UTIL_EXPAND b

/** Expands to the contents of the parenthesised @p zero when @p flag is 0, else of @p other. */
#define COND_CODE_0(flag, zero, other) FAV_COND_0_(flag, zero, other)
#define FAV_COND_0_(flag, zero, other) FAV_COND_2_(FAV_ZERO_##flag, zero, other)
#define FAV_ZERO_0                     unused,

/** Expands to the contents of the parenthesised @p code when @p flag is 1, else to nothing. */
#define IF_ENABLED(flag, code)  COND_CODE_1(flag, code, ())
#define IF_DISABLED(flag, code) COND_CODE_1(flag, (), code)

/** Expands to the first argument that is left when @p n are dropped, n 0 to 4. */
#define GET_ARG_N(n, ...)              UTIL_CAT(FAV_GET_ARG_, n)(__VA_ARGS__)
#define FAV_GET_ARG_1(a, ...)          a
#define FAV_GET_ARG_2(a, b, ...)       b
#define FAV_GET_ARG_3(a, b, c, ...)    c
#define FAV_GET_ARG_4(a, b, c, d, ...) d

/** How many arguments there are, 0 to 32. */
#define NUM_VA_ARGS(...)                                                                          \
	FAV_ARG_33_(0, ##__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, \
		    17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define FAV_ARG_33_(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, \
		    a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, \
		    a32, n, ...)                                                               \
	n

/** F(x) for each argument, 1 to 16 of them, with the contents of the parenthesised @p sep between.
 */
#define FOR_EACH(F, sep, ...)       UTIL_CAT(FAV_EACH_, NUM_VA_ARGS(__VA_ARGS__))(F, sep, __VA_ARGS__)
#define FAV_EACH_1(F, sep, x)       F(x)
#define FAV_EACH_2(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_1(F, sep, __VA_ARGS__)
#define FAV_EACH_3(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_2(F, sep, __VA_ARGS__)
#define FAV_EACH_4(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_3(F, sep, __VA_ARGS__)
#define FAV_EACH_5(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_4(F, sep, __VA_ARGS__)
#define FAV_EACH_6(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_5(F, sep, __VA_ARGS__)
#define FAV_EACH_7(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_6(F, sep, __VA_ARGS__)
#define FAV_EACH_8(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_7(F, sep, __VA_ARGS__)
#define FAV_EACH_9(F, sep, x, ...)  F(x) UTIL_EXPAND sep FAV_EACH_8(F, sep, __VA_ARGS__)
#define FAV_EACH_10(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_9(F, sep, __VA_ARGS__)
#define FAV_EACH_11(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_10(F, sep, __VA_ARGS__)
#define FAV_EACH_12(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_11(F, sep, __VA_ARGS__)
#define FAV_EACH_13(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_12(F, sep, __VA_ARGS__)
#define FAV_EACH_14(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_13(F, sep, __VA_ARGS__)
#define FAV_EACH_15(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_14(F, sep, __VA_ARGS__)
#define FAV_EACH_16(F, sep, x, ...) F(x) UTIL_EXPAND sep FAV_EACH_15(F, sep, __VA_ARGS__)

/** F(i, ...) for i from 0 to @p len - 1, len 1 to 16, with the contents of the parenthesised @p sep
 * between.
 */
#define LISTIFY(len, F, sep, ...) UTIL_CAT(FAV_LIST_, len)(F, sep, ##__VA_ARGS__)
#define FAV_LIST_1(F, sep, ...)   F(0, ##__VA_ARGS__)
#define FAV_LIST_2(F, sep, ...) \
	FAV_LIST_1(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(1, ##__VA_ARGS__)
#define FAV_LIST_3(F, sep, ...) \
	FAV_LIST_2(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(2, ##__VA_ARGS__)
#define FAV_LIST_4(F, sep, ...) \
	FAV_LIST_3(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(3, ##__VA_ARGS__)
#define FAV_LIST_5(F, sep, ...) \
	FAV_LIST_4(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(4, ##__VA_ARGS__)
#define FAV_LIST_6(F, sep, ...) \
	FAV_LIST_5(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(5, ##__VA_ARGS__)
#define FAV_LIST_7(F, sep, ...) \
	FAV_LIST_6(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(6, ##__VA_ARGS__)
#define FAV_LIST_8(F, sep, ...) \
	FAV_LIST_7(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(7, ##__VA_ARGS__)
#define FAV_LIST_9(F, sep, ...) \
	FAV_LIST_8(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(8, ##__VA_ARGS__)
#define FAV_LIST_10(F, sep, ...) \
	FAV_LIST_9(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(9, ##__VA_ARGS__)
#define FAV_LIST_11(F, sep, ...) \
	FAV_LIST_10(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(10, ##__VA_ARGS__)
#define FAV_LIST_12(F, sep, ...) \
	FAV_LIST_11(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(11, ##__VA_ARGS__)
#define FAV_LIST_13(F, sep, ...) \
	FAV_LIST_12(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(12, ##__VA_ARGS__)
#define FAV_LIST_14(F, sep, ...) \
	FAV_LIST_13(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(13, ##__VA_ARGS__)
#define FAV_LIST_15(F, sep, ...) \
	FAV_LIST_14(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(14, ##__VA_ARGS__)
#define FAV_LIST_16(F, sep, ...) \
	FAV_LIST_15(F, sep, ##__VA_ARGS__) UTIL_EXPAND sep F(15, ##__VA_ARGS__)

#endif
