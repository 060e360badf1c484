/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_EXT_PDU_H_
#define FAV_CONTROLLER_LL_EXT_PDU_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_pdu.h"
#include "controller/radio.h"

/*
 * PDUs with the Common Extended Advertising Payload Format, Core 6.0 Vol 6 Part B 2.3.4:
 * ADV_EXT_IND, AUX_ADV_IND, AUX_CHAIN_IND, AUX_SYNC_IND, AUX_SCAN_RSP, AUX_CONNECT_RSP. They have a
 * header of Extended Header Length and AdvMode, the fields that its flags name, additional
 * controller data (ACAD), and advertising data.
 */

#define LL_EXT_PAYLOAD_MAX 255

/* AdvMode. */
enum ll_ext_mode {
	LL_EXT_PLAIN = 0, /* neither connectable nor scannable, or a PDU without a mode */
	LL_EXT_CONNECTABLE = 1,
	LL_EXT_SCANNABLE = 2,
};

/* AdvDataInfo: DID in bits 0 to 11, SID in bits 12 to 15. */
#define LL_ADI(sid, did) ((uint16_t)((sid) << 12 | ((did)&0x0fff)))
#define LL_ADI_SID(adi)  ((uint8_t)((adi) >> 12))

/* AuxPtr, 2.3.4.5: where the auxiliary packet begins, counted from the start of the packet that has
 * this field: not before offset_us, and before offset_us + unit_us. */
#define LL_AUX_UNIT_SHORT_US 30
#define LL_AUX_UNIT_LONG_US  300
#define LL_AUX_LONG_FROM_US  245700

struct ll_aux_ptr {
	uint8_t channel;
	enum radio_phy phy;
	bool accurate; /* the sender's clock is right to 50 ppm, else to 500 ppm */
	uint32_t offset_us;
	uint32_t unit_us; /* as received; chosen by the offset when sent */
};

/* SyncInfo, 2.3.4.6: where the periodic advertising train is. */
#define LL_SYNC_INFO_SIZE      18
#define LL_SYNC_ADJUST_US      2457600
#define LL_SYNC_OFFSET_MAX_RAW 0x1fff
/* The first offset that it cannot say. */
#define LL_SYNC_OFFSET_END_US \
	(LL_SYNC_ADJUST_US + (LL_SYNC_OFFSET_MAX_RAW + 1) * LL_AUX_UNIT_LONG_US)
/* An event that it points to begins so much later at least: behind the packet. */
#define LL_SYNC_INFO_AHEAD_US 20000

struct ll_sync_info {
	uint32_t offset_us; /* from the start of the packet; 0: not told */
	uint32_t unit_us;
	uint16_t interval; /* 1.25 ms */
	uint8_t chan_map[5];
	uint8_t sca;
	uint32_t access_address;
	uint32_t crc_init;
	uint16_t counter; /* of the event that it points to */
};

struct ll_ext_pdu {
	enum ll_ext_mode mode;
	bool has_adv, has_target, has_cte, has_adi, has_aux, has_sync, has_tx_power;
	bt_addr_le_t adv, target;
	uint16_t adi;
	struct ll_aux_ptr aux;
	struct ll_sync_info sync;
	int8_t tx_power;
	const uint8_t *acad, *data; /* the caller's, in the PDU when it was read */
	uint8_t acad_len, data_len;
};

/* Read a whole PDU of len bytes. False: it is malformed. */
bool ll__ext_read(const uint8_t *pdu, uint16_t len, struct ll_ext_pdu *ext);

/* Write it, with that type, to pdu, of RADIO_PDU_MAX bytes; returns its length with the header. The
 * caller has made sure that the data fit. */
uint16_t ll__ext_write(const struct ll_ext_pdu *ext, uint8_t type, uint8_t *pdu);

/* How many bytes of data fit behind its other fields. */
uint8_t ll__ext_room(const struct ll_ext_pdu *ext);

/* SyncInfo alone, as LL_PERIODIC_SYNC_IND has it too. */
void ll__sync_info_read(const uint8_t raw[LL_SYNC_INFO_SIZE], struct ll_sync_info *info);
void ll__sync_info_write(const struct ll_sync_info *info, uint8_t raw[LL_SYNC_INFO_SIZE]);

#endif
