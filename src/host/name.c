/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "host.h"
#include "name.h"

BUILD_ASSERT(sizeof(CONFIG_BT_DEVICE_NAME) <= CONFIG_BT_DEVICE_NAME_MAX + 1);
BUILD_ASSERT(CONFIG_BT_DEVICE_NAME_MAX <= BT_GAP_DEVICE_NAME_MAX);

void name__init(struct name *name)
{
	memcpy(name->name, CONFIG_BT_DEVICE_NAME, sizeof(CONFIG_BT_DEVICE_NAME));
	name->appearance = CONFIG_BT_DEVICE_APPEARANCE;
}

int bt_set_name(const char *name)
{
	size_t len;

	if (name == NULL) {
		return -EINVAL;
	}
	len = strlen(name);
	if (len > CONFIG_BT_DEVICE_NAME_MAX) {
		return -ENOMEM;
	}
	memmove(host__name(fav_host_current())->name, name, len + 1);
	return 0;
}

const char *bt_get_name(void)
{
	return host__name(fav_host_current())->name;
}

uint16_t bt_get_appearance(void)
{
	return host__name(fav_host_current())->appearance;
}

int bt_set_appearance(uint16_t new_appearance)
{
	host__name(fav_host_current())->appearance = new_appearance;
	return 0;
}
