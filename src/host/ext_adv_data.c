/* SPDX-License-Identifier: Apache-2.0 */
/* The data of an advertising set. */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>

#include "adv_cmd.h"
#include "adv_param.h"
#include "ext_adv.h"
#include "hci_core.h"
#include "host.h"
#include "name.h"

/* Longest element: its length byte counts the type. */
#define ELEMENT_DATA_MAX 254

bool ext_adv__data_fits(const struct bt_data *elements, size_t count, size_t max)
{
	size_t len = 0;

	if (elements == NULL && count > 0) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		len += BT_DATA_SERIALIZED_SIZE((size_t)elements[i].data_len);
		if (elements[i].data_len > ELEMENT_DATA_MAX || len > max) {
			return false;
		}
	}
	return true;
}

/* Whole, or what fits of it; false: nothing fits. */
static bool name_fit(const char *name, size_t room, struct bt_data *element)
{
	size_t len = strlen(name);

	if (room <= BT_DATA_SERIALIZED_SIZE(0)) {
		return false;
	}
	room -= BT_DATA_SERIALIZED_SIZE(0);
	element->type = len <= room ? BT_DATA_NAME_COMPLETE : BT_DATA_NAME_SHORTENED;
	element->data_len = (uint8_t)MIN(len, room);
	element->data = (const uint8_t *)name;
	return true;
}

/* One kind of data, checked: its elements, and where it goes here, the name. */
struct payload {
	const struct bt_data *elements;
	size_t count;
	struct bt_data name;
	bool named;
};

static bool payload_make(const struct bt_le_ext_adv *set, struct payload *p, bool named)
{
	size_t max = !adv_param__extended(&set->param)
			     ? BT_GAP_ADV_MAX_ADV_DATA_LEN
			     : hci__info(host__hci(set->host))->max_adv_data_len;
	size_t len;

	p->named = named;
	if (!ext_adv__data_fits(p->elements, p->count, max)) {
		return false;
	}
	len = bt_data_get_len(p->elements, p->count);
	return !named || name_fit(host__name(set->host)->name, max - len, &p->name);
}

static size_t payload_len(const struct payload *p)
{
	return bt_data_get_len(p->elements, p->count) +
	       (p->named ? bt_data_get_len(&p->name, 1) : 0);
}

static int payload_send(const struct bt_le_ext_adv *set, const struct payload *p,
			enum adv_cmd_data kind)
{
	/* Core 6.0 Vol 4 Part E 7.8.54: while it advertises, all at once. */
	if (set->state != EXT_ADV_OFF && payload_len(p) > adv_cmd__fragment_max(kind)) {
		return -EAGAIN;
	}
	return adv_cmd__data(set->host, ext_adv__handle(set), kind, p->elements, p->count,
			     p->named ? &p->name : NULL);
}

static int data_set(struct bt_le_ext_adv *set, struct payload *ad, struct payload *sd)
{
	bool named = (set->param.options & BT_LE_ADV_OPT_USE_NAME) != 0;
	bool in_ad = (set->param.options & BT_LE_ADV_OPT_FORCE_NAME_IN_AD) != 0;
	/* A scannable extended set has no data but its scan response. */
	bool scannable = adv_param__scannable(&set->param);
	bool has_ad = !adv_param__extended(&set->param) || !scannable;
	uint32_t generation = set->generation;
	int err = 0;

	if (set->param.peer != NULL && !adv_param__extended(&set->param)) {
		return -EINVAL;
	}
	if ((has_ad && !payload_make(set, ad, named && (in_ad || !scannable))) ||
	    (scannable && !payload_make(set, sd, named && !(in_ad && has_ad)))) {
		return -EINVAL;
	}
	if (has_ad) {
		err = payload_send(set, ad, ADV_CMD_DATA_AD);
	}
	if (err == 0 && scannable && set->generation == generation) {
		err = payload_send(set, sd, ADV_CMD_DATA_SCAN_RSP);
	}
	return err;
}

int bt_le_ext_adv_set_data(struct bt_le_ext_adv *adv, const struct bt_data *ad, size_t ad_len,
			   const struct bt_data *sd, size_t sd_len)
{
	struct payload ad_payload = {.elements = ad, .count = ad_len};
	struct payload sd_payload = {.elements = sd, .count = sd_len};
	uint32_t generation;
	int err = ext_adv__begin(adv, &generation);

	if (err != 0) {
		return err;
	}
	err = data_set(adv, &ad_payload, &sd_payload);
	(void)ext_adv__end(adv, generation);
	return err;
}
