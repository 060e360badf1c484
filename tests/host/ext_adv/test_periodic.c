/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic advertising: trains of ours, synchronising to others', and handing them on. */
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

#include "host/conn/heard.h"
#include "host/scripted.h"

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static struct bt_le_ext_adv *set;
static struct bt_le_per_adv_sync *sync;
static uint8_t bytes[1700];

static struct {
	int synced, term, recv, changed;
	struct bt_le_per_adv_sync *sync;
	struct bt_le_per_adv_sync_synced_info info;
	bt_addr_le_t addr;
	uint8_t reason;
	struct bt_le_per_adv_sync_recv_info recv_info;
	bool recv_enabled;
	uint16_t len;
	uint8_t data[1650];
	bool delete_it, create_again;
} got;

static struct bt_le_per_adv_sync_param param = {.sid = 3, .skip = 2, .timeout = 100};

static void on_synced(struct bt_le_per_adv_sync *ps, struct bt_le_per_adv_sync_synced_info *info)
{
	assert_ptr_equal(fav_host_current(), s.host);
	got.synced++;
	got.sync = ps;
	got.info = *info;
	got.addr = *info->addr;
}

static void on_term(struct bt_le_per_adv_sync *ps, const struct bt_le_per_adv_sync_term_info *info)
{
	got.term++;
	got.sync = ps;
	got.reason = info->reason;
	got.addr = *info->addr;
	if (got.create_again) {
		got.create_again = false;
		assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	}
}

static void on_recv(struct bt_le_per_adv_sync *ps, const struct bt_le_per_adv_sync_recv_info *info,
		    struct net_buf_simple *buf)
{
	got.recv++;
	got.recv_info = *info;
	got.addr = *info->addr;
	got.len = buf->len;
	memcpy(got.data, buf->data, MIN(buf->len, sizeof(got.data)));
	if (got.delete_it) {
		assert_int_equal(bt_le_per_adv_sync_delete(ps), 0);
	}
}

static void on_changed(struct bt_le_per_adv_sync *ps,
		       const struct bt_le_per_adv_sync_state_info *info)
{
	got.changed++;
	got.recv_enabled = info->recv_enabled;
}

static struct bt_le_per_adv_sync_cb listener = {
	.synced = on_synced,
	.term = on_term,
	.recv = on_recv,
	.state_changed = on_changed,
};

static int setup(void **state)
{
	memset(&got, 0, sizeof(got));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i % 251);
	}
	param = (struct bt_le_per_adv_sync_param){
		.addr = peer, .sid = 3, .skip = 2, .timeout = 100};
	set = NULL;
	sync = NULL;
	scripted_begin(&s);
	scripted_ext(&s);
	scripted_enable(&s);
	scripted_forget(&s);
	heard_start();
	assert_int_equal(bt_le_per_adv_sync_cb_register(&listener), 0);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

static struct fav_host_stats stats(void)
{
	struct fav_host_stats st;

	fav_host_stats_get(s.host, &st);
	return st;
}

/* ---- Advertising ---- */

static void able_set(void)
{
	assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, NULL, &set), 0);
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_DEFAULT), 0);
}

static uint8_t enable_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_PER_ADV_ENABLE);

	assert_non_null(cmd);
	assert_int_equal(cmd->params[1], 0);
	return cmd->params[0];
}

static enum bt_le_per_adv_state state_of(void)
{
	struct bt_le_ext_adv_info info;

	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	return info.per_adv_state;
}

static void a_train_is_started_and_stopped(void **state)
{
	static const uint8_t param_bytes[] = {0, 0x20, 3, 0xc0, 3, 0x40, 0};
	const struct scripted_cmd *cmd;

	assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, NULL, &set), 0);
	assert_int_equal(bt_le_per_adv_start(set), -EINVAL);
	assert_int_equal(
		bt_le_per_adv_set_param(
			set, BT_LE_PER_ADV_PARAM(0x320, 0x3c0, BT_LE_PER_ADV_OPT_USE_TX_POWER)),
		0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_PER_ADV_PARAM);
	assert_int_equal(cmd->len, sizeof(param_bytes));
	assert_memory_equal(cmd->params, param_bytes, sizeof(param_bytes));
	assert_int_equal(state_of(), BT_LE_PER_ADV_STATE_DISABLED);
	assert_int_equal(bt_le_per_adv_stop(set), -EALREADY);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	assert_int_equal(enable_sent(), 1);
	assert_int_equal(state_of(), BT_LE_PER_ADV_STATE_ENABLED);
	assert_int_equal(bt_le_per_adv_start(set), -EALREADY);
	assert_int_equal(bt_le_per_adv_update_did(set), -EINVAL);
	assert_int_equal(bt_le_per_adv_stop(set), 0);
	assert_int_equal(enable_sent(), 0);
}

