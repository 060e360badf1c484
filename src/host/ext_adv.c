/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "adv.h"
#include "adv_cmd.h"
#include "adv_param.h"
#include "conn.h"
#include "ext_adv.h"
#include "hci_core.h"
#include "host.h"

LOG_MODULE_REGISTER(bt_ext_adv);

BUILD_ASSERT(EXT_ADV_LEGACY_HANDLE <= BT_HCI_LE_ADV_HANDLE_MAX);

uint8_t ext_adv__handle(const struct bt_le_ext_adv *set)
{
	return (uint8_t)(set - host__ext_adv(set->host)->sets);
}

static const struct quiet_ops quiet_ops;

/* ---- Calls that wait ---- */

int ext_adv__begin(struct bt_le_ext_adv *set, uint32_t *generation)
{
	if (set == NULL || set->host == NULL || set->state == EXT_ADV_FREE) {
		return -EINVAL;
	}
	if (!host__is_ready(set->host)) {
		return -EAGAIN;
	}
	if (set->busy) {
		return -EBUSY;
	}
	set->busy = true;
	*generation = set->generation;
	return 0;
}

bool ext_adv__end(struct bt_le_ext_adv *set, uint32_t generation)
{
	if (set->generation != generation) {
		return false;
	}
	set->busy = false;
	return true;
}

/* The place is another set's from now on, or nobody's. */
static void clear(struct bt_le_ext_adv *set)
{
	struct bt_host *host = set->host;
	uint32_t generation = set->generation;

	if (set->state != EXT_ADV_FREE) {
		own_addr__unregister(host, &set->own);
	}
	*set = (struct bt_le_ext_adv){.host = host, .generation = generation + 1};
}

/* ---- Parameters ---- */

static uint8_t sid_of(const struct bt_le_ext_adv *set)
{
	return adv_param__extended(&set->param) ? set->param.sid : BT_GAP_SID_INVALID;
}

static bool is_high_duty(const struct bt_le_ext_adv *set)
{
	return adv_param__high_duty(&set->param);
}

/* In the controller first, then here: a refusal leaves what was. The address is taken. */
static int param_send(struct bt_le_ext_adv *set, const struct bt_le_adv_param *param)
{
	uint32_t generation = set->generation;
	uint8_t own_type = set->own.type;
	int8_t tx_power = 0;
	int err = adv_cmd__param(set->host, ext_adv__handle(set), param,
				 adv_param__scannable(param), own_type, &tx_power);

	if (err != 0 || set->generation != generation) {
		return err;
	}
	if (param->peer != NULL) {
		bt_addr_le_copy(&set->peer, param->peer);
	}
	set->param = *param;
	set->param.peer = param->peer != NULL ? &set->peer : NULL;
	set->own_type_sent = own_type;
	set->tx_power = tx_power;
	return own_addr__send(set->host, &set->own);
}

static int param_set(struct bt_le_ext_adv *set, const struct bt_le_adv_param *param)
{
	struct own_addr before = set->own;
	int err = own_addr__take(set->host, &set->own, param->id, adv_param__own_addr_kind(param));
	uint32_t generation = set->generation;

	if (err == 0) {
		err = param_send(set, param);
	}
	if (err != 0 && set->generation == generation && before.quiet.running) {
		set->own.id = before.id;
		set->own.made = before.made;
		set->own.type = before.type;
		bt_addr_le_copy(&set->own.addr, &before.addr);
	}
	return err;
}

static bool address_expired(struct bt_host *host, struct own_addr *use)
{
	struct bt_le_ext_adv *set = CONTAINER_OF(use, struct bt_le_ext_adv, own);

	return set->cb == NULL || set->cb->rpa_expired == NULL || set->cb->rpa_expired(set);
}

static struct bt_le_ext_adv *place_find(struct ext_adv *adv)
{
	for (size_t i = 0; i < ARRAY_SIZE(adv->sets); i++) {
		if (adv->sets[i].state == EXT_ADV_FREE) {
			return &adv->sets[i];
		}
	}
	return NULL;
}

