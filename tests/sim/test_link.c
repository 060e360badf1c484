/* SPDX-License-Identifier: Apache-2.0 */
/* Links between hosts over the air: made, kept, changed, lost. */
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

static volatile uint32_t reports;
static bt_addr_le_t reported;
static int8_t reported_rssi;
static uint8_t reported_type;
static uint8_t reported_ad[31];
static uint16_t reported_len;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	bt_addr_le_copy(&reported, addr);
	reported_rssi = rssi;
	reported_type = adv_type;
	reported_len = buf->len;
	memcpy(reported_ad, buf->data, MIN(buf->len, sizeof(reported_ad)));
	reports++;
}

static void a_scan_reports_an_advertiser_with_its_data(void **state)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
		BT_DATA(BT_DATA_NAME_COMPLETE, "west", 4),
	};
	static const uint8_t wire[] = {2,   BT_DATA_FLAGS, 6,   5,  BT_DATA_NAME_COMPLETE,
				       'w', 'e',           's', 't'};

	sim_begin(&sim, 2);
	reports = 0;
	sim_on(&sim, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN_IDENTITY, ad, ARRAY_SIZE(ad), NULL, 0), 0);
	sim_on(&sim, 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE,
							   BT_LE_SCAN_OPT_NONE, 96, 96),
					  on_report),
			 0);
	assert_true(sim_until_count(&reports, 3, 5000));

	assert_true(bt_addr_le_eq(&reported, &sim.dev[1].addr));
	assert_int_equal(reported_type, BT_GAP_ADV_TYPE_ADV_NONCONN_IND);
	assert_int_equal(reported_len, sizeof(wire));
	assert_memory_equal(reported_ad, wire, sizeof(wire));
	assert_in_range(reported_rssi + 128, 0, 148);
	sim_end(&sim);
}

static void a_stopped_scan_and_a_stopped_advertiser_are_silent(void **state)
{
	uint32_t before;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	reports = 0;
	peers_advertise(&sim, 1);
	sim_on(&sim, 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report), 0);
	assert_true(sim_until_count(&reports, 1, 5000));
	assert_int_equal(bt_le_scan_stop(), 0);
	before = reports;
	sim_run_ms(1000);
	assert_int_equal(reports, before);

	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report), 0);
	assert_true(sim_until_count(&reports, before + 1, 5000));
	sim_on(&sim, 1);
	assert_int_equal(bt_le_adv_stop(), 0);
	sim_run_ms(50);
	before = reports;
	sim_run_ms(1000);
	assert_int_equal(reports, before);
	peers_end(&sim);
	sim_end(&sim);
}

static void both_ends_find_the_link_in_the_callback_that_announces_it(void **state)
{
	struct bt_conn_info info;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 24);
	assert_true(peers[0].found);
	assert_true(peers[1].found);

	assert_int_equal(bt_conn_get_info(peers[0].conn, &info), 0);
	assert_int_equal(info.role, BT_CONN_ROLE_CENTRAL);
	assert_int_equal(info.state, BT_CONN_STATE_CONNECTED);
	assert_int_equal(info.le.interval, 24);
	assert_true(bt_addr_le_eq(info.le.dst, &sim.dev[1].addr));
	assert_int_equal(bt_conn_get_info(peers[1].conn, &info), 0);
	assert_int_equal(info.role, BT_CONN_ROLE_PERIPHERAL);
	peers_unlink(&sim, 0, 1);
	assert_int_equal(peers[0].reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(peers[1].reason, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	peers_end(&sim);
	sim_end(&sim);
}

static void an_idle_link_stays_for_minutes_and_either_end_can_leave(void **state)
{
	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 40);
	sim_run_ms(180000);
	assert_int_equal(peers[0].disconnects, 0);
	assert_int_equal(peers[1].disconnects, 0);
	peers_unlink(&sim, 1, 0);
	assert_int_equal(peers[0].reason, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	peers_end(&sim);
	sim_end(&sim);
}

static void a_peer_without_power_is_noticed_by_supervision(void **state)
{
	int64_t off_ms;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 24);
	sim_run_ms(500);
	off_ms = k_uptime_get();
	fav_air_power_off(sim.air, sim.dev[1].hci);
	assert_true(sim_until_count(&peers[0].disconnects, 1, 20000));
	assert_int_equal(peers[0].reason, BT_HCI_ERR_CONN_TIMEOUT);
	/* The supervision timeout was 4 s. */
	assert_in_range(k_uptime_get() - off_ms, 3900, 4200);
	/* Its own host was told that the controller is gone, and lets go of the link. */
	assert_true(sim_until_count(&peers[1].disconnects, 1, 1000));
	peers_end(&sim);
	sim_end(&sim);
}

