/* SPDX-License-Identifier: Apache-2.0 */

/* What a server keeps of bonded clients that cache its database: their features, whether they know
 * of its latest change, and to whom it must tell it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/gatt.h>

#include "bonded.h"

static void expect_all_changed(void)
{
	assert_true(sim_until_count(&bonded_heard.changes, 1, 5000));
	assert_memory_equal(bonded_heard.range, "\x01\x00\xff\xff", 4);
	sim_run_ms(500);
	assert_int_equal(bonded_heard.changes, 1);
}

static void read_features(uint8_t expected)
{
	struct client_result result;

	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, BONDED_H_FEATURES, &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(result.data[0], expected);
}

static void features_come_back_with_the_bond(void **state)
{
	bonded_begin_paired();
	bonded_write(BONDED_H_FEATURES, BONDED_ROBUST, 1);
	for (int i = 0; i < 2; i++) {
		bonded_go_away(i == 1);
		bonded_link();
		read_features(0);
		bonded_encrypt();
		read_features(BONDED_ROBUST);
	}
	bonded_end();
}

static void read_server_value(uint8_t err)
{
	struct client_result result;

	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, server.attrs[SERVER_VALUE].handle, &result);
	assert_int_equal(result.err, err);
}

static struct bt_gatt_attr more_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xee00)),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xee01), BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       NULL, NULL, NULL),
};
static struct bt_gatt_service more = BT_GATT_SERVICE(more_attrs);

static void more_services(bool on)
{
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0,
			 on ? bt_gatt_service_register(&more) : bt_gatt_service_unregister(&more));
}

static void a_client_that_was_away_is_told_of_changes(void **state)
{
	for (int restarted = 0; restarted < 2; restarted++) {
		bonded_begin_paired();
		bonded_write(BONDED_H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
		bonded_go_away(restarted);
		more_services(true);
		bonded_link();
		sim_run_ms(500);
		assert_int_equal(bonded_heard.changes, 0);
		bonded_encrypt();
		expect_all_changed();
		/* It has confirmed: the next time there is nothing to tell. */
		bonded_unlink();
		bonded_come_back();
		sim_run_ms(1000);
		assert_int_equal(bonded_heard.changes, 1);
		more_services(false);
		bonded_end();
	}
}

static void a_client_that_did_not_confirm_is_told_again(void **state)
{
	bonded_begin_paired();
	bonded_write(BONDED_H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
	bonded_unlink();
	bonded_come_back();
	/* The link goes before the indication can arrive. */
	more_services(true);
	peers_unlink(&sim, PERIPHERAL, CENTRAL);
	assert_int_equal(bonded_heard.changes, 0);
	bonded_restart(true);
	more_services(true);
	bonded_come_back();
	expect_all_changed();
	more_services(false);
	bonded_end();
}

/* What went and came back while it was away is no change. */
static void the_same_database_is_no_change(void **state)
{
	bonded_begin_paired();
	bonded_write(BONDED_H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
	bonded_unlink();
	more_services(true);
	more_services(false);
	bonded_restart(true);
	bonded_come_back();
	sim_run_ms(1000);
	assert_int_equal(bonded_heard.changes, 0);
	bonded_end();
}

static void a_robust_client_that_was_away_is_out_of_sync(void **state)
{
	for (int restarted = 0; restarted < 2; restarted++) {
		bonded_begin_paired();
		bonded_write(BONDED_H_FEATURES, BONDED_ROBUST, 1);
		read_server_value(0);
		bonded_go_away(restarted);
		more_services(true);
		bonded_link();
		/* Before it has proven who it is, it is anybody. */
		read_server_value(0);
		bonded_encrypt();
		read_server_value(BT_ATT_ERR_DB_OUT_OF_SYNC);
		read_server_value(0);
		/* Now it is aware for good. */
		bonded_unlink();
		bonded_come_back();
		read_server_value(0);
		more_services(false);
		bonded_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_come_back_with_the_bond),
		cmocka_unit_test(a_client_that_was_away_is_told_of_changes),
		cmocka_unit_test(a_client_that_did_not_confirm_is_told_again),
		cmocka_unit_test(the_same_database_is_no_change),
		cmocka_unit_test(a_robust_client_that_was_away_is_out_of_sync),
	};

	return SIM_RUN(tests);
}
