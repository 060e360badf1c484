/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"
#include "host.h"

LOG_MODULE_REGISTER(bt_hci);

/*
 * The command queue, Core 6.0 Vol 4 Part E 4.4.
 *
 *     FREE -> QUEUED -> SENT -> ENDED -> FREE
 *               |_________________^
 *
 * One command is with the controller at a time, so an answer is matched by its opcode alone. A
 * command ends by its answer, by its deadline, or by the loss of the transport, whichever is first;
 * what comes for it later matches nothing, is counted and dropped, and still tells its credits.
 *
 * All this happens at interrupt level, where a caller that waits inside a callback can see it. Only
 * the done functions of commands without a waiter run at thread level: an answer stands in the same
 * queue as the events, and so is told in its place among them.
 */

#define CMD_TIMEOUT_US (1000ULL * CONFIG_BT_HCI_CMD_TIMEOUT_MS)

/* Of a command that was given no status by the controller. */
#define STATUS_NONE 0xff

static void timer_update(struct hci_core *hci)
{
	struct hci_cmd *cmd;
	uint64_t at_us = FAV_FOREVER_US;

	if (hci->cmd_sent != NULL) {
		at_us = hci->cmd_sent->deadline_us;
	}
	SYS_SLIST_FOR_EACH_CONTAINER(&hci->cmd_queue, cmd, node) {
		at_us = MIN(at_us, cmd->deadline_us);
	}
	if (at_us == FAV_FOREVER_US) {
		fav_timeout_stop(&hci->cmd_timer);
	} else {
		fav_timeout_start(&hci->cmd_timer, at_us);
	}
}

static void async_free(struct hci_core *hci, struct hci_cmd *cmd)
{
	cmd->state = HCI_CMD_FREE;
	sys_slist_append(&hci->async_free, &cmd->node);
}

/* rsp: the answer's parameters, status first, taken; NULL when err is set. */
static void end(struct hci_core *hci, struct hci_cmd *cmd, int err, struct net_buf *rsp)
{
	if (cmd->buf != NULL) {
		net_buf_unref(cmd->buf);
		cmd->buf = NULL;
	}
	cmd->state = HCI_CMD_ENDED;
	cmd->err = err;
	cmd->status = rsp != NULL ? rsp->data[0] : STATUS_NONE;
	cmd->rsp = rsp;
	if (cmd->waited) {
		k_sem_give(&cmd->ended);
	} else if (rsp != NULL) {
		*(struct hci_cmd **)net_buf_user_data(rsp) = cmd;
		hci_evt__queue(hci, rsp);
	} else {
		sys_slist_append(&hci->async_ended, &cmd->node);
		k_work_submit(&hci->rx_work);
	}
}

static void send_next(struct hci_core *hci)
{
	struct hci_cmd *cmd = CONTAINER_OF(sys_slist_get(&hci->cmd_queue), struct hci_cmd, node);
	struct net_buf *buf = cmd->buf;
	int err;

	cmd->buf = NULL;
	cmd->state = HCI_CMD_SENT;
	cmd->deadline_us = fav_now_us() + CMD_TIMEOUT_US;
	hci->cmd_sent = cmd;
	hci->cmd_credits--;
	err = fav_hci_send(hci->transport, buf);
	if (err != 0) {
		net_buf_unref(buf);
		if (hci->cmd_sent == cmd) {
			hci->cmd_sent = NULL;
			end(hci, cmd, -ENODEV, NULL);
		}
	}
}

void hci_cmd__kick(struct hci_core *hci)
{
	/* The answer may come from within fav_hci_send(): the loop below goes on with it. */
	if (hci->cmd_kicking) {
		return;
	}
	hci->cmd_kicking = true;
	while (hci->accepting && hci->cmd_sent == NULL && hci->cmd_credits > 0 &&
	       !sys_slist_is_empty(&hci->cmd_queue)) {
		send_next(hci);
	}
	hci->cmd_kicking = false;
	timer_update(hci);
}

static void expire(struct hci_core *hci, struct hci_cmd *cmd, const char *why)
{
	LOG_ERR("command 0x%04x timed out: %s", cmd->opcode, why);
	host__stats(hci->host)->cmd_timeouts++;
	end(hci, cmd, -ETIMEDOUT, NULL);
}

