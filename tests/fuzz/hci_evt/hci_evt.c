/* SPDX-License-Identifier: Apache-2.0 */

/* What a controller may send to an enabled host that advertises, scans and tries to connect.
 *
 * The input is a run of records: a length byte, then that many bytes. They are an event without its
 * length byte (which is put right, so that mutations reach the handlers), or, where the first is
 * 0xf0 or above: 0xfe an ACL packet, likewise, 0xfd the rest as it is, 0xfc lets time pass, 0xfb
 * stops scanning, 0xfa starts it, 0xf9 restarts advertising, 0xf8 disables and enables, 0xf7 does
 * so with a controller that has extended and periodic advertising: then sets advertise too, with
 * one train, and one train of another's is synchronised to.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/scripted.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum record {
	RECORD_EXT = 0xf7,
	RECORD_RESTART,
	RECORD_ADVERTISE,
	RECORD_SCAN,
	RECORD_STOP,
	RECORD_WAIT,
	RECORD_RAW,
	RECORD_ACL,
};

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

static bool on_data(struct bt_data *data, void *user_data)
{
	return data->type != 0;
}

/* Uses what it gets, and now and then calls back. */
static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	bt_data_parse(buf, on_data, NULL);
	if (rssi == 1) {
		(void)bt_le_scan_stop();
	} else if (rssi == 2) {
		(void)bt_disable();
	}
}

static void advertise(void)
{
	(void)bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0);
}

/* ---- Sets and trains ---- */

static void on_set_connected(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_connected_info *info)
{
	struct bt_conn_info conn_info;

	(void)bt_conn_get_info(info->conn, &conn_info);
	(void)bt_le_ext_adv_start(adv, NULL);
}

static void on_set_sent(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_sent_info *info)
{
	if (info->num_sent == 1) {
		(void)bt_le_ext_adv_delete(adv);
	} else {
		(void)bt_le_ext_adv_start(adv, NULL);
	}
}

static const struct bt_le_ext_adv_cb set_cb = {.connected = on_set_connected, .sent = on_set_sent};

static void synchronise(void)
{
	const struct bt_le_per_adv_sync_param param = {.addr = peer, .sid = 1, .timeout = 100};
	struct bt_le_per_adv_sync *sync;

	(void)bt_le_per_adv_sync_create(&param, &sync);
}

static void on_train_recv(struct bt_le_per_adv_sync *sync,
			  const struct bt_le_per_adv_sync_recv_info *info,
			  struct net_buf_simple *buf)
{
	bt_data_parse(buf, on_data, NULL);
	if (info->rssi == 1) {
		(void)bt_le_per_adv_sync_delete(sync);
	} else if (info->rssi == 2) {
		(void)bt_disable();
	}
}

static void on_train_term(struct bt_le_per_adv_sync *sync,
			  const struct bt_le_per_adv_sync_term_info *info)
{
	synchronise();
}

static void sets_and_trains(void)
{
	const struct bt_le_adv_param *const params[] = {BT_LE_EXT_ADV_CONN, BT_LE_EXT_ADV_NCONN};
	struct bt_le_ext_adv *set;

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (bt_le_ext_adv_create(params[i], &set_cb, &set) == 0) {
			(void)bt_le_per_adv_set_param(set, BT_LE_PER_ADV_DEFAULT);
			(void)bt_le_per_adv_start(set);
			(void)bt_le_ext_adv_start(set, NULL);
		}
	}
	synchronise();
}

static struct bt_le_per_adv_sync_cb train_cb = {.recv = on_train_recv, .term = on_train_term};

/* ---- Records ---- */

static void go(void)
{
	struct bt_conn *conn;

	(void)bt_enable(NULL);
	sets_and_trains();
	advertise();
	if (bt_conn_le_create(&peer, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn) ==
	    0) {
		bt_conn_unref(conn);
	}
	(void)bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report);
}

static void acl(const uint8_t *data, uint8_t len)
{
	if (len >= 2) {
		scripted_acl_in(&s, bt_acl_handle(data[0] | data[1] << 8),
				(uint8_t)(data[1] >> 4) & 3, &data[2], len - 2);
	}
}

static void record(const uint8_t *data, uint8_t len)
{
	switch (data[0]) {
	case RECORD_EXT:
		(void)bt_disable();
		scripted_ext(&s);
		go();
		break;
	case RECORD_RESTART:
		(void)bt_disable();
		go();
		break;
	case RECORD_ADVERTISE:
		advertise();
		break;
	case RECORD_SCAN:
		(void)bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report);
		break;
	case RECORD_STOP:
		(void)bt_le_scan_stop();
		break;
	case RECORD_WAIT:
		scripted_run_ms(100);
		break;
	case RECORD_RAW:
		if (len > 3) {
			scripted_raw(&s, &data[1], len - 1);
		}
		break;
	case RECORD_ACL:
		acl(&data[1], len - 1);
		break;
	default:
		scripted_evt(&s, data[0], &data[1], len - 1);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	/* Nonsense is logged, and there is nothing else here. */
	return setenv("FAVONIUS_LOG", "off", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scripted_begin(&s);
	(void)bt_le_per_adv_sync_cb_register(&train_cb);
	go();
	while (size > 1) {
		uint8_t len = (uint8_t)MIN(data[0], size - 1);

		if (len > 0) {
			record(&data[1], len);
		}
		if ((len & 3) == 0) {
			scripted_settle();
		}
		data += 1 + len;
		size -= 1 + len;
	}
	scripted_settle();
	scripted_down(&s);
	return 0;
}
