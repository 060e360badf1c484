/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_ADDR_H_
#define FAV_CONTROLLER_LL_ADDR_H_

#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/* Spreads addresses over the buckets of a table: FNV-1a, its upper half folded in. */
static inline uint32_t ll__addr_hash(const bt_addr_le_t *addr)
{
	uint32_t hash = 2166136261U ^ addr->type;

	for (unsigned int i = 0; i < BT_ADDR_SIZE; i++) {
		hash = (hash ^ addr->a.val[i]) * 16777619U;
	}
	return hash ^ (hash >> 16);
}

#endif
