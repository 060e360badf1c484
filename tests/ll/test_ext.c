/* SPDX-License-Identifier: Apache-2.0 */

/* Extended advertising, scanning and initiating, Core 6.0 Vol 6 Part B 4.4. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ll_ext_pdu.h"
#include "ll/bench.h"
#include "ll/ext.h"
#include "ll/raw_radio.h"

static struct bench bench;
static uint8_t data[EXT_DATA_MAX];
static struct ext_heard heard;
static struct raw_radio radio;

/* ---- Plain advertising ---- */

/*
 *   A                                  S
 *   |-- ADV_EXT_IND (37, 38, 39) ----->|  AuxPtr
 *   |-- AUX_ADV_IND ------------------>|  data in one PDU
 */
static void data_of_one_pdu_are_reported(void **state)
{
	struct ext_set set = {.sid = 5};
	bt_addr_le_t addr;

	bench_begin(&bench, 2);
	addr = raw_public_addr(&bench.dev[0]);
	ext_fill(data, 200, 1);
	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 0, data, 200);
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	for (int i = 0; i < 5; i++) {
		ext_hear(&bench.dev[1], &heard, 500);
		assert_int_equal(heard.evt_type, 0);
		assert_int_equal(heard.status, 0);
		assert_true(bt_addr_le_eq(&heard.addr, &addr));
		assert_int_equal(heard.sid, 5);
		assert_int_equal(heard.prim_phy, 1);
		assert_int_equal(heard.sec_phy, 1);
		assert_int_equal(heard.tx_power, 127);
		assert_int_equal(heard.rssi, -50);
		assert_int_equal(heard.len, 200);
		assert_memory_equal(heard.data, data, 200);
	}
	bench_end(&bench);
}

/* Whether packet i of the trace comes where the AuxPtr of packet `from` says. */
static void check_pointed(const struct bench_packet *from, const struct bench_packet *to)
{
	struct ll_ext_pdu ext;
	uint64_t offset_us = to->start_us - from->start_us;

	assert_true(ll__ext_read(from->pdu, from->len, &ext));
	assert_true(ext.has_aux);
	assert_int_equal(ext.aux.channel, to->channel);
	assert_int_equal(ext.aux.phy, to->phy);
	assert_in_range(offset_us, ext.aux.offset_us, ext.aux.offset_us + ext.aux.unit_us - 1);
	assert_true(to->start_us >= from->start_us + from->airtime_us + 300);
}

/*
 *   A                                  S
 *   |-- ADV_EXT_IND (37, 38, 39) ----->|  each points to the one AUX_ADV_IND
 *   |-- AUX_ADV_IND ------------------>|
 *   |-- AUX_CHAIN_IND ... ------------>|  each points to the next; the same ADI in all
 */
static void data_of_1650_bytes_are_a_chain(void **state)
{
	struct ext_set set = {.sid = 3, .props = BT_HCI_LE_ADV_PROP_TX_POWER, .interval = 800};
	struct bench_packet *p = bench.trace;
	struct ll_ext_pdu ext;
	size_t last;

	bench_begin(&bench, 2);
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 0, data, sizeof(data));
	ext_scan_start(&bench.dev[1], false, 0);
	assert_int_equal(ext_set_enable(&bench.dev[0], 0, 0, 1), 0);
	ext_hear(&bench.dev[1], &heard, 1000);
	assert_int_equal(heard.status, 0);
	assert_int_equal(heard.events, 8);
	assert_int_equal(heard.tx_power, 0);
	assert_int_equal(heard.len, sizeof(data));
	assert_memory_equal(heard.data, data, sizeof(data));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(p[i].channel, 37 + i);
		check_pointed(&p[i], &p[3]);
	}
	for (last = 3; last + 1 < bench.traced; last++) {
		check_pointed(&p[last], &p[last + 1]);
		assert_true(ll__ext_read(p[last].pdu, p[last].len, &ext));
		assert_int_equal(LL_ADI_SID(ext.adi), 3);
	}
	assert_int_equal(last, 3 + 6);
	assert_true(ll__ext_read(p[last].pdu, p[last].len, &ext));
	assert_false(ext.has_aux);
	bench_end(&bench);
}

