/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_CONTROLLER_H_
#define FAV_CONTROLLER_CONTROLLER_H_

#include <stddef.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <zephyr/bluetooth/addr.h>

#include "controller/radio.h"

/*
 * A virtual controller: link layer below, HCI above. Its medium creates, owns and destroys it.
 */

struct fav_controller;

struct ctl_config {
	const char *name;      /* for messages; must outlive the controller */
	bt_addr_t public_addr; /* as READ_BD_ADDR tells it */
	uint8_t acl_count;     /* ACL data buffers, from 1 */
	uint16_t acl_len;      /* their size, 27 to 251 */
	int16_t drift_ppm;     /* of its sleep clock: how much too long its intervals are */
	/* How long a packet takes between host and controller, each way; 0: it is there at once. */
	uint32_t hci_latency_us;
	uint64_t seed;
	struct radio *radio; /* must outlive the controller */
	/* fav_hci_destroy() was called: whoever owns the controller must ctl__destroy() it. */
	void (*released)(void *owner);
	/* As central it begins to encrypt a link with this key, little endian. NULL: nobody asks.
	 */
	void (*key_used)(void *owner, const uint8_t ltk[16]);
	void *owner;
};

/* NULL when there is no memory. */
struct fav_controller *ctl__create(const struct ctl_config *config);

/* Power fails: it falls silent at once, its state is gone, and its host hears err from lost(). The
 * host may open it again. */
void ctl__lose(struct fav_controller *ctl, int err);

/* Frees it and every buffer it holds; silent, as when power fails. */
void ctl__destroy(struct fav_controller *ctl);

struct fav_hci *ctl__hci(struct fav_controller *ctl);

/* The owner given in the config, from the HCI side. */
void *ctl__owner(const struct fav_hci *hci);

const bt_addr_t *ctl__public_addr(const struct fav_controller *ctl);

/* Connections in which this controller is the central. */
uint32_t ctl__links(const struct fav_controller *ctl);

/* Advertising reports that the host did not take, since ctl__create(). */
uint64_t ctl__reports_dropped(const struct fav_controller *ctl);

#endif
