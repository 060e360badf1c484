/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption, Core 6.0 Vol 6 Part B 5.1.3 and Part E: the procedures in both roles' views, with
 * loss, refusals, silence, wrong keys, collisions and lies. Encrypted PDUs are written [PDU].
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

#define INTERVAL_MS 30
#define MIC_FAIL    BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL

static struct bench bench;
static struct raw_host *const c = &bench.dev[0], *const p = &bench.dev[1];
static uint16_t ch, ph;

/* Little endian, as HCI has them: the values of Vol 6 Part C 1. */
static const uint8_t ltk[16] = {0xbf, 0x01, 0xfb, 0x9d, 0x4e, 0xf3, 0xbc, 0x36,
				0xd8, 0x74, 0xf5, 0x39, 0x41, 0x38, 0x68, 0x4c};
static const uint8_t other_ltk[16] = {1, 2, 3};
static const uint8_t rand_ediv[10] = {0x90, 0x78, 0x56, 0x34, 0x12, 0xef, 0xcd, 0xab, 0x74, 0x24};

static const uint8_t all_events[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

static void begin_with(const struct raw_params *params)
{
	bench_begin(&bench, 2);
	raw_do(c, BT_HCI_OP_SET_EVENT_MASK_PAGE_2, all_events, 8);
	raw_do(p, BT_HCI_OP_SET_EVENT_MASK_PAGE_2, all_events, 8);
	raw_connect(c, p, params, &ch, &ph);
	raw_run_ms(200);
	raw_forget(c);
	raw_forget(p);
	bench_trace(&bench);
}

static void begin(void)
{
	begin_with(NULL);
}

static struct raw_host *host_of(bool central)
{
	return central ? c : p;
}

static uint16_t handle_of(bool central)
{
	return central ? ch : ph;
}

static struct ll_conn *conn_of(bool central)
{
	return peer_conn(host_of(central), handle_of(central));
}

/* What a test of two variants is told: whether the central does it, or it is a refresh. */
static bool by_central(void **state)
{
	return *(bool *)*state;
}

/* ---- What the hosts do ---- */

static uint8_t enable_on(struct raw_host *host, uint16_t handle, const uint8_t *key)
{
	uint8_t params[28];

	sys_put_le16(handle, params);
	memcpy(params + 2, rand_ediv, sizeof(rand_ediv));
	memcpy(params + 12, key, 16);
	return raw_cmd(host, BT_HCI_OP_LE_START_ENCRYPTION, params, sizeof(params));
}

static void enable(const uint8_t *key)
{
	assert_int_equal(enable_on(c, ch, key), 0);
}

static uint8_t reply_on(struct raw_host *host, uint16_t handle, const uint8_t *key)
{
	uint8_t params[18];

	sys_put_le16(handle, params);
	memcpy(params + 2, key, 16);
	return raw_cmd(host, BT_HCI_OP_LE_LTK_REQ_REPLY, params, sizeof(params));
}

static void reply(const uint8_t *key)
{
	assert_int_equal(reply_on(p, ph, key), 0);
	assert_int_equal(sys_get_le16(p->rsp), ph);
}

static void asked(void)
{
	const struct raw_event *event = raw_expect_le(p, BT_HCI_EVT_LE_LTK_REQUEST, 5000);

	assert_int_equal(event->len - 1, 12);
	assert_int_equal(sys_get_le16(event->params), ph);
	assert_memory_equal(event->params + 2, rand_ediv, 10);
}

static void check_change(struct raw_host *host, uint16_t handle, uint8_t status)
{
	const struct raw_event *event = raw_expect(host, BT_HCI_EVT_ENCRYPT_CHANGE, 10000);

	assert_int_equal(event->len, 4);
	assert_int_equal(event->params[0], status);
	assert_int_equal(sys_get_le16(event->params + 1), handle);
	assert_int_equal(event->params[3], status == 0);
}

static void check_refresh(struct raw_host *host, uint16_t handle, uint8_t status)
{
	const struct raw_event *event =
		raw_expect(host, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE, 10000);

	assert_int_equal(event->len, 3);
	assert_int_equal(event->params[0], status);
	assert_int_equal(sys_get_le16(event->params + 1), handle);
}

static void encrypt(void)
{
	enable(ltk);
	asked();
	reply(ltk);
	check_change(c, ch, 0);
	check_change(p, ph, 0);
}

/* Data goes both ways; what begins there ends there. */
static void exchange(unsigned int count, size_t len)
{
	static struct stream down, up;

	c->user = NULL;
	p->user = NULL;
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (unsigned int i = 0; i < count; i++) {
		stream_send(&down, len);
		stream_send(&up, len);
	}
	stream_finish(&down, 60000);
	stream_finish(&up, 60000);
}

static void end_alive(void)
{
	exchange(2, 20);
	assert_false(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE));
	assert_false(raw_has(p, BT_HCI_EVT_DISCONN_COMPLETE));
	bench_end(&bench);
}

static void check_lost(struct raw_host *host, uint16_t handle, uint8_t reason, uint32_t timeout_ms)
{
	const struct raw_event *event = raw_expect(host, BT_HCI_EVT_DISCONN_COMPLETE, timeout_ms);

	assert_int_equal(sys_get_le16(event->params + 1), handle);
	assert_int_equal(event->params[3], reason);
}

/* ---- What was on the air ---- */

/* The next PDU that is not empty from index on, sent for the first time; -1: none. */
static int next_pdu(int from)
{
	for (size_t i = (size_t)from; i < bench.traced; i++) {
		const struct bench_packet *packet = &bench.trace[i];

		if (packet->access_address != LL_ADV_ACCESS_ADDRESS && packet->len > 2) {
			return (int)i;
		}
	}
	return -1;
}

