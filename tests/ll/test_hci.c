/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The controller's HCI, Core 6.0 Vol 4 Part E: what it says of itself, its masks, and each command
 * when it is too short, too long, of no connection, out of range or out of place.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <favonius/loop.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/hci_cmd.h"
#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

static struct bench bench;
static struct raw_host *const a = &bench.dev[0], *const b = &bench.dev[1];

static const struct ctl_cmd_table *const tables[] = {
	&ctl__cmds_base, &ctl__cmds_le,      &ctl__cmds_gap, &ctl__cmds_cancel, &ctl__cmds_conn,
	&ctl__cmds_enc,  &ctl__cmds_privacy, &ctl__cmds_set, &ctl__cmds_per,    &ctl__cmds_sync,
	&ctl__cmds_past, &ctl__cmds_ext,     &ctl__cmds_vs,
};

#define FOR_EACH_CMD(cmd)                                          \
	for (size_t t_ = 0; t_ < ARRAY_SIZE(tables); t_++)         \
		for (const struct ctl_cmd *cmd = tables[t_]->cmds; \
		     cmd < tables[t_]->cmds + tables[t_]->count; cmd++)

/* ---- What it says of itself ---- */

static void the_address_is_the_one_that_was_given_or_chosen(void **state)
{
	static const struct fav_air_device given = {.public_addr = {{1, 2, 3, 4, 5, 6}}};
	struct fav_hci *hci;
	bt_addr_le_t addr;

	bench_begin(&bench, 2);
	assert_int_equal(fav_air_add(bench.air, &given, &hci), 0);
	raw_begin(&bench.dev[2], hci);
	bench.count = 3;
	addr = raw_public_addr(&bench.dev[2]);
	assert_memory_equal(&addr.a, &given.public_addr, 6);
	assert_int_equal(fav_air_add(bench.air, &given, &hci), -EEXIST);
	assert_memory_not_equal(raw_public_addr(a).a.val, raw_public_addr(b).a.val, 6);
	assert_int_equal(fav_air_add(bench.air, &(struct fav_air_device){.acl_len = 26}, &hci),
			 -EINVAL);
	assert_int_equal(fav_air_add(bench.air, &(struct fav_air_device){.acl_len = 252}, &hci),
			 -EINVAL);
	bench_end(&bench);
}

/* The octet and bit of each command in 6.27 are in the tables; the bitmap is made of them, and a
 * command that is not in it does not work. */
static void the_supported_commands_are_those_that_work(void **state)
{
	uint8_t bitmap[64];
	unsigned int bits = 0, cmds = 0;

	bench_begin(&bench, 1);
	raw_do(a, BT_HCI_OP_READ_SUPPORTED_COMMANDS, NULL, 0);
	assert_int_equal(a->rsp_len, 64);
	memcpy(bitmap, a->rsp, sizeof(bitmap));
	for (size_t i = 0; i < sizeof(bitmap); i++) {
		bits += (unsigned int)__builtin_popcount(bitmap[i]);
	}
	FOR_EACH_CMD(cmd)
	{
		if (BT_OGF(cmd->opcode) != BT_OGF_VS) {
			assert_true(bitmap[cmd->octet] & BIT(cmd->bit));
			cmds++;
		}
	}
	assert_int_equal(bits, cmds);
	/* Some that are easy to get wrong, from the table in 6.27. */
	assert_true(BT_CMD_TEST(bitmap, 0, 5));   /* Disconnect */
	assert_true(BT_CMD_TEST(bitmap, 5, 7));   /* Reset */
	assert_true(BT_CMD_TEST(bitmap, 27, 7));  /* LE Rand */
	assert_true(BT_CMD_TEST(bitmap, 27, 6));  /* LE Encrypt */
	assert_true(BT_CMD_TEST(bitmap, 28, 0));  /* LE Enable Encryption */
	assert_true(BT_CMD_TEST(bitmap, 32, 5));  /* Write Authenticated Payload Timeout */
	assert_true(BT_CMD_TEST(bitmap, 33, 6));  /* LE Set Data Length */
	assert_true(BT_CMD_TEST(bitmap, 34, 3));  /* LE Add Device To Resolving List */
	assert_true(BT_CMD_TEST(bitmap, 35, 6));  /* LE Set PHY */
	assert_true(BT_CMD_TEST(bitmap, 39, 2));  /* LE Set Privacy Mode */
	assert_true(BT_CMD_TEST(bitmap, 36, 1));  /* LE Set Advertising Set Random Address */
	assert_true(BT_CMD_TEST(bitmap, 37, 1));  /* LE Clear Advertising Sets */
	assert_true(BT_CMD_TEST(bitmap, 37, 7));  /* LE Extended Create Connection */
	assert_true(BT_CMD_TEST(bitmap, 38, 0));  /* LE Periodic Advertising Create Sync */
	assert_true(BT_CMD_TEST(bitmap, 41, 1));  /* LE Set Default PAST Parameters */
	assert_true(BT_CMD_TEST(bitmap, 41, 5));  /* LE Read Buffer Size [v2] */
	assert_true(BT_CMD_TEST(bitmap, 40, 5));  /* LE Set Periodic Advertising Receive Enable */
	assert_false(BT_CMD_TEST(bitmap, 44, 1)); /* LE Set CIG Parameters */
	bench_end(&bench);
}

