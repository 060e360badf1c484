/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CRYPTO_RPA_H_
#define FAV_CRYPTO_RPA_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * Resolvable private addresses, Core 6.0 Vol 6 Part B 1.3.2.2 and 1.3.2.3, for both sides of the
 * HCI. Unlike the primitives of crypto.h, all values are as HCI and the air have them: least
 * significant byte first.
 */

#define CRYPTO_IRK_LEN  16
#define CRYPTO_ADDR_LEN 6

/* Core 6.0 Vol 3 Part H 2.2.2: 0, or -EIO with hash wiped. */
int crypto__ah(const uint8_t irk[CRYPTO_IRK_LEN], const uint8_t prand[3], uint8_t hash[3]);

/* The address of the 22 random bits in prand; those above are ignored. -EINVAL: the random part is
 * all zeros or all ones, which no address has. -EIO: as above. */
int crypto__rpa_make(const uint8_t irk[CRYPTO_IRK_LEN], uint32_t prand,
		     uint8_t addr[CRYPTO_ADDR_LEN]);

/* Whether a random address has the form of a resolvable private one. */
bool crypto__rpa_is(const uint8_t addr[CRYPTO_ADDR_LEN]);

/* Whether one was made with that key. */
bool crypto__rpa_matches(const uint8_t irk[CRYPTO_IRK_LEN], const uint8_t addr[CRYPTO_ADDR_LEN]);

#endif
