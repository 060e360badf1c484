/* SPDX-License-Identifier: Apache-2.0 */

/* Channels that wait for security: what is asked of the link, and when the peer is asked. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/sys/byteorder.h>

#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"
#include "host/l2cap_sig.h"
#include "peer.h"

#define PSM   0x80
#define CHANS 3

static struct bt_l2cap_le_chan chans[CHANS];
static struct bt_l2cap_chan *all[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ];
static unsigned int connects, disconnects, changes;
static uint8_t last_change;
static struct bt_l2cap_le_chan *again; /* Connected anew when another ends. */

static void on_connected(struct bt_l2cap_chan *chan)
{
	connects++;
}

static void on_disconnected(struct bt_l2cap_chan *chan)
{
	struct bt_l2cap_le_chan *ch = again;

	disconnects++;
	again = NULL;
	if (ch != NULL) {
		assert_int_equal(0, bt_l2cap_chan_connect(conn, &ch->chan, PSM));
	}
}

static void on_encrypt_change(struct bt_l2cap_chan *chan, uint8_t status)
{
	changes++;
	last_change = status;
}

static int on_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	return 0;
}

static const struct bt_l2cap_chan_ops ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.encrypt_change = on_encrypt_change,
	.recv = on_recv,
};

static int setup(void **state)
{
	bench_start(true);
	heard_start();
	memset(chans, 0, sizeof(chans));
	memset(all, 0, sizeof(all));
	for (size_t i = 0; i < CHANS; i++) {
		chans[i].chan.ops = &ops;
		chans[i].rx.mtu = 100;
		all[i] = &chans[i].chan;
	}
	connects = disconnects = changes = 0;
	again = NULL;
	peer_connect(BT_CONN_ROLE_PERIPHERAL);
	return 0;
}

static int teardown(void **state)
{
	heard_forget();
	bench_stop();
	return 0;
}

/* The one PDU that the host sent, a request with that code; its identifier. */
static uint8_t request_is(uint8_t code)
{
	const struct bench_packet *packet = bench_packet(0);
	uint8_t ident = packet->payload[5];

	assert_int_equal(1, bench_packets());
	assert_int_equal(L2CAP_CID_SIG, sys_get_le16(packet->payload + 2));
	assert_int_equal(code, packet->payload[4]);
	bench_completed(HANDLE, 1);
	bench_packets_forget();
	bench_run();
	return ident;
}

static void respond(uint8_t code, uint8_t ident, uint16_t result, uint16_t dcid, size_t dcids)
{
	bool enhanced = code == SIG_ECRED_CONN_RSP;
	uint8_t pdu[40] = {0};
	size_t n = 8;

	sys_put_le16(L2CAP_CID_SIG, pdu + 2);
	pdu[4] = code;
	pdu[5] = ident;
	if (!enhanced) {
		sys_put_le16(dcid, pdu + n);
		n += 2;
	}
	sys_put_le16(100, pdu + n);
	sys_put_le16(100, pdu + n + 2);
	sys_put_le16(1, pdu + n + 4);
	sys_put_le16(result, pdu + n + 6);
	n += 8;
	for (size_t i = 0; enhanced && i < dcids; i++) {
		sys_put_le16((uint16_t)(dcid == 0 ? 0 : dcid + i), pdu + n);
		n += 2;
	}
	sys_put_le16((uint16_t)(n - 8), pdu + 6);
	sys_put_le16((uint16_t)(n - 4), pdu);
	bench_acl_in(HANDLE, BT_ACL_START, pdu, n);
	bench_run();
}

static void opened(void)
{
	respond(SIG_CREDIT_CONN_RSP, request_is(SIG_CREDIT_CONN_REQ), BT_L2CAP_LE_SUCCESS, 0x41, 0);
	assert_int_equal(1, connects);
}

static void connect(void)
{
	assert_int_equal(0, bt_l2cap_chan_connect(conn, &chans[0].chan, PSM));
	bench_run();
}

static void refused(uint16_t result)
{
	respond(SIG_CREDIT_CONN_RSP, request_is(SIG_CREDIT_CONN_REQ), result, 0, 0);
}

static void ended_with(int err)
{
	assert_int_equal(0, connects);
	assert_int_equal(1, disconnects);
	assert_int_equal(err, chans[0].connect_err);
	assert_int_equal(BT_L2CAP_DISCONNECTED, chans[0].state);
	assert_int_equal(0, bench_packets());
}

/* ---- Demanded by the application ---- */

static void required_security_comes_before_the_request(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	connect();
	assert_int_equal(0, bench_packets());
	assert_int_equal(BT_SECURITY_L2, bench_security.asked);
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	opened();
	assert_int_equal(1, bench_security.times);
}

static void security_that_cannot_be_raised_is_connects_error(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L3;
	bench_security.err = -EINVAL;
	assert_int_equal(-EINVAL, bt_l2cap_chan_connect(conn, &chans[0].chan, PSM));
	assert_int_equal(BT_L2CAP_DISCONNECTED, chans[0].state);
	assert_null(chans[0].chan.conn);
	assert_int_equal(0, disconnects);
}

