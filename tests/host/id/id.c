/* SPDX-License-Identifier: Apache-2.0 */
/* Identities, and which address each role uses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/scripted.h"

static struct scripted s;
static bt_addr_le_t static_addr = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

static bt_addr_le_t identity(size_t number)
{
	bt_addr_le_t addrs[CONFIG_BT_ID_MAX];
	size_t count = ARRAY_SIZE(addrs);

	bt_id_get(addrs, &count);
	assert_true(number < count);
	return addrs[number];
}

static size_t identities(void)
{
	size_t count = 0;

	bt_id_get(NULL, &count);
	return count;
}

static uint8_t adv_own_addr_type(void)
{
	return ((const struct bt_hci_cp_le_set_adv_param *)scripted_sent(&s,
									 BT_HCI_OP_LE_SET_ADV_PARAM)
			->params)
		->own_addr_type;
}

static void the_public_address_is_the_default_identity(void **state)
{
	bt_addr_le_t id;

	scripted_begin(&s);
	assert_int_equal(identities(), 0);
	scripted_enable(&s);
	assert_int_equal(identities(), 1);
	id = identity(0);
	assert_int_equal(id.type, BT_ADDR_LE_PUBLIC);
	assert_memory_equal(&id.a, &s.public_addr, 6);
	scripted_down(&s);
}

static void without_one_a_static_address_is_made_and_kept(void **state)
{
	bt_addr_le_t id, again;

	scripted_begin(&s);
	memset(&s.public_addr, 0, 6);
	scripted_enable(&s);
	id = identity(0);
	assert_int_equal(id.type, BT_ADDR_LE_RANDOM);
	assert_true(bt_addr_le_is_identity(&id));
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_int_equal(adv_own_addr_type(), BT_ADDR_LE_RANDOM);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS)->params, &id.a, 6);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	again = identity(0);
	assert_memory_equal(&id, &again, sizeof(id));
	/* The controller has forgotten it. */
	scripted_forget(&s);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS));
	scripted_down(&s);
}

static void another_controller_brings_another_public_address(void **state)
{
	bt_addr_le_t id;

	scripted_up(&s);
	assert_int_equal(bt_disable(), 0);
	s.public_addr.val[0] = 0x99;
	scripted_enable(&s);
	id = identity(0);
	assert_memory_equal(&id.a, &s.public_addr, 6);
	scripted_down(&s);
}

static void an_identity_made_before_enabling_is_the_default(void **state)
{
	bt_addr_le_t id;

	scripted_begin(&s);
	assert_int_equal(bt_id_create(&static_addr, NULL), BT_ID_DEFAULT);
	scripted_enable(&s);
	id = identity(0);
	assert_memory_equal(&id, &static_addr, sizeof(id));
	assert_null(scripted_sent(&s, BT_HCI_OP_READ_BD_ADDR));
	scripted_down(&s);
}

static void identities_are_made_reset_and_deleted(void **state)
{
	bt_addr_le_t any = *BT_ADDR_LE_ANY;
	bt_addr_le_t bad = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0x40}}};
	bt_addr_le_t public = {BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
	uint8_t irk[16] = {0};
	bt_addr_le_t id;

	scripted_up(&s);
	assert_int_equal(bt_id_create(&bad, NULL), -EINVAL);
	assert_int_equal(bt_id_create(&public, NULL), -EINVAL);
	assert_int_equal(bt_id_create(&any, irk), 1);
	assert_memory_not_equal(irk, (uint8_t[16]){0}, 16);
	assert_true(bt_addr_le_is_identity(&any));
	assert_int_equal(bt_id_create(&any, NULL), -EALREADY);
	assert_int_equal(bt_id_create(&static_addr, NULL), 2);
	assert_int_equal(bt_id_create(NULL, NULL), 3);
	assert_int_equal(bt_id_create(NULL, NULL), -ENOMEM);

	assert_int_equal(bt_id_reset(BT_ID_DEFAULT, NULL, NULL), -EINVAL);
	assert_int_equal(bt_id_reset(4, NULL, NULL), -EINVAL);
	assert_int_equal(bt_id_reset(1, &static_addr, NULL), -EALREADY);
	assert_int_equal(bt_id_reset(1, NULL, NULL), 1);
	id = identity(1);
	assert_memory_not_equal(&id, &any, sizeof(id));

	assert_int_equal(bt_id_delete(BT_ID_DEFAULT), -EINVAL);
	assert_int_equal(bt_id_delete(4), -EINVAL);
	assert_int_equal(bt_id_delete(1), 0);
	assert_int_equal(bt_id_delete(1), -EALREADY);
	id = identity(1);
	assert_memory_equal(&id, BT_ADDR_LE_ANY, sizeof(id));
	assert_int_equal(bt_id_reset(1, NULL, NULL), 1);
	scripted_down(&s);
}

static void an_identity_that_advertises_stays(void **state)
{
	struct bt_le_adv_param param = *BT_LE_ADV_CONN_FAST_1;

	scripted_up(&s);
	assert_int_equal(bt_id_create(&static_addr, NULL), 1);
	param.id = 1;
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), 0);
	assert_int_equal(adv_own_addr_type(), BT_ADDR_LE_RANDOM);
	assert_memory_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS)->params,
			    &static_addr.a, 6);
	assert_int_equal(bt_id_reset(1, NULL, NULL), -EBUSY);
	assert_int_equal(bt_id_delete(1), -EBUSY);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_id_delete(1), 0);
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), -EINVAL);
	scripted_down(&s);
}

static void the_random_address_does_not_change_under_a_role(void **state)
{
	struct bt_le_adv_param param = *BT_LE_ADV_CONN_FAST_1;

	scripted_begin(&s);
	assert_int_equal(bt_id_create(&static_addr, NULL), 0);
	scripted_enable(&s);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	/* Another identity, and a private address, would need another value. */
	param.id = 1;
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), -EBUSY);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), -EBUSY);
	/* The same identity needs none. */
	scripted_forget(&s);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0), 0);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS));
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(bt_le_scan_stop(), 0);
	assert_int_equal(bt_le_adv_start(&param, NULL, 0, NULL, 0), 0);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), -EBUSY);
	scripted_down(&s);
}

static void beside_a_public_identity_a_beacon_may_be_private(void **state)
{
	scripted_up(&s);
	assert_int_equal(bt_le_scan_start(BT_LE_SCAN_ACTIVE, NULL), 0);
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, NULL, 0, NULL, 0), 0);
	scripted_down(&s);
}

static void a_host_has_identities_of_its_own(void **state)
{
	struct bt_host *other;

	scripted_up(&s);
	assert_int_equal(bt_id_create(NULL, NULL), 1);
	other = fav_host_create();
	assert_non_null(other);
	assert_ptr_equal(fav_host_select(other), s.host);
	assert_int_equal(identities(), 0);
	assert_ptr_equal(fav_host_select(s.host), other);
	assert_int_equal(identities(), 2);
	assert_int_equal(fav_host_destroy(other), 0);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_public_address_is_the_default_identity),
		cmocka_unit_test(without_one_a_static_address_is_made_and_kept),
		cmocka_unit_test(another_controller_brings_another_public_address),
		cmocka_unit_test(an_identity_made_before_enabling_is_the_default),
		cmocka_unit_test(identities_are_made_reset_and_deleted),
		cmocka_unit_test(an_identity_that_advertises_stays),
		cmocka_unit_test(the_random_address_does_not_change_under_a_role),
		cmocka_unit_test(beside_a_public_identity_a_beacon_may_be_private),
		cmocka_unit_test(a_host_has_identities_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
