/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning by the extended commands. */
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

#define COMPLETE 0x00
#define PARTIAL  0x20
#define CUT      0x40

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static uint8_t bytes[1700];

static struct {
	int calls, recvs, timeouts;
	uint8_t adv_type;
	struct bt_le_scan_recv_info info;
	bt_addr_le_t addr;
	uint16_t len;
	uint8_t data[1650];
	bool stop, pause;
} got;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	got.calls++;
	got.adv_type = adv_type;
	if (got.stop) {
		assert_int_equal(bt_le_scan_stop(), 0);
	}
	if (got.pause) {
		got.pause = false;
		/* Nothing is dispatched meanwhile. */
		assert_int_equal(bt_le_filter_accept_list_clear(), 0);
	}
}

static void on_recv(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf)
{
	got.recvs++;
	got.info = *info;
	got.addr = *info->addr;
	got.len = buf->len;
	memcpy(got.data, buf->data, MIN(buf->len, sizeof(got.data)));
}

static void on_timeout(void)
{
	got.timeouts++;
}

static struct bt_le_scan_cb listener = {.recv = on_recv, .timeout = on_timeout};

static int setup(void **state)
{
	memset(&got, 0, sizeof(got));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i % 251);
	}
	scripted_begin(&s);
	scripted_ext(&s);
	scripted_enable(&s);
	scripted_forget(&s);
	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
	return 0;
}

static int teardown(void **state)
{
	bt_le_scan_cb_unregister(&listener);
	scripted_down(&s);
	return 0;
}

static void start(void)
{
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
}

static struct fav_host_stats stats(void)
{
	struct fav_host_stats st;

	fav_host_stats_get(s.host, &st);
	return st;
}

static struct bt_hci_evt_le_ext_advertising_info from(uint8_t last_byte, uint16_t evt_type)
{
	struct bt_hci_evt_le_ext_advertising_info info = {
		.evt_type = sys_cpu_to_le16(evt_type),
		.addr = peer,
		.prim_phy = BT_HCI_LE_PHY_1M,
		.sec_phy = BT_HCI_LE_PHY_2M,
		.sid = 3,
		.tx_power = 5,
		.rssi = -60,
		.interval = sys_cpu_to_le16(0x50),
	};

	info.addr.a.val[0] = last_byte;
	return info;
}

static void report(uint8_t last_byte, uint16_t evt_type, const void *data, uint8_t len)
{
	scripted_ext_report(&s, from(last_byte, evt_type), data, len);
	scripted_settle();
}

/* ---- What is sent ---- */

static const struct scripted_cmd *started(uint8_t type, uint32_t options, uint16_t interval_coded,
					  uint16_t window_coded)
{
	struct bt_le_scan_param param =
		BT_LE_SCAN_PARAM_INIT(type, options, BT_GAP_SCAN_FAST_INTERVAL, 0x30);

	param.interval_coded = interval_coded;
	param.window_coded = window_coded;
	assert_int_equal(bt_le_scan_start(&param, on_report), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	return scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM);
}

static void the_parameters_are_passed_on(void **state)
{
	static const uint8_t one[] = {0, 0, 1, 1, 0x60, 0, 0x30, 0};
	static const uint8_t two[] = {0, 1, 5, 0, 0x60, 0, 0x30, 0, 0, 0x00, 2, 0x00, 1};
	static const uint8_t coded[] = {0, 0, 4, 0, 0x60, 0, 0x30, 0};
	const struct scripted_cmd *cmd = started(BT_LE_SCAN_TYPE_ACTIVE, 0, 0, 0);

	assert_int_equal(cmd->len, sizeof(one));
	assert_memory_equal(cmd->params, one, sizeof(one));
	cmd = started(BT_LE_SCAN_TYPE_PASSIVE,
		      BT_LE_SCAN_OPT_CODED | BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST, 0x200, 0x100);
	assert_int_equal(cmd->len, sizeof(two));
	assert_memory_equal(cmd->params, two, sizeof(two));
	cmd = started(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_CODED | BT_LE_SCAN_OPT_NO_1M, 0, 0);
	assert_int_equal(cmd->len, sizeof(coded));
	assert_memory_equal(cmd->params, coded, sizeof(coded));
	assert_false(s.legacy_used);
}

static void on_and_off_are_passed_on(void **state)
{
	static const uint8_t on[] = {1, 1, 0, 0, 0, 0};
	static const uint8_t off[] = {0, 0, 0, 0, 0, 0};

	start();
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE)->params, on,
			    sizeof(on));
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE)->params, off,
			    sizeof(off));
}

