/* SPDX-License-Identifier: Apache-2.0 */
/* Private addresses between hosts over the air. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "host/id.h"
#include "host/privacy.h"
#include "host/rpa.h"
#include "kept.h"

#define TIMEOUT_S 30

static struct sim sim;

/* Who resolves the peer's addresses: the controllers, or the hosts. */
enum resolver {
	BY_CONTROLLERS,
	BY_HOSTS,
	RESOLVERS,
};

/* ---- Bench ---- */

static void resolve_by(size_t i, enum resolver by)
{
	if (by == BY_HOSTS) {
		host__privacy(sim.dev[i].host)->in_controller = false;
	}
}

static void begin(enum resolver by)
{
	kept_begin(&sim, FAV_OWN_ADDR_RPA);
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		assert_int_equal(0, bt_le_set_rpa_timeout(TIMEOUT_S));
		resolve_by(i, by);
	}
}

static void advertise(void)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
	};

	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, ad, 1, NULL, 0));
}

static volatile uint32_t reports;
static bt_addr_le_t reported;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *data)
{
	bt_addr_le_copy(&reported, addr);
	reports++;
}

/* What the central sees the peripheral as. */
static bt_addr_le_t look(void)
{
	sim_on(&sim, CENTRAL);
	reports = 0;
	assert_int_equal(0, bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report));
	assert_true(sim_until_count(&reports, 1, 5000));
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_le_scan_stop());
	return reported;
}

static void connect(const bt_addr_le_t *addr)
{
	uint32_t here = peers[CENTRAL].connects, there = peers[PERIPHERAL].connects;
	struct bt_conn *conn = NULL;

	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN,
					      BT_LE_CONN_PARAM(24, 24, 0, 400), &conn));
	bt_conn_unref(conn);
	assert_true(sim_until_count(&peers[CENTRAL].connects, here + 1, 5000));
	assert_true(sim_until_count(&peers[PERIPHERAL].connects, there + 1, 5000));
}

static const bt_addr_le_t *identity(size_t i)
{
	return &sim.dev[i].addr;
}

/* Who each side says the other is, and which addresses were on the air. */
static void assert_known(bool by_identity)
{
	struct bt_conn_info info[DEVICES];

	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		assert_int_equal(0, bt_conn_get_info(peers[i].conn, &info[i]));
		assert_true(rpa__matches(id__irk(host__id(sim.dev[i].host), 0), info[i].le.local));
		assert_memory_equal(info[i].le.src, identity(i), 7);
	}
	for (size_t i = 0; i < DEVICES; i++) {
		assert_memory_equal(info[i].le.remote, info[1 - i].le.local, 7);
		if (by_identity) {
			assert_memory_equal(info[i].le.dst, identity(1 - i), 7);
		} else {
			assert_memory_equal(info[i].le.dst, info[1 - i].le.local, 7);
		}
	}
}

static void bond(void)
{
	bt_addr_le_t seen;

	advertise();
	seen = look();
	assert_true(bt_addr_le_is_rpa(&seen));
	connect(&seen);
	assert_true(peers[CENTRAL].found && peers[PERIPHERAL].found);
	assert_known(false);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
	/* Each has learnt who the other is. */
	for (size_t i = 0; i < DEVICES; i++) {
		assert_int_equal(told[i].identified, 1);
		assert_memory_equal(&told[i].identity, identity(1 - i), 7);
	}
	assert_known(true);
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
}

static void assert_encrypts(void)
{
	kept_forget_told();
	secure_raise(CENTRAL, BT_SECURITY_L2);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].changes, 1, 10000));
		assert_int_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
		assert_int_equal(told[i].completes, 0);
	}
}

/* ---- Tests ---- */

static void private_devices_pair_and_know_each_other_again(void **state)
{
	for (int by = 0; by < RESOLVERS; by++) {
		bt_addr_le_t seen;

		begin(by);
		bond();
		for (int i = 0; i < 3; i++) {
			/* Both have other addresses by now. */
			sim_run_ms(1000 * TIMEOUT_S + 100);
			advertise();
			seen = look();
			assert_memory_equal(&seen, identity(PERIPHERAL), 7);
			connect(&seen);
			assert_true(peers[CENTRAL].found && peers[PERIPHERAL].found);
			assert_known(true);
			assert_encrypts();
			peers_unlink(&sim, i % 2 == 0 ? CENTRAL : PERIPHERAL,
				     i % 2 == 0 ? PERIPHERAL : CENTRAL);
		}
		kept_end();
	}
}

