/* SPDX-License-Identifier: Apache-2.0 */

/* The H4 transport against a peer on the other end of a socket, on one loop. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/hci.h>
#include <favonius/process.h>
#include <favonius/stream.h>

#include "unit/hci/wait.h"

NET_BUF_POOL_DEFINE(rx_pool, 4, 300, 0, NULL);
NET_BUF_POOL_DEFINE(tx_pool, 64, 1100, 0, NULL);

static char dir[64], url[96];

/* The other end: raw bytes. */
static struct fav_listener *listener;
static struct fav_stream *peer;
static uint8_t heard[200000];
static size_t heard_len;
static bool peer_closed;

static void peer_readable(void *ctx)
{
	int got = fav_stream_read(peer, heard + heard_len, sizeof(heard) - heard_len);

	if (got > 0) {
		heard_len += got;
	} else if (got != -EAGAIN) {
		peer_closed = true;
		fav_stream_read_enable(peer, false);
	}
}

static const struct fav_stream_client peer_client = {.readable = peer_readable};

static void peer_came(void *ctx, struct fav_stream *stream)
{
	peer = stream;
	fav_stream_client_set(stream, &peer_client, NULL);
	fav_stream_read_enable(stream, true);
}

/* The client. */
static int packets, lost, lost_err, refuse;
static int refuse_after; /* so many packets; 0: never */
static bool check_each;
static uint8_t last[300];
static size_t last_len;

static struct net_buf *client_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				    size_t len)
{
	if (refuse > 0 || (refuse_after > 0 && packets >= refuse_after)) {
		return NULL;
	}
	return net_buf_alloc(&rx_pool, K_NO_WAIT);
}

static void client_recv(void *ctx, struct net_buf *buf)
{
	assert_int_equal(lost, 0);
	for (size_t i = 5; check_each && i < buf->len; i++) {
		assert_int_equal(buf->data[i], packets & 0xff);
	}
	if (check_each) {
		assert_int_equal(buf->len, 5 + packets);
		assert_int_equal(buf->data[1], packets & 0xff);
	}
	packets++;
	last_len = buf->len;
	memcpy(last, buf->data, buf->len);
	net_buf_unref(buf);
}

static void client_lost(void *ctx, int err)
{
	assert_true(k_is_in_isr());
	lost++;
	lost_err = err;
}

static const struct fav_hci_client client = {
	.alloc = client_alloc,
	.recv = client_recv,
	.lost = client_lost,
};

static struct fav_hci *hci;

static int setup(void **state)
{
	listener = NULL;
	peer = NULL;
	peer_closed = false;
	heard_len = 0;
	packets = lost = lost_err = refuse = refuse_after = 0;
	check_each = false;
	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	snprintf(url, sizeof(url), "unix:%s/s", dir);
	assert_int_equal(fav_listener_open(url, peer_came, NULL, &listener), 0);
	assert_int_equal(fav_hci_create(url, &hci), 0);
	assert_int_equal(fav_hci_open(hci, &client, NULL), 0);
	assert_true(WAIT_FOR(peer != NULL));
	return 0;
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	fav_hci_destroy(hci);
	fav_stream_close(peer);
	fav_listener_close(listener);
	fav_temp_dir_remove(dir);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts + usage.irqs + usage.heap_blocks, 0);
	assert_int_equal(fav_net_buf_pool_used(&rx_pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&tx_pool), 0);
	return 0;
}

static void peer_says(const void *data, size_t len)
{
	assert_int_equal(fav_stream_write(peer, data, len), len);
}

static const uint8_t reset[] = {0x01, 0x03, 0x0c, 0x00};
static const uint8_t reset_done[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};

static struct net_buf *packet(const void *data, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&tx_pool, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_mem(buf, data, len);
	return buf;
}

static void packets_go_both_ways(void **state)
{
	assert_int_equal(fav_hci_send(hci, packet(reset, sizeof(reset))), 0);
	assert_true(WAIT_FOR(heard_len == sizeof(reset)));
	assert_memory_equal(heard, reset, sizeof(reset));
	peer_says(reset_done, sizeof(reset_done));
	assert_true(WAIT_FOR(packets == 1));
	assert_int_equal(last_len, sizeof(reset_done));
	assert_memory_equal(last, reset_done, sizeof(reset_done));
}

