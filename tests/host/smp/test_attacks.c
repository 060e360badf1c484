/* SPDX-License-Identifier: Apache-2.0 */

/* What a peer may try in pairing, and what the host must refuse: each attack that has a name, and
 * what nobody has named. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "attacker.h"

#define AUTH_SC      (SMP_AUTH_BONDING | SMP_AUTH_SC)
#define AUTH_SC_MITM (AUTH_SC | SMP_AUTH_MITM)
#define DIST         (SMP_DIST_ENC | SMP_DIST_ID)

static int attacked_peripheral(void **state)
{
	attacker_up(true);
	return 0;
}

static int attacked_central(void **state)
{
	attacker_up(false);
	return 0;
}

static int teardown(void **state)
{
	attacker_down();
	return 0;
}

static void shown(struct bt_conn *conn, unsigned int passkey)
{
}

static void cancelled(struct bt_conn *conn)
{
}

static const struct bt_conn_auth_cb display = {.passkey_display = shown, .cancel = cancelled};

static void show_passkeys(void)
{
	assert_int_equal(0, bt_conn_auth_cb_register(&display));
}

/* Past the wait after failures. */
static void wait(void)
{
	scripted_run_ms(70000);
}

static void pair_with_just_works(void)
{
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_public_keys();
	attacker_nonces();
	attacker_checks();
	attacker_encrypt();
	assert_int_equal(heard_security.completes, 1);
}

static void the_attacker_can_pair_when_it_behaves(void **state)
{
	pair_with_just_works();
	assert_int_equal(heard_security.level, BT_SECURITY_L2);
	assert_true(heard_security.bonded);
}

/* ---- Public keys ---- */

static void cve_2018_5383_a_public_key_that_is_not_on_the_curve(void **state)
{
	uint8_t body[2 * SMP_COORD_LEN];

	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	assert_int_equal(0, smp_oob__key_pair(&attacker.own));
	memcpy(&body[0], attacker.own.x, SMP_COORD_LEN);
	memcpy(&body[SMP_COORD_LEN], attacker.own.y, SMP_COORD_LEN);
	/* The attack's own point: y is 0. */
	memset(&body[SMP_COORD_LEN], 0, SMP_COORD_LEN);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
}

static void a_public_key_of_zeros_or_ones(void **state)
{
	uint8_t body[2 * SMP_COORD_LEN] = {0};

	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
	wait();
	memset(body, 0xff, sizeof(body));
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
}

static void same_x(bool negated)
{
	uint8_t body[2 * SMP_COORD_LEN];

	assert_int_equal(0, bt_conn_set_security(attacker.conn, BT_SECURITY_L2));
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	memcpy(body, attacker_expect(SMP_OP_PUBLIC_KEY), sizeof(body));
	if (negated) {
		body[SMP_COORD_LEN] ^= 1;
	}
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
	assert_int_equal(heard_security.failures, 1);
}

static void cve_2020_26558_our_own_public_key_reflected(void **state)
{
	same_x(false);
}

static void cve_2021_37577_our_own_x_with_another_y(void **state)
{
	same_x(true);
}

static void the_debug_key_that_everybody_knows(void **state)
{
	static const uint8_t debug[] = {
		/* Core 6.0 Vol 3 Part H 2.3.5.6.1, in the order of the PDU. */
		0xe6, 0x9d, 0x35, 0x0e, 0x48, 0x01, 0x03, 0xcc, 0xdb, 0xfd, 0xf4, 0xac, 0x11,
		0x91, 0xf4, 0xef, 0xb9, 0xa5, 0xf9, 0xe9, 0xa7, 0x83, 0x2c, 0x5e, 0x2c, 0xbe,
		0x97, 0xf2, 0xd2, 0x03, 0xb0, 0x20, 0x8b, 0xd2, 0x89, 0x15, 0xd0, 0x8e, 0x1c,
		0x74, 0x24, 0x30, 0xed, 0x8f, 0xc2, 0x45, 0x63, 0x76, 0x5c, 0x15, 0x52, 0x5a,
		0xbf, 0x9a, 0x32, 0x63, 0x6d, 0xeb, 0x2a, 0x65, 0x49, 0x9c, 0x80, 0xdc};

	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_send_op(SMP_OP_PUBLIC_KEY, debug, sizeof(debug));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
}

