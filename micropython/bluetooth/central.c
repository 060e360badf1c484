/* SPDX-License-Identifier: Apache-2.0 */

#include "backend.h"

#include <favonius/host.h>
#include <zephyr/bluetooth/hci.h>

/* Scan interval and window while connecting, unit 0.625 ms: listen all the time. */
#define CONNECT_SCAN_INTERVAL 16

/* Range of a scan interval and window, unit 0.625 ms: Core 6.0 Vol 4 Part E 7.8.10. */
#define SCAN_MIN 4
#define SCAN_MAX 0x4000

/* ---- Scanning ---- */

static void scan_result(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			struct net_buf_simple *buf)
{
	struct backend *b = backend_get();
	uint8_t addr_type, addr_be[BT_ADDR_SIZE];

	if (b->on) {
		backend_addr_to_mp(addr, &addr_type, addr_be);
		BACKEND_EVENT(b, mp_bluetooth_gap_on_scan_result(addr_type, addr_be, adv_type, rssi,
								 buf->data, buf->len));
	}
}

static int scan_stop(struct backend *b)
{
	int err;

	if (!b->scanning) {
		return 0;
	}
	err = bt_le_scan_stop();
	if (err != 0) {
		return err;
	}
	b->scanning = false;
	(void)k_work_cancel_delayable(&b->scan_end);
	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gap_on_scan_complete());
	}
	return 0;
}

static void scan_end(struct k_work *work)
{
	struct k_work_delayable *dwork = k_work_delayable_from_work(work);

	(void)scan_stop(CONTAINER_OF(dwork, struct backend, scan_end));
}

static uint16_t scan_units(int32_t us)
{
	return (uint16_t)MAX(SCAN_MIN, MIN(SCAN_MAX, us / 625));
}

int mp_bluetooth_gap_scan_start(int32_t duration_ms, int32_t interval_us, int32_t window_us,
				bool active_scan)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);
	struct bt_le_scan_param param = {
		.type = active_scan ? BT_LE_SCAN_TYPE_ACTIVE : BT_LE_SCAN_TYPE_PASSIVE,
		.interval = scan_units(interval_us),
		.window = scan_units(window_us),
	};

	if (b == NULL) {
		return err;
	}
	if (duration_ms < 0) {
		return MP_EINVAL;
	}
	if (b->scanning) {
		return MP_EALREADY;
	}
	/* So that peers with private addresses are known. */
	backend_bonds_load(b);
	if (backend_for_call(&err) == NULL) {
		return err;
	}
	err = bt_le_scan_start(&param, scan_result);
	if (err != 0) {
		return -err;
	}
	b->scanning = true;
	if (duration_ms != 0) {
		(void)k_work_schedule(&b->scan_end, K_MSEC(duration_ms));
	}
	return 0;
}

int mp_bluetooth_gap_scan_stop(void)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	return b == NULL ? err : -scan_stop(b);
}

/* BLE.gap_scan_dropped() */
static mp_obj_t gap_scan_dropped(mp_obj_t self)
{
	struct fav_host_stats stats;
	int err = 0;

	if (backend_for_call(&err) == NULL) {
		mp_raise_OSError(err);
	}
	fav_host_stats_get(fav_host_current(), &stats);
	return mp_obj_new_int_from_uint(stats.adv_reports_dropped);
}
MP_DEFINE_CONST_FUN_OBJ_1(backend_gap_scan_dropped_obj, gap_scan_dropped);

/* ---- Connecting ---- */

void backend_connect_ended(struct backend *b, struct bt_conn *conn)
{
	if (b->connecting == conn) {
		b->connecting = NULL;
		bt_conn_unref(conn);
	}
}

/* Units of 1.25 ms. One end of the range that is not given follows the other where it must. */
static struct bt_le_conn_param conn_param(int32_t min_us, int32_t max_us)
{
	struct bt_le_conn_param param = *BT_LE_CONN_PARAM_DEFAULT;

	if (min_us != 0) {
		param.interval_min = (uint16_t)MIN(UINT16_MAX, min_us / 1250);
		param.interval_max = MAX(param.interval_min, param.interval_max);
	}
	if (max_us != 0) {
		param.interval_max = (uint16_t)MIN(UINT16_MAX, max_us / 1250);
		if (min_us == 0) {
			param.interval_min = MIN(param.interval_min, param.interval_max);
		}
	}
	/* Unit 10 ms; more than two intervals, so long ones get more than the usual. */
	param.timeout = MAX(param.timeout, MIN(3200, param.interval_max / 2));
	return param;
}

static int connect(struct backend *b, const bt_addr_le_t *peer,
		   const struct bt_conn_le_create_param *create,
		   const struct bt_le_conn_param *param)
{
	struct bt_conn *conn;
	struct bt_conn_info info;
	int err = bt_conn_le_create(peer, create, param, &conn);

	if (err != 0) {
		return err;
	}
	/* It may have ended while the controller's answer was waited for. */
	if (bt_conn_get_info(conn, &info) != 0 || info.state != BT_CONN_STATE_CONNECTING) {
		bt_conn_unref(conn);
	} else {
		b->connecting = conn;
	}
	return 0;
}

int mp_bluetooth_gap_peripheral_connect(uint8_t addr_type, const uint8_t *addr, int32_t duration_ms,
					int32_t min_conn_interval_us, int32_t max_conn_interval_us)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);
	struct bt_le_conn_param param = conn_param(min_conn_interval_us, max_conn_interval_us);
	struct bt_conn_le_create_param create = {
		.interval = CONNECT_SCAN_INTERVAL,
		.window = CONNECT_SCAN_INTERVAL,
	};
	bt_addr_le_t peer = {.type = addr_type};

	if (b == NULL) {
		return err;
	}
	if (duration_ms < 0 || min_conn_interval_us < 0 || max_conn_interval_us < 0) {
		return MP_EINVAL;
	}
	create.timeout = (uint16_t)MIN(UINT16_MAX, (duration_ms + 9LL) / 10);
	for (size_t i = 0; i < BT_ADDR_SIZE; i++) {
		peer.a.val[i] = addr[BT_ADDR_SIZE - 1 - i];
	}
	backend_bonds_load(b);
	if (backend_for_call(&err) == NULL) {
		return err;
	}
	err = scan_stop(b);
	if (err == 0) {
		err = b->connecting != NULL ? -EALREADY : connect(b, &peer, &create, &param);
	}
	return -err;
}

int mp_bluetooth_gap_peripheral_connect_cancel(void)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	if (b == NULL) {
		return err;
	}
	if (b->connecting == NULL) {
		return MP_EALREADY;
	}
	return -bt_conn_disconnect(b->connecting, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
}

void backend_central_start(struct backend *b)
{
	k_work_init_delayable(&b->scan_end, scan_end);
	b->scanning = false;
}

void backend_central_stop(struct backend *b)
{
	(void)scan_stop(b);
	(void)k_work_cancel_delayable(&b->scan_end);
	if (b->connecting != NULL) {
		(void)bt_conn_disconnect(b->connecting, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	}
}
