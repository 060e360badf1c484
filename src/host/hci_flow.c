/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"

/*
 * Flow control from the controller to the host, Core 6.0 Vol 4 Part E 4.2.
 *
 * The controller was told how many ACL buffers there are (hci_init.c) and is told of those that are
 * free again, by link, with Host Number Of Completed Packets: the one command that takes no credit
 * and gets no answer, so it passes the command queue by. Packets of a link count as completed by
 * themselves when the link ends.
 *
 * Not each is worth a command: the controller is told as soon as it does not know of half of what
 * is free. So it never waits while there are buffers, and a stream costs a command for several
 * packets.
 */

/* The controller does not know of half of the free buffers. */
static bool is_due(const struct hci_core *hci)
{
	return hci->completed_total > 0 &&
	       2 * hci->completed_total >= fav_net_buf_pool_free(&hci->acl_pool);
}

static void tell_if_due(struct hci_core *hci)
{
	if (is_due(hci)) {
		fav_irq_raise(&hci->flow_irq);
	}
}

void hci_flow__arrived(struct hci_core *hci, struct net_buf *buf)
{
	if (hci->flow_on) {
		hci->acl_handle[net_buf_id(buf)] = bt_acl_handle(sys_get_le16(&buf->data[1]));
		tell_if_due(hci);
	}
}

static void completed_add(struct hci_core *hci, uint16_t handle)
{
	struct bt_hci_handle_count *c = hci->completed;
	struct bt_hci_handle_count *end = c + hci->completed_count;

	while (c < end && c->handle != handle) {
		c++;
	}
	if (c == end) {
		/* More links than there can be: the controller invents handles. */
		if (hci->completed_count == ARRAY_SIZE(hci->completed)) {
			return;
		}
		hci->completed_count++;
		*c = (struct bt_hci_handle_count){.handle = handle};
	}
	c->count++;
	hci->completed_total++;
}

void hci_flow__freed(struct hci_core *hci, struct net_buf *buf)
{
	uint16_t *handle = &hci->acl_handle[net_buf_id(buf)];

	if (*handle != HCI_HANDLE_NONE) {
		completed_add(hci, *handle);
		*handle = HCI_HANDLE_NONE;
		tell_if_due(hci);
	}
}

void hci_flow__disconnected(struct hci_core *hci, uint16_t handle)
{
	for (size_t i = 0; i < ARRAY_SIZE(hci->acl_handle); i++) {
		if (hci->acl_handle[i] == handle) {
			hci->acl_handle[i] = HCI_HANDLE_NONE;
		}
	}
	for (size_t i = 0; i < hci->completed_count; i++) {
		if (hci->completed[i].handle == handle) {
			hci->completed_total -= hci->completed[i].count;
			hci->completed[i] = hci->completed[--hci->completed_count];
			return;
		}
	}
}

static void flow_handler(struct fav_irq *irq)
{
	struct hci_core *hci = CONTAINER_OF(irq, struct hci_core, flow_irq);
	struct net_buf *buf;

	if (!hci->accepting || !is_due(hci)) {
		return;
	}
	buf = hci__cmd_alloc(hci);
	if (buf == NULL) {
		/* The command buffer that is freed next raises this again (hci_core.c). */
		return;
	}
	net_buf_add_u8(buf, hci->completed_count);
	for (size_t i = 0; i < hci->completed_count; i++) {
		net_buf_add_le16(buf, hci->completed[i].handle);
		net_buf_add_le16(buf, hci->completed[i].count);
	}
	hci->completed_count = 0;
	hci->completed_total = 0;
	net_buf_push_u8(buf, (uint8_t)buf->len);
	net_buf_push_le16(buf, BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS);
	net_buf_push_u8(buf, FAV_H4_CMD);
	if (fav_hci_send(hci->transport, buf) != 0) {
		net_buf_unref(buf);
	}
}

void hci_flow__reset(struct hci_core *hci)
{
	fav_irq_cancel(&hci->flow_irq);
	hci->flow_on = false;
	hci->completed_count = 0;
	hci->completed_total = 0;
	for (size_t i = 0; i < ARRAY_SIZE(hci->acl_handle); i++) {
		hci->acl_handle[i] = HCI_HANDLE_NONE;
	}
}

void hci_flow__init(struct hci_core *hci)
{
	hci->flow_irq.handler = flow_handler;
	hci_flow__reset(hci);
}
