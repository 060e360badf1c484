/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/ext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#define FRAGMENT 251

uint8_t ext_set_param(struct raw_host *host, const struct ext_set *set)
{
	uint32_t interval = set->interval != 0 ? set->interval : 160;
	struct bt_hci_cp_le_set_ext_adv_param cp = {
		.handle = set->handle,
		.props = sys_cpu_to_le16(set->props),
		.prim_channel_map = set->channels != 0 ? set->channels : 7,
		.own_addr_type = set->own_type,
		.peer_addr = set->peer,
		.filter_policy = set->policy,
		.tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF,
		.prim_adv_phy = set->primary != 0 ? set->primary : 1,
		.sec_adv_phy = set->secondary != 0 ? set->secondary : 1,
		.sid = set->sid,
		.scan_req_notify_enable = set->notify,
	};

	sys_put_le24(interval, cp.prim_min_interval);
	sys_put_le24(interval, cp.prim_max_interval);
	return raw_cmd(host, BT_HCI_OP_LE_SET_EXT_ADV_PARAM, &cp, sizeof(cp));
}

void ext_set_make(struct raw_host *host, const struct ext_set *set)
{
	assert_int_equal(ext_set_param(host, set), 0);
}

uint8_t ext_put(struct raw_host *host, uint16_t opcode, uint8_t handle, uint8_t op,
		const uint8_t *data, uint8_t len)
{
	uint8_t params[4 + FRAGMENT] = {handle, op, 0, len};

	if (len != 0) {
		memcpy(params + 4, data, len);
	}
	return raw_cmd(host, opcode, params, 4U + len);
}

static void put_all(struct raw_host *host, uint16_t opcode, uint8_t handle, const uint8_t *data,
		    size_t len)
{
	uint8_t op = len <= FRAGMENT ? BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA
				     : BT_HCI_LE_EXT_ADV_OP_FIRST_FRAG;

	do {
		uint8_t piece = (uint8_t)MIN(len, FRAGMENT);

		assert_int_equal(ext_put(host, opcode, handle, op, data, piece), 0);
		data += piece;
		len -= piece;
		op = len <= FRAGMENT ? BT_HCI_LE_EXT_ADV_OP_LAST_FRAG
				     : BT_HCI_LE_EXT_ADV_OP_INTERM_FRAG;
	} while (len != 0);
}

void ext_set_data(struct raw_host *host, uint8_t handle, const uint8_t *data, size_t len)
{
	put_all(host, BT_HCI_OP_LE_SET_EXT_ADV_DATA, handle, data, len);
}

void ext_set_rsp(struct raw_host *host, uint8_t handle, const uint8_t *data, size_t len)
{
	put_all(host, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA, handle, data, len);
}

uint8_t ext_set_enable(struct raw_host *host, uint8_t handle, uint16_t duration_10ms,
		       uint8_t max_events)
{
	return raw_cmd(host, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
		       RAW_BYTES(1, 1, handle, RAW_LE16(duration_10ms), max_events));
}

void ext_set_start(struct raw_host *host, uint8_t handle)
{
	assert_int_equal(ext_set_enable(host, handle, 0, 0), 0);
}

void ext_set_stop(struct raw_host *host, uint8_t handle)
{
	raw_do(host, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, RAW_BYTES(0, 1, handle, 0, 0, 0));
}

void ext_scan_start(struct raw_host *host, bool active, uint8_t filter_duplicates)
{
	raw_do(host, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM,
	       RAW_BYTES(0, 0, 1, active, RAW_LE16(16), RAW_LE16(16)));
	raw_do(host, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(1, filter_duplicates, 0, 0, 0, 0));
}

void ext_scan_stop(struct raw_host *host)
{
	raw_do(host, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, RAW_BYTES(0, 0, 0, 0, 0, 0));
}

/* One event, appended; whether it was the last of its report. */
static bool add(struct ext_heard *heard, const struct raw_event *event)
{
	const struct bt_hci_evt_le_ext_advertising_info *info = (const void *)(event->params + 1);
	uint16_t type = sys_le16_to_cpu(info->evt_type);

	assert_int_equal(event->params[0], 1);
	assert_int_equal(event->len - 2, sizeof(*info) + info->length);
	assert_true(heard->len + info->length <= sizeof(heard->data));
	if (heard->events++ != 0) {
		assert_true(bt_addr_le_eq(&heard->addr, &info->addr));
		assert_int_equal(heard->sid, info->sid);
		assert_int_equal(heard->evt_type, type & 0x1f);
	}
	heard->evt_type = type & 0x1f;
	heard->status = BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS(type);
	heard->addr = info->addr;
	heard->direct = info->direct_addr;
	heard->prim_phy = info->prim_phy;
	heard->sec_phy = info->sec_phy;
	heard->sid = info->sid;
	heard->tx_power = info->tx_power;
	heard->rssi = info->rssi;
	heard->interval = sys_le16_to_cpu(info->interval);
	memcpy(heard->data + heard->len, info->data, info->length);
	heard->len += info->length;
	return heard->status != BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_PARTIAL;
}

