/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears which packet: distance, noise, interference, jammers, set losses. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "../peers.h"
#include "../sim.h"
#include "air/air_internal.h"

#define ACCESS_ADDRESS 0x12345678
#define OTHER_ADDRESS  0x87654321
#define CRC_INIT       0x123456
#define PDU_LEN        37
#define SPACING_US     10000

/* ---- Radios without controllers ---- */

struct radio_node {
	struct medium_node node;
	uint32_t good, bad;
	int8_t rssi_dbm;
	uint64_t hash; /* of which packets were good */
};

static struct fav_air *air;
static struct radio_node a, b, c;

static void on_done(void *ctx, uint64_t end_us)
{
}

static void on_rx(void *ctx, const struct radio_rx *rx)
{
	struct radio_node *me = ctx;

	me->good += rx->crc_ok;
	me->bad += !rx->crc_ok;
	me->rssi_dbm = rx->rssi_dbm;
	me->hash = (me->hash ^ (rx->crc_ok ? rx->start_us : 1)) * 1099511628211U;
}

static const struct radio_client client = {.tx_done = on_done, .rx = on_rx};

static void place(struct radio_node *radio, double x_m)
{
	radio->node.place = (struct place){x_m, 0};
}

static void begin_node(struct radio_node *radio)
{
	memset(radio, 0, sizeof(*radio));
	medium__node_init(&radio->node, air);
	radio->node.radio.client = &client;
	radio->node.radio.ctx = radio;
}

static void begin_seeded(uint64_t seed)
{
	struct fav_air_config config = {.seed = seed};

	fav_sim_reset(seed);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	air = fav_air_create(&config);
	assert_non_null(air);
	begin_node(&a);
	begin_node(&b);
	begin_node(&c);
}

static void begin(void)
{
	begin_seeded(1);
}

static void end(void)
{
	medium__node_remove(&a.node);
	medium__node_remove(&b.node);
	medium__node_remove(&c.node);
	fav_air_destroy(air);
}

static void send(struct radio_node *radio, uint8_t channel, enum radio_phy phy, uint32_t address,
		 uint32_t later_us)
{
	static const uint8_t pdu[PDU_LEN] = {2, PDU_LEN - 2};
	const struct radio_tx tx = {.start_us = fav_kernel_port()->now_us() + later_us,
				    .channel = channel,
				    .phy = phy,
				    .access_address = address,
				    .crc_init = CRC_INIT,
				    .pdu = pdu,
				    .len = PDU_LEN};

	radio->node.radio.api->tx(&radio->node.radio, &tx);
}

static void listen(struct radio_node *radio, uint8_t channel, enum radio_phy phy)
{
	const struct radio_listen listening = {.from_us = fav_kernel_port()->now_us(),
					       .until_us = FAV_FOREVER_US,
					       .channel = channel,
					       .phy = phy,
					       .access_address = ACCESS_ADDRESS,
					       .crc_init = CRC_INIT};

	radio->node.radio.api->listen(&radio->node.radio, &listening);
	radio->good = radio->bad = 0;
	radio->hash = 0;
}

/* b listens, a sends count packets, each at the beginning of 10 ms. */
static void send_many(uint8_t channel, enum radio_phy phy, unsigned int count)
{
	listen(&b, channel, phy);
	while (count-- > 0) {
		send(&a, channel, phy, ACCESS_ADDRESS, 0);
		sim_run_ms(SPACING_US / 1000);
	}
}

static void at_one_place_everything_arrives(void **state)
{
	begin();
	send_many(0, RADIO_1M, 500);
	assert_int_equal(b.good, 500);
	assert_int_equal(b.bad, 0);
	assert_int_equal(b.rssi_dbm, -50);
	end();
}

