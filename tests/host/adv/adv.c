/* SPDX-License-Identifier: Apache-2.0 */
/* Legacy advertising. */
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

static const struct bt_data flags[] = {
	BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
};
static const uint8_t bytes[40];

static int setup(void **state)
{
	scripted_up(&s);
	scripted_forget(&s);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

static const struct bt_hci_cp_le_set_adv_param *param_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_PARAM);

	assert_non_null(cmd);
	assert_int_equal(cmd->len, sizeof(struct bt_hci_cp_le_set_adv_param));
	return (const void *)cmd->params;
}

static const struct bt_hci_cp_le_set_adv_data *data_sent(uint16_t opcode)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, opcode);

	assert_non_null(cmd);
	assert_int_equal(cmd->len, 32);
	return (const void *)cmd->params;
}

static bool enabled_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_ENABLE);

	return cmd != NULL && cmd->params[0] == BT_HCI_LE_ADV_ENABLE;
}

static int start(uint32_t options, uint32_t min, uint32_t max, const bt_addr_le_t *to)
{
	return bt_le_adv_start(BT_LE_ADV_PARAM(options, min, max, to), NULL, 0, NULL, 0);
}

/* Starts with these options, which must succeed; returns the parameters that were sent. */
static const struct bt_hci_cp_le_set_adv_param *started(uint32_t options)
{
	assert_int_equal(start(options, 0x100, 0x200, NULL), 0);
	assert_true(enabled_sent());
	return param_sent();
}

/* ---- What is sent ---- */

static void connectable_advertising_sends_all_it_was_given(void **state)
{
	const struct bt_data sd[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "abc", 3)};
	const struct bt_hci_cp_le_set_adv_param *cp;
	const struct bt_hci_cp_le_set_adv_data *data;
	static const uint8_t ad_bytes[] = {2, BT_DATA_FLAGS, 6};
	static const uint8_t sd_bytes[] = {4, BT_DATA_NAME_COMPLETE, 'a', 'b', 'c'};

	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, flags, 1, sd, 1), 0);
	cp = param_sent();
	assert_int_equal(sys_le16_to_cpu(cp->min_interval), BT_GAP_ADV_FAST_INT_MIN_1);
	assert_int_equal(sys_le16_to_cpu(cp->max_interval), BT_GAP_ADV_FAST_INT_MAX_1);
	assert_int_equal(cp->type, BT_HCI_ADV_IND);
	assert_int_equal(cp->own_addr_type, BT_ADDR_LE_PUBLIC);
	assert_int_equal(cp->channel_map, 7);
	assert_int_equal(cp->filter_policy, BT_LE_ADV_FP_NO_FILTER);
	data = data_sent(BT_HCI_OP_LE_SET_ADV_DATA);
	assert_int_equal(data->len, sizeof(ad_bytes));
	assert_memory_equal(data->data, ad_bytes, sizeof(ad_bytes));
	data = data_sent(BT_HCI_OP_LE_SET_SCAN_RSP_DATA);
	assert_int_equal(data->len, sizeof(sd_bytes));
	assert_memory_equal(data->data, sd_bytes, sizeof(sd_bytes));
	assert_int_equal(s.log[s.cmd_count - 1].opcode, BT_HCI_OP_LE_SET_ADV_ENABLE);
	assert_true(enabled_sent());
}

static void the_type_follows_from_the_options(void **state)
{
	const struct bt_data sd[] = {BT_DATA_BYTES(BT_DATA_TX_POWER, 0)};

	assert_int_equal(started(BT_LE_ADV_OPT_CONN)->type, BT_HCI_ADV_IND);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(started(BT_LE_ADV_OPT_NONE)->type, BT_HCI_ADV_NONCONN_IND);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(started(BT_LE_ADV_OPT_SCANNABLE)->type, BT_HCI_ADV_SCAN_IND);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, sd, 1), 0);
	assert_int_equal(param_sent()->type, BT_HCI_ADV_SCAN_IND);
}

