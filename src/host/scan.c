/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "hci_core.h"
#include "host.h"
#include "privacy.h"
#include "scan.h"

LOG_MODULE_REGISTER(bt_scan);

/* Core 6.0 Vol 4 Part E 7.8.10, units of 0.625 ms. */
#define TIMING_MIN 0x0004
#define TIMING_MAX 0x4000

#define LEGACY_OPTIONS (BT_LE_SCAN_OPT_FILTER_DUPLICATE | BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST)

static bool param_valid(const struct bt_le_scan_param *param)
{
	return param->type <= BT_LE_SCAN_TYPE_ACTIVE &&
	       (param->options & ~(uint32_t)LEGACY_OPTIONS) == 0 && param->window >= TIMING_MIN &&
	       param->window <= param->interval && param->interval <= TIMING_MAX;
}

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

static int set_enable(struct bt_host *host, uint8_t enable, bool filter_dup)
{
	struct bt_hci_cp_le_set_scan_enable cp = {.enable = enable, .filter_dup = filter_dup};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_SCAN_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT && enable == BT_HCI_LE_SCAN_ENABLE) {
		/* It may be scanning for all we know. */
		struct net_buf *buf = hci__cmd_alloc(host__hci(host));

		if (buf != NULL) {
			cp = (struct bt_hci_cp_le_set_scan_enable){0};
			net_buf_add_mem(buf, &cp, sizeof(cp));
			(void)hci__cmd_send(host__hci(host), BT_HCI_OP_LE_SET_SCAN_ENABLE, buf,
					    NULL, NULL);
		}
	}
	return err;
}

static void ended(struct bt_host *host)
{
	struct scan *scan = host__scan(host);

	scan->state = SCAN_OFF;
	scan->generation++;
	scan->cb = NULL;
	k_work_cancel_delayable(&scan->timeout);
	conn__scanning_set(host, CONN_SCANNING_NOT);
	own_addr__release(host, &scan->own);
	if (scan->wanted) {
		k_work_submit(&scan->search);
	}
}

static int start(struct bt_host *host, const struct bt_le_scan_param *param)
{
	struct scan *scan = host__scan(host);
	int err = own_addr__take(host, &scan->own, own_addr__id(host), OWN_ADDR_DEFAULT);

	if (err == 0) {
		err = set_param(host, param, scan->own.type);
	}
	if (err == 0) {
		scan->filter_dup = (param->options & BT_LE_SCAN_OPT_FILTER_DUPLICATE) != 0;
		err = set_enable(host, BT_HCI_LE_SCAN_ENABLE, scan->filter_dup);
	}
	return err;
}

/* ---- For an attempt to connect ---- */

/* Beside an application that scans, its reports do. */
static int search(struct bt_host *host)
{
	struct scan *scan = host__scan(host);
	const struct bt_le_scan_param param = {
		.type = BT_LE_SCAN_TYPE_PASSIVE,
		.interval = scan->search_param.interval,
		.window = scan->search_param.window,
	};
	uint32_t generation;
	int err;

	if (scan->state != SCAN_OFF) {
		return 0;
	}
	scan->state = SCAN_STARTING;
	generation = ++scan->generation;
	err = start(host, &param);
	if (scan->generation != generation) {
		return err;
	}
	scan->state = SCAN_SEARCHING;
	if (err != 0) {
		scan->wanted = false;
		ended(host);
	}
	return err;
}

static void search_pause(struct bt_host *host)
{
	struct scan *scan = host__scan(host);
	uint32_t generation = scan->generation;
	bool wanted = scan->wanted;

	(void)set_enable(host, BT_HCI_LE_SCAN_DISABLE, false);
	if (scan->generation == generation) {
		scan->wanted = false;
		ended(host);
		scan->wanted = wanted;
	}
}

static int search_start(struct bt_host *host, const struct bt_conn_le_create_param *param)
{
	struct scan *scan = host__scan(host);

	scan->search_param = *param;
	scan->wanted = true;
	return search(host);
}

static void search_stop(struct bt_host *host)
{
	struct scan *scan = host__scan(host);

	scan->wanted = false;
	k_work_cancel(&scan->search);
	if (scan->state == SCAN_SEARCHING) {
		search_pause(host);
	}
}

