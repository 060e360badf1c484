/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Connection parameters: interval, latency, supervision timeout.
 *
 * The central decides. A peripheral asks it by the link layer's Connection Parameters Request
 * (Core 6.0 Vol 6 Part B 5.1.7) when both controllers have that, else by L2CAP (Vol 3 Part A 4.20),
 * and not before the link has had time to settle (Vol 3 Part C 9.3.12).
 */

#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"

LOG_MODULE_DECLARE(bt_conn);

static void ask_later(struct bt_conn *conn)
{
	deadlines__set(&conn->conns->deadlines, &conn->may_ask,
		       CONFIG_BT_CONN_PARAM_UPDATE_TIMEOUT);
}

void conn_param__start(struct bt_conn *conn)
{
	if (conn->role == BT_CONN_ROLE_PERIPHERAL) {
		ask_later(conn);
	}
}

void conn_param__stop(struct bt_conn *conn)
{
	deadlines__clear(&conn->may_ask);
}

/* Core 6.0 Vol 4 Part E 7.8.18. The supervision timeout, unit 10 ms, must be longer than
 * (1 + latency) * interval_max * 2, unit 1.25 ms: 4 * timeout > (1 + latency) * interval_max. */
bool conn__param_valid(const struct bt_le_conn_param *param)
{
	return param->interval_min >= 6 && param->interval_min <= param->interval_max &&
	       param->interval_max <= 3200 && param->latency <= 499 && param->timeout >= 10 &&
	       param->timeout <= 3200 &&
	       4U * param->timeout > (1U + param->latency) * param->interval_max;
}

static bool is_already(const struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	return conn->interval_1250us >= param->interval_min &&
	       conn->interval_1250us <= param->interval_max && conn->latency == param->latency &&
	       conn->timeout_10ms == param->timeout;
}

/* ---- Asking ---- */

static struct hci_cp_le_conn_update update_params(const struct bt_conn *conn,
						  const struct bt_le_conn_param *param)
{
	return (struct hci_cp_le_conn_update){
		.handle = sys_cpu_to_le16(conn->handle),
		.conn_interval_min = sys_cpu_to_le16(param->interval_min),
		.conn_interval_max = sys_cpu_to_le16(param->interval_max),
		.conn_latency = sys_cpu_to_le16(param->latency),
		.supervision_timeout = sys_cpu_to_le16(param->timeout),
	};
}

static bool has_ll_param_req(const struct bt_conn *conn)
{
	return !conn->no_ll_param_req && conn->features_known &&
	       (conn->features[0] & BIT(BT_LE_FEAT_BIT_CONN_PARAM_REQ)) != 0 &&
	       hci__has_le_feature(host__hci(conn->conns->host), BT_LE_FEAT_BIT_CONN_PARAM_REQ);
}

static int l2cap_ask(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	const struct conn_upper *upper = conn->conns->upper;

	return upper != NULL ? upper->param_request(conn, param) : -ENOTSUP;
}

static int send(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	struct hci_cp_le_conn_update cp = update_params(conn, param);

	if (conn->role == BT_CONN_ROLE_PERIPHERAL && !has_ll_param_req(conn)) {
		return l2cap_ask(conn, param);
	}
	return hci__cmd_sync(host__hci(conn->conns->host), BT_HCI_OP_LE_CONN_UPDATE, &cp,
			     sizeof(cp));
}

int bt_conn_le_param_update(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	if (conn == NULL || param == NULL || !conn__param_valid(param)) {
		return -EINVAL;
	}
	if (conn->head.state != BT_CONN_STATE_CONNECTED) {
		return -ENOTCONN;
	}
	if (is_already(conn, param)) {
		return -EALREADY;
	}
	conn->wanted = *param;
	conn->wanted_set = true;
	if (deadlines__is_set(&conn->may_ask)) {
		return 0;
	}
	return send(conn, param);
}