static void a_train_may_say_what_its_data_is(void **state)
{
	assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, NULL, &set), 0);
	assert_int_equal(bt_le_per_adv_set_param(
				 set, BT_LE_PER_ADV_PARAM(6, 6, BT_LE_PER_ADV_OPT_INCLUDE_ADI)),
			 0);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	assert_int_equal(enable_sent(), 3);
	assert_int_equal(bt_le_per_adv_update_did(set), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_PER_ADV_DATA)->params[1], 4);
}

static void only_some_sets_can(void **state)
{
	static const uint32_t unable[] = {
		0,
		BT_LE_ADV_OPT_CONN,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_SCANNABLE,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_ANONYMOUS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(unable); i++) {
		assert_int_equal(
			bt_le_ext_adv_create(BT_LE_ADV_PARAM(unable[i], 0x100, 0x100, NULL), NULL,
					     &set),
			0);
		assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_DEFAULT), -EINVAL);
	}
	able_set();
	for (size_t i = 0; i < ARRAY_SIZE(unable); i++) {
		assert_int_equal(bt_le_ext_adv_update_param(
					 set, BT_LE_ADV_PARAM(unable[i], 0x100, 0x100, NULL)),
				 -EINVAL);
	}
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_PARAM(5, 6, 0)), -EINVAL);
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_PARAM(7, 6, 0)), -EINVAL);
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_PARAM(6, 6, BIT(7))), -EINVAL);
	assert_int_equal(bt_le_per_adv_set_param(set, NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_set_param(NULL, BT_LE_PER_ADV_DEFAULT), -EINVAL);
	assert_int_equal(bt_le_per_adv_start(NULL), -EINVAL);
}

static void its_data_goes_in_fragments(void **state)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 251),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 2)};
	static const uint8_t expected[][2] = {{1, 252}, {0, 252}, {2, 5}};

	able_set();
	assert_int_equal(bt_le_per_adv_set_data(set, ad, 3), 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_PER_ADV_DATA), ARRAY_SIZE(expected));
	for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct scripted_cmd *cmd = scripted_nth(&s, BT_HCI_OP_LE_SET_PER_ADV_DATA, i);

		assert_int_equal(cmd->params[1], expected[i][0]);
		assert_int_equal(cmd->params[2], expected[i][1]);
		assert_int_equal(cmd->len, 3 + expected[i][1]);
	}
	assert_int_equal(bt_le_per_adv_start(set), 0);
	assert_int_equal(bt_le_per_adv_set_data(set, ad, 3), -EAGAIN);
	assert_int_equal(bt_le_per_adv_set_data(set, ad, 1), 0);
}

static void a_deleted_set_has_no_train(void **state)
{
	able_set();
	assert_int_equal(bt_le_per_adv_start(set), 0);
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
	assert_int_equal(enable_sent(), 0);
	assert_int_equal(s.log[s.cmd_count - 1].opcode, BT_HCI_OP_LE_REMOVE_ADV_SET);
}

static void a_refused_train_is_none(void **state)
{
	able_set();
	scripted_refuse(&s, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(bt_le_per_adv_start(set), -EACCES);
	scripted_obey(&s);
	assert_int_equal(bt_le_per_adv_start(set), 0);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_PER_ADV_ENABLE,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	assert_int_equal(bt_le_per_adv_stop(set), -ETIMEDOUT);
	assert_int_equal(bt_le_per_adv_stop(set), 0);
}

static void without_the_feature_there_are_none(void **state)
{
	assert_int_equal(bt_disable(), 0);
	s.le_features[1] &= ~BIT(BT_LE_FEAT_BIT_PER_ADV - 8);
	scripted_enable(&s);
	assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, NULL, &set), 0);
	assert_int_equal(bt_le_per_adv_set_param(set, BT_LE_PER_ADV_DEFAULT), -ENOTSUP);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -ENOTSUP);
	assert_int_equal(bt_le_per_adv_list_clear(), -ENOTSUP);
}

