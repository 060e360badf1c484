/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SCAN_H_
#define FAV_CONTROLLER_LL_SCAN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/addr.h>

#include "controller/ll_pdu.h"
#include "controller/ll_primary.h"
#include "controller/ll_privacy.h"
#include "controller/ll_seen.h"
#include "controller/radio.h"

/* Passive and active scanning, Core 6.0 Vol 6 Part B 4.4.3. */

struct fav_controller;

/* Scanning_Filter_Policy, Core 6.0 Vol 4 Part E 7.8.10. */
#define LL_SCAN_FILTER_ACCEPT   0x01
#define LL_SCAN_FILTER_EXTENDED 0x02

struct ll_scan_param {
	struct ll_window window[LL_PRIMARY_PHYS];
	bool active[LL_PRIMARY_PHYS];
	uint8_t own_addr_type;
	uint8_t filter_policy;
};

struct ll_scan {
	bool enabled;
	bool paused; /* between two periods */
	bool filter_duplicates;
	struct ll_scan_param param;
	/* Backoff, 4.4.3.2. */
	uint16_t upper_limit, backoff;
	uint8_t successes, failures;

	bool asked_connectable;
	struct ll_peer asked; /* whose SCAN_RSP is awaited */
	uint8_t req[LL_HDR_SIZE + LL_ADDR_PAIR_LEN];

	struct ll_seen seen;

	/* LE Set Extended Scan Enable: scans of a duration, again each period. */
	struct fav_timeout timer;
	uint64_t duration_us, period_us; /* 0: no end, once */
	uint64_t period_start_us;
	bool forget_each_period;
};

void ll__scan_init(struct fav_controller *ctl);

static inline bool ll__scan_is_on(const struct ll_scan *scan)
{
	return scan->enabled && !scan->paused;
}

void ll__scan_limit_init(struct ll_scan *scan);

/* Scan for a time only; right after ll__scan_start(). forget: report duplicates again in each
 * period. */
void ll__scan_limit(struct fav_controller *ctl, uint64_t duration_us, uint64_t period_us,
		    bool forget, uint64_t now_us);

/* Whether to ask whom we have not heard, Core 6.0 Vol 6 Part B 4.4.3.2; counts the chance. And what
 * came of it. */
bool ll__scan_may_ask(struct ll_scan *scan);
void ll__scan_asked(struct fav_controller *ctl, bool success);

/* Whether the filter policy lets the advertiser through. */
bool ll__scan_accepts(struct fav_controller *ctl, const struct ll_peer *peer);

/* Begin with the parameters set, or begin anew when scanning. */
void ll__scan_start(struct fav_controller *ctl, bool filter_duplicates, uint64_t now_us);
void ll__scan_stop(struct fav_controller *ctl, uint64_t now_us);

/* An advertising PDU of at least an address; may answer it with SCAN_REQ. */
void ll__scan_adv(struct fav_controller *ctl, const struct radio_rx *rx);

/* What came in the place of the SCAN_RSP; NULL: nothing. */
void ll__scan_rsp(struct fav_controller *ctl, const struct radio_rx *rx);

#endif
