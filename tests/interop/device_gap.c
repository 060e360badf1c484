/* SPDX-License-Identifier: Apache-2.0 */

/* Advertising, scanning, and links. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/util.h>

#include "device.h"

/* ---- Advertising ---- */

static int advertise(const struct bt_le_adv_param *param, bool with_response)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR)};
	const struct bt_data sd[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "favonius", 8)};

	if (param->peer != NULL) {
		return bt_le_adv_start(param, NULL, 0, NULL, 0);
	}
	return bt_le_adv_start(param, ad, ARRAY_SIZE(ad), sd, with_response ? 1 : 0);
}

/* advertise connectable|scannable|nonconnectable|filtered, advertise directed|directed-low ADDR */
static int do_advertise(const struct words *w)
{
	bt_addr_le_t peer;
	int err = w->count > 2 ? address(w, 2, &peer) : 0;

	if (err < 0) {
		return err;
	}
	if (is(w, 1, "connectable")) {
		return advertise(BT_LE_ADV_CONN_FAST_1, true);
	}
	if (is(w, 1, "filtered")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_FILTER_CONN, 48,
						 96, NULL),
				 true);
	}
	if (is(w, 1, "scannable")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, 48, 96, NULL), true);
	}
	if (is(w, 1, "nonconnectable")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, 160, 240, NULL),
				 false);
	}
	if (is(w, 1, "directed")) {
		return advertise(BT_LE_ADV_CONN_DIR(&peer), false);
	}
	return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY, 48,
					 96, &peer),
			 false);
}

static int do_stop_advertising(const struct words *w)
{
	return bt_le_adv_stop();
}

/* advertise-extended DATA: connectable, with one AD structure of the manufacturer's own. */
static int do_advertise_extended(const struct words *w)
{
	static struct bt_le_ext_adv *adv;
	uint8_t value[VALUE_MAX];
	struct bt_data ad = BT_DATA(BT_DATA_MANUFACTURER_DATA, value, bytes(w, 1, value));
	int err = adv != NULL ? 0
			      : bt_le_ext_adv_create(
					BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_EXT_ADV,
							48, 96, NULL),
					NULL, &adv);

	err = err < 0 ? err : bt_le_ext_adv_set_data(adv, &ad, 1, NULL, 0);
	return err < 0 ? err : bt_le_ext_adv_start(adv, BT_LE_EXT_ADV_START_DEFAULT);
}

/* ---- Scanning ---- */

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *buf)
{
	char text[ADDR_SIZE], hex[2 * VALUE_MAX + 1];

	bin2hex(buf->data, MIN(buf->len, VALUE_MAX), hex, sizeof(hex));
	printf("report %s %u %d %s\n", addr_text(addr, text), type, rssi, buf->len ? hex : "-");
}

/* scan passive|active|filtered */
static int do_scan(const struct words *w)
{
	uint8_t type = is(w, 1, "active") ? BT_LE_SCAN_TYPE_ACTIVE : BT_LE_SCAN_TYPE_PASSIVE;
	uint32_t options = is(w, 1, "filtered") ? BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST : 0;

	return bt_le_scan_start(BT_LE_SCAN_PARAM(type, options, 48, 48), on_report);
}

static int do_stop_scan(const struct words *w)
{
	return bt_le_scan_stop();
}

static int do_accept(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	return err < 0 ? err : bt_le_filter_accept_list_add(&addr);
}

static int do_accept_none(const struct words *w)
{
	return bt_le_filter_accept_list_clear();
}

/* ---- Links ---- */

static struct bt_conn *attempt; /* of "connect", until it has ended */

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	char text[ADDR_SIZE];
	struct bt_conn_info info;

	if (attempt == conn) {
		bt_conn_unref(attempt);
		attempt = NULL;
	}
	if (err || bt_conn_get_info(conn, &info) < 0) {
		printf("unconnected %u\n", err);
		return;
	}
	printf("connected %u %s %s\n", bt_conn_index(conn),
	       info.role == BT_CONN_ROLE_CENTRAL ? "central" : "peripheral",
	       addr_text(bt_conn_get_dst(conn), text));
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	printf("disconnected %u %u\n", bt_conn_index(conn), reason);
}

