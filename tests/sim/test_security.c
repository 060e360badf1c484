/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing, bonds and encryption between hosts over the air. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>

#include "client.h"
#include "host/att.h"
#include "host/host.h"
#include "host/id.h"
#include "host/smp.h"
#include "peers.h"
#include "secure.h"
#include "sim.h"
#include "vault.h"

static struct sim sim;

/* ---- A test's frame ---- */

static void begin(void)
{
	secure_begin(&sim);
}

static void legacy(void)
{
	secure_smp(CENTRAL)->sc = false;
}

/* ---- Just Works ---- */

static void just_works_gives_level_2_and_a_bond(void **state)
{
	begin();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	secure_end();
}

static void legacy_just_works_gives_level_2_and_a_bond(void **state)
{
	begin();
	legacy();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	secure_end();
}

static void a_peripheral_asks_the_central_to_pair(void **state)
{
	begin();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(PERIPHERAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	secure_end();
}

/* ---- Every association model ---- */

/* Table 2.8, seen from the level that comes of it: nobody to ask gives 2. */
static bt_security_t level_of(enum smp_io central, enum smp_io peripheral, bool sc)
{
	bool none = central == SMP_IO_NONE || peripheral == SMP_IO_NONE;
	bool c_types = central == SMP_IO_KEYBOARD_ONLY || central == SMP_IO_KEYBOARD_DISPLAY;
	bool p_types = peripheral == SMP_IO_KEYBOARD_ONLY || peripheral == SMP_IO_KEYBOARD_DISPLAY;
	bool compared = sc && central == SMP_IO_DISPLAY_YESNO && peripheral == SMP_IO_DISPLAY_YESNO;

	if (none || !(c_types || p_types || compared)) {
		return BT_SECURITY_L2;
	}
	return sc ? BT_SECURITY_L4 : BT_SECURITY_L3;
}

static void every_pair_of_capabilities(bool sc, bool bondable)
{
	for (int c = 0; c < SMP_IOS; c++) {
		for (int p = 0; p < SMP_IOS; p++) {
			begin();
			secure_smp(PERIPHERAL)->sc = sc;
			user.both_type = c == SMP_IO_KEYBOARD_ONLY && p == SMP_IO_KEYBOARD_ONLY;
			user.typed_by_both = 123456;
			secure_io(CENTRAL, (enum smp_io)c);
			secure_io(PERIPHERAL, (enum smp_io)p);
			sim_on(&sim, PERIPHERAL);
			bt_set_bondable(bondable);
			peers_link(&sim, CENTRAL, PERIPHERAL, 24);
			secure_raise(CENTRAL, BT_SECURITY_L2);
			secure_expect_paired(level_of((enum smp_io)c, (enum smp_io)p, sc),
					     bondable);
			secure_end();
		}
	}
}

static void every_pair_of_capabilities_with_secure_connections(void **state)
{
	every_pair_of_capabilities(true, true);
}

static void every_pair_of_capabilities_with_legacy_pairing(void **state)
{
	every_pair_of_capabilities(false, true);
}

static void without_bonding_nothing_is_kept(void **state)
{
	every_pair_of_capabilities(true, false);
	every_pair_of_capabilities(false, false);
}

static void a_wrong_passkey_or_a_refusal_fails_every_model(void **state)
{
	for (int sc = 0; sc < 2; sc++) {
		for (int c = 0; c < SMP_IOS; c++) {
			for (int p = 0; p < SMP_IOS; p++) {
				if (level_of((enum smp_io)c, (enum smp_io)p, sc != 0) ==
				    BT_SECURITY_L2) {
					continue;
				}
				begin();
				secure_smp(PERIPHERAL)->sc = sc != 0;
				user.wrong_passkey = (c + p) % 2 != 0;
				user.refuse = true;
				secure_io(CENTRAL, (enum smp_io)c);
				secure_io(PERIPHERAL, (enum smp_io)p);
				peers_link(&sim, CENTRAL, PERIPHERAL, 24);
				secure_raise(CENTRAL, BT_SECURITY_L3);
				secure_expect_failed();
				secure_end();
			}
		}
	}
}

static void a_wrong_passkey(void **state)
{
	for (int sc = 0; sc < 2; sc++) {
		begin();
		secure_smp(PERIPHERAL)->sc = sc != 0;
		user.wrong_passkey = true;
		secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
		secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		secure_raise(CENTRAL, BT_SECURITY_L3);
		secure_expect_failed();
		assert_int_equal(told[CENTRAL].err, BT_SECURITY_ERR_AUTH_FAIL);
		/* And the next has to wait. */
		sim_on(&sim, CENTRAL);
		assert_int_equal(-EAGAIN,
				 bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L3));
		sim_run_ms(1000);
		assert_int_equal(0, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L3));
		assert_true(sim_until_count(&told[CENTRAL].failures, 2, 40000));
		sim_run_ms(1000);
		assert_int_equal(-EAGAIN,
				 bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L3));
		secure_end();
	}
}

