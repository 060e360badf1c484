/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_up.h"

#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"

LOG_MODULE_REGISTER(ctl_up);

/* Core 6.0 Vol 4 Part E 7.3.1, 7.8.1. */
#define EVENT_MASK_DEFAULT    0x00001fffffffffffU
#define LE_EVENT_MASK_DEFAULT 0x1fU

/* A command may cause a handful of events; connections together one each. */
#define RING_RESERVE 512

#define EVT_HDR 2

/* Places on the wire that data leaves to events: more than the packets that one PDU makes. */
#define WIRE_RESERVE 32

static uint8_t ring_at(const struct ctl_up *up, uint16_t offset)
{
	return up->ring[(up->head + offset) % CTL_UP_RING];
}

static void ring_put(struct fav_controller *ctl, const uint8_t *evt, uint16_t len)
{
	struct ctl_up *up = &ctl->up;

	if (up->used + len > CTL_UP_RING) {
		up->overrun = true;
		fav_irq_raise(&up->irq);
		return;
	}
	for (uint16_t i = 0; i < len; i++) {
		up->ring[(up->head + up->used + i) % CTL_UP_RING] = evt[i];
	}
	up->used += len;
}

static bool hand_up(struct fav_controller *ctl, const uint8_t *evt, uint16_t len)
{
	struct fav_hci *hci = &ctl->hci;
	size_t hdr_len = evt[0] == BT_HCI_EVT_LE_META_EVENT ? EVT_HDR + 1 : EVT_HDR;
	struct net_buf *buf;

	if (hci_wire__room(&ctl->up.wire) == 0) {
		return false;
	}
	buf = hci->client->alloc(hci->ctx, FAV_H4_EVT, evt, hdr_len, len);
	if (buf == NULL) {
		return false;
	}
	net_buf_add_u8(buf, FAV_H4_EVT);
	net_buf_add_mem(buf, evt, len);
	hci_wire__put(&ctl->up.wire, buf);
	return true;
}

static bool is_reply(uint8_t code)
{
	return code == BT_HCI_EVT_CMD_COMPLETE || code == BT_HCI_EVT_CMD_STATUS;
}

uint8_t *ctl__evt(struct fav_controller *ctl, uint8_t code, uint8_t len)
{
	uint8_t *evt = ctl->up.evt;

	evt[0] = code;
	evt[1] = len;
	memset(evt + EVT_HDR, 0, len);
	return evt + EVT_HDR;
}

uint8_t *ctl__le_evt(struct fav_controller *ctl, uint8_t subevent, uint8_t len)
{
	uint8_t *params = ctl__evt(ctl, BT_HCI_EVT_LE_META_EVENT, len + 1);

	params[0] = subevent;
	return params + 1;
}

void ctl__evt_send(struct fav_controller *ctl)
{
	struct ctl_up *up = &ctl->up;
	const uint8_t *evt = up->evt;
	uint16_t len = EVT_HDR + evt[1];

	if (!up->open) {
		return;
	}
	if ((up->used == 0 || is_reply(evt[0])) && hand_up(ctl, evt, len)) {
		return;
	}
	ring_put(ctl, evt, len);
}

bool ctl__evt_send_or_drop(struct fav_controller *ctl)
{
	struct ctl_up *up = &ctl->up;

	if (up->open && (up->used != 0 || !hand_up(ctl, up->evt, EVT_HDR + up->evt[1]))) {
		up->reports_dropped++;
		return false;
	}
	return true;
}

bool ctl__evt_on(const struct fav_controller *ctl, uint8_t code)
{
	return ctl->up.event_mask & (1ULL << (code - 1));
}

bool ctl__le_evt_on(const struct fav_controller *ctl, uint8_t subevent)
{
	/* The LE Meta event has the bit of no event code, 7.3.1. */
	return (ctl->up.event_mask & BT_EVT_MASK_LE_META_EVENT) &&
	       (ctl->up.le_event_mask & (1ULL << (subevent - 1)));
}

bool ctl__up_has_room(const struct fav_controller *ctl)
{
	return ctl->up.used + RING_RESERVE <= CTL_UP_RING;
}

