/* SPDX-License-Identifier: Apache-2.0 */

/* Enhanced ATT bearers, between hosts, and against peers that speak on their channels what they
 * like: Core 6.0 Vol 3 Part G 5.3. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/l2cap.h>

#include "client.h"
#include "host/att.h"
#include "host/gatt.h"
#include "host/hci_core.h"
#include "host/host.h"
#include "peers.h"
#include "secure.h"
#include "server.h"
#include "sim.h"

#define PSM               0x0027
#define H_FEATURES        11
#define H_SERVER_FEATURES 15

static struct sim sim;

/* ---- A test's frame ---- */

static void begin(bool encrypted)
{
	secure_begin(&sim);
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		assert_int_equal(0, bt_eatt_set_enabled(true));
	}
	server_begin(&sim, PERIPHERAL);
	memcpy(server.value, "value", 5);
	server.len = 5;
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	if (encrypted) {
		secure_raise(CENTRAL, BT_SECURITY_L2);
		secure_expect_paired(BT_SECURITY_L2, true);
	}
}

static void end(void)
{
	server_end(&sim, PERIPHERAL);
	secure_end();
}

static size_t count(size_t i)
{
	sim_on(&sim, i);
	return bt_eatt_count(peers[i].conn);
}

static void open_bearers(size_t from, size_t n)
{
	size_t before = count(from);

	assert_int_equal(0, bt_eatt_connect(peers[from].conn, n));
	sim_run_ms(1000);
	assert_int_equal(count(CENTRAL), before + n);
	assert_int_equal(count(PERIPHERAL), before + n);
	sim_on(&sim, CENTRAL);
}

static struct att *att_of(size_t i)
{
	return host__att(sim.dev[i].host);
}

/* ---- Reads that are not waited for ---- */

static struct reading {
	struct bt_gatt_read_params params;
	volatile bool done;
	uint8_t err;
	uint16_t len;
} readings[8];

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t len)
{
	struct reading *reading = CONTAINER_OF(params, struct reading, params);

	if (data != NULL) {
		reading->len += len;
		return BT_GATT_ITER_CONTINUE;
	}
	assert_false(reading->done);
	reading->err = err;
	reading->done = true;
	return BT_GATT_ITER_STOP;
}

static int read_start(size_t n, enum bt_att_chan_opt opt, uint16_t handle)
{
	readings[n] = (struct reading){
		.params = {.func = on_read,
			   .handle_count = 1,
			   .single = {.handle = handle},
			   .chan_opt = opt},
	};
	sim_on(&sim, CENTRAL);
	return bt_gatt_read(peers[CENTRAL].conn, &readings[n].params);
}

static uint16_t value_handle(void)
{
	return server.attrs[SERVER_VALUE].handle;
}

static void expect_read(size_t n, uint16_t len)
{
	assert_true(sim_until(&readings[n].done, 5000));
	assert_int_equal(readings[n].err, 0);
	assert_int_equal(readings[n].len, len);
}

/* ---- Opening ---- */

static void bearers_open_from_either_side(void **state)
{
	for (size_t from = 0; from < DEVICES; from++) {
		begin(true);
		open_bearers(from, 3);
		open_bearers(1 - from, 2);
		assert_int_equal(0, read_start(0, BT_ATT_CHAN_OPT_ENHANCED_ONLY, value_handle()));
		expect_read(0, 5);
		end();
	}
}

static void without_encryption_there_are_none(void **state)
{
	begin(false);
	sim_on(&sim, CENTRAL);
	assert_int_equal(-EPERM, bt_eatt_connect(peers[CENTRAL].conn, 1));
	end();
}

static void bad_arguments_are_refused(void **state)
{
	begin(true);
	sim_on(&sim, CENTRAL);
	assert_int_equal(-EINVAL, bt_eatt_connect(NULL, 1));
	assert_int_equal(-EINVAL, bt_eatt_connect(peers[CENTRAL].conn, 0));
	assert_int_equal(-EINVAL, bt_eatt_connect(peers[CENTRAL].conn, 6));
	assert_int_equal(-EINVAL, bt_eatt_disconnect(NULL));
	assert_int_equal(-ENOTCONN, bt_eatt_disconnect(peers[CENTRAL].conn));
	assert_int_equal(0, bt_eatt_count(NULL));
	end();
}

