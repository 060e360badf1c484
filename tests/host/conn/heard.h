/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_CONN_HEARD_H_
#define TESTS_HOST_CONN_HEARD_H_

#include <zephyr/bluetooth/conn.h>

/* What an application has heard of its connections, and what it does about it. */
struct heard {
	unsigned int connected;
	uint8_t err; /* Of the last connected. */
	unsigned int disconnected;
	uint8_t reason; /* Of the last disconnected. */
	unsigned int recycled;
	unsigned int param_req;
	struct bt_le_conn_param param; /* Of the last le_param_req. */
	unsigned int param_updated;
	uint16_t interval, latency, timeout;
	unsigned int remote_info;
	struct bt_conn_remote_info info;
	uint8_t features[8];
	unsigned int phy_updated;
	unsigned int data_len_updated;
	unsigned int tx_ready;
	struct bt_conn *conn; /* Of the last callback, not referenced. */

	void (*on_connected)(struct bt_conn *conn, uint8_t err);
	void (*on_disconnected)(struct bt_conn *conn, uint8_t reason);
	void (*on_recycled)(void);
	bool (*on_param_req)(struct bt_conn *conn, struct bt_le_conn_param *param);
	void (*on_tx_ready)(struct bt_conn *conn);
};
extern struct heard heard;
extern struct bt_conn_cb heard_cb;

/* Forget everything, and listen on the current host. */
void heard_start(void);
/* Forget everything, and do nothing more about what is heard. */
void heard_forget(void);

#endif
