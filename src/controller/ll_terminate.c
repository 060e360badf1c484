/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ACL termination, Core 6.0 Vol 6 Part B 5.1.6.
 *
 * Who begins waits for the acknowledgement, at most for the supervision timeout. Who is told
 * acknowledges and leaves: a peripheral with its very next packet; a central with one that the
 * peripheral listens for, which it sends a few times when it hears no answer.
 */

#include "controller/ctl.h"

#define FAREWELLS_MAX 3

static void start(struct ll_conn *conn, uint64_t now_us)
{
	ll__ctrl_send(conn, LL_TERMINATE_IND, &conn->ctrl.terminate_reason, 1, now_us);
	/* T_terminate: also a peer that is there may never take it. The supervision, which is due
	 * no later, looks at it. */
	conn->ctrl.local_deadline_us = now_us + conn->timeout * (uint64_t)LL_TIMEOUT_UNIT_US;
}

const struct ll_proc_ops ll__terminate_proc = {.start = start};

void ll__terminate_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	conn->ctrl.peer_reason = data[0];
	if (conn->role == LL_PERIPHERAL) {
		conn->end_reason = data[0];
	}
}

void ll__terminate_sent(struct ll_conn *conn)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	if (ctrl->peer_reason != 0 && ++ctrl->farewells == FAREWELLS_MAX) {
		conn->end_reason = ctrl->peer_reason;
	}
}

void ll__terminate_answered(struct ll_conn *conn)
{
	if (conn->ctrl.peer_reason != 0 && conn->ctrl.farewells != 0) {
		conn->end_reason = conn->ctrl.peer_reason;
	}
}
