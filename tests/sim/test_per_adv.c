/* SPDX-License-Identifier: Apache-2.0 */
/* Trains between hosts over the air: periodic advertising, following it, handing it on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>

#include "peers.h"
#include "sim.h"

#define FOLLOWER   0
#define ADVERTISER 1
#define ASSISTANT  2

#define SID         5
#define INTERVAL_MS 100
#define TIMEOUT_MS  1000

static struct sim sim;
static struct bt_le_ext_adv *set;
static struct bt_le_per_adv_sync *sync;
static uint8_t bytes[254];

/* What one device was told of trains. */
static struct {
	volatile uint32_t synced, terms, recvs;
	struct bt_le_per_adv_sync *sync;
	struct bt_conn *by;
	uint16_t service_data;
	uint16_t interval_1250us;
	uint8_t reason;
	uint16_t len;
	uint8_t data[1650];
} told[3];

static void on_synced(struct bt_le_per_adv_sync *synced,
		      struct bt_le_per_adv_sync_synced_info *info)
{
	size_t i = sim_current(&sim);

	assert_int_equal(info->sid, SID);
	assert_true(bt_addr_le_eq(info->addr, &sim.dev[ADVERTISER].addr));
	told[i].sync = synced;
	told[i].by = info->conn;
	told[i].service_data = info->service_data;
	told[i].interval_1250us = info->interval;
	told[i].synced++;
}

static void on_term(struct bt_le_per_adv_sync *ended,
		    const struct bt_le_per_adv_sync_term_info *info)
{
	told[sim_current(&sim)].reason = info->reason;
	told[sim_current(&sim)].terms++;
}

static void on_recv(struct bt_le_per_adv_sync *from,
		    const struct bt_le_per_adv_sync_recv_info *info, struct net_buf_simple *buf)
{
	size_t i = sim_current(&sim);

	assert_in_range(buf->len, 0, sizeof(told[i].data));
	told[i].len = buf->len;
	memcpy(told[i].data, buf->data, buf->len);
	told[i].recvs++;
}

static struct bt_le_per_adv_sync_cb listeners[3];

static void train_starts(void)
{
	struct bt_le_adv_param param = BT_LE_ADV_PARAM_INIT(
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_USE_IDENTITY, 0x40, 0x40, NULL);
	const uint16_t interval = INTERVAL_MS * 4 / 5;

	param.sid = SID;
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_ext_adv_create(&param, NULL, &set), 0);
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_PARAM(interval, interval, 0)),
			 0);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_DEFAULT), 0);
}

static void begin(size_t count)
{
	memset(told, 0, sizeof(told));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(11 * i);
	}
	sim_begin(&sim, count);
	peers_begin(&sim);
	for (size_t i = 0; i < count; i++) {
		listeners[i] = (struct bt_le_per_adv_sync_cb){
			.synced = on_synced, .term = on_term, .recv = on_recv};
		sim_on(&sim, i);
		assert_int_equal(bt_le_per_adv_sync_cb_register(&listeners[i]), 0);
	}
	train_starts();
}

static void end(void)
{
	for (size_t i = 0; i < sim.count; i++) {
		sim_on(&sim, i);
		assert_int_equal(bt_le_per_adv_sync_cb_unregister(&listeners[i]), 0);
	}
	peers_end(&sim);
	sim_end(&sim);
}

static int follow(size_t i, uint32_t options)
{
	const struct bt_le_per_adv_sync_param param = {
		.addr = sim.dev[ADVERTISER].addr,
		.sid = SID,
		.options = options,
		.timeout = TIMEOUT_MS / 10,
	};

	sim_on(&sim, i);
	return bt_le_per_adv_sync_create(&param, &sync);
}

static void followed_by(size_t i)
{
	assert_int_equal(follow(i, BT_LE_PER_ADV_SYNC_OPT_NONE), 0);
	assert_true(sim_until_count(&told[i].synced, 1, 5000));
	assert_ptr_equal(told[i].sync, sync);
	assert_int_equal(told[i].interval_1250us, INTERVAL_MS * 4 / 5);
	assert_null(told[i].by);
}

