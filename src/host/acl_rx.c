/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Packets from the controller, joined to L2CAP PDUs: Core 6.0 Vol 3 Part A 7.2.2.
 *
 * Lengths are believed to nobody: a packet that is not as long as it says, continues nothing, or
 * goes beyond its PDU is dropped with what was joined so far.
 */

#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "acl.h"
#include "conn.h"
#include "hci_core.h"
#include "host.h"

LOG_MODULE_REGISTER(bt_acl);

static void drop(struct bt_host *host, struct net_buf *buf, const char *why)
{
	host__stats(host)->acl_dropped++;
	LOG_WRN("packet dropped: %s", why);
	net_buf_unref(buf);
}

static void partial_drop(struct bt_host *host, struct acl_link *link, const char *why)
{
	drop(host, link->rx, why);
	link->rx = NULL;
}

void acl_rx__down(struct acl_link *link)
{
	if (link->rx != NULL) {
		net_buf_unref(link->rx);
		link->rx = NULL;
	}
	link->rx_skip_len = 0;
}

/* Hands the PDU up when it is complete. */
static void joined(struct bt_conn *conn, struct acl_link *link)
{
	struct bt_host *host = conn__host(conn);
	struct net_buf *buf = link->rx;
	uint32_t pdu_len;

	if (buf->len < BT_L2CAP_HDR_SIZE) {
		return;
	}
	pdu_len = (uint32_t)sys_get_le16(buf->data) + BT_L2CAP_HDR_SIZE;
	if (buf->len > pdu_len) {
		partial_drop(host, link, "longer than its L2CAP PDU");
	} else if (pdu_len > CONFIG_BT_BUF_ACL_RX_SIZE ||
		   pdu_len - buf->len > net_buf_tailroom(buf)) {
		host__stats(host)->l2cap_dropped++;
		LOG_WRN("L2CAP PDU of %u bytes is too long", pdu_len);
		link->rx_skip_len = (uint16_t)(pdu_len - buf->len);
		net_buf_unref(buf);
		link->rx = NULL;
	} else if (buf->len == pdu_len) {
		link->rx = NULL;
		host__acl(host)->recv(conn, buf);
	}
}

static void start(struct bt_conn *conn, struct acl_link *link, struct net_buf *buf)
{
	if (link->rx != NULL) {
		partial_drop(conn__host(conn), link, "L2CAP PDU never completed");
	}
	link->rx_skip_len = 0;
	if (buf->len == 0) {
		drop(conn__host(conn), buf, "empty");
		return;
	}
	link->rx = buf;
	joined(conn, link);
}

static void go_on(struct bt_conn *conn, struct acl_link *link, struct net_buf *buf)
{
	struct bt_host *host = conn__host(conn);

	if (link->rx_skip_len > 0) {
		link->rx_skip_len -= MIN(buf->len, link->rx_skip_len);
		net_buf_unref(buf);
	} else if (link->rx == NULL) {
		drop(host, buf, "continues nothing");
	} else if (buf->len > net_buf_tailroom(link->rx)) {
		partial_drop(host, link, "continued beyond its buffer");
		net_buf_unref(buf);
	} else {
		net_buf_add_mem(link->rx, buf->data, buf->len);
		net_buf_unref(buf);
		joined(conn, link);
	}
}

static void acl_recv(struct bt_host *host, struct net_buf *buf)
{
	struct bt_conn *conn;
	const uint8_t *hdr;
	uint16_t handle, len;

	if (buf->len < BT_HCI_ACL_HDR_SIZE) {
		drop(host, buf, "no header");
		return;
	}
	hdr = net_buf_pull_mem(buf, BT_HCI_ACL_HDR_SIZE);
	handle = sys_get_le16(hdr);
	len = sys_get_le16(hdr + 2);
	conn = conn__by_handle(host, bt_acl_handle(handle));
	if (len != buf->len || bt_acl_flags_bc(bt_acl_flags(handle)) != 0) {
		drop(host, buf, "malformed");
		return;
	}
	if (conn == NULL || !acl__link(conn)->up) {
		drop(host, buf, "no such link");
		return;
	}
	bt_conn_ref(conn);
	switch (bt_acl_flags_pb(bt_acl_flags(handle))) {
	case BT_ACL_START:
		start(conn, acl__link(conn), buf);
		break;
	case BT_ACL_CONT:
		go_on(conn, acl__link(conn), buf);
		break;
	default:
		drop(host, buf, "packet boundary flag");
		break;
	}
	bt_conn_unref(conn);
}

static bool acl_known(struct bt_host *host, uint16_t handle)
{
	struct bt_conn *conn = conn__by_handle(host, handle);

	return conn != NULL && acl__link(conn)->up;
}

void acl_rx__register(struct bt_host *host)
{
	hci__acl_register(host__hci(host), acl_recv, acl_known);
}