static void timer_handler(struct fav_timeout *t)
{
	struct hci_core *hci = CONTAINER_OF(t, struct hci_core, cmd_timer);
	struct hci_cmd *sent = hci->cmd_sent;
	struct hci_cmd *cmd, *next;
	sys_slist_t expired;

	if (sent != NULL && sent->deadline_us <= t->at_us) {
		hci->cmd_sent = NULL;
		expire(hci, sent, "no answer from the controller");
		if (++hci->cmd_unanswered >= HCI_UNANSWERED_MAX && hci->set_up) {
			LOG_ERR("the controller %s is silent", hci->transport->name);
			hci__fail(hci, -ETIMEDOUT);
			return;
		}
	}
	sys_slist_init(&expired);
	SYS_SLIST_FOR_EACH_CONTAINER_SAFE(&hci->cmd_queue, cmd, next, node) {
		if (cmd->deadline_us <= t->at_us) {
			sys_slist_find_and_remove(&hci->cmd_queue, &cmd->node);
			sys_slist_append(&expired, &cmd->node);
		}
	}
	while (!sys_slist_is_empty(&expired)) {
		cmd = CONTAINER_OF(sys_slist_get(&expired), struct hci_cmd, node);
		expire(hci, cmd, "never sent, the controller took no command");
	}
	/* The answer would have told the next credit. Without it, one is tried: what the controller
	 * does not take times out in its turn. */
	if (hci->cmd_sent == NULL && hci->cmd_credits == 0) {
		hci->cmd_credits = 1;
	}
	hci_cmd__kick(hci);
}

/* Turns the event in buf to the parameters of the answer, status first. */
static bool parse_answer(struct net_buf *buf, uint8_t *ncmd, uint16_t *opcode)
{
	uint8_t code = buf->data[1];

	net_buf_pull(buf, 1 + BT_HCI_EVT_HDR_SIZE);
	if (code == BT_HCI_EVT_CMD_COMPLETE) {
		if (buf->len < sizeof(struct bt_hci_evt_cmd_complete)) {
			return false;
		}
		*ncmd = net_buf_pull_u8(buf);
		*opcode = net_buf_pull_le16(buf);
		return true;
	}
	if (buf->len < sizeof(struct bt_hci_evt_cmd_status)) {
		return false;
	}
	*ncmd = buf->data[1];
	*opcode = sys_get_le16(&buf->data[2]);
	net_buf_remove_mem(buf, buf->len - 1);
	return true;
}

/* An answer to a Reset that nobody sent, once the controller is set up, comes from its own start;
 * of some, No Operation does, unless it can also be there to tell credits. */
static bool tells_restart(const struct hci_core *hci, uint16_t opcode)
{
	if (!hci->set_up || !host__is_ready(hci->host)) {
		return false;
	}
	if (opcode == BT_OP_NOP) {
		return (hci->quirks.flags & FAV_QUIRK_NOP_IS_RESET) != 0 && hci->cmd_credits > 0;
	}
	return opcode == BT_HCI_OP_RESET &&
	       (hci->cmd_sent == NULL || hci->cmd_sent->opcode != opcode);
}

void hci_cmd__answer(struct hci_core *hci, struct net_buf *buf)
{
	struct hci_cmd *cmd = hci->cmd_sent;
	uint16_t opcode;
	uint8_t ncmd;

	if (!parse_answer(buf, &ncmd, &opcode)) {
		LOG_WRN("malformed command reply of %u bytes", buf->len);
		host__stats(hci->host)->evt_dropped++;
		net_buf_unref(buf);
		return;
	}
	if (tells_restart(hci, opcode)) {
		LOG_ERR("the controller %s has reset itself", hci->transport->name);
		net_buf_unref(buf);
		hci__fail(hci, -ECONNRESET);
		return;
	}
	hci->cmd_credits = ncmd;
	if (cmd != NULL && cmd->opcode == opcode) {
		hci->cmd_sent = NULL;
		if (buf->len > 0) {
			end(hci, cmd, 0, buf);
			buf = NULL;
		} else {
			end(hci, cmd, -EPROTO, NULL);
		}
	} else if (opcode != BT_OP_NOP) {
		LOG_WRN("reply to command 0x%04x, which is not on its way", opcode);
		host__stats(hci->host)->evt_dropped++;
	}
	if (buf != NULL) {
		net_buf_unref(buf);
	}
	hci_cmd__kick(hci);
}

void hci_cmd__abort(struct hci_core *hci, int err)
{
	struct hci_cmd *cmd = hci->cmd_sent;

	hci->cmd_sent = NULL;
	if (cmd != NULL) {
		end(hci, cmd, err, NULL);
	}
	while (!sys_slist_is_empty(&hci->cmd_queue)) {
		cmd = CONTAINER_OF(sys_slist_get(&hci->cmd_queue), struct hci_cmd, node);
		end(hci, cmd, err, NULL);
	}
	timer_update(hci);
}