static void the_signal_falls_with_the_distance(void **state)
{
	static const struct {
		double x_m;
		int8_t rssi_dbm;
	} places[] = {{0.3, -50}, {1, -50}, {10, -75}, {-10, -75}, {20, -83}};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		place(&b, places[i].x_m);
		send_many(0, RADIO_1M, 1);
		assert_int_equal(b.good, 1);
		assert_int_equal(b.rssi_dbm, places[i].rssi_dbm);
	}
	end();
}

/* -96 dBm: 11 dB above the noise. */
static void near_the_noise_packets_fail_as_often_as_the_formula_says(void **state)
{
	double x_m = pow(10, (96 - 50) / 25.0);
	double ber = exp(-pow(10, 1.1) / 2) / 2;
	double good = pow(1 - ber, radio__airtime_us(RADIO_1M, PDU_LEN));

	begin();
	place(&b, x_m);
	send_many(0, RADIO_1M, 2000);
	assert_int_equal(b.rssi_dbm, -96);
	assert_true(fabs(b.good / 2000.0 - good) < 0.04);
	assert_true(b.bad > 0 && b.good + b.bad < 2000);

	send_many(0, RADIO_2M, 200);
	assert_true(b.good < 20);
	send_many(0, RADIO_CODED_S8, 200);
	assert_int_equal(b.good, 200);
	end();
}

static void who_is_too_far_hears_nothing(void **state)
{
	begin();
	place(&b, 300);
	listen(&b, 0, RADIO_1M);
	send(&a, 0, RADIO_1M, ACCESS_ADDRESS, 0);
	assert_false(b.node.radio.api->receiving(&b.node.radio, 100));
	sim_run_ms(10);
	assert_int_equal(b.good + b.bad, 0);
	end();
}

static void the_same_seed_loses_the_same_packets(void **state)
{
	uint64_t hashes[3];

	for (size_t i = 0; i < 3; i++) {
		begin_seeded(i == 2 ? 2 : 1);
		place(&b, 70);
		send_many(0, RADIO_1M, 300);
		hashes[i] = b.hash;
		end();
	}
	assert_true(hashes[0] == hashes[1]);
	assert_true(hashes[0] != hashes[2]);
}

/* a and c send at once; b listens to a. */
static void collide(double a_m, double c_m, uint32_t a_later_us, uint32_t c_later_us)
{
	place(&a, a_m);
	place(&c, c_m);
	listen(&b, 0, RADIO_1M);
	for (unsigned int i = 0; i < 100; i++) {
		send(&a, 0, RADIO_1M, ACCESS_ADDRESS, a_later_us);
		send(&c, 0, RADIO_1M, OTHER_ADDRESS, c_later_us);
		sim_run_ms(10);
	}
}

static void the_stronger_of_two_that_collide_is_captured(void **state)
{
	begin();
	/* As strong: lost when the other was there first, broken when it came later. */
	collide(1, 1, 0, 0);
	assert_int_equal(b.good + b.bad, 0);
	collide(1, 1, 0, 200);
	assert_int_equal(b.good, 0);
	assert_int_equal(b.bad, 100);
	/* 25 dB stronger: received, whoever is first. */
	collide(1, 10, 100, 0);
	assert_int_equal(b.good, 100);
	collide(1, 10, 0, 100);
	assert_int_equal(b.good, 100);
	/* 25 dB weaker. */
	collide(10, 1, 0, 0);
	assert_int_equal(b.good + b.bad, 0);
	/* A little more than what it takes to be captured: some break. */
	collide(1, 3, 0, 100);
	assert_true(b.good > 10 && b.bad > 0);
	/* The other is out of reach. */
	collide(20, 3000, 0, 0);
	assert_int_equal(b.good, 100);
	end();
}

/* b is receiving the weaker one, which has the address that it waits for, when a begins. */
static void a_receiver_that_is_receiving_does_not_change_to_a_stronger_one(void **state)
{
	begin();
	place(&a, 1);
	place(&c, 10);
	listen(&b, 0, RADIO_1M);
	send(&c, 0, RADIO_1M, ACCESS_ADDRESS, 0);
	send(&a, 0, RADIO_1M, ACCESS_ADDRESS, 100);
	sim_run_ms(10);
	assert_int_equal(b.good, 0);
	assert_int_equal(b.bad, 1);
	assert_int_equal(b.rssi_dbm, -75);
	end();
}

