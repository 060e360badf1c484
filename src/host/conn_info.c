/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What an application may ask of a connection.
 */

#include <errno.h>

#include "conn_table.h"
#include "id.h"

int bt_conn_get_info(const struct bt_conn *conn, struct bt_conn_info *info)
{
	if (conn == NULL || info == NULL) {
		return -EINVAL;
	}
	*info = (struct bt_conn_info){
		.type = BT_CONN_TYPE_LE,
		.role = conn->role,
		.id = conn->id,
		.le =
			{
				.src = id__addr(host__id(conn->conns->host), conn->id),
				.dst = &conn->dst,
				.local = &conn->local,
				.remote = &conn->remote,
				.interval = conn->interval_1250us,
				.interval_us = BT_CONN_INTERVAL_TO_US(conn->interval_1250us),
				.latency = conn->latency,
				.timeout = conn->timeout_10ms,
				.phy = &conn->phy,
				.data_len = &conn->data_len,
			},
		.state = conn->head.state,
		.security = conn->security,
	};
	return 0;
}

int bt_conn_get_remote_info(struct bt_conn *conn, struct bt_conn_remote_info *remote_info)
{
	if (conn == NULL || remote_info == NULL) {
		return -EINVAL;
	}
	if (!conn__is_connected(conn)) {
		return -ENOTCONN;
	}
	if (conn->auto_step != CONN_AUTO_DONE) {
		return -EBUSY;
	}
	conn_info__remote(conn, remote_info);
	return 0;
}

void conn_info__remote(const struct bt_conn *conn, struct bt_conn_remote_info *info)
{
	*info = (struct bt_conn_remote_info){
		.type = BT_CONN_TYPE_LE,
		.version = conn->version,
		.manufacturer = conn->manufacturer,
		.subversion = conn->subversion,
		.le = {.features = conn->features},
	};
}

uint16_t conn__tx_octets(const struct bt_conn *conn)
{
	return MAX(conn->data_len.tx_max_len, BT_GAP_DATA_LEN_DEFAULT);
}
