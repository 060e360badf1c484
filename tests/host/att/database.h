/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_ATT_DATABASE_H_
#define TESTS_HOST_ATT_DATABASE_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/gatt.h>

/*
 * A database for tests, behind the host's own services, which end at handle 15:
 *
 *    16 service 0x1234
 *    17 characteristic 0xaa01, all properties     18 value "value", read and write
 *                                                  19 CCC, 20 user description "text"
 *    21 characteristic NAME_UUID (128 bits), read  22 value "hello"
 *    23 characteristic 0xaa02, write               24 value, only written
 *    25 characteristic 0xaa03                      26 value that nobody may touch
 *    27 characteristic 0xaa04, read                28 value whose callbacks refuse with 0x80
 *    29 characteristic 0xaa05, write               30 value that is asked about each prepared part
 *    31 service OTHER_UUID (128 bits)
 *    32 includes 16
 *    33 characteristic 0xaa06, read                34 value, empty
 *    35 secondary service 0x4321
 *    36 includes 31
 */

#define DB_FIRST    16
#define DB_LAST     36
#define H_VALUE     18
#define H_CCC       19
#define H_CUD       20
#define H_HELLO     22
#define H_WRITE     24
#define H_NONE      26
#define H_REFUSE    28
#define H_ASK       30
#define H_EMPTY     34
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
