/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SCAN_H_
#define FAV_HOST_SCAN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/slist.h>

#include "own_addr.h"

/*
 * Legacy scanning, Core 6.0 Vol 4 Part E 7.8.10, 7.8.11, 7.7.65.2.
 */

enum scan_state {
	SCAN_OFF,
	SCAN_STARTING,
	SCAN_ON,
	SCAN_SEARCHING, /* for an attempt to connect, and nobody else */
};

/* In the host; the listeners survive disable. */
struct scan {
	struct bt_host *host;
	enum scan_state state;
	/* Grows with each start and end: a walk over reports, or a call that waited, sees that its
	 * scan is over even when another has begun. */
	uint32_t generation;
	struct own_addr own;
	bool filter_dup;
	bool wanted; /* by an attempt to connect */
	struct bt_conn_le_create_param search_param;
	struct k_work search;
	bt_le_scan_cb_t *cb;
	sys_slist_t listeners;
	/* Next listener of the walk that is running, so that any may be unregistered under way. */
	sys_snode_t *walk_next;
	struct k_work_delayable timeout;
};

void scan__init(struct scan *scan, struct bt_host *host);
int scan__enable(struct bt_host *host);
void scan__disable(struct bt_host *host);

#endif