static bool refuses_params;

static bool on_param_req(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	printf("params-wanted %u %u %u %u %u\n", bt_conn_index(conn), param->interval_min,
	       param->interval_max, param->latency, param->timeout);
	return !refuses_params;
}

static void on_params(struct bt_conn *conn, uint16_t interval, uint16_t latency, uint16_t timeout)
{
	printf("params %u %u %u %u\n", bt_conn_index(conn), interval, latency, timeout);
}

static void on_remote(struct bt_conn *conn, struct bt_conn_remote_info *info)
{
	char hex[17];

	bin2hex(info->le.features, 8, hex, sizeof(hex));
	printf("remote %u %u %u %s\n", bt_conn_index(conn), info->version, info->manufacturer, hex);
}

static void on_phy(struct bt_conn *conn, struct bt_conn_le_phy_info *info)
{
	printf("phy %u %u %u\n", bt_conn_index(conn), info->tx_phy, info->rx_phy);
}

static void on_data_len(struct bt_conn *conn, struct bt_conn_le_data_len_info *info)
{
	printf("data-length %u %u %u\n", bt_conn_index(conn), info->tx_max_len, info->rx_max_len);
}

static struct bt_conn_cb conn_cb = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.le_param_req = on_param_req,
	.le_param_updated = on_params,
	.remote_info_available = on_remote,
	.le_phy_updated = on_phy,
	.le_data_len_updated = on_data_len,
};

static int do_connect(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	return err < 0 ? err
		       : bt_conn_le_create(&addr, BT_CONN_LE_CREATE_CONN,
					   BT_LE_CONN_PARAM(6, 6, 0, 400), &attempt);
}

static int do_connect_accepted(const struct words *w)
{
	return bt_conn_le_create_auto(BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM(6, 6, 0, 400));
}

static int do_cancel(const struct words *w)
{
	return attempt ? bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN) : -ENOTCONN;
}

static int do_disconnect(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
}

static int do_phy(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM(number(w, 2), number(w, 2)));
}

static int do_data_length(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_data_len_update(conn,
					  BT_CONN_LE_DATA_LEN_PARAM(number(w, 2), number(w, 3)));
}

static int do_params(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_param_update(
		conn, BT_LE_CONN_PARAM(number(w, 2), number(w, 3), number(w, 4), number(w, 5)));
}

static int do_refuse_params(const struct words *w)
{
	refuses_params = true;
	return 0;
}

static int do_rssi(const struct words *w, struct bt_conn *conn)
{
	struct net_buf *cmd = bt_hci_cmd_alloc(K_NO_WAIT), *rsp;
	uint16_t handle;
	int err = bt_hci_get_conn_handle(conn, &handle);

	if (err < 0 || cmd == NULL) {
		return err < 0 ? err : -ENOMEM;
	}
	net_buf_add_le16(cmd, handle);
	err = bt_hci_cmd_send_sync(BT_OP(BT_OGF_STATUS, 0x0005), cmd, &rsp);
	if (err == 0) {
		printf("rssi %u %d\n", bt_conn_index(conn), (int8_t)rsp->data[3]);
		net_buf_unref(rsp);
	}
	return err;
}

int gap_init(void)
{
	return bt_conn_cb_register(&conn_cb);
}

const struct command gap_commands[] = {
	{"advertise", do_advertise},
	{"stop-advertising", do_stop_advertising},
	{"advertise-extended", do_advertise_extended},
	{"scan", do_scan},
	{"stop-scan", do_stop_scan},
	{"accept", do_accept},
	{"accept-none", do_accept_none},
	{"connect", do_connect},
	{"connect-accepted", do_connect_accepted},
	{"cancel", do_cancel},
	{"refuse-params", do_refuse_params},
	{NULL, NULL},
};

const struct link_command gap_link_commands[] = {
	{"disconnect", do_disconnect}, {"phy", do_phy},   {"data-length", do_data_length},
	{"params", do_params},         {"rssi", do_rssi}, {NULL, NULL},
};
