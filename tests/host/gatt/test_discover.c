/* SPDX-License-Identifier: Apache-2.0 */

/* Discovery: each kind from servers that answer, refuse, say nothing, or lie. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>

#include "host/att/peer.h"

#define UUID128(first) first, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

/* What was found, as text: one line each. */
static char found[1024];
static unsigned int ends;
static unsigned int stop_after;
static struct bt_gatt_discover_params params;

static void describe(const struct bt_gatt_attr *attr, char *text, size_t size)
{
	const struct bt_gatt_service_val *service = attr->user_data;
	const struct bt_gatt_include *include = attr->user_data;
	const struct bt_gatt_chrc *chrc = attr->user_data;
	const struct bt_gatt_ccc *ccc = attr->user_data;
	char uuid[BT_UUID_STR_LEN] = "";

	switch (params.type) {
	case BT_GATT_DISCOVER_PRIMARY:
	case BT_GATT_DISCOVER_SECONDARY:
		bt_uuid_to_str(service->uuid, uuid, sizeof(uuid));
		(void)snprintf(text, size, "-%u %s", service->end_handle, uuid);
		break;
	case BT_GATT_DISCOVER_INCLUDE:
		bt_uuid_to_str(include->uuid, uuid, sizeof(uuid));
		(void)snprintf(text, size, " %u-%u %s", include->start_handle, include->end_handle,
			       uuid);
		break;
	case BT_GATT_DISCOVER_CHARACTERISTIC:
		bt_uuid_to_str(chrc->uuid, uuid, sizeof(uuid));
		assert_int_equal(chrc->value_handle, bt_gatt_attr_value_handle(attr));
		(void)snprintf(text, size, " %u %02x %s", chrc->value_handle, chrc->properties,
			       uuid);
		break;
	case BT_GATT_DISCOVER_STD_CHAR_DESC:
		(void)snprintf(text, size, " %u", ccc->flags);
		break;
	default:
		assert_null(attr->user_data);
		(void)snprintf(text, size, "%s", "");
		break;
	}
}

static uint8_t on_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			struct bt_gatt_discover_params *p)
{
	size_t at = strlen(found);
	char type[BT_UUID_STR_LEN], value[64];

	assert_ptr_equal(p, &params);
	assert_ptr_equal(conn, peers[0].conn);
	if (attr == NULL) {
		ends++;
		return BT_GATT_ITER_STOP;
	}
	assert_int_equal(ends, 0);
	bt_uuid_to_str(attr->uuid, type, sizeof(type));
	describe(attr, value, sizeof(value));
	(void)snprintf(&found[at], sizeof(found) - at, "%u:%s%s\n", attr->handle, type, value);
	return stop_after > 0 && --stop_after == 0 ? BT_GATT_ITER_STOP : BT_GATT_ITER_CONTINUE;
}

static int setup(void **state)
{
	found[0] = '\0';
	ends = 0;
	stop_after = 0;
	peers_up();
	return 0;
}

static void discover(uint8_t type, const struct bt_uuid *uuid, uint16_t start, uint16_t end)
{
	params = (struct bt_gatt_discover_params){.uuid = uuid,
						  .func = on_found,
						  .start_handle = start,
						  .end_handle = end,
						  .type = type};
	assert_int_equal(bt_gatt_discover(peers[0].conn, &params), 0);
}

static void expect_end(uint8_t err, const char *text)
{
	assert_string_equal(found, text);
	assert_int_equal(ends, 1);
	assert_int_equal(params.err, err);
	peer_expect_nothing();
}

/* ---- Servers that answer ---- */

static void primary_services(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	peer_expect(BYTES(0x10, LE16(1), LE16(0xffff), LE16(0x2800)));
	peer_send(BYTES(0x11, 6, LE16(1), LE16(5), LE16(0x1800), LE16(6), LE16(9), LE16(0x1801)));
	peer_expect(BYTES(0x10, LE16(10), LE16(0xffff), LE16(0x2800)));
	peer_send(BYTES(0x11, 20, LE16(10), LE16(0x20), UUID128(1)));
	peer_expect(BYTES(0x10, LE16(0x21), LE16(0xffff), LE16(0x2800)));
	peer_error(0x10, 0x21, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "1:2800-5 1800\n6:2800-9 1801\n"
		      "10:2800-32 100f0e0d-0c0b-0a09-0807-060504030201\n");
}

