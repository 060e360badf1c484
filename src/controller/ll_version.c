/* SPDX-License-Identifier: Apache-2.0 */

/* Version exchange, Core 6.0 Vol 6 Part B 5.1.5: each side sends its own once. */

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>

#include "controller/ctl.h"
#include "controller/hci_evt.h"

static void tell_host(struct ll_conn *conn, uint8_t status)
{
	if (conn->ctrl.version_event) {
		conn->ctrl.version_event = false;
		ctl__evt_version(conn, status);
	}
}

static void send(struct ll_conn *conn, uint64_t now_us)
{
	struct ll_version_ind ind = {
		.version = CTL_VERSION,
		.company = sys_cpu_to_le16(CTL_COMPANY),
		.subversion = sys_cpu_to_le16(CTL_SUBVERSION),
	};

	conn->ctrl.version_sent = true;
	ll__ctrl_send(conn, LL_VERSION_IND, &ind, sizeof(ind), now_us);
}

static void start(struct ll_conn *conn, uint64_t now_us)
{
	if (conn->ctrl.version_known) {
		tell_host(conn, BT_HCI_ERR_SUCCESS);
		ll__ctrl_local_done(conn, now_us);
		return;
	}
	send(conn, now_us);
	ll__ctrl_expect(conn, true, now_us);
}

static void rejected(struct ll_conn *conn, uint8_t error, uint64_t now_us)
{
	tell_host(conn, error);
	ll__ctrl_local_done(conn, now_us);
}

const struct ll_proc_ops ll__version_proc = {.start = start, .rejected = rejected};

void ll__version_rx_ind(struct ll_conn *conn, const uint8_t *data, uint64_t now_us)
{
	const struct ll_version_ind *ind = (const void *)data;

	conn->ctrl.version = (struct ll_version_ind){
		.version = ind->version,
		.company = sys_le16_to_cpu(ind->company),
		.subversion = sys_le16_to_cpu(ind->subversion),
	};
	conn->ctrl.version_known = true;
	if (!conn->ctrl.version_sent) {
		send(conn, now_us);
	}
	if (conn->ctrl.local == LL_PROC_VERSION) {
		tell_host(conn, BT_HCI_ERR_SUCCESS);
		ll__ctrl_local_done(conn, now_us);
	}
}
