/* SPDX-License-Identifier: Apache-2.0 */

/* What a GATT server keeps of bonded clients: over disconnections, over restarts, and not beyond
 * the bond. A host that is made anew stands for a process that is started again. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/settings.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/settings/settings.h>

#include "client.h"
#include "host/gatt.h"
#include "host/peer_name.h"
#include "peers.h"
#include "secure.h"
#include "server.h"
#include "sim.h"

#define H_CHANGED_CCC 9
#define H_FEATURES    11
#define H_HASH        13
#define ROBUST        1

static struct sim sim;
static struct fav_settings settings;
static struct fav_settings_ram ram;

static bool subscribed_when_told; /* what the application saw in security_changed */

static void look(struct bt_conn *conn)
{
	if (sim_current(&sim) == PERIPHERAL) {
		subscribed_when_told = bt_gatt_is_subscribed(conn, &server.attrs[SERVER_STREAM],
							     BT_GATT_CCC_NOTIFY);
	}
}

/* ---- A test's frame ---- */

static struct gatt *gatt_of(size_t i)
{
	return host__gatt(sim.dev[i].host);
}

static void settings_open(void)
{
	fav_settings_select(&settings);
	settings_src_register(&ram.store);
	settings_dst_register(&ram.store);
}

static void begin(void)
{
	secure_begin(&sim);
	user.on_security_changed = look;
	fav_settings_ram_init(&ram);
	settings_open();
	fav_host_settings_set(sim.dev[PERIPHERAL].host, &settings);
	server_begin(&sim, PERIPHERAL);
}

static void end(void)
{
	sim_on(&sim, PERIPHERAL);
	if (bt_gatt_service_is_registered(&server.service)) {
		server_end(&sim, PERIPHERAL);
	}
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_disable());
	fav_settings_reset(&settings);
	fav_settings_ram_close(&ram);
	fav_settings_select(NULL);
	secure_end();
}

/* The peripheral's process ends and begins again, with what is in its settings. */
static void restart(bool load)
{
	struct sim_device *dev = &sim.dev[PERIPHERAL];

	if (peers[PERIPHERAL].conn != NULL) {
		peers_unlink(&sim, CENTRAL, PERIPHERAL);
	}
	server_end(&sim, PERIPHERAL);
	secure_forget(PERIPHERAL);
	peers_forget(&sim, PERIPHERAL);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_disable());
	assert_int_equal(0, fav_host_destroy(dev->host));
	fav_settings_reset(&settings);
	settings_open();
	dev->host = fav_host_create();
	assert_non_null(dev->host);
	assert_int_equal(0, fav_host_hci_set(dev->host, dev->hci));
	fav_host_settings_set(dev->host, &settings);
	peers_remember(&sim, PERIPHERAL);
	secure_remember(PERIPHERAL);
	assert_int_equal(0, bt_enable(NULL));
	if (load) {
		assert_int_equal(0, settings_load());
	}
	server_begin(&sim, PERIPHERAL);
}

static void encrypt(void)
{
	told[CENTRAL].changes = told[PERIPHERAL].changes = 0;
	secure_raise(CENTRAL, BT_SECURITY_L2);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].changes, 1, 10000));
		assert_int_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
	}
}

static void pair(void)
{
	told[CENTRAL].completes = told[PERIPHERAL].completes = 0;
	encrypt();
	assert_true(sim_until_count(&told[CENTRAL].completes, 1, 10000));
	assert_true(sim_until_count(&told[PERIPHERAL].completes, 1, 10000));
}

