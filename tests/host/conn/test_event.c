/* SPDX-License-Identifier: Apache-2.0 */

/* What happens on a link by itself after it came up, and what its events tell. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "bench.h"
#include "heard.h"
#include "host/conn.h"
#include "host/host.h"

#define HANDLE 0x10
#define ALL    UINT64_MAX

static int setup(void **state)
{
	bench_start(false);
	bench_config.le_features = ALL;
	assert_int_equal(0, bench_enable(fav_host_current()));
	heard_start();
	return 0;
}

static int teardown(void **state)
{
	heard_forget();
	bench_stop();
	return 0;
}

static struct bt_conn *central_up(void)
{
	struct bt_conn *conn;

	assert_int_equal(0, bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN,
					      BT_LE_CONN_PARAM_DEFAULT, &conn));
	bench_commands_forget();
	bench_connect(0, HANDLE, 0, bench_addr(1));
	bt_conn_unref(conn);
	bench_run();
	return conn;
}

static struct bt_conn *peripheral_up(void)
{
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_run();
	return conn__by_handle(fav_host_current(), HANDLE);
}

static void features(uint8_t status, uint64_t bits)
{
	struct bt_hci_evt_le_remote_feat_complete evt = {
		.status = status,
		.handle = sys_cpu_to_le16(HANDLE),
	};

	sys_put_le64(bits, evt.features);
	bench_le_evt(BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, &evt, sizeof(evt));
	bench_run();
}

static void version(uint8_t status)
{
	struct bt_hci_evt_remote_version_info evt = {
		.status = status,
		.handle = sys_cpu_to_le16(HANDLE),
		.version = 0x0d,
		.manufacturer = sys_cpu_to_le16(0x05f1),
		.subversion = sys_cpu_to_le16(0x1234),
	};

	bench_evt(BT_HCI_EVT_REMOTE_VERSION_INFO, &evt, sizeof(evt));
	bench_run();
}

/* ---- By itself ---- */

static void test_a_central_prepares_its_link_step_by_step(void **state)
{
	struct bt_conn *conn = central_up();
	struct bt_conn_remote_info info;

	assert_int_equal(1, bench_commands());
	assert_int_equal(BT_HCI_OP_LE_READ_REMOTE_FEATURES, bench_command(0)->opcode);
	features(0, ALL);
	assert_int_equal(4, bench_commands());
	assert_int_equal(BT_HCI_OP_LE_SET_DATA_LEN, bench_command(2)->opcode);
	assert_int_equal(251, sys_get_le16(bench_command(2)->params + 2));
	assert_int_equal(BT_HCI_OP_LE_SET_PHY, bench_command(1)->opcode);
	assert_int_equal(BT_HCI_LE_PHY_PREFER_2M, bench_command(1)->params[3]);
	assert_int_equal(BT_HCI_OP_READ_REMOTE_VERSION_INFO, bench_command(0)->opcode);
	assert_int_equal(-EBUSY, bt_conn_get_remote_info(conn, &info));
	assert_int_equal(0, heard.remote_info);
	version(0);
	assert_int_equal(1, heard.remote_info);
	assert_int_equal(0, bt_conn_get_remote_info(conn, &info));
	assert_int_equal(BT_CONN_TYPE_LE, info.type);
	assert_int_equal(0x0d, info.version);
	assert_int_equal(0x05f1, info.manufacturer);
	assert_int_equal(0x1234, info.subversion);
	assert_int_equal(0xff, info.le.features[7]);
	assert_int_equal(-EINVAL, bt_conn_get_remote_info(conn, NULL));
	version(0);
	assert_int_equal(1, heard.remote_info);
}

/* The event comes before its Command Status: the step that it begins is not over with that. */
static void test_an_answer_before_its_status_skips_no_step(void **state)
{
	struct bt_hci_evt_le_remote_feat_complete evt = {.handle = sys_cpu_to_le16(HANDLE)};

	memset(evt.features, 0xff, sizeof(evt.features));
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_le_evt(BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, &evt, sizeof(evt));
	assert_int_equal(1, bench_last_of(BT_HCI_OP_LE_SET_DATA_LEN)->unanswered);
	bench_run();
	assert_int_equal(0, bench_last_of(BT_HCI_OP_READ_REMOTE_VERSION_INFO)->unanswered);
	version(0);
	assert_int_equal(1, heard.remote_info);
}

