/* SPDX-License-Identifier: Apache-2.0 */
#include "secure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>

static struct sim *devices;

struct told told[DEVICES];
struct user user;

/* ---- What a device is told ---- */

static void on_security_changed(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	struct told *t = &told[sim_current(devices)];

	t->level = level;
	t->err = err;
	t->changes++;
	if (user.on_security_changed != NULL) {
		user.on_security_changed(conn);
	}
}

static void on_identity_resolved(struct bt_conn *conn, const bt_addr_le_t *rpa,
				 const bt_addr_le_t *identity)
{
	struct told *t = &told[sim_current(devices)];

	bt_addr_le_copy(&t->identity, identity);
	t->identified++;
}

static struct bt_conn_cb conn_cbs[DEVICES];

static void on_complete(struct bt_conn *conn, bool bonded)
{
	struct told *t = &told[sim_current(devices)];

	t->bonded = bonded;
	t->completes++;
}

static void on_failed(struct bt_conn *conn, enum bt_security_err reason)
{
	told[sim_current(devices)].err = reason;
	told[sim_current(devices)].failures++;
}

static void on_deleted(uint8_t id, const bt_addr_le_t *peer)
{
	told[sim_current(devices)].deletes++;
}

static struct bt_conn_auth_info_cb info_cbs[DEVICES];

/* ---- What its user does ---- */

static void type(size_t i, unsigned int passkey)
{
	size_t before = sim_current(devices);
	unsigned int typed = user.wrong_passkey ? (passkey + 1) % 1000000 : passkey;

	told[i].asked = false;
	sim_on(devices, i);
	assert_int_equal(0, bt_conn_auth_passkey_entry(peers[i].conn, typed));
	sim_on(devices, before);
}

static void show(struct bt_conn *conn, unsigned int passkey)
{
	size_t here = sim_current(devices), there = here == CENTRAL ? PERIPHERAL : CENTRAL;

	assert_true(passkey <= 999999);
	told[here].shown = passkey;
	told[here].showing = true;
	if (told[there].asked) {
		type(there, passkey);
	}
}

static void enter(struct bt_conn *conn)
{
	size_t here = sim_current(devices), there = here == CENTRAL ? PERIPHERAL : CENTRAL;

	if (user.silent) {
		return;
	}
	told[here].asked = !user.refuse;
	if (user.refuse) {
		assert_int_equal(0, bt_conn_auth_cancel(conn));
	} else if (user.both_type) {
		type(here, user.typed_by_both);
	} else if (told[there].showing) {
		type(here, told[there].shown);
	}
}

/* The user compares once both sides show their digits. */
static void compare(struct bt_conn *conn, unsigned int passkey)
{
	size_t here = sim_current(devices), there = here == CENTRAL ? PERIPHERAL : CENTRAL;

	told[here].shown = passkey;
	told[here].showing = true;
	if (!told[there].showing || user.silent) {
		return;
	}
	assert_int_equal(told[here].shown, told[there].shown);
	if (user.refuse) {
		assert_int_equal(0, bt_conn_auth_cancel(conn));
		return;
	}
	assert_int_equal(0, bt_conn_auth_passkey_confirm(conn));
	sim_on(devices, there);
	assert_int_equal(0, bt_conn_auth_passkey_confirm(peers[there].conn));
	sim_on(devices, here);
}

static void cancel(struct bt_conn *conn)
{
	told[sim_current(devices)].cancels++;
}

static void confirm(struct bt_conn *conn)
{
	told[sim_current(devices)].confirms++;
	if (user.silent) {
		return;
	}
	assert_int_equal(0, user.refuse ? bt_conn_auth_cancel(conn)
					: bt_conn_auth_pairing_confirm(conn));
}

const struct bt_conn_auth_cb secure_auths[SMP_IOS] = {
	[SMP_IO_DISPLAY_ONLY] = {.passkey_display = show, .cancel = cancel},
	[SMP_IO_DISPLAY_YESNO] = {.passkey_display = show,
				  .passkey_confirm = compare,
				  .cancel = cancel},
	[SMP_IO_KEYBOARD_ONLY] = {.passkey_entry = enter, .cancel = cancel},
	[SMP_IO_NONE] = {.cancel = cancel},
	[SMP_IO_KEYBOARD_DISPLAY] = {.passkey_display = show,
				     .passkey_entry = enter,
				     .passkey_confirm = compare,
				     .cancel = cancel},
};
const struct bt_conn_auth_cb secure_asks_first = {.pairing_confirm = confirm, .cancel = cancel};

/* ---- Out of band ---- */

struct secure_oob secure_oob;

