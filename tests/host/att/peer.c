/* SPDX-License-Identifier: Apache-2.0 */

#include "peer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "host/att.h"
#include "host/host.h"

#define FIRST_HANDLE 0x0040
#define CID_ATT      0x0004
#define ACL_START    0x02 /* first fragment, from the controller */
#define ACL_CONTINUE 0x01
#define CHUNK        200 /* bytes of a fragment sent to the host */

struct scripted peers_controller;
struct peer peers[PEERS];

/* ---- What the host sends ---- */

static void take_pdu(struct peer *peer)
{
	uint16_t len = sys_get_le16(peer->partial);

	assert_true(peer->put - peer->got < ARRAY_SIZE(peer->pdus));
	assert_true(len <= PEER_MTU);
	peer->pdus[peer->put % ARRAY_SIZE(peer->pdus)].len = len;
	memcpy(peer->pdus[peer->put % ARRAY_SIZE(peer->pdus)].data, &peer->partial[4], len);
	peer->put++;
}

static void take_fragment(const struct scripted_acl_pkt *pkt)
{
	struct peer *peer = &peers[bt_acl_handle(pkt->handle) - FIRST_HANDLE];

	if ((bt_acl_flags(pkt->handle) & 0x3) != ACL_CONTINUE) {
		peer->partial_len = 0;
	}
	assert_true(peer->partial_len + pkt->len <= sizeof(peer->partial));
	memcpy(&peer->partial[peer->partial_len], pkt->data, pkt->len);
	peer->partial_len += pkt->len;
	if (peer->partial_len >= 4 && sys_get_le16(peer->partial) + 4 == peer->partial_len &&
	    sys_get_le16(&peer->partial[2]) == CID_ATT) {
		take_pdu(peer);
	}
}

void peers_collect(void)
{
	scripted_settle();
	assert_true(peers_controller.acl_packets <= SCRIPTED_ACL);
	for (uint32_t i = 0; i < peers_controller.acl_packets; i++) {
		take_fragment(&peers_controller.acl[i]);
	}
	peers_controller.acl_packets = 0;
}

unsigned int peer_n_waiting(unsigned int n)
{
	peers_collect();
	return peers[n].put - peers[n].got;
}

const uint8_t *peer_n_next(unsigned int n, size_t *len)
{
	struct peer *peer = &peers[n];
	unsigned int i = peer->got % ARRAY_SIZE(peer->pdus);

	if (peer_n_waiting(n) == 0) {
		fail_msg("the host has sent nothing to peer %u", n);
	}
	peer->got++;
	*len = peer->pdus[i].len;
	return peer->pdus[i].data;
}

void peer_n_expect(unsigned int n, const void *pdu, size_t len)
{
	size_t sent_len;
	const uint8_t *sent = peer_n_next(n, &sent_len);

	if (sent_len > 0 && len > 0) {
		assert_memory_equal(sent, pdu, MIN(sent_len, len));
	}
	assert_int_equal(sent_len, len);
}

void peer_n_expect_nothing(unsigned int n)
{
	if (peer_n_waiting(n) > 0) {
		fail_msg("the host has sent opcode 0x%02x to peer %u",
			 peers[n].pdus[peers[n].got % ARRAY_SIZE(peers[n].pdus)].data[0], n);
	}
}

/* ---- What the peer sends ---- */

static void post(unsigned int n, uint16_t cid, const void *pdu, size_t len)
{
	uint8_t frame[4 + 1024];
	size_t at = 0;

	assert_true(len <= sizeof(frame) - 4);
	sys_put_le16((uint16_t)len, &frame[0]);
	sys_put_le16(cid, &frame[2]);
	memcpy(&frame[4], pdu, len);
	len += 4;
	while (at < len) {
		size_t chunk = MIN((size_t)CHUNK, len - at);

		scripted_acl_in(&peers_controller, peers[n].handle,
				at == 0 ? ACL_START : ACL_CONTINUE, &frame[at], chunk);
		at += chunk;
	}
}

