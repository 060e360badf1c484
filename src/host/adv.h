/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_H_
#define FAV_HOST_ADV_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

#include "own_addr.h"

/*
 * Legacy advertising: one advertiser a host, Core 6.0 Vol 4 Part E 7.8.5 to 7.8.9.
 *
 *     OFF -> STARTING -> ON -> OFF
 *
 * ON ends by bt_le_adv_stop(), by a connection, by the end of directed advertising, or with the
 * host.
 */

enum adv_state {
	ADV_OFF,
	ADV_STARTING,
	ADV_ON,
};

/* In the host. */
struct adv {
	enum adv_state state;
	/* Grows with each start and end, so that a call that waited for the controller knows
	 * whether what it was about is still there. */
	uint32_t generation;
	uint8_t id;
	bool connectable;
	bool scannable;
	bool directed;
	bool use_name;
	bool name_in_ad;
	struct own_addr own;
	bt_addr_le_t peer; /* directed */
};

void adv__init(struct adv *adv, struct bt_host *host);
int adv__enable(struct bt_host *host);
void adv__disable(struct bt_host *host);

#endif