static void search_handler(struct k_work *work)
{
	struct scan *scan = CONTAINER_OF(work, struct scan, search);
	struct bt_host *previous = host__enter(scan->host);

	if (scan->wanted && host__is_ready(scan->host) && search(scan->host) != 0) {
		LOG_WRN("a search for a peer cannot go on");
	}
	host__leave(previous);
}

static const struct conn_scan conn_scan = {.start = search_start, .stop = search_stop};

int bt_le_scan_start(const struct bt_le_scan_param *param, bt_le_scan_cb_t cb)
{
	struct bt_host *host = fav_host_current();
	struct scan *scan = host__scan(host);
	uint32_t generation;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (param == NULL || !param_valid(param)) {
		return -EINVAL;
	}
	if (scan->state == SCAN_SEARCHING) {
		search_pause(host);
	}
	if (scan->state != SCAN_OFF) {
		return -EALREADY;
	}
	scan->state = SCAN_STARTING;
	scan->cb = cb;
	generation = ++scan->generation;
	err = start(host, param);
	if (scan->generation != generation) {
		return err;
	}
	if (err != 0) {
		ended(host);
		return err;
	}
	scan->state = SCAN_ON;
	conn__scanning_set(host, param->type == BT_LE_SCAN_TYPE_ACTIVE ? CONN_SCANNING_ACTIVE
								       : CONN_SCANNING_PASSIVE);
	if (param->timeout != 0) {
		k_work_reschedule(&scan->timeout, K_MSEC(10 * param->timeout));
	}
	return 0;
}

static int stop(struct bt_host *host)
{
	struct scan *scan = host__scan(host);
	uint32_t generation = scan->generation;
	int err = set_enable(host, BT_HCI_LE_SCAN_DISABLE, false);

	if (err == 0 && scan->generation == generation) {
		ended(host);
	}
	return err;
}

int bt_le_scan_stop(void)
{
	struct bt_host *host = fav_host_current();

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	switch (host__scan(host)->state) {
	case SCAN_OFF:
	case SCAN_SEARCHING:
		return 0;
	case SCAN_STARTING:
		return -EBUSY;
	default:
		return stop(host);
	}
}

/* One run over the listeners: scan->walk_next is kept right by bt_le_scan_cb_unregister(). */
static struct bt_le_scan_cb *walk(struct scan *scan, sys_snode_t *node)
{
	if (node == NULL) {
		scan->walk_next = NULL;
		return NULL;
	}
	scan->walk_next = sys_slist_peek_next(node);
	return CONTAINER_OF(node, struct bt_le_scan_cb, node);
}

int bt_le_scan_cb_register(struct bt_le_scan_cb *cb)
{
	struct scan *scan = host__scan(fav_host_current());
	struct bt_le_scan_cb *other;

	if (cb == NULL) {
		return -EINVAL;
	}
	SYS_SLIST_FOR_EACH_CONTAINER(&scan->listeners, other, node) {
		if (other == cb) {
			return -EEXIST;
		}
	}
	sys_slist_append(&scan->listeners, &cb->node);
	return 0;
}

void bt_le_scan_cb_unregister(struct bt_le_scan_cb *cb)
{
	struct scan *scan = host__scan(fav_host_current());

	if (scan->walk_next == &cb->node) {
		scan->walk_next = sys_slist_peek_next(&cb->node);
	}
	sys_slist_find_and_remove(&scan->listeners, &cb->node);
}

static void timeout_handler(struct k_work *work)
{
	struct scan *scan = CONTAINER_OF(k_work_delayable_from_work(work), struct scan, timeout);
	struct bt_host *previous = host__enter(scan->host);
	struct bt_le_scan_cb *cb;

	/* A controller that does not stop is stopped for the application all the same. */
	if (scan->state == SCAN_ON && stop(scan->host) != 0 && scan->state == SCAN_ON) {
		ended(scan->host);
	}
	for (cb = walk(scan, sys_slist_peek_head(&scan->listeners)); cb != NULL;
	     cb = walk(scan, scan->walk_next)) {
		if (cb->timeout != NULL) {
			cb->timeout();
		}
	}
	host__leave(previous);
}

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