/* The next one is that: sent by the central or not, plain with that opcode, or encrypted. */
static int check_next(int from, bool central, bool encrypted, uint8_t opcode, uint8_t len)
{
	int at = next_pdu(from);
	const struct bench_packet *packet = &bench.trace[at];

	assert_true(at >= 0);
	assert_int_equal(packet->sender, central ? 0 : 1);
	assert_int_equal(packet->pdu[0] & LL_DATA_LLID_MASK, LL_LLID_CTRL);
	assert_int_equal(packet->len, 2 + len + (encrypted ? 4 : 0));
	if (encrypted) {
		assert_int_not_equal(packet->pdu[2], opcode);
	} else {
		assert_int_equal(packet->pdu[2], opcode);
	}
	return at + 1;
}

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

	begin();
	encrypt();
	at = check_next(0, true, false, LL_ENC_REQ, 23);
	at = check_next(at, false, false, LL_ENC_RSP, 13);
	at = check_next(at, false, false, LL_START_ENC_REQ, 1);
	at = check_next(at, true, true, LL_START_ENC_RSP, 1);
	at = check_next(at, false, true, LL_START_ENC_RSP, 1);
	assert_int_equal(next_pdu(at), -1);
	bench_trace(&bench);
	exchange(10, 20);
	at = 0;
	for (int i = 0; i < 20; i++) {
		at = next_pdu(at);
		assert_true(at >= 0);
		assert_int_equal(bench.trace[at].len, 2 + 20 + 4);
		/* The length that every packet of a stream begins with. */
		assert_int_not_equal(sys_get_le16(bench.trace[at].pdu + 2), 20);
		at++;
	}
	end_alive();
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

	begin();
	encrypt();
	exchange(3, 20);
	raw_run_ms(100);
	bench_trace(&bench);
	enable(other_ltk);
	asked();
	reply(other_ltk);
	check_refresh(c, ch, 0);
	check_refresh(p, ph, 0);
	at = check_next(0, true, true, LL_PAUSE_ENC_REQ, 1);
	at = check_next(at, false, true, LL_PAUSE_ENC_RSP, 1);
	at = check_next(at, true, false, LL_PAUSE_ENC_RSP, 1);
	at = check_next(at, true, false, LL_ENC_REQ, 23);
	at = check_next(at, false, false, LL_ENC_RSP, 13);
	at = check_next(at, false, false, LL_START_ENC_REQ, 1);
	at = check_next(at, true, true, LL_START_ENC_RSP, 1);
	at = check_next(at, false, true, LL_START_ENC_RSP, 1);
	assert_int_equal(next_pdu(at), -1);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_CHANGE));
	assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
	end_alive();
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
	begin();
	enable(ltk);
	asked();
	reply(other_ltk);
	check_lost(p, ph, MIC_FAIL, 1000);
	check_lost(c, ch, BT_HCI_ERR_CONN_TIMEOUT, 3000);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_CHANGE));
	assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
	bench_end(&bench);
}

static void a_wrong_bit_ends_the_link(void **state)
{
	bool central = by_central(state);

	begin();
	encrypt();
	/* From here on the sender has another session key. */
	conn_of(central)->enc.ccm.key[7] ^= 0x10;
	raw_acl(host_of(central), handle_of(central), "12345", 5);
	check_lost(host_of(!central), handle_of(!central), MIC_FAIL, 200);
	assert_int_equal(host_of(!central)->acl_packets, 0);
	/* Not a word more, not even an acknowledgement. */
	assert_int_equal(bench.trace[bench.traced - 1].sender, central ? 0 : 1);
	check_lost(host_of(central), handle_of(central), BT_HCI_ERR_CONN_TIMEOUT, 3000);
	bench_end(&bench);
}

/* An old packet under the next sequence number, or one of a counter that is not the next. */
static void a_replayed_packet_ends_the_link(void **state)
{
	bool central = by_central(state);

	begin();
	encrypt();
	exchange(3, 20);
	conn_of(central)->enc.tx_counter--;
	raw_acl(host_of(central), handle_of(central), "12345", 5);
	check_lost(host_of(!central), handle_of(!central), MIC_FAIL, 200);
	bench_end(&bench);
}

static void plain_text_on_an_encrypted_link_ends_it(void **state)
{
	bool central = by_central(state);
	uint64_t before;

	begin();
	encrypt();
	conn_of(central)->enc.tx_on = false;
	before = host_of(!central)->acl_packets;
	raw_acl(host_of(central), handle_of(central), "123456789", 9);
	check_lost(host_of(!central), handle_of(!central), MIC_FAIL, 200);
	assert_int_equal(host_of(!central)->acl_packets, before);
	bench_end(&bench);
}

/* No PDU is shorter than its MIC and a byte. */
static void a_mic_without_a_payload_ends_the_link(void **state)
{
	uint8_t pdu[2 + 4] = {LL_LLID_START, 4};
	struct ll_enc enc;

	begin();
	encrypt();
	enc = conn_of(true)->enc;
	ll__enc_seal(&enc, true, pdu[0], pdu, 0, pdu + 2);
	assert_false(ll__rx_pdu(conn_of(false), pdu, raw_now_us()));
	check_lost(p, ph, MIC_FAIL, 200);
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
	bool ext = by_central(state);
	int at;

	begin();
	if (ext) {
		raw_do(c, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ch)));
		(void)raw_expect_le(c, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200);
	}
	raw_acl(c, ch, "before", 6);
	raw_run_ms(100);
	enable(ltk);
	asked();
	/* Data waits. */
	raw_acl(c, ch, "behind", 6);
	raw_run_ms(200);
	assert_int_equal(p->acl_packets, 1);
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(sys_get_le16(p->rsp), ph);
	check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
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
	encrypt();
	end_alive();
}

