/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_privacy.h"

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

#define US_PER_S 1000000ULL

static struct ll_resolve_entry *entry_of(struct fav_controller *ctl, uint8_t entry)
{
	return entry < ctl->resolve.count ? &ctl->resolve.entries[entry] : NULL;
}

static uint8_t base_type(uint8_t type)
{
	return type & ~BT_HCI_OWN_ADDR_RPA_MASK;
}

/* ---- Peers ---- */

bool ll__privacy_peer(struct fav_controller *ctl, const bt_addr_le_t *air, struct ll_peer *peer)
{
	const struct ll_resolve_entry *entry;

	peer->air = *air;
	peer->id = *air;
	peer->entry = ll__resolve(&ctl->resolve, air);
	peer->resolved = false;
	entry = entry_of(ctl, peer->entry);
	if (entry == NULL) {
		return true;
	}
	peer->resolved = !bt_addr_le_eq(&entry->id, air);
	peer->id = entry->id;
	return peer->resolved || !ctl->resolve.enabled || entry->device_privacy ||
	       !entry->has_peer_irk;
}

bt_addr_le_t ll__privacy_told(const struct ll_peer *peer)
{
	bt_addr_le_t told = peer->id;

	if (peer->resolved) {
		told.type += BT_ADDR_LE_PUBLIC_ID - BT_ADDR_LE_PUBLIC;
	}
	return told;
}

bt_addr_t ll__privacy_peer_rpa(const struct ll_peer *peer)
{
	return peer->resolved ? peer->air.a : *BT_ADDR_ANY;
}

uint8_t ll__privacy_entry(struct fav_controller *ctl, const bt_addr_le_t *id)
{
	bt_addr_le_t base = {.type = base_type(id->type), .a = id->a};

	return ll__resolve(&ctl->resolve, &base);
}

/* ---- Addresses that are made ---- */

static uint64_t lifetime_us(struct fav_controller *ctl)
{
	const struct ll_resolve *list = &ctl->resolve;
	uint32_t spread_s = list->timeout_max_s - list->timeout_min_s;

	return list->timeout_min_s * US_PER_S +
	       (spread_s == 0 ? 0 : ctl__random(ctl) % (spread_s * US_PER_S));
}

/* NULL: there is none. */
static const bt_addr_t *rpa_of(struct fav_controller *ctl, struct ll_rpa *rpa, const uint8_t *irk,
			       uint64_t now_us)
{
	bt_addr_t made;

	if (rpa->made && now_us < rpa->until_us) {
		return &rpa->addr;
	}
	/* Fails for two of four million values, and when the crypto library does: then the former
	 * stays, and the next who asks tries again. */
	if (crypto__rpa_make(irk, (uint32_t)ctl__random(ctl), made.val) == 0) {
		rpa->addr = made;
		rpa->made = true;
		rpa->until_us = now_us + lifetime_us(ctl);
	}
	return rpa->made ? &rpa->addr : NULL;
}

const bt_addr_t *ll__privacy_local(struct fav_controller *ctl, struct ll_resolve_entry *entry,
				   uint64_t now_us)
{
	return entry->has_local_irk ? rpa_of(ctl, &entry->own, entry->local_irk, now_us) : NULL;
}

static const bt_addr_t *target_rpa(struct fav_controller *ctl, struct ll_resolve_entry *entry,
				   uint64_t now_us)
{
	return entry->has_peer_irk ? rpa_of(ctl, &entry->target, entry->peer_irk, now_us) : NULL;
}

const bt_addr_t *ll__privacy_remote(struct fav_controller *ctl, struct ll_resolve_entry *entry,
				    uint64_t now_us)
{
	return bt_addr_eq(&entry->heard, BT_ADDR_ANY) ? target_rpa(ctl, entry, now_us)
						      : &entry->heard;
}

static void shorten(struct ll_rpa *rpa, uint64_t until_us)
{
	rpa->until_us = MIN(rpa->until_us, until_us);
}