static void every_length_of_data_arrives(void **state)
{
	bench_begin(&bench, 2);
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 3, .interval = 32, .secondary = 2});
	ext_scan_start(&bench.dev[1], false, 0);
	for (size_t len = 1; len <= sizeof(data); len += len < 520 ? 1 : 37) {
		ext_set_data(&bench.dev[0], 0, data, len);
		ext_set_start(&bench.dev[0], 0);
		ext_hear(&bench.dev[1], &heard, 1000);
		ext_set_stop(&bench.dev[0], 0);
		assert_int_equal(heard.status, 0);
		assert_int_equal(heard.sec_phy, 2);
		assert_int_equal(heard.len, len);
		assert_memory_equal(heard.data, data, len);
	}
	bench_end(&bench);
}

/* ADV_EXT_IND says it all: no pointer, no SID. */
static void nothing_to_say_needs_no_auxiliary_packet(void **state)
{
	bt_addr_le_t addr;

	bench_begin(&bench, 2);
	addr = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 5});
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_int_equal(heard.evt_type, 0);
	assert_true(bt_addr_le_eq(&heard.addr, &addr));
	assert_int_equal(heard.sid, 0xff);
	assert_int_equal(heard.sec_phy, 0);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_true(bench.trace[i].channel >= 37);
	}
	bench_end(&bench);
}

static void an_anonymous_advertiser_has_no_address(void **state)
{
	static const bt_addr_le_t nobody = {.type = BT_ADDR_LE_ANONYMOUS};

	bench_begin(&bench, 2);
	ext_fill(data, 40, 1);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 5, .props = BT_HCI_LE_ADV_PROP_ANON});
	ext_set_data(&bench.dev[0], 0, data, 40);
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], true, 1);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_true(bt_addr_le_eq(&heard.addr, &nobody));
	assert_int_equal(heard.sid, 5);
	assert_int_equal(heard.len, 40);
	/* It is a duplicate from then on; other data are not. */
	assert_false(ext_hear_any(&bench.dev[1], &heard, 1000));
	ext_set_data(&bench.dev[0], 0, data, 39);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_int_equal(heard.len, 39);
	assert_false(ext_hear_any(&bench.dev[1], &heard, 1000));
	bench_end(&bench);
}

static void directed_advertising_is_for_its_target(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_DIRECT};

	bench_begin(&bench, 3);
	set.peer = raw_public_addr(&bench.dev[1]);
	ext_fill(data, 40, 1);
	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 0, data, 40);
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	ext_scan_start(&bench.dev[2], false, 0);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_int_equal(heard.evt_type, BT_HCI_LE_ADV_EVT_TYPE_DIRECT);
	assert_true(bt_addr_le_eq(&heard.direct, &set.peer));
	assert_int_equal(heard.len, 40);
	assert_false(ext_hear_any(&bench.dev[2], &heard, 1000));
	bench_end(&bench);
}

static void the_set_has_a_random_address_of_its_own(void **state)
{
	static const uint8_t first[] = {0, 1, 2, 3, 4, 5, 0xc6},
			     second[] = {0, 9, 2, 3, 4, 5, 0xc6};

	bench_begin(&bench, 2);
	ext_set_make(&bench.dev[0], &(struct ext_set){.own_type = 1});
	assert_int_equal(ext_set_enable(&bench.dev[0], 0, 0, 0), BT_HCI_ERR_INVALID_PARAM);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, first, sizeof(first));
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_int_equal(heard.addr.type, 1);
	assert_memory_equal(&heard.addr.a, first + 1, 6);
	/* What cannot be connected to may change it while it advertises. */
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, second, sizeof(second));
	raw_run_ms(200);
	raw_forget(&bench.dev[1]);
	ext_hear(&bench.dev[1], &heard, 500);
	assert_memory_equal(&heard.addr.a, second + 1, 6);
	bench_end(&bench);
}

/* ---- Scannable ---- */

/*
 *   A                                  S
 *   |-- ADV_EXT_IND ------------------>|
 *   |-- AUX_ADV_IND ------------------>|
 *   |<------------------ AUX_SCAN_REQ--|
 *   |-- AUX_SCAN_RSP ----------------->|
 *   |-- AUX_CHAIN_IND ... ------------>|
 */
