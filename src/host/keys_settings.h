/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_KEYS_SETTINGS_H_
#define FAV_HOST_KEYS_SETTINGS_H_

#include <stdbool.h>

#include <favonius/host.h>

/*
 * Bonds in the settings: one value each, named as Zephyr names it, bt/keys/AAAAAAAAAAAAT[/I] with
 * the peer's identity address, its type, and our identity unless that is 0. So a bond is saved and
 * forgotten in one step, and comes back with settings_load().
 */

/* At bt_enable(): where the host keeps things in settings, and nobody else keeps its bonds, keep
 * them there. */
int keys_settings__enable(struct bt_host *host);

#endif
