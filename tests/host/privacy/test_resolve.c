/* SPDX-License-Identifier: Apache-2.0 */
/* Private addresses of peers, resolved by the host and by its controller: both are known by their
 * identity. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>

#include "peers.h"

static void a_report_has_the_identity_of_a_bonded_peer(void **state)
{
	for (int privacy = 0; privacy < 2; privacy++) {
		bt_addr_le_t addr = peers_addr(1), rpa, stranger;

		/* One entry, for the other one. */
		peers_up(privacy != 0, 1);
		peers_bond(0, 1);
		peers_bond(0, 2);
		scripted_settle();
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
		rpa = peers_rpa(1);
		for (int i = 0; i < 3; i++) {
			peers_report(&rpa);
			assert_memory_equal(&told.reported, &addr, sizeof(addr));
		}
		stranger = peers_rpa(9);
		for (int i = 0; i < 3; i++) {
			peers_report(&stranger);
			assert_memory_equal(&told.reported, &stranger, sizeof(addr));
		}
		/* What was looked up in vain is found when the bond is there. */
		peers_bond(0, 9);
		peers_report(&stranger);
		addr = peers_addr(9);
		assert_memory_equal(&told.reported, &addr, sizeof(addr));
		assert_int_equal(bt_unpair(0, NULL), 0);
		peers_report(&rpa);
		assert_memory_equal(&told.reported, &rpa, sizeof(addr));
		peers_down();
	}
}

static void what_the_controller_resolved_is_an_identity(void **state)
{
	bt_addr_le_t addr = peers_addr(1), resolved = addr;

	peers_up(true, 8);
	peers_bond(0, 1);
	scripted_settle();
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
	resolved.type = BT_ADDR_LE_PUBLIC_ID;
	peers_report(&resolved);
	assert_memory_equal(&told.reported, &addr, sizeof(addr));
	peers_down();
}

/* The one link is known by the identity, and tells the address on the air. */
static void check_linked(const bt_addr_le_t *identity, const bt_addr_le_t *rpa)
{
	struct bt_conn_info info;
	struct bt_conn *conn;

	assert_int_equal(told.connects, 1);
	assert_memory_equal(&told.dst, identity, sizeof(*identity));
	conn = bt_conn_lookup_addr_le(0, identity);
	assert_non_null(conn);
	assert_int_equal(bt_conn_get_info(conn, &info), 0);
	assert_memory_equal(info.le.remote, rpa, sizeof(*rpa));
	assert_memory_equal(info.le.dst, identity, sizeof(*identity));
	bt_conn_unref(conn);
}

static void a_link_is_known_by_the_identity(void **state)
{
	bt_addr_le_t addr = peers_addr(1), rpa;

	peers_up(false, 0);
	peers_watch();
	peers_bond(0, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	rpa = peers_rpa(1);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &rpa);
	scripted_settle();
	check_linked(&addr, &rpa);
	peers_down();
}

static void a_link_that_the_controller_resolved_is_known_by_the_identity(void **state)
{
	bt_addr_le_t addr = peers_addr(1), identity = addr, rpa;

	peers_up(true, 8);
	peers_watch();
	peers_bond(0, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_settle();
	rpa = peers_rpa(1);
	identity.type = BT_ADDR_LE_PUBLIC_ID;
	peers_enh_connected(BT_HCI_ROLE_PERIPHERAL, &identity, &rpa.a);
	check_linked(&addr, &rpa);
	peers_down();
}

static void network_privacy_mode_does_not_hear_the_identity_address(void **state)
{
	bt_addr_le_t addr = peers_addr(1), rpa;

	peers_up(false, 0);
	peers_watch();
	peers_bond(0, 1);
	assert_int_equal(bt_le_set_privacy_mode(0, &addr, BT_LE_PRIVACY_MODE_NETWORK), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
	peers_report(&addr);
	assert_int_equal(told.reports, 0);
	rpa = peers_rpa(1);
	peers_report(&rpa);
	assert_int_equal(told.reports, 1);
	/* A link from there is ended, and nobody hears of it. */
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &addr);
	scripted_settle();
	assert_int_equal(told.connects, 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_DISCONNECT)->params[2], BT_HCI_ERR_AUTH_FAIL);
	peers_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_has_the_identity_of_a_bonded_peer),
		cmocka_unit_test(what_the_controller_resolved_is_an_identity),
		cmocka_unit_test(a_link_is_known_by_the_identity),
		cmocka_unit_test(a_link_that_the_controller_resolved_is_known_by_the_identity),
		cmocka_unit_test(network_privacy_mode_does_not_hear_the_identity_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
