/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/kernel.h>

#define ADV_ACCESS_ADDRESS 0x8e89bed6

uint64_t bench_seed(void)
{
	const char *text = getenv("FAVONIUS_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : 1;
}

static uint8_t number_of(const struct bench *bench, const struct fav_hci *hci)
{
	for (size_t i = 0; i < bench->count; i++) {
		if (bench->dev[i].hci == hci) {
			return (uint8_t)i;
		}
	}
	return 0xff;
}

static void mix(uint64_t *hash, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		*hash = (*hash ^ bytes[i]) * 1099511628211U;
	}
}

static void on_packet(void *ctx, const struct fav_air_packet *packet)
{
	struct bench *bench = ctx;
	struct bench_packet *to = &bench->trace[bench->traced];

	mix(&bench->hash, &packet->start_us, sizeof(packet->start_us));
	mix(&bench->hash, &packet->channel, sizeof(packet->channel));
	mix(&bench->hash, packet->pdu, packet->len);
	if (!bench->tracing || bench->traced == BENCH_TRACE) {
		return;
	}
	bench->traced++;
	to->start_us = packet->start_us;
	to->airtime_us = packet->airtime_us;
	to->access_address = packet->access_address;
	to->channel = packet->channel;
	to->phy = packet->phy;
	to->sender = number_of(bench, packet->sender);
	to->len = packet->len;
	memcpy(to->pdu, packet->pdu, packet->len);
}

static enum fav_air_verdict on_verdict(void *ctx, const struct fav_air_packet *packet)
{
	struct bench *bench = ctx;

	return bench->verdict != NULL ? bench->verdict(bench, packet) : FAV_AIR_DELIVER;
}

void bench_begin_with(struct bench *bench, size_t count, const struct fav_air_device *device,
		      uint64_t seed)
{
	struct fav_air_config config = {.seed = seed};

	assert_in_range(count, 1, BENCH_DEVICES);
	memset(bench, 0, sizeof(*bench));
	print_message("seed %llu (FAVONIUS_SEED replays it)\n", (unsigned long long)seed);
	fav_sim_reset(seed);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	bench->random = 1;
	bench->hash = 14695981039346656037U;
	bench->air = fav_air_create(&config);
	assert_non_null(bench->air);
	bench->observer = (struct fav_air_observer){
		.on_packet = on_packet, .verdict = on_verdict, .ctx = bench};
	fav_air_observer_add(bench->air, &bench->observer);
	for (size_t i = 0; i < count; i++) {
		struct fav_hci *hci;

		assert_int_equal(fav_air_add(bench->air, device, &hci), 0);
		bench->count++;
		raw_begin(&bench->dev[i], hci);
	}
	bench_trace(bench);
}

void bench_begin(struct bench *bench, size_t count)
{
	bench_begin_with(bench, count, NULL, bench_seed());
}

void bench_end(struct bench *bench)
{
	struct fav_kernel_usage usage;

	for (size_t i = 0; i < bench->count; i++) {
		if (bench->dev[i].hci != NULL) {
			raw_end(&bench->dev[i]);
		}
	}
	fav_air_destroy(bench->air);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts, 0);
	assert_int_equal(usage.works, 0);
	assert_int_equal(usage.irqs, 0);
	assert_int_equal(usage.heap_blocks, 0);
}

void bench_trace(struct bench *bench)
{
	bench->traced = 0;
	bench->tracing = true;
}

enum fav_air_verdict bench_lossy(struct bench *bench, const struct fav_air_packet *packet)
{
	bench->random = bench->random * 1664525U + 1013904223U;
	if ((bench->random >> 8) % 100 >= bench->loss_percent) {
		return FAV_AIR_DELIVER;
	}
	return (bench->random >> 20) % 2 ? FAV_AIR_LOSE : FAV_AIR_CORRUPT;
}

int bench_find_adv(const struct bench *bench, int from, int sender, int type, int channel)
{
	for (size_t i = (size_t)from; i < bench->traced; i++) {
		const struct bench_packet *p = &bench->trace[i];

		if (p->access_address == ADV_ACCESS_ADDRESS && p->sender == sender &&
		    (p->pdu[0] & 0x0f) == type && (channel == 0 || p->channel == channel)) {
			return (int)i;
		}
	}
	return -1;
}

int bench_find_ctrl(const struct bench *bench, int from, int sender, uint8_t opcode)
{
	for (size_t i = (size_t)from; i < bench->traced; i++) {
		const struct bench_packet *p = &bench->trace[i];

		if (p->access_address != ADV_ACCESS_ADDRESS && p->sender == sender &&
		    (p->pdu[0] & 0x03) == 3 && p->len > 2 && p->pdu[2] == opcode) {
			return (int)i;
		}
	}
	return -1;
}
