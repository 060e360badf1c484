/* SPDX-License-Identifier: Apache-2.0 */

/* Connections: set up, events, data, loss, end; Core 6.0 Vol 6 Part B 4.4.4 and 4.5. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"
#include "ll/raw_radio.h"
#include "ll/stream.h"

#define CONNECT_IND 5

static void link_up(const struct raw_params *params)
{
	raw_connect(c, p, params, &ch, &ph);
}

/* Packets of the connection from index `from` on. */
static int next_data(int from)
{
	for (size_t i = (size_t)from; i < bench.traced; i++) {
		if (bench.trace[i].access_address != LL_ADV_ACCESS_ADDRESS) {
			return (int)i;
		}
	}
	return -1;
}

/*
 *   C                      P
 *   |<-------- ADV_IND ----|
 *   |  150 us              |
 *   |-- CONNECT_IND ------>|     both hosts: connection complete, with algorithm #2
 *   |  1.25 ms + offset    |
 *   |-- data ch n -------->|
 *   |  150 us              |
 *   |<------------- data --|
 *   |  one interval        |
 *   |-- data ch m -------->|
 */
static void a_connection_begins_in_its_transmit_window_and_keeps_its_interval(void **state)
{
	const struct ll_connect_ind *ind;
	uint64_t ind_end_us, window_us;
	struct ll_chan_map map;
	uint16_t id;
	int at;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .latency = 0, .timeout = 100});
	assert_int_equal(raw_expect_le(c, BT_HCI_EVT_LE_CHAN_SEL_ALGO, 0)->params[2], 1);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_CHAN_SEL_ALGO, 0)->params[2], 1);
	raw_run_ms(1000);

	at = bench_find_adv(&bench, 0, 0, CONNECT_IND, 0);
	assert_int_equal(bench.trace[at].start_us,
			 bench.trace[at - 1].start_us + bench.trace[at - 1].airtime_us + 150);
	ind = (const void *)(bench.trace[at].pdu + 2);
	ind_end_us = bench.trace[at].start_us + bench.trace[at].airtime_us;
	window_us = ind_end_us + 1250 + sys_le16_to_cpu(ind->win_offset) * 1250;
	assert_true(ll__chan_map_set(&map, ind->chan_map));
	id = ll__csa2_id(sys_le32_to_cpu(ind->access_address));
	at = next_data(at);
	for (uint16_t event = 0; event < 30; event++) {
		const struct bench_packet *first = &bench.trace[at], *second = first + 1;

		assert_int_equal(first->sender, 0);
		assert_in_range(first->start_us, window_us + event * 30000ULL,
				window_us + event * 30000ULL + ind->win_size * 1250U);
		assert_int_equal(first->channel, ll__csa2(event, id, &map));
		assert_int_equal(second->sender, 1);
		assert_int_equal(second->channel, first->channel);
		assert_int_equal(second->start_us, first->start_us + first->airtime_us + 150);
		at += 2;
	}
	bench_end(&bench);
}

static void data_goes_both_ways_whole_and_in_order(void **state)
{
	static struct stream down, up;

	bench_begin(&bench, 2);
	link_up(NULL);
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (int i = 0; i < 300; i++) {
		stream_send(&down, 1 + i);
		stream_send(&up, 300 - i);
	}
	stream_finish(&down, 120000);
	stream_finish(&up, 120000);
	bench_end(&bench);
}

/*
 * Packets of both directions are lost or spoiled: each arrives once, and in order.
 */
static void loss_is_repaired_without_a_gap_or_a_duplicate(void **state)
{
	static struct stream down, up;
	struct fav_air_stats stats;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 8, .timeout = 400});
	bench.loss_percent = 30;
	bench.verdict = bench_lossy;
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (int i = 0; i < 300; i++) {
		stream_send(&down, 1 + i % 60);
		stream_send(&up, 60 - i % 60);
	}
	stream_finish(&down, 120000);
	stream_finish(&up, 120000);
	fav_air_stats_get(bench.air, &stats);
	assert_true(stats.corrupted > 100);
	bench_end(&bench);
}

/*
 *   C                        P
 *   |-- data, MD ----------->|
 *   |<--------------- empty--|   150 us later, and so on in the same event
 *   |-- data, MD ----------->|
 */
