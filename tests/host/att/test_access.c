/* SPDX-License-Identifier: Apache-2.0 */

/* Every operation x every permission x every security a link can have: who may not is refused with
 * the right error, and what no permission allows nobody may. Core 6.0 Vol 3 Part F 3.2.5, Part C
 * 10.3.1. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "database.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/keys.h"
#include "peer.h"

/* ---- Security ---- */

static const struct security {
	const char *name;
	bool bonded; /* there is a key that it could be encrypted with */
	struct bt_security_info info;
} securities[] = {
	{"open", false, {.level = BT_SECURITY_L1}},
	{"open, bonded", true, {.level = BT_SECURITY_L1}},
	{"encrypted", false, {.level = BT_SECURITY_L2, .enc_key_size = 16}},
	{"encrypted, Secure Connections",
	 true,
	 {.level = BT_SECURITY_L2, .enc_key_size = 16, .flags = BT_SECURITY_FLAG_SC}},
	{"authenticated, legacy", false, {.level = BT_SECURITY_L3, .enc_key_size = 16}},
	{"authenticated, short key",
	 false,
	 {.level = BT_SECURITY_L3, .enc_key_size = 7, .flags = BT_SECURITY_FLAG_SC}},
	{"authenticated, Secure Connections",
	 true,
	 {.level = BT_SECURITY_L4, .enc_key_size = 16, .flags = BT_SECURITY_FLAG_SC}},
};

static void secure(const struct security *security)
{
	struct keys *keys = host__keys(peers_controller.host);
	struct keys_bond bond = {.addr = *bt_conn_get_dst(peers[0].conn),
				 .has = KEYS_SC_LTK,
				 .flags = KEYS_SC,
				 .key_size = 16};

	keys__wipe(keys);
	if (security->bonded) {
		assert_int_equal(0, keys__restore(keys, &bond));
	}
	conn__security_set(peers[0].conn, &security->info);
}

/* ---- Permissions ---- */

/* A set of these, one bit each, for reading and for writing. */
static const struct {
	uint16_t read, write;
	bt_security_t level;
} kinds[] = {
	{BT_GATT_PERM_READ, BT_GATT_PERM_WRITE, BT_SECURITY_L1},
	{BT_GATT_PERM_READ_ENCRYPT, BT_GATT_PERM_WRITE_ENCRYPT, BT_SECURITY_L2},
	{BT_GATT_PERM_READ_AUTHEN, BT_GATT_PERM_WRITE_AUTHEN, BT_SECURITY_L3},
	{BT_GATT_PERM_READ_LESC, BT_GATT_PERM_WRITE_LESC, BT_SECURITY_L4},
};
#define SETS BIT(ARRAY_SIZE(kinds))

/* What a set demands: the strictest of it. L0: it allows nothing. */
static bt_security_t demand(unsigned int set)
{
	bt_security_t level = BT_SECURITY_L0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		level = (set & BIT(i)) != 0 ? kinds[i].level : level;
	}
	return level;
}

static uint16_t perms(unsigned int read_set, unsigned int write_set)
{
	uint16_t perm = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		perm |= ((read_set & BIT(i)) != 0 ? kinds[i].read : 0) |
			((write_set & BIT(i)) != 0 ? kinds[i].write : 0);
	}
	return perm;
}

/* Part C 10.3.1, table 10.2, put down once more. */
static uint8_t expected(const struct security *security, bt_security_t demanded, uint8_t denied)
{
	if (demanded == BT_SECURITY_L0) {
		return denied;
	}
	if (security->info.level >= demanded) {
		return 0;
	}
	if (security->info.level == BT_SECURITY_L1) {
		return security->bonded ? BT_ATT_ERR_INSUFFICIENT_ENCRYPTION
					: BT_ATT_ERR_AUTHENTICATION;
	}
	if (demanded == BT_SECURITY_L4 && security->info.level == BT_SECURITY_L3 &&
	    (security->info.flags & BT_SECURITY_FLAG_SC) != 0) {
		return BT_ATT_ERR_ENCRYPTION_KEY_SIZE;
	}
	return BT_ATT_ERR_AUTHENTICATION;
}

/* ---- Operations ---- */

#define READS  0
#define WRITES 1

static const struct operation {
	const char *name;
	uint8_t pdu[12];
	uint8_t len;
	uint8_t access;
	bool is_command;
	/* A search that passes over what it may not see: it finds nothing. */
	bool is_search;
} operations[] = {
	{"read", {0x0a, LE16(H_VALUE)}, 3, READS, false, false},
	{"read blob", {0x0c, LE16(H_VALUE), LE16(1)}, 5, READS, false, false},
	{"read by type", {0x08, LE16(1), LE16(0xffff), LE16(0xaa01)}, 7, READS, false, false},
	{"read multiple", {0x0e, LE16(H_HELLO), LE16(H_VALUE)}, 5, READS, false, false},
	{"read multiple variable", {0x20, LE16(H_HELLO), LE16(H_VALUE)}, 5, READS, false, false},
	{"find by type value",
	 {0x06, LE16(1), LE16(0xffff), LE16(0xaa01), 'v', 'a', 'l', 'u', 'e'},
	 12,
	 READS,
	 false,
	 true},
	{"write", {0x12, LE16(H_VALUE), 'v'}, 4, WRITES, false, false},
	{"prepare write", {0x16, LE16(H_VALUE), LE16(0), 'v'}, 6, WRITES, false, false},
	{"write command", {0x52, LE16(H_VALUE), 'v'}, 4, WRITES, true, false},
};

