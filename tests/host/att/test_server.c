/* SPDX-License-Identifier: Apache-2.0 */

/* The server's answers to requests: each opcode, good and bad, from a table; then the rest. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "database.h"
#include "peer.h"

struct pdu {
	uint8_t len;
	uint8_t data[40];
};

#define PDU(...)                                        \
	{                                               \
		sizeof((const uint8_t[]){__VA_ARGS__}), \
		{                                       \
			__VA_ARGS__                     \
		}                                       \
	}
#define ERR(request, handle, err) PDU(BT_ATT_OP_ERROR_RSP, request, LE16(handle), err)

/* The MTU is 23 throughout. */
static const struct {
	const char *what;
	struct pdu req, rsp;
} table[] = {
	{"find info: start 0", PDU(0x04, LE16(0), LE16(5)),
	 ERR(0x04, 0, BT_ATT_ERR_INVALID_HANDLE)},
	{"find info: start past end", PDU(0x04, LE16(6), LE16(5)),
	 ERR(0x04, 6, BT_ATT_ERR_INVALID_HANDLE)},
	{"find info: too long", PDU(0x04, LE16(1), LE16(5), 0),
	 ERR(0x04, 1, BT_ATT_ERR_INVALID_PDU)},
	{"find info: nothing there", PDU(0x04, LE16(DB_LAST + 1), LE16(0xffff)),
	 ERR(0x04, DB_LAST + 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"find info: 16-bit UUIDs, as many as fit", PDU(0x04, LE16(16), LE16(0xffff)),
	 PDU(0x05, 1, LE16(16), LE16(0x2800), LE16(17), LE16(0x2803), LE16(18), LE16(0xaa01),
	     LE16(19), LE16(0x2902), LE16(20), LE16(0x2901))},
	{"find info: ends where the UUID's size changes", PDU(0x04, LE16(21), LE16(26)),
	 PDU(0x05, 1, LE16(21), LE16(0x2803))},
	{"find info: 128-bit UUID", PDU(0x04, LE16(22), LE16(26)),
	 PDU(0x05, 2, LE16(22), NAME_BYTES)},
	{"find info: one handle", PDU(0x04, LE16(19), LE16(19)),
	 PDU(0x05, 1, LE16(19), LE16(0x2902))},
	{"find info: last handle there can be", PDU(0x04, LE16(0xffff), LE16(0xffff)),
	 ERR(0x04, 0xffff, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},

	{"find by type: start 0", PDU(0x06, LE16(0), LE16(5), LE16(0x2800), LE16(0x1800)),
	 ERR(0x06, 0, BT_ATT_ERR_INVALID_HANDLE)},
	{"find by type: service", PDU(0x06, LE16(1), LE16(0xffff), LE16(0x2800), LE16(0x1234)),
	 PDU(0x07, LE16(16), LE16(30))},
	{"find by type: 128-bit service",
	 PDU(0x06, LE16(1), LE16(0xffff), LE16(0x2800), OTHER_BYTES),
	 PDU(0x07, LE16(31), LE16(34))},
	{"find by type: another value",
	 PDU(0x06, LE16(1), LE16(0xffff), LE16(0x2800), LE16(0x1111)),
	 ERR(0x06, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"find by type: longer value",
	 PDU(0x06, LE16(1), LE16(0xffff), LE16(0x2800), LE16(0x1234), 0),
	 ERR(0x06, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"find by type: no group",
	 PDU(0x06, LE16(1), LE16(0xffff), LE16(0xaa01), 'v', 'a', 'l', 'u', 'e'),
	 PDU(0x07, LE16(18), LE16(18))},
	{"find by type: unreadable value is not found",
	 PDU(0x06, LE16(1), LE16(0xffff), LE16(0xaa03), 'v', 'a', 'l', 'u', 'e'),
	 ERR(0x06, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"find by type: empty value", PDU(0x06, LE16(1), LE16(0xffff), LE16(0xaa06)),
	 PDU(0x07, LE16(34), LE16(34))},

	{"read by type: start past end", PDU(0x08, LE16(2), LE16(1), LE16(0x2803)),
	 ERR(0x08, 2, BT_ATT_ERR_INVALID_HANDLE)},
	{"read by type: UUID of 4 bytes", PDU(0x08, LE16(1), LE16(9), LE16(0x2803), 0, 0),
	 ERR(0x08, 0, BT_ATT_ERR_INVALID_PDU)},
	{"read by type: characteristics until the length changes",
	 PDU(0x08, LE16(16), LE16(0xffff), LE16(0x2803)),
	 PDU(0x09, 7, LE16(17), 0x3a, LE16(18), LE16(0xaa01))},
	{"read by type: 128-bit characteristic", PDU(0x08, LE16(18), LE16(0xffff), LE16(0x2803)),
	 PDU(0x09, 21, LE16(21), 0x02, LE16(22), NAME_BYTES)},
	{"read by type: by 128-bit UUID", PDU(0x08, LE16(1), LE16(0xffff), NAME_BYTES),
	 PDU(0x09, 7, LE16(22), 'h', 'e', 'l', 'l', 'o')},
	{"read by type: not permitted", PDU(0x08, LE16(1), LE16(0xffff), LE16(0xaa03)),
	 ERR(0x08, 26, BT_ATT_ERR_READ_NOT_PERMITTED)},
	{"read by type: refused by its callback", PDU(0x08, LE16(1), LE16(0xffff), LE16(0xaa04)),
	 ERR(0x08, 28, 0x80)},
	{"read by type: none", PDU(0x08, LE16(1), LE16(0xffff), LE16(0xbbbb)),
	 ERR(0x08, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"read by type: inclusion of a 16-bit service",
	 PDU(0x08, LE16(1), LE16(0xffff), LE16(0x2802)),
	 PDU(0x09, 8, LE16(32), LE16(16), LE16(30), LE16(0x1234))},
	{"read by type: inclusion of a 128-bit service",
	 PDU(0x08, LE16(33), LE16(0xffff), LE16(0x2802)),
	 PDU(0x09, 6, LE16(36), LE16(31), LE16(34))},
	{"read by type: empty value", PDU(0x08, LE16(1), LE16(0xffff), LE16(0xaa06)),
	 PDU(0x09, 2, LE16(34))},

	{"read: handle 0", PDU(0x0a, LE16(0)), ERR(0x0a, 0, BT_ATT_ERR_INVALID_HANDLE)},
	{"read: no attribute", PDU(0x0a, LE16(DB_LAST + 1)),
	 ERR(0x0a, DB_LAST + 1, BT_ATT_ERR_INVALID_HANDLE)},
	{"read: too long a request", PDU(0x0a, LE16(18), 0), ERR(0x0a, 18, BT_ATT_ERR_INVALID_PDU)},
	{"read: value", PDU(0x0a, LE16(18)), PDU(0x0b, 'v', 'a', 'l', 'u', 'e')},
	{"read: empty value", PDU(0x0a, LE16(34)), PDU(0x0b)},
	{"read: only written", PDU(0x0a, LE16(24)), ERR(0x0a, 24, BT_ATT_ERR_READ_NOT_PERMITTED)},
	{"read: refused by its callback", PDU(0x0a, LE16(28)), ERR(0x0a, 28, 0x80)},
	{"read: device name", PDU(0x0a, LE16(3)),
	 PDU(0x0b, 'F', 'a', 'v', 'o', 'n', 'i', 'u', 's')},
	{"read: appearance", PDU(0x0a, LE16(5)), PDU(0x0b, 0, 0)},

	{"read blob: from an offset", PDU(0x0c, LE16(18), LE16(2)), PDU(0x0d, 'l', 'u', 'e')},
	{"read blob: at the end", PDU(0x0c, LE16(18), LE16(5)), PDU(0x0d)},
	{"read blob: past the end", PDU(0x0c, LE16(18), LE16(6)),
	 ERR(0x0c, 18, BT_ATT_ERR_INVALID_OFFSET)},
	{"read blob: no attribute", PDU(0x0c, LE16(99), LE16(0)),
	 ERR(0x0c, 99, BT_ATT_ERR_INVALID_HANDLE)},
	{"read blob: not permitted", PDU(0x0c, LE16(26), LE16(0)),
	 ERR(0x0c, 26, BT_ATT_ERR_READ_NOT_PERMITTED)},

	{"read multiple: values joined", PDU(0x0e, LE16(18), LE16(22)),
	 PDU(0x0f, 'v', 'a', 'l', 'u', 'e', 'h', 'e', 'l', 'l', 'o')},
	{"read multiple: cut at the MTU",
	 PDU(0x0e, LE16(18), LE16(22), LE16(18), LE16(22), LE16(18)),
	 PDU(0x0f, 'v', 'a', 'l', 'u', 'e', 'h', 'e', 'l', 'l', 'o', 'v', 'a', 'l', 'u', 'e', 'h',
	     'e', 'l', 'l', 'o', 'v', 'a')},
	{"read multiple: first bad handle", PDU(0x0e, LE16(18), LE16(99), LE16(26)),
	 ERR(0x0e, 99, BT_ATT_ERR_INVALID_HANDLE)},
	{"read multiple: not permitted", PDU(0x0e, LE16(18), LE16(26)),
	 ERR(0x0e, 26, BT_ATT_ERR_READ_NOT_PERMITTED)},
	{"read multiple: half a handle", PDU(0x0e, LE16(18), LE16(22), 1),
	 ERR(0x0e, 0, BT_ATT_ERR_INVALID_PDU)},

	{"read multiple variable: values with lengths", PDU(0x20, LE16(18), LE16(34), LE16(22)),
	 PDU(0x21, LE16(5), 'v', 'a', 'l', 'u', 'e', LE16(0), LE16(5), 'h', 'e', 'l', 'l', 'o')},
	{"read multiple variable: cut value keeps its length",
	 PDU(0x20, LE16(18), LE16(22), LE16(18), LE16(22)),
	 PDU(0x21, LE16(5), 'v', 'a', 'l', 'u', 'e', LE16(5), 'h', 'e', 'l', 'l', 'o', LE16(5), 'v',
	     'a', 'l', 'u', 'e')},
	{"read multiple variable: bad handle", PDU(0x20, LE16(18), LE16(99)),
	 ERR(0x20, 99, BT_ATT_ERR_INVALID_HANDLE)},
	{"read multiple variable: half a handle", PDU(0x20, LE16(18), LE16(22), 1),
	 ERR(0x20, 0, BT_ATT_ERR_INVALID_PDU)},

	{"read by group: primary services of 16 bits",
	 PDU(0x10, LE16(1), LE16(0xffff), LE16(0x2800)),
	 PDU(0x11, 6, LE16(1), LE16(5), LE16(0x1800), LE16(6), LE16(15), LE16(0x1801), LE16(16),
	     LE16(30), LE16(0x1234))},
	{"read by group: primary service of 128 bits",
	 PDU(0x10, LE16(17), LE16(0xffff), LE16(0x2800)),
	 PDU(0x11, 20, LE16(31), LE16(34), OTHER_BYTES)},
	{"read by group: secondary", PDU(0x10, LE16(1), LE16(0xffff), LE16(0x2801)),
	 PDU(0x11, 6, LE16(35), LE16(36), LE16(0x4321))},
	{"read by group: no group type", PDU(0x10, LE16(1), LE16(0xffff), LE16(0x2803)),
	 ERR(0x10, 1, BT_ATT_ERR_UNSUPPORTED_GROUP_TYPE)},
	{"read by group: none", PDU(0x10, LE16(32), LE16(0xffff), LE16(0x2800)),
	 ERR(0x10, 32, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND)},
	{"read by group: start 0", PDU(0x10, LE16(0), LE16(0xffff), LE16(0x2800)),
	 ERR(0x10, 0, BT_ATT_ERR_INVALID_HANDLE)},
	{"read by group: type as its 128-bit UUID",
	 PDU(0x10, LE16(1), LE16(5), 0xfb, 0x34, 0x9b, 0x5f, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0, 0,
	     0x28, 0, 0),
	 PDU(0x11, 6, LE16(1), LE16(5), LE16(0x1800))},

	{"write: no attribute", PDU(0x12, LE16(99), 1), ERR(0x12, 99, BT_ATT_ERR_INVALID_HANDLE)},
	{"write: only read", PDU(0x12, LE16(22), 1), ERR(0x12, 22, BT_ATT_ERR_WRITE_NOT_PERMITTED)},
	{"write: a declaration", PDU(0x12, LE16(17), 1),
	 ERR(0x12, 17, BT_ATT_ERR_WRITE_NOT_PERMITTED)},
	{"write: refused by its callback", PDU(0x12, LE16(28), 1), ERR(0x12, 28, 0x80)},
	{"write: value", PDU(0x12, LE16(24), 1, 2), PDU(0x13)},
	{"write: empty value", PDU(0x12, LE16(24)), PDU(0x13)},
	{"write: CCC of no bytes", PDU(0x12, LE16(19)),
	 ERR(0x12, 19, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN)},
	{"write: CCC of three bytes", PDU(0x12, LE16(19), 1, 0, 0),
	 ERR(0x12, 19, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN)},
	{"write: CCC", PDU(0x12, LE16(19), 3, 0), PDU(0x13)},

	{"prepare: no attribute", PDU(0x16, LE16(99), LE16(0), 1),
	 ERR(0x16, 99, BT_ATT_ERR_INVALID_HANDLE)},
	{"prepare: only read", PDU(0x16, LE16(22), LE16(0), 1),
	 ERR(0x16, 22, BT_ATT_ERR_WRITE_NOT_PERMITTED)},
	{"prepare: echoed", PDU(0x16, LE16(24), LE16(7), 1, 2, 3),
	 PDU(0x17, LE16(24), LE16(7), 1, 2, 3)},
	{"prepare: asked and allowed", PDU(0x16, LE16(30), LE16(0), 2),
	 PDU(0x17, LE16(30), LE16(0), 2)},
	{"prepare: asked and refused", PDU(0x16, LE16(30), LE16(0), 1),
	 ERR(0x16, 30, BT_ATT_ERR_VALUE_NOT_ALLOWED)},
	{"execute: bad flags", PDU(0x18, 2), ERR(0x18, 0, BT_ATT_ERR_INVALID_PDU)},
	{"execute: too long", PDU(0x18, 1, 0), ERR(0x18, 0, BT_ATT_ERR_INVALID_PDU)},
	{"execute: nothing prepared", PDU(0x18, 1), PDU(0x19)},
	{"execute: cancel of nothing", PDU(0x18, 0), PDU(0x19)},
};

static void each_request_gets_its_answer(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t len;
		const uint8_t *rsp;

		peer_send(BYTES(0x18, 0));
		(void)peer_next(&len);
		peer_send(table[i].req.data, table[i].req.len);
		rsp = peer_next(&len);
		if (len != table[i].rsp.len || memcmp(rsp, table[i].rsp.data, len) != 0) {
			print_error("%s: %zu bytes:", table[i].what, len);
			for (size_t at = 0; at < len; at++) {
				print_error(" %02x", rsp[at]);
			}
			fail_msg("%s", table[i].what);
		}
		peer_expect_nothing();
	}
}

static void read_is_cut_at_the_mtu(void **state)
{
	uint8_t rsp[23] = {BT_ATT_OP_READ_RSP};

	for (int i = 0; i < 512; i++) {
		database_value[i] = (uint8_t)i;
	}
	database_value_len = 512;
	memcpy(&rsp[1], database_value, 22);
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect(rsp, sizeof(rsp));
	rsp[0] = BT_ATT_OP_READ_BLOB_RSP;
	memcpy(&rsp[1], &database_value[22], 22);
	peer_send(BYTES(BT_ATT_OP_READ_BLOB_REQ, LE16(H_VALUE), LE16(22)));
	peer_expect(rsp, sizeof(rsp));
}

static void longest_value_is_read_in_one_at_the_largest_mtu(void **state)
{
	size_t len;

	database_value_len = 512;
	peer_mtu(517);
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	assert_memory_equal(&peer_next(&len)[1], database_value, 512);
	assert_int_equal(len, 513);
}

static void list_element_is_at_most_255_bytes(void **state)
{
	const uint8_t *rsp;
	size_t len;

	database_value_len = 400;
	peer_mtu(517);
	peer_send(BYTES(BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0xaa01)));
	rsp = peer_next(&len);
	assert_int_equal(len, 2 + 255);
	assert_int_equal(rsp[1], 255);
}

static void longer_value_does_not_pass_as_one_of_equal_length(void **state)
{
	/* Seven declarations of 7 bytes, then 7 bytes of room and one of 21. */
	const uint8_t *rsp;
	size_t len;

	peer_mtu(2 + 8 * 7);
	peer_send(BYTES(BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0x2803)));
	rsp = peer_next(&len);
	assert_int_equal(len, 2 + 7 * 7);
	assert_int_equal(rsp[1], 7);
}

static void write_goes_to_the_callback(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_WRITE), 1, 2, 3));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	assert_int_equal(database_write_count, 1);
	assert_int_equal(database_writes[0].handle, H_WRITE);
	assert_int_equal(database_writes[0].len, 3);
	assert_int_equal(database_writes[0].offset, 0);
	assert_int_equal(database_writes[0].flags, 0);
	assert_memory_equal(database_writes[0].data, "\1\2\3", 3);
}

