/* SPDX-License-Identifier: Apache-2.0 */

/* Many connections of one controller, in both roles, beside advertising and scanning; and that a
 * simulation is the same for the same seed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/util.h>

#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

#define LINKS 16

static struct bench bench;
static struct stream up[LINKS], down[LINKS];
static uint16_t hub_handle[LINKS], peer_handle[LINKS];

/* Device 0 is the central of the even peers and the peripheral of the odd ones. */
static void star(const struct raw_params *params)
{
	struct raw_host *hub = &bench.dev[0];

	for (int i = 0; i < LINKS; i++) {
		struct raw_host *peer = &bench.dev[1 + i];

		if (i % 2 == 0) {
			raw_connect(hub, peer, params, &hub_handle[i], &peer_handle[i]);
		} else {
			raw_connect(peer, hub, params, &peer_handle[i], &hub_handle[i]);
		}
		raw_forget(hub);
		raw_forget(peer);
	}
	for (int i = 0; i < LINKS; i++) {
		struct raw_host *peer = &bench.dev[1 + i];

		stream_begin_to(&down[i], hub, hub_handle[i], peer, peer_handle[i]);
		stream_begin_to(&up[i], peer, peer_handle[i], hub, hub_handle[i]);
	}
}

static void nobody_was_lost(void)
{
	for (size_t i = 0; i < bench.count; i++) {
		assert_false(raw_has(&bench.dev[i], BT_HCI_EVT_DISCONN_COMPLETE));
	}
}

static void sixteen_links_in_mixed_roles_carry_data_in_order_for_minutes(void **state)
{
	uint32_t least = UINT32_MAX, most = 0;

	bench_begin(&bench, 1 + LINKS);
	star(&(struct raw_params){.interval = 40, .timeout = 400});
	for (int round = 0; round < 180 * 10; round++) {
		for (int i = 0; i < LINKS; i++) {
			(void)stream_post(&up[i], 20 + round % 7);
			(void)stream_post(&down[(i + round) % LINKS], 20 + round % 5);
		}
		raw_run_ms(100);
	}
	for (int i = 0; i < LINKS; i++) {
		stream_finish(&up[i], 60000);
		stream_finish(&down[i], 60000);
		least = MIN(least, up[i].received);
		most = MAX(most, up[i].received);
	}
	nobody_was_lost();
	/* Nobody starves. */
	print_message("packets of each: %u to %u\n", least, most);
	assert_true(least > most / 2);
	bench_end(&bench);
}

static void links_survive_a_crowded_hub(void **state)
{
	bench_begin(&bench, 1 + LINKS);
	/* Sixteen events, each of half a millisecond at least, in 7.5 ms: more than there is. */
	star(&(struct raw_params){.interval = 6, .timeout = 100});
	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < LINKS; i++) {
			(void)stream_post(&up[i], 27);
		}
		raw_run_ms(100);
	}
	for (int i = 0; i < LINKS; i++) {
		assert_true(up[i].received > 0);
		stream_finish(&up[i], 60000);
	}
	nobody_was_lost();
	bench_end(&bench);
}

static void advertising_and_scanning_go_on_beside_connections(void **state)
{
	static struct stream stream;
	struct raw_host *a, *b, *seer, *seen;
	uint16_t ah, bh;
	size_t before;

	bench_begin(&bench, 4);
	a = &bench.dev[0];
	b = &bench.dev[1];
	seer = &bench.dev[2];
	seen = &bench.dev[3];
	raw_connect(a, b, &(struct raw_params){.interval = 24, .timeout = 200}, &ah, &bh);
	raw_adv_start(a, &(struct raw_adv){.interval = 160, .type = 3});
	raw_scan_start(a, false, false);
	raw_adv_start(seen, &(struct raw_adv){.interval = 160, .type = 3});
	raw_scan_start(seer, false, false);
	a->drop_reports = true;
	seer->drop_reports = true;
	stream_begin(&stream, a, ah, b);
	before = seer->reports_seen;
	for (int i = 0; i < 600; i++) {
		(void)stream_post(&stream, 27);
		raw_run_ms(100);
	}
	stream_finish(&stream, 1000);
	/* In a minute each advertises some 570 times. */
	assert_true(seer->reports_seen - before > 900);
	assert_true(a->reports_seen > 450);
	assert_false(raw_has(a, BT_HCI_EVT_DISCONN_COMPLETE));
	bench_end(&bench);
}

