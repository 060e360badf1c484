/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_RX_H_
#define FAV_HOST_ATT_RX_H_

#include "att.h"

/*
 * Received PDUs.
 */

/* One PDU; takes buf. */
void att_rx__recv(struct att_bearer *bearer, struct net_buf *buf);
/* Go on with what was held: a reply buffer may have come back. */
void att_rx__resume(struct att_bearer *bearer);
/* Free what is held. */
void att_rx__clear(struct att_bearer *bearer);

#endif
