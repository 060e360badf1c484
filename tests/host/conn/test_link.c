/* SPDX-License-Identifier: Apache-2.0 */

/* Links: up in both roles, down in every way, and what a lying controller makes of them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "bench.h"
#include "heard.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"

#define PARAM BT_LE_CONN_PARAM_DEFAULT

static char order[32];

static void note(char what)
{
	size_t len = strlen(order);

	assert_true(len < sizeof(order) - 1);
	order[len] = what;
	order[len + 1] = '\0';
}

static void channel_connected(struct bt_conn *conn)
{
	note('u');
	assert_true(conn__is_connected(conn));
}

static void channel_disconnected(struct bt_conn *conn)
{
	note('d');
}

static void channel_recv(struct bt_conn *conn, struct net_buf *buf)
{
	net_buf_unref(buf);
}

static const struct l2cap_fixed channel = {
	.cid = L2CAP_CID_ATT,
	.connected = channel_connected,
	.disconnected = channel_disconnected,
	.recv = channel_recv,
};

static int setup(void **state)
{
	memset(order, 0, sizeof(order));
	bench_start(true);
	heard_start();
	return 0;
}

static int teardown(void **state)
{
	heard_forget();
	bench_stop();
	return 0;
}

static struct bt_conn_info info_of(struct bt_conn *conn)
{
	struct bt_conn_info info;

	assert_int_equal(0, bt_conn_get_info(conn, &info));
	return info;
}

static struct bt_conn *link_up(uint16_t handle, uint8_t peer)
{
	struct bt_conn *conn;

	bench_connect(0, handle, 1, bench_addr(peer));
	conn = conn__by_handle(fav_host_current(), handle);
	assert_non_null(conn);
	return conn;
}

/* ---- Up ---- */

static void test_a_peripherals_link_tells_all_about_itself(void **state)
{
	struct bt_conn *conn = link_up(0x10, 7);
	struct bt_conn_info info = info_of(conn);

	assert_int_equal(1, bench_adv_ended);
	assert_int_equal(BT_CONN_TYPE_LE, info.type);
	assert_int_equal(BT_CONN_ROLE_PERIPHERAL, info.role);
	assert_int_equal(1, info.id);
	assert_true(bt_addr_le_eq(bench_addr(0xee), info.le.src));
	assert_true(bt_addr_le_eq(bench_addr(7), info.le.dst));
	assert_true(bt_addr_le_eq(bench_addr(7), info.le.remote));
	assert_true(bt_addr_le_eq(&bench_own_addr, info.le.local));
	assert_int_equal(24, info.le.interval);
	assert_int_equal(30000, info.le.interval_us);
	assert_int_equal(400, info.le.timeout);
	assert_int_equal(BT_GAP_LE_PHY_1M, info.le.phy->tx_phy);
	assert_int_equal(27, info.le.data_len->tx_max_len);
	assert_int_equal(BT_SECURITY_L1, info.security.level);
	assert_int_equal(BT_SECURITY_L1, bt_conn_get_security(conn));
	assert_true(bt_addr_le_eq(bench_addr(7), bt_conn_get_dst(conn)));
	assert_int_equal(-EINVAL, bt_conn_get_info(NULL, &info));
	assert_int_equal(-EINVAL, bt_conn_get_info(conn, NULL));
}

static void test_an_enhanced_complete_event_brings_resolved_addresses(void **state)
{
	struct bt_hci_evt_le_enh_conn_complete evt = {
		.handle = sys_cpu_to_le16(0x20),
		.role = BT_HCI_ROLE_PERIPHERAL,
		.peer_addr = {BT_ADDR_LE_RANDOM_ID, {{1, 1, 1, 1, 1, 0xc1}}},
		.local_rpa = {{2, 2, 2, 2, 2, 0x42}},
		.peer_rpa = {{3, 3, 3, 3, 3, 0x43}},
		.interval = sys_cpu_to_le16(6),
	};
	struct bt_conn_info info;

	bench_le_evt(BT_HCI_EVT_LE_ENH_CONN_COMPLETE, &evt, sizeof(evt));
	info = info_of(conn__by_handle(fav_host_current(), 0x20));
	assert_int_equal(BT_ADDR_LE_RANDOM, info.le.dst->type);
	assert_memory_equal(&evt.peer_addr.a, &info.le.dst->a, sizeof(bt_addr_t));
	assert_int_equal(BT_ADDR_LE_RANDOM, info.le.remote->type);
	assert_memory_equal(&evt.peer_rpa, &info.le.remote->a, sizeof(bt_addr_t));
	assert_memory_equal(&evt.local_rpa, &info.le.local->a, sizeof(bt_addr_t));
}

