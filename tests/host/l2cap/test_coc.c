/* SPDX-License-Identifier: Apache-2.0 */

/* Credit-based channels with a peer that does not keep to the rules. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"
#include "host/l2cap_sig.h"
#include "ends.h"

/* ---- Identifiers ---- */

/* Bumble's server goes on to think that a channel is there which its client closed, and refuses
 * another of that identifier. */
static void the_identifier_of_a_closed_channel_is_not_the_next_ones(void **state)
{
	open_le();
	sig("\x06\x02\x04\x00\x40\x00\x41\x00");
	answer("\x07\x02\x04\x00\x40\x00\x41\x00");
	assert_int_equal(1, ends.releases);
	sig("\x14\x03\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x03\x0a\x00\x41\x00\x64\x00\x66\x00\x01\x00\x00\x00");
}

/* ---- Data ---- */

static void an_sdu_comes_and_its_credit_goes_back(void **state)
{
	open_le();
	frame(0x40, "\x03\x00"
		    "abc");
	assert_int_equal(1, ends.recvs);
	assert_int_equal(3, ends.last_len);
	answer("\x16\x01\x04\x00\x40\x00\x02\x00");
}

static void an_sdu_in_small_segments_is_joined(void **state)
{
	open_le();
	frame(0x40, "\x05\x00"
		    "a");
	answer("\x16\x01\x04\x00\x40\x00\x01\x00");
	frame(0x40, "bcd");
	answer("\x16\x02\x04\x00\x40\x00\x01\x00");
	assert_int_equal(0, ends.recvs);
	frame(0x40, "e");
	assert_int_equal(1, ends.recvs);
	assert_int_equal(5, ends.last_len);
}

static void cve_2021_3454_an_sdu_length_of_one_byte_ends_the_channel(void **state)
{
	open_le();
	frame(0x40, "\x01");
	closed_by_us();
}

static void a_first_segment_of_nothing_ends_the_channel(void **state)
{
	open_le();
	frame(0x40, "");
	closed_by_us();
}

static void an_sdu_longer_than_the_mtu_ends_the_channel(void **state)
{
	open_le();
	frame(0x40, "\x65\x00"
		    "abc");
	closed_by_us();
}

static void more_than_the_sdus_length_ends_the_channel(void **state)
{
	open_le();
	frame(0x40, "\x02\x00"
		    "abc");
	closed_by_us();
}

static void more_than_what_is_left_of_the_sdu_ends_the_channel(void **state)
{
	open_le();
	frame(0x40, "\x04\x00"
		    "ab");
	frame(0x40, "cde");
	closed_by_us();
}

static void a_segment_longer_than_the_mps_ends_the_channel(void **state)
{
	uint8_t segment[103] = {100, 0};

	open_le();
	arrive_on(0x40, segment, sizeof(segment));
	closed_by_us();
}

static void a_segment_without_credit_ends_the_channel(void **state)
{
	chans[0].chan.ops = &seg_ops;
	assert_int_equal(0, bt_l2cap_chan_give_credits(&chans[0].chan, 1));
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	sent_forget();
	frame(0x40, "\x01\x00x");
	assert_int_equal(1, ends.segs);
	nothing_sent();
	frame(0x40, "\x01\x00x");
	assert_int_equal(1, ends.segs);
	closed_by_us();
}

static void more_than_65535_credits_end_the_channel(void **state)
{
	open_le();
	sig("\x16\x02\x04\x00\x41\x00\xff\xff");
	closed_by_us();
}

static void credits_for_nothing_are_counted(void **state)
{
	open_le();
	sig("\x16\x02\x04\x00\x41\x00\x00\x00");
	sig("\x16\x02\x04\x00\x40\x00\x01\x00");
	sig("\x16\x02\x04\x00\xff\xff\x01\x00");
	sig("\x16\x02\x03\x00\x41\x00\x01");
	sig("\x16\x02\x05\x00\x41\x00\x01\x00\x00");
	assert_int_equal(5, dropped());
	assert_int_equal(1, chans[0].tx.credits);
	nothing_sent();
}

static void segments_for_no_channel_are_counted(void **state)
{
	open_le();
	frame(0x41, "\x01\x00x");
	frame(0x7f, "\x01\x00x");
	frame(0x80, "\x01\x00x");
	assert_int_equal(3, dropped());
	nothing_sent();
}

