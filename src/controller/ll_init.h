/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_INIT_H_
#define FAV_CONTROLLER_LL_INIT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/ll_ext_pdu.h"
#include "controller/ll_pdu.h"
#include "controller/ll_primary.h"
#include "controller/ll_privacy.h"
#include "controller/radio.h"

/* Initiating a connection, Core 6.0 Vol 6 Part B 4.4.4. */

struct fav_controller;

/* Of the connection to be. */
struct ll_init_conn {
	uint16_t interval; /* 1.25 ms */
	uint16_t latency;
	uint16_t timeout; /* 10 ms */
};

struct ll_init_param {
	struct ll_window window[LL_PRIMARY_PHYS];
	uint8_t phys; /* bit 0: 1M, bit 1: 2M, bit 2: Coded: those with an entry in conn; not 0 */
	bool use_accept_list;
	bt_addr_le_t peer; /* unless use_accept_list; type public or random, also for identities */
	uint8_t own_addr_type;
	struct ll_init_conn conn[3]; /* by the PHY, as phys */
};

struct ll_init {
	bool enabled;
	struct ll_init_param param;

	struct ll_peer target; /* to whom CONNECT_IND is being sent */
	struct ll_own own;     /* by which address */
	bool csa2;
	enum radio_phy phy;  /* of the connection to be */
	uint64_t connect_us; /* end of CONNECT_IND or AUX_CONNECT_REQ */
	uint64_t anchor_us;  /* of the connection's first event */
	uint32_t window_delay_us;
	uint8_t pdu[LL_HDR_SIZE + sizeof(struct ll_connect_ind)];
};

void ll__init_init(struct fav_controller *ctl);

/* One that a connection or periodic advertising may have, Core 6.0 Vol 6 Part B 2.1.2. */
uint32_t ll__init_access_address(struct fav_controller *ctl);

void ll__init_start(struct fav_controller *ctl, const struct ll_init_param *param, uint64_t now_us);

void ll__init_stop(struct fav_controller *ctl, uint64_t now_us);

/* Whether CONNECT_IND is on its way: too late to cancel. */
bool ll__init_is_sending(const struct fav_controller *ctl);

/* A connectable AUX_ADV_IND of adv, which may call somebody, has ended on phy. True: pdu has
 * AUX_CONNECT_REQ, to be sent at T_IFS. room_us: how long the radio may stay. */
bool ll__init_aux(struct fav_controller *ctl, const bt_addr_le_t *adv, const bt_addr_le_t *called,
		  enum radio_phy phy, uint64_t end_us, uint64_t room_us);

/* Whether AUX_CONNECT_RSP is that of the peer that was asked. */
bool ll__init_answered(const struct fav_controller *ctl, const struct radio_rx *rx);

/* The connection that was asked for is there. */
void ll__init_connected(struct fav_controller *ctl, uint64_t now_us);

/* An advertising PDU of at least an address. True: CONNECT_IND will be sent. */
bool ll__init_adv(struct fav_controller *ctl, const struct radio_rx *rx);

#endif
