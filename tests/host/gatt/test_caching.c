/* SPDX-License-Identifier: Apache-2.0 */

/* The Database Hash, Client Supported Features and robust caching, against clients that speak PDU
 * by PDU: Core 6.0 Vol 3 Part G 2.5.2, 7.1 to 7.3. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>

#include "host/att/database.h"
#include "host/att/peer.h"
#include "host/gatt.h"
#include "host/host.h"

#define H_CHANGED     8
#define H_CHANGED_CCC 9
#define H_FEATURES    11
#define H_HASH        13

#define ROBUST BIT(0)
#define EATT   BIT(1)
#define MULT   BIT(2)

static struct bt_gatt_attr more_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xee00)),
	BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xee01), BT_GATT_CHRC_READ, BT_GATT_PERM_READ,
			       NULL, NULL, NULL),
};
static struct bt_gatt_service more = BT_GATT_SERVICE(more_attrs);
static bool is_more;

/* The database is another one. */
static void change(void)
{
	assert_int_equal(0, is_more ? bt_gatt_service_unregister(&more)
				    : bt_gatt_service_register(&more));
	is_more = !is_more;
}

/* A client that has never known another database. */
static int setup(void **state)
{
	peers_up();
	database_up();
	peer_disconnect(0);
	peer_connect(0);
	return 0;
}

static int teardown(void **state)
{
	if (is_more) {
		change();
	}
	return database_teardown(state);
}

/* ---- The hash ---- */

static ssize_t read_nothing(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			    uint16_t len, uint16_t offset)
{
	return 0;
}

static const struct bt_gatt_cep no_properties;

#define CHRC(_uuid, _props) \
	BT_GATT_CHARACTERISTIC(_uuid, _props, BT_GATT_PERM_READ, read_nothing, NULL, NULL)

/* Part G Appendix B, table B.1: handles 1 to 0x16. */
static const struct bt_gatt_attr sample[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_GAP),
	CHRC(BT_UUID_GAP_DEVICE_NAME, BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE),
	CHRC(BT_UUID_GAP_APPEARANCE, BT_GATT_CHRC_READ),
	BT_GATT_PRIMARY_SERVICE(BT_UUID_GATT),
	CHRC(BT_UUID_GATT_SC, BT_GATT_CHRC_INDICATE),
	BT_GATT_CCC(NULL, BT_GATT_PERM_READ),
	CHRC(BT_UUID_GATT_CLIENT_FEATURES, BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE),
	CHRC(BT_UUID_GATT_DB_HASH, BT_GATT_CHRC_READ),
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0x1808)),
	BT_GATT_INCLUDE_SERVICE(&sample[0x13]),
	CHRC(BT_UUID_DECLARE_16(0x2a18),
	     BT_GATT_CHRC_READ | BT_GATT_CHRC_INDICATE | BT_GATT_CHRC_EXT_PROP),
	BT_GATT_CCC(NULL, BT_GATT_PERM_READ),
	BT_GATT_CEP(&no_properties),
	BT_GATT_SECONDARY_SERVICE(BT_UUID_DECLARE_16(0x180f)),
	CHRC(BT_UUID_DECLARE_16(0x2a19), BT_GATT_CHRC_READ),
};

static void the_hash_is_that_of_the_specifications_sample(void **state)
{
	static const uint8_t expected[] = {0x90, 0xa9, 0xfb, 0xb9, 0xbb, 0x30, 0x88, 0x8a,
					   0xac, 0x8b, 0xf5, 0xec, 0x48, 0x2d, 0xca, 0xf1};
	struct gatt *gatt = host__gatt(fav_host_current());
	struct gatt_db before = gatt->db;
	struct gatt_hash hash = {0};

	gatt->db = (struct gatt_db){0};
	assert_int_equal(0, gatt_db__add_static(&gatt->db, sample, ARRAY_SIZE(sample)));
	assert_int_equal(0x16, gatt->db.ranges[0].last);
	assert_memory_equal(gatt_hash__get(&hash, &gatt->db), expected, sizeof(expected));
	gatt->db = before;
}

static void expect_bytes(const uint8_t *pdu, const uint8_t *expected, size_t len)
{
	assert_memory_equal(pdu, expected, len);
}