static void a_peer_that_reads_late_gets_everything_in_order(void **state)
{
	uint8_t acl[1100] = {0x02, 0x40, 0x00, (1100 - 5) & 0xff, (1100 - 5) >> 8};
	const int count = tx_pool.buf_count;
	size_t sent = 0;

	fav_stream_read_enable(peer, false);
	/* More than a socket holds, in several rounds. */
	for (int round = 0; sent < 100; round++) {
		while (sent < 100 && fav_net_buf_pool_free(&tx_pool) > 0) {
			acl[5] = sent++;
			assert_int_equal(fav_hci_send(hci, packet(acl, sizeof(acl))), 0);
		}
		fav_stream_read_enable(peer, round > 0);
		settle();
	}
	fav_stream_read_enable(peer, true);
	assert_true(WAIT_FOR(heard_len == sent * sizeof(acl)));
	for (size_t i = 0; i < sent; i++) {
		assert_int_equal(heard[i * sizeof(acl)], 0x02);
		assert_int_equal(heard[i * sizeof(acl) + 5], i);
	}
	assert_int_equal(fav_net_buf_pool_free(&tx_pool), count);
}

static void what_cannot_be_taken_is_held(void **state)
{
	refuse = 1;
	for (int i = 0; i < 3; i++) {
		peer_says(reset_done, sizeof(reset_done));
	}
	settle();
	assert_int_equal(packets, 0);
	fav_hci_rx_ready(hci);
	settle();
	assert_int_equal(packets, 0);
	refuse = 0;
	fav_hci_rx_ready(hci);
	assert_true(WAIT_FOR(packets == 3));
}

/* Each packet has its number in each of its bytes. */
static void packets_of_every_length_come_whole_and_in_order(void **state)
{
	static uint8_t bytes[290 * 300];
	size_t len = 0;

	for (int i = 0; i < 290; i++) {
		bytes[len++] = 0x02;
		bytes[len++] = i;
		bytes[len++] = i >> 8;
		bytes[len++] = i;
		bytes[len++] = i >> 8;
		memset(bytes + len, i, i);
		len += i;
	}
	check_each = true;
	peer_says(bytes, len);
	assert_true(WAIT_FOR(packets == 290));
}

static void what_was_read_with_a_packet_is_held_behind_it(void **state)
{
	uint8_t three[3 * sizeof(reset_done)];

	for (int i = 0; i < 3; i++) {
		memcpy(three + i * sizeof(reset_done), reset_done, sizeof(reset_done));
	}
	refuse_after = 1;
	peer_says(three, sizeof(three));
	settle();
	for (int i = 1; i < 3; i++) {
		assert_int_equal(packets, i);
		refuse = 0;
		refuse_after = i + 1;
		fav_hci_rx_ready(hci);
		settle();
	}
	assert_int_equal(packets, 3);
}

static void closing_frees_what_was_read_ahead(void **state)
{
	refuse = 1;
	peer_says(reset_done, sizeof(reset_done));
	peer_says(reset_done, sizeof(reset_done));
	settle();
	refuse = 0;
	fav_hci_rx_ready(hci);
	fav_hci_close(hci);
	settle();
	assert_int_equal(packets, 0);
	/* Nothing of it is taken for what the next peer says. */
	fav_stream_close(peer);
	peer = NULL;
	assert_int_equal(fav_hci_open(hci, &client, NULL), 0);
	assert_true(WAIT_FOR(peer != NULL));
	peer_says(reset_done, sizeof(reset_done));
	assert_true(WAIT_FOR(packets == 1));
	settle();
	assert_int_equal(packets, 1);
}

static void a_peer_that_leaves_is_lost_once(void **state)
{
	peer_says(reset_done, sizeof(reset_done));
	fav_stream_close(peer);
	peer = NULL;
	assert_true(WAIT_FOR(lost == 1));
	assert_int_equal(packets, 1);
	assert_int_equal(lost_err, -EPIPE);
	settle();
	assert_int_equal(lost, 1);

	struct net_buf *buf = packet(reset, sizeof(reset));

	assert_int_equal(fav_hci_send(hci, buf), -ENOTCONN);
	net_buf_unref(buf);
}

static void sending_to_who_has_left_is_lost_too(void **state)
{
	refuse = 1;
	peer_says(reset_done, sizeof(reset_done));
	settle();
	fav_stream_close(peer);
	peer = NULL;
	/* Nothing is read while the packet is held; only a write can tell. */
	assert_int_equal(fav_hci_send(hci, packet(reset, sizeof(reset))), 0);
	assert_int_equal(lost, 0);
	assert_true(WAIT_FOR(lost == 1));
	assert_int_equal(lost_err, -EPIPE);
}

static void junk_is_the_end(void **state)
{
	peer_says(reset_done, sizeof(reset_done));
	peer_says("junk", 4);
	assert_true(WAIT_FOR(lost == 1));
	assert_int_equal(packets, 1);
	assert_int_equal(lost_err, -EPROTO);
	peer_says(reset_done, sizeof(reset_done));
	settle();
	assert_int_equal(packets, 1);
}

