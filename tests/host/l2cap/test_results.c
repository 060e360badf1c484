/* SPDX-License-Identifier: Apache-2.0 */

/* Every result of a request for channels and of a reconfiguration, as we answer and as we are
 * answered. */

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

#include "ends.h"
#include "host/conn.h"
#include "host/l2cap_sig.h"

static struct bt_l2cap_chan *asked_for[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ];

/* ---- As we answer ---- */

static const struct {
	int err;
	uint8_t result;
} refusals[] = {
	{-ENOMEM, BT_L2CAP_LE_ERR_NO_RESOURCES}, {-EACCES, BT_L2CAP_LE_ERR_AUTHORIZATION},
	{-EPERM, BT_L2CAP_LE_ERR_KEY_SIZE},      {-EIO, BT_L2CAP_LE_ERR_UNACCEPT_PARAMS},
	{1, BT_L2CAP_LE_ERR_UNACCEPT_PARAMS},
};

static void what_accept_says_is_the_result(void **state)
{
	uint8_t one[] = {0x15, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t two[] = {0x18, 2, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		ends.accept_err = refusals[i].err;
		one[12] = refusals[i].result;
		two[10] = refusals[i].result;
		sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
		answer_is(one, sizeof(one));
		sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
		answer_is(two, sizeof(two));
	}
	assert_int_equal(0, ends.connects + ends.disconnects + ends.releases);
}

/* accept says yes, and gives nothing, or something that cannot be. */
static int accept_nothing(struct bt_conn *unused, struct bt_l2cap_server *from,
			  struct bt_l2cap_chan **chan)
{
	return 0;
}

static int accept_without_ops(struct bt_conn *unused, struct bt_l2cap_server *from,
			      struct bt_l2cap_chan **chan)
{
	chans[1].chan.ops = NULL;
	*chan = &chans[1].chan;
	return 0;
}

static int accept_too_small(struct bt_conn *unused, struct bt_l2cap_server *from,
			    struct bt_l2cap_chan **chan)
{
	chans[2].rx.mtu = BT_L2CAP_LE_MIN_MTU - 1;
	*chan = &chans[2].chan;
	return 0;
}

static int accept_the_open_one(struct bt_conn *unused, struct bt_l2cap_server *from,
			       struct bt_l2cap_chan **chan)
{
	*chan = &chans[0].chan;
	return 0;
}

static void an_accept_that_gives_no_channel_is_a_refusal(void **state)
{
	static const struct {
		int (*accept)(struct bt_conn *, struct bt_l2cap_server *, struct bt_l2cap_chan **);
		uint8_t result;
	} cases[] = {
		{accept_nothing, BT_L2CAP_LE_ERR_NO_RESOURCES},
		{accept_without_ops, BT_L2CAP_LE_ERR_UNACCEPT_PARAMS},
		{accept_too_small, BT_L2CAP_LE_ERR_UNACCEPT_PARAMS},
		{accept_the_open_one, BT_L2CAP_LE_ERR_NO_RESOURCES},
	};
	uint8_t refused[] = {0x15, 2, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

	open_le();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		server.accept = cases[i].accept;
		refused[12] = cases[i].result;
		sig("\x14\x02\x0a\x00\x80\x00\x42\x00\x64\x00\x64\x00\x01\x00");
		answer_is(refused, sizeof(refused));
	}
	assert_int_equal(BT_L2CAP_CONNECTED, chans[0].state);
	assert_int_equal(1, ends.connects);
}

static void security_that_is_lacking_is_the_result(void **state)
{
	server.sec_level = BT_SECURITY_L2;
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x01\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00");
	sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	answer("\x18\x02\x0c\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00");
	bench_security.has_key = true;
	sig("\x14\x01\x0a\x00\x80\x00\x41\x00\x64\x00\x64\x00\x01\x00");
	answer("\x15\x01\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00");
	sig("\x17\x02\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	answer("\x18\x02\x0c\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00");
}

/* Which of the five, and why: 4.26. */
static void some_of_five_are_refused(void **state)
{
	/* 0x0051 below the range, 0x0050 twice. */
	sig("\x17\x01\x12\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x3f\x00\x52\x00\x50\x00\x54"
	    "\x00");
	answer("\x18\x01\x12\x00\x64\x00\x66\x00\x01\x00\x09\x00\x40\x00\x00\x00\x41\x00\x00\x00"
	       "\x42\x00");
	assert_int_equal(3, ends.connects);
	/* Three that are there, three channels left. */
	sig("\x17\x02\x12\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x60\x00\x61\x00\x62\x00\x63"
	    "\x00");
	answer("\x18\x02\x12\x00\x64\x00\x66\x00\x01\x00\x0a\x00\x00\x00\x43\x00\x44\x00\x45\x00"
	       "\x00\x00");
	assert_int_equal(6, ends.connects);
	sig("\x17\x03\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x70\x00\x71\x00");
	answer("\x18\x03\x0c\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00");
}

/* Some are there: then it is not "all refused". */
static void refuse_from_now_on(void)
{
	ends.accept_err = -EACCES;
}

static int accept_first_only(struct bt_conn *unused, struct bt_l2cap_server *from,
			     struct bt_l2cap_chan **chan)
{
	int err = ends.accept_err;

	*chan = &chans[0].chan;
	refuse_from_now_on();
	return err;
}

static void a_mixed_answer_says_no_resources(void **state)
{
	server.accept = accept_first_only;
	sig("\x17\x01\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	answer("\x18\x01\x0c\x00\x64\x00\x66\x00\x01\x00\x04\x00\x40\x00\x00\x00");
	assert_int_equal(1, ends.connects);
}

/* The second accept closes the first channel: its identifier is not in the answer. */
static void close_first(void)
{
	(void)bt_l2cap_chan_disconnect(&chans[0].chan);
}

static int accept_two_close_one(struct bt_conn *unused, struct bt_l2cap_server *from,
				struct bt_l2cap_chan **chan)
{
	*chan = &chans[ends.accepted++].chan;
	if (ends.accepted == 2) {
		close_first();
	}
	return 0;
}

static void a_channel_closed_before_the_answer_is_not_in_it(void **state)
{
	server.accept = accept_two_close_one;
	sig("\x17\x01\x0c\x00\x80\x00\x64\x00\x64\x00\x01\x00\x50\x00\x51\x00");
	answer("\x18\x01\x0c\x00\x64\x00\x66\x00\x01\x00\x04\x00\x00\x00\x41\x00");
	assert_int_equal(1, ends.connects);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[1].state);
	/* The peer knows of no such channel. */
	response(SIG_COMMAND_REJECT, chans[0].ident, "\x02\x00\x50\x00\x40\x00");
	assert_int_equal(1, ends.releases);
}

/* ---- As we are answered: one channel ---- */

static void each_refusal_is_told(void **state)
{
	static const uint16_t results[] = {0x0001, 0x0002, 0x0003, 0x0004, 0x0006, 0x0007,
					   0x0009, 0x000a, 0x000b, 0x000c, 0x000d, 0x000f,
					   0x0010, 0x7fff, 0x8000, 0xffff};

	for (uint32_t i = 0; i < ARRAY_SIZE(results); i++) {
		/* With sizes and an identifier that do not count, 4.23. */
		uint8_t params[10] = {0x41, 0, 100, 0, 100, 0, 1, 0};

		sys_put_le16(results[i], params + 8);
		assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
		respond(SIG_CREDIT_CONN_RSP, asked(SIG_CREDIT_CONN_REQ), params, sizeof(params));
		assert_int_equal(i + 1, ends.releases);
		assert_int_equal(results[i], chans[0].connect_err);
		nothing_sent();
	}
	assert_int_equal(0, ends.connects);
	assert_int_equal(0, bench_security.times);
}

/* Both channels would be one for the peer: neither is used. */
static void an_identifier_that_is_taken_ends_both(void **state)
{
	uint8_t ident;

	open_le();
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[1].chan, 0x25));
	ident = asked(SIG_CREDIT_CONN_REQ);
	response(SIG_CREDIT_CONN_RSP, ident, "\x41\x00\x64\x00\x64\x00\x01\x00\x00\x00");
	assert_int_equal(-EPROTO, chans[1].connect_err);
	assert_int_equal(1, ends.releases);
	response(SIG_DISCONNECT_RSP, asked(SIG_DISCONNECT_REQ), "\x41\x00\x40\x00");
	assert_int_equal(2, ends.releases);
	assert_int_equal(1, ends.connects);
}

