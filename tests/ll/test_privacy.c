/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Privacy in the link layer, Core 6.0 Vol 6 Part B 6, and its commands, Vol 4 Part E 7.8.38 to
 * 7.8.45 and 7.8.77.
 *
 * P advertises, C scans and connects; each has a key, and the other's list has it. In the charts
 * P' and C' are private addresses.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "crypto/rpa.h"
#include "ll/bench.h"
#include "ll/ext.h"
#include "ll/raw_radio.h"

static struct bench bench;
static struct raw_radio radio;
static struct raw_host *const c = &bench.dev[0], *const p = &bench.dev[1];

static const uint8_t irk_c[16] = {0xc0, 1, 2, 3}, irk_p[16] = {0x90, 4, 5, 6}, irk_none[16];
static const uint8_t irk_other[16] = {0x66};

/* ---- Steps ---- */

static uint8_t add(struct raw_host *host, const bt_addr_le_t *id, const uint8_t *peer_irk,
		   const uint8_t *local_irk)
{
	struct bt_hci_cp_le_add_dev_to_rl cp = {.peer_id_addr = *id};

	memcpy(cp.peer_irk, peer_irk, sizeof(cp.peer_irk));
	memcpy(cp.local_irk, local_irk, sizeof(cp.local_irk));
	return raw_cmd(host, BT_HCI_OP_LE_ADD_DEV_TO_RL, &cp, sizeof(cp));
}

static void resolve(struct raw_host *host, bool on)
{
	raw_do(host, BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, RAW_BYTES(on));
}

static void set_mode(struct raw_host *host, const bt_addr_le_t *id, uint8_t mode)
{
	struct bt_hci_cp_le_set_privacy_mode cp = {.id_addr = *id, .mode = mode};

	raw_do(host, BT_HCI_OP_LE_SET_PRIVACY_MODE, &cp, sizeof(cp));
}

static void accept(struct raw_host *host, const bt_addr_le_t *id)
{
	raw_do(host, BT_HCI_OP_LE_ADD_DEV_TO_FAL, id, sizeof(*id));
}

/* Both know one another, and resolve. */
static void acquaint(bt_addr_le_t *id_c, bt_addr_le_t *id_p)
{
	*id_c = raw_public_addr(c);
	*id_p = raw_public_addr(p);
	assert_int_equal(add(c, id_p, irk_p, irk_c), 0);
	assert_int_equal(add(p, id_c, irk_c, irk_p), 0);
	resolve(c, true);
	resolve(p, true);
}

static void scan(uint8_t own_type, bool active, uint8_t policy, bool filter_duplicates)
{
	raw_do(c, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(active, 16, 0, 16, 0, own_type, policy));
	raw_do(c, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, filter_duplicates));
}

/* peer NULL: the accept list. */
static uint8_t create(uint8_t own_type, const bt_addr_le_t *peer)
{
	struct bt_hci_cp_le_create_conn cp = {
		.scan_interval = sys_cpu_to_le16(16),
		.scan_window = sys_cpu_to_le16(16),
		.filter_policy = peer == NULL,
		.own_addr_type = own_type,
		.conn_interval_min = sys_cpu_to_le16(24),
		.conn_interval_max = sys_cpu_to_le16(24),
		.supervision_timeout = sys_cpu_to_le16(200),
	};

	if (peer != NULL) {
		cp.peer_addr = *peer;
	}
	return raw_cmd(c, BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp));
}

static void create_ends(void)
{
	raw_do(c, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	raw_expect_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 100);
}

static struct bt_hci_evt_le_enh_conn_complete connected(struct raw_host *host)
{
	const struct raw_event *event = raw_expect_le(host, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 2000);
	struct bt_hci_evt_le_enh_conn_complete evt;

	memcpy(&evt, event->params, sizeof(evt));
	assert_int_equal(evt.status, 0);
	return evt;
}

/* ---- What was on the air ---- */

static const uint8_t *pdu_of(int i)
{
	return bench.trace[i].pdu;
}

static int first(int sender, int type)
{
	int i = bench_find_adv(&bench, 0, sender, type, 0);

	assert_true(i >= 0);
	return i;
}

static bt_addr_t addr_in(int i, int which)
{
	bt_addr_t addr;

	memcpy(&addr, pdu_of(i) + 2 + which * 6, 6);
	return addr;
}

