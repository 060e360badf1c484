/* SPDX-License-Identifier: Apache-2.0 */

/* Subscribing to values, sharing a CCC, and values that nobody asked for. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "host/att/peer.h"

#define VALUE 0x20
#define CCC   0x21

/* What happened to each subscription, as letters: v a value, s and e subscribed with and without an
 * error, x the end. */
struct sub {
	struct bt_gatt_subscribe_params params;
	char log[32];
	uint8_t data[32];
	uint16_t len;
	uint8_t opcode;
	uint8_t answer;
};

static struct sub a, b;

static void note(struct sub *sub, char what)
{
	size_t len = strlen(sub->log);

	assert_true(len < sizeof(sub->log) - 1);
	sub->log[len] = what;
	sub->log[len + 1] = '\0';
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t len)
{
	struct sub *sub = CONTAINER_OF(params, struct sub, params);

	note(sub, data == NULL ? 'x' : 'v');
	if (data != NULL) {
		assert_true(len <= sizeof(sub->data));
		memcpy(sub->data, data, len);
		sub->len = len;
		sub->opcode = params->received_opcode;
	}
	return sub->answer;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	note(CONTAINER_OF(params, struct sub, params), err == 0 ? 's' : 'e');
}

static unsigned int unheard;
static uint8_t unheard_opcode;
static uint16_t unheard_handle, unheard_len;

static void on_unheard(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		       uint16_t len)
{
	assert_non_null(data);
	unheard++;
	unheard_opcode = opcode;
	unheard_handle = handle;
	unheard_len = len;
}

static struct bt_gatt_cb callbacks = {.unsubscribed_notify = on_unheard};

static void fresh(struct sub *sub, uint16_t value)
{
	*sub = (struct sub){.params = {.notify = on_value,
				       .subscribe = on_subscribed,
				       .value_handle = VALUE,
				       .ccc_handle = CCC,
				       .value = value},
			    .answer = BT_GATT_ITER_CONTINUE};
}

static int setup(void **state)
{
	unheard = 0;
	fresh(&a, BT_GATT_CCC_NOTIFY);
	fresh(&b, BT_GATT_CCC_NOTIFY);
	peers_up();
	bt_gatt_cb_register(&callbacks);
	return 0;
}

static void subscribe(struct sub *sub)
{
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &sub->params), 0);
}

static void unsubscribe(struct sub *sub)
{
	assert_int_equal(bt_gatt_unsubscribe(peers[0].conn, &sub->params), 0);
}

static void expect_ccc_write(uint8_t value)
{
	peer_expect(BYTES(0x12, LE16(CCC), value, 0));
}

static void subscribed(struct sub *sub)
{
	subscribe(sub);
	expect_ccc_write((uint8_t)sub->params.value);
	peer_send(BYTES(0x13));
	assert_string_equal(sub->log, "s");
	sub->log[0] = '\0';
}

static void values_come_to_the_subscriber(void **state)
{
	subscribed(&a);
	peer_send(BYTES(0x1b, LE16(VALUE), 1, 2));
	assert_string_equal(a.log, "v");
	assert_int_equal(a.len, 2);
	assert_memory_equal(a.data, "\1\2", 2);
	assert_int_equal(a.opcode, BT_ATT_OP_NOTIFY);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "vv");
	assert_int_equal(a.len, 0);
	assert_int_equal(unheard, 0);
	assert_int_equal(peers_stats().notify_unheard, 0);
}

static void indication_is_told_from_notification_and_confirmed(void **state)
{
	a.params.value = BT_GATT_CCC_INDICATE;
	subscribed(&a);
	peer_send(BYTES(0x1d, LE16(VALUE), 1));
	peer_expect(BYTES(0x1e));
	assert_int_equal(a.opcode, BT_ATT_OP_INDICATE);
	peer_send(BYTES(0x1b, LE16(VALUE), 1));
	peer_expect_nothing();
	assert_int_equal(a.opcode, BT_ATT_OP_NOTIFY);
}

