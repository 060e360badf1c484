/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_resolve.h"

#include <string.h>

#include <zephyr/sys/util.h>

#include "controller/ll_addr.h"
#include "crypto/crypto.h"

/* ---- Answers that are remembered ---- */

static void forget(struct ll_resolve *list)
{
	if (++list->generation == 0) {
		memset(list->known, 0, sizeof(list->known));
		list->generation = 1;
	}
}

static unsigned int bucket_of(const bt_addr_le_t *addr)
{
	return ll__addr_hash(addr) % LL_RESOLVE_BUCKETS;
}

static const struct ll_resolve_known *recall(const struct ll_resolve *list,
					     const bt_addr_le_t *addr, unsigned int bucket)
{
	for (unsigned int i = 0; i < LL_RESOLVE_WAYS; i++) {
		const struct ll_resolve_known *known = &list->known[bucket][i];

		if (known->generation == list->generation && known->type == addr->type &&
		    bt_addr_eq(&known->addr, &addr->a)) {
			return known;
		}
	}
	return NULL;
}

static void remember(struct ll_resolve *list, const bt_addr_le_t *addr, unsigned int bucket,
		     uint8_t entry)
{
	uint8_t *way = &list->known_next[bucket];

	list->known[bucket][*way] = (struct ll_resolve_known){
		.addr = addr->a,
		.type = addr->type,
		.entry = entry,
		.generation = list->generation,
	};
	*way = (*way + 1) % LL_RESOLVE_WAYS;
}

/* ---- Whose an address is ---- */

static bool is_rpa(const bt_addr_le_t *addr)
{
	return addr->type == BT_ADDR_LE_RANDOM && crypto__rpa_is(addr->a.val);
}

static uint8_t search_id(const struct ll_resolve *list, const bt_addr_le_t *id)
{
	for (uint8_t i = 0; i < list->count; i++) {
		if (bt_addr_le_eq(&list->entries[i].id, id)) {
			return i;
		}
	}
	return LL_RESOLVE_NONE;
}

static uint8_t search_rpa(struct ll_resolve *list, const bt_addr_t *rpa)
{
	for (uint8_t i = 0; i < list->count; i++) {
		struct ll_resolve_entry *entry = &list->entries[i];

		if (entry->has_peer_irk && crypto__rpa_matches(entry->peer_irk, rpa->val)) {
			return i;
		}
	}
	return LL_RESOLVE_NONE;
}

uint8_t ll__resolve(struct ll_resolve *list, const bt_addr_le_t *addr)
{
	const struct ll_resolve_known *known;
	unsigned int bucket;
	uint8_t entry;

	if (list->count == 0) {
		return LL_RESOLVE_NONE;
	}
	bucket = bucket_of(addr);
	known = recall(list, addr, bucket);
	if (known != NULL) {
		entry = known->entry;
	} else {
		entry = search_id(list, addr);
		if (entry == LL_RESOLVE_NONE && list->enabled && is_rpa(addr)) {
			entry = search_rpa(list, &addr->a);
		}
		remember(list, addr, bucket, entry);
	}
	if (entry != LL_RESOLVE_NONE && !bt_addr_le_eq(&list->entries[entry].id, addr)) {
		list->entries[entry].heard = addr->a;
	}
	return entry;
}

/* ---- What is in it ---- */

static bool is_key(const uint8_t irk[CRYPTO_IRK_LEN])
{
	static const uint8_t none[CRYPTO_IRK_LEN];

	return memcmp(irk, none, CRYPTO_IRK_LEN) != 0;
}

struct ll_resolve_entry *ll__resolve_find(struct ll_resolve *list, const bt_addr_le_t *id)
{
	uint8_t i = search_id(list, id);

	return i == LL_RESOLVE_NONE ? NULL : &list->entries[i];
}

static bool has_peer_key(const struct ll_resolve *list, const uint8_t irk[CRYPTO_IRK_LEN])
{
	for (uint8_t i = 0; i < list->count; i++) {
		if (memcmp(list->entries[i].peer_irk, irk, CRYPTO_IRK_LEN) == 0) {
			return true;
		}
	}
	return false;
}

/* Core 6.0 Vol 4 Part E 7.8.38. */
enum ll_resolve_added ll__resolve_add(struct ll_resolve *list, const bt_addr_le_t *id,
				      const uint8_t peer_irk[CRYPTO_IRK_LEN],
				      const uint8_t local_irk[CRYPTO_IRK_LEN])
{
	uint8_t known = search_id(list, id);
	struct ll_resolve_entry *entry;

	if (known != LL_RESOLVE_NONE) {
		entry = &list->entries[known];
		return memcmp(entry->peer_irk, peer_irk, CRYPTO_IRK_LEN) == 0 &&
				       memcmp(entry->local_irk, local_irk, CRYPTO_IRK_LEN) == 0
			       ? LL_RESOLVE_ADDED
			       : LL_RESOLVE_CONFLICT;
	}
	if (is_key(peer_irk) && has_peer_key(list, peer_irk)) {
		return LL_RESOLVE_CONFLICT;
	}
	if (list->count == LL_RESOLVE_MAX) {
		return LL_RESOLVE_FULL;
	}
	entry = &list->entries[list->count++];
	*entry = (struct ll_resolve_entry){
		.id = *id,
		.has_peer_irk = is_key(peer_irk),
		.has_local_irk = is_key(local_irk),
	};
	memcpy(entry->peer_irk, peer_irk, CRYPTO_IRK_LEN);
	memcpy(entry->local_irk, local_irk, CRYPTO_IRK_LEN);
	forget(list);
	return LL_RESOLVE_ADDED;
}

bool ll__resolve_remove(struct ll_resolve *list, const bt_addr_le_t *id)
{
	struct ll_resolve_entry *entry = ll__resolve_find(list, id);

	if (entry == NULL) {
		return false;
	}
	*entry = list->entries[--list->count];
	crypto__wipe(&list->entries[list->count], sizeof(*entry));
	forget(list);
	return true;
}

void ll__resolve_clear(struct ll_resolve *list)
{
	crypto__wipe(list->entries, sizeof(list->entries));
	list->count = 0;
	forget(list);
}

void ll__resolve_enable(struct ll_resolve *list, bool enable)
{
	list->enabled = enable;
	forget(list);
}

void ll__resolve_init(struct ll_resolve *list)
{
	ll__resolve_clear(list);
	list->enabled = false;
	list->timeout_min_s = LL_RPA_TIMEOUT_DEFAULT;
	list->timeout_max_s = LL_RPA_TIMEOUT_DEFAULT;
}