static void several_packets_fit_into_one_event(void **state)
{
	static struct stream down;
	unsigned int in_event = 0, most = 0;
	uint64_t before_us = 0;
	int at;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 80, .timeout = 400});
	raw_run_ms(500);
	bench_trace(&bench);
	stream_begin(&down, c, ch, p);
	for (int i = 0; i < 50; i++) {
		stream_send(&down, 27);
	}
	stream_finish(&down, 10000);
	for (at = next_data(0); at >= 0; at = next_data(at + 1)) {
		const struct bench_packet *packet = &bench.trace[at];

		if (packet->sender != 0) {
			continue;
		}
		in_event = packet->start_us - before_us < 10000 ? in_event + 1 : 1;
		most = MAX(most, in_event);
		before_us = packet->start_us;
	}
	assert_true(most >= 14);
	bench_end(&bench);
}

/*
 * 4.5.10, 4.5.1: with 251 octets an exchange takes 2468 us on 1M and 1392 us on 2M, and as many as
 * are whole fit into an interval less T_IFS. On 1M this leaves time for 22 octets, which is too
 * little; on 2M for 223, a part of the next packet, whose rest goes first in the next event.
 */
static void an_event_is_filled_to_its_last_exchange(void **state)
{
	static struct stream down;
	static const struct {
		uint8_t phy;
		uint16_t exchange_us, part_percent;
	} rows[] = {{1, 2468, 0}, {2, 1392, 76}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* Of 200 events, in packets; the rest of a part is in one exchange more. */
		unsigned int fit = 200 * ((50000 - 150) / rows[i].exchange_us);
		unsigned int parts = 200 * rows[i].part_percent / 100;
		uint64_t before;

		bench_begin(&bench, 2);
		link_up(&(struct raw_params){.interval = 40, .timeout = 400});
		raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN,
		       RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120)));
		raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN,
		       RAW_BYTES(RAW_LE16(ph), 251, 0, RAW_LE16(2120)));
		raw_do(c, BT_HCI_OP_LE_SET_PHY,
		       RAW_BYTES(RAW_LE16(ch), 0, rows[i].phy, rows[i].phy, 0, 0));
		raw_run_ms(2000);
		stream_begin(&down, c, ch, p);
		while (raw_now_us() < 5000000) {
			stream_send(&down, 251);
		}
		before = down.received;
		while (raw_now_us() < 15000000) {
			stream_send(&down, 251);
		}
		assert_in_range(down.received - before, (fit + parts) * 99 / 100,
				(fit + parts) * 101 / 100);
		stream_finish(&down, 1000);
		bench_end(&bench);
	}
}

static void a_peer_that_vanishes_is_noticed_after_the_supervision_timeout(void **state)
{
	const struct raw_event *event;
	uint64_t gone_us;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .timeout = 100});
	raw_run_ms(1000);
	raw_end(p);
	fav_air_remove(bench.air, p->hci);
	p->hci = NULL;
	gone_us = raw_now_us();
	event = raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 2000);
	assert_int_equal(event->params[3], BT_HCI_ERR_CONN_TIMEOUT);
	assert_in_range(event->at_us - gone_us, 1000000 - 31000, 1000000);
	bench_end(&bench);
}

static enum fav_air_verdict lose_data(struct bench *b, const struct fav_air_packet *packet)
{
	return packet->access_address == LL_ADV_ACCESS_ADDRESS ? FAV_AIR_DELIVER : FAV_AIR_LOSE;
}

/* 4.5.2: six intervals without a packet, and there never was a connection. */
static void a_connection_that_is_never_heard_fails_to_be_established(void **state)
{
	const struct raw_event *event;
	uint64_t since_us;

	bench_begin(&bench, 2);
	bench.verdict = lose_data;
	link_up(&(struct raw_params){.interval = 80, .timeout = 400});
	since_us = raw_now_us();
	event = raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 2000);
	assert_int_equal(event->params[3], BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	assert_in_range(event->at_us - since_us, 590000, 600000);
	event = raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 100);
	assert_int_equal(event->params[3], BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	bench_end(&bench);
}

