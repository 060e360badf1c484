/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PDU_H_
#define FAV_CONTROLLER_LL_PDU_H_

#include <zephyr/bluetooth/addr.h>
#include <zephyr/toolchain.h>

/*
 * Link layer PDUs as they are on the air, Core 6.0 Vol 6 Part B 2.3 and 2.4. Multi-byte fields are
 * little endian.
 */

#define LL_HDR_SIZE 2

/* Advertising physical channel PDUs, 2.3. */
#define LL_ADV_ACCESS_ADDRESS 0x8e89bed6
#define LL_ADV_CRC_INIT       0x555555
#define LL_ADV_CHANNEL_FIRST  37
#define LL_ADV_CHANNELS       3
#define LL_ADV_DATA_MAX       31

enum ll_adv_type {
	LL_ADV_IND = 0,
	LL_ADV_DIRECT_IND = 1,
	LL_ADV_NONCONN_IND = 2,
	LL_SCAN_REQ = 3,
	LL_SCAN_RSP = 4,
	LL_CONNECT_IND = 5,
	LL_ADV_SCAN_IND = 6,
	/* On secondary channels AUX_SCAN_REQ is 3 and AUX_CONNECT_REQ 5. This one is ADV_EXT_IND,
	 * AUX_ADV_IND, AUX_SCAN_RSP, AUX_SYNC_IND and AUX_CHAIN_IND, by where it comes. */
	LL_ADV_EXT_IND = 7,
	LL_AUX_CONNECT_RSP = 8,
};

/* First header byte: PDU type in bits 0 to 3, then the flags. */
#define LL_ADV_TYPE_MASK 0x0f
#define LL_ADV_CHSEL     0x20
#define LL_ADV_TXADD     0x40
#define LL_ADV_RXADD     0x80

/* ADV_DIRECT_IND, SCAN_REQ: two addresses. */
#define LL_ADDR_PAIR_LEN (2 * BT_ADDR_SIZE)

/* CONNECT_IND, 2.3.3.1: InitA, AdvA, LLData. */
struct ll_connect_ind {
	bt_addr_t init_a;
	bt_addr_t adv_a;
	uint32_t access_address;
	uint8_t crc_init[3];
	uint8_t win_size;    /* 1.25 ms */
	uint16_t win_offset; /* 1.25 ms */
	uint16_t interval;   /* 1.25 ms */
	uint16_t latency;
	uint16_t timeout; /* 10 ms */
	uint8_t chan_map[5];
	uint8_t hop_sca; /* hop in bits 0 to 4, the central's SCA in bits 5 to 7 */
} __packed;

/* Data physical channel PDUs, 2.4. */
#define LL_DATA_LEN_MAX 251
#define LL_DATA_LEN_MIN 27

#define LL_DATA_LLID_MASK 0x03
#define LL_DATA_NESN      0x04
#define LL_DATA_SN        0x08
#define LL_DATA_MD        0x10

enum ll_llid {
	LL_LLID_CONT = 1, /* continuation of an L2CAP PDU, or empty */
	LL_LLID_START = 2,
	LL_LLID_CTRL = 3,
};

/* LL control PDUs, 2.4.2. */
enum ll_ctrl_opcode {
	LL_CONNECTION_UPDATE_IND = 0x00,
	LL_CHANNEL_MAP_IND = 0x01,
	LL_TERMINATE_IND = 0x02,
	LL_ENC_REQ = 0x03,
	LL_ENC_RSP = 0x04,
	LL_START_ENC_REQ = 0x05,
	LL_START_ENC_RSP = 0x06,
	LL_UNKNOWN_RSP = 0x07,
	LL_FEATURE_REQ = 0x08,
	LL_FEATURE_RSP = 0x09,
	LL_PAUSE_ENC_REQ = 0x0a,
	LL_PAUSE_ENC_RSP = 0x0b,
	LL_VERSION_IND = 0x0c,
	LL_REJECT_IND = 0x0d,
	LL_PERIPHERAL_FEATURE_REQ = 0x0e,
	LL_CONNECTION_PARAM_REQ = 0x0f,
	LL_CONNECTION_PARAM_RSP = 0x10,
	LL_REJECT_EXT_IND = 0x11,
	LL_PING_REQ = 0x12,
	LL_PING_RSP = 0x13,
	LL_LENGTH_REQ = 0x14,
	LL_LENGTH_RSP = 0x15,
	LL_PHY_REQ = 0x16,
	LL_PHY_RSP = 0x17,
	LL_PHY_UPDATE_IND = 0x18,
	LL_PERIODIC_SYNC_IND = 0x1c,
};

/* The CtrData of those that have several fields. */

struct ll_connection_update_ind {
	uint8_t win_size;
	uint16_t win_offset;
	uint16_t interval;
	uint16_t latency;
	uint16_t timeout;
	uint16_t instant;
} __packed;

struct ll_channel_map_ind {
	uint8_t chan_map[5];
	uint16_t instant;
} __packed;

struct ll_enc_req {
	uint8_t rand[8];
	uint8_t ediv[2];
	uint8_t skd[8];
	uint8_t iv[4];
} __packed;

struct ll_enc_rsp {
	uint8_t skd[8];
	uint8_t iv[4];
} __packed;

struct ll_version_ind {
	uint8_t version;
	uint16_t company;
	uint16_t subversion;
} __packed;

struct ll_reject_ext_ind {
	uint8_t opcode;
	uint8_t error;
} __packed;

/* LL_CONNECTION_PARAM_REQ and _RSP. */
struct ll_connection_param {
	uint16_t interval_min;
	uint16_t interval_max;
	uint16_t latency;
	uint16_t timeout;
	uint8_t preferred_periodicity;
	uint16_t reference_counter;
	uint16_t offset[6];
} __packed;

/* LL_LENGTH_REQ and _RSP. */
struct ll_length {
	uint16_t max_rx_octets;
	uint16_t max_rx_time;
	uint16_t max_tx_octets;
	uint16_t max_tx_time;
} __packed;

/* LL_PHY_REQ and _RSP. */
struct ll_phy {
	uint8_t tx_phys;
	uint8_t rx_phys;
} __packed;

struct ll_periodic_sync_ind {
	uint16_t id;
	uint8_t sync_info[18];
	uint16_t conn_event_count;
	uint16_t last_pa_event_counter;
	uint8_t sid_type_sca; /* SID in bits 0 to 3, type of adv_a in bit 4, SCA in bits 5 to 7 */
	uint8_t phy;          /* a bit: 1M, 2M, Coded */
	bt_addr_t adv_a;
	uint16_t sync_conn_event_count;
} __packed;

struct ll_phy_update_ind {
	uint8_t phy_c_to_p;
	uint8_t phy_p_to_c;
	uint16_t instant;
} __packed;

#endif