void ll__privacy_timeout(struct fav_controller *ctl, uint16_t min_s, uint16_t max_s,
			 uint64_t now_us)
{
	struct ll_resolve *list = &ctl->resolve;

	list->timeout_min_s = min_s;
	list->timeout_max_s = max_s;
	for (uint8_t i = 0; i < list->count; i++) {
		shorten(&list->entries[i].own, now_us + max_s * US_PER_S);
		shorten(&list->entries[i].target, now_us + max_s * US_PER_S);
	}
}

/* ---- Own address ---- */

static bool plain_addr(const struct fav_controller *ctl, uint8_t type, const bt_addr_t *random,
		       bt_addr_le_t *addr)
{
	addr->type = base_type(type);
	if (addr->type == BT_ADDR_LE_RANDOM && random == NULL) {
		return false;
	}
	addr->a = addr->type == BT_ADDR_LE_RANDOM ? *random : ctl->public_addr;
	return true;
}

bool ll__privacy_own(struct fav_controller *ctl, uint8_t type, const bt_addr_t *random,
		     uint8_t entry, uint64_t now_us, struct ll_own *own)
{
	struct ll_resolve_entry *of = entry_of(ctl, entry);
	const bt_addr_t *rpa = NULL;

	if (of != NULL && (type & BT_HCI_OWN_ADDR_RPA_MASK)) {
		rpa = ll__privacy_local(ctl, of, now_us);
	}
	own->rpa = rpa != NULL;
	if (rpa == NULL) {
		return plain_addr(ctl, type, random, &own->air);
	}
	own->air.type = BT_ADDR_LE_RANDOM;
	own->air.a = *rpa;
	return true;
}

bt_addr_t ll__privacy_own_rpa(const struct ll_own *own)
{
	return own->rpa ? own->air.a : *BT_ADDR_ANY;
}

/* ---- Targets ---- */

bt_addr_le_t ll__privacy_target(struct fav_controller *ctl, uint8_t type, uint8_t entry,
				const bt_addr_le_t *id, uint64_t now_us)
{
	bt_addr_le_t target = {.type = base_type(id->type), .a = id->a};
	struct ll_resolve_entry *of = entry_of(ctl, entry);
	const bt_addr_t *rpa = NULL;

	if (of != NULL && (type & BT_HCI_OWN_ADDR_RPA_MASK)) {
		rpa = target_rpa(ctl, of, now_us);
	}
	if (rpa != NULL) {
		target.type = BT_ADDR_LE_RANDOM;
		target.a = *rpa;
	}
	return target;
}

static bool is_own_rpa(const struct ll_resolve_entry *entry, const bt_addr_t *rpa)
{
	return entry->has_local_irk && ((entry->own.made && bt_addr_eq(&entry->own.addr, rpa)) ||
					crypto__rpa_matches(entry->local_irk, rpa->val));
}

enum ll_target ll__privacy_is_us(struct fav_controller *ctl, uint8_t type, const bt_addr_t *random,
				 const struct ll_peer *peer, const bt_addr_le_t *target)
{
	const struct ll_resolve_entry *entry = entry_of(ctl, peer->entry);
	bt_addr_le_t plain;

	if (!ctl->resolve.enabled) {
		entry = NULL;
	}
	if (plain_addr(ctl, type, random, &plain) && bt_addr_le_eq(&plain, target)) {
		/* 6.4: who is private towards a peer is not there for it under its identity. */
		return (type & BT_HCI_OWN_ADDR_RPA_MASK) && entry != NULL && entry->has_local_irk &&
				       !entry->device_privacy
			       ? LL_TARGET_OTHER
			       : LL_TARGET_US;
	}
	if (target->type != BT_ADDR_LE_RANDOM || !crypto__rpa_is(target->a.val)) {
		return LL_TARGET_OTHER;
	}
	return entry != NULL && is_own_rpa(entry, &target->a) ? LL_TARGET_US : LL_TARGET_UNRESOLVED;
}
