/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_LL_PEER_H_
#define TESTS_LL_LL_PEER_H_

#include "controller/ctl.h"
#include "ll/raw_host.h"

/*
 * A hand inside a controller, to make a connection of it misbehave: it may be silent, and say
 * anything.
 */

static inline struct ll_conn *peer_conn(struct raw_host *host, uint16_t handle)
{
	return ll__conn_get((struct fav_controller *)host->hci, handle);
}

/* From now on it acknowledges LL control PDUs, and does not react to them. */
static inline void peer_silence(struct raw_host *host, uint16_t handle)
{
	peer_conn(host, handle)->ctrl.terminate_reason = 1;
}

/* Send an LL control PDU. */
static inline void peer_say(struct raw_host *host, uint16_t handle, uint8_t opcode,
			    const void *data, uint8_t len)
{
	ll__ctrl_send(peer_conn(host, handle), opcode, data, len, raw_now_us());
}

#endif
