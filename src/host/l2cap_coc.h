/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_L2CAP_COC_H_
#define FAV_HOST_L2CAP_COC_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>

#include "conn.h"
#include "deadlines.h"
#include "host.h"
#include "l2cap.h"

/*
 * Credit-based channels, Core 6.0 Vol 3 Part A 3.4, 4.22 to 4.28, 10.1 and 10.2.
 *
 *     l2cap_coc.c         the table of channels, their beginning and end
 *     l2cap_coc_api.c     what the application does with one that is there
 *     l2cap_coc_server.c  who listens
 *     l2cap_coc_sig.c     connect, disconnect, credits: LE
 *     l2cap_coc_sec.c     security that a channel waits for
 *     l2cap_ecred.c       connect: enhanced
 *     l2cap_reconf.c      reconfigure
 *     l2cap_coc_tx.c      SDUs to segments
 *     l2cap_coc_rx.c      segments to SDUs
 *     l2cap_coc_keep.c    received data that stays
 *     l2cap_fixed.c       fixed channels of the application's
 *
 *     DISCONNECTED -> CONNECTING -> CONNECTED -> DISCONNECTING -> DISCONNECTED
 *                  \_____________/^           \_________________/^
 *
 * A channel is in its link's table, by its CID, from CONNECTING until it is DISCONNECTED again. Any
 * callback may close it and let its memory go: whoever calls out notes generation_ and the CID, and
 * looks whether the channel is still there (l2cap_coc__alive()).
 *
 * Sending. Each segment is a view, a buffer without memory of its own over the SDU's; its header
 * is written over what lies before it, which has been sent. While the transport has the view before
 * (the SDU has more than one reference), the segment is a copy. A channel has at most so many
 * segments in the link's queue as the controller has buffers: the controller never waits for the
 * host, and channels of a link, and ATT, take turns.
 *
 * Receiving. The peer is kept supplied with a window of credits: at first what one SDU takes, then,
 * while the application consumes at once, doubled up to CONFIG_FAV_BT_L2CAP_WINDOW, since each
 * packet of credits costs the air as much as a segment. When the application keeps an SDU
 * (-EINPROGRESS), or has no buffer, the peer gets no more until that is over; the window is halved,
 * down to one SDU, and from then on grows slowly.
 *
 * What finds no buffer of ours is in `starved`, and goes on when one comes back.
 */

#define L2CAP_COC_CID_FIRST 0x0040
#define L2CAP_COC_CIDS      64

/* Credits that the peer has left when it gets more: they last until these have passed what waits in
 * our controller, as much as a channel and ATT put there, both ways at once. */
#define L2CAP_COC_CREDITS_LATE 24
/* Views and copies, of all links. */
#define L2CAP_COC_VIEWS  CONFIG_BT_L2CAP_TX_BUF_COUNT
#define L2CAP_COC_COPIES CONFIG_FAV_BT_L2CAP_COPY_COUNT

/* 4.23, 4.6: how long to wait for a response. */
#define L2CAP_COC_RTX_MS 30000
/* The same when what it waits for may need a user, 6.2.2. */
#define L2CAP_COC_ERTX_MS 60000

/* Channels of a link are found by the low bits of their CIDs: as long as there are no more than
 * these, as CIDs are given in order, each by itself. */
#define L2CAP_COC_CHAINS 4

struct l2cap_coc_link {
	/* Of each chain the first, by next_: also fixed channels of the application's. */
	struct bt_l2cap_le_chan *chains[L2CAP_COC_CHAINS];
	uint16_t generation; /* Counts the channels of the link. */
	/* Where to look for a free CID: behind the one of the channel that closed last, for there
	 * are peers who keep its CID for taken. */
	uint8_t next;
	uint8_t senders;         /* Channels with segments that have not left. */
	uint8_t sec_round;       /* Counts the changes of security. */
	bt_security_t sec_level; /* As channels were told last. */
};

/* In the host. */
struct l2cap_coc {
	struct bt_host *host;
	sys_slist_t servers;
	struct l2cap_coc_link links[CONFIG_BT_MAX_CONN];

	sys_slist_t starved; /* bt_l2cap_chan.node */
	struct k_work_delayable resume;
	struct deadlines rtx; /* of bt_l2cap_le_chan.rtx_us_ */

	struct net_buf_pool views;
	struct net_buf_pool copies;
	FAV_NET_BUF_STORAGE(view_storage, L2CAP_COC_VIEWS, 0,
			    L2CAP_USER_DATA + sizeof(struct net_buf *));
	FAV_NET_BUF_STORAGE(copy_storage, L2CAP_COC_COPIES, L2CAP_HEADROOM + CONFIG_BT_L2CAP_TX_MTU,
			    L2CAP_USER_DATA);
};

