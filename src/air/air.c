/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <zephyr/sys/util.h>

#include "air/air_internal.h"
#include "air/scenario.h"

#define ACL_COUNT_DEFAULT 16
#define ACL_LEN_MIN       27
#define ACL_LEN_MAX       251

struct fav_air *fav_air_create(const struct fav_air_config *config)
{
	struct fav_air *air = calloc(1, sizeof(*air));

	if (air == NULL) {
		return NULL;
	}
	sys_dlist_init(&air->devices);
	if (config != NULL) {
		air->seed = config->seed;
		air->addrs = config->addrs;
		air->addr_count = config->addrs != NULL ? config->addr_count : 0;
	}
	medium__init(&air->medium, air->seed);
	return air;
}

static void device_free(struct air_device *device)
{
	struct fav_air *air = device->node.air;

	air->reports_dropped += ctl__reports_dropped(device->ctl);
	ctl__destroy(device->ctl);
	scenario__removed(device);
	link_loss__forget(device);
	medium__node_remove(&device->node);
	sys_dlist_remove(&device->listed);
	air->device_count--;
	free(device);
}

void fav_air_destroy(struct fav_air *air)
{
	struct air_device *device, *next;

	if (air == NULL) {
		return;
	}
	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&air->devices, device, next, listed) {
		device_free(device);
	}
	scenario__free(air->scenario);
	jammer__remove_all(air);
	free(air);
}

static bool address_taken(struct fav_air *air, const bt_addr_t *addr)
{
	struct air_device *device;

	SYS_DLIST_FOR_EACH_CONTAINER(&air->devices, device, listed) {
		if (bt_addr_eq(ctl__public_addr(device->ctl), addr)) {
			return true;
		}
	}
	return false;
}

const bt_addr_t *air__public_addr(struct fav_hci *hci)
{
	const struct air_device *device = ctl__owner(hci);

	return ctl__public_addr(device->ctl);
}

/* Locally administered, so that it is nobody's; the number of the device is at its end. */
static bt_addr_t address_of(uint32_t number)
{
	return (bt_addr_t){{(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), 0xf0,
			    0xfa, 0x02}};
}

/* One that no device on the air has. */
static bt_addr_t choose_address(struct fav_air *air)
{
	bt_addr_t addr;

	for (size_t i = 0; i < air->addr_count; i++) {
		if (!address_taken(air, &air->addrs[i])) {
			return air->addrs[i];
		}
	}
	for (uint32_t number = air->devices_made;; number++) {
		addr = address_of(number);
		if (!address_taken(air, &addr)) {
			return addr;
		}
	}
}

static void released(void *owner)
{
	device_free(owner);
}

static void key_used(void *owner, const uint8_t ltk[16])
{
	struct air_device *device = owner;
	struct fav_air *air = device->node.air;

	if (air->on_key != NULL) {
		air->on_key(air->on_key_ctx, device->name, ltk);
	}
}

void fav_air_on_key(struct fav_air *air, fav_air_key_t on_key, void *ctx)
{
	air->on_key = on_key;
	air->on_key_ctx = ctx;
}

/* Unrelated for each device and each seed of an air: a controller's generator steps by a constant,
 * so that seeds a multiple of it apart would give the same chances, one draw later. */
static uint64_t device_seed(uint64_t air_seed, uint32_t device)
{
	uint64_t z = air_seed + ((uint64_t)device << 40);

	z = (z ^ (z >> 33)) * 0xff51afd7ed558ccdU;
	z = (z ^ (z >> 33)) * 0xc4ceb9fe1a85ec53U;
	return z ^ (z >> 33);
}

static int device_start(struct air_device *device, const struct fav_air_device *wish)
{
	struct fav_air *air = device->node.air;
	struct ctl_config config = {
		.name = device->name,
		.public_addr = wish->public_addr,
		.acl_count = wish->acl_count != 0 ? wish->acl_count : ACL_COUNT_DEFAULT,
		.acl_len = wish->acl_len != 0 ? wish->acl_len : ACL_LEN_MAX,
		.drift_ppm = wish->drift_ppm,
		.hci_latency_us = wish->hci_latency_us,
		.seed = device_seed(air->seed, air->devices_made),
		.radio = &device->node.radio,
		.released = released,
		.key_used = key_used,
		.owner = device,
	};

	if (wish->name != NULL) {
		snprintf(device->name, sizeof(device->name), "%s", wish->name);
	} else {
		snprintf(device->name, sizeof(device->name), "device%u", air->devices_made);
	}
	if (bt_addr_eq(&config.public_addr, BT_ADDR_ANY)) {
		config.public_addr = choose_address(air);
	} else if (address_taken(air, &config.public_addr)) {
		return -EEXIST;
	}
	device->ctl = ctl__create(&config);
	return device->ctl != NULL ? 0 : -ENOMEM;
}

int fav_air_add(struct fav_air *air, const struct fav_air_device *device, struct fav_hci **hci)
{
	struct fav_air_device wish = device != NULL ? *device : (struct fav_air_device){0};
	struct air_device *made;
	int err;

	if (wish.acl_len != 0 && !IN_RANGE(wish.acl_len, ACL_LEN_MIN, ACL_LEN_MAX)) {
		return -EINVAL;
	}
	err = scenario__admit(air, &wish);
	if (err != 0) {
		return err;
	}
	if (!IN_RANGE(wish.drift_ppm, -FAV_AIR_DRIFT_MAX_PPM, FAV_AIR_DRIFT_MAX_PPM) ||
	    wish.hci_latency_us > FAV_AIR_HCI_LATENCY_MAX_US) {
		return -EINVAL;
	}
	made = calloc(1, sizeof(*made));
	if (made == NULL) {
		return -ENOMEM;
	}
	medium__node_init(&made->node, air);
	air->devices_made++;
	err = device_start(made, &wish);
	if (err != 0) {
		air->devices_made--;
		free(made);
		return err;
	}
	made->node.hci = ctl__hci(made->ctl);
	sys_dlist_append(&air->devices, &made->listed);
	air->device_count++;
	scenario__added(made);
	*hci = ctl__hci(made->ctl);
	return 0;
}

void fav_air_remove(struct fav_air *air, struct fav_hci *hci)
{
	device_free(ctl__owner(hci));
}

void fav_air_power_off(struct fav_air *air, struct fav_hci *hci)
{
	struct air_device *device = ctl__owner(hci);

	ctl__lose(device->ctl, -ENODEV);
}

void fav_air_position_set(struct fav_air *air, struct fav_hci *hci, double x_m, double y_m)
{
	struct air_device *device = ctl__owner(hci);

	device->node.place = (struct place){x_m, y_m};
}

void fav_air_observer_add(struct fav_air *air, struct fav_air_observer *observer)
{
	sys_dlist_append(&air->medium.observers, &observer->node);
}

void fav_air_observer_remove(struct fav_air *air, struct fav_air_observer *observer)
{
	sys_dlist_remove(&observer->node);
}

void fav_air_stats_get(const struct fav_air *air, struct fav_air_stats *stats)
{
	struct air_device *device;

	*stats = (struct fav_air_stats){
		.devices = air->device_count,
		.packets = air->medium.packets,
		.received = air->medium.received,
		.corrupted = air->medium.corrupted,
		.hci_dropped = air->reports_dropped,
	};
	SYS_DLIST_FOR_EACH_CONTAINER((sys_dlist_t *)&air->devices, device, listed) {
		stats->links += ctl__links(device->ctl);
		stats->hci_dropped += ctl__reports_dropped(device->ctl);
	}
}
