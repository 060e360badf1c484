/* SPDX-License-Identifier: Apache-2.0 */

/* What a scanner, an initiator and one that looks for periodic advertising make of extended
 * advertising PDUs. The input is PDUs, each behind two bytes: how (bit 0: it comes where the former
 * one points to, else on channel 37; bit 1: where its SyncInfo points to; bits 3 to 7: the time to
 * wait before, in ms) and its length. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "ll/fuzz_rig.h"
#include "ll/raw_radio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEER 1, 2, 3, 4, 5, 6

static struct rig rig;
static struct raw_radio radio;

static void start(void)
{
	static const uint8_t scan_param[] = {0, 0, 1, 1, 4, 0, 4, 0};
	static const uint8_t create[] = {0, 0, 0, PEER, 1,   4, 0, 4, 0, 6, 0,
					 6, 0, 0, 0,    100, 0, 0, 0, 0, 0};
	static const uint8_t sync[] = {0, 1, 0, PEER, 0, 0, 10, 0, 0};

	rig_cmd(&rig, 0, BT_HCI_OP_LE_SET_EXT_SCAN_PARAM, scan_param, sizeof(scan_param));
	rig_cmd(&rig, 0, BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE, (const uint8_t[]){1, 0, 0, 0, 0, 0}, 6);
	rig_cmd(&rig, 0, BT_HCI_OP_LE_EXT_CREATE_CONN, create, sizeof(create));
	rig_cmd(&rig, 0, BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, sync, sizeof(sync));
}

/* What is read can be written, and reads as the same again. */
static void round_trip(const struct ll_ext_pdu *ext)
{
	uint8_t pdu[RADIO_PDU_MAX];
	struct ll_ext_pdu again;
	uint16_t len = ll__ext_write(ext, LL_ADV_EXT_IND, pdu);

	if (!ll__ext_read(pdu, len, &again) || again.mode != ext->mode ||
	    again.data_len != ext->data_len || again.acad_len != ext->acad_len ||
	    again.adi != ext->adi || again.has_aux != ext->has_aux) {
		abort();
	}
}

static void send(uint8_t how, const struct ll_ext_pdu *last, uint64_t last_us, const uint8_t *pdu,
		 size_t len)
{
	uint64_t now_us = fav_kernel_port()->now_us();
	struct radio_tx tx = {
		.start_us = now_us,
		.channel = LL_ADV_CHANNEL_FIRST,
		.phy = RADIO_1M,
		.access_address = LL_ADV_ACCESS_ADDRESS,
		.crc_init = LL_ADV_CRC_INIT,
	};
	struct ll_chan_map map;

	if ((how & 1) && last->has_aux) {
		tx.start_us = last_us + last->aux.offset_us;
		tx.channel = last->aux.channel;
		tx.phy = last->aux.phy;
	} else if ((how & 2) && last->has_sync && ll__chan_map_set(&map, last->sync.chan_map)) {
		tx.start_us = last_us + last->sync.offset_us;
		tx.access_address = last->sync.access_address;
		tx.crc_init = last->sync.crc_init;
		tx.channel =
			ll__csa2(last->sync.counter, ll__csa2_id(last->sync.access_address), &map);
	}
	if (tx.start_us >= now_us) {
		raw_radio_send_tx(&radio, &tx, pdu, (uint16_t)len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ll_ext_pdu last = {0};
	uint64_t last_us = 0;
	size_t at = 0;

	rig_begin(&rig);
	start();
	raw_radio_begin(&radio, rig.air);
	while (at + 2 <= size) {
		uint8_t how = data[at];
		size_t len = MIN(data[at + 1], size - at - 2);
		struct ll_ext_pdu ext;

		rig_run_us((how >> 3) * 1000ULL + 1);
		if (len > 0 && radio.node.state != MEDIUM_SENDING) {
			send(how, &last, last_us, data + at + 2, len);
		}
		if (ll__ext_read(data + at + 2, (uint16_t)len, &ext)) {
			if (!ext.has_cte) {
				round_trip(&ext);
			}
			last = ext;
			last_us = radio.node.tx.start_us;
		}
		if (radio.node.state == MEDIUM_SENDING) {
			rig_run_us(MIN(radio.node.end_us - fav_kernel_port()->now_us(), 6000000));
		}
		at += 2 + len;
	}
	rig_run_us(500000);
	raw_radio_end(&radio);
	rig_end(&rig);
	return 0;
}
