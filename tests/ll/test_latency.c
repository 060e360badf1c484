/* SPDX-License-Identifier: Apache-2.0 */

/* Controllers whose packets from and to their host take their time. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/hci_wire.h"
#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

#define LATENCY_US 20000
/* The raw host waits a second for an answer. */
#define LONG_US 400000

static struct bench bench;
static struct raw_host *const prompt = &bench.dev[0], *const slow = &bench.dev[1];
static uint16_t prompt_handle, slow_handle;

static void begin_with(uint32_t latency_us)
{
	struct fav_air_device device = {.hci_latency_us = latency_us};
	struct fav_hci *hci;

	bench_begin(&bench, 1);
	assert_int_equal(fav_air_add(bench.air, &device, &hci), 0);
	bench.count = 2;
	raw_begin(slow, hci);
}

static void link(struct raw_host *central, struct raw_host *peripheral)
{
	uint16_t c, p;

	raw_connect(central, peripheral, NULL, &c, &p);
	prompt_handle = central == prompt ? c : p;
	slow_handle = central == prompt ? p : c;
}

static void each_command_is_answered_later_by_the_way_there_and_back(void **state)
{
	uint64_t sent_us;

	begin_with(LATENCY_US);
	for (unsigned int i = 0; i < 10; i++) {
		sent_us = raw_now_us();
		raw_do(slow, BT_HCI_OP_LE_RAND, NULL, 0);
		assert_int_equal(raw_now_us() - sent_us, 2 * LATENCY_US);
		sent_us = raw_now_us();
		raw_do(prompt, BT_HCI_OP_LE_RAND, NULL, 0);
		assert_int_equal(raw_now_us() - sent_us, 0);
	}
	bench_end(&bench);
}

