/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_KEYS_H_
#define FAV_HOST_KEYS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>

#include "smp_crypto.h"

/*
 * Bonds: the keys of the peers we are bonded with, by our identity and theirs. Core 6.0 Vol 3
 * Part H 2.4.
 *
 * A bond enters whole, when all keys have been exchanged, and leaves whole: there is no half a
 * bond. The table is in memory and survives bt_disable(); a store that survives the process
 * registers itself with keys__store_register(), is told of each change, and puts back what it has
 * with keys__restore().
 */

/* Which keys a bond has. */
#define KEYS_PEER_LTK   BIT(0) /* legacy: the peer's, for links where we are central */
#define KEYS_LOCAL_LTK  BIT(1) /* legacy: ours, for links where we are peripheral */
#define KEYS_SC_LTK     BIT(2) /* Secure Connections: for both roles, in peer_ltk */
#define KEYS_PEER_IRK   BIT(3)
#define KEYS_PEER_CSRK  BIT(4)
#define KEYS_LOCAL_CSRK BIT(5)

/* How they came about. */
#define KEYS_AUTHENTICATED BIT(0) /* protected against a man in the middle */
#define KEYS_SC            BIT(1)
#define KEYS_OOB           BIT(2)
/* And: its peer must use private addresses, bt_le_set_privacy_mode(). */
#define KEYS_NETWORK_PRIVACY BIT(3)

struct keys_ltk {
	uint8_t rand[8];
	uint16_t ediv;
	uint8_t value[SMP_KEY_LEN];
};

struct keys_bond {
	uint8_t id;        /* Our identity. */
	bt_addr_le_t addr; /* The peer's identity address. */
	uint8_t has;       /* KEYS_*; 0: the place is free. */
	uint8_t flags;
	uint8_t key_size; /* Bytes of the LTKs, 7 to 16. */
	uint32_t age;     /* Of the last use: larger is later. */
	uint32_t serial;  /* Another one for each bond and each change of it; not 0. Not kept. */
	struct keys_ltk peer_ltk, local_ltk;
	uint8_t irk[SMP_KEY_LEN];
	uint8_t peer_csrk[SMP_KEY_LEN], local_csrk[SMP_KEY_LEN];
	/* smp_sign.c: the counters that come next; whether they are those of the settings. */
	bool sign_known;
	uint32_t local_sign, peer_sign;
};

/* A store behind the table. */
struct keys_store {
	/* The bond is new or has changed. Returns 0, or a negative errno: then the pairing fails,
	 * and the bond of before stays. */
	int (*save)(struct bt_host *host, const struct keys_bond *bond);
	/* Forget it. Returns 0 also when there is none, or a negative errno: then the bond stays.
	 */
	int (*erase)(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr);
};

struct fav_bond_keeper;

/* In the host; survives disable. */
struct keys {
	struct bt_host *host;
	const struct keys_store *store;
	const struct fav_bond_keeper *keeper; /* of keys_keeper.c */
	bool evict_oldest;                    /* CONFIG_BT_KEYS_OVERWRITE_OLDEST */
	uint32_t clock;
	uint32_t serial;                       /* Of the last change. */
	bool network_privacy;                  /* A bond has it: what each report asks. */
	void (*changed)(struct bt_host *host); /* NULL: nobody asks. After each change. */
	struct keys_bond bonds[CONFIG_BT_MAX_PAIRED];
};

void keys__init(struct keys *keys, struct bt_host *host);
/* NULL: none. store stays the caller's. */
void keys__store_register(struct keys *keys, const struct keys_store *store);

/* The bond with a peer, NULL when there is none; valid until the next change. */
struct keys_bond *keys__find(struct keys *keys, uint8_t id, const bt_addr_le_t *addr);
/* The bond whose IRK made this resolvable private address; NULL: none. */
struct keys_bond *keys__resolve(struct keys *keys, uint8_t id, const bt_addr_le_t *rpa);
/* The next bond with identity id behind `after` (NULL: the first); NULL: no more. */
struct keys_bond *keys__next(struct keys *keys, uint8_t id, const struct keys_bond *after);

/* Whether there would be a place for that peer. in_use says which bonds may not be evicted. */
bool keys__has_place(struct keys *keys, const struct keys_bond *bond,
		     bool (*in_use)(struct bt_host *host, const struct keys_bond *bond));
/* Put a bond into the table, in the place of an older one with the same peer. -ENOMEM: no place.
 * Else what the store said; then nothing has changed. evicted (may be NULL): receives whose bond
 * gave way; its has is 0 when none did. */
int keys__commit(struct keys *keys, const struct keys_bond *bond,
		 bool (*in_use)(struct bt_host *host, const struct keys_bond *bond),
		 struct keys_bond *evicted);
/* Wipe the table; the store is not told. */
void keys__wipe(struct keys *keys);
/* The same as keys__commit() for a bond that comes from the store, which is not told, with the age
 * that it has. Of more than there is room for, the oldest go, from the store as well, where
 * evict_oldest says so; else -ENOMEM. */
int keys__restore(struct keys *keys, const struct keys_bond *bond);
/* Forget a bond, in the store and then in the table, where it is wiped. What the store said; on an
 * error the bond stays, for what comes back after a restart is not gone. */
int keys__remove(struct keys *keys, struct keys_bond *bond);
/* Whoever has a copy of the bonds of identity id makes it anew. */
void keys__renumber(struct keys *keys, uint8_t id);
/* It was used now. */
void keys__touch(struct keys *keys, struct keys_bond *bond);

/* The security that a link encrypted with these keys has. */
bt_security_t keys__level(uint8_t flags, uint8_t key_size);

#endif