/* The wish of the application is not overridden by what the host does by itself. */
static void test_what_the_application_has_asked_for_stands(void **state)
{
	struct bt_conn *conn = central_up();

	assert_int_equal(0, bt_conn_le_data_len_update(conn, BT_CONN_LE_DATA_LEN_PARAM(100, 1000)));
	assert_int_equal(0, bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM(1, 1)));
	features(0, ALL);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_SET_DATA_LEN));
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_SET_PHY));
	assert_int_equal(100, sys_get_le16(bench_last_of(BT_HCI_OP_LE_SET_DATA_LEN)->params + 2));
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_READ_REMOTE_VERSION_INFO));
}

/* A wish that the controller refuses is none. */
static void test_a_refused_wish_leaves_the_step(void **state)
{
	struct bt_conn *conn = central_up();

	bench_refuse(BT_HCI_OP_LE_SET_DATA_LEN, BT_HCI_ERR_UNSUPP_LL_PARAM_VAL);
	assert_int_equal(-EIO,
			 bt_conn_le_data_len_update(conn, BT_CONN_LE_DATA_LEN_PARAM(100, 1000)));
	features(0, ALL);
	assert_int_equal(2, bench_commands_of(BT_HCI_OP_LE_SET_DATA_LEN));
}

static void test_only_what_the_peer_has_is_asked_for(void **state)
{
	central_up();
	features(0, 0);
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_SET_DATA_LEN));
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_SET_PHY));
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_READ_REMOTE_VERSION_INFO));
}

static void test_a_peripheral_leaves_the_phy_to_the_central(void **state)
{
	peripheral_up();
	features(0, ALL);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_SET_DATA_LEN));
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_SET_PHY));
}

static void test_a_controller_that_can_nothing_is_asked_nothing(void **state)
{
	bench_disable(fav_host_current());
	bench_config.le_features = 0;
	assert_int_equal(0, bench_enable(fav_host_current()));
	peripheral_up();
	assert_int_equal(1, bench_commands());
	assert_int_equal(BT_HCI_OP_READ_REMOTE_VERSION_INFO, bench_command(0)->opcode);
}