static void an_event_comes_later_by_the_way_up(void **state)
{
	uint64_t prompt_us;

	begin_with(LATENCY_US);
	link(prompt, slow);
	raw_forget(prompt);
	raw_forget(slow);
	raw_do(prompt, BT_HCI_OP_DISCONNECT,
	       RAW_BYTES(RAW_LE16(prompt_handle), BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	/* The peripheral knows first: the central waits for its acknowledgement. */
	prompt_us = raw_expect(prompt, BT_HCI_EVT_DISCONN_COMPLETE, 1000)->at_us;
	assert_in_range(raw_expect(slow, BT_HCI_EVT_DISCONN_COMPLETE, 1000)->at_us,
			prompt_us + LATENCY_US - 1000, prompt_us + LATENCY_US);
	bench_end(&bench);
}

static void data_goes_both_ways_in_order(void **state)
{
	for (unsigned int i = 0; i < 2; i++) {
		begin_with(LATENCY_US);
		link(i == 0 ? prompt : slow, i == 0 ? slow : prompt);
		stream_exchange(prompt, prompt_handle, slow, slow_handle,
				&(struct stream_load){.count = 85, .len = 10, .more = 7});
		bench_end(&bench);
	}
}

/* What the peer sends in that time is more than the host has buffers: the peer is made to wait. */
static void a_long_way_loses_nothing(void **state)
{
	static struct stream down;

	begin_with(LONG_US);
	link(prompt, slow);
	stream_begin(&down, prompt, prompt_handle, slow);
	for (unsigned int i = 0; i < 300; i++) {
		stream_send(&down, 20);
	}
	stream_finish(&down, 60000);
	slow->user = NULL;
	bench_end(&bench);
}

/* Commands and data on their way down, data and events on their way up. */
static void fill_both_ways(void)
{
	static const uint8_t data[] = {3, 0, 4, 0, 1, 2, 3};

	raw_acl(prompt, prompt_handle, data, sizeof(data));
	raw_run_ms(45);
	raw_send_cmd(slow, BT_HCI_OP_LE_RAND, NULL, 0);
	raw_acl(slow, slow_handle, data, sizeof(data));
}

static void what_is_on_the_way_is_freed_when_the_host_closes(void **state)
{
	struct fav_hci *hci;

	begin_with(LONG_US);
	hci = slow->hci;
	for (unsigned int i = 0; i < 3; i++) {
		link(prompt, slow);
		fill_both_ways();
		assert_in_range(fav_net_buf_pool_used(&slow->pool), 3, 10);
		/* Looks that no buffer is kept. */
		raw_end(slow);
		assert_non_null(raw_wait(prompt, BT_HCI_EVT_DISCONN_COMPLETE, 0, 5000));
		raw_forget(prompt);
		raw_run_ms(2000);
		raw_begin(slow, hci);
	}
	bench_end(&bench);
}

static void what_is_on_the_way_is_freed_when_power_fails(void **state)
{
	begin_with(LONG_US);
	link(prompt, slow);
	fill_both_ways();
	fav_air_power_off(bench.air, slow->hci);
	assert_int_equal(slow->lost, -ENODEV);
	assert_int_equal(fav_net_buf_pool_used(&slow->pool), 0);
	bench_end(&bench);
}

static void what_was_on_the_way_arrives_before_the_answer_to_reset(void **state)
{
	static const uint8_t data[] = {3, 0, 4, 0, 1, 2, 3};

	begin_with(LATENCY_US);
	link(prompt, slow);
	raw_forget(slow);
	raw_acl(prompt, prompt_handle, data, sizeof(data));
	while (fav_net_buf_pool_used(&slow->pool) == 0) {
		assert_int_equal(fav_wait(K_MSEC(100)), 0);
	}
	assert_int_equal(slow->acl_packets, 0);
	raw_do(slow, BT_HCI_OP_RESET, NULL, 0);
	assert_int_equal(slow->acl_packets, 1);
	assert_false(raw_has(slow, BT_HCI_EVT_DISCONN_COMPLETE));
	raw_do(slow, BT_HCI_OP_LE_RAND, NULL, 0);
	bench_end(&bench);
}

static uint64_t hash_of_a_run(uint64_t seed)
{
	struct fav_air_device device = {.hci_latency_us = 7777};
	static struct stream down;
	uint64_t hash;

	bench_begin_with(&bench, 2, &device, seed);
	link(prompt, slow);
	stream_begin(&down, prompt, prompt_handle, slow);
	for (unsigned int i = 0; i < 50; i++) {
		stream_send(&down, 100);
	}
	stream_finish(&down, 60000);
	slow->user = NULL;
	hash = bench.hash;
	bench_end(&bench);
	return hash;
}

static void the_same_seed_gives_the_same_air(void **state)
{
	uint64_t hash = hash_of_a_run(5);

	assert_true(hash_of_a_run(5) == hash);
	assert_false(hash_of_a_run(6) == hash);
}

static void a_latency_out_of_range_is_refused(void **state)
{
	struct fav_air_device device = {.hci_latency_us = FAV_AIR_HCI_LATENCY_MAX_US + 1};
	struct fav_hci *hci;

	bench_begin(&bench, 1);
	assert_int_equal(fav_air_add(bench.air, &device, &hci), -EINVAL);
	bench_end(&bench);
}

/* ---- The wire by itself ---- */

NET_BUF_POOL_DEFINE(numbers, HCI_WIRE_MAX, 4, 0, NULL);

static struct hci_wire wire;
static uint32_t next_number;
static bool reset_at_first;

static void on_out(struct hci_wire *from, struct net_buf *buf, uint64_t now_us)
{
	assert_int_equal(now_us, raw_now_us());
	assert_int_equal(net_buf_pull_le32(buf), next_number++);
	net_buf_unref(buf);
	if (reset_at_first) {
		hci_wire__reset(from);
	}
}

static void put(uint32_t number)
{
	struct net_buf *buf = net_buf_alloc(&numbers, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_le32(buf, number);
	hci_wire__put(&wire, buf);
}

static void begin_wire(void)
{
	bench_begin(&bench, 1);
	memset(&wire, 0, sizeof(wire));
	hci_wire__init(&wire, 1000, on_out);
	next_number = 0;
	reset_at_first = false;
}

static void a_full_wire_gives_everything_in_order(void **state)
{
	begin_wire();
	for (uint32_t round = 0; round < 3; round++) {
		uint32_t first = next_number;

		for (uint32_t i = 0; hci_wire__room(&wire) != 0; i++) {
			put(first + i);
			k_sleep(K_USEC(i % 2));
		}
		assert_int_equal(next_number, first);
		raw_run_ms(1);
		assert_int_equal(next_number, first + HCI_WIRE_MAX);
		assert_int_equal(hci_wire__room(&wire), HCI_WIRE_MAX);
		k_sleep(K_USEC(300));
		put(next_number);
		raw_run_ms(2);
	}
	bench_end(&bench);
}

static void a_wire_may_be_reset_from_its_own_end(void **state)
{
	begin_wire();
	reset_at_first = true;
	for (uint32_t i = 0; i < 5; i++) {
		put(i);
	}
	raw_run_ms(5);
	assert_int_equal(next_number, 1);
	assert_int_equal(fav_net_buf_pool_used(&numbers), 0);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_is_answered_later_by_the_way_there_and_back),
		cmocka_unit_test(an_event_comes_later_by_the_way_up),
		cmocka_unit_test(data_goes_both_ways_in_order),
		cmocka_unit_test(a_long_way_loses_nothing),
		cmocka_unit_test(what_is_on_the_way_is_freed_when_the_host_closes),
		cmocka_unit_test(what_is_on_the_way_is_freed_when_power_fails),
		cmocka_unit_test(what_was_on_the_way_arrives_before_the_answer_to_reset),
		cmocka_unit_test(the_same_seed_gives_the_same_air),
		cmocka_unit_test(a_latency_out_of_range_is_refused),
		cmocka_unit_test(a_full_wire_gives_everything_in_order),
		cmocka_unit_test(a_wire_may_be_reset_from_its_own_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
