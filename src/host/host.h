/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_HOST_H_
#define FAV_HOST_HOST_H_

#include <stdbool.h>

#include <favonius/host.h>

/*
 * The layers of one host, each in a struct of its own, all inside struct bt_host, which only host.c
 * sees whole. A layer reaches a lower one through these accessors, never an upper one: upper layers
 * register a table with the lower one when the host is enabled.
 *
 *     gatt_server  gatt_client          (by bt_conn and attribute)
 *            att                        (fixed channel 0x0004)
 *  l2cap_coc                            (channels of the application's)
 *     l2cap_sig   smp                   (fixed channels 0x0005, 0x0006)
 *           l2cap      adv  ext_adv  scan <- per_sync
 *        acl   conn   privacy
 *                     own_addr
 *                     quiet
 *           hci_core  id    keys
 *                     persist
 */
struct hci_core;
struct id;
struct keys;
struct own_addrs;
struct persist;
struct quiet;
struct privacy;
struct adv;
struct scan;
struct ext_adv;
struct per_sync;
struct conn_table;
struct acl;
struct l2cap;
struct l2cap_sig;
struct l2cap_coc;
struct att;
struct gatt;
struct name;
struct smp;

/* How a struct bt_host begins: where its layers are. host.c's alone. */
struct host_layers {
	struct hci_core *hci;
	struct id *id;
	struct keys *keys;
	struct own_addrs *own_addrs;
	struct persist *persist;
	struct quiet *quiet;
	struct privacy *privacy;
	struct adv *adv;
	struct scan *scan;
	struct ext_adv *ext_adv;
	struct per_sync *per_sync;
	struct conn_table *conns;
	struct acl *acl;
	struct l2cap *l2cap;
	struct l2cap_sig *l2cap_sig;
	struct l2cap_coc *l2cap_coc;
	struct att *att;
	struct gatt *gatt;
	struct name *name;
	struct smp *smp;
	struct fav_host_stats *stats; /* counters, for the layers to add to */
};

static inline const struct host_layers *host__layers(const struct bt_host *host)
{
	return (const struct host_layers *)host;
}

static inline struct hci_core *host__hci(struct bt_host *host)
{
	return host__layers(host)->hci;
}

static inline struct id *host__id(struct bt_host *host)
{
	return host__layers(host)->id;
}

static inline struct keys *host__keys(struct bt_host *host)
{
	return host__layers(host)->keys;
}

static inline struct own_addrs *host__own_addrs(struct bt_host *host)
{
	return host__layers(host)->own_addrs;
}

static inline struct persist *host__persist(struct bt_host *host)
{
	return host__layers(host)->persist;
}

static inline struct quiet *host__quiet(struct bt_host *host)
{
	return host__layers(host)->quiet;
}

static inline struct privacy *host__privacy(struct bt_host *host)
{
	return host__layers(host)->privacy;
}

static inline struct adv *host__adv(struct bt_host *host)
{
	return host__layers(host)->adv;
}

static inline struct scan *host__scan(struct bt_host *host)
{
	return host__layers(host)->scan;
}

static inline struct ext_adv *host__ext_adv(struct bt_host *host)
{
	return host__layers(host)->ext_adv;
}

static inline struct per_sync *host__per_sync(struct bt_host *host)
{
	return host__layers(host)->per_sync;
}

static inline struct conn_table *host__conns(struct bt_host *host)
{
	return host__layers(host)->conns;
}

static inline struct acl *host__acl(struct bt_host *host)
{
	return host__layers(host)->acl;
}

static inline struct l2cap *host__l2cap(struct bt_host *host)
{
	return host__layers(host)->l2cap;
}

static inline struct l2cap_sig *host__l2cap_sig(struct bt_host *host)
{
	return host__layers(host)->l2cap_sig;
}

static inline struct l2cap_coc *host__l2cap_coc(struct bt_host *host)
{
	return host__layers(host)->l2cap_coc;
}

static inline struct att *host__att(struct bt_host *host)
{
	return host__layers(host)->att;
}

static inline struct gatt *host__gatt(struct bt_host *host)
{
	return host__layers(host)->gatt;
}

static inline struct name *host__name(struct bt_host *host)
{
	return host__layers(host)->name;
}

static inline struct smp *host__smp(struct bt_host *host)
{
	return host__layers(host)->smp;
}

static inline struct fav_host_stats *host__stats(struct bt_host *host)
{
	return host__layers(host)->stats;
}

/* Whether the API may be used: enabled, and the transport not lost. */
bool host__is_ready(const struct bt_host *host);

/* For hci_core: the transport is gone. Thread level. */
void host__lost(struct bt_host *host, int err);

/* Work of a host runs between these, so that callbacks find their own host current. */
struct bt_host *host__enter(struct bt_host *host);
void host__leave(struct bt_host *previous);

#endif
