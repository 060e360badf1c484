/* SPDX-License-Identifier: Apache-2.0 */

/* Extended advertising, Core 6.0 Vol 4 Part E 7.8.52 to 7.8.60. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

#define UNIT_US 625

#define CHANNELS_ALL      0x07
#define FILTER_POLICY_MAX 3
#define SID_MAX           0x0f
#define OWN_TX_POWER_DBM  0

/* A host's preference, 7.8.53. */
#define TX_POWER_MIN -127
#define TX_POWER_MAX 20

#define PROPS_KNOWN                                                                            \
	(BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN | BT_HCI_LE_ADV_PROP_DIRECT |       \
	 BT_HCI_LE_ADV_PROP_HI_DC_CONN | BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_ANON | \
	 BT_HCI_LE_ADV_PROP_TX_POWER)

/* High duty cycle ends by itself after 1.28 s, and a host may not ask for more. */
#define HIGH_DURATION_MAX_10MS 128

/* The kind of legacy PDU by the properties beside the legacy bit, 7.8.53. */
static const struct {
	uint8_t props;
	enum ll_adv_kind kind;
} legacy_kinds[] = {
	{BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN, LL_ADV_KIND_IND},
	{BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_DIRECT, LL_ADV_KIND_DIRECT_LOW},
	{BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_DIRECT | BT_HCI_LE_ADV_PROP_HI_DC_CONN,
	 LL_ADV_KIND_DIRECT_HIGH},
	{BT_HCI_LE_ADV_PROP_SCAN, LL_ADV_KIND_SCAN},
	{0, LL_ADV_KIND_NONCONN},
};

static bool legacy_kind(uint16_t props, enum ll_adv_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(legacy_kinds); i++) {
		if (props == (legacy_kinds[i].props | BT_HCI_LE_ADV_PROP_LEGACY)) {
			*kind = legacy_kinds[i].kind;
			return true;
		}
	}
	return false;
}

static bool extended_props_ok(uint16_t props)
{
	const uint16_t both = BT_HCI_LE_ADV_PROP_CONN | BT_HCI_LE_ADV_PROP_SCAN;

	return (props & both) != both && !(props & BT_HCI_LE_ADV_PROP_HI_DC_CONN) &&
	       (!(props & BT_HCI_LE_ADV_PROP_ANON) || !(props & both));
}

static bool carries_data(uint16_t props)
{
	return (props & BT_HCI_LE_ADV_PROP_LEGACY) ? !(props & BT_HCI_LE_ADV_PROP_DIRECT)
						   : !(props & BT_HCI_LE_ADV_PROP_SCAN);
}

/* Data that the set has already must be of use to what it becomes. */
static bool data_suits(const struct ll_set *set, uint16_t props)
{
	uint16_t max = (props & BT_HCI_LE_ADV_PROP_LEGACY) ? LL_ADV_DATA_MAX : LL_SET_DATA_MAX;

	return set == NULL || (set->data.len <= (carries_data(props) ? max : 0) &&
			       set->rsp.len <= ((props & BT_HCI_LE_ADV_PROP_SCAN) ? max : 0));
}

