/* SPDX-License-Identifier: Apache-2.0 */

/* Notifications, indications, and who has subscribed to them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>

#include "host/att/database.h"
#include "host/att/peer.h"

static unsigned int sent, confirmed, destroyed, ready;
static uint8_t last_err;

static void on_sent(struct bt_conn *conn, void *user_data)
{
	assert_ptr_equal(user_data, &sent);
	sent++;
}

static void on_confirmed(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	assert_int_equal(destroyed, 0);
	confirmed++;
	last_err = err;
}

static void on_destroyed(struct bt_gatt_indicate_params *params)
{
	destroyed++;
}

static void on_ready(struct bt_conn *conn)
{
	ready++;
}

static struct bt_conn_cb conn_callbacks = {.tx_ready = on_ready};
static struct bt_gatt_indicate_params indication;

static int setup_with(uint8_t acl_count)
{
	sent = 0;
	confirmed = 0;
	destroyed = 0;
	ready = 0;
	last_err = 0xff;
	peers_begin();
	peers_controller.acl_count = acl_count;
	scripted_enable(&peers_controller);
	peer_connect(0);
	(void)bt_conn_cb_register(&conn_callbacks);
	database_up();
	indication = (struct bt_gatt_indicate_params){
		.attr = database_attr(H_VALUE),
		.func = on_confirmed,
		.destroy = on_destroyed,
		.data = "hi",
		.len = 2,
	};
	return 0;
}

static int setup(void **state)
{
	return setup_with(8);
}

static int setup_large_controller(void **state)
{
	return setup_with(2 * CONFIG_BT_ATT_TX_COUNT);
}

static int teardown(void **state)
{
	(void)bt_conn_cb_unregister(&conn_callbacks);
	database_down();
	peers_down();
	return 0;
}

static void subscribe(unsigned int n, uint8_t value)
{
	peer_n_send(n, BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CCC), value, 0));
	peer_n_expect(n, BYTES(BT_ATT_OP_WRITE_RSP));
}

static int notify(struct bt_conn *conn, const char *text)
{
	return bt_gatt_notify(conn, database_attr(H_VALUE), text, (uint16_t)strlen(text));
}

static struct bt_gatt_notify_params with_callback(void)
{
	return (struct bt_gatt_notify_params){.attr = database_attr(H_VALUE),
					      .data = "hi",
					      .len = 2,
					      .func = on_sent,
					      .user_data = &sent};
}

/* ---- CCC ---- */

static void ccc_is_each_clients_own(void **state)
{
	peer_connect(1);
	subscribe(0, 1);
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_CCC)));
	peer_expect(BYTES(BT_ATT_OP_READ_RSP, 1, 0));
	peer_n_send(1, BYTES(BT_ATT_OP_READ_REQ, LE16(H_CCC)));
	peer_n_expect(1, BYTES(BT_ATT_OP_READ_RSP, 0, 0));
	assert_true(
		bt_gatt_is_subscribed(peers[0].conn, database_attr(H_VALUE), BT_GATT_CCC_NOTIFY));
	assert_true(bt_gatt_is_subscribed(peers[0].conn, database_attr(H_VALUE - 1),
					  BT_GATT_CCC_NOTIFY));
	assert_true(bt_gatt_is_subscribed(peers[0].conn, database_attr(H_CCC), BT_GATT_CCC_NOTIFY));
	assert_false(
		bt_gatt_is_subscribed(peers[0].conn, database_attr(H_VALUE), BT_GATT_CCC_INDICATE));
	assert_false(
		bt_gatt_is_subscribed(peers[1].conn, database_attr(H_VALUE), BT_GATT_CCC_NOTIFY));
	assert_false(bt_gatt_is_subscribed(NULL, database_attr(H_VALUE), 3));
	assert_false(bt_gatt_is_subscribed(peers[0].conn, database_attr(H_HELLO), 3));
}

