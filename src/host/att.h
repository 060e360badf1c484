/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_H_
#define FAV_HOST_ATT_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

#include "deadlines.h"
#include "host.h"
#include "l2cap.h"

/*
 * ATT bearers: of each connection one on fixed channel 4, and perhaps others on enhanced
 * credit-based channels of L2CAP (att_eatt.c). Core 6.0 Vol 3 Part F.
 *
 * What leaves, and from which buffers:
 *
 *   replies   responses and confirmations, and the further PDUs of a procedure of ours, whose
 *             first one has had its turn: what brings a transaction to its end. All links share
 *             them, each PDU is on its way as soon as it is made, and while a link has none, one is
 *             kept for it: as long as no more links than there are buffers stall, none waits for
 *             another. A bearer has at most ATT_REPLIES replies that the controller has not
 *             completed. While it has as many, or there is no buffer, what arrives is held
 *             (att_rx.c), and a procedure goes on later; a peer that keeps to the rules has one
 *             request open.
 *   values    notifications and commands of all bearers: -ENOMEM to the caller, later tx_ready. A
 *             link has its share of them (att_tx.c): a stalled one does not hold up the others.
 *   requests  the first PDU of a transaction of ours (request or indication), made when it is
 *             asked for, sent in its turn: -ENOMEM to the caller, later tx_ready.
 *
 * A transaction without answer for 30 s fails, and with it all others: the bearer then starts
 * nothing any more (3.3.3). It still answers.
 */

#define ATT_HEADROOM BT_L2CAP_SDU_CHAN_SEND_RESERVE
#define ATT_BUF_SIZE (ATT_HEADROOM + CONFIG_BT_L2CAP_TX_MTU)
#define ATT_REPLIES  2
/* PDUs held of one bearer; a peer within the rules has one request and, rarely, commands. */
#define ATT_HELD_MAX   8
#define ATT_TIMEOUT_MS 30000
/* Bytes before the value in a write, notification or indication: opcode and handle. */
#define ATT_VALUE_HEADER 3

struct att;
struct att_bearer;
struct att_enhanced;
struct att_req;

/* A procedure of ours: requests, or an indication, one after the other. An att_req goes through
 * build, then response or failed, and again while these return true. What returns false has told
 * its user the end. */
struct att_proc {
	/* Fill the PDU, at most the MTU. 0, or a negative errno that ends the procedure. */
	int (*build)(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu);
	/* The parameters of the right response. */
	bool (*response)(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp);
	/* err > 0: ATT error code of an error response. err < 0: the end, without an answer:
	 * -ENOTCONN, -ETIMEDOUT, -ECANCELED or what build returned; must return false. */
	bool (*failed)(struct bt_conn *conn, struct att_req *req, int err);
	/* What goes on in the place of a cancelled procedure whose PDU is on its way; NULL: the
	 * answer is swallowed. */
	const struct att_proc *cancelled;
	/* build reads what is the caller's alone until the first PDU is made: to be sent again, the
	 * PDU is copied. */
	bool copied;
};

struct att_req {
	sys_snode_t node;
	struct att_bearer *bearer; /* on which it runs */
	const struct att_proc *proc;
	void *params;          /* whose procedure: what bt_gatt_cancel() compares */
	struct net_buf *buf;   /* the PDU, until it is sent */
	uint8_t opcode;        /* of the PDU */
	bool started;          /* a PDU of it has left */
	bool running;          /* its proc is being called; nobody else may end or free it */
	bool retried;          /* it has waited for security once */
	uint8_t waits;         /* for security, refused with this ATT error code; 0: it does not */
	struct net_buf *again; /* the PDU once more, where it was copied */
	int aborted;           /* ended meanwhile, with this negative errno */
	/* The procedure's own. */
	uint16_t handle;
	uint16_t end;
	uint16_t offset;
	uint16_t mtu;
	uint16_t value;
	uint8_t step;
	uint8_t err;
};