static void a_host_that_masks_the_question_has_no_key(void **state)
{
	static const uint8_t but_ltk[8] = {0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

	begin();
	raw_do(p, BT_HCI_OP_LE_SET_EVENT_MASK, but_ltk, 8);
	enable(ltk);
	check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
	assert_false(raw_has_le(p, BT_HCI_EVT_LE_LTK_REQUEST));
	end_alive();
}

static void masked_events_are_not_sent(void **state)
{
	static const uint8_t none[8] = {0x10, 0, 0, 0, 0, 0, 0, 0x20};

	begin();
	raw_do(c, BT_HCI_OP_SET_EVENT_MASK, none, 8);
	raw_do(p, BT_HCI_OP_SET_EVENT_MASK, none, 8);
	for (int i = 0; i < 2; i++) {
		enable(ltk);
		asked();
		reply(ltk);
		raw_run_ms(500);
	}
	assert_int_equal(c->event_count + p->event_count, 0);
	end_alive();
}

/*
 *   C                              P
 *   |   ... paused, ENC_REQ ------>|
 *   |<------------------ ENC_RSP --|   host P: Negative Reply
 *   |<------------ TERMINATE_IND --|   PIN or Key Missing: never plain again
 */
static void a_refresh_without_the_key_ends_the_link(void **state)
{
	begin();
	encrypt();
	enable(ltk);
	asked();
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	assert_int_equal(reply_on(p, ph, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	check_lost(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING, 1000);
	check_lost(p, ph, BT_HCI_ERR_LOCALHOST_TERM_CONN, 1000);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE));
	bench_end(&bench);
}

/* The central's response timeout, 5.2; the peripheral's host is not hurried. */
static void a_host_that_never_answers_costs_the_link(void **state)
{
	bool refresh = by_central(state);
	uint64_t before_us;

	begin();
	if (refresh) {
		encrypt();
	}
	enable(ltk);
	asked();
	before_us = raw_now_us();
	check_lost(c, ch, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	assert_in_range(raw_now_us() - before_us, 39000000, 40100000);
	check_lost(p, ph, BT_HCI_ERR_CONN_TIMEOUT, 3000);
	/* Too late. */
	assert_int_equal(reply_on(p, ph, ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	bench_end(&bench);
}

static void a_slow_host_is_waited_for(void **state)
{
	begin();
	enable(ltk);
	asked();
	raw_run_ms(35000);
	reply(ltk);
	check_change(c, ch, 0);
	check_change(p, ph, 0);
	end_alive();
}

/* Who begins does not matter, nor what is under way. */
static void a_disconnection_interrupts_the_procedure(void **state)
{
	bool central = by_central(state);

	for (int refresh = 0; refresh < 2; refresh++) {
		for (uint32_t wait_ms = 0; wait_ms < 400; wait_ms += 15) {
			begin();
			if (refresh) {
				encrypt();
			}
			enable(ltk);
			raw_run_ms(wait_ms);
			if (raw_has_le(p, BT_HCI_EVT_LE_LTK_REQUEST) && wait_ms > 250) {
				reply(ltk);
				raw_run_ms(wait_ms % 60);
			}
			raw_do(host_of(central), BT_HCI_OP_DISCONNECT,
			       RAW_BYTES(RAW_LE16(handle_of(central)), 0x13));
			check_lost(host_of(central), handle_of(central),
				   BT_HCI_ERR_LOCALHOST_TERM_CONN, 500);
			check_lost(host_of(!central), handle_of(!central), 0x13, 500);
			bench_end(&bench);
		}
	}
}

/* ---- Peers that do not encrypt ---- */

static void check_refusal(uint8_t opcode, const uint8_t *data, uint8_t len, uint8_t status)
{
	begin();
	peer_silence(p, ph);
	enable(ltk);
	raw_run_ms(100);
	peer_say(p, ph, opcode, data, len);
	check_change(c, ch, status);
	peer_conn(p, ph)->ctrl.terminate_reason = 0;
	end_alive();
}

static void a_peer_that_cannot_encrypt_is_reported(void **state)
{
	check_refusal(LL_UNKNOWN_RSP, (const uint8_t[]){LL_ENC_REQ}, 1,
		      BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	check_refusal(LL_REJECT_IND, (const uint8_t[]){BT_HCI_ERR_UNSUPP_REMOTE_FEATURE}, 1,
		      BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	/* A refusal is none that says "success". */
	check_refusal(LL_REJECT_IND, (const uint8_t[]){0}, 1, BT_HCI_ERR_UNSPECIFIED);
	check_refusal(LL_REJECT_EXT_IND, (const uint8_t[]){LL_ENC_REQ, 0x06}, 2,
		      BT_HCI_ERR_PIN_OR_KEY_MISSING);
	/* It is known not to. */
	begin();
	conn_of(true)->ctrl.features_known = true;
	enable(ltk);
	check_change(c, ch, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_ENC_REQ), -1);
	end_alive();
}

/* It goes on with the old keys. */
static void a_refused_pause_leaves_the_link_encrypted(void **state)
{
	int at;

	begin();
	encrypt();
	peer_silence(p, ph);
	enable(other_ltk);
	raw_run_ms(100);
	peer_say(p, ph, LL_REJECT_EXT_IND, (const uint8_t[]){LL_PAUSE_ENC_REQ, 0x0c}, 2);
	check_refresh(c, ch, BT_HCI_ERR_CMD_DISALLOWED);
	peer_conn(p, ph)->ctrl.terminate_reason = 0;
	bench_trace(&bench);
	exchange(2, 20);
	at = next_pdu(0);
	assert_int_equal(bench.trace[at].len, 2 + 20 + 4);
	end_alive();
}

/* ---- Lies ---- */

/* From now on its own link layer does not hold it back. */
static struct ll_conn *liar(bool central)
{
	conn_of(central)->enc.state = LL_ENC_IDLE;
	conn_of(central)->ctrl.terminate_reason = 0;
	return conn_of(central);
}

/* What may not come while the procedure waits ends the link at once: here each PDU, in the state
 * that `prepare` makes, from the liar. */
static void check_lies(void (*prepare)(void), bool by_c, uint8_t awaited, bool data_too)
{
	static const uint8_t zeros[30];

	for (unsigned int opcode = 0; opcode <= 0x20; opcode++) {
		if (opcode == awaited || opcode == LL_TERMINATE_IND || opcode == LL_UNKNOWN_RSP ||
		    opcode == LL_REJECT_IND || opcode == LL_REJECT_EXT_IND) {
			continue;
		}
		prepare();
		(void)liar(by_c);
		peer_say(host_of(by_c), handle_of(by_c), (uint8_t)opcode, zeros, 8);
		check_lost(host_of(!by_c), handle_of(!by_c), MIC_FAIL, 200);
		assert_false(raw_has(host_of(!by_c), BT_HCI_EVT_ENCRYPT_CHANGE));
		assert_false(raw_has(host_of(!by_c), BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE));
		bench_end(&bench);
	}
	if (data_too) {
		prepare();
		(void)liar(by_c);
		raw_acl(host_of(by_c), handle_of(by_c), "plain text", 10);
		check_lost(host_of(!by_c), handle_of(!by_c), MIC_FAIL, 200);
		assert_int_equal(host_of(!by_c)->acl_packets, 0);
		bench_end(&bench);
	}
	/* The one that it waits for, malformed. */
	if (awaited != 0xff) {
		prepare();
		(void)liar(by_c);
		peer_say(host_of(by_c), handle_of(by_c), awaited, zeros, 3);
		check_lost(host_of(!by_c), handle_of(!by_c), MIC_FAIL, 200);
		bench_end(&bench);
	}
}

static void until_the_host_is_asked(void)
{
	begin();
	enable(ltk);
	asked();
	raw_run_ms(100);
}

static void until_paused_and_asked(void)
{
	begin();
	encrypt();
	enable(ltk);
	asked();
	raw_run_ms(100);
}

/* The peripheral has said PAUSE_ENC_RSP; the central says nothing more by itself. */
static void until_paused(void)
{
	begin();
	encrypt();
	peer_say(c, ch, LL_PAUSE_ENC_REQ, NULL, 0);
	peer_silence(c, ch);
	raw_run_ms(200);
	conn_of(true)->enc.tx_on = false;
	conn_of(true)->enc.rx_on = false;
}

/* ... and that it is plain from now on. */
static void until_pausing_is_over(void)
{
	until_paused();
	peer_say(c, ch, LL_PAUSE_ENC_RSP, NULL, 0);
	raw_run_ms(100);
}

/* The central has sent ENC_REQ after a pause, and hears no answer. */
static void until_a_refresh_is_requested(void)
{
	begin();
	encrypt();
	peer_silence(p, ph);
	enable(ltk);
	raw_run_ms(100);
	peer_say(p, ph, LL_PAUSE_ENC_RSP, NULL, 0);
	conn_of(false)->enc.rx_on = false;
	raw_run_ms(200);
	conn_of(false)->enc.tx_on = false;
}

static void unexpected_pdus_end_the_link(void **state)
{
	/* A peripheral that waits for its host. */
	check_lies(until_the_host_is_asked, true, 0xff, true);
	/* A central that waits for START_ENC_REQ. */
	check_lies(until_the_host_is_asked, false, LL_START_ENC_REQ, true);
}

static void unexpected_pdus_in_a_refresh_end_the_link(void **state)
{
	check_lies(until_paused_and_asked, true, 0xff, true);
	check_lies(until_paused_and_asked, false, LL_START_ENC_REQ, true);
}

/*
 * CVE-2025-52435: a pause that goes wrong leaves the link in plain text.
 *
 *   C                              P
 *   |-- [PAUSE_ENC_REQ] ---------->|
 *   |<---------- [PAUSE_ENC_RSP] --|
 *   |-- PAUSE_ENC_RSP ------------>|
 *   |-- anything but ENC_REQ ----->|   0x3D
 */
static void cve_2025_52435_a_failed_pause_never_leaves_plain_text(void **state)
{
	uint8_t reject[2] = {LL_ENC_REQ, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE};

	check_lies(until_paused, true, LL_PAUSE_ENC_RSP, true);
	check_lies(until_pausing_is_over, true, LL_ENC_REQ, true);
	check_lies(until_a_refresh_is_requested, false, LL_ENC_RSP, true);

	/* A refusal where a first start would fall back to plain text. */
	until_a_refresh_is_requested();
	peer_say(p, ph, LL_REJECT_EXT_IND, reject, 2);
	check_lost(c, ch, MIC_FAIL, 200);
	bench_end(&bench);

	/* Also not to a host that disconnects meanwhile. */
	until_pausing_is_over();
	(void)liar(true);
	raw_acl(c, ch, "plain text", 10);
	raw_do(p, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ph), 0x13));
	check_lost(p, ph, MIC_FAIL, 200);
	assert_int_equal(p->acl_packets, 0);
	bench_end(&bench);

	/* A central that does not even answer. */
	until_paused();
	check_lost(p, ph, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	bench_end(&bench);

	/* A central that never goes on; the data of the peripheral's host stays where it is. */
	until_pausing_is_over();
	raw_acl(p, ph, "secret", 6);
	bench_trace(&bench);
	check_lost(p, ph, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	assert_int_equal(next_pdu(0), -1);
	bench_end(&bench);
}

/*
 * CVE-2019-19194, "zero LTK installation": the key of a host that has not answered is zero.
 *
 *   C                              P
 *   |-- ENC_REQ ------------------>|
 *   |<------------------ ENC_RSP --|   host P: LE Long Term Key Request, not answered
 *   |-- [START_ENC_RSP], LTK 0 --->|   0x3D
 */
static void cve_2019_19194_there_is_no_key_before_the_host_gives_one(void **state)
{
	static const uint8_t zeros[16];

	for (int variant = 0; variant < 3; variant++) {
		struct ll_conn *conn;

		until_the_host_is_asked();
		conn = liar(true);
		ll__enc_session(&conn->enc, zeros);
		conn->enc.tx_on = variant != 0;
		conn->enc.rx_on = variant != 0;
		if (variant == 2) {
			raw_acl(c, ch, "data under a key of zeros", 25);
		} else {
			peer_say(c, ch, LL_START_ENC_RSP, NULL, 0);
		}
		check_lost(p, ph, MIC_FAIL, 200);
		assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
		assert_int_equal(p->acl_packets, 0);
		bench_end(&bench);
	}
}

/* START_ENC_RSP in plain text, where an encrypted one is due. */
static void check_plain_start(bool central, bool late)
{
	until_the_host_is_asked();
	if (central) {
		(void)liar(true);
		peer_silence(c, ch);
		reply(ltk);
		/* Before it can have heard of START_ENC_REQ, or after it. */
		if (late) {
			raw_run_ms(100);
		}
		peer_say(c, ch, LL_START_ENC_RSP, NULL, 0);
	} else {
		(void)liar(false);
		peer_say(p, ph, LL_START_ENC_REQ, NULL, 0);
		peer_say(p, ph, LL_START_ENC_RSP, NULL, 0);
	}
	check_lost(host_of(!central), handle_of(!central), MIC_FAIL, 300);
	assert_false(raw_has(host_of(!central), BT_HCI_EVT_ENCRYPT_CHANGE));
	bench_end(&bench);
}

static void a_plain_start_proves_nothing(void **state)
{
	check_plain_start(true, false);
	check_plain_start(true, true);
	check_plain_start(false, false);
}

/* Behind START_ENC_REQ there is nothing to refuse any more. */
static void a_refusal_after_the_start_ends_the_link(void **state)
{
	uint8_t reject[2] = {LL_ENC_REQ, BT_HCI_ERR_PIN_OR_KEY_MISSING};
	struct ll_conn *conn;

	until_the_host_is_asked();
	conn = liar(false);
	peer_say(p, ph, LL_START_ENC_REQ, NULL, 0);
	ll__enc_session(&conn->enc, ltk);
	/* The central answers in the event, or in the next one. */
	while (conn_of(true)->enc.state != LL_ENC_AWAIT_START_RSP) {
		raw_run_ms(1);
	}
	conn->enc.rx_on = true;
	conn->enc.tx_on = true;
	peer_say(p, ph, LL_REJECT_EXT_IND, reject, 2);
	check_lost(c, ch, MIC_FAIL, 300);
	assert_false(raw_has(c, BT_HCI_EVT_ENCRYPT_CHANGE));
	bench_end(&bench);
}

/*
 *   C                           P
 *   |<--------------- [data] ---|   not taken
 *   |-- [PAUSE_ENC_REQ] ------->|
 *   |<--------------- [data] ---|   again; PAUSE_ENC_RSP waits behind it
 *   |-- [PAUSE_ENC_RSP] ------->|   to what it has not heard: 0x3D
 */
static void an_early_pause_rsp_ends_the_link(void **state)
{
	begin();
	encrypt();
	raw_run_ms(100);
	c->refuse_acl = true;
	raw_acl(p, ph, "data", 4);
	raw_run_ms(100);
	c->refuse_acl = false;
	peer_silence(c, ch);
	peer_say(c, ch, LL_PAUSE_ENC_REQ, NULL, 0);
	peer_say(c, ch, LL_PAUSE_ENC_RSP, NULL, 0);
	check_lost(p, ph, MIC_FAIL, 300);
	assert_int_equal(c->acl_packets, 1);
	/* That was the last word. */
	assert_int_equal(bench.trace[bench.traced - 1].sender, 0);
	bench_end(&bench);
}

/* A peer that begins what nobody has asked for changes nothing. */
static void nothing_is_encrypted_unasked(void **state)
{
	static const uint8_t zeros[22];
	bool encrypted = by_central(state);

	begin();
	if (encrypted) {
		encrypt();
	}
	peer_say(p, ph, LL_START_ENC_REQ, NULL, 0);
	peer_say(p, ph, LL_START_ENC_RSP, NULL, 0);
	peer_say(p, ph, LL_PAUSE_ENC_RSP, NULL, 0);
	raw_run_ms(200);
	/* These are not a peripheral's to say. */
	peer_say(p, ph, LL_ENC_REQ, zeros, 22);
	peer_say(p, ph, LL_PAUSE_ENC_REQ, NULL, 0);
	raw_run_ms(200);
	peer_say(c, ch, LL_START_ENC_RSP, NULL, 0);
	peer_say(c, ch, LL_PAUSE_ENC_RSP, NULL, 0);
	raw_run_ms(200);
	/* A start needs a plain link, a pause an encrypted one. */
	if (encrypted) {
		peer_say(c, ch, LL_ENC_REQ, zeros, 22);
	} else {
		peer_say(c, ch, LL_PAUSE_ENC_REQ, NULL, 0);
	}
	raw_run_ms(200);
	assert_int_equal(c->event_count + p->event_count, 0);
	assert_int_equal(conn_of(true)->enc.rx_on, encrypted);
	assert_int_equal(conn_of(false)->enc.rx_on, encrypted);
	if (!encrypted) {
		int at = bench_find_ctrl(&bench, 0, 1, LL_REJECT_IND);

		assert_true(at >= 0);
		assert_int_equal(bench.trace[at].pdu[3], BT_HCI_ERR_LMP_PDU_NOT_ALLOWED);
	}
	end_alive();
}

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
	bool refresh = by_central(state);

	begin();
	if (refresh) {
		encrypt();
		bench_trace(&bench);
	}
	enable(ltk);
	raw_send_cmd(p, BT_HCI_OP_LE_READ_REMOTE_FEATURES, RAW_BYTES(RAW_LE16(ph)));
	raw_acl(p, ph, "data that crosses it", 20);
	asked();
	raw_run_ms(200);
	assert_false(raw_has_le(p, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE));
	reply(ltk);
	if (refresh) {
		check_refresh(c, ch, 0);
		check_refresh(p, ph, 0);
	} else {
		check_change(c, ch, 0);
		check_change(p, ph, 0);
	}
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, 200)->params[0], 0);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_FEATURE_RSP), -1);
	raw_run_ms(100);
	assert_int_equal(c->acl_packets, 1);
	/* Once. */
	assert_int_equal(conn_of(true)->enc.held.len, 0);
	end_alive();
}

