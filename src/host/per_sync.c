/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_core.h"
#include "host.h"
#include "per_sync.h"
#include "scan.h"

LOG_MODULE_REGISTER(bt_per_sync);

#define OPTIONS                                                                                \
	(BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST |                                             \
	 BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED |                                 \
	 BT_LE_PER_ADV_SYNC_OPT_FILTER_DUPLICATE | BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOA |      \
	 BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOD_1US | BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOD_2US | \
	 BT_LE_PER_ADV_SYNC_OPT_SYNC_ONLY_CONST_TONE_EXT)

/* ---- Listeners ---- */

int bt_le_per_adv_sync_cb_register(struct bt_le_per_adv_sync_cb *cb)
{
	struct per_sync *per_sync = host__per_sync(fav_host_current());

	return cb != NULL ? listeners__add(&per_sync->listeners, &cb->node) : -EINVAL;
}

int bt_le_per_adv_sync_cb_unregister(struct bt_le_per_adv_sync_cb *cb)
{
	struct per_sync *per_sync = host__per_sync(fav_host_current());

	return cb != NULL ? listeners__remove(&per_sync->listeners, &cb->node) : -EINVAL;
}

/* ---- Places ---- */

static struct bt_le_per_adv_sync *by_state(struct bt_host *host, enum per_sync_state state)
{
	struct per_sync *per_sync = host__per_sync(host);

	for (int i = 0; i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		if (per_sync->syncs[i].state == state) {
			return &per_sync->syncs[i];
		}
	}
	return NULL;
}

struct bt_le_per_adv_sync *per_sync__by_handle(struct bt_host *host, uint16_t handle)
{
	struct per_sync *per_sync = host__per_sync(host);

	for (int i = 0; i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		struct bt_le_per_adv_sync *sync = &per_sync->syncs[i];

		if (sync->state == PER_SYNC_SYNCED && sync->handle == handle) {
			return sync;
		}
	}
	return NULL;
}

struct bt_le_per_adv_sync *per_sync__pending(struct bt_host *host)
{
	struct bt_le_per_adv_sync *sync = by_state(host, PER_SYNC_SYNCING);

	return sync != NULL ? sync : by_state(host, PER_SYNC_CANCELLING);
}

struct bt_le_per_adv_sync *per_sync__new(struct bt_host *host)
{
	return by_state(host, PER_SYNC_FREE);
}

void per_sync__free(struct bt_le_per_adv_sync *sync)
{
	sync->state = PER_SYNC_FREE;
	sync->generation++;
}

void per_sync__down(struct bt_le_per_adv_sync *sync, uint8_t reason)
{
	bt_addr_le_t addr = sync->addr;
	const struct bt_le_per_adv_sync_term_info info = {
		.addr = &addr, .sid = sync->sid, .reason = reason};
	struct bt_le_per_adv_sync_cb *cb;
	struct listeners_run run;

	per_sync__free(sync);
	LISTENERS_FOR_EACH(&host__per_sync(sync->host)->listeners, &run, cb, node) {
		if (cb->term != NULL) {
			cb->term(sync, &info);
		}
	}
}

void per_sync__pending_ended(struct bt_host *host)
{
	k_work_cancel_delayable(&host__per_sync(host)->guard);
	scan__sync_end(host);
}

/* ---- Creating ---- */

uint8_t per_sync__cte_type(uint32_t no_aoa_bits, bool only_cte)
{
	return (uint8_t)(no_aoa_bits & 0x07) |
	       (only_cte ? BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_ONLY_CTE : 0);
}

static bool param_valid(const struct bt_le_per_adv_sync_param *param)
{
	bool use_list = (param->options & BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST) != 0;

	return (param->options & ~(uint32_t)OPTIONS) == 0 &&
	       param->skip <= BT_GAP_PER_ADV_MAX_SKIP &&
	       param->timeout >= BT_GAP_PER_ADV_MIN_TIMEOUT &&
	       param->timeout <= BT_GAP_PER_ADV_MAX_TIMEOUT &&
	       (use_list ||
		(param->sid <= BT_GAP_SID_MAX && param->addr.type <= BT_ADDR_LE_RANDOM));
}

