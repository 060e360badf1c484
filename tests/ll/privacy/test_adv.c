/* SPDX-License-Identifier: Apache-2.0 */

/* Private addresses of advertisers and of scanners, Core 6.0 Vol 6 Part B 6.1, 6.2, 6.3. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ll/privacy/privacy.h"

/* ---- Advertising and scanning ---- */

/*
 *   P                          C
 *   |-- ADV_IND AdvA: P' -->   |   report: P, type 2
 */
static void a_private_advertiser_is_reported_by_its_identity(void **state)
{
	bt_addr_le_t id_c, id_p;
	bt_addr_t adv_a;
	int i;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	privacy_check_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	i = privacy_first(1, LL_ADV_NONCONN_IND);
	adv_a = privacy_addr_in(i, 0);
	assert_true(privacy_pdu(i)[0] & LL_ADV_TXADD);
	privacy_check_rpa(&adv_a, irk_p);
	bench_end(&bench);
}

static void an_identity_may_be_a_static_address(void **state)
{
	bt_addr_le_t id_c, id_p = {.type = BT_ADDR_LE_RANDOM, .a = {{1, 2, 3, 4, 5, 0xc6}}};

	bench_begin(&bench, 2);
	id_c = raw_public_addr(c);
	raw_do(p, BT_HCI_OP_LE_SET_RANDOM_ADDRESS, &id_p.a, 6);
	assert_int_equal(privacy_add(p, &id_c, irk_c, irk_p), 0);
	assert_int_equal(privacy_add(c, &id_p, irk_p, irk_none), 0);
	privacy_resolve(c, true);
	privacy_scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 3, .type = 3, .direct = id_c});
	privacy_check_report(&id_p, BT_ADDR_LE_RANDOM_ID);
	bench_end(&bench);
}

/* Without resolution, and without the key, it is a stranger. */
static void who_cannot_resolve_hears_the_private_address(void **state)
{
	bt_addr_le_t id_c, id_p, air = {.type = BT_ADDR_LE_RANDOM};

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_resolve(c, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	raw_run_ms(200);
	air.a = privacy_addr_in(privacy_first(1, LL_ADV_NONCONN_IND), 0);
	privacy_scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	privacy_check_report(&air, BT_ADDR_LE_RANDOM);
	raw_scan_stop(c);
	raw_do(c, BT_HCI_OP_LE_CLEAR_RL, NULL, 0);
	assert_int_equal(privacy_add(c, &id_p, irk_other, irk_c), 0);
	privacy_resolve(c, true);
	raw_forget(c);
	privacy_scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	privacy_check_report(&air, BT_ADDR_LE_RANDOM);
	bench_end(&bench);
}

/* Own types 2 and 3 fall back on the plain address: no entry, or no key in it. */
static void without_a_key_the_own_address_is_the_plain_one(void **state)
{
	bt_addr_le_t id_c, id_p, nobody = {.a = {{9}}};
	bt_addr_t adv_a;

	bench_begin(&bench, 2);
	id_c = raw_public_addr(c);
	id_p = raw_public_addr(p);
	assert_int_equal(privacy_add(p, &id_c, irk_c, irk_none), 0);
	for (int i = 0; i < 2; i++) {
		bench_trace(&bench);
		raw_adv_start(p, &(struct raw_adv){.own_type = 2,
						   .type = 3,
						   .direct = i == 0 ? id_c : nobody});
		raw_run_ms(200);
		raw_adv_stop(p);
		adv_a = privacy_addr_in(privacy_first(1, LL_ADV_NONCONN_IND), 0);
		assert_memory_equal(&adv_a, &id_p.a, 6);
		assert_false(privacy_pdu(privacy_first(1, LL_ADV_NONCONN_IND))[0] & LL_ADV_TXADD);
	}
	/* Its random address was never set. */
	raw_do(p, BT_HCI_OP_LE_SET_ADV_PARAM,
	       RAW_BYTES(0x20, 0, 0x20, 0, 0, 3, 0, 9, 0, 0, 0, 0, 0, 7, 0));
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1)),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(p, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 16, 0, 16, 0, 3, 0));
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_create(3, &nobody), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_create(3, NULL), BT_HCI_ERR_INVALID_PARAM);
	bench_end(&bench);
}

