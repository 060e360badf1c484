/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "host/acl.h"
#include "host/att.h"
#include "host/hci_core.h"
#include "host/host.h"
#include "host/l2cap_coc.h"
#include "host/l2cap_sig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>

static const char *const names[SIM_DEVICES] = {
	"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
	"k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
};

static uint64_t seed_from_environment(void)
{
	const char *text = getenv("FAVONIUS_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

static void note_key(void *ctx, const char *central, const uint8_t ltk[16])
{
	for (unsigned int i = 16; i-- > 0;) {
		fprintf(ctx, "%02x", ltk[i]);
	}
	fprintf(ctx, " # %s\n", central);
}

/* In the order of the simulations of this program. */
static void capture(struct sim *sim)
{
	static unsigned int number;
	const char *folder = getenv("FAVONIUS_CAPTURES");
	char path[300];

	if (folder == NULL) {
		return;
	}
	number++;
	snprintf(path, sizeof(path), "%s/%04u.pcap", folder, number);
	assert_int_equal(fav_air_capture_start(sim->air, path, &sim->capture), 0);
	snprintf(path, sizeof(path), "%s/%04u.keys", folder, number);
	sim->keys = fopen(path, "w");
	assert_non_null(sim->keys);
	fav_air_on_key(sim->air, note_key, sim->keys);
}

/* step: from one device's to the next one's, 0 when all are the same. */
static void make(struct sim *sim, size_t count, const struct fav_air_device *device, size_t step)
{
	struct fav_air_config config = {0};

	assert_in_range(count, 1, SIM_DEVICES);
	memset(sim, 0, sizeof(*sim));
	sim->seed = seed_from_environment();
	print_message("seed %llu (FAVONIUS_SEED replays it)\n", (unsigned long long)sim->seed);
	fav_sim_reset(sim->seed);
	assert_return_code(fav_kernel_init(&fav_port_sim), 0);

	config.seed = sim->seed;
	sim->air = fav_air_create(&config);
	assert_non_null(sim->air);
	capture(sim);
	sim->count = count;
	for (size_t i = 0; i < count; i++) {
		struct sim_device *dev = &sim->dev[i];
		struct fav_air_device made = device ? device[i * step] : (struct fav_air_device){0};

		made.name = dev->name = names[i];
		assert_int_equal(fav_air_add(sim->air, &made, &dev->hci), 0);
		dev->host = fav_host_create();
		assert_non_null(dev->host);
		assert_int_equal(fav_host_hci_set(dev->host, dev->hci), 0);
	}
}

static void enable(struct sim *sim)
{
	for (size_t i = 0; i < sim->count; i++) {
		size_t ids = 1;

		sim_on(sim, i);
		assert_int_equal(bt_enable(NULL), 0);
		bt_id_get(&sim->dev[i].addr, &ids);
		assert_int_equal(ids, 1);
	}
	sim_on(sim, 0);
}

void sim_begin_disabled(struct sim *sim, size_t count)
{
	make(sim, count, NULL, 0);
}

void sim_begin_with(struct sim *sim, size_t count, const struct fav_air_device *device)
{
	make(sim, count, device, 0);
	enable(sim);
}

void sim_begin_each(struct sim *sim, size_t count, const struct fav_air_device *devices)
{
	make(sim, count, devices, 1);
	enable(sim);
}

void sim_begin(struct sim *sim, size_t count)
{
	sim_begin_with(sim, count, NULL);
}

/* Each buffer of each of a host's pools is back where it belongs. */
static void check_pools(struct bt_host *host)
{
	struct att *att = host__att(host);

	assert_int_equal(hci__buffers_used(host__hci(host)), 0);
	assert_int_equal(fav_net_buf_pool_used(&host__acl(host)->copies), 0);
	assert_int_equal(fav_net_buf_pool_used(&host__l2cap_sig(host)->pool), 0);
	assert_true(l2cap_coc__is_idle(host__l2cap_coc(host)));
	assert_int_equal(fav_net_buf_pool_used(&att->replies.pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&att->values.pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&att->requests.pool), 0);
}

void sim_end(struct sim *sim)
{
	struct fav_kernel_usage usage;
	int err;

	for (size_t i = 0; i < sim->count; i++) {
		sim_on(sim, i);
		/* A host whose controller was lost is not ready, and still to be disabled. */
		err = bt_disable();
		assert_true(err == 0 || err == -EALREADY);
	}
	for (size_t i = 0; i < sim->count; i++) {
		check_pools(sim->dev[i].host);
		assert_int_equal(fav_host_destroy(sim->dev[i].host), 0);
	}
	assert_int_equal(fav_air_capture_stop(sim->capture), 0);
	if (sim->keys != NULL) {
		fclose(sim->keys);
	}
	fav_air_destroy(sim->air);
	fav_process();

	fav_kernel_usage_get(&usage);
	if (usage.timeouts || usage.works || usage.irqs || usage.heap_blocks) {
		fav_kernel_report();
	}
	assert_int_equal(usage.timeouts, 0);
	assert_int_equal(usage.works, 0);
	assert_int_equal(usage.irqs, 0);
	assert_int_equal(usage.heap_blocks, 0);
}

void sim_on(struct sim *sim, size_t i)
{
	(void)fav_host_select(sim->dev[i].host);
}

size_t sim_current(const struct sim *sim)
{
	const struct bt_host *host = fav_host_current();

	for (size_t i = 0; i < sim->count; i++) {
		if (sim->dev[i].host == host) {
			return i;
		}
	}
	fail_msg("no device of this simulation is current");
	return 0;
}

void sim_run_ms(uint32_t ms)
{
	k_msleep((int32_t)ms);
}

bool sim_until(const volatile bool *flag, uint32_t limit_ms)
{
	int64_t end_ms = k_uptime_get() + limit_ms;

	while (!*flag && k_uptime_get() < end_ms) {
		if (fav_wait(K_MSEC(end_ms - k_uptime_get())) == -EDEADLK) {
			break;
		}
	}
	return *flag;
}

bool sim_until_count(const volatile uint32_t *count, uint32_t at_least, uint32_t limit_ms)
{
	int64_t end_ms = k_uptime_get() + limit_ms;

	while (*count < at_least && k_uptime_get() < end_ms) {
		if (fav_wait(K_MSEC(end_ms - k_uptime_get())) == -EDEADLK) {
			break;
		}
	}
	return *count >= at_least;
}