static void cb_up(struct bt_conn *conn, uint8_t err)
{
	note('U');
}

static void cb_down(struct bt_conn *conn, uint8_t reason)
{
	struct bt_conn *found = bt_conn_lookup_addr_le(1, bench_addr(7));

	note('D');
	assert_ptr_equal(conn, found);
	bt_conn_unref(found);
	assert_int_equal(BT_CONN_STATE_DISCONNECTED, info_of(conn).state);
	assert_null(conn__by_handle(fav_host_current(), 0x10));
}

static void test_channels_hear_before_the_application(void **state)
{
	assert_int_equal(0, l2cap__fixed_register(host__l2cap(fav_host_current()), &channel));
	heard.on_connected = cb_up;
	heard.on_disconnected = cb_down;
	link_up(0x10, 7);
	bench_disconnected(0x10, BT_HCI_ERR_CONN_TIMEOUT);
	assert_string_equal("uUdD", order);
	assert_int_equal(BT_HCI_ERR_CONN_TIMEOUT, heard.reason);
}

static void test_sixteen_links_in_both_roles(void **state)
{
	struct bt_conn *conns[CONFIG_BT_MAX_CONN];

	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		if (i % 2 == 0) {
			assert_int_equal(0, bt_conn_le_create(bench_addr((uint8_t)i),
							      BT_CONN_LE_CREATE_CONN, PARAM,
							      &conns[i]));
			bench_connect(0, (uint16_t)(0x100 + i), 0, bench_addr((uint8_t)i));
		} else {
			conns[i] = bt_conn_ref(link_up((uint16_t)(0x100 + i), (uint8_t)i));
		}
		bench_run();
	}
	assert_int_equal(CONFIG_BT_MAX_CONN, heard.connected);
	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		assert_ptr_equal(conns[i],
				 conn__by_handle(fav_host_current(), (uint16_t)(0x100 + i)));
		assert_int_equal(i % 2, info_of(conns[i]).role);
		bt_conn_unref(conns[i]);
	}
	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		bench_disconnected((uint16_t)(0x100 + i), 0x13);
	}
	bench_run();
	assert_int_equal(CONFIG_BT_MAX_CONN, heard.disconnected);
	assert_int_equal(CONFIG_BT_MAX_CONN, heard.recycled);
}

static void count_one(struct bt_conn *conn, void *data)
{
	(*(unsigned int *)data)++;
	bt_conn_disconnect(conn, 0x13);
}

static void test_foreach_visits_each_and_may_disconnect(void **state)
{
	unsigned int count = 0;

	link_up(1, 1);
	link_up(2, 2);
	bt_conn_foreach(BT_CONN_TYPE_BR, count_one, &count);
	assert_int_equal(0, count);
	bt_conn_foreach(BT_CONN_TYPE_ALL, count_one, &count);
	assert_int_equal(2, count);
	assert_int_equal(2, bench_commands_of(BT_HCI_OP_DISCONNECT));
}

/* ---- References ---- */

static void test_a_place_is_free_again_when_the_last_reference_is_gone(void **state)
{
	struct bt_conn *conn = bt_conn_ref(link_up(1, 1));

	bench_run();
	bench_disconnected(1, 0x13);
	bench_run();
	assert_int_equal(0, heard.recycled);
	assert_null(bt_conn_lookup_index(bt_conn_index(conn)));
	bt_conn_unref(conn);
	assert_int_equal(0, heard.recycled);
	bench_run();
	assert_int_equal(1, heard.recycled);
	assert_null(bt_conn_ref(conn));
	assert_null(bt_conn_ref(NULL));
	bt_conn_unref(NULL);
}

static void connect_again(void)
{
	struct bt_conn *conn = NULL;

	assert_int_equal(0, bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	bt_conn_unref(conn);
}

static void test_recycled_finds_a_free_place(void **state)
{
	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		link_up((uint16_t)i, (uint8_t)(i + 1));
	}
	bench_run();
	heard.on_recycled = connect_again;
	bench_disconnected(0, 0x13);
	bench_run();
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CREATE_CONN));
}

static void reconnect(struct bt_conn *conn, uint8_t reason)
{
	connect_again();
}

static void test_the_disconnected_callback_may_connect_to_the_same_peer(void **state)
{
	link_up(1, 1);
	heard.on_disconnected = reconnect;
	bench_disconnected(1, 0x13);
	bench_connect(0, 2, 0, bench_addr(1));
	assert_int_equal(2, heard.connected);
}

/* ---- Down ---- */

