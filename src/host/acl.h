/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ACL_H_
#define FAV_HOST_ACL_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/dlist.h>
#include <zephyr/sys/slist.h>

#include "conn.h"
#include "host.h"

/*
 * ACL data, Core 6.0 Vol 4 Part E 4.1 and 5.4.2: PDUs of L2CAP to and from the controller's
 * packets.
 *
 * Sending (acl_tx.c): each link has a queue of PDUs; links take turns, a packet at a time, as the
 * controller's buffers allow. First come those that have less than an even part of the buffers; of
 * the others, the one whose packet was completed last: it is the one that the radio is with, and
 * what the rest would take now waits for their events. A link leaves a buffer for each link that
 * has none, up to half of them all, and takes no more than its share while others wait, so that
 * those whose peers have gone silent hold nobody up. A PDU that fits one packet, and the last
 * packet of a longer one, is sent in its own buffer.
 *
 * Credits for a peer's channel go ahead of data that waits: behind a full queue they would come
 * when the peer has long run out of them, and while it waits the link falls silent. They do not
 * pass other signalling, for a channel's beginning must arrive first.
 *
 * Receiving (acl_rx.c): packets are joined into the first one's buffer.
 */

/* Headroom that a PDU's buffer needs: ACL header 4, indicator 1. */
#define ACL_HEADROOM 5
/* Bytes of its user data that are the queue's. */
#define ACL_USER_DATA (2 * sizeof(void *))

/* Exactly once for each PDU: err 0 when the controller has completed its last packet, -ENOTCONN
 * when the link went first. May send. */
typedef void (*acl_sent_t)(struct bt_conn *conn, void *user, int err);

/* Longest payload of a packet that has to be copied, bytes: the most that goes over the air at
 * once, or the longest PDU of the host's own with its header.
 */
#define ACL_COPY_MAX MIN(251, CONFIG_BT_L2CAP_TX_MTU + 4)
/* Buffers for such packets. */
#define ACL_COPY_COUNT CONFIG_BT_CONN_FRAG_COUNT
/* PDUs in the controller that somebody waits for. */
#define ACL_RECORDS CONFIG_BT_CONN_TX_MAX

/* A PDU in the controller whose sender wants to know. */
struct acl_record {
	sys_snode_t node;
	acl_sent_t sent;
	void *user;
	uint32_t packet; /* Its last, by acl_link.packets. */
};

struct acl_link {
	sys_dnode_t node; /* In acl.under or acl.at when it has something to send. */
	bool up;
	bool ready;
	uint16_t handle;

	sys_slist_t queue;
	sys_snode_t *fence; /* The last of signalling in the queue; NULL: none. */
	bool continued;     /* The first of the queue has been sent in part. */
	uint32_t packets;   /* Sent to the controller since the link is up. */
	uint32_t completed; /* Of these, completed by it. */
	sys_slist_t records;

	struct net_buf *rx;   /* A PDU that is not complete. */
	uint16_t rx_skip_len; /* Bytes still to come of one that was dropped. */
};

/* In the host. */
struct acl {
	struct bt_host *host;
	void (*recv)(struct bt_conn *conn, struct net_buf *buf);
	uint16_t len;     /* Of the controller's buffers, bytes. */
	uint16_t count;   /* Of the controller's buffers. */
	uint16_t credits; /* How many of them are free. */
	uint16_t links_up;
	uint16_t links_idle; /* of these, nothing in the controller */
	uint16_t links_ready;
	/* Links with something to send, by what the controller has of theirs: under an even part,
	 * and at it. */
	sys_dlist_t under, at;
	struct acl_link links[CONFIG_BT_MAX_CONN];

	struct acl_record records[ACL_RECORDS];
	sys_slist_t records_free;

	struct net_buf_pool copies;
	FAV_NET_BUF_STORAGE(copies_storage, ACL_COPY_COUNT, ACL_COPY_MAX + ACL_HEADROOM, 0);
	struct k_work copy_freed;
};

void acl__init(struct acl *acl, struct bt_host *host);
/* -EIO: the controller's buffers are unusable. */
int acl__enable(struct bt_host *host);
void acl__disable(struct bt_host *host);

/* Who gets the PDUs that arrive, L2CAP header first; taken. */
void acl__register(struct acl *acl, void (*recv)(struct bt_conn *conn, struct net_buf *buf));

void acl__up(struct bt_conn *conn);
/* Reports all that was queued, and drops what has been received of a PDU. */
void acl__down(struct bt_conn *conn);

/* Queue a PDU, L2CAP header first. buf has one reference, ACL_HEADROOM and ACL_USER_DATA; it is
 * taken when 0 is returned. sent may be NULL. -ENOTCONN: no link. */
int acl__send(struct bt_conn *conn, struct net_buf *buf, acl_sent_t sent, void *user);
/* The same of a signalling PDU; ahead: before data that waits, behind signalling. */
int acl__signal(struct bt_conn *conn, struct net_buf *buf, bool ahead);

/* ---- Between acl_tx.c and acl_rx.c ---- */

static inline struct acl_link *acl__link(const struct bt_conn *conn)
{
	return &host__acl(conn__host(conn))->links[conn__index(conn)];
}

void acl_rx__register(struct bt_host *host);
void acl_rx__down(struct acl_link *link);

#endif
