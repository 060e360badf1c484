/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "crypto/crypto.h"
#include "hci_core.h"
#include "host.h"
#include "id.h"
#include "own_addr.h"
#include "privacy.h"
#include "quiet.h"

LOG_MODULE_REGISTER(bt_privacy);

/* A private address is used for minutes: one heard this long ago is most likely still there, unless
 * its device has begun anew meanwhile. */
#define RECALL_MS 5000

void privacy__init(struct privacy *privacy, struct bt_host *host)
{
	*privacy = (struct privacy){.host = host};
}

/* ---- Whose address it is ---- */

bool privacy__is_listed(struct bt_host *host, const struct keys_bond *bond)
{
	const struct privacy *privacy = host__privacy(host);

	for (size_t i = 0; privacy->resolving && i < ARRAY_SIZE(privacy->entries); i++) {
		if (privacy->entries[i].serial == bond->serial) {
			return true;
		}
	}
	return false;
}

static struct keys_bond *of_serial(struct keys *keys, uint8_t id, uint32_t serial)
{
	struct keys_bond *bond = NULL;

	while ((bond = keys__next(keys, id, bond)) != NULL) {
		if (bond->serial == serial) {
			return bond;
		}
	}
	return NULL;
}

static struct keys_bond *resolve(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	struct privacy *privacy = host__privacy(host);
	struct keys *keys = host__keys(host);
	struct keys_bond *bond;

	if (privacy->keys_serial != keys->serial) {
		memset(privacy->cache, 0, sizeof(privacy->cache));
		privacy->keys_serial = keys->serial;
	}
	for (size_t i = 0; i < PRIVACY_CACHE; i++) {
		const struct privacy_seen *seen = &privacy->cache[i];

		if (seen->id == id && bt_addr_le_eq(&seen->addr, addr)) {
			return seen->serial != 0 ? of_serial(keys, id, seen->serial) : NULL;
		}
	}
	bond = keys__resolve(keys, id, addr);
	privacy->cache[privacy->next] = (struct privacy_seen){
		.addr = *addr, .id = id, .serial = bond != NULL ? bond->serial : 0};
	privacy->next = (uint8_t)((privacy->next + 1) % PRIVACY_CACHE);
	return bond;
}

struct keys_bond *privacy__bond(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	if (bt_addr_le_is_rpa(addr)) {
		return resolve(host, id, addr);
	}
	return keys__find(host__keys(host), id, addr);
}

static size_t place_of(struct bt_host *host, const struct keys_bond *bond)
{
	return (size_t)(bond - host__keys(host)->bonds);
}

void privacy__heard(struct bt_host *host, const struct keys_bond *bond, const bt_addr_t *addr)
{
	struct privacy *privacy = host__privacy(host);
	size_t i = place_of(host, bond);

	privacy->heard[i].serial = bond->serial;
	privacy->heard[i].at_ms = k_uptime_get();
	bt_addr_copy(&privacy->heard[i].addr, addr);
}

void privacy__linked(struct bt_host *host, const struct keys_bond *bond)
{
	host__privacy(host)->heard[place_of(host, bond)].serial = 0;
}

bool privacy__recall(struct bt_host *host, const struct keys_bond *bond, bt_addr_le_t *addr)
{
	const struct privacy *privacy = host__privacy(host);
	size_t i = place_of(host, bond);

	if (privacy->heard[i].serial != bond->serial ||
	    k_uptime_get() - privacy->heard[i].at_ms > RECALL_MS) {
		return false;
	}
	addr->type = BT_ADDR_LE_RANDOM;
	bt_addr_copy(&addr->a, &privacy->heard[i].addr);
	return true;
}

bool privacy__allows(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr, bool by_controller)
{
	const struct keys_bond *bond;

	if (by_controller || !host__keys(host)->network_privacy || bt_addr_le_is_rpa(addr)) {
		return true;
	}
	bond = keys__find(host__keys(host), id, addr);
	return bond == NULL || (bond->has & KEYS_PEER_IRK) == 0 ||
	       (bond->flags & KEYS_NETWORK_PRIVACY) == 0;
}

/* ---- The controller's list ---- */

/* The list has one entry for an address, and one for a key (Core 6.0 Vol 4 Part E 7.8.38). */
static bool is_taken(const struct keys_bond *const *chosen, size_t count,
		     const struct keys_bond *bond)
{
	for (size_t i = 0; i < count; i++) {
		if (bt_addr_le_eq(&chosen[i]->addr, &bond->addr) ||
		    crypto__compare(chosen[i]->irk, bond->irk, SMP_KEY_LEN) == 0) {
			return true;
		}
	}
	return false;
}

