/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_LISTEN_H_
#define FAV_CONTROLLER_LL_LISTEN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/loop.h>

#include "controller/ll_pdu.h"
#include "controller/ll_primary.h"
#include "controller/ll_sched.h"

/*
 * Listening on the primary advertising channels, for the scanner and the initiator. It is the
 * scheduler's background activity: within its windows it has whatever time the others leave.
 *
 * While both are on, the initiator's interval and window rule and the scanner hears what comes.
 * Each window is on the next channel, Core 6.0 Vol 6 Part B 4.4.3.
 */

struct fav_controller;

enum ll_listen_phase {
	LL_LISTEN_ADV,      /* for advertising PDUs */
	LL_LISTEN_SCAN_REQ, /* sending one */
	LL_LISTEN_SCAN_RSP, /* waiting for it */
	LL_LISTEN_CONNECT,  /* sending CONNECT_IND */
};

/* One PHY's windows. */
struct ll_listen_turn {
	struct ll_window window;
	uint8_t channel;
	uint64_t next_us; /* when the next one begins */
};

struct ll_listen {
	struct ll_act act;
	struct fav_timeout timer; /* the next edge of a window */
	enum ll_listen_phase phase;
	bool on;                 /* some window will come */
	bool open;               /* inside a window */
	bool both;               /* on two PHYs in turns */
	enum ll_primary_phy phy; /* of the present window */
	uint8_t channel;
	struct ll_listen_turn turns[LL_PRIMARY_PHYS];
};

void ll__listen_init(struct fav_controller *ctl);

/* The scanner or the initiator was started or stopped, or has other parameters. */
void ll__listen_update(struct fav_controller *ctl, uint64_t now_us);

/* Send pdu T_IFS after end_us on the present channel, as the beginning of phase. False when there
 * is no room for need_us from end_us on before another activity wants the radio. */
bool ll__listen_send(struct fav_controller *ctl, enum ll_listen_phase phase, const uint8_t *pdu,
		     uint64_t end_us, uint32_t need_us);

#endif
