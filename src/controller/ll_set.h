/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SET_H_
#define FAV_CONTROLLER_LL_SET_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/addr.h>

#include "controller/ll_adv.h"
#include "controller/ll_conn.h"
#include "controller/ll_ext_pdu.h"
#include "controller/ll_per_adv.h"
#include "controller/ll_sched.h"
#include "controller/ll_set_data.h"

/*
 * Advertising sets, Core 6.0 Vol 6 Part B 4.4.2 and Vol 4 Part E 7.8.52 to 7.8.60.
 *
 *   ll_set.c        which there are; their life, started to terminated
 *   ll_set_data.c   the data that a host gives in fragments, and their chains
 *   ll_per_adv.c    its periodic advertising
 *   ll_set_pdu.c    the PDUs of a set with extended PDUs
 *   ll_set_event.c  an event of it on the radio
 *
 * A set with legacy PDUs is its ll_adv. The members of that which both kinds need, parameters and
 * own address, are in it for both.
 *
 * A set is allocated by the first LE Set Extended Advertising Parameters with its handle, and freed
 * by LE Remove Advertising Set, LE Clear Advertising Sets, and a reset.
 */

struct fav_controller;

#define LL_SETS_MAX 24
/* What LE Set Extended Advertising Parameters says beyond ll_adv_param. */
struct ll_set_param {
	uint16_t props; /* BT_HCI_LE_ADV_PROP_* */
	enum radio_phy primary, secondary;
	uint8_t sid;
	bool notify; /* LE Scan Request Received */
};

enum ll_set_phase {
	LL_SET_PRIMARY, /* ADV_EXT_IND on one of the primary channels */
	LL_SET_AUX,     /* AUX_ADV_IND */
	LL_SET_LISTEN,  /* for a request */
	LL_SET_DATA,    /* AUX_SCAN_RSP, AUX_CHAIN_IND */
	LL_SET_CONNECT, /* AUX_CONNECT_RSP */
};

/* An event in progress. */
struct ll_set_event {
	enum ll_set_phase phase;
	uint8_t primary;       /* offset from channel 37 of the PDU being sent */
	struct ll_chain chain; /* its auxiliary packets */
	uint8_t channel;       /* of the last one */
	uint16_t did;          /* the data have changed when the set has another */
	struct ll_connect_ind ind;
	struct ll_conn_new made;
};

struct ll_set {
	struct ll_adv legacy;
	struct ll_act act;
	struct fav_controller *ctl;
	uint8_t handle;
	bool enabled;
	struct ll_set_param param;

	bt_addr_t random;
	bool random_set;

	uint16_t did;
	struct ll_set_data data, rsp;
	struct ll_per_adv per;

	/* Since it was started. */
	struct fav_timeout timer; /* its duration is over */
	bool expired;
	uint8_t max_events; /* 0: no limit */
	uint32_t events;

	struct ll_set_event event;
	uint8_t pdu[RADIO_PDU_MAX];
};

/* NULL when there is none. */
struct ll_set *ll__set_get(struct fav_controller *ctl, uint8_t handle);

/* A new one; NULL when there are too many or there is no memory. */
struct ll_set *ll__set_create(struct fav_controller *ctl, uint8_t handle);

/* Without a word to the host; not while it is enabled. */
void ll__set_remove(struct ll_set *set);
/* Stop and remove all of them. */
void ll__set_remove_all(struct fav_controller *ctl, uint64_t now_us);

/* Whether any is enabled. */
bool ll__set_any(const struct fav_controller *ctl);
/* Whether any that is enabled asks the accept list. */
bool ll__set_any_filters(const struct fav_controller *ctl);

/* Whether the host has set the address that it needs. */
bool ll__set_has_addr(struct ll_set *set, uint64_t now_us);

/* Start, or start its duration and events anew. The caller has made sure that it can. */
void ll__set_start(struct ll_set *set, uint16_t duration_10ms, uint8_t max_events, uint64_t now_us);
void ll__set_stop(struct ll_set *set, uint64_t now_us);

/* It has stopped by itself: LE Advertising Set Terminated. conn is NULL without a connection. */
void ll__set_terminated(struct ll_set *set, uint8_t status, const struct ll_conn *conn,
			uint64_t now_us);

/* An event is over. False: it was the last, and the set is terminated. */
bool ll__set_event_over(struct ll_set *set, bool completed, uint64_t now_us);

/* Whether something of it is on the air: then it cannot be removed. */
static inline bool ll__set_is_on(const struct ll_set *set)
{
	return set->enabled || set->per.on;
}

static inline bool ll__set_has(const struct ll_set *set, uint16_t prop)
{
	return (set->param.props & prop) != 0;
}

/* The data or the scan response have changed. */
void ll__set_data_changed(struct ll_set *set);

/* ---- ll_set_pdu.c ---- */

/* Whether its events have an auxiliary packet. */
bool ll__set_has_aux(const struct ll_set *set);

/* Whether it can send so much data: those of connectable advertising must be in one PDU. */
bool ll__set_takes(const struct ll_set *set, uint16_t len);

/* Write the PDU to set->pdu, for its start at start_us; the first returns its airtime. */
uint32_t ll__set_write_primary(struct ll_set *set, uint64_t start_us);
void ll__set_write_aux(struct ll_set *set, uint64_t start_us);
void ll__set_write_scan_rsp(struct ll_set *set, uint64_t start_us);
void ll__set_write_chain(struct ll_set *set, uint64_t start_us);
void ll__set_write_connect_rsp(struct ll_set *set);

/* The longest that an event takes from its start. */
uint64_t ll__set_need_us(struct ll_set *set);

/* ---- ll_set_event.c ---- */

extern const struct ll_act_ops ll__set_act_ops;

#endif
