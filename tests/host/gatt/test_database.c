/* SPDX-License-Identifier: Apache-2.0 */

/* The local database: registration, handles, looking up, Service Changed. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "host/att/database.h"
#include "host/att/peer.h"

static int setup_disabled(void **state)
{
	peers_begin();
	return 0;
}

#define SERVICE(name, uuid, ...)                                                      \
	static struct bt_gatt_attr name##_attrs[] = {                                 \
		BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(uuid)),                    \
		BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xcc01), BT_GATT_CHRC_READ, \
				       BT_GATT_PERM_READ, NULL, NULL, NULL),          \
		__VA_ARGS__};                                                         \
	static struct bt_gatt_service name = BT_GATT_SERVICE(name##_attrs)

SERVICE(one, 0xcc00);
SERVICE(two, 0xdd00, BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE));

static const struct bt_gatt_attr declaration = BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xcc00));
static const struct bt_gatt_attr ccc = BT_GATT_CCC(NULL, BT_GATT_PERM_WRITE);

/* ---- Registration ---- */

static void services_get_handles_in_order(void **state)
{
	assert_int_equal(bt_gatt_service_register(&one), 0);
	assert_int_equal(bt_gatt_service_register(&two), 0);
	assert_int_equal(one_attrs[0].handle, DB_LAST + 1);
	assert_int_equal(one_attrs[2].handle, DB_LAST + 3);
	assert_int_equal(two_attrs[0].handle, DB_LAST + 4);
	assert_true(bt_gatt_service_is_registered(&one));
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_false(bt_gatt_service_is_registered(&one));
	assert_int_equal(one_attrs[0].handle, 0);
	/* Handles are not used again while there are others. */
	assert_int_equal(bt_gatt_service_register(&one), 0);
	assert_int_equal(one_attrs[0].handle, DB_LAST + 8);
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_int_equal(bt_gatt_service_unregister(&two), 0);
}

static void registration_refuses_bad_arguments(void **state)
{
	struct bt_gatt_attr no_declaration[] = {BT_GATT_CUD("x", BT_GATT_PERM_READ)};
	struct bt_gatt_attr no_uuid[] = {BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xcc00)),
					 {.uuid = NULL}};
	struct bt_gatt_attr gap[] = {BT_GATT_PRIMARY_SERVICE(BT_UUID_GAP)};
	struct bt_gatt_service empty = {0};
	struct bt_gatt_service services[] = {BT_GATT_SERVICE(no_declaration),
					     BT_GATT_SERVICE(no_uuid), BT_GATT_SERVICE(gap)};

	assert_int_equal(bt_gatt_service_register(NULL), -EINVAL);
	assert_int_equal(bt_gatt_service_register(&empty), -EINVAL);
	assert_int_equal(bt_gatt_service_register(&services[0]), -EINVAL);
	assert_int_equal(bt_gatt_service_register(&services[1]), -EINVAL);
	assert_int_equal(bt_gatt_service_register(&services[2]), -EALREADY);
	assert_int_equal(bt_gatt_service_unregister(NULL), -EINVAL);
	assert_int_equal(bt_gatt_service_unregister(&one), -ENOENT);
	assert_int_equal(bt_gatt_service_register(&one), 0);
	assert_int_equal(bt_gatt_service_register(&one), -EALREADY);
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_false(bt_gatt_service_is_registered(NULL));
}

static void handles_can_be_chosen(void **state)
{
	one_attrs[0].handle = 100;
	one_attrs[2].handle = 110;
	assert_int_equal(bt_gatt_service_register(&one), 0);
	assert_int_equal(one_attrs[1].handle, 101);
	assert_ptr_equal(bt_gatt_attr_next(&one_attrs[1]), &one_attrs[2]);
	assert_int_equal(bt_gatt_attr_value_handle(&one_attrs[1]), 110);
	peer_send(BYTES(BT_ATT_OP_FIND_INFO_REQ, LE16(102), LE16(200)));
	peer_expect(BYTES(BT_ATT_OP_FIND_INFO_RSP, 1, LE16(110), LE16(0xcc01)));
	/* Within it there is no room, not even in its gap; behind it there is. */
	two_attrs[0].handle = 103;
	assert_int_equal(bt_gatt_service_register(&two), -EINVAL);
	two_attrs[0].handle = 97;
	assert_int_equal(bt_gatt_service_register(&two), -EINVAL);
	two_attrs[0].handle = 96;
	assert_int_equal(bt_gatt_service_register(&two), 0);
	assert_int_equal(bt_gatt_service_unregister(&two), 0);
	assert_int_equal(two_attrs[0].handle, 96);
	two_attrs[1].handle = 95;
	assert_int_equal(bt_gatt_service_register(&two), -EINVAL);
	two_attrs[0].handle = 0;
	two_attrs[1].handle = 0;
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_int_equal(one_attrs[1].handle, 0);
	one_attrs[0].handle = 0;
	one_attrs[2].handle = 0;
}

