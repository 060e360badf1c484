/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host alone: what it costs per packet, what it takes of memory, and whether it loses reports.
 *
 *     bench_host notify-tx|notify-rx|write-tx|write-rx|report COUNT
 *     bench_host reports
 *     bench_host memory
 *
 * Between the host and the air's controller stands a filter. Once a link is there, it takes what
 * the host sends and completes it at once, and hands up packets made here, so that nothing but the
 * host runs in measured(), which callgrind counts (tools/bench.sh).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/conn_table.h"
#include "world.h"

#define VALUE_LEN 244
#define RATE      10000
#define SECONDS   10

/* ---- The filter ---- */

struct filter {
	struct fav_hci hci;
	struct fav_hci *inner;
	bool sink;
	uint32_t acl_sent;
	uint16_t handle;
	uint64_t waiting; /* reports that the host had no buffer for, yet */
};

static struct filter filters[2];
static size_t filter_count;

static struct filter *filter_of(struct fav_hci *hci)
{
	return CONTAINER_OF(hci, struct filter, hci);
}

static struct net_buf *up_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				size_t len)
{
	struct filter *filter = ctx;

	return filter->hci.client->alloc(filter->hci.ctx, type, hdr, hdr_len, len);
}

static void up_recv(void *ctx, struct net_buf *buf)
{
	struct filter *filter = ctx;

	filter->hci.client->recv(filter->hci.ctx, buf);
}

static void up_lost(void *ctx, int err)
{
	NEED(!"the controller stays");
}

static const struct fav_hci_client up = {up_alloc, up_recv, up_lost};

static int filter_open(struct fav_hci *hci)
{
	return fav_hci_open(filter_of(hci)->inner, &up, filter_of(hci));
}

/* Hand up a packet; false: the host has no buffer now. */
static bool hand_up(struct filter *filter, uint8_t type, const uint8_t *packet, size_t len)
{
	size_t hdr_len = type == FAV_H4_ACL ? 4 : packet[0] == BT_HCI_EVT_LE_META_EVENT ? 3 : 2;
	struct net_buf *buf = up_alloc(filter, type, packet, hdr_len, len);

	if (buf == NULL) {
		return false;
	}
	net_buf_add_u8(buf, type);
	net_buf_add_mem(buf, packet, len);
	up_recv(filter, buf);
	return true;
}

static int filter_send(struct fav_hci *hci, struct net_buf *buf)
{
	struct filter *filter = filter_of(hci);

	if (filter->sink) {
		filter->acl_sent += buf->data[0] == FAV_H4_ACL;
		net_buf_unref(buf);
		return 0;
	}
	return fav_hci_send(filter->inner, buf);
}

static void give_reports(struct filter *filter);

static void filter_rx_ready(struct fav_hci *hci)
{
	fav_hci_rx_ready(filter_of(hci)->inner);
	give_reports(filter_of(hci));
}

static void filter_close(struct fav_hci *hci)
{
	fav_hci_close(filter_of(hci)->inner);
}

static const struct fav_hci_api api = {
	.open = filter_open,
	.send = filter_send,
	.rx_ready = filter_rx_ready,
	.close = filter_close,
};

static struct fav_hci *wrap(struct fav_hci *inner)
{
	struct filter *filter = &filters[filter_count++];

	NEED(filter_count <= ARRAY_SIZE(filters));
	filter->inner = inner;
	filter->hci = (struct fav_hci){.api = &api, .name = inner->name};
	return &filter->hci;
}

/* ---- Packets ---- */

static struct bt_conn *central;
static uint8_t value[VALUE_LEN];
static uint32_t arrived;

static void on_received(size_t device, const void *data, uint16_t len)
{
	arrived++;
}

static void complete(struct filter *filter)
{
	uint8_t evt[7] = {BT_HCI_EVT_NUM_COMPLETED_PACKETS, 5, 1};

	sys_put_le16(filter->handle, evt + 3);
	sys_put_le16(1, evt + 5);
	NEED(hand_up(filter, FAV_H4_EVT, evt, sizeof(evt)));
	(void)fav_process();
}

static void notify_tx(uint32_t count)
{
	world_on(1);
	for (uint32_t i = 0; i < count; i++) {
		NEED(bt_gatt_notify(world.dev[1].conn, world_value_attr(1), value, VALUE_LEN) == 0);
		complete(&filters[1]);
	}
	NEED(filters[1].acl_sent == count);
}

static void write_tx(uint32_t count)
{
	world_on(0);
	for (uint32_t i = 0; i < count; i++) {
		NEED(bt_gatt_write_without_response(central, world_value_handle(), value, VALUE_LEN,
						    false) == 0);
		complete(&filters[0]);
	}
	NEED(filters[0].acl_sent == count);
}

static void att_rx(struct filter *filter, uint8_t opcode, uint32_t count)
{
	uint8_t packet[4 + 4 + 3 + VALUE_LEN];

	arrived = 0;
	sys_put_le16(filter->handle | (BT_ACL_START << 12), packet);
	sys_put_le16(sizeof(packet) - 4, packet + 2);
	sys_put_le16(sizeof(packet) - 8, packet + 4);
	sys_put_le16(4, packet + 6);
	packet[8] = opcode;
	sys_put_le16(world_value_handle(), packet + 9);
	memset(packet + 11, 0, VALUE_LEN);
	for (uint32_t i = 0; i < count; i++) {
		NEED(hand_up(filter, FAV_H4_ACL, packet, sizeof(packet)));
		(void)fav_process();
	}
	NEED(arrived == count);
}

static void notify_rx(uint32_t count)
{
	att_rx(&filters[0], 0x1b, count);
}

