/* SPDX-License-Identifier: Apache-2.0 */

/* Extended advertising of many sets, by many, under loss, beside connections; and what HCI refuses
 * of it, Core 6.0 Vol 4 Part E 7.8.52 to 7.8.73. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/bench.h"
#include "ll/ext.h"

#define SETS 16

static struct bench bench;
static uint8_t data[EXT_DATA_MAX];
static struct ext_heard heard;

/* Set n of device 0 has SID n and a length of its own. */
static size_t length_of(unsigned int set)
{
	return 40 + set * 100;
}

static void advertise_many(const struct ext_set *like)
{
	struct ext_set set = *like;

	for (uint8_t n = 0; n < SETS; n++) {
		set.handle = n * 14;
		set.sid = n;
		ext_set_make(&bench.dev[0], &set);
		ext_fill(data, length_of(n), n);
		ext_set_data(&bench.dev[0], set.handle, data, length_of(n));
		ext_set_start(&bench.dev[0], set.handle);
	}
}

static void check_heard(void)
{
	ext_fill(data, sizeof(data), heard.sid);
	assert_memory_equal(heard.data, data, heard.len);
	if (heard.status == 0) {
		assert_int_equal(heard.len, length_of(heard.sid));
	} else {
		assert_true(heard.len < length_of(heard.sid));
	}
}

/* Sixteen sets on one radio, two scanners: each hears each of them whole. */
static void sixteen_sets_are_heard_by_two_scanners(void **state)
{
	unsigned int whole[2][SETS] = {0};

	bench_begin(&bench, 3);
	advertise_many(&(struct ext_set){.interval = 800, .secondary = 2});
	ext_scan_start(&bench.dev[1], false, 0);
	ext_scan_start(&bench.dev[2], false, 0);
	for (int i = 0; i < 1000; i++) {
		raw_run_ms(10);
		for (int s = 0; s < 2; s++) {
			while (bench.dev[1 + s].event_count != 0 &&
			       ext_hear_any(&bench.dev[1 + s], &heard, 1)) {
				check_heard();
				whole[s][heard.sid] += heard.status == 0;
			}
		}
	}
	/* Twenty events each, some of which meet a change of the scanner's channel. */
	for (int n = 0; n < SETS; n++) {
		assert_in_range(whole[0][n], 8, 21);
		assert_in_range(whole[1][n], 8, 21);
	}
	bench_end(&bench);
}

/* What is lost in the middle is said to be truncated; what is heard is right. */
static void a_lossy_air_truncates_and_never_mixes(void **state)
{
	unsigned int whole = 0, truncated = 0;

	bench_begin(&bench, 2);
	bench.verdict = bench_lossy;
	bench.loss_percent = 15;
	advertise_many(&(struct ext_set){.interval = 800, .secondary = 2});
	ext_scan_start(&bench.dev[1], false, 0);
	for (int i = 0; i < 3000; i++) {
		raw_run_ms(10);
		while (bench.dev[1].event_count != 0 && ext_hear_any(&bench.dev[1], &heard, 1)) {
			check_heard();
			whole += heard.status == 0;
			truncated += heard.status != 0;
		}
	}
	assert_true(whole > 200);
	assert_true(truncated > 100);
	bench_end(&bench);
}

/* Several advertisers with scan responses, each asked and told apart. */
static void an_active_scanner_asks_each_of_several(void **state)
{
	unsigned int answers[4] = {0};

	bench_begin(&bench, 5);
	for (uint8_t i = 0; i < 4; i++) {
		ext_fill(data, 300, i);
		ext_set_make(&bench.dev[i], &(struct ext_set){.sid = i,
							      .interval = 160,
							      .props = BT_HCI_LE_ADV_PROP_SCAN});
		ext_set_rsp(&bench.dev[i], 0, data, 300);
		ext_set_start(&bench.dev[i], 0);
	}
	ext_scan_start(&bench.dev[4], true, 0);
	for (int i = 0; i < 3000; i++) {
		raw_run_ms(1);
		while (bench.dev[4].event_count != 0 && ext_hear_any(&bench.dev[4], &heard, 1)) {
			if (heard.evt_type & BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP && heard.status == 0) {
				ext_fill(data, 300, heard.sid);
				assert_int_equal(heard.len, 300);
				assert_memory_equal(heard.data, data, 300);
				answers[heard.sid]++;
			}
		}
	}
	for (int i = 0; i < 4; i++) {
		assert_true(answers[i] > 3);
	}
	bench_end(&bench);
}

