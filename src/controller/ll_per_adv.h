/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PER_ADV_H_
#define FAV_CONTROLLER_LL_PER_ADV_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ll_chan.h"
#include "controller/ll_ext_pdu.h"
#include "controller/ll_sched.h"
#include "controller/ll_set_data.h"

/*
 * Periodic advertising of a set, Core 6.0 Vol 6 Part B 4.4.2.12: AUX_SYNC_IND and its chain, always
 * an interval apart, on channels of algorithm #2. Where it is, the set's AUX_ADV_IND tells.
 *
 * The host wants it (enable); it begins when the set advertises, and goes on when that stops.
 */

struct fav_controller;

#define LL_PER_INTERVAL_US 1250

struct ll_per_adv {
	struct ll_act act;
	struct fav_controller *ctl;
	bool configured; /* there are parameters */
	bool wanted;     /* enabled by the host */
	bool on;         /* on the air */
	bool with_adi;
	bool with_tx_power;
	uint16_t interval; /* 1.25 ms */
	uint8_t sid;
	enum radio_phy phy;
	uint16_t did;
	struct ll_set_data data;

	uint32_t access_address, crc_init;
	struct ll_chan_map map;
	uint16_t csa2_id;
	uint16_t counter;   /* paEventCounter of the next event, or that in progress */
	uint64_t anchor_us; /* and its start */

	uint16_t event_did;
	struct ll_chain chain;
	uint8_t pdu[RADIO_PDU_MAX];
};

void ll__per_adv_init(struct ll_per_adv *per, struct fav_controller *ctl);

/* The set advertises or the host has enabled it: begin when both is so. phy and sid are the set's.
 */
void ll__per_adv_begin(struct ll_per_adv *per, enum radio_phy phy, uint8_t sid, uint64_t now_us);
void ll__per_adv_stop(struct ll_per_adv *per, uint64_t now_us);

/* What a packet that begins at start_us tells of it. */
void ll__per_adv_sync_info(const struct ll_per_adv *per, uint64_t start_us,
			   struct ll_sync_info *info);

/* Its data have changed, or shall be taken for changed. */
void ll__per_adv_data_changed(struct ll_per_adv *per);

static inline uint32_t ll__per_adv_interval_us(const struct ll_per_adv *per)
{
	return per->interval * (uint32_t)LL_PER_INTERVAL_US;
}

#endif