static void a_scan_response_may_be_a_chain(void **state)
{
	struct ext_set set = {
		.sid = 2, .props = BT_HCI_LE_ADV_PROP_SCAN, .notify = true, .interval = 800};
	const struct bt_hci_evt_le_scan_req_received *evt;
	bt_addr_le_t scanner;

	bench_begin(&bench, 2);
	scanner = raw_public_addr(&bench.dev[1]);
	ext_fill(data, sizeof(data), 9);
	ext_set_make(&bench.dev[0], &set);
	ext_set_rsp(&bench.dev[0], 0, data, sizeof(data));
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], true, 1);
	ext_hear(&bench.dev[1], &heard, 2000);
	assert_int_equal(heard.evt_type, BT_HCI_LE_ADV_EVT_TYPE_SCAN);
	assert_int_equal(heard.len, 0);
	ext_hear(&bench.dev[1], &heard, 2000);
	assert_int_equal(heard.evt_type,
			 BT_HCI_LE_ADV_EVT_TYPE_SCAN | BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP);
	assert_int_equal(heard.sid, 2);
	assert_int_equal(heard.len, sizeof(data));
	assert_memory_equal(heard.data, data, sizeof(data));
	evt = (const void *)raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, 100)
		      ->params;
	assert_int_equal(evt->handle, 0);
	assert_true(bt_addr_le_eq(&evt->addr, &scanner));
	/* Who has answered is not asked again. */
	raw_run_ms(3000);
	assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_SCAN_REQ_RECEIVED));
	bench_end(&bench);
}

static void a_passive_scanner_asks_nothing(void **state)
{
	bench_begin(&bench, 2);
	ext_fill(data, 20, 9);
	ext_set_make(&bench.dev[0], &(struct ext_set){.props = BT_HCI_LE_ADV_PROP_SCAN});
	ext_set_rsp(&bench.dev[0], 0, data, 20);
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	raw_run_ms(2000);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_int_equal(bench.trace[i].sender, 0);
	}
	bench_end(&bench);
}

static void an_advertiser_answers_whom_its_policy_lets(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_SCAN, .policy = 1, .notify = true};
	bt_addr_le_t wanted;

	bench_begin(&bench, 3);
	wanted = raw_public_addr(&bench.dev[1]);
	ext_set_make(&bench.dev[0], &set);
	ext_set_rsp(&bench.dev[0], 0, data, 20);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_ADD_DEV_TO_FAL, &wanted, sizeof(wanted));
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(raw_cmd(&bench.dev[0], BT_HCI_OP_LE_CLEAR_FAL, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	ext_scan_start(&bench.dev[2], true, 0);
	raw_run_ms(1000);
	assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_SCAN_REQ_RECEIVED));
	ext_scan_stop(&bench.dev[2]);
	ext_scan_start(&bench.dev[1], true, 0);
	(void)raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, 1000);
	bench_end(&bench);
}

/* ---- Connectable ---- */

static uint16_t connect_on(uint8_t secondary, uint16_t *peripheral_handle)
{
	const struct bt_hci_evt_le_adv_set_terminated *evt;
	struct ext_set set = {
		.handle = 7, .props = BT_HCI_LE_ADV_PROP_CONN, .secondary = secondary};
	bt_addr_le_t peer = raw_public_addr(&bench.dev[0]);
	uint16_t handle;

	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 7, data, 100);
	ext_set_start(&bench.dev[0], 7);
	assert_int_equal(ext_create(&bench.dev[1], &peer, 3), 0);
	handle = raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	*peripheral_handle = raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	evt = (const void *)raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ADV_SET_TERMINATED, 100)
		      ->params;
	assert_int_equal(evt->status, 0);
	assert_int_equal(evt->adv_handle, 7);
	assert_int_equal(sys_le16_to_cpu(evt->conn_handle), *peripheral_handle);
	return handle;
}

/*
 *   A                                  I
 *   |-- ADV_EXT_IND ------------------>|
 *   |-- AUX_ADV_IND ------------------>|
 *   |<---------------- AUX_CONNECT_REQ-|
 *   |-- AUX_CONNECT_RSP -------------->|
 *   |<== events on the PHY of these ==>|
 */
