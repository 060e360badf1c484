/* SPDX-License-Identifier: Apache-2.0 */
#include "attacker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "host/host.h"

#define CID_SMP      0x0006
#define L2CAP_HEADER 4

struct attacker attacker;
struct heard_security heard_security;

/* ---- What the application hears ---- */

static void on_security_changed(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	heard_security.changes++;
	heard_security.level = level;
	heard_security.err = err;
}

static void on_complete(struct bt_conn *conn, bool bonded)
{
	heard_security.completes++;
	heard_security.bonded = bonded;
}

static void on_failed(struct bt_conn *conn, enum bt_security_err reason)
{
	heard_security.failures++;
}

static struct bt_conn_cb conn_cb = {.security_changed = on_security_changed};
static struct bt_conn_auth_info_cb info_cb = {
	.pairing_complete = on_complete,
	.pairing_failed = on_failed,
};

/* ---- PDUs ---- */

void attacker_send(const void *pdu, size_t len)
{
	uint8_t frame[L2CAP_HEADER + 255];

	sys_put_le16((uint16_t)len, &frame[0]);
	sys_put_le16(CID_SMP, &frame[2]);
	memcpy(&frame[L2CAP_HEADER], pdu, len);
	scripted_acl_in(&attacker.s, ATTACKER_HANDLE, BT_ACL_START, frame, L2CAP_HEADER + len);
	scripted_settle();
}

void attacker_send_op(uint8_t op, const void *body, size_t len)
{
	uint8_t pdu[SMP_PDU_MAX] = {op};

	memcpy(&pdu[1], body, len);
	attacker_send(pdu, 1 + len);
}

/* The next packet for the channel; NULL: none. */
static const struct scripted_acl_pkt *next(void)
{
	scripted_settle();
	while (attacker.seen < attacker.s.acl_packets) {
		const struct scripted_acl_pkt *pkt = &attacker.s.acl[attacker.seen++];

		assert_true(attacker.seen <= SCRIPTED_ACL);
		if (sys_get_le16(&pkt->data[2]) == CID_SMP) {
			return pkt;
		}
	}
	return NULL;
}

const uint8_t *attacker_expect(uint8_t op)
{
	const struct scripted_acl_pkt *pkt = next();

	if (pkt == NULL) {
		fail_msg("the host has sent nothing where 0x%02x was due", op);
		return NULL;
	}
	if (pkt->data[L2CAP_HEADER] != op) {
		fail_msg("the host has sent 0x%02x 0x%02x where 0x%02x was due",
			 pkt->data[L2CAP_HEADER], pkt->data[L2CAP_HEADER + 1], op);
	}
	return &pkt->data[L2CAP_HEADER + 1];
}

void attacker_expect_nothing(void)
{
	const struct scripted_acl_pkt *pkt = next();

	if (pkt != NULL) {
		fail_msg("the host has sent 0x%02x", pkt->data[L2CAP_HEADER]);
	}
}

static void expect_wiped(void)
{
	static const struct smp_pairing nothing;

	assert_ptr_equal(attacker.smp->chans[0].p, &smp__idle);
	for (size_t i = 0; i < ARRAY_SIZE(attacker.smp->pairings); i++) {
		assert_memory_equal(&attacker.smp->pairings[i], &nothing, sizeof(nothing));
	}
	assert_false(attacker.smp->chans[0].pending.active);
}

void attacker_expect_failed(enum smp_err reason)
{
	assert_int_equal(attacker_expect(SMP_OP_FAILED)[0], reason);
	attacker_expect_nothing();
	expect_wiped();
}

/* ---- A pairing ---- */