static bool is_supported(struct bt_host *host, const struct bt_le_per_adv_sync_param *param)
{
	const struct hci_core *hci = host__hci(host);
	bool silent = (param->options & BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED) != 0;

	/* Without LE Set Periodic Advertising Receive Enable they could not be enabled again. */
	return IS_ENABLED(CONFIG_BT_PER_ADV_SYNC) && hci__uses_ext(hci) &&
	       hci__has_le_feature(hci, BT_LE_FEAT_BIT_PER_ADV) &&
	       (!silent || hci__has_command(hci, 40, 5));
}

static int create_send(struct bt_host *host, const struct bt_le_per_adv_sync_param *param)
{
	bool only_cte = (param->options & BT_LE_PER_ADV_SYNC_OPT_SYNC_ONLY_CONST_TONE_EXT) != 0;
	struct bt_hci_cp_le_per_adv_create_sync cp = {
		/* The first three options are the command's own. */
		.options = param->options & 0x07,
		.skip = sys_cpu_to_le16(param->skip),
		.sync_timeout = sys_cpu_to_le16(param->timeout),
		.cte_type = per_sync__cte_type(param->options >> 3, only_cte),
	};

	if ((param->options & BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST) == 0) {
		cp.sid = param->sid;
		bt_addr_le_copy(&cp.addr, &param->addr);
	}
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, &cp, sizeof(cp));
}

static void cancel_later(struct bt_host *host)
{
	(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, NULL, 0,
			     NULL, NULL);
}

static int create(struct bt_le_per_adv_sync *sync, const struct bt_le_per_adv_sync_param *param)
{
	struct bt_host *host = sync->host;
	uint32_t generation = sync->generation;
	int err = create_send(host, param);

	if (err == -ETIMEDOUT) {
		/* It may be synchronising for all we know. */
		cancel_later(host);
	}
	if (err == 0 && sync->generation == generation && sync->state == PER_SYNC_SYNCING) {
		err = scan__sync_begin(host);
		if (err != 0) {
			cancel_later(host);
		}
	}
	if (err != 0 && sync->generation == generation) {
		per_sync__free(sync);
		per_sync__pending_ended(host);
	}
	return err;
}

int bt_le_per_adv_sync_create(const struct bt_le_per_adv_sync_param *param,
			      struct bt_le_per_adv_sync **out_sync)
{
	struct bt_host *host = fav_host_current();
	struct bt_le_per_adv_sync *sync;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (param == NULL || out_sync == NULL || !param_valid(param)) {
		return -EINVAL;
	}
	if (!is_supported(host, param)) {
		return -ENOTSUP;
	}
	if (per_sync__pending(host) != NULL) {
		return -EBUSY;
	}
	sync = per_sync__new(host);
	if (sync == NULL) {
		return -ENOMEM;
	}
	sync->state = PER_SYNC_SYNCING;
	bt_addr_le_copy(&sync->addr, &param->addr);
	sync->sid = param->sid;
	sync->use_list = (param->options & BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST) != 0;
	sync->filter_dup = (param->options & BT_LE_PER_ADV_SYNC_OPT_FILTER_DUPLICATE) != 0;
	sync->recv_enabled =
		(param->options & BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED) == 0;
	adv_join__reset(&sync->join);
	/* The caller has its pointer by the time that callbacks run. */
	*out_sync = sync;
	err = create(sync, param);
	if (err != 0) {
		*out_sync = NULL;
	}
	return err;
}

/* ---- Deleting ---- */

static int terminate(struct bt_host *host, uint16_t handle)
{
	const struct bt_hci_cp_le_per_adv_terminate_sync cp = {.handle = sys_cpu_to_le16(handle)};

	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC, &cp, sizeof(cp));
}

