/* SPDX-License-Identifier: Apache-2.0 */
/* Trains that peers hand on over a link, and we to them: Core 6.0 Vol 4 Part E 7.8.89, 7.8.91,
 * 7.8.92, 7.7.65.24. A set's own train is handed on in per_adv.c. */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "hci_core.h"
#include "host.h"
#include "per_sync.h"

LOG_MODULE_DECLARE(bt_per_sync);

#define OPTIONS                                                         \
	(BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOA |                  \
	 BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOD_1US |              \
	 BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOD_2US |              \
	 BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_ONLY_CTE |                \
	 BT_LE_PER_ADV_SYNC_TRANSFER_OPT_REPORTING_INITIALLY_DISABLED | \
	 BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES)

/* ---- To a peer ---- */

int bt_le_per_adv_sync_transfer(const struct bt_le_per_adv_sync *per_adv_sync,
				const struct bt_conn *conn, uint16_t service_data)
{
	struct bt_hci_cp_le_per_adv_sync_transfer cp = {
		.service_data = sys_cpu_to_le16(service_data),
	};
	struct bt_host *host;

	if (per_adv_sync == NULL || conn == NULL || per_adv_sync->state != PER_SYNC_SYNCED) {
		return -EINVAL;
	}
	host = per_adv_sync->host;
	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (!IS_ENABLED(CONFIG_BT_PER_ADV_SYNC_TRANSFER_SENDER) ||
	    !hci__has_le_feature(host__hci(host), BT_LE_FEAT_BIT_PAST_SEND)) {
		return -ENOTSUP;
	}
	if (!conn__is_connected(conn) || conn__host(conn) != host) {
		return -ENOTCONN;
	}
	cp.conn_handle = sys_cpu_to_le16(conn__handle(conn));
	cp.sync_handle = sys_cpu_to_le16(per_adv_sync->handle);
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER, &cp, sizeof(cp));
}

/* ---- From a peer ---- */

static bool param_valid(const struct bt_le_per_adv_sync_transfer_param *param)
{
	const uint32_t either = BT_LE_PER_ADV_SYNC_TRANSFER_OPT_REPORTING_INITIALLY_DISABLED |
				BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES;

	return (param->options & ~(uint32_t)OPTIONS) == 0 && (param->options & either) != either &&
	       param->skip <= BT_GAP_PER_ADV_MAX_SKIP &&
	       param->timeout >= BT_GAP_PER_ADV_MIN_TIMEOUT &&
	       param->timeout <= BT_GAP_PER_ADV_MAX_TIMEOUT;
}

static uint8_t mode_of(uint32_t options)
{
	if ((options & BT_LE_PER_ADV_SYNC_TRANSFER_OPT_REPORTING_INITIALLY_DISABLED) != 0) {
		return BT_HCI_LE_PAST_MODE_NO_REPORTS;
	}
	return (options & BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES) != 0
		       ? BT_HCI_LE_PAST_MODE_SYNC_FILTER_DUP
		       : BT_HCI_LE_PAST_MODE_SYNC;
}

/* For one link, or for all to come where conn is NULL. */
static int set_mode(const struct bt_conn *conn, const struct bt_hci_cp_le_default_past_param *all)
{
	struct bt_host *host = conn != NULL ? conn__host(conn) : fav_host_current();
	struct bt_hci_cp_le_past_param one;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (!IS_ENABLED(CONFIG_BT_PER_ADV_SYNC_TRANSFER_RECEIVER) ||
	    !hci__has_le_feature(host__hci(host), BT_LE_FEAT_BIT_PAST_RECV)) {
		return -ENOTSUP;
	}
	if (conn != NULL && !conn__is_connected(conn)) {
		return -ENOTCONN;
	}
	if (conn == NULL) {
		err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_DEFAULT_PAST_PARAM, all,
				    sizeof(*all));
		if (err == 0) {
			conn__past_mode_set(host, NULL, all->mode);
		}
		return err;
	}
	one = (struct bt_hci_cp_le_past_param){
		.conn_handle = sys_cpu_to_le16(conn__handle(conn)),
		.mode = all->mode,
		.skip = all->skip,
		.timeout = all->timeout,
		.cte_type = all->cte_type,
	};
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_PAST_PARAM, &one, sizeof(one));
	if (err == 0) {
		conn__past_mode_set(host, conn, all->mode);
	}
	return err;
}

int bt_le_per_adv_sync_transfer_subscribe(const struct bt_conn *conn,
					  const struct bt_le_per_adv_sync_transfer_param *param)
{
	bool only_cte;
	struct bt_hci_cp_le_default_past_param cp;

	if (param == NULL || !param_valid(param)) {
		return -EINVAL;
	}
	only_cte = (param->options & BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_ONLY_CTE) != 0;
	cp = (struct bt_hci_cp_le_default_past_param){
		.mode = mode_of(param->options),
		.skip = sys_cpu_to_le16(param->skip),
		.timeout = sys_cpu_to_le16(param->timeout),
		.cte_type = per_sync__cte_type(param->options, only_cte),
	};
	return set_mode(conn, &cp);
}

int bt_le_per_adv_sync_transfer_unsubscribe(const struct bt_conn *conn)
{
	const struct bt_hci_cp_le_default_past_param cp = {
		.mode = BT_HCI_LE_PAST_MODE_NO_SYNC,
		/* Not used, but some controllers check it all the same. */
		.timeout = sys_cpu_to_le16(BT_GAP_PER_ADV_MIN_TIMEOUT),
	};

	return set_mode(conn, &cp);
}

static void on_received(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_past_received *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = conn__by_handle(host, sys_le16_to_cpu(evt->conn_handle));
	const struct per_sync_train train = {
		.handle = sys_le16_to_cpu(evt->sync_handle),
		.sid = evt->adv_sid,
		.addr = {.type = evt->addr.type & BT_ADDR_LE_RANDOM, .a = evt->addr.a},
		.phy = evt->phy,
		.interval_1250us = sys_le16_to_cpu(evt->interval),
		.service_data = sys_le16_to_cpu(evt->service_data),
		.conn = conn,
	};
	struct bt_le_per_adv_sync *sync;
	uint8_t mode;

	if (evt->status != BT_HCI_ERR_SUCCESS) {
		LOG_INF("a train that a peer handed on was not found: %s",
			bt_hci_err_to_str(evt->status));
		return;
	}
	sync = per_sync__new(host);
	if (conn == NULL || sync == NULL || !per_sync__train_valid(host, &train)) {
		host__stats(host)->evt_dropped++;
		per_sync__reject(host, train.handle);
		return;
	}
	mode = conn__past_mode(conn);
	sync->use_list = false;
	sync->recv_enabled = mode != BT_HCI_LE_PAST_MODE_NO_REPORTS;
	sync->filter_dup = mode == BT_HCI_LE_PAST_MODE_SYNC_FILTER_DUP;
	bt_conn_ref(conn);
	per_sync__up(sync, &train);
	bt_conn_unref(conn);
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_PAST_RECEIVED, sizeof(struct bt_hci_evt_le_past_received), on_received},
};

void per_past__register(struct bt_host *host)
{
	conn__past_mode_set(host, NULL, BT_HCI_LE_PAST_MODE_NO_SYNC);
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}