/* A link with much to send stops in time for another one's event. */
static void a_busy_link_leaves_the_others_their_events(void **state)
{
	static struct stream busy;
	struct raw_host *hub = &bench.dev[0];
	uint64_t last_us = 0;
	uint32_t quick_aa;
	uint16_t other;

	bench_begin(&bench, 3);
	raw_connect(hub, &bench.dev[1], &(struct raw_params){.interval = 6, .timeout = 100},
		    &hub_handle[0], &other);
	raw_connect(hub, &bench.dev[2], &(struct raw_params){.interval = 80, .timeout = 100},
		    &hub_handle[1], &other);
	quick_aa = peer_conn(hub, hub_handle[0])->access_address;
	stream_begin(&busy, hub, hub_handle[1], &bench.dev[2]);
	bench_trace(&bench);
	for (int i = 0; i < 200; i++) {
		stream_send(&busy, 200);
	}
	stream_finish(&busy, 10000);
	for (size_t i = 0; i < bench.traced; i++) {
		const struct bench_packet *packet = &bench.trace[i];

		if (packet->access_address == quick_aa && packet->sender == 0) {
			assert_true(last_us == 0 || packet->start_us - last_us == 7500);
			last_us = packet->start_us;
		}
	}
	assert_true(last_us != 0);
	bench_end(&bench);
}

/* A central keeps new events clear of the old ones while there is room. */
static void a_central_places_its_connections_apart(void **state)
{
	struct raw_host *hub = &bench.dev[0];
	uint16_t other;

	bench_begin(&bench, 1 + 10);
	for (int i = 0; i < 10; i++) {
		raw_connect(hub, &bench.dev[1 + i],
			    &(struct raw_params){.interval = 24, .timeout = 200}, &hub_handle[i],
			    &other);
		raw_forget(hub);
	}
	for (int i = 0; i < 10; i++) {
		for (int j = 0; j < i; j++) {
			uint64_t a = peer_conn(hub, hub_handle[i])->anchor_us;
			uint64_t b = peer_conn(hub, hub_handle[j])->anchor_us;
			uint64_t apart = (a > b ? a - b : b - a) % 30000;

			assert_in_range(MIN(apart, 30000 - apart), 1250, 15000);
		}
	}
	bench_end(&bench);
}

static void hub_links_are_apart(int count)
{
	for (int i = 0; i < count; i++) {
		assert_int_equal(peer_conn(&bench.dev[0], hub_handle[i])->interval, 24);
		for (int j = 0; j < i; j++) {
			uint64_t a = peer_conn(&bench.dev[0], hub_handle[i])->anchor_us;
			uint64_t b = peer_conn(&bench.dev[0], hub_handle[j])->anchor_us;
			uint64_t apart = (a > b ? a - b : b - a) % 30000;

			assert_in_range(MIN(apart, 30000 - apart), 1250, 15000);
		}
	}
}

/* And so it does when links' intervals change; of a range it takes one that another link has. At
 * once: where the others will be then, not where they are yet, counts. */
static void links_change_their_interval(bool at_once)
{
	struct raw_host *hub = &bench.dev[0];
	uint16_t other;

	bench_begin(&bench, 1 + 8);
	for (int i = 0; i < 8; i++) {
		raw_connect(hub, &bench.dev[1 + i],
			    &(struct raw_params){.interval = 80, .timeout = 200}, &hub_handle[i],
			    &other);
		raw_forget(hub);
	}
	raw_run_ms(1000);
	for (int i = 0; i < 8; i++) {
		/* min, max, latency, timeout, CE lengths */
		raw_do(hub, BT_HCI_OP_LE_CONN_UPDATE,
		       RAW_BYTES(RAW_LE16(hub_handle[i]), RAW_LE16(i == 0 ? 24 : 12),
				 RAW_LE16(i == 0 ? 24 : 60), RAW_LE16(0), RAW_LE16(200), 0, 0, 0,
				 0));
		if (!at_once) {
			(void)raw_expect_le(hub, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 2000);
		}
	}
	raw_run_ms(2000);
	hub_links_are_apart(8);
	raw_run_ms(5000);
	nobody_was_lost();
	bench_end(&bench);
}

static void links_that_change_their_interval_keep_apart(void **state)
{
	links_change_their_interval(false);
}

static void links_that_change_their_interval_at_once_keep_apart(void **state)
{
	links_change_their_interval(true);
}

/* Bytes that so many links of one central carry to it in 16 s; each always has something to say. */
static uint32_t carried(int links, uint16_t interval, uint32_t each[LINKS])
{
	struct raw_host *hub = &bench.dev[0];
	uint32_t before[LINKS] = {0}, sum = 0;

	bench_begin(&bench, 1 + links);
	for (int i = 0; i < links; i++) {
		struct raw_host *peer = &bench.dev[1 + i];

		raw_connect(hub, peer, &(struct raw_params){.interval = interval, .timeout = 400},
			    &hub_handle[i], &peer_handle[i]);
		raw_forget(hub);
		stream_begin_to(&up[i], peer, peer_handle[i], hub, hub_handle[i]);
	}
	for (int ms = 0; ms < 18000; ms++) {
		for (int i = 0; i < links; i++) {
			while (stream_post(&up[i], 200)) {
			}
			if (ms == 2000) {
				before[i] = up[i].received;
			}
		}
		raw_run_ms(1);
	}
	for (int i = 0; i < links; i++) {
		each[i] = up[i].received - before[i];
		sum += each[i];
		stream_finish(&up[i], 60000);
	}
	nobody_was_lost();
	bench_end(&bench);
	return sum;
}