/* A busy radio: a connection at 7.5 ms goes on, and chains that do not fit between its events get
 * out. */
static void chains_and_a_connection_share_a_radio(void **state)
{
	struct ext_set set = {.handle = 1, .sid = 1, .interval = 800};
	unsigned int whole = 0;
	bt_addr_le_t peer;
	uint16_t ch;

	bench_begin(&bench, 3);
	peer = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &(struct ext_set){.handle = 0, .props = 0x13});
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(ext_create(&bench.dev[2], &peer, 1), 0);
	ch = raw_connected(&bench.dev[2], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	/* 7.5 ms. */
	raw_do(&bench.dev[2], BT_HCI_OP_LE_CONN_UPDATE,
	       RAW_BYTES(RAW_LE16(ch), 6, 0, 6, 0, 0, 0, 200, 0, 0, 0, 0, 0));
	(void)raw_expect_le(&bench.dev[2], BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 2000);
	ext_fill(data, sizeof(data), 1);
	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 1, data, sizeof(data));
	ext_set_start(&bench.dev[0], 1);
	ext_scan_start(&bench.dev[1], false, 0);
	for (int i = 0; i < 30; i++) {
		if (ext_hear_any(&bench.dev[1], &heard, 1000)) {
			whole += heard.status == 0;
		}
	}
	assert_true(whole > 10);
	assert_false(raw_has(&bench.dev[2], BT_HCI_EVT_DISCONN_COMPLETE));
	raw_disconnect(&bench.dev[2], &bench.dev[0], ch);
	bench_end(&bench);
}

/* ---- Coded ---- */

#define ON_BOTH RAW_BYTES(0, 0, 5, 0, RAW_LE16(64), RAW_LE16(64), 0, RAW_LE16(64), RAW_LE16(64))

/* One set on 1M, one on Coded with a chain; a scanner on both hears both, in turns. */
static void a_scanner_on_two_phys_hears_both(void **state)
{
	unsigned int count[2] = {0};

	bench_begin(&bench, 2);
	ext_fill(data, 600, 1);
	for (uint8_t n = 0; n < 2; n++) {
		uint8_t phy = n == 0 ? 1 : 3;

		ext_set_make(&bench.dev[0], &(struct ext_set){.handle = n,
							      .sid = n,
							      .interval = 320,
							      .primary = phy,
							      .secondary = phy});
		ext_set_data(&bench.dev[0], n, data, n == 0 ? 100 : 600);
		ext_set_start(&bench.dev[0], n);
	}
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, ON_BOTH);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 0, 0, 0, 0));
	for (int i = 0; i < 40; i++) {
		if (!ext_hear_any(&bench.dev[1], &heard, 1000)) {
			break;
		}
		assert_int_equal(heard.prim_phy, heard.sid == 0 ? 1 : 3);
		assert_int_equal(heard.sec_phy, heard.sid == 0 ? 1 : 3);
		if (heard.status == 0) {
			assert_int_equal(heard.len, heard.sid == 0 ? 100 : 600);
			count[heard.sid]++;
		}
		assert_memory_equal(heard.data, data, heard.len);
	}
	assert_true(count[0] > 8);
	assert_true(count[1] > 8);
	bench_end(&bench);
}

/* AUX_CONNECT_REQ on Coded; the connection stays there. */
static void a_connection_begins_on_coded(void **state)
{
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_CONN, .primary = 3, .secondary = 3};
	bt_addr_le_t peer;
	uint16_t handle;

	bench_begin(&bench, 2);
	peer = raw_public_addr(&bench.dev[0]);
	ext_set_make(&bench.dev[0], &set);
	ext_set_start(&bench.dev[0], 0);
	assert_int_equal(ext_create(&bench.dev[1], &peer, 4), 0);
	handle = raw_connected(&bench.dev[1], BT_HCI_ROLE_CENTRAL);
	(void)raw_connected(&bench.dev[0], BT_HCI_ROLE_PERIPHERAL);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_READ_PHY, RAW_BYTES(RAW_LE16(handle)));
	assert_int_equal(bench.dev[1].rsp[2], 3);
	assert_int_equal(bench.dev[1].rsp[3], 3);
	raw_run_ms(3000);
	raw_disconnect(&bench.dev[1], &bench.dev[0], handle);
	bench_end(&bench);
}

/* ---- What HCI refuses ---- */

static struct raw_host *const a = &bench.dev[0];

