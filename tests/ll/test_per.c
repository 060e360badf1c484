/* SPDX-License-Identifier: Apache-2.0 */

/* Periodic advertising and synchronizing to it, Core 6.0 Vol 6 Part B 4.4.2.12, 4.4.5. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ll_ext_pdu.h"
#include "ll/bench.h"
#include "ll/ext.h"
#include "ll/ll_peer.h"

#define ADV_ACCESS_ADDRESS 0x8e89bed6
#define INTERVAL           40 /* 50 ms */
#define INTERVAL_US        50000

static struct bench bench;
static uint8_t data[EXT_DATA_MAX];
static struct ext_train train;
static bt_addr_le_t advertiser;

/* Device 0 advertises a train of that much data in set 3, SID 9. */
static void advertise(size_t devices, uint8_t secondary, size_t len)
{
	bench_begin(&bench, devices);
	advertiser = raw_public_addr(&bench.dev[0]);
	ext_fill(data, sizeof(data), 4);
	ext_set_make(&bench.dev[0],
		     &(struct ext_set){.handle = 3, .sid = 9, .secondary = secondary});
	ext_per_start(&bench.dev[0], 3, INTERVAL, data, len);
	ext_set_start(&bench.dev[0], 3);
}

static uint16_t synchronize(struct raw_host *host, uint16_t skip, uint16_t timeout_10ms)
{
	uint16_t handle;

	ext_scan_start(host, false, 1);
	assert_int_equal(ext_sync(host, &advertiser, 9, skip, timeout_10ms, 0), 0);
	assert_int_equal(ext_synced(host, 3000, &handle), 0);
	ext_scan_stop(host);
	return handle;
}

/*
 *   A                                  S
 *   |-- ADV_EXT_IND, AUX_ADV_IND ----->|  SyncInfo
 *   |-- AUX_SYNC_IND ----------------->|  sync established
 *   |-- AUX_SYNC_IND ----------------->|  each interval, scanning or not
 */
static void a_train_is_found_and_followed(void **state)
{
	const struct bt_hci_evt_le_per_adv_sync_established *evt;
	uint64_t last_us = 0;

	for (uint8_t phy = 1; phy <= 3; phy++) {
		advertise(2, phy, 100);
		ext_scan_start(&bench.dev[1], false, 1);
		assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 0), 0);
		evt = (const void *)raw_expect_le(&bench.dev[1],
						  BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED, 3000)
			      ->params;
		assert_int_equal(evt->status, 0);
		assert_int_equal(evt->sid, 9);
		assert_true(bt_addr_le_eq(&evt->adv_addr, &advertiser));
		assert_int_equal(evt->phy, phy);
		assert_int_equal(sys_le16_to_cpu(evt->interval), INTERVAL);
		ext_scan_stop(&bench.dev[1]);
		for (int i = 0; i < 100; i++) {
			assert_true(ext_train(&bench.dev[1], &train, 60));
			assert_int_equal(train.status, 0);
			assert_int_equal(train.rssi, -50);
			assert_int_equal(train.len, 100);
			assert_memory_equal(train.data, data, 100);
			assert_true(i == 0 || train.at_us - last_us == INTERVAL_US);
			last_us = train.at_us;
		}
		bench_end(&bench);
	}
}

/* The report of the set says the interval of its train. */
static void a_scanner_hears_of_the_train(void **state)
{
	static struct ext_heard heard;

	advertise(2, 1, 10);
	ext_scan_start(&bench.dev[1], false, 0);
	raw_run_ms(200);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_int_equal(heard.interval, INTERVAL);
	bench_end(&bench);
}

/*
 *   A                                  S
 *   |-- AUX_SYNC_IND ----------------->|
 *   |-- AUX_CHAIN_IND ... ------------>|  on the train's access address
 */
static void a_train_of_1650_bytes_is_whole(void **state)
{
	advertise(2, 2, sizeof(data));
	(void)synchronize(&bench.dev[1], 0, 100);
	for (int i = 0; i < 20; i++) {
		assert_true(ext_train(&bench.dev[1], &train, 100));
		assert_int_equal(train.status, 0);
		assert_int_equal(train.len, sizeof(data));
		assert_memory_equal(train.data, data, sizeof(data));
	}
	bench_end(&bench);
}

