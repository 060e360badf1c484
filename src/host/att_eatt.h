/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_EATT_H_
#define FAV_HOST_ATT_EATT_H_

#include "att.h"

/*
 * Enhanced bearers: Core 6.0 Vol 3 Part G 5.3. Each is an enhanced credit-based channel of L2CAP.
 */

void att_eatt__init(struct att *att);
/* Accept them, if the host is to. */
int att_eatt__enable(struct att *att);

/* One PDU; errors and sent as l2cap__send(). */
int att_eatt__send(struct att_enhanced *enhanced, struct net_buf *buf, l2cap_sent_t sent,
		   void *user);
/* Whether one more value may be on its way. */
bool att_eatt__has_room(const struct att_enhanced *enhanced);
/* End it: it is worth nothing any more. */
void att_eatt__close(struct att_enhanced *enhanced);

#endif
