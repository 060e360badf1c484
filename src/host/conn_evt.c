/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The controller's events about links. A controller may lie: what contradicts the table is counted
 * and dropped, and a link that nobody asked for is ended.
 */

#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"
#include "hci_values.h"
#include "privacy.h"

LOG_MODULE_DECLARE(bt_conn);

/* Identity types of an address that the controller resolved, 7.7.65.10. */
#define ADDR_TYPE_IDENTITY 0x02

static void drop(struct bt_host *host, const char *what)
{
	host__stats(host)->evt_dropped++;
	LOG_WRN("%s dropped", what);
}

/* ---- Connection Complete ---- */

static bool is_any(const bt_addr_t *addr)
{
	return bt_addr_eq(addr, BT_ADDR_ANY);
}

/* Who the peer is, and what it used on the air: whether the controller knew. */
static bool peer_addresses(const struct bt_hci_evt_le_enh_conn_complete *evt, bt_addr_le_t *dst,
			   bt_addr_le_t *remote)
{
	bool resolved = (evt->peer_addr.type & ADDR_TYPE_IDENTITY) != 0 || !is_any(&evt->peer_rpa);

	bt_addr_le_copy(dst, &evt->peer_addr);
	dst->type &= ~ADDR_TYPE_IDENTITY;
	bt_addr_le_copy(remote, dst);
	if (!is_any(&evt->peer_rpa)) {
		remote->type = BT_ADDR_LE_RANDOM;
		bt_addr_copy(&remote->a, &evt->peer_rpa);
	}
	return resolved;
}

/* What the controller did not know, the host may. */
static void identify(struct bt_host *host, uint8_t id, bt_addr_le_t *dst)
{
	const struct keys_bond *bond = privacy__bond(host, id, dst);

	if (bond != NULL) {
		bt_addr_le_copy(dst, &bond->addr);
		privacy__linked(host, bond);
	}
}

static struct bt_conn *central_link(struct conn_table *conns, const bt_addr_le_t *dst,
				    const bt_addr_le_t *remote)
{
	struct bt_conn *conn = conns->initiating;

	if (conn == NULL) {
		return NULL;
	}
	if (!conn->accept_list && !bt_addr_le_eq(&conn->remote, dst) &&
	    !bt_addr_le_eq(&conn->remote, remote)) {
		conn_create__failed(conns, BT_HCI_ERR_UNSPECIFIED);
		return NULL;
	}
	conn_create__ended(conns);
	return conn;
}

/* A link that will not be: an attempt of ours has failed, of a peer's nobody hears. */
static void refuse(struct bt_conn *conn)
{
	if (conn->role == BT_CONN_ROLE_CENTRAL) {
		conn->head.state = BT_CONN_STATE_DISCONNECTED;
		conn_cb__connected(conn, BT_HCI_ERR_AUTH_FAIL);
	}
	conn__unlist(conn);
}

/* The link is there; conn is of the attempt, or new. False: it may not be. */
static bool link_made(struct bt_conn *conn, const struct bt_hci_evt_le_enh_conn_complete *evt)
{
	struct bt_host *host = conn->conns->host;
	bt_addr_le_t dst, remote;
	bool resolved = peer_addresses(evt, &dst, &remote);

	if (!privacy__allows(host, conn->id, &dst, resolved)) {
		conn__reject(host, sys_le16_to_cpu(evt->handle), BT_HCI_ERR_AUTH_FAIL);
		refuse(conn);
		return false;
	}
	identify(host, conn->id, &dst);
	conn->handle = sys_le16_to_cpu(evt->handle);
	bt_addr_le_copy(&conn->dst, &dst);
	bt_addr_le_copy(&conn->remote, &remote);
	if (!is_any(&evt->local_rpa)) {
		conn->local.type = BT_ADDR_LE_RANDOM;
		bt_addr_copy(&conn->local.a, &evt->local_rpa);
	}
	conn->interval_1250us = sys_le16_to_cpu(evt->interval);
	conn->latency = sys_le16_to_cpu(evt->latency);
	conn->timeout_10ms = sys_le16_to_cpu(evt->supv_timeout);
	conn__up(conn);
	return true;
}

struct bt_conn *conn_evt__peripheral_up(struct conn_table *conns,
					const struct bt_hci_evt_le_enh_conn_complete *evt,
					uint8_t id, const bt_addr_le_t *local)
{
	struct bt_conn *conn = conn__new(conns, BT_CONN_STATE_CONNECTING);

	if (conn == NULL) {
		conn__reject(conns->host, sys_le16_to_cpu(evt->handle),
			     BT_HCI_ERR_REMOTE_LOW_RESOURCES);
		return NULL;
	}
	bt_conn_ref(conn);
	conn->role = BT_CONN_ROLE_PERIPHERAL;
	conn->id = id;
	bt_addr_le_copy(&conn->local, local);
	if (!link_made(conn, evt)) {
		bt_conn_unref(conn);
		return NULL;
	}
	return conn;
}

