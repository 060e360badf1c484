/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>

#define LIMIT_US 20000000

#define UUID(n) \
	BT_UUID_DECLARE_128(BT_UUID_128_ENCODE(0xfa500100 + (n), 0x1d5e, 0x4b8f, 0x9c3a, 0x0b1e5e))

struct world world;

_Noreturn void world__failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	exit(1);
}

uint32_t world_chance(uint64_t *state, uint32_t limit)
{
	/* splitmix64 */
	uint64_t z = (*state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * limit >> 32);
}

static enum fav_air_verdict verdict(void *ctx, const struct fav_air_packet *packet)
{
	if (world.loss_per_mille == 0 ||
	    world_chance(&world.chance, 1000) >= world.loss_per_mille) {
		return FAV_AIR_DELIVER;
	}
	return world.corrupt ? FAV_AIR_CORRUPT : FAV_AIR_LOSE;
}

size_t world_current(void)
{
	const struct bt_host *host = fav_host_current();

	for (size_t i = 0; i < world.count; i++) {
		if (world.dev[i].host == host) {
			return i;
		}
	}
	NEED(!"a device of this world is current");
	return 0;
}

void world_on(size_t i)
{
	(void)fav_host_select(world.dev[i].host);
}

uint64_t world_now_us(void)
{
	return k_ticks_to_us_floor64((uint64_t)k_uptime_ticks());
}

void world_run_us(uint64_t us)
{
	uint64_t end_us = world_now_us() + us;

	while (world_now_us() < end_us) {
		(void)fav_wait(K_USEC(end_us - world_now_us()));
	}
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	struct world_device *dev = &world.dev[world_current()];

	NEED(err == 0);
	if (dev->conn != NULL) {
		bt_conn_unref(dev->conn);
	}
	dev->conn = bt_conn_ref(conn);
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	struct world_device *dev = &world.dev[world_current()];

	if (dev->conn == conn) {
		bt_conn_unref(conn);
		dev->conn = NULL;
	}
}

static void on_tx_ready(struct bt_conn *conn)
{
	if (world.tx_ready != NULL) {
		world.tx_ready(conn);
	}
}

static bool param_req(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	/* Not what peripherals ask for by themselves. */
	return world.takes_params && world_current() != 0;
}

void world_begin(size_t count, const struct fav_air_device *device, world_wrap_t wrap)
{
	struct fav_air_config config = {.seed = WORLD_SEED};

	NEED(count <= WORLD_DEVICES);
	memset(&world, 0, sizeof(world));
	world.chance = WORLD_SEED;
	world.count = count;
	fav_sim_reset(WORLD_SEED);
	NEED(fav_kernel_init(&fav_port_sim) == 0);
	world.air = fav_air_create(&config);
	NEED(world.air != NULL);
	world.observer.verdict = verdict;
	fav_air_observer_add(world.air, &world.observer);
	for (size_t i = 0; i < count; i++) {
		struct world_device *dev = &world.dev[i];
		size_t ids = 1;

		NEED(fav_air_add(world.air, device, &dev->hci) == 0);
		dev->host = fav_host_create();
		NEED(dev->host != NULL);
		NEED(fav_host_hci_set(dev->host, wrap != NULL ? wrap(dev->hci) : dev->hci) == 0);
		world_on(i);
		NEED(bt_enable(NULL) == 0);
		bt_id_get(&dev->addr, &ids);
		dev->callbacks = (struct bt_conn_cb){.connected = on_connected,
						     .disconnected = on_disconnected,
						     .tx_ready = on_tx_ready,
						     .le_param_req = param_req};
		NEED(bt_conn_cb_register(&dev->callbacks) == 0);
	}
}

void world_end(void)
{
	world.received = NULL;
	world.tx_ready = NULL;
	for (size_t i = 0; i < world.count; i++) {
		world_on(i);
		NEED(bt_disable() == 0);
	}
	for (size_t i = 0; i < world.count; i++) {
		if (world.dev[i].conn != NULL) {
			bt_conn_unref(world.dev[i].conn);
		}
		world_on(i);
		NEED(bt_conn_cb_unregister(&world.dev[i].callbacks) == 0);
		NEED(fav_host_destroy(world.dev[i].host) == 0);
	}
	fav_air_destroy(world.air);
	(void)fav_process();
}

static void until(const volatile bool *flag)
{
	uint64_t end_us = world_now_us() + LIMIT_US;

	while (!*flag) {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_USEC(end_us - world_now_us()));
	}
}

struct bt_conn *world_link(size_t central, size_t peripheral, uint16_t interval_1250us)
{
	struct bt_le_adv_param adv =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY, 32, 48, NULL);
	struct world_device *far = &world.dev[peripheral];
	struct bt_conn *conn = NULL;
	uint64_t end_us = world_now_us() + LIMIT_US;
	struct bt_conn_info info;

	world_on(peripheral);
	NEED(bt_le_adv_start(&adv, NULL, 0, NULL, 0) == 0);
	world_on(central);
	NEED(bt_conn_le_create(&far->addr, BT_CONN_LE_CREATE_CONN,
			       BT_LE_CONN_PARAM(interval_1250us, interval_1250us, 0, 1000),
			       &conn) == 0);
	do {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_MSEC(1));
		NEED(bt_conn_get_info(conn, &info) == 0);
	} while (far->conn == NULL || info.state != BT_CONN_STATE_CONNECTED);
	bt_conn_unref(conn); /* callbacks hold one, or the host as long as the link lasts */
	return conn;
}