static void sweyntooth_cve_2019_17520_a_public_key_in_legacy_pairing(void **state)
{
	uint8_t body[2 * SMP_COORD_LEN] = {1};

	attacker_features(SMP_IO_NONE, SMP_AUTH_BONDING, 0);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_UNSPECIFIED);
}

/* ---- Reflected and wrong values ---- */

static void vu_799380_our_own_legacy_confirm_reflected(void **state)
{
	uint8_t confirm[SMP_KEY_LEN];

	show_passkeys();
	assert_int_equal(0, bt_conn_set_security(attacker.conn, BT_SECURITY_L3));
	attacker_features(SMP_IO_KEYBOARD_ONLY, SMP_AUTH_BONDING | SMP_AUTH_MITM, 0);
	memcpy(confirm, attacker_expect(SMP_OP_CONFIRM), sizeof(confirm));
	attacker_send_op(SMP_OP_CONFIRM, confirm, sizeof(confirm));
	attacker_expect_failed(SMP_ERR_CONFIRM);
	assert_int_equal(heard_security.err, BT_SECURITY_ERR_AUTH_FAIL);
}

static void cve_2020_26558_our_own_passkey_confirm_reflected(void **state)
{
	uint8_t confirm[SMP_KEY_LEN], body[2 * SMP_COORD_LEN];

	show_passkeys();
	assert_int_equal(0, bt_conn_set_security(attacker.conn, BT_SECURITY_L3));
	attacker_features(SMP_IO_KEYBOARD_ONLY, AUTH_SC_MITM, 0);
	(void)attacker_expect(SMP_OP_PUBLIC_KEY);
	assert_int_equal(0, smp_oob__key_pair(&attacker.own));
	memcpy(&body[0], attacker.own.x, SMP_COORD_LEN);
	memcpy(&body[SMP_COORD_LEN], attacker.own.y, SMP_COORD_LEN);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	memcpy(confirm, attacker_expect(SMP_OP_CONFIRM), sizeof(confirm));
	attacker_send_op(SMP_OP_CONFIRM, confirm, sizeof(confirm));
	attacker_expect_failed(SMP_ERR_CONFIRM);
}

static void a_nonce_other_than_the_one_committed_to(void **state)
{
	uint8_t value[SMP_KEY_LEN] = {9};

	/* Legacy: a confirm value of nothing. */
	attacker_features(SMP_IO_NONE, SMP_AUTH_BONDING, 0);
	attacker_send_op(SMP_OP_CONFIRM, value, sizeof(value));
	(void)attacker_expect(SMP_OP_CONFIRM);
	attacker_send_op(SMP_OP_RANDOM, value, sizeof(value));
	attacker_expect_failed(SMP_ERR_CONFIRM);
}

/* The Android bug: a nonce before the confirm values is no authentication. */
static void android_rand_a_nonce_before_the_confirm_value(void **state)
{
	uint8_t value[SMP_KEY_LEN] = {9};

	attacker_features(SMP_IO_NONE, SMP_AUTH_BONDING, 0);
	attacker_send_op(SMP_OP_RANDOM, value, sizeof(value));
	attacker_expect_failed(SMP_ERR_UNSPECIFIED);
}

static void a_wrong_dhkey_check(void **state)
{
	uint8_t check[SMP_KEY_LEN] = {1};

	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_public_keys();
	attacker_nonces();
	attacker_send_op(SMP_OP_DHKEY_CHECK, check, sizeof(check));
	attacker_expect_failed(SMP_ERR_DHKEY_CHECK);
}

/* ---- PDUs out of order, cut short, reserved ---- */

/* Length of each PDU, opcode included. */
static const uint8_t lengths[] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};

/* How far the pairing has come. */
enum stage {
	AT_NOTHING,
	AT_FEATURES,
	AT_PUBLIC_KEYS,
	AT_NONCES,
	AT_CHECKS,
	AT_KEYS,
	STAGES,
};