static void it_opens_again_after_it_was_lost(void **state)
{
	peer_says("junk", 4);
	assert_true(WAIT_FOR(lost == 1));
	fav_hci_close(hci);
	fav_stream_close(peer);
	peer = NULL;
	lost = 0;
	assert_int_equal(fav_hci_open(hci, &client, NULL), 0);
	assert_true(WAIT_FOR(peer != NULL));
	peer_says(reset_done, sizeof(reset_done));
	assert_true(WAIT_FOR(packets == 1));
}

static void closing_closes_the_stream_and_frees_what_waits(void **state)
{
	uint8_t acl[1100] = {0x02, 0x40, 0x00, (1100 - 5) & 0xff, (1100 - 5) >> 8};

	fav_stream_read_enable(peer, false);
	while (fav_net_buf_pool_free(&tx_pool) > 0) {
		assert_int_equal(fav_hci_send(hci, packet(acl, sizeof(acl))), 0);
	}
	peer_says(reset_done, 3);
	settle();
	fav_hci_close(hci);
	assert_int_equal(fav_net_buf_pool_used(&tx_pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&rx_pool), 0);
	fav_stream_read_enable(peer, true);
	assert_true(WAIT_FOR(peer_closed));
}

static void nobody_there(void **state)
{
	struct fav_hci *other;

	assert_int_equal(fav_hci_create("unix:/nonexistent/socket", &other), 0);
	assert_int_equal(fav_hci_open(other, &client, NULL), -ENOENT);
	assert_int_equal(fav_hci_open(other, &client, NULL), -ENOENT);
	fav_hci_destroy(other);
	assert_int_equal(fav_hci_create("tcp:127.0.0.1:1", &other), 0);
	assert_int_equal(fav_hci_open(other, &client, NULL), -ECONNREFUSED);
	fav_hci_destroy(other);
}

static char late_url[96];
static struct fav_listener *late_listener;

static void late_comer(void *ctx, struct fav_stream *stream)
{
	fav_stream_close(stream);
}

static void late_listen(struct fav_timeout *timer)
{
	assert_int_equal(fav_listener_open(late_url, late_comer, NULL, &late_listener), 0);
}

static struct fav_timeout late_timer = {.handler = late_listen};

/* Somebody listens 200 ms later; the option stands in the URL or in the environment. */
static void who_waits_is_there_when_somebody_listens(void **state)
{
	char waiting[128];
	struct fav_hci *other;

	snprintf(late_url, sizeof(late_url), "unix:%s/late", dir);
	snprintf(waiting, sizeof(waiting), "%s,wait=5", late_url);
	for (int i = 0; i < 2; i++) {
		if (i == 1) {
			setenv("FAVONIUS_HCI_WAIT", "forever", 1);
		}
		assert_int_equal(fav_hci_create(i == 0 ? waiting : late_url, &other), 0);
		unsetenv("FAVONIUS_HCI_WAIT");
		assert_string_equal(other->name, late_url);
		fav_timeout_start(&late_timer, fav_now_us() + 200000);
		assert_int_equal(fav_hci_open(other, &client, NULL), 0);
		fav_hci_destroy(other);
		fav_listener_close(late_listener);
	}
}

static void waiting_ends(void **state)
{
	uint64_t begun_us = fav_now_us();
	struct fav_hci *other;

	assert_int_equal(fav_hci_create("unix:/nonexistent/socket,wait=1", &other), 0);
	assert_int_equal(fav_hci_open(other, &client, NULL), -ENOENT);
	assert_true(fav_now_us() - begun_us >= 1000000);
	fav_hci_destroy(other);
	setenv("FAVONIUS_HCI_WAIT", "soon", 1);
	assert_int_equal(fav_hci_create("unix:/nonexistent/socket", &other), -EINVAL);
	unsetenv("FAVONIUS_HCI_WAIT");
}

static void only_a_line_has_a_speed(void **state)
{
	assert_int_equal(fav_hci_speed_set(hci, 115200), -ENOTSUP);
	fav_hci_close(hci);
	assert_int_equal(fav_hci_speed_set(hci, 115200), -ENOTCONN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(packets_go_both_ways),
		TEST(a_peer_that_reads_late_gets_everything_in_order),
		TEST(what_cannot_be_taken_is_held),
		TEST(packets_of_every_length_come_whole_and_in_order),
		TEST(what_was_read_with_a_packet_is_held_behind_it),
		TEST(closing_frees_what_was_read_ahead),
		TEST(a_peer_that_leaves_is_lost_once),
		TEST(sending_to_who_has_left_is_lost_too),
		TEST(junk_is_the_end),
		TEST(it_opens_again_after_it_was_lost),
		TEST(closing_closes_the_stream_and_frees_what_waits),
		TEST(nobody_there),
		TEST(who_waits_is_there_when_somebody_listens),
		TEST(waiting_ends),
		TEST(only_a_line_has_a_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
