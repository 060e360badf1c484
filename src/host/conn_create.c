/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An attempt to connect, of which a controller makes one at a time: Core 6.0 Vol 4 Part E 7.8.12,
 * 7.8.66. The commands are in conn_create_cmd.c.
 *
 * The attempt is in the table before its command is sent, and ends in one of these ways:
 *
 *  - LE Connection Complete with a link: the link goes up, also when a cancel was on its way;
 *  - LE Connection Complete with an error, UNKNOWN_CONN_ID after a cancel: reported as connected
 *    with that error;
 *  - the command itself fails: the caller is told, and no callback runs;
 *  - the controller took the cancel and never completes: reported after a guard time.
 */

#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"
#include "hci_values.h"
#include "privacy.h"

LOG_MODULE_DECLARE(bt_conn);

/* Another try to cancel after there was no buffer for the command. */
#define CANCEL_RETRY_MS 10

/* Bits of the supported states, 7.8.27. */
#define STATES_PASSIVE_SCAN_AND_INITIATE (1ULL << 22)
#define STATES_ACTIVE_SCAN_AND_INITIATE  (1ULL << 23)

static void timed_out(struct k_work *work);

void conn_create__init(struct conn_table *conns)
{
	k_work_init_delayable(&conns->create_timeout, timed_out);
}

void conn__scanning_set(struct bt_host *host, enum conn_scanning scanning)
{
	host__conns(host)->scanning = scanning;
}

/* ---- The end ---- */

void conn_create__ended(struct conn_table *conns)
{
	conn_search__stop(conns);
	k_work_cancel_delayable(&conns->create_timeout);
	conns->initiating = NULL;
	conns->attempt = CONN_ATTEMPT_STARTING;
	own_addr__release(conns->host, &conns->own);
}

void conn_create__failed(struct conn_table *conns, uint8_t err)
{
	struct bt_conn *conn = conns->initiating;

	if (conn == NULL) {
		return;
	}
	conn_create__ended(conns);
	conn->head.state = BT_CONN_STATE_DISCONNECTED;
	conn_cb__connected(conn, err);
	conn__unlist(conn);
}

static void guard_start(struct conn_table *conns)
{
	k_work_reschedule(&conns->create_timeout, K_MSEC(CONFIG_BT_HCI_CMD_TIMEOUT_MS));
}

static void timed_out(struct k_work *work)
{
	struct conn_table *conns =
		CONTAINER_OF(k_work_delayable_from_work(work), struct conn_table, create_timeout);
	struct bt_host *previous = host__enter(conns->host);

	if (conns->attempt == CONN_ATTEMPT_PAUSED || conns->attempt == CONN_ATTEMPT_SEARCHING) {
		conn_create__failed(conns, BT_HCI_ERR_UNKNOWN_CONN_ID);
	} else if (conns->attempt == CONN_ATTEMPT_PAUSING && !conns->cancel_sent) {
		/* A cancel is on its way already. */
		conns->cancel_sent = true;
		guard_start(conns);
	} else if (conns->cancel_sent) {
		LOG_WRN("no LE Connection Complete after a cancel, taken as cancelled");
		conn_create__failed(conns, BT_HCI_ERR_UNKNOWN_CONN_ID);
	} else if (conn__cmd_async(conns->host, BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0, NULL,
				   NULL) == 0) {
		conns->cancel_sent = true;
		guard_start(conns);
	} else {
		k_work_reschedule(&conns->create_timeout, K_MSEC(CANCEL_RETRY_MS));
	}
	host__leave(previous);
}

int conn_create__cancel(struct bt_conn *conn)
{
	struct conn_table *conns = conn->conns;
	int err;

	if (conn->cancelled) {
		return 0;
	}
	conn->cancelled = true;
	if (conns->cancel_sent) {
		return 0;
	}
	if (conns->attempt == CONN_ATTEMPT_PAUSED || conns->attempt == CONN_ATTEMPT_SEARCHING) {
		/* Nothing is on its way; reported from there. */
		k_work_reschedule(&conns->create_timeout, K_NO_WAIT);
		return 0;
	}
	if (conns->attempt == CONN_ATTEMPT_PAUSING) {
		conns->cancel_sent = true;
		guard_start(conns);
		return 0;
	}
	bt_conn_ref(conn);
	conns->cancel_sent = true;
	err = hci__cmd_sync(host__hci(conns->host), BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	if (conns->initiating != conn) {
		/* Over, and reported, while the command was on its way. */
		err = 0;
	} else if (err == 0 || err == -EACCES) {
		/* Command Disallowed: the completion is on its way already. */
		guard_start(conns);
		err = 0;
	} else {
		conns->cancel_sent = false;
		conn->cancelled = false;
	}
	bt_conn_unref(conn);
	return err;
}

/* ---- The command ---- */

static bool scan_times_valid(const struct bt_conn_le_create_param *param)
{
	bool coded = (param->options & BT_CONN_LE_OPT_CODED) != 0;

	return hci__scan_times_valid(param->interval, param->window) &&
	       (!coded || hci__scan_times_valid(conn_create__coded_interval(param),
						conn_create__coded_window(param)));
}

static bool options_valid(const struct bt_conn_le_create_param *param)
{
	const uint32_t known = BT_CONN_LE_OPT_CODED | BT_CONN_LE_OPT_NO_1M;

	return (param->options & ~known) == 0 && param->options != BT_CONN_LE_OPT_NO_1M;
}

static bool phys_supported(const struct conn_table *conns,
			   const struct bt_conn_le_create_param *param)
{
	struct hci_core *hci = host__hci(conns->host);

	return param->options == BT_CONN_LE_OPT_NONE ||
	       (hci__uses_ext(hci) && hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_CODED));
}