void attacker_features(uint8_t io, uint8_t auth, uint8_t dist)
{
	const uint8_t body[] = {io, 0, auth, SMP_KEY_LEN, dist, dist};

	attacker.preq[0] = SMP_OP_PAIRING_REQ;
	attacker.pres[0] = SMP_OP_PAIRING_RSP;
	if (attacker.is_central) {
		memcpy(&attacker.preq[1], body, sizeof(body));
		attacker_send(attacker.preq, SMP_FEATURES_LEN);
		memcpy(&attacker.pres[1], attacker_expect(SMP_OP_PAIRING_RSP), sizeof(body));
	} else {
		memcpy(&attacker.preq[1], attacker_expect(SMP_OP_PAIRING_REQ), sizeof(body));
		memcpy(&attacker.pres[1], body, sizeof(body));
		attacker_send(attacker.pres, SMP_FEATURES_LEN);
	}
}

void attacker_public_keys(void)
{
	uint8_t body[2 * SMP_COORD_LEN];
	const uint8_t *theirs;

	assert_int_equal(0, smp_oob__key_pair(&attacker.own));
	memcpy(&body[0], attacker.own.x, SMP_COORD_LEN);
	memcpy(&body[SMP_COORD_LEN], attacker.own.y, SMP_COORD_LEN);
	attacker_send_op(SMP_OP_PUBLIC_KEY, body, sizeof(body));
	theirs = attacker_expect(SMP_OP_PUBLIC_KEY);
	memcpy(attacker.host_x, &theirs[0], SMP_COORD_LEN);
	memcpy(attacker.host_y, &theirs[SMP_COORD_LEN], SMP_COORD_LEN);
}

void attacker_nonces(void)
{
	uint8_t confirm[SMP_KEY_LEN], check[SMP_KEY_LEN];

	memcpy(confirm, attacker_expect(SMP_OP_CONFIRM), SMP_KEY_LEN);
	memset(attacker.own_rand, 0x17, SMP_KEY_LEN);
	attacker_send_op(SMP_OP_RANDOM, attacker.own_rand, SMP_KEY_LEN);
	memcpy(attacker.host_rand, attacker_expect(SMP_OP_RANDOM), SMP_KEY_LEN);
	assert_int_equal(
		0, smp_crypto__f4(attacker.host_x, attacker.own.x, attacker.host_rand, 0, check));
	assert_memory_equal(check, confirm, SMP_KEY_LEN);
}

static bt_addr_le_t host_addr(void)
{
	bt_addr_le_t addr;
	size_t count = 1;

	bt_id_get(&addr, &count);
	return addr;
}

void attacker_checks(void)
{
	static const uint8_t zero[SMP_KEY_LEN];
	bt_addr_le_t host = host_addr();
	struct crypto_point point;
	uint8_t dhkey[SMP_COORD_LEN], check[SMP_KEY_LEN];

	sys_memcpy_swap(point.x, attacker.host_x, SMP_COORD_LEN);
	sys_memcpy_swap(point.y, attacker.host_y, SMP_COORD_LEN);
	assert_int_equal(0, crypto__p256_dh(attacker.own.secret, &point, dhkey));
	sys_mem_swap(dhkey, sizeof(dhkey));
	assert_int_equal(0, smp_crypto__f5(dhkey, attacker.own_rand, attacker.host_rand,
					   &attacker.addr, &host, attacker.mackey, attacker.ltk));
	assert_int_equal(0, smp_crypto__f6(attacker.mackey, attacker.own_rand, attacker.host_rand,
					   zero, &attacker.preq[1], &attacker.addr, &host, check));
	attacker_send_op(SMP_OP_DHKEY_CHECK, check, sizeof(check));
	assert_int_equal(0, smp_crypto__f6(attacker.mackey, attacker.host_rand, attacker.own_rand,
					   zero, &attacker.pres[1], &host, &attacker.addr, check));
	assert_memory_equal(attacker_expect(SMP_OP_DHKEY_CHECK), check, SMP_KEY_LEN);
}