static void write_command_goes_to_the_callback_unanswered(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_WRITE), 1, 2, 3));
	peer_expect_nothing();
	assert_int_equal(database_write_count, 1);
	assert_int_equal(database_writes[0].flags, BT_GATT_WRITE_FLAG_CMD);
}

static void write_command_that_is_refused_is_ignored(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_HELLO), 1));
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(99), 1));
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_REFUSE), 1));
	peer_expect_nothing();
	assert_int_equal(database_write_count, 0);
}

static void write_over_512_bytes_is_refused(void **state)
{
	uint8_t pdu[3 + 513] = {BT_ATT_OP_WRITE_REQ, LE16(H_WRITE)};

	peer_mtu(517);
	peer_send(pdu, sizeof(pdu));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_WRITE, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	peer_send(pdu, sizeof(pdu) - 1);
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	assert_int_equal(database_write_count, 1);
}

static void commands_behind_a_held_request_keep_their_order(void **state)
{
	peers_hold(true);
	for (uint8_t i = 0; i < 3; i++) {
		peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_WRITE), i));
	}
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_WRITE), 3));
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_WRITE), 4));
	assert_int_equal(database_write_count, 2);
	peers_release();
	assert_int_equal(database_write_count, 5);
	for (uint8_t i = 0; i < 5; i++) {
		assert_int_equal(database_writes[i].data[0], i);
	}
}