static uint8_t check_phys(const struct bt_hci_cp_le_set_ext_adv_param *cp, uint16_t props)
{
	bool legacy = props & BT_HCI_LE_ADV_PROP_LEGACY;

	if (cp->prim_adv_phy != BT_HCI_LE_PHY_1M &&
	    (legacy || cp->prim_adv_phy != BT_HCI_LE_PHY_CODED)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (!legacy && !IN_RANGE(cp->sec_adv_phy, BT_HCI_LE_PHY_1M, BT_HCI_LE_PHY_CODED)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (!ctl__has_phy(cp->prim_adv_phy) || (!legacy && !ctl__has_phy(cp->sec_adv_phy))) {
		return BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL;
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t check_param(const struct bt_hci_cp_le_set_ext_adv_param *cp, uint16_t props,
			   enum ll_adv_kind *kind)
{
	uint32_t min = sys_get_le24(cp->prim_min_interval);
	uint32_t max = sys_get_le24(cp->prim_max_interval);

	if (cp->handle > BT_HCI_LE_ADV_HANDLE_MAX || (props & ~PROPS_KNOWN) ||
	    cp->prim_channel_map == 0 || (cp->prim_channel_map & ~CHANNELS_ALL) ||
	    cp->filter_policy > FILTER_POLICY_MAX ||
	    cp->own_addr_type > BT_HCI_OWN_ADDR_RPA_OR_RANDOM || cp->sid > SID_MAX ||
	    cp->scan_req_notify_enable > BT_HCI_LE_ADV_SCAN_REQ_ENABLE ||
	    (cp->tx_power > TX_POWER_MAX && cp->tx_power != BT_HCI_LE_ADV_TX_POWER_NO_PREF) ||
	    cp->tx_power < TX_POWER_MIN ||
	    (((props & BT_HCI_LE_ADV_PROP_DIRECT) ||
	      (cp->own_addr_type & BT_HCI_OWN_ADDR_RPA_MASK)) &&
	     cp->peer_addr.type > BT_ADDR_LE_RANDOM)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if ((props & BT_HCI_LE_ADV_PROP_LEGACY) ? !legacy_kind(props, kind)
						: !extended_props_ok(props)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (!(props & BT_HCI_LE_ADV_PROP_HI_DC_CONN) &&
	    (min < BT_HCI_LE_PRIM_ADV_INTERVAL_MIN || min > max)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	return check_phys(cp, props);
}

static uint8_t set_param(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_adv_param *cp = (const void *)params;
	uint16_t props = sys_le16_to_cpu(cp->props);
	struct ll_set *set = ll__set_get(ctl, cp->handle);
	enum ll_adv_kind kind = LL_ADV_KIND_NONCONN;
	uint8_t err = check_param(cp, props, &kind);

	if (err != 0) {
		return err;
	}
	if (set != NULL && set->enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	/* Periodic advertising stays what it is, 7.8.53. */
	if (set != NULL && set->per.wanted &&
	    (!ctl__may_be_periodic(props) || cp->sec_adv_phy != set->param.secondary)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (!data_suits(set, props)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		set = ll__set_create(ctl, cp->handle);
	}
	if (set == NULL) {
		return BT_HCI_ERR_MEM_CAPACITY_EXCEEDED;
	}
	set->param = (struct ll_set_param){
		.props = props,
		.primary = (enum radio_phy)cp->prim_adv_phy,
		.secondary = (enum radio_phy)cp->sec_adv_phy,
		.sid = cp->sid,
		.notify = cp->scan_req_notify_enable,
	};
	set->legacy.param = (struct ll_adv_param){
		.interval_us = sys_get_le24(cp->prim_max_interval) * (uint64_t)UNIT_US,
		.kind = kind,
		.own_addr_type = cp->own_addr_type,
		.channel_map = cp->prim_channel_map,
		.filter_policy = cp->filter_policy,
		.direct_addr = cp->peer_addr,
	};
	rsp[0] = OWN_TX_POWER_DBM;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_random_addr(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			       uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_adv_set_random_addr *cp = (const void *)params;
	struct ll_set *set = ll__set_get(ctl, cp->handle);

	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (set->enabled && ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	set->random = cp->bdaddr;
	set->random_set = true;
	set->legacy.random = &set->random;
	return BT_HCI_ERR_SUCCESS;
}

/* Legacy PDUs take whole data of 31 bytes. */
static bool legacy_data_ok(const struct ll_set *set, uint8_t op, uint8_t len)
{
	return !ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY) ||
	       (op == BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA && len <= LL_ADV_DATA_MAX);
}

static uint8_t unchanged(struct ll_set *set)
{
	if (!set->enabled || set->data.len == 0 || ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	ll__set_data_changed(set);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t put(struct ll_set *set, struct ll_set_data *data,
		   const struct bt_hci_cp_le_set_ext_adv_data *cp)
{
	uint8_t err = ll__set_data_put(data, cp->op, cp->data, cp->len, set->enabled);

	if (err == BT_HCI_ERR_SUCCESS || err == BT_HCI_ERR_MEM_CAPACITY_EXCEEDED) {
		ll__set_data_changed(set);
	}
	return err;
}

static uint8_t set_data(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_adv_data *cp = (const void *)params;
	struct ll_set *set = ll__set_get(ctl, cp->handle);

	if (len != sizeof(*cp) + cp->len || cp->len > BT_HCI_LE_EXT_ADV_FRAG_MAX_LEN) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (cp->op == BT_HCI_LE_EXT_ADV_OP_UNCHANGED_DATA) {
		return cp->len == 0 ? unchanged(set) : BT_HCI_ERR_INVALID_PARAM;
	}
	if (!carries_data(set->param.props) || !legacy_data_ok(set, cp->op, cp->len)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set->enabled && !ll__set_takes(set, cp->len)) {
		return BT_HCI_ERR_PACKET_TOO_LONG;
	}
	return put(set, &set->data, cp);
}

static uint8_t set_rsp(struct fav_controller *ctl, const uint8_t *params, uint8_t len, uint8_t *rsp,
		       uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_adv_data *cp = (const void *)params;
	struct ll_set *set = ll__set_get(ctl, cp->handle);
	bool discards = cp->op == BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA && cp->len == 0;

	if (len != sizeof(*cp) + cp->len || cp->len > BT_HCI_LE_EXT_ADV_FRAG_MAX_LEN) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if ((!ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN) && !discards) ||
	    !legacy_data_ok(set, cp->op, cp->len)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	/* A scan response is what a scannable set with extended PDUs is there for. */
	if (set->enabled && discards && ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN) &&
	    !ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	return put(set, &set->rsp, cp);
}

/* ---- Enable ---- */

static uint8_t check_start(struct ll_set *set, const struct bt_hci_ext_adv_set *s, uint64_t now_us)
{
	uint16_t duration = sys_le16_to_cpu(s->duration);

	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_HI_DC_CONN) &&
	    !IN_RANGE(duration, 1, HIGH_DURATION_MAX_10MS)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set->data.partial || set->rsp.partial ||
	    (ll__set_has(set, BT_HCI_LE_ADV_PROP_SCAN) &&
	     !ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY) && set->rsp.len == 0)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (!ll__set_has_addr(set, now_us)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_CONN) && !ll__conn_has_room(set->ctl)) {
		return BT_HCI_ERR_CONN_LIMIT_EXCEEDED;
	}
	return ll__set_takes(set, set->data.len) ? BT_HCI_ERR_SUCCESS : BT_HCI_ERR_PACKET_TOO_LONG;
}

static bool named_before(const struct bt_hci_cp_le_set_ext_adv_enable *cp, unsigned int i)
{
	for (unsigned int j = 0; j < i; j++) {
		if (cp->s[j].handle == cp->s[i].handle) {
			return true;
		}
	}
	return false;
}

/* All of them, before anything is done. */
static uint8_t check_enable(struct fav_controller *ctl,
			    const struct bt_hci_cp_le_set_ext_adv_enable *cp, uint64_t now_us)
{
	for (unsigned int i = 0; i < cp->set_num; i++) {
		if (cp->s[i].handle > BT_HCI_LE_ADV_HANDLE_MAX || named_before(cp, i)) {
			return BT_HCI_ERR_INVALID_PARAM;
		}
	}
	for (unsigned int i = 0; i < cp->set_num; i++) {
		struct ll_set *set = ll__set_get(ctl, cp->s[i].handle);
		uint8_t err = BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;

		if (set != NULL) {
			err = cp->enable ? check_start(set, &cp->s[i], now_us) : BT_HCI_ERR_SUCCESS;
		}
		if (err != BT_HCI_ERR_SUCCESS) {
			return err;
		}
	}
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t set_enable(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_set_ext_adv_enable *cp = (const void *)params;
	uint8_t err;

	if (len != sizeof(*cp) + cp->set_num * sizeof(cp->s[0]) || cp->enable > 1 ||
	    (cp->enable && cp->set_num == 0)) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	err = check_enable(ctl, cp, now_us);
	if (err != BT_HCI_ERR_SUCCESS) {
		return err;
	}
	if (cp->set_num == 0) {
		for (unsigned int i = 0; i < ctl->set_count; i++) {
			ll__set_stop(ctl->sets[i], now_us);
		}
	}
	for (unsigned int i = 0; i < cp->set_num; i++) {
		struct ll_set *set = ll__set_get(ctl, cp->s[i].handle);

		if (cp->enable) {
			ll__set_start(set, sys_le16_to_cpu(cp->s[i].duration),
				      cp->s[i].max_ext_adv_evts, now_us);
		} else {
			ll__set_stop(set, now_us);
		}
	}
	return BT_HCI_ERR_SUCCESS;
}

/* ---- The rest ---- */

static uint8_t read_max_data(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	sys_put_le16(LL_SET_DATA_MAX, rsp);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t read_num_sets(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	rsp[0] = LL_SETS_MAX;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t remove_set(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	struct ll_set *set = ll__set_get(ctl, params[0]);

	if (params[0] > BT_HCI_LE_ADV_HANDLE_MAX) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (set == NULL) {
		return BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER;
	}
	if (ll__set_is_on(set)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ll__set_remove(set);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t clear_sets(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	for (unsigned int i = 0; i < ctl->set_count; i++) {
		if (ll__set_is_on(ctl->sets[i])) {
			return BT_HCI_ERR_CMD_DISALLOWED;
		}
	}
	ll__set_remove_all(ctl, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, 7, 0, 36, 1, CTL_COMPLETE, set_random_addr},
	{BT_HCI_OP_LE_SET_EXT_ADV_PARAM, 25, 1, 36, 2, CTL_COMPLETE, set_param},
	{BT_HCI_OP_LE_SET_EXT_ADV_DATA, 4, 0, 36, 3, CTL_COMPLETE_VAR, set_data},
	{BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA, 4, 0, 36, 4, CTL_COMPLETE_VAR, set_rsp},
	{BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, 2, 0, 36, 5, CTL_COMPLETE_VAR, set_enable},
	{BT_HCI_OP_LE_READ_MAX_ADV_DATA_LEN, 0, 2, 36, 6, CTL_COMPLETE, read_max_data},
	{BT_HCI_OP_LE_READ_NUM_ADV_SETS, 0, 1, 36, 7, CTL_COMPLETE, read_num_sets},
	{BT_HCI_OP_LE_REMOVE_ADV_SET, 1, 0, 37, 0, CTL_COMPLETE, remove_set},
	{BT_HCI_OP_CLEAR_ADV_SETS, 0, 0, 37, 1, CTL_COMPLETE, clear_sets},
};

const struct ctl_cmd_table ctl__cmds_set = {cmds, ARRAY_SIZE(cmds), CTL_EXTENDED};
