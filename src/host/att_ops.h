/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ATT_OPS_H_
#define FAV_HOST_ATT_OPS_H_

#include "att.h"

/*
 * What can be received: Core 6.0 Vol 3 Part F 3.4.8.
 */

#define ATT_OP_COMMAND_FLAG 0x40

enum att_kind {
	ATT_REQUEST,    /* answered by a response, or an error response */
	ATT_INDICATION, /* answered by a confirmation */
	ATT_COMMAND,    /* not answered: commands and notifications */
	ATT_ANSWER,     /* to what we sent: responses and confirmations */
};

struct att_op {
	uint8_t min_len; /* of the parameters behind the opcode */
	enum att_kind kind;
	/* ATT_REQUEST: write the response behind its opcode; or an ATT error code, and the handle
	 * that it is about. */
	uint8_t (*request)(struct att_bearer *bearer, struct fav_cursor *req,
			   struct fav_writer *rsp, uint16_t *handle);
	/* The other kinds. */
	void (*take)(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *pdu);
};

/* NULL: unknown. */
const struct att_op *att_ops__find(uint8_t opcode);

#endif
