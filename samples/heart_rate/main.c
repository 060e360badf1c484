/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heart rate sensor: advertises its service, and notifies a made-up rate once a second to whoever
 * subscribed. Nothing here is Favonius's own; the same file builds on Zephyr.
 */
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

static uint8_t rate = 60;
static bool notify_wanted;

static const struct bt_data ad[] = {
	BT_DATA_BYTES(BT_DATA_FLAGS, (BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR)),
	BT_DATA_BYTES(BT_DATA_UUID16_ALL, BT_UUID_16_ENCODE(BT_UUID_HRS_VAL)),
};

static ssize_t read_location(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			     uint16_t len, uint16_t offset)
{
	static const uint8_t chest = 0x01;

	return bt_gatt_attr_read(conn, attr, buf, len, offset, &chest, sizeof(chest));
}

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t value)
{
	notify_wanted = value == BT_GATT_CCC_NOTIFY;
	printk("notifications %s\n", notify_wanted ? "on" : "off");
}

BT_GATT_SERVICE_DEFINE(hrs, BT_GATT_PRIMARY_SERVICE(BT_UUID_HRS),
		       BT_GATT_CHARACTERISTIC(BT_UUID_HRS_MEASUREMENT, BT_GATT_CHRC_NOTIFY,
					      BT_GATT_PERM_NONE, NULL, NULL, NULL),
		       BT_GATT_CCC(ccc_changed, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
		       BT_GATT_CHARACTERISTIC(BT_UUID_HRS_BODY_SENSOR, BT_GATT_CHRC_READ,
					      BT_GATT_PERM_READ, read_location, NULL, NULL));

static int advertise(void)
{
	int err = bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, ad, ARRAY_SIZE(ad), NULL, 0);

	if (err) {
		printk("cannot advertise: %d\n", err);
	} else {
		printk("advertising\n");
	}
	return err;
}

static void connected(struct bt_conn *conn, uint8_t err)
{
	char peer[BT_ADDR_LE_STR_LEN];

	bt_addr_le_to_str(bt_conn_get_dst(conn), peer, sizeof(peer));
	if (err) {
		printk("no link to %s: %s\n", peer, bt_hci_err_to_str(err));
	} else {
		printk("connected to %s\n", peer);
	}
}

static void disconnected(struct bt_conn *conn, uint8_t reason)
{
	printk("disconnected: %s\n", bt_hci_err_to_str(reason));
}

/* Advertising took a connection object, which is free again now. */
static void recycled(void)
{
	(void)advertise();
}

BT_CONN_CB_DEFINE(callbacks) = {
	.connected = connected,
	.disconnected = disconnected,
	.recycled = recycled,
};

int main(void)
{
	int err = bt_enable(NULL);

	if (err) {
		printk("bt_enable: %d\n", err);
		return 1;
	}
	if (advertise()) {
		return 1;
	}
	for (;;) {
		k_sleep(K_SECONDS(1));
		rate = rate < 160 ? rate + 1 : 60;
		if (notify_wanted) {
			const uint8_t measurement[] = {0x06, rate}; /* 8 bits; sensor in contact */

			err = bt_gatt_notify(NULL, &hrs.attrs[1], measurement, sizeof(measurement));
			if (err) {
				printk("notify: %d\n", err);
			}
		}
	}
}
