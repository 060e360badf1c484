/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host alone: what it costs per packet, and whether it loses reports.
 *
 *     bench_host KIND COUNT     notify-tx, notify-rx, write-tx, write-rx, l2cap-tx, l2cap-rx,
 *                               report, report-ext
 *     bench_host reports
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
#include <zephyr/bluetooth/l2cap.h>
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
static uint8_t value[VALUE_LEN + 1];
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

/* ---- A channel, from device 0 to device 1: SDUs of one segment that fills a PDU ---- */

#define PSM     0x80
#define SDU_LEN 245

NET_BUF_POOL_FIXED_DEFINE(sdus, 8, BT_L2CAP_SDU_BUF_SIZE(SDU_LEN), 0, NULL);

static int on_sdu(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	arrived++;
	return 0;
}

static const struct bt_l2cap_chan_ops chan_ops = {.recv = on_sdu};
static struct bt_l2cap_le_chan ends[2] = {
	{.chan.ops = &chan_ops, .rx.mtu = SDU_LEN},
	{.chan.ops = &chan_ops, .rx.mtu = SDU_LEN},
};

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	*chan = &ends[1].chan;
	return 0;
}

static struct bt_l2cap_server server = {.psm = PSM, .accept = on_accept};

static void open_chan(void)
{
	world_on(1);
	NEED(bt_l2cap_server_register(&server) == 0);
	world_on(0);
	NEED(bt_l2cap_chan_connect(central, &ends[0].chan, PSM) == 0);
	world_run_us(2000000);
	NEED(ends[0].state == BT_L2CAP_CONNECTED && ends[1].state == BT_L2CAP_CONNECTED);
}

/* LE Flow Control Credit, Core 6.0 Vol 3 Part A 4.24. */
static void give_credits(uint16_t credits)
{
	uint8_t packet[4 + 4 + 8] = {[8] = 0x16, [9] = 1, [10] = 4};

	sys_put_le16(filters[0].handle | (BT_ACL_START << 12), packet);
	sys_put_le16(12, packet + 2);
	sys_put_le16(8, packet + 4);
	sys_put_le16(5, packet + 6);
	sys_put_le16(ends[0].tx.cid, packet + 12);
	sys_put_le16(credits, packet + 14);
	NEED(hand_up(&filters[0], FAV_H4_ACL, packet, sizeof(packet)));
	(void)fav_process();
}

static void l2cap_tx(uint32_t count)
{
	give_credits((uint16_t)count);
	for (uint32_t i = 0; i < count; i++) {
		struct net_buf *buf = net_buf_alloc(&sdus, K_NO_WAIT);

		NEED(buf != NULL);
		net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
		net_buf_add_mem(buf, value, SDU_LEN);
		NEED(bt_l2cap_chan_send(&ends[0].chan, buf) == 0);
		complete(&filters[0]);
	}
	NEED(filters[0].acl_sent == count);
}

/* With the credits that it gives back. */
static void l2cap_rx(uint32_t count)
{
	uint8_t packet[4 + 4 + 2 + SDU_LEN] = {0};
	uint32_t completed = filters[1].acl_sent;

	arrived = 0;
	sys_put_le16(filters[1].handle | (BT_ACL_START << 12), packet);
	sys_put_le16(sizeof(packet) - 4, packet + 2);
	sys_put_le16(sizeof(packet) - 8, packet + 4);
	sys_put_le16(ends[1].rx.cid, packet + 6);
	sys_put_le16(SDU_LEN, packet + 8);
	for (uint32_t i = 0; i < count; i++) {
		NEED(hand_up(&filters[1], FAV_H4_ACL, packet, sizeof(packet)));
		(void)fav_process();
		for (; completed < filters[1].acl_sent; completed++) {
			complete(&filters[1]);
		}
	}
	NEED(arrived == count);
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

/* LE Extended Advertising Report with as much data, complete, 7.7.65.13. */
static bool give_ext_report(struct filter *filter)
{
	static uint8_t evt[2 + 1 + 1 + 24 + 31];

	evt[0] = BT_HCI_EVT_LE_META_EVENT;
	evt[1] = sizeof(evt) - 2;
	evt[2] = BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT;
	evt[3] = 1;
	evt[7]++;
	evt[13] = BT_HCI_LE_PHY_1M;
	evt[14] = BT_HCI_LE_PHY_1M;
	evt[27] = 31;
	return hand_up(filter, FAV_H4_EVT, evt, sizeof(evt));
}

static bool (*give_one)(struct filter *filter) = give_report;

static void give_reports(struct filter *filter)
{
	while (filter->waiting > 0 && give_one(filter)) {
		filter->waiting--;
	}
}

static void report(uint32_t count)
{
	heard = 0;
	for (uint32_t i = 0; i < count; i++) {
		NEED(give_one(&filters[0]));
		(void)fav_process();
	}
	NEED(heard == count);
}

static void report_ext(uint32_t count)
{
	give_one = give_ext_report;
	report(count);
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

static void reports_of(const char *what)
{
	static const uint32_t bursts[] = {1, 10, 100, 1000};
	struct fav_host_stats before, after;
	struct k_timer timer;
	double cpu_s;

	for (size_t i = 0; i < ARRAY_SIZE(bursts); i++) {
		uint64_t sent = (uint64_t)RATE * SECONDS;

		burst = bursts[i];
		heard = 0;
		fav_host_stats_get(world.dev[0].host, &before);
		k_timer_init(&timer, tick, NULL);
		k_timer_start(&timer, K_USEC(1000000 / RATE * burst),
			      K_USEC(1000000 / RATE * burst));
		cpu_s = world_cpu_s();
		world_run_us(SECONDS * 1000000ULL);
		cpu_s = world_cpu_s() - cpu_s;
		k_timer_stop(&timer);
		world_run_us(100000);
		fav_host_stats_get(world.dev[0].host, &after);
		printf("{\"bench\": \"reports\", \"what\": \"%s\", \"per_s\": %u, \"burst\": %u, "
		       "\"sent\": %llu, \"heard\": %llu, \"dropped\": %u, \"held\": %llu, "
		       "\"cpu_ns\": %.0f}\n",
		       what, RATE, burst, (unsigned long long)sent, (unsigned long long)heard,
		       after.adv_reports_dropped - before.adv_reports_dropped,
		       (unsigned long long)filters[0].waiting, cpu_s * 1e9 / (double)sent);
	}
}

static void reports(void)
{
	world_begin(1, NULL, wrap);
	scan();
	reports_of("legacy");
	give_one = give_ext_report;
	reports_of("extended");
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
	{"notify-tx", notify_tx}, {"notify-rx", notify_rx},   {"write-tx", write_tx},
	{"write-rx", write_rx},   {"l2cap-tx", l2cap_tx},     {"l2cap-rx", l2cap_rx},
	{"report", report},       {"report-ext", report_ext},
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
	if (kinds[kind].run == report || kinds[kind].run == report_ext) {
		scan();
	}
	if (kinds[kind].run == l2cap_tx || kinds[kind].run == l2cap_rx) {
		open_chan();
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

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "reports") == 0) {
		reports();
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			count_kind(i, (uint32_t)strtoul(argv[2], NULL, 10));
		}
	}
	fprintf(stderr, "usage: bench_host KIND COUNT | reports\n");
	return 2;
}