static void last_handles_are_used_and_then_gaps(void **state)
{
	one_attrs[0].handle = 0xfffd;
	assert_int_equal(bt_gatt_service_register(&one), 0);
	assert_int_equal(one_attrs[2].handle, 0xffff);
	assert_null(bt_gatt_attr_next(&one_attrs[2]));
	assert_int_equal(bt_gatt_service_register(&two), 0);
	assert_int_equal(two_attrs[0].handle, DB_LAST + 1);
	peer_send(BYTES(BT_ATT_OP_FIND_INFO_REQ, LE16(0xffff), LE16(0xffff)));
	peer_expect(BYTES(BT_ATT_OP_FIND_INFO_RSP, 1, LE16(0xffff), LE16(0xcc01)));
	assert_int_equal(bt_gatt_service_unregister(&two), 0);
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	one_attrs[0].handle = 0;
}

static void too_many_services_are_an_error(void **state)
{
	static struct bt_gatt_attr attrs[CONFIG_BT_GATT_SERVICE_MAX + 1][1];
	static struct bt_gatt_service services[CONFIG_BT_GATT_SERVICE_MAX + 1];
	int count = 0;

	for (int err = 0; err == 0; count++) {
		attrs[count][0] = declaration;
		services[count].attrs = attrs[count];
		services[count].attr_count = 1;
		err = bt_gatt_service_register(&services[count]);
		assert_true(err == 0 || err == -ENOMEM);
	}
	/* The three of the test's database are there too. */
	assert_int_equal(count, CONFIG_BT_GATT_SERVICE_MAX - 3 + 1);
	for (int i = 0; i < count - 1; i++) {
		assert_int_equal(bt_gatt_service_unregister(&services[i]), 0);
	}
}

static void too_many_cccs_are_an_error_and_leave_nothing(void **state)
{
	static struct bt_gatt_attr attrs[CONFIG_BT_GATT_CCC_MAX + 1];
	struct bt_gatt_service service = BT_GATT_SERVICE(attrs);

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		attrs[i] = i == 0 ? declaration : ccc;
	}
	assert_int_equal(bt_gatt_service_register(&service), -ENOMEM);
	assert_int_equal(attrs[0].handle, 0);
	/* Service Changed has one, the test's database another. */
	service.attr_count = CONFIG_BT_GATT_CCC_MAX + 1 - 2;
	assert_int_equal(bt_gatt_service_register(&service), 0);
	assert_int_equal(bt_gatt_service_unregister(&service), 0);
}

static void services_stay_over_disable(void **state)
{
	assert_int_equal(bt_gatt_service_register(&one), 0);
	for (int i = 0; i < 3; i++) {
		scripted_enable(&peers_controller);
		peer_connect(0);
		peer_send(BYTES(BT_ATT_OP_FIND_INFO_REQ, LE16(16), LE16(0xffff)));
		peer_expect(BYTES(BT_ATT_OP_FIND_INFO_RSP, 1, LE16(16), LE16(0x2800), LE16(17),
				  LE16(0x2803), LE16(18), LE16(0xcc01)));
		peer_disconnect(0);
		assert_int_equal(bt_disable(), 0);
	}
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
}

static void service_belongs_to_one_host(void **state)
{
	struct bt_host *other = fav_host_create();

	assert_int_equal(bt_gatt_service_register(&one), 0);
	fav_host_select(other);
	assert_int_equal(bt_gatt_attr_get_handle(&one_attrs[0]), 0);
	assert_false(bt_gatt_service_is_registered(&one));
	assert_int_equal(bt_gatt_service_register(&two), 0);
	assert_int_equal(two_attrs[0].handle, 16);
	assert_int_equal(bt_gatt_service_unregister(&two), 0);
	fav_host_select(peers_controller.host);
	assert_int_equal(bt_gatt_attr_get_handle(&one_attrs[0]), 16);
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_int_equal(fav_host_destroy(other), 0);
}

