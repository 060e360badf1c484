/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_evt_ext.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* Data of one report: what the parameters of an event leave, 7.7.65.13. */
#define REPORT_DATA_MAX 229

#define DATA_STATUS_SHIFT 5
#define NO_HANDLE         0x0fff

static void fill(struct bt_hci_evt_le_ext_advertising_info *info,
		 const struct ctl_ext_report *report, uint16_t offset, uint8_t len)
{
	uint16_t status = BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_COMPLETE;

	if (offset + len < report->len) {
		status = BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_PARTIAL;
	} else if (report->truncated) {
		status = BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_INCOMPLETE;
	}
	info->evt_type =
		sys_cpu_to_le16((uint16_t)(report->evt_type | status << DATA_STATUS_SHIFT));
	info->addr = report->addr;
	info->prim_phy = MIN(report->primary, RADIO_CODED_S8);
	info->sec_phy = MIN(report->secondary, RADIO_CODED_S8);
	info->sid = report->sid;
	info->tx_power = report->tx_power;
	info->rssi = report->rssi_dbm;
	info->interval = sys_cpu_to_le16(report->interval);
	info->direct_addr = report->direct_addr;
	info->length = len;
	if (len != 0) {
		memcpy(info->data, report->data + offset, len);
	}
}

bool ctl__evt_ext_report(struct fav_controller *ctl, const struct ctl_ext_report *report)
{
	struct bt_hci_evt_le_ext_advertising_report *evt;
	uint16_t offset = 0;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT)) {
		return true;
	}
	do {
		uint8_t len = (uint8_t)MIN(report->len - offset, REPORT_DATA_MAX);

		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT,
					  (uint8_t)(sizeof(*evt) + sizeof(evt->adv_info[0]) + len));
		evt->num_reports = 1;
		fill(&evt->adv_info[0], report, offset, len);
		if (offset != 0) {
			ctl__evt_send(ctl);
		} else if (!ctl__evt_send_or_drop(ctl)) {
			return false;
		}
		offset += len;
	} while (offset < report->len);
	return true;
}

void ctl__evt_scan_timeout(struct fav_controller *ctl)
{
	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_SCAN_TIMEOUT)) {
		(void)ctl__le_evt(ctl, BT_HCI_EVT_LE_SCAN_TIMEOUT, 0);
		ctl__evt_send(ctl);
	}
}

void ctl__evt_scan_request(struct fav_controller *ctl, uint8_t set, const struct ll_peer *from)
{
	struct bt_hci_evt_le_scan_req_received *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_SCAN_REQ_RECEIVED)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, sizeof(*evt));
		evt->handle = set;
		evt->addr = ll__privacy_told(from);
		(void)ctl__evt_send_or_drop(ctl);
	}
}

void ctl__evt_set_terminated(struct fav_controller *ctl, uint8_t status, uint8_t set,
			     const struct ll_conn *conn, uint8_t events)
{
	struct bt_hci_evt_le_adv_set_terminated *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_ADV_SET_TERMINATED)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_ADV_SET_TERMINATED, sizeof(*evt));
		evt->status = status;
		evt->adv_handle = set;
		evt->conn_handle = sys_cpu_to_le16(conn != NULL ? conn->handle : NO_HANDLE);
		evt->num_completed_ext_adv_evts = events;
		ctl__evt_send(ctl);
	}
}
