/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#include "acl.h"
#include "adv.h"
#include "att.h"
#include "conn.h"
#include "conn_table.h"
#include "ext_adv.h"
#include "crypto/crypto.h"
#include "gatt.h"
#include "hci_state.h"
#include "host.h"
#include "id.h"
#include "keys.h"
#include "keys_settings.h"
#include "l2cap.h"
#include "l2cap_coc.h"
#include "l2cap_sig.h"
#include "listeners.h"
#include "name.h"
#include "own_addr.h"
#include "per_sync.h"
#include "persist.h"
#include "privacy.h"
#include "quiet.h"
#include "scan.h"
#include "smp.h"

LOG_MODULE_REGISTER(bt_host);

/*
 * A host: its layers, its states, and which host is current.
 *
 *              bt_enable                          bt_disable
 *     OFF -----------------> ENABLING -> READY ---------------> DISABLING -> OFF
 *      ^                        |          | transport lost         ^
 *      |________failed__________|          |-> LOST ----------------|
 *
 * The layers are up in READY alone. In LOST they are down already, and the transport waits to be
 * closed.
 */

enum state {
	OFF,
	ENABLING,
	READY,
	LOST,
	DISABLING,
};

struct bt_host {
	struct host_layers layers; /* first, see host__layers() */
	enum state state;
	uint8_t layers_up;
	struct fav_hci *hci_set; /* By the application; NULL: from the environment. */
	struct fav_hci *hci_own; /* From the environment, while enabled. */
	bt_ready_cb_t ready;
	struct k_work enable_work;
	struct fav_host_stats stats;
	struct listeners cbs; /* struct fav_host_cb */

	struct name name;
	struct hci_core hci;
	struct persist persist;
	struct id id;
	struct keys keys;
	struct quiet quiet;
	struct own_addrs own_addrs;
	struct privacy privacy;
	struct conn_table conns;
	struct acl acl;
	struct l2cap l2cap;
	struct l2cap_sig l2cap_sig;
	struct l2cap_coc l2cap_coc;
	struct smp smp;
	struct att att;
	struct gatt gatt;
	struct adv adv;
	struct ext_adv ext_adv;
	struct scan scan;
	struct per_sync per_sync;
};

/* The default host, and the current one: NULL before either is used. */
static struct bt_host default_host;
static struct bt_host *current;

/* From the bottom up; down in reverse. hci_core is below them all. */
static const struct layer {
	const char *name;
	int (*enable)(struct bt_host *host);
	void (*disable)(struct bt_host *host); /* NULL: it has nothing to end */
} layers[] = {
	{"persist", persist__enable, NULL},
	{"id", id__enable, NULL},
	{"keys", keys_settings__enable, NULL},
	{"quiet", quiet__enable, quiet__disable},
	{"own_addr", own_addr__enable, own_addr__disable},
	{"privacy", privacy__enable, privacy__disable},
	{"conn", conn__enable, conn__disable},
	{"acl", acl__enable, acl__disable},
	{"l2cap", l2cap__enable, l2cap__disable},
	{"l2cap_sig", l2cap_sig__enable, l2cap_sig__disable},
	{"l2cap_coc", l2cap_coc__enable, l2cap_coc__disable},
	{"smp", smp__enable, smp__disable},
	{"att", att__enable, att__disable},
	{"gatt", gatt__enable, gatt__disable},
	{"adv", adv__enable, adv__disable},
	{"ext_adv", ext_adv__enable, ext_adv__disable},
	{"scan", scan__enable, scan__disable},
	{"per_sync", per_sync__enable, per_sync__disable},
};

static void enable_handler(struct k_work *work);