/* ---- Signalling ---- */

static void requests_are_refused_with_the_right_result(void **state)
{
	open_le();
	/* PSM, MTU, MPS, CID in use, CID below and beyond. */
	sig("\x14\x02\x0a\x00\x81\x00\x42\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x16\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x64\x00\x16\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x64\x00\xfe\xff\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x3f\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x00");
	sig("\x14\x02\x0a\x00\x80\x00\x80\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x00");
	/* Too short: not understood. */
	sig("\x14\x02\x09\x00\x80\x00\x42\x00\x64\x00\x64\x00\x01");
	answer("\x01\x02\x02\x00\x00\x00");
	assert_int_equal(1, ends.accepted);
}

/* CVE-2021-3434: counts of identifiers that do not fit. */
static void cve_2021_3434_counts_of_channels_are_not_believed(void **state)
{
	/* None; half of one; six, with which the command is longer than MTUsig. */
	sig("\x17\x02\x08\x00\x80\x00\x64\x00\x64\x00\x01\x00");
	answer("\x18\x02\x08\x00\x00\x00\x00\x00\x00\x00\x0c\x00");
	sig("\x17\x02\x09\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50");
	answer("\x18\x02\x08\x00\x00\x00\x00\x00\x00\x00\x0c\x00");
	sig("\x17\x02\x14\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00\x52\x00\x53\x00\x54"
	    "\x00\x55\x00");
	answer("\x01\x02\x04\x00\x01\x00\x17\x00");
	/* MTU, MPS, credits below what is allowed. */
	sig("\x17\x02\x0a\x00\x80\x00\x3f\x00\x64\x00\x01\x00\x50\x00");
	answer("\x18\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00");
	sig("\x17\x02\x0a\x00\x80\x00\x64\x00\x3f\x00\x01\x00\x50\x00");
	answer("\x18\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00");
	sig("\x17\x02\x0a\x00\x80\x00\x64\x00\x64\x00\x00\x00\x50\x00");
	answer("\x18\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00");
	assert_int_equal(0, ends.accepted);
}

static void one_identifier_twice_in_a_request_is_one_channel(void **state)
{
	sig("\x17\x02\x0e\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x50\x00\x10\x00");
	answer("\x18\x02\x0e\x00\x64\x00\x66\x00\x01\x00\x0a\x00\x40\x00\x00\x00\x00\x00");
	assert_int_equal(1, ends.connects);
}