static void central_made(struct conn_table *conns,
			 const struct bt_hci_evt_le_enh_conn_complete *evt)
{
	bt_addr_le_t dst, remote;
	struct bt_conn *conn;

	(void)peer_addresses(evt, &dst, &remote);
	conn = central_link(conns, &dst, &remote);
	if (conn == NULL) {
		conn__reject(conns->host, sys_le16_to_cpu(evt->handle),
			     BT_HCI_ERR_REMOTE_USER_TERM_CONN);
		return;
	}
	(void)link_made(conn, evt);
}

static void peripheral_made(struct conn_table *conns,
			    const struct bt_hci_evt_le_enh_conn_complete *evt)
{
	bt_addr_le_t local = *BT_ADDR_LE_ANY;
	uint8_t id = BT_ID_DEFAULT;

	if (hci__uses_ext(host__hci(conns->host))) {
		conn_held__put(conns, evt);
		return;
	}
	if (conns->adv != NULL) {
		conns->adv->ended(conns->host, BT_HCI_ERR_SUCCESS, &id, &local);
	}
	bt_conn_unref(conn_evt__peripheral_up(conns, evt, id, &local));
}

static void conn_complete(struct bt_host *host, const struct bt_hci_evt_le_enh_conn_complete *evt)
{
	struct conn_table *conns = host__conns(host);
	uint16_t handle = sys_le16_to_cpu(evt->handle);

	if (evt->status == BT_HCI_ERR_ADV_TIMEOUT) {
		/* Of legacy commands; extended advertising says so by the end of its set. */
		if (conns->adv != NULL && !hci__uses_ext(host__hci(host))) {
			conns->adv->ended(host, evt->status, NULL, NULL);
		}
	} else if (evt->status != BT_HCI_ERR_SUCCESS) {
		conn_create__refused(conns, evt->status);
	} else if (handle > BT_HCI_HANDLE_MAX || conn__by_handle(host, handle) != NULL ||
		   conn_held__is(conns, handle) || evt->role > BT_HCI_ROLE_PERIPHERAL) {
		drop(host, "LE Connection Complete");
	} else if (evt->role == BT_HCI_ROLE_CENTRAL) {
		central_made(conns, evt);
	} else {
		peripheral_made(conns, evt);
	}
}

static void on_conn_complete(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_conn_complete *legacy =
		net_buf_simple_pull_mem(buf, sizeof(*legacy));
	const struct bt_hci_evt_le_enh_conn_complete evt = {
		.status = legacy->status,
		.handle = legacy->handle,
		.role = legacy->role,
		.peer_addr = legacy->peer_addr,
		.interval = legacy->interval,
		.latency = legacy->latency,
		.supv_timeout = legacy->supv_timeout,
		.clock_accuracy = legacy->clock_accuracy,
	};

	conn_complete(host, &evt);
}

static void on_enh_conn_complete(struct bt_host *host, struct net_buf_simple *buf)
{
	conn_complete(host,
		      net_buf_simple_pull_mem(buf, sizeof(struct bt_hci_evt_le_enh_conn_complete)));
}

static void on_disconn_complete(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_disconn_complete *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn;

	if (evt->status == BT_HCI_ERR_SUCCESS) {
		conn_held__release(host__conns(host), sys_le16_to_cpu(evt->handle));
	}
	conn = conn__by_handle(host, sys_le16_to_cpu(evt->handle));
	if (conn == NULL || evt->status != BT_HCI_ERR_SUCCESS) {
		drop(host, "Disconnection Complete");
		return;
	}
	conn__down(conn, evt->reason);
}

/* ---- Of a link ---- */

/* The link of an event, referenced while the event's handler calls out. */
static struct bt_conn *linked(struct bt_host *host, uint16_t handle_le, const char *what)
{
	struct bt_conn *conn = conn__by_handle(host, sys_le16_to_cpu(handle_le));

	if (conn == NULL) {
		drop(host, what);
	}
	return bt_conn_ref(conn);
}

static void on_conn_update(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_conn_update_complete *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "LE Connection Update Complete");

	if (conn == NULL) {
		return;
	}
	if (evt->status == BT_HCI_ERR_SUCCESS) {
		conn->interval_1250us = sys_le16_to_cpu(evt->interval);
		conn->latency = sys_le16_to_cpu(evt->latency);
		conn->timeout_10ms = sys_le16_to_cpu(evt->supv_timeout);
		conn_cb__le_param_updated(conn);
	} else {
		conn_param__refused(conn, evt->status);
	}
	bt_conn_unref(conn);
}

