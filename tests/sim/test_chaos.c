/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that do whatever comes to their mind, on an air that loses packets: whatever they do,
 * each call ends, nothing is left behind, and when they calm down every one of them works as on its
 * first day. What happens follows from the seed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/random/random.h>

#include "client.h"
#include "peers.h"
#include "server.h"
#include "sim.h"

#define DEVICES   6
#define ACTS      4000 /* in a round; another one, when some have never worked */
#define ROUNDS    8
#define ACT_COUNT 18
#define SLOTS     8

static struct sim sim;

/* What is under way: parameters must stay valid until the end, so each has a slot. */
static struct slot {
	bool used;
	struct bt_gatt_write_params write;
	struct bt_gatt_read_params read;
	struct bt_gatt_discover_params discover;
	struct bt_gatt_indicate_params indicate;
} slots[SLOTS];

static uint8_t data[300];
static uint32_t done[ACT_COUNT]; /* how often each act's call was taken */

static uint32_t below(uint32_t limit)
{
	return sys_rand32_get() % limit;
}

static struct slot *take_slot(void)
{
	struct slot *slot = &slots[below(SLOTS)];

	if (slot->used) {
		return NULL;
	}
	memset(slot, 0, sizeof(*slot));
	slot->used = true;
	return slot;
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	CONTAINER_OF(params, struct slot, write)->used = false;
}

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *value, uint16_t length)
{
	if (err || !value) {
		CONTAINER_OF(params, struct slot, read)->used = false;
		return BT_GATT_ITER_STOP;
	}
	return BT_GATT_ITER_CONTINUE;
}

static uint8_t on_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			struct bt_gatt_discover_params *params)
{
	if (!attr) {
		CONTAINER_OF(params, struct slot, discover)->used = false;
		return BT_GATT_ITER_STOP;
	}
	return BT_GATT_ITER_CONTINUE;
}

static void on_indicated(struct bt_gatt_indicate_params *params)
{
	CONTAINER_OF(params, struct slot, indicate)->used = false;
}

static int with_slot(int (*start)(struct bt_conn *conn, struct slot *slot), struct bt_conn *conn)
{
	struct slot *slot = take_slot();
	int err;

	if (!slot) {
		return -EBUSY;
	}
	err = start(conn, slot);
	if (err) {
		slot->used = false;
	}
	return err;
}

static int start_write(struct bt_conn *conn, struct slot *slot)
{
	slot->write.func = on_written;
	slot->write.handle = 1 + below(30);
	slot->write.data = data;
	slot->write.length = below(sizeof(data));
	return bt_gatt_write(conn, &slot->write);
}

static int start_read(struct bt_conn *conn, struct slot *slot)
{
	slot->read.func = on_read;
	slot->read.handle_count = 1;
	slot->read.single.handle = 1 + below(30);
	return bt_gatt_read(conn, &slot->read);
}

static int start_discovery(struct bt_conn *conn, struct slot *slot)
{
	slot->discover.func = on_found;
	slot->discover.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE;
	slot->discover.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE;
	slot->discover.type = (uint8_t)below(BT_GATT_DISCOVER_STD_CHAR_DESC);
	return bt_gatt_discover(conn, &slot->discover);
}

static int start_indication(struct bt_conn *conn, struct slot *slot)
{
	slot->indicate.attr = &server.attrs[SERVER_STREAM];
	slot->indicate.destroy = on_indicated;
	slot->indicate.data = data;
	slot->indicate.len = 20;
	slot->indicate.ignore_subscription = true;
	return bt_gatt_indicate(conn, &slot->indicate);
}

/* The callbacks that end with the link are told of it; so no slot outlives its link. */
static int act_on_link(uint32_t act, struct bt_conn *conn, size_t device)
{
	struct bt_gatt_notify_params notify = {
		.attr = &server.attrs[SERVER_STREAM],
		.data = data,
		.len = (uint16_t)below(20),
		.ignore_subscription = true,
	};

	switch (act) {
	case 0:
		return bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	case 1:
		return with_slot(start_write, conn);
	case 2:
		return with_slot(start_read, conn);
	case 3:
		return with_slot(start_discovery, conn);
	case 4:
		return bt_gatt_write_without_response(conn, 1 + (uint16_t)below(30), data, 15,
						      false);
	case 5:
		return bt_conn_le_phy_update(conn, below(2) ? BT_CONN_LE_PHY_PARAM_1M
							    : BT_CONN_LE_PHY_PARAM_2M);
	case 6:
		return bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX);
	case 7: {
		uint16_t interval = (uint16_t)(12 + below(60));

		return bt_conn_le_param_update(conn, BT_LE_CONN_PARAM(interval, interval, 0, 300));
	}
	case 8:
		return device == 0 ? bt_gatt_notify_cb(conn, &notify) : -EINVAL;
	default:
		return device == 0 ? with_slot(start_indication, conn) : -EINVAL;
	}
}

