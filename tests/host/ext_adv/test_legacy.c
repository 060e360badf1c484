/* SPDX-License-Identifier: Apache-2.0 */
/* bt_le_adv_start() and its kin over the extended commands. */
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

#define HANDLE CONFIG_BT_EXT_ADV_MAX_ADV_SET

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

static const struct bt_data flags[] = {
	BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
};

static int setup(void **state)
{
	scripted_begin(&s);
	scripted_ext(&s);
	scripted_enable(&s);
	scripted_forget(&s);
	heard_start();
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

static const struct bt_hci_cp_le_set_ext_adv_param *param_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_PARAM);

	assert_non_null(cmd);
	assert_int_equal(cmd->params[0], HANDLE);
	return (const void *)cmd->params;
}

static const struct bt_hci_cp_le_set_ext_adv_enable *enable_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE);

	assert_non_null(cmd);
	assert_int_equal(cmd->params[2], HANDLE);
	return (const void *)cmd->params;
}

static uint16_t props_of(const struct bt_le_adv_param *param)
{
	uint16_t props;

	assert_int_equal(bt_le_adv_start(param, NULL, 0, NULL, 0), 0);
	props = sys_le16_to_cpu(param_sent()->props);
	assert_int_equal(bt_le_adv_stop(), 0);
	scripted_settle();
	return props;
}

static void no_legacy_command_is_sent(void **state)
{
	const struct bt_data sd[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "abc", 3)};
	static const uint8_t ad_cmd[] = {HANDLE, 3, 1, 3, 2, BT_DATA_FLAGS, 6};
	static const uint8_t sd_cmd[] = {HANDLE, 3, 1, 5, 4, BT_DATA_NAME_COMPLETE, 'a', 'b', 'c'};
	const struct bt_hci_cp_le_set_ext_adv_param *cp;

	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, flags, 1, sd, 1), 0);
	cp = param_sent();
	assert_int_equal(sys_get_le24(cp->prim_min_interval), BT_GAP_ADV_FAST_INT_MIN_1);
	assert_int_equal(sys_get_le24(cp->prim_max_interval), BT_GAP_ADV_FAST_INT_MAX_1);
	assert_int_equal(cp->own_addr_type, BT_ADDR_LE_PUBLIC);
	assert_int_equal(cp->prim_channel_map, 7);
	assert_int_equal(cp->prim_adv_phy, BT_HCI_LE_PHY_1M);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA)->params, ad_cmd,
			    sizeof(ad_cmd));
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA)->params, sd_cmd,
			    sizeof(sd_cmd));
	assert_int_equal(enable_sent()->enable, 1);
	assert_int_equal(enable_sent()->s[0].duration, 0);
	assert_int_equal(bt_le_adv_update_data(sd, 1, NULL, 0), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(enable_sent()->enable, 0);
	scripted_settle();
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_REMOVE_ADV_SET));
	assert_false(s.legacy_used);
}

static void the_pdu_follows_from_the_options(void **state)
{
	const uint16_t legacy = BT_HCI_LE_ADV_PROP_LEGACY;

	assert_int_equal(props_of(BT_LE_ADV_CONN_FAST_1),
			 legacy | BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN);
	assert_int_equal(props_of(BT_LE_ADV_NCONN), legacy);
	assert_int_equal(props_of(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_SCANNABLE, 0x100, 0x100, NULL)),
			 legacy | BT_HCI_LE_ADV_PROP_SCAN);
	assert_int_equal(props_of(BT_LE_ADV_CONN_DIR_LOW_DUTY(&peer)),
			 legacy | BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_DIRECT);
	assert_int_equal(props_of(BT_LE_ADV_CONN_DIR(&peer)),
			 legacy | BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_DIRECT |
				 BT_HCI_LE_ADV_PROP_HI_DC_CONN);
	assert_memory_equal(&param_sent()->peer_addr, &peer, sizeof(peer));
	assert_int_equal(bt_le_adv_start(BT_LE_EXT_ADV_CONN, NULL, 0, NULL, 0), -EINVAL);
}

static void a_beacon_s_address_is_its_set_s(void **state)
{
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_RANDOM);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR)->params[0],
			 HANDLE);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS));
}

static void a_connection_ends_it(void **state)
{
	struct bt_conn_info info;

	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_set_terminated(&s, 0, HANDLE, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(heard.err, 0);
	assert_int_equal(bt_conn_get_info(heard.conn, &info), 0);
	assert_int_equal(info.role, BT_CONN_ROLE_PERIPHERAL);
	assert_int_equal(info.le.src->type, BT_ADDR_LE_PUBLIC);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
}

static void restart(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
}

static void it_may_start_again_where_the_connection_is_told(void **state)
{
	heard.on_connected = restart;
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_set_terminated(&s, 0, HANDLE, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), -EALREADY);
	assert_int_equal(enable_sent()->enable, 1);
}

static void directed_advertising_has_an_end(void **state)
{
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_DIR(&peer), NULL, 0, NULL, 0), 0);
	assert_int_equal(sys_le16_to_cpu(enable_sent()->s[0].duration), 128);
	scripted_set_terminated(&s, BT_HCI_ERR_ADV_TIMEOUT, HANDLE, 0, 0);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(heard.err, BT_HCI_ERR_ADV_TIMEOUT);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
}

static void any_command_may_be_refused(void **state)
{
	static const uint16_t commands[] = {
		BT_HCI_OP_LE_SET_EXT_ADV_PARAM,  BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR,
		BT_HCI_OP_LE_SET_EXT_ADV_DATA,   BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA,
		BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
	};
	const struct bt_le_adv_param *param =
		BT_LE_ADV_PARAM(BT_LE_ADV_OPT_SCANNABLE, 0x100, 0x100, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		scripted_refuse(&s, commands[i], BT_HCI_ERR_HW_FAILURE);
		assert_int_equal(bt_le_adv_start(param, NULL, 0, NULL, 0), -EIO);
		scripted_obey(&s);
		assert_int_equal(bt_le_adv_start(param, NULL, 0, NULL, 0), 0);
		assert_int_equal(bt_le_adv_stop(), 0);
	}
	scripted_refuse(&s, BT_HCI_OP_LE_REMOVE_ADV_SET, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_adv_start(param, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_adv_start(param, NULL, 0, NULL, 0), 0);
}

static void legacy_commands_are_used_where_the_extended_ones_are_not_all_there(void **state)
{
	assert_int_equal(bt_disable(), 0);
	s.commands[37] &= ~BIT(7);
	scripted_enable(&s);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	assert_true(s.legacy_used);
	assert_false(s.ext_used);
	/* One that cannot create connections at all needs no command for it. */
	assert_int_equal(bt_disable(), 0);
	s.commands[26] &= ~BIT(4);
	scripted_enable(&s);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	assert_true(s.ext_used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(no_legacy_command_is_sent),
		T(the_pdu_follows_from_the_options),
		T(a_beacon_s_address_is_its_set_s),
		T(a_connection_ends_it),
		T(it_may_start_again_where_the_connection_is_told),
		T(directed_advertising_has_an_end),
		T(any_command_may_be_refused),
		T(legacy_commands_are_used_where_the_extended_ones_are_not_all_there),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