struct net_buf *ctl__up_acl_alloc(struct fav_controller *ctl, uint16_t handle, uint8_t pb,
				  uint16_t len)
{
	struct fav_hci *hci = &ctl->hci;
	uint8_t hdr[BT_HCI_ACL_HDR_SIZE];
	struct net_buf *buf;

	/* Not before events that wait, the one that announces the connection among them. */
	if (!ctl->up.open || ctl->up.used != 0 || hci_wire__room(&ctl->up.wire) < WIRE_RESERVE) {
		return NULL;
	}
	sys_put_le16(bt_acl_handle_pack(handle, pb), hdr);
	sys_put_le16(len, hdr + 2);
	buf = hci->client->alloc(hci->ctx, FAV_H4_ACL, hdr, sizeof(hdr), sizeof(hdr) + len);
	if (buf != NULL) {
		net_buf_add_u8(buf, FAV_H4_ACL);
		net_buf_add_mem(buf, hdr, sizeof(hdr));
	}
	return buf;
}

void ctl__up_acl_send(struct fav_controller *ctl, struct net_buf *buf)
{
	hci_wire__put(&ctl->up.wire, buf);
}

/* One connection's, one event; false when the host has no buffer for it. */
static bool send_completed(struct fav_controller *ctl, struct ll_conn *conn)
{
	uint8_t evt[EVT_HDR + 5] = {BT_HCI_EVT_NUM_COMPLETED_PACKETS, 5, 1};

	sys_put_le16(conn->handle, evt + 3);
	sys_put_le16(conn->tx.completed, evt + 5);
	if (!hand_up(ctl, evt, sizeof(evt))) {
		return false;
	}
	conn->tx.completed = 0;
	return true;
}

static void flush_completed(struct fav_controller *ctl)
{
	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		struct ll_conn *conn = &ctl->conns[i];

		if (conn->used && conn->tx.completed != 0 && !send_completed(ctl, conn)) {
			return;
		}
	}
	ctl->up.completed_pending = false;
}

void ctl__up_completed(struct ll_conn *conn)
{
	struct fav_controller *ctl = conn->ctl;

	conn->tx.completed++;
	if (ctl->up.open && (ctl->up.used != 0 || !send_completed(ctl, conn))) {
		ctl->up.completed_pending = true;
	}
}

static void flush(struct fav_controller *ctl)
{
	struct ctl_up *up = &ctl->up;
	uint8_t evt[CTL_EVT_MAX];

	while (up->used != 0) {
		uint16_t len = EVT_HDR + ring_at(up, 1);

		for (uint16_t i = 0; i < len; i++) {
			evt[i] = ring_at(up, i);
		}
		if (!hand_up(ctl, evt, len)) {
			return;
		}
		up->head = (uint16_t)((up->head + len) % CTL_UP_RING);
		up->used -= len;
	}
	if (up->completed_pending) {
		flush_completed(ctl);
	}
	ctl__down_resume(ctl);
}

void ctl__up_ready(struct fav_controller *ctl)
{
	if (ctl->up.used != 0 || ctl->up.completed_pending) {
		fav_irq_raise(&ctl->up.irq);
	}
}

static void arrived(struct hci_wire *wire, struct net_buf *buf, uint64_t now_us)
{
	struct fav_controller *ctl =
		CONTAINER_OF(CONTAINER_OF(wire, struct ctl_up, wire), struct fav_controller, up);

	ctl->hci.client->recv(ctl->hci.ctx, buf);
	if (wire->latency_us != 0) {
		ctl__up_ready(ctl);
	}
}

static void irq_run(struct fav_irq *irq)
{
	struct fav_controller *ctl =
		CONTAINER_OF(CONTAINER_OF(irq, struct ctl_up, irq), struct fav_controller, up);

	if (!ctl->up.open) {
		return;
	}
	if (!ctl->up.overrun) {
		flush(ctl);
		return;
	}
	LOG_WRN("%s: its host takes no events; closed", ctl->config.name);
	ctl__lose(ctl, -EPIPE);
}

void ctl__up_init(struct fav_controller *ctl)
{
	hci_wire__init(&ctl->up.wire, ctl->config.hci_latency_us, arrived);
	ctl->up.irq.handler = irq_run;
}

void ctl__up_close(struct fav_controller *ctl)
{
	ctl->up.open = false;
	/* First: a host whose buffers come back may raise it. */
	hci_wire__reset(&ctl->up.wire);
	fav_irq_cancel(&ctl->up.irq);
}

void ctl__up_reset(struct fav_controller *ctl)
{
	struct ctl_up *up = &ctl->up;

	up->overrun = false;
	up->completed_pending = false;
	up->event_mask = EVENT_MASK_DEFAULT;
	up->event_mask_2 = 0;
	up->le_event_mask = LE_EVENT_MASK_DEFAULT;
	up->flow_on = false;
	up->host_acl_len = LL_DATA_LEN_MAX;
	up->host_acl_count = 0;
	up->host_acl_free = 0;
	up->head = 0;
	up->used = 0;
}
