/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption of a link, Core 6.0 Vol 6 Part B 5.1.3: how it begins, is refreshed, and what becomes
 * of a link without the key or with a wrong one. Encrypted PDUs are written [PDU].
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

/* ---- Start, 5.1.3.1 ---- */

/*
 *   C                              P
 *   |-- ENC_REQ ------------------>|
 *   |<------------------ ENC_RSP --|   host P: LE Long Term Key Request
 *   |<------------ START_ENC_REQ --|   host P: Reply
 *   |-- [START_ENC_RSP] ---------->|   host P: Encryption Change
 *   |<---------- [START_ENC_RSP] --|   host C: Encryption Change
 *   |== [data] ====================|
 */
static void a_link_is_encrypted(void **state)
{
	int at;

	enc_begin();
	enc_encrypt();
	at = enc_check_next(0, true, false, LL_ENC_REQ, 23);
	at = enc_check_next(at, false, false, LL_ENC_RSP, 13);
	at = enc_check_next(at, false, false, LL_START_ENC_REQ, 1);
	at = enc_check_next(at, true, true, LL_START_ENC_RSP, 1);
	at = enc_check_next(at, false, true, LL_START_ENC_RSP, 1);
	assert_int_equal(enc_next_pdu(at), -1);
	bench_trace(&bench);
	pair_exchange(10, 20);
	at = 0;
	for (int i = 0; i < 20; i++) {
		at = enc_next_pdu(at);
		assert_true(at >= 0);
		assert_int_equal(bench.trace[at].len, 2 + 20 + 4);
		/* The length that every packet of a stream begins with. */
		assert_int_not_equal(sys_get_le16(bench.trace[at].pdu + 2), 20);
		at++;
	}
	pair_end_alive();
}

/* ---- Refresh, 5.1.3.2 ---- */

/*
 *   C                              P
 *   |-- [PAUSE_ENC_REQ] ---------->|
 *   |<---------- [PAUSE_ENC_RSP] --|
 *   |-- PAUSE_ENC_RSP ------------>|
 *   |-- ENC_REQ ------------------>|   as in a start, but:
 *   |<---------- [START_ENC_RSP] --|   both hosts: Encryption Key Refresh Complete
 */
static void the_keys_are_refreshed(void **state)
{
	int at;

	enc_begin();
	enc_encrypt();
	pair_exchange(3, 20);
	raw_run_ms(100);
	bench_trace(&bench);
	enc_enable(enc_other_ltk);
	enc_asked();
	enc_reply(enc_other_ltk);
	enc_check_refresh(c, ch, 0);
	enc_check_refresh(p, ph, 0);
	at = enc_check_next(0, true, true, LL_PAUSE_ENC_REQ, 1);
	at = enc_check_next(at, false, true, LL_PAUSE_ENC_RSP, 1);
	at = enc_check_next(at, true, false, LL_PAUSE_ENC_RSP, 1);
	at = enc_check_next(at, true, false, LL_ENC_REQ, 23);
	at = enc_check_next(at, false, false, LL_ENC_RSP, 13);
	at = enc_check_next(at, false, false, LL_START_ENC_REQ, 1);
	at = enc_check_next(at, true, true, LL_START_ENC_RSP, 1);
	at = enc_check_next(at, false, true, LL_START_ENC_RSP, 1);
	assert_int_equal(enc_next_pdu(at), -1);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_CHANGE));
	assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
	pair_end_alive();
}

/* ---- Wrong keys ---- */

/*
 *   C                              P
 *   |<------------ START_ENC_REQ --|   host P: Reply, with another key
 *   |-- [START_ENC_RSP] ---------->|   the MIC is wrong: P leaves at once, without a word
 *   |      supervision             |
 */
static void a_wrong_key_ends_the_link(void **state)
{
	enc_begin();
	enc_enable(enc_ltk);
	enc_asked();
	enc_reply(enc_other_ltk);
	enc_check_lost(p, ph, MIC_FAIL, 1000);
	enc_check_lost(c, ch, BT_HCI_ERR_CONN_TIMEOUT, 3000);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_CHANGE));
	assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
	bench_end(&bench);
}

