/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advertises a kilobyte of text, and counts in its first element how often it has changed. Nothing
 * here is Favonius's own; the same file builds on Zephyr.
 */
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>

/* Four elements of it are a kilobyte with their headers. */
#define PART_LEN 254

static uint8_t counter[] = {0xff, 0xff, 0};
static uint8_t parts[4][PART_LEN];

static void fill(void)
{
	static const char line[] = "The west wind blows over the air, a byte at a time. ";

	for (size_t i = 0; i < sizeof(parts); i++) {
		parts[i / PART_LEN][i % PART_LEN] = (uint8_t)line[i % (sizeof(line) - 1)];
	}
}

/* More than one command of data is set while the set does not advertise. */
static int change(struct bt_le_ext_adv *set)
{
	const struct bt_data ad[] = {
		BT_DATA(BT_DATA_MANUFACTURER_DATA, counter, sizeof(counter)),
		BT_DATA(BT_DATA_MANUFACTURER_DATA, parts[0], PART_LEN),
		BT_DATA(BT_DATA_MANUFACTURER_DATA, parts[1], PART_LEN),
		BT_DATA(BT_DATA_MANUFACTURER_DATA, parts[2], PART_LEN),
		BT_DATA(BT_DATA_MANUFACTURER_DATA, parts[3], PART_LEN),
	};
	int err = bt_le_ext_adv_stop(set);

	if (!err) {
		err = bt_le_ext_adv_set_data(set, ad, ARRAY_SIZE(ad), NULL, 0);
	}
	if (!err) {
		err = bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_DEFAULT);
	}
	return err;
}

int main(void)
{
	struct bt_le_ext_adv *set;
	int err = bt_enable(NULL);

	if (!err) {
		err = bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN_IDENTITY, NULL, &set);
	}
	if (err) {
		printk("no set: %d\n", err);
		return 1;
	}
	fill();
	for (;;) {
		err = change(set);
		if (err) {
			printk("advertising: %d\n", err);
			return 1;
		}
		printk("advertising, change %u\n", counter[2]);
		k_sleep(K_SECONDS(2));
		counter[2]++;
	}
}