/* For host.c: above l2cap_sig. Servers stay over disable. */
void l2cap_coc__init(struct l2cap_coc *coc, struct bt_host *host);
int l2cap_coc__enable(struct bt_host *host);
void l2cap_coc__disable(struct bt_host *host);
/* Whether no buffer is in use, and nothing waits. */
bool l2cap_coc__is_idle(const struct l2cap_coc *coc);

/* ---- The table ---- */

static inline struct l2cap_coc *l2cap_coc__of(const struct bt_conn *conn)
{
	return host__l2cap_coc(conn__host(conn));
}

static inline struct l2cap_coc_link *l2cap_coc__link(const struct bt_conn *conn)
{
	return &l2cap_coc__of(conn)->links[conn__index(conn)];
}

/* A channel's place in the table, which holds NULL or the channel; also of a fixed channel. */
struct bt_l2cap_le_chan **l2cap_coc__place(const struct bt_conn *conn, uint16_t cid);
/* NULL: none. By our CID, by the peer's. */
struct bt_l2cap_le_chan *l2cap_coc__by_cid(const struct bt_conn *conn, uint16_t cid);
struct bt_l2cap_le_chan *l2cap_coc__by_remote(const struct bt_conn *conn, uint16_t cid);
static inline bool l2cap_coc__cid_valid(uint16_t cid)
{
	return cid >= L2CAP_COC_CID_FIRST && cid < L2CAP_COC_CID_FIRST + L2CAP_COC_CIDS;
}

/* A channel that may be gone. */
struct l2cap_coc_ref {
	struct bt_conn *conn; /* Outlives the reference. */
	uint16_t cid;
	uint16_t generation;
};
struct l2cap_coc_ref l2cap_coc__ref(const struct bt_l2cap_le_chan *ch);
struct bt_l2cap_le_chan *l2cap_coc__deref(struct l2cap_coc_ref ref);
bool l2cap_coc__alive(struct l2cap_coc_ref ref);

/* ---- Beginning and end ---- */

/* The ops are complete and rx is sensible: mtu, mps and credits are what is offered. -EINVAL. */
int l2cap_coc__rx_prepare(struct bt_l2cap_le_chan *ch, uint16_t min);
/* The next free identifier; 0: none. */
uint16_t l2cap_coc__cid_free(const struct bt_conn *conn);
/* An identifier, and a place in the table. -ENOMEM. */
int l2cap_coc__add(struct bt_conn *conn, struct bt_l2cap_le_chan *ch, bool ecred);
/* Out again without a word: the caller gets an error. */
void l2cap_coc__unadd(struct bt_l2cap_le_chan *ch);
/* The application has asked for the end of an attempt. */
bool l2cap_coc__called_off(const struct bt_l2cap_le_chan *ch);
/* The peer's side is known: CONNECTED, not yet announced. cid is valid and free. */
void l2cap_coc__open(struct bt_l2cap_le_chan *ch, uint16_t cid, uint16_t mtu, uint16_t mps,
		     uint16_t credits);
/* Tells the application, or closes it, when the attempt has been called off meanwhile. */
void l2cap_coc__announce(struct bt_l2cap_le_chan *ch);
/* How long its request may wait for a response. */
void l2cap_coc__rtx(struct bt_l2cap_le_chan *ch, uint32_t ms);
/* It is over. why: an attempt has come to nothing, unless it was called off. */
void l2cap_coc__end(struct bt_l2cap_le_chan *ch, int why);
/* The peer has broken the rules, or the application wants no more: ask for the end. */
void l2cap_coc__close(struct bt_l2cap_le_chan *ch, const char *why);
/* The peer has given the identifier of one channel to another as well: neither is used, 4.26. */
void l2cap_coc__end_both(struct bt_l2cap_le_chan *ch, struct bt_l2cap_le_chan *attempt);
/* The application's channel may be connected: -EINVAL, -EALREADY, -ENOTCONN. */
int l2cap_coc__connectable(struct bt_conn *conn, struct bt_l2cap_chan *chan, uint16_t psm,
			   uint16_t min);
/* Send the one request for these, all in the table, with psm and rx: of LE one channel. They wait
 * for its response then. -ENOMEM. */
int l2cap_coc__ask(struct bt_l2cap_le_chan **chs, size_t count);
/* The same, with the security that the application demands. Errors as l2cap_coc_sec__wait(). */
int l2cap_coc__begin(struct bt_l2cap_le_chan **chs, size_t count);
/* Go on with ch when buffers come back. */
void l2cap_coc__starve(struct bt_l2cap_le_chan *ch);
void l2cap_coc__freed(struct l2cap_coc *coc);

/* ---- l2cap_coc_server.c ---- */

/* 0, or the result to refuse with. */
uint16_t l2cap_coc__server_check(struct bt_conn *conn, uint16_t psm);
/* The channel for a peer's request, asked, in the table, with rx prepared; *result receives a
 * refusal. */
struct bt_l2cap_le_chan *l2cap_coc__server_accept(struct bt_conn *conn, uint16_t psm, bool ecred,
						  const struct bt_l2cap_le_endpoint *asked,
						  uint16_t *result);

