/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_UUID_H_
#define FAV_HOST_UUID_H_

#include <stdbool.h>
#include <stddef.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/uuid.h>

/*
 * UUIDs in ATT PDUs: of 16 or 128 bits, a 32-bit one as the 128-bit one it stands for:
 * Core 6.0 Vol 3 Part F 3.2.1.
 */

void uuid__to_128(const struct bt_uuid *uuid, uint8_t out[BT_UUID_SIZE_128]);
/* The value of a 16-bit UUID, 0 for the others. */
uint16_t uuid__16(const struct bt_uuid *uuid);
/* Read a UUID of len bytes; false when there are not as many, or these are neither 2 nor 16. */
bool uuid__read(struct fav_cursor *c, size_t len, struct bt_uuid_128 *uuid);
void uuid__write(struct fav_writer *w, const struct bt_uuid *uuid);
/* Bytes that uuid__write() writes. */
size_t uuid__size(const struct bt_uuid *uuid);

#endif
