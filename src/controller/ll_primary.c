/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_primary.h"

#include <string.h>

#include "controller/ll_pdu.h"

void ll__primary_addr(const uint8_t *pdu, unsigned int which, bt_addr_le_t *addr)
{
	uint8_t flag = which == 0 ? LL_ADV_TXADD : LL_ADV_RXADD;

	addr->type = (pdu[0] & flag) ? BT_ADDR_LE_RANDOM : BT_ADDR_LE_PUBLIC;
	memcpy(&addr->a, pdu + LL_HDR_SIZE + which * BT_ADDR_SIZE, BT_ADDR_SIZE);
}

void ll__aux_send(struct radio *radio, enum radio_phy phy, uint8_t channel, const uint8_t *pdu,
		  uint64_t start_us, enum radio_aux aux)
{
	radio->api->tx(radio, &(struct radio_tx){
				      .start_us = start_us,
				      .channel = channel,
				      .phy = phy,
				      .access_address = LL_ADV_ACCESS_ADDRESS,
				      .crc_init = LL_ADV_CRC_INIT,
				      .aux = aux,
				      .pdu = pdu,
				      .len = LL_HDR_SIZE + pdu[1],
			      });
}

uint8_t ll__primary_type(const struct radio_rx *rx)
{
	if (!rx->crc_ok || rx->len < LL_HDR_SIZE || rx->len != LL_HDR_SIZE + rx->pdu[1]) {
		return LL_ADV_TYPE_MASK;
	}
	return rx->pdu[0] & LL_ADV_TYPE_MASK;
}

void ll__primary_send(struct radio *radio, enum radio_phy phy, uint8_t channel, const uint8_t *pdu,
		      uint64_t start_us)
{
	ll__aux_send(radio, phy, channel, pdu, start_us, RADIO_AUX_ADV);
}

void ll__primary_listen(struct radio *radio, enum radio_phy phy, uint8_t channel, uint64_t from_us,
			uint64_t until_us)
{
	radio->api->listen(radio, &(struct radio_listen){
					  .from_us = from_us,
					  .until_us = until_us,
					  .channel = channel,
					  .phy = phy,
					  .access_address = LL_ADV_ACCESS_ADDRESS,
					  .crc_init = LL_ADV_CRC_INIT,
				  });
}

void ll__primary_listen_ifs(struct radio *radio, enum radio_phy phy, uint8_t channel,
			    uint64_t end_us)
{
	ll__primary_listen(radio, phy, channel, end_us + RADIO_T_IFS_US - RADIO_JITTER_US,
			   end_us + RADIO_T_IFS_US + RADIO_JITTER_US + RADIO_RANGE_US +
				   radio__sync_us(phy));
}