/* The bonds that were used last, of those that the list can hold beside one another. */
static size_t choose(struct keys *keys, const struct keys_bond **chosen, size_t max)
{
	size_t count = 0;

	while (count < max) {
		const struct keys_bond *best = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(keys->bonds); i++) {
			const struct keys_bond *bond = &keys->bonds[i];

			if ((bond->has & KEYS_PEER_IRK) != 0 &&
			    (best == NULL || bond->age > best->age) &&
			    !is_taken(chosen, count, bond)) {
				best = bond;
			}
		}
		if (best == NULL) {
			break;
		}
		chosen[count++] = best;
	}
	return count;
}

static bool is_private(struct bt_host *host)
{
	return host__own_addrs(host)->policy == FAV_OWN_ADDR_RPA;
}

static struct privacy_entry *entry_of(struct privacy *privacy, uint32_t serial)
{
	for (size_t i = 0; i < ARRAY_SIZE(privacy->entries); i++) {
		if (privacy->entries[i].serial == serial) {
			return &privacy->entries[i];
		}
	}
	return NULL;
}

static bool is_right(struct privacy *privacy, const struct keys_bond *const *chosen, size_t count)
{
	size_t listed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(privacy->entries); i++) {
		listed += privacy->entries[i].serial != 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct privacy_entry *entry = entry_of(privacy, chosen[i]->serial);

		if (entry == NULL || entry->with_local != is_private(privacy->host)) {
			return false;
		}
	}
	return listed == count;
}

static int resolving_set(struct privacy *privacy, bool on)
{
	const struct bt_hci_cp_le_set_addr_res_enable cp = {.enable = on ? BT_HCI_ADDR_RES_ENABLE
									 : BT_HCI_ADDR_RES_DISABLE};
	int err = 0;

	if (privacy->resolving != on) {
		err = hci__cmd_sync(host__hci(privacy->host), BT_HCI_OP_LE_SET_ADDR_RES_ENABLE, &cp,
				    sizeof(cp));
	}
	if (err == 0) {
		privacy->resolving = on;
	}
	return err;
}

static int entry_remove(struct privacy *privacy, struct privacy_entry *entry)
{
	struct bt_hci_cp_le_rem_dev_from_rl cp = {.peer_id_addr = entry->addr};
	int err = hci__cmd_sync(host__hci(privacy->host), BT_HCI_OP_LE_REM_DEV_FROM_RL, &cp,
				sizeof(cp));

	if (err == 0) {
		*entry = (struct privacy_entry){.serial = 0};
	}
	return err;
}

static bool is_chosen(const struct keys_bond *const *chosen, size_t count, uint32_t serial)
{
	for (size_t i = 0; i < count; i++) {
		if (chosen[i]->serial == serial) {
			return true;
		}
	}
	return false;
}

static int remove_others(struct privacy *privacy, const struct keys_bond *const *chosen,
			 size_t count)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(privacy->entries); i++) {
		struct privacy_entry *entry = &privacy->entries[i];

		if (entry->serial != 0 && (!is_chosen(chosen, count, entry->serial) ||
					   entry->with_local != is_private(privacy->host))) {
			err = entry_remove(privacy, entry);
		}
	}
	return err;
}

/* Without this command a controller behaves as in device mode before 5.0. */
static int mode_set(struct privacy *privacy, const struct keys_bond *bond)
{
	struct bt_hci_cp_le_set_privacy_mode cp = {
		.id_addr = bond->addr,
		.mode = (bond->flags & KEYS_NETWORK_PRIVACY) != 0 ? BT_HCI_LE_PRIVACY_MODE_NETWORK
								  : BT_HCI_LE_PRIVACY_MODE_DEVICE,
	};

	if (!hci__has_command(host__hci(privacy->host), 39, 2)) {
		return 0;
	}
	return hci__cmd_sync(host__hci(privacy->host), BT_HCI_OP_LE_SET_PRIVACY_MODE, &cp,
			     sizeof(cp));
}

static int entry_add(struct privacy *privacy, const struct keys_bond *bond)
{
	struct bt_host *host = privacy->host;
	struct privacy_entry *entry = entry_of(privacy, 0);
	struct bt_hci_cp_le_add_dev_to_rl cp = {.peer_id_addr = bond->addr};
	const uint8_t *irk = id__irk(host__id(host), bond->id);
	bool with_local = is_private(host);
	int err;

	if (entry == NULL || irk == NULL || bond->serial == 0) {
		return -ENOENT;
	}
	memcpy(cp.peer_irk, bond->irk, sizeof(cp.peer_irk));
	if (with_local) {
		memcpy(cp.local_irk, irk, sizeof(cp.local_irk));
	}
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_ADD_DEV_TO_RL, &cp, sizeof(cp));
	crypto__wipe(&cp, sizeof(cp));
	if (err == 0) {
		*entry = (struct privacy_entry){
			.addr = bond->addr, .serial = bond->serial, .with_local = with_local};
		err = mode_set(privacy, bond);
	}
	return err;
}

