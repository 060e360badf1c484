/* SPDX-License-Identifier: Apache-2.0 */

/* Connections of the whole host on a scripted controller. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "heard.h"
#include "host/conn.h"
#include "host/scripted.h"

#define HANDLE 0x40

static const bt_addr_le_t peer = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};

static struct scripted s;
static struct bt_conn *attempt;

static int setup(void **state)
{
	attempt = NULL;
	scripted_begin(&s);
	heard_start();
	return 0;
}

static int teardown(void **state)
{
	heard_forget();
	fav_fault_alloc_at(0);
	bt_conn_unref(attempt);
	scripted_down(&s);
	return 0;
}

static int connect_start(void)
{
	bt_conn_unref(attempt);
	attempt = NULL;
	return bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &attempt);
}

static void link_up(void)
{
	assert_int_equal(0, connect_start());
	scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(1, heard.connected);
}

static void test_a_link_from_its_making_to_its_end(void **state)
{
	scripted_enable(&s);
	link_up();
	assert_int_equal(1, heard.remote_info);
	assert_int_equal(1, heard.data_len_updated);
	assert_int_equal(1, heard.phy_updated);
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	scripted_settle();
	assert_int_equal(1, heard.disconnected);
	assert_int_equal(BT_HCI_ERR_LOCALHOST_TERM_CONN, heard.reason);
	bt_conn_unref(attempt);
	attempt = NULL;
	scripted_settle();
	assert_int_equal(1, heard.recycled);
}

static void test_a_controller_that_answers_inside_the_call(void **state)
{
	s.inside_send = true;
	test_a_link_from_its_making_to_its_end(state);
	assert_int_equal(0, connect_start());
	assert_int_equal(0, bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	scripted_settle();
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
}

static void found(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		  struct net_buf_simple *buf)
{
	if (attempt == NULL) {
		assert_int_equal(0, bt_le_scan_stop());
		assert_int_equal(0, connect_start());
	}
}

static void test_connecting_from_the_scan_callback(void **state)
{
	scripted_enable(&s);
	assert_int_equal(0, bt_le_scan_start(BT_LE_SCAN_PASSIVE, found));
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -40);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -40);
	scripted_settle();
	assert_non_null(attempt);
	scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(1, heard.connected);
	assert_int_equal(0, heard.err);
}

static void found_while_scanning(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
				 struct net_buf_simple *buf)
{
	if (attempt == NULL) {
		assert_int_equal(0, connect_start());
	}
}

static void test_connecting_while_the_scan_goes_on(void **state)
{
	scripted_enable(&s);
	assert_int_equal(0, bt_le_scan_start(BT_LE_SCAN_PASSIVE, found_while_scanning));
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -40);
	scripted_settle();
	scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(1, heard.connected);
	assert_int_equal(0, bt_le_scan_stop());
}

static void test_a_peripherals_link(void **state)
{
	struct bt_conn_info info;
	struct bt_conn *conn;

	scripted_enable(&s);
	assert_int_equal(0, bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0));
	scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	conn = bt_conn_lookup_addr_le(BT_ID_DEFAULT, &peer);
	assert_ptr_equal(heard.conn, conn);
	assert_int_equal(0, bt_conn_get_info(conn, &info));
	assert_int_equal(BT_CONN_ROLE_PERIPHERAL, info.role);
	assert_int_equal(BT_ID_DEFAULT, info.id);
	assert_true(bt_addr_le_eq(info.le.src, info.le.local));
	bt_conn_unref(conn);
	/* Advertising ended with it: it can be started again. */
	assert_int_equal(0, bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0));
}

/* Handles of a controller that numbers in the most awkward way there is. */
static void test_links_whose_handles_collide(void **state)
{
	enum {
		LINKS = 4
	};
	struct bt_conn *links[LINKS];

	scripted_enable(&s);
	for (int i = 0; i < LINKS; i++) {
		uint16_t handle = HANDLE + i * CONFIG_BT_MAX_CONN;
		bt_addr_le_t addr = peer;

		addr.a.val[0] = (uint8_t)i;
		scripted_connected(&s, 0, handle, BT_HCI_ROLE_PERIPHERAL, &addr);
		scripted_settle();
		links[i] = conn__by_handle(s.host, handle);
		assert_non_null(links[i]);
		assert_true(bt_addr_le_eq(bt_conn_get_dst(links[i]), &addr));
	}
	for (int gone = 0; gone < LINKS; gone++) {
		/* From the middle, the front and the back of the list. */
		static const int order[LINKS] = {1, 3, 0, 2};

		scripted_disconnected(&s, HANDLE + order[gone] * CONFIG_BT_MAX_CONN,
				      BT_HCI_ERR_REMOTE_USER_TERM_CONN);
		scripted_settle();
		links[order[gone]] = NULL;
		for (int i = 0; i < LINKS; i++) {
			assert_ptr_equal(links[i],
					 conn__by_handle(s.host, HANDLE + i * CONFIG_BT_MAX_CONN));
		}
	}
}

