/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning by the extended commands. */
#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "hci_core.h"
#include "hci_values.h"
#include "host.h"
#include "scan.h"

/* ---- Commands ---- */

static void add_phy(struct net_buf *buf, uint8_t type, uint16_t interval, uint16_t window)
{
	net_buf_add_u8(buf, type);
	net_buf_add_le16(buf, interval);
	net_buf_add_le16(buf, window);
}

static int set_param(struct bt_host *host, const struct bt_le_scan_param *param,
		     uint8_t own_addr_type)
{
	bool on_1m = (param->options & BT_LE_SCAN_OPT_NO_1M) == 0;
	bool on_coded = (param->options & BT_LE_SCAN_OPT_CODED) != 0;
	struct net_buf *buf = hci__cmd_alloc_wait(host__hci(host));

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_u8(buf, own_addr_type);
	net_buf_add_u8(buf, (param->options & BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST) != 0
				    ? BT_HCI_LE_SCAN_FP_BASIC_FILTER
				    : BT_HCI_LE_SCAN_FP_BASIC_NO_FILTER);
	net_buf_add_u8(buf, (on_1m ? BT_HCI_LE_EXT_SCAN_PHY_1M : 0) |
				    (on_coded ? BT_HCI_LE_EXT_SCAN_PHY_CODED : 0));
	if (on_1m) {
		add_phy(buf, param->type, param->interval, param->window);
	}
	if (on_coded) {
		add_phy(buf, param->type, scan__coded_interval(param), scan__coded_window(param));
	}
	return hci__cmd_send_sync(host__hci(host), BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, buf, NULL);
}

static int set_enable(struct bt_host *host, bool enable, bool filter_dup)
{
	struct bt_hci_cp_le_set_ext_scan_enable cp = {.enable = enable, .filter_dup = filter_dup};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT && enable) {
		/* It may be scanning for all we know. */
		cp = (struct bt_hci_cp_le_set_ext_scan_enable){0};
		(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, &cp,
				     sizeof(cp), NULL, NULL);
	}
	return err;
}

const struct scan_way scan_way_ext = {.set_param = set_param, .set_enable = set_enable};

/* ---- Fragments ---- */

#define DATA_STATUS_MASK (0x03 << 5)

/* One report, its numbers as they came. */
struct report {
	uint16_t evt_type;
	bt_addr_le_t addr;
	uint8_t primary_phy, secondary_phy;
	uint8_t sid;
	int8_t tx_power, rssi;
	uint16_t interval;
	const uint8_t *data;
	uint16_t len;
};

void scan_ext__reset(struct scan *scan)
{
	for (size_t i = 0; i < ARRAY_SIZE(scan->joins); i++) {
		scan->joins[i].used = false;
	}
}

static struct scan_join *join_find(struct scan *scan, const struct report *r)
{
	uint16_t evt_type = r->evt_type & ~DATA_STATUS_MASK;

	for (size_t i = 0; i < ARRAY_SIZE(scan->joins); i++) {
		struct scan_join *j = &scan->joins[i];

		if (j->used && j->evt_type == evt_type && j->sid == r->sid &&
		    bt_addr_le_eq(&j->addr, &r->addr)) {
			return j;
		}
	}
	return NULL;
}

/* A free place, or that which was begun longest ago: its end may never come. */
static struct scan_join *join_new(struct scan *scan, const struct report *r)
{
	struct scan_join *j = &scan->joins[0];

	for (size_t i = 0; i < ARRAY_SIZE(scan->joins) && j->used; i++) {
		struct scan_join *other = &scan->joins[i];

		if (!other->used || (int32_t)(other->age - j->age) < 0) {
			j = other;
		}
	}
	if (j->used) {
		host__stats(scan->host)->adv_reports_dropped++;
	}
	j->used = true;
	j->age = scan->joins_begun++;
	j->evt_type = r->evt_type & ~DATA_STATUS_MASK;
	j->sid = r->sid;
	bt_addr_le_copy(&j->addr, &r->addr);
	adv_join__reset(&j->join);
	return j;
}

/* Whether the report's data is whole, r->data by then. */
static bool joined(struct scan *scan, struct report *r)
{
	uint8_t status = BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS(r->evt_type);
	struct scan_join *j = join_find(scan, r);
	enum adv_join_result result;

	if (j == NULL && status == BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_COMPLETE) {
		return true;
	}
	if (j == NULL) {
		j = join_new(scan, r);
	}
	result = adv_join__add(&j->join, j->data, sizeof(j->data),
			       hci__reports_lost(host__hci(scan->host)), status, &r->data, &r->len);
	if (result == ADV_JOIN_DROPPED) {
		host__stats(scan->host)->adv_reports_dropped++;
	}
	j->used = result == ADV_JOIN_MORE;
	return result == ADV_JOIN_WHOLE;
}

