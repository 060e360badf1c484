/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_EXT_ADV_H_
#define FAV_HOST_EXT_ADV_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>

#include "own_addr.h"

/*
 * The advertising sets of bt_le_ext_adv_create(), Core 6.0 Vol 4 Part E 7.8.52 to 7.8.60, and the
 * periodic advertising of some (per_adv.c).
 *
 *     FREE -> CREATING -> OFF <-> STARTING -> ON -> OFF
 *       ^____________________|
 *
 * A set is one of CONFIG_BT_EXT_ADV_MAX_ADV_SET places; its index is its handle. ON ends by
 * bt_le_ext_adv_stop(), by a limit, by a connection, or with the host, which frees all sets: the
 * controller has forgotten them. A call about a set waits for the controller; another call about
 * the same set meanwhile is refused.
 */

/* The set of bt_le_adv_start(), where that goes by the extended commands. */
#define EXT_ADV_LEGACY_HANDLE CONFIG_BT_EXT_ADV_MAX_ADV_SET

enum ext_adv_state {
	EXT_ADV_FREE,
	EXT_ADV_CREATING,
	EXT_ADV_OFF,
	EXT_ADV_STARTING,
	EXT_ADV_ON,
};

struct bt_le_ext_adv {
	struct bt_host *host;
	enum ext_adv_state state;
	/* Grows with each state that begins but STARTING: a call that waited sees whether what it
	 * was about is still there. */
	uint32_t generation;
	bool busy; /* A call about it is waiting. */
	const struct bt_le_ext_adv_cb *cb;

	/* As the controller has it; param.peer is peer, or NULL. */
	struct bt_le_adv_param param;
	bt_addr_le_t peer;
	struct own_addr own; /* Taken as long as the set is there. */
	uint8_t own_type_sent;
	int8_t tx_power;

	/* Of the start, for going on after a pause. */
	bool paused;
	uint16_t timeout_10ms;
	uint8_t num_events;
	int64_t started_ms;

	/* per_adv.c */
	bool periodic_set;
	bool periodic_on;
	bool periodic_adi; /* with its Advertising Data Info */
};

/* In the host. */
struct ext_adv {
	struct bt_le_ext_adv sets[CONFIG_BT_EXT_ADV_MAX_ADV_SET];
};

void ext_adv__init(struct ext_adv *adv, struct bt_host *host);
int ext_adv__enable(struct bt_host *host);
void ext_adv__disable(struct bt_host *host);

uint8_t ext_adv__handle(const struct bt_le_ext_adv *set);
/* Begin a call about a set that waits: 0, -EINVAL: it is none; -EAGAIN: the host is not enabled;
 * -EBUSY: another call about it waits. After 0 ext_adv__end() must follow, with the generation. */
int ext_adv__begin(struct bt_le_ext_adv *set, uint32_t *generation);
/* False: the set is another by now. */
bool ext_adv__end(struct bt_le_ext_adv *set, uint32_t generation);

/* ---- ext_adv_data.c ---- */

/* Whether elements can be serialised into max bytes. */
bool ext_adv__data_fits(const struct bt_data *elements, size_t count, size_t max);

/* ---- per_adv.c ---- */

/* Turn a set's periodic advertising on or off; waits, as hci__cmd_sync(). */
int per_adv__enable(struct bt_le_ext_adv *set, bool enable);

#endif