void attacker_encrypt(void)
{
	const struct bt_hci_evt_le_ltk_request request = {.handle = ATTACKER_HANDLE};
	const struct bt_hci_evt_encrypt_change change = {.handle = ATTACKER_HANDLE, .encrypt = 1};
	const struct bt_hci_cp_le_ltk_req_reply *reply;

	scripted_le_evt(&attacker.s, BT_HCI_EVT_LE_LTK_REQUEST, &request, sizeof(request));
	scripted_settle();
	reply = (const void *)scripted_sent(&attacker.s, BT_HCI_OP_LE_LTK_REQ_REPLY)->params;
	assert_memory_equal(reply->ltk, attacker.ltk, SMP_KEY_LEN);
	scripted_evt(&attacker.s, BT_HCI_EVT_ENCRYPT_CHANGE, &change, sizeof(change));
	scripted_settle();
}

struct keys_bond attacker_bond(uint8_t flags)
{
	struct keys_bond bond = {
		.addr = attacker.addr,
		.has = (flags & KEYS_SC) != 0 ? KEYS_SC_LTK : KEYS_PEER_LTK | KEYS_LOCAL_LTK,
		.flags = flags,
		.key_size = SMP_KEY_LEN,
		.peer_ltk = {.ediv = (flags & KEYS_SC) != 0 ? 0 : 0x1234},
		.local_ltk = {.ediv = 0x5678},
	};

	memset(bond.peer_ltk.value, 0x11, SMP_KEY_LEN);
	memset(bond.local_ltk.value, 0x22, SMP_KEY_LEN);
	return bond;
}

/* ---- A test's frame ---- */

static void link_up(void)
{
	struct bt_conn *conn = NULL;

	if (!attacker.is_central) {
		assert_int_equal(0, bt_conn_le_create(&attacker.addr, BT_CONN_LE_CREATE_CONN,
						      BT_LE_CONN_PARAM_DEFAULT, &conn));
		bt_conn_unref(conn);
	} else {
		assert_int_equal(0, bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, NULL, 0, NULL, 0));
	}
	scripted_connected(&attacker.s, 0, ATTACKER_HANDLE,
			   attacker.is_central ? BT_HCI_ROLE_PERIPHERAL : BT_HCI_ROLE_CENTRAL,
			   &attacker.addr);
	scripted_settle();
	attacker.conn = bt_conn_lookup_addr_le(BT_ID_DEFAULT, &attacker.addr);
	assert_non_null(attacker.conn);
	scripted_forget(&attacker.s);
	attacker.seen = 0;
	memset(&heard_security, 0, sizeof(heard_security));
}

static void link_down(void)
{
	scripted_disconnected(&attacker.s, ATTACKER_HANDLE, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	scripted_settle();
	bt_conn_unref(attacker.conn);
	attacker.conn = NULL;
}

void attacker_reconnect(void)
{
	link_down();
	scripted_settle();
	link_up();
}

void attacker_up(bool is_central)
{
	memset(&attacker, 0, sizeof(attacker));
	attacker.is_central = is_central;
	attacker.addr = (bt_addr_le_t){BT_ADDR_LE_PUBLIC, {{1, 2, 3, 4, 5, 6}}};
	scripted_begin(&attacker.s);
	attacker.s.le_features[0] |= BIT(BT_LE_FEAT_BIT_ENC);
	scripted_enable(&attacker.s);
	attacker.smp = host__smp(attacker.s.host);
	assert_int_equal(0, bt_conn_cb_register(&conn_cb));
	assert_int_equal(0, bt_conn_auth_info_cb_register(&info_cb));
	link_up();
}

void attacker_down(void)
{
	if (attacker.conn != NULL) {
		link_down();
	}
	expect_wiped();
	assert_int_equal(0, fav_net_buf_pool_used(&attacker.smp->pool));
	assert_int_equal(0, bt_conn_cb_unregister(&conn_cb));
	assert_int_equal(0, bt_conn_auth_info_cb_unregister(&info_cb));
	scripted_down(&attacker.s);
}
