/* SPDX-License-Identifier: Apache-2.0 */
/* Extended advertising between hosts over the air. */
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

#define ADVERTISER 1
#define SCANNER    0

static struct sim sim;
static uint8_t bytes[254];

/* What the scanner has heard, all of it and by set identifier. */
static struct {
	volatile uint32_t calls;
	uint32_t of_sid[16];
	uint32_t legacy;
	struct bt_le_scan_recv_info info;
	bt_addr_le_t addr;
	uint16_t len;
	uint8_t data[1650];
	/* Noted are reports with these; 0: all. */
	uint16_t wanted_props;
} heard;

static struct {
	volatile uint32_t sent, connected, scanned;
	uint8_t num_sent;
	bt_addr_le_t scanner;
	struct bt_le_ext_adv *by;
} told;

static void on_recv(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf)
{
	if ((info->adv_props & BT_GAP_ADV_PROP_EXT_ADV) == 0) {
		heard.legacy++;
	} else {
		heard.of_sid[info->sid & 15]++;
	}
	if ((info->adv_props & heard.wanted_props) != heard.wanted_props) {
		return;
	}
	heard.info = *info;
	heard.addr = *info->addr;
	heard.len = buf->len;
	memcpy(heard.data, buf->data, MIN(buf->len, sizeof(heard.data)));
	heard.calls++;
}

static struct bt_le_scan_cb listener = {.recv = on_recv};

static void on_sent(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_sent_info *info)
{
	told.num_sent = info->num_sent;
	told.by = adv;
	told.sent++;
}

static void on_connected(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_connected_info *info)
{
	told.by = adv;
	told.connected++;
}

static void on_scanned(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_scanned_info *info)
{
	told.scanner = *info->addr;
	told.scanned++;
}

static const struct bt_le_ext_adv_cb cb = {
	.sent = on_sent, .connected = on_connected, .scanned = on_scanned};

static void begin(size_t count)
{
	memset(&heard, 0, sizeof(heard));
	memset(&told, 0, sizeof(told));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(7 * i);
	}
	sim_begin(&sim, count);
	peers_begin(&sim);
	sim_on(&sim, SCANNER);
	assert_int_equal(bt_le_scan_cb_register(&listener), 0);
}

static void end(void)
{
	sim_on(&sim, SCANNER);
	bt_le_scan_cb_unregister(&listener);
	peers_end(&sim);
	sim_end(&sim);
}

static void scan(uint8_t type, uint32_t options)
{
	sim_on(&sim, SCANNER);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PARAM(type, options, 96, 96), NULL), 0);
}

static struct bt_le_ext_adv *set_made_at(uint32_t options, uint8_t sid, uint32_t interval_625us)
{
	struct bt_le_adv_param param =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_USE_IDENTITY | options,
				     interval_625us, interval_625us, NULL);
	struct bt_le_ext_adv *set;

	param.sid = sid;
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), 0);
	return set;
}

static struct bt_le_ext_adv *set_made(uint32_t options, uint8_t sid)
{
	return set_made_at(options, sid, 0x40);
}

/* With some data: without, nothing is sent on a secondary channel, and no set identifier at all. */
static struct bt_le_ext_adv *set_with_data(uint32_t options, uint8_t sid)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "zephyr", 6)};
	struct bt_le_ext_adv *set = set_made(options, sid);

	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 1, NULL, 0), 0);
	return set;
}

/* Elements that come to 1650 bytes, serialised to wire. */
static size_t longest(struct bt_data ad[7], uint8_t wire[1650])
{
	size_t len = 0;

	for (size_t i = 0; i < 7; i++) {
		uint8_t n = i < 6 ? 254 : 1650 - 6 * 256 - 2;

		ad[i] = (struct bt_data)BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, n);
		len += bt_data_serialize(&ad[i], &wire[len]);
	}
	return len;
}

/* ---- Data ---- */

