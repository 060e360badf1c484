/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_REQ_H_
#define FAV_HOST_ATT_REQ_H_

#include "att.h"

/*
 * The transactions that this side starts.
 */

void att_req__init(struct att *att);

/* The bearer for a procedure, of the kind that its user wants: of several, the one with the fewest
 * waiting; indications without a wish keep to the unenhanced one, and so to their order. -EINVAL:
 * conn is NULL, or has no bearer of that kind; -ENOTCONN, -ETIMEDOUT as in zephyr/bluetooth/gatt.h.
 */
int att_req__choose(struct bt_conn *conn, enum bt_att_chan_opt opt, enum att_dir dir,
		    struct att_bearer **bearer);
/* Take a request for a procedure on bearer: all zero but for proc, params and bearer, to be started
 * or freed. -ENOMEM. */
int att_req__alloc(struct att_bearer *bearer, const struct att_proc *proc, void *params,
		   struct att_req **req);
void att_req__free(struct att *att, struct att_req *req);
/* Make the first PDU, queue it, and send it when it is first. Frees req on an error: -ENOMEM, or
 * what build returned. */
int att_req__start(enum att_dir dir, struct att_req *req);
/* The two halves of start: make the first PDU, freeing nothing on an error; then queue it. */
int att_req__build(struct att_req *req);
void att_req__queue(enum att_dir dir, struct att_req *req);
/* choose and alloc, of a request. */
int att_req__new(struct bt_conn *conn, enum bt_att_chan_opt opt, const struct att_proc *proc,
		 void *params, struct att_req **req);
/* new and start, for a procedure that needs nothing set between. */
int att_req__run(struct bt_conn *conn, enum bt_att_chan_opt opt, const struct att_proc *proc,
		 void *params);
/* End the first procedure with params; see bt_gatt_cancel(). */
void att_req__cancel(struct bt_conn *conn, const void *params);

/* What arrives for them, from att_ops.c. */
void att_req__response(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp);
void att_req__error(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp);
void att_req__confirmation(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp);

/* The link's security has changed, or has failed to: who waits for that goes on, or ends. */
void att_req__secured(struct bt_conn *conn, bool ok);

void att_req__connected(struct att_bearer *bearer);
/* End them all, with their callbacks. */
void att_req__fail_all(struct att_bearer *bearer, struct bt_conn *conn, int err);
/* Buffers came back. */
void att_req__resume(struct att_bearer *bearer);

#endif
