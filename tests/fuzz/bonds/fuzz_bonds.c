/* SPDX-License-Identifier: Apache-2.0 */

/* Byte 0 chooses what the rest is: a bond as a program keeps it; the identities in the settings; or
 * a bond in the settings, its name up to the first zero. Whatever it is: what the host has then is
 * valid, and what it has taken it gives back.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/bonds.h>
#include <favonius/host.h>
#include <favonius/loop.h>
#include <favonius/settings.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/logging/log_ctrl.h>
#include <zephyr/sys/util.h>

#include "host/host.h"
#include "host/id.h"
#include "host/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bt_host *host;
static struct fav_settings settings;
static struct fav_settings_ram ram;
static uint8_t saved[FAV_BOND_LEN];
static unsigned int saves, erases;

static void need(bool what)
{
	if (!what) {
		abort();
	}
}

static int save(struct bt_host *on, const uint8_t *key, const uint8_t *bond)
{
	memcpy(saved, bond, sizeof(saved));
	saves++;
	return 0;
}

static int erase(struct bt_host *on, const uint8_t *key)
{
	erases++;
	return 0;
}

static const struct fav_bond_keeper keeper = {.save = save, .erase = erase};

/* ---- What the host has ---- */

static void check_identities(void)
{
	bt_addr_le_t addrs[CONFIG_BT_ID_MAX];
	size_t count = ARRAY_SIZE(addrs);
	uint8_t irk[16];

	bt_id_get(addrs, &count);
	need(count > 0 && !bt_addr_le_eq(&addrs[0], BT_ADDR_LE_ANY));
	for (uint8_t i = 0; i < count; i++) {
		bool there = !bt_addr_le_eq(&addrs[i], BT_ADDR_LE_ANY);

		need(!there || bt_addr_le_is_identity(&addrs[i]));
		need((fav_id_irk_get(host, i, irk) == 0) == there);
	}
}

static unsigned int check_bonds(void)
{
	unsigned int count = 0;

	for (uint8_t id = 0; id < CONFIG_BT_ID_MAX; id++) {
		struct keys_bond *bond = NULL;

		while ((bond = keys__next(host__keys(host), id, bond)) != NULL) {
			need(bt_addr_le_is_identity(&bond->addr) && bond->has != 0);
			need(bond->key_size >= 7 && bond->key_size <= 16);
			count++;
		}
	}
	return count;
}

/* ---- Inputs ---- */

static void a_kept_bond(const uint8_t *data, size_t size)
{
	struct keys_bond *bond;
	bt_addr_le_t peer;

	need(fav_bonds_keep(host, &keeper) == 0);
	if (fav_bonds_restore(host, data, size) != 0) {
		need(check_bonds() == 0);
		return;
	}
	need(check_bonds() == 1 && size == FAV_BOND_LEN);
	/* What was read is what would be kept, but for the age. */
	bond = keys__next(host__keys(host), 0, NULL);
	need(bond != NULL && keys__commit(host__keys(host), bond, NULL, NULL) == 0);
	need(saves == 1 && memcmp(saved, data, FAV_BOND_KEY_LEN + 4) == 0);
	need(memcmp(&saved[FAV_BOND_KEY_LEN + 8], &data[FAV_BOND_KEY_LEN + 8],
		    FAV_BOND_LEN - FAV_BOND_KEY_LEN - 8) == 0);
	peer = bond->addr;
	need(bt_unpair(0, &peer) == 0 && erases == 1 && check_bonds() == 0);
}

static void kept_identities(const uint8_t *data, size_t size)
{
	size_t half = size / 2;

	if (half > 0) {
		need(settings_save_one("bt/id", data, MIN(half, SETTINGS_MAX_VAL_LEN)) == 0);
		need(settings_save_one("bt/irk", &data[half],
				       MIN(size - half, SETTINGS_MAX_VAL_LEN)) == 0);
	}
	if (id_settings__load(host)) {
		need(id_settings__save(host) == 0);
	}
}

static void a_bond_in_the_settings(const uint8_t *data, size_t size)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];
	size_t len = strnlen((const char *)data, MIN(size, 32));

	(void)snprintf(name, sizeof(name), "bt/keys/%.*s", (int)len, (const char *)data);
	size -= MIN(size, len + 1);
	if (size > 0 && size <= SETTINGS_MAX_VAL_LEN) {
		(void)settings_runtime_set(name, &data[len + 1], size);
	}
	need(check_bonds() <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bt_addr_le_t addr = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};

	if (size == 0) {
		return 0;
	}
	(void)fav_log_levels_set("off");
	fav_sim_reset(1);
	need(fav_kernel_init(&fav_port_sim) == 0);
	saves = erases = 0;
	fav_settings_ram_init(&ram);
	fav_settings_select(&settings);
	settings_src_register(&ram.store);
	settings_dst_register(&ram.store);
	host = fav_host_create();
	need(host != NULL);
	fav_host_select(host);
	fav_host_settings_set(host, &settings);
	need(bt_id_create(&addr, NULL) == 0);
	switch (data[0] % 3) {
	case 0:
		a_kept_bond(data + 1, size - 1);
		break;
	case 1:
		kept_identities(data + 1, size - 1);
		break;
	default:
		a_bond_in_the_settings(data + 1, size - 1);
	}
	check_identities();
	need(fav_host_destroy(host) == 0);
	fav_settings_reset(&settings);
	fav_settings_ram_close(&ram);
	fav_settings_select(NULL);
	return 0;
}