/* How many addresses P has in so many seconds; all events are whole under one of them. */
static unsigned int addresses_in(uint32_t seconds)
{
	unsigned int count = 0;
	bt_addr_t last = {{0}};

	bench_trace(&bench);
	raw_run_ms(seconds * 1000);
	assert_true(bench.traced < BENCH_TRACE);
	for (size_t i = 0; i < bench.traced; i++) {
		bt_addr_t adv_a = privacy_addr_in((int)i, 0);

		privacy_check_rpa(&adv_a, irk_p);
		if (!bt_addr_eq(&adv_a, &last)) {
			assert_int_equal(bench.trace[i].channel, 37);
			count++;
		}
		last = adv_a;
	}
	return count;
}

static void private_addresses_change_after_their_time(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	assert_int_equal(addresses_in(10), 1);
	/* The one in use keeps to the new time as well. */
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(2, 0));
	assert_in_range(addresses_in(20), 10, 11);
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2, RAW_BYTES(1, 0, 5, 0));
	assert_in_range(addresses_in(60), 14, 40);
	bench_end(&bench);
}

/* Another address makes no other device. */
static void a_changed_address_is_still_a_duplicate(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(1, 0));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 0, .direct = id_c});
	privacy_scan(BT_HCI_OWN_ADDR_RPA_OR_PUBLIC, true, 0, true);
	raw_run_ms(10000);
	assert_int_equal(c->reports_seen, 2);
	bench_end(&bench);
}

/*
 *   P                                 C
 *   |-- ADV_IND AdvA: P' -->          |
 *   |<- SCAN_REQ ScanA: C', AdvA: P' -|
 *   |-- SCAN_RSP AdvA: P' -->         |   report: P, type 2
 */
static void a_scan_request_is_private_both_ways(void **state)
{
	bt_addr_le_t id_c, id_p;
	bt_addr_t scan_a, adv_a, asked;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_accept(p, &id_c);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2,
					   .type = LL_ADV_KIND_SCAN,
					   .policy = LL_ADV_FILTER_SCAN,
					   .direct = id_c});
	privacy_scan(BT_HCI_OWN_ADDR_RPA_OR_PUBLIC, true, 0, false);
	raw_run_ms(500);
	scan_a = privacy_addr_in(privacy_first(0, LL_SCAN_REQ), 0);
	asked = privacy_addr_in(privacy_first(0, LL_SCAN_REQ), 1);
	adv_a = privacy_addr_in(privacy_first(1, LL_SCAN_RSP), 0);
	privacy_check_rpa(&scan_a, irk_c);
	privacy_check_rpa(&adv_a, irk_p);
	assert_true(bt_addr_eq(&asked, &adv_a));
	privacy_check_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	bench_end(&bench);
}

/* The accept list has identities; a private address that it cannot resolve is not on it. */
static void the_accept_list_is_of_identities(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_accept(c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	privacy_scan(0, false, 1, false);
	privacy_check_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	raw_scan_stop(c);
	privacy_resolve(c, false);
	raw_forget(c);
	privacy_scan(0, false, 1, false);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_ADVERTISING_REPORT));
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_advertiser_is_reported_by_its_identity),
		cmocka_unit_test(an_identity_may_be_a_static_address),
		cmocka_unit_test(who_cannot_resolve_hears_the_private_address),
		cmocka_unit_test(without_a_key_the_own_address_is_the_plain_one),
		cmocka_unit_test(private_addresses_change_after_their_time),
		cmocka_unit_test(a_changed_address_is_still_a_duplicate),
		cmocka_unit_test(a_scan_request_is_private_both_ways),
		cmocka_unit_test(the_accept_list_is_of_identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
