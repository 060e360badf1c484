/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Goodput as a fraction of what the link layer can carry: one row for each kind of data, PHY,
 * encryption, MTU, loss and interval.
 *
 *     bench_goodput LINKS [jobs=N] [WORD...]
 *
 * All rows with so many links, or those that the words name (matrix.h), N at once. Each link always
 * has data queued; the rows count the bytes that come to the receiving applications in a whole
 * number of intervals. What cannot be set up, such as more links than have time, is a row that says
 * so; one that crashes or never ends is, too, and then the exit code is 1. What is under way is
 * said on stderr.
 */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

#include "bound.h"
#include "matrix.h"
#include "traffic.h"
#include "world.h"

#define WARM_UP_US 1000000
#define MEASURE_US 16000000
/* Of each link: its turns come round many times. */
#define MEASURE_LINK_US 3000000
/* Intervals measured, all links together: chance needs many. */
#define EVENTS       1600
#define EVENTS_LOSSY 40000
#define EVENTS_MIN   200
/* The time is cut into so many, and what these differ by tells how sure their sum is. */
#define SLICES 20
/* Links are made with an interval in which there is room between the others' events. */
#define ROOMY_1250US 80
/* The central's buffers for its links, where its own default is for few. */
#define ACL_PER_LINK 4
/* A measurement that takes longer than this has hung; the longest takes a few seconds. */
#define CPU_LIMIT_S 120
#define JOBS_MAX    64

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
	       setting->kind->name, matrix_phy_names[setting->phy],
	       setting->encrypted ? "true" : "false", setting->interval_1250us * 1.25, setting->mtu,
	       setting->links, setting->loss);
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
	return us / SLICES / interval_us * interval_us * SLICES;
}

/* What has come since the beginning, of all links. */
static double received(unsigned int links)
{
	double sum = 0;

	for (size_t i = 0; i < links; i++) {
		sum += (double)traffic_received[i];
	}
	return sum;
}

/* Runs for us. Returns the standard error of what comes in that time, as a part of it. */
static double run_slices(uint64_t us, unsigned int links)
{
	double squares = 0, before = 0, mean, each;

	for (unsigned int i = 0; i < SLICES; i++) {
		world_run_us(us / SLICES);
		each = received(links) - before;
		before += each;
		squares += each * each;
	}
	mean = before / SLICES;
	each = (squares / SLICES - mean * mean) / (SLICES - 1);
	return mean > 0 && each > 0 ? sqrt(each) / mean : 0;
}

static void measure(const struct setting *setting)
{
	struct bound_link bound = bound_of(setting);
	uint64_t us = measure_us(setting, bound.loss_per_mille > 0);
	uint32_t interval_us = bound.interval_us;
	double sum, limit, cpu_s, error;
	unsigned int gone = 0;

	make_links(setting);
	traffic_begin(setting->kind, setting->links, setting->mtu);
	world.loss_per_mille = bound.loss_per_mille;
	world.corrupt = bound.corrupt;
	world_run_us(MAX(WARM_UP_US / interval_us, 20) * interval_us);
	memset(traffic_received, 0, sizeof(traffic_received));
	cpu_s = world_cpu_s();
	error = run_slices(us, setting->links);
	cpu_s = world_cpu_s() - cpu_s;
	for (size_t i = 0; i < setting->links; i++) {
		gone += world.dev[1 + i].conn == NULL ? 1 : 0;
	}
	sum = received(setting->links) * 1e6 / (double)us;
	limit = bound_shared(&bound, setting->links);
	print_row(setting,
		  "\"bytes_per_s\": %.1f, \"bound_bytes_per_s\": %.1f, \"fraction\": %.4f, "
		  "\"se\": %.4f, \"jain\": %.4f, \"gone\": %u, \"speed\": %.1f",
		  sum, limit, sum / limit, error * sum / limit,
		  jain(traffic_received, setting->links), gone,
		  cpu_s > 0 ? (double)us / 1e6 / cpu_s : 0);
	traffic_end();
	world_end();
}

/* ---- Processes ---- */

/* Each measurement has one of its own. */
static struct {
	pid_t pid;
	struct setting setting;
} running[JOBS_MAX];
static unsigned int jobs = 1;
static bool crashed;

/* A row that has no figure, and why. */
static void tell_failure(const struct setting *setting, int status)
{
	if (WIFEXITED(status)) {
		print_row(setting, "\"failed\": \"cannot be set up\"");
		return;
	}
	crashed = true;
	print_row(setting, "\"failed\": \"signal %d\"", WTERMSIG(status));
}

static void reap(void)
{
	int status = 0;
	pid_t pid = wait(&status);

	NEED(pid > 0);
	for (unsigned int i = 0; i < jobs; i++) {
		if (running[i].pid == pid) {
			running[i].pid = 0;
			if (status != 0) {
				tell_failure(&running[i].setting, status);
			}
		}
	}
}

static void start(const struct setting *setting)
{
	unsigned int i = 0;

	while (running[i].pid != 0) {
		if (++i == jobs) {
			reap();
			i = 0;
		}
	}
	running[i].setting = *setting;
	running[i].pid = fork();
	NEED(running[i].pid >= 0);
	if (running[i].pid == 0) {
		struct rlimit limit = {CPU_LIMIT_S, CPU_LIMIT_S};

		NEED(setrlimit(RLIMIT_CPU, &limit) == 0);
		measure(setting);
		exit(0);
	}
}

static void finish(void)
{
	for (unsigned int i = 0; i < jobs; i++) {
		while (running[i].pid != 0) {
			reap();
		}
	}
}

static size_t count_settings(const struct matrix_filter *filter, unsigned int links)
{
	struct setting setting;
	size_t place = 0, n = 0;

	while (matrix_next(filter, links, &place, &setting)) {
		n++;
	}
	return n;
}

static void measure_all(const struct matrix_filter *filter, unsigned int links)
{
	size_t place = 0, n = 0, all = count_settings(filter, links);
	struct setting setting;

	while (matrix_next(filter, links, &place, &setting)) {
		fprintf(stderr, "%zu/%zu %s %s %s MTU %u %s %g ms\n", ++n, all, setting.kind->name,
			matrix_phy_names[setting.phy], setting.encrypted ? "encrypted" : "plain",
			setting.mtu, setting.loss, setting.interval_1250us * 1.25);
		start(&setting);
	}
	finish();
}

/* A number of 1 to max that is all of text, or 0. */
static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *text != '\0' && *end == '\0' && n <= max ? (unsigned int)n : 0;
}

int main(int argc, char **argv)
{
	struct matrix_filter filter = {0};
	unsigned int links = argc > 1 ? number(argv[1], MIN(TRAFFIC_LINKS, CONFIG_BT_MAX_CONN)) : 0;
	bool good = links > 0;

	for (int i = 2; i < argc && good; i++) {
		if (strncmp(argv[i], "jobs=", 5) == 0) {
			jobs = number(argv[i] + 5, JOBS_MAX);
			good = jobs > 0;
		} else {
			good = matrix_filter_add(&filter, argv[i]);
		}
	}
	if (!good) {
		fprintf(stderr, "usage: bench_goodput LINKS [jobs=N] [WORD...]; LINKS 1 to %u\n",
			MIN(TRAFFIC_LINKS, CONFIG_BT_MAX_CONN));
		return 2;
	}
	measure_all(&filter, links);
	return crashed ? 1 : 0;
}
