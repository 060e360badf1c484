/* SPDX-License-Identifier: Apache-2.0 */

/* More links that pair than there are places for pairings: those that find none wait their turn. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>

#include "host/host.h"
#include "host/smp.h"
#include "peers.h"
#include "sim.h"

#define HUB     0
#define OTHERS  (2 * CONFIG_FAV_BT_SMP_PAIRINGS)
#define DEVICES (1 + OTHERS)

static struct sim sim;
static struct {
	unsigned int completes, failures, asked;
	enum bt_security_err reason;
} told[DEVICES];
static struct bt_conn_auth_info_cb infos[DEVICES];
/* Of the hub's users: who has been asked and has not answered. */
static struct bt_conn *asked[OTHERS];

static void on_complete(struct bt_conn *conn, bool bonded)
{
	told[sim_current(&sim)].completes++;
}

static void on_failed(struct bt_conn *conn, enum bt_security_err reason)
{
	told[sim_current(&sim)].failures++;
	told[sim_current(&sim)].reason = reason;
}

static void on_ask(struct bt_conn *conn)
{
	asked[told[HUB].asked++] = conn;
}

static void on_cancel(struct bt_conn *conn)
{
}

static const struct bt_conn_auth_cb asks_first = {.pairing_confirm = on_ask, .cancel = on_cancel};

static int setup(void **state)
{
	memset(told, 0, sizeof(told));
	memset(asked, 0, sizeof(asked));
	sim_begin(&sim, DEVICES);
	peers_begin(&sim);
	for (size_t i = 0; i < DEVICES; i++) {
		infos[i] = (struct bt_conn_auth_info_cb){
			.pairing_complete = on_complete,
			.pairing_failed = on_failed,
		};
		sim_on(&sim, i);
		assert_int_equal(bt_conn_auth_info_cb_register(&infos[i]), 0);
	}
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < DEVICES; i++) {
		struct smp *smp = host__smp(sim.dev[i].host);

		for (size_t n = 0; n < ARRAY_SIZE(smp->pairings); n++) {
			assert_int_equal(smp->pairings[n].phase, SMP_IDLE);
		}
		assert_int_equal(fav_net_buf_pool_used(&smp->pool), 0);
		sim_on(&sim, i);
		assert_int_equal(bt_conn_auth_cb_register(NULL), 0);
		assert_int_equal(bt_conn_auth_info_cb_unregister(&infos[i]), 0);
	}
	peers_end(&sim);
	sim_end(&sim);
	return 0;
}

static void raise(struct bt_conn *conn, void *data)
{
	assert_int_equal(bt_conn_set_security(conn, BT_SECURITY_L2), 0);
}

/* The others connect to the hub, and each wants to pair. */
static void others_begin(void)
{
	for (size_t i = 1; i < DEVICES; i++) {
		peers_link(&sim, i, HUB, 40);
	}
	for (size_t i = 1; i < DEVICES; i++) {
		sim_on(&sim, i);
		raise(peers[i].conn, NULL);
	}
}

static void others_leave(void)
{
	for (size_t i = 1; i < DEVICES; i++) {
		peers_unlink(&sim, i, HUB);
	}
}

static void expect_all_paired(void)
{
	assert_int_equal(told[HUB].completes, OTHERS);
	assert_int_equal(told[HUB].failures, 0);
	for (size_t i = 1; i < DEVICES; i++) {
		assert_int_equal(told[i].completes, 1);
		assert_int_equal(told[i].failures, 0);
	}
}

static void those_that_we_begin_take_turns(void **state)
{
	for (size_t i = 1; i < DEVICES; i++) {
		peers_link(&sim, HUB, i, 40);
	}
	sim_on(&sim, HUB);
	bt_conn_foreach(BT_CONN_TYPE_LE, raise, NULL);
	sim_run_ms(15000);
	expect_all_paired();
}

static void those_that_peers_begin_take_turns(void **state)
{
	others_begin();
	sim_run_ms(15000);
	expect_all_paired();
}

static void one_that_waits_is_no_other_at_once(void **state)
{
	struct bt_conn *conn;

	sim_on(&sim, HUB);
	assert_int_equal(bt_conn_auth_cb_register(&asks_first), 0);
	others_begin();
	sim_run_ms(5000);
	/* As many users of the hub have been asked as there are places. */
	assert_int_equal(told[HUB].asked, CONFIG_FAV_BT_SMP_PAIRINGS);
	conn = bt_conn_ref(asked[0]);
	sim_on(&sim, HUB);
	assert_int_equal(bt_conn_auth_pairing_confirm(conn), 0);
	bt_conn_unref(conn);
	sim_run_ms(5000);
	assert_int_equal(told[HUB].completes, 1);
	assert_int_equal(told[HUB].asked, CONFIG_FAV_BT_SMP_PAIRINGS + 1);
	others_leave();
}

/* Users who never answer hold all places for 30 s. */
static void who_waits_for_too_long_is_told_to_come_back(void **state)
{
	unsigned int refused = 0;

	sim_on(&sim, HUB);
	assert_int_equal(bt_conn_auth_cb_register(&asks_first), 0);
	others_begin();
	sim_run_ms(28000);
	for (size_t i = 1; i < DEVICES; i++) {
		if (told[i].failures == 1) {
			assert_int_equal(told[i].reason, BT_SECURITY_ERR_PAIR_NOT_ALLOWED);
			refused++;
		}
	}
	assert_int_equal(refused, OTHERS - CONFIG_FAV_BT_SMP_PAIRINGS);
	sim_run_ms(10000);
	sim_on(&sim, HUB);
	assert_int_equal(bt_conn_auth_cb_register(NULL), 0);
	for (size_t i = 1; i < DEVICES; i++) {
		if (told[i].reason == BT_SECURITY_ERR_PAIR_NOT_ALLOWED) {
			sim_on(&sim, i);
			raise(peers[i].conn, NULL);
		}
	}
	sim_run_ms(15000);
	assert_int_equal(told[HUB].completes, refused);
}

static void one_that_waits_ends_with_its_link(void **state)
{
	sim_on(&sim, HUB);
	assert_int_equal(bt_conn_auth_cb_register(&asks_first), 0);
	others_begin();
	sim_run_ms(5000);
	others_leave();
	for (size_t i = 1; i < DEVICES; i++) {
		assert_int_equal(told[i].failures, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(those_that_we_begin_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_peers_begin_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_waits_is_no_other_at_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(who_waits_for_too_long_is_told_to_come_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(one_that_waits_ends_with_its_link, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
