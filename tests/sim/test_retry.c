/* SPDX-License-Identifier: Apache-2.0 */

/* A request that a server refuses for the lack of security raises the link's security once, and is
 * then sent again: CONFIG_BT_ATT_RETRY_ON_SEC_ERR. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>

#include "client.h"
#include "host/att.h"
#include "host/host.h"
#include "peers.h"
#include "secure.h"
#include "sim.h"
#include "vault.h"

static struct sim sim;

static void begin(bt_security_t level)
{
	secure_begin(&sim);
	vault_begin(&sim, PERIPHERAL);
	vault_permit(VAULT_VALUE, vault_perms[level]);
	vault_permit(VAULT_CCC, vault_perms[level]);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

static void end(void)
{
	/* The request has gone through when the link was encrypted; the pairing goes on to its end.
	 */
	sim_run_ms(1000);
	vault_end(&sim, PERIPHERAL);
	secure_end();
}

static void users(void)
{
	secure_io(CENTRAL, SMP_IO_DISPLAY_ONLY);
	secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
}

static uint8_t read_vault(void)
{
	struct client_result result;

	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), &result);
	assert_int_equal(result.ends, 1);
	if (result.err == 0) {
		assert_int_equal(result.len, strlen(VAULT_TEXT));
		assert_memory_equal(result.data, VAULT_TEXT, result.len);
	}
	return result.err;
}

/* ---- It comes true ---- */

static void a_read_pairs_and_gets_its_value(void **state)
{
	for (bt_security_t level = BT_SECURITY_L2; level <= BT_SECURITY_L4; level++) {
		begin(level);
		users();
		assert_int_equal(0, read_vault());
		assert_int_equal(told[CENTRAL].changes, 1);
		assert_int_equal(vault.reads, 1);
		assert_int_equal(0, read_vault());
		assert_int_equal(told[CENTRAL].changes, 1);
		end();
	}
}

/* As the program that called it may have done since, the bytes are changed. */
static void a_write_is_sent_again_as_it_was(void **state)
{
	struct client_writing writing;

	begin(BT_SECURITY_L2);
	sim_on(&sim, CENTRAL);
	client_write_start(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), "first", 5, &writing);
	writing.params.data = NULL;
	assert_true(sim_until(&writing.done, 10000));
	assert_int_equal(writing.err, 0);
	assert_int_equal(vault.writes, 1);
	assert_int_equal(vault.len, 5);
	assert_memory_equal(vault.written, "first", 5);
	end();
}

static void a_long_write_and_a_subscription_do_as_well(void **state)
{
	static const uint8_t text[50] = "more than fits into one PDU of 23 bytes";
	struct client_found found = {0};
	struct client_subscription subscription;
	struct client_result result;

	begin(BT_SECURITY_L2);
	sim_on(&sim, CENTRAL);
	client_write(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), text, sizeof(text), &result);
	assert_int_equal(result.err, 0);
	assert_memory_equal(vault.written, text, sizeof(text));
	assert_int_equal(told[CENTRAL].changes, 1);
	end();

	begin(BT_SECURITY_L2);
	sim_on(&sim, CENTRAL);
	found.value[0] = vault_handle(VAULT_VALUE);
	found.ccc = vault_handle(VAULT_CCC);
	client_subscribe(peers[CENTRAL].conn, &found, 0, BT_GATT_CCC_NOTIFY, &subscription);
	assert_int_equal(told[CENTRAL].changes, 1);
	sim_on(&sim, PERIPHERAL);
	assert_true(bt_gatt_is_subscribed(peers[PERIPHERAL].conn, &vault.attrs[VAULT_VALUE],
					  BT_GATT_CCC_NOTIFY));
	end();
}

static void a_bonded_link_is_encrypted_and_not_paired_again(void **state)
{
	begin(BT_SECURITY_L2);
	assert_int_equal(0, read_vault());
	assert_true(sim_until_count(&told[CENTRAL].completes, 1, 10000));
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	assert_int_equal(0, read_vault());
	assert_int_equal(told[CENTRAL].completes, 1);
	assert_int_equal(told[CENTRAL].changes, 2);
	end();
}