static void on_param_req(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_conn_param_req *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "LE Remote Connection Parameter Request");
	struct bt_le_conn_param param = {
		.interval_min = sys_le16_to_cpu(evt->interval_min),
		.interval_max = sys_le16_to_cpu(evt->interval_max),
		.latency = sys_le16_to_cpu(evt->latency),
		.timeout = sys_le16_to_cpu(evt->timeout),
	};

	if (conn != NULL) {
		conn_param__requested(conn, &param);
		bt_conn_unref(conn);
	}
}

static void on_remote_features(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_remote_feat_complete *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "LE Read Remote Features Complete");

	if (conn == NULL) {
		return;
	}
	if (evt->status == BT_HCI_ERR_SUCCESS) {
		conn->features_known = true;
		memcpy(conn->features, evt->features, sizeof(conn->features));
	}
	conn_auto__answered(conn, CONN_AUTO_FEATURES);
	bt_conn_unref(conn);
}

static void on_remote_version(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_remote_version_info *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "Read Remote Version Complete");

	if (conn == NULL) {
		return;
	}
	if (evt->status == BT_HCI_ERR_SUCCESS) {
		conn->version = evt->version;
		conn->manufacturer = sys_le16_to_cpu(evt->manufacturer);
		conn->subversion = sys_le16_to_cpu(evt->subversion);
	}
	conn_auto__answered(conn, CONN_AUTO_VERSION);
	bt_conn_unref(conn);
}

static void on_data_len_change(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_data_len_change *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "LE Data Length Change");

	if (conn == NULL) {
		return;
	}
	conn->data_len = (struct bt_conn_le_data_len_info){
		.tx_max_len = sys_le16_to_cpu(evt->max_tx_octets),
		.tx_max_time = sys_le16_to_cpu(evt->max_tx_time),
		.rx_max_len = sys_le16_to_cpu(evt->max_rx_octets),
		.rx_max_time = sys_le16_to_cpu(evt->max_rx_time),
	};
	conn_cb__le_data_len_updated(conn);
	bt_conn_unref(conn);
}

static void on_phy_update(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_phy_update_complete *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct bt_conn *conn = linked(host, evt->handle, "LE PHY Update Complete");

	if (conn == NULL) {
		return;
	}
	if (evt->status != BT_HCI_ERR_SUCCESS) {
		LOG_DBG("PHY update: %s", bt_hci_err_to_str(evt->status));
	} else if (hci__phy_bit(evt->tx_phy) == 0 || hci__phy_bit(evt->rx_phy) == 0) {
		drop(host, "LE PHY Update Complete");
	} else {
		conn->phy.tx_phy = hci__phy_bit(evt->tx_phy);
		conn->phy.rx_phy = hci__phy_bit(evt->rx_phy);
		conn_cb__le_phy_updated(conn);
	}
	bt_conn_unref(conn);
}

/* ---- Dispatch ---- */

static const struct hci_evt_entry events[] = {
	{BT_HCI_EVT_DISCONN_COMPLETE, sizeof(struct bt_hci_evt_disconn_complete),
	 on_disconn_complete},
	{BT_HCI_EVT_REMOTE_VERSION_INFO, sizeof(struct bt_hci_evt_remote_version_info),
	 on_remote_version},
};

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_CONN_COMPLETE, sizeof(struct bt_hci_evt_le_conn_complete), on_conn_complete},
	{BT_HCI_EVT_LE_ENH_CONN_COMPLETE, sizeof(struct bt_hci_evt_le_enh_conn_complete),
	 on_enh_conn_complete},
	{BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, sizeof(struct bt_hci_evt_le_conn_update_complete),
	 on_conn_update},
	{BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, sizeof(struct bt_hci_evt_le_remote_feat_complete),
	 on_remote_features},
	{BT_HCI_EVT_LE_CONN_PARAM_REQ, sizeof(struct bt_hci_evt_le_conn_param_req), on_param_req},
	{BT_HCI_EVT_LE_DATA_LEN_CHANGE, sizeof(struct bt_hci_evt_le_data_len_change),
	 on_data_len_change},
	{BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, sizeof(struct bt_hci_evt_le_phy_update_complete),
	 on_phy_update},
};

void conn_evt__register(struct bt_host *host)
{
	hci__evt_register(host__hci(host), events, ARRAY_SIZE(events));
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}
