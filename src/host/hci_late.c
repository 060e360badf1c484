/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"
#include "host.h"

LOG_MODULE_DECLARE(bt_hci);

/*
 * Data that has overtaken its connection's event (FAV_QUIRK_LATE_EVENTS): held until the event
 * comes, and not for long, as it may also be of a link that has just ended.
 */

#define HOLD_MS 100

static void release(struct hci_core *hci)
{
	sys_snode_t *node;

	k_work_cancel_delayable(&hci->late_over);
	while ((node = sys_slist_get(&hci->late)) != NULL) {
		hci->late_count--;
		hci->acl_recv(hci->host, CONTAINER_OF(node, struct net_buf, node));
	}
}

static void over(struct k_work *work)
{
	struct hci_core *hci =
		CONTAINER_OF(k_work_delayable_from_work(work), struct hci_core, late_over);
	struct bt_host *previous = host__enter(hci->host);

	/* Who takes it counts it as data of no link. */
	release(hci);
	host__leave(previous);
}

bool hci_late__hold(struct hci_core *hci, struct net_buf *buf)
{
	uint16_t handle;

	if ((hci->quirks.flags & FAV_QUIRK_LATE_EVENTS) == 0 || hci->acl_known == NULL ||
	    buf->len < BT_HCI_ACL_HDR_SIZE || hci->late_count == HCI_LATE_MAX) {
		return false;
	}
	handle = bt_acl_handle(sys_get_le16(buf->data));
	if (hci->acl_known(hci->host, handle)) {
		return false;
	}
	sys_slist_append(&hci->late, &buf->node);
	if (hci->late_count++ == 0) {
		k_work_schedule(&hci->late_over, K_MSEC(HOLD_MS));
	}
	return true;
}

void hci_late__connected(struct hci_core *hci)
{
	if (hci->late_count > 0) {
		release(hci);
	}
}

void hci_late__reset(struct hci_core *hci)
{
	sys_snode_t *node;

	k_work_cancel_delayable(&hci->late_over);
	while ((node = sys_slist_get(&hci->late)) != NULL) {
		net_buf_unref(CONTAINER_OF(node, struct net_buf, node));
	}
	hci->late_count = 0;
}

void hci_late__init(struct hci_core *hci)
{
	sys_slist_init(&hci->late);
	k_work_init_delayable(&hci->late_over, over);
}
