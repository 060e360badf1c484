/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_KEYS_CODE_H_
#define FAV_HOST_KEYS_CODE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"

/*
 * A bond as bytes, but for whose it is: the same on each machine.
 */

/* version, has, flags, key size, age, two LTKs (rand, ediv, value), IRK, two CSRKs */
#define KEYS_CODE_LEN (4 + 4 + 2 * (8 + 2 + SMP_KEY_LEN) + 3 * SMP_KEY_LEN)

/* With the age that it is about to get. */
void keys_code__encode(uint8_t value[KEYS_CODE_LEN], const struct keys_bond *bond, uint32_t age);
/* False: it is not what keys_code__encode() makes. id and addr of bond stay. */
bool keys_code__decode(const uint8_t *value, size_t len, struct keys_bond *bond);

#endif