/* ---- As we are answered: enhanced ---- */

static uint8_t ask_for(size_t count)
{
	for (size_t i = 0; i < ARRAY_SIZE(asked_for); i++) {
		asked_for[i] = i < count ? &chans[i].chan : NULL;
	}
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, asked_for, 0x25));
	return asked(SIG_ECRED_CONN_REQ);
}

static void enhanced_response(uint8_t ident, uint16_t result, const uint16_t *cids, uint8_t count)
{
	uint8_t params[8 + 2 * 8] = {100, 0, 100, 0, 1, 0};

	sys_put_le16(result, params + 6);
	for (uint8_t i = 0; i < count; i++) {
		sys_put_le16(cids[i], params + 8 + 2 * i);
	}
	respond(SIG_ECRED_CONN_RSP, ident, params, (uint8_t)(8 + 2 * count));
}

/* 4.26: of these, whatever identifiers say, no channel comes. */
static void what_refuses_all_opens_none(void **state)
{
	static const uint16_t results[] = {0x0002, 0x0003, 0x0006, 0x0007,
					   0x000b, 0x000c, 0x0010, 0xffff};
	static const uint16_t cids[] = {0x50, 0x51, 0x52};

	for (uint32_t i = 0; i < ARRAY_SIZE(results); i++) {
		enhanced_response(ask_for(3), results[i], cids, 3);
		assert_int_equal(3 * (i + 1), ends.releases);
		assert_int_equal(results[i], chans[0].connect_err);
		assert_int_equal(results[i], chans[2].connect_err);
		nothing_sent();
	}
	assert_int_equal(0, ends.connects);
}

