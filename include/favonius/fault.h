/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_FAULT_H_
#define FAVONIUS_FAULT_H_

#include <stdint.h>

/** @file
 * Fault injection: the n-th allocation fails, for every n. Built with CONFIG_FAV_FAULT; without it
 * the checks compile to nothing.
 */

#ifdef CONFIG_FAV_FAULT
/** Let allocation number @p n from now (1 is the next) fail; 0 lets all succeed.
 * Counts net_buf, memory slab and heap allocations alike. Context: main.
 */
void fav_fault_alloc_at(uint32_t n);

/** @return How many allocations have been tried since fav_fault_alloc_at(). Context: main. */
uint32_t fav_fault_alloc_count(void);
#endif

#endif
