/* SPDX-License-Identifier: Apache-2.0 */
/* Links by extended advertising, and to extended advertisers. */
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
static int set_connected;

static void on_set_connected(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_connected_info *info)
{
	assert_ptr_equal(adv, set);
	assert_ptr_equal(info->conn, heard.conn);
	assert_int_equal(heard.connected, 1);
	set_connected++;
}

static const struct bt_le_ext_adv_cb cb = {.connected = on_set_connected};

static int setup(void **state)
{
	set = NULL;
	set_connected = 0;
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

static uint32_t dropped(void)
{
	struct fav_host_stats stats;

	fav_host_stats_get(s.host, &stats);
	return stats.evt_dropped;
}

static void advertise(uint8_t id)
{
	struct bt_le_adv_param param = *BT_LE_EXT_ADV_CONN;

	param.id = id;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

/* ---- As peripheral ---- */

static void a_link_is_of_the_set_that_led_to_it(void **state)
{
	bt_addr_le_t addr = *BT_ADDR_LE_ANY;
	int id = bt_id_create(&addr, NULL);
	struct bt_conn_info info;
	struct bt_le_ext_adv_info set_info;

	assert_true(id > 0);
	advertise((uint8_t)id);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(heard.connected, 0);
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(set_connected, 1);
	assert_int_equal(bt_conn_get_info(heard.conn, &info), 0);
	assert_int_equal(info.id, id);
	assert_true(bt_addr_le_eq(info.le.src, &addr));
	assert_true(bt_addr_le_eq(info.le.dst, &peer));
	assert_int_equal(bt_le_ext_adv_get_info(set, &set_info), 0);
	assert_int_equal(set_info.ext_adv_state, BT_LE_EXT_ADV_STATE_DISABLED);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

static void delete_set(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
}

static void a_set_may_be_deleted_where_the_link_is_told(void **state)
{
	heard.on_connected = delete_set;
	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(set_connected, 0);
}

static void a_link_whose_set_is_not_told_is_announced_all_the_same(void **state)
{
	struct bt_conn_info info;

	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_run_ms(2000);
	assert_int_equal(heard.connected, 1);
	assert_int_equal(bt_conn_get_info(heard.conn, &info), 0);
	assert_int_equal(info.id, BT_ID_DEFAULT);
	/* And late, it says nothing new. */
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(set_connected, 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

static void the_next_link_does_not_push_the_one_before_aside(void **state)
{
	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_connected(&s, 0, 0x41, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	scripted_run_ms(2000);
	assert_int_equal(heard.connected, 2);
}

static void a_link_that_ends_before_its_set_is_told_goes_up_and_down(void **state)
{
	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_disconnected(&s, 0x40, BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(heard.disconnected, 1);
	assert_int_equal(heard.reason, BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
}

static void a_link_that_is_told_twice_is_one(void **state)
{
	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_int_equal(set_connected, 1);
	assert_int_equal(dropped(), 1);
}

static void a_set_that_ended_with_a_link_that_is_not_there_is_off(void **state)
{
	advertise(BT_ID_DEFAULT);
	scripted_set_terminated(&s, 0, 0, 0x40, 1);
	scripted_settle();
	assert_int_equal(heard.connected, 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

static void a_link_in_waiting_goes_with_the_host(void **state)
{
	advertise(BT_ID_DEFAULT);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_PERIPHERAL, &peer);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	scripted_run_ms(2000);
	assert_int_equal(heard.connected, 0);
}

/* ---- As central ---- */

static const struct bt_hci_cp_le_ext_create_conn *create_sent(size_t phys)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_EXT_CREATE_CONN);

	assert_non_null(cmd);
	assert_int_equal(cmd->len, sizeof(struct bt_hci_cp_le_ext_create_conn) +
					   phys * sizeof(struct bt_hci_ext_conn_phy));
	return (const void *)cmd->params;
}

static void connecting_goes_by_the_extended_command(void **state)
{
	const struct bt_hci_cp_le_ext_create_conn *cp;
	struct bt_conn *conn;

	assert_int_equal(
		bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	cp = create_sent(2);
	assert_int_equal(cp->filter_policy, BT_HCI_LE_CREATE_CONN_FP_NO_FILTER);
	assert_memory_equal(&cp->peer_addr, &peer, sizeof(peer));
	assert_int_equal(cp->phys, BT_HCI_LE_EXT_SCAN_PHY_1M | BT_HCI_LE_EXT_SCAN_PHY_2M);
	assert_int_equal(sys_le16_to_cpu(cp->p[0].scan_interval), BT_GAP_SCAN_FAST_INTERVAL);
	assert_int_equal(sys_le16_to_cpu(cp->p[0].conn_interval_min), BT_GAP_INIT_CONN_INT_MIN);
	scripted_connected(&s, 0, 0x40, BT_HCI_ROLE_CENTRAL, &peer);
	scripted_settle();
	assert_int_equal(heard.connected, 1);
	assert_ptr_equal(heard.conn, conn);
	assert_false(s.legacy_used);
	bt_conn_unref(conn);
}

static void connecting_on_coded_has_its_own_times(void **state)
{
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	const struct bt_hci_cp_le_ext_create_conn *cp;
	struct bt_conn *conn;

	param.options = BT_CONN_LE_OPT_CODED;
	param.interval_coded = 0x200;
	param.window_coded = 0x100;
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn), 0);
	cp = create_sent(3);
	assert_int_equal(cp->phys, BT_HCI_LE_EXT_SCAN_PHY_1M | BT_HCI_LE_EXT_SCAN_PHY_2M |
					   BT_HCI_LE_EXT_SCAN_PHY_CODED);
	assert_int_equal(sys_le16_to_cpu(cp->p[0].scan_window), BT_GAP_SCAN_FAST_INTERVAL);
	assert_int_equal(sys_le16_to_cpu(cp->p[2].scan_interval), 0x200);
	assert_int_equal(sys_le16_to_cpu(cp->p[2].scan_window), 0x100);
	assert_int_equal(bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN), 0);
	scripted_settle();
	assert_int_equal(heard.err, BT_HCI_ERR_UNKNOWN_CONN_ID);
	bt_conn_unref(conn);
	param.options |= BT_CONN_LE_OPT_NO_1M;
	param.interval_coded = 0;
	param.window_coded = 0;
	assert_int_equal(bt_conn_le_create_auto(&param, BT_LE_CONN_PARAM_DEFAULT), 0);
	cp = create_sent(2);
	assert_int_equal(cp->filter_policy, BT_HCI_LE_CREATE_CONN_FP_FILTER);
	assert_int_equal(cp->phys, BT_HCI_LE_EXT_SCAN_PHY_2M | BT_HCI_LE_EXT_SCAN_PHY_CODED);
	assert_int_equal(sys_le16_to_cpu(cp->p[0].scan_interval), BT_GAP_SCAN_FAST_INTERVAL);
	assert_int_equal(bt_conn_create_auto_stop(), 0);
	scripted_settle();
}

static void what_cannot_be_is_refused(void **state)
{
	struct bt_conn_le_create_param param = *BT_CONN_LE_CREATE_CONN;
	struct bt_conn *conn;

	param.options = BT_CONN_LE_OPT_NO_1M;
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn),
			 -EINVAL);
	param.options = BIT(7);
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn),
			 -EINVAL);
	param.options = BT_CONN_LE_OPT_CODED;
	param.interval_coded = 0x10;
	param.window_coded = 0x20;
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn),
			 -EINVAL);
	assert_int_equal(bt_disable(), 0);
	s.le_features[1] &= ~BIT(BT_LE_FEAT_BIT_PHY_CODED - 8);
	scripted_enable(&s);
	param.interval_coded = 0;
	param.window_coded = 0;
	assert_int_equal(bt_conn_le_create(&peer, &param, BT_LE_CONN_PARAM_DEFAULT, &conn),
			 -ENOTSUP);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_EXT_CREATE_CONN));
}

