/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning by the legacy commands. */
#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "hci_core.h"
#include "host.h"
#include "scan.h"

static int set_param(struct bt_host *host, const struct bt_le_scan_param *param,
		     uint8_t own_addr_type)
{
	struct bt_hci_cp_le_set_scan_param cp = {
		.scan_type = param->type,
		.interval = sys_cpu_to_le16(param->interval),
		.window = sys_cpu_to_le16(param->window),
		.addr_type = own_addr_type,
	};

	if ((param->options & BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST) != 0) {
		cp.filter_policy = BT_HCI_LE_SCAN_FP_BASIC_FILTER;
	}
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_SCAN_PARAM, &cp, sizeof(cp));
}

static int set_enable(struct bt_host *host, bool enable, bool filter_dup)
{
	struct bt_hci_cp_le_set_scan_enable cp = {.enable = enable, .filter_dup = filter_dup};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_SCAN_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT && enable) {
		/* It may be scanning for all we know. */
		cp = (struct bt_hci_cp_le_set_scan_enable){0};
		(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_SET_SCAN_ENABLE, &cp, sizeof(cp),
				     NULL, NULL);
	}
	return err;
}

const struct scan_way scan_way_legacy = {.set_param = set_param, .set_enable = set_enable};

static uint16_t props_of(uint8_t adv_type)
{
	static const uint8_t props[] = {
		[BT_GAP_ADV_TYPE_ADV_IND] = BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_SCANNABLE,
		[BT_GAP_ADV_TYPE_ADV_DIRECT_IND] =
			BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_DIRECTED,
		[BT_GAP_ADV_TYPE_ADV_SCAN_IND] = BT_GAP_ADV_PROP_SCANNABLE,
		[BT_GAP_ADV_TYPE_ADV_NONCONN_IND] = 0,
		/* Whether its advertiser is connectable is not known from it. */
		[BT_GAP_ADV_TYPE_SCAN_RSP] =
			BT_GAP_ADV_PROP_SCAN_RESPONSE | BT_GAP_ADV_PROP_SCANNABLE,
	};

	return props[adv_type];
}

/* LE Advertising Report, Core 6.0 Vol 4 Part E 7.7.65.2. Controllers send the reports one after the
 * other, each with all its fields. */
static void adv_report(struct bt_host *host, struct net_buf_simple *evt)
{
	struct scan *scan = host__scan(host);
	struct fav_cursor c = fav_cursor_of_buf(evt);
	uint32_t generation = scan->generation;
	uint8_t count = fav_cursor_u8(&c);

	/* What was on its way when the scan ended is not for anybody. */
	if (scan->state == SCAN_OFF) {
		return;
	}
	for (uint8_t i = 0; i < count; i++) {
		bt_addr_le_t addr;
		struct bt_le_scan_recv_info info = {
			.sid = BT_GAP_SID_INVALID,
			.tx_power = BT_GAP_TX_POWER_INVALID,
			.primary_phy = BT_GAP_LE_PHY_1M,
		};
		const uint8_t *data;
		uint8_t len;

		info.adv_type = fav_cursor_u8(&c);
		addr.type = fav_cursor_u8(&c);
		fav_cursor_copy(&c, addr.a.val, sizeof(addr.a.val));
		len = fav_cursor_u8(&c);
		data = fav_cursor_bytes(&c, len);
		info.rssi = fav_cursor_s8(&c);
		if (!fav_cursor_ok(&c) || info.adv_type > BT_GAP_ADV_TYPE_SCAN_RSP ||
		    addr.type > BT_ADDR_LE_RANDOM_ID || len > BT_GAP_ADV_MAX_ADV_DATA_LEN) {
			host__stats(host)->evt_dropped++;
			return;
		}
		info.adv_props = props_of(info.adv_type);
		if (!scan__report(scan, generation, &info, &addr, data, len)) {
			return;
		}
	}
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_ADVERTISING_REPORT, sizeof(struct bt_hci_evt_le_advertising_report),
	 adv_report},
};

void scan_legacy__register(struct bt_host *host)
{
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}