static void the_features_are_those_that_exist(void **state)
{
	bench_begin(&bench, 1);
	raw_do(a, BT_HCI_OP_LE_READ_LOCAL_FEATURES, NULL, 0);
	assert_int_equal(sys_get_le64(a->rsp),
			 BIT64(BT_LE_FEAT_BIT_ENC) | BIT64(BT_LE_FEAT_BIT_CONN_PARAM_REQ) |
				 BIT64(BT_LE_FEAT_BIT_EXT_REJ_IND) |
				 BIT64(BT_LE_FEAT_BIT_PER_INIT_FEAT_XCHG) |
				 BIT64(BT_LE_FEAT_BIT_PING) | BIT64(BT_LE_FEAT_BIT_DLE) |
				 BIT64(BT_LE_FEAT_BIT_PRIVACY) | BIT64(BT_LE_FEAT_BIT_EXT_SCAN) |
				 BIT64(BT_LE_FEAT_BIT_PHY_2M) | BIT64(BT_LE_FEAT_BIT_PHY_CODED) |
				 BIT64(BT_LE_FEAT_BIT_EXT_ADV) | BIT64(BT_LE_FEAT_BIT_PER_ADV) |
				 BIT64(BT_LE_FEAT_BIT_PAST_SEND) | BIT64(BT_LE_FEAT_BIT_PAST_RECV) |
				 BIT64(BT_LE_FEAT_BIT_CHAN_SEL_ALGO_2));
	raw_do(a, BT_HCI_OP_READ_LOCAL_FEATURES, NULL, 0);
	assert_int_equal(a->rsp[4], 0x60); /* LE, and no BR/EDR */
	raw_do(a, BT_HCI_OP_READ_LOCAL_VERSION_INFO, NULL, 0);
	assert_int_equal(a->rsp[0], 0x0e);
	assert_int_equal(a->rsp_len, 8);
	raw_do(a, BT_HCI_OP_READ_BUFFER_SIZE, NULL, 0);
	assert_int_equal(sys_get_le16(a->rsp), 251);
	assert_int_equal(sys_get_le16(a->rsp + 3), a->acl_total);
	raw_do(a, BT_HCI_OP_LE_READ_BUFFER_SIZE_V2, NULL, 0);
	assert_int_equal(a->rsp_len, 6);
	assert_int_equal(sys_get_le16(a->rsp), 251);
	assert_int_equal(a->rsp[2], a->acl_total);
	assert_memory_equal(a->rsp + 3, "\0\0\0", 3); /* no ISO */
	raw_do(a, BT_HCI_OP_LE_READ_MAX_DATA_LEN, NULL, 0);
	assert_int_equal(sys_get_le16(a->rsp), 251);
	assert_int_equal(sys_get_le16(a->rsp + 2), 17040);
	raw_do(a, BT_HCI_OP_LE_READ_SUPP_STATES, NULL, 0);
	assert_int_equal(sys_get_le64(a->rsp), 0x3ffffffffff);
	bench_end(&bench);
}

