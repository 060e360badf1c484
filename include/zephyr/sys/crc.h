/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_CRC_H_
#define ZEPHYR_SYS_CRC_H_

#include <stddef.h>
#include <stdint.h>

/** @file
 * Checksums against accidents; against an attacker they are worth nothing.
 */

/** Go on with a CRC-32 of IEEE 802.3 (the one of zip and Ethernet).
 * @param crc   Result for the bytes before; 0 at the beginning.
 * @param data  May be NULL when @p len is 0.
 * @return The result for all bytes so far.
 * Context: any, including ISR.
 */
uint32_t crc32_ieee_update(uint32_t crc, const uint8_t *data, size_t len);

/** @return The CRC-32 of @p len bytes at @p data. Context: any, including ISR. */
uint32_t crc32_ieee(const uint8_t *data, size_t len);

#endif