static void a_peripherals_client_asks_its_central(void **state)
{
	struct client_result result;

	secure_begin(&sim);
	vault_begin(&sim, CENTRAL);
	vault_permit(VAULT_VALUE, vault_perms[BT_SECURITY_L2]);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	sim_on(&sim, PERIPHERAL);
	client_read(peers[PERIPHERAL].conn, vault_handle(VAULT_VALUE), &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(told[PERIPHERAL].changes, 1);
	sim_run_ms(1000);
	vault_end(&sim, CENTRAL);
	secure_end();
}

/* What is asked for meanwhile waits its turn. */
static void requests_behind_it_keep_their_order(void **state)
{
	struct client_writing writings[3];

	begin(BT_SECURITY_L2);
	sim_on(&sim, CENTRAL);
	for (size_t i = 0; i < 3; i++) {
		client_write_start(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), &"abc"[i], 1,
				   &writings[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_true(sim_until(&writings[i].done, 10000));
		assert_int_equal(writings[i].err, 0);
	}
	assert_int_equal(vault.writes, 3);
	assert_int_equal(vault.written[0], 'c');
	end();
}

/* ---- It does not ---- */

static void a_level_that_no_user_can_reach_is_told_at_once(void **state)
{
	begin(BT_SECURITY_L3);
	assert_int_equal(BT_ATT_ERR_AUTHENTICATION, read_vault());
	/* Level 2 was tried, once. */
	assert_int_equal(told[CENTRAL].changes, 1);
	assert_int_equal(BT_ATT_ERR_AUTHENTICATION, read_vault());
	assert_int_equal(told[CENTRAL].changes, 1);
	assert_int_equal(vault.reads, 0);
	end();
}

static void a_server_that_is_never_content_is_asked_twice(void **state)
{
	static const uint8_t errs[] = {BT_ATT_ERR_AUTHENTICATION,
				       BT_ATT_ERR_INSUFFICIENT_ENCRYPTION};

	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		begin(BT_SECURITY_L1);
		users();
		vault.refuse = errs[i];
		assert_int_equal(errs[i], read_vault());
		assert_int_equal(vault.reads, 2);
		assert_int_equal(told[CENTRAL].changes, 1);
		assert_int_equal(bt_conn_get_security(peers[CENTRAL].conn), BT_SECURITY_L4);
		/* At level 4 there is nothing to raise. */
		assert_int_equal(errs[i], read_vault());
		assert_int_equal(vault.reads, 3);
		end();
	}
}

static void other_errors_raise_nothing(void **state)
{
	static const uint8_t errs[] = {BT_ATT_ERR_AUTHORIZATION, BT_ATT_ERR_ENCRYPTION_KEY_SIZE,
				       BT_ATT_ERR_UNLIKELY, 0x80};

	begin(BT_SECURITY_L1);
	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		vault.refuse = errs[i];
		assert_int_equal(errs[i], read_vault());
	}
	assert_int_equal(vault.reads, ARRAY_SIZE(errs));
	assert_int_equal(told[CENTRAL].changes, 0);
	end();
}

static void a_pairing_that_fails_ends_it_with_the_servers_error(void **state)
{
	begin(BT_SECURITY_L2);
	user.refuse = true;
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_conn_auth_cb_register(&secure_asks_first));
	assert_int_equal(BT_ATT_ERR_AUTHENTICATION, read_vault());
	assert_int_equal(told[CENTRAL].failures, 1);
	assert_int_equal(vault.reads, 0);
	end();
}

static void a_peer_that_lost_its_keys_ends_it(void **state)
{
	begin(BT_SECURITY_L2);
	assert_int_equal(0, read_vault());
	assert_true(sim_until_count(&told[PERIPHERAL].completes, 1, 10000));
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	assert_int_equal(BT_ATT_ERR_AUTHENTICATION, read_vault());
	assert_int_equal(told[CENTRAL].err, BT_SECURITY_ERR_PIN_OR_KEY_MISSING);
	end();
}

static struct client_writing waiting;

