/* SPDX-License-Identifier: Apache-2.0 */

/* A peer that sends anything on the Security Manager's channel, a controller that says anything of
 * encryption, and a user who answers at any time.
 *
 * The first byte: bit 0 the peer's role, bits 1 and 2 what the user can, bit 3 a bond is there, bit
 * 4 the pairing is legacy. The rest is a list of steps: a byte that says what, and what that takes.
 * Whatever it is, in the end no pairing and no buffer may be left. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "host/smp/attacker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A PDU's length, opcode included: a step names the opcode, its body follows. */
static const uint8_t lengths[] = {1, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2, 1};

static void shown(struct bt_conn *conn, unsigned int passkey)
{
}

static void asked(struct bt_conn *conn)
{
}

static const struct bt_conn_auth_cb users[] = {
	{.cancel = asked},
	{.passkey_display = shown, .passkey_confirm = shown, .cancel = asked},
	{.passkey_entry = asked, .cancel = asked},
	{.pairing_confirm = asked, .cancel = asked},
};

/* The rest of a PDU, from the input as far as it goes. */
static void send_pdu(struct fav_cursor *c, uint8_t op, size_t len)
{
	uint8_t pdu[SMP_PDU_MAX + 8] = {op};
	size_t have = MIN(len - 1, fav_cursor_remaining(c));

	(void)fav_cursor_copy(c, &pdu[1], have);
	attacker_send(pdu, len);
}

/* What a peer that has seen the host's last PDU of that kind would reflect. */
static void reflect(void)
{
	if (attacker.s.acl_packets > 0 && attacker.s.acl_packets <= SCRIPTED_ACL) {
		const struct scripted_acl_pkt *pkt = &attacker.s.acl[attacker.s.acl_packets - 1];

		if (pkt->len > 4) {
			attacker_send(&pkt->data[4], pkt->len - 4U);
		}
	}
	scripted_forget(&attacker.s);
}

static void controller_says(uint8_t what)
{
	const struct bt_hci_evt_encrypt_change change = {
		.status = what & 0x07, .handle = ATTACKER_HANDLE, .encrypt = (what >> 3) & 1};
	const struct bt_hci_evt_encrypt_key_refresh_complete refresh = {.status = what & 0x07,
									.handle = ATTACKER_HANDLE};
	const struct bt_hci_evt_le_ltk_request request = {.handle = ATTACKER_HANDLE,
							  .ediv = what & 0x0f};

	switch (what >> 6) {
	case 0:
		scripted_evt(&attacker.s, BT_HCI_EVT_ENCRYPT_CHANGE, &change, sizeof(change));
		break;
	case 1:
		scripted_evt(&attacker.s, BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE, &refresh,
			     sizeof(refresh));
		break;
	default:
		scripted_le_evt(&attacker.s, BT_HCI_EVT_LE_LTK_REQUEST, &request, sizeof(request));
		break;
	}
	scripted_settle();
}

static void user_does(uint8_t what)
{
	static const uint8_t tk[SMP_KEY_LEN] = {1};

	switch (what % 8) {
	case 0:
		(void)bt_conn_auth_passkey_entry(attacker.conn, what * 1000U);
		break;
	case 1:
		(void)bt_conn_auth_passkey_confirm(attacker.conn);
		break;
	case 2:
		(void)bt_conn_auth_pairing_confirm(attacker.conn);
		break;
	case 3:
		(void)bt_conn_auth_cancel(attacker.conn);
		break;
	case 4:
		(void)bt_conn_set_security(attacker.conn, (bt_security_t)(1 + (what >> 6)));
		break;
	case 5:
		(void)bt_conn_set_security(attacker.conn, BT_SECURITY_L2 | BT_SECURITY_FORCE_PAIR);
		break;
	case 6:
		(void)bt_le_oob_set_legacy_tk(attacker.conn, tk);
		break;
	default:
		(void)bt_conn_auth_keypress_notify(attacker.conn, BT_CONN_AUTH_KEYPRESS_CLEARED);
		break;
	}
	scripted_settle();
}

static void step(struct fav_cursor *c, uint8_t what)
{
	if (what < 0x10) {
		send_pdu(c, what, lengths[what]);
	} else if (what < 0x20) {
		send_pdu(c, what & 0x0f, 1 + fav_cursor_u8(c) % SMP_PDU_MAX);
	} else if (what < 0x28) {
		controller_says(fav_cursor_u8(c));
	} else if (what < 0x30) {
		user_does(fav_cursor_u8(c));
	} else if (what < 0x34) {
		scripted_run_ms(100U * fav_cursor_u8(c));
	} else if (what < 0x38) {
		attacker_reconnect();
	} else if (what < 0x40) {
		reflect();
	} else {
		send_pdu(c, what & 0x0f, lengths[what & 0x0f]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fav_cursor c = fav_cursor_of(data, size);
	uint8_t how = fav_cursor_u8(&c);

	attacker_up((how & 1) != 0);
	(void)bt_conn_auth_cb_register(&users[(how >> 1) & 3]);
	attacker.smp->sc = (how & 0x10) == 0;
	attacker.smp->min_key_size = 7;
	if ((how & 0x08) != 0) {
		struct keys_bond bond = attacker_bond((how >> 5) & 7);

		(void)keys__restore(host__keys(attacker.smp->host), &bond);
	}
	for (int i = 0; i < 100 && fav_cursor_remaining(&c) > 0; i++) {
		step(&c, fav_cursor_u8(&c));
	}
	attacker_down();
	return 0;
}
