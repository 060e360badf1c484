/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_BYTEORDER_H_
#define ZEPHYR_SYS_BYTEORDER_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/sys/__assert.h>
#include <zephyr/sys/util.h>

/** @file
 * Values as bytes: sys_get_ and sys_put_ read and write any alignment; sys_le16_to_cpu() and its
 * kin turn a value in place. Context: any, including ISR.
 */

#define BSWAP_16(x) __builtin_bswap16(x)
#define BSWAP_24(x) ((uint32_t)(__builtin_bswap32(x) >> 8))
#define BSWAP_32(x) __builtin_bswap32(x)
#define BSWAP_40(x) ((uint64_t)(__builtin_bswap64(x) >> 24))
#define BSWAP_48(x) ((uint64_t)(__builtin_bswap64(x) >> 16))
#define BSWAP_64(x) __builtin_bswap64(x)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FAV_LE_(bits, x) (x)
#define FAV_BE_(bits, x) BSWAP_##bits(x)
#else
#define FAV_LE_(bits, x) BSWAP_##bits(x)
#define FAV_BE_(bits, x) (x)
#endif

#define sys_le16_to_cpu(v) ((uint16_t)FAV_LE_(16, v))
#define sys_le24_to_cpu(v) FAV_LE_(24, v)
#define sys_le32_to_cpu(v) ((uint32_t)FAV_LE_(32, v))
#define sys_le40_to_cpu(v) FAV_LE_(40, v)
#define sys_le48_to_cpu(v) FAV_LE_(48, v)
#define sys_le64_to_cpu(v) ((uint64_t)FAV_LE_(64, v))
#define sys_cpu_to_le16(v) sys_le16_to_cpu(v)
#define sys_cpu_to_le24(v) sys_le24_to_cpu(v)
#define sys_cpu_to_le32(v) sys_le32_to_cpu(v)
#define sys_cpu_to_le40(v) sys_le40_to_cpu(v)
#define sys_cpu_to_le48(v) sys_le48_to_cpu(v)
#define sys_cpu_to_le64(v) sys_le64_to_cpu(v)
#define sys_be16_to_cpu(v) ((uint16_t)FAV_BE_(16, v))
#define sys_be24_to_cpu(v) FAV_BE_(24, v)
#define sys_be32_to_cpu(v) ((uint32_t)FAV_BE_(32, v))
#define sys_be40_to_cpu(v) FAV_BE_(40, v)
#define sys_be48_to_cpu(v) FAV_BE_(48, v)
#define sys_be64_to_cpu(v) ((uint64_t)FAV_BE_(64, v))
#define sys_cpu_to_be16(v) sys_be16_to_cpu(v)
#define sys_cpu_to_be24(v) sys_be24_to_cpu(v)
#define sys_cpu_to_be32(v) sys_be32_to_cpu(v)
#define sys_cpu_to_be40(v) sys_be40_to_cpu(v)
#define sys_cpu_to_be48(v) sys_be48_to_cpu(v)
#define sys_cpu_to_be64(v) sys_be64_to_cpu(v)

/* One pair of functions a width. Those of the machine's own widths are one load or store where it
 * can do that at any address, which no compiler makes of a loop at each place. */
#define FAV_BYTES_DEFINE_(order, bits, type)                                        \
	static inline type sys_get_##order##bits(const uint8_t src[(bits) / 8])     \
	{                                                                           \
		type value;                                                         \
                                                                                    \
		memcpy(&value, src, sizeof(value));                                 \
		return sys_##order##bits##_to_cpu(value);                           \
	}                                                                           \
	static inline void sys_put_##order##bits(type val, uint8_t dst[(bits) / 8]) \
	{                                                                           \
		type value = sys_cpu_to_##order##bits(val);                         \
                                                                                    \
		memcpy(dst, &value, sizeof(value));                                 \
	}

FAV_BYTES_DEFINE_(le, 16, uint16_t)
FAV_BYTES_DEFINE_(le, 32, uint32_t)
FAV_BYTES_DEFINE_(le, 64, uint64_t)
FAV_BYTES_DEFINE_(be, 16, uint16_t)
FAV_BYTES_DEFINE_(be, 32, uint32_t)
FAV_BYTES_DEFINE_(be, 64, uint64_t)
#undef FAV_BYTES_DEFINE_

#define FAV_BYTES_DEFINE_(bits, type)                                            \
	static inline type sys_get_le##bits(const uint8_t src[(bits) / 8])       \
	{                                                                        \
		type value = 0;                                                  \
                                                                                 \
		for (int i = (bits) / 8 - 1; i >= 0; i--) {                      \
			value = (type)((uint64_t)value << 8 | src[i]);           \
		}                                                                \
		return value;                                                    \
	}                                                                        \
	static inline type sys_get_be##bits(const uint8_t src[(bits) / 8])       \
	{                                                                        \
		type value = 0;                                                  \
                                                                                 \
		for (int i = 0; i < (bits) / 8; i++) {                           \
			value = (type)((uint64_t)value << 8 | src[i]);           \
		}                                                                \
		return value;                                                    \
	}                                                                        \
	static inline void sys_put_le##bits(type val, uint8_t dst[(bits) / 8])   \
	{                                                                        \
		for (int i = 0; i < (bits) / 8; i++) {                           \
			dst[i] = (uint8_t)((uint64_t)val >> (8 * i));            \
		}                                                                \
	}                                                                        \
	static inline void sys_put_be##bits(type val, uint8_t dst[(bits) / 8])   \
	{                                                                        \
		for (int i = 0; i < (bits) / 8; i++) {                           \
			dst[i] = (uint8_t)((uint64_t)val >> ((bits)-8 - 8 * i)); \
		}                                                                \
	}

FAV_BYTES_DEFINE_(24, uint32_t)
FAV_BYTES_DEFINE_(40, uint64_t)
FAV_BYTES_DEFINE_(48, uint64_t)
#undef FAV_BYTES_DEFINE_

/** Copy @p length bytes in reverse order; the ranges must not overlap. */
static inline void sys_memcpy_swap(void *dst, const void *src, size_t length)
{
	uint8_t *to = dst;
	const uint8_t *from = (const uint8_t *)src + length;

	__ASSERT_NO_MSG(to + length <= (const uint8_t *)src || from <= to);
	for (; length > 0; length--) {
		*to++ = *--from;
	}
}

/** Reverse the order of @p length bytes in place. */
static inline void sys_mem_swap(void *buf, size_t length)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < length / 2; i++) {
		uint8_t byte = bytes[i];

		bytes[i] = bytes[length - 1 - i];
		bytes[length - 1 - i] = byte;
	}
}

/** Copy @p len bytes of a little-endian number to the machine's order and back. */
static inline void sys_get_le(void *dst, const void *src, size_t len)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(dst, src, len);
#else
	sys_memcpy_swap(dst, src, len);
#endif
}

static inline void sys_put_le(void *dst, const void *src, size_t len)
{
	sys_get_le(dst, src, len);
}

#endif
