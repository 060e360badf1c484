/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_PRIVACY_H_
#define FAV_HOST_PRIVACY_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

#include "keys.h"

/*
 * Peers that use private addresses, known by their identities: Core 6.0 Vol 3 Part C 10.7.
 *
 * Where the controller can resolve, its resolving list is kept in step with the bonds: it changes
 * in quiet (quiet.h) after each change of theirs, and is made anew when the host is enabled. Of
 * more bonds than the list has room for, those used last are in it. What the controller does not
 * resolve is resolved here: peers of bonds that are not in its list, in advertising reports and on
 * new links. A peer that must be found by its identity, because one wants to connect to it, is
 * looked for by scanning (conn_search.c).
 */

/* Addresses that were looked up: most reports come from the same few. */
#define PRIVACY_CACHE 16

struct privacy_seen {
	bt_addr_le_t addr; /* on the air; BT_ADDR_LE_ANY: free */
	uint8_t id;
	uint32_t serial; /* of the bond that it is of; 0: of none */
};

/* What of a bond is in the controller's list. */
struct privacy_entry {
	bt_addr_le_t addr; /* the peer's identity address */
	uint32_t serial;   /* of the bond; 0: free */
	bool with_local;   /* and with the key of our own addresses */
};

/* In the host. */
struct privacy {
	struct bt_host *host;
	bool in_controller; /* it can resolve */
	bool resolving;     /* and does */
	uint8_t size;       /* of its list */
	struct privacy_entry entries[CONFIG_BT_MAX_PAIRED];
	uint32_t keys_serial; /* of the keys when the cache was last emptied */
	/* By place of the bond: the private address with which its peer advertised last, and when.
	 */
	struct {
		uint32_t serial;
		bt_addr_t addr;
		int64_t at_ms;
	} heard[CONFIG_BT_MAX_PAIRED];
	uint8_t next; /* place of the cache that is used again next */
	struct privacy_seen cache[PRIVACY_CACHE];
};

void privacy__init(struct privacy *privacy, struct bt_host *host);
int privacy__enable(struct bt_host *host);
void privacy__disable(struct bt_host *host);

/* Whether the controller resolves the private addresses of that bond's peer. */
bool privacy__is_listed(struct bt_host *host, const struct keys_bond *bond);

/* The bond of whom an address on the air is, for identity id: its peer's identity address, or a
 * private one of it; NULL: of none. The bond is valid until the next change. */
struct keys_bond *privacy__bond(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr);

/* The bond's peer has advertised with this private address, connectably. */
void privacy__heard(struct bt_host *host, const struct keys_bond *bond, const bt_addr_t *addr);
/* The private address with which it did so not long ago; false: it did not. */
bool privacy__recall(struct bt_host *host, const struct keys_bond *bond, bt_addr_le_t *addr);

/* There is a link with it: what was heard before that is out of date when it ends. */
void privacy__linked(struct bt_host *host, const struct keys_bond *bond);

/* Whether a peer may be heard with this address: not its identity address, where only private ones
 * were agreed on (network privacy mode). by_controller: that resolved it. */
bool privacy__allows(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr,
		     bool by_controller);

#endif
