/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SEEN_H_
#define FAV_CONTROLLER_LL_SEEN_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/*
 * What a scanner that filters duplicates has reported, Core 6.0 Vol 6 Part B 4.4.3.5: of legacy
 * advertising the address decides, of extended advertising address, SID and DID; never the data.
 *
 * With more devices than it holds, the oldest entry of a bucket gives way, and its device is
 * reported again.
 */

#define LL_SEEN_BUCKETS 512
#define LL_SEEN_WAYS    4

#define LL_SEEN_ADV 0x02
#define LL_SEEN_RSP 0x04

/* Instead of an AdvDataInfo: legacy advertising, or none was there. */
#define LL_SEEN_NO_ADI 0x10000

struct ll_seen_entry {
	bt_addr_t addr;
	uint8_t flags; /* bit 0: address type or, of all ones, anonymous; LL_SEEN_* */
	uint8_t generation;
	uint32_t adi;
};

struct ll_seen {
	uint8_t generation; /* of the entries that count; 0 is none's */
	uint8_t next[LL_SEEN_BUCKETS];
	struct ll_seen_entry buckets[LL_SEEN_BUCKETS][LL_SEEN_WAYS];
};

bool ll__seen_has(struct ll_seen *seen, const bt_addr_le_t *addr, uint32_t adi, uint8_t what);
void ll__seen_add(struct ll_seen *seen, const bt_addr_le_t *addr, uint32_t adi, uint8_t what);
void ll__seen_forget(struct ll_seen *seen);

#endif