/* By UUID over all handles, as 7.3 has it. */
static void read_hash(unsigned int n, uint8_t hash[GATT_HASH_LEN])
{
	const uint8_t *rsp;
	size_t len;

	peer_n_send(n, BYTES(BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0x2b2a)));
	rsp = peer_n_next(n, &len);
	assert_int_equal(len, 4 + GATT_HASH_LEN);
	expect_bytes(rsp, BYTES(BT_ATT_OP_READ_TYPE_RSP, 2 + GATT_HASH_LEN, LE16(H_HASH)));
	memcpy(hash, &rsp[4], GATT_HASH_LEN);
}

static void the_hash_follows_the_database_and_not_its_values(void **state)
{
	uint8_t first[GATT_HASH_LEN], second[GATT_HASH_LEN];

	read_hash(0, first);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 'x'));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	read_hash(0, second);
	assert_memory_equal(first, second, sizeof(first));
	change();
	read_hash(0, second);
	assert_memory_not_equal(first, second, sizeof(first));
	change();
	read_hash(0, second);
	assert_memory_equal(first, second, sizeof(first));
}

static void the_hash_is_never_written(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_HASH), 1));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_HASH, BT_ATT_ERR_WRITE_NOT_PERMITTED);
}

/* ---- Client Supported Features ---- */

static void set_features(unsigned int n, uint8_t features)
{
	peer_n_send(n, BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_FEATURES), features));
	peer_n_expect(n, BYTES(BT_ATT_OP_WRITE_RSP));
}

static void expect_features(unsigned int n, uint8_t features)
{
	peer_n_send(n, BYTES(BT_ATT_OP_READ_REQ, LE16(H_FEATURES)));
	peer_n_expect(n, BYTES(BT_ATT_OP_READ_RSP, features));
}

static void features_are_each_clients_own_and_set_for_good(void **state)
{
	peer_connect(1);
	expect_features(0, 0);
	set_features(0, ROBUST);
	set_features(0, ROBUST | MULT);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_FEATURES), MULT));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_FEATURES, BT_ATT_ERR_VALUE_NOT_ALLOWED);
	expect_features(0, ROBUST | MULT);
	expect_features(1, 0);
	/* Who has no bond begins anew. */
	peer_disconnect(0);
	peer_connect(0);
	expect_features(0, 0);
}

static void features_that_nobody_knows_are_ignored(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_FEATURES), 0xf9, 0xff, 0xff));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	expect_features(0, ROBUST);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_FEATURES)));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_FEATURES, BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_FEATURES), LE16(1), 1));
	peer_expect(BYTES(BT_ATT_OP_PREPARE_WRITE_RSP, LE16(H_FEATURES), LE16(1), 1));
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, H_FEATURES, BT_ATT_ERR_INVALID_OFFSET);
}

/* ---- Robust caching ---- */

static void expect_served(unsigned int n)
{
	peer_n_send(n, BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_n_expect(n, BYTES(BT_ATT_OP_READ_RSP, 'v', 'a', 'l', 'u', 'e'));
}

static void expect_out_of_sync(void)
{
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_expect_error(BT_ATT_OP_READ_REQ, H_VALUE, BT_ATT_ERR_DB_OUT_OF_SYNC);
}

static void an_unaware_client_is_told_once(void **state)
{
	set_features(0, ROBUST);
	expect_served(0);
	change();
	expect_out_of_sync();
	expect_served(0);
	expect_served(0);
	/* And again after each change, also when it had not become aware of the one before. */
	change();
	expect_out_of_sync();
	change();
	expect_out_of_sync();
	expect_served(0);
}

static void a_client_that_did_not_ask_for_it_is_never_told(void **state)
{
	peer_connect(1);
	set_features(0, EATT | MULT);
	set_features(1, ROBUST);
	change();
	expect_served(0);
	peer_n_send(1, BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	peer_n_expect(1, BYTES(BT_ATT_OP_ERROR_RSP, BT_ATT_OP_READ_REQ, LE16(H_VALUE),
			       BT_ATT_ERR_DB_OUT_OF_SYNC));
	/* It asks now, and has not been told of what changed before. */
	set_features(0, EATT | MULT | ROBUST);
	expect_out_of_sync();
}

static const struct {
	uint8_t pdu[9];
	uint8_t len;
	bool refused;
	uint16_t handle; /* of the error */
} requests[] = {
	{{BT_ATT_OP_MTU_REQ, LE16(23)}, 3, false, 0},
	{{BT_ATT_OP_FIND_INFO_REQ, LE16(1), LE16(0xffff)}, 5, false, 0},
	{{BT_ATT_OP_FIND_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0x2800), LE16(0x1234)}, 9, false, 0},
	{{BT_ATT_OP_READ_GROUP_REQ, LE16(1), LE16(0xffff), LE16(0x2800)}, 7, false, 0},
	{{BT_ATT_OP_READ_TYPE_REQ, LE16(3), LE16(20), LE16(0x2803)}, 7, false, 0},
	{{BT_ATT_OP_READ_TYPE_REQ, LE16(3), LE16(40), LE16(0x2802)}, 7, false, 0},
	{{BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xffff), LE16(0xaa01)}, 7, false, 0},
	{{BT_ATT_OP_READ_TYPE_REQ, LE16(2), LE16(0xffff), LE16(0xaa01)}, 7, true, 2},
	{{BT_ATT_OP_READ_TYPE_REQ, LE16(1), LE16(0xfffe), LE16(0x2b2a)}, 7, true, 1},
	{{BT_ATT_OP_READ_REQ, LE16(H_HASH)}, 3, true, H_HASH},
	{{BT_ATT_OP_READ_BLOB_REQ, LE16(H_VALUE), LE16(0)}, 5, true, H_VALUE},
	{{BT_ATT_OP_READ_MULT_REQ, LE16(H_VALUE), LE16(H_HELLO)}, 5, true, H_VALUE},
	{{BT_ATT_OP_READ_MULT_VL_REQ, LE16(H_VALUE), LE16(H_HELLO)}, 5, true, H_VALUE},
	{{BT_ATT_OP_WRITE_REQ, LE16(H_WRITE), 1}, 4, true, H_WRITE},
	{{BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_WRITE), LE16(0), 1}, 6, true, H_WRITE},
	{{BT_ATT_OP_EXEC_WRITE_REQ, 0}, 2, false, 0},
	{{BT_ATT_OP_EXEC_WRITE_REQ, 1}, 2, true, 0},
};

