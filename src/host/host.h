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

struct hci_core *host__hci(struct bt_host *host);
struct id *host__id(struct bt_host *host);
struct keys *host__keys(struct bt_host *host);
struct own_addrs *host__own_addrs(struct bt_host *host);
struct persist *host__persist(struct bt_host *host);
struct quiet *host__quiet(struct bt_host *host);
struct privacy *host__privacy(struct bt_host *host);
struct adv *host__adv(struct bt_host *host);
struct scan *host__scan(struct bt_host *host);
struct ext_adv *host__ext_adv(struct bt_host *host);
struct per_sync *host__per_sync(struct bt_host *host);
struct conn_table *host__conns(struct bt_host *host);
struct acl *host__acl(struct bt_host *host);
struct l2cap *host__l2cap(struct bt_host *host);
struct l2cap_sig *host__l2cap_sig(struct bt_host *host);
struct l2cap_coc *host__l2cap_coc(struct bt_host *host);
struct att *host__att(struct bt_host *host);
struct gatt *host__gatt(struct bt_host *host);
struct name *host__name(struct bt_host *host);
struct smp *host__smp(struct bt_host *host);

/* Counters, for the layers to add to. */
struct fav_host_stats *host__stats(struct bt_host *host);

/* Whether the API may be used: enabled, and the transport not lost. */
bool host__is_ready(const struct bt_host *host);

/* For hci_core: the transport is gone. Thread level. */
void host__lost(struct bt_host *host, int err);

/* Work of a host runs between these, so that callbacks find their own host current. */
struct bt_host *host__enter(struct bt_host *host);
void host__leave(struct bt_host *previous);

#endif
