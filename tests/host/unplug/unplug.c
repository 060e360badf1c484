/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A controller on a serial line that is pulled out in use and plugged in again, in real time: A's
 * is behind a pseudo-terminal that the air serves, B's is on the same air.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include <favonius/air.h>
#include <favonius/host.h>
#include <favonius/loop.h>
#include <favonius/process.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "unit/hci/wait.h"

#define PLUG_DELAY_US 200000

static char dir[64], link_path[80];
static struct fav_air *air;
static struct fav_air_server *server;
static struct bt_host *a, *b;
static struct fav_hci *hci_a, *hci_b;
static struct bt_conn *conn_b;
static int connects, a_reason, b_reason, lost, lost_err;

static void plug_in(void)
{
	const char *prefix = "serial:";
	const char *url;

	assert_int_equal(fav_air_serve(air, "pty:", &server), 0);
	url = fav_air_server_url(server);
	assert_memory_equal(url, prefix, strlen(prefix));
	unlink(link_path);
	assert_int_equal(symlink(url + strlen(prefix), link_path), 0);
}

static void plug_handler(struct fav_timeout *timer)
{
	plug_in();
}

static struct fav_timeout plug_timer = {.handler = plug_handler};

static void pull_out(void)
{
	fav_air_server_stop(server);
	server = NULL;
	unlink(link_path);
}

/* ---- The program ---- */

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	assert_int_equal(err, 0);
	connects++;
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	if (fav_host_current() == a) {
		a_reason = reason;
	} else {
		b_reason = reason;
	}
}

static struct bt_conn_cb cb_a = {.connected = on_connected, .disconnected = on_disconnected};
static struct bt_conn_cb cb_b = {.connected = on_connected, .disconnected = on_disconnected};

static void on_lost(struct bt_host *host, int err)
{
	assert_ptr_equal(host, a);
	assert_int_equal(a_reason, BT_HCI_ERR_CONN_TIMEOUT);
	lost++;
	lost_err = err;
}

static struct fav_host_cb host_cb = {.lost = on_lost};

static int setup(void **state)
{
	char url[120];

	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	snprintf(link_path, sizeof(link_path), "%s/line", dir);
	snprintf(url, sizeof(url), "serial:%s,1000000,rtscts,wait=5", link_path);
	air = fav_air_create(NULL);
	plug_in();
	assert_int_equal(fav_hci_create(url, &hci_a), 0);
	assert_int_equal(fav_air_add(air, NULL, &hci_b), 0);
	a = fav_host_create();
	b = fav_host_create();
	assert_int_equal(fav_host_hci_set(a, hci_a), 0);
	assert_int_equal(fav_host_hci_set(b, hci_b), 0);
	assert_int_equal(fav_host_cb_register(a, &host_cb), 0);
	fav_host_select(a);
	assert_int_equal(bt_conn_cb_register(&cb_a), 0);
	fav_host_select(b);
	assert_int_equal(bt_conn_cb_register(&cb_b), 0);
	assert_int_equal(bt_enable(NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_host_select(b);
	bt_conn_cb_unregister(&cb_b);
	assert_int_equal(bt_disable(), 0);
	fav_host_select(a);
	bt_conn_cb_unregister(&cb_a);
	(void)bt_disable();
	settle();
	assert_int_equal(fav_host_destroy(a), 0);
	assert_int_equal(fav_host_destroy(b), 0);
	fav_hci_destroy(hci_a);
	if (server != NULL) {
		pull_out();
	}
	fav_air_destroy(air);
	fav_temp_dir_remove(dir);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts + usage.works + usage.irqs + usage.heap_blocks, 0);
	return 0;
}

/* A advertises, B connects. */
static void meet(void)
{
	const struct bt_le_conn_param *param = BT_LE_CONN_PARAM(24, 24, 0, 100);
	bt_addr_le_t addr;
	size_t count = 1;

	connects = 0;
	a_reason = 0;
	b_reason = 0;
	fav_host_select(a);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	bt_id_get(&addr, &count);
	assert_int_equal(count, 1);
	fav_host_select(b);
	assert_int_equal(bt_conn_le_create(&addr, BT_CONN_LE_CREATE_CONN, param, &conn_b), 0);
	assert_true(WAIT_FOR(connects == 2));
	bt_conn_unref(conn_b);
}

static void a_line_pulled_out_in_use_is_told_and_comes_back(void **state)
{
	fav_host_select(a);
	assert_int_equal(bt_enable(NULL), 0);
	for (int i = 0; i < 3; i++) {
		meet();
		lost = 0;
		pull_out();
		assert_true(WAIT_FOR(lost == 1));
		assert_int_equal(lost_err, -ENODEV);
		assert_true(WAIT_FOR(b_reason != 0));
		/* Whether the two had exchanged a packet before or not. */
		assert_true(b_reason == BT_HCI_ERR_CONN_TIMEOUT ||
			    b_reason == BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
		fav_host_select(a);
		assert_false(bt_is_ready());
		assert_int_equal(bt_le_adv_stop(), -EAGAIN);
		assert_int_equal(bt_disable(), 0);
		/* It is not there yet when the program enables again. */
		fav_timeout_start(&plug_timer, fav_now_us() + PLUG_DELAY_US);
		assert_int_equal(bt_enable(NULL), 0);
		assert_true(bt_is_ready());
	}
	meet();
}

/* Who does not wait hears at once that there is nothing. */
static void without_waiting_there_is_no_device(void **state)
{
	char url[120];
	struct fav_hci *hci;

	snprintf(url, sizeof(url), "serial:%s", link_path);
	assert_int_equal(fav_hci_create(url, &hci), 0);
	pull_out();
	fav_host_select(a);
	assert_int_equal(fav_host_hci_set(a, hci), 0);
	assert_int_equal(bt_enable(NULL), -ENOENT);
	plug_in();
	assert_int_equal(bt_enable(NULL), 0);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(fav_host_hci_set(a, hci_a), 0);
	fav_hci_destroy(hci);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_pulled_out_in_use_is_told_and_comes_back,
						setup, teardown),
		cmocka_unit_test_setup_teardown(without_waiting_there_is_no_device, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
