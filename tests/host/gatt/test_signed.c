/* SPDX-License-Identifier: Apache-2.0 */

/* Signed writes, both ways, PDU by PDU: Core 6.0 Vol 3 Part F 3.4.5.4, Part H 2.4.5, Part C 10.4.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/host.h>
#include <favonius/settings.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/settings/settings.h>

#include "host/att/database.h"
#include "host/att/peer.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/keys.h"
#include "host/smp_sign.h"

static struct fav_settings settings;
static struct fav_settings_ram ram;
static struct keys_bond *bond;

static void bond_with_peer(void)
{
	struct keys *keys = host__keys(fav_host_current());
	struct keys_bond made = {
		.addr = *bt_conn_get_dst(peers[0].conn),
		.has = KEYS_SC_LTK | KEYS_PEER_CSRK | KEYS_LOCAL_CSRK,
		.flags = KEYS_SC,
		.key_size = SMP_KEY_LEN,
	};

	memset(made.peer_csrk, 0x5a, SMP_KEY_LEN);
	memset(made.local_csrk, 0xa5, SMP_KEY_LEN);
	assert_int_equal(0, keys__commit(keys, &made, NULL, NULL));
	bond = keys__find(keys, BT_ID_DEFAULT, &made.addr);
	assert_non_null(bond);
}

static int setup(void **state)
{
	peers_up();
	fav_settings_ram_init(&ram);
	fav_settings_select(&settings);
	settings_src_register(&ram.store);
	settings_dst_register(&ram.store);
	fav_host_settings_set(peers_controller.host, &settings);
	database_up();
	bond_with_peer();
	return 0;
}

static int teardown(void **state)
{
	database_down();
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	fav_settings_reset(&settings);
	fav_settings_ram_close(&ram);
	fav_settings_select(NULL);
	peers_down();
	return 0;
}

/* A process that is started again knows what is in the settings. */
static void restart(void)
{
	bond->sign_known = false;
	bond->local_sign = bond->peer_sign = 0;
}

/* ---- What the peer signs ---- */

static size_t make(uint8_t pdu[32], uint16_t handle, uint8_t value, uint32_t counter)
{
	pdu[0] = BT_ATT_OP_SIGNED_WRITE_CMD;
	sys_put_le16(handle, &pdu[1]);
	pdu[3] = value;
	sys_put_le32(counter, &pdu[4]);
	assert_int_equal(0, smp_crypto__sign(bond->peer_csrk, pdu, 4, counter, &pdu[8]));
	return 4 + SMP_SIGN_LEN;
}

/* Whether the write is done. */
static bool is_taken(const uint8_t *pdu, size_t len)
{
	uint32_t dropped = peers_stats().att_dropped;
	unsigned int before = database_write_count;
	bool taken;

	peer_send(pdu, len);
	peer_expect_nothing();
	taken = database_write_count > before;
	assert_int_equal(peers_stats().att_dropped, taken ? dropped : dropped + 1);
	return taken;
}

static bool send_signed(uint8_t value, uint32_t counter)
{
	uint8_t pdu[32];

	return is_taken(pdu, make(pdu, H_WRITE, value, counter));
}

static void a_signed_write_is_done(void **state)
{
	assert_true(send_signed(7, 0));
	assert_int_equal(database_writes[0].handle, H_WRITE);
	assert_int_equal(database_writes[0].len, 1);
	assert_int_equal(database_writes[0].data[0], 7);
	assert_int_equal(database_writes[0].flags, BT_GATT_WRITE_FLAG_CMD);
}

static void a_replay_is_refused(void **state)
{
	assert_true(send_signed(1, 0));
	assert_false(send_signed(1, 0));
	assert_false(send_signed(2, 0));
	assert_true(send_signed(3, 5));
	assert_false(send_signed(4, 5));
	assert_false(send_signed(4, 1));
	assert_true(send_signed(4, 6));
}

static void a_replay_is_refused_on_another_link_and_after_a_restart(void **state)
{
	assert_true(send_signed(1, 9));
	peer_disconnect(0);
	peer_connect(0);
	assert_false(send_signed(1, 9));
	restart();
	assert_false(send_signed(1, 9));
	assert_true(send_signed(1, 10));
	restart();
	assert_false(send_signed(1, 10));
}

static void every_changed_bit_is_refused(void **state)
{
	uint8_t pdu[32];
	size_t len = make(pdu, H_WRITE, 7, 3);

	/* But those of the opcode, which make another PDU of it. */
	for (size_t bit = 8; bit < 8 * len; bit++) {
		pdu[bit / 8] ^= (uint8_t)BIT(bit % 8);
		assert_false(is_taken(pdu, len));
		pdu[bit / 8] ^= (uint8_t)BIT(bit % 8);
	}
	assert_true(is_taken(pdu, len));
}

static void the_last_counter_is_refused(void **state)
{
	assert_false(send_signed(1, UINT32_MAX));
	assert_true(send_signed(1, UINT32_MAX - 1));
	assert_false(send_signed(1, UINT32_MAX));
	assert_false(send_signed(1, 0));
}

static void a_pdu_that_is_too_short_is_dropped(void **state)
{
	uint8_t pdu[32];

	(void)make(pdu, H_WRITE, 7, 0);
	for (size_t len = 1; len < 15; len++) {
		assert_false(is_taken(pdu, len));
	}
}

static void without_a_key_nothing_is_taken(void **state)
{
	bond->has &= ~KEYS_PEER_CSRK;
	assert_false(send_signed(1, 0));
	bond->has |= KEYS_PEER_CSRK;
	assert_true(send_signed(1, 0));
}

