/* SPDX-License-Identifier: Apache-2.0 */

/* Connection parameters: asked for and being asked, by the link layer and by L2CAP. */

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

#define HANDLE    0x10
#define SETTLE_MS CONFIG_BT_CONN_PARAM_UPDATE_TIMEOUT

static const struct bt_le_conn_param fast = BT_LE_CONN_PARAM_INIT(6, 9, 1, 100);

static int setup(void **state)
{
	bench_start(true);
	heard_start();
	return 0;
}

/* Both controllers have the Connection Parameters Request. */
static int setup_ll(void **state)
{
	bench_start(false);
	bench_config.le_features =
		BIT(BT_LE_FEAT_BIT_CONN_PARAM_REQ) | BIT(BT_LE_FEAT_BIT_PER_INIT_FEAT_XCHG);
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

static struct bt_conn *link_up(uint8_t role)
{
	struct bt_conn *conn = NULL;

	if (role == BT_CONN_ROLE_CENTRAL) {
		assert_int_equal(0, bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN,
						      BT_LE_CONN_PARAM_DEFAULT, &conn));
		bt_conn_unref(conn);
	}
	bench_connect(0, HANDLE, role, bench_addr(1));
	bench_run();
	return conn__by_handle(fav_host_current(), HANDLE);
}

static void peer_features(void)
{
	const struct bt_hci_evt_le_remote_feat_complete evt = {
		.handle = sys_cpu_to_le16(HANDLE),
		.features = {0xff},
	};

	bench_le_evt(BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, &evt, sizeof(evt));
	bench_run();
}

static void updated(uint8_t status)
{
	const struct bt_hci_evt_le_conn_update_complete evt = {
		.status = status,
		.handle = sys_cpu_to_le16(HANDLE),
		.interval = sys_cpu_to_le16(8),
		.latency = sys_cpu_to_le16(1),
		.supv_timeout = sys_cpu_to_le16(100),
	};

	bench_le_evt(BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, &evt, sizeof(evt));
}

/* ---- What is valid ---- */

static void test_ranges(void **state)
{
	static const struct {
		struct bt_le_conn_param param;
		bool valid;
	} cases[] = {
		{BT_LE_CONN_PARAM_INIT(6, 6, 0, 10), true},
		{BT_LE_CONN_PARAM_INIT(3200, 3200, 0, 3200), true},
		{BT_LE_CONN_PARAM_INIT(5, 6, 0, 10), false},
		{BT_LE_CONN_PARAM_INIT(7, 6, 0, 10), false},
		{BT_LE_CONN_PARAM_INIT(6, 3201, 0, 3200), false},
		{BT_LE_CONN_PARAM_INIT(6, 6, 499, 3200), true},
		{BT_LE_CONN_PARAM_INIT(6, 6, 500, 3200), false},
		{BT_LE_CONN_PARAM_INIT(6, 6, 0, 9), false},
		{BT_LE_CONN_PARAM_INIT(6, 6, 0, 3201), false},
		/* The timeout must be longer than (1 + latency) * interval * 2. */
		{BT_LE_CONN_PARAM_INIT(40, 40, 0, 10), false},
		{BT_LE_CONN_PARAM_INIT(39, 39, 0, 10), true},
		{BT_LE_CONN_PARAM_INIT(20, 20, 1, 10), false},
		{BT_LE_CONN_PARAM_INIT(3200, 3200, 499, 3200), false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(cases[i].valid, conn__param_valid(&cases[i].param));
	}
}

/* ---- Asking ---- */

static void test_a_central_updates_at_once(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_CENTRAL);
	const uint8_t *params;
	struct bt_conn_info info;

	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	params = bench_last_of(BT_HCI_OP_LE_CONN_UPDATE)->params;
	assert_int_equal(HANDLE, sys_get_le16(params));
	assert_int_equal(6, sys_get_le16(params + 2));
	assert_int_equal(9, sys_get_le16(params + 4));
	assert_int_equal(1, sys_get_le16(params + 6));
	assert_int_equal(100, sys_get_le16(params + 8));
	updated(0);
	assert_int_equal(1, heard.param_updated);
	assert_int_equal(8, heard.interval);
	assert_int_equal(1, heard.latency);
	assert_int_equal(100, heard.timeout);
	assert_int_equal(0, bt_conn_get_info(conn, &info));
	assert_int_equal(8, info.le.interval);
	assert_int_equal(-EALREADY, bt_conn_le_param_update(conn, &fast));
}

