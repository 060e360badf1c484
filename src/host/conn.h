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
 * bt_conn_ref() one more. The place is used again when the last is gone. Upper layers keep their own
 * state in arrays of CONFIG_BT_MAX_CONN, by conn__index(), between their connected and disconnected.
 */

struct conn_table;

struct bt_host *conn__host(const struct bt_conn *conn);
uint8_t conn__index(const struct bt_conn *conn);
uint16_t conn__handle(const struct bt_conn *conn);
bool conn__is_connected(const struct bt_conn *conn);
/* The connection with that handle, not referenced; NULL when there is none. */
struct bt_conn *conn__by_handle(struct bt_host *host, uint16_t handle);
/* The connection at that place, not referenced; NULL when it is free. */
struct bt_conn *conn__by_index(struct bt_host *host, uint8_t index);

/* Who hears of links before the application does: L2CAP. connected runs before, and disconnected
 * after, nothing else of that link reaches upper layers; bt_conn_cb.connected comes after
 * connected, bt_conn_cb.disconnected after disconnected. */
struct conn_upper {
	void (*connected)(struct bt_conn *conn);
	void (*disconnected)(struct bt_conn *conn);
	void (*security_changed)(struct bt_conn *conn);
};
void conn__upper_register(struct conn_table *conns, const struct conn_upper *upper);

/* Back-pressure: a layer that refused a call on conn for lack of buffers says so, and says when
 * buffers came back; then bt_conn_cb.tx_ready runs once for each connection that was refused. */
void conn__tx_refused(struct bt_conn *conn);
void conn__tx_freed(struct bt_host *host);

#endif