/* Two trains of one device, and two who follow both. */
static void several_trains_are_followed_at_once(void **state)
{
	uint16_t handle;

	advertise(3, 1, 50);
	ext_set_make(&bench.dev[0], &(struct ext_set){.handle = 4, .sid = 1});
	ext_per_start(&bench.dev[0], 4, 2 * INTERVAL, data + 100, 60);
	ext_set_start(&bench.dev[0], 4);
	for (int i = 1; i <= 2; i++) {
		unsigned int count[2] = {0};
		uint16_t first = synchronize(&bench.dev[i], 0, 100);

		ext_scan_start(&bench.dev[i], false, 1);
		assert_int_equal(ext_sync(&bench.dev[i], &advertiser, 1, 0, 100, 0), 0);
		assert_int_equal(ext_synced(&bench.dev[i], 3000, &handle), 0);
		ext_scan_stop(&bench.dev[i]);
		assert_int_not_equal(handle, first);
		raw_forget(&bench.dev[i]);
		for (int n = 0; n < 90; n++) {
			assert_true(ext_train(&bench.dev[i], &train, 200));
			count[train.handle == handle]++;
			assert_int_equal(train.len, train.handle == handle ? 60 : 50);
			assert_memory_equal(train.data, data + (train.handle == handle ? 100 : 0),
					    train.len);
		}
		assert_in_range(count[0], 55, 65);
		assert_in_range(count[1], 25, 35);
	}
	bench_end(&bench);
}

static void the_set_may_end_and_its_train_goes_on(void **state)
{
	advertise(2, 1, 50);
	(void)synchronize(&bench.dev[1], 0, 100);
	ext_set_stop(&bench.dev[0], 3);
	assert_int_equal(raw_cmd(&bench.dev[0], BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(3)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_run_ms(500);
	raw_forget(&bench.dev[1]);
	assert_true(ext_train(&bench.dev[1], &train, 100));
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(0, 3));
	raw_do(&bench.dev[0], BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(3));
	bench_end(&bench);
}

static void a_train_that_ends_is_lost_after_its_timeout(void **state)
{
	const struct raw_event *event;
	uint16_t handle;

	advertise(2, 1, 50);
	handle = synchronize(&bench.dev[1], 0, 70);
	raw_run_ms(1000);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(0, 3));
	while (ext_train(&bench.dev[1], &train, 100)) {
	}
	event = raw_expect_le(&bench.dev[1], BT_HCI_EVT_LE_PER_ADV_SYNC_LOST, 2000);
	assert_int_equal(sys_get_le16(event->params), handle);
	assert_in_range(event->at_us - train.at_us, 695000, 701000);
	assert_int_equal(raw_cmd(&bench.dev[1], BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC,
				 RAW_BYTES(RAW_LE16(handle))),
			 BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	bench_end(&bench);
}

static void who_skips_hears_each_third(void **state)
{
	uint64_t last_us = 0;

	advertise(2, 1, 50);
	(void)synchronize(&bench.dev[1], 2, 100);
	for (int i = 0; i < 20; i++) {
		assert_true(ext_train(&bench.dev[1], &train, 200));
		assert_true(i == 0 || train.at_us - last_us == 3 * INTERVAL_US);
		last_us = train.at_us;
	}
	bench_end(&bench);
}

static enum fav_air_verdict lose_trains(struct bench *b, const struct fav_air_packet *packet)
{
	return packet->access_address != ADV_ACCESS_ADDRESS && packet->receiver == b->dev[1].hci
		       ? FAV_AIR_LOSE
		       : FAV_AIR_DELIVER;
}

/* Six events are tried. */
static void a_train_that_is_never_heard_is_not_established(void **state)
{
	uint64_t begin_us;
	uint16_t handle;

	advertise(2, 1, 50);
	bench.verdict = lose_trains;
	ext_scan_start(&bench.dev[1], false, 1);
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 0), 0);
	begin_us = raw_now_us();
	assert_int_equal(ext_synced(&bench.dev[1], 3000, &handle), BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	assert_in_range(raw_now_us() - begin_us, 5 * INTERVAL_US, 8 * INTERVAL_US);
	/* The next attempt is one of its own. */
	bench.verdict = NULL;
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 0), 0);
	assert_int_equal(ext_synced(&bench.dev[1], 3000, &handle), 0);
	bench_end(&bench);
}

