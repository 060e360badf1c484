/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The table of connections: who is found when, references, the way up and the way down of a link.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"
#include "hci_core.h"

LOG_MODULE_REGISTER(bt_conn);

/* How long after the controller says that it does not know a handle its Disconnection Complete may
 * still be on the way. */
#define UNKNOWN_HANDLE_GUARD_MS 1000

static void deadlines_run(struct k_work *work);

/* ---- Places ---- */

void conn__init(struct conn_table *conns, struct bt_host *host)
{
	*conns = (struct conn_table){.host = host};
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn = &conns->places[i];

		conn->conns = conns;
		conn->head.host = host;
		conn->head.index = (uint8_t)i;
	}
	deadlines__init(&conns->deadlines, deadlines_run);
	conn_cb__init(conns);
	conn_create__init(conns);
	conn_auto__init(conns);
	conn_held__init(conns);
}

static struct bt_conn *free_place(struct conn_table *conns)
{
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		if (conns->places[i].refs == 0) {
			return &conns->places[i];
		}
	}
	return NULL;
}

struct bt_conn *conn__new(struct conn_table *conns, enum bt_conn_state state)
{
	struct bt_conn *conn = free_place(conns);

	if (conn == NULL) {
		return NULL;
	}
	conn->refs = 1;
	conn->handle = CONN_HANDLE_NONE;
	conn->head.state = state;
	conn->listed = true;
	conn->role = BT_CONN_ROLE_CENTRAL;
	conn->id = 0;
	conn->accept_list = false;
	conn->cancelled = false;
	conn->tx_refused = false;
	bt_addr_le_copy(&conn->dst, BT_ADDR_LE_NONE);
	bt_addr_le_copy(&conn->local, BT_ADDR_LE_ANY);
	bt_addr_le_copy(&conn->remote, BT_ADDR_LE_ANY);
	conn->interval_1250us = 0;
	conn->latency = 0;
	conn->timeout_10ms = 0;
	conn->phy = (struct bt_conn_le_phy_info){BT_GAP_LE_PHY_1M, BT_GAP_LE_PHY_1M};
	conn->data_len = (struct bt_conn_le_data_len_info){
		.tx_max_len = BT_GAP_DATA_LEN_DEFAULT,
		.tx_max_time = BT_GAP_DATA_TIME_DEFAULT,
		.rx_max_len = BT_GAP_DATA_LEN_DEFAULT,
		.rx_max_time = BT_GAP_DATA_TIME_DEFAULT,
	};
	conn->security = (struct bt_security_info){.level = BT_SECURITY_L1};
	conn->past_mode = conns->past_mode;
	conn->features_known = false;
	memset(conn->features, 0, sizeof(conn->features));
	conn->version = 0;
	conn->manufacturer = 0;
	conn->subversion = 0;
	conn->auto_step = CONN_AUTO_FEATURES;
	conn->auto_waits = false;
	conn->wanted_set = false;
	conn->no_ll_param_req = false;
	return conn;
}

struct bt_conn *bt_conn_ref(struct bt_conn *conn)
{
	if (conn == NULL || conn->refs == 0) {
		return NULL;
	}
	conn->refs++;
	return conn;
}

void bt_conn_unref(struct bt_conn *conn)
{
	if (conn == NULL) {
		return;
	}
	if (conn->refs == 0) {
		LOG_ERR("connection %u released more often than referenced", conn__index(conn));
		return;
	}
	conn->refs--;
	if (conn->refs == 0) {
		conn_cb__recycled(conn->conns);
	}
}

void conn__unlist(struct bt_conn *conn)
{
	conn->head.state = BT_CONN_STATE_DISCONNECTED;
	if (conn->listed) {
		conn->listed = false;
		bt_conn_unref(conn);
	}
}

/* ---- Handles ---- */

/* Where the links begin whose handles end alike: controllers number from somewhere upwards, so that
 * each has a list of its own. */
static struct bt_conn **by_handle(struct conn_table *conns, uint16_t handle)
{
	return &conns->by_handle[handle % ARRAY_SIZE(conns->by_handle)];
}

static void handle_add(struct conn_table *conns, struct bt_conn *conn)
{
	struct bt_conn **first = by_handle(conns, conn->handle);

	conn->next = *first;
	*first = conn;
}

static void handle_remove(struct conn_table *conns, struct bt_conn *conn)
{
	struct bt_conn **at = by_handle(conns, conn->handle);

	while (*at != conn) {
		at = &(*at)->next;
	}
	*at = conn->next;
}

/* ---- Up and down ---- */

void conn__up(struct bt_conn *conn)
{
	struct conn_table *conns = conn->conns;

	handle_add(conns, conn);
	conn->head.state = BT_CONN_STATE_CONNECTED;
	bt_conn_ref(conn);
	if (conns->upper != NULL) {
		conns->upper->connected(conn);
	}
	conn_cb__connected(conn, BT_HCI_ERR_SUCCESS);
	if (conn__is_connected(conn) && conn->cancelled) {
		/* Somebody cancelled the attempt, too late. */
		int err = bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);

		if (err != 0) {
			LOG_WRN("cannot end a link that came up while it was cancelled: %d", err);
		}
	}
	if (conn->head.state == BT_CONN_STATE_CONNECTED) {
		conn_param__start(conn);
		conn_auto__start(conn);
	}
	bt_conn_unref(conn);
}

