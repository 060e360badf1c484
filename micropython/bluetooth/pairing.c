/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

#include <favonius/host.h>
#include <zephyr/random/random.h>

#define PASSKEY_MAX 999999

/* Of AuthReq: Secure Connections, Core 6.0 Vol 3 Part H 3.5.1. */
#define AUTH_SC (1 << 3)

static struct backend_link *link_of(struct backend *b, const struct bt_conn *conn)
{
	struct backend_link *link = &b->links[bt_conn_index(conn)];

	return b->on && link->conn == conn ? link : NULL;
}

/* ---- What a link has become ---- */

static void encryption_event(struct backend *b, struct bt_conn *conn, bool bonded)
{
	bt_security_t level = bt_conn_get_security(conn);
	bool encrypted = level >= BT_SECURITY_L2;

	if (link_of(b, conn) != NULL) {
		BACKEND_EVENT(b, mp_bluetooth_gatts_on_encryption_update(
					 bt_conn_index(conn), encrypted, level >= BT_SECURITY_L3,
					 encrypted && bonded, bt_conn_enc_key_size(conn)));
	}
}

/* While pairing, an encrypted link still waits for its keys: pairing_ended(). */
static void security_changed(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	struct backend *b = backend_get();
	struct backend_link *link = link_of(b, conn);

	if (link == NULL || (link->pairing && level > BT_SECURITY_L1)) {
		return;
	}
	link->pairing = false;
	encryption_event(b, conn, backend_bonds_has(conn));
}

static void pairing_ended(struct bt_conn *conn, bool bonded)
{
	struct backend *b = backend_get();
	struct backend_link *link = link_of(b, conn);

	/* One that failed before the link was encrypted has been reported. */
	if (link != NULL && link->pairing) {
		link->pairing = false;
		link->passkey_action = MP_BLUETOOTH_PASSKEY_ACTION_NONE;
		encryption_event(b, conn, bonded);
	}
}

static void pairing_complete(struct bt_conn *conn, bool bonded)
{
	pairing_ended(conn, bonded);
}

static void pairing_failed(struct bt_conn *conn, enum bt_security_err reason)
{
	pairing_ended(conn, false);
}

static void disconnected(struct bt_conn *conn, uint8_t reason)
{
	struct backend_link *link = &backend_get()->links[bt_conn_index(conn)];

	link->pairing = false;
	link->passkey_action = MP_BLUETOOTH_PASSKEY_ACTION_NONE;
}

/* ---- What is asked ---- */

/* The features of the peer have come. */
static enum bt_security_err accept(struct bt_conn *conn,
				   const struct bt_conn_pairing_feat *const feat)
{
	struct backend *b = backend_get();
	struct backend_link *link = link_of(b, conn);

	if (link == NULL) {
		return BT_SECURITY_ERR_PAIR_NOT_ALLOWED;
	}
	if (b->le_secure && (feat->auth_req & AUTH_SC) == 0) {
		return BT_SECURITY_ERR_AUTH_REQUIREMENT;
	}
	link->pairing = true;
	return BT_SECURITY_ERR_SUCCESS;
}

static void ask(struct bt_conn *conn, uint8_t action, uint32_t passkey)
{
	struct backend *b = backend_get();
	struct backend_link *link = link_of(b, conn);

	if (link != NULL) {
		link->passkey_action = action;
		BACKEND_EVENT(b, mp_bluetooth_gap_on_passkey_action(bt_conn_index(conn), action,
								    (mp_int_t)passkey));
	}
}

/* The module has the program choose what it shows, which must be known when the handler returns; a
 * program that does not choose can show what the event has. */
static uint32_t choose_passkey(struct bt_conn *conn)
{
	struct backend *b = backend_get();
	struct backend_link *link = link_of(b, conn);
	uint64_t random;

	if (link == NULL || sys_csrand_get(&random, sizeof(random)) != 0) {
		return BT_PASSKEY_RAND;
	}
	link->passkey = (uint32_t)(random % (PASSKEY_MAX + 1));
	link->passkey_open = true;
	ask(conn, MP_BLUETOOTH_PASSKEY_ACTION_DISPLAY, link->passkey);
	link->passkey_open = false;
	return link->passkey;
}

static void display(struct bt_conn *conn, unsigned int passkey)
{
	/* choose_passkey() was asked before. */
}

static void enter(struct bt_conn *conn)
{
	ask(conn, MP_BLUETOOTH_PASSKEY_ACTION_INPUT, 0);
}

static void compare(struct bt_conn *conn, unsigned int passkey)
{
	ask(conn, MP_BLUETOOTH_PASSKEY_ACTION_NUMERIC_COMPARISON, passkey);
}

static void cancel(struct bt_conn *conn)
{
	struct backend_link *link = link_of(backend_get(), conn);

	if (link != NULL) {
		link->passkey_action = MP_BLUETOOTH_PASSKEY_ACTION_NONE;
	}
}

/* ---- Settings ---- */

/* Which callbacks there are says what the user can do. */
static struct bt_conn_auth_cb callbacks(uint8_t io)
{
	struct bt_conn_auth_cb cb = {.pairing_accept = accept, .cancel = cancel};