/* ---- Synchronising ---- */

static struct bt_hci_evt_le_per_adv_sync_established established(uint8_t status)
{
	return (struct bt_hci_evt_le_per_adv_sync_established){
		.status = status,
		.handle = sys_cpu_to_le16(0x123),
		.sid = 3,
		.adv_addr = peer,
		.phy = BT_HCI_LE_PHY_2M,
		.interval = sys_cpu_to_le16(0x50),
	};
}

static void tell(struct bt_hci_evt_le_per_adv_sync_established evt)
{
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED, &evt, sizeof(evt));
	scripted_settle();
}

static void synchronise(void)
{
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	tell(established(0));
	assert_int_equal(got.synced, 1);
	assert_ptr_equal(got.sync, sync);
}

static bool scans(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE);

	return cmd != NULL && cmd->params[0] == 1;
}

static void synchronising_sends_all_it_was_given_and_scans(void **state)
{
	static const uint8_t create_bytes[] = {6, 3, 1, 1, 2, 3, 4, 5, 0xc6, 2, 0, 100, 0, 0x15};
	const struct scripted_cmd *cmd;
	struct bt_le_per_adv_sync_info info;

	param.options = BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED |
			BT_LE_PER_ADV_SYNC_OPT_FILTER_DUPLICATE |
			BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOA |
			BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOD_2US |
			BT_LE_PER_ADV_SYNC_OPT_SYNC_ONLY_CONST_TONE_EXT;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC);
	assert_int_equal(cmd->len, sizeof(create_bytes));
	assert_memory_equal(cmd->params, create_bytes, sizeof(create_bytes));
	assert_true(scans());
	assert_int_equal(bt_le_per_adv_sync_get_info(sync, &info), -EINVAL);
	tell(established(0));
	assert_false(scans());
	assert_int_equal(got.synced, 1);
	assert_true(bt_addr_le_eq(&got.addr, &peer));
	assert_int_equal(got.info.sid, 3);
	assert_int_equal(got.info.interval, 0x50);
	assert_int_equal(got.info.phy, BT_GAP_LE_PHY_2M);
	assert_false(got.info.recv_enabled);
	assert_null(got.info.conn);
	assert_int_equal(bt_le_per_adv_sync_get_info(sync, &info), 0);
	assert_int_equal(info.interval, 0x50);
	assert_ptr_equal(bt_le_per_adv_sync_lookup_addr(&peer, 3), sync);
	assert_null(bt_le_per_adv_sync_lookup_addr(&peer, 4));
	assert_int_equal(bt_le_per_adv_sync_get_index(sync), 0);
	assert_ptr_equal(bt_le_per_adv_sync_lookup_index(0), sync);
	assert_null(bt_le_per_adv_sync_lookup_index(1));
	assert_null(bt_le_per_adv_sync_lookup_index(CONFIG_BT_PER_ADV_SYNC_MAX));
}

static void an_application_s_scan_is_left_alone(void **state)
{
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), 0);
	scripted_forget(&s);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE), 0);
	/* It stops, and the search goes on. */
	assert_int_equal(bt_le_scan_stop(), 0);
	scripted_settle();
	assert_true(scans());
	/* It starts again, and is not stopped when that ends. */
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PASSIVE, NULL), 0);
	tell(established(0));
	assert_true(scans());
	assert_int_equal(bt_le_scan_stop(), 0);
	scripted_settle();
	assert_false(scans());
}

static void the_list_says_whom(void **state)
{
	static const uint8_t entry[] = {1, 1, 2, 3, 4, 5, 0xc6, 9};

	assert_int_equal(bt_le_per_adv_list_add(&peer, 9), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST)->params, entry,
			    sizeof(entry));
	assert_int_equal(bt_le_per_adv_list_add(&peer, 16), -EINVAL);
	assert_int_equal(bt_le_per_adv_list_add(NULL, 1), -EINVAL);
	param.sid = 0xff;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	param.options = BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	tell(established(0));
	assert_int_equal(got.info.sid, 3);
	assert_true(bt_addr_le_eq(&got.addr, &peer));
	assert_int_equal(bt_le_per_adv_list_remove(&peer, 9), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST)->params,
			    entry, sizeof(entry));
	assert_int_equal(bt_le_per_adv_list_clear(), 0);
	scripted_refuse(&s, BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST, BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	assert_int_equal(bt_le_per_adv_list_add(&peer, 9), -ENOMEM);
}

