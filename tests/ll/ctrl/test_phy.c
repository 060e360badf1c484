/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The PHY update, Core 6.0 Vol 6 Part B 5.1.10: in both roles, both at once, and to nowhere.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <zephyr/sys/util.h>

#include "ll/ctrl/ctrl.h"

/*
 *   C                              P
 *   |-- PHY_REQ ------------------>|        |<-------------- PHY_REQ --|
 *   |<------------------ PHY_RSP --|
 *   |-- PHY_UPDATE_IND(instant) -->|   or   |-- PHY_UPDATE_IND ------->|
 *   |  instant                     |
 *   |== 2M ========================|   both hosts: LE PHY Update Complete
 */
static void both_directions_go_to_2m(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	const struct raw_event *event;

	ctrl_begin();
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(pair_handle(central)), 0, 2, 2, 0, 0));
	event = raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	assert_int_equal(event->params[0], 0);
	assert_int_equal(event->params[3], 2);
	assert_int_equal(event->params[4], 2);
	event = raw_expect_le(y, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 100);
	assert_int_equal(event->params[0], 0);
	pair_check_phys(true, 2, 2);
	pair_check_phys(false, 2, 2);
	bench_trace(&bench);
	raw_run_ms(300);
	for (size_t i = 0; i < bench.traced; i++) {
		assert_int_equal(bench.trace[i].phy, 2);
		assert_int_equal(bench.trace[i].airtime_us, (2 + 4 + 2 + 3) * 4);
	}
	/* What is already so ends at once, and is told to who asked. */
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(pair_handle(central)), 0, 2, 2, 0, 0));
	event = raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 300);
	assert_int_equal(event->params[0], 0);
	raw_run_ms(300);
	assert_false(raw_has_le(y, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE));
	/* And back. */
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(pair_handle(central)), 0, 1, 1, 0, 0));
	(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(true, 1, 1);
	pair_check_phys(false, 1, 1);
	pair_end_alive();
}

static void one_direction_goes_to_2m(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);

	ctrl_begin();
	raw_do(x, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(pair_handle(central)), 0, 2, 1, 0, 0));
	(void)raw_expect_le(x, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000);
	pair_check_phys(central, 2, 1);
	pair_check_phys(!central, 1, 2);
	pair_end_alive();
}

/*
 *   C                        P
 *   |-- PHY_REQ ------------>|
 *   |<------------ PHY_REQ --|    both at once: the central's goes on
 *   |-- REJECT_EXT_IND ----->|    LL Procedure Collision
 *   |<------------ PHY_RSP --|
 *   |-- PHY_UPDATE_IND ----->|
 */
static void of_two_phy_updates_the_centrals_goes_on(void **state)
{
	ctrl_begin();
	raw_send_cmd(c, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ch), 0, 2, 2, 0, 0));
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0],
			 BT_HCI_ERR_LL_PROC_COLLISION);
	assert_int_equal(raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	assert_int_equal(ctrl_sent(true, LL_REJECT_EXT_IND), 1);
	pair_check_phys(true, 2, 2);
	pair_check_phys(false, 2, 2);
	pair_end_alive();
}

/* A PHY that does not exist, or two at once, is not gone to. */
static void a_phy_update_to_nowhere_changes_nothing(void **state)
{
	static const uint8_t phys[] = {3, 5, 8, 0xff};

	ctrl_begin();
	for (size_t i = 0; i < ARRAY_SIZE(phys); i++) {
		struct ll_phy phy = {1, 1};
		struct ll_phy_update_ind ind = {.phy_c_to_p = phys[i]};

		peer_say(c, ch, LL_PHY_REQ, &phy, sizeof(phy));
		ind.instant = peer_conn(c, ch)->counter + 8;
		peer_say(c, ch, LL_PHY_UPDATE_IND, &ind, sizeof(ind));
		raw_run_ms(500);
		pair_check_phys(false, 1, 1);
	}
	pair_end_alive();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH_ROLES(both_directions_go_to_2m),
		PAIR_BOTH_ROLES(one_direction_goes_to_2m),
		cmocka_unit_test(of_two_phy_updates_the_centrals_goes_on),
		cmocka_unit_test(a_phy_update_to_nowhere_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