static void legacy_and_extended_commands_do_not_mix(void **state)
{
	static const uint8_t zeros[32];

	bench_begin(&bench, 1);
	raw_do(a, BT_HCI_OP_LE_SET_ADV_DATA, zeros, 32);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_READ_NUM_ADV_SETS, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(a, BT_HCI_OP_RESET, NULL, 0);
	raw_do(a, BT_HCI_OP_LE_READ_NUM_ADV_SETS, NULL, 0);
	assert_int_equal(a->rsp[0], 24);
	raw_do(a, BT_HCI_OP_LE_READ_MAX_ADV_DATA_LEN, NULL, 0);
	assert_int_equal(sys_get_le16(a->rsp), 1650);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_ADV_DATA, zeros, 32),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_READ_ADV_CHAN_TX_POWER, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	/* Those of neither kind are always there. */
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(a, BT_HCI_OP_LE_CLEAR_FAL, NULL, 0);
	bench_end(&bench);
}

static void bad_parameters_of_a_set_are_refused(void **state)
{
	static const struct {
		struct ext_set set;
		uint8_t status;
	} bad[] = {
		{{.handle = 0xf0}, BT_HCI_ERR_INVALID_PARAM},
		{{.interval = 0x1f}, BT_HCI_ERR_INVALID_PARAM},
		{{.channels = 8}, BT_HCI_ERR_INVALID_PARAM},
		{{.own_type = 4}, BT_HCI_ERR_INVALID_PARAM},
		{{.policy = 4}, BT_HCI_ERR_INVALID_PARAM},
		{{.sid = 16}, BT_HCI_ERR_INVALID_PARAM},
		{{.primary = 2}, BT_HCI_ERR_INVALID_PARAM},
		{{.primary = 4}, BT_HCI_ERR_INVALID_PARAM},
		{{.secondary = 4}, BT_HCI_ERR_INVALID_PARAM},
		{{.props = 0x03}, BT_HCI_ERR_INVALID_PARAM}, /* connectable and scannable */
		{{.props = 0x08}, BT_HCI_ERR_INVALID_PARAM}, /* high duty, extended */
		{{.props = 0x21}, BT_HCI_ERR_INVALID_PARAM}, /* anonymous, connectable */
		{{.props = 0x80}, BT_HCI_ERR_INVALID_PARAM},
		{{.props = 0x11}, BT_HCI_ERR_INVALID_PARAM}, /* no legacy PDU is that */
		{{.props = 0x50}, BT_HCI_ERR_INVALID_PARAM},
		{{.props = 0x10, .primary = 3}, BT_HCI_ERR_INVALID_PARAM},
		{{.props = 4, .peer = {.type = 2}}, BT_HCI_ERR_INVALID_PARAM},
	};

	bench_begin(&bench, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(ext_set_param(a, &bad[i].set), bad[i].status);
	}
	/* None of them has made a set. */
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(0)),
			 BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(0xf0)),
			 BT_HCI_ERR_INVALID_PARAM);
	/* As many as there are said to be. */
	for (uint8_t n = 0; n < 24; n++) {
		ext_set_make(a, &(struct ext_set){.handle = n});
	}
	assert_int_equal(ext_set_param(a, &(struct ext_set){.handle = 99}),
			 BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	raw_do(a, BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(7));
	ext_set_make(a, &(struct ext_set){.handle = 99});
	ext_set_start(a, 99);
	assert_int_equal(ext_set_param(a, &(struct ext_set){.handle = 99}),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(99)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_CLEAR_ADV_SETS, NULL, 0), BT_HCI_ERR_CMD_DISALLOWED);
	ext_set_stop(a, 99);
	raw_do(a, BT_HCI_OP_CLEAR_ADV_SETS, NULL, 0);
	assert_int_equal(ext_set_enable(a, 99, 0, 0), BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	bench_end(&bench);
}

static uint8_t put(uint8_t op, size_t len)
{
	return ext_put(a, BT_HCI_OP_LE_SET_EXT_ADV_DATA, 0, op, data, (uint8_t)len);
}

