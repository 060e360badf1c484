/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>

#include "conn_table.h"

LOG_MODULE_DECLARE(bt_conn);

void conn__adv_timed_out(struct bt_host *host, uint8_t id, const bt_addr_le_t *local,
			 const bt_addr_le_t *peer)
{
	struct bt_conn *conn = conn__new(host__conns(host), BT_CONN_STATE_DISCONNECTED);

	if (conn == NULL) {
		LOG_WRN("directed advertising has ended, and no connection is free to say so");
		return;
	}
	conn->role = BT_CONN_ROLE_PERIPHERAL;
	conn->id = id;
	bt_addr_le_copy(&conn->local, local);
	bt_addr_le_copy(&conn->dst, peer);
	conn_cb__connected(conn, BT_HCI_ERR_ADV_TIMEOUT);
	conn__unlist(conn);
}