static void what_crosses_a_refused_request_is_answered_as_well(void **state)
{
	begin();
	enable(ltk);
	raw_send_cmd(p, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ph), 0, 2, 2, 0, 0));
	asked();
	raw_do(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph)));
	check_change(c, ch, BT_HCI_ERR_PIN_OR_KEY_MISSING);
	assert_int_equal(raw_expect_le(p, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 1000)->params[0], 0);
	end_alive();
}

/* All at once, from both hosts. */
static void procedures_and_encryption_take_turns(void **state)
{
	begin();
	for (int i = 0; i < 4; i++) {
		uint8_t phy = i % 2 ? 1 : 2;

		raw_send_cmd(c, BT_HCI_OP_LE_SET_PHY, RAW_BYTES(RAW_LE16(ch), 0, phy, phy, 0, 0));
		raw_send_cmd(p, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ph)));
		raw_run_ms(5);
		raw_send_cmd(c, BT_HCI_OP_READ_REMOTE_VERSION_INFO, RAW_BYTES(RAW_LE16(ch)));
		raw_send_cmd(p, BT_HCI_OP_LE_SET_DATA_LEN,
			     RAW_BYTES(RAW_LE16(ph), 100 + i, 0, RAW_LE16(2120)));
		raw_run_ms(5);
		enable(ltk);
		raw_acl(c, ch, "data", 4);
		raw_acl(p, ph, "data", 4);
		asked();
		reply(ltk);
		if (i == 0) {
			check_change(c, ch, 0);
			check_change(p, ph, 0);
		} else {
			check_refresh(c, ch, 0);
			check_refresh(p, ph, 0);
		}
		(void)raw_expect(c, BT_HCI_EVT_REMOTE_VERSION_INFO, 1000);
		(void)raw_expect(p, BT_HCI_EVT_REMOTE_VERSION_INFO, 1000);
		assert_int_equal(
			raw_expect_le(c, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, 2000)->params[0], 0);
		raw_run_ms(500);
		raw_forget(c);
		raw_forget(p);
	}
	end_alive();
}

