/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_NAME_H_
#define FAV_HOST_NAME_H_

#include <stdint.h>

/* The device name and appearance; in the host, surviving disable. */
struct name {
	char name[CONFIG_BT_DEVICE_NAME_MAX + 1];
	uint16_t appearance;
};

void name__init(struct name *name);

#endif