static void application_hears_what_all_want_together(void **state)
{
	peer_connect(1);
	subscribe(0, 1);
	assert_int_equal(database_changes, 1);
	assert_int_equal(database_changed_to, 1);
	subscribe(1, 1);
	assert_int_equal(database_changes, 1);
	subscribe(1, 2);
	assert_int_equal(database_changed_to, 3);
	subscribe(0, 0);
	assert_int_equal(database_changed_to, 2);
	peer_disconnect(1);
	assert_int_equal(database_changed_to, 0);
	assert_int_equal(database_changes, 4);
}

static void subscription_ends_with_the_link(void **state)
{
	subscribe(0, 1);
	peer_disconnect(0);
	peer_connect(0);
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_CCC)));
	peer_expect(BYTES(BT_ATT_OP_READ_RSP, 0, 0));
}

static void application_may_refuse_a_subscription(void **state)
{
	database_ccc_answer = BT_GATT_ERR(BT_ATT_ERR_AUTHORIZATION);
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CCC), 1, 0));
	peer_expect_error(BT_ATT_OP_WRITE_REQ, H_CCC, BT_ATT_ERR_AUTHORIZATION);
	assert_false(bt_gatt_is_subscribed(peers[0].conn, database_attr(H_VALUE), 3));
	assert_int_equal(database_changes, 0);
}

static void reserved_bits_of_a_ccc_are_ignored(void **state)
{
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_CCC), 0xfd, 0xff));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_CCC)));
	peer_expect(BYTES(BT_ATT_OP_READ_RSP, 1, 0));
}

static void subscriptions_of_a_service_go_with_it(void **state)
{
	subscribe(0, 1);
	database_down();
	database_up();
	assert_false(bt_gatt_is_subscribed(peers[0].conn, database_attr(H_VALUE), 3));
}

/* ---- Notifications ---- */

static void notification_goes_to_one(void **state)
{
	peer_connect(1);
	subscribe(0, 1);
	subscribe(1, 1);
	assert_int_equal(notify(peers[1].conn, "hi"), 0);
	peer_n_expect(1, BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'h', 'i'));
	peer_expect_nothing();
}

static void notification_goes_to_all_that_subscribed(void **state)
{
	peer_connect(1);
	peer_connect(2);
	subscribe(0, 1);
	subscribe(1, 2);
	subscribe(2, 3);
	assert_int_equal(notify(NULL, "hi"), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'h', 'i'));
	peer_n_expect_nothing(1);
	peer_n_expect(2, BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'h', 'i'));
	database_match = false;
	assert_int_equal(notify(NULL, "no"), 0);
	peer_expect_nothing();
}

static void notification_takes_declaration_value_or_uuid(void **state)
{
	subscribe(0, 1);
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_VALUE - 1), "a", 1), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'a'));
	assert_int_equal(bt_gatt_notify_uuid(peers[0].conn, BT_UUID_DECLARE_16(0xaa01),
					     database_attr(DB_FIRST), "b", 1),
			 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'b'));
	assert_int_equal(
		bt_gatt_notify_uuid(peers[0].conn, BT_UUID_DECLARE_16(0xaa01), NULL, "", 0), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE)));
}

static void notification_without_subscription_is_refused_unless_told(void **state)
{
	struct bt_gatt_notify_params params = {
		.attr = database_attr(H_VALUE), .data = "hi", .len = 2};

	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), -EINVAL);
	params.ignore_subscription = true;
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'h', 'i'));
	assert_int_equal(notify(NULL, "hi"), 0);
	peer_expect_nothing();
}

static void notification_refuses_bad_arguments(void **state)
{
	struct bt_gatt_notify_params params = {.len = 1};
	const struct bt_gatt_attr stranger = BT_GATT_CUD("x", BT_GATT_PERM_READ);

	subscribe(0, 1);
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, NULL), -EINVAL);
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), -EINVAL);
	params.data = "x";
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), -EINVAL);
	assert_int_equal(bt_gatt_notify(peers[0].conn, &stranger, "x", 1), -ENOENT);
	/* A characteristic that does not notify. */
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_HELLO - 1), "x", 1),
			 -EINVAL);
	assert_int_equal(bt_gatt_notify_uuid(peers[0].conn, BT_UUID_GATT_CEP, NULL, "x", 1),
			 -ENOENT);
}