static void random_numbers_follow_from_the_seed(void **state)
{
	uint64_t first, second, again;

	bench_begin_with(&bench, 1, NULL, 5);
	raw_do(a, BT_HCI_OP_LE_RAND, NULL, 0);
	first = sys_get_le64(a->rsp);
	raw_do(a, BT_HCI_OP_LE_RAND, NULL, 0);
	second = sys_get_le64(a->rsp);
	bench_end(&bench);
	assert_true(first != second);
	bench_begin_with(&bench, 1, NULL, 5);
	raw_do(a, BT_HCI_OP_LE_RAND, NULL, 0);
	again = sys_get_le64(a->rsp);
	bench_end(&bench);
	assert_true(first == again);
}

static void vendor_commands_set_the_address(void **state)
{
	static const uint8_t addr[6] = {9, 8, 7, 6, 5, 4}, zero[32];
	bt_addr_le_t read;

	bench_begin(&bench, 1);
	raw_do(a, 0xfc09, NULL, 0); /* read static addresses */
	assert_int_equal(a->rsp[0], 1);
	assert_int_equal(a->rsp[6] & 0xc0, 0xc0);
	raw_do(a, 0xfc06, addr, sizeof(addr));
	raw_do(a, BT_HCI_OP_RESET, NULL, 0);
	read = raw_public_addr(a);
	assert_memory_equal(&read.a, addr, 6);
	raw_adv_start(a, &(struct raw_adv){.type = 3});
	assert_int_equal(raw_cmd(a, 0xfc06, addr, sizeof(addr)), BT_HCI_ERR_CMD_DISALLOWED);
	raw_do(a, 0xfc02, NULL, 0);
	assert_int_equal(a->rsp[0], 0x27);
	assert_int_equal(a->rsp[1], 0x03);
	raw_do(a, 0xfc03, NULL, 0); /* read supported features */
	assert_int_equal(a->rsp_len, 8);
	assert_memory_equal(a->rsp, zero, 8);
	raw_do(a, 0xfc0a, NULL, 0); /* read key hierarchy roots */
	assert_int_equal(a->rsp_len, 32);
	assert_memory_equal(a->rsp, zero, 32);
	bench_end(&bench);
}

/* ---- Masks ---- */

static void a_fresh_controller_sends_no_le_events(void **state)
{
	struct fav_hci *hci;

	bench_begin(&bench, 1);
	assert_int_equal(fav_air_add(bench.air, NULL, &hci), 0);
	raw_open(b, hci);
	bench.count = 2;
	raw_adv_start(a, &(struct raw_adv){.interval = 32});
	raw_scan_start(b, false, false);
	raw_run_ms(500);
	assert_int_equal(b->reports_seen, 0);
	/* LE Meta unmasked: the LE mask's default lets reports and Connection Complete through. */
	raw_do(b, BT_HCI_OP_SET_EVENT_MASK, RAW_BYTES(0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 0x20));
	raw_run_ms(500);
	assert_true(b->reports_seen > 0);
	raw_do(b, BT_HCI_OP_LE_SET_EVENT_MASK, RAW_BYTES(0x1d, 0, 0, 0, 0, 0, 0, 0));
	raw_forget(b);
	b->reports_seen = 0;
	raw_run_ms(500);
	assert_int_equal(b->reports_seen, 0);
	bench_end(&bench);
}

static void without_the_enhanced_event_the_plain_one_comes(void **state)
{
	const struct raw_event *event;
	bt_addr_le_t peer;

	bench_begin(&bench, 2);
	peer = raw_public_addr(b);
	raw_do(a, BT_HCI_OP_LE_SET_EVENT_MASK, RAW_BYTES(0x1f, 0, 0, 0, 0, 0, 0, 0));
	raw_adv_start(b, &(struct raw_adv){.interval = 32});
	raw_create_conn(a, &peer,
			&(struct raw_params){.interval = 30, .latency = 2, .timeout = 99});
	event = raw_expect_le(a, BT_HCI_EVT_LE_CONN_COMPLETE, 500);
	assert_int_equal(event->len - 1, 18);
	assert_int_equal(event->params[0], 0);
	assert_memory_equal(event->params + 4, &peer, 7);
	assert_int_equal(sys_get_le16(event->params + 11), 30);
	assert_int_equal(sys_get_le16(event->params + 13), 2);
	assert_int_equal(sys_get_le16(event->params + 15), 99);
	bench_end(&bench);
}

/* ---- Reset ---- */

