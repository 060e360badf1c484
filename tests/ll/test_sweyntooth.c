/* SPDX-License-Identifier: Apache-2.0 */

/* The attacks on link layers of the SweynTooth family that have no test elsewhere: each leaves the
 * link as it was, or ends it alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"

/* A data PDU whose LLID is the reserved one, of every length, as if it had been received. */
static void cve_2019_17060_17061_the_reserved_llid_deadlocks_nothing(void **state)
{
	uint8_t pdu[2 + 255] = {0};

	pair_begin(NULL);
	for (unsigned int len = 0; len <= LL_DATA_LEN_MAX; len++) {
		pdu[1] = (uint8_t)len;
		(void)ll__rx_pdu(peer_conn(p, ph), pdu, raw_now_us());
		(void)ll__rx_pdu(peer_conn(c, ch), pdu, raw_now_us());
	}
	raw_run_ms(200);
	assert_int_equal(p->acl_packets, 0);
	assert_int_equal(c->acl_packets, 0);
	pair_end_alive();
}

/* A channel map without channels, or with one, would be divided by. */
static void cve_2020_10069_13594_a_channel_map_of_nothing(void **state)
{
	static const uint8_t maps[][5] = {{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 0, 0, 0, 0xe0}};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		uint8_t ind[7];

		pair_begin(NULL);
		memcpy(ind, maps[i], 5);
		sys_put_le16((uint16_t)(peer_conn(c, ch)->counter + 10), &ind[5]);
		peer_say(c, ch, LL_CHANNEL_MAP_IND, ind, sizeof(ind));
		/* It is not taken over, and the map of before goes on. */
		raw_run_ms(2000);
		pair_end_alive();
	}
}

/* Sequence numbers at random: a packet is new, or it is not. Core 6.0 Vol 6 Part B 4.5.9. */
static enum fav_air_verdict toggle(struct bench *b, const struct fav_air_packet *packet)
{
	b->random = b->random * 1664525U + 1013904223U;
	return (b->random >> 16) % 3 == 0 ? FAV_AIR_CORRUPT : FAV_AIR_DELIVER;
}

static void cve_2020_10061_sequence_numbers_that_cannot_be(void **state)
{
	pair_begin(NULL);
	for (int i = 0; i < 50; i++) {
		struct ll_conn *conn = peer_conn(c, ch);

		bench.verdict = toggle;
		raw_acl(c, ch, "12345", 5);
		raw_run_ms(60);
		bench.verdict = NULL;
		/* What it acknowledges next has not been sent. */
		conn->tx.nesn ^= 1;
		raw_run_ms(60);
		conn->tx.nesn ^= 1;
	}
	raw_run_ms(1000);
	assert_true(p->acl_packets <= 50);
	assert_false(raw_has(p, BT_HCI_EVT_DISCONN_COMPLETE));
	assert_false(raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE));
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cve_2019_17060_17061_the_reserved_llid_deadlocks_nothing),
		cmocka_unit_test(cve_2020_10069_13594_a_channel_map_of_nothing),
		cmocka_unit_test(cve_2020_10061_sequence_numbers_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
