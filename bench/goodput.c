/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Goodput as a fraction of what the link layer can carry: one row for each link, interval, MTU,
 * kind of data, number of connections and loss.
 *
 *     bench_goodput CONNECTIONS
 *
 * Each link always has data queued; the rows count the bytes that come to the receiving
 * application in a whole number of intervals.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

#include "bound.h"
#include "world.h"

#define LINKS_MAX  64
#define QUEUED     4 /* values of each link on their way from its application */
#define WARM_UP    20
#define MEASURE_US 4000000
/* Intervals measured, all links together: chance needs many. */
#define EVENTS       400
#define EVENTS_LOSSY 20000
#define EVENTS_MIN   200

struct setting {
	const char *kind; /* "notify", "write" */
	uint8_t phy;
	uint16_t interval_1250us;
	uint16_t mtu;
	unsigned int links;
	const char *loss; /* "none", "lost", "corrupt" */
};

static struct {
	struct bt_conn *conn; /* the sender's end */
	struct bt_gatt_subscribe_params params;
	size_t device; /* whose host sends */
	size_t peripheral;
	unsigned int queued;
} links[LINKS_MAX];

static const struct setting *now;
static uint64_t received[LINKS_MAX];
static bool notify;
static uint8_t value[512];

static void fill(size_t i);

static void on_received(size_t device, const void *data, uint16_t len)
{
	/* Each value begins with its link. */
	received[((const uint8_t *)data)[0]] += len;
}

static void sent(struct bt_conn *conn, void *user_data)
{
	size_t i = (size_t)(uintptr_t)user_data;

	links[i].queued--;
	fill(i);
}

static void ready(struct bt_conn *conn)
{
	for (size_t i = 0; i < now->links; i++) {
		if (links[i].conn == conn) {
			fill(i);
		}
	}
}

static int send_one(size_t i)
{
	uint16_t len = now->mtu - 3;

	value[0] = (uint8_t)i;
	if (notify) {
		struct bt_gatt_notify_params params = {
			.attr = world_value_attr(links[i].device),
			.data = value,
			.len = len,
			.func = sent,
			.user_data = (void *)(uintptr_t)i,
		};

		return bt_gatt_notify_cb(links[i].conn, &params);
	}
	return bt_gatt_write_without_response_cb(links[i].conn, world_value_handle(), value, len,
						 false, sent, (void *)(uintptr_t)i);
}

static void fill(size_t i)
{
	while (links[i].conn != NULL && links[i].queued < QUEUED) {
		int err = send_one(i);

		if (err != 0) {
			/* A link that was lost counts as one that starves. */
			NEED(err == -ENOMEM || err == -ENOTCONN);
			return;
		}
		links[i].queued++;
	}
}

static double jain(const uint64_t *x, unsigned int n)
{
	double sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum += (double)x[i];
		squares += (double)x[i] * (double)x[i];
	}
	return squares > 0 ? sum * sum / (n * squares) : 0;
}

static void make_links(void)
{
	memset(links, 0, sizeof(links));
	world_begin(1 + now->links, NULL, NULL);
	for (size_t i = 0; i < now->links; i++) {
		struct bt_conn *central;

		world_serve(1 + i);
		central = world_link(0, 1 + i, now->interval_1250us);
		world_settle(central, 0, now->mtu, now->phy);
		if (notify) {
			world_subscribe(central, 0, &links[i].params);
		}
		links[i].peripheral = 1 + i;
		links[i].device = notify ? 1 + i : 0;
		links[i].conn = notify ? world.dev[1 + i].conn : central;
	}
}

/* In many links radio time may be left that one link, whose event a loss has closed, cannot use.
 * The links carry no more than so many single ones, and no more than all of the radio's time with
 * each exchange that fails done again. */
static double limit_of(struct bound_link bound, unsigned int links_count)
{
	double single = bound_goodput(&bound), success = 1 - bound.loss_per_mille / 1000.0, all;

	if (links_count == 1 || bound.loss_per_mille == 0) {
		return single;
	}
	bound.loss_per_mille = 0;
	all = bound_goodput(&bound) * success * success;
	return MIN(all, single * links_count);
}