/* Transactions of one kind on a bearer; the head of the list is sent when `sent`. */
struct att_queue {
	struct att_bearer *bearer;
	sys_slist_t reqs;
	deadline_t timeout;
	bool sent;
};

enum att_dir {
	ATT_DIR_REQUEST,
	ATT_DIR_INDICATION,
	ATT_DIR_COUNT,
};

struct att_bearer {
	struct att *att;
	struct att_enhanced *enhanced; /* NULL: it is the one on fixed channel 4 */
	struct bt_conn *conn;          /* NULL: no link, or no channel */
	uint16_t mtu;
	uint16_t own_mtu;   /* what we said in an exchange; 0: nothing yet */
	bool mtu_asked;     /* by us */
	uint16_t their_mtu; /* what the peer asked for; 0: nothing yet */
	bool mtu_answered;  /* by us */
	bool timed_out;
	bool out_of_sync_told; /* gatt_aware.c */
	uint8_t replies;       /* not yet completed by the controller */
	uint8_t held_count;
	bool held_request; /* one of the held is a request */
	sys_slist_t held;  /* received PDUs, in order */
	struct att_queue queues[ATT_DIR_COUNT];
	sys_slist_t prepared; /* struct att_prepared, att_prepare.c */
};

/* PDUs of an enhanced bearer that have not left: replies, a request, an indication, and values. */
#define ATT_FLIGHT_VALUES 8
#define ATT_FLIGHT_MAX    (ATT_REPLIES + ATT_DIR_COUNT + ATT_FLIGHT_VALUES)

/* An enhanced bearer. Its place is taken from the channel's being asked for to its end; bearer.conn
 * is set while it is open. */
struct att_enhanced {
	struct att_bearer bearer;
	bool taken;
	struct bt_l2cap_le_chan chan;
	/* Whom to tell when they have left, in order. */
	struct {
		l2cap_sent_t sent;
		void *user;
	} flight[ATT_FLIGHT_MAX];
	uint8_t flight_first, flight_count;
};

/* A sent callback of the application. */
struct att_sent {
	sys_snode_t node;
	struct att *att;
	uint8_t link; /* index of the link that holds it */
	bt_gatt_complete_func_t func;
	void *user_data;
	uint16_t times;
};

/* A part of a prepared write, or more bytes of the one before it. */
#define ATT_PREPARED_DATA 48
struct att_prepared {
	sys_snode_t node;
	uint16_t handle; /* 0: more of the one before */
	uint16_t offset;
	uint16_t len;
	uint8_t data[ATT_PREPARED_DATA];
};

/* What there can be too little of. A request's memory and its buffer count as one. */
#define ATT_SCARCE_REPLY   BIT(0)
#define ATT_SCARCE_VALUE   BIT(1)
#define ATT_SCARCE_REQUEST BIT(2)
#define ATT_SCARCE_SENT    BIT(3)

/* Who holds the pieces of a stock, which links share. */
struct att_shares {
	uint16_t held[CONFIG_BT_MAX_CONN]; /* by the link's index */
	uint16_t holders;                  /* links that hold one */
};

struct att_pool {
	struct net_buf_pool pool;
	struct att *att;
	struct att_shares *shares; /* NULL: whoever comes first */
	uint8_t *links;            /* by a buffer's number: whose share it is of */
	uint8_t scarce;            /* ATT_SCARCE_* */
};

/* Who sits above: GATT. */
struct att_upper {
	void (*connected)(struct bt_conn *conn);
	/* After all procedures have ended. */
	void (*disconnected)(struct bt_conn *conn);
	void (*mtu_updated)(struct bt_conn *conn, uint16_t mtu);
	/* A value from a server: opcode is BT_ATT_OP_NOTIFY or BT_ATT_OP_INDICATE. */
	void (*value)(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		      uint16_t len);
};

