/* SPDX-License-Identifier: Apache-2.0 */
/* ACL data from the controller and its flow control, Core 6.0 Vol 4 Part E 4.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/hci_core.h"
#include "host/host.h"
#include "host/scripted.h"

static struct scripted s;

#define HELD_MAX CONFIG_BT_BUF_ACL_RX_COUNT
static struct net_buf *held[HELD_MAX];
static size_t held_count;

static void hold(struct bt_host *host, struct net_buf *buf)
{
	assert_true(held_count < HELD_MAX);
	held[held_count++] = buf;
}

static void release(void)
{
	while (held_count > 0) {
		net_buf_unref(held[--held_count]);
	}
}

static void acl_up(void)
{
	scripted_up(&s);
	held_count = 0;
	hci__acl_register(host__hci(s.host), hold, NULL);
}

/* So many packets of two links in turn. */
static void fill(int count)
{
	for (int i = 0; i < count; i++) {
		scripted_acl_in(&s, 1 + i % 2, BT_ACL_START, "abcd", 4);
	}
	scripted_settle();
}

static void buffers_given_back_together_are_told_in_one_command(void **state)
{
	acl_up();
	fill(HELD_MAX);
	assert_int_equal(held_count, HELD_MAX);
	assert_int_equal(s.host_completed, 0);
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, HELD_MAX);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS), 1);
	scripted_down(&s);
}

static void a_stream_does_not_cost_a_command_a_packet(void **state)
{
	const int packets = 4 * HELD_MAX;

	acl_up();
	for (int i = 0; i < packets; i++) {
		fill(1);
		release();
		scripted_settle();
	}
	assert_true(s.host_completed > packets - HELD_MAX);
	assert_true(scripted_count(&s, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS) <=
		    DIV_ROUND_UP(packets, HELD_MAX / 2 - 1));
	scripted_down(&s);
}

/* Whatever the layers above hold, and for how long. */
static void the_controller_always_knows_of_half_of_the_free_buffers(void **state)
{
	int in = 0;

	acl_up();
	for (uint32_t i = 0; i < 1000; i++) {
		int free, known;

		/* Held: up to all, and down to none, by and by. */
		if (i * 7 % 31 < 16 && in - (int)s.host_completed < HELD_MAX) {
			fill(1);
			in++;
		} else if (held_count > 0) {
			net_buf_unref(held[--held_count]);
			scripted_settle();
		}
		free = HELD_MAX - (int)held_count;
		known = HELD_MAX - in + (int)s.host_completed;
		assert_in_range(known, DIV_ROUND_UP(free, 2), free);
	}
	release();
	scripted_down(&s);
}

static void buffers_of_a_link_that_ended_are_not_told(void **state)
{
	acl_up();
	fill(HELD_MAX);
	scripted_disconnected(&s, 1, BT_HCI_ERR_CONN_TIMEOUT);
	scripted_settle();
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, HELD_MAX / 2);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS)->params[1], 2);
	scripted_down(&s);
}

static void completions_wait_for_a_command_buffer(void **state)
{
	struct net_buf *bufs[CONFIG_BT_BUF_CMD_TX_COUNT];

	acl_up();
	fill(HELD_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		bufs[i] = bt_hci_cmd_alloc(K_NO_WAIT);
	}
	release();
	scripted_settle();
	assert_int_equal(s.host_completed, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
		net_buf_unref(bufs[i]);
	}
	scripted_settle();
	assert_int_equal(s.host_completed, HELD_MAX);
	scripted_down(&s);
}

static void more_data_than_buffers_waits_in_the_transport(void **state)
{
	acl_up();
	for (int i = 0; i < HELD_MAX + 3; i++) {
		scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	}
	scripted_settle();
	assert_int_equal(held_count, HELD_MAX);
	assert_int_equal(s.out_put - s.out_got, 3);
	release();
	scripted_settle();
	assert_int_equal(held_count, 3);
	release();
	scripted_down(&s);
}

static void buffers_given_back_after_disabling_do_no_harm(void **state)
{
	acl_up();
	scripted_acl_in(&s, 1, BT_ACL_START, "abcd", 4);
	scripted_settle();
	assert_int_equal(bt_disable(), 0);
	release();
	scripted_settle();
	scripted_enable(&s);
	scripted_settle();
	assert_int_equal(s.host_completed, 0);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_given_back_together_are_told_in_one_command),
		cmocka_unit_test(a_stream_does_not_cost_a_command_a_packet),
		cmocka_unit_test(the_controller_always_knows_of_half_of_the_free_buffers),
		cmocka_unit_test(buffers_of_a_link_that_ended_are_not_told),
		cmocka_unit_test(completions_wait_for_a_command_buffer),
		cmocka_unit_test(more_data_than_buffers_waits_in_the_transport),
		cmocka_unit_test(buffers_given_back_after_disabling_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