static void the_longest_data_reaches_a_scanner_whole(void **state)
{
	struct bt_le_ext_adv *set;
	struct bt_data ad[7];
	uint8_t wire[1650];

	begin(2);
	set = set_made(0, 5);
	assert_int_equal(longest(ad, wire), 1650);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 7, NULL, 0), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	assert_true(sim_until_count(&heard.calls, 5, 5000));
	assert_true(bt_addr_le_eq(&heard.addr, &sim.dev[ADVERTISER].addr));
	assert_int_equal(heard.info.sid, 5);
	assert_int_equal(heard.info.adv_type, BT_GAP_ADV_TYPE_EXT_ADV);
	assert_int_equal(heard.info.adv_props, BT_GAP_ADV_PROP_EXT_ADV);
	assert_int_equal(heard.info.primary_phy, BT_GAP_LE_PHY_1M);
	assert_int_equal(heard.info.secondary_phy, BT_GAP_LE_PHY_2M);
	assert_int_equal(heard.info.tx_power, BT_GAP_TX_POWER_INVALID);
	assert_int_equal(heard.len, 1650);
	assert_memory_equal(heard.data, wire, 1650);
	end();
}

static void a_scan_response_of_the_longest_data_comes_when_asked_for(void **state)
{
	struct bt_le_ext_adv *set;
	struct bt_data sd[7];
	uint8_t wire[1650];

	begin(2);
	set = set_made(BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_NOTIFY_SCAN_REQ, 1);
	(void)longest(sd, wire);
	assert_int_equal(bt_le_ext_adv_set_data(set, NULL, 0, sd, 7), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	heard.wanted_props = BT_GAP_ADV_PROP_SCAN_RESPONSE;
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	sim_run_ms(1000);
	assert_int_equal(heard.calls, 0);
	assert_true(heard.of_sid[1] > 0);
	sim_on(&sim, SCANNER);
	assert_int_equal(bt_le_scan_stop(), 0);
	scan(BT_LE_SCAN_TYPE_ACTIVE, 0);
	assert_true(sim_until_count(&heard.calls, 2, 5000));
	assert_int_equal(heard.len, 1650);
	assert_memory_equal(heard.data, wire, 1650);
	assert_true(told.scanned > 0);
	assert_true(bt_addr_le_eq(&told.scanner, &sim.dev[SCANNER].addr));
	end();
}

static void data_changes_while_a_set_advertises(void **state)
{
	const struct bt_data first[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "mistral", 7)};
	const struct bt_data second[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "zephyr", 6)};
	struct bt_le_ext_adv *set;

	begin(2);
	set = set_made(BT_LE_ADV_OPT_USE_TX_POWER, 2);
	assert_int_equal(bt_le_ext_adv_set_data(set, first, 1, NULL, 0), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	assert_true(sim_until_count(&heard.calls, 1, 5000));
	assert_int_equal(heard.len, 9);
	assert_int_not_equal(heard.info.tx_power, BT_GAP_TX_POWER_INVALID);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_ext_adv_set_data(set, second, 1, NULL, 0), 0);
	sim_run_ms(200);
	assert_int_equal(heard.len, 8);
	assert_memory_equal(&heard.data[2], "zephyr", 6);
	end();
}

static void an_advertiser_may_be_anonymous(void **state)
{
	struct bt_le_ext_adv *set;

	begin(2);
	set = set_made(BT_LE_ADV_OPT_ANONYMOUS, 3);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	assert_true(sim_until_count(&heard.calls, 1, 5000));
	assert_int_equal(heard.addr.type, BT_ADDR_LE_ANONYMOUS);
	assert_int_equal(heard.info.sid, 3);
	end();
}

/* ---- Many, and their ends ---- */

static void sixteen_sets_and_a_legacy_advertiser_are_heard_beside_each_other(void **state)
{
	begin(2);
	for (uint8_t i = 0; i < 16; i++) {
		struct bt_le_ext_adv *set = set_made_at(0, i, 0x140);
		const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 10u + i)};

		assert_int_equal(bt_le_ext_adv_set_data(set, ad, 1, NULL, 0), 0);
		assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	}
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	sim_run_ms(5000);
	for (uint8_t i = 0; i < 16; i++) {
		assert_in_range(heard.of_sid[i], 15, 30);
	}
	assert_in_range(heard.legacy, 25, 60);
	end();
}