static void host_init(struct bt_host *host)
{
	k_work_init(&host->enable_work, enable_handler);
	listeners__init(&host->cbs);
	host->layers = (struct host_layers){
		.hci = &host->hci,
		.id = &host->id,
		.keys = &host->keys,
		.own_addrs = &host->own_addrs,
		.persist = &host->persist,
		.quiet = &host->quiet,
		.privacy = &host->privacy,
		.adv = &host->adv,
		.ext_adv = &host->ext_adv,
		.per_sync = &host->per_sync,
		.scan = &host->scan,
		.conns = &host->conns,
		.acl = &host->acl,
		.l2cap = &host->l2cap,
		.l2cap_sig = &host->l2cap_sig,
		.l2cap_coc = &host->l2cap_coc,
		.att = &host->att,
		.gatt = &host->gatt,
		.name = &host->name,
		.smp = &host->smp,
		.stats = &host->stats,
	};
	name__init(&host->name);
	hci__init(&host->hci, host);
	persist__init(&host->persist, host);
	id__init(&host->id, host);
	keys__init(&host->keys, host);
	quiet__init(&host->quiet, host);
	own_addr__init(&host->own_addrs, host);
	privacy__init(&host->privacy, host);
	conn__init(&host->conns, host);
	acl__init(&host->acl, host);
	l2cap__init(&host->l2cap, host);
	l2cap_sig__init(&host->l2cap_sig, host);
	l2cap_coc__init(&host->l2cap_coc, host);
	smp__init(&host->smp, host);
	att__init(&host->att, host);
	gatt__init(&host->gatt, host);
	adv__init(&host->adv, host);
	ext_adv__init(&host->ext_adv, host);
	scan__init(&host->scan, host);
	per_sync__init(&host->per_sync, host);
}

static struct bt_host *host_default(void)
{
	if (default_host.hci.host == NULL) {
		host_init(&default_host);
	}
	return &default_host;
}

struct bt_host *fav_host_create(void)
{
	struct bt_host *host = k_calloc(1, sizeof(*host));

	if (host != NULL) {
		host_init(host);
	}
	return host;
}

int fav_host_destroy(struct bt_host *host)
{
	if (host == NULL || host == &default_host) {
		return -EINVAL;
	}
	if (host->state != OFF || conn__any_referenced(host)) {
		return -EBUSY;
	}
	if (current == host) {
		current = NULL;
	}
	/* Its keys with it. */
	crypto__wipe(host, sizeof(*host));
	k_free(host);
	return 0;
}

struct bt_host *fav_host_select(struct bt_host *host)
{
	struct bt_host *previous = fav_host_current();

	current = host;
	return previous;
}

struct bt_host *fav_host_current(void)
{
	if (current == NULL) {
		current = host_default();
	}
	return current;
}

struct bt_host *host__enter(struct bt_host *host)
{
	return fav_host_select(host);
}

void host__leave(struct bt_host *previous)
{
	current = previous;
}

int fav_host_hci_set(struct bt_host *host, struct fav_hci *hci)
{
	if (host->state != OFF) {
		return -EBUSY;
	}
	host->hci_set = hci;
	return 0;
}

int fav_host_setup_set(struct bt_host *host, fav_host_setup_t setup, void *user)
{
	if (host->state != OFF) {
		return -EBUSY;
	}
	hci__setup_set(&host->hci, setup, user);
	return 0;
}

int fav_host_quirks_set(struct bt_host *host, const struct fav_quirk *rows, size_t count)
{
	if (host->state != OFF) {
		return -EBUSY;
	}
	hci__quirks_set(&host->hci, rows, count);
	return 0;
}

int fav_host_cb_register(struct bt_host *host, struct fav_host_cb *cb)
{
	return cb != NULL ? listeners__add(&host->cbs, &cb->node_) : -EINVAL;
}

int fav_host_cb_unregister(struct bt_host *host, struct fav_host_cb *cb)
{
	return cb != NULL ? listeners__remove(&host->cbs, &cb->node_) : -ENOENT;
}

void fav_host_stats_get(const struct bt_host *host, struct fav_host_stats *stats)
{
	*stats = host->stats;
}

/* Links end first, while every layer still hears of it. */
static void layers_down(struct bt_host *host)
{
	conn__disable(host);
	while (host->layers_up > 0) {
		const struct layer *layer = &layers[--host->layers_up];

		if (layer->disable != NULL) {
			layer->disable(host);
		}
	}
}

