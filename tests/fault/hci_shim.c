/* SPDX-License-Identifier: Apache-2.0 */
#include "hci_shim.h"

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

static struct hci_shim *shim_of(struct fav_hci *hci)
{
	return CONTAINER_OF(hci, struct hci_shim, hci);
}

static int shim_open(struct fav_hci *hci)
{
	/* The controller hands packets straight to our host: the shim looks at one way only. */
	return fav_hci_open(shim_of(hci)->below, hci->client, hci->ctx);
}

static void refuse(struct fav_hci *hci, uint16_t opcode)
{
	uint8_t event[] = {FAV_H4_EVT,      BT_HCI_EVT_CMD_STATUS, 4, BT_HCI_ERR_UNSPECIFIED, 1,
			   (uint8_t)opcode, (uint8_t)(opcode >> 8)};
	struct net_buf *buf =
		hci->client->alloc(hci->ctx, FAV_H4_EVT, &event[1], 2, sizeof(event) - 1);

	if (buf) {
		net_buf_add_mem(buf, event, sizeof(event));
		hci->client->recv(hci->ctx, buf);
	}
}

static int shim_send(struct fav_hci *hci, struct net_buf *buf)
{
	struct hci_shim *shim = shim_of(hci);

	if (buf->data[0] == FAV_H4_CMD && ++shim->commands == shim->spoil_at) {
		shim->spoiled = sys_get_le16(&buf->data[1]);
		net_buf_unref(buf);
		if (shim->fault == SHIM_REFUSE) {
			refuse(hci, shim->spoiled);
		}
		return 0;
	}
	return fav_hci_send(shim->below, buf);
}

static void shim_rx_ready(struct fav_hci *hci)
{
	fav_hci_rx_ready(shim_of(hci)->below);
}

static void shim_close(struct fav_hci *hci)
{
	fav_hci_close(shim_of(hci)->below);
}

void hci_shim_init(struct hci_shim *shim, struct fav_hci *below)
{
	static const struct fav_hci_api api = {
		.open = shim_open,
		.send = shim_send,
		.rx_ready = shim_rx_ready,
		.close = shim_close,
	};

	*shim = (struct hci_shim){
		.hci = {.api = &api, .name = "shim"},
		.below = below,
	};
}