static void notification_is_at_most_the_mtu(void **state)
{
	char text[515] = {0};

	subscribe(0, 1);
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), text, 21),
			 -EMSGSIZE);
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), text, 20), 0);
	peer_skip(1);
	peer_mtu(517);
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), text, 515),
			 -EMSGSIZE);
	assert_int_equal(bt_gatt_notify(peers[0].conn, database_attr(H_VALUE), text, 514), 0);
	assert_int_equal(peer_n_waiting(0), 1);
}

static void sent_callback_comes_when_the_controller_has_sent(void **state)
{
	struct bt_gatt_notify_params params = with_callback();

	subscribe(0, 1);
	peers_hold(true);
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), 0);
	scripted_settle();
	assert_int_equal(sent, 0);
	peers_release();
	assert_int_equal(sent, 1);
}

/* The link ends while a PDU is with the controller: its callback comes once, and nothing after. */
static void cve_2026_11368_tx_completion_on_disconnect(void **state)
{
	struct bt_gatt_notify_params params = with_callback();

	subscribe(0, 1);
	peers_hold(true);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), 0);
	}
	scripted_settle();
	assert_int_equal(sent, 0);
	peers_controller.acl_in_hand = 0;
	peers_hold(false);
	peer_disconnect(0);
	assert_int_equal(sent, 12);
}

/* It is the value whose permissions count, not its declaration, which anybody may read. */
static void cve_2026_2411_notify_permission(void **state)
{
	struct bt_gatt_attr *value = database_attr(H_VALUE);
	uint16_t perm = value->perm;

	subscribe(0, 3);
	value->perm = BT_GATT_PERM_READ_ENCRYPT;
	assert_int_equal(bt_gatt_notify(peers[0].conn, value, "x", 1), -EPERM);
	assert_int_equal(bt_gatt_notify(peers[0].conn, value - 1, "x", 1), -EPERM);
	assert_int_equal(bt_gatt_notify(NULL, value - 1, "x", 1), -EPERM);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), -EPERM);
	indication.attr = value - 1;
	assert_int_equal(bt_gatt_indicate(NULL, &indication), -EPERM);
	value->perm = BT_GATT_PERM_NONE;
	assert_int_equal(bt_gatt_notify(peers[0].conn, value, "x", 1), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), 'x'));
	value->perm = perm;
}

static void reply_in_callback(struct bt_conn *conn, const struct bt_gatt_attr *attr)
{
	assert_int_equal(notify(conn, "1"), 0);
	assert_int_equal(notify(conn, "2"), 0);
}

static void notifications_in_a_write_callback_leave_at_once_in_order(void **state)
{
	subscribe(0, 1);
	database_on_write = reply_in_callback;
	peer_send(BYTES(BT_ATT_OP_WRITE_REQ, LE16(H_VALUE), 'x'));
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), '1'));
	peer_expect(BYTES(BT_ATT_OP_NOTIFY, LE16(H_VALUE), '2'));
	peer_expect(BYTES(BT_ATT_OP_WRITE_RSP));
}

static void full_buffers_are_told_and_so_is_their_return(void **state)
{
	unsigned int count = 0;

	subscribe(0, 1);
	peers_hold(true);
	while (notify(peers[0].conn, "x") == 0) {
		count++;
		assert_true(count <= CONFIG_BT_ATT_TX_COUNT + 8);
	}
	/* A request is answered all the same. */
	peer_send(BYTES(BT_ATT_OP_READ_REQ, LE16(H_VALUE)));
	assert_int_equal(notify(peers[0].conn, "x"), -ENOMEM);
	assert_int_equal(ready, 0);
	peers_release();
	assert_true(ready > 0);
	assert_int_equal(notify(peers[0].conn, "x"), 0);
	/* Nothing that was taken is lost. */
	assert_int_equal(peer_n_waiting(0), count + 2);
}

