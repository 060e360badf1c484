/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Private addresses of connections and of who calls for them, by directed advertising or by a set,
 * Core 6.0 Vol 6 Part B 6.2, 6.4.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "crypto/rpa.h"
#include "ll/ext.h"
#include "ll/privacy/privacy.h"
#include "ll/raw_radio.h"

static struct raw_radio radio;

/* ---- Connecting ---- */

/*
 *   P                                     C
 *   |-- ADV_IND AdvA: P' -->              |
 *   |<- CONNECT_IND InitA: C', AdvA: P' --|
 *   |   connected to C (type 2), C', P'   |   connected to P (type 2), P', C'
 */
static void check_private_connection(const bt_addr_le_t *id_c, const bt_addr_le_t *id_p)
{
	struct bt_hci_evt_le_enh_conn_complete at_c = privacy_connected(c),
					       at_p = privacy_connected(p);
	bt_addr_t init_a = privacy_addr_in(privacy_first(0, LL_CONNECT_IND), 0);
	bt_addr_t adv_a = privacy_addr_in(privacy_first(0, LL_CONNECT_IND), 1);

	privacy_check_rpa(&init_a, irk_c);
	privacy_check_rpa(&adv_a, irk_p);
	assert_int_equal(at_c.peer_addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&at_c.peer_addr.a, &id_p->a, 6);
	assert_memory_equal(&at_c.local_rpa, &init_a, 6);
	assert_memory_equal(&at_c.peer_rpa, &adv_a, 6);
	assert_int_equal(at_p.peer_addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&at_p.peer_addr.a, &id_c->a, 6);
	assert_memory_equal(&at_p.local_rpa, &adv_a, 6);
	assert_memory_equal(&at_p.peer_rpa, &init_a, 6);
	raw_disconnect(c, p, sys_le16_to_cpu(at_c.handle));
}

static void a_connection_is_private_both_ways(void **state)
{
	bt_addr_le_t id_c, id_p, named;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	for (int type = BT_ADDR_LE_PUBLIC; type <= BT_ADDR_LE_PUBLIC_ID; type += 2) {
		bench_trace(&bench);
		named = id_p;
		named.type = (uint8_t)type;
		raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
		assert_int_equal(privacy_create(2, &named), 0);
		check_private_connection(&id_c, &id_p);
	}
	bench_end(&bench);
}

static void both_sides_connect_by_their_accept_lists(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_accept(c, &id_p);
	privacy_accept(p, &id_c);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .policy = LL_ADV_FILTER_CONNECT, .direct = id_c});
	assert_int_equal(privacy_create(2, NULL), 0);
	check_private_connection(&id_c, &id_p);
	bench_end(&bench);
}

/* Hosts that resolve by themselves name the address that they have heard. */
static void a_private_address_can_be_named_itself(void **state)
{
	bt_addr_le_t id_c, id_p, air = {.type = BT_ADDR_LE_RANDOM};
	struct bt_hci_evt_le_enh_conn_complete at_c;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_resolve(c, false);
	privacy_set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	raw_run_ms(200);
	air.a = privacy_addr_in(privacy_first(1, LL_ADV_IND), 0);
	/* Without resolution nobody is known by the identity. */
	assert_int_equal(privacy_create(0, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 500));
	privacy_create_ends();
	assert_int_equal(privacy_create(0, &air), 0);
	at_c = privacy_connected(c);
	assert_true(bt_addr_le_eq(&at_c.peer_addr, &air));
	assert_true(bt_addr_eq(&at_c.peer_rpa, BT_ADDR_ANY));
	assert_true(bt_addr_eq(&at_c.local_rpa, BT_ADDR_ANY));
	bench_end(&bench);
}

/* A host that has masked the enhanced event hears plain types. */
static void the_plain_event_has_the_identity(void **state)
{
	static const uint8_t plain[8] = {0x1f};
	const struct bt_hci_evt_le_conn_complete *evt;
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_do(c, BT_HCI_OP_LE_SET_EVENT_MASK, plain, sizeof(plain));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(privacy_create(2, &id_p), 0);
	evt = (const void *)raw_expect_le(c, BT_HCI_EVT_LE_CONN_COMPLETE, 2000)->params;
	assert_true(bt_addr_le_eq(&evt->peer_addr, &id_p));
	bench_end(&bench);
}

