/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_FOLLOW_H_
#define FAV_CONTROLLER_LL_FOLLOW_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/hci_evt_ext.h"
#include "controller/ll_ext_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/ll_sched.h"

/*
 * Following pointers to the secondary channels, for the scanner, the initiator and those that look
 * for periodic advertising: Core 6.0 Vol 6 Part B 4.4.3, 4.4.4.
 *
 *     ADV_EXT_IND -> AUX_ADV_IND -> AUX_CHAIN_IND ...
 *                         |-> AUX_SCAN_REQ -> AUX_SCAN_RSP -> AUX_CHAIN_IND ...
 *                         `-> AUX_CONNECT_REQ -> AUX_CONNECT_RSP
 *
 * Each pointer that is being followed is an activity of its own, which has asked the scheduler for
 * the moment of the packet. The data of a chain are put together here and reported when it ends, so
 * that reports of two advertisers never mix.
 *
 *   ll_follow.c    on the radio
 *   ll_ext_scan.c  what the scanner makes of it
 */

struct fav_controller;

/* Pointers followed at once; those beyond are not followed, as by a radio that is elsewhere. */
#define LL_FOLLOWS_MAX     24
#define LL_FOLLOW_DATA_MAX 1650
/* AUX_CHAIN_IND of one chain. */
#define LL_FOLLOW_LINKS_MAX 64

enum ll_follow_phase {
	LL_FOLLOW_AUX,         /* awaiting AUX_ADV_IND */
	LL_FOLLOW_CHAIN,       /* awaiting AUX_CHAIN_IND */
	LL_FOLLOW_SCAN_REQ,    /* sending AUX_SCAN_REQ */
	LL_FOLLOW_SCAN_RSP,    /* awaiting AUX_SCAN_RSP */
	LL_FOLLOW_CONNECT_REQ, /* sending AUX_CONNECT_REQ */
	LL_FOLLOW_CONNECT_RSP, /* awaiting AUX_CONNECT_RSP */
};

struct ll_follow {
	struct ll_act act;
	struct fav_controller *ctl;
	bool used;
	enum ll_follow_phase phase;
	enum radio_phy phy;
	uint8_t channel;
	uint64_t until_us; /* the packet has begun by then */

	uint8_t links; /* of its chain so far */
	bool has_adi;
	uint16_t adi;
	bool has_peer;
	struct ll_peer peer;          /* who advertises */
	struct ctl_ext_report report; /* what is known so far */
	uint8_t req[LL_HDR_SIZE + LL_ADDR_PAIR_LEN];
	uint8_t *data; /* LL_FOLLOW_DATA_MAX, elsewhere: not touched before it is needed */
};

void ll__follow_init(struct fav_controller *ctl);
void ll__follow_stop_all(struct fav_controller *ctl, uint64_t now_us);

/* An ADV_EXT_IND, heard on that PHY. */
void ll__follow_primary(struct fav_controller *ctl, const struct radio_rx *rx, enum radio_phy phy);

/* Whether AUX_CONNECT_REQ has begun and is not answered yet. */
bool ll__follow_is_connecting(const struct fav_controller *ctl);

/* When to listen for the packet that aux points to, from a packet that began at start_us. */
void ll__aux_window(const struct ll_aux_ptr *aux, uint64_t start_us, uint64_t *from_us,
		    uint64_t *until_us);

/* ---- ll_ext_scan.c ---- */

enum ll_ext_next {
	LL_EXT_STOP,  /* done with it */
	LL_EXT_CHAIN, /* the data go on */
	LL_EXT_ASK,   /* req has AUX_SCAN_REQ */
};

/* AUX_ADV_IND, or ADV_EXT_IND that points nowhere. room_us: how long the radio may stay for an
 * exchange. */
enum ll_ext_next ll__ext_scan_adv(struct ll_follow *follow, const struct ll_ext_pdu *ext,
				  uint64_t end_us, uint64_t room_us);

/* What came in the place of AUX_SCAN_RSP; NULL: nothing of use. */
enum ll_ext_next ll__ext_scan_rsp(struct ll_follow *follow, const struct ll_ext_pdu *ext);

/* AUX_CHAIN_IND; NULL: it did not come. */
enum ll_ext_next ll__ext_scan_chain(struct ll_follow *follow, const struct ll_ext_pdu *ext);

#endif