/* 4.5.1: while it has nothing to say a peripheral may sleep over `latency` events. */
static void a_peripheral_sleeps_over_events_and_wakes_for_data(void **state)
{
	static struct stream up;
	unsigned int heard = 0;
	uint64_t sent_us;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .latency = 9, .timeout = 400});
	raw_run_ms(3000);
	bench_trace(&bench);
	raw_run_ms(30000);
	for (size_t i = 0; i < bench.traced; i++) {
		heard += bench.trace[i].sender == 1;
	}
	assert_in_range(heard, 98, 102);
	stream_begin(&up, p, ph, c);
	sent_us = raw_now_us();
	stream_send(&up, 20);
	stream_finish(&up, 1000);
	/* Sent in the next event, acknowledged in the one behind it. */
	assert_in_range(raw_now_us() - sent_us, 1, 62000);
	bench_end(&bench);
}

static void either_side_ends_it_and_both_hear_why(void **state)
{
	bench_begin(&bench, 2);
	link_up(NULL);
	raw_disconnect(c, p, ch);
	link_up(NULL);
	raw_run_ms(200);
	raw_do(p, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ph), BT_HCI_ERR_REMOTE_LOW_RESOURCES));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
			 BT_HCI_ERR_REMOTE_LOW_RESOURCES);
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 500)->params[3],
			 BT_HCI_ERR_LOCALHOST_TERM_CONN);
	bench_end(&bench);
}

/*
 *   C                          P
 *   |-- TERMINATE_IND ------X  |   lost; sent again until acknowledged
 *   |-- TERMINATE_IND -------->|
 *   |<------------------ ack --|
 */
static void a_lost_termination_is_sent_again(void **state)
{
	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .timeout = 400});
	for (int i = 0; i < 20; i++) {
		bench.loss_percent = 30;
		bench.verdict = bench_lossy;
		raw_do(i % 2 ? c : p, BT_HCI_OP_DISCONNECT,
		       RAW_BYTES(RAW_LE16(i % 2 ? ch : ph), BT_HCI_ERR_REMOTE_USER_TERM_CONN));
		(void)raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 5000);
		(void)raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 5000);
		bench.verdict = NULL;
		link_up(&(struct raw_params){.interval = 24, .timeout = 400});
	}
	bench_end(&bench);
}

/* The peer goes before it has acknowledged: the supervision timeout ends the wait, 5.1.6. */
static void a_termination_that_nobody_hears_ends_in_time(void **state)
{
	uint64_t asked_us;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .timeout = 100});
	raw_run_ms(500);
	bench.verdict = lose_data;
	asked_us = raw_now_us();
	raw_do(c, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ch), BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(raw_cmd(c, BT_HCI_OP_DISCONNECT,
				 RAW_BYTES(RAW_LE16(ch), BT_HCI_ERR_REMOTE_USER_TERM_CONN)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 1100)->params[3],
			 BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_in_range(raw_now_us() - asked_us, 900000, 1000000);
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 1100)->params[3],
			 BT_HCI_ERR_CONN_TIMEOUT);
	bench_end(&bench);
}

/* The peer is there, but its host takes no data: LL_TERMINATE_IND waits behind ours for ever. */
static void a_termination_behind_data_that_nobody_takes_ends_in_time(void **state)
{
	static const uint8_t data[20];

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .timeout = 100});
	p->refuse_acl = true;
	raw_acl(c, ch, data, sizeof(data));
	raw_run_ms(5000);
	raw_do(c, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ch), BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 1100)->params[3],
			 BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(raw_expect(p, BT_HCI_EVT_DISCONN_COMPLETE, 1100)->params[3],
			 BT_HCI_ERR_CONN_TIMEOUT);
	bench_end(&bench);
}

static void an_attempt_can_be_cancelled(void **state)
{
	bt_addr_le_t ghost = {.type = 1, .a = {{1, 2, 3, 4, 5, 0xc6}}};
	const struct raw_event *event;

	bench_begin(&bench, 2);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0),
			 BT_HCI_ERR_CMD_DISALLOWED);
	raw_create_conn(c, &ghost, NULL);
	raw_run_ms(100);
	raw_do(c, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	event = raw_expect_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 100);
	assert_int_equal(event->params[0], BT_HCI_ERR_UNKNOWN_CONN_ID);
	link_up(NULL);
	bench_end(&bench);
}