static void a_wrong_bit_ends_the_link(void **state)
{
	bool central = pair_by_central(state);

	enc_begin();
	enc_encrypt();
	/* From here on the sender has another session key. */
	enc_conn_of(central)->enc.ccm.key[7] ^= 0x10;
	raw_acl(pair_host(central), pair_handle(central), "12345", 5);
	enc_check_lost(pair_host(!central), pair_handle(!central), MIC_FAIL, 200);
	assert_int_equal(pair_host(!central)->acl_packets, 0);
	/* Not a word more, not even an acknowledgement. */
	assert_int_equal(bench.trace[bench.traced - 1].sender, central ? 0 : 1);
	enc_check_lost(pair_host(central), pair_handle(central), BT_HCI_ERR_CONN_TIMEOUT, 3000);
	bench_end(&bench);
}

/* An old packet under the next sequence number, or one of a counter that is not the next. */
static void a_replayed_packet_ends_the_link(void **state)
{
	bool central = pair_by_central(state);

	enc_begin();
	enc_encrypt();
	pair_exchange(3, 20);
	enc_conn_of(central)->enc.tx_counter--;
	raw_acl(pair_host(central), pair_handle(central), "12345", 5);
	enc_check_lost(pair_host(!central), pair_handle(!central), MIC_FAIL, 200);
	bench_end(&bench);
}

static void plain_text_on_an_encrypted_link_ends_it(void **state)
{
	bool central = pair_by_central(state);
	uint64_t before;

	enc_begin();
	enc_encrypt();
	enc_conn_of(central)->enc.tx_on = false;
	before = pair_host(!central)->acl_packets;
	raw_acl(pair_host(central), pair_handle(central), "123456789", 9);
	enc_check_lost(pair_host(!central), pair_handle(!central), MIC_FAIL, 200);
	assert_int_equal(pair_host(!central)->acl_packets, before);
	bench_end(&bench);
}

/* No PDU is shorter than its MIC and a byte. */
static void a_mic_without_a_payload_ends_the_link(void **state)
{
	uint8_t pdu[2 + 4] = {LL_LLID_START, 4};
	struct ll_enc enc;

	enc_begin();
	enc_encrypt();
	enc = enc_conn_of(true)->enc;
	ll__enc_seal(&enc, true, pdu[0], pdu, 0, pdu + 2);
	assert_false(ll__rx_pdu(enc_conn_of(false), pdu, raw_now_us()));
	enc_check_lost(p, ph, MIC_FAIL, 200);
	bench_end(&bench);
}

/* ---- No key ---- */

/*
 *   C                                       P
 *   |-- ENC_REQ --------------------------->|
 *   |<--------------------------- ENC_RSP --|   host P: Negative Reply
 *   |<---- REJECT_IND(PIN or Key Missing) --|   host C: Encryption Change, failed
 *   |== data, plain ========================|   (REJECT_EXT_IND when it is known to be understood)
 */
static void a_host_without_the_key_refuses(void **state)
{
	bool ext = pair_by_central(state);
	int at;

	enc_begin();
	if (ext) {
		raw_do(c, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ch)));
		(void)raw_expect_le(c, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200);
	}
	raw_acl(c, ch, "before", 6);
	raw_run_ms(100);
	enc_enable(enc_ltk);
	enc_asked();
	/* Data waits. */
	raw_acl(c, ch, "behind", 6);
	raw_run_ms(200);
	assert_int_equal(p->acl_packets, 1);
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(sys_get_le16(p->rsp), ph);
	enc_check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
	at = bench_find_ctrl(&bench, 0, 1, ext ? LL_REJECT_EXT_IND : LL_REJECT_IND);
	assert_true(at >= 0);
	if (ext) {
		assert_int_equal(bench.trace[at].pdu[3], LL_ENC_REQ);
	}
	assert_int_equal(bench.trace[at].pdu[ext ? 4 : 3], BT_HCI_ERR_PIN_OR_KEY_MISSING);
	raw_run_ms(100);
	assert_int_equal(p->acl_packets, 2);
	assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
	/* With the key it works. */
	enc_encrypt();
	pair_end_alive();
}

