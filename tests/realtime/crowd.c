/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One of many devices in real time, each a process:
 *
 *   crowd peripheral           notifies a counter every 30 ms, until its central leaves
 *   crowd central N SECONDS [secure]
 *                              connects to the N-th device of `favonius run`, pairs if it is to be
 *                              secure, subscribes, counts, and leaves after so long
 *
 * A link that ends in any other way is a failure.
 */
#include <stdlib.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/printk.h>

#define INTERVAL_1250US 24
#define TIMEOUT_10MS    100
#define PERIOD          K_MSEC(30)

static K_SEM_DEFINE(linked, 0, 1);
static K_SEM_DEFINE(subscribed, 0, 1);
static K_SEM_DEFINE(secured, 0, 1);
static K_SEM_DEFINE(unlinked, 0, 1);
static struct bt_conn *link;
static uint8_t link_err, reason;
static bool wanted;

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t value)
{
	wanted = value == BT_GATT_CCC_NOTIFY;
}

BT_GATT_SERVICE_DEFINE(counting, BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xfab0)),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xfab1), BT_GATT_CHRC_NOTIFY,
					      BT_GATT_PERM_NONE, NULL, NULL, NULL),
		       BT_GATT_CCC(ccc_changed, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE));

static void connected(struct bt_conn *conn, uint8_t err)
{
	link_err = err;
	if (err == 0 && link == NULL) {
		link = bt_conn_ref(conn);
	}
	k_sem_give(&linked);
}

static void disconnected(struct bt_conn *conn, uint8_t why)
{
	reason = why;
	k_sem_give(&unlinked);
}

static void security_changed(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	link_err = (uint8_t)err;
	k_sem_give(&secured);
}

BT_CONN_CB_DEFINE(callbacks) = {
	.connected = connected,
	.disconnected = disconnected,
	.security_changed = security_changed,
};

/* ---- Peripheral ---- */

static int peripheral(void)
{
	uint32_t sent = 0;
	int err = bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0);

	if (err) {
		printk("cannot advertise: %d\n", err);
		return 1;
	}
	k_sem_take(&linked, K_FOREVER);
	while (k_sem_take(&unlinked, PERIOD) != 0) {
		uint8_t value[20] = {0};

		sys_put_le32(sent, value);
		if (wanted && bt_gatt_notify(link, &counting.attrs[1], value, sizeof(value)) == 0) {
			sent++;
		}
	}
	if (link_err != 0 || reason != BT_HCI_ERR_REMOTE_USER_TERM_CONN) {
		printk("lost: %s\n", bt_hci_err_to_str(link_err != 0 ? link_err : reason));
		return 1;
	}
	printk("sent %u\n", sent);
	return 0;
}

/* ---- Central ---- */

static uint32_t received, missed;
static int64_t last_ms, gap_ms;

static uint8_t notified(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t len)
{
	int64_t now_ms = k_uptime_get();

	if (data == NULL || len < sizeof(uint32_t)) {
		return BT_GATT_ITER_STOP;
	}
	missed += sys_get_le32(data) != received + missed;
	gap_ms = received > 0 ? MAX(gap_ms, now_ms - last_ms) : 0;
	last_ms = now_ms;
	received++;
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	link_err = err;
	k_sem_give(&subscribed);
}

/* 0, or why not. The peer is this very program, so its handles are ours. */
static uint8_t subscribe(void)
{
	static struct bt_gatt_subscribe_params params;
	int err;

	params = (struct bt_gatt_subscribe_params){
		.notify = notified,
		.subscribe = on_subscribed,
		.value = BT_GATT_CCC_NOTIFY,
		.value_handle = bt_gatt_attr_value_handle(&counting.attrs[1]),
		.ccc_handle = bt_gatt_attr_get_handle(&counting.attrs[3]),
	};
	err = bt_gatt_subscribe(link, &params);
	if (err == 0 && k_sem_take(&subscribed, K_SECONDS(10)) == 0 && link_err == 0) {
		return 0;
	}
	return k_sem_take(&unlinked, K_NO_WAIT) == 0 ? reason : BT_HCI_ERR_UNSPECIFIED;
}

static uint8_t connect(unsigned int n)
{
	const struct bt_le_conn_param param =
		BT_LE_CONN_PARAM_INIT(INTERVAL_1250US, INTERVAL_1250US, 0, TIMEOUT_10MS);
	const bt_addr_le_t peer = {
		.type = BT_ADDR_LE_PUBLIC,
		.a = {{(uint8_t)n, (uint8_t)(n >> 8), 0, 0xf0, 0xfa, 0x02}},
	};
	int err = bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, &param, &link);

	if (err) {
		printk("cannot connect: %d\n", err);
		return BT_HCI_ERR_UNSPECIFIED;
	}
	k_sem_take(&linked, K_FOREVER);
	return link_err;
}

static uint8_t pair(void)
{
	int err = bt_conn_set_security(link, BT_SECURITY_L2);

	if (err == 0 && k_sem_take(&secured, K_SECONDS(10)) == 0 && link_err == 0) {
		return 0;
	}
	return k_sem_take(&unlinked, K_NO_WAIT) == 0 ? reason : BT_HCI_ERR_UNSPECIFIED;
}

/* To the N-th device of `favonius run`. Where many advertise, a CONNECT_IND may collide: the peer
 * does not know of that connection, which fails to be established, and the next attempt follows. */
static int join(unsigned int n, bool secure, unsigned int *attempts)
{
	uint8_t err;

	do {
		++*attempts;
		err = connect(n);
		if (err == 0 && secure) {
			err = pair();
		}
		if (err == 0) {
			err = subscribe();
		}
		if (err != 0 && link != NULL) {
			bt_conn_unref(link);
			link = NULL;
		}
	} while (err == BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	if (err != 0) {
		printk("lost: %s\n", bt_hci_err_to_str(err));
	}
	return err == 0 ? 0 : -1;
}

static int central(unsigned int n, unsigned int seconds, bool secure)
{
	unsigned int attempts = 0;

	if (join(n, secure, &attempts) < 0) {
		return 1;
	}
	if (k_sem_take(&unlinked, K_SECONDS(seconds)) == 0) {
		printk("lost: %s\n", bt_hci_err_to_str(reason));
		return 1;
	}
	bt_conn_disconnect(link, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	k_sem_take(&unlinked, K_SECONDS(10));
	printk("received %u, missed %u, longest gap %d ms, attempts %u\n", received, missed,
	       (int)gap_ms, attempts);
	return missed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	int err = bt_enable(NULL);
	int status = 2;

	if (err) {
		printk("bt_enable: %d\n", err);
		return 1;
	}
	if (argc == 2 && strcmp(argv[1], "peripheral") == 0) {
		status = peripheral();
	} else if (argc >= 4 && strcmp(argv[1], "central") == 0) {
		status = central((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]),
				 argc > 4 && strcmp(argv[4], "secure") == 0);
	}
	bt_disable();
	return status;
}