static void filters_and_channels_are_passed_on(void **state)
{
	assert_int_equal(started(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_FILTER_CONN)->filter_policy,
			 BT_LE_ADV_FP_FILTER_CONN_IND);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(started(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_FILTER_SCAN_REQ)->filter_policy,
			 BT_LE_ADV_FP_FILTER_SCAN_REQ);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(started(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_DISABLE_CHAN_37 |
				 BT_LE_ADV_OPT_DISABLE_CHAN_39)
				 ->channel_map,
			 2);
}

static void directed_advertising_names_its_peer_and_has_no_data(void **state)
{
	const struct bt_hci_cp_le_set_adv_param *cp;

	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_DIR(&peer), NULL, 0, NULL, 0), 0);
	cp = param_sent();
	assert_int_equal(cp->type, BT_HCI_ADV_DIRECT_IND);
	assert_memory_equal(&cp->direct_addr, &peer, sizeof(peer));
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_DATA));
	assert_int_equal(bt_le_adv_update_data(flags, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_DIR_LOW_DUTY(&peer), NULL, 0, NULL, 0), 0);
	assert_int_equal(param_sent()->type, BT_HCI_ADV_DIRECT_IND_LOW_DUTY);
}

static void a_beacon_hides_its_identity_unless_told(void **state)
{
	const struct scripted_cmd *cmd;

	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_RANDOM);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS);
	assert_non_null(cmd);
	assert_int_equal(cmd->params[5] & 0xc0, 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN_IDENTITY, NULL, 0, NULL, 0), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_PUBLIC);
}

static void stale_data_of_the_last_time_is_cleared(void **state)
{
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, flags, 1, flags, 1), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_ADV_DATA)->len, 0);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_SCAN_RSP_DATA)->len, 0);
}

static void data_may_change_while_advertising(void **state)
{
	assert_int_equal(bt_le_adv_update_data(flags, 1, NULL, 0), -EAGAIN);
	started(BT_LE_ADV_OPT_CONN);
	assert_int_equal(bt_le_adv_update_data(flags, 1, flags, 1), 0);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_ADV_DATA)->len, 3);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_SCAN_RSP_DATA)->len, 3);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_ADV_ENABLE), 1);
}

/* ---- The name ---- */

static void the_name_goes_where_it_was_told(void **state)
{
	assert_int_equal(bt_set_name("Zephyrus"), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_NAME, flags, 1, NULL, 0), 0);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_ADV_DATA)->len, 3);
	assert_memory_equal(data_sent(BT_HCI_OP_LE_SET_SCAN_RSP_DATA)->data, "\x09\x09Zephyrus",
			    10);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_NAME_AD, flags, 1, NULL, 0), 0);
	assert_memory_equal(&data_sent(BT_HCI_OP_LE_SET_ADV_DATA)->data[3], "\x09\x09Zephyrus", 10);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN_NAME, flags, 1, NULL, 0), 0);
	assert_int_equal(data_sent(BT_HCI_OP_LE_SET_ADV_DATA)->len, 13);
}

static void a_name_that_does_not_fit_is_shortened(void **state)
{
	const struct bt_hci_cp_le_set_adv_data *data;

	assert_int_equal(bt_set_name("a name that is much longer than one advertisement"), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_NAME_AD, flags, 1, NULL, 0), 0);
	data = data_sent(BT_HCI_OP_LE_SET_ADV_DATA);
	assert_int_equal(data->len, 31);
	assert_int_equal(data->data[3], 27);
	assert_int_equal(data->data[4], BT_DATA_NAME_SHORTENED);
	assert_memory_equal(&data->data[5], "a name that is much longer", 26);
}

