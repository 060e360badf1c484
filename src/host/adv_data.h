/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_DATA_H_
#define FAV_HOST_ADV_DATA_H_

#include <stddef.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci_types.h>

struct adv;

/* Legacy advertising and scan response data, as the commands take them. */
struct adv_data {
	struct bt_hci_cp_le_set_adv_data ad;
	struct bt_hci_cp_le_set_adv_data sd;
};

BUILD_ASSERT(sizeof(struct bt_hci_cp_le_set_adv_data) ==
	     sizeof(struct bt_hci_cp_le_set_scan_rsp_data));

/* Serialise the application's elements, with the name where adv says so. -EINVAL: too long. */
int adv_data__build(struct adv_data *data, const struct adv *adv, const struct bt_data *ad,
		    size_t ad_len, const struct bt_data *sd, size_t sd_len);

#endif