static void services_up_to_the_last_handle_need_no_more_requests(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	peer_send(BYTES(0x11, 6, LE16(1), LE16(0xffff), LE16(0x1800)));
	peer_skip(1);
	expect_end(0, "1:2800-65535 1800\n");
}

static void primary_services_of_a_uuid(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, BT_UUID_HRS, 1, 0xffff);
	peer_expect(BYTES(0x06, LE16(1), LE16(0xffff), LE16(0x2800), LE16(0x180d)));
	peer_send(BYTES(0x07, LE16(10), LE16(20), LE16(30), LE16(40)));
	peer_expect(BYTES(0x06, LE16(41), LE16(0xffff), LE16(0x2800), LE16(0x180d)));
	peer_error(0x06, 41, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "10:2800-20 180d\n30:2800-40 180d\n");
}

static void primary_service_of_a_32_bit_uuid_is_asked_with_128(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, BT_UUID_DECLARE_32(0x12345678), 1, 5);
	peer_expect(BYTES(0x06, LE16(1), LE16(5), LE16(0x2800), 0xfb, 0x34, 0x9b, 0x5f, 0x80, 0, 0,
			  0x80, 0, 0x10, 0, 0, 0x78, 0x56, 0x34, 0x12));
	peer_error(0x06, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "");
}

static void secondary_services(void **state)
{
	discover(BT_GATT_DISCOVER_SECONDARY, BT_UUID_DECLARE_16(0x4321), 1, 0xffff);
	peer_expect(BYTES(0x10, LE16(1), LE16(0xffff), LE16(0x2801)));
	peer_send(BYTES(0x11, 6, LE16(1), LE16(5), LE16(0x1111), LE16(6), LE16(9), LE16(0x4321)));
	peer_skip(1);
	peer_error(0x10, 10, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "6:2801-9 4321\n");
}

static void included_services(void **state)
{
	discover(BT_GATT_DISCOVER_INCLUDE, NULL, 1, 50);
	peer_expect(BYTES(0x08, LE16(1), LE16(50), LE16(0x2802)));
	peer_send(BYTES(0x09, 8, LE16(2), LE16(0x60), LE16(0x6f), LE16(0x180f)));
	peer_expect(BYTES(0x08, LE16(3), LE16(50), LE16(0x2802)));
	/* A 128-bit UUID is read from the declaration of the service, the second one not lost. */
	peer_send(BYTES(0x09, 6, LE16(3), LE16(0x70), LE16(0x7f), LE16(4), LE16(0x80), LE16(0x8f)));
	peer_expect(BYTES(0x0a, LE16(0x70)));
	peer_send(BYTES(0x0b, UUID128(1)));
	peer_expect(BYTES(0x08, LE16(4), LE16(50), LE16(0x2802)));
	peer_send(BYTES(0x09, 6, LE16(4), LE16(0x80), LE16(0x8f)));
	peer_expect(BYTES(0x0a, LE16(0x80)));
	peer_send(BYTES(0x0b, UUID128(2)));
	peer_expect(BYTES(0x08, LE16(5), LE16(50), LE16(0x2802)));
	peer_error(0x08, 5, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "2:2802 96-111 180f\n"
		      "3:2802 112-127 100f0e0d-0c0b-0a09-0807-060504030201\n"
		      "4:2802 128-143 100f0e0d-0c0b-0a09-0807-060504030202\n");
}

static void characteristics(void **state)
{
	discover(BT_GATT_DISCOVER_CHARACTERISTIC, NULL, 1, 50);
	peer_expect(BYTES(0x08, LE16(1), LE16(50), LE16(0x2803)));
	peer_send(BYTES(0x09, 7, LE16(2), 0x02, LE16(3), LE16(0x2a00), LE16(4), 0x10, LE16(5),
			LE16(0x2a05)));
	peer_expect(BYTES(0x08, LE16(5), LE16(50), LE16(0x2803)));
	peer_send(BYTES(0x09, 21, LE16(49), 0x08, LE16(50), UUID128(1)));
	peer_expect(BYTES(0x08, LE16(50), LE16(50), LE16(0x2803)));
	peer_error(0x08, 50, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "2:2803 3 02 2a00\n4:2803 5 10 2a05\n"
		      "49:2803 50 08 100f0e0d-0c0b-0a09-0807-060504030201\n");
}

