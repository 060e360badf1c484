/* SPDX-License-Identifier: Apache-2.0 */
#include "att_ops.h"
#include "att_req.h"
#include "att_server.h"

/* Methods are the opcode's lower six bits; the table holds the opcodes without flags. */
static const struct att_op ops[] = {
	[BT_ATT_OP_ERROR_RSP] = {4, ATT_ANSWER, NULL, att_req__error},
	[BT_ATT_OP_MTU_REQ] = {2, ATT_REQUEST, att_server__mtu, NULL},
	[BT_ATT_OP_MTU_RSP] = {2, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_FIND_INFO_REQ] = {4, ATT_REQUEST, att_server__find_info, NULL},
	[BT_ATT_OP_FIND_INFO_RSP] = {1, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_FIND_TYPE_REQ] = {6, ATT_REQUEST, att_server__find_type, NULL},
	[BT_ATT_OP_FIND_TYPE_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_READ_TYPE_REQ] = {6, ATT_REQUEST, att_server__read_type, NULL},
	[BT_ATT_OP_READ_TYPE_RSP] = {1, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_READ_REQ] = {2, ATT_REQUEST, att_server__read, NULL},
	[BT_ATT_OP_READ_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_READ_BLOB_REQ] = {4, ATT_REQUEST, att_server__read_blob, NULL},
	[BT_ATT_OP_READ_BLOB_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_READ_MULT_REQ] = {4, ATT_REQUEST, att_server__read_mult, NULL},
	[BT_ATT_OP_READ_MULT_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_READ_GROUP_REQ] = {6, ATT_REQUEST, att_server__read_group, NULL},
	[BT_ATT_OP_READ_GROUP_RSP] = {1, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_WRITE_REQ] = {2, ATT_REQUEST, att_server__write, NULL},
	[BT_ATT_OP_WRITE_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_PREPARE_WRITE_REQ] = {4, ATT_REQUEST, att_server__prepare, NULL},
	[BT_ATT_OP_PREPARE_WRITE_RSP] = {4, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_EXEC_WRITE_REQ] = {1, ATT_REQUEST, att_server__execute, NULL},
	[BT_ATT_OP_EXEC_WRITE_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_NOTIFY] = {2, ATT_COMMAND, NULL, att_client__notify},
	[BT_ATT_OP_INDICATE] = {2, ATT_INDICATION, NULL, att_client__notify},
	[BT_ATT_OP_CONFIRM] = {0, ATT_ANSWER, NULL, att_req__confirmation},
	[BT_ATT_OP_READ_MULT_VL_REQ] = {4, ATT_REQUEST, att_server__read_mult_vl, NULL},
	[BT_ATT_OP_READ_MULT_VL_RSP] = {0, ATT_ANSWER, NULL, att_req__response},
	[BT_ATT_OP_NOTIFY_MULT] = {8, ATT_COMMAND, NULL, att_client__notify_mult},
};

static const struct att_op write_cmd = {2, ATT_COMMAND, NULL, att_server__write_cmd};
/* A signature is 12 bytes: Core 6.0 Vol 3 Part F 3.4.5.4. */
static const struct att_op signed_write_cmd = {14, ATT_COMMAND, NULL, att_server__signed_write_cmd};

const struct att_op *att_ops__find(uint8_t opcode)
{
	const struct att_op *op;

	if (opcode == BT_ATT_OP_WRITE_CMD) {
		return &write_cmd;
	}
	if (opcode == BT_ATT_OP_SIGNED_WRITE_CMD) {
		return &signed_write_cmd;
	}
	if (opcode >= ARRAY_SIZE(ops)) {
		return NULL;
	}
	op = &ops[opcode];
	return op->request != NULL || op->take != NULL ? op : NULL;
}
