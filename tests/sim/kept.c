/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/settings/settings.h>

struct kept kept[DEVICES];

static struct sim *devices;

static void open_settings(size_t i)
{
	fav_settings_select(&kept[i].settings);
	settings_src_register(&kept[i].ram.store);
	settings_dst_register(&kept[i].ram.store);
	sim_on(devices, i);
	fav_host_settings_set(devices->dev[i].host, &kept[i].settings);
}

static void choose(size_t i)
{
	sim_on(devices, i);
	assert_int_equal(
		0, fav_host_own_addr_set(devices->dev[i].host, BT_ID_DEFAULT, kept[i].policy));
}

void kept_begin(struct sim *sim, enum fav_own_addr policy)
{
	devices = sim;
	secure_begin(sim);
	for (size_t i = 0; i < DEVICES; i++) {
		kept[i] = (struct kept){.policy = policy};
		fav_settings_ram_init(&kept[i].ram);
		open_settings(i);
		choose(i);
	}
}

void kept_end(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		sim_on(devices, i);
		assert_int_equal(0, bt_disable());
		fav_settings_reset(&kept[i].settings);
		fav_settings_ram_close(&kept[i].ram);
	}
	fav_settings_select(NULL);
	secure_end();
}

/* Another host in the place of i's, which is disabled; with its settings, not loaded. */
static void remake(size_t i)
{
	struct sim_device *dev = &devices->dev[i];

	secure_forget(i);
	peers_forget(devices, i);
	assert_int_equal(0, fav_host_destroy(dev->host));
	fav_settings_reset(&kept[i].settings);
	dev->host = fav_host_create();
	assert_non_null(dev->host);
	assert_int_equal(0, fav_host_hci_set(dev->host, dev->hci));
	open_settings(i);
	assert_int_equal(0, bt_enable(NULL));
	peers_remember(devices, i);
	secure_remember(i);
}

void kept_kill(size_t i)
{
	fav_air_power_off(devices->air, devices->dev[i].hci);
	kept_restart(i);
	assert_int_equal(0, settings_load());
	choose(i);
}

void kept_restart(size_t i)
{
	sim_on(devices, i);
	assert_int_equal(0, bt_disable());
	remake(i);
}

void kept_forget_told(void)
{
	memset(told, 0, sizeof(told));
}
