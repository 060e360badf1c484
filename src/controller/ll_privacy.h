/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PRIVACY_H_
#define FAV_CONTROLLER_LL_PRIVACY_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_resolve.h"

/*
 * Privacy in the link layer, Core 6.0 Vol 6 Part B 6. Whoever sends takes its address from
 * ll__privacy_own() and the one that it calls from ll__privacy_target(); whoever receives passes
 * the sender's through ll__privacy_peer(), and that of a directed advertisement's target through
 * ll__privacy_is_us(). Nobody else looks at own address types or at the resolving list.
 *
 * Addresses are made when they are needed and their time is over; there is no timer. So ask once
 * for all PDUs that must have the same, such as those of an advertising event.
 */

struct fav_controller;

/* Who sends. */
struct ll_peer {
	bt_addr_le_t air; /* as in the PDU: public or random */
	bt_addr_le_t id;  /* for comparing: the identity when it was resolved, else as air; types as
			   * in lists and commands, public or random */
	uint8_t entry;    /* of the resolving list, or LL_RESOLVE_NONE */
	bool resolved;    /* air is a private address of the identity */
};

/* Find out who uses the address air. False: nobody that we may take notice of: it is the identity
 * address of a peer that must use private ones (network privacy mode, 6.2 to 6.5). */
bool ll__privacy_peer(struct fav_controller *ctl, const bt_addr_le_t *air, struct ll_peer *peer);

/* The address by which events call it: resolved ones have the types of identities, 2 and 3. */
bt_addr_le_t ll__privacy_told(const struct ll_peer *peer);

/* The private address that it used, as LE Enhanced Connection Complete has it; zero for none. */
bt_addr_t ll__privacy_peer_rpa(const struct ll_peer *peer);

/* Own address in a PDU. */
struct ll_own {
	bt_addr_le_t air;
	bool rpa; /* made from a local IRK */
};

/* Choose it. type: Own_Address_Type, 0 to 3. random: the random address that applies, the
 * controller's or the advertising set's; NULL: never set. entry: that of the peer whom it is for
 * (ll_peer's, or ll__privacy_entry()). False: it would be the random one, and there is none. */
bool ll__privacy_own(struct fav_controller *ctl, uint8_t type, const bt_addr_t *random,
		     uint8_t entry, uint64_t now_us, struct ll_own *own);

/* Local_Resolvable_Private_Address of an event; zero for none. */
bt_addr_t ll__privacy_own_rpa(const struct ll_own *own);

/* The entry of a peer that a command names; its type may also be that of an identity. */
uint8_t ll__privacy_entry(struct fav_controller *ctl, const bt_addr_le_t *id);

/* How an advertiser calls the peer `id` of the entry in TargetA, 6.2: by a private address when it
 * uses one itself (type 2 or 3) and knows the peer's key. */
bt_addr_le_t ll__privacy_target(struct fav_controller *ctl, uint8_t type, uint8_t entry,
				const bt_addr_le_t *id, uint64_t now_us);

enum ll_target {
	LL_TARGET_OTHER,
	LL_TARGET_US,
	LL_TARGET_UNRESOLVED, /* a private address of who knows whom: for extended filter policies
			       */
};

/* Whom `target`, called by `peer`, means, for a scanner or initiator with that own address type and
 * random address (as above). */
enum ll_target ll__privacy_is_us(struct fav_controller *ctl, uint8_t type, const bt_addr_t *random,
				 const struct ll_peer *peer, const bt_addr_le_t *target);

/* The address that we would have towards the entry's peer, its time considered; NULL without a
 * local key. And that by which the peer is known: the last it used, else that by which we call it;
 * NULL without a peer's key. For the commands that read them. */
const bt_addr_t *ll__privacy_local(struct fav_controller *ctl, struct ll_resolve_entry *entry,
				   uint64_t now_us);
const bt_addr_t *ll__privacy_remote(struct fav_controller *ctl, struct ll_resolve_entry *entry,
				    uint64_t now_us);

/* New bounds for the life of private addresses, in seconds; those in use keep to them, too. */
void ll__privacy_timeout(struct fav_controller *ctl, uint16_t min_s, uint16_t max_s,
			 uint64_t now_us);

#endif