static void test_steps_that_fail_do_not_stop_the_others(void **state)
{
	bench_refuse(BT_HCI_OP_LE_READ_REMOTE_FEATURES, BT_HCI_ERR_CMD_DISALLOWED);
	bench_silence(BT_HCI_OP_LE_SET_DATA_LEN);
	bench_refuse(BT_HCI_OP_LE_SET_PHY, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	bench_refuse(BT_HCI_OP_READ_REMOTE_VERSION_INFO, BT_HCI_ERR_UNKNOWN_CMD);
	central_up();
	assert_int_equal(4, bench_commands());
	assert_int_equal(1, heard.remote_info);
}

static void test_features_that_cannot_be_read_do_not_stop_the_rest(void **state)
{
	central_up();
	features(BT_HCI_ERR_LL_RESP_TIMEOUT, ALL);
	version(BT_HCI_ERR_LL_RESP_TIMEOUT);
	assert_int_equal(1, heard.remote_info);
	assert_int_equal(0, heard.info.version);
	assert_int_equal(0, heard.features[0]);
}

static void test_without_command_buffers_the_steps_wait(void **state)
{
	bench_cmd_buffers(0);
	peripheral_up();
	bench_pass_ms(1000);
	assert_int_equal(0, bench_commands());
	bench_cmd_buffers(4);
	bench_pass_ms(10);
	assert_int_equal(1, bench_commands());
	assert_int_equal(BT_HCI_OP_LE_READ_REMOTE_FEATURES, bench_command(0)->opcode);
}

static void test_a_link_may_go_between_two_steps(void **state)
{
	struct bt_conn *conn = central_up();

	bench_disconnected(HANDLE, 0x13);
	features(0, ALL);
	assert_int_equal(1, bench_commands());
	bench_run();
	assert_null(bt_conn_ref(conn));
	assert_int_equal(1, heard.recycled);
}

static void test_a_place_is_not_reused_while_a_step_of_its_old_link_runs(void **state)
{
	bench_connect(0, HANDLE, 1, bench_addr(1));
	bench_disconnected(HANDLE, 0x13);
	bench_connect(0, HANDLE + 1, 1, bench_addr(2));
	assert_int_equal(1, bt_conn_index(conn__by_handle(fav_host_current(), HANDLE + 1)));
	bench_run();
	assert_int_equal(1, heard.recycled);
}

/* ---- Data length and PHY ---- */

static void test_data_length_changes_are_told(void **state)
{
	struct bt_conn *conn = peripheral_up();
	const struct bt_hci_evt_le_data_len_change evt = {
		.handle = sys_cpu_to_le16(HANDLE),
		.max_tx_octets = sys_cpu_to_le16(251),
		.max_tx_time = sys_cpu_to_le16(2120),
		.max_rx_octets = sys_cpu_to_le16(100),
		.max_rx_time = sys_cpu_to_le16(1000),
	};
	struct bt_conn_info info;

	bench_le_evt(BT_HCI_EVT_LE_DATA_LEN_CHANGE, &evt, sizeof(evt));
	assert_int_equal(1, heard.data_len_updated);
	assert_int_equal(0, bt_conn_get_info(conn, &info));
	assert_int_equal(251, info.le.data_len->tx_max_len);
	assert_int_equal(2120, info.le.data_len->tx_max_time);
	assert_int_equal(100, info.le.data_len->rx_max_len);
	assert_int_equal(1000, info.le.data_len->rx_max_time);
}

static void test_data_length_update_good_bad_refused(void **state)
{
	struct bt_conn *conn = peripheral_up();

	assert_int_equal(0, bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX));
	assert_int_equal(17040, sys_get_le16(bench_last_of(BT_HCI_OP_LE_SET_DATA_LEN)->params + 4));
	assert_int_equal(-EINVAL, bt_conn_le_data_len_update(NULL, BT_LE_DATA_LEN_PARAM_MAX));
	assert_int_equal(-EINVAL, bt_conn_le_data_len_update(conn, NULL));
	assert_int_equal(-EINVAL,
			 bt_conn_le_data_len_update(conn, BT_CONN_LE_DATA_LEN_PARAM(26, 328)));
	assert_int_equal(-EINVAL,
			 bt_conn_le_data_len_update(conn, BT_CONN_LE_DATA_LEN_PARAM(27, 17041)));
	bench_refuse(BT_HCI_OP_LE_SET_DATA_LEN, BT_HCI_ERR_UNSUPP_LL_PARAM_VAL);
	assert_int_equal(-EIO, bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX));
	bench_silence(BT_HCI_OP_LE_SET_DATA_LEN);
	assert_int_equal(-ETIMEDOUT, bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX));
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(-ENOTCONN, bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX));
}

static void phy_event(uint8_t status, uint8_t tx, uint8_t rx)
{
	const struct bt_hci_evt_le_phy_update_complete evt = {
		.status = status,
		.handle = sys_cpu_to_le16(HANDLE),
		.tx_phy = tx,
		.rx_phy = rx,
	};

	bench_le_evt(BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, &evt, sizeof(evt));
}

static void test_phy_changes_are_told(void **state)
{
	struct bt_conn *conn = peripheral_up();
	struct bt_conn_info info;

	phy_event(0, BT_HCI_LE_PHY_CODED, BT_HCI_LE_PHY_2M);
	assert_int_equal(1, heard.phy_updated);
	assert_int_equal(0, bt_conn_get_info(conn, &info));
	assert_int_equal(BT_GAP_LE_PHY_CODED, info.le.phy->tx_phy);
	assert_int_equal(BT_GAP_LE_PHY_2M, info.le.phy->rx_phy);
	phy_event(BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, 1, 1);
	phy_event(0, 0, 1);
	phy_event(0, 1, 4);
	assert_int_equal(1, heard.phy_updated);
	assert_int_equal(BT_GAP_LE_PHY_CODED, info.le.phy->tx_phy);
	assert_int_equal(2, host__stats(fav_host_current())->evt_dropped);
}

