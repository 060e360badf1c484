/* SPDX-License-Identifier: Apache-2.0 */

/* Data length, Core 6.0 Vol 6 Part B 4.5.10 and 5.1.9. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define OCTETS_MIN  27
#define TIME_MIN_US 328
#define TIME_MAX_US 2120 /* 251 octets on 1M, the slowest PHY here */

#define MIC_BYTES 4

void ll__dle_init(struct ll_conn *conn)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	ctrl->remote_rx_octets = OCTETS_MIN;
	ctrl->remote_tx_octets = OCTETS_MIN;
	ctrl->remote_rx_time_us = TIME_MIN_US;
	ctrl->remote_tx_time_us = TIME_MIN_US;
	ll__dle_update(conn, false);
}

void ll__dle_update(struct ll_conn *conn, bool tell_host)
{
	struct ll_ctrl *ctrl = &conn->ctrl, old = *ctrl;

	ctrl->tx_octets = MIN(ctrl->max_tx_octets, ctrl->remote_rx_octets);
	ctrl->tx_time_us = MIN(ctrl->max_tx_time_us, ctrl->remote_rx_time_us);
	ctrl->rx_octets = MIN(LL_DATA_LEN_MAX, ctrl->remote_tx_octets);
	ctrl->rx_time_us = MIN(TIME_MAX_US, ctrl->remote_tx_time_us);
	if (tell_host &&
	    (old.tx_octets != ctrl->tx_octets || old.rx_octets != ctrl->rx_octets ||
	     old.tx_time_us != ctrl->tx_time_us || old.rx_time_us != ctrl->rx_time_us)) {
		ctl__evt_data_len(conn);
	}
}

uint16_t ll__dle_tx_octets(const struct ll_conn *conn)
{
	uint16_t time_us = MAX(conn->ctrl.tx_time_us, TIME_MIN_US);
	uint32_t overhead_us = radio__airtime_us(conn->tx_phy, LL_HDR_SIZE + MIC_BYTES);
	uint32_t byte_us = conn->tx_phy == RADIO_2M ? 4 : 8;

	return (uint16_t)MIN(conn->ctrl.tx_octets, (time_us - overhead_us) / byte_us);
}

static void send(struct ll_conn *conn, uint8_t opcode, uint64_t now_us)
{
	struct ll_length length = {
		.max_rx_octets = sys_cpu_to_le16(LL_DATA_LEN_MAX),
		.max_rx_time = sys_cpu_to_le16(TIME_MAX_US),
		.max_tx_octets = sys_cpu_to_le16(conn->ctrl.max_tx_octets),
		.max_tx_time = sys_cpu_to_le16(conn->ctrl.max_tx_time_us),
	};

	ll__ctrl_send(conn, opcode, &length, sizeof(length), now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->ctrl.dle_unsupported) {
		ll__ctrl_local_done(conn, now_us);
		return;
	}
	send(conn, LL_LENGTH_REQ, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	conn->ctrl.dle_unsupported = error == BT_HCI_ERR_UNSUPP_REMOTE_FEATURE;
	ll__ctrl_local_done(conn, now_us);
}

const struct ll_proc_ops ll__dle_proc = {.start = start, .rejected = rejected};

/* Values below the minima cannot be meant: they count as these, 2.4.2. */
static void learn(struct ll_conn *conn, const struct ll_length *length)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	ctrl->remote_rx_octets = MAX(sys_le16_to_cpu(length->max_rx_octets), OCTETS_MIN);
	ctrl->remote_rx_time_us = MAX(sys_le16_to_cpu(length->max_rx_time), TIME_MIN_US);
	ctrl->remote_tx_octets = MAX(sys_le16_to_cpu(length->max_tx_octets), OCTETS_MIN);
	ctrl->remote_tx_time_us = MAX(sys_le16_to_cpu(length->max_tx_time), TIME_MIN_US);
	ll__dle_update(conn, true);
}

void ll__dle_rx_req(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	send(conn, LL_LENGTH_RSP, now_us);
	learn(conn, (const void *)data);
}

void ll__dle_rx_rsp(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	if (conn->ctrl.local == LL_PROC_DLE) {
		learn(conn, (const void *)data);
		ll__ctrl_local_done(conn, now_us);
	}
}