static void assert_rpa(const bt_addr_t *addr, const uint8_t *irk)
{
	assert_true(crypto__rpa_matches(irk, addr->val));
}

static void assert_report(const bt_addr_le_t *id, uint8_t type)
{
	const struct raw_event *event = raw_expect_le(c, BT_HCI_EVT_LE_ADVERTISING_REPORT, 1000);
	const struct bt_hci_evt_le_advertising_info *info = (const void *)(event->params + 1);

	assert_int_equal(info->addr.type, type);
	assert_memory_equal(&info->addr.a, &id->a, 6);
}

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
	acquaint(&id_c, &id_p);
	scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	assert_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	i = first(1, LL_ADV_NONCONN_IND);
	adv_a = addr_in(i, 0);
	assert_true(pdu_of(i)[0] & LL_ADV_TXADD);
	assert_rpa(&adv_a, irk_p);
	bench_end(&bench);
}

static void an_identity_may_be_a_static_address(void **state)
{
	bt_addr_le_t id_c, id_p = {.type = BT_ADDR_LE_RANDOM, .a = {{1, 2, 3, 4, 5, 0xc6}}};

	bench_begin(&bench, 2);
	id_c = raw_public_addr(c);
	raw_do(p, BT_HCI_OP_LE_SET_RANDOM_ADDRESS, &id_p.a, 6);
	assert_int_equal(add(p, &id_c, irk_c, irk_p), 0);
	assert_int_equal(add(c, &id_p, irk_p, irk_none), 0);
	resolve(c, true);
	scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 3, .type = 3, .direct = id_c});
	assert_report(&id_p, BT_ADDR_LE_RANDOM_ID);
	bench_end(&bench);
}

/* Without resolution, and without the key, it is a stranger. */
static void who_cannot_resolve_hears_the_private_address(void **state)
{
	bt_addr_le_t id_c, id_p, air = {.type = BT_ADDR_LE_RANDOM};

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	resolve(c, false);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	raw_run_ms(200);
	air.a = addr_in(first(1, LL_ADV_NONCONN_IND), 0);
	scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	assert_report(&air, BT_ADDR_LE_RANDOM);
	raw_scan_stop(c);
	raw_do(c, BT_HCI_OP_LE_CLEAR_RL, NULL, 0);
	assert_int_equal(add(c, &id_p, irk_other, irk_c), 0);
	resolve(c, true);
	raw_forget(c);
	scan(BT_ADDR_LE_PUBLIC, false, 0, false);
	assert_report(&air, BT_ADDR_LE_RANDOM);
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
	assert_int_equal(add(p, &id_c, irk_c, irk_none), 0);
	for (int i = 0; i < 2; i++) {
		bench_trace(&bench);
		raw_adv_start(p, &(struct raw_adv){.own_type = 2,
						   .type = 3,
						   .direct = i == 0 ? id_c : nobody});
		raw_run_ms(200);
		raw_adv_stop(p);
		adv_a = addr_in(first(1, LL_ADV_NONCONN_IND), 0);
		assert_memory_equal(&adv_a, &id_p.a, 6);
		assert_false(pdu_of(first(1, LL_ADV_NONCONN_IND))[0] & LL_ADV_TXADD);
	}
	/* Its random address was never set. */
	raw_do(p, BT_HCI_OP_LE_SET_ADV_PARAM,
	       RAW_BYTES(0x20, 0, 0x20, 0, 0, 3, 0, 9, 0, 0, 0, 0, 0, 7, 0));
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1)),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(p, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(0, 16, 0, 16, 0, 3, 0));
	assert_int_equal(raw_cmd(p, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, 0)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(create(3, &nobody), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(create(3, NULL), BT_HCI_ERR_INVALID_PARAM);
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
		bt_addr_t adv_a = addr_in((int)i, 0);

		assert_rpa(&adv_a, irk_p);
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
	acquaint(&id_c, &id_p);
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
	acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(1, 0));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 0, .direct = id_c});
	scan(BT_HCI_OWN_ADDR_RPA_OR_PUBLIC, true, 0, true);
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
	acquaint(&id_c, &id_p);
	accept(p, &id_c);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2,
					   .type = LL_ADV_KIND_SCAN,
					   .policy = LL_ADV_FILTER_SCAN,
					   .direct = id_c});
	scan(BT_HCI_OWN_ADDR_RPA_OR_PUBLIC, true, 0, false);
	raw_run_ms(500);
	scan_a = addr_in(first(0, LL_SCAN_REQ), 0);
	asked = addr_in(first(0, LL_SCAN_REQ), 1);
	adv_a = addr_in(first(1, LL_SCAN_RSP), 0);
	assert_rpa(&scan_a, irk_c);
	assert_rpa(&adv_a, irk_p);
	assert_true(bt_addr_eq(&asked, &adv_a));
	assert_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	bench_end(&bench);
}