/* The host's answer to the peer's request must not fall into the procedure: it is waited for. */
static void encryption_waits_for_a_parameter_request(void **state)
{
	uint8_t params[14] = {0};
	static const uint8_t wish[12] = {40, 0, 40, 0, 0, 0, 200, 0};

	begin();
	sys_put_le16(ph, params);
	memcpy(params + 2, wish, sizeof(wish));
	raw_do(p, BT_HCI_OP_LE_CONN_UPDATE, params, sizeof(params));
	(void)raw_expect_le(c, BT_HCI_EVT_LE_CONN_PARAM_REQ, 500);
	enable(ltk);
	raw_run_ms(200);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_ENC_REQ), -1);
	sys_put_le16(ch, params);
	raw_do(c, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, params, sizeof(params));
	asked();
	reply(ltk);
	check_change(c, ch, 0);
	(void)raw_expect_le(c, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 100);
	end_alive();
}

/* A central that goes on without the answer has given it up. */
static void a_parameter_request_does_not_outlive_encryption(void **state)
{
	static const struct ll_connection_param param = {40, 40, 0, 200, 0, 0, {0}};
	uint8_t params[14] = {0, 0, 40, 0, 40, 0, 0, 0, 200, 0};

	begin();
	peer_say(c, ch, LL_CONNECTION_PARAM_REQ, &param, sizeof(param));
	(void)raw_expect_le(p, BT_HCI_EVT_LE_CONN_PARAM_REQ, 500);
	enable(ltk);
	asked();
	sys_put_le16(ph, params);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, params, sizeof(params)),
			 BT_HCI_ERR_CMD_DISALLOWED);
	reply(ltk);
	check_change(c, ch, 0);
	check_change(p, ph, 0);
	end_alive();
}