static void what_is_asked_by_handle_is_refused_and_discovery_is_not(void **state)
{
	set_features(0, ROBUST);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		const uint8_t *rsp;
		size_t len;

		change();
		peer_send(requests[i].pdu, requests[i].len);
		rsp = peer_next(&len);
		if (requests[i].refused) {
			expect_bytes(rsp,
				     BYTES(BT_ATT_OP_ERROR_RSP, requests[i].pdu[0],
					   LE16(requests[i].handle), BT_ATT_ERR_DB_OUT_OF_SYNC));
		} else {
			assert_int_equal(rsp[0], requests[i].pdu[0] + 1);
			expect_out_of_sync();
		}
	}
	assert_int_equal(database_write_count, 0);
}

/* What was prepared before is not written to what has those handles now. */
static void a_queue_that_is_older_than_the_change_is_not_executed(void **state)
{
	set_features(0, ROBUST);
	peer_send(BYTES(BT_ATT_OP_PREPARE_WRITE_REQ, LE16(H_WRITE), LE16(0), 1));
	peer_expect(BYTES(BT_ATT_OP_PREPARE_WRITE_RSP, LE16(H_WRITE), LE16(0), 1));
	change();
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect_error(BT_ATT_OP_EXEC_WRITE_REQ, 0, BT_ATT_ERR_DB_OUT_OF_SYNC);
	peer_send(BYTES(BT_ATT_OP_EXEC_WRITE_REQ, 1));
	peer_expect(BYTES(BT_ATT_OP_EXEC_WRITE_RSP));
	assert_int_equal(database_write_count, 0);
}

static void commands_of_an_unaware_client_are_ignored(void **state)
{
	uint32_t before = peers_stats().att_dropped;

	set_features(0, ROBUST);
	change();
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_WRITE), 1));
	assert_int_equal(database_write_count, 0);
	assert_int_equal(peers_stats().att_dropped, before + 1);
	expect_out_of_sync();
	expect_served(0);
	peer_send(BYTES(BT_ATT_OP_WRITE_CMD, LE16(H_WRITE), 1));
	assert_int_equal(database_write_count, 1);
}

static void reading_the_hash_and_asking_on_makes_aware(void **state)
{
	uint8_t hash[GATT_HASH_LEN];

	set_features(0, ROBUST);
	change();
	read_hash(0, hash);
	expect_served(0);
	/* The hash of a database that has changed since counts for nothing. */
	change();
	read_hash(0, hash);
	change();
	expect_out_of_sync();
}

static void want_changes(void)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CHANGED_CCC), 2, 0));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
}

