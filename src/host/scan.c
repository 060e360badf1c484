/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>

#include "conn.h"
#include "hci_core.h"
#include "hci_values.h"
#include "host.h"
#include "privacy.h"
#include "scan.h"

LOG_MODULE_REGISTER(bt_scan);

#define OPTIONS                                                                \
	(BT_LE_SCAN_OPT_FILTER_DUPLICATE | BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST | \
	 BT_LE_SCAN_OPT_CODED | BT_LE_SCAN_OPT_NO_1M)

static const struct scan_way *way(struct bt_host *host)
{
	return hci__uses_ext(host__hci(host)) ? &scan_way_ext : &scan_way_legacy;
}

static bool param_valid(const struct bt_le_scan_param *param)
{
	bool coded = (param->options & BT_LE_SCAN_OPT_CODED) != 0;
	bool no_1m = (param->options & BT_LE_SCAN_OPT_NO_1M) != 0;

	if (param->type > BT_LE_SCAN_TYPE_ACTIVE || (param->options & ~(uint32_t)OPTIONS) != 0 ||
	    (no_1m && !coded) || !hci__scan_times_valid(param->interval, param->window)) {
		return false;
	}
	return !coded ||
	       hci__scan_times_valid(scan__coded_interval(param), scan__coded_window(param));
}

/* Whether the controller can scan on what the options name. */
static bool phys_supported(struct bt_host *host, const struct bt_le_scan_param *param)
{
	return (param->options & BT_LE_SCAN_OPT_CODED) == 0 ||
	       (hci__uses_ext(host__hci(host)) &&
		hci__has_le_feature(host__hci(host), BT_LE_FEAT_BIT_PHY_CODED));
}

static void ended(struct bt_host *host)
{
	struct scan *scan = host__scan(host);

	scan->state = SCAN_OFF;
	scan->generation++;
	scan->cb = NULL;
	scan_ext__reset(scan);
	k_work_cancel_delayable(&scan->timeout);
	conn__scanning_set(host, CONN_SCANNING_NOT);
	own_addr__release(host, &scan->own);
	if (scan->wanted != 0) {
		k_work_submit(&scan->search);
	}
}

static int start(struct bt_host *host, const struct bt_le_scan_param *param)
{
	struct scan *scan = host__scan(host);
	int err = own_addr__take(host, &scan->own, own_addr__id(host), OWN_ADDR_DEFAULT);

	if (err == 0) {
		err = way(host)->set_param(host, param, scan->own.type);
	}
	if (err == 0) {
		scan->filter_dup = (param->options & BT_LE_SCAN_OPT_FILTER_DUPLICATE) != 0;
		err = way(host)->set_enable(host, true, scan->filter_dup);
	}
	return err;
}

/* ---- For an attempt to connect, and for synchronising ---- */

static uint32_t search_options(const struct bt_conn_le_create_param *param)
{
	return ((param->options & BT_CONN_LE_OPT_CODED) != 0 ? BT_LE_SCAN_OPT_CODED : 0) |
	       ((param->options & BT_CONN_LE_OPT_NO_1M) != 0 ? BT_LE_SCAN_OPT_NO_1M : 0);
}

/* Trains may be announced on either primary PHY. */
static uint32_t sync_options(const struct scan *scan)
{
	bool coded = (scan->wanted & SCAN_FOR_SYNC) != 0 &&
		     hci__has_le_feature(host__hci(scan->host), BT_LE_FEAT_BIT_PHY_CODED);

	return coded ? BT_LE_SCAN_OPT_CODED : 0;
}

/* Beside an application that scans, its reports do. */
static int search(struct bt_host *host)
{
	struct scan *scan = host__scan(host);
	const struct bt_conn_le_create_param *wish = (scan->wanted & SCAN_FOR_CONN) != 0
							     ? &scan->search_param
							     : BT_CONN_LE_CREATE_CONN_AUTO;
	const struct bt_le_scan_param param = {
		.type = BT_LE_SCAN_TYPE_PASSIVE,
		.interval = wish->interval,
		.window = wish->window,
		.interval_coded = wish->interval_coded,
		.window_coded = wish->window_coded,
		.options = search_options(wish) | sync_options(scan),
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
		scan->wanted = 0;
		ended(host);
	}
	return err;
}

static void search_pause(struct bt_host *host)
{
	struct scan *scan = host__scan(host);
	uint32_t generation = scan->generation;
	unsigned int wanted = scan->wanted;

	(void)way(host)->set_enable(host, false, false);
	if (scan->generation == generation) {
		scan->wanted = 0;
		ended(host);
		scan->wanted = wanted;
	}
}

static int search_start(struct bt_host *host, const struct bt_conn_le_create_param *param)
{
	struct scan *scan = host__scan(host);

	scan->search_param = *param;
	scan->wanted |= SCAN_FOR_CONN;
	return search(host);
}

static void unwant(struct scan *scan, unsigned int who)
{
	scan->wanted &= ~who;
	if (scan->wanted != 0) {
		return;
	}
	k_work_cancel(&scan->search);
	if (scan->state == SCAN_SEARCHING) {
		search_pause(scan->host);
	}
}