static bool states_allow(const struct conn_table *conns)
{
	uint64_t states = hci__info(host__hci(conns->host))->le_states;

	if (states == 0) {
		/* Not told: the controller itself will. */
		return true;
	}
	switch (conns->scanning) {
	case CONN_SCANNING_PASSIVE:
		return (states & STATES_PASSIVE_SCAN_AND_INITIATE) != 0;
	case CONN_SCANNING_ACTIVE:
		return (states & STATES_ACTIVE_SCAN_AND_INITIATE) != 0;
	default:
		return true;
	}
}

int conn_create__send(struct bt_conn *conn)
{
	struct conn_table *conns = conn->conns;
	int err = conn_create__command(conn);

	if (err == 0 && conns->initiating == conn) {
		conns->attempt = CONN_ATTEMPT_SENT;
	}
	return err;
}

static void timeout_start(struct bt_conn *conn, const struct bt_conn_le_create_param *param)
{
	int32_t timeout_ms = param->timeout * 10;

	if (timeout_ms == 0 && !conn->accept_list) {
		timeout_ms = CONFIG_BT_CREATE_CONN_TIMEOUT * MSEC_PER_SEC;
	}
	if (timeout_ms != 0 && !conn->conns->cancel_sent) {
		k_work_reschedule(&conn->conns->create_timeout, K_MSEC(timeout_ms));
	}
}

/* ---- While the controller must be quiet ---- */

void conn_create__refused(struct conn_table *conns, uint8_t status)
{
	if (conns->initiating != NULL && conns->attempt == CONN_ATTEMPT_PAUSING &&
	    status == BT_HCI_ERR_UNKNOWN_CONN_ID && !conns->cancel_sent) {
		conns->attempt = CONN_ATTEMPT_PAUSED;
		quiet__paused(conns->host, &conns->own.quiet);
		return;
	}
	conn_create__failed(conns, status);
}

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	struct conn_table *conns = host__conns(host);
	int err;

	if (conns->attempt == CONN_ATTEMPT_STARTING) {
		return -EBUSY;
	}
	if (conns->attempt == CONN_ATTEMPT_SEARCHING) {
		return 0;
	}
	if (conns->attempt == CONN_ATTEMPT_PAUSING || conns->cancel_sent) {
		return -EINPROGRESS;
	}
	conns->attempt = CONN_ATTEMPT_PAUSING;
	if (!k_work_delayable_is_pending(&conns->create_timeout)) {
		guard_start(conns);
	}
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_CREATE_CONN_CANCEL, NULL, 0);
	if (err == 0 || err == -EACCES || conns->attempt != CONN_ATTEMPT_PAUSING) {
		/* Command Disallowed: a link is on its way. */
		return -EINPROGRESS;
	}
	conns->attempt = CONN_ATTEMPT_SENT;
	return err;
}

static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct conn_table *conns = host__conns(host);
	struct bt_conn *conn = conns->initiating;
	int err;

	if (conn == NULL || conns->attempt != CONN_ATTEMPT_PAUSED || conn->cancelled) {
		return;
	}
	conns->attempt = CONN_ATTEMPT_STARTING;
	err = conn_create__send(conn);
	if (err != 0 && conns->initiating == conn) {
		LOG_ERR("an attempt to connect cannot go on: %d", err);
		conn_create__failed(conns, BT_HCI_ERR_UNSPECIFIED);
	}
}

static const struct quiet_ops quiet_ops = {.pause = quiet_pause, .resume = quiet_resume};

