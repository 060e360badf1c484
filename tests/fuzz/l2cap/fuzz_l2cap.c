/* SPDX-License-Identifier: Apache-2.0 */

/* A controller that sends anything: ACL data, signalling, K-frames, and events about links, while
 * the application sends, disconnects, asks for parameters and opens channels, and security comes
 * and goes.
 *
 * The input is a list of steps: a byte that says what, a byte of detail, a byte of length, and that
 * many bytes; ACL data with detail from 0x80 is made twice as long with zeros. Whatever it is, in
 * the end nothing may be left. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

#include "host/conn/bench.h"
#include "host/conn/heard.h"
#include "host/conn.h"
#include "host/host.h"
#include "host/l2cap.h"

#define HANDLE_PERIPHERAL 0x10
#define HANDLE_CENTRAL    0x11

#define PDU_MAX 520

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

NET_BUF_POOL_FIXED_DEFINE(pdus, 8, L2CAP_HEADROOM + PDU_MAX, L2CAP_USER_DATA, NULL);

/* PDUs taken and not reported. */
static int owed;

static void reported(struct bt_conn *conn, void *user, int err)
{
	owed--;
}

static void channel_recv(struct bt_conn *conn, struct net_buf *buf)
{
	net_buf_unref(buf);
}

static const struct l2cap_fixed att = {
	.cid = L2CAP_CID_ATT,
	.recv = channel_recv,
};

/* ---- Channels: plain, with buffers of its own, by segments ---- */

#define CHANS 6

NET_BUF_POOL_FIXED_DEFINE(sdus, 4, BT_L2CAP_SDU_BUF_SIZE(2 * UINT8_MAX), 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(received, 2, 300, 0, NULL);
NET_BUF_POOL_FIXED_DEFINE(fragments, 8, 30, 0, NULL);

static struct bt_l2cap_le_chan chans[CHANS];
static struct net_buf *kept[CHANS];

static int chan_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	size_t index = (size_t)(BT_L2CAP_LE_CHAN(chan) - chans);

	if (index >= CHANS) {
		return 0; /* the fixed one */
	}
	if (index % 2 == 0 || kept[index] != NULL) {
		/* What it begins with decides: done, or enough. */
		return buf->len > 0 && buf->data[0] == 0xee ? -EIO : 0;
	}
	kept[index] = buf;
	return -EINPROGRESS;
}

static void chan_seg(struct bt_l2cap_chan *chan, size_t sdu_len, off_t offset,
		     struct net_buf_simple *seg)
{
	assert_true((size_t)offset + seg->len <= sdu_len);
	if (seg->len > 0 && seg->data[0] == 0xee) {
		(void)bt_l2cap_chan_disconnect(chan);
	} else {
		(void)bt_l2cap_chan_give_credits(chan, 1);
	}
}

static struct net_buf *chan_alloc(struct bt_l2cap_chan *chan)
{
	return net_buf_alloc(&received, K_NO_WAIT);
}

static struct net_buf *chan_alloc_small(struct bt_l2cap_chan *chan)
{
	return net_buf_alloc(&fragments, K_NO_WAIT);
}

/* What the input has asked for in callbacks: the channel closes itself, once. */
static bool close_in_callback;

static void chan_callback(struct bt_l2cap_chan *chan)
{
	if (close_in_callback) {
		close_in_callback = false;
		(void)bt_l2cap_chan_disconnect(chan);
	}
}

static const struct bt_l2cap_chan_ops chan_ops[] = {
	{.recv = chan_recv},
	{.recv = chan_recv, .alloc_buf = chan_alloc, .reconfigured = chan_callback},
	{.seg_recv = chan_seg, .connected = chan_callback},
	{.recv = chan_recv,
	 .alloc_buf = chan_alloc_small,
	 .alloc_seg = chan_alloc_small,
	 .sent = chan_callback},
};

/* A fixed channel, which the first link has. */
static struct bt_l2cap_le_chan fixed_chan;

static int fixed_accept(struct bt_conn *conn, struct bt_l2cap_chan **chan)
{
	*chan = fixed_chan.chan.conn == NULL ? &fixed_chan.chan : NULL;
	return 0;
}

BT_L2CAP_FIXED_CHANNEL_DEFINE(fuzz_fixed) = {.cid = 0x003e, .accept = fixed_accept};

