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

#include "adv_join.h"
#include "listeners.h"
#include "own_addr.h"

/*
 * Scanning: by the legacy commands, Core 6.0 Vol 4 Part E 7.8.10, 7.8.11, 7.7.65.2
 * (scan_legacy.c), or by the extended ones, 7.8.64, 7.8.65, 7.7.65.13 (scan_ext.c).
 */

enum scan_state {
	SCAN_OFF,
	SCAN_STARTING,
	SCAN_ON,
	SCAN_SEARCHING, /* for these, and nobody else */
};

/* Who in the host needs it, beside the application. */
#define SCAN_FOR_CONN BIT(0) /* An attempt to connect. */
#define SCAN_FOR_SYNC BIT(1) /* Synchronising to periodic advertising. */

/* A report of which the rest is to come. */
struct scan_join {
	bool used;
	uint32_t age;      /* The least recently begun gives way. */
	uint16_t evt_type; /* Without the data status. */
	bt_addr_le_t addr;
	uint8_t sid;
	struct adv_join join;
	uint8_t data[CONFIG_BT_EXT_SCAN_BUF_SIZE];
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
	unsigned int wanted; /* SCAN_FOR_* */
	struct bt_conn_le_create_param search_param;
	struct k_work search;
	bt_le_scan_cb_t *cb;
	struct listeners listeners; /* struct bt_le_scan_cb */
	struct k_work_delayable timeout;

	/* scan_ext.c */
	struct scan_join joins[CONFIG_FAV_BT_EXT_SCAN_JOINS];
	uint32_t joins_begun;
};

/* The controller synchronises to periodic advertising only while it scans: have it scan until end,
 * which may wait for the controller. Errors as bt_le_scan_start(). */
int scan__sync_begin(struct bt_host *host);
void scan__sync_end(struct bt_host *host);

/* One kind of commands. All wait; errors as hci__cmd_send_sync(). */
struct scan_way {
	int (*set_param)(struct bt_host *host, const struct bt_le_scan_param *param,
			 uint8_t own_addr_type);
	int (*set_enable)(struct bt_host *host, bool enable, bool filter_dup);
};
extern const struct scan_way scan_way_legacy;
extern const struct scan_way scan_way_ext;

/* One report, with the address on the air, or an identity that the controller knew; info->addr is
 * filled in here. false when its scan, of that generation, has ended. */
bool scan__report(struct scan *scan, uint32_t generation, struct bt_le_scan_recv_info *info,
		  bt_addr_le_t *addr, const uint8_t *data, uint16_t len);
/* What a scan uses on Coded. */
static inline uint16_t scan__coded_interval(const struct bt_le_scan_param *param)
{
	return param->interval_coded != 0 ? param->interval_coded : param->interval;
}

static inline uint16_t scan__coded_window(const struct bt_le_scan_param *param)
{
	return param->window_coded != 0 ? param->window_coded : param->window;
}

/* Each registers its event. */
void scan_legacy__register(struct bt_host *host);
void scan_ext__register(struct bt_host *host);
/* What was in the making is nobody's. */
void scan_ext__reset(struct scan *scan);

void scan__init(struct scan *scan, struct bt_host *host);
int scan__enable(struct bt_host *host);
void scan__disable(struct bt_host *host);

#endif
