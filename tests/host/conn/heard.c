/* SPDX-License-Identifier: Apache-2.0 */

#include "heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct heard heard;

static void connected(struct bt_conn *conn, uint8_t err)
{
	heard.connected++;
	heard.err = err;
	heard.conn = conn;
	if (heard.on_connected != NULL) {
		heard.on_connected(conn, err);
	}
}

static void disconnected(struct bt_conn *conn, uint8_t reason)
{
	heard.disconnected++;
	heard.reason = reason;
	heard.conn = conn;
	if (heard.on_disconnected != NULL) {
		heard.on_disconnected(conn, reason);
	}
}

static void recycled(void)
{
	heard.recycled++;
	if (heard.on_recycled != NULL) {
		heard.on_recycled();
	}
}

static bool le_param_req(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	heard.param_req++;
	heard.param = *param;
	heard.conn = conn;
	return heard.on_param_req == NULL || heard.on_param_req(conn, param);
}

static void le_param_updated(struct bt_conn *conn, uint16_t interval, uint16_t latency,
			     uint16_t timeout)
{
	heard.param_updated++;
	heard.interval = interval;
	heard.latency = latency;
	heard.timeout = timeout;
}

static void remote_info_available(struct bt_conn *conn, struct bt_conn_remote_info *info)
{
	heard.remote_info++;
	heard.info = *info;
	memcpy(heard.features, info->le.features, sizeof(heard.features));
}

static void le_phy_updated(struct bt_conn *conn, struct bt_conn_le_phy_info *param)
{
	heard.phy_updated++;
}

static void le_data_len_updated(struct bt_conn *conn, struct bt_conn_le_data_len_info *info)
{
	heard.data_len_updated++;
}

static void tx_ready(struct bt_conn *conn)
{
	heard.tx_ready++;
	heard.conn = conn;
	if (heard.on_tx_ready != NULL) {
		heard.on_tx_ready(conn);
	}
}

struct bt_conn_cb heard_cb = {
	.connected = connected,
	.disconnected = disconnected,
	.recycled = recycled,
	.le_param_req = le_param_req,
	.le_param_updated = le_param_updated,
	.remote_info_available = remote_info_available,
	.le_phy_updated = le_phy_updated,
	.le_data_len_updated = le_data_len_updated,
	.tx_ready = tx_ready,
};

void heard_forget(void)
{
	memset(&heard, 0, sizeof(heard));
}

void heard_start(void)
{
	heard_forget();
	assert_int_equal(0, bt_conn_cb_register(&heard_cb));
}