static void unregister_first_service(struct bt_conn *conn, const struct bt_gatt_attr *attr)
{
	database_on_read = NULL;
	database_down();
}

static void service_may_go_while_it_is_being_read(void **state)
{
	database_on_read = unregister_first_service;
	peer_send(BYTES(BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0xaa01)));
	peer_expect(BYTES(BT_ATT_OP_READ_TYPE_RSP, 7, LE16(H_VALUE), 'v', 'a', 'l', 'u', 'e'));
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect_error(BT_ATT_OP_READ_REQ, H_VALUE, BT_ATT_ERR_INVALID_HANDLE);
}

static void disable_host(struct bt_conn *conn, const struct bt_gatt_attr *attr)
{
	database_on_read = NULL;
	database_on_write = NULL;
	assert_int_equal(bt_disable(), 0);
}

static void host_may_be_disabled_in_a_read_callback(void **state)
{
	database_on_read = disable_host;
	peer_post(BYTES(BT_ATT_OP_READ_MULT_REQ, LE16(H_VALUE), LE16(H_VALUE)));
	scripted_settle();
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
}

static void host_may_be_disabled_in_a_write_callback(void **state)
{
	database_on_write = disable_host;
	peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_VALUE), LE16(0), 1));
	peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_VALUE), LE16(5), 1));
	peer_post(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	scripted_settle();
	assert_int_equal(database_write_count, 1);
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
}