static void a_user_may_refuse_a_pairing_that_nothing_authenticates(void **state)
{
	begin();
	user.refuse = true;
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_conn_auth_cb_register(&secure_asks_first));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_failed();
	assert_int_equal(told[PERIPHERAL].confirms, 1);
	secure_end();
}

static void a_user_may_accept_a_pairing_that_nothing_authenticates(void **state)
{
	begin();
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_conn_auth_cb_register(&secure_asks_first));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	assert_int_equal(told[PERIPHERAL].confirms, 1);
	secure_end();
}

/* ---- Out of band ---- */

static void begin_oob(bool central_has, bool peripheral_has)
{
	begin();
	secure_oob_give(central_has, peripheral_has);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

static void data_out_of_band_gives_level_4_whoever_has_it(void **state)
{
	for (int i = 1; i < 4; i++) {
		begin_oob((i & 1) != 0, (i & 2) != 0);
		secure_raise(CENTRAL, BT_SECURITY_L4);
		secure_expect_paired(BT_SECURITY_L4, true);
		secure_end();
	}
}

static void wrong_data_out_of_band_fails(void **state)
{
	begin_oob(true, true);
	secure_oob.data[PERIPHERAL].le_sc_data.c[3] ^= 1;
	secure_raise(CENTRAL, BT_SECURITY_L4);
	secure_expect_failed();
	secure_end();
}

static void begin_tk(void)
{
	begin();
	secure_oob_give_tk();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

static void a_temporary_key_out_of_band_gives_level_3(void **state)
{
	begin_tk();
	legacy();
	secure_raise(CENTRAL, BT_SECURITY_L3);
	secure_expect_paired(BT_SECURITY_L3, true);
	secure_end();
}

/* Who asks does not know yet which pairing it will be. */
static void a_temporary_key_is_used_when_the_peer_alone_has_legacy_pairing_alone(void **state)
{
	for (size_t i = 0; i < DEVICES; i++) {
		begin_tk();
		secure_smp(i)->sc = false;
		secure_raise(CENTRAL, BT_SECURITY_L3);
		secure_expect_paired(BT_SECURITY_L3, true);
		secure_end();
	}
}

static void a_temporary_key_is_no_data_for_secure_connections(void **state)
{
	begin_tk();
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_failed();
	assert_int_equal(told[CENTRAL].err, BT_SECURITY_ERR_OOB_NOT_AVAILABLE);
	assert_int_equal(told[PERIPHERAL].err, BT_SECURITY_ERR_OOB_NOT_AVAILABLE);
	secure_end();
}

/* ---- Bonds ---- */

static void relink(void)
{
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	memset(told, 0, sizeof(told));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

static void pair(bool sc, bt_security_t level)
{
	begin();
	secure_smp(CENTRAL)->sc = sc;
	if (level > BT_SECURITY_L2) {
		secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
		secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
	}
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, level);
	secure_expect_paired(level, true);
}

static void expect_encrypted_again(bt_security_t level)
{
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].changes, 1, 5000));
		assert_int_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
		assert_int_equal(told[i].level, level);
		assert_int_equal(told[i].completes, 0);
	}
}

static void a_bonded_link_is_encrypted_again_without_pairing(void **state)
{
	for (int sc = 0; sc < 2; sc++) {
		for (int asker = CENTRAL; asker <= PERIPHERAL; asker++) {
			pair(sc != 0, sc ? BT_SECURITY_L4 : BT_SECURITY_L3);
			relink();
			assert_int_equal(bt_conn_get_security(peers[CENTRAL].conn), BT_SECURITY_L1);
			secure_raise(asker, BT_SECURITY_L3);
			expect_encrypted_again(sc ? BT_SECURITY_L4 : BT_SECURITY_L3);
			secure_end();
		}
	}
}

