/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_PER_SYNC_H_
#define FAV_HOST_PER_SYNC_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/slist.h>

#include "adv_join.h"
#include "listeners.h"

/*
 * Synchronising to periodic advertising, Core 6.0 Vol 4 Part E 7.8.67 to 7.8.69, 7.8.88.
 *
 *     FREE -> SYNCING -> SYNCED -> FREE
 *               |-> CANCELLING -----^
 *
 * A controller synchronises to one train at a time, and only while it scans. A transfer by a peer
 * (per_past.c) leads from FREE to SYNCED at once. Whoever is told that a sync has ended finds its
 * place free.
 */

enum per_sync_state {
	PER_SYNC_FREE,
	PER_SYNC_SYNCING,
	PER_SYNC_CANCELLING, /* deleted, and the controller has not said so yet */
	PER_SYNC_SYNCED,
};

struct bt_le_per_adv_sync {
	struct bt_host *host;
	enum per_sync_state state;
	uint32_t generation; /* Grows when the place becomes free. */
	uint16_t handle;     /* SYNCED */
	bt_addr_le_t addr;
	uint8_t sid;
	uint16_t interval_1250us;
	uint8_t phy; /* BT_GAP_LE_PHY_* */
	bool use_list;
	bool filter_dup;
	bool recv_enabled;
	struct adv_join join;
	uint8_t data[CONFIG_BT_PER_ADV_SYNC_BUF_SIZE];
};

/* In the host; the listeners survive disable. */
struct per_sync {
	struct bt_host *host;
	struct bt_le_per_adv_sync syncs[CONFIG_BT_PER_ADV_SYNC_MAX];
	struct listeners listeners; /* struct bt_le_per_adv_sync_cb */
	/* For an answer to a cancel that does not come. */
	struct k_work_delayable guard;
};

void per_sync__init(struct per_sync *per_sync, struct bt_host *host);
int per_sync__enable(struct bt_host *host);
void per_sync__disable(struct bt_host *host);

/* What the controller says of a train that it has synchronised to. */
struct per_sync_train {
	uint16_t handle;
	uint8_t sid;
	bt_addr_le_t addr;
	uint8_t phy; /* BT_HCI_LE_PHY_* */
	uint16_t interval_1250us;
	uint16_t service_data;
	struct bt_conn *conn; /* By whom it was transferred; NULL: by nobody. */
};

/* The one that is SYNCED with that handle; that the controller is synchronising, or was told not to
 * any more. NULL: none. */
struct bt_le_per_adv_sync *per_sync__by_handle(struct bt_host *host, uint16_t handle);
struct bt_le_per_adv_sync *per_sync__pending(struct bt_host *host);
/* The controller does not synchronise any more. */
void per_sync__pending_ended(struct bt_host *host);
void per_sync__free(struct bt_le_per_adv_sync *sync);
/* It has ended: its place is free, and the listeners hear why. */
void per_sync__down(struct bt_le_per_adv_sync *sync, uint8_t reason);

/* A free place, NULL: none. */
struct bt_le_per_adv_sync *per_sync__new(struct bt_host *host);
/* Have the controller forget a train that nobody wants. Does not wait. */
void per_sync__reject(struct bt_host *host, uint16_t handle);
/* Bits of CTE types from bits 3 and up of the options of a sync, or 0 and up of a transfer's. */
uint8_t per_sync__cte_type(uint32_t no_aoa_bits, bool only_cte);

/* ---- per_sync_evt.c ---- */

void per_sync_evt__register(struct bt_host *host);
/* It is SYNCED now: tell. */
void per_sync__up(struct bt_le_per_adv_sync *sync, const struct per_sync_train *train);
/* Whether the fields of an event can be: a handle, an identifier, a PHY. */
bool per_sync__train_valid(struct bt_host *host, const struct per_sync_train *train);

/* ---- per_past.c ---- */

void per_past__register(struct bt_host *host);

#endif