static void what_is_out_of_range_is_refused(void **state)
{
	assert_int_equal(bt_le_per_adv_sync_create(NULL, &sync), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_create(&param, NULL), -EINVAL);
	param.skip = 500;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	param.skip = 0;
	param.timeout = 9;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	param.timeout = 0x4001;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	param.timeout = 10;
	param.options = BIT(7);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	param.options = 0;
	param.addr.type = BT_ADDR_LE_ANONYMOUS;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_delete(NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_recv_enable(NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_get_info(NULL, NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_cb_register(NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_cb_register(&listener), -EEXIST);
	assert_int_equal(s.cmd_count, 0);
	assert_int_equal(bt_disable(), 0);
	param.addr.type = BT_ADDR_LE_RANDOM;
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EAGAIN);
	assert_int_equal(bt_le_per_adv_list_clear(), -EAGAIN);
}

static void one_attempt_at_a_time_and_so_many_in_all(void **state)
{
	struct bt_hci_evt_le_per_adv_sync_established evt = established(0);

	for (uint16_t i = 0; i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		struct bt_le_per_adv_sync *other;

		assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
		assert_int_equal(bt_le_per_adv_sync_create(&param, &other), -EBUSY);
		evt.handle = sys_cpu_to_le16(i);
		tell(evt);
		assert_int_equal(got.synced, i + 1);
	}
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -ENOMEM);
}

static void a_failed_attempt_is_told_and_may_be_repeated_there(void **state)
{
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	got.create_again = true;
	tell(established(BT_HCI_ERR_CONN_FAIL_TO_ESTAB));
	assert_int_equal(got.term, 1);
	assert_int_equal(got.reason, BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	assert_true(scans());
	tell(established(0));
	assert_int_equal(got.synced, 1);
}

static void an_attempt_can_be_cancelled(void **state)
{
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL));
	assert_false(scans());
	assert_int_equal(bt_le_per_adv_sync_delete(sync), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EBUSY);
	tell(established(BT_HCI_ERR_OP_CANCELLED_BY_HOST));
	assert_int_equal(got.term + got.synced, 0);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
}

static void a_cancel_that_comes_too_late_ends_the_train(void **state)
{
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	scripted_refuse(&s, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	tell(established(0));
	assert_int_equal(got.term + got.synced, 0);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC));
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
}

static void a_cancel_that_is_not_answered_by_an_event_is_over_in_time(void **state)
{
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	scripted_run_ms(CONFIG_BT_HCI_CMD_TIMEOUT_MS + 1);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
}

static void a_sync_can_be_deleted(void **state)
{
	synchronise();
	assert_int_equal(bt_le_per_adv_sync_delete(sync), 0);
	assert_int_equal(
		sys_get_le16(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC)->params),
		0x123);
	assert_int_equal(got.term, 1);
	assert_int_equal(got.reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), -EINVAL);
}

static void a_lost_train_is_told(void **state)
{
	uint16_t handle = sys_cpu_to_le16(0x123);

	synchronise();
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADV_SYNC_LOST, &handle, sizeof(handle));
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADV_SYNC_LOST, &handle, sizeof(handle));
	scripted_settle();
	assert_int_equal(got.term, 1);
	assert_int_equal(got.reason, BT_HCI_ERR_UNSPECIFIED);
	assert_int_equal(stats().evt_dropped, 1);
}

