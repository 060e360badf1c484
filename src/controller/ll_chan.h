/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_CHAN_H_
#define FAV_CONTROLLER_LL_CHAN_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * Data channels: the channel map and the two channel selection algorithms,
 * Core 6.0 Vol 6 Part B 4.5.8.
 */

#define LL_DATA_CHANNELS 37

struct ll_chan_map {
	uint8_t bits[5];
	uint8_t count;
	uint8_t used[LL_DATA_CHANNELS]; /* the used channels in ascending order: remapping table */
};

/* False, and *map untouched, when fewer than two channels are used or a reserved bit is set. */
bool ll__chan_map_set(struct ll_chan_map *map, const uint8_t bits[5]);

/* Algorithm #1: *unmapped is lastUnmappedChannel, and advances by the given number of events. */
uint8_t ll__csa1(uint8_t *unmapped, uint8_t hop, uint32_t events, const struct ll_chan_map *map);

/* Algorithm #2: channelIdentifier of an access address, and an event's channel. */
uint16_t ll__csa2_id(uint32_t access_address);
uint8_t ll__csa2(uint16_t counter, uint16_t id, const struct ll_chan_map *map);

#endif
