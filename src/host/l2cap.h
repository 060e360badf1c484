/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_L2CAP_H_
#define FAV_HOST_L2CAP_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/net_buf.h>

/*
 * L2CAP: fixed channels over ACL, Core 6.0 Vol 3 Part A.
 */

#define L2CAP_CID_ATT 0x0004
#define L2CAP_CID_SIG 0x0005
#define L2CAP_CID_SMP 0x0006

/* Headroom that a PDU's buffer needs in front: L2CAP header 4, ACL header 4, indicator 1. */
#define L2CAP_HEADROOM 9

struct l2cap_fixed;
struct l2cap_upper;

/* The fixed channels, by CID; in the host. */
#define L2CAP_FIXED_MAX 8
struct l2cap {
	struct bt_host *host;
	const struct l2cap_fixed *fixed[L2CAP_FIXED_MAX];
	const struct l2cap_upper *upper;
	/* conn_upper.param_request, by the signalling channel. */
	int (*param_request)(struct bt_conn *conn, const struct bt_le_conn_param *param);
};

/* For host.c. enable in the order conn, acl, l2cap, l2cap_sig, then the owners of other channels,
 * who register in theirs. disable with conn first: that ends all links, and each layer hears of it.
 */
void l2cap__init(struct l2cap *l2cap, struct bt_host *host);
int l2cap__enable(struct bt_host *host);
void l2cap__disable(struct bt_host *host);

/* A fixed channel. Its owner registers it when the host is enabled; all calls at thread level. */
struct l2cap_fixed {
	uint16_t cid;
	void (*connected)(struct bt_conn *conn);
	/* The link is gone; what was queued on the channel has been reported by its sent callback.
	 */
	void (*disconnected)(struct bt_conn *conn);
	/* One whole PDU without its L2CAP header; the callee owns buf. */
	void (*recv)(struct bt_conn *conn, struct net_buf *buf);
	/* As conn_upper.security_changed; may be NULL. */
	void (*security_changed)(struct bt_conn *conn, enum bt_security_err err);
};

/* fixed stays the caller's. -EINVAL: no fixed channel of LE. -EEXIST: registered already. */
int l2cap__fixed_register(struct l2cap *l2cap, const struct l2cap_fixed *fixed);

/* Who owns all other channels; NULL: nobody. connected comes after, disconnected before that of the
 * fixed channels. recv: false: there is no such channel, and buf is not taken. */
struct l2cap_upper {
	void (*connected)(struct bt_conn *conn);
	void (*disconnected)(struct bt_conn *conn);
	bool (*recv)(struct bt_conn *conn, uint16_t cid, struct net_buf *buf);
	void (*security_changed)(struct bt_conn *conn, enum bt_security_err err);
};
void l2cap__upper_register(struct l2cap *l2cap, const struct l2cap_upper *upper);

/* Exactly once for each l2cap__send() that returned 0: err 0 when the controller has completed the
 * PDU's last fragment, -ENOTCONN when the link went first. Thread level; may send. */
typedef void (*l2cap_sent_t)(struct bt_conn *conn, void *user, int err);

/* Queue one PDU. PDUs of a connection leave in order; connections take turns. buf needs
 * L2CAP_HEADROOM in front and a user_data_size of at least L2CAP_USER_DATA (the queue's own), and
 * is L2CAP's when 0 is returned, else still the caller's. sent may be NULL. Never waits. -ENOTCONN:
 * no link. -EMSGSIZE: longer than a buffer can be with the headers. */
int l2cap__send(struct bt_conn *conn, uint16_t cid, struct net_buf *buf, l2cap_sent_t sent,
		void *user);

/* The same of a signalling PDU, which is taken in any case. ahead: before data that waits, behind
 * signalling. -ENOTCONN. */
int l2cap__signal(struct bt_conn *conn, struct net_buf *buf, bool ahead);

/* Bytes of net_buf user data that l2cap__send() uses. */
#define L2CAP_USER_DATA (3 * sizeof(void *))

#endif
