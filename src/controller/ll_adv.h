/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_ADV_H_
#define FAV_CONTROLLER_LL_ADV_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/ll_sched.h"
#include "controller/radio.h"

/*
 * Legacy advertising, Core 6.0 Vol 6 Part B 4.4.2: an advertiser of the legacy commands, or of an
 * advertising set that uses legacy PDUs.
 *
 * One event: the PDU on each used channel in ascending order; behind each connectable or scannable
 * one the radio listens for a request, which it answers or turns into a connection.
 *
 *     SEND -> (LISTEN -> (ANSWER)) -> next channel ... -> plan the next event
 */

struct fav_controller;
struct ll_adv;
struct ll_conn;
struct ll_conn_new;

/* Whoever has an advertiser hears of it; a member may be NULL. */
struct ll_adv_owner {
	/* An event is over. False: the owner has stopped the advertiser. */
	bool (*event_over)(struct ll_adv *adv, uint64_t now_us);
	/* A scan request that will be answered. */
	void (*scan_request)(struct ll_adv *adv, const struct ll_peer *from);
	/* High duty cycle has ended without a connection, and it has stopped. */
	void (*timed_out)(struct ll_adv *adv, uint64_t now_us);
	/* It has become a connection, of which the host knows, and has stopped. */
	void (*connected)(struct ll_adv *adv, const struct ll_conn *conn);
};

/* Another activity has the radio when an event is due: try again after this. Long enough for a
 * chain of packets, which three losers in a row would break: each loss raises the priority. */
#define LL_ADV_LOST_RETRY_US 10000
/* There is no room before another activity: try again behind it. */
#define LL_ADV_ROOM_RETRY_US 1250

/* From the end of one channel's packets to the next channel's PDU: the radio's turn-around. */
#define LL_ADV_GAP_US 150

/* Advertising_Type of LE Set Advertising Parameters, Core 6.0 Vol 4 Part E 7.8.5. */
enum ll_adv_kind {
	LL_ADV_KIND_IND = 0,
	LL_ADV_KIND_DIRECT_HIGH = 1,
	LL_ADV_KIND_SCAN = 2,
	LL_ADV_KIND_NONCONN = 3,
	LL_ADV_KIND_DIRECT_LOW = 4,
};

/* Advertising filter policy bits, 7.8.5. */
#define LL_ADV_FILTER_SCAN    0x01
#define LL_ADV_FILTER_CONNECT 0x02

struct ll_adv_param {
	uint64_t interval_us;
	enum ll_adv_kind kind;
	uint8_t own_addr_type;
	uint8_t channel_map; /* bit 0: channel 37 */
	uint8_t filter_policy;
	bt_addr_le_t direct_addr;
};

enum ll_adv_phase {
	LL_ADV_SEND,
	LL_ADV_LISTEN,
	LL_ADV_ANSWER,
};

struct ll_adv {
	struct ll_act act;
	struct fav_controller *ctl;
	const struct ll_adv_owner *owner;
	bool enabled;
	struct ll_adv_param param;
	uint8_t data[LL_ADV_DATA_MAX], data_len;
	uint8_t rsp[LL_ADV_DATA_MAX], rsp_len;

	const bt_addr_t *random; /* the random address that applies, the owner's; NULL: none */
	struct ll_own own;       /* of the present event */
	bt_addr_le_t target;     /* directed: whom it calls */
	uint64_t event_us;       /* when the present event was to begin, before any postponing */
	uint64_t high_end_us;    /* high duty cycle: when it ends */
	enum ll_adv_phase phase;
	uint8_t channel; /* offset from channel 37, of the PDU being sent */
	uint8_t pdu[LL_HDR_SIZE + BT_ADDR_SIZE + LL_ADV_DATA_MAX];
	uint8_t rsp_pdu[LL_HDR_SIZE + BT_ADDR_SIZE + LL_ADV_DATA_MAX];
};

/* As after HCI_Reset; the radio must have been taken from it. */
void ll__adv_init(struct ll_adv *adv, struct fav_controller *ctl, const struct ll_adv_owner *owner);

/* Begin with the parameters set, and the random address, which stays where it is; not while
 * enabled. */
void ll__adv_start(struct ll_adv *adv, const bt_addr_t *random, uint64_t now_us);

/* Stop; without effect when not enabled. */
void ll__adv_stop(struct ll_adv *adv, uint64_t now_us);

/* Whether a whole SCAN_REQ or AUX_SCAN_REQ is for this advertiser, from whom it may come; directed:
 * only from the advertiser's target. */
bool ll__adv_takes_scan(struct ll_adv *adv, bool directed, const struct radio_rx *rx,
			struct ll_peer *from);

/* The same for CONNECT_IND and AUX_CONNECT_REQ; fills in who meets whom, and how. */
bool ll__adv_takes_connect(struct ll_adv *adv, bool directed, const struct radio_rx *rx,
			   struct ll_conn_new *made);

/* Take the addresses of the event that begins: own and, when directed, whom it calls. */
void ll__adv_choose_addresses(struct ll_adv *adv, bool directed, uint64_t now_us);

/* There is no room for the event that was to begin: it is tried again at at_us, and counts as one
 * that was lost. act: whose event it is. */
void ll__adv_postpone(struct ll_adv *adv, struct ll_act *act, uint64_t at_us, uint64_t now_us);

/* The first used primary channel from `channel` on, as an offset; LL_ADV_CHANNELS: none. */
uint8_t ll__adv_next_channel(const struct ll_adv *adv, uint8_t channel);

/* The event of act is over. The next is after an interval and a random delay; not in the past. */
void ll__adv_advance(struct ll_adv *adv, struct ll_act *act, uint64_t now_us);

/* The owner of the advertiser of the legacy commands. */
extern const struct ll_adv_owner ll__adv_legacy_owner;

#endif
