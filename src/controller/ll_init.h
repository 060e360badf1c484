/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_INIT_H_
#define FAV_CONTROLLER_LL_INIT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_pdu.h"
#include "controller/ll_privacy.h"
#include "controller/radio.h"

/* Initiating a connection, Core 6.0 Vol 6 Part B 4.4.4. */

struct fav_controller;

struct ll_init_param {
	uint32_t interval_us, window_us;
	bool use_accept_list;
	bt_addr_le_t peer; /* unless use_accept_list; type public or random, also for identities */
	uint8_t own_addr_type;
	uint16_t conn_interval; /* 1.25 ms */
	uint16_t latency;
	uint16_t timeout; /* 10 ms */
};

struct ll_init {
	bool enabled;
	struct ll_init_param param;

	struct ll_peer target; /* to whom CONNECT_IND is being sent */
	struct ll_own own;     /* by which address */
	bool csa2;
	uint64_t anchor_us; /* of the connection to be */
	uint8_t pdu[LL_HDR_SIZE + sizeof(struct ll_connect_ind)];
};

void ll__init_init(struct fav_controller *ctl);

void ll__init_start(struct fav_controller *ctl, const struct ll_init_param *param, uint64_t now_us);

void ll__init_stop(struct fav_controller *ctl, uint64_t now_us);

/* Whether CONNECT_IND is on its way: too late to cancel. */
bool ll__init_is_sending(const struct fav_controller *ctl);

/* An advertising PDU of at least an address. True: CONNECT_IND will be sent. */
bool ll__init_adv(struct fav_controller *ctl, const struct radio_rx *rx);

/* CONNECT_IND has left. */
void ll__init_sent(struct fav_controller *ctl, uint64_t end_us);

#endif