/* The accept list has identities; a private address that it cannot resolve is not on it. */
static void the_accept_list_is_of_identities(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	accept(c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	scan(0, false, 1, false);
	assert_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
	raw_scan_stop(c);
	resolve(c, false);
	raw_forget(c);
	scan(0, false, 1, false);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_ADVERTISING_REPORT));
	bench_end(&bench);
}

/* ---- Connecting ---- */

/*
 *   P                                     C
 *   |-- ADV_IND AdvA: P' -->              |
 *   |<- CONNECT_IND InitA: C', AdvA: P' --|
 *   |   connected to C (type 2), C', P'   |   connected to P (type 2), P', C'
 */
static void check_private_connection(const bt_addr_le_t *id_c, const bt_addr_le_t *id_p)
{
	struct bt_hci_evt_le_enh_conn_complete at_c = connected(c), at_p = connected(p);
	bt_addr_t init_a = addr_in(first(0, LL_CONNECT_IND), 0);
	bt_addr_t adv_a = addr_in(first(0, LL_CONNECT_IND), 1);

	assert_rpa(&init_a, irk_c);
	assert_rpa(&adv_a, irk_p);
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
	acquaint(&id_c, &id_p);
	for (int type = BT_ADDR_LE_PUBLIC; type <= BT_ADDR_LE_PUBLIC_ID; type += 2) {
		bench_trace(&bench);
		named = id_p;
		named.type = (uint8_t)type;
		raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
		assert_int_equal(create(2, &named), 0);
		check_private_connection(&id_c, &id_p);
	}
	bench_end(&bench);
}

static void both_sides_connect_by_their_accept_lists(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	accept(c, &id_p);
	accept(p, &id_c);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .policy = LL_ADV_FILTER_CONNECT, .direct = id_c});
	assert_int_equal(create(2, NULL), 0);
	check_private_connection(&id_c, &id_p);
	bench_end(&bench);
}

/* Hosts that resolve by themselves name the address that they have heard. */
static void a_private_address_can_be_named_itself(void **state)
{
	bt_addr_le_t id_c, id_p, air = {.type = BT_ADDR_LE_RANDOM};
	struct bt_hci_evt_le_enh_conn_complete at_c;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	resolve(c, false);
	set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	raw_run_ms(200);
	air.a = addr_in(first(1, LL_ADV_IND), 0);
	/* Without resolution nobody is known by the identity. */
	assert_int_equal(create(0, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 500));
	create_ends();
	assert_int_equal(create(0, &air), 0);
	at_c = connected(c);
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
	acquaint(&id_c, &id_p);
	raw_do(c, BT_HCI_OP_LE_SET_EVENT_MASK, plain, sizeof(plain));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(create(2, &id_p), 0);
	evt = (const void *)raw_expect_le(c, BT_HCI_EVT_LE_CONN_COMPLETE, 2000)->params;
	assert_true(bt_addr_le_eq(&evt->peer_addr, &id_p));
	bench_end(&bench);
}

/* Two private addresses of one peer are one peer, 4.5 of the connection's uniqueness. */
static void a_peer_under_another_address_is_not_connected_twice(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(1, 0));
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(create(2, &id_p), 0);
	(void)connected(c);
	(void)connected(p);
	assert_int_equal(create(2, &id_p), BT_HCI_ERR_CONN_ALREADY_EXISTS);
	raw_run_ms(2000);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	accept(c, &id_p);
	assert_int_equal(create(2, NULL), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 2000));
	bench_end(&bench);
}

/* ---- Network and device privacy ---- */

