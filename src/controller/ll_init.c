/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_init.h"

#include <string.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

#define CONNECT_IND_AIRTIME_US 352
#define CONNECT_NEED_US        (RADIO_T_IFS_US + CONNECT_IND_AIRTIME_US)

/* transmitWindowDelay of a CONNECT_IND, and the window of 1.25 ms that we offer, 4.5.3. */
#define WINDOW_DELAY_US 1250
#define WINDOW_SIZE     1

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

static uint32_t access_address_choose(struct fav_controller *ctl)
{
	uint32_t aa;

	do {
		aa = (uint32_t)ctl__random(ctl);
	} while (!access_address_ok(aa));
	return aa;
}

static void build(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_init *init = &ctl->init;
	struct ll_connect_ind *ind = (void *)(init->pdu + LL_HDR_SIZE);
	uint64_t base_us = rx->end_us + CONNECT_NEED_US + WINDOW_DELAY_US;
	uint16_t offset = ll__conn_place(ctl, base_us, init->param.conn_interval);

	init->csa2 = rx->pdu[0] & LL_ADV_CHSEL;
	init->anchor_us = base_us + offset * (uint64_t)LL_UNIT_US;
	init->pdu[0] = LL_CONNECT_IND | LL_ADV_CHSEL |
		       (init->own.type == BT_ADDR_LE_RANDOM ? LL_ADV_TXADD : 0) |
		       (init->target.type == BT_ADDR_LE_RANDOM ? LL_ADV_RXADD : 0);
	init->pdu[1] = sizeof(*ind);
	ind->init_a = init->own.a;
	ind->adv_a = init->target.a;
	ind->access_address = sys_cpu_to_le32(access_address_choose(ctl));
	sys_put_le24((uint32_t)ctl__random(ctl) & 0xffffff, ind->crc_init);
	ind->win_size = WINDOW_SIZE;
	ind->win_offset = sys_cpu_to_le16(offset);
	ind->interval = sys_cpu_to_le16(init->param.conn_interval);
	ind->latency = sys_cpu_to_le16(init->param.latency);
	ind->timeout = sys_cpu_to_le16(init->param.timeout);
	memcpy(ind->chan_map, ctl->host_chan_map, sizeof(ind->chan_map));
	ind->hop_sca = (uint8_t)((5 + ctl__random_below(ctl, 12)) | (CTL_SCA_CODE << 5));
}

/* Whether the advertiser is one that we look for, and lets us connect. */
static bool wanted(struct fav_controller *ctl, const uint8_t *pdu)
{
	struct ll_init *init = &ctl->init;
	uint8_t type = pdu[0] & LL_ADV_TYPE_MASK;
	uint8_t target_type = (pdu[0] & LL_ADV_RXADD) ? BT_ADDR_LE_RANDOM : BT_ADDR_LE_PUBLIC;

	if (type == LL_ADV_DIRECT_IND) {
		if (pdu[1] != LL_ADDR_PAIR_LEN || target_type != init->own.type ||
		    memcmp(pdu + LL_HDR_SIZE + BT_ADDR_SIZE, &init->own.a, BT_ADDR_SIZE) != 0) {
			return false;
		}
	} else if (type != LL_ADV_IND) {
		return false;
	}
	init->target.type = (pdu[0] & LL_ADV_TXADD) ? BT_ADDR_LE_RANDOM : BT_ADDR_LE_PUBLIC;
	memcpy(&init->target.a, pdu + LL_HDR_SIZE, BT_ADDR_SIZE);
	if (init->param.use_accept_list ? !ll__accept_has(&ctl->accept, &init->target)
					: !bt_addr_le_eq(&init->target, &init->param.peer)) {
		return false;
	}
	return !ll__conn_has_peer(ctl, &init->target);
}

void ll__init_init(struct fav_controller *ctl)
{
	ctl->init.enabled = false;
}

void ll__init_start(struct fav_controller *ctl, const struct ll_init_param *param,
		    const bt_addr_le_t *own, uint64_t now_us)
{
	ctl->init.enabled = true;
	ctl->init.param = *param;
	ctl->init.own = *own;
	ll__listen_update(ctl, now_us);
}

void ll__init_stop(struct fav_controller *ctl, uint64_t now_us)
{
	ctl->init.enabled = false;
	ll__listen_update(ctl, now_us);
}

bool ll__init_is_sending(const struct fav_controller *ctl)
{
	return ctl->listen.phase == LL_LISTEN_CONNECT;
}

bool ll__init_adv(struct fav_controller *ctl, const struct radio_rx *rx)
{
	struct ll_init *init = &ctl->init;

	/* Connections may have been made since the command, in the other role. */
	if (!wanted(ctl, rx->pdu) || !ll__conn_has_room(ctl)) {
		return false;
	}
	build(ctl, rx);
	return ll__listen_send(ctl, LL_LISTEN_CONNECT, init->pdu, rx->end_us, CONNECT_NEED_US);
}

void ll__init_sent(struct fav_controller *ctl, uint64_t end_us)
{
	struct ll_init *init = &ctl->init;

	ll__init_stop(ctl, end_us);
	ll__conn_create(ctl, &(struct ll_conn_new){
				     .role = LL_CENTRAL,
				     .own = init->own,
				     .peer = init->target,
				     .ind = (const void *)(init->pdu + LL_HDR_SIZE),
				     .csa2 = init->csa2,
				     .created_us = end_us,
				     .anchor_us = init->anchor_us,
			     });
}