static void a_lossy_train_is_kept(void **state)
{
	unsigned int whole = 0, truncated = 0;

	advertise(2, 2, 700);
	(void)synchronize(&bench.dev[1], 0, 200);
	bench.verdict = bench_lossy;
	bench.loss_percent = 20;
	raw_forget(&bench.dev[1]);
	for (int i = 0; i < 200; i++) {
		assert_true(ext_train(&bench.dev[1], &train, 1000));
		if (train.status == 0) {
			whole++;
			assert_int_equal(train.len, 700);
		} else {
			truncated++;
			assert_int_equal(train.status, 2);
			assert_true(train.len < 700);
		}
		assert_memory_equal(train.data, data, train.len);
	}
	assert_true(whole > 80);
	assert_true(truncated > 20);
	bench_end(&bench);
}

static void an_attempt_may_be_cancelled(void **state)
{
	uint16_t handle;

	advertise(2, 1, 50);
	assert_int_equal(raw_cmd(&bench.dev[1], BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 0), 0);
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	/* Without a scan nothing is found. */
	raw_run_ms(1000);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, NULL, 0);
	assert_int_equal(ext_synced(&bench.dev[1], 1, &handle), BT_HCI_ERR_OP_CANCELLED_BY_HOST);
	bench_end(&bench);
}

static void the_list_says_whom_to_follow(void **state)
{
	struct bt_hci_cp_le_add_dev_to_per_adv_list entry;
	uint16_t handle;

	advertise(2, 1, 50);
	entry.addr = advertiser;
	for (uint8_t sid = 0; sid < 16; sid++) {
		entry.sid = sid;
		if (sid != 9) {
			raw_do(&bench.dev[1], BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, &entry,
			       sizeof(entry));
		}
	}
	assert_int_equal(
		raw_cmd(&bench.dev[1], BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, &entry, sizeof(entry)),
		BT_HCI_ERR_INVALID_PARAM);
	ext_scan_start(&bench.dev[1], false, 1);
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 1), 0);
	assert_int_equal(raw_cmd(&bench.dev[1], BT_HCI_OP_LE_CLEAR_PER_ADV_LIST, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_run_ms(1000);
	assert_false(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED));
	raw_do(&bench.dev[1], BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, NULL, 0);
	assert_int_equal(ext_synced(&bench.dev[1], 1, &handle), BT_HCI_ERR_OP_CANCELLED_BY_HOST);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST, &entry, sizeof(entry));
	assert_int_equal(raw_cmd(&bench.dev[1], BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST, &entry,
				 sizeof(entry)),
			 BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	entry.sid = 9;
	raw_do(&bench.dev[1], BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, &entry, sizeof(entry));
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 0, 0, 100, 1), 0);
	assert_int_equal(ext_synced(&bench.dev[1], 3000, &handle), 0);
	bench_end(&bench);
}

static void reports_may_be_turned_off(void **state)
{
	uint16_t handle;

	advertise(2, 1, 50);
	handle = synchronize(&bench.dev[1], 0, 100);
	assert_true(ext_train(&bench.dev[1], &train, 200));
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, RAW_BYTES(RAW_LE16(handle), 0));
	raw_forget(&bench.dev[1]);
	assert_false(ext_train(&bench.dev[1], &train, 1000));
	assert_false(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_PER_ADV_SYNC_LOST));
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, RAW_BYTES(RAW_LE16(handle), 1));
	assert_true(ext_train(&bench.dev[1], &train, 200));
	raw_do(&bench.dev[1], BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC, RAW_BYTES(RAW_LE16(handle)));
	raw_forget(&bench.dev[1]);
	assert_false(ext_train(&bench.dev[1], &train, 1000));
	bench_end(&bench);
}