/* Tell one report; false when the scan it belongs to has ended. */
static bool tell(struct scan *scan, uint32_t generation, const struct bt_le_scan_recv_info *info,
		 const uint8_t *data, uint8_t len)
{
	struct bt_le_scan_cb *cb;
	struct net_buf_simple ad;

	if (scan->cb != NULL) {
		net_buf_simple_init_with_data(&ad, (void *)(uintptr_t)data, len);
		scan->cb(info->addr, info->rssi, info->adv_type, &ad);
	}
	cb = scan->generation == generation ? walk(scan, sys_slist_peek_head(&scan->listeners))
					    : NULL;
	while (cb != NULL && scan->generation == generation) {
		if (cb->recv != NULL) {
			net_buf_simple_init_with_data(&ad, (void *)(uintptr_t)data, len);
			cb->recv(info, &ad);
		}
		cb = walk(scan, scan->walk_next);
	}
	scan->walk_next = NULL;
	return scan->generation == generation;
}

/* One report, with the address on the air, or an identity that the controller knew; false when its
 * scan has ended. */
static bool report(struct scan *scan, uint32_t generation, struct bt_le_scan_recv_info info,
		   bt_addr_le_t *addr, const uint8_t *data, uint8_t len)
{
	struct bt_host *host = scan->host;
	bool resolved = addr->type > BT_ADDR_LE_RANDOM;
	uint8_t id = scan->own.id;
	const struct keys_bond *bond;
	bt_addr_le_t identity;

	addr->type &= BT_ADDR_LE_RANDOM;
	if (!privacy__allows(host, id, addr, resolved)) {
		return true;
	}
	bond = bt_addr_le_is_rpa(addr) ? privacy__bond(host, id, addr) : NULL;
	bt_addr_le_copy(&identity, bond != NULL ? &bond->addr : addr);
	info.addr = &identity;
	if ((info.adv_props & BT_GAP_ADV_PROP_CONNECTABLE) != 0) {
		if (bond != NULL) {
			privacy__heard(host, bond, &addr->a);
		}
		conn__adv_heard(host, &identity, addr);
	}
	return scan->generation == generation &&
	       (scan->state == SCAN_SEARCHING || tell(scan, generation, &info, data, len));
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
		if (!report(scan, generation, info, &addr, data, len)) {
			return;
		}
	}
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_ADVERTISING_REPORT, sizeof(struct bt_hci_evt_le_advertising_report),
	 adv_report},
};

/* ---- While the controller must be quiet ---- */

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	enum scan_state state = host__scan(host)->state;

	if (state != SCAN_ON && state != SCAN_SEARCHING) {
		return -EBUSY;
	}
	return set_enable(host, BT_HCI_LE_SCAN_DISABLE, false);
}

static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct scan *scan = host__scan(host);
	uint32_t generation = scan->generation;
	int err = set_enable(host, BT_HCI_LE_SCAN_ENABLE, scan->filter_dup);

	if (err != 0 && scan->generation == generation) {
		LOG_ERR("scanning cannot go on: %d", err);
		ended(host);
	}
}

static const struct quiet_ops quiet_ops = {.pause = quiet_pause, .resume = quiet_resume};

/* ---- With the host ---- */

void scan__init(struct scan *scan, struct bt_host *host)
{
	memset(scan, 0, sizeof(*scan));
	scan->host = host;
	sys_slist_init(&scan->listeners);
	k_work_init_delayable(&scan->timeout, timeout_handler);
	k_work_init(&scan->search, search_handler);
}

int scan__enable(struct bt_host *host)
{
	own_addr__register(host, &host__scan(host)->own, OWN_ADDR_SHARED, &quiet_ops);
	host__scan(host)->wanted = false;
	conn__scan_register(host__conns(host), &conn_scan);
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
	return 0;
}

void scan__disable(struct bt_host *host)
{
	host__scan(host)->wanted = false;
	k_work_cancel(&host__scan(host)->search);
	ended(host);
}