static void what_a_host_wants_meanwhile_begins_afterwards(void **state)
{
	until_the_host_is_asked();
	for (int i = 0; i < 2; i++) {
		raw_do(host_of(i), BT_HCI_OP_READ_REMOTE_VERSION_INFO,
		       RAW_BYTES(RAW_LE16(handle_of(i))));
	}
	raw_do(p, BT_HCI_OP_LE_SET_DATA_LEN, RAW_BYTES(RAW_LE16(ph), 100, 0, RAW_LE16(2120)));
	bench_trace(&bench);
	raw_run_ms(500);
	assert_int_equal(next_pdu(0), -1);
	reply(ltk);
	check_change(c, ch, 0);
	check_change(p, ph, 0);
	for (int i = 0; i < 2; i++) {
		(void)raw_expect(host_of(i), BT_HCI_EVT_REMOTE_VERSION_INFO, 300);
	}
	(void)raw_expect_le(p, BT_HCI_EVT_LE_DATA_LEN_CHANGE, 300);
	end_alive();
}

static void control_pdus_are_encrypted_too(void **state)
{
	static const uint8_t map[5] = {0xff, 0xff, 0, 0, 0};
	size_t longest = 0;

	begin();
	encrypt();
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
	exchange(4, 1000);
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

	begin_with(&(struct raw_params){.interval = 8, .timeout = 1000});
	bench.loss_percent = 25;
	bench.verdict = bench_lossy;
	encrypt();
	exchange(60, 27);
	retransmissions_are_the_same_bytes();
	c->user = NULL;
	p->user = NULL;
	stream_begin(&down, c, ch, p);
	stream_begin(&up, p, ph, c);
	for (int i = 0; i < 20; i++) {
		enable(i % 2 ? ltk : other_ltk);
		/* Data waits, some of it in the middle of a packet. */
		stream_send(&down, 80);
		stream_send(&up, 80);
		asked();
		reply(i % 2 ? ltk : other_ltk);
		stream_send(&down, 80);
		stream_send(&up, 80);
		check_refresh(c, ch, 0);
		check_refresh(p, ph, 0);
		raw_run_ms((uint32_t)i * 3);
	}
	stream_finish(&down, 60000);
	stream_finish(&up, 60000);
	bench.verdict = NULL;
	end_alive();
}

/* A PDU that the host does not take comes again, under its counter. */
static void a_host_without_buffers_disturbs_nothing(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central), *y = host_of(!central);
	static struct stream stream;

	begin();
	encrypt();
	stream_begin(&stream, x, handle_of(central), y);
	for (int i = 0; i < 10; i++) {
		y->refuse_acl = true;
		stream_send(&stream, 27);
		stream_send(&stream, 100);
		raw_run_ms(200);
		y->refuse_acl = false;
		raw_run_ms(200);
	}
	stream_finish(&stream, 5000);
	end_alive();
}

/* ---- Sample data, Vol 6 Part C 1 ---- */

static void check_sample(int at, bool central, const char *pdu, size_t len)
{
	assert_true(at >= 0);
	assert_int_equal(bench.trace[at].sender, central ? 0 : 1);
	assert_int_equal(bench.trace[at].len, 2 + len);
	assert_memory_equal(bench.trace[at].pdu + 2, pdu, len);
}

static void the_packets_are_those_of_the_specification(void **state)
{
	static const uint8_t skd[16] = {0x13, 0x02, 0xf1, 0xe0, 0xdf, 0xce, 0xbd, 0xac,
					0x79, 0x68, 0x57, 0x46, 0x35, 0x24, 0x13, 0x02};
	static const uint8_t iv[8] = {0x24, 0xab, 0xdc, 0xba, 0xbe, 0xba, 0xaf, 0xde};
	static const uint8_t key[16] = {0x99, 0xad, 0x1b, 0x52, 0x26, 0xa3, 0x7e, 0x3e,
					0x05, 0x8e, 0x3b, 0x8e, 0x27, 0xc2, 0xc6, 0x66};
	int at;

	begin();
	enable(ltk);
	asked();
	raw_run_ms(100);
	/* Both have drawn their halves; the sample's take their place. */
	for (int i = 0; i < 2; i++) {
		memcpy(conn_of(i)->enc.skd, skd, sizeof(skd));
		memcpy(conn_of(i)->enc.iv, iv, sizeof(iv));
	}
	bench_trace(&bench);
	reply(ltk);
	check_change(c, ch, 0);
	assert_memory_equal(conn_of(true)->enc.ccm.key, key, 16);
	at = check_next(0, false, false, LL_START_ENC_REQ, 1);
	at = next_pdu(at);
	check_sample(at, true, "\x9f\xcd\xa7\xf4\x48", 5);
	at = next_pdu(at + 1);
	check_sample(at, false, "\xa3\x4c\x13\xa4\x15", 5);
	raw_acl(c, ch, "\x17\0cdefghijklmnopq1234567890", 27);
	raw_run_ms(100);
	raw_acl(p, ph,
		"\x17\0"
		"76543210ABCDEFGHIJKLMNOPQ",
		27);
	raw_run_ms(100);
	at = next_pdu(at + 1);
	check_sample(at, true,
		     "\x7a\x70\xd6\x64\x15\x22\x6d\xf2\x6b\x17\x83\x9a\x06\x04\x05\x59"
		     "\x6b\xd6\x56\x4f\x79\x6b\x5b\x9c\xe6\xff\x32\xf7\x5a\x6d\x33",
		     31);
	at = next_pdu(at + 1);
	check_sample(at, false,
		     "\xf3\x88\x81\xe7\xbd\x94\xc9\xc3\x69\xb9\xa6\x68\x46\xdd\x47\x86"
		     "\xaa\x8c\x39\xce\x54\x0d\x0d\xae\x3a\xdc\xdf\x89\xb9\x60\x88",
		     31);
	end_alive();
}

