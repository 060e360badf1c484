/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_evt.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>

#include "controller/ctl.h"

#define LINK_TYPE_ACL 0x01

/* Clock_Accuracy is valid for a peripheral only. */
static uint8_t clock_accuracy(const struct ll_conn *conn)
{
	return conn->role == LL_PERIPHERAL ? conn->peer_sca : 0;
}

void ctl__evt_overflow(struct fav_controller *ctl)
{
	struct bt_hci_evt_data_buf_overflow *evt;

	if (ctl__evt_on(ctl, BT_HCI_EVT_DATA_BUF_OVERFLOW)) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_DATA_BUF_OVERFLOW, sizeof(*evt));
		evt->link_type = LINK_TYPE_ACL;
		ctl__evt_send(ctl);
	}
}

/* conn: NULL for an attempt that failed. */
static void enhanced_complete(struct fav_controller *ctl,
			      const struct bt_hci_evt_le_conn_complete *plain,
			      const struct ll_conn *conn)
{
	struct bt_hci_evt_le_enh_conn_complete *evt =
		(void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, sizeof(*evt));

	evt->status = plain->status;
	evt->handle = plain->handle;
	evt->role = plain->role;
	evt->peer_addr = plain->peer_addr;
	if (conn != NULL) {
		evt->peer_addr = ll__privacy_told(&conn->peer);
		evt->local_rpa = ll__privacy_own_rpa(&conn->own);
		evt->peer_rpa = ll__privacy_peer_rpa(&conn->peer);
	}
	evt->interval = plain->interval;
	evt->latency = plain->latency;
	evt->supv_timeout = plain->supv_timeout;
	evt->clock_accuracy = plain->clock_accuracy;
	ctl__evt_send(ctl);
}

static void connection_complete(struct fav_controller *ctl,
				const struct bt_hci_evt_le_conn_complete *plain,
				const struct ll_conn *conn)
{
	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_ENH_CONN_COMPLETE)) {
		enhanced_complete(ctl, plain, conn);
	} else if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_CONN_COMPLETE)) {
		memcpy(ctl__le_evt(ctl, BT_HCI_EVT_LE_CONN_COMPLETE, sizeof(*plain)), plain,
		       sizeof(*plain));
		ctl__evt_send(ctl);
	}
}

void ctl__evt_connected(struct ll_conn *conn)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_chan_sel_algo *evt;

	connection_complete(ctl,
			    &(struct bt_hci_evt_le_conn_complete){
				    .handle = sys_cpu_to_le16(conn->handle),
				    .role = conn->role,
				    .peer_addr = conn->peer.id,
				    .interval = sys_cpu_to_le16(conn->interval),
				    .latency = sys_cpu_to_le16(conn->latency),
				    .supv_timeout = sys_cpu_to_le16(conn->timeout),
				    .clock_accuracy = clock_accuracy(conn),
			    },
			    conn);
	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_CHAN_SEL_ALGO)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_CHAN_SEL_ALGO, sizeof(*evt));
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->chan_sel_algo = conn->csa2;
		ctl__evt_send(ctl);
	}
}

void ctl__evt_connect_failed(struct fav_controller *ctl, uint8_t status, uint8_t role,
			     const bt_addr_le_t *peer)
{
	connection_complete(ctl,
			    &(struct bt_hci_evt_le_conn_complete){
				    .status = status,
				    .role = role,
				    .peer_addr = *peer,
			    },
			    NULL);
}

void ctl__evt_disconnected(struct ll_conn *conn, uint8_t reason)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_disconn_complete *evt;

	if (ctl__evt_on(ctl, BT_HCI_EVT_DISCONN_COMPLETE)) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_DISCONN_COMPLETE, sizeof(*evt));
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->reason = reason;
		ctl__evt_send(ctl);
	}
}

bool ctl__evt_adv_report(struct fav_controller *ctl, uint8_t evt_type, const bt_addr_le_t *addr,
			 const uint8_t *data, uint8_t len, int8_t rssi_dbm)
{
	struct bt_hci_evt_le_advertising_report *evt;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_ADVERTISING_REPORT)) {
		return true;
	}
	evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_ADVERTISING_REPORT,
				  sizeof(*evt) + sizeof(evt->adv_info[0]) + len + 1);
	evt->num_reports = 1;
	evt->adv_info[0].evt_type = evt_type;
	evt->adv_info[0].addr = *addr;
	evt->adv_info[0].length = len;
	memcpy(evt->adv_info[0].data, data, len);
	evt->adv_info[0].data[len] = (uint8_t)rssi_dbm;
	return ctl__evt_send_or_drop(ctl);
}

bool ctl__evt_direct_report(struct fav_controller *ctl, const bt_addr_le_t *addr,
			    const bt_addr_le_t *target, int8_t rssi_dbm)
{
	struct bt_hci_evt_le_direct_adv_report *evt;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_DIRECT_ADV_REPORT)) {
		return true;
	}
	evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_DIRECT_ADV_REPORT,
				  sizeof(*evt) + sizeof(evt->direct_adv_info[0]));
	evt->num_reports = 1;
	evt->direct_adv_info[0].evt_type = BT_HCI_ADV_DIRECT_IND;
	evt->direct_adv_info[0].addr = *addr;
	evt->direct_adv_info[0].dir_addr = *target;
	evt->direct_adv_info[0].rssi = rssi_dbm;
	return ctl__evt_send_or_drop(ctl);
}