static void multiple_notification_is_taken_apart(void **state)
{
	subscribed(&a);
	peer_send(BYTES(0x23, LE16(VALUE), LE16(1), 9, LE16(0x30), LE16(2), 7, 8));
	assert_string_equal(a.log, "v");
	assert_int_equal(a.opcode, BT_ATT_OP_NOTIFY);
	assert_int_equal(unheard, 1);
	assert_int_equal(unheard_handle, 0x30);
	assert_int_equal(unheard_len, 2);
	/* The last one is cut: what there is of it is told. */
	peer_send(BYTES(0x23, LE16(VALUE), LE16(1), 9, LE16(0x30), LE16(0xffff), 7));
	assert_int_equal(unheard, 2);
	assert_int_equal(unheard_len, 1);
}

static void value_before_the_answer_is_not_lost(void **state)
{
	subscribe(&a);
	peer_send(BYTES(0x1b, LE16(VALUE), 1));
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "vs");
	peer_skip(1);
}

static void value_without_subscription_is_counted_and_told(void **state)
{
	peer_send(BYTES(0x1b, LE16(VALUE), 1, 2, 3));
	assert_int_equal(unheard, 1);
	assert_int_equal(unheard_opcode, BT_ATT_OP_NOTIFY);
	assert_int_equal(unheard_handle, VALUE);
	assert_int_equal(unheard_len, 3);
	peer_send(BYTES(0x1d, LE16(VALUE)));
	peer_expect(BYTES(0x1e));
	assert_int_equal(unheard, 2);
	assert_int_equal(unheard_opcode, BT_ATT_OP_INDICATE);
	assert_int_equal(peers_stats().notify_unheard, 2);
	assert_int_equal(bt_gatt_cb_unregister(&callbacks), 0);
	assert_int_equal(bt_gatt_cb_unregister(&callbacks), -ENOENT);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_int_equal(unheard, 2);
	assert_int_equal(peers_stats().notify_unheard, 3);
}

static void refused_subscription_ends(void **state)
{
	subscribe(&a);
	peer_skip(1);
	peer_error(0x12, CCC, BT_ATT_ERR_AUTHORIZATION);
	assert_string_equal(a.log, "ex");
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "ex");
	assert_int_equal(unheard, 1);
	subscribe(&a);
	peer_skip(1);
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "exs");
}

static void unsubscribing_writes_and_ends(void **state)
{
	subscribed(&a);
	unsubscribe(&a);
	expect_ccc_write(0);
	assert_int_equal(bt_gatt_unsubscribe(peers[0].conn, &a.params), -EALREADY);
	/* What still comes is not wanted, and no loss. */
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "");
	assert_int_equal(unheard, 0);
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "sx");
	assert_int_equal(bt_gatt_unsubscribe(peers[0].conn, &a.params), -EINVAL);
}

static void unsubscribing_ends_though_the_server_refuses(void **state)
{
	subscribed(&a);
	unsubscribe(&a);
	peer_skip(1);
	peer_error(0x12, CCC, BT_ATT_ERR_UNLIKELY);
	assert_string_equal(a.log, "ex");
}

static void unsubscribing_before_the_answer_writes_behind_it(void **state)
{
	subscribe(&a);
	unsubscribe(&a);
	expect_ccc_write(1);
	peer_expect_nothing();
	peer_send(BYTES(0x13));
	expect_ccc_write(0);
	assert_string_equal(a.log, "s");
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "ssx");
}

static void unsubscribing_before_a_refusal_ends_once(void **state)
{
	subscribe(&a);
	unsubscribe(&a);
	peer_skip(1);
	peer_error(0x12, CCC, BT_ATT_ERR_AUTHORIZATION);
	assert_string_equal(a.log, "e");
	peer_skip(1);
	peer_error(0x12, CCC, BT_ATT_ERR_AUTHORIZATION);
	assert_string_equal(a.log, "eex");
}

