/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a peer by its identity: a controller that can resolve finds it, else the host
 * searches for its private address. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>

#include "peers.h"

/* The controller was last told to connect to that address, and to scan or not. */
static void check_called(const bt_addr_le_t *addr)
{
	assert_memory_equal(&peers_create_cmd()->peer_addr, addr, sizeof(*addr));
}

static void check_scanning(bool on)
{
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[0], on);
}

/* The host searches for peer 1, which its controller cannot resolve. */
static struct bt_conn *search(void)
{
	bt_addr_le_t addr = peers_addr(1);

	peers_up(false, 0);
	peers_watch();
	peers_bond(0, 1);
	return peers_create(&addr);
}

static void check_linked(void)
{
	assert_int_equal(told.connects, 1);
	assert_int_equal(told.err, 0);
}

static void the_controller_finds_a_peer_that_it_can_resolve(void **state)
{
	bt_addr_le_t addr = peers_addr(1), identity = addr, rpa;
	struct bt_conn *conn;

	peers_up(true, 8);
	peers_watch();
	peers_bond(0, 1);
	scripted_settle();
	conn = peers_create(&addr);
	check_called(&addr);
	rpa = peers_rpa(1);
	identity.type = BT_ADDR_LE_PUBLIC_ID;
	peers_enh_connected(BT_HCI_ROLE_CENTRAL, &identity, &rpa.a);
	check_linked();
	bt_conn_unref(conn);
	peers_down();
}

static void a_private_address_stands_for_its_identity(void **state)
{
	bt_addr_le_t addr = peers_addr(1), rpa;
	struct bt_conn *conn, *again = NULL;

	peers_up(false, 0);
	peers_watch();
	peers_bond(0, 1);
	rpa = peers_rpa(1);
	conn = peers_create(&rpa);
	assert_memory_equal(bt_conn_get_dst(conn), &addr, sizeof(addr));
	check_called(&rpa);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &rpa);
	scripted_settle();
	check_linked();
	/* It is linked already, under any address of its. */
	rpa = peers_rpa(1);
	assert_int_equal(
		bt_conn_le_create(&rpa, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &again),
		-EINVAL);
	bt_conn_unref(conn);
	peers_down();
}

static void a_peer_that_only_the_host_can_resolve_is_searched_for(void **state)
{
	bt_addr_le_t addr = peers_addr(1), other, rpa;
	struct bt_conn *conn;

	conn = search();
	assert_null(peers_create_cmd());
	check_scanning(true);
	other = peers_rpa(2);
	rpa = peers_rpa(1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &other, NULL, 0, -40);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_NONCONN_IND, &rpa, NULL, 0, -40);
	scripted_settle();
	assert_null(peers_create_cmd());
	peers_report(&rpa);
	check_scanning(false);
	check_called(&rpa);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &rpa);
	scripted_settle();
	check_linked();
	assert_memory_equal(&told.dst, &addr, sizeof(addr));
	bt_conn_unref(conn);
	peers_down();
}

static void a_peer_that_was_just_seen_is_not_searched_for(void **state)
{
	bt_addr_le_t addr = peers_addr(1), rpa;
	struct bt_conn *conn;

	peers_up(false, 0);
	peers_bond(0, 1);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
	rpa = peers_rpa(1);
	peers_report(&rpa);
	assert_int_equal(bt_le_scan_stop(), 0);
	conn = peers_create(&addr);
	check_called(&rpa);
	bt_conn_unref(conn);
	peers_down();
}

static void a_search_ends_with_its_time_or_by_a_cancel(void **state)
{
	for (int cancel = 0; cancel < 2; cancel++) {
		struct bt_conn *conn;

		conn = search();
		if (cancel != 0) {
			assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN),
					 0);
			scripted_settle();
		} else {
			scripted_run_ms(1000 * CONFIG_BT_CREATE_CONN_TIMEOUT + 10);
		}
		assert_int_equal(told.connects, 1);
		assert_int_equal(told.err, BT_HCI_ERR_UNKNOWN_CONN_ID);
		check_scanning(false);
		assert_null(scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN_CANCEL));
		bt_conn_unref(conn);
		peers_down();
	}
}

static void a_search_shares_with_an_application_that_scans(void **state)
{
	bt_addr_le_t rpa;
	struct bt_conn *conn;

	conn = search();
	/* The application begins, and ends, while the search goes on. */
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, peers_on_report), -EALREADY);
	rpa = peers_rpa(5);
	peers_report(&rpa);
	assert_int_equal(told.reports, 1);
	assert_int_equal(bt_le_scan_stop(), 0);
	scripted_settle();
	check_scanning(true);
	peers_report(&rpa);
	assert_int_equal(told.reports, 1);
	rpa = peers_rpa(1);
	peers_report(&rpa);
	check_called(&rpa);
	check_scanning(false);
	bt_conn_unref(conn);
	peers_down();
}

static void a_search_survives_the_change_of_our_address(void **state)
{
	bt_addr_le_t addr = peers_addr(1), rpa;
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	struct bt_conn *conn = NULL;

	peers_up(false, 0);
	peers_watch();
	assert_int_equal(fav_host_own_addr_set(s.host, 0, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(bt_le_set_rpa_timeout(5), 0);
	peers_bond(0, 1);
	param.timeout = 6000;
	assert_int_equal(bt_conn_le_create(&addr, &param, BT_LE_CONN_PARAM_DEFAULT, &conn), 0);
	scripted_run_ms(5500);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS), 2);
	check_scanning(true);
	rpa = peers_rpa(1);
	peers_report(&rpa);
	check_called(&rpa);
	bt_conn_unref(conn);
	peers_down();
}

static void a_search_that_the_controller_refuses_is_told(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_SET_SCAN_PARAM,
		BT_HCI_OP_LE_SET_SCAN_ENABLE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		bt_addr_le_t addr = peers_addr(1);
		struct bt_conn *conn = NULL;

		peers_up(false, 0);
		peers_bond(0, 1);
		scripted_refuse(&s, opcodes[i], BT_HCI_ERR_CMD_DISALLOWED);
		assert_int_equal(bt_conn_le_create(&addr, BT_CONN_LE_CREATE_CONN,
						   BT_LE_CONN_PARAM_DEFAULT, &conn),
				 -EACCES);
		assert_null(conn);
		scripted_obey(&s);
		conn = peers_create(&addr);
		bt_conn_unref(conn);
		peers_down();
	}
}

static void a_host_that_ends_while_it_searches_leaves_nothing(void **state)
{
	for (int lose = 0; lose < 2; lose++) {
		struct bt_conn *conn;

		conn = search();
		if (lose != 0) {
			scripted_lose(&s, -EPIPE);
			scripted_settle();
		} else {
			assert_int_equal(bt_disable(), 0);
		}
		assert_int_equal(told.connects, 1);
		bt_conn_unref(conn);
		peers_down();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_controller_finds_a_peer_that_it_can_resolve),
		cmocka_unit_test(a_private_address_stands_for_its_identity),
		cmocka_unit_test(a_peer_that_only_the_host_can_resolve_is_searched_for),
		cmocka_unit_test(a_peer_that_was_just_seen_is_not_searched_for),
		cmocka_unit_test(a_search_ends_with_its_time_or_by_a_cancel),
		cmocka_unit_test(a_search_shares_with_an_application_that_scans),
		cmocka_unit_test(a_search_survives_the_change_of_our_address),
		cmocka_unit_test(a_search_that_the_controller_refuses_is_told),
		cmocka_unit_test(a_host_that_ends_while_it_searches_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
