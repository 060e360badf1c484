/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>

#include "att_eatt.h"
#include "att_req.h"
#include "att_tx.h"
#include "conn.h"

LOG_MODULE_REGISTER(bt_att);

/*
 * Transactions that this side starts: requests and indications, a queue of each on every bearer.
 *
 *   free -> alloc -> queued -> sent -> (response) -> queued again, or its end -> free
 *
 * The head of a queue is the one that is sent (q->sent), or waits for a buffer of its next PDU. A
 * request ends by its proc alone: settle() for an answer, fail() for everything else. While its
 * proc runs (req->running), which may call anything, only `aborted` is set by others, and settle()
 * does the rest when the proc comes back.
 */

/* How long a request waits for the security that it was refused for the lack of: a user may take
 * part in it. */
#define SECURITY_TIMEOUT_MS 60000

/* What is left of a cancelled request whose answer is still to come. */
static bool swallow_response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	return false;
}

static bool swallow_failed(struct bt_conn *conn, struct att_req *req, int err)
{
	return false;
}

static const struct att_proc swallow = {
	.response = swallow_response,
	.failed = swallow_failed,
};

static bool is_allowed(const struct att_bearer *bearer, enum bt_att_chan_opt opt, enum att_dir dir)
{
	if (opt == BT_ATT_CHAN_OPT_NONE && dir == ATT_DIR_INDICATION) {
		opt = BT_ATT_CHAN_OPT_UNENHANCED_ONLY;
	}
	return opt == BT_ATT_CHAN_OPT_NONE ||
	       (opt == BT_ATT_CHAN_OPT_ENHANCED_ONLY) == (bearer->enhanced != NULL);
}

int att_req__choose(struct bt_conn *conn, enum bt_att_chan_opt opt, enum att_dir dir,
		    struct att_bearer **chosen)
{
	struct att_bearer *bearer = NULL;
	size_t least = SIZE_MAX;
	int err = -EINVAL;

	if (conn == NULL) {
		return -EINVAL;
	}
	if (att__bearer(conn) == NULL) {
		return -ENOTCONN;
	}
	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		size_t waiting = sys_slist_len(&bearer->queues[dir].reqs);

		if (!is_allowed(bearer, opt, dir)) {
			continue;
		}
		if (bearer->timed_out) {
			err = err == 0 ? 0 : -ETIMEDOUT;
		} else if (waiting < least) {
			least = waiting;
			*chosen = bearer;
			err = 0;
		}
	}
	return err;
}

int att_req__alloc(struct att_bearer *bearer, const struct att_proc *proc, void *params,
		   struct att_req **req)
{
	sys_snode_t *node = sys_slist_get(&bearer->att->free_reqs);

	if (node == NULL) {
		att_tx__refused(bearer->conn, ATT_SCARCE_REQUEST);
		return -ENOMEM;
	}
	*req = CONTAINER_OF(node, struct att_req, node);
	memset(*req, 0, sizeof(**req));
	(*req)->bearer = bearer;
	(*req)->proc = proc;
	(*req)->params = params;
	return 0;
}

int att_req__new(struct bt_conn *conn, enum bt_att_chan_opt opt, const struct att_proc *proc,
		 void *params, struct att_req **req)
{
	struct att_bearer *bearer;
	int err = att_req__choose(conn, opt, ATT_DIR_REQUEST, &bearer);

	return err != 0 ? err : att_req__alloc(bearer, proc, params, req);
}

void att_req__free(struct att *att, struct att_req *req)
{
	if (req->buf != NULL) {
		net_buf_unref(req->buf);
		req->buf = NULL;
	}
	if (req->again != NULL) {
		net_buf_unref(req->again);
		req->again = NULL;
	}
	sys_slist_prepend(&att->free_reqs, &req->node);
	att_tx__freed(att, ATT_SCARCE_REQUEST);
}

/* Tell its user the end, and free it. It is in no queue. */
static void fail(struct att *att, struct bt_conn *conn, struct att_req *req, int err)
{
	(void)req->proc->failed(conn, req, err);
	att_req__free(att, req);
}

/* Make the next PDU of req. -ENOMEM: no buffer; else what build says. */
static int build(struct att_bearer *bearer, struct att_req *req, struct att_pool *pool)
{
	struct fav_writer pdu;
	struct net_buf *buf = att_tx__alloc(bearer, pool, &pdu);
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	err = req->proc->build(bearer->conn, req, &pdu);
	if (err != 0) {
		net_buf_unref(buf);
		return err;
	}
	att_tx__finish(buf, &pdu);
	req->opcode = buf->data[0];
	req->buf = buf;
	return 0;
}