/* A peer that has a key and shows its identity address all the same. */
static void network_privacy_takes_no_notice_of_identity_addresses(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 0});
	scan(2, false, 0, false);
	raw_run_ms(500);
	assert_int_equal(c->reports_seen, 0);
	raw_scan_stop(c);
	assert_int_equal(create(2, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	create_ends();
	set_mode(c, &id_p, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	scan(2, false, 0, false);
	assert_report(&id_p, BT_ADDR_LE_PUBLIC);
	raw_scan_stop(c);
	/* P is in network mode, too: of C it wants a private address, and C has one. */
	assert_int_equal(create(2, &id_p), 0);
	assert_int_equal(connected(c).peer_addr.type, BT_ADDR_LE_PUBLIC);
	bench_end(&bench);
}

/*
 *   P                                     C
 *   |-- ADV_IND AdvA: P' -->              |
 *   |<- SCAN_REQ ScanA: C ----------------|   unanswered in network mode
 *   |<- CONNECT_IND InitA: C, AdvA: P' ---|   likewise
 */
static void network_privacy_holds_for_requests(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	scan(0, true, 0, false);
	raw_run_ms(1000);
	assert_true(bench_find_adv(&bench, 0, 0, LL_SCAN_REQ, 0) >= 0);
	assert_true(bench_find_adv(&bench, 0, 1, LL_SCAN_RSP, 0) < 0);
	raw_scan_stop(c);
	assert_int_equal(create(0, &id_p), 0);
	(void)connected(c);
	assert_null(raw_wait_le(p, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 2000)->params[3],
			 BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	raw_adv_stop(p);
	set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(create(0, &id_p), 0);
	(void)connected(c);
	assert_int_equal(connected(p).peer_addr.type, BT_ADDR_LE_PUBLIC);
	bench_end(&bench);
}

/* Without a key there is nothing that the peer could be private by. */
static void a_peer_without_a_key_may_show_its_identity(void **state)
{
	bt_addr_le_t id_p;

	bench_begin(&bench, 2);
	id_p = raw_public_addr(p);
	assert_int_equal(add(c, &id_p, irk_none, irk_c), 0);
	resolve(c, true);
	raw_adv_start(p, &(struct raw_adv){.own_type = 0});
	assert_int_equal(create(2, &id_p), 0);
	assert_int_equal(connected(c).peer_addr.type, BT_ADDR_LE_PUBLIC);
	(void)connected(p);
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
	acquaint(&id_c, &id_p);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bench_trace(&bench);
		assert_int_equal(create(2, &id_p), 0);
		raw_adv_start(p,
			      &(struct raw_adv){.own_type = 2, .type = kinds[i], .direct = id_c});
		raw_run_ms(100);
		target_a = addr_in(first(1, LL_ADV_DIRECT_IND), 1);
		assert_rpa(&target_a, irk_c);
		assert_true(pdu_of(first(1, LL_ADV_DIRECT_IND))[0] & LL_ADV_RXADD);
		check_private_connection(&id_c, &id_p);
	}
	bench_end(&bench);
}

/* A scanner whom it calls reports it; one whom it does not call hears nothing. */
static void a_directed_event_is_reported_to_whom_it_calls(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 3);
	acquaint(&id_c, &id_p);
	raw_scan_start(&bench.dev[2], false, false);
	scan(2, false, 0, false);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	assert_report(&id_p, BT_ADDR_LE_PUBLIC_ID);
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
	acquaint(&id_c, &id_p);
	raw_do(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id_p, sizeof(id_p));
	assert_int_equal(add(c, &id_p, irk_p, irk_other), 0);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	scan(0, false, BT_HCI_LE_SCAN_FP_BASIC_NO_FILTER, false);
	raw_run_ms(500);
	assert_int_equal(c->reports_seen, 0);
	raw_scan_stop(c);
	scan(0, false, BT_HCI_LE_SCAN_FP_EXT_FILTER, false);
	raw_run_ms(500);
	assert_false(raw_has_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT));
	raw_scan_stop(c);
	accept(c, &id_p);
	scan(0, false, BT_HCI_LE_SCAN_FP_EXT_FILTER, true);
	event = raw_expect_le(c, BT_HCI_EVT_LE_DIRECT_ADV_REPORT, 500);
	info = (const void *)(event->params + 1);
	target_a = addr_in(first(1, LL_ADV_DIRECT_IND), 1);
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
	acquaint(&id_c, &id_p);
	raw_do(p, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id_c, sizeof(id_c));
	assert_int_equal(add(p, &id_c, irk_none, irk_p), 0);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	assert_int_equal(create(2, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	create_ends();
	set_mode(c, &id_p, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	assert_int_equal(create(0, &id_p), 0);
	(void)connected(c);
	(void)connected(p);
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
	acquaint(&id_c, &id_p);
	set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	set.peer = id_c;
	ext_set_make(p, &set);
	ext_set_start(p, 0);
	ext_scan_start(c, false, 0);
	ext_hear(c, &heard, 500);
	assert_int_equal(heard.addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&heard.addr.a, &id_p.a, 6);
	ext_scan_stop(c);
	assert_int_equal(ext_create(c, &id_p, 1), 0);
	at_c = connected(c);
	at_p = connected(p);
	assert_int_equal(at_c.peer_addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_memory_equal(&at_c.peer_addr.a, &id_p.a, 6);
	assert_rpa(&at_c.peer_rpa, irk_p);
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
	acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){
				 .own_type = 2, .type = LL_ADV_KIND_DIRECT_LOW, .direct = id_c});
	raw_run_ms(50);
	adv_a = addr_in(first(1, LL_ADV_DIRECT_IND), 0);
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
	at_p = connected(p);
	assert_memory_equal(&at_p.peer_addr.a, &id_c.a, 6);
	raw_radio_end(&radio);
	bench_end(&bench);
}

/* A crowd of private strangers: each is looked for in the list once, and none has an entry. */
static void strangers_are_remembered(void **state)
{
	struct fav_controller *ctl;
	bt_addr_le_t id = {.type = BT_ADDR_LE_RANDOM, .a = {{0, 0, 0, 0, 0, 0xc0}}};
	bt_addr_le_t air = {.type = BT_ADDR_LE_RANDOM};
	uint8_t irk[16] = {1};

	bench_begin(&bench, 1);
	ctl = (struct fav_controller *)c->hci;
	for (uint8_t i = 0; i < LL_RESOLVE_MAX; i++) {
		id.a.val[0] = i;
		irk[1] = i;
		assert_int_equal(add(c, &id, irk, irk_none), 0);
	}
	resolve(c, true);
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_int_equal(crypto__rpa_make(irk_other, i, air.a.val), 0);
		assert_int_equal(ll__resolve(&ctl->resolve, &air), LL_RESOLVE_NONE);
	}
	for (uint8_t i = 0; i < LL_RESOLVE_MAX; i++) {
		irk[1] = i;
		assert_int_equal(crypto__rpa_make(irk, 77, air.a.val), 0);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(ll__resolve(&ctl->resolve, &air), i);
		}
		assert_memory_equal(&ctl->resolve.entries[i].heard, &air.a, 6);
	}
	/* What was known before a change is not believed after it. */
	id.a.val[0] = LL_RESOLVE_MAX - 1;
	raw_do(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id, sizeof(id));
	assert_int_equal(ll__resolve(&ctl->resolve, &air), LL_RESOLVE_NONE);
	resolve(c, false);
	irk[1] = 0;
	assert_int_equal(crypto__rpa_make(irk, 77, air.a.val), 0);
	assert_int_equal(ll__resolve(&ctl->resolve, &air), LL_RESOLVE_NONE);
	bench_end(&bench);
}

