/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>

size_t bt_data_get_len(const struct bt_data data[], size_t data_count)
{
	size_t len = 0;

	for (size_t i = 0; i < data_count; i++) {
		len += BT_DATA_SERIALIZED_SIZE((size_t)data[i].data_len);
	}
	return len;
}

size_t bt_data_serialize(const struct bt_data *input, uint8_t *output)
{
	/* The length byte counts the type too. An element of 255 bytes has no such form; it cannot
	 * be in legacy data, and is cut to what the form can say. */
	uint8_t len = MIN(input->data_len, UINT8_MAX - 1);

	output[0] = len + 1;
	output[1] = input->type;
	if (len != 0) {
		memcpy(&output[2], input->data, len);
	}
	return BT_DATA_SERIALIZED_SIZE((size_t)len);
}

void bt_data_parse(struct net_buf_simple *ad, bool (*func)(struct bt_data *data, void *user_data),
		   void *user_data)
{
	while (ad->len > 1) {
		uint8_t len = net_buf_simple_pull_u8(ad);
		struct bt_data data;

		if (len == 0 || len > ad->len) {
			return;
		}
		data.type = net_buf_simple_pull_u8(ad);
		data.data_len = len - 1;
		data.data = ad->data;
		if (!func(&data, user_data)) {
			return;
		}
		net_buf_simple_pull(ad, data.data_len);
	}
}
