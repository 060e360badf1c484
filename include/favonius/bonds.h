/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_BONDS_H_
#define FAVONIUS_BONDS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

/** @file
 * Bonds kept by the program, where the settings are not the place for them, and the keys of
 * identities. Zephyr has neither; its own calls for bonds are in zephyr/bluetooth/bluetooth.h.
 *
 * A bond is bytes here: how they come about is the host's matter, and the same for each host and
 * machine. They are secrets: who has them can read and impersonate.
 */

/** Bytes of the name of a bond: our identity's address and the peer's, each its type and then its
 * six bytes, least significant first. */
#define FAV_BOND_KEY_LEN 14
/** Bytes of a bond, of which the first FAV_BOND_KEY_LEN are its name again. */
#define FAV_BOND_LEN 122

/** Who keeps bonds. Both functions are called in the middle of the host's work: they may call
 * nothing of Bluetooth but what reads. Thread level.
 */
struct fav_bond_keeper {
	/** Keep a bond, in place of the one with that name.
	 * @param key   FAV_BOND_KEY_LEN bytes, valid until the function returns.
	 * @param bond  FAV_BOND_LEN bytes, valid until the function returns.
	 * @return 0, or a negative errno: then the pairing that made it fails, and the bond of
	 * before stays.
	 */
	int (*save)(struct bt_host *host, const uint8_t *key, const uint8_t *bond);
	/** Forget one.
	 * @return 0, also when there is none, or a negative errno: then the bond stays, and
	 *         bt_unpair() returns it.
	 */
	int (*erase)(struct bt_host *host, const uint8_t *key);
};

/** Have @p keeper keep the bonds of @p host from now on, instead of the settings. What the host has
 * in memory is forgotten, and stays with who kept it before: fav_bonds_restore() brings bonds back.
 * @param keeper  Stays the caller's, and must stay valid until the next call. NULL: nobody keeps
 *                them, until the next bt_enable() of a host that has settings.
 * @retval 0       Set.
 * @retval -EBUSY  The host has links.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part C 9.4.
 */
int fav_bonds_keep(struct bt_host *host, const struct fav_bond_keeper *keeper);

/** Put a bond back that fav_bond_keeper.save got. One that the host has with that peer stays.
 * @param bond  Bytes; whatever they are.
 * @param len   How many.
 * @retval 0        It is there.
 * @retval -EINVAL  Not a bond, or of an identity that the host does not have.
 * @retval -ENOMEM  CONFIG_BT_MAX_PAIRED are there.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part C 9.4.
 */
int fav_bonds_restore(struct bt_host *host, const void *bond, size_t len);

/** @return Whether identity @p id of @p host is bonded with @p peer, an identity address.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part C 9.4.
 */
bool fav_bonds_has(struct bt_host *host, uint8_t id, const bt_addr_le_t *peer);

/** Read the key of an identity's resolvable private addresses.
 * @param irk  Receives 16 bytes, least significant first.
 * @retval 0        Read.
 * @retval -EINVAL  There is no such identity.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.4.2.1.
 */
int fav_id_irk_get(struct bt_host *host, uint8_t id, uint8_t irk[16]);

/** Set it, for a program that keeps it itself; peers that are bonded know the old one.
 * @param irk  16 bytes, least significant first.
 * @retval 0        Set; private addresses are made with it from the next start on.
 * @retval -EINVAL  There is no such identity, or @p irk is all zeros.
 * @retval -errno   It cannot be saved, as settings_save_one(): it is as before.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.4.2.1.
 */
int fav_id_irk_set(struct bt_host *host, uint8_t id, const uint8_t irk[16]);

#endif