static void the_host_s_end_is_told(void **state)
{
	synchronise();
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(got.term, 1);
	assert_int_equal(got.reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
	scripted_enable(&s);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	scripted_lose(&s, -EPIPE);
	scripted_settle();
	assert_int_equal(got.term, 2);
	assert_int_equal(got.reason, BT_HCI_ERR_CONN_TIMEOUT);
}

/* ---- What comes ---- */

static void report(uint8_t status, const void *data, uint8_t len)
{
	struct bt_hci_evt_le_per_advertising_report head = {
		.handle = sys_cpu_to_le16(0x123),
		.tx_power = 4,
		.rssi = -50,
		.cte_type = 0xff,
		.data_status = status,
		.length = len,
	};
	uint8_t evt[255];

	memcpy(evt, &head, sizeof(head));
	memcpy(&evt[sizeof(head)], data, len);
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, evt, sizeof(head) + len);
	scripted_settle();
}

static void reports_are_told_whole(void **state)
{
	synchronise();
	report(0, bytes, 200);
	assert_int_equal(got.recv, 1);
	assert_int_equal(got.len, 200);
	assert_memory_equal(got.data, bytes, 200);
	assert_int_equal(got.recv_info.sid, 3);
	assert_int_equal(got.recv_info.tx_power, 4);
	assert_int_equal(got.recv_info.rssi, -50);
	assert_int_equal(got.recv_info.cte_type, 0);
	for (int i = 0; i < 6; i++) {
		report(1, &bytes[i * 247], 247);
	}
	report(0, &bytes[6 * 247], 1650 - 6 * 247);
	assert_int_equal(got.recv, 2);
	assert_int_equal(got.len, 1650);
	assert_memory_equal(got.data, bytes, 1650);
}

static void reports_in_part_are_dropped_and_counted(void **state)
{
	synchronise();
	report(1, bytes, 200);
	report(2, bytes, 200);
	assert_int_equal(stats().adv_reports_dropped, 1);
	for (int i = 0; i < 7; i++) {
		report(1, bytes, 247);
	}
	report(0, bytes, 10);
	assert_int_equal(stats().adv_reports_dropped, 2);
	report(7, bytes, 10);
	assert_int_equal(stats().adv_reports_dropped, 3);
	assert_int_equal(got.recv, 0);
	report(0, bytes, 10);
	assert_int_equal(got.recv, 1);
	assert_int_equal(got.len, 10);
}

static void a_sync_may_be_deleted_in_its_report(void **state)
{
	synchronise();
	got.delete_it = true;
	report(0, bytes, 10);
	report(0, bytes, 10);
	assert_int_equal(got.recv, 1);
	assert_int_equal(stats().evt_dropped, 1);
}

static void receiving_can_be_turned_off(void **state)
{
	param.options = BT_LE_PER_ADV_SYNC_OPT_FILTER_DUPLICATE;
	synchronise();
	assert_int_equal(bt_le_per_adv_sync_recv_enable(sync), -EALREADY);
	assert_int_equal(bt_le_per_adv_sync_recv_disable(sync), 0);
	assert_int_equal(got.changed, 1);
	assert_false(got.recv_enabled);
	report(0, bytes, 10);
	assert_int_equal(got.recv, 0);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_per_adv_sync_recv_enable(sync), -EIO);
	scripted_obey(&s);
	assert_int_equal(bt_le_per_adv_sync_recv_enable(sync), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE)->params[2], 3);
	report(0, bytes, 10);
	assert_int_equal(got.recv, 1);
}

static int seconds;

static void count(struct bt_le_per_adv_sync *ps, struct bt_le_per_adv_sync_synced_info *info)
{
	seconds++;
}

static void silence(struct bt_le_per_adv_sync *ps, struct bt_le_per_adv_sync_synced_info *info)
{
	assert_int_equal(bt_le_per_adv_sync_recv_disable(ps), 0);
}

/* What one listener does leads to another run over them, or away from one of them. */
static void every_listener_hears_whatever_another_does(void **state)
{
	static struct bt_le_per_adv_sync_cb first, second;

	seconds = 0;
	first = (struct bt_le_per_adv_sync_cb){.synced = silence};
	second = (struct bt_le_per_adv_sync_cb){.synced = count};
	assert_int_equal(bt_le_per_adv_sync_cb_register(&first), 0);
	assert_int_equal(bt_le_per_adv_sync_cb_register(&second), 0);
	synchronise();
	assert_int_equal(got.changed, 1);
	assert_int_equal(seconds, 1);
	assert_int_equal(bt_le_per_adv_sync_cb_unregister(&first), 0);
	assert_int_equal(bt_le_per_adv_sync_cb_unregister(&first), -ENOENT);
	assert_int_equal(bt_le_per_adv_sync_cb_unregister(&second), 0);
}

