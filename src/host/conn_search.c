/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Connecting to a peer whose private addresses the controller does not resolve: scan until it
 * advertises, then connect to the address that it has.
 */

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>

#include "conn_table.h"
#include "privacy.h"

LOG_MODULE_DECLARE(bt_conn);

void conn__scan_register(struct conn_table *conns, const struct conn_scan *scan)
{
	conns->scan = scan;
}

bool conn_search__choose_address(struct bt_conn *conn)
{
	struct bt_host *host = conn->conns->host;
	const struct keys_bond *bond = privacy__bond(host, conn->id, &conn->dst);

	bt_addr_le_copy(&conn->remote, &conn->dst);
	if (bond == NULL || (bond->has & KEYS_PEER_IRK) == 0) {
		return true;
	}
	bt_addr_le_copy(&conn->dst, &bond->addr);
	if (privacy__is_listed(host, bond)) {
		bt_addr_le_copy(&conn->remote, &bond->addr);
		return true;
	}
	return !bt_addr_le_is_identity(&conn->remote) || privacy__recall(host, bond, &conn->remote);
}

int conn_search__start(struct bt_conn *conn)
{
	struct conn_table *conns = conn->conns;
	int err;

	/* Before the first report comes. */
	conns->attempt = CONN_ATTEMPT_SEARCHING;
	err = conns->scan->start(conns->host, &conns->create_param);
	if (err != 0 && conns->initiating == conn) {
		conns->attempt = CONN_ATTEMPT_STARTING;
	}
	return err;
}

void conn_search__stop(struct conn_table *conns)
{
	if (conns->attempt == CONN_ATTEMPT_SEARCHING) {
		conns->attempt = CONN_ATTEMPT_STARTING;
		if (conns->scan != NULL) {
			conns->scan->stop(conns->host);
		}
	}
}

void conn__adv_heard(struct bt_host *host, const bt_addr_le_t *identity, const bt_addr_le_t *addr)
{
	struct conn_table *conns = host__conns(host);
	struct bt_conn *conn = conns->initiating;

	/* While the controller must be quiet the next advertisement is waited for. */
	if (conns->attempt != CONN_ATTEMPT_SEARCHING || conns->own.quiet.paused ||
	    !bt_addr_le_eq(&conn->dst, identity)) {
		return;
	}
	bt_addr_le_copy(&conn->remote, addr);
	bt_conn_ref(conn);
	conn_search__stop(conns);
	if (conns->initiating == conn && !conn->cancelled && conn_create__send(conn) != 0 &&
	    conns->initiating == conn) {
		conn_create__failed(conns, BT_HCI_ERR_UNSPECIFIED);
	}
	bt_conn_unref(conn);
}