static struct att_req *head(struct att_queue *q)
{
	sys_snode_t *node = sys_slist_peek_head(&q->reqs);

	return node != NULL ? CONTAINER_OF(node, struct att_req, node) : NULL;
}

/* A PDU that cannot be built again, for the case that it is to be sent again. Where that would take
 * from half of the requests their buffers, it is not. */
static void keep(struct att_bearer *bearer, struct att_req *req)
{
	struct att_pool *pool = &bearer->att->requests;
	struct fav_writer pdu;

	if (!req->proc->copied || req->retried || !bearer->att->retry_on_sec_err ||
	    bt_conn_get_security(bearer->conn) == BT_SECURITY_L4 ||
	    fav_net_buf_pool_used(&pool->pool) > CONFIG_BT_ATT_REQ_COUNT / 2) {
		return;
	}
	req->again = att_tx__alloc(bearer, pool, &pdu);
	if (req->again != NULL) {
		net_buf_add_mem(req->again, req->buf->data, req->buf->len);
	}
}

/* Send the head if nothing is sent. */
static void pump(struct att_queue *q)
{
	struct att_bearer *bearer = q->bearer;
	struct att_req *req;
	int err;

	while (bearer->conn != NULL && !bearer->timed_out && !q->sent && (req = head(q)) != NULL) {
		if (req->buf == NULL) {
			err = build(bearer, req, &bearer->att->replies);
			if (err == -ENOMEM) {
				return;
			}
			if (err != 0) {
				(void)sys_slist_get(&q->reqs);
				fail(bearer->att, bearer->conn, req, err);
				continue;
			}
		}
		keep(bearer, req);
		if (att_tx__pdu(bearer, req->buf, NULL, NULL) != 0) {
			/* The link is going down; its end is the end of this too. */
			return;
		}
		req->buf = NULL;
		req->started = true;
		q->sent = true;
		deadlines__set(&bearer->att->timeouts, &q->timeout, ATT_TIMEOUT_MS);
	}
}

int att_req__build(struct att_req *req)
{
	struct att_bearer *bearer = req->bearer;
	int err = build(bearer, req, &bearer->att->requests);

	if (err == -ENOMEM) {
		conn__tx_refused(bearer->conn);
	}
	return err;
}

void att_req__queue(enum att_dir dir, struct att_req *req)
{
	struct att_queue *q = &req->bearer->queues[dir];

	sys_slist_append(&q->reqs, &req->node);
	pump(q);
}

int att_req__start(enum att_dir dir, struct att_req *req)
{
	struct att *att = req->bearer->att;
	int err = att_req__build(req);

	if (err != 0) {
		att_req__free(att, req);
		return err;
	}
	att_req__queue(dir, req);
	return 0;
}

int att_req__run(struct bt_conn *conn, enum bt_att_chan_opt opt, const struct att_proc *proc,
		 void *params)
{
	struct att_req *req;
	int err = att_req__new(conn, opt, proc, params, &req);

	return err != 0 ? err : att_req__start(ATT_DIR_REQUEST, req);
}

/* The answer to the head of q: err is 0, or the ATT error code of an error response. */
static void settle(struct att_queue *q, struct att_req *req, int err, struct fav_cursor *rsp)
{
	struct att_bearer *bearer = q->bearer;
	struct att *att = bearer->att;
	struct bt_conn *conn = bearer->conn;
	bool more;

	deadlines__clear(&q->timeout);
	req->running = true;
	more = err != 0 ? req->proc->failed(conn, req, err) : req->proc->response(conn, req, rsp);
	req->running = false;
	/* Cancelled by a callback it is still in the queue, ended with the bearer it is not. */
	if (req->aborted == 0 || req->aborted == -ECANCELED) {
		q->sent = false;
		if (more && req->aborted == 0) {
			pump(q);
			return;
		}
		(void)sys_slist_get(&q->reqs);
	}
	if (more) {
		fail(att, conn, req, req->aborted);
	} else {
		att_req__free(att, req);
	}
	pump(q);
}

/* The sent head of q if opcode is what answers it. */
static struct att_req *in_flight(struct att_queue *q, uint8_t opcode)
{
	struct att_req *req = q->sent ? head(q) : NULL;