/* The controller has taken all, so that the buffers are back, but has completed none. */
static void full_memory_for_sent_callbacks_is_told(void **state)
{
	struct bt_gatt_notify_params params = with_callback();

	subscribe(0, 1);
	peers_hold(true);
	for (int i = 0; i < CONFIG_BT_ATT_TX_COUNT; i++) {
		assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), 0);
		scripted_settle();
	}
	assert_int_equal(bt_gatt_notify_cb(peers[0].conn, &params), -ENOMEM);
	assert_int_equal(notify(peers[0].conn, "x"), 0);
	scripted_run_ms(100);
	assert_int_equal(ready, 0);
	peers_release();
	assert_int_equal(sent, CONFIG_BT_ATT_TX_COUNT);
	assert_int_equal(ready, 1);
}

/* Every link can have its say, whatever the one that came first has queued. */
static void a_link_that_takes_all_it_can_leaves_the_others_their_share(void **state)
{
	struct bt_gatt_notify_params params = with_callback();
	unsigned int first = 0;

	peer_connect(1);
	peer_connect(2);
	subscribe(0, 1);
	subscribe(1, 1);
	subscribe(2, 1);
	peers_hold(true);
	while (bt_gatt_notify_cb(peers[0].conn, &params) == 0) {
		first++;
		assert_true(first <= CONFIG_BT_ATT_TX_COUNT);
		scripted_settle();
	}
	assert_int_equal(first, CONFIG_BT_ATT_TX_COUNT - 2);
	assert_int_equal(bt_gatt_notify_cb(peers[1].conn, &params), 0);
	assert_int_equal(bt_gatt_notify_cb(peers[2].conn, &params), 0);
	assert_int_equal(bt_gatt_notify_cb(peers[2].conn, &params), -ENOMEM);
	assert_int_equal(ready, 0);
	scripted_complete(&peers_controller, peers[0].handle, (uint16_t)first);
	scripted_complete(&peers_controller, peers[1].handle, 1);
	scripted_complete(&peers_controller, peers[2].handle, 1);
	scripted_settle();
	assert_int_equal(sent, first + 2);
	assert_true(ready >= 2);
	/* In equal parts, once each has begun. */
	for (unsigned int i = 0; i < CONFIG_BT_ATT_TX_COUNT / 3; i++) {
		for (unsigned int link = 0; link < 3; link++) {
			assert_int_equal(bt_gatt_notify_cb(peers[link].conn, &params), 0);
		}
		scripted_settle();
	}
	for (unsigned int link = 0; link < 3; link++) {
		assert_int_equal(bt_gatt_notify_cb(peers[link].conn, &params), -ENOMEM);
	}
	for (unsigned int link = 0; link < 3; link++) {
		scripted_complete(&peers_controller, peers[link].handle,
				  CONFIG_BT_ATT_TX_COUNT / 3);
	}
	scripted_settle();
	peers_hold(false);
}

/* What a link held when it went counts for nobody. */
static void a_share_comes_back_with_the_link(void **state)
{
	struct bt_gatt_notify_params params = with_callback();
	unsigned int count = 0;

	peer_connect(1);
	subscribe(0, 1);
	subscribe(1, 1);
	peers_hold(true);
	while (bt_gatt_notify_cb(peers[0].conn, &params) == 0) {
		scripted_settle();
	}
	peer_disconnect(0);
	while (bt_gatt_notify_cb(peers[1].conn, &params) == 0) {
		count++;
		assert_true(count <= CONFIG_BT_ATT_TX_COUNT);
		scripted_settle();
	}
	assert_int_equal(count, CONFIG_BT_ATT_TX_COUNT);
	peers_release();
}

static void failed_allocation_is_told_and_ready_follows(void **state)
{
	subscribe(0, 1);
	fav_fault_alloc_at(1);
	assert_int_equal(notify(peers[0].conn, "x"), -ENOMEM);
	fav_fault_alloc_at(0);
	scripted_run_ms(20);
	assert_int_equal(ready, 1);
	assert_int_equal(notify(peers[0].conn, "x"), 0);
}

