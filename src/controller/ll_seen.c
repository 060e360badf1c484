/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_seen.h"

#include <string.h>

#include "controller/ll_addr.h"

#define SEEN_TYPE 0x01

/* Another DID is another thing to report: it takes the entry of the former. */
#define SID_OF(adi) ((adi)&0x1f000)

static unsigned int bucket_of(const bt_addr_le_t *addr)
{
	return ll__addr_hash(addr) % LL_SEEN_BUCKETS;
}

static struct ll_seen_entry *find(struct ll_seen *seen, const bt_addr_le_t *addr, uint32_t adi)
{
	struct ll_seen_entry *bucket = seen->buckets[bucket_of(addr)];

	for (unsigned int i = 0; i < LL_SEEN_WAYS; i++) {
		if (bucket[i].generation == seen->generation &&
		    (bucket[i].flags & SEEN_TYPE) == (addr->type & SEEN_TYPE) &&
		    SID_OF(bucket[i].adi) == SID_OF(adi) && bt_addr_eq(&bucket[i].addr, &addr->a)) {
			return &bucket[i];
		}
	}
	return NULL;
}

bool ll__seen_has(struct ll_seen *seen, const bt_addr_le_t *addr, uint32_t adi, uint8_t what)
{
	const struct ll_seen_entry *entry = find(seen, addr, adi);

	return entry != NULL && entry->adi == adi && (entry->flags & what);
}

void ll__seen_add(struct ll_seen *seen, const bt_addr_le_t *addr, uint32_t adi, uint8_t what)
{
	struct ll_seen_entry *entry = find(seen, addr, adi);
	unsigned int bucket = bucket_of(addr);

	if (entry == NULL) {
		entry = &seen->buckets[bucket][seen->next[bucket]];
		seen->next[bucket] = (seen->next[bucket] + 1) % LL_SEEN_WAYS;
		entry->addr = addr->a;
		entry->generation = seen->generation;
		entry->flags = addr->type & SEEN_TYPE;
	} else if (entry->adi != adi) {
		entry->flags = addr->type & SEEN_TYPE;
	}
	entry->adi = adi;
	entry->flags |= what;
}

void ll__seen_forget(struct ll_seen *seen)
{
	if (++seen->generation == 0) {
		memset(seen->buckets, 0, sizeof(seen->buckets));
		seen->generation = 1;
	}
}