	return req != NULL && !req->running && req->waits == 0 && req->opcode + 1 == opcode ? req
											    : NULL;
}

static void answer(struct att_bearer *bearer, enum att_dir dir, uint8_t opcode, uint8_t err,
		   struct fav_cursor *rsp)
{
	struct att_queue *q = &bearer->queues[dir];
	struct att_req *req = in_flight(q, opcode);

	if (req == NULL) {
		att__dropped(bearer);
		return;
	}
	settle(q, req, err, rsp);
}

void att_req__response(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp)
{
	answer(bearer, ATT_DIR_REQUEST, opcode, 0, rsp);
}

void att_req__confirmation(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp)
{
	answer(bearer, ATT_DIR_INDICATION, opcode, 0, rsp);
}

/* ---- Refused for the lack of security: Core 6.0 Vol 3 Part C 10.3.2 ---- */

/* The level above the link's that such an error asks for; BT_SECURITY_L0: none would help. Without
 * encryption neither says whether authentication is needed. */
static bt_security_t level_for(struct bt_conn *conn, uint8_t err)
{
	bt_security_t level = bt_conn_get_security(conn);

	if (level < BT_SECURITY_L2 &&
	    (err == BT_ATT_ERR_INSUFFICIENT_ENCRYPTION || err == BT_ATT_ERR_AUTHENTICATION)) {
		return BT_SECURITY_L2;
	}
	return err == BT_ATT_ERR_AUTHENTICATION && level < BT_SECURITY_L4 ? level + 1
									  : BT_SECURITY_L0;
}

/* Raise the link's security, to send req again when it has come; false: that is of no use. */
static bool raise(struct att_queue *q, struct att_req *req, uint8_t err)
{
	struct bt_conn *conn = q->bearer->conn;
	bt_security_t level = level_for(conn, err);
	int result;

	if (!q->bearer->att->retry_on_sec_err || req->retried || level == BT_SECURITY_L0 ||
	    (req->proc->copied && req->again == NULL)) {
		return false;
	}
	req->retried = true;
	req->waits = err;
	result = bt_conn_set_security(conn, level);
	if (!q->sent || head(q) != req || req->waits != err) {
		/* It has come to an end in there, and with it the wait. */
		return true;
	}
	/* Busy: with what will do, or not. */
	if (result != 0 && result != -EBUSY) {
		req->waits = 0;
		return false;
	}
	deadlines__set(&q->bearer->att->timeouts, &q->timeout, SECURITY_TIMEOUT_MS);
	return true;
}

static void security_ended(struct att_queue *q, bool ok)
{
	struct att_req *req = q->sent ? head(q) : NULL;
	uint8_t err;

	if (req == NULL || req->waits == 0) {
		return;
	}
	err = req->waits;
	req->waits = 0;
	if (!ok) {
		settle(q, req, err, NULL);
		return;
	}
	deadlines__clear(&q->timeout);
	req->buf = req->again;
	req->again = NULL;
	q->sent = false;
	pump(q);
}

void att_req__secured(struct bt_conn *conn, bool ok)
{
	struct att_bearer *bearer = NULL;

	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		security_ended(&bearer->queues[ATT_DIR_REQUEST], ok);
	}
}

void att_req__error(struct att_bearer *bearer, uint8_t opcode, struct fav_cursor *rsp)
{
	struct att_queue *q = &bearer->queues[ATT_DIR_REQUEST];
	uint8_t request = fav_cursor_u8(rsp);
	struct att_req *req = in_flight(q, request + 1);
	uint8_t err;

	(void)fav_cursor_le16(rsp);
	err = fav_cursor_u8(rsp);
	if (req != NULL && raise(q, req, err)) {
		return;
	}
	/* An error that says "success" is a lie, but an end all the same. */
	answer(bearer, ATT_DIR_REQUEST, request + 1, err != 0 ? err : BT_ATT_ERR_UNLIKELY, NULL);
}

void att_req__fail_all(struct att_bearer *bearer, struct bt_conn *conn, int err)
{
	sys_slist_t ending;
	sys_snode_t *node;

	sys_slist_init(&ending);
	for (int i = 0; i < ATT_DIR_COUNT; i++) {
		deadlines__clear(&bearer->queues[i].timeout);
		bearer->queues[i].sent = false;
		sys_slist_merge_slist(&ending, &bearer->queues[i].reqs);
	}
	while ((node = sys_slist_get(&ending)) != NULL) {
		struct att_req *req = CONTAINER_OF(node, struct att_req, node);

		if (req->running) {
			req->aborted = err;
		} else {
			fail(bearer->att, conn, req, err);
		}
	}
}

