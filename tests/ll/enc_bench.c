/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/enc_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

const uint8_t enc_ltk[16] = {0xbf, 0x01, 0xfb, 0x9d, 0x4e, 0xf3, 0xbc, 0x36,
			     0xd8, 0x74, 0xf5, 0x39, 0x41, 0x38, 0x68, 0x4c};
const uint8_t enc_other_ltk[16] = {1, 2, 3};
const uint8_t enc_rand_ediv[10] = {0x90, 0x78, 0x56, 0x34, 0x12, 0xef, 0xcd, 0xab, 0x74, 0x24};

static const uint8_t all_events[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

void enc_begin_with(const struct raw_params *params)
{
	bench_begin(&bench, 2);
	raw_do(c, BT_HCI_OP_SET_EVENT_MASK_PAGE_2, all_events, 8);
	raw_do(p, BT_HCI_OP_SET_EVENT_MASK_PAGE_2, all_events, 8);
	pair_link(params, 200);
	bench_trace(&bench);
}

void enc_begin(void)
{
	enc_begin_with(NULL);
}

struct ll_conn *enc_conn_of(bool central)
{
	return peer_conn(pair_host(central), pair_handle(central));
}

/* ---- What the hosts do ---- */

uint8_t enc_enable_on(struct raw_host *host, uint16_t handle, const uint8_t *key)
{
	uint8_t params[28];

	sys_put_le16(handle, params);
	memcpy(params + 2, enc_rand_ediv, sizeof(enc_rand_ediv));
	memcpy(params + 12, key, 16);
	return raw_cmd(host, BT_HCI_OP_LE_START_ENCRYPTION, params, sizeof(params));
}

void enc_enable(const uint8_t *key)
{
	assert_int_equal(enc_enable_on(c, ch, key), 0);
}

uint8_t enc_reply_on(struct raw_host *host, uint16_t handle, const uint8_t *key)
{
	uint8_t params[18];

	sys_put_le16(handle, params);
	memcpy(params + 2, key, 16);
	return raw_cmd(host, BT_HCI_OP_LE_LTK_REQ_REPLY, params, sizeof(params));
}

void enc_reply(const uint8_t *key)
{
	assert_int_equal(enc_reply_on(p, ph, key), 0);
	assert_int_equal(sys_get_le16(p->rsp), ph);
}

void enc_asked(void)
{
	const struct raw_event *event = raw_expect_le(p, BT_HCI_EVT_LE_LTK_REQUEST, 5000);

	assert_int_equal(event->len - 1, 12);
	assert_int_equal(sys_get_le16(event->params), ph);
	assert_memory_equal(event->params + 2, enc_rand_ediv, 10);
}

void enc_check_change(struct raw_host *host, uint16_t handle, uint8_t status)
{
	const struct raw_event *event = raw_expect(host, BT_HCI_EVT_ENCRYPT_CHANGE, 10000);

	assert_int_equal(event->len, 4);
	assert_int_equal(event->params[0], status);
	assert_int_equal(sys_get_le16(event->params + 1), handle);
	assert_int_equal(event->params[3], status == 0);
}

void enc_check_refresh(struct raw_host *host, uint16_t handle, uint8_t status)
{
	const struct raw_event *event =
		raw_expect(host, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE, 10000);

	assert_int_equal(event->len, 3);
	assert_int_equal(event->params[0], status);
	assert_int_equal(sys_get_le16(event->params + 1), handle);
}

void enc_encrypt(void)
{
	enc_enable(enc_ltk);
	enc_asked();
	enc_reply(enc_ltk);
	enc_check_change(c, ch, 0);
	enc_check_change(p, ph, 0);
}

void enc_check_lost(struct raw_host *host, uint16_t handle, uint8_t reason, uint32_t timeout_ms)
{
	const struct raw_event *event = raw_expect(host, BT_HCI_EVT_DISCONN_COMPLETE, timeout_ms);

	assert_int_equal(sys_get_le16(event->params + 1), handle);
	assert_int_equal(event->params[3], reason);
}

/* ---- What was on the air ---- */

int enc_next_pdu(int from)
{
	for (size_t i = (size_t)from; i < bench.traced; i++) {
		const struct bench_packet *packet = &bench.trace[i];

		if (packet->access_address != LL_ADV_ACCESS_ADDRESS && packet->len > 2) {
			return (int)i;
		}
	}
	return -1;
}

int enc_check_next(int from, bool central, bool encrypted, uint8_t opcode, uint8_t len)
{
	int at = enc_next_pdu(from);
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

void enc_begin_asked(void)
{
	enc_begin();
	enc_enable(enc_ltk);
	enc_asked();
	raw_run_ms(100);
}