static void measure(const struct setting *setting)
{
	uint32_t interval_us = setting->interval_1250us * 1250;
	bool lossy = strcmp(setting->loss, "none") != 0;
	uint32_t events = MAX((lossy ? EVENTS_LOSSY : EVENTS) / setting->links, EVENTS_MIN);
	uint64_t measured_us = (uint64_t)interval_us * events;
	struct bound_link bound = {
		.phy = setting->phy,
		.interval_us = interval_us,
		.pdu = setting->mtu + 4,
		.payload = setting->mtu - 3,
		.corrupt = strcmp(setting->loss, "corrupt") == 0,
		.loss_per_mille = lossy ? 100 : 0,
	};
	double sum = 0, limit, cpu_s;

	now = setting;
	notify = strcmp(setting->kind, "notify") == 0;
	bound.from_central = !notify;
	if (measured_us < MEASURE_US) {
		measured_us = MEASURE_US / interval_us * interval_us;
	}
	make_links();
	world.loss_per_mille = bound.loss_per_mille;
	world.corrupt = bound.corrupt;
	world.received = on_received;
	world.tx_ready = ready;
	for (size_t i = 0; i < setting->links; i++) {
		fill(i);
	}
	world_run_us((uint64_t)interval_us * WARM_UP);
	memset(received, 0, sizeof(received));
	cpu_s = world_cpu_s();
	world_run_us(measured_us);
	cpu_s = world_cpu_s() - cpu_s;
	for (size_t i = 0; i < setting->links; i++) {
		sum += (double)received[i] * 1e6 / (double)measured_us;
	}
	limit = limit_of(bound, setting->links);
	printf("{\"bench\": \"goodput\", \"kind\": \"%s\", \"phy\": \"%uM\", \"interval_ms\": "
	       "%.2f, "
	       "\"mtu\": %u, \"links\": %u, \"loss\": \"%s\", \"bytes_per_s\": %.0f, "
	       "\"bound_bytes_per_s\": %.0f, \"fraction\": %.4f, \"jain\": %.4f, "
	       "\"speed\": %.1f}\n",
	       setting->kind, setting->phy, interval_us / 1000.0, setting->mtu, setting->links,
	       setting->loss, sum, limit, sum / limit, jain(received, setting->links),
	       cpu_s > 0 ? (double)measured_us / 1e6 / cpu_s : 0);
	fflush(stdout);
	for (size_t i = 0; i < LINKS_MAX; i++) {
		links[i].conn = NULL;
	}
	world_end();
}

/* In a process of its own: what cannot be set up, such as more links than have time, is a row too.
 */
static void measure_apart(const struct setting *setting)
{
	int status = 0;
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0) {
		measure(setting);
		exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	if (status != 0) {
		printf("{\"bench\": \"goodput\", \"kind\": \"%s\", \"phy\": \"%uM\", "
		       "\"interval_ms\": %.2f, \"mtu\": %u, \"links\": %u, \"loss\": \"%s\", "
		       "\"failed\": true}\n",
		       setting->kind, setting->phy, setting->interval_1250us * 1.25, setting->mtu,
		       setting->links, setting->loss);
		fflush(stdout);
	}
}

static void measure_all(unsigned int count, uint16_t mtu)
{
	static const uint16_t intervals[] = {6, 12, 24, 40, 80, 320};
	static const char *const kinds[] = {"notify", "write"};
	static const char *const losses[] = {"none", "lost", "corrupt"};
	/* Errors that are heard, on a single link only. */
	size_t loss_count = count == 1 ? 3 : 2;

	for (size_t row = 0; row < ARRAY_SIZE(kinds) * 2 * loss_count; row++) {
		size_t kind = row / (2 * loss_count);
		uint8_t phy = 1 + row / loss_count % 2;

		for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
			measure_apart(&(struct setting){kinds[kind], phy, intervals[i], mtu, count,
							losses[row % loss_count]});
		}
	}
}

int main(int argc, char **argv)
{
	static const uint16_t mtus[] = {247, 23, 512};
	unsigned int count = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1;

	NEED(count >= 1 && count <= LINKS_MAX && count <= CONFIG_BT_MAX_CONN);
	/* Sizes other than the full packet, on a single link only. */
	for (size_t i = 0; i < (count == 1 ? ARRAY_SIZE(mtus) : 1); i++) {
		measure_all(count, mtus[i]);
	}
	return 0;
}
