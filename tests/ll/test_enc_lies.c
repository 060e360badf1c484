/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption of a link, Core 6.0 Vol 6 Part B 5.1.3: peers that refuse it, and peers that lie while
 * it begins or is refreshed. Encrypted PDUs are written [PDU].
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

/* ---- Peers that do not encrypt ---- */

static void check_refusal(uint8_t opcode, const uint8_t *data, uint8_t len, uint8_t status)
{
	enc_begin();
	peer_silence(p, ph);
	enc_enable(enc_ltk);
	raw_run_ms(100);
	peer_say(p, ph, opcode, data, len);
	enc_check_change(c, ch, status);
	peer_conn(p, ph)->ctrl.terminate_reason = 0;
	pair_end_alive();
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
	enc_begin();
	enc_conn_of(true)->ctrl.features_known = true;
	enc_enable(enc_ltk);
	enc_check_change(c, ch, BT_HCI_ERR_UNSUPP_REMOTE_FEATURE);
	assert_int_equal(bench_find_ctrl(&bench, 0, 0, LL_ENC_REQ), -1);
	pair_end_alive();
}

/* It goes on with the old keys. */
static void a_refused_pause_leaves_the_link_encrypted(void **state)
{
	int at;

	enc_begin();
	enc_encrypt();
	peer_silence(p, ph);
	enc_enable(enc_other_ltk);
	raw_run_ms(100);
	peer_say(p, ph, LL_REJECT_EXT_IND, (const uint8_t[]){LL_PAUSE_ENC_REQ, 0x0c}, 2);
	enc_check_refresh(c, ch, BT_HCI_ERR_CMD_DISALLOWED);
	peer_conn(p, ph)->ctrl.terminate_reason = 0;
	bench_trace(&bench);
	pair_exchange(2, 20);
	at = enc_next_pdu(0);
	assert_int_equal(bench.trace[at].len, 2 + 20 + 4);
	pair_end_alive();
}

/* ---- Lies ---- */

/* From now on its own link layer does not hold it back. */
static struct ll_conn *liar(bool central)
{
	enc_conn_of(central)->enc.state = LL_ENC_IDLE;
	enc_conn_of(central)->ctrl.terminate_reason = 0;
	return enc_conn_of(central);
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
		peer_say(pair_host(by_c), pair_handle(by_c), (uint8_t)opcode, zeros, 8);
		enc_check_lost(pair_host(!by_c), pair_handle(!by_c), MIC_FAIL, 200);
		assert_false(raw_has(pair_host(!by_c), BT_HCI_EVT_ENCRYPT_CHANGE));
		assert_false(raw_has(pair_host(!by_c), BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE));
		bench_end(&bench);
	}
	if (data_too) {
		prepare();
		(void)liar(by_c);
		raw_acl(pair_host(by_c), pair_handle(by_c), "plain text", 10);
		enc_check_lost(pair_host(!by_c), pair_handle(!by_c), MIC_FAIL, 200);
		assert_int_equal(pair_host(!by_c)->acl_packets, 0);
		bench_end(&bench);
	}
	/* The one that it waits for, malformed. */
	if (awaited != 0xff) {
		prepare();
		(void)liar(by_c);
		peer_say(pair_host(by_c), pair_handle(by_c), awaited, zeros, 3);
		enc_check_lost(pair_host(!by_c), pair_handle(!by_c), MIC_FAIL, 200);
		bench_end(&bench);
	}
}

static void until_paused_and_asked(void)
{
	enc_begin();
	enc_encrypt();
	enc_enable(enc_ltk);
	enc_asked();
	raw_run_ms(100);
}

/* The peripheral has said PAUSE_ENC_RSP; the central says nothing more by itself. */
static void until_paused(void)
{
	enc_begin();
	enc_encrypt();
	peer_say(c, ch, LL_PAUSE_ENC_REQ, NULL, 0);
	peer_silence(c, ch);
	raw_run_ms(200);
	enc_conn_of(true)->enc.tx_on = false;
	enc_conn_of(true)->enc.rx_on = false;
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
	enc_begin();
	enc_encrypt();
	peer_silence(p, ph);
	enc_enable(enc_ltk);
	raw_run_ms(100);
	peer_say(p, ph, LL_PAUSE_ENC_RSP, NULL, 0);
	enc_conn_of(false)->enc.rx_on = false;
	raw_run_ms(200);
	enc_conn_of(false)->enc.tx_on = false;
}