static void what_refuses_some_opens_the_others(void **state)
{
	static const uint16_t results[] = {0x0004, 0x0009, 0x000a};
	static const uint16_t cids[] = {0x50, 0, 0x52, 0, 0x54};

	for (uint32_t i = 0; i < ARRAY_SIZE(results); i++) {
		ends.connects = ends.disconnects = ends.releases = 0;
		enhanced_response(ask_for(5), results[i], cids, 5);
		assert_int_equal(3, ends.connects);
		assert_int_equal(2, ends.releases);
		bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
		bench_run();
		assert_int_equal(5, ends.releases);
		peer_connect(BT_CONN_ROLE_PERIPHERAL);
	}
}

/* Pending, of each kind, as often as the peer likes, each time for 30 s. */
static void pending_is_waited_for(void **state)
{
	static const uint16_t cids[] = {0x50, 0x51};
	uint8_t ident = ask_for(2);

	for (uint16_t i = 0; i < 9; i++) {
		enhanced_response(ident, BT_L2CAP_LE_PENDING + i % 3, (uint16_t[]){0, 0}, 2);
		bench_pass_ms(29000);
		assert_int_equal(0, ends.releases);
	}
	enhanced_response(ident, BT_L2CAP_LE_SUCCESS, cids, 2);
	assert_int_equal(2, ends.connects);
}

static void pending_may_end_in_a_refusal(void **state)
{
	uint8_t ident = ask_for(2);

	enhanced_response(ident, BT_L2CAP_LE_PENDING_AUTHORIZATION, NULL, 0);
	enhanced_response(ident, BT_L2CAP_LE_ERR_AUTHORIZATION, NULL, 0);
	assert_int_equal(2, ends.releases);
	assert_int_equal(BT_L2CAP_LE_ERR_AUTHORIZATION, chans[1].connect_err);
}

static void pending_may_end_in_silence(void **state)
{
	enhanced_response(ask_for(2), BT_L2CAP_LE_PENDING_AUTHENTICATION, NULL, 0);
	bench_pass_ms(30000);
	assert_int_equal(2, ends.releases);
	assert_int_equal(-ETIMEDOUT, chans[1].connect_err);
}

/* Success that is not: no identifier, too few of them, one below the range, the same one twice. */
static void a_success_without_identifiers_is_none(void **state)
{
	enhanced_response(ask_for(3), BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x50, 0}, 2);
	assert_int_equal(1, ends.connects);
	assert_int_equal(2, ends.releases);
	assert_int_equal(-EPROTO, chans[1].connect_err);
	assert_int_equal(-EPROTO, chans[2].connect_err);
}