/* ---- Commands ---- */

static void the_list_takes_each_identity_and_key_once(void **state)
{
	bt_addr_le_t id = {.type = BT_ADDR_LE_PUBLIC, .a = {{1}}};
	bt_addr_le_t other = {.type = BT_ADDR_LE_RANDOM, .a = {{1}}};
	bt_addr_le_t wrong = {.type = BT_ADDR_LE_PUBLIC_ID, .a = {{1}}};
	uint8_t irk[16] = {7};
	uint8_t size;

	bench_begin(&bench, 1);
	raw_do(c, BT_HCI_OP_LE_READ_RL_SIZE, NULL, 0);
	size = c->rsp[0];
	assert_int_equal(size, LL_RESOLVE_MAX);
	assert_int_equal(add(c, &wrong, irk_p, irk_c), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(add(c, &id, irk_p, irk_c), 0);
	assert_int_equal(add(c, &id, irk_p, irk_c), 0);
	assert_int_equal(add(c, &id, irk_p, irk_p), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(add(c, &other, irk_p, irk_c), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(add(c, &other, irk_none, irk_c), 0);
	other.a.val[0] = 2;
	assert_int_equal(add(c, &other, irk_none, irk_c), 0);
	for (uint8_t i = 3; i < size; i++) {
		other.a.val[0] = i;
		irk[1] = i;
		assert_int_equal(add(c, &other, irk, irk_c), 0);
	}
	other.a.val[0] = size;
	irk[1] = size;
	assert_int_equal(add(c, &other, irk, irk_c), BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	raw_do(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id, sizeof(id));
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id, sizeof(id)),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &wrong, sizeof(wrong)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(add(c, &other, irk, irk_c), 0);
	raw_do(c, BT_HCI_OP_LE_CLEAR_RL, NULL, 0);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &other, sizeof(other)),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	bench_end(&bench);
}

static uint8_t read_rpa(struct raw_host *host, uint16_t opcode, const bt_addr_le_t *id,
			bt_addr_t *rpa)
{
	uint8_t status = raw_cmd(host, opcode, id, sizeof(*id));

	memcpy(rpa, host->rsp, sizeof(*rpa));
	return status;
}

static void the_addresses_in_use_can_be_read(void **state)
{
	bt_addr_le_t id_c, id_p, nobody = {.a = {{9}}}, wrong = {.type = 2};
	bt_addr_t rpa, adv_a;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	scan(0, false, 0, false);
	raw_run_ms(300);
	adv_a = addr_in(first(1, LL_ADV_NONCONN_IND), 0);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &id_c, &rpa), 0);
	assert_memory_equal(&rpa, &adv_a, 6);
	assert_int_equal(read_rpa(c, BT_HCI_OP_LE_READ_PEER_RPA, &id_p, &rpa), 0);
	assert_memory_equal(&rpa, &adv_a, 6);
	/* Not heard yet: the one by which it would be called. */
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_PEER_RPA, &id_c, &rpa), 0);
	assert_rpa(&rpa, irk_c);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_PEER_RPA, &nobody, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &nobody, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &wrong, &rpa),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(c, BT_HCI_OP_RESET, NULL, 0);
	assert_int_equal(add(c, &id_p, irk_none, irk_none), 0);
	assert_int_equal(read_rpa(c, BT_HCI_OP_LE_READ_PEER_RPA, &id_p, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(read_rpa(c, BT_HCI_OP_LE_READ_LOCAL_RPA, &id_p, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	bench_end(&bench);
}

static uint8_t change_list(unsigned int what, const bt_addr_le_t *id)
{
	struct bt_hci_cp_le_set_privacy_mode mode = {.id_addr = *id};

	switch (what) {
	case 0:
		return add(c, id, irk_p, irk_c);
	case 1:
		return raw_cmd(c, BT_HCI_OP_LE_SET_PRIVACY_MODE, &mode, sizeof(mode));
	case 2:
		return raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, id, sizeof(*id));
	default:
		return raw_cmd(c, BT_HCI_OP_LE_CLEAR_RL, NULL, 0);
	}
}

static void role_on(unsigned int role)
{
	static const bt_addr_le_t ghost = {.a = {{9, 9}}};
	static const struct ext_set set = {.sid = 1};

	switch (role) {
	case 0:
		raw_adv_start(c, &(struct raw_adv){.type = 3});
		break;
	case 1:
		scan(0, false, 0, false);
		break;
	case 2:
		assert_int_equal(create(0, &ghost), 0);
		break;
	default:
		ext_set_make(c, &set);
		ext_set_start(c, 0);
		break;
	}
}

/* 7.8.38 to 7.8.40, 7.8.77: while something resolves by the list; 7.8.44: while anything is on. */
static void nothing_changes_under_a_role(void **state)
{
	bt_addr_le_t id = {.a = {{1}}};

	bench_begin(&bench, 1);
	for (unsigned int role = 0; role < 4; role++) {
		for (int on = 0; on < 2; on++) {
			uint8_t expected = on ? BT_HCI_ERR_CMD_DISALLOWED : 0;

			assert_int_equal(add(c, &id, irk_p, irk_c), 0);
			resolve(c, on);
			role_on(role);
			for (unsigned int what = 0; what < 4; what++) {
				assert_int_equal(change_list(what, &id), expected);
			}
			assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, RAW_BYTES(0)),
					 BT_HCI_ERR_CMD_DISALLOWED);
			raw_do(c, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(1, 0));
			raw_do(c, BT_HCI_OP_LE_READ_RL_SIZE, NULL, 0);
			raw_do(c, BT_HCI_OP_RESET, NULL, 0);
		}
	}
	bench_end(&bench);
}

