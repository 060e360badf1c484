/* SPDX-License-Identifier: Apache-2.0 */

/*
 * LE Create Connection, Core 6.0 Vol 4 Part E 7.8.12, and LE Extended Create Connection, 7.8.66.
 */

#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"

#define INITIATING_PHYS_MAX 3 /* 1M, 2M and Coded. */

struct ext_create_conn {
	struct bt_hci_cp_le_ext_create_conn head;
	struct bt_hci_ext_conn_phy phys[INITIATING_PHYS_MAX];
} __packed;

static struct bt_hci_ext_conn_phy phy(uint16_t interval, uint16_t window,
				      const struct bt_le_conn_param *conn_param)
{
	return (struct bt_hci_ext_conn_phy){
		.scan_interval = sys_cpu_to_le16(interval),
		.scan_window = sys_cpu_to_le16(window),
		.conn_interval_min = sys_cpu_to_le16(conn_param->interval_min),
		.conn_interval_max = sys_cpu_to_le16(conn_param->interval_max),
		.conn_latency = sys_cpu_to_le16(conn_param->latency),
		.supervision_timeout = sys_cpu_to_le16(conn_param->timeout),
	};
}

static int ext_command(const struct bt_conn *conn)
{
	const struct conn_table *conns = conn->conns;
	const struct bt_conn_le_create_param *create_param = &conns->create_param;
	const struct bt_le_conn_param *conn_param = &conns->create_conn_param;
	bool on_1m = (create_param->options & BT_CONN_LE_OPT_NO_1M) == 0;
	bool on_coded = (create_param->options & BT_CONN_LE_OPT_CODED) != 0;
	/* For secondary channels: nothing is scanned for on 2M. */
	bool on_2m = hci__has_le_feature(host__hci(conns->host), BT_LE_FEAT_BIT_PHY_2M);
	struct ext_create_conn cp = {
		.head = {.filter_policy = BT_HCI_LE_CREATE_CONN_FP_NO_FILTER,
			 .own_addr_type = conns->own.type,
			 .phys = (on_1m ? BT_HCI_LE_EXT_SCAN_PHY_1M : 0) |
				 (on_2m ? BT_HCI_LE_EXT_SCAN_PHY_2M : 0) |
				 (on_coded ? BT_HCI_LE_EXT_SCAN_PHY_CODED : 0)},
	};
	size_t count = 0;

	if (conn->accept_list) {
		cp.head.filter_policy = BT_HCI_LE_CREATE_CONN_FP_FILTER;
	} else {
		bt_addr_le_copy(&cp.head.peer_addr, &conn->remote);
	}
	if (on_1m) {
		cp.phys[count++] = phy(create_param->interval, create_param->window, conn_param);
	}
	if (on_2m) {
		cp.phys[count++] = phy(create_param->interval, create_param->window, conn_param);
	}
	if (on_coded) {
		cp.phys[count++] = phy(conn_create__coded_interval(create_param),
				       conn_create__coded_window(create_param), conn_param);
	}
	return hci__cmd_sync(host__hci(conns->host), BT_HCI_OP_LE_EXT_CREATE_CONN, &cp,
			     sizeof(cp.head) + count * sizeof(cp.phys[0]));
}

static int legacy_command(const struct bt_conn *conn)
{
	const struct conn_table *conns = conn->conns;
	const struct bt_conn_le_create_param *create_param = &conns->create_param;
	const struct bt_le_conn_param *conn_param = &conns->create_conn_param;
	struct bt_hci_cp_le_create_conn cp = {
		.scan_interval = sys_cpu_to_le16(create_param->interval),
		.scan_window = sys_cpu_to_le16(create_param->window),
		.filter_policy = BT_HCI_LE_CREATE_CONN_FP_NO_FILTER,
		.own_addr_type = conns->own.type,
		.conn_interval_min = sys_cpu_to_le16(conn_param->interval_min),
		.conn_interval_max = sys_cpu_to_le16(conn_param->interval_max),
		.conn_latency = sys_cpu_to_le16(conn_param->latency),
		.supervision_timeout = sys_cpu_to_le16(conn_param->timeout),
	};

	if (conn->accept_list) {
		cp.filter_policy = BT_HCI_LE_CREATE_CONN_FP_FILTER;
	} else {
		bt_addr_le_copy(&cp.peer_addr, &conn->remote);
	}
	return hci__cmd_sync(host__hci(conns->host), BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp));
}

int conn_create__command(struct bt_conn *conn)
{
	bt_addr_le_copy(&conn->local, &conn->conns->own.addr);
	return hci__uses_ext(host__hci(conn->conns->host)) ? ext_command(conn)
							   : legacy_command(conn);
}