void conn_param__may_ask(struct bt_conn *conn)
{
	int err = 0;

	if (!conn->wanted_set && IS_ENABLED(CONFIG_BT_GAP_AUTO_UPDATE_CONN_PARAMS) &&
	    !conn->conns->no_auto_param_update) {
		conn->wanted = (struct bt_le_conn_param)BT_LE_CONN_PARAM_INIT(
			CONFIG_BT_PERIPHERAL_PREF_MIN_INT, CONFIG_BT_PERIPHERAL_PREF_MAX_INT,
			CONFIG_BT_PERIPHERAL_PREF_LATENCY, CONFIG_BT_PERIPHERAL_PREF_TIMEOUT);
		conn->wanted_set = true;
	}
	if (conn->wanted_set && conn->head.state == BT_CONN_STATE_CONNECTED &&
	    !is_already(conn, &conn->wanted)) {
		err = send(conn, &conn->wanted);
	}
	if (err == -ENOMEM) {
		ask_later(conn);
	} else if (err != 0) {
		LOG_WRN("cannot ask for connection parameters: %d", err);
	}
}

void bt_conn_auto_param_update_set(bool on)
{
	host__conns(fav_host_current())->no_auto_param_update = !on;
}

/* The peer's controller may have the feature and its host not: Vol 6 Part B 5.1.7.1. */
void conn_param__refused(struct bt_conn *conn, uint8_t status)
{
	LOG_DBG("connection update: %s", bt_hci_err_to_str(status));
	if (conn->role == BT_CONN_ROLE_PERIPHERAL && conn->wanted_set && !conn->no_ll_param_req &&
	    status == BT_HCI_ERR_UNSUPP_REMOTE_FEATURE) {
		conn->no_ll_param_req = true;
		if (l2cap_ask(conn, &conn->wanted) != 0) {
			LOG_WRN("cannot ask for connection parameters by L2CAP");
		}
	}
}

/* ---- Being asked ---- */

bool conn__param_ask(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	return conn__param_valid(param) && conn_cb__le_param_req(conn, param) &&
	       conn__param_valid(param);
}

static void log_refusal(struct bt_host *host, void *user, int err, uint8_t status,
			struct net_buf_simple *rsp)
{
	if (err != 0 || status != BT_HCI_ERR_SUCCESS) {
		LOG_WRN("%s: %d, %s", (const char *)user, err, bt_hci_err_to_str(status));
	}
}

void conn__param_apply(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	struct hci_cp_le_conn_update cp = update_params(conn, param);
	int err = conn__cmd_async(conn->conns->host, BT_HCI_OP_LE_CONN_UPDATE, &cp, sizeof(cp),
				  log_refusal, "LE Connection Update");

	if (err != 0) {
		LOG_WRN("accepted parameters cannot be applied: %d", err);
	}
}

void conn_param__requested(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	struct bt_host *host = conn->conns->host;
	int err;

	if (conn__param_ask(conn, param)) {
		const struct bt_hci_cp_le_conn_param_req_reply cp = {
			.handle = sys_cpu_to_le16(conn->handle),
			.interval_min = sys_cpu_to_le16(param->interval_min),
			.interval_max = sys_cpu_to_le16(param->interval_max),
			.latency = sys_cpu_to_le16(param->latency),
			.timeout = sys_cpu_to_le16(param->timeout),
		};

		err = conn__cmd_async(host, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, &cp, sizeof(cp),
				      log_refusal, "LE Connection Parameter Request Reply");
	} else if (conn__is_connected(conn)) {
		const struct bt_hci_cp_le_conn_param_req_neg_reply cp = {
			.handle = sys_cpu_to_le16(conn->handle),
			.reason = BT_HCI_ERR_UNACCEPT_CONN_PARAM,
		};

		err = conn__cmd_async(host, BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY, &cp, sizeof(cp),
				      log_refusal,
				      "LE Connection Parameter Request Negative Reply");
	} else {
		return;
	}
	if (err != 0) {
		LOG_WRN("a connection parameter request cannot be answered: %d", err);
	}
}