static void go_to(enum stage stage)
{
	static void (*const steps[])(void) = {attacker_public_keys, attacker_nonces,
					      attacker_checks, attacker_encrypt};

	if (stage >= AT_FEATURES) {
		attacker_features(SMP_IO_NONE, AUTH_SC, DIST);
	}
	for (int i = AT_PUBLIC_KEYS; i <= (int)stage; i++) {
		steps[i - AT_PUBLIC_KEYS]();
	}
	if (stage == AT_KEYS) {
		(void)attacker_expect(SMP_OP_ID_INFO);
		(void)attacker_expect(SMP_OP_ID_ADDR);
	}
	if (stage == AT_PUBLIC_KEYS) {
		(void)attacker_expect(SMP_OP_CONFIRM);
	}
}

static const uint8_t due[STAGES] = {
	SMP_OP_PAIRING_REQ, SMP_OP_PUBLIC_KEY, SMP_OP_RANDOM, SMP_OP_DHKEY_CHECK, 0,
	SMP_OP_ID_INFO};

static void everything_but_what_is_due_ends_the_pairing(void **state)
{
	uint8_t pdu[SMP_PDU_MAX] = {0};

	for (int stage = AT_NOTHING; stage < STAGES; stage++) {
		for (uint8_t op = SMP_OP_PAIRING_REQ; op <= SMP_OP_KEYPRESS; op++) {
			bool wrong_role = op == SMP_OP_PAIRING_RSP || op == SMP_OP_SECURITY_REQ;

			if (op == due[stage] || op == SMP_OP_FAILED) {
				continue;
			}
			attacker_up(true);
			go_to((enum stage)stage);
			pdu[0] = op;
			attacker_send(pdu, lengths[op]);
			attacker_expect_failed(wrong_role ? SMP_ERR_COMMAND : SMP_ERR_UNSPECIFIED);
			assert_null(
				keys__next(host__keys(attacker.smp->host), BT_ID_DEFAULT, NULL));
			attacker_down();
		}
	}
}

static void every_pdu_of_a_wrong_length_ends_the_pairing(void **state)
{
	uint8_t pdu[255] = {0};

	for (int stage = AT_NOTHING; stage < STAGES; stage++) {
		for (uint8_t op = SMP_OP_PAIRING_REQ; op <= SMP_OP_KEYPRESS; op++) {
			const size_t lens[] = {1, lengths[op] - 1U, lengths[op] + 1U, sizeof(pdu)};

			for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
				if (op == SMP_OP_FAILED) {
					continue;
				}
				attacker_up(true);
				go_to((enum stage)stage);
				pdu[0] = op;
				attacker_send(pdu, MIN(lens[i], 240U));
				attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
				attacker_down();
			}
		}
	}
}

static void reserved_codes_and_empty_pdus_are_ignored(void **state)
{
	uint8_t pdu[SMP_PDU_MAX] = {0};

	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	for (unsigned int op = SMP_OP_KEYPRESS + 1; op <= UINT8_MAX; op++) {
		pdu[0] = (uint8_t)op;
		attacker_send(pdu, 1 + op % 64);
	}
	pdu[0] = 0;
	attacker_send(pdu, 1);
	attacker_send(pdu, 0);
	attacker_expect_nothing();
	attacker_public_keys();
	attacker_nonces();
	attacker_checks();
	attacker_encrypt();
	assert_int_equal(heard_security.completes, 1);
}

static void reserved_values_of_features_are_refused(void **state)
{
	static const uint8_t bad[][6] = {
		{5, 0, AUTH_SC, 16, 0, 0},    {0xff, 0, AUTH_SC, 16, 0, 0},
		{3, 2, AUTH_SC, 16, 0, 0},    {3, 0, 0x02 | SMP_AUTH_SC, 16, 0, 0},
		{3, 0, 0x03, 16, 0, 0},       {3, 0, AUTH_SC, 6, 0, 0},
		{3, 0, AUTH_SC, 17, 0, 0},    {3, 0, AUTH_SC, 0, 0, 0},
		{3, 0xff, AUTH_SC, 16, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		attacker_send_op(SMP_OP_PAIRING_REQ, bad[i], sizeof(bad[i]));
		attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
	}
}

/* CT2 and keys for BR/EDR: read, not granted, and no reason to fail. BLURtooth, CVE-2020-15802. */
static void blurtooth_cve_2020_15802_no_keys_for_another_transport(void **state)
{
	attacker_features(SMP_IO_NONE, AUTH_SC | SMP_AUTH_CT2, DIST | SMP_DIST_LINK);
	assert_int_equal(attacker.pres[5] & SMP_DIST_LINK, 0);
	assert_int_equal(attacker.pres[6] & SMP_DIST_LINK, 0);
	assert_int_equal(attacker.pres[3] & SMP_AUTH_CT2, 0);
	attacker_send_op(SMP_OP_FAILED, BYTES(SMP_ERR_UNSPECIFIED));
}

static void a_response_that_grants_what_was_not_asked_for(void **state)
{
	assert_int_equal(0, bt_conn_set_security(attacker.conn, BT_SECURITY_L2));
	attacker_features(SMP_IO_NONE, AUTH_SC, DIST | SMP_DIST_LINK);
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
}

static void knob_a_key_of_seven_bytes_is_refused(void **state)
{
	attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(SMP_IO_NONE, 0, AUTH_SC, 7, 0, 0));
	attacker_expect_failed(SMP_ERR_KEY_SIZE);
}

