/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "hci_core.h"
#include "host.h"
#include "id.h"

static bool public_valid(const bt_addr_t *a)
{
	return !bt_addr_eq(a, BT_ADDR_ANY) && !bt_addr_eq(a, BT_ADDR_NONE);
}

/* The default identity: the controller's public address, where it has one; else a static one made
 * at the first enable. */
static int default_identity(struct bt_host *host, struct id *id)
{
	struct bt_hci_rp_read_bd_addr rp = {0};
	bt_addr_le_t *first = &id->identities[BT_ID_DEFAULT];
	int err;

	if (id->count > 0 && first->type == BT_ADDR_LE_RANDOM) {
		return 0;
	}
	if (hci__has_command(host__hci(host), 15, 1)) {
		err = hci__cmd_read(host__hci(host), BT_HCI_OP_READ_BD_ADDR, NULL, 0, &rp,
				    sizeof(rp));
		if (err != 0) {
			return err;
		}
	}
	if (public_valid(&rp.bdaddr)) {
		first->type = BT_ADDR_LE_PUBLIC;
		first->a = rp.bdaddr;
	} else {
		err = bt_addr_le_create_static(first);
		if (err != 0) {
			return err;
		}
	}
	id->count = MAX(id->count, 1);
	return 0;
}

void id__init(struct id *id, struct bt_host *host)
{
	memset(id, 0, sizeof(*id));
}

int id__enable(struct bt_host *host)
{
	struct id *id = host__id(host);

	memset(id->uses, 0, sizeof(id->uses));
	bt_addr_copy(&id->random, BT_ADDR_ANY);
	return default_identity(host, id);
}

void id__disable(struct bt_host *host)
{
	memset(host__id(host)->uses, 0, sizeof(host__id(host)->uses));
}

const bt_addr_le_t *id__addr(const struct id *id, uint8_t number)
{
	if (number >= id->count || bt_addr_le_eq(&id->identities[number], BT_ADDR_LE_ANY)) {
		return NULL;
	}
	return &id->identities[number];
}

/* Whether a role other than this one uses the random address. */
static bool random_in_use(const struct id *id, enum id_role role)
{
	for (int i = 0; i < ID_ROLES; i++) {
		if (i != (int)role && id->uses[i].active && id->uses[i].random) {
			return true;
		}
	}
	return false;
}

static int random_set(struct bt_host *host, const bt_addr_t *addr)
{
	struct id *id = host__id(host);
	int err;

	/* Known before the command is answered: what another role sends meanwhile comes after. */
	bt_addr_copy(&id->random, addr);
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_RANDOM_ADDRESS, addr, sizeof(*addr));
	if (err != 0) {
		bt_addr_copy(&id->random, BT_ADDR_ANY);
	}
	return err;
}

static int choose(struct id *id, enum id_role role, uint8_t number, enum id_kind kind,
		  bt_addr_le_t *addr)
{
	const bt_addr_le_t *identity = id__addr(id, number);

	if (identity == NULL) {
		return -EINVAL;
	}
	if (kind == ID_KIND_IDENTITY) {
		bt_addr_le_copy(addr, identity);
		return 0;
	}
	if (random_in_use(id, role) && BT_ADDR_IS_NRPA(&id->random)) {
		addr->type = BT_ADDR_LE_RANDOM;
		bt_addr_copy(&addr->a, &id->random);
		return 0;
	}
	return bt_addr_le_create_nrpa(addr);
}

int id__take(struct bt_host *host, enum id_role role, uint8_t number, enum id_kind kind,
	     uint8_t *own_addr_type, bt_addr_le_t *addr)
{
	struct id *id = host__id(host);
	struct id_use *use = &id->uses[role];
	bt_addr_le_t chosen;
	bool set;
	int err = choose(id, role, number, kind, &chosen);

	if (err != 0) {
		return err;
	}
	set = chosen.type == BT_ADDR_LE_RANDOM && !bt_addr_eq(&chosen.a, &id->random);
	if (set && random_in_use(id, role)) {
		return -EBUSY;
	}
	*use = (struct id_use){
		.active = true, .random = chosen.type == BT_ADDR_LE_RANDOM, .id = number};
	*own_addr_type = chosen.type;
	if (addr != NULL) {
		bt_addr_le_copy(addr, &chosen);
	}
	err = set ? random_set(host, &chosen.a) : 0;
	if (err != 0) {
		use->active = false;
	}
	return err;
}

void id__release(struct bt_host *host, enum id_role role)
{
	host__id(host)->uses[role].active = false;
}

void bt_id_get(bt_addr_le_t *addrs, size_t *count)
{
	const struct id *id = host__id(fav_host_current());

	if (addrs != NULL) {
		size_t n = MIN(*count, id->count);

		memcpy(addrs, id->identities, n * sizeof(*addrs));
		*count = n;
	} else {
		*count = id->count;
	}
}

/* The address that addr asks for, in made. */
static int make(const struct id *id, const bt_addr_le_t *addr, const uint8_t *irk,
		bt_addr_le_t *made)
{
	if (irk != NULL) {
		return -EINVAL;
	}
	if (addr == NULL || bt_addr_le_eq(addr, BT_ADDR_LE_ANY)) {
		return bt_addr_le_create_static(made);
	}
	if (addr->type != BT_ADDR_LE_RANDOM || !BT_ADDR_IS_STATIC(&addr->a)) {
		return -EINVAL;
	}
	for (size_t i = 0; i < id->count; i++) {
		if (bt_addr_le_eq(&id->identities[i], addr)) {
			return -EALREADY;
		}
	}
	bt_addr_le_copy(made, addr);
	return 0;
}

static void put(struct id *id, uint8_t number, const bt_addr_le_t *made, bt_addr_le_t *addr)
{
	bt_addr_le_copy(&id->identities[number], made);
	if (addr != NULL) {
		bt_addr_le_copy(addr, made);
	}
}

int bt_id_create(bt_addr_le_t *addr, uint8_t *irk)
{
	struct id *id = host__id(fav_host_current());
	bt_addr_le_t made;
	int err = make(id, addr, irk, &made);

	if (err != 0) {
		return err;
	}
	if (id->count == ARRAY_SIZE(id->identities)) {
		return -ENOMEM;
	}
	put(id, id->count, &made, addr);
	return id->count++;
}

static bool in_use(const struct id *id, uint8_t number)
{
	for (int i = 0; i < ID_ROLES; i++) {
		if (id->uses[i].active && id->uses[i].id == number) {
			return true;
		}
	}
	return false;
}

int bt_id_reset(uint8_t number, bt_addr_le_t *addr, uint8_t *irk)
{
	struct id *id = host__id(fav_host_current());
	bt_addr_le_t made;
	int err;

	if (number == BT_ID_DEFAULT || number >= id->count) {
		return -EINVAL;
	}
	if (in_use(id, number)) {
		return -EBUSY;
	}
	err = make(id, addr, irk, &made);
	if (err != 0) {
		return err;
	}
	put(id, number, &made, addr);
	return number;
}

int bt_id_delete(uint8_t number)
{
	struct id *id = host__id(fav_host_current());

	if (number == BT_ID_DEFAULT || number >= id->count) {
		return -EINVAL;
	}
	if (id__addr(id, number) == NULL) {
		return -EALREADY;
	}
	if (in_use(id, number)) {
		return -EBUSY;
	}
	bt_addr_le_copy(&id->identities[number], BT_ADDR_LE_ANY);
	return 0;
}