/* Two private addresses of one peer are one peer, 4.5 of the connection's uniqueness. */
static void a_peer_under_another_address_is_not_connected_twice(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(1, 0));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(privacy_create(2, &id_p), 0);
	(void)privacy_connected(c);
	(void)privacy_connected(p);
	assert_int_equal(privacy_create(2, &id_p), BT_HCI_ERR_CONN_ALREADY_EXISTS);
	raw_run_ms(2000);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	privacy_accept(c, &id_p);
	assert_int_equal(privacy_create(2, NULL), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 2000));
	bench_end(&bench);
}

/* ---- Directed ---- */

/*
 *   P                                             C
 *   |-- ADV_DIRECT_IND AdvA: P', TargetA: C' -->  |
 *   |<- CONNECT_IND InitA: C'', AdvA: P' ---------|
 */
static void a_directed_event_calls_by_a_private_address(void **state)
{
	static const uint8_t kinds[] = {LL_ADV_KIND_DIRECT_HIGH, LL_ADV_KIND_DIRECT_LOW};
	bt_addr_le_t id_c, id_p;
	bt_addr_t target_a;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bench_trace(&bench);
		assert_int_equal(privacy_create(2, &id_p), 0);
		raw_adv_start(p,
			      &(struct raw_adv){.own_type = 2, .type = kinds[i], .direct = id_c});
		raw_run_ms(100);
		target_a = privacy_addr_in(privacy_first(1, LL_ADV_DIRECT_IND), 1);
		privacy_check_rpa(&target_a, irk_c);
		assert_true(privacy_pdu(privacy_first(1, LL_ADV_DIRECT_IND))[0] & LL_ADV_RXADD);
		check_private_connection(&id_c, &id_p);
	}
	bench_end(&bench);
}

/* A scanner whom it calls reports it; one whom it does not call hears nothing. */
static void a_directed_event_is_reported_to_whom_it_calls(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 3);
	privacy_acquaint(&id_c, &id_p);
	raw_scan_start(&bench.dev[2], false, false);
	privacy_scan(2, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	privacy_check_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT));
	assert_int_equal(bench.dev[2].reports_seen, 0);
	bench_end(&bench);
}

/* 4.3.3: with an extended filter policy, the host gets what it may be able to resolve. */
static void an_unknown_private_target_is_left_to_the_host(void **state)
{
	const struct bt_hci_evt_le_direct_adv_info *info;
	const struct raw_event *event;
	bt_addr_le_t id_c, id_p;
	bt_addr_t target_a;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_do(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id_p, sizeof(id_p));
	assert_int_equal(privacy_add(c, &id_p, irk_p, irk_other), 0);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	privacy_scan(0, false, BT_HCI_LE_SCAN_FP_BASIC_NO_FILTER, false);
	raw_run_ms(500);
	assert_int_equal(c->reports_seen, 0);
	raw_scan_stop(c);
	privacy_scan(0, false, BT_HCI_LE_SCAN_FP_EXT_FILTER, false);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT));
	raw_scan_stop(c);
	privacy_accept(c, &id_p);
	privacy_scan(0, false, BT_HCI_LE_SCAN_FP_EXT_FILTER, true);
	event = raw_expect_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT, 500);
	info = (const void *)(event->params + 1);
	target_a = privacy_addr_in(privacy_first(1, LL_ADV_DIRECT_IND), 1);
	assert_int_equal(event->params[0], 1);
	assert_int_equal(info->evt_type, BT_HCI_ADV_DIRECT_IND);
	assert_int_equal(info->addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&info->addr.a, &id_p.a, 6);
	assert_int_equal(info->dir_addr.type, BT_ADDR_LE_RANDOM);
	assert_memory_equal(&info->dir_addr.a, &target_a, 6);
	assert_int_equal(info->rssi, -50);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT));
	bench_end(&bench);
}