static void characteristics_of_a_uuid(void **state)
{
	discover(BT_GATT_DISCOVER_CHARACTERISTIC, BT_UUID_GATT_SC, 1, 50);
	peer_expect(BYTES(0x08, LE16(1), LE16(50), LE16(0x2803)));
	peer_send(BYTES(0x09, 7, LE16(2), 0x02, LE16(3), LE16(0x2a00), LE16(4), 0x10, LE16(5),
			LE16(0x2a05)));
	peer_skip(1);
	peer_error(0x08, 5, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "4:2803 5 10 2a05\n");
}

static void descriptors_without_declarations(void **state)
{
	discover(BT_GATT_DISCOVER_DESCRIPTOR, NULL, 3, 8);
	peer_expect(BYTES(0x04, LE16(3), LE16(8)));
	peer_send(BYTES(0x05, 1, LE16(3), LE16(0x2901), LE16(4), LE16(0x2803), LE16(5),
			LE16(0x2902)));
	peer_expect(BYTES(0x04, LE16(6), LE16(8)));
	peer_send(BYTES(0x05, 2, LE16(8), UUID128(1)));
	expect_end(0, "3:2901\n5:2902\n8:100f0e0d-0c0b-0a09-0807-060504030201\n");
}

static void attributes_of_every_type(void **state)
{
	discover(BT_GATT_DISCOVER_ATTRIBUTE, NULL, 3, 5);
	peer_send(BYTES(0x05, 1, LE16(3), LE16(0x2800), LE16(4), LE16(0x2803), LE16(5),
			LE16(0x2902)));
	peer_skip(1);
	expect_end(0, "3:2800\n4:2803\n5:2902\n");
}

/* As android's and btstack#741's servers have it: one characteristic with the same CCC twice. */
static void btstack_741_duplicate_cccd(void **state)
{
	discover(BT_GATT_DISCOVER_DESCRIPTOR, BT_UUID_GATT_CCC, 3, 5);
	peer_send(BYTES(0x05, 1, LE16(3), LE16(0x2902), LE16(4), LE16(0x2902), LE16(5),
			LE16(0x2902)));
	peer_skip(1);
	expect_end(0, "3:2902\n4:2902\n5:2902\n");
}

static void values_of_standard_descriptors(void **state)
{
	discover(BT_GATT_DISCOVER_STD_CHAR_DESC, BT_UUID_GATT_CCC, 1, 9);
	peer_expect(BYTES(0x08, LE16(1), LE16(9), LE16(0x2902)));
	peer_send(BYTES(0x09, 4, LE16(3), LE16(1), LE16(9), LE16(2)));
	expect_end(0, "3:2902 1\n9:2902 2\n");
}

static void presentation_format(void **state)
{
	discover(BT_GATT_DISCOVER_STD_CHAR_DESC, BT_UUID_GATT_CPF, 1, 9);
	peer_send(BYTES(0x09, 9, LE16(9), 0x04, 0xfe, LE16(0x272f), 1, LE16(0x0106)));
	peer_skip(1);
	/* Its format and exponent, where the test reads a CCC's flags. */
	expect_end(0, "9:2904 65028\n");
}

static void callback_stops_it(void **state)
{
	stop_after = 1;
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	peer_send(BYTES(0x11, 6, LE16(1), LE16(5), LE16(0x1800), LE16(6), LE16(9), LE16(0x1801)));
	peer_skip(1);
	assert_string_equal(found, "1:2800-5 1800\n");
	assert_int_equal(ends, 0);
	peer_expect_nothing();
}

static uint8_t on_found_then_more(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				  struct bt_gatt_discover_params *p)
{
	/* As Zephyr's samples do: the same params for the next step, from within the callback. */
	assert_non_null(attr);
	p->func = on_found;
	p->type = BT_GATT_DISCOVER_CHARACTERISTIC;
	p->start_handle = attr->handle + 1;
	assert_int_equal(bt_gatt_discover(conn, p), 0);
	return BT_GATT_ITER_STOP;
}