int bt_le_ext_adv_create(const struct bt_le_adv_param *param, const struct bt_le_ext_adv_cb *cb,
			 struct bt_le_ext_adv **adv)
{
	struct bt_host *host = fav_host_current();
	struct bt_le_ext_adv *set;
	uint32_t generation;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (!hci__uses_ext(host__hci(host))) {
		return -ENOTSUP;
	}
	if (param == NULL || adv == NULL || !adv_param__set_valid(host, param)) {
		return -EINVAL;
	}
	set = place_find(host__ext_adv(host));
	if (set == NULL) {
		return -ENOMEM;
	}
	set->state = EXT_ADV_CREATING;
	own_addr__register(host, &set->own, ext_adv__handle(set), &quiet_ops);
	set->own.expired = address_expired;
	set->busy = true;
	set->cb = cb;
	generation = set->generation;
	err = param_set(set, param);
	if (!ext_adv__end(set, generation)) {
		return err != 0 ? err : -EAGAIN;
	}
	if (err != 0) {
		adv_cmd__remove_later(host, ext_adv__handle(set));
		clear(set);
		return err;
	}
	set->state = EXT_ADV_OFF;
	*adv = set;
	return 0;
}

int bt_le_ext_adv_update_param(struct bt_le_ext_adv *adv, const struct bt_le_adv_param *param)
{
	uint32_t generation;
	int err = ext_adv__begin(adv, &generation);

	if (err != 0) {
		return err;
	}
	if (param == NULL || !adv_param__set_valid(adv->host, param) || adv->state == EXT_ADV_ON) {
		err = -EINVAL;
	} else if (adv->periodic_set &&
		   (!adv_param__extended(param) || adv_param__connectable(param) ||
		    (param->options & (BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_ANONYMOUS)) != 0)) {
		err = -EINVAL;
	} else {
		err = param_set(adv, param);
	}
	(void)ext_adv__end(adv, generation);
	return err;
}

int bt_le_ext_adv_delete(struct bt_le_ext_adv *adv)
{
	uint32_t generation;
	int err = ext_adv__begin(adv, &generation);

	if (err != 0) {
		return err;
	}
	if (adv->state == EXT_ADV_ON) {
		err = -EINVAL;
	} else if (adv->periodic_on) {
		err = per_adv__enable(adv, false);
	}
	if (err == 0 && adv->generation == generation) {
		adv->periodic_on = false;
		err = adv_cmd__remove(adv->host, ext_adv__handle(adv));
	}
	if (ext_adv__end(adv, generation) && err == 0) {
		clear(adv);
	}
	return err;
}

/* ---- On and off ---- */

/* Take a fresh address where it is a private one. */
static int address_renew(struct bt_le_ext_adv *set)
{
	int err = own_addr__take(set->host, &set->own, set->param.id,
				 adv_param__own_addr_kind(&set->param));

	if (err != 0) {
		return err;
	}
	/* The host may have become private since. */
	return set->own.type != set->own_type_sent ? param_send(set, &set->param)
						   : own_addr__send(set->host, &set->own);
}

static int start(struct bt_le_ext_adv *set, uint16_t timeout, uint8_t events)
{
	uint32_t generation = set->generation;
	int err = address_renew(set);

	if (err != 0 || set->generation != generation) {
		return err;
	}
	set->timeout_10ms = timeout;
	set->num_events = events;
	set->started_ms = k_uptime_get();
	set->paused = false;
	/* The end may come before the answer: then the state is OFF again. */
	set->state = EXT_ADV_STARTING;
	err = adv_cmd__enable(set->host, ext_adv__handle(set), timeout, events);
	if (set->generation == generation && set->state == EXT_ADV_STARTING) {
		set->state = err == 0 ? EXT_ADV_ON : EXT_ADV_OFF;
	}
	return err;
}

int bt_le_ext_adv_start(struct bt_le_ext_adv *adv, const struct bt_le_ext_adv_start_param *param)
{
	uint32_t generation;
	int err = ext_adv__begin(adv, &generation);
	uint16_t timeout = param != NULL ? param->timeout : 0;

	if (err != 0) {
		return err;
	}
	if (is_high_duty(adv) && timeout == 0) {
		timeout = BT_GAP_ADV_HIGH_DUTY_CYCLE_MAX_TIMEOUT;
	}
	if (adv->state == EXT_ADV_ON) {
		err = -EALREADY;
	} else if (is_high_duty(adv) && timeout > BT_GAP_ADV_HIGH_DUTY_CYCLE_MAX_TIMEOUT) {
		err = -EINVAL;
	} else if (adv_param__connectable(&adv->param) && !conn__has_free(adv->host)) {
		err = -ENOMEM;
	} else {
		err = start(adv, timeout, param != NULL ? param->num_events : 0);
	}
	(void)ext_adv__end(adv, generation);
	return err;
}

