/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_AWARE_H_
#define FAV_HOST_GATT_AWARE_H_

#include "att.h"

/*
 * Robust caching, Core 6.0 Vol 3 Part G 2.5.2.1, as ATT asks for it before it handles a PDU.
 */

/* A request: 0, or BT_ATT_ERR_DB_OUT_OF_SYNC, with which it is refused. req is behind the opcode,
 * and at least as long as the opcode demands. */
uint8_t gatt_aware__request(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor req);
/* A command: whether it is to be handled. */
bool gatt_aware__command(struct att_bearer *bearer);

#endif
