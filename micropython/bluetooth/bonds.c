/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bonds, and the key of our private addresses. The host has them in memory; the program keeps them,
 * each as a secret of _IRQ_SET_SECRET and _IRQ_GET_SECRET:
 *
 *     type 1   a bond, as favonius/bonds.h has it; asked for one after the other, without a key
 *     type 10  the key of our private addresses, under the key b"irk": as with NimBLE
 *
 * What the program does not keep is there until active(False).
 */

#include <string.h>

#include "backend.h"

#include <favonius/bonds.h>
#include <zephyr/sys/byteorder.h>

#define SECRET_BOND 1
#define SECRET_IRK  10

#define IRK_LEN 16

static const uint8_t irk_key[] = {'i', 'r', 'k'};

static uint8_t identities(bt_addr_le_t addrs[CONFIG_BT_ID_MAX])
{
	size_t count = CONFIG_BT_ID_MAX;

	bt_id_get(addrs, &count);
	return (uint8_t)count;
}

/* ---- Keeping ---- */

/* Called by the host in the middle of its work, so what handlers may do is limited, see storing,
 * and no exception passes. */
static void set_secret(uint8_t type, const uint8_t *key, size_t key_len, const uint8_t *value,
		       size_t len)
{
	struct backend *b = backend_get();
	nlr_buf_t nlr;

	if (b == NULL || !b->on) {
		return;
	}
	b->storing = true;
	backend_event_begin(b);
	if (nlr_push(&nlr) == 0) {
		(void)mp_bluetooth_gap_on_set_secret(type, key, key_len, value, len);
		nlr_pop();
	} else {
		mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
	}
	backend_event_end(b);
	b->storing = false;
}

/* A handler that does not keep what it gets is no failure: then the bond is for this run. */
static int save(struct bt_host *host, const uint8_t *key, const uint8_t *bond)
{
	set_secret(SECRET_BOND, key, FAV_BOND_KEY_LEN, bond, FAV_BOND_LEN);
	return 0;
}

static int erase(struct bt_host *host, const uint8_t *key)
{
	set_secret(SECRET_BOND, key, FAV_BOND_KEY_LEN, NULL, 0);
	return 0;
}

static const struct fav_bond_keeper keeper = {.save = save, .erase = erase};

/* ---- Coming and going ---- */

/* Ask the program for a secret. False: there is none with that index, or what it returns is not
 * one. */
static bool get_secret(struct backend *b, uint8_t type, uint8_t index, const uint8_t *key,
		       size_t key_len, const uint8_t **value, size_t *len)
{
	bool there = false;
	nlr_buf_t nlr;

	backend_event_begin(b);
	if (nlr_push(&nlr) == 0) {
		there = mp_bluetooth_gap_on_get_secret(type, index, key, key_len, value, len);
		nlr_pop();
	} else {
		mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
	}
	backend_event_end(b);
	return there;
}

/* The key that the program has, or one that it is given to keep. Made anew it is for a program that
 * keeps none, whose peers would know it again otherwise. */
static void load_irk(struct backend *b)
{
	uint32_t session = b->session;
	const uint8_t *value = NULL;
	uint8_t irk[IRK_LEN];
	size_t len = 0;
	bool there;

	if (b->irk_loaded) {
		return;
	}
	b->irk_loaded = true;
	there = get_secret(b, SECRET_IRK, 0, irk_key, sizeof(irk_key), &value, &len);
	if (!backend_session(b, session)) {
		return;
	}
	if (there && len == IRK_LEN) {
		(void)fav_id_irk_set(fav_host_current(), BT_ID_DEFAULT, value);
	} else if (fav_id_irk_get(fav_host_current(), BT_ID_DEFAULT, irk) == 0) {
		set_secret(SECRET_IRK, irk_key, sizeof(irk_key), irk, sizeof(irk));
	}
}

void backend_bonds_load(struct backend *b)
{
	uint32_t session = b->session;
	const uint8_t *value = NULL;
	size_t len = 0;

	if (!b->bond) {
		return;
	}
	load_irk(b);
	for (uint8_t i = 0; backend_session(b, session) && i < UINT8_MAX; i++) {
		if (!get_secret(b, SECRET_BOND, i, NULL, 0, &value, &len) ||
		    !backend_session(b, session)) {
			return;
		}
		(void)fav_bonds_restore(fav_host_current(), value, len);
	}
}

