/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/radio.h"

/* Core 6.0 Vol 6 Part B 2.1: preamble, access address, PDU, CRC; on Coded (2.2) the preamble and
 * access address always with S=8, then coding indicator and TERM1 with S=8, the rest with S. */
#define ACCESS_ADDRESS_BYTES 4
#define CRC_BYTES            3
#define CODED_PREAMBLE_US    80
#define CODED_ACCESS_US      256
#define CODED_CI_TERM1_US    40
#define CODED_TERM2_BITS     3

uint32_t radio__sync_us(enum radio_phy phy)
{
	switch (phy) {
	case RADIO_2M:
		return (2 + ACCESS_ADDRESS_BYTES) * 4;
	case RADIO_CODED_S8:
	case RADIO_CODED_S2:
		return CODED_PREAMBLE_US + CODED_ACCESS_US;
	default:
		return (1 + ACCESS_ADDRESS_BYTES) * 8;
	}
}

uint32_t radio__byte_us(enum radio_phy phy)
{
	switch (phy) {
	case RADIO_2M:
		return 4;
	case RADIO_CODED_S8:
		return 64;
	case RADIO_CODED_S2:
		return 16;
	default:
		return 8;
	}
}

uint32_t radio__airtime_us(enum radio_phy phy, size_t len)
{
	uint32_t us = radio__sync_us(phy) + ((uint32_t)len + CRC_BYTES) * radio__byte_us(phy);

	if (phy >= RADIO_CODED_S8) {
		us += CODED_CI_TERM1_US + CODED_TERM2_BITS * radio__byte_us(phy) / 8;
	}
	return us;
}
