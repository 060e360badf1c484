/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS___ASSERT_H_
#define ZEPHYR_SYS___ASSERT_H_

#include <zephyr/toolchain.h>

/** @file
 * Assertions about our own invariants. A violated one ends the program through the port's panic().
 * Built with CONFIG_ASSERT; without it the condition is not evaluated.
 */

/** Report a violated invariant and end the program. Context: any, including ISR. */
FUNC_NORETURN void fav_assert_failed(const char *condition, const char *file, int line,
				     const char *format, ...) __printf_like(4, 5);

#ifdef CONFIG_ASSERT
#define __ASSERT(test, fmt, ...)                                                          \
	do {                                                                              \
		if (unlikely(!(test))) {                                                  \
			fav_assert_failed(#test, __FILE__, __LINE__, fmt, ##__VA_ARGS__); \
		}                                                                         \
	} while (0)
#define __ASSERT_NO_MSG(test)                                                   \
	do {                                                                    \
		if (unlikely(!(test))) {                                        \
			fav_assert_failed(#test, __FILE__, __LINE__, "%s", ""); \
		}                                                               \
	} while (0)
#define __ASSERT_EVAL(expr1, expr2, test, fmt, ...) \
	do {                                        \
		expr2;                              \
		__ASSERT(test, fmt, ##__VA_ARGS__); \
	} while (0)
#else
#define __ASSERT(test, fmt, ...)    \
	do {                        \
		(void)sizeof(test); \
	} while (0)
#define __ASSERT_NO_MSG(test)       \
	do {                        \
		(void)sizeof(test); \
	} while (0)
#define __ASSERT_EVAL(expr1, expr2, test, fmt, ...) expr1
#endif

#endif
