/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_UTIL_H_
#define ZEPHYR_SYS_UTIL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/sys/util_macro.h>
#include <zephyr/toolchain.h>

/** @file
 * Small arithmetic and conversions.
 *
 * Context: any.
 */

#define POINTER_TO_UINT(x) ((uintptr_t)(x))
#define UINT_TO_POINTER(x) ((void *)(uintptr_t)(x))
#define POINTER_TO_INT(x)  ((intptr_t)(x))
#define INT_TO_POINTER(x)  ((void *)(intptr_t)(x))

#define KB(x) ((x) << 10)
#define MB(x) (KB(x) << 10)

#define NSEC_PER_SEC  1000000000LL
#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_USEC 1000LL
#define USEC_PER_SEC  1000000LL
#define USEC_PER_MSEC 1000LL
#define MSEC_PER_SEC  1000LL

#define GENMASK(h, l) \
	(((~0UL) - (1UL << (l)) + 1) & (~0UL >> (sizeof(unsigned long) * 8 - 1 - (h))))

#define BITS_PER_BYTE       8
#define BITS_PER_LONG       (sizeof(long) * 8)
#define IS_BIT_SET(v, bit)  ((((v) >> (bit)) & 1) != 0)
#define IS_POWER_OF_TWO(x)  (((x) != 0) && (((x) & ((x)-1)) == 0))
#define BITS_PER_TYPE(type) (sizeof(type) * 8)

/** Elements of an array; does not compile for a pointer. */
#define ARRAY_SIZE(array)                                                               \
	(sizeof(array) / sizeof((array)[0]) +                                           \
	 0 * sizeof(struct {                                                            \
		 _Static_assert(!__builtin_types_compatible_p(__typeof__(array),        \
							      __typeof__(&(array)[0])), \
				"not an array");                                        \
		 int dummy;                                                             \
	 }))
#define ARRAY_INDEX(array, ptr) ((size_t)((ptr) - (array)))
#define PART_OF_ARRAY(array, ptr)                        \
	((const void *)(ptr) >= (const void *)(array) && \
	 (const void *)(ptr) < (const void *)((array) + ARRAY_SIZE(array)))
#define IS_ARRAY_ELEMENT(array, ptr)  \
	(PART_OF_ARRAY(array, ptr) && \
	 ((uintptr_t)(ptr) - (uintptr_t)(array)) % sizeof((array)[0]) == 0)
#define FOR_EACH_ARRAY_ELEMENT_(array, it) \
	for (__typeof__((array)[0]) *it = (array); it < (array) + ARRAY_SIZE(array); it++)
#define ARRAY_FOR_EACH(array, idx)     for (size_t idx = 0; idx < ARRAY_SIZE(array); idx++)
#define ARRAY_FOR_EACH_PTR(array, ptr) FOR_EACH_ARRAY_ELEMENT_(array, ptr)

/** The structure of type @p type whose member @p field is at @p ptr. */
#define CONTAINER_OF(ptr, type, field)                                                         \
	__extension__({                                                                        \
		_Static_assert(__builtin_types_compatible_p(__typeof__(*(ptr)),                \
							    __typeof__(((type *)0)->field)) || \
				       __builtin_types_compatible_p(__typeof__(*(ptr)), void), \
			       "pointer type mismatch in CONTAINER_OF");                       \
		(type *)((char *)(uintptr_t)(ptr)-offsetof(type, field));                      \
	})

#define SIZEOF_FIELD(type, member) sizeof((((type *)0)->member))
#define SAME_TYPE(a, b)            __builtin_types_compatible_p(__typeof__(a), __typeof__(b))

#define ROUND_UP(x, align)   ((((x) + ((align)-1)) / (align)) * (align))
#define ROUND_DOWN(x, align) (((x) / (align)) * (align))
#define WB_UP(x)             ROUND_UP(x, sizeof(void *))
#define DIV_ROUND_UP(n, d)   (((n) + (d)-1) / (d))
#define DIV_ROUND_CLOSEST(n, d) \
	((((n) < 0) ^ ((d) < 0)) ? ((n) - ((d) / 2)) / (d) : ((n) + ((d) / 2)) / (d))

#ifndef MIN
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef CLAMP
#define CLAMP(val, low, high) (((val) <= (low)) ? (low) : MIN(val, high))
#endif
/** The sum of @p low and up to @p high is inside: @p low <= @p val <= @p high. */
#define IN_RANGE(val, low, high) ((val) >= (low) && (val) <= (high))

/** Longest prefix index: log2, rounded down; 0 for 0. */
#define LOG2(x)     ((x) < 1 ? -1 : 63 - __builtin_clzll(x))
#define LOG2CEIL(x) ((x) <= 1 ? 0 : (64 - __builtin_clzll((x)-1)))
#define NHPOT(x)    ((x) < 1 ? 1 : (1ULL << LOG2CEIL(x)))

/** true when @p size bytes at @p s hold nothing but @p c. */
static inline bool util_memeq(const void *s, uint8_t c, size_t size)
{
	const uint8_t *at = s;

	for (size_t i = 0; i < size; i++) {
		if (at[i] != c) {
			return false;
		}
	}
	return true;
}

/** true when both ranges have the same length and content. */
static inline bool util_eq(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/** Value of a hexadecimal digit. @retval -EINVAL @p c is none. */
int char2hex(char c, uint8_t *x);
/** The digit, lower case. @retval -EINVAL @p x is over 15. */
int hex2char(uint8_t x, char *c);

/** Write @p buflen bytes as 2 * buflen lower-case digits and a 0.
 * @return The number of digits; 0 when @p hexlen does not hold them and the 0.
 */
size_t bin2hex(const uint8_t *buf, size_t buflen, char *hex, size_t hexlen);

/** Read @p hexlen digits (an odd number has a leading 0 added).
 * @return The number of bytes; 0 when @p buflen is too small or a character is no digit.
 */
size_t hex2bin(const char *hex, size_t hexlen, uint8_t *buf, size_t buflen);

/** Copy at most @p n - 1 bytes of the UTF-8 text @p src, cutting only between characters, and end
 * it with 0. @return @p dst.
 */
char *utf8_lcpy(char *dst, const char *src, size_t n);

/** End @p utf8_str, which was cut anywhere, after its last whole character. @return @p utf8_str. */
char *utf8_trunc(char *utf8_str);

/** XOR @p len bytes. */
static inline void mem_xor_n(uint8_t *dst, const uint8_t *a, const uint8_t *b, size_t len)
{
	while (len--) {
		*dst++ = *a++ ^ *b++;
	}
}

static inline void mem_xor_32(uint8_t dst[4], const uint8_t a[4], const uint8_t b[4])
{
	mem_xor_n(dst, a, b, 4);
}

static inline void mem_xor_128(uint8_t dst[16], const uint8_t a[16], const uint8_t b[16])
{
	mem_xor_n(dst, a, b, 16);
}

#endif