static void a_refused_attempt_is_over(void **state)
{
	struct bt_conn *conn;

	scripted_refuse(&s, BT_HCI_OP_LE_EXT_CREATE_CONN, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(
		bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		-EACCES);
	scripted_obey(&s);
	assert_int_equal(
		bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	/* Nobody is there: the attempt ends by itself. */
	scripted_run_ms(CONFIG_BT_CREATE_CONN_TIMEOUT * 1000 + 1);
	assert_int_equal(heard.connected, 1);
	assert_int_equal(heard.err, BT_HCI_ERR_UNKNOWN_CONN_ID);
	bt_conn_unref(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_link_is_of_the_set_that_led_to_it),
		T(a_set_may_be_deleted_where_the_link_is_told),
		T(a_link_whose_set_is_not_told_is_announced_all_the_same),
		T(the_next_link_does_not_push_the_one_before_aside),
		T(a_link_that_ends_before_its_set_is_told_goes_up_and_down),
		T(a_link_that_is_told_twice_is_one),
		T(a_set_that_ended_with_a_link_that_is_not_there_is_off),
		T(a_link_in_waiting_goes_with_the_host),
		T(connecting_goes_by_the_extended_command),
		T(connecting_on_coded_has_its_own_times),
		T(what_cannot_be_is_refused),
		T(a_refused_attempt_is_over),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