static struct bt_l2cap_chan *chan_unused(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (chans[i].state == BT_L2CAP_DISCONNECTED) {
			memset(&chans[i], 0, sizeof(chans[i]));
			chans[i].chan.ops = &chan_ops[i % ARRAY_SIZE(chan_ops)];
			chans[i].rx.mtu = 200;
			(void)bt_l2cap_chan_give_credits(&chans[i].chan, (uint16_t)(1 + i));
			return &chans[i].chan;
		}
	}
	return NULL;
}

static int chan_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		       struct bt_l2cap_chan **chan)
{
	*chan = chan_unused();
	return *chan != NULL ? 0 : -ENOMEM;
}

static void chan_opens(struct bt_conn *conn, uint8_t len)
{
	struct bt_l2cap_chan *some[5] = {chan_unused()};

	if (conn == NULL || some[0] == NULL) {
		return;
	}
	BT_L2CAP_LE_CHAN(some[0])->required_sec_level = (bt_security_t)((len >> 1) % 5);
	if (len % 2 == 0) {
		(void)bt_l2cap_chan_connect(conn, some[0], 0x80);
	} else {
		(void)bt_l2cap_ecred_chan_connect(conn, some, 0x80);
	}
}

static void chan_sends(struct bt_l2cap_chan *chan, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&sdus, K_NO_WAIT);

	if (buf == NULL) {
		return;
	}
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	memset(net_buf_add(buf, 2 * len), 0x55, 2 * len);
	if (bt_l2cap_chan_send(chan, buf) != 0) {
		net_buf_unref(buf);
	}
}

static void chan_calls(size_t index, uint8_t what)
{
	struct bt_l2cap_chan *some[5] = {&chans[index].chan};

	switch (what % 3) {
	case 0:
		(void)bt_l2cap_chan_disconnect(some[0]);
		break;
	case 1:
		(void)bt_l2cap_ecred_chan_reconfigure(some, (uint16_t)(200 + what));
		break;
	default:
		if (kept[index] != NULL) {
			struct net_buf *buf = kept[index];

			kept[index] = NULL;
			(void)bt_l2cap_chan_recv_complete(some[0], buf);
		}
		break;
	}
}

static struct bt_l2cap_server server;

static void server_toggle(void)
{
	if (bt_l2cap_server_unregister(&server) != 0) {
		assert_int_equal(0, bt_l2cap_server_register(&server));
	}
}

static void chan_more(size_t index, uint8_t what)
{
	struct bt_l2cap_chan *some[] = {&chans[index].chan, &chans[(index + 1) % CHANS].chan};

	switch (what % 4) {
	case 0:
		(void)bt_l2cap_chan_give_credits(some[0], (uint16_t)(what << 6));
		break;
	case 1:
		(void)bt_l2cap_ecred_chan_reconfigure_explicit(some, 1 + what % 2, 200 + what,
							       40 + what);
		break;
	case 2:
		close_in_callback = true;
		break;
	default:
		server_toggle();
		break;
	}
}

static void chans_forget(void)
{
	for (size_t i = 0; i < CHANS; i++) {
		if (kept[i] != NULL) {
			net_buf_unref(kept[i]);
			kept[i] = NULL;
		}
	}
}

static struct bt_conn *link_of(uint8_t detail)
{
	return conn__by_index(fav_host_current(), detail % CONFIG_BT_MAX_CONN);
}

static void app_sends(struct bt_conn *conn, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&pdus, K_NO_WAIT);

	if (buf == NULL) {
		return;
	}
	net_buf_reserve(buf, L2CAP_HEADROOM);
	memset(net_buf_add(buf, 2 * len), 0x55, 2 * len);
	owed++;
	if (conn == NULL || l2cap__send(conn, L2CAP_CID_ATT, buf, reported, NULL) != 0) {
		owed--;
		net_buf_unref(buf);
	}
}

static void app_calls(struct bt_conn *conn, uint8_t what)
{
	struct bt_conn *attempt = NULL;

	if (what % 4 == 0) {
		(void)bt_conn_le_create(bench_addr(what), BT_CONN_LE_CREATE_CONN,
					BT_LE_CONN_PARAM_DEFAULT, &attempt);
		bt_conn_unref(attempt);
	} else if (conn != NULL && what % 4 == 1) {
		(void)bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	} else if (conn != NULL) {
		(void)bt_conn_le_param_update(conn, BT_LE_CONN_PARAM(6, 9, what & 7, 100));
	}
}

