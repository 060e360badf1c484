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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_encrypted),
		cmocka_unit_test(the_keys_are_refreshed),
		cmocka_unit_test(a_wrong_key_ends_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
