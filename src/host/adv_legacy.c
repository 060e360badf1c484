/* SPDX-License-Identifier: Apache-2.0 */
/* Legacy advertising by the legacy commands. */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "adv.h"
#include "adv_data.h"
#include "adv_param.h"
#include "hci_core.h"
#include "host.h"

static uint8_t pdu_type(const struct adv *adv, const struct bt_le_adv_param *param)
{
	if (param->peer != NULL) {
		return adv_param__high_duty(param) ? BT_HCI_ADV_DIRECT_IND
						   : BT_HCI_ADV_DIRECT_IND_LOW_DUTY;
	}
	if (adv_param__connectable(param)) {
		return BT_HCI_ADV_IND;
	}
	return adv->scannable ? BT_HCI_ADV_SCAN_IND : BT_HCI_ADV_NONCONN_IND;
}

static int set_param(struct bt_host *host, const struct bt_le_adv_param *param)
{
	struct bt_hci_cp_le_set_adv_param cp = {
		.min_interval = sys_cpu_to_le16(param->interval_min),
		.max_interval = sys_cpu_to_le16(param->interval_max),
		.type = pdu_type(host__adv(host), param),
		.own_addr_type = host__adv(host)->own.type,
		.channel_map = adv_param__channels(param),
		.filter_policy = adv_param__filter_policy(param),
	};

	if (adv_param__high_duty(param)) {
		/* Not used, but some controllers check it all the same. */
		cp.min_interval = sys_cpu_to_le16(BT_HCI_LE_PRIM_ADV_INTERVAL_MIN);
		cp.max_interval = sys_cpu_to_le16(BT_HCI_LE_PRIM_ADV_INTERVAL_MIN);
	}
	if (param->peer != NULL) {
		bt_addr_le_copy(&cp.direct_addr, param->peer);
	}
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_PARAM, &cp, sizeof(cp));
}

/* Both commands have the same parameters, always of full length. */
static int set_data(struct bt_host *host, const struct adv_data *data)
{
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_DATA, &data->ad,
				sizeof(data->ad));

	if (err == 0 && host__adv(host)->scannable) {
		err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_SCAN_RSP_DATA, &data->sd,
				    sizeof(data->sd));
	}
	return err;
}

static int set_enable(struct bt_host *host, bool enable)
{
	struct bt_hci_cp_le_set_adv_enable cp = {.enable = enable};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT && enable) {
		/* It may be advertising for all we know. */
		cp.enable = BT_HCI_LE_ADV_DISABLE;
		(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_SET_ADV_ENABLE, &cp, sizeof(cp),
				     NULL, NULL);
	}
	return err;
}

const struct adv_way adv_way_legacy = {
	.set_param = set_param,
	.set_data = set_data,
	.set_enable = set_enable,
};
