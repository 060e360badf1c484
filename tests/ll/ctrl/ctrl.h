/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_CTRL_CTRL_H_
#define TESTS_LL_CTRL_CTRL_H_

#include <stdbool.h>
#include <stdint.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"
#include "ll/stream.h"

/* A pair whose link has been up for a while, and what of its control procedures was on the air. */

/* pair_begin() as usual, and the packets recorded from then on. */
void ctrl_begin(void);
/* That many control PDUs with that opcode were sent by that side, retransmissions included. */
unsigned int ctrl_sent(bool central, uint8_t opcode);

/* Parameters of LE Connection Update and LE Remote Connection Parameter Request Reply. */
#define CTRL_UPDATE(handle, min, max, latency, timeout)                                          \
	RAW_BYTES(RAW_LE16(handle), RAW_LE16(min), RAW_LE16(max), latency, 0, RAW_LE16(timeout), \
		  0, 0, 0, 0)
/* The connection has been updated to that, its host hears. */
void ctrl_check_update(struct raw_host *host, uint16_t interval, uint16_t latency,
		       uint16_t timeout);

#endif
