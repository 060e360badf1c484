/* SPDX-License-Identifier: Apache-2.0 */
#include "att_server.h"

/*
 * Values that a server sends: Core 6.0 Vol 3 Part F 3.4.7.
 */

static void value(struct att_bearer *bearer, uint8_t opcode, uint16_t handle,
		  const struct fav_cursor *data)
{
	if (handle == 0) {
		att__dropped(bearer);
		return;
	}
	bearer->att->upper->value(bearer->conn, opcode, handle, data->at,
				  (uint16_t)fav_cursor_remaining(data));
}

void att_client__notify(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu)
{
	uint16_t handle = fav_cursor_le16(pdu);

	value(bearer, opcode, handle, pdu);
}

void att_client__notify_mult(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu)
{
	/* The last one may be cut: 3.4.7.4. */
	while (bearer->conn != NULL && fav_cursor_remaining(pdu) >= 4) {
		uint16_t handle = fav_cursor_le16(pdu);
		uint16_t len = fav_cursor_le16(pdu);
		struct fav_cursor data = fav_cursor_sub(pdu, MIN(len, fav_cursor_remaining(pdu)));

		value(bearer, BT_ATT_OP_NOTIFY, handle, &data);
	}
}