void world_encrypt(struct bt_conn *conn, size_t peripheral)
{
	uint64_t end_us = world_now_us() + LIMIT_US;

	world_on(0);
	NEED(bt_conn_set_security(conn, BT_SECURITY_L2) == 0);
	while (bt_conn_get_security(conn) < BT_SECURITY_L2 ||
	       bt_conn_get_security(world.dev[peripheral].conn) < BT_SECURITY_L2) {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_MSEC(10));
	}
	/* Keys are distributed and the procedure is over. */
	world_run_us(1000000);
}

void world_interval(struct bt_conn *conn, uint16_t interval_1250us)
{
	struct bt_le_conn_param param =
		BT_LE_CONN_PARAM_INIT(interval_1250us, interval_1250us, 0, 1000);
	uint64_t end_us = world_now_us() + LIMIT_US;
	struct bt_conn_info info;

	NEED(bt_conn_get_info(conn, &info) == 0);
	if (info.le.interval == interval_1250us) {
		return;
	}
	world.takes_params = true;
	world_on(0);
	NEED(bt_conn_le_param_update(conn, &param) == 0);
	do {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_MSEC(10));
		NEED(bt_conn_get_info(conn, &info) == 0);
	} while (info.le.interval != interval_1250us);
	world.takes_params = false;
}

/* ---- GATT ---- */

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	if (world.received != NULL) {
		world.received(world_current(), buf, len);
	}
	return len;
}

static const struct bt_gatt_attr template[] = {
	BT_GATT_PRIMARY_SERVICE(UUID(0)),
	BT_GATT_CHARACTERISTIC(
		UUID(1), BT_GATT_CHRC_NOTIFY | BT_GATT_CHRC_WRITE | BT_GATT_CHRC_WRITE_WITHOUT_RESP,
		BT_GATT_PERM_WRITE, NULL, write_value, NULL),
	BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
};

void world_serve(size_t i)
{
	struct world_device *dev = &world.dev[i];

	BUILD_ASSERT(ARRAY_SIZE(template) == ARRAY_SIZE(dev->attrs), "one for one");
	memcpy(dev->attrs, template, sizeof(template));
	dev->service = (struct bt_gatt_service)BT_GATT_SERVICE(dev->attrs);
	world_on(i);
	NEED(bt_gatt_service_register(&dev->service) == 0);
}

const struct bt_gatt_attr *world_value_attr(size_t i)
{
	return &world.dev[i].attrs[2];
}

uint16_t world_value_handle(void)
{
	for (size_t i = 0; i < world.count; i++) {
		if (world.dev[i].attrs[2].handle != 0) {
			return world.dev[i].attrs[2].handle;
		}
	}
	NEED(!"somebody serves");
	return 0;
}

static volatile bool done;

static void on_mtu(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	NEED(err == 0);
	done = true;
}

void world_settle(struct bt_conn *conn, size_t central, uint16_t mtu, uint8_t phy)
{
	struct bt_gatt_exchange_params params = {.func = on_mtu};
	struct bt_conn_le_phy_param wanted = BT_CONN_LE_PHY_PARAM_INIT(phy, phy);
	uint64_t end_us = world_now_us() + LIMIT_US;
	struct bt_conn_info info;

	world_on(central);
	/* First what hosts do on a new link by themselves. */
	do {
		NEED(world_now_us() < end_us);
		(void)fav_wait(K_MSEC(10));
		NEED(bt_conn_get_info(conn, &info) == 0);
	} while (info.le.phy->tx_phy != BT_GAP_LE_PHY_2M || info.le.data_len->tx_max_len != 251);
	if (mtu > BT_ATT_DEFAULT_LE_MTU) {
		NEED(bt_att_preferred_mtu_set(mtu) == 0);
		done = false;
		NEED(bt_gatt_exchange_mtu(conn, &params) == 0);
		until(&done);
	}
	NEED(bt_gatt_get_mtu(conn) == mtu);
	if (phy != BT_GAP_LE_PHY_2M) {
		NEED(bt_conn_le_phy_update(conn, &wanted) == 0);
		do {
			NEED(world_now_us() < end_us);
			(void)fav_wait(K_MSEC(10));
			NEED(bt_conn_get_info(conn, &info) == 0);
		} while (info.le.phy->tx_phy != phy || info.le.phy->rx_phy != phy);
	}
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t length)
{
	if (data != NULL && world.received != NULL) {
		world.received(world_current(), data, length);
	}
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	NEED(err == 0);
	done = true;
}

void world_subscribe(struct bt_conn *conn, size_t central, struct bt_gatt_subscribe_params *params)
{
	*params = (struct bt_gatt_subscribe_params){
		.notify = on_value,
		.subscribe = on_subscribed,
		.value_handle = world_value_handle(),
		.ccc_handle = world_value_handle() + 1,
		.value = BT_GATT_CCC_NOTIFY,
	};
	world_on(central);
	done = false;
	NEED(bt_gatt_subscribe(conn, params) == 0);
	until(&done);
}

double world_cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}