static void a_connection_begins_on_the_secondary_phy(void **state)
{
	uint16_t handle, peripheral;

	for (uint8_t phy = 1; phy <= 2; phy++) {
		bench_begin(&bench, 2);
		handle = connect_on(phy, &peripheral);
		raw_do(&bench.dev[1], BT_HCI_OP_LE_READ_PHY, RAW_BYTES(RAW_LE16(handle)));
		assert_int_equal(bench.dev[1].rsp[2], phy);
		assert_int_equal(bench.dev[1].rsp[3], phy);
		raw_run_ms(5000);
		assert_false(raw_has(&bench.dev[1], BT_HCI_EVT_DISCONN_COMPLETE));
		raw_disconnect(&bench.dev[1], &bench.dev[0], handle);
		bench_end(&bench);
	}
}

static void an_initiator_takes_legacy_advertising_too(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN |
				       BT_HCI_LE_ADV_PROP_LEGACY};
	bt_addr_le_t peer;

	bench_begin(&bench, 2);
	peer = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &set);
	ext_set_start(&bench.dev[0], 0);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_ADD_DEV_TO_FAL, &peer, sizeof(peer));
	assert_int_equal(ext_create(&bench.dev[1], NULL, 1), 0);
	(void)raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	(void)raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ADV_SET_TERMINATED, 100);
	bench_end(&bench);
}

static void directed_sets_connect_to_their_target_alone(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_DIRECT};
	bt_addr_le_t peer;

	bench_begin(&bench, 3);
	peer = raw_public_addr(&bench.dev[0]);
	set.peer = raw_public_addr(&bench.dev[1]);
	ext_set_make(&bench.dev[0], &set);
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(ext_create(&bench.dev[2], &peer, 1), 0);
	raw_run_ms(1000);
	assert_false(raw_has_le(&bench.dev[2], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	assert_int_equal(ext_create(&bench.dev[1], &peer, 1), 0);
	(void)raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	bench_end(&bench);
}

/* Vol 4 Part E 7.8.66: parameters that were given for another PHY are then those of the link. */
static void a_connection_begins_on_a_phy_without_parameters_of_its_own(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_CONN, .secondary = 2};
	bt_addr_le_t peer;
	uint16_t handle;

	bench_begin(&bench, 2);
	peer = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &set);
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(ext_create(&bench.dev[1], &peer, 1), 0);
	handle = raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_READ_PHY, RAW_BYTES(RAW_LE16(handle)));
	assert_int_equal(bench.dev[1].rsp[2], 2);
	raw_run_ms(5000);
	assert_false(raw_has(&bench.dev[1], BT_HCI_EVT_DISCONN_COMPLETE));
	raw_disconnect(&bench.dev[1], &bench.dev[0], handle);
	bench_end(&bench);
}

static enum fav_air_verdict lose_connect_rsp(struct bench *b, const struct fav_air_packet *packet)
{
	return packet->channel < 37 && (packet->pdu[0] & 0x0f) == LL_AUX_CONNECT_RSP &&
			       b->random++ < 3
		       ? FAV_AIR_LOSE
		       : FAV_AIR_DELIVER;
}

/*
 *   A                                  I
 *   |<---------------- AUX_CONNECT_REQ-|
 *   |-- AUX_CONNECT_RSP --X            |  the peripheral waits for it in vain, and advertises again
 *   |<---------------- AUX_CONNECT_REQ-|
 *   |-- AUX_CONNECT_RSP -------------->|
 */