bool ext_hear_any(struct raw_host *host, struct ext_heard *heard, uint32_t timeout_ms)
{
	const struct raw_event *event;

	memset(heard, 0, sizeof(*heard));
	do {
		event = raw_wait_le(host, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, timeout_ms);
		if (event == NULL) {
			assert_int_equal(heard->events, 0);
			return false;
		}
	} while (!add(heard, event));
	return true;
}

void ext_hear(struct raw_host *host, struct ext_heard *heard, uint32_t timeout_ms)
{
	assert_true(ext_hear_any(host, heard, timeout_ms));
}

uint8_t ext_create(struct raw_host *host, const bt_addr_le_t *peer, uint8_t phys)
{
	static const struct bt_hci_ext_conn_phy phy = {
		.scan_interval = 16,
		.scan_window = 16,
		.conn_interval_min = 24,
		.conn_interval_max = 24,
		.supervision_timeout = 200,
	};
	uint8_t params[10 + 3 * sizeof(phy)] = {peer == NULL, 0};
	size_t len = 10;

	if (peer != NULL) {
		memcpy(params + 2, peer, sizeof(*peer));
	}
	params[9] = phys;
	for (unsigned int i = 0; i < 3; i++) {
		if (phys & BIT(i)) {
			memcpy(params + len, &phy, sizeof(phy));
			len += sizeof(phy);
		}
	}
	return raw_cmd(host, BT_HCI_OP_LE_EXT_CREATE_CONN, params, len);
}

void ext_fill(uint8_t *data, size_t len, uint8_t whose)
{
	for (size_t i = 0; i < len; i++) {
		data[i] = (uint8_t)(i * 7 + i / 256 * 31 + whose * 101);
	}
}

void ext_per_start(struct raw_host *host, uint8_t handle, uint16_t interval, const uint8_t *data,
		   size_t len)
{
	uint8_t params[3 + FRAGMENT] = {handle};
	uint8_t op = len <= FRAGMENT ? BT_HCI_LE_PER_ADV_OP_COMPLETE_DATA
				     : BT_HCI_LE_PER_ADV_OP_FIRST_FRAG;

	raw_do(host, BT_HCI_OP_LE_SET_PER_ADV_PARAM,
	       RAW_BYTES(handle, RAW_LE16(interval), RAW_LE16(interval), 0, 0));
	do {
		uint8_t piece = (uint8_t)MIN(len, FRAGMENT);

		params[1] = op;
		params[2] = piece;
		memcpy(params + 3, data, piece);
		raw_do(host, BT_HCI_OP_LE_SET_PER_ADV_DATA, params, 3U + piece);
		data += piece;
		len -= piece;
		op = len <= FRAGMENT ? BT_HCI_LE_PER_ADV_OP_LAST_FRAG
				     : BT_HCI_LE_PER_ADV_OP_INTERM_FRAG;
	} while (len != 0);
	raw_do(host, BT_HCI_OP_LE_SET_PER_ADV_ENABLE, RAW_BYTES(1, handle));
}

uint8_t ext_sync(struct raw_host *host, const bt_addr_le_t *addr, uint8_t sid, uint16_t skip,
		 uint16_t timeout_10ms, uint8_t options)
{
	struct bt_hci_cp_le_per_adv_create_sync cp = {
		.options = options,
		.sid = sid,
		.addr = *addr,
		.skip = sys_cpu_to_le16(skip),
		.sync_timeout = sys_cpu_to_le16(timeout_10ms),
	};

	return raw_cmd(host, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, &cp, sizeof(cp));
}

uint8_t ext_synced(struct raw_host *host, uint32_t timeout_ms, uint16_t *handle)
{
	const struct raw_event *event =
		raw_expect_le(host, BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED, timeout_ms);
	const struct bt_hci_evt_le_per_adv_sync_established *evt = (const void *)event->params;

	assert_int_equal(event->len - 1, sizeof(*evt));
	*handle = sys_le16_to_cpu(evt->handle);
	return evt->status;
}

bool ext_train(struct raw_host *host, struct ext_train *train, uint32_t timeout_ms)
{
	const struct bt_hci_evt_le_per_advertising_report *evt;
	const struct raw_event *event;

	train->len = 0;
	do {
		event = raw_wait_le(host, BT_HCI_EVT_LE_PER_ADVERTISING_REPORT, timeout_ms);
		if (event == NULL) {
			assert_int_equal(train->len, 0);
			return false;
		}
		evt = (const void *)event->params;
		assert_int_equal(event->len - 1, sizeof(*evt) + evt->length);
		assert_int_equal(evt->cte_type, 0xff);
		assert_true(train->len + evt->length <= sizeof(train->data));
		train->handle = sys_le16_to_cpu(evt->handle);
		train->status = evt->data_status;
		train->tx_power = evt->tx_power;
		train->rssi = evt->rssi;
		train->at_us = event->at_us;
		memcpy(train->data + train->len, evt->data, evt->length);
		train->len += evt->length;
	} while (evt->data_status == 1);
	return true;
}
