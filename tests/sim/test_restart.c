/* SPDX-License-Identifier: Apache-2.0 */

/* Pair, kill one side at any packet, start it again, reconnect: encrypted again or cleanly paired
 * again, never half-bonded. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "kept.h"

#define INTERVAL 6 /* 7.5 ms */

static struct sim sim;

/* ---- Packets ---- */

static volatile uint32_t packets;

static void count_packet(void *ctx, const struct fav_air_packet *packet)
{
	packets++;
}

static struct fav_air_observer counter = {.on_packet = count_packet};

/* ---- The matrix ---- */

struct way {
	bool sc;
	enum smp_io io;
	bt_security_t level;
};

static void users(const struct way *way)
{
	for (size_t i = 0; i < DEVICES; i++) {
		secure_smp(i)->sc = way->sc;
		secure_io(i, way->io);
	}
}

static void begin(const struct way *way)
{
	kept_begin(&sim, FAV_OWN_ADDR_IDENTITY);
	users(way);
	peers_link(&sim, CENTRAL, PERIPHERAL, INTERVAL);
	fav_air_observer_add(sim.air, &counter);
	packets = 0;
	secure_raise(CENTRAL, way->level);
}

static void wait_links_gone(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		for (int ms = 0; peers[i].conn != NULL && ms < 20000; ms += 100) {
			sim_run_ms(100);
		}
		assert_null(peers[i].conn);
	}
}

static bool is_secured(bt_security_t level)
{
	kept_forget_told();
	secure_raise(CENTRAL, level);
	assert_true(sim_until_count(&told[CENTRAL].changes, 1, 40000));
	if (told[CENTRAL].err != BT_SECURITY_ERR_SUCCESS) {
		return false;
	}
	assert_true(sim_until_count(&told[PERIPHERAL].changes, 1, 10000));
	assert_int_equal(told[PERIPHERAL].err, BT_SECURITY_ERR_SUCCESS);
	sim_run_ms(1000);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_int_equal(told[i].failures, 0);
		assert_true(bt_conn_get_security(peers[i].conn) >= level);
		assert_int_equal(secure_bonds(i), 1);
	}
	return true;
}

static void forget_bonds(size_t i)
{
	sim_on(&sim, i);
	assert_int_equal(0, bt_unpair(BT_ID_DEFAULT, NULL));
}

/* One side has the bond: that is said, nothing is open, and after unpairing all is well. */
static void recover(const struct way *way)
{
	for (size_t i = 0; i < DEVICES; i++) {
		assert_int_equal(bt_conn_get_security(peers[i].conn), BT_SECURITY_L1);
	}
	if (secure_bonds(CENTRAL) != 0) {
		assert_int_equal(told[CENTRAL].err, BT_SECURITY_ERR_PIN_OR_KEY_MISSING);
	}
	sim_run_ms(70000); /* what an attempt that failed made the next one wait */
	forget_bonds(CENTRAL);
	forget_bonds(PERIPHERAL);
	wait_links_gone();
	peers_link(&sim, CENTRAL, PERIPHERAL, INTERVAL);
	assert_true(is_secured(way->level));
}

static void check_again(const struct way *way)
{
	size_t here, there;

	users(way);
	/* After an attempt that broke off in its authentication the next one has to wait. */
	sim_run_ms(1500);
	here = secure_bonds(CENTRAL);
	there = secure_bonds(PERIPHERAL);
	assert_true(here <= 1 && there <= 1);
	peers_link(&sim, CENTRAL, PERIPHERAL, INTERVAL);
	if (here != 0 && there != 0) {
		/* The bond it is: nobody is asked, nothing is paired. */
		assert_true(is_secured(way->level));
		assert_int_equal(told[CENTRAL].completes, 0);
		assert_int_equal(told[PERIPHERAL].completes, 0);
	} else if (!is_secured(way->level)) {
		assert_int_equal(here + there, 1);
		recover(way);
	}
}

/* Killed at packet n of the pairing; false: it was over before. */
static bool kill_at(const struct way *way, size_t victim, uint32_t n)
{
	bool reached;

	begin(way);
	while (packets < n && told[CENTRAL].completes + told[PERIPHERAL].completes < 2) {
		uint32_t before = packets;

		(void)sim_until_count(&packets, before + 1, 1000);
	}
	reached = told[CENTRAL].completes + told[PERIPHERAL].completes < 2;
	fav_air_observer_remove(sim.air, &counter);
	kept_kill(victim);
	wait_links_gone();
	check_again(way);
	/* And both from what they have kept. */
	kept_kill(CENTRAL);
	kept_kill(PERIPHERAL);
	wait_links_gone();
	users(way);
	peers_link(&sim, CENTRAL, PERIPHERAL, INTERVAL);
	assert_true(is_secured(way->level));
	assert_int_equal(told[CENTRAL].completes, 0);
	kept_end();
	return reached;
}

static void kill_everywhere(const struct way *way)
{
	for (size_t victim = 0; victim < DEVICES; victim++) {
		uint32_t n = 1;

		while (kill_at(way, victim, n)) {
			n++;
		}
		print_message("%s killed at each of %u packets\n",
			      victim == CENTRAL ? "central" : "peripheral", (unsigned int)n - 1);
		assert_true(n > 20);
	}
}

static void secure_connections_survive_a_kill_at_any_packet(void **state)
{
	static const struct way way = {true, SMP_IO_DISPLAY_YESNO, BT_SECURITY_L4};

	kill_everywhere(&way);
}

static void legacy_pairing_survives_a_kill_at_any_packet(void **state)
{
	static const struct way way = {false, SMP_IO_NONE, BT_SECURITY_L2};

	kill_everywhere(&way);
}

/* ---- Unpairing in the middle ---- */

static void unpairing_while_pairing_ends_both(void **state)
{
	static const struct way way = {true, SMP_IO_DISPLAY_YESNO, BT_SECURITY_L4};
	bool reached = true;

	for (uint32_t n = 1; reached; n += 3) {
		size_t side = n % 2;

		begin(&way);
		while (packets < n && told[side].completes == 0) {
			(void)sim_until_count(&packets, packets + 1, 1000);
		}
		reached = told[side].completes == 0;
		fav_air_observer_remove(sim.air, &counter);
		sim_on(&sim, side);
		assert_int_equal(0,
				 bt_unpair(BT_ID_DEFAULT,
					   &sim.dev[side == CENTRAL ? PERIPHERAL : CENTRAL].addr));
		wait_links_gone();
		assert_int_equal(secure_bonds(side), 0);
		kept_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secure_connections_survive_a_kill_at_any_packet),
		cmocka_unit_test(legacy_pairing_survives_a_kill_at_any_packet),
		cmocka_unit_test(unpairing_while_pairing_ends_both),
	};

	return SIM_RUN(tests);
}
