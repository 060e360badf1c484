/* SPDX-License-Identifier: Apache-2.0 */
/* A host whose controller is far away: 20 ms each way, on one side of a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "client.h"
#include "peers.h"
#include "server.h"
#include "sim.h"

#define LATENCY_US 20000

static struct sim sim;
static struct client_found found;
static struct client_result result;

/* a the client, b the server; 0: neither is far away. */
static void begin(uint32_t a_us, uint32_t b_us)
{
	const struct fav_air_device devices[] = {
		{.hci_latency_us = a_us},
		{.hci_latency_us = b_us},
	};

	sim_begin_each(&sim, 2, devices);
	peers_begin(&sim);
	server_begin(&sim, 1);
	peers_link(&sim, 0, 1, 24);
	sim_on(&sim, 0);
	assert_true(client_discover(peers[0].conn, server_uuid, &found));
}

static void read_value(void)
{
	static const uint8_t value[] = "far away";

	memcpy(server.value, value, sizeof(value));
	server.len = sizeof(value);
	client_read(peers[0].conn, found.value[0], &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(result.len, sizeof(value));
	assert_memory_equal(result.data, value, sizeof(value));
}

static void a_command_is_answered_later_by_twice_the_latency(void **state)
{
	uint64_t sent_us;
	struct net_buf *rsp;

	begin(LATENCY_US, 0);
	sent_us = fav_kernel_port()->now_us();
	assert_int_equal(bt_hci_cmd_send_sync(BT_HCI_OP_LE_RAND, NULL, &rsp), 0);
	net_buf_unref(rsp);
	assert_int_equal(fav_kernel_port()->now_us() - sent_us, 2 * LATENCY_US);
	client_and_server_end(&sim);
}

/* A link, a read and a disconnection by either side. */
static void a_link_lives_and_ends_with_one_side_far_away(void **state)
{
	for (unsigned int i = 0; i < 4; i++) {
		begin(i % 2 ? LATENCY_US : 0, i % 2 ? 0 : LATENCY_US);
		read_value();
		/* A request and its response, each at a connection event of 30 ms. */
		assert_in_range(result.took_us, 2 * LATENCY_US, 150000);
		peers_unlink(&sim, i / 2, 1 - i / 2);
		assert_int_equal(peers[i / 2].reason, BT_HCI_ERR_LOCALHOST_TERM_CONN);
		assert_int_equal(peers[1 - i / 2].reason, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
		client_and_server_end(&sim);
	}
}

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
}

/* Reports, data and Number Of Completed Packets are on their way when it goes, and nothing of them
 * is left: sim_end() looks. */
static void a_host_may_be_disabled_while_packets_are_on_the_way(void **state)
{
	static uint8_t data[200];

	for (uint32_t after_ms = 0; after_ms < 60; after_ms += 7) {
		static struct client_writing writings[4];

		begin(LATENCY_US, LATENCY_US);
		peers_advertise(&sim, 1);
		sim_on(&sim, 0);
		assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, on_report), 0);
		sim_run_ms(100);
		for (size_t i = 0; i < ARRAY_SIZE(writings); i++) {
			client_write_start(peers[0].conn, found.value[0], data, sizeof(data),
					   &writings[i]);
		}
		sim_run_ms(after_ms);
		assert_int_equal(bt_disable(), 0);
		for (size_t i = 0; i < ARRAY_SIZE(writings); i++) {
			assert_int_equal(writings[i].ends, 1);
		}
		assert_int_equal(bt_enable(NULL), 0);
		assert_true(sim_until_count(&peers[1].disconnects, 1, 10000));
		assert_null(peers[0].conn);
		client_and_server_end(&sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_answered_later_by_twice_the_latency),
		cmocka_unit_test(a_link_lives_and_ends_with_one_side_far_away),
		cmocka_unit_test(a_host_may_be_disabled_while_packets_are_on_the_way),
	};

	return SIM_RUN(tests);
}