static void identifiers_that_cannot_be_open_none(void **state)
{
	enhanced_response(ask_for(3), BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x3f, 0x80, 0xffff}, 3);
	assert_int_equal(0, ends.connects);
	assert_int_equal(3, ends.releases);
	nothing_sent();
}

static void cve_2026_63975_one_identifier_for_two_ends_both(void **state)
{
	enhanced_response(ask_for(3), BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x50, 0x51, 0x50}, 3);
	assert_int_equal(2, ends.connects);
	assert_int_equal(1, ends.releases);
	assert_int_equal(-EPROTO, chans[2].connect_err);
	assert_int_equal(BT_L2CAP_DISCONNECTING, chans[0].state);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[1].state);
	response(SIG_DISCONNECT_RSP, asked(SIG_DISCONNECT_REQ), "\x50\x00\x40\x00");
	assert_int_equal(2, ends.releases);
}

static void a_rejection_ends_all_of_the_request(void **state)
{
	response(SIG_COMMAND_REJECT, ask_for(5), "\x00\x00");
	assert_int_equal(5, ends.releases);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(-EPROTO, chans[i].connect_err);
	}
}

/* An answer to a request that nobody made, of another kind, or with another identifier. */
static void an_answer_of_another_kind_is_for_nothing(void **state)
{
	uint8_t ident = ask_for(1);

	response(SIG_CREDIT_CONN_RSP, ident, "\x41\x00\x64\x00\x64\x00\x01\x00\x00\x00");
	response(SIG_DISCONNECT_RSP, ident, "\x41\x00\x40\x00");
	response(SIG_ECRED_RECONF_RSP, ident, "\x00\x00");
	response(SIG_PARAM_UPDATE_RSP, ident, "\x00\x00");
	enhanced_response((uint8_t)(ident + 1), BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x50}, 1);
	response(SIG_ECRED_CONN_RSP, ident, "\x64\x00\x64\x00\x01\x00\x00");
	assert_int_equal(6, dropped());
	assert_int_equal(BT_L2CAP_CONNECTING, chans[0].state);
	enhanced_response(ident, BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x50}, 1);
	assert_int_equal(1, ends.connects);
	/* The same again. */
	enhanced_response(ident, BT_L2CAP_LE_SUCCESS, (uint16_t[]){0x51}, 1);
	assert_int_equal(7, dropped());
	assert_int_equal(1, ends.connects);
}

/* A request waits for its answer while hundreds of others come and go: none gets its identifier. */
static void a_request_that_waits_keeps_its_identifier(void **state)
{
	uint8_t ident;

	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[1].chan, 0x25));
	ident = asked(SIG_CREDIT_CONN_REQ);
	for (uint32_t i = 0; i < 600; i++) {
		uint8_t other;

		assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, 0x25));
		other = asked(SIG_CREDIT_CONN_REQ);
		assert_int_not_equal(ident, other);
		response(SIG_COMMAND_REJECT, other, "\x00\x00");
		assert_int_equal(i + 1, ends.releases);
	}
	assert_int_equal(BT_L2CAP_CONNECTING, chans[1].state);
	response(SIG_CREDIT_CONN_RSP, ident, "\x41\x00\x64\x00\x64\x00\x01\x00\x00\x00");
	assert_int_equal(1, ends.connects);
}

/* ---- Reconfiguration, as we answer ---- */