/* The peripheral has lost its bond: the central says so, and does not pair by itself. */
static void a_peer_that_lost_its_keys_is_reported_and_the_bond_kept(void **state)
{
	pair(true, BT_SECURITY_L2);
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	assert_int_equal(told[PERIPHERAL].deletes, 1);
	memset(told, 0, sizeof(told));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	assert_true(sim_until_count(&told[CENTRAL].changes, 1, 5000));
	assert_int_equal(told[CENTRAL].err, BT_SECURITY_ERR_PIN_OR_KEY_MISSING);
	assert_int_equal(told[CENTRAL].level, BT_SECURITY_L1);
	assert_true(sim_until_count(&told[PERIPHERAL].changes, 1, 5000));
	assert_int_equal(told[PERIPHERAL].err, BT_SECURITY_ERR_PIN_OR_KEY_MISSING);
	assert_int_equal(secure_bonds(CENTRAL), 1);
	assert_int_equal(told[CENTRAL].completes, 0);
	secure_end();
}

static void unpairing_ends_the_link_and_tells(void **state)
{
	pair(true, BT_SECURITY_L2);
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, &sim.dev[PERIPHERAL].addr));
	assert_int_equal(told[CENTRAL].deletes, 1);
	assert_int_equal(secure_bonds(CENTRAL), 0);
	assert_true(sim_until_count(&peers[PERIPHERAL].disconnects, 1, 5000));
	assert_int_equal(-EINVAL, bt_unpair(CONFIG_BT_ID_MAX, NULL));
	secure_end();
}

static void signing_keys_are_exchanged_when_both_want_them(void **state)
{
	for (int sc = 0; sc < 2; sc++) {
		const struct keys_bond *a, *b;

		begin();
		secure_smp(CENTRAL)->dist |= SMP_DIST_SIGN;
		secure_smp(PERIPHERAL)->dist |= SMP_DIST_SIGN;
		secure_smp(PERIPHERAL)->sc = sc != 0;
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		secure_raise(CENTRAL, BT_SECURITY_L2);
		secure_expect_paired(BT_SECURITY_L2, true);
		a = keys__next(host__keys(sim.dev[CENTRAL].host), BT_ID_DEFAULT, NULL);
		b = keys__next(host__keys(sim.dev[PERIPHERAL].host), BT_ID_DEFAULT, NULL);
		assert_memory_equal(a->local_csrk, b->peer_csrk, SMP_KEY_LEN);
		assert_memory_equal(a->peer_csrk, b->local_csrk, SMP_KEY_LEN);
		assert_memory_equal(a->irk, id__irk(host__id(sim.dev[PERIPHERAL].host), 0),
				    SMP_KEY_LEN);
		assert_true((a->has & b->has & KEYS_PEER_IRK) != 0);
		if (sc) {
			assert_memory_equal(&a->peer_ltk, &b->peer_ltk, sizeof(a->peer_ltk));
		} else {
			assert_memory_equal(&a->peer_ltk, &b->local_ltk, sizeof(a->peer_ltk));
			assert_memory_equal(&a->local_ltk, &b->peer_ltk, sizeof(a->peer_ltk));
		}
		secure_end();
	}
}

static void a_signed_write_needs_no_encryption(void **state)
{
	begin();
	vault_begin(&sim, PERIPHERAL);
	secure_smp(CENTRAL)->dist |= SMP_DIST_SIGN;
	secure_smp(PERIPHERAL)->dist |= SMP_DIST_SIGN;
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	relink();
	for (uint32_t i = 1; i <= 3; i++) {
		sim_on(&sim, CENTRAL);
		assert_int_equal(0, bt_gatt_write_without_response(peers[CENTRAL].conn,
								   vault_handle(VAULT_VALUE),
								   "signed", 6, true));
		sim_run_ms(200);
		assert_int_equal(vault.writes, i);
	}
	assert_memory_equal(vault.written, "signed", 6);
	assert_int_equal(bt_conn_get_security(peers[PERIPHERAL].conn), BT_SECURITY_L1);
	vault_end(&sim, PERIPHERAL);
	secure_end();
}

/* ---- Levels, key sizes ---- */

static void a_level_that_no_user_can_reach_is_refused_at_once(void **state)
{
	begin();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	sim_on(&sim, CENTRAL);
	assert_int_equal(-EINVAL, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L3));
	assert_int_equal(-EINVAL, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L4));
	assert_int_equal(-EINVAL, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L0));
	assert_int_equal(-EINVAL, bt_conn_set_security(NULL, BT_SECURITY_L2));
	assert_int_equal(0, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L1));
	secure_end();
}

