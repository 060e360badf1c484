/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host adds no connection event of delay: what is queued before an event leaves in it, and a
 * request is answered in the event after its own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/kernel.h>

#include "client.h"
#include "peers.h"
#include "server.h"
#include "sim.h"

#define TRIES   40
#define ADV_AA  0x8e89bed6U
#define HDR_LEN 2
/* Between packets of an event lie 150 us, between events more. */
#define SAME_EVENT_US 160

static struct sim sim;
static struct client_found found;

/* What was on the air. */
static struct {
	uint64_t last_end_us;
	uint32_t event; /* number of the one in progress, or the last */
	uint64_t event_us;
	size_t looking; /* for a packet with content of that device */
	volatile bool seen;
	uint32_t seen_event;
	uint64_t seen_event_us;
} air;

static void on_packet(void *ctx, const struct fav_air_packet *packet)
{
	if (packet->access_address == ADV_AA) {
		return;
	}
	if (packet->start_us > air.last_end_us + SAME_EVENT_US) {
		air.event++;
		air.event_us = packet->start_us;
	}
	air.last_end_us = packet->start_us + packet->airtime_us;
	if (!air.seen && packet->len > HDR_LEN && packet->sender == sim.dev[air.looking].hci) {
		air.seen = true;
		air.seen_event = air.event;
		air.seen_event_us = air.event_us;
	}
}

static struct fav_air_observer observer = {.on_packet = on_packet};

static uint64_t now_us(void)
{
	return k_ticks_to_us_floor64((uint64_t)k_uptime_ticks());
}

static void look_for(size_t device)
{
	air.looking = device;
	air.seen = false;
}

/* What was queued at from_us left in the event that was in progress, or in the next one. */
static void left_promptly(uint64_t from_us, uint16_t interval_1250us)
{
	assert_true(sim_until(&air.seen, 5000));
	assert_true(air.seen_event_us <= from_us + interval_1250us * 1250U);
}

/* At a moment of no relation to the events, and long after what was before. */
static void pause_for(unsigned int n, uint16_t interval_1250us)
{
	sim_run_ms(3 * interval_1250us * 5 / 4);
	(void)fav_wait(K_USEC((n * 7919U) % (interval_1250us * 1250U)));
}

static void begin(uint16_t interval_1250us)
{
	memset(&air, 0, sizeof(air));
	sim_begin(&sim, 2);
	peers_begin(&sim);
	server_begin(&sim, 1);
	peers_link(&sim, 0, 1, interval_1250us);
	sim_on(&sim, 0);
	assert_true(client_discover(peers[0].conn, server_uuid, &found));
	sim_run_ms(3000);
	fav_air_observer_add(sim.air, &observer);
}

static void end(void)
{
	fav_air_observer_remove(sim.air, &observer);
	peers_unlink(&sim, 0, 1);
	server_end(&sim, 1);
	peers_end(&sim);
	sim_end(&sim);
}

static volatile bool written;

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	assert_int_equal(err, 0);
	written = true;
}

static const uint16_t intervals[] = {6, 24, 80};

static void a_command_leaves_in_the_next_event(void **state)
{
	for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
		begin(intervals[n]);
		for (unsigned int i = 0; i < TRIES; i++) {
			uint64_t from_us;

			pause_for(i, intervals[n]);
			from_us = now_us();
			look_for(0);
			sim_on(&sim, 0);
			assert_int_equal(bt_gatt_write_without_response(
						 peers[0].conn, found.value[0], "x", 1, false),
					 0);
			left_promptly(from_us, intervals[n]);
		}
		end();
	}
}

static void a_notification_leaves_in_the_next_event(void **state)
{
	for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
		begin(intervals[n]);
		for (unsigned int i = 0; i < TRIES; i++) {
			struct bt_gatt_notify_params params = {
				.attr = &server.attrs[SERVER_STREAM],
				.data = "x",
				.len = 1,
				.ignore_subscription = true,
			};
			uint64_t from_us;

			pause_for(i, intervals[n]);
			from_us = now_us();
			look_for(1);
			sim_on(&sim, 1);
			assert_int_equal(bt_gatt_notify_cb(peers[1].conn, &params), 0);
			left_promptly(from_us, intervals[n]);
		}
		end();
	}
}

/*
 *   C                      P
 *   |-- write request ---->|
 *   |<-------------- empty-|    no host answers within 150 us
 *   |  the next event
 *   |-- empty ------------>|
 *   |<----- the response --|
 */
static void a_request_is_answered_in_the_event_after_its_own(void **state)
{
	for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
		begin(intervals[n]);
		for (unsigned int i = 0; i < TRIES; i++) {
			struct bt_gatt_write_params params = {
				.func = on_written,
				.handle = found.value[0],
				.data = "x",
				.length = 1,
			};
			uint64_t from_us;
			uint32_t request;

			pause_for(i, intervals[n]);
			from_us = now_us();
			written = false;
			look_for(0);
			sim_on(&sim, 0);
			assert_int_equal(bt_gatt_write(peers[0].conn, &params), 0);
			left_promptly(from_us, intervals[n]);
			request = air.seen_event;
			look_for(1);
			assert_true(sim_until(&air.seen, 5000));
			assert_int_equal(air.seen_event, request + 1);
			assert_true(sim_until(&written, 1000));
		}
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_leaves_in_the_next_event),
		cmocka_unit_test(a_notification_leaves_in_the_next_event),
		cmocka_unit_test(a_request_is_answered_in_the_event_after_its_own),
	};

	return SIM_RUN(tests);
}
