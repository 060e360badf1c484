/* SPDX-License-Identifier: Apache-2.0 */

/* Data in fragments, Core 6.0 Vol 4 Part E 7.8.54, 7.8.55, 7.8.62. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>

#include "controller/ctl.h"
#include "controller/ll_set.h"

static uint8_t append(struct ll_set_data *data, const uint8_t *bytes, uint8_t len)
{
	if (len > sizeof(data->bytes) - data->len) {
		data->len = 0;
		data->partial = false;
		return BT_HCI_ERR_MEM_CAPACITY_EXCEEDED;
	}
	memcpy(data->bytes + data->len, bytes, len);
	data->len += len;
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t replace(struct ll_set_data *data, const uint8_t *bytes, uint8_t len, bool partial)
{
	data->len = 0;
	data->partial = partial;
	return append(data, bytes, len);
}

uint8_t ll__set_data_put(struct ll_set_data *data, uint8_t op, const uint8_t *bytes, uint8_t len,
			 bool enabled)
{
	uint8_t err;

	if (op > BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (op == BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA) {
		return replace(data, bytes, len, false);
	}
	if (len == 0) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	if (enabled) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	if (op == BT_HCI_LE_EXT_ADV_OP_FIRST_FRAG) {
		return replace(data, bytes, len, true);
	}
	/* A fragment that continues nothing. */
	if (!data->partial) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	err = append(data, bytes, len);
	if (err == BT_HCI_ERR_SUCCESS && op == BT_HCI_LE_EXT_ADV_OP_LAST_FRAG) {
		data->partial = false;
	}
	return err;
}

void ll__set_data_changed(struct ll_set *set)
{
	set->did = (uint16_t)((set->did + 1) & 0x0fff);
	if (ll__set_has(set, BT_HCI_LE_ADV_PROP_LEGACY)) {
		set->legacy.data_len = (uint8_t)set->data.len;
		memcpy(set->legacy.data, set->data.bytes, set->data.len);
		set->legacy.rsp_len = (uint8_t)set->rsp.len;
		memcpy(set->legacy.rsp, set->rsp.bytes, set->rsp.len);
	}
}