/* The counter has 39 bits, the direction the 40th. */
static void counters_pass_32_bits(void **state)
{
	static const uint8_t plain[8];
	uint8_t sealed[2][sizeof(plain) + 4];

	begin();
	encrypt();
	conn_of(true)->enc.tx_counter = 0xfffffffeU;
	conn_of(false)->enc.rx_counter = 0xfffffffeU;
	exchange(4, 20);
	assert_true(conn_of(false)->enc.rx_counter > 0x100000000U);
	/* All of them count. */
	for (int i = 0; i < 2; i++) {
		struct ll_enc enc = conn_of(true)->enc;

		enc.tx_counter = i == 0 ? 5 : 5 + 0x100000000U;
		ll__enc_seal(&enc, true, LL_LLID_START, plain, sizeof(plain), sealed[i]);
	}
	assert_memory_not_equal(sealed[0], sealed[1], sizeof(plain));
	end_alive();
}

/* ---- HCI ---- */

static void le_encrypt_is_aes(void **state)
{
	/* FIPS-197 C.1, turned. */
	static const uint8_t params[32] = {
		0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0x07, 0x06, 0x05,
		0x04, 0x03, 0x02, 0x01, 0x00, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa,
		0x99, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x00,
	};
	static const uint8_t cipher[16] = {0x5a, 0xc5, 0xb4, 0x70, 0x80, 0xb7, 0xcd, 0xd8,
					   0x30, 0x04, 0x7b, 0x6a, 0xd8, 0xe0, 0xc4, 0x69};

	bench_begin(&bench, 1);
	raw_do(c, BT_HCI_OP_LE_ENCRYPT, params, sizeof(params));
	assert_int_equal(c->rsp_len, 16);
	assert_memory_equal(c->rsp, cipher, 16);
	bench_end(&bench);
}