static void security_that_fails_ends_the_channel(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	connect();
	bench_secured(conn, BT_SECURITY_L1, BT_SECURITY_ERR_AUTH_FAIL);
	ended_with(-EACCES);
}

static void security_below_what_is_required_ends_the_channel(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L3;
	connect();
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_AUTH_REQUIREMENT);
	ended_with(-EACCES);
}

/* A peripheral's Security Request may be ignored. */
static void security_that_never_comes_ends_the_channel(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	connect();
	bench_pass_ms(59999);
	assert_int_equal(0, disconnects);
	/* A peripheral's wish for other parameters. */
	(void)request_is(SIG_PARAM_UPDATE_REQ);
	bench_pass_ms(1);
	ended_with(-ETIMEDOUT);
	/* What comes later is nobody's. */
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	assert_int_equal(0, bench_packets());
}

static void a_pairing_that_is_under_way_is_waited_for(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L3;
	bench_security.err = -EBUSY;
	connect();
	/* It was for level 2: again, for what is wanted here. */
	bench_security.err = 0;
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	assert_int_equal(2, bench_security.times);
	assert_int_equal(0, bench_packets());
	bench_secured(conn, BT_SECURITY_L3, BT_SECURITY_ERR_SUCCESS);
	opened();
}

static void the_link_may_end_while_a_channel_waits(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	connect();
	bench_disconnected(HANDLE, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	bench_run();
	ended_with(-ENOTCONN);
}

/* ---- Demanded by the peer ---- */

static void a_refusal_for_authentication_raises_security_and_asks_again(void **state)
{
	connect();
	refused(BT_L2CAP_LE_ERR_AUTHENTICATION);
	assert_int_equal(BT_SECURITY_L2, bench_security.asked);
	assert_int_equal(0, disconnects);
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	opened();
}

/* CVE-2020-9770 has its likes here: no peer keeps us asking. */
static void a_peer_that_refuses_at_each_level_gets_no_fifth_request(void **state)
{
	connect();
	for (bt_security_t level = BT_SECURITY_L2; level <= BT_SECURITY_L4; level++) {
		refused(BT_L2CAP_LE_ERR_AUTHENTICATION);
		assert_int_equal(level, bench_security.asked);
		bench_secured(conn, level, BT_SECURITY_ERR_SUCCESS);
	}
	refused(BT_L2CAP_LE_ERR_AUTHENTICATION);
	assert_int_equal(3, bench_security.times);
	ended_with(BT_L2CAP_LE_ERR_AUTHENTICATION);
}

static void a_link_that_is_encrypted_lacks_no_encryption(void **state)
{
	connect();
	refused(BT_L2CAP_LE_ERR_ENCRYPTION);
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	refused(BT_L2CAP_LE_ERR_ENCRYPTION);
	ended_with(BT_L2CAP_LE_ERR_ENCRYPTION);
	assert_int_equal(1, bench_security.times);
}

static void other_refusals_end_the_channel_at_once(void **state)
{
	connect();
	refused(BT_L2CAP_LE_ERR_KEY_SIZE);
	ended_with(BT_L2CAP_LE_ERR_KEY_SIZE);
	assert_int_equal(0, bench_security.times);
}

static void a_level_out_of_reach_leaves_the_peers_answer(void **state)
{
	bench_security.err = -EINVAL;
	connect();
	refused(BT_L2CAP_LE_ERR_AUTHENTICATION);
	ended_with(BT_L2CAP_LE_ERR_AUTHENTICATION);
}

static void a_response_while_a_channel_waits_is_for_nothing(void **state)
{
	uint8_t ident;

	connect();
	ident = request_is(SIG_CREDIT_CONN_REQ);
	respond(SIG_CREDIT_CONN_RSP, ident, BT_L2CAP_LE_ERR_AUTHENTICATION, 0, 0);
	respond(SIG_CREDIT_CONN_RSP, ident, BT_L2CAP_LE_SUCCESS, 0x41, 0);
	respond(SIG_CREDIT_CONN_RSP, 0, BT_L2CAP_LE_SUCCESS, 0x41, 0);
	assert_int_equal(0, connects);
	assert_int_equal(BT_L2CAP_CONNECTING, chans[0].state);
}

/* One that begins in the callback of another waits for the next change, not for this one. */
static void a_channel_begun_in_a_callback_waits_for_its_own_security(void **state)
{
	chans[0].required_sec_level = chans[1].required_sec_level = BT_SECURITY_L2;
	connect();
	again = &chans[1];
	bench_secured(conn, BT_SECURITY_L1, BT_SECURITY_ERR_AUTH_FAIL);
	assert_int_equal(1, disconnects);
	assert_int_equal(BT_L2CAP_CONNECTING, chans[1].state);
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	opened();
}

/* ---- Enhanced: together ---- */

static void enhanced_channels_wait_and_are_asked_for_together(void **state)
{
	chans[1].required_sec_level = BT_SECURITY_L3;
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, all, PSM));
	assert_int_equal(0, bench_packets());
	assert_int_equal(BT_SECURITY_L3, bench_security.asked);
	bench_secured(conn, BT_SECURITY_L3, BT_SECURITY_ERR_SUCCESS);
	respond(SIG_ECRED_CONN_RSP, request_is(SIG_ECRED_CONN_REQ), BT_L2CAP_LE_SUCCESS, 0x41,
		CHANS);
	assert_int_equal(CHANS, connects);
}