static void a_set_ends_after_its_events(void **state)
{
	struct bt_le_ext_adv *set;
	struct bt_le_ext_adv_info info;

	begin(2);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	set = set_with_data(0, 4);
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(0, 7)), 0);
	assert_true(sim_until_count(&told.sent, 1, 5000));
	assert_ptr_equal(told.by, set);
	assert_int_equal(told.num_sent, 7);
	sim_run_ms(1000);
	assert_in_range(heard.of_sid[4], 5, 7);
	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_DISABLED);
	assert_int_equal(told.sent, 1);
	end();
}

static void a_set_ends_after_its_time(void **state)
{
	int64_t begun_ms;
	struct bt_le_ext_adv *set;

	begin(2);
	set = set_made(0, 4);
	begun_ms = k_uptime_get();
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(50, 0)), 0);
	assert_true(sim_until_count(&told.sent, 1, 5000));
	assert_in_range(k_uptime_get() - begun_ms, 400, 600);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	sim_run_ms(1000);
	assert_int_equal(told.sent, 1);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
	end();
}

/* ---- Coded ---- */

static void coded_is_heard_by_who_listens_on_coded(void **state)
{
	struct bt_le_ext_adv *set;

	begin(2);
	set = set_with_data(BT_LE_ADV_OPT_CODED, 6);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	sim_run_ms(2000);
	assert_int_equal(heard.calls, 0);
	sim_on(&sim, SCANNER);
	assert_int_equal(bt_le_scan_stop(), 0);
	scan(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_CODED | BT_LE_SCAN_OPT_NO_1M);
	assert_true(sim_until_count(&heard.calls, 2, 5000));
	assert_int_equal(heard.info.primary_phy, BT_GAP_LE_PHY_CODED);
	assert_int_equal(heard.info.secondary_phy, BT_GAP_LE_PHY_CODED);
	end();
}

/* ---- Links ---- */

static struct bt_conn *connect_to_set(uint32_t scan_options)
{
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	struct bt_conn *conn;

	param.options = scan_options;
	sim_on(&sim, SCANNER);
	assert_int_equal(bt_conn_le_create(&sim.dev[ADVERTISER].addr, &param,
					   BT_LE_CONN_PARAM_DEFAULT, &conn),
			 0);
	assert_true(sim_until_count(&peers[SCANNER].connects, 1, 5000));
	assert_true(sim_until_count(&peers[ADVERTISER].connects, 1, 5000));
	return conn;
}

static void a_connectable_set_leads_to_a_link(void **state)
{
	struct bt_le_ext_adv *other, *set;
	struct bt_le_ext_adv_info info;
	struct bt_conn_info conn_info;
	struct bt_conn *conn;

	begin(2);
	other = set_made(0, 1);
	set = set_made(BT_LE_ADV_OPT_CONN, 2);
	assert_int_equal(bt_le_ext_adv_start(other, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	conn = connect_to_set(0);
	assert_int_equal(told.connected, 1);
	assert_ptr_equal(told.by, set);
	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_DISABLED);
	assert_int_equal(bt_le_ext_adv_get_info(other, &info), 0);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_ENABLED);
	assert_int_equal(bt_conn_get_info(peers[ADVERTISER].conn, &conn_info), 0);
	assert_true(bt_addr_le_eq(conn_info.le.dst, &sim.dev[SCANNER].addr));
	assert_true(bt_addr_le_eq(conn_info.le.src, &sim.dev[ADVERTISER].addr));
	sim_run_ms(2000);
	assert_int_equal(peers[SCANNER].disconnects, 0);
	bt_conn_unref(conn);
	peers_unlink(&sim, SCANNER, ADVERTISER);
	sim_on(&sim, ADVERTISER);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	end();
}