/* ---- Encryption ---- */

static void ask_for_key(uint16_t ediv)
{
	const struct bt_hci_evt_le_ltk_request request = {.handle = ATTACKER_HANDLE, .ediv = ediv};

	scripted_le_evt(&attacker.s, BT_HCI_EVT_LE_LTK_REQUEST, &request, sizeof(request));
	scripted_settle();
}

static void sweyntooth_cve_2019_19194_encryption_before_there_is_a_key(void **state)
{
	for (int stage = AT_NOTHING; stage <= AT_NONCES; stage++) {
		attacker_up(true);
		go_to((enum stage)stage);
		ask_for_key(0);
		assert_int_equal(0, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY));
		assert_int_equal(1, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY));
		assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
		attacker_down();
	}
}

/* The check of the DHKey is what proves the pairing; its key is for nobody before. */
static void sweyntooth_cve_2020_13593_encryption_instead_of_the_dhkey_check(void **state)
{
	uint8_t check[SMP_KEY_LEN] = {1};

	go_to(AT_NONCES);
	ask_for_key(0);
	assert_int_equal(0, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY));
	attacker_send_op(SMP_OP_DHKEY_CHECK, check, sizeof(check));
	attacker_expect_failed(SMP_ERR_DHKEY_CHECK);
	ask_for_key(0);
	assert_int_equal(0, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY));
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
}

static void sweyntooth_cve_2019_19196_a_key_size_beyond_the_key(void **state)
{
	for (unsigned int size = 17; size <= UINT8_MAX; size += 14) {
		const uint8_t body[] = {SMP_IO_NONE, 0, AUTH_SC, (uint8_t)size, 0, 0};

		attacker_send_op(SMP_OP_PAIRING_REQ, body, sizeof(body));
		attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
	}
}

static void cve_2022_2993_a_bonds_key_is_given_for_its_own_ediv_and_rand(void **state)
{
	struct keys_bond bond = attacker_bond(0);

	assert_int_equal(0, keys__restore(host__keys(attacker.smp->host), &bond));
	ask_for_key(0);
	assert_int_equal(0, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY));
	ask_for_key(0x5678);
	assert_int_equal(1, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY));
}

static void change_encryption(uint8_t status, uint8_t on)
{
	const struct bt_hci_evt_encrypt_change change = {
		.status = status, .handle = ATTACKER_HANDLE, .encrypt = on};

	scripted_evt(&attacker.s, BT_HCI_EVT_ENCRYPT_CHANGE, &change, sizeof(change));
	scripted_settle();
}

static void encryption_that_nobody_asked_for_is_worth_nothing(void **state)
{
	change_encryption(0, 1);
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
	assert_int_equal(0, heard_security.changes);
}

static void cve_2025_52435_a_link_that_loses_its_encryption_is_level_1(void **state)
{
	const struct bt_hci_evt_encrypt_key_refresh_complete refresh = {
		.status = BT_HCI_ERR_UNSPECIFIED, .handle = ATTACKER_HANDLE};

	pair_with_just_works();
	assert_int_equal(BT_SECURITY_L2, bt_conn_get_security(attacker.conn));
	change_encryption(0, 0);
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
	assert_int_equal(0, bt_conn_enc_key_size(attacker.conn));
	assert_int_equal(heard_security.level, BT_SECURITY_L1);
	ask_for_key(0);
	change_encryption(0, 1);
	assert_int_equal(BT_SECURITY_L2, bt_conn_get_security(attacker.conn));
	scripted_evt(&attacker.s, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE, &refresh,
		     sizeof(refresh));
	scripted_settle();
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
}

