/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_BONDED_BONDED_H_
#define TESTS_SIM_BONDED_BONDED_H_

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "host/gatt.h"
#include "kept.h"
#include "server.h"

/*
 * A server, PERIPHERAL, and a client that bonds with it, goes away, and comes back. Both have
 * settings; the server starts again from its own.
 */

#define BONDED_H_CHANGED_CCC 9
#define BONDED_H_FEATURES    11
#define BONDED_ROBUST        1 /* of the client's features: robust caching */

extern struct sim sim;

/* Since bonded_begin(). */
extern struct bonded_heard {
	volatile uint32_t values; /* notified or indicated to the client, of the server's service */
	volatile uint32_t changes; /* Service Changed indicated */
	uint8_t range[4];          /* of the last */
	/* What the server's application saw in security_changed: the client is subscribed. */
	bool subscribed;
} bonded_heard;

void bonded_begin(void);
/* And linked, and paired. */
void bonded_begin_paired(void);
void bonded_end(void);

void bonded_link(void);
void bonded_unlink(void);
/* The client pairs; encrypts, with a bond or by pairing. */
void bonded_pair(void);
void bonded_encrypt(void);
/* Linked again, and encrypted. */
void bonded_come_back(void);
/* The server's process ends and begins again, also under a link; its settings are loaded before it
 * registers its service, or not at all. */
void bonded_restart(bool load);
/* The client is away: the server has started again, or only the link is gone. */
void bonded_go_away(bool restarted);

/* The client writes a value of up to 2 bytes, which must succeed. */
void bonded_write(uint16_t handle, uint16_t value, uint16_t len);
struct gatt *bonded_gatt(void);

#endif