static void multiple_notification_is_one_pdu(void **state)
{
	struct bt_gatt_notify_params params[] = {
		{.attr = database_attr(H_VALUE),
		 .data = "a",
		 .len = 1,
		 .func = on_sent,
		 .user_data = &sent,
		 .ignore_subscription = true},
		{.attr = database_attr(H_HELLO),
		 .data = "bc",
		 .len = 2,
		 .func = on_sent,
		 .user_data = &sent,
		 .ignore_subscription = true},
	};

	assert_int_equal(bt_gatt_notify_multiple(peers[0].conn, 2, params), 0);
	peer_expect(BYTES(BT_ATT_OP_NOTIFY_MULT, LE16(H_VALUE), LE16(1), 'a', LE16(H_HELLO),
			  LE16(2), 'b', 'c'));
	assert_int_equal(sent, 2);
	assert_int_equal(bt_gatt_notify_multiple(peers[0].conn, 1, params), -EINVAL);
	assert_int_equal(bt_gatt_notify_multiple(NULL, 2, params), -EINVAL);
	params[1].data = "0123456789abcd";
	params[1].len = 14;
	assert_int_equal(bt_gatt_notify_multiple(peers[0].conn, 2, params), -ERANGE);
	params[1].ignore_subscription = false;
	assert_int_equal(bt_gatt_notify_multiple(peers[0].conn, 2, params), -EOPNOTSUPP);
	params[1].func = NULL;
	assert_int_equal(bt_gatt_notify_multiple(peers[0].conn, 2, params), -EINVAL);
}

/* ---- Indications ---- */

static void indication_is_confirmed(void **state)
{
	subscribe(0, 2);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'h', 'i'));
	assert_int_equal(confirmed, 0);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(confirmed, 1);
	assert_int_equal(last_err, 0);
	assert_int_equal(destroyed, 1);
}

static void indications_wait_for_one_another(void **state)
{
	struct bt_gatt_indicate_params second = indication;

	second.data = "2";
	second.len = 1;
	second.destroy = NULL;
	indication.destroy = NULL;
	subscribe(0, 2);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), 0);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &second), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'h', 'i'));
	peer_expect_nothing();
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), '2'));
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(confirmed, 2);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(confirmed, 2);
	assert_int_equal(peers_stats().att_dropped, 1);
}

static void indication_to_all_is_destroyed_once(void **state)
{
	peer_connect(1);
	peer_connect(2);
	subscribe(0, 2);
	subscribe(2, 2);
	assert_int_equal(bt_gatt_indicate(NULL, &indication), 0);
	peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'h', 'i'));
	peer_n_expect(2, BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'h', 'i'));
	peer_n_expect_nothing(1);
	peer_n_send(2, BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(confirmed, 1);
	assert_int_equal(destroyed, 0);
	peer_disconnect(0);
	assert_int_equal(confirmed, 2);
	assert_int_equal(last_err, BT_ATT_ERR_UNLIKELY);
	assert_int_equal(destroyed, 1);
}

static void indication_refuses_bad_arguments(void **state)
{
	assert_int_equal(bt_gatt_indicate(peers[0].conn, NULL), -EINVAL);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), -EINVAL);
	assert_int_equal(bt_gatt_indicate(NULL, &indication), -ENOTCONN);
	subscribe(0, 2);
	indication.len = 21;
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), -EMSGSIZE);
	indication.len = 1;
	indication.data = NULL;
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), -EINVAL);
	assert_int_equal(destroyed, 0);
}

static void silent_client_ends_indications_after_30_s(void **state)
{
	subscribe(0, 3);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), 0);
	scripted_run_ms(30010);
	assert_int_equal(confirmed, 1);
	assert_int_equal(last_err, BT_ATT_ERR_UNLIKELY);
	assert_int_equal(destroyed, 1);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), -ETIMEDOUT);
	assert_int_equal(notify(peers[0].conn, "x"), -ETIMEDOUT);
	assert_int_equal(destroyed, 1);
}

