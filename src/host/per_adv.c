/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic advertising of a set, Core 6.0 Vol 4 Part E 7.8.61 to 7.8.63. */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "adv_cmd.h"
#include "adv_param.h"
#include "conn.h"
#include "ext_adv.h"
#include "hci_core.h"
#include "host.h"

#define OPTIONS (BT_LE_PER_ADV_OPT_USE_TX_POWER | BT_LE_PER_ADV_OPT_INCLUDE_ADI)

/* Of Periodic_Advertising_Properties. */
#define PROP_TX_POWER BIT(6)

/* ext_adv__begin(), of a host and a controller that have periodic advertising. */
static int begin(struct bt_le_ext_adv *set, uint32_t *generation)
{
	int err = ext_adv__begin(set, generation);

	if (err != 0) {
		return err;
	}
	if (!IS_ENABLED(CONFIG_BT_PER_ADV) ||
	    !hci__has_le_feature(host__hci(set->host), BT_LE_FEAT_BIT_PER_ADV)) {
		(void)ext_adv__end(set, *generation);
		return -ENOTSUP;
	}
	return 0;
}

/* Core 6.0 Vol 4 Part E 7.8.61: what cannot advertise periodically. */
static bool is_able(const struct bt_le_ext_adv *set)
{
	return adv_param__extended(&set->param) && !adv_param__connectable(&set->param) &&
	       (set->param.options & (BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_ANONYMOUS)) == 0;
}

static bool param_valid(const struct bt_le_per_adv_param *param)
{
	return param != NULL && (param->options & ~(uint32_t)OPTIONS) == 0 &&
	       param->interval_min >= BT_GAP_PER_ADV_MIN_INTERVAL &&
	       param->interval_min <= param->interval_max;
}

static int param_send(struct bt_le_ext_adv *set, const struct bt_le_per_adv_param *param)
{
	bool tx_power = (param->options & BT_LE_PER_ADV_OPT_USE_TX_POWER) != 0;
	const struct bt_hci_cp_le_set_per_adv_param cp = {
		.handle = ext_adv__handle(set),
		.min_interval = sys_cpu_to_le16(param->interval_min),
		.max_interval = sys_cpu_to_le16(param->interval_max),
		.props = sys_cpu_to_le16(tx_power ? PROP_TX_POWER : 0),
	};

	return hci__cmd_sync(host__hci(set->host), BT_HCI_OP_LE_SET_PER_ADV_PARAM, &cp, sizeof(cp));
}

int bt_le_per_adv_set_param(struct bt_le_ext_adv *adv, const struct bt_le_per_adv_param *param)
{
	uint32_t generation;
	int err = begin(adv, &generation);

	if (err != 0) {
		return err;
	}
	err = param_valid(param) && is_able(adv) ? param_send(adv, param) : -EINVAL;
	if (ext_adv__end(adv, generation) && err == 0) {
		adv->periodic_set = true;
		adv->periodic_adi = (param->options & BT_LE_PER_ADV_OPT_INCLUDE_ADI) != 0;
	}
	return err;
}

static int data_send(struct bt_le_ext_adv *set, const struct bt_data *ad, size_t ad_len)
{
	size_t max = hci__info(host__hci(set->host))->max_adv_data_len;

	if (!set->periodic_set || !ext_adv__data_fits(ad, ad_len, max)) {
		return -EINVAL;
	}
	/* 7.8.62: while it advertises, all at once. */
	if (set->periodic_on &&
	    bt_data_get_len(ad, ad_len) > adv_cmd__fragment_max(ADV_CMD_DATA_PERIODIC)) {
		return -EAGAIN;
	}
	return adv_cmd__data(set->host, ext_adv__handle(set), ADV_CMD_DATA_PERIODIC, ad, ad_len,
			     NULL);
}