static void names_are_bounded(void **state)
{
	char name[CONFIG_BT_DEVICE_NAME_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(bt_set_name(name), -ENOMEM);
	assert_int_equal(bt_set_name(NULL), -EINVAL);
	assert_string_equal(bt_get_name(), CONFIG_BT_DEVICE_NAME);
	name[sizeof(name) - 2] = '\0';
	assert_int_equal(bt_set_name(name), 0);
	assert_string_equal(bt_get_name(), name);
	assert_int_equal(bt_get_appearance(), CONFIG_BT_DEVICE_APPEARANCE);
	assert_int_equal(bt_set_appearance(BT_APPEARANCE_GENERIC_TAG), 0);
	assert_int_equal(bt_get_appearance(), BT_APPEARANCE_GENERIC_TAG);
}

/* ---- Bad arguments ---- */

static void what_is_out_of_range_is_refused(void **state)
{
	const uint32_t conn = BT_LE_ADV_OPT_CONN;
	const bt_addr_le_t resolved = {BT_ADDR_LE_PUBLIC_ID, {{0}}};
	struct bt_le_adv_param param = *BT_LE_ADV_CONN_FAST_1;

	assert_int_equal(bt_le_adv_start(NULL, NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(start(conn, 0x1f, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn, 0x100, 0x4001, NULL), -EINVAL);
	assert_int_equal(start(conn, 0x101, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn | BT_LE_ADV_OPT_EXT_ADV, 0x100, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn | BT_LE_ADV_OPT_CODED, 0x100, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn | BIT(30), 0x100, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn | BT_LE_ADV_OPT_USE_NRPA, 0x100, 0x100, NULL), -EINVAL);
	assert_int_equal(start(conn | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY, 0x100, 0x100, NULL),
			 -EINVAL);
	assert_int_equal(start(BT_LE_ADV_OPT_NONE, 0x100, 0x100, &peer), -EINVAL);
	assert_int_equal(start(conn, 0x100, 0x100, &resolved), -EINVAL);
	assert_int_equal(start(conn | BT_LE_ADV_OPT_DISABLE_CHAN_37 |
				       BT_LE_ADV_OPT_DISABLE_CHAN_38 |
				       BT_LE_ADV_OPT_DISABLE_CHAN_39,
			       0x100, 0x100, NULL),
			 -EINVAL);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_DIR(&peer), flags, 1, NULL, 0), -EINVAL);
	param.id = 1;
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(s.cmd_count, 0);
}

static void data_of_more_than_31_bytes_is_refused(void **state)
{
	const struct bt_data fits[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 29)};
	const struct bt_data too_long[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 30)};
	const struct bt_data in_sum[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 20),
					 BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 8)};
	const struct bt_data longest[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 255)};
	const struct bt_le_adv_param *param = BT_LE_ADV_CONN_FAST_1;

	assert_int_equal(bt_le_adv_start(param, too_long, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_adv_start(param, longest, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_adv_start(param, NULL, 0, too_long, 1), -EINVAL);
	assert_int_equal(bt_le_adv_start(param, in_sum, 2, NULL, 0), -EINVAL);
	assert_int_equal(s.cmd_count, 0);
	assert_int_equal(bt_le_adv_start(param, fits, 1, fits, 1), 0);
	assert_int_equal(bt_le_adv_update_data(too_long, 1, NULL, 0), -EINVAL);
}

static void before_5_0_beacons_are_slower(void **state)
{
	assert_int_equal(bt_disable(), 0);
	s.hci_version = BT_HCI_VERSION_4_2;
	scripted_enable(&s);
	assert_int_equal(start(BT_LE_ADV_OPT_NONE, 0x9f, 0x100, NULL), -EINVAL);
	assert_int_equal(start(BT_LE_ADV_OPT_NONE, 0xa0, 0x100, NULL), 0);
}

/* ---- States ---- */

static void starting_twice_is_refused_and_stopping_twice_is_not(void **state)
{
	assert_int_equal(bt_le_adv_stop(), 0);
	started(BT_LE_ADV_OPT_CONN);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -EALREADY);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_false(enabled_sent());
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_ADV_ENABLE), 2);
	started(BT_LE_ADV_OPT_CONN);
}