/* With ADI, what is the same is reported once. */
static void duplicates_of_a_train_are_filtered_by_their_adi(void **state)
{
	uint16_t handle;

	advertise(2, 1, 50);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(0, 3));
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(3, 3));
	ext_scan_start(&bench.dev[1], false, 1);
	assert_int_equal(ext_sync(&bench.dev[1], &advertiser, 9, 0, 100, 4), 0);
	assert_int_equal(ext_synced(&bench.dev[1], 3000, &handle), 0);
	assert_true(ext_train(&bench.dev[1], &train, 200));
	assert_false(ext_train(&bench.dev[1], &train, 1000));
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_DATA, RAW_BYTES(3, 3, 2, 0xaa, 0xbb));
	assert_true(ext_train(&bench.dev[1], &train, 200));
	assert_int_equal(train.len, 2);
	assert_false(ext_train(&bench.dev[1], &train, 1000));
	/* Unchanged data that shall be reported again. */
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_PER_ADV_DATA, RAW_BYTES(3, 4, 0));
	assert_true(ext_train(&bench.dev[1], &train, 200));
	bench_end(&bench);
}

/* A connection of the follower shares its radio with the train. */
static void a_train_and_a_connection_share_a_radio(void **state)
{
	struct ext_set set = {.handle = 1, .props = BT_HCI_LE_ADV_PROP_CONN};
	bt_addr_le_t peer;
	unsigned int heard = 0;

	advertise(3, 1, 50);
	(void)synchronize(&bench.dev[1], 0, 200);
	peer = raw_public_addr(&bench.dev[2]);
	ext_set_make(&bench.dev[2], &set);
	ext_set_start(&bench.dev[2], 1);
	assert_int_equal(ext_create(&bench.dev[1], &peer, 1), 0);
	(void)raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[2], BT_HCI_ROLE_PERIPHERAL);
	raw_forget(&bench.dev[1]);
	for (int i = 0; i < 200; i++) {
		heard += ext_train(&bench.dev[1], &train, 55);
	}
	assert_true(heard > 150);
	assert_false(raw_has(&bench.dev[1], BT_HCI_EVT_DISCONN_COMPLETE));
	assert_false(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_PER_ADV_SYNC_LOST));
	bench_end(&bench);
}

/* ---- Sync transfer, 5.1.13 ---- */

static uint16_t connect(struct raw_host *central, struct raw_host *peripheral, uint16_t *other)
{
	struct ext_set set = {.handle = 1, .props = BT_HCI_LE_ADV_PROP_CONN};
	bt_addr_le_t peer = raw_public_addr(peripheral);
	uint16_t handle;

	ext_set_make(peripheral, &set);
	ext_set_start(peripheral, 1);
	assert_int_equal(ext_create(central, &peer, 1), 0);
	handle = raw_connected(central, BT_HCI_ROLE_CENTRAL);
	*other = raw_connected(peripheral, BT_HCI_ROLE_PERIPHERAL);
	return handle;
}

static void check_handed_over(struct raw_host *host, uint16_t handle, uint16_t service_data)
{
	const struct raw_event *event = raw_expect_le(host, BT_HCI_EVT_LE_PAST_RECEIVED, 2000);
	const struct bt_hci_evt_le_past_received *evt = (const void *)event->params;

	assert_int_equal(event->len - 1, sizeof(*evt));
	assert_int_equal(evt->status, 0);
	assert_int_equal(sys_le16_to_cpu(evt->conn_handle), handle);
	assert_int_equal(sys_le16_to_cpu(evt->service_data), service_data);
	assert_int_equal(evt->adv_sid, 9);
	assert_true(bt_addr_le_eq(&evt->addr, &advertiser));
	assert_int_equal(evt->phy, 1);
	assert_int_equal(sys_le16_to_cpu(evt->interval), INTERVAL);
	for (int i = 0; i < 20; i++) {
		assert_true(ext_train(host, &train, 200));
		assert_int_equal(train.handle, sys_le16_to_cpu(evt->sync_handle));
		assert_int_equal(train.len, 50);
		assert_memory_equal(train.data, data, 50);
	}
}

/*
 *   A                S                 R
 *   |== train ======>|                 |
 *   |                |-- LL_PERIODIC_SYNC_IND -->|
 *   |== train ========================>|           without a scan
 */
