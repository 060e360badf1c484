/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_init.h"

#include <string.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/ll_primary.h"

#define CONNECT_IND_AIRTIME_US 352
#define CONNECT_NEED_US        (RADIO_T_IFS_US + CONNECT_IND_AIRTIME_US)

/* AUX_CONNECT_RSP: length of the extended header, flags, two addresses. */
#define CONNECT_RSP_LEN (LL_HDR_SIZE + 2 + LL_ADDR_PAIR_LEN)

/* The transmit window of 1.25 ms that we offer, 4.5.3. */
#define WINDOW_SIZE 1

/* 2.1.2: what an access address of a connection must not look like. */
static bool access_address_ok(uint32_t aa)
{
	uint32_t edges = (aa ^ (aa >> 1)) & 0x7fffffff;
	uint32_t bytes = aa & 0xff;
	uint32_t run = 1;

	if (aa == LL_ADV_ACCESS_ADDRESS || __builtin_popcount(aa ^ LL_ADV_ACCESS_ADDRESS) == 1 ||
	    aa == bytes * 0x01010101U) {
		return false;
	}
	for (unsigned int bit = 0; bit < 31; bit++) {
		run = (edges & BIT(bit)) ? 1 : run + 1;
		if (run > 6) {
			return false;
		}
	}
	return __builtin_popcount(edges) <= 24 && __builtin_popcount(edges >> 26) >= 2;
}

uint32_t ll__init_access_address(struct fav_controller *ctl)
{
	uint32_t aa;

	do {
		aa = (uint32_t)ctl__random(ctl);
	} while (!access_address_ok(aa));
	return aa;
}

/* On a PHY that none were given for, those of one that some were given for: Core 6.0 Vol 4 Part E
 * 7.8.66 leaves it to us which. */
static const struct ll_init_conn *conn_param(const struct ll_init_param *param, enum radio_phy phy)
{
	unsigned int i = MIN(phy, RADIO_CODED_S8) - RADIO_1M;

	return &param->conn[(param->phys & BIT(i)) != 0 ? i
							: (unsigned int)__builtin_ctz(param->phys)];
}

/* What is asked for on phy, with a CONNECT_IND or AUX_CONNECT_REQ that ends at end_us. */
static void build(struct fav_controller *ctl, enum radio_phy phy, uint64_t end_us)
{
	struct ll_init *init = &ctl->init;
	struct ll_connect_ind *ind = (void *)(init->pdu + LL_HDR_SIZE);
	const struct ll_init_conn *conn = conn_param(&init->param, phy);
	uint64_t base_us = end_us + init->window_delay_us;
	uint32_t offset_us = ll__conn_place(ctl, NULL, base_us, conn->interval);

	init->phy = phy;
	init->connect_us = end_us;
	init->anchor_us = base_us + offset_us;
	init->pdu[0] = LL_CONNECT_IND |
		       (init->own.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_TXADD : 0) |
		       (init->target.air.type == BT_ADDR_LE_RANDOM ? LL_ADV_RXADD : 0);
	init->pdu[1] = sizeof(*ind);
	ind->init_a = init->own.air.a;
	ind->adv_a = init->target.air.a;
	ind->access_address = sys_cpu_to_le32(ll__init_access_address(ctl));
	sys_put_le24((uint32_t)ctl__random(ctl) & 0xffffff, ind->crc_init);
	ind->win_size = WINDOW_SIZE;
	/* The window is 1.25 ms wide, and the anchor anywhere in it. */
	ind->win_offset = sys_cpu_to_le16((uint16_t)(offset_us / LL_UNIT_US));
	ind->interval = sys_cpu_to_le16(conn->interval);
	ind->latency = sys_cpu_to_le16(conn->latency);
	ind->timeout = sys_cpu_to_le16(conn->timeout);
	memcpy(ind->chan_map, ctl->host_chan_map, sizeof(ind->chan_map));
	ind->hop_sca = (uint8_t)((5 + ctl__random_below(ctl, 12)) | (CTL_SCA_CODE << 5));
}

/* Whether who is called by a directed PDU is us. */
static bool is_called(struct fav_controller *ctl, const bt_addr_le_t *target)
{
	return ll__privacy_is_us(ctl, ctl->init.param.own_addr_type, ctl__random_addr(ctl),
				 &ctl->init.target, target) == LL_TARGET_US;
}

/* Whether the peer is one that we look for. A host may also name a private address itself. */
static bool is_looked_for(const struct fav_controller *ctl, const struct ll_peer *peer)
{
	const struct ll_init_param *param = &ctl->init.param;

	if (param->use_accept_list) {
		return ll__accept_has(&ctl->accept, &peer->id);
	}
	return bt_addr_le_eq(&peer->id, &param->peer) || bt_addr_le_eq(&peer->air, &param->peer);
}

