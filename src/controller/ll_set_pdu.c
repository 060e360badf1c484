/* SPDX-License-Identifier: Apache-2.0 */

/* The PDUs of an advertising set with extended PDUs, Core 6.0 Vol 6 Part B 2.3.1. ADV_EXT_IND with
 * an AuxPtr has no more than that and the ADI; addresses are in AUX_ADV_IND. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/ll_set.h"

/* Of AUX_SCAN_REQ, AUX_CONNECT_REQ and AUX_CONNECT_RSP, with their headers. */
#define SCAN_REQ_LEN    (LL_HDR_SIZE + LL_ADDR_PAIR_LEN)
#define CONNECT_REQ_LEN (LL_HDR_SIZE + sizeof(struct ll_connect_ind))
#define CONNECT_RSP_LEN (LL_HDR_SIZE + 2 + LL_ADDR_PAIR_LEN)

#define OWN_TX_POWER_DBM 0

bool ll__set_has_aux(const struct ll_set *set)
{
	return ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN |
					BT_HCI_LE_ADV_PROP_ANON) ||
	       set->data.len != 0 || set->per.on;
}

static enum ll_ext_mode mode_of(const struct ll_set *set)
{
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN)) {
		return LL_EXT_CONNECTABLE;
	}
	return ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN) ? LL_EXT_SCANNABLE : LL_EXT_PLAIN;
}

static void add_addresses(const struct ll_set *set, struct ll_ext_pdu *ext)
{
	ext->has_adv = !ll__set_has(set, BT_HCI_LE_ADV_PROP_ANON);
	ext->adv = set->legacy.own.air;
	ext->has_target = ll__set_has(set, BT_HCI_LE_ADV_PROP_DIRECT);
	ext->target = set->legacy.target;
}

static void add_tx_power(const struct ll_set *set, struct ll_ext_pdu *ext)
{
	ext->has_tx_power = ll__set_has(set, BT_HCI_LE_ADV_PROP_TX_POWER);
	ext->tx_power = OWN_TX_POWER_DBM;
}

static void add_adi(const struct ll_set *set, struct ll_ext_pdu *ext)
{
	ext->has_adi = true;
	ext->adi = LL_ADI(set->param.sid, set->event.did);
}

/* AUX_ADV_IND without its data. */
static struct ll_ext_pdu aux_adv(const struct ll_set *set)
{
	struct ll_ext_pdu ext = {.mode = mode_of(set)};

	add_addresses(set, &ext);
	add_adi(set, &ext);
	add_tx_power(set, &ext);
	return ext;
}

bool ll__set_takes(const struct ll_set *set, uint16_t len)
{
	struct ll_ext_pdu ext = aux_adv(set);

	return !ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN) ||
	       ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY) || len <= ll__ext_room(&ext);
}

uint32_t ll__set_write_primary(struct ll_set *set, uint64_t start_us)
{
	struct ll_ext_pdu ext = {.mode = mode_of(set)};

	if (ll__set_has_aux(set)) {
		add_adi(set, &ext);
		ext.has_aux = true;
		ext.aux = (struct ll_aux_ptr){
			.channel = set->event.chain.channel,
			.phy = set->param.secondary,
			.accurate = true,
			.offset_us = (uint32_t)(set->event.chain.next_us - start_us),
		};
	} else {
		add_addresses(set, &ext);
		add_tx_power(set, &ext);
	}
	return radio__airtime_us(set->param.primary, ll__ext_write(&ext, LL_ADV_EXT_IND, set->pdu));
}

static void write_piece(struct ll_set *set, struct ll_ext_pdu *ext, uint64_t start_us)
{
	(void)ll__chain_write(set->ctl, &set->event.chain, ext, set->param.secondary, start_us,
			      set->pdu);
}

void ll__set_write_aux(struct ll_set *set, uint64_t start_us)
{
	struct ll_ext_pdu ext = aux_adv(set);

	if (set->per.on) {
		ext.has_sync = true;
		ll__per_adv_sync_info(&set->per, start_us, &ext.sync);
	}
	write_piece(set, &ext, start_us);
}

void ll__set_write_scan_rsp(struct ll_set *set, uint64_t start_us)
{
	struct ll_ext_pdu ext = {.has_adv = true, .adv = set->legacy.own.air};

	add_adi(set, &ext);
	write_piece(set, &ext, start_us);
}

void ll__set_write_chain(struct ll_set *set, uint64_t start_us)
{
	struct ll_ext_pdu ext = {0};

	add_adi(set, &ext);
	write_piece(set, &ext, start_us);
}

void ll__set_write_connect_rsp(struct ll_set *set)
{
	struct ll_ext_pdu ext = {
		.has_adv = true,
		.adv = set->legacy.own.air,
		.has_target = true,
		.target = set->event.made.peer.air,
	};

	(void)ll__ext_write(&ext, LL_AUX_CONNECT_RSP, set->pdu);
}

uint64_t ll__set_need_us(struct ll_set *set)
{
	enum radio_phy phy = set->param.secondary;
	uint64_t need_us =
		LL_ADV_CHANNELS * (ll__set_write_primary(set, 0) + LL_ADV_GAP_US) + RADIO_T_MAFS_US;

	if (!ll__set_has_aux(set)) {
		return need_us;
	}
	need_us += ll__chain_us(phy, set->data.len);
	if (mode_of(set) == LL_EXT_SCANNABLE) {
		need_us += 2 * RADIO_T_IFS_US + radio__airtime_us(phy, SCAN_REQ_LEN) +
			   ll__chain_us(phy, set->rsp.len);
	} else if (mode_of(set) == LL_EXT_CONNECTABLE) {
		need_us += 2 * RADIO_T_IFS_US + radio__airtime_us(phy, CONNECT_REQ_LEN) +
			   radio__airtime_us(phy, CONNECT_RSP_LEN);
	}
	return need_us;
}
