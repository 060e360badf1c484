/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

struct peer peers[SIM_DEVICES];
static struct sim *sim_of_callbacks;

static void match(struct bt_conn *conn, void *data)
{
	void **wanted = data;

	if (conn == wanted[0]) {
		wanted[1] = conn;
	}
}

static bool is_found(struct bt_conn *conn)
{
	void *wanted[2] = {conn, NULL};
	struct bt_conn *by_addr = bt_conn_lookup_addr_le(BT_ID_DEFAULT, bt_conn_get_dst(conn));
	struct bt_conn *by_index = bt_conn_lookup_index(bt_conn_index(conn));
	bool found = by_addr == conn && by_index == conn;

	if (by_addr) {
		bt_conn_unref(by_addr);
	}
	if (by_index) {
		bt_conn_unref(by_index);
	}
	bt_conn_foreach(BT_CONN_TYPE_LE, match, wanted);
	return found && wanted[1] == conn;
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	struct peer *peer = &peers[sim_current(sim_of_callbacks)];

	if (err) {
		peer->error = err;
		peer->failures++;
		return;
	}
	peer->found = is_found(conn) && bt_hci_get_conn_handle(conn, &peer->handle) == 0;
	if (peer->conn) {
		bt_conn_unref(peer->conn);
	}
	peer->conn = bt_conn_ref(conn);
	peer->connects++;
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	struct peer *peer = &peers[sim_current(sim_of_callbacks)];

	peer->reason = reason;
	peer->disconnects++;
	if (peer->conn == conn) {
		bt_conn_unref(conn);
		peer->conn = NULL;
	}
}

static void on_param_updated(struct bt_conn *conn, uint16_t interval, uint16_t latency,
			     uint16_t timeout)
{
	peers[sim_current(sim_of_callbacks)].param_updates++;
}

static void on_tx_ready(struct bt_conn *conn)
{
	peers[sim_current(sim_of_callbacks)].tx_readys++;
}

static struct bt_conn_cb callbacks[SIM_DEVICES];

void peers_remember(struct sim *sim, size_t i)
{
	callbacks[i] = (struct bt_conn_cb){
		.connected = on_connected,
		.disconnected = on_disconnected,
		.le_param_updated = on_param_updated,
		.tx_ready = on_tx_ready,
	};
	sim_on(sim, i);
	assert_int_equal(bt_conn_cb_register(&callbacks[i]), 0);
}

void peers_forget(struct sim *sim, size_t i)
{
	if (peers[i].conn) {
		bt_conn_unref(peers[i].conn);
		peers[i].conn = NULL;
	}
	sim_on(sim, i);
	assert_int_equal(bt_conn_cb_unregister(&callbacks[i]), 0);
}

void peers_begin(struct sim *sim)
{
	memset(peers, 0, sizeof(peers));
	sim_of_callbacks = sim;
	for (size_t i = 0; i < sim->count; i++) {
		peers_remember(sim, i);
	}
}

void peers_end(struct sim *sim)
{
	for (size_t i = 0; i < sim->count; i++) {
		peers_forget(sim, i);
	}
}

void peers_advertise(struct sim *sim, size_t i)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
	};
	struct bt_le_adv_param param =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY, 32, 48, NULL);

	sim_on(sim, i);
	assert_int_equal(bt_le_adv_start(&param, ad, ARRAY_SIZE(ad), NULL, 0), 0);
}

/* false: another advertiser was on the air with the CONNECT_IND, and the peripheral has not heard
 * it. */
static bool try_connect_at(struct sim *sim, size_t central, size_t peripheral, uint16_t interval)
{
	uint32_t here = peers[central].connects, ended = peers[central].disconnects;
	uint32_t there = peers[peripheral].connects;
	struct bt_conn *conn = NULL;

	sim_on(sim, central);
	assert_int_equal(bt_conn_le_create(&sim->dev[peripheral].addr, BT_CONN_LE_CREATE_CONN,
					   BT_LE_CONN_PARAM(interval, interval, 0, 400), &conn),
			 0);
	bt_conn_unref(conn);
	assert_true(sim_until_count(&peers[central].connects, here + 1, 5000));
	if (sim_until_count(&peers[peripheral].connects, there + 1, 5000)) {
		return true;
	}
	assert_int_equal(peers[central].disconnects, ended + 1);
	assert_int_equal(peers[central].reason, BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	return false;
}

static void connect_at(struct sim *sim, size_t central, size_t peripheral, uint16_t interval)
{
	if (!try_connect_at(sim, central, peripheral, interval)) {
		assert_true(try_connect_at(sim, central, peripheral, interval));
	}
}

void peers_connect(struct sim *sim, size_t central, size_t peripheral)
{
	connect_at(sim, central, peripheral, 24);
}

void peers_link(struct sim *sim, size_t central, size_t peripheral, uint16_t interval_1250us)
{
	peers_advertise(sim, peripheral);
	connect_at(sim, central, peripheral, interval_1250us);
}

void peers_unlink(struct sim *sim, size_t i, size_t other)
{
	uint32_t here = peers[i].disconnects;
	uint32_t there = peers[other].disconnects;

	sim_on(sim, i);
	assert_non_null(peers[i].conn);
	assert_int_equal(bt_conn_disconnect(peers[i].conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN), 0);
	assert_true(sim_until_count(&peers[i].disconnects, here + 1, 10000));
	assert_true(sim_until_count(&peers[other].disconnects, there + 1, 10000));
}
