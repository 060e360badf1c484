/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption of a link beside other procedures, and with loss: Core 6.0 Vol 6 Part B 5.1.3, 5.3.
 * Encrypted PDUs are written [PDU].
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/enc_bench.h"

/* ---- Other procedures ---- */

/*
 *   C                                P
 *   |-- ENC_REQ -------------------->|
 *   |<---- PERIPHERAL_FEATURE_REQ ---|   before it has heard of that
 *   |   ... START_ENC_RSP            |
 *   |-- [FEATURE_RSP] -------------->|
 */
static void what_crosses_the_request_is_answered_afterwards(void **state)
{
	bool refresh = pair_by_central(state);

	enc_begin();
	if (refresh) {
		enc_encrypt();
		bench_trace(&bench);
	}
	enc_enable(enc_ltk);
	raw_send_cmd(p, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ph)));
	raw_acl(p, ph, "data that crosses it", 20);
	enc_asked();
	raw_run_ms(200);
	assert_false(raw_has_le(p, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE));
	enc_reply(enc_ltk);
	if (refresh) {
		enc_check_refresh(c, ch, 0);
		enc_check_refresh(p, ph, 0);
	} else {
		enc_check_change(c, ch, 0);
		enc_check_change(p, ph, 0);
	}
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200)->params[0], 0);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_FEATURE_RSP), -1);
	raw_run_ms(100);
	assert_int_equal(c->acl_packets, 1);
	/* Once. */
	assert_int_equal(enc_conn_of(true)->enc.held.len, 0);
	pair_end_alive();
}

static void what_crosses_a_refused_request_is_answered_as_well(void **state)
{
	enc_begin();
	enc_enable(enc_ltk);
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	enc_asked();
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	enc_check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	pair_end_alive();
}

/* All at once, from both hosts. */
static void procedures_and_encryption_take_turns(void **state)
{
	enc_begin();
	for (int i = 0; i < 4; i++) {
		uint8_t phy = i % 2 ? 1 : 2;

		raw_send_cmd(c, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ch), 0, phy, phy, 0, 0));
		raw_send_cmd(p, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ph)));
		raw_run_ms(5);
		raw_send_cmd(c, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ch)));
		raw_send_cmd(p, BT_HCI_OP_LE_SET_DATA_LEN,
			     RAW_BYTES(RAW_LE16(ph), 100 + i, 0, RAW_LE16(2120)));
		raw_run_ms(5);
		enc_enable(enc_ltk);
		raw_acl(c, ch, "data", 4);
		raw_acl(p, ph, "data", 4);
		enc_asked();
		enc_reply(enc_ltk);
		if (i == 0) {
			enc_check_change(c, ch, 0);
			enc_check_change(p, ph, 0);
		} else {
			enc_check_refresh(c, ch, 0);
			enc_check_refresh(p, ph, 0);
		}
		(void)raw_expect(c, BT_HCI_EVT_REMOTE_VERSION_INFO, 1000);
		(void)raw_expect(p, BT_HCI_EVT_REMOTE_VERSION_INFO, 1000);
		assert_int_equal(
			raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 2000)->params[0], 0);
		raw_run_ms(500);
		raw_forget(c);
		raw_forget(p);
	}
	pair_end_alive();
}

/* The host's answer to the peer's request must not fall into the procedure: it is waited for. */
static void encryption_waits_for_a_parameter_request(void **state)
{
	uint8_t params[14] = {0};
	static const uint8_t wish[12] = {40, 0, 40, 0, 0, 0, 200, 0};

	enc_begin();
	sys_put_le16(ph, params);
	memcpy(params + 2, wish, sizeof(wish));
	raw_do(p, BT_HCI_OP_LE_CONN_UPDATE, params, sizeof(params));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_CONN_PARAM_REQ, 500);
	enc_enable(enc_ltk);
	raw_run_ms(200);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_ENC_REQ), -1);
	sys_put_le16(ch, params);
	raw_do(c, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, params, sizeof(params));
	enc_asked();
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	(void)raw_expect_le(c, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 100);
	pair_end_alive();
}

/* A central that goes on without the answer has given it up. */
static void a_parameter_request_does_not_outlive_encryption(void **state)
{
	static const struct ll_connection_param param = {40, 40, 0, 200, 0, 0, {0}};
	uint8_t params[14] = {0, 0, 40, 0, 40, 0, 0, 0, 200, 0};

	enc_begin();
	peer_say(c, ch, LL_CONNECTION_PARAM_REQ, &param, sizeof(param));
	(void)raw_expect_le(p, BT_HCI_EVT_LE_CONN_PARAM_REQ, 500);
	enc_enable(enc_ltk);
	enc_asked();
	sys_put_le16(ph, params);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, params, sizeof(params)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	enc_check_change(p, ph, 0);
	pair_end_alive();
}

static void what_a_host_wants_meanwhile_begins_afterwards(void **state)
{
	enc_begin_asked();
	for (int i = 0; i < 2; i++) {
		raw_do(pair_host(i), BT_HCI_OP_READ_REMOTE_VERSION_INFO,
		       RAW_BYTES(RAW_LE16(pair_handle(i))));
	}
	raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ph), 100, 0, RAW_LE16(2120)));
	bench_trace(&bench);
	raw_run_ms(500);
	assert_int_equal(enc_next_pdu(0), -1);
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	enc_check_change(p, ph, 0);
	for (int i = 0; i < 2; i++) {
		(void)raw_expect(pair_host(i), BT_HCI_EVT_REMOTE_VERSION_INFO, 300);
	}
	(void)raw_expect_le(p, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	pair_end_alive();
}

