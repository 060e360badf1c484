/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation, and the n-th command, of extended and periodic advertising and scanning
 * fail, for every n: a clean error, a consistent state, and a second try that works. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/fault/each.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static uint8_t bytes[254];
static int reports;
static struct bt_le_ext_adv *set;
static struct bt_le_per_adv_sync *sync;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	assert_int_equal(buf->len, 400);
	reports++;
}

/* A set with long data and a train, a legacy advertiser beside it. */
static int advertise(void)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250)};
	int err = bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, NULL, &set);

	if (err == 0) {
		err = bt_le_ext_adv_set_data(set, ad, 2, NULL, 0);
	}
	if (err == 0) {
		err = bt_le_per_adv_set_param(set, BT_LE_PER_ADV_DEFAULT);
	}
	if (err == 0) {
		err = bt_le_per_adv_set_data(set, ad, 2);
	}
	if (err == 0) {
		err = bt_le_per_adv_start(set);
	}
	if (err == 0) {
		err = bt_le_ext_adv_start(set, NULL);
	}
	return err != 0 ? err : bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0);
}

static void hear(void)
{
	struct bt_hci_evt_le_ext_advertising_info info = {
		.evt_type = sys_cpu_to_le16(1 << 5), .addr = peer, .prim_phy = 1, .sec_phy = 2};

	scripted_ext_report(&s, info, bytes, 200);
	info.evt_type = 0;
	scripted_ext_report(&s, info, bytes, 200);
	scripted_run_ms(2000);
}

static int listen(void)
{
	const struct bt_le_per_adv_sync_param param = {.addr = peer, .sid = 1, .timeout = 100};
	int err = bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report);

	if (err == 0) {
		hear();
		err = bt_le_scan_stop();
	}
	if (err == 0) {
		err = bt_le_per_adv_list_add(&peer, 2);
	}
	if (err == 0) {
		err = bt_le_per_adv_sync_create(&param, &sync);
	}
	return err != 0 ? err : bt_le_per_adv_sync_delete(sync);
}

static int end(void)
{
	const struct bt_hci_evt_le_per_adv_sync_established cancelled = {
		.status = BT_HCI_ERR_OP_CANCELLED_BY_HOST};
	int err = bt_le_adv_stop();

	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED, &cancelled, sizeof(cancelled));
	scripted_run_ms(2000);
	if (err == 0) {
		err = bt_le_ext_adv_stop(set);
	}
	return err != 0 ? err : bt_le_ext_adv_delete(set);
}

/* The whole run; the first error ends it. */
static int run(void)
{
	int err = bt_is_ready() ? 0 : bt_enable(NULL);

	if (err == 0) {
		err = advertise();
	}
	if (err == 0) {
		err = listen();
	}
	return err != 0 ? err : end();
}

static void begin(void)
{
	reports = 0;
	set = NULL;
	sync = NULL;
	scripted_begin(&s);
	scripted_ext(&s);
}

/* After a failure nothing is half done: what runs can be stopped, and all can be run again. */
static void recover(void)
{
	if (bt_is_ready()) {
		struct bt_le_ext_adv_info info;

		assert_int_equal(bt_le_scan_stop(), 0);
		assert_int_equal(bt_le_adv_stop(), 0);
		if (bt_le_ext_adv_get_info(set, &info) == 0) {
			assert_int_equal(bt_le_ext_adv_stop(set), 0);
			assert_int_equal(bt_le_ext_adv_delete(set), 0);
		}
		if (bt_le_per_adv_sync_lookup_index(0) != NULL) {
			(void)bt_le_per_adv_sync_delete(bt_le_per_adv_sync_lookup_index(0));
			scripted_run_ms(CONFIG_BT_HCI_CMD_TIMEOUT_MS + 1);
		}
	}
	assert_int_equal(run(), 0);
}

/* A report that found no buffer came later, not never. */
static void check(void)
{
	assert_int_equal(reports, 1);
}

static const struct each_run all = {
	.s = &s,
	.begin = begin,
	.run = run,
	.recover = recover,
	.check = check,
};

static void any_allocation_may_fail(void **state)
{
	struct each_result result = each_allocation_fails(&all);

	assert_in_range(result.runs, 50, 300);
	assert_true(result.errors > 0);
}

static void any_command_may_be_refused_or_unanswered(void **state)
{
	static const enum scripted_deed deeds[] = {SCRIPTED_REFUSE, SCRIPTED_SILENT,
						   SCRIPTED_WRONG_OPCODE, SCRIPTED_SHORT};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		struct each_result result = each_command_meets(&all, deeds[i]);

		/* Some are sent without waiting for what becomes of them. */
		assert_true(deeds[i] == SCRIPTED_SHORT || result.errors >= result.runs - 3);
	}
}

static void the_transport_may_go_at_any_command(void **state)
{
	each_command_loses_the_transport(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(any_command_may_be_refused_or_unanswered),
		cmocka_unit_test(the_transport_may_go_at_any_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