/* len bytes of elements on the train, and what they look like. */
static uint16_t loaded(uint16_t len, uint8_t wire[1650])
{
	struct bt_data ad[7];
	size_t count = 0;
	uint16_t at = 0;

	while (at < len) {
		uint8_t n = (uint8_t)(MIN(len - at, 256) - 2);

		ad[count] = (struct bt_data)BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, n);
		at += bt_data_serialize(&ad[count++], &wire[at]);
	}
	sim_on(&sim, ADVERTISER);
	if (len > 252) {
		/* More than one command takes: not while it runs. */
		assert_int_equal(bt_le_per_adv_set_data(set, ad, count), -EAGAIN);
		assert_int_equal(bt_le_per_adv_stop(set), 0);
	}
	assert_int_equal(bt_le_per_adv_set_data(set, ad, count), 0);
	if (len > 252) {
		assert_int_equal(bt_le_per_adv_start(set), 0);
	}
	return at;
}

/* A train that was stopped begins anew, elsewhere in time. */
static void data_of_any_length_arrives_whole(void **state)
{
	static const uint16_t lengths[] = {4, 100, 245, 253, 600, 1650};
	uint8_t wire[1650];

	begin(2);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		uint16_t len = loaded(lengths[i], wire);

		told[FOLLOWER].synced = told[FOLLOWER].recvs = 0;
		followed_by(FOLLOWER);
		assert_true(sim_until_count(&told[FOLLOWER].recvs, 3, 5000));
		assert_int_equal(told[FOLLOWER].len, len);
		assert_memory_equal(told[FOLLOWER].data, wire, len);
		sim_on(&sim, FOLLOWER);
		assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	}
	end();
}

static void data_may_change_while_the_train_runs(void **state)
{
	uint8_t wire[1650];

	begin(2);
	(void)loaded(30, wire);
	followed_by(FOLLOWER);
	for (uint16_t len = 10; len < 252; len += 40) {
		uint32_t before;

		(void)loaded(len, wire);
		sim_run_ms(2 * INTERVAL_MS);
		before = told[FOLLOWER].recvs;
		assert_true(sim_until_count(&told[FOLLOWER].recvs, before + 1, 5000));
		assert_int_equal(told[FOLLOWER].len, len);
		assert_memory_equal(told[FOLLOWER].data, wire, len);
	}
	assert_int_equal(told[FOLLOWER].terms, 0);
	end();
}

static void each_event_of_a_train_is_reported(void **state)
{
	uint8_t wire[1650];
	uint32_t before;

	begin(2);
	(void)loaded(30, wire);
	followed_by(FOLLOWER);
	/* Scanning for it has ended by itself: what comes is the train's. */
	before = told[FOLLOWER].recvs;
	sim_run_ms(50 * INTERVAL_MS);
	assert_in_range(told[FOLLOWER].recvs - before, 49, 51);
	end();
}

static void a_train_that_stops_is_lost_after_the_timeout(void **state)
{
	begin(2);
	followed_by(FOLLOWER);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_per_adv_stop(set), 0);
	sim_run_ms(TIMEOUT_MS - 2 * INTERVAL_MS);
	assert_int_equal(told[FOLLOWER].terms, 0);
	assert_true(sim_until_count(&told[FOLLOWER].terms, 1, 3 * INTERVAL_MS));
	assert_int_equal(told[FOLLOWER].reason, BT_HCI_ERR_UNSPECIFIED);
	/* It comes back, and is found again. */
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	told[FOLLOWER].synced = 0;
	followed_by(FOLLOWER);
	end();
}

static void an_attempt_is_taken_back_and_made_again(void **state)
{
	begin(2);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_per_adv_stop(set), 0);
	assert_int_equal(follow(FOLLOWER, BT_LE_PER_ADV_SYNC_OPT_NONE), 0);
	sim_run_ms(2000);
	assert_int_equal(told[FOLLOWER].synced, 0);
	assert_int_equal(follow(FOLLOWER, BT_LE_PER_ADV_SYNC_OPT_NONE), -EBUSY);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	sim_run_ms(100);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	followed_by(FOLLOWER);
	sim_on(&sim, FOLLOWER);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	assert_int_equal(told[FOLLOWER].terms, 1);
	assert_int_equal(told[FOLLOWER].reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	end();
}

static void reports_come_when_they_are_wanted(void **state)
{
	uint8_t wire[1650];

	begin(2);
	(void)loaded(30, wire);
	assert_int_equal(follow(FOLLOWER, BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED), 0);
	assert_true(sim_until_count(&told[FOLLOWER].synced, 1, 5000));
	sim_run_ms(10 * INTERVAL_MS);
	assert_int_equal(told[FOLLOWER].recvs, 0);
	sim_on(&sim, FOLLOWER);
	assert_int_equal(bt_le_per_adv_sync_recv_enable(sync), 0);
	assert_true(sim_until_count(&told[FOLLOWER].recvs, 3, 5000));
	assert_int_equal(told[FOLLOWER].terms, 0);
	end();
}