static void reset_ends_everything_without_a_word(void **state)
{
	uint16_t ah, bh;
	size_t before;

	bench_begin(&bench, 2);
	raw_connect(a, b, NULL, &ah, &bh);
	raw_adv_start(a, &(struct raw_adv){.interval = 32});
	raw_scan_start(a, true, false);
	raw_run_ms(300);
	raw_forget(a);
	raw_do(a, BT_HCI_OP_RESET, NULL, 0);
	before = bench.traced;
	raw_run_ms(500);
	for (size_t i = before; i < bench.traced; i++) {
		assert_int_not_equal(bench.trace[i].sender, 0);
	}
	assert_int_equal(a->event_count, 0);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_READ_RSSI, RAW_BYTES(RAW_LE16(ah))),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_expect(b, BT_HCI_EVT_DISCONN_COMPLETE, 3000)->params[3],
			 BT_HCI_ERR_CONN_TIMEOUT);
	bench_end(&bench);
}

/* Fifty times, in the middle of whatever is going on. */
static void resets_at_any_moment_leave_nothing(void **state)
{
	static const uint8_t all[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};
	static const uint8_t data[100];
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	for (int i = 0; i < 50; i++) {
		raw_connect(a, b, &(struct raw_params){.interval = 6, .timeout = 10}, &ah, &bh);
		raw_scan_start(a, true, false);
		raw_adv_start(b, &(struct raw_adv){.interval = 32});
		for (int j = 0; j < 3; j++) {
			assert_int_equal(raw_acl_raw(a, ah, data, sizeof(data)), 0);
			assert_int_equal(raw_acl_raw(b, bh, data, sizeof(data)), 0);
		}
		a->acl_free = 0;
		b->acl_free = 0;
		k_sleep(K_USEC(i * 613));
		raw_do(a, BT_HCI_OP_RESET, NULL, 0);
		raw_run_ms(i % 3 * 60);
		raw_do(b, BT_HCI_OP_RESET, NULL, 0);
		for (int j = 0; j < 2; j++) {
			struct raw_host *x = &bench.dev[j];

			raw_do(x, BT_HCI_OP_SET_EVENT_MASK, all, sizeof(all));
			raw_do(x, BT_HCI_OP_LE_SET_EVENT_MASK, all, sizeof(all));
			raw_forget(x);
		}
	}
	bench_end(&bench);
}

/* ---- Bad commands ---- */