static void parameters_of_privacy_out_of_range_are_refused(void **state)
{
	static const struct {
		uint16_t opcode;
		uint8_t len, params[8];
	} bad[] = {
		{BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, 1, {2}},
		{BT_HCI_OP_LE_SET_RPA_TIMEOUT, 2, {0, 0}},
		{BT_HCI_OP_LE_SET_RPA_TIMEOUT, 2, {0x11, 0x0e}},
		{BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2, 4, {0, 0, 1, 0}},
		{BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2, 4, {2, 0, 1, 0}},
		{BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2, 4, {1, 0, 0x11, 0x0e}},
		{BT_HCI_OP_LE_SET_PRIVACY_MODE, 8, {0, 1, 0, 0, 0, 0, 0, 2}},
		{BT_HCI_OP_LE_SET_PRIVACY_MODE, 8, {2, 1, 0, 0, 0, 0, 0, 0}},
	};

	bench_begin(&bench, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(raw_cmd(c, bad[i].opcode, bad[i].params, bad[i].len),
				 BT_HCI_ERR_INVALID_PARAM);
	}
	assert_int_equal(
		raw_cmd(c, BT_HCI_OP_LE_SET_PRIVACY_MODE, RAW_BYTES(0, 1, 0, 0, 0, 0, 0, 0)),
		BT_HCI_ERR_UNKNOWN_CONN_ID);
	raw_do(c, BT_HCI_OP_LE_SET_RPA_TIMEOUT, RAW_BYTES(0x10, 0x0e));
	bench_end(&bench);
}