static void a_reconfiguration_of_what_is_not_there_is_refused(void **state)
{
	open_le();
	/* An LE channel, our identifier of it, nothing, half of the range. */
	sig("\x19\x03\x06\x00\xc8\x00\x64\x00\x41\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	sig("\x19\x03\x06\x00\xc8\x00\x64\x00\x40\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	sig("\x19\x03\x06\x00\xc8\x00\x64\x00\x00\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	sig("\x19\x03\x06\x00\xc8\x00\x64\x00\x80\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	assert_int_equal(100, chans[0].tx.mtu);
	assert_int_equal(0, ends.reconfigs);
}

static void a_channel_twice_in_a_reconfiguration_is_refused(void **state)
{
	open_two_enhanced();
	sig("\x19\x03\x0a\x00\xc8\x00\x64\x00\x50\x00\x51\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	assert_int_equal(100, chans[1].tx.mtu);
	assert_int_equal(0, ends.reconfigs);
}

static void a_channel_that_closes_cannot_be_reconfigured(void **state)
{
	open_two_enhanced();
	assert_int_equal(0, bt_l2cap_chan_disconnect(&chans[0].chan));
	sent_forget();
	sig("\x19\x03\x08\x00\xc8\x00\x64\x00\x51\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x03\x00");
	assert_int_equal(100, chans[1].tx.mtu);
}

/* The MPS of one channel alone may fall, to 64; its MTU never. */
static void the_mps_of_one_channel_may_fall(void **state)
{
	open_two_enhanced();
	sig("\x19\x03\x06\x00\x64\x00\x40\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x00\x00");
	assert_int_equal(64, chans[0].tx.mps);
	assert_int_equal(100, chans[1].tx.mps);
	assert_int_equal(1, ends.reconfigs);
	sig("\x19\x03\x06\x00\x64\x00\x3f\x00\x50\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	/* What fell may not with two; what rises for one of them is no fall. */
	sig("\x19\x03\x08\x00\x64\x00\x40\x00\x50\x00\x51\x00");
	answer("\x1a\x03\x02\x00\x02\x00");
	sig("\x19\x03\x08\x00\x64\x00\x64\x00\x50\x00\x51\x00");
	answer("\x1a\x03\x02\x00\x00\x00");
	sig("\x19\x03\x06\x00\xff\xff\xfd\xff\x50\x00");
	answer("\x1a\x03\x02\x00\x00\x00");
	assert_int_equal(65535, chans[0].tx.mtu);
	assert_int_equal(65533, chans[0].tx.mps);
	sig("\x19\x03\x06\x00\xff\xff\xfe\xff\x50\x00");
	answer("\x1a\x03\x02\x00\x04\x00");
	sig("\x19\x03\x06\x00\xfe\xff\xfd\xff\x50\x00");
	answer("\x1a\x03\x02\x00\x01\x00");
}

static void end_link(void)
{
	bench_disconnected(HANDLE, BT_HCI_ERR_CONN_TIMEOUT);
}

static void the_link_may_end_when_one_of_two_is_reconfigured(void **state)
{
	open_two_enhanced();
	ends.in_reconfigured = end_link;
	sig("\x19\x03\x08\x00\xc8\x00\x64\x00\x50\x00\x51\x00");
	assert_int_equal(1, ends.reconfigs);
	assert_int_equal(2, ends.releases);
}

/* ---- Reconfiguration, as we are answered ---- */

static uint8_t reconfigure(uint16_t mtu)
{
	asked_for[0] = &chans[0].chan;
	asked_for[1] = &chans[1].chan;
	asked_for[2] = NULL;
	assert_int_equal(0, bt_l2cap_ecred_chan_reconfigure(asked_for, mtu));
	return asked(SIG_ECRED_RECONF_REQ);
}

static void a_reconfiguration_is_as_the_peer_says(void **state)
{
	static const uint16_t results[] = {1, 2, 3, 4, 5, 0xffff};
	uint8_t params[2];

	open_two_enhanced();
	for (uint32_t i = 0; i < ARRAY_SIZE(results); i++) {
		sys_put_le16(results[i], params);
		respond(SIG_ECRED_RECONF_RSP, reconfigure(300), params, sizeof(params));
		assert_int_equal(2 * (i + 1), ends.reconfigs);
		assert_int_equal(100, chans[0].rx.mtu);
		assert_int_equal(102, chans[1].rx.mps);
	}
	response(SIG_ECRED_RECONF_RSP, reconfigure(300), "\x00\x00");
	assert_int_equal(300, chans[0].rx.mtu);
	assert_int_equal(302, chans[1].rx.mps);
	assert_int_equal(BT_L2CAP_CONNECTED, chans[1].state);
}

static void a_reconfiguration_ends_with_rejection_and_in_silence(void **state)
{
	open_two_enhanced();
	response(SIG_COMMAND_REJECT, reconfigure(300), "\x00\x00");
	assert_int_equal(2, ends.reconfigs);
	(void)reconfigure(300);
	bench_pass_ms(29999);
	assert_int_equal(2, ends.reconfigs);
	bench_pass_ms(1);
	assert_int_equal(4, ends.reconfigs);
	assert_int_equal(100, chans[0].rx.mtu);
	/* Too late. */
	response(SIG_ECRED_RECONF_RSP, 2, "\x00\x00");
	assert_int_equal(1, dropped());
	assert_int_equal(100, chans[0].rx.mtu);
	assert_int_equal(0, ends.releases);
}

static void a_reconfiguration_goes_with_its_channel(void **state)
{
	uint8_t ident;

	open_two_enhanced();
	ident = reconfigure(300);
	sig("\x06\x05\x04\x00\x40\x00\x50\x00");
	sent_forget();
	assert_int_equal(1, ends.releases);
	response(SIG_ECRED_RECONF_RSP, ident, "\x00\x00");
	assert_int_equal(1, ends.reconfigs);
	assert_int_equal(300, chans[1].rx.mtu);
}

static void a_reconfiguration_goes_with_the_link(void **state)
{
	open_two_enhanced();
	(void)reconfigure(300);
	end_link();
	bench_run();
	assert_int_equal(0, ends.reconfigs);
	assert_int_equal(2, ends.releases);
	bench_pass_ms(31000);
	assert_int_equal(0, ends.reconfigs);
}

static void reconfigurations_that_cannot_be_are_not_asked_for(void **state)
{
	struct bt_l2cap_chan *two[] = {&chans[0].chan, &chans[1].chan};
	struct bt_l2cap_chan *twice[] = {&chans[0].chan, &chans[0].chan};
	struct bt_l2cap_chan *unused[] = {&chans[5].chan};

	open_two_enhanced();
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 0, 200, 102));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 6, 200, 102));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 2, 99, 102));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 2, 200, 101));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 1, 200, 63));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(two, 1, 200,
									   BT_L2CAP_RX_MTU + 1));
	/* Without alloc_buf an SDU is what one of our buffers takes. */
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(
					  two, 2, BT_L2CAP_SDU_RX_MTU + 1, 102));
	assert_int_equal(-EINVAL, bt_l2cap_ecred_chan_reconfigure_explicit(twice, 2, 200, 102));
	assert_int_equal(-ENOTCONN, bt_l2cap_ecred_chan_reconfigure_explicit(unused, 1, 200, 102));
	nothing_sent();
	assert_int_equal(0, bt_l2cap_ecred_chan_reconfigure_explicit(two, 1, 200, 64));
	assert_int_equal(-EBUSY, bt_l2cap_ecred_chan_reconfigure_explicit(two, 2, 200, 102));
	response(SIG_ECRED_RECONF_RSP, asked(SIG_ECRED_RECONF_REQ), "\x00\x00");
	assert_int_equal(64, chans[0].rx.mps);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ends_setup, ends_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_accept_says_is_the_result),
		TEST(an_accept_that_gives_no_channel_is_a_refusal),
		TEST(security_that_is_lacking_is_the_result),
		TEST(some_of_five_are_refused),
		TEST(a_mixed_answer_says_no_resources),
		TEST(a_channel_closed_before_the_answer_is_not_in_it),
		TEST(each_refusal_is_told),
		TEST(an_identifier_that_is_taken_ends_both),
		TEST(what_refuses_all_opens_none),
		TEST(what_refuses_some_opens_the_others),
		TEST(pending_is_waited_for),
		TEST(pending_may_end_in_a_refusal),
		TEST(pending_may_end_in_silence),
		TEST(a_success_without_identifiers_is_none),
		TEST(identifiers_that_cannot_be_open_none),
		TEST(cve_2026_63975_one_identifier_for_two_ends_both),
		TEST(a_rejection_ends_all_of_the_request),
		TEST(an_answer_of_another_kind_is_for_nothing),
		TEST(a_request_that_waits_keeps_its_identifier),
		TEST(a_reconfiguration_of_what_is_not_there_is_refused),
		TEST(a_channel_twice_in_a_reconfiguration_is_refused),
		TEST(a_channel_that_closes_cannot_be_reconfigured),
		TEST(the_mps_of_one_channel_may_fall),
		TEST(the_link_may_end_when_one_of_two_is_reconfigured),
		TEST(a_reconfiguration_is_as_the_peer_says),
		TEST(a_reconfiguration_ends_with_rejection_and_in_silence),
		TEST(a_reconfiguration_goes_with_its_channel),
		TEST(a_reconfiguration_goes_with_the_link),
		TEST(reconfigurations_that_cannot_be_are_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