/* ---- A controller that refuses, is silent, lies ---- */

static void a_refused_attempt_is_none(void **state)
{
	scripted_refuse(&s, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -ENOMEM);
	assert_null(sync);
	scripted_obey(&s);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_PER_ADV_CREATE_SYNC,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -ETIMEDOUT);
	scripted_settle();
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL));
	scripted_obey(&s);
	/* A scan that does not start takes the attempt with it. */
	scripted_refuse(&s, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), -EIO);
	scripted_obey(&s);
	scripted_settle();
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	tell(established(0));
	scripted_refuse(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_per_adv_sync_delete(sync), -EIO);
	assert_int_equal(got.term, 0);
}

static void trains_that_nobody_asked_for_are_ended(void **state)
{
	struct bt_hci_evt_le_per_adv_sync_established evt = established(0);

	tell(evt);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC), 1);
	assert_int_equal(stats().evt_dropped, 1);
	/* Another one than that which was asked for. */
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	evt.sid = 4;
	tell(evt);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC), 2);
	assert_int_equal(got.term, 1);
	assert_int_equal(got.reason, BT_HCI_ERR_UNSPECIFIED);
	assert_int_equal(got.synced, 0);
}

static void what_cannot_be_is_dropped(void **state)
{
	struct bt_hci_evt_le_per_adv_sync_established evt = established(0);
	struct bt_hci_evt_le_per_advertising_report lie = {.handle = sys_cpu_to_le16(0x123),
							   .length = 5};

	synchronise();
	assert_int_equal(bt_le_per_adv_sync_create(&param, &sync), 0);
	tell(evt); /* A handle that is in use. */
	evt.handle = sys_cpu_to_le16(0x124);
	evt.phy = 9;
	tell(evt);
	assert_int_equal(got.synced, 1);
	assert_int_equal(stats().evt_dropped, 2);
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, &lie, sizeof(lie));
	lie.length = 0;
	lie.handle = 0;
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, &lie, sizeof(lie));
	scripted_le_evt(&s, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, &lie, 3);
	scripted_settle();
	assert_int_equal(stats().evt_dropped, 5);
	assert_int_equal(got.recv, 0);
}

/* ---- Handing on ---- */

static struct bt_conn *link_up(void)
{
	struct bt_conn *conn;

	assert_int_equal(
		bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	return conn;
}

static void trains_are_handed_on(void **state)
{
	static const uint8_t theirs[] = {0x40, 0, 0x34, 0x12, 0x23, 0x01};
	static const uint8_t ours[] = {0x40, 0, 0x78, 0x56, 0};
	struct bt_conn *conn = link_up();

	able_set();
	assert_int_equal(bt_le_per_adv_set_info_transfer(set, conn, 0x5678), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER)->params, ours,
			    sizeof(ours));
	synchronise();
	assert_int_equal(bt_le_per_adv_sync_transfer(sync, conn, 0x1234), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER)->params, theirs,
			    sizeof(theirs));
	scripted_disconnected(&s, 0x40, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	scripted_settle();
	assert_int_equal(bt_le_per_adv_sync_transfer(sync, conn, 0), -ENOTCONN);
	assert_int_equal(bt_le_per_adv_set_info_transfer(set, conn, 0), -ENOTCONN);
	assert_int_equal(bt_le_per_adv_sync_transfer(NULL, conn, 0), -EINVAL);
	assert_int_equal(bt_le_per_adv_set_info_transfer(NULL, conn, 0), -EINVAL);
	bt_conn_unref(conn);
}

