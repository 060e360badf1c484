/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <errno.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>

#include "sim/server.h"

/* Longer than any timeout that a lost answer leads to: an HCI command's 10 s, an ATT
 * transaction's 30 s, supervision's 4 s, one after the other. */
#define LIMIT_MS 50000

/* Callbacks carry no context; a run is one at a time. */
static struct {
	struct scenario_result result;
	struct bt_host **host;
	struct bt_conn *conn[2];
	volatile bool connected, failed, disconnected, ended, notified;
	uint8_t att_err;
	uint16_t value_handle, ccc_handle;
} run;

static size_t current(void)
{
	return fav_host_current() == run.host[1];
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	size_t i = current();

	if (err) {
		run.failed = true;
		return;
	}
	run.result.connects[i]++;
	run.conn[i] = bt_conn_ref(conn);
	run.connected = run.conn[0] && run.conn[1];
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	size_t i = current();

	run.result.disconnects[i]++;
	if (run.conn[i] == conn) {
		bt_conn_unref(conn);
		run.conn[i] = NULL;
	}
	run.disconnected = true;
}

static bool wait_for(const volatile bool *flag)
{
	int64_t end_ms = k_uptime_get() + LIMIT_MS;

	while (!*flag && k_uptime_get() < end_ms) {
		if (fav_wait(K_MSEC(end_ms - k_uptime_get())) == -EDEADLK) {
			break;
		}
	}
	return *flag;
}

/* A procedure began when its call returned 0; then it must end, link or no link. */
static int await_end(int err)
{
	if (err) {
		return err;
	}
	run.result.expected_ends++;
	if (!wait_for(&run.ended)) {
		return -ETIMEDOUT;
	}
	run.ended = false;
	return run.att_err ? -EIO : 0;
}

static void end(uint8_t err)
{
	run.att_err = err;
	run.result.ends++;
	run.ended = true;
}

static int enable(void)
{
	for (size_t i = 0; i < 2; i++) {
		(void)fav_host_select(run.host[i]);

		int err = bt_enable(NULL);

		if (err) {
			return err;
		}
	}
	return 0;
}

static int register_service(void)
{
	(void)fav_host_select(run.host[1]);
	server_reset();
	return bt_gatt_service_register(&server.service);
}

static int advertise(void)
{
	(void)fav_host_select(run.host[1]);
	return bt_le_adv_start(
		BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY, 32, 48, NULL),
		NULL, 0, NULL, 0);
}

static int connect(void)
{
	bt_addr_le_t peer;
	size_t ids = 1;
	struct bt_conn *conn = NULL;
	int err;

	(void)fav_host_select(run.host[1]);
	bt_id_get(&peer, &ids);
	(void)fav_host_select(run.host[0]);
	err = bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM(24, 24, 0, 400),
				&conn);
	if (err) {
		return err;
	}
	bt_conn_unref(conn);
	while (!run.connected && !run.failed && !run.disconnected) {
		int64_t before_ms = k_uptime_get();

		(void)fav_wait(K_MSEC(LIMIT_MS));
		if (k_uptime_get() - before_ms >= LIMIT_MS) {
			return -ETIMEDOUT;
		}
	}
	return run.connected ? 0 : -ECONNREFUSED;
}

static uint8_t on_attribute(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			    struct bt_gatt_discover_params *params)
{
	if (!attr) {
		end(params->err);
		return BT_GATT_ITER_STOP;
	}
	if (bt_uuid_cmp(attr->uuid, server.attrs[SERVER_VALUE].uuid) == 0) {
		run.value_handle = attr->handle;
	}
	if (bt_uuid_cmp(attr->uuid, BT_UUID_GATT_CCC) == 0) {
		/* The last one: our service is registered after the mandatory ones. */
		run.ccc_handle = attr->handle;
	}
	return BT_GATT_ITER_CONTINUE;
}

static int discover(void)
{
	static struct bt_gatt_discover_params params;
	int err;

	params = (struct bt_gatt_discover_params){
		.func = on_attribute,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = BT_GATT_DISCOVER_ATTRIBUTE,
	};
	err = await_end(bt_gatt_discover(run.conn[0], &params));
	if (err) {
		return err;
	}
	return run.value_handle && run.ccc_handle ? 0 : -ENOENT;
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	end(err);
}

