/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SYNC_H_
#define FAV_CONTROLLER_LL_SYNC_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/addr.h>

#include "controller/ll_chan.h"
#include "controller/ll_ext_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/ll_sched.h"

/*
 * Synchronizing to periodic advertising, Core 6.0 Vol 6 Part B 4.4.3.4, 4.4.5.
 *
 *   ll_sync.c        which there are; from the SyncInfo that a scan brings to the loss
 *   ll_sync_event.c  an event on the radio: AUX_SYNC_IND and its chain
 */

struct fav_controller;

#define LL_SYNCS_MAX     16
#define LL_PER_LIST_MAX  16
#define LL_SYNC_DATA_MAX 1650

/* The Periodic Advertiser list. */
struct ll_per_list {
	uint8_t count;
	struct {
		bt_addr_le_t addr;
		uint8_t sid;
	} entries[LL_PER_LIST_MAX];
};

bool ll__per_list_has(const struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid);
/* False: it is full. The caller has made sure that it is not there. */
bool ll__per_list_add(struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid);
/* False: it is not there. */
bool ll__per_list_remove(struct ll_per_list *list, const bt_addr_le_t *addr, uint8_t sid);

/* How a host wants to be synchronized. */
struct ll_sync_param {
	uint16_t skip;
	uint64_t timeout_us;
	bool reports;           /* LE Periodic Advertising Report */
	bool filter_duplicates; /* by their ADI */
};

/* LE Periodic Advertising Create Sync. */
struct ll_sync_create {
	bool pending;
	bool use_list;
	bt_addr_le_t addr; /* else; type public or random */
	uint8_t sid;
	struct ll_sync_param param;
};

enum ll_sync_phase {
	LL_SYNC_TRAIN, /* awaiting AUX_SYNC_IND */
	LL_SYNC_CHAIN, /* awaiting AUX_CHAIN_IND */
};

/* A slot of fav_controller.syncs; its place is its handle. */
struct ll_sync {
	struct ll_act act;
	struct fav_controller *ctl;
	bool used;
	bool established;
	bool handed_over; /* by a peer of this connection */
	uint16_t conn_handle, service_data;
	uint8_t attempts; /* events that were missed before it was */
	struct ll_sync_param param;

	bt_addr_le_t id, told, air; /* who advertises: for comparing, for events, as heard */
	uint8_t sid;
	enum radio_phy phy;
	uint16_t interval; /* 1.25 ms */
	uint8_t sca;
	uint32_t access_address, crc_init;
	struct ll_chan_map map;
	uint16_t csa2_id;

	uint16_t counter;   /* of the next event, or that in progress */
	uint64_t anchor_us; /* and its start */
	uint32_t window_us; /* until it has been heard: how much later that may be */
	uint64_t heard_us;  /* the last one that was heard */
	struct fav_timeout watch;

	/* The event in progress. */
	enum ll_sync_phase phase;
	uint8_t channel;
	uint64_t until_us;
	uint8_t links;
	bool has_adi;
	uint16_t adi;
	bool reported;         /* some data were */
	uint16_t reported_adi; /* with that */
	int8_t tx_power, rssi_dbm;
	bool truncated;
	uint16_t len;
	uint8_t *data; /* LL_SYNC_DATA_MAX, elsewhere: not touched before it is needed */
};

/* All of them, and what is pending, without a word to the host. */
void ll__sync_reset(struct fav_controller *ctl, uint64_t now_us);

/* NULL when there is none of that handle that the host knows. */
struct ll_sync *ll__sync_get(struct fav_controller *ctl, uint16_t handle);

/* Whether there is one already. */
bool ll__sync_has(const struct fav_controller *ctl, const bt_addr_le_t *id, uint8_t sid);

/* A packet of peer, which began at start_us on phy, has told where its train is. */
void ll__sync_offer(struct fav_controller *ctl, const struct ll_peer *peer, uint8_t sid,
		    const struct ll_sync_info *info, enum radio_phy phy, uint64_t start_us);

/* The attempt that is pending is off, without a word to the host. */
void ll__sync_give_up(struct fav_controller *ctl, uint64_t now_us);

/* Begin to listen; NULL when there are too many or the information makes no sense. */
struct ll_sync *ll__sync_begin(struct fav_controller *ctl, const struct ll_sync_info *info,
			       enum radio_phy phy, uint64_t start_us, uint64_t now_us);

/* Whose it is. */
void ll__sync_name(struct ll_sync *sync, const struct ll_peer *peer, uint8_t sid);

/* End it without a word. */
void ll__sync_end(struct ll_sync *sync, uint64_t now_us);

/* It has been heard. */
void ll__sync_heard(struct ll_sync *sync, uint64_t start_us);
/* An event was missed; false: the last one that was tried, and it is gone. */
bool ll__sync_missed(struct ll_sync *sync, uint64_t now_us);

/* ---- ll_sync_event.c ---- */

extern const struct ll_act_ops ll__sync_act_ops;

/* Ask the radio for the next event that can still be heard. */
void ll__sync_plan(struct ll_sync *sync, uint64_t now_us);

#endif
