/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_SECURE_H_
#define TESTS_SIM_SECURE_H_

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>

#include "host/smp.h"
#include "peers.h"
#include "sim.h"

/*
 * Two devices with users who pair them: what each was told, and what its user does. A user who
 * shows a passkey has the other type it; both compare digits once both see them.
 */

#define CENTRAL    0
#define PERIPHERAL 1
#define DEVICES    2

struct told {
	volatile uint32_t changes, completes, failures, deletes, cancels, confirms;
	bt_security_t level;
	enum bt_security_err err;
	bool bonded;
	unsigned int shown;
	bool showing;
	bool asked;      /* for a passkey, which has not been shown yet */
	bool keypresses; /* counts what the peer's user types */
	uint32_t pressed;
	bt_addr_le_t identity;
	uint32_t identified;
};
extern struct told told[DEVICES];

/* What the users do; all false: what they should. */
extern struct user {
	bool wrong_passkey; /* type another one */
	bool refuse;        /* say no */
	bool silent;        /* say nothing */
	bool both_type;     /* the same passkey, this one */
	unsigned int typed_by_both;
	/* Runs inside security_changed, when set. */
	void (*on_security_changed)(struct bt_conn *conn);
} user;

/* What the devices know of each other out of band. */
extern struct secure_oob {
	struct bt_le_oob data[DEVICES]; /* of each; the other has it */
	bool has[DEVICES];              /* whether the device has the other's */
	uint8_t tk[DEVICES][16];        /* of legacy pairing, the same */
} secure_oob;
/* Instead of users; before the link. Data for Secure Connections; a temporary key for legacy. */
void secure_oob_give(bool central_has, bool peripheral_has);
void secure_oob_give_tk(void);

/* By what its user can do; and one who is asked before pairings that nothing authenticates. */
extern const struct bt_conn_auth_cb secure_auths[SMP_IOS];
extern const struct bt_conn_auth_cb secure_asks_first;

/* sim_begin() with DEVICES, peers, and listeners for what is told; without users. */
void secure_begin(struct sim *sim);
/* All of it off, and sim_end(). */
void secure_end(void);
/* The same of one device, whose host is about to be made anew, and has been. */
void secure_forget(size_t i);
void secure_remember(size_t i);

struct smp *secure_smp(size_t i);
void secure_io(size_t i, enum smp_io io);
/* bt_conn_set_security() on the link of i, which must not fail at once. */
void secure_raise(size_t i, bt_security_t level);
/* How many bonds i has. */
size_t secure_bonds(size_t i);
/* Both have paired once, to that level; or failed, and nothing is left. */
void secure_expect_paired(bt_security_t level, bool bonded);
void secure_expect_failed(void);

#endif
