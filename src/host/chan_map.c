/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

#include "hci_core.h"
#include "host.h"

int bt_le_set_chan_map(uint8_t chan_map[5])
{
	struct bt_host *host = fav_host_current();
	unsigned int channels = 0;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	for (int i = 0; i < 5; i++) {
		channels += (unsigned int)__builtin_popcount(chan_map[i]);
	}
	if (channels < 2 || (chan_map[4] & 0xe0) != 0) {
		return -EINVAL;
	}
	if (!hci__has_command(host__hci(host), 27, 3)) {
		return -ENOTSUP;
	}
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF, chan_map, 5);
}