static void control_pdus_are_encrypted_too(void **state)
{
	static const uint8_t map[5] = {0xff, 0xff, 0, 0, 0};
	size_t longest = 0;

	enc_begin();
	enc_encrypt();
	raw_run_ms(100);
	bench_trace(&bench);
	raw_do(c, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ch), 251, 0, RAW_LE16(2120)));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ph), 251, 0, RAW_LE16(2120)));
	raw_do(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	raw_do(c, BT_HCI_OP_LE_CONN_UPDATE,
	       RAW_BYTES(RAW_LE16(ch), 40, 0, 40, 0, 0, 0, 200, 0, 0, 0, 0, 0));
	(void)raw_expect_le(p, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 2000);
	raw_do(c, BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, map, 5);
	raw_do(p, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ph)));
	(void)raw_expect(p, BT_HCI_EVT_REMOTE_VERSION_INFO, 500);
	raw_run_ms(1000);
	pair_exchange(4, 1000);
	for (size_t i = 0; i < bench.traced; i++) {
		const struct bench_packet *packet = &bench.trace[i];

		longest = MAX(longest, packet->len);
		/* Opcodes have small numbers; of 256 ciphers one in ten would. */
		if ((packet->pdu[0] & LL_DATA_LLID_MASK) == LL_LLID_CTRL) {
			assert_true(packet->len >= 2 + 1 + 4);
		}
	}
	assert_int_equal(longest, 2 + 251 + 4);
	raw_forget(c);
	raw_forget(p);
	raw_disconnect(c, p, ch);
	bench_end(&bench);
}

/* ---- Loss ---- */

/* Whether the two are one PDU, sent twice: only NESN and MD may differ. */
static bool is_again(const struct bench_packet *a, const struct bench_packet *b)
{
	return ((a->pdu[0] ^ b->pdu[0]) & LL_DATA_SN) == 0 && a->sender == b->sender;
}

static void retransmissions_are_the_same_bytes(void)
{
	int last[2] = {-1, -1};
	unsigned int again = 0;

	for (int at = 0; (size_t)at < bench.traced; at++) {
		const struct bench_packet *packet = &bench.trace[at];
		int *before = &last[packet->sender];

		if (*before >= 0 && is_again(packet, &bench.trace[*before]) && packet->len > 2) {
			assert_int_equal(packet->len, bench.trace[*before].len);
			assert_memory_equal(packet->pdu + 1, bench.trace[*before].pdu + 1,
					    packet->len - 1);
			again++;
		}
		*before = at;
	}
	assert_true(again > 10);
}

static void loss_does_not_disturb_encryption(void **state)
{
	static struct stream down, up;

	enc_begin_with(&(struct raw_params){.interval = 8, .timeout = 1000});
	bench.loss_percent = 25;
	bench.verdict = bench_lossy;
	enc_encrypt();
	pair_exchange(60, 27);
	retransmissions_are_the_same_bytes();
	c->user = NULL;
	p->user = NULL;
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (int i = 0; i < 20; i++) {
		enc_enable(i % 2 ? enc_ltk : enc_other_ltk);
		/* Data waits, some of it in the middle of a packet. */
		stream_send(&down, 80);
		stream_send(&up, 80);
		enc_asked();
		enc_reply(i % 2 ? enc_ltk : enc_other_ltk);
		stream_send(&down, 80);
		stream_send(&up, 80);
		enc_check_refresh(c, ch, 0);
		enc_check_refresh(p, ph, 0);
		raw_run_ms((uint32_t)i * 3);
	}
	stream_finish(&down, 60000);
	stream_finish(&up, 60000);
	bench.verdict = NULL;
	pair_end_alive();
}

/* A PDU that the host does not take comes again, under its counter. */
static void a_host_without_buffers_disturbs_nothing(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central), *y = pair_host(!central);
	static struct stream stream;

	enc_begin();
	enc_encrypt();
	stream_begin(&stream, x, pair_handle(central), y);
	for (int i = 0; i < 10; i++) {
		y->refuse_acl = true;
		stream_send(&stream, 27);
		stream_send(&stream, 100);
		raw_run_ms(200);
		y->refuse_acl = false;
		raw_run_ms(200);
	}
	stream_finish(&stream, 5000);
	pair_end_alive();
}

int main(void)
{
	static const bool yes = true, no = false;
	const struct CMUnitTest tests[] = {
		BOTH(what_crosses_the_request_is_answered_afterwards),
		cmocka_unit_test(what_crosses_a_refused_request_is_answered_as_well),
		cmocka_unit_test(procedures_and_encryption_take_turns),
		cmocka_unit_test(encryption_waits_for_a_parameter_request),
		cmocka_unit_test(a_parameter_request_does_not_outlive_encryption),
		cmocka_unit_test(what_a_host_wants_meanwhile_begins_afterwards),
		cmocka_unit_test(control_pdus_are_encrypted_too),
		cmocka_unit_test(loss_does_not_disturb_encryption),
		BOTH(a_host_without_buffers_disturbs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