/* Of all links together. */
#define ATT_BEARERS (CONFIG_BT_MAX_CONN + CONFIG_BT_EATT_MAX)

/* The ATT of one host, which owns it. */
struct att {
	struct bt_host *host;
	const struct att_upper *upper;
	uint16_t preferred_mtu;
	bool retry_on_sec_err; /* CONFIG_BT_ATT_RETRY_ON_SEC_ERR */
	bool eatt;             /* CONFIG_BT_EATT */
	bool enabled;
	uint8_t starved; /* ATT_SCARCE_* that somebody was refused and that have not come back since
			  */
	struct k_work_delayable freed;
	struct deadlines timeouts; /* of the queues of requests and indications */
	struct att_bearer bearers[CONFIG_BT_MAX_CONN];
	struct att_enhanced enhanced[CONFIG_BT_EATT_MAX];
	struct bt_l2cap_server eatt_server;

	struct att_pool replies, values, requests;
	FAV_NET_BUF_STORAGE(replies_memory, CONFIG_FAV_BT_ATT_REPLY_COUNT, ATT_BUF_SIZE,
			    L2CAP_USER_DATA);
	FAV_NET_BUF_STORAGE(values_memory, CONFIG_BT_ATT_TX_COUNT, ATT_BUF_SIZE, L2CAP_USER_DATA);
	FAV_NET_BUF_STORAGE(requests_memory, CONFIG_BT_ATT_REQ_COUNT, ATT_BUF_SIZE,
			    L2CAP_USER_DATA);

	struct att_req req_memory[CONFIG_BT_ATT_REQ_COUNT];
	sys_slist_t free_reqs;
	struct att_sent sent_memory[CONFIG_BT_ATT_TX_COUNT];
	sys_slist_t free_sents;
	struct att_shares reply_shares, value_shares, sent_shares;
	uint8_t reply_links[CONFIG_FAV_BT_ATT_REPLY_COUNT];
	uint8_t value_links[CONFIG_BT_ATT_TX_COUNT];
	uint16_t bearers_up;    /* unenhanced ones: links */
	uint16_t resumed_first; /* with which bearer the next round of those that waited begins */
	struct att_prepared prepared_memory[CONFIG_BT_ATT_PREPARE_COUNT];
	sys_slist_t free_prepared;
	/* A whole attribute value, while a request is being handled. */
	uint8_t scratch[BT_ATT_MAX_ATTRIBUTE_LEN];
};

/* For host.c. */
void att__init(struct att *att, struct bt_host *host);
int att__enable(struct bt_host *host);
/* Ends the bearers that are left, as if their links were gone. */
void att__disable(struct bt_host *host);

void att__upper_register(struct att *att, const struct att_upper *upper);
/* A bearer begins with the peer's MTU known, or the default one; and ends, as its link or channel
 * does. For the unenhanced one its upper layer is told, by who calls these. */
void att__bearer_begin(struct att_bearer *bearer, struct bt_conn *conn, uint16_t mtu);
void att__bearer_end(struct att_bearer *bearer);
/* The n-th of all there can be, up to ATT_BEARERS. */
struct att_bearer *att__bearer_at(struct att *att, int n);
/* The unenhanced one; NULL: conn has no link. */
struct att_bearer *att__bearer(const struct bt_conn *conn);
/* All bearers of a link, the unenhanced one first: the one behind `after`, NULL: the first. NULL:
 * no more. */
struct att_bearer *att__bearer_next(const struct bt_conn *conn, const struct att_bearer *after);
unsigned int att__bearer_count(const struct bt_conn *conn);
/* Where values go, in the order of calls: the first of the kind; NULL: none. */
struct att_bearer *att__value_bearer(const struct bt_conn *conn, enum bt_att_chan_opt opt);
/* For a PDU that the protocol says to ignore. */
void att__dropped(struct att_bearer *bearer);
/* Whether everything is free: for tests. */
bool att__is_idle(const struct att *att);

#endif