int bt_le_ext_adv_stop(struct bt_le_ext_adv *adv)
{
	uint32_t generation;
	int err = ext_adv__begin(adv, &generation);

	if (err != 0) {
		return err;
	}
	if (adv->state == EXT_ADV_ON) {
		err = adv_cmd__disable(adv->host, ext_adv__handle(adv));
	}
	if (ext_adv__end(adv, generation) && err == 0) {
		adv->state = EXT_ADV_OFF;
	}
	return err;
}

/* ---- While the controller must be quiet ---- */

/* Core 6.0 Vol 4 Part E 7.8.52: the address of a set that is not connectable may change while it
 * advertises. */
static bool must_pause(const struct bt_le_ext_adv *set, unsigned int reasons)
{
	return set->state == EXT_ADV_ON &&
	       (reasons != QUIET_ADDR ||
		(set->own.made != OWN_ADDR_IDENTITY && adv_param__connectable(&set->param)));
}

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	struct bt_le_ext_adv *set = CONTAINER_OF(user, struct bt_le_ext_adv, own.quiet);
	uint32_t generation = set->generation;
	int err;

	if (set->busy) {
		return -EBUSY;
	}
	if (!must_pause(set, reasons)) {
		return 0;
	}
	err = adv_cmd__disable(host, ext_adv__handle(set));
	if (err == 0 && set->generation == generation) {
		set->paused = true;
	}
	return err;
}

/* What is left of the time that was given; 0: no limit. */
static uint16_t time_left(const struct bt_le_ext_adv *set)
{
	int64_t passed_10ms = (k_uptime_get() - set->started_ms) / 10;

	return set->timeout_10ms == 0 ? 0 : (uint16_t)MAX(1, set->timeout_10ms - passed_10ms);
}

/* The controller counts events anew: a limit to these is one from here on. */
static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct bt_le_ext_adv *set = CONTAINER_OF(user, struct bt_le_ext_adv, own.quiet);
	uint32_t generation = set->generation;
	bool paused = set->paused;
	int err;

	set->paused = false;
	if (!paused || set->state != EXT_ADV_ON) {
		return;
	}
	err = adv_cmd__enable(host, ext_adv__handle(set), time_left(set), set->num_events);
	if (err != 0 && set->generation == generation && set->state == EXT_ADV_ON) {
		LOG_ERR("set %u cannot go on: %d", ext_adv__handle(set), err);
		set->state = EXT_ADV_OFF;
	}
}

static const struct quiet_ops quiet_ops = {.pause = quiet_pause, .resume = quiet_resume};

/* ---- What it says of itself ---- */

uint8_t bt_le_ext_adv_get_index(struct bt_le_ext_adv *adv)
{
	return ext_adv__handle(adv);
}

int bt_le_ext_adv_get_info(const struct bt_le_ext_adv *adv, struct bt_le_ext_adv_info *info)
{
	if (adv == NULL || info == NULL || adv->state <= EXT_ADV_CREATING) {
		return -EINVAL;
	}
	*info = (struct bt_le_ext_adv_info){
		.id = adv->param.id,
		.tx_power = adv->tx_power,
		.sid = sid_of(adv),
		.addr = &adv->own.addr,
		.ext_adv_state = adv->state == EXT_ADV_ON ? BT_LE_EXT_ADV_STATE_ENABLED
							  : BT_LE_EXT_ADV_STATE_DISABLED,
	};
	if (adv->periodic_set) {
		info->per_adv_state = adv->periodic_on ? BT_LE_PER_ADV_STATE_ENABLED
						       : BT_LE_PER_ADV_STATE_DISABLED;
	}
	return 0;
}

struct bt_le_ext_adv *bt_le_ext_adv_lookup_addr(const bt_addr_le_t *addr, uint8_t sid)
{
	struct ext_adv *adv = host__ext_adv(fav_host_current());

	for (size_t i = 0; addr != NULL && i < ARRAY_SIZE(adv->sets); i++) {
		struct bt_le_ext_adv *set = &adv->sets[i];

		if (set->state > EXT_ADV_CREATING && sid_of(set) == sid &&
		    bt_addr_le_eq(&set->own.addr, addr)) {
			return set;
		}
	}
	return NULL;
}