static uint8_t server_features(void)
{
	struct client_result result;

	sim_on(&sim, CENTRAL);
	client_read(peers[CENTRAL].conn, H_SERVER_FEATURES, &result);
	assert_int_equal(result.err, 0);
	assert_int_equal(result.len, 1);
	return result.data[0];
}

static void it_is_off_unless_chosen(void **state)
{
	begin(true);
	assert_int_equal(server_features(), 1);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_eatt_set_enabled(false));
	assert_int_equal(server_features(), 0);
	assert_int_equal(0, bt_eatt_connect(peers[CENTRAL].conn, 2));
	sim_run_ms(1000);
	assert_int_equal(count(CENTRAL), 0);
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_eatt_set_enabled(false));
	assert_int_equal(-ENOTSUP, bt_eatt_connect(peers[CENTRAL].conn, 1));
	/* And on again. */
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(&sim, i);
		assert_int_equal(0, bt_eatt_set_enabled(true));
	}
	open_bearers(CENTRAL, 1);
	end();
}

static void a_link_has_at_most_five(void **state)
{
	begin(true);
	open_bearers(CENTRAL, 4);
	assert_int_equal(0, bt_eatt_connect(peers[CENTRAL].conn, 3));
	sim_run_ms(1000);
	assert_int_equal(count(CENTRAL), 5);
	assert_int_equal(-ENOMEM, bt_eatt_connect(peers[CENTRAL].conn, 1));
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(-ENOMEM, bt_eatt_connect(peers[PERIPHERAL].conn, 1));
	end();
}

/* ---- Using ---- */

static void each_bearer_has_a_request_of_its_own(void **state)
{
	struct att_bearer *bearer = NULL;

	begin(true);
	open_bearers(CENTRAL, 3);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(0, read_start(i, BT_ATT_CHAN_OPT_NONE, value_handle()));
	}
	while ((bearer = att__bearer_next(peers[CENTRAL].conn, bearer)) != NULL) {
		assert_int_equal(1, sys_slist_len(&bearer->queues[ATT_DIR_REQUEST].reqs));
		assert_true(bearer->queues[ATT_DIR_REQUEST].sent);
	}
	for (size_t i = 0; i < 4; i++) {
		expect_read(i, 5);
	}
	end();
}

static void the_option_says_which_bearer(void **state)
{
	begin(true);
	assert_int_equal(-EINVAL, read_start(0, BT_ATT_CHAN_OPT_ENHANCED_ONLY, value_handle()));
	open_bearers(CENTRAL, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(0, read_start(i, BT_ATT_CHAN_OPT_ENHANCED_ONLY, value_handle()));
		assert_int_equal(
			0, read_start(3 + i, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, value_handle()));
	}
	assert_int_equal(
		3,
		sys_slist_len(&att_of(CENTRAL)->enhanced[0].bearer.queues[ATT_DIR_REQUEST].reqs));
	for (size_t i = 0; i < 6; i++) {
		expect_read(i, 5);
	}
	end();
}

static void each_bearer_has_an_mtu_of_its_own(void **state)
{
	begin(true);
	sim_on(&sim, CENTRAL);
	assert_int_equal(bt_gatt_get_mtu(peers[CENTRAL].conn), 23);
	open_bearers(CENTRAL, 1);
	assert_int_equal(bt_gatt_get_uatt_mtu(peers[CENTRAL].conn), 23);
	assert_int_equal(bt_gatt_get_mtu(peers[CENTRAL].conn), BT_L2CAP_SDU_RX_MTU);
	/* One request, where the other bearer takes many. */
	server.len = 500;
	assert_int_equal(0, read_start(0, BT_ATT_CHAN_OPT_ENHANCED_ONLY, value_handle()));
	expect_read(0, 500);
	assert_int_equal(0, read_start(0, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, value_handle()));
	expect_read(0, 500);
	end();
}