/* Coding helps against jammers as it does against noise. */
static void coded_stands_more_interference(void **state)
{
	const struct fav_air_jammer_config config = {.power_dbm = -9, .channels = 1};
	struct fav_air_jammer *jammer;

	begin();
	assert_int_equal(fav_air_jammer_add(air, &config, &jammer), 0);
	send_many(0, RADIO_1M, 100);
	assert_true(b.good < 30);
	send_many(0, RADIO_CODED_S8, 100);
	assert_true(b.good > 70);
	end();
}

static void a_jammer_disturbs_its_channels_while_it_is_there(void **state)
{
	struct fav_air_jammer_config config = {.x_m = 1, .power_dbm = 0, .channels = 0x7ff};
	struct fav_air_jammer *jammer;

	begin();
	assert_int_equal(fav_air_jammer_add(air, &config, &jammer), 0);
	send_many(10, RADIO_1M, 100);
	assert_int_equal(b.good, 0);
	send_many(11, RADIO_1M, 100);
	assert_int_equal(b.good, 100);
	fav_air_jammer_remove(air, jammer);
	send_many(10, RADIO_1M, 100);
	assert_int_equal(b.good, 100);
	/* As weak as noise that makes 11 dB. */
	config.power_dbm = -11;
	assert_int_equal(fav_air_jammer_add(air, &config, &jammer), 0);
	send_many(10, RADIO_1M, 200);
	assert_in_range(b.good, 100, 180);
	end();
}

static void a_jammer_with_a_period_disturbs_that_part_of_it(void **state)
{
	struct fav_air_jammer_config config = {
		.channels = 1, .period_us = 2 * SPACING_US, .on_us = SPACING_US};
	struct fav_air_jammer *jammer;

	begin();
	assert_int_equal(fav_air_jammer_add(air, &config, &jammer), 0);
	send_many(0, RADIO_1M, 100);
	assert_int_equal(b.good, 50);
	fav_air_jammer_remove(air, jammer);
	/* From the middle of each packet on: the address is heard. */
	config.period_us = SPACING_US;
	config.on_us = SPACING_US - 100;
	assert_int_equal(fav_air_jammer_add(air, &config, &jammer), 0);
	sim_run_ms(SPACING_US / 1000 - 1);
	listen(&b, 0, RADIO_1M);
	send(&a, 0, RADIO_1M, ACCESS_ADDRESS, 900);
	sim_run_ms(10);
	assert_int_equal(b.good, 0);
	assert_int_equal(b.bad, 1);
	end();
}

static void a_jammer_that_makes_no_sense_is_refused(void **state)
{
	static const struct fav_air_jammer_config wrong[] = {
		{.channels = 0},
		{.channels = 1ULL << 40},
		{.channels = 1, .on_us = 1},
		{.channels = 1, .period_us = 5, .on_us = 6},
		{.channels = 1, .x_m = NAN},
		{.channels = 1, .y_m = INFINITY},
	};
	struct fav_air_jammer *jammer;

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(fav_air_jammer_add(air, &wrong[i], &jammer), -EINVAL);
	}
	fav_air_jammer_remove(air, NULL);
	end();
}

/* ---- Devices ---- */

static struct sim sim;
static volatile uint32_t reports;
static int8_t report_rssi;

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	reports++;
	report_rssi = rssi;
}

/* How often device 0, which scans, hears device 1 in 10 s. */
static uint32_t reports_of_10_s(void)
{
	reports = 0;
	sim_run_ms(10000);
	return reports;
}

static void begin_scan(void)
{
	sim_begin(&sim, 2);
	sim_on(&sim, 1);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN_IDENTITY, NULL, 0, NULL, 0), 0);
	sim_on(&sim, 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE,
							   BT_LE_SCAN_OPT_NONE, 96, 96),
					  on_report),
			 0);
}