static void a_private_peer_is_connected_to_without_having_been_seen(void **state)
{
	for (int by = 0; by < RESOLVERS; by++) {
		begin(by);
		bond();
		sim_run_ms(1000 * TIMEOUT_S + 100);
		advertise();
		connect(identity(PERIPHERAL));
		assert_known(true);
		assert_encrypts();
		kept_end();
	}
}

static void bonds_of_private_devices_survive_restarts(void **state)
{
	for (int by = 0; by < RESOLVERS; by++) {
		begin(by);
		bond();
		for (size_t i = 0; i < DEVICES; i++) {
			kept_kill(i);
			resolve_by(i, by);
			advertise();
			connect(identity(PERIPHERAL));
			assert_known(true);
			assert_encrypts();
			peers_unlink(&sim, CENTRAL, PERIPHERAL);
		}
		kept_end();
	}
}

static void addresses_change_while_advertising_and_scanning(void **state)
{
	bt_addr_le_t first, second;

	begin(BY_CONTROLLERS);
	advertise();
	first = look();
	sim_run_ms(1000 * TIMEOUT_S);
	second = look();
	assert_true(bt_addr_le_is_rpa(&second));
	assert_memory_not_equal(&first, &second, sizeof(first));
	/* Half of that and it is the same still. */
	sim_run_ms(500 * TIMEOUT_S);
	first = look();
	assert_memory_equal(&first, &second, sizeof(first));
	kept_end();
}

static void an_attempt_goes_on_over_a_change_of_address(void **state)
{
	for (int by = 0; by < RESOLVERS; by++) {
		struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
		struct bt_conn *conn = NULL;
		uint32_t here;

		begin(by);
		bond();
		sim_on(&sim, CENTRAL);
		param.timeout = 30000;
		here = peers[CENTRAL].connects;
		assert_int_equal(0, bt_conn_le_create(identity(PERIPHERAL), &param,
						      BT_LE_CONN_PARAM_DEFAULT, &conn));
		bt_conn_unref(conn);
		sim_run_ms(3000 * TIMEOUT_S);
		assert_int_equal(peers[CENTRAL].failures, 0);
		advertise();
		assert_true(sim_until_count(&peers[CENTRAL].connects, here + 1, 5000));
		sim_run_ms(200);
		assert_known(true);
		assert_encrypts();
		kept_end();
	}
}

static void after_unpairing_nobody_knows_anybody(void **state)
{
	for (int by = 0; by < RESOLVERS; by++) {
		bt_addr_le_t seen;

		begin(by);
		bond();
		sim_on(&sim, CENTRAL);
		assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
		sim_on(&sim, PERIPHERAL);
		assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
		advertise();
		seen = look();
		assert_true(bt_addr_le_is_rpa(&seen));
		connect(&seen);
		assert_known(false);
		kept_end();
	}
}

static void a_peer_without_a_name_cannot_be_followed(void **state)
{
	bt_addr_le_t seen, again;

	kept_begin(&sim, FAV_OWN_ADDR_NRPA);
	advertise();
	seen = look();
	assert_int_equal(seen.a.val[5] >> 6, 0);
	connect(&seen);
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
	advertise();
	again = look();
	assert_memory_not_equal(&seen, &again, sizeof(seen));
	kept_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_devices_pair_and_know_each_other_again),
		cmocka_unit_test(a_private_peer_is_connected_to_without_having_been_seen),
		cmocka_unit_test(bonds_of_private_devices_survive_restarts),
		cmocka_unit_test(addresses_change_while_advertising_and_scanning),
		cmocka_unit_test(an_attempt_goes_on_over_a_change_of_address),
		cmocka_unit_test(after_unpairing_nobody_knows_anybody),
		cmocka_unit_test(a_peer_without_a_name_cannot_be_followed),
	};

	return SIM_RUN(tests);
}
