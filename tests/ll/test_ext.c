/* SPDX-License-Identifier: Apache-2.0 */

/* Extended advertising, scanning and initiating, Core 6.0 Vol 6 Part B 4.4. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ll_ext_pdu.h"
#include "ll/bench.h"
#include "ll/ext.h"

static struct bench bench;
static uint8_t data[EXT_DATA_MAX];
static struct ext_heard heard;

/* ---- Plain advertising ---- */

/*
 *   A                                  S
 *   |-- ADV_EXT_IND (37, 38, 39) ----->|  AuxPtr
 *   |-- AUX_ADV_IND ------------------>|  data in one PDU
 */
static void data_of_one_pdu_are_reported(void **state)
{
	struct ext_set set = {.sid = 5};
	bt_addr_le_t addr;

	bench_begin(&bench, 2);
	addr = raw_public_addr(&bench.dev[0]);
	ext_fill(data, 200, 1);
	ext_set_make(&bench.dev[0], &set);
	ext_set_data(&bench.dev[0], 0, data, 200);
	ext_set_start(&bench.dev[0], 0);
	ext_scan_start(&bench.dev[1], false, 0);
	for (int i = 0; i < 5; i++) {
		ext_hear(&bench.dev[1], &heard, 500);
		assert_int_equal(heard.evt_type, 0);
		assert_int_equal(heard.status, 0);
		assert_true(bt_addr_le_eq(&heard.addr, &addr));
		assert_int_equal(heard.sid, 5);
		assert_int_equal(heard.prim_phy, 1);
		assert_int_equal(heard.sec_phy, 1);
		assert_int_equal(heard.tx_power, 127);
		assert_int_equal(heard.rssi, -50);
		assert_int_equal(heard.len, 200);
		assert_memory_equal(heard.data, data, 200);
	}
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_of_one_pdu_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