static void a_train_of_the_list_is_followed(void **state)
{
	begin(2);
	sim_on(&sim, FOLLOWER);
	assert_int_equal(bt_le_per_adv_list_add(&sim.dev[ADVERTISER].addr, SID), 0);
	assert_int_equal(follow(FOLLOWER, BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST), 0);
	assert_true(sim_until_count(&told[FOLLOWER].synced, 1, 5000));
	sim_on(&sim, FOLLOWER);
	assert_int_equal(bt_le_per_adv_list_remove(&sim.dev[ADVERTISER].addr, SID), 0);
	end();
}

/* The follower takes what comes, on the link whose peripheral is the giver. */
static void takes_trains_of(size_t giver)
{
	const struct bt_le_per_adv_sync_transfer_param param = {.timeout = TIMEOUT_MS / 10};

	peers_link(&sim, FOLLOWER, giver, 24);
	/* The features of the other side are known. */
	sim_run_ms(500);
	sim_on(&sim, FOLLOWER);
	assert_int_equal(bt_le_per_adv_sync_transfer_subscribe(peers[FOLLOWER].conn, &param), 0);
	sim_on(&sim, giver);
}

static void was_handed(uint16_t service_data)
{
	uint32_t before;

	assert_true(sim_until_count(&told[FOLLOWER].synced, 1, 10000));
	assert_ptr_equal(told[FOLLOWER].by, peers[FOLLOWER].conn);
	assert_int_equal(told[FOLLOWER].service_data, service_data);
	before = told[FOLLOWER].recvs;
	assert_true(sim_until_count(&told[FOLLOWER].recvs, before + 5, 10 * INTERVAL_MS));
}

static void a_train_that_one_follows_is_handed_on(void **state)
{
	uint8_t wire[1650];

	begin(3);
	(void)loaded(30, wire);
	followed_by(ASSISTANT);
	takes_trains_of(ASSISTANT);
	assert_int_equal(bt_le_per_adv_sync_transfer(sync, peers[ASSISTANT].conn, 0x1234), 0);
	was_handed(0x1234);
	end();
}

static void a_train_of_ones_own_is_handed_on(void **state)
{
	uint8_t wire[1650];

	begin(2);
	(void)loaded(30, wire);
	takes_trains_of(ADVERTISER);
	assert_int_equal(bt_le_per_adv_set_info_transfer(set, peers[ADVERTISER].conn, 7), 0);
	was_handed(7);
	end();
}

/* Unasked, it is nothing to the host. */
static void a_train_that_nobody_wants_is_not_taken(void **state)
{
	begin(2);
	peers_link(&sim, FOLLOWER, ADVERTISER, 24);
	sim_run_ms(500);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_per_adv_set_info_transfer(set, peers[ADVERTISER].conn, 7), 0);
	sim_run_ms(3000);
	assert_int_equal(told[FOLLOWER].synced, 0);
	end();
}

/* Another may switch off in the middle of everything. */
static void a_host_that_is_disabled_leaves_nothing(void **state)
{
	begin(2);
	followed_by(FOLLOWER);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(told[FOLLOWER].terms, 1);
	assert_int_equal(told[FOLLOWER].reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(bt_enable(NULL), 0);
	told[FOLLOWER].synced = 0;
	followed_by(FOLLOWER);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_of_any_length_arrives_whole),
		cmocka_unit_test(data_may_change_while_the_train_runs),
		cmocka_unit_test(each_event_of_a_train_is_reported),
		cmocka_unit_test(a_train_that_stops_is_lost_after_the_timeout),
		cmocka_unit_test(an_attempt_is_taken_back_and_made_again),
		cmocka_unit_test(reports_come_when_they_are_wanted),
		cmocka_unit_test(a_train_of_the_list_is_followed),
		cmocka_unit_test(a_train_that_one_follows_is_handed_on),
		cmocka_unit_test(a_train_of_ones_own_is_handed_on),
		cmocka_unit_test(a_train_that_nobody_wants_is_not_taken),
		cmocka_unit_test(a_host_that_is_disabled_leaves_nothing),
	};

	return SIM_RUN(tests);
}