static void give_oob(struct bt_conn *conn, struct bt_conn_oob_info *info)
{
	size_t here = sim_current(devices), there = here == CENTRAL ? PERIPHERAL : CENTRAL;
	const bool *has = secure_oob.has;

	if (user.silent) {
		return;
	}
	if (user.refuse) {
		assert_int_equal(0, bt_conn_auth_cancel(conn));
		return;
	}
	if (info->type == BT_CONN_OOB_LE_LEGACY) {
		assert_int_equal(0, bt_le_oob_set_legacy_tk(conn, secure_oob.tk[here]));
		return;
	}
	assert_int_equal(info->lesc.oob_config, !has[here]   ? BT_CONN_OOB_LOCAL_ONLY
						: has[there] ? BT_CONN_OOB_BOTH_PEERS
							     : BT_CONN_OOB_REMOTE_ONLY);
	assert_int_equal(0, bt_le_oob_set_sc_data(
				    conn, has[there] ? &secure_oob.data[here].le_sc_data : NULL,
				    has[here] ? &secure_oob.data[there].le_sc_data : NULL));
}

static const struct bt_conn_auth_cb by_oob = {.oob_data_request = give_oob};

static void oob_instead_of_users(size_t i)
{
	sim_on(devices, i);
	assert_int_equal(0, bt_conn_auth_cb_register(NULL));
	assert_int_equal(0, bt_conn_auth_cb_register(&by_oob));
}

void secure_oob_give(bool central_has, bool peripheral_has)
{
	secure_oob.has[CENTRAL] = central_has;
	secure_oob.has[PERIPHERAL] = peripheral_has;
	for (size_t i = 0; i < DEVICES; i++) {
		oob_instead_of_users(i);
		assert_int_equal(0, bt_le_oob_get_local(BT_ID_DEFAULT, &secure_oob.data[i]));
		bt_le_oob_set_sc_flag(secure_oob.has[i]);
	}
}

void secure_oob_give_tk(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		oob_instead_of_users(i);
		memset(secure_oob.tk[i], 0x5a, sizeof(secure_oob.tk[i]));
		bt_le_oob_set_legacy_flag(true);
	}
}

/* ---- A test's frame ---- */

struct smp *secure_smp(size_t i)
{
	return host__smp(devices->dev[i].host);
}

void secure_remember(size_t i)
{
	conn_cbs[i] = (struct bt_conn_cb){.security_changed = on_security_changed,
					  .identity_resolved = on_identity_resolved};
	info_cbs[i] = (struct bt_conn_auth_info_cb){.pairing_complete = on_complete,
						    .pairing_failed = on_failed,
						    .bond_deleted = on_deleted};
	sim_on(devices, i);
	assert_int_equal(0, bt_conn_cb_register(&conn_cbs[i]));
	assert_int_equal(0, bt_conn_auth_info_cb_register(&info_cbs[i]));
}

void secure_forget(size_t i)
{
	sim_on(devices, i);
	assert_int_equal(secure_smp(i)->chans[0].p->phase, SMP_IDLE);
	assert_int_equal(0, bt_conn_cb_unregister(&conn_cbs[i]));
	assert_int_equal(0, bt_conn_auth_info_cb_unregister(&info_cbs[i]));
	assert_int_equal(0, bt_conn_auth_cb_register(NULL));
}

void secure_begin(struct sim *sim)
{
	devices = sim;
	memset(told, 0, sizeof(told));
	memset(&user, 0, sizeof(user));
	sim_begin(sim, DEVICES);
	peers_begin(sim);
	for (size_t i = 0; i < DEVICES; i++) {
		secure_remember(i);
	}
}

void secure_end(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		secure_forget(i);
	}
	peers_end(devices);
	sim_end(devices);
}

void secure_io(size_t i, enum smp_io io)
{
	sim_on(devices, i);
	assert_int_equal(0, bt_conn_auth_cb_register(NULL));
	assert_int_equal(0, bt_conn_auth_cb_register(&secure_auths[io]));
}

void secure_raise(size_t i, bt_security_t level)
{
	sim_on(devices, i);
	assert_int_equal(0, bt_conn_set_security(peers[i].conn, level));
}

size_t secure_bonds(size_t i)
{
	size_t count = 0;
	struct keys_bond *bond = NULL;

	while ((bond = keys__next(host__keys(devices->dev[i].host), BT_ID_DEFAULT, bond)) != NULL) {
		count++;
	}
	return count;
}

void secure_expect_paired(bt_security_t level, bool bonded)
{
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].completes, 1, 40000));
		assert_int_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
		assert_int_equal(told[i].failures, 0);
		assert_int_equal(told[i].changes, 1);
		assert_int_equal(told[i].level, level);
		assert_int_equal(bt_conn_get_security(peers[i].conn), level);
		assert_int_equal(bt_conn_enc_key_size(peers[i].conn), 16);
		assert_int_equal(told[i].bonded, bonded);
		assert_int_equal(secure_bonds(i), bonded ? 1 : 0);
	}
}

void secure_expect_failed(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].failures, 1, 40000));
		assert_int_not_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
		assert_int_equal(told[i].completes, 0);
		assert_int_equal(told[i].failures, 1);
		assert_int_equal(bt_conn_get_security(peers[i].conn), BT_SECURITY_L1);
		assert_int_equal(bt_conn_enc_key_size(peers[i].conn), 0);
		assert_int_equal(secure_bonds(i), 0);
	}
}