static void params_are_used_again_from_the_callback_that_stops(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 9);
	params.func = on_found_then_more;
	peer_skip(1);
	peer_send(BYTES(0x11, 6, LE16(1), LE16(5), LE16(0x1800), LE16(6), LE16(9), LE16(0x1801)));
	peer_expect(BYTES(0x08, LE16(2), LE16(9), LE16(0x2803)));
	peer_send(BYTES(0x09, 7, LE16(8), 0x02, LE16(9), LE16(0x2a00)));
	peer_expect(BYTES(0x08, LE16(9), LE16(9), LE16(0x2803)));
	peer_error(0x08, 9, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "8:2803 9 02 2a00\n");
}

/* ---- Bad arguments ---- */

static void bad_arguments_are_refused(void **state)
{
	struct bt_gatt_discover_params good = {.func = on_found,
					       .start_handle = 1,
					       .end_handle = 9,
					       .type = BT_GATT_DISCOVER_PRIMARY};
	struct bt_gatt_discover_params bad = good;
	struct bt_conn *conn = bt_conn_ref(peers[0].conn);

	assert_int_equal(bt_gatt_discover(NULL, &good), -EINVAL);
	assert_int_equal(bt_gatt_discover(conn, NULL), -EINVAL);
	bad.func = NULL;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	bad = good;
	bad.start_handle = 0;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	bad.start_handle = 10;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	bad = good;
	bad.type = BT_GATT_DISCOVER_STD_CHAR_DESC + 1;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	bad.type = BT_GATT_DISCOVER_STD_CHAR_DESC;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	bad.uuid = BT_UUID_GATT_CUD;
	assert_int_equal(bt_gatt_discover(conn, &bad), -EINVAL);
	peer_expect_nothing();
	peer_disconnect(0);
	assert_int_equal(bt_gatt_discover(conn, &good), -ENOTCONN);
	bt_conn_unref(conn);
}

/* ---- Servers that refuse or say nothing ---- */

static void refusal_is_told(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	peer_skip(1);
	peer_error(0x10, 1, BT_ATT_ERR_AUTHORIZATION);
	expect_end(BT_ATT_ERR_AUTHORIZATION, "");
}

