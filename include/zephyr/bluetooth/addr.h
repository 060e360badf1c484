/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_ADDR_H_
#define ZEPHYR_BLUETOOTH_ADDR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** @file
 * Bluetooth device addresses, Core 6.0 Vol 6 Part B 1.3. Bytes are kept least significant first, as
 * they travel; strings show the most significant first.
 */

#ifdef __cplusplus
extern "C" {
#endif

#define BT_ADDR_LE_PUBLIC 0x00 /**< Public device address (or identity). */
#define BT_ADDR_LE_RANDOM 0x01 /**< Random: static, resolvable private or non-resolvable. */
#define BT_ADDR_LE_PUBLIC_ID \
	0x02 /**< Public identity of a private address the controller resolved. */
#define BT_ADDR_LE_RANDOM_ID  0x03 /**< Static identity of a private address it resolved. */
#define BT_ADDR_LE_UNRESOLVED 0xFE /**< Resolvable private address that nothing resolved. */
#define BT_ADDR_LE_ANONYMOUS  0xFF /**< An advertiser without address. */

#define BT_ADDR_SIZE 6

/** A device address. */
typedef struct {
	uint8_t val[BT_ADDR_SIZE]; /**< Least significant byte first. */
} bt_addr_t;

#define BT_ADDR_LE_SIZE 7

/** A device address with its type. */
typedef struct {
	uint8_t type; /**< BT_ADDR_LE_*. */
	bt_addr_t a;
} bt_addr_le_t;

/** Address 00:00:00:00:00:00: any device. */
#define BT_ADDR_ANY (&(const bt_addr_t){{0, 0, 0, 0, 0, 0}})
/** Address FF:FF:FF:FF:FF:FF: no device. */
#define BT_ADDR_NONE (&(const bt_addr_t){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}})
/** Any device, as an address with type. */
#define BT_ADDR_LE_ANY (&(const bt_addr_le_t){0, {{0, 0, 0, 0, 0, 0}}})
/** No device, as an address with type. */
#define BT_ADDR_LE_NONE (&(const bt_addr_le_t){0, {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}})

/** @return 0 when @p a and @p b are equal, else which sorts first, as memcmp(). Context: any. */
static inline int bt_addr_cmp(const bt_addr_t *a, const bt_addr_t *b)
{
	return memcmp(a, b, sizeof(*a));
}

/** @return true when @p a and @p b are equal. Context: any. */
static inline bool bt_addr_eq(const bt_addr_t *a, const bt_addr_t *b)
{
	return bt_addr_cmp(a, b) == 0;
}

/** @return 0 when @p a and @p b are equal in type and address, else as memcmp(). Context: any. */
static inline int bt_addr_le_cmp(const bt_addr_le_t *a, const bt_addr_le_t *b)
{
	return memcmp(a, b, sizeof(*a));
}

/** @return true when @p a and @p b are equal in type and address. Context: any. */
static inline bool bt_addr_le_eq(const bt_addr_le_t *a, const bt_addr_le_t *b)
{
	return bt_addr_le_cmp(a, b) == 0;
}

/** Copy @p src to @p dst. Context: any. */
static inline void bt_addr_copy(bt_addr_t *dst, const bt_addr_t *src)
{
	memcpy(dst, src, sizeof(*dst));
}

/** Copy @p src to @p dst. Context: any. */
static inline void bt_addr_le_copy(bt_addr_le_t *dst, const bt_addr_le_t *src)
{
	memcpy(dst, src, sizeof(*dst));
}

/* The two most significant bits say the kind of a random address, Core 6.0 Vol 6 Part B 1.3.2. */
#define BT_ADDR_IS_RPA(a)     (((a)->val[5] & 0xc0) == 0x40)
#define BT_ADDR_IS_NRPA(a)    (((a)->val[5] & 0xc0) == 0x00)
#define BT_ADDR_IS_STATIC(a)  (((a)->val[5] & 0xc0) == 0xc0)
#define BT_ADDR_SET_RPA(a)    ((a)->val[5] = (uint8_t)(((a)->val[5] & 0x3f) | 0x40))
#define BT_ADDR_SET_NRPA(a)   ((a)->val[5] &= 0x3f)
#define BT_ADDR_SET_STATIC(a) ((a)->val[5] |= 0xc0)

/** Make a random non-resolvable private address.
 * @param addr  Receives it, type BT_ADDR_LE_RANDOM.
 * @retval 0     Made.
 * @retval -EIO  The port has no entropy.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 6 Part B 1.3.2.2.
 */
int bt_addr_le_create_nrpa(bt_addr_le_t *addr);

/** Make a random static address.
 * @param addr  Receives it, type BT_ADDR_LE_RANDOM.
 * @retval 0     Made.
 * @retval -EIO  The port has no entropy.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 6 Part B 1.3.2.1.
 */
int bt_addr_le_create_static(bt_addr_le_t *addr);

/** @return true when @p addr is a resolvable private address. Context: any. */
static inline bool bt_addr_le_is_rpa(const bt_addr_le_t *addr)
{
	return addr->type == BT_ADDR_LE_RANDOM && BT_ADDR_IS_RPA(&addr->a);
}

/** @return true when @p addr stays the same for good: public, or random static. Context: any. */
static inline bool bt_addr_le_is_identity(const bt_addr_le_t *addr)
{
	return addr->type == BT_ADDR_LE_PUBLIC ||
	       (addr->type == BT_ADDR_LE_RANDOM && BT_ADDR_IS_STATIC(&addr->a));
}

/** Bytes that bt_addr_to_str() needs: "XX:XX:XX:XX:XX:XX" and the end. */
#define BT_ADDR_STR_LEN 18
/** Bytes that bt_addr_le_to_str() needs: the address, " (type)" and the end. */
#define BT_ADDR_LE_STR_LEN 30

/** Write @p addr as "XX:XX:XX:XX:XX:XX".
 * @param str  Receives the string, always ended, cut off at @p len.
 * @param len  Bytes at @p str; BT_ADDR_STR_LEN suffices.
 * @return Length of the whole string without its end, even where it was cut off.
 * Context: any.
 */
int bt_addr_to_str(const bt_addr_t *addr, char *str, size_t len);

/** Write @p addr as "XX:XX:XX:XX:XX:XX (type)", type being public, random, public-id, random-id or
 * a hexadecimal number.
 * @param str  Receives the string, always ended, cut off at @p len.
 * @param len  Bytes at @p str; BT_ADDR_LE_STR_LEN suffices.
 * @return Length of the whole string without its end, even where it was cut off.
 * Context: any.
 */
int bt_addr_le_to_str(const bt_addr_le_t *addr, char *str, size_t len);

/** Read an address from "XX:XX:XX:XX:XX:XX", either case.
 * @param addr  Receives it; untouched on failure.
 * @retval 0        Read.
 * @retval -EINVAL  @p str is not of that form.
 * Context: any.
 */
int bt_addr_from_str(const char *str, bt_addr_t *addr);

/** Read an address and its type.
 * @param str   "XX:XX:XX:XX:XX:XX".
 * @param type  "public", "random", "public-id" or "random-id" (also "(public)" and so on).
 * @param addr  Receives both; untouched on failure.
 * @retval 0        Read.
 * @retval -EINVAL  @p str or @p type is not of these forms.
 * Context: any.
 */
int bt_addr_le_from_str(const char *str, const char *type, bt_addr_le_t *addr);

#ifdef __cplusplus
}
#endif

#endif