static void unexpected_pdus_end_the_link(void **state)
{
	/* A peripheral that waits for its host. */
	check_lies(enc_begin_asked, true, 0xff, true);
	/* A central that waits for START_ENC_REQ. */
	check_lies(enc_begin_asked, false, LL_START_ENC_REQ, true);
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
	enc_check_lost(c, ch, MIC_FAIL, 200);
	bench_end(&bench);

	/* Also not to a host that disconnects meanwhile. */
	until_pausing_is_over();
	(void)liar(true);
	raw_acl(c, ch, "plain text", 10);
	raw_do(p, BT_HCI_OP_DISCONNECT, RAW_BYTES(RAW_LE16(ph), 0x13));
	enc_check_lost(p, ph, MIC_FAIL, 200);
	assert_int_equal(p->acl_packets, 0);
	bench_end(&bench);

	/* A central that does not even answer. */
	until_paused();
	enc_check_lost(p, ph, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	bench_end(&bench);

	/* A central that never goes on; the data of the peripheral's host stays where it is. */
	until_pausing_is_over();
	raw_acl(p, ph, "secret", 6);
	bench_trace(&bench);
	enc_check_lost(p, ph, BT_HCI_ERR_LL_RESP_TIMEOUT, 60000);
	assert_int_equal(enc_next_pdu(0), -1);
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

		enc_begin_asked();
		conn = liar(true);
		ll__enc_session(&conn->enc, zeros);
		conn->enc.tx_on = variant != 0;
		conn->enc.rx_on = variant != 0;
		if (variant == 2) {
			raw_acl(c, ch, "data under a key of zeros", 25);
		} else {
			peer_say(c, ch, LL_START_ENC_RSP, NULL, 0);
		}
		enc_check_lost(p, ph, MIC_FAIL, 200);
		assert_false(raw_has(p, BT_HCI_EVT_ENCRYPT_CHANGE));
		assert_int_equal(p->acl_packets, 0);
		bench_end(&bench);
	}
}

/* START_ENC_RSP in plain text, where an encrypted one is due. */
static void check_plain_start(bool central, bool late)
{
	enc_begin_asked();
	if (central) {
		(void)liar(true);
		peer_silence(c, ch);
		enc_reply(enc_ltk);
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
	enc_check_lost(pair_host(!central), pair_handle(!central), MIC_FAIL, 300);
	assert_false(raw_has(pair_host(!central), BT_HCI_EVT_ENCRYPT_CHANGE));
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

	enc_begin_asked();
	conn = liar(false);
	peer_say(p, ph, LL_START_ENC_REQ, NULL, 0);
	ll__enc_session(&conn->enc, enc_ltk);
	/* The central answers in the event, or in the next one. */
	while (enc_conn_of(true)->enc.state != LL_ENC_AWAIT_START_RSP) {
		raw_run_ms(1);
	}
	conn->enc.rx_on = true;
	conn->enc.tx_on = true;
	peer_say(p, ph, LL_REJECT_EXT_IND, reject, 2);
	enc_check_lost(c, ch, MIC_FAIL, 300);
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
	enc_begin();
	enc_encrypt();
	raw_run_ms(100);
	c->refuse_acl = true;
	raw_acl(p, ph, "data", 4);
	raw_run_ms(100);
	c->refuse_acl = false;
	peer_silence(c, ch);
	peer_say(c, ch, LL_PAUSE_ENC_REQ, NULL, 0);
	peer_say(c, ch, LL_PAUSE_ENC_RSP, NULL, 0);
	enc_check_lost(p, ph, MIC_FAIL, 300);
	assert_int_equal(c->acl_packets, 1);
	/* That was the last word. */
	assert_int_equal(bench.trace[bench.traced - 1].sender, 0);
	bench_end(&bench);
}

/* A peer that begins what nobody has asked for changes nothing. */
static void nothing_is_encrypted_unasked(void **state)
{
	static const uint8_t zeros[22];
	bool encrypted = pair_by_central(state);

	enc_begin();
	if (encrypted) {
		enc_encrypt();
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
	assert_int_equal(enc_conn_of(true)->enc.rx_on, encrypted);
	assert_int_equal(enc_conn_of(false)->enc.rx_on, encrypted);
	if (!encrypted) {
		int at = bench_find_ctrl(&bench, 0, 1, LL_REJECT_IND);

		assert_true(at >= 0);
		assert_int_equal(bench.trace[at].pdu[3], BT_HCI_ERR_LMP_PDU_NOT_ALLOWED);
	}
	pair_end_alive();
}

int main(void)
{
	static const bool yes = true, no = false;
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