static void refusal_of_an_included_uuid_is_told(void **state)
{
	discover(BT_GATT_DISCOVER_INCLUDE, NULL, 1, 50);
	peer_send(BYTES(0x09, 6, LE16(3), LE16(0x70), LE16(0x7f)));
	peer_skip(2);
	peer_error(0x0a, 0x70, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(BT_ATT_ERR_ATTRIBUTE_NOT_FOUND, "");
}

static void silence_ends_it_after_30_s(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	scripted_run_ms(30010);
	peer_skip(1);
	expect_end(BT_ATT_ERR_UNLIKELY, "");
}

static void end_of_the_link_ends_it(void **state)
{
	struct bt_conn *conn = bt_conn_ref(peers[0].conn);

	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	scripted_disconnected(&peers_controller, peers[0].handle, 0x08);
	scripted_settle();
	assert_int_equal(ends, 1);
	assert_int_equal(params.err, BT_ATT_ERR_UNLIKELY);
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
	bt_conn_unref(conn);
}

/* ---- Servers that lie ---- */

struct lie {
	const char *what;
	uint8_t type;
	const struct bt_uuid *uuid;
	uint8_t len;
	uint8_t rsp[24];
};

#define LIE(what, type, uuid, ...)                                        \
	{                                                                 \
		what, type, uuid, sizeof((const uint8_t[]){__VA_ARGS__}), \
		{                                                         \
			__VA_ARGS__                                       \
		}                                                         \
	}

/* The range is 5 to 50. */
static const struct lie lies[] = {
	LIE("no groups", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 6),
	LIE("groups of 0 bytes", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 0, 1, 2, 3),
	LIE("groups of 3 bytes", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 3, 5, 0, 6),
	LIE("groups of 8 bytes", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 8, LE16(5), LE16(9), 1, 2, 3,
	    4),
	LIE("half a group", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 6, LE16(5), LE16(9), LE16(1), 6),
	LIE("group before the range", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 6, LE16(4), LE16(9),
	    LE16(1)),
	LIE("group behind the range", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 6, LE16(51), LE16(60),
	    LE16(1)),
	LIE("group that ends before it begins", BT_GATT_DISCOVER_PRIMARY, NULL, 0x11, 6, LE16(9),
	    LE16(8), LE16(1)),
	LIE("no handles", BT_GATT_DISCOVER_PRIMARY, BT_UUID_HRS, 0x07),
	LIE("half handles", BT_GATT_DISCOVER_PRIMARY, BT_UUID_HRS, 0x07, LE16(5), 9),
	LIE("handles before the range", BT_GATT_DISCOVER_PRIMARY, BT_UUID_HRS, 0x07, LE16(1),
	    LE16(9)),
	LIE("handles that end early", BT_GATT_DISCOVER_PRIMARY, BT_UUID_HRS, 0x07, LE16(9),
	    LE16(8)),
	LIE("inclusion of 5 bytes", BT_GATT_DISCOVER_INCLUDE, NULL, 0x09, 5, LE16(5), LE16(9), 1),
	LIE("inclusion of 7 bytes", BT_GATT_DISCOVER_INCLUDE, NULL, 0x09, 7, LE16(5), LE16(9),
	    LE16(10), 1),
	LIE("inclusion of nothing", BT_GATT_DISCOVER_INCLUDE, NULL, 0x09, 6, LE16(5), LE16(0),
	    LE16(0)),
	LIE("characteristic without UUID", BT_GATT_DISCOVER_CHARACTERISTIC, NULL, 0x09, 5, LE16(5),
	    2, LE16(6)),
	LIE("characteristic of 6 bytes", BT_GATT_DISCOVER_CHARACTERISTIC, NULL, 0x09, 6, LE16(5), 2,
	    LE16(6), 1),
	LIE("value before its characteristic", BT_GATT_DISCOVER_CHARACTERISTIC, NULL, 0x09, 7,
	    LE16(5), 2, LE16(5), LE16(1)),
	LIE("information in format 3", BT_GATT_DISCOVER_DESCRIPTOR, NULL, 0x05, 3, LE16(5),
	    LE16(1)),
	LIE("no information", BT_GATT_DISCOVER_DESCRIPTOR, NULL, 0x05, 1),
	LIE("handle before the range", BT_GATT_DISCOVER_ATTRIBUTE, NULL, 0x05, 1, LE16(4),
	    LE16(0x2902)),
	LIE("handle 0", BT_GATT_DISCOVER_ATTRIBUTE, NULL, 0x05, 1, LE16(0), LE16(0x2902)),
	LIE("CCC of one byte", BT_GATT_DISCOVER_STD_CHAR_DESC, BT_UUID_GATT_CCC, 0x09, 3, LE16(5),
	    1),
	LIE("CCC of three bytes", BT_GATT_DISCOVER_STD_CHAR_DESC, BT_UUID_GATT_CCC, 0x09, 5,
	    LE16(5), 1, 0, 0),
	LIE("CPF of two bytes", BT_GATT_DISCOVER_STD_CHAR_DESC, BT_UUID_GATT_CPF, 0x09, 4, LE16(5),
	    1, 0),
};

static void lies_end_it(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		ends = 0;
		found[0] = '\0';
		discover(lies[i].type, lies[i].uuid, 5, 50);
		peer_skip(1);
		peer_send(lies[i].rsp, lies[i].len);
		if (ends != 1 || params.err != BT_ATT_ERR_UNLIKELY || found[0] != '\0') {
			fail_msg("%s: %u ends, error %u, %s", lies[i].what, ends, params.err,
				 found);
		}
		peer_expect_nothing();
	}
}

/* A Find Information Response that is shorter than one element, in every length. */
static void cve_2024_3077_find_info_underflow(void **state)
{
	for (uint8_t format = 1; format <= 2; format++) {
		for (size_t len = 0; len < (format == 1 ? 4 : 18); len++) {
			uint8_t rsp[2 + 18] = {0x05, format, LE16(5)};

			ends = 0;
			discover(BT_GATT_DISCOVER_DESCRIPTOR, NULL, 5, 50);
			peer_skip(1);
			peer_send(rsp, 2 + len);
			assert_int_equal(ends, 1);
			assert_int_equal(params.err, BT_ATT_ERR_UNLIKELY);
		}
	}
}