/* ---- Reports ---- */

/* Legacy PDUs have few event types, 7.7.65.13; all else is extended. */
static uint8_t adv_type_of(uint16_t evt_type)
{
	switch (evt_type & ~DATA_STATUS_MASK) {
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY | BT_HCI_LE_ADV_EVT_TYPE_CONN |
		BT_HCI_LE_ADV_EVT_TYPE_SCAN:
		return BT_GAP_ADV_TYPE_ADV_IND;
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY | BT_HCI_LE_ADV_EVT_TYPE_CONN |
		BT_HCI_LE_ADV_EVT_TYPE_DIRECT:
		return BT_GAP_ADV_TYPE_ADV_DIRECT_IND;
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY | BT_HCI_LE_ADV_EVT_TYPE_SCAN:
		return BT_GAP_ADV_TYPE_ADV_SCAN_IND;
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY:
		return BT_GAP_ADV_TYPE_ADV_NONCONN_IND;
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY | BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP |
		BT_HCI_LE_ADV_EVT_TYPE_SCAN | BT_HCI_LE_ADV_EVT_TYPE_CONN:
	case BT_HCI_LE_ADV_EVT_TYPE_LEGACY | BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP |
		BT_HCI_LE_ADV_EVT_TYPE_SCAN:
		return BT_GAP_ADV_TYPE_SCAN_RSP;
	default:
		return BT_GAP_ADV_TYPE_EXT_ADV;
	}
}

static uint16_t props_of(uint16_t evt_type)
{
	uint16_t props = evt_type & (BT_GAP_ADV_PROP_CONNECTABLE | BT_GAP_ADV_PROP_SCANNABLE |
				     BT_GAP_ADV_PROP_DIRECTED | BT_GAP_ADV_PROP_SCAN_RESPONSE);

	return (evt_type & BT_HCI_LE_ADV_EVT_TYPE_LEGACY) != 0 ? props
							       : props | BT_GAP_ADV_PROP_EXT_ADV;
}

static bool read(struct fav_cursor *c, struct report *r)
{
	r->evt_type = fav_cursor_le16(c);
	r->addr.type = fav_cursor_u8(c);
	fav_cursor_copy(c, r->addr.a.val, sizeof(r->addr.a.val));
	r->primary_phy = fav_cursor_u8(c);
	r->secondary_phy = fav_cursor_u8(c);
	r->sid = fav_cursor_u8(c);
	r->tx_power = fav_cursor_s8(c);
	r->rssi = fav_cursor_s8(c);
	r->interval = fav_cursor_le16(c);
	(void)fav_cursor_bytes(c, sizeof(bt_addr_le_t)); /* Of whom a directed one is for. */
	r->len = fav_cursor_u8(c);
	r->data = fav_cursor_bytes(c, r->len);
	return fav_cursor_ok(c) &&
	       (r->addr.type <= BT_ADDR_LE_RANDOM_ID || r->addr.type == BT_ADDR_LE_ANONYMOUS);
}

static bool is_legacy(const struct report *r)
{
	return (r->evt_type & BT_HCI_LE_ADV_EVT_TYPE_LEGACY) != 0;
}

static bool tell(struct scan *scan, uint32_t generation, struct report *r)
{
	bt_addr_le_t addr = r->addr;
	struct bt_le_scan_recv_info info = {
		.sid = is_legacy(r) ? BT_GAP_SID_INVALID : r->sid,
		.rssi = r->rssi,
		.tx_power = r->tx_power,
		.adv_type = adv_type_of(r->evt_type),
		.adv_props = props_of(r->evt_type),
		.interval = r->interval,
		.primary_phy = hci__phy_bit(r->primary_phy),
		.secondary_phy = hci__phy_bit(r->secondary_phy),
	};

	return scan__report(scan, generation, &info, &addr, r->data, r->len);
}

/* LE Extended Advertising Report. */
static void ext_adv_report(struct bt_host *host, struct net_buf_simple *evt)
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
		struct report r;

		if (!read(&c, &r) || (is_legacy(&r) && r.len > BT_GAP_ADV_MAX_ADV_DATA_LEN)) {
			host__stats(host)->evt_dropped++;
			return;
		}
		if ((is_legacy(&r) || joined(scan, &r)) && !tell(scan, generation, &r)) {
			return;
		}
	}
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, sizeof(struct bt_hci_evt_le_ext_advertising_report),
	 ext_adv_report},
};

void scan_ext__register(struct bt_host *host)
{
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}
