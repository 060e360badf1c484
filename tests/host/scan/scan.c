/* SPDX-License-Identifier: Apache-2.0 */
/* Legacy scanning, and the accept list. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/scripted.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

static struct {
	int calls;
	bt_addr_le_t addr;
	int8_t rssi;
	uint8_t adv_type;
	uint16_t adv_props;
	uint16_t len;
	uint8_t data[31];
} got, heard;
static int timeouts;

static void note(typeof(got) *n, const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		 struct net_buf_simple *buf)
{
	n->calls++;
	n->addr = *addr;
	n->rssi = rssi;
	n->adv_type = adv_type;
	n->len = buf->len;
	memcpy(n->data, buf->data, MIN(buf->len, sizeof(n->data)));
	/* Consumes it: the next listener gets the whole all the same. */
	net_buf_simple_pull(buf, buf->len);
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	assert_ptr_equal(fav_host_current(), s.host);
	note(&got, addr, rssi, adv_type, buf);
}

static void on_recv(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf)
{
	note(&heard, info->addr, info->rssi, info->adv_type, buf);
	heard.adv_props = info->adv_props;
	assert_int_equal(info->sid, BT_GAP_SID_INVALID);
	assert_int_equal(info->tx_power, BT_GAP_TX_POWER_INVALID);
	assert_int_equal(info->primary_phy, BT_GAP_LE_PHY_1M);
	assert_int_equal(info->secondary_phy, 0);
}

static void on_timeout(void)
{
	timeouts++;
}

static struct bt_le_scan_cb listener = {.recv = on_recv, .timeout = on_timeout};

static int setup(void **state)
{
	memset(&got, 0, sizeof(got));
	memset(&heard, 0, sizeof(heard));
	timeouts = 0;
	scripted_up(&s);
	scripted_forget(&s);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

static void start(bt_le_scan_cb_t cb)
{
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, cb), 0);
}

static uint32_t dropped(void)
{
	struct fav_host_stats stats;

	fav_host_stats_get(s.host, &stats);
	return stats.evt_dropped;
}

static bool enabled_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE);

	return cmd != NULL && cmd->params[0] == BT_HCI_LE_SCAN_ENABLE;
}

/* ---- What is sent ---- */

static void the_parameters_are_passed_on(void **state)
{
	const struct bt_hci_cp_le_set_scan_param *cp;

	assert_int_equal(
		bt_le_scan_start(BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_ACTIVE,
						  BT_LE_SCAN_OPT_FILTER_DUPLICATE |
							  BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST,
						  0x60, 0x30),
				 NULL),
		0);
	cp = (const void *)scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_PARAM)->params;
	assert_int_equal(cp->scan_type, BT_HCI_LE_SCAN_ACTIVE);
	assert_int_equal(sys_le16_to_cpu(cp->interval), 0x60);
	assert_int_equal(sys_le16_to_cpu(cp->window), 0x30);
	assert_int_equal(cp->filter_policy, BT_HCI_LE_SCAN_FP_BASIC_FILTER);
	assert_int_equal(cp->addr_type, BT_ADDR_LE_PUBLIC);
	assert_true(enabled_sent());
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[1], 1);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_false(enabled_sent());
	assert_int_equal(
		bt_le_scan_start(BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, 0, 0x60, 0x60), NULL),
		0);
	cp = (const void *)scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_PARAM)->params;
	assert_int_equal(cp->scan_type, BT_HCI_LE_SCAN_PASSIVE);
	assert_int_equal(cp->filter_policy, BT_HCI_LE_SCAN_FP_BASIC_NO_FILTER);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE)->params[1], 0);
}

static int start_with(uint8_t type, uint32_t options, uint16_t interval, uint16_t window)
{
	return bt_le_scan_start(BT_LE_SCAN_PARAM(type, options, interval, window), NULL);
}

static void what_is_out_of_range_is_refused(void **state)
{
	assert_int_equal(bt_le_scan_start(NULL, NULL), -EINVAL);
	assert_int_equal(start_with(2, 0, 0x60, 0x30), -EINVAL);
	assert_int_equal(start_with(0, BT_LE_SCAN_OPT_CODED, 0x60, 0x30), -ENOTSUP);
	assert_int_equal(start_with(0, 0, 0x60, 0x61), -EINVAL);
	assert_int_equal(start_with(0, 0, 0x60, 0x03), -EINVAL);
	assert_int_equal(start_with(0, 0, 0x4001, 0x30), -EINVAL);
	assert_int_equal(s.cmd_count, 0);
	assert_int_equal(start_with(0, 0, 0x4000, 0x4000), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(start_with(0, 0, 4, 4), 0);
}

static void starting_twice_is_refused_and_stopping_twice_is_not(void **state)
{
	assert_int_equal(bt_le_scan_stop(), 0);
	start(NULL);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), -EALREADY);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE), 2);
	start(NULL);
}