/* Links that all want the radio have the same of it, however their anchors lie, and together what a
 * single one would have. */
static void busy_links_share_one_radio(void **state)
{
	static const uint16_t intervals[] = {12, 24, 80};
	static const int counts[] = {3, 5, LINKS};
	uint32_t each[LINKS];

	for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
		uint32_t single = carried(1, intervals[n], each);

		for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
			int links = counts[k];
			uint32_t sum = carried(links, intervals[n], each);
			uint32_t fair = sum / (uint32_t)links;

			print_message("interval %u, %d links: %u of %u\n", intervals[n], links, sum,
				      single);
			assert_true(sum * 100 >= single * 95);
			for (int i = 0; i < links; i++) {
				assert_in_range(each[i], fair * 80 / 100, fair * 120 / 100);
			}
		}
	}
}

/* Packets that do not fit between the others' events go all the same, in the time of some of them.
 */
static void a_busy_link_among_idle_ones_does_not_starve(void **state)
{
	static struct stream busy;
	struct raw_host *hub = &bench.dev[0];
	uint64_t heard_us;

	bench_begin(&bench, 1 + 8);
	for (int i = 0; i < 8; i++) {
		raw_connect(hub, &bench.dev[1 + i],
			    &(struct raw_params){.interval = 12, .timeout = 200}, &hub_handle[i],
			    &peer_handle[i]);
		raw_forget(hub);
	}
	raw_do(hub, BT_HCI_OP_LE_SET_DATA_LEN,
	       RAW_BYTES(RAW_LE16(hub_handle[3]), 251, 0, RAW_LE16(2120)));
	raw_run_ms(500);
	stream_begin(&busy, hub, hub_handle[3], &bench.dev[4]);
	for (int ms = 0; ms < 6000; ms++) {
		while (stream_post(&busy, 250)) {
		}
		raw_run_ms(1);
		/* An idle link's events are at most two intervals apart. */
		heard_us = peer_conn(&bench.dev[1], peer_handle[0])->heard_us;
		assert_true(raw_now_us() - heard_us <= 2 * 15000 + 1000);
	}
	print_message("%u packets in 6 s\n", busy.received);
	/* A quarter of the events, with six exchanges each. */
	assert_true(busy.received >= 6000 / 15 / 4 * 5);
	stream_finish(&busy, 5000);
	nobody_was_lost();
	bench_end(&bench);
}

/* ---- Determinism ---- */

static uint64_t run_of(uint64_t seed)
{
	static const struct fav_air_device device = {.acl_count = 4};
	static struct stream stream;
	uint16_t ch, ph;
	uint64_t hash;

	bench_begin_with(&bench, 6, &device, seed);
	/* Connected first: a scanner's request meets a CONNECT_IND, which comes at the same moment.
	 */
	raw_connect(&bench.dev[0], &bench.dev[1], NULL, &ch, &ph);
	raw_scan_start(&bench.dev[5], true, true);
	for (int i = 2; i < 5; i++) {
		raw_adv_start(&bench.dev[i], &(struct raw_adv){.interval = 32});
	}
	bench.loss_percent = 10;
	bench.verdict = bench_lossy;
	stream_begin(&stream, &bench.dev[0], ch, &bench.dev[1]);
	for (int i = 0; i < 50; i++) {
		stream_send(&stream, (size_t)i * 5);
	}
	stream_finish(&stream, 20000);
	raw_run_ms(5000);
	hash = bench.hash;
	bench_end(&bench);
	return hash;
}

static void the_same_seed_gives_the_same_packets_and_another_gives_others(void **state)
{
	uint64_t first = run_of(7);

	assert_true(run_of(7) == first);
	assert_true(run_of(8) != first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixteen_links_in_mixed_roles_carry_data_in_order_for_minutes),
		cmocka_unit_test(links_survive_a_crowded_hub),
		cmocka_unit_test(advertising_and_scanning_go_on_beside_connections),
		cmocka_unit_test(a_busy_link_leaves_the_others_their_events),
		cmocka_unit_test(a_central_places_its_connections_apart),
		cmocka_unit_test(links_that_change_their_interval_keep_apart),
		cmocka_unit_test(links_that_change_their_interval_at_once_keep_apart),
		cmocka_unit_test(busy_links_share_one_radio),
		cmocka_unit_test(a_busy_link_among_idle_ones_does_not_starve),
		cmocka_unit_test(the_same_seed_gives_the_same_packets_and_another_gives_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
