/* SPDX-License-Identifier: Apache-2.0 */

/* Pairing, its user, bonds, and the identity. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/settings/settings.h>

#include "device.h"

#define KEY_SIZE 16

/* ---- The user ---- */

static void on_shown(struct bt_conn *conn, unsigned int passkey)
{
	printf("shown %u %u\n", bt_conn_index(conn), passkey);
}

static void on_asked(struct bt_conn *conn)
{
	printf("asked %u\n", bt_conn_index(conn));
}

static void on_numbers(struct bt_conn *conn, unsigned int passkey)
{
	printf("numbers %u %u\n", bt_conn_index(conn), passkey);
}

static void on_cancel(struct bt_conn *conn)
{
	printf("cancelled %u\n", bt_conn_index(conn));
}

/* What has come out of band. */
static struct {
	uint8_t tk[KEY_SIZE];
	struct bt_le_oob_sc_data local, remote;
} oob;

static void on_oob(struct bt_conn *conn, struct bt_conn_oob_info *info)
{
	bool local = info->lesc.oob_config != BT_CONN_OOB_REMOTE_ONLY;
	bool remote = info->lesc.oob_config != BT_CONN_OOB_LOCAL_ONLY;
	int err = info->type == BT_CONN_OOB_LE_LEGACY
			  ? bt_le_oob_set_legacy_tk(conn, oob.tk)
			  : bt_le_oob_set_sc_data(conn, local ? &oob.local : NULL,
						  remote ? &oob.remote : NULL);

	if (err < 0) {
		printf("oob-refused %u %d\n", bt_conn_index(conn), -err);
		bt_conn_auth_cancel(conn);
	}
}

/* user none|display|yesno|keyboard|all */
static int do_user(const struct words *w)
{
	static struct bt_conn_auth_cb cb;
	bool all = is(w, 1, "all");
	bool yesno = is(w, 1, "yesno");

	(void)bt_conn_auth_cb_register(NULL);
	cb = (struct bt_conn_auth_cb){
		.passkey_display = all || yesno || is(w, 1, "display") ? on_shown : NULL,
		.passkey_entry = all || is(w, 1, "keyboard") ? on_asked : NULL,
		.passkey_confirm = all || yesno ? on_numbers : NULL,
		.oob_data_request = on_oob,
		.cancel = on_cancel,
	};
	return bt_conn_auth_cb_register(&cb);
}

static int do_passkey(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_auth_passkey_entry(conn, number(w, 2));
}

static int do_confirm(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_auth_passkey_confirm(conn);
}

static int do_refuse(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_auth_cancel(conn);
}

/* ---- Out of band ---- */

static int key(const struct words *w, int i, uint8_t *value)
{
	uint8_t data[VALUE_MAX];

	if (bytes(w, i, data) != KEY_SIZE) {
		return -EINVAL;
	}
	memcpy(value, data, KEY_SIZE);
	return 0;
}

static int do_oob(const struct words *w)
{
	struct bt_le_oob local;
	int err = bt_le_oob_get_local(BT_ID_DEFAULT, &local);

	if (err == 0) {
		oob.local = local.le_sc_data;
		print_hex("oob-r", 0, 0, oob.local.r, KEY_SIZE);
		print_hex("oob-c", 0, 0, oob.local.c, KEY_SIZE);
	}
	return err;
}

/* oob-remote R C */
static int do_oob_remote(const struct words *w)
{
	int err = key(w, 1, oob.remote.r);

	err = err < 0 ? err : key(w, 2, oob.remote.c);
	bt_le_oob_set_sc_flag(err == 0);
	return err;
}

/* oob-tk TK */
static int do_oob_tk(const struct words *w)
{
	int err = key(w, 1, oob.tk);

	bt_le_oob_set_legacy_flag(err == 0);
	return err;
}

/* ---- Security of links ---- */

static void on_security(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	struct bt_conn_info info;

	if (bt_conn_get_info(conn, &info) == 0) {
		printf("security %u %u %u %u\n", bt_conn_index(conn), level, err,
		       (info.security.flags & BT_SECURITY_FLAG_SC) != 0);
	}
}

static void on_identity(struct bt_conn *conn, const bt_addr_le_t *rpa, const bt_addr_le_t *identity)
{
	char before[ADDR_SIZE], after[ADDR_SIZE];

	printf("identity %u %s %s\n", bt_conn_index(conn), addr_text(rpa, before),
	       addr_text(identity, after));
}

static void on_paired(struct bt_conn *conn, bool bonded)
{
	printf("paired %u %u\n", bt_conn_index(conn), bonded);
}

static void on_unpaired(struct bt_conn *conn, enum bt_security_err reason)
{
	printf("unpaired %u %u\n", bt_conn_index(conn), reason);
}

/* secure CONN LEVEL [again] */
static int do_secure(const struct words *w, struct bt_conn *conn)
{
	bt_security_t again = is(w, 3, "again") ? BT_SECURITY_FORCE_PAIR : 0;

	return bt_conn_set_security(conn, number(w, 2) | again);
}

/* ---- Bonds and the identity ---- */

static int do_bondable(const struct words *w)
{
	bt_set_bondable(number(w, 1) != 0);
	return 0;
}

static void print_bond(const struct bt_bond_info *info, void *user_data)
{
	char text[ADDR_SIZE];

	printf("bond %s\n", addr_text(&info->addr, text));
}

static int do_bonds(const struct words *w)
{
	bt_foreach_bond(BT_ID_DEFAULT, print_bond, NULL);
	return 0;
}

/* unpair ADDR */
static int do_unpair(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	return err < 0 ? err : bt_unpair(BT_ID_DEFAULT, &addr);
}

/* Before "on": bonds are those of FAVONIUS_SETTINGS, and kept there. */
static int do_keep(const struct words *w)
{
	fav_host_settings_set(fav_host_current(), NULL);
	return settings_subsys_init();
}

static int do_load(const struct words *w)
{
	return settings_load();
}

/* identity ADDR: before "on". */
static int do_identity(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	err = err < 0 ? err : bt_id_create(&addr, NULL);
	return MIN(err, 0);
}

int security_init(void)
{
	static struct bt_conn_cb conn_cb = {
		.security_changed = on_security,
		.identity_resolved = on_identity,
	};
	static struct bt_conn_auth_info_cb info_cb = {
		.pairing_complete = on_paired,
		.pairing_failed = on_unpaired,
	};
	int err = bt_conn_cb_register(&conn_cb);

	return err < 0 ? err : bt_conn_auth_info_cb_register(&info_cb);
}

const struct command security_commands[] = {
	{"user", do_user},         {"oob", do_oob},     {"oob-remote", do_oob_remote},
	{"oob-tk", do_oob_tk},     {"bonds", do_bonds}, {"bondable", do_bondable},
	{"unpair", do_unpair},     {"keep", do_keep},   {"load", do_load},
	{"identity", do_identity}, {NULL, NULL},
};

const struct link_command security_link_commands[] = {
	{"secure", do_secure},
	{"passkey", do_passkey},
	{"confirm", do_confirm},
	{"refuse", do_refuse},
	{NULL, NULL},
};