/* A request for several values whose response has less than a length's room left. */
static void android_2023_40129_read_multiple_variable_underflow(void **state)
{
	const uint8_t *rsp;
	size_t len;

	/* 2 + 18 bytes, then 2 bytes of room of 22, then 1, then none. */
	for (uint16_t left = 0; left <= 3; left++) {
		database_value_len = 20 - left;
		peer_send(BYTES(BT_ATT_OP_READ_MULT_VL_REQ, LE16(H_VALUE), LE16(H_HELLO),
				LE16(H_HELLO)));
		rsp = peer_next(&len);
		assert_int_equal(rsp[0], BT_ATT_OP_READ_MULT_VL_RSP);
		assert_int_equal(len, left == 0 ? 23 : left == 1 ? 22 : 23);
	}
}

static bool authorize;
static const struct bt_gatt_attr *asked;

static bool may(struct bt_conn *conn, const struct bt_gatt_attr *attr)
{
	asked = attr;
	return authorize;
}

static void application_authorizes(void **state)
{
	static const struct bt_gatt_authorization_cb cb = {.read_authorize = may,
							   .write_authorize = may};
	static const struct bt_gatt_authorization_cb another;

	assert_int_equal(bt_gatt_authorization_cb_register(&cb), 0);
	assert_int_equal(bt_gatt_authorization_cb_register(&another), -EALREADY);
	authorize = false;
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect_error(BT_ATT_OP_READ_REQ, H_VALUE, BT_ATT_ERR_AUTHORIZATION);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 1));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_VALUE, BT_ATT_ERR_AUTHORIZATION);
	assert_int_equal(database_write_count, 0);
	authorize = true;
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 1));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	assert_ptr_equal(asked, database_attr(H_VALUE));
	assert_int_equal(bt_gatt_authorization_cb_register(NULL), 0);
}