static void the_accept_list_chooses_whom_to_connect_to(void **state)
{
	bt_addr_le_t wanted;

	bench_begin(&bench, 3);
	wanted = raw_public_addr(p);
	raw_adv_start(&bench.dev[2], &(struct raw_adv){.interval = 32});
	raw_do(c, BT_HCI_OP_LE_ADD_DEV_TO_FAL, &wanted, sizeof(wanted));
	raw_create_conn(c, NULL, NULL);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	raw_adv_start(p, &(struct raw_adv){.interval = 32});
	ch = raw_connected(c, BT_HCI_ROLE_CENTRAL);
	assert_int_equal(bt_addr_le_cmp(&peer_conn(c, ch)->peer.id, &wanted), 0);
	bench_end(&bench);
}

static void a_peer_is_connected_to_once(void **state)
{
	bt_addr_le_t peer;
	struct bt_hci_cp_le_create_conn cp = {.scan_interval = 16,
					      .scan_window = 16,
					      .conn_interval_min = 24,
					      .conn_interval_max = 24,
					      .supervision_timeout = 100};

	bench_begin(&bench, 2);
	link_up(NULL);
	peer = raw_public_addr(p);
	cp.peer_addr = peer;
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp)),
			 BT_HCI_ERR_CONN_ALREADY_EXISTS);
	bench_end(&bench);
}

/* A peripheral that goes on advertising is not connected to by way of the accept list either. */
static void a_connected_peer_is_not_found_again(void **state)
{
	bt_addr_le_t peer;

	bench_begin(&bench, 2);
	link_up(NULL);
	peer = raw_public_addr(p);
	raw_forget(c);
	raw_adv_start(p, &(struct raw_adv){.interval = 32});
	raw_do(c, BT_HCI_OP_LE_ADD_DEV_TO_FAL, &peer, sizeof(peer));
	raw_create_conn(c, NULL, NULL);
	bench_trace(&bench);
	raw_run_ms(1000);
	assert_int_equal(bench_find_adv(&bench, 0, 0, CONNECT_IND, 0), -1);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	bench_end(&bench);
}

/*
 *   C                     old device
 *   |<-- ADV_IND, no ChSel --|
 *   |-- CONNECT_IND -------->|     algorithm #1: channels hop by the increment
 */
static void a_peer_without_algorithm_2_gets_algorithm_1(void **state)
{
	static struct raw_radio old;
	static const bt_addr_le_t addr = {.a = {{1, 2, 3, 4, 5, 6}}};
	uint8_t adv[8] = {0, 6, 1, 2, 3, 4, 5, 6};
	const struct ll_connect_ind *ind;
	struct ll_chan_map map;
	uint8_t unmapped = 0;
	int at;

	bench_begin(&bench, 1);
	raw_radio_begin(&old, bench.air);
	raw_do(c, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, RAW_BYTES(0xff, 0x0f, 0xff, 0, 0x10));
	raw_create_conn(c, &addr, NULL);
	for (int i = 0; i < 40 && !raw_has_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE); i++) {
		raw_radio_send(&old, adv, sizeof(adv));
		raw_run_ms(2);
	}
	(void)raw_connected(c, BT_HCI_ROLE_CENTRAL);
	assert_int_equal(raw_expect_le(c, BT_HCI_EVT_LE_CHAN_SEL_ALGO, 0)->params[2], 0);
	(void)raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 1000);
	at = bench_find_adv(&bench, 0, 0, CONNECT_IND, 0);
	ind = (const void *)(bench.trace[at].pdu + 2);
	assert_true(ll__chan_map_set(&map, ind->chan_map));
	assert_int_equal(map.bits[1], 0x0f);
	for (int event = 0; event < 5; event++) {
		at = next_data(at + 1);
		assert_int_equal(bench.trace[at].channel,
				 ll__csa1(&unmapped, ind->hop_sca & 0x1f, 1, &map));
	}
	raw_radio_end(&old);
	bench_end(&bench);
}

/*
 * The host takes no data: it stays unacknowledged, and with the peer. Then it comes, whole.
 */
static void a_host_without_buffers_stops_the_peer_and_loses_nothing(void **state)
{
	static struct stream down;

	bench_begin(&bench, 2);
	link_up(NULL);
	stream_begin(&down, c, ch, p);
	for (int i = 0; i < 100; i++) {
		p->refuse_acl = i % 10 < 5;
		stream_post(&down, 27);
		raw_run_ms(100);
		assert_true(!p->refuse_acl || down.received < down.sent);
	}
	p->refuse_acl = false;
	stream_finish(&down, 10000);
	/* Nobody took it for a lost link, and nothing was held in between. */
	assert_false(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE));
	bench_end(&bench);
}

