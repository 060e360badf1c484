/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The resolving list and its commands, Core 6.0 Vol 4 Part E 7.8.38 to 7.8.45; the privacy mode of
 * its entries, 7.8.77.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/util.h>

#include "crypto/rpa.h"
#include "ll/ext.h"
#include "ll/privacy/privacy.h"

/* ---- Network and device privacy ---- */

/* A peer that has a key and shows its identity address all the same. */
static void network_privacy_takes_no_notice_of_identity_addresses(void **state)
{
	bt_addr_le_t id_c, id_p;

	bench_begin(&bench, 2);
	privacy_acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 0});
	privacy_scan(2, false, 0, false);
	raw_run_ms(500);
	assert_int_equal(c->reports_seen, 0);
	raw_scan_stop(c);
	assert_int_equal(privacy_create(2, &id_p), 0);
	assert_null(raw_wait_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	privacy_create_ends();
	privacy_set_mode(c, &id_p, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	privacy_scan(2, false, 0, false);
	privacy_check_report(&id_p, BT_ADDR_LE_PUBLIC);
	raw_scan_stop(c);
	/* P is in network mode, too: of C it wants a private address, and C has one. */
	assert_int_equal(privacy_create(2, &id_p), 0);
	assert_int_equal(privacy_connected(c).peer_addr.type, BT_ADDR_LE_PUBLIC);
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
	privacy_acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	privacy_scan(0, true, 0, false);
	raw_run_ms(1000);
	assert_true(bench_find_adv(&bench, 0, 0, LL_SCAN_REQ, 0) >= 0);
	assert_true(bench_find_adv(&bench, 0, 1, LL_SCAN_RSP, 0) < 0);
	raw_scan_stop(c);
	assert_int_equal(privacy_create(0, &id_p), 0);
	(void)privacy_connected(c);
	assert_null(raw_wait_le(p, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 1000));
	assert_int_equal(raw_expect(c, BT_HCI_EVT_DISCONN_COMPLETE, 2000)->params[3],
			 BT_HCI_ERR_CONN_FAIL_TO_ESTAB);
	raw_adv_stop(p);
	privacy_set_mode(p, &id_c, BT_HCI_LE_PRIVACY_MODE_DEVICE);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .direct = id_c});
	assert_int_equal(privacy_create(0, &id_p), 0);
	(void)privacy_connected(c);
	assert_int_equal(privacy_connected(p).peer_addr.type, BT_ADDR_LE_PUBLIC);
	bench_end(&bench);
}

/* Without a key there is nothing that the peer could be private by. */
static void a_peer_without_a_key_may_show_its_identity(void **state)
{
	bt_addr_le_t id_p;

	bench_begin(&bench, 2);
	id_p = raw_public_addr(p);
	assert_int_equal(privacy_add(c, &id_p, irk_none, irk_c), 0);
	privacy_resolve(c, true);
	raw_adv_start(p, &(struct raw_adv){.own_type = 0});
	assert_int_equal(privacy_create(2, &id_p), 0);
	assert_int_equal(privacy_connected(c).peer_addr.type, BT_ADDR_LE_PUBLIC);
	(void)privacy_connected(p);
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
		assert_int_equal(privacy_add(c, &id, irk, irk_none), 0);
	}
	privacy_resolve(c, true);
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
	privacy_resolve(c, false);
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
	assert_int_equal(privacy_add(c, &wrong, irk_p, irk_c), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_add(c, &id, irk_p, irk_c), 0);
	assert_int_equal(privacy_add(c, &id, irk_p, irk_c), 0);
	assert_int_equal(privacy_add(c, &id, irk_p, irk_p), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_add(c, &other, irk_p, irk_c), BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_add(c, &other, irk_none, irk_c), 0);
	other.a.val[0] = 2;
	assert_int_equal(privacy_add(c, &other, irk_none, irk_c), 0);
	for (uint8_t i = 3; i < size; i++) {
		other.a.val[0] = i;
		irk[1] = i;
		assert_int_equal(privacy_add(c, &other, irk, irk_c), 0);
	}
	other.a.val[0] = size;
	irk[1] = size;
	assert_int_equal(privacy_add(c, &other, irk, irk_c), BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	raw_do(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id, sizeof(id));
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &id, sizeof(id)),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(raw_cmd(c, BT_HCI_OP_LE_REM_DEV_FROM_RL, &wrong, sizeof(wrong)),
			 BT_HCI_ERR_INVALID_PARAM);
	assert_int_equal(privacy_add(c, &other, irk, irk_c), 0);
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
	privacy_acquaint(&id_c, &id_p);
	raw_adv_start(p, &(struct raw_adv){.own_type = 2, .type = 3, .direct = id_c});
	privacy_scan(0, false, 0, false);
	raw_run_ms(300);
	adv_a = privacy_addr_in(privacy_first(1, LL_ADV_NONCONN_IND), 0);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &id_c, &rpa), 0);
	assert_memory_equal(&rpa, &adv_a, 6);
	assert_int_equal(read_rpa(c, BT_HCI_OP_LE_READ_PEER_RPA, &id_p, &rpa), 0);
	assert_memory_equal(&rpa, &adv_a, 6);
	/* Not heard yet: the one by which it would be called. */
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_PEER_RPA, &id_c, &rpa), 0);
	privacy_check_rpa(&rpa, irk_c);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_PEER_RPA, &nobody, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &nobody, &rpa),
			 BT_HCI_ERR_UNKNOWN_CONN_ID);
	assert_int_equal(read_rpa(p, BT_HCI_OP_LE_READ_LOCAL_RPA, &wrong, &rpa),
			 BT_HCI_ERR_INVALID_PARAM);
	raw_do(c, BT_HCI_OP_RESET, NULL, 0);
	assert_int_equal(privacy_add(c, &id_p, irk_none, irk_none), 0);
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
		return privacy_add(c, id, irk_p, irk_c);
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
		privacy_scan(0, false, 0, false);
		break;
	case 2:
		assert_int_equal(privacy_create(0, &ghost), 0);
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

			assert_int_equal(privacy_add(c, &id, irk_p, irk_c), 0);
			privacy_resolve(c, on);
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
	privacy_acquaint(&id_c, &id_p);
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
		cmocka_unit_test(network_privacy_takes_no_notice_of_identity_addresses),
		cmocka_unit_test(network_privacy_holds_for_requests),
		cmocka_unit_test(a_peer_without_a_key_may_show_its_identity),
		cmocka_unit_test(strangers_are_remembered),
		cmocka_unit_test(the_list_takes_each_identity_and_key_once),
		cmocka_unit_test(the_addresses_in_use_can_be_read),
		cmocka_unit_test(nothing_changes_under_a_role),
		cmocka_unit_test(parameters_of_privacy_out_of_range_are_refused),
		cmocka_unit_test(a_reset_forgets_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