/* Whether the connectable advertiser is one that we look for, and calls nobody else. */
static bool wanted(struct fav_controller *ctl, const bt_addr_le_t *air, const bt_addr_le_t *called,
		   uint64_t now_us)
{
	struct ll_init *init = &ctl->init;

	/* Connections may have been made since the command, in the other role. */
	return ll__privacy_peer(ctl, air, &init->target) && is_looked_for(ctl, &init->target) &&
	       (called == NULL || is_called(ctl, called)) &&
	       !ll__conn_has_peer(ctl, &init->target.id) && ll__conn_has_room(ctl) &&
	       ll__privacy_own(ctl, init->param.own_addr_type, ctl__random_addr(ctl),
			       init->target.entry, now_us, &init->own);
}

void ll__init_init(struct fav_controller *ctl)
{
	ctl->init.enabled = false;
}

void ll__init_start(struct fav_controller *ctl, const struct ll_init_param *param, uint64_t now_us)
{
	ctl->init.enabled = true;
	ctl->init.param = *param;
	ll__listen_update(ctl, now_us);
}

void ll__init_stop(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->init.enabled = false;
	ll__listen_update(ctl, now_us);
}

bool ll__init_is_sending(const struct fav_controller *ctl)
{
	return ctl->listen.phase == LL_LISTEN_CONNECT || ll__follow_is_connecting(ctl);
}

bool ll__init_adv(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_init *init = &ctl->init;
	uint8_t type = rx->pdu[0] & LL_ADV_TYPE_MASK;
	bool directed = type == LL_ADV_DIRECT_IND;
	bt_addr_le_t air, called;

	if ((type != LL_ADV_IND && !directed) || !(init->param.phys & BIT(RADIO_1M - 1)) ||
	    (directed && rx->pdu[1] != LL_ADDR_PAIR_LEN)) {
		return false;
	}
	ll__primary_addr(rx->pdu, 0, &air);
	if (directed) {
		ll__primary_addr(rx->pdu, 1, &called);
	}
	if (!wanted(ctl, &air, directed ? &called : NULL, rx->end_us)) {
		return false;
	}
	init->window_delay_us = LL_WINDOW_DELAY_US;
	build(ctl, RADIO_1M, rx->end_us + CONNECT_NEED_US);
	init->pdu[0] |= LL_ADV_CHSEL;
	init->csa2 = rx->pdu[0] & LL_ADV_CHSEL;
	return ll__listen_send(ctl, LL_LISTEN_CONNECT, init->pdu, rx->end_us, CONNECT_NEED_US);
}

bool ll__init_aux(struct fav_controller *ctl, const bt_addr_le_t *adv, const bt_addr_le_t *called,
		  enum radio_phy phy, uint64_t end_us, uint64_t room_us)
{
	struct ll_init *init = &ctl->init;
	uint64_t sent_us = end_us + RADIO_T_IFS_US + radio__airtime_us(phy, sizeof(init->pdu));
	uint64_t answered_us = sent_us + RADIO_T_IFS_US + radio__airtime_us(phy, CONNECT_RSP_LEN);

	if (answered_us > room_us || !wanted(ctl, adv, called, end_us)) {
		return false;
	}
	init->window_delay_us = ll__conn_aux_delay_us(phy);
	build(ctl, phy, sent_us);
	init->csa2 = true; /* 4.5.8.1 */
	return true;
}

bool ll__init_answered(const struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_ext_pdu ext;

	return (rx->pdu[0] & LL_ADV_TYPE_MASK) == LL_AUX_CONNECT_RSP &&
	       ll__ext_read(rx->pdu, rx->len, &ext) && ext.has_adv && ext.has_target &&
	       bt_addr_le_eq(&ext.adv, &ctl->init.target.air) &&
	       bt_addr_le_eq(&ext.target, &ctl->init.own.air);
}

void ll__init_connected(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_init *init = &ctl->init;

	ll__init_stop(ctl, now_us);
	(void)ll__conn_create(ctl, &(struct ll_conn_new){
					   .role = LL_CENTRAL,
					   .own = init->own,
					   .peer = init->target,
					   .ind = (const void *)(init->pdu + LL_HDR_SIZE),
					   .csa2 = init->csa2,
					   .phy = init->phy,
					   .window_delay_us = init->window_delay_us,
					   .created_us = init->connect_us,
					   .anchor_us = init->anchor_us,
				   });
}