/* Controller to host flow control, Core 6.0 Vol 4 Part E 4.1.2: no more than the host has said. */
static void host_flow_control_is_obeyed(void **state)
{
	static struct stream down;

	bench_begin(&bench, 2);
	raw_do(p, BT_HCI_OP_HOST_BUFFER_SIZE, RAW_BYTES(27, 0, 0, 3, 0, 0, 0));
	raw_do(p, BT_HCI_OP_SET_CTL_TO_HOST_FLOW, RAW_BYTES(1));
	link_up(NULL);
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 60, 0, RAW_LE16(2120)));
	raw_run_ms(500);
	stream_begin(&down, c, ch, p);
	for (int i = 0; i < 10; i++) {
		stream_post(&down, 60);
	}
	raw_run_ms(2000);
	/* One PDU of 60 bytes takes the three buffers of 27. */
	assert_int_equal(p->acl_packets, 3);
	for (int i = 0; i < 9; i++) {
		raw_send_cmd(p, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS,
			     RAW_BYTES(1, RAW_LE16(ph), 3, 0));
		raw_run_ms(200);
		assert_false(p->answered);
		assert_int_equal(p->acl_packets, 3 * (i + 2));
	}
	stream_finish(&down, 100);
	/* More than is outstanding. */
	assert_int_equal(
		raw_cmd(p, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS, RAW_BYTES(1, RAW_LE16(ph), 9, 0)),
		BT_HCI_ERR_INVALID_PARAM);
	bench_end(&bench);
}

static void a_stingy_controller_carries_everything_slowly(void **state)
{
	static const struct fav_air_device stingy = {.acl_count = 1, .acl_len = 27};
	static struct stream down, up;

	bench_begin_with(&bench, 2, &stingy, bench_seed());
	assert_int_equal(c->acl_len, 27);
	assert_int_equal(c->acl_total, 1);
	link_up(&(struct raw_params){.interval = 6, .timeout = 100});
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (int i = 0; i < 20; i++) {
		stream_send(&down, 200);
		stream_send(&up, 200);
	}
	stream_finish(&down, 10000);
	stream_finish(&up, 10000);
	bench_end(&bench);
}

/* What exceeds the buffers is refused with an event, and neither kept nor acknowledged. */
static void a_flood_of_data_is_refused(void **state)
{
	static const struct fav_air_device small = {.acl_count = 4, .acl_len = 27};
	static const uint8_t junk[200];

	bench_begin_with(&bench, 2, &small, bench_seed());
	link_up(&(struct raw_params){.interval = 800, .timeout = 600});
	for (int i = 0; i < 40; i++) {
		assert_int_equal(raw_acl_raw(c, ch, junk, 27), 0);
	}
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DATA_BUF_OVERFLOW, 10)->params[0], 1);
	c->acl_free = 0;
	raw_run_ms(5000);
	assert_int_equal(c->acl_free, 4);
	assert_int_equal(p->acl_packets, 4);
	raw_forget(c);
	assert_int_equal(raw_acl_raw(c, ch, junk, 28), 0);
	(void)raw_expect(c, BT_HCI_EVT_DATA_BUF_OVERFLOW, 10);
	/* Of no connection, of a reserved kind, of no length: without effect. */
	assert_int_equal(raw_acl_raw(c, ch + 1, junk, 27), 0);
	assert_int_equal(raw_acl_raw(c, ch | 0x3000, junk, 27), 0);
	assert_int_equal(raw_acl_raw(c, ch | 0x4000, junk, 27), 0);
	raw_run_ms(3000);
	assert_int_equal(p->acl_packets, 4);
	c->acl_free = 3;
	assert_int_equal(raw_acl_raw(c, ch, junk, 0), 0);
	raw_run_ms(10);
	assert_int_equal(c->acl_free, 4);
	bench_end(&bench);
}

