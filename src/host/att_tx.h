/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_TX_H_
#define FAV_HOST_ATT_TX_H_

#include "att.h"

/*
 * Buffers and sending. See att.h for the kinds of buffer.
 */

void att_tx__init(struct att *att);

/* A buffer with its headroom, and a writer of at most the bearer's MTU; NULL when there is none,
 * and then what waits is looked at again when one comes back. */
struct net_buf *att_tx__alloc(struct att_bearer *bearer, struct att_pool *pool,
			      struct fav_writer *pdu);
/* What was written becomes the buffer's content. */
void att_tx__finish(struct net_buf *buf, const struct fav_writer *pdu);

/* A buffer for a reply; NULL while the bearer has ATT_REPLIES on their way. */
struct net_buf *att_tx__reply_alloc(struct att_bearer *bearer, struct fav_writer *pdu);
/* Takes buf. */
void att_tx__reply_send(struct att_bearer *bearer, struct net_buf *buf);

/* One PDU onto a bearer: errors and sent as l2cap__send(). */
int att_tx__pdu(struct att_bearer *bearer, struct net_buf *buf, l2cap_sent_t sent, void *user);

/* A notification or command: begin, write, send. begin: -ETIMEDOUT, -ENOMEM; with_func
 * is whether send will be given a func, which it calls `times` times. send takes buf, and drops it
 * when it does not return 0. */
int att_tx__value_begin(struct att_bearer *bearer, bool with_func, struct net_buf **buf,
			struct fav_writer *pdu);
int att_tx__value_send(struct att_bearer *bearer, struct net_buf *buf, const struct fav_writer *pdu,
		       bt_gatt_complete_func_t func, void *user_data, uint16_t times);
/* One with a handle and a value: also -EMSGSIZE. */
int att_tx__value(struct att_bearer *bearer, uint8_t opcode, uint16_t handle, const void *data,
		  uint16_t len, bt_gatt_complete_func_t func, void *user_data);
/* The bearer for such: 0, -ENOTCONN; -EINVAL: there is none of that kind. */
int att_tx__value_choose(struct bt_conn *conn, enum bt_att_chan_opt opt,
			 struct att_bearer **bearer);

/* conn was refused something of which all is in use; scarce is ATT_SCARCE_*. */
void att_tx__refused(struct bt_conn *conn, uint8_t scarce);
/* One of those came back. Any level. */
void att_tx__freed(struct att *att, uint8_t scarce);

#endif