static void commands_out_of_place_are_refused(void **state)
{
	const uint8_t timeout[4] = {0x3f, 0, 100, 0};

	begin();
	/* No such connection. */
	assert_int_equal(enable_on(c, 0x3f, ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(reply_on(p, 0x3f, ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(0x3f, 0)),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT, timeout, 2),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT, timeout, 4),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	/* Not this role's. */
	assert_int_equal(enable_on(p, ph, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	/* Nobody has asked. */
	assert_int_equal(reply_on(p, ph, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(reply_on(c, ch, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph))),
			 BT_HCI_ERR_CMD_DISALLOWED);
	/* One at a time; one answer. */
	enable(ltk);
	assert_int_equal(enable_on(c, ch, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	asked();
	assert_int_equal(reply_on(c, ch, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	reply(ltk);
	assert_int_equal(reply_on(p, ph, ltk), BT_HCI_ERR_CMD_DISALLOWED);
	check_change(c, ch, 0);
	check_change(p, ph, 0);
	end_alive();
}

static void keys_are_wiped(void **state)
{
	static const uint8_t zeros[16];
	struct ll_conn *conns[2];

	begin();
	encrypt();
	assert_memory_equal(conn_of(true)->enc.ltk, zeros, 16);
	assert_memory_not_equal(conn_of(true)->enc.ccm.key, zeros, 16);
	conns[0] = conn_of(true);
	conns[1] = conn_of(false);
	raw_disconnect(c, p, ch);
	assert_memory_equal(conns[0]->enc.ccm.key, zeros, 16);
	assert_memory_equal(conns[1]->enc.ccm.key, zeros, 16);
	bench_end(&bench);
}

/* ---- Authenticated payload timeout, 5.4 ---- */

static void set_payload_timeout(struct raw_host *host, uint16_t handle, uint16_t timeout)
{
	raw_do(host, BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT,
	       RAW_BYTES(RAW_LE16(handle), RAW_LE16(timeout)));
	assert_int_equal(sys_get_le16(host->rsp), handle);
}

static void the_payload_timeout_is_read_and_written(void **state)
{
	begin_with(&(struct raw_params){.interval = 80, .latency = 3, .timeout = 1000});
	raw_do(c, BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT, RAW_BYTES(RAW_LE16(ch)));
	assert_int_equal(c->rsp_len, 4);
	assert_int_equal(sys_get_le16(c->rsp), ch);
	assert_int_equal(sys_get_le16(c->rsp + 2), 3000);
	/* Not below four intervals of 100 ms. */
	assert_int_equal(
		raw_cmd(c, BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT, RAW_BYTES(RAW_LE16(ch), 39, 0)),
		BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(
		raw_cmd(c, BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT, RAW_BYTES(RAW_LE16(ch), 0, 0)),
		BT_HCI_ERR_INVALID_PARAM);
	set_payload_timeout(c, ch, 40);
	raw_do(c, BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT, RAW_BYTES(RAW_LE16(ch)));
	assert_int_equal(sys_get_le16(c->rsp + 2), 40);
	end_alive();
}

static unsigned int pdus(bool central)
{
	unsigned int count = 0;

	for (int at = next_pdu(0); at >= 0; at = next_pdu(at + 1)) {
		count += bench.trace[at].sender == (central ? 0 : 1);
	}
	return count;
}

/*
 *   X                        Y
 *   |  22.5 s                |
 *   |-- [PING_REQ] --------->|   in time: no host hears of anything
 *   |<--------- [PING_RSP] --|
 */
static void an_idle_link_is_pinged_in_time(void **state)
{
	/* The supervision timeout is the longer one. */
	begin_with(&(struct raw_params){.interval = 80, .timeout = 3200});
	raw_run_ms(1000);
	assert_int_equal(next_pdu(0), -1);
	encrypt();
	raw_run_ms(500);
	bench_trace(&bench);
	raw_run_ms(120000);
	assert_int_equal(c->event_count + p->event_count, 0);
	assert_in_range(pdus(true), 4, 12);
	assert_in_range(pdus(false), 4, 12);
	end_alive();
}

static void a_short_payload_timeout_is_kept_with_latency_and_loss(void **state)
{
	begin_with(&(struct raw_params){.interval = 40, .latency = 4, .timeout = 600});
	encrypt();
	set_payload_timeout(c, ch, 500);
	set_payload_timeout(p, ph, 500);
	bench.loss_percent = 10;
	bench.verdict = bench_lossy;
	raw_run_ms(120000);
	assert_int_equal(c->event_count + p->event_count, 0);
	bench.verdict = NULL;
	end_alive();
}

/* It acknowledges with empty packets, which anybody could send. */
static void a_peer_without_authentic_packets_is_reported_again_and_again(void **state)
{
	bool central = by_central(state);
	struct raw_host *x = host_of(central);
	uint64_t before_us;

	begin();
	encrypt();
	set_payload_timeout(x, handle_of(central), 1000);
	peer_silence(host_of(!central), handle_of(!central));
	before_us = raw_now_us();
	for (int i = 1; i <= 3; i++) {
		const struct raw_event *event =
			raw_expect(x, BT_HCI_EVT_AUTH_PAYLOAD_TIMEOUT_EXP, 10100);

		assert_int_equal(event->len, 2);
		assert_int_equal(sys_get_le16(event->params), handle_of(central));
		assert_in_range(raw_now_us() - before_us, i * 10000000 - 1000, i * 10000000 + 1000);
	}
	raw_do(x, BT_HCI_OP_SET_EVENT_MASK_PAGE_2, RAW_BYTES(0, 0, 0, 0, 0, 0, 0, 0));
	assert_null(raw_wait(x, BT_HCI_EVT_AUTH_PAYLOAD_TIMEOUT_EXP, 0, 11000));
	bench_end(&bench);
}

/* ---- Many ---- */

#define CENTRALS    5
#define PERIPHERALS 20

static void encrypt_all(unsigned int centrals, unsigned int peripherals)
{
	static uint16_t hubs[CENTRALS][PERIPHERALS], spokes[CENTRALS][PERIPHERALS];
	static struct stream streams[CENTRALS][PERIPHERALS];

	bench_begin(&bench, centrals + peripherals);
	for (unsigned int i = 0; i < centrals * peripherals; i++) {
		unsigned int x = i / peripherals, y = i % peripherals;

		raw_connect(&bench.dev[x], &bench.dev[centrals + y],
			    &(struct raw_params){.interval = 160, .timeout = 1000}, &hubs[x][y],
			    &spokes[x][y]);
	}
	for (unsigned int i = 0; i < centrals * peripherals; i++) {
		unsigned int x = i / peripherals, y = i % peripherals;
		uint8_t key[16] = {(uint8_t)x, (uint8_t)y};

		assert_int_equal(enable_on(&bench.dev[x], hubs[x][y], key), 0);
	}
	for (unsigned int i = 0; i < centrals * peripherals; i++) {
		const struct raw_event *event = raw_expect_le(
			&bench.dev[centrals + i % peripherals], BT_HCI_EVT_LE_LTK_REQUEST, 10000);
		uint16_t handle = sys_get_le16(event->params);
		unsigned int y = i % peripherals, x = 0;
		uint8_t key[16];

		while (spokes[x][y] != handle) {
			x++;
		}
		memcpy(key, (const uint8_t[16]){(uint8_t)x, (uint8_t)y}, 16);
		assert_int_equal(reply_on(&bench.dev[centrals + y], handle, key), 0);
	}
	raw_run_ms(3000);
	for (unsigned int i = 0; i < centrals * peripherals; i++) {
		unsigned int x = i / peripherals, y = i % peripherals;

		assert_int_equal(
			raw_expect(&bench.dev[x], BT_HCI_EVT_ENCRYPT_CHANGE, 10)->params[0], 0);
		stream_begin_to(&streams[x][y], &bench.dev[x], hubs[x][y], &bench.dev[centrals + y],
				spokes[x][y]);
	}
	for (unsigned int i = 0; i < 3 * centrals * peripherals; i++) {
		stream_send(&streams[i / 3 / peripherals][i / 3 % peripherals], 100);
	}
	for (unsigned int i = 0; i < centrals * peripherals; i++) {
		stream_finish(&streams[i / peripherals][i % peripherals], 60000);
	}
	for (size_t i = 0; i < bench.count; i++) {
		assert_false(raw_has(&bench.dev[i], BT_HCI_EVT_DISCONN_COMPLETE));
	}
}

static void sixteen_links_are_encrypted(void **state)
{
	encrypt_all(1, 16);
	bench_end(&bench);
}

static void a_hundred_links_are_encrypted(void **state)
{
	encrypt_all(CENTRALS, PERIPHERALS);
	bench_end(&bench);
}

static void the_same_seed_gives_the_same_ciphers(void **state)
{
	uint64_t hash[2];

	for (int i = 0; i < 2; i++) {
		encrypt_all(1, 4);
		hash[i] = bench.hash;
		bench_end(&bench);
	}
	assert_true(hash[0] == hash[1]);
}

/* By the central and by the peripheral, or in a refresh and in a start. */
#define BOTH(test)                                          \
	{#test " (1)", test, NULL, NULL, (void *)&yes},     \
	{                                                   \
#test " (2)", test, NULL, NULL, (void *)&no \
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
		cmocka_unit_test(a_peer_that_cannot_encrypt_is_reported),
		cmocka_unit_test(a_refused_pause_leaves_the_link_encrypted),
		cmocka_unit_test(unexpected_pdus_end_the_link),
		cmocka_unit_test(unexpected_pdus_in_a_refresh_end_the_link),
		cmocka_unit_test(cve_2025_52435_a_failed_pause_never_leaves_plain_text),
		cmocka_unit_test(cve_2019_19194_there_is_no_key_before_the_host_gives_one),
		cmocka_unit_test(a_plain_start_proves_nothing),
		cmocka_unit_test(a_refusal_after_the_start_ends_the_link),
		cmocka_unit_test(an_early_pause_rsp_ends_the_link),
		BOTH(nothing_is_encrypted_unasked),
		BOTH(what_crosses_the_request_is_answered_afterwards),
		cmocka_unit_test(what_crosses_a_refused_request_is_answered_as_well),
		cmocka_unit_test(procedures_and_encryption_take_turns),
		cmocka_unit_test(encryption_waits_for_a_parameter_request),
		cmocka_unit_test(a_parameter_request_does_not_outlive_encryption),
		cmocka_unit_test(what_a_host_wants_meanwhile_begins_afterwards),
		cmocka_unit_test(control_pdus_are_encrypted_too),
		cmocka_unit_test(loss_does_not_disturb_encryption),
		BOTH(a_host_without_buffers_disturbs_nothing),
		cmocka_unit_test(the_packets_are_those_of_the_specification),
		cmocka_unit_test(counters_pass_32_bits),
		cmocka_unit_test(le_encrypt_is_aes),
		cmocka_unit_test(commands_out_of_place_are_refused),
		cmocka_unit_test(keys_are_wiped),
		cmocka_unit_test(the_payload_timeout_is_read_and_written),
		cmocka_unit_test(an_idle_link_is_pinged_in_time),
		cmocka_unit_test(a_short_payload_timeout_is_kept_with_latency_and_loss),
		BOTH(a_peer_without_authentic_packets_is_reported_again_and_again),
		cmocka_unit_test(sixteen_links_are_encrypted),
		cmocka_unit_test(a_hundred_links_are_encrypted),
		cmocka_unit_test(the_same_seed_gives_the_same_ciphers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