static void long_writes_go_through_one_bearer(void **state)
{
	static uint8_t data[512];
	static struct client_writing writings[3];

	begin(true);
	open_bearers(CENTRAL, 2);
	for (size_t i = 0; i < 3; i++) {
		memset(data, 'a' + (int)i, sizeof(data));
		writings[i] = (struct client_writing){0};
		sim_on(&sim, CENTRAL);
		client_write_start(peers[CENTRAL].conn, value_handle(), data, sizeof(data),
				   &writings[i]);
		assert_true(sim_until(&writings[i].done, 10000));
		assert_int_equal(writings[i].err, 0);
		assert_int_equal(server.len, sizeof(data));
		assert_memory_equal(server.value, data, sizeof(data));
	}
	end();
}

static volatile uint32_t heard;
static uint8_t heard_last, heard_opcode;
static uint16_t heard_len;

static void on_value(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		     uint16_t len)
{
	heard++;
	heard_opcode = opcode;
	heard_len = len;
	/* In the order of calls. */
	assert_true(len != 1 || *(const uint8_t *)data == (uint8_t)(heard_last + 1));
	heard_last = *(const uint8_t *)data;
}

static struct bt_gatt_cb gatt_cb = {.unsubscribed_notify = on_value};

static void values_come_in_order_on_the_bearer_that_is_chosen(void **state)
{
	static uint8_t big[400];
	struct bt_gatt_indicate_params indication = {
		.attr = &server.attrs[SERVER_STREAM],
		.data = big,
		.len = sizeof(big),
		.ignore_subscription = true,
		.chan_opt = BT_ATT_CHAN_OPT_ENHANCED_ONLY,
	};
	uint8_t n = 0;

	heard = 0;
	heard_last = 0;
	begin(true);
	sim_on(&sim, CENTRAL);
	bt_gatt_cb_register(&gatt_cb);
	open_bearers(CENTRAL, 2);
	for (int i = 0; i < 60; i++) {
		struct bt_gatt_notify_params params = {
			.attr = &server.attrs[SERVER_STREAM],
			.data = &n,
			.len = 1,
			.ignore_subscription = true,
			.chan_opt = BT_ATT_CHAN_OPT_ENHANCED_ONLY,
		};
		int err;

		n++;
		sim_on(&sim, PERIPHERAL);
		while ((err = bt_gatt_notify_cb(peers[PERIPHERAL].conn, &params)) == -ENOMEM) {
			sim_run_ms(10);
			sim_on(&sim, PERIPHERAL);
		}
		assert_int_equal(err, 0);
	}
	assert_true(sim_until_count(&heard, 60, 5000));
	sim_on(&sim, PERIPHERAL);
	assert_true(peers[PERIPHERAL].tx_readys > 0);
	assert_int_equal(0, bt_gatt_indicate(peers[PERIPHERAL].conn, &indication));
	assert_true(sim_until_count(&heard, 61, 5000));
	assert_int_equal(heard_opcode, BT_ATT_OP_INDICATE);
	assert_int_equal(heard_len, sizeof(big));
	sim_run_ms(500);
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_gatt_cb_unregister(&gatt_cb));
	end();
}

/* ---- Ends ---- */

static void closing_ends_what_waits_and_leaves_the_other_bearer(void **state)
{
	begin(true);
	open_bearers(CENTRAL, 2);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(0, read_start(i, BT_ATT_CHAN_OPT_ENHANCED_ONLY, value_handle()));
	}
	assert_int_equal(0, read_start(4, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, value_handle()));
	assert_int_equal(0, bt_eatt_disconnect(peers[CENTRAL].conn));
	expect_read(4, 5);
	for (size_t i = 0; i < 4; i++) {
		assert_true(sim_until(&readings[i].done, 5000));
	}
	assert_int_equal(count(CENTRAL), 0);
	sim_run_ms(500);
	assert_int_equal(count(PERIPHERAL), 0);
	open_bearers(PERIPHERAL, 5);
	end();
}