static void a_host_that_masks_the_question_has_no_key(void **state)
{
	static const uint8_t but_ltk[8] = {0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

	enc_begin();
	raw_do(p, BT_HCI_OP_LE_SET_EVENT_MASK, but_ltk, 8);
	enc_enable(enc_ltk);
	enc_check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
	assert_false(raw_has_le(p, BT_HCI_EVT_LE_LTK_REQUEST));
	pair_end_alive();
}

static void masked_events_are_not_sent(void **state)
{
	static const uint8_t none[8] = {0x10, 0, 0, 0, 0, 0, 0, 0x20};

	enc_begin();
	raw_do(c, BT_HCI_OP_SET_EVENT_MASK, none, 8);
	raw_do(p, BT_HCI_OP_SET_EVENT_MASK, none, 8);
	for (int i = 0; i < 2; i++) {
		enc_enable(enc_ltk);
		enc_asked();
		enc_reply(enc_ltk);
		raw_run_ms(500);
	}
	assert_int_equal(c->event_count + p->event_count, 0);
	pair_end_alive();
}

/*
 *   C                              P
 *   |   ... paused, ENC_REQ ------>|
 *   |<------------------ ENC_RSP --|   host P: Negative Reply
 *   |<------------ TERMINATE_IND --|   PIN or Key Missing: never plain again
 */
static void a_refresh_without_the_key_ends_the_link(void **state)
{
	enc_begin();
	enc_encrypt();
	enc_enable(enc_ltk);
	enc_asked();
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(enc_reply_on(p, ph, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	enc_check_lost(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING, 1000);
	enc_check_lost(p, ph, BT_HCI_ERR_LOCALHOST_TERM_CONN, 1000);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE));
	bench_end(&bench);
}

/* The central's response timeout, 5.2; the peripheral's host is not hurried. */
static void a_host_that_never_answers_costs_the_link(void **state)
{
	bool refresh = pair_by_central(state);
	uint64_t before_us;

	enc_begin();
	if (refresh) {
		enc_encrypt();
	}
	enc_enable(enc_ltk);
	enc_asked();
	before_us = raw_now_us();
	enc_check_lost(c, ch, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	assert_in_range(raw_now_us() - before_us, 39000000, 40100000);
	enc_check_lost(p, ph, BT_HCI_ERR_CONN_TIMEOUT, 3000);
	/* Too late. */
	assert_int_equal(enc_reply_on(p, ph, enc_ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	bench_end(&bench);
}

static void a_slow_host_is_waited_for(void **state)
{
	enc_begin();
	enc_enable(enc_ltk);
	enc_asked();
	raw_run_ms(35000);
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	enc_check_change(p, ph, 0);
	pair_end_alive();
}

/* Who begins does not matter, nor what is under way. */
static void a_disconnection_interrupts_the_procedure(void **state)
{
	bool central = pair_by_central(state);

	for (int refresh = 0; refresh < 2; refresh++) {
		for (uint32_t wait_ms = 0; wait_ms < 400; wait_ms += 15) {
			enc_begin();
			if (refresh) {
				enc_encrypt();
			}
			enc_enable(enc_ltk);
			raw_run_ms(wait_ms);
			if (raw_has_le(p, BT_HCI_EVT_LE_LTK_REQUEST) && wait_ms > 250) {
				enc_reply(enc_ltk);
				raw_run_ms(wait_ms % 60);
			}
			raw_do(pair_host(central), BT_HCI_OP_DISCONNECT,
			       RAW_BYTES(RAW_LE16(pair_handle(central)), 0x13));
			enc_check_lost(pair_host(central), pair_handle(central),
				       BT_HCI_ERR_LOCALHOST_TERM_CONN, 500);
			enc_check_lost(pair_host(!central), pair_handle(!central), 0x13, 500);
			bench_end(&bench);
		}
	}
}

int main(void)
{
	static const bool yes = true, no = false;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_encrypted),
		cmocka_unit_test(the_keys_are_refreshed),
		cmocka_unit_test(a_wrong_key_ends_the_link),
		BOTH(a_wrong_bit_ends_the_link),
		BOTH(a_replayed_packet_ends_the_link),
		BOTH(plain_text_on_an_encrypted_link_ends_it),
		cmocka_unit_test(a_mic_without_a_payload_ends_the_link),
		BOTH(a_host_without_the_key_refuses),
		cmocka_unit_test(a_host_that_masks_the_question_has_no_key),
		cmocka_unit_test(masked_events_are_not_sent),
		cmocka_unit_test(a_refresh_without_the_key_ends_the_link),
		BOTH(a_host_that_never_answers_costs_the_link),
		cmocka_unit_test(a_slow_host_is_waited_for),
		BOTH(a_disconnection_interrupts_the_procedure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
