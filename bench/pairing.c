/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How long a pairing holds up the loop: what Secure Connections computes is computed at once, where
 * the PDU that asks for it is handled. Two hosts pair, again and again; "longest" is the most CPU
 * time that 100 us of virtual time took, "typical" the median of those times of each pairing.
 */

#include <stdio.h>
#include <stdlib.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>

#include "world.h"

#define PAIRINGS 100
#define SLICE_US 100

static volatile unsigned int completes;

static void on_complete(struct bt_conn *conn, bool bonded)
{
	completes++;
}

static void on_failed(struct bt_conn *conn, enum bt_security_err reason)
{
	NEED(!"paired");
}

static struct bt_conn_auth_info_cb listeners[2];

/* The longest slice, milliseconds. */
static double slices_until_both_are_done(void)
{
	double longest_s = 0;

	while (completes < 2) {
		double before_s = world_cpu_s();

		world_run_us(SLICE_US);
		longest_s = MAX(longest_s, world_cpu_s() - before_s);
	}
	return 1000 * longest_s;
}

static double one_pairing(void)
{
	struct bt_conn *conn = world_link(0, 1, 24);
	double longest_ms;

	world_settle(conn, 0, 23, 2);
	world_run_us(1000000);
	completes = 0;
	world_on(0);
	NEED(bt_conn_set_security(conn, BT_SECURITY_L2) == 0);
	longest_ms = slices_until_both_are_done();
	for (size_t i = 0; i < 2; i++) {
		world_on(i);
		NEED(bt_unpair(BT_ID_DEFAULT, NULL) == 0);
	}
	world_run_us(5000000);
	return longest_ms;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	static double ms[PAIRINGS];

	world_begin(2, NULL, NULL);
	for (size_t i = 0; i < 2; i++) {
		listeners[i] = (struct bt_conn_auth_info_cb){.pairing_complete = on_complete,
							     .pairing_failed = on_failed};
		world_on(i);
		NEED(bt_conn_auth_info_cb_register(&listeners[i]) == 0);
	}
	for (size_t i = 0; i < PAIRINGS; i++) {
		ms[i] = one_pairing();
	}
	qsort(ms, PAIRINGS, sizeof(ms[0]), compare);
	printf("{\"bench\": \"pairing\", \"pairings\": %d, \"typical_ms\": %.2f, "
	       "\"longest_ms\": %.2f}\n",
	       PAIRINGS, ms[PAIRINGS / 2], ms[PAIRINGS - 1]);
	world_end();
	return 0;
}