static void expect_changed(void)
{
	const uint8_t *pdu;
	size_t len;

	pdu = peer_next(&len);
	assert_int_equal(len, 7);
	expect_bytes(pdu, BYTES(BT_ATT_OP_INDICATE, LE16(H_CHANGED)));
}

static void confirming_service_changed_makes_aware(void **state)
{
	set_features(0, ROBUST);
	want_changes();
	change();
	expect_changed();
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	expect_served(0);
	/* Not when it has changed again before. */
	change();
	expect_changed();
	change();
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	expect_changed();
	expect_out_of_sync();
	expect_served(0);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
}

static void a_confirmation_that_nobody_waits_for_makes_nobody_aware(void **state)
{
	set_features(0, ROBUST);
	change();
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	expect_out_of_sync();
}

/* ---- Values ---- */

static unsigned int ready;

static void on_ready(struct bt_conn *conn)
{
	ready++;
}

static struct bt_conn_cb conn_cb = {.tx_ready = on_ready};

static void an_unaware_client_gets_no_values_but_service_changed(void **state)
{
	static struct bt_gatt_indicate_params indication;

	ready = 0;
	assert_int_equal(0, bt_conn_cb_register(&conn_cb));
	set_features(0, ROBUST);
	want_changes();
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CCC), 3, 0));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	change();
	expect_changed();
	indication = (struct bt_gatt_indicate_params){
		.attr = database_attr(H_VALUE), .data = "i", .len = 1};
	assert_int_equal(-EAGAIN, bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), "n", 1));
	assert_int_equal(-EAGAIN, bt_gatt_notify(NULL, database_attr(H_VALUE), "n", 1));
	assert_int_equal(-EAGAIN, bt_gatt_indicate(peers[0].conn, &indication));
	assert_int_equal(-EAGAIN, bt_gatt_indicate(NULL, &indication));
	assert_int_equal(ready, 0);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(ready, 1);
	peer_expect_nothing();
	assert_int_equal(0, bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), "n", 1));
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'n'));
	assert_int_equal(0, bt_conn_cb_unregister(&conn_cb));
}

static void several_values_in_one_pdu_go_to_who_said_it_takes_them(void **state)
{
	struct bt_gatt_notify_params params[2] = {
		{.attr = database_attr(H_VALUE), .data = "a", .len = 1},
		{.attr = database_attr(H_VALUE), .data = "bc", .len = 2},
	};

	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CCC), 1, 0));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	assert_int_equal(-EOPNOTSUPP, bt_gatt_notify_multiple(peers[0].conn, 2, params));
	set_features(0, MULT);
	assert_int_equal(0, bt_gatt_notify_multiple(peers[0].conn, 2, params));
	peer_expect(BYTES(BT_ATT_OP_NOTIFY_MULT, LE16(H_VALUE), LE16(1), 'a', LE16(H_VALUE),
			  LE16(2), 'b', 'c'));
}

/* ---- Clients without end ---- */

/* A client that never confirms, and a database that never rests, take no memory. */
static void a_client_that_never_confirms_costs_nothing(void **state)
{
	set_features(0, ROBUST);
	want_changes();
	change();
	expect_changed();
	for (int i = 0; i < 100; i++) {
		change();
		expect_out_of_sync();
		expect_served(0);
	}
	peer_expect_nothing();
	/* The transaction's time is up: it hears no more of it. */
	scripted_run_ms(31000);
	change();
	peer_expect_nothing();
	expect_out_of_sync();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hash_is_that_of_the_specifications_sample),
		TEST(the_hash_follows_the_database_and_not_its_values),
		TEST(the_hash_is_never_written),
		TEST(features_are_each_clients_own_and_set_for_good),
		TEST(features_that_nobody_knows_are_ignored),
		TEST(an_unaware_client_is_told_once),
		TEST(a_client_that_did_not_ask_for_it_is_never_told),
		TEST(what_is_asked_by_handle_is_refused_and_discovery_is_not),
		TEST(a_queue_that_is_older_than_the_change_is_not_executed),
		TEST(commands_of_an_unaware_client_are_ignored),
		TEST(reading_the_hash_and_asking_on_makes_aware),
		TEST(confirming_service_changed_makes_aware),
		TEST(a_confirmation_that_nobody_waits_for_makes_nobody_aware),
		TEST(an_unaware_client_gets_no_values_but_service_changed),
		TEST(several_values_in_one_pdu_go_to_who_said_it_takes_them),
		TEST(a_client_that_never_confirms_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