/* Permissions: what each set of bits lets a link without security do. */
static void permissions_are_denied_unless_given(void **state)
{
	static const struct {
		uint16_t perm;
		uint8_t read, write;
	} cases[] = {
		{BT_GATT_PERM_NONE, 2, 3},
		{BT_GATT_PERM_READ, 0, 3},
		{BT_GATT_PERM_WRITE, 2, 0},
		{BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, 0, 0},
		{BT_GATT_PERM_PREPARE_WRITE, 2, 3},
		{BT_GATT_PERM_READ_ENCRYPT, 5, 3},
		{BT_GATT_PERM_WRITE_ENCRYPT, 2, 5},
		{BT_GATT_PERM_READ_AUTHEN, 5, 3},
		{BT_GATT_PERM_WRITE_AUTHEN, 2, 5},
		{BT_GATT_PERM_READ_LESC, 5, 3},
		{BT_GATT_PERM_WRITE_LESC, 2, 5},
		/* The strictest counts. */
		{BT_GATT_PERM_READ | BT_GATT_PERM_READ_ENCRYPT, 5, 3},
		{BT_GATT_PERM_READ | BT_GATT_PERM_READ_LESC, 5, 3},
		{BT_GATT_PERM_WRITE | BT_GATT_PERM_WRITE_AUTHEN, 2, 5},
		{BT_GATT_PERM_READ | BT_GATT_PERM_WRITE_ENCRYPT, 0, 5},
	};
	struct bt_gatt_attr *attr = database_attr(H_VALUE);
	uint16_t perm = attr->perm;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len;
		const uint8_t *rsp;

		attr->perm = cases[i].perm;
		peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
		rsp = peer_next(&len);
		assert_int_equal(rsp[0] == BT_ATT_OP_ERROR_RSP ? rsp[4] : 0, cases[i].read);
		peer_send(BYTES(BT_ATT_OP_READ_BLOB_REQ, LE16(H_VALUE), LE16(0)));
		rsp = peer_next(&len);
		assert_int_equal(rsp[0] == BT_ATT_OP_ERROR_RSP ? rsp[4] : 0, cases[i].read);
		peer_send(BYTES(BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0xaa01)));
		rsp = peer_next(&len);
		assert_int_equal(rsp[0] == BT_ATT_OP_ERROR_RSP ? rsp[4] : 0, cases[i].read);
		peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 'v'));
		rsp = peer_next(&len);
		assert_int_equal(rsp[0] == BT_ATT_OP_ERROR_RSP ? rsp[4] : 0, cases[i].write);
		peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_VALUE), LE16(0), 'v'));
		rsp = peer_next(&len);
		if (cases[i].perm != BT_GATT_PERM_PREPARE_WRITE) {
			assert_int_equal(rsp[0] == BT_ATT_OP_ERROR_RSP ? rsp[4] : 0,
					 cases[i].write);
		}
		peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 0));
		(void)peer_next(&len);
	}
	attr->perm = perm;
}

