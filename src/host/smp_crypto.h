/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SMP_CRYPTO_H_
#define FAV_HOST_SMP_CRYPTO_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/*
 * The security functions of the Security Manager, Core 6.0 Vol 3 Part H 2.2.
 *
 * All values are in the order of the PDUs, least significant byte first; what the specification
 * prints is turned. Each returns 0, or -EIO when the library failed, and its result is wiped then.
 */

#define SMP_KEY_LEN   16 /* LTK, IRK, CSRK, confirm, random and check values */
#define SMP_COORD_LEN 32 /* of a coordinate, or the DHKey */

/* What Pairing Request and Response say, as they are on the air: opcode and six bytes. */
#define SMP_FEATURES_LEN 7

/* 2.2.3: ia, ra: the addresses of initiator and responder on the air. */
int smp_crypto__c1(const uint8_t k[SMP_KEY_LEN], const uint8_t r[SMP_KEY_LEN],
		   const uint8_t preq[SMP_FEATURES_LEN], const uint8_t pres[SMP_FEATURES_LEN],
		   const bt_addr_le_t *ia, const bt_addr_le_t *ra, uint8_t confirm[SMP_KEY_LEN]);
/* 2.2.4 */
int smp_crypto__s1(const uint8_t k[SMP_KEY_LEN], const uint8_t r1[SMP_KEY_LEN],
		   const uint8_t r2[SMP_KEY_LEN], uint8_t key[SMP_KEY_LEN]);
/* 2.2.6 */
int smp_crypto__f4(const uint8_t u[SMP_COORD_LEN], const uint8_t v[SMP_COORD_LEN],
		   const uint8_t x[SMP_KEY_LEN], uint8_t z, uint8_t value[SMP_KEY_LEN]);
/* 2.2.7: a1, a2: the addresses of the devices whose nonces n1 and n2 are. */
int smp_crypto__f5(const uint8_t w[SMP_COORD_LEN], const uint8_t n1[SMP_KEY_LEN],
		   const uint8_t n2[SMP_KEY_LEN], const bt_addr_le_t *a1, const bt_addr_le_t *a2,
		   uint8_t mackey[SMP_KEY_LEN], uint8_t ltk[SMP_KEY_LEN]);
/* 2.2.8: iocap: IO capability, OOB flag, AuthReq, as in the PDU. */
int smp_crypto__f6(const uint8_t w[SMP_KEY_LEN], const uint8_t n1[SMP_KEY_LEN],
		   const uint8_t n2[SMP_KEY_LEN], const uint8_t r[SMP_KEY_LEN],
		   const uint8_t iocap[3], const bt_addr_le_t *a1, const bt_addr_le_t *a2,
		   uint8_t check[SMP_KEY_LEN]);
/* 2.2.9, and its six decimal digits. */
int smp_crypto__g2(const uint8_t u[SMP_COORD_LEN], const uint8_t v[SMP_COORD_LEN],
		   const uint8_t x[SMP_KEY_LEN], const uint8_t y[SMP_KEY_LEN], uint32_t *digits);
/* 2.4.5: of a message as it is on the air, and its counter. */
#define SMP_SIGN_MAC_LEN 8
int smp_crypto__sign(const uint8_t csrk[SMP_KEY_LEN], const uint8_t *message, size_t len,
		     uint32_t counter, uint8_t mac[SMP_SIGN_MAC_LEN]);
/* 2.2.2: prand and hash are the upper and lower three bytes of a resolvable private address. */
int smp_crypto__ah(const uint8_t irk[SMP_KEY_LEN], const uint8_t prand[3], uint8_t hash[3]);

#endif