static void stop_unsubscribes(void **state)
{
	subscribed(&a);
	a.answer = BT_GATT_ITER_STOP;
	peer_send(BYTES(0x1b, LE16(VALUE)));
	expect_ccc_write(0);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "vsx");
	peer_expect_nothing();
}

static void subscriptions_share_a_ccc(void **state)
{
	subscribed(&a);
	subscribe(&b);
	peer_expect_nothing();
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "v");
	assert_string_equal(b.log, "v");
	unsubscribe(&a);
	assert_string_equal(a.log, "vx");
	peer_expect_nothing();
	unsubscribe(&b);
	expect_ccc_write(0);
	peer_send(BYTES(0x13));
	assert_string_equal(b.log, "vsx");
}

static void subscriptions_of_different_kinds_are_or_ed(void **state)
{
	subscribed(&a);
	b.params.value = BT_GATT_CCC_INDICATE;
	subscribe(&b);
	expect_ccc_write(3);
	peer_send(BYTES(0x13));
	unsubscribe(&a);
	expect_ccc_write(2);
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "sx");
	assert_string_equal(b.log, "s");
}

static void refusal_ends_all_that_counted_on_the_write(void **state)
{
	subscribe(&a);
	subscribe(&b);
	peer_skip(1);
	peer_error(0x12, CCC, BT_ATT_ERR_AUTHORIZATION);
	assert_string_equal(a.log, "ex");
	assert_string_equal(b.log, "ex");
}

static void same_params_subscribe_once(void **state)
{
	subscribed(&a);
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &a.params), -EALREADY);
}

static void bad_arguments_are_refused(void **state)
{
	struct bt_gatt_subscribe_params bad = a.params;

	assert_int_equal(bt_gatt_subscribe(NULL, &a.params), -EINVAL);
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, NULL), -EINVAL);
	bad.notify = NULL;
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &bad), -EINVAL);
	bad = a.params;
	bad.value_handle = 0;
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &bad), -EINVAL);
	bad = a.params;
	bad.ccc_handle = 0;
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &bad), -EINVAL);
	bad = a.params;
	bad.value = 0;
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &bad), -EINVAL);
	bad.value = 4;
	assert_int_equal(bt_gatt_subscribe(peers[0].conn, &bad), -EINVAL);
	assert_int_equal(bt_gatt_unsubscribe(NULL, &a.params), -EINVAL);
	assert_int_equal(bt_gatt_unsubscribe(peers[0].conn, NULL), -EINVAL);
	assert_int_equal(bt_gatt_unsubscribe(peers[0].conn, &a.params), -EINVAL);
	assert_int_equal(bt_gatt_resubscribe(0, NULL, &a.params), -EINVAL);
}

static void end_of_the_link_ends_all_once(void **state)
{
	subscribed(&a);
	b.params.value = BT_GATT_CCC_INDICATE;
	subscribe(&b);
	unsubscribe(&a);
	peer_disconnect(0);
	assert_string_equal(a.log, "ex");
	assert_string_equal(b.log, "ex");
}

static void silence_ends_it_after_30_s(void **state)
{
	subscribe(&a);
	scripted_run_ms(30010);
	assert_string_equal(a.log, "ex");
}

static void cancel_ends_it(void **state)
{
	subscribe(&a);
	bt_gatt_cancel(peers[0].conn, &a.params);
	assert_string_equal(a.log, "ex");
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "ex");
	peer_skip(1);
}

static void blesa_cve_2020_9770_a_value_on_a_link_not_yet_encrypted(void **state)
{
	a.params.min_security = BT_SECURITY_L2;
	subscribed(&a);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "");
	assert_int_equal(unheard, 1);
}