static void an_initiator_without_answer_tries_again(void **state)
{
	bt_addr_le_t peer;

	bench_begin(&bench, 2);
	bench.verdict = lose_connect_rsp;
	bench.random = 2;
	peer = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &(struct ext_set){.props = BT_HCI_LE_ADV_PROP_CONN});
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(ext_create(&bench.dev[1], &peer, 1), 0);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	assert_int_equal(raw_expect(&bench.dev[0], BT_HCI_EVT_DISCONN_COMPLETE, 3000)->params[3],
			 BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	assert_false(raw_has_le(&bench.dev[1], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	ext_set_start(&bench.dev[0], 0);
	(void)raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	bench_end(&bench);
}

/* ---- Legacy PDUs of sets, and reports of them ---- */

static void legacy_pdus_are_reported_as_such(void **state)
{
	static const struct {
		uint16_t props, adv, rsp;
	} kinds[] = {
		{0x13, 0x13, 0x1b},
		{0x12, 0x12, 0x1a},
		{0x10, 0x10, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bench_begin(&bench, 2);
		ext_fill(data, 62, 1);
		ext_set_make(&bench.dev[0], &(struct ext_set){.props = kinds[i].props});
		ext_set_data(&bench.dev[0], 0, data, 31);
		if (kinds[i].rsp != 0) {
			ext_set_rsp(&bench.dev[0], 0, data + 31, 31);
		}
		ext_set_start(&bench.dev[0], 0);
		ext_scan_start(&bench.dev[1], true, 1);
		ext_hear(&bench.dev[1], &heard, 500);
		assert_int_equal(heard.evt_type, kinds[i].adv);
		assert_int_equal(heard.sec_phy, 0);
		assert_int_equal(heard.sid, 0xff);
		assert_int_equal(heard.len, 31);
		assert_memory_equal(heard.data, data, 31);
		assert_int_equal(ext_hear_any(&bench.dev[1], &heard, 500), kinds[i].rsp != 0);
		if (kinds[i].rsp != 0) {
			assert_int_equal(heard.evt_type, kinds[i].rsp);
			assert_memory_equal(heard.data, data + 31, 31);
		}
		bench_end(&bench);
	}
}

static void a_high_duty_set_ends_by_itself(void **state)
{
	struct ext_set set = {.props = 0x1d};
	const struct raw_event *event;
	uint64_t begin_us;

	bench_begin(&bench, 2);
	set.peer = raw_public_addr(&bench.dev[1]);
	ext_set_make(&bench.dev[0], &set);
	assert_int_equal(ext_set_enable(&bench.dev[0], 0, 0, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_set_enable(&bench.dev[0], 0, 129, 0), BT_HCI_ERR_INVALID_PARAM);
	begin_us = raw_now_us();
	assert_int_equal(ext_set_enable(&bench.dev[0], 0, 128, 0), 0);
	event = raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ADV_SET_TERMINATED, 3000);
	assert_int_equal(event->params[0], BT_HCI_ERR_ADV_TIMEOUT);
	assert_in_range(event->at_us - begin_us, 1270000, 1290000);
	assert_false(raw_has_le(&bench.dev[0], BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	bench_end(&bench);
}

/* ---- Ends ---- */

static void a_duration_ends_a_set(void **state)
{
	static const uint16_t props[] = {0, BT_HCI_LE_ADV_PROP_LEGACY};
	const struct raw_event *event;
	uint64_t begin_us;

	for (size_t i = 0; i < ARRAY_SIZE(props); i++) {
		bench_begin(&bench, 1);
		ext_set_make(&bench.dev[0], &(struct ext_set){.props = props[i]});
		begin_us = raw_now_us();
		assert_int_equal(ext_set_enable(&bench.dev[0], 0, 55, 0), 0);
		event = raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ADV_SET_TERMINATED, 3000);
		assert_int_equal(event->params[0], BT_HCI_ERR_ADV_TIMEOUT);
		assert_int_equal(sys_get_le16(event->params + 2), 0x0fff);
		assert_in_range(event->params[4], 5, 6);
		assert_in_range(event->at_us - begin_us, 550000, 560000);
		bench_trace(&bench);
		raw_run_ms(1000);
		assert_int_equal(bench.traced, 0);
		bench_end(&bench);
	}
}

static void a_number_of_events_ends_a_set(void **state)
{
	static const uint16_t props[] = {0, BT_HCI_LE_ADV_PROP_LEGACY};
	const struct raw_event *event;

	for (size_t i = 0; i < ARRAY_SIZE(props); i++) {
		bench_begin(&bench, 1);
		ext_set_make(&bench.dev[0], &(struct ext_set){.props = props[i]});
		assert_int_equal(ext_set_enable(&bench.dev[0], 0, 0, 9), 0);
		event = raw_expect_le(&bench.dev[0], BT_HCI_EVT_LE_ADV_SET_TERMINATED, 3000);
		assert_int_equal(event->params[0], BT_HCI_ERR_LIMIT_REACHED);
		assert_int_equal(event->params[4], 9);
		raw_run_ms(1000);
		assert_int_equal(bench.traced, 27);
		bench_end(&bench);
	}
}

static void a_duration_ends_a_scan(void **state)
{
	struct raw_host *s;
	uint64_t begin_us;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	ext_set_make(&bench.dev[0], &(struct ext_set){.interval = 32});
	ext_set_start(&bench.dev[0], 0);
	raw_do(s, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
	       RAW_BYTES(0, 0, 1, 0, RAW_LE16(16), RAW_LE16(16)));
	begin_us = raw_now_us();
	raw_do(s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 100, 0, 0, 0));
	assert_in_range(raw_expect_le(s, BT_HCI_EVT_LE_SCAN_TIMEOUT, 2000)->at_us - begin_us,
			1000000, 1000010);
	raw_forget(s);
	assert_false(ext_hear_any(s, &heard, 1000));
	bench_end(&bench);
}

/* 0.5 s of each 1.28 s; what was reported before is reported again in each period. */
static void a_scan_comes_again_each_period(void **state)
{
	struct raw_host *s;
	uint64_t begin_us, last_us = 0;
	unsigned int reports = 0;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	ext_set_make(&bench.dev[0], &(struct ext_set){.interval = 32});
	ext_set_start(&bench.dev[0], 0);
	raw_do(s, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
	       RAW_BYTES(0, 0, 1, 0, RAW_LE16(16), RAW_LE16(16)));
	begin_us = raw_now_us();
	raw_do(s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 2, 50, 0, 1, 0));
	while (raw_now_us() < begin_us + 5000000) {
		if (ext_hear_any(s, &heard, 10)) {
			assert_true((raw_now_us() - begin_us) % 1280000 < 500000);
			assert_true(last_us == 0 || raw_now_us() - last_us > 1000000);
			last_us = raw_now_us();
			reports++;
		}
	}
	assert_int_equal(reports, 4);
	assert_false(raw_has_le(s, BT_HCI_EVT_LE_SCAN_TIMEOUT));
	bench_end(&bench);
}

/* ---- Loss ---- */

static enum fav_air_verdict lose_third_chain(struct bench *b, const struct fav_air_packet *packet)
{
	struct ll_ext_pdu ext;

	if (packet->channel >= 37 || !ll__ext_read(packet->pdu, packet->len, &ext)) {
		return FAV_AIR_DELIVER;
	}
	return b->random++ == 3 ? FAV_AIR_CORRUPT : FAV_AIR_DELIVER;
}

static void a_chain_that_breaks_is_said_to_be_truncated(void **state)
{
	bench_begin(&bench, 2);
	bench.verdict = lose_third_chain;
	bench.random = 0;
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 3, .interval = 800});
	ext_set_data(&bench.dev[0], 0, data, sizeof(data));
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 1);
	ext_hear(&bench.dev[1], &heard, 2000);
	assert_int_equal(heard.status, BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_INCOMPLETE);
	assert_in_range(heard.len, 3 * 230, 3 * 251);
	assert_memory_equal(heard.data, data, heard.len);
	/* It was not whole, so it is no duplicate. */
	ext_hear(&bench.dev[1], &heard, 2000);
	assert_int_equal(heard.status, 0);
	assert_int_equal(heard.len, sizeof(data));
	assert_false(ext_hear_any(&bench.dev[1], &heard, 2000));
	bench_end(&bench);
}

