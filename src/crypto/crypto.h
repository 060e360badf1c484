/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CRYPTO_CRYPTO_H_
#define FAV_CRYPTO_CRYPTO_H_

#include <stddef.h>
#include <stdint.h>

/*
 * The primitives that Bluetooth's security is made of, from mbedTLS by way of the PSA Crypto API.
 * Nothing here is computed by hand; this room hides key slots, and takes randomness from the port,
 * so that a simulation with encrypted links is reproducible.
 *
 * Keys, blocks and coordinates are big endian, as in FIPS-197, RFC 4493 and SEC 1; Bluetooth's
 * PDUs are little endian, and whoever calls turns them.
 *
 * Every function returns 0, or -EIO when the library failed (a log line says how), and leaves its
 * output wiped then. Loop, both levels; nothing waits.
 */

#define CRYPTO_KEY_LEN   16 /* AES-128 */
#define CRYPTO_MAC_LEN   16 /* AES-CMAC, untruncated */
#define CRYPTO_MIC_LEN   4  /* link layer: Core 6.0 Vol 6 Part E 1 */
#define CRYPTO_NONCE_LEN 13
#define CRYPTO_P256_LEN  32 /* of a private key or a coordinate */

/* One block, FIPS-197. */
int crypto__aes(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t plain[16], uint8_t cipher[16]);

/* AES-CMAC, RFC 4493. */
int crypto__cmac(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t *message, size_t len,
		 uint8_t mac[CRYPTO_MAC_LEN]);
/* The same of a message that is nowhere whole: feed calls crypto__cmac_add() with each piece of it
 * in order, during the call. */
struct crypto_cmac;
int crypto__cmac_fed(const uint8_t key[CRYPTO_KEY_LEN],
		     void (*feed)(struct crypto_cmac *cmac, void *user), void *user,
		     uint8_t mac[CRYPTO_MAC_LEN]);
void crypto__cmac_add(struct crypto_cmac *cmac, const void *piece, size_t len);

/*
 * AES-CCM with one byte of additional data and a MIC of 4, as the link layer has it. The session
 * key stays here and is imported for each packet: the library has 32 slots for keys, and an air has
 * many more encrypted links. Measured with mbedTLS 2.28: a packet of 27 bytes 0.24 us, of 251 bytes
 * 0.60 us, the import of its key 0.1 us more, for which a cache would not be worth its state.
 */
struct crypto_ccm {
	uint8_t key[CRYPTO_KEY_LEN];
};

void crypto__ccm_init(struct crypto_ccm *ccm, const uint8_t key[CRYPTO_KEY_LEN]);
/* Wipes it. May be called on a zeroed or destroyed one. */
void crypto__ccm_destroy(struct crypto_ccm *ccm);
/* cipher holds len + CRYPTO_MIC_LEN bytes, and must not overlap plain. */
int crypto__ccm_encrypt(const struct crypto_ccm *ccm, const uint8_t nonce[CRYPTO_NONCE_LEN],
			uint8_t additional, const uint8_t *plain, size_t len, uint8_t *cipher);
/* len counts the MIC; plain holds len - CRYPTO_MIC_LEN. -EBADMSG: the MIC is wrong, or len is
 * shorter than it. */
int crypto__ccm_decrypt(const struct crypto_ccm *ccm, const uint8_t nonce[CRYPTO_NONCE_LEN],
			uint8_t additional, const uint8_t *cipher, size_t len, uint8_t *plain);

/* A point of P-256, FIPS 186-4 D.1.2.3. */
struct crypto_point {
	uint8_t x[CRYPTO_P256_LEN], y[CRYPTO_P256_LEN];
};

/* A new key pair; the private key is from the port's entropy. */
int crypto__p256_generate(uint8_t secret[CRYPTO_P256_LEN], struct crypto_point *shared);
/* The public key of a private one. -EINVAL: secret is not in 1 to n - 1. */
int crypto__p256_public(const uint8_t secret[CRYPTO_P256_LEN], struct crypto_point *shared);
/* The x coordinate of secret times peer. -EINVAL: peer is not a point of the curve (CVE-2018-5383),
 * or secret is not in 1 to n - 1. */
int crypto__p256_dh(const uint8_t secret[CRYPTO_P256_LEN], const struct crypto_point *peer,
		    uint8_t dhkey[CRYPTO_P256_LEN]);

/* Random bytes from the port. */
int crypto__random(void *dst, size_t len);

/* Clear memory that held a secret; the compiler may not leave it out. */
void crypto__wipe(void *secret, size_t len);

/* 0 when both are equal, in a time that does not depend on where they differ. */
int crypto__compare(const void *a, const void *b, size_t len);

#endif
