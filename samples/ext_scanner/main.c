/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints each extended advertisement when its data changes: who, on which PHYs, how long, and how
 * strong. Nothing here is Favonius's own; the same file builds on Zephyr.
 */
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

static const char *phy_name(uint8_t phy)
{
	switch (phy) {
	case BT_GAP_LE_PHY_1M:
		return "1M";
	case BT_GAP_LE_PHY_2M:
		return "2M";
	case BT_GAP_LE_PHY_CODED:
		return "Coded";
	default:
		return "-";
	}
}

static uint32_t sum(const uint8_t *data, uint16_t len)
{
	uint32_t s = len;

	while (len-- > 0) {
		s = 31 * s + *data++;
	}
	return s;
}

static void on_recv(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf)
{
	static uint32_t last;
	char addr[BT_ADDR_LE_STR_LEN];
	uint32_t now = sum(buf->data, buf->len);

	if ((info->adv_props & BT_GAP_ADV_PROP_EXT_ADV) == 0 || now == last) {
		return;
	}
	last = now;
	bt_addr_le_to_str(info->addr, addr, sizeof(addr));
	printk("%s set %u on %s and %s: %u bytes at %d dBm\n", addr, info->sid,
	       phy_name(info->primary_phy), phy_name(info->secondary_phy), buf->len, info->rssi);
}

static struct bt_le_scan_cb listener = {.recv = on_recv};

int main(void)
{
	int err = bt_enable(NULL);

	if (!err) {
		err = bt_le_scan_cb_register(&listener);
	}
	if (!err) {
		err = bt_le_scan_start(
			BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_NONE,
					 BT_GAP_SCAN_FAST_INTERVAL, BT_GAP_SCAN_FAST_INTERVAL),
			NULL);
	}
	if (err) {
		printk("cannot scan: %d\n", err);
		return 1;
	}
	printk("scanning\n");
	k_sleep(K_FOREVER);
	return 0;
}
