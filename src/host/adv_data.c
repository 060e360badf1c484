/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "adv.h"
#include "adv_data.h"

static int add_elements(struct bt_hci_cp_le_set_adv_data *out, const struct bt_data *elements,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = BT_DATA_SERIALIZED_SIZE((size_t)elements[i].data_len);

		if (size > sizeof(out->data) - out->len) {
			return -EINVAL;
		}
		out->len += bt_data_serialize(&elements[i], &out->data[out->len]);
	}
	return 0;
}

static int add_name(struct bt_hci_cp_le_set_adv_data *out)
{
	const char *name = bt_get_name();
	size_t len = strlen(name);
	size_t room = sizeof(out->data) - out->len;
	struct bt_data element = BT_DATA(BT_DATA_NAME_COMPLETE, name, (uint8_t)len);

	if (room <= BT_DATA_SERIALIZED_SIZE(0)) {
		return -EINVAL;
	}
	if (BT_DATA_SERIALIZED_SIZE(len) > room) {
		element.type = BT_DATA_NAME_SHORTENED;
		element.data_len = (uint8_t)(room - BT_DATA_SERIALIZED_SIZE(0));
	}
	return add_elements(out, &element, 1);
}

int adv_data__build(struct adv_data *data, const struct adv *adv, const struct bt_data *ad,
		    size_t ad_len, const struct bt_data *sd, size_t sd_len)
{
	int err;

	memset(data, 0, sizeof(*data));
	err = add_elements(&data->ad, ad, ad_len);
	if (err == 0) {
		err = add_elements(&data->sd, sd, sd_len);
	}
	if (err == 0 && adv->use_name) {
		err = add_name(adv->scannable && !adv->name_in_ad ? &data->sd : &data->ad);
	}
	return err;
}