/* ---- Looking up ---- */

static unsigned int seen;
static uint16_t seen_last;

static uint8_t see(const struct bt_gatt_attr *attr, uint16_t handle, void *user_data)
{
	assert_true(handle > seen_last);
	seen_last = handle;
	seen++;
	return user_data != NULL ? BT_GATT_ITER_STOP : BT_GATT_ITER_CONTINUE;
}

static unsigned int count_type(uint16_t start, uint16_t end, const struct bt_uuid *uuid,
			       const void *data, uint16_t matches)
{
	seen = 0;
	seen_last = 0;
	bt_gatt_foreach_attr_type(start, end, uuid, data, matches, see, NULL);
	return seen;
}

static void foreach_finds_by_range_type_and_data(void **state)
{
	assert_int_equal(count_type(1, 0xffff, NULL, NULL, 0), DB_LAST);
	assert_int_equal(count_type(16, 30, NULL, NULL, 0), 15);
	assert_int_equal(count_type(DB_LAST + 1, 0xffff, NULL, NULL, 0), 0);
	assert_int_equal(count_type(1, 0xffff, BT_UUID_GATT_PRIMARY, NULL, 0), 4);
	assert_int_equal(count_type(1, 0xffff, BT_UUID_GATT_PRIMARY, NULL, 2), 2);
	assert_int_equal(count_type(1, 0xffff, NULL, database_attr(H_CUD)->user_data, 0), 1);
	assert_int_equal(seen_last, H_CUD);
	seen = 0;
	seen_last = 0;
	bt_gatt_foreach_attr(1, 0xffff, see, &seen);
	assert_int_equal(seen, 1);
}

static void attributes_are_found_by_uuid_and_in_order(void **state)
{
	struct bt_gatt_attr *attr = bt_gatt_find_by_uuid(NULL, 0, BT_UUID_DECLARE_16(0xaa02));

	assert_ptr_equal(attr, database_attr(H_WRITE));
	assert_ptr_equal(bt_gatt_find_by_uuid(database_attr(18), 0, BT_UUID_GATT_CHRC),
			 database_attr(21));
	assert_null(bt_gatt_find_by_uuid(database_attr(18), 3, BT_UUID_GATT_CHRC));
	assert_null(bt_gatt_find_by_uuid(database_attr(18), 0, BT_UUID_GATT_CEP));
	assert_ptr_equal(bt_gatt_attr_next(database_attr(30)), database_attr(31));
	assert_null(bt_gatt_attr_next(database_attr(DB_LAST)));
	assert_null(bt_gatt_attr_next(NULL));
	assert_int_equal(bt_gatt_attr_get_handle(attr), H_WRITE);
	assert_int_equal(bt_gatt_attr_get_handle(NULL), 0);
	assert_int_equal(bt_gatt_attr_get_handle(&one_attrs[0]), 0);
	assert_int_equal(bt_gatt_attr_value_handle(database_attr(17)), H_VALUE);
	assert_int_equal(bt_gatt_attr_value_handle(database_attr(18)), 0);
}

static void static_attributes_are_found_by_pointer(void **state)
{
	const struct bt_gatt_attr *name = bt_gatt_find_by_uuid(NULL, 0, BT_UUID_GAP_DEVICE_NAME);

	assert_int_equal(name->handle, 0);
	assert_int_equal(bt_gatt_attr_get_handle(name), 3);
	assert_int_equal(bt_gatt_attr_get_handle(bt_gatt_attr_next(name)), 4);
	assert_int_equal(bt_gatt_attr_value_handle(name - 1), 3);
}

/* ---- Read helpers ---- */