static void test_phy_update_good_bad_refused(void **state)
{
	struct bt_conn *conn = peripheral_up();
	struct bt_conn_le_phy_param param = {
		.options = BT_CONN_LE_PHY_OPT_CODED_S2,
		.pref_rx_phy = BT_GAP_LE_PHY_CODED,
	};
	const uint8_t *params;

	assert_int_equal(0, bt_conn_le_phy_update(conn, &param));
	params = bench_last_of(BT_HCI_OP_LE_SET_PHY)->params;
	assert_int_equal(BT_HCI_LE_PHY_TX_ANY, params[2]);
	assert_int_equal(0, params[3]);
	assert_int_equal(BT_HCI_LE_PHY_PREFER_CODED, params[4]);
	assert_int_equal(BT_HCI_LE_PHY_CODED_S2, sys_get_le16(params + 5));
	assert_int_equal(-EINVAL, bt_conn_le_phy_update(NULL, &param));
	assert_int_equal(-EINVAL, bt_conn_le_phy_update(conn, NULL));
	assert_int_equal(-EINVAL, bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM(8, 1)));
	bench_refuse(BT_HCI_OP_LE_SET_PHY, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(-EIO, bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM_2M));
	bench_disconnected(HANDLE, 0x13);
	assert_int_equal(-ENOTCONN, bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM_2M));
}

static void test_a_controller_without_the_features_is_not_asked(void **state)
{
	struct bt_conn *conn;

	bench_disable(fav_host_current());
	bench_config.le_features = 0;
	assert_int_equal(0, bench_enable(fav_host_current()));
	conn = peripheral_up();
	assert_int_equal(-ENOTSUP, bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX));
	assert_int_equal(-ENOTSUP, bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM_2M));
}

/* ---- Of no link ---- */

static void test_events_of_unknown_links_are_counted(void **state)
{
	const uint8_t evt[32] = {0, 0x99, 0x09};
	static const uint8_t le_codes[] = {
		BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE,
		BT_HCI_EVT_LE_CONN_PARAM_REQ,       BT_HCI_EVT_LE_DATA_LEN_CHANGE,
		BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(le_codes); i++) {
		bench_le_evt(le_codes[i], evt, sizeof(evt));
	}
	bench_evt(BT_HCI_EVT_REMOTE_VERSION_INFO, evt, sizeof(evt));
	bench_evt(BT_HCI_EVT_DISCONN_COMPLETE, evt, sizeof(evt));
	assert_int_equal(ARRAY_SIZE(le_codes) + 2, host__stats(fav_host_current())->evt_dropped);
	assert_int_equal(0, bench_commands());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_central_prepares_its_link_step_by_step),
		TEST(test_an_answer_before_its_status_skips_no_step),
		TEST(test_what_the_application_has_asked_for_stands),
		TEST(test_a_refused_wish_leaves_the_step),
		TEST(test_only_what_the_peer_has_is_asked_for),
		TEST(test_a_peripheral_leaves_the_phy_to_the_central),
		TEST(test_a_controller_that_can_nothing_is_asked_nothing),
		TEST(test_steps_that_fail_do_not_stop_the_others),
		TEST(test_features_that_cannot_be_read_do_not_stop_the_rest),
		TEST(test_without_command_buffers_the_steps_wait),
		TEST(test_a_link_may_go_between_two_steps),
		TEST(test_a_place_is_not_reused_while_a_step_of_its_old_link_runs),
		TEST(test_data_length_changes_are_told),
		TEST(test_data_length_update_good_bad_refused),
		TEST(test_phy_changes_are_told),
		TEST(test_phy_update_good_bad_refused),
		TEST(test_a_controller_without_the_features_is_not_asked),
		TEST(test_events_of_unknown_links_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
