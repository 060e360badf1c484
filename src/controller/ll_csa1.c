/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_chan.h"

/* Core 6.0 Vol 6 Part B 4.5.8.2. */
uint8_t ll__csa1(uint8_t *unmapped, uint8_t hop, uint32_t events, const struct ll_chan_map *map)
{
	uint8_t channel =
		(uint8_t)((*unmapped + hop * (events % LL_DATA_CHANNELS)) % LL_DATA_CHANNELS);

	*unmapped = channel;
	if (map->bits[channel / 8] & (1U << (channel % 8))) {
		return channel;
	}
	return map->used[channel % map->count];
}
