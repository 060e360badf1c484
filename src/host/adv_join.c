/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <zephyr/bluetooth/hci_types.h>

#include "adv_join.h"

void adv_join__reset(struct adv_join *join)
{
	*join = (struct adv_join){0};
}

static enum adv_join_result last(struct adv_join *join, uint8_t *place, const uint8_t **data,
				 uint16_t *len)
{
	bool broken = join->broken;

	if (join->len > 0) {
		*data = place;
		*len = join->len;
	}
	adv_join__reset(join);
	return broken ? ADV_JOIN_DROPPED : ADV_JOIN_WHOLE;
}

enum adv_join_result adv_join__add(struct adv_join *join, uint8_t *place, size_t size,
				   uint32_t reports_lost, uint8_t status, const uint8_t **data,
				   uint16_t *len)
{
	bool first = join->len == 0 && !join->broken;
	bool whole = status == BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_COMPLETE;

	if (first && whole) {
		return ADV_JOIN_WHOLE;
	}
	if (first) {
		join->reports_lost = reports_lost;
	}
	if (join->reports_lost != reports_lost || *len > size - join->len ||
	    (!whole && status != BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_PARTIAL)) {
		join->broken = true;
	}
	if (!join->broken) {
		memcpy(place + join->len, *data, *len);
		join->len += *len;
	}
	return status == BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_PARTIAL ? ADV_JOIN_MORE
								    : last(join, place, data, len);
}