/* A key asked for in the midst of another pairing, on a link that had one. */
static void a_refused_key_closes_a_link_that_was_encrypted(void **state)
{
	pair_with_just_works();
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	ask_for_key(0);
	assert_int_equal(1, scripted_count(&attacker.s, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY));
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(attacker.conn));
	assert_int_equal(1, heard_security.failures);
}

/* ---- Bonds ---- */

static void expect_bond(const struct keys_bond *bond)
{
	const struct keys_bond *now =
		keys__find(host__keys(attacker.smp->host), BT_ID_DEFAULT, &bond->addr);

	assert_non_null(now);
	assert_int_equal(now->flags, bond->flags);
	assert_memory_equal(now->peer_ltk.value, bond->peer_ltk.value, SMP_KEY_LEN);
}

static void blerp_cve_2025_62235_a_security_request_in_a_bonded_peers_name(void **state)
{
	struct keys_bond bond = attacker_bond(KEYS_SC);

	assert_int_equal(0, keys__restore(host__keys(attacker.smp->host), &bond));
	for (uint32_t i = 1; i <= 3; i++) {
		/* Whatever it asks for, it has to encrypt first. */
		attacker_send_op(SMP_OP_SECURITY_REQ, BYTES(AUTH_SC_MITM));
		attacker_expect_nothing();
		assert_int_equal(i, scripted_count(&attacker.s, BT_HCI_OP_LE_START_ENCRYPTION));
		change_encryption(BT_HCI_ERR_PIN_OR_KEY_MISSING, 0);
		assert_int_equal(heard_security.err, BT_SECURITY_ERR_PIN_OR_KEY_MISSING);
		attacker_expect_nothing();
	}
	expect_bond(&bond);
}

static void blerp_a_pairing_request_in_a_bonded_peers_name(void **state)
{
	struct keys_bond bond = attacker_bond(KEYS_SC);

	assert_int_equal(0, keys__restore(host__keys(attacker.smp->host), &bond));
	attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(SMP_IO_NONE, 0, AUTH_SC, 16, 0, 0));
	attacker_expect_failed(SMP_ERR_AUTH_REQUIREMENTS);
	expect_bond(&bond);
}

static void a_weaker_key_does_not_replace_a_stronger_one(void **state)
{
	struct keys_bond bond = attacker_bond(KEYS_SC | KEYS_AUTHENTICATED);

	assert_int_equal(0, keys__restore(host__keys(attacker.smp->host), &bond));
	/* Not even when our own application asks for it. */
	assert_int_equal(
		0, bt_conn_set_security(attacker.conn, BT_SECURITY_L2 | BT_SECURITY_FORCE_PAIR));
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	attacker_expect_failed(SMP_ERR_AUTH_REQUIREMENTS);
	expect_bond(&bond);
}

static void cve_2021_3436_the_identity_of_another_bonded_peer(void **state)
{
	static const uint8_t irk[SMP_KEY_LEN] = {1};
	struct keys_bond bond = attacker_bond(KEYS_SC);
	uint8_t body[7] = {BT_ADDR_LE_PUBLIC, 0x99, 2, 3, 4, 5, 6};

	bond.addr.a.val[0] = 0x99;
	assert_int_equal(0, keys__restore(host__keys(attacker.smp->host), &bond));
	go_to(AT_KEYS);
	attacker_send_op(SMP_OP_ID_INFO, irk, sizeof(irk));
	attacker_send_op(SMP_OP_ID_ADDR, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_KEY_REJECTED);
	expect_bond(&bond);
	assert_null(keys__find(host__keys(attacker.smp->host), BT_ID_DEFAULT, &attacker.addr));
}