static void the_links_end_is_theirs(void **state)
{
	begin(true);
	for (int i = 0; i < 3; i++) {
		open_bearers(CENTRAL, 5);
		for (size_t n = 0; n < 8; n++) {
			assert_int_equal(0, read_start(n, BT_ATT_CHAN_OPT_NONE, value_handle()));
		}
		peers_unlink(&sim, i % 2 == 0 ? CENTRAL : PERIPHERAL,
			     i % 2 == 0 ? PERIPHERAL : CENTRAL);
		for (size_t n = 0; n < 8; n++) {
			assert_true(readings[n].done);
		}
		for (int n = 0; n < CONFIG_BT_EATT_MAX; n++) {
			assert_false(att_of(CENTRAL)->enhanced[n].taken);
			assert_false(att_of(PERIPHERAL)->enhanced[n].taken);
		}
		peers_link(&sim, CENTRAL, PERIPHERAL, 24);
		told[CENTRAL].changes = 0;
		secure_raise(CENTRAL, BT_SECURITY_L2);
		assert_true(sim_until_count(&told[CENTRAL].changes, 1, 5000));
		sim_run_ms(500);
	}
	end();
}

/* ---- Caching ---- */

static struct bt_gatt_attr more_attrs[] = {
	BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0xee00)),
};
static struct bt_gatt_service more = BT_GATT_SERVICE(more_attrs);

static uint8_t read_err(enum bt_att_chan_opt opt, uint16_t handle)
{
	assert_int_equal(0, read_start(0, opt, handle));
	assert_true(sim_until(&readings[0].done, 5000));
	return readings[0].err;
}

/* 2.5.2.1: with several bearers the hash alone makes aware. */
static void out_of_sync_is_told_on_each_bearer(void **state)
{
	struct client_result result;

	begin(true);
	open_bearers(CENTRAL, 1);
	client_write(peers[CENTRAL].conn, H_FEATURES, "\x01", 1, &result);
	assert_int_equal(result.err, 0);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_gatt_service_register(&more));
	for (int i = 0; i < 2; i++) {
		enum bt_att_chan_opt opt =
			i == 0 ? BT_ATT_CHAN_OPT_UNENHANCED_ONLY : BT_ATT_CHAN_OPT_ENHANCED_ONLY;

		assert_int_equal(BT_ATT_ERR_DB_OUT_OF_SYNC, read_err(opt, value_handle()));
		assert_int_equal(0, read_err(opt, value_handle()));
	}
	assert_true(gatt_peer__link(peers[PERIPHERAL].conn)->unaware);
	assert_int_equal(0, read_err(BT_ATT_CHAN_OPT_NONE, 13));
	assert_int_equal(0, read_err(BT_ATT_CHAN_OPT_NONE, value_handle()));
	assert_false(gatt_peer__link(peers[PERIPHERAL].conn)->unaware);
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_gatt_service_unregister(&more));
	end();
}

/* ---- A peer that speaks on the channel what it likes ---- */

static struct raw {
	struct bt_l2cap_le_chan le;
	volatile uint32_t connects, disconnects, pdus;
	uint8_t last[600];
	uint16_t last_len;
	bool keeps; /* what comes, and gives no credits for it */
	struct net_buf *kept[32];
	unsigned int kept_count;
} raw;

static void raw_connected(struct bt_l2cap_chan *chan)
{
	raw.connects++;
}

static void raw_disconnected(struct bt_l2cap_chan *chan)
{
	raw.disconnects++;
}

static int raw_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	if (raw.keeps) {
		raw.kept[raw.kept_count++] = buf;
		return -EINPROGRESS;
	}
	assert_true(buf->len <= sizeof(raw.last));
	memcpy(raw.last, buf->data, buf->len);
	raw.last_len = buf->len;
	raw.pdus++;
	return 0;
}

static const struct bt_l2cap_chan_ops raw_ops = {
	.connected = raw_connected, .disconnected = raw_disconnected, .recv = raw_recv};

NET_BUF_POOL_DEFINE(raw_pool, 64, BT_L2CAP_SDU_BUF_SIZE(600), 64, NULL);