static void a_train_is_handed_over(void **state)
{
	uint16_t sync, handle, other;

	for (int central = 0; central < 2; central++) {
		struct raw_host *s, *r;

		advertise(3, 1, 50);
		s = &bench.dev[1];
		r = &bench.dev[2];
		sync = synchronize(s, 0, 100);
		if (central) {
			handle = connect(s, r, &other);
		} else {
			other = connect(r, s, &handle);
		}
		raw_do(r, BT_HCI_OP_LE_PAST_PARAM,
		       RAW_BYTES(RAW_LE16(other), 2, 0, 0, RAW_LE16(100), 0));
		raw_do(s, BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER,
		       RAW_BYTES(RAW_LE16(handle), RAW_LE16(0xbeef), RAW_LE16(sync)));
		check_handed_over(r, other, 0xbeef);
		/* Who has it already hears nothing more of it. */
		raw_do(s, BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER,
		       RAW_BYTES(RAW_LE16(handle), RAW_LE16(0xbeef), RAW_LE16(sync)));
		raw_run_ms(500);
		assert_false(raw_has_le(r, BT_HCI_EVT_LE_PAST_RECEIVED));
		bench_end(&bench);
	}
}

static void a_set_of_our_own_is_handed_over(void **state)
{
	uint16_t handle, other;

	advertise(2, 1, 50);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_DEFAULT_PAST_PARAM,
	       RAW_BYTES(2, 0, 0, RAW_LE16(100), 0));
	handle = connect(&bench.dev[1], &bench.dev[0], &other);
	assert_int_equal(raw_cmd(&bench.dev[0], BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER,
				 RAW_BYTES(RAW_LE16(other), 1, 0, 1)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER,
	       RAW_BYTES(RAW_LE16(other), RAW_LE16(0x1234), 3));
	check_handed_over(&bench.dev[1], handle, 0x1234);
	bench_end(&bench);
}

/* Mode 0, which holds until a host says otherwise. */
static void who_wants_no_train_gets_none(void **state)
{
	uint16_t handle, other;

	advertise(2, 1, 50);
	handle = connect(&bench.dev[1], &bench.dev[0], &other);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER,
	       RAW_BYTES(RAW_LE16(other), RAW_LE16(1), 3));
	raw_run_ms(1000);
	assert_false(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_PAST_RECEIVED));
	raw_disconnect(&bench.dev[1], &bench.dev[0], handle);
	bench_end(&bench);
}

/* Trains that are not there, and what makes no sense. */
static void a_peer_that_lies_of_a_train_harms_nobody(void **state)
{
	struct ll_periodic_sync_ind ind = {.phy = 1, .sid_type_sca = 3};
	struct ll_sync_info info = {
		.offset_us = 30000,
		.interval = 8,
		.chan_map = {0xff, 0xff, 0xff, 0xff, 0x1f},
		.access_address = 0x71764129,
	};
	uint16_t handle, other;

	bench_begin(&bench, 2);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_DEFAULT_PAST_PARAM,
	       RAW_BYTES(2, 0, 0, RAW_LE16(100), 0));
	handle = connect(&bench.dev[1], &bench.dev[0], &other);
	for (int lie = 0; lie < 6; lie++) {
		struct ll_sync_info told = info;
		struct ll_periodic_sync_ind said = ind;
		uint16_t count = peer_conn(&bench.dev[0], other)->counter;

		told.interval = lie == 1 ? 5 : told.interval;
		told.offset_us = lie == 2 ? 0 : told.offset_us;
		told.chan_map[0] = lie == 3 ? 0 : told.chan_map[0];
		said.phy = lie == 4 ? 3 : 1;
		said.conn_event_count = sys_cpu_to_le16(lie == 5 ? count + 9999 : count);
		ll__sync_info_write(&told, said.sync_info);
		peer_say(&bench.dev[0], other, LL_PERIODIC_SYNC_IND, &said, sizeof(said));
		raw_run_ms(500);
		/* The first and, with some channels fewer, the fourth are tried in vain. */
		assert_int_equal(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_PAST_RECEIVED),
				 lie == 0 || lie == 3);
		raw_forget(&bench.dev[1]);
	}
	raw_disconnect(&bench.dev[1], &bench.dev[0], handle);
	bench_end(&bench);
}

/* Manufacturer data in structures of the bytes that the first PDU of a chain has room for, the
 * next, and 60: tshark reads those of each PDU by themselves. Returns their length. */
