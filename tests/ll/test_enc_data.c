/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What encryption makes of packets, Core 6.0 Vol 6 Part E and Part C 1; the commands of the host;
 * the authenticated payload timeout, Part B 5.4; many links.
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

	enc_begin();
	enc_enable(enc_ltk);
	enc_asked();
	raw_run_ms(100);
	/* Both have drawn their halves; the sample's take their place. */
	for (int i = 0; i < 2; i++) {
		memcpy(enc_conn_of(i)->enc.skd, skd, sizeof(skd));
		memcpy(enc_conn_of(i)->enc.iv, iv, sizeof(iv));
	}
	bench_trace(&bench);
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	assert_memory_equal(enc_conn_of(true)->enc.ccm.key, key, 16);
	at = enc_check_next(0, false, false, LL_START_ENC_REQ, 1);
	at = enc_next_pdu(at);
	check_sample(at, true, "\x9f\xcd\xa7\xf4\x48", 5);
	at = enc_next_pdu(at + 1);
	check_sample(at, false, "\xa3\x4c\x13\xa4\x15", 5);
	raw_acl(c, ch, "\x17\0cdefghijklmnopq1234567890", 27);
	raw_run_ms(100);
	raw_acl(p, ph,
		"\x17\0"
		"76543210ABCDEFGHIJKLMNOPQ",
		27);
	raw_run_ms(100);
	at = enc_next_pdu(at + 1);
	check_sample(at, true,
		     "\x7a\x70\xd6\x64\x15\x22\x6d\xf2\x6b\x17\x83\x9a\x06\x04\x05\x59"
		     "\x6b\xd6\x56\x4f\x79\x6b\x5b\x9c\xe6\xff\x32\xf7\x5a\x6d\x33",
		     31);
	at = enc_next_pdu(at + 1);
	check_sample(at, false,
		     "\xf3\x88\x81\xe7\xbd\x94\xc9\xc3\x69\xb9\xa6\x68\x46\xdd\x47\x86"
		     "\xaa\x8c\x39\xce\x54\x0d\x0d\xae\x3a\xdc\xdf\x89\xb9\x60\x88",
		     31);
	pair_end_alive();
}

/* The counter has 39 bits, the direction the 40th. */
static void counters_pass_32_bits(void **state)
{
	static const uint8_t plain[8];
	uint8_t sealed[2][sizeof(plain) + 4];

	enc_begin();
	enc_encrypt();
	enc_conn_of(true)->enc.tx_counter = 0xfffffffeU;
	enc_conn_of(false)->enc.rx_counter = 0xfffffffeU;
	pair_exchange(4, 20);
	assert_true(enc_conn_of(false)->enc.rx_counter > 0x100000000U);
	/* All of them count. */
	for (int i = 0; i < 2; i++) {
		struct ll_enc enc = enc_conn_of(true)->enc;

		enc.tx_counter = i == 0 ? 5 : 5 + 0x100000000U;
		ll__enc_seal(&enc, true, LL_LLID_START, plain, sizeof(plain), sealed[i]);
	}
	assert_memory_not_equal(sealed[0], sealed[1], sizeof(plain));
	pair_end_alive();
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

	enc_begin();
	/* No such connection. */
	assert_int_equal(enc_enable_on(c, 0x3f, enc_ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(enc_reply_on(p, 0x3f, enc_ltk), BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(0x3f, 0)),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT, timeout, 2),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT, timeout, 4),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	/* Not this role's. */
	assert_int_equal(enc_enable_on(p, ph, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	/* Nobody has asked. */
	assert_int_equal(enc_reply_on(p, ph, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(enc_reply_on(c, ch, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, RAW_BYTES(RAW_LE16(ph))),
			 BT_HCI_ERR_CMD_DISALLOWED);
	/* One at a time; one answer. */
	enc_enable(enc_ltk);
	assert_int_equal(enc_enable_on(c, ch, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	enc_asked();
	assert_int_equal(enc_reply_on(c, ch, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	enc_reply(enc_ltk);
	assert_int_equal(enc_reply_on(p, ph, enc_ltk), BT_HCI_ERR_CMD_DISALLOWED);
	enc_check_change(c, ch, 0);
	enc_check_change(p, ph, 0);
	pair_end_alive();
}

static void keys_are_wiped(void **state)
{
	static const uint8_t zeros[16];
	struct ll_conn *conns[2];

	enc_begin();
	enc_encrypt();
	assert_memory_equal(enc_conn_of(true)->enc.ltk, zeros, 16);
	assert_memory_not_equal(enc_conn_of(true)->enc.ccm.key, zeros, 16);
	conns[0] = enc_conn_of(true);
	conns[1] = enc_conn_of(false);
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
	enc_begin_with(&(struct raw_params){.interval = 80, .latency = 3, .timeout = 1000});
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
	pair_end_alive();
}

static unsigned int pdus(bool central)
{
	unsigned int count = 0;

	for (int at = enc_next_pdu(0); at >= 0; at = enc_next_pdu(at + 1)) {
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
	enc_begin_with(&(struct raw_params){.interval = 80, .timeout = 3200});
	raw_run_ms(1000);
	assert_int_equal(enc_next_pdu(0), -1);
	enc_encrypt();
	raw_run_ms(500);
	bench_trace(&bench);
	raw_run_ms(120000);
	assert_int_equal(c->event_count + p->event_count, 0);
	assert_in_range(pdus(true), 4, 12);
	assert_in_range(pdus(false), 4, 12);
	pair_end_alive();
}

static void a_short_payload_timeout_is_kept_with_latency_and_loss(void **state)
{
	enc_begin_with(&(struct raw_params){.interval = 40, .latency = 4, .timeout = 600});
	enc_encrypt();
	set_payload_timeout(c, ch, 500);
	set_payload_timeout(p, ph, 500);
	bench.loss_percent = 10;
	bench.verdict = bench_lossy;
	raw_run_ms(120000);
	assert_int_equal(c->event_count + p->event_count, 0);
	bench.verdict = NULL;
	pair_end_alive();
}

/* It acknowledges with empty packets, which anybody could send. */
static void a_peer_without_authentic_packets_is_reported_again_and_again(void **state)
{
	bool central = pair_by_central(state);
	struct raw_host *x = pair_host(central);
	uint64_t before_us;

	enc_begin();
	enc_encrypt();
	set_payload_timeout(x, pair_handle(central), 1000);
	peer_silence(pair_host(!central), pair_handle(!central));
	before_us = raw_now_us();
	for (int i = 1; i <= 3; i++) {
		const struct raw_event *event =
			raw_expect(x, BT_HCI_EVT_AUTH_PAYLOAD_TIMEOUT_EXP, 10100);

		assert_int_equal(event->len, 2);
		assert_int_equal(sys_get_le16(event->params), pair_handle(central));
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

		assert_int_equal(enc_enable_on(&bench.dev[x], hubs[x][y], key), 0);
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
		assert_int_equal(enc_reply_on(&bench.dev[centrals + y], handle, key), 0);
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

int main(void)
{
	static const bool yes = true, no = false;
	const struct CMUnitTest tests[] = {
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