static void link(void)
{
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

static void relink(void)
{
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	link();
}

static void write_ok(uint16_t handle, uint16_t value, uint16_t len)
{
	struct client_result result;
	uint8_t bytes[2];

	sys_put_le16(value, bytes);
	sim_on(&sim, CENTRAL);
	client_write(peers[CENTRAL].conn, handle, bytes, len, &result);
	assert_int_equal(result.err, 0);
}

static uint16_t ccc_handle(void)
{
	return server.attrs[SERVER_CCC].handle;
}

static void subscribe(uint16_t value)
{
	write_ok(ccc_handle(), value, 2);
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

/* ---- What comes without being asked for ---- */

static struct bt_gatt_cb gatt_cb;
static volatile uint32_t changes, values;
static uint8_t changed_range[4];

static void on_value(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		     uint16_t len)
{
	if (handle == H_CHANGED_CCC - 1) {
		assert_int_equal(len, sizeof(changed_range));
		memcpy(changed_range, data, len);
		changes++;
	} else {
		values++;
	}
}

static void hear_values(void)
{
	changes = values = 0;
	gatt_cb = (struct bt_gatt_cb){.unsubscribed_notify = on_value};
	sim_on(&sim, CENTRAL);
	bt_gatt_cb_register(&gatt_cb);
}

static void expect_all_changed(void)
{
	assert_true(sim_until_count(&changes, 1, 5000));
	assert_memory_equal(changed_range, "\x01\x00\xff\xff", 4);
	sim_run_ms(500);
	assert_int_equal(changes, 1);
}

/* ---- Client Characteristic Configurations ---- */

static void a_subscription_comes_back_with_the_bonds_encryption(void **state)
{
	begin();
	hear_values();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	relink();
	/* Whoever has the address, alone: nothing. */
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	assert_int_equal(-EINVAL, notify());
	sim_run_ms(200);
	assert_int_equal(values, 0);
	encrypt();
	assert_true(is_subscribed(BT_GATT_CCC_NOTIFY));
	assert_true(subscribed_when_told);
	assert_int_equal(0, notify());
	assert_true(sim_until_count(&values, 1, 5000));
	end();
}

static void a_subscription_comes_back_after_a_restart(void **state)
{
	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_INDICATE);
	restart(true);
	link();
	assert_false(is_subscribed(BT_GATT_CCC_INDICATE));
	encrypt();
	assert_true(is_subscribed(BT_GATT_CCC_INDICATE));
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

/* The power may go at any time: a second after it was written, it is in the settings. */
static void what_is_written_is_saved_within_a_second(void **state)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	begin();
	peer_name__encode(name, sizeof(name), "bt/ccc", 0, &sim.dev[CENTRAL].addr);
	link();
	pair();
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
	end();
}

static void what_was_taken_back_stays_away(void **state)
{
	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	relink();
	encrypt();
	subscribe(0);
	relink();
	encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	restart(true);
	link();
	encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

/* What the client writes on this link counts for more than what it wrote on the one before, also
 * when that is 0 and the link is not encrypted yet. */
static void what_is_written_on_this_link_wins(void **state)
{
	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	relink();
	subscribe(0);
	encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	relink();
	encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

static void what_was_written_before_pairing_is_kept_with_the_bond(void **state)
{
	begin();
	link();
	subscribe(BT_GATT_CCC_NOTIFY);
	pair();
	relink();
	encrypt();
	assert_true(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

static void without_a_bond_nothing_is_kept(void **state)
{
	begin();
	sim_on(&sim, PERIPHERAL);
	bt_set_bondable(false);
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	relink();
	pair();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	for (size_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		assert_false(gatt_of(PERIPHERAL)->peers.places[i].used);
	}
	end();
}

static void unpairing_forgets_it(void **state)
{
	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	write_ok(H_FEATURES, ROBUST, 1);
	sim_run_ms(1500);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	assert_true(sim_until_count(&peers[CENTRAL].disconnects, 1, 5000));
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	for (size_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		assert_false(gatt_of(PERIPHERAL)->peers.places[i].used);
	}
	restart(true);
	link();
	pair();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

/* Other firmware: what has the descriptor's handle now is another characteristic's. */
static void another_characteristic_at_its_handle_does_not_inherit_it(void **state)
{
	static const struct bt_uuid_16 other = BT_UUID_INIT_16(0xabcd);
	static struct bt_gatt_chrc chrc = {.uuid = &other.uuid, .properties = BT_GATT_CHRC_NOTIFY};

	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	restart(true);
	sim_on(&sim, PERIPHERAL);
	server_end(&sim, PERIPHERAL);
	server.attrs[SERVER_STREAM - 1].user_data = &chrc;
	assert_int_equal(0, bt_gatt_service_register(&server.service));
	link();
	encrypt();
	assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
	end();
}

static void a_damaged_value_is_as_if_never_written(void **state)
{
	begin();
	link();
	pair();
	subscribe(BT_GATT_CCC_NOTIFY);
	sim_run_ms(1500);
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	for (size_t i = 0; i < 11; i++) {
		static const uint8_t bad[] = {1, 0x20, 0, 1, 2, 1, 0x1f, 0, 1, 2, 1, 0xff};
		char name[SETTINGS_MAX_NAME_LEN + 1];

		peer_name__encode(name, sizeof(name), "bt/ccc", 0, &sim.dev[CENTRAL].addr);
		assert_int_equal(0, settings_save_one(name, &bad[i % 2], 1 + i));
		restart(false);
		assert_int_equal(0, settings_load());
		link();
		encrypt();
		assert_false(is_subscribed(BT_GATT_CCC_NOTIFY));
		peers_unlink(&sim, CENTRAL, PERIPHERAL);
	}
	end();
}

/* ---- Features, the hash, Service Changed ---- */

static void read_features(uint8_t expected)
{
	struct client_result result;

	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, H_FEATURES, &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(result.data[0], expected);
}

static void features_come_back_with_the_bond(void **state)
{
	begin();
	link();
	pair();
	write_ok(H_FEATURES, ROBUST, 1);
	for (int i = 0; i < 2; i++) {
		if (i == 0) {
			relink();
		} else {
			restart(true);
			link();
		}
		read_features(0);
		encrypt();
		read_features(ROBUST);
	}
	end();
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
		begin();
		hear_values();
		link();
		pair();
		write_ok(H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
		if (restarted) {
			restart(true);
		} else {
			peers_unlink(&sim, CENTRAL, PERIPHERAL);
		}
		more_services(true);
		link();
		sim_run_ms(500);
		assert_int_equal(changes, 0);
		encrypt();
		expect_all_changed();
		/* It has confirmed: the next time there is nothing to tell. */
		relink();
		encrypt();
		sim_run_ms(1000);
		assert_int_equal(changes, 1);
		more_services(false);
		end();
	}
}

static void a_client_that_did_not_confirm_is_told_again(void **state)
{
	begin();
	hear_values();
	link();
	pair();
	write_ok(H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
	relink();
	encrypt();
	/* The link goes before the indication can arrive. */
	more_services(true);
	peers_unlink(&sim, PERIPHERAL, CENTRAL);
	assert_int_equal(changes, 0);
	restart(true);
	more_services(true);
	link();
	encrypt();
	expect_all_changed();
	more_services(false);
	end();
}

/* What went and came back while it was away is no change. */
static void the_same_database_is_no_change(void **state)
{
	begin();
	hear_values();
	link();
	pair();
	write_ok(H_CHANGED_CCC, BT_GATT_CCC_INDICATE, 2);
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	more_services(true);
	more_services(false);
	restart(true);
	link();
	encrypt();
	sim_run_ms(1000);
	assert_int_equal(changes, 0);
	end();
}

static void a_robust_client_that_was_away_is_out_of_sync(void **state)
{
	for (int restarted = 0; restarted < 2; restarted++) {
		begin();
		link();
		pair();
		write_ok(H_FEATURES, ROBUST, 1);
		read_server_value(0);
		if (restarted) {
			restart(true);
		} else {
			peers_unlink(&sim, CENTRAL, PERIPHERAL);
		}
		more_services(true);
		link();
		/* Before it has proven who it is, it is anybody. */
		read_server_value(0);
		encrypt();
		read_server_value(BT_ATT_ERR_DB_OUT_OF_SYNC);
		read_server_value(0);
		/* Now it is aware for good. */
		relink();
		encrypt();
		read_server_value(0);
		more_services(false);
		end();
	}
}

static void the_last_of_many_bonds_is_remembered_as_well(void **state)
{
	struct gatt_peer *place;
	bt_addr_le_t addr = {BT_ADDR_LE_PUBLIC, {{0, 0, 0, 0, 0, 9}}};
	struct keys_bond bond = {.has = KEYS_SC_LTK, .key_size = 16};

	begin();
	for (uint8_t i = 0; i < CONFIG_BT_MAX_PAIRED; i++) {
		addr.a.val[0] = i;
		bond.addr = addr;
		assert_int_equal(0, keys__restore(host__keys(sim.dev[PERIPHERAL].host), &bond));
		place = gatt_peer__place(gatt_of(PERIPHERAL), 0, &addr);
		assert_non_null(place);
	}
	/* One more has no bond, and no place; when a bond is gone, its place is free. */
	addr.a.val[1] = 1;
	assert_null(gatt_peer__place(gatt_of(PERIPHERAL), 0, &addr));
	addr.a.val[1] = 0;
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_unpair(0, &addr));
	addr.a.val[1] = 1;
	assert_non_null(gatt_peer__place(gatt_of(PERIPHERAL), 0, &addr));
	end();
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
		cmocka_unit_test(features_come_back_with_the_bond),
		cmocka_unit_test(a_client_that_was_away_is_told_of_changes),
		cmocka_unit_test(a_client_that_did_not_confirm_is_told_again),
		cmocka_unit_test(the_same_database_is_no_change),
		cmocka_unit_test(a_robust_client_that_was_away_is_out_of_sync),
		cmocka_unit_test(the_last_of_many_bonds_is_remembered_as_well),
	};

	return SIM_RUN(tests);
}