static void what_cannot_be_is_refused(void **state)
{
	struct bt_le_scan_param param = *BT_LE_SCAN_PASSIVE;

	param.options = BT_LE_SCAN_OPT_NO_1M;
	assert_int_equal(bt_le_scan_start(&param, NULL), -EINVAL);
	param.options = BT_LE_SCAN_OPT_CODED;
	param.window_coded = 0x100;
	assert_int_equal(bt_le_scan_start(&param, NULL), -EINVAL);
	assert_int_equal(s.cmd_count, 0);
}

static void a_time_limit_is_told(void **state)
{
	struct bt_le_scan_param param = *BT_LE_SCAN_PASSIVE;

	param.timeout = 100;
	assert_int_equal(bt_le_scan_start(&param, NULL), 0);
	scripted_run_ms(1001);
	assert_int_equal(got.timeouts, 1);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE)->params[0], 0);
}

/* ---- Reports ---- */

static void a_report_is_told_with_all_it_says(void **state)
{
	start();
	report(1, COMPLETE | BT_HCI_LE_ADV_EVT_TYPE_CONN, bytes, 200);
	assert_int_equal(got.calls, 1);
	assert_int_equal(got.adv_type, BT_GAP_ADV_TYPE_EXT_ADV);
	assert_int_equal(got.recvs, 1);
	assert_true(bt_addr_le_eq(&got.addr, &peer));
	assert_int_equal(got.info.sid, 3);
	assert_int_equal(got.info.tx_power, 5);
	assert_int_equal(got.info.rssi, -60);
	assert_int_equal(got.info.interval, 0x50);
	assert_int_equal(got.info.adv_props, BT_GAP_ADV_PROP_EXT_ADV | BT_GAP_ADV_PROP_CONNECTABLE);
	assert_int_equal(got.info.primary_phy, BT_GAP_LE_PHY_1M);
	assert_int_equal(got.info.secondary_phy, BT_GAP_LE_PHY_2M);
	assert_int_equal(got.len, 200);
	assert_memory_equal(got.data, bytes, 200);
}

static void legacy_pdus_are_told_as_such(void **state)
{
	static const struct {
		uint16_t evt_type;
		uint8_t adv_type;
		uint16_t props;
	} kinds[] = {
		{0x13, BT_GAP_ADV_TYPE_ADV_IND,
		 BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_SCANNABLE},
		{0x15, BT_GAP_ADV_TYPE_ADV_DIRECT_IND,
		 BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_DIRECTED},
		{0x12, BT_GAP_ADV_TYPE_ADV_SCAN_IND, BT_GAP_ADV_PROP_SCANNABLE},
		{0x10, BT_GAP_ADV_TYPE_ADV_NONCONN_IND, 0},
		{0x1b, BT_GAP_ADV_TYPE_SCAN_RSP,
		 BT_GAP_ADV_PROP_SCAN_RESPONSE | BT_GAP_ADV_PROP_SCANNABLE |
			 BT_GAP_ADV_PROP_CONNECTABLE},
		{0x1a, BT_GAP_ADV_TYPE_SCAN_RSP,
		 BT_GAP_ADV_PROP_SCAN_RESPONSE | BT_GAP_ADV_PROP_SCANNABLE},
	};

	start();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bt_hci_evt_le_ext_advertising_info info = from(1, kinds[i].evt_type);

		info.sec_phy = 0;
		info.sid = 0xff;
		info.addr.type = BT_ADDR_LE_PUBLIC_ID;
		scripted_ext_report(&s, info, bytes, 31);
		scripted_settle();
		assert_int_equal(got.adv_type, kinds[i].adv_type);
		assert_int_equal(got.info.adv_props, kinds[i].props);
		assert_int_equal(got.info.sid, BT_GAP_SID_INVALID);
		assert_int_equal(got.info.secondary_phy, 0);
		assert_int_equal(got.addr.type, BT_ADDR_LE_PUBLIC);
		assert_int_equal(got.len, 31);
	}
}

static void an_advertiser_may_have_no_address(void **state)
{
	struct bt_hci_evt_le_ext_advertising_info info = from(0, COMPLETE);

	info.addr = (bt_addr_le_t){.type = BT_ADDR_LE_ANONYMOUS};
	info.prim_phy = BT_HCI_LE_PHY_CODED;
	start();
	scripted_ext_report(&s, info, bytes, 5);
	scripted_settle();
	assert_int_equal(got.addr.type, BT_ADDR_LE_ANONYMOUS);
	assert_int_equal(got.info.primary_phy, BT_GAP_LE_PHY_CODED);
}

