/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SCAN_H_
#define FAV_CONTROLLER_LL_SCAN_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/radio.h"

/* Passive and active scanning, Core 6.0 Vol 6 Part B 4.4.3. */

struct fav_controller;

/* Scanning_Filter_Policy, Core 6.0 Vol 4 Part E 7.8.10. */
#define LL_SCAN_FILTER_ACCEPT   0x01
#define LL_SCAN_FILTER_EXTENDED 0x02

struct ll_scan_param {
	bool active;
	uint32_t interval_us, window_us;
	uint8_t own_addr_type;
	uint8_t filter_policy;
};

/* Devices whose reports duplicate filtering remembers; with more, the oldest entry of a bucket
 * gives way, and its device is reported again. */
#define LL_SCAN_SEEN_BUCKETS 512
#define LL_SCAN_SEEN_WAYS    4

struct ll_scan_seen {
	bt_addr_t addr;
	uint8_t flags; /* bit 0: address type; bit 1: advertising seen; bit 2: scan response seen */
	uint8_t generation;
};

struct ll_scan {
	bool enabled;
	bool filter_duplicates;
	struct ll_scan_param param;
	/* Backoff, 4.4.3.2. */
	uint16_t upper_limit, backoff;
	uint8_t successes, failures;

	struct ll_peer asked; /* whose SCAN_RSP is awaited */
	uint8_t req[LL_HDR_SIZE + LL_ADDR_PAIR_LEN];

	uint8_t generation; /* of the entries that count; 0 is none's */
	struct ll_scan_seen seen[LL_SCAN_SEEN_BUCKETS][LL_SCAN_SEEN_WAYS];
	uint8_t seen_next[LL_SCAN_SEEN_BUCKETS];
};

void ll__scan_init(struct fav_controller *ctl);

/* Begin with the parameters set, or begin anew when scanning. */
void ll__scan_start(struct fav_controller *ctl, bool filter_duplicates, uint64_t now_us);
void ll__scan_stop(struct fav_controller *ctl, uint64_t now_us);

/* An advertising PDU of at least an address; may answer it with SCAN_REQ. */
void ll__scan_adv(struct fav_controller *ctl, const struct radio_rx *rx);

/* What came in the place of the SCAN_RSP; NULL: nothing. */
void ll__scan_rsp(struct fav_controller *ctl, const struct radio_rx *rx);

#endif
