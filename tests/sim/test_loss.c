/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers whose power fails in use, and programs that go on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "peers.h"
#include "sim.h"

static struct sim sim;
static volatile uint32_t losses;
static int lost_err, again_err;
static uint32_t disconnects_before;

/* The program begins anew in the callback itself. */
static void on_lost(struct bt_host *host, int err)
{
	assert_ptr_equal(host, fav_host_current());
	disconnects_before = peers[sim_current(&sim)].disconnects;
	lost_err = err;
	assert_int_equal(bt_le_adv_stop(), -EAGAIN);
	assert_int_equal(bt_disable(), 0);
	again_err = bt_enable(NULL);
	losses++;
}

static struct fav_host_cb cb = {.lost = on_lost};

static void power_off(size_t i)
{
	fav_air_power_off(sim.air, sim.dev[i].hci);
}

static void begin(void)
{
	sim_begin(&sim, 3);
	peers_begin(&sim);
	losses = 0;
	assert_int_equal(fav_host_cb_register(sim.dev[0].host, &cb), 0);
}

static void end(void)
{
	assert_int_equal(fav_host_cb_unregister(sim.dev[0].host, &cb), 0);
	peers_end(&sim);
	sim_end(&sim);
}

static void check_lost(uint32_t count)
{
	assert_true(sim_until_count(&losses, count, 100));
	assert_int_equal(lost_err, -ENODEV);
	assert_int_equal(again_err, 0);
}

/* Both roles: the links are reported down before the loss, the peers hear of it by silence. */
static void links_end_and_the_next_ones_work(void **state)
{
	begin();
	for (uint32_t i = 1; i <= 10; i++) {
		peers_link(&sim, 0, 1, 24);
		peers_link(&sim, 2, 0, 24);
		power_off(0);
		check_lost(i);
		assert_int_equal(disconnects_before, 2 * i);
		assert_int_equal(peers[0].reason, BT_HCI_ERR_CONN_TIMEOUT);
		assert_true(sim_until_count(&peers[1].disconnects, i, 10000));
		assert_true(sim_until_count(&peers[2].disconnects, i, 10000));
	}
	end();
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
}

/* Nothing that was on is on behind the program's back, and all of it can be started again. */
static void what_was_on_is_off(void **state)
{
	const bt_addr_le_t ghost = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

	begin();
	for (uint32_t i = 1; i <= 5; i++) {
		struct bt_conn *conn;

		sim_on(&sim, 0);
		assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report), 0);
		sim_run_ms(50);
		assert_int_equal(bt_le_scan_stop(), 0);
		assert_int_equal(bt_conn_le_create(&ghost, BT_CONN_LE_CREATE_CONN,
						   BT_LE_CONN_PARAM_DEFAULT, &conn),
				 0);
		sim_run_ms(50);
		power_off(0);
		check_lost(i);
		assert_int_equal(peers[0].failures, i);
		bt_conn_unref(conn);
	}
	end();
}

/* A second failure while the program is enabling again: the call says so, and a later one works. */
static void power_may_fail_again_at_once(void **state)
{
	begin();
	power_off(0);
	check_lost(1);
	for (uint32_t i = 2; i <= 5; i++) {
		power_off(0);
		check_lost(i);
	}
	peers_link(&sim, 0, 1, 24);
	peers_unlink(&sim, 0, 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_end_and_the_next_ones_work),
		cmocka_unit_test(what_was_on_is_off),
		cmocka_unit_test(power_may_fail_again_at_once),
	};

	return SIM_RUN(tests);
}
