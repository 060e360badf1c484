/* SPDX-License-Identifier: Apache-2.0 */

/* Channel map update, Core 6.0 Vol 6 Part B 5.1.2. */

#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "controller/ctl.h"

static void start(struct ll_conn *conn, uint64_t now_us)
{
	struct ll_instant *instant = &conn->ctrl.instant;
	struct ll_channel_map_ind ind;

	memcpy(ind.chan_map, conn->ctl->host_chan_map, sizeof(ind.chan_map));
	instant->kind = LL_INSTANT_CHAN_MAP;
	instant->counter = ll__ctrl_instant_choose(conn);
	(void)ll__chan_map_set(&instant->chan_map, ind.chan_map);
	ind.instant = sys_cpu_to_le16(instant->counter);
	ll__ctrl_send(conn, LL_CHANNEL_MAP_IND, &ind, sizeof(ind), now_us);
}

const struct ll_proc_ops ll__chan_map_proc = {.start = start, .has_instant = true};

void ll__chan_map_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_channel_map_ind *ind = (const void *)data;
	struct ll_chan_map map;

	/* A map that cannot be used is not taken over; the link is lost if the central does. */
	if (ll__chan_map_set(&map, ind->chan_map) &&
	    ll__ctrl_instant_begin(conn, LL_INSTANT_CHAN_MAP, sys_le16_to_cpu(ind->instant))) {
		conn->ctrl.instant.chan_map = map;
	}
}

void ll__chan_map_apply(struct ll_conn *conn, uint64_t now_us)
{
	conn->chan_map = conn->ctrl.instant.chan_map;
	if (conn->ctrl.local == LL_PROC_CHAN_MAP) {
		ll__ctrl_local_done(conn, now_us);
	}
}