static void enhanced_channels_refused_for_security_are_asked_for_again(void **state)
{
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, all, PSM));
	bench_run();
	respond(SIG_ECRED_CONN_RSP, request_is(SIG_ECRED_CONN_REQ), BT_L2CAP_LE_ERR_AUTHENTICATION,
		0, CHANS);
	assert_int_equal(1, bench_security.times);
	assert_int_equal(0, disconnects);
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	respond(SIG_ECRED_CONN_RSP, request_is(SIG_ECRED_CONN_REQ), BT_L2CAP_LE_SUCCESS, 0x41,
		CHANS);
	assert_int_equal(CHANS, connects);
}

static void enhanced_channels_end_together_when_security_fails(void **state)
{
	chans[0].required_sec_level = BT_SECURITY_L2;
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(conn, all, PSM));
	bench_secured(conn, BT_SECURITY_L1, BT_SECURITY_ERR_PAIR_NOT_ALLOWED);
	assert_int_equal(CHANS, disconnects);
	assert_int_equal(-EACCES, chans[CHANS - 1].connect_err);
}

/* ---- Channels that are open ---- */

static void open_channels_hear_of_each_change_once(void **state)
{
	connect();
	opened();
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	assert_int_equal(1, changes);
	assert_int_equal(BT_HCI_ERR_SUCCESS, last_change);
	conn__security_tell_layers(conn, BT_SECURITY_ERR_SUCCESS);
	assert_int_equal(1, changes);
	bench_secured(conn, BT_SECURITY_L1, BT_SECURITY_ERR_AUTH_FAIL);
	assert_int_equal(2, changes);
	assert_int_equal(BT_HCI_ERR_AUTH_FAIL, last_change);
}

/* ---- A server's answers ---- */

static int on_accept(struct bt_conn *unused, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	*chan = &chans[0].chan;
	return 0;
}

static uint16_t server_answers(bt_security_t level)
{
	static const uint8_t request[] = {
		10, 0, 5, 0, SIG_CREDIT_CONN_REQ, 1, 10, 0, PSM, 0, 0x41, 0, 100, 0, 100, 0, 1, 0};
	struct bt_l2cap_server server = {.psm = PSM, .sec_level = level, .accept = on_accept};
	uint16_t result;
	uint8_t pdu[sizeof(request)];

	memcpy(pdu, request, sizeof(pdu));
	pdu[0] = sizeof(request) - 4;
	assert_int_equal(0, bt_l2cap_server_register(&server));
	bench_acl_in(HANDLE, BT_ACL_START, pdu, sizeof(pdu));
	bench_run();
	assert_int_equal(1, bench_packets());
	result = sys_get_le16(bench_packet(0)->payload + 16);
	bench_completed(HANDLE, 1);
	bench_packets_forget();
	bench_run();
	assert_int_equal(0, bt_l2cap_server_unregister(&server));
	return result;
}

/* Core 6.0 Vol 3 Part C 10.3.1. */
static void a_server_says_what_the_link_lacks(void **state)
{
	assert_int_equal(BT_L2CAP_LE_ERR_AUTHENTICATION, server_answers(BT_SECURITY_L2));
	bench_security.has_key = true;
	assert_int_equal(BT_L2CAP_LE_ERR_ENCRYPTION, server_answers(BT_SECURITY_L2));
	bench_secured(conn, BT_SECURITY_L2, BT_SECURITY_ERR_SUCCESS);
	assert_int_equal(BT_L2CAP_LE_ERR_AUTHENTICATION, server_answers(BT_SECURITY_L3));
	assert_int_equal(BT_L2CAP_LE_SUCCESS, server_answers(BT_SECURITY_L2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(required_security_comes_before_the_request),
		TEST(security_that_cannot_be_raised_is_connects_error),
		TEST(security_that_fails_ends_the_channel),
		TEST(security_below_what_is_required_ends_the_channel),
		TEST(security_that_never_comes_ends_the_channel),
		TEST(a_pairing_that_is_under_way_is_waited_for),
		TEST(the_link_may_end_while_a_channel_waits),
		TEST(a_refusal_for_authentication_raises_security_and_asks_again),
		TEST(a_peer_that_refuses_at_each_level_gets_no_fifth_request),
		TEST(a_link_that_is_encrypted_lacks_no_encryption),
		TEST(other_refusals_end_the_channel_at_once),
		TEST(a_level_out_of_reach_leaves_the_peers_answer),
		TEST(a_response_while_a_channel_waits_is_for_nothing),
		TEST(a_channel_begun_in_a_callback_waits_for_its_own_security),
		TEST(enhanced_channels_wait_and_are_asked_for_together),
		TEST(enhanced_channels_refused_for_security_are_asked_for_again),
		TEST(enhanced_channels_end_together_when_security_fails),
		TEST(open_channels_hear_of_each_change_once),
		TEST(a_server_says_what_the_link_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