static uint8_t on_value_ends_both(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
				  const void *data, uint16_t len)
{
	if (data != NULL) {
		(void)on_value(conn, params, data, len);
		/* The one that is next in the list goes, and a new one comes. */
		assert_int_equal(bt_gatt_unsubscribe(conn, &b.params), 0);
		fresh(&b, BT_GATT_CCC_NOTIFY);
		assert_int_equal(bt_gatt_subscribe(conn, &b.params), 0);
		return BT_GATT_ITER_STOP;
	}
	return on_value(conn, params, data, len);
}

static void callback_may_change_the_subscriptions(void **state)
{
	a.params.notify = on_value_ends_both;
	subscribed(&a);
	subscribe(&b);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "vx");
	peer_expect_nothing();
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "vx");
	assert_true(strlen(b.log) > 0);
}

static uint8_t on_value_disables(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
				 const void *data, uint16_t len)
{
	(void)on_value(conn, params, data, len);
	if (data != NULL) {
		assert_int_equal(bt_disable(), 0);
	}
	return BT_GATT_ITER_CONTINUE;
}

static void host_may_be_disabled_in_a_value_callback(void **state)
{
	a.params.notify = on_value_disables;
	subscribed(&a);
	subscribe(&b);
	peer_post(BYTES(0x1d, LE16(VALUE)));
	scripted_settle();
	assert_string_equal(a.log, "vx");
	assert_string_equal(b.log, "x");
	bt_conn_unref(peers[0].conn);
	peers[0].conn = NULL;
}

static void resubscription_hears_values_without_writing(void **state)
{
	bt_addr_le_t addr;

	bt_addr_le_copy(&addr, bt_conn_get_dst(peers[0].conn));
	assert_int_equal(bt_gatt_resubscribe(BT_ID_DEFAULT, &addr, &a.params), 0);
	assert_int_equal(bt_gatt_resubscribe(BT_ID_DEFAULT, &addr, &a.params), -EALREADY);
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "v");
	peer_disconnect(0);
	assert_string_equal(a.log, "vx");
	fresh(&a, BT_GATT_CCC_NOTIFY);
	assert_int_equal(bt_gatt_resubscribe(BT_ID_DEFAULT, &addr, &a.params), 0);
	assert_int_equal(bt_gatt_resubscribe(BT_ID_DEFAULT, &addr, &a.params), -EALREADY);
	peer_connect(0);
	peer_expect_nothing();
	peer_send(BYTES(0x1b, LE16(VALUE)));
	assert_string_equal(a.log, "v");
	unsubscribe(&a);
	expect_ccc_write(0);
	peer_send(BYTES(0x13));
	assert_string_equal(a.log, "vsx");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, peers_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_come_to_the_subscriber),
		TEST(indication_is_told_from_notification_and_confirmed),
		TEST(multiple_notification_is_taken_apart),
		TEST(value_before_the_answer_is_not_lost),
		TEST(value_without_subscription_is_counted_and_told),
		TEST(refused_subscription_ends),
		TEST(unsubscribing_writes_and_ends),
		TEST(unsubscribing_ends_though_the_server_refuses),
		TEST(unsubscribing_before_the_answer_writes_behind_it),
		TEST(unsubscribing_before_a_refusal_ends_once),
		TEST(stop_unsubscribes),
		TEST(subscriptions_share_a_ccc),
		TEST(subscriptions_of_different_kinds_are_or_ed),
		TEST(refusal_ends_all_that_counted_on_the_write),
		TEST(same_params_subscribe_once),
		TEST(bad_arguments_are_refused),
		TEST(end_of_the_link_ends_all_once),
		TEST(silence_ends_it_after_30_s),
		TEST(cancel_ends_it),
		TEST(blesa_cve_2020_9770_a_value_on_a_link_not_yet_encrypted),
		TEST(callback_may_change_the_subscriptions),
		TEST(host_may_be_disabled_in_a_value_callback),
		TEST(resubscription_hears_values_without_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