static int layers_enable(struct bt_host *host)
{
	while (host->layers_up < ARRAY_SIZE(layers)) {
		const struct layer *layer = &layers[host->layers_up];
		int err = layer->enable(host);

		if (err != 0) {
			LOG_ERR("enabling %s failed: %d", layer->name, err);
			return err;
		}
		host->layers_up++;
	}
	return 0;
}

static void transport_release(struct bt_host *host)
{
	if (host->hci_own != NULL) {
		fav_hci_destroy(host->hci_own);
		host->hci_own = NULL;
	}
}

/* From any state: layers down, transport closed. */
static void host_down(struct bt_host *host)
{
	hci__shut(&host->hci);
	layers_down(host);
	hci__close(&host->hci);
	transport_release(host);
	host->state = OFF;
}

static int host_up(struct bt_host *host)
{
	struct fav_hci *hci = host->hci_set;
	int err = 0;

	if (hci == NULL) {
		err = fav_hci_create(NULL, &host->hci_own);
		hci = host->hci_own;
	}
	if (err == 0) {
		err = hci__open(&host->hci, hci);
	}
	if (err == 0) {
		err = layers_enable(host);
	}
	if (err == 0) {
		/* What the last layer waited for may have come together with the transport's end.
		 */
		err = hci__is_open(&host->hci) ? 0 : -ENODEV;
	}
	if (err != 0) {
		host_down(host);
		return err;
	}
	host->state = READY;
	quiet__ready(host);
	return 0;
}

static void enable_handler(struct k_work *work)
{
	struct bt_host *host = CONTAINER_OF(work, struct bt_host, enable_work);
	struct bt_host *previous = host__enter(host);
	bt_ready_cb_t ready = host->ready;

	host->ready = NULL;
	ready(host_up(host));
	host__leave(previous);
}

int bt_enable(bt_ready_cb_t cb)
{
	struct bt_host *host = fav_host_current();
	struct bt_host *previous;
	int err;

	if (host->state != OFF) {
		return -EALREADY;
	}
	if (cb != NULL) {
		host->state = ENABLING;
		host->ready = cb;
		k_work_submit(&host->enable_work);
		return 0;
	}
	if (k_is_in_isr()) {
		return -EWOULDBLOCK;
	}
	host->state = ENABLING;
	previous = host__enter(host);
	err = host_up(host);
	host__leave(previous);
	return err;
}

/* bt_enable() with a callback that has not begun. */
static int cancel_enable(struct bt_host *host)
{
	bt_ready_cb_t ready = host->ready;

	if (ready == NULL) {
		return -EBUSY;
	}
	k_work_cancel(&host->enable_work);
	host->ready = NULL;
	host->state = OFF;
	ready(-ECANCELED);
	return 0;
}

static void disable(struct bt_host *host)
{
	struct bt_host *previous = host__enter(host);

	/* Ends all that the controller does, and with it its events. One that does not answer is
	 * left alone. */
	if (host->state == READY) {
		host->state = DISABLING;
		(void)hci__cmd_sync(&host->hci, BT_HCI_OP_RESET, NULL, 0);
	}
	host->state = DISABLING;
	host_down(host);
	host__leave(previous);
}

int bt_disable(void)
{
	struct bt_host *host = fav_host_current();

	if (k_is_in_isr()) {
		return -EWOULDBLOCK;
	}
	switch (host->state) {
	case OFF:
		return -EALREADY;
	case ENABLING:
		return cancel_enable(host);
	case DISABLING:
		return -EBUSY;
	default:
		disable(host);
		return 0;
	}
}

bool bt_is_ready(void)
{
	return host__is_ready(fav_host_current());
}

bool host__is_ready(const struct bt_host *host)
{
	return host->state == READY && hci__is_open(&host->hci);
}

/* One may enable the host again. */
static void tell_lost(struct bt_host *host, int err)
{
	struct listeners_run run;
	struct fav_host_cb *cb;

	LISTENERS_FOR_EACH(&host->cbs, &run, cb, node_) {
		if (cb->lost != NULL) {
			cb->lost(host, err);
		}
	}
}

void host__lost(struct bt_host *host, int err)
{
	if (host->state != READY) {
		return;
	}
	host->state = LOST;
	hci__shut(&host->hci);
	layers_down(host);
	tell_lost(host, err);
}