static void several_reports_come_in_one_event(void **state)
{
	struct bt_hci_evt_le_ext_advertising_info info = from(1, COMPLETE);
	uint8_t evt[2 * (sizeof(info) + 10) + 1] = {2};

	info.length = 10;
	for (size_t i = 0; i < 2; i++) {
		memcpy(&evt[1 + i * (sizeof(info) + 10)], &info, sizeof(info));
	}
	start();
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.recvs, 2);
	assert_int_equal(stats().evt_dropped, 0);
	/* Stopped in the first: the second is not for anybody. */
	got.stop = true;
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.calls, 3);
	assert_int_equal(got.recvs, 2);
}

/* ---- Fragments ---- */

/* Bytes from first up to end in fragments of 229; the last has that status. */
static void fragments(uint8_t last_byte, size_t first, size_t end, uint16_t status)
{
	while (first < end) {
		size_t n = MIN(229, end - first);

		report(last_byte, first + n < end ? PARTIAL : status, &bytes[first], (uint8_t)n);
		first += n;
	}
}

static void fragments_are_joined(void **state)
{
	start();
	fragments(1, 0, 1650, COMPLETE);
	assert_int_equal(got.recvs, 1);
	assert_int_equal(got.len, 1650);
	assert_memory_equal(got.data, bytes, 1650);
	fragments(1, 0, 1650, COMPLETE);
	assert_int_equal(got.recvs, 2);
	assert_int_equal(got.len, 1650);
	assert_int_equal(stats().adv_reports_dropped, 0);
}

static void fragments_of_several_advertisers_do_not_mix(void **state)
{
	start();
	fragments(1, 0, 300, PARTIAL);
	fragments(2, 100, 500, PARTIAL);
	report(3, COMPLETE, bytes, 7);
	assert_int_equal(got.recvs, 1);
	assert_int_equal(got.len, 7);
	fragments(1, 300, 600, COMPLETE);
	assert_int_equal(got.len, 600);
	assert_memory_equal(got.data, bytes, 600);
	fragments(2, 500, 700, COMPLETE);
	assert_int_equal(got.len, 600);
	assert_memory_equal(got.data, &bytes[100], 600);
	/* Nor does a scan response with the advertisement. */
	fragments(1, 0, 300, PARTIAL);
	report(1, COMPLETE | BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP, bytes, 9);
	assert_int_equal(got.len, 9);
	fragments(1, 300, 310, COMPLETE);
	assert_int_equal(got.len, 310);
	assert_int_equal(stats().adv_reports_dropped, 0);
}

static void fragments_of_two_sets_of_one_advertiser_do_not_mix(void **state)
{
	struct bt_hci_evt_le_ext_advertising_info other = from(1, PARTIAL);

	start();
	fragments(1, 0, 200, PARTIAL);
	other.sid = 4;
	scripted_ext_report(&s, other, &bytes[500], 100);
	scripted_settle();
	fragments(1, 200, 300, COMPLETE);
	assert_int_equal(got.info.sid, 3);
	assert_int_equal(got.len, 300);
	assert_memory_equal(got.data, bytes, 300);
	other.evt_type = sys_cpu_to_le16(COMPLETE);
	scripted_ext_report(&s, other, &bytes[600], 50);
	scripted_settle();
	assert_int_equal(got.info.sid, 4);
	assert_int_equal(got.len, 150);
	assert_memory_equal(got.data, &bytes[500], 150);
}

static void what_the_controller_lost_is_dropped_and_counted(void **state)
{
	start();
	fragments(1, 0, 500, CUT);
	assert_int_equal(got.recvs, 0);
	assert_int_equal(stats().adv_reports_dropped, 1);
	report(1, CUT, bytes, 10);
	assert_int_equal(stats().adv_reports_dropped, 2);
	report(1, COMPLETE, bytes, 10);
	assert_int_equal(got.recvs, 1);
	assert_int_equal(got.len, 10);
}

static void what_is_too_long_is_dropped_and_counted(void **state)
{
	start();
	fragments(1, 0, 1651, COMPLETE);
	assert_int_equal(got.recvs, 0);
	assert_int_equal(stats().adv_reports_dropped, 1);
	fragments(1, 0, 1650, COMPLETE);
	assert_int_equal(got.recvs, 1);
}

