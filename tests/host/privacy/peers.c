/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/host.h"
#include "host/keys.h"
#include "host/rpa.h"

struct scripted s;
struct peers_told told;

bt_addr_le_t peers_addr(uint8_t n)
{
	return (bt_addr_le_t){BT_ADDR_LE_PUBLIC, {{n, 2, 3, 4, 5, 6}}};
}

void peers_irk(uint8_t n, uint8_t irk[16])
{
	memset(irk, 0x80 + n, 16);
}

bt_addr_le_t peers_rpa(uint8_t n)
{
	bt_addr_le_t rpa = {.type = BT_ADDR_LE_RANDOM};
	uint8_t irk[16];

	peers_irk(n, irk);
	assert_int_equal(rpa__create(irk, &rpa.a), 0);
	return rpa;
}

void peers_bond(uint8_t id, uint8_t n)
{
	struct keys_bond bond = {
		.id = id,
		.addr = peers_addr(n),
		.has = KEYS_SC_LTK | KEYS_PEER_IRK,
		.flags = KEYS_SC,
		.key_size = 16,
	};

	peers_irk(n, bond.irk);
	memset(bond.peer_ltk.value, n, 16);
	assert_int_equal(keys__commit(host__keys(s.host), &bond, NULL, NULL), 0);
}

void peers_begin(bool privacy, uint8_t size)
{
	told = (struct peers_told){0};
	scripted_begin(&s);
	if (privacy) {
		s.le_features[0] |= BIT(BT_LE_FEAT_BIT_PRIVACY);
	}
	s.resolving_list_size = size;
}

void peers_up(bool privacy, uint8_t size)
{
	peers_begin(privacy, size);
	scripted_enable(&s);
}

void peers_on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		     struct net_buf_simple *data)
{
	bt_addr_le_copy(&told.reported, addr);
	told.reports++;
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	struct bt_conn *found;

	told.connects++;
	told.err = err;
	bt_addr_le_copy(&told.dst, bt_conn_get_dst(conn));
	if (err == 0) {
		found = bt_conn_lookup_addr_le(BT_ID_DEFAULT, bt_conn_get_dst(conn));
		assert_ptr_equal(found, conn);
		bt_conn_unref(found);
	}
}

static struct bt_conn_cb conn_cb = {.connected = on_connected};

void peers_watch(void)
{
	assert_int_equal(bt_conn_cb_register(&conn_cb), 0);
}

void peers_down(void)
{
	(void)bt_conn_cb_unregister(&conn_cb);
	scripted_down(&s);
}

struct bt_conn *peers_create(const bt_addr_le_t *addr)
{
	struct bt_conn *conn = NULL;

	assert_int_equal(
		bt_conn_le_create(addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM_DEFAULT, &conn),
		0);
	return conn;
}

const struct bt_hci_cp_le_create_conn *peers_create_cmd(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_CREATE_CONN);

	return cmd != NULL ? (const void *)cmd->params : NULL;
}

void peers_report(const bt_addr_le_t *addr)
{
	scripted_report(&s, BT_GAP_ADV_TYPE_ADV_IND, addr, NULL, 0, -40);
	scripted_settle();
}

void peers_enh_connected(uint8_t role, const bt_addr_le_t *peer, const bt_addr_t *peer_rpa)
{
	struct bt_hci_evt_le_enh_conn_complete evt = {
		.handle = 1,
		.role = role,
		.peer_addr = *peer,
		.interval = 24,
		.supv_timeout = 400,
	};

	if (peer_rpa != NULL) {
		evt.peer_rpa = *peer_rpa;
	}
	scripted_le_evt(&s, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, &evt, sizeof(evt));
	scripted_settle();
}