static void tell(struct hci_core *hci, struct hci_cmd *cmd, struct net_buf_simple *rsp)
{
	hci_cmd_done_t done = cmd->done;
	void *user = cmd->user;
	int err = cmd->err;
	uint8_t status = cmd->status;

	if (done == NULL && err == 0 && status != BT_HCI_ERR_SUCCESS) {
		LOG_WRN("command 0x%04x refused: 0x%02x %s", cmd->opcode, status,
			bt_hci_err_to_str(status));
	}
	async_free(hci, cmd);
	if (done != NULL) {
		done(hci->host, user, err, status, rsp);
	}
}

void hci_cmd__tell_ended(struct hci_core *hci)
{
	while (!sys_slist_is_empty(&hci->async_ended)) {
		struct hci_cmd *cmd =
			CONTAINER_OF(sys_slist_get(&hci->async_ended), struct hci_cmd, node);
		struct net_buf_simple none = {0};

		tell(hci, cmd, &none);
	}
}

void hci_cmd__tell_answered(struct hci_core *hci, struct net_buf *rsp)
{
	struct hci_cmd *cmd = *(struct hci_cmd **)net_buf_user_data(rsp);

	cmd->rsp = NULL;
	net_buf_pull(rsp, 1);
	tell(hci, cmd, &rsp->b);
}

/* Around each wait that an answer ends. Where it keeps the dispatcher from running, a packet that
 * the transport holds may be in the answer's way: it is asked for again (hci_core.c). */
static bool wait_begin(struct hci_core *hci)
{
	bool blocks = !fav_wait_runs_work();

	if (blocks && hci->cmd_blockers++ == 0 && hci->rx_refused) {
		fav_irq_raise(&hci->rx_ready);
	}
	return blocks;
}

static void wait_end(struct hci_core *hci, bool blocks)
{
	hci->cmd_blockers -= blocks;
}

struct net_buf *hci_cmd__alloc(struct hci_core *hci, k_timeout_t timeout)
{
	bool blocks = !K_TIMEOUT_EQ(timeout, K_NO_WAIT) && wait_begin(hci);
	struct net_buf *buf = net_buf_alloc(&hci->cmd_pool, timeout);

	wait_end(hci, blocks);
	if (buf != NULL) {
		net_buf_reserve(buf, HCI_CMD_HEADROOM);
	}
	return buf;
}

struct net_buf *hci__cmd_alloc(struct hci_core *hci)
{
	return hci_cmd__alloc(hci, K_NO_WAIT);
}

struct net_buf *hci__cmd_alloc_wait(struct hci_core *hci)
{
	return hci_cmd__alloc(hci, K_MSEC(CONFIG_BT_HCI_CMD_TIMEOUT_MS));
}

/* Puts the header in front of params and queues cmd; params is taken when 0 is returned. */
static int queue(struct hci_core *hci, struct hci_cmd *cmd, struct net_buf *params)
{
	if (!hci->accepting) {
		return -ENODEV;
	}
	if (params->len > UINT8_MAX || net_buf_headroom(params) < HCI_CMD_HEADROOM) {
		return -EINVAL;
	}
	net_buf_push_u8(params, (uint8_t)params->len);
	net_buf_push_le16(params, cmd->opcode);
	net_buf_push_u8(params, FAV_H4_CMD);
	cmd->buf = params;
	cmd->rsp = NULL;
	cmd->state = HCI_CMD_QUEUED;
	cmd->deadline_us = fav_now_us() + CMD_TIMEOUT_US;
	sys_slist_append(&hci->cmd_queue, &cmd->node);
	hci_cmd__kick(hci);
	return 0;
}

int hci__cmd_send(struct hci_core *hci, uint16_t opcode, struct net_buf *params,
		  hci_cmd_done_t done, void *user)
{
	struct hci_cmd *cmd;
	int err = -ENOMEM;

	if (params == NULL) {
		params = hci__cmd_alloc(hci);
	}
	if (params != NULL && !sys_slist_is_empty(&hci->async_free)) {
		cmd = CONTAINER_OF(sys_slist_get(&hci->async_free), struct hci_cmd, node);
		cmd->opcode = opcode;
		cmd->waited = false;
		cmd->done = done;
		cmd->user = user;
		err = queue(hci, cmd, params);
		if (err == 0) {
			return 0;
		}
		async_free(hci, cmd);
	}
	if (params != NULL) {
		net_buf_unref(params);
	}
	return err;
}