int bt_le_per_adv_set_data(const struct bt_le_ext_adv *adv, const struct bt_data *ad, size_t ad_len)
{
	/* Zephyr's prototype; that a call is waiting is not part of what the set is. */
	struct bt_le_ext_adv *set = (struct bt_le_ext_adv *)(uintptr_t)adv;
	uint32_t generation;
	int err = begin(set, &generation);

	if (err != 0) {
		return err;
	}
	err = data_send(set, ad, ad_len);
	(void)ext_adv__end(set, generation);
	return err;
}

int bt_le_per_adv_update_did(const struct bt_le_ext_adv *adv)
{
	struct bt_le_ext_adv *set = (struct bt_le_ext_adv *)(uintptr_t)adv;
	uint32_t generation;
	int err = begin(set, &generation);

	if (err != 0) {
		return err;
	}
	if (set->periodic_on && set->periodic_adi) {
		const struct bt_hci_cp_le_set_per_adv_data cp = {
			.handle = ext_adv__handle(set),
			.op = BT_HCI_LE_PER_ADV_OP_UNCHANGED_DATA,
		};

		err = hci__cmd_sync(host__hci(set->host), BT_HCI_OP_LE_SET_PER_ADV_DATA, &cp,
				    sizeof(cp));
	} else {
		err = -EINVAL;
	}
	(void)ext_adv__end(set, generation);
	return err;
}

int per_adv__enable(struct bt_le_ext_adv *set, bool enable)
{
	struct bt_hci_cp_le_set_per_adv_enable cp = {.handle = ext_adv__handle(set)};

	if (enable) {
		cp.enable = BT_HCI_LE_SET_PER_ADV_ENABLE_ENABLE |
			    (set->periodic_adi ? BT_HCI_LE_SET_PER_ADV_ENABLE_ADI : 0);
	}
	return hci__cmd_sync(host__hci(set->host), BT_HCI_OP_LE_SET_PER_ADV_ENABLE, &cp,
			     sizeof(cp));
}

static int turn(struct bt_le_ext_adv *set, bool on)
{
	uint32_t generation;
	int err = begin(set, &generation);

	if (err != 0) {
		return err;
	}
	if (!set->periodic_set) {
		err = -EINVAL;
	} else if (set->periodic_on == on) {
		err = -EALREADY;
	} else {
		err = per_adv__enable(set, on);
	}
	if (ext_adv__end(set, generation) && err == 0) {
		set->periodic_on = on;
	}
	return err;
}

int bt_le_per_adv_start(struct bt_le_ext_adv *adv)
{
	return turn(adv, true);
}

int bt_le_per_adv_stop(struct bt_le_ext_adv *adv)
{
	return turn(adv, false);
}

struct bt_le_ext_adv *bt_le_per_adv_lookup_addr(const bt_addr_le_t *addr, uint8_t sid)
{
	struct bt_le_ext_adv *set = bt_le_ext_adv_lookup_addr(addr, sid);

	return set != NULL && set->periodic_set ? set : NULL;
}

int bt_le_per_adv_set_info_transfer(const struct bt_le_ext_adv *adv, const struct bt_conn *conn,
				    uint16_t service_data)
{
	struct bt_hci_cp_le_per_adv_set_info_transfer cp = {
		.service_data = sys_cpu_to_le16(service_data),
	};

	if (adv == NULL || adv->host == NULL || !adv->periodic_set || conn == NULL) {
		return -EINVAL;
	}
	if (!host__is_ready(adv->host)) {
		return -EAGAIN;
	}
	if (!IS_ENABLED(CONFIG_BT_PER_ADV_SYNC_TRANSFER_SENDER) ||
	    !hci__has_le_feature(host__hci(adv->host), BT_LE_FEAT_BIT_PAST_SEND)) {
		return -ENOTSUP;
	}
	if (!conn__is_connected(conn) || conn__host(conn) != adv->host) {
		return -ENOTCONN;
	}
	cp.conn_handle = sys_cpu_to_le16(conn__handle(conn));
	cp.adv_handle = ext_adv__handle(adv);
	return hci__cmd_sync(host__hci(adv->host), BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER, &cp,
			     sizeof(cp));
}