static size_t fill_ad(size_t first, size_t next)
{
	const size_t lens[] = {first, next, next != 0 ? 60 : 0};
	size_t len = 0;

	ext_fill(data, sizeof(data), 4);
	for (size_t i = 0; i < ARRAY_SIZE(lens) && lens[i] != 0; i++) {
		data[len] = (uint8_t)(lens[i] - 1);
		data[len + 1] = 0xff;
		len += lens[i];
	}
	return len;
}

/* Each PDU of extended and periodic advertising once, for those who read captures: in the file that
 * the environment's FAVONIUS_CAPTURE names. */
static void everything_is_captured(void **state)
{
	const char *path = getenv("FAVONIUS_CAPTURE");
	struct fav_air_capture *capture = NULL;
	struct ext_set plain = {.handle = 3, .sid = 9, .props = BT_HCI_LE_ADV_PROP_TX_POWER};
	struct ext_set scannable = {.handle = 4, .props = BT_HCI_LE_ADV_PROP_SCAN};
	struct ext_set connectable = {.handle = 5, .props = BT_HCI_LE_ADV_PROP_CONN};
	struct ext_set anonymous = {.handle = 6, .props = BT_HCI_LE_ADV_PROP_ANON};
	struct raw_host *a, *s;

	bench_begin(&bench, 2);
	a = &bench.dev[0];
	s = &bench.dev[1];
	if (path != NULL) {
		assert_int_equal(fav_air_capture_start(bench.air, path, &capture), 0);
	}
	advertiser = raw_public_addr(a);
	ext_set_make(a, &plain);
	ext_set_data(a, 3, data, fill_ad(LL_EXT_PAYLOAD_MAX - 32, LL_EXT_PAYLOAD_MAX - 7));
	ext_per_start(a, 3, INTERVAL, data,
		      fill_ad(LL_EXT_PAYLOAD_MAX - 5, LL_EXT_PAYLOAD_MAX - 5));
	ext_set_start(a, 3);
	scannable.secondary = 2;
	ext_set_make(a, &scannable);
	ext_set_rsp(a, 4, data, fill_ad(LL_EXT_PAYLOAD_MAX - 13, LL_EXT_PAYLOAD_MAX - 7));
	ext_set_start(a, 4);
	ext_set_make(a, &anonymous);
	ext_set_data(a, 6, data, fill_ad(20, 0));
	ext_set_start(a, 6);
	ext_scan_start(s, true, 1);
	assert_int_equal(ext_sync(s, &advertiser, 9, 0, 100, 0), 0);
	raw_run_ms(2000);
	ext_set_make(a, &connectable);
	ext_set_data(a, 5, data, fill_ad(100, 0));
	ext_set_start(a, 5);
	assert_int_equal(ext_create(s, &advertiser, 1), 0);
	(void)raw_connected(s, BT_HCI_ROLE_CENTRAL);
	assert_true(raw_has_le(s, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT));
	raw_run_ms(200);
	if (capture != NULL) {
		assert_int_equal(fav_air_capture_stop(capture), 0);
	}
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_train_is_found_and_followed),
		cmocka_unit_test(a_scanner_hears_of_the_train),
		cmocka_unit_test(a_train_of_1650_bytes_is_whole),
		cmocka_unit_test(several_trains_are_followed_at_once),
		cmocka_unit_test(the_set_may_end_and_its_train_goes_on),
		cmocka_unit_test(a_train_that_ends_is_lost_after_its_timeout),
		cmocka_unit_test(who_skips_hears_each_third),
		cmocka_unit_test(a_train_that_is_never_heard_is_not_established),
		cmocka_unit_test(a_lossy_train_is_kept),
		cmocka_unit_test(an_attempt_may_be_cancelled),
		cmocka_unit_test(the_list_says_whom_to_follow),
		cmocka_unit_test(reports_may_be_turned_off),
		cmocka_unit_test(duplicates_of_a_train_are_filtered_by_their_adi),
		cmocka_unit_test(a_train_and_a_connection_share_a_radio),
		cmocka_unit_test(a_train_is_handed_over),
		cmocka_unit_test(a_set_of_our_own_is_handed_over),
		cmocka_unit_test(who_wants_no_train_gets_none),
		cmocka_unit_test(a_peer_that_lies_of_a_train_harms_nobody),
		cmocka_unit_test(everything_is_captured),
	};

	cmocka_set_test_filter(getenv("FAVONIUS_TEST"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