/* 6.4: C is private towards P, which calls it by its identity all the same. */
static void a_private_initiator_does_not_answer_to_its_identity(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id_c, sizeof(id_c));
	assert_int_equal(privacy_add(p, &id_c, irk_none, irk_p), 0);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	assert_int_equal(privacy_create(2, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	privacy_create_ends();
	privacy_set_mode(c, &id_p, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	assert_int_equal(privacy_create(0, &id_p), 0);
	(void)privacy_connected(c);
	(void)privacy_connected(p);
	bench_end(&bench);
}

/* ---- Advertising sets ---- */

/*
 *   P, a set                                     C
 *   |-- ADV_EXT_IND, AUX_ADV_IND AdvA: P' -->    |   extended report: P, type 2
 *   |<- AUX_CONNECT_REQ InitA, AdvA: P' ---------|
 *   |-- AUX_CONNECT_RSP ------------------------>|
 */
static void a_set_is_private_as_well(void **state)
{
	static struct ext_heard heard;
	struct ext_set set = {.props = BT_HCI_LE_ADV_PROP_CONN, .own_type = 2};
	struct bt_hci_evt_le_enh_conn_complete at_c, at_p;
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	privacy_set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	set.peer = id_c;
	ext_set_make(p, &set);
	ext_set_start(p, 0);
	ext_scan_start(c, false, 0);
	ext_hear(c, &heard, 500);
	assert_int_equal(heard.addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&heard.addr.a, &id_p.a, 6);
	ext_scan_stop(c);
	assert_int_equal(ext_create(c, &id_p, 1), 0);
	at_c = privacy_connected(c);
	at_p = privacy_connected(p);
	assert_int_equal(at_c.peer_addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&at_c.peer_addr.a, &id_p.a, 6);
	privacy_check_rpa(&at_c.peer_rpa, irk_p);
	assert_memory_equal(&at_p.local_rpa, &at_c.peer_rpa, 6);
	assert_memory_equal(&at_p.peer_addr.a, &id_c.a, 6);
	bench_end(&bench);
}

/* ---- A peer that lies ---- */

/* A CONNECT_IND under a private address that is not the called peer's. */
static void a_directed_advertiser_takes_no_stranger(void **state)
{
	uint8_t pdu[2 + sizeof(struct ll_connect_ind)] = {
		LL_CONNECT_IND | LL_ADV_TXADD | LL_ADV_RXADD, sizeof(struct ll_connect_ind)};
	struct ll_connect_ind *ind = (void *)(pdu + 2);
	struct bt_hci_evt_le_enh_conn_complete at_p;
	bt_addr_le_t id_c, id_p;
	bt_addr_t adv_a;

	bench_begin(&bench, 2);
	raw_radio_begin(&radio, bench.air);
	privacy_acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	raw_run_ms(50);
	adv_a = privacy_addr_in(privacy_first(1, LL_ADV_DIRECT_IND), 0);
	assert_int_equal(crypto__rpa_make(irk_other, 0x123456, ind->init_a.val), 0);
	ind->adv_a = adv_a;
	ind->access_address = sys_cpu_to_le32(0x71764129);
	ind->win_size = 1;
	ind->interval = sys_cpu_to_le16(24);
	ind->timeout = sys_cpu_to_le16(200);
	memset(ind->chan_map, 0xff, 4);
	ind->hop_sca = 7;
	raw_radio_answer(&radio, LL_ADV_DIRECT_IND, &adv_a, pdu, sizeof(pdu));
	raw_run_ms(500);
	assert_true(radio.answered);
	assert_false(raw_has_le(p, BT_HCI_EVT_LE_ENH_CONN_COMPLETE));
	/* The same from whom it calls is taken. */
	assert_int_equal(crypto__rpa_make(irk_c, 0x123456, ind->init_a.val), 0);
	raw_radio_answer(&radio, LL_ADV_DIRECT_IND, &adv_a, pdu, sizeof(pdu));
	at_p = privacy_connected(p);
	assert_memory_equal(&at_p.peer_addr.a, &id_c.a, 6);
	raw_radio_end(&radio);
	bench_end(&bench);
}

/* A crowd of private strangers: each is looked for in the list once, and none has an entry. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_private_both_ways),
		cmocka_unit_test(both_sides_connect_by_their_accept_lists),
		cmocka_unit_test(a_private_address_can_be_named_itself),
		cmocka_unit_test(the_plain_event_has_the_identity),
		cmocka_unit_test(a_peer_under_another_address_is_not_connected_twice),
		cmocka_unit_test(a_directed_event_calls_by_a_private_address),
		cmocka_unit_test(a_directed_event_is_reported_to_whom_it_calls),
		cmocka_unit_test(an_unknown_private_target_is_left_to_the_host),
		cmocka_unit_test(a_private_initiator_does_not_answer_to_its_identity),
		cmocka_unit_test(a_set_is_private_as_well),
		cmocka_unit_test(a_directed_advertiser_takes_no_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