static int write_value(void)
{
	static struct bt_gatt_write_params params;
	static const uint8_t data[60] = {1, 2, 3};

	params = (struct bt_gatt_write_params){
		.func = on_written,
		.handle = run.value_handle,
		.data = data,
		.length = sizeof(data), /* longer than the MTU takes: prepared */
	};
	return await_end(bt_gatt_write(run.conn[0], &params));
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t length)
{
	run.notified = run.notified || data;
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	end(err);
}

static int subscribe(void)
{
	static struct bt_gatt_subscribe_params params;

	params = (struct bt_gatt_subscribe_params){
		.notify = on_value,
		.subscribe = on_subscribed,
		.value_handle = run.ccc_handle - 1,
		.ccc_handle = run.ccc_handle,
		.value = BT_GATT_CCC_NOTIFY,
	};
	return await_end(bt_gatt_subscribe(run.conn[0], &params));
}

static int notify(void)
{
	int err = bt_gatt_notify(run.conn[1], &server.attrs[SERVER_STREAM], "n", 1);

	if (err) {
		return err;
	}
	return wait_for(&run.notified) ? 0 : -ETIMEDOUT;
}

static int disconnect(void)
{
	int err = bt_conn_disconnect(run.conn[0], BT_HCI_ERR_REMOTE_USER_TERM_CONN);

	if (err) {
		return err;
	}
	for (size_t i = 0; i < 2; i++) {
		while (run.conn[i]) {
			run.disconnected = false;
			if (!wait_for(&run.disconnected)) {
				return -ETIMEDOUT;
			}
		}
	}
	return 0;
}

static const struct {
	const char *name;
	int (*go)(void);
} steps[] = {
	[STEP_ENABLE] = {"enable", enable},
	[STEP_REGISTER] = {"register", register_service},
	[STEP_ADVERTISE] = {"advertise", advertise},
	[STEP_CONNECT] = {"connect", connect},
	[STEP_DISCOVER] = {"discover", discover},
	[STEP_WRITE] = {"write", write_value},
	[STEP_SUBSCRIBE] = {"subscribe", subscribe},
	[STEP_NOTIFY] = {"notify", notify},
	[STEP_DISCONNECT] = {"disconnect", disconnect},
	[STEP_DONE] = {"done", NULL},
};

const char *scenario_step_name(enum scenario_step step)
{
	return steps[step].name;
}

static void clean_up(void)
{
	for (size_t i = 0; i < 2; i++) {
		(void)fav_host_select(run.host[i]);
		if (bt_is_ready()) {
			(void)bt_disable();
		}
	}
	(void)fav_host_select(run.host[1]);
	if (bt_gatt_service_is_registered(&server.service)) {
		(void)bt_gatt_service_unregister(&server.service);
	}
	for (size_t i = 0; i < 2; i++) {
		if (run.conn[i]) {
			bt_conn_unref(run.conn[i]);
			run.conn[i] = NULL;
		}
	}
}

struct scenario_result scenario_run(struct bt_host *host[2])
{
	static struct bt_conn_cb callbacks[2];
	enum scenario_step step;

	memset(&run, 0, sizeof(run));
	run.host = host;
	for (size_t i = 0; i < 2; i++) {
		callbacks[i] = (struct bt_conn_cb){.connected = on_connected,
						   .disconnected = on_disconnected};
		(void)fav_host_select(host[i]);
		(void)bt_conn_cb_register(&callbacks[i]);
	}
	for (step = STEP_ENABLE; step < STEP_DONE; step++) {
		/* A link that goes while nothing waits for it fails the next step that needs it. */
		if (step > STEP_CONNECT && (!run.conn[0] || !run.conn[1])) {
			run.result.err = -ENOTCONN;
			break;
		}
		run.result.err = steps[step].go();
		if (run.result.err) {
			break;
		}
	}
	run.result.failed_at = step;
	clean_up();
	for (size_t i = 0; i < 2; i++) {
		(void)fav_host_select(host[i]);
		(void)bt_conn_cb_unregister(&callbacks[i]);
	}
	return run.result;
}
