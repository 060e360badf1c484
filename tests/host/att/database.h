/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_ATT_DATABASE_H_
#define TESTS_HOST_ATT_DATABASE_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

/*
 * A database for tests, behind the host's own services, which end at handle 13:
 *
 *    14 service 0x1234
 *    15 characteristic 0xaa01, all properties     16 value "value", read and write
 *                                                  17 CCC, 18 user description "text"
 *    19 characteristic NAME_UUID (128 bits), read  20 value "hello"
 *    21 characteristic 0xaa02, write               22 value, only written
 *    23 characteristic 0xaa03                      24 value that nobody may touch
 *    25 characteristic 0xaa04, read                26 value whose callbacks refuse with 0x80
 *    27 characteristic 0xaa05, write               28 value that is asked about each prepared part
 *    29 service OTHER_UUID (128 bits)
 *    30 includes 14
 *    31 characteristic 0xaa06, read                32 value, empty
 *    33 secondary service 0x4321
 *    34 includes 29
 */

#define DB_FIRST    14
#define DB_LAST     34
#define H_VALUE     16
#define H_CCC       17
#define H_CUD       18
#define H_HELLO     20
#define H_WRITE     22
#define H_NONE      24
#define H_REFUSE    26
#define H_ASK       28
#define H_EMPTY     32
#define OTHER_BYTES 0x01, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#define NAME_BYTES  0x21, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

/* Register and unregister with the current host. */
void database_up(void);
void database_down(void);
/* A host with a link to peers[0] and this database: cmocka's setup and teardown. */
int database_setup(void **state);
int database_teardown(void **state);

/* The attribute at a handle. */
struct bt_gatt_attr *database_attr(uint16_t handle);

/* What the attribute at H_VALUE holds. */
extern uint8_t database_value[512];
extern uint16_t database_value_len;

/* What was written, to any of them, since database_up(). */
struct database_write {
	uint16_t handle, len, offset;
	uint8_t flags;
	uint8_t data[512];
};
extern struct database_write database_writes[32];
extern unsigned int database_write_count;

/* The CCC's callbacks. */
extern unsigned int database_changes;
extern uint16_t database_changed_to;
extern ssize_t database_ccc_answer; /* of cfg_write */
extern bool database_match;         /* of cfg_match */

/* Called in the callbacks, when set. */
extern void (*database_on_read)(struct bt_conn *conn, const struct bt_gatt_attr *attr);
extern void (*database_on_write)(struct bt_conn *conn, const struct bt_gatt_attr *attr);

#endif
