/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/raw_radio.h"

#include <string.h>

#include "controller/ll_pdu.h"

static void listen(struct raw_radio *raw, uint64_t from_us)
{
	raw->node.radio.api->listen(&raw->node.radio,
				    &(struct radio_listen){
					    .from_us = from_us,
					    .until_us = FAV_FOREVER_US,
					    .channel = LL_ADV_CHANNEL_FIRST,
					    .phy = RADIO_1M,
					    .access_address = LL_ADV_ACCESS_ADDRESS,
					    .crc_init = LL_ADV_CRC_INIT,
				    });
}

static void send(struct raw_radio *raw, uint64_t start_us)
{
	raw->node.radio.api->tx(&raw->node.radio, &(struct radio_tx){
							  .start_us = start_us,
							  .channel = LL_ADV_CHANNEL_FIRST,
							  .phy = RADIO_1M,
							  .access_address = LL_ADV_ACCESS_ADDRESS,
							  .crc_init = LL_ADV_CRC_INIT,
							  .pdu = raw->answer,
							  .len = raw->answer_len,
						  });
}

static void on_tx_done(void *ctx, uint64_t end_us)
{
	listen(ctx, end_us);
}

static void on_rx(void *ctx, const struct radio_rx *rx)
{
	struct raw_radio *raw = ctx;

	raw->heard++;
	if ((raw->answered && !raw->keeps_on) || rx->len < LL_HDR_SIZE + BT_ADDR_SIZE ||
	    (rx->pdu[0] & LL_ADV_TYPE_MASK) != raw->expect ||
	    memcmp(rx->pdu + LL_HDR_SIZE, &raw->expect_addr, BT_ADDR_SIZE) != 0) {
		return;
	}
	raw->answered = true;
	send(raw, rx->end_us + RADIO_T_IFS_US);
}

static void on_rx_timeout(void *ctx, uint64_t now_us)
{
}

static const struct radio_client client = {
	.tx_done = on_tx_done,
	.rx = on_rx,
	.rx_timeout = on_rx_timeout,
};

void raw_radio_begin(struct raw_radio *raw, struct fav_air *air)
{
	memset(raw, 0, sizeof(*raw));
	medium__node_init(&raw->node, air);
	raw->node.radio.client = &client;
	raw->node.radio.ctx = raw;
	raw->answered = true;
	listen(raw, 0);
}

void raw_radio_end(struct raw_radio *raw)
{
	medium__node_remove(&raw->node);
}

void raw_radio_answer(struct raw_radio *raw, uint8_t type, const bt_addr_t *addr, const void *pdu,
		      uint16_t len)
{
	raw->expect = type;
	raw->expect_addr = *addr;
	memcpy(raw->answer, pdu, len);
	raw->answer_len = len;
	raw->answered = false;
}

void raw_radio_send(struct raw_radio *raw, const void *pdu, uint16_t len)
{
	memcpy(raw->answer, pdu, len);
	raw->answer_len = len;
	send(raw, fav_kernel_port()->now_us());
}

void raw_radio_send_tx(struct raw_radio *raw, const struct radio_tx *tx, const void *pdu,
		       uint16_t len)
{
	struct radio_tx whole = *tx;

	memcpy(raw->answer, pdu, len);
	raw->answer_len = len;
	whole.pdu = raw->answer;
	whole.len = len;
	raw->node.radio.api->tx(&raw->node.radio, &whole);
}