/* CVE-2021-3435: nothing uninitialized leaves in what is refused. */
static void cve_2021_3435_a_refusal_is_of_zeros(void **state)
{
	sig("\x17\x02\x12\x00\x81\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00\x52\x00\x53\x00\x54"
	    "\x00");
	answer("\x18\x02\x12\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	       "\x00\x00");
}

static void reconfigurations_are_refused_with_the_right_result(void **state)
{
	sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	sent_forget();
	assert_int_equal(2, ends.connects);
	sig("\x19\x03\x06\x00\x63\x00\x64\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x01\x00");
	sig("\x19\x03\x08\x00\x64\x00\x63\x00\x50\x00\x51\x00");
	answer("\x1a\x03\x02\x00\x02\x00");
	sig("\x19\x03\x06\x00\x64\x00\x64\x00\x52\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	sig("\x19\x03\x04\x00\x64\x00\x64\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	sig("\x19\x03\x06\x00\x64\x00\x3f\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	sig("\x19\x03\x03\x00\x64\x00\x64");
	answer("\x01\x03\x02\x00\x00\x00");
	assert_int_equal(100, chans[0].tx.mtu);
	sig("\x19\x03\x08\x00\xc8\x00\x64\x00\x50\x00\x51\x00");
	answer("\x1a\x03\x02\x00\x00\x00");
	assert_int_equal(200, chans[1].tx.mtu);
}

/* More identifiers than a request may have, and half of one: none is looked at. */
static void cve_2023_5055_counts_in_a_reconfiguration_are_not_believed(void **state)
{
	sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	sent_forget();
	/* Six, the first two of which exist. */
	sig("\x19\x03\x10\x00\xc8\x00\xc8\x00\x50\x00\x51\x00\x52\x00\x53\x00\x54\x00\x55\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	sig("\x19\x03\x07\x00\xc8\x00\xc8\x00\x50\x00\x51");
	answer("\x1a\x03\x02\x00\x04\x00");
	assert_int_equal(100, chans[0].tx.mtu);
	assert_int_equal(100, chans[1].tx.mtu);
}

static void disconnections_of_half_a_channel_are_ignored(void **state)
{
	open_le();
	sig("\x06\x05\x04\x00\x40\x00\x42\x00");
	nothing_sent();
	sig("\x06\x05\x04\x00\x41\x00\x40\x00");
	answer("\x01\x05\x06\x00\x02\x00\x41\x00\x40\x00");
	sig("\x07\x05\x04\x00\x41\x00\x40\x00");
	assert_int_equal(0, ends.disconnects);
	sig("\x06\x05\x04\x00\x40\x00\x41\x00");
	answer("\x07\x05\x04\x00\x40\x00\x41\x00");
	assert_int_equal(1, ends.disconnects);
	assert_int_equal(1, ends.releases);
	sig("\x06\x06\x04\x00\x40\x00\x41\x00");
	answer("\x01\x06\x06\x00\x02\x00\x40\x00\x41\x00");
}

/* ---- Our requests ---- */

static void ask(void)
{
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	answer("\x14\x01\x0a\x00\x25\x00\x40\x00\x64\x00\x66\x00\x01\x00");
}

static void a_response_that_cannot_be_is_no_channel(void **state)
{
	ask();
	sig("\x15\x02\x0a\x00\x41\x00\x64\x00\x64\x00\x01\x00\x00\x00");
	sig("\x15\x01\x09\x00\x41\x00\x64\x00\x64\x00\x01\x00\x00");
	assert_int_equal(BT_L2CAP_CONNECTING, chans[0].state);
	sig("\x15\x01\x0a\x00\x3f\x00\x64\x00\x64\x00\x01\x00\x00\x00");
	assert_int_equal(1, ends.releases);
	assert_int_equal(-EPROTO, chans[0].connect_err);
	assert_int_equal(0, ends.connects);
}

/* A response with more channels than were asked for, and than a request may have. */
static void cve_2026_98108_channels_nobody_asked_for_are_not_opened(void **state)
{
	struct bt_l2cap_chan *two[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&chans[0].chan,
								      &chans[1].chan};

	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, two, 0x25));
	assert_int_equal(0x17, bench_packet(bench_packets() - 1)->payload[4]);
	sent_forget();
	sig("\x18\x01\x12\x00\x64\x00\x64\x00\x01\x00\x00\x00\x50\x00\x51\x00\x52\x00\x53\x00\x54"
	    "\x00");
	assert_in_range(ends.connects, 0, 2);
	sig("\x18\x01\x14\x00\x64\x00\x64\x00\x01\x00\x00\x00\x50\x00\x51\x00\x52\x00\x53\x00\x54"
	    "\x00\x55\x00");
	assert_in_range(ends.connects, 0, 2);
	for (size_t i = 2; i < CHANS; i++) {
		assert_null(chans[i].chan.conn);
	}
}

static void a_response_with_too_small_sizes_is_closed_again(void **state)
{
	ask();
	sig("\x15\x01\x0a\x00\x41\x00\x16\x00\x64\x00\x01\x00\x00\x00");
	closed_by_us();
	assert_int_equal(0, ends.connects);
	assert_int_equal(-EPROTO, chans[0].connect_err);
}

static void a_request_ends_without_answer_with_rejection_and_with_the_link(void **state)
{
	uint8_t rejection[] = {0x01, 0, 2, 0, 0, 0};

	ask();
	bench_pass_ms(31000);
	assert_int_equal(1, ends.releases);
	assert_int_equal(-ETIMEDOUT, chans[0].connect_err);
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	rejection[1] = chans[0].ident;
	arrive_on(L2CAP_CID_SIG, rejection, sizeof(rejection));
	assert_int_equal(2, ends.releases);
	assert_int_equal(-EPROTO, chans[0].connect_err);
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
	bench_disconnected(HANDLE, 0x13);
	bench_run();
	assert_int_equal(3, ends.releases);
	assert_int_equal(-ENOTCONN, chans[0].connect_err);
}

static void bad_arguments_are_refused(void **state)
{
	static const struct bt_l2cap_chan_ops none;

	assert_int_equal(-EINVAL, bt_l2cap_chan_connect(conn, &chans[0].chan, 0));
	assert_int_equal(-EINVAL, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x100));
	chans[0].rx.mtu = 22;
	assert_int_equal(-EINVAL, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x80));
	chans[1].chan.ops = &none;
	assert_int_equal(-EINVAL, bt_l2cap_chan_connect(conn, &chans[1].chan, 0x80));
	assert_int_equal(-ENOTCONN, bt_l2cap_chan_disconnect(&chans[0].chan));
	assert_int_equal(-EINVAL, bt_l2cap_chan_give_credits(&chans[0].chan, 0));
	nothing_sent();
}

