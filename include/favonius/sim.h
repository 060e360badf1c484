/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_SIM_H_
#define FAVONIUS_SIM_H_

#include <stdint.h>

#include <favonius/port.h>

/** @file
 * The sim port: virtual time. Its clock stands still while anything runs, and jumps to the next
 * deadline when nothing is left to run. A program on it is deterministic for its seed.
 */

/** The port; give it to fav_kernel_init(). */
extern const struct fav_port fav_port_sim;

/** Start over: clock at 0, entropy restarted from @p seed. Call before fav_kernel_init().
 * Context: main, with nothing queued.
 */
void fav_sim_reset(uint64_t seed);

#endif