static void a_disabled_host_does_not_scan(void **state)
{
	start(on_report);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), -EAGAIN);
	assert_int_equal(bt_le_scan_stop(), -EAGAIN);
	assert_int_equal(bt_le_filter_accept_list_add(&peer), -EAGAIN);
	scripted_enable(&s);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, 0);
	scripted_settle();
	assert_int_equal(got.calls, 0);
	start(on_report);
}

/* ---- Reports ---- */

static void a_report_reaches_callback_and_listeners_whole(void **state)
{
	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	assert_int_equal(bt_le_scan_cb_register(&listener), -EEXIST);
	assert_int_equal(bt_le_scan_cb_register(NULL), -EINVAL);
	start(on_report);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, "\x02\x01\x06", 3, -70);
	scripted_settle();
	assert_int_equal(got.calls, 1);
	assert_memory_equal(&got.addr, &peer, sizeof(peer));
	assert_int_equal(got.rssi, -70);
	assert_int_equal(got.adv_type, BT_GAP_ADV_TYPE_ADV_IND);
	assert_int_equal(got.len, 3);
	assert_memory_equal(got.data, "\x02\x01\x06", 3);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.len, 3);
	assert_int_equal(heard.adv_props, BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_SCANNABLE);
	bt_le_scan_cb_unregister(&listener);
	scripted_report(&s, BT_GAP_ADV_TYPE_SCAN_RSP, &peer, NULL, 0, -70);
	scripted_settle();
	assert_int_equal(got.calls, 2);
	assert_int_equal(got.len, 0);
	assert_int_equal(heard.calls, 1);
	bt_le_scan_cb_unregister(&listener);
}

static void an_event_may_hold_several_reports(void **state)
{
	uint8_t evt[64] = {3};
	size_t len = 1;

	for (uint8_t i = 0; i < 3; i++) {
		uint8_t report[] = {BT_GAP_ADV_TYPE_ADV_NONCONN_IND, 1, i, 0, 0, 0, 0, 0, i};

		memcpy(&evt[len], report, sizeof(report));
		len += sizeof(report);
		memset(&evt[len], i, i);
		len += i;
		evt[len++] = 0xc0;
	}
	start(on_report);
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, len);
	scripted_settle();
	assert_int_equal(got.calls, 3);
	assert_int_equal(got.addr.a.val[0], 2);
	assert_int_equal(got.len, 2);
	assert_int_equal(got.rssi, -64);
	assert_int_equal(dropped(), 0);
}

static void an_address_that_the_controller_resolved_is_an_identity(void **state)
{
	bt_addr_le_t resolved = peer;

	resolved.type = BT_ADDR_LE_RANDOM_ID;
	start(on_report);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &resolved, NULL, 0, 0);
	scripted_settle();
	assert_memory_equal(&got.addr, &peer, sizeof(peer));
}

static void reports_that_lie_about_their_length_are_dropped(void **state)
{
	uint8_t evt[60] = {1, 0, 0, 1, 2, 3, 4, 5, 6};

	start(on_report);
	/* More reports than there are; data beyond the end; no RSSI; too long for legacy. */
	evt[0] = 2;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 11);
	evt[0] = 1;
	evt[9] = 200;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 20);
	evt[9] = 5;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 15);
	evt[9] = 32;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 11 + 32);
	/* An event type and an address type that do not exist. */
	evt[9] = 0;
	evt[1] = 5;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 11);
	evt[1] = 0;
	evt[2] = 4;
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 11);
	scripted_settle();
	assert_int_equal(got.calls, 1);
	assert_int_equal(dropped(), 6);
}

static void no_report_is_lost_under_load(void **state)
{
	struct fav_host_stats stats;

	start(on_report);
	for (int i = 0; i < 500; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	}
	scripted_settle();
	assert_int_equal(got.calls, 500);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.adv_reports_dropped, 0);
}

static void main_may_wait_without_losing_reports(void **state)
{
	struct fav_host_stats stats;

	start(on_report);
	for (int i = 0; i < 200; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	}
	scripted_rule(&s, (struct scripted_rule){.deed = SCRIPTED_LATE, .delay_ms = 30});
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
	assert_int_equal(got.calls, 200);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.adv_reports_dropped, 0);
}

static void sleep_in_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			    struct net_buf_simple *buf)
{
	got.calls++;
	k_msleep(3);
}

