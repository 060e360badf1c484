/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_L2CAP_SIG_H_
#define FAV_HOST_L2CAP_SIG_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

#include "l2cap.h"

/*
 * The signalling channel of LE, Core 6.0 Vol 3 Part A 4: commands between the two L2CAPs.
 */

/* Longest signalling PDU that every LE device takes: MTUsig, Vol 3 Part A 4. */
#define L2CAP_SIG_MTU 23
/* Buffers for commands of ours, of all links. */
#define L2CAP_SIG_COUNT 8

/* A link's channel. */
struct l2cap_sig_chan {
	struct bt_conn *conn; /* NULL: no link. */
	uint8_t ident;        /* The last that we used, 0 for none. */
	uint8_t pending;      /* That of our request without a response, 0 for none. */
	struct k_work_delayable rtx;
};

/* In the host. */
struct l2cap_sig {
	struct bt_host *host;
	struct l2cap_sig_chan chans[CONFIG_BT_MAX_CONN];
	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, L2CAP_SIG_COUNT, L2CAP_HEADROOM + L2CAP_SIG_MTU,
			    L2CAP_USER_DATA);
};

void l2cap_sig__init(struct l2cap_sig *sig, struct bt_host *host);
int l2cap_sig__enable(struct bt_host *host);
void l2cap_sig__disable(struct bt_host *host);

#endif
