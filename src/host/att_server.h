/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_SERVER_H_
#define FAV_HOST_ATT_SERVER_H_

#include "att.h"

/*
 * The server's side of each request: handlers for att_ops.c, see struct att_op there. They read the
 * parameters, whose minimum length has been checked, from req, and write the response to rsp.
 *
 * Attribute callbacks may change the database; so no pointer to an attribute is kept over one, and
 * iterations go on from a handle.
 */

#define ATT_SERVER_REQUEST(name)                                                      \
	uint8_t att_server__##name(struct att_bearer *bearer, struct fav_cursor *req, \
				   struct fav_writer *rsp, uint16_t *handle)

ATT_SERVER_REQUEST(mtu);
ATT_SERVER_REQUEST(find_info);
ATT_SERVER_REQUEST(find_type);
ATT_SERVER_REQUEST(read_type);
ATT_SERVER_REQUEST(read);
ATT_SERVER_REQUEST(read_blob);
ATT_SERVER_REQUEST(read_mult);
ATT_SERVER_REQUEST(read_mult_vl);
ATT_SERVER_REQUEST(read_group);
ATT_SERVER_REQUEST(write);
ATT_SERVER_REQUEST(prepare);
ATT_SERVER_REQUEST(execute);

void att_server__write_cmd(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu);
void att_server__signed_write_cmd(struct att_bearer *bearer, uint8_t opcode,
				  struct fav_cursor *pdu);

/* Values from the server on the other side. */
void att_client__notify(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu);
void att_client__notify_mult(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu);

/* The response to an Exchange MTU Request has left: what was agreed holds from now on. */
void att_mtu__answered(struct att_bearer *bearer);
/* Both sides have said their MTU; ours is bearer->own_mtu. */
void att_mtu__agree(struct att_bearer *bearer, uint16_t their_mtu);
/* What we say in exchanges on this bearer. */
uint16_t att_mtu__own(struct att_bearer *bearer);

void att_prepare__init(struct att *att);
/* Forget what was prepared. */
void att_prepare__clear(struct att_bearer *bearer);

/* A range of handles as requests have it; BT_ATT_ERR_INVALID_HANDLE when it is none. */
static inline uint8_t att_server__range_check(uint16_t start, uint16_t end)
{
	return start == 0 || start > end ? BT_ATT_ERR_INVALID_HANDLE : 0;
}

#endif
