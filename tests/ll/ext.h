/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_EXT_H_
#define TESTS_LL_EXT_H_

#include "ll/raw_host.h"

/* Extended advertising and scanning by raw HCI. */

#define EXT_DATA_MAX 1650

struct ext_set {
	uint8_t handle;
	uint16_t props;
	uint32_t interval; /* 0.625 ms; 0: 100 ms */
	uint8_t channels;  /* 0: all */
	uint8_t own_type;
	uint8_t policy;
	bt_addr_le_t peer;
	uint8_t primary, secondary; /* 0: 1M */
	uint8_t sid;
	bool notify;
};

/* LE Set Extended Advertising Parameters; returns the status. */
uint8_t ext_set_param(struct raw_host *host, const struct ext_set *set);
/* One that must succeed. */
void ext_set_make(struct raw_host *host, const struct ext_set *set);

/* Whole data, in as many fragments as they need. */
void ext_set_data(struct raw_host *host, uint8_t handle, const uint8_t *data, size_t len);
void ext_set_rsp(struct raw_host *host, uint8_t handle, const uint8_t *data, size_t len);
/* One fragment; returns the status. */
uint8_t ext_put(struct raw_host *host, uint16_t opcode, uint8_t handle, uint8_t op,
		const uint8_t *data, uint8_t len);

void ext_set_start(struct raw_host *host, uint8_t handle);
uint8_t ext_set_enable(struct raw_host *host, uint8_t handle, uint16_t duration_10ms,
		       uint8_t max_events);
void ext_set_stop(struct raw_host *host, uint8_t handle);

/* Scan on 1M, all the time. */
void ext_scan_start(struct raw_host *host, bool active, uint8_t filter_duplicates);
void ext_scan_stop(struct raw_host *host);

/* What a scanner reported of one advertiser: all fragments. */
struct ext_heard {
	uint16_t evt_type; /* without the data status */
	uint8_t status;    /* of the last fragment */
	bt_addr_le_t addr, direct;
	uint8_t prim_phy, sec_phy, sid;
	int8_t tx_power, rssi;
	uint16_t interval;
	unsigned int events;
	size_t len;
	uint8_t data[2 * EXT_DATA_MAX];
};

/* The next report, which must come, whole as the controller gives it: fragments of nobody else lie
 * between its own. */
void ext_hear(struct raw_host *host, struct ext_heard *heard, uint32_t timeout_ms);
/* The same, when it comes. */
bool ext_hear_any(struct raw_host *host, struct ext_heard *heard, uint32_t timeout_ms);

/* LE Extended Create Connection on the PHYs of the bits; peer NULL: the accept list. */
uint8_t ext_create(struct raw_host *host, const bt_addr_le_t *peer, uint8_t phys);

/* Periodic advertising of a set, with whole data; it begins with the set. */
void ext_per_start(struct raw_host *host, uint8_t handle, uint16_t interval, const uint8_t *data,
		   size_t len);

/* LE Periodic Advertising Create Sync; returns the status. */
uint8_t ext_sync(struct raw_host *host, const bt_addr_le_t *addr, uint8_t sid, uint16_t skip,
		 uint16_t timeout_10ms, uint8_t options);
/* Wait for the event; returns its status, and the handle. */
uint8_t ext_synced(struct raw_host *host, uint32_t timeout_ms, uint16_t *handle);

/* A periodic report, all fragments. */
struct ext_train {
	uint16_t handle;
	uint8_t status;
	int8_t tx_power, rssi;
	uint64_t at_us;
	size_t len;
	uint8_t data[2 * EXT_DATA_MAX];
};
bool ext_train(struct raw_host *host, struct ext_train *train, uint32_t timeout_ms);

/* Bytes that tell their place and whose they are. */
void ext_fill(uint8_t *data, size_t len, uint8_t whose);

#endif