static void search_stop(struct bt_host *host)
{
	unwant(host__scan(host), SCAN_FOR_CONN);
}

int scan__sync_begin(struct bt_host *host)
{
	host__scan(host)->wanted |= SCAN_FOR_SYNC;
	return search(host);
}

void scan__sync_end(struct bt_host *host)
{
	unwant(host__scan(host), SCAN_FOR_SYNC);
}

static void search_handler(struct k_work *work)
{
	struct scan *scan = CONTAINER_OF(work, struct scan, search);
	struct bt_host *previous = host__enter(scan->host);

	if (scan->wanted != 0 && host__is_ready(scan->host) && search(scan->host) != 0) {
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
	if (!phys_supported(host, param)) {
		return -ENOTSUP;
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
	int err = way(host)->set_enable(host, false, false);

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

int bt_le_scan_cb_register(struct bt_le_scan_cb *cb)
{
	struct scan *scan = host__scan(fav_host_current());

	return cb != NULL ? listeners__add(&scan->listeners, &cb->node) : -EINVAL;
}

void bt_le_scan_cb_unregister(struct bt_le_scan_cb *cb)
{
	(void)listeners__remove(&host__scan(fav_host_current())->listeners, &cb->node);
}

static void timeout_handler(struct k_work *work)
{
	struct scan *scan = CONTAINER_OF(k_work_delayable_from_work(work), struct scan, timeout);
	struct bt_host *previous = host__enter(scan->host);
	struct listeners_run run;
	struct bt_le_scan_cb *cb;

	/* A controller that does not stop is stopped for the application all the same. */
	if (scan->state == SCAN_ON && stop(scan->host) != 0 && scan->state == SCAN_ON) {
		ended(scan->host);
	}
	LISTENERS_FOR_EACH(&scan->listeners, &run, cb, node) {
		if (cb->timeout != NULL) {
			cb->timeout();
		}
	}
	host__leave(previous);
}

/* Tell one report; false when the scan it belongs to has ended. */
static bool tell(struct scan *scan, uint32_t generation, const struct bt_le_scan_recv_info *info,
		 const uint8_t *data, uint16_t len)
{
	struct listeners_run run;
	struct bt_le_scan_cb *cb;
	struct net_buf_simple ad;

	if (scan->cb != NULL) {
		net_buf_simple_init_with_data(&ad, (void *)(uintptr_t)data, len);
		scan->cb(info->addr, info->rssi, info->adv_type, &ad);
	}
	LISTENERS_FOR_EACH(&scan->listeners, &run, cb, node) {
		if (cb->recv != NULL && scan->generation == generation) {
			net_buf_simple_init_with_data(&ad, (void *)(uintptr_t)data, len);
			cb->recv(info, &ad);
		}
	}
	return scan->generation == generation;
}

bool scan__report(struct scan *scan, uint32_t generation, struct bt_le_scan_recv_info *info,
		  bt_addr_le_t *addr, const uint8_t *data, uint16_t len)
{
	struct bt_host *host = scan->host;
	bool anonymous = addr->type == BT_ADDR_LE_ANONYMOUS;
	bool resolved = addr->type > BT_ADDR_LE_RANDOM;
	uint8_t id = scan->own.id;
	const struct keys_bond *bond;
	bt_addr_le_t identity;

	if (!anonymous) {
		addr->type &= BT_ADDR_LE_RANDOM;
	}
	if (!anonymous && !privacy__allows(host, id, addr, resolved)) {
		return true;
	}
	bond = !anonymous && bt_addr_le_is_rpa(addr) ? privacy__bond(host, id, addr) : NULL;
	bt_addr_le_copy(&identity, bond != NULL ? &bond->addr : addr);
	info->addr = &identity;
	if ((info->adv_props & BT_GAP_ADV_PROP_CONNECTABLE) != 0) {
		if (bond != NULL) {
			privacy__heard(host, bond, &addr->a);
		}
		conn__adv_heard(host, &identity, addr);
	}
	return scan->generation == generation &&
	       (scan->state == SCAN_SEARCHING || tell(scan, generation, info, data, len));
}

/* ---- While the controller must be quiet ---- */

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	enum scan_state state = host__scan(host)->state;

	if (state != SCAN_ON && state != SCAN_SEARCHING) {
		return -EBUSY;
	}
	return way(host)->set_enable(host, false, false);
}

static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct scan *scan = host__scan(host);
	uint32_t generation = scan->generation;
	int err = way(host)->set_enable(host, true, scan->filter_dup);

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
	listeners__init(&scan->listeners);
	k_work_init_delayable(&scan->timeout, timeout_handler);
	k_work_init(&scan->search, search_handler);
}

int scan__enable(struct bt_host *host)
{
	own_addr__register(host, &host__scan(host)->own, OWN_ADDR_SHARED, &quiet_ops);
	host__scan(host)->wanted = 0;
	conn__scan_register(host__conns(host), &conn_scan);
	scan_legacy__register(host);
	scan_ext__register(host);
	return 0;
}

void scan__disable(struct bt_host *host)
{
	host__scan(host)->wanted = 0;
	k_work_cancel(&host__scan(host)->search);
	ended(host);
}