static int add_missing(struct privacy *privacy, const struct keys_bond *const *chosen, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int err = 0;

		if (entry_of(privacy, chosen[i]->serial) == NULL) {
			err = entry_add(privacy, chosen[i]);
		}
		if (err == -ENODEV || err == -ETIMEDOUT) {
			return err;
		}
		if (err != 0) {
			LOG_WRN("a peer is not in the controller's resolving list: %d", err);
		}
	}
	return 0;
}

static int change(struct privacy *privacy, const struct keys_bond *const *chosen, size_t count)
{
	int err = resolving_set(privacy, false);

	if (err == 0) {
		err = remove_others(privacy, chosen, count);
	}
	if (err == 0) {
		err = add_missing(privacy, chosen, count);
	}
	return err == 0 && count > 0 ? resolving_set(privacy, true) : err;
}

/* What is in the list is not known any more. */
static void give_up(struct privacy *privacy, int err)
{
	LOG_ERR("the controller's resolving list fails, addresses are resolved here: %d", err);
	privacy->in_controller = false;
	privacy->resolving = false;
	memset(privacy->entries, 0, sizeof(privacy->entries));
	(void)hci__cmd_sync(host__hci(privacy->host), BT_HCI_OP_LE_CLEAR_RL, NULL, 0);
}

static size_t choose_for(struct privacy *privacy, const struct keys_bond **chosen)
{
	return choose(host__keys(privacy->host), chosen, MIN(privacy->size, CONFIG_BT_MAX_PAIRED));
}

static bool is_needed(struct bt_host *host)
{
	struct privacy *privacy = host__privacy(host);
	const struct keys_bond *chosen[CONFIG_BT_MAX_PAIRED];

	return privacy->in_controller && !is_right(privacy, chosen, choose_for(privacy, chosen));
}

static void sync(struct bt_host *host)
{
	struct privacy *privacy = host__privacy(host);
	const struct keys_bond *chosen[CONFIG_BT_MAX_PAIRED];
	int err = change(privacy, chosen, choose_for(privacy, chosen));

	if (err != 0 && err != -ENODEV) {
		give_up(privacy, err);
	}
}

static const struct quiet_task task = {.is_needed = is_needed, .run = sync};

/* ---- With the host ---- */

static bool controller_can(struct hci_core *hci)
{
	return hci__has_le_feature(hci, BT_LE_FEAT_BIT_PRIVACY) && hci__has_command(hci, 34, 3) &&
	       hci__has_command(hci, 34, 4) && hci__has_command(hci, 34, 5) &&
	       hci__has_command(hci, 34, 6) && hci__has_command(hci, 35, 1);
}

static int read_size(struct privacy *privacy)
{
	struct bt_hci_rp_le_read_rl_size rp;
	int err = hci__cmd_read(host__hci(privacy->host), BT_HCI_OP_LE_READ_RL_SIZE, NULL, 0, &rp,
				sizeof(rp));

	if (err == 0) {
		privacy->size = rp.rl_size;
		privacy->in_controller = rp.rl_size > 0;
	}
	return err;
}

static void bonds_changed(struct bt_host *host)
{
	quiet__want(host, QUIET_LIST);
}

int privacy__enable(struct bt_host *host)
{
	struct privacy *privacy = host__privacy(host);
	int err = 0;

	privacy__init(privacy, host);
	host__keys(host)->changed = bonds_changed;
	quiet__task_register(host, QUIET_LIST, &task);
	if (controller_can(host__hci(host))) {
		err = read_size(privacy);
	}
	if (err == 0 && is_needed(host)) {
		/* The controller was reset: nothing runs, its list is empty. */
		sync(host);
	}
	return hci__is_open(host__hci(host)) ? err : -ENODEV;
}

void privacy__disable(struct bt_host *host)
{
	host__keys(host)->changed = NULL;
}

/* ---- The application's ---- */

int bt_le_set_privacy_mode(uint8_t id, const bt_addr_le_t *addr, enum bt_le_privacy_mode mode)
{
	struct keys *keys = host__keys(fav_host_current());
	struct keys_bond *bond;
	struct keys_bond changed;
	int err;

	if (addr == NULL || mode > BT_LE_PRIVACY_MODE_DEVICE) {
		return -EINVAL;
	}
	bond = keys__find(keys, id, addr);
	if (bond == NULL) {
		return -ENOENT;
	}
	changed = *bond;
	changed.flags &= (uint8_t)~KEYS_NETWORK_PRIVACY;
	changed.flags |= mode == BT_LE_PRIVACY_MODE_NETWORK ? KEYS_NETWORK_PRIVACY : 0;
	err = changed.flags != bond->flags ? keys__commit(keys, &changed, NULL, NULL) : 0;
	crypto__wipe(&changed, sizeof(changed));
	return err;
}
