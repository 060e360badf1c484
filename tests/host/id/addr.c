/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and advertising data as text and bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/bluetooth.h>

#include <favonius/loop.h>
#include <favonius/sim.h>

static const bt_addr_t sample = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab}};

static void an_address_reads_most_significant_byte_first(void **state)
{
	char str[BT_ADDR_STR_LEN];
	bt_addr_t back;

	assert_int_equal(bt_addr_to_str(&sample, str, sizeof(str)), BT_ADDR_STR_LEN - 1);
	assert_string_equal(str, "AB:89:67:45:23:01");
	assert_int_equal(bt_addr_from_str(str, &back), 0);
	assert_true(bt_addr_eq(&back, &sample));
	assert_int_equal(bt_addr_from_str("ab:89:67:45:23:01", &back), 0);
	assert_true(bt_addr_eq(&back, &sample));
}

static void a_type_follows_the_address(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
	} cases[] = {
		{BT_ADDR_LE_PUBLIC, "AB:89:67:45:23:01 (public)"},
		{BT_ADDR_LE_RANDOM, "AB:89:67:45:23:01 (random)"},
		{BT_ADDR_LE_PUBLIC_ID, "AB:89:67:45:23:01 (public-id)"},
		{BT_ADDR_LE_RANDOM_ID, "AB:89:67:45:23:01 (random-id)"},
		{BT_ADDR_LE_ANONYMOUS, "AB:89:67:45:23:01 (0xff)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bt_addr_le_t addr = {cases[i].type, sample};
		char str[BT_ADDR_LE_STR_LEN];
		int len = bt_addr_le_to_str(&addr, str, sizeof(str));

		assert_string_equal(str, cases[i].text);
		assert_int_equal(len, strlen(cases[i].text));
		assert_true((size_t)len < sizeof(str));
	}
}

static void types_are_read_with_and_without_brackets(void **state)
{
	bt_addr_le_t addr;

	assert_int_equal(bt_addr_le_from_str("AB:89:67:45:23:01", "random", &addr), 0);
	assert_int_equal(addr.type, BT_ADDR_LE_RANDOM);
	assert_int_equal(bt_addr_le_from_str("AB:89:67:45:23:01", "(public-id)", &addr), 0);
	assert_int_equal(addr.type, BT_ADDR_LE_PUBLIC_ID);
	assert_true(bt_addr_eq(&addr.a, &sample));
	assert_int_equal(bt_addr_le_from_str("AB:89:67:45:23:01", "rand", &addr), -EINVAL);
	assert_int_equal(bt_addr_le_from_str("AB:89:67:45:23:01", "(random", &addr), -EINVAL);
	assert_int_equal(bt_addr_le_from_str("AB:89:67:45:23", "random", &addr), -EINVAL);
}

static void what_is_no_address_is_refused_and_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"AB:89:67:45:23",
		"AB:89:67:45:23:01:02",
		"AB:89:67:45:23:0G",
		"AB-89-67-45-23-01",
		"AB:89:67:45:23: 1",
		"AB:89:67:4:523:01",
	};
	bt_addr_t addr = sample;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(bt_addr_from_str(bad[i], &addr), -EINVAL);
		assert_true(bt_addr_eq(&addr, &sample));
	}
}

static void the_top_bits_say_the_kind(void **state)
{
	bt_addr_le_t addr;

	fav_sim_reset(7);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(bt_addr_le_create_static(&addr), 0);
		assert_int_equal(addr.type, BT_ADDR_LE_RANDOM);
		assert_true(BT_ADDR_IS_STATIC(&addr.a));
		assert_true(bt_addr_le_is_identity(&addr));
		assert_int_equal(bt_addr_le_create_nrpa(&addr), 0);
		assert_true(BT_ADDR_IS_NRPA(&addr.a));
		assert_false(bt_addr_le_is_identity(&addr));
		assert_false(bt_addr_le_is_rpa(&addr));
		BT_ADDR_SET_RPA(&addr.a);
		assert_true(bt_addr_le_is_rpa(&addr));
	}
	addr.type = BT_ADDR_LE_PUBLIC;
	assert_true(bt_addr_le_is_identity(&addr));
}

struct walk {
	int count;
	int stop_after;
	uint8_t types[8];
	uint8_t lens[8];
};

static bool on_data(struct bt_data *data, void *user_data)
{
	struct walk *w = user_data;

	w->types[w->count] = data->type;
	w->lens[w->count] = data->data_len;
	w->count++;
	return w->count != w->stop_after;
}

static struct walk walked(const void *bytes, size_t len, int stop_after)
{
	struct walk w = {.stop_after = stop_after};
	struct net_buf_simple ad;

	net_buf_simple_init_with_data(&ad, (void *)(uintptr_t)bytes, len);
	bt_data_parse(&ad, on_data, &w);
	return w;
}

static void data_is_walked_element_by_element(void **state)
{
	static const uint8_t ad[] = {2, BT_DATA_FLAGS, 6, 1, BT_DATA_NAME_COMPLETE, 3, 0xff, 1, 2};
	struct walk w = walked(ad, sizeof(ad), 0);

	assert_int_equal(w.count, 3);
	assert_int_equal(w.types[0], BT_DATA_FLAGS);
	assert_int_equal(w.lens[0], 1);
	assert_int_equal(w.lens[1], 0);
	assert_int_equal(w.types[2], 0xff);
	assert_int_equal(w.lens[2], 2);
	assert_int_equal(walked(ad, sizeof(ad), 2).count, 2);
}

static void the_walk_ends_at_padding_and_at_what_is_cut_off(void **state)
{
	static const uint8_t padded[] = {2, 1, 6, 0, 2, 1, 6};
	static const uint8_t cut_off[] = {2, 1, 6, 3, 1, 6};
	static const uint8_t one_byte[] = {2, 1, 6, 5};

	assert_int_equal(walked(padded, sizeof(padded), 0).count, 1);
	assert_int_equal(walked(cut_off, sizeof(cut_off), 0).count, 1);
	assert_int_equal(walked(one_byte, sizeof(one_byte), 0).count, 1);
	assert_int_equal(walked(NULL, 0, 0).count, 0);
}

static void elements_are_written_as_they_are_walked(void **state)
{
	const struct bt_data data[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, 6),
		BT_DATA(BT_DATA_NAME_COMPLETE, "ab", 2),
	};
	uint8_t out[16];

	assert_int_equal(bt_data_get_len(data, 2), 7);
	assert_int_equal(bt_data_serialize(&data[0], out), 3);
	assert_int_equal(bt_data_serialize(&data[1], &out[3]), 4);
	assert_memory_equal(out,
			    "\x02\x01\x06\x03\x09"
			    "ab",
			    7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_reads_most_significant_byte_first),
		cmocka_unit_test(a_type_follows_the_address),
		cmocka_unit_test(types_are_read_with_and_without_brackets),
		cmocka_unit_test(what_is_no_address_is_refused_and_changes_nothing),
		cmocka_unit_test(the_top_bits_say_the_kind),
		cmocka_unit_test(data_is_walked_element_by_element),
		cmocka_unit_test(the_walk_ends_at_padding_and_at_what_is_cut_off),
		cmocka_unit_test(elements_are_written_as_they_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
