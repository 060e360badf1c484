/* SPDX-License-Identifier: Apache-2.0 */

/* Data in fragments, Core 6.0 Vol 4 Part E 7.8.54, 7.8.55, 7.8.62; and in chains of packets, Vol 6
 * Part B 4.4.2.1. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>

#include "controller/ctl.h"
#include "controller/ll_set_data.h"

/* Bytes of data that each PDU of a chain has room for at least, and what it has besides. */
#define PIECE_MIN      (LL_EXT_PAYLOAD_MAX - PIECE_OVERHEAD)
#define PIECE_OVERHEAD 40

static uint8_t append(struct ll_set_data *data, const uint8_t *bytes, uint8_t len)
{
	if (len > sizeof(data->bytes) - data->len) {
		data->len = 0;
		data->partial = false;
		return BT_HCI_ERR_MEM_CAPACITY_EXCEEDED;
	}
	memcpy(data->bytes + data->len, bytes, len);
	data->len += len;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t replace(struct ll_set_data *data, const uint8_t *bytes, uint8_t len, bool partial)
{
	data->len = 0;
	data->partial = partial;
	return append(data, bytes, len);
}

uint8_t ll__set_data_put(struct ll_set_data *data, uint8_t op, const uint8_t *bytes, uint8_t len,
			 bool enabled)
{
	uint8_t err;

	if (op > BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (op == BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA) {
		return replace(data, bytes, len, false);
	}
	if (len == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (op == BT_HCI_LE_EXT_ADV_OP_FIRST_FRAG) {
		return replace(data, bytes, len, true);
	}
	/* A fragment that continues nothing. */
	if (!data->partial) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	err = append(data, bytes, len);
	if (err == BT_HCI_ERR_SUCCESS && op == BT_HCI_LE_EXT_ADV_OP_LAST_FRAG) {
		data->partial = false;
	}
	return err;
}

uint16_t ll__chain_write(struct fav_controller *ctl, struct ll_chain *chain, struct ll_ext_pdu *ext,
			 enum radio_phy phy, uint64_t start_us, uint8_t *pdu)
{
	uint16_t left = ll__chain_has_more(chain) ? chain->data->len - chain->sent : 0;

	if (left > ll__ext_room(ext)) {
		chain->channel = ctl__random_channel(ctl);
		ext->has_aux = true;
		ext->aux = (struct ll_aux_ptr){
			.channel = chain->channel,
			.phy = phy,
			.accurate = true,
			.offset_us = radio__airtime_us(phy, LL_HDR_SIZE + LL_EXT_PAYLOAD_MAX) +
				     RADIO_T_MAFS_US,
		};
		chain->next_us = start_us + ext->aux.offset_us;
		left = ll__ext_room(ext);
	}
	if (left != 0) {
		ext->data = chain->data->bytes + chain->sent;
		ext->data_len = (uint8_t)left;
		chain->sent += left;
	}
	return ll__ext_write(ext, LL_ADV_EXT_IND, pdu);
}

uint64_t ll__chain_us(enum radio_phy phy, uint16_t len)
{
	uint64_t full_us =
		radio__airtime_us(phy, LL_HDR_SIZE + LL_EXT_PAYLOAD_MAX) + RADIO_T_MAFS_US;

	return len / PIECE_MIN * full_us +
	       radio__airtime_us(phy, LL_HDR_SIZE + PIECE_OVERHEAD + len % PIECE_MIN);
}
