/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the host does by itself on each new link, one step after the other, because controllers run
 * one link layer procedure at a time and some refuse a second: read the peer's features, ask for
 * the longest packets, as central for the 2M PHY, then read the peer's version. What the
 * application asks for itself before its step is not asked for again.
 */

#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"

LOG_MODULE_DECLARE(bt_conn);

/* Another try after there was no buffer for the command. */
#define RETRY_MS 10

static void retry(struct k_work *work);
static void run(struct bt_conn *conn);

void conn_auto__init(struct conn_table *conns)
{
	k_work_init_delayable(&conns->auto_retry, retry);
}

void conn_auto__start(struct bt_conn *conn)
{
	conn->auto_step = CONN_AUTO_FEATURES;
	conn->auto_moot = 0;
	run(conn);
}

void conn_auto__stop(struct conn_table *conns)
{
	k_work_cancel_delayable(&conns->auto_retry);
}

/* ---- The steps ---- */

static bool both_have(const struct bt_conn *conn, unsigned int bit)
{
	return hci__has_le_feature(host__hci(conn->conns->host), bit) &&
	       (!conn->features_known || (conn->features[bit / 8] & BIT(bit % 8)) != 0);
}

static bool is_wanted(const struct bt_conn *conn, enum conn_auto_step step)
{
	struct hci_core *hci = host__hci(conn->conns->host);

	if (conn->auto_moot & BIT(step)) {
		return false;
	}
	switch (step) {
	case CONN_AUTO_FEATURES:
		return conn->role == BT_CONN_ROLE_CENTRAL ||
		       hci__has_le_feature(hci, BT_LE_FEAT_BIT_PER_INIT_FEAT_XCHG);
	case CONN_AUTO_DATA_LEN:
		return IS_ENABLED(CONFIG_BT_AUTO_DATA_LEN_UPDATE) &&
		       both_have(conn, BT_LE_FEAT_BIT_DLE) &&
		       hci__info(hci)->max_tx_octets > BT_GAP_DATA_LEN_DEFAULT;
	case CONN_AUTO_PHY:
		return IS_ENABLED(CONFIG_BT_AUTO_PHY_UPDATE) &&
		       conn->role == BT_CONN_ROLE_CENTRAL && both_have(conn, BT_LE_FEAT_BIT_PHY_2M);
	case CONN_AUTO_VERSION:
		return IS_ENABLED(CONFIG_BT_REMOTE_VERSION);
	default:
		return true;
	}
}

static bool refused(const struct bt_conn *conn, int err, uint8_t status)
{
	if (err == 0 && status == BT_HCI_ERR_SUCCESS) {
		return false;
	}
	LOG_DBG("step %d on a new link: %d, %s", conn->auto_step, err, bt_hci_err_to_str(status));
	return true;
}

/* The commands' ends; user is the connection, referenced until then. */

/* Of a step whose answer is an event: it may have come before, and the next step begun. */
static void asked(struct bt_host *host, void *user, int err, uint8_t status,
		  struct net_buf_simple *rsp)
{
	struct bt_conn *conn = user;

	if (refused(conn, err, status)) {
		conn_auto__answered(conn, conn->auto_step);
	}
	bt_conn_unref(conn);
}

/* Of a step that is over with its command. */
static void set(struct bt_host *host, void *user, int err, uint8_t status,
		struct net_buf_simple *rsp)
{
	struct bt_conn *conn = user;

	(void)refused(conn, err, status);
	conn_auto__answered(conn, conn->auto_step);
	bt_conn_unref(conn);
}

static int command(struct bt_conn *conn, uint16_t opcode, const void *params, size_t len,
		   hci_cmd_done_t done)
{
	int err = conn__cmd_async(conn->conns->host, opcode, params, len, done, bt_conn_ref(conn));

	if (err != 0) {
		bt_conn_unref(conn);
	}
	return err;
}

static int step_start(struct bt_conn *conn)
{
	const struct hci_info *info = hci__info(host__hci(conn->conns->host));
	uint16_t handle = sys_cpu_to_le16(conn->handle);
	const struct bt_hci_cp_le_set_data_len data_len = {
		.handle = handle,
		.tx_octets = sys_cpu_to_le16(info->max_tx_octets),
		.tx_time = sys_cpu_to_le16(info->max_tx_time),
	};
	const struct bt_hci_cp_le_set_phy phy = {
		.handle = handle,
		.tx_phys = BT_HCI_LE_PHY_PREFER_2M,
		.rx_phys = BT_HCI_LE_PHY_PREFER_2M,
	};

	switch (conn->auto_step) {
	case CONN_AUTO_FEATURES:
		return command(conn, BT_HCI_OP_LE_READ_REMOTE_FEATURES, &handle, sizeof(handle),
			       asked);
	case CONN_AUTO_DATA_LEN:
		return command(conn, BT_HCI_OP_LE_SET_DATA_LEN, &data_len, sizeof(data_len), set);
	case CONN_AUTO_PHY:
		return command(conn, BT_HCI_OP_LE_SET_PHY, &phy, sizeof(phy), set);
	default:
		return command(conn, BT_HCI_OP_READ_REMOTE_VERSION_INFO, &handle, sizeof(handle),
			       asked);
	}
}

/* ---- Their order ---- */

static void run(struct bt_conn *conn)
{
	int err;

	while (!is_wanted(conn, conn->auto_step)) {
		conn->auto_step++;
	}
	if (conn->auto_step == CONN_AUTO_DONE) {
		conn_cb__remote_info(conn);
		return;
	}
	err = step_start(conn);
	if (err == -ENOMEM) {
		conn->auto_waits = true;
		k_work_schedule(&conn->conns->auto_retry, K_MSEC(RETRY_MS));
	}
}

void conn_auto__answered(struct bt_conn *conn, enum conn_auto_step step)
{
	if (conn->auto_step == step && step != CONN_AUTO_DONE &&
	    conn->head.state == BT_CONN_STATE_CONNECTED) {
		conn->auto_step++;
		run(conn);
	}
}

int conn_auto__instead(struct bt_conn *conn, enum conn_auto_step step, uint16_t opcode,
		       const void *params, size_t len)
{
	uint8_t before = conn->auto_moot;
	int err;

	/* Before the wait, in which the step may come. */
	conn->auto_moot |= BIT(step);
	err = hci__cmd_sync(host__hci(conn->conns->host), opcode, params, len);
	if (err != 0) {
		conn->auto_moot = before;
	}
	return err;
}

static void retry(struct k_work *work)
{
	struct conn_table *conns =
		CONTAINER_OF(k_work_delayable_from_work(work), struct conn_table, auto_retry);
	struct bt_host *previous = host__enter(conns->host);

	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn = &conns->places[i];

		if (conn->auto_waits && conn->head.state == BT_CONN_STATE_CONNECTED) {
			conn->auto_waits = false;
			bt_conn_ref(conn);
			run(conn);
			bt_conn_unref(conn);
		}
	}
	host__leave(previous);
}
