/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_H_
#define FAV_HOST_ADV_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

#include "own_addr.h"

struct adv_data;
struct bt_le_adv_param;

/*
 * bt_le_adv_start() and its kin: one advertiser of legacy PDUs a host. By the legacy commands, Core
 * 6.0 Vol 4 Part E 7.8.5 to 7.8.9 (adv_legacy.c), or by the extended ones, as a set of its own
 * beside those of bt_le_ext_adv_create() (adv_ext.c).
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
	bool high_duty;
	bt_addr_le_t peer; /* directed */
};

/* One kind of commands. All wait; errors as hci__cmd_send_sync(). */
struct adv_way {
	int (*set_param)(struct bt_host *host, const struct bt_le_adv_param *param);
	int (*set_data)(struct bt_host *host, const struct adv_data *data);
	int (*set_enable)(struct bt_host *host, bool enable);
	/* It has ended, or has not started; NULL: nothing to do. Does not wait. */
	void (*ended)(struct bt_host *host);
};
extern const struct adv_way adv_way_legacy;
extern const struct adv_way adv_way_ext;

/* The extended set of this advertiser has terminated, with a link or a status. */
void adv__set_terminated(struct bt_host *host, uint8_t status, uint16_t conn_handle);

void adv__init(struct adv *adv, struct bt_host *host);
int adv__enable(struct bt_host *host);
void adv__disable(struct bt_host *host);

#endif
