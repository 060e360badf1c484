/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the host adds to the link's own latency, in connection events.
 *
 * Data is queued at a moment of chance within the interval, on an idle link. "leaves": how many
 * events begin from then on until the one in which its packet is first on the air, that one
 * counted; 1 is the next one, the least there is. "answer": how many events after the one that
 * carried an ATT request its response is on the air; the least is 1, since a host has no time to
 * answer within T_IFS of a request that comes alone.
 */

#include <stdio.h>
#include <string.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

#include "world.h"

#define TRIES    1000
#define DISTANCE 8

/* What is looked for on the air. */
static const struct fav_hci *wanted_from;
static volatile uint64_t event, found_event;
static uint64_t event_start_us, found_start_us;
static uint32_t interval_us;

static void on_packet(void *ctx, const struct fav_air_packet *packet)
{
	bool data = packet->len > 2 && (packet->pdu[0] & 3) != 3;

	if (packet->channel >= 37) {
		return;
	}
	/* The central begins each event; anchors are whole intervals apart. */
	if (packet->sender == world.dev[0].hci &&
	    packet->start_us >= event_start_us + interval_us - 1000) {
		event++;
		event_start_us = packet->start_us;
	}
	if (data && found_event == 0 && packet->sender == wanted_from) {
		found_event = event;
		found_start_us = event_start_us;
	}
}

static void look_for(size_t device)
{
	found_event = 0;
	wanted_from = world.dev[device].hci;
}

static void until_found(void)
{
	while (found_event == 0) {
		NEED(fav_wait(K_SECONDS(2)) == 0);
	}
}

static volatile bool answered;

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	NEED(err == 0);
	answered = true;
}

/* Events begun from from_us on, to the one of what was found. */
static uint64_t events_since(uint64_t from_us)
{
	return found_start_us < from_us ? 0 : 1 + (found_start_us - from_us) / interval_us;
}

static uint32_t leaves[4][DISTANCE], answers[DISTANCE];

static void count(uint32_t *counts, uint64_t events)
{
	counts[MIN(events, DISTANCE - 1)]++;
}

static void one_notify(void)
{
	uint64_t from_us = world_now_us();

	look_for(1);
	world_on(1);
	NEED(bt_gatt_notify(world.dev[1].conn, world_value_attr(1), "v", 1) == 0);
	until_found();
	count(leaves[0], events_since(from_us));
}

static void one_write(struct bt_conn *conn)
{
	uint64_t from_us = world_now_us();

	look_for(0);
	world_on(0);
	NEED(bt_gatt_write_without_response(conn, world_value_handle(), "v", 1, false) == 0);
	until_found();
	count(leaves[1], events_since(from_us));
}

static void one_request(struct bt_conn *conn)
{
	struct bt_gatt_write_params params = {
		.func = on_written, .handle = world_value_handle(), .data = "v", .length = 1};
	uint64_t from_us = world_now_us(), request;

	look_for(0);
	world_on(0);
	answered = false;
	NEED(bt_gatt_write(conn, &params) == 0);
	until_found();
	request = found_event;
	count(leaves[2], events_since(from_us));
	look_for(1);
	until_found();
	count(answers, found_event - request);
	while (!answered) {
		NEED(fav_wait(K_SECONDS(2)) == 0);
	}
}

static void row(const char *what, const uint32_t *counts)
{
	printf("{\"bench\": \"latency\", \"what\": \"%s\", \"interval_ms\": %.2f, \"events\": [",
	       what, interval_us / 1000.0);
	for (unsigned int i = 0; i < DISTANCE; i++) {
		printf("%s%u", i == 0 ? "" : ", ", counts[i]);
	}
	printf("]}\n");
}

static void measure(uint16_t interval_1250us)
{
	struct bt_gatt_subscribe_params params;
	struct bt_conn *conn;

	memset(leaves, 0, sizeof(leaves));
	memset(answers, 0, sizeof(answers));
	event = event_start_us = 0;
	interval_us = interval_1250us * 1250;
	world_begin(2, NULL, NULL);
	world_serve(1);
	conn = world_link(0, 1, interval_1250us);
	world_settle(conn, 0, 247, BT_GAP_LE_PHY_2M);
	world_subscribe(conn, 0, &params);
	world_run_us(1000000);
	world.observer.on_packet = on_packet;
	world_run_us(4 * interval_us);
	for (unsigned int i = 0; i < TRIES; i++) {
		world_run_us(2 * interval_us + world_chance(&world.chance, interval_us));
		one_notify();
		world_run_us(2 * interval_us + world_chance(&world.chance, interval_us));
		one_write(conn);
		world_run_us(2 * interval_us + world_chance(&world.chance, interval_us));
		one_request(conn);
	}
	row("notification leaves", leaves[0]);
	row("write command leaves", leaves[1]);
	row("write request leaves", leaves[2]);
	row("write response after its request", answers);
	world_end();
}

int main(void)
{
	measure(6);
	measure(24);
	measure(80);
	return 0;
}
