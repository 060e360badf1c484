/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rpa.h"

#include <errno.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "crypto/crypto.h"

#define PRAND_BITS 22
#define PRAND_MASK BIT_MASK(PRAND_BITS)

/* The two most significant bits of the address. */
#define TYPE_MASK 0xc0
#define TYPE_RPA  0x40

int crypto__ah(const uint8_t irk[CRYPTO_IRK_LEN], const uint8_t prand[3], uint8_t hash[3])
{
	uint8_t key[CRYPTO_KEY_LEN], plain[16] = {0}, cipher[16];
	int err;

	sys_memcpy_swap(key, irk, sizeof(key));
	sys_memcpy_swap(plain + 13, prand, 3);
	err = crypto__aes(key, plain, cipher);
	sys_memcpy_swap(hash, cipher + 13, 3);
	crypto__wipe(key, sizeof(key));
	crypto__wipe(cipher, sizeof(cipher));
	return err;
}

int crypto__rpa_make(const uint8_t irk[CRYPTO_IRK_LEN], uint32_t prand,
		     uint8_t addr[CRYPTO_ADDR_LEN])
{
	prand &= PRAND_MASK;
	if (prand == 0 || prand == PRAND_MASK) {
		return -EINVAL;
	}
	sys_put_le24(prand, addr + 3);
	addr[5] |= TYPE_RPA;
	return crypto__ah(irk, addr + 3, addr);
}

bool crypto__rpa_is(const uint8_t addr[CRYPTO_ADDR_LEN])
{
	return (addr[5] & TYPE_MASK) == TYPE_RPA;
}

bool crypto__rpa_matches(const uint8_t irk[CRYPTO_IRK_LEN], const uint8_t addr[CRYPTO_ADDR_LEN])
{
	uint8_t hash[3];

	return crypto__rpa_is(addr) && crypto__ah(irk, addr + 3, hash) == 0 &&
	       crypto__compare(hash, addr, sizeof(hash)) == 0;
}