static void timed_out(struct att_queue *q)
{
	struct att_bearer *bearer = q->bearer;

	if (bearer->conn == NULL || !q->sent) {
		return;
	}
	if (head(q)->waits != 0) {
		/* Nobody came of it; the server has done nothing wrong. */
		security_ended(q, false);
		return;
	}
	LOG_WRN("link 0x%03x: no answer to ATT opcode 0x%02x for 30 s; nothing more is asked of it",
		conn__handle(bearer->conn), head(q)->opcode);
	bearer->timed_out = true;
	att_req__fail_all(bearer, bearer->conn, -ETIMEDOUT);
	if (bearer->enhanced != NULL && bearer->conn != NULL) {
		att_eatt__close(bearer->enhanced);
	}
}

static void timeouts_run(struct k_work *work)
{
	struct att *att = CONTAINER_OF(deadlines__of(work), struct att, timeouts);
	struct bt_host *previous = host__enter(att->host);

	deadlines__begin(&att->timeouts);
	for (int i = 0; i < ATT_BEARERS; i++) {
		struct att_bearer *bearer = att__bearer_at(att, i);

		for (int dir = 0; dir < ATT_DIR_COUNT; dir++) {
			if (deadlines__over(&att->timeouts, &bearer->queues[dir].timeout)) {
				timed_out(&bearer->queues[dir]);
			}
		}
	}
	host__leave(previous);
}

static struct att_req *find(struct att_queue *q, const void *params)
{
	struct att_req *req;

	SYS_SLIST_FOR_EACH_CONTAINER(&q->reqs, req, node) {
		if (req->params == params && req->aborted == 0) {
			return req;
		}
	}
	return NULL;
}

/* Some of req has left: tell its user the end, and let the rest of it run its course. */
static void abandon(struct att_queue *q, struct att_req *req)
{
	struct att_req ended = *req;

	if (req->buf != NULL) {
		net_buf_unref(req->buf);
		req->buf = NULL;
	}
	req->proc = req->proc->cancelled != NULL ? req->proc->cancelled : &swallow;
	req->params = NULL;
	(void)ended.proc->failed(q->bearer->conn, &ended, -ECANCELED);
}

static void cancel(struct att_queue *q, struct att_req *req)
{
	struct att_bearer *bearer = q->bearer;

	if (req->running) {
		req->aborted = -ECANCELED;
	} else if (req->waits != 0) {
		/* Its answer has come. */
		deadlines__clear(&q->timeout);
		(void)sys_slist_get(&q->reqs);
		q->sent = false;
		fail(bearer->att, bearer->conn, req, -ECANCELED);
	} else if ((q->sent && req == head(q)) || (req->started && req->proc->cancelled != NULL)) {
		abandon(q, req);
	} else {
		(void)sys_slist_find_and_remove(&q->reqs, &req->node);
		fail(bearer->att, bearer->conn, req, -ECANCELED);
	}
	pump(q);
}

void att_req__cancel(struct bt_conn *conn, const void *params)
{
	struct att_bearer *bearer = NULL;
	struct att_req *req;

	if (params == NULL) {
		return;
	}
	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		req = find(&bearer->queues[ATT_DIR_REQUEST], params);
		if (req != NULL) {
			cancel(&bearer->queues[ATT_DIR_REQUEST], req);
			return;
		}
	}
}

void att_req__connected(struct att_bearer *bearer)
{
	for (int i = 0; i < ATT_DIR_COUNT; i++) {
		sys_slist_init(&bearer->queues[i].reqs);
		bearer->queues[i].sent = false;
	}
}

void att_req__resume(struct att_bearer *bearer)
{
	for (int i = 0; i < ATT_DIR_COUNT; i++) {
		pump(&bearer->queues[i]);
	}
}

void att_req__init(struct att *att)
{
	deadlines__init(&att->timeouts, timeouts_run);
	for (int i = 0; i < CONFIG_BT_ATT_REQ_COUNT; i++) {
		sys_slist_append(&att->free_reqs, &att->req_memory[i].node);
	}
	for (int i = 0; i < ATT_BEARERS; i++) {
		struct att_bearer *bearer = att__bearer_at(att, i);

		for (int dir = 0; dir < ATT_DIR_COUNT; dir++) {
			bearer->queues[dir].bearer = bearer;
		}
	}
}