/* Part C 10.4.2.1: not where the link is encrypted. */
static void on_an_encrypted_link_it_is_refused(void **state)
{
	const struct bt_security_info encrypted = {.level = BT_SECURITY_L2, .enc_key_size = 16};
	const struct bt_security_info open = {.level = BT_SECURITY_L1};

	conn__security_set(peers[0].conn, &encrypted);
	assert_false(send_signed(1, 0));
	conn__security_set(peers[0].conn, &open);
	assert_true(send_signed(1, 0));
}

static void it_opens_nothing_that_wants_encryption(void **state)
{
	struct bt_gatt_attr *attr = database_attr(H_WRITE);
	uint16_t perm = attr->perm;
	uint8_t pdu[32];
	size_t len = make(pdu, H_WRITE, 7, 0);

	attr->perm = BT_GATT_PERM_WRITE_ENCRYPT;
	peer_send(pdu, len);
	assert_int_equal(database_write_count, 0);
	attr->perm = perm;
	/* It was the peer's, though, and counts. */
	assert_false(is_taken(pdu, len));
}

/* Nothing is done that might be done again after a power cut. */
static void what_cannot_be_counted_in_the_settings_is_not_done(void **state)
{
	settings_dst_register(NULL);
	assert_false(send_signed(1, 0));
	settings_dst_register(&ram.store);
	assert_true(send_signed(1, 0));
}

static void another_bond_counts_anew(void **state)
{
	assert_true(send_signed(1, 100));
	bond->peer_csrk[0]++;
	restart();
	assert_true(send_signed(1, 0));
}

static void a_damaged_counter_is_no_way_in(void **state)
{
	uint8_t value[17];

	assert_true(send_signed(1, 100));
	assert_int_equal(settings_load_one("bt/sign/1000000000010", value, sizeof(value)), 17);
	assert_int_equal(0, settings_save_one("bt/sign/1000000000010", value, 12));
	restart();
	assert_false(send_signed(1, 101));
}

/* ---- What we sign ---- */

static void expect_signed(uint16_t handle, uint8_t value, uint32_t counter)
{
	uint8_t pdu[16] = {BT_ATT_OP_SIGNED_WRITE_CMD, LE16(handle), value};

	sys_put_le32(counter, &pdu[4]);
	assert_int_equal(0, smp_crypto__sign(bond->local_csrk, pdu, 4, counter, &pdu[8]));
	peer_expect(pdu, sizeof(pdu));
}

static int write_signed(uint8_t value)
{
	return bt_gatt_write_without_response(peers[0].conn, 7, &value, 1, true);
}

static void our_writes_are_signed_and_counted(void **state)
{
	for (uint8_t i = 0; i < 130; i++) {
		assert_int_equal(0, write_signed(i));
		expect_signed(7, i, i);
	}
}

static void no_counter_is_used_twice_over_a_restart(void **state)
{
	uint32_t last = 0;

	for (uint8_t i = 0; i < 5; i++) {
		assert_int_equal(0, write_signed(i));
		assert_true(bond->local_sign > last);
		last = bond->local_sign;
		peer_skip(1);
		restart();
	}
	assert_int_equal(0, write_signed(9));
	expect_signed(7, 9, 5 * 64);
}

static void a_signature_needs_room_a_key_and_the_settings(void **state)
{
	uint8_t data[23] = {0};
	struct bt_conn *conn = peers[0].conn;

	assert_int_equal(-EMSGSIZE, bt_gatt_write_without_response(conn, 7, data, 9, true));
	assert_int_equal(0, bt_gatt_write_without_response(conn, 7, data, 8, true));
	peer_skip(1);
	bond->has &= ~KEYS_LOCAL_CSRK;
	assert_int_equal(-ENOTSUP, write_signed(1));
	bond->has |= KEYS_LOCAL_CSRK;
	bond->local_sign = 64;
	settings_dst_register(NULL);
	assert_true(write_signed(1) < 0);
	assert_int_equal(bond->local_sign, 64);
	settings_dst_register(&ram.store);
	bond->local_sign = UINT32_MAX - 10;
	assert_int_equal(-EOVERFLOW, write_signed(1));
	peer_expect_nothing();
}

static void on_an_encrypted_link_we_do_not_sign(void **state)
{
	const struct bt_security_info encrypted = {.level = BT_SECURITY_L2, .enc_key_size = 16};

	conn__security_set(peers[0].conn, &encrypted);
	assert_int_equal(0, write_signed(9));
	peer_expect(BYTES(BT_ATT_OP_WRITE_CMD, LE16(7), 9));
}

static void unpairing_forgets_the_counters(void **state)
{
	assert_true(send_signed(1, 100));
	assert_true(settings_get_val_len("bt/sign/1000000000010") > 0);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	assert_true(settings_get_val_len("bt/sign/1000000000010") <= 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signed_write_is_done),
		TEST(a_replay_is_refused),
		TEST(a_replay_is_refused_on_another_link_and_after_a_restart),
		TEST(every_changed_bit_is_refused),
		TEST(the_last_counter_is_refused),
		TEST(a_pdu_that_is_too_short_is_dropped),
		TEST(without_a_key_nothing_is_taken),
		TEST(on_an_encrypted_link_it_is_refused),
		TEST(it_opens_nothing_that_wants_encryption),
		TEST(what_cannot_be_counted_in_the_settings_is_not_done),
		TEST(another_bond_counts_anew),
		TEST(a_damaged_counter_is_no_way_in),
		TEST(our_writes_are_signed_and_counted),
		TEST(no_counter_is_used_twice_over_a_restart),
		TEST(a_signature_needs_room_a_key_and_the_settings),
		TEST(on_an_encrypted_link_we_do_not_sign),
		TEST(unpairing_forgets_the_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
