/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/privacy/privacy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "crypto/rpa.h"

const uint8_t irk_c[16] = {0xc0, 1, 2, 3}, irk_p[16] = {0x90, 4, 5, 6}, irk_none[16];
const uint8_t irk_other[16] = {0x66};

uint8_t privacy_add(struct raw_host *host, const bt_addr_le_t *id, const uint8_t *peer_irk,
		    const uint8_t *local_irk)
{
	struct bt_hci_cp_le_add_dev_to_rl cp = {.peer_id_addr = *id};

	memcpy(cp.peer_irk, peer_irk, sizeof(cp.peer_irk));
	memcpy(cp.local_irk, local_irk, sizeof(cp.local_irk));
	return raw_cmd(host, BT_HCI_OP_LE_ADD_DEV_TO_RL, &cp, sizeof(cp));
}

void privacy_resolve(struct raw_host *host, bool on)
{
	raw_do(host, BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, RAW_BYTES(on));
}

void privacy_set_mode(struct raw_host *host, const bt_addr_le_t *id, uint8_t mode)
{
	struct bt_hci_cp_le_set_privacy_mode cp = {.id_addr = *id, .mode = mode};

	raw_do(host, BT_HCI_OP_LE_SET_PRIVACY_MODE, &cp, sizeof(cp));
}

void privacy_accept(struct raw_host *host, const bt_addr_le_t *id)
{
	raw_do(host, BT_HCI_OP_LE_ADD_DEV_TO_FAL, id, sizeof(*id));
}

/* Both know one another, and resolve. */
void privacy_acquaint(bt_addr_le_t *id_c, bt_addr_le_t *id_p)
{
	*id_c = raw_public_addr(c);
	*id_p = raw_public_addr(p);
	assert_int_equal(privacy_add(c, id_p, irk_p, irk_c), 0);
	assert_int_equal(privacy_add(p, id_c, irk_c, irk_p), 0);
	privacy_resolve(c, true);
	privacy_resolve(p, true);
}

void privacy_scan(uint8_t own_type, bool active, uint8_t policy, bool filter_duplicates)
{
	raw_do(c, BT_HCI_OP_LE_SET_SCAN_PARAM, RAW_BYTES(active, 16, 0, 16, 0, own_type, policy));
	raw_do(c, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, filter_duplicates));
}

/* peer NULL: the accept list. */
uint8_t privacy_create(uint8_t own_type, const bt_addr_le_t *peer)
{
	struct bt_hci_cp_le_create_conn cp = {
		.scan_interval = sys_cpu_to_le16(16),
		.scan_window = sys_cpu_to_le16(16),
		.filter_policy = peer == NULL,
		.own_addr_type = own_type,
		.conn_interval_min = sys_cpu_to_le16(24),
		.conn_interval_max = sys_cpu_to_le16(24),
		.supervision_timeout = sys_cpu_to_le16(200),
	};

	if (peer != NULL) {
		cp.peer_addr = *peer;
	}
	return raw_cmd(c, BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp));
}

void privacy_create_ends(void)
{
	raw_do(c, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	raw_expect_le(c, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 100);
}

struct bt_hci_evt_le_enh_conn_complete privacy_connected(struct raw_host *host)
{
	const struct raw_event *event = raw_expect_le(host, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 2000);
	struct bt_hci_evt_le_enh_conn_complete evt;

	memcpy(&evt, event->params, sizeof(evt));
	assert_int_equal(evt.status, 0);
	return evt;
}

const uint8_t *privacy_pdu(int i)
{
	return bench.trace[i].pdu;
}

int privacy_first(int sender, int type)
{
	int i = bench_find_adv(&bench, 0, sender, type, 0);

	assert_true(i >= 0);
	return i;
}

bt_addr_t privacy_addr_in(int i, int which)
{
	bt_addr_t addr;

	memcpy(&addr, privacy_pdu(i) + 2 + which * 6, 6);
	return addr;
}

void privacy_check_rpa(const bt_addr_t *addr, const uint8_t *irk)
{
	assert_true(crypto__rpa_matches(irk, addr->val));
}

void privacy_check_report(const bt_addr_le_t *id, uint8_t type)
{
	const struct raw_event *event = raw_expect_le(c, BT_HCI_EVT_LE_ADVERTISING_REPORT, 1000);
	const struct bt_hci_evt_le_advertising_info *info = (const void *)(event->params + 1);

	assert_int_equal(info->addr.type, type);
	assert_memory_equal(&info->addr.a, &id->a, 6);
}
