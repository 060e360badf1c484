/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_ctrl.h"

/* LE ping, Core 6.0 Vol 6 Part B 5.1.8, in the role of who is asked. Who asks needs an encrypted
 * connection to have a reason to. */
void ll__ping_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	ll__ctrl_send(conn, LL_PING_RSP, NULL, 0, now_us);
}