/* The kernel could not wait: cmd's memory is about to go. */
static void withdraw(struct hci_core *hci, struct hci_cmd *cmd, int err)
{
	if (hci->cmd_sent == cmd) {
		hci->cmd_sent = NULL;
	} else {
		sys_slist_find_and_remove(&hci->cmd_queue, &cmd->node);
	}
	end(hci, cmd, err, NULL);
	timer_update(hci);
}

/* Sends and waits; the result is in cmd, whose rsp is the caller's. params is taken. */
static int send_and_wait(struct hci_core *hci, struct hci_cmd *cmd, struct net_buf *params)
{
	bool blocks;
	int err;

	k_sem_init(&cmd->ended, 0, 1);
	cmd->waited = true;
	err = queue(hci, cmd, params);
	if (err != 0) {
		net_buf_unref(params);
		return err;
	}
	blocks = wait_begin(hci);
	/* The timer ends the command; twice its time, as it may have to wait for another first. */
	err = k_sem_take(&cmd->ended, K_MSEC(2 * CONFIG_BT_HCI_CMD_TIMEOUT_MS + 1000));
	if (err != 0) {
		withdraw(hci, cmd, err);
	}
	wait_end(hci, blocks);
	return cmd->err;
}

/* Why a caller cannot send and wait now; 0: it can. */
static int may_wait(const struct hci_core *hci)
{
	if (k_is_in_isr()) {
		return -EWOULDBLOCK;
	}
	return hci->accepting ? 0 : -ENODEV;
}

int hci__cmd_send_sync(struct hci_core *hci, uint16_t opcode, struct net_buf *params,
		       struct net_buf **rsp)
{
	struct hci_cmd cmd = {.opcode = opcode};
	int err = may_wait(hci);

	if (err == 0) {
		if (params == NULL) {
			params = hci__cmd_alloc_wait(hci);
		}
		err = params != NULL ? send_and_wait(hci, &cmd, params) : -ENOMEM;
	} else if (params != NULL) {
		net_buf_unref(params);
	}
	if (err == 0) {
		err = hci__errno(cmd.status);
		if (err != 0) {
			LOG_WRN("command 0x%04x refused: 0x%02x %s", opcode, cmd.status,
				bt_hci_err_to_str(cmd.status));
		}
	}
	if (err == 0 && rsp != NULL) {
		*rsp = cmd.rsp;
	} else if (cmd.rsp != NULL) {
		net_buf_unref(cmd.rsp);
	}
	return err;
}

static int sync_with(struct hci_core *hci, uint16_t opcode, const void *params, size_t len,
		     struct net_buf **rsp)
{
	struct net_buf *buf;
	int err = may_wait(hci);

	if (err != 0) {
		return err;
	}
	buf = hci__cmd_alloc_wait(hci);
	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_mem(buf, params, len);
	return hci__cmd_send_sync(hci, opcode, buf, rsp);
}

int hci__cmd_async(struct hci_core *hci, uint16_t opcode, const void *params, size_t len,
		   hci_cmd_done_t done, void *user)
{
	struct net_buf *buf = hci__cmd_alloc(hci);

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_mem(buf, params, len);
	return hci__cmd_send(hci, opcode, buf, done, user);
}

int hci__cmd_sync(struct hci_core *hci, uint16_t opcode, const void *params, size_t len)
{
	return sync_with(hci, opcode, params, len, NULL);
}

int hci__cmd_read(struct hci_core *hci, uint16_t opcode, const void *params, size_t len, void *rp,
		  size_t rp_len)
{
	struct net_buf *rsp;
	int err = sync_with(hci, opcode, params, len, &rsp);

	if (err != 0) {
		return err;
	}
	if (rsp->len >= rp_len) {
		memcpy(rp, rsp->data, rp_len);
	} else {
		LOG_WRN("reply to command 0x%04x has %u bytes, %zu expected", opcode, rsp->len,
			rp_len);
		err = -EPROTO;
	}
	net_buf_unref(rsp);
	return err;
}

void hci_cmd__init(struct hci_core *hci)
{
	hci->cmd_timer.handler = timer_handler;
	sys_slist_init(&hci->cmd_queue);
	sys_slist_init(&hci->async_free);
	sys_slist_init(&hci->async_ended);
	for (size_t i = 0; i < ARRAY_SIZE(hci->async); i++) {
		sys_slist_append(&hci->async_free, &hci->async[i].node);
	}
}
