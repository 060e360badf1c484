/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_PAIR_H_
#define TESTS_LL_PAIR_H_

#include <stdbool.h>
#include <stdint.h>

#include "ll/bench.h"

/*
 * Two devices, in the names of the charts: c, which becomes the central, and p, the peripheral, of
 * a link that has the handles ch and ph. One pair a program.
 */

#define INTERVAL_MS 30 /* of a link as usual */

extern struct bench bench;
extern uint16_t ch, ph;
static struct raw_host *const c = &bench.dev[0], *const p = &bench.dev[1];

/* bench_begin() and pair_link(), 200 ms. */
void pair_begin(const struct raw_params *params);
/* Only the link of devices that have begun; after settle_ms, what was told so far is forgotten.
 * params NULL: as usual. */
void pair_link(const struct raw_params *params, uint32_t settle_ms);
/* The link is alive, carries data both ways, and all is freed. */
void pair_end_alive(void);
/* One of the hosts was told that the link is gone. */
bool pair_is_lost(void);

struct raw_host *pair_host(bool central);
uint16_t pair_handle(bool central);

/* Data goes both ways, count packets of len bytes each; what begins there ends there. */
void pair_exchange(unsigned int count, size_t len);
/* LE Read PHY says so. */
void pair_check_phys(bool central, uint8_t tx, uint8_t rx);

/* A test of both roles, as rows of a list of tests, and which of them runs, from its state. */
extern bool pair_central, pair_peripheral;
#define PAIR_BOTH_ROLES(test)                                             \
	{#test " (central)", test, NULL, NULL, &pair_central},            \
	{                                                                 \
#test " (peripheral)", test, NULL, NULL, &pair_peripheral \
	}
bool pair_by_central(void **state);

#endif
