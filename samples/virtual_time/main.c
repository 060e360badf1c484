/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole radio in one process, in virtual time: sensors that advertise once a second, one of them
 * behind a wall that half of its packets do not pass, and a scanner. An hour takes a moment, and
 * the same seed (FAVONIUS_SEED) gives the same hour. FAVONIUS_PCAP names a file for a capture of
 * the air.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <favonius/air.h>
#include <favonius/host.h>
#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#define SENSORS  5
#define WALL_OF  2
#define WALL_PPM 500000
#define HOUR_S   3600

/* One device: its controller on the air, and its host. */
struct node {
	struct fav_hci *hci;
	struct bt_host *host;
};

static uint32_t heard[SENSORS];

/* The company 0xffff is for tests; the sensor's number follows. */
static bool count(struct bt_data *data, void *user_data)
{
	if (data->type == BT_DATA_MANUFACTURER_DATA && data->data_len == 3 &&
	    data->data[2] < SENSORS) {
		heard[data->data[2]]++;
	}
	return true;
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *ad)
{
	bt_data_parse(ad, count, NULL);
}

/* A host on a controller of its own, enabled, and current from then on. */
static int add(struct fav_air *air, struct node *node)
{
	int err = fav_air_add(air, NULL, &node->hci);

	if (err == 0) {
		node->host = fav_host_create();
		err = node->host != NULL ? fav_host_hci_set(node->host, node->hci) : -1;
	}
	if (err == 0) {
		fav_host_select(node->host);
		err = bt_enable(NULL);
	}
	return err;
}

static int advertise(uint8_t number)
{
	const uint8_t data[] = {0xff, 0xff, number};
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, data, sizeof(data))};
	const struct bt_le_adv_param param = *BT_LE_ADV_PARAM(
		BT_LE_ADV_OPT_USE_IDENTITY, BT_GAP_ADV_SLOW_INT_MIN, BT_GAP_ADV_SLOW_INT_MAX, NULL);

	return bt_le_adv_start(&param, ad, ARRAY_SIZE(ad), NULL, 0);
}

static int run_hour(struct fav_air *air, struct node *nodes)
{
	const struct bt_le_scan_param every_packet = {
		.type = BT_LE_SCAN_TYPE_PASSIVE,
		.options = BT_LE_SCAN_OPT_NONE,
		.interval = BT_GAP_SCAN_FAST_INTERVAL,
		.window = BT_GAP_SCAN_FAST_INTERVAL,
	};
	struct node *scanner = &nodes[SENSORS];
	int err = 0;

	for (uint8_t i = 0; i < SENSORS && err == 0; i++) {
		err = add(air, &nodes[i]);
		if (err == 0) {
			err = advertise(i);
		}
	}
	if (err == 0) {
		err = add(air, scanner);
	}
	if (err == 0) {
		err = fav_air_link_loss_set(air, nodes[WALL_OF].hci, scanner->hci, WALL_PPM);
	}
	if (err == 0) {
		err = bt_le_scan_start(&every_packet, on_report);
	}
	k_sleep(K_SECONDS(HOUR_S));
	return err;
}

static void end(struct fav_air *air, struct node *nodes)
{
	for (size_t i = 0; i <= SENSORS; i++) {
		if (nodes[i].host != NULL) {
			fav_host_select(nodes[i].host);
			(void)bt_disable();
			(void)fav_host_destroy(nodes[i].host);
		}
	}
	fav_air_destroy(air);
}

int main(void)
{
	const char *seed = getenv("FAVONIUS_SEED"), *pcap = getenv("FAVONIUS_PCAP");
	struct fav_air_config config = {.seed = seed != NULL ? strtoull(seed, NULL, 0) : 1};
	struct fav_air_capture *capture = NULL;
	struct node nodes[SENSORS + 1] = {0};
	struct fav_air *air;
	int err;

	fav_sim_reset(config.seed);
	if (fav_kernel_init(&fav_port_sim) != 0 || (air = fav_air_create(&config)) == NULL) {
		return 1;
	}
	err = pcap != NULL ? fav_air_capture_start(air, pcap, &capture) : 0;
	if (err == 0) {
		err = run_hour(air, nodes);
	}
	if (fav_air_capture_stop(capture) != 0 || err != 0) {
		printf("failed: %d\n", err);
		return 1;
	}
	end(air, nodes);
	for (size_t i = 0; i < SENSORS; i++) {
		printf("sensor %zu: heard %" PRIu32 " times\n", i, heard[i]);
		/* Once in two seconds at least, and behind the wall in four. */
		err |= heard[i] < HOUR_S / (i == WALL_OF ? 4 : 2);
	}
	printf("%d s of virtual time\n", HOUR_S);
	return err;
}