void ctl__evt_conn_update(struct ll_conn *conn, uint8_t status)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_conn_update_complete *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->interval = sys_cpu_to_le16(conn->interval);
		evt->latency = sys_cpu_to_le16(conn->latency);
		evt->supv_timeout = sys_cpu_to_le16(conn->timeout);
		ctl__evt_send(ctl);
	}
}

void ctl__evt_features(struct ll_conn *conn, uint8_t status)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_remote_feat_complete *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		memcpy(evt->features, conn->ctrl.features, sizeof(evt->features));
		ctl__evt_send(ctl);
	}
}

void ctl__evt_version(struct ll_conn *conn, uint8_t status)
{
	struct fav_controller *ctl = conn->ctl;
	const struct ll_version_ind *version = &conn->ctrl.version;
	struct bt_hci_evt_remote_version_info *evt;

	if (ctl__evt_on(ctl, BT_HCI_EVT_REMOTE_VERSION_INFO)) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_REMOTE_VERSION_INFO, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->version = version->version;
		evt->manufacturer = sys_cpu_to_le16(version->company);
		evt->subversion = sys_cpu_to_le16(version->subversion);
		ctl__evt_send(ctl);
	}
}

void ctl__evt_param_req(struct ll_conn *conn)
{
	struct fav_controller *ctl = conn->ctl;
	const struct ll_conn_wish *wish = &conn->ctrl.peer_wish;
	struct bt_hci_evt_le_conn_param_req *evt =
		(void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_CONN_PARAM_REQ, sizeof(*evt));

	evt->handle = sys_cpu_to_le16(conn->handle);
	evt->interval_min = sys_cpu_to_le16(wish->interval_min);
	evt->interval_max = sys_cpu_to_le16(wish->interval_max);
	evt->latency = sys_cpu_to_le16(wish->latency);
	evt->timeout = sys_cpu_to_le16(wish->timeout);
	ctl__evt_send(ctl);
}

void ctl__evt_data_len(struct ll_conn *conn)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_data_len_change *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_DATA_LEN_CHANGE)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_DATA_LEN_CHANGE, sizeof(*evt));
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->max_tx_octets = sys_cpu_to_le16(conn->ctrl.tx_octets);
		evt->max_tx_time = sys_cpu_to_le16(conn->ctrl.tx_time_us);
		evt->max_rx_octets = sys_cpu_to_le16(conn->ctrl.rx_octets);
		evt->max_rx_time = sys_cpu_to_le16(conn->ctrl.rx_time_us);
		ctl__evt_send(ctl);
	}
}

void ctl__evt_phy(struct ll_conn *conn, uint8_t status)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_phy_update_complete *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->tx_phy = radio__phy_hci(conn->tx_phy);
		evt->rx_phy = radio__phy_hci(conn->rx_phy);
		ctl__evt_send(ctl);
	}
}

static void encryption_change(struct ll_conn *conn, uint8_t status)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_encrypt_change *evt;

	if (ctl__evt_on(ctl, BT_HCI_EVT_ENCRYPT_CHANGE)) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_ENCRYPT_CHANGE, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		evt->encrypt = conn->enc.tx_on;
		ctl__evt_send(ctl);
	}
}

void ctl__evt_encryption(struct ll_conn *conn, uint8_t status, bool refresh)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_encrypt_key_refresh_complete *evt;

	if (!refresh) {
		encryption_change(conn, status);
	} else if (ctl__evt_on(ctl, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE)) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE, sizeof(*evt));
		evt->status = status;
		evt->handle = sys_cpu_to_le16(conn->handle);
		ctl__evt_send(ctl);
	}
}

void ctl__evt_ltk_request(struct ll_conn *conn, const uint8_t rand[8], const uint8_t ediv[2])
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_le_ltk_request *evt =
		(void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_LTK_REQUEST, sizeof(*evt));

	evt->handle = sys_cpu_to_le16(conn->handle);
	memcpy(&evt->rand, rand, sizeof(evt->rand));
	memcpy(&evt->ediv, ediv, sizeof(evt->ediv));
	ctl__evt_send(ctl);
}

void ctl__evt_payload_timeout(struct ll_conn *conn)
{
	struct fav_controller *ctl = conn->ctl;
	struct bt_hci_evt_auth_payload_timeout_exp *evt;

	if (ctl->up.event_mask_2 & BT_EVT_MASK_AUTH_PAYLOAD_TIMEOUT_EXP) {
		evt = (void *)ctl__evt(ctl, BT_HCI_EVT_AUTH_PAYLOAD_TIMEOUT_EXP, sizeof(*evt));
		evt->handle = sys_cpu_to_le16(conn->handle);
		ctl__evt_send(ctl);
	}
}