static void test_disconnect_is_told_once_and_may_be_repeated(void **state)
{
	struct bt_conn *conn = bt_conn_ref(link_up(0x10, 1));
	const struct bench_command *command;

	assert_int_equal(0, bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_POWER_OFF));
	assert_int_equal(0, bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_POWER_OFF));
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_DISCONNECT));
	command = bench_last_of(BT_HCI_OP_DISCONNECT);
	assert_int_equal(0x10, sys_get_le16(command->params));
	assert_int_equal(BT_HCI_ERR_REMOTE_POWER_OFF, command->params[2]);
	assert_int_equal(BT_CONN_STATE_DISCONNECTING, info_of(conn).state);
	bench_disconnected(0x10, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	bench_disconnected(0x10, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(1, heard.disconnected);
	assert_int_equal(-ENOTCONN, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(-EINVAL, bt_conn_disconnect(NULL, 0x13));
	bt_conn_unref(conn);
}

static void test_a_refused_disconnect_changes_nothing(void **state)
{
	struct bt_conn *conn = link_up(0x10, 1);

	bench_refuse(BT_HCI_OP_DISCONNECT, BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(-EIO, bt_conn_disconnect(conn, 0x55));
	assert_int_equal(BT_CONN_STATE_CONNECTED, info_of(conn).state);
	bench_silence(BT_HCI_OP_DISCONNECT);
	assert_int_equal(-ETIMEDOUT, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
}

static void goes_meanwhile(void)
{
	bench_disconnected(0x10, BT_HCI_ERR_CONN_TIMEOUT);
}

static void test_a_link_may_go_while_its_disconnect_waits(void **state)
{
	struct bt_conn *conn = link_up(0x10, 1);

	bench_during(BT_HCI_OP_DISCONNECT, goes_meanwhile);
	bench_refuse(BT_HCI_OP_DISCONNECT, BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(1, heard.disconnected);
}

static void test_a_link_that_the_controller_forgot_is_reported_gone(void **state)
{
	struct bt_conn *conn = link_up(0x10, 1);

	bench_refuse(BT_HCI_OP_DISCONNECT, BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(0, heard.disconnected);
	bench_pass_ms(1000);
	assert_int_equal(1, heard.disconnected);
	assert_int_equal(BT_HCI_ERR_LOCALHOST_TERM_CONN, heard.reason);
}

static void test_a_disconnect_that_never_completes_is_reported_in_the_end(void **state)
{
	struct bt_conn *conn = link_up(0x10, 1);

	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
	bench_pass_ms(4000);
	assert_int_equal(0, heard.disconnected);
	bench_pass_ms(CONFIG_BT_HCI_CMD_TIMEOUT_MS);
	assert_int_equal(1, heard.disconnected);
}

static void disconnect_at_once(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
}

static void test_disconnect_in_the_connected_callback(void **state)
{
	heard.on_connected = disconnect_at_once;
	link_up(0x10, 1);
	bench_run();
	assert_int_equal(1, bench_commands());
	bench_disconnected(0x10, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(1, heard.disconnected);
}

/* ---- Disable ---- */

static void test_disable_reports_every_link(void **state)
{
	struct bt_conn *kept = bt_conn_ref(link_up(1, 1));

	link_up(2, 2);
	assert_int_equal(0, l2cap__fixed_register(host__l2cap(fav_host_current()), &channel));
	bench_disable(fav_host_current());
	assert_int_equal(2, heard.disconnected);
	assert_int_equal(BT_HCI_ERR_LOCALHOST_TERM_CONN, heard.reason);
	assert_string_equal("dd", order);
	assert_int_equal(-ENOTCONN, bt_conn_disconnect(kept, 0x13));
	assert_true(conn__any_referenced(fav_host_current()));
	bt_conn_unref(kept);
}

static void disable_in_callback(struct bt_conn *conn, uint8_t err)
{
	bench_disable(fav_host_current());
}

static void test_disable_in_the_connected_callback(void **state)
{
	link_up(1, 1);
	heard.on_connected = disable_in_callback;
	bench_connect(0, 2, 1, bench_addr(2));
	assert_int_equal(2, heard.disconnected);
	bench_run();
	assert_false(conn__any_referenced(fav_host_current()));
}

static void test_disable_in_the_disconnected_callback(void **state)
{
	link_up(1, 1);
	link_up(2, 2);
	heard.on_disconnected = disable_in_callback;
	bench_disconnected(1, 0x13);
	assert_int_equal(2, heard.disconnected);
}

static void test_fifty_cycles_leave_nothing(void **state)
{
	for (unsigned int i = 0; i < 50; i++) {
		struct bt_conn *conn = NULL;

		link_up(1, 1);
		assert_int_equal(
			0, bt_conn_le_create(bench_addr(2), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
		bench_disable(fav_host_current());
		bt_conn_unref(conn);
		assert_false(conn__any_referenced(fav_host_current()));
		assert_int_equal(0, bench_enable(fav_host_current()));
	}
	assert_int_equal(100, heard.connected);
}

/* ---- Callbacks ---- */

static unsigned int defined_heard;

static void defined_connected(struct bt_conn *conn, uint8_t err)
{
	defined_heard++;
}

BT_CONN_CB_DEFINE(test_link) = {
	.connected = defined_connected,
};

static void unregister_both(struct bt_conn *conn, uint8_t err);

static struct bt_conn_cb second_cb = {
	.connected = cb_up,
};

static void unregister_both(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(0, bt_conn_cb_unregister(&heard_cb));
	assert_int_equal(0, bt_conn_cb_unregister(&second_cb));
}

static void test_callbacks_may_be_unregistered_within_one(void **state)
{
	assert_int_equal(-EEXIST, bt_conn_cb_register(&heard_cb));
	assert_int_equal(-EINVAL, bt_conn_cb_register(NULL));
	assert_int_equal(-EINVAL, bt_conn_cb_unregister(NULL));
	assert_int_equal(-ENOENT, bt_conn_cb_unregister(&second_cb));
	assert_int_equal(0, bt_conn_cb_register(&second_cb));
	heard.on_connected = unregister_both;
	defined_heard = 0;
	link_up(1, 1);
	assert_int_equal(1, heard.connected);
	assert_string_equal("", order);
	assert_int_equal(1, defined_heard);
}

static struct bt_host *callback_host;

static void note_host(struct bt_conn *conn, uint8_t reason)
{
	callback_host = fav_host_current();
}

static void test_a_host_sees_its_own_connections_alone(void **state)
{
	struct bt_host *first = bench_host(0);
	struct bt_host *second = bench_host(1);

	assert_int_equal(0, bench_enable(second));
	link_up(1, 1);
	fav_host_select(second);
	assert_null(conn__by_handle(second, 1));
	assert_null(bt_conn_lookup_addr_le(1, bench_addr(1)));
	bench_connect(0, 1, 1, bench_addr(1));
	assert_int_equal(1, heard.connected);
	assert_true(conn__by_handle(first, 1) != conn__by_handle(second, 1));
	assert_ptr_equal(first, conn__host(conn__by_handle(first, 1)));

	/* From the work queue, with another host current. */
	heard.on_disconnected = note_host;
	bench_refuse(BT_HCI_OP_DISCONNECT, BT_HCI_ERR_UNKNOWN_CONN_ID);
	fav_host_select(first);
	bench_refuse(BT_HCI_OP_DISCONNECT, BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(0, bt_conn_disconnect(conn__by_handle(first, 1), 0x13));
	fav_host_select(second);
	bench_pass_ms(1000);
	assert_ptr_equal(first, callback_host);
}

/* ---- Back-pressure ---- */

static struct bt_conn *refuse_again;

static void tx_refuse_again(struct bt_conn *conn)
{
	if (conn == refuse_again) {
		refuse_again = NULL;
		conn__tx_refused(conn);
	}
}

static void test_tx_ready_comes_once_for_each_refused_connection(void **state)
{
	struct bt_conn *first = link_up(1, 1);
	struct bt_conn *gone = link_up(3, 3);

	link_up(2, 2);
	conn__tx_freed(fav_host_current());
	bench_run();
	assert_int_equal(0, heard.tx_ready);
	conn__tx_refused(first);
	conn__tx_refused(first);
	conn__tx_refused(gone);
	bench_disconnected(3, 0x13);
	bench_run();
	assert_int_equal(0, heard.tx_ready);
	refuse_again = first;
	heard.on_tx_ready = tx_refuse_again;
	conn__tx_freed(fav_host_current());
	conn__tx_freed(fav_host_current());
	bench_run();
	assert_int_equal(1, heard.tx_ready);
	assert_ptr_equal(first, heard.conn);
	conn__tx_freed(fav_host_current());
	bench_run();
	assert_int_equal(2, heard.tx_ready);
	conn__tx_freed(fav_host_current());
	bench_run();
	assert_int_equal(2, heard.tx_ready);
}

/* ---- Lies ---- */

static uint32_t events_dropped(void)
{
	return host__stats(fav_host_current())->evt_dropped;
}

static void test_a_second_link_with_a_handle_in_use_is_dropped(void **state)
{
	link_up(0x10, 1);
	bench_connect(0, 0x10, 1, bench_addr(2));
	assert_int_equal(1, heard.connected);
	assert_int_equal(1, events_dropped());
}

static void test_impossible_handles_and_roles_are_dropped(void **state)
{
	bench_connect(0, 0x0f00, 1, bench_addr(1));
	bench_connect(0, 0xffff, 1, bench_addr(1));
	bench_connect(0, 0x10, 2, bench_addr(1));
	bench_disconnected(0xffff, 0x13);
	bench_disconnected(0x10, 0x13);
	assert_int_equal(0, heard.connected);
	assert_int_equal(5, events_dropped());
	bench_connect(0, 0x0eff, 1, bench_addr(1));
	assert_int_equal(1, heard.connected);
}

static void test_a_link_as_central_that_nobody_asked_for_is_ended(void **state)
{
	bench_connect(0, 0x10, 0, bench_addr(1));
	assert_int_equal(0, heard.connected);
	assert_int_equal(BT_HCI_ERR_REMOTE_USER_TERM_CONN,
			 bench_last_of(BT_HCI_OP_DISCONNECT)->params[2]);
	bench_run();
}

static void test_a_link_without_a_place_for_it_is_ended(void **state)
{
	for (unsigned int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		link_up((uint16_t)i, (uint8_t)i);
	}
	assert_false(conn__has_free(fav_host_current()));
	bench_connect(0, 0x100, 1, bench_addr(0x99));
	assert_int_equal(CONFIG_BT_MAX_CONN, heard.connected);
	assert_int_equal(CONFIG_BT_MAX_CONN + 1, bench_adv_ended);
	assert_int_equal(BT_HCI_ERR_REMOTE_LOW_RESOURCES,
			 bench_last_of(BT_HCI_OP_DISCONNECT)->params[2]);
	bench_run();
}

static void test_the_end_of_directed_advertising_is_told_to_it(void **state)
{
	struct bt_conn *conn = NULL;

	assert_int_equal(0, bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN, PARAM, &conn));
	bench_connect(BT_HCI_ERR_ADV_TIMEOUT, 0, 1, bench_addr(0));
	assert_int_equal(1, bench_adv_ended);
	assert_int_equal(BT_HCI_ERR_ADV_TIMEOUT, bench_adv_status);
	assert_int_equal(0, heard.connected);
	assert_int_equal(BT_CONN_STATE_CONNECTING, info_of(conn).state);
	bt_conn_unref(conn);
}

static void test_too_many_releases_are_refused(void **state)
{
	struct bt_conn *conn = link_up(1, 1);

	bench_run();
	bench_disconnected(1, 0x13);
	bt_conn_unref(conn);
	bt_conn_unref(conn);
	assert_true(conn__has_free(fav_host_current()));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_peripherals_link_tells_all_about_itself),
		TEST(test_an_enhanced_complete_event_brings_resolved_addresses),
		TEST(test_channels_hear_before_the_application),
		TEST(test_sixteen_links_in_both_roles),
		TEST(test_foreach_visits_each_and_may_disconnect),
		TEST(test_a_place_is_free_again_when_the_last_reference_is_gone),
		TEST(test_recycled_finds_a_free_place),
		TEST(test_the_disconnected_callback_may_connect_to_the_same_peer),
		TEST(test_disconnect_is_told_once_and_may_be_repeated),
		TEST(test_a_refused_disconnect_changes_nothing),
		TEST(test_a_link_may_go_while_its_disconnect_waits),
		TEST(test_a_link_that_the_controller_forgot_is_reported_gone),
		TEST(test_a_disconnect_that_never_completes_is_reported_in_the_end),
		TEST(test_disconnect_in_the_connected_callback),
		TEST(test_disable_reports_every_link),
		TEST(test_disable_in_the_connected_callback),
		TEST(test_disable_in_the_disconnected_callback),
		TEST(test_fifty_cycles_leave_nothing),
		TEST(test_callbacks_may_be_unregistered_within_one),
		TEST(test_a_host_sees_its_own_connections_alone),
		TEST(test_tx_ready_comes_once_for_each_refused_connection),
		TEST(test_a_second_link_with_a_handle_in_use_is_dropped),
		TEST(test_impossible_handles_and_roles_are_dropped),
		TEST(test_a_link_as_central_that_nobody_asked_for_is_ended),
		TEST(test_a_link_without_a_place_for_it_is_ended),
		TEST(test_the_end_of_directed_advertising_is_told_to_it),
		TEST(test_too_many_releases_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