/* What the link gets, why not more, and what the next wish for more is answered with. */
static void security_changes(struct bt_conn *conn, uint8_t what)
{
	static const int answers[] = {0, -EBUSY, -EINVAL, -ENOMEM};

	bench_security.err = answers[(what >> 4) % ARRAY_SIZE(answers)];
	if (conn != NULL) {
		bench_secured(conn, (bt_security_t)(1 + what % 4),
			      (enum bt_security_err)((what >> 2) % 4));
	}
}

static void acl_in(uint8_t detail, uint8_t boundary, const uint8_t *bytes, size_t len)
{
	uint8_t payload[2 * UINT8_MAX] = {0};

	if (len > 0) {
		memcpy(payload, bytes, len);
	}
	bench_acl_in(HANDLE_PERIPHERAL + (detail & 1), boundary, payload,
		     detail < 0x80 ? len : 2 * len);
}

static void step(uint8_t what, uint8_t detail, const uint8_t *bytes, size_t len)
{
	switch (what % 13) {
	case 0:
		acl_in(detail, BT_ACL_START, bytes, len);
		break;
	case 1:
		acl_in(detail, BT_ACL_CONT, bytes, len);
		break;
	case 2:
		bench_acl_raw(bytes, len);
		break;
	case 3:
		bench_evt(detail, bytes, len);
		break;
	case 4:
		bench_le_evt(detail, bytes, len);
		break;
	case 5:
		app_sends(link_of(detail), len);
		break;
	case 6:
		app_calls(link_of(detail), (uint8_t)len);
		break;
	case 7:
		bench_pass_ms(100U * detail);
		break;
	case 8:
		chan_opens(link_of(detail), (uint8_t)len);
		break;
	case 9:
		chan_sends(&chans[detail % CHANS].chan, len);
		break;
	case 10:
		chan_calls(detail % CHANS, (uint8_t)len);
		break;
	case 11:
		security_changes(link_of(detail), (uint8_t)len);
		break;
	default:
		chan_more(detail % CHANS, (uint8_t)len);
		break;
	}
	bench_run();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fav_cursor c = fav_cursor_of(data, size);
	struct bt_conn *attempt = NULL;

	server = (struct bt_l2cap_server){.psm = 0x80, .accept = chan_accept};
	close_in_callback = false;
	memset(chans, 0, sizeof(chans));
	fixed_chan = (struct bt_l2cap_le_chan){.chan = {.ops = &chan_ops[0]}};
	bench_start(false);
	bench_config.acl_len = 27;
	bench_config.acl_count = 3;
	bench_config.le_features = UINT64_MAX;
	assert_int_equal(0, bench_enable(fav_host_current()));
	heard_start();
	assert_int_equal(0, l2cap__fixed_register(host__l2cap(fav_host_current()), &att));
	assert_int_equal(0, bt_l2cap_server_register(&server));
	bench_connect(0, HANDLE_PERIPHERAL, 1, bench_addr(1));
	assert_int_equal(0, bt_conn_le_create(bench_addr(2), BT_CONN_LE_CREATE_CONN,
					      BT_LE_CONN_PARAM_DEFAULT, &attempt));
	bench_connect(0, HANDLE_CENTRAL, 0, bench_addr(2));
	bt_conn_unref(attempt);
	while (fav_cursor_remaining(&c) >= 3) {
		uint8_t what = fav_cursor_u8(&c);
		uint8_t detail = fav_cursor_u8(&c);
		size_t len = fav_cursor_u8(&c);

		len = MIN(len, fav_cursor_remaining(&c));
		step(what, detail, fav_cursor_bytes(&c, len), len);
	}
	heard_forget();
	chans_forget();
	(void)bt_l2cap_server_unregister(&server);
	bench_stop();
	assert_null(fixed_chan.chan.conn);
	for (size_t i = 0; i < CHANS; i++) {
		assert_int_equal(BT_L2CAP_DISCONNECTED, chans[i].state);
	}
	assert_int_equal(0, fav_net_buf_pool_used(&sdus));
	assert_int_equal(0, fav_net_buf_pool_used(&received));
	assert_int_equal(0, fav_net_buf_pool_used(&fragments));
	assert_int_equal(0, owed);
	assert_int_equal(0, fav_net_buf_pool_used(&pdus));
	return 0;
}