/* No attack: Bumble's tools connect with a static address and give the controller's public one. */
static void an_identity_other_than_the_links_leaves_the_bond_with_the_links(void **state)
{
	static const uint8_t irk[SMP_KEY_LEN] = {1};
	struct keys *keys = host__keys(attacker.smp->host);
	bt_addr_le_t other = {.type = BT_ADDR_LE_PUBLIC, .a.val = {0x99, 2, 3, 4, 5, 6}};
	const struct keys_bond *bond;

	go_to(AT_KEYS);
	attacker_send_op(SMP_OP_ID_INFO, irk, sizeof(irk));
	attacker_send_op(SMP_OP_ID_ADDR, BYTES(BT_ADDR_LE_PUBLIC, 0x99, 2, 3, 4, 5, 6));
	assert_int_equal(1, heard_security.completes);
	assert_true(heard_security.bonded);
	assert_true(bt_addr_le_eq(bt_conn_get_dst(attacker.conn), &attacker.addr));
	bond = keys__find(keys, BT_ID_DEFAULT, &attacker.addr);
	assert_non_null(bond);
	assert_memory_equal(bond->irk, irk, sizeof(irk));
	assert_null(keys__find(keys, BT_ID_DEFAULT, &other));
}

static void an_identity_that_is_none(void **state)
{
	static const uint8_t irk[SMP_KEY_LEN] = {1};

	go_to(AT_KEYS);
	attacker_send_op(SMP_OP_ID_INFO, irk, sizeof(irk));
	/* A resolvable private address. */
	attacker_send_op(SMP_OP_ID_ADDR, BYTES(BT_ADDR_LE_RANDOM, 1, 2, 3, 4, 5, 0x41));
	attacker_expect_failed(SMP_ERR_INVALID_PARAMS);
}

/* ---- The method ---- */

static void nothing(struct bt_conn *conn)
{
}

static const struct bt_conn_auth_cb everything = {
	.passkey_display = shown,
	.passkey_entry = nothing,
	.passkey_confirm = shown,
	.cancel = cancelled,
};
static const struct bt_conn_auth_cb keyboard = {.passkey_entry = nothing, .cancel = cancelled};

/* Features of an attacker whose user can do that, up to our answer. */
static void expect_method_refused(uint8_t io)
{
	const uint8_t body[] = {io, 0, AUTH_SC_MITM, SMP_KEY_LEN, 0, 0};

	attacker_send_op(SMP_OP_PAIRING_REQ, body, sizeof(body));
	attacker_expect_failed(SMP_ERR_AUTH_REQUIREMENTS);
}

static void expect_method_taken(uint8_t io)
{
	attacker_features(io, AUTH_SC_MITM, 0);
	attacker_send_op(SMP_OP_FAILED, BYTES(SMP_ERR_UNSPECIFIED));
	wait();
}

/* The digits that one victim compares are the passkey that the other's user types: so who is to
 * compare does not type, and who is to type does not compare. */
static void cve_2020_10134_method_confusion_a_method_that_is_not_the_required_one(void **state)
{
	assert_int_equal(0, bt_conn_auth_cb_register(&everything));
	expect_method_taken(SMP_IO_DISPLAY_YESNO);
	expect_method_taken(SMP_IO_KEYBOARD_ONLY);
	assert_int_equal(0, bt_conn_auth_methods_set(NULL, BT_CONN_AUTH_METHOD_NUMERIC));
	expect_method_taken(SMP_IO_DISPLAY_YESNO);
	expect_method_refused(SMP_IO_KEYBOARD_ONLY);
	expect_method_refused(SMP_IO_DISPLAY_ONLY);
	expect_method_refused(SMP_IO_NONE);
	/* The connection's own choice counts. */
	assert_int_equal(
		0, bt_conn_auth_methods_set(attacker.conn, BT_CONN_AUTH_METHOD_PASSKEY_ENTRY));
	expect_method_refused(SMP_IO_DISPLAY_YESNO);
	expect_method_refused(SMP_IO_KEYBOARD_ONLY);
	expect_method_taken(SMP_IO_DISPLAY_ONLY);
	/* Its next connection has none. */
	attacker_reconnect();
	expect_method_refused(SMP_IO_DISPLAY_ONLY);
	expect_method_taken(SMP_IO_DISPLAY_YESNO);
}

