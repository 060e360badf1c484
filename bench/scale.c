/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How much faster than real time many devices run in one process, their hosts included: simulated
 * seconds for each second of the CPU.
 *
 *     bench_scale pairs N SECONDS
 *     bench_scale advertisers N SCANNERS SECONDS
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>

#include "world.h"

#define PAIRS_MAX   500
#define INTERVAL_US 30000

static struct bt_gatt_subscribe_params subscriptions[PAIRS_MAX];
static struct k_work_delayable works[PAIRS_MAX];
static uint64_t received, refused, reports;

static void on_received(size_t device, const void *data, uint16_t len)
{
	received++;
}

/* Device 2i + 1 notifies device 2i. */
static void notify(struct k_work *work)
{
	size_t i = (size_t)(k_work_delayable_from_work(work) - works);
	struct world_device *dev = &world.dev[2 * i + 1];

	(void)fav_host_select(dev->host);
	refused += bt_gatt_notify(dev->conn, &dev->attrs[2], "twenty bytes of data", 20) != 0;
	k_work_schedule(&works[i], K_USEC(INTERVAL_US));
}

static void report(const char *what, size_t devices, double simulated_s, double cpu_s,
		   const struct fav_air_stats *before, uint64_t got)
{
	struct fav_air_stats after;
	double packets;

	fav_air_stats_get(world.air, &after);
	packets = (double)(after.packets - before->packets);
	printf("{\"bench\": \"scale\", \"what\": \"%s\", \"devices\": %zu, \"links\": %u, "
	       "\"simulated_s\": %.0f, \"cpu_s\": %.3f, \"speed\": %.1f, \"packets\": %.0f, "
	       "\"packets_per_cpu_s\": %.0f, \"received\": %llu, \"dropped\": %llu}\n",
	       what, devices, after.links, simulated_s, cpu_s, simulated_s / cpu_s, packets,
	       packets / cpu_s, (unsigned long long)got,
	       (unsigned long long)after.hci_dropped + refused);
}

static void pairs(size_t count, uint32_t seconds)
{
	struct fav_air_stats before;
	double cpu_s;

	NEED(count <= PAIRS_MAX);
	world_begin(2 * count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		world_serve(2 * i + 1);
		world_subscribe(world_link(2 * i, 2 * i + 1, INTERVAL_US / 1250), 2 * i,
				&subscriptions[i]);
	}
	world_run_us(1000000);
	world.received = on_received;
	for (size_t i = 0; i < count; i++) {
		k_work_init_delayable(&works[i], notify);
		k_work_schedule(&works[i], K_USEC(world_chance(&world.chance, INTERVAL_US)));
	}
	fav_air_stats_get(world.air, &before);
	cpu_s = world_cpu_s();
	world_run_us(seconds * 1000000ULL);
	report("pairs", world.count, seconds, world_cpu_s() - cpu_s, &before, received);
	for (size_t i = 0; i < count; i++) {
		k_work_cancel_delayable(&works[i]);
	}
	world_end();
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	reports++;
}

static void advertisers(size_t count, size_t scanners, uint32_t seconds)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_NO_BREDR),
		BT_DATA(BT_DATA_NAME_COMPLETE, "one of many", 11),
	};
	struct bt_le_adv_param adv =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_USE_IDENTITY, 160, 160, NULL);
	struct fav_air_stats before;
	double cpu_s;

	world_begin(count + scanners, NULL, NULL);
	for (size_t i = 0; i < scanners; i++) {
		world_on(i);
		NEED(bt_le_scan_start(
			     BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_NONE, 96, 96),
			     on_report) == 0);
	}
	for (size_t i = scanners; i < world.count; i++) {
		world_on(i);
		NEED(bt_le_adv_start(&adv, ad, ARRAY_SIZE(ad), NULL, 0) == 0);
		world_run_us(100);
	}
	world_run_us(1000000);
	reports = 0;
	fav_air_stats_get(world.air, &before);
	cpu_s = world_cpu_s();
	world_run_us(seconds * 1000000ULL);
	report("advertisers", world.count, seconds, world_cpu_s() - cpu_s, &before, reports);
	world_end();
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "pairs") == 0) {
		pairs(strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
	} else if (argc == 5 && strcmp(argv[1], "advertisers") == 0) {
		advertisers(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10),
			    (uint32_t)strtoul(argv[4], NULL, 10));
	} else {
		fprintf(stderr, "usage: bench_scale pairs N SECONDS | "
				"advertisers N SCANNERS SECONDS\n");
		return 2;
	}
	return 0;
}
