/* SPDX-License-Identifier: Apache-2.0 */

/* The subscriptions of bonded clients: what a server keeps of them, and what it does not. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/settings/settings.h>

#include "bonded.h"
#include "host/peer_name.h"

static void subscribe(uint16_t value)
{
	bonded_write(server.attrs[SERVER_CCC].handle, value, 2);
}

static bool is_subscribed(uint16_t type)
{
	bool is;

	sim_on(&sim, PERIPHERAL);
	is = bt_gatt_is_subscribed(peers[PERIPHERAL].conn, &server.attrs[SERVER_STREAM], type);
	assert_int_equal((server.ccc & type) == type, is);
	return is;
}

static int notify(void)
{
	sim_on(&sim, PERIPHERAL);
	return bt_gatt_notify(peers[PERIPHERAL].conn, &server.attrs[SERVER_STREAM], "x", 1);
}

static void a_subscription_comes_back_with_the_bonds_encryption(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_unlink();
	bonded_link();
	/* Whoever has the address, alone: nothing. */
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	assert_int_equal(-EINVAL, notify());
	sim_run_ms(200);
	assert_int_equal(bonded_heard.values, 0);
	bonded_encrypt();
	assert_true(is_subscribed(BT_GATT_CCC_NOTIFY));
	assert_true(bonded_heard.subscribed);
	assert_int_equal(0, notify());
	assert_true(sim_until_count(&bonded_heard.values, 1, 5000));
	bonded_end();
}

static void a_subscription_comes_back_after_a_restart(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_INDICATE);
	bonded_restart(true);
	bonded_link();
	assert_false(is_subscribed(BT_GATT_CCC_INDICATE));
	bonded_encrypt();
	assert_true(is_subscribed(BT_GATT_CCC_INDICATE));
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

/* The power may go at any time: a second after it was written, it is in the settings. */
static void what_is_written_is_saved_within_a_second(void **state)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	bonded_begin();
	peer_name__encode(name, sizeof(name), "bt/ccc", 0, &sim.dev[CENTRAL].addr);
	bonded_link();
	bonded_pair();
	assert_true(settings_get_val_len(name) <= 0);
	for (uint16_t i = 0; i < 50; i++) {
		subscribe(i % 2 == 0 ? BT_GATT_CCC_NOTIFY : 0);
	}
	subscribe(BT_GATT_CCC_NOTIFY);
	sim_run_ms(1000);
	assert_int_equal(settings_get_val_len(name), 6);
	subscribe(0);
	sim_run_ms(1000);
	assert_true(settings_get_val_len(name) <= 0);
	bonded_end();
}

static void what_was_taken_back_stays_away(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_unlink();
	bonded_come_back();
	subscribe(0);
	bonded_unlink();
	bonded_come_back();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_restart(true);
	bonded_come_back();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

/* What the client writes on this link counts for more than what it wrote on the one before, also
 * when that is 0 and the link is not encrypted yet. */
static void what_is_written_on_this_link_wins(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_unlink();
	bonded_link();
	subscribe(0);
	bonded_encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_unlink();
	bonded_come_back();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

static void what_was_written_before_pairing_is_kept_with_the_bond(void **state)
{
	bonded_begin();
	bonded_link();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_pair();
	bonded_unlink();
	bonded_come_back();
	assert_true(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

static void without_a_bond_nothing_is_kept(void **state)
{
	bonded_begin();
	sim_on(&sim, PERIPHERAL);
	bt_set_bondable(false);
	bonded_link();
	bonded_pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_unlink();
	bonded_link();
	bonded_pair();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	for (size_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		assert_false(bonded_gatt()->peers.places[i].used);
	}
	bonded_end();
}

static void unpairing_forgets_it(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_write(BONDED_H_FEATURES, BONDED_ROBUST, 1);
	sim_run_ms(1500);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	assert_true(sim_until_count(&peers[CENTRAL].disconnects, 1, 5000));
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	for (size_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		assert_false(bonded_gatt()->peers.places[i].used);
	}
	bonded_restart(true);
	bonded_link();
	bonded_pair();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

/* Other firmware: what has the descriptor's handle now is another characteristic's. */
static void another_characteristic_at_its_handle_does_not_inherit_it(void **state)
{
	static const struct bt_uuid_16 other = BT_UUID_INIT_16(0xabcd);
	static struct bt_gatt_chrc chrc = {.uuid = &other.uuid, .properties = BT_GATT_CHRC_NOTIFY};

	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	bonded_restart(true);
	sim_on(&sim, PERIPHERAL);
	server_end(&sim, PERIPHERAL);
	server.attrs[SERVER_STREAM - 1].user_data = &chrc;
	assert_int_equal(0, bt_gatt_service_register(&server.service));
	bonded_come_back();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	bonded_end();
}

static void a_damaged_value_is_as_if_never_written(void **state)
{
	bonded_begin_paired();
	subscribe(BT_GATT_CCC_NOTIFY);
	sim_run_ms(1500);
	bonded_unlink();
	for (size_t i = 0; i < 11; i++) {
		static const uint8_t bad[] = {1, 0x20, 0, 1, 2, 1, 0x1f, 0, 1, 2, 1, 0xff};
		char name[SETTINGS_MAX_NAME_LEN + 1];

		peer_name__encode(name, sizeof(name), "bt/ccc", 0, &sim.dev[CENTRAL].addr);
		assert_int_equal(0, settings_save_one(name, &bad[i % 2], 1 + i));
		bonded_restart(false);
		assert_int_equal(0, settings_load());
		bonded_come_back();
		assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
		bonded_unlink();
	}
	bonded_end();
}

static void the_last_of_many_bonds_is_remembered_as_well(void **state)
{
	struct gatt_peer *place;
	bt_addr_le_t addr = {BT_ADDR_LE_PUBLIC, {{0, 0, 0, 0, 0, 9}}};
	struct keys_bond bond = {.has = KEYS_SC_LTK, .key_size = 16};

	bonded_begin();
	for (uint8_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		addr.a.val[0] = i;
		bond.addr = addr;
		assert_int_equal(0, keys__restore(host__keys(sim.dev[PERIPHERAL].host), &bond));
		place = gatt_peer__place(bonded_gatt(), 0, &addr);
		assert_non_null(place);
	}
	/* One more has no bond, and no place; when a bond is gone, its place is free. */
	addr.a.val[1] = 1;
	assert_null(gatt_peer__place(bonded_gatt(), 0, &addr));
	addr.a.val[1] = 0;
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(0, &addr));
	addr.a.val[1] = 1;
	assert_non_null(gatt_peer__place(bonded_gatt(), 0, &addr));
	bonded_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_comes_back_with_the_bonds_encryption),
		cmocka_unit_test(a_subscription_comes_back_after_a_restart),
		cmocka_unit_test(what_is_written_is_saved_within_a_second),
		cmocka_unit_test(what_was_taken_back_stays_away),
		cmocka_unit_test(what_is_written_on_this_link_wins),
		cmocka_unit_test(what_was_written_before_pairing_is_kept_with_the_bond),
		cmocka_unit_test(without_a_bond_nothing_is_kept),
		cmocka_unit_test(unpairing_forgets_it),
		cmocka_unit_test(another_characteristic_at_its_handle_does_not_inherit_it),
		cmocka_unit_test(a_damaged_value_is_as_if_never_written),
		cmocka_unit_test(the_last_of_many_bonds_is_remembered_as_well),
	};

	return SIM_RUN(tests);
}
