/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_down.h"

#include <errno.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"
#include "controller/hci_evt.h"

LOG_MODULE_REGISTER(ctl_down);

static struct fav_controller *ctl_of(struct fav_hci *hci)
{
	return CONTAINER_OF(hci, struct fav_controller, hci);
}

/* Said once: a host that floods shall not flood the log too. */
static void complain(struct fav_controller *ctl, const char *why)
{
	if (!ctl->down.complained) {
		ctl->down.complained = true;
		LOG_WRN("%s: its host ignores flow control, packets are dropped: %s",
			ctl->config.name, why);
	}
}

static void overflow(struct fav_controller *ctl, const char *why)
{
	complain(ctl, why);
	ctl__evt_overflow(ctl);
}

/* buf: indicator and header are there, and the length is right. */
static void run_acl(struct fav_controller *ctl, struct net_buf *buf, uint64_t now_us)
{
	uint16_t handle;
	struct ll_conn *conn;

	net_buf_pull_u8(buf);
	handle = sys_get_le16(buf->data);
	conn = ll__conn_get(ctl, bt_acl_handle(handle));
	if (conn == NULL || bt_acl_flags_bc(bt_acl_flags(handle)) != 0 ||
	    bt_acl_flags_pb(bt_acl_flags(handle)) == BT_ACL_COMPLETE) {
		/* A packet may cross Disconnection Complete, which completes it: no word. */
		net_buf_unref(buf);
	} else if (buf->len - BT_HCI_ACL_HDR_SIZE > ctl->config.acl_len) {
		overflow(ctl, "data longer than the buffer size");
		net_buf_unref(buf);
	} else if (ctl->down.acl_used == ctl->config.acl_count) {
		overflow(ctl, "more data than buffers");
		net_buf_unref(buf);
	} else {
		ctl->down.acl_used++;
		ll__tx_data(conn, buf, now_us);
	}
}

static void run_cmd(struct fav_controller *ctl, struct net_buf *buf, uint64_t now_us)
{
	const uint8_t *cmd = buf->data + 1;

	ctl__cmd_run(ctl, sys_get_le16(cmd), cmd + BT_HCI_CMD_HDR_SIZE, cmd[2], now_us);
	net_buf_unref(buf);
}

static void timer_due(struct fav_timeout *timer)
{
	struct fav_controller *ctl = CONTAINER_OF(CONTAINER_OF(timer, struct ctl_down, timer),
						  struct fav_controller, down);
	struct net_buf *buf;

	while (ctl__up_has_room(ctl)) {
		buf = net_buf_slist_get(&ctl->down.queue);
		if (buf == NULL) {
			return;
		}
		ctl->down.queued--;
		if (buf->data[0] == FAV_H4_CMD) {
			run_cmd(ctl, buf, timer->at_us);
		} else {
			run_acl(ctl, buf, timer->at_us);
		}
	}
}

static void schedule(struct fav_controller *ctl, uint64_t at_us)
{
	if (!fav_timeout_is_armed(&ctl->down.timer)) {
		fav_timeout_start(&ctl->down.timer, at_us);
	}
}

void ctl__down_resume(struct fav_controller *ctl)
{
	if (ctl->down.queued != 0) {
		schedule(ctl, fav_kernel_port()->now_us());
	}
}

static void arrived(struct hci_wire *wire, struct net_buf *buf, uint64_t now_us)
{
	struct fav_controller *ctl = CONTAINER_OF(CONTAINER_OF(wire, struct ctl_down, wire),
						  struct fav_controller, down);

	net_buf_slist_put(&ctl->down.queue, buf);
	schedule(ctl, now_us);
}

/* Whether the packet is whole and of a kind that a controller takes. */
static bool well_formed(const struct net_buf *buf)
{
	if (buf->len < 1) {
		return false;
	}
	switch (buf->data[0]) {
	case FAV_H4_CMD:
		return buf->len >= 1 + BT_HCI_CMD_HDR_SIZE &&
		       buf->len == 1 + BT_HCI_CMD_HDR_SIZE + buf->data[3];
	case FAV_H4_ACL:
		return buf->len >= 1 + BT_HCI_ACL_HDR_SIZE &&
		       buf->len == 1 + BT_HCI_ACL_HDR_SIZE + sys_get_le16(buf->data + 3);
	default:
		return false;
	}
}

static int api_open(struct fav_hci *hci)
{
	struct fav_controller *ctl = ctl_of(hci);

	if (ctl->up.open) {
		return -EALREADY;
	}
	ctl->up.open = true;
	return 0;
}

static int api_send(struct fav_hci *hci, struct net_buf *buf)
{
	struct fav_controller *ctl = ctl_of(hci);

	if (!ctl->up.open) {
		return -ENOTCONN;
	}
	if (!well_formed(buf)) {
		return -EINVAL;
	}
	if (ctl->down.queued == CTL_DOWN_MAX + ctl->config.acl_count) {
		complain(ctl, "too many at once");
		net_buf_unref(buf);
		return 0;
	}
	ctl->down.queued++;
	hci_wire__put(&ctl->down.wire, buf);
	return 0;
}

static void api_rx_ready(struct fav_hci *hci)
{
	ctl__up_ready(ctl_of(hci));
}

static void api_close(struct fav_hci *hci)
{
	ctl__shut(ctl_of(hci));
}

static void api_destroy(struct fav_hci *hci)
{
	struct fav_controller *ctl = ctl_of(hci);

	ctl->config.released(ctl->config.owner);
}

const struct fav_hci_api ctl__hci_api = {
	.open = api_open,
	.send = api_send,
	.rx_ready = api_rx_ready,
	.close = api_close,
	.destroy = api_destroy,
};

void ctl__down_init(struct fav_controller *ctl)
{
	hci_wire__init(&ctl->down.wire, ctl->config.hci_latency_us, arrived);
	ctl->down.timer.handler = timer_due;
	sys_slist_init(&ctl->down.queue);
}

void ctl__down_reset(struct fav_controller *ctl)
{
	struct net_buf *buf;

	hci_wire__reset(&ctl->down.wire);
	fav_timeout_stop(&ctl->down.timer);
	while ((buf = net_buf_slist_get(&ctl->down.queue)) != NULL) {
		net_buf_unref(buf);
	}
	ctl->down.queued = 0;
	ctl->down.complained = false;
}