static void indication_on_a_link_that_is_gone_is_refused(void **state)
{
	struct bt_conn *conn = bt_conn_ref(peers[0].conn);

	peer_disconnect(0);
	assert_int_equal(bt_gatt_indicate(conn, &indication), -ENOTCONN);
	assert_int_equal(notify(conn, "x"), -ENOTCONN);
	assert_int_equal(destroyed, 0);
	bt_conn_unref(conn);
}

static void indicate_again(struct bt_gatt_indicate_params *params)
{
	if (++destroyed < 3) {
		confirmed = 0;
		assert_int_equal(bt_gatt_indicate(peers[0].conn, params), 0);
	}
}

static void on_confirmed_again(struct bt_conn *conn, struct bt_gatt_indicate_params *params,
			       uint8_t err)
{
	confirmed++;
}

static void indication_may_be_sent_again_from_its_destroy_callback(void **state)
{
	indication.destroy = indicate_again;
	indication.func = on_confirmed_again;
	subscribe(0, 2);
	assert_int_equal(bt_gatt_indicate(peers[0].conn, &indication), 0);
	for (int i = 0; i < 3; i++) {
		peer_expect(BYTES(BT_ATT_OP_INDICATE, LE16(H_VALUE), 'h', 'i'));
		peer_send(BYTES(BT_ATT_OP_CONFIRM));
	}
	peer_expect_nothing();
	assert_int_equal(destroyed, 3);
}

/* Indicating to two clients with each of its allocations failing: to both or to none. */
static void nth_allocation_fails_in_an_indication_to_all(void **state)
{
	peer_connect(1);
	subscribe(0, 2);
	subscribe(1, 2);
	for (uint32_t n = 1; n <= 2; n++) {
		fav_fault_alloc_at(n);
		assert_int_equal(bt_gatt_indicate(NULL, &indication), -ENOMEM);
		fav_fault_alloc_at(0);
		peer_expect_nothing();
		peer_n_expect_nothing(1);
	}
	assert_int_equal(destroyed, 0);
	assert_int_equal(bt_gatt_indicate(NULL, &indication), 0);
	peer_send(BYTES(BT_ATT_OP_CONFIRM));
	peer_n_send(1, BYTES(BT_ATT_OP_CONFIRM));
	assert_int_equal(destroyed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ccc_is_each_clients_own),
		TEST(application_hears_what_all_want_together),
		TEST(subscription_ends_with_the_link),
		TEST(application_may_refuse_a_subscription),
		TEST(reserved_bits_of_a_ccc_are_ignored),
		TEST(subscriptions_of_a_service_go_with_it),
		TEST(notification_goes_to_one),
		TEST(notification_goes_to_all_that_subscribed),
		TEST(notification_takes_declaration_value_or_uuid),
		TEST(notification_without_subscription_is_refused_unless_told),
		TEST(notification_refuses_bad_arguments),
		TEST(notification_is_at_most_the_mtu),
		TEST(sent_callback_comes_when_the_controller_has_sent),
		TEST(cve_2026_11368_tx_completion_on_disconnect),
		TEST(cve_2026_2411_notify_permission),
		TEST(notifications_in_a_write_callback_leave_at_once_in_order),
		TEST(full_buffers_are_told_and_so_is_their_return),
		cmocka_unit_test_setup_teardown(full_memory_for_sent_callbacks_is_told,
						setup_large_controller, teardown),
		cmocka_unit_test_setup_teardown(
			a_link_that_takes_all_it_can_leaves_the_others_their_share,
			setup_large_controller, teardown),
		cmocka_unit_test_setup_teardown(a_share_comes_back_with_the_link,
						setup_large_controller, teardown),
		TEST(failed_allocation_is_told_and_ready_follows),
		TEST(multiple_notification_is_one_pdu),
		TEST(indication_is_confirmed),
		TEST(indications_wait_for_one_another),
		TEST(indication_to_all_is_destroyed_once),
		TEST(indication_refuses_bad_arguments),
		TEST(silent_client_ends_indications_after_30_s),
		TEST(indication_on_a_link_that_is_gone_is_refused),
		TEST(indication_may_be_sent_again_from_its_destroy_callback),
		TEST(nth_allocation_fails_in_an_indication_to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