void conn__down(struct bt_conn *conn, uint8_t reason)
{
	struct conn_table *conns = conn->conns;

	if (!conn__is_connected(conn)) {
		return;
	}
	conn->head.state = BT_CONN_STATE_DISCONNECTED;
	handle_remove(conns, conn);
	deadlines__clear(&conn->guard);
	conn_param__stop(conn);
	if (conns->upper != NULL) {
		conns->upper->disconnected(conn);
	}
	conn_cb__disconnected(conn, reason);
	conn__unlist(conn);
}

int conn__enable(struct bt_host *host)
{
	struct conn_table *conns = host__conns(host);

	conns->upper = NULL;
	conns->adv = NULL;
	conns->scan = NULL;
	conns->scanning = CONN_SCANNING_NOT;
	conn_evt__register(host);
	conn_create__enable(conns);
	conns->enabled = true;
	conns->session++;
	return 0;
}

void conn__disable(struct bt_host *host)
{
	struct conn_table *conns = host__conns(host);
	/* After the loss of the transport nobody has ended them: they are out of reach. */
	uint8_t reason = hci__is_open(host__hci(host)) ? BT_HCI_ERR_LOCALHOST_TERM_CONN
						       : BT_HCI_ERR_CONN_TIMEOUT;

	conns->enabled = false;
	conn_auto__stop(conns);
	conn_held__stop(conns);
	conn_create__failed(conns, BT_HCI_ERR_UNKNOWN_CONN_ID);
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		conn__down(&conns->places[i], reason);
	}
	conn_cb__stop(conns);
	deadlines__stop(&conns->deadlines);
	conns->upper = NULL;
	conns->adv = NULL;
}

/* ---- Commands ---- */

int conn__cmd_async(struct bt_host *host, uint16_t opcode, const void *params, size_t len,
		    hci_cmd_done_t done, void *user)
{
	return hci__cmd_async(host__hci(host), opcode, params, len, done, user);
}

void conn__reject(struct bt_host *host, uint16_t handle, uint8_t reason)
{
	const struct bt_hci_cp_disconnect cp = {
		.handle = sys_cpu_to_le16(handle),
		.reason = reason,
	};
	int err = conn__cmd_async(host, BT_HCI_OP_DISCONNECT, &cp, sizeof(cp), NULL, NULL);

	LOG_WRN("link 0x%04x ended at once, reason 0x%02x", handle, reason);
	if (err != 0) {
		LOG_ERR("and cannot be ended: %d", err);
	}
}

static void deadlines_run(struct k_work *work)
{
	struct conn_table *conns = CONTAINER_OF(deadlines__of(work), struct conn_table, deadlines);
	struct bt_host *previous = host__enter(conns->host);

	deadlines__begin(&conns->deadlines);
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn = &conns->places[i];

		if (deadlines__over(&conns->deadlines, &conn->guard)) {
			LOG_WRN("link 0x%04x: no Disconnection Complete, taken as gone",
				conn->handle);
			conn__down(conn, BT_HCI_ERR_LOCALHOST_TERM_CONN);
		}
		if (deadlines__over(&conns->deadlines, &conn->may_ask)) {
			conn_param__may_ask(conn);
		}
	}
	host__leave(previous);
}

static int link_end(struct bt_conn *conn, uint8_t reason)
{
	const struct bt_hci_cp_disconnect cp = {
		.handle = sys_cpu_to_le16(conn->handle),
		.reason = reason,
	};
	int err;

	bt_conn_ref(conn);
	conn->head.state = BT_CONN_STATE_DISCONNECTING;
	err = hci__cmd_sync(host__hci(conn->conns->host), BT_HCI_OP_DISCONNECT, &cp, sizeof(cp));
	if (conn->head.state != BT_CONN_STATE_DISCONNECTING) {
		/* Gone while the command was on its way. */
		err = 0;
	} else if (err == 0) {
		deadlines__set(&conn->conns->deadlines, &conn->guard,
			       CONFIG_BT_HCI_CMD_TIMEOUT_MS + 10 * conn->timeout_10ms);
	} else if (err == -ENOTCONN) {
		deadlines__set(&conn->conns->deadlines, &conn->guard, UNKNOWN_HANDLE_GUARD_MS);
		err = 0;
	} else {
		conn->head.state = BT_CONN_STATE_CONNECTED;
	}
	bt_conn_unref(conn);
	return err;
}