/* Three modes of one model: the passkey is shown here, shown there, or chosen by the user. */
static void passkey_entry_confusion_a_mode_that_is_not_the_required_one(void **state)
{
	assert_int_equal(0, bt_conn_auth_cb_register(&display));
	expect_method_taken(SMP_IO_KEYBOARD_ONLY);
	assert_int_equal(0,
			 bt_conn_auth_methods_set(NULL, BT_CONN_AUTH_METHOD_PASSKEY_ENTRY |
								BT_CONN_AUTH_METHOD_PASSKEY_BOTH));
	expect_method_refused(SMP_IO_KEYBOARD_ONLY);
	assert_int_equal(0, bt_conn_auth_cb_register(NULL));
	assert_int_equal(0, bt_conn_auth_cb_register(&keyboard));
	expect_method_taken(SMP_IO_DISPLAY_ONLY);
	expect_method_taken(SMP_IO_KEYBOARD_ONLY);
	assert_int_equal(0, bt_conn_auth_methods_set(NULL, BT_CONN_AUTH_METHOD_PASSKEY_ENTRY));
	expect_method_taken(SMP_IO_DISPLAY_ONLY);
	expect_method_refused(SMP_IO_KEYBOARD_ONLY);
	assert_int_equal(0, bt_conn_auth_methods_set(NULL, BT_CONN_AUTH_METHOD_PASSKEY_BOTH));
	expect_method_refused(SMP_IO_DISPLAY_ONLY);
	expect_method_taken(SMP_IO_KEYBOARD_ONLY);
}

static void a_choice_of_methods_that_is_none_is_refused(void **state)
{
	assert_int_equal(-EINVAL, bt_conn_auth_methods_set(NULL, 0));
	assert_int_equal(-EINVAL, bt_conn_auth_methods_set(attacker.conn, 0x80));
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	assert_int_equal(-EALREADY,
			 bt_conn_auth_methods_set(attacker.conn, BT_CONN_AUTH_METHOD_JUST_WORKS));
	attacker_send_op(SMP_OP_FAILED, BYTES(SMP_ERR_UNSPECIFIED));
}

/* ---- Endurance ---- */

static void repeated_attempts_wait_longer_each_time(void **state)
{
	const uint8_t check[SMP_KEY_LEN] = {1};

	for (uint32_t wait_ms = 1000; wait_ms <= 64000; wait_ms *= 2) {
		go_to(AT_NONCES);
		attacker_send_op(SMP_OP_DHKEY_CHECK, check, sizeof(check));
		attacker_expect_failed(SMP_ERR_DHKEY_CHECK);
		scripted_run_ms(wait_ms - 10);
		attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(SMP_IO_NONE, 0, AUTH_SC, 16, 0, 0));
		attacker_expect_failed(SMP_ERR_REPEATED);
		/* A new link does not shorten it. */
		attacker_reconnect();
		attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(SMP_IO_NONE, 0, AUTH_SC, 16, 0, 0));
		attacker_expect_failed(SMP_ERR_REPEATED);
		scripted_run_ms(10);
	}
}

static void a_flood_of_requests_takes_no_more_than_its_links_buffers(void **state)
{
	attacker.s.hold_completed = true;
	for (int i = 0; i < 200; i++) {
		attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(9, 0, AUTH_SC, 16, 0, 0));
		assert_true(fav_net_buf_pool_used(&attacker.smp->pool) <= SMP_IN_FLIGHT_MAX);
		assert_true(attacker.s.acl_packets <= SMP_IN_FLIGHT_MAX);
	}
	attacker.s.hold_completed = false;
	scripted_complete(&attacker.s, ATTACKER_HANDLE, attacker.s.acl_in_hand);
	scripted_settle();
	scripted_forget(&attacker.s);
	attacker.seen = 0;
	pair_with_just_works();
}

static void a_channel_held_half_open_ends_after_30_s_and_stays_shut(void **state)
{
	attacker_features(SMP_IO_NONE, AUTH_SC, 0);
	scripted_run_ms(29900);
	assert_int_equal(heard_security.failures, 0);
	scripted_run_ms(200);
	assert_int_equal(heard_security.failures, 1);
	attacker_send_op(SMP_OP_PAIRING_REQ, BYTES(SMP_IO_NONE, 0, AUTH_SC, 16, 0, 0));
	attacker_expect_nothing();
	attacker_reconnect();
	wait();
	pair_with_just_works();
}