static void an_attempt_without_a_peer_ends_in_time_and_the_next_one_works(void **state)
{
	static const bt_addr_le_t nobody = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
	struct bt_conn_le_create_param param =
		BT_CONN_LE_CREATE_PARAM_INIT(BT_CONN_LE_OPT_NONE, 96, 96);
	struct bt_conn *conn = NULL;
	int64_t start_ms;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	param.timeout = 50;
	start_ms = k_uptime_get();
	sim_on(&sim, 0);
	assert_int_equal(bt_conn_le_create(&nobody, &param, BT_LE_CONN_PARAM_DEFAULT, &conn), 0);
	bt_conn_unref(conn);
	assert_true(sim_until_count(&peers[0].failures, 1, 5000));
	assert_in_range(k_uptime_get() - start_ms, 500, 600);

	peers_link(&sim, 0, 1, 24);
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

static void an_attempt_can_be_cancelled_and_the_next_one_works(void **state)
{
	static const bt_addr_le_t nobody = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
	struct bt_conn *conn = NULL;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	for (uint32_t i = 0; i < 10; i++) {
		sim_on(&sim, 0);
		assert_int_equal(bt_conn_le_create(&nobody, BT_CONN_LE_CREATE_CONN,
						   BT_LE_CONN_PARAM_DEFAULT, &conn),
				 0);
		sim_run_ms(7 * i);
		assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN), 0);
		bt_conn_unref(conn);
		assert_true(sim_until_count(&peers[0].failures, i + 1, 1000));
	}
	peers_link(&sim, 0, 1, 24);
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

/* Stop the scan, then connect, from within the scan callback: what Zephyr's programs do. */
static void connect_from_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
				struct net_buf_simple *buf)
{
	struct bt_conn *conn = NULL;

	reports++;
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(
		bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	bt_conn_unref(conn);
}

static void a_scan_callback_may_stop_the_scan_and_connect(void **state)
{
	sim_begin(&sim, 2);
	peers_begin(&sim);
	reports = 0;
	peers_advertise(&sim, 1);
	sim_on(&sim, 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, connect_from_report), 0);
	assert_true(sim_until_count(&peers[0].connects, 1, 5000));
	assert_true(sim_until_count(&peers[1].connects, 1, 5000));
	assert_int_equal(reports, 1);
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

static void one_central_keeps_many_peripherals(void **state)
{
	enum {
		PERIPHERALS = 12
	};

	sim_begin(&sim, PERIPHERALS + 1);
	peers_begin(&sim);
	for (size_t i = 1; i <= PERIPHERALS; i++) {
		peers_link(&sim, 0, i, 80);
		/* peers[] notes the latest link only: keep the central's for later. */
	}
	sim_run_ms(60000);
	assert_int_equal(peers[0].disconnects, 0);
	for (size_t i = 1; i <= PERIPHERALS; i++) {
		assert_int_equal(peers[i].disconnects, 0);
		peers_unlink(&sim, i, 0);
	}
	assert_int_equal(peers[0].disconnects, PERIPHERALS);
	peers_end(&sim);
	sim_end(&sim);
}

static void a_device_is_central_and_peripheral_at_once(void **state)
{
	sim_begin(&sim, 3);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 40);
	/* b, a peripheral of a, is now c's central. */
	peers_link(&sim, 1, 2, 40);
	sim_run_ms(30000);
	assert_int_equal(peers[0].disconnects + peers[1].disconnects + peers[2].disconnects, 0);
	peers_unlink(&sim, 2, 1);
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

static void either_end_updates_the_parameters(void **state)
{
	struct bt_conn_info info;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 24);
	sim_run_ms(1000);
	for (size_t asker = 0; asker < 2; asker++) {
		uint16_t interval = asker ? 72 : 12;
		uint32_t before[2] = {peers[0].param_updates, peers[1].param_updates};

		sim_on(&sim, asker);
		assert_int_equal(
			bt_conn_le_param_update(peers[asker].conn,
						BT_LE_CONN_PARAM(interval, interval, 2, 500)),
			0);
		assert_true(sim_until_count(&peers[0].param_updates, before[0] + 1, 10000));
		assert_true(sim_until_count(&peers[1].param_updates, before[1] + 1, 10000));
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(bt_conn_get_info(peers[i].conn, &info), 0);
			assert_int_equal(info.le.interval, interval);
			assert_int_equal(info.le.latency, 2);
			assert_int_equal(info.le.timeout, 500);
		}
		sim_run_ms(20000);
	}
	assert_int_equal(peers[0].disconnects, 0);
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

