/* SPDX-License-Identifier: Apache-2.0 */

/* What a link layer receives. The input is PDUs, each behind two bytes: what to do (bit 0 which end
 * of the connection receives it, bit 1 instead an advertising PDU sent by a third radio, bit 2 as
 * its answer to the advertiser T_IFS later or, without bit 1, instead a command of the host of that
 * end, bits 3 to 7 the time to wait, in ms) and its length. An encrypted end hears PDUs of a peer
 * that has the key, unless their reserved header bit 7 is set. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "ll/fuzz_rig.h"
#include "ll/raw_radio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rig rig;
static struct raw_radio radio;

/* Into `air`, encrypted for conn. */
static void seal(const struct ll_conn *conn, const uint8_t *pdu, size_t len, uint8_t *air)
{
	struct ll_enc enc = conn->enc;

	air[0] = pdu[0];
	air[1] = (uint8_t)(len - 2 + CRYPTO_MIC_LEN);
	enc.tx_counter = enc.rx_counter;
	ll__enc_seal(&enc, conn->role != LL_CENTRAL, pdu[0], pdu + 2, (uint8_t)(len - 2), air + 2);
}

/* The end of the connection hears it, as it would in its event. */
static void hear(int device, const uint8_t *pdu, size_t len)
{
	struct fav_controller *ctl = (struct fav_controller *)rig.hci[device];
	struct ll_conn *conn = ll__conn_get(ctl, 0);
	uint8_t copy[2 + 255] = {0};

	if (conn == NULL || len < 2) {
		return;
	}
	len = MIN(len, 2 + LL_DATA_LEN_MAX);
	if (conn->enc.rx_on && !(pdu[0] & 0x80) && len > 2) {
		seal(conn, pdu, len, copy);
	} else {
		memcpy(copy, pdu, len);
		copy[1] = (uint8_t)(len - 2);
	}
	(void)ll__rx_pdu(conn, copy, fav_kernel_port()->now_us());
	if (conn->used && conn->end_reason != 0) {
		ll__conn_close(conn, conn->end_reason, fav_kernel_port()->now_us());
	}
}

/* Opcode and parameters. */
static void command(int device, const uint8_t *cmd, size_t len)
{
	if (len >= 2) {
		rig_cmd(&rig, device, sys_get_le16(cmd), cmd + 2, len - 2);
	}
}

static void start_gap(void)
{
	/* Own addresses from the resolving list, extended filter policy. */
	static const uint8_t scan_param[7] = {1, 4, 0, 4, 0, 2, 2};
	static const uint8_t adv_param[15] = {0x20, 0, 0x20, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	static const uint8_t create[25] = {4, 0, 4, 0, 0, 0, 1, 2, 3, 4,
					   5, 6, 2, 6, 0, 6, 0, 0, 0, 100};
	/* A peer with a key, and we have one for it. */
	static const struct bt_hci_cp_le_add_dev_to_rl known = {
		.peer_id_addr = {.type = BT_ADDR_LE_RANDOM, .a = {{9, 9, 9, 9, 9, 0xc9}}},
		.peer_irk = {1, 2, 3},
		.local_irk = {4, 5, 6},
	};

	for (int device = 0; device < 2; device++) {
		rig_cmd(&rig, device, BT_HCI_OP_LE_ADD_DEV_TO_RL, &known, sizeof(known));
		rig_cmd(&rig, device, BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, (const uint8_t[]){1}, 1);
	}
	rig_cmd(&rig, 0, BT_HCI_OP_LE_SET_SCAN_PARAM, scan_param, sizeof(scan_param));
	rig_cmd(&rig, 0, BT_HCI_OP_LE_SET_SCAN_ENABLE, (const uint8_t[]){1, 0}, 2);
	rig_cmd(&rig, 0, BT_HCI_OP_LE_CREATE_CONN, create, sizeof(create));
	rig_cmd(&rig, 1, BT_HCI_OP_LE_SET_ADV_PARAM, adv_param, sizeof(adv_param));
	rig_cmd(&rig, 1, BT_HCI_OP_LE_SET_ADV_ENABLE, (const uint8_t[]){1}, 1);
}

static void on_the_air(uint8_t what, const uint8_t *pdu, size_t len)
{
	static const bt_addr_t advertiser = {{2, 0, 0, 0xf0, 0xfa, 2}};

	if (len == 0 || radio.node.state == MEDIUM_SENDING) {
		return;
	}
	if (what & 4) {
		raw_radio_answer(&radio, LL_ADV_IND, &advertiser, pdu, (uint16_t)len);
	} else {
		raw_radio_send(&radio, pdu, (uint16_t)len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	rig_begin(&rig);
	rig_connect(&rig);
	start_gap();
	raw_radio_begin(&radio, rig.air);
	while (at + 2 <= size) {
		uint8_t what = data[at];
		size_t len = MIN(data[at + 1], size - at - 2);

		if (what & 2) {
			on_the_air(what, data + at + 2, len);
		} else if (what & 4) {
			command(what & 1, data + at + 2, len);
		} else {
			hear(what & 1, data + at + 2, len);
		}
		rig_run_us((what >> 3) * 1000ULL + 1);
		at += 2 + len;
	}
	rig_run_us(50000);
	raw_radio_end(&radio);
	rig_end(&rig);
	return 0;
}
