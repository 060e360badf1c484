/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att.h"
#include "att_server.h"

/*
 * The MTU: Core 6.0 Vol 3 Part F 3.4.2.
 *
 * Either side may ask, each once. A side says the same in its request and its response, so the
 * answer to both exchanges is the same: the lesser of what the two said.
 */

int bt_att_preferred_mtu_set(uint16_t mtu)
{
	if (mtu < BT_ATT_DEFAULT_LE_MTU || mtu > CONFIG_BT_L2CAP_TX_MTU) {
		return -EINVAL;
	}
	host__att(fav_host_current())->preferred_mtu = mtu;
	return 0;
}

uint16_t bt_att_preferred_mtu_get(void)
{
	return host__att(fav_host_current())->preferred_mtu;
}

uint16_t att_mtu__own(struct att_bearer *bearer)
{
	if (bearer->own_mtu == 0) {
		bearer->own_mtu = bearer->att->preferred_mtu;
	}
	return bearer->own_mtu;
}

void att_mtu__agree(struct att_bearer *bearer, uint16_t their_mtu)
{
	bearer->mtu = MIN(att_mtu__own(bearer), their_mtu);
	bearer->att->upper->mtu_updated(bearer->conn, bearer->mtu);
}

uint8_t att_server__mtu(struct att_bearer *bearer, struct fav_cursor *req, struct fav_writer *rsp,
			uint16_t *handle)
{
	uint16_t their_mtu = fav_cursor_le16(req);

	if (bearer->enhanced != NULL) {
		/* Its channel says it: Core 6.0 Vol 3 Part G 5.3.1. */
		return BT_ATT_ERR_NOT_SUPPORTED;
	}
	if (!fav_cursor_done(req) || their_mtu < BT_ATT_DEFAULT_LE_MTU) {
		return BT_ATT_ERR_INVALID_PDU;
	}
	bearer->their_mtu = their_mtu;
	fav_writer_le16(rsp, att_mtu__own(bearer));
	return 0;
}

/* A second request breaks the rules; it is answered and changes nothing. */
void att_mtu__answered(struct att_bearer *bearer)
{
	if (bearer->their_mtu != 0 && !bearer->mtu_answered) {
		bearer->mtu_answered = true;
		att_mtu__agree(bearer, bearer->their_mtu);
	}
}
