/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PAST_H_
#define FAV_CONTROLLER_LL_PAST_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ll_sync.h"

/* Periodic Advertising Sync Transfer, Core 6.0 Vol 6 Part B 5.1.13. */

struct fav_controller;
struct ll_conn;

/* What to do with the trains that a peer hands over; LE Set (Default) Periodic Advertising Sync
 * Transfer Parameters. */
struct ll_past {
	bool on;
	struct ll_sync_param param;
};

/* What is to be handed over next. */
struct ll_past_send {
	bool of_set; /* the train of a set of ours, else one that we follow */
	uint16_t handle;
	uint16_t service_data;
};

#endif