/* Handles that stand still, or go back, would go on for ever. */
static void endless_results_end(void **state)
{
	discover(BT_GATT_DISCOVER_ATTRIBUTE, NULL, 1, 0xffff);
	peer_send(BYTES(0x05, 1, LE16(7), LE16(0x2902), LE16(7), LE16(0x2902)));
	peer_skip(1);
	expect_end(BT_ATT_ERR_UNLIKELY, "7:2902\n");
	ends = 0;
	found[0] = '\0';
	discover(BT_GATT_DISCOVER_ATTRIBUTE, NULL, 1, 0xffff);
	peer_send(BYTES(0x05, 1, LE16(7), LE16(0x2902)));
	peer_send(BYTES(0x05, 1, LE16(7), LE16(0x2902)));
	peer_skip(2);
	expect_end(BT_ATT_ERR_UNLIKELY, "7:2902\n");
}

static void uuid_of_an_included_service_that_is_none_ends_it(void **state)
{
	static const uint8_t lens[] = {0, 1, 3, 4, 15, 17};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		uint8_t rsp[20] = {0x0b};

		ends = 0;
		discover(BT_GATT_DISCOVER_INCLUDE, NULL, 1, 50);
		peer_send(BYTES(0x09, 6, LE16(3), LE16(0x70), LE16(0x7f)));
		peer_skip(2);
		peer_send(rsp, 1u + lens[i]);
		expect_end(BT_ATT_ERR_UNLIKELY, "");
	}
}

static void wrong_response_is_ignored(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 9);
	peer_skip(1);
	peer_send(BYTES(0x09, 6, LE16(1), LE16(9), LE16(0x1800)));
	peer_error(0x08, 1, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	assert_int_equal(ends, 0);
	assert_int_equal(peers_stats().att_dropped, 2);
	peer_send(BYTES(0x11, 6, LE16(1), LE16(9), LE16(0x1800)));
	expect_end(0, "1:2800-9 1800\n");
}

/* The buffer for the second request is not to be had at first. */
static void failed_allocation_of_a_further_step_is_made_up_for(void **state)
{
	discover(BT_GATT_DISCOVER_PRIMARY, NULL, 1, 0xffff);
	peer_skip(1);
	peer_post(BYTES(0x11, 6, LE16(1), LE16(5), LE16(0x1800)));
	fav_fault_alloc_at(2);
	scripted_run_ms(50);
	fav_fault_alloc_at(0);
	peer_expect(BYTES(0x10, LE16(6), LE16(0xffff), LE16(0x2800)));
	peer_error(0x10, 6, BT_ATT_ERR_ATTRIBUTE_NOT_FOUND);
	expect_end(0, "1:2800-5 1800\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(primary_services),
		TEST(services_up_to_the_last_handle_need_no_more_requests),
		TEST(primary_services_of_a_uuid),
		TEST(primary_service_of_a_32_bit_uuid_is_asked_with_128),
		TEST(secondary_services),
		TEST(included_services),
		TEST(characteristics),
		TEST(characteristics_of_a_uuid),
		TEST(descriptors_without_declarations),
		TEST(attributes_of_every_type),
		TEST(btstack_741_duplicate_cccd),
		TEST(values_of_standard_descriptors),
		TEST(presentation_format),
		TEST(callback_stops_it),
		TEST(params_are_used_again_from_the_callback_that_stops),
		TEST(bad_arguments_are_refused),
		TEST(refusal_is_told),
		TEST(refusal_of_an_included_uuid_is_told),
		TEST(silence_ends_it_after_30_s),
		TEST(end_of_the_link_ends_it),
		TEST(lies_end_it),
		TEST(cve_2024_3077_find_info_underflow),
		TEST(endless_results_end),
		TEST(uuid_of_an_included_service_that_is_none_ends_it),
		TEST(wrong_response_is_ignored),
		TEST(failed_allocation_of_a_further_step_is_made_up_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
