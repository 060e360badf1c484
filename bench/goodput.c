/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Goodput as a fraction of what the link layer can carry: one row for each kind of data, PHY,
 * interval, MTU, number of links and loss.
 *
 *     bench_goodput LINKS [KIND [PHY [INTERVAL_MS]]]
 *
 * All rows with so many links, or those that are named. Each link always has data queued; the rows
 * count the bytes that come to the receiving applications in a whole number of intervals.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

#include "bound.h"
#include "traffic.h"
#include "world.h"

#define WARM_UP_US 1000000
#define MEASURE_US 4000000
/* Of each link: its turns come round many times. */
#define MEASURE_LINK_US 3000000
/* Intervals measured, all links together: chance needs many. */
#define EVENTS       400
#define EVENTS_LOSSY 20000
#define EVENTS_MIN   200
/* Links are made with an interval in which there is room between the others' events. */
#define ROOMY_1250US 80
/* The central's buffers for its links, where its own default is for few. */
#define ACL_PER_LINK 4

struct setting {
	const struct traffic_kind *kind;
	enum bound_phy phy;
	bool encrypted;
	uint16_t interval_1250us;
	uint16_t mtu;
	unsigned int links;
	const char *loss; /* "none", "lost", "corrupt" */
};

static const char *const phy_names[] = {
	[BOUND_1M] = "1M", [BOUND_2M] = "2M", [BOUND_S8] = "Coded S8"};
static const uint8_t phy_bits[] = {[BOUND_1M] = BT_GAP_LE_PHY_1M,
				   [BOUND_2M] = BT_GAP_LE_PHY_2M,
				   [BOUND_S8] = BT_GAP_LE_PHY_CODED};

static double jain(const uint64_t *x, unsigned int n)
{
	double sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum += (double)x[i];
		squares += (double)x[i] * (double)x[i];
	}
	return squares > 0 ? sum * sum / (n * squares) : 0;
}

static void make_links(const struct setting *setting)
{
	struct fav_air_device device = {
		.acl_count = (uint8_t)CLAMP(ACL_PER_LINK * setting->links, 16, UINT8_MAX)};
	bool many = setting->links > 4;
	struct bt_conn *central[TRAFFIC_LINKS];

	world_begin(1 + setting->links, &device, NULL);
	for (size_t i = 0; i < setting->links; i++) {
		world_serve(1 + i);
		central[i] = world_link(0, 1 + i,
					many ? MAX(setting->interval_1250us, ROOMY_1250US)
					     : setting->interval_1250us);
		world_settle(central[i], 0, setting->mtu, phy_bits[setting->phy]);
		if (setting->encrypted) {
			world_encrypt(central[i], 1 + i);
		}
	}
	for (size_t i = 0; i < setting->links; i++) {
		world_interval(central[i], setting->interval_1250us);
	}
}

static void print_row(const struct setting *setting, const char *format, ...)
{
	va_list args;

	printf("{\"bench\": \"goodput\", \"kind\": \"%s\", \"phy\": \"%s\", \"encrypted\": %s, "
	       "\"interval_ms\": %.2f, \"mtu\": %u, \"links\": %u, \"loss\": \"%s\", ",
	       setting->kind->name, phy_names[setting->phy], setting->encrypted ? "true" : "false",
	       setting->interval_1250us * 1.25, setting->mtu, setting->links, setting->loss);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("}\n");
	fflush(stdout);
}

static struct bound_link bound_of(const struct setting *setting)
{
	return (struct bound_link){
		.phy = setting->phy,
		.encrypted = setting->encrypted,
		.interval_us = setting->interval_1250us * 1250,
		.pdu = setting->mtu + 4,
		.payload = setting->mtu - setting->kind->overhead,
		.from_central = setting->kind->from_central,
		.from_peripheral = setting->kind->from_peripheral,
		.corrupt = strcmp(setting->loss, "corrupt") == 0,
		.loss_per_mille = strcmp(setting->loss, "none") != 0 ? 100 : 0,
	};
}

