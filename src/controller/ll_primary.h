/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PRIMARY_H_
#define FAV_CONTROLLER_LL_PRIMARY_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/radio.h"

/* Legacy PDUs are on 1M; extended ones may be on Coded as well. */
enum ll_primary_phy {
	LL_PRIMARY_1M,
	LL_PRIMARY_CODED,
	LL_PRIMARY_PHYS,
};

static inline enum radio_phy ll__primary_phy(enum ll_primary_phy phy)
{
	return phy == LL_PRIMARY_1M ? RADIO_1M : RADIO_CODED_S8;
}

/* When somebody wants to listen on a primary PHY. */
struct ll_window {
	bool on;
	uint32_t interval_us, length_us;
};

/* The radio on advertising channels, primary and secondary: one access address and CRC. */

/* The first (0) or second (1) address of an advertising PDU that is long enough for it. */
void ll__primary_addr(const uint8_t *pdu, unsigned int which, bt_addr_le_t *addr);

/* The type of a whole PDU; LL_ADV_TYPE_MASK, which is none, of one that is not. */
uint8_t ll__primary_type(const struct radio_rx *rx);

/* A PDU whose header tells its length. */
void ll__primary_send(struct radio *radio, enum radio_phy phy, uint8_t channel, const uint8_t *pdu,
		      uint64_t start_us);

void ll__primary_listen(struct radio *radio, enum radio_phy phy, uint8_t channel, uint64_t from_us,
			uint64_t until_us);

/* For what must come T_IFS after end_us. */
void ll__primary_listen_ifs(struct radio *radio, enum radio_phy phy, uint8_t channel,
			    uint64_t end_us);

/* The same for PDUs of type LL_ADV_EXT_IND on secondary channels, with what a capture shall call
 * them. */
void ll__aux_send(struct radio *radio, enum radio_phy phy, uint8_t channel, const uint8_t *pdu,
		  uint64_t start_us, enum radio_aux aux);

#endif