static void secure_connections_only_refuses_legacy_pairing(void **state)
{
	for (int strict = CENTRAL; strict <= PERIPHERAL; strict++) {
		begin();
		secure_smp(strict)->sc_only = true;
		secure_smp(strict)->legacy = false;
		secure_smp(1 - strict)->sc = false;
		secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
		secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		secure_raise(CENTRAL, BT_SECURITY_L2);
		secure_expect_failed();
		assert_int_equal(told[strict].err, BT_SECURITY_ERR_AUTH_REQUIREMENT);
		secure_end();
	}
}

static void a_short_key_is_refused_unless_allowed_and_never_level_4(void **state)
{
	for (uint8_t size = 7; size < 16; size++) {
		for (int sc = 0; sc < 2; sc++) {
			begin();
			secure_smp(CENTRAL)->max_key_size = size;
			secure_smp(CENTRAL)->min_key_size = 7;
			secure_smp(PERIPHERAL)->min_key_size = size + 1;
			secure_smp(PERIPHERAL)->sc = sc != 0;
			secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
			secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
			peers_link(&sim, CENTRAL, PERIPHERAL, 24);
			secure_raise(CENTRAL, BT_SECURITY_L3);
			secure_expect_failed();
			secure_smp(PERIPHERAL)->min_key_size = size;
			memset(told, 0, sizeof(told));
			secure_raise(CENTRAL, BT_SECURITY_L3);
			assert_true(sim_until_count(&told[PERIPHERAL].completes, 1, 40000));
			assert_int_equal(told[PERIPHERAL].level, BT_SECURITY_L3);
			assert_int_equal(bt_conn_enc_key_size(peers[PERIPHERAL].conn), size);
			assert_true(sim_until_count(&told[CENTRAL].completes, 1, 40000));
			/* And the short key is the one the link comes back with. */
			relink();
			secure_raise(CENTRAL, BT_SECURITY_L3);
			expect_encrypted_again(BT_SECURITY_L3);
			secure_end();
		}
	}
}

/* ---- What each level opens ---- */

static void expect_access(uint16_t perm, uint8_t read_err, uint8_t write_err)
{
	struct client_result result;

	vault_permit(VAULT_VALUE, perm);
	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), &result);
	assert_int_equal(result.err, read_err);
	assert_int_equal(result.len, read_err == 0 ? strlen(VAULT_TEXT) : 0);
	client_write(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), "x", 1, &result);
	assert_int_equal(result.err, write_err);
}

/* An attribute is open at its level and above, and nothing else is open. */
static void expect_open_up_to(bt_security_t level, uint8_t err)
{
	expect_access(0, BT_ATT_ERR_READ_NOT_PERMITTED, BT_ATT_ERR_WRITE_NOT_PERMITTED);
	for (bt_security_t needs = BT_SECURITY_L1; needs <= BT_SECURITY_L4; needs++) {
		uint8_t expected = needs <= level ? 0 : err;

		expect_access(vault_perms[needs], expected, expected);
	}
}

static void open_vault(void)
{
	vault_begin(&sim, PERIPHERAL);
	/* Errors are to be seen. */
	host__att(sim.dev[CENTRAL].host)->retry_on_sec_err = false;
}

static void attributes_are_open_at_their_level_and_above(void **state)
{
	begin();
	open_vault();
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	expect_open_up_to(BT_SECURITY_L1, BT_ATT_ERR_AUTHENTICATION);
	vault_end(&sim, PERIPHERAL);
	secure_end();

	for (int sc = 0; sc < 2; sc++) {
		for (int has_user = 0; has_user < 2; has_user++) {
			bt_security_t level = !has_user ? BT_SECURITY_L2
					      : sc      ? BT_SECURITY_L4
							: BT_SECURITY_L3;

			pair(sc != 0, level);
			open_vault();
			expect_open_up_to(level, BT_ATT_ERR_AUTHENTICATION);
			/* BLESA: a bonded peer that comes back without encryption. */
			relink();
			expect_open_up_to(BT_SECURITY_L1, BT_ATT_ERR_INSUFFICIENT_ENCRYPTION);
			secure_raise(CENTRAL, level);
			expect_encrypted_again(level);
			expect_open_up_to(level, BT_ATT_ERR_AUTHENTICATION);
			vault_end(&sim, PERIPHERAL);
			secure_end();
		}
	}
}