int bt_conn_disconnect(struct bt_conn *conn, uint8_t reason)
{
	if (conn == NULL) {
		return -EINVAL;
	}
	switch (conn->head.state) {
	case BT_CONN_STATE_CONNECTING:
		return conn_create__cancel(conn);
	case BT_CONN_STATE_CONNECTED:
		return link_end(conn, reason);
	case BT_CONN_STATE_DISCONNECTING:
		return 0;
	default:
		return -ENOTCONN;
	}
}

/* ---- Finding ---- */

uint16_t conn__handle(const struct bt_conn *conn)
{
	return conn->handle;
}

uint8_t conn__past_mode(const struct bt_conn *conn)
{
	return conn->past_mode;
}

void conn__past_mode_set(struct bt_host *host, const struct bt_conn *conn, uint8_t mode)
{
	struct conn_table *conns = host__conns(host);

	if (conn != NULL) {
		conns->places[conn__index(conn)].past_mode = mode;
	} else {
		conns->past_mode = mode;
	}
}

struct bt_conn *conn__by_handle(struct bt_host *host, uint16_t handle)
{
	struct conn_table *conns = host__conns(host);
	struct bt_conn *conn = *by_handle(conns, handle);

	while (conn != NULL && conn->handle != handle) {
		conn = conn->next;
	}
	return conn;
}

struct bt_conn *conn__by_index(struct bt_host *host, uint8_t index)
{
	struct conn_table *conns = host__conns(host);

	if (index >= ARRAY_SIZE(conns->places) || !conn__is_connected(&conns->places[index])) {
		return NULL;
	}
	return &conns->places[index];
}

bool conn__has_free(struct bt_host *host)
{
	return free_place(host__conns(host)) != NULL;
}

bool conn__any_linked(struct bt_host *host)
{
	struct conn_table *conns = host__conns(host);

	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		if (conn__is_connected(&conns->places[i])) {
			return true;
		}
	}
	return false;
}

bool conn__any_referenced(struct bt_host *host)
{
	struct conn_table *conns = host__conns(host);

	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		if (conns->places[i].refs != 0) {
			return true;
		}
	}
	return false;
}

void conn__upper_register(struct conn_table *conns, const struct conn_upper *upper)
{
	conns->upper = upper;
}

void conn__adv_register(struct conn_table *conns, const struct conn_adv *adv)
{
	conns->adv = adv;
}

void bt_conn_foreach(enum bt_conn_type type, void (*func)(struct bt_conn *conn, void *data),
		     void *data)
{
	struct conn_table *conns = host__conns(fav_host_current());

	if ((type & BT_CONN_TYPE_LE) == 0) {
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn = &conns->places[i];

		if (!conn->listed) {
			continue;
		}
		bt_conn_ref(conn);
		func(conn, data);
		bt_conn_unref(conn);
	}
}

/* A link that is gone is found, during its disconnected callbacks, only when no other is. */
struct bt_conn *bt_conn_lookup_addr_le(uint8_t id, const bt_addr_le_t *peer)
{
	struct conn_table *conns = host__conns(fav_host_current());
	struct bt_conn *gone = NULL;

	if (peer == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn = &conns->places[i];

		if (!conn->listed || conn->id != id || !bt_addr_le_eq(&conn->dst, peer)) {
			continue;
		}
		if (conn->head.state != BT_CONN_STATE_DISCONNECTED) {
			return bt_conn_ref(conn);
		}
		gone = conn;
	}
	return bt_conn_ref(gone);
}

struct bt_conn *bt_conn_lookup_index(uint8_t index)
{
	struct conn_table *conns = host__conns(fav_host_current());

	if (index >= ARRAY_SIZE(conns->places) || !conns->places[index].listed) {
		return NULL;
	}
	return bt_conn_ref(&conns->places[index]);
}

const bt_addr_le_t *bt_conn_get_dst(const struct bt_conn *conn)
{
	return &conn->dst;
}

uint8_t bt_conn_index(const struct bt_conn *conn)
{
	return conn__index(conn);
}

/* ---- Security ---- */

bt_security_t bt_conn_get_security(const struct bt_conn *conn)
{
	return conn->security.level;
}

uint8_t bt_conn_enc_key_size(const struct bt_conn *conn)
{
	return conn->security.enc_key_size;
}

void conn__security_set(struct bt_conn *conn, const struct bt_security_info *security)
{
	conn->security = *security;
}

void conn__security_tell_layers(struct bt_conn *conn, enum bt_security_err err)
{
	const struct conn_upper *upper = conn->conns->upper;

	if (upper != NULL && upper->security_changed != NULL) {
		upper->security_changed(conn, err);
	}
}

void conn__security_tell(struct bt_conn *conn, enum bt_security_err err)
{
	bt_conn_ref(conn);
	conn__security_tell_layers(conn, err);
	conn_cb__security_changed(conn, err);
	bt_conn_unref(conn);
}

void conn__identify(struct bt_conn *conn, const bt_addr_le_t *identity)
{
	bt_addr_le_t before = conn->dst;

	bt_addr_le_copy(&conn->dst, identity);
	conn_cb__identity_resolved(conn, &before, identity);
}