static void a_keypress_where_none_was_agreed(void **state)
{
	show_passkeys();
	attacker_features(SMP_IO_KEYBOARD_ONLY, AUTH_SC_MITM | SMP_AUTH_KEYPRESS, 0);
	assert_int_equal(attacker.pres[3] & SMP_AUTH_KEYPRESS, 0);
	attacker_send_op(SMP_OP_KEYPRESS, BYTES(0));
	attacker_expect_failed(SMP_ERR_UNSPECIFIED);
}

#define PERIPHERAL_TEST(f) cmocka_unit_test_setup_teardown(f, attacked_peripheral, teardown)
#define CENTRAL_TEST(f)    cmocka_unit_test_setup_teardown(f, attacked_central, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PERIPHERAL_TEST(the_attacker_can_pair_when_it_behaves),
		PERIPHERAL_TEST(cve_2018_5383_a_public_key_that_is_not_on_the_curve),
		PERIPHERAL_TEST(a_public_key_of_zeros_or_ones),
		CENTRAL_TEST(cve_2020_26558_our_own_public_key_reflected),
		CENTRAL_TEST(cve_2021_37577_our_own_x_with_another_y),
		PERIPHERAL_TEST(the_debug_key_that_everybody_knows),
		PERIPHERAL_TEST(sweyntooth_cve_2019_17520_a_public_key_in_legacy_pairing),
		CENTRAL_TEST(vu_799380_our_own_legacy_confirm_reflected),
		CENTRAL_TEST(cve_2020_26558_our_own_passkey_confirm_reflected),
		PERIPHERAL_TEST(a_nonce_other_than_the_one_committed_to),
		PERIPHERAL_TEST(android_rand_a_nonce_before_the_confirm_value),
		PERIPHERAL_TEST(a_wrong_dhkey_check),
		cmocka_unit_test(everything_but_what_is_due_ends_the_pairing),
		cmocka_unit_test(every_pdu_of_a_wrong_length_ends_the_pairing),
		PERIPHERAL_TEST(reserved_codes_and_empty_pdus_are_ignored),
		PERIPHERAL_TEST(reserved_values_of_features_are_refused),
		PERIPHERAL_TEST(blurtooth_cve_2020_15802_no_keys_for_another_transport),
		CENTRAL_TEST(a_response_that_grants_what_was_not_asked_for),
		PERIPHERAL_TEST(knob_a_key_of_seven_bytes_is_refused),
		cmocka_unit_test(sweyntooth_cve_2019_19194_encryption_before_there_is_a_key),
		PERIPHERAL_TEST(sweyntooth_cve_2020_13593_encryption_instead_of_the_dhkey_check),
		PERIPHERAL_TEST(sweyntooth_cve_2019_19196_a_key_size_beyond_the_key),
		PERIPHERAL_TEST(cve_2022_2993_a_bonds_key_is_given_for_its_own_ediv_and_rand),
		PERIPHERAL_TEST(encryption_that_nobody_asked_for_is_worth_nothing),
		PERIPHERAL_TEST(cve_2025_52435_a_link_that_loses_its_encryption_is_level_1),
		PERIPHERAL_TEST(a_refused_key_closes_a_link_that_was_encrypted),
		CENTRAL_TEST(blerp_cve_2025_62235_a_security_request_in_a_bonded_peers_name),
		PERIPHERAL_TEST(blerp_a_pairing_request_in_a_bonded_peers_name),
		CENTRAL_TEST(a_weaker_key_does_not_replace_a_stronger_one),
		PERIPHERAL_TEST(cve_2021_3436_the_identity_of_another_bonded_peer),
		PERIPHERAL_TEST(an_identity_other_than_the_links_leaves_the_bond_with_the_links),
		PERIPHERAL_TEST(an_identity_that_is_none),
		PERIPHERAL_TEST(
			cve_2020_10134_method_confusion_a_method_that_is_not_the_required_one),
		PERIPHERAL_TEST(passkey_entry_confusion_a_mode_that_is_not_the_required_one),
		PERIPHERAL_TEST(a_choice_of_methods_that_is_none_is_refused),
		PERIPHERAL_TEST(repeated_attempts_wait_longer_each_time),
		PERIPHERAL_TEST(a_flood_of_requests_takes_no_more_than_its_links_buffers),
		PERIPHERAL_TEST(a_channel_held_half_open_ends_after_30_s_and_stays_shut),
		PERIPHERAL_TEST(a_keypress_where_none_was_agreed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
