/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_AIR_INTERNAL_H_
#define FAV_AIR_AIR_INTERNAL_H_

#include <stdint.h>

#include <favonius/air.h>
#include <zephyr/sys/dlist.h>

#include "air/medium.h"
#include "controller/controller.h"

/* An air and its devices. Freed by fav_air_destroy(). */
struct fav_air {
	struct medium medium;
	sys_dlist_t devices;               /* of struct air_device */
	struct fav_air_scenario *scenario; /* NULL: none */
	uint64_t seed;
	const bt_addr_t *addrs; /* the choice of who made the air, for devices without a wish */
	size_t addr_count;
	uint32_t device_count;
	uint32_t devices_made; /* number of the last one */
	fav_air_key_t on_key;  /* NULL: nobody asks */
	void *on_key_ctx;
	uint64_t reports_dropped; /* of devices that are gone */
};

/* One device. Freed by fav_air_remove(), or with its air. */
struct air_device {
	struct medium_node node;
	sys_dnode_t listed;
	struct fav_controller *ctl;
	char name[32];
};

/* Free the losses that were set for what the device hears, and for what others hear of it. */
void link_loss__forget(struct air_device *device);

/* The public address of the device that hci leads to; valid until that is removed. */
const bt_addr_t *air__public_addr(struct fav_hci *hci);

void jammer__remove_all(struct fav_air *air);

#endif
