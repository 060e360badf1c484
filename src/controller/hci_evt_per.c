/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_evt_per.h"

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

/* Data of one report: what the parameters of an event leave, 7.7.65.15. */
#define REPORT_DATA_MAX 247

#define NO_CTE 0xff

enum data_status {
	STATUS_COMPLETE = 0,
	STATUS_MORE = 1,
	STATUS_TRUNCATED = 2,
};

static uint16_t handle_of(const struct ll_sync *sync)
{
	return sys_cpu_to_le16((uint16_t)ARRAY_INDEX(sync->ctl->syncs, sync));
}

void ctl__evt_sync_established(struct fav_controller *ctl, uint8_t status,
			       const struct ll_sync *sync)
{
	struct bt_hci_evt_le_per_adv_sync_established *evt;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED)) {
		return;
	}
	evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED, sizeof(*evt));
	evt->status = status;
	if (sync != NULL) {
		evt->handle = handle_of(sync);
		evt->sid = sync->sid;
		evt->adv_addr = sync->told;
		evt->phy = MIN(sync->phy, RADIO_CODED_S8);
		evt->interval = sys_cpu_to_le16(sync->interval);
		evt->clock_accuracy = sync->sca;
	}
	ctl__evt_send(ctl);
}

void ctl__evt_past_received(const struct ll_sync *sync, uint8_t status)
{
	struct fav_controller *ctl = sync->ctl;
	struct bt_hci_evt_le_past_received *evt;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_PAST_RECEIVED)) {
		return;
	}
	evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_PAST_RECEIVED, sizeof(*evt));
	evt->status = status;
	evt->conn_handle = sys_cpu_to_le16(sync->conn_handle);
	evt->service_data = sys_cpu_to_le16(sync->service_data);
	evt->sync_handle = handle_of(sync);
	evt->adv_sid = sync->sid;
	evt->addr = sync->told;
	evt->phy = MIN(sync->phy, RADIO_CODED_S8);
	evt->interval = sys_cpu_to_le16(sync->interval);
	evt->clock_accuracy = sync->sca;
	ctl__evt_send(ctl);
}

void ctl__evt_sync_lost(const struct ll_sync *sync)
{
	struct fav_controller *ctl = sync->ctl;
	struct bt_hci_evt_le_per_adv_sync_lost *evt;

	if (ctl__le_evt_on(ctl, BT_HCI_EVT_LE_PER_ADV_SYNC_LOST)) {
		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_PER_ADV_SYNC_LOST, sizeof(*evt));
		evt->handle = handle_of(sync);
		ctl__evt_send(ctl);
	}
}

static enum data_status status_of(const struct ll_sync *sync, uint16_t end)
{
	if (end < sync->len) {
		return STATUS_MORE;
	}
	return sync->truncated ? STATUS_TRUNCATED : STATUS_COMPLETE;
}

bool ctl__evt_per_report(const struct ll_sync *sync)
{
	struct fav_controller *ctl = sync->ctl;
	struct bt_hci_evt_le_per_advertising_report *evt;
	uint16_t offset = 0;

	if (!ctl__le_evt_on(ctl, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT)) {
		return true;
	}
	do {
		uint8_t len = (uint8_t)MIN(sync->len - offset, REPORT_DATA_MAX);

		evt = (void *)ctl__le_evt(ctl, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT,
					  (uint8_t)(sizeof(*evt) + len));
		evt->handle = handle_of(sync);
		evt->tx_power = sync->tx_power;
		evt->rssi = sync->rssi_dbm;
		evt->cte_type = NO_CTE;
		evt->data_status = (uint8_t)status_of(sync, offset + len);
		evt->length = len;
		if (len != 0) {
			memcpy(evt->data, sync->data + offset, len);
		}
		if (offset != 0) {
			ctl__evt_send(ctl);
		} else if (!ctl__evt_send_or_drop(ctl)) {
			return false;
		}
		offset += len;
	} while (offset < sync->len);
	return true;
}
