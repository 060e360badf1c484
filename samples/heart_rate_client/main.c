/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a heart rate sensor, connects from within the scan's callback, discovers and subscribes,
 * and prints each rate. Nothing here is Favonius's own; the same file builds on Zephyr.
 */
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/printk.h>

static struct bt_conn *link_to_sensor;
static struct bt_gatt_discover_params discovery;
static struct bt_gatt_subscribe_params subscription;

static void start_scan(void);

static uint8_t on_rate(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
		       const void *data, uint16_t length)
{
	const uint8_t *measurement = data;

	if (!data) {
		printk("unsubscribed\n");
		return BT_GATT_ITER_STOP;
	}
	if (length >= 2) {
		printk("heart rate %u\n", measurement[1]);
	}
	return BT_GATT_ITER_CONTINUE;
}

static void subscribe(struct bt_conn *conn, uint16_t value_handle, uint16_t ccc_handle)
{
	int err;

	subscription.notify = on_rate;
	subscription.value = BT_GATT_CCC_NOTIFY;
	subscription.value_handle = value_handle;
	subscription.ccc_handle = ccc_handle;
	err = bt_gatt_subscribe(conn, &subscription);
	if (err) {
		printk("subscribe: %d\n", err);
	} else {
		printk("subscribed\n");
	}
}

/* One pass over the attributes: the measurement's value, and the CCC behind it. */
static uint8_t on_attribute(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			    struct bt_gatt_discover_params *params)
{
	static uint16_t value_handle;

	if (!attr) {
		printk("the sensor has no heart rate measurement\n");
		return BT_GATT_ITER_STOP;
	}
	if (bt_uuid_cmp(attr->uuid, BT_UUID_HRS_MEASUREMENT) == 0) {
		value_handle = attr->handle;
	} else if (value_handle && bt_uuid_cmp(attr->uuid, BT_UUID_GATT_CCC) == 0) {
		subscribe(conn, value_handle, attr->handle);
		value_handle = 0;
		return BT_GATT_ITER_STOP;
	}
	return BT_GATT_ITER_CONTINUE;
}

static void connected(struct bt_conn *conn, uint8_t err)
{
	if (err) {
		printk("no link: %s\n", bt_hci_err_to_str(err));
		bt_conn_unref(link_to_sensor);
		link_to_sensor = NULL;
		start_scan();
		return;
	}
	printk("connected\n");
	discovery = (struct bt_gatt_discover_params){
		.func = on_attribute,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = BT_GATT_DISCOVER_ATTRIBUTE,
	};
	err = bt_gatt_discover(conn, &discovery);
	if (err) {
		printk("discover: %d\n", err);
	}
}

static void disconnected(struct bt_conn *conn, uint8_t reason)
{
	printk("disconnected: %s\n", bt_hci_err_to_str(reason));
	bt_conn_unref(link_to_sensor);
	link_to_sensor = NULL;
	start_scan();
}

BT_CONN_CB_DEFINE(callbacks) = {
	.connected = connected,
	.disconnected = disconnected,
};

static bool has_heart_rate(struct bt_data *data, void *user_data)
{
	bool *found = user_data;

	if (data->type == BT_DATA_UUID16_ALL || data->type == BT_DATA_UUID16_SOME) {
		for (size_t i = 0; i + 2 <= data->data_len; i += 2) {
			*found |= sys_get_le16(&data->data[i]) == BT_UUID_HRS_VAL;
		}
	}
	return !*found;
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *buf)
{
	char sensor[BT_ADDR_LE_STR_LEN];
	bool found = false;
	int err;

	if (link_to_sensor || type != BT_GAP_ADV_TYPE_ADV_IND) {
		return;
	}
	bt_data_parse(buf, has_heart_rate, &found);
	if (!found) {
		return;
	}
	bt_addr_le_to_str(addr, sensor, sizeof(sensor));
	printk("found %s at %d dBm\n", sensor, rssi);
	err = bt_le_scan_stop();
	if (!err) {
		err = bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT,
					&link_to_sensor);
	}
	if (err) {
		printk("connect: %d\n", err);
	}
}

static void start_scan(void)
{
	int err = bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report);

	if (err) {
		printk("cannot scan: %d\n", err);
	} else {
		printk("scanning\n");
	}
}

int main(void)
{
	int err = bt_enable(NULL);

	if (err) {
		printk("bt_enable: %d\n", err);
		return 1;
	}
	start_scan();
	k_sleep(K_FOREVER);
	return 0;
}
