/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_RX_H_
#define FAV_HOST_ATT_RX_H_

#include <stdbool.h>

#include "att.h"

/*
 * Received PDUs.
 */

/* One PDU. false: it has been handled, or dropped, and buf is still the caller's. true: it is held,
 * and buf is given back when it has been handled: to the channel of an enhanced bearer, which gives
 * the peer no credits before that. */
bool att_rx__recv(struct att_bearer *bearer, struct net_buf *buf);
/* Go on with what was held: a reply buffer may have come back. */
void att_rx__resume(struct att_bearer *bearer);
/* Free what is held. */
void att_rx__clear(struct att_bearer *bearer);

#endif