int bt_le_ext_adv_oob_get_local(struct bt_le_ext_adv *adv, struct bt_le_oob *oob)
{
	struct bt_host *previous;
	int err;

	if (adv == NULL || oob == NULL || adv->state <= EXT_ADV_CREATING) {
		return -EINVAL;
	}
	previous = host__enter(adv->host);
	err = bt_le_oob_get_local(adv->param.id, oob);
	host__leave(previous);
	if (err == 0) {
		bt_addr_le_copy(&oob->addr, &adv->own.addr);
	}
	return err;
}

/* ---- Events ---- */

static struct bt_le_ext_adv *by_handle(struct bt_host *host, uint8_t handle)
{
	struct ext_adv *adv = host__ext_adv(host);

	if (handle >= ARRAY_SIZE(adv->sets) || adv->sets[handle].state <= EXT_ADV_CREATING) {
		host__stats(host)->evt_dropped++;
		return NULL;
	}
	return &adv->sets[handle];
}

static void limit_reached(struct bt_le_ext_adv *set, uint8_t status, uint8_t num_sent)
{
	struct bt_le_ext_adv_sent_info info = {.num_sent = num_sent};
	uint32_t generation = set->generation;

	if (is_high_duty(set) && status == BT_HCI_ERR_ADV_TIMEOUT) {
		conn__adv_timed_out(set->host, set->param.id, &set->own.addr, &set->peer);
	}
	if (set->generation == generation && set->cb != NULL && set->cb->sent != NULL) {
		set->cb->sent(set, &info);
	}
}

/* bt_conn_cb.connected runs first, and may have deleted the set. */
static void connected(struct bt_le_ext_adv *set, uint16_t conn_handle)
{
	uint32_t generation = set->generation;
	struct bt_le_ext_adv_connected_info info = {
		.conn = conn__adv_linked(set->host, conn_handle, set->param.id, &set->own.addr)};

	if (info.conn != NULL && set->generation == generation && set->cb != NULL &&
	    set->cb->connected != NULL) {
		set->cb->connected(set, &info);
	}
	bt_conn_unref(info.conn);
}

static void on_set_terminated(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_adv_set_terminated *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	uint16_t conn_handle = sys_le16_to_cpu(evt->conn_handle);
	struct bt_le_ext_adv *set;

	if (evt->adv_handle == EXT_ADV_LEGACY_HANDLE) {
		adv__set_terminated(host, evt->status, conn_handle);
		return;
	}
	set = by_handle(host, evt->adv_handle);
	if (set == NULL) {
		return;
	}
	if (set->state == EXT_ADV_ON || set->state == EXT_ADV_STARTING) {
		set->state = EXT_ADV_OFF;
	}
	if (evt->status == BT_HCI_ERR_SUCCESS) {
		connected(set, conn_handle);
	} else {
		limit_reached(set, evt->status, evt->num_completed_ext_adv_evts);
	}
}

static void on_scan_request(struct bt_host *host, struct net_buf_simple *buf)
{
	struct bt_hci_evt_le_scan_req_received *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	bt_addr_le_t addr = {.a = evt->addr.a, .type = evt->addr.type & BT_ADDR_LE_RANDOM};
	struct bt_le_ext_adv_scanned_info info = {.addr = &addr};
	struct bt_le_ext_adv *set = by_handle(host, evt->handle);

	if (set != NULL && set->cb != NULL && set->cb->scanned != NULL) {
		set->cb->scanned(set, &info);
	}
}

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_ADV_SET_TERMINATED, sizeof(struct bt_hci_evt_le_adv_set_terminated),
	 on_set_terminated},
	{BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, sizeof(struct bt_hci_evt_le_scan_req_received),
	 on_scan_request},
};

/* ---- In the host ---- */

void ext_adv__init(struct ext_adv *adv, struct bt_host *host)
{
	memset(adv, 0, sizeof(*adv));
	for (size_t i = 0; i < ARRAY_SIZE(adv->sets); i++) {
		adv->sets[i].host = host;
	}
}

int ext_adv__enable(struct bt_host *host)
{
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
	return 0;
}

void ext_adv__disable(struct bt_host *host)
{
	struct ext_adv *adv = host__ext_adv(host);

	for (size_t i = 0; i < ARRAY_SIZE(adv->sets); i++) {
		clear(&adv->sets[i]);
	}
}