void peer_n_send(unsigned int n, const void *pdu, size_t len)
{
	post(n, CID_ATT, pdu, len);
	peers_collect();
}

void peer_post(const void *pdu, size_t len)
{
	post(0, CID_ATT, pdu, len);
}

void peer_post_on(uint16_t cid, const void *pdu, size_t len)
{
	post(0, cid, pdu, len);
}

void peer_send(const void *pdu, size_t len)
{
	peer_n_send(0, pdu, len);
}

void peer_expect(const void *pdu, size_t len)
{
	peer_n_expect(0, pdu, len);
}

void peer_expect_nothing(void)
{
	peer_n_expect_nothing(0);
}

const uint8_t *peer_next(size_t *len)
{
	return peer_n_next(0, len);
}

void peer_skip(unsigned int count)
{
	assert_int_equal(peer_n_waiting(0), count);
	peers[0].got += count;
}

void peer_expect_error(uint8_t request, uint16_t handle, uint8_t err)
{
	peer_expect(BYTES(BT_ATT_OP_ERROR_RSP, request, LE16(handle), err));
}

void peer_error(uint8_t request, uint16_t handle, uint8_t err)
{
	peer_send(BYTES(BT_ATT_OP_ERROR_RSP, request, LE16(handle), err));
}

void peer_mtu(uint16_t mtu)
{
	peer_send(BYTES(BT_ATT_OP_MTU_REQ, LE16(mtu)));
	peer_expect(BYTES(BT_ATT_OP_MTU_RSP, LE16(CONFIG_BT_L2CAP_TX_MTU)));
	assert_int_equal(bt_gatt_get_mtu(peers[0].conn), mtu);
}

void peers_hold(bool hold)
{
	peers_controller.hold_completed = hold;
}

void peers_release(void)
{
	uint16_t count = peers_controller.acl_in_hand;

	peers_hold(false);
	if (count > 0) {
		scripted_complete(&peers_controller, peers[0].handle, count);
	}
	peers_collect();
}

/* ---- Links ---- */

void peer_connect(unsigned int n)
{
	bt_addr_le_t addr = {BT_ADDR_LE_PUBLIC, {{(uint8_t)(n + 1), 0, 0, 0, 0, 0x10}}};
	struct peer *peer = &peers[n];

	memset(peer, 0, sizeof(*peer));
	peer->handle = FIRST_HANDLE + n;
	scripted_connected(&peers_controller, 0, peer->handle, BT_CONN_ROLE_PERIPHERAL, &addr);
	scripted_settle();
	peer->conn = bt_conn_lookup_addr_le(BT_ID_DEFAULT, &addr);
	assert_non_null(peer->conn);
	scripted_forget(&peers_controller);
}

void peer_disconnect(unsigned int n)
{
	struct peer *peer = &peers[n];

	/* What the controller still held goes with the link. */
	scripted_disconnected(&peers_controller, peer->handle, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	peers_collect();
	bt_conn_unref(peer->conn);
	peer->conn = NULL;
}

void peers_begin(void)
{
	memset(peers, 0, sizeof(peers));
	scripted_begin(&peers_controller);
}

void peers_up(void)
{
	peers_begin();
	scripted_enable(&peers_controller);
	peer_connect(0);
}

void peers_down(void)
{
	struct bt_host *host = peers_controller.host;

	for (unsigned int n = 0; n < PEERS; n++) {
		if (peers[n].conn != NULL) {
			peer_disconnect(n);
		}
	}
	peers_collect();
	if (!att__is_idle(host__att(host))) {
		fail_msg("ATT buffers, requests or prepared writes are left");
	}
	scripted_down(&peers_controller);
}

int peers_setup(void **state)
{
	peers_up();
	return 0;
}

int peers_teardown(void **state)
{
	peers_down();
	return 0;
}

struct fav_host_stats peers_stats(void)
{
	struct fav_host_stats stats;

	fav_host_stats_get(peers_controller.host, &stats);
	return stats;
}