void conn_create__enable(struct conn_table *conns)
{
	conns->attempt = CONN_ATTEMPT_STARTING;
	own_addr__register(conns->host, &conns->own, OWN_ADDR_SHARED, &quiet_ops);
}

/* ---- The start ---- */

/* What may have happened while main waited for the controller: a callback cancelled, or ended the
 * host; then the attempt is not the table's any more, and has been reported. */
static int attempt_run(struct bt_conn *conn)
{
	struct conn_table *conns = conn->conns;
	int err = own_addr__take(conns->host, &conns->own, conn->id, OWN_ADDR_DEFAULT);

	if (conns->initiating != conn) {
		return 0;
	}
	if (err == 0 && conn->cancelled) {
		/* The guard of the cancel reports it. */
		k_work_reschedule(&conns->create_timeout, K_NO_WAIT);
		return 0;
	}
	if (err == 0) {
		err = conn->accept_list || conn_search__choose_address(conn)
			      ? conn_create__send(conn)
			      : conn_search__start(conn);
	}
	if (conns->initiating != conn) {
		return 0;
	}
	if (err == 0) {
		timeout_start(conn, &conns->create_param);
	} else {
		conn_create__ended(conns);
		conn__unlist(conn);
	}
	return err;
}

/* peer NULL: the accept list. conn_out may be NULL; else it receives a reference. */
static int attempt_start(struct conn_table *conns, const bt_addr_le_t *peer,
			 const struct bt_conn_le_create_param *create_param,
			 const struct bt_le_conn_param *conn_param, struct bt_conn **conn_out)
{
	struct bt_conn *conn;
	int err;

	if (create_param == NULL || conn_param == NULL || !options_valid(create_param) ||
	    !scan_times_valid(create_param) || !conn__param_valid(conn_param)) {
		return -EINVAL;
	}
	if (!phys_supported(conns, create_param)) {
		return -ENOTSUP;
	}
	if (conns->initiating != NULL) {
		return -EALREADY;
	}
	if (!states_allow(conns)) {
		return -EAGAIN;
	}
	conn = conn__new(conns, BT_CONN_STATE_CONNECTING);
	if (conn == NULL) {
		return -ENOMEM;
	}
	conn->accept_list = peer == NULL;
	if (peer != NULL) {
		bt_addr_le_copy(&conn->dst, peer);
		bt_addr_le_copy(&conn->remote, peer);
	}
	conn->id = own_addr__id(conns->host);
	conns->create_param = *create_param;
	conns->create_conn_param = *conn_param;
	conns->initiating = conn;
	conns->cancel_sent = false;
	/* Its callbacks may run before this returns: the caller has its pointer by then. */
	bt_conn_ref(conn);
	if (conn_out != NULL) {
		*conn_out = conn;
	}
	err = attempt_run(conn);
	if (err != 0 && conn_out != NULL) {
		*conn_out = NULL;
	}
	if (err != 0 || conn_out == NULL) {
		bt_conn_unref(conn);
	}
	return err;
}

/* A link with that peer exists, or is being made: the controller would refuse. */
static bool is_linked(struct conn_table *conns, const bt_addr_le_t *peer)
{
	uint8_t id = own_addr__id(conns->host);
	const struct keys_bond *bond = privacy__bond(conns->host, id, peer);
	struct bt_conn *conn = bt_conn_lookup_addr_le(id, bond != NULL ? &bond->addr : peer);
	bool linked = conn != NULL && conn__is_connected(conn);

	bt_conn_unref(conn);
	return linked;
}

int bt_conn_le_create(const bt_addr_le_t *peer, const struct bt_conn_le_create_param *create_param,
		      const struct bt_le_conn_param *conn_param, struct bt_conn **conn)
{
	struct conn_table *conns = host__conns(fav_host_current());

	if (peer == NULL || conn == NULL) {
		return -EINVAL;
	}
	if (!conns->enabled) {
		return -EAGAIN;
	}
	if (is_linked(conns, peer)) {
		return -EINVAL;
	}
	return attempt_start(conns, peer, create_param, conn_param, conn);
}

int bt_conn_le_create_auto(const struct bt_conn_le_create_param *create_param,
			   const struct bt_le_conn_param *conn_param)
{
	struct conn_table *conns = host__conns(fav_host_current());

	if (!conns->enabled) {
		return -EAGAIN;
	}
	return attempt_start(conns, NULL, create_param, conn_param, NULL);
}

int bt_conn_create_auto_stop(void)
{
	struct conn_table *conns = host__conns(fav_host_current());

	if (!conns->enabled) {
		return -EAGAIN;
	}
	if (conns->initiating == NULL || !conns->initiating->accept_list) {
		return -EINVAL;
	}
	return conn_create__cancel(conns->initiating);
}
