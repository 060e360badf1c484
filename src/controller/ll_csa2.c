/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_chan.h"

/* Core 6.0 Vol 6 Part B 4.5.8.3. */

uint16_t ll__csa2_id(uint32_t access_address)
{
	return (uint16_t)(access_address >> 16) ^ (uint16_t)access_address;
}

/* PERM: the bits of each byte in reverse order, 4.5.8.3.2. */
static uint16_t permute(uint16_t v)
{
	v = (uint16_t)(((v & 0x5555) << 1) | ((v >> 1) & 0x5555));
	v = (uint16_t)(((v & 0x3333) << 2) | ((v >> 2) & 0x3333));
	return (uint16_t)(((v & 0x0f0f) << 4) | ((v >> 4) & 0x0f0f));
}

static uint16_t mam(uint16_t a, uint16_t b)
{
	return (uint16_t)(a * 17U + b);
}

uint8_t ll__csa2(uint16_t counter, uint16_t id, const struct ll_chan_map *map)
{
	uint16_t prn = counter ^ id;
	uint8_t channel;

	for (int round = 0; round < 3; round++) {
		prn = mam(permute(prn), id);
	}
	prn ^= id;
	channel = prn % LL_DATA_CHANNELS;
	if (map->bits[channel / 8] & (1U << (channel % 8))) {
		return channel;
	}
	return map->used[((uint32_t)map->count * prn) >> 16];
}