void per_sync__reject(struct bt_host *host, uint16_t handle)
{
	const struct bt_hci_cp_le_per_adv_terminate_sync cp = {.handle = sys_cpu_to_le16(handle)};
	int err = hci__cmd_async(host__hci(host), BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC, &cp,
				 sizeof(cp), NULL, NULL);

	LOG_WRN("sync 0x%04x is of nobody", handle);
	if (err != 0) {
		LOG_ERR("and cannot be ended: %d", err);
	}
}

/* Its end is an event, or the guard's. Command Disallowed: it has just been synchronised. */
static int cancel(struct bt_le_per_adv_sync *sync)
{
	struct bt_host *host = sync->host;
	uint32_t generation = sync->generation;
	int err;

	sync->state = PER_SYNC_CANCELLING;
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL, NULL, 0);
	if (sync->generation != generation || sync->state != PER_SYNC_CANCELLING) {
		return 0;
	}
	if (err != 0 && err != -EACCES) {
		sync->state = PER_SYNC_SYNCING;
		return err;
	}
	k_work_reschedule(&host__per_sync(host)->guard, K_MSEC(CONFIG_BT_HCI_CMD_TIMEOUT_MS));
	scan__sync_end(host);
	return 0;
}

static void guard_expired(struct k_work *work)
{
	struct per_sync *per_sync =
		CONTAINER_OF(k_work_delayable_from_work(work), struct per_sync, guard);
	struct bt_le_per_adv_sync *sync = by_state(per_sync->host, PER_SYNC_CANCELLING);

	if (sync != NULL) {
		LOG_WRN("no end of a synchronisation after a cancel, taken as cancelled");
		per_sync__free(sync);
	}
}

int bt_le_per_adv_sync_delete(struct bt_le_per_adv_sync *per_adv_sync)
{
	struct bt_le_per_adv_sync *sync = per_adv_sync;
	uint32_t generation;
	int err;

	if (sync == NULL || sync->host == NULL || sync->state == PER_SYNC_FREE ||
	    sync->state == PER_SYNC_CANCELLING) {
		return -EINVAL;
	}
	if (!host__is_ready(sync->host)) {
		return -EAGAIN;
	}
	if (sync->state == PER_SYNC_SYNCING) {
		return cancel(sync);
	}
	generation = sync->generation;
	err = terminate(sync->host, sync->handle);
	if (err == 0 && sync->generation == generation) {
		struct bt_host *previous = host__enter(sync->host);

		per_sync__down(sync, BT_HCI_ERR_LOCALHOST_TERM_CONN);
		host__leave(previous);
	}
	return err;
}

/* ---- What it says of itself ---- */

uint8_t bt_le_per_adv_sync_get_index(struct bt_le_per_adv_sync *per_adv_sync)
{
	return (uint8_t)(per_adv_sync - host__per_sync(per_adv_sync->host)->syncs);
}

struct bt_le_per_adv_sync *bt_le_per_adv_sync_lookup_index(uint8_t index)
{
	struct per_sync *per_sync = host__per_sync(fav_host_current());
	int i = index;

	return i < CONFIG_BT_PER_ADV_SYNC_MAX && per_sync->syncs[i].state != PER_SYNC_FREE
		       ? &per_sync->syncs[i]
		       : NULL;
}

struct bt_le_per_adv_sync *bt_le_per_adv_sync_lookup_addr(const bt_addr_le_t *adv_addr, uint8_t sid)
{
	struct per_sync *per_sync = host__per_sync(fav_host_current());

	for (int i = 0; adv_addr != NULL && i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		struct bt_le_per_adv_sync *sync = &per_sync->syncs[i];

		if (sync->state == PER_SYNC_SYNCED && sync->sid == sid &&
		    bt_addr_le_eq(&sync->addr, adv_addr)) {
			return sync;
		}
	}
	return NULL;
}