/* ---- l2cap_coc_sec.c ---- */

/* Raise the link's security for these, which are asked for together, then ask (again); when it does
 * not get there, they end with why. Errors as bt_conn_set_security() but -EBUSY. */
int l2cap_coc_sec__wait(struct bt_l2cap_le_chan **chs, size_t count, bt_security_t level, int why);
/* The peer has refused these with result. false: more security would not help, or is not to be had.
 */
bool l2cap_coc_sec__refused(struct bt_l2cap_le_chan **chs, size_t count, uint16_t result);
void l2cap_coc_sec__changed(struct bt_conn *conn, enum bt_security_err err);

/* ---- l2cap_coc_sig.c, l2cap_ecred.c ---- */

int l2cap_coc__conn_req_send(struct bt_l2cap_le_chan *ch, uint8_t ident);
int l2cap_ecred__conn_req_send(struct bt_l2cap_le_chan **chs, size_t count, uint8_t ident);

/* -ENOMEM: no buffer now. */
int l2cap_coc__disconnect_send(struct bt_l2cap_le_chan *ch);
int l2cap_coc__credits_send(struct bt_l2cap_le_chan *ch, uint16_t credits);

void l2cap_coc__on_conn_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_coc__on_conn_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_coc__on_disconnect_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_coc__on_disconnect_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_coc__on_credits(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
/* A channel waits for the answer to that request. */
bool l2cap_coc__waits(struct bt_conn *conn, uint8_t ident);
/* Command Reject; false: of no request of ours. */
bool l2cap_coc__on_rejected(struct bt_conn *conn, uint8_t ident);
void l2cap_ecred__on_conn_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_ecred__on_conn_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_ecred__on_reconf_req(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
void l2cap_ecred__on_reconf_rsp(struct bt_conn *conn, uint8_t ident, struct fav_cursor *params);
/* Of the NULL-terminated array of an application's; at most five. */
size_t l2cap_ecred__count(struct bt_l2cap_chan **chans);
bool l2cap_ecred__is_twice(struct bt_l2cap_chan **chans, size_t index);
/* The channels of a request of ours, in its order: that of their identifiers. At most five. */
size_t l2cap_ecred__asked(struct bt_conn *conn, uint8_t ident, bt_l2cap_chan_state_t state,
			  struct l2cap_coc_ref *refs);
/* A reconfiguration got no answer, or a rejection. */
void l2cap_ecred__reconf_failed(struct bt_l2cap_le_chan *ch);

/* ---- l2cap_coc_tx.c ---- */

void l2cap_coc_tx__init(struct l2cap_coc *coc);
/* Send what can be sent. */
void l2cap_coc_tx__pump(struct bt_l2cap_le_chan *ch);
void l2cap_coc_tx__drop(struct bt_l2cap_le_chan *ch);
/* ch is out of the table: the reports of what it has sent find nobody. */
void l2cap_coc_tx__forget(struct bt_l2cap_le_chan *ch);
int l2cap_coc_tx__send(struct bt_l2cap_le_chan *ch, struct net_buf *buf);

/* ---- l2cap_coc_rx.c ---- */

/* A segment; taken. */
void l2cap_coc_rx__recv(struct bt_l2cap_le_chan *ch, struct net_buf *buf);
/* Credits, and what is held. */
void l2cap_coc_rx__resume(struct bt_l2cap_le_chan *ch);
void l2cap_coc_rx__drop(struct bt_l2cap_le_chan *ch);
/* Segments that an SDU of the largest size takes. */
uint16_t l2cap_coc_rx__sdu_segments(const struct bt_l2cap_le_chan *ch);

/* Of buf, a reference or, where buffers for received data are scarce, a copy; NULL: no memory. */
struct net_buf *l2cap_coc_keep__segment(const struct bt_l2cap_le_chan *ch, struct net_buf *buf);
/* What an SDU that begins in buf is put together in: a reference of buf, or an empty buffer with
 * room for all of it. */
struct net_buf *l2cap_coc_keep__sdu(const struct bt_l2cap_le_chan *ch, struct net_buf *buf);

/* ---- l2cap_fixed.c ---- */

void l2cap_fixed__connected(struct bt_conn *conn);
void l2cap_fixed__disconnected(struct bt_conn *conn);
/* false: there is no such channel, and buf is still the caller's. */
bool l2cap_fixed__recv(struct bt_conn *conn, uint16_t cid, struct net_buf *buf);
int l2cap_fixed__send(struct bt_l2cap_chan *chan, struct net_buf *buf);
/* Whether chan, which has a link, is a fixed channel. */
static inline bool l2cap_fixed__is(struct bt_l2cap_chan *chan)
{
	return BT_L2CAP_LE_CHAN(chan)->rx.cid < L2CAP_COC_CID_FIRST;
}

#endif