static void try(const struct operation *op, const struct security *security, uint8_t err)
{
	unsigned int writes = database_write_count;
	const uint8_t *rsp;
	size_t len;

	if (op->is_search && err != 0) {
		err = BT_ATT_ERR_ATTRIBUTE_NOT_FOUND;
	}
	peer_send(op->pdu, op->len);
	if (op->is_command) {
		peer_expect_nothing();
		assert_int_equal(database_write_count - writes, err == 0 ? 1 : 0);
		return;
	}
	rsp = peer_next(&len);
	if (err == 0) {
		assert_int_equal(rsp[0], op->pdu[0] + 1);
		return;
	}
	assert_int_equal(rsp[0], BT_ATT_OP_ERROR_RSP);
	assert_int_equal(rsp[1], op->pdu[0]);
	assert_int_equal(rsp[4], err);
	assert_int_equal(database_write_count, writes);
}

/* What was prepared is thrown away; values are as before. */
static void settle(void)
{
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 0));
	peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
	memcpy(database_value, "value", 5);
	database_value_len = 5;
	database_write_count = 0;
}

/* The permissions of the other access count for nothing: all of them, and none. */
static void every_operation_on_every_permission_at_every_security(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);
	unsigned int cases = 0;

	for (size_t s = 0; s < ARRAY_SIZE(securities); s++) {
		secure(&securities[s]);
		for (unsigned int set = 0; set < 2 * SETS; set++) {
			unsigned int other = set >= SETS ? SETS - 1 : 0;

			for (size_t o = 0; o < ARRAY_SIZE(operations); o++) {
				const struct operation *op = &operations[o];
				bool reads = op->access == READS;
				uint8_t denied = reads ? BT_ATT_ERR_READ_NOT_PERMITTED
						       : BT_ATT_ERR_WRITE_NOT_PERMITTED;

				attr->perm =
					reads ? perms(set % SETS, other) : perms(other, set % SETS);
				try(op, &securities[s],
				    expected(&securities[s], demand(set % SETS), denied));
				settle();
				cases++;
			}
		}
	}
	attr->perm = perms(1, 1);
	assert_int_equal(cases, ARRAY_SIZE(securities) * 2 * SETS * ARRAY_SIZE(operations));
}

/* An execution looks again: what was prepared on a better link, or under other permissions. */
static void an_execution_is_judged_by_what_holds_when_it_comes(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);

	for (size_t s = 0; s < ARRAY_SIZE(securities); s++) {
		for (unsigned int set = 0; set < SETS; set++) {
			uint8_t err = expected(&securities[s], demand(set),
					       BT_ATT_ERR_WRITE_NOT_PERMITTED);

			attr->perm = perms(0, 1);
			peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_VALUE), LE16(0), 'v'));
			peer_skip(1);
			secure(&securities[s]);
			attr->perm = perms(0, set);
			peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
			if (err != 0) {
				peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_VALUE, err);
			} else {
				peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
			}
			assert_int_equal(database_write_count, err == 0 ? 1 : 0);
			settle();
		}
	}
	attr->perm = perms(1, 1);
}

/* Values are sent to those who could read them; what nobody can read is only sent. */
static void values_are_sent_to_who_may_read_them(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);
	struct bt_gatt_notify_params notification = {
		.attr = attr, .data = "n", .len = 1, .ignore_subscription = true};

	for (size_t s = 0; s < ARRAY_SIZE(securities); s++) {
		secure(&securities[s]);
		for (unsigned int set = 0; set < SETS; set++) {
			bool may = securities[s].info.level >= demand(set);
			struct bt_gatt_indicate_params indication = {
				.attr = attr, .data = "i", .len = 1, .ignore_subscription = true};

			attr->perm = perms(set, 0);
			assert_int_equal(may ? 0 : -EPERM,
					 bt_gatt_notify_cb(peers[0].conn, &notification));
			assert_int_equal(may ? 0 : -EPERM,
					 bt_gatt_indicate(peers[0].conn, &indication));
			if (may) {
				peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'n'));
				peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'i'));
				peer_send(BYTES(BT_ATT_OP_CONFIRM));
			}
			peer_expect_nothing();
		}
	}
	attr->perm = perms(1, 1);
}

/* CVE-2024-1638: a permission of Secure Connections alone is one. */
static void cve_2024_1638_lesc_alone_is_not_open(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_VALUE);

	attr->perm = BT_GATT_PERM_READ_LESC | BT_GATT_PERM_WRITE_LESC;
	for (size_t o = 0; o < ARRAY_SIZE(operations); o++) {
		secure(&securities[0]);
		try(&operations[o], &securities[0], BT_ATT_ERR_AUTHENTICATION);
		settle();
	}
	attr->perm = perms(1, 1);
}

static int teardown(void **state)
{
	keys__wipe(host__keys(peers_controller.host));
	return database_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, database_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation_on_every_permission_at_every_security),
		TEST(an_execution_is_judged_by_what_holds_when_it_comes),
		TEST(values_are_sent_to_who_may_read_them),
		TEST(cve_2024_1638_lesc_alone_is_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