static void bad_data_are_refused(void **state)
{
	bench_begin(&bench, 1);
	assert_int_equal(put(3, 10), BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	ext_set_make(a, &(struct ext_set){0});
	assert_int_equal(put(5, 10), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(put(1, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(put(4, 0), BT_HCI_ERR_INVALID_PARAM); /* not enabled */
	assert_int_equal(put(2, 5), BT_HCI_ERR_CMD_DISALLOWED);
	/* Not whole. */
	assert_int_equal(put(1, 251), 0);
	assert_int_equal(ext_set_enable(a, 0, 0, 0), BT_HCI_ERR_CMD_DISALLOWED);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(put(0, 251), 0);
	}
	/* More than there is room for: all of it is gone. */
	assert_int_equal(put(0, 251), BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	assert_int_equal(put(2, 5), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(ext_set_enable(a, 0, 0, 0), 0);
	assert_int_equal(put(1, 5), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(put(4, 0), BT_HCI_ERR_INVALID_PARAM); /* no data */
	assert_int_equal(put(3, 5), 0);
	assert_int_equal(put(4, 0), 0);
	/* It is not scannable; to have none is what it has. */
	assert_int_equal(ext_put(a, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA, 0, 3, data, 1),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_put(a, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA, 0, 3, data, 0), 0);
	ext_set_stop(a, 0);
	/* What it has does not suit another kind. */
	assert_int_equal(put(3, 40), 0);
	assert_int_equal(ext_set_param(a, &(struct ext_set){.props = 0x10}),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_set_param(a, &(struct ext_set){.props = 0x02}),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(put(3, 31), 0);
	ext_set_make(a, &(struct ext_set){.props = 0x10});
	assert_int_equal(put(3, 32), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(put(1, 10), BT_HCI_ERR_INVALID_PARAM);
	bench_end(&bench);
}

static void what_a_set_cannot_send_is_refused(void **state)
{
	bench_begin(&bench, 1);
	/* Connectable data are in one PDU. */
	ext_set_make(a, &(struct ext_set){.props = 0x01});
	assert_int_equal(put(3, 251), 0);
	assert_int_equal(ext_set_enable(a, 0, 0, 0), BT_HCI_ERR_PACKET_TOO_LONG);
	assert_int_equal(put(3, 245), 0);
	assert_int_equal(ext_set_enable(a, 0, 0, 0), 0);
	assert_int_equal(put(3, 246), BT_HCI_ERR_PACKET_TOO_LONG);
	assert_int_equal(
		raw_cmd(a, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, RAW_BYTES(0, 1, 2, 3, 4, 5, 0xc6)),
		BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(
		raw_cmd(a, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, RAW_BYTES(9, 1, 2, 3, 4, 5, 0xc6)),
		BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	/* A scannable set needs what is asked for. */
	ext_set_make(a, &(struct ext_set){.handle = 1, .props = 0x02});
	assert_int_equal(ext_set_enable(a, 1, 0, 0), BT_HCI_ERR_CMD_DISALLOWED);
	/* All or none. */
	ext_set_make(a, &(struct ext_set){.handle = 2});
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
				 RAW_BYTES(1, 2, 2, 0, 0, 0, 1, 0, 0, 0)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(a, BT_HCI_OP_LE_REMOVE_ADV_SET, RAW_BYTES(2));
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
				 RAW_BYTES(1, 2, 0, 0, 0, 0, 0, 0, 0, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, RAW_BYTES(1, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, RAW_BYTES(2, 1, 0, 0, 0, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(a, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, RAW_BYTES(0, 0));
	bench_end(&bench);
}

#define PHY_1M 1, 0, RAW_LE16(16), RAW_LE16(16)

static void bad_scans_and_connections_are_refused(void **state)
{
	static const bt_addr_le_t peer = {.a = {{1, 2, 3, 4, 5, 6}}};

	bench_begin(&bench, 1);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, RAW_BYTES(4, 0, PHY_1M)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, RAW_BYTES(0, 4, PHY_1M)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
				 RAW_BYTES(0, 0, 1, 0, RAW_LE16(16), RAW_LE16(17))),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
				 RAW_BYTES(0, 0, 1, 2, RAW_LE16(16), RAW_LE16(16))),
			 BT_HCI_ERR_INVALID_PARAM);
	/* 2M is no primary PHY. */
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
				 RAW_BYTES(0, 0, 2, 0, RAW_LE16(16), RAW_LE16(16))),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
				 RAW_BYTES(0, 0, 3, 0, RAW_LE16(16), RAW_LE16(16), 0, RAW_LE16(16),
					   RAW_LE16(16))),
			 BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL);
	raw_do(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, RAW_BYTES(0, 0, PHY_1M));
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(2, 0, 0, 0, 0, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 3, 0, 0, 0, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 2, 0, 0, 0, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(
		raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 128, 0, 1, 0)),
		BT_HCI_ERR_INVALID_PARAM);
	raw_do(a, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 127, 0, 1, 0));
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, RAW_BYTES(0, 0, PHY_1M)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(ext_create(a, &peer, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_create(a, &peer, 2), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_create(a, &peer, 1), 0);
	assert_int_equal(ext_create(a, &peer, 1), BT_HCI_ERR_CMD_DISALLOWED);
	bench_end(&bench);
}

static uint8_t per_param(uint8_t handle, uint16_t min, uint16_t max, uint8_t props)
{
	return raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_PARAM,
		       RAW_BYTES(handle, RAW_LE16(min), RAW_LE16(max), props, 0));
}

static void bad_trains_are_refused(void **state)
{
	static const bt_addr_le_t peer = {.a = {{1, 2, 3, 4, 5, 6}}};

	bench_begin(&bench, 1);
	assert_int_equal(per_param(0, 6, 6, 0), BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	ext_set_make(a, &(struct ext_set){0});
	ext_set_make(a, &(struct ext_set){.handle = 1, .props = 0x01});
	ext_set_make(a, &(struct ext_set){.handle = 2, .props = 0x20});
	assert_int_equal(per_param(1, 6, 6, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(per_param(2, 6, 6, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(per_param(0, 5, 6, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(per_param(0, 7, 6, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(per_param(0, 6, 6, 1), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_DATA, RAW_BYTES(0, 3, 1, 1)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(1, 0)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(per_param(0, 6, 6, 0x40), 0);
	/* 7.5 ms have room for three PDUs on 1M. */
	ext_fill(data, 252, 1);
	for (int i = 0; i < 4; i++) {
		uint8_t params[3 + 252] = {0, i == 0 ? 1 : i == 3 ? 2 : 0, 252};

		raw_do(a, BT_HCI_OP_LE_SET_PER_ADV_DATA, params, sizeof(params));
	}
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(1, 0)),
			 BT_HCI_ERR_PACKET_TOO_LONG);
	assert_int_equal(per_param(0, 20, 20, 0), 0);
	raw_do(a, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(1, 0));
	assert_int_equal(per_param(0, 20, 20, 0), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(ext_set_param(a, &(struct ext_set){.props = 0x01}),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(ext_set_param(a, &(struct ext_set){.secondary = 2}),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(4, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_sync(a, &peer, 16, 0, 100, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_sync(a, &peer, 1, 0x1f4, 100, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_sync(a, &peer, 1, 0, 9, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_sync(a, &peer, 1, 0, 0x4001, 0), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(ext_sync(a, &peer, 1, 0, 100, 8), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, RAW_BYTES(0, 0, 1)),
			 BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER);
	bench_end(&bench);
}

/* The new events are told to who has unmasked them. */
static void masked_events_are_not_told(void **state)
{
	static const uint8_t none[8];

	bench_begin(&bench, 2);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_EVENT_MASK, none, sizeof(none));
	raw_do(a, BT_HCI_OP_LE_SET_EVENT_MASK, none, sizeof(none));
	ext_set_make(a, &(struct ext_set){.props = 0x12, .notify = true});
	assert_int_equal(ext_set_enable(a, 0, 100, 0), 0);
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, RAW_BYTES(0, 0, 1, 1, 16, 0, 16, 0));
	raw_do(&bench.dev[1], BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, 0, 50, 0, 0, 0));
	raw_run_ms(2000);
	assert_int_equal(a->event_count, 0);
	assert_int_equal(bench.dev[1].event_count, 0);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixteen_sets_are_heard_by_two_scanners),
		cmocka_unit_test(a_lossy_air_truncates_and_never_mixes),
		cmocka_unit_test(an_active_scanner_asks_each_of_several),
		cmocka_unit_test(chains_and_a_connection_share_a_radio),
		cmocka_unit_test(a_scanner_on_two_phys_hears_both),
		cmocka_unit_test(a_connection_begins_on_coded),
		cmocka_unit_test(legacy_and_extended_commands_do_not_mix),
		cmocka_unit_test(bad_parameters_of_a_set_are_refused),
		cmocka_unit_test(bad_data_are_refused),
		cmocka_unit_test(what_a_set_cannot_send_is_refused),
		cmocka_unit_test(bad_scans_and_connections_are_refused),
		cmocka_unit_test(bad_trains_are_refused),
		cmocka_unit_test(masked_events_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