static void write_rx(uint32_t count)
{
	att_rx(&filters[1], 0x52, count);
}

/* ---- Reports ---- */

static uint64_t heard;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	heard++;
}

/* LE Advertising Report with 31 bytes of data, Core 6.0 Vol 4 Part E 7.7.65.2. */
static bool give_report(struct filter *filter)
{
	static uint8_t evt[2 + 1 + 1 + 9 + 31 + 1];

	evt[0] = BT_HCI_EVT_LE_META_EVENT;
	evt[1] = sizeof(evt) - 2;
	evt[2] = BT_HCI_EVT_LE_ADVERTISING_REPORT;
	evt[3] = 1;
	evt[4] = 3;
	evt[6]++;
	evt[12] = 31;
	return hand_up(filter, FAV_H4_EVT, evt, sizeof(evt));
}

static void give_reports(struct filter *filter)
{
	while (filter->waiting > 0 && give_report(filter)) {
		filter->waiting--;
	}
}

static void report(uint32_t count)
{
	heard = 0;
	for (uint32_t i = 0; i < count; i++) {
		NEED(give_report(&filters[0]));
		(void)fav_process();
	}
	NEED(heard == count);
}

static uint32_t burst;

static void tick(struct k_timer *timer)
{
	filters[0].waiting += burst;
	give_reports(&filters[0]);
}

static void scan(void)
{
	world_on(0);
	NEED(bt_le_scan_start(
		     BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_NONE, 96, 96),
		     on_report) == 0);
}

static void reports(void)
{
	static const uint32_t bursts[] = {1, 10, 100, 1000};
	struct fav_host_stats before, after;
	struct k_timer timer;

	world_begin(1, NULL, wrap);
	scan();
	for (size_t i = 0; i < ARRAY_SIZE(bursts); i++) {
		uint64_t sent = (uint64_t)RATE * SECONDS;

		burst = bursts[i];
		heard = 0;
		fav_host_stats_get(world.dev[0].host, &before);
		k_timer_init(&timer, tick, NULL);
		k_timer_start(&timer, K_USEC(1000000 / RATE * burst),
			      K_USEC(1000000 / RATE * burst));
		world_run_us(SECONDS * 1000000ULL);
		k_timer_stop(&timer);
		world_run_us(100000);
		fav_host_stats_get(world.dev[0].host, &after);
		printf("{\"bench\": \"reports\", \"per_s\": %u, \"burst\": %u, \"sent\": %llu, "
		       "\"heard\": %llu, \"dropped\": %u, \"held\": %llu}\n",
		       RATE, burst, (unsigned long long)sent, (unsigned long long)heard,
		       after.adv_reports_dropped - before.adv_reports_dropped,
		       (unsigned long long)filters[0].waiting);
	}
	NEED(bt_le_scan_stop() == 0);
	world_end();
}

/* ---- Which ---- */

void measured(void (*what)(uint32_t count), uint32_t count);

__attribute__((noinline)) void measured(void (*what)(uint32_t count), uint32_t count)
{
	what(count);
}

static const struct {
	const char *name;
	void (*run)(uint32_t count);
} kinds[] = {
	{"notify-tx", notify_tx}, {"notify-rx", notify_rx}, {"write-tx", write_tx},
	{"write-rx", write_rx},   {"report", report},
};

static void count_kind(size_t kind, uint32_t count)
{
	struct bt_gatt_subscribe_params params;

	world_begin(2, NULL, wrap);
	world_serve(1);
	central = world_link(0, 1, 24);
	world_settle(central, 0, 247, BT_GAP_LE_PHY_2M);
	world_subscribe(central, 0, &params);
	world_run_us(2000000);
	NEED(bt_hci_get_conn_handle(central, &filters[0].handle) == 0);
	NEED(bt_hci_get_conn_handle(world.dev[1].conn, &filters[1].handle) == 0);
	world.received = on_received;
	if (kinds[kind].run == report) {
		scan();
	}
	filters[0].sink = filters[1].sink = true;
	kinds[kind].run(16);
	filters[0].acl_sent = filters[1].acl_sent = 0;
	measured(kinds[kind].run, count);
	printf("{\"bench\": \"counted\", \"what\": \"%s\", \"count\": %u}\n", kinds[kind].name,
	       count);
	fflush(stdout);
	/* The hosts' views are of no more use: nothing is taken down. */
	_Exit(0);
}

static void memory(void)
{
	size_t hosts[2];
	struct bt_host *made[3];

	NEED(fav_kernel_init(fav_kernel_port()) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		made[i] = fav_host_create();
		NEED(made[i] != NULL);
	}
	/* One behind the other on an empty heap. */
	hosts[0] = (size_t)((uintptr_t)made[1] - (uintptr_t)made[0]);
	hosts[1] = (size_t)((uintptr_t)made[2] - (uintptr_t)made[1]);
	NEED(hosts[0] == hosts[1]);
	printf("{\"bench\": \"memory\", \"max_conn\": %u, \"host_bytes\": %zu, "
	       "\"conn_struct_bytes\": %zu}\n",
	       CONFIG_BT_MAX_CONN, hosts[0], sizeof(struct bt_conn));
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		NEED(fav_host_destroy(made[i]) == 0);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "reports") == 0) {
		reports();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "memory") == 0) {
		memory();
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			count_kind(i, (uint32_t)strtoul(argv[2], NULL, 10));
		}
	}
	fprintf(stderr, "usage: bench_host notify-tx|notify-rx|write-tx|write-rx|report COUNT | "
			"reports | memory\n");
	return 2;
}