static void helpers_encode_the_usual_values(void **state)
{
	static const struct bt_gatt_cep cep = {BT_GATT_CEP_RELIABLE_WRITE};
	static const struct bt_gatt_cpf cpf = {
		.format = 4, .exponent = -2, .unit = 0x272f, .name_space = 1, .description = 0x106};
	const struct bt_gatt_attr cep_attr = BT_GATT_CEP(&cep);
	const struct bt_gatt_attr cpf_attr = BT_GATT_CPF(&cpf);
	uint8_t buf[20];

	assert_int_equal(cep_attr.read(NULL, &cep_attr, buf, sizeof(buf), 0), 2);
	assert_memory_equal(buf, "\x01\x00", 2);
	assert_int_equal(cpf_attr.read(NULL, &cpf_attr, buf, sizeof(buf), 0), 7);
	assert_memory_equal(buf, "\x04\xfe\x2f\x27\x01\x06\x01", 7);
	assert_int_equal(cpf_attr.read(NULL, &cpf_attr, buf, 2, 3), 2);
	assert_memory_equal(buf, "\x27\x01", 2);
	assert_int_equal(cpf_attr.read(NULL, &cpf_attr, buf, sizeof(buf), 8),
			 BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET));
	assert_int_equal(bt_gatt_attr_read(NULL, NULL, buf, sizeof(buf), 0, NULL, 0), 0);
}

static void inclusion_of_a_service_that_is_gone_is_an_error(void **state)
{
	struct bt_gatt_attr include = BT_GATT_INCLUDE_SERVICE(&one_attrs[0]);
	uint8_t buf[20];

	assert_int_equal(include.read(peers[0].conn, &include, buf, sizeof(buf), 0),
			 BT_GATT_ERR(BT_ATT_ERR_UNLIKELY));
}

/* ---- Service Changed ---- */

static void want_changes(unsigned int n)
{
	peer_n_send(n, BYTES(BT_ATT_OP_WRITE_REQ, LE16(9), 2, 0));
	peer_n_expect(n, BYTES(BT_ATT_OP_WRITE_RSP));
}

static void changes_are_indicated_to_who_wants_them(void **state)
{
	peer_connect(1);
	want_changes(0);
	assert_int_equal(bt_gatt_service_register(&one), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(8), LE16(DB_LAST + 1), LE16(DB_LAST + 3)));
	peer_n_expect_nothing(1);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(8), LE16(DB_LAST + 1), LE16(DB_LAST + 3)));
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	peer_expect_nothing();
}

static void changes_while_one_is_indicated_are_collected(void **state)
{
	want_changes(0);
	assert_int_equal(bt_gatt_service_register(&one), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(8), LE16(DB_LAST + 1), LE16(DB_LAST + 3)));
	assert_int_equal(bt_gatt_service_register(&two), 0);
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	assert_int_equal(bt_gatt_service_unregister(&two), 0);
	peer_expect_nothing();
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(8), LE16(DB_LAST + 1), LE16(DB_LAST + 7)));
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	peer_expect_nothing();
}

static void changes_without_links_are_nothing(void **state)
{
	peer_disconnect(0);
	assert_int_equal(bt_gatt_service_register(&one), 0);
	peer_connect(0);
	want_changes(0);
	peer_expect_nothing();
	assert_int_equal(bt_gatt_service_unregister(&one), 0);
	peer_disconnect(0);
}

static void value_of_service_changed_cannot_be_read(void **state)
{
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(8)));
	peer_expect_error(BT_ATT_OP_READ_REQ, 8, BT_ATT_ERR_READ_NOT_PERMITTED);
}

#define TEST(name)          cmocka_unit_test_setup_teardown(name, database_setup, database_teardown)
#define TEST_DISABLED(name) cmocka_unit_test_setup_teardown(name, setup_disabled, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(services_get_handles_in_order),
		TEST(registration_refuses_bad_arguments),
		TEST(handles_can_be_chosen),
		TEST(last_handles_are_used_and_then_gaps),
		TEST(too_many_services_are_an_error),
		TEST(too_many_cccs_are_an_error_and_leave_nothing),
		TEST_DISABLED(services_stay_over_disable),
		TEST_DISABLED(service_belongs_to_one_host),
		TEST(foreach_finds_by_range_type_and_data),
		TEST(attributes_are_found_by_uuid_and_in_order),
		TEST(static_attributes_are_found_by_pointer),
		TEST(helpers_encode_the_usual_values),
		TEST(inclusion_of_a_service_that_is_gone_is_an_error),
		TEST(changes_are_indicated_to_who_wants_them),
		TEST(changes_while_one_is_indicated_are_collected),
		TEST(changes_without_links_are_nothing),
		TEST(value_of_service_changed_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
