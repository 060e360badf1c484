/* SPDX-License-Identifier: Apache-2.0 */
/* Legacy advertising by the extended commands: a set whose PDUs are legacy ones. */
#include <zephyr/bluetooth/hci.h>

#include "adv.h"
#include "adv_cmd.h"
#include "adv_data.h"
#include "adv_param.h"
#include "ext_adv.h"
#include "hci_core.h"
#include "host.h"

static int set_data(struct bt_host *host, const struct adv_data *data)
{
	int err = adv_cmd__data_raw(host, EXT_ADV_LEGACY_HANDLE, ADV_CMD_DATA_AD, data->ad.data,
				    data->ad.len);

	if (err == 0 && host__adv(host)->scannable) {
		err = adv_cmd__data_raw(host, EXT_ADV_LEGACY_HANDLE, ADV_CMD_DATA_SCAN_RSP,
					data->sd.data, data->sd.len);
	}
	return err;
}

static int set_param(struct bt_host *host, const struct bt_le_adv_param *param)
{
	struct adv *adv = host__adv(host);
	int err = adv_cmd__param(host, EXT_ADV_LEGACY_HANDLE, param, adv->scannable, adv->own.type,
				 NULL);

	return err != 0 ? err : own_addr__send(host, &adv->own);
}

static int set_enable(struct bt_host *host, bool enable)
{
	uint16_t duration = host__adv(host)->high_duty ? BT_GAP_ADV_HIGH_DUTY_CYCLE_MAX_TIMEOUT : 0;

	return enable ? adv_cmd__enable(host, EXT_ADV_LEGACY_HANDLE, duration, 0)
		      : adv_cmd__disable(host, EXT_ADV_LEGACY_HANDLE);
}

/* The controller's room is for the sets of the application when this one does not advertise. */
static void ended(struct bt_host *host)
{
	adv_cmd__remove_later(host, EXT_ADV_LEGACY_HANDLE);
}

const struct adv_way adv_way_ext = {
	.set_param = set_param,
	.set_data = set_data,
	.set_enable = set_enable,
	.ended = ended,
};