static void test_bad_arguments_and_refusals(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_CENTRAL);

	assert_int_equal(-EINVAL, bt_conn_le_param_update(NULL, &fast));
	assert_int_equal(-EINVAL, bt_conn_le_param_update(conn, NULL));
	assert_int_equal(-EINVAL, bt_conn_le_param_update(conn, BT_LE_CONN_PARAM(6, 5, 0, 10)));
	bench_refuse(BT_HCI_OP_LE_CONN_UPDATE, BT_HCI_ERR_CONTROLLER_BUSY);
	assert_int_equal(-EIO, bt_conn_le_param_update(conn, &fast));
	bench_silence(BT_HCI_OP_LE_CONN_UPDATE);
	assert_int_equal(-ETIMEDOUT, bt_conn_le_param_update(conn, &fast));
	updated(BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(0, heard.param_updated);
	assert_int_equal(0, bench_packets());
	assert_int_equal(0, bt_conn_disconnect(conn, 0x13));
	assert_int_equal(-ENOTCONN, bt_conn_le_param_update(conn, &fast));
}

static void test_a_peripheral_waits_for_the_link_to_settle(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_PERIPHERAL);

	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	bench_pass_ms(SETTLE_MS - 1);
	assert_int_equal(0, bench_packets());
	bench_pass_ms(1);
	assert_int_equal(1, bench_packets());
	/* L2CAP header, then the request. */
	assert_memory_equal("\x0c\x00\x05\x00\x12\x01\x08\x00\x06\x00\x09\x00\x01\x00\x64\x00",
			    bench_packet(0)->payload, 16);
	assert_int_equal(-EBUSY, bt_conn_le_param_update(conn, &fast));
	assert_int_equal(0, bench_commands_of(BT_HCI_OP_LE_CONN_UPDATE));
}

static void test_a_peripheral_asks_for_its_preference_by_itself(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_PERIPHERAL);
	struct bt_conn_info info;

	bench_pass_ms(SETTLE_MS);
	assert_int_equal(1, bench_packets());
	assert_int_equal(CONFIG_BT_PERIPHERAL_PREF_TIMEOUT,
			 sys_get_le16(bench_packet(0)->payload + 14));
	assert_int_equal(0, bt_conn_get_info(conn, &info));
	assert_int_equal(400, info.le.timeout);
}

