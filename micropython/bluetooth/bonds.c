/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bonds. The host has them in memory; the program keeps them, each as a secret of
 * _IRQ_SET_SECRET and _IRQ_GET_SECRET:
 *
 *     type   1, the version of what follows
 *     key    our address and the peer's, 7 bytes each: type, then address in the order of the air
 *     value  SECRET_LEN bytes, see put(): the key again, as the program is asked for one secret
 *            after the other, without a key; nothing in it depends on the machine
 *
 * A bond that the program does not keep is there until active(False).
 */

#include <string.h>

#include "backend.h"

#include <zephyr/sys/byteorder.h>

#include "crypto/crypto.h"
#include "host/host.h"
#include "host/smp.h"

#define SECRET_TYPE 1

#define ADDR_LEN   7
#define KEY_LEN    (2 * ADDR_LEN)
#define LTK_LEN    (SMP_KEY_LEN + 2 + 8)
#define SECRET_LEN (KEY_LEN + 3 + 2 * LTK_LEN + 3 * SMP_KEY_LEN)

#define HAS_LTK   (KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_SC_LTK)
#define HAS_ALL   (HAS_LTK | KEYS_PEER_IRK | KEYS_PEER_CSRK | KEYS_LOCAL_CSRK)
#define FLAGS_ALL (KEYS_AUTHENTICATED | KEYS_SC | KEYS_OOB)

static struct keys *table(void)
{
	return host__keys(fav_host_current());
}

static uint8_t identities(bt_addr_le_t addrs[CONFIG_BT_ID_MAX])
{
	size_t count = CONFIG_BT_ID_MAX;

	bt_id_get(addrs, &count);
	return (uint8_t)count;
}

/* ---- A bond as a secret ---- */

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static const uint8_t *get_bytes(void *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, len);
	return from + len;
}

static uint8_t *put_addr(uint8_t *to, const bt_addr_le_t *addr)
{
	*to++ = addr->type;
	return put_bytes(to, addr->a.val, sizeof(addr->a.val));
}

static uint8_t *put_ltk(uint8_t *to, const struct keys_ltk *ltk)
{
	to = put_bytes(to, ltk->value, SMP_KEY_LEN);
	sys_put_le16(ltk->ediv, to);
	return put_bytes(to + 2, ltk->rand, sizeof(ltk->rand));
}

static const uint8_t *get_ltk(struct keys_ltk *ltk, const uint8_t *from)
{
	from = get_bytes(ltk->value, from, SMP_KEY_LEN);
	ltk->ediv = sys_get_le16(from);
	return get_bytes(ltk->rand, from + 2, sizeof(ltk->rand));
}

static bool put_key(uint8_t key[KEY_LEN], uint8_t id, const bt_addr_le_t *peer)
{
	bt_addr_le_t own[CONFIG_BT_ID_MAX];

	if (id >= identities(own)) {
		return false;
	}
	(void)put_addr(put_addr(key, &own[id]), peer);
	return true;
}

/* Behind the key. */
static void put(uint8_t *value, const struct keys_bond *bond)
{
	value[0] = bond->has;
	value[1] = bond->flags;
	value[2] = bond->key_size;
	value = put_ltk(&value[3], &bond->peer_ltk);
	value = put_ltk(value, &bond->local_ltk);
	value = put_bytes(value, bond->irk, SMP_KEY_LEN);
	value = put_bytes(value, bond->peer_csrk, SMP_KEY_LEN);
	(void)put_bytes(value, bond->local_csrk, SMP_KEY_LEN);
}

/* False: it is not what put() makes. */
static bool get(struct keys_bond *bond, const uint8_t *value)
{
	bond->has = value[0];
	bond->flags = value[1];
	bond->key_size = value[2];
	value = get_ltk(&bond->peer_ltk, &value[3]);
	value = get_ltk(&bond->local_ltk, value);
	value = get_bytes(bond->irk, value, SMP_KEY_LEN);
	value = get_bytes(bond->peer_csrk, value, SMP_KEY_LEN);
	(void)get_bytes(bond->local_csrk, value, SMP_KEY_LEN);
	return (bond->has & HAS_LTK) != 0 && (bond->has & ~HAS_ALL) == 0 &&
	       (bond->flags & ~FLAGS_ALL) == 0;
}

/* ---- The store behind the host's table: the program ---- */

/* Called by the host in the middle of its work, so what handlers may do is limited, see storing,
 * and no exception passes. */