	if (io == MP_BLUETOOTH_IO_CAPABILITY_DISPLAY_ONLY ||
	    io == MP_BLUETOOTH_IO_CAPABILITY_DISPLAY_YESNO ||
	    io == MP_BLUETOOTH_IO_CAPABILITY_KEYBOARD_DISPLAY) {
		cb.passkey_display = display;
		cb.app_passkey = choose_passkey;
	}
	if (io == MP_BLUETOOTH_IO_CAPABILITY_DISPLAY_YESNO ||
	    io == MP_BLUETOOTH_IO_CAPABILITY_KEYBOARD_DISPLAY) {
		cb.passkey_confirm = compare;
	}
	if (io == MP_BLUETOOTH_IO_CAPABILITY_KEYBOARD_ONLY ||
	    io == MP_BLUETOOTH_IO_CAPABILITY_KEYBOARD_DISPLAY) {
		cb.passkey_entry = enter;
	}
	return cb;
}

static void apply(struct backend *b)
{
	bt_set_bondable(b->bond);
	fav_host_mitm_set(fav_host_current(), b->mitm);
	/* The program hears of the error, and pairs when it wants to. */
	fav_host_att_retry_set(fav_host_current(), false);
	(void)bt_conn_auth_cb_register(NULL);
	b->auth_cb = callbacks(b->io);
	(void)bt_conn_auth_cb_register(&b->auth_cb);
}

void backend_pairing_start(struct backend *b)
{
	b->security_cb = (struct bt_conn_cb){
		.security_changed = security_changed,
		.disconnected = disconnected,
	};
	b->auth_info_cb = (struct bt_conn_auth_info_cb){
		.pairing_complete = pairing_complete,
		.pairing_failed = pairing_failed,
	};
	(void)bt_conn_cb_register(&b->security_cb);
	(void)bt_conn_auth_info_cb_register(&b->auth_info_cb);
	apply(b);
}

void backend_pairing_stop(struct backend *b)
{
	(void)bt_conn_auth_cb_register(NULL);
	(void)bt_conn_auth_info_cb_unregister(&b->auth_info_cb);
	(void)bt_conn_cb_unregister(&b->security_cb);
}

/* Settings come before active(True) too, and stay. */
static struct backend *for_setting(void)
{
	if (!mp_thread_is_main_thread()) {
		mp_raise_OSError(MP_EPERM);
	}
	return backend_make();
}

static void changed(struct backend *b)
{
	if (b->on) {
		apply(b);
	}
}

void mp_bluetooth_set_bonding(bool enabled)
{
	struct backend *b = for_setting();

	b->bond = enabled;
	changed(b);
}

void mp_bluetooth_set_mitm_protection(bool enabled)
{
	struct backend *b = for_setting();

	b->mitm = enabled;
	changed(b);
}

void mp_bluetooth_set_le_secure(bool enabled)
{
	struct backend *b = for_setting();

	b->le_secure = enabled;
	changed(b);
}

void mp_bluetooth_set_io_capability(uint8_t capability)
{
	struct backend *b = for_setting();

	if (capability > MP_BLUETOOTH_IO_CAPABILITY_KEYBOARD_DISPLAY) {
		mp_raise_OSError(MP_EINVAL);
	}
	b->io = capability;
	changed(b);
}

/* ---- What the module calls ---- */

int mp_bluetooth_gap_pair(uint16_t conn_handle)
{
	int err = 0;
	struct bt_conn *conn = backend_conn_for_call(conn_handle, &err);

	if (conn == NULL) {
		return err;
	}
	if (bt_conn_get_security(conn) > BT_SECURITY_L1) {
		return MP_EALREADY;
	}
	/* The program may have chosen config(bond=) after it connected. */
	backend_bonds_load(backend_get());
	conn = backend_conn_for_call(conn_handle, &err);
	if (conn == NULL) {
		return err;
	}
	return -bt_conn_set_security(conn, BT_SECURITY_L2);
}

static int show(struct backend_link *link, mp_int_t passkey)
{
	if (passkey < 0 || passkey > PASSKEY_MAX) {
		return -EINVAL;
	}
	if (link->passkey_open) {
		link->passkey = (uint32_t)passkey;
	}
	return link->passkey == (uint32_t)passkey ? 0 : -EALREADY;
}

static int answer(struct backend_link *link, uint8_t action, mp_int_t passkey)
{
	struct bt_conn *conn = link->conn;

	switch (action) {
	case MP_BLUETOOTH_PASSKEY_ACTION_DISPLAY:
		return show(link, passkey);
	case MP_BLUETOOTH_PASSKEY_ACTION_INPUT:
		if (passkey < 0 || passkey > PASSKEY_MAX) {
			return -EINVAL;
		}
		link->passkey_action = MP_BLUETOOTH_PASSKEY_ACTION_NONE;
		return bt_conn_auth_passkey_entry(conn, (unsigned int)passkey);
	case MP_BLUETOOTH_PASSKEY_ACTION_NUMERIC_COMPARISON:
		link->passkey_action = MP_BLUETOOTH_PASSKEY_ACTION_NONE;
		return passkey != 0 ? bt_conn_auth_passkey_confirm(conn)
				    : bt_conn_auth_cancel(conn);
	default:
		return -EINVAL;
	}
}

int mp_bluetooth_gap_passkey(uint16_t conn_handle, uint8_t action, mp_int_t passkey)
{
	int err = 0;
	struct backend_link *link;

	if (backend_conn_for_call(conn_handle, &err) == NULL) {
		return err;
	}
	link = &backend_get()->links[conn_handle];
	return link->passkey_action == action ? -answer(link, action, passkey) : MP_EINVAL;
}