static uint64_t measure_us(const struct setting *setting, bool lossy)
{
	uint32_t interval_us = setting->interval_1250us * 1250;
	uint32_t events = MAX((lossy ? EVENTS_LOSSY : EVENTS) / setting->links, EVENTS_MIN);
	uint64_t us = MAX((uint64_t)interval_us * events, MEASURE_US);

	us = MAX(us, (uint64_t)MEASURE_LINK_US * setting->links);
	return us / interval_us * interval_us;
}

static void measure(const struct setting *setting)
{
	struct bound_link bound = bound_of(setting);
	uint64_t us = measure_us(setting, bound.loss_per_mille > 0);
	uint32_t interval_us = bound.interval_us;
	double sum = 0, limit, cpu_s;

	make_links(setting);
	traffic_begin(setting->kind, setting->links, setting->mtu);
	world.loss_per_mille = bound.loss_per_mille;
	world.corrupt = bound.corrupt;
	world_run_us(MAX(WARM_UP_US / interval_us, 20) * interval_us);
	memset(traffic_received, 0, sizeof(traffic_received));
	cpu_s = world_cpu_s();
	world_run_us(us);
	cpu_s = world_cpu_s() - cpu_s;
	for (size_t i = 0; i < setting->links; i++) {
		sum += (double)traffic_received[i] * 1e6 / (double)us;
	}
	limit = bound_shared(&bound, setting->links);
	print_row(setting,
		  "\"bytes_per_s\": %.0f, \"bound_bytes_per_s\": %.0f, \"fraction\": %.4f, "
		  "\"of_single\": %.4f, \"jain\": %.4f, \"speed\": %.1f",
		  sum, limit, sum / limit, sum / bound_goodput(&bound),
		  jain(traffic_received, setting->links), cpu_s > 0 ? (double)us / 1e6 / cpu_s : 0);
	traffic_end();
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
		print_row(setting, "\"failed\": true");
	}
}

/* ---- Which rows ---- */

static struct {
	const char *kind, *phy;
	double interval_ms;
} only;

static void measure_intervals(struct setting setting)
{
	static const uint16_t intervals[] = {6, 12, 24, 40, 80, 320};

	if ((only.kind != NULL && strcmp(only.kind, setting.kind->name) != 0) ||
	    (only.phy != NULL && strcmp(only.phy, phy_names[setting.phy]) != 0)) {
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
		setting.interval_1250us = intervals[i];
		if (only.interval_ms == 0 || only.interval_ms == intervals[i] * 1.25) {
			measure_apart(&setting);
		}
	}
}

/* Encrypted links, sizes other than the full packet and errors that are heard: on one link only. */
static void measure_kind(const struct traffic_kind *kind, enum bound_phy phy, unsigned int links)
{
	static const uint16_t other_mtus[] = {23, 512};
	struct setting setting = {.kind = kind, .phy = phy, .links = links, .mtu = 247};
	static const char *const losses[] = {"none", "lost", "corrupt"};

	for (size_t loss = 0; loss < (links == 1 ? 3 : 2); loss++) {
		setting.loss = losses[loss];
		measure_intervals(setting);
	}
	if (links > 1) {
		return;
	}
	for (size_t loss = 0; loss < 2; loss++) {
		setting.loss = losses[loss];
		setting.encrypted = true;
		measure_intervals(setting);
		setting.encrypted = false;
		for (size_t i = 0; i < ARRAY_SIZE(other_mtus); i++) {
			struct setting other = setting;

			other.mtu = other_mtus[i];
			measure_intervals(other);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned int links = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1;

	NEED(links >= 1 && links <= TRAFFIC_LINKS && links <= CONFIG_BT_MAX_CONN);
	only.kind = argc > 2 ? argv[2] : NULL;
	only.phy = argc > 3 ? argv[3] : NULL;
	only.interval_ms = argc > 4 ? strtod(argv[4], NULL) : 0;
	for (size_t kind = 0; kind < ARRAY_SIZE(traffic_kinds); kind++) {
		for (int phy = BOUND_1M; phy <= BOUND_S8; phy++) {
			measure_kind(&traffic_kinds[kind], (enum bound_phy)phy, links);
		}
	}
	return 0;
}
