/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_chan.h"

#include <string.h>

/* Fewer make no map, Core 6.0 Vol 6 Part B 1.4.1; bits 37 to 39 are reserved. */
#define CHANNELS_MIN     2
#define RESERVED_IN_LAST 0xe0

bool ll__chan_map_set(struct ll_chan_map *map, const uint8_t bits[5])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < 5; i++) {
		count += (unsigned int)__builtin_popcount(bits[i]);
	}
	if (count < CHANNELS_MIN || (bits[4] & RESERVED_IN_LAST)) {
		return false;
	}
	memcpy(map->bits, bits, sizeof(map->bits));
	map->count = 0;
	for (uint8_t channel = 0; channel < LL_DATA_CHANNELS; channel++) {
		if (bits[channel / 8] & (1U << (channel % 8))) {
			map->used[map->count++] = channel;
		}
	}
	return true;
}
