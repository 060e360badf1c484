/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_RPA_H_
#define FAV_HOST_RPA_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "smp_crypto.h"

/*
 * Resolvable private addresses, Core 6.0 Vol 6 Part B 1.3.2.2, 1.3.2.3.
 */

/* Make one. -EIO: no entropy, or the crypto library failed. */
int rpa__create(const uint8_t irk[SMP_KEY_LEN], bt_addr_t *rpa);
/* Whether irk made that address, which need not be a resolvable private one. */
bool rpa__matches(const uint8_t irk[SMP_KEY_LEN], const bt_addr_le_t *addr);

#endif