/* What another run of the program left in memory is the program's to give again. */
void backend_bonds_start(struct backend *b)
{
	(void)fav_bonds_keep(fav_host_current(), &keeper);
	b->storing = false;
	b->irk_loaded = false;
}

void backend_bonds_stop(struct backend *b)
{
	(void)fav_bonds_keep(fav_host_current(), NULL);
}

bool backend_bonds_has(const struct bt_conn *conn)
{
	struct bt_conn_info info;

	return bt_conn_get_info(conn, &info) == 0 &&
	       fav_bonds_has(fav_host_current(), info.id, bt_conn_get_dst(conn));
}

/* ---- gap_unpair() ---- */

static bool unpair(const bt_addr_le_t *peer)
{
	bt_addr_le_t own[CONFIG_BT_ID_MAX];
	uint8_t count = identities(own);
	bool found = false;

	for (uint8_t id = 0; id < count; id++) {
		if (fav_bonds_has(fav_host_current(), id, peer)) {
			found = true;
			(void)bt_unpair(id, peer);
		}
	}
	return found;
}

static void unpair_all(void)
{
	bt_addr_le_t own[CONFIG_BT_ID_MAX];
	uint8_t count = identities(own);

	for (uint8_t id = 0; id < count; id++) {
		(void)bt_unpair(id, NULL);
	}
}

static mp_obj_t gap_unpair(size_t n_args, const mp_obj_t *args)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);
	bt_addr_le_t peer;
	mp_buffer_info_t addr;

	if (b == NULL || b->storing) {
		mp_raise_OSError(b == NULL ? err : MP_EBUSY);
	}
	if (n_args == 2) {
		mp_raise_TypeError(MP_ERROR_TEXT("address missing"));
	}
	backend_bonds_load(b);
	if (backend_for_call(&err) == NULL) {
		mp_raise_OSError(err);
	}
	if (n_args == 1) {
		unpair_all();
		return mp_const_none;
	}
	peer.type = (uint8_t)mp_obj_get_int(args[1]);
	mp_get_buffer_raise(args[2], &addr, MP_BUFFER_READ);
	if (addr.len != BT_ADDR_SIZE) {
		mp_raise_ValueError(MP_ERROR_TEXT("invalid addr"));
	}
	sys_memcpy_swap(peer.a.val, addr.buf, BT_ADDR_SIZE);
	if (!unpair(&peer)) {
		mp_raise_OSError(MP_ENOENT);
	}
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(gap_unpair_obj, 1, 3, gap_unpair);

extern const mp_obj_module_t mp_module_bluetooth;

/* Called when MicroPython starts. bluetooth.BLE's dictionary is a variable, see
 * ../unix/favonius_modbluetooth.h; here it gets a longer table. */
void favonius_mp_methods(void)
{
	static mp_map_elem_t methods[64];
	mp_obj_t ble = mp_obj_dict_get(MP_OBJ_FROM_PTR(mp_module_bluetooth.globals),
				       MP_OBJ_NEW_QSTR(MP_QSTR_BLE));
	const mp_obj_type_t *type = MP_OBJ_TO_PTR(ble);
	mp_map_t *map = &((mp_obj_dict_t *)MP_OBJ_TYPE_GET_SLOT(type, locals_dict))->map;

	const mp_map_elem_t ours[] = {
		{MP_OBJ_NEW_QSTR(MP_QSTR_gap_unpair), MP_OBJ_FROM_PTR(&gap_unpair_obj)},
		{MP_OBJ_NEW_QSTR(MP_QSTR_gap_scan_dropped),
		 MP_OBJ_FROM_PTR(&backend_gap_scan_dropped_obj)},
	};

	if (map->table == methods || map->used + MP_ARRAY_SIZE(ours) > MP_ARRAY_SIZE(methods)) {
		return;
	}
	memcpy(methods, map->table, map->used * sizeof(methods[0]));
	memcpy(&methods[map->used], ours, sizeof(ours));
	map->table = methods;
	map->used += MP_ARRAY_SIZE(ours);
	map->alloc = map->used;
}