static void fragments_that_never_end_give_way(void **state)
{
	start();
	for (uint8_t i = 0; i < CONFIG_FAV_BT_EXT_SCAN_JOINS + 1; i++) {
		report(i, PARTIAL, bytes, 200);
	}
	assert_int_equal(stats().adv_reports_dropped, 1);
	/* The eldest went: what comes for it is the end of nothing, and that of a report. */
	report(1, COMPLETE, &bytes[200], 50);
	assert_int_equal(got.len, 250);
	/* The next scan knows nothing of the rest. */
	assert_int_equal(bt_le_scan_stop(), 0);
	start();
	report(2, COMPLETE, bytes, 20);
	assert_int_equal(got.len, 20);
}

/* While a call in a callback waits, reports beyond the buffers are dropped: what lost a fragment by
 * it must not be told. */
static void a_report_that_lost_a_fragment_on_the_way_is_not_told(void **state)
{
	start();
	got.pause = true;
	report(9, COMPLETE, bytes, 3);
	assert_int_equal(got.recvs, 1);
	got.pause = true;
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_CLEAR_FAL,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = 100});
	scripted_ext_report(&s, from(9, COMPLETE), bytes, 3);
	for (int i = 0; i < CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT - 2; i++) {
		scripted_ext_report(&s, from(8, COMPLETE), bytes, 3);
	}
	/* The first of these finds the last buffer, the second none. */
	scripted_ext_report(&s, from(1, PARTIAL), bytes, 100);
	scripted_ext_report(&s, from(1, PARTIAL), &bytes[100], 100);
	scripted_run_ms(1000);
	assert_int_equal(stats().adv_reports_dropped, 1);
	report(1, COMPLETE, &bytes[200], 100);
	assert_int_equal(got.recvs, 2 + CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT - 2);
	assert_int_equal(stats().adv_reports_dropped, 2);
	report(1, COMPLETE, bytes, 100);
	assert_int_equal(got.len, 100);
}

/* ---- A controller that lies ---- */

static void malformed_reports_are_dropped(void **state)
{
	struct bt_hci_evt_le_ext_advertising_info info = from(1, COMPLETE);
	uint8_t evt[1 + sizeof(info) + 10] = {1};

	start();
	info.length = 11;
	memcpy(&evt[1], &info, sizeof(info));
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(stats().evt_dropped, 1);
	/* More reports said than there are: the first is told. */
	info.length = 10;
	evt[0] = 200;
	memcpy(&evt[1], &info, sizeof(info));
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.recvs, 1);
	assert_int_equal(stats().evt_dropped, 2);
	info.addr.type = 0x77;
	evt[0] = 1;
	memcpy(&evt[1], &info, sizeof(info));
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, sizeof(evt));
	report(1, BT_HCI_LE_ADV_EVT_TYPE_LEGACY, bytes, 32);
	assert_int_equal(got.recvs, 1);
	assert_int_equal(stats().evt_dropped, 4);
	/* A status that none has. */
	report(1, 0x60, bytes, 5);
	assert_int_equal(got.recvs, 1);
	assert_int_equal(stats().adv_reports_dropped, 1);
	scripted_le_evt(&s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, NULL, 0);
	scripted_settle();
	assert_int_equal(stats().evt_dropped, 5);
}

static void without_a_scan_nobody_hears(void **state)
{
	report(1, COMPLETE, bytes, 10);
	assert_int_equal(got.recvs, 0);
}

static void a_controller_may_refuse_or_be_silent(void **state)
{
	static const uint16_t commands[] = {BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
					    BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		scripted_refuse(&s, commands[i], BT_HCI_ERR_HW_FAILURE);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -EIO);
		scripted_obey(&s);
		scripted_rule(&s, (struct scripted_rule){.opcode = commands[i],
							 .nth = 1,
							 .deed = SCRIPTED_SILENT});
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), -ETIMEDOUT);
		scripted_obey(&s);
		scripted_settle();
		start();
		assert_int_equal(bt_le_scan_stop(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(the_parameters_are_passed_on),
		T(on_and_off_are_passed_on),
		T(what_cannot_be_is_refused),
		T(a_time_limit_is_told),
		T(a_report_is_told_with_all_it_says),
		T(legacy_pdus_are_told_as_such),
		T(an_advertiser_may_have_no_address),
		T(several_reports_come_in_one_event),
		T(fragments_are_joined),
		T(fragments_of_several_advertisers_do_not_mix),
		T(fragments_of_two_sets_of_one_advertiser_do_not_mix),
		T(what_the_controller_lost_is_dropped_and_counted),
		T(what_is_too_long_is_dropped_and_counted),
		T(fragments_that_never_end_give_way),
		T(a_report_that_lost_a_fragment_on_the_way_is_not_told),
		T(malformed_reports_are_dropped),
		T(without_a_scan_nobody_hears),
		T(a_controller_may_refuse_or_be_silent),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
