/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_CONN_H_
#define FAV_HOST_CONN_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>

/*
 * The connections of a host.
 *
 * A struct bt_conn is one of CONFIG_BT_MAX_CONN places in the host's table, counted by references:
 * the table holds one from connection (or attempt) to the end of the disconnected callbacks, each
 * bt_conn_ref() one more. The place is used again when the last is gone. Upper layers keep their
 * own state in arrays of CONFIG_BT_MAX_CONN, by conn__index(), between their connected and
 * disconnected.
 */

struct conn_table;

/* For host.c. init once; callbacks registered before enable stay registered over disable. disable
 * ends all links and attempts at once, with their callbacks: the controller is gone or being reset.
 */
void conn__init(struct conn_table *conns, struct bt_host *host);
int conn__enable(struct bt_host *host);
void conn__disable(struct bt_host *host);
/* Whether any connection is still referenced. */
bool conn__any_referenced(struct bt_host *host);
/* Whether there is any link. */
bool conn__any_linked(struct bt_host *host);

/* How a struct bt_conn begins: what every layer asks of it with every packet. Only conn_*.c write
 * it. */
struct conn_head {
	struct bt_host *host;
	enum bt_conn_state state;
	uint8_t index; /* its place */
};

static inline const struct conn_head *conn__head(const struct bt_conn *conn)
{
	return (const struct conn_head *)conn;
}

static inline struct bt_host *conn__host(const struct bt_conn *conn)
{
	return conn__head(conn)->host;
}

static inline uint8_t conn__index(const struct bt_conn *conn)
{
	return conn__head(conn)->index;
}

/* Whether data can be sent: from Connection Complete to Disconnection Complete. */
static inline bool conn__is_connected(const struct bt_conn *conn)
{
	enum bt_conn_state state = conn__head(conn)->state;

	return state == BT_CONN_STATE_CONNECTED || state == BT_CONN_STATE_DISCONNECTING;
}

uint16_t conn__handle(const struct bt_conn *conn);
/* Longest payload of a link-layer PDU that the link sends, bytes. */
uint16_t conn__tx_octets(const struct bt_conn *conn);
/* The connection with that handle, not referenced; NULL when there is none. */
struct bt_conn *conn__by_handle(struct bt_host *host, uint16_t handle);
/* The connection at that place, not referenced; NULL when there is no link. */
struct bt_conn *conn__by_index(struct bt_host *host, uint8_t index);

/* What the controller does about trains that the peer hands on, BT_HCI_LE_PAST_MODE_*. set, with
 * conn NULL: of links to come. */
uint8_t conn__past_mode(const struct bt_conn *conn);
void conn__past_mode_set(struct bt_host *host, const struct bt_conn *conn, uint8_t mode);

/* The link's security, told by the security manager: level L1 and the rest 0 without encryption. */
void conn__security_set(struct bt_conn *conn, const struct bt_security_info *security);
/* Tell the layers above, then the application, of it. */
void conn__security_tell(struct bt_conn *conn, enum bt_security_err err);
/* The layers alone: a pairing has ended that they may have waited for, and the link is as it was.
 */
void conn__security_tell_layers(struct bt_conn *conn, enum bt_security_err err);
/* Who the peer has turned out to be: tells the application. */
void conn__identify(struct bt_conn *conn, const bt_addr_le_t *identity);

/* Who hears of links before the application does: L2CAP. connected runs before, and disconnected
 * after, nothing else of that link reaches upper layers; bt_conn_cb.connected comes after
 * connected, bt_conn_cb.disconnected after disconnected. */
struct conn_upper {
	void (*connected)(struct bt_conn *conn);
	void (*disconnected)(struct bt_conn *conn);
	/* Ask the central for other parameters, by L2CAP: errors as bt_conn_le_param_update(). */
	int (*param_request)(struct bt_conn *conn, const struct bt_le_conn_param *param);
	/* bt_conn_get_security() has changed, or was to change and err says why it has not. Before
	 * the application's callbacks; may end the link. NULL: nobody waits for it. */
	void (*security_changed)(struct bt_conn *conn, enum bt_security_err err);
};
void conn__upper_register(struct conn_table *conns, const struct conn_upper *upper);

/* Whether param is within Core 6.0 Vol 4 Part E 7.8.18. */
bool conn__param_valid(const struct bt_le_conn_param *param);

/* The peripheral wants param. Asks the application; true: accepted, and param as it left it. */
bool conn__param_ask(struct bt_conn *conn, struct bt_le_conn_param *param);
/* Have the controller take on what was accepted; what comes of it is an event. */
void conn__param_apply(struct bt_conn *conn, const struct bt_le_conn_param *param);

/* Back-pressure: a layer that refused a call on conn for lack of buffers says so, and says when
 * buffers came back; then bt_conn_cb.tx_ready runs once for each connection that was refused.
 * tx_freed: any level. */
void conn__tx_refused(struct bt_conn *conn);
void conn__tx_freed(struct bt_host *host);

/*
 * Between connections, advertising and scanning.
 */

/* A place is free for the link that connectable advertising leads to. */
bool conn__has_free(struct bt_host *host);

enum conn_scanning {
	CONN_SCANNING_NOT,
	CONN_SCANNING_PASSIVE,
	CONN_SCANNING_ACTIVE,
};
/* Told by scan, so that an attempt that the controller cannot make beside it is refused. */
void conn__scanning_set(struct bt_host *host, enum conn_scanning scanning);

/* Scanning, for peers that only the host can resolve: conn_search.c. */
struct conn_scan {
	/* Have advertising reports come, to conn__adv_heard(), until stop. Errors as
	 * bt_le_scan_start(). */
	int (*start)(struct bt_host *host, const struct bt_conn_le_create_param *param);
	void (*stop)(struct bt_host *host);
};
void conn__scan_register(struct conn_table *conns, const struct conn_scan *scan);
/* A peer advertises connectably: who it is, and with which address. */
void conn__adv_heard(struct bt_host *host, const bt_addr_le_t *identity, const bt_addr_le_t *addr);

/* Connectable advertising. */
struct conn_adv {
	/* It has ended: status 0 with a link, where it fills the identity and the address it
	 * advertised with; BT_HCI_ERR_ADV_TIMEOUT with id and local NULL. Before connected. */
	void (*ended)(struct bt_host *host, uint8_t status, uint8_t *id, bt_addr_le_t *local);
};
void conn__adv_register(struct conn_table *conns, const struct conn_adv *adv);
/* Extended advertising has ended with that link: announce it, as of identity id that advertised
 * with local. Returns the connection, referenced; NULL when there is no such link, or no place for
 * it. */
struct bt_conn *conn__adv_linked(struct bt_host *host, uint16_t handle, uint8_t id,
				 const bt_addr_le_t *local);
/* Directed advertising to peer ran into its time limit: bt_conn_cb.connected says so, with a
 * connection that never was. */
void conn__adv_timed_out(struct bt_host *host, uint8_t id, const bt_addr_le_t *local,
			 const bt_addr_le_t *peer);

#endif