static void a_link_may_be_made_on_coded(void **state)
{
	struct bt_le_ext_adv *set;
	struct bt_conn *conn;

	begin(2);
	set = set_made(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_CODED, 2);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	conn = connect_to_set(BT_CONN_LE_OPT_CODED | BT_CONN_LE_OPT_NO_1M);
	sim_run_ms(2000);
	assert_int_equal(peers[SCANNER].disconnects, 0);
	bt_conn_unref(conn);
	peers_unlink(&sim, SCANNER, ADVERTISER);
	end();
}

static void a_set_for_one_peer_is_taken_by_it_alone(void **state)
{
	struct bt_le_adv_param param =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN, 0x40, 0x40, NULL);
	struct bt_le_ext_adv *set;
	struct bt_conn *conn, *wrong;

	begin(3);
	sim_on(&sim, ADVERTISER);
	param.peer = &sim.dev[SCANNER].addr;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	sim_on(&sim, 2);
	assert_int_equal(bt_conn_le_create(&sim.dev[ADVERTISER].addr, BT_CONN_LE_CREATE_CONN,
					   BT_LE_CONN_PARAM_DEFAULT, &wrong),
			 0);
	assert_true(sim_until_count(&peers[2].failures, 1, 10000));
	bt_conn_unref(wrong);
	assert_int_equal(peers[ADVERTISER].connects, 0);
	conn = connect_to_set(0);
	bt_conn_unref(conn);
	peers_unlink(&sim, SCANNER, ADVERTISER);
	end();
}

static void each_set_has_an_identity_of_its_own(void **state)
{
	bt_addr_le_t second = *BT_ADDR_LE_ANY;
	struct bt_le_adv_param param =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN, 0x40, 0x40, NULL);
	struct bt_conn_info info;
	struct bt_le_ext_adv *set;
	struct bt_conn *conn;
	int id;

	begin(2);
	set = set_made(BT_LE_ADV_OPT_CONN, 1);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	sim_on(&sim, ADVERTISER);
	id = bt_id_create(&second, NULL);
	assert_true(id > 0);
	param.id = (uint8_t)id;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	sim_on(&sim, SCANNER);
	assert_int_equal(
		bt_conn_le_create(&second, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	assert_true(sim_until_count(&peers[ADVERTISER].connects, 1, 5000));
	assert_ptr_equal(told.by, set);
	assert_int_equal(bt_conn_get_info(peers[ADVERTISER].conn, &info), 0);
	assert_int_equal(info.id, id);
	assert_true(bt_addr_le_eq(info.le.src, &second));
	bt_conn_unref(conn);
	peers_unlink(&sim, SCANNER, ADVERTISER);
	end();
}

/* ---- Restart ---- */

static void fifty_restarts_leave_nothing(void **state)
{
	begin(2);
	scan(BT_LE_SCAN_TYPE_PASSIVE, 0);
	for (int i = 0; i < 50; i++) {
		struct bt_le_ext_adv *set = set_made(BT_LE_ADV_OPT_CONN, (uint8_t)(i % 16));
		uint32_t before = heard.calls;

		assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
		assert_true(sim_until_count(&heard.calls, before + 1, 5000));
		sim_on(&sim, ADVERTISER);
		assert_int_equal(bt_disable(), 0);
		assert_int_equal(bt_enable(NULL), 0);
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_data_reaches_a_scanner_whole),
		cmocka_unit_test(a_scan_response_of_the_longest_data_comes_when_asked_for),
		cmocka_unit_test(data_changes_while_a_set_advertises),
		cmocka_unit_test(an_advertiser_may_be_anonymous),
		cmocka_unit_test(sixteen_sets_and_a_legacy_advertiser_are_heard_beside_each_other),
		cmocka_unit_test(a_set_ends_after_its_events),
		cmocka_unit_test(a_set_ends_after_its_time),
		cmocka_unit_test(coded_is_heard_by_who_listens_on_coded),
		cmocka_unit_test(a_connectable_set_leads_to_a_link),
		cmocka_unit_test(a_link_may_be_made_on_coded),
		cmocka_unit_test(a_set_for_one_peer_is_taken_by_it_alone),
		cmocka_unit_test(each_set_has_an_identity_of_its_own),
		cmocka_unit_test(fifty_restarts_leave_nothing),
	};

	return SIM_RUN(tests);
}