/* A host without buffers gets no half of a report. */
static void a_report_is_whole_or_not_at_all(void **state)
{
	struct raw_host *s;
	unsigned int whole = 0;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 3, .interval = 160});
	ext_set_data(&bench.dev[0], 0, data, sizeof(data));
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(s, false, 0);
	for (int i = 0; i < 200; i++) {
		s->refuse_evt = i % 3 != 0;
		raw_run_ms(37);
		s->refuse_evt = false;
		fav_hci_rx_ready(s->hci);
		raw_run_ms(1);
		while (s->event_count != 0) {
			assert_true(ext_hear_any(s, &heard, 1));
			assert_int_equal(heard.status, 0);
			assert_int_equal(heard.len, sizeof(data));
			assert_memory_equal(heard.data, data, sizeof(data));
			whole++;
		}
	}
	assert_true(whole > 20);
	bench_end(&bench);
}

/* One whose buffers end in the middle of a report gets the rest of it later. */
static void a_report_that_was_begun_is_finished(void **state)
{
	struct raw_host *s;

	bench_begin(&bench, 2);
	s = &bench.dev[1];
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &(struct ext_set){.sid = 3, .interval = 160});
	ext_set_data(&bench.dev[0], 0, data, sizeof(data));
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(s, false, 0);
	for (unsigned int n = 1; n <= 8; n++) {
		raw_forget(s);
		s->takes_evts = n;
		raw_run_ms(500);
		assert_int_equal(s->event_count, n);
		s->refuse_evt = false;
		fav_hci_rx_ready(s->hci);
		ext_hear(s, &heard, 1);
		assert_int_equal(heard.status, 0);
		assert_int_equal(heard.len, sizeof(data));
		assert_memory_equal(heard.data, data, sizeof(data));
	}
	bench_end(&bench);
}

