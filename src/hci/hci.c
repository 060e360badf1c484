/* SPDX-License-Identifier: Apache-2.0 */

/* The thin side of the seam: checks what callers give, then hands it to the transport. */

#include <errno.h>

#include <favonius/hci.h>
#include <zephyr/logging/log.h>

#include "hci/btsnoop.h"
#include "hci/h4.h"

LOG_MODULE_REGISTER(hci);

static bool is_whole_packet_down(const struct net_buf *buf)
{
	uint8_t type = buf->len > 1 ? buf->data[0] : 0;

	return (type == FAV_H4_ACL || type == FAV_H4_CMD || type == FAV_H4_ISO) &&
	       h4__packet_len(type, buf->data + 1, buf->len - 1u) == buf->len - 1u;
}

static void forget_client(struct fav_hci *hci)
{
	btsnoop__detach(hci);
	hci->client = NULL;
	hci->ctx = NULL;
}

int fav_hci_open(struct fav_hci *hci, const struct fav_hci_client *client, void *ctx)
{
	int err;

	if (hci->client != NULL) {
		return -EALREADY;
	}
	hci->client = client;
	hci->ctx = ctx;
	btsnoop__attach(hci);
	err = hci->api->open(hci);
	if (err < 0) {
		forget_client(hci);
	}
	return err;
}

int fav_hci_send(struct fav_hci *hci, struct net_buf *buf)
{
	if (hci->client == NULL) {
		return -ENOTCONN;
	}
	if (!is_whole_packet_down(buf)) {
		LOG_ERR("%s: no HCI packet of %u bytes to send", hci->name, buf->len);
		return -EINVAL;
	}
	if (hci->tap != NULL) {
		btsnoop__sent(hci->tap, buf);
	}
	return hci->api->send(hci, buf);
}

int fav_hci_speed_set(struct fav_hci *hci, uint32_t baud)
{
	if (hci->client == NULL) {
		return -ENOTCONN;
	}
	return hci->api->speed_set != NULL ? hci->api->speed_set(hci, baud) : -ENOTSUP;
}

void fav_hci_rx_ready(struct fav_hci *hci)
{
	if (hci->client != NULL) {
		hci->api->rx_ready(hci);
	}
}

void fav_hci_close(struct fav_hci *hci)
{
	if (hci->client == NULL) {
		return;
	}
	hci->api->close(hci);
	forget_client(hci);
}

void fav_hci_destroy(struct fav_hci *hci)
{
	if (hci == NULL) {
		return;
	}
	fav_hci_close(hci);
	if (hci->api->destroy != NULL) {
		hci->api->destroy(hci);
	}
}
