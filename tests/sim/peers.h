/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_PEERS_H_
#define TESTS_SIM_PEERS_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/conn.h>

#include "sim.h"

/*
 * Devices that connect: one connection callback for all of a simulation's hosts, which notes for
 * each device what it was told. Callbacks carry no context, so the notes are the test's statics.
 */

struct peer {
	struct bt_conn *conn; /* the latest link, referenced until its disconnected */
	volatile uint32_t connects, failures, disconnects, param_updates, tx_readys;
	uint8_t error;   /* of the latest failure */
	uint8_t reason;  /* of the latest disconnect */
	bool found;      /* in connected, the link was found by address, index and foreach */
	uint16_t handle; /* of the latest link */
};

extern struct peer peers[SIM_DEVICES];

/* Forget all, and register the callbacks with every host of sim. */
void peers_begin(struct sim *sim);
/* Drop the references that are left and unregister. Before sim_end(). */
void peers_end(struct sim *sim);

/* The same of one device, whose host is about to be made anew, and has been. */
void peers_forget(struct sim *sim, size_t i);
void peers_remember(struct sim *sim, size_t i);

/* Device i advertises connectably, 20 to 30 ms. */
void peers_advertise(struct sim *sim, size_t i);
/* Device central connects to peripheral, which must be advertising; fails the test after 5 s. */
void peers_connect(struct sim *sim, size_t central, size_t peripheral);
/* advertise, then connect with an interval in units of 1.25 ms. */
void peers_link(struct sim *sim, size_t central, size_t peripheral, uint16_t interval_1250us);
/* Device i disconnects its latest link, and both ends have noticed. */
void peers_unlink(struct sim *sim, size_t i, size_t other);

#endif
