/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_OWN_ADDR_H_
#define FAV_HOST_OWN_ADDR_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/kernel.h>

#include "quiet.h"

/*
 * The address that each role of the host uses, and when it changes: Core 6.0 Vol 3 Part C 10.7.
 *
 * A controller has one random address, which legacy advertising, scanning and initiating share and
 * which may not change while one of them runs (Vol 4 Part E 7.8.4); an advertising set has one of
 * its own (7.8.52). So each of them is a user:
 *
 *     own_addr__register()   at each enable, or when the set is made
 *     own_addr__take()       before each start: chooses the address
 *     own_addr__send()       a set's: after LE Set Extended Advertising Parameters
 *     ... use->type goes into the HCI command, use->addr is what is on the air
 *     own_addr__release()    when it has stopped
 *
 * Private addresses of running users change together, every bt_le_set_rpa_timeout() seconds, in
 * quiet: the user is paused, use->addr becomes another one, the user is resumed. The user's
 * quiet_ops do that.
 */

enum own_addr_kind {
	OWN_ADDR_IDENTITY, /* the identity's */
	OWN_ADDR_DEFAULT,  /* private where the host is private, else the identity's */
	OWN_ADDR_PRIVATE,  /* the host's private one, else one that is non-resolvable */
	OWN_ADDR_NRPA,     /* non-resolvable */
};

/* The random address that legacy advertising, scanning and initiating share. */
#define OWN_ADDR_SHARED 0xff

/* A user: in the layer's struct, or the set's. */
struct own_addr {
	struct quiet_user quiet;
	uint8_t set; /* advertising handle, or OWN_ADDR_SHARED */
	/* Of a set: its resolvable private address is that of the scanner, where it has the same
	 * identity, as if there were one random address. */
	bool common;
	/* Of a set, may be NULL: its private address is about to change. False: keep it. */
	bool (*expired)(struct bt_host *host, struct own_addr *use);

	/* Since take(). */
	uint8_t id;
	enum own_addr_kind made; /* IDENTITY, PRIVATE (resolvable) or NRPA */
	uint8_t type;            /* Own_Address_Type in HCI commands */
	bt_addr_le_t addr;       /* on the air */
};

/* In the host; what the application chose survives disable. */
struct own_addrs {
	struct bt_host *host;
	enum fav_own_addr policy;
	uint8_t id;             /* that scans and initiates */
	uint16_t rpa_timeout_s; /* 1 to 3600 */

	bt_addr_t random; /* What the controller has; BT_ADDR_ANY: none yet. */
	/* The resolvable private address that shared users get; valid until it expires. */
	bool rpa_valid;
	uint8_t rpa_id;
	bt_addr_t rpa;
	struct k_work_delayable expiry;
};

void own_addr__init(struct own_addrs *own, struct bt_host *host);
int own_addr__enable(struct bt_host *host);
void own_addr__disable(struct bt_host *host);

/* Make a user known; set: its advertising handle, or OWN_ADDR_SHARED. */
void own_addr__register(struct bt_host *host, struct own_addr *use, uint8_t set,
			const struct quiet_ops *ops);
/* A set is no more. */
void own_addr__unregister(struct bt_host *host, struct own_addr *use);

/* Choose an address of identity id for the user, which does not run. Of shared users, the
 * controller's random address is set where that is it.
 * -EINVAL: no such identity. -EBUSY: the random address is taken with another value. -EIO: no
 * entropy. Else as hci__cmd_sync(). Thread level. On success own_addr__release() must follow. */
int own_addr__take(struct bt_host *host, struct own_addr *use, uint8_t id, enum own_addr_kind kind);
/* Of a set: give its random address, where it has one, to the controller. As hci__cmd_sync(). */
int own_addr__send(struct bt_host *host, const struct own_addr *use);
/* The user has stopped. Releasing twice has no effect. */
void own_addr__release(struct bt_host *host, struct own_addr *use);

/* Whether a running user has an address of that identity. */
bool own_addr__uses(struct bt_host *host, uint8_t id);
/* The identity that scans and initiates. */
uint8_t own_addr__id(struct bt_host *host);

/* The address that identity id will be known by for a whole bt_le_set_rpa_timeout(): where the host
 * is private a resolvable one, made anew, which running users get soon; else its own. -EBUSY: they
 * have one of another identity or kind. -EIO: no entropy. */
int own_addr__renew(struct bt_host *host, uint8_t id, bt_addr_le_t *addr);

#endif