static void trains_are_taken(void **state)
{
	static const uint8_t subscribed[] = {0x40, 0, 3, 5, 0, 200, 0, 0x12};
	const struct bt_le_per_adv_sync_transfer_param taking = {
		.skip = 5,
		.timeout = 200,
		.options = BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES |
			   BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOD_1US |
			   BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_ONLY_CTE,
	};
	struct bt_hci_evt_le_past_received evt = {
		.conn_handle = sys_cpu_to_le16(0x40),
		.service_data = sys_cpu_to_le16(0x4321),
		.sync_handle = sys_cpu_to_le16(0x77),
		.adv_sid = 8,
		.addr = peer,
		.phy = BT_HCI_LE_PHY_1M,
		.interval = sys_cpu_to_le16(80),
	};
	struct bt_conn *conn = link_up();

	assert_int_equal(bt_le_per_adv_sync_transfer_subscribe(conn, &taking), 0);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_PAST_PARAM)->params, subscribed,
			    sizeof(subscribed));
	scripted_le_evt(&s, BT_HCI_EVT_LE_PAST_RECEIVED, &evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.synced, 1);
	assert_ptr_equal(got.info.conn, conn);
	assert_int_equal(got.info.service_data, 0x4321);
	assert_int_equal(got.info.sid, 8);
	assert_int_equal(got.info.interval, 80);
	assert_true(got.info.recv_enabled);
	assert_int_equal(bt_le_per_adv_sync_delete(got.sync), 0);
	/* One that the controller did not find, one over no link. */
	evt.status = BT_HCI_ERR_CONN_FAIL_TO_ESTAB;
	scripted_le_evt(&s, BT_HCI_EVT_LE_PAST_RECEIVED, &evt, sizeof(evt));
	evt.status = 0;
	evt.conn_handle = sys_cpu_to_le16(0x41);
	scripted_le_evt(&s, BT_HCI_EVT_LE_PAST_RECEIVED, &evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.synced, 1);
	assert_int_equal(stats().evt_dropped, 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC), 2);
	assert_int_equal(bt_le_per_adv_sync_transfer_unsubscribe(conn), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_PAST_PARAM)->params[2], 0);
	bt_conn_unref(conn);
}

static void trains_are_taken_of_all_links_to_come(void **state)
{
	struct bt_le_per_adv_sync_transfer_param taking = {
		.timeout = 200,
		.options = BT_LE_PER_ADV_SYNC_TRANSFER_OPT_REPORTING_INITIALLY_DISABLED,
	};
	struct bt_hci_evt_le_past_received evt = {
		.conn_handle = sys_cpu_to_le16(0x40), .addr = peer, .phy = BT_HCI_LE_PHY_1M};
	struct bt_conn *conn;

	assert_int_equal(bt_le_per_adv_sync_transfer_subscribe(NULL, NULL), -EINVAL);
	assert_int_equal(bt_le_per_adv_sync_transfer_subscribe(NULL, &taking), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_DEFAULT_PAST_PARAM)->params[0], 1);
	conn = link_up();
	scripted_le_evt(&s, BT_HCI_EVT_LE_PAST_RECEIVED, &evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.synced, 1);
	assert_false(got.info.recv_enabled);
	taking.options |= BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES;
	assert_int_equal(bt_le_per_adv_sync_transfer_subscribe(conn, &taking), -EINVAL);
	bt_conn_unref(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_train_is_started_and_stopped),
		T(a_train_may_say_what_its_data_is),
		T(only_some_sets_can),
		T(its_data_goes_in_fragments),
		T(a_deleted_set_has_no_train),
		T(a_refused_train_is_none),
		T(without_the_feature_there_are_none),
		T(synchronising_sends_all_it_was_given_and_scans),
		T(an_application_s_scan_is_left_alone),
		T(the_list_says_whom),
		T(what_is_out_of_range_is_refused),
		T(one_attempt_at_a_time_and_so_many_in_all),
		T(a_failed_attempt_is_told_and_may_be_repeated_there),
		T(an_attempt_can_be_cancelled),
		T(a_cancel_that_comes_too_late_ends_the_train),
		T(a_cancel_that_is_not_answered_by_an_event_is_over_in_time),
		T(a_sync_can_be_deleted),
		T(a_lost_train_is_told),
		T(the_host_s_end_is_told),
		T(reports_are_told_whole),
		T(reports_in_part_are_dropped_and_counted),
		T(a_sync_may_be_deleted_in_its_report),
		T(receiving_can_be_turned_off),
		T(every_listener_hears_whatever_another_does),
		T(a_refused_attempt_is_none),
		T(trains_that_nobody_asked_for_are_ended),
		T(what_cannot_be_is_dropped),
		T(trains_are_handed_on),
		T(trains_are_taken),
		T(trains_are_taken_of_all_links_to_come),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