static void a_disabled_host_does_not_advertise(void **state)
{
	started(BT_LE_ADV_OPT_CONN);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -EAGAIN);
	assert_int_equal(bt_le_adv_stop(), -EAGAIN);
	assert_int_equal(bt_le_adv_update_data(NULL, 0, NULL, 0), -EAGAIN);
	scripted_enable(&s);
	assert_int_equal(bt_le_adv_update_data(NULL, 0, NULL, 0), -EAGAIN);
	started(BT_LE_ADV_OPT_CONN);
}

static int connected_calls, connected_err, start_err;

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	connected_calls++;
	connected_err = err;
	/* Advertising is over when the application hears of the link. */
	start_err = start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL);
}

static void a_connection_ends_advertising_before_it_is_announced(void **state)
{
	static struct bt_conn_cb cb = {.connected = on_connected};

	connected_calls = 0;
	assert_int_equal(bt_conn_cb_register(&cb), 0);
	started(BT_LE_ADV_OPT_CONN);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(connected_calls, 1);
	assert_int_equal(connected_err, 0);
	assert_int_equal(start_err, 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_ADV_ENABLE), 2);
	bt_conn_cb_unregister(&cb);
}

static void advertising_does_not_start_again_by_itself(void **state)
{
	started(BT_LE_ADV_OPT_CONNECTABLE);
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	scripted_disconnected(&s, 1, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	scripted_run_ms(1000);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_ADV_ENABLE), 1);
}

static void directed_advertising_reports_its_end(void **state)
{
	static struct bt_conn_cb cb = {.connected = on_connected};

	connected_calls = 0;
	start_err = 1;
	assert_int_equal(bt_conn_cb_register(&cb), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_DIR(&peer), NULL, 0, NULL, 0), 0);
	scripted_connected(&s, BT_HCI_ERR_ADV_TIMEOUT, 0, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(connected_calls, 1);
	assert_int_equal(connected_err, BT_HCI_ERR_ADV_TIMEOUT);
	assert_int_equal(start_err, 0);
	bt_conn_cb_unregister(&cb);
}

static void with_all_connections_taken_only_beacons_start(void **state)
{
	bt_addr_le_t other = peer;

	for (uint16_t i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		started(BT_LE_ADV_OPT_CONN);
		other.a.val[0] = (uint8_t)i;
		scripted_connected(&s, 0, i, BT_HCI_ROLE_PERIPHERAL, &other);
		scripted_settle();
	}
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -ENOMEM);
	started(BT_LE_ADV_OPT_NONE);
}

static struct k_work race_work;

static void connect_in_work(struct k_work *work)
{
	scripted_connected(&s, 0, 1, BT_HCI_ROLE_PERIPHERAL, &peer);
}

static void a_link_may_be_faster_than_the_call_that_started_advertising(void **state)
{
	/* The answer to Enable is late, the link comes first: a lying controller, or a slow main.
	 */
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_ADV_ENABLE,
						 .deed = SCRIPTED_LATE,
						 .delay_ms = 5});
	k_work_init(&race_work, connect_in_work);
	k_work_submit(&race_work);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), 0);
	scripted_obey(&s);
	/* It has ended with the link. */
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), 0);
}

/* ---- Controllers that refuse, are silent, lie ---- */