/* ---- Ends ---- */

/* Segments wait for a buffer, and the work that asks for one with them, when the link ends. */
static void cve_2026_19935_nothing_runs_for_a_channel_that_is_gone(void **state)
{
	unsigned int asked;

	chans[0].chan.ops = &buf_ops;
	open_le();
	frame(0x40, "\x02\x00xx");
	assert_int_not_equal(0, ends.allocs);
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
	bench_run();
	assert_int_equal(1, ends.releases);
	asked = ends.allocs;
	memset(&chans[0], 0xa5, sizeof(chans[0]));
	bench_pass_ms(60000);
	assert_int_equal(asked, ends.allocs);
	assert_int_equal(0, ends.recvs);
}

/* Both sides end a channel at the same time, and the peer says so twice: it ends once. */
static void esp_nimble_103_a_channel_that_both_end_is_released_once(void **state)
{
	uint8_t response[8] = {0x07, 0, 4, 0, 0x41, 0, 0x40, 0};

	open_le();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	response[1] = bench_packet(bench_packets() - 1)->payload[5];
	sent_forget();
	sig("\x06\x05\x04\x00\x40\x00\x41\x00");
	arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	sig("\x06\x06\x04\x00\x40\x00\x41\x00");
	arrive_on(L2CAP_CID_SIG, response, sizeof(response));
	assert_int_equal(1, ends.disconnects);
	assert_int_equal(1, ends.releases);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ends_setup, ends_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_identifier_of_a_closed_channel_is_not_the_next_ones),
		TEST(an_sdu_comes_and_its_credit_goes_back),
		TEST(an_sdu_in_small_segments_is_joined),
		TEST(cve_2021_3454_an_sdu_length_of_one_byte_ends_the_channel),
		TEST(a_first_segment_of_nothing_ends_the_channel),
		TEST(an_sdu_longer_than_the_mtu_ends_the_channel),
		TEST(more_than_the_sdus_length_ends_the_channel),
		TEST(more_than_what_is_left_of_the_sdu_ends_the_channel),
		TEST(a_segment_longer_than_the_mps_ends_the_channel),
		TEST(a_segment_without_credit_ends_the_channel),
		TEST(more_than_65535_credits_end_the_channel),
		TEST(credits_for_nothing_are_counted),
		TEST(segments_for_no_channel_are_counted),
		TEST(requests_are_refused_with_the_right_result),
		TEST(cve_2021_3434_counts_of_channels_are_not_believed),
		TEST(one_identifier_twice_in_a_request_is_one_channel),
		TEST(cve_2021_3435_a_refusal_is_of_zeros),
		TEST(reconfigurations_are_refused_with_the_right_result),
		TEST(cve_2023_5055_counts_in_a_reconfiguration_are_not_believed),
		TEST(disconnections_of_half_a_channel_are_ignored),
		TEST(cve_2026_98108_channels_nobody_asked_for_are_not_opened),
		TEST(cve_2026_19935_nothing_runs_for_a_channel_that_is_gone),
		TEST(esp_nimble_103_a_channel_that_both_end_is_released_once),
		TEST(a_response_that_cannot_be_is_no_channel),
		TEST(a_response_with_too_small_sizes_is_closed_again),
		TEST(a_request_ends_without_answer_with_rejection_and_with_the_link),
		TEST(bad_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
