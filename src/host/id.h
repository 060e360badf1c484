/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ID_H_
#define FAV_HOST_ID_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

/*
 * Identities, and the address that each role of the host uses.
 *
 * A controller has its public address and one random address (extended advertising apart), which
 * may not change while a role uses it (Core 6.0 Vol 4 Part E 7.8.4). So a role takes its address
 * before it starts and releases it when it has stopped.
 */

enum id_role {
	ID_ROLE_ADV,
	ID_ROLE_SCAN,
	ID_ROLE_INIT,
	ID_ROLES,
};

enum id_kind {
	ID_KIND_IDENTITY, /* The identity's address. */
	ID_KIND_NRPA,     /* A fresh non-resolvable private address. */
};

struct id_use {
	bool active;
	bool random; /* Uses the controller's random address. */
	uint8_t id;
};

/* In the host; survives disable. */
struct id {
	bt_addr_le_t identities[CONFIG_BT_ID_MAX]; /* BT_ADDR_LE_ANY: deleted. */
	uint8_t count;
	bt_addr_t random; /* What the controller has; BT_ADDR_ANY: none yet. */
	struct id_use uses[ID_ROLES];
};

void id__init(struct id *id, struct bt_host *host);
int id__enable(struct bt_host *host);
void id__disable(struct bt_host *host);

/* Take the address that role shall use, setting the controller's random address where that is it.
 * number: the identity. own_addr_type: for the HCI command. addr (may be NULL): the address itself.
 * -EINVAL: no such identity. -EBUSY: the random address is taken with another value. Else as
 * hci__cmd_send_sync(). Thread level. On success id__release() must follow. */
int id__take(struct bt_host *host, enum id_role role, uint8_t number, enum id_kind kind,
	     uint8_t *own_addr_type, bt_addr_le_t *addr);

/* The role has stopped. Releasing twice has no effect. */
void id__release(struct bt_host *host, enum id_role role);

/* The address of an identity, NULL when there is none of that number. */
const bt_addr_le_t *id__addr(const struct id *id, uint8_t number);

#endif
