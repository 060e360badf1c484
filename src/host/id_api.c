/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bt_id_*: above the bonds, because an identity that changes forgets them.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "crypto/crypto.h"
#include "host.h"
#include "id.h"
#include "own_addr.h"

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
static int make_addr(const struct id *id, const bt_addr_le_t *addr, bt_addr_le_t *made)
{
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

static bool is_given(const uint8_t *irk)
{
	static const uint8_t zero[SMP_KEY_LEN];

	return irk != NULL && crypto__compare(irk, zero, sizeof(zero)) != 0;
}

/* Make identity `number`, and say where asked what it is. */
static int make(struct bt_host *host, uint8_t number, bt_addr_le_t *addr, uint8_t *irk)
{
	struct id *id = host__id(host);
	uint8_t key[SMP_KEY_LEN];
	bt_addr_le_t made;
	int err = make_addr(id, addr, &made);

	if (err != 0) {
		return err;
	}
	if (is_given(irk)) {
		memcpy(key, irk, sizeof(key));
	} else if (crypto__random(key, sizeof(key)) != 0) {
		return -EIO;
	}
	err = id__put(host, number, &made, key);
	if (err == 0) {
		id->irk_preset[number] = !id->loaded && is_given(irk);
		if (addr != NULL) {
			bt_addr_le_copy(addr, &made);
		}
		if (irk != NULL) {
			memcpy(irk, key, sizeof(key));
		}
	}
	crypto__wipe(key, sizeof(key));
	return err != 0 ? err : number;
}

int bt_id_create(bt_addr_le_t *addr, uint8_t *irk)
{
	struct bt_host *host = fav_host_current();
	struct id *id = host__id(host);

	if (id->count == ARRAY_SIZE(id->identities)) {
		bt_addr_le_t made;
		int err = make_addr(id, addr, &made);

		return err != 0 ? err : -ENOMEM;
	}
	return make(host, id->count, addr, irk);
}

static int may_change(struct bt_host *host, uint8_t number)
{
	if (number == BT_ID_DEFAULT || number >= host__id(host)->count) {
		return -EINVAL;
	}
	return own_addr__uses(host, number) ? -EBUSY : 0;
}

/* Its links end and its bonds go. */
static int forget(struct bt_host *host, uint8_t number)
{
	return id__addr(host__id(host), number) != NULL ? bt_unpair(number, NULL) : 0;
}

int bt_id_reset(uint8_t number, bt_addr_le_t *addr, uint8_t *irk)
{
	struct bt_host *host = fav_host_current();
	bt_addr_le_t made;
	int err = may_change(host, number);

	if (err == 0) {
		err = make_addr(host__id(host), addr, &made);
	}
	if (err == 0) {
		err = forget(host, number);
	}
	return err != 0 ? err : make(host, number, addr, irk);
}

int bt_id_delete(uint8_t number)
{
	struct bt_host *host = fav_host_current();
	int err = may_change(host, number);

	if (err != 0) {
		return err;
	}
	if (id__addr(host__id(host), number) == NULL) {
		return -EALREADY;
	}
	err = forget(host, number);
	return err != 0 ? err : id__delete(host, number);
}
