/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_RANDOM_RANDOM_H_
#define ZEPHYR_RANDOM_RANDOM_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/toolchain.h>

/** @file
 * Random numbers, from the port's entropy: of the operating system on posix, of the seed on sim.
 */

/** Fill @p dst with @p len random bytes. Without entropy the program ends (port panic), because
 * there is no error to return. Context: any.
 */
void sys_rand_get(void *dst, size_t len);

/** Fill @p dst with @p len bytes fit for keys.
 * @retval 0     Filled.
 * @retval -EIO  No entropy to be had; @p dst is unspecified.
 * Context: any.
 */
__must_check int sys_csrand_get(void *dst, size_t len);

/** @return A random value; without entropy as sys_rand_get(). Context: any. */
static inline uint8_t sys_rand8_get(void)
{
	uint8_t value;

	sys_rand_get(&value, sizeof(value));
	return value;
}

static inline uint16_t sys_rand16_get(void)
{
	uint16_t value;

	sys_rand_get(&value, sizeof(value));
	return value;
}

static inline uint32_t sys_rand32_get(void)
{
	uint32_t value;

	sys_rand_get(&value, sizeof(value));
	return value;
}

static inline uint64_t sys_rand64_get(void)
{
	uint64_t value;

	sys_rand_get(&value, sizeof(value));
	return value;
}

#endif