static int act_alone(uint32_t act, size_t device)
{
	static const struct bt_le_scan_param scan = {
		.type = BT_LE_SCAN_TYPE_ACTIVE, .interval = 96, .window = 48};
	struct bt_conn *conn = NULL;
	int err;

	switch (act) {
	case 10:
		return bt_le_adv_start(
			BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY, 32, 48,
					NULL),
			NULL, 0, NULL, 0);
	case 11:
		return bt_le_adv_stop();
	case 12:
		return bt_le_scan_start(&scan, NULL);
	case 13:
		return bt_le_scan_stop();
	case 14:
		err = bt_conn_le_create(&sim.dev[below(DEVICES)].addr, BT_CONN_LE_CREATE_CONN,
					BT_LE_CONN_PARAM(24, 40, 0, 300), &conn);
		if (!err) {
			bt_conn_unref(conn);
		}
		return err;
	case 15:
		fav_air_power_off(sim.air, sim.dev[device].hci);
		return 0;
	case 16:
		return bt_disable();
	default:
		err = bt_enable(NULL);
		if (err == -EALREADY && !bt_is_ready()) {
			/* Lost its controller, and not yet disabled. */
			err = bt_disable();
		}
		return err;
	}
}

static enum fav_air_verdict lose_some(void *ctx, const struct fav_air_packet *packet)
{
	return below(20) == 0 ? FAV_AIR_CORRUPT : FAV_AIR_DELIVER;
}

/* Power and disabling are rare, the rest is likely. */
static uint32_t choose_act(void)
{
	uint32_t act = below(15);

	if (below(100) == 0) {
		act = 15 + below(2);
	} else if (below(10) == 0) {
		act = 17;
	}
	return act;
}

static void run_wild(void)
{
	for (int i = 0; i < ACTS; i++) {
		size_t device = below(DEVICES);
		uint32_t act = choose_act();
		int err = -ENOTCONN;

		sim_on(&sim, device);
		if (act >= 10) {
			err = act_alone(act, device);
		} else if (peers[device].conn) {
			/* Its last reference may go while the call waits. */
			struct bt_conn *conn = bt_conn_ref(peers[device].conn);

			err = act_on_link(act, conn, device);
			bt_conn_unref(conn);
		}
		done[act] += err == 0;
		if (below(2)) {
			sim_run_ms(below(60));
		}
	}
}

/* What has never worked is not tested; the first of it, or ACT_COUNT. */
static uint32_t first_undone(void)
{
	uint32_t act = 0;

	while (act < ACT_COUNT && done[act] > 0) {
		act++;
	}
	return act;
}

static void calm_down(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		(void)bt_disable();
		assert_int_equal(bt_enable(NULL), 0);
	}
	sim_run_ms(40000);
	for (size_t i = 0; i < SLOTS; i++) {
		assert_false(slots[i].used);
	}
	for (size_t i = 0; i < DEVICES; i++) {
		assert_null(peers[i].conn);
		assert_int_equal(peers[i].connects, peers[i].disconnects);
	}
}

static void devices_that_do_anything_work_when_they_calm_down(void **state)
{
	static struct fav_air_observer lossy = {.verdict = lose_some};
	struct client_result result;
	struct client_found found;

	sim_begin(&sim, DEVICES);
	peers_begin(&sim);
	server_begin(&sim, 0);
	fav_air_observer_add(sim.air, &lossy);
	for (int round = 0; round == 0 || (first_undone() < ACT_COUNT && round < ROUNDS); round++) {
		run_wild();
	}
	fav_air_observer_remove(sim.air, &lossy);
	calm_down();
	if (first_undone() < ACT_COUNT) {
		fail_msg("act %u never worked", first_undone());
	}
	for (size_t i = 1; i < DEVICES; i++) {
		peers_link(&sim, i, 0, 24);
		sim_on(&sim, i);
		assert_true(client_discover(peers[i].conn, server_uuid, &found));
		client_write(peers[i].conn, found.value[0], "calm", 4, &result);
		assert_int_equal(result.err, 0);
		peers_unlink(&sim, i, 0);
	}
	server_end(&sim, 0);
	peers_end(&sim);
	sim_end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_that_do_anything_work_when_they_calm_down),
	};

	return SIM_RUN(tests);
}