int bt_le_per_adv_sync_get_info(struct bt_le_per_adv_sync *per_adv_sync,
				struct bt_le_per_adv_sync_info *info)
{
	if (per_adv_sync == NULL || info == NULL || per_adv_sync->state != PER_SYNC_SYNCED) {
		return -EINVAL;
	}
	*info = (struct bt_le_per_adv_sync_info){
		.addr = per_adv_sync->addr,
		.sid = per_adv_sync->sid,
		.interval = per_adv_sync->interval_1250us,
		.phy = per_adv_sync->phy,
	};
	return 0;
}

/* ---- Receiving on and off ---- */

static int recv_turn(struct bt_le_per_adv_sync *sync, bool on)
{
	struct bt_hci_cp_le_set_per_adv_recv_enable cp = {0};
	const struct bt_le_per_adv_sync_state_info info = {.recv_enabled = on};
	struct bt_le_per_adv_sync_cb *cb;
	struct listeners_run run;
	struct bt_host *previous;
	uint32_t generation;
	int err;

	if (sync == NULL || sync->host == NULL || sync->state != PER_SYNC_SYNCED) {
		return -EINVAL;
	}
	if (!host__is_ready(sync->host)) {
		return -EAGAIN;
	}
	if (sync->recv_enabled == on) {
		return -EALREADY;
	}
	if (!hci__has_command(host__hci(sync->host), 40, 5)) {
		return -ENOTSUP;
	}
	generation = sync->generation;
	cp.handle = sys_cpu_to_le16(sync->handle);
	if (on) {
		cp.enable =
			BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_ENABLE |
			(sync->filter_dup ? BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_FILTER_DUPLICATE : 0);
	}
	err = hci__cmd_sync(host__hci(sync->host), BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE, &cp,
			    sizeof(cp));
	if (err != 0 || sync->generation != generation) {
		return err;
	}
	sync->recv_enabled = on;
	adv_join__reset(&sync->join);
	previous = host__enter(sync->host);
	LISTENERS_FOR_EACH(&host__per_sync(sync->host)->listeners, &run, cb, node) {
		if (cb->state_changed != NULL && sync->generation == generation) {
			cb->state_changed(sync, &info);
		}
	}
	host__leave(previous);
	return 0;
}

int bt_le_per_adv_sync_recv_enable(struct bt_le_per_adv_sync *per_adv_sync)
{
	return recv_turn(per_adv_sync, true);
}

int bt_le_per_adv_sync_recv_disable(struct bt_le_per_adv_sync *per_adv_sync)
{
	return recv_turn(per_adv_sync, false);
}

/* ---- In the host ---- */

void per_sync__init(struct per_sync *per_sync, struct bt_host *host)
{
	memset(per_sync, 0, sizeof(*per_sync));
	per_sync->host = host;
	listeners__init(&per_sync->listeners);
	k_work_init_delayable(&per_sync->guard, guard_expired);
	for (int i = 0; i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		per_sync->syncs[i].host = host;
	}
}

int per_sync__enable(struct bt_host *host)
{
	per_sync_evt__register(host);
	per_past__register(host);
	return 0;
}

/* As links: their ends are told. */
void per_sync__disable(struct bt_host *host)
{
	struct per_sync *per_sync = host__per_sync(host);
	uint8_t reason = hci__is_open(host__hci(host)) ? BT_HCI_ERR_LOCALHOST_TERM_CONN
						       : BT_HCI_ERR_CONN_TIMEOUT;

	k_work_cancel_delayable(&per_sync->guard);
	for (int i = 0; i < CONFIG_BT_PER_ADV_SYNC_MAX; i++) {
		struct bt_le_per_adv_sync *sync = &per_sync->syncs[i];

		if (sync->state == PER_SYNC_CANCELLING) {
			per_sync__free(sync);
		} else if (sync->state != PER_SYNC_FREE) {
			per_sync__down(sync, reason);
		}
	}
}
