/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_RADIO_H_
#define FAV_CONTROLLER_RADIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The radio as the link layer sees it: it sends one packet at a moment, or listens on one channel.
 * The medium implements it; every time is in microseconds on the kernel's clock, and callbacks come
 * at interrupt level at the moment they name, in the order of those moments.
 */

enum radio_phy {
	RADIO_1M = 1,
	RADIO_2M = 2,
	RADIO_CODED_S8 = 3,
	RADIO_CODED_S2 = 4,
};

/* As HCI numbers them, where the coding of a packet has no number of its own. */
static inline uint8_t radio__phy_hci(enum radio_phy phy)
{
	return (uint8_t)(phy == RADIO_CODED_S2 ? RADIO_CODED_S8 : phy);
}

/* Which of the PDUs that look alike on secondary channels: for captures, not for receivers. */
enum radio_aux {
	RADIO_AUX_ADV = 0,
	RADIO_AUX_CHAIN = 1,
	RADIO_AUX_SYNC = 2,
	RADIO_AUX_SCAN_RSP = 3,
};

/* Core 6.0 Vol 6 Part B 4.1.1, 4.1.2. */
#define RADIO_T_IFS_US  150
#define RADIO_T_MAFS_US 300
/* How far a device may miss T_IFS; a receiver opens that much earlier and closes that much later,
 * Core 6.0 Vol 6 Part B 4.2.1. */
#define RADIO_JITTER_US 2
/* What a receiver adds to the end of that for the way there and back of 1200 m, 4.2.3. */
#define RADIO_RANGE_US 8

#define RADIO_CHANNELS 40
/* Header, payload with its MIC. */
#define RADIO_PDU_MAX (2 + 255)

struct radio_tx {
	uint64_t start_us; /* of the preamble; not before the present moment */
	uint8_t channel;   /* channel index, 0 to 39 */
	enum radio_phy phy;
	uint32_t access_address;
	uint32_t crc_init;
	enum radio_aux aux;
	const uint8_t *pdu; /* the caller's, unchanged until tx_done() or stop() */
	uint16_t len;
};

struct radio_listen {
	uint64_t from_us;
	uint64_t until_us; /* an access address heard by then is received to its end;
			    * FAV_FOREVER_US: until stop() */
	uint8_t channel;
	enum radio_phy phy;
	uint32_t access_address;
	uint32_t crc_init;
};

/* A packet whose access address matched, at its end. */
struct radio_rx {
	uint64_t start_us, end_us;
	const uint8_t *pdu; /* valid during the call */
	uint16_t len;
	int8_t rssi_dbm;
	bool crc_ok;
};

struct radio_client {
	/* The packet has left; the radio is idle. */
	void (*tx_done)(void *ctx, uint64_t end_us);
	/* A packet was received. The radio still listens; the callee may stop, retune or send. */
	void (*rx)(void *ctx, const struct radio_rx *rx);
	/* until_us passed without an access address; the radio is idle. */
	void (*rx_timeout)(void *ctx, uint64_t now_us);
};

struct radio;

struct radio_api {
	/* Send; ends any listening at once. */
	void (*tx)(struct radio *radio, const struct radio_tx *tx);
	/* Listen; ends any earlier listening. */
	void (*listen)(struct radio *radio, const struct radio_listen *listen);
	/* Be idle; what is being sent is cut off. */
	void (*stop)(struct radio *radio);
	/* Whether, at now_us, a packet that will be received here is on its way. */
	bool (*receiving)(struct radio *radio, uint64_t now_us);
};

/* One device's radio. The medium embeds it; the controller sets client and ctx. */
struct radio {
	const struct radio_api *api;
	const struct radio_client *client;
	void *ctx;
};

/* From the preamble to the end of the CRC, of a PDU of len bytes with its header,
 * Core 6.0 Vol 6 Part B 2.1 and 2.2. */
uint32_t radio__airtime_us(enum radio_phy phy, size_t len);

/* What each byte of a PDU takes. */
uint32_t radio__byte_us(enum radio_phy phy);

/* From the start of the preamble until a receiver knows the access address. */
uint32_t radio__sync_us(enum radio_phy phy);

#endif