/* Links without data and without end. */
static void an_endless_chain_is_left(void **state)
{
	struct ll_ext_pdu ext = {
		.has_adi = true,
		.has_aux = true,
		.aux = {.channel = 5, .phy = RADIO_1M, .accurate = true, .offset_us = 1200},
	};
	struct radio_tx tx = {
		.channel = 37,
		.phy = RADIO_1M,
		.access_address = 0x8e89bed6,
		.crc_init = 0x555555,
	};
	uint8_t pdu[RADIO_PDU_MAX];

	bench_begin(&bench, 1);
	raw_radio_begin(&radio, bench.air);
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
	       RAW_BYTES(0, 0, 1, 0, RAW_LE16(0x4000), RAW_LE16(0x4000)));
	raw_do(&bench.dev[0], BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 0, 0, 0, 0));
	tx.start_us = raw_now_us() + 100;
	for (int i = 0; i < 100; i++) {
		ext.has_adv = i == 1;
		raw_radio_send_tx(&radio, &tx, pdu, ll__ext_write(&ext, LL_ADV_EXT_IND, pdu));
		k_sleep(K_USEC(tx.start_us + 1000 - raw_now_us()));
		tx.start_us += 1200;
		tx.channel = 5;
	}
	/* While it goes on. */
	assert_int_equal(bench.dev[0].event_count, 1);
	assert_true(bench.dev[0].events[0].at_us < 80 * 1200);
	ext_hear(&bench.dev[0], &heard, 1);
	assert_int_equal(heard.status, BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_INCOMPLETE);
	assert_int_equal(heard.len, 0);
	raw_radio_end(&radio);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_of_one_pdu_are_reported),
		cmocka_unit_test(data_of_1650_bytes_are_a_chain),
		cmocka_unit_test(every_length_of_data_arrives),
		cmocka_unit_test(nothing_to_say_needs_no_auxiliary_packet),
		cmocka_unit_test(an_anonymous_advertiser_has_no_address),
		cmocka_unit_test(directed_advertising_is_for_its_target),
		cmocka_unit_test(the_set_has_a_random_address_of_its_own),
		cmocka_unit_test(a_scan_response_may_be_a_chain),
		cmocka_unit_test(a_passive_scanner_asks_nothing),
		cmocka_unit_test(an_advertiser_answers_whom_its_policy_lets),
		cmocka_unit_test(a_connection_begins_on_the_secondary_phy),
		cmocka_unit_test(an_initiator_takes_legacy_advertising_too),
		cmocka_unit_test(directed_sets_connect_to_their_target_alone),
		cmocka_unit_test(a_connection_begins_on_a_phy_without_parameters_of_its_own),
		cmocka_unit_test(an_initiator_without_answer_tries_again),
		cmocka_unit_test(legacy_pdus_are_reported_as_such),
		cmocka_unit_test(a_high_duty_set_ends_by_itself),
		cmocka_unit_test(a_duration_ends_a_set),
		cmocka_unit_test(a_number_of_events_ends_a_set),
		cmocka_unit_test(a_duration_ends_a_scan),
		cmocka_unit_test(a_scan_comes_again_each_period),
		cmocka_unit_test(a_chain_that_breaks_is_said_to_be_truncated),
		cmocka_unit_test(a_report_is_whole_or_not_at_all),
		cmocka_unit_test(a_report_that_was_begun_is_finished),
		cmocka_unit_test(an_endless_chain_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