/* A peripheral wishes for 420 ms of supervision after 5 s, unless told to keep what it has. */
static void a_peripheral_asks_for_its_preferred_parameters_unless_told_not_to(void **state)
{
	for (int on = 0; on < 2; on++) {
		struct bt_conn_info info;

		sim_begin(&sim, 2);
		peers_begin(&sim);
		sim_on(&sim, 1);
		bt_conn_auto_param_update_set(on);
		peers_link(&sim, 0, 1, 24);
		sim_run_ms(10000);
		assert_int_equal(bt_conn_get_info(peers[0].conn, &info), 0);
		assert_int_equal(info.le.timeout, on ? CONFIG_BT_PERIPHERAL_PREF_TIMEOUT : 400);
		assert_int_equal(peers[0].param_updates, on);
		peers_unlink(&sim, 0, 1);
		peers_end(&sim);
		sim_end(&sim);
	}
}

static void a_link_gets_long_packets_and_2m_by_itself(void **state)
{
	struct bt_conn_info info;

	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 24);
	sim_run_ms(2000);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(bt_conn_get_info(peers[i].conn, &info), 0);
		assert_int_equal(info.le.data_len->tx_max_len, 251);
		assert_int_equal(info.le.data_len->rx_max_len, 251);
		assert_int_equal(info.le.phy->tx_phy, BT_GAP_LE_PHY_2M);
		assert_int_equal(info.le.phy->rx_phy, BT_GAP_LE_PHY_2M);
	}
	peers_unlink(&sim, 0, 1);
	peers_end(&sim);
	sim_end(&sim);
}

/* "buffers or flags that survive bt_disable and corrupt the next bt_enable". FAVONIUS_CYCLES asks
 * for more than fifty. */
static void cycles_of_disable_under_activity_stay_clean(void **state)
{
	const char *text = getenv("FAVONIUS_CYCLES");
	size_t cycles = text ? strtoul(text, NULL, 10) : 50;

	sim_begin(&sim, 2);
	for (size_t cycle = 0; cycle < cycles; cycle++) {
		peers_begin(&sim);
		peers_link(&sim, 0, 1, 24);
		reports = 0;
		sim_on(&sim, 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report), 0);
		sim_run_ms(3 * (uint32_t)(cycle % 50));
		/* The one that goes in the middle of everything takes turns. */
		sim_on(&sim, cycle % 2);
		assert_int_equal(bt_disable(), 0);
		assert_false(bt_is_ready());
		assert_true(sim_until_count(&peers[1 - cycle % 2].disconnects, 1, 10000));
		sim_on(&sim, 1 - cycle % 2);
		assert_int_equal(bt_disable(), 0);
		peers_end(&sim);
		sim_on(&sim, 0);
		assert_int_equal(bt_enable(NULL), 0);
		sim_on(&sim, 1);
		assert_int_equal(bt_enable(NULL), 0);
	}
	sim_end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scan_reports_an_advertiser_with_its_data),
		cmocka_unit_test(a_stopped_scan_and_a_stopped_advertiser_are_silent),
		cmocka_unit_test(both_ends_find_the_link_in_the_callback_that_announces_it),
		cmocka_unit_test(an_idle_link_stays_for_minutes_and_either_end_can_leave),
		cmocka_unit_test(a_peer_without_power_is_noticed_by_supervision),
		cmocka_unit_test(an_attempt_without_a_peer_ends_in_time_and_the_next_one_works),
		cmocka_unit_test(an_attempt_can_be_cancelled_and_the_next_one_works),
		cmocka_unit_test(a_scan_callback_may_stop_the_scan_and_connect),
		cmocka_unit_test(one_central_keeps_many_peripherals),
		cmocka_unit_test(a_device_is_central_and_peripheral_at_once),
		cmocka_unit_test(either_end_updates_the_parameters),
		cmocka_unit_test(a_peripheral_asks_for_its_preferred_parameters_unless_told_not_to),
		cmocka_unit_test(a_link_gets_long_packets_and_2m_by_itself),
		cmocka_unit_test(cycles_of_disable_under_activity_stay_clean),
	};

	return SIM_RUN(tests);
}