static void a_refusal_at_any_command_leaves_it_off(void **state)
{
	static const uint16_t opcodes[] = {
		BT_HCI_OP_LE_SET_RANDOM_ADDRESS, BT_HCI_OP_LE_SET_ADV_PARAM,
		BT_HCI_OP_LE_SET_ADV_DATA,       BT_HCI_OP_LE_SET_SCAN_RSP_DATA,
		BT_HCI_OP_LE_SET_ADV_ENABLE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		scripted_refuse(&s, opcodes[i], BT_HCI_ERR_CMD_DISALLOWED);
		assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, flags, 1, flags, 1), -EACCES);
		scripted_obey(&s);
		assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, flags, 1, flags, 1), 0);
		assert_int_equal(bt_le_adv_stop(), 0);
	}
	scripted_refuse(&s, BT_HCI_OP_LE_SET_ADV_ENABLE, BT_HCI_ERR_CONN_LIMIT_EXCEEDED);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -ECONNREFUSED);
}

static void a_stop_that_is_refused_can_be_tried_again(void **state)
{
	started(BT_LE_ADV_OPT_CONN);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_ADV_ENABLE, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_adv_stop(), -EIO);
	scripted_obey(&s);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -EALREADY);
	assert_int_equal(bt_le_adv_stop(), 0);
}

static void silence_at_enable_sends_a_disable_after_it(void **state)
{
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_ADV_ENABLE,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -ETIMEDOUT);
	scripted_settle();
	assert_false(enabled_sent());
	started(BT_LE_ADV_OPT_CONN);
}

static void a_loss_while_starting_is_an_error(void **state)
{
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_ADV_DATA,
						 .deed = SCRIPTED_LOSE});
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -ENODEV);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), -EAGAIN);
}

static struct k_work disable_work;

static void disable_in_work(struct k_work *work)
{
	fav_host_select(s.host);
	assert_int_equal(bt_disable(), 0);
}

static void disabling_while_starting_ends_the_start(void **state)
{
	k_work_init(&disable_work, disable_in_work);
	k_work_submit(&disable_work);
	/* The reset waits behind the command that is on its way; the next one finds no host. */
	assert_true(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL) < 0);
	scripted_enable(&s);
	started(BT_LE_ADV_OPT_CONN);
}

static int in_work_err;

static void stop_in_work(struct k_work *work)
{
	fav_host_select(s.host);
	in_work_err = bt_le_adv_stop();
}

static void stopping_what_is_being_started_is_refused(void **state)
{
	k_work_init(&disable_work, stop_in_work);
	k_work_submit(&disable_work);
	assert_int_equal(start(BT_LE_ADV_OPT_CONN, 0x100, 0x100, NULL), 0);
	assert_int_equal(in_work_err, -EBUSY);
	assert_int_equal(bt_le_adv_stop(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connectable_advertising_sends_all_it_was_given),
		TEST(the_type_follows_from_the_options),
		TEST(filters_and_channels_are_passed_on),
		TEST(directed_advertising_names_its_peer_and_has_no_data),
		TEST(a_beacon_hides_its_identity_unless_told),
		TEST(stale_data_of_the_last_time_is_cleared),
		TEST(data_may_change_while_advertising),
		TEST(the_name_goes_where_it_was_told),
		TEST(a_name_that_does_not_fit_is_shortened),
		TEST(names_are_bounded),
		TEST(what_is_out_of_range_is_refused),
		TEST(data_of_more_than_31_bytes_is_refused),
		TEST(before_5_0_beacons_are_slower),
		TEST(starting_twice_is_refused_and_stopping_twice_is_not),
		TEST(a_disabled_host_does_not_advertise),
		TEST(a_connection_ends_advertising_before_it_is_announced),
		TEST(advertising_does_not_start_again_by_itself),
		TEST(directed_advertising_reports_its_end),
		TEST(with_all_connections_taken_only_beacons_start),
		TEST(a_link_may_be_faster_than_the_call_that_started_advertising),
		TEST(a_refusal_at_any_command_leaves_it_off),
		TEST(a_stop_that_is_refused_can_be_tried_again),
		TEST(silence_at_enable_sends_a_disable_after_it),
		TEST(a_loss_while_starting_is_an_error),
		TEST(disabling_while_starting_ends_the_start),
		TEST(stopping_what_is_being_started_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
