/* SPDX-License-Identifier: Apache-2.0 */

/* Pairing without memory, and with a peer that wants nothing but to pair. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>

#include "client.h"
#include "host/host.h"
#include "host/smp.h"
#include "peers.h"
#include "secure.h"
#include "server.h"
#include "sim.h"

static struct sim sim;

/* ---- The n-th allocation fails ---- */

static bool is_paired(void)
{
	return told[CENTRAL].completes == 1 && told[PERIPHERAL].completes == 1;
}

static bool is_over(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		if (told[i].completes + told[i].failures == 0 && peers[i].conn != NULL) {
			return false;
		}
	}
	return true;
}

/* The pairing on which the allocation fails; how many allocations there were. */
static uint32_t pair_with_failure(uint32_t n)
{
	uint32_t count;

	fav_fault_alloc_at(n);
	sim_on(&sim, CENTRAL);
	if (bt_conn_set_security(peers[CENTRAL].conn, BT_SECURITY_L2) == 0) {
		/* A PDU that was never sent is missed by the peer's time limit alone. */
		for (int i = 0; i < 700 && !is_over(); i++) {
			sim_run_ms(50);
		}
		assert_true(is_over());
	}
	count = fav_fault_alloc_count();
	fav_fault_alloc_at(0);
	return count;
}

static void expect_no_half(void)
{
	sim_run_ms(1000);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_int_equal(secure_smp(i)->chans[0].p->phase, SMP_IDLE);
		assert_int_equal(fav_net_buf_pool_used(&secure_smp(i)->pool), 0);
		/* The bond is there when it was told of, and not otherwise. */
		assert_int_equal(secure_bonds(i), told[i].completes);
		assert_true(told[i].completes + told[i].failures <= 1);
	}
}

/* One side may have told of a bond that the other never came to: as when the link had gone. */
static void expect_next_pairs(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
	}
	sim_run_ms(1000);
	if (peers[CENTRAL].conn != NULL) {
		peers_unlink(&sim, CENTRAL, PERIPHERAL);
	}
	/* Past the wait after failed attempts. */
	sim_run_ms(2000);
	memset(told, 0, sizeof(told));
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	secure_raise(CENTRAL, BT_SECURITY_L2);
	secure_expect_paired(BT_SECURITY_L2, true);
}

static void the_nth_allocation_fails(bool sc)
{
	uint32_t count = 1;
	uint32_t failed = 0;

	/* To the first run that has fewer. */
	for (uint32_t n = 1; count >= n - 1; n++) {
		secure_begin(&sim);
		secure_smp(PERIPHERAL)->sc = sc;
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		sim_run_ms(1000);
		count = pair_with_failure(n);
		failed += is_paired() ? 0 : 1;
		expect_no_half();
		expect_next_pairs();
		secure_end();
	}
	/* It did fail, and not always. */
	print_message("%u allocations, of which %u failed the pairing\n", count, failed);
	assert_in_range(failed, 1, count);
}

static void pairing_survives_any_failed_allocation(void **state)
{
	the_nth_allocation_fails(true);
	the_nth_allocation_fails(false);
}

/* ---- Floods ---- */

#define VICTIM   0
#define ATTACKER 1
#define GOOD     2
#define ALL      3

#define READS       40
#define INTERVAL_US 30000

/* What so many reads by the good peer take together, while `flood` runs before each. */
static int64_t time_reads(void (*flood)(void))
{
	struct client_result result;
	int64_t all_us = 0;

	for (int i = 0; i < READS; i++) {
		flood();
		sim_on(&sim, GOOD);
		client_read(peers[GOOD].conn, server.attrs[SERVER_VALUE].handle, &result);
		assert_int_equal(result.err, 0);
		/* None waits for long. */
		assert_true(result.took_us <= 5 * INTERVAL_US);
		all_us += result.took_us;
	}
	return all_us;
}

static void flood_with(uint8_t op, const void *body, size_t len)
{
	struct smp_chan *chan = &host__smp(sim.dev[ATTACKER].host)->chans[0];

	for (int i = 0; i < SMP_IN_FLIGHT_MAX; i++) {
		(void)smp__send(chan, op, body, len);
	}
	assert_true(fav_net_buf_pool_used(&host__smp(sim.dev[VICTIM].host)->pool) <=
		    SMP_IN_FLIGHT_MAX);
}

/* A code that is reserved, and ignored, both ways: what the traffic alone costs on the air. */
static void flood_with_nothing(void)
{
	static const uint8_t body[6];
	struct smp_chan *chans = host__smp(sim.dev[VICTIM].host)->chans;

	flood_with(0x20, body, sizeof(body));
	for (int i = 0; i < SMP_IN_FLIGHT_MAX; i++) {
		(void)smp__send(&chans[0], 0x20, body, 1);
	}
}

static void flood_with_bad_requests(void)
{
	static const uint8_t body[] = {9, 0, SMP_AUTH_SC, 16, 0, 0};

	flood_with(SMP_OP_PAIRING_REQ, body, sizeof(body));
}

/* Each of these that finds no pairing begins one, and the next ends it. */
static void flood_with_good_requests(void)
{
	static const uint8_t body[] = {SMP_IO_NONE, 0, SMP_AUTH_SC, 16, 0, 0};

	flood_with(SMP_OP_PAIRING_REQ, body, sizeof(body));
}

static void flood_with_public_keys(void)
{
	static const uint8_t body[2 * SMP_COORD_LEN];

	flood_with_good_requests();
	flood_with(SMP_OP_PUBLIC_KEY, body, sizeof(body));
}

static void hold_half_open(void)
{
	static bool begun;

	if (!begun) {
		flood_with_good_requests();
	}
	begun = true;
}

/* Two links of one host: what one of them does to its security manager costs the other nothing. */
static void a_flood_of_pairing_does_not_slow_other_connections(void **state)
{
	static void (*const floods[])(void) = {flood_with_bad_requests, flood_with_good_requests,
					       flood_with_public_keys, hold_half_open};

	for (size_t i = 0; i < ARRAY_SIZE(floods); i++) {
		int64_t traffic_us, flooded_us;

		sim_begin(&sim, ALL);
		peers_begin(&sim);
		server_begin(&sim, VICTIM);
		/* The interval stays. */
		sim_on(&sim, VICTIM);
		bt_conn_auto_param_update_set(false);
		peers_link(&sim, ATTACKER, VICTIM, 24);
		peers_advertise(&sim, VICTIM);
		peers_connect(&sim, GOOD, VICTIM);
		sim_run_ms(1000);
		traffic_us = time_reads(flood_with_nothing);
		sim_run_ms(1000);
		flooded_us = time_reads(floods[i]);
		print_message("a read: %lld us beside traffic, %lld us in a flood\n",
			      (long long)traffic_us / READS, (long long)flooded_us / READS);
		assert_true(flooded_us <= traffic_us * 11 / 10);
		server_end(&sim, VICTIM);
		peers_end(&sim);
		sim_end(&sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairing_survives_any_failed_allocation),
		cmocka_unit_test(a_flood_of_pairing_does_not_slow_other_connections),
	};

	return SIM_RUN(tests);
}