/* Runs in every state of the controller that matters. */
static void check_lengths(void)
{
	static const uint8_t zeros[255];

	FOR_EACH_CMD(cmd)
	{
		for (size_t len = 0; len < cmd->len; len++) {
			assert_int_equal(raw_cmd(a, cmd->opcode, zeros, len),
					 BT_HCI_ERR_INVALID_PARAM);
		}
		if (cmd->answer == CTL_COMPLETE || cmd->answer == CTL_STATUS) {
			assert_int_equal(raw_cmd(a, cmd->opcode, zeros, cmd->len + 1U),
					 BT_HCI_ERR_INVALID_PARAM);
			assert_int_equal(raw_cmd(a, cmd->opcode, zeros, 255),
					 BT_HCI_ERR_INVALID_PARAM);
		}
	}
	/* A list whose count is not its length. */
	assert_int_equal(raw_cmd(a, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS, RAW_BYTES(2, 0, 0, 1, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_forget(a);
}

static void a_command_of_another_length_is_refused(void **state)
{
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	check_lengths();
	raw_connect(a, b, NULL, &ah, &bh);
	check_lengths();
	bench_end(&bench);
}

static void a_command_for_no_connection_is_refused(void **state)
{
	static const uint16_t handles[] = {0, 5, 0x0eff, 0x0f00, 0xffff};

	bench_begin(&bench, 1);
	for (size_t i = 0; i < ctl__cmds_conn.count; i++) {
		const struct ctl_cmd *cmd = &ctl__cmds_conn.cmds[i];
		/* Parameters that are right for each of them but for the handle. */
		uint8_t params[14] = {0, 0, 0x13};

		if (cmd->opcode == BT_HCI_OP_LE_CONN_UPDATE ||
		    cmd->opcode == BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY) {
			params[2] = 24;
			params[4] = 24;
			params[8] = 100;
		}
		for (size_t h = 0; h < ARRAY_SIZE(handles); h++) {
			sys_put_le16(handles[h], params);
			assert_int_equal(raw_cmd(a, cmd->opcode, params, cmd->len),
					 BT_HCI_ERR_UNKNOWN_CONN_ID);
			if (cmd->answer == CTL_COMPLETE) {
				assert_int_equal(sys_get_le16(a->rsp), handles[h]);
			}
		}
	}
	bench_end(&bench);
}

static void an_unknown_command_is_said_to_be_unknown(void **state)
{
	static const uint16_t opcodes[] = {
		0x0401, /* Inquiry: BR/EDR */
		0x2062, /* LE Set CIG Parameters */
		0xfc7f, 0xffff, 0x0000,
	};
	static const uint8_t zeros[255];

	bench_begin(&bench, 1);
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		assert_int_equal(raw_cmd(a, opcodes[i], zeros, i * 40), BT_HCI_ERR_UNKNOWN_CMD);
	}
	bench_end(&bench);
}

struct bad {
	uint16_t opcode;
	uint8_t status, len;
	uint8_t params[32];
};

static void check_bad(const struct bad *bad, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t status = raw_cmd(a, bad[i].opcode, bad[i].params, bad[i].len);

		if (status != bad[i].status) {
			fail_msg("row %zu, command 0x%04x: status 0x%02x, expected 0x%02x", i,
				 bad[i].opcode, status, bad[i].status);
		}
	}
}

#define INV BT_HCI_ERR_INVALID_PARAM
#define UNS BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL
#define DIS BT_HCI_ERR_CMD_DISALLOWED
#define ADV_PARAM(...)                                  \
	{                                               \
		BT_HCI_OP_LE_SET_ADV_PARAM, __VA_ARGS__ \
	}

static void values_out_of_range_are_refused(void **state)
{
	static const struct bad bad[] = {
		/* Intervals too short, too long, crossed; type; own address; channels; policy. */
		ADV_PARAM(INV, 15, {0x1f, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x01, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x30, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 7, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}),
		ADV_PARAM(INV, 15, {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 4}),
		{BT_HCI_OP_LE_SET_ADV_DATA, INV, 32, {32}},
		{BT_HCI_OP_LE_SET_SCAN_RSP_DATA, INV, 32, {255}},
		{BT_HCI_OP_LE_SET_ADV_ENABLE, INV, 1, {2}},
		/* Scan type, interval and window, own address, policy. */
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {2, 16, 0, 16, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {0, 3, 0, 3, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {0, 16, 0, 17, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {0, 1, 0x40, 16, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {0, 16, 0, 16, 0, 4, 0}},
		{BT_HCI_OP_LE_SET_SCAN_PARAM, INV, 7, {0, 16, 0, 16, 0, 0, 4}},
		{BT_HCI_OP_LE_SET_SCAN_ENABLE, INV, 2, {2, 0}},
		{BT_HCI_OP_LE_SET_SCAN_ENABLE, INV, 2, {1, 2}},
		/* Scan timing, policy, peer type, own type, interval, latency, timeout, event
		   length. */
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 17, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  2, 0,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 9,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 4,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 4,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 1,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0, 0, 0,  0, 0, 0, 0,
						     0,  0, 0,  5, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 0,  25, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,    0,    0, 0, 0,
						     0,  0, 0,  24, 0, 0x81, 0x0c, 0, 0, 100}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0, 0,  0, 0,    0, 0,    0,  0,
						     0,  0, 24, 0, 24, 0, 0xf4, 1, 0x80, 0xc}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 9}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 0,  80, 0, 80, 0, 0, 0, 20}},
		{BT_HCI_OP_LE_CREATE_CONN, INV, 25, {16, 0, 16, 0, 0, 0, 0,   0, 0, 0, 0, 0, 0,
						     24, 0, 24, 0, 0, 0, 100, 0, 2, 0, 1, 0}},
		{BT_HCI_OP_LE_ADD_DEV_TO_FAL, INV, 7, {2}},
		{BT_HCI_OP_LE_REM_DEV_FROM_FAL, INV, 7, {9}},
		{BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, INV, 5, {0, 0, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, INV, 5, {1, 0, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, INV, 5, {0xff, 0, 0, 0, 0x20}},
		{BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, INV, 4, {26, 0, 0x48, 1}},
		{BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, INV, 4, {252, 0, 0x48, 1}},
		{BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, INV, 4, {27, 0, 0x47, 1}},
		{BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, INV, 4, {27, 0, 0x91, 0x42}},
		{BT_HCI_OP_LE_SET_DEFAULT_PHY, INV, 3, {0, 0, 1}},
		{BT_HCI_OP_LE_SET_DEFAULT_PHY, INV, 3, {0, 1, 0}},
		{BT_HCI_OP_LE_SET_DEFAULT_PHY, UNS, 3, {0, 12, 1}},
		{BT_HCI_OP_LE_SET_DEFAULT_PHY, UNS, 3, {0, 1, 8}},
		{BT_HCI_OP_SET_CTL_TO_HOST_FLOW, INV, 1, {4}},
		{BT_HCI_OP_HOST_BUFFER_SIZE, INV, 7, {26, 0, 0, 1, 0, 0, 0}},
		{BT_HCI_OP_HOST_BUFFER_SIZE, INV, 7, {27, 0, 0, 0, 0, 0, 0}},
	};

	bench_begin(&bench, 1);
	check_bad(bad, ARRAY_SIZE(bad));
	bench_end(&bench);
}

static void what_does_not_fit_the_state_is_refused(void **state)
{
	static const struct bad advertising[] = {
		ADV_PARAM(DIS, 15, {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}),
		{BT_HCI_OP_LE_SET_RANDOM_ADDRESS, DIS, 6, {1}},
		{BT_HCI_OP_LE_CLEAR_FAL, 0, 0, {0}},
		{BT_HCI_OP_LE_SET_ADV_ENABLE, 0, 1, {1}},
	};
	static const struct bad scanning[] = {
		{BT_HCI_OP_LE_SET_SCAN_PARAM, DIS, 7, {0, 16, 0, 16, 0, 0, 0}},
		{BT_HCI_OP_LE_SET_RANDOM_ADDRESS, DIS, 6, {1}},
		{BT_HCI_OP_LE_SET_SCAN_ENABLE, 0, 2, {1, 0}},
	};
	static const struct bad initiating[] = {
		{BT_HCI_OP_LE_CREATE_CONN, DIS, 25, {16, 0, 16, 0,  0, 0,  0, 0, 0, 0,
						     0,  0, 0,  24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_SET_RANDOM_ADDRESS, DIS, 6, {1}},
		{BT_HCI_OP_LE_CLEAR_FAL, DIS, 0, {0}},
		{BT_HCI_OP_LE_ADD_DEV_TO_FAL, DIS, 7, {0}},
		{BT_HCI_OP_LE_REM_DEV_FROM_FAL, DIS, 7, {0}},
	};

	bench_begin(&bench, 1);
	raw_adv_start(a, &(struct raw_adv){.type = 3});
	check_bad(advertising, ARRAY_SIZE(advertising));
	raw_adv_stop(a);
	raw_scan_start(a, false, false);
	check_bad(scanning, ARRAY_SIZE(scanning));
	raw_scan_stop(a);
	raw_create_conn(a, NULL, NULL);
	check_bad(initiating, ARRAY_SIZE(initiating));
	bench_end(&bench);
}

static void bad_parameters_of_a_connection_are_refused(void **state)
{
	/* The handle is 0: the first connection of a controller. */
	static const struct bad bad[] = {
		{BT_HCI_OP_DISCONNECT, INV, 3, {0, 0, 0}},
		{BT_HCI_OP_DISCONNECT, INV, 3, {0, 0, 0x08}},
		{BT_HCI_OP_READ_TX_POWER_LEVEL, INV, 3, {0, 0, 2}},
		{BT_HCI_OP_LE_CONN_UPDATE, INV, 14, {0, 0, 5, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CONN_UPDATE, INV, 14, {0, 0, 25, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CONN_UPDATE, INV, 14, {0, 0, 24, 0, 24, 0, 0, 0, 5}},
		{BT_HCI_OP_LE_CONN_UPDATE, INV, 14, {0, 0, 24, 0, 24, 0, 0, 0, 100, 0, 2, 0, 1, 0}},
		{BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, DIS, 14, {0, 0, 24, 0, 24, 0, 0, 0, 100}},
		{BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY, DIS, 3, {0, 0, 0x3b}},
		{BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY, INV, 3, {0, 0, 0}},
		{BT_HCI_OP_LE_SET_DATA_LEN, INV, 6, {0, 0, 26, 0, 0x48, 1}},
		{BT_HCI_OP_LE_SET_DATA_LEN, INV, 6, {0, 0, 252, 0, 0x48, 8}},
		{BT_HCI_OP_LE_SET_DATA_LEN, INV, 6, {0, 0, 27, 0, 0x47, 1}},
		{BT_HCI_OP_LE_SET_PHY, INV, 7, {0, 0, 0, 0, 1}},
		{BT_HCI_OP_LE_SET_PHY, INV, 7, {0, 0, 0, 1, 0}},
		{BT_HCI_OP_LE_SET_PHY, UNS, 7, {0, 0, 0, 12, 1}},
		{BT_HCI_OP_SET_CTL_TO_HOST_FLOW, DIS, 1, {1}},
		{BT_HCI_OP_HOST_BUFFER_SIZE, DIS, 7, {27, 0, 0, 1, 0, 0, 0}},
		{0xfc06, DIS, 6, {1}},
	};
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	raw_connect(a, b, NULL, &ah, &bh);
	assert_int_equal(ah, 0);
	check_bad(bad, ARRAY_SIZE(bad));
	raw_do(a, BT_HCI_OP_READ_RSSI, RAW_BYTES(RAW_LE16(ah)));
	raw_run_ms(100);
	raw_do(a, BT_HCI_OP_READ_RSSI, RAW_BYTES(RAW_LE16(ah)));
	assert_int_equal((int8_t)a->rsp[2], -50);
	raw_do(a, BT_HCI_OP_READ_TX_POWER_LEVEL, RAW_BYTES(RAW_LE16(ah), 0));
	bench_end(&bench);
}

static void the_accept_list_has_an_end(void **state)
{
	unsigned int size;

	bench_begin(&bench, 1);
	raw_do(a, BT_HCI_OP_LE_READ_FAL_SIZE, NULL, 0);
	size = a->rsp[0];
	assert_true(size >= 8);
	for (unsigned int i = 0; i < size; i++) {
		raw_do(a, BT_HCI_OP_LE_ADD_DEV_TO_FAL, RAW_BYTES(0, (uint8_t)i, 1, 2, 3, 4, 5));
	}
	assert_int_equal(raw_cmd(a, BT_HCI_OP_LE_ADD_DEV_TO_FAL, RAW_BYTES(0, 99, 1, 2, 3, 4, 5)),
			 BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	/* One that is on it already, and one again after another has gone. */
	raw_do(a, BT_HCI_OP_LE_ADD_DEV_TO_FAL, RAW_BYTES(0, 3, 1, 2, 3, 4, 5));
	raw_do(a, BT_HCI_OP_LE_REM_DEV_FROM_FAL, RAW_BYTES(0, 3, 1, 2, 3, 4, 5));
	raw_do(a, BT_HCI_OP_LE_ADD_DEV_TO_FAL, RAW_BYTES(0, 99, 1, 2, 3, 4, 5));
	bench_end(&bench);
}

/* ---- A host that does not behave ---- */

static void a_host_that_takes_no_events_gets_them_later_in_order(void **state)
{
	const struct raw_event *event;
	uint16_t ah, bh;
	int last = -1;

	bench_begin(&bench, 2);
	raw_connect(a, b, NULL, &ah, &bh);
	raw_forget(a);
	a->refuse_evt = true;
	raw_do(a, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ah)));
	raw_run_ms(300);
	raw_do(a, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ah)));
	raw_run_ms(300);
	raw_do(a, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ah), 0x13));
	raw_run_ms(300);
	assert_int_equal(a->event_count, 0);
	a->refuse_evt = false;
	fav_hci_rx_ready(a->hci);
	raw_run_ms(1);
	assert_int_equal(a->event_count, 3);
	for (int i = 0; i < 3; i++) {
		static const uint8_t codes[] = {BT_HCI_EVT_REMOTE_VERSION_INFO,
						BT_HCI_EVT_LE_META_EVENT,
						BT_HCI_EVT_DISCONN_COMPLETE};

		event = &a->events[i];
		assert_int_equal(event->code, codes[i]);
		last = i;
	}
	assert_int_equal(last, 2);
	bench_end(&bench);
}