static void set_secret(const uint8_t key[KEY_LEN], const uint8_t *value, size_t len)
{
	struct backend *b = backend_get();
	nlr_buf_t nlr;

	if (b == NULL || !b->on) {
		return;
	}
	b->storing = true;
	backend_event_begin(b);
	if (nlr_push(&nlr) == 0) {
		(void)mp_bluetooth_gap_on_set_secret(SECRET_TYPE, key, KEY_LEN, value, len);
		nlr_pop();
	} else {
		mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
	}
	backend_event_end(b);
	b->storing = false;
}

static int save(struct bt_host *host, const struct keys_bond *bond)
{
	uint8_t key[KEY_LEN], value[SECRET_LEN];

	if (put_key(key, bond->id, &bond->addr)) {
		put(put_bytes(value, key, KEY_LEN), bond);
		set_secret(key, value, sizeof(value));
		crypto__wipe(value, sizeof(value));
	}
	return 0;
}

static int erase(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	uint8_t key[KEY_LEN];

	if (put_key(key, id, addr)) {
		set_secret(key, NULL, 0);
	}
	return 0;
}

static const struct keys_store store = {.save = save, .erase = erase};

/* ---- Coming and going ---- */

/* Take a bond that the program has into the table, unless it is that of another device of ours or
 * the table has one with that peer, which is not older. */
static void restore(const uint8_t value[SECRET_LEN])
{
	struct keys_bond bond = {.addr = {.type = value[ADDR_LEN]}};
	bt_addr_le_t own[CONFIG_BT_ID_MAX], addr = {.type = value[0]};
	uint8_t count = identities(own);

	memcpy(addr.a.val, &value[1], sizeof(addr.a.val));
	memcpy(bond.addr.a.val, &value[ADDR_LEN + 1], sizeof(bond.addr.a.val));
	while (bond.id < count && !bt_addr_le_eq(&own[bond.id], &addr)) {
		bond.id++;
	}
	if (bond.id < count && keys__find(table(), bond.id, &bond.addr) == NULL &&
	    get(&bond, &value[KEY_LEN])) {
		(void)keys__restore(table(), &bond);
	}
	crypto__wipe(&bond, sizeof(bond));
}

/* Ask the program for a secret. False: there is none with that index, or what it returns is not
 * one. */
static bool get_secret(struct backend *b, uint8_t index, const uint8_t **value, size_t *len)
{
	bool there = false;
	nlr_buf_t nlr;

	backend_event_begin(b);
	if (nlr_push(&nlr) == 0) {
		there = mp_bluetooth_gap_on_get_secret(SECRET_TYPE, index, NULL, 0, value, len);
		nlr_pop();
	} else {
		mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
	}
	backend_event_end(b);
	return there;
}

void backend_bonds_load(struct backend *b)
{
	uint32_t session = b->session;
	const uint8_t *value = NULL;
	size_t len = 0;

	for (uint8_t i = 0; b->bond && i < UINT8_MAX; i++) {
		if (!get_secret(b, i, &value, &len) || !backend_session(b, session)) {
			return;
		}
		if (len == SECRET_LEN) {
			restore(value);
		}
	}
}

/* What another run of the program left in the table is the program's to give again. */
void backend_bonds_start(struct backend *b)
{
	struct keys_bond *bond;

	keys__store_register(table(), NULL);
	for (uint8_t id = 0; id < CONFIG_BT_ID_MAX; id++) {
		while ((bond = keys__next(table(), id, NULL)) != NULL) {
			(void)keys__remove(table(), bond);
		}
	}
	keys__store_register(table(), &store);
	b->storing = false;
}

void backend_bonds_stop(struct backend *b)
{
	keys__store_register(table(), NULL);
}

bool backend_bonds_has(const struct bt_conn *conn)
{
	struct bt_conn_info info;

	return bt_conn_get_info(conn, &info) == 0 &&
	       keys__find(table(), info.id, bt_conn_get_dst(conn)) != NULL;
}

/* ---- gap_unpair() ---- */

static bool unpair(const bt_addr_le_t *peer)
{
	bt_addr_le_t own[CONFIG_BT_ID_MAX];
	uint8_t count = identities(own);
	bool found = false;

	for (uint8_t id = 0; id < count; id++) {
		if (keys__find(table(), id, peer) != NULL) {
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

	if (map->table == methods || map->used >= MP_ARRAY_SIZE(methods)) {
		return;
	}
	memcpy(methods, map->table, map->used * sizeof(methods[0]));
	methods[map->used].key = MP_OBJ_NEW_QSTR(MP_QSTR_gap_unpair);
	methods[map->used].value = MP_OBJ_FROM_PTR(&gap_unpair_obj);
	map->table = methods;
	map->used++;
	map->alloc = map->used;
}
