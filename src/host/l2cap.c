/* SPDX-License-Identifier: Apache-2.0 */

/*
 * L2CAP's basic frames, Core 6.0 Vol 3 Part A 3.1: a length, a channel, and whose it is.
 */

#include <errno.h>

#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/toolchain.h>

#include "acl.h"
#include "conn.h"
#include "host.h"
#include "l2cap.h"

LOG_MODULE_REGISTER(bt_l2cap);

BUILD_ASSERT(L2CAP_HEADROOM >= BT_L2CAP_HDR_SIZE + ACL_HEADROOM);
BUILD_ASSERT(L2CAP_USER_DATA >= ACL_USER_DATA);

static struct l2cap *l2cap_of(const struct bt_conn *conn)
{
	return host__l2cap(conn__host(conn));
}

/* ---- Up and down ---- */

static void connected(struct bt_conn *conn)
{
	struct l2cap *l2cap = l2cap_of(conn);

	acl__up(conn);
	for (size_t i = 0; i < ARRAY_SIZE(l2cap->fixed); i++) {
		if (l2cap->fixed[i] != NULL && l2cap->fixed[i]->connected != NULL) {
			l2cap->fixed[i]->connected(conn);
		}
	}
	if (l2cap->upper != NULL) {
		l2cap->upper->connected(conn);
	}
}

static void disconnected(struct bt_conn *conn)
{
	struct l2cap *l2cap = l2cap_of(conn);

	acl__down(conn);
	if (l2cap->upper != NULL) {
		l2cap->upper->disconnected(conn);
	}
	for (size_t i = 0; i < ARRAY_SIZE(l2cap->fixed); i++) {
		if (l2cap->fixed[i] != NULL && l2cap->fixed[i]->disconnected != NULL) {
			l2cap->fixed[i]->disconnected(conn);
		}
	}
}

static int param_request(struct bt_conn *conn, const struct bt_le_conn_param *param)
{
	struct l2cap *l2cap = l2cap_of(conn);

	return l2cap->param_request != NULL ? l2cap->param_request(conn, param) : -ENOTSUP;
}

/* A channel's owner may end the link. */
static void security_changed(struct bt_conn *conn, enum bt_security_err err)
{
	struct l2cap *l2cap = l2cap_of(conn);

	for (size_t i = 0; i < ARRAY_SIZE(l2cap->fixed) && conn__is_connected(conn); i++) {
		if (l2cap->fixed[i] != NULL && l2cap->fixed[i]->security_changed != NULL) {
			l2cap->fixed[i]->security_changed(conn, err);
		}
	}
	if (l2cap->upper != NULL && conn__is_connected(conn)) {
		l2cap->upper->security_changed(conn, err);
	}
}

static const struct conn_upper upper = {
	.connected = connected,
	.disconnected = disconnected,
	.param_request = param_request,
	.security_changed = security_changed,
};

/* ---- Frames ---- */

static void recv(struct bt_conn *conn, struct net_buf *buf)
{
	struct l2cap *l2cap = l2cap_of(conn);
	const uint8_t *hdr = net_buf_pull_mem(buf, BT_L2CAP_HDR_SIZE);
	uint16_t cid = sys_get_le16(hdr + 2);

	if (cid < ARRAY_SIZE(l2cap->fixed) && l2cap->fixed[cid] != NULL) {
		l2cap->fixed[cid]->recv(conn, buf);
	} else if (l2cap->upper == NULL || !l2cap->upper->recv(conn, cid, buf)) {
		host__stats(conn__host(conn))->l2cap_dropped++;
		LOG_WRN("PDU for channel 0x%04x, which there is not", cid);
		net_buf_unref(buf);
	}
}

static void header_push(struct net_buf *buf, uint16_t cid)
{
	uint16_t len = buf->len;
	uint8_t *hdr = net_buf_push(buf, BT_L2CAP_HDR_SIZE);

	sys_put_le16(len, hdr);
	sys_put_le16(cid, hdr + 2);
}

int l2cap__send(struct bt_conn *conn, uint16_t cid, struct net_buf *buf, l2cap_sent_t sent,
		void *user)
{
	int err;

	if (buf->len > UINT16_MAX - L2CAP_HEADROOM) {
		return -EMSGSIZE;
	}
	header_push(buf, cid);
	err = acl__send(conn, buf, sent, user);
	if (err != 0) {
		net_buf_pull(buf, BT_L2CAP_HDR_SIZE);
	}
	return err;
}

int l2cap__signal(struct bt_conn *conn, struct net_buf *buf, bool ahead)
{
	int err;

	header_push(buf, L2CAP_CID_SIG);
	err = acl__signal(conn, buf, ahead);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

/* ---- The layer ---- */

int l2cap__fixed_register(struct l2cap *l2cap, const struct l2cap_fixed *fixed)
{
	if (fixed->cid == 0 || fixed->cid >= ARRAY_SIZE(l2cap->fixed)) {
		return -EINVAL;
	}
	if (l2cap->fixed[fixed->cid] != NULL) {
		return -EEXIST;
	}
	l2cap->fixed[fixed->cid] = fixed;
	return 0;
}

void l2cap__upper_register(struct l2cap *l2cap, const struct l2cap_upper *upper_layer)
{
	l2cap->upper = upper_layer;
}

void l2cap__init(struct l2cap *l2cap, struct bt_host *host)
{
	*l2cap = (struct l2cap){.host = host};
}

int l2cap__enable(struct bt_host *host)
{
	l2cap__init(host__l2cap(host), host);
	acl__register(host__acl(host), recv);
	conn__upper_register(host__conns(host), &upper);
	return 0;
}

void l2cap__disable(struct bt_host *host)
{
	l2cap__init(host__l2cap(host), host);
}