static void completed_packets_are_told_when_the_host_listens_again(void **state)
{
	static const uint8_t data[20];
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	raw_connect(a, b, NULL, &ah, &bh);
	a->refuse_evt = true;
	for (int i = 0; i < 5; i++) {
		raw_acl(a, ah, data, sizeof(data));
	}
	raw_run_ms(1000);
	assert_int_equal(b->acl_packets, 5);
	assert_int_equal(a->acl_free, a->acl_total - 5);
	a->refuse_evt = false;
	fav_hci_rx_ready(a->hci);
	raw_run_ms(1);
	assert_int_equal(a->acl_free, a->acl_total);
	bench_end(&bench);
}

/* Events pile up until there is no room for them: the controller gives the host up. */
static void a_host_that_never_takes_events_is_lost(void **state)
{
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	raw_connect(a, b, &(struct raw_params){.interval = 6, .timeout = 100}, &ah, &bh);
	a->refuse_evt = true;
	for (int i = 0; i < 2000 && a->lost == 0; i++) {
		(void)raw_cmd(b, BT_HCI_OP_LE_SET_DATA_LEN,
			      RAW_BYTES(RAW_LE16(bh), (uint8_t)(27 + i % 2), 0, 0x48, 8));
		raw_run_ms(60);
		raw_forget(b);
	}
	assert_int_equal(a->lost, -EPIPE);
	assert_int_equal(raw_expect(b, BT_HCI_EVT_DISCONN_COMPLETE, 2000)->params[3],
			 BT_HCI_ERR_CONN_TIMEOUT);
	bench_end(&bench);
}