static void slow_callbacks_lose_no_reports_while_main_waits(void **state)
{
	struct fav_host_stats stats;

	start(sleep_in_report);
	for (int i = 0; i < 100; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	}
	scripted_rule(&s, (struct scripted_rule){.deed = SCRIPTED_LATE, .delay_ms = 1000});
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, NULL), 0);
	assert_int_equal(got.calls, 100);
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.adv_reports_dropped, 0);
}

/* ---- Inside the callback ---- */

static int stop_err, connect_err;
static struct bt_conn *conn;

static void stop_and_connect(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			     struct net_buf_simple *buf)
{
	got.calls++;
	stop_err = bt_le_scan_stop();
	connect_err =
		bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn);
}

static void the_callback_may_stop_the_scan_and_connect(void **state)
{
	stop_err = 1;
	connect_err = 1;
	start(stop_and_connect);
	for (int i = 0; i < 3; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	}
	scripted_settle();
	assert_int_equal(stop_err, 0);
	assert_int_equal(connect_err, 0);
	/* Reports that had arrived before are not told after the stop. */
	assert_int_equal(got.calls, 1);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN));
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	bt_conn_unref(conn);
}

static void restart(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		    struct net_buf_simple *buf)
{
	got.calls++;
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, restart), 0);
}

static void restarting_in_the_callback_ends_the_walk_of_the_old_scan(void **state)
{
	static const uint8_t two[] = {2, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0,
				      0, 0, 1, 2, 3, 4, 5, 6, 0, 0};

	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	start(restart);
	scripted_le_evt(&s, BT_HCI_EVT_LE_ADVERTISING_REPORT, two, sizeof(two));
	scripted_settle();
	assert_int_equal(got.calls, 1);
	assert_int_equal(heard.calls, 0);
	bt_le_scan_cb_unregister(&listener);
}

static void disable_in_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			      struct net_buf_simple *buf)
{
	got.calls++;
	assert_int_equal(bt_disable(), 0);
}

static void the_callback_may_disable_the_host(void **state)
{
	start(disable_in_report);
	for (int i = 0; i < 3; i++) {
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	}
	scripted_settle();
	assert_int_equal(got.calls, 1);
	assert_false(bt_is_ready());
}

static struct bt_le_scan_cb second;

static void unregister_both(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf)
{
	heard.calls++;
	bt_le_scan_cb_unregister(&second);
	bt_le_scan_cb_unregister(&listener);
}

static void listeners_may_go_while_they_are_told(void **state)
{
	struct bt_le_scan_cb first = {.recv = unregister_both};
	struct bt_le_scan_cb third = {.recv = on_recv};

	second.recv = on_recv;
	assert_int_equal(bt_le_scan_cb_register(&first), 0);
	assert_int_equal(bt_le_scan_cb_register(&second), 0);
	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	assert_int_equal(bt_le_scan_cb_register(&third), 0);
	start(NULL);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	scripted_settle();
	assert_int_equal(heard.calls, 2);
	bt_le_scan_cb_unregister(&first);
	bt_le_scan_cb_unregister(&third);
}

/* ---- The timeout ---- */

static void a_scan_with_a_timeout_stops_by_itself(void **state)
{
	struct bt_le_scan_param param = *BT_LE_SCAN_ACTIVE;

	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	param.timeout = 20; /* 200 ms */
	assert_int_equal(bt_le_scan_start(&param, on_report), 0);
	scripted_run_ms(199);
	assert_int_equal(timeouts, 0);
	assert_true(enabled_sent());
	scripted_run_ms(1);
	assert_int_equal(timeouts, 1);
	assert_false(enabled_sent());
	start(NULL);
	scripted_run_ms(1000);
	assert_int_equal(timeouts, 1);
	bt_le_scan_cb_unregister(&listener);
}

static void stopping_takes_the_timeout_along(void **state)
{
	struct bt_le_scan_param param = *BT_LE_SCAN_ACTIVE;

	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	param.timeout = 20;
	assert_int_equal(bt_le_scan_start(&param, NULL), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	start(NULL);
	scripted_run_ms(1000);
	assert_int_equal(timeouts, 0);
	assert_true(enabled_sent());
	bt_le_scan_cb_unregister(&listener);
}

/* ---- Controllers that refuse, are silent ---- */

static void a_refusal_leaves_it_off(void **state)
{
	static const uint16_t opcodes[] = {BT_HCI_OP_LE_SET_SCAN_PARAM,
					   BT_HCI_OP_LE_SET_SCAN_ENABLE};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		scripted_refuse(&s, opcodes[i], BT_HCI_ERR_CMD_DISALLOWED);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), -EACCES);
		scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
		scripted_settle();
		assert_int_equal(got.calls, 0);
		scripted_obey(&s);
		start(NULL);
		assert_int_equal(bt_le_scan_stop(), 0);
	}
}