static void a_set_loss_holds_for_its_direction(void **state)
{
	struct fav_hci *scanner, *advertiser;
	uint32_t all, half;

	begin_scan();
	scanner = sim.dev[0].hci;
	advertiser = sim.dev[1].hci;
	assert_int_equal(fav_air_link_loss_set(sim.air, scanner, advertiser, 1000000), 0);
	all = reports_of_10_s();
	assert_true(all > 50);
	assert_int_equal(fav_air_link_loss_set(sim.air, advertiser, scanner, 500000), 0);
	half = reports_of_10_s();
	assert_in_range(half, all / 3, all * 2 / 3);
	assert_int_equal(fav_air_link_loss_set(sim.air, advertiser, scanner, 1000000), 0);
	assert_int_equal(reports_of_10_s(), 0);
	assert_int_equal(fav_air_link_loss_set(sim.air, advertiser, scanner, 1000001), -EINVAL);
	assert_int_equal(fav_air_link_loss_set(sim.air, advertiser, scanner, 0), 0);
	assert_in_range(reports_of_10_s(), all - 10, all + 10);
	/* Left behind, to go with the devices. */
	assert_int_equal(fav_air_link_loss_set(sim.air, advertiser, scanner, 1), 0);
	sim_end(&sim);
}

static void a_report_tells_the_strength_at_the_scanner(void **state)
{
	begin_scan();
	assert_true(reports_of_10_s() > 0);
	assert_int_equal(report_rssi, -50);
	fav_air_position_set(sim.air, sim.dev[1].hci, 6, 8);
	assert_true(reports_of_10_s() > 0);
	assert_int_equal(report_rssi, -75);
	fav_air_position_set(sim.air, sim.dev[0].hci, 6, 8);
	assert_true(reports_of_10_s() > 0);
	assert_int_equal(report_rssi, -50);
	sim_end(&sim);
}

static void a_link_to_a_device_that_walks_away_times_out(void **state)
{
	sim_begin(&sim, 2);
	peers_begin(&sim);
	peers_link(&sim, 0, 1, 24);
	fav_air_position_set(sim.air, sim.dev[1].hci, 20, 0);
	sim_run_ms(10000);
	assert_int_equal(peers[0].disconnects + peers[1].disconnects, 0);
	fav_air_position_set(sim.air, sim.dev[1].hci, 1000, 0);
	assert_true(sim_until_count(&peers[0].disconnects, 1, 60000));
	assert_true(sim_until_count(&peers[1].disconnects, 1, 60000));
	assert_int_equal(peers[0].reason, BT_HCI_ERR_CONN_TIMEOUT);
	assert_int_equal(peers[1].reason, BT_HCI_ERR_CONN_TIMEOUT);
	peers_end(&sim);
	sim_end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_one_place_everything_arrives),
		cmocka_unit_test(the_signal_falls_with_the_distance),
		cmocka_unit_test(near_the_noise_packets_fail_as_often_as_the_formula_says),
		cmocka_unit_test(who_is_too_far_hears_nothing),
		cmocka_unit_test(the_same_seed_loses_the_same_packets),
		cmocka_unit_test(the_stronger_of_two_that_collide_is_captured),
		cmocka_unit_test(a_receiver_that_is_receiving_does_not_change_to_a_stronger_one),
		cmocka_unit_test(coded_stands_more_interference),
		cmocka_unit_test(a_jammer_disturbs_its_channels_while_it_is_there),
		cmocka_unit_test(a_jammer_with_a_period_disturbs_that_part_of_it),
		cmocka_unit_test(a_jammer_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_set_loss_holds_for_its_direction),
		cmocka_unit_test(a_report_tells_the_strength_at_the_scanner),
		cmocka_unit_test(a_link_to_a_device_that_walks_away_times_out),
	};

	return SIM_RUN(tests);
}
