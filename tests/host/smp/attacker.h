/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_SMP_ATTACKER_H_
#define TESTS_HOST_SMP_ATTACKER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/scripted.h"
#include "host/smp.h"

/*
 * A peer that speaks SMP PDUs byte by byte to a host on the scripted controller, and knows enough
 * cryptography to get as far into a pairing as a test wants it to go wrong.
 */

#define ATTACKER_HANDLE 0x40

/* A PDU's bytes as two arguments. */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

struct attacker {
	struct scripted s;
	struct smp *smp;
	struct bt_conn *conn; /* referenced */
	bool is_central;
	bt_addr_le_t addr;
	uint32_t seen; /* of s.acl */

	uint8_t preq[SMP_FEATURES_LEN], pres[SMP_FEATURES_LEN];
	struct smp_key_pair own;
	uint8_t host_x[SMP_COORD_LEN], host_y[SMP_COORD_LEN];
	uint8_t own_rand[SMP_KEY_LEN], host_rand[SMP_KEY_LEN];
	uint8_t mackey[SMP_KEY_LEN], ltk[SMP_KEY_LEN];
};

extern struct attacker attacker;

/* The last of what the host's application was told. */
extern struct heard_security {
	uint32_t changes, completes, failures;
	bt_security_t level;
	enum bt_security_err err;
	bool bonded;
} heard_security;

/* A host with a link to the attacker, who has that role. */
void attacker_up(bool is_central);
/* All is free, and no pairing is left. */
void attacker_down(void);
/* Ends the link and makes it again. */
void attacker_reconnect(void);

void attacker_send(const void *pdu, size_t len);
/* Opcode and body. */
void attacker_send_op(uint8_t op, const void *body, size_t len);
/* The host's next PDU, which must have that opcode; its body. */
const uint8_t *attacker_expect(uint8_t op);
void attacker_expect_nothing(void);
/* The host has failed the pairing for that reason, and nothing of it is left. */
void attacker_expect_failed(enum smp_err reason);

/* As central: features up to the Pairing Response; as peripheral, from the Pairing Request on. */
void attacker_features(uint8_t io, uint8_t auth, uint8_t dist);
/* Then Secure Connections with Just Works: public keys; nonces; checks; encryption. Central alone.
 */
void attacker_public_keys(void);
void attacker_nonces(void);
void attacker_checks(void);
void attacker_encrypt(void);

/* A bond of the host with the attacker's address. */
struct keys_bond attacker_bond(uint8_t flags);

#endif
