/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"
#include "host.h"

LOG_MODULE_DECLARE(bt_hci);

/*
 * Dispatch of what arrived: one work item, in order, a batch at a time so that other work gets its
 * turn.
 */

#define RX_BATCH 16

void hci_evt__queue(struct hci_core *hci, struct net_buf *buf)
{
	sys_slist_append(&hci->rx_queue, &buf->node);
	k_work_submit(&hci->rx_work);
}

static void dropped(struct hci_core *hci, const char *why, unsigned int code)
{
	LOG_DBG("event 0x%02x dropped: %s", code, why);
	host__stats(hci->host)->evt_dropped++;
}

static void run_entry(struct hci_core *hci, const struct hci_evt_entry *entry, unsigned int code,
		      struct net_buf_simple *evt)
{
	if (entry == NULL) {
		dropped(hci, "nobody handles it", code);
	} else if (evt->len < entry->min_len) {
		dropped(hci, "too short", code);
	} else {
		entry->handler(hci->host, evt);
	}
}

static bool is_connection(uint8_t subevent)
{
	return subevent == BT_HCI_EVT_LE_CONN_COMPLETE ||
	       subevent == BT_HCI_EVT_LE_ENH_CONN_COMPLETE;
}

static const struct hci_evt_entry *row(const struct hci_core *hci, uint8_t place)
{
	return place > 0 ? hci->evt_rows[place - 1] : NULL;
}

static void le_meta(struct hci_core *hci, struct net_buf_simple *evt)
{
	uint8_t code;

	if (evt->len < 1) {
		dropped(hci, "too short", BT_HCI_EVT_LE_META_EVENT);
		return;
	}
	code = net_buf_simple_pull_u8(evt);
	run_entry(hci, code < HCI_LE_EVT_CODES ? row(hci, hci->le_evt[code]) : NULL, code, evt);
	if (is_connection(code)) {
		hci_late__connected(hci);
	}
}

/* 0x02: Zephyr's fatal error; nothing comes behind it. */
#define VS_FATAL_ERROR 0x02

static void vendor(struct hci_core *hci, struct net_buf_simple *evt)
{
	if ((hci->quirks.flags & FAV_QUIRK_FATAL_EVENT) != 0 && evt->len >= 1 &&
	    evt->data[0] == VS_FATAL_ERROR) {
		LOG_ERR("the controller %s says that it has failed for good", hci->transport->name);
		hci__fail(hci, -EIO);
	} else if (hci->vendor_cb == NULL) {
		dropped(hci, "nobody handles it", BT_HCI_EVT_VENDOR);
	} else if (!hci->vendor_cb(evt)) {
		dropped(hci, "not understood", BT_HCI_EVT_VENDOR);
	}
}

static void event(struct hci_core *hci, struct net_buf_simple *evt)
{
	uint8_t code = net_buf_simple_pull_u8(evt);
	uint8_t len = net_buf_simple_pull_u8(evt);

	if (len != evt->len) {
		dropped(hci, "its length is wrong", code);
	} else if (code == BT_HCI_EVT_LE_META_EVENT) {
		le_meta(hci, evt);
	} else if (code == BT_HCI_EVT_VENDOR) {
		vendor(hci, evt);
	} else {
		run_entry(hci, code < HCI_EVT_CODES ? row(hci, hci->evt[code]) : NULL, code, evt);
	}
}

static void acl(struct hci_core *hci, struct net_buf *buf)
{
	if (hci->acl_recv != NULL) {
		if (!hci_late__hold(hci, buf)) {
			hci->acl_recv(hci->host, buf);
		}
		return;
	}
	host__stats(hci->host)->acl_dropped++;
	net_buf_unref(buf);
}

/* buf is taken. */
static void dispatch(struct hci_core *hci, struct net_buf *buf)
{
	if (buf->pool == &hci->rsp_pool) {
		hci_cmd__tell_answered(hci, buf);
	} else if (net_buf_pull_u8(buf) == FAV_H4_ACL) {
		acl(hci, buf);
		return;
	} else {
		if (buf->pool == &hci->adv_pool) {
			hci->evt_reports_lost = *(uint32_t *)net_buf_user_data(buf);
		}
		event(hci, &buf->b);
	}
	net_buf_unref(buf);
}

static void rx_handler(struct k_work *work)
{
	struct hci_core *hci = CONTAINER_OF(work, struct hci_core, rx_work);
	struct bt_host *previous = host__enter(hci->host);

	hci_cmd__tell_ended(hci);
	for (int i = 0; i < RX_BATCH; i++) {
		sys_snode_t *node = sys_slist_get(&hci->rx_queue);

		if (node == NULL) {
			break;
		}
		dispatch(hci, CONTAINER_OF(node, struct net_buf, node));
	}
	if (!sys_slist_is_empty(&hci->rx_queue)) {
		k_work_submit(&hci->rx_work);
	} else if (hci->lost_err != 0 && !hci->lost_told) {
		hci->lost_told = true;
		host__lost(hci->host, hci->lost_err);
	}
	host__leave(previous);
}

static void hardware_error(struct bt_host *host, struct net_buf_simple *evt)
{
	LOG_ERR("controller hardware error 0x%02x", evt->data[0]);
	hci__fail(host__hci(host), -EIO);
}

static void data_buf_overflow(struct bt_host *host, struct net_buf_simple *evt)
{
	LOG_ERR("the controller says that we sent more data than it has buffers for");
	host__stats(host)->evt_dropped++;
}

static const struct hci_evt_entry own_events[] = {
	{BT_HCI_EVT_HARDWARE_ERROR, sizeof(struct bt_hci_evt_hardware_error), hardware_error},
	{BT_HCI_EVT_DATA_BUF_OVERFLOW, sizeof(struct bt_hci_evt_data_buf_overflow),
	 data_buf_overflow},
};

static void register_in(struct hci_core *hci, uint8_t *by_code, uint8_t codes,
			const struct hci_evt_entry *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		__ASSERT_NO_MSG(table[i].code < codes);
		__ASSERT_NO_MSG(by_code[table[i].code] == 0);
		__ASSERT(hci->evt_row_count < HCI_EVT_ROWS, "more events than HCI_EVT_ROWS");
		hci->evt_rows[hci->evt_row_count++] = &table[i];
		by_code[table[i].code] = hci->evt_row_count;
	}
}

void hci__evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count)
{
	register_in(hci, hci->evt, HCI_EVT_CODES, table, count);
}

void hci__le_evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count)
{
	register_in(hci, hci->le_evt, HCI_LE_EVT_CODES, table, count);
}

void hci__acl_register(struct hci_core *hci,
		       void (*recv)(struct bt_host *host, struct net_buf *buf),
		       bool (*known)(struct bt_host *host, uint16_t handle))
{
	hci->acl_recv = recv;
	hci->acl_known = known;
}

void hci_evt__reset(struct hci_core *hci)
{
	memset(hci->evt, 0, sizeof(hci->evt));
	memset(hci->le_evt, 0, sizeof(hci->le_evt));
	hci->evt_row_count = 0;
	hci->acl_recv = NULL;
	hci->acl_known = NULL;
	hci__evt_register(hci, own_events, ARRAY_SIZE(own_events));
}

void hci_evt__init(struct hci_core *hci)
{
	sys_slist_init(&hci->rx_queue);
	k_work_init(&hci->rx_work, rx_handler);
	hci_evt__reset(hci);
}