static void attribute_without_callback_is_not_permitted(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);
	struct bt_gatt_attr copy = *attr;

	attr->read = NULL;
	attr->write = NULL;
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect_error(BT_ATT_OP_READ_REQ, H_VALUE, BT_ATT_ERR_READ_NOT_PERMITTED);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 1));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_VALUE, BT_ATT_ERR_WRITE_NOT_PERMITTED);
	*attr = copy;
}

static ssize_t lie(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf, uint16_t len,
		   uint16_t offset)
{
	return len + 1;
}

static void read_callback_that_lies_about_its_length_is_an_error(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);
	bt_gatt_attr_read_func_t read = attr->read;

	attr->read = lie;
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect_error(BT_ATT_OP_READ_REQ, H_VALUE, BT_ATT_ERR_UNLIKELY);
	attr->read = read;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, database_setup, database_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_request_gets_its_answer),
		TEST(read_is_cut_at_the_mtu),
		TEST(longest_value_is_read_in_one_at_the_largest_mtu),
		TEST(list_element_is_at_most_255_bytes),
		TEST(longer_value_does_not_pass_as_one_of_equal_length),
		TEST(write_goes_to_the_callback),
		TEST(write_command_goes_to_the_callback_unanswered),
		TEST(write_command_that_is_refused_is_ignored),
		TEST(write_over_512_bytes_is_refused),
		TEST(commands_behind_a_held_request_keep_their_order),
		TEST(service_may_go_while_it_is_being_read),
		TEST(host_may_be_disabled_in_a_read_callback),
		TEST(host_may_be_disabled_in_a_write_callback),
		TEST(android_2023_40129_read_multiple_variable_underflow),
		TEST(application_authorizes),
		TEST(permissions_are_denied_unless_given),
		TEST(attribute_without_callback_is_not_permitted),
		TEST(read_callback_that_lies_about_its_length_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