/* Nothing of one host is left for the next. */
static void a_reset_forgets_the_list(void **state)
{
	bt_addr_le_t id_c, id_p;
	bt_addr_t rpa;

	bench_begin(&bench, 2);
	acquaint(&id_c, &id_p);
	raw_do(c, BT_HCI_OP_RESET, NULL, 0);
	assert_int_equal(read_rpa(c, BT_HCI_OP_LE_READ_LOCAL_RPA, &id_p, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(((struct fav_controller *)c->hci)->resolve.enabled, false);
	assert_int_equal(((struct fav_controller *)c->hci)->resolve.entries[0].peer_irk[0], 0);
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
		cmocka_unit_test(a_connection_is_private_both_ways),
		cmocka_unit_test(both_sides_connect_by_their_accept_lists),
		cmocka_unit_test(a_private_address_can_be_named_itself),
		cmocka_unit_test(the_plain_event_has_the_identity),
		cmocka_unit_test(a_peer_under_another_address_is_not_connected_twice),
		cmocka_unit_test(network_privacy_takes_no_notice_of_identity_addresses),
		cmocka_unit_test(network_privacy_holds_for_requests),
		cmocka_unit_test(a_peer_without_a_key_may_show_its_identity),
		cmocka_unit_test(a_directed_event_calls_by_a_private_address),
		cmocka_unit_test(a_directed_event_is_reported_to_whom_it_calls),
		cmocka_unit_test(an_unknown_private_target_is_left_to_the_host),
		cmocka_unit_test(a_private_initiator_does_not_answer_to_its_identity),
		cmocka_unit_test(a_set_is_private_as_well),
		cmocka_unit_test(a_directed_advertiser_takes_no_stranger),
		cmocka_unit_test(strangers_are_remembered),
		cmocka_unit_test(the_list_takes_each_identity_and_key_once),
		cmocka_unit_test(the_addresses_in_use_can_be_read),
		cmocka_unit_test(nothing_changes_under_a_role),
		cmocka_unit_test(parameters_of_privacy_out_of_range_are_refused),
		cmocka_unit_test(a_reset_forgets_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