/* A write that waits for a user who does nothing. */
static void begin_waiting(void)
{
	begin(BT_SECURITY_L3);
	secure_io(CENTRAL, SMP_IO_KEYBOARD_ONLY);
	secure_io(PERIPHERAL, SMP_IO_KEYBOARD_ONLY);
	sim_on(&sim, CENTRAL);
	client_write_start(peers[CENTRAL].conn, vault_handle(VAULT_VALUE), "x", 1, &waiting);
	sim_run_ms(2000);
	assert_false(waiting.done);
}

static void a_user_who_does_nothing_ends_it_with_the_pairing(void **state)
{
	begin_waiting();
	assert_true(sim_until(&waiting.done, 40000));
	assert_int_equal(waiting.err, BT_ATT_ERR_AUTHENTICATION);
	/* The bearer is as good as before. */
	vault_permit(VAULT_VALUE, vault_perms[BT_SECURITY_L1]);
	assert_int_equal(0, read_vault());
	end();
}

static void it_can_be_cancelled_while_it_waits(void **state)
{
	begin_waiting();
	sim_on(&sim, CENTRAL);
	bt_gatt_cancel(peers[CENTRAL].conn, &waiting.params);
	assert_true(waiting.done);
	assert_int_equal(waiting.ends, 1);
	vault_permit(VAULT_VALUE, vault_perms[BT_SECURITY_L1]);
	assert_int_equal(0, read_vault());
	sim_run_ms(40000);
	assert_int_equal(waiting.ends, 1);
	assert_int_equal(vault.writes, 0);
	end();
}

static void the_links_end_ends_it(void **state)
{
	begin_waiting();
	peers_unlink(&sim, PERIPHERAL, CENTRAL);
	assert_true(waiting.done);
	assert_int_equal(waiting.err, BT_ATT_ERR_UNLIKELY);
	assert_int_equal(waiting.ends, 1);
	end();
}

/* A peripheral can only ask, and a central need not listen. */
static void a_central_that_ignores_it_ends_it_after_a_minute(void **state)
{
	struct client_result result;

	secure_begin(&sim);
	vault_begin(&sim, CENTRAL);
	vault_permit(VAULT_VALUE, vault_perms[BT_SECURITY_L2]);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_smp(CENTRAL)->chans[0].dead = true;
	sim_on(&sim, PERIPHERAL);
	client_read(peers[PERIPHERAL].conn, vault_handle(VAULT_VALUE), &result);
	assert_int_equal(result.err, BT_ATT_ERR_AUTHENTICATION);
	assert_in_range(result.took_us, 60000000, 61000000);
	sim_run_ms(1000);
	vault_end(&sim, CENTRAL);
	secure_end();
}

static void it_can_be_turned_off(void **state)
{
	begin(BT_SECURITY_L2);
	host__att(sim.dev[CENTRAL].host)->retry_on_sec_err = false;
	assert_int_equal(BT_ATT_ERR_AUTHENTICATION, read_vault());
	sim_run_ms(1000);
	assert_int_equal(told[CENTRAL].changes, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_pairs_and_gets_its_value),
		cmocka_unit_test(a_write_is_sent_again_as_it_was),
		cmocka_unit_test(a_long_write_and_a_subscription_do_as_well),
		cmocka_unit_test(a_bonded_link_is_encrypted_and_not_paired_again),
		cmocka_unit_test(a_peripherals_client_asks_its_central),
		cmocka_unit_test(requests_behind_it_keep_their_order),
		cmocka_unit_test(a_level_that_no_user_can_reach_is_told_at_once),
		cmocka_unit_test(a_server_that_is_never_content_is_asked_twice),
		cmocka_unit_test(other_errors_raise_nothing),
		cmocka_unit_test(a_pairing_that_fails_ends_it_with_the_servers_error),
		cmocka_unit_test(a_peer_that_lost_its_keys_ends_it),
		cmocka_unit_test(a_user_who_does_nothing_ends_it_with_the_pairing),
		cmocka_unit_test(it_can_be_cancelled_while_it_waits),
		cmocka_unit_test(the_links_end_ends_it),
		cmocka_unit_test(a_central_that_ignores_it_ends_it_after_a_minute),
		cmocka_unit_test(it_can_be_turned_off),
	};

	return SIM_RUN(tests);
}