static void test_a_peripheral_uses_the_link_layer_where_it_can(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_PERIPHERAL);

	peer_features();
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	bench_pass_ms(SETTLE_MS);
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CONN_UPDATE));
	assert_int_equal(0, bench_packets());
	/* The peer's host cannot: then by L2CAP, also the next time. */
	updated(BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(1, bench_packets());
	assert_int_equal(-EBUSY, bt_conn_le_param_update(conn, &fast));
	bench_acl_in(HANDLE, BT_ACL_START, "\x06\x00\x05\x00\x13\x01\x02\x00\x01\x00", 10);
	updated(BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(1, bench_packets());
	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	assert_int_equal(2, bench_packets());
	assert_int_equal(1, bench_commands_of(BT_HCI_OP_LE_CONN_UPDATE));
}

static void test_the_wish_goes_with_the_link(void **state)
{
	struct bt_conn *conn = link_up(BT_CONN_ROLE_PERIPHERAL);

	assert_int_equal(0, bt_conn_le_param_update(conn, &fast));
	bench_disconnected(HANDLE, 0x13);
	bench_pass_ms(SETTLE_MS);
	assert_int_equal(0, bench_packets());
}

/* ---- Being asked ---- */

static void request(uint16_t interval_min, uint16_t interval_max)
{
	const struct bt_hci_evt_le_conn_param_req evt = {
		.handle = sys_cpu_to_le16(HANDLE),
		.interval_min = sys_cpu_to_le16(interval_min),
		.interval_max = sys_cpu_to_le16(interval_max),
		.latency = sys_cpu_to_le16(2),
		.timeout = sys_cpu_to_le16(200),
	};

	bench_le_evt(BT_HCI_EVT_LE_CONN_PARAM_REQ, &evt, sizeof(evt));
	bench_run();
}

static void test_a_valid_request_is_accepted(void **state)
{
	const uint8_t *params;

	link_up(BT_CONN_ROLE_CENTRAL);
	request(10, 20);
	assert_int_equal(1, heard.param_req);
	assert_int_equal(10, heard.param.interval_min);
	params = bench_last_of(BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY)->params;
	assert_int_equal(10, sys_get_le16(params + 2));
	assert_int_equal(20, sys_get_le16(params + 4));
	assert_int_equal(2, sys_get_le16(params + 6));
	assert_int_equal(200, sys_get_le16(params + 8));
}

static bool decline(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	return false;
}

static bool narrow(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	param->interval_max = param->interval_min;
	return true;
}

static bool spoil(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	param->timeout = 1;
	return true;
}

static bool vanish(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	bench_disconnected(HANDLE, 0x13);
	return true;
}

static void test_the_application_decides(void **state)
{
	link_up(BT_CONN_ROLE_CENTRAL);
	heard.on_param_req = decline;
	request(10, 20);
	assert_int_equal(BT_HCI_ERR_UNACCEPT_CONN_PARAM,
			 bench_last_of(BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY)->params[2]);
	heard.on_param_req = narrow;
	request(10, 20);
	assert_int_equal(
		10, sys_get_le16(bench_last_of(BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY)->params + 4));
	heard.on_param_req = spoil;
	request(10, 20);
	assert_int_equal(2, bench_commands_of(BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY));
}

static void test_an_invalid_request_is_declined_without_asking(void **state)
{
	link_up(BT_CONN_ROLE_CENTRAL);
	request(20, 10);
	request(0, 0xffff);
	assert_int_equal(0, heard.param_req);
	assert_int_equal(2, bench_commands_of(BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY));
}

static void test_a_link_that_goes_in_the_callback_gets_no_answer(void **state)
{
	link_up(BT_CONN_ROLE_CENTRAL);
	bench_commands_forget();
	heard.on_param_req = vanish;
	request(10, 20);
	assert_int_equal(0, bench_commands());
}

static void test_an_answer_without_command_buffer_is_not_sent(void **state)
{
	link_up(BT_CONN_ROLE_CENTRAL);
	bench_commands_forget();
	bench_cmd_buffers(0);
	request(10, 20);
	heard.on_param_req = decline;
	request(10, 20);
	assert_int_equal(0, bench_commands());
}

int main(void)
{
#define TEST(name)    cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_LL(name) cmocka_unit_test_setup_teardown(name, setup_ll, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ranges),
		TEST(test_a_central_updates_at_once),
		TEST(test_bad_arguments_and_refusals),
		TEST(test_a_peripheral_waits_for_the_link_to_settle),
		TEST(test_a_peripheral_asks_for_its_preference_by_itself),
		TEST_LL(test_a_peripheral_uses_the_link_layer_where_it_can),
		TEST(test_the_wish_goes_with_the_link),
		TEST(test_a_valid_request_is_accepted),
		TEST(test_the_application_decides),
		TEST(test_an_invalid_request_is_declined_without_asking),
		TEST(test_a_link_that_goes_in_the_callback_gets_no_answer),
		TEST(test_an_answer_without_command_buffer_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
