/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ID_H_
#define FAV_HOST_ID_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

#include "smp_crypto.h"

/*
 * Identities: our addresses by which peers know us, each with the key that makes its private
 * addresses. Core 6.0 Vol 3 Part C 10.7, 10.8.
 *
 * Where the host keeps things (persist.h) they are in two values, as Zephyr names them: bt/id, the
 * addresses, and bt/irk, the keys. They are read at the first enable. A key is saved before its
 * address is, and an identity's bonds are gone before either changes: so a power cut leaves
 * an address with the key that its bonded peers know, or one that nobody knows.
 */

/* In the host; survives disable. */
struct id {
	bt_addr_le_t identities[CONFIG_BT_ID_MAX]; /* BT_ADDR_LE_ANY: deleted. */
	uint8_t irks[CONFIG_BT_ID_MAX][SMP_KEY_LEN];
	bool irk_preset[CONFIG_BT_ID_MAX]; /* by the application, before the first enable */
	uint8_t count;
	bool loaded;
};

void id__init(struct id *id, struct bt_host *host);
int id__enable(struct bt_host *host);

/* The address of an identity, NULL when there is none of that number. */
const bt_addr_le_t *id__addr(const struct id *id, uint8_t number);
/* Its key, which is there when the address is. */
const uint8_t *id__irk(const struct id *id, uint8_t number);

/* Make identity `number`, of those there are or the next, what these say, and save it. On an error
 * of the store all is as before. */
int id__put(struct bt_host *host, uint8_t number, const bt_addr_le_t *addr,
	    const uint8_t irk[SMP_KEY_LEN]);
/* Delete it; its bonds are gone already. The same errors. */
int id__delete(struct bt_host *host, uint8_t number);
/* The host keeps things in another place from now on: put there what is not there yet. */
void id__moved(struct bt_host *host);

/* ---- id_settings.c ---- */

/* What is kept becomes what is there, beside what the application has made already. False: none is
 * kept, or not this. */
bool id_settings__load(struct bt_host *host);
/* Save all. As settings_save_one(). */
int id_settings__save(struct bt_host *host);

#endif