static void test_disable_reports_links_and_attempts(void **state)
{
	scripted_enable(&s);
	link_up();
	bt_conn_unref(attempt);
	attempt = NULL;
	assert_int_equal(0, bt_conn_le_create(BT_ADDR_LE_ANY, BT_CONN_LE_CREATE_CONN,
					      BT_LE_CONN_PARAM_DEFAULT, &attempt));
	assert_int_equal(0, bt_disable());
	assert_int_equal(1, heard.disconnected);
	assert_int_equal(2, heard.connected);
	assert_int_equal(BT_HCI_ERR_UNKNOWN_CONN_ID, heard.err);
	assert_int_equal(-EAGAIN, connect_start());
	scripted_enable(&s);
	assert_int_equal(0, connect_start());
}

static void disable_now(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(0, bt_disable());
}

static void test_disable_in_a_callback(void **state)
{
	scripted_enable(&s);
	heard.on_connected = disable_now;
	assert_int_equal(0, connect_start());
	scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(1, heard.disconnected);
	heard.on_connected = NULL;
	heard.on_disconnected = disable_now;
	scripted_enable(&s);
	heard.connected = 0;
	link_up();
	scripted_disconnected(&s, HANDLE, 0x13);
	scripted_settle();
	assert_int_equal(2, heard.disconnected);
	heard.on_disconnected = NULL;
}

static void test_a_lost_transport_ends_its_links(void **state)
{
	scripted_enable(&s);
	link_up();
	scripted_lose(&s, -ENODEV);
	scripted_settle();
	assert_int_equal(1, heard.disconnected);
	assert_int_not_equal(0, connect_start());
}

/* Connect, let the link settle, disconnect; whatever fails is an error, and not for ever. */
static void one_life(void)
{
	unsigned int links = 0;

	if (connect_start() == 0) {
		scripted_connected(&s, 0, HANDLE, BT_HCI_ROLE_CENTRAL, &peer);
		scripted_run_ms(1000);
		links = heard.connected;
		assert_true(links <= 1);
		if (bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN) != 0) {
			assert_int_equal(0, bt_conn_disconnect(attempt, 0x13));
		}
		scripted_run_ms(60000);
		assert_int_equal(heard.err == 0, heard.disconnected);
	}
	bt_conn_unref(attempt);
	attempt = NULL;
	scripted_run_ms(60000);
	assert_true(conn__has_free(s.host) && !conn__any_referenced(s.host));
}

static void a_good_life(void)
{
	heard.connected = 0;
	heard.disconnected = 0;
	one_life();
	assert_int_equal(1, heard.connected);
	assert_int_equal(1, heard.disconnected);
}

static void test_any_command_may_fail(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT};
	uint32_t commands;

	scripted_enable(&s);
	commands = s.cmd_count;
	a_good_life();
	commands = s.cmd_count - commands;
	assert_true(commands >= 6);
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		for (uint32_t n = 1; n <= commands; n++) {
			scripted_rule(&s,
				      (struct scripted_rule){.nth = n,
							     .deed = deeds[i],
							     .status = BT_HCI_ERR_CMD_DISALLOWED});
			heard.connected = 0;
			heard.disconnected = 0;
			one_life();
			scripted_obey(&s);
			a_good_life();
		}
	}
}

static void test_any_allocation_may_fail(void **state)
{
	uint32_t allocations;

	scripted_enable(&s);
	fav_fault_alloc_at(0);
	a_good_life();
	allocations = fav_fault_alloc_count();
	assert_true(allocations > 10);
	for (uint32_t n = 1; n <= allocations; n++) {
		heard.connected = 0;
		heard.disconnected = 0;
		fav_fault_alloc_at(n);
		one_life();
		fav_fault_alloc_at(0);
		a_good_life();
	}
}

static void test_fifty_cycles_with_a_link(void **state)
{
	for (unsigned int i = 0; i < 50; i++) {
		scripted_enable(&s);
		heard.connected = 0;
		link_up();
		bt_conn_unref(attempt);
		attempt = NULL;
		assert_int_equal(0, bt_disable());
		assert_false(conn__any_referenced(s.host));
	}
	assert_int_equal(50, heard.disconnected);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_link_from_its_making_to_its_end),
		TEST(test_a_controller_that_answers_inside_the_call),
		TEST(test_connecting_from_the_scan_callback),
		TEST(test_connecting_while_the_scan_goes_on),
		TEST(test_a_peripherals_link),
		TEST(test_links_whose_handles_collide),
		TEST(test_disable_reports_links_and_attempts),
		TEST(test_disable_in_a_callback),
		TEST(test_a_lost_transport_ends_its_links),
		TEST(test_any_command_may_fail),
		TEST(test_any_allocation_may_fail),
		TEST(test_fifty_cycles_with_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