static void raw_open(void)
{
	struct bt_l2cap_chan *chans[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {&raw.le.chan};

	memset(&raw, 0, sizeof(raw));
	raw.le.chan.ops = &raw_ops;
	raw.le.rx.mtu = 200;
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_l2cap_ecred_chan_connect(peers[CENTRAL].conn, chans, PSM));
	sim_run_ms(500);
}

static int raw_send(const void *pdu, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&raw_pool, K_NO_WAIT);
	int err;

	assert_non_null(buf);
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, pdu, len);
	sim_on(&sim, CENTRAL);
	err = bt_l2cap_chan_send(&raw.le.chan, buf);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

#define RAW_SEND(...) \
	raw_send((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void expect_raw(const uint8_t *pdu, uint16_t len)
{
	assert_true(sim_until_count(&raw.pdus, 1, 5000));
	assert_int_equal(raw.last_len, len);
	assert_memory_equal(raw.last, pdu, len);
	raw.pdus = 0;
}

#define EXPECT_RAW(...) \
	expect_raw((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void a_channel_without_encryption_is_refused(void **state)
{
	begin(false);
	/* The peer's own host would raise the security first. */
	secure_smp(CENTRAL)->chans[0].dead = true;
	raw_open();
	sim_run_ms(2000);
	assert_int_equal(raw.connects, 0);
	assert_int_equal(count(PERIPHERAL), 0);
	end();
}

static void the_mtu_is_the_channels(void **state)
{
	begin(true);
	raw_open();
	assert_int_equal(raw.connects, 1);
	assert_int_equal(count(PERIPHERAL), 1);
	assert_int_equal(0, RAW_SEND(BT_ATT_OP_MTU_REQ, 0x00, 0x01));
	EXPECT_RAW(BT_ATT_OP_ERROR_RSP, BT_ATT_OP_MTU_REQ, 0, 0, BT_ATT_ERR_NOT_SUPPORTED);
	server.len = 400;
	assert_int_equal(0, RAW_SEND(BT_ATT_OP_READ_REQ, (uint8_t)value_handle(), 0));
	assert_true(sim_until_count(&raw.pdus, 1, 5000));
	assert_int_equal(raw.last_len, 200);
	end();
}

static void two_requests_at_once_are_one_too_many(void **state)
{
	struct fav_host_stats stats;

	begin(true);
	raw_open();
	for (int i = 0; i < 50; i++) {
		assert_int_equal(0, RAW_SEND(BT_ATT_OP_READ_REQ, (uint8_t)value_handle(), 0));
	}
	sim_run_ms(2000);
	fav_host_stats_get(sim.dev[PERIPHERAL].host, &stats);
	/* Each is answered or counted; and the other bearer is there. */
	assert_int_equal(raw.pdus + stats.att_dropped, 50);
	assert_int_equal(0, read_start(0, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, value_handle()));
	expect_read(0, 5);
	end();
}

/* Requests whose answers nobody takes: the host keeps few of them, and the peer has no credits for
 * more. The link's other bearer goes on. */
static void a_peer_that_takes_no_answers_keeps_few_buffers(void **state)
{
	int sent = 0;

	begin(true);
	raw_open();
	raw.keeps = true;
	server.len = 150;
	for (int i = 0; i < 40; i++) {
		sent += RAW_SEND(BT_ATT_OP_READ_REQ, (uint8_t)value_handle(), 0) == 0 ? 1 : 0;
	}
	sim_run_ms(3000);
	assert_int_equal(sent, 40);
	assert_true(att_of(PERIPHERAL)->enhanced[0].bearer.held_count <= 1);
	assert_true(hci__buffers_used(host__hci(sim.dev[PERIPHERAL].host)) <= 4);
	assert_int_equal(0, read_start(0, BT_ATT_CHAN_OPT_UNENHANCED_ONLY, value_handle()));
	expect_read(0, 150);
	/* It takes them after all. */
	raw.keeps = false;
	while (raw.kept_count > 0) {
		assert_int_equal(
			0, bt_l2cap_chan_recv_complete(&raw.le.chan, raw.kept[--raw.kept_count]));
	}
	sim_run_ms(3000);
	assert_int_equal(att_of(PERIPHERAL)->enhanced[0].bearer.held_count, 0);
	assert_true(raw.pdus > 0);
	end();
}

static void what_is_no_pdu_is_dropped(void **state)
{
	static const uint8_t zeros[200];

	begin(true);
	raw_open();
	for (unsigned int op = 0; op < 256; op++) {
		uint8_t pdu[3] = {(uint8_t)op, 1};

		assert_int_equal(0, raw_send(pdu, 1 + op % 3));
		sim_run_ms(30);
	}
	assert_int_equal(0, raw_send(zeros, 0));
	assert_int_equal(0, raw_send(zeros, sizeof(zeros)));
	sim_run_ms(500);
	raw.pdus = 0;
	assert_int_equal(0, RAW_SEND(BT_ATT_OP_READ_REQ, (uint8_t)value_handle(), 0));
	EXPECT_RAW(BT_ATT_OP_READ_RSP, 'v', 'a', 'l', 'u', 'e');
	end();
}

static void a_server_that_never_answers_loses_its_channel_alone(void **state)
{
	struct reading *reading = &readings[0];

	begin(true);
	raw_open();
	*reading = (struct reading){
		.params = {.func = on_read,
			   .handle_count = 1,
			   .single = {.handle = 3},
			   .chan_opt = BT_ATT_CHAN_OPT_ENHANCED_ONLY},
	};
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_gatt_read(peers[PERIPHERAL].conn, &reading->params));
	sim_run_ms(29000);
	assert_false(reading->done);
	sim_run_ms(2000);
	assert_true(reading->done);
	assert_int_equal(reading->err, BT_ATT_ERR_UNLIKELY);
	assert_int_equal(raw.disconnects, 1);
	assert_int_equal(count(PERIPHERAL), 0);
	reading->params.chan_opt = BT_ATT_CHAN_OPT_NONE;
	reading->done = false;
	sim_on(&sim, PERIPHERAL);
	assert_int_equal(0, bt_gatt_read(peers[PERIPHERAL].conn, &reading->params));
	assert_true(sim_until(&reading->done, 5000));
	assert_int_equal(reading->err, 0);
	end();
}

static void a_channel_that_is_not_enhanced_is_closed(void **state)
{
	begin(true);
	memset(&raw, 0, sizeof(raw));
	raw.le.chan.ops = &raw_ops;
	sim_on(&sim, CENTRAL);
	assert_int_equal(0, bt_l2cap_chan_connect(peers[CENTRAL].conn, &raw.le.chan, PSM));
	sim_run_ms(1000);
	assert_int_equal(raw.disconnects, 1);
	assert_int_equal(count(PERIPHERAL), 0);
	for (int n = 0; n < CONFIG_BT_EATT_MAX; n++) {
		assert_false(att_of(PERIPHERAL)->enhanced[n].taken);
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bearers_open_from_either_side),
		cmocka_unit_test(without_encryption_there_are_none),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(it_is_off_unless_chosen),
		cmocka_unit_test(a_link_has_at_most_five),
		cmocka_unit_test(each_bearer_has_a_request_of_its_own),
		cmocka_unit_test(the_option_says_which_bearer),
		cmocka_unit_test(each_bearer_has_an_mtu_of_its_own),
		cmocka_unit_test(long_writes_go_through_one_bearer),
		cmocka_unit_test(values_come_in_order_on_the_bearer_that_is_chosen),
		cmocka_unit_test(closing_ends_what_waits_and_leaves_the_other_bearer),
		cmocka_unit_test(the_links_end_is_theirs),
		cmocka_unit_test(out_of_sync_is_told_on_each_bearer),
		cmocka_unit_test(a_channel_without_encryption_is_refused),
		cmocka_unit_test(the_mtu_is_the_channels),
		cmocka_unit_test(two_requests_at_once_are_one_too_many),
		cmocka_unit_test(a_peer_that_takes_no_answers_keeps_few_buffers),
		cmocka_unit_test(what_is_no_pdu_is_dropped),
		cmocka_unit_test(a_server_that_never_answers_loses_its_channel_alone),
		cmocka_unit_test(a_channel_that_is_not_enhanced_is_closed),
	};

	return SIM_RUN(tests);
}