static void a_short_key_does_not_open_what_wants_level_4(void **state)
{
	begin();
	open_vault();
	secure_smp(CENTRAL)->max_key_size = 7;
	secure_smp(CENTRAL)->min_key_size = secure_smp(PERIPHERAL)->min_key_size = 7;
	secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
	secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L3);
	assert_true(sim_until_count(&told[CENTRAL].completes, 1, 40000));
	expect_open_up_to(BT_SECURITY_L3, BT_ATT_ERR_ENCRYPTION_KEY_SIZE);
	vault_end(&sim, PERIPHERAL);
	secure_end();
}

/* ---- Ends ---- */

static void a_user_who_never_answers_runs_into_the_time_limit(void **state)
{
	begin();
	secure_io(CENTRAL, SMP_IO_KEYBOARD_ONLY);
	secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L3);
	sim_run_ms(29000);
	assert_int_equal(told[CENTRAL].failures, 0);
	secure_expect_failed();
	sim_on(&sim, CENTRAL);
	assert_int_equal(-ETIMEDOUT, bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L3));
	/* A new link starts anew. */
	user.both_type = true;
	user.typed_by_both = 42;
	relink();
	sim_run_ms(2000);
	secure_raise(CENTRAL, BT_SECURITY_L3);
	secure_expect_paired(BT_SECURITY_L4, true);
	secure_end();
}

static void a_link_that_goes_during_pairing_leaves_nothing(void **state)
{
	for (uint32_t ms = 0; ms < 1200; ms += 37) {
		begin();
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		secure_raise(CENTRAL, BT_SECURITY_L2);
		sim_run_ms(ms);
		peers_unlink(&sim, CENTRAL, PERIPHERAL);
		for (size_t i = 0; i < DEVICES; i++) {
			assert_true(told[i].completes + told[i].failures <= 1);
			assert_int_equal(secure_bonds(i), told[i].completes);
		}
		secure_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(just_works_gives_level_2_and_a_bond),
		cmocka_unit_test(legacy_just_works_gives_level_2_and_a_bond),
		cmocka_unit_test(a_peripheral_asks_the_central_to_pair),
		cmocka_unit_test(every_pair_of_capabilities_with_secure_connections),
		cmocka_unit_test(every_pair_of_capabilities_with_legacy_pairing),
		cmocka_unit_test(without_bonding_nothing_is_kept),
		cmocka_unit_test(a_wrong_passkey_or_a_refusal_fails_every_model),
		cmocka_unit_test(a_wrong_passkey),
		cmocka_unit_test(a_user_may_refuse_a_pairing_that_nothing_authenticates),
		cmocka_unit_test(a_user_may_accept_a_pairing_that_nothing_authenticates),
		cmocka_unit_test(data_out_of_band_gives_level_4_whoever_has_it),
		cmocka_unit_test(wrong_data_out_of_band_fails),
		cmocka_unit_test(a_temporary_key_out_of_band_gives_level_3),
		cmocka_unit_test(
			a_temporary_key_is_used_when_the_peer_alone_has_legacy_pairing_alone),
		cmocka_unit_test(a_temporary_key_is_no_data_for_secure_connections),
		cmocka_unit_test(a_bonded_link_is_encrypted_again_without_pairing),
		cmocka_unit_test(a_peer_that_lost_its_keys_is_reported_and_the_bond_kept),
		cmocka_unit_test(unpairing_ends_the_link_and_tells),
		cmocka_unit_test(signing_keys_are_exchanged_when_both_want_them),
		cmocka_unit_test(a_signed_write_needs_no_encryption),
		cmocka_unit_test(a_level_that_no_user_can_reach_is_refused_at_once),
		cmocka_unit_test(secure_connections_only_refuses_legacy_pairing),
		cmocka_unit_test(a_short_key_is_refused_unless_allowed_and_never_level_4),
		cmocka_unit_test(attributes_are_open_at_their_level_and_above),
		cmocka_unit_test(a_short_key_does_not_open_what_wants_level_4),
		cmocka_unit_test(a_user_who_never_answers_runs_into_the_time_limit),
		cmocka_unit_test(a_link_that_goes_during_pairing_leaves_nothing),
	};

	return SIM_RUN(tests);
}