static void more_connections_than_there_is_room_for_are_refused(void **state)
{
	static struct raw_host many[CTL_CONN_MAX];
	struct bt_hci_cp_le_create_conn cp = {
		.scan_interval = 16,
		.scan_window = 16,
		.conn_interval_min = 320,
		.conn_interval_max = 320,
		.supervision_timeout = 600,
		.peer_addr = {.type = 1, .a = {{1, 2, 3, 4, 5, 0xc6}}}};
	uint16_t handles[CTL_CONN_MAX], other;
	struct fav_air_stats stats;

	bench_begin(&bench, 1);
	for (int i = 0; i < CTL_CONN_MAX; i++) {
		struct fav_hci *hci;

		assert_int_equal(fav_air_add(bench.air, NULL, &hci), 0);
		raw_begin(&many[i], hci);
		raw_connect(c, &many[i], &(struct raw_params){.interval = 320, .timeout = 600},
			    &handles[i], &other);
		for (int j = 0; j < i; j++) {
			assert_int_not_equal(handles[i], handles[j]);
		}
		raw_forget(c);
	}
	fav_air_stats_get(bench.air, &stats);
	assert_int_equal(stats.links, CTL_CONN_MAX);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp)),
			 BT_HCI_ERR_CONN_LIMIT_EXCEEDED);
	raw_do(c, BT_HCI_OP_LE_SET_ADV_PARAM,
	       RAW_BYTES(0xa0, 0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0));
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1)),
			 BT_HCI_ERR_CONN_LIMIT_EXCEEDED);
	raw_run_ms(60000);
	assert_false(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE));
	for (int i = 0; i < CTL_CONN_MAX; i++) {
		assert_false(raw_has(&many[i], BT_HCI_EVT_DISCONN_COMPLETE));
		raw_end(&many[i]);
	}
	bench_end(&bench);
}

/*
 * Exchanges of 130 bytes take 1500 us: twenty fill an event of 30 ms to the microsecond, 4.5.1.
 *
 *   C                    P
 *   |-- empty ---------->|
 *   |<-- 130 bytes, MD --|    the twentieth ends T_IFS before the next anchor: P listens there, and
 *   |                    |    no longer for a packet that cannot come
 */
static void a_full_event_does_not_cost_the_next_one(void **state)
{
	static struct stream up;
	uint32_t before = 0;

	bench_begin(&bench, 2);
	link_up(&(struct raw_params){.interval = 24, .timeout = 200});
	raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ph), 251, 0, RAW_LE16(2120)));
	raw_run_ms(500);
	stream_begin(&up, p, ph, c);
	for (int ms = 0; ms < 4000; ms++) {
		while (stream_post(&up, 130)) {
		}
		raw_run_ms(1);
		if (ms == 999) {
			before = up.received;
		}
	}
	assert_in_range(up.received - before, 1980, 2000);
	stream_finish(&up, 1000);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_begins_in_its_transmit_window_and_keeps_its_interval),
		cmocka_unit_test(data_goes_both_ways_whole_and_in_order),
		cmocka_unit_test(loss_is_repaired_without_a_gap_or_a_duplicate),
		cmocka_unit_test(several_packets_fit_into_one_event),
		cmocka_unit_test(an_event_is_filled_to_its_last_exchange),
		cmocka_unit_test(a_peer_that_vanishes_is_noticed_after_the_supervision_timeout),
		cmocka_unit_test(a_connection_that_is_never_heard_fails_to_be_established),
		cmocka_unit_test(a_peripheral_sleeps_over_events_and_wakes_for_data),
		cmocka_unit_test(either_side_ends_it_and_both_hear_why),
		cmocka_unit_test(a_lost_termination_is_sent_again),
		cmocka_unit_test(a_termination_that_nobody_hears_ends_in_time),
		cmocka_unit_test(a_termination_behind_data_that_nobody_takes_ends_in_time),
		cmocka_unit_test(an_attempt_can_be_cancelled),
		cmocka_unit_test(the_accept_list_chooses_whom_to_connect_to),
		cmocka_unit_test(a_peer_is_connected_to_once),
		cmocka_unit_test(a_connected_peer_is_not_found_again),
		cmocka_unit_test(a_peer_without_algorithm_2_gets_algorithm_1),
		cmocka_unit_test(a_host_without_buffers_stops_the_peer_and_loses_nothing),
		cmocka_unit_test(host_flow_control_is_obeyed),
		cmocka_unit_test(a_stingy_controller_carries_everything_slowly),
		cmocka_unit_test(a_flood_of_data_is_refused),
		cmocka_unit_test(more_connections_than_there_is_room_for_are_refused),
		cmocka_unit_test(a_full_event_does_not_cost_the_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
