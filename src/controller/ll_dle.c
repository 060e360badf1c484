/* SPDX-License-Identifier: Apache-2.0 */

/* Data length, Core 6.0 Vol 6 Part B 4.5.10 and 5.1.9. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

#define OCTETS_MIN 27

#define MIC_BYTES 4

/* How a side's times become effective, 4.5.10: connEffectiveMaxTxTime is the lesser of what we send
 * and the peer takes; on Coded (connEffectiveMaxTxTimeCoded) also no more than the interval leaves
 * beside the peer's longest packet, but never less than 27 octets need. */

void ll__dle_init(struct ll_conn *conn)
{
	struct ll_ctrl *ctrl = &conn->ctrl;

	ctrl->remote_rx_octets = OCTETS_MIN;
	ctrl->remote_tx_octets = OCTETS_MIN;
	ctrl->remote_rx_time_us = LL_DATA_TIME_MIN_US;
	ctrl->remote_tx_time_us = LL_DATA_TIME_MIN_US;
	ll__dle_update(conn, false);
}

/* connMaxRxTime: a peer that is known not to have Coded is not told of its times. */
static uint16_t max_rx_time_us(const struct ll_conn *conn)
{
	return conn->ctrl.features_known && !(conn->ctrl.features[1] & CTL_FEATURE_1_CODED)
		       ? LL_DATA_TIME_UNCODED_US
		       : LL_DATA_TIME_MAX_US;
}

/* connEffectiveMaxTxTimeCoded: what the longest packet of the peer leaves of the interval. */
static uint16_t tx_time_coded_us(const struct ll_conn *conn, uint16_t tx_uncoded_us,
				 uint16_t rx_uncoded_us)
{
	uint32_t rx_us =
		radio__airtime_us(RADIO_CODED_S8, LL_HDR_SIZE + conn->ctrl.rx_octets + MIC_BYTES);
	uint32_t required_us = 2 * RADIO_T_IFS_US + MIN(rx_uncoded_us, rx_us);
	uint32_t interval_us = ll__conn_interval_us(conn);
	uint32_t portion_us = interval_us > required_us ? interval_us - required_us : 0;

	return (uint16_t)MAX(LL_DATA_TIME_CODED_MIN_US, MIN(tx_uncoded_us, portion_us));
}

void ll__dle_update(struct ll_conn *conn, bool tell_host)
{
	struct ll_ctrl *ctrl = &conn->ctrl, old = *ctrl;

	ctrl->tx_octets = MIN(ctrl->max_tx_octets, ctrl->remote_rx_octets);
	ctrl->rx_octets = MIN(LL_DATA_LEN_MAX, ctrl->remote_tx_octets);
	ctrl->tx_time_us = MIN(ctrl->max_tx_time_us, ctrl->remote_rx_time_us);
	ctrl->rx_time_us = MIN(max_rx_time_us(conn), ctrl->remote_tx_time_us);
	if (conn->tx_phy >= RADIO_CODED_S8) {
		ctrl->tx_time_us = tx_time_coded_us(conn, ctrl->tx_time_us, ctrl->rx_time_us);
	}
	if (conn->rx_phy >= RADIO_CODED_S8) {
		ctrl->rx_time_us = MAX(ctrl->rx_time_us, LL_DATA_TIME_CODED_MIN_US);
	}
	if (tell_host &&
	    (old.tx_octets != ctrl->tx_octets || old.rx_octets != ctrl->rx_octets ||
	     old.tx_time_us != ctrl->tx_time_us || old.rx_time_us != ctrl->rx_time_us)) {
		ctl__evt_data_len(conn);
	}
}

uint16_t ll__dle_tx_octets(const struct ll_conn *conn)
{
	uint16_t time_us = MAX(conn->ctrl.tx_time_us, LL_DATA_TIME_MIN_US);
	uint32_t overhead_us = radio__airtime_us(conn->tx_phy, LL_HDR_SIZE + MIC_BYTES);

	return (uint16_t)MIN(conn->ctrl.tx_octets,
			     (time_us - overhead_us) / radio__byte_us(conn->tx_phy));
}

static void send(struct ll_conn *conn, uint8_t opcode, uint64_t now_us)
{
	struct ll_length length = {
		.max_rx_octets = sys_cpu_to_le16(LL_DATA_LEN_MAX),
		.max_rx_time = sys_cpu_to_le16(max_rx_time_us(conn)),
		.max_tx_octets = sys_cpu_to_le16(conn->ctrl.max_tx_octets),
		.max_tx_time =
			sys_cpu_to_le16(MIN(conn->ctrl.max_tx_time_us, max_rx_time_us(conn))),
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
	ctrl->remote_rx_time_us = MAX(sys_le16_to_cpu(length->max_rx_time), LL_DATA_TIME_MIN_US);
	ctrl->remote_tx_octets = MAX(sys_le16_to_cpu(length->max_tx_octets), OCTETS_MIN);
	ctrl->remote_tx_time_us = MAX(sys_le16_to_cpu(length->max_tx_time), LL_DATA_TIME_MIN_US);
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
