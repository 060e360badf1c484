/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What an application asks of the link layer's packets: their length and their PHY.
 */

#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"

#define PHY_KNOWN (BT_GAP_LE_PHY_1M | BT_GAP_LE_PHY_2M | BT_GAP_LE_PHY_CODED)

int bt_conn_le_data_len_update(struct bt_conn *conn, const struct bt_conn_le_data_len_param *param)
{
	struct bt_hci_cp_le_set_data_len cp;
	struct hci_core *hci;

	if (conn == NULL || param == NULL || param->tx_max_len < BT_GAP_DATA_LEN_DEFAULT ||
	    param->tx_max_len > BT_GAP_DATA_LEN_MAX ||
	    param->tx_max_time < BT_GAP_DATA_TIME_DEFAULT ||
	    param->tx_max_time > BT_GAP_DATA_TIME_MAX) {
		return -EINVAL;
	}
	if (conn->head.state != BT_CONN_STATE_CONNECTED) {
		return -ENOTCONN;
	}
	hci = host__hci(conn->conns->host);
	if (!hci__has_le_feature(hci, BT_LE_FEAT_BIT_DLE)) {
		return -ENOTSUP;
	}
	cp = (struct bt_hci_cp_le_set_data_len){
		.handle = sys_cpu_to_le16(conn->handle),
		.tx_octets = sys_cpu_to_le16(param->tx_max_len),
		.tx_time = sys_cpu_to_le16(param->tx_max_time),
	};
	return conn_auto__instead(conn, CONN_AUTO_DATA_LEN, BT_HCI_OP_LE_SET_DATA_LEN, &cp,
				  sizeof(cp));
}

static uint16_t coding(uint16_t options)
{
	if ((options & BT_CONN_LE_PHY_OPT_CODED_S2) != 0) {
		return BT_HCI_LE_PHY_CODED_S2;
	}
	return (options & BT_CONN_LE_PHY_OPT_CODED_S8) != 0 ? BT_HCI_LE_PHY_CODED_S8
							    : BT_HCI_LE_PHY_CODED_ANY;
}

int bt_conn_le_phy_update(struct bt_conn *conn, const struct bt_conn_le_phy_param *param)
{
	struct bt_hci_cp_le_set_phy cp;
	struct hci_core *hci;

	if (conn == NULL || param == NULL || (param->pref_tx_phy & ~PHY_KNOWN) != 0 ||
	    (param->pref_rx_phy & ~PHY_KNOWN) != 0) {
		return -EINVAL;
	}
	if (conn->head.state != BT_CONN_STATE_CONNECTED) {
		return -ENOTCONN;
	}
	hci = host__hci(conn->conns->host);
	if (!hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_2M) &&
	    !hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_CODED)) {
		return -ENOTSUP;
	}
	cp = (struct bt_hci_cp_le_set_phy){
		.handle = sys_cpu_to_le16(conn->handle),
		.all_phys = (param->pref_tx_phy == 0 ? BT_HCI_LE_PHY_TX_ANY : 0) |
			    (param->pref_rx_phy == 0 ? BT_HCI_LE_PHY_RX_ANY : 0),
		.tx_phys = param->pref_tx_phy,
		.rx_phys = param->pref_rx_phy,
		.phy_opts = sys_cpu_to_le16(coding(param->options)),
	};
	return conn_auto__instead(conn, CONN_AUTO_PHY, BT_HCI_OP_LE_SET_PHY, &cp, sizeof(cp));
}