/* More commands at once than any host may have: served or dropped, and the next one works. */
static void a_flood_of_commands_does_no_harm(void **state)
{
	bench_begin(&bench, 1);
	for (int i = 0; i < 200; i++) {
		struct net_buf *buf = net_buf_alloc(&a->pool, K_NO_WAIT);

		if (buf == NULL) {
			break;
		}
		net_buf_add_mem(buf, ((const uint8_t[]){FAV_H4_CMD, 0x03, 0x0c, 0}), 4);
		if (fav_hci_send(a->hci, buf) != 0) {
			net_buf_unref(buf);
		}
	}
	raw_run_ms(10);
	raw_do(a, BT_HCI_OP_READ_BD_ADDR, NULL, 0);
	bench_end(&bench);
}

static void closing_in_the_middle_leaves_nothing(void **state)
{
	static const uint8_t data[100];
	uint16_t ah, bh;

	bench_begin(&bench, 2);
	for (int i = 0; i < 20; i++) {
		raw_connect(a, b, &(struct raw_params){.interval = 8, .timeout = 20}, &ah, &bh);
		for (int j = 0; j < 4; j++) {
			raw_acl(a, ah, data, sizeof(data));
		}
		k_sleep(K_USEC(500 + i * 777));
		raw_send_cmd(a, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ah)));
		raw_end(a);
		raw_begin(a, a->hci);
		(void)raw_expect(b, BT_HCI_EVT_DISCONN_COMPLETE, 1000);
	}
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_is_the_one_that_was_given_or_chosen),
		cmocka_unit_test(the_supported_commands_are_those_that_work),
		cmocka_unit_test(the_features_are_those_that_exist),
		cmocka_unit_test(random_numbers_follow_from_the_seed),
		cmocka_unit_test(vendor_commands_set_the_address),
		cmocka_unit_test(a_fresh_controller_sends_no_le_events),
		cmocka_unit_test(without_the_enhanced_event_the_plain_one_comes),
		cmocka_unit_test(reset_ends_everything_without_a_word),
		cmocka_unit_test(resets_at_any_moment_leave_nothing),
		cmocka_unit_test(a_command_of_another_length_is_refused),
		cmocka_unit_test(a_command_for_no_connection_is_refused),
		cmocka_unit_test(an_unknown_command_is_said_to_be_unknown),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(what_does_not_fit_the_state_is_refused),
		cmocka_unit_test(bad_parameters_of_a_connection_are_refused),
		cmocka_unit_test(the_accept_list_has_an_end),
		cmocka_unit_test(a_host_that_takes_no_events_gets_them_later_in_order),
		cmocka_unit_test(completed_packets_are_told_when_the_host_listens_again),
		cmocka_unit_test(a_host_that_never_takes_events_is_lost),
		cmocka_unit_test(a_flood_of_commands_does_no_harm),
		cmocka_unit_test(closing_in_the_middle_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