static void a_stop_that_is_refused_can_be_tried_again(void **state)
{
	start(NULL);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_scan_stop(), -EIO);
	scripted_obey(&s);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_false(enabled_sent());
}

static void silence_at_enable_sends_a_disable_after_it(void **state)
{
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_SCAN_ENABLE,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), -ETIMEDOUT);
	scripted_settle();
	assert_false(enabled_sent());
	start(NULL);
}

static void a_controller_that_does_not_stop_is_stopped_for_the_application(void **state)
{
	struct bt_le_scan_param param = *BT_LE_SCAN_ACTIVE;

	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	param.timeout = 20;
	assert_int_equal(bt_le_scan_start(&param, on_report), 0);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_SCAN_ENABLE, BT_HCI_ERR_HW_FAILURE);
	scripted_run_ms(300);
	assert_int_equal(timeouts, 1);
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, &peer, NULL, 0, -70);
	scripted_settle();
	assert_int_equal(got.calls, 0);
	bt_le_scan_cb_unregister(&listener);
}

/* ---- The accept list and the channel map ---- */

static void the_accept_list_is_the_controllers(void **state)
{
	assert_int_equal(bt_le_filter_accept_list_add(&peer), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_ADD_DEV_TO_FAL)->params, &peer, 7);
	assert_int_equal(bt_le_filter_accept_list_remove(&peer), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_REM_DEV_FROM_FAL)->params, &peer, 7);
	assert_int_equal(bt_le_filter_accept_list_clear(), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_CLEAR_FAL)->len, 0);
	assert_int_equal(bt_le_filter_accept_list_add(NULL), -EINVAL);
	assert_int_equal(bt_le_filter_accept_list_remove(NULL), -EINVAL);
	scripted_refuse(&s, BT_HCI_OP_LE_ADD_DEV_TO_FAL, BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	assert_int_equal(bt_le_filter_accept_list_add(&peer), -ENOMEM);
	scripted_refuse(&s, BT_HCI_OP_LE_CLEAR_FAL, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(bt_le_filter_accept_list_clear(), -EACCES);
	scripted_silence(&s, BT_HCI_OP_LE_REM_DEV_FROM_FAL);
	assert_int_equal(bt_le_filter_accept_list_remove(&peer), -ETIMEDOUT);
}

static void a_channel_map_leaves_two_channels(void **state)
{
	uint8_t map[5] = {0x03, 0, 0, 0, 0};

	assert_int_equal(bt_le_set_chan_map(map), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF)->params, map, 5);
	map[0] = 0x01;
	assert_int_equal(bt_le_set_chan_map(map), -EINVAL);
	map[4] = 0x20;
	assert_int_equal(bt_le_set_chan_map(map), -EINVAL);
	map[0] = 0xff;
	map[4] = 0x1f;
	scripted_refuse(&s, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_set_chan_map(map), -EIO);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(bt_le_set_chan_map(map), -EAGAIN);
	memset(s.commands, 0, sizeof(s.commands));
	scripted_enable(&s);
	assert_int_equal(bt_le_set_chan_map(map), -ENOTSUP);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_parameters_are_passed_on),
		TEST(what_is_out_of_range_is_refused),
		TEST(starting_twice_is_refused_and_stopping_twice_is_not),
		TEST(a_disabled_host_does_not_scan),
		TEST(a_report_reaches_callback_and_listeners_whole),
		TEST(an_event_may_hold_several_reports),
		TEST(an_address_that_the_controller_resolved_is_an_identity),
		TEST(reports_that_lie_about_their_length_are_dropped),
		TEST(no_report_is_lost_under_load),
		TEST(main_may_wait_without_losing_reports),
		TEST(slow_callbacks_lose_no_reports_while_main_waits),
		TEST(the_callback_may_stop_the_scan_and_connect),
		TEST(restarting_in_the_callback_ends_the_walk_of_the_old_scan),
		TEST(the_callback_may_disable_the_host),
		TEST(listeners_may_go_while_they_are_told),
		TEST(a_scan_with_a_timeout_stops_by_itself),
		TEST(stopping_takes_the_timeout_along),
		TEST(a_refusal_leaves_it_off),
		TEST(a_stop_that_is_refused_can_be_tried_again),
		TEST(silence_at_enable_sends_a_disable_after_it),
		TEST(a_controller_that_does_not_stop_is_stopped_for_the_application),
		TEST(the_accept_list_is_the_controllers),
		TEST(a_channel_map_leaves_two_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
