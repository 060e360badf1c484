/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>

#include "conn.h"
#include "hci_state.h"
#include "host.h"

struct net_buf *bt_hci_cmd_alloc(k_timeout_t timeout)
{
	return hci_cmd__alloc(host__hci(fav_host_current()), timeout);
}

struct net_buf *bt_hci_cmd_create(uint16_t opcode, uint8_t param_len)
{
	return bt_hci_cmd_alloc(K_NO_WAIT);
}

int bt_hci_cmd_send(uint16_t opcode, struct net_buf *buf)
{
	struct hci_core *hci = host__hci(fav_host_current());

	if (!hci__takes_raw(hci)) {
		if (buf != NULL) {
			net_buf_unref(buf);
		}
		return -EAGAIN;
	}
	return hci__cmd_send(hci, opcode, buf, NULL, NULL);
}

int bt_hci_cmd_send_sync(uint16_t opcode, struct net_buf *buf, struct net_buf **rsp)
{
	struct hci_core *hci = host__hci(fav_host_current());

	if (!hci__takes_raw(hci)) {
		if (buf != NULL) {
			net_buf_unref(buf);
		}
		return -EAGAIN;
	}
	return hci__cmd_send_sync(hci, opcode, buf, rsp);
}

int bt_hci_get_conn_handle(const struct bt_conn *conn, uint16_t *conn_handle)
{
	if (!conn__is_connected(conn)) {
		return -ENOTCONN;
	}
	*conn_handle = conn__handle(conn);
	return 0;
}

int bt_hci_register_vnd_evt_cb(bt_hci_vnd_evt_cb_t cb)
{
	host__hci(fav_host_current())->vendor_cb = cb;
	return 0;
}
