/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "crypto/crypto.h"
#include "rpa.h"

/* The random part may be neither all zeros nor all ones: 1.3.2.2. */
static bool is_random(const uint8_t prand[3])
{
	static const uint8_t zeros[3] = {0, 0, 0x40}, ones[3] = {0xff, 0xff, 0x7f};

	return memcmp(prand, zeros, sizeof(zeros)) != 0 && memcmp(prand, ones, sizeof(ones)) != 0;
}

int rpa__create(const uint8_t irk[SMP_KEY_LEN], bt_addr_t *rpa)
{
	do {
		if (crypto__random(&rpa->val[3], 3) != 0) {
			return -EIO;
		}
		BT_ADDR_SET_RPA(rpa);
	} while (!is_random(&rpa->val[3]));
	return smp_crypto__ah(irk, &rpa->val[3], rpa->val) == 0 ? 0 : -EIO;
}

bool rpa__matches(const uint8_t irk[SMP_KEY_LEN], const bt_addr_le_t *addr)
{
	uint8_t hash[3];

	return bt_addr_le_is_rpa(addr) && smp_crypto__ah(irk, &addr->a.val[3], hash) == 0 &&
	       memcmp(hash, addr->a.val, sizeof(hash)) == 0;
}
