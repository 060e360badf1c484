/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller says of trains: Core 6.0 Vol 4 Part E 7.7.65.14 to 7.7.65.16. */
#include <favonius/cursor.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_core.h"
#include "hci_values.h"
#include "host.h"
#include "per_sync.h"

LOG_MODULE_DECLARE(bt_per_sync);

static void drop(struct bt_host *host, const char *what)
{
	host__stats(host)->evt_dropped++;
	LOG_WRN("%s dropped", what);
}

bool per_sync__train_valid(struct bt_host *host, const struct per_sync_train *train)
{
	return train->handle <= BT_HCI_HANDLE_MAX &&
	       per_sync__by_handle(host, train->handle) == NULL && train->sid <= BT_GAP_SID_MAX &&
	       hci__phy_bit(train->phy) != 0;
}

void per_sync__up(struct bt_le_per_adv_sync *sync, const struct per_sync_train *train)
{
	uint32_t generation = sync->generation;
	struct bt_le_per_adv_sync_synced_info info = {
		.addr = &sync->addr,
		.sid = train->sid,
		.interval = train->interval_1250us,
		.phy = hci__phy_bit(train->phy),
		.recv_enabled = sync->recv_enabled,
		.service_data = train->service_data,
		.conn = train->conn,
	};
	struct bt_le_per_adv_sync_cb *cb;
	struct listeners_run run;

	sync->state = PER_SYNC_SYNCED;
	sync->handle = train->handle;
	sync->sid = train->sid;
	sync->interval_1250us = train->interval_1250us;
	sync->phy = info.phy;
	bt_addr_le_copy(&sync->addr, &train->addr);
	adv_join__reset(&sync->join);
	LISTENERS_FOR_EACH(&host__per_sync(sync->host)->listeners, &run, cb, node) {
		if (cb->synced != NULL && sync->generation == generation) {
			cb->synced(sync, &info);
		}
	}
}

/* Whether the train is that which was asked for. A private address may be of whom we asked for. */
static bool is_expected(const struct bt_le_per_adv_sync *sync, const struct per_sync_train *train)
{
	return sync->use_list ||
	       (sync->sid == train->sid &&
		(bt_addr_le_eq(&sync->addr, &train->addr) || bt_addr_le_is_rpa(&train->addr)));
}

static void on_established(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_per_adv_sync_established *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct per_sync_train train = {
		.handle = sys_le16_to_cpu(evt->handle),
		.sid = evt->sid,
		.addr = {.type = evt->adv_addr.type & BT_ADDR_LE_RANDOM, .a = evt->adv_addr.a},
		.phy = evt->phy,
		.interval_1250us = sys_le16_to_cpu(evt->interval),
	};
	struct bt_le_per_adv_sync *sync = per_sync__pending(host);
	bool made = evt->status == BT_HCI_ERR_SUCCESS;
	uint32_t generation;

	if (sync == NULL || (made && !per_sync__train_valid(host, &train))) {
		drop(host, "LE Periodic Advertising Sync Established");
		if (made && per_sync__by_handle(host, train.handle) == NULL) {
			per_sync__reject(host, train.handle);
		}
		return;
	}
	generation = sync->generation;
	per_sync__pending_ended(host);
	if (sync->generation != generation) {
		return;
	}
	if (sync->state == PER_SYNC_CANCELLING) {
		per_sync__free(sync);
		if (made) {
			per_sync__reject(host, train.handle);
		}
	} else if (!made) {
		per_sync__down(sync, evt->status);
	} else if (!is_expected(sync, &train)) {
		per_sync__reject(host, train.handle);
		per_sync__down(sync, BT_HCI_ERR_UNSPECIFIED);
	} else {
		if (!sync->use_list) {
			train.addr = sync->addr;
		}
		per_sync__up(sync, &train);
	}
}

static void on_lost(struct bt_host *host, struct net_buf_simple *buf)
{
	struct bt_le_per_adv_sync *sync = per_sync__by_handle(host, net_buf_simple_pull_le16(buf));

	if (sync == NULL) {
		drop(host, "LE Periodic Advertising Sync Lost");
		return;
	}
	/* The event has no reason. */
	per_sync__down(sync, BT_HCI_ERR_UNSPECIFIED);
}

static uint8_t cte_type_of(uint8_t cte_type)
{
	return cte_type <= 2 ? BIT(cte_type) : 0;
}

static void tell_recv(struct bt_le_per_adv_sync *sync,
		      const struct bt_le_per_adv_sync_recv_info *info, const uint8_t *data,
		      uint16_t len)
{
	uint32_t generation = sync->generation;
	struct bt_le_per_adv_sync_cb *cb;
	struct listeners_run run;
	struct net_buf_simple buf;

	LISTENERS_FOR_EACH(&host__per_sync(sync->host)->listeners, &run, cb, node) {
		if (cb->recv != NULL && sync->generation == generation && sync->recv_enabled) {
			net_buf_simple_init_with_data(&buf, (void *)(uintptr_t)data, len);
			cb->recv(sync, info, &buf);
		}
	}
}

static void on_report(struct bt_host *host, struct net_buf_simple *evt)
{
	struct fav_cursor c = fav_cursor_of_buf(evt);
	struct bt_le_per_adv_sync *sync = per_sync__by_handle(host, fav_cursor_le16(&c));
	struct bt_le_per_adv_sync_recv_info info = {
		.tx_power = fav_cursor_s8(&c),
		.rssi = fav_cursor_s8(&c),
		.cte_type = cte_type_of(fav_cursor_u8(&c)),
	};
	uint8_t status = fav_cursor_u8(&c);
	uint16_t len = fav_cursor_u8(&c);
	const uint8_t *data = fav_cursor_bytes(&c, len);

	if (!fav_cursor_ok(&c) || sync == NULL) {
		drop(host, "LE Periodic Advertising Report");
		return;
	}
	if (!sync->recv_enabled) {
		/* On its way while it was turned off. */
		return;
	}
	switch (adv_join__add(&sync->join, sync->data, sizeof(sync->data),
			      hci__reports_lost(host__hci(host)), status, &data, &len)) {
	case ADV_JOIN_WHOLE:
		info.addr = &sync->addr;
		info.sid = sync->sid;
		tell_recv(sync, &info, data, len);
		break;
	case ADV_JOIN_DROPPED:
		host__stats(host)->adv_reports_dropped++;
		break;
	default:
		break;
	}
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED,
	 sizeof(struct bt_hci_evt_le_per_adv_sync_established), on_established},
	{BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, sizeof(struct bt_hci_evt_le_per_advertising_report),
	 on_report},
	{BT_HCI_EVT_LE_PER_ADV_SYNC_LOST, sizeof(struct bt_hci_evt_le_per_adv_sync_lost), on_lost},
};

void per_sync_evt__register(struct bt_host *host)
{
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}
