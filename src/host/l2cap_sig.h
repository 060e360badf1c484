/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_L2CAP_SIG_H_
#define FAV_HOST_L2CAP_SIG_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/cursor.h>
#include <favonius/host.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

#include "deadlines.h"
#include "l2cap.h"

/*
 * The signalling channel of LE, Core 6.0 Vol 3 Part A 4: commands between the two L2CAPs.
 */

/* Longest signalling PDU that every LE device takes: MTUsig, Vol 3 Part A 4. */
#define L2CAP_SIG_MTU 23
/* Buffers for commands of ours: of a link at most, of all. One is kept for each link that has none,
 * so that a stalled link, or a peer that floods us, takes none of the others'. */
#define L2CAP_SIG_LINK_MAX 8
#define L2CAP_SIG_COUNT    (CONFIG_BT_MAX_CONN + L2CAP_SIG_LINK_MAX - 1)
/* Commands of a peer's that may wait until a request among them can be answered: as many requests
 * as a peer has open that keeps to the rules and uses all that there is. */
#define L2CAP_SIG_WAITING_MAX 8

/* A link's channel. */
struct l2cap_sig_chan {
	struct bt_conn *conn; /* NULL: no link. */
	uint8_t ident;        /* The last that we used, 0 for none. */
	uint8_t pending;      /* That of our request without a response, 0 for none. */
	uint8_t held;         /* Buffers, also of the link before. */
	uint8_t waiting_count;
	struct net_buf *reserved; /* For the answer to the request that is being handled. */
	sys_slist_t waiting;      /* A request that there was none for, and all that came after. */
	deadline_t rtx;
};

/* Commands, table 4.2. */
#define SIG_COMMAND_REJECT   0x01
#define SIG_DISCONNECT_REQ   0x06
#define SIG_DISCONNECT_RSP   0x07
#define SIG_PARAM_UPDATE_REQ 0x12
#define SIG_PARAM_UPDATE_RSP 0x13
#define SIG_CREDIT_CONN_REQ  0x14
#define SIG_CREDIT_CONN_RSP  0x15
#define SIG_FLOW_CREDIT_IND  0x16
#define SIG_ECRED_CONN_REQ   0x17
#define SIG_ECRED_CONN_RSP   0x18
#define SIG_ECRED_RECONF_REQ 0x19
#define SIG_ECRED_RECONF_RSP 0x1a

/* 4.1, table 4.3 */
#define SIG_REJECT_NOT_UNDERSTOOD 0x0000
#define SIG_REJECT_MTU_EXCEEDED   0x0001
#define SIG_REJECT_INVALID_CID    0x0002

/* What becomes of a command that arrived. */
struct l2cap_sig_entry {
	uint8_t code;
	bool is_request; /* Whoever sends it waits for an answer. */
	void (*handler)(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
};

/* Who has commands of its own: channels. */
struct l2cap_sig_upper {
	const struct l2cap_sig_entry *commands;
	size_t count;
	/* Whether a request with that identifier waits for its answer. */
	bool (*waits)(struct bt_conn *conn, uint8_t ident);
	/* Command Reject of that request; false: it is none. */
	bool (*rejected)(struct bt_conn *conn, uint8_t ident);
	/* A buffer came back; any level. */
	void (*freed)(struct bt_host *host);
};

/* In the host. */
struct l2cap_sig {
	struct bt_host *host;
	const struct l2cap_sig_upper *upper; /* NULL: nobody. */
	struct l2cap_sig_chan chans[CONFIG_BT_MAX_CONN];
	struct deadlines rtx;
	struct k_work resume; /* Goes on with what waits. */
	uint16_t waiting;     /* How much, of all links. */
	uint8_t links_up;
	uint8_t holders;                /* Links that hold buffers. */
	uint8_t links[L2CAP_SIG_COUNT]; /* By a buffer's number: which link holds it. */
	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, L2CAP_SIG_COUNT, L2CAP_HEADROOM + L2CAP_SIG_MTU,
			    L2CAP_USER_DATA);
};

void l2cap_sig__init(struct l2cap_sig *sig, struct bt_host *host);
int l2cap_sig__enable(struct bt_host *host);
void l2cap_sig__disable(struct bt_host *host);

void l2cap_sig__upper_register(struct l2cap_sig *sig, const struct l2cap_sig_upper *upper);

/* An identifier for a request of ours: none that waits for its answer has it. */
uint8_t l2cap_sig__ident(struct bt_conn *conn);
/* The same for what has no answer. */
uint8_t l2cap_sig__ident_of_indication(struct bt_conn *conn);
/* A command with room for its parameters; NULL: no buffer now. */
struct net_buf *l2cap_sig__new(struct bt_conn *conn, uint8_t code, uint8_t ident,
			       uint16_t params_len);
/* The same for the one answer to the request that is being handled, for which there is a buffer. */
struct net_buf *l2cap_sig__answer(struct bt_conn *conn, uint8_t code, uint8_t ident,
				  uint16_t params_len);
/* A call is -ENOMEM because of that: tx_ready follows. */
void l2cap_sig__refused(struct bt_conn *conn);
/* Sends buf, which is taken. -ENOTCONN: the link is gone, and with it all channels. */
int l2cap_sig__send(struct bt_conn *conn, struct net_buf *buf);
/* Command Reject with count words of data. */
void l2cap_sig__reject(struct bt_conn *conn, uint8_t ident, uint16_t reason, const uint16_t *data,
		       size_t count);
/* What arrived is not to be answered: counted, and logged. */
void l2cap_sig__drop(struct bt_conn *conn, const char *why);

#endif
